"""The queues of the panel: who finds what waiting where, and what becomes of it, through HTTP.

The order of most tests is A's tap in dormitory NQ4: it goes to SN2, which `lead` leads and where W1 and helper work.
"""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from werkzeug.test import TestResponse

from admin import queue
from hall import access, clock, events, repairs
from hall.flow import FLOWS, Flow
from hall.lanes import LANES, Lane
from hall.settlement import Line, number
from models import Building, Event, Grant, Person, PriceBookEntry, RepairItem, RepairOrder, SettlementLine
from tests import board, lost
from tests.conftest import Campus
from tests.visitor import Visitor

ROAD = ["reported", "accepted", "dispatched", "repairing", "finished", "inspected", "settled", "closed"]
SignIn = Callable[..., Visitor]


def report(by: Person, building: str = "NQ4", room: str = "304", item: str = "S01", **more: Any) -> RepairOrder:
    return repairs.report(
        by=by,
        building=Building.get(Building.code == building),
        room=room,
        item=RepairItem.get(RepairItem.code == item),
        description_text="卫生间冷水龙头关不紧，一直滴水",
        phone="13900000057",
        **more,
    )


def order_in(campus: Campus, state: str, *, lead: str = "lead", worker: str = "W1", **more: Any) -> RepairOrder:
    """An order that has come as far as `state`, by the hands of the cast."""
    order = report(campus.A, **({"item": "K04"} if state == "awaiting_review" else {}) | more)
    steps: list[tuple[str, Callable[[], Any]]] = [
        ("accepted", lambda: repairs.accept(order, by=getattr(campus, lead))),
        ("dispatched", lambda: repairs.dispatch(order, by=getattr(campus, lead), workers=[getattr(campus, worker)])),
        ("repairing", lambda: repairs.start(order, by=getattr(campus, worker))),
        ("finished", lambda: finish(order, by=getattr(campus, worker))),
        ("inspected", lambda: repairs.inspect(order, by=campus.A)),
        ("settled", lambda: repairs.settle(order, by=campus.settler, lines=[labour()])),
        ("closed", lambda: repairs.close(order, by=campus.finance)),
    ]
    if state == "awaiting_review":
        return order
    for target, step in steps[: ROAD.index({"on_hold": "repairing", "returned": "reported"}.get(state, state))]:
        order = step()
        assert order.status == target
    if state == "on_hold":
        until = clock.now() + timedelta(days=1)
        order = repairs.hold(order, by=getattr(campus, worker), code="materials", until=until)
    elif state == "returned":
        order = repairs.send_back(order, by=getattr(campus, lead), reason="请补充是冷水还是热水")
    return order


def finish(order: RepairOrder, by: Person) -> RepairOrder:
    return repairs.finish(order, by=by, work_done="更换水龙头阀芯，试水正常", labour_minutes=40, materials="阀芯 1 个")


def labour() -> Line:
    return Line("labour", "维修人工", number("0.5", "lines"), 6000, "小时")


def lane(name: str) -> str:
    return f"/admin/queue/repair/?lane={name}"


def page_of(order: RepairOrder, step: str = "") -> str:
    return f"/admin/queue/repair/{order.number}" + (f"/{step}" if step else "")


def numbers(page: TestResponse) -> list[str]:
    """The numbers of the rows or cards of a lane, in their order."""
    return re.findall(r'<(?:li|article) class="[^"]*" id="(BX\d+)"', page.text)


def now(order: RepairOrder) -> RepairOrder:
    return RepairOrder.get_by_id(order.id)


# --- who finds what where ---------------------------------------------------------------------------

