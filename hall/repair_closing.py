"""After the work: settlement, closing, rating, follow-up; what is possible at any time; the timetable."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

from hall import access, clock, promise, routing, settings, settlement
from hall.answers import choice, not_among, text
from hall.numbers import next_number
from hall.photos import Prepared, attach
from hall.repair_flow import DONE, OPEN, PROMISED, UNFINISHED, flow
from hall.repair_work import begin_rework, inspect
from hall.settlement import Line
from hall.words import N_, Refused
from models import FOLLOW_UP_METHODS, FOLLOW_UP_RESULTS, PAYERS, Person, Rating, RepairOrder

_BATCH = 200


@flow.step(
    "决算",
    sources=["inspected"],
    target="settled",
    need="repair.settle",
    who="决算员；无费用时由系统；不能是维修工或验收人",
    recorded="人工、材料、价目明细，付款方",
    weight="primary",
)
def settle(
    order: RepairOrder, *, by: Person | None, lines: Sequence[Line] = (), payer: str = "university"
) -> dict[str, Any]:
    """Append a round of lines to the ledger. The worker, the inspector and the settler are three people."""
    not_among(by, {*access.assigned_ids(order), order.worker_id}, N_("维修工不能决算自己的维修"))
    not_among(by, [order.inspector_id], N_("验收人和决算人不能是同一个人"))
    if by is None and not order.nothing_spent:
        raise Refused(N_("有费用的报修单由决算员决算"))
    if by is not None and not lines and not order.nothing_spent:
        raise Refused(N_("请至少填写一行明细"), field="lines")
    order.payer = choice(payer, PAYERS, "payer")
    total = settlement.write(order, lines)
    order.settler, order.settled = by, clock.now()
    return {"total_fen": total, "payer": payer, "lines": len(lines), "automatic": by is None}


@flow.step(
    "驳回决算",
    sources=["settled"],
    target="inspected",
    need="repair.reject_settlement",
    who="财务",
    recorded="原因",
    weight="danger",
)
def reject_settlement(order: RepairOrder, *, by: Person, reason: str) -> dict[str, Any]:
    not_among(by, [order.settler_id], N_("决算人不能复核自己的决算"))
    order.settled = order.settler = None
    # Where finance doubts that nothing was spent, the system must not settle it again by itself.
    order.nothing_spent = False
    return {"reason": text(reason, "reason", least=2)}


@flow.step(
    "结单",
    sources=["settled"],
    target="closed",
    need="repair.close",
    who="财务；评价期过后由系统",
    asks=False,
    weight="primary",
)
def close(order: RepairOrder, *, by: Person | None) -> dict[str, Any]:
    not_among(by, [order.settler_id], N_("决算人不能复核自己的决算"))
    order.closed = clock.now()
    return {"automatic": by is None}


@flow.step(
    "评价",
    sources=DONE,
    need="repair.rate",
    who="报修人",
    recorded="速度、质量、态度各几星，文字；一次，可追评一次",
    weight="primary",
)
def rate(
    order: RepairOrder,
    *,
    by: Person,
    speed: int | None = None,
    quality: int | None = None,
    manner: int | None = None,
    words: str = "",
) -> dict[str, Any]:
    """The first time stars (1-5) and words, the second time words only (追评); never waits for 决算."""
    words = text(words, "words", most=500)
    known = Rating.get_or_none(Rating.order == order.id)
    if known is not None:
        if known.added:
            raise Refused(N_("您已经评价并追评过了，谢谢"))
        if not words:
            raise Refused(N_("请写下追评的内容"), field="words")
        Rating.update(added=words).where(Rating.id == known.id, Rating.added == "").execute()
        return {"added": words}
    stars = {"speed": speed, "quality": quality, "manner": manner}
    for field, value in stars.items():
        if value is None or not 1 <= value <= 5:
            raise Refused(N_("请给 1 到 5 颗星"), field=field)
    Rating.create(order=order, text=words, created=clock.now(), **stars)
    order.rated = clock.now()
    return {**stars, "text": words}


def rating_of(order: RepairOrder) -> Rating | None:
    """The rating of an order, if its reporter gave one."""
    return Rating.get_or_none(Rating.order == order.id)


@flow.step(
    "回访",
    sources=DONE,
    target=["=", "repairing"],
    need="repair.follow_up",
    who="回访员",
    recorded="方式、结果；不满意时质保期内返修，否则开一张关联的新单",
)
def follow_up(order: RepairOrder, *, by: Person, method: str, result: str, note: str = "") -> dict[str, Any]:
    """Record a talk about the work; 不满意 reopens it within the warranty, else makes a linked new order."""
    details: dict[str, Any] = {
        "method": choice(method, FOLLOW_UP_METHODS, "method"),
        "result": choice(result, FOLLOW_UP_RESULTS, "result"),
        "note": text(note, "note", least=2 if result == "dissatisfied" else 0),
    }
    not_among(by, access.assigned_ids(order), N_("维修工不能回访自己的维修"))
    order.followed_up = clock.now()
    if result == "dissatisfied":
        warranty_ends = (order.finished or clock.now()) + timedelta(days=order.item.warranty_days)
        if clock.now() <= warranty_ends:
            begin_rework(order)
            order.status = "repairing"
        else:
            details["new_order"] = _new_order_from(order, by=by, note=details["note"]).number
    return details


def _new_order_from(order: RepairOrder, *, by: Person, note: str) -> RepairOrder:
    respond_due, finish_due = promise.due(order.item, order.building, clock.now())
    fresh = RepairOrder.create(
        number=next_number("BX"),
        status="reported",
        created=clock.now(),
        reporter=order.reporter_id,
        operator=by,
        channel="follow_up",
        phone=order.phone,
        building=order.building_id,
        room_number=order.room_number,
        spot=order.spot,
        item=order.item_id,
        priority=order.priority,
        description=f"回访不满意：{note}（原单 {order.number}：{order.description}）"[:1000],
        entry=order.entry,
        group=order.group_id,
        routed_why=routing.BY_FOLLOW_UP % {"number": order.number},
        respond_due=respond_due,
        finish_due=finish_due,
        origin=order,
    )
    flow.record(fresh, flow.steps["report"], by, "visitor_of_ratings", source="", details={"from": order.number})
    return fresh


def urged_lately(order: RepairOrder) -> bool:
    """Whether the reporter has urged so recently that it counts still."""
    pause = timedelta(hours=settings.value("repair.urge_hours"))
    return order.urged is not None and order.urged > clock.now() - pause


@flow.step("催办", sources=UNFINISHED, need="repair.urge", who="报修人（隔一段时间一次）、维修组长", asks=False)
def urge(order: RepairOrder, *, by: Person, note: str = "") -> dict[str, Any]:
    is_reporter = by.id == order.reporter_id
    if is_reporter and urged_lately(order):
        hours = settings.value("repair.urge_hours")
        raise Refused(N_("%(hours)s 小时内已经催过一次，维修组已收到"), hours=hours)
    if is_reporter:
        order.urged = clock.now()
    return {"note": text(note, "note")}


@flow.step("留言", sources=OPEN, need="repair.comment", who="报修人、维修组、维修工", recorded="文字、照片")
def comment(order: RepairOrder, *, by: Person, words: str, photos: Sequence[Prepared] = ()) -> dict[str, Any]:
    words = text(words, "words", least=1, most=500)
    attached = attach(order, photos, by=by, purpose="comment")
    return {"text": words, "photos": [photo.name for photo in attached]}


@flow.step("超时提醒", sources=PROMISED, need="repair.late", who="系统", recorded="承诺的时间", asks=False)
def mark_late(order: RepairOrder, *, by: None = None) -> dict[str, Any]:
    if order.told_late is not None:
        raise Refused(N_("已经提醒过了"), stale=True)
    order.told_late = clock.now()
    return {"due": order.finish_due.isoformat() if order.finish_due else ""}


def run_timers() -> int:
    """The automatic steps: inspect what waits too long, settle what cost nothing, close after the rating window,
    tell of what is late. Two of them side by side do each step once. Returns how many steps were taken.
    """
    now = clock.now()
    order = RepairOrder
    work: list[tuple[Any, Callable[..., Any]]] = [
        ((order.status == "finished") & (order.finished < _ago("repair.inspect_days")), inspect),
        ((order.status == "inspected") & (order.nothing_spent == True), settle),  # noqa: E712
        ((order.status == "settled") & (order.finished < _ago("repair.rating_days")), close),
        (order.status.in_(PROMISED) & (order.finish_due < now) & order.told_late.is_null(), mark_late),
    ]
    return sum(_take(due, verb) for due, verb in work)


def _ago(code: str) -> datetime:
    return clock.days_ago(settings.value(code))


def _take(due: Any, verb: Callable[..., Any]) -> int:
    taken = 0
    rows = RepairOrder.select(RepairOrder.id, RepairOrder.version).where(due)
    # All read before the first is written: with a cursor open, SQLite refuses to write beside another writer.
    for row in list(rows.order_by(RepairOrder.id).limit(_BATCH)):
        try:
            verb(row, by=None, seen=row.version)
            taken += 1
        except (Refused, peewee.IntegrityError):
            continue  # somebody else took it, or it needs a person after all
    return taken
