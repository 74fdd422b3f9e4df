"""Eight people at once on the boards: one is served, the others are told; what is sent twice is done once."""

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playhouse.pool import PooledPostgresqlDatabase

import models
from hall import clock, conversations, events, lost_found, lost_reading, market, moderation
from hall.words import Refused
from models import (
    Claim,
    Conversation,
    DealRating,
    Event,
    Listing,
    Message,
    Person,
    PropertyNotice,
    Reservation,
    SavedSearch,
    Submission,
)
from tests import lost, stall
from tests.conftest import Campus
from tests.limits import limit
from tests.test_repair_race import at_once, check_one_each, in_turns

ROUNDS = 12
CROWD = ("B", "kept", "helper", "lead", "W1", "W2", "finance", "settler")


@pytest.fixture
def board(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> Campus:
    """The cast on boards that take as much as a test needs."""
    if isinstance(models.database.obj, PooledPostgresqlDatabase):
        models.database.obj._max_connections = 16  # as several web processes have together
    most = {"listings_a_day": 1000, "notices_a_day": 1000, "talks_a_day": 1000}
    models.TrustLevel.update(**most).execute()
    limit(monkeypatch, "lost_found.claims_a_day", 1000)
    return campus


def crowd(board: Campus) -> list[Person]:
    return [getattr(board, name) for name in CROWD]


def now(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def check_chain(row: Any) -> None:
    chain = list(reversed(events.timeline(row)))
    assert [event.seq for event in chain] == list(range(1, len(chain) + 1))
    assert not events.broken_links(chain)


def check_none_broke(results: list[Any]) -> None:
    """Everybody was served or told."""
    broken = [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)]
    assert not broken, broken


def served(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, Exception)]


# --- lost and found --------------------------------------------------------------------------------------


def test_eight_people_claim_one_thing(board: Campus) -> None:
    people, notices = crowd(board), [lost.published(board) for _ in range(ROUNDS)]

    def claim(notice: PropertyNotice, by: Person) -> Callable[[], Any]:
        return functools.partial(lost_found.claim, notice, by=by, answer="里面有一个字")

    check_one_each(in_turns([[claim(notice, person) for person in people] for notice in notices]))
    for notice in notices:
        (only,) = Claim.select().where(Claim.notice == notice.id)
        assert (only.claimant_id, only.status) == (now(notice).claimant_id, "waiting")
        check_chain(notice)


def test_a_claim_is_accepted_denied_or_given_up(board: Campus) -> None:
    finder, claimant = board.A, board.B
    notices = [lost.claimed(board, lost.published(board)) for _ in range(9)]

    def round_of(notice: PropertyNotice) -> list[Callable[[], Any]]:
        return [
            *[functools.partial(lost_found.accept_claim, notice, by=finder)] * 3,
            *[functools.partial(lost_found.deny_claim, notice, by=finder, reason="对不上")] * 3,
            *[functools.partial(lost_found.give_up, notice, by=claimant)] * 2,
        ]

    for notice, results in zip(notices, in_turns([round_of(notice) for notice in notices]), strict=True):
        check_none_broke(results)
        # Who has it accepted may still give it up.
        assert 1 <= len(served(results)) <= 2, results
        claim = Claim.get(Claim.notice == notice.id)
        states = {"accepted": "to_hand_over", "denied": "open", "given_up": "open"}
        assert now(notice).status == states[claim.status]
        assert (now(notice).claimant_id is None) == (claim.status != "accepted")
        check_chain(notice)


def test_a_thing_is_handed_over_once(board: Campus) -> None:
    finder, counted = board.A, lost_reading.good_news()
    for _ in range(ROUNDS):
        notice = lost.accepted(board, lost.published(board))
        code = lost_found.code_of(notice, board.B)
        results = at_once(*[functools.partial(lost_found.hand_over, notice, by=finder, code=code)] * 8)
        check_none_broke(results)
        assert len(served(results)) == 1, results
        assert Event.select().where(Event.subject_id == notice.id, Event.name == "hand_over").count() == 1
        assert Claim.get(Claim.notice == notice.id).status == "done"
        check_chain(notice)
    assert lost_reading.good_news() == counted + ROUNDS


