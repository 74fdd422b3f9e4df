"""The department's queue of the supervision board, through HTTP: who finds which thread, reads what of it, does what.

`handler` answers for the canteens (HQ-YS), `other_handler` for energy (HQ-NY); A wrote most threads.
"""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from hall import clock, moderation, repairs, supervision
from models import (
    Building,
    Department,
    Event,
    Grant,
    MaintenanceGroup,
    Person,
    RepairItem,
    Reply,
    ReplyTemplate,
    Submission,
    Thread,
)
from tests.board import ANSWER, TEXT, TITLE, answered, commented, decided, drafted, forwarded, posted, published
from tests.conftest import Campus
from tests.limits import limit
from tests.test_supervision_flow import canteens, colleague, energy, later, now, photo, reply_of
from tests.visitor import PASSWORD, Visitor

SignIn = Callable[..., Visitor]
Freeze = Callable[[datetime], None]
QUEUE = "/admin/queue/supervision/"


def lane(name: str) -> str:
    return f"{QUEUE}?lane={name}"


def page_of(thread: Thread, step: str = "") -> str:
    return f"{QUEUE}{thread.number}" + (f"/{step}" if step else "")


def numbers(page: TestResponse) -> list[str]:
    return re.findall(r'<li class="row-h" id="(JD\d+)"', page.text)


def offers(page: TestResponse, thread: Thread) -> set[str]:
    """The steps that the page of a thread offers."""
    return set(re.findall(rf"{QUEUE}{thread.number}/(\w+)", page.text))


def private(campus: Campus, **more: Any) -> Thread:
    """A thread that only its author and the department read, in the hands of the canteens."""
    kept = decided(posted(campus.A, shown_as="private", **more), "keep_private", campus.M)
    thread: Thread = supervision.forward(kept, by=campus.M, department=canteens())
    return thread


def due_in(thread: Thread, **length: float) -> Thread:
    Thread.update(due=clock.now() + timedelta(**length)).where(Thread.id == thread.id).execute()
    return now(thread)


# --- who finds what ----------------------------------------------------------------------------------


def test_a_department_finds_what_was_forwarded_to_it_and_nothing_else(campus: Campus, sign_in: SignIn) -> None:
    mine = forwarded(campus)
    assisted = supervision.forward(published(campus), by=campus.M, department=energy(), assisting=[canteens()])
    others = [
        posted(campus.A, department=canteens()),  # wished for, not reviewed
        published(campus, department=canteens()),  # reviewed, not forwarded
        forwarded(campus, code="HQ-GY"),
        supervision.return_thread(forwarded(campus), by=campus.handler, ground="不归本部门管"),
    ]
    browser = sign_in("handler")
    assert numbers(browser.get(lane("handle"))) == [mine.number]
    assert numbers(browser.get(lane("help"))) == [assisted.number]
    assert set(numbers(browser.get(lane("all")))) == {mine.number, assisted.number}
    missing = browser.get(QUEUE + "JD0000000000").text
    for thread in others:
        answer = browser.get(page_of(thread))
        assert answer.status_code == 404, thread.status
        assert answer.text.count("没有这个页面") == missing.count("没有这个页面") > 0
        assert TITLE not in answer.text
        assert browser.get(page_of(thread, "reply")).status_code == 404
        assert browser.post(page_of(thread, "talk"), method="phone", summary="不该记下来的").status_code == 404
    assert not Event.select().where(Event.name == "talk").exists()


def test_who_finds_which_lane(campus: Campus, sign_in: SignIn) -> None:
    to_forward, handled, hidden = published(campus), forwarded(campus), forwarded(campus)
    late = due_in(forwarded(campus), hours=-1)
    waiting = drafted(campus, forwarded(campus)).thread
    told = answered(campus)
    moderation.hide(hidden, by=campus.M, code="abuse")
    unread = posted(campus.B)
    worked = {row.number for row in (to_forward, handled, late, waiting, told)}
    for who, found in {
        "M": {"forward": {to_forward}, "all": {*worked, hidden, unread}},
        "leader": {"late": {late}, "all": {*worked, hidden}},
        "X": {"all": {*worked, hidden, unread}},
        "handler": {
            "handle": {handled, late}, "help": set(), "sent": {waiting}, "answered": {told}, "promised": set(),
            "all": {*worked, hidden} - {to_forward.number},
        },
        "other_handler": {"handle": set(), "help": set(), "sent": set(), "answered": set(), "promised": set(),
                          "all": set()},
    }.items():  # fmt: skip
        browser = sign_in(who)
        for name in ("forward", "handle", "help", "sent", "answered", "promised", "late", "all"):
            page = browser.get(lane(name))
            assert page.status_code == (200 if name in found else 404), f"{who} {name}"
            if name in found:
                wanted = {getattr(row, "number", row) for row in found[name]}
                assert set(numbers(page)) == wanted, f"{who} {name}"
    for who in ("A", "lead", "keeper"):
        assert sign_in(who).get(QUEUE).status_code == 404
        assert sign_in(who).get(page_of(handled)).status_code == 404


def test_who_is_only_its_author_reads_the_page_that_everybody_has(campus: Campus, sign_in: SignIn) -> None:
    own = published(campus, campus.other_handler, department=energy())
    answer = sign_in("other_handler").get(page_of(own))
    assert (answer.status_code, answer.location) == (302, f"/supervision/{own.number}")
    assert sign_in("other_handler").get(page_of(own, "forward")).status_code == 404


