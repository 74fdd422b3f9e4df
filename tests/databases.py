"""Databases of a PostgreSQL server, one for each test, of which most are not made but put back.

To make one means to copy a thousand files, and to drop it again waits until whoever used it has left. So the next test
that begins with the same template gets the database of the one before. PostgreSQL counts what is written to each table
by whatever process, also what is rolled back. Where anything was counted, the rows are deleted that are younger than
the test; sequences go on where those of the template do. Where that is not enough, because rows of the template were
changed or deleted, or because the catalogue was written to (DDL, TRUNCATE, ANALYZE), the database is dropped: whoever
reads rows in no order shall find them as in a new one.
"""

import functools
import itertools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import psycopg

from tests import connections

Connection = psycopg.Connection[Any]

# Deleted rows keep their place, since nobody vacuums: after so many tests a new copy is the better one.
MOST_TESTS = 50
LEAVING = 5.0  # seconds that it may take whoever was connected
COUNTED = (
    "SELECT oid, pg_stat_get_tuples_inserted(oid), pg_stat_get_tuples_updated(oid), pg_stat_get_tuples_deleted(oid)"
    " FROM pg_class WHERE relkind IN ('r', 'm') AND NOT relisshared"
)
NOTHING = (0, 0, 0)
TABLES = "SELECT oid, oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
SEQUENCES = "SELECT seqrelid::regclass::text, seqstart, pg_sequence_last_value(seqrelid) FROM pg_sequence"
# The number of the transaction that comes next.
NEXT = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
SEND_AWAY = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    " AND pid <> ALL(%s)"
)


class Databases:
    """The databases of this process, on a server that others use, too: `address(name)` is where one is."""

    def __init__(self, address: Callable[[str], str], prefix: str) -> None:
        self.address, self._admin = address, psycopg.connect(address("postgres"), autocommit=True)
        self._names = (f"{prefix}_{nth}" for nth in itertools.count())
        self._taken: dict[str, Database] = {}
        self._free: dict[str, Database] = {}  # by the template
        self._templates: dict[str, Template] = {}
        self._left = ""

    def create(self, template: str = "template0") -> str:
        """The name of a new copy of `template`, to which nobody is connected."""
        connections.leave(template)
        name = next(self._names)
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def take(self, template: str) -> str:
        """The name of what looks like a new copy of `template`, to which nobody writes any more."""
        database = self._free.pop(template, None)
        if database and not database.put_back():
            database.close()
            self.drop(database.name)
            database = None
        database = database or self._copied(template)
        self._taken[database.name] = database
        return database.name

    def _copied(self, template: str) -> "Database":
        if template in self._taken:  # a test's own, which is a template from now on
            self._taken.pop(template).close()
        of = self._templates.setdefault(template, Template(template, self.address(template)))
        name = self.create(template)
        return Database(name, self.address(name), of, self._admin.execute(NEXT).fetchone()[0])

    def give_back(self, name: str) -> None:
        """The test that had it is over."""
        database = self._taken.pop(name, None)
        if database is None or database.template.name in self._free:
            self.drop(name)
        else:
            self._free[database.template.name] = database

    def drop(self, name: str) -> None:
        """Drop it when the next one is dropped: by then nobody is left for whom the server would wait."""
        connections.leave(name)
        if self._left:
            self._admin.execute(f"DROP DATABASE {self._left} WITH (FORCE)")
        self._left = name

    def close(self) -> None:
        """Leave the server, on which everything stays as it is."""
        for database in self._free.values():
            database.close()
        self._admin.close()


class Table(NamedTuple):
    """A table of a template: its name, how many rows it has, and its row as COPY writes it, where it has but one."""

    name: str
    rows: int
    only: bytes


class Template:
    """A database that others are copies of."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self._address = name, address

    @functools.cached_property
    def content(self) -> tuple[dict[int, Table], set[tuple[str, int, int | None]]]:
        """Its tables by their numbers, and each sequence with its first number and the last that it gave."""
        with psycopg.connect(self._address) as connection, connection.cursor() as cursor:
            tables = {}
            for number, name in cursor.execute(TABLES).fetchall():
                (rows,) = cursor.execute(f"SELECT COUNT(*) FROM {name}").fetchone()
                only = b""
                if rows == 1:
                    with cursor.copy(f"COPY {name} TO STDOUT (FORMAT binary)") as copy:
                        only = b"".join(copy)
                tables[number] = Table(name, rows, only)
            return tables, set(cursor.execute(SEQUENCES))


class Database:
    """A copy of a template, with a connection that puts it back."""

    def __init__(self, name: str, address: str, template: Template, begun: int) -> None:
        self.name, self.template, self._address = name, template, address
        self._tests = 1
        self._begun = begun
        self._counted: dict[int, tuple[int, ...]] = {}

    @functools.cached_property
    def _own(self) -> Connection:
        # Where triggers do nothing, nor foreign keys.
        return psycopg.connect(self._address, autocommit=True, options="-c session_replication_role=replica")

    def put_back(self) -> bool:
        """Whether all stands here again as in the template; else this database is of no more use."""
        self._tests += 1
        if self._tests > MOST_TESTS:
            return False
        self._wait_until_alone()
        known, sequences = self.template.content
        numbers = [number for number, counts in self._count().items() if counts != self._counted.get(number, NOTHING)]
        if not known.keys() >= set(numbers):
            return False
        with self._own.transaction(), self._own.cursor() as cursor:
            # Rows that were updated or deleted are missing when all is gone that was written since.
            for table in (known[number] for number in numbers):
                cursor.execute(f"DELETE FROM {table.name} WHERE xmin::text::bigint >= {self._begun}")
                if table.rows and table.rows != cursor.execute(f"SELECT COUNT(*) FROM {table.name}").fetchone()[0]:
                    if not table.only:
                        return False
                    with cursor.copy(f"COPY {table.name} FROM STDIN (FORMAT binary)") as copy:
                        copy.write(table.only)
            for name, first, last in sequences - set(cursor.execute(SEQUENCES)):
                cursor.execute("SELECT setval(%s, %s, %s)", (name, last or first, last is not None))
        self._own.execute("SELECT pg_stat_force_next_flush()")
        self._counted = self._count()
        self._begun = self._own.execute(NEXT).fetchone()[0]
        return True

    def _count(self) -> dict[int, tuple[int, ...]]:
        return {number: tuple(counts) for number, *counts in self._own.execute(COUNTED)}

    def _wait_until_alone(self) -> None:
        """What others have written is counted at the latest when they leave."""
        until = time.monotonic() + LEAVING
        while self._own.execute(SEND_AWAY, [connections.pids(self.name)]).fetchall():
            assert time.monotonic() < until, f"somebody stays connected to {self.name}"
            time.sleep(0.002)

    def close(self) -> None:
        """Leave it, if this was ever there."""
        if "_own" in vars(self):
            self._own.close()
