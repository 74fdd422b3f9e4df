"""A moderator with a keyboard and nothing else: thirty things that wait are cleared in one go, in Chromium.

Every key that is pressed is counted: at most two an item, one to begin, and none for anything else.
"""

import time
from collections.abc import Callable
from typing import Any

import pytest

from hall import moderation, supervision
from models import Comment, Department, SensitiveWord, Submission, Thread
from tests.board import TEXT, commented, drafted, forwarded, posted, published, submission_of
from tests.conftest import CAST, Campus
from tests.test_desk import PHONE, posted_freely
from tests.visitor import PASSWORD

MOST_KEYS = 2


class Moderator:
    """M at the keyboard. `keys` has every key since the last thing was opened."""

    def __init__(self, page: Any) -> None:
        self.page, self.keys, self.pressed = page, 0, 0
        page.set_viewport_size({"width": 1280, "height": 860})
        page.goto("/signin")
        page.fill("[name=number]", CAST["M"])
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/")
        page.goto("/admin/desk/")
        page.evaluate("window.stays = true")

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.keys += 1
        self.pressed += 1

    def opened(self) -> int:
        """The submission that lies on the desk; 0 for none."""
        return int(self.page.locator("[data-desk]").get_attribute("data-item") or 0)

    def wait_for(self, other_than: int) -> int:
        """The next one, after it has come."""
        self.page.wait_for_function(
            "before => (document.querySelector('[data-desk]').dataset.item || '0') !== String(before)"
            " && !document.querySelector('.desk-busy')",
            arg=other_than,
        )
        self.keys = 0
        return self.opened()

    def heard(self) -> str:
        self.page.wait_for_function("() => document.getElementById('desk-said').textContent !== ''")
        return str(self.page.locator("#desk-said").text_content())


@pytest.fixture
def moderator(browser_page: Any, campus: Campus) -> Callable[[], Moderator]:
    return lambda: Moderator(browser_page)


def thirty(campus: Campus) -> None:
    """Thirty things of every kind that wait: threads, follow-ups, replies, edits, reports, with and without marks."""
    SensitiveWord.create(word="混蛋", action="hold")
    SensitiveWord.create(word="没有人管", action="mask")
    public = [published(campus, by) for by in (campus.A, campus.B)]
    answered = forwarded(campus, campus.kept)
    drafted(campus, answered)
    moderation.edit(public[0], by=campus.A, content={"title": public[0].title, "text": TEXT + "今天好一些。"})
    moderation.report(public[1], by=campus.W1, code="untrue", note="汤是热的")
    for number in range(6):
        commented(campus, public[number % 2], campus.W1, text=f"第 {number} 条跟帖：我也遇到过。")
    for number in range(6):
        posted(campus.A, title=f"带电话的第{number}帖", text=PHONE)
    for number in range(3):
        posted(campus.B, title=f"不公开的第{number}帖", shown_as="private")
    wish = Department.get(Department.code == "HQ-NY")
    for number in range(4):
        posted(campus.kept, title=f"选了部门的第{number}帖", department=wish)
    while Submission.select().where(Submission.status == "waiting").count() < 30:
        posted_freely(campus.W2)


def test_thirty_are_cleared_by_keys_alone(moderator: Callable[[], Moderator], campus: Campus) -> None:
    thirty(campus)
    at_work = moderator()
    at_work.press("j")
    here, cleared, begun = at_work.wait_for(0), [], time.monotonic()
    while here:
        row = Submission.get_by_id(here)
        for key in keys_for(row, len(cleared)):
            at_work.press(key)
        assert at_work.keys <= MOST_KEYS
        cleared.append(row.id)
        assert len(cleared) <= 30
        here = at_work.wait_for(row.id)
        assert at_work.page.evaluate("window.stays") is True, "the page was loaded anew"
    assert len(cleared) == len(set(cleared)) == 30
    assert at_work.pressed <= 30 * MOST_KEYS + 1
    assert not Submission.select().where(Submission.status == "waiting").exists()
    decided = Submission.select().where(Submission.id.in_(cleared), Submission.decided_by == campus.M)
    made = dict.fromkeys(("publish", "keep_private", "send_back", "reject", "keep"), 0)
    for row in decided:
        made[row.decision] += 1
    assert sum(made.values()) == 30 and all(made.values()), made
    assert "都审完了" in at_work.page.locator("#desk-item").text_content()
    phones = [thread.text for thread in Thread.select().where(Thread.title.startswith("带电话的"))]
    assert all("13900000071" not in text for text in phones)
    wished = Thread.select().where(Thread.title.startswith("选了部门的"), Thread.moderation == "published")
    assert {thread.status for thread in wished} == {"handling"}
    print(f"30 items with {at_work.pressed} keys in {time.monotonic() - begun:.1f} s: {made}")


