"""The tiles of the front page: their order, which are shown, and how that looks before it is kept."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.gate import Gate, me
from forms.tiles import TilesForm
from hall import front, front_tiles
from hall.words import Refused
from templating import status_of


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Tiles(name=lazy_gettext("首页排列"), endpoint="tiles", url="/admin/tiles", category="website")
    view.menu_icon_value = "grid"
    return [view]


class Tiles(Gate):
    need = front_tiles.NEED

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Ask for places, show how the front page will look, and keep it when that is confirmed."""
        form = TilesForm(request.form if request.method == "POST" else None)
        status, preview, beside = 200, None, dict[str, str]()
        if request.method == "POST":
            status = 400
            try:
                if form.validate():
                    wanted = form.wanted()
                    front_tiles.check(wanted)
                    if "confirmed" in request.form:
                        changed = front_tiles.arrange(wanted, by=me(), seen=form.seen.data)
                        flash(_("已保存，%(n)s 处改动", n=changed) if changed else _("没有改动"), "ok")
                        return redirect(url_for(".index"))
                    preview, status = _preview(wanted), 200
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale:
                    # Who has read how they stand now may save over it.
                    beside = form.see()
        page: dict[str, Any] = {"form": form, "preview": preview, "beside": beside}
        page |= {"tiles": front_tiles.TILES, "groups": front_tiles.GROUPS}
        return self.render("admin/tiles.html", **page, links=front.links()), status


def _preview(wanted: dict[str, tuple[int, bool]]) -> dict[str, list[str]]:
    """The codes that each group would show, in order."""
    ordered = sorted(wanted, key=lambda code: wanted[code][0])
    return {
        group: [code for code in ordered if wanted[code][1] and front_tiles.TILES[code].group == group]
        for group in front_tiles.GROUPS
    }
