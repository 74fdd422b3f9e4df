"""Every row of the repair table: taken by the right hand, refused to every other, in every other state.

A reports a tap at home; lead leads SN2, W1 and helper work there; B and W2 are strangers.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from hall import access, clock, photos, repairs
from hall.words import Refused
from models import Building, Person, Photo, RepairOrder
from tests.conftest import CAST, Campus
from tests.story import (
    LABOUR,
    MATERIAL,
    OPEN,
    PHONE,
    STARS,
    TEXT,
    Story,
    group,
    item,
    last_event,
    refuses,
    written,
)

DONE = ("finished", "inspected", "settled", "closed")
EVERYBODY = set(CAST)
REVIEWER = {"reviewer", "dispatcher"}  # the same person
SN2 = {"lead", "W1", "helper"}
SENT = {"W1", "helper"}


@dataclass
class Row:
    """One row of flows.md: from, to, who of the cast (`system` too), what a good answer is, and what is recorded.

    `refused` are answers that are not good enough, with the field that is blamed.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: set[str]
    answers: Callable[[Story, RepairOrder], dict[str, Any]] = lambda story, order: {}
    recorded: dict[str, Any] = field(default_factory=dict)
    refused: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    at: str = ""  # the state in which it is tried, else the first of `sources`
    leads_to: str = ""


def photo() -> photos.Prepared:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return photos.prepare([("tap.png", file.getvalue())])[0]


def tomorrow() -> Any:
    return clock.now() + timedelta(days=1)


