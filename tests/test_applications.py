"""Applications walk the table of the edition that they began with: states, steps, routes, promises, who may do what."""

import itertools
import json
import zipfile
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from hall import access, applications, closing, events, my_data, notify, questions
from hall.lanes import LANES, waiting
from hall.words import Refused, TooOften
from models import (
    Answer,
    Application,
    Building,
    Department,
    Edition,
    Event,
    Notification,
    Question,
    Service,
    ServiceRoute,
    ServiceState,
    ServiceStep,
    Team,
)
from tests.applying import GIVEN, PHONE, PLATE, STATES, STEPS, applied, fresh, made, taken, walked
from tests.conftest import Campus
from tests.limits import limit
from tests.test_repair_race import at_once
from tests.visitor import PASSWORD

MONDAY = datetime(2026, 11, 23, 1)  # nine o'clock on the campus


def test_an_application_begins_where_the_edition_says_and_keeps_what_was_answered(campus: Campus, freeze: Any) -> None:
    freeze(MONDAY)
    row = applied(campus.A, made(campus))
    assert (row.number[:2], row.status, row.status_name, row.phase) == ("SQ", "checking", "待审核", "open")
    assert (row.team.code, row.routed_why, row.phone) == ("BW", "没有更具体的路由，由默认办理组办理", PHONE)
    assert row.due == MONDAY + timedelta(hours=8)
    assert questions.given_before(row) == GIVEN
    [event] = events.timeline(row)
    assert (event.name, event.actor_role, event.details["team"]) == ("apply", "everybody", "保卫处车证办")


def test_the_whole_way_is_recorded_and_each_state_says_who_holds_it(campus: Campus) -> None:
    row = walked(campus, made(campus), "issuing")
    assert (row.status, row.phase, row.team.code, row.due) == ("issuing", "open", "KW", None)
    row = taken(row, "hand_out", campus.finance)
    assert (row.status_name, row.phase, row.team.code) == ("已领取", "granted", "KW") and row.ended is not None
    story = [(event.name, event.source, event.target, event.actor_role) for event in reversed(events.timeline(row))]
    assert story == [
        ("apply", "", "checking", "everybody"),
        ("agree", "checking", "issuing", "clerk"),
        ("hand_out", "issuing", "issued", "clerk"),
    ]
    assert not events.broken_links(reversed(events.timeline(row)))


def test_what_was_sent_back_comes_back_to_the_team_that_asked(campus: Campus) -> None:
    edition = made(campus)
    row = walked(campus, edition, "back")
    assert (row.phase, row.team.code) == ("applicant", "BW") and row.due is not None
    row = taken(row, "resend", campus.A, note="车牌是京A12345")
    assert (row.phase, row.team.code, row.told_late) == ("open", "BW", None)
    assert questions.given_before(row) == GIVEN
    row = taken(row, "ask", campus.settler, note="请换一个门")
    with pytest.raises(Refused) as refused:
        taken(row, "resend", campus.A, form={"plate": ""})
    assert refused.value.field == "q_plate" and fresh(row).status == "back"
    row = taken(row, "resend", campus.A, form={"gate": "west"})
    assert (row.team.code, questions.given_before(row)) == ("KW", GIVEN | {"gate": "west"})
    assert events.timeline(row)[0].details["changes"] == {"走哪个门": ["南门", "西门"]}
    row = walked(campus, edition, "checking")
    with pytest.raises(TypeError):  # who decides answers nothing for the applicant
        taken(row, "agree", campus.settler, answers={"plate": "京B99999"})
    taken(row, "agree", campus.settler, form={"plate": "京B99999"})
    assert questions.given_before(row) == GIVEN


@pytest.mark.parametrize("state", [state["code"] for state in STATES])
def test_every_step_from_every_state_does_what_the_table_says(campus: Campus, state: str) -> None:
    edition = made(campus)
    people = {"BW": campus.settler, "KW": campus.finance}
    for step in STEPS:
        row = walked(campus, edition, state)
        holder = people[row.team.code]
        by = campus.A if step.get("taker") == "applicant" else holder
        before = {**fresh(row).__data__}
        if state in step["sources"]:
            row = taken(row, step["code"], by, note="说明")
            target = next(each for each in STATES if each["code"] == step["target"])
            assert (row.status, row.phase) == (target["code"], target.get("phase", "open"))
            assert row.version == before["version"] + 1
        else:
            with pytest.raises(Refused, match="现在是"):
                taken(row, step["code"], by, note="说明")
            assert fresh(row).__data__ == before
        Application.update(created=datetime(2026, 1, 1)).execute()  # no daily limit in the way


