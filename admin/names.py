"""What the panel calls things: the columns it shows, the name of a row, a value as text, a row found by words.

A row is named by its natural key: the first unique column, else the first unique index, else its list columns.
"""

import functools
import json
import operator
from collections.abc import Iterable
from datetime import date, datetime, time
from functools import reduce
from typing import Any

import peewee
from flask_babel import gettext as _

from admin.gate import me
from admin.rules import choices_of
from hall import clock, forgetting, masks
from models import Entity, Event

WORDS = 6
LONGEST_WORD = 60


def shown(model: type[Entity]) -> list[peewee.Field]:
    """The columns that people see: those with a label that are not `hidden`."""
    return list(_shown(model, tuple(getattr(model, "hidden", ()))))


@functools.cache
def _shown(model: type[Entity], hidden: tuple[str, ...]) -> tuple[peewee.Field, ...]:
    return tuple(
        field
        for field in model._meta.sorted_fields
        if field.verbose_name and field.name not in hidden and not field.primary_key
    )


def listed(model: type[Entity]) -> list[peewee.Field]:
    """The columns of the list: what `columns` names, else the first six that are shown."""
    by_name = {field.name: field for field in shown(model)}
    named = [by_name[name] for name in model.columns if name in by_name]
    return named or list(by_name.values())[:6]


def is_masked(field: peewee.Field) -> bool:
    """Whether whoever asks sees the column masked, and so must not find, sort or filter rows by it."""
    return is_private(field) and masks.covers(field.model, field.name, me())


def is_private(field: peewee.Field) -> bool:
    """Whether the entity declares the column as private."""
    return field.name in getattr(field.model, "private", ())


def keys(fields: Iterable[peewee.Field]) -> list[peewee.ForeignKeyField]:
    return [field for field in fields if isinstance(field, peewee.ForeignKeyField)]


def indexed(model: type[Entity]) -> set[str]:
    """The columns that an index begins with; the panel sorts and filters by these only."""
    single = {field.name for field in model._meta.sorted_fields if field.index or field.unique}
    return (single | {columns[0] for columns, _unique in model._meta.indexes}) - set(model.private)


def natural_key(model: type[Entity]) -> list[peewee.Field]:
    """The columns by which people tell one row from another."""
    return list(_natural_key(model, tuple(getattr(model, "hidden", ())), tuple(model.private)))


@functools.cache  # each cell of a list asks for it
def _natural_key(model: type[Entity], hidden: tuple[str, ...], private: tuple[str, ...]) -> tuple[peewee.Field, ...]:
    by_name = {field.name: field for field in _shown(model, hidden) if field.name not in private}
    for field in by_name.values():
        if field.unique and not field.null:
            return (field,)
    for columns, unique in model._meta.indexes:
        if unique and set(columns) <= set(by_name):
            return tuple(by_name[name] for name in columns)
    return () if has_name(model) else tuple(listed(model)[:5])


def has_name(model: type[Entity]) -> bool:
    return model.__str__ is not peewee.Model.__str__


def load(rows: Iterable[Entity], fields: Iterable[peewee.Field]) -> None:
    """Fetch what the keys in `fields` point at, and what those need for their names: one query for each
    entity, however many rows and keys there are."""
    rows = list(rows)
    wanted: dict[type[Entity], set[int]] = {}
    for field in keys(fields):
        missing = {row.__data__.get(field.name) for row in rows if field.name not in row.__rel__}
        wanted.setdefault(field.rel_model, set()).update(missing - {None})
    for model, ids in wanted.items():
        found = {row.id: row for row in model.select().where(model.id.in_(ids))} if ids else {}
        load(found.values(), natural_key(model))
        for field in keys(fields):
            if field.rel_model is model:
                for row in rows:
                    if (related := found.get(row.__data__.get(field.name))) is not None:
                        row.__rel__[field.name] = related


