"""Reporting a repair: the whole form, the quick one, the code on a room's door, and what was reported already."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

import templating
from forms.fields import item_of
from forms.reporting import QuickForm, ReportForm, typed_place, visit_days
from hall import places, repairs
from hall.words import Refused
from models import DISPATCH_CENTRE, Building, Event, MaintenanceGroup, RepairItem, RepairOrder
from portal.repairs import FAMILY_ICONS, Page, bp, me
from portal.typed import ask_who_you_are, forget, typed


@bp.route("/repairs/new", methods=["GET", "POST"])
def new() -> Page:
    """我要报修: the whole form, with everything filled in that is known."""
    return _report(ReportForm, "repairs/new.html")


@bp.route("/repairs/quick", methods=["GET", "POST"])
def quick() -> Page:
    """快速报修: the same order from one short screen."""
    return _report(QuickForm, "repairs/quick.html")


def _report(shape: type[ReportForm] | type[QuickForm], page: str) -> Page:
    if request.method == "POST" and not current_user.is_authenticated:
        asked = [name for name in shape()._fields if name not in ("once", "photos", "despite")]
        return ask_who_you_are(shape, url_for("repairs.index"), names=asked)
    origin = _origin()
    person = me() if current_user.is_authenticated else None
    form = shape(typed(shape), person=person, **_known(shape, origin))
    alike: list[RepairOrder] = []
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            answers = form.answers()
            if not form.despite.data and not _sent_before(form):
                alike = _alike(answers["building"], answers["room"], answers["item"])
                status = 409
            if not alike:
                return _sent(repairs.report(by=me(), origin=origin, **answers))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template(page, form=form, alike=alike, again=origin, **_about(form)), status


def _sent_before(form: ReportForm | QuickForm) -> bool:
    """Whether this very form has made its order already: then that is the one that is open at the place."""
    return bool(Event.select().where(Event.once == form.once.data).exists())


def _sent(order: RepairOrder) -> Response:
    flash(_("已提交，单号 %(number)s", number=order.number), "ok")
    return forget(redirect(url_for("repairs.show", number=order.number)), url_for("repairs.index"))


# --- what is known ---------------------------------------------------------------------------------


def _origin() -> RepairOrder | None:
    """The own order that `?again=` names: its words fill the form and the new order remembers it."""
    number = request.args.get("again", "")
    order = repairs.by_number(current_user, number.upper()) if number and current_user.is_authenticated else None
    return order if order and order.reporter_id == current_user.id else None


def _known(shape: type[ReportForm] | type[QuickForm], origin: RepairOrder | None) -> dict[str, Any]:
    """Field values that nobody needs to be asked for."""
    if request.method == "POST":
        return {}
    known: dict[str, Any] = {"channel": request.args.get("channel"), "phone": getattr(current_user, "phone", "")}
    if origin:
        known |= {"item": str(origin.item_id), "description": origin.description, "spot": origin.spot}
        known |= {"entry": origin.entry, "phone": known["phone"] or origin.phone}
    place = _place_asked_for() or ((origin.building, origin.room_number) if origin else _usual_place())
    if place is None:
        return known
    if shape is QuickForm:
        text = " ".join(part for part in (place[0].name, place[1]) if part)
        return {**known, "place": text if places.find(text) == place else ""}
    return {**known, "building": place[0].code, "room": place[1]}


def _place_asked_for() -> tuple[Building, str] | None:
    building = places.building(request.args.get("building", "")) if "building" in request.args else None
    return (building, request.args.get("room", "")[:20]) if building else None


def _usual_place() -> tuple[Building, str] | None:
    if not current_user.is_authenticated:
        return None
    return places.home_of(current_user) or repairs.last_place(current_user)


def _about(form: ReportForm | QuickForm) -> dict[str, Any]:
    """What the page says beside the questions."""
    options = {value: told for group in form.item.choices.values() for value, _label, told in _full(group)}
    return {
        "icons": FAMILY_ICONS,
        "chosen": options.get(form.item.data or "", {}),
        "tips": [(label, told) for group in form.item.choices.values() for _value, label, told in _full(group) if told],
        "windows": visit_days() if isinstance(form, ReportForm) else [],
        "centre": MaintenanceGroup.get_or_none(MaintenanceGroup.code == DISPATCH_CENTRE),
        "kept": g.get("kept", False),
        "photos_lost": any(file.filename for file in request.files.getlist("photos")),
    }


def _full(group: list[Any]) -> list[tuple[str, str, dict[str, str]]]:
    return [(value, label, told[0] if told else {}) for value, label, *told in group]


# --- reported already --------------------------------------------------------------------------------


@bp.get("/repairs/similar")
def similar() -> str:
    """What is open at the place already, as a piece of the form's page; nothing for who has not signed in."""
    alike: list[RepairOrder] = []
    if current_user.is_authenticated:
        try:
            building, room = _place_in(request.args)
            alike = _alike(building, room, item_of(request.args.get("item", "")))
        except Refused:
            pass  # the form is not filled in that far
    return render_template("repairs/_similar.html", alike=alike)


def _place_in(args: Any) -> tuple[Building, str]:
    if "place" in args:
        return typed_place(args["place"][:60])
    building = places.building(args.get("building", ""))
    if building is None:
        raise Refused("")
    return building, args.get("room", "")


def _alike(building: Building, room: str, item: RepairItem) -> list[RepairOrder]:
    """Open orders of the same place; what a stranger may not follow, shows what and when only."""
    found = repairs.similar(building, room, item)
    for order in found:
        order.building = building
        order.mine = order.reporter_id == current_user.id
    for order in found:
        order.can_follow = not order.mine and repairs.may_follow(order, current_user)
    return found


@bp.get("/at/<code>")
@bp.get("/at/<code>/<room>")
def door(code: str, room: str = "") -> Response:
    """The code on a room's door: the form with the place filled in."""
    if places.building(code) is None:
        flash(_("没有找到这个二维码上的地点，请在下面选择"), "warning")
        return redirect(url_for("repairs.new", channel="qr"))
    return redirect(url_for("repairs.new", building=code, room=room or None, channel="qr"))
