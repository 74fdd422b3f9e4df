"""SQLite for the threads of one process: one request at a time asks it, and writers take turns.

Every query lets another thread into the interpreter and waits until that one asks something, too. Threads that answer
side by side so take a tenth more CPU than one after the other, and everybody waits for the slowest.
"""

import fcntl
import os
import threading
import weakref
from typing import Any

import peewee

BUSY = "database is locked"  # as SQLite says
PATIENCE = 0.03  # seconds; a few usual requests. What takes longer, a photo or a long table, is passed by


class TurnTaking(peewee.SqliteDatabase):
    """SQLite lets one write at a time, and whoever waits looks again after pauses that grow to 100 ms; meanwhile others
    come first. Here the threads of a process wait for each other, and the processes in a row: only who stands first in
    it, by a lock on a file beside the database, looks whether the file may be written to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._turn, self._writer = threading.Lock(), 0
        self._lane, self._inside = threading.Lock(), 0  # each with the thread that holds it, 0 where none does
        self._row, self._process = -1, 0  # file descriptor, and the process that opened it
        super().__init__(*args, **kwargs)

    def enter(self) -> bool:
        """Wait until the request before this one has been answered or waits itself; False where that took too long."""
        if self._inside != threading.get_ident():
            if not self._lane.acquire(timeout=PATIENCE):
                return False
            self._inside = threading.get_ident()
        return True

    def leave(self) -> None:
        """Let the next one enter. Safe to repeat, and where this thread has not entered."""
        if self._inside == threading.get_ident():
            self._inside = 0
            self._lane.release()

    def begin(self, lock_type: str | None = None) -> None:
        """Begin to write. Raises peewee.OperationalError where that is not possible within the busy_timeout."""
        if not self._turn.acquire(blocking=False):
            self.leave()
            if not self._turn.acquire(timeout=self._patience()):
                raise peewee.OperationalError(BUSY)
        self._writer = threading.get_ident()
        try:
            self._queue_up()
            try:
                super().begin(lock_type)
            finally:
                fcntl.flock(self._row, fcntl.LOCK_UN)
        except BaseException:
            self._pass_on()
            raise

    def _queue_up(self) -> None:
        """Become the first of those processes that wait; each of them gives up at the end of its patience."""
        if self._process != os.getpid():  # a lock belongs to whoever opened the file, and to the forks of it
            self._row = self._opened()
            self._process = os.getpid()
        try:
            fcntl.flock(self._row, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not self._patience():
                raise peewee.OperationalError(BUSY) from None
            self.leave()
            fcntl.flock(self._row, fcntl.LOCK_EX)

    def _opened(self) -> int:
        try:  # to read is enough, so that the file may belong to whoever ran a command first
            row = os.open(f"{self.database}.writing", os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise peewee.OperationalError(f"unable to open {self.database}.writing: {error.strerror}") from error
        weakref.finalize(self, os.close, row)
        return row

    def _patience(self) -> float:
        """Seconds for which this connection waits for others who write."""
        return float(self.execute_sql("PRAGMA busy_timeout").fetchone()[0]) / 1000

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
