"""Added questions on the pages, over HTTP: in forms, on orders and threads, at the desk, and where they are made."""

from collections.abc import Callable
from typing import Any

import pytest

from hall import moderation, questions, repairs
from models import Listing, PropertyNotice, Question, RepairOrder, Thread
from tests import lost, stall
from tests.asking import asked, item, kept, lamp, options
from tests.board import TEXT, TITLE, decided, posted, published
from tests.conftest import Campus
from tests.portal import made, picture, report, reported
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
HERE = "/admin/questions/repair_item/D01/"


def lamps(**more: Any) -> dict[str, Any]:
    return {"item": str(item().id), "q__seen": "lamp lamps", "q_lamp": "ceiling", "q_lamps": "2", **more}


# --- the repair ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/repairs/new", "/repairs/quick"])
def test_a_report_asks_after_the_item_is_chosen(sign_in: SignIn, campus: Campus, path: str) -> None:
    lamp(campus)
    a = sign_in("A")
    assert "哪里的灯" not in a.get(path).text
    answer = report(a, path, item=str(item().id))
    # Without scripts the page asks once more, and blames nobody for what was not asked.
    assert answer.status_code == 400
    assert "还有几个问题，请回答后再提交" in answer.text
    assert 'id="q_lamp-error"' not in answer.text
    assert report(a, path, **lamps()).status_code == 302
    assert kept(made()) == {"lamp": "ceiling", "lamps": "2"}
    page = a.get(f"/repairs/{made().number}").text
    assert "哪里的灯</dt><dd" in page
    assert "2 盏" in page


def test_a_wrong_answer_is_told_beside_it_and_what_was_typed_stays(sign_in: SignIn, campus: Campus) -> None:
    lamp(campus)
    a = sign_in("A")
    answer = report(a, **lamps(q_lamps="99"))
    assert answer.status_code == 400
    assert 'id="q_lamps-error"' in answer.text
    assert "不能大于 50" in answer.text
    assert 'value="99"' in answer.text
    # What hangs on another answer is not asked for where that was not given.
    assert report(a, **lamps(q_lamp="desk", q_lamps="99")).status_code == 302
    assert kept(made()) == {"lamp": "desk"}


def test_a_piece_of_the_form_follows_the_item(client: Visitor, campus: Campus) -> None:
    lamp(campus)
    page = client.get(f"/questions/repair_item?about={item().id}").text
    assert 'name="q_lamp"' in page
    assert 'data-only-if="q_lamp"' in page
    for about in ("", "0", "999999", "x" * 500, "１２", "-1"):
        assert "q_lamp" not in client.get("/questions/repair_item", query_string={"about": about}).text
    assert client.get("/questions/edition?about=1").status_code == 404


def test_what_a_visitor_answered_survives_the_sign_in(client: Visitor, campus: Campus) -> None:
    lamp(campus)
    answer = report(client, **lamps(place=None, phone="13900000001", building="NQ4", room="304"))
    assert answer.status_code == 302
    page = client.form(answer.location, having="number")
    client.client.post(page.action, data={**page.values, "number": campus.A.number, "password": "hall-demo-2026"})
    values = client.form("/repairs/new", having="description").values
    assert (values["q_lamp"], values["q_lamps"]) == ("ceiling", "2")


def test_what_is_sent_back_is_answered_again(sign_in: SignIn, campus: Campus) -> None:
    lamp(campus)
    order = reported(campus.A, "D01", given={"lamp": "ceiling", "lamps": "2"})
    repairs.send_back(order, by=campus.reviewer, reason="哪一盏")
    a = sign_in("A")
    path = f"/repairs/{order.number}/resubmit"
    values = a.form(path, having="description").values
    assert (values["q_lamp"], values["q_lamps"]) == ("ceiling", "2")
    assert a.submit(path, having="description", q_lamps="5").status_code == 302
    assert kept(order) == {"lamp": "ceiling", "lamps": "5"}
    assert RepairOrder.get_by_id(order.id).status == "reported"


