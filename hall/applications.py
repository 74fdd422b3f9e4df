"""Applications: what somebody asks of a service that an operator made, from the form to the end.

The verbs of the steps are rows of the edition (hall/application_flow.py); here is how an application begins, what
waits for whom, and what time does to it.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import peewee

from hall import access, clock, places, questions, settings
from hall.accounts import clean_phone
from hall.application_flow import FORM_QUESTIONS, OVER, OWN, enter, flow, load_plans, plan_of
from hall.application_routing import given_of, route, told
from hall.flow import Step
from hall.lanes import LANES, Lane
from hall.numbers import next_number
from hall.words import N_, Refused, TooOften
from models import (
    APPLICATION_PHASES,
    Application,
    Building,
    Department,
    Edition,
    Person,
    Service,
    Team,
    database,
)

__all__ = [
    "OVER",
    "OWN",
    "apply",
    "by_number",
    "fits",
    "flow",
    "given_of",
    "is_staff_for",
    "joined",
    "load_plans",
    "mark_late",
    "may_apply",
    "open_editions",
    "plan_of",
    "published",
    "route",
    "run_timers",
    "told",
]

PREFIX = "SQ"
_BATCH = 200


# --- what is offered ---------------------------------------------------------------------------------


def _published() -> Any:
    return Edition.select(Edition, Service).join(Service).where(Edition.state == "published")


def open_editions(person: Person | None) -> list[Edition]:
    """What `person` can apply for now, in the operator's order; to a visitor (None) all that is open. One query."""
    rows = _published().where(Service.is_open == True).order_by(Service.position, Service.id)  # noqa: E712
    return [row for row in rows if person is None or fits(row, person)]


def published(code: str) -> Edition | None:
    """The running edition of the service with `code`, whether or not it takes applications."""
    found: Edition | None = _published().where(Service.code == code[:30]).first()
    return found


def may_apply(edition: Edition, person: Person) -> bool:
    """Whether the service takes applications now, and `person` is among those whom it is for."""
    is_open = edition.state == "published" and edition.service.is_open
    return is_open and not person.is_closed and fits(edition, person)


def fits(edition: Edition, person: Person) -> bool:
    """Whether `person` is among those whom the operator named; an edition that names nobody is for everybody."""
    if edition.audience and person.kind not in edition.audience:
        return False
    if not edition.departments:
        return True
    return person.department is not None and person.department.code in edition.departments


# --- how one begins ----------------------------------------------------------------------------------


@flow.start(
    N_("申请"),
    target="=",
    need="application.apply",
    who=N_("师生"),
    recorded=N_("服务和版本、办理组、路由依据"),
)
def apply(
    *,
    by: Person,
    edition: Edition,
    phone: str,
    building: Building | None = None,
    room: str = "",
    given: Mapping[str, Any] | None = None,
) -> tuple[Application, dict[str, Any]]:
    """Make an application of a published `edition`, keep what was answered, and route it.

    `given` has the answers by code as hall/questions.py takes them. Raises Refused, with the field that is wrong;
    TooOften for more in a day than the operator allows.
    """
    edition = _published().where(Edition.id == edition.id).first() or _gone()
    if not may_apply(edition, by):
        raise Refused(N_("这项服务现在不接受您的申请，请看办理须知"))
    _hold_to_limit(by)
    if edition.asks_place and building is None:
        raise Refused(N_("请选择楼宇"), field="building")
    first = plan_of(edition).first
    application = Application.create(
        number=next_number(PREFIX),
        service=edition.service,
        edition=edition,
        status=first.code,
        status_name=first.name,
        applicant=by,
        phone=clean_phone(phone),
        building=building if edition.asks_place else None,
        room_number=places.room_number(room) if edition.asks_place else "",
        created=clock.now(),
    )
    questions.keep(application, questions.of(FORM_QUESTIONS, str(edition.id)), given or {}, by=by)
    enter(application, first)
    application.save()
    return application, {
        "service": edition.name,
        "edition": edition.number,
        "team": application.team.name if application.team else "",
        "why": application.routed_why,
    }


def _gone() -> Edition:
    raise Refused(N_("这项服务刚刚换了新的版本，请重新打开再填"), stale=True)


def _hold_to_limit(by: Person) -> None:
    since = clock.now() - timedelta(days=1)
    mine = Application.select(Application.id).where(Application.applicant == by.id, Application.created > since)
    most = settings.value("applications.a_day")
    if mine.limit(most).count() >= most:
        raise TooOften(N_("今天申请得太多了，请明天再来"))


# --- reading -----------------------------------------------------------------------------------------


def joined(query: Any) -> Any:
    """`query` over applications with edition, service, applicant, team and building in the same row."""
    person, outer = Person.alias(), peewee.JOIN.LEFT_OUTER
    query = query.select_extend(Edition, Service, person, Department, Team, Building)
    query = query.join_from(Application, Edition).join_from(Application, Service)
    query = query.join_from(Application, person, on=(Application.applicant == person.id), attr="applicant")
    query = query.join_from(person, Department, outer, on=(person.department == Department.id), attr="department")
    return query.join_from(Application, Team, outer).join_from(Application, Building, outer)


def by_number(person: Person | None, number: str) -> Application | None:
    """The application with `number` if `person` may see it, with all that its page shows in the same row."""
    query = access.visible(person, Application).where(Application.number == number[:20])
    found: Application | None = joined(query).first()
    return found


def is_staff_for(person: Person, application: Application) -> bool:
    """Whether `person` reads it as staff, and not only as who asked for it."""
    if access.may(person, "application.see_all"):
        return True
    return any(
        "application.decide" in access.ROLES[role].may and access.covers(role, scope, application)
        for role, scope in access.grants(person)
    )


_PHASES = tuple(phase for phase, _label in APPLICATION_PHASES)
LANES["application"] = [
    Lane("decide", "待办申请", ("open",), "application.decide", column="phase", undated=True),
    Lane("applicant", "待申请人", ("applicant",), "application.decide", counted=False, column="phase"),
    Lane("all", "全部", _PHASES, "application.read", counted=False, column="phase"),
]


# --- what time does ----------------------------------------------------------------------------------


def mark_late(application: Application) -> bool:
    """Note, once a state, that whoever holds `application` has let its time pass; False where it is noted already."""
    late = Application.told_late.is_null() & (Application.due < clock.now()) & Application.phase.not_in(OVER)
    with database.atomic():
        claimed = Application.update(told_late=clock.now()).where(Application.id == application.id, late).execute()
        if not claimed:
            return False
        fresh = Application.get_by_id(application.id)
        details = {"due": fresh.due.isoformat() if fresh.due else "", "state": fresh.status_name, "phase": fresh.phase}
        flow.record(fresh, flow.steps["mark_late"], None, "system", source=fresh.status, details=details)
    return True


_LATE = (N_("系统"), N_("承诺时间、状态"), False, "secondary", mark_late, flow)
flow.steps["mark_late"] = Step("mark_late", N_("超时提醒"), (), (), "application.remind", *_LATE, by_hand=False)


def run_timers() -> int:
    """Tell of what is late; returns of how many. Two that run at once tell of each once."""
    late = Application.select(Application.id).where(
        Application.phase.in_([phase for phase in _PHASES if phase not in OVER]),
        Application.due < clock.now(),
        Application.told_late.is_null(),
    )
    return sum(mark_late(row) for row in list(late.order_by(Application.due).limit(_BATCH)))
