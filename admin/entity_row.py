"""One row of an entity: details, history, and the form that makes or changes it, also back to an earlier version.

Every write is one transaction with its event.
"""

import secrets
from typing import Any

import peewee
from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext as _

from admin import conflicts, history, listing, names, sections, versions
from admin.conflicts import Changed, fingerprint
from admin.entity_base import Part
from admin.fields import fill
from admin.gate import me
from admin.refusals import Hanging, refuse_wrong
from admin.shelf import has_shelf
from hall import access, archive, by_hand, events
from hall.words import N_, Refused
from models import Entity, Event, database
from templating import sentence


class RowPages(Part):
    """The pages of one row."""

    @expose("/details/")
    def details_view(self) -> str:
        row = self.get_one(request.args.get("id"))
        fields = names.shown(self.model)
        names.load([row], {*fields, *names.natural_key(self.model)})
        shown = {"row": row, "sections": sections.sections(self.model, fields), "related": self._related()}
        shelf = has_shelf(self.model)
        return self.render("admin/details.html", **shown, shelf=shelf, away=archive.when_away(row) if shelf else None)

    @expose("/history/")
    def history_view(self) -> str:
        row = self.get_one(request.args.get("id"))
        names.load([row], names.natural_key(self.model))
        before = listing.row_id(request.args.get("before"))
        entries, older = history.entries(row, before=before)
        # What the newest event left is what stands there now.
        newest = before or (entries[0].event.seq if entries else 0)
        return self.render("admin/history.html", row=row, entries=entries, older=older, newest=newest)

    def _related(self) -> list[tuple[peewee.ForeignKeyField, str]]:
        """The keys by which rows that the person may read point here, each with what to call these rows."""
        keys = [key for key in self.model._meta.backrefs if key.verbose_name and access.can_read(me(), key.model)]
        return [(key, Hanging(key, 0).label) for key in keys]

    # --- writing -------------------------------------------------------------------------------

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> ResponseReturnValue:
        """The form of a new row; with `from`, the number of the event that deleted one, filled in as that one was."""
        given = listing.row_id(request.args.get("from"))
        version = versions.of_deleted(self.model, given) if given and access.can_read(me(), Event) else None
        return self._form_page(self.model(), version)

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> ResponseReturnValue:
        """The form of a row; with `version`, the number of one of its events, filled in as it was after that."""
        row = self.get_one(request.args.get("id"))
        return self._form_page(row, versions.of(row, listing.row_id(request.args.get("version"))))

    def _form_page(self, row: Entity, version: versions.Version | None) -> ResponseReturnValue:
        names.load([row], {*names.shown(self.model), *names.natural_key(self.model)})
        held = {name: names.value_of(row, getattr(self.model, name)) for name in self.form_columns}
        sent = request.form if request.method == "POST" else None
        then = version.values if version and not sent else {}
        form = self._edit_form_class(sent, data=held | then)
        page: dict[str, Any] = {"row": row, "form": form, "version": version, "both": [], "seen": ""}
        page["seen"] = (request.form.get("seen", "") if sent else fingerprint(row)) if row.id else ""
        if sent is not None and form.validate():
            try:
                saved = self._save(form, row, version)
            except Changed as changed:
                page["both"] = conflicts.differences(form, changed.row, page["seen"])
                page["seen"] = fingerprint(changed.row)
                _say_both(form, page["both"])
            except Refused as refused:
                add_error(form._fields.get(refused.field, form), sentence(refused))
            except peewee.IntegrityError:
                add_error(form, _("没有保存：有一项和别的记录重复，或不符合规则，请检查后重试"))
            else:
                flash(_("已保存"), "success")
                another = "another" in request.form
                return redirect(url_for(".create_view") if another else url_for(".details_view", id=saved.id))
        elif version and sent is None:
            _say_then(form, row, version)
        page["sections"] = sections.sections(self.model, [getattr(self.model, name) for name in self.form_columns])
        page["kept"] = [] if page["both"] else conflicts.kept(request.form)
        page["once"] = request.form.get("once") or secrets.token_urlsafe(24)
        return self.render("admin/form.html", is_wide=sections.is_wide, **page), 400 if sent is not None else 200

    def _save(self, form: BaseForm, row: Entity, version: versions.Version | None) -> Entity:
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
                conflicts.keep(form, row, request.form)
            before = {} if created else names.snapshot(row)
            fill(form, row)
            refuse_wrong(row)
            by_hand.save(row, by=me(), is_new=created)
            if changes := events.diff(before, names.snapshot(row)):
                name, label = ("create", N_("新建")) if created else ("edit", N_("修改"))
                more = {}
                if version:
                    name, label = ("create", N_("重新建立")) if created else ("put_back", N_("恢复到早先的版本"))
                    more = {"event" if created else "version": version.event.id if created else version.event.seq}
                self.record(row, name, label, changes, once if created else None, **more)
        return row


def _say_both(form: BaseForm, both: list[conflicts.Difference]) -> None:
    """Leave what was typed in the form and say beside it what stands there now (fault 39)."""
    add_error(form, _("您打开之后，有人改过这条记录，所以还没有保存。请在下面逐项选定，再保存一次。"))
    for each in both:
        add_error(form[each.name], _("现在保存的是：%(now)s", now=each.now))


def _say_then(form: BaseForm, row: Entity, version: versions.Version) -> None:
    """Say beside the answers of an earlier version what stands there now, or that they mean nothing any more."""
    for name, text in version.lost.items():
        add_error(form[name], _("当时是“%(then)s”，现在没有了，请另选", then=text))
    for name, value in version.values.items() if row.id else ():
        column = getattr(type(row), name)
        now = names.value_of(row, column)
        if now != value:
            said = names.plain(column, now) or _("（空）")
            form[name].description = _("会变回当时的内容；现在是：%(now)s", now=said)


def add_error(place: Any, text: str) -> None:
    """Put a sentence beside a field, or at the top where `place` is the form."""
    if isinstance(place, BaseForm):
        place.form_errors = [*place.form_errors, text]
    else:
        place.errors = [*place.errors, text]
