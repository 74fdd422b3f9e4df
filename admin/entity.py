"""The panel of every entity: list, details, history, create, edit, delete, export and look-up, from its declaration.

One view class for all. Rows come from `access.visible` alone; every write is one transaction with its event.
"""

import hashlib
import json
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

import peewee
from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.contrib.peewee import ModelView
from flask_admin.form import BaseForm
from flask_babel import gettext as _

from admin import history, listing, names
from admin.export import KINDS
from admin.fields import Converter, answerable, fill
from admin.gate import Gate, is_inside, me
from admin.refusals import refuse_hanging, refuse_loop, refuse_taken
from admin.rules import CHANGED_AT, CHECKS, ROW_ACTIONS, RowAction
from hall import access, by_hand, events
from hall.words import N_, Refused
from models import ENTITIES, Entity, Event, database, held
from templating import sentence, translated

READING = {"index_view", "details_view", "history_view", "export", "ajax_lookup"}
AT_ONCE = 100
LOOKUPS = 20
NAMED_KINDS = {"subject_id": "subject", "photos": "photos"}


class Changed(Exception):
    """Somebody saved the row after it was shown; `row` is what stands there now."""

    def __init__(self, row: Entity) -> None:
        self.row = row


class EntityView(Gate, ModelView):
    """The generated view of one entity; see docs/adding-an-entity.md for what it reads from the class."""

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

    def get_query(self) -> peewee.ModelSelect:
        return access.visible(me(), self.model)

    def get_one(self, id: str | None) -> Entity:
        """The row with this id out of an address, within what the person may see; else 404."""
        row = self.get_query().where(self.model.id == listing.row_id(id)).first()
        return row or abort(404)

    def row_actions(self) -> list[RowAction]:
        return [each for each in ROW_ACTIONS.get(self.model, []) if access.may(me(), each.need)]

    # --- reading -------------------------------------------------------------------------------

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

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> ResponseReturnValue:
        return KINDS[export_type](listing.here(self.model)) if export_type in KINDS else abort(404)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> ResponseReturnValue:
        """[[id, title], …] of the rows that `query` may mean, for the key called `name`."""
        key = {field.name: field for field in names.keys(names.shown(self.model))}.get(request.args.get("name", ""))
        if key is None:
            abort(404)
        rows = names.candidates(access.visible(me(), key.rel_model), request.args.get("query", "")[:200], LOOKUPS)
        return jsonify([[row.id, translated(names.title(row))] for row in rows])

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
                row = self._locked(row.id)
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
                self._record(row, name, label, changes, once if created else None)
        return row

    def _locked(self, id: int) -> Entity:
        """The row as it is now, kept from everybody else until the transaction ends."""
        return held(self.get_query().where(self.model.id == id)).first() or abort(404)

    def _record(self, row: Entity, name: str, label: str, changes: dict[str, Any], once: str | None = None) -> None:
        role = access.editing_role(me(), self.model)
        events.record(row, name, label, by=me(), role=role, details={"changes": changes}, once=once)

    # --- deleting, and what else may be done to rows ------------------------------------------------

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> ResponseReturnValue:
        return self._act("delete", [request.form.get("id", "")])

    @expose("/action/", methods=("POST",))
    def action_view(self) -> ResponseReturnValue:
        return self._act(request.form.get("action", ""), request.form.getlist("rowid")[: AT_ONCE + 1])

    def _act(self, name: str, ids: list[str]) -> ResponseReturnValue:
        """Ask first, on a page of its own; then do it, or say why not."""
        action = next((each for each in self.row_actions() if each.name == name), None)
        if not action and name != "delete":
            abort(404)
        if not ids or len(ids) > (1 if action else AT_ONCE):
            flash(_("请先选择要处理的记录，一次最多 %(most)s 条", most=1 if action else AT_ONCE), "error")
            return redirect(self.get_url(".index_view"))
        rows = [self.get_one(id) for id in dict.fromkeys(ids)]
        names.load(rows, names.natural_key(self.model))
        refusal = result = ""
        if request.form.get("confirmed"):
            try:
                if action:
                    result = _(action.shows, result=action.act(rows[0], by=me()))
                else:
                    self._delete(rows)
                    flash(_("已删除 %(count)s 条", count=len(rows)), "success")
                    return redirect(self.get_url(".index_view"))
            except Refused as refused:
                refusal = sentence(refused)
        page = self.render("admin/confirm.html", action=action, rows=rows, refusal=refusal, result=result)
        return page, 400 if refusal else 200

    def _delete(self, rows: list[Entity]) -> None:
        """Delete all of `rows` or none. Raises Refused where something hangs on one of them."""
        try:
            with database.atomic():
                for shown in rows:
                    row = self._locked(shown.id)
                    refuse_hanging(row)
                    before = names.snapshot(row)
                    self._record(row, "delete", N_("删除"), events.diff(before, dict.fromkeys(before)))
                    by_hand.delete(row)
        except peewee.IntegrityError as error:
            raise Refused(N_("没有删除：刚刚有别的记录用到了它"), stale=True) from error

    def render(self, template: str, **kwargs: Any) -> str:
        return super().render(template, names=names, **kwargs)

    # --- for the templates ------------------------------------------------------------------------

    def kind(self, field: peewee.Field, value: Any) -> str:
        """How a template shows a value: empty, row, subject, photos, state, yes, no, moment or text."""
        if value in (None, "", [], {}):
            return "empty"
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
