"""One edition of a service as a whole: its states, steps, routes and questions, and how two editions differ."""

from dataclasses import dataclass
from typing import Any

from hall.question_values import Bilingual, label_of
from hall.words import N_
from models import (
    AUDIENCES,
    Building,
    Department,
    Edition,
    Question,
    ServiceRoute,
    ServiceState,
    ServiceStep,
    Team,
)

# What an operator chooses for a state: {kind: (phase, holder, label)}; one choice instead of two that must agree.
KINDS = {
    "route": ("open", "route", N_("办理组处理（按“谁来办”分派）")),
    "team": ("open", "team", N_("指定的一个办理组处理")),
    "applicant": ("applicant", "applicant", N_("等申请人")),
    "granted": ("granted", "nobody", N_("结束：办成了")),
    "refused": ("refused", "nobody", N_("结束：没通过")),
    "withdrawn": ("withdrawn", "nobody", N_("结束：申请人撤回")),
}
TONES = {
    "open": ("info", "hourglass-split"),
    "applicant": ("warn", "person-exclamation"),
    "granted": ("ok", "check-circle"),
    "refused": ("bad", "x-octagon"),
    "withdrawn": ("mute", "arrow-counterclockwise"),
}


@dataclass(frozen=True)
class Plan:
    """An edition with all that belongs to it. `questions` by step code; "" are those of the application form."""

    edition: Edition
    states: list[ServiceState]
    steps: list[ServiceStep]
    routes: list[ServiceRoute]
    questions: dict[str, list[Question]]

    @property
    def start(self) -> ServiceState | None:
        """Where an application begins: the first state."""
        return self.states[0] if self.states else None

    def state(self, code: str) -> ServiceState | None:
        return next((state for state in self.states if state.code == code), None)

    def step(self, code: str) -> ServiceStep | None:
        return next((step for step in self.steps if step.code == code), None)

    def steps_from(self, code: str) -> list[ServiceStep]:
        """The steps that can be taken in a state, in their order."""
        return [step for step in self.steps if code in step.sources]

    def steps_to(self, code: str) -> list[ServiceStep]:
        """The steps that lead to a state from another one."""
        return [step for step in self.steps if step.target == code and step.sources != [code]]

    @property
    def teams(self) -> list[Team]:
        """The teams that it names."""
        used = [self.edition.team, *(row.team for row in self.states), *(row.team for row in self.routes)]
        return list({team.id: team for team in used if team is not None}.values())

    def reached(self) -> set[str]:
        """The codes of the states to which some way leads from the beginning."""
        found: set[str] = set()
        waiting = [self.start.code] if self.start else []
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting += [step.target for step in self.steps_from(code)]
        return found


def named(row: Any) -> Bilingual:
    """What an operator calls a state, step, team, edition or question, in both languages."""
    return label_of(row) if isinstance(row, Question) else Bilingual(row.name, row.name_en)


def kind_of(state: ServiceState) -> str:
    """Which of KINDS a state is."""
    said = (state.phase, state.holder)
    return next((kind for kind, (phase, holder, _label) in KINDS.items() if (phase, holder) == said), "route")


def is_end(state: ServiceState) -> bool:
    """Whether nobody does anything in it any more."""
    return bool(state.holder == "nobody")


def plan_of(edition: Edition) -> Plan:
    """All of an edition, in four queries."""
    return plans_of(edition)[0]


def plans_of(*editions: Edition) -> list[Plan]:
    """The same of several, in four queries for all of them."""
    ids = [edition.id for edition in editions]
    of_states = ServiceState.select(ServiceState, Team).left_outer_join(Team).where(ServiceState.edition.in_(ids))
    of_steps = ServiceStep.select().where(ServiceStep.edition.in_(ids))
    states = list(of_states.order_by(ServiceState.position, ServiceState.id))
    steps = list(of_steps.order_by(ServiceStep.position, ServiceStep.id))
    routes = _routes_of(ids)
    asked = questions_of([about_step(step.edition_id, step.code) for step in steps], ids)
    return [
        Plan(
            edition,
            [row for row in states if row.edition_id == edition.id],
            [row for row in steps if row.edition_id == edition.id],
            [row for row in routes if row.edition_id == edition.id],
            asked[edition.id],
        )
        for edition in editions
    ]


def _routes_of(ids: list[int]) -> list[ServiceRoute]:
    query = (
        ServiceRoute.select(ServiceRoute, Team, Building, Department)
        .join(Team)
        .switch(ServiceRoute)
        .left_outer_join(Building)
        .switch(ServiceRoute)
        .left_outer_join(Department)
    )
    return list(query.where(ServiceRoute.edition.in_(ids)).order_by(ServiceRoute.id))