def test_nobody_but_the_holder_takes_the_steps(campus: Campus) -> None:
    row = walked(campus, made(campus), "checking")
    cast = {name: getattr(campus, name) for name in ("A", "B", "settler", "finance", "lead", "M", "X")}
    allowed = {
        (who, step.name) for who, person in cast.items() for step in applications.flow.steps_for(fresh(row), person)
    }
    assert allowed == {("settler", "agree"), ("settler", "ask"), ("settler", "deny"), ("A", "withdraw")}
    for (who, person), step in itertools.product(cast.items(), STEPS):
        if (who, step["code"]) not in allowed:
            with pytest.raises(Refused):
                taken(row, step["code"], person, note="说明")
    assert (fresh(row).status, Event.select().where(Event.subject_type == "application").count()) == ("checking", 1)
    with pytest.raises(Refused, match="没有这一步"):
        taken(row, "no_such_step", campus.settler)
    with pytest.raises(Refused, match="没有权限"):
        taken(row, "agree", None)


def test_nobody_decides_on_their_own(campus: Campus) -> None:
    row = walked(campus, made(campus), "checking", by=campus.settler)
    assert [step.name for step in applications.flow.steps_for(fresh(row), campus.settler)] == ["withdraw"]
    with pytest.raises(Refused, match="自己的申请"):
        taken(row, "agree", campus.settler)
    assert fresh(row).status == "checking"


def test_who_sees_it(campus: Campus) -> None:
    row = walked(campus, made(campus), "checking")
    seen = [name for name in ("A", "B", "settler", "finance", "lead", "X") if access.sees(getattr(campus, name), row)]
    assert seen == ["A", "settler", "X"]


def test_the_lanes_show_what_waits_first_what_is_due_first(campus: Campus, freeze: Any) -> None:
    edition = made(campus)
    freeze(MONDAY)
    late = walked(campus, edition, "checking")
    freeze(MONDAY + timedelta(minutes=5))
    later = walked(campus, edition, "checking", by=campus.B)
    walked(campus, edition, "back", by=campus.kept)
    lanes = {lane.name: lane for lane in LANES["application"]}
    found = waiting(Application, lanes["decide"], campus.settler).order_by(Application.due)
    assert [row.id for row in found] == [late.id, later.id]
    assert waiting(Application, lanes["applicant"], campus.settler).count() == 1
    assert waiting(Application, lanes["all"], campus.X).count() == 3
    assert not waiting(Application, lanes["all"], campus.finance).count()


# --- what is asked ------------------------------------------------------------------------------------


def test_what_the_form_lacks_is_refused_beside_its_field(campus: Campus) -> None:
    edition = made(campus)
    for more, field in (
        ({"given": {"gate": "south"}}, "q_plate"),
        ({"given": GIVEN | {"gate": "north"}}, "q_gate"),
        ({"phone": "12"}, "phone"),
    ):
        with pytest.raises(Refused) as refused:
            applied(campus.A, edition, **more)
        assert refused.value.field == field
    placed = made(campus, "room", asks_place=True)
    with pytest.raises(Refused) as refused:
        applied(campus.A, placed, building=None)
    assert refused.value.field == "building"
    assert not Application.select().exists() and not Answer.select().exists()


def test_a_step_keeps_its_own_answers_beside_those_of_the_form(campus: Campus) -> None:
    edition = made(campus)
    asked = {"asked_of": "service_step", "about": f"{edition.id}:agree", "kind": "text", "required": True}
    Question.create(**asked, code="plate", label_text="通行证编号")
    row = walked(campus, edition, "checking")
    assert applications.plan_of(edition).steps["agree"].asks
    with pytest.raises(Refused) as refused:
        taken(row, "agree", campus.settler)
    assert refused.value.field == "q_plate" and fresh(row).status == "checking"
    taken(row, "agree", campus.settler, given={"plate": "T-007"})
    assert {(each.question.label_text, each.value) for each in questions.answered(row)} == {
        ("车牌号码", PLATE),
        ("走哪个门", "south"),
        ("通行证编号", "T-007"),
    }
    assert events.timeline(row)[0].details["answers"] == {"通行证编号": "T-007"}


def test_a_note_that_is_demanded_must_be_there(campus: Campus) -> None:
    row = walked(campus, made(campus), "checking")
    with pytest.raises(Refused) as refused:
        taken(row, "deny", campus.settler, note="  ")
    assert refused.value.field == "note" and fresh(row).status == "checking"


# --- where it goes ------------------------------------------------------------------------------------


