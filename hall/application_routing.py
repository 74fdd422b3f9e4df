"""Which team an application goes to, and why: the most specific route of its edition that fits, else its own team."""

import json
import re
from collections.abc import Mapping
from typing import Any

from hall import events
from hall.words import N_
from models import Answer, Application, Building, Department, Edition, Question, ServiceRoute, Team, tuples

FORM_QUESTIONS = "edition"
# What makes a route specific, the most first.
WEIGHTS = {"question": 4, "building": 2, "department": 1}
# Why an application lies with its team; `routed_why` is made of these.
BY_ANSWER = N_("“%(question)s”填的是“%(answer)s”")
BY_BUILDING = N_("楼宇是%(building)s")
BY_DEPARTMENT = N_("申请人来自%(department)s")
BY_DEFAULT = N_("没有更具体的路由，由默认办理组办理")
TO_NOBODY = N_("还没有设置办理组")
_SAID = {
    BY_ANSWER: re.compile("“(?P<question>.+?)”填的是“(?P<answer>.*)”", re.DOTALL),
    BY_BUILDING: re.compile("楼宇是(?P<building>.+)"),
    BY_DEPARTMENT: re.compile("申请人来自(?P<department>.+)"),
    BY_DEFAULT: re.compile(BY_DEFAULT),
    TO_NOBODY: re.compile(TO_NOBODY),
}
BETWEEN = "；"
MOST = 200


def route(
    edition: Edition, building: Building | None, department: Department | None, given: Mapping[str, Any]
) -> tuple[Team | None, str]:
    """The team for an application and the reason in words, None where neither a route nor the edition names one.

    `given` has the answers to the questions of the form by code: text, True or False, a number, a day or a list.
    """
    rows = ServiceRoute.select(ServiceRoute, Team).join(Team).where(ServiceRoute.edition == edition.id)
    fits = [row for row in rows.order_by(ServiceRoute.id) if _fits(row, building, department, given)]
    if fits:
        best = max(fits, key=lambda row: (_weight(row), -row.id))
        return best.team, _why(best, building, department)
    if edition.team_id is not None:
        return edition.team, BY_DEFAULT
    return None, TO_NOBODY


def _fits(
    row: ServiceRoute, building: Building | None, department: Department | None, given: Mapping[str, Any]
) -> bool:
    if row.building_id is not None and (building is None or building.id != row.building_id):
        return False
    if row.department_id is not None and (department is None or department.id != row.department_id):
        return False
    return not row.question or row.value in _said(given.get(row.question))


def _said(value: Any) -> list[str]:
    """An answer as the texts that a route can name: those of a list, yes and no as 1 and 0."""
    if isinstance(value, list | tuple | set):
        return [text for each in value for text in _said(each)]
    if isinstance(value, bool):
        return ["1" if value else "0"]
    return [] if value is None else [str(value)]


def _weight(row: ServiceRoute) -> int:
    return sum(weight for name, weight in WEIGHTS.items() if row.__data__[name])


def _why(row: ServiceRoute, building: Building | None, department: Department | None) -> str:
    parts = []
    if row.question:
        parts.append(BY_ANSWER % _answer_of(row))
    if row.building_id is not None and building is not None:
        parts.append(BY_BUILDING % {"building": building.name})
    if row.department_id is not None and department is not None:
        parts.append(BY_DEPARTMENT % {"department": department.name})
    return BETWEEN.join(parts)[:MOST] or BY_DEFAULT


def _answer_of(row: ServiceRoute) -> dict[str, str]:
    """The question and the answer of a route as people read them."""
    asked = (Question.asked_of == FORM_QUESTIONS) & (Question.about == str(row.edition_id))
    question = Question.get_or_none(asked, Question.code == row.question, Question.retired.is_null())
    if question is None:
        return {"question": row.question, "answer": row.value}
    labels = {option["value"]: option["label"] for option in question.options}
    labels |= {"1": N_("是"), "0": N_("否")} if question.kind == "yes_no" else {}
    return {"question": question.label_text, "answer": labels.get(row.value, row.value)}


def told(why: str) -> list[tuple[str, dict[str, str]]]:
    """`routed_why` as sentences with their values, so that a face can say them in the reader's language."""
    parts = []
    for said in why.split(BETWEEN) if why else []:
        known = ((sentence, pattern.fullmatch(said)) for sentence, pattern in _SAID.items())
        parts.append(next(((name, found.groupdict()) for name, found in known if found), ("%(why)s", {"why": said})))
    return parts


def given_of(application: Application) -> dict[str, Any]:
    """What was answered in the form of `application`, by the code of the question, as `route` takes it."""
    mine = (Answer.subject_type == events.subject_type(Application)) & (Answer.subject_id == application.id)
    rows = Answer.select(Question.code, Question.kind, Answer.value).join(Question)
    return {
        code: json.loads(value) if kind == "choices" else value
        for code, kind, value in tuples(rows.where(mine, Question.asked_of == FORM_QUESTIONS))
    }