def test_the_operator_is_asked_and_the_worker_reads_it(sign_in: SignIn, campus: Campus) -> None:
    lamp(campus)
    operator = sign_in("operator")
    said = {"caller": "王师傅", "phone": "13900000009", "place": "南4 304", "description": TEXT}
    assert operator.submit("/admin/phone/", having="caller", **said, **lamps()).status_code == 302
    assert kept(made()) == {"lamp": "ceiling", "lamps": "2"}
    page = sign_in("X").get(f"/admin/queue/repair/{made().number}").text
    assert "房间顶灯" in page


# --- what is reviewed ----------------------------------------------------------------------------------


def complaint(campus: Campus) -> Thread:
    asked(campus.X, "window", about="complaint", asked_of="thread", label_text="哪个窗口")
    asked(campus.X, "told", "yes_no", "complaint", asked_of="thread", label_text="说过吗")
    return posted(campus.A, given={"window": "三号窗口", "told": "1"})


def test_a_post_asks_by_its_kind(sign_in: SignIn, campus: Campus) -> None:
    asked(campus.X, "window", about="complaint", asked_of="thread", label_text="哪个窗口", required=True)
    a, said = sign_in("A"), {"kind": "complaint", "title": TITLE, "text": TEXT, "q__seen": "window"}
    assert a.submit("/supervision/new", having="title", **said).status_code == 400
    assert a.submit("/supervision/new", having="title", **said, q_window="三号").status_code == 302
    assert kept(Thread.get()) == {"window": "三号"}
    assert a.submit("/supervision/new", having="title", **{**said, "kind": "question"}).status_code == 302


