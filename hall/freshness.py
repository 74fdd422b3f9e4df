"""Whether what was read or rendered before is still what the database says.

`look` gives a mark that is another one after every commit of anybody, in whatever process or on whatever node. What was
made under one mark is true as long as the mark stays. Both databases tell it without a look at any table: SQLite by
`PRAGMA data_version` (sqlite.org/pragma.html#pragma_data_version), PostgreSQL by the snapshot that a query of now sees.
"""

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

import peewee

from models import database

log = logging.getLogger("hall.freshness")
T = TypeVar("T")
# Seconds before a database that did not answer is asked again; each request says itself that it is away.
REST = 1.0
SQLITE, POSTGRESQL = "PRAGMA data_version", "SELECT pg_current_snapshot()::text"


class _Watch:
    """A connection of its own that never writes: SQLite tells each connection only what others have done."""

    def __init__(self, watched: peewee.Database) -> None:
        self.watched, self.number = watched, next(_numbers)
        self._lock = threading.Lock()
        alone: dict[str, Any] = {"thread_safe": False}
        if isinstance(watched, peewee.SqliteDatabase):
            own: peewee.Database = peewee.SqliteDatabase(watched.database, check_same_thread=False, **alone)
            self._asked = SQLITE
        else:
            alone |= watched.connect_params
            own = peewee.PostgresqlDatabase(watched.database, prefer_psycopg3=True, **alone)
            self._asked = POSTGRESQL
        own.connect()
        self._own, self._cursor = own, own.connection().cursor()

    def read(self) -> Hashable:
        with self._lock:
            return self.number, self._cursor.execute(self._asked).fetchone()[0]

    def close(self) -> None:
        with self._lock:
            self._own.close()


_numbers = itertools.count()


class _Begun(threading.local):
    """The mark that the request of this thread began with."""

    mark: Hashable = None
    watched: Any = None


_watch: _Watch | None = None
_rests_until = 0.0
_changing = threading.Lock()
_begun = _Begun()


def look() -> Hashable:
    """The mark of the database as it is now. Where the database does not answer, a mark that equals no other."""
    global _rests_until
    mark: Hashable = object()
    if time.monotonic() > _rests_until:
        try:
            watch = _watch
            if watch is None or watch.watched is not database.obj:
                watch = _opened()
            mark = watch.read()
        except Exception:
            log.warning("the database does not say whether it has changed", exc_info=True)
            _rests_until = time.monotonic() + REST
            close()
    return mark


def begin() -> None:
    """Let this thread go by the mark of now until it calls `end`: one look a request."""
    _begun.mark, _begun.watched = look(), database.obj


def end() -> None:
    """The request is over."""
    _begun.mark = _begun.watched = None


def _opened() -> _Watch:
    global _watch
    with _changing:
        if _watch is None or _watch.watched is not database.obj:
            if _watch is not None:
                _watch.close()
            _watch = _Watch(database.obj)
        return _watch


def close() -> None:
    """Look no more at the database that was watched; the next look opens it anew."""
    global _watch, _rests_until
    with _changing:
        watch, _watch = _watch, None
    if watch is not None:
        watch.close()


def seen() -> Hashable:
    """The mark that the request of this thread began with; outside requests as `look`."""
    return _begun.mark if _begun.watched is database.obj and _begun.mark is not None else look()


class Kept(Generic[T]):
    """What `read` gives, kept in this process and read again when the database is no longer the same."""

    def __init__(self, read: Callable[[], T]) -> None:
        functools.update_wrapper(self, read)
        self._read = read
        self._known: tuple[Hashable, T] | None = None

    def __call__(self) -> T:
        mark, known = seen(), self._known
        if known is not None and known[0] == mark:
            return known[1]
        value = self._read()
        # What a transaction sees of its own is nobody else's before it ends, and may never be.
        if not database.in_transaction():
            self._known = mark, value
        return value

    def forget(self) -> None:
        """Read again at the next question: this thread has just changed what it would read."""
        self._known = None
