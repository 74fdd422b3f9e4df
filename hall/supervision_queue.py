"""What the department's queue reads of threads: who works on which, replies to mend, promises to keep."""

from typing import Any

import peewee

from hall import access, clock, events
from hall.supervision_flow import REVIEWED
from models import Assistance, Department, Grant, Person, RepairOrder, Reply, Submission, Thread, tuples


def joined(query: peewee.ModelSelect) -> peewee.ModelSelect:
    """`query` over threads with author, department, handler and the repair's number in the same row."""
    handler, left = Person.alias(), peewee.JOIN.LEFT_OUTER
    return (
        query.select_extend(Person, Department, handler, RepairOrder.id, RepairOrder.number)
        .join_from(Thread, Person, on=(Thread.author == Person.id), attr="author")
        .join_from(Thread, Department, left)
        .join_from(Thread, handler, left, on=(Thread.handler == handler.id), attr="handler")
        .join_from(Thread, RepairOrder, left)
    )


def helped_by(person: Person) -> Any:
    """The condition for threads of another department that a department of `person` assists."""
    departments = access.departments_of(person, "supervision.handle")
    if departments is None:
        return peewee.SQL("1 = 0")
    return Thread.id.in_(Assistance.select(Assistance.thread).where(Assistance.department.in_(departments)))


def worked_on_by(person: Person) -> Any:
    """The condition for threads that `person` reads for their office, and not only as the author."""
    if access.may(person, "supervision.see_all") or access.may(person, "supervision.oversee"):
        return peewee.SQL("1 = 1")
    departments = access.departments_of(person, "supervision.handle")
    if departments is None:
        return peewee.SQL("1 = 0")
    return (Thread.department.in_(departments) | helped_by(person)) & Thread.forwarded.is_null(False)


def broken_promises(person: Person) -> Any:
    """The condition for threads with a promise whose day has come, and of which nobody has said that it was kept."""
    today = clock.today().isoformat()
    open_today = _open().where(Reply.promised <= today).select(Reply.thread)
    return Thread.moderation.in_(REVIEWED) & Thread.id.in_(open_today)


def open_promises(*threads: Thread) -> list[Reply]:
    """The replies to `threads` whose promise is not kept yet, what was promised first before the others."""
    return list(_open().where(Reply.thread.in_([thread.id for thread in threads])).order_by(Reply.promised, Reply.id))


def _open() -> Any:
    return Reply.select().where(Reply.promised != "", Reply.kept.is_null(), Reply.moderation.in_(REVIEWED))


def reviewed_replies(person: Person, thread: Thread) -> list[Reply]:
    """The replies to `thread` that `person` may read, newest first, with department and drafter in the same row.

    Each has what was decided last about it as `decided`, a Submission or None.
    """
    about = (Submission.subject_type == events.subject_type(Reply)) & (Submission.subject_id == Reply.id)
    last = Submission.select(peewee.fn.MAX(Submission.id)).where(about, Submission.status == "decided")
    query = access.visible(person, Reply).where(Reply.thread == thread.id)
    query = query.select(Reply, Department, Person, Submission).join_from(Reply, Department)
    query = query.join_from(Reply, Person, on=(Reply.author == Person.id), attr="author")
    query = query.join_from(Reply, Submission, peewee.JOIN.LEFT_OUTER, on=(Submission.id == last), attr="decided")
    return list(query.order_by(Reply.id.desc()))


def last_sent_back(thread: Thread) -> Reply | None:
    """The newest reply of the department to `thread` if a moderator did not let it through, or it was taken back."""
    theirs = (Reply.thread == thread.id) & (Reply.department == thread.department_id)
    newest = Reply.select().where(theirs).order_by(Reply.id.desc()).first()
    return newest if newest is not None and newest.moderation in ("needs_changes", "rejected", "withdrawn") else None


def staffed() -> set[str]:
    """The codes of the departments in which somebody handles threads."""
    roles = [name for name, role in access.ROLES.items() if "supervision.handle" in role.may]
    active = Person.is_closed == False  # noqa: E712
    found = Grant.select(Grant.scope).join(Person).where(Grant.role.in_(roles), active)
    return {row[0] for row in tuples(found)}
