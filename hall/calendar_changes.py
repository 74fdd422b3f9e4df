"""Changing the campus calendar: what a month looks like, what a change does to promises, and the change itself.

Promises that were given stay as they are; what is shown is how they would have been counted.
"""

import calendar as months
import zlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import peewee

from hall import access, clock, events
from hall.answers import choice, text
from hall.promise import Calendar
from hall.repair_flow import PROMISED
from hall.words import N_, Refused
from models import CALENDAR_KINDS, Building, CalendarPeriod, Event, Person, RepairItem, RepairOrder, database, held

NEED = "configure.edit"
FIRST_YEAR, LAST_YEAR = 2000, 2199
GONE = N_("另一位同事刚刚删除了这一段")
LOOKED = 300  # open orders, those first whose promise is next


@dataclass(frozen=True)
class Day:
    """A day of a month: its hours as campus times, and what the calendar says of it; `outside` belongs to another."""

    date: date
    hours: list[tuple[datetime, datetime]]
    periods: list[CalendarPeriod]
    outside: bool


@dataclass(frozen=True)
class Moved:
    """An open order whose promise would have been counted otherwise, both naive UTC."""

    order: RepairOrder
    before: datetime
    after: datetime


class Draft:
    """The calendar as it is, and as it would be with `period` added, changed (by its id) or, if it `goes`, removed."""

    def __init__(self, period: CalendarPeriod | None = None, *, goes: bool = False) -> None:
        base = Calendar()
        self.hours = base.hours
        self.now = list(CalendarPeriod.select().where(CalendarPeriod.ends >= clock.today() - timedelta(days=400)))
        self.then = [row for row in self.now if period is None or row.id != period.id]
        self.then += [period] if period is not None and not goes else []

    def calendar(self, building_id: int | None = None, *, changed: bool = False) -> Calendar:
        """The calendar of a building, or of the campus; no query."""
        made = Calendar.__new__(Calendar)
        made.hours = self.hours
        rows = self.then if changed else self.now
        made.periods = [row for row in rows if row.building_id is None or row.building_id == building_id]
        return made


def month(first: date, made: Calendar) -> list[list[Day]]:
    """The weeks of a month, Monday first, with the days around it; none of a year that no calendar reaches."""
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        return []
    weeks = months.Calendar().monthdatescalendar(first.year, first.month)
    return [[_day(day, made, day.month != first.month) for day in week] for week in weeks]


def _day(day: date, made: Calendar, outside: bool) -> Day:
    said = [period for period in made.periods if period.starts <= day <= period.ends]
    return Day(day, made.open_hours(day), said, outside)


def moved(draft: Draft) -> tuple[list[Moved], int]:
    """Open orders that `draft` would have promised otherwise, and how many were looked at; two queries."""
    query = RepairOrder.select(RepairOrder, RepairItem, Building).join(RepairItem).switch().join(Building)
    waiting = query.where(RepairOrder.status.in_(PROMISED), RepairOrder.finish_due.is_null(False))
    orders = list(waiting.order_by(RepairOrder.finish_due, RepairOrder.id).limit(LOOKED))
    pairs: dict[int, tuple[Calendar, Calendar]] = {}
    found = []
    for order in orders:
        if order.item.is_urgent:
            continue  # counted around the clock
        if order.building_id not in pairs:
            pairs[order.building_id] = (
                draft.calendar(order.building_id),
                draft.calendar(order.building_id, changed=True),
            )
        now, then = (made.add(order.created, order.item.finish_minutes) for made in pairs[order.building_id])
        if now != then:
            found.append(Moved(order, now, then))
    return found, len(orders)


# --- verbs ---------------------------------------------------------------------------------------------


def checked(period: CalendarPeriod) -> CalendarPeriod:
    """`period` if it can be kept. Raises Refused with the field that is wrong."""
    period.name = text(period.name, "name", least=2, most=60)
    period.name_en = text(period.name_en, "name_en", most=80)
    choice(period.kind, CALENDAR_KINDS, "kind")
    for name in ("starts", "ends"):
        if not FIRST_YEAR <= getattr(period, name).year <= LAST_YEAR:
            raise Refused(N_("年份要在 %(least)s 到 %(most)s 之间"), field=name, least=FIRST_YEAR, most=LAST_YEAR)
    if period.ends < period.starts:
        raise Refused(N_("结束日期不能早于开始日期"), field="ends")
    if (period.ends - period.starts).days > 400:
        raise Refused(N_("一段最多 400 天"), field="ends")
    if period.kind == "closure" and period.building_id is None:
        raise Refused(N_("请选择关闭哪栋楼"), field="building")
    if period.kind != "closure" and period.building_id is not None:
        raise Refused(N_("只有“楼宇关闭”需要填楼宇"), field="building")
    return period


def fingerprint(period: CalendarPeriod) -> str:
    """What a row says, as a short text that changes with it."""
    said = (period.name, period.name_en, period.kind, period.starts, period.ends, period.building_id)
    return f"{zlib.crc32(repr(said).encode()):08x}"


def save(period: CalendarPeriod, *, by: Person, seen: str | None = None, once: str | None = None) -> CalendarPeriod:
    """Keep a new or changed period (a fresh object with its id), with its event. Raises Refused.

    A form that was sent twice (`once`) adds one period.
    """
    role = _role(by)
    checked(period)
    new = not period.id
    try:
        with database.atomic():
            if new and once and (made := _added(once, by)):
                return made
            before = {} if new else dict(_as_shown(period.id, seen).__data__)
            period.save(force_insert=new, only=None if new else list(period._meta.sorted_fields)[1:])
            details = {"changes": events.diff(before, period.__data__)}
            name, label = ("create", N_("新建校历")) if new else ("edit", N_("修改校历"))
            events.record(period, name, label, by=by, role=role, details=details, once=once if new else None)
    except peewee.IntegrityError:
        if new and once and (made := _added(once, by)):
            return made
        raise
    return period


def _added(once: str, by: Person) -> CalendarPeriod | None:
    """What the form with this token has added already; None where it is new."""
    mine = (Event.subject_type == events.subject_type(CalendarPeriod)) & (Event.actor == by.id)
    event = Event.get_or_none(Event.once == once, mine)
    if event is None:
        return None
    row: CalendarPeriod | None = CalendarPeriod.get_or_none(CalendarPeriod.id == event.subject_id)
    if row is None:
        raise Refused(GONE, stale=True)
    return row


def remove(period_id: int, *, by: Person, seen: str | None = None) -> None:
    """Take a period out of the calendar; its event says what it was. Raises Refused."""
    role = _role(by)
    try:
        with database.atomic():
            row = _as_shown(period_id, seen)
            details = {"changes": events.diff({}, row.__data__)}
            events.record(row, "delete", N_("删除校历"), by=by, role=role, details=details)
            row.delete_instance()
    except peewee.IntegrityError as error:
        raise Refused(N_("还有别的记录用到它")) from error


def _role(by: Person) -> str:
    role = access.editing_role(by, CalendarPeriod)
    if not role:
        raise Refused(N_("您没有权限修改校历"))
    return role


def _as_shown(period_id: int, seen: str | None) -> CalendarPeriod:
    row: CalendarPeriod | None = held(CalendarPeriod.select().where(CalendarPeriod.id == period_id)).first()
    if row is None:
        raise Refused(GONE, stale=True)
    if seen is not None and fingerprint(row) != seen:
        raise Refused(N_("另一位同事刚刚改了这一段，请核对后再保存"), stale=True)
    return row
