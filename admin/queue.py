"""The queue of every flow: lanes of what waits for whom, a page for each thing, its steps as buttons and forms.

Nothing here knows repairs. What a flow wants shown of its own stands in EXTRAS and in
`templates/admin/queue_<flow>.html`; its model has `number`, `version`, the state of
the flow, and a `promise` if it promises.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response

from admin import names, queue_application, queue_lane, queue_property, queue_repair, queue_supervision, queue_talk
from admin.gate import Gate, me
from admin.listing import row_id
from admin.queue_lane import address
from forms import StepForm, step_form
from hall import access, events, lanes, marks
from hall.flow import FLOWS, Flow, Step
from hall.lanes import Lane
from hall.words import N_, Refused
from models import Event, Person
from templating import status_of, translated

WEIGHTS = ("primary", "secondary", "danger")
GONE = N_("现在是“%(state)s”，不能再“%(step)s”；可能有人先处理了，请看最新进度")


def _nothing(*_args: Any) -> dict[str, Any]:
    return {}


def _nowhere(*_args: Any) -> str:
    return ""


@dataclass(frozen=True)
class Extras:
    """What a flow adds to its queue: keys in the same row, what is due next, more for list and page, where
    somebody who is no staff of a thing reads it instead, and which step would be refused for more than its state.

    A page's `entries` stand beside the events that it was given; None is an event that the person does not read of.
    """

    joined: Callable[[Any], Any] = lambda query: query
    due: Callable[[Any], queue_repair.Due | None] = lambda subject: None
    beside: Callable[[Sequence[Any], Lane], dict[str, Any]] = _nothing
    page: Callable[[Any, Sequence[Event], Person], dict[str, Any]] = _nothing
    elsewhere: Callable[[Person, Any], str] = _nowhere
    pointless: Callable[[Any, Step, dict[str, Any]], bool] = lambda subject, step, page: False


EXTRAS = {
    "repair": Extras(
        queue_repair.joined, queue_repair.due, queue_repair.beside, queue_repair.page, queue_repair.elsewhere
    ),
    "supervision": Extras(
        queue_supervision.joined,
        queue_supervision.due,
        queue_supervision.beside,
        queue_supervision.page,
        queue_supervision.elsewhere,
        queue_supervision.pointless,
    ),
    "property_notice": Extras(
        queue_property.joined,
        queue_property.due,
        queue_property.beside,
        queue_property.page,
        queue_property.elsewhere,
        queue_property.pointless,
    ),
    "talk_report": Extras(queue_talk.joined, page=queue_talk.page),
    "application": Extras(
        queue_application.joined,
        queue_application.due,
        queue_application.beside,
        queue_application.page,
        queue_application.elsewhere,
    ),
}


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    return [Queue(name=lazy_gettext("待办"), endpoint="queue", url="/admin/queue")]


def lane_counts(person: Person) -> dict[str, dict[str, int]]:
    """How much waits for `person` in every flow, {flow: {lane: count}}: one query, asked once a request."""
    if "lane_counts" not in g:
        flows = {name: flow for name, flow in FLOWS.items() if name in lanes.LANES}
        mine = {name: (flow.model, lanes.lanes_for(name, person)) for name, flow in flows.items()}
        g.lane_counts = lanes.counts_of(mine, person)
    return g.lane_counts


class Queue(Gate):
    """One queue for all flows: who works in a lane of it may enter; each row is read through `access.visible`."""

    @expose("/")
    def home(self) -> Response:
        first = next((name for name in FLOWS if lanes.lanes_for(name, me())), None) or abort(404)
        return redirect(url_for(".index", flow=first))

    @expose("/<flow>/")
    def index(self, flow: str) -> str:
        """What waits in one lane, by promise, a page by key."""
        table = _flow(flow)
        mine = lanes.lanes_for(flow, me()) or abort(404)
        wanted = request.args.get("lane") or mine[0].name
        lane = next((lane for lane in mine if lane.name == wanted), None) or abort(404)
        sieves = queue_lane.sieves(table.model, lane)
        query = _extras(table).joined(lanes.waiting(table.model, lane, me()))
        rows, following = queue_lane.page_of(query, lane, sieves)
        return self.render(
            "admin/queue.html",
            **_frame(table),
            lanes=mine,
            lane=lane,
            counts=lane_counts(me()).get(flow, {}),
            sieves=sieves,
            rows=rows,
            following=following,
            marked=marks.of(rows),
            offer=lambda subject: queue_lane.step_of(table, lane, subject),
            **_extras(table).beside(rows, lane),
        )

    @expose("/<flow>/<number>")
    def show(self, flow: str, number: str) -> str | Response:
        """One thing: where it stands, what happened, what may be done now."""
        table = _flow(flow)
        subject = _subject(table, number)
        if there := _extras(table).elsewhere(me(), subject):
            return redirect(there)
        shown = _page(table, subject)
        steps = [s for s in table.steps_for(subject, me()) if not _extras(table).pointless(subject, s, shown["page"])]
        offers = sorted(steps, key=lambda step: WEIGHTS.index(step.weight))
        return self.render("admin/queue_item.html", **_frame(table), **shown, offers=offers)

    @expose("/<flow>/<number>/<step>", methods=("GET", "POST"))
    def step(self, flow: str, number: str, step: str) -> Any:
        """Ask what a step needs and take it; a refusal keeps what was typed and shows what happened meanwhile."""
        table = _flow(flow)
        subject = _subject(table, number)
        taken = _step(table, subject, step)
        if _extras(table).elsewhere(me(), subject):
            abort(404)
        if request.method == "GET" and not taken.allowed(subject, me()):
            return _gone(table, taken, subject)
        typed = CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None
        form = _form(flow, step, typed, subject)
        if request.method == "GET":
            return self._ask(table, taken, subject, form)
        seen, status = row_id(form.seen.data), 400 if access.may(me(), taken.need, subject) else 403
        if form.validate():
            try:
                return _onwards(table, taken, table.perform(subject, taken, by=me(), **form.answers()))
            except Refused as refused:
                form.blame(refused)
                subject = _subject(table, number)
                status = max(status, status_of(refused)) if access.may(me(), taken.need, subject) else 403
        # Who has read what happened meanwhile may send it again.
        form.seen.data = str(subject.version)
        return self._ask(table, taken, subject, form, seen=seen), status

    def _ask(self, table: Flow, taken: Step, subject: Any, form: StepForm, seen: int = 0) -> str:
        shown = _page(table, subject)
        named = [f"admin/queue_{table.name}_{part}.html" for part in (taken.name, "ask")]
        parts = [*named, "admin/queue_fields.html"]
        return self.render(
            "admin/queue_step.html",
            **_frame(table),
            **shown,
            step=taken,
            form=form,
            possible=taken.allowed(subject, me()),
            meanwhile=_since(seen, shown) if seen else [],
            fields=current_app.jinja_env.select_template(parts),
        )


# --- what is asked for -----------------------------------------------------------------------------


def _flow(name: str) -> Flow:
    return FLOWS[name] if name in lanes.LANES else abort(404)


def _extras(table: Flow) -> Extras:
    return EXTRAS.get(table.name, Extras())


def _step(table: Flow, subject: Any, name: str) -> Step:
    step = table.steps_of(subject).get(name)
    return step if step and step.sources and step.by_hand else abort(404)


def _subject(table: Flow, number: str) -> Any:
    """The thing with this number if the person may see it, else the same 404 as for one that does not exist."""
    query = access.visible(me(), table.model).where(table.model.number == number)  # type: ignore[attr-defined]
    subject = _extras(table).joined(query).first() or abort(404)
    names.load([subject], names.listed(table.model))
    return subject


def _form(flow: str, step: str, typed: Any, subject: Any) -> StepForm:
    """The question of a step; what it lets an address answer beforehand is filled in."""
    asked = step_form(flow, step)
    told = {name: request.args[name][:100] for name in asked.told if name in request.args}
    return asked(typed, subject=subject, person=me(), data=told)


def _gone(table: Flow, taken: Step, subject: Any) -> Response:
    if not access.may(me(), taken.need, subject):
        abort(404)
    flash(_(GONE, state=translated(table.state_name(subject)), step=translated(taken.label)), "warning")
    return redirect(url_for(".show", flow=table.name, number=subject.number, **address()))


# --- a page and its steps --------------------------------------------------------------------------


def _frame(table: Flow) -> dict[str, Any]:
    """What every page of a flow's queue needs."""
    parts = [f"admin/queue_{table.name}.html", "admin/queue_any.html"]
    return {
        "flow": table,
        "about": current_app.jinja_env.select_template(parts),
        "due": _extras(table).due,
        "address": address,
        "said": lambda row, column: translated(names.plain(row._meta.fields[column], getattr(row, column))),
        "token": lambda: secrets.token_urlsafe(18),
    }


