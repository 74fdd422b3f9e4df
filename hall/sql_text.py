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
        key = type(database.obj), len(values), *shape.items()
        made = self._made.get(key)
        if made is None:
            if len(self._made) > MOST:
                self._made.clear()
            places = [peewee.Value(_Place(number), converter=False) for number in range(len(values))]
            made = self._made[key] = _Made(self._build(*places, **shape))
        return made.ask(values)


prepared = Prepared


class _Place:
    """Where a value goes, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number


class _Made:
    """A query with its SQL, and peewee's way from a row of the database to an entity, found at the first row."""

    def __init__(self, query: Any) -> None:
        self._query = query
        self._sql, self._params = database.get_sql_context().parse(query)
        self._reader: Any = None

    def ask(self, values: tuple[Any, ...]) -> list[Any]:
        given = [values[each.number] if isinstance(each, _Place) else each for each in self._params]
        cursor = database.execute_sql(self._sql, given)
        if self._reader is None:
            reader = self._query.clone().execute(_Asked(cursor))
            found = list(reader)
            self._reader = _anew(reader, None) if reader.initialized else None
            return found
        return list(_anew(self._reader, cursor))


def _anew(reader: Any, cursor: Any) -> Any:
    """What `reader` knows of the columns, for the rows of another cursor."""
    other = copy.copy(reader)
    other.cursor, other.row_cache, other.count, other.populated = cursor, [], 0, False
    return other


class Told(Generic[E]):
    """A row as the database says it: values to compare by, and the entity for whoever needs more."""

    def __init__(self, said: Hashable, read: Callable[[], E]) -> None:
        self.said, self._read = said, read

    @functools.cached_property
    def entity(self) -> E:
        return self._read()


def told(query: Any) -> list[Told[Any]]:
    """The rows of a select, of which none is made an entity before somebody asks for that; one query."""
    cursor = database.execute(query)
    answer = _Answer(query, cursor.description)
    return [Told(_comparable(row), functools.partial(answer.read, row)) for row in cursor.fetchall()]


def _comparable(row: tuple[Any, ...]) -> Hashable:
    """`row`, with the lists that PostgreSQL gives for JSON as text."""
    try:
        hash(row)
    except TypeError:
        return tuple(repr(value) if isinstance(value, list | dict) else value for value in row)
    return row


class _Answer:
    """What was selected, and peewee's way from a row of it to an entity, found at the first row that is read."""

    def __init__(self, query: Any, description: Any) -> None:
        self._query, self._description = query, description
        self._reader: Any = None

    def read(self, row: Any) -> Any:
        cursor = _Fetched(self._description, row)
        if self._reader is not None:
            return next(iter(_anew(self._reader, cursor)))
        self._reader = self._query.clone().execute(_Asked(cursor))
        return next(iter(self._reader))


class _Fetched:
    """A cursor with one row."""

    def __init__(self, description: Any, row: Any) -> None:
        self.description, self._rows = description, [row]

    def fetchone(self) -> Any:
        return self._rows.pop() if self._rows else None


class _Asked:
    """A database that has been asked already, for a query that wants to read the answer."""

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def execute(self, _query: Any) -> Any:
        return self._cursor
