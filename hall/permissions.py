"""Who may do what: `may`, out of grants and of what follows from a row; the roles are data in `hall/roles.py`.

A grant is a role with a scope (`lead@SN1`); relations (`reporter`, `assigned`) are roles that follow
from the row itself. A change of a grant works at the next request, because nothing here is cached
longer than one person object lives.
"""

from collections.abc import Iterable
from typing import Any

import peewee

from hall.roles import EVERYBODY, RELATIONS, ROLES, SYSTEM
from hall.sql_text import prepared
from hall.words import N_
from models import (
    Application,
    Assignment,
    Assistance,
    Building,
    Department,
    Entity,
    Grant,
    Listing,
    MaintenanceGroup,
    Moderated,
    OrderFollower,
    Person,
    PropertyNotice,
    RepairOrder,
    Team,
    Thread,
)

# What a scope can name: the column of a subject that must point at it, and what it points at.
SCOPES: dict[str, type[Entity]] = {
    "group": MaintenanceGroup,
    "department": Department,
    "building": Building,
    "team": Team,
}


def grants(person: Person) -> list[tuple[str, str]]:
    """The (role, scope) pairs of `person`, read once for each person object, that is: once a request."""
    if "_grants" not in person.__dict__:
        person.__dict__["_grants"] = [(role, scope) for role, scope in _granted(person.id) if role in ROLES]
    found: list[tuple[str, str]] = person.__dict__["_grants"]
    return found


@prepared
def _granted(person: Any) -> Any:
    return Grant.select(Grant.role, Grant.scope).where(Grant.person == person).tuples()


def relations(person: Person, subject: Entity) -> list[str]:
    """Who `person` is to `subject`, as names of RELATIONS; read once for each row object."""
    known = subject.__dict__.setdefault("_relations", {})
    if person.id not in known:
        known[person.id] = list(_relations(person, subject))
    found: list[str] = known[person.id]
    return found


def _relations(person: Person, subject: Entity) -> Iterable[str]:
    if isinstance(subject, RepairOrder):
        yield from _order_relations(person, subject)
    if isinstance(subject, Moderated) and subject.author_id == person.id:
        yield "author"
    if isinstance(subject, Application) and subject.applicant_id == person.id:
        yield "applicant"
    if isinstance(subject, PropertyNotice) and subject.claimant_id == person.id:
        yield "claimant"
    if isinstance(subject, Listing) and subject.reserved_for_id == person.id:
        yield "reserved_for"
    if isinstance(subject, Thread) and person.id:
        own = department_codes(person, "supervision.handle")
        if own and own & {department.code for department in helpers(subject)}:
            yield "assisting"


def helpers(thread: Thread) -> list[Department]:
    """The departments that assist with `thread`, read once for each row object."""
    if "_helpers" not in thread.__dict__:
        query = Department.select().join(Assistance).where(Assistance.thread == thread.id)
        thread.__dict__["_helpers"] = list(query.order_by(Department.id))
    found: list[Department] = thread.__dict__["_helpers"]
    return found


def department_codes(person: Person, permission: str) -> set[str]:
    """The codes of the departments on which a grant gives `person` this permission."""
    return {scope for role, scope in grants(person) if permission in ROLES[role].may and ROLES[role].scope}


def departments_of(person: Person, permission: str) -> Any:
    """Those departments as a select of their ids; None where there are none."""
    codes = department_codes(person, permission)
    return Department.select(Department.id).where(Department.code.in_(codes)) if codes else None


def _order_relations(person: Person, subject: RepairOrder) -> Iterable[str]:
    ties = {tie for (tie,) in _ties(subject.id, person.id)}
    if subject.reporter_id == person.id:
        yield "reporter"
    if "assigned" in ties:
        yield "assigned"
    if subject.is_public_area and _grants_cover(person, "repair.keep", subject):
        yield "keeper_here"
    if "follower" in ties:
        yield "follower"


@prepared
def _ties(order: Any, person: Any) -> Any:
    """What else somebody is to an order, one query for both."""
    sent, follower = _working_on(order).where(Assignment.worker == person), OrderFollower
    follows = follower.select(peewee.Value("follower")).where(follower.order == order, follower.person == person)
    return (sent.select(peewee.Value("assigned")) + follows).tuples()


def assigned_ids(order: RepairOrder) -> set[int]:
    """The ids of the workers who are sent to `order` now."""
    return {worker for (worker,) in _sent(order.id)}


@prepared
def _sent(order: Any) -> Any:
    return _working_on(order).tuples()


def _working_on(order: Any) -> Any:
    return Assignment.select(Assignment.worker).where(Assignment.order == order, Assignment.active == True)  # noqa: E712


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
    return bool(grants_with("reads", person, model) or can_edit(person, model))


def can_edit(person: Person, model: type[Entity], row: Entity | None = None) -> bool:
    """Whether `person` may change rows of the entity by hand; this `row`, if one is given."""
    return bool(editing_role(person, model, row))


def editing_role(person: Person, model: type[Entity], row: Entity | None = None) -> str:
    """The role by which `person` may change rows by hand, "" if there is none; frozen entities change by verbs.

    A role with a scope changes what belongs to that alone.
    """
    if model is Grant:
        return role_for(person, "grants.edit")
    return next((role for role, scope in grants_with("edits", person, model) if covers(role, scope, row)), "")


def grants_with(right: str, person: Person, model: type[Entity]) -> list[tuple[str, str]]:
    """The (role, scope) pairs that give `person` the right "reads" or "edits" on the entity."""
    named = {"*", model.__name__}
    if right == "edits" and model.frozen:
        return []
    return [(role, scope) for role, scope in grants(person) if getattr(ROLES[role], right) & named]
