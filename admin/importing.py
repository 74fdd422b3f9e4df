"""Reading a file into an entity: choose its columns, see what every row would do, let it be done.

There is no worker in it. A POST works for two seconds and says how far it came; the page asks again by a script, and
a browser without one is sent on to ask again by itself (a redirect that repeats the POST), as often as browsers go
along with that.
"""

import time
from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import Response, abort, current_app, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _

from admin import export, import_columns, names
from admin.entity import EntityView
from admin.gate import Gate, me
from admin.import_rows import Rows
from forms.importing import ColumnsForm, columns_form
from hall import import_files, import_runs
from hall.import_store import Store, Verdict
from hall.words import Refused
from models import Entity, ImportRun
from templating import is_english, sentence, translated

SECONDS = 2.0  # of one POST
MOST_HOPS = 15  # browsers give up after twenty redirects
SHOWN = 50  # rows of each list
SAMPLES = 3


class ImportPages(Gate):
    """One file on its way, at /admin/file-imports/<number>: only whoever handed it in goes on with it."""

    @expose("/")
    def index(self) -> ResponseReturnValue:
        return redirect(url_for("import_run.index_view"))

    @expose("/<int:run_id>", methods=("GET", "POST"))
    def show(self, run_id: int) -> ResponseReturnValue:
        run, view = _find(run_id)
        if request.method == "GET":
            return self._page(run, view)
        if "hop" in request.args or request.form.get("do") == "go":
            return self._go(run, view)
        try:
            return self._do(request.form.get("do", ""), run, view)
        except Refused as refused:
            return self._page(import_runs.find(run_id, by=me()) or abort(404), view, refused)

    @expose("/<int:run_id>/wrong.<any(csv, xlsx):kind>")
    def wrong(self, run_id: int, kind: str) -> Response:
        """The rows that were not taken as they were sent, with what is wrong: to be mended and handed in again."""
        run, view = _find(run_id)
        store = import_runs.store_of(run) or abort(404)
        name = f"{_(view.model.label)}-{_(import_files.WHY)}-{run.id}.{kind}"
        lines = _wrong_lines(run, store)
        return export.csv_file(lines, name) if kind == "csv" else export.xlsx_file(lines, _(view.model.label), name)

    @expose("/template/<subject_type>.csv")
    def template(self, subject_type: str) -> Response:
        """An empty table of the entity: its heading alone."""
        view = _view_of(subject_type)
        names_of = [_(label) for name, label in import_columns.offered(view.model) if name != import_columns.ROW]
        return export.csv_file(iter([names_of]), f"{_(view.model.label)}.csv")

    # --- one step after the other -------------------------------------------------------------------

    def _do(self, what: str, run: ImportRun, view: EntityView) -> ResponseReturnValue:
        if what == "columns":
            form = _form(run, view, request.form)
            if not form.validate():
                return self._page(run, view, form=form)
            _choose(run, view, form)
            return self._go(import_runs.find(run.id, by=me()) or abort(404), view)
        if what == "again":
            import_runs.choose_again(run, by=me())
        elif what == "write":
            import_runs.confirm(run, seen=_number(request.form.get("seen", "")), by=me())
            return self._go(import_runs.find(run.id, by=me()) or abort(404), view)
        elif what == "stop":
            import_runs.stop(run, by=me())
            flash(_("已停止，没有导入的行不会再导入"), "success")
        else:
            abort(400)
        return redirect(url_for(".show", run_id=run.id))

    def _go(self, run: ImportRun, view: EntityView) -> ResponseReturnValue:
        """Work for a while; then say how far it is, or send a browser without a script on to the next round."""
        until = time.monotonic() + SECONDS
        try:
            work = Rows(view, run, _store(run)).work() if run.state in import_runs.RUNNING else None
            phase = run.state
            while work and run.state == phase:
                run = import_runs.go_on(run, work, by=me())
                if time.monotonic() > until:
                    break
        except Refused as refused:
            return self._page(run, view, refused)
        if request.accept_mimetypes.best == "application/json":
            told = {"state": run.state, "done": import_runs.place(run), "total": run.total, "problems": run.problems}
            return jsonify(told | {"running": run.state in import_runs.RUNNING})
        hop = _number(request.args.get("hop", "")) or 0
        if run.state in import_runs.RUNNING and hop < MOST_HOPS and "scripted" not in request.form:
            return redirect(url_for(".show", run_id=run.id, hop=hop + 1), 307)
        return redirect(url_for(".show", run_id=run.id))

    # --- pages -----------------------------------------------------------------------------------------

    def _page(
        self, run: ImportRun, view: EntityView, refused: Refused | None = None, form: ColumnsForm | None = None
    ) -> ResponseReturnValue:
        store = import_runs.store_of(run)
        status = 200 if refused is None and form is None else 409 if refused and refused.stale else 400
        about: dict[str, Any] = {"run": run, "view": view, "refused": refused, "counts": import_runs.counts(run)}
        if run.state == "mapping" and store:
            samples = [line.cells for line in store.first(SAMPLES)]
            about |= {"form": form or _form(run, view), "samples": samples, "headers": store.headers}
            about["key"] = [
                [view.model._meta.fields[name] for name in key] for key in export.unique_sets(view.model)
            ]  # each of them is enough
            return self.render("admin/import_columns.html", **about), status
        about |= {"place": import_runs.place(run), "running": run.state in import_runs.RUNNING, "kept": bool(store)}
        if store and run.state == "checked":
            about["lists"] = _lists(run, store, view.model)
            about["notes"] = _notes(run, view.model)
        elif store and run.state == "done":
            about["lists"] = {"failed": list(islice(_failed(run, store), SHOWN))}
        return self.render("admin/import_run.html", names=names, shown=SHOWN, **about), status


