"""The list of an entity and what its look-up fields find."""

from flask import abort, jsonify, request
from flask.typing import ResponseReturnValue
from flask_admin import expose

from admin import listing, names
from admin.entity_base import Part
from admin.gate import me
from hall import access
from templating import translated

LOOKUPS = 20


class ListPages(Part):
    """The pages of many rows."""

    @expose("/")
    def index_view(self) -> str:
        page = listing.here(self.model).read()
        return self.render(
            "admin/list.html",
            page=page,
            count=page.count(),
            columns=names.listed(self.model),
            sortable=listing.sortable(self.model),
            cap=listing.COUNT_CAP,
        )

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """[[id, title], …] of the rows that `query` may mean, for the key called `name`."""
        key = {field.name: field for field in names.keys(names.shown(self.model))}.get(request.args.get("name", ""))
        if key is None:
            abort(404)
        rows = names.candidates(access.visible(me(), key.rel_model), request.args.get("query", "")[:200], LOOKUPS)
        return jsonify([[row.id, translated(names.title(row))] for row in rows])
