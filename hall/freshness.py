"""Whether what was read or rendered before is still what the database says.

`look` gives a mark that is another one after every commit of anybody, in whatever process or on whatever node. What was
made under one mark is true as long as the mark stays. Both databases tell it without a look at any table: SQLite by
`PRAGMA data_version` (sqlite.org/pragma.html#pragma_data_version), PostgreSQL by the snapshot that a query of now sees.
What reads reference data alone has a mark that only changes of that end (`Lasting`).
"""

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, Generic, ParamSpec, TypeVar, cast

import peewee

from hall import clock, reference
from models import database

log = logging.getLogger("hall.freshness")
P = ParamSpec("P")
T = TypeVar("T")
# Seconds before a database that did not answer is asked again; each request says itself that it is away.
REST = 1.0
# Answers that one function keeps at most: what it is asked with may come out of an address.
MOST = 500
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
        # Before the first `migrate` there is no mark of reference data, and a database has no tables at all.
        self.knows_reference = reference.is_installed(own)
        self._own, self._cursor = own, own.connection().cursor()

    def read(self) -> Hashable:
        with self._lock:
            return self.number, self._cursor.execute(self._asked).fetchone()[0]

    def read_reference(self) -> tuple[Hashable, ...]:
        with self._lock:
            return self.number, *self._cursor.execute(reference.MARK).fetchone()

    def close(self) -> None:
        with self._lock:
            self._own.close()


_numbers = itertools.count()


class _Begun(threading.local):
    """The mark that the request of this thread began with."""

    mark: Hashable = None
    watched: Any = None


_watch: _Watch | None = None
# The mark of the database, and that of its reference data as it was then.
_reference: tuple[Hashable, tuple[Hashable, ...]] = (None, ())
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


def begin(mark: Hashable = None) -> None:
    """Let this thread go by the mark of now until it calls `end`, or by the `mark` that its request has just seen."""
    _begun.mark, _begun.watched = look() if mark is None else mark, database.obj


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


def seen_reference() -> tuple[Hashable, ...]:
    """The mark of the reference data under the mark that is `seen`: asked once for each of those."""
    global _reference
    mark, watch = seen(), _watch
    at, found = _reference
    if at != mark:
        # Where nobody answers, the mark equals no other, and neither does this one.
        found = watch.read_reference() if watch is not None and watch.knows_reference else (mark,)
        _reference = mark, found
    return found


def renew() -> None:
    """This thread has committed something: what its request reads from now on is true of what stands there now."""
    if _begun.mark is not None:
        begin()


class Kept(Generic[P, T]):
    """A function of the database alone (and of what it is asked with), asked again when that is no longer the same.

    All who ask get the same rows, and must leave them as they are; a list is everybody's own.
    """

    def __init__(self, read: Callable[P, T]) -> None:
        functools.update_wrapper(self, read)
        self._read = read
        self._known: tuple[Hashable, dict[Hashable, T]] = (None, {})

    def __call__(self, *about: P.args, **more: P.kwargs) -> T:
        (mark, is_everybodys), key = self._mark(), (about, *more.items())
        at, known = self._known
        if at == mark and key in known:
            return cast(T, _own(known[key]))
        value = self._read(*about, **more)
        if is_everybodys:
            if at != mark or len(known) >= MOST:
                known = {}
                self._known = mark, known
            known[key] = value
        return cast(T, _own(value))

    def _mark(self) -> tuple[Hashable, bool]:
        """What the answer is true under, and whether it is for everybody: a transaction sees its own, which may be
        undone."""
        return seen(), not database.in_transaction()


class Lasting(Kept[P, T]):
    """A `Kept` function that reads reference data alone: what is written elsewhere does not end what it said.

    A transaction that has changed reference data itself reads it anew each time.
    """

    def _mark(self) -> tuple[Hashable, bool]:
        mark = seen_reference()
        if not database.in_transaction():
            return mark, True
        is_unchanged = len(mark) > 1 and tuple(database.execute_sql(reference.MARK).fetchone()) == mark[1:]
        return (mark, True) if is_unchanged else (object(), False)


def _own(value: Any) -> Any:
    """`value`; where it is a list, another one with the same rows."""
    return value.copy() if isinstance(value, list) else value


class Shelf(Generic[T]):
    """What was made by key out of the database and of the time, at most `most` of it, while both are the same.

    It lives no longer than the minute, because pages say things of the time.
    """

    def __init__(self, most: int) -> None:
        self.most, self._size = most, 0
        self._kept: tuple[Hashable, dict[Hashable, T]] = (None, {})

    def made(self, mark: Hashable) -> dict[Hashable, T]:
        """What was made under `mark` in this minute. Whoever makes more under an older one fills what nobody reads."""
        moment = mark, clock.now().replace(second=0, microsecond=0)
        at, made = self._kept
        if at != moment or self._size > self.most:
            made = {}
            self._kept, self._size = (moment, made), 0
        return made

    def grown(self, size: int) -> None:
        """Count what was put to it."""
        self._size += size

    def clear(self) -> None:
        """Make everything anew."""
        self._kept, self._size = (None, {}), 0
