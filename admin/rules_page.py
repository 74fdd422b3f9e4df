"""Rules "when … then …": the list as sentences, and a page that builds one and says what it would have done.

An exception beside the generated panel: a rule is only understood as a sentence, and by what it hits.
"""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from admin.gate import Gate, me
from admin.queue import EXTRAS
from forms.automation import RuleForm, class_for
from hall import access, events, forgetting, marks, rule_actions, rule_conditions, rule_rehearsal, rules
from hall.flow import FLOWS
from hall.words import Refused
from models import Event, Rule
from templating import sentence, status_of

SHOWN = 20


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Automation(
        name=lazy_gettext("自动规则"), endpoint="automation", url="/admin/automation", category="configure"
    )
    view.menu_icon_value = "robot"
    return [view, Marks(name=lazy_gettext("标记"), endpoint="marks", url="/admin/marks")]


class Marks(Gate):
    """Taking a mark off, for whoever works on the thing."""

    @expose("/")
    def index(self) -> Response:
        return redirect(url_for("mark.index_view"))

    @expose("/<flow>/<number>/<int:mark_id>/off", methods=("POST",))
    def off(self, flow: str, number: str, mark_id: int) -> Response:
        """Take one mark off the thing with this number, if the person sees it."""
        table = FLOWS[flow] if flow in rule_conditions.FIELDS else abort(404)
        found: Any = access.visible(me(), table.model)
        subject = found.where(table.model.number == number).first() or abort(404)  # type: ignore[attr-defined]
        # Whom it is about is no staff of it, whatever else they work on.
        if flow in EXTRAS and EXTRAS[flow].elsewhere(me(), subject):
            abort(404)
        marks.take_off(subject, mark_id, by=me())
        flash(_("标记已取下"), "ok")
        return redirect(url_for("queue.show", flow=flow, number=number))


class Automation(Gate):
    need = rules.NEED

    def render(self, template: str, **page: Any) -> str:
        return super().render(template, mode_of=rules.mode_of, modes=rules.MODES, **page)

    @expose("/")
    def index(self) -> str:
        """Every rule as a sentence, those that are on first."""
        known = Rule.select().where(Rule.flow.in_(list(rule_conditions.FIELDS)))
        rows = list(known.order_by(Rule.is_on.desc(), Rule.id.desc()).limit(rules.MOST_RULES))
        return self.render(
            "admin/automation.html",
            rows=rows,
            spoken=rules.Speaker(rows),
            flows=rules.flows(),
            counts=rules.hit_counts(),
        )

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Build a rule about the flow that `?flow=` names."""
        return self._build(Rule(flow=request.args.get("flow", "repair"), conditions=[], params={}))

    @expose("/<int:rule_id>", methods=("GET", "POST"))
    def edit(self, rule_id: int) -> Any:
        """Change a rule; beside it what it did lately."""
        return self._build(Rule.get_or_none(Rule.id == rule_id) or abort(404))

    def _build(self, rule: Rule) -> Any:
        if rule.flow not in dict(rules.flows()):
            abort(404)
        form = class_for(rule.flow)(request.form if request.method == "POST" else None, rule=rule)
        page: dict[str, Any] = {"form": form, "rule": rule, "draft": None, "rehearsal": None}
        page |= {"hits": rules.hits(rule) if rule.id else [], "flows": rules.flows(), "link_of": rule_actions.link_of}
        status = 200
        if request.method == "POST":
            status = 400
            try:
                if form.validate():
                    draft = rules.checked(form.draft())
                    if "confirmed" in request.form:
                        return self._saved(form, draft)
                    found = rule_rehearsal.rehearse(draft)
                    page |= {
                        "draft": draft,
                        "spoken": rules.Speaker([draft]),
                        "rehearsal": found,
                        "shown": found.found[:SHOWN],
                    }
                    status = 200
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale:
                    # Who has read what it says now may save over it.
                    form.seen.data = str(refused.values.get("version", form.seen.data))
        return self.render("admin/automation_rule.html", **page, history=_history(rule)), status

    def _saved(self, form: RuleForm, draft: Rule) -> Response:
        seen = form.seen.data or ""
        rules.save(draft, by=me(), seen=int(seen) if draft.id and seen.isdecimal() and len(seen) < 9 else None)
        flash(_("已保存"), "ok")
        return redirect(url_for(".index", _anchor=f"rule-{draft.id}"))

    @expose("/<int:rule_id>/switch", methods=("POST",))
    def switch(self, rule_id: int) -> Response:
        """Set a rule on, dry or off."""
        return self._done(lambda: rules.switch(rule_id, request.form.get("mode", ""), by=me()), f"rule-{rule_id}")

    @expose("/<int:rule_id>/remove", methods=("GET", "POST"))
    def remove(self, rule_id: int) -> Any:
        """Ask, and delete the rule."""
        rule = Rule.get_or_none(Rule.id == rule_id) or abort(404)
        if request.method == "POST":
            return self._done(lambda: rules.remove(rule_id, by=me()))
        return self.render("admin/automation_remove.html", rule=rule, spoken=rules.Speaker([rule]))

    def _done(self, act: Any, anchor: str | None = None) -> Response:
        try:
            act()
            flash(_("已保存"), "ok")
        except Refused as refused:
            flash(sentence(refused), "warning")
        return redirect(url_for(".index", _anchor=anchor))


def _history(rule: Rule) -> list[Any]:
    if not rule.id:
        return []
    mine = Event.select().where(events.of_row(rule)).order_by(Event.seq.desc())
    return forgetting.veil(mine.limit(SHOWN), rule)
