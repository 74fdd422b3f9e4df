"""An earlier version of a row as answers of its form: the text of events becomes rows, dates and numbers again."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

import peewee

from admin import names
from admin.fields import answerable
from admin.gate import me
from hall import access, forgetting, row_versions
from models import Entity, Event
from templating import translated


@dataclass
class Version:
    """What `event` left of a row: `values` are answers of the form, `lost` texts that mean nothing any more."""

    event: Event
    values: dict[str, Any] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def of(row: Entity, seq: int) -> Version | None:
    """The version of `row` after its event `seq`; None where there is no such event. What is private is left as it is:
    nobody puts back what they cannot see."""
    event = row_versions.event_of(row, seq) if seq else None
    return _read(row, event, row_versions.before(row, seq)) if event else None


def of_deleted(model: type[Entity], event_id: int) -> Version | None:
    """What a row of `model` held when the event with this id deleted it."""
    said = (Event.id == event_id) & (Event.subject_type == model._meta.table_name) & (Event.name == "delete")
    event = Event.select().where(said).first() if event_id else None
    return _read(model(), event, row_versions.last_of(event)) if event else None


def _read(row: Entity, event: Event, then: dict[str, Any]) -> Version:
    model = type(row)
    forgetting.veil([event], row if row.id else None)
    version = Version(event)
    for name in answerable(model):
        if name not in then or name in model.private:
            continue
        column = getattr(model, name)
        try:
            version.values[name] = _value(column, then[name])
        except (ValueError, TypeError, InvalidOperation):
            version.lost[name] = str(then[name])
    return version


def _value(column: peewee.Field, said: Any) -> Any:
    """A value as an event keeps it, as the column has it. Raises ValueError where there is no such row or date."""
    if said is None:
        return None
    if isinstance(column, peewee.ForeignKeyField):
        return _row(column.rel_model, str(said))
    for kind, read in _READERS.items():
        if isinstance(column, kind):
            return read(str(said))
    return said


def _row(model: type[Entity], title: str) -> Entity:
    rows = names.candidates(access.visible(me(), model), title)
    exact = [row for row in rows if title in (names.title(row), translated(names.title(row)))]
    if len(exact or rows) != 1 or not exact:
        raise ValueError(title)
    return exact[0]


_READERS: dict[Any, Callable[[str], Any]] = {
    peewee.DateTimeField: datetime.fromisoformat,
    peewee.DateField: date.fromisoformat,
    peewee.TimeField: time.fromisoformat,
    peewee.DecimalField: Decimal,
    peewee.FloatField: float,
}
