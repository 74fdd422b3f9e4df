"""What moderators and departments do with a thread: forward, return, extend, assign, talk, draft a reply."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hall import access, clock, events, moderation, settings
from hall.answers import choice, text
from hall.photos import Prepared, attach
from hall.promise import Calendar
from hall.supervision_flow import (
    MOST_EXTENSIONS,
    REVIEWED,
    body,
    by_a_colleague,
    flow,
    in_working_days,
    reviewed_only,
)
from hall.supervision_queue import last_sent_back
from hall.words import N_, Refused
from models import TALK_METHODS, Assistance, Department, Person, Photo, Reply, Thread

LONGEST_EXTENSION = 20  # working days
MEASURES_MOST = 1000


@flow.step(
    "转办",
    sources=["to_forward"],
    target="handling",
    need="supervision.forward",
    who="审核员",
    recorded="责任部门、协办部门、承诺答复日（5 个工作日）",
    weight="primary",
)
def forward(
    thread: Thread, *, by: Person, department: Department, assisting: Sequence[Department] = (), note: str = ""
) -> dict[str, Any]:
    """Give a reviewed thread to the department that answers for it; the clock starts."""
    reviewed_only(thread)
    by_a_colleague(thread, by)
    helping = [each for each in assisting if each.id != department.id]
    note = text(note, "note")
    thread.department, thread.forwarded, thread.handler = department, clock.now(), None
    thread.due = in_working_days(settings.value("supervision.answer_days"))
    thread.return_until = in_working_days(settings.value("supervision.return_days"))
    Assistance.delete().where(Assistance.thread == thread.id).execute()
    for each in helping:
        Assistance.create(thread=thread, department=each)
    names = [each.name for each in helping]
    return {"department": department.name, "assisting": names, "due": thread.due.isoformat(), "note": note}


@flow.step(
    "退件",
    sources=["handling"],
    target="to_forward",
    need="supervision.handle",
    who="部门，两个工作日内",
    recorded="理由、建议的部门",
    weight="danger",
)
def return_thread(thread: Thread, *, by: Person, ground: str, suggested: Department | None = None) -> dict[str, Any]:
    """Give back what another department should answer, within two working days."""
    by_a_colleague(thread, by)
    if thread.return_until is not None and clock.now() > thread.return_until:
        raise Refused(N_("已过两个工作日的退件期限，请直接办理或申请延期"))
    if thread.reopened:
        raise Refused(N_("重办的帖子不能退件"))
    ground = text(ground, "ground", least=4)
    if suggested is not None and suggested.id == thread.department_id:
        raise Refused(N_("建议的部门不能是本部门"), field="suggested")
    before = thread.department.name if thread.department is not None else ""
    thread.forwarded = thread.due = thread.return_until = thread.handler = None
    thread.department = suggested
    return {"ground": ground, "from": before, "suggested": suggested.name if suggested is not None else ""}


@flow.step(
    "延期",
    sources=["handling"],
    target="handling",
    need="supervision.handle",
    who="部门，到期之前",
    recorded="新的日期、理由、批准人；作者会收到通知",
)
def extend(thread: Thread, *, by: Person, until: datetime, reason: str, approver: Person) -> dict[str, Any]:
    """Promise a later date (naive UTC) before the first is past, with somebody's approval."""
    reviewed_only(thread)
    by_a_colleague(thread, by)
    before = thread.due
    if before is None or clock.now() > before:
        raise Refused(N_("已经逾期，不能再延期，请尽快答复"))
    if thread.extensions >= MOST_EXTENSIONS:
        raise Refused(N_("最多延期 %(most)s 次"), most=MOST_EXTENSIONS)
    if not before < until <= Calendar().working_days(before, LONGEST_EXTENSION):
        raise Refused(N_("新的日期应在原日期之后，最多再加 %(days)s 个工作日"), field="until", days=LONGEST_EXTENSION)
    if approver.id == by.id or not access.may(approver, "supervision.approve"):
        raise Refused(N_("请选择能批准延期的领导"), field="approver")
    reason = text(reason, "reason", least=4)
    thread.due = until
    thread.extensions += 1
    return {"from": before.isoformat(), "due": until.isoformat(), "reason": reason, "approver": approver.name}


@flow.step(
    "内部转办",
    sources=["handling"],
    need="supervision.handle",
    who="部门",
    recorded="经办人",
)
def assign(thread: Thread, *, by: Person, handler: Person, note: str = "") -> dict[str, Any]:
    """Pass a thread to a colleague of the same department."""
    if not access.may(handler, "supervision.handle", thread):
        raise Refused(N_("请选择本部门的经办人"), field="handler")
    thread.handler = handler
    return {"handler": handler.name, "note": text(note, "note")}


@flow.step(
    "沟通记录",
    sources=["handling", "replying", "answered"],
    need="supervision.talk",
    who="部门、协办部门",
    recorded="方式、时间、内容；工作人员和作者可见",
)
def talk(thread: Thread, *, by: Person, method: str, summary: str, at: datetime | None = None) -> dict[str, Any]:
    """Record a talk with the author (`requirements.md` 27); `at` is naive UTC, now where it is left out."""
    moment = at or clock.now()
    if moment > clock.now():
        raise Refused(N_("沟通的时间不能在将来"), field="at")
    said = text(summary, "summary", least=4, most=500)
    return {"method": choice(method, TALK_METHODS, "method"), "at": moment.isoformat(), "summary": said}


