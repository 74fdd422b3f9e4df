"""How much somebody may bring in a day: more with what was published of them, least after something was hidden."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from hall import clock, market, moderation, saved_searches, trust
from hall.market_reading import Sought
from hall.words import Refused, TooOften
from models import Conversation, Listing, Person, SavedSearch, Submission, Thread, TrustLevel
from tests.board import decided, posted, submission_of
from tests.conftest import Campus
from tests.limits import limit
from tests.stall import answers, asked, now, offered, published
from tests.test_market_flow import close
from tests.test_repair_race import at_once

Freeze = Callable[[datetime], None]


def levels(*rows: tuple[str, int, int]) -> None:
    """Set the levels: name, published at least, listings a day."""
    TrustLevel.delete().execute()
    for name, least, listings in rows:
        TrustLevel.create(name=name, least_published=least, listings_a_day=listings)


# --- levels ------------------------------------------------------------------------------------------


def test_who_has_published_much_may_do_more(campus: Campus) -> None:
    levels(("新", 0, 9), ("熟", 2, 9), ("信", 3, 9))
    seen = [trust.level_of(campus.A).name]
    for _ in range(3):
        published(campus)
        seen.append(trust.level_of(campus.A).name)
    assert seen == ["新", "新", "熟", "信"]
    assert trust.level_of(campus.B).name == "新"


def test_every_board_counts_but_no_change_and_nothing_refused(campus: Campus) -> None:
    levels(("新", 0, 9), ("熟", 2, 9))
    listing = published(campus)
    moderation.edit(listing, by=campus.A, content={"title": "别的标题", "text": listing.text})
    decided(now(listing), "publish", campus.M)
    decided(posted(campus.A), "reject", campus.M, code="off_topic")
    assert trust.level_of(campus.A).name == "新"
    decided(posted(campus.A), "publish", campus.M)
    assert trust.level_of(campus.A).name == "熟"


def hidden_by_report(campus: Campus, row: Any) -> Any:
    moderation.report(row, by=campus.fresh, code="untrue")
    return decided(row, "hide", campus.M, code="untrue")


def test_an_upheld_report_means_the_lowest_level(campus: Campus, freeze: Freeze) -> None:
    freeze(datetime(2026, 9, 1, 3))
    levels(("新", 0, 9), ("熟", 2, 9))
    rows = [published(campus) for _ in range(3)]
    assert trust.level_of(campus.A).name == "熟"
    waiting_for = rows[0]
    moderation.report(waiting_for, by=campus.fresh, code="untrue")
    assert trust.level_of(campus.A).name == "熟"  # that somebody says so is not enough
    submission = submission_of(waiting_for)
    hidden = decided(waiting_for, "hide", campus.M, code="untrue")
    assert trust.level_of(campus.A).name == "新"
    moderation.undo(hidden, by=campus.M, submission=submission.id)
    assert trust.level_of(campus.A).name == "熟"
    hidden = decided(now(hidden), "hide", campus.M, code="untrue")
    freeze(datetime(2026, 9, 1, 3) + timedelta(days=90))
    assert trust.level_of(campus.A).name == "新"
    freeze(datetime(2026, 9, 1, 3) + timedelta(days=90, seconds=1))
    assert trust.level_of(campus.A).name == "熟"


def test_what_is_restored_is_forgiven(campus: Campus) -> None:
    levels(("新", 0, 9), ("熟", 1, 9))
    one, two = published(campus), published(campus)
    hidden = hidden_by_report(campus, one)
    moderation.restore(hidden, by=campus.M)
    assert trust.level_of(campus.A).name == "熟"
    hidden_by_report(campus, two)
    assert trust.level_of(campus.A).name == "新"


def test_an_unfounded_report_changes_nothing(campus: Campus) -> None:
    levels(("新", 0, 9), ("熟", 1, 9))
    listing = published(campus)
    moderation.report(listing, by=campus.fresh, code="untrue")
    decided(listing, "keep", campus.M)
    assert trust.level_of(campus.A).name == "熟"


def test_levels_that_the_operator_has_made_odd(campus: Campus) -> None:
    levels(("只有熟人", 2, 0))
    assert trust.level_of(campus.A).name == "只有熟人"
    with pytest.raises(TooOften):
        offered(campus.A)
    levels(("一", 1, 4), ("二", 2, 5))
    assert trust.level_of(campus.A).name == "一"
    levels()
    assert trust.level_of(campus.A).listings_a_day == 5
    assert offered(campus.A).number


def test_a_level_is_known_with_three_queries(campus: Campus, queries: Any) -> None:
    published(campus)
    person = campus.A
    with queries() as asked_for:
        trust.level_of(person)
    assert len(asked_for) == 3


# --- limits of a day ---------------------------------------------------------------------------------


def test_the_day_has_an_end(campus: Campus, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 20, 8)))
    levels(("新", 0, 2))
    offered(campus.A)
    first = offered(campus.A, once="a form")
    with pytest.raises(TooOften, match="最多可以发 2 件"):
        offered(campus.A)
    assert offered(campus.A, once="a form").id == first.id  # the same form is no third one
    offered(campus.B)
    moderation.withdraw(first, by=campus.A)
    with pytest.raises(TooOften):
        offered(campus.A)  # taking back makes no room
    freeze(clock.utc(datetime(2026, 11, 21)))
    offered(campus.A)


def test_eight_forms_at_once_do_not_pass_the_limit(campus: Campus) -> None:
    levels(("新", 0, 3))
    given = answers()
    results = at_once(*[partial(market.offer, by=campus.A, **given) for _ in range(8)])
    assert sum(isinstance(result, Listing) for result in results) == 3, results
    assert all(isinstance(result, Listing | TooOften) for result in results), results
    assert Listing.select().count() == Submission.select().count() == 3


def test_one_form_sent_eight_times_is_one_listing(campus: Campus) -> None:
    given = answers()
    results = at_once(*[partial(market.offer, by=campus.A, once="one form", **given) for _ in range(8)])
    assert {result.id for result in results} == {Listing.get().id}, results


def test_other_things_are_held_to_a_limit_too(campus: Campus) -> None:
    listing = published(campus)
    asked(listing, campus.B)
    trust.hold_to_limit(Conversation, campus.B, 2)
    with pytest.raises(TooOften):
        trust.hold_to_limit(Conversation, campus.B, 1)
    trust.hold_to_limit(Conversation, campus.A, 1)
    trust.hold_to_limit(Thread, campus.B, 1)


# --- saved searches ----------------------------------------------------------------------------------


def saves(by: Person, name: str = "自行车", **wanted: Any) -> SavedSearch:
    return market.save_search(by=by, name=name, wanted=wanted)


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("C++", "C++ 入门"),
        ("c++", "C++ 入门"),
        ("入門", "C++ 入门"),
        ("ＰＲＩＭＥＲ", "C primer"),
        ("!!", "便宜!!"),
        ("C", "C primer"),
    ],
)
def test_a_word_is_found_however_it_is_written(campus: Campus, word: str, found: str) -> None:
    saves(campus.B, words=[word])
    titles = ("C++ 入门", "C primer", "便宜!!", "法语词典")
    hit = [title for title in titles if market.searches_matching(Listing(**shown(campus, title)))]
    assert found in hit
    assert "法语词典" not in hit
    assert len(hit) == 1 or word == "C"


def shown(campus: Campus, title: str) -> dict[str, Any]:
    """A listing as far as a search looks at it."""
    given = answers(title=title, text="几乎没有用过，自提。")
    return {"author": campus.A, **{name: value for name, value in given.items() if name != "photos"}}


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"category": "bicycle"}, True),
        ({"category": "books"}, False),
        ({"condition": "good"}, True),
        ({"condition": "new"}, False),
        ({"least_fen": 32_000, "most_fen": 32_000}, True),
        ({"least_fen": 32_001}, False),
        ({"most_fen": 31_999}, False),
        ({"negotiable": True}, False),
        ({"graduation": True}, True),
        ({"place": "0"}, False),
        ({"campus": "1"}, False),
        ({"words": ["捷安特"]}, True),
        ({"words": ["捷安特", "后刹车"]}, True),
        ({"words": ["捷安特", "前刹车"]}, False),
        ({"words": ["２６寸"]}, True),
        ({"words": ["捷 安 特"], "category": "bicycle", "sort": "cheap"}, True),
    ],
)
def test_a_new_listing_is_told_to_who_looks_for_it(campus: Campus, wanted: dict[str, Any], fits: bool) -> None:
    saved = saves(campus.B, **wanted)
    listing = published(campus, is_graduation=True)
    assert [found.id for found in market.searches_matching(listing)] == ([saved.id] if fits else [])


def test_the_place_is_compared_too(campus: Campus) -> None:
    listing = published(campus)
    saved = saves(campus.B, place=str(listing.place_id))
    assert [found.id for found in market.searches_matching(listing)] == [saved.id]


def test_each_hears_once_and_nobody_of_their_own(campus: Campus) -> None:
    saves(campus.A, category="bicycle")
    first, _second = saves(campus.B, category="bicycle"), saves(campus.B, "捷安特", words=["捷安特"])
    saves(campus.fresh, category="bicycle")
    close(campus.fresh)
    found = market.searches_matching(published(campus))
    assert [(row.id, row.person.name) for row in found] == [(first.id, campus.B.name)]


def test_the_category_is_compared_in_the_database(campus: Campus, queries: Any) -> None:
    for code in ("books", "phone", "bicycle"):
        saves(campus.B, code, category=code)
    saves(campus.fresh, words=["书"])
    listing = published(campus)
    listing.place  # noqa: B018
    seen: list[Any] = []
    original = saved_searches.fits
    saved_searches.fits = lambda *given: seen.append(given) or original(*given)  # type: ignore[assignment,func-returns-value]
    try:
        with queries() as asked_for:
            market.searches_matching(listing)
    finally:
        saved_searches.fits = original
    assert (len(seen), len(asked_for)) == (2, 1)


def test_a_search_is_saved_once_under_its_name_and_forgotten_by_its_owner(campus: Campus) -> None:
    one = saves(campus.B, " 自行车 ", category="bicycle", sort="cheap")
    again = saves(campus.B, category="bicycle", most_fen=20_000)
    assert again.id == one.id
    assert (again.wanted, again.category.code) == ({"category": "bicycle", "most_fen": 20_000}, "bicycle")
    other = saves(campus.A, category="books")
    assert [row.id for row in market.searches_of(campus.B)] == [one.id]
    market.forget_search(one.id, by=campus.A)
    assert SavedSearch.select().count() == 2
    market.forget_search(one.id, by=campus.B)
    market.forget_search(one.id, by=campus.B)
    assert [row.id for row in SavedSearch.select()] == [other.id]


@pytest.mark.parametrize(
    ("wanted", "blamed"),
    [
        ({}, "q"),
        ({"sort": "cheap"}, "q"),
        ({"role": "administrator"}, "q"),
        ({"words": "捷安特"}, "q"),
        ({"category": "weapons"}, "category"),
        ({"condition": "mint"}, "condition"),
        ({"least_fen": -1}, "least_fen"),
        ({"most_fen": 10**12}, "most_fen"),
        ({"words": ["一", "二", "三", "四", "五", "六"]}, "q"),
        ({"words": ["长" * 51]}, "q"),
    ],
)
def test_a_search_that_asks_for_nothing_or_nonsense_is_refused(
    campus: Campus, wanted: dict[str, Any], blamed: str
) -> None:
    with pytest.raises(Refused) as caught:
        saves(campus.B, **wanted)
    assert caught.value.field == blamed
    assert not SavedSearch.select().exists()


def test_a_search_has_a_name_and_there_are_not_too_many(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "   ", "长" * 41):
        with pytest.raises(Refused) as caught:
            saves(campus.B, name, category="books")
        assert caught.value.field == "name"
    limit(monkeypatch, "market.searches", 1)
    saves(campus.B, category="books")
    saves(campus.B, category="phone")  # the same name
    with pytest.raises(Refused, match="最多订阅 1 个"):
        saves(campus.B, "另一个", category="phone")
    closed = campus.A
    closed.is_closed = True
    with pytest.raises(Refused):
        saves(closed, category="books")


def test_what_a_page_keeps_is_what_comes_back(campus: Campus) -> None:
    sought = Sought(category="bicycle", words=("捷安特",), most_fen=50_000, negotiable=True)
    saved = market.save_search(by=campus.B, name="车", wanted=sought.as_dict())
    assert Sought.from_dict(SavedSearch.get_by_id(saved.id).wanted) == sought


def test_eight_clicks_save_one_search(campus: Campus) -> None:
    results = at_once(*[partial(saves, campus.B, category="books") for _ in range(8)])
    assert {row.id for row in results} == {SavedSearch.get().id}, results
