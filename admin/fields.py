"""From the column of an entity to the field of its form.

wtf-peewee knows exact classes only and Flask-Admin's pickers need scripts; here a column finds its field
along its MRO, every field works without a script, and what the database would choke on is refused.
"""

import json
import math
import re
from collections.abc import Callable, Container, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import peewee
import wtforms
from flask_admin.contrib.peewee.form import CustomModelConverter
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, StopValidation, ValidationError
from wtfpeewee.orm import FieldInfo

from admin import names
from admin.lookups import LookupField, within
from admin.rules import choices_of
from hall import clock, masks
from hall.words import Refused
from models import Entity, Moderated, utcnow
from templating import sentence

LONGEST_TEXT = 20_000
FIRST_MOMENT, LAST_MOMENT = datetime(1900, 1, 2), datetime(2999, 12, 30)
# WTForms has these names for itself; a column called so would break its form.
TAKEN = frozenset({"meta", "data", "errors", "validate", "process", "populate_obj", "form_errors"})


class Answered:
    """Something must be said. Unlike DataRequired it lets 0 pass, unlike InputRequired it does not let blanks."""

    field_flags = {"required": True}

    def __call__(self, form: wtforms.Form, field: wtforms.Field) -> None:
        if field.data in (None, ""):
            raise StopValidation(None if field.errors else _("请填写这一项"))


def _printable(form: wtforms.Form, field: wtforms.Field) -> None:
    if any((ord(mark) < 32 and mark not in "\n\r\t") or 0xD800 <= ord(mark) <= 0xDFFF for mark in field.data or ""):
        raise ValidationError(_("含有不能保存的字符，请删去后重试"))


def _finite(form: wtforms.Form, field: wtforms.Field) -> None:
    if field.data is not None and not math.isfinite(field.data):
        raise ValidationError(_("请填写一个数"))


def _stripped(text: Any) -> Any:
    return text.strip() if isinstance(text, str) else text


class ChoiceField(wtforms.SelectField):
    """A select that always offers what the row holds now, so that saving never changes what was not touched."""

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        if value not in (None, "") and value not in [choice.value for choice in self.choices]:
            self.choices = [*self.choices, SelectChoice(value, str(value))]


