"""One supervision thread and what hangs on it, as far as its reader may see it; and how its parts are said."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import peewee

from hall import access, clock, forgetting
from hall.moderation_flow import disclosed
from hall.question_reading import is_asked
from hall.sql_text import Told, prepared
from hall.thread_story import told_history
from hall.words import N_
from models import (
    Comment,
    Department,
    Event,
    MaintenanceGroup,
    Moderated,
    Person,
    RepairOrder,
    Reply,
    Submission,
    Thread,
)

_AUTHOR, _WORKER = Person.alias(), Person.alias()
_KEYS = Thread.id, Thread.main, Thread.order
TALK = 50  # follow-ups on a page


def find(person: Person | None, number: str) -> Thread | None:
    """The thread with `number` if it is public or `person` may see it, with the keys that its page shows."""
    wanted = number[:20].upper()
    found: Thread | None = next(iter(_public(wanted)), None)
    if found is not None or person is None:
        return found
    hidden: Thread | None = _whole(access.visible(person, Thread).where(Thread.number == wanted)).first()
    return hidden


@prepared
def _public(number: Any) -> Any:
    # Said once more, last of all, for `opened`.
    return _whole(disclosed(Thread).where(Thread.number == number)).select_extend(*_KEYS).limit(1)


@dataclass(frozen=True)
class Opened:
    """A public thread with what a visitor reads on its page, as the database says it."""

    row: Told[Thread]
    replies: list[Told[Reply]]
    comments: list[Told[Comment]]
    following: int | None
    past: list[Told[Event]]

    def said(self) -> Hashable | None:
        """All that the page says of the database beside reference data; None where it says of other rows, too."""
        _id, main, order = self.row.said[-len(_KEYS) :]
        if main or order or is_asked("thread"):
            return None
        under = (tuple(each.said for each in rows) for rows in (self.replies, self.comments, self.past))
        return self.row.said, *under, self.following, forgetting.mark()


def opened(number: str, *, after: int = 0) -> Opened | None:
    """The public thread with `number`, and the follow-ups behind the id `after`; four queries, no entity."""
    row: Told[Thread] | None = next(iter(_public.told(number[:20].upper())), None)
    if row is None:
        return None
    thread_id = row.said[-len(_KEYS)]
    replies = _answers.told(thread_id, is_signed_in=False, inside=False)
    comments, following = _first(_talk.told(thread_id, after, limit=TALK + 1))
    return Opened(row, replies, comments, following, told_history(thread_id))


def _whole(query: Any) -> Any:
    query = query.select(Thread, _AUTHOR, _WORKER, Department, MaintenanceGroup, RepairOrder)
    query = query.join_from(Thread, _AUTHOR, on=(Thread.author == _AUTHOR.id), attr="author")
    outer = peewee.JOIN.LEFT_OUTER
    query = query.join_from(Thread, _WORKER, outer, on=(Thread.praised_worker == _WORKER.id), attr="praised_worker")
    query = query.join_from(Thread, Department, outer).join_from(Thread, MaintenanceGroup, outer)
    return query.join_from(Thread, RepairOrder, outer, on=(Thread.order == RepairOrder.id), attr="order")


def unfinished(person: Person, limit: int) -> list[Thread]:
    """The threads of `person` that are not over, those that wait for them first, then the newest."""
    reviewed = Thread.moderation.in_(["published", "private"])
    waits = (Thread.moderation == "needs_changes") | (reviewed & (Thread.status == "answered"))
    goes_on = (Thread.moderation == "pending") | (reviewed & Thread.status.not_in(["done", "merged"]))
    mine = Thread.select(Thread, Department).join(Department, peewee.JOIN.LEFT_OUTER)
    mine = mine.where(Thread.author == person.id, waits | goes_on)
    return list(mine.order_by(waits.desc(), Thread.id.desc()).limit(limit))


def is_staff(person: Person | None, thread: Thread) -> bool:
    """Whether `person` reads `thread` as its department, a moderator or a leader."""
    if person is None:
        return False
    role = access.role_for(person, "supervision.read", thread)
    # A department that is only wished for, or has given the thread back, is a reader like any other.
    return role not in ("", "author") and (thread.forwarded is not None or role not in ("handler", "assisting"))


def main_of(thread: Thread, person: Person | None) -> Thread | None:
    """The thread that this one was merged into, if `person` may read it."""
    if not thread.main_id:
        return None
    for rows in (disclosed(Thread), access.visible(person, Thread)):
        if found := rows.where(Thread.id == thread.main_id).first():
            main: Thread = found
            return main
    return None


def _under(model: Any, thread: Any, is_signed_in: bool, *more: Any) -> Any:
    """The rows of `model` under a thread that its reader may read: what everybody reads of it, and `more`."""
    if not is_signed_in:
        return disclosed(model).where(model.thread == thread)
    shown = model.moderation == "published"
    for condition in more:
        shown |= condition
    return model.select().where(model.thread == thread, shown)


def talk_under(thread: Thread, person: Person | None, *, after: int = 0) -> tuple[list[Comment], int | None]:
    """One page of the follow-ups, oldest first, and the key of the next; who wrote one that is not public sees it.

    `thread` must be one that `person` may read.
    """
    own = (person.id,) if person else ()
    return _first(_talk(thread.id, after, *own, limit=TALK + 1))


def _first(found: list[Any]) -> tuple[list[Any], int | None]:
    """The follow-ups of one page, and the id that the next begins behind."""
    last = found[TALK - 1] if len(found) > TALK else None
    return found[:TALK], getattr(last, "entity", last).id if last is not None else None


@prepared
def _talk(thread: Any, after: Any, *own: Any, limit: int) -> Any:
    mine = [(Comment.author == person) & (Comment.moderation != "withdrawn") for person in own]
    query = _under(Comment, thread, bool(own), *mine)
    query = query.select(Comment, Person.id, Person.name, Person.kind).join_from(Comment, Person)
    return query.where(Comment.id > after).order_by(Comment.id).limit(limit)


def answers_to(thread: Thread, person: Person | None) -> list[Reply]:
    """The replies to a thread that `person` may read, oldest first; what is kept private, its author and staff."""
    inside = person is not None and (thread.author_id == person.id or is_staff(person, thread))
    return _answers(thread.id, is_signed_in=person is not None, inside=inside)


@prepared
def _answers(thread: Any, *, is_signed_in: bool, inside: bool) -> Any:
    query = _under(Reply, thread, is_signed_in, *([Reply.moderation == "private"] if inside else []))
    return query.select(Reply, Department).join_from(Reply, Department).order_by(Reply.id).limit(50)


def reviews(rows: Sequence[Moderated]) -> dict[int, tuple[Submission | None, Submission | None]]:
    """What waits of each row (of one entity) and what was decided last, as {id: (waiting, decided)}, in one query."""
    if not rows:
        return {}
    kind = rows[0]._meta.table_name
    about = (Submission.subject_type == kind) & Submission.subject_id.in_([row.id for row in rows])
    found: dict[int, tuple[Submission | None, Submission | None]] = {row.id: (None, None) for row in rows}
    for each in Submission.select().where(about).order_by(Submission.id.desc()).limit(20 * len(rows)):
        waiting, decided = found[each.subject_id]
        if each.status == "waiting":
            waiting = waiting or each
        elif each.status == "decided":
            decided = decided or each
        found[each.subject_id] = waiting, decided
    return found


def byline(row: Moderated, thread: Thread | None = None) -> str:
    """Who wrote it, as they wish to be shown: a name, or a msgid that says as much as they want said.

    Below their own thread somebody is shown as above it: the mark of the author must not give the name away.
    """
    wish = thread.shown_as if thread is not None and thread.author_id == row.author_id else row.shown_as
    if wish == "name":
        name: str = row.author.name
        return name
    return role_of(row.author)


def role_of(person: Person | None) -> str:
    """What everybody may read of somebody who does not want to be named, as a msgid."""
    return N_("一位教职工") if person is not None and person.kind != "student" else N_("一位同学")


def promise_of(reply: Reply) -> tuple[date, str] | None:
    """The day that a reply promises, and "kept", "late" (kept, but after that day), "missed" or "open"."""
    try:
        promised = date.fromisoformat(reply.promised)
    except ValueError:
        return None
    if reply.kept is not None:
        return promised, "kept" if reply.kept <= promised else "late"
    return promised, "missed" if promised < clock.today() else "open"
