"""Writers of one process take turns on SQLite, and nobody keeps the turn."""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

import peewee
import pytest

from hall import turns
from hall.turns import TurnTaking

Write = Callable[[], object]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[TurnTaking]:
    opened = TurnTaking(tmp_path / "turns.db", pragmas={"journal_mode": "wal"}, lock_type="IMMEDIATE", timeout=5)
    opened.execute_sql("CREATE TABLE note (said TEXT UNIQUE)")
    yield opened
    opened.close()


def written(database: TurnTaking) -> list[str]:
    return [said for (said,) in database.execute_sql("SELECT said FROM note ORDER BY said").fetchall()]


def write(database: TurnTaking, said: str, meanwhile: Write = lambda: None) -> None:
    with database.atomic():
        database.execute_sql("INSERT INTO note VALUES (?)", (said,))
        meanwhile()


def beside(act: Write) -> list[BaseException]:
    """Do it in a thread of its own; gives what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    return raised


def at_once(database: TurnTaking, said: str) -> None:
    """Write without waiting for anybody."""
    database.execute_sql("PRAGMA busy_timeout = 0")
    try:
        write(database, said)
    finally:
        database.close()


def test_one_writes_after_the_other(database: TurnTaking) -> None:
    inside, most = [0], [0]

    def alone() -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.002)
        inside[0] -= 1

    def many(name: int) -> None:
        for number in range(5):
            write(database, f"{name} {number}", alone)
        database.close()

    threads = [threading.Thread(target=many, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(written(database)) == 40 and most == [1]


def test_who_does_not_wait_is_refused_while_another_writes(database: TurnTaking) -> None:
    raised: list[BaseException] = []
    write(database, "first", lambda: raised.extend(beside(lambda: at_once(database, "second"))))
    assert [type(error) for error in raised] == [peewee.OperationalError]
    assert beside(lambda: at_once(database, "third")) == []
    assert written(database) == ["first", "third"]


def test_a_turn_ends_however_the_writer_ends(database: TurnTaking) -> None:
    write(database, "first")
    with pytest.raises(peewee.IntegrityError):
        write(database, "first")
    with pytest.raises(ZeroDivisionError):
        write(database, "second", lambda: 1 / 0)
    with database.atomic() as transaction:
        transaction.rollback()
        database.execute_sql("INSERT INTO note VALUES ('third')")
    assert beside(lambda: at_once(database, "fourth")) == []
    assert written(database) == ["first", "fourth", "third"]


def test_a_turn_that_cannot_begin_is_given_back(database: TurnTaking) -> None:
    other = peewee.SqliteDatabase(database.database, lock_type="IMMEDIATE")
    with other.atomic():  # another process
        assert [type(error) for error in beside(lambda: at_once(database, "first"))] == [peewee.OperationalError]
    other.close()
    assert beside(lambda: at_once(database, "second")) == []
    assert written(database) == ["second"]


def test_a_commit_that_fails_gives_the_turn_back(database: TurnTaking) -> None:
    database.execute_sql("PRAGMA foreign_keys = 1")
    database.execute_sql("CREATE TABLE above (id INTEGER PRIMARY KEY)")
    database.execute_sql("CREATE TABLE below (id INTEGER REFERENCES above (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(peewee.IntegrityError), database.atomic():
        database.execute_sql("INSERT INTO below VALUES (1)")
    assert beside(lambda: at_once(database, "first")) == []
    assert database.execute_sql("SELECT COUNT(*) FROM below").fetchone() == (0,)


def test_one_is_answered_after_the_other(database: TurnTaking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 10)
    inside, most = [0], [0]

    def answer() -> None:
        for _ in range(5):
            database.enter()
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            time.sleep(0.002)
            inside[0] -= 1
            database.leave()

    threads = [threading.Thread(target=answer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == [1]


def test_what_takes_long_is_passed_by(database: TurnTaking) -> None:
    assert is_let_in(database)
    assert database.enter() and database.enter()
    assert not is_let_in(database)
    database.leave()
    assert is_let_in(database)


def test_who_waits_lets_the_next_in(database: TurnTaking) -> None:
    has_entered, seen = threading.Event(), list[bool]()

    def waiting() -> None:
        database.enter()
        has_entered.set()
        write(database, "first", lambda: seen.append(is_let_in(database)))
        seen.append(is_let_in(database))
        database.close()

    thread = threading.Thread(target=waiting)
    with database.atomic():
        thread.start()
        assert has_entered.wait(10)
        until = time.monotonic() + 10
        while not is_let_in(database) and time.monotonic() < until:
            time.sleep(0.001)
        assert is_let_in(database) and thread.is_alive()  # it waits for its turn to write
    thread.join(10)
    assert seen == [True, True] and written(database) == ["first"]


def test_who_has_written_lets_the_next_in(database: TurnTaking) -> None:
    seen: list[bool] = []
    database.enter()
    write(database, "first", lambda: seen.append(is_let_in(database)))
    assert seen == [False] and is_let_in(database)


@pytest.fixture
def neighbour(database: TurnTaking) -> Iterator[TurnTaking]:
    """As another process opens the same file."""
    opened = TurnTaking(database.database, pragmas={"journal_mode": "wal"}, lock_type="IMMEDIATE", timeout=5)
    yield opened
    opened.close()


def test_processes_write_in_the_order_in_which_they_came(database: TurnTaking, neighbour: TurnTaking) -> None:
    is_over, seen = threading.Event(), list[int]()

    def busy(name: int) -> None:
        number = 0
        while not is_over.is_set():
            number += 1
            write(database, f"{name} {number}", lambda: time.sleep(0.02))
        database.close()

    threads = [threading.Thread(target=busy, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(10):
            before = len(written(neighbour))
            write(neighbour, f"neighbour {number}", lambda: seen.append(len(written(neighbour))))
            seen[-1] -= before
    finally:
        is_over.set()
        for thread in threads:
            thread.join(10)
    # Who was writing, who stood first in the row, and itself.
    assert len(seen) == 10 and max(seen) <= 3


def test_who_does_not_wait_does_not_queue_up(database: TurnTaking, neighbour: TurnTaking) -> None:
    third = TurnTaking(database.database, lock_type="IMMEDIATE")

    def waiting() -> None:
        write(neighbour, "second")
        neighbour.close()

    thread = threading.Thread(target=waiting)
    with database.atomic(), Path(f"{database.database}.writing").open() as row:
        thread.start()
        until = time.monotonic() + 10
        while is_free(row) and time.monotonic() < until:
            time.sleep(0.001)
        assert [type(error) for error in beside(lambda: at_once(third, "third"))] == [peewee.OperationalError]
        assert thread.is_alive()
    thread.join(10)
    assert beside(lambda: at_once(third, "fourth")) == []
    third.close()
    assert written(database) == ["fourth", "second"]


def test_nothing_is_written_where_nobody_can_queue_up(database: TurnTaking) -> None:
    row = Path(f"{database.database}.writing")
    row.mkdir()
    with pytest.raises(peewee.OperationalError, match="directory"):
        write(database, "first")
    row.rmdir()
    write(database, "second")
    assert written(database) == ["second"]


def is_free(row: TextIO) -> bool:
    """Whether no process stands in the row."""
    try:
        fcntl.flock(row, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(row, fcntl.LOCK_UN)
    return True


def is_let_in(database: TurnTaking) -> bool:
    """Whether another request would be let in now."""
    found: list[bool] = []
    assert beside(lambda: (found.append(database.enter()), database.leave())) == []
    return found == [True]
