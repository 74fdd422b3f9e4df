"""Who hears of which step of a repair, and in which words."""

from collections.abc import Callable, Iterable
from typing import Any

from peewee import JOIN

from hall import access
from hall.sql_text import prepared
from hall.telling import Telling, holders
from hall.words import N_
from models import Building, Event, MaintenanceGroup, OrderFollower, Person, RepairItem, RepairOrder

Audience = Callable[[RepairOrder], Iterable[Person]]


def _reporter(order: RepairOrder) -> Iterable[Person]:
    followers = OrderFollower.select(OrderFollower.person).where(OrderFollower.order == order.id)
    return Person.select().where((Person.id == order.reporter_id) | Person.id.in_(followers))


def _group(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.dispatch", order)


def _workers(order: RepairOrder) -> Iterable[Person]:
    return Person.select().where(Person.id.in_(access.assigned_ids(order)))


def _reviewers(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.approve")


def _above_the_lead(order: RepairOrder) -> Iterable[Person]:
    return holders("repair.oversee") if order.reworks >= 2 else []


TABLE: dict[str, list[tuple[Audience, str]]] = {
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


def _order(event: Event) -> RepairOrder:
    order: RepairOrder = _told_of(event.subject_id)[0]
    return order


@prepared
def _told_of(order_id: Any) -> Any:
    """The order with just what audiences and sentences ask of it, in one query."""
    order, worker = RepairOrder, Person.alias()
    of_order = (order.id, order.number, order.reporter, order.room_number, order.reworks)
    columns = (*of_order, Building, RepairItem.id, RepairItem.name, MaintenanceGroup, worker.id, worker.name)
    query = order.select(*columns).join_from(order, Building).join_from(order, RepairItem)
    query = query.join_from(order, MaintenanceGroup)
    joined = query.join_from(order, worker, JOIN.LEFT_OUTER, on=(order.worker == worker.id), attr="worker")
    return joined.where(order.id == order_id)


def _values(order: RepairOrder) -> dict[str, str]:
    return {
        "number": order.number,
        "item": order.item.name,
        "place": order.place,
        "group": order.group.name,
        "worker": order.worker.name if order.worker else "",
    }


def _link(order: RepairOrder, person: Person) -> str:
    if order.reporter_id != person.id and access.may(person, "panel.enter"):
        return f"/admin/queue/repair/{order.number}"
    return f"/repairs/{order.number}"


TELLING = Telling(TABLE, _order, _values, _link)