TABLE = {
    "approve": Row(
        ("awaiting_review",),
        ("reported",),
        REVIEWER,
        lambda *_: {"note": "同意"},
        {"note": "同意"},
        [({"note": "长" * 301}, "note")],
    ),
    "send_back": Row(
        ("awaiting_review", "reported"),
        ("returned",),
        REVIEWER | {"lead"},
        lambda *_: {"reason": "请补充照片"},
        {"reason": "请补充照片"},
        [({"reason": ""}, "reason"), ({"reason": "  "}, "reason"), ({"reason": "x" * 301}, "reason")],
    ),
    "resubmit": Row(
        ("returned",),
        ("reported", "awaiting_review"),
        {"A"},
        lambda *_: {"description_text": f"{TEXT}，在靠窗一侧", "phone": PHONE, "photos": [photo()]},
        {"changes": {"description": [TEXT, f"{TEXT}，在靠窗一侧"]}},
        [({"description_text": "坏了"}, "description"), ({"phone": "打我电话"}, "phone"), ({"phone": ""}, "phone")],
        leads_to="reported",
    ),
    "decline": Row(
        ("awaiting_review", "reported"),
        ("declined",),
        REVIEWER | {"lead"},
        lambda *_: {"code": "warranty", "note": "请找供应商"},
        {"code": "warranty", "note": "请找供应商"},
        [({"code": ""}, "code"), ({"code": "mood"}, "code")],
    ),
    "withdraw": Row(
        ("awaiting_review", "reported", "returned", "accepted"),
        ("withdrawn",),
        {"A"},
        lambda *_: {"reason": "自己好了"},
        {"reason": "自己好了"},
        [({"reason": "x" * 301}, "reason")],
    ),
    "accept": Row(
        ("reported",), ("accepted",), SN2, recorded={"group": "水暖二组"}, refused=[({"note": "x" * 301}, "note")]
    ),
    "transfer": Row(
        ("reported", "accepted", "dispatched", "repairing", "on_hold"),
        ("reported",),
        {"lead"},
        lambda *_: {"group": group("DG2"), "reason": "不是水管的问题"},
        {"from": "水暖二组", "to": "电工二组", "reason": "不是水管的问题"},
        [({"reason": ""}, "reason")],
        at="on_hold",
    ),
    "dispatch": Row(
        ("accepted",),
        ("dispatched",),
        {"lead"},
        lambda story, order: {
            "workers": [story.who["helper"], story.who["W1"]],
            "visit_from": tomorrow(),
            "visit_until": tomorrow() + timedelta(hours=2),
            "due": tomorrow() + timedelta(days=1),
        },
        {"workers": ["孙子涵", "赵超"]},
        [
            ({"workers": []}, "workers"),
            ({"visit_until": None, "visit_from": clock.now() - timedelta(days=1)}, "visit_from"),
            ({"visit_from": None}, "visit_until"),
            ({"due": clock.now() - timedelta(days=1)}, "due"),
        ],
    ),
    "refuse": Row(
        ("dispatched",),
        ("accepted",),
        SENT,
        lambda *_: {"reason": "今天抢修排不开"},
        {"reason": "今天抢修排不开"},
        [({"reason": ""}, "reason")],
    ),
    "start": Row(("dispatched",), ("repairing",), SENT, recorded={"worker": "赵超"}),
    "hold": Row(
        ("dispatched", "repairing"),
        ("on_hold",),
        SN2,
        lambda *_: {"code": "absent", "until": tomorrow(), "note": "没有人"},
        {"code": "absent", "note": "没有人"},
        [
            ({"code": "tired"}, "code"),
            ({"until": clock.now() - timedelta(hours=1)}, "until"),
            ({"until": clock.now() + timedelta(days=400)}, "until"),
        ],
        at="repairing",
    ),
    "resume": Row(("on_hold",), ("repairing",), SN2, recorded={"held_seconds": 0}),
    "finish": Row(
        ("repairing",),
        ("finished",),
        SENT,
        lambda *_: {
            "work_done": "更换阀芯",
            "labour_minutes": 35,
            "materials": "陶瓷阀芯 2 个\n生料带 0.5 卷",
            "photos": [photo()],
        },
        {
            "work_done": "更换阀芯",
            "labour_minutes": 35,
            "materials": [
                {"name": "陶瓷阀芯", "quantity": "2.00", "unit": "个"},
                {"name": "生料带", "quantity": "0.50", "unit": "卷"},
            ],
        },
        [
            ({"work_done": ""}, "work_done"),
            ({"labour_minutes": 0}, "labour_minutes"),
            ({"labour_minutes": 10_001}, "labour_minutes"),
            ({"materials": "阀芯 -1 个"}, "materials"),
        ],
    ),
    "inspect": Row(
        ("finished",),
        ("inspected",),
        {"A", "system"},
        lambda *_: {"note": "修得很好"},
        {"verdict": "passed", "automatic": False, "note": "修得很好"},
    ),
    "rework": Row(
        ("finished",),
        ("repairing",),
        {"A"},
        lambda *_: {"reason": "还是在滴水", "photos": [photo()]},
        {"reason": "还是在滴水", "time": 1},
        [({"reason": "不行"}, "reason")],
    ),
    "settle": Row(
        ("inspected",),
        ("settled",),
        {"settler"},
        lambda story, order: {"lines": [LABOUR, MATERIAL], "payer": "department"},
        {"total_fen": 6_300, "payer": "department", "lines": 2, "automatic": False},
        [({"lines": []}, "lines"), ({"payer": "nobody"}, "payer")],
    ),
    "reject_settlement": Row(
        ("settled",),
        ("inspected",),
        {"finance"},
        lambda *_: {"reason": "数量不对"},
        {"reason": "数量不对"},
        [({"reason": ""}, "reason")],
    ),
    "close": Row(("settled",), ("closed",), {"finance", "system"}, recorded={"automatic": False}),
    "rate": Row(
        DONE,
        (),
        {"A"},
        lambda *_: {**STARS, "words": "来得快"},
        {**STARS, "text": "来得快"},
        [
            ({"speed": None}, "speed"),
            ({"quality": 0}, "quality"),
            ({"manner": 6}, "manner"),
            ({"words": "x" * 501}, "words"),
        ],
    ),
    "follow_up": Row(
        DONE,
        ("=", "repairing"),
        {"caller"},
        lambda *_: {"method": "phone", "result": "neutral", "note": "等得有点久"},
        {"method": "phone", "result": "neutral", "note": "等得有点久"},
        [
            ({"method": "mail"}, "method"),
            ({"result": "so so"}, "result"),
            ({"result": "dissatisfied", "note": ""}, "note"),
        ],
        leads_to="finished",
    ),
    "urge": Row(OPEN[:-1], (), {"A", "lead", "leader"}, lambda *_: {"note": "快没水用了"}, {"note": "快没水用了"}),
    "merge": Row(
        ("reported", "accepted"),
        ("merged",),
        {"lead"},
        lambda story, order: {"main": story.report(story.who["B"])},
        {},
    ),
    "comment": Row(
        OPEN,
        (),
        {"A", "operator", *SN2},
        lambda *_: {"words": "下午四点以后有人", "photos": [photo()]},
        {"text": "下午四点以后有人"},
        [({"words": " "}, "words"), ({"words": "x" * 501}, "words")],
    ),
    "mark_late": Row(("reported", "accepted", "dispatched", "repairing"), (), {"system"}),
}


