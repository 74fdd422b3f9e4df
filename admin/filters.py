"""The filters above an entity's list: which there are, what was said to them, and the WHERE that it means.

What a filter was told is one text of the address; where several things are meant at once, they stand between commas.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

import peewee
from flask import g
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin import names, question_columns, question_filters, shelf, spans
from admin.gate import me
from admin.rules import choices_of
from hall import access, clock
from hall.words import N_
from models import Entity
from templating import translated

BIGGEST_ID = 2**31 - 1
BIGGEST_NUMBER = 2**53
EMPTY, FILLED = "-", "*"
OF_EMPTINESS = [(EMPTY, N_("为空")), (FILLED, N_("不为空"))]
LONGEST = 200
FARTHEST = 3  # keys above a key: bed → room → building → campus


def row_id(text: str | None) -> int:
    """An id out of an address; 0, which no row has, for whatever is not one."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 and int(text) <= BIGGEST_ID else 0


@dataclass(frozen=True)
class Filter:
    """One control above the list.

    `kind` is choice (several at once), key, text, when (a word of admin/spans.py), from, until (days), least, most
    (numbers) or empty. `via` are the keys by which `field` is reached, for the building of the room of a bed.
    Whatever else has `arg`, `kind`, `group`, `label`, `choices`, `is_listed`, `said` and `condition` can stand beside.
    """

    field: peewee.Field
    kind: str
    via: tuple[peewee.ForeignKeyField, ...] = ()

    @property
    def arg(self) -> str:
        """Its name in the address."""
        path = "__".join([*(key.name for key in self.via), self.field.name])
        return f"flt_{path}" + (f"_{self.kind}" if self.kind in _NAMED else "")

    @property
    def group(self) -> str:
        """What stands together: all filters of one column, with those of what is above it."""
        return (self.via[0] if self.via else self.field).name

    @property
    def group_label(self) -> str:
        return (self.via[0] if self.via else self.field).verbose_name

    @property
    def label(self) -> str:
        """What it is about, in the reader's language."""
        said = " · ".join(_(field.verbose_name) for field in (*self.via, self.field))
        return f"{said} · {_(_NAMED[self.kind])}" if _NAMED.get(self.kind) else said

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(what the address says, what people read) of what can be chosen; [] where something is typed."""
        if self.kind == "empty":
            return OF_EMPTINESS
        if self.kind == "when":
            return [*spans.WORDS.items(), *(OF_EMPTINESS if self.field.null else [])]
        if self.kind != "choice":
            return []
        if isinstance(self.field, peewee.BooleanField):
            return [("1", N_("是")), ("0", N_("否"))]
        known = choices_of(self.field)
        blank = self.field.null or self.field.default == "" or any(value == "" for value, _label in known)
        offered = [(str(value), label) for value, label in known if value != ""]
        return [*offered, (EMPTY, N_("（空）"))] if blank else offered

    @property
    def is_listed(self) -> bool:
        """Whether it stands among the first: its column is one of the list's."""
        listed = any(self.group == field.name for field in names.listed(self.model))
        return listed and not (self.kind == "empty" and is_text(self.field))

    @property
    def is_indexed(self) -> bool:
        """Whether an index finds its rows, so that a list may be fetched by it."""
        return (self.via[0] if self.via else self.field).name in names.indexed(self.model)

    @property
    def model(self) -> type[Entity]:
        found: type[Entity] = (self.via[0] if self.via else self.field).model
        return found

    def said(self, text: str) -> str:
        """What was asked for, as people read it: choices by their label, a row by its name."""
        if self.kind == "key" and text.startswith("#"):
            return _("、").join(self._titles(text)) or text
        if known := dict(self.choices):
            return _("、").join(translated(known.get(part, part)) for part in text.split(","))
        return text

    def _titles(self, text: str) -> list[str]:
        model = self.field.rel_model
        rows = list(access.visible(me(), model).where(model.id.in_(_ids(text))))
        names.load(rows, names.natural_key(model))
        return [translated(names.title(row)) for row in rows]

    def condition(self, text: str) -> Any:
        """The WHERE for what was said. Raises ValueError where it means nothing."""
        found = _CONDITIONS[self.kind](self, text)
        for key in reversed(self.via):
            there = access.visible(me(), key.rel_model).where(found)
            found = key.in_(there.select(key.rel_model.id))
        return found


