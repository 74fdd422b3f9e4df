"""Notices and guides: who sees what when, what Markdown may do, two editors at once, the panel without JavaScript."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import models
from hall import articles, clock, markdown
from hall.words import Refused
from models import Article, Event
from tests import papers
from tests.addresses import dangers
from tests.conftest import Campus
from tests.visitor import Visitor, forms

SignIn = Callable[..., Visitor]
ROOM = "/admin/writing/"


@pytest.fixture
def editor(campus: Campus) -> models.Person:
    models.Grant.create(person=campus.B, role="editor", scope="")
    return campus.B


# --- what the public sees ---------------------------------------------------------------------------------


def everywhere(client: Visitor) -> str:
    """All that a visitor is shown of notices, at once."""
    pages = ["/notices", "/notices/feed.atom", "/sitemap.xml", "/guides", "/"]
    answers = [client.get(page) for page in pages]
    assert [answer.status_code for answer in answers] == [200] * len(pages)
    return "".join(answer.text for answer in answers)


def test_what_is_shown_is_everywhere(client: Visitor, campus: Campus, queries: Any) -> None:
    water = models.Department.get(code="HQ-NY")
    shown = papers.notice(
        campus.X, department=water, summary="明天停水", title_en="No water", text_en="Please *store* some"
    )
    with queries() as asked:
        page = client.get(f"/notices/{shown.code}")
    assert page.status_code == 200
    assert len(asked) <= 5, asked
    assert "<strong>明天</strong>上午停水" in page.text and "能源管理中心" in page.text
    assert f"/notices/{shown.code}</loc>" in client.get("/sitemap.xml").text
    feed = client.get("/notices/feed.atom")
    assert feed.mimetype == "application/atom+xml" and "&lt;strong&gt;明天" in feed.text
    english = client.get(f"/notices/{shown.code}", headers={"Accept-Language": "en"}).text
    assert "<em>store</em>" in english and "停水通知" not in english
    assert "Sitemap: " in client.get("/robots.txt").text
    assert client.get(f"/guides/{shown.code}").status_code == 404
    for code in ("repair", "supervision"):
        guide = client.get(f"/guides/{code}").text
        assert guide.count('<section class="step">') >= 5
        for path in re.findall(r'src="(/static/guides/[^"]+)"', guide):
            assert client.get(path).status_code == 200, path


def test_what_is_not_shown_is_nowhere(
    client: Visitor, sign_in: SignIn, campus: Campus, freeze: Callable[..., None]
) -> None:
    """Drafts, the future and the past, with what hangs on them, by every way in (fault 6)."""
    now = clock.now()
    freeze(now)
    hidden = {
        "draft": {"publish": None},
        "planned": {"publish": now + timedelta(minutes=5)},
        "over": {"publish": now - timedelta(days=2), "until": now - timedelta(seconds=1)},
    }
    before = everywhere(client)
    missing = client.get("/notices/GG0").text
    stranger, editor = sign_in("A"), sign_in("X")
    for state, moments in hidden.items():
        article = papers.notice(campus.X, title=f"机密{state}", is_pinned=True, **moments)
        file = papers.attached(article, campus.X)
        address = f"/files/{file.name}/{file.filename}"
        assert articles.state_of(article) == state
        assert everywhere(client).count("机密") == 0
        assert client.get(f"/notices/{article.code}").text == missing
        assert client.get(address).status_code == stranger.get(address).status_code == 404
        assert editor.get(address).status_code == 200
        assert f"机密{state}" in editor.get(ROOM).text
        assert [row.id for row in articles.newest("notice") if row.id == article.id] == []
    assert everywhere(client) == before


def test_the_moment_decides(client: Visitor, campus: Campus, freeze: Callable[..., None]) -> None:
    now = clock.now()
    article = papers.notice(campus.X, publish=now + timedelta(hours=1), until=now + timedelta(hours=3))
    for hours, status in ((0.9, 404), (1, 200), (2.9, 200), (3, 404)):
        freeze(now + timedelta(hours=hours))
        assert client.get(f"/notices/{article.code}").status_code == status, hours


def test_the_list_goes_on_by_key_with_the_pinned_first(client: Visitor, campus: Campus, queries: Any) -> None:
    for number in range(45):
        moment = clock.days_ago(1 + number // 3)
        papers.notice(
            campus.X, title=f"第{number:02}号", publish=moment, until=clock.days_ago(-1) if number % 2 else None
        )
    papers.notice(campus.X, title="置顶的", publish=clock.days_ago(5), is_pinned=True)
    path, seen = "/notices", []
    while path:
        with queries() as asked:
            page = client.get(path).text
        assert len(asked) <= 5, asked
        seen += re.findall(r'class="row-title"[^>]*>([^<]+)<', page)
        path = page.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert seen[0] == "置顶的"
    assert sorted(set(seen[1:]) - {"置顶的"}) == [f"第{number:02}号" for number in range(45)]
    assert len(seen) <= 47  # a pinned one may stand in its own place on a later page as well
    assert [row.title for row in articles.newest("notice", 2)] == ["置顶的", "第02号"]


# --- Markdown ---------------------------------------------------------------------------------------------

ATTACK = """# <img src=x onerror=p(1)>
<script>p(1)</script> [a](javascript:p(1)) [b](JaVaScRiPt&#58;p(1)) [c](data:text/html,<script>p(1)</script>)
![d](https://elsewhere.example/x.png) ![e](//elsewhere.example/x.png) ![f](/\\elsewhere.example/x.png)
[g](http://[bad) <svg onload=p(1)> <a href="javascript:p(1)">h</a>

| <b onx=1> | "' |
|:-:|---|
| [i](vbscript:p) | <iframe src=//x> |

<div style="x" onclick=p(1)>

[j]: javascript:p(1)
[j] [k](/ok "t\\" onclick=p(1)") ![l](/static/icon.svg "\\" onerror=p(1)") <https://ok.example/?a=1&b=2>
"""


def test_markdown_runs_nothing_and_asks_nobody(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    article = papers.notice(campus.X, title="<b onx=1>'\"", summary="<script>p(1)</script>", text=ATTACK)
    page = client.get(f"/notices/{article.code}")
    assert dangers(page) == []
    shown = re.findall(r'<img[^>]* src="([^"]*)"', page.text.partition('class="prose"')[2])
    assert shown and all(re.match(r"/[^/\\]", path) for path in shown), shown
    assert '<a href="https://ok.example/?a=1&amp;b=2" rel="noopener noreferrer">' in page.text
    assert '<img src="/static/icon.svg" alt="l"' in page.text
    preview = sign_in("X").submit(f"{ROOM}new", having="text", title="<b onx=1>", text=ATTACK, do="preview")
    assert preview.status_code == 200 and dangers(preview) == []
    assert "<script" not in client.get("/notices/feed.atom").text.replace("&lt;script", "")


def test_headings_follow_the_page_and_words_are_for_search() -> None:
    said = markdown.html("intro\n# One\ntext\n### Sub\n# Two", steps=True)
    assert re.findall(r"<(section|h\d)", said) == ["section", "h2", "h3", "section", "h2"]
    assert (
        markdown.plain("# 标题\n**重** `码` [链接](/x) ![图](/y)\n\n| 甲 |\n|---|\n| 乙 |")
        == "标题 重 码 链接 图 甲 乙"
    )


# --- writing ----------------------------------------------------------------------------------------------


def test_an_editor_writes_looks_and_publishes(client: Visitor, sign_in: SignIn, campus: Campus, editor: Any) -> None:
    browser = sign_in("B")
    said = {"title": "食堂新窗口", "text": "周一**开张**", "department": "HQ-YS"}
    page = browser.submit(f"{ROOM}new", having="text", **said, do="preview")
    assert page.status_code == 200 and "<strong>开张</strong>" in page.text and "周一**开张**</textarea>" in page.text
    assert not Article.select().where(Article.kind == "notice").exists()
    typed = next(form for form in forms(page) if "text" in form.names).values
    saved = browser.client.post(f"{ROOM}new", data={**typed, "do": "save"})
    article = Article.get(Article.title == "食堂新窗口")
    assert saved.location == f"{ROOM}{article.id}"
    assert articles.state_of(article) == "draft" and article.author_id == editor.id
    assert article.code.startswith("GG") and client.get(f"/notices/{article.code}").status_code == 404
    # The same page sent again is the same notice.
    again = browser.client.post(f"{ROOM}new", data={**typed, "do": "save"})
    assert again.location == saved.location
    assert Article.select().where(Article.title == "食堂新窗口").count() == 1
    assert browser.submit(f"{ROOM}{article.id}", having="text", do="publish").status_code == 302
    assert client.get(f"/notices/{article.code}").status_code == 200
    # What is saved without a change is no change.
    version = Article.get_by_id(article.id).version
    assert browser.submit(f"{ROOM}{article.id}", having="text").status_code == 302
    assert Article.get_by_id(article.id).version == version
    assert browser.submit(f"{ROOM}{article.id}/down").status_code == 302
    assert client.get(f"/notices/{article.code}").status_code == 404
    trail = Event.select().where(Event.subject_type == "article", Event.subject_id == article.id).order_by(Event.seq)
    assert [(event.name, event.actor_role) for event in trail] == [
        ("create", "editor"), ("edit", "editor"), ("edit", "editor"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"title": ""}, "请填写这一项"),
        ({"text": "长" * 50_001}, "太长了，最多 50000 个字"),
        ({"title_en": "Only a title"}, "英文标题和英文正文要么都写"),
        ({"publish": "2026-11-22T10:00", "until": "2026-11-22T09:00"}, "撤下时间要在发布时间之后"),
        ({"publish": "gestern"}, "请填写日期和时间"),
        ({"department": "<i>"}, "请从列出的选项中选择"),
        ({"code": "../x"}, "编号用 3 到 40 个"),
    ],
)
def test_what_is_wrong_is_told_and_kept(sign_in: SignIn, answers: dict[str, str], sentence: str) -> None:
    said = {"title": "标题", "text": "正文写在这里", **answers}
    page = sign_in("X").submit(f"{ROOM}new", having="text", **said)
    assert page.status_code == 400
    assert sentence in page.text and "<i>" not in page.text
    assert "正文写在这里</textarea>" in page.text or len(said["text"]) > 9
    assert not Article.select().where(Article.kind == "notice").exists()


def test_a_code_is_taken_once(campus: Campus) -> None:
    with pytest.raises(Refused) as refused:
        articles.write(by=campus.X, kind="guide", title="又一篇", text="正文", code="repair")
    assert refused.value.field == "code"


def test_two_editors_at_once_both_see_both(sign_in: SignIn, campus: Campus) -> None:
    """The second is told, sees what stands now beside what they typed, and may then save (fault 39)."""
    article = papers.notice(campus.X, text="原来的正文")
    path, (first, second) = f"{ROOM}{article.id}", (sign_in("X"), sign_in("X"))
    mine, theirs = first.form(path, having="text").values, second.form(path, having="text").values
    assert first.client.post(path, data=mine | {"text": "先改的正文", "do": "save"}).status_code == 302
    told = second.client.post(path, data=theirs | {"text": "后改的正文", "do": "save"})
    assert told.status_code == 409
    assert "先改的正文" in told.text and "后改的正文" in told.text and "另一位同事刚刚改了这一篇" in told.text
    assert Article.get_by_id(article.id).text == "先改的正文"
    # A double click: what is saved already is no conflict.
    assert first.client.post(path, data=mine | {"text": "先改的正文", "do": "save"}).status_code == 302
    retyped = next(form for form in forms(told) if "text" in form.names).values
    assert retyped["text"] == "后改的正文"
    assert second.client.post(path, data=retyped | {"do": "save"}).status_code == 302
    assert Article.get_by_id(article.id).text == "后改的正文"


@pytest.mark.parametrize("who", ["A", "lead", "M", "leader"])
def test_the_room_and_the_verbs_are_for_editors(sign_in: SignIn, campus: Campus, who: str) -> None:
    article = papers.notice(campus.X)
    file = papers.attached(article, campus.X)
    before = (article.title, Event.select().count())
    browser, person = sign_in(who), getattr(campus, who)
    paths = [ROOM, f"{ROOM}new", f"{ROOM}{article.id}", f"{ROOM}{article.id}/down", f"{ROOM}{article.id}/files"]
    for path in [*paths, f"{ROOM}{article.id}/files/{file.name}/remove"]:
        assert browser.get(path).status_code == 404
        assert path == ROOM or browser.post(path, title="黑客", text="来过", do="save").status_code == 404
    for verb in (
        lambda: articles.write(by=person, kind="notice", title="黑客", text="来过"),
        lambda: articles.change(article, by=person, title="黑客"),
        lambda: articles.take_down(article, by=person),
    ):
        with pytest.raises(Refused):
            verb()
    assert (Article.get_by_id(article.id).title, Event.select().count()) == before


def test_robots_keep_off_what_is_personal(client: Visitor, app: Flask) -> None:
    closed = re.findall("Disallow: (.*)", client.get("/robots.txt").text)
    assert any("/admin/".startswith(path) for path in closed)
    listed = re.findall("<loc>https?://[^/]+(/[^<]*)</loc>", client.get("/sitemap.xml").text)
    assert len(listed) > 8
    for path in listed:
        assert not any(path.startswith(start) for start in closed), path
        assert client.get(path).status_code == 200, path
