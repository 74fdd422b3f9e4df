"""Claiming what was found: an answer, its judgement by who has the thing, and how a claim ends without it.

What claimants write stands in the row of the claim alone: no event has it, for many read the trail of a notice.
"""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from hall import access, clock, settings, trust
from hall.answers import text
from hall.lost_flow import (
    CARD_QUESTION,
    QUESTION,
    current_claim,
    flow,
    is_kept,
    only_who_has_it,
    resting,
)
from hall.photos import Prepared, attach
from hall.words import N_, Refused, TooOften
from models import Claim, Person, PropertyNotice

ANSWER_MOST, PROOF_MOST = 300, 300
WHO = "拾到的人；在保管中的由值守点"


def question_of(notice: PropertyNotice) -> str:
    """What a claimant is asked: the finder's own words, else a msgid."""
    return notice.question or (CARD_QUESTION if notice.item_kind.is_card else QUESTION)


def why_no_claim(notice: PropertyNotice, person: Person | None) -> str:
    """Why `person` may not claim `notice`, as a msgid; "" if they may. A visitor may once they have signed in."""
    if notice.kind != "found":
        return N_("寻物启事不用认领；捡到了请发招领启事")
    if notice.status in ("verifying", "to_hand_over"):
        own = person is not None and person.id == notice.claimant_id
        return N_("您已经在认领") if own else N_("正有人认领，没有通过的话可以再来")
    if notice.status not in ("open", "kept"):
        return N_("还在审核，公开后可以认领") if notice.status == "submitted" else N_("已经归还或处置，不能再认领")
    is_owner = person is not None and person.id == notice.card_owner_id
    if notice.moderation != "published" and not (is_owner and notice.moderation == "private"):
        return N_("这条启事现在没有公开")
    if person is None or is_owner:
        return ""
    if notice.author_id == person.id:
        return N_("自己发的启事不能认领")
    if notice.card_owner_id is not None and notice.item_kind.is_account_card:
        return N_("这张卡已经找到卡主")
    most = settings.value("lost_found.denials")
    return N_("几次认领都未通过，不能再认领这件物品") if denials(notice, person) >= most else ""


def denials(notice: PropertyNotice, person: Person) -> int:
    """How often a claim of `person` on this thing was denied."""
    theirs = (Claim.notice == notice.id) & (Claim.claimant == person.id) & (Claim.status == "denied")
    return Claim.select(Claim.id).where(theirs).count()


@flow.step(
    "认领",
    sources=["open", "kept"],
    target="verifying",
    need="property.claim",
    who="失主，不能是发启事的人；几次未通过不能再认领",
    recorded="对隐藏特征的回答、凭证（只给核验人看，不进记录）",
    weight="primary",
)
def claim(
    notice: PropertyNotice, *, by: Person, answer: str = "", proof: str = "", photos: Sequence[Prepared] = ()
) -> dict[str, Any]:
    """Say that a found thing is one's own, with an answer to its question; who has it compares. One at a time."""
    if sentence := why_no_claim(notice, by):
        raise Refused(sentence)
    _hold_to_limit(by)
    is_owner = notice.card_owner_id == by.id  # whose number is on it need not describe it
    made = Claim.create(
        notice=notice,
        claimant=by,
        answer=text(answer, "answer", least=0 if is_owner else 1, most=ANSWER_MOST),
        proof=text(proof, "proof", most=PROOF_MOST),
        created=clock.now(),
    )
    made.photos = [photo.name for photo in attach(made, photos, by=by, purpose="proof")]
    made.save()
    notice.claimant = by
    return {"claim": made.id}


def _hold_to_limit(by: Person) -> None:
    trust.one_at_a_time(by)
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    today = Claim.select(Claim.id).where(Claim.claimant == by.id, Claim.created >= midnight)
    most = settings.value("lost_found.claims_a_day")
    if today.limit(most).count() >= most:
        raise TooOften(N_("今天认领得太多了，请明天再来"))


@flow.step(
    "核验通过",
    sources=["verifying"],
    target="to_hand_over",
    need="property.judge",
    who=WHO,
    recorded="核验人；失主得到一次性交接码",
    weight="primary",
)
def accept_claim(notice: PropertyNotice, *, by: Person, note: str = "") -> dict[str, Any]:
    """The answer fits: the claimant gets a code, to be said at the hand-over. `note` is read by the claimant."""
    only_who_has_it(notice, by)
    return _decided(notice, by, "accepted", text(note, "note"))


