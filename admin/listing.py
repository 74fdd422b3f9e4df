"""One page of an entity's list: search, filters, order, and paging by key, read from the address.

Nothing in the address can break the page: what cannot be understood counts as not said. There is no
OFFSET, and the count stops at COUNT_CAP.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee
from flask import request

from admin import names
from admin.gate import me
from admin.rules import choices_of
from hall import access, clock
from models import Entity
from templating import translated

PAGE = 20
COUNT_CAP = 10_000
BIGGEST_ID = 2**31 - 1


def row_id(text: str | None) -> int:
    """An id out of an address; 0, which no row has, for whatever is not one."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= BIGGEST_ID else 0


@dataclass(frozen=True)
class Filter:
    """One control above the list. `kind` is choice, key, text, from or until; `arg` its name in the address."""

    field: peewee.Field
    kind: str

    @property
    def arg(self) -> str:
        return f"flt_{self.field.name}" + (f"_{self.kind}" if self.kind in ("from", "until") else "")

    @property
    def choices(self) -> list[tuple[str, str]]:
        if isinstance(self.field, peewee.BooleanField):
            return [("1", names.plain(self.field, True)), ("0", names.plain(self.field, False))]
        return [(str(value), label) for value, label in choices_of(self.field) if value != ""]

    def said(self, text: str) -> str:
        """What was asked for, as people read it: a choice by its label, a row by its name."""
        if self.kind == "key" and text.startswith("#"):
            model = self.field.rel_model
            rows = list(access.visible(me(), model).where(model.id == row_id(text[1:])))
            names.load(rows, names.natural_key(model))
            return translated(names.title(rows[0])) if rows else text
        return dict(self.choices).get(text, text) if self.kind == "choice" else text

    @property
    def is_listed(self) -> bool:
        return any(self.field is field for field in names.listed(self.field.model))

    def condition(self, text: str) -> Any:
        """The WHERE for what was typed. Raises ValueError where it means nothing."""
        return _CONDITIONS[self.kind](self, text)


def _choice(flt: Filter, text: str) -> Any:
    if text not in dict(flt.choices):
        raise ValueError(text)
    return flt.field == (text == "1" if isinstance(flt.field, peewee.BooleanField) else text)


def _key(flt: Filter, text: str) -> Any:
    """A key by `#id`, as the links between lists say it, or by words of the row's name."""
    there = access.visible(me(), flt.field.rel_model)
    pk = flt.field.rel_model.id
    if text.startswith("#"):
        return flt.field == row_id(text[1:])
    return flt.field.in_(there.select(pk).where(names.matching(flt.field.rel_model, text)))


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2999:
        raise ValueError(text)
    return day


def _moment(flt: Filter, day: date) -> Any:
    return clock.utc(datetime.combine(day, time())) if isinstance(flt.field, peewee.DateTimeField) else day


_CONDITIONS: dict[str, Callable[[Filter, str], Any]] = {
    "choice": _choice,
    "key": _key,
    "text": lambda flt, text: flt.field == text,
    "from": lambda flt, text: flt.field >= _moment(flt, _day(text)),
    "until": lambda flt, text: flt.field < _moment(flt, _day(text) + timedelta(days=1)),
}


def filters_for(model: type[Entity]) -> list[Filter]:
    """The filters of an entity: choices, yes or no, keys, and what an index begins with; list columns first."""
    first = [field.name for field in names.listed(model)]
    found = [Filter(field, kind) for field in names.shown(model) for kind in _kinds(field)]
    return sorted(found, key=lambda flt: first.index(flt.field.name) if flt.field.name in first else len(first))


def _kinds(field: peewee.Field) -> tuple[str, ...]:
    if isinstance(field, peewee.ForeignKeyField):
        return ("key",)
    if isinstance(field, peewee.BooleanField) or choices_of(field):
        return ("choice",)
    if field.name not in names.indexed(field.model) or field.name in field.model.search:
        return ()
    if isinstance(field, peewee.DateField | peewee.DateTimeField):
        return ("from", "until")
    return ("text",) if isinstance(field, peewee.CharField | peewee.TextField) else ()


def sortable(model: type[Entity]) -> dict[str, peewee.Field]:
    """The columns by which a list can be ordered: indexed, never empty, and not a key."""
    return {
        field.name: field
        for field in names.shown(model)
        if (field.index or field.unique) and not field.null and not isinstance(field, peewee.ForeignKeyField)
    }


