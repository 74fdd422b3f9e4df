"""Reading supervision threads for pages: lists by key, and the newest for feed and home.

For the public every row comes from `moderation_flow.disclosed`. One thread with what hangs on it is in
`thread_page`, what became of it in `thread_story`, what resembles it in `threads_search`; who needs them imports
them from here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee
from peewee import fn

from hall import clock
from hall.board_search import LONGEST_SEARCH, MOST_WORDS, holding
from hall.freshness import Kept, Lasting
from hall.keyset import Pages, page_of
from hall.moderation_flow import disclosed
from hall.sql_text import Told, prepared, told
from hall.thread_page import (
    Opened,
    answers_to,
    byline,
    find,
    is_staff,
    main_of,
    opened,
    promise_of,
    reviews,
    role_of,
    talk_under,
    unfinished,
)
from hall.thread_story import history, milestones, sentence, story
from hall.threads_search import similar
from hall.words import N_
from models import (
    THREAD_STATES,
    CalendarPeriod,
    Department,
    Moderated,
    Person,
    Reply,
    Submission,
    Thread,
    tuples,
)

__all__ = [
    "LONGEST_SEARCH",
    "MOST_WORDS",
    "PERIODS",
    "SORTS",
    "STATES",
    "Opened",
    "Sought",
    "answers",
    "answers_to",
    "byline",
    "departments",
    "find",
    "history",
    "is_staff",
    "main_of",
    "milestones",
    "newest",
    "opened",
    "page",
    "periods",
    "promise_of",
    "reviews",
    "role_of",
    "sentence",
    "similar",
    "since",
    "story",
    "talk_under",
    "told_page",
    "touched",
    "unfinished",
]

SORTS = [("newest", N_("最新发布")), ("supported", N_("支持最多")), ("waiting", N_("等得最久"))]
PERIODS = [("week", N_("本周")), ("month", N_("本月")), ("term", N_("本学期"))]
STATES = [state for state in THREAD_STATES if state[0] != "submitted"]
_OUTER = peewee.JOIN.LEFT_OUTER
UNANSWERED = ("to_forward", "handling", "replying")


@dataclass(frozen=True)
class Sought:
    """What somebody wants to see of the board; an empty answer wants everything. `words` are already apart."""

    kind: str = ""
    department: str = ""
    state: str = ""
    period: str = ""
    sort: str = "newest"
    words: tuple[str, ...] = ()


def since(period: str) -> datetime | None:
    """When the week, month or term of today began (naive UTC); None for another word, and where no term is known."""
    today = clock.today()
    begins: date | None = None
    if period == "week":
        begins = today - timedelta(days=today.weekday())
    elif period == "month":
        begins = today.replace(day=1)
    elif period == "term":
        begins = max((starts for starts in _terms() if starts <= today), default=None)
    return clock.utc(datetime.combine(begins, time())) if begins is not None else None


def periods() -> list[tuple[str, str]]:
    """The periods whose beginning is known, [(period, label)]."""
    return [period for period in PERIODS if since(period[0])]


@Lasting
def _terms() -> list[date]:
    """When the terms of the calendar begin."""
    terms = CalendarPeriod.select(CalendarPeriod.starts).where(CalendarPeriod.kind == "term")
    return [starts for (starts,) in tuples(terms)]


def _narrowed(query: Any, sought: Sought, begins: Any) -> Any:
    """`query` on threads with the answers of `sought` but for words and period, and what was published from `begins`
    on."""
    if sought.kind:
        query = query.where(Thread.kind == sought.kind)
    if sought.department:
        query = query.where(_answered_by(sought.department))
    if sought.state:
        query = query.where(Thread.status == sought.state)
    elif sought.sort == "waiting":
        # By id, so that the database begins with the few that wait and not with the oldest of all.
        query = query.where(Thread.id.in_(Thread.select(Thread.id).where(Thread.status.in_(UNANSWERED))))
    else:
        query = query.where(Thread.status != "merged")
    return query.where(Thread.published >= begins) if begins is not None else query


def _answered_by(code: str) -> Any:
    # Before it is forwarded, a thread names a wish of its author or of a department that gave it back: not for readers.
    named = Department.select(Department.id).where(Department.code == code)
    return Thread.forwarded.is_null(False) & Thread.department.in_(named)


def page(sought: Sought, *, after: str = "", limit: int = 20) -> tuple[list[Thread], str]:
    """One page of the disclosed threads, with author and department, and the key of the next page ("" is the end)."""
    return _page(sought, after, limit, _for_lists, list)


def _page(
    sought: Sought, after: str, limit: int, shape: Callable[[Any], Any], read: Callable[[Any], list[Any]]
) -> tuple[list[Any], str]:
    query = _narrowed(disclosed(Thread), sought, since(sought.period) if sought.period else None)
    few, narrowed = holding(Thread, sought.words, Thread.title, Thread.text)
    columns, down = _order(sort=sought.sort)
    rows = shape(query.where(*few))
    return page_of(rows, *columns, after=after, down=down, limit=limit, narrowed=narrowed, read=read)


def told_page(sought: Sought, *, after: str = "", limit: int = 20) -> tuple[list[Told[Thread]], str]:
    """The same for rows of a list, as the database says them; by SQL that stands ready where no words are sought."""
    if sought.words:
        return _page(sought, after, limit, _for_rows, told)
    begins = since(sought.period) if sought.period else None
    given = {"kind": sought.kind, "department": sought.department, "state": sought.state, "begins": begins}
    asked = {name: value for name, value in given.items() if value}
    return _pages.page(*asked.values(), after=after, limit=limit, asked=tuple(asked), sort=sought.sort)


def _order(*, sort: str, asked: tuple[str, ...] = ()) -> tuple[tuple[Any, ...], bool]:
    return (Thread.supports if sort == "supported" else Thread.published, Thread.id), sort != "waiting"


def _wanted(*values: Any, asked: tuple[str, ...], sort: str) -> Any:
    given = dict(zip(asked, values, strict=True))
    begins = given.pop("begins", None)
    return _for_rows(_narrowed(disclosed(Thread), Sought(sort=sort, **given), begins))


_pages = Pages(_wanted, _order)


def _for_rows(query: Any) -> Any:
    """What a row of the public list shows."""
    # fmt: off
    columns: list[Any] = [
        Thread.id, Thread.number, Thread.kind, Thread.title, Thread.text, Thread.moderation, Thread.status,
        Thread.department, Thread.forwarded, Thread.due, Thread.supervised, Thread.published, Thread.supports,
        Department.id, Department.name,
    ]
    # fmt: on
    return query.select(*columns).join_from(Thread, Department, _OUTER)


def _for_lists(query: Any) -> Any:
    """What a list and the feed show, and no column that nobody is to see."""
    # fmt: off
    columns: list[Any] = [
        Thread.id, Thread.number, Thread.kind, Thread.title, Thread.text, Thread.moderation, Thread.status,
        Thread.shown_as, Thread.author, Thread.department, Thread.forwarded, Thread.due, Thread.supervised,
        Thread.published, Thread.created, Thread.answered, Thread.supports, Thread.photos,
        Person.id, Person.name, Person.kind, Department.id, Department.code, Department.name,
    ]
    # fmt: on
    query = query.select(*columns)
    query = query.join_from(Thread, Person, on=(Thread.author == Person.id), attr="author")
    return query.join_from(Thread, Department, _OUTER)


@Kept
def departments() -> list[Department]:
    """The departments that disclosed threads were forwarded to, by code."""
    theirs = disclosed(Thread).where(Thread.department == Department.id, Thread.forwarded.is_null(False))
    return list(Department.select().where(fn.EXISTS(theirs.select(Thread.id))).order_by(Department.code))


def newest(kind: str = "", department: str = "", limit: int = 30) -> list[Thread]:
    """The disclosed threads that were published last."""
    return page(Sought(kind=kind, department=department), limit=limit)[0]


def answers(kind: str = "", department: str = "", limit: int = 30) -> list[Reply]:
    """The newest disclosed replies, each with its department and its thread."""
    given = {"kind": kind, "department": department}
    asked = {name: value for name, value in given.items() if value}
    return _answers(limit, *asked.values(), asked=tuple(asked))


@prepared
def _answers(limit: Any, *values: Any, asked: tuple[str, ...]) -> Any:
    query = disclosed(Reply).select(Reply, Thread, Department).join(Thread).where(Thread.status != "merged")
    query = query.join_from(Reply, Department)
    columns = {"kind": Thread.kind, "department": Department.code}
    query = query.where(*(columns[name] == value for name, value in zip(asked, values, strict=True)))
    return query.order_by(Reply.id.desc()).limit(limit)


def touched(rows: Sequence[Moderated]) -> dict[tuple[str, int], datetime]:
    """When each row (of one entity) was last published, edits too, as {(table, id): naive UTC}."""
    if not rows:
        return {}
    kind = rows[0]._meta.table_name
    about = (Submission.subject_type == kind) & Submission.subject_id.in_([row.id for row in rows])
    query = Submission.select(Submission.subject_id, fn.MAX(Submission.decided)).where(about)
    query = query.where(Submission.decision == "publish").group_by(Submission.subject_id)
    return {(kind, row_id): at for row_id, at in tuples(query)}
