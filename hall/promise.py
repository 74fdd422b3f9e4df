"""The promise: answer and finish times counted in service hours of the campus calendar.

The calendar is data: `ServiceHours` by season and weekday, `CalendarPeriod` for terms, vacations,
holidays, working days in lieu and closures of a building. Urgent items are counted around the clock.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from hall import clock
from hall.freshness import Lasting
from models import Building, CalendarPeriod, RepairItem, ServiceHours

_HORIZON_DAYS = 400

OFFICE_CLOSES = time(18)

# Until an operator enters hours, the hall counts these: (opens, closes) every day.
DEFAULT_HOURS = [(time(8), time(18))]


Hours = dict[tuple[str, int], list[tuple[time, time]]]


@Lasting
def _said(since: date) -> tuple[Hours, list[CalendarPeriod]]:
    """When work begins and ends, by season and weekday, the earliest first; and the calendar from `since` on."""
    hours: Hours = {}
    for row in ServiceHours.select().order_by(ServiceHours.opens):
        hours.setdefault((row.season, row.weekday), []).append((row.opens, row.closes))
    return hours, list(CalendarPeriod.select().where(CalendarPeriod.ends >= since))


class Calendar:
    """The campus calendar around some days, asked as often as one likes."""

    def __init__(self, building: Building | None = None) -> None:
        recent = clock.today() - timedelta(days=_HORIZON_DAYS)
        self.hours, periods = _said(recent)
        places = (None, building.id if building is not None else None)
        self.periods = [period for period in periods if period.building_id in places]

    def open_hours(self, day: date) -> list[tuple[datetime, datetime]]:
        """When the service works on a campus day, as pairs of naive campus time; empty on days off."""
        kinds = {period.kind for period in self.periods if period.starts <= day <= period.ends}
        if "closure" in kinds or ("holiday" in kinds and "workday" not in kinds):
            return []
        season = "vacation" if "vacation" in kinds and "term" not in kinds else "term"
        # A working day in lieu of a holiday is worked like a Monday, whatever day of the week it is.
        weekday = 1 if "workday" in kinds else day.isoweekday()
        hours = self.hours.get((season, weekday), []) if self.hours else DEFAULT_HOURS
        # Hours that close at or before they open go on past midnight; 00:00 to 00:00 is the whole day.
        return [
            (datetime.combine(day, opens), datetime.combine(day + timedelta(days=closes <= opens), closes))
            for opens, closes in hours
        ]

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on a campus day: Monday to Friday but holidays, and days worked in lieu."""
        kinds = {period.kind for period in self.periods if period.starts <= day <= period.ends}
        return "workday" in kinds or (day.isoweekday() <= 5 and not kinds & {"holiday", "closure"})

    def working_days(self, start: datetime, days: int) -> datetime:
        """The close of office (naive UTC) on the `days`-th working day after the day of `start` (naive UTC)."""
        day = clock.local(start).date()
        for _ in range(_HORIZON_DAYS):
            day += timedelta(days=1)
            days -= self.is_working_day(day)
            if days <= 0:
                break
        return clock.utc(datetime.combine(day, OFFICE_CLOSES))

    def _windows(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open hours from `start` on, none twice: from the evening before, which may last past midnight."""
        reached = start
        for offset in range(-1, _HORIZON_DAYS):
            for opens, closes in self.open_hours(start.date() + timedelta(days=offset)):
                if closes > reached:
                    yield max(opens, reached), closes
                    reached = closes

    def opening(self, moment: datetime) -> tuple[bool, datetime | None]:
        """Whether the service works at `moment` (naive UTC) and when that changes (None: not within the horizon)."""
        start = clock.local(moment).replace(tzinfo=None)
        until = start
        for opens, closes in self._windows(start):
            if opens > until:
                return until > start, clock.utc(until if until > start else opens)
            until = closes
        return until > start, None

    def add(self, start: datetime, minutes: int) -> datetime:
        """The moment (naive UTC) at which `minutes` of service time have passed since `start` (naive UTC)."""
        left = timedelta(minutes=minutes)
        for opens, closes in self._windows(clock.local(start).replace(tzinfo=None)):
            if closes - opens >= left:
                return clock.utc(opens + left)
            left -= closes - opens
        # A calendar without an open hour ahead must not lose the promise: count plain time then.
        return start + timedelta(minutes=minutes)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The service time between two moments (naive UTC)."""
        total, until = timedelta(), clock.local(end).replace(tzinfo=None)
        for opens, closes in self._windows(clock.local(start).replace(tzinfo=None)):
            if opens >= until:
                break
            total += min(closes, until) - opens
        return total


def due(item: RepairItem, building: Building, start: datetime) -> tuple[datetime, datetime]:
    """When an order of `item` that was made at `start` must be answered and finished (naive UTC)."""
    if item.is_urgent:
        return start + timedelta(minutes=item.respond_minutes), start + timedelta(minutes=item.finish_minutes)
    calendar = Calendar(building)
    return calendar.add(start, item.respond_minutes), calendar.add(start, item.finish_minutes)


def moved_by_hold(urgent: bool, building: Building, due_at: datetime, held: datetime, until: datetime) -> datetime:
    """`due_at` put off by what was left of it when the clock stopped at `held`, counted from `until`."""
    if due_at <= held:
        return due_at
    if urgent:
        return due_at + (until - held)
    calendar = Calendar(building)
    left = calendar.between(held, due_at)
    return calendar.add(until, round(left.total_seconds() / 60))
