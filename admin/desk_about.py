"""What stands beside a text on the desk: its author, what is like it, what it stands under, who complained of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import peewee
from flask import current_app, url_for

from admin import names
from admin.gate import me
from hall.moderation import board_of
from hall.words import N_
from models import DECISIONS, Person, Report, Submission, Thread, tuples

SIBLINGS, REPORTS = 5, 20
NEAR_BEFORE, NEAR_AFTER, HISTORY = 200, 100, 100  # submissions
ALIKE, MOST_ALIKE, COMPARED, SHORTEST = 0.4, 3, 400, 8  # how alike, how many; characters; pairs of characters
# The page of the public; a face must not import another, and a hall may do without one.
PUBLIC = "supervision.show"
WAITS = N_("等待审核")


def with_keys(model: Any) -> Any:
    """A select of `model` with the rows of its keys beside it."""
    keys = [(key, key.rel_model.alias()) for key in names.keys(model._meta.sorted_fields)]
    query = model.select(model, *(there for _key, there in keys))
    for key, there in keys:
        query = query.join_from(model, there, peewee.JOIN.LEFT_OUTER, on=(key == there.id), attr=key.name)
    return query


@dataclass(frozen=True)
class Author:
    """What became of the last texts of an author; `is_more` says that there are still older ones."""

    handed_in: int
    published: int
    sent_back: int
    rejected: int
    waiting: int
    is_more: bool


@dataclass(frozen=True)
class Like:
    """Something that reads much the same."""

    submission_id: int
    headline: str
    at: datetime
    state: str
    is_same_author: bool


def around(submission: Submission, row: Any) -> tuple[Author, list[Like]]:
    """What else this author wrote, and what of that, or of what came in about then, reads the same; one query."""
    near = Submission.select(Submission.id).where(
        Submission.id > submission.id - NEAR_BEFORE, Submission.id < submission.id + NEAR_AFTER
    )
    last = Submission.select(Submission.id).where(Submission.author == submission.author_id)
    last = last.order_by(Submission.id.desc()).limit(HISTORY)
    # By their ids in one list: with OR a database would rather read everything.
    ids = near.union_all(peewee.Select([last], [last.c.id]))
    columns = [getattr(Submission, name) for name in _Seen._fields]
    found = Submission.select(*columns).where(Submission.id.in_(ids))
    about = (submission.subject_type, submission.subject_id)
    seen = sorted((_Seen(*values) for values in tuples(found)), key=lambda each: each.id, reverse=True)
    seen = [each for each in seen if (each.subject_type, each.subject_id) != about]
    return _history([each for each in seen if each.author == submission.author_id]), _alike(submission, row, seen)


class _Seen(NamedTuple):
    id: int
    subject_type: str
    subject_id: int
    cause: str
    status: str
    decision: str
    author: int
    submitted: datetime
    content: dict[str, Any]


def _history(theirs: list[_Seen]) -> Author:
    decisions = [each.decision for each in theirs]
    return Author(
        handed_in=sum(each.cause in ("first", "edit") for each in theirs),
        published=decisions.count("publish"),
        sent_back=decisions.count("send_back"),
        rejected=decisions.count("reject") + decisions.count("hide"),
        waiting=sum(each.status == "waiting" for each in theirs),
        is_more=len(theirs) >= HISTORY - 1,
    )


def _alike(submission: Submission, row: Any, seen: list[_Seen]) -> list[Like]:
    board, best = board_of(row), {}
    mine = _pairs(submission.content.values()), _pairs([board.headline(submission.content)])
    for each in seen:
        # What a moderator wrote themselves is another's; of the same thing the newest text counts.
        if each.subject_type == submission.subject_type and each.author != me().id and each.subject_id not in best:
            score = _likeness(mine, (_pairs(each.content.values()), _pairs([board.headline(each.content)])))
            if score >= ALIKE:
                best[each.subject_id] = (score, each)
    chosen = sorted(best.values(), key=lambda pair: (pair[0], pair[1].id), reverse=True)[:MOST_ALIKE]
    return [
        Like(
            each.id,
            board.headline(each.content),
            each.submitted,
            dict(DECISIONS).get(each.decision, WAITS),
            each.author == submission.author_id,
        )
        for _score, each in chosen
    ]


def _likeness(one: tuple[set[str], set[str]], other: tuple[set[str], set[str]]) -> float:
    """How much of the shorter text is in the longer, or how alike two headlines are, from 0 to 1."""
    (text, title), (their_text, their_title) = one, other
    shorter, titles = min(len(text), len(their_text)), len(title) + len(their_title)
    within = len(text & their_text) / shorter if shorter >= SHORTEST else 0
    return max(within, 2 * len(title & their_title) / titles if titles >= SHORTEST else 0)


def _pairs(values: Iterable[Any]) -> set[str]:
    """The pairs of characters of what is text in `values`."""
    written = "".join("".join(value.split()) for value in values if isinstance(value, str))[:COMPARED]
    return {written[place : place + 2] for place in range(len(written) - 1)}


def siblings(row: Any) -> list[Any]:
    """What stands under the same row already, of the same kind, newest first."""
    if not row.above:
        return []
    model: Any = type(row)
    key = model._meta.fields[row.above]
    there = with_keys(model) if "department" in model._meta.fields else model.select()
    there = there.where(key == row.__data__[row.above], model.id != row.id)
    there = there.where(model.moderation.in_(["published", "private", "pending", "needs_changes", "hidden"]))
    return list(there.order_by(model.id.desc()).limit(SIBLINGS))


def reports(submission: Submission) -> list[Report]:
    if submission.cause != "report":
        return []
    about = (Report.subject_type == submission.subject_type) & (Report.subject_id == submission.subject_id)
    query = Report.select(Report, Person).join(Person).where(about)
    return list(query.order_by(Report.id.desc()).limit(REPORTS))


_BOOKS = {"status", "version", "author", "kind", "number", "moderation", "main"}


def facts(row: Any) -> list[tuple[str, str]]:
    """What else the author has said: the columns that are neither reviewed nor kept by the hall."""
    kept = _BOOKS | set(row.reviewed) | {row.above}
    told = []
    for column in names.shown(type(row)):
        value = row.__data__.get(column.name)
        if column.name in kept or not value or isinstance(column, peewee.DateTimeField | peewee.IntegerField):
            continue
        told.append((column.verbose_name, names.plain(column, names.value_of(row, column))))
    return told


def public_address(row: Any) -> str:
    """Where everybody reads `row`, or the thread that it stands under; "" where no face shows it."""
    thread = row if isinstance(row, Thread) else getattr(row, "thread", None)
    if not isinstance(thread, Thread) or PUBLIC not in current_app.view_functions:
        return ""
    return url_for(PUBLIC, number=thread.number)
