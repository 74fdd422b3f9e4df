"""Every row of the market's table: taken by the right hand, refused to every other, in every other state.

A sells a bicycle, B asks about it and buys it, M and M2 are moderators; fresh has asked too and is nobody to it else.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from hall import access, clock, events, market, moderation, photos, settings
from hall.market_flow import MOST_FEN
from hall.words import Refused, TooOften
from models import (
    Conversation,
    DealRating,
    Event,
    Favourite,
    Grant,
    Listing,
    ModerationRule,
    Person,
    Photo,
    PriceChange,
    Reservation,
    SensitiveWord,
    Submission,
)
from tests.board import decided, submission_of
from tests.conftest import CAST, Campus
from tests.stall import PRICE, TEXT, TITLE, answers, asked, now, offered, picture, published, reserved, sold
from tests.standing import rows_in
from tests.test_repair_race import at_once

WRITTEN = (Listing, Event, Submission, Photo, Reservation, PriceChange, DealRating, Favourite, Conversation)
Freeze = Callable[[datetime], None]


@dataclass
class Row:
    """One row of flows.md: from, to, who of the cast (`system` too), a good answer, what is recorded.

    `refused` are answers that are not good enough, with the field that is blamed; `at` is the state in which it is
    tried, `when` the moment; `leads` is where the first one who takes it gets, if that is not the first target.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: set[str]
    answers: Callable[[Campus], dict[str, Any]] = lambda campus: {}
    recorded: Callable[[Campus], dict[str, Any]] = lambda campus: {}
    refused: list[tuple[Callable[[Campus], dict[str, Any]], str]] = field(default_factory=list)
    at: str = ""
    when: Callable[[Listing], datetime | None] = lambda listing: None
    leads: str = ""


def said(**given: Any) -> Callable[[Campus], dict[str, Any]]:
    return lambda campus: given


TABLE = {
    "change_price": Row(
        ("on_sale",),
        (),
        {"A"},
        said(price_fen=28_000),
        said(before_fen=PRICE, price_fen=28_000),
        [(said(price_fen=wrong), "price_fen") for wrong in (-1, MOST_FEN + 1, 280.5, "280", None, True, PRICE)],
    ),
    "take_down": Row(("on_sale",), ("taken_down",), {"A"}),
    "put_back": Row(("taken_down",), ("on_sale",), {"A"}),
    "renew": Row(("expired", "on_sale"), ("on_sale",), {"A"}),
    "reserve": Row(
        ("on_sale",),
        ("reserved",),
        {"A"},
        lambda campus: {"buyer": campus.B},
        lambda campus: {"buyer": campus.B.name, "buyer_id": campus.B.id},
        [
            (lambda campus: {"buyer": campus.A}, "buyer"),
            (lambda campus: {"buyer": campus.W1}, "buyer"),  # has not asked
            (said(buyer=None), "buyer"),
        ],
    ),
    "release": Row(
        ("reserved",),
        ("on_sale",),
        {"A", "B", "system"},
        said(reason="约不到时间"),
        lambda campus: {"result": "seller", "buyer_id": campus.B.id, "reason": "约不到时间", "automatic": False},
        [(said(reason="长" * 301), "reason")],
        when=lambda listing: listing.reserved_until,
    ),
    "confirm": Row(
        ("reserved",),
        ("sold", "="),
        {"A", "B"},
        recorded=lambda campus: {"side": "seller", "buyer_id": campus.B.id},
        leads="reserved",
    ),
    "rate": Row(
        ("sold",),
        (),
        {"A", "B"},
        said(score=5, text="准时，车和描述一样"),
        said(score=None, text=None),  # what is said stays out of the trail, or it would be read there
        [(said(score=wrong), "score") for wrong in (0, 6, 4.5, "5", True, None)] + [(said(text="长" * 301), "text")],
    ),
    "expire": Row(("on_sale",), ("expired",), {"system"}, when=lambda listing: listing.expires),
    "remind": Row(
        ("on_sale",),
        (),
        {"system"},
        when=lambda listing: (listing.expires or clock.now()) - timedelta(days=3),
    ),
    "lapse": Row(("submitted", "on_sale", "taken_down", "expired"), ("lapsed",), {"system"}, at="on_sale"),
}
BY_HAND = [name for name in TABLE if name not in ("rate", "expire", "remind", "lapse")]


