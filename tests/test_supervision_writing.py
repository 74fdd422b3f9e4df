"""Writing for the supervision board on a phone in Chromium: advice while typing, drafts, a lost network, photos."""

from pathlib import Path
from typing import Any

import pytest

from hall import moderation
from models import Comment, Submission, Thread
from tests.board import TEXT, TITLE, answered, commented, decided, posted, published
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.visitor import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser_page: Any) -> Any:
    return browser_page


def sign_in(page: Any, who: str) -> None:
    page.goto("/signin")
    page.fill("[name=number]", CAST[who])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")


def test_a_post_from_a_bad_signal(page: Any, campus: Campus, tmp_path: Path) -> None:
    for n in range(6):
        published(campus, campus.B, title=f"校车第{n}班早上不准时", text="早上七点半的校车连续三天迟到了二十分钟。")
    alike = published(campus, campus.B, title="二食堂晚上的汤凉得不能喝")
    photo = tmp_path / "soup.png"
    photo.write_bytes(picture()[0].getvalue())
    sign_in(page, "A")
    page.goto("/supervision/new")
    assert not page.is_visible("[name=praised_group]")
    page.check("[name=kind][value=praise]", force=True)
    assert page.is_visible("[name=praised_group]")
    page.check("[name=kind][value=complaint]", force=True)
    assert not page.is_visible("[name=praised_group]")
    page.fill("[name=title]", "二食堂的汤总是凉的")
    page.wait_for_selector(f"text={alike.title}")
    assert page.is_visible("button:has-text('支持')")
    page.fill("[name=text]", TEXT)
    # The phone forgets the page.
    page.reload()
    page.wait_for_selector("text=已恢复您上次没有提交的内容")
    assert page.input_value("[name=text]") == TEXT
    assert page.is_checked("[name=kind][value=complaint]")
    page.wait_for_selector(f"text={alike.title}")
    page.set_input_files("[name=photos]", photo)
    page.context.set_offline(True)
    page.click("text=提交帖子")
    page.wait_for_selector("text=网络断了，内容还在")
    assert page.input_value("[name=text]") == TEXT
    assert Thread.select().where(Thread.author == campus.A.id).count() == 0
    page.context.set_offline(False)
    page.complaints.clear()
    page.click("text=提交帖子")
    page.wait_for_selector("text=已提交，审核后会通知您")
    thread = Thread.get(Thread.author == campus.A.id)
    assert page.url.endswith(f"/supervision/{thread.number}")
    assert (thread.kind, thread.text, len(thread.photos)) == ("complaint", TEXT, 1)
    page.goto("/supervision/new")
    assert page.input_value("[name=title]") == ""


def test_a_draft_is_for_who_wrote_it_and_may_be_thrown_away(page: Any, campus: Campus) -> None:
    page.goto("/supervision/new")
    page.fill("[name=title]", TITLE)
    page.fill("[name=text]", TEXT)
    sign_in(page, "B")
    page.goto("/supervision/new")
    assert page.input_value("[name=title]") == ""
    page.fill("[name=title]", "B 的草稿标题")
    page.reload()
    assert page.input_value("[name=title]") == "B 的草稿标题"
    page.click("text=清空")
    assert page.input_value("[name=title]") == ""
    page.reload()
    assert page.input_value("[name=title]") == ""


def test_what_a_visitor_typed_comes_back_and_what_is_wrong_keeps_its_photos(
    page: Any, campus: Campus, tmp_path: Path
) -> None:
    photo = tmp_path / "soup.png"
    photo.write_bytes(picture()[0].getvalue())
    page.goto("/supervision/new")
    page.check("[name=kind][value=question]", force=True)
    page.fill("[name=title]", TITLE)
    page.fill("[name=text]", TEXT)
    page.click("text=提交帖子")
    page.wait_for_url("**/signin?**")
    page.fill("[name=number]", CAST["A"])
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector("text=已为您保留刚才填写的内容")
    assert page.input_value("[name=text]") == TEXT
    page.set_input_files("[name=photos]", photo)
    page.fill("[name=phone]", "12")
    page.click("text=提交帖子")
    page.wait_for_selector(".error-summary")
    assert page.locator(".previews li").count() == 1
    assert not page.is_visible("text=照片需要重新选择")
    page.fill("[name=phone]", "")
    page.click("text=提交帖子")
    page.wait_for_selector("text=已提交，审核后会通知您")
    assert len(Thread.get().photos) == 1


def test_support_without_leaving_the_place(page: Any, campus: Campus) -> None:
    thread = published(campus, campus.B)
    sign_in(page, "A")
    page.goto(f"/supervision/{thread.number}")
    page.evaluate("window.stayed = true")
    for said, supports in (("已支持 1", 1), ("支持", 0)):
        page.click(".action-bar form button:has-text('支持')")
        page.wait_for_selector(f".action-bar button:text-is('{said}')")
        assert Thread.get().supports == supports
        assert ("1 人支持" in page.inner_text("article")) == bool(supports)
    assert page.evaluate("window.stayed")
    page.fill("#comment [name=text]", "一食堂的汤是热的，可以照着做。")
    page.context.set_offline(True)
    page.click("text=提交跟帖")
    page.wait_for_selector("text=网络断了，内容还在")
    page.context.set_offline(False)
    page.complaints.clear()
    page.click("text=提交跟帖")
    page.wait_for_selector("text=已提交，审核后会通知您")
    assert Comment.get().author_id == campus.A.id


def test_the_pages_are_for_everybody(page: Any, campus: Campus) -> None:
    """No finding of axe, and nothing wider than the phone, in any of the forms."""
    from axe_playwright_python.sync_playwright import Axe

    back = decided(posted(campus.A), "send_back", campus.M, code="unclear", note="请写明窗口")
    public, done = published(campus, campus.B), answered(campus, None)
    own = decided(commented(campus, public, by=campus.A), "send_back", campus.M, code="privacy", note="请去掉姓名")
    refused = decided(posted(campus.A), "reject", campus.M, code="untrue")
    moderation.edit(done, by=campus.A, content={"title": TITLE, "text": TEXT + "请快些。"})
    assert Submission.select().where(Submission.status == "waiting").count() == 1
    paths = ["new", "mine", "mine?show=followed", "mine?show=comments", f"{public.number}/comment"]
    paths += [f"{public.number}/report", f"{back.number}/resubmit", f"{refused.number}/appeal", public.number]
    paths += [f"{done.number}/{step}" for step in ("edit", "withdraw", "satisfied", "reopen")]
    paths += [f"comment/{own.id}/resubmit", f"similar?q={TITLE}"]
    sign_in(page, "A")
    for path in paths:
        page.goto(f"/supervision/{path}")
        found = [each["id"] for each in Axe().run(page).response["violations"]] if "similar" not in path else []
        assert not found, (path, found)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