# What flows.md says of each lane: the states in it and who works there. Groups see their own orders only.
WORK = {
    "mine": ("dispatched repairing on_hold", "W1 helper W2"),
    "review": ("awaiting_review", "dispatcher"),
    "accept": ("reported", "lead other_lead dispatcher W1 helper W2"),
    "dispatch": ("accepted", "lead other_lead dispatcher"),
    "going": ("dispatched repairing", "lead other_lead dispatcher"),
    "held": ("on_hold", "lead other_lead dispatcher"),
    "keep": ("finished", "keeper"),
    "settle": ("inspected", "settler"),
    "check": ("settled", "finance"),
    "visit": ("finished inspected settled closed", "caller"),
}
GROUP = {"lead": "SN2", "W1": "SN2", "helper": "SN2", "other_lead": "DG1", "W2": "DG1", "dispatcher": "DD"}
STAFF = [*GROUP, "keeper", "settler", "finance", "caller", "operator", "leader", "X"]


def expected(who: str, name: str, orders: list[RepairOrder], campus: Campus) -> set[str]:
    """Who waits for `who` in a lane, out of the table above and plain words."""
    states, people = WORK[name]
    person = getattr(campus, who)
    found = [order for order in orders if order.status in states.split()] if who in people.split() else []
    if name == "mine":
        found = [order for order in found if order.worker_id == person.id]
    elif name == "keep":
        found = [order for order in found if order.building.code in ("NQ1", "NQ2") and not order.room_number]
    elif who in GROUP and name != "review":
        found = [order for order in found if order.group.code == GROUP[who]]
    return {order.number for order in found}


def test_every_lane_shows_only_what_is_the_persons(campus: Campus, sign_in: SignIn) -> None:
    states = [*ROAD, "awaiting_review", "on_hold", "returned"]
    orders = [order_in(campus, state) for state in states]
    other = {"lead": "other_lead", "worker": "W2", "building": "JXA", "room": "301", "item": "D01"}
    orders += [order_in(campus, state, **other) for state in states if state != "awaiting_review"]
    orders += [order_in(campus, "finished", building="NQ1", room=""), order_in(campus, "finished", building="NQ1")]
    orders = [now(order) for order in orders]
    assert {order.group.code for order in orders} == {"SN2", "DG1", "KT"}
    for who in STAFF:
        browser = sign_in(who)
        for name in WORK:
            page = browser.get(lane(name))
            works_there = who in WORK[name][1].split()
            assert page.status_code == (200 if works_there else 404), (who, name)
            if works_there:
                assert set(numbers(page)) == expected(who, name, orders, campus), (who, name)


def test_the_counts_of_the_tabs_are_the_rows(campus: Campus, sign_in: SignIn) -> None:
    for _ in range(3):
        order_in(campus, "reported")
    order_in(campus, "accepted")
    page = sign_in("lead").get(lane("accept"))
    tabs = dict(re.findall(r'class="chip"[^>]*>([^<]+?) <span class="num">(\d+)</span>', page.text))
    assert tabs == {"待受理": "3", "待派工": "1"}


@pytest.mark.parametrize("who", ["lead", "M", "leader", "keeper_of_lost"])
def test_the_counts_of_all_lanes_of_all_flows_take_one_query(campus: Campus, app: Any, queries: Any, who: str) -> None:
    order_in(campus, "reported")
    board.published(campus)
    lost.claimed(campus, lost.kept(campus))
    person = getattr(campus, who)
    access.grants(person)
    with app.test_request_context("/"), queries() as asked:
        counts = queue.lane_counts(person)
    waits = {(flow, lane) for flow, lanes in counts.items() for lane, number in lanes.items() if number}
    expected = {
        "lead": ("repair", "accept"),
        "M": ("supervision", "forward"),
        "keeper_of_lost": ("property_notice", "verify"),
    }
    assert waits == ({expected[who]} if who in expected else set())
    assert len(asked) == 1


def test_a_visitor_signs_in_and_comes_back(client: Visitor) -> None:
    answer = client.get(lane("accept"))
    assert answer.status_code == 302
    assert "/signin?next=" in answer.location


def test_students_find_no_queue(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "reported"), sign_in("A")
    for path in ("/admin/queue/", lane("accept"), lane("all"), page_of(order), page_of(order, "accept")):
        assert browser.get(path).status_code == 404, path
    assert browser.post(page_of(order, "withdraw")).status_code == 404
    assert now(order).status == "reported"


