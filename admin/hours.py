"""The campus calendar as a month of open hours, and what a change would do before it is kept."""

from datetime import date, timedelta
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.gate import Gate, me
from forms.calendar import PeriodForm
from hall import calendar_changes, clock, places
from hall.calendar_changes import Draft
from hall.words import Refused
from models import CALENDAR_KINDS, Building, CalendarPeriod
from templating import status_of

SHOWN = 20


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Hours(name=lazy_gettext("校历预览"), endpoint="hours", url="/admin/hours", category="settings")
    view.menu_icon_value = "calendar3"
    return [view]


class Hours(Gate):
    need = calendar_changes.NEED

    def render(self, template: str, **page: Any) -> str:
        return super().render(template, kinds=CALENDAR_KINDS, today=clock.today(), **page)

    @expose("/")
    def index(self) -> str:
        """A month (`?month=2026-11`) of the campus or of a building (`?building=`), with the periods that reach it."""
        first, buildings = _month(request.args.get("month", "")), places.buildings()
        building = next((row for row in buildings if row.code == request.args.get("building")), None)
        draft = Draft()
        made = draft.calendar(building.id if building else None)
        ends = _next(first) - timedelta(days=1)
        near = [row for row in draft.now if row.starts <= ends + timedelta(days=60) and row.ends >= first]
        page: dict[str, Any] = {"first": first, "building": building, "weeks": calendar_changes.month(first, made)}
        page |= {"before": _last(first), "after": _next(first), "buildings": buildings}
        return self.render("admin/hours.html", **page, periods=sorted(near, key=lambda row: row.starts))

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Add a period."""
        return self._change(CalendarPeriod())

    @expose("/<int:period_id>", methods=("GET", "POST"))
    def edit(self, period_id: int) -> Any:
        """Change a period, or take it out."""
        return self._change(CalendarPeriod.get_or_none(CalendarPeriod.id == period_id) or abort(404))

    def _change(self, period: CalendarPeriod) -> Any:
        form = PeriodForm(request.form if request.method == "POST" else None, period=period)
        page: dict[str, Any] = {"form": form, "period": period, "effect": None}
        status = 200
        if request.method == "POST":
            status = 400
            goes = "remove" in request.form and bool(period.id)
            try:
                if goes or form.validate():
                    draft = period if goes else calendar_changes.checked(form.draft())
                    if "confirmed" in request.form:
                        self._keep(form, draft, goes)
                        return redirect(url_for(".index", month=f"{draft.starts:%Y-%m}"))
                    page["effect"], status = _effect(draft, goes), 200
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale:
                    # Who has read what it says now may save over it.
                    fresh = CalendarPeriod.get_or_none(CalendarPeriod.id == period.id)
                    form.seen.data = calendar_changes.fingerprint(fresh) if fresh else ""
                    form.once.data = PeriodForm(period=CalendarPeriod()).once.data
        return self.render("admin/hours_period.html", **page), status

    def _keep(self, form: PeriodForm, draft: CalendarPeriod, goes: bool) -> None:
        seen = form.seen.data or None
        if goes:
            calendar_changes.remove(draft.id, by=me(), seen=seen)
        else:
            calendar_changes.save(draft, by=me(), seen=seen, once=form.once.data)
        flash(_("已保存"), "ok")


def _effect(draft: CalendarPeriod, goes: bool) -> dict[str, Any]:
    """The month of the change before and after, and the promises that it would move."""
    both = Draft(draft, goes=goes)
    first = draft.starts.replace(day=1)
    where = draft.building_id
    found, looked = calendar_changes.moved(both)
    return {
        "goes": goes,
        "first": first,
        "before": calendar_changes.month(first, both.calendar(where)),
        "after": calendar_changes.month(first, both.calendar(where, changed=True)),
        "moved": found[:SHOWN],
        "more": len(found) - len(found[:SHOWN]),
        "looked": looked,
        "building": Building.get_or_none(Building.id == where) if where else None,
    }


def _month(said: str) -> date:
    """The first day of the month that an address names, this month for what is none."""
    year, _dash, number = said.partition("-")
    try:
        found = date(int(year), int(number), 1)
    except ValueError:
        return clock.today().replace(day=1)
    is_known = calendar_changes.FIRST_YEAR <= found.year <= calendar_changes.LAST_YEAR
    return found if is_known else clock.today().replace(day=1)


def _next(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def _last(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)
