"""One page of an entity's list: search, filters, order, and paging by key, read from the address.

Nothing in the address can break the page: what cannot be understood counts as not said. There is no
OFFSET over what can grow, and the count stops at COUNT_CAP.
"""

import operator
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import peewee
from flask import request

from admin import names, shelf
from admin.filters import Filter, filters_for, told
from admin.filters import row_id as row_id
from admin.gate import me
from hall import access, row_index
from models import Entity, tuples

PAGE = 20
COUNT_CAP = 1_000
# What an address says of how a list looks, not of what is in it.
KEPT = ("columns", "inline")
# Up to so many rows of one condition are fetched by it and put in order; where there are more, the list goes through
# its order, and looks at no more than LOOKS rows a page.
FEW = 1_000
LOOKS = 20_000
LOOKED_UP = 2  # words of a search
RANGES = {"when", "from", "until"}  # the kinds of filters that name a stretch of days


def sortable(model: type[Entity]) -> dict[str, peewee.Field]:
    """The columns by which a list can be ordered: indexed, never empty, neither a key nor private."""
    return {
        field.name: field
        for field in names.shown(model)
        if (field.index or field.unique)
        and not field.null
        and not isinstance(field, peewee.ForeignKeyField)
        and field.name not in model.private
    }


class Listing:
    """What one address asks of the list of `model`, within the rows of `query`; `is_shown` with all its filters."""

    def __init__(
        self, model: type[Entity], query: peewee.ModelSelect, said: Mapping[str, str], is_shown: bool = False
    ) -> None:
        self.model, self.said, self.scope = model, said, query
        self.filters = filters_for(model, said, is_shown)
        self.columns = names.listed(model)
        self.search = said.get("search", "").strip()[:200]
        self.active: dict[str, str] = {}
        self.query = query
        # Whatever narrows the rows, and what of it an index can be asked for.
        self._scoped = [] if query._where is None or _is_everything(query._where) else [query._where]
        self._narrowed = list(self._scoped)
        self._probes: dict[Any, Any] = {}
        self._ranges: dict[str, Any] = {}
        self.few: list[int] | None = None
        self._rows: dict[int, Entity] | None = None
        if self.search:
            self._add(names.matching(model, self.search))
        for flt in self.filters:
            self._narrow(flt, told(said, flt.arg))
        asked = said.get("sort", "")
        by = sortable(model).get(asked.lstrip("-"))
        # Days of long ago are far from the beginning of any other order than their own.
        days = next((name for name in self._ranges if name in sortable(model)), "")
        self.usual = f"-{days}" if days else default_sort(model)
        self.sort = asked if by else self.usual
        self.column = by or sortable(model).get(self.sort.lstrip("-")) or model.id
        self.newest_first = self.sort.startswith("-")

    def _narrow(self, flt: Filter, text: str) -> None:
        if not text:
            return
        try:
            condition = flt.condition(text)
        except (ValueError, OverflowError):
            return
        self._add(condition)
        self.active[flt.arg] = text
        if getattr(flt, "is_indexed", True):
            _also(self._probes, (flt.group, getattr(flt, "via", ())), condition)
        if flt.kind in RANGES and not getattr(flt, "via", ()):
            _also(self._ranges, flt.field.name, condition)

    def _add(self, condition: Any) -> None:
        self.query = self.query.where(condition)
        self._narrowed.append(condition)

    def count(self) -> int | None:
        """How many rows there are; COUNT_CAP + 1 for more than that, None where only a look at all could tell."""
        if self.few is not None:
            return len(self.few)
        counting = self.counting()
        return None if counting is None else counting.scalar(self.model._meta.database)

    def counting(self) -> peewee.Select | None:
        """What `count` has to ask the database, a select of one number; None where it need not or cannot."""
        if self.few is not None or self._narrowed:
            return None
        some = self.query.select(self.model.id).limit(COUNT_CAP + 1)
        return peewee.Select([some], [peewee.fn.COUNT(peewee.SQL("1"))])

    def read(self) -> "Listing":
        """Find the page: `ids`, with `next` and `previous` the ids to page by (None at either end).

        Where `is_short`, there may be more behind `next` although the page is not full.
        """
        backwards = bool(self.said.get("before"))
        anchor = row_id(self.said.get("before") or self.said.get("after"))
        self.few = self._find_few()
        self.is_short = False
        if self.few is None:
            self._walk(anchor, backwards)
        else:
            self._slice(self.few, anchor, backwards)
        return self

    @property
    def rows(self) -> list[Entity]:
        """The rows of the page."""
        return [row for id in self.ids if (row := self.row(id))]

    def row(self, id: int) -> Entity | None:
        """A row of the page; None where it has just gone. All are fetched with the first that is asked for: what was
        shown before (pieces.py) needs none."""
        if self._rows is None:
            found = list(self._with_names(self.scope.where(self.model.id.in_(self.ids))) if self.ids else [])
            names.load(found, self.columns)
            for key in names.keys(self.columns):  # what came in the same rows lacks what it needs for its own name
                there = [row.__rel__[key.name] for row in found if row.__rel__.get(key.name)]
                names.load(there, names.natural_key(key.rel_model))
            self._rows = {row.id: row for row in found}
        return self._rows.get(id)

    def _slice(self, ids: list[int], anchor: int, backwards: bool) -> None:
        """The page among few rows, whose order is known already."""
        at = ids.index(anchor) if anchor in ids else -1
        start, end = (max(at - PAGE, 0), at) if backwards and at >= 0 else (at + 1, at + 1 + PAGE)
        self.ids = ids[start:end]
        self.next = ids[end - 1] if 0 < end < len(ids) else None
        self.previous = ids[start] if 0 < start < len(ids) else None

    def _walk(self, anchor: int, backwards: bool) -> None:
        """The page by going through the rows in their order, at most LOOKS of them."""
        key = [self.model.id] if self.column is self.model.id else [self.column, self.model.id]
        at = self.scope.select(*key).where(self.model.id == anchor).tuples().first() if anchor else None
        backwards = backwards and at is not None
        down = self.newest_first != backwards
        way = [column.desc() if down else column.asc() for column in key]
        query = self.model.select(*key)
        if self.column.name in self._ranges:
            query = query.where(self._ranges[self.column.name])
        if at:
            query = query.where(_beyond(key, at, down))
        query = query.order_by(*way)
        edge = None
        if self._narrowed:
            ends = list(query.limit(2).offset(LOOKS - 1).tuples())
            edge = ends[0] if len(ends) > 1 else None
            if edge:
                query = query.where(_beyond(key, edge, not down, up_to=True))
            query = query.where(_whole(self._narrowed))
        ids = [found[-1] for found in query.limit(PAGE + 1).tuples()]
        more, ids = len(ids) > PAGE, ids[:PAGE]
        self.is_short = edge is not None and not more
        onward = ids[-1] if more else edge[-1] if edge else None
        if backwards:
            ids.reverse()
            self.previous, self.next = onward, ids[-1] if ids else anchor
        else:
            self.next, self.previous = onward, (ids[0] if ids else anchor) if at else None
        self.ids = ids

    def _with_names(self, query: peewee.ModelSelect) -> peewee.ModelSelect:
        """`query` with what the keys of the list point at in the same rows, and with what those are named after."""
        for field in names.keys(self.columns):
            query, there = _joined(query, self.model, field)
            for part in names.keys(names.natural_key(field.rel_model)):
                query, _above = _joined(query, there, part)
        return query

    def _find_few(self) -> list[int] | None:
        """The ids of all rows that are meant, in order, where one of the conditions has no more than FEW; else None.

        Each condition that an index knows and the two longest words of the search are asked for FEW + 1 rows, all in
        one query. So no condition, however rare or usual, costs more than a bounded look.
        """
        asked = [[self._some(condition)] for condition in [*self._probes.values(), *self._scoped]]
        if row_index.columns_of(self.model):
            words = sorted(names.words(self.search), key=len, reverse=True)[:LOOKED_UP]
            asked += [self._some_with(word) for word in words]
        found = self._ask([part for parts in asked for part in parts])
        groups = [[found.pop(0) for _part in parts] for parts in asked]
        few = [[id for ids in group for id in ids] for group in groups if all(len(ids) <= FEW for ids in group)]
        if not few:
            return None
        meant = self.query.select(self.model.id).where(self.model.id.in_(min(few, key=len)))
        by_id = self.model.id.desc() if self.newest_first else self.model.id.asc()
        order = [by_id] if self.column is self.model.id else [self._direction(), by_id]
        return [row[0] for row in tuples(meant.order_by(*order))]

    def _some(self, condition: Any) -> tuple[str, list[Any]]:
        sql, values = self.model.select(self.model.id).where(condition).limit(FEW + 1).sql()
        return sql, list(values)

    def _some_with(self, word: str) -> list[tuple[str, list[Any]]]:
        """The rows that may hold a word themselves, and those that it finds by the name of what they belong to."""
        through = names.through_keys(self.model, word)
        own = row_index.looking_up(self.model, word, FEW + 1)
        return [own] if through is None else [own, self._some(through)]

    def _ask(self, parts: Sequence[tuple[str, Sequence[Any]]]) -> list[list[int]]:
        """The ids that each of these statements finds, asked in one."""
        found: list[list[int]] = [[] for _part in parts]
        if parts:
            sql = " UNION ALL ".join(
                f"SELECT {number}, id FROM ({part}) AS part{number}" for number, (part, _values) in enumerate(parts)
            )
            values = [value for _part, part_values in parts for value in part_values]
            for number, id in self.model._meta.database.execute_sql(sql, values).fetchall():
                found[number].append(id)
        return found

    def _direction(self) -> Any:
        return self.column.desc() if self.newest_first else self.column.asc()

    def chunks(self, size: int = 1000) -> Iterator[list[Entity]]:
        """All rows in order of their ids, `size` at a time, with what their keys need for a name."""
        last = 0
        while rows := list(self.query.where(self.model.id > last).order_by(self.model.id).limit(size)):
            names.load(rows, names.shown(self.model))
            yield rows
            last = rows[-1].id

    def turned(self, name: str) -> str:
        """The order that a click on a column's head asks for."""
        return f"-{name}" if self.sort == name else name

    def address(self, **changes: Any) -> dict[str, Any]:
        """The arguments of an address that says the same, but for `changes` (None leaves one out)."""
        said: dict[str, Any] = {**self.active, "search": self.search or None}
        said["sort"] = self.sort if self.sort != self.usual else None
        said |= {name: self.said[name] or None for name in KEPT if name in self.said}
        return {key: value for key, value in {**said, **changes}.items() if value is not None}


