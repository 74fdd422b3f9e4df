"""Who lives on the demo campus, and where things break."""

import random
import re

from demo.texts import Fault
from hall import access
from models import Bed, Building, Grant, MaintenanceGroup, Person, RepairItem, RepairOrder, Room

# A spot that names a floor or a corridor is not in a room.
_NOT_IN_A_ROOM = re.compile(r"[一二三四五六七顶]层|地下|走廊|整层|卫生间|开水间")
_KINDS = {
    "class": ["教学楼"], "lab": ["实验楼"], "office": ["办公楼", "教学楼"], "canteen": ["食堂"], "public": ["公共建筑"],
    "outdoor": ["室外"], "lift": ["公共建筑", "办公楼", "教工住宅"],
}  # fmt: skip


class Cast:
    """The people by what they do, with their grants read once, and the places by kind."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        people = list(Person.select().order_by(Person.id))
        self.by_number = {person.number: person for person in people}
        by_id = {person.id: person for person in people}
        self.groups = {group.code: group for group in MaintenanceGroup.select()}
        self.leads: dict[str, Person] = {}
        self.workers: dict[str, list[Person]] = {}
        self.keepers: dict[str, Person] = {}
        self.one: dict[str, Person] = {}
        for grant in Grant.select().order_by(Grant.id):
            person = by_id[grant.person_id]
            if grant.role == "lead":
                self.leads[grant.scope] = person
            elif grant.role == "worker":
                self.workers.setdefault(grant.scope, []).append(person)
            elif grant.role == "keeper":
                self.keepers[grant.scope] = person
            else:
                self.one.setdefault(grant.role, person)
        # Who still has the initial password cannot have used the hall; these phone.
        students = [person for person in people if person.kind == "student"]
        self.students = [person for person in students if not person.must_change_password]
        self.callers = [person for person in students if person.must_change_password]
        # Who has a hand in repairs does not report any: three different people work, inspect and settle.
        busy = {"administrator", "lead", "operator", "reviewer", "keeper", "settler", "finance", "visitor_of_ratings"}
        self.staff = [p for p in people if p.kind == "staff" and not busy & {role for role, _ in access.grants(p)}]
        beds = Bed.select(Bed, Room, Building).join(Room).join(Building)
        self.homes = {bed.id: (bed.room.building, bed.room.number) for bed in beds}
        self.items = {item.code: item for item in RepairItem.select()}
        self.buildings = list(Building.select())

    def lead_of(self, order: RepairOrder) -> Person:
        return self.leads[self.code_of(order)]

    def workers_for(self, order: RepairOrder, *, first: bool = False) -> list[Person]:
        """One worker of the order's group, now and then with a second; or the `first`, whose account is printed."""
        workers = self.workers[self.code_of(order)]
        if first:
            return workers[:1]
        return self.rng.sample(workers, 2 if len(workers) > 1 and self.rng.random() < 0.15 else 1)

    def code_of(self, order: RepairOrder) -> str:
        return next(code for code, group in self.groups.items() if group.id == order.group_id)

    def place_of(self, fault: Fault, person: Person | None = None) -> tuple[Person, Building, str]:
        """Who finds `fault` (or `person`), in which building and room."""
        if fault.at in ("own", "hall"):
            person = person or self.rng.choice(self.students)
            building, room = self.homes[person.bed_id]
            return person, building, room if fault.at == "own" else ""
        building = self.rng.choice([b for b in self.buildings if b.kind in _KINDS[fault.at] and _suits(b, fault)])
        indoors = fault.at in ("class", "lab", "office") and not _NOT_IN_A_ROOM.match(fault.spot)
        room = f"{self.rng.randint(1, building.floors)}{self.rng.randint(1, 18):02d}" if indoors else ""
        if person is None:
            staff = fault.at in ("office", "canteen") or self.rng.random() < 0.3
            person = self.rng.choice(self.staff if staff else self.students)
        return person, building, room


def _suits(building: Building, fault: Fault) -> bool:
    return fault.at != "office" or building.code.startswith(("XZL", "WK"))
