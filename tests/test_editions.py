"""Services that an operator makes: drafts, their parts, what is checked, the dry run, publishing, what runs on."""

from collections.abc import Callable
from typing import Any

import pytest

import models
from hall import access, applications, archive, edition_parts, edition_routes, editions, events, questions, teams
from hall.edition_beginnings import BEGINNINGS
from hall.edition_plan import differences, plan_of
from hall.edition_rehearsal import dry_run
from hall.words import Refused
from models import Application, Building, Edition, Event, Grant, Person, Question, Service, Team
from tests.addresses import everything
from tests.conftest import Campus
from tests.test_repair_race import at_once
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def team(campus: Campus) -> Team:
    return manned("HYS", "会议室管理组", campus.W1)


def manned(code: str, name: str, person: Person) -> Team:
    team = Team.create(code=code, name=name)
    Grant.create(person=person, role="clerk", scope=code)
    return team


def made(campus: Campus, team: Team, name: str = "会议室预约", **more: Any) -> Edition:
    """The draft of a service that lacks nothing."""
    service = editions.create(by=campus.X, name=name, **more)
    draft = editions.draft_of(service, by=campus.X)
    return edition_parts.about(draft, by=campus.X, text="预约校内会议室", team=team)


def of(draft: Edition, code: str) -> Any:
    return plan_of(draft).state(code)


