"""The queue and the timetable: in campus time, safe twice, never in the way of a verb."""

import functools
import logging
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import peewee
import pytest
from huey import Huey

import jobs
import models
from config import Settings
from hall import Mail, channels, clock, events, floods, monthly_report, notify, site
from hall.channels import mail
from models import DailyRoot, Event, Person, database
from tests.unguarded import unguard


@pytest.fixture
def queue(house: Settings, tmp_path: Path) -> Iterator[Huey]:
    before = list(events.listeners)
    made = jobs.make_queue(house.database, tmp_path, create_tables=True)
    yield made
    made.storage.close()
    events.listeners[:] = before


def due(function: Any, moment: datetime) -> bool:
    """Whether huey, which asks in UTC, would run `function` now."""
    return next(jobs.in_campus_time(when)(moment) for job, when, _why in jobs.TIMETABLE if job is function)


def test_the_timetable_is_in_campus_time(house: Settings) -> None:
    assert due(jobs.seal_finished_days, datetime(2026, 11, 21, 16, 10))
    assert due(floods.forget_failures, datetime(2026, 11, 21, 20, 0))
    assert not due(floods.forget_failures, datetime(2026, 11, 21, 4, 0))
    assert due(notify.announce, datetime(2026, 11, 21, 4, 37))
    # Every morning, so that a month is made up for on which the hall was off at its end.
    assert all(due(monthly_report.make_last, datetime(2026, 11, day, 20, 50)) for day in (1, 15, 30))
    assert not due(monthly_report.make_last, datetime(2026, 11, 30, 4, 50))


def test_every_job_has_the_connection_of_its_thread(queue: Huey) -> None:
    is_kept = isinstance(database.obj, peewee.SqliteDatabase)
    database.close()
    for task in queue._registry.periodic_tasks:
        task.execute()
        # A pool gets it back; SQLite would read its whole schema again for the next job.
        assert database.is_closed() is not is_kept


def test_a_job_that_fails_leaves_nothing_half_done(queue: Huey, campus: Any) -> None:
    def fail() -> None:
        with database.atomic():
            Person.update(name="无").execute()
            raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            jobs.with_connection(fail)()
    assert not Person.select().where(Person.name == "无").exists()


def test_a_committed_event_wakes_the_announcer_once(queue: Huey, campus: Any) -> None:
    for _ in range(2):
        with database.atomic():
            events.record(campus.A, "tested", "试验", by=campus.A)
            assert queue.storage.queue_size() <= 1
    assert [task.name for task in queue.pending()] == ["announce_and_send"]


def test_where_mail_is_set_up_an_event_also_sends(
    house: Settings, campus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "listeners", [])
    monkeypatch.setattr(site, "mail", Mail.at("smtp://127.0.0.1:9", "hall@hall.example"))
    queue = jobs.make_queue(house.database, tmp_path, create_tables=True)
    for _ in range(2):
        events.record(campus.A, "tested", "试验", by=campus.A)
    assert [task.name for task in queue.pending()] == ["announce_and_send"]
    did: list[str] = []
    for module, name in ((notify, "announce"), (channels, "pass_on"), (mail, "send_due")):
        monkeypatch.setattr(module, name, functools.partial(did.append, name))
    queue.execute(queue.dequeue())
    assert did == ["announce", "pass_on", "send_due"]
    monkeypatch.setattr(site, "mail", None)
    jobs.announce_and_send()
    assert did[3:] == ["announce"]
    queue.storage.close()


def test_what_happens_while_it_announces_comes_together(queue: Huey, campus: Any, monkeypatch: Any) -> None:
    told = []

    def happen(_seconds: float) -> None:
        told.append(Event.select().where(Event.announced.is_null()).count())
        for _ in range(3):
            events.record(campus.A, "tested", "试验", by=campus.A)

    monkeypatch.setattr(jobs, "time", SimpleNamespace(sleep=happen))
    events.record(campus.A, "tested", "试验", by=campus.A)
    for _ in range(2):
        queue.execute(queue.dequeue())
        assert queue.storage.queue_size() == 1
    assert told == [0, 0]


def test_an_event_that_is_rolled_back_wakes_nobody(queue: Huey, campus: Any) -> None:
    with database.atomic() as transaction:
        events.record(campus.A, "tested", "试验", by=campus.A)
        transaction.rollback()
    assert queue.storage.queue_size() == 0


def test_a_queue_that_is_away_fails_no_verb(
    queue: Huey, campus: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*args: Any) -> None:
        raise OSError("no queue")

    monkeypatch.setattr(queue.storage, "enqueue", away)
    with caplog.at_level(logging.ERROR), database.atomic():
        events.record(campus.A, "tested", "试验", by=campus.A)
    assert Event.select().where(Event.name == "tested").count() == 1
    assert "could not be woken" in caplog.text


def test_every_finished_day_is_sealed_once(campus: Any, freeze: Any) -> None:
    unguard()
    Event.delete().execute()
    for moment in (datetime(2026, 9, 1, 15, 59), datetime(2026, 9, 1, 16, 1), datetime(2026, 9, 3, 1, 0)):
        freeze(moment)
        events.record(campus.A, "tested", "试验", by=campus.A)
    jobs.seal_finished_days()
    # 15:59 UTC is the last minute of September 1 on the campus, 16:01 belongs to the 2nd; the 3rd is not over.
    sealed = {root.day: root.events for root in DailyRoot.select()}
    assert sealed == {date(2026, 9, 1): 1, date(2026, 9, 2): 1}
    freeze(datetime(2026, 9, 5, 0, 0))
    threads = [threading.Thread(target=jobs.with_connection(_seal_at(clock.now()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [root.day.day for root in DailyRoot.select().order_by(DailyRoot.day)] == [1, 2, 3, 4]


def _seal_at(moment: datetime) -> Any:
    def seal() -> None:
        with clock.at(moment):
            jobs.seal_finished_days()

    return seal


def test_events_that_nobody_announced_are_told_by_the_timetable(queue: Huey, campus: Any) -> None:
    events.record(campus.A, "tested", "试验", by=campus.A)
    queue.flush()
    announce = next(task for task in queue._registry.periodic_tasks if task.name == "announce")
    announce.execute()
    announce.execute()
    assert not Event.select().where(Event.announced.is_null()).exists()
    assert models.Notification.select().count() == 0