def keys_for(row: Submission, number: int) -> list[str]:
    """What a moderator presses for this one."""
    if row.cause == "report":
        return ["p"]
    if row.content.get("text") == PHONE:
        return ["m", "p"]
    if row.subject_type == "thread" and Thread.get_by_id(row.subject_id).shown_as == "private":
        return ["v"]
    if row.subject_type == "comment":
        return [["p"], ["b", "1"], ["r", "2"]][number % 3]
    return ["p"] if row.subject_type == "reply" or number % 4 else ["b", "3"]


def test_what_happened_is_told_and_taken_back_by_a_key(moderator: Callable[[], Moderator], campus: Campus) -> None:
    first, second = submission_of(posted(campus.A)), submission_of(posted(campus.B, title="三食堂排队太久"))
    at_work = moderator()
    at_work.press("j")
    assert at_work.wait_for(0) == first.id
    assert at_work.page.evaluate("document.activeElement.textContent").strip() == "二食堂的汤总是凉的"
    at_work.press("p")
    assert at_work.wait_for(first.id) == second.id
    said = at_work.heard()
    assert "已通过" in said and "三食堂排队太久" in said and "还有 1 件" in said
    assert at_work.page.locator("#desk-toast").is_visible()
    at_work.press("z")
    assert at_work.wait_for(second.id) == first.id
    assert Thread.get_by_id(first.subject_id).moderation == "pending"
    assert at_work.page.locator("#desk-toast").count() == 0
    at_work.press("j")
    assert at_work.wait_for(first.id) == second.id
    assert Submission.get_by_id(first.id).claimed_by is None


def test_marks_toggle_by_their_number_and_nothing_decides_by_accident(
    moderator: Callable[[], Moderator], campus: Campus
) -> None:
    SensitiveWord.create(word="混蛋", action="hold")
    row = submission_of(posted(campus.A, text=PHONE))
    at_work, page = moderator(), None
    page = at_work.page
    at_work.press("j")
    at_work.wait_for(0)
    text = page.locator(".desk-text")
    assert "13900000071" in text.inner_text()
    at_work.press("1")
    assert "13900000071" not in text.inner_text() and "混蛋" in text.inner_text()
    at_work.press("m")
    assert "混蛋" not in text.inner_text()
    at_work.press("m")
    assert "13900000071" in text.inner_text() and "混蛋" in text.inner_text()
    # A digit of an open list is a reason; typing into a field is typing; Enter in a box is no decision.
    at_work.press("r")
    at_work.press("0")
    page.keyboard.type("p v 1")
    at_work.press("Escape")
    page.locator("[data-mask='1']").focus()
    at_work.press("Enter")
    at_work.press("?")
    at_work.press("p")
    at_work.press("Escape")
    page.keyboard.press("Control+p")
    page.wait_for_timeout(300)
    assert Submission.get_by_id(row.id).status == "waiting" and at_work.opened() == row.id
    at_work.press("2")
    at_work.press("p")
    at_work.wait_for(row.id)
    thread = Thread.get_by_id(row.subject_id)
    assert thread.moderation == "published" and "混蛋" not in thread.text and "13900000071" in thread.text


def test_a_key_that_is_pressed_again_decides_nothing_unseen(moderator: Callable[[], Moderator], campus: Campus) -> None:
    rows = [submission_of(posted(campus.A, title=f"第{number}个帖子的标题")) for number in range(3)]
    at_work = moderator()
    at_work.press("j")
    at_work.wait_for(0)
    at_work.page.route("**/decide*", lambda route: (time.sleep(0.5), route.continue_()))
    for _time in range(3):
        at_work.press("p")
    assert at_work.wait_for(rows[0].id) == rows[1].id
    at_work.page.wait_for_timeout(800)
    assert [Submission.get_by_id(row.id).status for row in rows] == ["decided", "waiting", "waiting"]


