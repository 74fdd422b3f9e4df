"""What a maintenance group does with an order before anybody goes: accept it, pass it on, merge it."""

from datetime import timedelta
from typing import Any

import peewee

import hall.repair_intake  # noqa: F401  a flow lists its steps in the order in which they are declared
from hall import access, clock, promise, routing
from hall.answers import text
from hall.repair_flow import OPEN, flow
from hall.words import N_, Refused
from models import DISPATCH_CENTRE, Assignment, MaintenanceGroup, OrderFollower, Person, RepairOrder, database


@flow.step(
    "受理", sources=["reported"], target="accepted", need="repair.accept", who="维修组", asks=False, weight="primary"
)
def accept(order: RepairOrder, *, by: Person, note: str = "") -> dict[str, Any]:
    """The group itself accepts, not a central desk (`requirements.md` 19)."""
    order.responded = clock.now()
    return {"note": text(note, "note"), "group": order.group.name}


@flow.step(
    "转单",
    sources=["reported", "accepted", "dispatched", "repairing", "on_hold"],
    target="reported",
    need="repair.transfer",
    who="维修组长",
    recorded="原组、新组、原因；连续第二次转到调度中心",
)
def transfer(order: RepairOrder, *, by: Person, group: MaintenanceGroup, reason: str) -> dict[str, Any]:
    """To another group; the second hop in a row goes to the dispatch centre, so that nothing is passed round."""
    reason = text(reason, "reason", least=2)
    old = order.group
    centre = MaintenanceGroup.get_or_none(MaintenanceGroup.code == DISPATCH_CENTRE)
    if order.hops >= 1 and centre is not None and old.id != centre.id:
        group = centre
    if group.id == old.id:
        raise Refused(N_("已经在“%(group)s”，请选择别的维修组"), field="group", group=group.name)
    _release(order)
    order.group, order.responded = group, None
    order.hops = 0 if old.code == DISPATCH_CENTRE else order.hops + 1
    order.routed_why = (routing.BY_TRANSFER % {"group": old.name, "reason": reason})[:200]
    return {"from": old.name, "to": group.name, "reason": reason}


def _release(order: RepairOrder) -> None:
    """Nobody is sent to `order` any more, and its clock runs again."""
    resume_clock(order)
    Assignment.update(active=False).where(Assignment.order == order.id).execute()
    order.worker = order.visit_from = order.visit_until = None


def resume_clock(order: RepairOrder) -> timedelta:
    """Put the promise off by the time that `order` was held, and return that time."""
    if order.held_at is None:
        return timedelta()
    held = clock.now() - order.held_at
    if order.finish_due is not None:
        urgent = order.item.is_urgent
        order.finish_due = promise.moved_by_hold(urgent, order.building, order.finish_due, order.held_at, clock.now())
    order.held_at, order.held_until, order.hold_reason = None, None, ""
    return held


@flow.step(
    "并单",
    sources=["reported", "accepted"],
    target="merged",
    need="repair.merge",
    who="维修组长",
    recorded="主单；报修人跟随主单",
)
def merge(order: RepairOrder, *, by: Person, main: RepairOrder) -> dict[str, Any]:
    """Into `main`, an open order of the same building that `by` may see."""
    main = _held_still(main)
    if main.id == order.id or main.status not in OPEN or main.main_id is not None:
        raise Refused(N_("请选择另一张在办的报修单作为主单"), field="main")
    if main.building_id != order.building_id or not access.sees(by, main):
        raise Refused(N_("主单应是同一栋楼、您能看到的报修单"), field="main")
    order.main = main
    for person in {order.reporter_id, *(f.person_id for f in order.followers)} - {main.reporter_id}:
        OrderFollower.get_or_create(order=main, person=person)
    return {"main": main.number}


def _held_still(order: RepairOrder) -> RepairOrder:
    """`order` as it is now and stays until the caller's transaction ends: two are never merged into each other."""
    query = RepairOrder.select().where(RepairOrder.id == order.id)
    try:
        return query.for_update(nowait=True).get() if database.for_update else query.get()
    except peewee.OperationalError as error:
        raise Refused(N_("主单正有人在处理，请稍后再试"), field="main", stale=True) from error
