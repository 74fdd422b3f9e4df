"""What the queue shows of a repair beside what it shows of everything: the promise, photos, money, the room's past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from peewee import fn

from hall import access, clock, events, masks, progress, repairs, settlement
from hall.lanes import Lane
from models import Event, OrderFollower, Person, Photo, RepairItem, RepairOrder
from templating import duration, said, when

SOON = timedelta(hours=4)
BEFORE_IN_ROOM = 5


def joined(query: Any) -> Any:
    """Orders with what their keys point at, and in the same query how many follow each."""
    following = OrderFollower.select(fn.COUNT(OrderFollower.id)).where(OrderFollower.order == RepairOrder.id)
    return repairs.joined(query).select_extend(following.alias("following"))


@dataclass(frozen=True)
class Due:
    """What is due next, in words; `tone` is bad (late), warn (soon) or mute, `moment` naive UTC."""

    tone: str
    symbol: str
    text: str
    moment: datetime


def due(order: RepairOrder) -> Due | None:
    """What the hall owes next for `order`; None where nothing waits for a clock."""
    if order.status in ("awaiting_review", "reported") and order.respond_due:
        return _due(order.respond_due, _("%(when)s前答复", when=_before(order.respond_due)))
    if order.status in ("accepted", "dispatched", "repairing") and order.finish_due:
        return _due(order.finish_due, _("%(when)s前完工", when=_before(order.finish_due)))
    if order.status == "on_hold" and order.held_until:
        return _due(order.held_until, _("预计 %(when)s恢复", when=_before(order.held_until)))
    return None


def _due(moment: datetime, text: str) -> Due:
    left = moment - clock.now()
    if left < timedelta():
        return Due("bad", "exclamation-triangle-fill", _("已超时 %(length)s", length=duration(-left)), moment)
    return Due("warn" if left < SOON else "mute", "alarm" if left < SOON else "clock", text, moment)


def _before(moment: datetime) -> str:
    return f"{when(moment)} "


def beside(rows: Sequence[RepairOrder], lane: Lane) -> dict[str, Any]:
    """By order id, with one query: photos for a worker's cards, amounts for finance, the lowest mark for 回访."""
    pictures: dict[int, list[str]] = {}
    totals = settlement.totals_fen(rows) if lane.name == "check" else {}
    marks = progress.lowest_marks(rows) if lane.name == "visit" else {}
    if lane.name == "mine" and rows:
        about = Photo.subject_id.in_([row.id for row in rows]), Photo.subject_type == events.subject_type(RepairOrder)
        for photo in Photo.select().where(*about, Photo.purpose != "after").order_by(Photo.id):
            pictures.setdefault(photo.subject_id, []).append(photo.name)
    return {"pictures": pictures, "totals": totals, "marks": marks}


def elsewhere(person: Person, order: RepairOrder) -> str:
    """The reporter's page, for somebody who reads `order` only as its reporter or follower."""
    return "" if progress.is_staff_for(person, order) else url_for("repairs.show", number=order.number)


def page(order: RepairOrder, history: Sequence[Event], person: Person) -> dict[str, Any]:
    """All that the page of one order shows beside the order. Names and photos come out of its events."""
    title, text = progress.sentence(order, history)
    latest = {event.name: event for event in reversed(history)}
    settled = order.settled is not None
    return {
        "bar": progress.progress(order, history),
        "title": said(title),
        "text": said(text),
        "entries": [_entry(entry) for entry in progress.story(history, staff=True)],
        "before": [name for event in reversed(history) for name in _photos(event, "report", "resubmit", "rework")],
        "after": [name for event in reversed(history) for name in _photos(event, "finish")],
        "operator": latest["report"].actor_name if order.caller and "report" in latest else "",
        "workers": latest["dispatch"].details.get("workers", []) if order.worker_id and "dispatch" in latest else [],
        "rated": progress.rating(history),
        "lines": settlement.lines_of(order) if settled else [],
        "total": latest["settle"].details.get("total_fen") if settled and "settle" in latest else None,
        "followers": order.following,
        "earlier": _in_room(order, person) if order.is_open else [],
        "may_call": progress.may_call(person, order),
        "may_show": bool(masks.may_show(person, order)),
    }


def _photos(event: Event, *wanted: str) -> list[str]:
    return event.details.get("photos", []) if event.name in wanted else []


def _entry(entry: progress.Entry) -> dict[str, Any]:
    # The system is its own role.
    who = " · ".join(dict.fromkeys(part for part in (_(entry.who), _(entry.role) if entry.role else "") if part))
    # The photos of before and after have a place of their own on the page.
    shown = [] if entry.name in ("report", "resubmit", "rework", "finish") else entry.photos
    photos = [{size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")} for name in shown]
    return {"label": entry.label, "text": said(entry.text), "at": entry.at, "who": who, "photos": photos}


def _in_room(order: RepairOrder, person: Person) -> list[RepairOrder]:
    """The latest other orders of the same room (of the same item where there is no room) that `person` may see."""
    query = access.visible(person, RepairOrder).select_extend(RepairItem).join_from(RepairOrder, RepairItem)
    query = query.where(
        RepairOrder.building == order.building_id,
        RepairOrder.room_number == order.room_number,
        RepairOrder.id != order.id,
    )
    if not order.room_number:
        query = query.where(RepairOrder.item == order.item_id)
    return list(query.order_by(RepairOrder.id.desc()).limit(BEFORE_IN_ROOM))
