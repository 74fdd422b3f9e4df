"""What is told of a thread of the supervision board, of its follow-ups and its official replies, and in which words.

No sentence names a person: whoever reported something, or wrote it for the department alone, stays unknown to
everybody who hears of it.
"""

from datetime import datetime

from peewee import JOIN

from hall import clock
from hall.notify_audiences import (
    News,
    drafter,
    followers,
    for_a_reason,
    forwarders,
    handler,
    handlers,
    is_high,
    leaders,
    leads_of_the_praised,
    praised,
    reply_is_public,
    thread_author,
)
from hall.notify_decisions import (
    ALERTED,
    DECISIONS,
    HIDDEN,
    PATIENCE,
    PRIVATE,
    SHOWN,
    WAITING,
    Table,
    author,
    is_alert,
    is_edit,
    is_first,
    is_masked,
    may_appeal,
    moderators,
    only,
    short,
)
from hall.telling import Telling
from hall.words import N_
from models import Comment, Department, Event, MaintenanceGroup, Person, Reply, Thread

THREAD: Table = {
    **WAITING,
    "post": ALERTED,
    "publish": [
        (only(is_first, author), N_("您的帖子《%(title)s》已公开")),
        (only(is_edit, author), N_("您对帖子《%(title)s》的修改已公开")),
        (only(is_masked, author), N_("您的帖子《%(title)s》有部分内容被遮盖")),
        SHOWN,
        (praised, N_("您收到表扬：《%(title)s》")),
        (leads_of_the_praised, N_("班组收到表扬：《%(title)s》")),
    ],
    "keep_private": [(author, N_("您的帖子《%(title)s》已审核，仅您和部门可见")), PRIVATE],
    "send_back": [(only(is_edit, author), N_("您对帖子《%(title)s》的修改未通过，仍显示原文"))],
    "send_back>needs_changes": [(author, N_("您的帖子《%(title)s》请按意见修改后再提交"))],
    "reject": [(only(is_edit, author), N_("您对帖子《%(title)s》的修改未通过，仍显示原文"))],
    "reject>rejected": [
        (only(may_appeal, author), N_("您的帖子《%(title)s》被驳回，请看原因，可以申诉一次")),
        (author, N_("您的帖子《%(title)s》申诉后仍被驳回，请看原因")),
    ],
    "hide": [(author, N_("您的帖子《%(title)s》已被屏蔽，请看原因")), HIDDEN],
    "restore": [(author, N_("您的帖子《%(title)s》已恢复公开"))],
    "forward": [(handlers, N_("转来 %(number)s：《%(title)s》，请在 %(day)s 前答复"))],
    "return_thread": [(forwarders, N_("%(number)s 被部门退件，请重新转办"))],
    "extend": [(author, N_("您的帖子《%(title)s》延期到 %(day)s 答复"))],
    "assign": [
        (handler, N_("%(number)s 交给您办理：《%(title)s》")),
    ],
    "talk": [(author, N_("您的帖子《%(title)s》有新的沟通记录"))],
    "reply": [
        (only(is_alert, moderators), N_("警报词：《%(title)s》的官方回复等待审核，请马上看")),
        (moderators, N_("官方回复待审：《%(title)s》")),
    ],
    "reply_back": [
        (only(for_a_reason, drafter), N_("《%(title)s》的回复被退回，请看原因")),
        (only(for_a_reason, handlers), N_("《%(title)s》的回复被退回，请看原因")),
        (handlers, N_("《%(title)s》的回复已收回，请继续办理")),
    ],
    "answer": [
        (author, N_("您的帖子《%(title)s》有了官方回复，请评价")),
        (only(reply_is_public, followers), N_("您关注的《%(title)s》有了官方回复")),
    ],
    "satisfied": [(handlers, N_("%(number)s 已办结：《%(title)s》"))],
    "reopen": [(handlers, N_("%(number)s 作者不满意，要求重办，请看理由"))],
    "urge": [
        (handlers, N_("%(number)s 逾期未答复，第 %(level)s 级督办")),
        (only(is_high, leaders), N_("%(number)s 逾期未答复，第 %(level)s 级督办")),
    ],
    "merge": [
        (author, N_("您的帖子《%(title)s》已并入同一件事的主帖")),
        (followers, N_("您关注的《%(title)s》已并入同一件事的主帖")),
    ],
}

