"""From report to accepted: what the reporter, the operator, the reviewer and the group do first."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import peewee

from hall import access, clock, places, promise, routing
from hall.accounts import clean_phone
from hall.events import diff
from hall.photos import Prepared, attach
from hall.repair_flow import OPEN, choice, description, flow, next_number, text
from hall.words import N_, Refused
from models import (
    CHANNELS,
    DECLINE_REASONS,
    DISPATCH_CENTRE,
    ENTRY_CHOICES,
    Assignment,
    Building,
    MaintenanceGroup,
    OrderFollower,
    Person,
    RepairItem,
    RepairOrder,
    database,
)

SIMILAR_DAYS = 14


@flow.start(
    "报修",
    target=["reported", "awaiting_review"],
    need="repair.report",
    who="师生；接线员代来电人",
    recorded="联系方式、地点、项目、描述、照片、渠道、派单依据",
)
def report(
    *,
    by: Person,
    building: Building,
    room: str = "",
    spot: str = "",
    item: RepairItem,
    description_text: str,
    phone: str,
    wished_visits: Sequence[str] = (),
    entry: str = "knock",
    photos: Sequence[Prepared] = (),
    channel: str = "web",
    reporter: Person | None = None,
    caller: str = "",
    origin: RepairOrder | None = None,
) -> tuple[RepairOrder, dict[str, Any]]:
    """Make an order, route it and promise its times (`requirements.md` 16-19, 24).

    `by` is who sits at the form: the reporter, or an operator for `reporter` or a mere `caller`. Photos come
    decoded from `photos.prepare`. Raises Refused with the field that is wrong.
    """
    for_another = bool(caller) or (reporter is not None and reporter.id != by.id)
    if for_another and not access.may(by, "repair.report_for"):
        raise Refused(N_("只有接线员可以代人报修"))
    if item.parent_id is None:
        raise Refused(N_("请选择具体的报修项目，而不是大类"), field="item")
    decision = routing.team_for(building, item)
    respond_due, finish_due = promise.due(item, building, clock.now())
    order = RepairOrder.create(
        number=next_number("BX"),
        status="awaiting_review" if item.needs_review else "reported",
        created=clock.now(),
        reporter=reporter or by,
        operator=by if for_another else None,
        caller=text(caller, "caller", most=40),
        channel=choice(channel, CHANNELS, "channel"),
        phone=clean_phone(phone),
        building=building,
        room_number=places.room_number(room),
        spot=text(spot, "spot", most=60),
        item=item,
        priority=item.priority,
        description=description(description_text),
        wished_visits=[text(window, "wished_visits", most=40) for window in wished_visits][:9],
        entry=choice(entry, ENTRY_CHOICES, "entry"),
        group=decision.group,
        routed_why=decision.why,
        respond_due=respond_due,
        finish_due=finish_due,
        origin=origin,
    )
    attached = attach(order, photos, by=by, purpose="before")
    return order, {
        "group": decision.group.name,
        "why": decision.why,
        "channel": order.channel,
        "caller": order.caller,
        "photos": [photo.name for photo in attached],
    }


def similar(building: Building, room: str, item: RepairItem | None, *, limit: int = 3) -> list[RepairOrder]:
    """Open orders of the same place (and item family) of the last two weeks, newest first."""
    query = RepairOrder.select(RepairOrder, RepairItem).join(RepairItem)
    query = query.where(
        RepairOrder.building == building.id,
        RepairOrder.room_number == places.room_number(room),
        RepairOrder.status.in_([state for state in OPEN if state not in ("finished", "returned")]),
        RepairOrder.created > clock.now() - timedelta(days=SIMILAR_DAYS),
    )
    if item is not None:
        query = query.where((RepairItem.parent == (item.parent_id or item.id)) | (RepairItem.id == item.id))
    return list(query.order_by(RepairOrder.id.desc()).limit(limit))


def may_follow(order: RepairOrder, person: Person) -> bool:
    """Whether `person` may follow: whoever lives in the order's room, and anybody for a public area.

    An order tells where somebody lives and when they are out.
    """
    if not order.is_open:
        return False
    home = places.home_of(person)
    at_home = home is not None and (home[0].id, home[1]) == (order.building_id, order.room_number)
    return at_home or order.is_public_area


def follow(order: RepairOrder, *, by: Person) -> None:
    """Follow an open order of one's own place instead of reporting it again; repeating it changes nothing."""
    if not may_follow(order, by):
        raise Refused(N_("只能关注自己房间或公共区域的在办报修"))
    with database.atomic():
        OrderFollower.get_or_create(order=order, person=by)


