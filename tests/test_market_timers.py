"""What time does on the market: reminders, expiry, reservations that run out, people who leave; twice is once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from hall import clock, events, market, market_timers
from hall.words import Refused
from models import Event, Listing, Person, Reservation
from tests.board import decided
from tests.conftest import Campus
from tests.stall import asked, now, offered, published, reserved, sold
from tests.test_market_flow import close, listing_in
from tests.test_repair_race import at_once

MONDAY = datetime(2026, 11, 2, 3)
Freeze = Callable[[datetime], None]


def after(**gone: float) -> datetime:
    return MONDAY + timedelta(**gone)


def names(listing: Listing) -> list[str]:
    return [event.name for event in events.timeline(listing)]


def test_thirty_days_with_one_reminder_and_a_renewal(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    listing = published(campus)
    for moment, steps, name in (
        (after(days=26, hours=23), 0, "publish"),
        (after(days=27), 1, "remind"),
        (after(days=27, minutes=5), 0, "remind"),
        (after(days=29, hours=23), 0, "remind"),
        (after(days=30), 1, "expire"),
        (after(days=99), 0, "expire"),
    ):
        freeze(moment)
        assert (market.run_timers(), names(listing)[0]) == (steps, name), moment
    gone = now(listing)
    assert (gone.status, gone.is_live, gone.moderation) == ("expired", False, "published")
    again = market.renew(gone, by=campus.A)
    assert (again.status, again.is_live, again.reminded) == ("on_sale", True, None)
    assert again.expires == after(days=129)
    assert again.published == listing.published  # it stands where it stood: page keys stay true
    freeze(after(days=126))
    assert market.run_timers() == 1
    assert names(listing)[0] == "remind"
    assert Event.select().where(Event.name == "remind").count() == 2


def test_each_step_of_time_waits_for_its_time(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    listing = published(campus)
    for step in (market.expire, market.remind, market.lapse):
        with pytest.raises(Refused):
            step(listing, by=None)
    freeze(after(days=27))
    market.remind(listing, by=None)
    with pytest.raises(Refused, match="已经提醒过"):
        market.remind(listing, by=None)


def test_it_is_renewed_in_its_last_week(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    listing = published(campus)
    freeze(after(days=22, hours=23))
    with pytest.raises(Refused, match="7 天"):
        market.renew(listing, by=campus.A)
    freeze(after(days=23))
    assert market.renew(listing, by=campus.A).expires == after(days=53)


def test_putting_back_begins_anew(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    down = market.take_down(published(campus), by=campus.A)
    freeze(after(days=40))
    assert market.run_timers() == 0
    back = market.put_back(down, by=campus.A)
    assert (back.status, back.expires, back.published) == ("on_sale", after(days=70), down.published)
    assert market.run_timers() == 0


def test_a_reservation_runs_out_after_three_days(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    held = reserved(campus)
    for moment, steps, status in (
        (after(hours=71, minutes=59), 0, "reserved"),
        (after(hours=72), 1, "on_sale"),
        (after(hours=73), 0, "on_sale"),
    ):
        freeze(moment)
        assert (market.run_timers(), now(held).status) == (steps, status), moment
    event = events.timeline(held)[0]
    assert (event.name, event.actor_id, event.actor_role) == ("release", None, "system")
    assert (event.details["result"], event.details["buyer_id"]) == ("timed_out", campus.B.id)
    assert (Reservation.get().result, now(held).releases) == ("timed_out", 1)


def test_what_is_reserved_does_not_expire_and_is_reminded_of_afterwards(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    listing = published(campus)
    freeze(after(days=26, hours=20))
    held = reserved(campus, listing)
    for days in (27, 29):
        freeze(after(days=days))
        assert market.run_timers() == 0
    freeze(after(days=29, hours=20))
    assert market.run_timers() == 2  # released, and reminded of at once
    free = now(held)
    assert (free.status, free.expires) == ("on_sale", after(days=32, hours=20))
    assert names(free)[:2] == ["remind", "release"]
    freeze(after(days=32, hours=20))
    assert market.run_timers() == 1
    assert now(held).status == "expired"


def test_what_is_not_shown_is_not_reminded_of(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    listing = published(campus)
    Listing.update(moderation="hidden").where(Listing.id == listing.id).execute()
    freeze(after(days=28))
    assert market.run_timers() == 0
    freeze(after(days=30))
    assert market.run_timers() == 1
    assert now(listing).status == "expired"


@pytest.mark.parametrize("state", ["submitted", "on_sale", "taken_down", "expired"])
def test_who_leaves_sells_nothing_any_more(campus: Campus, state: str) -> None:
    listing, other = listing_in(campus, state), published(campus, campus.B)
    close(campus.A)
    assert market.run_timers() == 1
    assert market.run_timers() == 0
    assert (now(listing).status, now(listing).is_live, now(other).status) == ("lapsed", False, "on_sale")
    assert names(listing)[0] == "lapse"


def test_what_they_had_promised_is_released_first(campus: Campus) -> None:
    held, done = reserved(campus), sold(campus)
    close(campus.A)
    assert market.run_timers() == 2
    assert (now(held).status, now(done).status) == ("lapsed", "sold")
    assert names(held)[:2] == ["lapse", "release"]
    told = events.timeline(held)[1].details
    assert (told["result"], told["buyer_id"]) == ("seller", campus.B.id)


def test_what_was_kept_for_who_left_is_free(campus: Campus) -> None:
    held, other = reserved(campus), reserved(campus, buyer=campus.fresh)
    close(campus.B)
    assert market.run_timers() == 1
    assert (now(held).status, now(other).status) == ("on_sale", "reserved")
    assert Reservation.select().where(Reservation.result == "buyer").count() == 1
    assert events.timeline(held)[0].details["result"] == "buyer"


def test_what_is_published_after_its_seller_left_lapses(campus: Campus) -> None:
    listing = offered(campus.A)
    close(campus.A)
    decided(listing, "publish", campus.M)
    assert market.run_timers() == 1
    assert now(listing).status == "lapsed"


def test_two_timetables_at_once_take_each_step_once(campus: Campus, freeze: Freeze) -> None:
    freeze(MONDAY)
    old = [published(campus) for _ in range(3)]
    held = reserved(campus, buyer=campus.fresh)
    later = after(days=40)

    def run() -> int:
        with clock.at(later):  # each thread has its own time
            return market.run_timers()

    results: list[Any] = at_once(run, run)
    assert sum(results) == 5, results  # three expire, one is released and then reminded of
    for listing in old:
        assert names(listing).count("expire") == 1
    assert names(held).count("release") == 1
    assert now(held).releases == 1


def test_the_rest_is_done_the_next_time(campus: Campus, freeze: Freeze, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market_timers, "BATCH", 2)
    freeze(MONDAY)
    for _ in range(3):
        published(campus)
    freeze(after(days=30))
    assert [market.run_timers() for _ in range(3)] == [2, 1, 0]


def test_the_timetable_asks_little(campus: Campus, queries: Any) -> None:
    listing = published(campus)
    asked(listing, campus.B)
    with queries() as few:
        assert market.run_timers() == 0
    assert len(few) == 5
    assert Person.select().count() > 100
