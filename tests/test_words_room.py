"""The room of sensitive words: trying a text, the effect of a word before it is saved, the list."""

from collections.abc import Callable
from typing import Any

import pytest

from hall import sensitive, word_list
from models import MODERATED, Event, SensitiveWord
from tests.conftest import Campus
from tests.test_sensitive import thread
from tests.visitor import Visitor, forms

SignIn = Callable[..., Visitor]
ROOM, LIST, NEW = "/admin/words/", "/admin/words/list", "/admin/words/new"


def send(browser: Visitor, path: str, **answers: str | None) -> Any:
    """Fill in the form of a page, which asks for an `action`, and send it; None leaves an answer out."""
    form = browser.form(path)
    values = {name: value for name, value in (form.values | answers).items() if value is not None}
    return browser.client.post(form.action, data=values)


def confirm(browser: Visitor, page: Any, path: str) -> Any:
    """Press the button that saves on a page which shows the effect."""
    form = next(form for form in forms(page) if "confirmed" in form.names)
    return browser.client.post(path, data=form.values | {"confirmed": "yes"})


def everything() -> tuple[int, int]:
    return SensitiveWord.select().count(), Event.select().count()


# --- trying a text --------------------------------------------------------------------------------------


def test_a_text_is_tried_and_nothing_is_kept(campus: Campus, sign_in: SignIn) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    sensitive.save_word("滚蛋", "mask", by=campus.M)
    browser, before = sign_in("M"), everything()
    page = send(browser, ROOM, text="<b>代 <>考</b>，让他滾蛋，电话１３９１２３４５６７８，T1001")
    assert page.status_code == 200
    assert '<mark class="mark-hold" title="送审">代 &lt;&gt;考</mark>' in page.text
    assert '<mark class="mark-mask" title="遮盖">滾蛋</mark>' in page.text
    assert '<mark class="mark-personal" title="手机号">１３９１２３４５６７８</mark>' in page.text
    assert '<mark class="mark-personal" title="学号或工号">T1001</mark>' in page.text
    assert "送审：必须由人审核" in page.text
    assert "，让他＊＊，电话" in page.text
    assert "b代考b让他滚蛋电话13912345678t1001" in page.text
    assert "<b>" not in page.text
    assert everything() == before


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("傻\u200b逼", "不能提交"),
        ("要跳楼", "立即提醒审核员"),
        ("打13912345678", "没有敏感词，但有个人信息"),
        ("水龙头坏了", "什么也没有命中"),
    ],
)
def test_what_becomes_of_a_text_is_told(campus: Campus, sign_in: SignIn, text: str, outcome: str) -> None:
    sensitive.save_word("傻逼", "refuse", by=campus.M)
    sensitive.save_word("跳楼", "alert", by=campus.M)
    assert outcome in send(sign_in("X"), ROOM, text=text).text


@pytest.mark.parametrize("text", ["", "水" * 5_001])
def test_an_empty_or_endless_text_is_told(campus: Campus, sign_in: SignIn, text: str) -> None:
    page = send(sign_in("M"), ROOM, text=text)
    assert page.status_code == 400
    assert ("请填写这一项" if not text else "最多 5000 个字") in page.text


# --- who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["A", "W1", "lead", "finance", "leader"])
def test_the_room_is_closed_to_others(campus: Campus, sign_in: SignIn, who: str) -> None:
    row, browser = sensitive.save_word("代考", "hold", by=campus.M), sign_in(who)
    before = everything()
    for path in (ROOM, LIST, NEW, f"/admin/words/{row.id}", f"/admin/words/{row.id}/remove"):
        assert browser.get(path).status_code == 404
        if path != LIST:
            answers = {
                "word": "x",
                "words": "枪手",
                "action": "mask",
                "confirmed": "yes",
                "seen": word_list.fingerprint(row),
            }
            assert browser.post(path, **answers).status_code == 404
    assert everything() == before