@flow.step(
    "拟回复",
    sources=["handling"],
    target="replying",
    need="supervision.handle",
    who="部门",
    recorded="答复、措施、承诺日期",
    weight="primary",
)
def reply(
    thread: Thread,
    *,
    by: Person,
    text: str,
    measures: str = "",
    promised: date | None = None,
    photos: Sequence[Prepared] = (),
    kept: Sequence[str] = (),
) -> dict[str, Any]:
    """Draft the department's answer; a moderator reads it before anybody else does.

    `kept` names photos of the reply that was sent back and is mended by this one.
    """
    reviewed_only(thread)
    by_a_colleague(thread, by)
    if promised is not None and promised < clock.today():
        raise Refused(N_("承诺的日期不能在过去"), field="promised")
    words = clean_reply({"text": text, "measures": measures, "promised": promised}, None)
    before = last_sent_back(thread)
    carried = [name for name in before.photos if name in kept] if before is not None else []
    most = settings.value("photos.most")
    if len(carried) + len(photos) > most:
        raise Refused(N_("最多 %(most)s 张照片"), field="photos", most=most)
    drafted = Reply.create(thread=thread, department=thread.department, author=by, created=clock.now(), **words)
    if before is not None and carried:
        own = (Photo.subject_type == events.subject_type(Reply)) & (Photo.subject_id == before.id)
        Photo.update(subject_id=drafted.id).where(own, Photo.name.in_(carried)).execute()
    drafted.photos = [*carried, *(photo.name for photo in attach(drafted, photos, by=by))]
    drafted.save()
    moderation.submit(drafted, by=by)
    return {"reply": drafted.id}


def clean_reply(content: dict[str, Any], reply: Reply | None) -> dict[str, Any]:
    """The parts of a reply as they may be; the promised day as ISO text. Raises Refused."""
    promised = _day(content.get("promised") or "")
    return {
        "text": body(content.get("text", "")),
        "measures": text(content.get("measures", ""), "measures", most=MEASURES_MOST),
        "promised": promised,
    }


def _day(said: date | str) -> str:
    """A day as ISO text. Raises Refused for other words."""
    try:
        return said.isoformat() if isinstance(said, date) else said and date.fromisoformat(said).isoformat()
    except ValueError:
        raise Refused(N_("请填写日期"), field="promised") from None


@flow.step(
    "完成承诺",
    sources=["answered", "done"],
    need="supervision.handle",
    who="部门",
    recorded="哪一次答复、实际完成日期",
)
def keep_promise(thread: Thread, *, by: Person, reply: Reply, kept: date) -> dict[str, Any]:
    """Say on which day a reply's promise was kept; the public reads it beside the promised date."""
    open_reply = (Reply.id == reply.id) & (Reply.thread == thread.id) & Reply.kept.is_null() & (Reply.promised != "")
    if kept > clock.today():
        raise Refused(N_("完成的日期不能在将来"), field="kept")
    if kept < clock.local(reply.created).date():
        raise Refused(N_("完成的日期不能早于答复的日期"), field="kept")
    if not Reply.update(kept=kept).where(open_reply, Reply.moderation.in_(REVIEWED)).execute():
        raise Refused(N_("请选择一项还没有完成的承诺"), field="reply", stale=True)
    return {"reply": reply.id, "promised": reply.promised, "kept": kept.isoformat()}


# --- what follows from the review of a reply ---------------------------------------------------------


@flow.step(
    "回复公开",
    sources=["replying"],
    target="answered",
    need="supervision.answer",
    who="审核员，不能是拟稿人",
    by_hand=False,
)
def answer(thread: Thread, *, by: Person | None, reply: Reply) -> dict[str, Any]:
    thread.answered = clock.now()
    return {"reply": reply.id}


@flow.step(
    "回复退回",
    sources=["replying"],
    target="handling",
    need="supervision.answer",
    who="审核员；拟稿人收回时",
    recorded="原因",
    by_hand=False,
)
def reply_back(thread: Thread, *, by: Person | None, reply: Reply, reason: str = "", note: str = "") -> dict[str, Any]:
    return {"reply": reply.id, "reason": reason, "note": note}


@flow.step(
    "回复重审",
    sources=["answered", "handling"],
    target="replying",
    need="supervision.answer",
    who="审核员收回刚做的决定时",
    by_hand=False,
)
def await_reply(thread: Thread, *, by: Person, reply: Reply) -> dict[str, Any]:
    thread.answered = None
    return {"reply": reply.id}


def _reply_reviewed(row: Reply, *, by: Person | None, submission: Any) -> None:
    if submission.cause == "first":
        answer(row.thread, by=by, reply=row)


def _reply_sent_back(row: Reply, *, by: Person | None, submission: Any) -> None:
    if submission is None or submission.cause == "first":
        said = {"reason": submission.reason, "note": submission.note} if submission is not None else {}
        if row.moderation in ("pending", "needs_changes", "rejected") and row.thread.status == "replying":
            reply_back(row.thread, by=by, reply=row, **said)


def _review_undone(row: Reply, *, by: Person, submission: Any, source: str) -> None:
    if submission.cause == "first":
        await_reply(row.thread, by=by, reply=row)


_DRAFT_ANEW = N_("请在帖子里重新拟一份回复")
moderation.BOARDS[Reply] = moderation.Board(
    instead={"resubmit": _DRAFT_ANEW, "appeal": _DRAFT_ANEW},
    clean=clean_reply,
    headline=lambda content: content.get("text", "")[:60],
    after={
        "publish": _reply_reviewed,
        "keep_private": _reply_reviewed,
        "send_back": _reply_sent_back,
        "reject": _reply_sent_back,
        "withdraw": _reply_sent_back,
        "undo": _review_undone,
    },
)