def close(who: Person, is_closed: bool = True) -> None:
    Person.update(is_closed=is_closed).where(Person.id == who.id).execute()


def listing_in(campus: Campus, state: str) -> Listing:
    """A's bicycle, as far as `state`."""
    if state == "submitted":
        return offered(campus.A)
    if state == "reserved":
        return reserved(campus)
    if state == "sold":
        return sold(campus)
    listing = published(campus)
    if state == "on_sale":
        return listing
    if state == "taken_down":
        return market.take_down(listing, by=campus.A)
    if state == "expired":
        assert listing.expires is not None
        with clock.at(listing.expires):
            return market.expire(listing, by=None)
    assert state == "lapsed"
    close(campus.A)
    lapsed: Listing = market.lapse(listing, by=None)
    close(campus.A, False)
    return lapsed


def person(name: str) -> Person | None:
    return None if name == "system" else Person.get(Person.number == CAST[name])


def hand_of(row: Row) -> str:
    return next((name for name in CAST if name in row.who), "system")


def tried(campus: Campus, name: str, freeze: Freeze) -> Listing:
    """A listing on which the step called `name` can be taken now."""
    row = TABLE[name]
    listing = listing_in(campus, row.at or row.sources[0])
    for buyer in (campus.B, campus.fresh):
        asked(listing, buyer)
    if moment := row.when(listing):
        freeze(moment)
    if name == "lapse":
        close(campus.A)
    return now(listing)


def last_event(listing: Listing) -> Event:
    return events.timeline(listing)[0]


def written() -> dict[str, list[Any]]:
    return rows_in(WRITTEN)


def refuses(listing: Listing, name: str, by: Person | None, given: dict[str, Any]) -> Refused:
    """Take the step, which must be refused and change nothing; gives the refusal."""
    before = written()
    with pytest.raises(Refused) as caught:
        market.flow.perform(listing, name, by=by, **given)
    assert written() == before
    assert str(caught.value)
    return caught.value


# --- the table, row by row ---------------------------------------------------------------------------


def test_the_table_is_the_one_of_the_code() -> None:
    steps = market.flow.steps
    assert next(iter(steps)) == "offer"
    assert set(TABLE) | {"offer"} == set(steps)
    assert {name: (step.sources, step.targets) for name, step in steps.items() if name != "offer"} == {
        name: (row.sources, row.targets) for name, row in TABLE.items()
    }
    assert steps["offer"].targets == ("submitted",)
    assert {name for name, step in steps.items() if step.sources and step.by_hand} == set(BY_HAND)


@pytest.mark.parametrize("name", TABLE)
def test_a_step_is_taken_and_recorded(campus: Campus, freeze: Freeze, name: str) -> None:
    row, listing = TABLE[name], tried(campus, name, freeze)
    by, before = person(hand_of(row)), last_event(listing)
    role = access.role_for(by, market.flow.steps[name].need, listing)
    given = {"seen": listing.version, "once": f"token of {name}", **row.answers(campus)}
    moved = market.flow.perform(listing, name, by=by, **given)
    expected = row.leads or (row.targets[0] if row.targets else listing.status)
    stored = now(listing)
    assert (moved.status, stored.status) == (expected, expected)
    assert stored.is_live == (expected in ("on_sale", "reserved"))
    assert stored.version == listing.version + (1 if row.targets else 0)
    assert stored.published == listing.published
    event = last_event(listing)
    assert (event.name, event.seq, event.once) == (name, before.seq + 1, f"token of {name}")
    assert (event.source, event.target) == (listing.status, expected if row.targets else "")
    assert (event.actor_id, event.actor_role) == (by.id if by else None, role)
    assert {key: event.details.get(key) for key in row.recorded(campus)} == row.recorded(campus)
    assert not events.broken_links(reversed(events.timeline(listing)))
    # The same form, sent again, is one step.
    again = written()
    assert market.flow.perform(listing, name, by=by, **given).id == listing.id
    assert written() == again


