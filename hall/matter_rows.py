"""The rows of everything that somebody asked for or brought, from all services in one query (`hall/matters.py`)."""

from datetime import datetime
from typing import Any, NamedTuple

import peewee

from hall import matter_applications, matter_sources
from hall.matter_sources import Source, one
from models import Person, database

SOURCES = matter_sources.SOURCES | {"application": matter_applications.applications}
KINDS = tuple(SOURCES)
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


def newest(person: Person, before: tuple[datetime, str, int] | None, limit: int) -> list[Row]:
    """The rows of `person`, newest first, `limit` at most, behind (moment, kind, id). One query."""
    parts = []
    for kind, source in _sources(person):
        query = source.query
        if before is not None:
            query = query.where(_behind(kind, source, before))
        parts.append(_columns(kind, source, query).order_by(source.moment.desc(), source.id.desc()).limit(limit))
    return sorted(_read(parts), key=_place, reverse=True)[:limit]


def open_rows(person: Person, limit: int, *, waiting_too: bool = True) -> list[Row]:
    """What is not over, what waits for `person` first, then the newest, `limit` at most. One query.

    `waiting_too` adds what is over for everybody else, but could still be answered: a deal to be rated, say.
    """
    parts = []
    for kind, source in _sources(person):
        query = source.query.where(source.is_open | source.waits if waiting_too else source.is_open)
        first = (one(source.waits).desc(), source.moment.desc(), source.id.desc())
        parts.append(_columns(kind, source, query).order_by(*first).limit(limit))
    return sorted(_read(parts), key=lambda row: (row.waits, *_place(row)), reverse=True)[:limit]


def _place(row: Row) -> tuple[datetime, int, int]:
    return row.moment, KINDS.index(row.kind), row.id


def _behind(kind: str, source: Source, before: tuple[datetime, str, int]) -> Any:
    moment, other, last = before
    if kind == other:
        return peewee.Tuple(source.moment, source.id) < peewee.Tuple(moment, last)
    return source.moment <= moment if KINDS.index(kind) < KINDS.index(other) else source.moment < moment


def _columns(kind: str, source: Source, query: Any) -> Any:
    given = {"kind": peewee.Value(kind), "id": source.id, "moment": source.moment, "waits": one(source.waits)}
    given |= source.columns
    moments = ("respond", "due", "visit", "until", "ended")
    usual = {name: _NEVER if name in moments else peewee.Value("") for name in Row._fields} | {"flag": peewee.Value(0)}
    return query.select(*((usual | given)[name].alias(name) for name in Row._fields))


def _read(parts: list[Any]) -> list[Row]:
    """The rows of all parts in one query; SQLite has no limit inside a union but around a select of its own."""
    wrapped = [part.select_from(*(part.c[name] for name in Row._fields)) for part in parts]
    union = wrapped[0]
    for each in wrapped[1:]:
        union = union.union_all(each)
    return [_row(values) for values in union.tuples().execute(database)]


def _row(values: Any) -> Row:
    row = Row(*values)
    moments = ("moment", "respond", "due", "visit", "until", "ended")
    return row._replace(waits=bool(row.waits), **{name: _moment(getattr(row, name)) for name in moments})


def _moment(value: Any) -> Any:
    """SQLite keeps moments as text, and a union does not say which columns are moments."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _sources(person: Person) -> list[tuple[str, Source]]:
    return [(kind, SOURCES[kind](person)) for kind in KINDS]
