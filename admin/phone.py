"""The operator's desk: a caller's repair written down while they speak (`requirements.md` 17)."""

from typing import Any

from flask import abort, redirect, request, url_for
from flask_admin import expose
from flask_babel import lazy_gettext
from werkzeug.datastructures import CombinedMultiDict

from admin.gate import Gate, me
from forms.reporting import PhoneForm
from hall import masks, places, progress, repairs
from hall.words import Refused
from models import Person
from templating import status_of

FILLED = ("caller", "place")


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Phone(name=lazy_gettext("电话报修"), endpoint="phone", url="/admin/phone", category="repairs")
    view.menu_icon_value = "telephone-inbound"
    return [view]


class Phone(Gate):
    need = "repair.report_for"

    @expose("/", methods=("GET", "POST"))
    def new(self) -> Any:
        """Ask, look the caller up (`look`), report."""
        typed = CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None
        form, status = PhoneForm(typed, person=me()), 400
        found = _caller(form.caller_number.data or "", form.place.data or "")
        if request.method == "GET":
            return self.render("admin/phone.html", form=form, found=found)
        if "look" in request.form:
            for name in FILLED:
                form[name].data = form[name].data or found[name]
            return self.render("admin/phone.html", form=form, found=found)
        if form.validate():
            try:
                order = repairs.report(by=me(), **form.answers())
                return redirect(url_for(".done", number=order.number))
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
        return self.render("admin/phone.html", form=form, found=found), status

    @expose("/caller")
    def caller(self) -> str:
        """What is known of a caller and of what is reported there already, as a piece of the page."""
        return self.render("admin/phone_caller.html", found=_caller(_asked("caller_number"), _asked("place")))

    @expose("/done/<number>")
    def done(self, number: str) -> str:
        """The number to read out loud, and who comes."""
        order = repairs.by_number(me(), number) or abort(404)
        return self.render("admin/phone_done.html", order=order, may_call=progress.may_call(me(), order))


def _asked(name: str) -> str:
    return request.args.get(name, "")[:60]


def _caller(number: str, place: str) -> dict[str, Any]:
    """Name and place of the caller with this number, and open orders of the place that is said (or theirs).

    Of the phone only the mask: the caller is on the line and can say it, and whoever asks for a number is not recorded.
    """
    number = number.strip().upper()[:20]
    person = Person.get_or_none(Person.number == number, Person.is_closed == False) if number else None  # noqa: E712
    home = places.home_of(person) if person else None
    there = (places.find(place) if place.strip() else None) or home
    return {
        "number": number,
        "person": person,
        "caller": person.name if person else "",
        "phone": masks.mask(person.phone) if person else "",
        "place": f"{home[0].name} {home[1]}" if home else "",
        "there": there,
        "similar": repairs.similar(*there, None) if there else [],
    }