@pytest.mark.parametrize("name", TABLE)
def test_everybody_else_is_refused(campus: Campus, freeze: Freeze, name: str) -> None:
    """The whole cast and the system, one after the other, on one listing."""
    row, listing, step = TABLE[name], tried(campus, name, freeze), market.flow.steps[name]
    given = row.answers(campus)
    for other in [*sorted(CAST), "system"]:
        by = person(other)
        assert step.allowed(listing, by) == (other in row.who), f"{other} and {name}"
        if other not in row.who:
            assert not refuses(listing, name, by, given).stale, f"{other} and {name}"
    closed = Person.get(Person.number == CAST["A"])
    closed.is_closed = True
    refuses(listing, name, closed, given)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if len(row.who) > 1])
def test_everybody_of_the_row_can_take_it(campus: Campus, freeze: Freeze, name: str) -> None:
    for hand in sorted(TABLE[name].who):
        listing = tried(campus, name, freeze)
        market.flow.perform(listing, name, by=person(hand), **TABLE[name].answers(campus))
        assert last_event(listing).name == name


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, row in TABLE.items() for place in range(len(row.refused))]
)
def test_an_answer_that_is_missing_or_wrong_is_refused(campus: Campus, freeze: Freeze, name: str, place: int) -> None:
    row, listing = TABLE[name], tried(campus, name, freeze)
    wrong, blamed = row.refused[place]
    refused = refuses(listing, name, person(hand_of(row)), {**row.answers(campus), **wrong(campus)})
    assert (refused.field, refused.stale) == (blamed, False)


@pytest.mark.parametrize("state", market.flow.states)
def test_in_every_other_state_every_step_is_refused(campus: Campus, state: str) -> None:
    """Fault 8: all states by all steps that the table does not have."""
    listing = listing_in(campus, state)
    asked(listing, campus.B)
    for name, row in TABLE.items():
        if state not in row.sources:
            refused = refuses(listing, name, person(hand_of(row)), row.answers(campus))
            assert market.flow.states[state] in str(refused), f"{name} in {state}"
            assert refused.stale


@pytest.mark.parametrize("moderation_state", ["hidden", "withdrawn", "pending"])
@pytest.mark.parametrize("name", ["change_price", "put_back", "renew", "reserve", "confirm"])
def test_what_is_not_shown_is_not_dealt_with(campus: Campus, freeze: Freeze, name: str, moderation_state: str) -> None:
    listing = tried(campus, name, freeze)
    Listing.update(moderation=moderation_state).where(Listing.id == listing.id).execute()
    refused = refuses(now(listing), name, campus.A, TABLE[name].answers(campus))
    assert "没有公开" in str(refused)
    assert refused.stale


def test_a_page_that_is_out_of_date_is_told_so(campus: Campus) -> None:
    listing = published(campus)
    market.change_price(listing, by=campus.A, price_fen=30_000)  # makes nobody's page out of date
    held = reserved(campus, listing)
    free = market.release(held, by=campus.B)
    assert refuses(free, "reserve", campus.A, {"buyer": campus.B, "seen": listing.version}).stale
    market.reserve(free, by=campus.A, buyer=campus.B, seen=free.version)


# --- an offer ----------------------------------------------------------------------------------------


def test_an_offer_waits_for_a_moderator_and_then_stands_for_thirty_days(campus: Campus, freeze: Freeze) -> None:
    freeze(datetime(2026, 11, 20, 3))
    listing = offered(campus.A, is_negotiable=True, is_graduation=True, once="one form")
    assert (listing.status, listing.moderation, listing.is_live, listing.expires) == (
        "submitted", "pending", False, None,
    )  # fmt: skip
    assert listing.number == "ES2611200001"
    assert (listing.is_negotiable, listing.is_graduation, listing.price_fen) == (True, True, PRICE)
    assert offered(campus.A, once="one form").id == listing.id
    assert Listing.select().count() == 1
    assert not moderation.is_disclosed(listing)
    event = last_event(listing)
    assert (event.name, event.target, event.details["price_fen"]) == ("offer", "submitted", PRICE)
    waiting = submission_of(listing)
    assert (waiting.content, waiting.doubt, waiting.risk) == (
        {"title": TITLE, "text": TEXT, "photos": listing.photos}, "", 0,
    )  # fmt: skip
    shown = decided(listing, "publish", campus.M)
    assert (shown.status, now(shown).is_live, shown.published) == ("on_sale", True, clock.now())
    assert shown.expires == clock.now() + timedelta(days=30)


