"""The rows of an entity as files, and files that become its rows."""

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from werkzeug.datastructures import CombinedMultiDict

from admin import import_columns, listing
from admin.entity_base import Part
from admin.export import KINDS
from admin.gate import me
from forms.importing import FileForm
from hall import import_runs
from hall.words import Refused


class FilePages(Part):
    """What comes out of a list as a file, and where a file is handed in (admin/importing.py goes on with it)."""

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        return KINDS[export_type](listing.here(self.model)) if export_type in KINDS else abort(404)

    @expose("/import/", methods=("GET", "POST"))
    def import_view(self) -> ResponseReturnValue:
        """Hand in a file; nothing is read into the entity before its columns were chosen and every row was tried."""
        sent = CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None
        form = FileForm(sent)
        if sent is not None and form.validate():
            try:
                run = import_runs.start(self.model, **form.answers(), by=me())
            except Refused as refused:
                form.blame(refused)
            else:
                return redirect(url_for("file_imports.show", run_id=run.id))
        page = self.render(
            "admin/import_file.html",
            form=form,
            latest=import_runs.latest(self.model, by=me()),
            key=[self.model._meta.fields[name] for name in import_columns.key_of(self.model, self.form_columns)],
        )
        return page, 400 if sent is not None else 200
