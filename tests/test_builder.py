"""The builder through HTTP: who gets in, that looking changes nothing, two operators at once, forms that come back."""

from collections.abc import Callable
from typing import Any

import pytest

from hall import edition_parts, edition_routes, editions, questions
from hall.edition_plan import plan_of
from models import Building, Edition, Event, Grant, Service, ServiceStep, Team
from tests.addresses import dangers, everything
from tests.conftest import Campus
from tests.test_editions import made, manned
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
SCRIPT = "<img src=x onerror=p(1)>"


@pytest.fixture
def draft(campus: Campus) -> Edition:
    """A draft beside what runs, with a question, a route and a step that asks something."""
    team = manned("HYS", "会议室管理组", campus.W1)
    edition = editions.publish(made(campus, team, code="rooms"), by=campus.X)
    edition = editions.draft_of(edition.service, by=campus.X)
    options = [{"label": "大会议室"}, {"label": "小会议室"}]
    about: Any = {"by": campus.X, "asked_of": "edition", "about": str(edition.id)}
    room = questions.add(label_text="哪一间", kind="choice", options=options, **about)
    questions.add(label_text="要茶水吗", kind="yes_no", only_if=room.code, only_if_in=["大会议室"], **about)
    step: Any = {"asked_of": "service_step", "about": f"{edition.id}:approve", "label_text": "钥匙号"}
    questions.add(by=campus.X, kind="text", **step)
    other = manned("DHYS", "大会议室组", campus.W2)
    return edition_routes.put_route(
        edition, by=campus.X, team=other, building=Building.get(), question=room.code, value="大会议室"
    )


def pages(draft: Edition) -> list[str]:
    there, route = "/admin/builder/rooms", plan_of(draft).routes[0].id
    inside = ["", "/about", "/who", "/preview", "/try", "/publish", "/discard", "/routes/new", f"/routes/{route}/drop"]
    inside += ["/states/new", "/states/returned", "/states/returned/drop"]
    inside += ["/steps/new?from=submitted", "/steps/approve", "/steps/approve/drop"]
    plain = ["/admin/builder/", "/admin/builder/new", "/admin/builder/teams", "/admin/builder/teams/HYS"]
    return [*plain, there, f"{there}/retire", f"{there}/versions/1", *(f"{there}/draft{each}" for each in inside)]


def test_only_who_configures_gets_in_and_looking_changes_nothing(
    campus: Campus, draft: Edition, sign_in: SignIn, client: Visitor, queries: Any
) -> None:
    operator, strangers = sign_in("X"), [sign_in(who) for who in ("A", "W1", "M", "leader")]
    before = everything()
    for path in pages(draft):
        with queries() as asked:
            page = operator.get(path)
        assert page.status_code == 200, path
        assert len(asked) <= 10, (path, len(asked), asked)
        assert not dangers(page), path
        assert client.get(path).status_code == 302, path
        for stranger in strangers:
            assert stranger.get(path).status_code == 404, path
            assert stranger.post(path.partition("?")[0], name="别人的").status_code in (404, 405), path
    assert everything() == before


def test_a_page_asks_as_much_for_one_service_as_for_many(
    campus: Campus, draft: Edition, sign_in: SignIn, queries: Any
) -> None:
    operator = sign_in("X")

    def cost(path: str) -> int:
        operator.get(path)
        with queries() as asked:
            operator.get(path)
        return len(asked)

    paths = ["/admin/builder/", "/admin/builder/rooms", "/admin/builder/rooms/draft"]
    few = [cost(path) for path in paths]
    for number in range(6):
        editions.create(by=campus.X, name=f"服务{number}")
        edition_parts.put_state(draft, by=campus.X, name=f"状态{number}", kind="granted")
        said: Any = {"sources": ["submitted"], "target": "done", "taker": "holder", "weight": "primary"}
        edition_parts.put_step(draft, by=campus.X, name=f"步骤{number}", **said)
    assert [cost(path) for path in paths] == few


