"""Lost and found 失物招领 (`requirements.md` 30) from notice to hand-over: its verbs, review, timetable, lanes.

Notices are written in `lost_post`, claimed in `lost_claims`, handed over in `lost_handover`, kept in `lost_custody`;
cards are known in `lost_cards`, likely counterparts in `lost_matching`. What a thing at the desk is, stays in the
lanes of the desk whatever becomes of its notice.
"""

from typing import Any

from hall.lost_post import clean_notice, doubt, photos_of, post

# isort: split
# What people bring comes first, as in flows.md.
from hall import clock, events, lost_matching, moderation
from hall.lanes import LANES, Lane
from hall.lost_claims import (
    accept_claim,
    claim,
    claims_of,
    denials,
    deny_claim,
    end_claim,
    end_with,
    give_up,
    idle_since,
    question_of,
    take_up_again,
    why_no_claim,
)
from hall.lost_custody import announce, dispose, hand_in, propose_disposal, register
from hall.lost_flow import (
    QUESTION,
    current_claim,
    detail_for,
    done_claim,
    flow,
    is_kept,
    judges,
    may_not_withdraw,
    pointless,
)
from hall.lost_handover import code_of, found_it, hand_over, is_void, renew_code
from hall.lost_matching import TELL, Match, matches
from hall.words import N_, Refused
from models import Claim, Person, PropertyNotice, Submission

__all__ = [
    "QUESTION",
    "TELL",
    "Match",
    "accept_claim",
    "announce",
    "claim",
    "claims_of",
    "code_of",
    "current_claim",
    "denials",
    "deny_claim",
    "detail_for",
    "dispose",
    "done_claim",
    "end_claim",
    "flow",
    "found_it",
    "give_up",
    "hand_in",
    "hand_over",
    "is_kept",
    "is_void",
    "judges",
    "match_card",
    "matches",
    "pointless",
    "post",
    "propose_disposal",
    "question_of",
    "register",
    "renew_code",
    "run_timers",
    "why_no_claim",
]

_BATCH = 200
_WITHDRAWN, _HIDDEN = N_("启事已经撤回"), N_("启事已被屏蔽")


# --- what follows from the review of a notice --------------------------------------------------------


def _published(row: PropertyNotice, *, by: Person | None, submission: Any) -> None:
    if row.card_owner_id is not None and row.moderation != "published":
        raise Refused(N_("卡主已经收到通知，不用公开：请选“不公开”"))
    _reviewed(row, by=by, submission=submission)
    lost_matching.tell(row)


def _reviewed(row: PropertyNotice, *, by: Person | None, submission: Any) -> None:
    if row.status == "submitted":
        row.status = "open"


def _kept_private(row: PropertyNotice, *, by: Person | None, submission: Any) -> None:
    _reviewed(row, by=by, submission=submission)
    if row.card_owner_id is not None and row.moderation == "pending":
        # Its owner was to hear at once, had its words not been odd.
        details = {"lost": "", "is_owner": True}
        flow.record(row, flow.steps["match_card"], None, "system", source=row.status, details=details)


def _review_undone(row: PropertyNotice, *, by: Person, submission: Any, source: str) -> None:
    if source == "pending" and row.status == "open":
        row.status = "submitted"
    if submission.decision == "hide":
        take_up_again(row, _HIDDEN)


def _hidden(row: PropertyNotice, *, by: Person, submission: Any) -> None:
    end_with(row, _HIDDEN)


def _withdrawn(row: PropertyNotice, *, by: Person, submission: Any) -> None:
    if sentence := may_not_withdraw(row):
        raise Refused(sentence)
    end_with(row, _WITHDRAWN)


moderation.BOARDS[PropertyNotice] = moderation.Board(
    clean=clean_notice,
    headline=lambda content: content.get("title", ""),
    doubt=doubt,
    photos=photos_of,
    after={
        "publish": _published,
        "keep_private": _kept_private,
        "undo": _review_undone,
        "hide": _hidden,
        "withdraw": _withdrawn,
    },
)


# --- whose card it is --------------------------------------------------------------------------------


@flow.step(
    "找到卡主",
    sources=["submitted", "open", "kept", "verifying", "to_hand_over"],
    target=["open", "="],
    need="property.match",
    who="系统；卡号和后来的寻物启事一致时",
    recorded="寻物启事的编号",
    by_hand=False,
)
def match_card(notice: PropertyNotice, *, by: Person | None, lost: PropertyNotice) -> dict[str, Any]:
    """Say whose card was found; what still waits for a moderator need not be published any more."""
    is_first = notice.card_owner_id is None
    if is_first:
        notice.card_owner = lost.author
    if is_first and notice.moderation in ("pending", "needs_changes"):
        _take_out_of_review(notice)
    return {"lost": lost.number, "is_owner": notice.card_owner_id == lost.author_id}


def _take_out_of_review(notice: PropertyNotice) -> None:
    slot = f"{events.subject_type(notice)}:{notice.id}"
    back = {"status": "taken_back", "slot": None, "claimed_by": None, "claimed_until": None, "decided": clock.now()}
    Submission.update(**back).where(Submission.slot == slot).execute()
    notice.moderation = "private"
    if notice.status == "submitted":
        notice.status = "open"


# --- the timetable and the lanes ---------------------------------------------------------------------


def run_timers() -> int:
    """Give up for claimants, or for who does not judge, after two weeks; returns how many steps were taken."""
    moved_last = (Claim.decided.is_null() & (Claim.created < idle_since())) | (Claim.decided < idle_since())
    idle = PropertyNotice.select().join(Claim, on=(Claim.notice == PropertyNotice.id))
    idle = idle.where(PropertyNotice.status.in_(["verifying", "to_hand_over"]), moved_last)
    idle = idle.where(Claim.status.in_(["waiting", "accepted"])).order_by(PropertyNotice.id)
    return sum(_if_still(notice) for notice in list(idle.limit(_BATCH)))


def _if_still(notice: PropertyNotice) -> bool:
    try:
        give_up(notice, by=None)
    except Refused:
        return False  # somebody was faster
    return True


def _at_desk(person: Person) -> Any:
    return PropertyNotice.kept_from.is_null(False)


def _to_come(person: Person) -> Any:
    """Found things that a finder may bring: nobody took their notice back, or turned it down."""
    return (PropertyNotice.kind == "found") & PropertyNotice.moderation.not_in(["withdrawn", "rejected"])


def _past(person: Person) -> Any:
    return PropertyNotice.announced.is_null() & (PropertyNotice.keep_until < clock.now())


def _announced(person: Person) -> Any:
    return (PropertyNotice.dispose_from <= clock.now()) & PropertyNotice.proposed_by.is_null()


def _proposed(person: Person) -> Any:
    return PropertyNotice.proposed_by.is_null(False) & (PropertyNotice.proposed_by != person.id)


LANES["property_notice"] = [
    Lane("verify", "待核验", ("verifying",), "property.judge", _at_desk),
    Lane("hand_over", "待交接", ("to_hand_over",), "property.hand_over", _at_desk),
    Lane("past", "过期待公示", ("kept",), "property.keep", _past, does="announce"),
    Lane("announced", "公示期满", ("kept",), "property.keep", _announced, by="dispose_from", does="propose_disposal"),
    Lane("dispose", "待确认处置", ("kept",), "property.dispose", _proposed, by="dispose_from", does="dispose"),
    Lane("kept", "保管中", ("kept",), "property.keep"),
    Lane("open", "可上交", ("submitted", "open"), "property.keep", _to_come, counted=False, does="hand_in"),
    Lane("all", "全部", tuple(flow.states), "property.read", counted=False),
]