@pytest.mark.parametrize(
    ("given", "blamed"),
    [
        ({"title": "车"}, "title"),
        ({"title": "长" * 41}, "title"),
        ({"text": "好用"}, "text"),
        ({"text": "长" * 1001}, "text"),
        ({"condition": "mint"}, "condition"),
        ({"price_fen": -1}, "price_fen"),
        ({"price_fen": MOST_FEN + 1}, "price_fen"),
        ({"price_fen": 12.5}, "price_fen"),
        ({"price_fen": True}, "price_fen"),
        ({"photos": ()}, "photos"),
        ({"category": None}, "category"),
        ({"place": None}, "place"),
    ],
)
def test_an_offer_that_is_wrong_is_refused(campus: Campus, given: dict[str, Any], blamed: str) -> None:
    before = written()
    with pytest.raises(Refused) as caught:
        offered(campus.A, **given)
    assert caught.value.field == blamed
    assert written() == before


def test_a_gift_and_the_dearest_are_taken(campus: Campus) -> None:
    assert offered(campus.A, price_fen=0).price_fen == 0
    assert offered(campus.A, price_fen=MOST_FEN).price_fen == MOST_FEN


def test_who_has_left_offers_nothing(campus: Campus) -> None:
    close(campus.A)
    with pytest.raises(Refused, match="没有权限"):
        offered(campus.A)


def test_a_sent_back_offer_is_mended_and_goes_on_sale(campus: Campus) -> None:
    listing = decided(offered(campus.A), "send_back", campus.M, note="请写明尺寸")
    assert (listing.status, listing.moderation) == ("submitted", "needs_changes")
    again = moderation.resubmit(listing, by=campus.A, content={"title": TITLE, "text": f"{TEXT}车架 17 寸。"})
    assert decided(again, "publish", campus.M).status == "on_sale"


def test_a_decision_that_is_taken_back_takes_it_off_the_market(campus: Campus) -> None:
    listing = offered(campus.A)
    waiting = submission_of(listing)
    shown = decided(listing, "publish", campus.M)
    back = moderation.undo(shown, by=campus.M, submission=waiting.id)
    assert (back.status, back.expires, now(back).is_live, back.published) == ("submitted", None, False, None)
    rejected = decided(back, "reject", campus.M, code="advert")
    moderation.undo(rejected, by=campus.M, submission=waiting.id)
    assert decided(now(rejected), "publish", campus.M2).status == "on_sale"


def test_a_listing_is_never_kept_private(campus: Campus) -> None:
    listing = offered(campus.A)
    before = written()
    with pytest.raises(Refused, match="没有“不公开”"):
        decided(listing, "keep_private", campus.M)
    assert written() == before


# --- changes of text while things go on --------------------------------------------------------------


def test_an_approved_change_leaves_the_deal_as_it_is(campus: Campus) -> None:
    listing = published(campus)
    moderation.edit(listing, by=campus.A, content={"title": "捷安特山地车（带锁）", "text": TEXT})
    held = reserved(campus, now(listing))
    assert held.title == TITLE
    waiting = submission_of(held)
    changed = decided(held, "publish", campus.M)
    assert (changed.status, changed.title, changed.reserved_for_id) == ("reserved", "捷安特山地车（带锁）", campus.B.id)
    assert (changed.expires, changed.published) == (held.expires, held.published)
    back = moderation.undo(changed, by=campus.M, submission=waiting.id)
    assert (back.status, back.title, back.reserved_for_id) == ("reserved", TITLE, campus.B.id)


@pytest.mark.parametrize("state", ["reserved", "sold", "lapsed"])
def test_what_a_buyer_counts_on_is_not_changed(campus: Campus, state: str) -> None:
    listing = listing_in(campus, state)
    before = written()
    with pytest.raises(Refused, match=market.flow.states[state]):
        moderation.edit(listing, by=campus.A, content={"title": "别的车", "text": TEXT})
    assert written() == before


