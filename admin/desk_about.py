"""What stands beside a text on the desk: its author, what is like it, what it stands under, who complained of it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import peewee
from flask import current_app

from admin import names
from admin.gate import me
from hall.moderation import board_of
from hall.question_values import PREFIX
from hall.words import N_
from models import DECISIONS, MODERATED, Moderated, Person, Report, Submission, tuples
from templating import translated, yuan

SIBLINGS, REPORTS = 5, 20
NEAR_BEFORE, NEAR_AFTER, HISTORY = 200, 100, 100  # submissions
ALIKE, MOST_ALIKE, COMPARED, SHORTEST = 0.4, 3, 400, 8  # how alike, how many; characters; pairs of characters
NUMBER = re.compile(r"(?<![A-Z0-9])([A-Z]{2}\d{10})(?!\d)")  # of a notice, a listing, a thread
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
    best: dict[int, tuple[float, _Seen]] = {}
    mine = _pairs(submission.content.values()), _pairs([headline(row, submission.content)])
    for each in seen:
        # What a moderator wrote themselves is another's; of the same thing the newest text counts.
        if each.subject_type == submission.subject_type and each.author != me().id and each.subject_id not in best:
            score = _likeness(mine, (_pairs(each.content.values()), _pairs([headline(row, each.content)])))
            if score >= ALIKE:
                best[each.subject_id] = (score, each)
    chosen = sorted(best.values(), key=lambda pair: (pair[0], pair[1].id), reverse=True)[:MOST_ALIKE]
    return [
        Like(
            each.id,
            headline(row, each.content),
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


_BOOKS = {"status", "version", "author", "kind", "number", "moderation", "main"} | set(Moderated._meta.fields)


def facts(row: Any) -> list[tuple[str, str]]:
    """What else the author has said: the columns that are neither reviewed nor kept by the hall.

    The hall keeps counts, which begin with a number, and moments that come later, which begin with none; money is said
    always, because what is free says something too.
    """
    kept = _BOOKS | set(row.reviewed) | {row.above}
    told = []
    for column in names.shown(type(row)):
        value, is_money = row.__data__.get(column.name), column.name.endswith("_fen")
        counts = isinstance(column, peewee.IntegerField) and (column.null or column.default is not None)
        comes_later = isinstance(column, peewee.DateTimeField) and column.null
        if column.name in kept or counts or comes_later or not (value or (is_money and value is not None)):
            continue
        if is_money:
            told.append((column.verbose_name.replace("（分）", "（元）"), yuan(value)))
        else:
            told.append((column.verbose_name, translated(names.plain(column, names.value_of(row, column)))))
    return told


def public_address(row: Any) -> str:
    """Where everybody reads `row`, or what it stands under; "" where no face shows it."""
    if not row.page:
        return public_address(getattr(row, row.above)) if row.above else ""
    address = row.page.format_map(row.__data__)
    return address if current_app.url_map.bind("").test(address) else ""


def ordered(about: Any, content: dict[str, Any]) -> dict[str, Any]:
    """A text of `about`, a row or an entity, as people read it: a database may give its columns in any order."""
    added = {name: said for name, said in content.items() if name.startswith(PREFIX)}
    return {name: content[name] for name in about.reviewed if name in content} | added


def headline(about: Any, content: dict[str, Any]) -> str:
    """What a text of `about` is called."""
    return board_of(about).headline(ordered(about, content))


def named_in(doubt: str) -> list[tuple[str, str]]:
    """What a doubt is about, as far as it names numbers of things: (text, address or "") one piece after the other."""
    pieces = NUMBER.split(doubt)
    numbers = set(pieces[1::2])
    known = {}
    for model in MODERATED if numbers else ():
        if "number" in model._meta.fields:
            kind: Any = model
            shown = kind.number.in_(numbers) & (kind.moderation == "published")
            known |= {row.number: row for row in kind.select().where(shown)}
    return [(text, public_address(known[text]) if text in known else "") for text in pieces if text]