def _page(table: Flow, subject: Any) -> dict[str, Any]:
    history = events.timeline(subject)
    page = {"entries": [_entry(event) for event in history], **_extras(table).page(subject, history, me())}
    beside = list(zip(history, page["entries"], strict=True))
    page["entries"] = [entry for entry in page["entries"] if entry]
    history_url = ""
    if access.can_read(me(), table.model):
        history_url = url_for(f"{events.subject_type(subject)}.history_view", id=subject.id)
    marked = marks.of([subject])
    return {"subject": subject, "history": beside, "history_url": history_url, "page": page, "marked": marked}


def _entry(event: Event) -> dict[str, Any]:
    return {"label": event.label_text, "text": "", "at": event.at, "who": event.actor_name, "photos": []}


def _since(seen: int, shown: dict[str, Any]) -> list[Any]:
    """What happened after the version that somebody saw, newest first; a step that moves the state makes a version."""
    missed, found = shown["subject"].version - seen, []
    for event, entry in shown["history"]:
        if missed <= 0:
            break
        missed -= bool(event.target)
        found += [entry] if entry else []
    return found


def _onwards(table: Flow, taken: Step, subject: Any) -> Response:
    """Back to the lane and its next row; to the thing itself while it stays in the lane or has none.

    Who passes a thing on may not see it any more: then there is only the lane.
    """
    said = {"number": subject.number, "step": translated(taken.label), "state": translated(table.state_name(subject))}
    flash(_("%(number)s：“%(step)s”已完成，现在是“%(state)s”", **said), "ok")
    mine = lanes.lanes_for(table.name, me())
    lane = next((lane for lane in mine if lane.name == request.args.get("lane")), None)
    model: Any = table.model
    stays = lane is None or lanes.waiting(model, lane, me()).where(model.id == subject.id).exists()
    if stays and access.sees(me(), subject):
        return redirect(url_for(".show", flow=table.name, number=subject.number, **address()))
    return redirect(url_for(".index", flow=table.name, **address()))