def test_the_public_reads_what_was_approved(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    thread = complaint(campus)
    waiting = moderation.proposal(thread)
    assert waiting is not None
    assert waiting.content["q_window"] == "三号窗口"
    moderator = sign_in("M")
    moderator.post(f"/admin/desk/{waiting.id}/claim")
    page = moderator.get(f"/admin/desk/{waiting.id}").text
    assert "哪个窗口" in page
    assert "三号窗口" in page
    assert "说过吗" in page
    path = f"/supervision/{thread.number}"
    assert client.get(path).status_code == 404
    thread = decided(thread, "publish", campus.M, masks=[("q_window", 0, 2)])
    assert "＊＊窗口" in client.get(path).text
    # An edit waits: the public keeps the approved answer (fault 5).
    a = sign_in("A")
    assert a.submit(f"{path}/edit", having="q_window", q_window="四号窗口").status_code == 302
    assert "＊＊窗口" in client.get(path).text
    assert "四号窗口" not in client.get(path).text
    waiting = moderation.proposal(thread)
    assert waiting is not None
    moderator.post(f"/admin/desk/{waiting.id}/claim")
    page = moderator.get(f"/admin/desk/{waiting.id}").text
    assert "和公开的相比改了什么" in page
    assert "四号" in page
    decided(Thread.get_by_id(thread.id), "publish", campus.M)
    assert "四号窗口" in client.get(path).text


def test_an_answer_is_screened_like_the_text(campus: Campus) -> None:
    asked(campus.X, "window", about="complaint", asked_of="thread", label_text="哪个窗口")
    thread = posted(campus.A, given={"window": "请打 13912345678 找我"})
    waiting = moderation.proposal(thread)
    assert waiting is not None
    assert waiting.risk == 1


def test_what_comes_back_is_mended_with_its_answers(sign_in: SignIn, campus: Campus) -> None:
    thread = decided(complaint(campus), "send_back", campus.M, note="请写清楚")
    a = sign_in("A")
    path = f"/supervision/{thread.number}/resubmit"
    assert a.form(path, having="q_window").values["q_window"] == "三号窗口"
    assert a.submit(path, having="q_window", q_window="", q_told="0").status_code == 302
    assert kept(thread) == {"told": "0"}


def test_photos_of_an_answer_are_shown_with_the_text(client: Visitor, campus: Campus) -> None:
    asked(campus.X, "proof", "photo", "complaint", asked_of="thread")
    thread = posted(campus.A, given={"proof": [stall.picture()]})
    name = questions.answered(thread)[0].photos[0]
    assert client.get(f"/photos/{name}/thumb").status_code == 404
    decided(thread, "publish", campus.M)
    assert client.get(f"/photos/{name}/thumb").status_code == 200
    assert name in client.get(f"/supervision/{thread.number}").text


def test_boards_ask_too(sign_in: SignIn, client: Visitor, campus: Campus) -> None:
    asked(
        campus.X,
        "colour",
        "choice",
        "",
        asked_of="property_notice",
        options=options(("red", "红色", "Red"), ("b", "黑色", "")),
    )
    asked(campus.X, "lock", "yes_no", "bicycle", asked_of="listing", label_text="送车锁吗", required=True)
    notice = lost.published(campus, campus.A, given={"colour": "red"})
    assert "红色" in client.get(f"/lost-found/{notice.number}").text
    a = sign_in("A")
    said = {"title": stall.TITLE, "text": stall.TEXT, "price_fen": "320", "category": "bicycle", "condition": "good"}
    said |= {"place": str(stall.place().id), "photos": [picture()], "q__seen": "lock"}
    assert a.submit("/market/new", having="price_fen", **said).status_code == 400
    said["photos"] = [picture()]
    assert a.submit("/market/new", having="price_fen", **said, q_lock="1").status_code == 302
    assert kept(Listing.get()) == {"lock": "1"}
    assert kept(PropertyNotice.get()) == {"colour": "red"}


# --- where they are made -------------------------------------------------------------------------------


def test_an_operator_adds_changes_moves_and_retires(sign_in: SignIn, campus: Campus) -> None:
    x = sign_in("X")
    assert "灯不亮" in x.get("/admin/questions/").text
    assert "还没有问题" in x.get(HERE).text
    assert "几个里面选一个" in x.get(f"{HERE[:-1]}/add").text
    add = "/admin/questions/repair_item/D01/add?kind=choice"
    assert x.submit(add, having="options", label_text="哪里的灯", options="房间顶灯").status_code == 400
    written = "房间顶灯 | Ceiling lamp\n书桌灯\n"
    assert x.submit(add, having="options", label_text="哪里的灯", options=written, required="y").location == HERE
    which = Question.get()
    assert which.options[0] == {"value": "房间顶灯", "label": "房间顶灯", "label_en": "Ceiling lamp"}
    add = "/admin/questions/repair_item/D01/add?kind=number"
    when = [f"{which.code}=房间顶灯"]
    assert x.submit(add, having="unit", label_text="几盏", unit="盏", least="1", when=when).location == HERE
    page = x.get(HERE).text
    assert "仅当“哪里的灯”是房间顶灯时才问" in page
    change = f"/admin/questions/{which.id}/change"
    answer = x.submit(change, having="options", options="书桌灯\n走廊灯")
    assert answer.status_code == 400
    assert "几盏" in answer.text
    assert x.submit(change, having="options", label_text="哪一盏灯").location == HERE
    # Who still has the old page open is told, and sees both.
    values = {"label_text": "第三种问法", "options": written}
    answer = x.post(change, **values)
    assert answer.status_code == 409
    assert "现在是这样问的" in answer.text
    assert "哪一盏灯" in answer.text
    assert "第三种问法" in answer.text
    first, second = questions.of("repair_item", "D01")
    assert x.post(f"/admin/questions/{second.id}/up").location == HERE
    assert [each.id for each in questions.of("repair_item", "D01")] == [second.id, first.id]
    assert x.submit(f"/admin/questions/{second.id}/retire").location == HERE
    assert [each.id for each in questions.of("repair_item", "D01")] == [first.id]
    assert "不再问的问题（1）" in x.get(HERE).text
    assert x.post(f"/admin/questions/{second.id}/restore").location == HERE
    assert len(questions.of("repair_item", "D01")) == 2


@pytest.mark.parametrize("who", ["A", "lead", "M", "operator"])
def test_nobody_else_gets_in(sign_in: SignIn, campus: Campus, who: str) -> None:
    which = lamp(campus)
    visitor = sign_in(who)
    for path in (
        "/admin/questions/",
        HERE,
        f"/admin/questions/{which.id}/change",
        f"/admin/questions/{which.id}/retire",
    ):
        assert visitor.get(path).status_code == 404
    for path in (f"/admin/questions/{which.id}/retire", f"/admin/questions/{which.id}/up", f"{HERE}add?kind=text"):
        assert visitor.post(path, label_text="别的问题").status_code in (403, 404)
    assert Question.select().where(Question.retired.is_null()).count() == 2


@pytest.mark.parametrize("about", ["ZZ", "x" * 300, "D01:1", "１"])
@pytest.mark.parametrize("kind", ["repair_item", "edition", "service_step", "nothing"])
def test_a_place_that_is_none(sign_in: SignIn, kind: str, about: str) -> None:
    assert sign_in("X").get(f"/admin/questions/{kind}/{about}/").status_code == 404


@pytest.mark.parametrize(
    ("back", "kept_back"),
    [
        ("/admin/builder/", True),
        ("//evil", False),
        ("/admin//evil", False),
        ("/admin/\\evil", False),
        ("https://x", False),
    ],
)
def test_the_way_back_stays_in_the_panel(sign_in: SignIn, back: str, kept_back: bool) -> None:
    page = sign_in("X").get(HERE, query_string={"back": back}).text
    assert (f'href="{back}"' in page) == kept_back


def test_lists_filter_and_files_hold_answers(sign_in: SignIn, campus: Campus) -> None:
    which = lamp(campus)
    many = reported(campus.A, "D01", given={"lamp": "ceiling", "lamps": "7"})
    one = reported(campus.B, "D01", given={"lamp": "desk"})
    questions.change(which, by=campus.X, label_text="哪一盏灯")
    x = sign_in("X")
    arg = f"flt_q_lamp_{which.id}"
    assert "哪一盏灯" in x.get("/admin/repair_order/").text

    def found(**said: str) -> set[str]:
        page = x.get("/admin/repair_order/", query_string=said).text
        return {number for number in (many.number, one.number) if number in page}

    assert found(**{arg: "ceiling"}) == {many.number}
    assert found(**{arg: "ceiling,desk"}) == {many.number, one.number}
    number = next(each for each in questions.of("repair_item", "D01") if each.code == "lamps")
    assert found(**{f"flt_q_lamps_{number.id}_least": "7"}) == {many.number}
    assert found(**{f"flt_q_lamps_{number.id}_least": "7.5"}) == set()
    for wrong in ("nan", "1e999", "x", "9" * 400):
        assert found(**{f"flt_q_lamps_{number.id}_least": wrong}) == {many.number, one.number}
    file = x.get("/admin/repair_order/export/csv/").text
    heading, *rows = file.splitlines()
    assert heading.rstrip().endswith("哪一盏灯,几盏")
    assert {row.rstrip().rsplit(",", 2)[1] for row in rows} == {"房间顶灯", "书桌灯"}


def test_the_page_of_questions_is_flat(sign_in: SignIn, campus: Campus, queries: Any) -> None:
    x, seen = sign_in("X"), []
    for number in range(8):
        asked(campus.X, f"c{number}", "choice")
        if number in (1, 7):
            with queries() as made_by:
                x.get(HERE)
            seen.append(len(made_by))
    assert seen[0] == seen[1] <= 14


def test_public_thread_is_published_with_nothing_asked(campus: Campus, client: Visitor) -> None:
    assert client.get(f"/supervision/{published(campus).number}").status_code == 200
