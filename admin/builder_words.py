"""A service as sentences: what an operator reads instead of codes. Pairs (msgid, values) as `|t` shows them."""

from typing import Any

from hall import markdown
from hall.edition_plan import KINDS, Difference, Plan, Said, kind_of, named
from hall.question_values import Bilingual, options_of
from hall.words import N_
from models import (
    AUDIENCES,
    QUESTION_KINDS,
    Department,
    Edition,
    Question,
    ServiceRoute,
    ServiceState,
    ServiceStep,
    tuples,
)
from templating import is_english

HOUR = 60
# Who takes a step, and whether the state stays.
TAKEN = {
    ("holder", False): N_("办理组点“%(step)s”，变成“%(state)s”"),
    ("holder", True): N_("办理组点“%(step)s”，状态不变"),
    ("applicant", False): N_("申请人点“%(step)s”，变成“%(state)s”"),
    ("applicant", True): N_("申请人点“%(step)s”，状态不变"),
}


def step_said(plan: Plan, step: ServiceStep, source: ServiceState) -> list[Said]:
    """What a step does in the state `source`: the first is the sentence, the others are its details."""
    target = plan.state(step.target)
    values = {"step": named(step), "state": named(target) if target else "?"}
    found: list[Said] = [(TAKEN[step.taker, target is not None and target.code == source.code], values)]
    if step.needs_note:
        found.append((N_("要写说明"), {}))
    if asked := plan.questions.get(step.code):
        found.append((N_("要回答：%(questions)s"), {"questions": [named(question) for question in asked]}))
    if step.tells_applicant and step.message:
        found.append((N_("告诉申请人：“%(message)s”"), {"message": Bilingual(step.message, step.message_en)}))
    elif step.tells_applicant:
        found.append((N_("告诉申请人"), {}))
    if step.tells_team:
        found.append((N_("告诉接手的办理组"), {}))
    return found


def state_said(plan: Plan, state: ServiceState) -> list[Said]:
    """Whose turn it is in a state, and for how long."""
    if state.holder == "team":
        found: list[Said] = [(N_("轮到%(team)s"), {"team": named(state.team) if state.team else "?"})]
    elif state.holder == "route":
        found = [(N_("轮到办理组（见“谁来办”）"), {})]
    elif state.holder == "applicant":
        found = [(N_("等申请人"), {})]
    else:
        return [(KINDS[kind_of(state)][2], {})]
    if state.due_minutes:
        hours = f"{state.due_minutes / HOUR:g}"
        found.append((N_("%(hours)s 个服务小时之内"), {"hours": hours}))
    return found


def question_said(question: Question, asked: list[Question]) -> list[Said]:
    """What kind of answer a question wants, and when it is put."""
    found: list[Said] = [(dict(QUESTION_KINDS)[question.kind], {})]
    if question.options:
        found = [(N_("%(kind)s：%(options)s"), {"kind": found[0], "options": [*options_of(question).values()]})]
    if question.required:
        found.append((N_("必填"), {}))
    above = next((row for row in asked if row.code == question.only_if), None)
    if above is not None:
        labels = options_of(above)
        said = [labels.get(value, value) for value in question.only_if_in]
        found.append((N_("只在“%(question)s”答“%(answers)s”时问"), {"question": named(above), "answers": said}))
    return found


def route_said(plan: Plan, route: ServiceRoute) -> Said:
    """When a route holds, and who gets it then."""
    parts: list[Said] = []
    if route.building:
        parts.append((N_("楼宇是%(building)s"), {"building": route.building.name}))
    if route.department:
        parts.append((N_("申请人来自%(department)s"), {"department": route.department.name}))
    if route.question:
        question = next((row for row in plan.questions.get("", []) if row.code == route.question), None)
        labels: dict[str, Any] = dict(options_of(question)) if question else {}
        said = {"question": named(question) if question else "?", "answer": labels.get(route.value, route.value)}
        parts.append((N_("“%(question)s”填的是“%(answer)s”"), said))
    if not parts:
        return N_("都交给%(team)s"), {"team": named(route.team)}
    sentence: Any = parts[0]
    for part in parts[1:]:
        sentence = (N_("%(first)s，并且%(second)s"), {"first": sentence, "second": part})
    return N_("如果%(when)s，交给%(team)s"), {"when": sentence, "team": named(route.team)}


def both(row: Any, name: str) -> Bilingual:
    """A text of a row in both languages."""
    return Bilingual(getattr(row, name), getattr(row, f"{name}_en"))


def intro_said(edition: Edition) -> str:
    """What somebody has to know before, without the marks of Markdown, in the reader's language."""
    return markdown.plain(edition.intro_en if is_english() and edition.intro_en else edition.intro)


def audience_said(edition: Edition) -> Said:
    """Who may apply."""
    kinds = [dict(AUDIENCES).get(kind, kind) for kind in edition.audience]
    codes = edition.departments
    names = (
        dict(tuples(Department.select(Department.code, Department.name).where(Department.code.in_(codes))))
        if codes
        else {}
    )
    departments = [names.get(code, code) for code in codes]
    if kinds and departments:
        return N_("%(departments)s的%(kinds)s"), {"departments": departments, "kinds": kinds}
    if kinds or departments:
        return N_("只限%(who)s"), {"who": kinds or departments}
    return N_("人人都可以"), {}


def difference_said(found: Difference) -> Said:
    """One difference between two editions as its headline."""
    said = {"what": found.what, "name": found.name}
    if not found.name:
        return found.what, {}
    return {
        "new": (N_("新增%(what)s“%(name)s”"), said),
        "gone": (N_("去掉%(what)s“%(name)s”"), said),
        "changed": (N_("%(what)s“%(name)s”有改动"), said),
    }[found.how]