def test_the_generated_view_shows_the_list_and_leads_here(campus: Campus, sign_in: SignIn) -> None:
    row = sensitive.save_word("代考", "hold", by=campus.M)
    for who in ("M", "X"):
        browser = sign_in(who)
        page = browser.get("/admin/sensitive_word/").text
        assert "代考" in page and f'href="{LIST}"' in page
        assert browser.post(f"/admin/sensitive_word/edit/?id={row.id}", word="枪手").status_code == 404
        assert browser.post("/admin/sensitive_word/new/", word="枪手").status_code == 404
    assert SensitiveWord.get().word == "代考"


# --- new words ------------------------------------------------------------------------------------------


def test_what_a_word_would_hit_is_shown_before_it_is_saved(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    thread("JD1", "墙上都是貸 款小广告", campus.A)
    thread("JD2", "贷款", campus.A, moderation="pending")
    browser, before = sign_in("M"), everything()
    asked_for = browser.form(NEW).values | {"words": "贷款", "action": "alert", "note": "广告"}
    with queries() as asked:
        page = browser.client.post(NEW, data=asked_for)
    assert page.status_code == 200
    assert "现在公开的内容里有 1 处命中" in page.text
    assert "墙上都是<mark>貸 款</mark>小广告" in page.text
    assert "JD1" in page.text and "JD2" not in page.text
    assert len(asked) <= 6 + len(MODERATED), asked
    assert everything() == before
    answer = confirm(browser, page, NEW)
    assert answer.location == LIST
    row = SensitiveWord.get()
    assert (row.word, row.action, row.note, row.is_active) == ("贷款", "alert", "广告", True)
    assert Event.get(Event.subject_type == "sensitive_word").actor_id == campus.M.id
    assert "加入了 1 个敏感词" in browser.get(LIST).text
    # The page that is sent once more adds nothing.
    assert confirm(browser, page, NEW).status_code == 400
    assert SensitiveWord.select().count() == 1


def test_more_than_can_be_shown_is_told_as_such(campus: Campus, sign_in: SignIn) -> None:
    for number in range(word_list.MOST_AFFECTED + 1):
        thread(f"JD{number}", "贷款", campus.A)
    page = send(sign_in("M"), NEW, words="贷款", action="hold").text
    assert "现在公开的内容里有 100+ 处命中" in page
    assert page.count("<mark>") == 20


def test_a_pasted_list_says_what_it_leaves_out(campus: Campus, sign_in: SignIn) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    browser = sign_in("X")
    page = send(browser, NEW, words="枪手\r\n\r\n代 考\r\n办证\r\na", action="hold")
    assert "2 个词" in page.text
    assert "有 2 行不会加入" in page.text
    assert "词表里已经有“代考”，它也匹配这种写法" in page.text
    assert confirm(browser, page, NEW).status_code == 302
    assert {row.word for row in SensitiveWord.select()} == {"代考", "枪手", "办证"}


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"words": "代\u200b考"}, "词表里已经有“代考”，它也匹配这种写法"),
        ({"words": ""}, "请填写这一项"),
        ({"words": " \r\n "}, "请至少写一个词"),
        ({"words": "。"}, "里没有可以匹配的文字"),
        ({"words": "<i>", "action": "burn"}, "请从列出的选项中选择"),
        ({"words": "枪手", "note": "长" * 101}, "最多 100 个字"),
        ({"words": "\r\n".join(f"词条{n}" for n in range(5_001))}, "一次最多 5000 个词"),
    ],
)
def test_what_is_wrong_is_told_and_kept(
    campus: Campus, sign_in: SignIn, answers: dict[str, str], sentence: str
) -> None:
    sensitive.save_word("代考", "hold", by=campus.M)
    page = send(sign_in("M"), NEW, **({"action": "alert"} | answers))
    assert page.status_code == 400
    assert sentence in page.text
    assert "<i>" not in page.text
    if answers["words"] == "枪手":
        assert "枪手</textarea>" in page.text
    assert SensitiveWord.select().count() == 1