@pytest.mark.parametrize("state", ["submitted", "on_sale", "taken_down", "expired"])
def test_else_it_is(campus: Campus, state: str) -> None:
    listing = listing_in(campus, state)
    moderation.edit(listing, by=campus.A, content={"title": "捷安特山地车（带锁）", "text": TEXT})
    assert decided(now(listing), "publish", campus.M).title == "捷安特山地车（带锁）"
    assert now(listing).status == ("on_sale" if state == "submitted" else state)


def test_one_photo_stays(campus: Campus) -> None:
    listing = published(campus)
    words = {"title": TITLE, "text": TEXT}
    with pytest.raises(Refused) as caught:
        moderation.edit(listing, by=campus.A, content=words, kept=())
    assert caught.value.field == "photos"
    moderation.edit(listing, by=campus.A, content=words, kept=(), photos=[picture("navy")])
    assert len(submission_of(listing).content["photos"]) == 1


# --- price -------------------------------------------------------------------------------------------


def test_prices_are_kept_and_change_only_so_often(campus: Campus, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 20, 12)))
    listing = published(campus)
    for price in range(31_000, 31_000 - settings.value("market.prices_a_day") * 500, -500):
        listing = market.change_price(listing, by=campus.A, price_fen=price)
    kept = [(row.before_fen, row.price_fen) for row in PriceChange.select().order_by(PriceChange.id)]
    assert kept == [(32_000, 31_000), (31_000, 30_500), (30_500, 30_000), (30_000, 29_500), (29_500, 29_000)]
    assert isinstance(refuses(listing, "change_price", campus.A, {"price_fen": 1}), TooOften)
    freeze(clock.utc(datetime(2026, 11, 21)))  # the next day of the campus
    assert market.change_price(listing, by=campus.A, price_fen=1).price_fen == 1


# --- reservation -------------------------------------------------------------------------------------


def test_a_reservation_holds_three_days_and_shows_the_two_to_each_other(campus: Campus, freeze: Freeze) -> None:
    freeze(datetime(2026, 11, 20, 3))
    listing = published(campus)
    seller, buyer = campus.A, campus.B
    asked(listing, campus.fresh)
    assert market.contact(listing, seller) is None
    held = reserved(campus, listing)
    assert held.reserved_until == clock.now() + timedelta(hours=72)
    kept = Reservation.get()
    assert (kept.buyer_id, kept.until, kept.ended, kept.result) == (buyer.id, held.reserved_until, None, "")
    shown = {name: market.contact(held, person(name)) for name in CAST}
    assert {name: other.id for name, other in shown.items() if other} == {"A": buyer.id, "B": seller.id}
    assert market.contact(held, None) is None
    assert market.contact(Listing(**{**held.__data__, "moderation": "hidden"}), seller) is None
    assert [talk.starter_id for talk in market.interested(held)] == [buyer.id, campus.fresh.id]
    close(campus.fresh)
    assert [talk.starter_id for talk in market.interested(held)] == [buyer.id]
    close(buyer)
    assert market.contact(held, campus.B) is None
    close(buyer, False)
    freeze(datetime(2026, 11, 23, 3))
    assert market.contact(held, seller) is None  # the time is up, though the timetable has not come by


@pytest.mark.parametrize(
    ("who", "result", "reason"), [("A", "seller", "先卖给同学了"), ("B", "buyer", ""), (None, "timed_out", "")]
)
def test_who_released_is_counted(campus: Campus, freeze: Freeze, who: str | None, result: str, reason: str) -> None:
    held = reserved(campus)
    market.confirm(held, by=campus.A)
    held = now(held)
    assert held.reserved_until is not None
    if who is None:
        freeze(held.reserved_until - timedelta(seconds=1))
        assert "还没有到期" in str(refuses(held, "release", None, {}))
        freeze(held.reserved_until)
    free = market.release(held, by=person(who) if who else None, reason=reason)
    assert (free.status, free.releases, free.reserved_for_id, free.reserved_until) == ("on_sale", 1, None, None)
    assert (free.seller_confirmed, free.buyer_confirmed) == (None, None)
    ended = Reservation.get()
    assert (ended.result, ended.ended) == (result, ended.ended)
    assert ended.ended is not None
    details = last_event(free).details
    assert (details["result"], details["buyer_id"], details["automatic"]) == (result, campus.B.id, who is None)
    assert not access.sees(campus.B, free) or moderation.is_disclosed(free)
    # It may be kept again, and both begin anew.
    again = reserved(campus, free)
    market.confirm(again, by=campus.B)
    assert now(again).status == "reserved"
    market.release(now(again), by=campus.B)
    assert now(again).releases == 2


