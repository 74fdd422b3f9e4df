"""The supervision board as everybody reads it: list, search, thread, feed, share card, public log, similar threads."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from hall import (
    board_search,
    clock,
    moderation,
    photos,
    public_log,
    repairs,
    site,
    supervision,
    threads,
)
from hall.supervision_flow import in_working_days
from models import CalendarPeriod, Comment, Department, Event, Person, Reply, Submission, Thread
from tests.board import answered, commented, decided, drafted, forwarded, posted, published
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn, finished, picture, reported
from tests.visitor import Visitor

ATOM = "{http://www.w3.org/2005/Atom}"
SCRIPT = "\"'><img src=x onerror=p(1)>"
LOUD = "南区浴室的水温不稳定"


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is kept from posting a lot."""
    limit(monkeypatch, "supervision.posts_a_day", 10_000)


def twelve_threads(campus: Campus) -> list[Thread]:
    """Public threads of four kinds in several states, one a day, the newest last."""
    kinds, rows = ["complaint", "praise", "question", "suggestion"], []
    for day in range(12):
        with clock.at(clock.now() - timedelta(days=40 - 3 * day)):
            code = ["HQ-YS", "HQ-NY"][day % 2]
            said = {"kind": kinds[day % 4], "title": f"第{day}个帖子的标题"}
            thread = published(campus, **said) if day % 3 == 0 else forwarded(campus, code=code, **said)
            if day % 3 == 2:
                by = campus.handler if code == "HQ-YS" else campus.other_handler
                thread = answered(campus, thread, by=by)
            rows.append(thread)
    for thread in rows:
        Thread.update(supports=thread.id % 3).where(Thread.id == thread.id).execute()
    return rows


with_board = pytest.mark.begins_after(made=twelve_threads)


@pytest.fixture
def board(begun: list[Thread]) -> list[Thread]:
    return begun


def titles(page: Any) -> list[str]:
    return re.findall(r'<a class="row-title"[^>]*>([^<]+)</a>', page.text)


