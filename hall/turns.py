"""SQLite for the threads of one process: one request at a time asks it, and writers take turns.

Every query lets another thread into the interpreter and waits until that one asks something, too. Threads that answer
side by side so take a tenth more CPU than one after the other, and everybody waits for the slowest.
"""

import threading
from typing import Any

import peewee

PATIENCE = 0.03  # seconds; a few usual requests. What takes longer, a photo or a long table, is passed by


class TurnTaking(peewee.SqliteDatabase):
    """SQLite lets one write at a time, and whoever waits looks again after pauses that grow to 100 ms; meanwhile others
    come first. Here the threads of a process wait for each other, and only one of each process for the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._turn, self._writer = threading.Lock(), 0
        self._lane, self._first = threading.Lock(), 0
        super().__init__(*args, **kwargs)

    def enter(self) -> bool:
        """Wait until the request before this one has been answered or waits itself; False where that took too long."""
        if self._first != threading.get_ident():
            if not self._lane.acquire(timeout=PATIENCE):
                return False
            self._first = threading.get_ident()
        return True

    def leave(self) -> None:
        """Let the next one enter. Safe to repeat, and where this thread has not entered."""
        if self._first == threading.get_ident():
            self._first = 0
            self._lane.release()

    def begin(self, lock_type: str | None = None) -> None:
        """Begin to write. Raises peewee.OperationalError where that is not possible within the busy_timeout."""
        if not self._turn.acquire(blocking=False):
            self.leave()
            patience = self.execute_sql("PRAGMA busy_timeout").fetchone()[0] / 1000  # seconds
            if not self._turn.acquire(timeout=patience):
                raise peewee.OperationalError("database is locked")
        self._writer = threading.get_ident()
        try:
            super().begin(lock_type)
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> None:
        self.leave()  # before the disk is waited for
        super().commit()  # where it fails, peewee rolls back
        self._pass_on()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._writer == threading.get_ident():
            self._writer = 0
            self._turn.release()
