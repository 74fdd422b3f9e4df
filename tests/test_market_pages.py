"""The market as people read it over HTTP: A sells, B looks and buys, M moderates, W1 is a stranger."""

import html
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from hall import conversations, keyset, market, moderation
from models import Campus as University
from models import Event, Listing, ListingCategory, SafePlace, SavedSearch
from tests.board import decided
from tests.conftest import Campus
from tests.portal import SignIn
from tests.stall import TEXT, TITLE, asked, offered, published, reserved, sold
from tests.standing import rows_in
from tests.visitor import Visitor

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


@pytest.fixture
def b(sign_in: SignIn) -> Visitor:
    return sign_in("B")


def path_of(listing: Listing, rest: str = "") -> str:
    return f"/market/{listing.number}{rest}"


def cards(page: Any) -> list[str]:
    """The titles of the cards of a page, in its order."""
    return re.findall(r'<h[23]><a href="[^"]+">([^<]+)</a></h[23]>', page.text)


# --- the front ---------------------------------------------------------------------------------------


def test_it_works(client: Visitor, campus: Campus) -> None:
    listing, waiting = published(campus), offered(campus.A, title="还在审核的台灯")
    page = client.get("/market")
    assert cards(page) == [TITLE]
    for said in ("320", "良好", listing.place.name, path_of(listing), "自行车、代步"):
        assert said in page.text
    assert waiting.title not in page.text
    assert campus.A.name not in page.text


def test_an_empty_market_says_what_to_do(client: Visitor) -> None:
    page = client.get("/market").text
    assert "现在还没有在售的物品" in page
    assert "/market/new" in page


@pytest.fixture
def shelf(campus: Campus) -> None:
    """Four things that differ in everything that one may ask for."""
    library = SafePlace.get(SafePlace.name == "图书馆大厅")
    SafePlace.update(campus=University.select().order_by(University.id).get()).where(
        SafePlace.id == library.id
    ).execute()
    published(campus, title="旧自行车", price_fen=10_000)
    published(campus, title="新台灯", category="dorm", condition="new", price_fen=3_550, is_negotiable=True)
    published(campus, campus.B, title="教材一套", category="books", price_fen=0, place=library)
    published(
        campus, campus.B, title="毕业吉他", category="music", price_fen=50_000, is_graduation=True, text="弦是新换的。"
    )


ASKED = {
    "": ["毕业吉他", "教材一套", "新台灯", "旧自行车"],
    "category=dorm": ["新台灯"],
    "condition=new": ["新台灯"],
    "negotiable=1": ["新台灯"],
    "least=35.5&most=100": ["新台灯", "旧自行车"],
    "least=￥１００": ["毕业吉他", "旧自行车"],
    "most=0": ["教材一套"],
    "sort=cheap": ["教材一套", "新台灯", "旧自行车", "毕业吉他"],
    "sort=dear": ["毕业吉他", "旧自行车", "新台灯", "教材一套"],
    "q=台灯": ["新台灯"],
    "q=弦 新换": ["毕业吉他"],
    "q=钢琴": [],
    "category=dorm&condition=good": [],
    "category=nothing&condition=x&sort=y&place=z&campus=-1": ["毕业吉他", "教材一套", "新台灯", "旧自行车"],
}


@pytest.mark.parametrize("query", ASKED)
def test_it_shows_what_is_asked_for(client: Visitor, shelf: None, query: str) -> None:
    assert cards(client.get(f"/market?{query}")) == ASKED[query]


def test_places_and_the_season_narrow_it(client: Visitor, shelf: None) -> None:
    library = SafePlace.get(SafePlace.name == "图书馆大厅")
    assert cards(client.get(f"/market?place={library.id}")) == ["教材一套"]
    assert cards(client.get(f"/market?campus={library.campus_id}")) == ["教材一套"]
    page = client.get("/market/graduation")
    assert cards(page) == ["毕业吉他"]
    assert "/market/new?graduation=1" in page.text


@pytest.mark.parametrize("query", ["least=abc", "most=-1", "least=1e9", "most=nan", "most=9999999", "q=" + "长" * 51])
def test_what_cannot_be_sought_is_told_beside_it(client: Visitor, shelf: None, query: str) -> None:
    name, _is, typed = query.partition("=")
    page = client.get(f"/market?{query}")
    assert page.status_code == 400
    assert 'class="error"' in page.text
    assert "没有搜索" in page.text
    assert f'name="{name}" value="{typed[:20]}' in page.text
    assert not cards(page)


@pytest.mark.parametrize("name", ["category", "condition", "place", "campus", "least", "most", "sort", "after", "q"])
def test_no_answer_breaks_it(client: Visitor, name: str) -> None:
    for typed in (
        "0",
        "-1",
        "1" * 20,
        "１２",
        "",
        "abc",
        SCRIPT,
        "2026-11-22T00:00:00~1",
        "9" * 9 + "~" + "9" * 9,
        "~",
        "'",
    ):
        answer = client.get("/market", query_string={name: typed})
        assert answer.status_code in (200, 400, 404)
        assert SCRIPT not in answer.text


