"""Who hears of which step of an application, as the edition says of the step, in the operator's words if it has any."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hall import access, applications
from hall.notify_decisions import persons
from hall.telling import Telling, holders
from hall.words import N_
from models import Application, Event, Person, ServiceState, ServiceStep


@dataclass
class News:
    """One event of an application: the step that was taken (None where it was none) and the state that it led to."""

    event: Event
    application: Application
    step: ServiceStep | None
    state: ServiceState | None

    @property
    def phase(self) -> str:
        return self.state.phase if self.state else self.application.phase


def _team(news: News) -> Iterable[Person]:
    return holders("application.decide", news.application) if news.phase == "open" else []


def _next_team(news: News) -> Iterable[Person]:
    return _team(news) if news.step and news.step.tells_team else []


def _applicant(news: News) -> Iterable[Person]:
    return persons(news.application.applicant_id) if news.step and news.step.tells_applicant else []


def _with_message(news: News) -> Iterable[Person]:
    return _applicant(news) if news.step and news.step.message else []


def _asked(news: News) -> Iterable[Person]:
    return _applicant(news) if news.phase == "applicant" else []


def _late_applicant(news: News) -> Iterable[Person]:
    return persons(news.application.applicant_id) if news.phase == "applicant" else []


ANY_STEP = "*"
TABLE: dict[str, list[tuple[Callable[[News], Iterable[Person]], str]]] = {
    "apply": [(_team, N_("新申请 %(number)s：%(service)s，%(applicant)s"))],
    "mark_late": [
        (_team, N_("%(number)s %(service)s 已超过办理时限")),
        (_late_applicant, N_("%(number)s %(service)s 还在等您处理，已经过了时限")),
    ],
    ANY_STEP: [
        (_with_message, N_("%(number)s %(service)s 有新消息：%(message)s")),
        (_asked, N_("%(number)s %(service)s 需要您处理，现在是“%(state)s”")),
        (_applicant, N_("%(number)s %(service)s 现在是“%(state)s”")),
        (_next_team, N_("转来 %(number)s：%(service)s，现在是“%(state)s”")),
    ],
}


def _load(event: Event) -> News:
    application = applications.joined(Application.select().where(Application.id == event.subject_id)).get()
    step = ServiceStep.get_or_none(ServiceStep.edition == application.edition_id, ServiceStep.code == event.name)
    reached = event.target or application.status
    state = ServiceState.get_or_none(ServiceState.edition == application.edition_id, ServiceState.code == reached)
    return News(event, application, step, state)


def _values(news: News) -> dict[str, str]:
    return {
        "number": news.application.number,
        "service": news.application.edition.name,
        "applicant": news.application.applicant.name,
        "state": news.state.name if news.state else news.application.status_name,
        "message": news.step.message if news.step else "",
    }


def _link(news: News, person: Person) -> str:
    number = news.application.number
    if news.application.applicant_id != person.id and access.may(person, "panel.enter"):
        return f"/admin/queue/application/{number}"
    return f"/applications/{number}"


TELLING = Telling(TABLE, _load, _values, _link)
