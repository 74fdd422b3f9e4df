"""The one moderation of everything that the public may see (flows.md): what a moderator decides.

It is the flow of every `Moderated` entity, beside whatever flow that entity has of its own. What authors do is in
`moderation_author`; who waits for whom is in `submissions`. Who needs a verb imports it from here.
"""

from datetime import timedelta
from typing import Any

from hall import clock, events
from hall.answers import choice, text
from hall.decisions import Masks, answer_reports, close, on_patrol, told
from hall.moderation_author import appeal, edit, report, resubmit, submit, withdraw
from hall.moderation_flow import BOARDS, Board, board_of, current, disclosed, flow, is_disclosed, write
from hall.sensitive import masked
from hall.submissions import is_trusted, usual_wait
from hall.words import N_, Refused
from models import REASONS, Department, Event, Moderated, Person, Report, Submission, database

__all__ = [
    "BOARDS",
    "UNDO_SECONDS",
    "Board",
    "appeal",
    "board_of",
    "current",
    "decide",
    "disclosed",
    "edit",
    "flow",
    "hide",
    "is_disclosed",
    "keep",
    "keep_private",
    "latest_decision",
    "let_through",
    "proposal",
    "publish",
    "reject",
    "report",
    "restore",
    "resubmit",
    "send_back",
    "submit",
    "undo",
    "usual_wait",
    "withdraw",
]

UNDO_SECONDS = 10
_WHO = "审核员，不能审自己写的"


def _after(row: Moderated, by: Person | None, step: str, closed: Submission, **more: Any) -> None:
    hook = board_of(row).after.get(step)
    if hook:
        hook(row, by=by, submission=closed, **more)


def _no_report(submission: int) -> None:
    """What somebody reported stays, is mended or is hidden; its author has handed in nothing."""
    if Submission.select().where(Submission.id == submission, Submission.cause == "report").exists():
        raise Refused(N_("这是举报：请维持公开，或者屏蔽"))


def decide(row: Moderated, decision: str, *, by: Person, forward_to: Department | None = None, **answers: Any) -> Any:
    """Take a step of the flow and pass the row on to a department, where its board knows how, in one transaction.

    This is what the desk calls; `answers` are those of the step.
    """
    with database.atomic():
        done = flow.perform(row, decision, by=by, **answers)
        board = board_of(row)
        return board.pass_on(done, forward_to, by) if board.pass_on and forward_to else done


@flow.step(
    "通过",
    sources=["pending", "published", "private"],
    target="published",
    need="moderation.decide",
    who=_WHO + "；系统（作者可免审时）",
    recorded="遮盖了什么",
    weight="primary",
)
def publish(
    row: Moderated,
    *,
    by: Person | None,
    submission: int,
    version: int,
    masks: Masks = (),
) -> dict[str, Any]:
    """Show the submitted text to everybody, with `masks` covered.

    Raises Refused(stale) where the text is not the `version` that was shown any more.
    """
    if getattr(row, "shown_as", "") == "private":
        raise Refused(N_("作者希望不公开：请选“不公开”，部门照样办理"))
    closed = close(row, by, "publish", submission, version, masks=masks)
    write(row, masked(closed.content, masks))
    row.published = row.published or clock.now()
    answer_reports(row, "publish")
    _after(row, by, "publish", closed)
    return told(closed)


@flow.step(
    "不公开",
    sources=["pending", "published", "private"],
    target="private",
    need="moderation.decide",
    who=_WHO,
    recorded="原因",
)
def keep_private(
    row: Moderated,
    *,
    by: Person,
    submission: int,
    version: int,
    code: str = "other",
    note: str = "",
    masks: Masks = (),
) -> dict[str, Any]:
    """Let only the author and the department read it; it is handled like any other."""
    code, note = choice(code, REASONS, "code"), text(note, "note")
    answer_reports(row, "keep_private")
    closed = close(row, by, "keep_private", submission, version, code=code, note=note, masks=masks)
    write(row, masked(closed.content, masks))
    _after(row, by, "keep_private", closed)
    return told(closed)


@flow.step(
    "退回修改",
    sources=["pending", "published", "private"],
    target=["needs_changes", "="],
    need="moderation.decide",
    who=_WHO,
    recorded="原因；已公开内容的修改被退回时，公开的仍是原文",
)
def send_back(
    row: Moderated, *, by: Person, submission: int, version: int, code: str = "unclear", note: str
) -> dict[str, Any]:
    """Ask the author for a better text; what is public already stays as it is."""
    _no_report(submission)
    code, note = choice(code, REASONS, "code"), text(note, "note", least=2)
    closed = close(row, by, "send_back", submission, version, code=code, note=note)
    if row.moderation == "pending":
        row.moderation = "needs_changes"
    _after(row, by, "send_back", closed)
    return told(closed)