# --- the list -------------------------------------------------------------------------------------------


def test_the_list_is_paged_by_key_and_searched(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    sensitive.save_words([f"词条{number}" for number in range(120)], "hold", by=campus.M)
    sensitive.save_word("100%_", "mask", by=campus.M)
    browser, path, seen = sign_in("M"), LIST, []
    while path and len(seen) < 200:
        with queries() as asked:
            page = browser.get(path).text
        assert len(asked) <= 10
        seen += [row.word for row in SensitiveWord.select() if f'id="word-{row.id}"' in page]
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 121
    assert browser.get(f"{LIST}?q=%25_").text.count('class="row-title"') == 1
    assert browser.get(f"{LIST}?q=条11").text.count('class="row-title"') == 11
    assert browser.get(f"{LIST}?action=mask").text.count('class="row-title"') == 1
    for odd in (
        "before=0",
        "before=-1",
        f"before={10**20}",
        "before=１２",
        "before=x",
        "action=x",
        "q=" + "长" * 5_000,
    ):
        assert browser.get(f"{LIST}?{odd}").status_code == 200


def test_a_word_is_changed_and_switched_off_at_once_but_not_widened_unseen(campus: Campus, sign_in: SignIn) -> None:
    row, browser = sensitive.save_word("代考", "hold", by=campus.M), sign_in("M")
    thread("JD1", "有人代写论文", campus.A)
    path = f"/admin/words/{row.id}"
    assert send(browser, path, action="mask", is_active=None).location == LIST
    row = SensitiveWord.get()
    assert (row.action, row.is_active) == ("mask", False)
    page = send(browser, path, word="代写", is_active="y", note="查")
    assert page.status_code == 200
    assert "现在公开的内容里有 1 处命中" in page.text
    assert SensitiveWord.get().word == "代考"
    assert confirm(browser, page, path).location == LIST
    row = SensitiveWord.get()
    assert (row.word, row.action, row.is_active, row.note) == ("代写", "mask", True, "查")
    assert [event.name for event in Event.select().where(Event.subject_type == "sensitive_word")] == [
        "create",
        "edit",
        "edit",
    ]


def test_the_second_to_save_is_told_and_sees_both(campus: Campus, sign_in: SignIn) -> None:
    row, browser = sensitive.save_word("代考", "hold", by=campus.M), sign_in("M")
    path = f"/admin/words/{row.id}"
    form = browser.form(path)
    sensitive.change_word(row.id, word="代考", action="alert", note="严", by=campus.X)
    page = browser.client.post(path, data=form.values | {"action": "mask", "note": "轻"})
    assert page.status_code == 409
    assert "另一位同事刚刚改了这个词" in page.text
    assert "<strong>代考</strong> · 警报 · 启用 · 严" in page.text
    assert 'value="轻"' in page.text
    assert SensitiveWord.get().action == "alert"
    form = next(form for form in forms(page) if "seen" in form.names)
    assert browser.client.post(path, data=form.values).location == LIST
    assert (SensitiveWord.get().action, SensitiveWord.get().note) == ("mask", "轻")


def test_a_word_is_removed_when_that_is_asked(campus: Campus, sign_in: SignIn) -> None:
    row, browser = sensitive.save_word("代考", "hold", by=campus.M), sign_in("X")
    path = f"/admin/words/{row.id}/remove"
    form = browser.form(path)
    assert SensitiveWord.select().exists()
    sensitive.change_word(row.id, word="代考", action="alert", by=campus.M)
    page = browser.client.post(path, data=form.values)
    assert page.status_code == 409
    assert "请核对后再决定" in page.text
    assert send(browser, path).location == LIST
    assert not SensitiveWord.select().exists()
    assert browser.get(path).status_code == 404
    assert browser.get("/admin/words/99999").status_code == 404