def test_every_thing_stands_on_one_page(client: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    campus_people = [campus.A, campus.B, campus.W1, campus.W2, campus.lead, campus.finance, campus.X, campus.kept]
    for number in range(24):
        published(campus, campus_people[number // 3], title=f"第{number:02}件台灯", price_fen=(number % 7) * 100)
    for query in ("", "sort=cheap", "sort=dear", "q=台灯", "most=5"):
        seen, path = [], f"/market?{query}"
        while path:
            page = client.get(path)
            seen += cards(page)
            further = re.search(r'rel="next" href="([^"]+)"', page.text)
            path = further[1].replace("&amp;", "&") if further else ""
        assert len(seen) == len(set(seen)) == (24 if query != "most=5" else len([n for n in range(24) if n % 7 <= 5]))


def test_out_of_season_the_graduation_page_says_so_kindly(
    client: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(keyset.page_of.__kwdefaults__, "looks", 2)
    kind, first = "最近没有毕业转让的物品", published(campus, title="带不走的书架", is_graduation=True)
    assert cards(client.get("/market/graduation")) == ["带不走的书架"]
    for number in range(4):
        published(campus, campus.B, title=f"第{number}盏台灯")
    page = client.get("/market/graduation")
    assert kind in page.text and 'href="/market"' in page.text
    for _step in range(2):
        (following,) = re.findall(r'rel="next" href="([^"]+)">接着找<', page.text)
        page = client.get(html.unescape(following))
        assert kind not in page.text, "that is said once"
    assert cards(page) == ["带不走的书架"]
    assert kind not in client.get("/market/graduation?q=书架").text, "it was not found, which says less"
    market.take_down(first, by=campus.A)
    monkeypatch.undo()
    assert kind in client.get("/market/graduation").text
    assert kind not in client.get("/market?q=没有的").text


def test_photos_load_at_once_and_move_nothing(client: Visitor, campus: Campus) -> None:
    for number in range(3):
        published(campus, title=f"台灯{number}")
        published(campus, campus.B, title=f"书架{number}")
    shots = re.findall(r"<img [^>]*photos[^>]*>", client.get("/market").text)
    assert len(shots) == 6
    assert ["lazy" in shot for shot in shots] == [False] * 4 + [True] * 2
    assert ["fetchpriority" in shot for shot in shots] == [True] * 2 + [False] * 4
    for shot in shots:
        assert 'width="320" height="320"' in shot
        small, large = re.search(r'srcset="(\S+)/thumb 320w, (\S+)/card 560w"', shot).groups()  # type: ignore[union-attr]
        assert small == large
        assert client.get(f"{small}/thumb").status_code == client.get(f"{large}/card").status_code == 200


def test_an_icon_that_there_is_not_breaks_nothing(client: Visitor, campus: Campus) -> None:
    ListingCategory.update(icon="no-such-icon").execute()
    listing = published(campus)
    for path in ("/market", "/market/new", path_of(listing)):
        assert client.get(path).status_code == 200


def test_the_rules_say_what_may_not_be_sold(client: Visitor) -> None:
    page = client.get("/market/rules").text
    for said in ("热得快", "违规电器", "图书馆大厅", "每天 3 件", "72 小时"):
        assert (said in page) == (said != "热得快")


# --- one listing -------------------------------------------------------------------------------------


def test_a_listing_says_all_that_is_public(client: Visitor, campus: Campus) -> None:
    listing = published(campus, is_negotiable=True)
    other = published(campus, campus.B, title="永久自行车", price_fen=20_000)
    market.change_price(listing, by=campus.A, price_fen=28_000)
    page = client.get(path_of(listing)).text
    for said in (
        TITLE,
        TEXT,
        "280",
        "¥320",
        "可议价",
        "价格变过 1 次",
        listing.place.name,
        "一位同学",
        "联系卖家",
        other.title,
    ):
        assert said in page
    assert 'property="og:title"' in page
    assert campus.A.name not in page
    assert campus.A.phone not in page


def test_a_visitor_is_asked_to_sign_in_before_everything_else(client: Visitor, campus: Campus) -> None:
    listing = published(campus)
    for rest in ("/report", "/rate", "/edit", "/confirm"):
        assert urlsplit(client.get(path_of(listing, rest)).location).path == "/signin"
    answer = client.post(path_of(listing, "/favourite"))
    assert urlsplit(answer.location).path == "/signin"
    assert path_of(listing) in answer.location


STATES: dict[str, Callable[[Campus], Listing]] = {
    "pending": lambda campus: offered(campus.A),
    "needs_changes": lambda campus: decided(offered(campus.A), "send_back", campus.M, note="请写明年份"),
    "rejected": lambda campus: decided(offered(campus.A), "reject", campus.M, code="advert"),
    "hidden": lambda campus: moderation.hide(published(campus), by=campus.M, code="advert"),
    "withdrawn": lambda campus: moderation.withdraw(published(campus), by=campus.A),
}


@pytest.mark.parametrize("state", STATES)
def test_what_is_not_public_is_not_there_for_others(
    client: Visitor, a: Visitor, b: Visitor, sign_in: SignIn, campus: Campus, state: str
) -> None:
    listing = STATES[state](campus)
    own = a.get(path_of(listing)).text
    assert TITLE in own
    assert {"pending": "正在等待审核", "needs_changes": "请写明年份", "rejected": "申诉"}.get(state, "已") in own
    for visitor in (client, b):
        answers = [visitor.get(path) for path in (path_of(listing), "/market/ES9999999999")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert TITLE not in answers[0].text
        assert TITLE not in visitor.get("/market").text
        assert client.get(f"/photos/{listing.photos[0]}/thumb").status_code == 404
    for rest in ("/favourite", "/report", "/edit", "/take_down", "/reserve"):
        assert b.post(path_of(listing, rest)).status_code == 404
    assert "只有卖家和审核员能看到" in sign_in("M").get(path_of(listing)).text


def test_what_is_over_says_so(client: Visitor, campus: Campus) -> None:
    rows = {
        "已被预订": reserved(campus),
        "已经卖出": sold(campus, title="卖掉的车"),
        "卖家已下架": market.take_down(published(campus, title="下架的车"), by=campus.A),
    }
    for said, listing in rows.items():
        page = client.get(path_of(listing)).text
        assert said in page
        assert ("联系卖家" in page) == listing.is_live
        assert ("noindex" in page) != listing.is_live


def test_an_edit_waits_beside_what_is_shown(a: Visitor, b: Visitor, campus: Campus) -> None:
    listing = published(campus)
    answer = a.submit(path_of(listing, "/edit"), having="title", title="捷安特山地车 降价")
    assert answer.status_code == 302
    page = a.get(path_of(listing)).text
    assert "您的修改正在审核" in page
    assert "捷安特山地车 降价" in page
    assert "捷安特山地车 降价" not in b.get(path_of(listing)).text


def test_words_of_people_are_no_markup(client: Visitor, campus: Campus) -> None:
    listing = published(campus, title=f"灯{SCRIPT}", text=f"很好用{SCRIPT}", category="dorm")
    published(campus, campus.B, title=f"台灯{SCRIPT}", category="dorm")
    for path in ("/market", path_of(listing)):
        page = client.get(path).text
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page


# --- what it costs, and that reading writes nothing ----------------------------------------------------


def test_the_number_of_queries_is_flat(
    client: Visitor, a: Visitor, b: Visitor, campus: Campus, queries: Callable[[], Any]
) -> None:
    kept, deal = published(campus), reserved(campus, title="留着的车")
    market.change_price(kept, by=campus.A, price_fen=20_000)
    market.favourite(kept, by=campus.B)
    conversations.start(kept, by=campus.B, text="还在吗")
    market.save_search(by=campus.B, name="车", wanted={"category": "bicycle"})
    paths = ["/market", "/market?q=车&sort=cheap&most=900&condition=good", "/market/graduation", path_of(kept)]
    own = ["/market/mine", "/market/mine?show=bought", "/market/favourites", "/market/searches", path_of(deal)]

    def counted() -> dict[tuple[str, str], int]:
        found = {}
        for who, visitor in {"visitor": client, "A": a, "B": b}.items():
            for path in [*paths, "/market/new", "/market/rules", *(own if who != "visitor" else [])]:
                with queries() as sql:
                    assert visitor.get(path).status_code == 200
                found[who, path] = len(sql)
        return found

    counted()
    few = counted()
    for number, person in enumerate([campus.W1, campus.W2, campus.lead]):
        listing = published(campus, person, title=f"第{number}辆车")
        market.favourite(listing, by=campus.B)
        asked(kept, person)
        market.save_search(by=campus.B, name=f"车{number}", wanted={"most_fen": 100 + number})
    many = counted()
    assert many == few
    assert {key: count for key, count in many.items() if count > (5 if key[0] == "visitor" else 10)} == {}


def test_reading_writes_nothing(a: Visitor, b: Visitor, campus: Campus) -> None:
    kept, deal, done = published(campus), reserved(campus, title="留着的车"), sold(campus, title="卖掉的车")
    tables = [Listing, Event, SavedSearch]

    def written() -> dict[str, list[Any]]:
        return rows_in(tables)

    before = written()
    for visitor in (a, b):
        for listing in (kept, deal, done):
            for rest in ("", "/rate", "/report", "/confirm", "/release", "/renew", "/take_down", "/favourite", "/edit"):
                visitor.get(path_of(listing, rest))
        for path in ("/market", "/market/mine", "/market/favourites", "/market/searches", "/market/new"):
            assert visitor.get(path).status_code == 200
    assert written() == before