def test_rows_stand_by_what_is_due_and_page_by_key(campus: Campus, sign_in: SignIn) -> None:
    people = [campus.A, campus.B, campus.fresh]
    threads = [forwarded(campus, people[place % 3]) for place in range(23)]
    start = clock.now()
    for place, thread in enumerate(threads):
        Thread.update(due=start + timedelta(hours=50 - place // 2)).where(Thread.id == thread.id).execute()
    wanted = [row.number for row in Thread.select().order_by(Thread.due, Thread.id)]
    browser = sign_in("handler")
    first = browser.get(lane("handle"))
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    assert numbers(first) + numbers(browser.get(following[1].replace("&amp;", "&"))) == wanted
    # What waits to be forwarded has no promise yet: the oldest first, and it pages too.
    Thread.update(status="to_forward", due=None, forwarded=None).execute()
    desk = sign_in("M")
    first = desk.get(lane("forward"))
    following = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert following
    seen = numbers(first) + numbers(desk.get(following[1].replace("&amp;", "&")))
    assert seen == [row.number for row in threads]


def test_search_and_department_filter(campus: Campus, sign_in: SignIn) -> None:
    soup, tap = forwarded(campus), forwarded(campus, title="宿舍楼道灯不亮", code="HQ-NY")
    leader = sign_in("leader")
    assert numbers(leader.get(lane("all") + "&q=楼道")) == [tap.number]
    assert numbers(leader.get(lane("all") + f"&q={soup.number}")) == [soup.number]
    assert numbers(leader.get(lane("all") + "&department=HQ-NY")) == [tap.number]
    assert numbers(sign_in("handler").get(lane("handle") + "&q=楼道")) == []


# --- what a row and a page say -----------------------------------------------------------------------


def test_a_row_says_what_waits(campus: Campus, sign_in: SignIn, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 17, 9)))
    plain = forwarded(campus, kind="suggestion", title="建议加长窗口时间")
    freeze(clock.utc(datetime(2026, 11, 10, 9)))
    late = forwarded(campus)
    freeze(clock.utc(datetime(2026, 11, 19, 20)))
    supervision.support(late, by=campus.B)
    supervision.urge(late, by=campus.leader)
    page = sign_in("handler").get(lane("handle"))
    assert numbers(page) == [late.number, plain.number]
    first, second = page.text.split('<li class="row-h"')[1:]
    for told in ("投诉", "已逾期 2 天 2 小时", "1 级督办", "1 人支持", "一位同学", "拟回复", "due-bad"):
        assert told in first, told
    assert "可退件" not in first
    for told in ("建议", "11月24日 18:00 前答复"):
        assert told in second, told
    assert "督办" not in second
    assert "可退件" not in second
    freeze(clock.utc(datetime(2026, 11, 19, 17)))
    assert "今天 18:00 前可退件" in sign_in("handler").get(lane("handle")).text


def test_the_department_reads_a_name_only_where_the_author_shows_it(campus: Campus, sign_in: SignIn) -> None:
    name = campus.A.name
    shown = forwarded(campus, shown_as="name", phone="13900000057")
    hidden = [forwarded(campus), private(campus, phone="13900000057")]
    assisted = supervision.forward(published(campus), by=campus.M, department=canteens(), assisting=[energy()])
    commented(campus, hidden[0], campus.A, shown_as="name")  # its author, named below: still not
    decided(commented(campus, hidden[0], campus.A), "publish", campus.M)
    supervision.reopen(answered(campus, forwarded(campus)), by=campus.A, reason="还是凉的，没有变化")
    moderation.report(shown, by=campus.B, code="abuse")
    browsers = {who: sign_in(who) for who in ("handler", "leader", "other_handler", "M")}
    for who in ("handler", "leader"):
        page = browsers[who].get(page_of(shown))
        assert name in page.text
        # Who reported it is nobody's business but the moderators'.
        assert campus.B.name not in page.text
        for thread in hidden:
            page = browsers[who].get(page_of(thread))
            assert "一位同学" in page.text
            assert name not in page.text, who
    listed = browsers["handler"].get(lane("handle")).text
    assert listed.count(name) == 1
    assert name not in browsers["other_handler"].get(page_of(assisted)).text
    again = Thread.get(Thread.reopened == 1)
    for step in ("", "talk", "reply"):
        assert name not in browsers["handler"].get(page_of(again, step)).text
    assert f"{name}（署名“一位同学”）" in browsers["M"].get(page_of(hidden[0])).text
    # The number that was given to be rung up is for those who work on it.
    assert "13900000057" in browsers["handler"].get(page_of(hidden[1])).text
    assert "13900000057" not in browsers["leader"].get(page_of(hidden[1])).text


def test_the_page_tells_the_published_version(campus: Campus, sign_in: SignIn) -> None:
    thread = forwarded(campus, photos=[photo()])
    moderation.edit(thread, by=campus.A, content={"title": TITLE, "text": "还没有审核的新内容，张三师傅态度很差。"})
    for who in ("handler", "leader"):
        page = sign_in(who).get(page_of(thread)).text
        assert TEXT in page
        assert "张三" not in page
        assert f"/photos/{thread.photos[0]}/thumb" in page
    assert sign_in("handler").get(f"/photos/{thread.photos[0]}/thumb").status_code == 200
    decided(now(thread), "publish", campus.M)
    assert "张三" in sign_in("handler").get(page_of(thread)).text


