"""Before a group takes it: what the reporter, the operator and the reviewer do with an order."""

from collections.abc import Mapping, Sequence
from typing import Any

from hall import access, bulk, clock, places, promise, questions, routing, settings
from hall.accounts import clean_phone
from hall.answers import choice, text
from hall.events import diff
from hall.numbers import next_number
from hall.photos import Prepared, attach
from hall.repair_flow import OPEN, description, flow
from hall.words import N_, Refused
from models import (
    CHANNELS,
    DECLINE_REASONS,
    ENTRY_CHOICES,
    Building,
    OrderFollower,
    Person,
    RepairItem,
    RepairOrder,
    database,
)


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
    given: Mapping[str, Any] | None = None,
) -> tuple[RepairOrder, dict[str, Any]]:
    """Make an order, route it and promise its times (`requirements.md` 16-19, 24).

    `by` is who sits at the form: the reporter, or an operator for `reporter` or a mere `caller`. Photos come
    decoded from `photos.prepare`; `given` answers what an operator added (hall/questions.py). Raises Refused with the
    field that is wrong.
    """
    for_another = bool(caller) or (reporter is not None and reporter.id != by.id)
    if for_another and not access.may(by, "repair.report_for"):
        raise Refused(N_("只有接线员可以代人报修"))
    if item.parent_id is None:
        raise Refused(N_("请选择具体的报修项目，而不是大类"), field="item")
    decision = routing.team_for(building, item)
    respond_due, finish_due = promise.due(item, building, clock.now())
    order = RepairOrder(
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
    bulk.insert_one(order)
    attached = attach(order, photos, by=by, purpose="before")
    questions.keep(order, questions.for_subject(order), given or {}, by=by)
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
        RepairOrder.created > clock.days_ago(settings.value("repair.similar_days")),
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
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Back to where it came from, with what was asked for; another place or item routes it anew."""
    before, said = _shown(order), questions.answered(order)
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
    changes = diff(before, _shown(order))
    if given is not None or "item" in changes:
        asked = questions.for_subject(order)
        questions.drop_others(order, asked)
        changes |= questions.changes(said, questions.keep(order, asked, given or {}, by=by))
    return {"changes": changes, "photos": [photo.name for photo in attached]}


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
