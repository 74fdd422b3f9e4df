"""A key to another row as a text input: a title, a code, or words that mean one row alone.

Where the row is part of something (a bed of a room, a room of a building, a building of a campus), it can also be
chosen level by level; and a key beside the key to what it is part of finds only what is in there. Both follow from
the keys of the entities, nothing is declared for it.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import wtforms
from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from wtforms.widgets import TextInput, html_params

from admin import names
from admin.filters import parent_key
from admin.gate import me
from admin.listing import row_id
from hall import access, archive
from models import Entity, tuples
from templating import translated

FOUND = 20
OF_ONE_LEVEL = 600
FARTHEST = 4


class LookupWidget(TextInput):
    """A text input that static/panel.js completes from the look-up; without a script a code or name is typed.

    static/form.js adds the choice level by level, and looks only into what the field named by `data-within` says.
    """

    def __call__(self, field: "LookupField", **kwargs: Any) -> Markup:
        kwargs = {"list": f"{field.id}-list", "autocomplete": "off", "class": "input", **kwargs}
        address = url_for(".ajax_lookup", name=field.name)
        picked = html_params(type="hidden", name=f"{field.name}-id", value=field.data.id if field.data else "")
        options = Markup("").join(Markup('<option value="{}"></option>').format(text) for text in field.suggestions)
        shown = super().__call__(field, **kwargs)
        offered = Markup('<datalist id="{}-list">{}</datalist>').format(field.id, options)
        more = {"data-lookup": address}
        if field.within:
            more["data-within"] = field.within
        elif len(field.levels) > 1:
            more["data-levels"] = json.dumps([_(level.label) for level in field.levels], ensure_ascii=False)
            more |= {"data-choose": _("逐级选择"), "data-none": _("这里没有可选的")}
        return Markup('<div class="lookup" {}>{}<input {}>{}</div>').format(
            Markup(html_params(**more)), shown, Markup(picked), offered
        )


class LookupField(wtforms.Field):
    """A key to a row of `model`, written as that row's title, its code, or words that mean it alone.

    `data` is the row or None. Only rows that the person may see and that were not put away are found. `within` names
    the key of the same form to what this one is part of, "" where there is none.
    """

    widget = LookupWidget()

    def __init__(self, *args: Any, model: type[Entity], within: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model, self.within, self.levels = model, within, levels(model)
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
        rows = archive.without(access.visible(me(), self.model))
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


# --- what is part of what ------------------------------------------------------------------------------


def levels(model: type[Entity]) -> list[type[Entity]]:
    """What a row of `model` is part of, the widest first, itself last: campus, building, room, bed."""
    found = [model]
    while len(found) < FARTHEST and (key := parent_key(found[0])) and key.rel_model not in found:
        found.insert(0, key.rel_model)
    return found


def within(model: type[Entity], key: Any) -> str:
    """The name of the key of `model` to what the rows of `key` are part of, the nearest; "" where it has none."""
    others = {other.rel_model: other.name for other in names.keys(names.shown(model)) if other is not key}
    return next((others[above] for above in reversed(levels(key.rel_model)[:-1]) if above in others), "")


def below(query: Any, above: type[Entity], id: int) -> Any:
    """The rows of `query` that are part of the row `id` of `above`."""
    chain = levels(query.model)
    ids: Any = [id]
    for model in chain[chain.index(above) + 1 : -1]:
        key = parent_key(model)
        ids = model.select(model.id).where(key.in_(ids))
    return query.where(parent_key(query.model).in_(ids))


def wholes(model: type[Entity], above: type[Entity], ids: Collection[int]) -> dict[int, int]:
    """Of which row of `above` the rows of `model` with these ids are part, {id: id}; one query."""
    chain = levels(model)
    chain = chain[chain.index(above) + 1 :]
    query = model.select(model.id, parent_key(chain[0])).where(model.id.in_(ids))
    for lower, upper in zip(reversed(chain), reversed(chain[:-1]), strict=False):
        query = query.join_from(lower, upper, on=parent_key(lower) == upper.id)
    return dict(tuples(query))


def found(key: Any, rows: Any, said: Mapping[str, str]) -> list[list[Any]]:
    """[[id, title], …] of those of `rows` that `said` may mean for a key, by the words `query`; `within` narrows to a
    part, `all` says that what was put away is meant too. With `level` (a place in `levels`, from 0) it is all of that
    level in the row `above` of the level before, as [id, short name, title].
    """
    if "level" in said:
        return _of_level(levels(key.rel_model), said)
    rows = rows if said.get("all") else archive.without(rows)
    if (beside := within(key.model, key)) and (id := row_id(said.get("within"))):
        rows = below(rows, key.model._meta.fields[beside].rel_model, id)
    return _told(names.candidates(rows, said.get("query", "")[:200], FOUND))


def _of_level(chain: list[type[Entity]], said: Mapping[str, str]) -> list[list[Any]]:
    level = said["level"]
    if not (level.isascii() and level.isdigit() and int(level) < len(chain)):
        return []
    model = chain[int(level)]
    rows = archive.without(access.visible(me(), model))
    if int(level):
        rows = rows.where(parent_key(model) == row_id(said.get("above")))
    order = [column for column in names.natural_key(model) if column is not parent_key(model)] or [model.id]
    listed = list(rows.order_by(*order).limit(OF_ONE_LEVEL))
    told = _told(listed)
    # Within one room a bed is called 6; the field wants its full name.
    short = [translated(str(row)) for row in listed] if names.has_name(model) else [title for _id, title in told]
    return [[id, name, title] for (id, title), name in zip(told, short, strict=True)]


def _told(rows: Iterable[Entity]) -> list[list[Any]]:
    rows = list(rows)
    if rows:
        names.load(rows, names.natural_key(type(rows[0])))
    return [[row.id, _title(row)] for row in rows]
