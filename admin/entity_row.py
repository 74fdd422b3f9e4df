"""One row of an entity: details, history, and the form that makes or changes it.

Every write is one transaction with its event.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

import peewee
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext as _

from admin import history, listing, names
from admin.entity_base import Part
from admin.fields import answerable, fill
from admin.gate import me
from admin.refusals import refuse_loop, refuse_taken
from admin.rules import CHECKS
from hall import access, by_hand, events
from hall.words import N_, Refused
from models import Entity, Event, database
from templating import sentence


class Changed(Exception):
    """Somebody saved the row after it was shown; `row` is what stands there now."""

    def __init__(self, row: Entity) -> None:
        self.row = row


class RowPages(Part):
    """The pages of one row."""

    @expose("/details/")
    def details_view(self) -> str:
        row = self.get_one(request.args.get("id"))
        fields = names.shown(self.model)
        names.load([row], {*fields, *names.natural_key(self.model)})
        return self.render("admin/details.html", row=row, fields=fields, hanging=list(self._hanging()))

    @expose("/history/")
    def history_view(self) -> str:
        row = self.get_one(request.args.get("id"))
        names.load([row], names.natural_key(self.model))
        entries, older = history.entries(row, before=listing.row_id(request.args.get("before")))
        return self.render("admin/history.html", row=row, entries=entries, older=older)

    def _hanging(self) -> Iterable[tuple[peewee.ForeignKeyField, str]]:
        """The keys by which rows that the person may read point here, each with what to call these rows."""
        keys = [key for key in self.model._meta.backrefs if key.verbose_name and access.can_read(me(), key.model)]
        several = Counter(key.model for key in keys)
        for key in keys:
            # What a person did is not what was done to the row: that has its own tab.
            role = f" · {_(key.verbose_name)}" if several[key.model] > 1 or key.model is Event else ""
            yield key, _(key.model.label) + role

    # --- writing -------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        return self._form_page(self.model())

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        return self._form_page(self.get_one(request.args.get("id")))

    def _form_page(self, row: Entity) -> ResponseReturnValue:
        names.load([row], {*names.shown(self.model), *names.natural_key(self.model)})
        held = {name: names.value_of(row, getattr(self.model, name)) for name in self.form_columns}
        form = self._edit_form_class(request.form if request.method == "POST" else None, data=held)
        seen, wrong = fingerprint(row) if row.id else "", request.method == "POST"
        if wrong and form.validate():
            try:
                saved = self._save(form, row)
            except Changed as changed:
                seen = fingerprint(changed.row)
                show_both(form, changed.row)
            except Refused as refused:
                add_error(form._fields.get(refused.field, form), sentence(refused))
            except peewee.IntegrityError:
                add_error(form, _("没有保存：有一项和别的记录重复，或不符合规则，请检查后重试"))
            else:
                flash(_("已保存"), "success")
                another = "another" in request.form
                return redirect(url_for(".create_view") if another else url_for(".details_view", id=saved.id))
        elif wrong and row.id:
            seen = request.form.get("seen", "")
        once = request.form.get("once") or secrets.token_urlsafe(24)
        return self.render("admin/form.html", row=row, form=form, seen=seen, once=once), 400 if wrong else 200

    def _save(self, form: BaseForm, row: Entity) -> Entity:
        """Write the answers in one transaction with the event. Raises Changed, Refused or IntegrityError."""
        once = request.form.get("once", "")[:64] or None
        created = not row.id
        with database.atomic():
            if created:
                if once and (done := Event.get_or_none(Event.once == once)):
                    return self.get_one(str(done.subject_id)) if done.subject_type == self.endpoint else abort(400)
            else:
                row = self.locked(row.id)
                if fingerprint(row) != request.form.get("seen"):
                    raise Changed(row)
            before = {} if created else names.snapshot(row)
            fill(form, row)
            refuse_loop(row)
            refuse_taken(row)
            if check := CHECKS.get(self.model):
                check(row)
            by_hand.save(row, by=me(), is_new=created)
            if changes := events.diff(before, names.snapshot(row)):
                name, label = ("create", N_("新建")) if created else ("edit", N_("修改"))
                self.record(row, name, label, changes, once if created else None)
        return row


def fingerprint(row: Entity) -> str:
    """A hash of what the form of a row shows; a form that was opened on another one is out of date."""
    shown = {name: str(row.__data__.get(name)) for name in answerable(type(row))}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def show_both(form: BaseForm, row: Entity) -> None:
    """Leave what was typed in the form and say beside it what stands in `row` now (fault 39)."""
    names.load([row], names.shown(type(row)))
    add_error(form, _("您打开之后，有人改过这条记录，所以还没有保存。请核对下面标出的地方；再次保存将以您填的为准。"))
    for name in answerable(type(row)):
        column = getattr(type(row), name)
        now = names.value_of(row, column)
        if form[name].data != now:
            add_error(form[name], _("现在保存的是：%(now)s", now=names.plain(column, now) or _("（空）")))


def add_error(place: Any, text: str) -> None:
    """Put a sentence beside a field, or at the top where `place` is the form."""
    if isinstance(place, BaseForm):
        place.form_errors = [*place.form_errors, text]
    else:
        place.errors = [*place.errors, text]