# The kinds that need a name of their own beside the column's, with what to call them.
_NAMED = {
    "from": N_("从"),
    "until": N_("到"),
    "least": N_("不小于"),
    "most": N_("不大于"),
    "empty": "",
}


def is_text(field: peewee.Field) -> bool:
    return isinstance(field, peewee.CharField | peewee.TextField) and not choices_of(field)


def is_number(field: peewee.Field) -> bool:
    return isinstance(field, peewee.IntegerField | peewee.DecimalField | peewee.FloatField) and not choices_of(field)


def _is_empty(flt: Filter) -> Any:
    blank = flt.field.is_null()
    return blank | (flt.field == "") if isinstance(flt.field, peewee.CharField | peewee.TextField) else blank


def _emptiness(flt: Filter, text: str) -> Any:
    if text not in (EMPTY, FILLED):
        raise ValueError(text)
    return _is_empty(flt) if text == EMPTY else ~_is_empty(flt)


def _choice(flt: Filter, text: str) -> Any:
    """One of several; what is no choice counts as not said."""
    wanted = [part for part in dict.fromkeys(text.split(",")) if part in dict(flt.choices)]
    if not wanted:
        raise ValueError(text)
    values = [part for part in wanted if part != EMPTY]
    if isinstance(flt.field, peewee.BooleanField):
        return reduce(or_, (flt.field == (part == "1") for part in values))
    asked = [flt.field == values[0] if len(values) == 1 else flt.field.in_(values)] if values else []
    return reduce(or_, [*asked, *([_is_empty(flt)] if EMPTY in wanted else [])])


def _ids(text: str) -> list[int]:
    return [row_id(part.strip().lstrip("#")) for part in text.split(",")]


def _key(flt: Filter, text: str) -> Any:
    """A key by `#id`, as the links between lists say it, or by words of the row's name."""
    if text.startswith("#"):
        ids = _ids(text)
        return flt.field == ids[0] if len(ids) == 1 else flt.field.in_(ids)
    there, pk = access.visible(me(), flt.field.rel_model), flt.field.rel_model.id
    return flt.field.in_(there.select(pk).where(names.matching(flt.field.rel_model, text)))


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if not 1900 <= day.year <= 2999:
        raise ValueError(text)
    return day


def _moment(flt: Filter, day: date) -> Any:
    return clock.utc(datetime.combine(day, time())) if isinstance(flt.field, peewee.DateTimeField) else day


def _when(flt: Filter, text: str) -> Any:
    if text in (EMPTY, FILLED):
        return _emptiness(flt, text)
    first, after = spans.span(text)
    return (flt.field >= _moment(flt, first)) & (flt.field < _moment(flt, after))


def _number(flt: Filter, text: str) -> Any:
    """A number that the column can be compared with; whole ones are rounded into the range that was meant."""
    number = float(text)
    if not (math.isfinite(number) and abs(number) <= BIGGEST_NUMBER and text.isascii()):
        raise ValueError(text)
    if isinstance(flt.field, peewee.IntegerField):
        return math.ceil(number) if flt.kind == "least" else math.floor(number)
    return number


_CONDITIONS: dict[str, Callable[[Filter, str], Any]] = {
    "choice": _choice,
    "key": _key,
    "text": lambda flt, text: flt.field == text,
    "when": _when,
    "from": lambda flt, text: flt.field >= _moment(flt, _day(text)),
    "until": lambda flt, text: flt.field < _moment(flt, _day(text) + timedelta(days=1)),
    "least": lambda flt, text: flt.field >= _number(flt, text),
    "most": lambda flt, text: flt.field <= _number(flt, text),
    "empty": _emptiness,
}


