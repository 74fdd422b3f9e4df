"""The teams 办理组 in the builder: a new one, and who is in it, so that nobody has to know of grants and scopes."""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin.builder_frame import Frame, teams
from admin.gate import me
from forms.teams import MemberForm, NewTeamForm
from hall import access
from hall import teams as verbs
from hall.edition_checks import members
from models import Team


class TeamPages(Frame):
    @expose("/teams", methods=("GET", "POST"))
    def teams(self) -> Any:
        """Every team with its people; a new one begins here."""
        known = teams()
        found: dict[str, list[str]] = {}
        for code, name in members(known):
            found.setdefault(code, []).append(name)
        return self.ask(
            "admin/builder_teams.html",
            NewTeamForm,
            lambda said: verbs.add(by=me(), **said),
            lambda team: _told(_("办理组已建好，请把办事的人加进来"), team),
            teams=known,
            members=found,
        )

    @expose("/teams/<code>", methods=("GET", "POST"))
    def team(self, code: str) -> Any:
        """Who is in a team; somebody is added by their number."""
        team = _team(code)
        return self.ask(
            "admin/builder_team.html",
            MemberForm,
            lambda said: verbs.join(team, by=me(), number=said["number"]),
            lambda grant: _told(_("已加入：%(name)s", name=grant.person.name), team),
            team=team,
            grants=verbs.members(team),
            may_grant=access.may(me(), verbs.NEED_FOR_PEOPLE),
        )

    @expose("/teams/<code>/leave/<int:grant_id>", methods=("GET", "POST"))
    def leave(self, code: str, grant_id: int) -> Any:
        """Take somebody out of a team; they can be added again at once."""
        team = _team(code)
        if request.method == "POST":
            if grant_id > 2**31 or not access.may(me(), verbs.NEED_FOR_PEOPLE):
                abort(404)
            verbs.leave(team, grant_id, by=me())
            return _told(_("已移出"), team)
        return redirect(url_for(".team", code=code))


def _team(code: str) -> Team:
    return Team.get_or_none(Team.code == code[:20]) or abort(404)


def _told(said: str, team: Team) -> Any:
    flash(said, "ok")
    return redirect(url_for("builder.team", code=team.code))
