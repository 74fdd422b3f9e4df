"""What the queue shows of an application: the promise of its state, who asks for what, what was answered, its story."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from admin.queue_repair import SOON, Due
from hall import access, applications, clock, questions
from hall.application_flow import STEP_QUESTIONS, Plan
from hall.lanes import Lane
from models import Application, Event, Person
from templating import duration, said, translated, when

joined = applications.joined


def due(application: Application) -> Due | None:
    """By when the application must have left its state; None where nothing is promised."""
    moment = application.due
    if moment is None or application.phase in applications.OVER:
        return None
    left = moment - clock.now()
    if left < timedelta():
        return Due("bad", "exclamation-triangle-fill", _("已超时 %(length)s", length=duration(-left)), moment)
    text = _("%(when)s前办理", when=f"{when(moment)} ")
    if application.phase == "applicant":
        text = _("申请人 %(when)s前处理", when=f"{when(moment)} ")
    return Due("warn" if left < SOON else "mute", "alarm" if left < SOON else "clock", text, moment)


def beside(rows: Sequence[Application], lane: Lane) -> dict[str, Any]:
    """Nothing more; the steps of all rows are read here, in as many queries as for one."""
    applications.load_plans(row.edition for row in rows)
    return {}


def elsewhere(person: Person, application: Application) -> str:
    """The applicant's page, for somebody who reads `application` only because it is their own."""
    if applications.is_staff_for(person, application):
        return ""
    return url_for("applications.show", number=application.number)


def page(application: Application, history: Sequence[Event], person: Person) -> dict[str, Any]:
    """All that the page of one application shows beside it."""
    plan = applications.plan_of(application.edition)
    state = plan.states.get(application.status)
    told = questions.answered(application)
    return {
        "state": state,
        "answers": [each for each in told if each.question.asked_of != STEP_QUESTIONS],
        "later": [each for each in told if each.question.asked_of == STEP_QUESTIONS],
        "why": _("；").join(said(part) for part in applications.told(application.routed_why)),
        "entries": [entry(event, plan) for event in history],
        "may_call": access.may(person, "application.decide", application),
        "is_own": application.applicant_id == person.id and not access.may(person, "application.see_all"),
    }


def entry(event: Event, plan: Plan) -> dict[str, Any]:
    """One line of the story: what was done, by whom, in which words."""
    role = access.role_label(event.actor_role) if event.actor_id is not None and event.actor_role else ""
    who = " · ".join(part for part in (event.actor_name or _("系统"), _(role) if role else "") if part)
    photos = [
        {size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")}
        for name in event.details.get("photos", [])
    ]
    step = plan.steps.get(event.name)
    return {
        "label": step.label if step else event.label_text,
        "text": _text(event.details),
        "at": event.at,
        "who": who,
        "photos": photos,
    }


def _text(details: dict[str, Any]) -> str:
    parts = [details["note"]] if details.get("note") else []
    parts += [f"{translated(label)}{_('：')}{answer}" for label, answer in details.get("answers", {}).items()]
    changes = details.get("changes", {})
    parts += [
        _("%(what)s从“%(before)s”改为“%(after)s”", what=translated(what), before=before, after=after)
        for what, (before, after) in changes.items()
    ]
    if details.get("team"):
        parts.append(_("由%(team)s办理", team=translated(details["team"])))
    return _("；").join(parts)
