"""The states and steps of a draft in the builder: each on a page of its own, its order by two buttons."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin.builder_frame import Frame, draft_of, saved, seen_form, teams, to_draft
from admin.gate import me
from forms.editions import DraftStepForm, SeenForm, StateForm
from hall import edition_parts
from hall.edition_plan import Plan, plan_of
from hall.words import Refused
from models import ServiceState, ServiceStep
from templating import sentence

MOVED = {"states": ServiceState, "steps": ServiceStep}


class FlowPages(Frame):
    @expose("/<code>/draft/states/new", methods=("GET", "POST"))
    @expose("/<code>/draft/states/<state_code>", methods=("GET", "POST"))
    def state(self, code: str, state_code: str = "") -> Any:
        """Add or change a state."""
        service, edition = draft_of(code)
        plan, known = plan_of(edition), teams()
        state = _state(plan, state_code) if state_code else None

        def again() -> StateForm:
            now = plan_of(draft_of(code)[1])
            return StateForm(edition=now.edition, teams=known, state=now.state(state_code) or state)

        return self.ask(
            "admin/builder_state.html",
            lambda said: StateForm(said, edition=edition, teams=known, state=state),
            lambda said: edition_parts.put_state(edition, by=me(), code=state_code, **said),
            lambda _edition: to_draft(code, saved(), "flow"),
            again,
            service=service,
            state=state,
        )

    @expose("/<code>/draft/states/<state_code>/drop", methods=("GET", "POST"))
    def drop_state(self, code: str, state_code: str) -> Any:
        """Show what goes with a state, and take it away."""
        service, edition = draft_of(code)
        plan = plan_of(edition)
        state = _state(plan, state_code)
        gone = [step for step in plan.steps if step.target == state_code or step.sources == [state_code]]
        return self.ask(
            "admin/builder_drop.html",
            act=lambda said: edition_parts.drop_state(edition, state_code, by=me(), seen=said["seen"]),
            done=lambda _edition: to_draft(code, _("已删除"), "flow"),
            **seen_form(edition),
            service=service,
            plan=plan,
            state=state,
            gone=gone,
        )

    @expose("/<code>/draft/steps/new", methods=("GET", "POST"))
    @expose("/<code>/draft/steps/<step_code>", methods=("GET", "POST"))
    def step(self, code: str, step_code: str = "") -> Any:
        """Add or change a step; `?from=` is the state that it is added to."""
        service, edition = draft_of(code)
        plan = plan_of(edition)
        step = _step(plan, step_code) if step_code else None
        source = request.args.get("from", "")

        def again() -> DraftStepForm:
            now = plan_of(draft_of(code)[1])
            return DraftStepForm(plan=now, step=now.step(step_code) or step, source=source)

        return self.ask(
            "admin/builder_step.html",
            lambda said: DraftStepForm(said, plan=plan, step=step, source=source),
            lambda said: edition_parts.put_step(edition, by=me(), code=step_code, **said),
            lambda _edition: to_draft(code, saved(), "flow"),
            again,
            service=service,
            plan=plan,
            step=step,
        )

    @expose("/<code>/draft/steps/<step_code>/drop", methods=("GET", "POST"))
    def drop_step(self, code: str, step_code: str) -> Any:
        """Ask, and take a step away."""
        service, edition = draft_of(code)
        plan = plan_of(edition)
        step = _step(plan, step_code)
        return self.ask(
            "admin/builder_drop.html",
            act=lambda said: edition_parts.drop_step(edition, step_code, by=me(), seen=said["seen"]),
            done=lambda _edition: to_draft(code, _("已删除"), "flow"),
            **seen_form(edition),
            service=service,
            plan=plan,
            step=step,
            gone=[],
        )

    @expose("/<code>/draft/<any(states, steps):what>/<row_code>/move", methods=("GET", "POST"))
    def move(self, code: str, what: str, row_code: str) -> Any:
        """Move a state or step up or down."""
        _service, edition = draft_of(code)
        if request.method == "POST":
            form = SeenForm(request.form, version=edition.version)
            try:
                said = form.answers()
                up = request.form.get("to") != "down"
                edition_parts.move(edition, MOVED[what], row_code, by=me(), up=up, seen=said["seen"])
            except Refused as refused:
                flash(sentence(refused), "warn")
        return redirect(url_for(".draft", code=code, _anchor=f"{what}-{row_code}"))


def _state(plan: Plan, code: str) -> ServiceState:
    return plan.state(code) or abort(404)


def _step(plan: Plan, code: str) -> ServiceStep:
    return plan.step(code) or abort(404)