def test_wrong_codes_at_once_are_no_more_than_five(board: Campus) -> None:
    """Forty guesses side by side: five are compared, then the code is void, also for who knows it."""
    notice, finder, claimant = lost.accepted(board), board.A, board.B
    code = lost_found.code_of(notice, claimant)
    guesses = [f"{(int(code) + 1 + at) % 1_000_000:06d}" for at in range(40)]

    def guess(one: str) -> Callable[[], Any]:
        return functools.partial(lost_found.hand_over, notice, by=finder, code=one)

    for at in range(0, 40, 8):
        results = at_once(*[guess(one) for one in guesses[at : at + 8]])
        check_none_broke(results)
        assert not served(results)
    assert Claim.get(Claim.notice == notice.id).code_tries == 5
    assert lost_found.code_of(now(notice), claimant) == ""
    with pytest.raises(Refused):
        lost_found.hand_over(now(notice), by=finder, code=code)
    renewed = lost_found.renew_code(now(notice), by=claimant)
    fresh = lost_found.code_of(renewed, claimant)
    assert fresh not in ("", code)
    assert lost_found.hand_over(renewed, by=finder, code=fresh).status == "returned"


def test_the_right_code_among_wrong_ones(board: Campus) -> None:
    for _ in range(6):
        notice, finder, claimant = lost.accepted(board, lost.published(board)), board.A, board.B
        code = lost_found.code_of(notice, claimant)
        wrong = [f"{(int(code) + 1 + at) % 1_000_000:06d}" for at in range(7)]
        said = [*wrong[:2], code, *wrong[2:]]
        results = at_once(*[functools.partial(lost_found.hand_over, notice, by=finder, code=one) for one in said])
        check_none_broke(results)
        assert len(served(results)) <= 1
        assert Claim.get(Claim.notice == notice.id).code_tries <= 5
        if served(results):
            assert isinstance(results[2], PropertyNotice)
        assert (now(notice).status == "returned") == bool(served(results))
        check_chain(notice)


def test_one_tag_for_what_is_handed_in(board: Campus) -> None:
    desk, point, notices = board.keeper_of_lost, lost.point(), [lost.published(board) for _ in range(ROUNDS)]
    rounds = [
        [functools.partial(lost_found.hand_in, notice, by=desk, point=point, shelf=f"A{at}") for at in range(8)]
        for notice in notices
    ]
    check_one_each(in_turns(rounds))
    tags = [now(notice).tag for notice in notices]
    assert len(set(tags)) == len(tags)
    assert all(tags)


def test_who_proposed_a_disposal_never_disposes_of_it_alone(board: Campus) -> None:
    notice, desk, leader = lost.kept(board), board.keeper_of_lost, board.leader
    with clock.at(notice.keep_until + timedelta(days=1)):
        lost_found.announce(notice, by=desk)
    later = now(notice).dispose_from + timedelta(days=1)

    def at_that_time(verb: Any, **answers: Any) -> Callable[[], Any]:
        def call() -> Any:
            with clock.at(later):
                return verb(notice, **answers)

        return call

    propose = at_that_time(lost_found.propose_disposal, by=desk, method="donated")
    results = at_once(*[propose] * 2, *[at_that_time(lost_found.dispose, by=who) for who in (desk, leader) * 3])
    check_none_broke(results)
    row = now(notice)
    if row.status != "disposed":
        at_that_time(lost_found.dispose, by=leader)()
        row = now(notice)
    assert (row.proposed_by_id, row.disposed_by_id) == (desk.id, leader.id)
    assert Event.select().where(Event.subject_id == notice.id, Event.name == "dispose").count() == 1
    check_chain(notice)


# --- the market ------------------------------------------------------------------------------------------


def asked(board: Campus) -> tuple[Listing, list[Person]]:
    """A's listing, about which eight people have asked."""
    listing, people = stall.published(board), crowd(board)
    for person in people:
        stall.asked(listing, person)
    return listing, people


def test_a_listing_is_reserved_for_one(board: Campus) -> None:
    seller, made = board.A, [asked(board) for _ in range(6)]
    rounds = [
        [functools.partial(market.reserve, listing, by=seller, buyer=buyer) for buyer in people]
        for listing, people in made
    ]
    check_one_each(in_turns(rounds))
    for listing, _people in made:
        (only,) = Reservation.select().where(Reservation.listing == listing.id)
        assert (only.buyer_id, only.ended) == (now(listing).reserved_for_id, None)
        check_chain(listing)


