"""Earlier versions of a row, read back out of its events: each event knows every column before and after.

What comes out is what events keep (`events.diff`): text, numbers, choices by their value, keys by the name of their
row at that time. A face turns it into answers of its form, so that putting a version back is an edit like any other.
"""

from collections.abc import Iterable
from typing import Any

from hall import events
from models import Entity, Event, tuples

MOST = 2_000  # events gone through; a row that people keep by hand has some dozens


def before(row: Entity, seq: int) -> dict[str, Any]:
    """What stood in those columns of `row` that changed after its event `seq`: {column: value as events keep it}."""
    later = Event.select(Event.details).where(events.of_row(row), Event.seq > seq).order_by(Event.seq.desc())
    return _undone(details for (details,) in tuples(later.limit(MOST)))


def last_of(event: Event) -> dict[str, Any]:
    """What a row held when it was deleted by `event`."""
    return {name: value for name, value in _undone([event.details]).items() if value is not None}


def event_of(row: Entity, seq: int) -> Event | None:
    """The event `seq` of `row`, None where there is none."""
    found: Event | None = Event.select().where(events.of_row(row), Event.seq == seq).first()
    return found


def changes_of(details: Any) -> dict[str, tuple[Any, Any]]:
    """The columns that an event changed, as {column: (before, after)}; {} where it changed none."""
    said = details.get("changes") if isinstance(details, dict) else None
    pairs = said.items() if isinstance(said, dict) else ()
    return {name: (pair[0], pair[1]) for name, pair in pairs if isinstance(pair, list) and len(pair) == 2}


def _undone(newest_first: Iterable[Any]) -> dict[str, Any]:
    return {name: old for details in newest_first for name, (old, _new) in changes_of(details).items()}
