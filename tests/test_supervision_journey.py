"""The whole of a complaint in Chromium: a student on a phone, a moderator at the keyboard, two departments, a visitor.

What each of them may read at every moment is asked through HTTP in `test_supervision_story`; here it is done by hand.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hall import clock
from models import Submission, Thread
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.test_journey import phone, sees, sign_in  # noqa: F401
from tests.visitor import PASSWORD

pytestmark = pytest.mark.browser

FIRST, MENDED = "食堂二楼的汤总是凉的", "十六日起每天晚上六点以后，二食堂的例汤都是凉的，窗口没有保温。"
DRAFT, ANSWER = "我们正在研究这件事，请耐心等待。", "加热管已经更换，每天测温两次，请再来试试。"


@pytest.fixture
def desks(phone: Callable[[str], Any]) -> dict[str, Any]:  # noqa: F811
    """Everybody signed in at a browser of their own; the visitor is not."""
    pages = {who: phone(who) for who in ("A", "M", "handler", "other_handler", "visitor")}
    for who, page in pages.items():
        if who != "visitor":
            sign_in(page, CAST[who], PASSWORD)
        if who not in ("A", "visitor"):
            page.set_viewport_size({"width": 1280, "height": 860})
    return pages


def decide(page: Any, *keys: str) -> None:
    """The moderator opens the desk, takes the first that waits and decides it with these keys."""
    before = Submission.select().where(Submission.status == "decided").count()
    page.goto("/admin/desk/")
    page.keyboard.press("j")
    page.wait_for_selector(".desk-buttons")
    for key in keys:
        page.keyboard.press(key)
    for _ in range(100):
        if Submission.select().where(Submission.status == "decided").count() == before + 1:
            return
        page.wait_for_timeout(100)
    raise AssertionError("nothing was decided")


def take(page: Any, thread: Thread, step: str, **answers: str) -> None:
    """A step of a queue, filled in and sent."""
    page.goto(f"/admin/queue/supervision/{thread.number}/{step}")
    fill(page, **answers)
    page.locator("main form[method=post] button.btn-h").last.click()
    page.wait_for_url(lambda address: not address.partition("?")[0].endswith(f"/{step}"))


def fill(page: Any, **answers: str) -> None:
    for name, said in answers.items():
        field = page.locator(f"main form[method=post] [name={name}]").first
        kind = field.evaluate("each => each.tagName + ':' + each.type")
        if kind.endswith(":radio"):
            page.locator(f"main form [name={name}][value='{said}']").check(force=True)
        elif kind.startswith("SELECT"):
            field.select_option(said)
        else:
            field.fill(said)


def test_a_complaint_is_handled_to_the_end(desks: dict[str, Any], campus: Campus, tmp_path: Path) -> None:
    a, moderator, visitor = desks["A"], desks["M"], desks["visitor"]
    photo = tmp_path / "soup.png"
    photo.write_bytes(picture()[0].getvalue())

    # Posted on the phone with a photo; sent back with two keys; mended.
    a.goto("/supervision/new")
    fill(a, kind="complaint", title=FIRST, text="二食堂的汤总是凉的，请你们想想办法吧。")
    a.locator("[name=photos]").set_input_files(str(photo))
    a.get_by_role("button", name="提交帖子").tap()
    a.wait_for_url(re.compile(r"/supervision/JD\d+"))
    sees(a, "正在等待审核")
    thread = Thread.get()
    assert len(thread.photos) == 1
    decide(moderator, "b", "1")
    a.goto(f"/supervision/{thread.number}/resubmit")
    fill(a, text=MENDED)
    a.locator("main form[method=post] button.btn-h").last.tap()
    sees(a, "正在等待审核")

    # Published with one key; forwarded to the wrong department, returned, forwarded again.
    decide(moderator, "p")
    visitor.goto("/supervision")
    visitor.get_by_text(FIRST).first.tap()
    sees(visitor, "窗口没有保温")
    take(moderator, thread, "forward", department="HQ-NY")
    take(desks["other_handler"], thread, "return_thread", ground="食堂的汤由饮食服务中心负责", suggested="HQ-YS")
    take(moderator, thread, "forward", department="HQ-YS")

    # Extended, drafted, sent back, mended, published.
    due = Thread.get().due
    assert due is not None
    until = f"{clock.local(due + timedelta(days=3)):%Y-%m-%d}"
    handler = desks["handler"]
    take(handler, thread, "extend", until=until, reason="等新的保温台到货", approver=CAST["leader"])
    take(handler, thread, "reply", text=DRAFT)
    decide(moderator, "b", "1")
    visitor.reload()
    assert DRAFT not in visitor.content()
    take(handler, thread, "reply", text=ANSWER, measures="每两小时测温一次")
    decide(moderator, "p")
    visitor.reload()
    sees(visitor, "加热管已经更换")
    assert DRAFT not in visitor.content()

    # 不满意: handled again, answered again, closed by its author.
    a.goto(f"/supervision/{thread.number}")
    sees(a, "请您评价")
    a.goto(f"/supervision/{thread.number}/reopen")
    fill(a, reason="今天去还是凉的")
    a.locator("main form[method=post] button.btn-h").last.tap()
    sees(a, "办理中")
    take(handler, thread, "reply", text="换了整台保温设备，请再来试试。")
    decide(moderator, "p")
    a.goto(f"/supervision/{thread.number}/satisfied")
    fill(a, score="5")
    a.locator("main form[method=post] button.btn-h").last.tap()
    sees(a, "已办结")
    visitor.reload()
    sees(visitor, "已办结")
    assert Thread.get().status == "done"
