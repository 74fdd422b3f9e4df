"""The moderators' desk over HTTP: who gets in, who holds what, and that exactly what was shown is decided.

M and M2 moderate; A and B write; `handler` answers for the canteens.
"""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

import models
from hall import bulk, clock, desk_filters, moderation, submissions, supervision
from hall.submissions import Wanted
from hall.words import Refused
from models import Comment, Department, Event, Person, ReasonTemplate, SensitiveWord, Submission, Thread
from tests.board import TEXT, commented, decided, drafted, forwarded, posted, published, submission_of
from tests.conftest import Campus
from tests.visitor import Visitor, forms

SignIn = Callable[..., Visitor]
PHONE = "打我电话 13900000071 就行，汤是凉的，混蛋窗口没有人管。"


@pytest.fixture
def desk(sign_in: SignIn, campus: Campus) -> Visitor:
    return sign_in("M")


def at(row: Submission, step: str = "") -> str:
    return f"/admin/desk/{row.id}" + (f"/{step}" if step else "")


def claimed(desk: Visitor, row: Submission) -> Submission:
    answer = desk.post(at(row, "claim"))
    assert answer.status_code == 303
    return Submission.get_by_id(row.id)


def decide(desk: Visitor, row: Submission, what: str, **answers: Any) -> TestResponse:
    """Press a button of the bar, as the page that is open offers it."""
    return desk.submit(at(row), action=at(row, "decide"), decide=what, **answers)


def holder(row: Submission) -> Any:
    return Submission.get_by_id(row.id).claimed_by


# --- it works ----------------------------------------------------------------------------------------


def test_a_thread_is_opened_read_published_and_the_next_is_there(desk: Visitor, campus: Campus) -> None:
    first, second = posted(campus.A), posted(campus.B, title="三食堂排队太久")
    answer = desk.post("/admin/desk/next")
    waiting = submission_of(first)
    assert answer.location.endswith(at(waiting))
    page = desk.get(answer.location)
    assert TEXT in page.text and "你已锁定" in page.text and campus.A.number in page.text
    answer = decide(desk, waiting, "publish", forward_to="HQ-YS")
    assert answer.status_code == 303 and answer.location.endswith(at(submission_of(second)))
    thread = Thread.get_by_id(first.id)
    assert (thread.moderation, thread.status, thread.department.code) == ("published", "handling", "HQ-YS")
    assert holder(submission_of(second)) == campus.M
    assert 'id="desk-toast"' in desk.get(answer.location).text


