"""How a moderator's decision closes a submission: exactly the version that was shown, by one moderator, once."""

from collections.abc import Sequence
from typing import Any

from hall import clock, events
from hall.moderation_flow import current
from hall.submissions import free_for
from hall.words import N_, Refused
from models import Moderated, Person, Report, Submission

Masks = Sequence[tuple[str, int, int]]  # (column, from, to) in characters of what was shown


def close(
    row: Moderated,
    by: Person | None,
    decision: str,
    submission: int,
    version: int,
    *,
    code: str = "",
    note: str = "",
    masks: Masks = (),
) -> Submission:
    """Close exactly the text that was shown, or say why it can't be. `by` is None where the author is trusted."""
    said = {"decision": decision, "reason": code, "masked": [list(mask) for mask in masks]}
    if note:
        said["note"] = note
    shown = (Submission.id == submission) & (Submission.subject_id == row.id)
    shown &= (Submission.subject_type == events.subject_type(row)) & (Submission.status == "waiting")
    claimable = shown & (Submission.version == version)
    if by is not None:
        claimable &= free_for(by) & (Submission.author != by.id)
        claimable &= Submission.barred.is_null() | (Submission.barred != by.id)
    closed = {"status": "decided", "slot": None, "claimed_by": None, "claimed_until": None}
    decided = Submission.update(**said, **closed, decided_by=by, decided=clock.now(), previous=current(row))
    if not decided.where(claimable).execute():
        raise Refused(_why_not(Submission.get_or_none(shown), by, version), stale=True)
    return Submission.get_by_id(submission)


def _why_not(waiting: Submission | None, by: Person | None, version: int) -> str:
    if waiting is None:
        return N_("另一位审核员先做了决定")
    if by is not None and by.id in (waiting.author_id, waiting.barred_id):
        return N_("自己写的和针对自己决定的申诉，由另一位审核员处理")
    if waiting.version != version:
        return N_("作者刚刚改过内容，请看新的版本再决定")
    return N_("另一位审核员正在看这一件，请看下一件，或者接手")


def on_patrol(row: Moderated, by: Person, decision: str, code: str, note: str) -> Submission:
    """The log's entry of a decision that nobody handed in; what still waited is settled by it."""
    if row.author_id == by.id:
        raise Refused(N_("自己写的和针对自己决定的申诉，由另一位审核员处理"))
    kind = events.subject_type(row)
    log = {"decision": decision, "reason": code, "note": note, "decided_by": by, "decided": clock.now()}
    closed = {"status": "decided", "slot": None, "claimed_by": None, "claimed_until": None}
    Submission.update(**log, **closed).where(Submission.slot == f"{kind}:{row.id}").execute()
    about = {"subject_type": kind, "subject_id": row.id, "author": row.author_id, "content": current(row)}
    return Submission.create(**about, **log, status="decided", cause="staff", submitted=clock.now(), due=clock.now())


def told(closed: Submission) -> dict[str, Any]:
    """What the event of a decision keeps; the author reads reason and note."""
    kept = {"submission": closed.id, "reason": closed.reason, "note": closed.note, "masked": len(closed.masked)}
    return {name: value for name, value in kept.items() if value}


def answer_reports(row: Moderated, result: str) -> None:
    """Write the result of a decision on `row` to the reports that wait for one."""
    about = (Report.subject_type == events.subject_type(row)) & (Report.subject_id == row.id)
    Report.update(result=result).where(about, Report.result == "").execute()
