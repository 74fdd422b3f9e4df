"""Services that an operator made: what one is, asking for it, and what becomes of it for who asked."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response

import templating
from forms import StepForm, step_form
from forms.applications import ApplyForm
from hall import access, applications, events, questions
from hall.application_flow import STEP_QUESTIONS, EditionStep, Plan
from hall.flow import Step
from hall.words import N_, Refused
from models import AUDIENCES, Application, Department, Edition, Event, Person

bp = Blueprint("applications", __name__)
Page = str | Response | tuple[str, int]

RANK = ("primary", "secondary", "danger")
MOST_OPEN = 3
# How an application stands, as a pill shows it, by its phase.
TONES = {
    "open": ("info", "hourglass-split"),
    "applicant": ("warn", "person-exclamation"),
    "granted": ("ok", "check2-circle"),
    "refused": ("bad", "x-octagon"),
    "withdrawn": ("mute", "arrow-counterclockwise"),
}


def me() -> Person:
    person: Person = current_user._get_current_object()
    return person


def _edition(code: str) -> Edition:
    return applications.published(code) or abort(404)


@bp.get("/services/<code>")
def about(code: str) -> str:
    """What the service is, who may ask for it, how it goes, and what to know beforehand."""
    edition = _edition(code)
    plan = applications.plan_of(edition)
    person = me() if current_user.is_authenticated else None
    return render_template(
        "applications/about.html",
        edition=edition,
        states=[state for state in plan.states.values() if state.phase not in applications.OVER],
        names=plan.states,
        whom=_whom(edition),
        may=person is None or applications.may_apply(edition, person),
        under_way=_under_way(edition, person) if person else [],
        tones=TONES,
    )


def _whom(edition: Edition) -> list[str]:
    """Who may apply, as msgids and names: kinds of people, then departments; [] for everybody."""
    codes = edition.departments or []
    found = list(Department.select().where(Department.code.in_(codes)).order_by(Department.id)) if codes else []
    return [*(label for kind, label in AUDIENCES if kind in edition.audience), *(row.name for row in found)]


def _under_way(edition: Edition, person: Person) -> list[Application]:
    """What `person` has asked of this service that is not over, newest first."""
    mine = access.visible(person, Application).where(
        Application.applicant == person.id,
        Application.service == edition.service_id,
        Application.phase.not_in(applications.OVER),
    )
    return list(mine.order_by(Application.id.desc()).limit(MOST_OPEN))


@bp.route("/services/<code>/new", methods=["GET", "POST"])
@login_required
def new(code: str) -> Page:
    """The form of the service; what is known is filled in."""
    edition, person = _edition(code), me()
    if not applications.may_apply(edition, person):
        flash(_("这项服务现在不接受您的申请，请看办理须知"), "info")
        return redirect(url_for(".about", code=edition.service.code))
    form, status = ApplyForm(_typed(), edition=edition, person=person), 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                made = applications.apply(by=person, edition=edition, **form.answers())
                flash(_("已提交，单号 %(number)s", number=made.number), "ok")
                return redirect(url_for(".show", number=made.number))
            except Refused as refused:
                form.blame(refused)
                status = templating.status_of(refused)
    return render_template("applications/new.html", edition=edition, form=form), status


def _typed() -> Any:
    return CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None


# --- one application ---------------------------------------------------------------------------------


def _application(number: str) -> Application:
    """The application if the person may see it, else the same 404 as for a number that does not exist."""
    return applications.by_number(me(), number.upper()) or abort(404)


@bp.get("/applications/<number>")
@login_required
def show(number: str) -> str:
    """One application: how it stands, what happened, what was answered, what one may do now."""
    application = _application(number)
    return render_template("applications/show.html", **_shown(application), actions=_actions(application))


def _shown(application: Application) -> dict[str, Any]:
    history, person = events.timeline(application), me()
    told = questions.answered(application)
    plan = applications.plan_of(application.edition)
    mine = application.applicant_id == person.id
    return {
        "application": application,
        "edition": application.edition,
        "state": plan.states.get(application.status),
        "tones": TONES,
        "answers": [each for each in told if each.question.asked_of != STEP_QUESTIONS],
        "later": [each for each in told if each.question.asked_of == STEP_QUESTIONS],
        "story": [_entry(event, plan, person, mine) for event in history],
        "mine": mine,
        "staff": applications.is_staff_for(person, application) and not mine,
    }


def _entry(event: Event, plan: Plan, person: Person, mine: bool) -> dict[str, Any]:
    """One line of the story. Who decided is told by their office, not by name."""
    role = access.role_label(event.actor_role) if event.actor_role else N_("系统")
    who = _("您") if mine and event.actor_id == person.id else _(role)
    parts = [event.details["note"]] if event.details.get("note") else []
    if changed := event.details.get("changes"):
        parts.append(_("改了：%(what)s", what=_("、").join(map(templating.translated, changed))))
    if event.details.get("team") and event.name != "apply":
        parts.append(_("由%(team)s办理", team=templating.translated(event.details["team"])))
    photos = [
        {size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")}
        for name in event.details.get("photos", [])
    ]
    step = plan.steps.get(event.name)
    return {
        "label": step.label if step else event.label_text,
        "text": _("；").join(parts),
        "at": event.at,
        "who": who,
        "photos": photos,
    }


def _steps(application: Application) -> dict[str, Step]:
    """What an applicant may ever do to it; everything else belongs to the panel."""
    steps = applications.flow.steps_of(application)
    return {
        name: step for name, step in steps.items() if isinstance(step, EditionStep) and step.row.taker == "applicant"
    }


def _actions(application: Application) -> list[dict[str, Any]]:
    """What the person may do now, the most important first; for a step that asks nothing, with its form."""
    allowed = [step for step in _steps(application).values() if step.allowed(application, me())]
    allowed.sort(key=lambda step: RANK.index(step.weight))
    return [{"step": step, "form": None if step.asks else _form(step, application)} for step in allowed]


def _form(step: Step, application: Application, typed: Any = None) -> StepForm:
    return step_form("application", step.name)(typed, subject=application, person=me())


@bp.route("/applications/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take(number: str, step: str) -> Page:
    """Ask what a step needs and take it; a refusal shows how it stands now beside what was typed."""
    application = _application(number)
    taken = _steps(application).get(step) or abort(404)
    if not access.may(me(), taken.need, application):
        abort(404)
    if request.method == "GET" and application.status not in taken.sources:
        state = templating.translated(applications.flow.state_name(application))
        flash(_("现在是“%(state)s”，不能再%(step)s", state=state, step=templating.translated(taken.label)))
        return redirect(url_for(".show", number=application.number))
    form, status = _form(taken, application, _typed()), 200
    if request.method == "POST":
        status = 400
        if form.validate():
            try:
                applications.flow.perform(application, taken, by=me(), **form.answers())
                flash(_("“%(step)s”已完成", step=templating.translated(taken.label)), "ok")
                return redirect(url_for(".show", number=application.number))
            except Refused as refused:
                form.blame(refused)
                application, status = _application(number), templating.status_of(refused)
                # Who reads how it stands now beside the question may send it again.
                form.seen.data = str(application.version)
    possible = application.status in taken.sources
    shown = {**_shown(application), "step": taken, "form": form, "possible": possible}
    return render_template("applications/step.html", **shown), status