def test_the_page_tells_the_whole_story(campus: Campus, sign_in: SignIn) -> None:
    thread = supervision.forward(
        published(campus), by=campus.M, department=energy(), assisting=[canteens()], note="请先核实"
    )
    thread = supervision.return_thread(thread, by=campus.other_handler, ground="保温台归食堂管", suggested=canteens())
    thread = supervision.forward(thread, by=campus.M, department=canteens())
    thread = supervision.extend(
        thread, by=campus.handler, until=later(thread), reason="加热管要订货", approver=campus.leader
    )
    supervision.assign(thread, by=campus.handler, handler=colleague(campus))
    supervision.talk(thread, by=campus.handler, method="visit", summary="和同学一起看了窗口")
    sent_back = drafted(campus, now(thread), measures="每天两次测温", promised=clock.today())
    decided(sent_back, "send_back", campus.M, code="unclear", note="请写明哪一天")
    decided(drafted(campus, now(thread), text="第二次的答复，写明了日期。"), "publish", campus.M)
    supervision.reopen(now(thread), by=campus.A, reason="还是凉的，没有变化")
    page = sign_in("handler").get(page_of(thread)).text
    for told in (
        "转给能源管理中心", "协办：饮食服务中心", "请先核实", "能源管理中心退回：保温台归食堂管",
        "建议转给饮食服务中心",
        "杜磊批准", "加热管要订货", "交给冯娟", "面谈", "和同学一起看了窗口", "原因：说得不够清楚；请写明哪一天",
        "还是凉的，没有变化", "第 1 次重办", "1 级督办", "待修改", "第二次的答复", "每天两次测温", "作者看到的",
    ):  # fmt: skip
        assert told in page, told
    assert "报修人看到的" not in page
    # What another department was told is told to leaders too; drafts that were sent back stay in the department.
    leader = sign_in("leader").get(page_of(thread)).text
    assert "第二次的答复" in leader
    assert ANSWER not in leader


def test_the_page_counts_the_days(campus: Campus, sign_in: SignIn, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 23, 10)))
    thread, browser = forwarded(campus), sign_in("handler")
    page = browser.get(page_of(thread)).text
    assert "承诺 11月30日 18:00 前答复，还有 7 天 8 小时" in page
    assert "不归本部门的，11月25日 18:00 前可以退件，还有 2 天 8 小时" in page
    freeze(clock.utc(datetime(2026, 12, 1, 19)))
    page = sign_in("handler").get(page_of(thread)).text
    assert "原定 昨天 18:00 前答复，已逾期 1 天 1 小时" in page
    assert "可以退件" not in page


def test_the_related_repair_is_linked_for_who_may_see_it(campus: Campus, sign_in: SignIn) -> None:
    order = repairs.report(
        by=campus.A, building=Building.get(Building.code == "NQ4"), room="304", phone="13900000057",
        item=RepairItem.get(RepairItem.code == "S01"), description_text="卫生间冷水龙头关不紧，一直滴水",
    )  # fmt: skip
    thread = forwarded(campus, order=order)
    page = sign_in("handler").get(page_of(thread)).text
    assert order.number in page
    assert f"/admin/queue/repair/{order.number}" not in page
    assert f"/admin/queue/repair/{order.number}" in sign_in("leader").get(page_of(thread)).text


def test_praise_names_whom_it_is_for(campus: Campus, sign_in: SignIn) -> None:
    group = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    thread = forwarded(campus, kind="praise", praised_worker=campus.W1, praised_group=group)
    page = sign_in("handler").get(page_of(thread)).text
    assert f"{campus.W1.name} · {group.name}" in page


def test_similar_threads_and_followups_stand_beside(campus: Campus, sign_in: SignIn) -> None:
    other = published(campus, campus.B, title="二食堂的汤经常是凉的")
    secret = posted(campus.fresh, title="二食堂的汤一直是凉的")
    thread = forwarded(campus)
    decided(commented(campus, thread), "publish", campus.M)
    commented(campus, thread, text="这一条还没有审核过，不要给部门看")
    page = sign_in("handler").get(page_of(thread)).text
    assert other.number in page
    assert secret.number not in page
    assert "三食堂也是这样" in page
    for who in ("handler", "M"):
        assert "还没有审核过" not in sign_in(who).get(page_of(thread)).text


# --- steps -------------------------------------------------------------------------------------------


def test_a_moderator_forwards_from_the_lane(campus: Campus, sign_in: SignIn) -> None:
    first = published(campus, department=canteens())
    second = published(campus, campus.B)
    browser = sign_in("M")
    page = browser.get(lane("forward"))
    assert numbers(page) == [first.number, second.number]
    path = page_of(first, "forward") + "?lane=forward"
    assert path in page.text
    form = browser.form(path)
    assert form.values["department"] == "HQ-YS"  # the author's wish
    values = form.values | {"assisting": ["HQ-NY"], "note": "请核实保温台"}
    answer = browser.client.post(form.action, data=values)
    assert (answer.status_code, answer.location) == (302, lane("forward"))
    assert numbers(browser.get(lane("forward"))) == [second.number]
    thread = now(first)
    assert (thread.status, thread.department.code) == ("handling", "HQ-YS")
    assert [row.department.code for row in thread.assisting] == ["HQ-NY"]
    for values, told in (
        ({"department": ""}, "请选择"),
        ({"department": "NOWHERE"}, "请选择部门"),
        ({"department": "HQ-YS", "assisting": "NOWHERE"}, "请选择部门"),
        ({"department": "HQ-YS", "note": "长" * 301}, "最多 300 个字"),
    ):
        answer = browser.submit(page_of(second, "forward"), **values)
        assert answer.status_code == 400, values
        assert told in answer.text.partition("<form")[2], values
    assert "长" * 301 in answer.text
    assert now(second).status == "to_forward"


