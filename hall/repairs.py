"""Repairs: every verb of the loop 报修 受理 派工 维修 完工 验收 决算 评价, and the lanes of what waits.

The verbs stand in the order of the loop in `repair_intake`, `repair_group`, `repair_work` and `repair_closing`; who
needs one imports it from here.
"""

from typing import Any

from hall import access, clock, settings
from hall.access import grants
from hall.lanes import LANES, Lane
from hall.repair_closing import (
    close,
    comment,
    follow_up,
    mark_late,
    rate,
    rating_of,
    reject_settlement,
    run_timers,
    settle,
    urge,
)
from hall.repair_flow import DONE, OPEN, UNFINISHED, flow, joined
from hall.repair_group import accept, merge, transfer
from hall.repair_intake import (
    approve,
    decline,
    follow,
    may_follow,
    report,
    resubmit,
    send_back,
    similar,
    withdraw,
)
from hall.repair_work import dispatch, finish, hold, inspect, refuse, resume, rework, start, workers_of
from hall.scopes import own_orders
from hall.sql_text import Told, prepared, told
from models import Assignment, Building, Person, RepairOrder

__all__ = [
    "DONE",
    "OPEN",
    "UNFINISHED",
    "accept",
    "approve",
    "by_number",
    "close",
    "comment",
    "decline",
    "dispatch",
    "finish",
    "flow",
    "follow",
    "follow_up",
    "hold",
    "inspect",
    "joined",
    "last_place",
    "mark_late",
    "may_follow",
    "merge",
    "rate",
    "rating_of",
    "refuse",
    "reject_settlement",
    "report",
    "resubmit",
    "resume",
    "rework",
    "run_timers",
    "send_back",
    "settle",
    "similar",
    "start",
    "told_by_number",
    "transfer",
    "urge",
    "withdraw",
    "workers_of",
]


def by_number(person: Person | None, number: str) -> RepairOrder | None:
    """The order with `number` if `person` may see it, with all that its page shows in the same row."""
    found = told_by_number(person, number)
    return found.entity if found is not None else None


def told_by_number(person: Person | None, number: str) -> Told[RepairOrder] | None:
    """The same as the database says it."""
    if person is not None and not person.is_closed and not grants(person):
        return next(iter(_own.told(number[:20], person.id)), None)
    query = access.visible(person, RepairOrder).where(RepairOrder.number == number[:20])
    return next(iter(told(joined(query).limit(1))), None)


@prepared
def _own(number: Any, person: Any) -> Any:
    """As `access.visible` for somebody without any role."""
    mine: Any = RepairOrder.select().where(RepairOrder.number == number, own_orders(person))
    return joined(mine).limit(1)


def last_place(person: Person) -> tuple[Building, str] | None:
    """Where `person` reported last, to begin the next form with."""
    query = RepairOrder.select(RepairOrder, Building).join(Building).where(RepairOrder.reporter == person.id)
    row = query.order_by(RepairOrder.created.desc(), RepairOrder.id.desc()).first()
    return (row.building, row.room_number) if row else None


def _sent_to(person: Person) -> Any:
    return RepairOrder.id.in_(
        Assignment.select(Assignment.order).where(
            Assignment.worker == person.id,
            Assignment.active == True,  # noqa: E712
        )
    )


def _to_visit(person: Person) -> Any:
    recent = clock.days_ago(settings.value("repair.follow_up_days"))
    return RepairOrder.followed_up.is_null() & (RepairOrder.finished > recent)


def _public_areas(person: Person) -> Any:
    dormitories = Building.select(Building.id).where(Building.kind == "学生公寓")
    return (RepairOrder.room_number == "") | RepairOrder.building.not_in(dormitories)


_ALL = tuple(flow.states)
LANES["repair"] = [
    Lane("mine", "我的任务", ("dispatched", "repairing", "on_hold"), "repair.tasks", _sent_to),
    Lane("review", "待审核", ("awaiting_review",), "repair.approve"),
    Lane("accept", "待受理", ("reported",), "repair.accept"),
    Lane("dispatch", "待派工", ("accepted",), "repair.dispatch"),
    Lane("going", "维修中", ("dispatched", "repairing"), "repair.lead"),
    Lane("held", "挂起", ("on_hold",), "repair.lead"),
    Lane("keep", "待验收", ("finished",), "repair.keep", _public_areas),
    Lane("settle", "待决算", ("inspected",), "repair.settle"),
    Lane("check", "决算复核", ("settled",), "repair.close"),
    Lane("visit", "待回访", DONE, "repair.follow_up", _to_visit),
    Lane("all", "全部", _ALL, "repair.read", counted=False),
]