@flow.step(
    "核验不通过",
    sources=["verifying"],
    target=["open", "kept"],
    need="property.judge",
    who=WHO,
    recorded="核验人；理由只给认领人看",
    weight="danger",
)
def deny_claim(notice: PropertyNotice, *, by: Person, reason: str) -> dict[str, Any]:
    """The answer does not fit; others may claim it now, and the same person up to three times."""
    only_who_has_it(notice, by)
    told = _decided(notice, by, "denied", text(reason, "reason", least=2))
    notice.status, notice.claimant = resting(notice), None
    return told


def _decided(notice: PropertyNotice, by: Person, status: str, reason: str) -> dict[str, Any]:
    judged = under_way(notice)
    judged.status, judged.reason, judged.decided_by, judged.decided = status, reason, by, clock.now()
    judged.save()
    return {"claim": judged.id}


def under_way(notice: PropertyNotice) -> Claim:
    """The claim that is being judged or waits for the hand-over. Raises Refused(stale) where there is none."""
    found = current_claim(notice)
    if found is None:
        raise Refused(N_("现在没有人在认领"), stale=True)
    return found


@flow.step(
    "放弃认领",
    sources=["verifying", "to_hand_over"],
    target=["open", "kept"],
    need="property.give_up",
    who="认领人；长久没有进展时由系统",
    asks=False,
    weight="danger",
)
def give_up(notice: PropertyNotice, *, by: Person | None) -> dict[str, Any]:
    """It is not one's own after all; the system gives up for who does not go on for two weeks."""
    ended = under_way(notice)
    if by is None and (ended.decided or ended.created) >= idle_since():
        raise Refused(N_("还没有到期"), stale=True)
    return {**_ended(notice, ended, ""), "automatic": by is None}


def idle_since() -> datetime:
    """The moment before which a claim must have moved last, to be given up by the system."""
    return clock.days_ago(settings.value("lost_found.idle_days"))


def _ended(notice: PropertyNotice, ended: Claim, reason: str) -> dict[str, Any]:
    ended.status, ended.reason = "given_up", reason or ended.reason
    ended.save()
    notice.status, notice.claimant = resting(notice), None
    return {"claim": ended.id}


@flow.step(
    "认领中止",
    sources=["verifying", "to_hand_over"],
    target=["open", "kept"],
    need="property.give_up",
    who="系统；启事撤回或屏蔽时，物品不在值守点的",
    recorded="原因",
    by_hand=False,
)
def end_claim(notice: PropertyNotice, *, by: Person | None, reason: str) -> dict[str, Any]:
    """The notice is gone and its thing is not at the desk: nothing comes of the claim."""
    return {**_ended(notice, under_way(notice), reason), "reason": reason}


def end_with(notice: PropertyNotice, reason: str) -> None:
    """Take `end_claim` inside a step of the moderation on the same row, where it is to be taken."""
    if is_kept(notice) or current_claim(notice) is None:
        return
    step, source = flow.steps["end_claim"], notice.status
    details = step.act(notice, by=None, reason=reason)
    flow.record(notice, step, None, "system", source=source, details=details)


def take_up_again(notice: PropertyNotice, reason: str) -> None:
    """Let the claim go on that was ended for `reason`, where the decision that ended it is taken back at once."""
    ended = Claim.select().where(Claim.notice == notice.id).order_by(Claim.id.desc()).first()
    if ended is None or ended.status != "given_up" or ended.reason != reason or notice.status != "open":
        return
    ended.status, ended.reason = "accepted" if ended.decided_by_id else "waiting", ""
    ended.save()
    notice.claimant = ended.claimant
    notice.status = "to_hand_over" if ended.decided_by_id else "verifying"


def claims_of(notice: PropertyNotice, person: Person) -> list[Claim]:
    """The claims of `notice` that `person` may read, newest first, with the claimant in the same row."""
    query = access.visible(person, Claim).select(Claim, Person).join(Person, on=(Claim.claimant == Person.id))
    return list(query.where(Claim.notice == notice.id).order_by(Claim.id.desc()).limit(50))
