"""Changing one cell of a list: a small form in its place, or on a page of its own where there is no script."""

from typing import Any

import peewee
from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from admin import changing, names
from admin.views import ViewPages
from hall.words import N_, Refused
from models import Entity, database
from templating import sentence


class CellPages(ViewPages):
    """One cell."""

    @expose("/cell/", methods=("GET", "POST"))
    def cell_view(self) -> ResponseReturnValue:
        """The form of the column `name` of the row `id`; with `part` as a piece of the list instead of a page."""
        row = self.get_one(request.args.get("id"))
        columns = {column.name: column for column in changing.changeable(self)}
        column = columns.get(request.args.get("name", "")) or abort(404)
        names.load([row], {column, *names.natural_key(self.model)})
        form = changing.form_of(self, [column], request.form if request.method == "POST" else None, row)
        status = 200
        if request.method == "POST":
            status = 400
            if form.validate():
                try:
                    saved = self._save_cell(row, column, form)
                except Refused as refused:
                    form[column.name].errors = [*form[column.name].errors, sentence(refused)]
                    status = 409 if refused.stale else 400
                    row = self.get_one(str(row.id))
                except peewee.IntegrityError:
                    form[column.name].errors = [_("没有保存：有一项和别的记录重复，或不符合规则，请检查后重试")]
                else:
                    return self._saved_cell(saved, column)
        kind = "cell" if "part" in request.values else "page"
        # After a conflict what stands there now has been shown; after any other error what was shown before counts on.
        seen = changing.mark(row, [column]) if status in (200, 409) else request.form.get("seen", "")
        return self.render(f"admin/list_{kind}.html", row=row, form=form, column=column, seen=seen), status

    def _save_cell(self, row: Entity, column: peewee.Field, form: Any) -> Entity:
        with database.atomic():
            now = self.locked(row.id)
            names.load([now], [column])
            stale = changing.mark(now, [column]) != request.form.get("seen")
            refusal = self._changed(now, column)
            if changes := changing.apply(self, now, form):
                if stale:
                    raise refusal
                changing.save(self, now, changes)
        return now

    def _changed(self, now: Entity, column: peewee.Field) -> Refused:
        value = names.plain(column, names.value_of(now, column))
        text = N_("刚刚有人把它改成了“%(now)s”，还没有保存您的修改；再次保存将以您填的为准")
        return Refused(text, stale=True, now=value or _("（空）"))

    def _saved_cell(self, row: Entity, column: peewee.Field) -> ResponseReturnValue:
        if "part" in request.values:
            names.load([row], {column, *names.natural_key(self.model)})
            return self.render("admin/list_cell_done.html", row=row, column=column)
        flash(_("已保存"), "success")
        return redirect(self.back())
