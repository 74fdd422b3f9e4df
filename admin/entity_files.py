"""The rows of an entity as files."""

from flask import abort
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import listing
from admin.entity_base import Part
from admin.export import KINDS


class FilePages(Part):
    """What comes out of a list as a file."""

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        return KINDS[export_type](listing.here(self.model)) if export_type in KINDS else abort(404)
