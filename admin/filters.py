"""The filters above an entity's list: which there are, what was typed into them, and the WHERE that it means."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee

from admin import names
from admin.gate import me
from admin.rules import choices_of
from hall import access, clock
from models import Entity
from templating import translated

BIGGEST_ID = 2**31 - 1


def row_id(text: str | None) -> int:
    """An id out of an address; 0, which no row has, for whatever is not one."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= BIGGEST_ID else 0


@dataclass(frozen=True)
class Filter:
    """One control above the list. `kind` is choice, key, text, from or until; `arg` its name in the address."""

    field: peewee.Field
    kind: str

    @property
    def arg(self) -> str:
        return f"flt_{self.field.name}" + (f"_{self.kind}" if self.kind in ("from", "until") else "")

    @property
    def choices(self) -> list[tuple[str, str]]:
        if isinstance(self.field, peewee.BooleanField):
            return [("1", names.plain(self.field, True)), ("0", names.plain(self.field, False))]
        return [(str(value), label) for value, label in choices_of(self.field) if value != ""]

    def said(self, text: str) -> str:
        """What was asked for, as people read it: a choice by its label, a row by its name."""
        if self.kind == "key" and text.startswith("#"):
            model = self.field.rel_model
            rows = list(access.visible(me(), model).where(model.id == row_id(text[1:])))
            names.load(rows, names.natural_key(model))
            return translated(names.title(rows[0])) if rows else text
        return dict(self.choices).get(text, text) if self.kind == "choice" else text

    @property
    def is_listed(self) -> bool:
        return any(self.field is field for field in names.listed(self.field.model))

    def condition(self, text: str) -> Any:
        """The WHERE for what was typed. Raises ValueError where it means nothing."""
        return _CONDITIONS[self.kind](self, text)


def _choice(flt: Filter, text: str) -> Any:
    if text not in dict(flt.choices):
        raise ValueError(text)
    return flt.field == (text == "1" if isinstance(flt.field, peewee.BooleanField) else text)


def _key(flt: Filter, text: str) -> Any:
    """A key by `#id`, as the links between lists say it, or by words of the row's name."""
    there = access.visible(me(), flt.field.rel_model)
    pk = flt.field.rel_model.id
    if text.startswith("#"):
        return flt.field == row_id(text[1:])
    return flt.field.in_(there.select(pk).where(names.matching(flt.field.rel_model, text)))


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2999:
        raise ValueError(text)
    return day


def _moment(flt: Filter, day: date) -> Any:
    return clock.utc(datetime.combine(day, time())) if isinstance(flt.field, peewee.DateTimeField) else day


_CONDITIONS: dict[str, Callable[[Filter, str], Any]] = {
    "choice": _choice,
    "key": _key,
    "text": lambda flt, text: flt.field == text,
    "from": lambda flt, text: flt.field >= _moment(flt, _day(text)),
    "until": lambda flt, text: flt.field < _moment(flt, _day(text) + timedelta(days=1)),
}


def filters_for(model: type[Entity]) -> list[Filter]:
    """The filters of an entity: choices, yes or no, keys, and what an index begins with; list columns first."""
    first = [field.name for field in names.listed(model)]
    found = [Filter(field, kind) for field in names.shown(model) for kind in _kinds(field)]
    return sorted(found, key=lambda flt: first.index(flt.field.name) if flt.field.name in first else len(first))


def _kinds(field: peewee.Field) -> tuple[str, ...]:
    if isinstance(field, peewee.ForeignKeyField):
        return ("key",)
    if isinstance(field, peewee.BooleanField) or choices_of(field):
        return ("choice",)
    if field.name not in names.indexed(field.model) or field.name in field.model.search:
        return ()
    if isinstance(field, peewee.DateField | peewee.DateTimeField):
        return ("from", "until")
    return ("text",) if isinstance(field, peewee.CharField | peewee.TextField) else ()
