"""The promise, counted in service hours: Monday 14 September 2026 and what lies around it.

Weekdays 08-12 and 14-18, Saturday 09-12, in the vacation weekdays 09-11. All times are of the campus.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from hall import clock, promise, repairs
from models import Building, CalendarPeriod, ServiceHours
from tests.conftest import Campus
from tests.story import Story, group, item


@pytest.fixture
def hours(house: Any) -> Iterator[None]:
    for weekday in range(1, 6):
        ServiceHours.create(season="term", weekday=weekday, opens=time(8), closes=time(12))
        ServiceHours.create(season="term", weekday=weekday, opens=time(14), closes=time(18))
        ServiceHours.create(season="vacation", weekday=weekday, opens=time(9), closes=time(11))
    ServiceHours.create(season="term", weekday=6, opens=time(9), closes=time(12))
    with clock.at(campus_time("2026-09-14 07:00")):
        yield


def campus_time(text: str) -> datetime:
    """A moment of the campus, as `2026-09-14 09:00`, in naive UTC."""
    return clock.utc(datetime.fromisoformat(text))


def period(kind: str, starts: str, ends: str, building: Building | None = None) -> None:
    CalendarPeriod.create(
        name=kind, kind=kind, starts=date.fromisoformat(starts), ends=date.fromisoformat(ends), building=building
    )


def added(start: str, minutes: int, building: Building | None = None) -> str:
    due = promise.Calendar(building).add(campus_time(start), minutes)
    return f"{clock.local(due):%Y-%m-%d %H:%M:%S}".removesuffix(":00")


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-09-14 08:00", 60, "2026-09-14 09:00"),
        ("2026-09-14 09:00", 180, "2026-09-14 12:00"),  # ends with the window, not with the next
        ("2026-09-14 11:30", 60, "2026-09-14 14:30"),  # over noon
        ("2026-09-14 13:00", 30, "2026-09-14 14:30"),  # begins at noon
        ("2026-09-14 17:00", 120, "2026-09-15 09:00"),  # over the night
        ("2026-09-14 22:15", 1, "2026-09-15 08:01"),
        ("2026-09-14 05:00", 8 * 60, "2026-09-14 18:00"),
        ("2026-09-18 17:59", 2, "2026-09-19 09:01"),  # Friday to Saturday
        ("2026-09-19 11:00", 120, "2026-09-21 09:00"),  # over Sunday
        ("2026-09-14 08:00", 43 * 60, "2026-09-19 12:00"),  # a whole week
        ("2026-09-14 08:00", 43 * 60 + 1, "2026-09-21 08:01"),
        ("2026-09-14 08:00", 0, "2026-09-14 08:00"),
    ],
)
def test_minutes_of_service(start: str, minutes: int, due: str) -> None:
    assert added(start, minutes) == due


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-09-13 23:59:59", "2026-09-14 08:01"),  # the last second of Sunday
        ("2026-09-14 00:00", "2026-09-14 08:01"),  # Monday here, still Sunday in UTC
        ("2026-09-14 07:59:59", "2026-09-14 08:01"),
        ("2026-09-19 00:30", "2026-09-19 09:01"),  # Saturday here, still Friday in UTC
        ("2026-09-18 23:30", "2026-09-19 09:01"),
        ("2026-12-31 23:59:59", "2027-01-01 08:01"),
    ],
)
def test_the_days_are_those_of_the_campus(start: str, due: str) -> None:
    """Fault 40: around midnight in Asia/Shanghai."""
    assert added(start, 1) == due


@pytest.mark.usefixtures("hours")
def test_holidays_and_working_days_in_lieu() -> None:
    period("holiday", "2026-10-01", "2026-10-07")
    assert added("2026-09-30 17:00", 120) == "2026-10-08 09:00"
    period("workday", "2026-10-04", "2026-10-04")  # a Sunday within the holiday, worked like a Monday
    assert added("2026-09-30 17:00", 120) == "2026-10-04 09:00"
    period("workday", "2026-09-20", "2026-09-20")
    assert added("2026-09-19 11:30", 60) == "2026-09-20 08:30"
    assert added("2026-10-03 10:00", 8 * 60 + 1) == "2026-10-08 08:01"


@pytest.mark.usefixtures("hours")
def test_a_vacation_has_its_own_hours() -> None:
    period("term", "2026-09-01", "2027-01-15")
    period("vacation", "2027-01-16", "2027-02-28")
    assert added("2027-01-15 17:30", 60) == "2027-01-18 09:30"  # Friday evening to Monday: no Saturdays in the vacation
    assert added("2027-01-18 10:30", 60) == "2027-01-19 09:30"
    period("holiday", "2027-02-05", "2027-02-11")
    assert added("2027-02-04 10:30", 60) == "2027-02-12 09:30"


@pytest.mark.usefixtures("hours")
def test_a_closed_building_is_closed_for_itself_only() -> None:
    one, other = Building.get(Building.code == "TYG"), Building.get(Building.code == "TSG")
    period("closure", "2026-09-15", "2026-09-16", one)
    assert added("2026-09-14 17:30", 60, one) == "2026-09-17 08:30"
    assert added("2026-09-14 17:30", 60, other) == "2026-09-15 08:30"
    assert added("2026-09-14 17:30", 60) == "2026-09-15 08:30"
    period("workday", "2026-09-15", "2026-09-15")  # who works does not get in either
    assert added("2026-09-14 17:30", 60, one) == "2026-09-17 08:30"


def test_without_data_there_are_usual_hours(house: Any) -> None:
    assert added("2026-09-13 17:30", 60) == "2026-09-14 08:30"


def test_without_an_open_hour_ahead_plain_time_counts(house: Any) -> None:
    ServiceHours.create(season="vacation", weekday=1, opens=time(9), closes=time(11))
    assert added("2026-09-14 17:30", 60) == "2026-09-14 18:30"


def test_hours_past_midnight_belong_to_their_evening(house: Any) -> None:
    ServiceHours.create(season="term", weekday=5, opens=time(20), closes=time(2))
    assert added("2026-09-18 23:30", 60) == "2026-09-19 00:30"
    assert added("2026-09-19 01:30", 30) == "2026-09-19 02:00"
    assert added("2026-09-19 01:30", 31) == "2026-09-25 20:01"


def test_round_the_clock_and_overlapping_hours_count_once(house: Any) -> None:
    ServiceHours.create(season="term", weekday=1, opens=time(0), closes=time(0))
    assert added("2026-09-14 10:00", 14 * 60) == "2026-09-15 00:00"
    ServiceHours.create(season="term", weekday=1, opens=time(8), closes=time(18))
    assert added("2026-09-14 07:00", 17 * 60) == "2026-09-15 00:00"
    assert added("2026-09-14 07:00", 17 * 60 + 1) == "2026-09-21 00:01"


@pytest.mark.usefixtures("hours")
def test_time_between() -> None:
    calendar = promise.Calendar()

    def between(start: str, end: str) -> timedelta:
        return calendar.between(campus_time(start), campus_time(end))

    assert between("2026-09-14 11:00", "2026-09-14 15:00") == timedelta(hours=2)
    assert between("2026-09-18 17:00", "2026-09-21 09:00") == timedelta(hours=1 + 3 + 1)
    assert between("2026-09-14 19:00", "2026-09-14 23:00") == timedelta()
    assert between("2026-09-15 09:00", "2026-09-14 09:00") == timedelta()


@pytest.mark.usefixtures("hours")
def test_what_is_urgent_is_counted_round_the_clock() -> None:
    building = Building.get(Building.code == "NQ4")
    night = campus_time("2026-09-19 23:50")
    assert promise.due(item("S04"), building, night) == (night + timedelta(minutes=30), night + timedelta(hours=24))
    respond, finish = promise.due(item("S01"), building, night)
    assert f"{clock.local(respond):%m-%d %H:%M}" == "09-23 18:00"  # 24 hours of service are three days
    assert f"{clock.local(finish):%m-%d %H:%M}" == "10-01 15:00"  # 72 hours are 43 of a week and 29 more


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(
    ("due", "held", "until", "moved"),
    [
        ("2026-09-14 16:00", "2026-09-14 15:00", "2026-09-15 09:00", "2026-09-15 10:00"),
        ("2026-09-15 09:00", "2026-09-14 17:00", "2026-09-18 17:00", "2026-09-19 10:00"),  # two hours were left
        ("2026-09-15 09:00", "2026-09-14 17:00", "2026-09-14 23:00", "2026-09-15 10:00"),  # only the hour counts
        ("2026-09-14 15:00", "2026-09-14 16:00", "2026-09-20 12:00", "2026-09-14 15:00"),  # was late already
    ],
)
def test_a_hold_puts_the_promise_off(due: str, held: str, until: str, moved: str) -> None:
    building = Building.get(Building.code == "NQ4")
    after = promise.moved_by_hold(False, building, *map(campus_time, (due, held, until)))
    assert f"{clock.local(after):%Y-%m-%d %H:%M}" == moved
    plain = promise.moved_by_hold(True, building, *map(campus_time, (due, held, until)))
    lasted = campus_time(until) - campus_time(held) if due > held else timedelta()
    assert plain == campus_time(due) + lasted


@pytest.mark.usefixtures("hours")
def test_an_order_lives_by_the_calendar(campus: Campus, freeze: Any) -> None:
    story = Story(campus)
    freeze(campus_time("2026-09-14 08:00"))
    order = story.order("repairing")
    assert f"{clock.local(order.respond_due):%m-%d %H:%M}" == "09-16 18:00"
    assert f"{clock.local(order.finish_due):%m-%d %H:%M}" == "09-24 15:00"
    freeze(campus_time("2026-09-18 17:00"))
    order = story.hold(order)
    freeze(campus_time("2026-09-21 09:00"))  # five hours of service later
    order = repairs.resume(order, by=campus.W1)
    assert f"{clock.local(order.finish_due):%m-%d %H:%M}" == "09-25 10:00"


@pytest.mark.usefixtures("hours")
def test_a_hold_that_ends_by_a_transfer_counts_too(campus: Campus, freeze: Any) -> None:
    story = Story(campus)
    freeze(campus_time("2026-09-14 08:00"))
    order = story.order("on_hold")
    due = order.finish_due
    freeze(campus_time("2026-09-15 08:00"))
    order = repairs.transfer(order, by=campus.lead, group=group("DD"), reason="请协调")
    assert (order.held_at, order.finish_due) == (None, promise.Calendar().add(due, 8 * 60))


@pytest.mark.usefixtures("hours")
def test_the_promise_of_what_is_reviewed_begins_with_the_approval(campus: Campus, freeze: Any) -> None:
    story = Story(campus)
    freeze(campus_time("2026-09-14 08:00"))
    order = story.order("awaiting_review")
    freeze(campus_time("2026-09-16 08:00"))
    order = repairs.approve(order, by=campus.reviewer)
    assert f"{clock.local(order.respond_due):%m-%d %H:%M}" == "09-18 18:00"