def test_a_reservation_is_released_once(board: Campus) -> None:
    """By the seller, the buyer and the clock, each as often as they like."""
    made = [stall.reserved(board, stall.published(board)) for _ in range(ROUNDS)]
    later, seller, buyer = made[-1].reserved_until + timedelta(hours=1), board.A, board.B

    def release(listing: Listing, by: Person | None) -> Callable[[], Any]:
        def call() -> Any:
            with clock.at(later):
                return market.release(listing, by=by)

        return call

    rounds = [
        [release(listing, by) for by in (seller, buyer, None, seller, buyer, None, seller, buyer)] for listing in made
    ]
    for listing, results in zip(made, in_turns(rounds), strict=True):
        check_none_broke(results)
        assert len(served(results)) == 1, results
        row = now(listing)
        assert (row.status, row.releases, row.reserved_for_id) == ("on_sale", 1, None)
        assert Reservation.get(Reservation.listing == listing.id).result in ("seller", "buyer", "timed_out")
        check_chain(listing)


def test_two_timetables_release_each_once(board: Campus) -> None:
    made = [stall.reserved(board, stall.published(board)) for _ in range(6)]
    later = made[-1].reserved_until + timedelta(hours=1)

    def timers() -> int:
        with clock.at(later):
            return market.run_timers()

    assert sum(at_once(*[timers] * 4)) == 6
    assert {(now(row).status, now(row).releases) for row in made} == {("on_sale", 1)}


def test_both_confirm_at_the_same_moment(board: Campus) -> None:
    """Neither is lost: whoever comes second makes the deal."""
    seller, buyer = board.A, board.B
    for _ in range(ROUNDS):
        listing = stall.reserved(board, stall.published(board))
        both = [functools.partial(market.confirm, listing, by=by) for by in (seller, buyer)]
        results = at_once(*both * 4)
        check_none_broke(results)
        assert len(served(results)) == 2, results
        row = now(listing)
        assert row.status == "sold" and row.seller_confirmed and row.buyer_confirmed
        (only,) = Reservation.select().where(Reservation.listing == listing.id)
        assert only.result == "sold"
        check_chain(listing)


def test_a_deal_is_either_made_or_released(board: Campus) -> None:
    seller, buyer = board.A, board.B
    for _ in range(6):
        listing = stall.reserved(board, stall.published(board))
        results = at_once(
            *[functools.partial(market.confirm, listing, by=by) for by in (seller, buyer)] * 2,
            *[functools.partial(market.release, listing, by=by) for by in (seller, buyer)] * 2,
        )
        check_none_broke(results)
        row, (only,) = now(listing), Reservation.select().where(Reservation.listing == listing.id)
        assert (row.status, only.result) in (("sold", "sold"), ("on_sale", "seller"), ("on_sale", "buyer"))
        assert (row.reserved_for_id is None) == (row.status == "on_sale")
        check_chain(listing)


def test_each_rates_once(board: Campus) -> None:
    listing = stall.sold(board)
    rates = [
        functools.partial(market.rate, listing, by=by, score=score)
        for by in (board.A, board.B)
        for score in (1, 2, 4, 5)
    ]
    results = at_once(*rates)
    check_none_broke(results)
    assert len(served(results)) == 2
    assert DealRating.select().where(DealRating.listing == listing.id).count() == 2


def test_favourites_count_each_person_once(board: Campus) -> None:
    listing, people = stall.published(board), crowd(board)
    for _ in range(3):
        check_none_broke(at_once(*[functools.partial(market.favourite, listing, by=person) for person in people] * 2))
        assert now(listing).favourites == listing.favoured_by.count() == len(people)
        check_none_broke(at_once(*[functools.partial(market.unfavourite, listing, by=person) for person in people] * 2))
        assert now(listing).favourites == listing.favoured_by.count() == 0


def test_a_search_is_saved_once(board: Campus) -> None:
    who = board.B
    save = functools.partial(market.save_search, by=who, name="自行车", wanted={"category": "bicycle"})
    results = at_once(*[save] * 8)
    check_none_broke(results)
    assert SavedSearch.select().where(SavedSearch.person == who.id).count() == 1
    (only,) = {result.id for result in served(results)}
    assert SavedSearch.get_by_id(only).wanted == {"category": "bicycle"}


