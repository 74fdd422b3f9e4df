"""Names of people who closed their account go from everything that is shown; what they did stays.

The row of the person has no name any more, so whatever reads it from there is right by itself. An event says for ever
who did it, or its chain would break (hall/events.py): every face shows events through `veil`.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from hall.freshness import Kept
from hall.words import N_
from models import Event, Person, tuples

FORGOTTEN = N_("已注销用户")
CLOSED = "close_account"
# What an event keeps of somebody beside their name.
PERSONAL = frozenset(("phone", "caller", "email", "number"))


def mark() -> Hashable:
    """What `veil` depends on beside the events: another one when somebody is forgotten."""
    known = _read()
    return frozenset(known.names.items()), known.alone


@dataclass(frozen=True)
class _Known:
    """The forgotten as {id: the name they had}, and those of the names that nobody else here has."""

    names: dict[int, str]
    alone: frozenset[str]


@Kept
def _read() -> _Known:
    ids = [row[0] for row in tuples(Person.select(Person.id).where(Person.forgotten > _BEGINNING))]
    said = (Event.subject_type == "person") & (Event.name == CLOSED) & Event.subject_id.in_(ids)
    names = dict(tuples(Event.select(Event.subject_id, Event.actor_name).where(said))) if ids else {}
    here = Person.select(Person.name).where(Person.name.in_(list(names.values())))
    shared = {row[0] for row in tuples(here)} if names else set()
    alone = frozenset(names.values()) - shared
    return _Known(names, alone)


# Compared like this, both databases look into the index of the few and not at everybody.
_BEGINNING = datetime(2000, 1, 1)


def veil(events: Iterable[Event], about: Any = None) -> list[Event]:
    """`events` as people may read them, to be shown and never saved.

    Who was forgotten is FORGOTTEN as actor and wherever the details name them. `about` is the row whose events they
    are: whom it points at is known by name in its events, even where somebody else is called the same.
    """
    rows = list(events)
    known = _read()
    if not known.names:
        return rows
    beside = set(_people(about)) if about is not None else set()
    tied = known.names.keys() & (beside | {row.actor_id for row in rows} | {_buyer(row) for row in rows})
    names = known.alone | {known.names[person_id] for person_id in tied}
    for row in rows:
        forgotten = row.subject_type == "person" and row.subject_id in known.names
        if row.actor_id in known.names:
            row.actor_name = FORGOTTEN
        personal = forgotten or bool(known.names.keys() & (beside | {row.actor_id}))
        row.details = _without(row.details, names, everything=forgotten, personal=personal)
    return rows


def _people(about: Any) -> Iterable[int]:
    """The ids of everybody to whom a row points, itself where it is a person."""
    if isinstance(about, Person):
        yield about.id
    for name, field in about._meta.fields.items():
        if isinstance(field, peewee.ForeignKeyField) and field.rel_model is Person and about.__data__.get(name):
            yield about.__data__[name]


def _buyer(event: Event) -> Any:
    return event.details.get("buyer_id") if isinstance(event.details, dict) else None


def _without(value: Any, names: Iterable[str], *, everything: bool, personal: bool) -> Any:
    """`value` out of the details of an event without `names`; `personal` takes more, `everything` every word."""
    if isinstance(value, str):
        return FORGOTTEN if value and (everything or value in names) else value
    if isinstance(value, list):
        return [_without(each, names, everything=everything, personal=personal) for each in value]
    if isinstance(value, dict):
        return {
            key: _without(each, names, everything=everything or (personal and key in PERSONAL), personal=personal)
            for key, each in value.items()
        }
    return value
