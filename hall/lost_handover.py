"""How a thing comes home: the one-time code of the claimant, the hand-over, and what its owner found by themselves."""

import hashlib
import hmac
import unicodedata
from typing import Any

from hall import access, clock, site
from hall.answers import text
from hall.lost_claims import WHO, under_way
from hall.lost_flow import MOST_TRIES, RETURNED, REVIEWED, current_claim, flow, is_kept, judges, only_who_has_it
from hall.numbers import count_up
from hall.words import N_, Refused
from models import Claim, Person, PropertyNotice, database

HOW_MOST = 200


def _code(accepted: Claim) -> str:
    """Six figures that follow from the claim; nothing of them is stored."""
    said = f"hand-over:{accepted.id}:{accepted.code_round}".encode()
    digest = hmac.new(site.secret, said, hashlib.sha256).digest()
    return f"{int.from_bytes(digest, 'big') % 1_000_000:06d}"


def code_of(notice: PropertyNotice, person: Person | None) -> str:
    """The code of the claimant while their thing waits for them; "" for everybody else, and where it is void."""
    if person is None or person.id != notice.claimant_id or notice.status != "to_hand_over":
        return ""
    accepted = current_claim(notice)
    return _code(accepted) if accepted is not None and accepted.code_tries < MOST_TRIES else ""


def is_void(notice: PropertyNotice) -> bool:
    """Whether the code was guessed wrong so often that the claimant must renew it."""
    accepted = current_claim(notice) if notice.status == "to_hand_over" else None
    return accepted is not None and accepted.code_tries >= MOST_TRIES


def _fits(accepted: Claim, code: str) -> bool:
    said = "".join(unicodedata.normalize("NFKC", code or "").split())
    return hmac.compare_digest(said.encode(), _code(accepted).encode())


def _count_try(notice: PropertyNotice, *, by: Person | None, code: str = "", **_answers: Any) -> None:
    """Count a wrong code before the step that it is said in, so that the count outlives the refusal.

    The try is counted before it is compared: a hundred at once are no more than five in a row.
    """
    fresh = PropertyNotice.get_by_id(notice.id)
    if not (fresh.status == "to_hand_over" and judges(fresh, by) and access.may(by, "property.hand_over", fresh)):
        return
    with database.atomic():
        mine = (Claim.notice == fresh.id) & (Claim.status == "accepted")
        counted = Claim.update(code_tries=Claim.code_tries + 1).where(mine, Claim.code_tries < MOST_TRIES).execute()
        accepted = current_claim(fresh)
        if accepted is None:
            return
        fits = bool(counted) and _fits(accepted, code)
        if fits:
            Claim.update(code_tries=Claim.code_tries - 1).where(Claim.id == accepted.id).execute()
    if not fits:
        raise _wrong(accepted.code_tries)


def _wrong(tries: int) -> Refused:
    if tries >= MOST_TRIES:
        return Refused(N_("交接码错了太多次，已经作废；请认领人换一个新的"), field="code")
    return Refused(N_("交接码不对，还可以试 %(left)s 次"), field="code", left=MOST_TRIES - tries)


flow.first["hand_over"] = _count_try


@flow.step(
    "交接",
    sources=["to_hand_over"],
    target="returned",
    need="property.hand_over",
    who=WHO,
    recorded="凭失主的交接码",
    weight="primary",
)
def hand_over(notice: PropertyNotice, *, by: Person, code: str) -> dict[str, Any]:
    """Give the thing to its owner, who says the code. Raises Refused for a wrong one; five make it void."""
    only_who_has_it(notice, by)
    accepted = under_way(notice)
    if accepted.code_tries >= MOST_TRIES or not _fits(accepted, code):
        raise _wrong(accepted.code_tries)
    accepted.status = "done"
    accepted.save()
    notice.returned = clock.now()
    count_up(RETURNED)
    _end_search(notice, accepted.claimant)
    return {"claim": accepted.id, "desk": is_kept(notice)}


@flow.step(
    "换交接码",
    sources=["to_hand_over"],
    need="property.give_up",
    who="认领人",
    asks=False,
)
def renew_code(notice: PropertyNotice, *, by: Person | None) -> dict[str, Any]:
    """Another code in place of the one that was guessed at, or that somebody saw."""
    accepted = under_way(notice)
    if by is None or by.id != accepted.claimant_id:
        raise Refused(N_("只有认领人能换交接码"))
    accepted.code_round += 1
    accepted.code_tries = 0
    accepted.save()
    return {"claim": accepted.id}


# --- what the owner found ----------------------------------------------------------------------------


@flow.step(
    "已找回",
    sources=["open"],
    target="returned",
    need="property.found_it",
    who="寻物启事的作者",
    recorded="怎么找回的",
    weight="primary",
)
def found_it(notice: PropertyNotice, *, by: Person, how: str = "") -> dict[str, Any]:
    """Say that what one lost has come home. `how` stands in the event: no moderator reads it, nor does the public."""
    if notice.kind != "lost":
        raise Refused(N_("这是招领启事"))
    if notice.moderation not in REVIEWED:
        raise Refused(N_("这条启事现在没有公开"), stale=True)
    notice.returned = clock.now()
    count_up(RETURNED)
    return {"how": text(how, "how", most=HOW_MOST)}


def _end_search(found: PropertyNotice, owner: Person) -> None:
    """Close the lost notices of `owner` that are about this very thing: the finder's word, or the same card."""
    same = PropertyNotice.id == found.answered_id
    if found.card_hash:
        same |= PropertyNotice.card_hash == found.card_hash
    mine = (PropertyNotice.kind == "lost") & (PropertyNotice.author == owner.id) & (PropertyNotice.status == "open")
    step = flow.steps["found_it"]
    for lost in list(PropertyNotice.select().where(same, mine)):
        over = {"status": "returned", "is_live": False, "returned": clock.now(), "version": PropertyNotice.version + 1}
        if PropertyNotice.update(**over).where(PropertyNotice.id == lost.id, PropertyNotice.status == "open").execute():
            details = {"how": "", "notice": found.number}
            lost.status = "returned"
            flow.record(lost, step, None, "system", source="open", details=details)