def name(row: Entity | None) -> str:
    """The short name of a row; its natural key where the name alone would not tell (room 502 of which building?)."""
    if row is None:
        return ""
    if has_name(type(row)) and not keys(natural_key(type(row))):
        return str(row)
    return title(row)


def title(row: Entity | None) -> str:
    """The full name of a row, unlike that of any other: NQ3 南区学生公寓3号楼."""
    if row is None:
        return ""
    parts = [plain(field, value_of(row, field)) for field in natural_key(type(row))]
    if has_name(type(row)) and not keys(natural_key(type(row))):
        parts.append(str(row))
    unlike = list(dict.fromkeys(part for part in parts if part))
    return " ".join(unlike) or f"{_(type(row).label)} #{row.id}"


def value_of(row: Entity, field: peewee.Field) -> Any:
    """A column's value; for a key the row that it points at, where `load` has fetched it."""
    if isinstance(row, Event) and field.name in ("actor_name", "details"):
        forgetting.veil([row])
        if field.name == "details":
            return masks.masked(row)
    value = row.__data__.get(field.name)
    return getattr(row, field.name) if value is not None and isinstance(field, peewee.ForeignKeyField) else value


def plain(field: peewee.Field, value: Any) -> str:
    """A value as people read it: choices by their label, keys by their name, times of the campus, private masked."""
    if value is None:
        return ""
    if isinstance(value, Entity):
        return name(value)
    if is_masked(field):
        return masks.mask(str(value))
    if choices := choices_of(field):
        label = dict(choices).get(value)
        return _(label) if label else str(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def snapshot(row: Entity) -> dict[str, Any]:
    """A row as its history keeps it: {column: value}, keys by their full name; hidden columns never in it."""
    fields = shown(type(row))
    load([row], fields)
    values = {field.name: value_of(row, field) for field in fields}
    return {key: title(value) if isinstance(value, Entity) else value for key, value in values.items()}


def matching(model: type[Entity], text: str) -> Any:
    """The condition for rows in whose search columns, or in whose natural key, each word of `text` occurs."""
    return reduce(operator.and_, (_holds(model, word) for word in words(text)), peewee.SQL("1 = 1"))


def words(text: str) -> list[str]:
    """The words that somebody looks for, at most WORDS of them."""
    return [word[:LONGEST_WORD] for word in text.replace("\0", " ").split()[:WORDS]]


def through_keys(model: type[Entity], word: str) -> Any:
    """The condition for rows of `model` that a word finds by what they belong to; None where nothing names them so."""
    found = list(_through_keys(model, word, 2))
    return reduce(operator.or_, found) if found else None


def candidates(query: peewee.ModelSelect, text: str, limit: int = 10) -> list[Entity]:
    """The rows of `query` that `text` may mean, ready to be named; one whose key it is comes first and alone."""
    model = query.model
    key = natural_key(model)
    if len(key) == 1 and isinstance(key[0], peewee.CharField):
        exact = list(query.where(key[0] == text.strip()).limit(1))
        if exact:
            load(exact, key)
            return exact
    rows = list(query.where(matching(model, text)).order_by(model.id).limit(limit))
    load(rows, key)
    return rows


def _holds(model: type[Entity], word: str, depth: int = 2) -> Any:
    key = natural_key(model)
    columns = {*(getattr(model, column) for column in model.search), *key}
    # Only text can be searched: PostgreSQL refuses LIKE on a number.
    texts = [
        column
        for column in columns
        if isinstance(column, peewee.CharField | peewee.TextField) and column.name not in model.private
    ]
    conditions: list[Any] = [column.contains(word) for column in sorted(texts, key=lambda column: column.name)]
    return reduce(operator.or_, [*conditions, *_through_keys(model, word, depth)], peewee.SQL("1 = 0"))


def _through_keys(model: type[Entity], word: str, depth: int) -> Iterable[Any]:
    for field in keys(natural_key(model)):
        if depth and field.rel_model is not model:
            there = field.rel_model
            yield field.in_(there.select(there.id).where(_holds(there, word, depth - 1)))
