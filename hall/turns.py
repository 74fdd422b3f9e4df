"""SQLite for the threads of one process, whose writers take turns."""

import threading
from typing import Any

import peewee


class TurnTaking(peewee.SqliteDatabase):
    """SQLite lets one write at a time, and whoever waits looks again after pauses that grow to 100 ms; meanwhile others
    come first. Here the threads of a process wait for each other, and only one of each process for the file."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._turn, self._writer = threading.Lock(), 0
        super().__init__(*args, **kwargs)

    def begin(self, lock_type: str | None = None) -> None:
        """Begin to write. Raises peewee.OperationalError where that is not possible within the busy_timeout."""
        if not self._turn.acquire(blocking=False):
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
