"""The form and the details of a row in sections, so that nobody reads twenty columns in a row.

An entity may name them itself, `groups = (("基本信息", ("code", "name")), …)`; what it leaves out, and everything of an
entity that names none, is put together by what kind of column it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import peewee

from admin import names
from admin.rules import choices_of
from hall.words import N_
from models import Entity

# Fewer columns than this need no headings.
SHORT = 7
BASICS, PLACE, TIME, MORE, NOTES = N_("基本信息"), N_("位置"), N_("时间"), N_("设置"), N_("说明")
ORDER = (BASICS, PLACE, TIME, MORE, NOTES)
LONG = 60  # characters, from which on a text gets the whole line
ENGLISH = "_en"


@dataclass(frozen=True)
class Section:
    """Columns that stand together; `label` is "" where the page has one section only."""

    label: str
    columns: list[peewee.Field]


def sections(model: type[Entity], columns: Iterable[peewee.Field]) -> list[Section]:
    """`columns` of `model` in sections, each column once, in the order of the declaration within a section."""
    columns = list(columns)
    own = {name: label for label, members in model.groups for name in members}
    named = [label for label, _members in model.groups]
    if not own and len(columns) < SHORT:
        return [Section("", columns)]
    found: dict[str, list[peewee.Field]] = {label: [] for label in [*named, *ORDER]}
    for column in columns:
        found[own.get(column.name) or _kind(model, column)].append(column)
    if not own:
        for label in ORDER[1:]:
            if len(found[label]) == 1:  # a heading over one column says nothing
                found[BASICS] += found.pop(label)
        place = {column.name: nth for nth, column in enumerate(columns)}
        found[BASICS].sort(key=lambda column: place[column.name])
    return [Section(label, members) for label, members in found.items() if members]


def _kind(model: type[Entity], column: peewee.Field) -> str:
    """The section of a column by what it is; English stands beside the Chinese."""
    base = model._meta.fields.get(column.name.removesuffix(ENGLISH))
    if column.name.endswith(ENGLISH) and base is not None:
        return _kind(model, base)
    if any(column is part for part in names.natural_key(model)):
        return BASICS
    if column.name in ("latitude", "longitude") or (
        isinstance(column, peewee.ForeignKeyField) and column.rel_model.area == "places"
    ):
        return PLACE
    if isinstance(column, peewee.DateField | peewee.DateTimeField | peewee.TimeField):
        return TIME
    if isinstance(column, peewee.JSONField | peewee.TextField):
        return NOTES
    has_default = column.default is not None or column.null
    figure = isinstance(column, peewee.BooleanField | peewee.IntegerField | peewee.DecimalField | peewee.FloatField)
    return MORE if figure and has_default and not choices_of(column) else BASICS


def is_wide(column: peewee.Field) -> bool:
    """Whether a column needs the whole line of a form: long texts, JSON, and keys to rows with long names."""
    if isinstance(column, peewee.ForeignKeyField):
        return len(names.natural_key(column.rel_model)) > 1
    if isinstance(column, peewee.CharField):
        return column.max_length > LONG * 2 and not choices_of(column)
    return isinstance(column, peewee.TextField | peewee.JSONField)