@flow.step(
    "驳回",
    sources=["pending", "published", "private"],
    target=["rejected", "="],
    need="moderation.decide",
    who=_WHO,
    recorded="原因，作者会看到",
    weight="danger",
)
def reject(row: Moderated, *, by: Person, submission: int, version: int, code: str, note: str = "") -> dict[str, Any]:
    """Refuse it for a coded reason that the author reads; an edit that is refused leaves the public text."""
    _no_report(submission)
    code, note = choice(code, REASONS, "code"), text(note, "note")
    closed = close(row, by, "reject", submission, version, code=code, note=note)
    if row.moderation == "pending":
        row.moderation = "rejected"
    _after(row, by, "reject", closed)
    return told(closed)


@flow.step(
    "维持公开",
    sources=["published"],
    need="moderation.decide",
    who=_WHO,
    recorded="举报不成立",
)
def keep(row: Moderated, *, by: Person, submission: int, version: int, note: str = "") -> dict[str, Any]:
    """A report was unfounded: everything stays, and who reported hears it."""
    if Submission.select().where(Submission.id == submission, Submission.cause == "report").first() is None:
        raise Refused(N_("这一件不是举报，请选择其他决定"))
    closed = close(row, by, "keep", submission, version, note=text(note, "note"))
    answer_reports(row, "keep")
    return told(closed)


@flow.step(
    "屏蔽",
    sources=["published"],
    target="hidden",
    need="moderation.decide",
    who="审核员",
    recorded="原因",
    weight="danger",
)
def hide(
    row: Moderated,
    *,
    by: Person,
    code: str,
    note: str = "",
    submission: int | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Take something public out of sight: after a report (`submission`, `version`), or because a moderator saw it."""
    code, note = choice(code, REASONS, "code"), text(note, "note")
    if submission is None:
        closed = on_patrol(row, by, "hide", code, note)
    else:
        closed = close(row, by, "hide", submission, version or 0, code=code, note=note)
    answer_reports(row, "hide")
    _after(row, by, "hide", closed)
    return told(closed)


@flow.step("恢复", sources=["hidden"], target="published", need="moderation.decide", who="审核员", recorded="原因")
def restore(row: Moderated, *, by: Person, note: str = "") -> dict[str, Any]:
    """Show again what was hidden."""
    closed = on_patrol(row, by, "restore", "", text(note, "note"))
    _after(row, by, "restore", closed)
    return told(closed)


@flow.step(
    "收回决定",
    sources=["pending", "published", "private", "needs_changes", "rejected", "hidden"],
    target=["pending", "published", "private", "needs_changes", "rejected", "hidden"],
    need="moderation.decide",
    who="刚做决定的审核员，几秒之内",
    asks=False,
)
def undo(row: Moderated, *, by: Person, submission: int) -> dict[str, Any]:
    """Take back one's own decision within UNDO_SECONDS, as long as nobody has acted on it."""
    closed = Submission.get_or_none(Submission.id == submission, Submission.decided_by == by.id)
    too_late = clock.now() - timedelta(seconds=UNDO_SECONDS)
    in_time = closed is not None and closed.decided is not None and closed.decided >= too_late
    if closed is None or not in_time or closed.status != "decided" or closed.cause == "staff":
        raise Refused(N_("已经来不及收回了"), stale=True)
    kind = events.subject_type(row)
    about = (Event.subject_type == kind) & (Event.subject_id == row.id)
    newest = list(Event.select().where(about).order_by(Event.seq.desc()).limit(5))
    decision = next((event for event in newest if event.details.get("submission") == submission), None)
    if decision is None or any(event.seq > decision.seq and event.actor_id != by.id for event in newest):
        raise Refused(N_("已经有人接着处理，不能收回了"), stale=True)
    waits = {"status": "waiting", "slot": f"{kind}:{row.id}", "version": closed.version + 1, "claimed_by": by}
    waits |= {"decision": "", "reason": "", "masked": [], "decided_by": None, "decided": None}
    Submission.update(**waits, claimed_until=clock.now()).where(Submission.id == submission).execute()
    if row.moderation != decision.source and decision.source == "pending":
        row.published = None
    if closed.decision in ("publish", "keep_private"):
        write(row, closed.previous if decision.source != "pending" else closed.content)
    answered = (Report.subject_type == kind) & (Report.subject_id == row.id) & (Report.result == closed.decision)
    Report.update(result="").where(answered).execute()
    row.moderation = decision.source or row.moderation
    _after(row, by, "undo", closed, source=decision.source)
    return {"submission": submission, "undone": closed.decision}


def proposal(row: Moderated) -> Submission | None:
    """What waits for review of `row`, if anything does."""
    found: Submission | None = Submission.get_or_none(Submission.slot == f"{events.subject_type(row)}:{row.id}")
    return found


def latest_decision(row: Moderated) -> Submission | None:
    """The newest decision on `row`, with its reason."""
    about = (Submission.subject_type == events.subject_type(row)) & (Submission.subject_id == row.id)
    found: Submission | None = (
        Submission.select().where(about, Submission.status == "decided").order_by(Submission.id.desc()).first()
    )
    return found


def let_through(row: Moderated) -> Any:
    """Publish what just came in from an author whom the operator trusts; everything else waits."""
    waiting = proposal(row)
    if waiting is None or not is_trusted(waiting):
        return row
    return publish(row, by=None, submission=waiting.id, version=waiting.version)
