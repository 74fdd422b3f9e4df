"""Connections to PostgreSQL that outlive the test: a new one has read nothing of the catalogue, and to read that again
is half of what most tests ask of the server.

Closed is closed for whoever had it. The next who connects alike to the same database gets what is left of it, emptied
by DISCARD ALL: no transaction, setting, prepared statement or lock of the one before.
"""

import threading
from typing import Any

import psycopg
from psycopg.pq import ExecStatus, PGconn, TransactionStatus

ALIKE = 2  # kept of those that were asked for alike
MOST = 24  # of each process; a server has a hundred

_kept: list[tuple[str, str, PGconn]] = []  # database, what was asked for, connection; the oldest first
_changing = threading.Lock()
_nowhere = PGconn.connect_start(b"host=/nowhere")
_nowhere.finish()


class Connection(psycopg.Connection[Any]):
    """One that is kept when it is closed."""

    asked = ""

    def close(self) -> None:
        if not self.closed and self.pgconn.transaction_status == TransactionStatus.IDLE:
            left, self.pgconn = self.pgconn, _nowhere
            # What was written is counted now, since nobody leaves.
            left.exec_(b"SELECT pg_stat_force_next_flush()")
            _keep(left, self.asked)
        super().close()


def connect(conninfo: str = "", **given: Any) -> Connection:
    """As `psycopg.connect`."""
    asked = repr((conninfo, sorted(given.items())))
    while left := _take(asked):
        if left.exec_(b"DISCARD ALL").status == ExecStatus.COMMAND_OK:
            connection = Connection(left)
            connection.autocommit = given.get("autocommit", False)
            break
        left.finish()
    else:
        connection = Connection.connect(conninfo, **given)
    connection.asked = asked
    return connection


def pids(database: str) -> list[int]:
    """The processes of the server that are kept for `database`, in which nobody does anything."""
    with _changing:
        return [left.backend_pid for name, _asked, left in _kept if name == database]


def leave(database: str) -> None:
    """Keep none to `database`."""
    with _changing:
        for each in [each for each in _kept if each[0] == database]:
            _drop(each)


def _keep(left: PGconn, asked: str) -> None:
    with _changing:
        _kept.append((left.db.decode(), asked, left))
        alike = [each for each in _kept if each[1] == asked]
        for each in [*alike[:-ALIKE], *_kept[:-MOST]]:
            if each in _kept:
                _drop(each)


def _take(asked: str) -> PGconn | None:
    with _changing:
        found = next((each for each in reversed(_kept) if each[1] == asked), None)
        if found is None:
            return None
        _kept.remove(found)
        return found[2]


def _drop(each: tuple[str, str, PGconn]) -> None:
    _kept.remove(each)
    each[2].finish()
