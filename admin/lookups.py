"""A key to another row as a text input: a title, a code, or words that mean one row alone."""

from collections.abc import Sequence
from typing import Any

import wtforms
from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.widgets import TextInput, html_params

from admin import names
from admin.gate import me
from admin.listing import row_id
from hall import access
from models import Entity
from templating import translated


class LookupWidget(TextInput):
    """A text input that static/panel.js completes from the look-up; without a script a code or name is typed."""

    def __call__(self, field: "LookupField", **kwargs: Any) -> Markup:
        kwargs = {"list": f"{field.id}-list", "autocomplete": "off", "class": "input", **kwargs}
        address = url_for(".ajax_lookup", name=field.name)
        picked = html_params(type="hidden", name=f"{field.name}-id", value=field.data.id if field.data else "")
        options = Markup("").join(Markup('<option value="{}"></option>').format(text) for text in field.suggestions)
        shown = super().__call__(field, **kwargs)
        offered = Markup('<datalist id="{}-list">{}</datalist>').format(field.id, options)
        return Markup('<div class="lookup" data-lookup="{}">{}<input {}>{}</div>').format(
            address, shown, Markup(picked), offered
        )


class LookupField(wtforms.Field):
    """A key to a row of `model`, written as that row's title, its code, or words that mean it alone.

    `data` is the row or None. Only rows that the person may see are found.
    """

    widget = LookupWidget()

    def __init__(self, *args: Any, model: type[Entity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model
        self.suggestions: list[str] = []

    def _value(self) -> str:
        return self.typed if self.typed is not None else _title(self.data)

    def process(self, formdata: Any, data: Any = wtforms.utils.unset_value, extra_filters: Any = None) -> None:
        self.typed: str | None = None
        self.picked = row_id(formdata.get(f"{self.name}-id")) if formdata else 0
        super().process(formdata, data, extra_filters)

    def process_data(self, value: Any) -> None:
        self.data = value
        if isinstance(value, Entity):
            names.load([value], names.natural_key(self.model))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if not valuelist:
            return
        self.typed = valuelist[0].strip()[:200]
        if not self.typed:
            self.data = None
        elif not (self.data and self.typed == _title(self.data)):
            self.data = self._find(self.typed)

    def _find(self, text: str) -> Entity:
        rows = access.visible(me(), self.model)
        number = row_id(text[1:]) if text.startswith("#") else self.picked
        if number and (row := rows.where(self.model.id == number).first()):
            names.load([row], names.natural_key(self.model))
            if text.startswith("#") or text in (_title(row), names.title(row)):
                return row
        found = names.candidates(rows, text)
        exact = [row for row in found if text in (_title(row), names.title(row), names.name(row))]
        if len(exact or found) == 1:
            return (exact or found)[0]
        self.suggestions = [_title(row) for row in found]
        raise ValueError(
            _("“%(text)s”不止一个，请写得更完整，例如“%(one)s”", text=text, one=self.suggestions[0])
            if found
            else _("没有找到“%(text)s”", text=text)
        )


def _title(row: Entity | None) -> str:
    """The full name of a row in the reader's language."""
    return translated(names.title(row))
