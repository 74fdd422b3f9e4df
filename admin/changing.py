"""What the list changes of rows without their whole form: one cell, or the same columns of many rows.

A change is written as the form of the row writes it: the same checks, the same event. What was shown is sent back as a
mark, so that nobody overwrites what somebody else said meanwhile.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import peewee
from flask_admin.form import BaseForm

from admin import names
from admin.entity_base import EntityBase
from admin.fields import answerable, fill
from admin.gate import me
from admin.refusals import refuse_wrong
from hall import by_hand, events
from hall.words import N_
from models import Entity, Moderated


def changeable(view: EntityBase) -> list[peewee.Field]:
    """The columns of the entity that can be changed in the list: those of the form, but for JSON, what only a review
    changes, and what the person sees masked."""
    if not view.may_edit:
        return []
    reviewed = view.model.reviewed if issubclass(view.model, Moderated) else ()
    columns = [view.model._meta.fields[name] for name in answerable(view.model) if name not in reviewed]
    return [column for column in columns if not isinstance(column, peewee.JSONField) and not names.is_masked(column)]


def form_of(view: EntityBase, columns: Iterable[peewee.Field], said: Any, row: Entity | None = None) -> BaseForm:
    """The form of the entity with these `columns` alone, filled in from `said` (None before anything was sent), else
    from `row`."""
    asked = {column.name: column for column in columns}
    held = {name: names.value_of(row, column) for name, column in asked.items()} if row else {}
    form = view._edit_form_class(said, data=held)
    for name in [name for name in form._fields if name not in asked]:
        del form[name]
    return form


def mark(row: Entity, columns: Iterable[peewee.Field]) -> str:
    """A hash of what these columns of a row hold: what was shown may be out of date."""
    shown = [str(row.id), *(str(row.__data__.get(column.name)) for column in columns)]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:32]


def said(row: Entity, columns: Iterable[peewee.Field]) -> dict[str, Any]:
    """What the columns say, as an event keeps it: {column: value}, keys by their full name."""
    values = {column.name: names.value_of(row, column) for column in columns}
    return {name: names.title(value) if isinstance(value, Entity) else value for name, value in values.items()}


def put(view: EntityBase, row: Entity, form: BaseForm) -> dict[str, list[Any]]:
    """Put the answers into `row`, without saving it or asking whether it may be so. Gives what changes, {column:
    [before, after]}."""
    columns = [view.model._meta.fields[name] for name in form._fields]
    before = said(row, columns)
    fill(form, row)
    return events.diff(before, said(row, columns))


def apply(view: EntityBase, row: Entity, form: BaseForm) -> dict[str, list[Any]]:
    """Put the answers into `row`, without saving it. Gives what changes as `put` does; raises Refused."""
    if changes := put(view, row, form):
        refuse_wrong(row, changes)
    return changes


def save(view: EntityBase, row: Entity, changes: dict[str, list[Any]], once: str | None = None) -> None:
    """Save a row that `apply` has changed, with its event, inside the caller's transaction. Raises Refused or
    peewee.IntegrityError."""
    by_hand.save(row, by=me(), is_new=False)
    view.record(row, "edit", N_("修改"), changes, once)