def grouped(filters: Iterable[Any]) -> list[tuple[str, bool, list[Any]]]:
    """The filters as they stand above the list: (label, whether it is among the first, filters of one column)."""
    groups: dict[str, list[Any]] = {}
    for flt in filters:
        groups.setdefault(flt.group, []).append(flt)
    return [(some[0].group_label, any(flt.is_listed for flt in some), some) for some in groups.values()]


def told(said: Mapping[str, str], arg: str) -> str:
    """What the address tells the filter called `arg`; a control of several choices tells them one by one."""
    several = said.getlist(arg) if isinstance(said, MultiDict) else [said.get(arg, "")]
    return ",".join(part.strip() for part in several if part.strip()).replace("\0", "")[:LONGEST]


def filters_for(model: type[Entity], said: Mapping[str, str], is_shown: bool = False) -> list[Any]:
    """The filters of an entity, list columns first: choices, yes or no, keys, and what an index begins with; of an
    entity that people keep by hand, which stays small, all days, numbers and what may be empty. Then the questions:
    of a list that is shown those that it is about (admin/question_filters.py), of any other those that `said` names.
    """
    known: dict[type[Entity], list[Filter]] = g.setdefault("filters", {})
    if model not in known:
        known[model] = _filters_for(model)
    by = told(said, f"flt_{question_columns.CHOOSES.get(model, '')}")
    asked = question_filters.filters(model, said, by, is_shown=is_shown)
    return [*known[model], *asked, *shelf.filters(model)]


def _filters_for(model: type[Entity]) -> list[Filter]:
    first = [field.name for field in names.listed(model)]
    found = [flt for field in names.shown(model) for flt in _filters(field)]
    place = {name: nth for nth, name in enumerate(first)}
    found.sort(key=lambda flt: place.get(flt.group, len(first)))
    return found


def _filters(field: peewee.Field) -> Iterable[Filter]:
    if isinstance(field, peewee.ForeignKeyField):
        yield from (Filter(flt.field, "key", (field, *flt.via)) for flt in reversed(above(field.rel_model)))
    yield from (Filter(field, kind) for kind in _kinds(field))


def above(model: type[Entity]) -> list[Filter]:
    """The keys above a row of `model`, nearest first: of a room the building, of that the campus."""
    found: list[Filter] = []
    via: tuple[peewee.ForeignKeyField, ...] = ()
    while len(via) < FARTHEST - 1 and (key := parent_key(via[-1].rel_model if via else model)):
        found.append(Filter(key, "key", via))
        via = (*via, key)
    return found


def parent_key(model: type[Entity]) -> peewee.ForeignKeyField | None:
    """The key to what a row is a part of: the only one to another entity that must be answered."""
    must = [key for key in names.keys(names.shown(model)) if not key.null and key.rel_model is not model]
    return must[0] if len(must) == 1 else None


def _kinds(field: peewee.Field) -> tuple[str, ...]:
    if field.name in field.model.private:
        return ()
    if isinstance(field, peewee.ForeignKeyField):
        return ("key", "empty") if field.null else ("key",)
    if isinstance(field, peewee.BooleanField) or choices_of(field):
        return ("choice",)
    is_indexed = field.name in names.indexed(field.model)
    if field.model.frozen and not is_indexed:
        return ()
    if isinstance(field, peewee.DateField | peewee.DateTimeField):
        return ("when", "from", "until")
    if is_number(field):
        return ("least", "most", "empty") if field.null else ("least", "most")
    if not is_text(field):
        return ()
    sought = ("text",) if is_indexed and field.name not in field.model.search else ()
    return (*sought, "empty") if field.null or field.default == "" else sought
