"""What a rule does: tell people, mark a thing, make an order urgent; inside the transaction that keeps the hit."""

from collections.abc import Iterable
from typing import Any

from hall import access, clock, contact, events, marks
from hall.words import N_
from models import (
    OPEN_STATES,
    URGENT,
    ContactSettings,
    DutyContact,
    Event,
    Grant,
    Notification,
    Person,
    RepairOrder,
    Rule,
    RuleHit,
    tuples,
)

MOST_TOLD = 50
# Where staff reads a thing of each flow.
LINKS = {
    "repair": "/admin/queue/repair/{number}",
    "supervision": "/admin/queue/supervision/{number}",
    "property_notice": "/admin/queue/property_notice/{number}",
    "listing": "/market/{number}",
    "application": "/admin/queue/application/{number}",
}


def audience(rule: Rule, subject: Any) -> tuple[list[Person], list[DutyContact]]:
    """Who is told: people by grant or by number, and the duty contacts, as `params["audience"]` names them.

    `role:lead`, `person:12` (an id), `duty:3` (an id). A role with a scope means who holds it for this very thing.
    """
    named: dict[str, list[str]] = {}
    for each in rule.params.get("audience", []):
        kind, _colon, what = each.partition(":")
        named.setdefault(kind, []).append(what)
    people: dict[int, Person] = {}
    if roles := named.get("role"):
        granted = Grant.select(Grant, Person).join(Person).where(Grant.role.in_(roles))
        covering = (row for row in granted if row.role in access.ROLES and access.covers(row.role, row.scope, subject))
        people |= {row.person.id: row.person for row in covering}
    duties = list(DutyContact.select().where(DutyContact.id.in_(named.get("duty", [])))) if "duty" in named else []
    ids = [*map(int, named.get("person", [])), *(duty.person_id for duty in duties if duty.person_id)]
    people |= {row.id: row for row in Person.select().where(Person.id.in_(ids))} if ids else {}
    return [person for person in people.values() if not person.is_closed][:MOST_TOLD], duties


def act(rule: Rule, hit: RuleHit, subject: Any) -> str:
    """Do what the rule says about `subject`; gives in Chinese what was done, as the hit keeps it."""
    done = []
    if rule.action == "mark":
        marks.put(subject, rule.params["mark"], rule.params.get("mark_en", ""), rule=rule)
        done.append(f"打标记“{rule.params['mark']}”")
    if rule.action == "urgent" and _make_urgent(rule, subject):
        done.append("改为紧急")
    if rule.params.get("audience"):
        done.append(_tell(rule, hit, subject))
    return "；".join(done)[:200]


def _make_urgent(rule: Rule, order: RepairOrder) -> bool:
    """Whether an open order that was not urgent is so now. The promise stays as it was given."""
    mine = (RepairOrder.id == order.id) & (RepairOrder.priority != URGENT) & RepairOrder.status.in_(OPEN_STATES)
    if not isinstance(order, RepairOrder) or not RepairOrder.update(priority=URGENT).where(mine).execute():
        return False
    details = {"rule": rule.id, "note": rule.name, "changes": {"priority": [order.priority, URGENT]}}
    order.priority = URGENT
    events.record(order, "raise_priority", N_("改为紧急"), by=None, role="system", details=details)
    return True


def _tell(rule: Rule, hit: RuleHit, subject: Any) -> str:
    people, duties = audience(rule, subject)
    event = events.record(hit, "tell", N_("按规则通知"), by=None, role="system", details={"rule": rule.id})
    # Nothing else is told of this event.
    Event.update(announced=clock.now()).where(Event.id == event.id).execute()
    link, languages = link_of(rule.flow, subject), _languages(people)
    for person in people:
        text = sentence(rule, subject, languages.get(person.id, "zh"))
        row = {"person": person, "event": event, "text": text, "link": link, "created": clock.now()}
        Notification.insert(row).on_conflict_ignore().execute()
    for duty in duties:
        if duty.email and contact.is_configured():
            contact.post_to(duty.email, sentence(rule, subject, "zh"))
    names = [person.name for person in people] + [duty.name for duty in duties if not duty.person_id]
    return "通知 " + ("、".join(names) if names else "（没有人）")


def _languages(people: Iterable[Person]) -> dict[int, str]:
    rows = ContactSettings.select(ContactSettings.person, ContactSettings.language)
    return dict(tuples(rows.where(ContactSettings.person.in_([person.id for person in people]))))


def sentence(rule: Rule, subject: Any, language: str) -> str:
    """What is told, in one language, with the number of the thing."""
    if language == "en" and rule.params.get("text_en"):
        return f"{rule.params['text_en']} ({subject.number})"[:200]
    return f"{rule.params.get('text') or rule.name}（{subject.number}）"[:200]


def link_of(flow: str, subject: Any) -> str:
    """Where staff reads `subject`."""
    return LINKS[flow].format(number=subject.number)
