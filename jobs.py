"""The background queue and the timetable of the hall, on one screen.

Every job may run twice at once (two schedulers, a retry after a crash): each claims what it works on.
"""

import functools
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import peewee
from huey import Huey, PostgresHuey, SqliteHuey, crontab

from hall import (
    applications,
    attachments,
    channels,
    clock,
    events,
    floods,
    import_runs,
    lost_found,
    market,
    monthly_report,
    notify,
    photos,
    repairs,
    segments,
    site,
    supervision,
    transparency,
)
from hall.channels import mail
from models import DailyRoot, Event, database

log = logging.getLogger("hall.jobs")
# Seconds for which the worker lets more happen before it announces again, as short as it waits for work at best.
GATHERED = 0.1


def seal_finished_days() -> None:
    """Seal every day up to yesterday that is not sealed yet, also those on which the hall was off."""
    sealed = DailyRoot.select(DailyRoot.day).order_by(DailyRoot.day.desc()).tuples().first()
    oldest = Event.select(Event.at).order_by(Event.id).tuples().first()
    if sealed or oldest:
        day = sealed[0] + timedelta(days=1) if sealed else clock.local(oldest[0]).date()
        while day < clock.today():
            events.seal(day)
            day += timedelta(days=1)


# What runs when, in the time of the campus, and why.
TIMETABLE: list[tuple[Callable[[], Any], Callable[[datetime], bool], str]] = [
    (
        notify.announce,
        crontab(),
        "tell people what happened; woken at once by every event, this is for what was missed or had to wait",
    ),
    (channels.pass_on, crontab(), "which mail carries what people were told, at once or in the digest of the day"),
    (mail.send_due, crontab(), "mail whose time has come, whose last try failed, or whose sender died with it"),
    (repairs.run_timers, crontab(minute="*/5"), "promises that run late, holds that end, the seven days of 验收"),
    (
        supervision.run_timers,
        crontab(minute="*/5"),
        "answers that nobody rated for seven days, and 督办 of threads that run late",
    ),
    (
        market.run_timers,
        crontab(minute="*/5"),
        "reservations of 72 hours, listings of 30 days and the reminder before, accounts that were closed",
    ),
    (applications.run_timers, crontab(minute="*/5"), "applications whose state has lasted longer than was promised"),
    (lost_found.run_timers, crontab(minute="20"), "claims with which nobody goes on for two weeks"),
    (transparency.refresh, crontab(minute="35"), "the open figures of this month and the last"),
    (segments.merge, crontab(minute="55"), "what the full-text indexes of SQLite took in during the hour"),
    (seal_finished_days, crontab(minute="10"), "the root hash over the trail of each day that is over"),
    (monthly_report.make_last, crontab(minute="50", hour="4"), "the report of the month that is over"),
    (import_runs.sweep, crontab(hour="3", minute="35"), "files of imports that ended a week ago"),
    (photos.sweep, crontab(hour="3", minute="40"), "photos that were uploaded but never sent with a form"),
    (attachments.sweep, crontab(hour="3", minute="45"), "files of notices whose transaction never ended"),
    (floods.forget_failures, crontab(hour="4", minute="0"), "wrong passwords of long ago"),
]


def make_queue(url: str, folder: Path, *, create_tables: bool = False) -> Huey:
    """The queue beside the database of `url`: a file in `folder`, or tables in PostgreSQL.

    From now on every event that this process commits wakes the announcer. Only the one process that works on
    the queue makes its tables, so that many may start at once.
    """
    if url.startswith("sqlite:"):
        queue: Huey = SqliteHuey("hall", filename=str(folder / "queue.db"), results=False, create_tables=create_tables)
    else:
        limits = {"connect_timeout": 3, "tcp_user_timeout": 5000}
        queue = PostgresHuey("hall", dsn=url, results=False, create_tables=create_tables, **limits)
    for function, due, _why in TIMETABLE:
        queue.periodic_task(in_campus_time(due), name=function.__name__)(with_connection(function))
    woken = queue.task(name=announce_and_send.__name__)(with_connection(announce_and_send))
    events.listeners.append(functools.partial(wake_announcer, queue, woken))
    return queue


def announce_and_send() -> None:
    """What an event wakes. One job: what waits in the queue has not begun, so one is enough.

    It ends a moment later, so that what happens meanwhile comes together behind one more of it.
    """
    notify.announce()
    if site.mail:
        channels.pass_on()
        mail.send_due()
    time.sleep(GATHERED)


def wake_announcer(queue: Huey, announce: Callable[[], Any]) -> None:
    """Let the worker announce now. Called after a commit: the queue being away must not fail what was done."""
    try:
        if not queue.pending_count():
            announce()
    except Exception:
        log.exception("the queue could not be woken; the timetable will announce it")


def in_campus_time(due: Callable[[datetime], bool]) -> Callable[[datetime], bool]:
    """huey asks in UTC; the timetable answers in the time of the campus."""
    return lambda moment: due(clock.local(moment))


def with_connection(function: Callable[[], Any]) -> Callable[[], None]:
    """Run `function` on the connection of its thread: on SQLite the next job finds it open, else it is given back."""

    @functools.wraps(function)
    def job() -> None:
        database.connect(reuse_if_open=True)
        try:
            function()
        finally:
            if not isinstance(database.obj, peewee.SqliteDatabase):
                database.close()

    return job
