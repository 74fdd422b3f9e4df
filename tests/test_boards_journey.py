"""Lost and found and the market in Chromium: two people on their phones, one who passes by, a moderator behind them.

Who may read what is asked through HTTP in `test_lost_story` and `test_market_story`; here it is done by hand.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hall import clock, market
from models import Listing, Person, PropertyNotice
from tests import stall
from tests.board import decided
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.test_journey import check_width, sees, sign_in
from tests.test_supervision_journey import fill
from tests.visitor import PASSWORD
from tests.watching import watch

pytestmark = pytest.mark.browser


@pytest.fixture
def phones(browser_page: Any, live_server: str) -> Any:
    """`phones(who)` is the phone of one of the cast, signed in; "visitor" is nobody."""
    contexts = []

    def make(who: str) -> Any:
        context = browser_page.context.browser.new_context(
            base_url=live_server, locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        contexts.append(context)
        page = watch(context.new_page(), live_server, browser_page.complaints, who)
        page.set_default_timeout(15_000)
        if who != "visitor":
            sign_in(page, CAST[who], PASSWORD)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def photo(tmp_path: Path) -> str:
    file = tmp_path / "photo.png"
    file.write_bytes(picture()[0].getvalue())
    return str(file)


def send(page: Any) -> None:
    """The button below the form that was filled in."""
    check_width(page)
    page.locator("main form[method=post] button.btn-h:not(.secondary)").last.tap()


def publish(row: Any, by: Person) -> None:
    decided(row, "publish", by)


def test_a_found_umbrella_comes_home(phones: Callable[[str], Any], campus: Campus, photo: str) -> None:
    finder, owner, visitor = phones("B"), phones("A"), phones("visitor")

    # Found on the way, written down on the phone.
    finder.goto("/lost-found/new?kind=found")
    fill(finder, item_kind="umbrella", title="捡到黑色木柄雨伞", building="NQ4", text="长柄雨伞，伞柄是木头的。")
    finder.locator("[name=photos]").set_input_files(photo)
    for details in finder.locator("main details:not([open]) > summary").all():
        if details.is_visible():
            details.tap()
    fill(finder, question="伞柄里面有什么？", hidden_detail="一张小熊贴纸")
    finder.locator("main form.writing button.btn-h").last.tap()
    finder.wait_for_url(re.compile(r"/lost-found/LF\d+"))
    sees(finder, "待审核")
    publish(PropertyNotice.get(), campus.M)

    # Anybody finds it on the board; the hidden detail is nowhere.
    visitor.goto("/lost-found?kind=found")
    check_width(visitor)
    visitor.get_by_text("捡到黑色木柄雨伞").first.tap()
    visitor.wait_for_url(re.compile(r"/lost-found/LF\d+"))
    sees(visitor, "伞柄里面有什么？")
    assert "小熊贴纸" not in visitor.content()

    # The first answer is wrong and denied, the second fits.
    page = f"/lost-found/{PropertyNotice.get().number}"
    for answer, step in (("上面有我的名字", "deny_claim"), ("里面贴了小熊", "accept_claim")):
        owner.goto(page)
        owner.locator("#claim [name=answer]").fill(answer)
        owner.locator("#claim button.btn-h").last.tap()
        sees(owner, "已提交，核对以后会通知您")
        finder.goto(page)
        check_width(finder)
        sees(finder, answer)
        sees(finder, "小熊贴纸")
        finder.goto(f"{page}/{step}")
        if step == "deny_claim":
            fill(finder, reason="对不上，再想想")
        send(finder)
        finder.wait_for_url(re.compile(r"/lost-found/LF\d+$"))
        owner.goto(page)
        if step == "deny_claim":
            sees(owner, "对不上，再想想")

    # The owner shows the code; a wrong one is refused, the right one ends it.
    check_width(owner)
    code = re.sub(r"\D", "", owner.locator(".code").first.inner_text())
    assert len(code) == 6
    for typed in (f"{(int(code) + 1) % 1_000_000:06d}", code):
        finder.goto(f"{page}/hand_over")
        fill(finder, code=typed)
        send(finder)
        if typed != code:
            sees(finder, "还可以试 4 次")
    sees(finder, "已归还")
    visitor.goto("/lost-found?kind=found&state=returned")
    sees(visitor, "捡到黑色木柄雨伞")


def test_a_bicycle_changes_hands(phones: Callable[[str], Any], campus: Campus, photo: str) -> None:
    seller, buyer, visitor = phones("A"), phones("B"), phones("visitor")

    # Offered with a photo, priced, and published by the moderator.
    seller.goto("/market/new")
    seller.locator("[name=photos]").set_input_files(photo)
    fill(seller, title="永久牌二六自行车", price_fen="200", category="bicycle", condition="good")
    seller.locator("main form [name=place]").first.check(force=True)
    fill(seller, text="骑了一年，刹车灵敏，送车锁和打气筒。")
    send(seller)
    seller.wait_for_url(re.compile(r"/market/ES\d+"))
    sees(seller, "待审核")
    publish(Listing.get(), campus.M)
    page = f"/market/{Listing.get().number}"

    # The buyer finds it, likes it, asks; the seller answers inside the hall.
    visitor.goto("/market?category=bicycle")
    check_width(visitor)
    sees(visitor, "永久牌二六自行车")
    buyer.goto("/market")
    buyer.get_by_text("永久牌二六自行车").first.tap()
    buyer.wait_for_url(re.compile(r"/market/ES\d+"))
    check_width(buyer)
    buyer.goto(f"/messages/about/listing/{Listing.get().number}")
    fill(buyer, text="还在吗？今晚可以看车吗")
    send(buyer)
    buyer.wait_for_url(re.compile(r"/messages/\d+"))
    seller.goto("/messages")
    check_width(seller)
    sees(seller, "还在吗")
    seller.locator("main a.row-title").first.tap()
    fill(seller, text="可以，七点在食堂门口")
    send(seller)
    buyer.reload()
    sees(buyer, "七点在食堂门口")

    # Reserved, and nobody comes for 72 hours; then reserved again, and both confirm.
    for attempt in (1, 2):
        seller.goto(f"{page}/reserve")
        seller.locator("main form [name=buyer]").first.check(force=True)
        send(seller)
        sees(seller, "已预订")
        buyer.goto(page)
        sees(buyer, campus.A.phone)
        visitor.goto(page)
        assert campus.A.phone not in visitor.content()
        if attempt == 1:
            with clock.at(clock.now() + timedelta(hours=73)):
                market.run_timers()
            buyer.reload()
            assert campus.A.phone not in buyer.content()
    for side in (seller, buyer):
        side.goto(f"{page}/confirm")
        send(side)
        side.wait_for_url(re.compile(r"/market/ES\d+$"))
    assert Listing.get().status == "sold"

    # Each rates the other, unseen until both have.
    buyer.goto(f"{page}/rate")
    fill(buyer, score="5", text="车和说的一样")
    send(buyer)
    seller.goto(page)
    assert "车和说的一样" not in seller.content()
    seller.goto(f"{page}/rate")
    fill(seller, score="5", text="很守时")
    send(seller)
    sees(seller, "车和说的一样")
    visitor.goto("/market")
    assert "永久牌二六自行车" not in visitor.content()


def test_a_report_is_upheld(phones: Callable[[str], Any], campus: Campus) -> None:
    listing = stall.published(campus, title="全新名牌书包低价")
    reader, moderator = phones("B"), phones("M")
    reader.goto(f"/market/{listing.number}/report")
    fill(reader, code="advert", note="图片是网上的")
    send(reader)
    sees(reader, "已收到，审核员看过后会通知您结果")
    moderator.set_viewport_size({"width": 1280, "height": 860})
    moderator.goto("/admin/desk/")
    moderator.keyboard.press("j")
    moderator.wait_for_selector(".desk-buttons")
    sees(moderator, "图片是网上的")
    moderator.keyboard.press("r")
    moderator.keyboard.press("1")
    moderator.wait_for_selector("#desk-toast")
    reader.goto("/market")
    assert "全新名牌书包低价" not in reader.content()
    assert Listing.get().moderation == "hidden"


@pytest.mark.parametrize("path", ["/supervision/new", "/market/new", "/lost-found/new?kind=found"])
def test_what_was_begun_outlives_the_page(phones: Callable[[str], Any], campus: Campus, path: str) -> None:
    page = phones("A")
    page.goto(path)
    page.locator("main [name=title]").fill("写了一半的标题")
    for name in ("hidden_detail", "card_number"):
        if page.locator(f"main [name={name}]").count():
            page.locator(f"main [name={name}]").evaluate("each => { each.value = '小熊贴纸'; }")
    page.locator("main [name=text]").evaluate(
        "each => { each.value = '写了一半的正文'; each.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    page.goto("/")
    page.goto(path)
    sees(page, "已恢复您上次没有提交的内容")
    assert page.locator("main [name=title]").input_value() == "写了一半的标题"
    assert page.locator("main [name=text]").input_value() == "写了一半的正文"
    assert "小熊贴纸" not in page.evaluate("JSON.stringify(sessionStorage)")
    page.get_by_role("button", name="清空").tap()
    assert page.locator("main [name=title]").input_value() == ""
    page.reload()
    assert page.locator("main [name=title]").input_value() == ""
