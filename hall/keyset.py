"""Pages by key: behind the last row that was shown, never by counting off how many came before it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import peewee

from hall.sql_text import Prepared, Told

# How many rows one page is picked from where no index knows the answers; the next page goes on behind them.
LOOKS = 5_000
BETWEEN = "~"
LONGEST_KEY = 60


def page_of(
    query: Any,
    *columns: Any,
    after: str = "",
    down: bool = True,
    limit: int = 20,
    narrowed: Sequence[Any] = (),
    looks: int = LOOKS,
    read: Callable[[Any], list[Any]] = list,
) -> tuple[list[Any], str]:
    """The rows of `query` behind the key `after`, in the order of `columns`, and the key of the next page ("": none).

    `columns` are dates, whole numbers or ids of the rows' own table, the last one unique, best as one index has them
    behind what `query` compares with =. `narrowed` are conditions that this index does not know: they pick from the
    `looks` rows of `query` that come next, so that a rare answer costs no more than a usual one. Such a page may be
    short, or even empty, and still have a next one. One query, with `narrowed` two. `read` gives the rows of a select:
    `list` as entities, `sql_text.told` as what the database says.
    """
    ours = peewee.Tuple(*columns)
    query = _behind(query, columns, values_of(after, columns), down=down)
    ends = query.select(*columns).limit(2).offset(looks - 1).tuples() if narrowed else []
    edge = next(iter(ends)) if len(ends) > 1 else None
    if edge is not None:
        theirs = peewee.Tuple(*edge)
        query = query.where(ours >= theirs if down else ours <= theirs)
    found = read(query.where(*narrowed).limit(limit + 1) if narrowed else query.limit(limit + 1))
    if len(found) > limit:
        last = found[limit - 1]
        last = last.entity if isinstance(last, Told) else last
        return found[:limit], key_of([getattr(last, column.name) for column in columns])
    return found, key_of(edge) if edge is not None else ""


class Pages:
    """The pages of a list whose SQL is put together once for each shape of what is sought.

    `build` takes a node in the place of each value and gives the query, as for `sql_text.prepared`; `order` gives the
    columns and whether they go down, as `page_of` knows them. Both take what changes the query by keyword.
    """

    def __init__(self, build: Callable[..., Any], order: Callable[..., tuple[tuple[Any, ...], bool]]) -> None:
        self._build, self._order = build, order
        self._prepared = Prepared(self._whole)

    def page(self, *values: Any, after: str = "", limit: int = 20, **shape: Any) -> tuple[list[Told[Any]], str]:
        """The rows behind the key `after`, and the key of the next page ("": none). One query."""
        columns, _down = self._order(**shape)
        key = values_of(after, columns)
        found = self._prepared.told(*values, *key, limit + 1, keyed=len(key), **shape)
        if len(found) <= limit:
            return found, ""
        last = found[limit - 1].said[-len(columns) :]
        return found[:limit], key_of([column.python_value(said) for column, said in zip(columns, last, strict=True)])

    def _whole(self, *nodes: Any, keyed: int, **shape: Any) -> Any:
        *values, limit = nodes
        columns, down = self._order(**shape)
        query = self._build(*values[: len(values) - keyed], **shape)
        # Said once more, last of all, to be found by who shows the way to the next page.
        query = query.select_extend(*columns)
        return _behind(query, columns, values[len(values) - keyed :], down=down).limit(limit)


def _behind(query: Any, columns: Sequence[Any], key: Sequence[Any], *, down: bool) -> Any:
    """The rows of `query` behind `key` (all of them where that is empty), in their order."""
    # Comparing rows is the one form that both databases find in an index; NOT and OR they do not.
    if key:
        ours, theirs = peewee.Tuple(*columns), peewee.Tuple(*key)
        query = query.where(ours < theirs if down else ours > theirs)
    return query.order_by(*(column.desc() if down else column.asc() for column in columns))


def key_of(values: Sequence[Any]) -> str:
    """Dates and numbers as they stand in an address."""
    return BETWEEN.join(value.isoformat() if isinstance(value, datetime) else str(value) for value in values)


def values_of(key: str, columns: Sequence[Any]) -> tuple[Any, ...]:
    """The values of `columns` in a key out of an address; () for anything else (fault 36)."""
    parts = key.split(BETWEEN)
    if len(key) > LONGEST_KEY or not key.isascii() or len(parts) != len(columns):
        return ()
    try:
        return tuple(_value(part, column) for part, column in zip(parts, columns, strict=True))
    except ValueError:
        return ()


def _value(part: str, column: Any) -> Any:
    if isinstance(column, peewee.DateTimeField):
        return datetime.fromisoformat(part).replace(tzinfo=None)
    if not part.isdigit() or int(part) >= 2**31:
        raise ValueError(part)
    return int(part)
