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
from admin.lookups import wholes, within
from admin.rules import CHECKS, Check
from hall import access
from hall.words import N_, Refused
from models import Entity, Event, Grant, tuples

COUNTED = 100
MOST_STEPS = 50  # from a row to what is above all


def refuse_wrong(row: Entity, changed: Collection[str] | None = None) -> None:
    """Refuse what the form of a row lets through and the hall does not, before it is saved, whoever filled it in: a
    person, a list, a file. Where only some columns were `changed`, only what can have become wrong is asked."""
    for refused in wrong_of([row], [changed]).values():
        raise refused


def wrong_of(rows: Sequence[Entity], changed: Sequence[Collection[str] | None]) -> dict[int, Refused]:
    """What `refuse_wrong` would say of each of `rows`, all of one entity, with what was `changed` of each, as {place
    among the rows: …}. As many queries for many rows as for one."""
    found: dict[int, Refused] = {}
    if not rows:
        return found
    model = type(rows[0])
    keys = names.keys(model._meta.sorted_fields)
    linked = [[key for key in keys if said is None or key.name in said] for said in changed]
    unique = unique_columns(model)
    asked: list[tuple[Check, list[bool]]] = [
        (_loops, [any(key.rel_model is model for key in some) for some in linked]),
        (_elsewhere, [bool(some) for some in linked]),
        (_taken, [said is None or bool(unique & set(said)) for said in changed]),
        (CHECKS.get(model, _nothing), [True] * len(rows)),
    ]
    for check, wanted in asked:
        places = [place for place, is_wanted in enumerate(wanted) if is_wanted and place not in found]
        told = check([rows[place] for place in places]) if places else []
        found |= {place: refused for place, refused in zip(places, told, strict=True) if refused}
    return found


def _nothing(rows: Sequence[Entity]) -> list[Refused | None]:
    return [None] * len(rows)


def unique_columns(model: type[Entity]) -> set[str]:
    """The columns by which a row could be double."""
    together = {name for columns, is_unique in model._meta.indexes if is_unique for name in columns}
    return {field.name for field in model._meta.sorted_fields if field.unique} | together


def _loops(rows: Sequence[Entity]) -> list[Refused | None]:
    """Refuse a key of an entity to itself that leads back to the row."""
    model, found = type(rows[0]), _nothing(rows)
    for key in names.keys(model._meta.sorted_fields):
        if key.rel_model is not model:
            continue
        above: dict[int, int | None] = {}
        now, steps = [row.__data__.get(key.name) for row in rows], 0
        while any(now) and steps < MOST_STEPS:
            if unknown := {id for id in now if id} - above.keys():
                above |= dict.fromkeys(unknown) | dict(tuples(model.select(model.id, key).where(model.id.in_(unknown))))
            for place, row in enumerate(rows):
                if now[place] and now[place] == row.id:
                    found[place] = Refused(N_("不能选它自己，也不能选它下面的"), field=key.name)
                    now[place] = None
            now, steps = [above[id] if id else None for id in now], steps + 1
    return found


def _elsewhere(rows: Sequence[Entity]) -> list[Refused | None]:
    """Refuse a key to what is not part of what another key of the row names: a room of another building."""
    model, found = type(rows[0]), _nothing(rows)
    for key in names.keys(names.shown(model)):
        if not (beside := within(model, key)):
            continue
        above = model._meta.fields[beside].rel_model
        said = [(row.__data__.get(key.name), row.__data__.get(beside)) for row in rows]
        ids = {id for id, there in said if id and there}
        part_of = wholes(key.rel_model, above, ids) if ids else {}
        for place, (id, there) in enumerate(said):
            if id in ids and there and part_of.get(id) != there and found[place] is None:
                found[place] = Refused(N_("这一项不在所选的%(above)s里"), field=key.name, above=above.label)
    return found


def _taken(rows: Sequence[Entity]) -> list[Refused | None]:
    """Refuse what the database would refuse as double, with the column and the other row's name."""
    model, found = type(rows[0]), _nothing(rows)
    others: dict[int, tuple[str, Entity]] = {}
    alone = [(field.name,) for field in model._meta.sorted_fields if field.unique]
    together = [columns for columns, unique in model._meta.indexes if unique]
    for columns in [*alone, *together]:
        said = [tuple(row.__data__.get(column) for column in columns) for row in rows]
        whole = {values for values in said if None not in values}
        if not whole or not set(columns) <= set(answerable(model)):
            continue
        same = [getattr(model, column).in_({values[nth] for values in whole}) for nth, column in enumerate(columns)]
        there = {tuple(other.__data__[column] for column in columns): other for other in model.select().where(*same)}
        for place, values in enumerate(said):
            if (other := there.get(values)) and other.id != rows[place].id:
                others.setdefault(place, (columns[0], other))
    names.load([other for _column, other in others.values()], names.natural_key(model))
    for place, (column, other) in others.items():
        found[place] = Refused(N_("已经有这样一条了：%(other)s"), field=column, other=names.title(other))
    return found


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
