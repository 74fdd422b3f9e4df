"""How a list shows the values of its rows, drawn in Python: a page has two hundred of them.

What the details of a row show beside is in templates/admin/cells.html.
"""

from collections.abc import Collection, Iterable
from typing import Any

import peewee
from flask import current_app, url_for
from flask_babel import gettext as _
from jinja2.filters import do_truncate
from markupsafe import Markup, escape

from admin import names
from models import Delivery, Entity, RepairOrder
from shapes import icon_drawn, pill_drawn
from templating import label_of, time_said, translated

EMPTY = Markup('<span class="muted">—</span>')
LONG = 40  # characters
PLAIN = ("mute", "circle")
SENDINGS = {
    "waiting": ("info", "hourglass-split"),
    "sending": ("info", "send"),
    "sent": ("ok", "check2-circle"),
    "failed": ("bad", "x-octagon"),
}


def row(view: Any, row: Entity, columns: Iterable[peewee.Field], inline: Collection[str], back: str) -> Markup:
    """A row of the table, to be ticked by who may change it; the columns named in `inline` can be changed there, and
    `back` is the address of the list for the way back."""
    cells, begins = [], _tick(row) if view.may_edit_row(row) else ""
    for field in columns:
        said = short(view, row, field)
        if not cells:
            page = url_for(f"{view.endpoint}.details_view", id=row.id)
            said = Markup(f'{begins}<a class="strong" href="{escape(page)}">{said}</a>')
        cells.append(f"<td>{said}{pencil(view, row, field, back) if field.name in inline else ''}</td>")
    return Markup(f"<tr>{''.join(cells)}</tr>")


def _tick(row: Entity) -> str:
    label = _("选择 %(row)s", row=translated(names.title(row)))
    return f'<input type="checkbox" name="rowid" value="{row.id}" aria-label="{escape(label)}">&nbsp;'


def pencil(view: Any, row: Entity, field: peewee.Field, back: str) -> Markup:
    """The way to change one cell in its place."""
    page = url_for(f"{view.endpoint}.cell_view", id=row.id, name=field.name, back=back)
    label = _("修改%(row)s的%(what)s", row=translated(names.title(row)), what=translated(field.verbose_name))
    about = f'href="{escape(page)}" aria-label="{escape(label)}"'
    return Markup(f'<a class="cell-edit" data-cell {about}>{icon_drawn("pencil")}</a>')


def short(view: Any, row: Entity, field: peewee.Field) -> Markup:
    """A value of a row."""
    value = names.value_of(row, field)
    match view.kind(field, value):
        case "empty":
            return EMPTY
        case "private":
            return Markup(f'<span class="num">{escape(names.plain(field, value))}</span>')
        case "state":
            return _state(row, value)
        case "yes":
            return pill_drawn(_("是"), "ok", "check2")
        case "no":
            return Markup(f'<span class="muted">{escape(_("否"))}</span>')
        case "moment":
            return time_said(value)
        case "row":
            title, name = escape(translated(names.title(value))), escape(translated(names.name(value)))
            return Markup(f'<span title="{title}">{name}</span>')
        case "photos":
            return Markup(f'<span class="num">{escape(_("%(count)s 张", count=len(value)))}</span>')
        case "subject":
            return escape(value)
    text = translated(names.plain(field, value))
    title = f' title="{escape(text)}"' if len(text) > LONG else ""
    return Markup(f"<span{title}>{escape(do_truncate(current_app.jinja_env, text, LONG))}</span>")


def _state(row: Any, value: str) -> Markup:
    if isinstance(row, RepairOrder):
        pill: Markup = current_app.jinja_env.get_template("macros.html").module.status_pill(row)  # type: ignore[attr-defined]
        return pill
    tone = SENDINGS.get(value, PLAIN) if isinstance(row, Delivery) else PLAIN
    return pill_drawn(label_of(row.STATES, value), *tone)
