"""Telling people: finds events not yet announced and gives each person one message about each.

The request only records; the worker announces. If it dies half-way, the unique (person, event) of
`Notification` keeps anybody from being told twice.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import peewee

from hall import (
    bulk,
    clock,
    notify_applications,
    notify_boards,
    notify_boards_reports,
    notify_repairs,
    notify_supervision,
    rules,
    talk_reading,
)
from hall.sql_text import prepared
from hall.telling import Telling, holders
from models import Event, Notification, Person, Rule, database

__all__ = ["TELLING", "announce", "holders", "inbox", "mark_read", "told", "unread", "waiting"]

BATCH = 200
TOGETHER = 20  # of those in one transaction
_CLAIM = 'UPDATE "event" SET "announced" = {0} WHERE "id" = {0} AND "announced" IS NULL'

# What is told of which kind of subject, by the name that events know it by.
TELLING: dict[str, Telling[Any]] = {
    "repair_order": notify_repairs.TELLING,
    "thread": notify_supervision.THREADS,
    "comment": notify_supervision.COMMENTS,
    "reply": notify_supervision.REPLIES,
    "listing": notify_boards.LISTINGS,
    "property_notice": notify_boards.NOTICES,
    "conversation": notify_boards.TALKS,
    "talk_report": notify_boards_reports.TELLING,
    "application": notify_applications.TELLING,
}


def announce() -> int:
    """Announce what has not been announced, oldest first; returns how many messages were written.

    What may still be taken back is passed over, and comes with a later call.
    """
    waits = {kind: telling for kind, telling in TELLING.items() if telling.waits}
    steps = tuple((kind, tuple(telling.waits)) for kind, telling in waits.items())
    since = [clock.now() - telling.patience for telling in waits.values()]
    # All read before the first is written: with a cursor open, SQLite refuses to write beside another writer.
    found = _unannounced(*since, steps=steps, limit=BATCH)
    active = rules.active() if found else []
    # What a rule writes to, others write to as well: nothing of it is held for longer than its own event takes.
    size = 1 if active else TOGETHER
    return sum(_announce_all(found[begin : begin + size], active) for begin in range(0, len(found), size))


@prepared
def _unannounced(*since: Any, steps: tuple[tuple[str, tuple[str, ...]], ...], limit: int) -> Any:
    """The oldest events that wait to be announced but for those that may still be taken back.

    These are the `steps`, (kind, names), that happened after the moment of their kind in `since`.
    """
    due: Any = Event.announced.is_null()
    for (kind, names), moment in zip(steps, since, strict=True):
        due &= ~((Event.subject_type == kind) & Event.name.in_(names) & (Event.at > moment))
    return Event.select().where(due).order_by(Event.id).limit(limit)


def _announce_all(events: Sequence[Event], active: Iterable[Rule]) -> int:
    """Announce `events` in one transaction; where one fails each in its own, so that those before it are told."""
    try:
        with database.atomic():
            return sum(_announce(event, active) for event in events)
    except Exception:
        if len(events) == 1:
            raise
    return sum(_announce_all([event], active) for event in events)


def _announce(event: Event, active: Iterable[Rule] = ()) -> int:
    """Announce one event inside the caller's transaction; gives how many messages were written."""
    claimed = bool(database.execute_sql(_CLAIM.format(database.param), (clock.now(), event.id)).rowcount)
    telling = TELLING.get(event.subject_type)
    if claimed and not (telling and _was_taken_back(event, telling)):
        rules.follow(event, active)
    if not claimed or telling is None:
        return 0
    audiences = telling.table.get(f"{event.name}>{event.target}", telling.of_step(event.name))
    if not audiences or _was_taken_back(event, telling):
        return 0
    subject = telling.load(event)
    values = telling.values(subject)
    said: dict[int, tuple[Person, str]] = {}
    for audience, sentence in audiences:
        for person in audience(subject):
            said.setdefault(person.id, (person, sentence % values))
    return sum(_tell(person, event, text, telling.link(subject, person)) for person, text in said.values())


def _was_taken_back(event: Event, telling: Telling[Any]) -> bool:
    takes_back = telling.waits.get(event.name)
    if takes_back is None:
        return False
    same = (Event.subject_type == event.subject_type) & (Event.subject_id == event.subject_id)
    return any(takes_back(event, later) for later in Event.select().where(same, Event.seq > event.seq))


def _tell(person: Person, event: Event, text: str, link: str) -> int:
    if person.id == event.actor_id or person.is_closed:
        return 0
    row = Notification(person=person, event=event, text=text[:200], link=link, created=clock.now())
    return int(bulk.insert_missing(row))


def inbox(person: Person, *, before: int | None = None, limit: int = 20) -> list[Notification]:
    """Messages to `person`, newest first, older than the id `before`."""
    query = Notification.select().where(Notification.person == person.id)
    if before is not None:
        query = query.where(Notification.id < before)
    return list(query.order_by(Notification.id.desc()).limit(limit))


def _pattern(sentence: str) -> re.Pattern[str]:
    """What reads the values out of a message that was made of `sentence`."""
    parts = re.split(r"%\((\w+)\)s", sentence)
    fields = [rf"(?P<{name}>{r'[A-Z0-9-]+' if name == 'number' else '.+?'})" for name in parts[1::2]]
    literal = [re.escape(part) for part in parts[::2]]
    return re.compile("".join(text for pair in zip(literal, [*fields, ""], strict=True) for text in pair), re.DOTALL)


_SAID = {sentence for telling in TELLING.values() for told in telling.table.values() for _, sentence in told}
# The most outspoken first: what people wrote stands inside, and may read like the end of another sentence.
_MADE_OF = {_pattern(sentence): sentence for sentence in sorted(_SAID, key=lambda said: (-len(said), said))}


def told(text: str) -> tuple[str, dict[str, str]]:
    """The sentence that a message was made of and its values, so that a face can say it in the reader's language."""
    for pattern, sentence in _MADE_OF.items():
        if found := pattern.fullmatch(text):
            return sentence, found.groupdict()
    return "%(text)s", {"text": text}


def unread(person: Person, *, cap: int = 99) -> int:
    """How many messages wait to be read, never counting past `cap`."""
    return _unread(person.id).limit(cap).count()


def waiting(person: Person, *, cap: int = 99) -> tuple[int, int]:
    """How many messages of the inbox and how many of conversations are unread, for the head of a page; one query."""
    inbox, talks = _waiting(person.id, cap=cap)[0]
    return inbox, talks


@prepared
def _waiting(person: Any, *, cap: int) -> Any:
    kinds = {"inbox": _unread(person).limit(cap), "talks": talk_reading.unread_of(person)}
    columns = [peewee.Select([kind], [peewee.fn.COUNT(peewee.SQL("1"))]).alias(name) for name, kind in kinds.items()]
    return peewee.Select([], columns).tuples()


def _unread(person: Any) -> Any:
    return Notification.select(Notification.id).where(Notification.person == person, Notification.read.is_null())


def mark_read(person: Person) -> None:
    """All messages to `person` are read."""
    Notification.update(read=clock.now()).where(Notification.person == person.id, Notification.read.is_null()).execute()