class LocalTimeField(wtforms.DateTimeLocalField):
    """A moment: naive UTC in the column, the campus's time on the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs)

    def _value(self) -> str:
        if self.raw_data:
            return " ".join(self.raw_data)
        return f"{clock.local(self.data):%Y-%m-%dT%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        before = self.data
        super().process_formdata(valuelist)
        if valuelist and self.data is not None:
            if not FIRST_MOMENT < self.data < LAST_MOMENT:
                raise ValueError(_("请填写 1900 到 2999 年间的时间"))
            # The page shows minutes; a moment that was not touched keeps its seconds.
            said, self.data = self.data, clock.utc(self.data)
            if before and clock.local(before).replace(second=0, microsecond=0, tzinfo=None) == said:
                self.data = before


class JsonField(wtforms.TextAreaField):
    """JSON as text, without NaN and without more depth than a parser bears."""

    def _value(self) -> str:
        if self.raw_data:
            return self.raw_data[0]
        return json.dumps(self.data, ensure_ascii=False, indent=1) if self.data is not None else ""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if not valuelist:
            return
        try:
            self.data = json.loads(valuelist[0], parse_constant=_no_constant) if valuelist[0].strip() else None
        except (ValueError, RecursionError) as error:
            raise ValueError(_("不是有效的 JSON")) from error


class MaskedField(wtforms.StringField):
    """What is private, shown as its mask; whoever leaves the mask as it is changes nothing."""

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        self.kept = value or ""
        self.description = self.description if self.kept else ""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else masks.mask(self.kept)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        if valuelist:
            try:
                self.data = masks.typed(valuelist[0].strip(), self.kept)
            except Refused as refused:
                raise ValueError(sentence(refused)) from refused


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _key(field: Any, kwargs: dict[str, Any]) -> wtforms.Field:
    return LookupField(model=field.rel_model, within=within(field.model, field), **kwargs)


def _text(field: Any, kwargs: dict[str, Any]) -> wtforms.Field:
    longest = getattr(field, "max_length", None) or LONGEST_TEXT
    kwargs["validators"] += [Length(max=longest), _printable]
    kwargs["filters"] = [_stripped]
    maker = wtforms.StringField if isinstance(field, peewee.CharField) else wtforms.TextAreaField
    if names.is_private(field):
        maker, kwargs["description"] = MaskedField, lazy_gettext("中间隐去了，不改就照原样留着")
    return maker(**kwargs)


def _whole(field: Any, kwargs: dict[str, Any]) -> wtforms.Field:
    bits = (
        63 if isinstance(field, peewee.BigIntegerField) else 15 if isinstance(field, peewee.SmallIntegerField) else 31
    )
    checks = " ".join(constraint.sql for constraint in field.constraints or ())
    at_least = re.search(rf"\b{field.column_name} >= (-?\d+)", checks)
    lowest, highest = int(at_least[1]) if at_least else -(2**bits), 2**bits - 1

    def fits(form: wtforms.Form, answer: wtforms.Field) -> None:
        if answer.data is not None and not lowest <= answer.data <= highest:
            raise ValidationError(_("请填写 %(lowest)s 到 %(highest)s 之间的整数", lowest=lowest, highest=highest))

    kwargs["validators"].append(fits)
    return wtforms.IntegerField(**kwargs)


def _decimal(field: Any, kwargs: dict[str, Any]) -> wtforms.Field:
    def fits(form: wtforms.Form, answer: wtforms.Field) -> None:
        _finite(form, answer)
        limit = Decimal(10) ** (field.max_digits - field.decimal_places)
        if answer.data is not None and (
            abs(answer.data) >= limit or answer.data != round(answer.data, field.decimal_places)
        ):
            raise ValidationError(
                _("最多 %(places)s 位小数，且小于 %(limit)s", places=field.decimal_places, limit=limit)
            )

    kwargs["validators"].append(fits)
    return wtforms.DecimalField(places=field.decimal_places, **kwargs)


def _float(field: Any, kwargs: dict[str, Any]) -> wtforms.Field:
    kwargs["validators"].append(_finite)
    return wtforms.FloatField(**kwargs)


def _select(field: Any, choices: list[Any], kwargs: dict[str, Any]) -> wtforms.Field:
    number = isinstance(field, peewee.IntegerField)

    def coerce(value: Any) -> Any:
        return (None if number else "") if value in (None, "", "None") else int(value) if number else str(value)

    if not any(value == "" for value, _label in choices):
        choices = [("", "—"), *choices]
    offered = [SelectChoice(value, lazy_gettext(label) if label else "—") for value, label in choices]
    return ChoiceField(choices=offered, coerce=coerce, **kwargs)


MAKERS: dict[type[peewee.Field], Callable[[Any, dict[str, Any]], wtforms.Field]] = {
    peewee.ForeignKeyField: _key,
    peewee.BooleanField: lambda field, kwargs: wtforms.BooleanField(**kwargs),
    peewee.DateTimeField: lambda field, kwargs: LocalTimeField(**kwargs),
    peewee.DateField: lambda field, kwargs: wtforms.DateField(**kwargs),
    peewee.TimeField: lambda field, kwargs: wtforms.TimeField(format=["%H:%M", "%H:%M:%S"], **kwargs),
    peewee.JSONField: lambda field, kwargs: JsonField(**kwargs),
    peewee.DecimalField: _decimal,
    peewee.FloatField: _float,
    peewee.IntegerField: _whole,
    peewee.CharField: _text,
    peewee.TextField: _text,
}


class Converter(CustomModelConverter):
    """What Flask-Admin asks for a field; see MAKERS."""

    def convert(self, model: type[Entity], field: peewee.Field, field_args: dict[str, Any] | None) -> FieldInfo:
        if field.name in TAKEN:
            raise ValueError(
                f"{model.__name__}.{field.name}: WTForms needs this name for itself; call the column otherwise"
            )
        kwargs: dict[str, Any] = {
            "label": lazy_gettext(field.verbose_name),
            "description": lazy_gettext(field.help_text) if field.help_text else "",
            "default": field.default,
            "validators": [Answered()] if must_be_answered(field) else [wtforms.validators.Optional()],
        }
        if choices := choices_of(field):
            return FieldInfo(field.name, _select(field, choices, kwargs))
        for kind in type(field).__mro__:
            if kind in MAKERS:
                return FieldInfo(field.name, MAKERS[kind](field, kwargs))
        raise ValueError(
            f"{model.__name__}.{field.name}: no form field for {type(field).__name__}; name it in admin/fields.py"
        )


def must_be_answered(field: peewee.Field) -> bool:
    return not field.null and field.default is None and not isinstance(field, peewee.BooleanField)


def answerable(model: type[Entity]) -> list[str]:
    """The columns of the form: all that are shown, but for the moments that the hall stamps by itself, and for whose
    and how far a moderated row is."""
    kept: Container[str] = Moderated._meta.fields if issubclass(model, Moderated) else ("forgotten",)
    return [field.name for field in names.shown(model) if field.default is not utcnow and field.name not in kept]


def fill(form: wtforms.Form, row: Entity) -> None:
    """Put the answers into `row`, touching only the columns that change; nothing said means the default.

    A form that asks for some columns only leaves the others as they are.
    """
    for column in (getattr(type(row), name) for name in answerable(type(row)) if name in form):
        value = form[column.name].data
        if not column.null and value is None:
            value = column.default() if callable(column.default) else column.default
        elif column.null and value == "":
            value = None
        if isinstance(column, peewee.ForeignKeyField):
            if row.__data__.get(column.name) != (value.id if value else None):
                setattr(row, column.name, value)
        elif row.__data__.get(column.name) != value:
            setattr(row, column.name, value)