def test_nobody_is_kept_for_who_has_left(campus: Campus) -> None:
    listing = published(campus)
    asked(listing, campus.B)
    buyer = campus.B
    close(buyer)
    assert refuses(listing, "reserve", campus.A, {"buyer": buyer}).field == "buyer"
    assert refuses(listing, "reserve", campus.A, {"buyer": campus.B}).field == "buyer"


def test_a_talk_about_something_else_does_not_count(campus: Campus) -> None:
    listing, other = published(campus), published(campus)
    asked(other, campus.B)
    assert refuses(listing, "reserve", campus.A, {"buyer": campus.B}).field == "buyer"


@pytest.mark.parametrize("reported", [True, False])
def test_what_is_hidden_is_free_again(campus: Campus, reported: bool) -> None:
    held = reserved(campus)
    if reported:
        moderation.report(held, by=campus.fresh, code="untrue")
        hidden = decided(held, "hide", campus.M, code="untrue")
    else:
        hidden = moderation.hide(held, by=campus.M, code="untrue")
    assert (hidden.moderation, hidden.status, hidden.reserved_for_id) == ("hidden", "on_sale", None)
    assert (hidden.releases, Reservation.get().result) == (1, "seller")
    names = [(event.name, event.source, event.target) for event in events.timeline(hidden)[:2]]
    assert names == [("hide", "published", "hidden"), ("release", "reserved", "on_sale")]
    assert last_event(hidden).seq == 1 + events.timeline(hidden)[1].seq
    assert events.timeline(hidden)[1].actor_role == "moderator"
    assert not access.sees(campus.B, hidden)
    shown = moderation.restore(hidden, by=campus.M)
    assert (shown.moderation, shown.status) == ("published", "on_sale")


def test_what_was_hidden_by_mistake_is_kept_for_its_buyer(campus: Campus, freeze: Freeze) -> None:
    held = reserved(campus)
    moderation.report(held, by=campus.fresh, code="untrue")
    waiting = submission_of(held)
    hidden = decided(held, "hide", campus.M, code="untrue")
    back = moderation.undo(hidden, by=campus.M, submission=waiting.id)
    assert (back.moderation, back.status, back.reserved_for_id, back.releases) == (
        "published", "reserved", campus.B.id, 0,
    )  # fmt: skip
    assert back.reserved_until == held.reserved_until
    kept = Reservation.get()
    assert (kept.result, kept.ended) == ("", None)
    assert [event.name for event in events.timeline(back)[:2]] == ["undo", "reserve"]
    # What was free before stays free.
    market.release(back, by=campus.A)
    moderation.report(now(back), by=campus.W1, code="untrue")
    waiting = submission_of(back)
    hidden = decided(now(back), "hide", campus.M, code="untrue")
    assert moderation.undo(hidden, by=campus.M, submission=waiting.id).status == "on_sale"


@pytest.mark.parametrize("state", ["submitted", "on_sale", "reserved", "sold", "taken_down", "expired"])
def test_what_is_taken_back_does_not_return(campus: Campus, state: str) -> None:
    listing = listing_in(campus, state)
    back = moderation.withdraw(listing, by=campus.A)
    assert (back.moderation, back.status) == ("withdrawn", "sold" if state == "sold" else "lapsed")
    assert not now(back).is_live
    assert market.flow.steps_for(back, campus.A) == []
    if state == "reserved":
        assert (Reservation.get().result, back.releases, back.reserved_for_id) == ("seller", 1, None)
        assert [event.name for event in events.timeline(back)[:2]] == ["withdraw", "release"]
        assert events.timeline(back)[1].details["buyer_id"] == campus.B.id