def test_a_talk_begun_by_eight_forms_is_one(board: Campus) -> None:
    listing, who = stall.published(board), board.B
    results = at_once(*[functools.partial(conversations.start, listing, by=who, text="还在吗", once="one page")] * 8)
    check_none_broke(results)
    assert (Conversation.select().count(), Message.select().count()) == (1, 1)
    talk = Conversation.get()
    said = [functools.partial(conversations.say, talk, by=by, text="好的") for by in (board.A, who)]
    results = at_once(*said * 4)
    check_none_broke(results)
    assert Message.select().count() == 9
    check_chain(talk)


# --- one form, sent often --------------------------------------------------------------------------------


def test_the_same_offer_ten_times_is_one(board: Campus) -> None:
    """Fault 9."""
    seller, photo = board.A, stall.picture()
    results = at_once(*[functools.partial(stall.offered, seller, photos=[photo], once="one page")] * 10)
    check_none_broke(results)
    assert {result.number for result in served(results)} == {Listing.get().number}
    assert (Listing.select().count(), Submission.select().count(), models.Photo.select().count()) == (1, 1, 1)


def test_the_same_notice_ten_times_is_one(board: Campus) -> None:
    finder = board.A
    results = at_once(*[functools.partial(lost.posted, finder, once="one page")] * 10)
    check_none_broke(results)
    assert {result.number for result in served(results)} == {PropertyNotice.get().number}
    assert (PropertyNotice.select().count(), Submission.select().count()) == (1, 1)


def test_the_same_step_ten_times_is_one(board: Campus) -> None:
    notice, claimant = lost.published(board), board.B
    results = at_once(*[functools.partial(lost_found.claim, notice, by=claimant, answer="有字", once="claim")] * 10)
    assert {getattr(result, "status", result) for result in results} == {"verifying"}
    accepted = lost_found.accept_claim(now(notice), by=board.A)
    code, finder = lost_found.code_of(accepted, claimant), board.A
    results = at_once(*[functools.partial(lost_found.hand_over, accepted, by=finder, code=code, once="hand over")] * 10)
    assert {getattr(result, "status", result) for result in results} == {"returned"}
    assert Claim.select().count() == 1


def test_a_day_has_its_limit_for_eight_forms_at_once(board: Campus) -> None:
    models.TrustLevel.update(listings_a_day=3, notices_a_day=3).execute()
    seller, photo = board.B, stall.picture()
    for make, model in (
        (functools.partial(stall.offered, seller, photos=[photo]), Listing),
        (functools.partial(lost.posted, seller), PropertyNotice),
    ):
        results = at_once(*[make] * 8)
        check_none_broke(results)
        assert len(served(results)) == model.select().where(model.author == seller.id).count() == 3


def test_a_day_has_its_limit_for_claims_at_once(board: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "lost_found.claims_a_day", 3)
    notices, claimant = [lost.published(board) for _ in range(8)], board.B
    results = at_once(*[functools.partial(lost_found.claim, row, by=claimant, answer="有字") for row in notices])
    check_none_broke(results)
    assert len(served(results)) == Claim.select().where(Claim.claimant == claimant.id).count() == 3


def test_what_one_may_keep_has_its_limit(board: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.market_deal.MOST_FAVOURITES", 3)
    limit(monkeypatch, "market.searches", 3)
    who, listings = board.B, [stall.published(board) for _ in range(8)]
    check_none_broke(at_once(*[functools.partial(market.favourite, row, by=who) for row in listings]))
    assert models.Favourite.select().where(models.Favourite.person == who.id).count() == 3
    wanted = {"category": "bicycle"}
    check_none_broke(
        at_once(*[functools.partial(market.save_search, by=who, name=f"{n}", wanted=wanted) for n in range(8)])
    )
    assert SavedSearch.select().where(SavedSearch.person == who.id).count() == 3


def test_a_listing_hidden_while_it_is_dealt_with(board: Campus) -> None:
    """A moderator hides, seller and buyer confirm: either it was sold before, or nobody has it."""
    seller, buyer, moderator = board.A, board.B, board.M
    for _ in range(6):
        listing = stall.reserved(board, stall.published(board))
        results = at_once(
            functools.partial(moderation.hide, listing, by=moderator, code="illegal"),
            *[functools.partial(market.confirm, listing, by=by) for by in (seller, buyer)],
            *[functools.partial(market.release, listing, by=by) for by in (seller, buyer)],
        )
        check_none_broke(results)
        row, (only,) = now(listing), Reservation.select().where(Reservation.listing == listing.id)
        assert row.moderation == "hidden"
        assert (row.status == "sold") == (only.result == "sold")
        assert only.ended is not None
        check_chain(listing)