def test_the_whole_way_by_forms(campus: Campus, sign_in: SignIn) -> None:
    operator = sign_in("X")
    # What is wrong is said and what was typed is kept; sent five times, it is one.
    wrong = operator.submit("/admin/builder/new", name="", beginning="plain", code="Wrong Code")
    assert wrong.status_code == 400
    assert "Wrong Code" in wrong.text
    form = operator.form("/admin/builder/new")
    for _ in range(5):
        answer = operator.client.post(form.action, data=form.values | {"name": "钥匙登记", "beginning": "plain"})
        assert answer.location.endswith("/admin/builder/yao-shi-deng-ji/draft")
    assert Service.select().count() == 1
    there = "/admin/builder/yao-shi-deng-ji/draft"
    assert "还没有写一句话说明" in operator.get(there).text
    assert operator.submit(f"{there}/publish").status_code == 400

    operator.submit("/admin/builder/teams", name="钥匙组")
    team = Team.get(Team.name == "钥匙组")
    assert operator.submit(f"/admin/builder/teams/{team.code}", number="没有这人").status_code == 400
    for _ in range(2):
        operator.submit(f"/admin/builder/teams/{team.code}", number=campus.number("W1").lower())
    grant = Grant.get(Grant.scope == team.code)
    assert (grant.role, grant.person) == ("clerk", campus.W1)
    operator.submit(f"/admin/builder/teams/{team.code}", action=f"/admin/builder/teams/{team.code}/leave/{grant.id}")
    assert not Grant.select().where(Grant.scope == team.code).exists()
    operator.submit(f"/admin/builder/teams/{team.code}", number=campus.number("W1"))

    operator.submit(f"{there}/who", team=team.code)
    operator.submit(f"{there}/about", text="领用和归还钥匙", icon="key", audience=["staff"])
    operator.submit(f"{there}/states/new", name="待归还", kind="applicant")
    said = {"name": "归还", "sources": ["s1"], "target": "done", "taker": "applicant", "weight": "primary"}
    operator.submit(f"{there}/steps/new?from=s1", **said)
    operator.submit(f"{there}/steps/finish", name="发放", target="s1")
    assert operator.submit(f"{there}/states/submitted", name="待发放", hours="0").status_code == 400
    operator.submit(f"{there}/states/submitted", name="待发放", hours="4")
    operator.submit(f"{there}/routes/new", building=Building.get().code, team=team.code)
    for _ in range(3):
        operator.submit(there, action=f"{there}/states/s1/move", having="to", to="up")
    plan = plan_of(Edition.get())
    assert [(state.name, state.due_minutes) for state in plan.states][:2] == [("待发放", 240), ("待归还", None)]
    assert next((step.name, step.target) for step in plan.steps_from("submitted")) == ("发放", "s1")
    assert (plan.edition.audience, plan.edition.team, len(plan.routes)) == (["staff"], team, 1)
    assert "全部走通了" in operator.submit(f"{there}/try").text
    done = operator.submit(f"{there}/publish")
    assert done.location.endswith("/admin/builder/yao-shi-deng-ji")
    assert operator.get(there).status_code == 404
    operator.submit("/admin/builder/yao-shi-deng-ji", is_open=None, having="position")
    assert not Service.get().is_open
    operator.submit("/admin/builder/yao-shi-deng-ji/retire")
    assert Edition.get().state == "retired"


def test_the_second_of_two_operators_is_told_and_sees_both(campus: Campus, draft: Edition, sign_in: SignIn) -> None:
    Grant.create(person=campus.M, role="administrator", scope="")
    first, second = sign_in("X"), sign_in("M")
    path = "/admin/builder/rooms/draft/steps/approve"
    late = second.form(path)
    first.submit(path, name="同意", message="请来取钥匙")
    answer = second.client.post(late.action, data=late.values | {"name": "批准"})
    assert answer.status_code == 409
    assert "批准" in answer.text
    assert "同意" in answer.text
    assert ServiceStep.get(ServiceStep.edition == draft.id, ServiceStep.code == "approve").name == "同意"
    again = next(form for form in _forms(answer) if "seen" in form.values)
    assert second.client.post(late.action, data=again.values).status_code == 302
    assert ServiceStep.get(ServiceStep.edition == draft.id, ServiceStep.code == "approve").name == "批准"
    # Whoever publishes has read what is published.
    form = second.form("/admin/builder/rooms/draft/publish")
    first.submit("/admin/builder/rooms/draft/about", name="另一个名字")
    assert second.client.post(form.action, data=form.values).status_code == 409
    assert editions.running(draft.service).number == 1  # type: ignore[union-attr]


def _forms(answer: Any) -> Any:
    from tests.visitor import forms

    return forms(answer)


def test_words_of_the_operator_are_words(campus: Campus, draft: Edition, sign_in: SignIn) -> None:
    operator, there = sign_in("X"), "/admin/builder/rooms/draft"
    operator.submit(f"{there}/about", name="<b onx=1>", text=SCRIPT, intro=f"{SCRIPT}\n\n[x](javascript:p(1))")
    operator.submit(f"{there}/states/submitted", name="<i onx=1>", explain=SCRIPT)
    operator.submit(f"{there}/steps/approve", name="<u onx=1>", message=SCRIPT)
    for path in pages(draft):
        page = operator.get(path)
        assert page.status_code == 200, path
        assert not dangers(page), path
    report = operator.submit(f"{there}/try")
    assert not dangers(report)
    assert "全部走通了" in report.text
    # A dry run is no event of anybody.
    assert not Event.select().where(Event.subject_type == "application").exists()