@pytest.fixture
def story(campus: Campus) -> Story:
    return Story(campus)


def person(name: str) -> Person | None:
    return None if name == "system" else Person.get(Person.number == CAST[name])


def hand_of(row: Row) -> str:
    """Somebody of the cast who may take the step; the system where nobody else may."""
    return next((name for name in CAST if name in row.who), "system")


def tried(story: Story, name: str) -> RepairOrder:
    """An order in a state in which the step called `name` can be taken."""
    row = TABLE[name]
    order = story.order(row.at or row.sources[0])
    if name == "mark_late":
        RepairOrder.update(finish_due=clock.now() - timedelta(hours=1)).where(RepairOrder.id == order.id).execute()
    return order


# --- the table, row by row ---------------------------------------------------------------------------


def test_the_table_is_the_one_of_the_code() -> None:
    steps = repairs.flow.steps
    assert set(TABLE) | {"report"} == set(steps)
    assert {name: (step.sources, step.targets) for name, step in steps.items() if name != "report"} == {
        name: (row.sources, row.targets) for name, row in TABLE.items()
    }
    assert steps["report"].targets == ("reported", "awaiting_review")


@pytest.mark.parametrize("name", TABLE)
def test_a_step_is_taken_and_recorded(story: Story, name: str) -> None:
    row, order = TABLE[name], tried(story, name)
    by, before, answers = person(hand_of(row)), last_event(order), row.answers(story, order)
    role = access.role_for(by, repairs.flow.steps[name].need, order)
    moved = repairs.flow.perform(order, name, by=by, seen=order.version, once=f"token of {name}", **answers)
    expected = row.leads_to or (row.targets[0] if row.targets else order.status)
    stored = RepairOrder.get_by_id(order.id)
    assert (moved.status, stored.status) == (expected, expected)
    assert stored.version == order.version + (1 if row.targets else 0)
    event = last_event(order)
    assert (event.name, event.seq, event.once) == (name, before.seq + 1, f"token of {name}")
    assert (event.source, event.target) == (order.status, expected if row.targets else "")
    assert event.actor_id == (by.id if by else None)
    assert (event.actor_role, event.actor_name) == (role, by.name if by else "")
    assert {key: event.details.get(key) for key in row.recorded} == row.recorded
    if "photos" in answers:
        kept = list(Photo.select().where(Photo.name.in_(event.details["photos"])))
        assert [(kept[0].subject_id, kept[0].owner_id)] == [(order.id, by.id if by else None)]


@pytest.mark.parametrize("name", TABLE)
def test_everybody_else_is_refused(story: Story, name: str) -> None:
    """The whole cast and the system, one after the other, on one order."""
    row, order, step = TABLE[name], tried(story, name), repairs.flow.steps[name]
    answers = row.answers(story, order)
    answers.pop("photos", None)
    for other in [*sorted(EVERYBODY), "system"]:
        by = person(other)
        if (name, other) != ("settle", "system"):  # the system may settle, but not what has cost something
            assert step.allowed(order, by) == (other in row.who), f"{other} and {name}"
        if other not in row.who:
            refused = refuses(order, name, by, answers)
            assert not refused.stale, f"{other} and {name}"
    closed = Person.get(Person.number == CAST["A" if "A" in row.who else "lead"])
    closed.is_closed = True
    refuses(order, name, closed, answers)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if len(row.who - {"system"}) > 1])
def test_everybody_of_the_row_can_take_it(story: Story, name: str) -> None:
    for hand in sorted(TABLE[name].who - {"dispatcher"}):
        order = tried(story, name)
        answers = TABLE[name].answers(story, order)
        answers.pop("photos", None)
        repairs.flow.perform(order, name, by=person(hand), **answers)
        assert last_event(order).name == name


@pytest.mark.parametrize(
    ("name", "wrong", "blamed"), [(name, wrong, blamed) for name, row in TABLE.items() for wrong, blamed in row.refused]
)
def test_an_answer_that_is_missing_or_wrong_is_refused(
    story: Story, name: str, wrong: dict[str, Any], blamed: str
) -> None:
    row, order = TABLE[name], tried(story, name)
    refused = refuses(order, name, person(hand_of(row)), {**row.answers(story, order), **wrong})
    assert refused.field == blamed
    assert not refused.stale


