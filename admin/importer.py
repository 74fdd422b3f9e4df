"""Importing a table of the campus: send the file, read what it would do, then do exactly that."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from time import perf_counter

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import CombinedMultiDict

from admin.export import quoted
from admin.gate import Gate, me
from forms.roster import UploadForm
from hall import roster, roster_uploads
from hall.words import Refused
from templating import sentence

SHOWN = 200  # rows of each list; the totals stand above them


class ImportView(Gate):
    """The room of imports, at /admin/import/. Nothing is written before the dry run was read and confirmed."""

    need = "roster.import"

    @expose("/", methods=("GET", "POST"))
    def index(self) -> ResponseReturnValue:
        sent = CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None
        form = UploadForm(sent, data={"kind": "people"})
        if sent is not None and form.validate():
            try:
                return redirect(url_for(".show", token=_dry_run(**form.answers())))
            except Refused as refused:
                form.blame(refused)
        kinds = [roster.KINDS[name] for name in roster.FOLDER]
        return self.render("admin/import.html", form=form, kinds=kinds), 400 if sent is not None else 200

    @expose("/<token>", methods=("GET", "POST"))
    def show(self, token: str) -> ResponseReturnValue:
        upload, refusal = _find(token), None
        if request.method == "POST":
            try:
                _import_or_drop(token, upload)
                return redirect(url_for(".index"))
            except Refused as refused:
                refusal = refused
        plan = roster.plan(upload.kind, upload.table)
        columns = [c for c in plan.kind.columns if c.name in plan.table.headers and not c.secret]
        hints = [Refused(message, **values) for message, values in plan.hints]
        page = self.render(
            "admin/import_plan.html",
            plan=plan,
            upload=upload,
            token=token,
            refusal=refusal,
            columns=columns,
            hints=hints,
            most=SHOWN,
        )
        return page, 409 if refusal else 200

    @expose("/<token>/refused.csv")
    def refused(self, token: str) -> Response:
        upload = _find(token)
        plan = roster.plan(upload.kind, upload.table)
        return _csv(_refused_lines(plan), f"{upload.kind}-refused.csv")

    @expose("/template/<kind>.csv")
    def template(self, kind: str) -> Response:
        of = roster.KINDS.get(kind) or abort(404)
        return _csv([[_(column.label) for column in of.columns]], f"{kind}.csv")


def views() -> list[ImportView]:
    """The rooms of this module, as admin.SPECIAL wants them."""
    return [
        ImportView(
            name=lazy_gettext("批量导入"),
            category="people",
            endpoint="imports",
            url="/admin/import",
            menu_icon_value="upload",
        )
    ]


def _dry_run(kind: str, name: str, data: bytes) -> str:
    """The token of a file that was read, compared and kept. Raises Refused(field="file")."""
    return roster_uploads.keep(roster.plan(kind, roster.read_table(name, data)), name, by=me())


def _find(token: str) -> roster_uploads.Upload:
    return roster_uploads.find(token, by=me()) or abort(404)


def _import_or_drop(token: str, upload: roster_uploads.Upload) -> None:
    """Import what was shown, or forget it where that was asked. Raises Refused, and then nothing is imported."""
    if "discard" not in request.form:
        started = perf_counter()
        done = roster.import_table(upload.kind, upload.table, seen=request.form.get("seen", ""), by=me())
        counts = {"added": len(done.added), "changed": len(done.changed), "unchanged": done.unchanged}
        told = _("%(kind)s已导入：新增 %(added)s 行，修改 %(changed)s 行，不变 %(unchanged)s 行，用时 %(seconds)s 秒")
        flash(told % {"kind": _(done.kind.label), "seconds": f"{perf_counter() - started:.1f}", **counts}, "success")
    roster_uploads.forget(token, by=me())


def _refused_lines(plan: roster.Plan) -> Iterable[list[str]]:
    """The refused rows as they were sent, with row number and reasons; ID cards are not among them any more."""
    columns = {column.name: column for column in plan.kind.columns}
    shown = [name for name in plan.table.headers if not columns[name].secret]
    why = defaultdict(list)
    for refusal in plan.refused:
        column = columns.get(refusal.column)
        why[refusal.row].append((f"{_(column.label)}：" if column else "") + sentence(refusal.refused))
    yield [_("行号"), *(_(columns[name].label) for name in shown), _("不能导入的原因")]
    for row, cells in plan.table.rows:
        if row in why:
            values = dict(zip(plan.table.headers, cells, strict=True))
            yield [str(row), *(values[name] for name in shown), "；".join(why[row])]


def _csv(lines: Iterable[list[str]], name: str) -> Response:
    """A CSV that Excel opens as UTF-8 and in which text stays text."""
    file = io.StringIO("\ufeff")
    file.seek(0, io.SEEK_END)
    csv.writer(file).writerows([[quoted(cell) for cell in line] for line in lines])
    response = Response(file.getvalue(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
