"""Posting to the supervision board over HTTP: A posts, B is a stranger, W1 of SN2 did A's repair."""

import io
import random
from typing import Any

import pytest
from flask import Flask

from hall import moderation, settings, supervision
from models import (
    Comment,
    Department,
    Event,
    MaintenanceGroup,
    ModerationRule,
    Photo,
    Report,
    SensitiveWord,
    Submission,
    Support,
    Thread,
    ThreadFollower,
)
from tests.board import TEXT, TITLE, answered, commented, decided, posted, published
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn, finished, picture, reported
from tests.visitor import PASSWORD, Visitor, forms

BELOW = "三食堂也是这样，上周三开始的。"


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


@pytest.fixture
def b(sign_in: SignIn) -> Visitor:
    return sign_in("B")


def post(visitor: Visitor, path: str = "/supervision/new", **answers: Any) -> Any:
    given = {"kind": "complaint", "title": TITLE, "text": TEXT, **answers}
    return visitor.submit(path, having="title", **given)


def write_below(visitor: Visitor, thread: Thread, **answers: Any) -> Any:
    return visitor.submit(f"/supervision/{thread.number}/comment", having="text", **{"text": BELOW, **answers})


def made() -> Thread:
    return Thread.select().order_by(Thread.id.desc()).get()


# --- a post ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["suggestion", "praise", "question", "complaint"])
def test_it_works(a: Visitor, client: Visitor, campus: Campus, kind: str) -> None:
    answer = post(a, kind=kind)
    thread = made()
    assert answer.status_code == 302
    assert answer.location == f"/supervision/{thread.number}"
    assert (thread.kind, thread.title, thread.text, thread.author_id) == (kind, TITLE, TEXT, campus.A.id)
    assert (thread.moderation, thread.status, thread.shown_as) == ("pending", "submitted", "role")
    assert thread.phone == campus.A.phone
    page = a.get(answer.location).text
    assert "已提交，审核后会通知您" in page
    assert "待审核" in page or "等待审核" in page
    assert client.get(answer.location).status_code == 404
    assert TITLE in a.get("/supervision/mine").text


def test_how_long_it_usually_takes_is_said_before_and_after(a: Visitor, campus: Campus) -> None:
    assert "通常" not in a.get("/supervision/new").text
    for _ in range(5):
        published(campus, campus.B)
    assert "通常 1 小时内看完" in a.get("/supervision/new").text


@pytest.mark.parametrize(
    ("who", "shown_as", "seen", "unseen"),
    [("A", "name", "", "一位同学"), ("A", "role", "一位同学", ""), ("handler", "role", "一位教职工", "一位同学")],
)
def test_the_public_reads_the_signature_that_was_chosen(
    sign_in: SignIn, client: Visitor, campus: Campus, who: str, shown_as: str, seen: str, unseen: str
) -> None:
    person, visitor = getattr(campus, who), sign_in(who)
    page = visitor.get("/supervision/new").text
    assert f"大家会看到“{person.name}”" in page
    assert f"大家会看到“{'一位同学' if who == 'A' else '一位教职工'}”" in page
    post(visitor, shown_as=shown_as)
    decided(made(), "publish", campus.M)
    page = client.get(f"/supervision/{made().number}").text
    assert TITLE in page
    assert (person.name in page) == (shown_as == "name")
    assert seen in page
    assert not unseen or unseen not in page
    assert not person.phone or person.phone not in page


