"""What a rule can ask of an event and of the thing that it happened to, as data: one Field for each condition.

A condition is {"field", "is", "value"} as a rule keeps it in JSON; a field reads, judges and words its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

from hall import clock
from hall.promise import Calendar
from hall.words import N_
from models import (
    CHANNELS,
    NOTICE_KINDS,
    PRIORITIES,
    THREAD_KINDS,
    Building,
    Campus,
    Department,
    Edition,
    Event,
    ItemKind,
    ListingCategory,
    MaintenanceGroup,
    RepairItem,
    RepairOrder,
    Service,
    Team,
    tuples,
)

Condition = dict[str, Any]
Choices = list[tuple[str, str]]
Said = tuple[str, dict[str, Any]]

WEEKDAYS: Choices = [
    ("1", N_("周一")), ("2", N_("周二")), ("3", N_("周三")), ("4", N_("周四")), ("5", N_("周五")), ("6", N_("周六")),
    ("7", N_("周日")),
]  # fmt: skip
HOURS: Choices = [("open", N_("服务时间内")), ("closed", N_("服务时间外"))]
YES_NO: Choices = [("yes", N_("是")), ("no", N_("否"))]
# Orders that came to nothing are not counted as another of the same.
NOTHING = ("withdrawn", "declined", "merged")


@dataclass
class Happening:
    """One event of a flow, and the row that it happened to, as it is now."""

    event: Event
    subject: Any
    calendars: list[Calendar] = field(default_factory=list)

    @property
    def local(self) -> datetime:
        """When it happened, in the time of the campus."""
        return clock.local(self.event.at)

    @cached_property
    def is_open(self) -> bool:
        """Whether that was within the hours of service; the calendar is read once for all that share `calendars`."""
        if not self.calendars:
            self.calendars.append(Calendar())
        return self.calendars[0].opening(self.event.at)[0]


@dataclass(frozen=True)
class Field:
    """A condition that a rule can have: `kind` is choice, number, yes_no, times, words or repeats.

    `read` gives what is compared; `choices` what can be chosen, `many` says that there are too many to tick.
    """

    name: str
    label: str
    kind: str
    read: Callable[[Happening], Any]
    choices: Callable[[], Choices] = list
    many: bool = False
    unit: str = ""
    # A number is compared with at least or, for what is worse the smaller it is, with at most.
    compare: str = "at_least"

    def holds(self, condition: Condition, happening: Happening) -> bool:
        """Whether the condition holds of this happening."""
        wanted = condition["value"]
        if self.kind == "repeats":
            return _repeats(happening.subject, condition)
        seen = self.read(happening)
        if seen is None:
            return False
        match self.kind:
            case "choice":
                return str(seen) in wanted
            case "number":
                return bool(seen >= wanted if self.compare == "at_least" else seen <= wanted)
            case "yes_no":
                return bool(seen) == (wanted == "yes")
            case "words":
                return any(word.casefold() in seen.casefold() for word in wanted)
        begins, ends = (time.fromisoformat(each) for each in wanted)
        return begins <= seen < ends if begins < ends else seen >= begins or seen < ends

    def said(self, condition: Condition, labels: dict[str, str]) -> Said:
        """The condition as part of a sentence, (msgid, values); `labels` are those of its choices."""
        wanted, values = condition["value"], {"label": self.label, "value": condition["value"], "unit": self.unit}
        match self.kind:
            case "choice":
                return N_("%(label)s是%(values)s"), values | {"values": [labels.get(each, each) for each in wanted]}
            case "number" if self.compare == "at_most":
                return N_("%(label)s不超过 %(value)s %(unit)s"), values
            case "number":
                return N_("%(label)s至少 %(value)s %(unit)s"), values
            case "yes_no":
                return (N_("%(label)s") if wanted == "yes" else N_("不是%(label)s")), values
            case "words":
                return N_("%(label)s里有%(values)s"), values | {"values": [f"“{word}”" for word in wanted]}
            case "repeats":
                sentence = N_("是同一房间同一项目 %(days)s 天内的第 %(value)s 张或以后的")
                return sentence, values | {"days": condition["days"]}
        return N_("时间在 %(begins)s 到 %(ends)s 之间"), {"begins": wanted[0], "ends": wanted[1]}


def _repeats(order: RepairOrder, condition: Condition) -> bool:
    """Whether an order is the third, say, of its room and item within so many days."""
    if not order.room_number:
        return False
    same = RepairOrder.select(RepairOrder.id).where(
        RepairOrder.building == order.building_id,
        RepairOrder.room_number == order.room_number,
        RepairOrder.item == order.item_id,
        RepairOrder.created > order.created - timedelta(days=condition["days"]),
        RepairOrder.id <= order.id,
        RepairOrder.status.not_in(NOTHING),
    )
    return bool(same.limit(condition["value"]).count() >= condition["value"])


def _coded(model: Any) -> Callable[[], Choices]:
    return lambda: [(row.code, row.name) for row in model.select(model.code, model.name).order_by(model.id)]


def _families() -> Choices:
    return [
        (row.code, row.name) for row in RepairItem.select().where(RepairItem.parent.is_null()).order_by(RepairItem.id)
    ]


def _items() -> Choices:
    leaves = RepairItem.select().where(RepairItem.parent.is_null(False)).order_by(RepairItem.parent, RepairItem.id)
    return [(row.code, row.name) for row in leaves]


def _campuses() -> Choices:
    return [(row.name, row.name) for row in Campus.select().order_by(Campus.id)]


def _services() -> Choices:
    running = Service.select(Service.code, Edition.name).join(Edition).where(Edition.state == "published")
    return [(code, name) for code, name in tuples(running.order_by(Service.id))]


def _code(*path: str) -> Callable[[Happening], Any]:
    """Reads a column of the subject along keys; None where one of them is empty."""

    def read(happening: Happening) -> Any:
        value = happening.subject
        for name in path:
            value = getattr(value, name) if value is not None else None
        return value

    return read


def _late(happening: Happening) -> bool:
    due = happening.subject.finish_due
    return due is not None and due < happening.event.at


def _lowest_mark(happening: Happening) -> int | None:
    marks = [happening.event.details.get(name) for name in ("speed", "quality", "manner")]
    return min((mark for mark in marks if isinstance(mark, int)), default=None)


WHEN = (
    Field("time", N_("时间"), "times", lambda it: it.local.time()),
    Field("hours", N_("时段"), "choice", lambda it: "open" if it.is_open else "closed", lambda: HOURS),
    Field("weekday", N_("星期"), "choice", lambda it: it.local.isoweekday(), lambda: WEEKDAYS),
)
# The conditions of each flow, in the order in which the form asks for them.
FIELDS: dict[str, tuple[Field, ...]] = {
    "repair": (
        Field("priority", N_("紧急程度"), "choice", _code("priority"), lambda: PRIORITIES),
        *WHEN,
        Field("repeats", N_("同一房间同一项目"), "repeats", _code("id")),
        Field("family", N_("大类"), "choice", _code("item", "parent", "code"), _families),
        Field("item", N_("项目"), "choice", _code("item", "code"), _items, many=True),
        Field("campus", N_("校区"), "choice", _code("building", "campus", "name"), _campuses),
        Field("building", N_("楼宇"), "choice", _code("building", "code"), _coded(Building), many=True),
        Field("group", N_("维修组"), "choice", _code("group", "code"), _coded(MaintenanceGroup), many=True),
        Field("channel", N_("渠道"), "choice", _code("channel"), lambda: CHANNELS),
        Field("public", N_("公共区域的报修"), "yes_no", lambda it: it.subject.is_public_area),
        Field("late", N_("已超过承诺完工的时间"), "yes_no", _late),
        Field("reworks", N_("返修"), "number", _code("reworks"), unit=N_("次")),
        Field("mark", N_("评价里最低的一项"), "number", _lowest_mark, unit=N_("星"), compare="at_most"),
        Field("words", N_("故障描述"), "words", _code("description")),
    ),
    "supervision": (
        Field("kind", N_("类别"), "choice", _code("kind"), lambda: THREAD_KINDS),
        *WHEN,
        Field("department", N_("责任部门"), "choice", _code("department", "code"), _coded(Department), many=True),
        Field("level", N_("督办"), "number", _code("supervised"), unit=N_("级")),
        Field("reopened", N_("重办"), "number", _code("reopened"), unit=N_("次")),
        Field("supports", N_("支持"), "number", _code("supports"), unit=N_("人")),
        Field("mark", N_("作者给的分"), "number", _code("score"), unit=N_("分"), compare="at_most"),
        Field("words", N_("标题"), "words", _code("title")),
    ),
    "property_notice": (
        Field("kind", N_("类别"), "choice", _code("kind"), lambda: NOTICE_KINDS),
        *WHEN,
        Field("item_kind", N_("物品类别"), "choice", _code("item_kind", "code"), _coded(ItemKind)),
        Field("valuable", N_("贵重物品"), "yes_no", _code("is_valuable")),
        Field("words", N_("标题"), "words", _code("title")),
    ),
    "listing": (
        Field("category", N_("类别"), "choice", _code("category", "code"), _coded(ListingCategory)),
        *WHEN,
        Field("price", N_("价格"), "number", lambda it: it.subject.price_fen / 100, unit=N_("元")),
        Field("releases", N_("取消预订"), "number", _code("releases"), unit=N_("次")),
        Field("words", N_("标题"), "words", _code("title")),
    ),
    "application": (
        Field("service", N_("在线服务"), "choice", _code("service", "code"), _services),
        *WHEN,
        Field("team", N_("办理组"), "choice", _code("team", "code"), _coded(Team)),
        Field("building", N_("楼宇"), "choice", _code("building", "code"), _coded(Building), many=True),
    ),
}


def fields_of(flow: str) -> dict[str, Field]:
    """The fields of a flow by name; {} for a flow that rules know nothing of."""
    return {each.name: each for each in FIELDS.get(flow, ())}


def hold(flow: str, conditions: Iterable[Condition], happening: Happening) -> bool:
    """Whether all conditions hold; those that ask the database come last. A field that is gone holds never."""
    known = fields_of(flow)
    ordered = sorted(conditions, key=lambda each: each["field"] in ("repeats", "hours"))
    return all(each["field"] in known and known[each["field"]].holds(each, happening) for each in ordered)
