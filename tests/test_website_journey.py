"""The website in Chromium: a notice is published and found, a step is told by mail, and whoever leaves is gone.

Everything that a browser would complain about fails these walks, too (`tests/watching.py`).
"""

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from hall import transparency
from models import Grant, Person
from tests.conftest import CAST, Campus
from tests.postbox import Postbox, opened, post, use
from tests.stall import published
from tests.story import Story
from tests.test_boards_journey import phones  # noqa: F401
from tests.test_journey import check_width, sees
from tests.visitor import PASSWORD

pytestmark = pytest.mark.browser

Phones = Callable[[str], Any]
ADDRESS = "zhang@mail.example"


@pytest.fixture
def mailman(monkeypatch: pytest.MonkeyPatch) -> Any:
    with opened() as (box, port):
        use(port, monkeypatch)
        yield box


def test_a_notice_is_written_read_and_found(phones: Phones, campus: Campus) -> None:  # noqa: F811
    Grant.create(person=campus.X, role="editor", scope="")
    editor, visitor = phones("X"), phones("visitor")
    editor.set_viewport_size({"width": 1280, "height": 860})

    # Written in Markdown and looked at before anybody else can.
    editor.goto("/admin/writing/new?kind=notice")
    editor.locator("[name=title]").fill("南区十一月停水检修")
    editor.locator("[name=text]").fill("**周六** 上午停水。\n\n1. 提前储水\n2. 关好龙头\n\n<script>alert(1)</script>")
    editor.locator("button[value=preview]").click()
    sees(editor, "这是预览，还没有保存。")
    assert editor.locator("#preview ol > li").count() == 2
    visitor.goto("/notices")
    assert "南区十一月停水检修" not in visitor.content()
    editor.locator("button[value=publish]").click()
    editor.wait_for_load_state()

    # The front page shows it, its own page reads well on a phone, and two characters of it are enough to find it.
    visitor.goto("/")
    check_width(visitor)
    visitor.get_by_role("link", name="南区十一月停水检修").first.tap()
    visitor.wait_for_url(re.compile("/notices/"))
    check_width(visitor)
    assert visitor.locator("main strong").filter(has_text="周六").count() == 1
    visitor.goto("/search?q=停水")
    check_width(visitor)
    assert visitor.locator("main mark").filter(has_text="停水").count() >= 1
    assert visitor.get_by_role("link", name="南区十一月停水检修").count() == 1


def test_a_step_is_told_by_mail(phones: Phones, campus: Campus, mailman: Postbox) -> None:  # noqa: F811
    student = phones("A")

    # The address counts once its owner has pressed the button behind the link.
    student.goto("/me")
    check_width(student)
    student.goto("/me/contact")
    check_width(student)
    student.locator("[name=email]").fill(ADDRESS)
    student.get_by_role("button", name="保存邮箱").tap()
    sees(student, "等待确认")
    post()
    (asked,) = mailman.to(ADDRESS)
    student.goto(_link(asked))
    student.get_by_role("button", name="确认这个邮箱").tap()
    sees(student, "已确认")

    # What becomes of an order comes in Chinese, once, with a way to it.
    order = Story(campus).order("accepted")
    post()
    post()
    told = mailman.to(ADDRESS)[1:]
    assert [order.number in message["Subject"] for message in told] == [True]
    student.goto(_link(told[0]))
    sees(student, "已受理")
    student.goto("/me/sent")
    check_width(student)
    assert order.number in student.locator("main").inner_text()

    # In the reader's language from now on.
    student.goto("/me/contact")
    student.locator("[name=language][value=en]").check(force=True)
    student.get_by_role("button", name="保存通知方式").tap()
    sees(student, "通知方式已保存")
    order = Story(campus).order("accepted")
    post()
    newest = mailman.to(ADDRESS)[-1]
    assert order.number in newest["Subject"]
    assert not re.search("[\u4e00-\u9fff]", newest["Subject"].replace(order.number, ""))


def _link(message: Any) -> str:
    """The address of the hall in the text part of a mail."""
    text = message.get_body(("plain",)).get_content()
    found = re.search(r"http://127\.0\.0\.1:\d+(/\S+)", text)
    assert found, text
    return found[1]


def test_whoever_leaves_takes_their_data_and_their_name(phones: Phones, campus: Campus) -> None:  # noqa: F811
    listing = published(campus, by=campus.A, title="九成新护眼台灯")
    owner, visitor = phones("A"), phones("visitor")

    # Everything of one's own in one file.
    owner.goto("/me/data")
    check_width(owner)
    with owner.expect_download() as coming:
        owner.locator("main form button").first.tap()
    with zipfile.ZipFile(io.BytesIO(coming.value.path().read_bytes())) as file:
        told = json.dumps([json.loads(file.read(name)) for name in file.namelist() if name.endswith(".json")])
    assert json.dumps("九成新护眼台灯")[1:-1] in told

    # What is open stands in the way; then it goes, and the name with it.
    owner.goto("/me/close")
    check_width(owner)
    sees(owner, "还有没办完的事")
    sees(owner, "九成新护眼台灯")
    owner.goto(f"/market/{listing.number}/take_down")
    owner.locator("main form[method=post] button.btn-h:not(.secondary)").last.tap()
    owner.wait_for_url(re.compile(rf"/market/{listing.number}$"))
    owner.goto("/me/close")
    owner.locator("[name=password]").fill(PASSWORD)
    owner.locator("[name=sure]").check(force=True)
    owner.get_by_role("button", name="注销我的账号").tap()
    owner.wait_for_url(re.compile("/me/closed"))
    owner.goto("/me")
    owner.wait_for_url(re.compile("/signin"))
    assert not Person.select().where(Person.number == CAST["A"]).exists()

    # The figures stay open to everybody.
    transparency.refresh()
    visitor.goto("/open")
    check_width(visitor)
