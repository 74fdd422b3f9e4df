"""The draft of a service in the builder: all of it as sentences, what it says of itself, who gets it, publishing."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin.builder_frame import Frame, draft_of, saved, seen_form, teams, to_draft
from admin.gate import me
from forms.applications import ApplyForm
from forms.editions import AboutForm, RouteForm, TeamForm
from hall import edition_parts, edition_routes, editions
from hall.edition_checks import members, problems_of
from hall.edition_plan import differences, plan_of, plans_of, questions_of
from hall.edition_rehearsal import MOST_STEPS, dry_run
from hall.words import Refused
from models import ServiceRoute
from templating import status_of


class DraftPages(Frame):
    @expose("/<code>/draft")
    def draft(self, code: str) -> Any:
        """All of a draft on one page, with what is still missing."""
        running, edition = editions.at_work(code)
        edition = edition or abort(404)
        plan = plan_of(edition)
        people = members(plan.teams)
        page = {"problems": problems_of(plan, people), "members": _by_team(people), "running": running}
        return self.render("admin/builder_draft.html", service=edition.service, edition=edition, plan=plan, **page)

    @expose("/<code>/draft/about", methods=("GET", "POST"))
    def about(self, code: str) -> Any:
        """What the service is called and says of itself, and for whom it is."""
        service, edition = draft_of(code)
        return self.ask(
            "admin/builder_about.html",
            lambda said: AboutForm(said, edition=edition),
            lambda said: edition_parts.about(edition, by=me(), **said),
            lambda _edition: to_draft(code, saved(), "about"),
            lambda: AboutForm(edition=draft_of(code)[1]),
            service=service,
        )

    @expose("/<code>/draft/who", methods=("GET", "POST"))
    def who(self, code: str) -> Any:
        """Who gets it where no route says otherwise."""
        service, edition = draft_of(code)
        known = teams()
        return self.ask(
            "admin/builder_who.html",
            lambda said: TeamForm(said, edition=edition, teams=known),
            lambda said: edition_parts.about(edition, by=me(), **said),
            lambda _edition: to_draft(code, saved(), "who"),
            lambda: TeamForm(edition=draft_of(code)[1], teams=known),
            service=service,
            teams=known,
            members=_by_team(members(known)),
        )

    @expose("/<code>/draft/routes/new", methods=("GET", "POST"))
    def route(self, code: str) -> Any:
        """Let what comes from somewhere, or was answered so, go to a team of its own."""
        service, edition = draft_of(code)
        asked, known = questions_of([], [edition.id])[edition.id].get("", []), teams()
        return self.ask(
            "admin/builder_route.html",
            lambda said: RouteForm(said, edition=edition, asked=asked, teams=known),
            lambda said: edition_routes.put_route(edition, by=me(), **said),
            lambda _edition: to_draft(code, saved(), "who"),
            lambda: RouteForm(edition=draft_of(code)[1], asked=asked, teams=known),
            service=service,
        )

    @expose("/<code>/draft/routes/<int:route_id>/drop", methods=("GET", "POST"))
    def drop_route(self, code: str, route_id: int) -> Any:
        """Ask, and take a route away."""
        service, edition = draft_of(code)
        plan = plan_of(edition)
        route: ServiceRoute = next((row for row in plan.routes if row.id == route_id), None) or abort(404)
        return self.ask(
            "admin/builder_drop.html",
            act=lambda said: edition_routes.drop_route(edition, route_id, by=me(), seen=said["seen"]),
            done=lambda _edition: to_draft(code, _("已删除"), "who"),
            **seen_form(edition),
            service=service,
            plan=plan,
            route=route,
            gone=[],
        )

    @expose("/<code>/draft/preview")
    def preview(self, code: str) -> Any:
        """The form as who applies will see it; nothing can be handed in here."""
        service, edition = draft_of(code)
        form = ApplyForm(edition=edition, person=me())
        return self.render("admin/builder_preview.html", service=service, edition=edition, form=form)

    @expose("/<code>/draft/try", methods=("GET", "POST"))
    def rehearse(self, code: str) -> Any:
        """Walk the whole service with somebody's account, and leave nothing behind."""
        service, edition = draft_of(code)
        report = dry_run(edition, by=me()) if request.method == "POST" else None
        page = {"service": service, "edition": edition, "plan": plan_of(edition), "report": report, "most": MOST_STEPS}
        return self.render("admin/builder_try.html", **page)

    @expose("/<code>/draft/publish", methods=("GET", "POST"))
    def publish(self, code: str) -> Any:
        """Show what is missing and what changes for everybody, and publish when that is confirmed."""
        running, edition = editions.at_work(code)
        edition = edition or abort(404)
        plan, *before = plans_of(edition, *([running] if running else []))
        return self.ask(
            "admin/builder_publish.html",
            act=lambda said: editions.publish(edition, by=me(), **said),
            done=lambda _edition: _published(code),
            **seen_form(edition),
            service=edition.service,
            edition=edition,
            plan=plan,
            problems=problems_of(plan),
            running=running,
            differences=differences(before[0], plan) if before else None,
        )

    @expose("/<code>/draft/discard", methods=("GET", "POST"))
    def discard(self, code: str) -> Any:
        """Ask, and throw the draft away."""
        service, edition = draft_of(code)
        refusal = None
        if request.method == "POST":
            try:
                left = editions.discard(edition, by=me())
                flash(_("草稿已删除"), "ok")
                return redirect(url_for(".service", code=code) if left else url_for(".index"))
            except Refused as refused:
                refusal = refused
        is_only = len(editions.versions(service)) == 1
        page = {"service": service, "edition": edition, "refusal": refusal, "is_only": is_only}
        return self.render("admin/builder_discard.html", **page), status_of(refusal) if refusal else 200


def _published(code: str) -> Any:
    flash(_("已发布，符合条件的人现在就能申请；已经提交的申请仍按原来的版本办完"), "ok")
    return redirect(url_for("builder.service", code=code))


def _by_team(rows: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, name in rows:
        found.setdefault(code, []).append(name)
    return found
