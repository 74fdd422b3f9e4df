"""An order in the portal, over HTTP: A reported it, B is a stranger; SN2's lead and W1 do the work."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hall import clock, photos, repairs
from hall.settlement import Line
from models import Event, Rating, RepairOrder
from tests.conftest import Campus
from tests.portal import PHONE, TEXT, SignIn, finished, item, made, picture, reported
from tests.visitor import PASSWORD, Visitor, forms


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


# --- the order's page and its steps ------------------------------------------------------------------

PATHS = ["", "/withdraw", "/resubmit", "/inspect", "/rework", "/rate", "/comment", "/urge", "/pulse", ".pdf"]


def bare(page: str) -> str:
    """A page without what differs each second: tokens and the time."""
    return re.sub(r'value="[^"]*"|<time.*?</time>', "", page, flags=re.S)


@pytest.mark.parametrize("path", PATHS)
def test_strangers_get_the_page_of_a_number_that_does_not_exist(
    sign_in: SignIn, client: Visitor, campus: Campus, path: str
) -> None:
    order, b = finished(campus, reported(campus.A)), sign_in("B")
    before = (order.version, Event.select().count())
    theirs, none = (b.get(f"/repairs/{number}{path}") for number in (order.number, "BX2611229999"))
    assert (theirs.status_code, none.status_code) == (404, 404)
    assert bare(theirs.text.replace(order.number, "")) == bare(none.text.replace("BX2611229999", ""))
    assert client.get(f"/repairs/{order.number}{path}").location.startswith("/signin")
    if path not in ("", "/pulse", ".pdf"):
        answers = {
            "words": "好",
            "reason": "不修了",
            "speed": "5",
            "quality": "5",
            "manner": "5",
            "seen": str(order.version),
        }
        assert b.post(f"/repairs/{order.number}{path}", **answers).status_code == 404
        assert client.post(f"/repairs/{order.number}{path}", **answers).location.startswith("/signin")
    assert (made(order.number).version, Event.select().count()) == before


@pytest.mark.parametrize("number", ["0", "-1", "1" + "0" * 20, "１２", "new2", "BX26' OR 1=1", "%00", "a" * 300])
def test_odd_numbers_are_no_orders(a: Visitor, number: str) -> None:
    nothing = (400,) if number == "%00" else (404,)
    for path in (f"/repairs/{number}", f"/repairs/{number}/comment", f"/repairs/{number}/pulse"):
        assert a.get(path).status_code in nothing
    assert a.get(f"/repairs?before={number}").status_code in ((400,) if number == "%00" else (200,))
    assert a.get(f"/repairs/new?again={number}&building={number}&room={number}").status_code in (200, *nothing)


def test_a_step_of_the_staff_is_none_of_the_portal(sign_in: SignIn, campus: Campus) -> None:
    order = reported(campus.A)
    for step in ("accept", "report", "approve", "nonsense"):
        assert sign_in("lead").post(f"/repairs/{order.number}/{step}").status_code == 404
    assert made(order.number).status == "reported"


def test_inspect_leads_to_rating_and_one_may_add_once(a: Visitor, campus: Campus) -> None:
    order = finished(campus, reported(campus.A))
    answer = a.submit(f"/repairs/{order.number}/inspect")
    assert made(order.number).status == "inspected"
    rate = f"/repairs/{order.number}/rate"
    assert answer.location == rate
    bad = a.submit(rate, speed="6", quality="5", words="师傅很快")
    assert bad.status_code == 400
    assert "师傅很快" in bad.text
    assert a.submit(rate, speed="5", quality="4", manner="5", words="师傅很快").status_code == 302
    assert a.submit(rate, words="用了一周，没有再漏").status_code == 302
    row = Rating.get()
    assert (row.speed, row.quality, row.manner, row.added) == (5, 4, 5, "用了一周，没有再漏")
    page = a.get(f"/repairs/{order.number}").text
    assert "用了一周" in page
    assert rate not in page
    assert a.submit(rate, words="第三次").status_code == 400


def test_rework_takes_a_reason_and_a_photo(a: Visitor, campus: Campus) -> None:
    order = finished(campus, reported(campus.A))
    path = f"/repairs/{order.number}/rework"
    assert a.submit(path, reason="漏").status_code == 400
    a.submit(path, reason="还在滴水，和原来一样", photos=[picture()])
    assert (made(order.number).status, made(order.number).reworks) == ("repairing", 1)
    assert [photo.purpose for photo in photos.for_subject(order)] == ["rework"]


def test_resubmit_shows_what_was_written_and_why_it_came_back(a: Visitor, campus: Campus) -> None:
    order = repairs.send_back(reported(campus.A), by=campus.lead, reason="冷水还是热水？")
    path = f"/repairs/{order.number}/resubmit"
    assert "冷水还是热水？" in a.get(path).text
    assert a.form(path, having="description").values["description"] == TEXT
    short = a.submit(path, having="description", description="冷水")
    assert short.status_code == 400
    a.submit(path, having="description", description=TEXT + "，是冷水")
    assert (made(order.number).status, made(order.number).description) == ("reported", TEXT + "，是冷水")


def test_urge_is_one_press_on_the_page_and_then_it_is_gone(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    page, urge = f"/repairs/{order.number}", f"/repairs/{order.number}/urge"
    form = a.form(page, action=urge)
    for _ in range(3):
        assert a.client.post(urge, data=form.values).status_code == 302
    assert Event.select().where(Event.name == "urge").count() == 1
    assert f'action="{urge}"' not in a.get(page).text
    assert a.post(urge, seen=str(order.version)).status_code == 400


def test_the_same_comment_sent_twice_is_one(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    form = a.form(f"/repairs/{order.number}/comment", having="words")
    for _ in range(2):
        a.client.post(form.action, data={**form.values, "words": "<b>五点</b>以后在"})
    assert Event.select().where(Event.name == "comment").count() == 1
    assert "&lt;b&gt;五点&lt;/b&gt;以后在" in a.get(f"/repairs/{order.number}").text


def test_a_stale_form_keeps_its_words_and_shows_what_happened(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    form = a.form(f"/repairs/{order.number}/withdraw")
    repairs.decline(order, by=campus.lead, code="not_ours", note="请找浴室")
    answer = a.client.post(form.action, data={**form.values, "reason": "自己修好了"})
    assert answer.status_code == 409
    for told in ("自己修好了", "现在是“不予受理”", "请找浴室"):
        assert told in answer.text
    assert "btn-h danger" not in answer.text
    assert made(order.number).status == "declined"
    moved = a.get(f"/repairs/{order.number}/withdraw")
    assert moved.location == f"/repairs/{order.number}"


def test_a_form_of_an_older_version_is_asked_again(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    form = a.form(f"/repairs/{order.number}/withdraw")
    repairs.accept(order, by=campus.lead)
    answer = a.client.post(form.action, data={**form.values, "reason": "不用修了"})
    assert answer.status_code == 409
    assert made(order.number).status == "accepted"
    again = next(f for f in forms(answer) if "reason" in f.names)
    assert again.values["reason"] == "不用修了"
    assert a.client.post(form.action, data=again.values).status_code == 302
    assert made(order.number).status == "withdrawn"


def test_the_page_of_a_closed_order_tells_total_payer_and_rating(a: Visitor, campus: Campus) -> None:
    order = repairs.inspect(finished(campus, reported(campus.A)), by=campus.A)
    lines = [Line("material", "阀芯特供版", Decimal("2"), 1250, "个")]
    order = repairs.settle(order, by=campus.settler, lines=lines, payer="personal")
    page = a.get(f"/repairs/{order.number}").text
    assert "<dd>25.00 元，由个人承担</dd>" in page
    assert "阀芯特供版" not in page
    assert repairs.close(order, by=campus.finance).status == "closed"
    assert "再次报修" in a.get(f"/repairs/{order.number}").text


def test_staff_reads_the_number_and_the_reporter_a_mask(a: Visitor, sign_in: SignIn, campus: Campus) -> None:
    order = reported(campus.A)
    assert PHONE in sign_in("lead").get(f"/repairs/{order.number}").text
    mine = a.get(f"/repairs/{order.number}").text
    assert PHONE not in mine
    assert "139****0057" in mine


def test_pulse_moves_with_everything_that_happens(a: Visitor, campus: Campus, queries: Any) -> None:
    order = reported(campus.A)
    path = f"/repairs/{order.number}/pulse"
    shown = re.search(r'data-version="([^"]+)"', a.get(f"/repairs/{order.number}").text)
    first = a.get(path).json
    assert shown and first["version"] == shown[1]
    repairs.comment(order, by=campus.A, words="补充一下")
    second = a.get(path).json
    assert (second["events"], second["version"] != first["version"]) == (first["events"] + 1, True)
    repairs.accept(order, by=campus.lead)
    with queries() as asked:
        assert a.get(path).json["version"] not in (first["version"], second["version"])
    assert len(asked) <= 3


def test_the_work_order_is_a_pdf(a: Visitor, campus: Campus) -> None:
    answer = a.get(f"/repairs/{reported(campus.A).number}.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_a_promise_that_was_not_kept_is_owned_up_to(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    path = f"/repairs/{order.number}"
    assert "超时" not in a.get(path).text
    past = clock.now() - timedelta(minutes=1)
    RepairOrder.update(respond_due=past).where(RepairOrder.id == order.id).execute()
    assert "现在已经超时，很抱歉让您久等" in a.get(path).text


# --- the list, and what pages cost -------------------------------------------------------------------


@pytest.fixture
def many(campus: Campus) -> list[RepairOrder]:
    """Forty-five orders of A, every third withdrawn."""
    orders = []
    for n in range(45):
        with clock.at(clock.now() - timedelta(days=45 - n)):
            order = reported(campus.A)
            orders.append(repairs.withdraw(order, by=campus.A) if n % 3 == 0 else order)
    return orders


def test_open_orders_first_a_page_by_key(a: Visitor, many: list[RepairOrder]) -> None:
    seen, path = [], "/repairs"
    for _ in range(3):
        page = a.get(path).text
        seen += re.findall(r'class="row-title" href="/repairs/(BX\d+)"', page)
        more = re.search(r'href="(/repairs\?before=[^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert path == ""
    wanted = sorted(many, key=lambda order: (order.status != "withdrawn", order.id), reverse=True)
    assert seen == [order.number for order in wanted]


def test_an_empty_list_says_what_to_do(a: Visitor) -> None:
    page = a.get("/repairs").text
    assert "哪里坏了，选一下、写两句就可以提交" in page
    assert '<a class="btn-h" href="/repairs/new">' in page


def test_pages_cost_the_same_with_twenty_rows_and_never_more_than_ten_queries(
    a: Visitor, campus: Campus, queries: Any
) -> None:
    def cost(path: str, status: int = 200) -> int:
        with queries() as asked:
            assert a.get(path).status_code == status
        assert len(asked) <= 10, asked
        return len(asked)

    orders = [reported(campus.A) for _ in range(2)]
    few = cost("/repairs")
    orders += [reported(campus.A, code) for code in ("S02", "D01", "K01") for _ in range(6)]
    for order in orders[4:8]:
        repairs.merge(order, by=campus.lead, main=orders[3])
    assert cost("/repairs") <= few + 1  # the main orders of those that were merged, all at once
    order = finished(campus, orders[0])
    for n in range(9):
        repairs.comment(order, by=campus.A, words=f"第 {n} 句")
    order = repairs.inspect(repairs.rate(order, by=campus.A, speed=5, quality=5, manner=5), by=campus.A)
    for path in ("/repairs/new", "/repairs/quick", f"/repairs/new?again={order.number}"):
        cost(path)
    for path in ("", "/rate", "/comment" if order.is_open else ""):
        cost(f"/repairs/{order.number}{path}")
    cost(f"/repairs/{orders[4].number}")
    cost(f"/repairs/similar?building=NQ4&room=304&item={item()}")


# --- in a browser --------------------------------------------------------------------------------------


@pytest.mark.browser
def test_tiles_photos_and_live_progress_on_a_phone(browser_page: Any, campus: Campus, tmp_path: Path) -> None:
    """A mistake costs no photo, what is open already is shown while choosing, and the order follows its changes."""
    reported(campus.A, "S03")
    leak = tmp_path / "leak.png"
    leak.write_bytes(picture()[0].getvalue())
    page = browser_page
    page.goto("/repairs/new")
    page.get_by_role("link", name="现在登录").click()
    page.fill("[name=number]", campus.number("A"))
    page.fill("[name=password]", PASSWORD)
    page.locator("main button").click()
    page.wait_for_url("**/repairs/new")
    send = page.get_by_role("button", name="提交报修")
    send.click()
    assert page.locator(".error").inner_text() == "请选择报修项目"
    page.get_by_role("button", name="给排水").click()
    page.get_by_role("button", name="水管爆裂").click()
    assert "13800000001" in page.locator("[data-alarm-for]").inner_text()
    page.get_by_label("不是同一个问题").check()
    page.set_input_files("[name=photos]", leak)
    page.fill("textarea[name=description]", "坏了")
    send.click()
    page.locator(".error-summary").wait_for()
    assert page.locator("[name=photos]").evaluate("input => input.files.length") == 1
    page.fill("textarea[name=description]", "洗手池下面的水管裂开，一直喷水，已关总阀")
    page.get_by_label("不是同一个问题").check()
    send.click()
    page.locator(".say").wait_for()
    order = made()
    assert page.url.endswith(f"/repairs/{order.number}")
    assert (order.item.code, len(photos.for_subject(order))) == ("S04", 1)
    repairs.accept(order, by=campus.lead)
    page.get_by_text("水暖二组已受理，暂时还没有安排师傅上门").wait_for(timeout=15_000)
