"""Selling and buying over HTTP: A offers, B asks and buys, W1 asks too, M moderates."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hall import clock, conversations, market, moderation
from models import (
    DealRating,
    Event,
    Favourite,
    Listing,
    ModerationRule,
    Photo,
    PriceChange,
    Report,
    SavedSearch,
    Submission,
    TrustLevel,
)
from tests.board import decided
from tests.conftest import Campus
from tests.portal import SignIn, picture
from tests.stall import TEXT, TITLE, asked, now, offered, place, published, reserved, sold
from tests.visitor import PASSWORD, Visitor, forms


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


@pytest.fixture
def b(sign_in: SignIn) -> Visitor:
    return sign_in("B")


def path_of(listing: Listing, rest: str = "") -> str:
    return f"/market/{listing.number}{rest}"


def answers(**more: Any) -> dict[str, Any]:
    said = {"title": TITLE, "text": TEXT, "price_fen": "320", "category": "bicycle", "condition": "good"}
    return {**said, "place": str(place().id), "photos": [picture()], **more}


def offer(visitor: Visitor, **more: Any) -> Any:
    return visitor.submit("/market/new", having="title", **answers(**more))


def made() -> Listing:
    return Listing.select().order_by(Listing.id.desc()).get()


# --- an offer ----------------------------------------------------------------------------------------


def test_it_works(a: Visitor, client: Visitor, campus: Campus) -> None:
    answer = offer(a, price_fen="￥1,280.5", is_negotiable="y", is_graduation="y")
    listing = made()
    assert (answer.status_code, answer.location) == (302, path_of(listing))
    assert (listing.title, listing.text, listing.price_fen) == (TITLE, TEXT, 128_050)
    assert (listing.author_id, listing.moderation, listing.status) == (campus.A.id, "pending", "submitted")
    assert listing.is_negotiable
    assert listing.is_graduation
    assert len(listing.photos) == 1
    assert "已提交，审核后会通知您" in a.get(answer.location).text
    assert client.get(answer.location).status_code == 404
    assert TITLE in a.get("/market/mine").text
    decided(listing, "publish", campus.M)
    assert TITLE in client.get("/market").text


BAD = {
    "no photo": {"photos": None},
    "no image": {"photos": [(io.BytesIO(b"<svg onload=alert(1)>"), "a.jpg")]},
    "no title": {"title": ""},
    "short title": {"title": "灯"},
    "long title": {"title": "灯" * 41},
    "short text": {"text": "好"},
    "long text": {"text": "好用" * 501},
    "no price": {"price_fen": ""},
    "price of words": {"price_fen": "面议"},
    "price below nothing": {"price_fen": "-1"},
    "price beyond": {"price_fen": "100000.01"},
    "price in fractions": {"price_fen": "1.005"},
    "price of nan": {"price_fen": "nan"},
    "category of nothing": {"category": "ships"},
    "no category": {"category": None},
    "condition of nothing": {"condition": "broken"},
    "no condition": {"condition": None},
    "place of nothing": {"place": "99999"},
    "place beyond": {"place": "1" * 20},
    "no place": {"place": None},
    "banned": {"title": "九成新热得快"},
    "token": {"once": "x" * 65},
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_kept_and_saves_nothing(a: Visitor, kind: str) -> None:
    wrong = answers(**BAD[kind])
    wrong["photos"] = [(io.BytesIO(file.getvalue()), name) for file, name in wrong["photos"] or []] or None
    answer = a.submit("/market/new", having="title", **wrong)
    assert answer.status_code == 400
    assert "error-summary" in answer.text
    kept = next(form for form in forms(answer) if "title" in form.names).values
    for name in ("title", "text", "price_fen"):
        assert kept[name] == wrong[name]
    assert Listing.select().count() == Submission.select().count() == Photo.select().count() == 0


def test_everything_wrong_is_told_at_once(a: Visitor) -> None:
    page = offer(a, photos=None, title="", price_fen="面议", category=None).text
    assert page.count('class="error"') == 4
    assert "请至少放一张照片" in page


def test_banned_goods_are_named_with_the_reason(a: Visitor) -> None:
    page = offer(a, title="九成新热得快").text
    assert "热得快" in page
    assert "宿舍禁止使用的电器不能转让" in page


def test_what_was_typed_survives_the_sign_in(client: Visitor, campus: Campus) -> None:
    answer = offer(client, photos=None, price_fen="66", place=str(place().id))
    assert urlsplit(answer.location).path == "/signin"
    back = parse_qs(urlsplit(answer.location).query)["next"][0]
    client.sign_in(campus.number("A"), PASSWORD)
    kept = client.form(back, having="title").values
    assert (kept["title"], kept["text"], kept["price_fen"], kept["category"]) == (TITLE, TEXT, "66", "bicycle")
    assert "照片需要重新选择" in client.get(back).text
    client.submit(back, having="title", photos=[picture()])
    assert made().price_fen == 6600
    assert "price_fen" in client.form("/market/new", having="title").values
    assert client.form("/market/new", having="title").values["title"] == ""


def test_sent_ten_times_it_is_there_once(a: Visitor) -> None:
    form = a.form("/market/new", having="title")
    sent = [a.client.post(form.action, data={**form.values, **answers()}) for _ in range(10)]
    assert {answer.location for answer in sent} == {path_of(made())}
    assert Listing.select().count() == 1


def test_the_limit_of_the_day_is_told_before_and_held(a: Visitor, campus: Campus) -> None:
    TrustLevel.update(listings_a_day=2).execute()
    assert "今天还可以发 2 件" in a.get("/market/new").text
    for _ in range(2):
        offered(campus.A)
    assert "今天已经发满 2 件" in a.get("/market/new").text
    answer = offer(a)
    assert answer.status_code == 429
    assert Listing.select().count() == 2


def test_extra_fields_are_not_heard(a: Visitor, campus: Campus) -> None:
    more = {"status": "on_sale", "moderation": "published", "author": campus.B.id, "number": "ES1", "favourites": "9"}
    offer(a, **more)
    listing = made()
    assert (listing.status, listing.moderation, listing.author_id) == ("submitted", "pending", campus.A.id)
    assert (listing.number != "ES1", listing.favourites) == (True, 0)


def test_a_trusted_author_is_told_that_it_is_there(a: Visitor, campus: Campus) -> None:
    ModerationRule.create(subject_type="listing", trusted_after=1)
    published(campus)
    answer = offer(a, title="台灯一盏")
    assert made().moderation == "published"
    assert "已上架" in a.get(answer.location).text


# --- what the seller does ----------------------------------------------------------------------------

SAID = {
    "change_price": {"price_fen": "280"},
    "take_down": {},
    "put_back": {},
    "renew": {},
    "reserve": {},
    "release": {"reason": "临时有事"},
    "confirm": {},
    "edit": {"title": "捷安特山地车 送车筐"},
    "resubmit": {"title": "捷安特山地车 送车筐"},
    "appeal": {"words": "这不是广告，是我自己的车"},
    "withdraw": {},
}


def expiring(campus: Campus) -> Listing:
    listing = published(campus)
    Listing.update(expires=clock.now() + timedelta(days=2)).where(Listing.id == listing.id).execute()
    return now(listing)


def expired(campus: Campus) -> Listing:
    listing = expiring(campus)
    with clock.at(clock.now() + timedelta(days=3)):
        return market.expire(listing, by=None)


def wanted(campus: Campus) -> Listing:
    listing = published(campus)
    conversations.start(listing, by=campus.B, text="还在吗，周六可以看看吗")
    return now(listing)


AT: dict[str, Callable[[Campus], Listing]] = {
    "pending": lambda campus: offered(campus.A),
    "needs_changes": lambda campus: decided(offered(campus.A), "send_back", campus.M, note="请写明年份"),
    "rejected": lambda campus: decided(offered(campus.A), "reject", campus.M, code="advert"),
    "on_sale": published,
    "wanted": wanted,
    "expiring": expiring,
    "expired": expired,
    "taken_down": lambda campus: market.take_down(published(campus), by=campus.A),
    "reserved": reserved,
    "sold": sold,
}
# state → what its seller is offered, in this order
OFFERED = {
    "pending": ["edit", "withdraw"],
    "needs_changes": ["resubmit", "withdraw"],
    "rejected": ["appeal"],
    "on_sale": ["change_price", "take_down", "edit", "withdraw"],
    "wanted": ["reserve", "change_price", "take_down", "edit", "withdraw"],
    "expiring": ["renew", "change_price", "take_down", "edit", "withdraw"],
    "expired": ["renew", "edit", "withdraw"],
    "taken_down": ["put_back", "edit", "withdraw"],
    "reserved": ["confirm", "release", "withdraw"],
    "sold": ["withdraw"],
}


@pytest.mark.parametrize("state", AT)
def test_every_step_is_offered_where_it_can_be_taken(
    a: Visitor, b: Visitor, client: Visitor, campus: Campus, state: str
) -> None:
    listing = AT[state](campus)
    page = a.get(path_of(listing)).text
    assert [step for step in SAID if f'{path_of(listing, "/" + step)}"' in page] == [
        step for step in SAID if step in OFFERED[state]
    ]
    for step in SAID:
        answer = a.get(path_of(listing, f"/{step}"))
        assert (answer.status_code == 200) == (step in OFFERED[state]), step
        assert urlsplit(client.get(path_of(listing, f"/{step}")).location).path == "/signin"
        deal = state in ("reserved", "sold") and step in ("confirm", "release")
        if not deal:
            assert b.get(path_of(listing, f"/{step}")).status_code == 404, step
            assert b.post(path_of(listing, f"/{step}"), **SAID[step]).status_code == 404, step
    assert now(listing).version == listing.version


@pytest.mark.parametrize(
    ("state", "step"), [(state, step) for state in AT for step in OFFERED[state] if step != "reserve"]
)
def test_every_step_that_is_offered_can_be_taken(a: Visitor, campus: Campus, state: str, step: str) -> None:
    listing = AT[state](campus)
    answer = a.submit(path_of(listing, f"/{step}"), having="seen", **SAID[step])
    assert answer.status_code == 302, answer.text
    assert a.get(answer.location).status_code == 200
    assert Event.select().where(Event.subject_type == "listing", Event.name == step).count() == 1


@pytest.mark.parametrize(("state", "step"), [("expired", "renew"), ("expiring", "renew"), ("taken_down", "put_back")])
def test_what_asks_nothing_is_one_click(a: Visitor, campus: Campus, state: str, step: str) -> None:
    listing = AT[state](campus)
    assert a.submit(path_of(listing), action=path_of(listing, f"/{step}")).status_code == 302
    assert now(listing).status == "on_sale"
    assert now(listing).expires > clock.now() + timedelta(days=29)


def test_a_price_can_be_followed(a: Visitor, client: Visitor, campus: Campus) -> None:
    listing = published(campus)
    form = a.form(path_of(listing, "/change_price"), having="price_fen")
    assert form.values["price_fen"] == "320"
    for typed in ("", "贵", "-5", "320", "1" * 12):
        answer = a.submit(path_of(listing, "/change_price"), having="price_fen", price_fen=typed)
        assert answer.status_code == 400
        assert "error" in answer.text
    assert not PriceChange.select().exists()
    for typed in ("280", "250.50"):
        a.submit(path_of(listing, "/change_price"), having="price_fen", price_fen=typed)
    page = client.get(path_of(listing)).text
    for said in ("250.50", "<del", "¥280", "¥320", "价格变过 2 次"):
        assert said in page


def test_a_form_that_is_out_of_date_says_so(a: Visitor, campus: Campus) -> None:
    listing = published(campus)
    form = a.form(path_of(listing, "/take_down"), having="seen")
    reserved(campus, listing)
    answer = a.client.post(form.action, data=form.values)
    assert answer.status_code == 409
    assert "已预订" in answer.text
    assert now(listing).status == "reserved"


# --- from the question to the deal -------------------------------------------------------------------


def test_from_the_question_to_the_rating(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    listing, (seller, buyer) = published(campus), (campus.A, campus.B)
    b.submit(f"/messages/about/listing/{listing.number}", having="text", text="周六下午可以看看吗")
    conversations.start(listing, by=campus.W1, text="我今晚就能来拿")
    page = a.get(path_of(listing)).text
    assert "周六下午可以看看吗" in page
    assert "我今晚就能来拿" in page
    assert not [name for name in (buyer.name, buyer.phone) if name in page]
    talk = conversations.begun(listing, buyer)
    assert talk is not None
    answer = a.submit(path_of(listing, "/reserve"), having="buyer", buyer=str(talk.id))
    assert answer.status_code == 302
    assert now(listing).reserved_for_id == buyer.id

    assert seller.phone
    for visitor, other in ((a, buyer), (b, seller)):
        page = visitor.get(path_of(listing)).text
        assert other.name in page
        assert f"tel:{other.phone}" in page
    for stranger in (client.get(path_of(listing)).text, client.get("/market").text):
        assert not [each for each in (seller, buyer) if each.name in stranger or each.phone in stranger]
        assert "已被预订" in stranger or "已预订" in stranger

    assert "确认成交" in b.get("/market/mine").text
    assert b.submit(path_of(listing, "/confirm"), having="seen").status_code == 302
    assert "您已确认成交" in b.get(path_of(listing)).text
    assert path_of(listing, "/confirm") not in b.get("/market/mine").text
    assert path_of(listing, "/confirm") not in b.get(path_of(listing)).text
    assert "对方已确认成交" in a.get(path_of(listing)).text
    assert a.submit(path_of(listing, "/confirm"), having="seen").status_code == 302
    assert now(listing).status == "sold"
    assert not [
        each for each in (seller, buyer) if each.phone in a.get(path_of(listing)).text + b.get(path_of(listing)).text
    ]

    assert b.submit(path_of(listing, "/rate"), having="score", score="4", text="很准时").status_code == 302
    assert "很准时" in b.get(path_of(listing)).text
    page = a.get(path_of(listing)).text
    assert "很准时" not in page
    assert "双方都评价以后" in page
    assert a.submit(path_of(listing, "/rate"), having="score", score="5", text="爽快").status_code == 302
    assert "很准时" in a.get(path_of(listing)).text
    assert "爽快" in b.get(path_of(listing)).text
    assert "爽快" not in client.get(path_of(listing)).text
    other = published(campus, title="另一辆车")
    page = client.get(path_of(other)).text
    assert "成交 1 次" in page
    assert "4.0" in page


def test_it_is_kept_only_for_one_who_asked(a: Visitor, campus: Campus) -> None:
    listing, elsewhere = wanted(campus), published(campus, title="另一辆车")
    foreign = asked(elsewhere, campus.W1)
    for value in (str(foreign.id), str(campus.W1.id), "0", "x", "9" * 20, None):
        answer = a.submit(path_of(listing, "/reserve"), having="seen", buyer=value)
        assert answer.status_code == 400, value
    assert now(listing).status == "on_sale"
    answer = a.get(path_of(elsewhere, "/reserve"))
    assert answer.status_code == 200
    answer = a.get(path_of(published(campus, title="没人问的车"), "/reserve"))
    assert answer.status_code == 302
    assert "还没有人来问" in a.get(answer.location).text


def test_who_is_named_in_the_address_is_chosen(a: Visitor, campus: Campus) -> None:
    listing = wanted(campus)
    talk = conversations.start(listing, by=campus.W1, text="我今晚就能来拿")
    assert "buyer" not in a.form(path_of(listing, "/reserve"), having="buyer").values
    assert a.form(path_of(listing, f"/reserve?buyer={talk.id}"), having="buyer").values["buyer"] == str(talk.id)


@pytest.mark.parametrize("who", ["A", "B"])
def test_either_may_let_it_go(sign_in: SignIn, client: Visitor, campus: Campus, who: str) -> None:
    listing = reserved(campus)
    answer = sign_in(who).submit(path_of(listing, "/release"), having="reason", reason="临时有事")
    assert answer.status_code == 302
    assert (now(listing).status, now(listing).releases) == ("on_sale", 1)
    page = client.get(path_of(listing)).text
    assert ("取消过 1 次预订" in page) == (who == "A")
    other = campus.B if who == "A" else campus.A
    assert other.phone not in sign_in(who).get(path_of(listing)).text


def test_who_is_no_part_of_it_neither_confirms_nor_rates(sign_in: SignIn, campus: Campus) -> None:
    stranger, deal, done = sign_in("W1"), reserved(campus), sold(campus, title="卖掉的车")
    for listing, rest in ((deal, "/confirm"), (deal, "/release"), (done, "/rate"), (deal, "/rate")):
        assert stranger.get(path_of(listing, rest)).status_code == 404
        assert stranger.post(path_of(listing, rest), score="1").status_code == 404
    assert not DealRating.select().exists()


def test_a_rating_is_given_once_and_in_time(a: Visitor, b: Visitor, campus: Campus, freeze: Any) -> None:
    listing = sold(campus)
    for typed in (None, "0", "6", "x"):
        assert b.submit(path_of(listing, "/rate"), having="score", score=typed).status_code == 400
    assert b.get(path_of(reserved(campus, title="留着的车"), "/rate")).status_code == 404
    assert "去评价" in b.get("/market/mine").text
    b.submit(path_of(listing, "/rate"), having="score", score="5")
    assert "去评价" not in b.get("/market/mine").text
    answer = b.get(path_of(listing, "/rate"))
    assert answer.status_code == 302
    assert b.post(path_of(listing, "/rate"), score="1").status_code == 400
    freeze(clock.now() + timedelta(days=15))
    a.sign_in(campus.number("A"), PASSWORD)
    assert a.get(path_of(listing, "/rate")).status_code == 302
    assert a.post(path_of(listing, "/rate"), score="1").status_code == 400
    assert DealRating.select().count() == 1


# --- keeping an eye on it ----------------------------------------------------------------------------


def test_a_mark_is_set_and_taken_back(a: Visitor, b: Visitor, campus: Campus) -> None:
    listing = published(campus)
    for _ in range(2):
        assert b.post(path_of(listing, "/favourite")).status_code == 302
    assert (Favourite.select().count(), now(listing).favourites) == (1, 1)
    assert TITLE in b.get("/market/favourites").text
    assert 'aria-pressed="true"' in b.get(path_of(listing)).text
    assert TITLE not in a.get("/market/favourites").text
    sold(campus, reserved(campus, now(listing)))
    assert "已成交" in b.get("/market/favourites").text
    for _ in range(2):
        b.post(path_of(listing, "/unfavourite"))
    assert (Favourite.select().count(), now(listing).favourites) == (0, 0)
    a.post(path_of(listing, "/favourite"))
    assert not Favourite.select().exists()


def test_a_search_is_kept_with_one_click_and_forgotten(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    path = "/market?category=bicycle&most=300&negotiable=1&q=捷安特&sort=cheap"
    assert "登录后订阅" in client.get(path).text
    answer = b.submit(path, action="/market/searches")
    assert answer.status_code == 302
    kept = SavedSearch.get()
    assert (kept.person_id, kept.category.code) == (campus.B.id, "bicycle")
    assert kept.wanted == {"category": "bicycle", "most_fen": 30_000, "negotiable": True, "words": ["捷安特"]}
    b.submit(path, action="/market/searches")
    assert SavedSearch.select().count() == 1
    page = b.get("/market/searches").text
    for said in ("自行车、代步", "“捷安特”", "¥300 以下", "可议价", "/market?"):
        assert said in page
    assert "捷安特" not in a.get("/market/searches").text
    assert a.post(f"/market/searches/{kept.id}/forget").status_code == 404
    assert SavedSearch.select().count() == 1
    b.submit("/market/searches", action=f"/market/searches/{kept.id}/forget")
    assert not SavedSearch.select().exists()


def test_only_a_search_for_something_is_kept(b: Visitor, campus: Campus) -> None:
    assert "订阅这个搜索" not in b.get("/market?sort=cheap").text
    half = {"category": "books", "least": "abc"}
    for wrong in ({}, {"sort": "cheap"}, {"least": "abc"}, {"q": "长" * 51}, {"category": "nothing"}, half):
        assert b.post("/market/searches", **wrong).status_code == 302
    assert not SavedSearch.select().exists()
    b.submit("/market/graduation?category=music", action="/market/searches")
    assert SavedSearch.get().wanted == {"category": "music", "graduation": True}
    assert "/market/graduation?category=music" in b.get("/market/searches").text


# --- a report ----------------------------------------------------------------------------------------


def test_a_report_is_heard(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    listing = published(campus)
    assert b.submit(path_of(listing, "/report"), having="code", code="untrue", note="是假货").status_code == 302
    assert (Report.get().person_id, Report.get().code) == (campus.B.id, "untrue")
    assert b.get(path_of(listing, "/report")).status_code == 302
    assert a.get(path_of(listing, "/report")).status_code == 302
    decided(now(listing), "hide", campus.M, code="untrue")
    assert client.get(path_of(listing)).status_code == 404
    assert "已被屏蔽" in a.get(path_of(listing)).text


def test_who_appealed_in_vain_is_not_told_to_appeal_again(a: Visitor, campus: Campus) -> None:
    listing = offered(campus.A)
    decided(listing, "reject", campus.M, code="advert")
    assert "您可以申诉一次" in a.get(path_of(listing)).text
    moderation.appeal(now(listing), by=campus.A, words="这是我自己用过的，不是广告")
    assert "申诉已收到" in a.get(path_of(listing)).text
    decided(now(listing), "reject", campus.M2, code="advert")
    page = a.get(path_of(listing)).text
    assert "申诉后仍没有通过" in page
    assert "您可以申诉一次" not in page


# --- one's own ---------------------------------------------------------------------------------------


def test_mine_says_what_waits_for_me(a: Visitor, b: Visitor, campus: Campus) -> None:
    TrustLevel.update(listings_a_day=100).execute()
    decided(offered(campus.A, title="待改的书"), "send_back", campus.M, note="请写明年份")
    late, kept, quiet = expired(campus), reserved(campus, title="留着的车"), published(campus, title="在卖的车")
    waits, _heading, rest = a.get("/market/mine").text.partition('aria-label="看什么"')
    for title, link in (("待改的书", "/resubmit"), (TITLE, "/renew"), ("留着的车", "/confirm")):
        assert title in waits
        assert link in waits
    assert quiet.title in rest
    assert late.number not in rest
    page = b.get("/market/mine?show=bought").text
    assert kept.title in page
    assert quiet.title not in page
    moderation.withdraw(now(quiet), by=campus.A)
    assert "撤回" in a.get("/market/mine").text


def test_mine_goes_back_by_key(a: Visitor, campus: Campus) -> None:
    TrustLevel.update(listings_a_day=100).execute()
    for number in range(22):
        published(campus, title=f"第{number:02}件台灯")
    page = a.get("/market/mine").text
    assert "第21件" in page
    assert "第01件" not in page
    earlier = page.split("before=")[1].split('"')[0]
    page = a.get(f"/market/mine?before={earlier}").text
    assert "第01件" in page
    assert "第21件" not in page
    for odd in ("0", "-1", "x", "9" * 20):
        assert a.get(f"/market/mine?before={odd}&show=nothing").status_code == 200