class Listing:
    """What one address asks of the list of `model`, within the rows of `query`."""

    def __init__(self, model: type[Entity], query: peewee.ModelSelect, said: Mapping[str, str]) -> None:
        self.model, self.said, self.scope = model, said, query
        self.filters = filters_for(model)
        self.search = said.get("search", "").strip()[:200]
        self.active: dict[str, str] = {}
        self.query = query.where(names.matching(model, self.search)) if self.search else query
        for flt in self.filters:
            self._narrow(flt, said.get(flt.arg, "").strip()[:200])
        asked = said.get("sort", "")
        by = sortable(model).get(asked.lstrip("-"))
        self.sort = asked if by else default_sort(model)
        self.column = by or sortable(model).get(self.sort.lstrip("-")) or model.id
        self.newest_first = self.sort.startswith("-")

    def _narrow(self, flt: Filter, text: str) -> None:
        if not text:
            return
        try:
            self.query = self.query.where(flt.condition(text))
        except (ValueError, OverflowError):
            return
        self.active[flt.arg] = text

    def count(self) -> int:
        """How many rows there are, never counting past COUNT_CAP + 1."""
        some = self.query.select(self.model.id).limit(COUNT_CAP + 1)
        return peewee.Select([some], [peewee.fn.COUNT(peewee.SQL("1"))]).scalar(self.model._meta.database)

    def read(self) -> "Listing":
        """Fetch the page: `rows`, with `older` and `newer` the ids to page by (None at either end)."""
        backwards = bool(self.said.get("before"))
        anchor = row_id(self.said.get("before") or self.said.get("after"))
        descending = self.newest_first != backwards
        query = self.query
        if anchor:
            at = self.scope.select(self.column).where(self.model.id == anchor).tuples().first()
            query = query.where(self._beyond(at[0], anchor, descending)) if at else query
        else:
            backwards = False
            descending = self.newest_first
        by_id = self.model.id.desc() if descending else self.model.id.asc()
        order = [by_id] if self.column is self.model.id else [self._direction(descending), by_id]
        rows = list(query.order_by(*order).limit(PAGE + 1))
        more, rows = len(rows) > PAGE, rows[:PAGE]
        if backwards:
            rows.reverse()
        self.rows = rows
        self.next = rows[-1].id if rows and (backwards or more) else None
        self.previous = rows[0].id if rows and anchor and (more or not backwards) else None
        names.load(rows, names.listed(self.model))
        return self

    def _direction(self, descending: bool) -> Any:
        return self.column.desc() if descending else self.column.asc()

    def _beyond(self, value: Any, anchor: int, descending: bool) -> Any:
        if self.column is self.model.id:
            return self.column < anchor if descending else self.column > anchor
        further = self.column < value if descending else self.column > value
        after = self.model.id < anchor if descending else self.model.id > anchor
        return further | ((self.column == value) & after)

    def chunks(self, size: int = 1000) -> Iterator[list[Entity]]:
        """All rows in order of their ids, `size` at a time, with what their keys need for a name."""
        last = 0
        while rows := list(self.query.where(self.model.id > last).order_by(self.model.id).limit(size)):
            names.load(rows, names.shown(self.model))
            yield rows
            last = rows[-1].id

    @property
    def usual(self) -> str:
        return default_sort(self.model)

    def turned(self, name: str) -> str:
        """The order that a click on a column's head asks for."""
        return f"-{name}" if self.sort == name else name

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of an address that says the same, but for `changes` (None leaves one out)."""
        said: dict[str, Any] = {**self.active, "search": self.search or None}
        said["sort"] = self.sort if self.sort != self.usual else None
        return {key: value for key, value in {**said, **changes}.items() if value is not None}


def default_sort(model: type[Entity]) -> str:
    """Newest first for what happens by itself; by its key for what people keep."""
    if model.frozen:
        return "-id"
    key = names.natural_key(model)
    return key[0].name if len(key) == 1 and key[0].name in sortable(model) else "id"


def here(model: type[Entity]) -> Listing:
    """The list that the present address asks for, within what the person may see."""
    return Listing(model, access.visible(me(), model), request.args)
