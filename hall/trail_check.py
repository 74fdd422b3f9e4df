"""Whether the trail still says what it said: every hash, every link, from where it was done, every sealed day, and the
guard of the database.

A look goes on where the last one ended, and looks again at some of the days before, so that it stays short however
long the trail is and still comes round to everything; `whole` looks at all at once.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import peewee

from hall import clock, events, forgetting, site
from models import DailyRoot, Event, Person, SignIn, database, tuples

CHUNK = 2_000
# Days that are looked at again in each run.
AGAIN = 31
# What is younger than this is looked at again: a transaction may commit after one with a higher id.
SETTLED = timedelta(hours=1)
# What the database refuses, by table; beside it what only SQLite and what only PostgreSQL could be asked to do.
GUARDS = {f"{table}_no_{what}" for table in ("event", "daily_root", "sign_in") for what in ("update", "delete")}
SQLITE = GUARDS | {"event_no_replace", "daily_root_no_replace", "sign_in_no_replace"}
POSTGRESQL = GUARDS | {"event_no_truncate", "daily_root_no_truncate"}


def wrong(*, whole: bool = False) -> list[str]:
    """What does not hold, as sentences for an operator; [] where everything does."""
    seen = {} if whole else _read()
    upto, day = int(seen.get("event", 0)), str(seen.get("day", ""))
    settled = Event.select(peewee.fn.MAX(Event.id)).where(Event.at < clock.now() - SETTLED).scalar() or 0
    found = list(_broken(Event.id > upto))
    days, last = _days(day, all_of_them=not upto)
    for each in days:
        found += _wrong_day(each, again=bool(upto))
    if not found:  # else the next look finds it again
        _write({"event": max(upto, settled), "day": last})
    return list(dict.fromkeys([*_unguarded(), *found]))


def _days(after: str, *, all_of_them: bool) -> tuple[list[DailyRoot], str]:
    """The sealed days to look at: all, else AGAIN of them behind `after` and round to the first; and the last one."""
    roots = DailyRoot.select().order_by(DailyRoot.day)
    if all_of_them:
        return list(roots), ""
    found = list((roots.where(DailyRoot.day > date.fromisoformat(after)) if after else roots).limit(AGAIN))
    found += [root for root in roots.limit(AGAIN - len(found)) if root not in found] if len(found) < AGAIN else []
    newest = list(DailyRoot.select().order_by(DailyRoot.day.desc()).limit(2))
    last = found[-1].day.isoformat() if found else ""
    return [*found, *(root for root in newest if root not in found)], last


def _wrong_day(root: DailyRoot, *, again: bool) -> Iterator[str]:
    # A chain that was cut at its end still holds; the day's root knows how many there were.
    if events.root_of(root.day) != {"events": root.events, "hash": root.hash}:
        yield f"the events of {root.day} are not those that were sealed"
    if again:
        starts = clock.utc(datetime.combine(root.day, time()))
        yield from _broken((Event.at >= starts) & (Event.at < starts + timedelta(days=1)))


def _broken(which: Any) -> Iterator[str]:
    """The events of `which` whose hash is not theirs or whose link does not lead to the one before."""
    prior, last = Event.alias(), 0
    same = (prior.subject_type == Event.subject_type) & (prior.subject_id == Event.subject_id)
    query = Event.select(Event, prior.hash.alias("link")).join(
        prior, peewee.JOIN.LEFT_OUTER, on=same & (prior.seq == Event.seq - 1)
    )
    while rows := list(query.where(which, Event.id > last).order_by(Event.id).limit(CHUNK).objects()):
        for event in rows:
            before = event.link if event.seq > 1 else events.GENESIS
            if event.previous_hash != before or event.hash != events.digest(event):
                yield f"the trail of {event.subject_type} {event.subject_id} does not hold at {event.seq}"
        yield from _from_elsewhere([event for event in rows if event.origin])
        last = rows[-1].id


def _from_elsewhere(told: Sequence[Event]) -> Iterator[str]:
    """Those of `told` whose session is not the one in which they were recorded; at most two queries.

    An address that is not there is right where the trail says that its owner closed the account.
    """
    sessions = list(SignIn.select().where(SignIn.id.in_({event.sign_in_id for event in told}))) if told else []
    holds = {(row.id, row.person_id, events.origin_of(row)) for row in sessions}
    blank = {row.id: row.person_id for row in sessions if not row.address and not row.device}
    closing = (Event.subject_type == events.subject_type(Person)) & (Event.name == forgetting.CLOSED)
    asked = Event.select(Event.subject_id).where(closing, Event.subject_id.in_(set(blank.values())))
    closed = {row[0] for row in tuples(asked)} if blank else set()
    for event in told:
        forgotten = event.actor_id in closed and blank.get(event.sign_in_id) == event.actor_id
        if not forgotten and (event.sign_in_id, event.actor_id, event.origin) not in holds:
            yield f"from where the trail of {event.subject_type} {event.subject_id} comes does not hold at {event.seq}"


def guards() -> set[str]:
    """The names of the triggers that have to be there, on the database in use."""
    return SQLITE if isinstance(database.obj, peewee.SqliteDatabase) else POSTGRESQL


def _unguarded() -> Iterator[str]:
    sqlite = isinstance(database.obj, peewee.SqliteDatabase)
    living = "SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
    asked = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if sqlite else living
    missing = guards() - {row[0] for row in database.execute_sql(asked).fetchall()}
    if missing:
        named = ", ".join(sorted(missing))
        yield f"the database does not guard the trail ({named} missing): see migrations/0012 and 0014"


def _state() -> Path | None:
    return site.data_folder / "trail-checked.json" if site.data_folder else None


def _read() -> dict[str, Any]:
    """How far the last look was; {} where there is no such file or it is of another trail."""
    file = _state()
    try:
        said = json.loads(file.read_text("utf-8")) if file else {}
    except (OSError, ValueError):
        return {}
    known = isinstance(said, dict) and Event.select(Event.id).where(Event.id == said.get("event", 0)).exists()
    return said if known else {}


def _write(seen: dict[str, Any]) -> None:
    if file := _state():
        file.write_text(json.dumps(seen), "utf-8")