def test_another_groups_order_is_like_one_that_does_not_exist(campus: Campus, sign_in: SignIn) -> None:
    order = order_in(campus, "reported")
    before = Event.select().count()
    for who in ("other_lead", "W2"):
        browser = sign_in(who)
        theirs, nothing = browser.get(page_of(order)), browser.get("/admin/queue/repair/BX0000000000")
        assert (theirs.status_code, nothing.status_code) == (404, 404)
        assert hidden(theirs) == hidden(nothing)
        assert browser.get(page_of(order, "accept")).status_code == 404
        assert browser.post(page_of(order, "accept")).status_code == 404
    assert now(order).status == "reported"
    assert Event.select().count() == before


def hidden(page: TestResponse) -> str:
    """A page without what differs each time."""
    return re.sub(r'<time.*?</time>|name="csrf_token" value="[^"]*"', "", page.text)


def test_who_is_not_sent_cannot_start(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "dispatched"), sign_in("helper")
    assert browser.get(page_of(order)).status_code == 200
    assert browser.get(page_of(order, "start")).status_code == 404
    answer = browser.post(page_of(order, "start"))
    assert answer.status_code == 403
    assert "您没有权限进行“开工”" in answer.text
    assert now(order).status == "dispatched"


def test_a_follower_with_panel_rights_reads_the_reporters_page(campus: Campus, sign_in: SignIn) -> None:
    order = order_in(campus, "reported", building="XZL", room="")
    repairs.follow(order, by=campus.M)
    answer = sign_in("M").get(page_of(order))
    assert (answer.status_code, answer.location) == (302, f"/repairs/{order.number}")


# --- a lane -----------------------------------------------------------------------------------------