def questions_of(steps: list[str], ids: list[int]) -> dict[int, dict[str, list[Question]]]:
    """The living questions by edition: of the form ("") and of each of the `steps` (`<edition>:<code>`)."""
    form = (Question.asked_of == "edition") & Question.about.in_([str(each) for each in ids])
    there = (Question.asked_of == "service_step") & Question.about.in_(steps)
    found: dict[int, dict[str, list[Question]]] = {each: {} for each in ids}
    rows = Question.select().where(form | there, Question.retired.is_null())
    for question in rows.order_by(Question.position, Question.id):
        edition, _colon, step = question.about.partition(":")
        found[int(edition)].setdefault(step, []).append(question)
    return found


def about_step(edition_id: int, code: str) -> str:
    """The `about` under which the questions of a step are kept."""
    return f"{edition_id}:{code}"


# --- differences -------------------------------------------------------------------------------------

Said = tuple[str, dict[str, Any]]
_ALL = "%(all)s"  # several names as people read them: each in the reader's language


@dataclass(frozen=True)
class Difference:
    """One thing that is not in both: `what` it is about (label), its name, and [(column, before, after)] if changed."""

    what: str
    name: str
    how: str  # new, gone, changed
    columns: list[tuple[str, Any, Any]]


_NOT_COMPARED = {"id", "edition", "service", "number", "state", "slot", "version", "created", "published", "publisher"}
_NOT_COMPARED |= {"position", "replaces", "retired", "asked_of", "about"}


def differences(before: Plan, after: Plan) -> list[Difference]:
    """What is new, gone or changed from one edition to the next; what moved within its list is one difference."""
    found = []
    columns = _columns(before.edition, after.edition, before, after)
    if columns:
        found.append(Difference(N_("基本信息"), named(after.edition), "changed", columns))
    found += _between(N_("状态"), before.states, after.states, before, after)
    found += _between(N_("步骤"), before.steps, after.steps, before, after)
    old, new = ([row for rows in plan.questions.values() for row in rows] for plan in (before, after))
    found += _between(N_("问题"), old, new, before, after)
    routes = [{route_key(row): row for row in plan.routes} for plan in (before, after)]
    found += [
        Difference(N_("谁来办"), "", "gone", [("", row, None)])
        for key, row in routes[0].items()
        if key not in routes[1]
    ]
    found += [
        Difference(N_("谁来办"), "", "new", [("", None, row)]) for key, row in routes[1].items() if key not in routes[0]
    ]
    return found


def route_key(row: ServiceRoute) -> tuple[Any, ...]:
    """What a route says, so that two can be compared."""
    return row.building_id, row.department_id, row.question, row.value, row.team_id


def _between(what: str, before: list[Any], after: list[Any], old: Plan, new: Plan) -> list[Difference]:
    olds = {_key(row): row for row in before}
    news = {_key(row): row for row in after}
    found = [Difference(what, named(row), "gone", []) for key, row in olds.items() if key not in news]
    for key, row in news.items():
        if key not in olds:
            found.append(Difference(what, named(row), "new", []))
        elif columns := _columns(olds[key], row, old, new):
            found.append(Difference(what, named(row), "changed", columns))
    common = [key for key in olds if key in news]
    if common != [key for key in news if key in olds]:
        found.append(Difference(what, "", "changed", [(N_("顺序"), _names(olds, common), _names(news, common))]))
    return found


def _names(rows: dict[Any, Any], common: list[Any]) -> Said:
    return _ALL, {"all": [named(row) for key, row in rows.items() if key in common]}


def _key(row: Any) -> tuple[str, str]:
    return (row.about.partition(":")[2] if isinstance(row, Question) else "", row.code)


def _columns(before: Any, after: Any, old: Plan, new: Plan) -> list[tuple[str, Any, Any]]:
    found = []
    for field in after._meta.sorted_fields:
        if field.name in _NOT_COMPARED or not field.verbose_name:
            continue
        said = _plain(before, field.name, old), _plain(after, field.name, new)
        if said[0] != said[1]:
            found.append((field.verbose_name, *said))
    return found


def _plain(row: Any, name: str, plan: Plan) -> Any:
    """A column as people read it: the names of states instead of their codes, labels instead of values."""
    value = getattr(row, name)
    if name in ("sources", "target"):
        codes = value if isinstance(value, list) else [value]
        states = {state.code: named(state) for state in plan.states}
        return _ALL, {"all": [states.get(code, code) for code in codes]}
    field = row._meta.fields[name]
    if name == "audience":
        return _ALL, {"all": [dict(AUDIENCES).get(kind, kind) for kind in value]}
    if field.choices:
        return dict(field.choices).get(value, value)
    if isinstance(value, list):
        said = [
            Bilingual(part["label"], part.get("label_en", "")) if isinstance(part, dict) else str(part)
            for part in value
        ]
        return _ALL, {"all": said}
    return str(value) if value is not None and not isinstance(value, bool) else value
