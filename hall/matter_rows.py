"""The rows of everything that somebody asked for or brought, from all services in one query (`hall/matters.py`)."""

import functools
from datetime import datetime
from typing import Any, NamedTuple

import peewee

from hall import matter_applications, matter_sources
from hall.matter_sources import Asked, Source, asked_by, one
from hall.sql_text import prepared
from models import Person

SOURCES = matter_sources.SOURCES | {"application": matter_applications.applications}
KINDS = tuple(SOURCES)
_NUMBERS = {kind: number for number, kind in enumerate(KINDS)}
Values = tuple[Any, ...]  # of a row, where moments may still be text
_NEVER = peewee.Value(None).cast("timestamp")


class Row(NamedTuple):
    """One row of any source; moments are naive UTC."""

    kind: str
    id: int
    moment: datetime
    waits: bool
    number: str
    title: str
    form: str
    place: str
    status: str
    moderation: str
    unit: str
    worker: str
    code: str
    respond: datetime | None
    due: datetime | None
    visit: datetime | None
    until: datetime | None
    ended: datetime | None
    flag: int


def newest(person: Person, before: tuple[datetime, str, int] | None, limit: int) -> list[Values]:
    """The rows of `person` as the database says them, newest first, `limit` at most, behind (moment, kind, id).

    One query.
    """
    behind = () if before is None else (before[0], before[2])
    found = _newest.told(*asked_by(person), *behind, kind=before[1] if before else "", limit=limit)
    return sorted([each.said for each in found], key=_place, reverse=True)[:limit]


@prepared
def _newest(*asked: Any, kind: str, limit: int) -> Any:
    parts = []
    for each, source in _sources(asked):
        query = source.query.where(_behind(each, source, kind, *asked[-2:])) if kind else source.query
        parts.append(_columns(each, source, query).order_by(source.moment.desc(), source.id.desc()).limit(limit))
    return _union(parts)


def open_rows(person: Person, limit: int, *, waiting_too: bool = True) -> list[Row]:
    """What is not over, what waits for `person` first, then the newest, `limit` at most. One query.

    `waiting_too` adds what is over for everybody else, but could still be answered: a deal to be rated, say.
    """
    found = _open_rows(*asked_by(person), limit=limit, waiting_too=waiting_too)
    return [row_of(values) for values in sorted(found, key=_what_waits_first, reverse=True)[:limit]]


@prepared
def _open_rows(*asked: Any, limit: int, waiting_too: bool) -> Any:
    parts = []
    for kind, source in _sources(asked):
        query = source.query.where(source.is_open | source.waits if waiting_too else source.is_open)
        first = (one(source.waits).desc(), source.moment.desc(), source.id.desc())
        parts.append(_columns(kind, source, query).order_by(*first).limit(limit))
    return _union(parts)


def _what_waits_first(values: Values) -> tuple[Any, ...]:
    return values[3], *_place(values)


def _place(values: Values) -> tuple[Any, int, int]:
    """Where the values of a row stand in time; a moment may still be text, which sorts the same."""
    return values[2], _NUMBERS[values[0]], values[1]


def _behind(kind: str, source: Source, other: str, moment: Any, last: Any) -> Any:
    if kind == other:
        return peewee.Tuple(source.moment, source.id) < peewee.Tuple(moment, last)
    return source.moment <= moment if KINDS.index(kind) < KINDS.index(other) else source.moment < moment


def _columns(kind: str, source: Source, query: Any) -> Any:
    given = {"kind": peewee.Value(kind), "id": source.id, "moment": source.moment, "waits": one(source.waits)}
    given |= source.columns
    moments = ("respond", "due", "visit", "until", "ended")
    usual = {name: _NEVER if name in moments else peewee.Value("") for name in Row._fields} | {"flag": peewee.Value(0)}
    return query.select(*((usual | given)[name].alias(name) for name in Row._fields))


def _union(parts: list[Any]) -> Any:
    """All parts as one query; SQLite has no limit inside a union but around a select of its own."""
    wrapped = [part.select_from(*(part.c[name] for name in Row._fields)) for part in parts]
    return functools.reduce(lambda union, each: union.union_all(each), wrapped).tuples()


def row_of(values: Values) -> Row:
    """The row that the database says by `values`."""
    kind, ident, moment, waits, *words, respond, due, visit, until, ended, flag = values
    moments = [each and _moment(each) for each in (respond, due, visit, until, ended)]
    return Row._make((kind, ident, _moment(moment), bool(waits), *words, *moments, flag))


def _moment(value: Any) -> Any:
    """SQLite keeps moments as text, and a union does not say which columns are moments."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _sources(asked: tuple[Any, ...]) -> list[tuple[str, Source]]:
    known = Asked(*asked[: len(Asked._fields)])
    return [(kind, SOURCES[kind](known)) for kind in KINDS]
