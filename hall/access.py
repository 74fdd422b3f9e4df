"""Who may do what to which row: roles as data, `may`, and `visible` as the only way to rows.

A grant is a role with a scope (`lead@SN1`); relations (`reporter`, `assigned`) are roles that follow
from the row itself. A change of a grant works at the next request, because nothing here is cached
longer than one person object lives.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from hall.words import N_
from models import (
    Assignment,
    Building,
    Department,
    Entity,
    Grant,
    MaintenanceGroup,
    OrderFollower,
    Person,
    RepairOrder,
    tuples,
)


@dataclass(frozen=True)
class Role:
    """What a role is called, what its scope names, what it may do and which entities it sees whole.

    `scope` is "" (a role for the whole hall), "group", "department" or "building". `reads` and `edits`
    are entity names for the generated panel; `*` is every entity.
    """

    label: str
    scope: str = ""
    may: frozenset[str] = frozenset()
    reads: frozenset[str] = frozenset()
    edits: frozenset[str] = frozenset()
    panel: bool = True


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


_REPAIR_DATA = _set("RepairOrder MaintenanceGroup RepairItem RoutingRule PriceBookEntry Building Room")
_GROUP_STEPS = _set("repair.read repair.accept repair.comment repair.hold repair.resume")

ROLES: dict[str, Role] = {
    "administrator": Role(
        N_("系统管理员"),
        may=_set("panel.enter grants.edit roster.import routing.edit repair.read repair.see_all doors.print"),
        reads=_set("*"),
        edits=_set("*"),
    ),
    "operator": Role(
        N_("接线员"),
        may=_set("panel.enter repair.report repair.report_for repair.read repair.see_all repair.comment doors.print"),
        reads=_REPAIR_DATA,
    ),
    "reviewer": Role(
        N_("审核员"),
        may=_set("panel.enter repair.read repair.see_all repair.approve repair.send_back repair.decline"),
        reads=_REPAIR_DATA,
    ),
    "lead": Role(
        N_("维修组长"),
        scope="group",
        may=_GROUP_STEPS
        | _set(
            "panel.enter repair.dispatch repair.transfer repair.send_back repair.decline repair.merge "
            "repair.urge repair.lead"
        ),
        reads=_REPAIR_DATA,
    ),
    "worker": Role(
        N_("维修工"),
        scope="group",
        may=_set("panel.enter repair.read repair.accept repair.comment repair.tasks"),
    ),
    "keeper": Role(
        N_("楼宇管理员"),
        scope="building",
        may=_set("panel.enter repair.read repair.keep"),
        reads=_set("Building Room Bed"),
    ),
    "settler": Role(
        N_("决算员"),
        may=_set("panel.enter repair.read repair.see_all repair.settle"),
        reads=_REPAIR_DATA,
        edits=_set("PriceBookEntry"),
    ),
    "finance": Role(
        N_("财务"),
        may=_set("panel.enter repair.read repair.see_all repair.close repair.reject_settlement"),
        reads=_REPAIR_DATA | _set("SettlementLine"),
    ),
    "visitor_of_ratings": Role(
        N_("回访员"),
        may=_set("panel.enter repair.read repair.see_all repair.follow_up"),
        reads=_set("Rating"),
    ),
    "leader": Role(
        N_("集团领导"),
        may=_set("panel.enter repair.read repair.see_all repair.urge repair.oversee"),
        reads=_REPAIR_DATA | _set("Rating Department"),
    ),
    "apartment_manager": Role(
        N_("公寓管理员"), may=_set("panel.enter"), reads=_set("Building Room Bed"), edits=_set("Room Bed")
    ),
    "moderator": Role(N_("内容审核员"), may=_set("panel.enter")),
    "handler": Role(N_("部门经办人"), scope="department", may=_set("panel.enter")),
    "storekeeper": Role(N_("库管员"), may=_set("panel.enter")),
    "buyer": Role(N_("采购员"), may=_set("panel.enter")),
    "lost_property_desk": Role(N_("失物招领值守点"), may=_set("panel.enter")),
    "department_approver": Role(N_("部门审批人"), may=_set("panel.enter")),
}

EVERYBODY = Role(N_("师生"), may=_set("repair.report"))

# Roles that follow from the row: who somebody is to this order.
RELATIONS: dict[str, Role] = {
    "reporter": Role(
        N_("报修人"),
        may=_set(
            "repair.read repair.resubmit repair.withdraw repair.inspect repair.rework repair.rate repair.urge "
            "repair.comment"
        ),
    ),
    "assigned": Role(
        N_("维修工"),
        may=_set("repair.read repair.refuse repair.start repair.hold repair.resume repair.finish repair.comment"),
    ),
    "follower": Role(N_("关注人"), may=_set("repair.read")),
    "keeper_here": Role(N_("楼宇管理员"), may=_set("repair.inspect repair.rework")),
}

SYSTEM = Role(N_("系统"), may=_set("repair.inspect repair.settle repair.close repair.late"))

SCOPES: dict[str, type[Entity]] = {"group": MaintenanceGroup, "department": Department, "building": Building}


def grants(person: Person) -> list[tuple[str, str]]:
    """The (role, scope) pairs of `person`, read once for each person object, that is: once a request."""
    if "_grants" not in person.__dict__:
        rows = tuples(Grant.select(Grant.role, Grant.scope).where(Grant.person == person.id))
        person.__dict__["_grants"] = [(role, scope) for role, scope in rows if role in ROLES]
    found: list[tuple[str, str]] = person.__dict__["_grants"]
    return found


def relations(person: Person, subject: Entity) -> list[str]:
    """Who `person` is to `subject`, as names of RELATIONS; read once for each row object."""
    known = subject.__dict__.setdefault("_relations", {})
    if person.id not in known:
        known[person.id] = list(_relations(person, subject))
    found: list[str] = known[person.id]
    return found


def _relations(person: Person, subject: Entity) -> Iterable[str]:
    if not isinstance(subject, RepairOrder):
        return
    if subject.reporter_id == person.id:
        yield "reporter"
    if person.id in assigned_ids(subject):
        yield "assigned"
    if subject.is_public_area and _grants_cover(person, "repair.keep", subject):
        yield "keeper_here"
    if subject.followers.where(OrderFollower.person == person.id).exists():
        yield "follower"


def assigned_ids(order: RepairOrder) -> set[int]:
    """The ids of the workers who are sent to `order` now."""
    sent = Assignment.select(Assignment.worker).where(
        Assignment.order == order.id,
        Assignment.active == True,  # noqa: E712
    )
    return {row[0] for row in tuples(sent)}


def may(person: Person | None, permission: str, subject: Entity | None = None) -> bool:
    """Whether `person` (None is the system) holds `permission`, on `subject` if one is given."""
    return bool(role_for(person, permission, subject))


def role_for(person: Person | None, permission: str, subject: Entity | None = None) -> str:
    """The role by which `person` holds `permission` on `subject`; "" where there is none.

    This is the role that an event records (`requirements.md` 7). None is the system.
    """
    if person is None:
        return "system" if permission in SYSTEM.may else ""
    if person.is_closed:
        return ""
    for role, scope in grants(person):
        if permission in ROLES[role].may and covers(role, scope, subject):
            return role
    if subject is not None:
        for relation in relations(person, subject):
            if permission in RELATIONS[relation].may:
                return relation
    return "everybody" if permission in EVERYBODY.may else ""


def _grants_cover(person: Person, permission: str, subject: Entity) -> bool:
    return any(permission in ROLES[role].may and covers(role, scope, subject) for role, scope in grants(person))


def covers(role: str, scope: str, subject: Entity | None) -> bool:
    """Whether a grant of `role` with `scope` reaches `subject`; a role without a scope reaches everything."""
    kind = ROLES[role].scope
    if not kind or not scope or subject is None:
        return True
    place = getattr(subject, kind, None)
    return place is not None and place.code == scope


def role_label(name: str) -> str:
    """The Chinese name of a role, a relation or the system."""
    always = {"system": SYSTEM.label, "everybody": EVERYBODY.label, "self": N_("本人")}
    known = ROLES.get(name) or RELATIONS.get(name)
    return known.label if known else always.get(name, name)


def can_read(person: Person, model: type[Entity]) -> bool:
    """Whether the panel shows the entity to `person` at all."""
    return bool(_role_with("reads", person, model) or _role_with("edits", person, model))


def can_edit(person: Person, model: type[Entity]) -> bool:
    """Whether `person` may change rows of the entity by hand."""
    return bool(editing_role(person, model))


def editing_role(person: Person, model: type[Entity]) -> str:
    """The role by which `person` may change rows by hand, "" if there is none; frozen entities change by verbs."""
    if model is Grant:
        return role_for(person, "grants.edit")
    return "" if model.frozen else _role_with("edits", person, model)


def _role_with(right: str, person: Person, model: type[Entity]) -> str:
    named = {"*", model.__name__}
    return next((role for role, _scope in grants(person) if getattr(ROLES[role], right) & named), "")


def visible(person: Person | None, model: type[Entity]) -> Any:
    """The rows of `model` that `person` may see, as a select: the only way to a row for staff and owners.

    Entities with rows of many owners have a scope of their own in VISIBLE; all others are seen whole by
    the roles that read them, and not at all by anybody else.
    """
    query = model.select()
    if person is None or person.is_closed:
        return query.where(False)
    if model in VISIBLE:
        return query.where(VISIBLE[model](person))
    return query if can_read(person, model) else query.where(False)


def _visible_orders(person: Person) -> Any:
    mine = (RepairOrder.reporter == person.id) | RepairOrder.id.in_(
        OrderFollower.select(OrderFollower.order).where(OrderFollower.person == person.id)
    )
    if role_for(person, "repair.see_all"):
        return peewee.SQL("1 = 1")
    codes: dict[str, set[str]] = {}
    for role, scope in grants(person):
        if "repair.read" in ROLES[role].may and scope:
            codes.setdefault(ROLES[role].scope, set()).add(scope)
    if "group" in codes:
        mine |= RepairOrder.group.in_(
            MaintenanceGroup.select(MaintenanceGroup.id).where(MaintenanceGroup.code.in_(codes["group"]))
        )
        mine |= RepairOrder.id.in_(Assignment.select(Assignment.order).where(Assignment.worker == person.id))
    if "building" in codes:
        mine |= RepairOrder.building.in_(Building.select(Building.id).where(Building.code.in_(codes["building"])))
    return mine


VISIBLE: dict[type[Entity], Callable[[Person], Any]] = {RepairOrder: _visible_orders}


def sees(person: Person | None, subject: Entity) -> bool:
    """Whether `subject` is among what `person` may see."""
    model = type(subject)
    return visible(person, model).where(model.id == subject.id).exists()
