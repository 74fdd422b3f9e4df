"""QR codes for the doors of a building, on A4, and the rooms that carry them."""

from collections.abc import Iterable
from typing import Any

import peewee
from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from admin.gate import Gate, me
from admin.listing import row_id
from forms.rooms import RoomsForm
from hall import access, places, printing
from hall.words import Refused
from models import Building, Campus, Room

MOST_CODES = 300


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Doors(name=lazy_gettext("门牌二维码"), endpoint="doors", url="/admin/doors", category="places")
    view.menu_icon_value = "qr-code"
    return [view]


class Doors(Gate):
    need = "doors.print"

    @expose("/")
    def index(self) -> str:
        """All buildings with how many rooms each has."""
        rooms = peewee.fn.COUNT(Room.id)
        query = access.visible(me(), Building).select_extend(Campus, rooms.alias("rooms_known"))
        query = query.join_from(Building, Campus).join_from(Building, Room, peewee.JOIN.LEFT_OUTER)
        query = query.group_by(Building, Campus).order_by(Campus.id, Building.kind, Building.id)
        return self.render("admin/doors.html", buildings=list(query))

    @expose("/<code>", methods=("GET", "POST"))
    def sheet(self, code: str) -> Any:
        """The codes of one building, of one floor where there are many; a POST makes rooms that are missing."""
        building = places.building(code) or abort(404)
        form = RoomsForm(request.form if request.method == "POST" else None)
        if request.method == "GET":
            return self._sheet(building, form)
        if not access.can_edit(me(), Room):
            abort(404)
        if form.validate():
            try:
                made = places.add_rooms(building, by=me(), **form.answers())
                flash(_("新建了 %(made)s 个房间", made=made) if made else _("这些房间都已经有了"), "ok")
                return redirect(url_for(".sheet", code=building.code))
            except Refused as refused:
                form.blame(refused)
        return self._sheet(building, form), 400

    def _sheet(self, building: Building, form: RoomsForm) -> str:
        floors = _floors(building)
        few = sum(floors.values()) <= MOST_CODES
        floor: int | None = row_id(request.args.get("floor"))
        if floor not in floors:
            floor = None if few else min(floors)
        return self.render(
            "admin/doors_sheet.html",
            building=building,
            floors=floors,
            floor=floor,
            few=few,
            codes=list(_codes(building, floor)),
            form=form if access.can_edit(me(), Room) else None,
        )


def _floors(building: Building) -> dict[int, int]:
    """How many rooms stand on each floor."""
    query = Room.select(Room.floor, peewee.fn.COUNT(Room.id)).where(Room.building == building.id)
    return dict(query.group_by(Room.floor).order_by(Room.floor).tuples())


def _codes(building: Building, floor: int | None) -> Iterable[tuple[str, Markup]]:
    """(room number, code as SVG) for each door."""
    query = Room.select().where(Room.building == building.id)
    if floor is not None:
        query = query.where(Room.floor == floor)
    for room in query.order_by(Room.floor, Room.number).limit(MOST_CODES):
        room.building = building
        yield room.number, Markup(printing.qr_svg(printing.door_address(room)))