def test_departments_that_nobody_works_for_stand_apart(campus: Campus, sign_in: SignIn) -> None:
    page = sign_in("M").get(page_of(published(campus), "forward")).text
    staffed, _label, rest = page.partition("还没有经办人")
    assert all(f'<option value="{code}"' in staffed for code in ("HQ-YS", "HQ-NY"))
    assert '<option value="WXY"' in rest
    Person.update(is_closed=True).where(Person.id == campus.handler.id).execute()
    page = sign_in("M").get(page_of(published(campus), "forward")).text
    assert '<option value="HQ-YS"' in page.partition("还没有经办人")[2]


def test_a_department_gives_back_and_the_moderator_reads_why(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    path = page_of(thread, "return_thread") + "?lane=handle"
    answer = browser.submit(path, ground="不归")
    assert answer.status_code == 400
    assert "至少 4 个字" in answer.text
    assert "不归</textarea>" in answer.text
    answer = browser.submit(path, ground="保温台由能源管理中心负责", suggested="HQ-YS")
    assert answer.status_code == 400  # its own department is not among the choices, and is refused
    answer = browser.submit(path, ground="保温台由能源管理中心负责", suggested="HQ-NY")
    assert (answer.status_code, answer.location) == (302, lane("handle"))
    assert "“退件”已完成，现在是“待转办”" in browser.get(answer.location).text
    assert browser.get(page_of(thread)).status_code == 404  # no longer the department's to see
    desk = sign_in("M")
    for path in (lane("forward"), page_of(thread), page_of(thread, "forward")):
        assert "饮食服务中心退回：保温台由能源管理中心负责" in desk.get(path).text, path
    assert desk.form(page_of(thread, "forward")).values["department"] == "HQ-NY"
    # The way back from where the row stood leads to the lane, also without naming it.
    again = supervision.forward(now(thread), by=campus.M, department=canteens())
    answer = browser.submit(page_of(again, "return_thread"), ground="还是不归本部门")
    assert browser.get(answer.location).status_code == 200


def test_more_time(campus: Campus, sign_in: SignIn, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 23, 10)))
    thread, browser = forwarded(campus), sign_in("handler")
    path = page_of(thread, "extend")
    page = browser.get(path).text
    assert 'min="2026-12-01"' in page
    assert 'max="2026-12-28"' in page
    form = browser.form(path)
    assert (form.values["until"], form.values["approver"]) == ("2026-12-07", campus.number("leader"))
    for values, told in (
        ({"until": "", "reason": "加热管要订货"}, "请填写这一项"),
        ({"until": "soon", "reason": "加热管要订货"}, "请填写日期"),
        ({"until": "2026-12-05", "reason": "加热管要订货"}, "这一天不上班，请选择工作日"),  # a Saturday
        ({"until": "2026-11-30", "reason": "加热管要订货"}, "新的日期应在原日期之后"),
        ({"until": "2027-03-01", "reason": "加热管要订货"}, "最多再加 20 个工作日"),
        ({"reason": "忙"}, "至少 4 个字"),
        ({"reason": "加热管要订货", "approver": ""}, "请选择"),
        ({"reason": "加热管要订货", "approver": campus.number("A")}, "请选择能批准延期的领导"),
        ({"reason": "加热管要订货", "approver": "T9999"}, "请选择能批准延期的领导"),
    ):
        answer = browser.submit(path, **values)
        assert answer.status_code == 400, values
        assert told in answer.text, values
    answer = browser.submit(path, reason="加热管要订货")
    assert answer.location == page_of(thread)
    assert now(thread).due == clock.utc(datetime(2026, 12, 7, 18))


