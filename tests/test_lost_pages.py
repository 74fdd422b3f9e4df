"""Lost and found over HTTP: A has found an umbrella, B claims it, a third person (`kept`) is a stranger to both."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import clock, lost_found, lost_reading, trust
from models import Building, Claim, Event, Photo, PropertyNotice, Submission, TrustLevel
from tests.addresses import dangers
from tests.board import decided
from tests.conftest import Campus
from tests.lost import (
    ANSWER,
    DETAIL,
    QUESTION,
    TEXT,
    TITLE,
    accepted,
    claimed,
    kept,
    posted,
    published,
    registered,
    returned,
)
from tests.portal import SignIn, picture
from tests.visitor import PASSWORD, Visitor, forms

NEW = "/lost-found/new"
NUMBER = "6222020200112233445"
SCRIPT = "\"'><img src=x onerror=p(1)>"
Queries = Callable[[], Any]


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


@pytest.fixture
def b(sign_in: SignIn) -> Visitor:
    return sign_in("B")


@pytest.fixture
def stranger(sign_in: SignIn) -> Visitor:
    return sign_in("kept")


@pytest.fixture
def many(house: Any) -> None:
    """Nobody is kept from posting a lot."""
    TrustLevel.update(notices_a_day=10_000).execute()


def post(visitor: Visitor, path: str = NEW, **answers: Any) -> Any:
    given = {"kind": "found", "item_kind": "umbrella", "title": TITLE, "text": TEXT, "place": "三楼靠窗"}
    return visitor.submit(path, having="title", **{**given, "hidden_detail": DETAIL, **answers})


def made() -> PropertyNotice:
    return PropertyNotice.select().order_by(PropertyNotice.id.desc()).get()


def page_of(notice: PropertyNotice) -> str:
    return f"/lost-found/{notice.number}"


def fresh(notice: PropertyNotice) -> PropertyNotice:
    return PropertyNotice.get_by_id(notice.id)


def titles(page: Any) -> list[str]:
    return re.findall(r'<a class="find-title"[^>]*>([^<]+)</a>', page.text)


def every_page(visitor: Visitor, path: str) -> list[str]:
    """The titles of a list, page after page."""
    found: list[str] = []
    for _ in range(99):
        page = visitor.get(path)
        assert page.status_code == 200
        found += titles(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            return found
        path = following[1].replace("&amp;", "&")
    raise AssertionError("no last page")


# --- bringing something ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lost", "found"])
def test_it_works(a: Visitor, client: Visitor, campus: Campus, kind: str) -> None:
    answer = post(a, kind=kind, tags="黑色，长柄", question=QUESTION)
    notice = made()
    assert answer.location == page_of(notice)
    assert (notice.kind, notice.title, notice.text, notice.author_id) == (kind, TITLE, TEXT, campus.A.id)
    assert (notice.moderation, notice.status, notice.tags) == ("pending", "submitted", "黑色 长柄")
    assert (notice.hidden_detail, notice.question) == ((DETAIL, QUESTION) if kind == "found" else ("", ""))
    page = a.get(answer.location).text
    assert "已提交，审核后会通知您" in page
    assert "正在等待审核" in page
    assert client.get(answer.location).status_code == 404
    assert TITLE not in client.get(f"/lost-found?kind={kind}").text
    decided(notice, "publish", campus.M)
    assert titles(client.get(f"/lost-found?kind={kind}")) == [TITLE]
    page = client.get(answer.location).text
    for word in (TITLE, TEXT, "三楼靠窗", "雨伞", "长柄", "一位同学"):
        assert word in page
    assert campus.A.name not in page
    assert DETAIL not in page


def test_the_time_is_that_of_the_campus_and_not_in_the_future(a: Visitor, campus: Campus) -> None:
    post(a, happened="2026-11-01T08:30")
    assert made().happened == clock.datetime(2026, 11, 1, 0, 30)
    tomorrow = clock.local(clock.now() + timedelta(days=1))
    answer = post(a, happened=f"{tomorrow:%Y-%m-%dT%H:%M}")
    assert answer.status_code == 400
    assert "时间不能晚于现在" in answer.text


BAD = {
    "no side": {"kind": None},
    "side of nothing": {"kind": "stolen"},
    "no kind": {"item_kind": None},
    "kind of nothing": {"item_kind": "cat"},
    "short title": {"title": "伞"},
    "long title": {"title": "伞" * 41},
    "long text": {"text": "伞" * 1001},
    "no place": {"place": ""},
    "long place": {"place": "楼" * 61},
    "building of nothing": {"building": "ZZ9"},
    "no time": {"happened": ""},
    "time of nothing": {"happened": "yesterday"},
    "long ago": {"happened": "2024-01-01T08:00"},
    "many tags": {"tags": "一 二 三 四 五 六"},
    "no hidden detail": {"hidden_detail": ""},
    "tells the hidden detail": {"text": f"伞，{DETAIL}"},
    "long question": {"question": "问" * 101},
    "token": {"once": "x" * 65},
}


@pytest.mark.parametrize("wrong", BAD)
def test_bad_input_is_kept_and_saves_nothing(a: Visitor, wrong: str) -> None:
    said = {"title": TITLE, "text": TEXT, "place": "三楼靠窗", "tags": "黑色", **BAD[wrong]}
    answer = post(a, **said)
    assert answer.status_code == 400
    assert "error-summary" in answer.text
    back = next(form for form in forms(answer) if "title" in form.names).values
    for name in ("title", "text", "place", "tags"):
        assert back[name] == said[name]
    assert PropertyNotice.select().count() == Submission.select().count() == Photo.select().count() == 0


def test_the_same_form_ten_times_is_one_notice(a: Visitor) -> None:
    form = a.form(NEW, having="title")
    said = form.values | {
        "kind": "found",
        "item_kind": "umbrella",
        "title": TITLE,
        "place": "门口",
        "hidden_detail": "周",
    }
    answers = [a.client.post(form.action, data={**said, "photos": [picture()]}) for _ in range(10)]
    assert {answer.location for answer in answers} == {page_of(made())}
    assert PropertyNotice.select().count() == Submission.select().count() == Photo.select().count() == 1


def test_extra_fields_are_ignored(a: Visitor, campus: Campus) -> None:
    post(a, status="returned", moderation="published", author=str(campus.B.id), card_owner="1", tag="BG1", number="LF1")
    notice = made()
    assert (notice.status, notice.moderation, notice.author_id) == ("submitted", "pending", campus.A.id)
    assert (notice.card_owner_id, notice.tag, notice.claimant_id) == (None, None, None)


def test_no_more_than_a_day_takes(a: Visitor, campus: Campus) -> None:
    for _ in range(trust.level_of(campus.A).notices_a_day):
        posted(campus.A)
    answer = post(a)
    assert answer.status_code == 429
    assert next(form for form in forms(answer) if "title" in form.names).values["text"] == TEXT


def test_a_building_is_enough(a: Visitor) -> None:
    building = Building.get(Building.code == "NQ4")
    post(a, building="NQ4", place="")
    assert (made().building_id, made().place) == (building.id, "")
    assert building.name in a.get(page_of(made())).text


def test_photos_know_their_place(a: Visitor, client: Visitor, campus: Campus) -> None:
    post(a, photos=[picture(), picture("red")])
    notice = decided(made(), "publish", campus.M)
    board, page = client.get("/lost-found").text, client.get(page_of(notice)).text
    thumb = f"/photos/{notice.photos[0]}/thumb"
    found = re.search(rf'<img src="{thumb}"[^>]*>', board)
    assert found
    assert 'width="320" height="240"' in found[0]
    assert re.search(rf'<img src="/photos/{notice.photos[0]}/medium" width="64" height="48"', page)
    assert client.get(thumb).status_code == 200
    for number in range(4):
        with clock.at(clock.now() + timedelta(minutes=number + 1)):
            published(campus, campus.B, title=f"后来的第{number}把伞")
    assert 'loading="lazy"' in re.search(rf'<img src="{thumb}"[^>]*>', client.get("/lost-found").text)[0]  # type: ignore[index]


def test_what_a_visitor_typed_survives_the_sign_in_but_not_the_number(client: Visitor, campus: Campus) -> None:
    path = f"{NEW}?kind=found"
    answer = post(client, path, item_kind="bank_card", card_number=NUMBER)
    assert PropertyNotice.select().count() == 0
    assert "/signin?next=" in answer.location
    assert NUMBER not in str(answer.headers)
    back = client.submit(answer.location, number=campus.number("A"), password=PASSWORD)
    assert back.location == path
    kept_values = client.form(path, having="title").values
    assert (kept_values["title"], kept_values["place"], kept_values["hidden_detail"]) == (TITLE, "三楼靠窗", DETAIL)
    assert (kept_values["item_kind"], kept_values["card_number"]) == ("bank_card", "")


def test_a_finder_answers_who_looks(a: Visitor, client: Visitor, campus: Campus) -> None:
    lost = published(campus, campus.B, kind="lost", title="黑色长柄伞丢了", hidden_detail="")
    assert f"{NEW}?answers={lost.number}" in client.get(page_of(lost)).text
    path = f"{NEW}?answers={lost.number}"
    form = a.form(path, having="title")
    assert (form.values["kind"], form.values["item_kind"]) == ("found", "umbrella")
    assert "黑色长柄伞丢了" in a.get(path).text
    answer = post(a, path)
    assert made().answered == lost
    page = a.get(answer.location).text
    assert "可能就是它" in page
    assert "捡到的人说就是这一件" in page
    assert titles(a.get(answer.location)) == ["黑色长柄伞丢了"]


def test_a_notice_that_cannot_be_answered_is_none(a: Visitor, campus: Campus) -> None:
    for notice in (posted(campus.B, kind="lost", hidden_detail=""), published(campus, campus.B)):
        assert a.form(f"{NEW}?answers={notice.number}", having="title").values["answered"] == ""
    assert a.get(f"{NEW}?answers={SCRIPT}&kind=x&item_kind={SCRIPT}").status_code == 200


def test_likely_counterparts_are_shown_with_their_reasons(a: Visitor, b: Visitor, campus: Campus) -> None:
    building = Building.get(Building.code == "NQ4")
    with clock.at(clock.now() - timedelta(hours=3)):
        lost = published(campus, campus.B, kind="lost", title="找黑色长柄伞", building=building, hidden_detail="")
    found = published(campus, building=building)
    page = a.get(page_of(found))
    assert titles(page) == ["找黑色长柄伞"]
    for reason in ("同一类：雨伞", "同一栋楼", "时间接近"):
        assert reason in page.text
    assert titles(b.get(page_of(lost))) == [TITLE]
    english = a.get(page_of(found), headers={"Accept-Language": "en"}).text
    assert "Umbrella</li>" in english
    assert "雨伞</li>" not in english
    assert "还没有像的启事" in a.get(page_of(posted(campus.A, item_kind="keys", title="一串钥匙", tags=""))).text


# --- cards -------------------------------------------------------------------------------------------


def card(visitor: Visitor, item_kind: str = "campus_card", **answers: Any) -> Any:
    return post(visitor, **{"item_kind": item_kind, "title": "", "text": "", "hidden_detail": "", **answers})


def test_a_found_card_goes_to_its_owner_alone(
    a: Visitor, b: Visitor, stranger: Visitor, client: Visitor, campus: Campus
) -> None:
    answer = card(a, card_number=campus.B.number, photos=[picture()])
    notice = made()
    assert (notice.card_owner, notice.title, notice.photos) == (campus.B, "校园卡", [])
    assert (notice.moderation, notice.status) == ("private", "open")
    assert "卡主已经收到通知" in a.get(answer.location).text
    assert "已经通知失主" in a.get(answer.location).text
    assert "这张卡很可能是您的" in b.get(page_of(notice)).text
    assert "去认领" in b.get("/lost-found/mine").text
    for other in (stranger, client):
        assert other.get(page_of(notice)).status_code == 404
    for reader in (a, b):
        assert campus.B.number not in reader.get(page_of(notice)).text
    assert b.submit(page_of(notice), action=f"{page_of(notice)}/claim", answer=None).status_code == 302
    assert fresh(notice).status == "verifying"


def test_a_card_needs_its_number_and_never_shows_it(a: Visitor, client: Visitor, campus: Campus) -> None:
    for number in ("", "号码", "12"):
        answer = card(a, "bank_card", card_number=number)
        assert answer.status_code == 400
        assert 'id="card_number-error"' in answer.text
    answer = card(a, "bank_card", card_number=NUMBER)
    notice = decided(made(), "publish", campus.M)
    for page in (a.get(answer.location), client.get(answer.location), client.get("/lost-found")):
        assert NUMBER not in page.text
        assert notice.card_hash not in page.text
    assert "只用来核对，不显示" in client.get(answer.location).text
    assert all(NUMBER not in str(event.details) for event in Event.select())


def test_ones_own_lost_card_needs_no_number(a: Visitor) -> None:
    assert card(a, kind="lost").status_code == 302
    assert made().card_hash
    assert card(a, "id_card", kind="lost").status_code == 400


def test_a_number_is_for_cards_only(a: Visitor) -> None:
    post(a, card_number=NUMBER)
    assert made().card_hash == ""


# --- the board ---------------------------------------------------------------------------------------


@pytest.fixture
def board(campus: Campus, many: None) -> list[PropertyNotice]:
    """Found and lost things of two kinds in two places, one a day, the newest last."""
    rows = []
    for day in range(8):
        with clock.at(clock.now() - timedelta(days=40 - 5 * day)):
            building = Building.get(Building.code == ["NQ4", "BQ5"][day % 2])
            side = {"kind": "lost", "hidden_detail": ""} if day % 4 == 3 else {"kind": "found"}
            thing = ["umbrella", "keys"][day // 4]
            rows.append(published(campus, title=f"第{day}件东西", item_kind=thing, building=building, **side))
    return rows


def test_the_board_is_filtered_and_searched(client: Visitor, board: list[PropertyNotice]) -> None:
    found = [row for row in reversed(board) if row.kind == "found"]
    assert titles(client.get("/lost-found")) == [row.title for row in found]
    assert titles(client.get("/lost-found?kind=lost")) == ["第7件东西", "第3件东西"]
    assert titles(client.get("/lost-found?item_kind=keys")) == [
        row.title for row in found if row.item_kind.code == "keys"
    ]
    assert titles(client.get("/lost-found?building=NQ4")) == [row.title for row in found if row.building.code == "NQ4"]
    assert titles(client.get("/lost-found?kind=lost&period=week")) == ["第7件东西"]
    assert titles(client.get("/lost-found?q=第6件+长柄")) == ["第6件东西"]
    assert titles(client.get("/lost-found?q=没有的")) == []
    everything = titles(client.get("/lost-found"))
    assert titles(client.get("/lost-found?kind=x&item_kind=y&building=z&state=q&period=p&after=9~x")) == everything


def test_pages_go_on_by_key(client: Visitor, board: list[PropertyNotice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_reading.page, "__kwdefaults__", {"after": "", "limit": 2})
    assert every_page(client, "/lost-found") == [row.title for row in reversed(board) if row.kind == "found"]
    keys = [row.title for row in reversed(board) if row.kind == "found" and row.item_kind.code == "keys"]
    assert every_page(client, "/lost-found?item_kind=keys") == keys


def test_odd_answers_of_an_address_break_nothing(client: Visitor, a: Visitor, board: list[PropertyNotice]) -> None:
    """Faults 12, 35, 36."""
    for query in (
        f"q={SCRIPT}",
        f"kind={SCRIPT}&item_kind={SCRIPT}",
        "after=0",
        "after=1~1",
        f"after={'1' * 99}",
        "q=%25_",
    ):
        page = client.get(f"/lost-found?{query}")
        assert page.status_code == 200
        assert not dangers(page)
    for query in ("before=0", "before=-1", "before=１２", f"before={10**20}", "show=x", "after=%27"):
        assert a.get(f"/lost-found/mine?{query}").status_code == 200
        assert a.get(f"/lost-found/announced?{query}").status_code == 200
    for said in ("伞" * 51, "一 二 三 四 五 六"):
        page = client.get(f"/lost-found?q={said}")
        assert page.status_code == 400
        assert "最多 50 个字、5 个词" in page.text
    for number in ("LF0", "0", "１２", "x" * 300, "new1"):
        assert client.get(f"/lost-found/{number}").status_code == 404


def test_texts_of_strangers_run_nothing(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    """Fault 11."""
    said = {"title": f"伞{SCRIPT}", "text": SCRIPT, "place": SCRIPT, "tags": "'><img", "question": SCRIPT}
    post(a, **said, hidden_detail=f"秘密{SCRIPT}")
    notice = decided(made(), "publish", campus.M)
    lost_found.claim(notice, by=campus.B, answer=SCRIPT, proof=SCRIPT)
    for visitor in (a, b, client):
        for path in (page_of(notice), "/lost-found"):
            assert not dangers(visitor.get(path))
    for path in ("/lost-found/mine", f"{page_of(notice)}/deny_claim", f"{page_of(notice)}/edit"):
        assert not dangers(a.get(path))


def test_a_visitor_gets_no_cookie_and_what_one_may_keep(client: Visitor, board: list[PropertyNotice]) -> None:
    """Fault 33."""
    for path in ("/lost-found", page_of(board[0]), "/lost-found/announced", "/lost-found?state=returned"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers, path
        assert "no-store" not in answer.headers.get("Cache-Control", "")


def test_questions_to_the_database_do_not_grow(
    client: Visitor, b: Visitor, campus: Campus, board: list[PropertyNotice], queries: Queries
) -> None:
    notice = published(campus, photos=())
    paths = {"/lost-found": 5, "/lost-found?item_kind=keys&q=件": 6, page_of(notice): 5, "/lost-found/announced": 3}
    before = {}
    for path, most in paths.items():
        with queries() as asked:
            client.get(path)
        assert len(asked) <= most, (path, asked)
        before[path] = len(asked)
    for number in range(5):
        published(campus, title=f"又一把黑色雨伞 {number}", kind="lost" if number % 2 else "found")
        claimed(campus)
    for path, known in before.items():
        with queries() as asked:
            client.get(path)
        assert len(asked) <= known, path
    post(b, photos=[picture()])
    theirs = made()
    for path in (page_of(notice), page_of(theirs), "/lost-found", "/lost-found/mine", "/lost-found/mine?show=claimed"):
        with queries() as asked:
            b.get(path)
        assert len(asked) <= 10, (path, len(asked), asked)
    decided(theirs, "publish", campus.M)
    lost_found.claim(fresh(theirs), by=campus.A, answer=ANSWER)
    with queries() as asked:
        b.get(page_of(theirs))
    assert len(asked) <= 10, asked


# --- claiming and handing over -----------------------------------------------------------------------


def step(visitor: Visitor, notice: PropertyNotice, name: str, **answers: Any) -> Any:
    """Take a step by the form on the page of the notice."""
    return visitor.submit(page_of(notice), action=f"{page_of(notice)}/{name}", **answers)


def test_the_whole_way_home(a: Visitor, b: Visitor, stranger: Visitor, client: Visitor, campus: Campus) -> None:
    notice = published(campus)
    assert QUESTION in client.get(page_of(notice)).text
    assert "登录后认领" in client.get(page_of(notice)).text
    assert step(b, notice, "claim", answer="不记得了").status_code == 302
    page = b.get(page_of(notice)).text
    assert "正在核对您的回答" in page
    assert DETAIL not in page
    page = a.get(page_of(notice)).text
    assert "不记得了" in page
    assert DETAIL in page
    assert "核对认领" in a.get("/lost-found/mine").text
    for other in (stranger, client):
        page = other.get(page_of(notice)).text
        assert "有人认领，正在核验" in page
        assert "不记得了" not in page
        assert DETAIL not in page

    assert a.submit(f"{page_of(notice)}/deny_claim", reason="和实物不一样").status_code == 302
    page = b.get(page_of(notice)).text
    assert "您的认领没有通过" in page
    assert "和实物不一样" in page
    assert "和实物不一样" not in stranger.get(page_of(notice)).text
    step(b, notice, "claim", answer=ANSWER, proof="九月买的")
    assert step(a, notice, "accept_claim").status_code == 302

    assert "去取回" in b.get("/lost-found/mine").text
    code = lost_found.code_of(fresh(notice), campus.B)
    page = b.get(page_of(notice)).text
    assert f"<span>{code[:3]}</span><span>{code[3:]}</span>" in page
    for other in (a, stranger, client):
        assert code[:3] + "</span><span>" not in other.get(page_of(notice)).text
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answer = step(a, notice, "hand_over", code=wrong)
    assert answer.status_code == 400
    assert "还可以试 4 次" in answer.text
    assert fresh(notice).status == "to_hand_over"
    assert step(a, notice, "hand_over", code=f"{code[:3]} {code[3:]}").status_code == 302
    assert fresh(notice).status == "returned"

    assert "已经回到您手里" in b.get(page_of(notice)).text
    assert "谢谢您" in a.get(page_of(notice)).text
    page = client.get("/lost-found?state=returned")
    assert titles(page) == [TITLE]
    assert "已帮 1 件物品回家" in page.text
    assert titles(client.get("/lost-found")) == []
    assert f"{page_of(notice)}/edit" not in a.get(page_of(notice)).text
    assert a.get(f"{page_of(notice)}/edit").status_code == 302


def test_three_denials_close_the_door(b: Visitor, campus: Campus) -> None:
    notice = published(campus)
    for _ in range(3):
        assert "claim" in [form.action.rpartition("/")[2] for form in forms(b.get(page_of(notice)))]
        step(b, notice, "claim", answer="猜一个")
        notice = lost_found.deny_claim(fresh(notice), by=campus.A, reason="对不上")
    page = b.get(page_of(notice))
    assert "几次认领都未通过，不能再认领这件物品" in page.text
    assert "claim" not in [form.action.rpartition("/")[2] for form in forms(page)]
    assert b.get(f"{page_of(notice)}/claim").status_code == 302
    assert b.post(f"{page_of(notice)}/claim", answer="再猜").status_code == 400
    assert fresh(notice).status == "open"


def test_five_wrong_codes_void_it_and_the_claimant_takes_another(a: Visitor, b: Visitor, campus: Campus) -> None:
    notice = accepted(campus)
    code = lost_found.code_of(notice, campus.B)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    answers = [step(a, notice, "hand_over", code=wrong) for _ in range(5)]
    assert "已经作废" in answers[-1].text
    assert step(a, notice, "hand_over", code=code).status_code == 400
    page = b.get(page_of(notice)).text
    assert "交接码已作废" in page
    assert f"<span>{code[:3]}</span>" not in page
    assert step(b, notice, "renew_code").status_code == 302
    renewed = lost_found.code_of(fresh(notice), campus.B)
    assert f"<span>{renewed[:3]}</span><span>{renewed[3:]}</span>" in b.get(page_of(notice)).text
    assert step(a, notice, "hand_over", code=renewed).status_code == 302


def test_what_the_desk_keeps_the_desk_judges(a: Visitor, b: Visitor, sign_in: SignIn, campus: Campus) -> None:
    notice = claimed(campus, kept(campus))
    page = a.get(page_of(notice)).text
    assert "值守点正在核对" in page
    assert ANSWER not in page or "accept_claim" not in page
    assert "accept_claim" not in page
    assert a.get(f"{page_of(notice)}/accept_claim").status_code == 302
    assert a.post(f"{page_of(notice)}/accept_claim").status_code == 400
    assert fresh(notice).status == "verifying"
    desk = sign_in("keeper_of_lost")
    assert ANSWER in desk.get(page_of(notice)).text
    step(desk, notice, "accept_claim")
    page = b.get(page_of(notice)).text
    assert notice.point.name in page
    assert step(desk, notice, "hand_over", code=lost_found.code_of(fresh(notice), campus.B)).status_code == 302
    assert fresh(notice).status == "returned"


def test_strangers_take_no_steps(stranger: Visitor, client: Visitor, a: Visitor, b: Visitor, campus: Campus) -> None:
    notice = accepted(campus)
    lost = published(campus, campus.B, kind="lost", hidden_detail="")
    for name in ("hand_over", "deny_claim", "accept_claim", "give_up", "renew_code", "edit", "withdraw", "found_it"):
        for row in (notice, lost):
            assert stranger.get(f"{page_of(row)}/{name}").status_code == 404, name
            assert stranger.post(f"{page_of(row)}/{name}").status_code == 404, name
            assert "/signin" in client.get(f"{page_of(row)}/{name}").location
    assert b.post(f"{page_of(notice)}/hand_over", code=lost_found.code_of(notice, campus.B)).status_code == 404
    for name in ("hand_in", "announce", "dispose", "propose_disposal", "register", "post", "match_card", "nothing"):
        assert a.get(f"{page_of(notice)}/{name}").status_code == 404, name
    assert fresh(notice).status == "to_hand_over"


def test_giving_up_opens_it_again(b: Visitor, campus: Campus) -> None:
    notice = claimed(campus)
    assert b.submit(f"{page_of(notice)}/give_up").status_code == 302
    assert fresh(notice).status == "open"
    assert Claim.get().status == "given_up"


def test_a_claim_brings_photos_that_only_its_judge_sees(
    a: Visitor, b: Visitor, stranger: Visitor, campus: Campus
) -> None:
    notice = published(campus)
    step(b, notice, "claim", answer=ANSWER, photos=[picture()])
    photo = f"/photos/{Claim.get().photos[0]}/thumb"
    assert photo in a.get(page_of(notice)).text
    assert photo not in stranger.get(page_of(notice)).text
    assert (a.get(photo).status_code, b.get(photo).status_code, stranger.get(photo).status_code) == (200, 200, 404)


def test_found_it_is_good_news_without_the_words(b: Visitor, client: Visitor, campus: Campus) -> None:
    lost = published(campus, campus.B, kind="lost", title="找一把伞", hidden_detail="")
    assert b.submit(f"{page_of(lost)}/found_it", how="在宿舍床底下").status_code == 302
    assert titles(client.get("/lost-found?state=returned&kind=lost")) == ["找一把伞"]
    assert "已经找回来了" in client.get(page_of(lost)).text
    assert "在宿舍床底下" not in client.get(page_of(lost)).text
    assert b.get(f"{page_of(lost)}/receipt").status_code == 302


def test_an_edit_waits_and_the_public_keeps_the_old_text(a: Visitor, client: Visitor, campus: Campus) -> None:
    """Fault 5."""
    notice = published(campus)
    assert a.submit(f"{page_of(notice)}/edit", title="捡到一把蓝色雨伞").status_code == 302
    assert "蓝色" not in client.get(page_of(notice)).text
    decided(fresh(notice), "publish", campus.M)
    assert "捡到一把蓝色雨伞" in client.get(page_of(notice)).text
    assert fresh(notice).hidden_detail == DETAIL


def test_a_report_reaches_the_desk(b: Visitor, a: Visitor, campus: Campus) -> None:
    notice = published(campus)
    assert f"{page_of(notice)}/report" in b.get(page_of(notice)).text
    assert b.submit(f"{page_of(notice)}/report", code="advert").status_code == 302
    assert Submission.select().where(Submission.cause == "report").count() == 1
    assert a.get(f"{page_of(notice)}/report").status_code == 302
    assert b.get(f"/lost-found/{posted(campus.A).number}/report").status_code == 404


# --- mine, announced, receipt ------------------------------------------------------------------------


def test_mine_shows_what_waits_and_what_i_claim(a: Visitor, b: Visitor, campus: Campus) -> None:
    back = decided(posted(campus.A, title="要改的伞"), "send_back", campus.M, code="unclear", note="写清楚些")
    notice = claimed(campus)
    page = a.get("/lost-found/mine").text
    assert page.index("等您处理") < page.index("要改的伞")
    assert "修改后重新提交" in page
    assert "写清楚些" in a.get(page_of(back)).text
    assert TITLE in b.get("/lost-found/mine?show=claimed").text
    assert TITLE not in b.get("/lost-found/mine").text
    lost_found.deny_claim(notice, by=campus.A, reason="里面写的是别的字")
    assert "里面写的是别的字" in b.get("/lost-found/mine?show=claimed").text
    assert "还没有认领过" in a.get("/lost-found/mine?show=claimed").text


def test_what_is_announced_says_no_more_than_it_must(client: Visitor, campus: Campus) -> None:
    assert "现在没有要公示的物品" in client.get("/lost-found/announced").text
    with clock.at(clock.now() - timedelta(days=200)):
        notice = kept(campus)
    lost_found.announce(notice, by=campus.keeper_of_lost)
    page = client.get("/lost-found/announced").text
    assert "雨伞" in page
    assert notice.point.name in page
    assert "公示到" in page
    for secret in (TITLE, TEXT, DETAIL, "三楼靠窗", notice.number, notice.tag):
        assert secret not in page


def test_receipts_are_for_who_was_there(
    a: Visitor, b: Visitor, stranger: Visitor, sign_in: SignIn, client: Visitor, campus: Campus
) -> None:
    open_one = published(campus)
    assert a.get(f"{page_of(open_one)}/receipt").status_code == 302
    notice = kept(campus)
    page = a.get(f"{page_of(notice)}/receipt")
    assert "拾物上交凭证" in page.text
    assert notice.tag in page.text
    assert b.get(f"{page_of(notice)}/receipt").status_code == 404
    notice = returned(campus, notice)
    for reader in (a, b, sign_in("keeper_of_lost")):
        page = reader.get(f"{page_of(notice)}/receipt").text
        assert "失物归还凭证" in page
        assert DETAIL not in page
    assert stranger.get(f"{page_of(notice)}/receipt").status_code == 404
    assert "/signin" in client.get(f"{page_of(notice)}/receipt").location


def test_the_desk_registers_for_who_brought_it(campus: Campus, client: Visitor) -> None:
    notice = decided(registered(campus), "publish", campus.M)
    page = client.get(page_of(notice)).text
    assert "保管中" in page
    assert notice.point.name in page
    assert notice.shelf not in re.sub(r"<[^>]+>", " ", page)


def test_a_phone_picks_card_and_sees_what_it_means(browser_page: Any, campus: Campus) -> None:
    """Without a side nothing else is asked; a card hides photos and the hidden detail."""
    page = browser_page
    page.goto("/lost-found/new")
    assert not page.locator("[name=title]").is_visible()
    page.locator("[name=kind][value=found]").check(force=True)
    assert page.locator("[name=title]").is_visible()
    page.locator("[name=item_kind][value=umbrella]").check(force=True)
    assert page.locator("[name=hidden_detail]").is_visible()
    assert not page.locator("[name=card_number]").is_visible()
    page.locator("[name=item_kind][value=id_card]").check(force=True)
    assert page.locator("[name=card_number]").is_visible()
    assert not page.locator("[name=hidden_detail]").is_visible()
    page.locator("[name=kind][value=lost]").check(force=True)
    page.locator("[name=item_kind][value=umbrella]").check(force=True)
    assert not page.locator("[name=hidden_detail]").is_visible()
    newest = page.locator("[name=happened]").input_value()
    page.locator("[data-ago='60']").click()
    assert page.locator("[name=happened]").input_value() < newest


def test_a_wrong_code_is_mended_where_it_stands(browser_page: Any, campus: Campus) -> None:
    """The answer to the form of the notice's page is another page, whose form must find its own address."""
    page, notice = browser_page, accepted(campus)
    code = lost_found.code_of(notice, campus.B)
    page.goto("/signin")
    page.fill("[name=number]", campus.number("A"))
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    page.goto(page_of(notice))
    for said in (f"{(int(code) + 1) % 10**6:06d}", code):
        page.fill("#main form [name=code]", said)
        page.locator("#main form:has([name=code]) button").click()
        page.locator(f"text={'已经回家了' if said == code else '还可以试'}").first.wait_for()
    assert fresh(notice).status == "returned"
