"""The panel: Flask-Admin with a generated view for every entity, a queue for every flow, and its exceptions."""

import functools
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.helpers import get_current_view
from flask_babel import gettext as _
from flask_babel import lazy_gettext, pgettext

from admin import (
    articles,
    builder,
    desk,
    doors,
    hours,
    icons,
    importer,
    importing,
    lost_property,
    overview,
    phone,
    questions,
    queue,
    roles,
    routing_matrix,
    rules_page,
    settings,
    tiles,
    trail,
    wording,
    words,
)
from admin.entity import EntityView
from admin.gate import Gate, held_roles, me
from hall import access, floods, lanes
from hall.flow import FLOWS
from hall.words import N_
from models import ENTITIES
from templating import locale_tag

# The areas of the side navigation in their order; a class in models.py names its own in `area`.
AREAS = {
    "figures": N_("看板", "nav"),
    "repairs": N_("报修", "nav"),
    "supervision": N_("监督与审核", "nav"),
    "boards": N_("失物与市场", "nav"),
    "website": N_("网站", "nav"),
    "people": N_("人员", "nav"),
    "places": N_("场所", "nav"),
    "configure": N_("配置", "nav"),
    "settings": N_("设置", "nav"),
    "trail": N_("记录", "nav"),
}
MOST_SHOWN = 99

# The rooms that no entity generates: modules of this folder, each with `views()`; one in which somebody works through
# what waits also has `waiting()`, [{label, url, icon, count, active}], which stands before the lanes of the flows.
SPECIAL: list[Any] = [
    overview,
    desk,
    queue,
    phone,
    lost_property,
    routing_matrix,
    doors,
    importer,
    importing,
    words,
    articles,
    questions,
    settings,
    roles,
    builder,
    trail,
    rules_page,
    wording,
    tiles,
    hours,
]


class Workbench(Gate, AdminIndexView):
    """The first page: what waits for me, short ways, and every entity by its area."""

    def __init__(self) -> None:
        super().__init__(name=lazy_gettext("工作台"), endpoint="admin", url="/admin")
        self.static_folder = None  # nothing of Flask-Admin's own scripts and styles is used

    @expose("/")
    def index(self) -> str:
        special = [view for view in _rooms() if not isinstance(view, EntityView)]
        groups = _by_area([view for view in _rooms() if view not in special])
        sprays = floods.report_spraying() if access.may(me(), "grants.edit") else []
        shortcuts = [*map(_item, special)]
        return self.render("admin/index.html", waiting=_waiting(), shortcuts=shortcuts, groups=groups, sprays=sprays)


def init_app(app: Flask) -> None:
    """Build the panel at /admin/ for `app`."""
    panel = Admin(name=lazy_gettext("管理后台"), index_view=Workbench())
    for module in SPECIAL:
        panel.add_views(*module.views())
    panel.add_views(*(EntityView(model) for model in ENTITIES))
    panel.init_app(app)
    app.jinja_env.globals["entity_icon"] = icons.of
    app.extensions["panel_rooms"] = {}
    app.context_processor(lambda: {"panel_nav": Navigation()} if get_current_view() else {})


class Navigation:
    """The side navigation for whoever asks: groups [{label, items: [{label, url, icon, badge, active}]}].

    `mine` says by what the groups of `waiting` may be kept, `open` the same of `rooms`.
    """

    @functools.cached_property
    def mine(self) -> tuple[Any, ...]:
        view = request.view_args or {}
        return me().id, request.endpoint, view.get("flow"), request.args.get("lane")

    def waiting(self) -> list[dict[str, Any]]:
        """What waits, as one group or none."""
        items = _waiting()
        return [{"label": _("待办"), "items": items}] if items else []

    @functools.cached_property
    def open(self) -> tuple[Any, ...]:
        return held_roles(), get_current_view().endpoint

    def rooms(self) -> list[dict[str, Any]]:
        """The rooms by area. They follow from the code, so that they are put together once for each set of roles."""
        known = current_app.extensions["panel_rooms"]
        key = held_roles(), locale_tag(), request.script_root
        if key not in known:
            known[key] = _by_area(_rooms())
        here = get_current_view().endpoint
        return [
            group | {"items": [item | {"active": item["endpoint"] == here} for item in group["items"]]}
            for group in known[key]
        ]


def _waiting() -> list[dict[str, Any]]:
    """The lanes in which whoever asks works, with how much waits; asked of the database once a request."""
    if "panel_waiting" not in g:
        rooms = [item for room in SPECIAL for item in getattr(room, "waiting", list)()]
        counted = [room | {"badge": _capped(room["count"]), "counted": True} for room in rooms]
        g.panel_waiting = counted + [item for name in FLOWS for item in _lanes(name)]
    return g.panel_waiting


def _lanes(flow: str) -> list[dict[str, Any]]:
    mine = lanes.lanes_for(flow, me())
    counts = queue.lane_counts(me()).get(flow, {}) if mine else {}
    here = request.endpoint == "queue.index" and (request.view_args or {}).get("flow") == flow
    return [
        {
            "label": _(lane.label) if lane.counted else f"{_(FLOWS[flow].label)} · {_(lane.label)}",
            "url": url_for("queue.index", flow=flow, lane=lane.name),
            "icon": "inbox",
            "badge": _capped(counts.get(lane.name, 0)),
            "counted": lane.counted,
            "active": here and request.args.get("lane", mine[0].name) == lane.name,
        }
        for lane in mine
    ]


def _capped(count: int) -> str:
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")


def _rooms() -> list[Any]:
    """The views that whoever asks may enter and that stand in an area."""
    views = current_app.extensions["admin"][0]._views
    return [view for view in views if view.category and view.is_accessible()]


def _by_area(rooms: list[Any]) -> list[dict[str, Any]]:
    """Those rooms by area, in the order of AREAS; areas that only an entity names come last."""
    areas = dict.fromkeys([*AREAS, *(view.category for view in rooms)])
    groups = [(area, [_item(view) for view in rooms if view.category == area]) for area in areas]
    return [{"label": pgettext("nav", AREAS.get(area, area)), "items": items} for area, items in groups if items]


def _item(view: Any) -> dict[str, Any]:
    return {
        "label": _(str(view.name)),
        "url": url_for(f"{view.endpoint}.{view._default_view}"),
        "icon": view.menu_icon_value or icons.of(view.endpoint, view.category),
        "badge": "",
        "endpoint": view.endpoint,
    }