def _joined(query: peewee.ModelSelect, here: Any, key: peewee.ForeignKeyField) -> tuple[peewee.ModelSelect, Any]:
    """`query` with the row at which `key` of `here` points, and that table under the name that it has there."""
    there = key.rel_model.alias()
    on = getattr(here, key.name) == there.id
    return query.select_extend(there).join_from(here, there, peewee.JOIN.LEFT_OUTER, on=on, attr=key.name), there


def _also(kept: dict[Any, Any], key: Any, condition: Any) -> None:
    """Keep `condition` under `key`, together with what stands there."""
    kept[key] = kept[key] & condition if key in kept else condition


def _beyond(key: Sequence[Any], at: Sequence[Any], down: bool, up_to: bool = False) -> Any:
    """The condition for what comes behind `at` in the order of `key`; with `up_to` at itself too."""
    if len(key) == 1:
        less, more = (operator.le, operator.ge) if up_to else (operator.lt, operator.gt)
        return (less if down else more)(key[0], at[0])
    # Comparing rows is the one form that both databases find in an index.
    ours, theirs = peewee.Tuple(*key), peewee.Tuple(*at)
    if up_to:
        return ours <= theirs if down else ours >= theirs
    return ours < theirs if down else ours > theirs


def _is_everything(condition: Any) -> bool:
    return isinstance(condition, peewee.SQL) and condition.sql == "1 = 1"


def _whole(conditions: Sequence[Any]) -> Any:
    """All of `conditions` as one that no index is used for, so that the rows are gone through in their order."""
    return peewee.Expression(reduce(operator.and_, conditions), "IS", peewee.SQL("TRUE"))


def default_sort(model: type[Entity]) -> str:
    """Newest first for what happens by itself; by its key for what people keep."""
    if model.frozen:
        return "-id"
    key = names.natural_key(model)
    return key[0].name if len(key) == 1 and key[0].name in sortable(model) else "id"


def here(model: type[Entity]) -> Listing:
    """The list that the present address asks for, within what the person may see."""
    return Listing(model, shelf.within(access.visible(me(), model), request.args), request.args, is_shown=True)
