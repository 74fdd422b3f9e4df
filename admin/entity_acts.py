"""What is done to rows of an entity beside filling in their form: deleting them, putting them away and bringing them
back, and the actions of `admin/rules.py`.

The panel asks first, on a page of its own that says what hangs on the rows. Where something does, deleting means
putting away, which can be undone (hall/archive.py); what nothing points at goes, and its history keeps what it said.
"""

import peewee
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from admin import names
from admin.entity_base import Part
from admin.gate import me
from admin.listing import row_id
from admin.refusals import hanging
from admin.rules import RowAction
from admin.shelf import has_shelf
from hall import archive, by_hand, events
from hall.words import N_, Refused
from models import Entity, database
from templating import sentence

AT_ONCE = 100
CLEARING = ("delete", "archive")


class ActPages(Part):
    """Deleting, putting away and acting, on one row or several."""

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        return self._act("delete", [request.form.get("id", "")])

    @expose("/archive/", methods=("POST",))
    def archive_view(self) -> ResponseReturnValue:
        return self._act("archive", [request.form.get("id", "")])

    @expose("/unarchive/", methods=("POST",))
    def unarchive_view(self) -> ResponseReturnValue:
        row = self.get_one(request.form.get("id"))
        try:
            archive.bring_back(row, by=me())
        except Refused as refused:
            flash(sentence(refused), "error")
        else:
            flash(_("已取消归档，又可以选用了"), "success")
        return redirect(url_for(".details_view", id=row.id))

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        return self._act(request.form.get("action", ""), request.form.getlist("rowid")[: AT_ONCE + 1])

    def _act(self, name: str, ids: list[str]) -> ResponseReturnValue:
        """Ask first, on a page of its own; then do it, or say why not."""
        action = next((each for each in self.row_actions() if each.name == name), None)
        if not action and (name not in CLEARING or (name == "archive" and not has_shelf(self.model))):
            abort(404)
        if not ids or len(ids) > (1 if action else AT_ONCE):
            flash(_("请先选择要处理的记录，一次最多 %(most)s 条", most=1 if action else AT_ONCE), "error")
            return redirect(self.get_url(".index_view"))
        numbers = [row_id(id) for id in dict.fromkeys(ids)]
        found = {row.id: row for row in self.get_query().where(self.model.id.in_(numbers))}
        rows = [found.get(number) or abort(404) for number in dict.fromkeys(numbers)]
        names.load(rows, names.natural_key(self.model))
        return self._run(action, rows) if action else self._clear(name, rows)

    def _run(self, action: RowAction, rows: list[Entity]) -> ResponseReturnValue:
        refusal = result = ""
        if request.form.get("confirmed"):
            try:
                result = _(action.shows, result=action.act(rows[0], by=me()))
            except Refused as refused:
                refusal = sentence(refused)
        page = self.render("admin/confirm.html", action=action, rows=rows, refusal=refusal, result=result)
        return page, 400 if refusal else 200

    def _clear(self, name: str, rows: list[Entity]) -> ResponseReturnValue:
        """Delete the rows on which nothing hangs and put away the others; with the name "archive" all are put away."""
        held, refusal, stuck = hanging(rows), "", False
        away = {row.id for row in rows if name == "archive" or held[row.id]}
        if away and archive.away_among(self.model, away) == {row.id for row in rows}:
            refusal, stuck = _("已经归档了；还有别的记录用到它，所以不能删除"), True
        elif request.form.get("confirmed"):
            try:
                self._clear_away(rows, away, may_differ=name == "archive")
            except Refused as refused:
                refusal = sentence(refused)
            else:
                flash(_said(len(rows) - len(away), len(away)), "success")
                stays = len(rows) == 1 and away
                return redirect(url_for(".details_view", id=rows[0].id) if stays else self.get_url(".index_view"))
        said = {"name": name, "rows": rows, "hanging": held, "away": away, "refusal": refusal, "stuck": stuck}
        return self.render("admin/clear.html", **said, shelf=has_shelf(self.model)), 400 if refusal else 200

    def _clear_away(self, rows: list[Entity], away: set[int], *, may_differ: bool) -> None:
        """All of `rows` or none. Raises Refused, also where something hangs on a row since the page was shown."""
        told, ours = {row_id(id) for id in request.form.getlist("away")}, me()
        meanwhile = Refused(N_("没有删除：刚刚有别的记录用到了它，请再看一遍下面的说明"), stale=True)
        if away - told and not may_differ:
            raise meanwhile
        try:
            with database.atomic():
                for shown in rows:
                    row = self.locked(shown.id)
                    if row.id in away:
                        archive.put_away(row, by=ours, title=names.title(shown))
                    elif hanging([row])[row.id]:
                        raise meanwhile
                    else:
                        self._delete(row)
        except peewee.IntegrityError as error:
            raise meanwhile from error

    def _delete(self, row: Entity) -> None:
        before = names.snapshot(row)
        self.record(row, "delete", N_("删除"), events.diff(before, dict.fromkeys(before)))
        by_hand.delete(row)


def _said(deleted: int, put_away: int) -> str:
    parts = [_("已删除 %(count)s 条", count=deleted)] if deleted else []
    parts += [_("已归档 %(count)s 条，可以随时取消归档", count=put_away)] if put_away else []
    return _("；").join(parts)
