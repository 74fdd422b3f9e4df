"""A dry run of a draft: somebody applies, and every way to an end is walked by the verbs that will walk it.

All of it happens in a transaction that is taken back: nothing is written in the end, and nobody is told.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hall import applications, clock, places
from hall.edition_changes import role_of
from hall.edition_plan import Plan, is_end, named, plan_of
from hall.question_values import LONG_USUAL, TEXT_MOST
from hall.telling import holders
from hall.words import N_, Refused
from models import (
    Application,
    Department,
    Edition,
    Grant,
    Person,
    Question,
    Service,
    ServiceRoute,
    ServiceStep,
    database,
)

# Steps that are tried; what takes longer would keep others waiting, who write at the same time.
MOST_STEPS = 120
SAMPLE = {"text": "试办", "long_text": "试办时填写的内容", "time": "09:00", "yes_no": "1"}
PHONE = "13800000000"


@dataclass(frozen=True)
class Taken:
    """One step that was tried: who took it, where it led, who has it then and by when; `refused` says why it failed."""

    step: ServiceStep
    who: str
    target: str
    team: str
    due: datetime | None
    refused: Any = None


@dataclass(frozen=True)
class Walk:
    """One way through the service; `end` is the state in which it ends, "" where it goes on in a way tried already."""

    steps: list[Taken]
    end: str
    phase: str


@dataclass
class Report:
    """What a dry run saw. `refused` says why not even the application could be made."""

    applicant: str = ""
    first: str = ""
    team: str = ""
    why: str = ""
    due: datetime | None = None
    walks: list[Walk] = field(default_factory=list)
    routes: list[tuple[ServiceRoute, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    is_whole: bool = True
    refused: Any = None

    @property
    def failures(self) -> list[Taken]:
        """The steps that could not be taken."""
        return [taken for walk in self.walks for taken in walk.steps if taken.refused]

    @property
    def is_good(self) -> bool:
        return not (self.refused or self.failures or self.left) and bool(self.walks)


def dry_run(edition: Edition, *, by: Person | None) -> Report:
    """Walk every way of `edition` and tell what was seen. Raises Refused where `by` may not make services."""
    role_of(by)
    report = Report()
    with _taken_back():
        Edition.update(state="published").where(Edition.id == edition.id).execute()
        Service.update(is_open=True).where(Service.id == edition.service_id).execute()
        row = Edition.get_by_id(edition.id)
        plan = plan_of(row)
        asked = [question.id for rows in plan.questions.values() for question in rows]
        # Photos lie in files, which no transaction takes back.
        Question.update(required=False).where(Question.id.in_(asked), Question.kind == "photo").execute()
        try:
            _rehearse(row, plan, by, report)
        except Refused as refused:
            report.refused = refused
    return report


def _rehearse(edition: Edition, plan: Plan, by: Person | None, report: Report) -> None:
    person = _somebody(edition, by)
    given = sample(plan.questions.get("", []))
    building = next(iter(places.buildings()), None) if edition.asks_place else None
    application = applications.apply(by=person, edition=edition, phone=PHONE, building=building, given=given)
    first = plan.state(application.status)
    report.applicant, report.first = person.name, named(first) if first else ""
    report.team = named(application.team) if application.team else ""
    report.why, report.due = application.routed_why, application.due
    _Walker(plan, person, report).walk(application, [])
    seen = {taken.step.code for walk in report.walks for taken in walk.steps}
    report.left = [named(step) for step in plan.steps if step.code not in seen] if report.is_whole else []
    report.routes = [(route, _team_of(edition, route)) for route in plan.routes]


class _Walker:
    """Takes every step that can be taken, and takes it back again; no step twice on one way."""

    def __init__(self, plan: Plan, applicant: Person, report: Report) -> None:
        self.plan, self.applicant, self.report = plan, applicant, report
        self.tried = 0

    def walk(self, application: Application, way: list[Taken]) -> None:
        state = self.plan.state(application.status)
        before = {taken.step.code for taken in way}
        steps = [step for step in self.plan.steps_from(application.status) if step.code not in before]
        if state is None or is_end(state) or not steps:
            ended = state is not None and is_end(state)
            self.report.walks.append(Walk(way, named(state) if state is not None and ended else "", application.phase))
            return
        for step in steps:
            if self.tried >= MOST_STEPS:
                self.report.is_whole = False
                return
            self.tried += 1
            with _taken_back():
                taken, moved = self._take(application, step)
                if moved is None:
                    self.report.walks.append(Walk([*way, taken], "", ""))
                else:
                    self.walk(moved, [*way, taken])

    def _take(self, application: Application, step: ServiceStep) -> tuple[Taken, Application | None]:
        fresh = Application.get_by_id(application.id)
        state = self.plan.state(step.target)
        target = named(state) if state else step.target
        who = self._taker(fresh, step)
        if who is None:
            nobody = Refused(N_("“%(team)s”里没有人能做这一步"), team=named(fresh.team) if fresh.team else "—")
            return Taken(step, "", target, "", None, nobody), None
        given = sample(self.plan.questions.get(step.code, []))
        try:
            moved = applications.flow.perform(fresh, step.code, by=who, note=SAMPLE["long_text"], given=given)
        except Refused as refused:
            return Taken(step, who.name, target, "", None, refused), None
        team = named(moved.team) if moved.team and moved.phase == "open" else ""
        return Taken(step, who.name, target, team, moved.due), moved

    def _taker(self, application: Application, step: ServiceStep) -> Person | None:
        if step.taker == "applicant":
            return self.applicant
        found = holders("application.decide", application)
        return next((person for person in found if person.id != self.applicant.id), None)


def sample(asked: list[Question]) -> dict[str, Any]:
    """An answer to each question that it would take; a photo is left out."""
    return {question.code: _answer(question) for question in asked if question.kind != "photo"}


def _answer(question: Question) -> Any:
    match question.kind:
        case "choice":
            return next(iter(question.options))["value"]
        case "choices":
            return [each["value"] for each in question.options][: max(int(question.least or 1), 1)]
        case "number":
            bounds = [bound for bound in (question.least, question.most) if bound is not None]
            return str(bounds[0] if bounds else 1)
        case "date":
            days = question.least if question.least is not None else min(0, question.most or 0)
            return (clock.today() + timedelta(days=int(days))).isoformat()
        case "text" | "long_text" as kind:
            most = question.most or (LONG_USUAL if kind == "long_text" else TEXT_MOST)
            return SAMPLE[kind].ljust(int(question.least or 0), "。")[: int(most)]
    return SAMPLE[question.kind]


def _somebody(edition: Edition, by: Person | None) -> Person:
    """Somebody for whom the service is, other than who tries it."""
    query = Person.select(Person, Department).left_outer_join(Department).where(Person.is_closed == False)  # noqa: E712
    if edition.audience:
        query = query.where(Person.kind.in_(edition.audience))
    if edition.departments:
        query = query.where(Department.code.in_(edition.departments))
    if by is not None:
        query = query.where(Person.id != by.id)
    # Nobody decides on their own: whoever sits in no team leaves all of them free to be tried.
    clerks = Grant.select(Grant.person).where(Grant.role == "clerk")
    for some in (query.where(Person.id.not_in(clerks)), query):
        found = next((row for row in some.order_by(Person.id).limit(50) if applications.fits(edition, row)), None)
        if found is not None:
            break
    if found is None:
        raise Refused(N_("没有一个人符合“谁可以办”，请检查身份和部门"))
    return found


def _team_of(edition: Edition, route: ServiceRoute) -> str:
    """Who gets what a route is about, by the same rule as an application."""
    given = {route.question: route.value} if route.question else {}
    team, _why = applications.route(edition, route.building, route.department, given)
    return named(team) if team else ""


class _Over(Exception):
    """Takes back what was tried."""


@contextmanager
def _taken_back() -> Iterator[None]:
    """What happens inside is undone at its end, whatever else goes on."""
    try:
        with database.atomic():
            yield
            raise _Over
    except _Over:
        pass
