"""A row of a file as the form of the entity would take it: the same questions, the same checks, the same event.

A cell that says what an export of the row would say there is not touched, so that a file that comes back as it went
out changes nothing. To be tried, a row is really saved, and that is taken back.
"""

from typing import Any

import peewee
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from admin import changing, export, import_columns, names
from admin.entity_base import EntityBase
from admin.fields import answerable, fill
from admin.gate import me
from admin.import_keys import Keys
from admin.refusals import refuse_wrong
from admin.rules import choices_of
from hall import by_hand, events, row_values
from hall.import_files import Line
from hall.import_runs import Work
from hall.import_store import Store, Verdict
from hall.words import N_, Refused
from models import Entity, ImportRun, database
from templating import sentence, translated


class Wrong(Exception):
    """The row cannot be taken; `why` says so as [(label of the column or "", sentence)]."""

    def __init__(self, why: list[tuple[str, str]]) -> None:
        self.why = why


class Rows:
    """What the rows of one file become, asked one after the other."""

    def __init__(self, view: EntityBase, run: ImportRun, store: Store) -> None:
        self.view, self.model, self.run, self.store = view, view.model, run, store
        self.places = {name: int(place) for place, name in run.mapping["columns"].items()}
        self.keeps_blank = bool(run.mapping["keep_blank"])
        self.fields = {name: self.model._meta.fields[name] for name in self.places if name != import_columns.ROW}
        self.key = import_columns.key_of(self.model, self.fields)
        self.labels = {name: row_values.choices_by_label(choices_of(field), _) for name, field in self.fields.items()}
        self.needed = import_columns.missing(self.model, self.fields)
        self.keys = Keys()
        self._promised: set[str] | None = None

    def work(self) -> Work:
        """How the rows are tried and written, as hall/import_runs.py wants it."""
        return Work(store=self.store, check=lambda line: self._try(line, None), write=self._try)

    def _try(self, line: Line, seen: Verdict | None) -> Verdict:
        """Save the row of `line`; take it back where the check has not been `seen` yet."""
        try:
            with database.atomic() as attempt:
                verdict = self._save(line, seen)
                if seen is None:
                    attempt.rollback()
            return verdict
        except Wrong as wrong:
            return _wrong(wrong.why)
        except Refused as refused:
            return _wrong([(self._label(refused.field), sentence(refused))])
        except (peewee.IntegrityError, peewee.DataError):
            return _wrong([("", _("没有保存：有一项和别的记录重复，或不符合规则，请检查后重试"))])

    def _save(self, line: Line, seen: Verdict | None) -> Verdict:
        found = self._find(line)
        row = self.model() if found is None else self.view.locked(found.id) if seen else found
        names.load([row], names.shown(self.model))
        before = {name: self._shown(row, field) if found else "" for name, field in self.fields.items()}
        said, later = self._said(line, before, is_new=found is None)
        changes = self._fill(row, said, is_new=found is None)
        after = {name: self._shown(row, self.fields[name]) for name in changes if name in self.fields}
        told = {name: [before[name], text] for name, text in after.items()}
        # What is private: a file must not find out by trying whether it says what stands there.
        told |= {name: [before[name], names.plain(self.fields[name], said[name])] for name in self._private(said)}
        told |= {name: [before[name], text] for name, text in later.items()}
        kind = "new" if found is None else "changed" if told else "same"
        verdict = {"verdict": kind, "title": names.title(row), "changes": told, "later": sorted(later), "why": []}
        if seen is not None:
            _refuse_news(verdict, seen)
        if changes:
            by_hand.save(row, by=me(), is_new=found is None)
            if seen is not None:
                self._record(row, changes, is_new=found is None)
        return verdict

    # --- which row, and what is said of it ------------------------------------------------------------

    def _find(self, line: Line) -> Entity | None:
        """The row that stands already, by its key; where the entity has none by what it says, then by its number."""
        rows = self.view.get_query()
        if self.key:
            asked = self._asked(self.key, line)
            found = None if asked is None else rows.where(*asked).first()
        elif import_columns.ROW in self.places:
            asked = self._asked(self.fields, line)
            found = None if asked is None else rows.where(*asked).order_by(self.model.id).first()
            number = row_values.as_typed(self.model.id, line.cells[self.places[import_columns.ROW]], {})
            if found is None and number.isascii() and number.isdigit() and len(number) < 10:
                found = rows.where(self.model.id == int(number)).first()
        else:
            return None
        row: Entity | None = found
        return row

    def _asked(self, columns: Any, line: Line) -> list[Any] | None:
        """The conditions for a row that says the same in these columns; None where one cannot be read."""
        fields = [self.fields[name] for name in columns]
        try:
            typed = self._typed({field.name: line.cells[self.places[field.name]] for field in fields})
        except Wrong:
            return None
        form = changing.form_of(self.view, fields, MultiDict(typed))
        if not form.validate():
            return None
        values = {field: form[field.name].data for field in fields}
        return [field.is_null() if value is None else field == value for field, value in values.items()]

    def _said(self, line: Line, before: dict[str, str], *, is_new: bool) -> tuple[dict[str, str], dict[str, str]]:
        """The cells that say something new, {column: text}; apart those that name a row which this file brings later
        than the check, because nothing is written by then."""
        said, later = {}, {}
        for name, field in self.fields.items():
            text = line.cells[self.places[name]]
            blank = not text.strip()
            if (blank and (isinstance(field, peewee.BooleanField) or (self.keeps_blank and not is_new))) or (
                not is_new and row_values.is_same(field, text, before[name])
            ):
                continue
            if self._is_promised(field, text.strip()):
                later[name] = text.strip()
            else:
                said[name] = text
        return said, later

    def _is_promised(self, field: peewee.Field, text: str) -> bool:
        if not text or getattr(field, "rel_model", None) is not self.model or self.run.state != "checking":
            return False
        if self.keys.row(self.model, text) is not None:
            return False
        if self._promised is None:
            columns = {place: name for name, place in self.places.items()}
            called = (import_columns.titles(self.model, columns, line) for line in self.store.lines)
            self._promised = set().union(*called)
        return text in self._promised

    def _typed(self, said: dict[str, str]) -> dict[str, str]:
        """What a browser would send. Raises Wrong."""
        typed, why = {"import": "1"}, []
        for name, text in said.items():
            field = self.fields[name]
            if isinstance(field, peewee.ForeignKeyField):
                row = self.keys.row(field.rel_model, text.strip())
                typed[name] = names.title(row) if row else text
                typed[f"{name}-id"] = str(row.id) if row else ""
                continue
            try:
                answer = row_values.as_typed(field, text, self.labels[name])
            except Refused as refused:
                why.append((self._label(name), sentence(refused)))
                continue
            if answer or not isinstance(field, peewee.BooleanField):
                typed[name] = answer
        if why:
            raise Wrong(why)
        return typed

    # --- into the row -----------------------------------------------------------------------------------

    def _fill(self, row: Entity, said: dict[str, str], *, is_new: bool) -> dict[str, list[Any]]:
        """Put what is said into `row`, as its form would. Gives what changes, as an event keeps it."""
        asked = [self.fields[name] for name in said] + (self.needed if is_new else [])
        if not asked and not is_new:
            return {}
        form = changing.form_of(self.view, asked, MultiDict(self._typed(said)), row)
        if not form.validate():
            raise Wrong([(self._label(name), translated(each)) for name in form.errors for each in form[name].errors])
        if not is_new:
            return changing.apply(self.view, row, form)
        fill(form, row)
        refuse_wrong(row)
        return events.diff({}, names.snapshot(row))

    def _record(self, row: Entity, changes: dict[str, list[Any]], *, is_new: bool) -> None:
        name, label = ("create", N_("导入新建")) if is_new else ("edit", N_("导入修改"))
        self.view.record(row, name, label, changes, **{"import": self.run.id})

    def _shown(self, row: Entity, field: peewee.Field) -> str:
        return export.text_of(field, names.value_of(row, field))

    def _private(self, said: dict[str, str]) -> list[str]:
        return [name for name in said if names.is_masked(self.fields[name])]

    def _label(self, name: str) -> str:
        field = self.model._meta.fields.get(name) if name in answerable(self.model) else None
        return _(field.verbose_name) if field else ""


def _wrong(why: list[tuple[str, str]]) -> Verdict:
    return {"verdict": "wrong", "title": "", "changes": {}, "why": [list(pair) for pair in why]}


def _refuse_news(verdict: Verdict, seen: Verdict) -> None:
    """Refuse to write anything but what was shown."""

    def known(told: Verdict) -> dict[str, Any]:
        return {name: pair for name, pair in told["changes"].items() if name not in seen["later"]}

    if verdict["verdict"] != seen["verdict"] or (seen["verdict"] == "changed" and known(verdict) != known(seen)):
        raise Refused(N_("检查之后有人改过这条记录，请重新上传，看过新的结果再导入"), stale=True)