def views() -> list[ImportPages]:
    """The room of this module, as admin.SPECIAL wants it; it stands in no area, the lists lead to it."""
    return [ImportPages(name="", endpoint="file_imports", url="/admin/file-imports")]


def _find(run_id: int) -> tuple[ImportRun, EntityView]:
    run = import_runs.find(run_id, by=me()) or abort(404)
    return run, _view_of(run.subject_type)


def _view_of(subject_type: str) -> EntityView:
    """The generated view of an entity that the person edits; else 404."""
    views = current_app.extensions["admin"][0]._views
    found = next((view for view in views if isinstance(view, EntityView) and view.endpoint == subject_type), None)
    return found if found and found.is_accessible() and found.may_edit else abort(404)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _store(run: ImportRun) -> Store:
    return import_runs.store_of(run) or abort(404)


def _form(run: ImportRun, view: EntityView, sent: Any = None) -> ColumnsForm:
    """The columns of the file, as they were chosen before, else as their headings say."""
    headers = _store(run).headers
    made = columns_form(headers, import_columns.offered(view.model))
    if sent is not None:
        return made(sent)
    chosen = run.mapping.get("columns")
    if chosen is None:
        data = dict(enumerate(import_columns.guess(view.model, headers)))
    else:
        data = {int(place): name for place, name in chosen.items()}
    blank = "keep" if run.mapping.get("keep_blank") else "clear"
    return made(None, data={**{f"c{place}": name for place, name in data.items()}, "blank": blank})


def _choose(run: ImportRun, view: EntityView, form: ColumnsForm) -> None:
    answers = form.answers()
    columns, lines = answers["columns"], _store(run).lines
    order = import_columns.in_order(view.model, columns, lines)
    twice = import_columns.said_twice(view.model, columns, lines)
    import_runs.choose(run, columns, order, twice, keep_blank=answers["keep_blank"], by=me())


def _notes(run: ImportRun, model: type[Entity]) -> list[str]:
    """What somebody should know before these rows are written."""
    columns = list(run.mapping["columns"].values())
    notes = []
    if not import_columns.key_of(model, columns) and import_columns.ROW not in columns:
        notes.append(_("没有选能认出记录的列，所以每一行都会新建，不会修改已有的记录。"))
    if lacking := import_columns.missing(model, columns):
        told = _("、").join(_(field.verbose_name) for field in lacking)
        notes.append(_("没有选必填的列（%(columns)s），所以只能修改已有的记录，不能新建。", columns=told))
    return notes


def _lists(run: ImportRun, store: Store, model: type[Entity]) -> dict[str, list[Verdict]]:
    """The first rows of each kind."""
    found: dict[str, list[Verdict]] = {"new": [], "changed": [], "wrong": []}
    for verdict in store.verdicts("checked", run.total):
        rows = found.get(verdict["verdict"])
        if rows is not None and len(rows) < SHOWN:
            rows.append(_told(verdict, model))
        if all(len(rows) >= SHOWN for rows in found.values()):
            break
    return found


def _told(verdict: Verdict, model: type[Entity]) -> Verdict:
    """A verdict with its columns by their labels and one sentence for what is wrong."""
    fields = model._meta.fields
    changes = [(_(fields[name].verbose_name), *pair) for name, pair in verdict.get("changes", {}).items()]
    return {**verdict, "changes": changes, "why": why(verdict)}


def why(verdict: Verdict) -> str:
    """What is wrong with a row, as one line."""
    if told := verdict.get("told"):
        return sentence(Refused(told[0], **told[1]))
    colon, between = _("："), "; " if is_english() else "；"
    return between.join(f"{translated(label)}{colon}{text}" if label else text for label, text in verdict["why"])


def _failed(run: ImportRun, store: Store) -> Iterator[Verdict]:
    """The rows that were right when they were tried, and wrong when they were to be written."""
    for verdict in store.verdicts("written", import_runs.place(run)):
        if verdict.get("failed"):
            yield {**verdict, "why": why(verdict)}


def _wrong_lines(run: ImportRun, store: Store) -> Iterator[list[Any]]:
    phase, until = ("written", import_runs.place(run)) if "place" in run.mapping else ("checked", run.checked)
    yield [*store.headers, _(import_files.WHY)]
    wrong = {verdict["row"]: verdict for verdict in store.verdicts(phase, until) if verdict["verdict"] == "wrong"}
    for row in sorted(wrong):
        yield [*store.lines[row].cells, why(wrong[row])]
