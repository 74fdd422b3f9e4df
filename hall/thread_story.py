"""What became of a thread, as its page tells it: the sentence of its state and the timeline of its events.

The public reads when which step was taken and by which department; never who took it, why a department gave it
back, or words that no moderator has read. The author reads what was decided about the text, and the talks.
Sentences are (msgid, values), as in `progress`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hall import clock, events, forgetting
from hall.progress import Entry, Said, progress
from hall.review_story import REVIEW, reason_of, review_values, stage
from hall.sql_text import Told, prepared
from hall.words import N_
from models import SCORES, TALK_METHODS, Event, Person, RepairOrder, Submission, Thread

# The steps that everybody may read about, and those that only the author reads beside them.
PUBLIC = frozenset(
    ("post", "publish", "forward", "return_thread", "extend", "answer", "satisfied", "reopen", "urge", "merge")
) | {"keep_promise"}
OWN = frozenset(
    ("keep_private", "send_back", "reject", "hide", "restore", "edit", "resubmit", "appeal", "talk", "reply")
)
# A decision that was taken back at once did not happen; these say so.
UNDONE = {"undo": "submission", "await_reply": "reply"}
AT_MOST = 200


def history(thread: Thread, *, own: bool) -> list[Event]:
    """The events that the story is made of, newest first; `own` where the author reads it."""
    return forgetting.veil(_history(thread.id, own=own), thread)


def told_history(thread_id: Any) -> list[Told[Event]]:
    """The same for everybody, as the database says it, and before `forgetting.veil`."""
    return _history.told(thread_id, own=False)


@prepared
def _history(thread: Any, *, own: bool) -> Any:
    names = sorted(PUBLIC | UNDONE.keys() | (OWN if own else frozenset()))
    about = (Event.subject_type == events.subject_type(Thread)) & (Event.subject_id == thread)
    return Event.select().where(about, Event.name.in_(names)).order_by(Event.seq.desc()).limit(AT_MOST)


def story(
    thread: Thread, past: Sequence[Event], viewer: Person | None, departments: Mapping[int, str] | None = None
) -> list[Entry]:
    """The events as `viewer` may read them, newest first. `departments` names whose reply is whose, by its id."""
    own = viewer is not None and viewer.id == thread.author_id
    known = departments or {}
    happened = list(_happened(past))
    told = [event for event in happened if event.name in PUBLIC or (own and event.name in OWN)]
    # Of a promise reads who reads the reply that made it.
    told = [event for event in told if event.name != "keep_promise" or event.details.get("reply") in known]
    return [
        Entry(event.name, *_told(event, thread, own, known), event.at, "", "", took=_took(event, happened))
        for event in told
    ]


def _happened(past: Iterable[Event]) -> Iterable[Event]:
    """The events, newest first, without what was undone and the undoing."""
    undone: list[tuple[str, Any]] = []
    for event in past:
        if event.name in UNDONE:
            undone.append((UNDONE[event.name], event.details.get(UNDONE[event.name])))
        elif undone and event.details.get(undone[-1][0]) == undone[-1][1]:
            undone.pop()
        elif not undone:
            yield event


def _took(event: Event, happened: Sequence[Event]) -> timedelta | None:
    """How long the department took to answer."""
    if event.name != "answer":
        return None
    given = [before.at for before in happened if before.seq < event.seq and before.name in ("forward", "reopen")]
    return event.at - max(given) if given else None


LABELS = {
    "post": N_("发帖"),
    "publish": N_("审核通过"),
    "forward": N_("转办"),
    "return_thread": N_("转办调整中"),
    "extend": N_("延期"),
    "answer": N_("答复"),
    "satisfied": N_("办结"),
    "reopen": N_("重办"),
    "urge": N_("督办"),
    "merge": N_("合并"),
    "keep_promise": N_("承诺兑现"),
    "keep_private": N_("审核通过"),
    "send_back": N_("退回修改"),
    "reject": N_("驳回"),
    "hide": N_("屏蔽"),
    "restore": N_("恢复公开"),
    "edit": N_("提交修改"),
    "resubmit": N_("重新提交"),
    "appeal": N_("申诉"),
    "talk": N_("沟通"),
    "reply": N_("拟回复"),
}
TEXTS = {
    "post": N_("已收到，等待审核"),
    "publish": N_("已公开"),
    "publish_edit": N_("内容有改动，重新审核后更新"),
    "forward": N_("转给%(department)s办理，承诺 %(due)s前答复"),
    "forward_assisted": N_("转给%(department)s办理，%(assisting)s协办，承诺 %(due)s前答复"),
    "return_thread": N_("正在重新确定责任部门"),
    "extend": N_("答复时间延到 %(due)s前"),
    "answer": N_("%(department)s已答复"),
    "satisfied": N_("作者评价：%(score)s"),
    "satisfied_automatic": N_("到期没有评价，系统办结"),
    "reopen": N_("作者要求重办，承诺 %(due)s前答复"),
    "urge": N_("逾期没有答复，%(level)s 级督办"),
    "merge": N_("同一件事，并到另一个帖子一起办理"),
    "keep_promise": N_("承诺的事已于 %(kept)s完成"),
    "keep_private": N_("不公开，只有您和办理部门能看到"),
    "send_back": N_("原因：%(reason)s"),
    "reject": N_("原因：%(reason)s"),
    "hide": N_("原因：%(reason)s"),
    "edit": N_("新的内容等待审核"),
    "resubmit": N_("等待审核"),
    "appeal": N_("由另一位审核员处理"),
    "talk": N_("%(method)s：%(summary)s"),
    "reply": N_("答复已拟好，正在审核"),
    "extend_own": N_("答复时间延到 %(due)s前，理由：%(reason)s"),
    "reopen_own": N_("您要求重办：%(reason)s；承诺 %(due)s前答复"),
}


def _told(event: Event, thread: Thread, own: bool, departments: Mapping[int, str]) -> tuple[str, Said]:
    """The label and the sentence of one event."""
    details, name = event.details, event.name
    variant = name
    if name == "publish" and event.source == "published":
        variant = "publish_edit"
    elif name == "forward" and details.get("assisting"):
        variant = "forward_assisted"
    elif name == "satisfied" and not details.get("score"):
        variant = "satisfied_automatic"
    elif own and f"{name}_own" in TEXTS:
        variant = f"{name}_own"
    values = {
        "department": departments.get(details.get("reply", 0)) or details.get("department") or _department(thread),
        "assisting": "、".join(details.get("assisting", [])),
        "due": _day(details.get("due")),
        "kept": _day(details.get("kept")),
        "level": details.get("level", 1),
        "score": dict(SCORES).get(details.get("score", 0), ""),
        "reason": reason_of(details),
        "method": dict(TALK_METHODS).get(details.get("method", ""), ""),
        "summary": details.get("summary", ""),
    }
    text = TEXTS.get(variant, "")
    return LABELS[name], (text, {key: value for key, value in values.items() if f"%({key})s" in text})


def _department(thread: Thread) -> str:
    return thread.department.name if thread.forwarded is not None and thread.department is not None else ""


def _day(said: str | None) -> date | None:
    """The campus day of a moment (naive UTC, as ISO text), or of a day."""
    if not said:
        return None
    return date.fromisoformat(said) if len(said) == 10 else clock.local(datetime.fromisoformat(said)).date()


# --- how it stands -----------------------------------------------------------------------------------

SENTENCES = {
    "to_forward": (N_("审核通过，等待转办"), N_("审核员会把它转给责任部门，办理情况都写在这里。")),
    "returned": (N_("转办调整中"), N_("正在重新确定责任部门，办理情况都写在这里。")),
    "handling": (N_("%(department)s正在办理"), N_("承诺 %(due)s前答复。")),
    "late": (N_("%(department)s还没有答复"), N_("原定 %(due)s前答复，已经逾期。")),
    "supervised": (N_("%(department)s正在督办下办理"), N_("承诺 %(due)s前答复。")),
    "replying": (N_("%(department)s已拟好答复"), N_("答复审核通过后显示在这里。")),
    "answered": (N_("%(department)s已答复"), N_("由作者评价，或者要求重办；七天内没有评价的自动办结。")),
    "done": (N_("已办结"), N_("作者没有评价。")),
    "done_rated": (N_("已办结"), N_("作者评价：%(score)s")),
    "merged": (N_("已合并办理"), N_("同一件事有不止一个帖子，一起办理和答复。")),
}
# What staff reads of a thread that nobody else does.
SHUT = (N_("这个帖子没有公开"), N_("只有作者和工作人员能看到。"))
# What only the author reads.
OWN_SENTENCES = REVIEW | {
    "answered": (N_("%(department)s已答复，请您评价"), N_("不满意可以要求重办；七天内没有评价的自动办结。")),
    "pending": (
        N_("正在等待审核"),
        N_("审核员看过之后才会公开，承诺 %(due)s 前审完。通过后转给责任部门办理，每一步都会通知您。"),
    ),
    "pending_usual": (
        N_("正在等待审核"),
        N_("审核员看过之后才会公开，通常 %(usual)s内审完，最迟 %(due)s。通过后转给责任部门办理，每一步都会通知您。"),
    ),
    "pending_private": (N_("正在等待审核"), N_("您选了不公开：审核后只有您和办理部门能看到，办理和公开的帖子一样。")),
    "withdrawn": (N_("您已撤回这个帖子"), N_("它不再公开，也不再办理。")),
}


def sentence(
    thread: Thread,
    past: Sequence[Event],
    viewer: Person | None,
    review: tuple[Submission | None, Submission | None] = (None, None),
    usual: timedelta | None = None,
) -> tuple[Said, Said]:
    """The title and the text that say how a thread stands and what comes next.

    `review` is what waits and what was decided last, `usual` how long a review takes; both matter to the author.
    """
    waiting, decided = review
    own = viewer is not None and viewer.id == thread.author_id
    key = thread.status
    if key == "to_forward" and any(event.name == "return_thread" for event in past):
        key = "returned"
    elif key == "handling" and thread.due is not None and thread.due < clock.now():
        key = "late"
    elif key == "handling" and thread.supervised:
        key = "supervised"
    elif key == "done" and thread.score:
        key = "done_rated"
    if thread.moderation not in ("published", "private"):
        key = _unreviewed(thread, waiting, decided, usual)
    values = {
        **review_values(waiting, decided, usual),
        "department": _department(thread),
        "score": dict(SCORES).get(thread.score or 0, ""),
    }
    if waiting is None or not key.startswith("pending"):
        values["due"] = clock.local(thread.due).date() if thread.due else None
    title, text = OWN_SENTENCES[key] if own and key in OWN_SENTENCES else SENTENCES.get(key, SHUT)
    return (title, values), (text, values)


def _unreviewed(thread: Thread, waiting: Submission | None, decided: Submission | None, usual: timedelta | None) -> str:
    found = stage(thread, waiting, decided, usual)
    waits = found.startswith("pending") and found != "pending_appeal"
    return "pending_private" if waits and thread.shown_as == "private" else found


def milestones(order: RepairOrder) -> list[dict[str, Any]]:
    """How far the repair is that a thread is about: the steps of its bar and when they were reached, and no more."""
    return [{**step, "who": ""} for step in progress(order, events.timeline(order))]
