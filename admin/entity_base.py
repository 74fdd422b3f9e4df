"""What every page of a generated view stands on: who may, the rows of the person, the event of a change, and how a
template shows a value. Rows come from `access.visible` alone.
"""

from typing import TYPE_CHECKING, Any

import peewee
from flask import abort, request, url_for
from flask_admin.contrib.peewee import ModelView
from flask_admin.form import BaseForm

from admin import cells, listing, names
from admin.fields import Converter, answerable
from admin.gate import Gate, is_inside, me
from admin.rules import CHANGED_AT, ROW_ACTIONS, RowAction
from hall import access, events
from models import ENTITIES, Entity, held

# The pages that change nothing: who reads an entity may ask for them.
READING = {"index_view", "details_view", "history_view", "export", "ajax_lookup", "show_view"}
READING |= {"columns_view", "views_view", "view_change"}  # what these keep is the reader's own
NAMED_KINDS = {"subject_id": "subject", "photos": "photos"}


class EntityBase(Gate, ModelView):
    """The ground of the generated view of one entity; its pages are in the other files `admin/entity_*.py`."""

    form_base_class = BaseForm
    model_form_converter = Converter

    def __init__(self, model: type[Entity]) -> None:
        table = events.subject_type(model)
        self.form_columns = answerable(model)
        super().__init__(model, model.label, category=model.area, endpoint=table, url=table)

    def scaffold_form(self) -> type[BaseForm]:
        return BaseForm if self.model.frozen else super().scaffold_form()

    # --- who may -------------------------------------------------------------------------------

    def is_accessible(self) -> bool:
        return is_inside() and access.can_read(me(), self.model)

    def allows(self, endpoint: str) -> bool:
        return endpoint in READING or self.may_edit

    @property
    def may_edit(self) -> bool:
        return access.can_edit(me(), self.model)

    @property
    def changed_at(self) -> tuple[str, str] | None:
        """The page on which this frozen entity is changed, as (endpoint, words); None where there is none."""
        return CHANGED_AT.get(self.model)

    def may_edit_row(self, row: Entity) -> bool:
        """Whether the person may change this row: a role with a scope changes what belongs to that."""
        return access.can_edit(me(), self.model, row)

    def get_query(self) -> peewee.ModelSelect:
        """The rows that the person may see; on a page that changes something, those that they may change."""
        reads = (request.endpoint or "").rpartition(".")[2] in READING
        return access.visible(me(), self.model) if reads else access.editable(me(), self.model)

    def get_one(self, id: str | None) -> Entity:
        """The row with this id out of an address, within what the person may see; else 404."""
        row = self.get_query().where(self.model.id == listing.row_id(id)).first()
        return row or abort(404)

    def row_actions(self) -> list[RowAction]:
        return [each for each in ROW_ACTIONS.get(self.model, []) if access.may(me(), each.need)]

    def locked(self, id: int) -> Entity:
        """The row as it is now, kept from everybody else until the transaction ends."""
        return held(self.get_query().where(self.model.id == id)).first() or abort(404)

    def record(
        self, row: Entity, name: str, label: str, changes: dict[str, Any], once: str | None = None, **more: Any
    ) -> None:
        """Record what somebody did by hand: `changes` as {column: [before, after]}, `more` beside it."""
        role = access.editing_role(me(), self.model, row) or access.editing_role(me(), self.model)
        events.record(row, name, label, by=me(), role=role, details={"changes": changes, **more}, once=once)

    def render(self, template: str, **kwargs: Any) -> str:
        return super().render(template, names=names, cells=cells, **kwargs)

    # --- for the templates ------------------------------------------------------------------------

    def kind(self, field: peewee.Field, value: Any) -> str:
        """How a template shows a value: empty, private, row, subject, photos, state, yes, no, moment or text."""
        if value in (None, "", [], {}):
            return "empty"
        if names.is_masked(field):
            return "private"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if field.name == "status" and hasattr(self.model, "STATES"):
            return "state"
        if field.name in NAMED_KINDS:
            return NAMED_KINDS[field.name]
        return "row" if isinstance(value, Entity) else "moment" if isinstance(field, peewee.DateTimeField) else "text"

    def link(self, row: Entity) -> str:
        """The address of a row's details, "" where the person may not read that entity."""
        readable = access.can_read(me(), type(row))
        return url_for(f"{events.subject_type(row)}.details_view", id=row.id) if readable else ""

    def subject_link(self, row: Entity) -> str:
        """The address of what an event or photo is about, by its `subject_type` and `subject_id`."""
        about = next((model for model in ENTITIES if events.subject_type(model) == row.subject_type), None)
        return self.link(about(id=row.subject_id)) if about else ""


# Flask-Admin's metaclass copies every page that it sees into each class on the way, so that the first part would
# hide the pages of the others: at run time the parts are plain classes.
if TYPE_CHECKING:
    Part = EntityBase
else:
    Part = object
