"""What is private in a row, shown to who asks for it and may; that they looked stays in the row's history."""

from typing import TYPE_CHECKING

import peewee
from flask import abort, g, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin.entity_base import Part
from admin.gate import me
from hall import masks
from hall.words import Refused
from models import Entity


class PrivatePages(Part):
    """The details of a row with one of its private columns in clear."""

    if TYPE_CHECKING:  # of admin/entity_row.py

        def details_view(self) -> str: ...

    @expose("/show/", methods=("POST",))
    def show_view(self) -> ResponseReturnValue:
        row, name = self.get_one(request.args.get("id")), request.form.get("column", "")
        try:
            masks.show(row, name, by=me())
        except Refused:
            abort(404)
        g.shown_private = (row.id, name)
        return self.details_view()

    def is_shown(self, row: Entity, field: peewee.Field) -> bool:
        """Whether this page was asked to show that column of `row` in clear."""
        return g.get("shown_private") == (row.id, field.name)

    def may_show(self, row: Entity) -> bool:
        return bool(masks.may_show(me(), row))