def test_a_service_is_made_published_used_and_changed(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    assert draft.service.code == "hui-yi-shi-yu-yue"
    assert [each for each in editions.problems(draft) if each.blocks] == []
    questions.add(by=campus.X, asked_of="edition", about=str(draft.id), label_text="人数", kind="number", required=True)
    first = editions.publish(draft, by=campus.X, seen=Edition.get_by_id(draft.id).version)
    assert (first.state, first.number, first.publisher) == ("published", 1, campus.X)
    asked = questions.of("edition", str(first.id))
    mine = applications.apply(by=campus.A, edition=first, phone="13900000000", given={asked[0].code: "12"})
    assert (mine.status_name, mine.team) == ("待审批", team)

    # What is changed is a copy; what began with the first edition keeps its states and questions.
    second = editions.draft_of(first.service, by=campus.X)
    assert editions.draft_of(first.service, by=campus.X).id == second.id
    assert [row.name for row in plan_of(second).steps] == [row.name for row in plan_of(first).steps]
    assert [row.label_text for row in questions.of("edition", str(second.id))] == ["人数"]
    second = edition_parts.put_state(second, by=campus.X, code="submitted", name="待安排", kind="route", due_minutes=60)
    second = editions.publish(second, by=campus.X)
    assert Edition.get_by_id(first.id).state == "retired"
    assert editions.running(first.service) == second
    mine = applications.flow.perform(Application.get_by_id(mine.id), "approve", by=campus.W1)
    assert (mine.status_name, mine.edition_id) == ("已办结", first.id)
    again = questions.of("edition", str(second.id))[0].code
    assert (
        applications.apply(by=campus.A, edition=second, phone="13900000000", given={again: "3"}).status_name == "待安排"
    )

    # Nobody gets it any more, but a new draft can bring it back.
    editions.retire(second.service, by=campus.X)
    assert applications.published(second.service.code) is None
    assert editions.draft_of(second.service, by=campus.X).number == 3
    told = [event.name for event in events.timeline(second.service)]
    assert told == ["retire", "publish", "publish", "create"]
    for subject in (first, second, second.service):
        assert events.broken_links(list(reversed(events.timeline(subject)))) == []


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_every_beginning_can_be_published_and_walked(campus: Campus, team: Team, beginning: str) -> None:
    draft = made(campus, team, beginning=beginning)
    assert [each.said for each in editions.problems(draft) if each.blocks] == []
    report = dry_run(draft, by=campus.X)
    assert report.is_good, (report.refused, report.failures, report.left)
    assert {walk.phase for walk in report.walks} >= {"granted", "refused", "withdrawn"}


def test_a_dry_run_leaves_nothing_behind_and_tells_nobody(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    draft = edition_parts.about(draft, by=campus.X, audience=["staff"], asks_place=True)
    ask: Any = {"by": campus.X, "asked_of": "edition", "about": str(draft.id), "required": True}
    questions.add(label_text="开始日期", kind="date", least=1, **ask)
    rooms = [{"label": "大会议室"}, {"label": "小会议室"}]
    room = questions.add(label_text="会议室", kind="choice", options=rooms, **ask)
    questions.add(label_text="平面图", kind="photo", **ask)
    # Whoever it is tried with may be in the team, too; nobody decides on their own application.
    other = manned("DHYS", "大会议室组", campus.M)
    Grant.create(person=campus.W2, role="clerk", scope="DHYS")
    draft = edition_routes.put_route(draft, by=campus.X, team=other, question=room.code, value="大会议室")
    before = everything()
    report = dry_run(draft, by=campus.X)
    assert everything() == before
    assert report.is_good, (report.refused, report.failures, report.left)
    assert (report.first, report.team) == ("待审批", "大会议室组")
    assert [team for _route, team in report.routes] == ["大会议室组"]
    assert Person.get(Person.name == report.applicant).kind == "staff"


def test_a_dry_run_says_what_does_not_work(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    draft = edition_parts.about(draft, by=campus.X, team=Team.create(code="LEER", name="没有人的组"))
    draft = edition_parts.put_state(draft, by=campus.X, name="没人去", kind="granted")
    draft = edition_parts.put_step(
        draft, by=campus.X, name="也没人走", sources=["returned"], target="done", taker="holder", weight="primary"
    )
    report = dry_run(draft, by=campus.X)
    assert not report.is_good
    assert {taken.step.name for taken in report.failures} >= {"通过", "不通过"}
    blocking = {each.sentence for each in editions.problems(draft) if each.blocks}
    assert blocking == {"没有一步通向“%(state)s”，申请永远到不了那里", "办理组“%(team)s”里还没有人，申请会没有人处理"}
    with pytest.raises(Refused, match="2 处"):
        editions.publish(draft, by=campus.X)


BROKEN: dict[str, Callable[[Edition, Person], Any]] = {
    "还没有写一句话说明": lambda draft, by: edition_parts.about(draft, by=by, text=""),
    "还没有选默认的办理组": lambda draft, by: edition_parts.about(draft, by=by, team=None),
    "还没有“办成了”的结束": lambda draft, by: edition_parts.drop_step(draft, "approve", by=by),
    "却没有一步由申请人来做": lambda draft, by: edition_parts.put_state(
        draft, by=by, code="submitted", name="待审批", kind="applicant"
    ) and edition_parts.drop_step(draft, "withdraw", by=by),
    "没有下一步": lambda draft, by: [edition_parts.drop_step(draft, code, by=by) for code in ("resubmit", "withdraw")],
    "第一个状态": lambda draft, by: edition_parts.move(draft, models.ServiceState, "submitted", by=by, up=False),
    "有两步都叫": lambda draft, by: edition_parts.put_step(
        draft, by=by, name="通过", sources=["submitted"], target="done", taker="holder", weight="primary"
    ),
    "已经是结束": lambda draft, by: edition_parts.put_state(draft, by=by, code="returned", name="待补充", kind="refused"),  # noqa: E501
    "还没有状态": lambda draft, by: [
        edition_parts.drop_state(draft, state.code, by=by) for state in plan_of(draft).states
    ],
}  # fmt: skip


@pytest.mark.parametrize("said", BROKEN)
def test_what_is_missing_is_said_and_forbids_publishing(campus: Campus, team: Team, said: str) -> None:
    draft = made(campus, team)
    BROKEN[said](draft, campus.X)
    draft = Edition.get_by_id(draft.id)
    assert any(said in each.sentence for each in editions.problems(draft) if each.blocks), editions.problems(draft)
    with pytest.raises(Refused):
        editions.publish(draft, by=campus.X)
    assert Edition.get_by_id(draft.id).state == "draft"


def test_a_team_that_was_put_away_gets_nothing_new(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    archive.put_away(team, by=campus.X)
    with pytest.raises(Refused, match="归档"):
        editions.publish(draft, by=campus.X)
    archive.bring_back(team, by=campus.X)
    assert editions.publish(draft, by=campus.X).state == "published"


def test_a_published_edition_is_never_changed(campus: Campus, team: Team) -> None:
    edition = editions.publish(made(campus, team), by=campus.X)
    kept = everything()
    step: Any = {"name": "x", "sources": ["submitted"], "target": "done", "taker": "holder", "weight": "primary"}
    for change in (
        lambda: edition_parts.about(edition, by=campus.X, name="别的"),
        lambda: edition_parts.put_state(edition, by=campus.X, name="新状态", kind="route"),
        lambda: edition_parts.drop_state(edition, "done", by=campus.X),
        lambda: edition_parts.put_step(edition, by=campus.X, **step),
        lambda: edition_parts.drop_step(edition, "approve", by=campus.X),
        lambda: edition_parts.move(edition, models.ServiceStep, "approve", by=campus.X, up=False),
        lambda: edition_routes.put_route(edition, by=campus.X, team=team, building=Building.get()),
        lambda: editions.publish(edition, by=campus.X),
        lambda: editions.discard(edition, by=campus.X),
        lambda: questions.add(by=campus.X, asked_of="edition", about=str(edition.id), label_text="晚了", kind="text"),
    ):
        with pytest.raises(Refused):
            change()
    assert everything() == kept


def test_only_who_configures_makes_services(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    for name in ("A", "W1", "M", "leader", "operator", "lead"):
        person = getattr(campus, name)
        assert not access.may(person, "configure.edit")
        for act in (
            lambda by: editions.create(by=by, name="别人的服务"),
            lambda by: editions.publish(draft, by=by),
            lambda by: editions.discard(draft, by=by),
            lambda by: editions.retire(draft.service, by=by),
            lambda by: editions.switch(draft.service, by=by, is_open=False),
            lambda by: editions.draft_of(draft.service, by=by),
            lambda by: edition_parts.about(draft, by=by, name="别的"),
            lambda by: dry_run(draft, by=by),
        ):
            with pytest.raises(Refused, match="没有权限"):
                act(person)


def test_two_at_once_and_the_same_form_twice(campus: Campus, team: Team) -> None:
    services = {editions.create(by=campus.X, name="车辆通行证", once="a" * 20).id for _ in range(3)}
    assert len(services) == 1
    draft = made(campus, team)
    seen = draft.version
    for _ in range(3):
        edition_parts.put_state(draft, by=campus.X, seen=seen, once="b" * 20, name="再看看", kind="route")
    assert [state.name for state in plan_of(draft).states].count("再看看") == 1
    with pytest.raises(Refused) as refused:
        edition_parts.about(draft, by=campus.X, seen=seen, name="旧页面上的名字")
    assert refused.value.stale
    # What changes nothing makes nobody's page stale.
    now = Edition.get_by_id(draft.id)
    assert edition_parts.about(now, by=campus.X, seen=now.version, name=now.name).version == now.version
    with pytest.raises(Refused, match="编号"):
        editions.create(by=campus.X, name="又一个", code=draft.service.code)


def test_what_goes_with_a_state_and_with_a_draft(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    questions.add(
        by=campus.X, asked_of="service_step", about=f"{draft.id}:resubmit", label_text="补了什么", kind="text"
    )
    draft = edition_parts.drop_state(draft, "returned", by=campus.X)
    plan = plan_of(draft)
    assert [step.code for step in plan.steps] == ["approve", "refuse", "withdraw"]
    assert plan.step("withdraw").sources == ["submitted"]  # type: ignore[union-attr]
    assert not Question.select().where(Question.retired.is_null()).exists()
    service = draft.service
    first = questions.add(by=campus.X, asked_of="edition", about=str(draft.id), label_text="人数", kind="number")
    questions.change(first, by=campus.X, label_text="来几个人")
    assert editions.discard(draft, by=campus.X) is None
    assert not Service.select().where(Service.id == service.id).exists()
    # The next draft may get the same number: nothing of this one turns up there.
    assert not Question.select().exists()
    assert Event.select().where(Event.subject_type == "service", Event.name == "discard").count() == 1


@pytest.mark.parametrize("drop", [edition_parts.drop_step, edition_parts.drop_state])
def test_a_step_goes_although_its_question_was_changed(campus: Campus, team: Team, drop: Any) -> None:
    draft = made(campus, team)
    code = "resubmit" if drop is edition_parts.drop_step else "returned"
    about = {"asked_of": "service_step", "about": f"{draft.id}:resubmit"}
    asked = questions.add(by=campus.X, label_text="补了什么", kind="text", **about)
    for words in ("补了哪些", "补充了什么"):
        asked = questions.change(asked, by=campus.X, label_text=words)
    drop(draft, code, by=campus.X)
    assert plan_of(draft).step("resubmit") is None and not Question.select().exists()


def test_who_changes_a_question_makes_the_page_to_publish_old(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    about = {"asked_of": "edition", "about": str(draft.id)}
    rows = [questions.add(by=campus.X, label_text=f"问题{n}", kind="text", **about) for n in range(3)]
    step = {"asked_of": "service_step", "about": f"{draft.id}:approve"}
    for act in (
        lambda: questions.change(rows[0], by=campus.X, label_text="换了问法"),
        lambda: questions.retire(rows[1], by=campus.X),
        lambda: questions.restore(Question.get_by_id(rows[1].id), by=campus.X),
        lambda: questions.move(rows[2], by=campus.X, to=1),
        lambda: questions.add(by=campus.X, label_text="办理时问", kind="text", **step),
    ):
        seen = Edition.get_by_id(draft.id).version
        act()
        with pytest.raises(Refused) as refused:
            editions.publish(draft, by=campus.X, seen=seen)
        assert refused.value.stale
    seen = Edition.get_by_id(draft.id).version
    questions.move(Question.get_by_id(rows[2].id), by=campus.X, to=1)  # where it is already
    assert editions.publish(draft, by=campus.X, seen=seen).state == "published"


def test_a_dry_run_answers_within_the_bounds(campus: Campus, team: Team) -> None:
    draft = made(campus, team)
    ask: Any = {"by": campus.X, "asked_of": "edition", "about": str(draft.id), "required": True}
    questions.add(label_text="经过", kind="long_text", least=300, most=500, **ask)
    questions.add(label_text="详细经过", kind="long_text", least=900, **ask)
    questions.add(label_text="一个词", kind="long_text", most=3, **ask)
    questions.add(label_text="编号", kind="text", least=150, **ask)
    questions.add(label_text="出生日期", kind="date", most=-1, **ask)
    questions.add(label_text="开始日期", kind="date", most=30, **ask)
    questions.add(label_text="当天", kind="date", least=0, most=0, **ask)
    report = dry_run(draft, by=campus.X)
    assert report.is_good, (report.refused, report.failures, report.left)


def test_a_service_is_published_retired_and_switched_at_once(campus: Campus, team: Team) -> None:
    by, first = campus.X, editions.publish(made(campus, team), by=campus.X)
    service = first.service

    def switch() -> None:
        for position in range(2, 25):
            editions.switch(service, by=by, position=position)

    for _ in range(3):
        running = editions.running(service) or editions.publish(editions.draft_of(service, by=by), by=by)
        draft = editions.draft_of(service, by=by)
        done = at_once(
            lambda draft=draft: editions.publish(draft, by=by), lambda: editions.retire(service, by=by), switch, switch
        )
        assert not [each for each in done if isinstance(each, Exception)], done
        assert [event.name for event in events.timeline(running)].count("retire") == 1
    for subject in (service, *Edition.select()):
        assert events.broken_links(list(reversed(events.timeline(subject)))) == []


def test_two_teams_of_one_code_at_once(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody makes 会议室 between the choice of a code for 会议所 and its row."""
    first = teams.add(by=campus.X, name="会议室")
    monkeypatch.setattr(teams, "_code", lambda name: first.code)
    with pytest.raises(Refused) as refused:
        teams.add(by=campus.X, name="会议所")
    assert (refused.value.field, refused.value.stale) == ("name", True)


def test_somebody_leaves_a_team_once(campus: Campus, team: Team) -> None:
    by = campus.X
    for rounds in range(1, 7):
        grant = teams.join(team, by=by, number=campus.W2.number)
        done = at_once(*[lambda grant=grant: teams.leave(team, grant.id, by=by)] * 4)
        assert done == [None] * 4
        assert Event.select().where(Event.subject_type == "grant", Event.name == "delete").count() == rounds


def test_the_difference_to_what_runs_is_in_words(campus: Campus, team: Team) -> None:
    before = editions.publish(made(campus, team), by=campus.X)
    after = editions.draft_of(before.service, by=campus.X)
    assert differences(plan_of(before), plan_of(after)) == []
    after = edition_parts.about(after, by=campus.X, name="会议室", audience=["staff"])
    after = edition_parts.put_step(
        after, by=campus.X, name="直接批准", sources=["submitted", "returned"], target="done", taker="holder",
        weight="primary",
    )  # fmt: skip
    after = edition_parts.drop_step(after, "refuse", by=campus.X)
    after = edition_routes.put_route(after, by=campus.X, team=team, building=Building.get())
    questions.add(by=campus.X, asked_of="edition", about=str(after.id), label_text="人数", kind="number")
    found = {(each.what, each.name, each.how) for each in differences(plan_of(before), plan_of(after))}
    assert found == {
        ("基本信息", "会议室", "changed"),
        ("步骤", "直接批准", "new"),
        ("步骤", "不通过", "gone"),
        ("问题", "人数", "new"),
        ("谁来办", "", "new"),
    }
