"""Telling people: finds events not yet announced and gives each person one message about each.

The request only records; the worker announces. If it dies half-way, the unique (person, event) of
`Notification` keeps anybody from being told twice.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

from peewee import JOIN

from hall import access, clock
from hall.words import N_
from models import (
    Building,
    Entity,
    Event,
    Grant,
    MaintenanceGroup,
    Notification,
    OrderFollower,
    Person,
    RepairItem,
    RepairOrder,
    database,
)

BATCH = 200
Audience = Callable[[RepairOrder], Iterable[Person]]


def _reporter(order: RepairOrder) -> Iterable[Person]:
    followers = OrderFollower.select(OrderFollower.person).where(OrderFollower.order == order.id)
    return Person.select().where((Person.id == order.reporter_id) | Person.id.in_(followers))


def holders(permission: str, subject: Entity | None = None) -> list[Person]:
    """The people to whom a grant gives `permission`, on `subject` if one is given; for telling them."""
    roles = [name for name, role in access.ROLES.items() if permission in role.may]
    rows = (
        Grant.select(Grant, Person)
        .join(Person)
        .where(
            Grant.role.in_(roles),
            Person.is_closed == False,  # noqa: E712
        )
    )
    return list({row.person.id: row.person for row in rows if access.covers(row.role, row.scope, subject)}.values())


def _group(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.dispatch", order)


def _workers(order: RepairOrder) -> Iterable[Person]:
    return Person.select().where(Person.id.in_(access.assigned_ids(order)))


def _reviewers(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.approve")


def _above_the_lead(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.oversee") if order.reworks >= 2 else []


# Who hears of which step of a repair, and in which words; `step>state` where it matters where the step led.
REPAIR: dict[str, list[tuple[Audience, str]]] = {
    "report": [(_group, N_("新报修 %(number)s：%(item)s，%(place)s"))],
    "report>awaiting_review": [(_reviewers, N_("待审核 %(number)s：%(item)s，%(place)s"))],
    "approve": [
        (_reporter, N_("%(number)s 已通过审核，转给%(group)s")),
        (_group, N_("新报修 %(number)s：%(item)s，%(place)s")),
    ],
    "send_back": [(_reporter, N_("%(number)s 需要您补充信息"))],
    "resubmit": [(_group, N_("%(number)s 已补充：%(item)s，%(place)s"))],
    "resubmit>awaiting_review": [(_reviewers, N_("%(number)s 已补充：%(item)s，%(place)s"))],
    "decline": [(_reporter, N_("%(number)s 不予受理，请看原因"))],
    "accept": [(_reporter, N_("%(number)s 已由%(group)s受理"))],
    "transfer": [(_group, N_("转来 %(number)s：%(item)s，%(place)s")), (_reporter, N_("%(number)s 已转给%(group)s"))],
    "dispatch": [
        (_workers, N_("新任务 %(number)s：%(item)s，%(place)s")),
        (_reporter, N_("%(number)s 已派给%(worker)s师傅")),
    ],
    "refuse": [(_group, N_("%(number)s 被拒单，请重新派工"))],
    "start": [(_reporter, N_("%(number)s 师傅已到场"))],
    "hold": [(_reporter, N_("%(number)s 暂时挂起")), (_group, N_("%(number)s 已挂起"))],
    "finish": [(_reporter, N_("%(number)s 已完工，请验收并评价"))],
    "rework": [
        (_workers, N_("%(number)s 要求返修")),
        (_group, N_("%(number)s 要求返修")),
        (_above_the_lead, N_("%(number)s 第二次返修，请关注")),
    ],
    "urge": [(_group, N_("%(number)s 被催办：%(item)s，%(place)s")), (_workers, N_("%(number)s 被催办"))],
    "comment": [
        (_reporter, N_("%(number)s 有新留言")),
        (_workers, N_("%(number)s 有新留言")),
        (_group, N_("%(number)s 有新留言")),
    ],
    "merge": [(_reporter, N_("%(number)s 已并入主单"))],
    "mark_late": [(_group, N_("%(number)s 已超过承诺的完工时间")), (_workers, N_("%(number)s 已超过承诺的完工时间"))],
    "follow_up": [(_group, N_("%(number)s 已回访，请看结果"))],
    "follow_up>repairing": [
        (_workers, N_("%(number)s 回访不满意，要求返修")),
        (_group, N_("%(number)s 回访不满意，要求返修")),
        (_reporter, N_("%(number)s 按回访的结果重新维修")),
        (_above_the_lead, N_("%(number)s 第二次返修，请关注")),
    ],
    "reject_settlement": [(lambda order: holders("repair.settle"), N_("%(number)s 的决算被驳回"))],
}


def announce() -> int:
    """Announce what has not been announced, oldest first; returns how many messages were written."""
    waiting = Event.select().where(Event.announced.is_null()).order_by(Event.id).limit(BATCH)
    # All read before the first is written: with a cursor open, SQLite refuses to write beside another writer.
    return sum(_announce(event) for event in list(waiting))


def _announce(event: Event) -> int:
    told = 0
    with database.atomic():
        claimed = Event.update(announced=clock.now()).where(Event.id == event.id, Event.announced.is_null()).execute()
        if not claimed:
            return 0
        audiences = REPAIR.get(f"{event.name}>{event.target}") or REPAIR.get(event.name, [])
        if event.subject_type == "repair_order" and audiences:
            order = _order(event.subject_id)
            for audience, sentence in audiences:
                told += sum(_tell(person, event, sentence, order) for person in audience(order))
    return told


def _order(order_id: int) -> RepairOrder:
    """The order with just what audiences and sentences ask of it, in one query."""
    order, worker = RepairOrder, Person.alias()
    of_order = (order.id, order.number, order.reporter, order.room_number, order.reworks)
    columns = (*of_order, Building, RepairItem.id, RepairItem.name, MaintenanceGroup, worker.id, worker.name)
    query = order.select(*columns).join_from(order, Building).join_from(order, RepairItem)
    query = query.join_from(order, MaintenanceGroup)
    joined = query.join_from(order, worker, JOIN.LEFT_OUTER, on=(order.worker == worker.id), attr="worker")
    return joined.where(order.id == order_id).get()


def _tell(person: Person, event: Event, sentence: str, order: RepairOrder) -> int:
    if person.id == event.actor_id or person.is_closed:
        return 0
    values: dict[str, Any] = {
        "number": order.number,
        "item": order.item.name,
        "place": order.place,
        "group": order.group.name,
        "worker": order.worker.name if order.worker else "",
    }
    link = f"/repairs/{order.number}"
    if order.reporter_id != person.id and access.may(person, "panel.enter"):
        link = f"/admin/queue/repair/{order.number}"
    written = (
        Notification.insert(person=person, event=event, text=(sentence % values)[:200], link=link, created=clock.now())
        .on_conflict_ignore()
        .execute()
    )
    return 1 if written else 0


def inbox(person: Person, *, before: int | None = None, limit: int = 20) -> list[Notification]:
    """Messages to `person`, newest first, older than the id `before`."""
    query = Notification.select().where(Notification.person == person.id)
    if before is not None:
        query = query.where(Notification.id < before)
    return list(query.order_by(Notification.id.desc()).limit(limit))


_MADE_OF = {
    re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(sentence))): sentence
    for told in REPAIR.values()
    for _, sentence in told
}


def told(text: str) -> tuple[str, dict[str, str]]:
    """The sentence that a message was made of and its values, so that a face can say it in the reader's language."""
    for pattern, sentence in _MADE_OF.items():
        if found := pattern.fullmatch(text):
            return sentence, found.groupdict()
    return "%(text)s", {"text": text}


def unread(person: Person, *, cap: int = 99) -> int:
    """How many messages wait to be read, never counting past `cap`."""
    query = Notification.select(Notification.id).where(Notification.person == person.id, Notification.read.is_null())
    return query.limit(cap).count()


def mark_read(person: Person) -> None:
    """All messages to `person` are read."""
    Notification.update(read=clock.now()).where(Notification.person == person.id, Notification.read.is_null()).execute()