def test_without_a_network_nothing_is_lost(moderator: Callable[[], Moderator], campus: Campus) -> None:
    row = submission_of(posted(campus.A))
    at_work = moderator()
    at_work.press("j")
    at_work.wait_for(0)
    at_work.page.route("**/decide*", lambda route: route.abort())
    at_work.press("p")
    at_work.page.wait_for_selector(".desk-notice")
    assert "没有网络" in at_work.page.locator(".desk-notice").text_content()
    at_work.page.complaints.clear()  # that a request failed is what the browser says too
    at_work.page.unroute("**/decide*")
    at_work.press("p")
    at_work.wait_for(row.id)
    assert Submission.get_by_id(row.id).decision == "publish"


def test_a_text_that_changes_under_the_eyes_is_shown_again(moderator: Callable[[], Moderator], campus: Campus) -> None:
    thread = posted(campus.A)
    row = submission_of(thread)
    at_work = moderator()
    at_work.press("j")
    at_work.wait_for(0)
    moderation.edit(thread, by=campus.A, content={"title": "二食堂的汤还是凉的", "text": TEXT})
    at_work.press("p")
    at_work.page.wait_for_selector(".desk-meanwhile")
    assert Submission.get_by_id(row.id).status == "waiting"
    assert "作者刚刚改过内容" in at_work.heard()
    at_work.press("p")
    at_work.wait_for(row.id)
    assert Thread.get_by_id(thread.id).title == "二食堂的汤还是凉的"


def test_counts_and_the_open_item_follow_what_others_do(
    moderator: Callable[[], Moderator], campus: Campus, sign_in: Any
) -> None:
    row = submission_of(posted(campus.A))
    at_work = moderator()
    page = at_work.page
    at_work.press("j")
    at_work.wait_for(0)
    posted(campus.B)
    sign_in("M2").post(f"/admin/desk/{row.id}/claim", take_over="1")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_function("() => document.querySelector('[data-count=all]').textContent.trim() === '2'")
    page.wait_for_selector(".desk-notice")
    assert "接手了这一件" in page.locator(".desk-notice").text_content()
    assert page.locator(".side [aria-current] .side-badge").text_content() == "2"


def test_several_are_ticked_with_shift_and_looked_at(moderator: Callable[[], Moderator], campus: Campus) -> None:
    rows = [submission_of(posted(campus.A, title=f"第{number}个帖子的标题")) for number in range(5)]
    page = moderator().page
    boxes = page.locator("[data-desk-list] [name=id]")
    assert not page.locator("[name=decide]").first.is_visible()
    boxes.nth(1).click()
    boxes.nth(3).click(modifiers=["Shift"])
    page.locator(".desk-many select").select_option("publish")
    page.locator(".desk-many .btn-h").click()
    page.wait_for_selector(".desk-line")
    assert page.locator(".desk-line").count() == 3
    page.locator(".desk-bulk .form-end button").click()
    page.wait_for_selector("text=公开了 3 件")
    published_now = {row.id for row in Submission.select().where(Submission.decision == "publish")}
    assert published_now == {row.id for row in rows[1:4]}


def test_the_desk_can_be_read_by_everybody(moderator: Callable[[], Moderator], campus: Campus) -> None:
    """axe finds nothing to complain of, with a list of reasons open and marks in the text."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    SensitiveWord.create(word="混蛋", action="hold")
    posted(campus.A, text=PHONE)
    supervision.comment(published(campus, campus.B), by=campus.A, text="我也遇到过这样的事。")
    assert Comment.select().exists()
    at_work = moderator()
    for step in ("", "j", "b"):
        if step:
            at_work.press(step)
            at_work.page.wait_for_timeout(500)
        found = axe.run(at_work.page).response["violations"]
        assert not found, [(each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found]


def test_a_selection_survives_a_forgotten_decision_and_opening_needs_none(moderator: Any, campus: Campus) -> None:
    for number in range(3):
        posted(campus.A, title=f"等待的第{number}帖")
    page = moderator().page
    page.locator(".desk-list input[name=id]").first.check()
    page.locator(".desk-many button").click()
    assert page.locator(".desk-list input[name=id]:checked").count() == 1
    assert page.url.endswith("/admin/desk/")
    page.locator(".desk-open").nth(1).click()
    page.wait_for_selector(".desk-buttons")
