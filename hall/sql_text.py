"""SQL put together quickly, or once: a page of one's own asks for some four hundred columns.

Peewee takes six calls for each of them; `QuickContext` takes one. What always asks the same but for a few values is
written once (`prepared`).
"""

import copy
import functools
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import peewee

from models import database

E = TypeVar("E")
MOST = 200  # shapes of one query that are kept


class QuickContext(peewee.Context):
    """Writes a column at once, as peewee would in the end: `"t1"."name"`."""

    __slots__ = ()

    def sql(self, obj: object) -> peewee.Context:
        """Append the SQL of `obj`: a node, a model, or a value."""
        if not isinstance(obj, peewee.Field) or self.state.scope == peewee.SCOPE_VALUES:
            return super().sql(obj)
        if isinstance(obj, peewee.FieldAlias):
            source, alias, name = obj.source, obj.source.alias, obj.field.column_name
        else:
            source = obj.model._meta.table
            alias, name = source._alias, obj.column_name
        if alias:
            self.alias_manager[source] = alias
        return self.literal(f'"{self.alias_manager[source]}"."{name}"')


class Prepared:
    """A query whose SQL is put together at its first question, and from then on only asked with other values.

    `build` takes a node in the place of each value, and what changes the query itself by keyword: of that there must be
    little. A call takes the values as a column keeps them (numbers, texts, naive UTC) and gives the rows.
    """

    def __init__(self, build: Callable[..., Any]) -> None:
        functools.update_wrapper(self, build)
        self._build = build
        self._made: dict[Any, _Made] = {}

    def __call__(self, *values: Any, **shape: Any) -> list[Any]:
        return self._of(values, shape).ask(values)

    def told(self, *values: Any, **shape: Any) -> "list[Told[Any]]":
        """The same rows as the database says them."""
        return self._of(values, shape).told(values)

    def _of(self, values: tuple[Any, ...], shape: dict[str, Any]) -> "_Made":
        key = type(database.obj), len(values), *shape.items()
        made = self._made.get(key)
        if made is None:
            if len(self._made) > MOST:
                self._made.clear()
            places = [peewee.Value(_Place(number), converter=False) for number in range(len(values))]
            made = self._made[key] = _Made(self._build(*places, **shape))
        return made


prepared = Prepared


class _Place:
    """Where a value goes, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Made:
    """A query with its SQL."""

    def __init__(self, query: Any) -> None:
        self._sql, self._params = database.get_sql_context().parse(query)
        self._reader = _Reader(query)

    def ask(self, values: tuple[Any, ...]) -> list[Any]:
        return list(self._reader.read(self._executed(values)))

    def told(self, values: tuple[Any, ...]) -> "list[Told[Any]]":
        return self._reader.told(self._executed(values))

    def _executed(self, values: tuple[Any, ...]) -> Any:
        given = [values[each.number] if isinstance(each, _Place) else each for each in self._params]
        return database.execute_sql(self._sql, given)


class _Reader:
    """Peewee's way from the rows of a query to entities, found at the first row."""

    def __init__(self, query: Any) -> None:
        self._query, self._known = query, None

    def read(self, cursor: Any) -> Any:
        """The entities of what `cursor` says."""
        if self._known is not None:
            return _anew(self._known, cursor)
        reader = self._query.clone().execute(_Asked(cursor))
        found = list(reader)
        self._known = _anew(reader, None) if reader.initialized else None
        return found

    def told(self, cursor: Any) -> "list[Told[Any]]":
        def entity(row: Any) -> Any:
            return next(iter(self.read(_Fetched(description, row))))

        description = cursor.description
        return [Told(_comparable(row), functools.partial(entity, row)) for row in cursor.fetchall()]


def _anew(reader: Any, cursor: Any) -> Any:
    """What `reader` knows of the columns, for the rows of another cursor."""
    other = copy.copy(reader)
    other.cursor, other.row_cache, other.count, other.populated = cursor, [], 0, False
    return other


class Told(Generic[E]):
    """A row as the database says it: values to compare by, and the entity for whoever needs more."""

    def __init__(self, said: tuple[Hashable, ...], read: Callable[[], E]) -> None:
        self.said, self._read = said, read

    @functools.cached_property
    def entity(self) -> E:
        return self._read()


def told(query: Any) -> list[Told[Any]]:
    """The rows of a select, of which none is made an entity before somebody asks for that; one query."""
    return _Reader(query).told(database.execute(query))


def _comparable(row: tuple[Any, ...]) -> tuple[Hashable, ...]:
    """`row`, with the lists that PostgreSQL gives for JSON as text."""
    try:
        hash(row)
    except TypeError:
        return tuple(repr(value) if isinstance(value, list | dict) else value for value in row)
    return row


class _Fetched:
    """A cursor with one row."""

    def __init__(self, description: Any, row: Any) -> None:
        self.description, self._rows = description, [row]

    def fetchone(self) -> Any:
        return self._rows.pop() if self._rows else None

    def close(self) -> None:
        """There is nothing behind it."""


class _Asked:
    """A database that has been asked already, for a query that wants to read the answer."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, _query: Any) -> Any:
        return self._cursor