def test_a_colleague_takes_over(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    Thread.update(handler=campus.handler.id).where(Thread.id == thread.id).execute()
    assert "assign" not in offers(browser.get(page_of(thread)), thread)  # there is nobody else
    colleague(campus)
    assert "assign" in offers(browser.get(page_of(thread)), thread)
    path = page_of(thread, "assign")
    assert browser.form(path).values["handler"] == "T1237"
    for number in ("", "T1240", "T9999", campus.number("A")):
        answer = browser.submit(path, handler=number, note="请跟进")
        assert answer.status_code == 400
        assert "请选择" in answer.text
        assert "请跟进" in answer.text
    assert browser.submit(path, note="请跟进").status_code == 302
    assert now(thread).handler.number == "T1237"
    assert "冯娟" in browser.get(lane("handle")).text


def test_talks_are_recorded_by_both_departments(campus: Campus, sign_in: SignIn) -> None:
    thread = supervision.forward(published(campus), by=campus.M, department=canteens(), assisting=[energy()])
    helper = sign_in("other_handler")
    page = helper.get(page_of(thread))
    assert page.status_code == 200
    assert offers(page, thread) == {"talk"}
    for step in ("reply", "extend", "return_thread", "assign"):
        assert helper.get(page_of(thread, step)).status_code == 404
        answer = helper.post(page_of(thread, step), text=ANSWER, ground="不归我们管", once="x")
        assert answer.status_code == 403, step
    for values, told in (
        ({"summary": ""}, "请填写这一项"),
        ({"summary": "好"}, "至少 4 个字"),
        ({"summary": "看了线路，没有问题", "method": "pigeon"}, "请从列出的选项中选择"),
        ({"summary": "看了线路，没有问题", "at": "2099-01-01T10:00"}, "沟通的时间不能在将来"),
        ({"summary": "看了线路，没有问题", "at": "yesterday"}, "请填写日期和时间"),
    ):
        answer = helper.submit(page_of(thread, "talk"), **values)
        assert answer.status_code == 400, values
        assert told in answer.text, values
    answer = helper.submit(page_of(thread, "talk"), method="visit", summary="看了线路，没有问题")
    assert answer.location == page_of(thread)
    assert "看了线路，没有问题" in sign_in("handler").get(page_of(thread)).text
    assert now(thread).status == "handling"


def test_a_reply_goes_to_review_and_shows_nowhere(campus: Campus, sign_in: SignIn, client: Visitor) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    path = page_of(thread, "reply") + "?lane=handle"
    page = browser.get(path).text
    assert TEXT in page  # the thread stands beside the question
    typed = {"text": "已处理", "measures": "长" * 1001, "promised": "2020-01-01"}
    answer = browser.submit(path, **typed)
    assert answer.status_code == 400
    for told in ("至少 10 个字", "最多 1000 个字", "已处理</textarea>", "长" * 1001, "2020-01-01"):
        assert told in answer.text, told
    answer = browser.submit(path, text=ANSWER, measures="", promised="2020-01-01")
    assert answer.status_code == 400
    assert "承诺的日期不能在过去" in answer.text
    assert not Reply.select().exists()
    answer = browser.submit(path, text=ANSWER, measures="每天两次测温", promised=clock.today().isoformat())
    assert (answer.status_code, answer.location) == (302, lane("handle"))
    reply = reply_of(thread)
    assert (now(thread).status, reply.moderation, reply.department.code) == ("replying", "pending", "HQ-YS")
    assert Submission.get(Submission.subject_type == "reply").author_id == campus.handler.id
    assert "待审核" in browser.get(page_of(thread)).text
    for visitor in (client, sign_in("A"), sign_in("leader"), sign_in("lead")):
        for where in (f"/supervision/{thread.number}", page_of(thread), "/supervision/feed.atom"):
            assert ANSWER not in visitor.get(where, follow_redirects=True).text, where


def test_a_reply_with_photos(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    form = browser.form(page_of(thread, "reply"))
    broken = {"photos": (io.BytesIO(b"no picture"), "soup.jpg"), "text": ANSWER}
    answer = browser.client.post(form.action, data=form.values | broken)
    assert answer.status_code == 400
    assert ANSWER in answer.text
    jpeg = photo().jpegs["large"]
    sent = {"photos": [(io.BytesIO(jpeg), "one.jpg"), (io.BytesIO(jpeg), "two.jpg")], "text": ANSWER}
    assert browser.client.post(form.action, data=form.values | sent).status_code == 302
    names = reply_of(thread).photos
    assert len(names) == 2
    assert browser.get(f"/photos/{names[0]}/thumb").status_code == 200
    for who in ("A", "leader", "other_handler"):
        assert sign_in(who).get(f"/photos/{names[0]}/thumb").status_code == 404


def test_a_template_begins_a_reply(campus: Campus, sign_in: SignIn) -> None:
    own = ReplyTemplate.create(name="食堂卫生", department=canteens(), text="已对窗口检查整改。", measures="每日检查")
    general = ReplyTemplate.create(name="感谢建议", text="感谢您的建议，我们会研究。")
    ReplyTemplate.create(name="别的部门", department=energy(), text="能源的话")
    thread, browser = forwarded(campus), sign_in("handler")
    page = browser.get(page_of(thread, "reply")).text
    assert "食堂卫生" in page
    assert "感谢建议" in page
    assert "别的部门" not in page
    path = page_of(thread, "reply")
    form = browser.form(f"{path}?template={own.id}")
    assert (form.values["text"], form.values["measures"]) == (own.text, "每日检查")
    for odd in ("", "0", "-1", "x", "99999999999", "１", str(general.id + 1)):
        assert browser.form(f"{path}?template={odd}").values["text"] == "", odd
    # The address answers nothing but what it may.
    form = browser.form(f"{path}?template={general.id}&text=evil&once=evil&seen=99")
    assert form.values["text"] == general.text
    assert "evil" not in form.values.values()
    assert form.values["seen"] == str(thread.version)
    answer = browser.client.post(
        f"{path}?template={general.id}", data=form.values | {"text": "自己写的答复，不是模板。"}
    )
    assert answer.status_code == 302
    assert reply_of(thread).text == "自己写的答复，不是模板。"


def test_a_reply_that_was_sent_back_is_mended(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    reply = drafted(campus, thread, promised=clock.today() + timedelta(days=3))
    decided(reply, "send_back", campus.M, code="unclear", note="请写明哪一天更换")
    path = page_of(thread, "reply")
    page = browser.get(path).text
    assert "上一次答复被退回" in page
    assert "请写明哪一天更换" in page.partition("<textarea")[0]
    form = browser.form(path)
    assert (form.values["text"], form.values["measures"]) == (ANSWER, "每天两次测温")
    assert form.values["promised"] == (clock.today() + timedelta(days=3)).isoformat()
    assert browser.client.post(form.action, data=form.values | {"text": f"{ANSWER}11 月 23 日。"}).status_code == 302
    assert [row.moderation for row in Reply.select().order_by(Reply.id)] == ["needs_changes", "pending"]
    page = browser.get(page_of(thread)).text
    assert "退回修改" in page
    assert "请写明哪一天更换" in page


def test_photos_of_a_mended_reply_stay(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    first = drafted(campus, thread, photos=[photo(), photo()])
    decided(first, "send_back", campus.M, code="unclear", note="请写明哪一天更换")
    path = page_of(thread, "reply")
    form = browser.form(path)
    assert form.values["kept"] == first.photos
    stranger = published(campus, photos=[photo()]).photos[0]
    new = {"photos": [(io.BytesIO(photo().jpegs["large"]), "new.jpg")], "kept": [first.photos[1], stranger, "nothing"]}
    assert browser.client.post(form.action, data=form.values | new).status_code == 302
    second = reply_of(thread)
    assert len(second.photos) == 2
    assert second.photos[0] == first.photos[1]
    decided(second, "publish", campus.M)
    assert sign_in("B").get(f"/photos/{second.photos[0]}/thumb").status_code == 200
    assert sign_in("B").get(f"/photos/{first.photos[0]}/thumb").status_code == 404


def test_another_departments_draft_is_none_of_mine(campus: Campus, sign_in: SignIn) -> None:
    thread = forwarded(campus, code="HQ-NY")
    decided(drafted(campus, thread, campus.other_handler), "send_back", campus.M, code="unclear", note="请写明日期")
    supervision.return_thread(now(thread), by=campus.other_handler, ground="归饮食服务中心")
    supervision.forward(now(thread), by=campus.M, department=canteens())
    browser = sign_in("handler")
    assert browser.form(page_of(thread, "reply")).values["text"] == ""
    for step in ("", "reply"):
        assert ANSWER not in browser.get(page_of(thread, step)).text


def test_a_leader_presses_for_what_is_late(campus: Campus, sign_in: SignIn) -> None:
    late, soon = due_in(forwarded(campus), hours=-3), forwarded(campus)
    browser = sign_in("leader")
    assert "urge" not in offers(browser.get(page_of(soon)), soon)
    assert "还没有到承诺的日期" in browser.submit(page_of(soon, "urge")).text
    path = page_of(late, "urge") + "?lane=late"
    assert path in browser.get(lane("late")).text
    answer = browser.submit(path, note="长" * 301)
    assert answer.status_code == 400
    assert "最多 300 个字" in answer.text
    answer = browser.submit(path, note="请今天答复")
    assert answer.status_code == 302
    assert now(late).supervised == 1
    page = sign_in("handler").get(page_of(late)).text
    assert "第 1 级督办；请今天答复" in page


def test_merging(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = published(campus), sign_in("M")
    main = forwarded(campus, campus.B)
    path = page_of(thread, "merge")
    assert f"{path}?main={main.number}" in browser.get(path).text  # what resembles it, one click away
    assert browser.form(f"{path}?main={main.number}").values["main"] == main.number
    unread = posted(campus.fresh)
    for typed in ("", "JD0000000000", thread.number, unread.number, "x" * 500, "'; --"):
        answer = browser.submit(path, main=typed)
        assert answer.status_code == 400, typed
        assert "error" in answer.text
    answer = browser.submit(path, main=f" {main.number.lower()} ")
    assert answer.status_code == 302
    assert (now(thread).status, now(thread).main.number) == ("merged", main.number)
    assert f'href="{page_of(main)}"' in browser.get(page_of(thread)).text


def test_a_promise_comes_due_and_is_kept(campus: Campus, sign_in: SignIn, freeze: Freeze) -> None:
    freeze(clock.utc(datetime(2026, 11, 16, 9)))
    thread = answered(campus, promised=clock.today() + timedelta(days=2))
    other = answered(campus)
    browser = sign_in("handler")
    assert numbers(browser.get(lane("promised"))) == []
    assert "keep_promise" not in offers(browser.get(page_of(other)), other)
    freeze(clock.utc(datetime(2026, 11, 20, 9)))
    browser = sign_in("handler")
    page = browser.get(lane("promised"))
    assert numbers(page) == [thread.number]
    assert "承诺 11月18日完成" in page.text
    path = page_of(thread, "keep_promise") + "?lane=promised"
    assert path in page.text
    assert "承诺逾期" in browser.get(page_of(thread)).text
    for values, told in (
        ({"kept": ""}, "请填写这一项"),
        ({"kept": "2026-11-21"}, "完成的日期不能在将来"),
        ({"kept": "2026-11-15"}, "完成的日期不能早于答复的日期"),
        ({"reply": str(reply_of(other).id)}, "请选择一项还没有完成的承诺"),
    ):
        answer = browser.submit(path, **values)
        assert answer.status_code == 400, values
        assert told in answer.text, values
    answer = browser.submit(path, kept="2026-11-19")
    assert answer.location == lane("promised")
    assert numbers(browser.get(lane("promised"))) == []
    page = browser.get(page_of(thread)).text
    assert "11月19日已完成" in page
    assert "承诺 11月18日完成，实际 11月19日完成" in page


@pytest.mark.browser
def test_a_template_fills_the_fields_at_once(browser_page: Any, campus: Campus) -> None:
    general = ReplyTemplate.create(name="感谢建议", text="感谢您的建议，我们会研究。", measures="列入计划")
    own = ReplyTemplate.create(name="食堂卫生", department=canteens(), text="已对窗口检查整改。\n\n欢迎监督。")
    thread, page = forwarded(campus), browser_page
    page.goto("/signin")
    page.fill("[name=number]", campus.number("handler"))
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/")
    page.goto(page_of(thread, "reply"))
    assert not page.get_by_role("button", name="套用").is_visible()
    page.select_option("#template", str(general.id))
    assert (page.input_value("#text"), page.input_value("#measures")) == (general.text, "列入计划")
    page.select_option("#template", str(own.id))  # what nobody has touched gives way
    assert (page.input_value("#text"), page.input_value("#measures")) == (own.text, "")
    page.fill("#text", "自己写的第一句。")
    page.select_option("#template", str(general.id))
    assert page.input_value("#text") == f"自己写的第一句。\n\n{general.text}"
    page.get_by_role("button", name="提交审核").click()
    page.get_by_text("“拟回复”已完成，现在是“回复待审”").wait_for()
    assert reply_of(thread).text == f"自己写的第一句。\n\n{general.text}"


# --- the hand that is too late, or in the wrong place ------------------------------------------------


def test_no_button_where_the_answer_would_be_no(campus: Campus, sign_in: SignIn, freeze: Freeze) -> None:
    start = clock.utc(datetime(2026, 11, 23, 10))
    freeze(start)
    thread, browser = forwarded(campus), sign_in("handler")
    usual = {"reply", "talk", "extend", "return_thread"}
    Thread.update(handler=campus.handler.id).where(Thread.id == thread.id).execute()
    assert offers(browser.get(page_of(thread)), thread) == usual
    freeze(start + timedelta(days=3))
    browser = sign_in("handler")
    assert offers(browser.get(page_of(thread)), thread) == usual - {"return_thread"}
    answer = browser.submit(page_of(thread, "return_thread"), ground="不归本部门管")
    assert answer.status_code == 400
    assert "已过两个工作日的退件期限" in answer.text
    for _ in range(2):
        thread = supervision.extend(
            thread, by=campus.handler, until=later(thread), reason="要等订货", approver=campus.leader
        )
    assert "extend" not in offers(browser.get(page_of(thread)), thread)
    freeze(start + timedelta(days=60))
    browser = sign_in("handler")
    assert "extend" not in offers(browser.get(page_of(thread)), thread)
    answer = browser.submit(page_of(thread, "extend"), reason="要等订货")
    assert "已经逾期，不能再延期" in answer.text
    again = supervision.reopen(answered(campus), by=campus.A, reason="还是凉的，没有变化")
    assert "return_thread" not in offers(browser.get(page_of(again)), again)
    hidden = moderation.hide(forwarded(campus), by=campus.M, code="abuse")
    page = browser.get(page_of(hidden))
    assert offers(page, hidden) == set()
    assert "不能继续办理" in page.text


def test_a_stale_form_tells_what_happened_and_keeps_what_was_typed(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    form = browser.form(page_of(thread, "reply"))
    supervision.extend(thread, by=campus.handler, until=later(thread), reason="要等订货", approver=campus.leader)
    supervision.talk(thread, by=campus.handler, method="phone", summary="电话里说明了情况")
    moderation.report(now(thread), by=campus.B, code="abuse")  # nothing that the department reads of
    answer = browser.client.post(form.action, data=form.values | {"text": ANSWER})
    assert answer.status_code == 409
    for told in ("有了变化", "在您填写的时候", "要等订货", "电话里说明了情况", ANSWER):
        assert told in answer.text, told
    assert campus.B.name not in answer.text
    assert not Reply.select().exists()
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', answer.text)
    assert seen
    assert browser.client.post(form.action, data=form.values | {"text": ANSWER, "seen": seen[1]}).status_code == 302


def test_the_same_form_twice_does_one_thing(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    for step, values in (
        ("talk", {"method": "phone", "summary": "说明了更换时间"}),
        ("reply", {"text": ANSWER}),
    ):
        form = browser.form(page_of(thread, step))
        answers = [browser.client.post(form.action, data=form.values | values) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [302] * 3, step
        assert Event.select().where(Event.name == step).count() == 1
    assert Reply.select().count() == Submission.select().where(Submission.subject_type == "reply").count() == 1


def test_what_is_over_offers_no_button(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    form = browser.form(page_of(thread, "extend"))
    drafted(campus, thread)
    answer = browser.client.post(form.action, data=form.values | {"reason": "要等订货"})
    assert answer.status_code == 409
    assert "现在是“回复待审”，不能延期" in answer.text
    assert "确认延期" not in answer.text
    gone = browser.get(page_of(thread, "reply"))
    assert gone.location == page_of(thread)


def test_steps_that_follow_by_themselves_have_no_page(campus: Campus, sign_in: SignIn) -> None:
    thread = forwarded(campus)
    reply = drafted(campus, thread)
    for who in ("handler", "M"):
        browser = sign_in(who)
        for step in ("answer", "reply_back", "await_reply", "post", "_post", "publish", "nothing"):
            assert browser.get(page_of(thread, step)).status_code == 404, step
            assert browser.post(page_of(thread, step), reply=reply.id).status_code == 404, step
    assert now(thread).status == "replying"


def test_extra_answers_are_ignored(campus: Campus, sign_in: SignIn) -> None:
    thread, browser = forwarded(campus), sign_in("handler")
    browser.submit(
        page_of(thread, "reply"), text=ANSWER, moderation="published", department="3", author="1", by="1",
        status="answered", thread="1", photos="x", kept="2026-11-22",
    )  # fmt: skip
    reply = reply_of(thread)
    assert (reply.moderation, reply.author_id, reply.thread_id, reply.kept) == (
        "pending", campus.handler.id, thread.id, None,
    )  # fmt: skip


def test_a_script_in_every_text_stays_text(campus: Campus, sign_in: SignIn) -> None:
    script = "<script>alert(1)</script>“<b>”"
    thread = published(campus, title=f"{script}标题", text=f"{script}正文，正文，正文")
    thread = supervision.forward(thread, by=campus.M, department=canteens(), note=script)
    supervision.talk(thread, by=campus.handler, method="phone", summary=script)
    thread = supervision.return_thread(thread, by=campus.handler, ground=script, suggested=energy())
    desk = sign_in("M")
    for path in (lane("forward"), page_of(thread), page_of(thread, "forward")):
        assert "<script>alert" not in desk.get(path).text, path
    thread = supervision.forward(thread, by=campus.M, department=canteens())
    ReplyTemplate.create(name=script, text=script, measures=script)
    reply = drafted(campus, thread, text=f"{script}答复", measures=script)
    decided(reply, "send_back", campus.M, code="unclear", note=script)
    browser = sign_in("handler")
    for path in (lane("handle"), page_of(thread), page_of(thread, "reply"), page_of(thread, "talk")):
        text = browser.get(path).text
        assert "<script>alert" not in text, path
        assert "&amp;lt;" not in text, path


# --- cost --------------------------------------------------------------------------------------------


def busy(campus: Campus, count: int) -> None:
    """Threads in every lane, each with replies, follow-ups, talks and helpers."""
    people = [campus.A, campus.B, campus.fresh, campus.kept]
    for place in range(count):
        by = people[place % 4]
        published(campus, by)
        supervision.return_thread(forwarded(campus, by), by=campus.handler, ground="不归本部门管")
        due_in(forwarded(campus, by), hours=-1)
        answered(campus, forwarded(campus, by), promised=clock.today())
        supervision.forward(published(campus, by), by=campus.M, department=energy(), assisting=[canteens()])


def test_lanes_take_few_queries(campus: Campus, sign_in: SignIn, queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "supervision.posts_a_day", 1000)
    people = {"handle": "handler", "help": "handler", "promised": "handler", "answered": "handler", "late": "leader",
              "forward": "M", "all": "X"}  # fmt: skip
    browsers = {who: sign_in(who) for who in set(people.values())}

    def asked_by_all() -> dict[str, int]:
        counted = {}
        for name, who in people.items():
            with queries() as asked:
                assert browsers[who].get(lane(name)).status_code == 200
            counted[name] = len(asked)
        return counted

    busy(campus, 2)
    few = asked_by_all()
    busy(campus, 20)
    assert asked_by_all() == few
    assert max(few.values()) <= 13, few


def test_a_page_takes_few_queries(
    campus: Campus, sign_in: SignIn, queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, "supervision.posts_a_day", 1000)
    thread = supervision.forward(
        published(campus, photos=[photo()]), by=campus.M, department=canteens(), assisting=[energy()]
    )
    browsers = {who: sign_in(who) for who in ("handler", "other_handler", "leader", "M", "X")}

    def asked_by_all() -> dict[str, int]:
        counted = {}
        for who, browser in browsers.items():
            with queries() as asked:
                assert browser.get(page_of(thread)).status_code == 200
            counted[who] = len(asked)
        return counted

    def more(count: int) -> None:
        for _ in range(count):
            decided(drafted(campus, now(thread)), "send_back", campus.M, code="unclear", note="不清楚")
            decided(commented(campus, thread), "publish", campus.M)
            supervision.talk(thread, by=campus.handler, method="phone", summary="说明了更换时间")
        Grant.insert_many(
            [{"person": person, "role": "handler", "scope": "HQ-YS", "granted": clock.now()}
             for person in Person.select().where(Person.number.startswith("T11")).limit(count)]
        ).on_conflict_ignore().execute()  # fmt: skip

    published(campus, campus.B)  # one that resembles it
    more(2)
    few = asked_by_all()
    more(20)
    assert asked_by_all() == few
    assert max(few.values()) <= 13, few


def test_the_campus_has_the_departments_of_these_tests(campus: Campus) -> None:
    assert {row.code for row in Department.select()} >= {"HQ-YS", "HQ-NY", "HQ-GY", "WXY"}
    assert TITLE
