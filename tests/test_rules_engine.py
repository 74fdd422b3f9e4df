"""Rules "when … then …": what they ask, what they do, that they do it once, and what they would have done."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from hall import clock, edition_parts, editions, events, marks, notify, repairs, rule_conditions, rule_rehearsal, rules
from hall.rule_conditions import Happening
from hall.words import Refused
from models import (
    URGENT,
    ContactSettings,
    Delivery,
    DutyContact,
    Event,
    Mark,
    Notification,
    Person,
    RepairOrder,
    Rule,
    RuleHit,
)
from tests import applying
from tests.conftest import Campus
from tests.story import STARS, Story

# A Tuesday of term: 20:00 and 10:00 in Shanghai.
EVENING, MORNING = datetime(2026, 11, 24, 12), datetime(2026, 11, 24, 2)


def made(campus: Campus, **said: Any) -> Rule:
    given: dict[str, Any] = {"name": "晚上紧急", "flow": "repair", "step": "report", "action": "tell", "conditions": []}
    params = {"audience": ["role:leader"], "text": "请马上看", **said.pop("params", {})}
    return rules.save(Rule(**(given | said), params=params), by=campus.X)


def reported(campus: Campus, priority: str = URGENT, **more: Any) -> RepairOrder:
    order = Story(campus).report(**more)
    RepairOrder.update(priority=priority).where(RepairOrder.id == order.id).execute()
    return order


def after_six() -> list[dict[str, Any]]:
    return [
        {"field": "priority", "is": "in", "value": [URGENT]},
        {"field": "time", "is": "within", "value": ["18:00", "08:00"]},
    ]


def told(person: Person) -> list[str]:
    by_rule = Notification.select(Notification.text).join(Event).where(Event.subject_type == "rule_hit")
    return [row.text for row in by_rule.where(Notification.person == person.id).order_by(Notification.id)]


def test_urgent_in_the_evening_is_told_and_by_day_it_is_not(campus: Campus, freeze: Any) -> None:
    freeze(MORNING - timedelta(hours=1))
    made(campus, conditions=after_six())
    freeze(MORNING)
    reported(campus)
    freeze(EVENING)
    reported(campus, "普通", code="S02")
    late = reported(campus, code="S03")
    freeze(EVENING + timedelta(hours=10))
    early = reported(campus, code="S04")
    notify.announce()
    assert told(campus.leader) == [f"请马上看（{late.number}）", f"请马上看（{early.number}）"]
    assert [hit.said for hit in RuleHit.select()] == [f"通知 {campus.leader.name}"] * 2
    assert (
        Notification.get(Notification.text == f"请马上看（{late.number}）").link == f"/admin/queue/repair/{late.number}"
    )


def test_a_rule_acts_once_on_an_event(campus: Campus) -> None:
    rule = made(campus)
    order = Story(campus).report()
    notify.announce()
    Event.update(announced=None).where(Event.subject_type == "repair_order").execute()
    notify.announce()
    assert RuleHit.select().count() == len(told(campus.leader)) == 1
    event = Event.get(Event.subject_type == "repair_order", Event.subject_id == order.id)
    assert rules.follow(event, [rule]) == 0


def test_the_third_of_one_room_and_item_is_marked_and_the_lead_hears_beside_what_is_always_told(
    campus: Campus, freeze: Any
) -> None:
    freeze(MORNING)
    third = [{"field": "repeats", "is": "at_least", "value": 3, "days": 60}]
    params = {"mark": "重复报修", "mark_en": "Repeated", "audience": ["role:lead"], "text": "同一处又报修"}
    made(campus, action="mark", conditions=third, params=params)
    numbers = []
    for days in (1, 50, 58, 200):
        freeze(MORNING + timedelta(days=days))
        numbers.append(Story(campus).report())
        if days == 58:
            other_room, other_item = Story(campus).report(room="999"), Story(campus).report(code="S02")
    notify.announce()
    found = marks.of([*numbers, other_room, other_item])
    assert [[mark.text for mark in each] for each in found.values()] == [["重复报修"]]
    assert list(marks.of(numbers)) == [numbers[2].id]
    assert told(campus.lead) == [f"同一处又报修（{numbers[2].number}）"]
    assert told(campus.other_lead) == []  # a role with a scope: only who leads the group of this order
    usual = Notification.select().join(Event).where(Notification.person == campus.lead.id)
    assert usual.where(Event.subject_id == numbers[2].id, Event.subject_type == "repair_order").count() == 1


def test_making_it_urgent_is_on_the_trail_and_starts_no_other_rule(campus: Campus) -> None:
    made(campus, action="urgent", params={"audience": []})
    made(campus, name="任何进展", step="", conditions=[{"field": "priority", "is": "in", "value": [URGENT]}])
    order = Story(campus).report()
    notify.announce()
    notify.announce()
    order = RepairOrder.get_by_id(order.id)
    assert order.priority == URGENT
    first, latest = reversed(events.timeline(order)[:2])
    assert (first.name, latest.name, latest.details["note"]) == ("report", "raise_priority", "晚上紧急")
    assert not events.broken_links([first, latest])
    assert {hit.event_id for hit in RuleHit.select()} == {first.id}  # what a rule did is nothing for rules


def test_a_dry_rule_only_notes_and_one_that_is_off_does_nothing(campus: Campus) -> None:
    dry = made(campus, params={"dry": True})
    off = made(campus, name="停用的", is_on=False)
    Story(campus).report()
    notify.announce()
    assert [(hit.rule_id, hit.said) for hit in RuleHit.select()] == [(dry.id, "试运行")]
    assert told(campus.leader) == []
    rules.switch(dry.id, "off", by=campus.X)
    rules.switch(off.id, "on", by=campus.X)
    Story(campus).report(code="S02")
    notify.announce()
    assert len(told(campus.leader)) == 1


def test_a_rule_that_fails_stops_neither_the_others_nor_what_is_always_told(
    campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(campus, conditions=[{"field": "words", "is": "in", "value": ["滴水"]}])
    made(campus, name="另一条")
    monkeypatch.setattr(rule_conditions.Field, "said", None)
    monkeypatch.setattr(rule_conditions, "hold", _failing(rule_conditions.hold))
    Story(campus).report()
    assert notify.announce() > 0
    assert [hit.rule.name for hit in RuleHit.select()] == ["另一条"]


def _failing(hold: Any) -> Any:
    def judge(flow: str, conditions: Any, happening: Happening) -> Any:
        return 1 / 0 if conditions else hold(flow, conditions, happening)

    return judge


def test_what_came_before_a_rule_does_not_concern_it(campus: Campus) -> None:
    Story(campus).report()
    with clock.at(clock.now() + timedelta(minutes=1)):
        made(campus)
        notify.announce()
    assert not RuleHit.select().exists()


def test_the_duty_phone_gets_a_mail_and_its_account_a_message(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hall.contact.is_configured", lambda: True)
    duty = DutyContact.create(name="值班电话", email="duty@example.edu", person=campus.W1)
    ContactSettings.create(person=campus.W1, language="en")
    made(campus, params={"audience": [f"duty:{duty.id}"], "text": "急", "text_en": "Urgent, please look"})
    order = Story(campus).report()
    notify.announce()
    assert told(campus.W1) == [f"Urgent, please look ({order.number})"]
    mail = Delivery.get(Delivery.template == "duty")
    assert (mail.address, mail.person_id, mail.subject) == ("duty@example.edu", None, f"急（{order.number}）")


def test_a_rehearsal_says_what_would_have_happened_and_changes_nothing(campus: Campus, freeze: Any) -> None:
    freeze(MORNING - timedelta(days=40))
    reported(campus)  # longer ago than thirty days
    freeze(MORNING)
    by_day = reported(campus, code="S02")
    freeze(EVENING)
    at_night = reported(campus, code="S03")
    before = Event.select().count()
    draft = Rule(name="晚上紧急", flow="repair", step="report", action="mark", conditions=after_six(), params={})
    found = rule_rehearsal.rehearse(draft)
    assert [subject.number for _event, subject in found.found] == [at_night.number]
    assert (found.is_whole, found.looked >= 2) == (True, True)
    draft.conditions = [{"field": "hours", "is": "in", "value": ["open"]}]
    assert [subject.number for _event, subject in rule_rehearsal.rehearse(draft).found] == [by_day.number]
    assert Event.select().count() == before
    assert not RuleHit.select().exists() and not Mark.select().exists()


def test_a_rehearsal_asks_no_more_for_more_rows(campus: Campus, queries: Any) -> None:
    rule = Rule(name="x", flow="repair", step="report", action="mark", conditions=after_six()[:1], params={})
    asked = []
    for code in ("S01", "S02", "S03"):
        reported(campus, code=code)
        with queries() as sql:
            assert rule_rehearsal.rehearse(rule).found
        asked.append(len(sql))
    assert asked[0] == asked[-1] <= 9


def test_marks_by_the_lowest_star(campus: Campus) -> None:
    made(campus, step="rate", action="mark", conditions=[{"field": "mark", "is": "at_most", "value": 2}],
         params={"mark": "差评", "audience": []})  # fmt: skip
    story = Story(campus)
    good, bad = story.order("finished"), story.order("finished")
    repairs.rate(good, by=campus.A, **STARS, words="")
    repairs.rate(bad, by=campus.A, **{**STARS, "manner": 1}, words="")
    notify.announce()
    assert [mark.subject_id for mark in Mark.select()] == [bad.id]
    mark = Mark.get()
    for stranger in (campus.B, campus.W2, campus.A):
        with pytest.raises(Refused):
            marks.take_off(bad, mark.id, by=stranger)
    marks.take_off(bad, mark.id, by=campus.lead)
    assert not Mark.select().exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"flow": "nothing"}, "flow"),
        ({"step": "nothing"}, "step"),
        ({"step": ""}, "step"),
        ({"action": "urgent", "flow": "listing", "step": "reserve"}, "does"),
        ({"params": {"audience": []}}, "roles"),
        ({"action": "mark", "params": {"mark": ""}}, "mark"),
        ({"name": ""}, "name"),
    ],
)
def test_what_says_nothing_that_can_be_done_is_refused(campus: Campus, said: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        made(campus, **said)
    assert refused.value.field == field
    assert not Rule.select().exists()


def test_rules_are_the_operators_alone_and_keep_their_history(campus: Campus) -> None:
    rule = made(campus)
    with pytest.raises(Refused):
        rules.save(Rule(name="x2", flow="repair", step="report", action="tell", params={}), by=campus.lead)
    with pytest.raises(Refused) as stale:
        rules.save(Rule(**{**rule.__data__, "name": "改过"}), by=campus.X, seen=99)
    assert stale.value.stale
    with pytest.raises(Refused):
        rules.switch(rule.id, "off", by=campus.lead)
    rules.save(Rule(**{**rule.__data__, "name": "改过"}), by=campus.X, seen=rule.version)
    assert [event.name for event in events.timeline(rule)] == ["edit", "create"]
    made(campus, name="另一条")
    with pytest.raises(Refused) as twice:
        made(campus, name="另一条")
    assert twice.value.field == "name"
    rules.remove(rule.id, by=campus.X)
    assert [row.name for row in Rule.select()] == ["另一条"]


# --- the pages -----------------------------------------------------------------------------------------


def test_a_rule_is_built_as_a_sentence_rehearsed_and_kept(campus: Campus, sign_in: Any, freeze: Any) -> None:
    freeze(EVENING)
    at_night = reported(campus)
    admin, path = sign_in("X"), "/admin/automation/new?flow=repair"
    said = {"name": "晚上紧急", "step": "report", "c_priority": [URGENT], "c_time_from": "18:00",
            "c_time_until": "08:00", "does": "tell", "roles": ["leader"], "text": "请马上看", "mode": "on"}  # fmt: skip
    page = admin.submit(path, **said).text
    assert "紧急程度是紧急" in page and "时间在 18:00 到 08:00 之间" in page and "通知集团领导：“请马上看”" in page
    assert "最近 30 天会发生 1 次" in page and at_night.number in page
    assert not Rule.select().exists() and not Notification.select().exists()
    admin.submit(path, **said, confirmed="yes")
    rule = Rule.get()
    assert rule.conditions == [
        {"field": "priority", "is": "in", "value": [URGENT]},
        {"field": "time", "is": "within", "value": ["18:00", "08:00"]},
    ]
    shown = admin.get(f"/admin/automation/{rule.id}").text
    assert 'value="18:00' in shown and "请马上看" in shown
    assert "晚上紧急" in admin.get("/admin/automation/").text
    admin.post(f"/admin/automation/{rule.id}/switch", mode="dry")
    assert rules.mode_of(Rule.get()) == "dry"
    admin.post(f"/admin/automation/{rule.id}/remove")
    assert not Rule.select().exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"c_time_from": "18:00"}, "这两项要一起填写"),
        ({"c_time_from": "18:00", "c_time_until": "18:00"}, "开始和结束不能相同"),
        ({"c_repeats": "1", "c_repeats_days": "60"}, "请填写 2 到 50 之间的整数"),
        ({"c_repeats": "3"}, "这两项要一起填写"),
        ({"people": "T9999"}, "不是能进管理后台的人"),
        ({"people": "2026010002"}, "不是能进管理后台的人"),
        ({"roles": []}, "请选择通知谁"),
        ({"step": ""}, "请至少选一个步骤或填一个条件"),
        ({"c_time_from": "nonsense", "c_time_until": "08:00"}, "请填写时间"),
    ],
)
def test_a_rule_that_is_half_filled_in_says_where_and_keeps_what_was_typed(
    campus: Campus, sign_in: Any, said: dict[str, Any], sentence: str
) -> None:
    given = {"name": "半条规则", "step": "report", "does": "tell", "roles": ["leader"], "mode": "on"} | said
    answer = sign_in("X").submit("/admin/automation/new?flow=repair", **given)
    assert answer.status_code == 400
    assert sentence in answer.text and "半条规则" in answer.text
    assert not Rule.select().exists()


def test_every_flow_has_its_page_and_a_rule_of_every_condition_can_be_said(campus: Campus, sign_in: Any) -> None:
    admin = sign_in("X")
    for flow, _label in rules.flows():
        assert admin.get(f"/admin/automation/new?flow={flow}").status_code == 200
    assert admin.get("/admin/automation/new?flow=nothing").status_code == 404
    assert sign_in("lead").get("/admin/automation/").status_code == 404


def test_marks_stand_in_queue_and_on_the_page_and_can_be_taken_off(campus: Campus, sign_in: Any) -> None:
    made(campus, action="mark", params={"mark": "需关注", "mark_en": "Look here", "audience": []})
    order = Story(campus).report()
    notify.announce()
    lead = sign_in("lead")
    for path in ("/admin/queue/repair/?lane=accept", f"/admin/queue/repair/{order.number}"):
        assert "需关注" in lead.get(path).text, path
        assert "Look here" in lead.get(path + ("&" if "?" in path else "?") + "lang=en").text
    assert "需关注" not in sign_in("A").get(f"/repairs/{order.number}").text
    off = f"/admin/marks/repair/{order.number}/{Mark.get().id}/off"
    assert sign_in("W2").post(off).status_code == 404
    assert Mark.select().exists()
    lead.post(off)
    assert not Mark.select().exists()


def test_the_list_asks_no_more_for_more_rules(campus: Campus, sign_in: Any, queries: Any) -> None:
    admin, asked = sign_in("X"), []
    duty = DutyContact.create(name="值班电话", email="duty@example.edu")
    for number in range(4):
        told = {"audience": ["role:lead", f"duty:{duty.id}", f"person:{campus.W1.id}"]}
        made(campus, name=f"第 {number} 条", params=told,
             conditions=[{"field": "building", "is": "in", "value": ["NQ4"]}, *after_six()])  # fmt: skip
        admin.get("/admin/automation/")
        with queries() as sql:
            page = admin.get("/admin/automation/")
        assert "值班电话" in page.text and campus.W1.name in page.text and "南区学生公寓4号楼" in page.text
        asked.append(len(sql))
    assert asked[1] == asked[-1] <= 9


def test_a_step_that_an_operator_made_can_start_a_rule(campus: Campus) -> None:
    """A service is chosen by its name, its steps stand among what can happen, and the rule hears of them."""
    edition = applying.made(campus)
    choices = dict(rule_conditions.fields_of("application")["service"].choices())
    assert choices == {"vehicle": "车辆通行证"} and {"apply", "deny"} <= set(rules.steps_of("application"))
    here = [{"field": "service", "is": "in", "value": ["vehicle"]}]
    made(campus, flow="application", step="deny", conditions=here, params={"audience": ["role:leader"]})
    row = applying.applied(campus.A, edition)
    notify.announce()
    assert told(campus.leader) == []
    applying.taken(row, "deny", campus.settler, note="材料不全")
    notify.announce()
    assert len(told(campus.leader)) == 1 and row.number in told(campus.leader)[0]


def test_any_step_is_one_of_the_edition_that_an_application_began_with(campus: Campus, queries: Any) -> None:
    """What the running edition calls otherwise is still heard of, and what is no step is not."""
    edition = applying.made(campus)
    row = applying.applied(campus.A, edition)
    here = [{"field": "service", "is": "in", "value": ["vehicle"]}]
    rule = made(campus, flow="application", step="", conditions=here, params={"audience": ["role:leader"]})
    draft = editions.draft_of(edition.service, by=campus.X)
    editions.publish(edition_parts.drop_state(draft, "back", by=campus.X), by=campus.X)
    applying.taken(row, "ask", campus.settler, note="请写清楚车牌")
    events.record(row, "reworded", "改了说明", by=None)
    notify.announce()
    assert [hit.event.name for hit in RuleHit.select()] == ["ask"]
    found = [event.name for event, _subject in rule_rehearsal.rehearse(rule).found]
    assert found == ["ask", "apply"]
    other = Event.get(Event.name == "reworded")
    with queries() as asked:
        assert rules.follow(other, [rule] * 5) == 0
    assert len(asked) == 1


def test_whom_a_mark_is_about_does_not_take_it_off(campus: Campus, sign_in: Any) -> None:
    """Who works at another desk may enter the panel, and is to their own repair what anybody is."""
    order = Story(campus).report(campus.keeper_of_lost)
    marks.put(order, "重复报修")
    off = f"/admin/marks/repair/{order.number}/{Mark.get().id}/off"
    assert sign_in("keeper_of_lost").post(off).status_code == 404
    assert Mark.select().count() == 1
    assert sign_in("lead").post(off).status_code == 302
    assert not Mark.select().exists()
