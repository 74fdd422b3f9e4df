"""What the tests of applications share: a service with two desks, its people, and an application in any state."""

from typing import Any

from hall import applications, clock
from models import (
    Application,
    Building,
    Edition,
    Grant,
    Person,
    Question,
    Service,
    ServiceRoute,
    ServiceState,
    ServiceStep,
    Team,
)
from tests.conftest import Campus

DAY = 8 * 60
STATES: list[dict[str, Any]] = [
    {"code": "checking", "name": "待审核", "name_en": "Being checked", "holder": "route", "due_minutes": DAY},
    {"code": "back", "name": "待补充", "name_en": "More needed", "holder": "applicant", "phase": "applicant",
     "due_minutes": 3 * DAY, "explain": "请按说明补充", "explain_en": "Please add what is asked"},
    {"code": "issuing", "name": "制证中", "name_en": "Being made", "holder": "team"},
    {"code": "issued", "name": "已领取", "name_en": "Collected", "holder": "nobody", "phase": "granted"},
    {"code": "denied", "name": "未通过", "name_en": "Refused", "holder": "nobody", "phase": "refused"},
    {"code": "gone", "name": "已撤回", "name_en": "Withdrawn", "holder": "nobody", "phase": "withdrawn"},
]  # fmt: skip
STEPS: list[dict[str, Any]] = [
    {"code": "agree", "name": "通过", "name_en": "Approve", "sources": ["checking"], "target": "issuing",
     "weight": "primary", "tells_team": True},
    {"code": "ask", "name": "退回补充", "name_en": "Ask for more", "sources": ["checking"], "target": "back",
     "needs_note": True},
    {"code": "deny", "name": "不通过", "name_en": "Refuse", "sources": ["checking"], "target": "denied",
     "needs_note": True, "weight": "danger"},
    {"code": "resend", "name": "补充后重新提交", "name_en": "Send again", "sources": ["back"], "target": "checking",
     "taker": "applicant", "weight": "primary", "tells_applicant": False, "tells_team": True},
    {"code": "hand_out", "name": "发证", "name_en": "Hand out", "sources": ["issuing"], "target": "issued",
     "weight": "primary", "message": "通行证好了，请到南门领取", "message_en": "Your pass is ready at the south gate"},
    {"code": "withdraw", "name": "撤回申请", "name_en": "Withdraw", "sources": ["checking", "back"], "target": "gone",
     "taker": "applicant", "weight": "danger", "tells_applicant": False},
]  # fmt: skip
PLATE = "京A12345"
GIVEN = {"plate": PLATE, "gate": "south"}
PHONE = "13900000000"


def team(code: str, name: str, clerk: Person) -> Team:
    """A team with one clerk."""
    made = Team.create(code=code, name=name, name_en=f"Desk {code}", phone="010-60000000")
    Grant.create(person=clerk, role="clerk", scope=code)
    return made


def made(
    campus: Campus, code: str = "vehicle", clerks: tuple[str, str] = ("settler", "finance"), **more: Any
) -> Edition:
    """A published service 车辆通行证 whose team BW checks and KW issues; the west gate goes to KW at once."""
    known = Team.get_or_none(Team.code == "BW")
    checks = known or team("BW", "保卫处车证办", getattr(campus, clerks[0]))
    issues = Team.get_or_none(Team.code == "KW") or team("KW", "南门岗", getattr(campus, clerks[1]))
    service = Service.create(code=code)
    usual = {
        "name": "车辆通行证",
        "name_en": "Vehicle pass",
        "text": "给自己的车办进校通行证",
        "intro": "带好**行驶证**。",
    }
    edition = Edition.create(
        service=service, state="published", slot=f"{service.id}:published", published=clock.now(), team=checks,
        **usual | more,
    )  # fmt: skip
    for position, state in enumerate(STATES, 1):
        held_by = {"team": issues} if state["holder"] == "team" else {}
        ServiceState.create(edition=edition, position=position, **state, **held_by)
    for position, step in enumerate(STEPS, 1):
        ServiceStep.create(edition=edition, position=position, **step)
    asked = {"asked_of": "edition", "about": str(edition.id)}
    Question.create(
        **asked, code="plate", label_text="车牌号码", label_en="Plate", kind="text", required=True, position=1
    )
    gates = [
        {"value": "south", "label": "南门", "label_en": "South"},
        {"value": "west", "label": "西门", "label_en": "West"},
    ]
    Question.create(
        **asked, code="gate", label_text="走哪个门", label_en="Gate", kind="choice", options=gates, position=2
    )
    ServiceRoute.create(edition=edition, question="gate", value="west", team=issues)
    return edition


def applied(by: Person, edition: Edition, **more: Any) -> Application:
    """An application as somebody sends it."""
    values: dict[str, Any] = {"phone": PHONE, "given": GIVEN}
    values |= {"building": Building.get(), "room": "304"} if edition.asks_place else {}
    return applications.apply(by=by, edition=edition, **values | more)


def taken(application: Application, step: str, by: Person, **answers: Any) -> Application:
    """The application after a step."""
    return applications.flow.perform(fresh(application), step, by=by, **answers)


def fresh(application: Application) -> Application:
    return Application.get_by_id(application.id)


def walked(campus: Campus, edition: Edition, state: str, by: Person | None = None) -> Application:
    """An application of A's that stands in `state`."""
    row = applied(by or campus.A, edition)
    ways: dict[str, list[tuple[str, Person, dict[str, Any]]]] = {
        "checking": [],
        "back": [("ask", campus.settler, {"note": "请写清楚车牌"})],
        "issuing": [("agree", campus.settler, {})],
        "issued": [("agree", campus.settler, {}), ("hand_out", campus.finance, {})],
        "denied": [("deny", campus.settler, {"note": "不是本校的车"})],
        "gone": [("withdraw", by or campus.A, {})],
    }
    for step, actor, answers in ways[state]:
        row = taken(row, step, actor, **answers)
    return row
