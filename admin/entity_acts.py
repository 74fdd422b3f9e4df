"""What is done to rows of an entity beside filling in their form: deleting them, and the actions of `admin/rules.py`.

The panel asks first, on a page of its own.
"""

import peewee
from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from admin import names
from admin.entity_base import Part
from admin.gate import me
from admin.refusals import refuse_hanging
from hall import by_hand, events
from hall.words import N_, Refused
from models import Entity, database
from templating import sentence

AT_ONCE = 100


class ActPages(Part):
    """Deleting and acting, on one row or several."""

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        return self._act("delete", [request.form.get("id", "")])

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        return self._act(request.form.get("action", ""), request.form.getlist("rowid")[: AT_ONCE + 1])

    def _act(self, name: str, ids: list[str]) -> ResponseReturnValue:
        """Ask first, on a page of its own; then do it, or say why not."""
        action = next((each for each in self.row_actions() if each.name == name), None)
        if not action and name != "delete":
            abort(404)
        if not ids or len(ids) > (1 if action else AT_ONCE):
            flash(_("请先选择要处理的记录，一次最多 %(most)s 条", most=1 if action else AT_ONCE), "error")
            return redirect(self.get_url(".index_view"))
        rows = [self.get_one(id) for id in dict.fromkeys(ids)]
        names.load(rows, names.natural_key(self.model))
        refusal = result = ""
        if request.form.get("confirmed"):
            try:
                if action:
                    result = _(action.shows, result=action.act(rows[0], by=me()))
                else:
                    self._delete(rows)
                    flash(_("已删除 %(count)s 条", count=len(rows)), "success")
                    return redirect(self.get_url(".index_view"))
            except Refused as refused:
                refusal = sentence(refused)
        page = self.render("admin/confirm.html", action=action, rows=rows, refusal=refusal, result=result)
        return page, 400 if refusal else 200

    def _delete(self, rows: list[Entity]) -> None:
        """Delete all of `rows` or none. Raises Refused where something hangs on one of them."""
        try:
            with database.atomic():
                for shown in rows:
                    row = self.locked(shown.id)
                    refuse_hanging(row)
                    before = names.snapshot(row)
                    self.record(row, "delete", N_("删除"), events.diff(before, dict.fromkeys(before)))
                    by_hand.delete(row)
        except peewee.IntegrityError as error:
            raise Refused(N_("没有删除：刚刚有别的记录用到了它"), stale=True) from error
