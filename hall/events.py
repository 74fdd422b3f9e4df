"""The one trail: record, timeline, diff. An event is timeline, audit and outbox in one.

The events of a subject form a chain: each carries the hash of the one before, and a daily root over
all of them says that none was taken out. Nothing here edits or deletes an event.
"""

import hashlib
import itertools
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee

from hall import bulk, clock, forgetting, freshness, search_index
from hall.sql_text import Told, prepared
from models import DailyRoot, Entity, Event, Person, SignIn, tuples

GENESIS = "0" * 64
# Called after the commit of a transaction that recorded something; run.py wakes the job queue here.
listeners: list[Callable[[], None]] = [freshness.renew]


def subject_type(subject: Entity | type[Entity]) -> str:
    """The name under which events, photos and addresses know an entity, for instance `repair_order`."""
    return subject._meta.table_name


def record(
    subject: Entity,
    name: str,
    label: str,
    *,
    by: Person | None,
    role: str = "",
    source: str = "",
    target: str = "",
    details: dict[str, Any] | None = None,
    once: str | None = None,
    is_whole: bool = False,
) -> Event:
    """Append one event to the subject's chain, inside the caller's transaction; the search finds what the row says now.

    `details` must be JSON; `once` is the submission's token, unique in the whole hall, so that the
    same form sent twice is found out. Raises peewee.IntegrityError where it was used already. `is_whole` is for what
    this transaction has made: all its columns are as they were written, and nobody needs to read them again.
    """
    kind = subject_type(subject)
    previous = next(iter(_last(kind, subject.id)), None)
    event = Event(
        subject_type=kind,
        subject_id=subject.id,
        seq=previous.seq + 1 if previous else 1,
        name=name,
        label_text=label,
        actor=by,
        actor_name=by.name if by else "",
        actor_role=role,
        **_from_where(by),
        at=clock.now(),
        source=source,
        target=target,
        details=details or {},
        once=once,
        previous_hash=previous.hash if previous else GENESIS,
    )
    event.hash = digest(event)
    bulk.insert_one(event)
    search_index.keep(subject, is_whole=is_whole)
    for listener in listeners:
        Event._meta.database.after_commit(listener)
    return event


@prepared
def _last(kind: Any, subject: Any) -> Any:
    mine = (Event.subject_type == kind) & (Event.subject_id == subject)
    return Event.select(Event.seq, Event.hash).where(mine).order_by(Event.seq.desc()).limit(1)


@prepared
def _with_token(once: Any) -> Any:
    return Event.select().where(Event.once == once).limit(1)


def with_token(once: str) -> Event | None:
    """The event of the form that was sent with this token."""
    return next(iter(_with_token(once)), None)


def record_many(
    model: type[Entity],
    told: Iterable[tuple[int, dict[str, Any]]],
    name: str,
    label: str,
    *,
    by: Person | None,
    role: str = "",
) -> None:
    """Append one event to the chain of each subject, given as (id, details), inside the caller's transaction.

    For imports: what `record` would write, in bulk, and nobody is told of these events.
    """
    kind, moment, rest = subject_type(model), clock.now(), iter(told)
    while chunk := list(itertools.islice(rest, 1_000)):
        same_kind = (Event.subject_type == kind) & Event.subject_id.in_([subject_id for subject_id, _ in chunk])
        chains = Event.select(Event.subject_id, Event.seq, Event.hash).where(same_kind).order_by(Event.seq)
        latest = {subject_id: (seq, link) for subject_id, seq, link in tuples(chains)}
        rows = []
        for subject_id, details in chunk:
            seq, link = latest.get(subject_id, (0, GENESIS))
            event = Event(
                subject_type=kind,
                subject_id=subject_id,
                seq=seq + 1,
                name=name,
                label_text=label,
                actor=by,
                actor_name=by.name if by else "",
                actor_role=role,
                **_from_where(by),
                at=moment,
                details=details,
                previous_hash=link,
                announced=moment,
            )
            event.hash = digest(event)
            rows.append(event.__data__)
        bulk.insert(Event, rows)


def _from_where(person: Person | None) -> dict[str, Any]:
    """The session in which `person` acts, as hall/sign_ins.py keeps it; nothing for jobs and the command line."""
    sign_in, origin = person.__dict__.get("session", (None, None)) if person else (None, None)
    return {"sign_in": sign_in, "origin": origin}


def origin_of(session: SignIn) -> str:
    """The SHA-256 over what a session is, as its events carry it.

    Whoever has not `token_hash` cannot guess the address out of it, so hall/closing.py takes that away as well.
    """
    said = [session.token_hash, session.person_id, session.created.isoformat(), session.address, session.device]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def digest(event: Event) -> str:
    """The SHA-256 that an event must carry, over what it says and the hash before it."""
    said = [
        event.subject_type,
        event.subject_id,
        event.seq,
        event.name,
        event.label_text,
        event.actor_name,
        event.actor_role,
        event.at.isoformat(),
        event.source,
        event.target,
        event.details,
        event.previous_hash,
    ]
    if event.origin:  # events of before 0014 have none, and their hashes hold as they are
        said.append(event.origin)
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def timeline(subject: Entity) -> list[Event]:
    """All events of a subject, newest first, to be shown: who closed their account has no name there."""
    return forgetting.veil(_timeline(subject_type(subject), subject.id), subject)


def told_timeline(subject: Entity) -> list[Told[Event]]:
    """The same as the database says it, `seq` last of all, and before `forgetting.veil`."""
    return _timeline.told(subject_type(subject), subject.id)


@prepared
def _timeline(kind: Any, subject: Any) -> Any:
    mine = (Event.subject_type == kind) & (Event.subject_id == subject)
    return Event.select(Event, Event.seq).where(mine).order_by(Event.seq.desc())


def of_row(row: Entity) -> Any:
    """The condition for the events of `row` itself. A row that was deleted may have had its id before, because SQLite
    gives ids out again: what was done to that one is not told of this, although their hashes are one chain."""
    mine = (Event.subject_type == subject_type(row)) & (Event.subject_id == row.id)
    other = Event.alias()
    same = (other.subject_type == subject_type(row)) & (other.subject_id == row.id)
    ended = other.select(other.seq).where(same, other.name == "delete").order_by(other.seq.desc()).limit(1)
    return mine & (Event.seq > peewee.fn.COALESCE(ended, 0))


def diff(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    """What changed between two rows: {column: [before, after]}, each as text that people can read."""
    return {
        key: [_plain(before.get(key)), _plain(value)]
        for key, value in after.items()
        if _plain(before.get(key)) != _plain(value)
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def broken_links(events: Iterable[Event]) -> list[Event]:
    """The events of one subject (oldest first) whose hash or link does not hold."""
    broken, previous = [], GENESIS
    for event in events:
        if event.previous_hash != previous or event.hash != digest(event):
            broken.append(event)
        previous = event.hash
    return broken


def root_of(day: date) -> dict[str, Any]:
    """The hash over all events of a campus day, and how many they are: {"events", "hash"}."""
    starts = clock.utc(datetime.combine(day, time()))
    within = Event.select(Event.hash).where(Event.at >= starts, Event.at < starts + timedelta(days=1))
    hashes = [row[0] for row in tuples(within.order_by(Event.id))]
    return {"events": len(hashes), "hash": hashlib.sha256("".join(hashes).encode()).hexdigest()}


def seal(day: date) -> DailyRoot:
    """Write the root of a finished campus day, once. `doctor` compares it later."""
    root, _ = DailyRoot.get_or_create(day=day, defaults=root_of(day))
    return root