def test_without_a_department_a_thread_is_only_published(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    claimed(desk, submission_of(thread))
    decide(desk, submission_of(thread), "publish", forward_to="")
    assert Thread.get_by_id(thread.id).status == "to_forward"


def test_the_wish_of_the_author_is_preselected(desk: Visitor, campus: Campus) -> None:
    wish = Department.get(Department.code == "HQ-NY")
    row = claimed(desk, submission_of(posted(campus.A, department=wish)))
    form = desk.form(at(row), action=at(row, "decide"))
    assert form.values["forward_to"] == "HQ-NY"


def test_an_empty_desk_is_a_good_page(desk: Visitor, campus: Campus) -> None:
    page = desk.get("/admin/desk/")
    assert page.status_code == 200 and "都审完了" in page.text
    decide(desk, claimed(desk, submission_of(posted(campus.A))), "publish")
    assert "今天您审了 1 件" in desk.get("/admin/desk/").text


def test_the_entry_stands_first_among_what_waits_with_a_count(desk: Visitor, campus: Campus) -> None:
    posted(campus.A)
    side = desk.get("/admin/").text.partition('id="side"')[2]
    first = re.search(r'<li><a href="([^"]+)".*?side-badge">(\d+)', side, re.S)
    assert first and first.groups() == ("/admin/desk/", "1")


def test_reading_changes_nothing(desk: Visitor, campus: Campus) -> None:
    row = submission_of(posted(campus.A))
    before = Submission.get_by_id(row.id).__data__, Event.select().count()
    for path in (at(row), "/admin/desk/", "/admin/desk/counts", f"/admin/desk/counts?item={row.id}"):
        assert desk.get(path).status_code == 200
    assert (Submission.get_by_id(row.id).__data__, Event.select().count()) == before
    assert "审这一件" in desk.get(at(row)).text and 'id="decide"' not in desk.get(at(row)).text


# --- who gets in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["A", "W1", "lead", "handler", "leader", "X", "finance"])
def test_nobody_else_gets_in(sign_in: SignIn, campus: Campus, who: str) -> None:
    row, visitor = submission_of(posted(campus.B)), sign_in(who)
    for path in ("/admin/desk/", at(row), "/admin/desk/counts", f"/admin/desk/patrol/thread/{row.subject_id}"):
        assert visitor.get(path).status_code == 404
    for path in ("next", "bulk", "bulk/do", "filters", "filters/1/forget", *(f"{row.id}/{step}" for step in STEPS)):
        assert visitor.post(f"/admin/desk/{path}", decide="publish", version="1").status_code == 404
    assert visitor.post(f"/admin/desk/patrol/thread/{row.subject_id}", decide="hide", code="abuse").status_code == 404
    assert Submission.get_by_id(row.id).__data__ == row.__data__
    assert "/admin/desk/" not in visitor.get("/admin/").text


STEPS = ("claim", "skip", "decide", "undo")


def test_a_visitor_is_sent_to_sign_in(client: Visitor, campus: Campus) -> None:
    assert "/signin" in client.get("/admin/desk/").location


def test_every_form_is_guarded_against_forgery(desk: Visitor, campus: Campus) -> None:
    row = claimed(desk, submission_of(posted(campus.A)))
    for path in ("next", "bulk", "bulk/do", "filters", "filters/1/forget", *(f"{row.id}/{step}" for step in STEPS)):
        assert desk.client.post(f"/admin/desk/{path}", data={"decide": "publish", "version": "1"}).status_code == 400
    for page in ("/admin/desk/", at(row)):
        assert all("csrf_token" in form.names for form in forms(desk.get(page)) if form.method == "post")


def test_ones_own_is_neither_offered_nor_opened_nor_decided(desk: Visitor, campus: Campus) -> None:
    row = submission_of(posted(campus.M))
    assert campus.M.name not in desk.get("/admin/desk/").text.partition('id="desk-queue"')[2]
    assert desk.get(at(row)).status_code == 404
    for step in STEPS:
        assert desk.post(at(row, step), decide="publish", version=row.version).status_code == 404
    assert desk.post("/admin/desk/next").location.endswith("/admin/desk/")
    assert submission_of(Thread.get_by_id(row.subject_id)).status == "waiting"
    with pytest.raises(Refused):
        moderation.decide(
            Thread.get_by_id(row.subject_id), "publish", by=campus.M, submission=row.id, version=row.version
        )


def test_an_appeal_is_for_another_moderator(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    thread = decided(posted(campus.A), "reject", campus.M, code="abuse")
    moderation.appeal(thread, by=campus.A, words="我没有骂任何人，只说了汤是凉的")
    row = submission_of(Thread.get_by_id(thread.id))
    assert desk.get(at(row)).status_code == 404
    assert desk.post(at(row, "decide"), decide="publish", version=row.version).status_code == 404
    other = sign_in("M2")
    page = other.get(other.post("/admin/desk/next").location).text
    assert "我没有骂任何人" in page and "辱骂或人身攻击" in page and campus.M.name in page
    decide(other, row, "publish")
    assert Thread.get_by_id(thread.id).moderation == "published"


# --- who holds what ----------------------------------------------------------------------------------


def test_two_moderators_never_hold_the_same(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    first, second = submission_of(posted(campus.A)), submission_of(posted(campus.B))
    other = sign_in("M2")
    assert desk.post("/admin/desk/next").location.endswith(at(first))
    assert other.post("/admin/desk/next").location.endswith(at(second))
    page = other.get(at(first)).text
    assert f"{campus.M.name} 正在审这一件" in page and "接手" in page and 'id="decide"' not in page
    answer = other.post(at(first, "claim"))
    assert holder(first) == campus.M and "接手" in other.get(answer.location).text
    refused = other.post(at(first, "decide"), decide="publish", version=first.version)
    assert refused.status_code == 409 and Submission.get_by_id(first.id).status == "waiting"


def test_taking_over_is_told_to_the_trail_and_stops_the_first(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    row, other = submission_of(posted(campus.A)), sign_in("M2")
    claimed(desk, row)
    stale = desk.form(at(row), action=at(row, "decide"))
    other.submit(at(row), action=at(row, "claim"), having="take_over")
    assert holder(row) == campus.M2
    event = Event.get(Event.subject_type == "submission", Event.name == "take_over")
    assert event.details == {"from": campus.M.name} and event.actor == campus.M2
    answer = desk.client.post(stale.action, data=stale.values | {"decide": "publish"})
    assert answer.status_code == 409 and f"{campus.M2.name} 正在审这一件" in answer.text
    assert Submission.get_by_id(row.id).status == "waiting"


def test_fifty_races_for_the_next_are_won_by_one_each(house: Any, campus: Campus) -> None:
    people = [campus.M, campus.M2]
    for _round in range(50):
        row = submission_of(posted_freely(campus.A))
        more = submission_of(posted_freely(campus.B))
        got: list[int | None] = []
        gate = threading.Barrier(2)

        def race(person: Person, gate: threading.Barrier = gate, got: list[int | None] = got) -> None:
            with models.database.connection_context():
                gate.wait()
                found = submissions.next_for(person, Wanted())
                got.append(found.id if found else None)

        runners = [threading.Thread(target=race, args=(person,)) for person in people]
        [runner.start() for runner in runners]
        [runner.join() for runner in runners]
        assert sorted(got) == sorted([row.id, more.id])
        Submission.update(status="decided", slot=None).where(Submission.status == "waiting").execute()


def posted_freely(by: Person) -> Thread:
    """A thread whatever its author has posted today."""
    thread = Thread.create(
        number=f"JD{Thread.select().count():08}", kind="question", title="汤为什么是凉的", text=TEXT, author=by
    )
    moderation.submit(thread, by=by)
    return thread


def test_next_lets_go_and_goes_on(desk: Visitor, campus: Campus) -> None:
    rows = [submission_of(posted(campus.A, title=f"第{n}个帖子的标题")) for n in range(3)]
    claimed(desk, rows[0])
    answer = desk.submit(at(rows[0]), action=at(rows[0], "skip"))
    assert answer.location.endswith(at(rows[1])) and holder(rows[0]) is None and holder(rows[1]) == campus.M
    answer = desk.submit(at(rows[1]), action=at(rows[1], "skip"))
    assert desk.submit(at(rows[2]), action=at(rows[2], "skip")).location.endswith(at(rows[0]))


def test_opening_another_lets_go_of_the_one_before(desk: Visitor, campus: Campus) -> None:
    one, two = submission_of(posted(campus.A)), submission_of(posted(campus.B))
    claimed(desk, one)
    assert desk.post(at(two, "claim"), holding=one.id).status_code == 303
    assert holder(one) is None and holder(two) == campus.M


def test_a_lock_that_ran_out_is_free_for_others(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    row = claimed(desk, submission_of(posted(campus.A)))
    Submission.update(claimed_until=clock.now() - timedelta(seconds=1)).execute()
    other = sign_in("M2")
    assert "审这一件" in other.get(at(row)).text
    assert other.post("/admin/desk/next").location.endswith(at(row)) and holder(row) == campus.M2


# --- exactly what was shown --------------------------------------------------------------------------


def test_a_version_that_changed_is_not_decided_but_shown_with_its_difference(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    row = claimed(desk, submission_of(thread))
    shown = desk.form(at(row), action=at(row, "decide"))
    changed = {"title": "二食堂的汤还是凉的", "text": TEXT + "今天中午也一样。"}
    moderation.edit(Thread.get_by_id(thread.id), by=campus.A, content=changed)
    for what in ("publish", "keep_private", "send_back:unclear", "reject:abuse"):
        answer = desk.client.post(shown.action, data=shown.values | {"decide": what})
        assert answer.status_code == 409
        assert Submission.get_by_id(row.id).status == "waiting"
    assert Thread.get_by_id(thread.id).moderation == "pending"
    assert "作者刚刚改过内容" in answer.text and "今天中午也一样。" in answer.text
    added = re.findall(r"<ins>.*?</span>(.*?)<span", answer.text, re.S)
    assert added == ["还", "今天中午也一样。"] or "今天中午也一样。" in "".join(added)
    # What is shown now can be decided.
    again = next(form for form in forms(answer) if form.action.startswith(at(row, "decide")))
    desk.client.post(again.action, data=again.values | {"decide": "publish"})
    assert Thread.get_by_id(thread.id).title == "二食堂的汤还是凉的"


def test_what_a_page_says_of_the_shown_text_is_never_trusted(desk: Visitor, campus: Campus) -> None:
    row = claimed(desk, submission_of(posted(campus.A)))
    for shown in ("", "[]", "{", '{"text": 1}', '{"text": "<script>alert(1)</script>"}', "[" * 5000):
        answer = desk.post(at(row, "decide"), decide="publish", version="99", shown=shown)
        assert answer.status_code == 409 and "<script>alert" not in answer.text
    for version in ("", "-1", "x", "9" * 30, "１"):
        assert desk.post(at(row, "decide"), decide="publish", version=version).status_code == 409
    for what in ("", "undo", "withdraw", "keep:1", "publish_it", "send_back", "reject:nothing", "send_back:own"):
        answer = desk.post(at(row, "decide"), decide=what, version=row.version)
        assert answer.status_code in (400, 409), what
    for mask in ("text", "text:0", "text:0:9999", "photos:0:1", "author:0:1", "text:5:2", "text:-1:2", "text:a:b"):
        assert desk.post(at(row, "decide"), decide="publish", version=row.version, mask=mask).status_code == 400
    assert desk.post(at(row, "decide"), decide="publish", version=row.version, forward_to="NO").status_code == 400
    assert Submission.get_by_id(row.id).status == "waiting"


def test_enter_in_a_box_decides_nothing(desk: Visitor, campus: Campus) -> None:
    """A browser presses the first button of a form then: that one must not be a decision."""
    row = claimed(desk, submission_of(posted(campus.A, text=PHONE)))
    first = re.search(r'id="decide".*?<button ([^>]*)>', desk.get(at(row)).text, re.S)
    assert first and 'value=""' in first[1]
    assert decide(desk, row, "").status_code == 400 and Submission.get_by_id(row.id).status == "waiting"


def test_the_same_form_twice_decides_once(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    row = claimed(desk, submission_of(thread))
    form = desk.form(at(row), action=at(row, "decide"))
    for _time in range(3):
        assert desk.client.post(form.action, data=form.values | {"decide": "publish"}).status_code == 303
    assert Event.select().where(Event.name == "publish").count() == 1


def test_what_is_decided_says_by_whom(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    row, other = submission_of(posted(campus.A)), sign_in("M2")
    decide(desk, claimed(desk, row), "publish")
    page = other.get(at(row)).text
    assert "已经有了决定" in page and campus.M.name in page and 'id="decide"' not in page


# --- masks -------------------------------------------------------------------------------------------


def test_marks_can_be_masked_and_words_to_be_masked_are_chosen_already(desk: Visitor, campus: Campus) -> None:
    SensitiveWord.create(word="混蛋", action="mask")
    SensitiveWord.create(word="没有人管", action="hold")
    thread = posted(campus.A, text=PHONE)
    row = claimed(desk, submission_of(thread))
    page = desk.get(at(row)).text
    boxes = re.findall(r'name="mask" form="decide" value="([^"]+)" data-mask="(\d)"( checked)?', page)
    assert [(number, bool(on)) for _span, number, on in boxes] == [("1", False), ("2", True), ("3", False)]
    chosen = [boxes[0][0], boxes[1][0]]
    decide(desk, row, "publish", mask=chosen, forward_to="")
    text = Thread.get_by_id(thread.id).text
    assert "13900000071" not in text and "混蛋" not in text and "没有人管" in text and "＊" * 11 in text
    assert Submission.get_by_id(row.id).content["text"] == PHONE


def test_nothing_chosen_masks_nothing(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A, text=PHONE)
    decide(desk, claimed(desk, submission_of(thread)), "publish", forward_to="", mask=None)
    assert "13900000071" in Thread.get_by_id(thread.id).text


# --- reasons -----------------------------------------------------------------------------------------


def test_reasons_come_from_templates_first_and_in_the_authors_language(desk: Visitor, campus: Campus) -> None:
    mine = ReasonTemplate.create(
        decision="send_back", code="unclear", text="请写明时间和窗口号。", text_en="Please say when and which window."
    )
    chinese = posted(campus.A)
    english = posted(campus.B, title="The soup is cold again", text="The soup in canteen two is cold every evening.")
    for thread, said in ((chinese, mine.text), (english, mine.text_en)):
        row = claimed(desk, submission_of(thread))
        page = desk.get(at(row)).text
        assert re.search(rf'value="send_back:t{mine.id}" data-digit="1"', page)
        decide(desk, row, f"send_back:t{mine.id}")
        assert Submission.get_by_id(row.id).note == said
        assert Submission.get_by_id(row.id).reason == "unclear"
        assert Thread.get_by_id(thread.id).moderation == "needs_changes"


def test_coded_reasons_ask_the_author_for_something(desk: Visitor, campus: Campus) -> None:
    row = claimed(desk, submission_of(posted(campus.A)))
    decide(desk, row, "send_back:privacy")
    assert (Submission.get_by_id(row.id).reason, Submission.get_by_id(row.id).note[:3]) == ("privacy", "请去掉")
    row = claimed(desk, submission_of(posted(campus.B)))
    decide(desk, row, "reject:advert")
    assert (Submission.get_by_id(row.id).decision, Submission.get_by_id(row.id).reason) == ("reject", "advert")


def test_own_words_are_a_reason_and_are_kept_when_they_are_missing(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    row = claimed(desk, submission_of(thread))
    answer = decide(desk, row, "reject:own", note_reject=" ", note_send_back="留着这句", code_reject="untrue")
    assert answer.status_code == 400 and "请写下理由" in answer.text and "留着这句" in answer.text
    decide(desk, row, "reject:own", note_reject="二食堂没有汤", code_reject="untrue")
    closed = Submission.get_by_id(row.id)
    assert (closed.decision, closed.reason, closed.note) == ("reject", "untrue", "二食堂没有汤")


def test_who_asks_for_privacy_gets_it_by_the_first_button(desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A, shown_as="private")
    row = claimed(desk, submission_of(thread))
    page = desk.get(at(row)).text
    assert 'value="publish"' not in page.partition('id="decide"')[2] and "不公开办理" in page
    assert decide(desk, row, "publish").status_code == 400
    decide(desk, row, "keep_private", forward_to="HQ-YS")
    thread = Thread.get_by_id(thread.id)
    assert (thread.moderation, thread.status) == ("private", "handling")
    assert "按您的意愿" in Submission.get_by_id(row.id).note


# --- undo --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "more"), [("publish", {"forward_to": "HQ-YS"}), ("reject:abuse", {}), ("send_back:unclear", {})]
)
def test_a_decision_is_taken_back_in_time(desk: Visitor, campus: Campus, what: str, more: dict[str, str]) -> None:
    thread, following = posted(campus.A), posted(campus.B)
    row = claimed(desk, submission_of(thread))
    there = decide(desk, row, what, **more).location
    answer = desk.submit(there, action=at(row, "undo"))
    assert answer.status_code == 303 and answer.location.endswith(at(row))
    thread = Thread.get_by_id(thread.id)
    assert (thread.moderation, thread.status) == ("pending", "submitted")
    assert holder(row) == campus.M and holder(submission_of(following)) is None
    assert 'id="desk-toast"' not in desk.get(answer.location).text
    decide(desk, row, "publish")
    assert Thread.get_by_id(thread.id).moderation == "published"


def test_after_ten_seconds_or_by_others_nothing_is_taken_back(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    row = claimed(desk, submission_of(thread))
    decide(desk, row, "publish")
    sign_in("M2").post(at(row, "undo"))
    assert Thread.get_by_id(thread.id).moderation == "published"
    Submission.update(decided=clock.now() - timedelta(seconds=11)).where(Submission.id == row.id).execute()
    answer = desk.post(at(row, "undo"))
    assert "已经来不及收回了" in desk.get(answer.location).text
    assert Thread.get_by_id(thread.id).moderation == "published"


# --- everything on one screen ------------------------------------------------------------------------


def test_an_edit_shows_its_difference_and_the_public_keeps_the_old(desk: Visitor, campus: Campus) -> None:
    thread = published(campus)
    moderation.edit(
        thread, by=campus.A, content={"title": thread.title, "text": TEXT.replace("都是凉的", "有时是热的")}
    )
    row = claimed(desk, submission_of(thread))
    page = desk.get(at(row)).text
    assert "和公开的相比改了什么" in page and "删去：" in page and "新增：" in page
    assert Thread.get_by_id(thread.id).text == TEXT
    decide(desk, row, "reject:untrue")
    thread = Thread.get_by_id(thread.id)
    assert (thread.moderation, thread.text) == ("published", TEXT)


def test_a_text_that_comes_back_shows_what_was_mended_and_why_it_was_sent_back(desk: Visitor, campus: Campus) -> None:
    thread = decided(posted(campus.A), "send_back", campus.M2, code="unclear", note="请写明窗口号")
    moderation.resubmit(thread, by=campus.A, content={"title": thread.title, "text": TEXT + "是三号窗口。"})
    page = desk.get(at(submission_of(thread))).text
    assert "和退回的相比改了什么" in page and "请写明窗口号" in page and "是三号窗口。" in page


def test_a_reply_shows_its_thread_and_the_replies_before(desk: Visitor, campus: Campus) -> None:
    thread = forwarded(campus)
    decided(drafted(campus, thread), "send_back", campus.M, code="unclear", note="请写明措施")
    supervision.reply(Thread.get_by_id(thread.id), by=campus.handler, text="第二次答复：保温台已经换新，请监督。")
    row = Submission.get(Submission.status == "waiting")
    page = desk.get(at(claimed(desk, row))).text
    assert thread.title in page and TEXT in page and "感谢您的意见" in page and "第二次答复" in page
    decide(desk, row, "publish")
    assert Thread.get_by_id(thread.id).status == "answered"


def test_what_waits_below_a_board_without_a_word_of_its_own_is_shown_and_decided(
    desk: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = commented(campus, published(campus))
    monkeypatch.delitem(moderation.BOARDS, Comment)
    row = submission_of(comment)
    assert comment.text in desk.get("/admin/desk/?what=comment").text
    page = desk.get(at(claimed(desk, row))).text
    assert comment.text in page and comment.thread.title in page and "转办给" not in page
    decide(desk, row, "publish")
    assert Comment.get_by_id(comment.id).moderation == "published"


def test_a_report_is_kept_covered_or_hidden(desk: Visitor, campus: Campus) -> None:
    results = {}
    for what, by in (("keep", "A"), ("publish", "B"), ("hide:privacy", "kept")):
        thread = published(campus, getattr(campus, by), text=PHONE)
        moderation.report(thread, by=campus.W1, code="privacy", note="有别人的电话")
        row = claimed(desk, submission_of(thread))
        page = desk.get(at(row)).text
        assert "有别人的电话" in page and "维持公开" in page and 'value="reject' not in page.partition("desk-bar")[2]
        mask = re.search(r'name="mask" form="decide" value="([^"]+)"', page)
        decide(desk, row, what, **({"mask": mask[1]} if what == "publish" and mask else {}))
        thread = Thread.get_by_id(thread.id)
        results[what] = (
            thread.moderation,
            "13900000071" in thread.text,
            models.Report.get(subject_id=thread.id).result,
        )
    assert results["keep"] == ("published", True, "keep")
    assert results["publish"] == ("published", False, "publish")
    assert results["hide:privacy"] == ("hidden", True, "hide")


def test_the_authors_history_and_what_is_alike(desk: Visitor, campus: Campus) -> None:
    published(campus)
    unlike = {"title": "别的事情说一说", "text": "选课系统每到周一上午就打不开，换了浏览器也不行。"}
    decided(posted(campus.A, **unlike), "reject", campus.M, code="off_topic")
    again = posted(campus.A, title="二食堂的汤一直是凉的")
    page = desk.get(at(submission_of(again))).text
    assert "送审 2 · 公开 1 · 退回 0 · 驳回 1" in page
    assert "二食堂的汤总是凉的" in page.partition("相似")[2] and "别的事情" not in page.partition("相似")[2]
    other = posted(campus.B, title="图书馆三楼没有插座", text="靠窗的座位一个插座都没有，笔记本没电了只能走。")
    assert "近期没有相似的" in desk.get(at(submission_of(other))).text


def test_scripts_in_any_text_stay_text(desk: Visitor, campus: Campus) -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(1)> 汤是凉的汤是凉的'
    row = submission_of(posted(campus.A, title=bad[:60], text=bad))
    claimed(desk, row)
    for page in (
        desk.get("/admin/desk/"),
        desk.get(at(row)),
        desk.post("/admin/desk/bulk", id=row.id, decide="publish"),
    ):
        assert page.status_code == 200 and "<script>alert" not in page.text and "<img src=x" not in page.text
    thread = published(campus, campus.B)
    moderation.edit(thread, by=campus.B, content={"title": thread.title, "text": bad + TEXT})
    page = desk.get(at(submission_of(thread)))
    assert "和公开的相比改了什么" in page.text and "<script>alert" not in page.text


# --- filters -----------------------------------------------------------------------------------------


def test_filters_narrow_the_queue_and_the_next(desk: Visitor, campus: Campus) -> None:
    SensitiveWord.create(word="混蛋", action="alert")
    ny = Department.get(Department.code == "HQ-NY")
    rows = {
        "complaint": submission_of(posted(campus.A, title="投诉的标题在这里", department=ny)),
        "praise": submission_of(posted(campus.A, kind="praise", title="表扬的标题在这里")),
        "alert": submission_of(posted(campus.B, title="警报的标题在这里", text=PHONE, kind="question")),
        "comment": submission_of(commented(campus, published(campus))),
    }
    for query, wanted in {
        "what=thread:complaint": ["complaint"],
        "what=comment": ["comment"],
        "department=HQ-NY": ["complaint"],
        "risk=3": ["alert"],
        "cause=first": list(rows),
        "cause=appeal": [],
        "what=thread&risk=1": ["alert"],
        "what=nothing&risk=x&department=NO&cause=0": list(rows),
    }.items():
        page = desk.get(f"/admin/desk/?{query}").text
        shown = re.findall(r'name="id" value="(\d+)"', page)
        assert sorted(map(int, shown)) == sorted(rows[name].id for name in wanted), query
    answer = desk.post("/admin/desk/next?what=thread:praise")
    assert answer.location.endswith(f"{at(rows['praise'])}?what=thread:praise")


def test_a_filter_is_saved_counted_and_forgotten_each_person_their_own(
    sign_in: SignIn, desk: Visitor, campus: Campus
) -> None:
    posted(campus.A, kind="praise", title="表扬的标题在这里")
    desk.submit("/admin/desk/?what=thread:praise", action="/admin/desk/filters", name="看表扬")
    row = models.SavedFilter.get()
    assert (row.person, row.name) == (campus.M, "看表扬") and desk_filters.wanted_of(row).kind == "praise"
    assert "看表扬" in desk.get("/admin/desk/").text
    assert desk.get("/admin/desk/counts").json["counts"][f"filter-{row.id}"] == "1"
    other = sign_in("M2")
    assert "看表扬" not in other.get("/admin/desk/").text
    other.post(f"/admin/desk/filters/{row.id}/forget")
    assert models.SavedFilter.select().count() == 1
    desk.submit("/admin/desk/?what=thread:praise", action=f"/admin/desk/filters/{row.id}/forget")
    assert not models.SavedFilter.select().exists()
    for name in ("", "　", "很长" * 20):
        desk.post("/admin/desk/filters?what=thread", name=name)
    desk.post("/admin/desk/filters", name="什么都要")
    assert not models.SavedFilter.select().exists()
    for number in range(desk_filters.MOST + 1):
        desk.post("/admin/desk/filters?what=thread", name=f"第{number}个")
    assert models.SavedFilter.select().count() == desk_filters.MOST
    desk.post("/admin/desk/filters?what=comment", name="第0个")
    assert models.SavedFilter.get(name="第0个").wanted == {"subject_type": "comment"}


def test_counts_tell_what_became_of_the_open_item(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    row = claimed(desk, submission_of(posted(campus.A)))
    asked = f"/admin/desk/counts?item={row.id}"
    told = desk.get(asked).json
    assert told["counts"]["all"] == "1" and told["item"]["state"] == "mine" and told["item"]["version"] == 1
    assert 280 < told["item"]["left"] <= 300
    sign_in("M2").post(at(row, "claim"), take_over="1")
    assert desk.get(asked).json["item"]["state"] == "other"
    for odd in ("0", "x", "99999999999999999999", "-1"):
        assert desk.get(f"/admin/desk/counts?item={odd}").status_code == 200


# --- on patrol ---------------------------------------------------------------------------------------


def test_something_public_is_hidden_and_shown_again(desk: Visitor, campus: Campus) -> None:
    thread = published(campus)
    path = f"/admin/desk/patrol/thread/{thread.id}"
    assert desk.submit(path, decide="hide", code="").status_code == 400
    assert desk.submit(path, decide="hide", code="privacy", note="有别人的电话").status_code == 303
    assert Thread.get_by_id(thread.id).moderation == "hidden"
    page = desk.get(path).text
    assert "有别人的电话" in page and campus.M.name in page
    assert desk.submit(path, decide="restore", note="已经说清楚").status_code == 303
    assert Thread.get_by_id(thread.id).moderation == "published"
    assert desk.post(path, decide="undo", seen=thread.version).status_code == 400
    stale = desk.post(path, decide="hide", code="abuse", seen="1")
    assert stale.status_code == 409 and Thread.get_by_id(thread.id).moderation == "published"
    for path in ("/admin/desk/patrol/thread/99999", "/admin/desk/patrol/person/1", "/admin/desk/patrol/repair_order/1"):
        assert desk.get(path).status_code == 404


def test_nobody_patrols_what_they_wrote(sign_in: SignIn, desk: Visitor, campus: Campus) -> None:
    thread = decided(posted(campus.M), "publish", campus.M2)
    path = f"/admin/desk/patrol/thread/{thread.id}"
    assert "由另一位审核员处理" in desk.get(path).text
    answer = desk.post(path, decide="hide", code="abuse", seen=Thread.get_by_id(thread.id).version)
    assert answer.status_code in (400, 409) and Thread.get_by_id(thread.id).moderation == "published"


# --- size --------------------------------------------------------------------------------------------

MOST_QUERIES = 12


def fill(person: Person, count: int) -> None:
    """So many threads of one author that wait."""
    start = Thread.select().count()
    said = {"kind": "question", "text": TEXT, "author": person.id}
    waits = {"subject_type": "thread", "kind": "question", "author": person.id}
    with models.database.atomic():
        numbers = [f"XX{start + number:08}" for number in range(count)]
        bulk.insert(Thread, [{**said, "number": number, "title": f"第 {number} 个"} for number in numbers])
        new = Thread.select(Thread.id).where(Thread.number.startswith("XX")).order_by(Thread.id)
        bulk.insert(
            Submission,
            [
                {
                    **waits,
                    "subject_id": row.id,
                    "slot": f"thread:{row.id}",
                    "content": {"title": f"第 {row.id} 个", "text": TEXT, "photos": []},
                    "due": clock.now() + timedelta(seconds=row.id),
                }
                for row in list(new)[start:]
            ],
        )


def test_ten_thousand_that_wait_ask_no_more_than_twenty(desk: Visitor, campus: Campus, queries: Any) -> None:
    asked: dict[tuple[str, int], int] = {}
    fill(campus.A, 20)
    desk.get("/admin/desk/")
    for size in (20, 10_000):
        fill(campus.A, size - Submission.select().count())
        row = submissions.next_for(campus.M, Wanted())
        assert row is not None
        headers = {"X-Desk": "parts"}
        for name, path, more in (("list", "/admin/desk/", {}), ("item", at(row), {}), ("part", at(row), headers)):
            with queries() as sql:
                assert desk.get(path, headers=more).status_code == 200
            asked[name, size] = len(sql)
    assert {name: asked[name, 20] for name in ("list", "item", "part")} == {
        name: asked[name, 10_000] for name in ("list", "item", "part")
    }
    assert asked["part", 20] <= MOST_QUERIES


def test_every_link_of_the_desk_leads_somewhere(desk: Visitor, campus: Campus) -> None:
    thread = published(campus, text=PHONE)
    moderation.report(thread, by=campus.W1, code="untrue")
    comment = submission_of(commented(campus, published(campus, campus.B)))
    starts = ["/admin/desk/", at(submission_of(thread)), at(comment), f"/admin/desk/patrol/thread/{thread.id}"]
    for start in starts:
        links = re.findall(r'href="(/[^"#]*)"', desk.get(start).text.partition('id="main"')[2].partition("</main>")[0])
        assert links
        for link in set(links):
            assert desk.get(link.replace("&amp;", "&")).status_code == 200, (start, link)