# --- the deal and what is said of it -----------------------------------------------------------------


@pytest.mark.parametrize("first", ["A", "B"])
def test_both_confirm(campus: Campus, first: str) -> None:
    held = reserved(campus)
    second = "B" if first == "A" else "A"
    one = market.confirm(held, by=person(first))
    assert (one.status, one.sold) == ("reserved", None)
    assert "已经确认过" in str(refuses(one, "confirm", person(first), {}))
    done = market.confirm(one, by=person(second))
    assert (done.status, done.sold is not None, done.is_live, done.reserved_for_id) == (
        "sold",
        True,
        False,
        campus.B.id,
    )
    assert (Reservation.get().result, done.releases) == ("sold", 0)
    assert last_event(done).target == "sold"
    assert market.contact(done, campus.A) is None
    assert access.sees(campus.B, done)


def test_nobody_reads_a_rating_before_both_have_rated(campus: Campus) -> None:
    deal = sold(campus)
    market.rate(deal, by=campus.A, score=2, text="迟到半小时")
    mine, theirs = market.ratings_of(deal, campus.A)
    assert mine is not None
    assert (mine.score, mine.text, theirs) == (2, "迟到半小时", None)
    assert market.ratings_of(deal, campus.B) == (None, None)
    told = str([event.details for event in events.timeline(deal)])
    assert "迟到" not in told
    assert "score" not in told
    market.rate(deal, by=campus.B, score=5)
    mine, theirs = market.ratings_of(deal, campus.B)
    assert mine is not None
    assert theirs is not None
    assert (mine.score, theirs.score) == (5, 2)
    assert (mine.rated_id, theirs.rated_id) == (campus.A.id, campus.B.id)
    assert market.ratings_of(deal, campus.fresh) == (None, None)
    assert market.ratings_of(deal, campus.M) == (None, None)
    for name in ("A", "B"):
        assert "已经评价过" in str(refuses(deal, "rate", person(name), {"score": 1}))


def test_after_a_fortnight_it_is_too_late_and_all_is_open(campus: Campus, freeze: Freeze) -> None:
    freeze(datetime(2026, 11, 1, 3))
    deal = sold(campus)
    market.rate(deal, by=campus.A, score=4)
    freeze(datetime(2026, 11, 15, 2, 59, 59))
    assert market.ratings_of(deal, campus.B) == (None, None)
    freeze(datetime(2026, 11, 15, 3))
    assert "14 天" in str(refuses(deal, "rate", campus.B, {"score": 5}))
    theirs = market.ratings_of(deal, campus.B)[1]
    assert theirs is not None
    assert theirs.score == 4
    assert market.ratings_of(deal, campus.fresh) == (None, None)


def test_a_forbidden_word_is_not_said_of_anybody(campus: Campus) -> None:
    SensitiveWord.create(word="大骗子", action="refuse", category="abuse")
    assert refuses(sold(campus), "rate", campus.A, {"score": 1, "text": "他是大 骗 子"}).field == "text"


# --- favourites --------------------------------------------------------------------------------------


def test_favourites_are_counted_once(campus: Campus) -> None:
    listing = published(campus)
    for _ in range(2):
        assert market.favourite(listing, by=campus.B).favourites == 1
    assert market.favourite(listing, by=campus.fresh).favourites == 2
    for _ in range(2):
        assert market.unfavourite(listing, by=campus.B).favourites == 1
    assert now(listing).version == listing.version
    with pytest.raises(Refused, match="自己"):
        market.favourite(listing, by=campus.A)


@pytest.mark.parametrize("state", ["submitted", "sold", "taken_down", "expired", "lapsed"])
def test_only_what_can_be_had_is_a_favourite(campus: Campus, state: str) -> None:
    listing = listing_in(campus, state)
    with pytest.raises(Refused):
        market.favourite(listing, by=campus.fresh)
    assert Favourite.select().count() == 0


