"""The list of an entity and what its look-up fields find."""

import functools
from typing import Any

import peewee
from flask import abort, current_app, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import changing, columns, filters, listing, lookups, names, shelf, views
from admin.bulk_edit import AT_ONCE, BulkPages
from admin.export import KINDS
from admin.gate import me, rights
from admin.inline import CellPages
from hall import access, events, saved_views
from templating import translated

EXPORTS = {"xlsx": "Excel"}


class ListPages(CellPages, BulkPages):
    """The pages of many rows."""

    @expose("/")
    def index_view(self) -> str:
        saved = saved_views.views_of(me(), events.subject_type(self.model))
        if saved:
            shelf.know(self.model, saved[0].any_away)
        page = listing.here(self.model)
        page.columns = columns.chosen(self.model, page.said, saved)
        page.read()
        tabs, count = views.tabs(self.model, saved, page)
        changeable = {column.name for column in changing.changeable(self)}
        return self.render(
            "admin/list.html",
            page=page,
            count=count,
            cap=listing.COUNT_CAP,
            columns=page.columns,
            shown_as=tuple((field.name, names.is_masked(field)) for field in page.columns),
            rights=rights(),
            offered=lambda: columns.offered(self.model, page.columns),
            chosen={field.name for field in page.columns},
            most_columns=columns.MOST,
            sortable=listing.sortable(self.model),
            tabs=tabs,
            spoken=functools.cache(lambda: _spoken(page)),
            address=tuple(page.address().items()),
            # A row that a filter names is called by its name only to who may see it.
            told=(me().id, *page.active.items()) if page.active else (),
            offered_filters=tuple(flt.arg for flt in page.filters),
            grouped=filters.grouped,
            clearing=dict.fromkeys(page.active),
            changeable=changeable,
            inline=changeable if page.said.get("inline") else set(),
            at={name: listing.row_id(page.said[name]) or None for name in ("after", "before") if name in page.said},
            has_shelf=shelf.has_shelf(self.model),
            at_once=AT_ONCE,
            exports=[(kind, EXPORTS.get(kind, kind.upper())) for kind in KINDS],
            imports=self._import_page(),
        )

    def _import_page(self) -> str:
        page = f"{self.endpoint}.import_view"
        return url_for(page) if page in current_app.view_functions else ""

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """[[id, title], …] of the rows that `query` may mean, for the key called `name`: a key of this entity, or one
        above it (`room__building`). `under_building` and `under_building__campus` say what these rows are a part of."""
        key = self._looked_up(request.args.get("name", ""))
        rows = access.visible(me(), key.rel_model)
        for flt in filters.above(key.rel_model):
            if text := filters.told(request.args, flt.arg.replace("flt_", "under_")):
                rows = rows.where(flt.condition(text))
        return jsonify(lookups.found(key, rows, request.args))

    def _looked_up(self, path: str) -> peewee.ForeignKeyField:
        """A key of this entity by its name, or a key above that, as `room__building`; else 404."""
        name, *rest = path.split("__")
        found = {field.name: field for field in names.keys(names.shown(self.model))}.get(name) or abort(404)
        for name in rest:
            above = filters.parent_key(found.rel_model)
            found = above if above is not None and above.name == name else abort(404)
        return found


def _spoken(page: listing.Listing) -> dict[str, str]:
    """What each filter was told, as people read it."""
    return {flt.arg: _said(flt, page) for flt in page.filters if flt.arg in page.active}


def _said(flt: Any, page: listing.Listing) -> str:
    """The same of one; the name of a row is taken from the list where it stands there."""
    text = page.active[flt.arg]
    first = next(iter(page.rows), None) if flt.kind == "key" and not flt.via else None
    shown = first.__rel__.get(flt.field.name) if first is not None else None
    if shown is not None and text == f"#{shown.id}":
        return translated(names.title(shown))
    return flt.said(text)