@pytest.mark.parametrize("state", repairs.flow.states)
def test_in_every_other_state_every_step_is_refused(story: Story, state: str) -> None:
    """Fault 8: all states by all steps that the table does not have."""
    order = story.order(state)
    for name, row in TABLE.items():
        if state in row.sources:
            continue
        refused = refuses(order, name, person(hand_of(row)), row.answers(story, order))
        assert repairs.flow.states[state] in str(refused) or "没有权限" in str(refused), f"{name} in {state}"


def test_a_page_that_is_out_of_date_is_told_so(story: Story) -> None:
    order = story.order("accepted")
    repairs.comment(order, by=story.who["A"], words="一条留言不让别人的页面过期")
    sent = repairs.dispatch(order, by=story.who["lead"], workers=[story.who["W1"]], seen=order.version)
    refused = repairs.refuse(sent, by=story.who["W1"], reason="排不开")
    assert refused.status == "accepted"
    with pytest.raises(Refused) as caught:
        repairs.dispatch(order, by=story.who["lead"], workers=[story.who["helper"]], seen=order.version)
    assert caught.value.stale
    assert "变化" in str(caught.value)
    repairs.dispatch(order, by=story.who["lead"], workers=[story.who["helper"]], seen=refused.version)


# --- report ------------------------------------------------------------------------------------------


def test_report_keeps_what_was_said_and_why_this_group(story: Story) -> None:
    order = story.report(
        photos=[photo()], spot=" 卫生间 ", room="504室", wished_visits=["11-23 上午"], entry="enter", channel="quick"
    )
    assert order.number.startswith("BX")
    assert (order.room_number, order.spot, order.entry, order.channel) == ("504", "卫生间", "enter", "quick")
    assert (order.group.code, order.status, order.wished_visits) == ("SN2", "reported", ["11-23 上午"])
    assert "水暖二组" in order.routed_why
    event = last_event(order)
    assert event.details["why"] == order.routed_why
    assert event.details["channel"] == "quick"
    assert [row.name for row in photos.for_subject(order)] == event.details["photos"]
    assert (event.name, event.source, event.target, event.actor_role) == ("report", "", "reported", "everybody")


def test_report_waits_for_review_where_the_item_asks_for_it(story: Story) -> None:
    order = story.report(code="K04")
    assert (order.status, order.group.code) == ("awaiting_review", "KT")
    assert last_event(order).target == "awaiting_review"


def test_report_for_a_caller_keeps_caller_operator_and_channel(story: Story, campus: Campus) -> None:
    order = story.report(campus.operator, reporter=campus.fresh, caller="黄杰", channel="phone")
    assert (order.reporter_id, order.operator_id, order.caller) == (campus.fresh.id, campus.operator.id, "黄杰")
    assert last_event(order).details["caller"] == "黄杰"
    unknown = story.report(campus.operator, caller="王老师", channel="phone")
    assert (unknown.reporter_id, unknown.operator_id) == (campus.operator.id, campus.operator.id)


@pytest.mark.parametrize(
    ("wrong", "blamed"),
    [
        ({"phone": ""}, "phone"),
        ({"phone": "１３９"}, "phone"),
        ({"description_text": ""}, "description"),
        ({"description_text": "坏了坏了，请尽快来修，谢谢师傅"}, "description"),
        ({"description_text": "啊" * 50}, "description"),
        ({"description_text": "。" * 50}, "description"),
        ({"description_text": "很长" * 600}, "description"),
        ({"spot": "x" * 61}, "spot"),
        ({"room": "x" * 30}, "room"),
        ({"entry": "break in"}, "entry"),
        ({"channel": "telepathy"}, "channel"),
        ({"code": "S"}, "item"),
    ],
)
def test_report_with_a_bad_answer_is_refused(story: Story, wrong: dict[str, Any], blamed: str) -> None:
    before = written()
    with pytest.raises(Refused) as caught:
        story.report(**wrong)
    assert caught.value.field == blamed
    assert written() == before


def test_report_for_somebody_else_is_the_operators(story: Story, campus: Campus) -> None:
    before = written()
    for by in (campus.A, campus.lead, campus.X):
        with pytest.raises(Refused):
            story.report(by, reporter=campus.B)
        with pytest.raises(Refused):
            story.report(by, caller="王老师")
    with pytest.raises(Refused):
        repairs.report(by=None, building=Building.get(), item=item(), description_text=TEXT, phone=PHONE)
    assert written() == before
