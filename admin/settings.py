"""The figures of the hall: one list, and a page for each with its default, what a change would do, and its history.

An exception beside the generated panel: a figure that nobody has changed has no row.
"""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.gate import Gate, me
from forms.settings import SettingForm
from hall import setting_changes, settings
from hall.words import Refused
from templating import status_of


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Settings(name=lazy_gettext("时限和次数"), endpoint="settings", url="/admin/settings", category="configure")
    view.menu_icon_value = "sliders"
    return [view]


class Settings(Gate):
    need = setting_changes.NEED

    @expose("/")
    def index(self) -> str:
        """Every figure by what it belongs to."""
        areas: dict[str, list[str]] = {area: [] for area in settings.AREAS}
        for code in settings.LIMITS:
            areas[settings.area_of(code)].append(code)
        return self.render("admin/settings.html", areas=areas, names=settings.AREAS, **_known())

    @expose("/<code>", methods=("GET", "POST"))
    def edit(self, code: str) -> Any:
        """Ask for a value, show what it would do, and keep it when that is confirmed."""
        if code not in settings.LIMITS:
            abort(404)
        form = SettingForm(request.form if request.method == "POST" else None, code=code)
        status, effect = 200, None
        if request.method == "POST":
            status = 400
            try:
                if "reset" in request.form:
                    form.value.process_data(settings.LIMITS[code].default)
                    form.value.raw_data = None  # else the page shows, and sends again, what stood there
                    form.value.errors = []
                if "reset" in request.form or form.validate():
                    wanted = setting_changes.check(code, form.value.data)
                    if "confirmed" in request.form:
                        setting_changes.change(code, **form.answers(), by=me())
                        flash(_("已保存"), "ok")
                        return redirect(url_for(".edit", code=code))
                    effect, status = setting_changes.effect(code, wanted), 200
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale:
                    # Who has read what it is now may save over it.
                    form.seen.data = str(refused.values["now"])
        page = {"code": code, "form": form, "effect": effect, "past": setting_changes.history(code)}
        return self.render("admin/setting.html", **page, **_known()), status


def _known() -> dict[str, Any]:
    return {"limits": settings.LIMITS, "value": settings.value, "is_default": settings.is_default}
