"""The jobs of the portal in a browser that runs no script: report with a photo, post, offer, search, claim."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models import Claim, Listing, Photo, PropertyNotice, RepairOrder, Thread
from tests import lost
from tests.conftest import CAST, Campus
from tests.portal import item, picture
from tests.visitor import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(browser_page: Any, live_server: str) -> Iterator[Callable[[str], Any]]:
    """`plain(who)` is a phone on which scripts are switched off and one of the cast has signed in."""
    contexts = []

    def make(who: str) -> Any:
        context = browser_page.context.browser.new_context(
            base_url=live_server, locale="zh-CN", viewport={"width": 390, "height": 844}, java_script_enabled=False
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.goto("/signin")
        answer(page, number=CAST[who], password=PASSWORD)
        send(page, "登录", r":\d+/$")
        return page

    yield make
    for context in contexts:
        context.close()


def answer(page: Any, **answers: str) -> None:
    """Fill in the form of the page as a hand would: what lies in a closed part is opened first."""
    for name, said in answers.items():
        questions = page.locator(f"main form[method=post] [name={name}]")
        if (folded := questions.first.locator("xpath=ancestor::details[not(@open)]")).count():
            folded.first.locator("summary").click()
        kind = questions.first.get_attribute("type")
        if kind == "radio":
            page.locator(f"main form[method=post] label:has([name={name}][value='{said}'])").click()
        elif kind == "file":
            questions.first.set_input_files(said)
        elif questions.first.locator("xpath=self::select").count():
            questions.first.select_option(said)
        else:
            questions.first.fill(said)


def send(page: Any, button: str, leads: str) -> None:
    """Press the button with this name; the page that follows is at `leads`, a pattern."""
    page.locator("main").get_by_role("button", name=button, exact=True).last.click()
    page.wait_for_url(re.compile(leads))


def test_every_job_is_done_without_a_script(plain: Callable[[str], Any], campus: Campus, tmp_path: Path) -> None:
    photo = tmp_path / "leak.png"
    photo.write_bytes(picture()[0].getvalue())
    page, code = plain("A"), lost.kind_of("umbrella").code

    # A report with a photo; nothing of it is lost when an answer is missing.
    page.goto("/repairs/new")
    answer(page, item=item(), description="", spot="卫生间门后")
    page.locator("main form.report").evaluate("form => form.noValidate = true")
    page.locator("main").get_by_role("button", name="提交报修").click()
    assert page.locator(".error-summary a").count() == 1
    assert page.locator("[name=spot]").input_value() == "卫生间门后"
    answer(page, description="水龙头关不紧，一直滴水", photos=str(photo))
    send(page, "提交报修", r"/repairs/BX\d+$")
    assert "已收到" in page.content()
    assert (RepairOrder.get().spot, Photo.select().count()) == ("卫生间门后", 1)

    # A thread, with a photo.
    page.goto("/supervision/new")
    said = "晚上六点以后去，例汤都是凉的，没有保温。"
    answer(page, kind="complaint", title="二食堂的汤总是凉的", text=said, photos=str(photo))
    send(page, "提交帖子", r"/supervision/JD\d+$")
    assert Thread.get().author == campus.A and len(Thread.get().photos) == 1

    # Something found, from the questions that without a script all stand there.
    page.goto("/lost-found/new?kind=found")
    answer(page, item_kind=code, title="捡到一把长柄雨伞", text="图书馆三楼，木头伞柄。", building="NQ4")
    answer(page, question="伞柄里面有什么？", hidden_detail="一张小熊贴纸", photos=str(photo))
    send(page, "提交登记", r"/lost-found/LF\d+$")
    assert PropertyNotice.get().title == "捡到一把长柄雨伞"

    # Something offered for sale.
    page.goto("/market/new")
    answer(page, title="永久牌自行车", price_fen="200", category="bicycle", condition="good", photos=str(photo))
    page.locator("main form label:has([name=place])").first.click()
    answer(page, text="骑了一年，刹车灵敏，送车锁。")
    send(page, "提交审核", r"/market/ES\d+$")
    assert Listing.get().price_fen == 20_000

    # Something of one's own is found by searching, and claimed.
    found = lost.published(campus, campus.kept, title="捡到一串钥匙挂着小恐龙")
    page.goto("/lost-found?kind=found")
    page.locator("main [name=q]").fill("小恐龙")
    page.locator("main").get_by_role("button", name="搜索").click()
    page.get_by_role("link", name=found.title).click()
    page.wait_for_url(re.compile(found.number))
    answer(page, answer="恐龙是绿色的")
    send(page, "这是我的", rf"{found.number}")
    assert Claim.get().claimant == campus.A