def test_the_most_specific_route_wins(campus: Campus) -> None:
    edition = made(campus)
    edition.asks_place = True
    home, other = Building.select().order_by(Building.id).limit(2)
    department = Department.get()
    north = Team.create(code="N", name="北门岗")
    ServiceRoute.create(edition=edition, building=home, team=north)
    ServiceRoute.create(edition=edition, department=department, team=Team.get(Team.code == "KW"))
    ServiceRoute.create(
        edition=edition, building=home, department=department, question="gate", value="west", team=north
    )
    told = []
    for building, whose, given in (
        (home, None, {}),
        (other, None, {}),
        (other, department, {}),
        (home, department, {"gate": "south"}),
        (other, None, {"gate": "west"}),
        (home, department, {"gate": "west"}),
        (None, None, {"gate": ["west"]}),
        (None, None, {}),
    ):
        found, why = applications.route(edition, building, whose, given)
        assert found is not None
        told.append((found.code, why))
    assert told == [
        ("N", f"楼宇是{home.name}"),
        ("BW", "没有更具体的路由，由默认办理组办理"),
        ("KW", f"申请人来自{department.name}"),
        ("N", f"楼宇是{home.name}"),
        ("KW", "“走哪个门”填的是“西门”"),
        ("N", f"“走哪个门”填的是“西门”；楼宇是{home.name}；申请人来自{department.name}"),
        ("KW", "“走哪个门”填的是“西门”"),
        ("BW", "没有更具体的路由，由默认办理组办理"),
    ]
    assert [name % values for name, values in applications.told(told[5][1])] == told[5][1].split("；")
    assert all("%(why)s" not in dict(applications.told(why)) for _team, why in told)
    edition.team = None
    assert applications.route(edition, other, None, {}) == (None, "还没有设置办理组")


def test_the_answers_route_the_application(campus: Campus) -> None:
    row = applied(campus.A, made(campus), given=GIVEN | {"gate": "west"})
    assert (row.team.code, row.routed_why) == ("KW", "“走哪个门”填的是“西门”")


# --- editions -----------------------------------------------------------------------------------------


def test_a_running_application_keeps_the_edition_that_it_began_with(campus: Campus) -> None:
    old = made(campus)
    row = walked(campus, old, "checking")
    Edition.update(state="retired", slot=None).where(Edition.id == old.id).execute()
    new = Edition.create(
        service=old.service, number=2, state="published", slot=f"{old.service_id}:published", name="新"
    )
    ServiceState.create(edition=new, code="only", name="登记")
    assert applications.published("vehicle") == new
    assert taken(row, "agree", campus.settler).status == "issuing"
    with pytest.raises(Refused, match="新的版本"):
        applied(campus.A, old)
    assert applied(campus.A, new, given={}).status == "only"


def test_who_may_apply(campus: Campus) -> None:
    everybody, students = made(campus), made(campus, "dorm", audience=["student"])
    mine = made(campus, "office", departments=[campus.handler.department.code])
    offered = {
        name: [edition.service.code for edition in applications.open_editions(getattr(campus, name))]
        for name in ("A", "handler")
    }
    assert offered["A"] == ["vehicle", "dorm"] and offered["handler"] == ["vehicle", "office"]
    assert len(applications.open_editions(None)) == 3
    for edition, person in ((students, campus.handler), (mine, campus.A)):
        with pytest.raises(Refused, match="不接受您的申请"):
            applied(person, edition)
    Service.update(is_open=False).execute()
    assert not applications.open_editions(campus.A)
    with pytest.raises(Refused, match="不接受您的申请"):
        applied(campus.A, everybody)
    Edition.update(state="draft").execute()
    with pytest.raises(Refused, match="新的版本"):
        applied(campus.A, everybody)
    assert not Application.select().exists()


