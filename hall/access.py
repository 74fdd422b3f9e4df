"""Who may do what to which row: `may`, and `visible` as the only way to rows; the roles are data in `hall/roles.py`.

A grant is a role with a scope (`lead@SN1`); relations (`reporter`, `assigned`) are roles that follow
from the row itself. A change of a grant works at the next request, because nothing here is cached
longer than one person object lives.
"""

from collections.abc import Callable, Iterable
from typing import Any

import peewee

from hall.roles import EVERYBODY as EVERYBODY
from hall.roles import RELATIONS as RELATIONS
from hall.roles import ROLES as ROLES
from hall.roles import SYSTEM as SYSTEM
from hall.words import N_
from models import (
    Assignment,
    Assistance,
    Block,
    Building,
    Claim,
    Comment,
    Conversation,
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
    Reply,
    TalkReport,
    Thread,
    tuples,
)

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
    if isinstance(subject, RepairOrder):
        yield from _order_relations(person, subject)
    if isinstance(subject, Moderated) and subject.author_id == person.id:
        yield "author"
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


def _visible_threads(person: Person) -> Any:
    """One's own; what was reviewed for who oversees, of it what was forwarded for a department; all for moderators."""
    if role_for(person, "supervision.see_all"):
        return peewee.SQL("1 = 1")
    mine: Any = Thread.author == person.id
    reviewed = Thread.moderation.in_(["published", "private", "hidden"])
    if role_for(person, "supervision.oversee"):
        mine |= reviewed
    elif (departments := departments_of(person, "supervision.handle")) is not None:
        assisted = Assistance.select(Assistance.thread).where(Assistance.department.in_(departments))
        theirs = Thread.department.in_(departments) | Thread.id.in_(assisted)
        mine |= theirs & reviewed & Thread.forwarded.is_null(False)
    return mine


def _visible_under_thread(model: Any) -> Callable[[Person], Any]:
    """What stands under a thread: one's own, and what staff sees with the thread once it was reviewed."""

    def condition(person: Person) -> Any:
        if role_for(person, "moderation.decide"):
            return peewee.SQL("1 = 1")
        seen = visible(person, Thread).select(Thread.id)
        mine = (model.author == person.id) | (model.moderation == "published") & model.thread.in_(seen)
        # What is kept private is for its author and the staff; of the replies also for who asked.
        inside = seen if model is Reply else seen.where(Thread.author != person.id)
        mine |= (model.moderation == "private") & model.thread.in_(inside)
        # A department reads its own drafts, also those that were sent back.
        own = departments_of(person, "supervision.handle") if "department" in model._meta.fields else None
        return mine if own is None else mine | model.department.in_(own)

    return condition


def _visible_notices(person: Person) -> Any:
    """One's own, the card that is one's own, and what one claims; all for the desk and the moderators."""
    if role_for(person, "property.see_all"):
        return peewee.SQL("1 = 1")
    claimed = Claim.select(Claim.notice).where(Claim.claimant == person.id)
    mine = (PropertyNotice.author == person.id) | (PropertyNotice.card_owner == person.id)
    return mine | PropertyNotice.id.in_(claimed)


def _visible_claims(person: Person) -> Any:
    """One's own, and those of what one found; all for the desk."""
    if role_for(person, "property.see_all"):
        return peewee.SQL("1 = 1")
    found = PropertyNotice.select(PropertyNotice.id).where(PropertyNotice.author == person.id)
    return (Claim.claimant == person.id) | Claim.notice.in_(found)


def _visible_listings(person: Person) -> Any:
    if role_for(person, "market.see_all"):
        return peewee.SQL("1 = 1")
    return (Listing.author == person.id) | (Listing.reserved_for == person.id)


def _visible_conversations(person: Person) -> Any:
    return (Conversation.owner == person.id) | (Conversation.starter == person.id)


def _visible_talk_reports(person: Person) -> Any:
    judged = (TalkReport.person != person.id) & (TalkReport.accused != person.id)
    return judged if role_for(person, "talk.judge") else peewee.SQL("1 = 0")


VISIBLE: dict[type[Entity], Callable[[Person], Any]] = {
    RepairOrder: _visible_orders,
    Thread: _visible_threads,
    Comment: _visible_under_thread(Comment),
    Reply: _visible_under_thread(Reply),
    PropertyNotice: _visible_notices,
    Claim: _visible_claims,
    Listing: _visible_listings,
    Conversation: _visible_conversations,
    Block: lambda person: Block.person == person.id,
    TalkReport: _visible_talk_reports,
}


def sees(person: Person | None, subject: Entity) -> bool:
    """Whether `subject` is among what `person` may see."""
    model = type(subject)
    return visible(person, model).where(model.id == subject.id).exists()
