"""The same change to many rows of a list: what to change, a preview of each row, then all of them or none."""

import secrets
from dataclasses import dataclass
from typing import Any

import peewee
from flask import abort, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_admin.form import BaseForm
from flask_babel import gettext as _

from admin import changing, listing, names, shelf
from admin.gate import me
from admin.refusals import wrong_of
from admin.views import ViewPages
from hall import archive
from hall.words import N_, Refused
from models import Entity, Event, database, held
from templating import sentence

AT_ONCE = 200


@dataclass(frozen=True)
class Line:
    """One row in the preview: what changes, {column: [before, after]}, or why it cannot."""

    row: Entity
    mark: str
    changes: dict[str, list[Any]]
    problem: str = ""


class BulkPages(ViewPages):
    """Changing and archiving several rows."""

    @expose("/bulk/", methods=("POST",))
    def bulk_view(self) -> ResponseReturnValue:
        """`step` "" asks what to change, "preview" shows what would change, "do" does it."""
        rows, more = self._chosen()
        # What tells rows from one another cannot be the same of several.
        columns = [column for column in changing.changeable(self) if len(rows) < 2 or not column.unique]
        if not rows or more or not columns:
            return self._choose_first()
        ticked = [column for column in columns if column.name in request.form.getlist("change")]
        step = request.form.get("step", "")
        form = changing.form_of(self, columns, request.form if step else None)
        error = ""
        if step and not ticked:
            error = _("请先勾选要修改的项目")
        elif step:
            form = changing.form_of(self, ticked, request.form)
            if form.validate():
                return self._preview(rows, ticked, form, do=step == "do")
            form = self._whole_form(columns, form)
        page = self.render("admin/bulk.html", rows=rows, form=form, ticked=ticked, error=error)
        return page, 400 if step else 200

    def _whole_form(self, columns: list[peewee.Field], wrong: BaseForm) -> BaseForm:
        """The form with all columns again, after some of its answers were found wrong."""
        form = changing.form_of(self, columns, request.form)
        for name in wrong._fields:
            form._fields[name] = wrong[name]
        return form

    def _preview(
        self, rows: list[Entity], columns: list[peewee.Field], form: BaseForm, *, do: bool
    ) -> ResponseReturnValue:
        said = [(key, value) for key in self._keys(columns) for value in request.form.getlist(key)]
        once = request.form.get("once") or secrets.token_urlsafe(24)
        refusal = ""
        if do:
            try:
                count = self._change_all(rows, form, columns, once)
            except Refused as refused:
                refusal = sentence(refused)
                rows = self._fresh(rows)
            except peewee.IntegrityError:
                refusal = _("没有保存：有一项和别的记录重复，或不符合规则，请检查后重试")
                rows = self._fresh(rows)
            else:
                flash(_("已修改 %(count)s 条", count=count), "success")
                return redirect(self.back())
        lines = self._lines(rows, form, columns)
        bad = [line for line in lines if line.problem]
        changed = [line for line in lines if line.changes and not line.problem]
        page = self.render(
            "admin/bulk_preview.html",
            lines=lines,
            bad=bad,
            changed=changed,
            columns=columns,
            said=said,
            once=once,
            refusal=refusal,
        )
        return page, 409 if refusal else 200

    def _keys(self, columns: list[peewee.Field]) -> list[str]:
        """The names under which a form sends these columns."""
        return [key for column in columns for key in (column.name, f"{column.name}-id")]

    def _lines(self, rows: list[Entity], form: BaseForm, columns: list[peewee.Field]) -> list[Line]:
        """What would become of each row; two that would become alike are both told."""
        lines = [Line(row, changing.mark(row, columns), changing.put(self, row, form)) for row in rows]
        changed = [line for line in lines if line.changes]
        wrong = wrong_of([line.row for line in changed], [line.changes for line in changed])
        problems = {changed[place].row.id: sentence(refused) for place, refused in wrong.items()}
        lines = [
            Line(line.row, line.mark, {}, problems[line.row.id]) if line.row.id in problems else line for line in lines
        ]
        alike = self._alike([line.row for line in lines if line.changes], columns)
        twice = _("改完后会和所选的另一条重复")
        return [Line(line.row, line.mark, {}, twice) if line.row.id in alike else line for line in lines]

    def _alike(self, rows: list[Entity], columns: list[peewee.Field]) -> set[int]:
        """The ids of rows that would be double among themselves."""
        changed, found = {column.name for column in columns}, set()
        alone = [(field.name,) for field in self.model._meta.sorted_fields if field.unique]
        for unique in [*alone, *(names_ for names_, is_unique in self.model._meta.indexes if is_unique)]:
            seen: dict[Any, int] = {}
            for row in rows if changed & set(unique) else []:
                value = tuple(row.__data__.get(name) for name in unique)
                if None not in value and value in seen:
                    found |= {row.id, seen[value]}
                seen.setdefault(value, row.id)
        return found

    def _change_all(self, rows: list[Entity], form: BaseForm, columns: list[peewee.Field], once: str) -> int:
        """Change all rows or none; gives how many were changed. Raises Refused where somebody changed one of them."""
        with database.atomic():
            if Event.select(Event.id).where(Event.once == once).exists():
                return len(rows)  # the same form, sent twice
            marks = dict(part.split(":", 1) for part in request.form.getlist("mark") if ":" in part)
            ids = [row.id for row in rows]
            query = self.get_query().where(self.model.id.in_(ids)).order_by(self.model.id)
            locked = self._loaded(list(held(query)))
            if len(locked) != len(rows):
                raise Refused(N_("有的记录已经不在了，一条也没有修改"), stale=True)
            count = 0
            for row in locked:
                stale = marks.get(str(row.id)) != changing.mark(row, columns)
                if changes := changing.apply(self, row, form):
                    if stale:
                        raise Refused(N_("您预览之后，有人改过其中的记录，一条也没有修改。请重新核对"), stale=True)
                    changing.save(self, row, changes, once if count == 0 else None)
                    count += 1
        return count

    # --- which rows ----------------------------------------------------------------------------------

    def _chosen(self) -> tuple[list[Entity], bool]:
        """The rows that were ticked, or all that the list would show; and whether these are too many."""
        if "all" in request.form:
            said = self.address_back()
            page = listing.Listing(self.model, shelf.within(self.get_query(), said), said)
            found = list(page.query.order_by(self.model.id).limit(AT_ONCE + 1))
        else:
            ids = {listing.row_id(text) for text in request.form.getlist("rowid")[: AT_ONCE + 1]} - {0}
            found = list(self.get_query().where(self.model.id.in_(ids)).order_by(self.model.id)) if ids else []
            if len(found) < len(ids):
                abort(404)
        return self._loaded(found[:AT_ONCE]), len(found) > AT_ONCE

    def _fresh(self, rows: list[Any]) -> list[Entity]:
        return self._loaded(list(self.get_query().where(self.model.id.in_([row.id for row in rows]))))

    def _loaded(self, rows: list[Any]) -> list[Entity]:
        names.load(rows, {*changing.changeable(self), *names.natural_key(self.model)})
        return sorted(rows, key=lambda row: row.id)

    def _choose_first(self) -> ResponseReturnValue:
        flash(_("请先选择要处理的记录，一次最多 %(most)s 条", most=AT_ONCE), "error")
        return redirect(self.back())

    # --- archiving -----------------------------------------------------------------------------------

    @expose("/shelf/", methods=("POST",))
    def shelf_view(self) -> ResponseReturnValue:
        """Put the chosen rows away, or with `back_again` in use again; asks first."""
        if not shelf.has_shelf(self.model):
            abort(404)
        rows, more = self._chosen()
        if not rows or more:
            return self._choose_first()
        away, refusal = "back_again" not in request.form, ""
        if "confirmed" in request.form:
            try:
                with database.atomic():
                    for row in rows:
                        archive.put_away(row, by=me(), title=names.title(row)) if away else archive.bring_back(
                            row, by=me()
                        )
            except Refused as refused:
                refusal = sentence(refused)
            else:
                said = _("已归档 %(count)s 条") if away else _("已恢复 %(count)s 条")
                flash(said % {"count": len(rows)}, "success")
                return redirect(self.back())
        gone = archive.away_among(self.model, [row.id for row in rows])
        page = self.render("admin/bulk_shelf.html", rows=rows, away=away, gone=gone, refusal=refusal)
        return page, 400 if refusal else 200

    def _shelve(self, row: Entity, away: bool) -> None:
        if away:
            archive.put_away(row, by=me(), title=names.title(row))
        else:
            archive.bring_back(row, by=me())
