"""会议室预约, 车辆通行证 and 开具住宿证明, made by an operator through the forms of the panel, used and decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import clock, questions
from hall.edition_plan import plan_of
from models import Application, Edition, Team
from tests.asking import kept
from tests.conftest import CAST, Campus
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
HALL = "图书馆报告厅"
FETCHED = "公寓服务中心 102 室"


def make(operator: Visitor, name: str, code: str, beginning: str, about: dict[str, Any]) -> str:
    """A draft with its team and what it says of itself; gives the address of its pages."""
    answer = operator.submit("/admin/builder/new", name=name, code=code, beginning=beginning)
    there = f"/admin/builder/{code}/draft"
    assert answer.location.endswith(there)
    assert operator.submit(f"{there}/about", **about).status_code == 302
    assert operator.submit(f"{there}/who", team=manned(operator, f"{name}组", "W1")).status_code == 302
    return there


def manned(operator: Visitor, name: str, who: str) -> str:
    operator.submit("/admin/builder/teams", name=name)
    code = Team.get(Team.name == name).code
    operator.submit(f"/admin/builder/teams/{code}", number=CAST[who])
    return code


def ask(operator: Visitor, kind: str, label: str, step: str = "", **more: Any) -> str:
    """A question of the draft, required if nothing else is said; gives its code."""
    edition = Edition.get(Edition.state == "draft")
    asked_of, about = ("service_step", f"{edition.id}:{step}") if step else ("edition", str(edition.id))
    path = f"/admin/questions/{asked_of}/{about}/add?kind={kind}"
    answer = operator.submit(path, having="label_text", **{"label_text": label, "required": "y", **more})
    assert answer.status_code == 302, label
    return questions.of(asked_of, about)[-1].code


def rooms(operator: Visitor) -> dict[str, Any]:
    said = {"text": "预约校内会议室和报告厅", "icon": "calendar-check", "audience": ["staff"]}
    there = make(operator, "会议室预约", "meeting-room", "approval", said)
    room = ask(operator, "choice", "哪个会议室", options=f"第一会议室\n{HALL} | Lecture hall")
    day = ask(operator, "date", "哪一天", least="1", most="60")
    many = ask(operator, "number", "多少人", least="2", most="300", unit="人")
    team = manned(operator, "图书馆办公室", "W2")
    assert operator.submit(f"{there}/routes/new", answer=f"{room}:{HALL}", team=team).status_code == 302
    tomorrow = (clock.today() + timedelta(days=1)).isoformat()
    return {f"q_{room}": HALL, f"q_{day}": tomorrow, f"q_{many}": "180"}


def cars(operator: Visitor) -> dict[str, Any]:
    """After the approval the applicant fetches the permit, and says so."""
    said = {"text": "办理机动车进校园的通行证", "icon": "car-front", "audience": ["staff", "worker"]}
    there = make(operator, "车辆通行证", "vehicle-permit", "approval", said)
    operator.submit(f"{there}/states/new", name="待领取", kind="applicant", explain="请到东门岗亭领取。")
    fetch = next(state.code for state in plan_of(Edition.get()).states if state.name == "待领取")
    for _time in range(3):
        operator.submit(there, action=f"{there}/states/{fetch}/move", having="to", to="up")
    operator.submit(f"{there}/steps/approve", target=fetch, message="请带行驶证到东门岗亭领取。")
    said = {"sources": [fetch], "target": "done", "taker": "applicant", "weight": "primary"}
    assert operator.submit(f"{there}/steps/new?from={fetch}", name="我已领取", **said).status_code == 302
    plate = ask(operator, "text", "车牌号", least="7", most="8")
    owner = ask(operator, "choice", "谁的车", options="本人\n单位")
    unit = ask(operator, "text", "哪个单位", when=[f"{owner}=单位"])
    return {f"q_{plate}": "京A88888", f"q_{owner}": "单位", f"q_{unit}": "物理学院"}


def proofs(operator: Visitor) -> dict[str, Any]:
    """Where it can be fetched is asked of who completes it."""
    said = {"text": "证明您住在学生公寓", "icon": "file-earmark-check", "audience": ["student"], "asks_place": "y"}
    make(operator, "开具住宿证明", "residence-proof", "handling", said)
    use = ask(operator, "choice", "用来做什么", options="签证\n实习")
    copies = ask(operator, "number", "要几份", least="1", most="5", unit="份")
    spoken = ask(operator, "choices", "用什么语言", options="中文\n英文", least="1")
    ask(operator, "text", "在哪里领取", step="finish")
    return {f"q_{use}": "签证", f"q_{copies}": "2", f"q_{spoken}": ["中文", "英文"]}


# By code: how it is made, who applies and who may not, who decides, and the steps; the applicant's are in brackets.
SERVICES: dict[str, tuple[Callable[[Visitor], dict[str, Any]], str, str, str, list[str]]] = {
    "meeting-room": (rooms, "handler", "A", "W2", ["通过"]),
    "vehicle-permit": (cars, "other_handler", "A", "W1", ["通过", "（我已领取）"]),
    "residence-proof": (proofs, "A", "handler", "W1", ["受理", "办结"]),
}


@pytest.mark.parametrize("code", SERVICES)
def test_a_service_is_made_tried_published_used_and_decided(sign_in: SignIn, campus: Campus, code: str) -> None:
    make_it, who, other, clerk, steps = SERVICES[code]
    operator, applicant, desk = sign_in("X"), sign_in(who), sign_in(clerk)
    said = make_it(operator)
    there = f"/admin/builder/{code}/draft"
    assert applicant.get(f"/services/{code}").status_code == 404  # it is a draft
    assert "全部走通了" in operator.submit(f"{there}/try").text
    assert not Application.select().exists()
    assert operator.submit(f"{there}/publish").status_code == 302
    edition = Edition.get()
    assert (edition.state, edition.number) == ("published", 1)
    assert f'href="/services/{code}"' in applicant.get("/").text
    assert sign_in(other).get(f"/services/{code}/new").status_code == 302

    # What is wrong is said and nothing is kept; then it is applied for.
    path = f"/services/{code}/new"
    first = next(iter(said))
    answer = applicant.submit(path, phone="13900000000", **{**said, first: ""})
    assert answer.status_code == 400 and f'id="{first}-error"' in answer.text
    assert applicant.submit(path, phone="13900000000", **said).status_code == 302
    row = Application.get()
    assert len(kept(row)) == len(said) and (row.building is not None) == edition.asks_place
    for name in steps:
        own = name.startswith("（")
        step = next(each for each in plan_of(edition).steps if each.name == name.strip("（）"))
        base = f"/applications/{row.number}" if own else f"/admin/queue/application/{row.number}"
        visitor = applicant if own else desk
        asked = questions.of("service_step", f"{edition.id}:{step.code}")
        answers = {f"q_{each.code}": FETCHED for each in asked}
        page = f"{base}/{step.code}" if asked else base
        assert visitor.submit(page, action=f"{base}/{step.code}", **answers).status_code == 302, name
    row = Application.get()
    assert (row.phase, row.status_name) == ("granted", "已办结")
    shown = applicant.get(f"/applications/{row.number}").text
    assert "已办结" in shown and (FETCHED in shown) == (code == "residence-proof")
