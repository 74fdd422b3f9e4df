"""What each role may see and do: its entities, rows and masked columns, its steps, its rooms, and who holds it."""

from typing import Any

from flask import abort, current_app
from flask_admin import expose
from flask_babel import lazy_gettext

from admin import names
from admin.entity import EntityView
from admin.gate import Gate, looking_as
from hall import access, lanes, role_story
from hall.flow import FLOWS
from hall.words import N_
from models import Grant, Person

MOST_HOLDERS = 20
MOST_COUNTED = 2000
# What a scope names, in words.
SCOPED_TO = {
    "group": N_("维修组"),
    "department": N_("部门"),
    "building": N_("楼宇"),
    "team": N_("办理组"),
}


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Roles(name=lazy_gettext("角色与权限"), endpoint="roles", url="/admin/roles", category="people")
    view.menu_icon_value = "person-lock"
    return [view]


class Roles(Gate):
    need = "grants.edit"

    @expose("/")
    def index(self) -> str:
        """All roles: those that are granted, with how many hold them, and those that follow from a row."""
        held = role_story.granted(MOST_COUNTED)
        return self.render(
            "admin/roles.html",
            roles=[(name, role, held[name], len(role_story.rights(name))) for name, role in access.ROLES.items()],
            following=[(name, role) for name, role in role_story.known().items() if name not in access.ROLES],
            scoped_to=SCOPED_TO,
        )

    @expose("/<role>")
    def show(self, role: str) -> str:
        known = role_story.known().get(role) or abort(404)
        holders = Grant.select(Grant, Person).join(Person).where(Grant.role == role).order_by(Person.number)
        found = list(holders.limit(MOST_HOLDERS + 1)) if role in access.ROLES else []
        return self.render(
            "admin/role.html",
            name=role,
            role=known,
            rights=role_story.rights(role),
            rooms=_rooms(role_story.holder(role)),
            lanes=_lanes(role_story.holder(role)),
            steps=role_story.steps(role),
            beside=role_story.beside(role),
            holders=found[:MOST_HOLDERS],
            more=len(found) > MOST_HOLDERS,
            scoped_to=SCOPED_TO,
            is_granted=role in access.ROLES,
            table=lambda model: model._meta.table_name,
            names=names,
        )


def _rooms(person: Person) -> list[Any]:
    """The rooms of the panel beside the generated ones that `person` may enter."""
    if not access.may(person, "panel.enter"):
        return []
    with looking_as(person):
        views = current_app.extensions["admin"][0]._views
        return [view for view in views if view.category and not isinstance(view, EntityView) and view.is_accessible()]


def _lanes(person: Person) -> list[tuple[str, list[str]]]:
    """(flow, its lanes) of what waits for `person`."""
    told = [(flow.label, [lane.label for lane in lanes.lanes_for(name, person)]) for name, flow in FLOWS.items()]
    return [(label, found) for label, found in told if found]