COMMENT: Table = {
    **WAITING,
    "comment": ALERTED,
    "publish": [
        (only(is_first, author), N_("您在《%(title)s》的跟帖已公开")),
        (only(is_edit, author), N_("您对《%(title)s》跟帖的修改已公开")),
        (only(is_masked, author), N_("您在《%(title)s》的跟帖有部分内容被遮盖")),
        SHOWN,
        (only(is_first, thread_author), N_("您的帖子《%(title)s》有新跟帖")),
        (only(is_first, followers), N_("您关注的《%(title)s》有新跟帖")),
    ],
    "keep_private": [(author, N_("您在《%(title)s》的跟帖已审核，仅您和部门可见")), PRIVATE],
    "send_back": [(only(is_edit, author), N_("您对《%(title)s》跟帖的修改未通过，仍显示原文"))],
    "send_back>needs_changes": [(author, N_("您在《%(title)s》的跟帖请按意见修改后再提交"))],
    "reject": [(only(is_edit, author), N_("您对《%(title)s》跟帖的修改未通过，仍显示原文"))],
    "reject>rejected": [
        (only(may_appeal, author), N_("您在《%(title)s》的跟帖被驳回，请看原因，可以申诉一次")),
        (author, N_("您在《%(title)s》的跟帖申诉后仍被驳回，请看原因")),
    ],
    "hide": [(author, N_("您在《%(title)s》的跟帖已被屏蔽，请看原因")), HIDDEN],
    "restore": [(author, N_("您在《%(title)s》的跟帖已恢复公开"))],
}

# What becomes of a reply in its first review is told with the thread that it answers.
REPLY: Table = {
    **WAITING,
    "publish": [
        (only(is_edit, author), N_("《%(title)s》回复的修改已公开")),
        (only(is_masked, author), N_("《%(title)s》的回复有部分内容被遮盖")),
        SHOWN,
    ],
    "keep_private": [PRIVATE],
    "send_back": [(only(is_edit, author), N_("《%(title)s》回复的修改未通过，仍显示原文"))],
    "send_back>needs_changes": [],
    "reject": [(only(is_edit, author), N_("《%(title)s》回复的修改未通过，仍显示原文"))],
    "reject>rejected": [],
    "hide": [(author, N_("《%(title)s》的回复已被屏蔽，请看原因")), HIDDEN],
    "restore": [(author, N_("《%(title)s》的回复已恢复公开"))],
}


def _news(event: Event) -> News:
    """The row that an event is about with its thread, department and praised group, in one query."""
    row = {"comment": Comment, "reply": Reply}.get(event.subject_type)
    if row is None:
        query = Thread.select(Thread, Department, MaintenanceGroup)
        query = query.join_from(Thread, Department, JOIN.LEFT_OUTER)
        thread = query.join_from(Thread, MaintenanceGroup, JOIN.LEFT_OUTER).where(Thread.id == event.subject_id).get()
        return News(event, thread, thread)
    found = row.select(row, Thread).join(Thread).where(row.id == event.subject_id).get()
    return News(event, found, found.thread)


def _values(news: News) -> dict[str, str]:
    thread, said = news.thread, news.event.details
    title = short(thread.title)
    if news.row.author_id != thread.author_id and isinstance(news.row, Comment) and not news.thread_disclosed:
        title = thread.number
    day = clock.local(datetime.fromisoformat(said["due"])).date().isoformat() if "due" in said else ""
    return {"number": thread.number, "title": title, "day": day, "level": str(said.get("level", ""))}


_AT_THE_DESK = {"post", "comment", "edit", "resubmit", "appeal", "report", "reply"}
_IN_THE_QUEUE = {"forward", "return_thread", "assign", "reply_back", "satisfied", "reopen", "urge"}


def _link(news: News, person: Person) -> str:
    """The desk for who is to decide, the queue for who works on the thread, else its public page if they see it."""
    number, is_author = news.thread.number, news.thread.author_id == person.id
    if news.event.name in _AT_THE_DESK:
        return "/admin/desk/"
    is_drafter = isinstance(news.row, Reply) and news.row.author_id == person.id
    if is_drafter or news.event.name in _IN_THE_QUEUE:
        return f"/admin/queue/supervision/{number}"
    return f"/supervision/{number}" if is_author or news.thread_disclosed else ""


def _unforwarded(event: Event, later: Event) -> bool:
    return later.name == "undo" and later.target == "pending"


def _awaited_again(event: Event, later: Event) -> bool:
    return later.name == "await_reply" and later.details["reply"] == event.details["reply"]


_FOLLOWING = {"forward": _unforwarded, "answer": _awaited_again, "reply_back": _awaited_again}

THREADS = Telling(THREAD, _news, _values, _link, {**DECISIONS, **_FOLLOWING}, PATIENCE)
COMMENTS = Telling(COMMENT, _news, _values, _link, DECISIONS, PATIENCE)
REPLIES = Telling(REPLY, _news, _values, _link, DECISIONS, PATIENCE)
