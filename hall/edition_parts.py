"""What an operator changes in the draft of a service: what it says of itself, its states and its steps.

Every verb takes the draft as somebody saw it (`seen`, its version) and gives it back as it is now; raises Refused.
"""

import re
from typing import Any

from hall import events
from hall.answers import choice, text
from hall.edition_beginnings import ICONS
from hall.edition_changes import Details, changed, drop_questions
from hall.edition_plan import KINDS, about_step, is_end
from hall.editions import LONGEST_NAME
from hall.words import N_, Refused
from models import (
    AUDIENCES,
    STEP_TAKERS,
    Department,
    Edition,
    Person,
    Question,
    ServiceState,
    ServiceStep,
)

LONGEST = {
    "name": LONGEST_NAME,
    "name_en": 40,
    "text": 60,
    "text_en": 120,
    "intro": 20_000,
    "intro_en": 30_000,
    "explain": 200,
    "explain_en": 300,
    "message": 120,
    "message_en": 160,
    "value": 40,
}
MOST_ROWS = 40
MOST_MINUTES = 60 * 24 * 365


def about(edition: Edition, *, by: Person | None, seen: int | None = None, **said: Any) -> Edition:
    """Change what a draft says of itself and who may apply; what is not said stays.

    `said`: name, name_en, text, text_en, intro, intro_en, icon, audience (values of AUDIENCES), departments
    (codes), asks_place, team (Team or None).
    """

    def act(row: Edition, role: str) -> Details:
        wanted = _words(said, least={"name": 2})
        if "icon" in said:
            wanted["icon"] = choice(said["icon"], ICONS, "icon")
        if "audience" in said:
            wanted["audience"] = [choice(kind, AUDIENCES, "audience") for kind in said["audience"]]
        if "departments" in said:
            wanted["departments"] = _departments(said["departments"])
        wanted |= {name: said[name] for name in ("asks_place", "team") if name in said}
        return _set(row, wanted)

    return changed(edition, act, by=by, seen=seen, name="edit", label=N_("修改"))


# --- states ------------------------------------------------------------------------------------------


def put_state(
    edition: Edition,
    *,
    by: Person | None,
    code: str = "",
    seen: int | None = None,
    once: str | None = None,
    **said: Any,
) -> Edition:
    """Change a state of a draft, or add one where `code` is "".

    `said`: name, name_en, kind (of edition_plan.KINDS), team (for the kind `team`), due_minutes (of service time, or
    None), explain, explain_en.
    """

    def act(row: Edition, role: str) -> Details:
        phase, holder, _label = KINDS[choice(said["kind"], [(kind, kind) for kind in KINDS], "kind")]
        team = said.get("team") if said["kind"] == "team" else None
        if said["kind"] == "team" and team is None:
            raise Refused(N_("请选择办理组"), field="team")
        minutes = said.get("due_minutes") if holder in ("route", "team") else None
        if minutes is not None and not 1 <= minutes <= MOST_MINUTES:
            raise Refused(N_("时限要大于 0，最长一年"), field="hours")
        wanted = _words(said, least={"name": 1})
        wanted |= {"phase": phase, "holder": holder, "team": team, "due_minutes": minutes}
        return _put(ServiceState, row, code, "s", wanted)

    name, label = ("state", N_("修改状态")) if code else ("add_state", N_("添加状态"))
    return changed(edition, act, by=by, seen=seen, once=once, name=name, label=label)


def drop_state(edition: Edition, code: str, *, by: Person | None, seen: int | None = None) -> Edition:
    """Take a state off a draft, and with it the steps that lead there or can only be taken there."""

    def act(row: Edition, role: str) -> Details:
        state = _one(ServiceState, row, code)
        gone = []
        for step in ServiceStep.select().where(ServiceStep.edition == row.id):
            left = [source for source in step.sources if source != code]
            if step.target == code or not left:
                gone.append(step.name)
                _drop_step(row, step)
            elif left != step.sources:
                step.sources = left
                step.save()
        state.delete_instance()
        return {"removed": state.name, "with": gone}

    return changed(edition, act, by=by, seen=seen, name="drop_state", label=N_("删除状态"))


# --- steps -------------------------------------------------------------------------------------------


