"""Supervision 服务监督 from post to disclosed answer (`requirements.md` 25-29): its verbs, and the lanes of what waits.

What people bring is in `supervision_post`, what departments do in `supervision_work`; here is how it ends.
"""

from typing import Any

import peewee

from hall import clock, moderation, settings
from hall.answers import text
from hall.lanes import LANES, Lane
from hall.promise import Calendar
from hall.supervision_flow import MOST_REOPENED, REVIEWED, flow, in_working_days, reviewed_only
from hall.supervision_post import (
    by_number,
    clean_thread,
    comment,
    follow,
    post,
    support,
    unfollow,
    unsupport,
)
from hall.supervision_queue import (
    broken_promises,
    helped_by,
    joined,
    last_sent_back,
    open_promises,
    reviewed_replies,
    worked_on_by,
)
from hall.supervision_work import (
    answer,
    assign,
    extend,
    forward,
    keep_promise,
    reply,
    reply_back,
    return_thread,
    talk,
)
from hall.words import N_, Refused
from models import SCORES, Assistance, Department, Person, Support, Thread, ThreadFollower, database

__all__ = [
    "answer",
    "assign",
    "by_number",
    "comment",
    "extend",
    "flow",
    "follow",
    "forward",
    "joined",
    "keep_promise",
    "last_sent_back",
    "merge",
    "open_promises",
    "post",
    "reopen",
    "reply",
    "reply_back",
    "return_thread",
    "reviewed_replies",
    "run_timers",
    "satisfied",
    "support",
    "talk",
    "unfollow",
    "unsupport",
    "urge",
]

HIGHEST_LEVEL = 3
_BATCH = 200


@flow.step(
    "评价并办结",
    sources=["answered"],
    target="done",
    need="supervision.satisfied",
    who="作者；到期由系统",
    recorded="满意度，或未评价",
    weight="primary",
)
def satisfied(thread: Thread, *, by: Person | None, score: int | None = None, words: str = "") -> dict[str, Any]:
    """Close an answered thread with a score of SCORES; the system closes without one."""
    if by is not None:
        reviewed_only(thread)
        if score not in dict(SCORES):
            raise Refused(N_("请选择满意度"), field="score")
    thread.score, thread.done = score, clock.now()
    return {"score": thread.score, "words": text(words, "words"), "automatic": by is None}


@flow.step(
    "不满意，重办",
    sources=["answered"],
    target="handling",
    need="supervision.reopen",
    who="作者，最多两次",
    recorded="理由",
)
def reopen(thread: Thread, *, by: Person, reason: str) -> dict[str, Any]:
    """Ask the department to handle it again, under supervision."""
    reviewed_only(thread)
    if thread.reopened >= MOST_REOPENED:
        raise Refused(N_("最多要求重办 %(most)s 次；仍不满意可以评价“不满意”办结"), most=MOST_REOPENED)
    reason = text(reason, "reason", least=4)
    thread.reopened += 1
    thread.supervised = max(thread.supervised, 1)
    thread.due, thread.answered = in_working_days(settings.value("supervision.reopened_days")), None
    return {"reason": reason, "due": thread.due.isoformat()}


@flow.step(
    "督办",
    sources=["handling"],
    need="supervision.urge",
    who="系统、领导；逾期后",
    recorded="级别",
    weight="danger",
)
def urge(thread: Thread, *, by: Person | None, note: str = "", most: int = HIGHEST_LEVEL) -> dict[str, Any]:
    """Press for an answer that is overdue; each time one level higher, up to three. The system presses up to `most`."""
    if thread.due is None or clock.now() <= thread.due:
        raise Refused(N_("还没有到承诺的日期"))
    if by is None and thread.supervised >= most:
        raise Refused(N_("已经是最高一级督办"))
    thread.supervised = min(thread.supervised + 1, HIGHEST_LEVEL)
    return {"level": thread.supervised, "note": text(note, "note"), "automatic": by is None}