def test_rows_stand_by_promise_and_pages_by_key(campus: Campus, sign_in: SignIn) -> None:
    orders = [order_in(campus, "reported") for _ in range(45)]
    start = clock.now()
    for place, order in enumerate(orders):
        # Three with each promise: then the older order is first.
        due = start + timedelta(hours=20 - place // 3)
        RepairOrder.update(finish_due=due).where(RepairOrder.id == order.id).execute()
    wanted = [order.number for order in sorted(map(now, orders), key=lambda order: (order.finish_due, order.id))]
    browser, path, seen = sign_in("lead"), lane("accept"), []
    for _ in range(5):
        page = browser.get(path)
        seen += numbers(page)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        if not following:
            break
        path = following[1].replace("&amp;", "&")
    assert seen == wanted


def test_what_is_late_is_marked_in_words(campus: Campus, sign_in: SignIn) -> None:
    late, soon = order_in(campus, "accepted"), order_in(campus, "accepted")
    for order, due in ((late, -timedelta(hours=3, minutes=5)), (soon, timedelta(hours=1))):
        RepairOrder.update(finish_due=clock.now() + due).where(RepairOrder.id == order.id).execute()
    page = sign_in("lead").get(lane("dispatch"))
    assert numbers(page) == [late.number, soon.number]
    first, second = page.text.split('<li class="row-h"')[1:3]
    assert "due-bad" in first
    assert "已超时 3 小时 5 分" in first
    assert "due-warn" in second
    assert "前完工" in second


def test_search_by_number_and_room_and_a_filter(campus: Campus, sign_in: SignIn) -> None:
    one, two = report(campus.A, room="304"), report(campus.A, building="NQ1", room="518")
    browser = sign_in("lead")
    assert numbers(browser.get(lane("accept") + f"&q={one.number}")) == [one.number]
    assert numbers(browser.get(lane("accept") + "&q=518")) == [two.number]
    assert numbers(browser.get(lane("accept") + "&building=NQ1")) == [two.number]
    assert numbers(browser.get(lane("accept") + "&building=nowhere")) == []
    assert "没有找到" in browser.get(lane("accept") + "&q=%25").text


@pytest.mark.parametrize(
    "path",
    [
        "?lane=nothing", "?lane=accept&after=-1", "?lane=accept&after=99999999999999999999", "?lane=accept&after=x~1",
        "?lane=accept&after=0001-01-01T00:00:00~1", "?lane=accept&after=2026-01-01T00:00:00%2B23:59~１２",
        "?lane=accept&q=" + "a" * 5000, "?lane=accept&group='--", "../nothing/", "-1", "100000000000000000000", "１２",
        "BX0000000000/accept", "BX0000000000/nothing", "BX0000000000/report",
    ],
)  # fmt: skip
def test_odd_addresses_are_answered(campus: Campus, sign_in: SignIn, path: str) -> None:
    assert sign_in("lead").get(f"/admin/queue/repair/{path}").status_code in (200, 400, 404)


def test_a_lane_and_a_page_take_few_queries(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    people = {"mine": "W1", "accept": "lead", "going": "lead", "all": "X", "visit": "caller"}
    browsers = {who: sign_in(who) for who in set(people.values())}

    def asked_by_all() -> dict[str, int]:
        counted = {}
        for name, who in people.items():
            with queries() as asked:
                assert browsers[who].get(lane(name)).status_code == 200
            counted[name] = len(asked)
        return counted

    for state in ("reported", "repairing", "finished"):
        order_in(campus, state)
        order_in(campus, state, room="305")
    few = asked_by_all()
    for index in range(9):
        for state in ("reported", "repairing", "finished"):
            order_in(campus, state, room=f"4{index:02d}")
            order_in(campus, state, room=f"5{index:02d}", worker="W1" if index % 2 else "helper")
    assert asked_by_all() == few
    assert max(few.values()) <= 10, few


@pytest.mark.parametrize("state", [*ROAD, "on_hold", "awaiting_review", "returned"])
def test_an_orders_page_takes_few_queries(campus: Campus, sign_in: SignIn, queries: Any, state: str) -> None:
    order, browser = order_in(campus, state), sign_in("X")
    order_in(campus, "reported")
    with queries() as asked:
        assert browser.get(page_of(order)).status_code == 200
    assert len(asked) <= 10, asked


# --- an order and its steps --------------------------------------------------------------------------


def test_accepting_from_the_lane_leads_to_the_next(campus: Campus, sign_in: SignIn) -> None:
    first, second = order_in(campus, "reported"), order_in(campus, "reported", room="305")
    browser = sign_in("lead")
    answer = browser.submit(lane("accept"), action=page_of(first, "accept"))
    assert answer.status_code == 302
    page = browser.get(answer.location)
    assert f"{first.number}：“受理”已完成，现在是“已受理”" in page.text
    assert numbers(page) == [second.number]
    assert now(first).status == "accepted"


def test_a_workers_way_on_the_phone(campus: Campus, sign_in: SignIn) -> None:
    order = order_in(campus, "dispatched", spot="卫生间", wished_visits=["11-22 上午"], entry="escort")
    browser = sign_in("W1")
    page = browser.get(lane("mine"))
    for told in ("304", "卫生间", 'href="tel:13900000057"', "11月22日 上午", "无人时可由宿管陪同进屋", "开工"):
        assert told in page.text, told
    answer = browser.submit(lane("mine"), action=page_of(order, "start"))
    # The task is still the worker's: what comes next is on its own page.
    assert answer.location.partition("?")[0] == page_of(order)
    assert "完工" in browser.get(answer.location).text
    path = page_of(order, "finish") + "?lane=mine"
    answer = browser.submit(path, work_done="换阀芯，试水正常", labour_minutes="")
    assert answer.status_code == 400
    assert "换阀芯，试水正常" in answer.text
    assert "请填写这一项" in answer.text
    answer = browser.submit(path, work_done="换阀芯，试水正常", labour_minutes="25")
    assert (answer.status_code, answer.location) == (302, lane("mine"))
    assert now(order).status == "finished"


def test_the_same_form_twice_does_one_thing(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "repairing"), sign_in("W1")
    form = browser.form(page_of(order, "finish"))
    values = form.values | {"work_done": "更换阀芯，试水正常", "labour_minutes": "20"}
    answers = [browser.client.post(form.action, data=values) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [302] * 3
    assert Event.select().where(Event.name == "finish", Event.subject_id == order.id).count() == 1
    assert now(order).labour_minutes == 20


def test_a_stale_form_tells_what_happened_and_keeps_what_was_typed(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "accepted"), sign_in("lead")
    path = page_of(order, "transfer")
    form = browser.form(path)
    order = repairs.dispatch(order, by=campus.lead, workers=[campus.W1])
    order = repairs.refuse(order, by=campus.W1, reason="今天请假")
    typed = form.values | {"group": "SN1", "reason": "室外管网由一组负责"}
    answer = browser.client.post(path, data=typed)
    assert answer.status_code == 409
    assert "这张单子在您打开之后有了变化" in answer.text
    assert "今天请假" in answer.text.partition("<form")[0] + answer.text
    assert "在您填写的时候" in answer.text
    assert "室外管网由一组负责" in answer.text
    assert now(order).group.code == "SN2"
    # Who has read it may send it again, from the page that told them.
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', answer.text)
    assert seen
    assert browser.client.post(path, data=typed | {"seen": seen[1]}).status_code == 302
    assert now(order).group.code == "SN1"


def test_who_passes_an_order_on_is_back_in_the_lane(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "accepted"), sign_in("lead")
    path = page_of(order, "transfer")
    answer = browser.submit(path, action=path, group="SN1", reason="室外管网由一组负责")
    assert (now(order).group.code, answer.status_code) == ("SN1", 302)
    assert "transfer" not in answer.location
    assert browser.get(page_of(order)).status_code == 404  # no longer the lead's to see
    assert browser.get(answer.location).status_code == 200


def test_the_list_of_visits_names_the_lowest_mark(campus: Campus, sign_in: SignIn) -> None:
    low, high = order_in(campus, "closed"), order_in(campus, "closed", room="305")
    order_in(campus, "closed", room="306")
    repairs.rate(low, by=campus.A, speed=5, quality=2, manner=4)
    repairs.rate(high, by=campus.A, speed=5, quality=5, manner=4)
    page = sign_in("caller").get(lane("visit")).text
    assert re.findall(r"最低 \d 星", page) == ["最低 2 星", "最低 4 星"]


def test_a_step_that_is_over_offers_no_button(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "accepted"), sign_in("lead")
    form = browser.form(page_of(order, "dispatch"))
    order = repairs.dispatch(order, by=campus.lead, workers=[campus.helper])
    answer = browser.client.post(form.action, data=form.values | {"workers": campus.number("W1")})
    assert answer.status_code == 409
    assert "现在是“已派工”，不能派工" in answer.text
    assert "确认派工" not in answer.text
    assert now(order).worker.number == campus.number("helper")
    gone = browser.get(page_of(order, "dispatch"))
    assert gone.location == page_of(order)
    assert "现在是“已派工”，不能再“派工”" in browser.get(gone.location).text


def test_what_is_no_step_of_the_flow_is_no_page(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "reported"), sign_in("X")
    for step in ("report", "nothing", "Accept", "__init__", "x" * 300):
        assert browser.get(page_of(order, step)).status_code == 404, step
        assert browser.post(page_of(order, step)).status_code == 404, step


def test_extra_answers_are_ignored(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "reported"), sign_in("lead")
    browser.submit(page_of(order), action=page_of(order, "accept"), status="closed", group="1", worker="1", hops="9")
    order = now(order)
    assert (order.status, order.worker_id, order.hops) == ("accepted", None, 0)


def test_a_post_needs_its_token(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "reported"), sign_in("lead")
    assert browser.client.post(page_of(order, "accept"), data={"once": "x"}).status_code == 400
    assert now(order).status == "reported"


def test_the_settlement_is_filled_in_from_the_work(campus: Campus, sign_in: SignIn) -> None:
    PriceBookEntry.create(code="M900", name="阀芯", kind="material", unit="个", price_fen=1850)
    order, browser = order_in(campus, "inspected"), sign_in("settler")
    path = page_of(order, "settle") + "?lane=settle"
    form = browser.form(path)
    assert (form.values["lines-0-name"], form.values["lines-0-quantity"]) == ("维修人工", "0.67")
    assert (form.values["lines-1-name"], form.values["lines-1-price"]) == ("阀芯", "18.50")
    assert 'value="阀芯" data-kind="material"' in browser.get(path).text
    wrong = form.values | {"lines-0-price": "60", "lines-1-quantity": "nan"}
    answer = browser.client.post(path, data=wrong)
    assert answer.status_code == 400
    assert "第 2 行：数量和单价请填写不超过两位小数的数字" in answer.text
    assert 'value="nan"' in answer.text
    assert not SettlementLine.select().exists()
    odd = browser.client.post(path, data=wrong | {"lines-2-name": "长" * 61, "lines-3-kind": "nothing"})
    assert odd.status_code == 400
    for told in ("第 3 行 · 名称", "第 4 行 · 类别", "长" * 61):
        assert told in odd.text, told
    right = wrong | {"lines-1-quantity": "2", "payer": "department"}
    right |= {"lines-9-name": "打孔", "lines-9-kind": "labour", "lines-9-quantity": "1.5", "lines-9-price": "0.33"}
    answer = browser.client.post(path, data=right)
    assert (answer.status_code, answer.location) == (302, lane("settle"))
    page = browser.get(page_of(order))
    assert ">77.70</td>" in page.text  # 0.67 × 60 + 2 × 18.50 + 1.5 × 0.33 = 40.20 + 37.00 + 0.50
    assert "合计，由单位承担" in page.text


def test_a_settled_order_shows_rating_work_and_earlier_repairs(campus: Campus, sign_in: SignIn) -> None:
    done = order_in(campus, "settled")
    repairs.rate(done, by=campus.A, speed=5, quality=4, manner=3, words="来得很快")
    page = sign_in("finance").get(page_of(done)).text
    for told in ("更换水龙头阀芯", "阀芯 1 个", "30.00", "来得很快", "4 星", "主校区学生公寓的给排水由水暖二组负责"):
        assert told in page, told
    fresh = order_in(campus, "reported")
    assert done.number in sign_in("lead").get(page_of(fresh)).text


def test_separation_of_duties_is_told_in_a_sentence(campus: Campus, sign_in: SignIn) -> None:
    order = order_in(campus, "settled")
    Grant.create(person=campus.settler, role="finance", scope="", granted=clock.now())
    browser = sign_in("settler")
    answer = browser.submit(lane("check"), action=page_of(order, "close"))
    assert answer.status_code == 400
    assert "决算人不能复核自己的决算" in answer.text
    assert now(order).status == "settled"


@pytest.fixture
def another_flow() -> Iterator[Flow]:
    """A flow of which the queue has never heard, on a table that has what every flow's table has."""
    flow = Flow("errand", "跑腿单", RepairOrder, [("reported", "待办"), ("accepted", "办完")])

    @flow.step("办完", sources=["reported"], target="accepted", need="repair.accept", who="", asks=False,
               weight="primary")  # fmt: skip
    def do(subject: Any, *, by: Person) -> dict[str, Any]:
        return {}

    LANES["errand"] = [Lane("todo", "要跑的", ("reported",), "repair.accept")]
    yield flow
    del FLOWS["errand"], LANES["errand"]


def test_a_new_flow_needs_no_code_here(
    campus: Campus, sign_in: SignIn, another_flow: Flow, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, browser = order_in(campus, "reported"), sign_in("lead")
    monkeypatch.setitem(sys.modules, "forms.errands", ModuleType("forms.errands"))
    path = "/admin/queue/errand/"
    assert numbers(browser.get(path)) == [order.number]
    step = f"/admin/queue/errand/{order.number}/do"
    assert browser.get(f"/admin/queue/errand/{order.number}").status_code == 200
    assert browser.submit(path, action=step).status_code == 302
    assert now(order).status == "accepted"
    assert events.timeline(order)[0].name == "do"