def test_private_is_never_public(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    path = post(a, shown_as="private").location
    decided(made(), "keep_private", campus.M)
    assert (client.get(path).status_code, b.get(path).status_code) == (404, 404)
    assert TITLE in a.get(path).text
    assert TITLE not in client.get("/supervision").text
    assert TITLE not in client.get(f"/supervision/similar?q={TITLE}").text


BAD = {
    "no kind": {"kind": None},
    "kind of nothing": {"kind": "gossip"},
    "short title": {"title": "汤凉"},
    "long title": {"title": "汤" * 61},
    "no text": {"text": ""},
    "short text": {"text": "汤是凉的"},
    "long text": {"text": "汤凉" * 1001},
    "phone": {"phone": "12"},
    "signature": {"shown_as": "king"},
    "no signature": {"shown_as": None},
    "department": {"department": "ZZ9"},
    "order of nothing": {"order": "BX2601010001"},
    "group of nothing": {"praised_group": "XX9"},
    "no image": {"photos": [(io.BytesIO(b"<svg onload=alert(1)>"), "a.jpg")]},
    "token": {"once": "x" * 65},
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_kept_and_saves_nothing(a: Visitor, kind: str) -> None:
    wrong = {"title": TITLE, "text": TEXT, "phone": "13912345678", **BAD[kind]}
    files = [(io.BytesIO(file.getvalue()), name) for file, name in wrong.pop("photos", [])]
    answer = post(a, **wrong, photos=files or None)
    assert answer.status_code == 400
    assert "error-summary" in answer.text
    kept = next(form for form in forms(answer) if "title" in form.names).values
    for name in ("title", "text", "phone"):
        assert kept[name] == wrong[name]
    assert Thread.select().count() == Submission.select().count() == Photo.select().count() == 0
    assert not Event.select().where(Event.subject_type == "thread").exists()


def test_everything_wrong_is_told_at_once_and_photos_are_asked_for_again(a: Visitor) -> None:
    answer = post(a, title="汤", text="凉", phone="12", photos=[picture()])
    assert answer.text.count('class="error"') == 3
    assert "照片需要重新选择" in answer.text


def test_a_forbidden_word_is_told_beside_the_field(a: Visitor) -> None:
    SensitiveWord.create(word="退钱群", action="refuse")
    for name in ("title", "text"):
        said = f"加入退 钱 群，{TEXT}"[:40]
        answer = post(a, **{name: said})
        assert answer.status_code == 400
        beside = answer.text.partition(f'id="{name}-error"')[2].partition("</p>")[0]
        assert "退钱群" in beside
        assert next(form for form in forms(answer) if "title" in form.names).values[name] == said
    assert Thread.select().count() == 0


def test_the_same_form_ten_times_is_one_thread(a: Visitor) -> None:
    form = a.form("/supervision/new", having="title")
    said = form.values | {"kind": "complaint", "title": TITLE, "text": TEXT}
    answers = [a.client.post(form.action, data={**said, "photos": [picture()]}) for _ in range(10)]
    assert {answer.location for answer in answers} == {f"/supervision/{made().number}"}
    assert Thread.select().count() == Submission.select().count() == Photo.select().count() == 1
    assert made().photos == [Photo.get().name]


def test_extra_fields_are_ignored(a: Visitor, campus: Campus) -> None:
    post(
        a, status="done", moderation="published", author=str(campus.B.id), published="2026-01-01", supports="99",
        score="5", number="JD1", handler="1", version="9", praised_worker=str(campus.W1.id), by="T1001",
    )  # fmt: skip
    thread = made()
    assert (thread.status, thread.moderation, thread.author_id) == ("submitted", "pending", campus.A.id)
    assert (thread.published, thread.supports, thread.score, thread.handler_id) == (None, 0, None, None)
    assert (thread.version, thread.praised_worker_id) == (1, None)


def test_no_more_than_a_day_takes(a: Visitor, campus: Campus) -> None:
    for _ in range(settings.value("supervision.posts_a_day")):
        posted(campus.A)
    answer = post(a)
    assert answer.status_code == 429
    assert "今天发得太多了" in answer.text
    assert next(form for form in forms(answer) if "title" in form.names).values["text"] == TEXT
    assert Thread.select().count() == settings.value("supervision.posts_a_day")


def test_a_department_is_a_wish(a: Visitor) -> None:
    post(a, department="HQ-YS")
    assert made().department == Department.get(Department.code == "HQ-YS")
    assert made().forwarded is None


# --- a post about a repair ---------------------------------------------------------------------------


def test_a_finished_repair_leads_to_praise_of_who_did_it(a: Visitor, campus: Campus) -> None:
    order = reported(campus.A)
    link = f"/supervision/new?order={order.number}"
    assert link not in a.get(f"/repairs/{order.number}").text
    order = finished(campus, order)
    assert link in a.get(f"/repairs/{order.number}").text
    form = a.form(link + "&kind=praise", having="title").values
    assert (form["order"], form["kind"]) == (order.number, "praise")
    post(a, link, kind="praise")
    thread = made()
    assert (thread.order_id, thread.praised_worker_id) == (order.id, campus.W1.id)
    assert thread.praised_group.code == "SN2"
    post(a, link, kind="complaint", praised_group="SN2")
    thread = made()
    assert (thread.order_id, thread.praised_worker_id, thread.praised_group_id) == (order.id, None, None)


def test_a_group_can_be_praised_without_an_order(a: Visitor) -> None:
    post(a, kind="praise", praised_group="DG1")
    assert made().praised_group == MaintenanceGroup.get(MaintenanceGroup.code == "DG1")


def test_only_own_orders_are_offered_and_taken(a: Visitor, b: Visitor, campus: Campus) -> None:
    theirs, mine = reported(campus.B), reported(campus.A)
    page = a.get(f"/supervision/new?order={theirs.number}").text
    assert mine.number in page
    assert theirs.number not in page.replace(f"order%3D{theirs.number}", "").replace(f"order={theirs.number}", "")
    for who in (a, b):
        answer = post(who, order=(theirs if who is a else mine).number)
        assert answer.status_code == 400
        assert "只能关联您自己的报修单" in answer.text
    assert Thread.select().count() == 0


def test_an_order_older_than_the_list_can_be_named_by_the_address(a: Visitor, campus: Campus) -> None:
    orders = [reported(campus.A) for _ in range(22)]
    page = a.get("/supervision/new").text
    assert sum(order.number in page for order in orders) == 20
    assert orders[0].number not in page
    post(a, f"/supervision/new?order={orders[0].number}")
    assert made().order_id == orders[0].id


# --- who has not signed in ---------------------------------------------------------------------------


def test_what_a_visitor_typed_survives_the_sign_in(client: Visitor, campus: Campus) -> None:
    # As hard to compress as people write, or harder.
    every = random.Random(1)
    long = "".join(chr(every.randrange(0x4E00, 0x5600)) for _ in range(1500)) + "\n这是最后一句。"
    path = "/supervision/new?kind=question"
    typed = {"title": TITLE, "text": long, "phone": "13912345678", "department": "HQ-NY", "shown_as": "name"}
    answer = post(client, path, **typed, kind="suggestion")
    assert Thread.select().count() == 0
    assert answer.location == "/signin?next=/supervision/new?kind%3Dquestion"
    assert "刚才填写的内容会为您保留" in client.get(answer.location).text
    back = client.submit(answer.location, number=campus.number("A"), password=PASSWORD)
    assert back.location == path
    assert "已为您保留刚才填写的内容" in client.get(path).text
    kept = client.form(path, having="title").values
    assert {name: kept[name].replace("\r\n", "\n") for name in typed} == typed
    assert kept["kind"] == "suggestion"
    assert client.submit(path, having="title").status_code == 302
    assert (made().author_id, made().text, made().shown_as) == (campus.A.id, long, "name")
    assert client.form(path, having="title").values["title"] == ""


def test_what_is_kept_is_for_this_form_and_cannot_be_forged(client: Visitor, campus: Campus) -> None:
    one, other = published(campus, campus.B), published(campus, campus.B, title="三食堂的汤也总是凉的")
    answer = write_below(client, one)
    assert answer.location == f"/signin?next=/supervision/{one.number}/comment"
    assert len(answer.headers["Set-Cookie"]) < 4096
    client.sign_in(campus.number("A"))
    for path, text in (
        (f"/supervision/{other.number}/comment", ""),
        ("/supervision/new", ""),
        (f"/supervision/{one.number}/comment", BELOW),
    ):
        assert client.form(path, having="text").values["text"] == text
    client.client.set_cookie("hall_typed", "forged.AAAA.BBBB", path="/supervision")
    assert client.form(f"/supervision/{one.number}/comment", having="text").values["text"] == ""
    assert Comment.select().count() == 0


# --- what is there already ---------------------------------------------------------------------------


def test_similar_threads_are_public_ones(a: Visitor, client: Visitor, campus: Campus) -> None:
    for n in range(8):
        published(campus, campus.B, title=f"校车第{n}班早上不准时", text="早上七点半的校车连续三天迟到了二十分钟。")
    waits = posted(campus.B, title="二食堂的汤凉得不能喝了")
    assert "/supervision/JD" not in a.get("/supervision/similar?q=二食堂的汤为什么是凉的").text
    thread = decided(waits, "publish", campus.M)
    for visitor in (a, client):
        page = visitor.get("/supervision/similar?q=二食堂的汤为什么是凉的").text
        assert "二食堂的汤凉得不能喝了" in page
        assert "校车" not in page
        assert (f"/supervision/{thread.number}/support" in page) == (visitor is a)
    for odd in ("", "?", "%", "汤" * 5000, "😀" * 50, "\u200b", "a b c d"):
        assert a.get("/supervision/similar", query_string={"q": odd}).status_code == 200
    answer = post(a, title="二食堂的汤还是凉的", text="")
    assert "可能已经有人提过" in answer.text


# --- support and following ---------------------------------------------------------------------------


def test_support_and_following_may_be_repeated(a: Visitor, b: Visitor, campus: Campus) -> None:
    thread = published(campus, campus.A)
    path = f"/supervision/{thread.number}"
    for verb, supports, follows in (
        ("support", 1, 0), ("support", 1, 0), ("follow", 1, 1), ("follow", 1, 1), ("unsupport", 0, 1),
        ("unsupport", 0, 1), ("unfollow", 0, 0), ("unfollow", 0, 0),
    ):  # fmt: skip
        answer = b.post(f"{path}/{verb}")
        assert (answer.status_code, answer.location) == (302, path)
        assert (Thread.get().supports, ThreadFollower.select().count()) == (supports, follows)
        assert Support.select().count() == supports
    a.post(f"{path}/support")
    assert "自己的帖子不用支持" in a.get(path).text
    assert Thread.get().supports == 0


def test_the_page_offers_what_is_not_so_yet(b: Visitor, campus: Campus) -> None:
    path = f"/supervision/{published(campus).number}"
    for verb in ("support", "follow"):
        assert f"{path}/{verb}" in b.get(path).text
        b.submit(path, action=f"{path}/{verb}")
        assert f'"{path}/{verb}"' not in b.get(path).text
        b.submit(path, action=f"{path}/un{verb}")
        assert f'"{path}/{verb}"' in b.get(path).text


def test_who_is_no_reader_supports_nothing(client: Visitor, b: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    for verb in ("support", "follow", "unsupport", "unfollow"):
        assert b.post(f"/supervision/{thread.number}/{verb}").status_code == 404
        assert client.post(f"/supervision/{thread.number}/{verb}").status_code == 404
    decided(thread, "publish", campus.M)
    answer = client.post(f"/supervision/{thread.number}/support")
    assert answer.location == f"/signin?next=/supervision/{thread.number}"
    assert b.get(f"/supervision/{thread.number}/support").status_code in (404, 405)
    assert Support.select().count() == ThreadFollower.select().count() == 0


# --- follow-ups --------------------------------------------------------------------------------------


def test_a_follow_up_is_public_after_its_review(b: Visitor, a: Visitor, client: Visitor, campus: Campus) -> None:
    thread = published(campus)
    answer = write_below(b, thread, photos=[picture()])
    written = Comment.get()
    path = f"/supervision/{thread.number}"
    assert answer.location == f"{path}#comment-{written.id}"
    assert (written.moderation, written.author_id, written.shown_as) == ("pending", campus.B.id, "role")
    assert written.photos == [Photo.get().name]
    assert "已提交，审核后会通知您" in b.get(path).text
    assert BELOW in b.get(path).text
    assert BELOW not in client.get(path).text + a.get(path).text
    decided(written, "publish", campus.M)
    assert BELOW in client.get(path).text
    assert campus.B.name not in client.get(path).text


def test_the_form_stands_below_the_thread_too(b: Visitor, client: Visitor, campus: Campus) -> None:
    path = f"/supervision/{published(campus).number}"
    answer = b.submit(path, action=f"{path}/comment", having="text", text=BELOW, shown_as="name")
    assert answer.status_code == 302
    assert Comment.get().shown_as == "name"
    assert f"{path}/comment" in client.get(path).text


def test_the_author_is_shown_below_as_above(a: Visitor, campus: Campus) -> None:
    for shown_as, expected in (("name", "name"), ("role", "role")):
        thread = published(campus, shown_as=shown_as)
        assert "shown_as" not in a.form(f"/supervision/{thread.number}/comment", having="text").names
        write_below(a, thread, shown_as="name")
        assert Comment.select().order_by(Comment.id.desc()).get().shown_as == expected


@pytest.mark.parametrize(
    "wrong", [{"text": ""}, {"text": "是"}, {"text": "汤" * 501}, {"shown_as": "private"}, {"once": "x" * 65}]
)
def test_a_bad_follow_up_is_kept_and_saves_nothing(b: Visitor, campus: Campus, wrong: dict[str, str]) -> None:
    answer = write_below(b, published(campus), **wrong)
    assert answer.status_code == 400
    assert next(form for form in forms(answer) if "text" in form.names).values["text"] == wrong.get("text", BELOW)
    assert Comment.select().count() == 0


def test_the_same_follow_up_ten_times_is_one(b: Visitor, campus: Campus) -> None:
    form = b.form(f"/supervision/{published(campus).number}/comment", having="text")
    for _ in range(10):
        assert b.client.post(form.action, data=form.values | {"text": BELOW}).status_code == 302
    assert Comment.select().count() == 1


def test_who_may_write_below_what(a: Visitor, b: Visitor, client: Visitor, campus: Campus) -> None:
    hidden = decided(posted(campus.A, shown_as="private"), "keep_private", campus.M)
    path = f"/supervision/{hidden.number}/comment"
    assert (b.get(path).status_code, client.get(path).status_code) == (404, 404)
    assert (b.post(path, text=BELOW).status_code, client.post(path, text=BELOW).status_code) == (404, 404)
    assert write_below(a, hidden).status_code == 302
    main, merged = published(campus), published(campus)
    supervision.merge(merged, by=campus.M, main=main)
    path = f"/supervision/{merged.number}/comment"
    assert b.get(path).location == f"/supervision/{merged.number}"
    answer = b.post(path, text=BELOW, shown_as="role")
    assert answer.status_code == 409
    assert "现在不能跟帖" in answer.text
    assert BELOW in answer.text
    assert Comment.select().count() == 1
    assert client.get(f"/supervision/{main.number}/comment").status_code == 200


def test_no_more_follow_ups_than_a_day_takes(b: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "supervision.comments_a_day", 3)
    thread = published(campus)
    assert [write_below(b, thread).status_code for _ in range(4)] == [302, 302, 302, 429]
    assert Comment.select().count() == 3


def test_who_is_trusted_is_told_that_it_is_public(b: Visitor, campus: Campus) -> None:
    ModerationRule.create(subject_type="comment", minutes=60, trusted_after=1)
    thread = published(campus)
    decided(commented(campus, thread), "publish", campus.M)
    answer = write_below(b, thread, text="今天中午的汤是热的，谢谢。")
    assert Comment.select().order_by(Comment.id.desc()).get().moderation == "published"
    assert "已公开" in b.get(answer.location).text


# --- 举报 ----------------------------------------------------------------------------------------------


def rows_to_report(campus: Campus) -> list[tuple[str, Any]]:
    thread = answered(campus)
    below = decided(commented(campus, thread, by=campus.W1), "publish", campus.M)
    path = f"/supervision/{thread.number}/report"
    return [(path, thread), (f"{path}/comment/{below.id}", below), (f"{path}/reply/{thread.replies.get().id}", None)]


def test_everything_public_can_be_reported_once(b: Visitor, client: Visitor, campus: Campus) -> None:
    for path, _row in rows_to_report(campus):
        page = path.partition("/report")[0]
        assert client.get(path).location == f"/signin?next={path}"
        answer = b.submit(path, having="code", code="privacy", note="写了宿舍号")
        assert answer.location == page
        assert "已收到，审核员看过后会通知您结果" in b.get(page).text
        assert b.get(path).location == page
        assert "您已经举报过，有结果会通知您" in b.get(page).text
        again = b.post(path, code="abuse")
        assert again.status_code == 400
        assert "您已经举报过" in again.text
    assert Report.select().count() == Submission.select().where(Submission.cause == "report").count() == 3
    assert {(row.code, row.note) for row in Report.select()} == {("privacy", "写了宿舍号")}


def test_who_reported_reads_what_came_of_it(b: Visitor, campus: Campus) -> None:
    for decision, answers, said in (("keep", {}, "决定维持公开"), ("hide", {"code": "abuse"}, "")):
        thread = published(campus)
        path = f"/supervision/{thread.number}/report"
        b.submit(path, having="code", code="abuse")
        decided(thread, decision, campus.M, **answers)
        answer = b.get(path, follow_redirects=True)
        assert (said in answer.text) if said else answer.status_code == 404


def test_a_bad_report_is_kept(b: Visitor, campus: Campus) -> None:
    path = f"/supervision/{published(campus).number}/report"
    for wrong in ({"code": None}, {"code": "ugly"}, {"note": "长" * 301, "code": "abuse"}):
        answer = b.submit(path, having="code", **{"note": "有人的手机号", **wrong})
        assert answer.status_code == 400
        assert wrong.get("note", "有人的手机号") in answer.text
    assert Report.select().count() == 0


def test_what_is_not_public_or_ones_own_is_not_reported(a: Visitor, b: Visitor, campus: Campus) -> None:
    thread, other = published(campus), published(campus)
    below = decided(commented(campus, thread), "publish", campus.M)
    assert "可以直接修改或撤回" in a.get(f"/supervision/{thread.number}/report", follow_redirects=True).text
    assert a.post(f"/supervision/{thread.number}/report", code="abuse").status_code == 400
    waits, pending = posted(campus.A), commented(campus, thread, by=campus.W1)
    for path in (
        f"/supervision/{waits.number}/report",
        f"/supervision/{thread.number}/report/comment/{pending.id}",
        f"/supervision/{thread.number}/report/comment/999999",
        f"/supervision/{other.number}/report/comment/{below.id}",
        f"/supervision/{thread.number}/report/reply/1",
        f"/supervision/{thread.number}/report/thread/{thread.id}",
    ):
        assert b.get(path).status_code == b.post(path, code="abuse").status_code == 404
    moderation.hide(thread, by=campus.M, code="abuse")
    assert a.get(f"/supervision/{thread.number}/report/comment/{below.id}").status_code == 404
    assert Report.select().count() == 0


def test_a_visitor_reads_without_a_cookie(client: Visitor, campus: Campus) -> None:
    thread = answered(campus)
    decided(commented(campus, thread), "publish", campus.M)
    for path in (f"/supervision/{thread.number}", f"/supervision/similar?q={TITLE}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers


# --- what it costs -----------------------------------------------------------------------------------


def test_pages_ask_little(app: Flask, a: Visitor, campus: Campus, queries: Any) -> None:
    for n in range(3):
        reported(campus.A)
        published(campus, campus.B, title=f"{TITLE}第{n}次")
    thread = published(campus, campus.B)
    for path in (
        "/supervision/new",
        f"/supervision/similar?q={TITLE}",
        f"/supervision/{thread.number}/comment",
        f"/supervision/{thread.number}/report",
    ):
        with queries() as asked:
            assert a.get(path).status_code == 200
        assert len(asked) <= 10, (path, asked)
