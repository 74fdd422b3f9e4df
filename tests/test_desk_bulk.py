"""Many at once on the desk: first what would become of each, then exactly that, and never twice."""

import re

import pytest

from hall import moderation
from models import Department, Event, SensitiveWord, Submission, Thread
from tests.board import TEXT, commented, decided, posted, published, submission_of
from tests.conftest import Campus
from tests.test_desk import PHONE, SignIn, at
from tests.visitor import PageForm, Visitor, forms


@pytest.fixture
def desk(sign_in: SignIn, campus: Campus) -> Visitor:
    return sign_in("M")


def preview(desk: Visitor, rows: list[Submission], what: str) -> PageForm:
    page = desk.post("/admin/desk/bulk", id=[row.id for row in rows], decide=what)
    assert page.status_code == 200
    return next(form for form in forms(page) if form.action.startswith("/admin/desk/bulk/do"))


def state(row: Submission) -> str:
    return Thread.get_by_id(row.subject_id).moderation


def test_several_are_published_after_a_look(desk: Visitor, campus: Campus) -> None:
    ny = Department.get(Department.code == "HQ-NY")
    rows = [submission_of(posted(campus.A, title=f"第{n}个帖子的标题", department=ny if n else None)) for n in range(3)]
    rows.append(submission_of(commented(campus, published(campus))))
    form = preview(desk, rows, "publish")
    assert {row.status for row in Submission.select().where(Submission.id.in_(rows))} == {"waiting"}
    answer = desk.client.post(form.action, data=form.values)
    assert answer.status_code == 200 and "公开了 4 件" in answer.text
    threads = [Thread.get_by_id(row.subject_id) for row in rows[:3]]
    assert [thread.status for thread in threads] == ["to_forward", "handling", "handling"]
    assert moderation.is_disclosed(threads[0])


def test_sending_it_again_does_nothing_twice_and_says_the_same(desk: Visitor, campus: Campus) -> None:
    rows = [submission_of(posted(campus.A)), submission_of(posted(campus.B))]
    form = preview(desk, rows, "send_back:unclear")
    answers = [desk.client.post(form.action, data=form.values).text for _time in range(3)]
    assert all("退回修改了 2 件" in answer for answer in answers)
    assert Event.select().where(Event.name == "send_back").count() == 2


def test_what_changed_since_the_look_is_left_out(desk: Visitor, campus: Campus) -> None:
    rows = [submission_of(posted(campus.A)), submission_of(posted(campus.B))]
    form = preview(desk, rows, "publish")
    changed = {"title": "二食堂的汤还是凉的", "text": TEXT}
    moderation.edit(Thread.get_by_id(rows[0].subject_id), by=campus.A, content=changed)
    answer = desk.client.post(form.action, data=form.values)
    assert "公开了 1 件" in answer.text and "作者刚刚改过内容" in answer.text
    assert (state(rows[0]), state(rows[1])) == ("pending", "published")


def test_words_must_be_confirmed_and_what_is_found_is_covered(desk: Visitor, campus: Campus) -> None:
    SensitiveWord.create(word="混蛋", action="hold")
    rows = [submission_of(posted(by, text=PHONE)) for by in (campus.A, campus.B)]
    form = preview(desk, rows, "publish")
    assert "sure" in form.names and "sure" not in form.values
    answer = desk.client.post(form.action, data=form.values | {"sure": str(rows[1].id)})
    assert "没有勾选" in answer.text and (state(rows[0]), state(rows[1])) == ("pending", "published")
    text = Thread.get_by_id(rows[1].subject_id).text
    assert "13900000071" not in text and "混蛋" not in text
    form = preview(desk, rows[:1], "publish")
    desk.client.post(form.action, data={**form.values, "sure": str(rows[0].id), "cover": ""})
    assert "13900000071" in Thread.get_by_id(rows[0].subject_id).text


def test_who_holds_who_asks_for_privacy_and_who_appeals_is_left_out(
    desk: Visitor, sign_in: SignIn, campus: Campus
) -> None:
    held, wish = submission_of(posted(campus.A)), submission_of(posted(campus.B, shown_as="private"))
    thread = decided(posted(campus.kept), "reject", campus.M2, code="abuse")
    moderation.appeal(thread, by=campus.kept, words="我没有骂任何人，请再看看")
    appeal, own = submission_of(thread), submission_of(posted(campus.M))
    sign_in("M2").post(at(held, "claim"))
    page = desk.post("/admin/desk/bulk", id=[held.id, wish.id, appeal.id, own.id], decide="publish").text
    for said in ("另一位审核员正在看这一件", "作者希望不公开", "举报和申诉要逐件看", "另有 1 件不由您审"):
        assert said in page
    assert not re.findall(r'name="item"', page)
    forged = [f"{row.id}:{row.version}" for row in (held, wish, appeal, own)]
    answer = desk.post("/admin/desk/bulk/do", item=forged, decide="publish", once="x" * 20)
    assert answer.status_code == 200 and "公开了 0 件，3 件没有处理" in answer.text
    assert {state(row) for row in (held, wish, appeal, own)} == {"pending"}


def test_nonsense_is_told_and_changes_nothing(desk: Visitor, campus: Campus) -> None:
    row = submission_of(posted(campus.A))
    for answers in (
        {"decide": "publish"},
        {"decide": "", "id": row.id},
        {"decide": "reject", "id": row.id},
        {"decide": "reject:own", "id": row.id},
        {"decide": "keep_private", "id": row.id},
        {"decide": "publish", "id": "x"},
        {"decide": "publish", "item": "x:y"},
        {"decide": "undo", "item": f"{row.id}:1"},
    ):
        for path in ("bulk", "bulk/do"):
            if path == "bulk/do" and "item" not in answers:
                continue
            assert desk.post(f"/admin/desk/{path}", **answers).status_code == 303
    desk.post("/admin/desk/bulk/do", item=f"{row.id}:99", decide="publish")
    assert state(row) == "pending"