def test_the_same_form_makes_one_and_a_day_has_a_limit(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = made(campus)
    first, again = (applied(campus.A, edition, once="x" * 20) for _time in range(2))
    assert first == again and Application.select().count() == 1
    limit(monkeypatch, "applications.a_day", 3)
    for _time in range(2):
        applied(campus.A, edition)
    with pytest.raises(TooOften):
        applied(campus.A, edition)
    applied(campus.B, edition)


def test_plans_of_many_editions_take_no_more_queries_than_of_one(campus: Campus, queries: Any) -> None:
    editions = [made(campus, f"service{nth}") for nth in range(4)]
    asked = []
    for some in (editions[:1], [Edition.get_by_id(edition.id) for edition in editions]):
        with queries() as said:
            applications.load_plans(some)
        asked.append(len(said))
        assert all(set(applications.plan_of(edition).steps) == {step["code"] for step in STEPS} for edition in some)
    assert asked == [2, 2]


# --- who is told, and what time does ------------------------------------------------------------------


def _told() -> list[tuple[str, str, str]]:
    while notify.announce():
        pass
    rows = Notification.select().order_by(Notification.id)
    found = [(row.person.number, row.text.partition(" ")[2], row.link.rpartition("/")[0]) for row in rows]
    Notification.delete().execute()
    return found


def test_everybody_hears_what_the_edition_says(campus: Campus) -> None:
    row = walked(campus, made(campus), "checking")
    a, checks, issues = campus.number("A"), campus.settler.number, campus.finance.number
    here, desk = "/applications", "/admin/queue/application"
    assert _told() == [(checks, f"{row.number}：车辆通行证，{campus.A.name}", desk)]
    taken(row, "ask", campus.settler, note="请写清楚")
    assert _told() == [(a, "车辆通行证 需要您处理，现在是“待补充”", here)]
    taken(row, "resend", campus.A)
    assert _told() == [(checks, f"{row.number}：车辆通行证，现在是“待审核”", desk)]
    taken(row, "agree", campus.settler)
    assert _told() == [
        (a, "车辆通行证 现在是“制证中”", here),
        (issues, f"{row.number}：车辆通行证，现在是“制证中”", desk),
    ]
    ServiceStep.update(tells_applicant=False).where(ServiceStep.code == "agree").execute()
    quiet = walked(campus, Edition.get(), "issuing")
    assert [(who, text) for who, text, _link in _told() if who == a] == []
    assert quiet.status == "issuing"
    taken(row, "hand_out", campus.finance)
    assert _told() == [(a, "车辆通行证 有新消息：通行证好了，请到南门领取", here)]


def test_what_is_late_is_told_once_a_state(campus: Campus, freeze: Any) -> None:
    freeze(MONDAY)
    row = walked(campus, made(campus), "checking")
    freeze(row.due)
    assert applications.run_timers() == 0
    freeze(row.due + timedelta(minutes=1))
    assert (applications.run_timers(), applications.run_timers()) == (1, 0)
    assert not applications.mark_late(row)
    assert _told()[-1] == (campus.settler.number, "车辆通行证 已超过办理时限", "/admin/queue/application")
    row = taken(row, "ask", campus.settler, note="请写清楚")
    assert row.told_late is None
    freeze(row.due + timedelta(minutes=1))
    assert applications.run_timers() == 1
    assert _told()[-1] == (campus.number("A"), "车辆通行证 还在等您处理，已经过了时限", "/applications")
    taken(row, "withdraw", campus.A)
    freeze(row.due + timedelta(days=30))
    assert applications.run_timers() == 0


# --- what is one's own --------------------------------------------------------------------------------


def test_an_account_is_closed_only_when_nothing_is_open_and_the_phone_goes(campus: Campus) -> None:
    row = walked(campus, made(campus), "back")
    assert [matter.number for matter in closing.obstacles(campus.A).matters] == [row.number]
    with pytest.raises(Refused, match="还有没办完的事"):
        closing.close(campus.A, by=campus.A, password=PASSWORD)
    taken(row, "withdraw", campus.A)
    closing.close(campus.A, by=campus.A, password=PASSWORD)
    assert fresh(row).phone == "" and fresh(row).applicant.name == "已注销用户"


def test_what_one_takes_away_has_the_answers(campus: Campus) -> None:
    edition = made(campus)
    row, other = walked(campus, edition, "checking"), walked(campus, edition, "checking", by=campus.B)
    with my_data.download(campus.A, by=campus.A) as file, zipfile.ZipFile(file) as archive:
        kept = json.loads(archive.read("data.json"))
    assert [each["number"] for each in kept["applications"]] == [row.number] != [other.number]
    assert {(each["question"], each["value"]) for each in kept["answers"]} == {
        ("车牌号码", PLATE),
        ("走哪个门", "south"),
    }
    assert len(kept["answers"]) == 2


# --- at once ------------------------------------------------------------------------------------------


def test_two_who_decide_at_once_do_it_once(campus: Campus, house: Any) -> None:
    edition = made(campus)
    rows = [walked(campus, edition, "checking") for _time in range(4)]
    for row in rows:
        clerk = campus.settler
        acts = [
            partial(applications.flow.perform, fresh(row), step, by=clerk, note="说明", seen=1)
            for step in ("deny", "ask", "deny", "ask")
        ]
        done = at_once(*acts)
        assert sum(isinstance(each, Application) for each in done) == 1
        assert all(each.stale for each in done if isinstance(each, Refused))
        assert Event.select().where(Event.subject_type == "application", Event.subject_id == row.id).count() == 2
        assert fresh(row).version == 2
