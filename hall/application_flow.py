"""The flow of applications 服务申请: its states and steps are rows of the edition that each application began with.

An edition that is published never changes, so that an application goes on by the table that it began with.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from peewee import fn

from hall import application_routing, clock, questions
from hall.answers import text
from hall.flow import Flow, Step
from hall.promise import Calendar
from hall.question_values import Bilingual
from hall.words import N_, Refused
from models import (
    Application,
    Edition,
    Event,
    Person,
    Question,
    ServiceState,
    ServiceStep,
    Team,
    tuples,
)

NEEDS = {"holder": "application.decide", "applicant": "application.answer"}
WHO = {"holder": N_("办理组"), "applicant": N_("申请人")}
# Nobody has to do anything any more.
OVER = ("granted", "refused", "withdrawn")
OWN = N_("自己的申请请由别人办理")
STEP_QUESTIONS, FORM_QUESTIONS = "service_step", "edition"


@dataclass(frozen=True)
class EditionStep(Step):
    """A step as an operator wrote it; `row` is what the edition says of it.

    By a step that `amends`, an applicant gives back what was sent back to them: the form is asked again with it.
    """

    row: ServiceStep = field(default_factory=ServiceStep, repr=False)
    amends: bool = False
    has_questions: bool = False

    def allowed(self, subject: Any, person: Person | None) -> bool:
        """As for every step, but nobody decides on their own application."""
        own = self.row.taker == "holder" and person is not None and subject.applicant_id == person.id
        return not own and super().allowed(subject, person)


@dataclass(frozen=True)
class Plan:
    """The table of one edition: its states in their order and its steps, both by code."""

    states: dict[str, ServiceState]
    steps: dict[str, Step]

    @property
    def first(self) -> ServiceState:
        """The state that an application begins in. Raises Refused where the edition has none."""
        for state in self.states.values():
            return state
        raise Refused(N_("这项服务还没有办理步骤，暂时不能申请"))


class ApplicationFlow(Flow):
    """A flow in which every edition brings its own states and steps."""

    def state_name(self, subject: Any) -> str:
        state = plan_of(subject.edition).states.get(subject.status)
        return Bilingual(state.name, state.name_en) if state else str(subject.status_name or subject.status)

    def steps_of(self, subject: Any) -> dict[str, Step]:
        return plan_of(subject.edition).steps

    def perform(self, subject: Any, step: Step | str, *, by: Person | None, **answers: Any) -> Any:
        """As in `Flow.perform`; a step that the edition does not know is refused."""
        if isinstance(step, str) and step not in self.steps_of(subject):
            raise Refused(N_("这项服务没有这一步"), stale=True)
        return super().perform(subject, step, by=by, **answers)


flow = ApplicationFlow("application", N_("服务申请"), Application, [])


# --- the table of an edition -------------------------------------------------------------------------


def plan_of(edition: Edition) -> Plan:
    """The states and steps of `edition`, read once for each row object."""
    if "_plan" not in edition.__dict__:
        load_plans([edition])
    plan: Plan = edition.__dict__["_plan"]
    return plan


def load_plans(editions: Iterable[Edition]) -> None:
    """Read the plans of all these editions, in two queries for however many."""
    rows: dict[int, list[Edition]] = {}
    for edition in editions:
        rows.setdefault(edition.id, []).append(edition)
    if not rows:
        return
    states, steps = ServiceState, ServiceStep
    known = states.select(states, Team).left_outer_join(Team).where(states.edition.in_(list(rows)))
    asked = steps.select(steps, _asks(steps).alias("asks")).where(steps.edition.in_(list(rows)))
    plans: dict[int, Plan] = {key: Plan({}, {}) for key in rows}
    for state in known.order_by(states.position, states.id):
        plans[state.edition_id].states[state.code] = state
    for row in asked.order_by(steps.position, steps.id):
        plan = plans[row.edition_id]
        plan.steps[row.code] = _step(row, plan, bool(row.asks))
    for key, plan in plans.items():
        for edition in rows[key]:
            edition.__dict__["_plan"] = plan


def published_steps() -> dict[str, Step]:
    """The steps of all services that run, by code; where two services have the same code, the older one's words."""
    editions = list(Edition.select().where(Edition.state == "published").order_by(Edition.service))
    load_plans(editions)
    found: dict[str, Step] = {}
    for edition in editions:
        found = {**plan_of(edition).steps, **found}
    return found


