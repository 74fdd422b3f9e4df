"""Reading the boards: filters, sorts, search, pages by key, one's own; the front page and the way there."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from peewee import JOIN

from hall import (
    board_search,
    clock,
    keyset,
    lost_reading,
    market,
    market_reading,
    market_standing,
    moderation,
    search_index,
)
from hall.words import Refused
from models import (
    Building,
    CalendarPeriod,
    Counter,
    DealRating,
    Favourite,
    ItemKind,
    Listing,
    ListingCategory,
    Person,
    PriceChange,
    PropertyNotice,
    SafePlace,
    TrustLevel,
)
from tests import crowd, lost, stall
from tests.conftest import Campus
from tests.visitor import Visitor

Queries = Callable[[], Any]
SignIn = Callable[..., Visitor]
MARKET = market_reading.Sought
LOST = lost_reading.Sought
LIVE = ("on_sale", "reserved")


@pytest.fixture(autouse=True)
def many(campus: Campus) -> None:
    """Nobody is kept from offering a lot."""
    TrustLevel.update(listings_a_day=1_000, notices_a_day=1_000).execute()


@pytest.fixture
def stalls(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> list[Listing]:
    """Three hundred listings; a page is picked from at most seventy."""
    crowd.fill(300, 0)
    monkeypatch.setitem(keyset.page_of.__kwdefaults__, "looks", 70)
    return list(Listing.select(Listing, ListingCategory, SafePlace).join(ListingCategory).switch().join(SafePlace))


@pytest.fixture
def shelves(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> list[PropertyNotice]:
    """Three hundred notices; a page is picked from at most seventy."""
    crowd.fill(0, 300)
    monkeypatch.setitem(keyset.page_of.__kwdefaults__, "looks", 70)
    query = PropertyNotice.select(PropertyNotice, ItemKind, Building).join(ItemKind).switch()
    return list(query.join(Building, JOIN.LEFT_OUTER))


def every_page(page: Callable[..., tuple[list[Any], str]], sought: Any, limit: int = 7) -> list[int]:
    """The ids of a list, page after page; no page is longer than `limit`."""
    found, key = [], ""
    for _page in range(200):
        rows, key = page(sought, after=key, limit=limit)
        assert len(rows) <= limit
        found += [row.id for row in rows]
        if not key:
            return found
    raise AssertionError("no last page")


# --- the market --------------------------------------------------------------------------------------

ORDERS: dict[str, Callable[[Listing], Any]] = {
    "newest": lambda row: (-row.published.timestamp(), -row.id),
    "cheap": lambda row: (row.price_fen, row.id),
    "dear": lambda row: (-row.price_fen, -row.id),
}
FILTERS: dict[str, tuple[MARKET, Callable[[Listing], bool]]] = {
    "everything": (MARKET(), lambda row: True),
    "category": (MARKET(category="books"), lambda row: row.category.code == "books"),
    "condition": (MARKET(condition="parts"), lambda row: row.condition == "parts"),
    "place": (MARKET(place="2"), lambda row: row.place_id == 2),
    "campus": (MARKET(campus="1"), lambda row: row.place.campus_id == 1),
    "from a price": (MARKET(least_fen=20_000), lambda row: row.price_fen >= 20_000),
    "up to a price": (MARKET(most_fen=9_990), lambda row: row.price_fen <= 9_990),
    "between": (MARKET(least_fen=3_000, most_fen=60_000), lambda row: 3_000 <= row.price_fen <= 60_000),
    "negotiable": (MARKET(negotiable=True), lambda row: row.is_negotiable),
    "graduation": (MARKET(graduation=True), lambda row: row.is_graduation),
    "words": (MARKET(words=("黑色", "台灯")), lambda row: all(w in row.title + row.text for w in ("黑色", "台灯"))),
    "several": (
        MARKET(category="bicycle", condition="good", negotiable=True, words=("划痕",)),
        lambda row: row.category.code == "bicycle" and row.condition == "good" and row.is_negotiable
        and "划痕" in row.title + row.text,
    ),
    "nothing there": (MARKET(category="nothing"), lambda row: False),
    "no such place": (MARKET(place="99999"), lambda row: False),
    "not a place": (MARKET(place="²", campus="x" * 99), lambda row: False),
}  # fmt: skip


def test_every_filter_in_every_order_shows_what_it_says_and_loses_nothing(stalls: list[Listing]) -> None:
    live = [row for row in stalls if row.status in LIVE]
    for name, (sought, fits) in FILTERS.items():
        for sort, order in ORDERS.items():
            wanted = [row.id for row in sorted(filter(fits, live), key=order)]
            asked = MARKET(**{**vars(sought), "sort": sort})
            assert every_page(market_reading.page, asked) == wanted, (name, sort)
    assert len(FILTERS["words"][0].words) == 2
    assert any(FILTERS["several"][1](row) for row in live)


def test_a_page_of_rare_things_may_be_short_and_goes_on(stalls: list[Listing]) -> None:
    oldest = min((row for row in stalls if row.status in LIVE), key=lambda row: (row.published, row.id))
    Listing.update(title="一把古筝", is_negotiable=True).where(Listing.id == oldest.id).execute()
    Listing.update(is_negotiable=False).where(Listing.id != oldest.id).execute()
    rows, key = market_reading.page(MARKET(negotiable=True))
    assert (rows, bool(key)) == ([], True)
    assert every_page(market_reading.page, MARKET(negotiable=True)) == [oldest.id]
    search_index.rebuild()
    rows, key = market_reading.page(MARKET(words=("古筝",)))
    assert ([row.id for row in rows], key) == ([oldest.id], ""), "words are found at once"


def test_only_what_is_disclosed_and_can_be_had_is_listed(campus: Campus) -> None:
    shown = stall.published(campus, title="在售的台灯")
    waiting = stall.offered(campus.A, title="待审的台灯")
    down = market.take_down(stall.published(campus, title="下架的台灯"), by=campus.A)
    hidden = stall.published(campus, title="屏蔽的台灯")
    Listing.update(moderation="hidden").where(Listing.id == hidden.id).execute()
    assert [row.id for row in market_reading.page(MARKET())[0]] == [shown.id]
    assert [row.id for row in market_reading.newest()] == [shown.id]
    for row in (waiting, hidden):
        assert market_reading.find(None, row.number) is None
        assert market_reading.find(campus.B, row.number) is None
        assert market_reading.find(campus.A, row.number) == row
        assert market_reading.find(campus.M, row.number) == row
    assert market_reading.find(None, down.number) == down
    assert market_reading.find(None, f"  {'９' * 40}") is None
    assert market_reading.find(campus.A, "") is None


def test_a_saved_search_comes_back_as_it_was() -> None:
    sought = MARKET(
        category="books", least_fen=0, most_fen=5_000, negotiable=True, sort="cheap", words=("高数", "习题")
    )
    kept = sought.as_dict()
    assert kept == {
        "category": "books", "least_fen": 0, "most_fen": 5_000, "negotiable": True, "sort": "cheap",
        "words": ["高数", "习题"],
    }  # fmt: skip
    assert MARKET.from_dict(kept) == sought
    assert MARKET().as_dict() == {}
    strange = {
        "category": 5,
        "least_fen": "1",
        "most_fen": True,
        "negotiable": 1,
        "words": "ab",
        "more": 1,
        "sort": None,
    }
    assert MARKET.from_dict(strange) == MARKET()
    assert MARKET.from_dict({"words": [1, 2], "category": "books"}) == MARKET(category="books")


def test_similar_ones_are_of_the_category_and_nearest_in_words_and_price(campus: Campus) -> None:
    by = {"by": campus.B}
    bicycle = stall.published(campus, title="捷安特山地车", price_fen=50_000)
    near = stall.published(campus, **by, title="捷安特山地车二手", price_fen=48_000)
    far = stall.published(campus, **by, title="折叠车", price_fen=50_000)
    stall.published(campus, **by, title="捷安特山地车海报", price_fen=50_000, category="books")
    gone = stall.published(campus, title="捷安特山地车架", price_fen=50_000)
    market.take_down(gone, by=campus.A)
    assert [row.id for row in market_reading.similar(bicycle)] == [near.id, far.id]
    assert market_reading.similar(bicycle, limit=1) == [near]


def test_ones_own_lists(campus: Campus) -> None:
    mine = [stall.offered(campus.A, title=f"第{number}件东西") for number in range(3)]
    rows, before = market_reading.mine(campus.A, limit=2)
    assert [row.id for row in rows] == [mine[2].id, mine[1].id]
    assert [row.id for row in market_reading.mine(campus.A, before, limit=2)[0]] == [mine[0].id]
    assert market_reading.mine(campus.A, before, limit=2)[1] is None
    kept = stall.reserved(campus)
    assert [row.id for row in market_reading.bought(campus.B)[0]] == [kept.id]
    assert market_reading.bought(campus.A)[0] == []


def test_favourites_are_paged_and_only_what_everybody_may_see(campus: Campus) -> None:
    rows = [stall.published(campus, title=f"第{number}盏台灯") for number in range(3)]
    hidden = stall.published(campus, title="屏蔽的台灯")
    for row in [*rows, hidden]:
        Favourite.create(listing=row, person=campus.B)
    Listing.update(moderation="hidden").where(Listing.id == hidden.id).execute()
    first, key = market_reading.favourites(campus.B, limit=2)
    assert [row.id for row in first] == [rows[2].id, rows[1].id]
    assert [row.id for row in market_reading.favourites(campus.B, key, limit=2)[0]] == [rows[0].id]
    assert market_reading.favourites(campus.A) == ([], "")
    assert market_reading.is_favourite(campus.B, rows[0])
    assert not market_reading.is_favourite(campus.A, rows[0])
    assert not market_reading.is_favourite(None, rows[0])


def test_the_price_history_is_told_oldest_first(campus: Campus) -> None:
    listing = stall.published(campus, price_fen=9_000)
    for fen in (8_000, 7_000):
        listing = market.change_price(listing, by=campus.A, price_fen=fen)
    told = [(change.before_fen, change.price_fen) for change in market_reading.price_history(listing)]
    assert told == [(9_000, 8_000), (8_000, 7_000)]
    assert PriceChange.select().count() == 2


def test_what_is_known_of_somebody_counts_only_what_is_open(campus: Campus) -> None:
    assert market_reading.standing(campus.A) == market_reading.Standing()
    listing = stall.sold(campus)
    DealRating.create(listing=listing, rater=campus.B, rated=campus.A, score=4)
    known = market_reading.standing(campus.A)
    assert (known.deals, known.score, known.answers) == (1, None, 0), "unseen until both have rated"
    with clock.at(clock.now() + timedelta(days=15)):
        assert market_reading.standing(campus.A).score == 4
    DealRating.create(listing=listing, rater=campus.A, rated=campus.B, score=2)
    assert market_reading.standing(campus.A).score == 4
    assert market_reading.standing(campus.B) == market_reading.Standing(deals=1, score=2, answers=1)
    released = market.release(stall.reserved(campus, title="另一件"), by=campus.A)
    market.release(stall.reserved(campus, listing=stall.now(released)), by=campus.B)
    assert market_reading.standing(campus.A).releases == 1
    assert market_reading.standing(campus.B).releases == 1


def test_the_score_is_the_mean_of_the_newest_and_everything_is_counted_up_to_a_bound(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, score in enumerate([1, 4, 5, 5]):
        listing = stall.sold(campus, title=f"第{number}盏台灯")
        DealRating.create(listing=listing, rater=campus.B, rated=campus.A, score=score)
        DealRating.create(listing=listing, rater=campus.A, rated=campus.B, score=3)
    for number in range(4):
        market.release(stall.reserved(campus, title=f"第{number}把椅子"), by=campus.A)
    known = market_reading.standing(campus.A)
    assert known == market_reading.Standing(deals=4, score=15 / 4, answers=4, releases=4)
    assert type(known.score) is float
    monkeypatch.setattr(market_standing, "COUNTED", 3)
    assert market_reading.standing(campus.A) == market_reading.Standing(deals=3, score=14 / 3, answers=3, releases=3)


# --- lost and found ----------------------------------------------------------------------------------

SHELVES: dict[str, tuple[LOST, Callable[[PropertyNotice], bool]]] = {
    "lost": (LOST(), lambda row: row.is_live and row.kind == "lost"),
    "found": (LOST(kind="found"), lambda row: row.is_live and row.kind == "found"),
    "kind": (LOST("found", item_kind="phone"), lambda row: _found(row) and row.item_kind.code == "phone"),
    "building": (LOST("found", building="JXB"), lambda row: _found(row) and _in(row, "JXB")),
    "returned": (LOST("found", state="returned"), lambda row: row.kind == "found" and row.status == "returned"),
    "words": (LOST("found", words=("雨伞",)), lambda row: _found(row) and "雨伞" in row.title + row.text),
    "tag": (LOST("found", words=("深蓝色",)), lambda row: _found(row) and "深蓝色" in _all(row)),
    "a place": (LOST("found", words=("自习区",)), lambda row: _found(row) and "自习区" in row.place),
    "month": (LOST("found", period="month"), lambda row: _found(row) and _days(row) <= 30),
    "quarter": (
        LOST("found", "phone", period="quarter"),
        lambda row: _found(row) and row.item_kind.code == "phone" and _days(row) <= 90,
    ),
    "no such": (LOST("found", item_kind="x", building="y"), lambda row: False),
}  # fmt: skip


def _found(row: PropertyNotice) -> bool:
    return row.is_live and row.kind == "found"


def _all(row: PropertyNotice) -> str:
    return f"{row.title}{row.text}{row.tags}{row.place}"


def _in(row: PropertyNotice, building: str) -> bool:
    return row.building_id is not None and row.building.code == building


def _days(row: PropertyNotice) -> float:
    return (clock.now() - row.published) / timedelta(days=1)


def test_every_filter_of_lost_and_found_shows_what_it_says_and_loses_nothing(shelves: list[PropertyNotice]) -> None:
    for name, (sought, fits) in SHELVES.items():
        wanted = sorted(filter(fits, shelves), key=lambda row: (row.published, row.id), reverse=True)
        assert every_page(lost_reading.page, sought) == [row.id for row in wanted], name
        assert wanted or name == "no such", name


def test_lists_of_lost_and_found_know_no_secrets(campus: Campus) -> None:
    """What is not read cannot be shown by mistake."""
    notice = lost.published(campus)
    lists = [lost_reading.page(LOST("found"))[0], lost_reading.mine(campus.A)[0], lost_reading.latest()]
    for rows in lists:
        assert [row.id for row in rows] == [notice.id]
        assert not (rows[0].hidden_detail or rows[0].card_hash or rows[0].question)
    whole = lost_reading.find(None, notice.number)
    assert whole is not None and whole.hidden_detail


def test_a_card_that_is_known_is_for_its_owner_alone(campus: Campus) -> None:
    card = lost.posted(campus.B, item_kind="campus_card", card_number=campus.number("A"), hidden_detail="")
    assert card.moderation == "private"
    assert lost_reading.page(LOST("found"))[0] == lost_reading.latest() == []
    for stranger in (None, campus.fresh, campus.W1):
        assert lost_reading.find(stranger, card.number) is None
    for known in (campus.A, campus.B, campus.keeper_of_lost):
        assert lost_reading.find(known, card.number.lower()) == card
    assert lost_reading.cards_of(campus.A) == [card]
    assert lost_reading.cards_of(campus.B) == []


def test_ones_claims_come_with_their_notice(campus: Campus) -> None:
    notice = lost.claimed(campus)
    (claim,) = lost_reading.claimed_by(campus.B)
    assert (claim.notice.number, claim.notice.item_kind.code) == (notice.number, "umbrella")
    assert lost_reading.claimed_by(campus.A) == []


def test_what_is_announced_says_no_more_than_it_must(campus: Campus, freeze: Callable[[Any], None]) -> None:
    notice = lost.kept(campus)
    assert lost_reading.awaiting_disposal() == ([], "")
    PropertyNotice.update(announced=clock.now()).where(PropertyNotice.id == notice.id).execute()
    assert lost_reading.awaiting_disposal() == ([], ""), "its time is not over"
    freeze(clock.now() + timedelta(days=400))
    (row,), following = lost_reading.awaiting_disposal()
    assert (row.id, row.item_kind.code, row.point.name, following) == (notice.id, "umbrella", lost.point().name, "")
    assert not any((row.number, row.title, row.text, row.hidden_detail, row.tag, row.place))


# --- search and keys ---------------------------------------------------------------------------------


def test_words_are_taken_apart_and_limited() -> None:
    assert board_search.words_of("  黑色 \u3000 耳机 黑色\n") == ("黑色", "耳机")
    assert board_search.words_of("") == ()
    for typed in ("字" * 51, "一 二 三 四 五 六"):
        with pytest.raises(Refused):
            board_search.words_of(typed)


def test_a_search_takes_signs_as_they_are_written(campus: Campus) -> None:
    titles = ["打八折_原价100%", "Kindle 电子书", "反斜杠\\商店"]
    for title in titles:
        stall.published(campus, title=title)
    for word, title in (("%", titles[0]), ("_", titles[0]), ("KINDLE", titles[1]), ("\\", titles[2]), ("'; --", None)):
        rows, _following = market_reading.page(MARKET(words=(word,)))
        assert [row.title for row in rows] == ([title] if title else []), word


STRANGE_KEYS = [
    "~", "1", "~5", "2026-11-22T10:00:00", "2026-11-22T10:00:00~", "2026-11-22T10:00:00~x", "x~5",
    "2026-11-22T10:00:00~²", "2026-13-45T10:00:00~5", "2026-11-22T10:00:00~99999999999", "-5~5", "5~5~5",
    "2026-11-22T10:00:00~-1", "２０２６-11-22T10:00:00~5", "2026-01-01T00:00:00~５",
    "' OR 1=1 --~5", "a" * 5000, "\x00~1", "None~5",
]  # fmt: skip


def test_a_key_that_is_none_begins_at_the_beginning(stalls: list[Listing], client: Visitor) -> None:
    for sort in ("newest", "cheap"):
        first = market_reading.page(MARKET(sort=sort))
        for key in STRANGE_KEYS:
            if sort == "cheap" and key == "5~5":
                continue
            assert market_reading.page(MARKET(sort=sort), after=key) == first, key
    for key in [each for each in STRANGE_KEYS if "\x00" not in each]:
        for path in ("/market", "/lost-found", "/lost-found/announced"):
            assert client.client.get(path, query_string={"after": key}).status_code == 200, (path, key)


def test_keys_at_the_ends_of_time_and_price(stalls: list[Listing]) -> None:
    assert market_reading.page(MARKET(), after="0001-01-01T00:00:00~1") == ([], "")
    everything = market_reading.page(MARKET())
    assert market_reading.page(MARKET(), after="9999-12-31T23:59:59.999999+14:00~2147483647") == everything
    assert market_reading.page(MARKET(sort="cheap"), after="2147483647~2147483647") == ([], "")
    assert market_reading.page(MARKET(sort="dear"), after="0~1")[0] == []


def test_what_is_told_of_a_page_is_the_page(stalls: list[Listing], campus: Campus) -> None:
    """In each order, behind each key, and where something is sought."""
    for number in range(3):
        lost.published(campus, title=f"捡到的第{number}把伞")
    boards: list[tuple[Any, list[Any]]] = [
        (market_reading, [*(MARKET(sort=sort) for sort in dict(market_reading.SORTS)), MARKET(category="books")]),
        (lost_reading, [LOST("found"), LOST("lost"), LOST("found", state="returned"), LOST("found", words=("第1",))]),
    ]
    for reading, all_sought in boards:
        for sought in all_sought:
            key, turns = "", 0
            while turns < 4:
                rows, following = reading.page(sought, after=key, limit=2)
                said, same = reading.told_page(sought, after=key, limit=2)
                assert [row.entity for row in said] == rows, sought
                assert [row.entity.__data__ for row in said] == [row.__data__ for row in rows], sought
                assert same == following, sought
                key, turns = following, turns + 1
                if not key:
                    break
            for strange in STRANGE_KEYS[:4]:
                first = [row.said for row in reading.told_page(sought)[0]]
                assert [row.said for row in reading.told_page(sought, after=strange)[0]] == first


def test_what_is_published_meanwhile_moves_no_page(stalls: list[Listing], campus: Campus) -> None:
    rows, key = market_reading.page(MARKET(), limit=5)
    second = market_reading.page(MARKET(), after=key, limit=5)[0]
    stall.published(campus, title="刚刚上架")
    Listing.update(status="sold", is_live=False).where(Listing.id == rows[-1].id).execute()
    assert market_reading.page(MARKET(), after=key, limit=5)[0] == second


def test_reading_costs_the_same_with_two_thousand_rows(campus: Campus, queries: Queries) -> None:
    """Twenty rows, then two thousand: as many queries for every list, each of them bounded."""
    seller, listing = campus.A, stall.published(campus)
    asks: dict[str, Callable[[], Any]] = {
        "market": lambda: market_reading.page(MARKET()),
        "filters": lambda: market_reading.page(MARKET(category="books", most_fen=9_000, words=("台灯",))),
        "similar": lambda: market_reading.similar(listing),
        "standing": lambda: market_reading.standing(seller),
        "favourites": lambda: market_reading.favourites(seller),
        "mine": lambda: market_reading.mine(seller),
        "lost": lambda: lost_reading.page(LOST("found", item_kind="phone")),
        "latest": lambda: lost_reading.latest(),
        "announced": lambda: lost_reading.awaiting_disposal(),
        "claims": lambda: lost_reading.claimed_by(seller),
    }
    cost: list[dict[str, int]] = []
    for size in (20, 1_980):
        crowd.fill(size, size)
        Listing.update(author=seller).where(Listing.id.in_(Listing.select(Listing.id).limit(size // 2))).execute()
        cost.append({})
        for name, ask in asks.items():
            with queries() as asked:
                ask()
            cost[-1][name] = len(asked)
    assert cost[0] == cost[1]
    assert max(cost[1].values()) <= 2, cost[1]
    assert cost[1]["standing"] == 1


# --- the front page ----------------------------------------------------------------------------------


def test_the_front_page_leads_to_both_boards(client: Visitor, campus: Campus) -> None:
    listing, notice = stall.published(campus, title="一盏护眼台灯"), lost.published(campus)
    page = client.get("/").text
    for address in ("/market", "/lost-found", f"/market/{listing.number}", f"/lost-found/{notice.number}"):
        assert f'href="{address}"' in page, address
    assert listing.title in page and notice.title in page
    assert "件物品回家" not in page and "毕业季专场" not in page
    Counter.create(name=lost_reading.RETURNED, value=41)
    assert "已帮 41 件物品回家" in client.get("/").text


def test_the_front_page_shows_nothing_that_is_not_public(client: Visitor, campus: Campus) -> None:
    titles = ["待审的台灯", "屏蔽的台灯"]
    stall.offered(campus.A, title=titles[0])
    moderation.withdraw(stall.published(campus, title=titles[1]), by=campus.A)
    card = lost.posted(
        campus.B, item_kind="campus_card", card_number=campus.number("A"), hidden_detail="", title="一张校园卡"
    )
    lost.posted(campus.B, title="待审的雨伞")
    page = client.get("/").text
    assert not [title for title in [*titles, card.number, "待审的雨伞"] if title in page]


@pytest.mark.parametrize(("kind", "days", "shown"), [
    ("graduation", (-3, 3), True), ("graduation", (0, 0), True), ("graduation", (1, 20), False),
    ("graduation", (-20, -1), False), ("vacation", (-3, 3), False),
])  # fmt: skip
def test_the_graduation_season_is_promoted_while_it_lasts(
    client: Visitor, campus: Campus, kind: str, days: tuple[int, int], shown: bool
) -> None:
    today: date = clock.today()
    starts, ends = (today + timedelta(days=day) for day in days)
    CalendarPeriod.create(name="时段", kind=kind, starts=starts, ends=ends)
    assert ('href="/market/graduation"' in client.get("/").text) is shown
    assert client.get("/market/graduation").status_code == 200


def test_the_front_page_is_cheap_and_flat(client: Visitor, sign_in: SignIn, campus: Campus, queries: Queries) -> None:
    known = {"visitor": client, "A": sign_in("A"), "M": sign_in("M")}
    cost: list[dict[str, int]] = []
    for size in (6, 1_000):
        crowd.fill(size, size)
        cost.append({})
        for name, visitor in known.items():
            visitor.get("/")
            with queries() as asked:
                assert visitor.get("/").status_code == 200
            cost[-1][name] = len(asked)
    assert cost[0] == cost[1]
    assert cost[1]["visitor"] <= 6
    assert max(cost[1].values()) <= 10


def test_the_boards_are_reached_from_every_page(client: Visitor, campus: Campus) -> None:
    page = client.get("/supervision").text
    top, bottom = (re.search(rf'<nav class="{name}-nav".*?</nav>', page, re.S) for name in ("top", "bottom"))
    assert top and bottom
    assert {"/market", "/lost-found"} <= set(re.findall(r'href="([^"]+)"', top[0]))
    assert len(re.findall("<a ", bottom[0])) == 5
    services = client.get("/services").text
    assert 'href="/market"' in services and 'href="/lost-found"' in services
    for path in ("/market", "/lost-found"):
        assert 'href="/services" aria-current="true"' in client.get(path).text, path


def test_the_places_of_a_campus_are_those_of_the_table(campus: Campus) -> None:
    """A place that belongs to no campus fits none."""
    listing = stall.published(campus)
    home = Person.get_by_id(listing.author_id)
    assert market_reading.page(MARKET(campus="1"))[0] == []
    first = campus.A.bed.room.building.campus_id if home.bed_id else 1
    SafePlace.update(campus=first).where(SafePlace.id == listing.place_id).execute()
    assert market_reading.page(MARKET(campus=str(first)))[0] == [listing]
