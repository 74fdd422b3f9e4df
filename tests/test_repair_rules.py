"""What the rows of the repair table mean: sent round, held, reworked, three different people, exact money, time.

A reports a tap at home; lead leads SN2, W1 and helper work there.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hall import access, clock, notify, repairs
from hall.settlement import Line, lines_of, totals_fen
from models import (
    Assignment,
    Building,
    Grant,
    Notification,
    OrderFollower,
    Person,
    Rating,
    RepairItem,
    RepairOrder,
    SettlementLine,
)
from tests.conftest import Campus
from tests.story import LABOUR, MATERIAL, OPEN, PHONE, STARS, TEXT, Story, group, item, last_event, refuses

DONE = repairs.DONE


@pytest.fixture
def story(campus: Campus) -> Story:
    return Story(campus)


# --- returned and sent round -------------------------------------------------------------------------


def test_resubmit_goes_back_to_where_it_came_from(story: Story) -> None:
    answers = {"description_text": TEXT, "phone": PHONE}
    reviewed = repairs.send_back(story.order("awaiting_review"), by=story.who["reviewer"], reason="请补充")
    assert repairs.resubmit(reviewed, by=story.who["A"], **answers).status == "awaiting_review"
    RepairItem.update(needs_review=True).where(RepairItem.code == "S01").execute()
    approved = repairs.approve(story.report(), by=story.who["reviewer"])
    sent_back = repairs.send_back(approved, by=story.who["lead"], reason="请补充")
    assert repairs.resubmit(sent_back, by=story.who["A"], **answers).status == "reported"


def test_resubmit_elsewhere_goes_to_another_group_and_through_review(story: Story) -> None:
    order = story.order("returned")
    answers = {"description_text": TEXT, "phone": PHONE, "room": "101", "spot": "门口"}
    moved = repairs.resubmit(order, by=story.who["A"], building=Building.get(Building.code == "JXA"), **answers)
    assert (moved.group.code, moved.status) == ("SN1", "reported")
    assert last_event(order).details["changes"]["building"] == ["南区学生公寓4号楼", "公共教学楼A座"]
    again = repairs.send_back(moved, by=Person.get(Person.number == "T1101"), reason="项目选错")
    other = repairs.resubmit(again, by=story.who["A"], item=item("K04"), **answers)
    assert (other.group.code, other.status, other.priority) == ("KT", "awaiting_review", "普通")


def test_the_second_hop_goes_to_the_dispatch_centre(story: Story, campus: Campus) -> None:
    order = repairs.transfer(story.order("on_hold"), by=story.who["lead"], group=group("DG1"), reason="是电的问题")
    assert (order.group.code, order.status, order.hops) == ("DG1", "reported", 1)
    assert order.held_at is None
    assert order.worker_id is None
    assert not Assignment.select().where(Assignment.order == order.id, Assignment.active == True).exists()  # noqa: E712
    order = repairs.transfer(order, by=campus.other_lead, group=group("MG"), reason="也不是我们的")
    assert (order.group.code, last_event(order).details["to"]) == ("DD", "综合调度中心")
    order = repairs.transfer(order, by=campus.dispatcher, group=group("SN2"), reason="核实是水管")
    assert (order.group.code, order.hops) == ("SN2", 0)
    order = repairs.transfer(order, by=story.who["lead"], group=group("DG1"), reason="再看看")
    assert order.group.code == "DG1"


def test_hops_are_counted_in_a_row(story: Story, campus: Campus) -> None:
    order = repairs.transfer(story.order("reported"), by=story.who["lead"], group=group("DG1"), reason="是电的问题")
    order = repairs.accept(order, by=campus.other_lead)
    order = repairs.dispatch(order, by=campus.other_lead, workers=[campus.W2])
    order = repairs.transfer(order, by=campus.other_lead, group=group("MG"), reason="到场看是木工的活")
    assert order.group.code == "MG"


def test_a_transfer_leads_elsewhere(story: Story) -> None:
    refused = refuses(story.order("reported"), "transfer", story.who["lead"], {"group": group("SN2"), "reason": "不动"})
    assert refused.field == "group"


def test_merge_lets_the_reporter_follow_the_main_order(story: Story, campus: Campus) -> None:
    main, order = story.report(campus.B), story.report()
    OrderFollower.create(order=order, person=campus.kept)
    merged = repairs.merge(order, by=campus.lead, main=main)
    assert merged.main_id == main.id
    assert last_event(order).details["main"] == main.number
    assert {row.person_id for row in main.followers} == {campus.A.id, campus.kept.id}
    assert access.sees(campus.A, main)


def test_merge_wants_an_open_order_of_the_same_building(story: Story, campus: Campus) -> None:
    order, lead = story.report(), campus.lead
    elsewhere = story.report(building=Building.get(Building.code == "NQ5"))
    others = story.report(code="D01")  # of another group, which this lead does not see
    done = story.order("declined")
    into_it = repairs.merge(story.report(), by=lead, main=order)
    for main in (order, elsewhere, others, done, into_it):
        assert refuses(order, "merge", lead, {"main": main}).field == "main"


def test_two_orders_are_not_merged_into_each_other(story: Story, campus: Campus) -> None:
    one, two = story.report(), story.report(campus.B)
    repairs.merge(one, by=campus.lead, main=two)
    refuses(two, "merge", campus.lead, {"main": one})  # `one` was loaded before it was merged


# --- work --------------------------------------------------------------------------------------------


def test_only_workers_of_the_group_are_sent(story: Story, campus: Campus) -> None:
    order = story.order("accepted")
    for workers in ([campus.W2], [campus.W1, campus.W2], [campus.lead], [campus.A]):
        assert refuses(order, "dispatch", campus.lead, {"workers": workers}).field == "workers"
    sent = repairs.dispatch(order, by=campus.lead, workers=[campus.helper, campus.W1, campus.helper])
    assert sent.worker_id == campus.helper.id
    assert access.assigned_ids(sent) == {campus.W1.id, campus.helper.id}
    back = repairs.refuse(sent, by=campus.W1, reason="排不开")
    assert access.assigned_ids(back) == set()
    assert back.worker_id is None
    again = repairs.dispatch(back, by=campus.lead, workers=[campus.W1])
    assert access.assigned_ids(again) == {campus.W1.id}
    refuses(again, "start", campus.helper, {})  # was sent the first time only


def test_the_promise_stands_still_on_hold(story: Story, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("repairing")
    promised = order.finish_due
    held = story.hold(order)
    assert held.hold_reason == "materials"
    freeze(moment + timedelta(days=3))
    resumed = repairs.resume(held, by=story.who["W1"])
    assert resumed.finish_due > promised
    assert (resumed.held_at, resumed.held_until, resumed.hold_reason) == (None, None, "")
    assert last_event(order).details["held_seconds"] == 3 * 86_400


def test_rework_adds_up_and_the_second_time_tells_above_the_lead(story: Story, campus: Campus) -> None:
    order = story.order("finished")
    for time in (1, 2):
        order = repairs.rework(order, by=campus.A, reason="还是在滴水")
        assert (order.reworks, order.finished, order.status) == (time, None, "repairing")
        assert order.group.code == "SN2"
        while notify.announce():
            pass
        above = Notification.select().where(Notification.person == campus.leader.id).count()
        assert above == time - 1
        order = story.finish(order)
    assert order.labour_minutes == 3 * 40
    assert len(order.materials) == 3
    assert not Notification.select().where(Notification.person == campus.other_lead.id).exists()


# --- who may not, though they could: separation of duties --------------------------------------------


def test_the_worker_does_not_inspect(story: Story, campus: Campus) -> None:
    order = story.order("finished", by=campus.W1)
    assert "维修工" in str(refuses(order, "inspect", campus.W1, {}))
    assert "维修工" in str(refuses(order, "rework", campus.W1, {"reason": "自己返自己"}))


def test_worker_inspector_and_settler_are_three(story: Story, campus: Campus) -> None:
    answers = {"lines": [MATERIAL], "payer": "university"}
    Grant.create(person=campus.W1, role="settler")
    assert "维修工" in str(refuses(story.order("inspected"), "settle", campus.W1, answers))
    mine = story.order("inspected", by=campus.settler)
    assert mine.inspector_id == campus.settler.id
    assert "验收人" in str(refuses(mine, "settle", campus.settler, answers))


def test_who_settles_does_not_check_it(story: Story, campus: Campus) -> None:
    Grant.create(person=campus.settler, role="finance")
    order = story.order("settled")
    refuses(order, "close", campus.settler, {})
    refuses(order, "reject_settlement", campus.settler, {"reason": "自查"})


def test_the_worker_does_not_ask_whether_the_work_was_good(story: Story, campus: Campus) -> None:
    Grant.create(person=campus.W1, role="visitor_of_ratings")
    refuses(story.order("finished"), "follow_up", campus.W1, {"method": "phone", "result": "satisfied"})


def test_the_keeper_inspects_public_areas_of_the_building(story: Story, campus: Campus) -> None:
    corridor = story.order("finished", by=campus.kept, room="")
    room = story.order("finished", by=campus.kept)
    other = story.order("finished", room="")  # NQ4 has no keeper
    assert repairs.inspect(corridor, by=campus.keeper).inspector_id == campus.keeper.id
    assert last_event(corridor).actor_role == "keeper_here"
    for order in (room, other):
        refuses(order, "inspect", campus.keeper, {})
        refuses(order, "rework", campus.keeper, {"reason": "地面还是湿的"})


# --- settlement --------------------------------------------------------------------------------------


def test_totals_are_exact(story: Story) -> None:
    lines = [
        Line("labour", "维修人工", Decimal("0.33"), 6_000, "小时"),  # 19.80
        Line("material", "生料带", Decimal("0.5"), 33, "卷"),  # 16.5 分 is 17
        Line("material", "铜线", Decimal("1.05"), 10, "米"),  # 10.5 分 is 11
        Line("price", "疏通", Decimal("3"), 8_001, "次"),
        *[Line("material", "螺丝", Decimal("0.1"), 1, "个")] * 10,  # a tenth of 分, ten times, is nothing
    ]
    order = story.settle(story.order("inspected"), *lines)
    assert last_event(order).details["total_fen"] == 1_980 + 17 + 11 + 24_003
    assert totals_fen([order])[order.id] == 26_011
    assert [line.quantity for line in lines_of(order)][:3] == [Decimal("0.33"), Decimal("0.50"), Decimal("1.05")]


@pytest.mark.parametrize(
    ("row", "used"),
    [
        ("阀芯 2 个", ("阀芯", "2.00", "个")),
        ("阀芯 2个", ("阀芯", "2.00", "个")),
        ("阀芯", ("阀芯", "1.00", "")),
        ("阀芯 DN15 2个", ("阀芯 DN15", "2.00", "个")),
        ("BV 2.5 铜线  1.5 米", ("BV 2.5 铜线", "1.50", "米")),
        ("生料带　０．５　卷", ("生料带", "0.50", "卷")),
        ("角阀 DN20", ("角阀 DN20", "1.00", "")),
        ("阀芯 nan 个", ("阀芯 nan 个", "1.00", "")),
        ("阀芯 1e400 个", ("阀芯 1e400 个", "1.00", "")),
    ],
)
def test_an_amount_stands_last_so_that_a_size_may_stand_in_the_name(
    story: Story, row: str, used: tuple[str, str, str]
) -> None:
    story.finish(order := story.order("repairing"), materials=row)
    (line,) = last_event(order).details["materials"]
    assert (line["name"], line["quantity"], line["unit"]) == used


@pytest.mark.parametrize(
    "line",
    [
        Line("material", "阀芯", Decimal("0"), 100),
        Line("material", "阀芯", Decimal("-1"), 100),
        Line("material", "阀芯", Decimal("1"), -1),
        Line("material", " ", Decimal("1"), 100),
        Line("gift", "阀芯", Decimal("1"), 100),
        Line("material", "x" * 61, Decimal("1"), 100),
        Line("material", "阀芯", Decimal("99999999"), 99_999_999),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(story: Story, line: Line) -> None:
    order = story.order("inspected")
    assert refuses(order, "settle", story.who["settler"], {"lines": [MATERIAL, line]}).field == "lines"


def test_a_rejected_settlement_keeps_its_lines_beside_the_next(story: Story, campus: Campus) -> None:
    order = story.settle(story.order("inspected"), LABOUR, MATERIAL)
    order = repairs.reject_settlement(order, by=campus.finance, reason="人工填多了")
    assert (order.settler_id, order.settled) == (None, None)
    order = story.settle(order, MATERIAL)
    assert totals_fen([order])[order.id] == 1_800
    assert [line.round for line in SettlementLine.select().order_by(SettlementLine.id)] == [1, 1, 2]


def test_a_later_round_without_cost_stands_for_itself(story: Story, campus: Campus) -> None:
    order = repairs.rework(story.order("finished"), by=campus.A, reason="还是在滴水")
    order = repairs.inspect(story.finish(order), by=campus.A)
    order = story.settle(order, LABOUR)
    RepairOrder.update(nothing_spent=True, status="inspected").where(RepairOrder.id == order.id).execute()
    order = repairs.settle(order, by=None)
    assert totals_fen([order])[order.id] == last_event(order).details["total_fen"] == 0


def test_what_finance_doubts_is_not_settled_by_the_system_again(story: Story, campus: Campus) -> None:
    order = story.finish(story.order("repairing"), materials="", labour_minutes=10)
    order = repairs.settle(repairs.inspect(order, by=campus.A), by=None)
    order = repairs.reject_settlement(order, by=campus.finance, reason="换过阀芯，没有写")
    assert repairs.run_timers() == 0
    assert RepairOrder.get_by_id(order.id).status == "inspected"


# --- after the work ----------------------------------------------------------------------------------


def test_rating_never_waits_and_is_given_once(story: Story, campus: Campus) -> None:
    for state in DONE:
        order = story.order(state)
        rated = repairs.rate(order, by=campus.A, **STARS, words="来得快")
        assert (rated.status, rated.version) == (order.status, order.version)
        assert rated.rated is not None
        assert refuses(order, "rate", campus.A, {**STARS, "words": ""}).field == "words"
        repairs.rate(order, by=campus.A, words="过了一周还是好的")
        refuses(order, "rate", campus.A, {"words": "还想说"})
        kept = Rating.get(Rating.order == order.id)
        assert (kept.speed, kept.quality, kept.text, kept.added) == (5, 4, "来得快", "过了一周还是好的")
        assert last_event(order).details == {"added": "过了一周还是好的"}


def test_urge_once_a_day(story: Story, campus: Campus, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("accepted")
    repairs.urge(order, by=campus.A)
    refuses(order, "urge", campus.A, {})
    repairs.urge(order, by=campus.lead)
    repairs.urge(order, by=campus.lead)
    freeze(moment + timedelta(hours=23, minutes=59))
    refuses(order, "urge", campus.A, {})
    freeze(moment + timedelta(hours=24, minutes=1))
    repairs.urge(order, by=campus.A)


def test_a_dissatisfied_reporter_within_the_warranty_gets_rework(story: Story, campus: Campus, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("closed")
    freeze(moment + timedelta(days=order.item.warranty_days - 1))
    again = repairs.follow_up(order, by=campus.caller, method="phone", result="dissatisfied", note="又开始滴水")
    assert (again.status, again.reworks, again.closed) == ("repairing", 1, None)
    assert again.followed_up is not None
    assert not RepairOrder.select().where(RepairOrder.origin == order.id).exists()
    story.finish(again)


def test_a_dissatisfied_reporter_after_the_warranty_gets_a_new_order(story: Story, campus: Campus, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("closed")
    freeze(moment + timedelta(days=order.item.warranty_days, minutes=1))
    same = repairs.follow_up(order, by=campus.caller, method="visit", result="dissatisfied", note="又开始滴水")
    assert (same.status, same.reworks) == ("closed", 0)
    fresh = RepairOrder.get(RepairOrder.origin == order.id)
    assert last_event(order).details["new_order"] == fresh.number
    assert (fresh.status, fresh.group_id, fresh.reporter_id) == ("reported", order.group_id, order.reporter_id)
    assert "又开始滴水" in fresh.description
    assert last_event(fresh).name == "report"
    repairs.accept(fresh, by=campus.lead)


# --- the timetable -----------------------------------------------------------------------------------


def test_after_seven_days_the_system_accepts_and_says_so(story: Story, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("finished")
    freeze(moment + timedelta(days=7))
    assert repairs.run_timers() == 0
    freeze(moment + timedelta(days=7, seconds=1))
    assert repairs.run_timers() == 1
    order = RepairOrder.get_by_id(order.id)
    assert (order.status, order.inspector_id, order.rated) == ("inspected", None, None)
    event = last_event(order)
    assert (event.name, event.actor_id, event.actor_role) == ("inspect", None, "system")
    assert event.details["automatic"] is True
    assert repairs.run_timers() == 0  # it has cost something: the settler's turn
    assert not Rating.select().exists()


@pytest.mark.parametrize(
    ("materials", "minutes", "settles"), [("", 30, True), ("", 31, False), ("生料带 1 卷", 10, False)]
)
def test_what_cost_nothing_settles_itself(
    story: Story, campus: Campus, materials: str, minutes: int, settles: bool
) -> None:
    order = story.finish(story.order("repairing"), materials=materials, labour_minutes=minutes)
    order = repairs.inspect(order, by=campus.A)
    assert repairs.run_timers() == int(settles)
    assert RepairOrder.get_by_id(order.id).status == ("settled" if settles else "inspected")
    if not settles:
        refuses(order, "settle", None, {})


def test_after_the_rating_window_the_system_closes(story: Story, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    order = story.order("settled")
    freeze(moment + timedelta(days=15))
    assert repairs.run_timers() == 0
    freeze(moment + timedelta(days=15, seconds=1))
    assert repairs.run_timers() == 1
    assert RepairOrder.get_by_id(order.id).status == "closed"


@pytest.mark.parametrize("state", [state for state in OPEN if state != "finished"])
def test_a_broken_promise_is_told_once_while_the_clock_runs(story: Story, freeze: Any, state: str) -> None:
    order = story.order(state)
    freeze(order.finish_due)
    assert repairs.run_timers() == 0
    freeze(order.finish_due + timedelta(seconds=1))
    runs = state in ("reported", "accepted", "dispatched", "repairing")
    assert repairs.run_timers() == int(runs)
    assert (last_event(order).name == "mark_late") == runs
    assert repairs.run_timers() == 0
    refuses(order, "mark_late", None, {})  # by a timetable that has read the order before
    assert RepairOrder.get_by_id(order.id).status == state