def put_step(
    edition: Edition,
    *,
    by: Person | None,
    code: str = "",
    seen: int | None = None,
    once: str | None = None,
    **said: Any,
) -> Edition:
    """Change a step of a draft, or add one where `code` is "".

    `said`: name, name_en, sources (codes of states), target, taker, weight, needs_note, tells_applicant, tells_team,
    message, message_en.
    """

    def act(row: Edition, role: str) -> Details:
        states = {state.code: state for state in ServiceState.select().where(ServiceState.edition == row.id)}
        sources = [known for known in states if known in said["sources"]]
        if not sources:
            raise Refused(N_("请选择在哪些状态可以这样做"), field="sources")
        if any(is_end(states[source]) for source in sources):
            raise Refused(N_("已经结束的状态不能再有步骤"), field="sources")
        if said["target"] not in states:
            raise Refused(N_("请选择之后变成什么状态"), field="target")
        wanted = _words(said, least={"name": 1})
        wanted |= {
            "sources": sources,
            "target": said["target"],
            "taker": choice(said["taker"], STEP_TAKERS, "taker"),
            "weight": choice(said["weight"], ServiceStep.weight.choices, "weight"),
        }
        wanted |= {name: bool(said.get(name)) for name in ("needs_note", "tells_applicant", "tells_team")}
        return _put(ServiceStep, row, code, "t", wanted)

    name, label = ("step", N_("修改步骤")) if code else ("add_step", N_("添加步骤"))
    return changed(edition, act, by=by, seen=seen, once=once, name=name, label=label)


def drop_step(edition: Edition, code: str, *, by: Person | None, seen: int | None = None) -> Edition:
    """Take a step off a draft, with the questions that it asks."""

    def act(row: Edition, role: str) -> Details:
        step = _one(ServiceStep, row, code)
        _drop_step(row, step)
        return {"removed": step.name}

    return changed(edition, act, by=by, seen=seen, name="drop_step", label=N_("删除步骤"))


def _drop_step(edition: Edition, step: ServiceStep) -> None:
    drop_questions((Question.asked_of == "service_step") & (Question.about == about_step(edition.id, step.code)))
    step.delete_instance()


def move(
    edition: Edition, model: Any, code: str, *, by: Person | None, up: bool = True, seen: int | None = None
) -> Edition:
    """Move a state or step one place up or down in its list; the first state is where an application begins."""

    def act(row: Edition, role: str) -> Details:
        rows = list(model.select().where(model.edition == row.id).order_by(model.position, model.id))
        at = next((index for index, each in enumerate(rows) if each.code == code), None)
        if at is None:
            raise Refused(N_("这一行已经不在了"), stale=True)
        there = at - 1 if up else at + 1
        if not 0 <= there < len(rows):
            return {}
        rows[at], rows[there] = rows[there], rows[at]
        for position, each in enumerate(rows, 1):
            each.position = position
            each.save()
        return {"moved": rows[there].name, "order": [each.name for each in rows]}

    return changed(edition, act, by=by, seen=seen, name="move", label=N_("调整顺序"))


# --- checks ------------------------------------------------------------------------------------------


def _words(said: dict[str, Any], least: dict[str, int]) -> dict[str, Any]:
    """The texts among what was said, NFC, trimmed and not too long."""
    return {
        name: text(said[name] or "", name, least=least.get(name, 0), most=most)
        for name, most in LONGEST.items()
        if name in said
    }


def _departments(codes: list[str]) -> list[str]:
    known = {row.code for row in Department.select(Department.code).where(Department.code.in_(codes))}
    if known != set(codes):
        raise Refused(N_("请从列出的选项中选择"), field="departments")
    return sorted(known)


def _put(model: Any, edition: Edition, code: str, letter: str, wanted: dict[str, Any]) -> Details:
    """Write a state or step; gives what changed, with its code."""
    if code:
        row = _one(model, edition, code)
        changes = _set(row, wanted)
        row.save()
        return {**changes, "of": row.name} if changes else {}
    room_for(model, edition)
    taken = {each.code: each.position for each in model.select().where(model.edition == edition.id)}
    numbers = [int(found[1]) for known in taken if (found := re.fullmatch(rf"{letter}(\d+)", known))]
    made = f"{letter}{max(numbers, default=0) + 1}"
    model.create(edition=edition, code=made, position=max(taken.values(), default=0) + 1, **wanted)
    return {"added": wanted["name"], "code": made}


def _set(row: Any, wanted: dict[str, Any]) -> Details:
    before = {name: getattr(row, name) for name in wanted}
    for name, value in wanted.items():
        if value != before[name]:
            setattr(row, name, value)
    changes = events.diff(before, wanted)
    return {"changes": changes} if changes else {}


def _one(model: Any, edition: Edition, code: str) -> Any:
    row = model.get_or_none(model.edition == edition.id, model.code == code)
    if row is None:
        raise Refused(N_("这一行已经不在了"), stale=True)
    return row


def room_for(model: Any, edition: Edition) -> None:
    """Refuse one row more than a page can show."""
    if model.select().where(model.edition == edition.id).count() >= MOST_ROWS:
        raise Refused(N_("最多 %(n)s 行"), n=MOST_ROWS)
