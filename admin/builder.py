"""Where an operator makes online services without code: all services, a new one, and what runs of one.

An exception beside the generated panel: states, steps and routes are only understood together, as sentences. The
pages of a draft are in builder_draft.py, those of its states and steps in builder_flow.py.
"""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.builder_draft import DraftPages
from admin.builder_flow import FlowPages
from admin.builder_frame import Frame, service_of
from admin.builder_teams import TeamPages
from admin.gate import Gate, me
from forms.editions import ServiceForm, SwitchForm
from hall import editions
from hall.edition_beginnings import BEGINNINGS
from hall.edition_plan import plan_of
from hall.words import Refused
from models import Edition


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Builder(name=lazy_gettext("在线服务"), endpoint="builder", url="/admin/builder", category="configure")
    view.menu_icon_value = "magic"
    return [view]


class Builder(DraftPages, FlowPages, TeamPages, Frame):
    """The services and their pages."""

    @expose("/")
    def index(self) -> str:
        """Every service: what runs, whether somebody is changing it."""
        return self.render("admin/builder.html", rows=editions.services())

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Make a service, which begins as a draft."""
        return self.ask(
            "admin/builder_new.html",
            ServiceForm,
            lambda said: editions.create(by=me(), **said),
            lambda service: _begun(service.code),
            beginnings=BEGINNINGS,
        )

    @expose("/<code>", methods=("GET", "POST"))
    def service(self, code: str) -> Any:
        """One service: what runs, its versions, its numbers; whether and where it is offered can be changed here."""
        service = service_of(code)
        known = editions.versions(service)
        running = next((row for row in known if row.state == "published"), None)
        return self.ask(
            "admin/builder_service.html",
            lambda said: SwitchForm(said, service=service),
            lambda said: editions.switch(service, by=me(), **{k: v for k, v in said.items() if k != "once"}),
            lambda _service: _told(_("已保存"), code),
            lambda: SwitchForm(service=service_of(code)),
            service=service,
            versions=known,
            running=running,
            drafted=next((row for row in known if row.state == "draft"), None),
            figures=editions.figures(service),
            days=editions.DAYS,
            most=editions.MOST_COUNTED,
        )

    @expose("/<code>/begin", methods=("GET", "POST"))
    def begin(self, code: str) -> Any:
        """Begin a draft, a copy of what runs; the one there is stays."""
        service = service_of(code)
        if request.method == "POST":
            editions.draft_of(service, by=me())
            return redirect(url_for(".draft", code=code))
        return redirect(url_for(".service", code=code))

    @expose("/<code>/versions/<int:number>")
    def version(self, code: str, number: int) -> Any:
        """One version as sentences."""
        service = service_of(code)
        if number > 10**6:
            abort(404)
        edition = Edition.get_or_none(Edition.service == service.id, Edition.number == number) or abort(404)
        if edition.state == "draft":
            return redirect(url_for(".draft", code=code))
        return self.render("admin/builder_version.html", service=service, edition=edition, plan=plan_of(edition))

    @expose("/<code>/retire", methods=("GET", "POST"))
    def retire(self, code: str) -> Any:
        """Ask, and offer a service no longer."""
        service, refusal = service_of(code), None
        running = editions.running(service)
        if request.method == "POST":
            try:
                editions.retire(service, by=me())
                return _told(_("已停用，大家看不到它了；已经提交的申请照常办完"), code)
            except Refused as refused:
                refusal = refused
        page = {"service": service, "running": running, "figures": editions.figures(service), "refusal": refusal}
        return self.render("admin/builder_retire.html", **page), 409 if refusal else 200


def _begun(code: str) -> Any:
    flash(_("服务已建好，现在是草稿，大家还看不到。下面一步一步补全，试办一遍，再发布。"), "ok")
    return redirect(url_for("builder.draft", code=code))


def _told(said: str, code: str) -> Any:
    flash(said, "ok")
    return redirect(url_for("builder.service", code=code))
