"""What the generated panel refuses before the database would have to, each with a sentence that says why; and what
hangs on a row, so that it is put away rather than deleted.
"""

import operator
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import peewee
from flask_babel import gettext as _

from admin import names
from admin.fields import answerable
from admin.lookups import below, within
from admin.rules import CHECKS
from hall import access
from hall.words import N_, Refused
from models import Entity, Event, Grant, tuples

COUNTED = 100


def refuse_wrong(row: Entity, changed: Collection[str] | None = None) -> None:
    """Refuse what the form of a row lets through and the hall does not, before it is saved, whoever filled it in: a
    person, a list, a file. Where only some columns were `changed`, only what can have become wrong is asked."""
    model = type(row)
    linked = [key for key in names.keys(model._meta.sorted_fields) if changed is None or key.name in changed]
    if any(key.rel_model is model for key in linked):
        refuse_loop(row)
    if linked:
        refuse_elsewhere(row)
    if changed is None or unique_columns(model) & set(changed):
        refuse_taken(row)
    if check := CHECKS.get(model):
        check(row)


def unique_columns(model: type[Entity]) -> set[str]:
    """The columns by which a row could be double."""
    together = {name for columns, is_unique in model._meta.indexes if is_unique for name in columns}
    return {field.name for field in model._meta.sorted_fields if field.unique} | together


def refuse_loop(row: Entity) -> None:
    """Refuse a key of an entity to itself that leads back to the row."""
    for key in names.keys(type(row)._meta.sorted_fields):
        above, steps = row.__data__.get(key.name), 0
        while key.rel_model is type(row) and above and steps < 50:
            if above == row.id:
                raise Refused(N_("不能选它自己，也不能选它下面的"), field=key.name)
            parent = type(row).get_or_none(type(row).id == above)
            above, steps = parent.__data__.get(key.name) if parent else None, steps + 1


def refuse_elsewhere(row: Entity) -> None:
    """Refuse a key to what is not part of what another key of the row names: a room of another building."""
    for key in names.keys(names.shown(type(row))):
        beside = within(type(row), key)
        there, id = row.__data__.get(beside), row.__data__.get(key.name)
        if beside and there and id:
            above, model = type(row)._meta.fields[beside].rel_model, key.rel_model
            if not tuples(below(model.select(model.id).where(model.id == id), above, there)):
                raise Refused(N_("这一项不在所选的%(above)s里"), field=key.name, above=above.label)


def refuse_taken(row: Entity) -> None:
    """Refuse what the database would refuse as double, with the column and the other row's name."""
    model = type(row)
    alone = [(field.name,) for field in model._meta.sorted_fields if field.unique]
    together = [columns for columns, unique in model._meta.indexes if unique]
    for columns in [*alone, *together]:
        said = [row.__data__.get(column) for column in columns]
        if None in said or not set(columns) <= set(answerable(model)):
            continue
        same = [getattr(model, column) == value for column, value in zip(columns, said, strict=True)]
        if other := model.select().where(*same, model.id != (row.id or 0)).first():
            names.load([other], names.natural_key(model))
            raise Refused(N_("已经有这样一条了：%(other)s"), field=columns[0], other=names.title(other))


@dataclass(frozen=True)
class Hanging:
    """Rows that point at a row: by which column, how many of them (COUNTED stands for that many or more)."""

    column: peewee.Field
    count: int

    @property
    def label(self) -> str:
        """What these rows are, in the reader's language; what somebody did is told apart from what was done to them."""
        model, target = self.column.model, getattr(self.column, "rel_model", None)
        several = target is not None and sum(key.model is model for key in target._meta.backrefs) > 1
        if not several and model is not Event:
            return _(model.label)
        return f"{_(model.label)} · {_(self.column.verbose_name or self.column.name)}"

    @property
    def said(self) -> str:
        return f"{self.count}+" if self.count >= COUNTED else str(self.count)


def hanging(rows: Sequence[Entity]) -> dict[int, list[Hanging]]:
    """What points at each of `rows`, all of one entity, as {id: […]}; one query, however many rows and keys there are.

    Grants count too: their scope names a group, a department or a building by its code.
    """
    if not rows:
        return {}
    model = type(rows[0])
    columns = [*model._meta.backrefs]
    counts = [_counted(model, key, key == model.id) for key in columns]
    roles = [name for name, role in access.ROLES.items() if role.scope and access.SCOPES[role.scope] is model]
    if roles:
        columns.append(Grant.scope)
        counts.append(_counted(model, Grant.scope, (Grant.scope == model.code) & Grant.role.in_(roles)))
    ids = [row.id for row in rows]
    found: dict[int, list[Hanging]] = {id: [] for id in ids}
    if not counts:
        return found
    parts = [
        model.select(peewee.Value(number, converter=False).alias("nth"), model.id, count.alias("found")).where(
            model.id.in_(ids)
        )
        for number, count in enumerate(counts)
    ]
    for number, id, count in tuples(reduce(operator.add, parts)):
        if count:
            found[id].append(Hanging(columns[number], count))
    return found


def _counted(model: type[Entity], key: peewee.Field, points: Any) -> Any:
    """How many rows point at a row of the query around it, at most COUNTED."""
    there = key.model.alias() if key.model is model else key.model
    if there is not key.model:  # an entity that points at itself: the rows inside are not those outside
        points = getattr(there, key.name) == model.id
    some = there.select(peewee.Value(1, converter=False).alias("one")).where(points).limit(COUNTED)
    return peewee.Select([some.alias("some")], [peewee.fn.COUNT(peewee.SQL("1"))])
