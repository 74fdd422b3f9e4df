"""A running application keeps the edition that it began with: its questions, its routes, its times, its words."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hall import applications, edition_parts, edition_routes, editions, questions
from hall.edition_plan import plan_of
from models import Application, Edition, Question, ServiceStep, Team
from tests.applying import DAY, PHONE, applied, fresh, made, taken, walked
from tests.asking import kept
from tests.conftest import Campus
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
MONDAY = datetime(2026, 11, 23, 1)  # nine in the morning


def changed(campus: Campus, first: Edition) -> Edition:
    """The second edition, published: it asks for the model instead of the department, sends the west gate elsewhere,
    promises an hour, asks at a step and has other words."""
    draft = editions.draft_of(first.service, by=campus.X)
    about: Any = {"by": campus.X, "asked_of": "edition", "about": str(draft.id)}
    questions.retire(next(each for each in questions.of("edition", str(draft.id)) if each.code == "whose"), by=campus.X)
    questions.add(code="model", label_text="车型", kind="text", required=True, **about)
    questions.add(
        by=campus.X, asked_of="service_step", about=f"{draft.id}:agree", label_text="核对", kind="text", required=True
    )
    draft = edition_routes.drop_route(draft, plan_of(draft).routes[0].id, by=campus.X)
    checks, issues = Team.get(Team.code == "BW"), Team.get(Team.code == "KW")
    for value, team in (("west", checks), ("south", issues)):
        draft = edition_routes.put_route(draft, by=campus.X, team=team, question="gate", value=value)
    draft = edition_parts.put_state(
        draft, by=campus.X, code="checking", name="等核对", kind="route", due_minutes=60, explain=""
    )
    return editions.publish(draft, by=campus.X)


def test_what_was_sent_back_is_resent_by_its_own_edition(sign_in: SignIn, campus: Campus, freeze: Any) -> None:
    freeze(MONDAY)
    first = made(campus)
    whose = {"asked_of": "edition", "about": str(first.id), "position": 3, "required": True}
    Question.create(**whose, code="whose", label_text="哪个单位", kind="text", least=2, most=8)
    row = applied(campus.A, first, given={"plate": "京A12345", "gate": "south", "whose": "物理学院"})
    row = taken(row, "ask", campus.settler, note="请写清楚单位")
    second = changed(campus, first)
    assert [each.code for each in questions.of("edition", str(second.id))] == ["plate", "gate", "model"]

    a, path = sign_in("A"), f"/applications/{row.number}/resend"
    page = a.get(path).text
    assert 'name="q_whose"' in page and 'name="q_model"' not in page
    # What its own form does not allow is refused by it, and nothing is written.
    before = kept(row)
    for wrong in ({"q_whose": ""}, {"q_whose": "太长的一个单位名称"}, {"q_gate": "north"}):
        answer = a.submit(path, **wrong)
        assert answer.status_code == 400 and f'id="{next(iter(wrong))}-error"' in answer.text, wrong
        assert (fresh(row).status, kept(row)) == ("back", before)
    assert a.submit(path, q_whose="化学学院", q_gate="west").status_code == 302
    row = fresh(row)
    assert kept(row) == {"plate": "京A12345", "gate": "west", "whose": "化学学院"}
    assert (row.edition_id, row.status_name, row.team.code) == (first.id, "待审核", "KW")
    assert row.due == MONDAY + timedelta(minutes=DAY)  # of service, not the hour that is promised now
    # So does its desk: one click, where the newer edition asks something.
    queue = f"/admin/queue/application/{row.number}"
    assert sign_in("finance").submit(queue, action=f"{queue}/agree").status_code == 302
    assert fresh(row).status == "issuing"

    # Who begins now gets what is published now.
    assert 'name="q_model"' in a.get("/services/vehicle/new").text
    said = {"q_plate": "京A54321", "q_gate": "west", "q_model": "轿车", "phone": PHONE}
    assert a.submit("/services/vehicle/new", **said).status_code == 302
    new = Application.get(Application.id != row.id)
    assert (new.edition_id, new.status_name, new.team.code) == (second.id, "等核对", "BW")
    assert new.due == MONDAY + timedelta(hours=1)
    assert applications.published("vehicle") == second


def test_every_step_of_a_running_application_is_of_its_edition(campus: Campus) -> None:
    """A step that the newer edition has dropped can still be taken, one that it has added cannot."""
    first = made(campus)
    row = walked(campus, first, "checking")
    draft = editions.draft_of(first.service, by=campus.X)
    draft = edition_parts.drop_step(draft, "agree", by=campus.X)
    said: Any = {"sources": ["checking"], "target": "issuing", "taker": "holder", "weight": "primary"}
    draft = edition_parts.put_step(draft, by=campus.X, name="直接制证", **said)
    second = editions.publish(draft, by=campus.X)
    added = ServiceStep.get(ServiceStep.edition == second.id, ServiceStep.name == "直接制证").code
    assert added not in applications.flow.steps_of(fresh(row))
    assert taken(row, "agree", campus.settler).status == "issuing"
