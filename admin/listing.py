"""One page of an entity's list: search, filters, order, and paging by key, read from the address.

Nothing in the address can break the page: what cannot be understood counts as not said. There is no
OFFSET, and the count stops at COUNT_CAP.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import peewee
from flask import request

from admin import names
from admin.filters import Filter, filters_for
from admin.filters import row_id as row_id
from admin.gate import me
from hall import access
from models import Entity

PAGE = 20
COUNT_CAP = 10_000


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
