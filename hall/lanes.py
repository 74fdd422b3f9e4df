"""What waits for whom: the lanes of each flow as data, their rows and their counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import peewee

from hall import access
from models import Entity, Person

COUNT_CAP = 100
LANES: dict[str, list["Lane"]] = {}


@dataclass(frozen=True)
class Lane:
    """One queue of a flow: the states in it and the permission whose holder finds their work there.

    `narrow(person)` gives a further condition; `among(person)` stands in place of what the person's grants cover.
    What is `counted` is sorted by the column `by`, the model's promise if none is named, else newest first.
    `does` is the step that a row offers, if it is not the primary one of `need`. `column` is where the states stand;
    where some rows are `undated`, those come after the others.
    """

    name: str
    label: str
    states: tuple[str, ...]
    need: str
    narrow: Callable[[Person], Any] | None = None
    counted: bool = True
    among: Callable[[Person], Any] | None = None
    by: str = ""
    does: str = ""
    column: str = "status"
    undated: bool = False


def lanes_for(flow: str, person: Person) -> list[Lane]:
    """The lanes of `flow` that `person` works in, in the order of the table."""
    return [lane for lane in LANES.get(flow, []) if access.may(person, lane.need)]


def granted(person: Person, permission: str, model: Any) -> Any:
    """The condition for the rows of `model` on which a grant of `person` gives `permission`.

    This is what a queue shows: relations such as being the reporter do not count here.
    """
    condition = peewee.SQL("1 = 0")
    for role, scope in access.grants(person):
        if permission in access.ROLES[role].may:
            kind = access.ROLES[role].scope
            if not kind or not scope:
                return peewee.SQL("1 = 1")
            named: Any = access.SCOPES[kind]
            condition |= getattr(model, kind).in_(named.select(named.id).where(named.code == scope))
    return condition


def waiting(model: type[Entity], lane: Lane, person: Person) -> peewee.ModelSelect:
    """The rows of `lane` for `person`: what they may see, in the lane's states, under their own grants."""
    table: Any = model
    whose = lane.among(person) if lane.among else granted(person, lane.need, model)
    query = access.visible(person, model).where(getattr(table, lane.column).in_(lane.states), whose)
    return query.where(lane.narrow(person)) if lane.narrow else query


def counts(model: type[Entity], lanes: Iterable[Lane], person: Person) -> dict[str, int]:
    """How many rows wait in each lane of one flow, never counting past COUNT_CAP."""
    return counts_of({"": (model, lanes)}, person)[""]


def counts_of(flows: Mapping[str, tuple[type[Entity], Iterable[Lane]]], person: Person) -> dict[str, dict[str, int]]:
    """How many rows wait in each lane, {flow: {lane: count}}, never counting past COUNT_CAP; all in one query.

    `flows` gives the model of each flow and the lanes that are asked about; those that are not counted are left out.
    """
    asked = [(flow, model, lane) for flow, (model, lanes) in flows.items() for lane in lanes if lane.counted]
    found: dict[str, dict[str, int]] = {flow: {} for flow in flows}
    if not asked:
        return found
    columns = [
        peewee.Select([_some(model, lane, person)], [peewee.fn.COUNT(peewee.SQL("1"))]).alias(f"lane{number}")
        for number, (_flow, model, lane) in enumerate(asked)
    ]
    row = peewee.Select([], columns).tuples().execute(asked[0][1]._meta.database)[0]
    for (flow, _model, lane), count in zip(asked, row, strict=True):
        found[flow][lane.name] = count
    return found


def _some(model: Any, lane: Lane, person: Person) -> Any:
    return waiting(model, lane, person).select(model.id).limit(COUNT_CAP)