def steps_among(found: Iterable[Event]) -> set[int]:
    """The ids of those events of applications that are steps, by the edition that each began with."""
    rows, known = list(found), set[tuple[Any, ...]]()
    asked = sorted({row.subject_id for row in rows if row.name not in flow.steps})
    query = ServiceStep.select(Application.id, ServiceStep.code)
    query = query.join(Application, on=(Application.edition == ServiceStep.edition))
    for begin in range(0, len(asked), 500):
        known.update(tuples(query.where(Application.id.in_(asked[begin : begin + 500]))))
    return {row.id for row in rows if row.name in flow.steps or (row.subject_id, row.name) in known}


def about(step: ServiceStep) -> str:
    """Under which name the questions of a step are kept."""
    return f"{step.edition_id}:{step.code}"


def _asks(steps: Any) -> Any:
    """Whether there are questions about a step, as a column beside it."""
    here = steps.edition.cast("text").concat(":").concat(steps.code)
    asked = (Question.asked_of == STEP_QUESTIONS) & (Question.about == here) & Question.retired.is_null()
    return fn.EXISTS(Question.select(Question.id).where(asked))


def _step(row: ServiceStep, plan: Plan, has_questions: bool) -> Step:
    """What nobody has to say anything to is one click; what is done with care asks first."""
    target, sources = plan.states.get(row.target), [plan.states[code] for code in row.sources if code in plan.states]
    sent_back = bool(sources) and all(state.phase == "applicant" for state in sources)
    amends = row.taker == "applicant" and sent_back and target is not None and target.phase == "open"
    return EditionStep(
        name=row.code,
        label=Bilingual(row.name, row.name_en),
        sources=tuple(row.sources),
        targets=(row.target,),
        need=NEEDS[row.taker],
        who=WHO[row.taker],
        recorded="",
        asks=row.needs_note or has_questions or amends or row.weight == "danger",
        weight=row.weight,
        act=partial(_take, step=row, plan=plan, amends=amends),
        flow=flow,
        row=row,
        amends=amends,
        has_questions=has_questions,
    )


# --- what a step does --------------------------------------------------------------------------------


def _take(
    application: Application,
    *,
    by: Person,
    step: ServiceStep,
    plan: Plan,
    amends: bool,
    note: str = "",
    given: Mapping[str, Any] | None = None,
    form: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Answer what the step asks (`given`), the form anew where the step amends it, and lead to where the step says."""
    if step.taker == "holder" and by.id == application.applicant_id:
        raise Refused(OWN)
    state = plan.states.get(step.target)
    if state is None:
        raise Refused(N_("这一步没有写明到哪个状态，请联系管理员"))
    said: dict[str, Any] = {"note": text(note, "note", least=1 if step.needs_note else 0)}
    asked = questions.of(STEP_QUESTIONS, about(step))
    wanted = {question.id for question in asked}
    kept = [each for each in questions.keep(application, asked, given or {}, by=by) if each.question.id in wanted]
    said["answers"] = {str(each.label): each.text() for each in kept if each.texts}
    said["photos"] = [name for each in kept for name in each.photos]
    if amends and form is not None:
        said["changes"] = _amend(application, form, by)
    before = application.team_id
    enter(application, state)
    if application.team_id != before:
        said["team"] = application.team.name if application.team else ""
    return {name: value for name, value in said.items() if value}


def _amend(application: Application, form: Mapping[str, Any], by: Person) -> dict[str, list[str]]:
    """Answer the form of the edition anew; what `form` does not name stays. Gives what is different."""

    def told() -> list[questions.Told]:
        return [each for each in questions.answered(application) if each.question.asked_of == FORM_QUESTIONS]

    before, asked = told(), questions.of(FORM_QUESTIONS, str(application.edition_id))
    questions.keep(application, asked, {**application_routing.given_of(application), **form}, by=by)
    return questions.changes(before, told())


def enter(application: Application, state: ServiceState) -> None:
    """Say on the row what being in `state` means: who holds it now, by when, and whether it is over. Saves nothing.

    What was answered must have been kept already: the route may depend on it.
    """
    application.status, application.status_name, application.phase = state.code, state.name, state.phase
    if state.holder == "route":
        application.team, application.routed_why = _routed(application)
    elif state.holder == "team" and state.team is not None:
        application.team, application.routed_why = state.team, ""
    application.due, application.told_late = due(state, clock.now()), None
    application.ended = clock.now() if state.phase in OVER else None


def due(state: ServiceState, since: datetime) -> datetime | None:
    """By when whoever holds an application in `state` since then (naive UTC) has to act; None where nothing is said."""
    if state.due_minutes is None or state.phase in OVER:
        return None
    return Calendar().add(since, state.due_minutes)


def _routed(application: Application) -> tuple[Team | None, str]:
    department = application.applicant.department
    given = application_routing.given_of(application)
    return application_routing.route(application.edition, application.building, department, given)