def test_the_number_of_favourites_has_an_end(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.market_deal.MOST_FAVOURITES", 1)
    one, two = published(campus), published(campus)
    market.favourite(one, by=campus.B)
    assert market.favourite(one, by=campus.B).favourites == 1
    with pytest.raises(Refused, match="最多收藏 1 件"):
        market.favourite(two, by=campus.B)


# --- two at once -------------------------------------------------------------------------------------


def test_two_confirm_at_once_and_it_is_sold(campus: Campus) -> None:
    for _ in range(5):
        held = reserved(campus)
        seller, buyer = campus.A, campus.B
        results = at_once(partial(market.confirm, held, by=seller), partial(market.confirm, held, by=buyer))
        assert all(isinstance(result, Listing) for result in results), results
        assert now(held).status == "sold"
        assert not events.broken_links(reversed(events.timeline(held)))


def test_both_rate_at_once_and_prices_follow_each_other(campus: Campus) -> None:
    deal, listing = sold(campus), published(campus)
    seller, buyer = campus.A, campus.B
    verbs = [partial(market.rate, deal, by=who, score=5) for who in (seller, buyer)]
    verbs += [partial(market.change_price, listing, by=seller, price_fen=price) for price in (30_000, 29_000, 28_000)]
    verbs += [partial(market.favourite, listing, by=buyer) for _ in range(3)]
    results = at_once(*verbs)
    assert all(isinstance(result, Listing) for result in results), results
    assert DealRating.select().count() == 2
    steps = [(row.before_fen, row.price_fen) for row in PriceChange.select().order_by(PriceChange.id)]
    assert [before for before, _ in steps] == [PRICE, *[after for _, after in steps[:-1]]]
    assert (now(listing).price_fen, now(listing).favourites) == (steps[-1][1], 1)
    for row in (deal, listing):
        assert not events.broken_links(reversed(events.timeline(row)))


def test_one_of_eight_reservations_holds(campus: Campus) -> None:
    listing = published(campus)
    buyers = [person(name) for name in ("B", "fresh", "kept", "lead", "W1", "helper", "W2", "caller")]
    for buyer in buyers:
        assert buyer is not None
        asked(listing, buyer)
    seller = campus.A
    results = at_once(*[partial(market.reserve, listing, by=seller, buyer=buyer) for buyer in buyers])
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 7, results
    assert all(result.stale for result in refused)
    assert Reservation.select().count() == 1
    assert now(listing).reserved_for_id == Reservation.get().buyer_id


def test_a_confirmation_and_a_release_at_once(campus: Campus) -> None:
    for _ in range(5):
        held = reserved(campus)
        seller, buyer = campus.A, campus.B
        held = market.confirm(held, by=seller)
        results = at_once(partial(market.confirm, held, by=buyer), partial(market.release, held, by=seller))
        assert len([result for result in results if isinstance(result, Refused)]) == 1, results
        last = Reservation.select().order_by(Reservation.id.desc()).get()
        row = now(held)
        assert (row.status, last.result, row.sold is not None) in (("sold", "sold", True), ("on_sale", "seller", False))


# --- who sees what -----------------------------------------------------------------------------------


def test_a_trusted_seller_is_not_kept_waiting(campus: Campus) -> None:
    ModerationRule.create(subject_type="listing", minutes=240, trusted_after=1)
    assert published(campus).moderation == "published"
    listing = offered(campus.A)
    assert (listing.moderation, listing.status, listing.expires is not None) == ("published", "on_sale", True)


def test_a_photo_is_seen_with_its_listing(campus: Campus) -> None:
    listing = offered(campus.A)
    photo = Photo.get(Photo.name == listing.photos[0])
    assert [photos.may_see(who, photo) for who in (None, campus.B, campus.A, campus.M)] == [False, False, True, True]
    decided(listing, "publish", campus.M)
    assert photos.may_see(None, photo)


def test_an_administrator_sells_nothing_for_anybody(campus: Campus) -> None:
    Grant.create(person=campus.caller, role="administrator", scope="", granted=clock.now())
    listing = published(campus)
    assert market.flow.steps_for(listing, campus.caller) == []
    assert answers()["price_fen"] == PRICE