def every_page(visitor: Visitor, path: str) -> list[str]:
    """The titles of a list, page after page."""
    found: list[str] = []
    for _ in range(99):
        page = visitor.get(path)
        assert page.status_code == 200
        found += titles(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if following is None:
            return found
        path = following[1].replace("&amp;", "&")
    raise AssertionError("no last page")


# --- the list ----------------------------------------------------------------------------------------


@with_board
def test_it_works(client: Visitor, board: list[Thread]) -> None:
    page = client.get("/supervision")
    assert titles(page) == [thread.title for thread in reversed(board)]
    for word in ("投诉", "饮食服务中心", "待转办", "已回复", "我要发帖"):
        assert word in page.text


@with_board
def test_a_visitor_gets_no_cookie_and_what_one_may_keep(client: Visitor, board: list[Thread]) -> None:
    """Fault 33."""
    for path in ("/", "/supervision", f"/supervision/{board[2].number}", "/supervision/feed.atom", "/supervision/log"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers, path
        assert "no-store" not in answer.headers.get("Cache-Control", "")
        assert "noindex" not in answer.text


@with_board
@pytest.mark.parametrize("sort", ["newest", "supported", "waiting"])
def test_each_sort_pages_by_key_and_loses_nothing(
    client: Visitor, board: list[Thread], monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    monkeypatch.setattr(threads.told_page, "__kwdefaults__", {"after": "", "limit": 5})
    rows = list(Thread.select())
    if sort == "newest":
        rows.sort(key=lambda row: (row.published, row.id), reverse=True)
    elif sort == "supported":
        rows.sort(key=lambda row: (row.supports, row.id), reverse=True)
    else:
        rows = sorted((row for row in rows if row.status != "answered"), key=lambda row: (row.published, row.id))
    assert every_page(client, f"/supervision?sort={sort}") == [row.title for row in rows]


def test_threads_of_one_moment_are_neither_lost_nor_shown_twice(campus: Campus, many: None) -> None:
    with clock.at(clock.now()):
        for number in range(7):
            published(campus, title=f"同一刻的第{number}帖")
    for sort in dict(threads.SORTS):
        seen, key = [], ""
        while True:
            said = threads.told_page(threads.Sought(sort=sort), after=key, limit=2)
            rows, key = threads.page(threads.Sought(sort=sort), after=key, limit=2)
            assert ([row.entity for row in said[0]], said[1]) == (rows, key), "told as they are read"
            seen += [row.id for row in rows]
            if not key:
                break
        assert sorted(seen) == sorted(row.id for row in Thread.select()), sort


@with_board
def test_filters_narrow(client: Visitor, board: list[Thread], campus: Campus) -> None:
    kinds = every_page(client, "/supervision?kind=complaint")
    assert kinds == [thread.title for thread in reversed(board) if thread.kind == "complaint"]
    energy = every_page(client, "/supervision?department=HQ-NY")
    assert energy == [row.title for row in reversed(board) if row.forwarded and row.department.code == "HQ-NY"]
    done = every_page(client, "/supervision?state=answered&sort=waiting")
    assert done == [row.title for row in board if row.status == "answered"]
    assert every_page(client, "/supervision?state=nothing&kind=1&department=ZZ&period=x&sort=y") == every_page(
        client, "/supervision"
    )


def test_times_are_those_of_the_campus(campus: Campus, many: None, freeze: Callable[[Any], None]) -> None:
    """Wednesday the 18th: the week began on Monday at midnight in Shanghai, which is Sunday 16:00 UTC."""
    CalendarPeriod.create(name="秋季学期", kind="term", starts=date(2026, 9, 1), ends=date(2027, 1, 15))
    moments = {"week": (2026, 11, 15, 16, 1), "month": (2026, 11, 15, 15, 59), "term": (2026, 10, 31, 15, 59)}
    moments["before"] = (2026, 8, 31, 15, 59)
    for name, moment in moments.items():
        freeze(clock.datetime(*moment))
        published(campus, title=f"发于{name}的帖子")
    freeze(clock.datetime(2026, 11, 18, 4))
    found = {
        period: {row.title[2:-3] for row in threads.page(threads.Sought(period=period))[0]}
        for period in ("week", "month", "term", "")
    }
    assert found["week"] == {"week"}
    assert found["month"] == {"week", "month"}
    assert found["term"] == {"week", "month", "term"}
    assert len(found[""]) == 4


def test_a_department_is_named_only_while_the_thread_is_with_it(client: Visitor, campus: Campus) -> None:
    """A wish of the author, or where a department would rather see it, is no business of readers."""
    energy, canteens = (Department.get(Department.code == code) for code in ("HQ-NY", "HQ-YS"))
    thread = published(campus, department=energy)
    for path in ("/supervision", f"/supervision/{thread.number}", "/"):
        assert energy.name not in client.get(path).text, path
    # Whoever asks for a department of which nothing is public finds it among the choices, and nobody else does.
    assert 'value="HQ-NY" selected' in client.get("/supervision?department=HQ-NY").text
    assert 'value="HQ-NY"' not in client.get("/supervision?sort=supported").text
    assert titles(client.get("/supervision?department=HQ-NY")) == []
    assert thread.title not in client.get("/supervision/feed.atom?department=HQ-NY").text
    thread = supervision.forward(thread, by=campus.M, department=canteens)
    supervision.return_thread(thread, by=campus.handler, ground="不归我们管的", suggested=energy)
    page = client.get(f"/supervision/{thread.number}").text
    assert energy.name not in page
    assert "转办调整中" in page and "不归我们" not in page
    assert titles(client.get("/supervision?department=HQ-NY")) == []
    assert titles(client.get("/supervision?department=HQ-YS")) == []


def test_merged_threads_are_listed_only_when_asked_for(client: Visitor, campus: Campus, many: None) -> None:
    main, other = published(campus, title="主帖的标题"), published(campus, title="并掉的标题")
    supervision.merge(other, by=campus.M, main=main)
    assert titles(client.get("/supervision")) == ["主帖的标题"]
    assert titles(client.get("/supervision?state=merged")) == ["并掉的标题"]
    page = client.get(f"/supervision/{other.number}").text
    assert "已合并办理" in page and f"/supervision/{main.number}" in page
    moderation.hide(main, by=campus.M, code="other")
    assert main.number not in client.get(f"/supervision/{other.number}").text


# --- search ------------------------------------------------------------------------------------------


def test_a_search_finds_title_and_text(client: Visitor, campus: Campus, many: None) -> None:
    published(campus, title=LOUD, text="晚上十点以后忽高忽低，有同学被烫到 100% 真的_不行")
    published(campus)
    for words, count in {
        "水温": 1,
        "忽高忽低": 1,
        "水温 烫到": 1,
        "水温 例汤": 0,
        "%": 1,
        "_": 1,
        "%_": 0,
        "\\": 0,
    }.items():
        found = titles(client.get("/supervision", query_string={"q": words}))
        assert len(found) == count, words


@pytest.mark.parametrize("words", ["汤" * 5000, "词 " * 1500, "%_" * 2500, "一 二 三 四 五 六", "\u200b" * 51])
def test_a_search_too_long_is_refused_in_words(client: Visitor, campus: Campus, words: str) -> None:
    """Fault 35."""
    published(campus)
    answer = client.get("/supervision", query_string={"q": words})
    assert answer.status_code == 400
    assert "最多 50 个字" in answer.text
    assert titles(answer) == []


def test_a_common_word_is_looked_for_newest_first(
    campus: Campus, many: None, monkeypatch: pytest.MonkeyPatch, queries: Callable[[], Any]
) -> None:
    for number in range(4):
        published(campus, title=f"第{number}个帖子的标题")
    for few in (4, 2):
        monkeypatch.setattr(board_search, "FEW", few)
        for word in ("帖子", "帖", "个帖子的"):
            with queries() as asked:
                found, _more = threads.page(threads.Sought(words=(word, "标题")))
            assert [row.title for row in found] == [f"第{number}个帖子的标题" for number in (3, 2, 1, 0)], (few, word)
            assert ("STR" in asked[-1]) == (few == 2)


ODD = ("9" * 30, "#1", "９", "~", "1~1", "9999-12-31T23:59:59~1", "0001-01-01T00:00:00~1", "2~99999999999", "-1~3")


@with_board
@pytest.mark.parametrize("odd", [*ODD, "2026-11-22T00:00:00+08:00~9", SCRIPT])
def test_odd_keys_are_no_error(client: Visitor, board: list[Thread], odd: str) -> None:
    """Fault 36."""
    for path in ("/supervision", "/supervision?sort=supported", "/supervision?sort=waiting", "/supervision/log"):
        query = {"after": odd} | dict(pair.split("=") for pair in path.partition("?")[2].split("&") if pair)
        assert client.get(path.partition("?")[0], query_string=query).status_code == 200
    assert client.get(f"/supervision/{board[0].number}", query_string={"after": odd}).status_code == 200


# --- how much is asked -------------------------------------------------------------------------------


def test_the_number_of_queries_is_flat(
    client: Visitor, sign_in: SignIn, campus: Campus, many: None, queries: Callable[[], Any]
) -> None:
    thread = answered(campus)
    visitors = {"visitor": client, "A": sign_in("A"), "B": sign_in("B"), "handler": sign_in("handler")}
    paths = ["/", "/supervision", "/supervision?q=汤&sort=supported&period=term&department=HQ-YS", "/supervision/log",
             "/supervision/feed.atom", f"/supervision/{thread.number}"]  # fmt: skip

    def counted() -> dict[tuple[str, str], int]:
        found = {}
        for who, visitor in visitors.items():
            for path in paths:
                with queries() as asked:
                    assert visitor.get(path).status_code == 200
                assert who != "visitor" or not [sql for sql in asked if "COUNT(" in sql], path
                found[who, path] = len(asked)
        return found

    decided(commented(campus, thread), "publish", campus.M)
    counted()
    few = counted()
    for _ in range(6):
        answered(campus)
        decided(commented(campus, thread), "publish", campus.M)
        supervision.talk(thread, by=campus.handler, method="phone", summary="又打了一次电话")
    assert counted() == few
    assert not {key: count for key, count in few.items() if count > 10}


def test_the_fullest_page_of_an_author_asks_little(sign_in: SignIn, campus: Campus, queries: Callable[[], Any]) -> None:
    thread = answered(campus, forwarded(campus, kind="praise", order=finished(campus, reported(campus.A))))
    own = decided(commented(campus, thread, campus.A), "publish", campus.M)
    for row in (thread, own):
        content = {"text": row.text + "再加一句"} | ({"title": thread.title} if row is thread else {})
        moderation.edit(row, by=campus.A, content=content)
    a = sign_in("A")
    a.get("/supervision")
    with queries() as asked:
        assert a.get(f"/supervision/{thread.number}").text.count("您的修改正在审核") == 2
    assert len(asked) <= 12


# --- a thread ----------------------------------------------------------------------------------------


def test_an_answered_thread_says_all_that_is_public(client: Visitor, campus: Campus) -> None:
    thread = answered(campus, promised=clock.today() + timedelta(days=3))
    comment = decided(commented(campus, thread), "publish", campus.M)
    own = decided(commented(campus, thread, campus.A, text="谢谢答复，再看几天"), "publish", campus.M)
    page = client.get(f"/supervision/{thread.number}").text
    for said in (
        thread.title,
        "饮食服务中心",
        "更换了损坏的加热管",
        "每天两次测温",
        "前完成",
        "一位同学",
        comment.text,
        own.text,
    ):
        assert said in page
    assert page.count("楼主") == 1
    assert page.index("楼主") > page.index(comment.text)
    for name in (campus.A.name, campus.B.name, campus.handler.name, campus.M.name):
        assert name not in page
    order = ["发帖", "审核通过", "转给饮食服务中心办理", "饮食服务中心已答复"]
    story = page[page.index("办理过程") :]
    assert sorted(order, key=story.index) == order[::-1]


def test_people_are_shown_as_they_wish(client: Visitor, campus: Campus) -> None:
    named = published(campus, shown_as="name")
    assert campus.A.name in client.get(f"/supervision/{named.number}").text
    role = published(campus, shown_as="role")
    staff = decided(posted(campus.operator), "publish", campus.M)
    assert "一位教职工" in client.get(f"/supervision/{staff.number}").text
    decided(commented(campus, role, campus.B, shown_as="name"), "publish", campus.M)
    # With their name below their own thread, the mark 楼主 would say whose the thread is.
    decided(commented(campus, role, campus.A, shown_as="name"), "publish", campus.M)
    page = client.get(f"/supervision/{role.number}").text
    assert campus.B.name in page
    assert campus.A.name not in page


PROMISES = [(3, None, ""), (0, None, ""), (-1, None, "承诺逾期"), (-1, -1, "已兑现"), (-2, -1, "逾期兑现")]


@pytest.mark.parametrize(("days", "kept", "said"), PROMISES)
def test_a_promise_is_measured(client: Visitor, campus: Campus, days: int, kept: int | None, said: str) -> None:
    with clock.at(clock.now() - timedelta(days=9)):
        thread = answered(campus)
    reply, today = Reply.get(Reply.thread == thread.id), clock.today()
    Reply.update(promised=(today + timedelta(days=days)).isoformat()).execute()
    if kept is not None:
        reply = Reply.get_by_id(reply.id)
        supervision.keep_promise(thread, by=campus.handler, reply=reply, kept=today + timedelta(days=kept))
    page = client.get(f"/supervision/{thread.number}").text
    found = [word for word in ("承诺逾期", "已兑现", "逾期兑现") if f">{word}<" in re.sub(r"</svg>", ">", page)]
    assert found == ([said] if said else [])
    assert ("承诺的事已于" in page) == (kept is not None)


def test_a_promise_that_was_made_in_private_is_kept_in_private(
    client: Visitor, sign_in: SignIn, campus: Campus
) -> None:
    thread = forwarded(campus)
    reply = decided(drafted(campus, thread, promised=clock.today()), "keep_private", campus.M)
    thread = Thread.get_by_id(thread.id)
    supervision.keep_promise(thread, by=campus.handler, reply=reply, kept=clock.today())
    page = client.get(f"/supervision/{thread.number}").text
    assert "承诺的事已于" not in page and "部门的答复没有公开" in page
    assert "承诺的事已于" in sign_in("A").get(f"/supervision/{thread.number}").text


def test_a_thread_says_what_is_due_and_what_is_late(client: Visitor, campus: Campus) -> None:
    thread = forwarded(campus)
    page = client.get(f"/supervision/{thread.number}").text
    due = clock.local(thread.due)
    assert f"承诺 {due.month}月{due.day}日前答复" in page
    later = in_working_days(8)
    reason = {"reason": "配件还没有到货", "approver": campus.leader}
    supervision.extend(thread, by=campus.handler, until=later, **reason)
    page = client.get(f"/supervision/{thread.number}").text
    assert f"答复时间延到 {clock.local(later).month}月{clock.local(later).day}日前" in page
    with clock.at(later + timedelta(days=1)):
        supervision.urge(thread, by=campus.leader)
        page = client.get(f"/supervision/{thread.number}").text
        assert "已经逾期" in page and "已逾期" in client.get("/supervision").text
        assert "1 级督办" in page


def test_its_author_reads_more_on_the_same_page(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    a = sign_in("A")
    thread = posted(campus.A)
    page = a.get(f"/supervision/{thread.number}").text
    assert "正在等待审核" in page and "承诺" in page
    Submission.update(due=clock.now() - timedelta(hours=1)).execute()
    assert "比承诺的" in a.get(f"/supervision/{thread.number}").text
    thread = decided(thread, "send_back", campus.M, code="privacy", note="请去掉手机号")
    page = a.get(f"/supervision/{thread.number}").text
    assert "泄露个人信息" in page and "请去掉手机号" in page and "请修改后重新提交" in page
    words = {"content": {"title": thread.title, "text": thread.text + "补充"}}
    thread = decided(moderation.resubmit(thread, by=campus.A, **words), "publish", campus.M)
    thread = supervision.forward(thread, by=campus.M, department=Department.get(Department.code == "HQ-YS"))
    supervision.talk(thread, by=campus.handler, method="phone", summary="约好周三去看")
    page = a.get(f"/supervision/{thread.number}").text
    assert "约好周三去看" in page
    assert campus.handler.name not in page
    assert "约好周三去看" not in client.get(f"/supervision/{thread.number}").text
    assert "约好周三去看" not in sign_in("B").get(f"/supervision/{thread.number}").text
    moderation.report(thread, by=campus.B, code="untrue", note="他说的不对")
    assert "他说的不对" not in a.get(f"/supervision/{thread.number}").text
    assert "举报" not in a.get(f"/supervision/{thread.number}").text.partition("办理过程")[2]


def test_a_refused_edit_is_told_to_its_author(sign_in: SignIn, campus: Campus) -> None:
    thread = published(campus)
    content = {"title": thread.title, "text": thread.text + "再加一句"}
    decided(moderation.edit(thread, by=campus.A, content=content), "reject", campus.M, code="advert", note="")
    page = sign_in("A").get(f"/supervision/{thread.number}").text
    assert "您上次的修改没有通过" in page and "广告或引流" in page


def test_a_private_thread_is_for_its_author_and_the_staff(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    thread = posted(campus.A, shown_as="private")
    decided(thread, "keep_private", campus.M, forward_to=Department.get(Department.code == "HQ-YS"))
    decided(drafted(campus, Thread.get_by_id(thread.id)), "keep_private", campus.M)
    page = sign_in("A").get(f"/supervision/{thread.number}").text
    assert "仅本人与部门" in page and "更换了损坏的加热管" in page
    staff = sign_in("handler").get(f"/supervision/{thread.number}")
    assert staff.status_code == 200 and "到后台处理" in staff.text
    assert client.get(f"/supervision/{thread.number}").status_code == 404
    assert sign_in("other_handler").get(f"/supervision/{thread.number}").status_code == 404


def test_the_way_to_the_queue_is_for_who_works_on_it(sign_in: SignIn, campus: Campus) -> None:
    wished = published(campus, department=Department.get(Department.code == "HQ-YS"))
    given = forwarded(campus)
    for who, thread, shown in (
        ("handler", given, True),
        ("other_handler", given, False),
        ("handler", wished, False),
        ("M", wished, True),
        ("A", given, False),
    ):
        visitor = sign_in(who)
        page = visitor.get(f"/supervision/{thread.number}").text
        assert ("到后台处理" in page) == shown, who
        if shown:
            assert visitor.get(f"/admin/queue/supervision/{thread.number}").status_code == 200


def test_undone_decisions_did_not_happen(client: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    department = Department.get(Department.code == "HQ-NY")
    waiting = moderation.proposal(thread)
    thread = decided(thread, "publish", campus.M, forward_to=department)
    moderation.undo(thread, by=campus.M, submission=waiting.id)
    thread = decided(Thread.get_by_id(thread.id), "publish", campus.M)
    page = client.get(f"/supervision/{thread.number}").text
    assert page.count("<strong>审核通过</strong>") == 1
    assert "转给" not in page.partition("办理过程")[2]
    thread = supervision.forward(Thread.get_by_id(thread.id), by=campus.M, department=department)
    reply = drafted(campus, thread, by=campus.other_handler)
    waiting = moderation.proposal(reply)
    reply = decided(reply, "publish", campus.M)
    moderation.undo(reply, by=campus.M, submission=waiting.id)
    page = client.get(f"/supervision/{thread.number}").text
    assert "已答复" not in page and "已拟好答复" in page


def test_the_story_goes_on_to_its_end(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    thread = supervision.reopen(answered(campus), by=campus.A, reason="还是凉的，没有改")
    page = client.get(f"/supervision/{thread.number}").text
    assert "作者要求重办" in page and "督办中" in page and "还是凉的" not in page
    assert "您要求重办：还是凉的" in sign_in("A").get(f"/supervision/{thread.number}").text
    thread = answered(campus, thread)
    assert "请您评价" in sign_in("A").get(f"/supervision/{thread.number}").text
    supervision.satisfied(thread, by=campus.A, score=3, words="好一些了")
    page = client.get(f"/supervision/{thread.number}").text
    assert page.count("作者评价：基本满意") == 2
    assert "好一些了" not in page
    other = answered(campus)
    with clock.at(clock.now() + timedelta(days=8)):
        assert supervision.run_timers()
    assert "到期没有评价，系统办结" in client.get(f"/supervision/{other.number}").text


def test_a_complaint_about_a_repair_shows_how_far_it_is(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    order = finished(campus, reported(campus.A, spot="靠窗的床边"))
    thread = published(campus, order=order)
    page = client.get(f"/supervision/{thread.number}").text
    assert "相关的报修" in page and 'class="steps"' in page
    assert page.count('<li class="done"') == 4
    for secret in (order.number, order.building.name, order.room_number, "靠窗", campus.W1.name, order.description):
        assert secret not in page, secret
    assert order.number in sign_in("A").get(f"/supervision/{thread.number}").text
    repairs.inspect(order, by=campus.A)
    assert client.get(f"/supervision/{thread.number}").text.count('<li class="done"') == 5


def test_praise_is_credited(client: Visitor, campus: Campus) -> None:
    thread = published(campus, kind="praise", order=finished(campus, reported(campus.A)))
    page = client.get(f"/supervision/{thread.number}").text
    assert f"{campus.W1.name}师傅" in page and thread.praised_group.name in page


def test_follow_ups_are_paged_by_key(client: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads.talk_under, "__kwdefaults__", {"after": 0, "limit": 2})
    thread = published(campus)
    for number in range(5):
        decided(commented(campus, thread, text=f"第{number}条跟帖"), "publish", campus.M)
    path, seen = f"/supervision/{thread.number}", []
    while path:
        page = client.get(path).text
        seen += re.findall(r"第(\d)条跟帖", page)
        following = re.search(r'rel="next" href="([^"#]+)', page)
        path = following[1] if following else ""
    assert seen == list("01234")


def test_what_people_write_is_text(client: Visitor, campus: Campus) -> None:
    thread = published(campus, title=f"{SCRIPT}标题", text=f"{SCRIPT}正文写得足够长", shown_as="name")
    Person.update(name=SCRIPT).where(Person.id == campus.A.id).execute()
    Department.update(name=SCRIPT).where(Department.code == "HQ-YS").execute()
    answered(campus, supervision.forward(thread, by=campus.M, department=Department.get(Department.code == "HQ-YS")))
    for path in ("/", "/supervision", f"/supervision/{thread.number}", "/supervision/feed.atom"):
        page = client.get(path).text
        assert "<img src=x" not in page, path
        assert "img src=x" in page


@with_board
def test_the_page_reads_without_a_script_and_in_english(client: Visitor, board: list[Thread]) -> None:
    for path in ("/supervision", f"/supervision/{board[2].number}", "/supervision/log"):
        page = client.get(path, headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert '<html lang="en">' in page.text


# --- share cards and the feed --------------------------------------------------------------------------


def test_a_thread_has_a_card_to_share(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    shot = photos.prepare([("a.png", picture()[0])])
    plain, shown = published(campus, text='说"了"\n两行，写得足够长'), published(campus, photos=shot)
    page = client.get(f"/supervision/{shown.number.lower()}").text
    address = f"{site.url}/supervision/{shown.number}"
    assert f'<link rel="canonical" href="{address}">' in page
    cards = dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):\w+)" content="([^"]*)"', page))
    assert cards["og:url"] == address
    assert cards["og:title"] == shown.title and cards["og:site_name"] == "后勤服务大厅"
    assert cards["og:image"] == cards["twitter:image"] == f"{site.url}/photos/{shown.photos[0]}/large"
    assert client.get(cards["og:image"].removeprefix(site.url)).status_code == 200
    cards = dict(re.findall(r'property="(og:\w+)" content="([^"]*)"', client.get(f"/supervision/{plain.number}").text))
    assert cards["og:description"] == "说&#34;了&#34; 两行，写得足够长"
    picture_path = cards["og:image"].removeprefix(site.url)
    assert client.get(picture_path).mimetype == "image/png"
    waiting = posted(campus.A)
    assert "og:title" not in sign_in("A").get(f"/supervision/{waiting.number}").text


def test_addresses_come_from_the_settings(client: Visitor, campus: Campus) -> None:
    """Fault 32."""
    thread = published(campus)
    for path in (f"/supervision/{thread.number}", "/supervision/feed.atom"):
        answer = client.get(path, headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert f"{site.url}/supervision/{thread.number}" in answer.text


def feed(client: Visitor, query: str = "") -> ElementTree.Element:
    answer = client.get(f"/supervision/feed.atom{query}")
    assert answer.status_code == 200
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.data)


def entries(found: ElementTree.Element) -> list[dict[str, str]]:
    return [
        {child.tag.removeprefix(ATOM): child.text or child.get("href") or child.get("term") or "" for child in entry}
        for entry in found.iter(f"{ATOM}entry")
    ]


@with_board
def test_the_feed_is_atom(client: Visitor, campus: Campus, board: list[Thread]) -> None:
    found = feed(client)
    asked = {child.tag.removeprefix(ATOM) for child in found}
    assert {"id", "title", "updated", "link", "author", "entry"} <= asked
    links = {link.get("rel"): link.get("href") for link in found.iter(f"{ATOM}link")}
    assert links["self"] == f"{site.url}/supervision/feed.atom"
    told = entries(found)
    assert len({entry["id"] for entry in told}) == len(told) == 12 + 4
    assert all(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry["updated"]) for entry in told)
    assert all({"title", "link", "summary", "published", "author"} <= entry.keys() for entry in told)
    assert all(entry["id"].startswith(f"{site.url}/supervision/JD") for entry in told)
    assert [entry["published"] for entry in told] == sorted((entry["published"] for entry in told), reverse=True)
    before = [entry["id"] for entry in told]
    assert [entry["id"] for entry in entries(feed(client))] == before
    page = client.get("/supervision?kind=praise").text
    assert '<link rel="alternate" type="application/atom+xml"' in page
    assert "/supervision/feed.atom?kind=praise" in page


@with_board
def test_the_feed_by_kind_and_department(client: Visitor, board: list[Thread]) -> None:
    praise = entries(feed(client, "?kind=praise"))
    assert {entry["category"] for entry in praise} == {"praise"}
    told = entries(feed(client, "?department=HQ-NY"))
    theirs = {thread.title for thread in board if thread.forwarded and thread.department.code == "HQ-NY"}
    assert {entry["title"].partition("答复：")[2] or entry["title"] for entry in told} == theirs
    assert {entry["title"] for entry in entries(feed(client, "?department=HQ-GY"))} == set()
    for wrong in ("?kind=x", "?department=ZZ", "?department=%EF%BC%91"):
        assert client.get(f"/supervision/feed.atom{wrong}").status_code == 404


def test_the_feed_says_when_a_text_was_changed(client: Visitor, campus: Campus) -> None:
    with clock.at(clock.now() - timedelta(days=3)):
        thread = published(campus)
    before = entries(feed(client))[0]
    content = {"title": thread.title, "text": thread.text + "再加一句"}
    decided(moderation.edit(thread, by=campus.A, content=content), "publish", campus.M)
    after = entries(feed(client))[0]
    assert (after["id"], after["published"]) == (before["id"], before["published"])
    assert after["updated"] > before["updated"]


def test_the_feed_is_xml_whatever_is_written(client: Visitor, campus: Campus) -> None:
    odd = "\x0b\x1f\x08\ufffe & < ]]> \U0001f372"
    published(campus, title=f"标题里有{odd}", text=f"正文里也有{odd}，写得足够长")
    assert "🍲" in entries(feed(client))[0]["summary"]


@with_board
def test_the_feed_is_sent_once(client: Visitor, board: list[Thread]) -> None:
    answer = client.get("/supervision/feed.atom")
    again = client.get("/supervision/feed.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


# --- the public log --------------------------------------------------------------------------------------


def test_the_log_tells_what_was_decided_and_nothing_else(client: Visitor, campus: Campus) -> None:
    with clock.at(clock.now() - timedelta(minutes=1)):
        thread = published(campus)
        decided(posted(campus.A, title="占座的同学叫张三"), "reject", campus.M, code="privacy", note="不要写姓名")
        decided(commented(campus, thread), "send_back", campus.M2, code="off_topic", note="请说清楚")
    page = client.get("/supervision/log").text
    for said in ("监督帖", "跟帖", "通过", "驳回", "退回修改", "泄露个人信息", "与后勤服务无关", "新提交"):
        assert said in page
    secret = (
        thread.title,
        thread.number,
        "张三",
        "不要写姓名",
        "请说清楚",
        campus.A.name,
        campus.M.name,
        campus.M2.name,
    )
    assert not [word for word in secret if word in page]
    assert dict(public_log.this_month()[0]) == {"通过": 1, "驳回": 1, "退回修改": 1}


def test_what_can_still_be_taken_back_is_not_in_the_log(campus: Campus, freeze: Callable[[Any], None]) -> None:
    now = clock.now()
    freeze(now)
    published(campus)
    assert public_log.page() == ([], "")
    freeze(now + timedelta(seconds=moderation.UNDO_SECONDS + 1))
    assert len(public_log.page()[0]) == 1


def test_the_log_is_paged_by_key(client: Visitor, campus: Campus, many: None) -> None:
    with clock.at(clock.now() - timedelta(minutes=1)):
        for _ in range(5):
            published(campus)
    seen, key = [], ""
    while True:
        lines, key = public_log.page(key, limit=2)
        seen += lines
        if not key:
            break
    assert len(seen) == Submission.select().count() == 5


# --- similar -------------------------------------------------------------------------------------------


def test_similar_threads_are_found_by_what_they_share(campus: Campus, many: None, queries: Callable[[], Any]) -> None:
    said = [
        "二食堂的汤总是凉的",
        "南区浴室的水温不稳定",
        "图书馆三楼空调忽冷忽热",
        "建议二食堂延长晚餐时间",
        "校园卡丢了怎样补办",
    ]
    made = {title: published(campus, title=title, text="希望学校后勤部门能够尽快看一看并且改进") for title in said}
    with queries() as asked:
        found = threads.similar("食堂的例汤老是凉的")
    assert [thread.title for thread in found][:1] == ["二食堂的汤总是凉的"]
    assert len(asked) == 2
    assert threads.similar("浴室水温忽高忽低")[0].title == "南区浴室的水温不稳定"
    assert threads.similar("操场的路灯不亮") == []
    assert threads.similar("") == threads.similar("!") == threads.similar("汤") == []
    assert len(threads.similar("希望二食堂延长时间，汤不要凉", limit=1)) == 1
    assert made["二食堂的汤总是凉的"] not in threads.similar("二食堂的汤总是凉的", besides=made["二食堂的汤总是凉的"])


def test_only_moderators_compare_with_what_is_not_public(campus: Campus) -> None:
    thread = posted(campus.A, title=LOUD)
    assert threads.similar(LOUD) == []
    assert threads.similar(LOUD, only_disclosed=False) == [thread]
    moderation.withdraw(thread, by=campus.A)
    assert threads.similar(LOUD, only_disclosed=False) == []


# --- the front page --------------------------------------------------------------------------------------


def test_the_front_page_shows_answers_and_what_is_mine(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    home = client.get("/").text
    assert "最新公开" not in home
    assert 'href="/supervision/new"' in home and 'href="/supervision"' in home
    thread = forwarded(campus)
    assert "最新公开的帖子" in client.get("/").text
    answered(campus, thread)
    page = client.get("/").text
    assert "最新公开答复" in page and "更换了损坏的加热管" in page
    mine = sign_in("A").get("/").text.partition("最新公开")[0]
    assert thread.title in mine and f"/supervision/{thread.number}/satisfied" in mine
    assert thread.title not in sign_in("B").get("/").text.partition("最新公开")[0]
    supervision.satisfied(Thread.get_by_id(thread.id), by=campus.A, score=5)
    assert thread.title not in sign_in("A").get("/").text.partition("最新公开")[0]
    assert Comment.select().count() == 0 and Event.select().exists()


def test_the_bar_of_a_phone_has_five_places_and_messages_stand_above(client: Visitor, sign_in: SignIn) -> None:
    for visitor, bells in ((client, 0), (sign_in("A"), 1)):
        page = visitor.get("/supervision").text
        bar = page[page.index('class="bottom-nav"') :]
        assert re.findall(r'href="([^"]+)"', bar.partition("</nav>")[0]) == [
            "/", "/services", "/repairs", "/supervision", "/me"
        ]  # fmt: skip
        assert page.count('class="bell" href="/inbox"') == bells