@flow.step(
    "审核通过",
    sources=["awaiting_review"],
    target="reported",
    need="repair.approve",
    who="审核员",
    recorded="审核人、说明",
    weight="primary",
)
def approve(order: RepairOrder, *, by: Person, note: str = "") -> dict[str, Any]:
    """The promise begins here: nobody can answer what still waits for review."""
    order.respond_due, order.finish_due = promise.due(order.item, order.building, clock.now())
    return {"note": text(note, "note")}


@flow.step(
    "退回补充",
    sources=["awaiting_review", "reported"],
    target="returned",
    need="repair.send_back",
    who="审核员、维修组长",
    recorded="原因",
)
def send_back(order: RepairOrder, *, by: Person, reason: str) -> dict[str, Any]:
    order.came_from = order.status
    return {"reason": text(reason, "reason", least=2)}


@flow.step(
    "补充重提",
    sources=["returned"],
    target=["reported", "awaiting_review"],
    need="repair.resubmit",
    who="报修人",
    recorded="改了什么",
    weight="primary",
)
def resubmit(
    order: RepairOrder,
    *,
    by: Person,
    description_text: str,
    phone: str,
    building: Building | None = None,
    room: str | None = None,
    spot: str = "",
    item: RepairItem | None = None,
    photos: Sequence[Prepared] = (),
) -> dict[str, Any]:
    """Back to where it came from, with what was asked for; another place or item routes it anew."""
    before = _shown(order)
    order.description, order.phone = description(description_text), clean_phone(phone)
    order.spot = text(spot, "spot", most=60)
    if building is not None:
        order.building = building
    if room is not None:
        order.room_number = places.room_number(room)
    if item is not None:
        if item.parent_id is None:
            raise Refused(N_("请选择具体的报修项目，而不是大类"), field="item")
        order.item, order.priority = item, item.priority
    if before["building"] != order.building.name or before["item"] != order.item.name:
        decision = routing.team_for(order.building, order.item)
        order.group, order.routed_why, order.hops = decision.group, decision.why, 0
    if before["item"] != order.item.name and order.item.needs_review:
        order.status = "awaiting_review"
    else:
        order.status = order.came_from
    order.respond_due, order.finish_due = promise.due(order.item, order.building, clock.now())
    order.told_late = None
    attached = attach(order, photos, by=by, purpose="before")
    return {"changes": diff(before, _shown(order)), "photos": [photo.name for photo in attached]}


def _shown(order: RepairOrder) -> dict[str, Any]:
    return {
        "building": order.building.name,
        "room_number": order.room_number,
        "spot": order.spot,
        "item": order.item.name,
        "phone": order.phone,
        "description": order.description,
    }


@flow.step(
    "不予受理",
    sources=["awaiting_review", "reported"],
    target="declined",
    need="repair.decline",
    who="审核员、维修组长",
    recorded="原因代码、说明",
    weight="danger",
)
def decline(order: RepairOrder, *, by: Person, code: str, note: str = "") -> dict[str, Any]:
    return {"code": choice(code, DECLINE_REASONS, "code"), "note": text(note, "note")}


@flow.step(
    "撤销",
    sources=["awaiting_review", "reported", "returned", "accepted"],
    target="withdrawn",
    need="repair.withdraw",
    who="报修人",
    recorded="原因",
    weight="danger",
)
def withdraw(order: RepairOrder, *, by: Person, reason: str = "") -> dict[str, Any]:
    return {"reason": text(reason, "reason")}


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
    order.routed_why = f"由{old.name}转来：{reason}"[:200]
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
