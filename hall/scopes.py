"""Which rows a person may see: `visible`, the only way to a row for staff and owners.

Entities with rows of many owners have a scope of their own in VISIBLE.
"""

from collections.abc import Callable, Iterable
from typing import Any

import peewee

from hall.permissions import SCOPES, can_edit, can_read, departments_of, grants, grants_with, role_for
from hall.roles import ROLES
from models import (
    Answer,
    Application,
    Assignment,
    Assistance,
    Block,
    Building,
    Claim,
    Comment,
    Conversation,
    Department,
    Entity,
    Event,
    Grant,
    ImportRun,
    Listing,
    MaintenanceGroup,
    OrderFollower,
    Person,
    PropertyNotice,
    RepairOrder,
    Reply,
    ReplyTemplate,
    SavedView,
    TalkReport,
    Team,
    Thread,
)

EVERY, NONE = peewee.SQL("1 = 1"), peewee.SQL("1 = 0")


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


def own_orders(person: Any) -> Any:
    """The condition for what a person (an id, or a place for it) has reported or follows: all that most may see."""
    followed = OrderFollower.select(OrderFollower.order).where(OrderFollower.person == person)
    return (RepairOrder.reporter == person) | RepairOrder.id.in_(followed)


def _visible_orders(person: Person) -> Any:
    mine = own_orders(person.id)
    if role_for(person, "repair.see_all"):
        return EVERY
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
        return EVERY
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
            return EVERY
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
        return EVERY
    claimed = Claim.select(Claim.notice).where(Claim.claimant == person.id)
    mine = (PropertyNotice.author == person.id) | (PropertyNotice.card_owner == person.id)
    return mine | PropertyNotice.id.in_(claimed)


def _visible_claims(person: Person) -> Any:
    """One's own, and those of what one found; all for the desk."""
    if role_for(person, "property.see_all"):
        return EVERY
    found = PropertyNotice.select(PropertyNotice.id).where(PropertyNotice.author == person.id)
    return (Claim.claimant == person.id) | Claim.notice.in_(found)


def _visible_listings(person: Person) -> Any:
    if role_for(person, "market.see_all"):
        return EVERY
    return (Listing.author == person.id) | (Listing.reserved_for == person.id)


def _visible_conversations(person: Person) -> Any:
    return (Conversation.owner == person.id) | (Conversation.starter == person.id)


def _visible_talk_reports(person: Person) -> Any:
    judged = (TalkReport.person != person.id) & (TalkReport.accused != person.id)
    return judged if role_for(person, "talk.judge") else NONE


def _visible_applications(person: Person) -> Any:
    """One's own, and those that a team of one's own holds; all for who oversees the services."""
    if role_for(person, "application.see_all"):
        return EVERY
    mine = Application.applicant == person.id
    teams = {scope for role, scope in grants(person) if "application.read" in ROLES[role].may and scope}
    return mine | Application.team.in_(Team.select(Team.id).where(Team.code.in_(teams))) if teams else mine


def _visible_answers(person: Person) -> Any:
    """Those about what one sees; the answers of a step hang on its event."""
    seen: Any = NONE
    for model in ANSWERED:
        condition = VISIBLE[model](person)
        of_kind = Answer.subject_type == model._meta.table_name
        rows = model.select(model.id).where(condition)
        seen |= of_kind if condition is EVERY else of_kind & Answer.subject_id.in_(rows)
    events = Event.select(Event.id).where(
        Event.subject_type == Application._meta.table_name,
        Event.subject_id.in_(Application.select(Application.id).where(_visible_applications(person))),
    )
    return seen | (Answer.subject_type == Event._meta.table_name) & Answer.subject_id.in_(events)


def _visible_saved_views(person: Person) -> Any:
    if can_read(person, SavedView):
        return EVERY
    return (SavedView.person == person.id) | (SavedView.is_shared == True)  # noqa: E712


def _visible_import_runs(person: Person) -> Any:
    return EVERY if can_read(person, ImportRun) else ImportRun.person == person.id


def _visible_reply_templates(person: Person) -> Any:
    """For whom a scope narrows, those of the own departments and those for all."""
    held = [*grants_with("reads", person, ReplyTemplate), *grants_with("edits", person, ReplyTemplate)]
    if not held or any(not ROLES[role].scope for role, _scope in held):
        return EVERY if held else NONE
    return ReplyTemplate.department.is_null() | _within(ReplyTemplate, held)


def _visible_departments(person: Person) -> Any:
    """For whom a scope narrows what is written for departments, the own ones: they are to be named there."""
    if can_read(person, Department):
        return EVERY
    held = [*grants_with("reads", person, ReplyTemplate), *grants_with("edits", person, ReplyTemplate)]
    codes = {scope for role, scope in held if ROLES[role].scope == "department" and scope}
    return Department.code.in_(codes) if codes else NONE


def _within(model: Any, held: Iterable[tuple[str, str]]) -> Any:
    """The condition for rows of `model` that one of these grants covers, as `permissions.covers` would say of each."""
    found: Any = NONE
    for role, scope in held:
        kind = ROLES[role].scope
        if not kind or not scope:
            return EVERY
        if kind in model._meta.fields:
            named: Any = SCOPES[kind]
            found |= getattr(model, kind).in_(named.select(named.id).where(named.code == scope))
    return found


def editable(person: Person, model: type[Entity]) -> Any:
    """The rows of `model` that `person` may change by hand, as a select: of what they see, what their grants cover."""
    query = visible(person, model)
    if model is Grant:
        return query if can_edit(person, Grant) else query.where(False)
    return query.where(_within(model, grants_with("edits", person, model)))


# What questions can be answered about.
ANSWERED: tuple[type[Entity], ...] = (RepairOrder, Thread, PropertyNotice, Listing, Application)

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
    Application: _visible_applications,
    Answer: _visible_answers,
    SavedView: _visible_saved_views,
    ImportRun: _visible_import_runs,
    ReplyTemplate: _visible_reply_templates,
    Department: _visible_departments,
}


def sees(person: Person | None, subject: Entity) -> bool:
    """Whether `subject` is among what `person` may see."""
    model = type(subject)
    return visible(person, model).where(model.id == subject.id).exists()
