"""Saved views of a list: its tabs with live counts, and the pages on which they are kept; and the choice of columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

import peewee
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin import columns, listing, shelf
from admin.entity_base import Part
from admin.gate import me
from hall import access, events, saved_views
from hall.words import Refused
from models import Entity, SavedView, database
from templating import sentence

MOST_TABS = 12
COUNTED, LOOKS = 99, 2_000
LONGEST_ADDRESS, MOST_SAID = 32_000, 1_000


@dataclass(frozen=True)
class Tab:
    """A saved view above the list: its row, its address as arguments, and how many rows it has ("" where unknown)."""

    view: SavedView
    said: dict[str, str]
    count: str
    is_here: bool
    is_mine: bool


def tabs(model: type[Entity], views: Iterable[SavedView], here: listing.Listing) -> tuple[list[Tab], int | None]:
    """The saved views of a list with their counts, and how many rows the list that is shown has itself (see
    `Listing.count`; `here` was read), in one query for all of them."""
    named = [view for view in views if view.name][:MOST_TABS]
    if not named:
        return [], here.count()
    pages = [_page(model, _plain(view.said)) for view in named]
    counting = here.counting()
    numbers = _counts(pages, [] if counting is None else [counting])
    count = here.count() if counting is None else numbers.pop()
    now, counts = _asked(here), map(_count, numbers[::2], numbers[1::2])
    return [
        Tab(view, _plain(view.said), said, _asked(page) == now, view.person_id == me().id)
        for view, page, said in zip(named, pages, counts, strict=True)
    ], count


def _plain(said: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in said.items()} if isinstance(said, dict) else {}


def _page(model: type[Entity], said: Mapping[str, str]) -> listing.Listing:
    """The list that an address asks for. Nothing is read yet, but whether anything was put away."""
    return listing.Listing(model, shelf.within(access.visible(me(), model), said), said)


def _asked(page: listing.Listing) -> dict[str, Any]:
    """What a list is asked for, but for how it looks."""
    return {key: value for key, value in page.address().items() if key not in listing.KEPT}


def _counts(pages: list[listing.Listing], more: list[peewee.Select]) -> list[int]:
    """Of each list how many rows were found and how many were looked at, then what `more` selects count."""
    asked = [part for page in pages for part in _bounded(page)]
    return list(peewee.Select([], [*asked, *more]).bind(database).tuples().get())


def _count(found: int, looked: int) -> str:
    """How many rows a list has: 7, 99+ for more than 99, 7+ where more than a look at LOOKS rows would be needed."""
    if found > COUNTED:
        return f"{COUNTED}+"
    return f"{found}+" if looked >= LOOKS else str(found)


def _bounded(page: listing.Listing) -> tuple[Any, Any]:
    """Two selects of one number: the rows of `page` among those that were looked at, and how many these were."""
    model = page.model
    looked = model.select(model.id).order_by(model.id.desc()).limit(LOOKS)
    for condition in list(page._probes.values())[:1]:
        looked = model.select(model.id).where(condition).limit(LOOKS)
    found = page.query.select(model.id).where(model.id.in_(looked)).limit(COUNTED + 1)
    number = peewee.fn.COUNT(peewee.SQL("1"))
    return peewee.Select([found], [number]), peewee.Select([looked], [number])


class ViewPages(Part):
    """Saving what a list shows, and choosing its columns."""

    @expose("/columns/", methods=("POST",))
    def columns_view(self) -> ResponseReturnValue:
        """Keep the columns that were ticked, in the order in which they were sent; all of them unticked or 恢复默认
        brings back those of everybody."""
        fields = [] if "usual" in request.form else columns.picked(self.model, ",".join(request.form.getlist("column")))
        try:
            saved_views.remember_columns([field.name for field in fields], by=me(), model=self.model)
        except Refused as refused:
            flash(sentence(refused), "error")
        return redirect(self.back(columns=None))

    @expose("/views/", methods=("GET", "POST"))
    def views_view(self) -> ResponseReturnValue:
        """The saved views of this list; a POST saves one: `name`, `is_shared` and the address of the list."""
        errors: dict[str, str] = {}
        if request.method == "POST":
            try:
                saved_views.keep(
                    by=me(),
                    model=self.model,
                    name=request.form.get("name", ""),
                    said=self._address_to_keep(),
                    is_shared="is_shared" in request.form,
                )
            except Refused as refused:
                errors[refused.field] = sentence(refused)
            else:
                flash(_("视图已保存"), "success")
                return redirect(self.back())
        return self._views_page(errors)

    def _views_page(self, errors: dict[str, str], wrong: SavedView | None = None) -> ResponseReturnValue:
        views = [view for view in saved_views.views_of(me(), events.subject_type(self.model)) if view.name]
        page = _page(self.model, self.address_back())
        described = {view.id: self._described(view) for view in views}
        return self.render(
            "admin/list_views.html",
            views=views,
            page=page,
            errors=errors,
            wrong=wrong,
            described=described,
            said=request.form,
            here=self._describe(page),
            may_share=access.may(me(), "views.share"),
        ), 400 if errors else 200

    @expose("/views/change/", methods=("POST",))
    def view_change(self) -> ResponseReturnValue:
        """The view `id`: name, order and sharing of one's own view; or, with `forget`, away with it."""
        views = saved_views.views_of(me(), events.subject_type(self.model))
        id = listing.row_id(request.form.get("id"))
        view = next((view for view in views if view.id == id and view.name), None) or abort(404)
        try:
            if "forget" in request.form:
                saved_views.forget(view, by=me())
                flash(_("视图已删除"), "success")
            else:
                place = listing.row_id(request.form.get("position"))
                name, shared = request.form.get("name", ""), "is_shared" in request.form
                saved_views.change(view, by=me(), name=name, is_shared=shared, position=place)
                flash(_("已保存"), "success")
        except Refused as refused:
            return self._views_page({refused.field: sentence(refused)}, view)
        return redirect(url_for(".views_view"))

    # --- addresses ----------------------------------------------------------------------------------

    def address_back(self) -> MultiDict[str, str]:
        """The address of the list from which a form came, as its query string says in `back`; 400 where that is longer
        than any list's. It is never cut: whoever acts on all rows of a list means every condition of it."""
        text = request.values.get("back", "")
        if len(text) > LONGEST_ADDRESS or text.count("&") >= MOST_SAID:
            abort(400)
        return MultiDict(parse_qsl(text))

    def back(self, **changes: Any) -> str:
        """Where that list is; what it does not understand of the address is left out."""
        said = self.address_back()
        page = _page(self.model, said)
        place = {name: listing.row_id(said[name]) for name in ("after", "before") if listing.row_id(said.get(name))}
        return url_for(".index_view", **page.address(**{**place, **changes}))

    def _address_to_keep(self) -> dict[str, str]:
        page = _page(self.model, self.address_back())
        views = saved_views.views_of(me(), events.subject_type(self.model))
        shown = columns.chosen(self.model, page.said, views)
        return _asked(page) | {columns.ARG: columns.text(shown)}

    def _described(self, view: SavedView) -> list[str]:
        return self._describe(_page(self.model, _plain(view.said)))

    def _describe(self, page: listing.Listing) -> list[str]:
        """What a list is asked for, as people read it."""
        asked = [
            f"{flt.label}{_('：')}{flt.said(page.active[flt.arg])}" for flt in page.filters if flt.arg in page.active
        ]
        if page.search:
            asked.insert(0, f"{_('搜索')}{_('：')}{page.search}")
        if page.sort != page.usual:
            field = self.model._meta.fields[page.sort.lstrip("-")]
            way = _("从大到小") if page.newest_first else _("从小到大")
            asked.append(f"{_('排序')}{_('：')}{_(field.verbose_name)} {way}")
        return asked