@flow.step(
    "合并",
    sources=["to_forward", "handling", "replying", "answered", "done"],
    target="merged",
    need="supervision.merge",
    who="审核员",
    recorded="主帖",
)
def merge(thread: Thread, *, by: Person, main: Thread) -> dict[str, Any]:
    """Join a thread to another about the same thing; its author, followers and supporters go with it."""
    main = _held_still(main)
    if main.id == thread.id or main.status == "merged" or main.moderation not in REVIEWED:
        raise Refused(N_("请选择另一个已审核的帖子作主帖"), field="main")
    if thread.moderation == "private" and main.moderation == "published":
        raise Refused(N_("不公开的帖子不能并入公开的帖子"), field="main")
    thread.main = main
    with_it = {row.person_id for row in thread.followers} | {thread.author_id}
    for person_id in with_it - {main.author_id}:
        ThreadFollower.get_or_create(thread=main, person=person_id)
    for row in list(thread.supporters):
        if row.person_id != main.author_id:
            _support, is_new = Support.get_or_create(thread=main, person=row.person_id)
            if is_new:
                Thread.update(supports=Thread.supports + 1).where(Thread.id == main.id).execute()
    return {"main": main.number}


def _held_still(thread: Thread) -> Thread:
    """`thread` as it is now and stays until the caller's transaction ends: two are never merged into each other."""
    query = Thread.select().where(Thread.id == thread.id)
    try:
        found: Thread = query.for_update(nowait=True).get() if database.for_update else query.get()
    except peewee.OperationalError as error:
        raise Refused(N_("主帖正有人在处理，请稍后再试"), field="main", stale=True) from error
    return found


# --- what follows from the review of a thread --------------------------------------------------------


def _reviewed(thread: Thread, *, by: Person | None, submission: Any) -> None:
    if thread.status == "submitted":
        thread.status = "to_forward"


def _review_undone(thread: Thread, *, by: Person, submission: Any, source: str) -> None:
    if source == "pending":
        thread.status = "submitted"
        thread.forwarded = thread.due = thread.return_until = thread.handler = None
        Assistance.delete().where(Assistance.thread == thread.id).execute()


def _pass_on(thread: Thread, department: Department, by: Person) -> Thread:
    if thread.status != "to_forward":
        return thread
    forwarded: Thread = forward(thread, by=by, department=department)
    return forwarded


moderation.BOARDS[Thread] = moderation.Board(
    clean=clean_thread,
    headline=lambda content: content.get("title", ""),
    after={"publish": _reviewed, "keep_private": _reviewed, "undo": _review_undone},
    pass_on=_pass_on,
)


# --- the timetable and the lanes ---------------------------------------------------------------------


def run_timers() -> int:
    """Close what was answered long ago and press for what is overdue; returns how many steps were taken."""
    long_ago = clock.days_ago(settings.value("supervision.rating_days"))
    answered = Thread.select().where(Thread.status == "answered", Thread.answered < long_ago).limit(_BATCH)
    late = Thread.select().where(
        Thread.status == "handling",
        Thread.due < clock.now(),
        Thread.supervised < HIGHEST_LEVEL,
        Thread.moderation.in_(REVIEWED),
    )
    calendar, between, taken = Calendar(), settings.value("supervision.level_days"), 0
    for thread in list(answered):
        taken += _if_still(satisfied, thread)
    for thread in list(late.order_by(Thread.due).limit(_BATCH)):
        due: Any = thread.due
        steps = [calendar.working_days(due, between * level) for level in range(1, HIGHEST_LEVEL)]
        # Who was asked to handle it again begins one level higher.
        reached = min(1 + min(thread.reopened, 1) + sum(clock.now() > step for step in steps), HIGHEST_LEVEL)
        taken += thread.supervised < reached and _if_still(urge, thread, most=reached)
    return taken


def _if_still(step: Any, thread: Thread, **answers: Any) -> bool:
    try:
        step(thread, by=None, **answers)
    except Refused:
        return False  # somebody was faster
    return True


def _worked_on(person: Person) -> Any:
    return Thread.moderation.in_(REVIEWED)


def _late(person: Person) -> Any:
    return _worked_on(person) & (Thread.due < clock.now())


LANES["supervision"] = [
    Lane("forward", "待转办", ("to_forward",), "supervision.forward", _worked_on, by="created"),
    Lane("handle", "办理中", ("handling",), "supervision.handle", _worked_on),
    Lane("help", "协办", ("handling",), "supervision.handle", _worked_on, among=helped_by),
    Lane("sent", "回复待审", ("replying",), "supervision.handle", _worked_on),
    Lane("answered", "已回复", ("answered",), "supervision.handle", _worked_on, by="answered"),
    Lane(
        "promised",
        "承诺到期",
        ("answered", "done"),
        "supervision.handle",
        broken_promises,
        by="answered",
        does="keep_promise",
    ),
    Lane("late", "逾期督办", ("handling",), "supervision.urge", _late, does="urge"),
    Lane("all", "全部", tuple(flow.states), "supervision.read", counted=False, among=worked_on_by),
]
