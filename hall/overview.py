"""What somebody who leads reads: what waits, what is late, who carries how much, how long things take, what they cost.

Who leads a group reads of that group, a department of its threads, the hall of everything (`figures.read`). Lengths
are whole times from the report on, nights and holds included, in seconds; money in 分.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee

from hall import access, clock
from hall.overview_counting import Case, Figures, cases_of, measure
from hall.repair_flow import UNFINISHED
from models import (
    Application,
    Assignment,
    Building,
    Department,
    Edition,
    MaintenanceGroup,
    Person,
    RepairItem,
    RepairOrder,
    Service,
    Thread,
    tuples,
)

IN_HAND = ("dispatched", "repairing")
WAITING = ("awaiting_review", "reported", "accepted", "dispatched", "repairing", "on_hold", "finished")
WEEK = timedelta(days=7)
MOST_WORKERS, MOST_BUILDINGS = 40, 25
WITH_SOMEBODY = ("open", "applicant")
WITH_DEPARTMENT = ("to_forward", "handling", "replying")


@dataclass(frozen=True)
class Reach:
    """Which part of the hall somebody leads: all of it, or these groups and departments by their ids."""

    whole: bool
    groups: frozenset[int] = frozenset()
    departments: frozenset[int] = frozenset()

    @property
    def repairs(self) -> Any:
        """The condition for orders; None where it reaches no group."""
        if self.whole:
            return peewee.SQL("1 = 1")
        return RepairOrder.group.in_(sorted(self.groups)) if self.groups else None

    @property
    def threads(self) -> Any:
        """The condition for threads; None where it reaches no department."""
        if self.whole:
            return Thread.department.is_null(False)
        return Thread.department.in_(sorted(self.departments)) if self.departments else None


@dataclass(frozen=True)
class Waiting:
    """What waits in a group or department: {state: count}, and how much of it is later than promised."""

    name: str
    code: str
    counts: dict[str, int]
    late: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Load:
    """What a worker has in hand and what they finished in the span of time."""

    worker: Person
    in_hand: int
    done: Figures


@dataclass(frozen=True)
class Heat:
    """How many orders came from each building by family of items: `rows` are (building, counts), hottest first."""

    families: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int]]]
    most: int


@dataclass
class Overview:
    """Everything of one page; `weeks` are (Monday, came, figures), oldest first."""

    since: date
    until: date
    waiting: list[Waiting] = field(default_factory=list)
    departments: list[Waiting] = field(default_factory=list)
    services: list[Waiting] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    weeks: list[tuple[date, int, Figures]] = field(default_factory=list)
    groups: list[tuple[str, int, Figures]] = field(default_factory=list)
    heat: Heat = field(default_factory=lambda: Heat((), (), 0))
    whole: Figures = field(default_factory=lambda: measure([]))
    came: int = 0


def reach(person: Person) -> Reach | None:
    """What `person` may read figures of; None where nothing."""
    held = [pair for pair in access.grants(person) if "figures.read" in access.ROLES[pair[0]].may]
    if not held:
        return None
    kinds = {kind: {scope for role, scope in held if access.ROLES[role].scope == kind} for kind in access.SCOPES}
    if any(not access.ROLES[role].scope or not scope for role, scope in held):
        return Reach(whole=True)
    groups = _ids(MaintenanceGroup, kinds["group"])
    return Reach(False, groups, _ids(Department, kinds["department"]))


def _ids(model: Any, codes: set[str]) -> frozenset[int]:
    return (
        frozenset(row[0] for row in tuples(model.select(model.id).where(model.code.in_(codes))))
        if codes
        else frozenset()
    )


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def read(scope: Reach, since: date, until: date, *, week: date | None = None) -> Overview:
    """The overview of the days from `since` up to and without `until`; the heat of one `week` (a Monday) or of all."""
    found = Overview(since, until)
    if scope.repairs is not None:
        found.waiting = waiting_orders(scope)
        _add_repairs(found, scope, week)
    if scope.threads is not None:
        found.departments = waiting_threads(scope)
    if scope.whole:
        found.services = waiting_applications()
    return found


def _add_repairs(found: Overview, scope: Reach, week: date | None) -> None:
    starts, ends = _moment(found.since), _moment(found.until)
    came, done = cases_of(scope.repairs, starts, ends)
    found.came, found.whole = len(came), measure(done)
    found.loads = loads(scope, done)
    by_week: dict[date, list[Case]] = {}
    for case in done:
        by_week.setdefault(monday(clock.local(case.moment).date()), []).append(case)
    day = monday(found.since)
    while day < found.until:
        fresh = sum(monday(clock.local(case.moment).date()) == day for case in came)
        found.weeks.append((day, fresh, measure(by_week.get(day, []))))
        day += WEEK
    names: dict[int, str] = dict(tuples(MaintenanceGroup.select(MaintenanceGroup.id, MaintenanceGroup.name)))
    for group in sorted({case.group for case in [*came, *done]}):
        own = [case for case in done if case.group == group]
        found.groups.append((names.get(group, ""), sum(case.group == group for case in came), measure(own)))
    shown = [case for case in came if week is None or monday(clock.local(case.moment).date()) == week]
    found.heat = heat(shown)


def _moment(day: date) -> datetime:
    return clock.utc(datetime.combine(day, time()))


def waiting_orders(scope: Reach) -> list[Waiting]:
    """What waits in each group, the latest first. One query over what is open."""
    order, group = RepairOrder, MaintenanceGroup
    late = peewee.Case(None, [((order.finish_due < clock.now()) & order.status.in_(UNFINISHED), 1)], 0)
    columns = (group.name, group.code, order.status, peewee.fn.COUNT(order.id), peewee.fn.SUM(late))
    rows = order.select(*columns).join(group).where(order.status.in_(WAITING), scope.repairs)
    return _by_name(tuples(rows.group_by(group.name, group.code, order.status)))


def waiting_threads(scope: Reach) -> list[Waiting]:
    """What waits in each department, the latest first. One query over what is open."""
    thread, department = Thread, Department
    late = peewee.Case(None, [((thread.due < clock.now()) & (thread.status == "handling"), 1)], 0)
    columns = (department.name, department.code, thread.status, peewee.fn.COUNT(thread.id), peewee.fn.SUM(late))
    rows = thread.select(*columns).join(department, on=(thread.department == department.id))
    rows = rows.where(thread.status.in_(WITH_DEPARTMENT), scope.threads)
    return _by_name(tuples(rows.group_by(department.name, department.code, thread.status)))


def waiting_applications() -> list[Waiting]:
    """What waits in each service that an operator made, the latest first. One query over what is open."""
    row = Application
    late = peewee.Case(None, [((row.due < clock.now()) & (row.phase == "open"), 1)], 0)
    columns = (Edition.name, Service.code, row.phase, peewee.fn.COUNT(row.id), peewee.fn.SUM(late))
    rows = row.select(*columns).join(Edition).join(Service).where(row.phase.in_(WITH_SOMEBODY))
    return _by_name(tuples(rows.group_by(Edition.name, Service.code, row.phase)))


def _by_name(rows: Sequence[tuple[Any, ...]]) -> list[Waiting]:
    found: dict[str, tuple[str, dict[str, int], int]] = {}
    for name, code, state, count, late in rows:
        _name, counts, before = found.get(code, (name, {}, 0))
        # A service that was given another name stands once, with all its editions.
        found[code] = (name, counts | {state: counts.get(state, 0) + count}, before + int(late or 0))
    waiting = [Waiting(name, code, counts, late) for code, (name, counts, late) in found.items()]
    return sorted(waiting, key=lambda each: (-each.late, -each.total, each.code))


def loads(scope: Reach, done: Sequence[Case]) -> list[Load]:
    """The workers with what they have in hand and what they finished, the most loaded first. Two queries."""
    order = RepairOrder
    count = peewee.fn.COUNT(order.id)
    rows = Assignment.select(Assignment.worker, count).join(order)
    rows = rows.where(Assignment.active == True, order.status.in_(IN_HAND), scope.repairs)  # noqa: E712
    in_hand: dict[int, int] = dict(tuples(rows.group_by(Assignment.worker)))
    by_worker: dict[int, list[Case]] = {}
    for case in done:
        if case.worker is not None:
            by_worker.setdefault(case.worker, []).append(case)
    people = {row.id: row for row in Person.select().where(Person.id.in_({*in_hand, *by_worker}))}
    found = [Load(row, in_hand.get(id, 0), measure(by_worker.get(id, []))) for id, row in people.items()]
    return sorted(found, key=lambda each: (-each.in_hand, -each.done.count, each.worker.number))[:MOST_WORKERS]


def heat(came: Sequence[Case]) -> Heat:
    """Where what breaks: buildings by families of items, the MOST_BUILDINGS with the most orders. Two queries."""
    items = RepairItem.select(RepairItem.id, RepairItem.parent, RepairItem.name).order_by(RepairItem.id)
    known = {id: (parent or id, name) for id, parent, name in tuples(items)}
    families = [id for id, (family, _name) in known.items() if family == id]
    counted: dict[int, dict[int, int]] = {}
    for case in came:
        family = known[case.item][0]
        row = counted.setdefault(case.building, {})
        row[family] = row.get(family, 0) + 1
    used = [family for family in families if any(family in row for row in counted.values())]
    hottest = sorted(counted, key=lambda building: (-sum(counted[building].values()), building))[:MOST_BUILDINGS]
    names: dict[int, str] = dict(tuples(Building.select(Building.id, Building.name).where(Building.id.in_(hottest))))
    rows = [(names[building], [counted[building].get(family, 0) for family in used]) for building in hottest]
    most = max((count for _name, counts in rows for count in counts), default=0)
    return Heat([known[family][1] for family in used], rows, most)
