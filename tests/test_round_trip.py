"""Every entity that may be edited goes out as a file and comes back: as it was, also after a change or a loss; every
other goes out whole. An earlier version of a row comes back too."""

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import peewee
import pytest
from flask import g
from python_calamine import CalamineWorkbook

import models
from admin import export, listing, names
from admin.fields import answerable
from admin.rules import choices_of
from hall import clock, events, import_runs, masks
from models import Entity
from tests import furnished
from tests.filing import checked, counted, run_at, upload, written, wrong_in

EDITABLE = [model for model in models.ENTITIES if not model.frozen]
FROZEN = [model for model in models.ENTITIES if model.frozen]
MARK = "RT9"
# What spreadsheets and careless readers ruin: formulas, our own mark, quotes and lines, joined signs, full width.
WORDS = ("=1+1", "'=1+1", '甲,"乙"\r\n丙;\t丁', "👩‍🔧 ​０１２", "-5", "＝公式", "007", "2026-01-02", "_x000D_")
MOST = 100
# What a form asks of these columns beyond their kind.
SAID: dict[str, Any] = {"link": "/services", "icon": "link-45deg"}


def add(model: type[Entity], nth: int) -> Entity:
    """The `nth` row of an entity with something hard in every column."""
    values = {name: _value(model._meta.fields[name], nth) for name in answerable(model)}
    return model.create(**values | SPECIAL.get(model.__name__, lambda nth: {})(nth))


def _value(field: peewee.Field, nth: int) -> Any:
    if field.name in SAID:
        return SAID[field.name]
    if isinstance(field, peewee.ForeignKeyField):
        return (None if field.null and nth % 2 else _target(field, nth)) if field.rel_model is not field.model else None
    if choices := [value for value, _label in choices_of(field) if value != ""]:
        return choices[nth % len(choices)]
    moment = datetime(2026, 3, 1, 8, 30, 15) + timedelta(days=nth)
    for kind, value in (
        (peewee.BooleanField, bool(nth % 2)),
        (peewee.DateTimeField, moment),
        (peewee.DateField, moment.date()),
        (peewee.TimeField, time(nth % 24, 30)),
        (peewee.JSONField, {"键": [nth, "=x"]}),
        (peewee.DecimalField, nth + 1),
        (peewee.FloatField, 30.123456789012345 + nth),
        (peewee.IntegerField, 1000 + nth),
    ):
        if isinstance(field, kind):
            return value
    if field.name in field.model.private:
        return f"139{nth:08}"
    alone = field.unique or any(field.name in columns for columns, unique in field.model._meta.indexes if unique)
    text = f"{MARK}{nth}" if alone else WORDS[nth % len(WORDS)]
    return text[: getattr(field, "max_length", None) or 99].strip()


def _target(field: peewee.ForeignKeyField, nth: int) -> Entity:
    there = field.rel_model
    known = [] if field.unique else list(there.select().order_by(there.id).limit(3))
    return known[nth % len(known)] if known else add(there, 50 + nth)


FEW = {models.Grant: 3, models.Skill: 3}
SPECIAL: dict[str, Any] = {
    "Grant": lambda nth: {"person": add(models.Person, 60 + nth), "role": "operator", "scope": ""},
}


def rows_of(model: type[Entity], ids: Iterable[int]) -> list[dict[str, Any]]:
    """What these rows say, in the order of their ids."""
    columns = [model._meta.fields[name] for name in answerable(model)]
    rows = model.select(*columns).where(model.id.in_(list(ids))).order_by(model.id).dicts()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    # A spreadsheet has one sign for a new line.
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def alter(row: Entity) -> None:
    """Change whatever of a row is not its key."""
    unique = {field.name for field in row._meta.sorted_fields if field.unique}
    unique |= {name for columns, is_unique in row._meta.indexes if is_unique for name in columns}
    for name in answerable(type(row)):
        field = row._meta.fields[name]
        if name not in unique and name not in row.private and not isinstance(field, peewee.ForeignKeyField):
            value = getattr(row, name)
            if isinstance(value, bool):
                setattr(row, name, not value)
            elif isinstance(value, int | float):
                setattr(row, name, value + 1)
            elif isinstance(value, str) and not choices_of(field) and name not in SAID:
                setattr(row, name, "改" + value[1:])
            elif isinstance(value, date | datetime):
                setattr(row, name, value + timedelta(days=1))
            elif isinstance(value, time):
                setattr(row, name, value.replace(minute=(value.minute + 7) % 60))
    row.save()


@pytest.mark.parametrize("model", EDITABLE, ids=lambda model: model.__name__)
def test_what_goes_out_comes_back(backend, sign_in, campus, model):
    """By each kind of file; how one is read does not hang on the database, so that on PostgreSQL one kind is enough."""
    visitor, table = sign_in("X"), events.subject_type(model)
    # Of some there is one for each thing of the hall, and no further one.
    things = model._meta.fields.get("subject_type")
    ids = [add(model, nth).id for nth in range(len(choices_of(things)) if things else FEW.get(model, len(WORDS)))]
    before = rows_of(model, ids)
    asked = f"?search={MARK}" if model.select().count() > MOST else ""
    kinds = ("csv", "xlsx", "json") if backend.name == "sqlite" else ("csv",)
    files = {kind: visitor.get(f"/admin/{table}/export/{kind}/{asked}").data for kind in kinds}
    path = checked(visitor, table, files["csv"], "back.csv")
    assert counted(path)[:2] == (0, 0) and counted(path)[2] >= len(ids) and counted(path)[3] == 0, wrong_in(path)
    for kind, data in files.items():
        for row in model.select().where(model.id.in_(ids)):
            alter(row)
        altered = rows_of(model, ids)
        path = checked(visitor, table, data, f"back.{kind}")
        assert counted(path)[3] == 0, wrong_in(path)
        assert counted(path)[:2] == (0, len(ids) if altered != before else 0), wrong_in(path)
        if altered != before:
            written(visitor, path)
        assert rows_of(model, ids) == before, kind
    # A mask is no phone: what is there keeps its own, and a new row begins without one.
    without = [row | dict.fromkeys(model.private, "") for row in before]
    for kind, data in files.items():
        model.delete().where(model.id.in_(ids)).execute()
        last = model.select(peewee.fn.MAX(model.id)).scalar() or 0
        left_out = refused(visitor, model, data, f"back.{kind}", len(ids)) if model.private else {}
        path = checked(visitor, table, data, f"back.{kind}", **left_out)
        assert counted(path)[0] == len(ids) and counted(path)[3] == 0, wrong_in(path)
        written(visitor, path)
        ids = [row.id for row in model.select(model.id).where(model.id > last).order_by(model.id)]
        assert rows_of(model, ids) == without, kind
    assert run_at(path).state == "done" and import_runs.counts(run_at(path))["failed"] == 0


def refused(visitor: Any, model: type[Entity], data: bytes, name: str, rows: int) -> dict[str, str]:
    """See that no row is made with a mask; gives the choice of columns that leaves out what is private."""
    table = events.subject_type(model)
    path = checked(visitor, table, data, name)
    said = wrong_in(path)
    assert (counted(path)[0], len(said)) == (0, rows) and all("请填写完整" in why for _line, why in said)
    form = visitor.form(upload(visitor, table, data, name).location, having="c0")
    return {place: "" for place, column in form.values.items() if column in model.private}


@contextlib.contextmanager
def reading_as(app: Any, person: models.Person) -> Iterator[None]:
    """Names and masks as `person` reads them."""
    with app.test_request_context("/admin/"):
        g._login_user = person
        yield


def test_an_earlier_version_of_every_entity_is_put_back(app, sign_in, campus):
    """By its form, as an edit: every column but what is private, which stays as it is now."""
    visitor, told = sign_in("X"), {}
    for model in EDITABLE:
        row = add(model, 0)
        with reading_as(app, campus.X):
            then, before = names.snapshot(row), rows_of(model, [row.id])
            for key in names.keys(getattr(model, name) for name in answerable(model) if name != "bed"):
                there = key.rel_model
                setattr(row, key.name, there.select().where(there.id != row.__data__[key.name]).first())
            alter(row)
            changes = events.diff(then, names.snapshot(model.get_by_id(row.id)))
        events.record(row, "create", "新建", by=campus.X, details={"changes": events.diff({}, then)})
        events.record(row, "edit", "修改", by=campus.X, details={"changes": changes})
        told[model] = set(changes)
        answer = visitor.submit(f"/admin/{events.subject_type(model)}/edit/?id={row.id}&version=1")
        assert answer.status_code == 302, (model, answer.text)
        assert events.timeline(row)[0].name == "put_back", model
        assert rows_of(model, [row.id]) == before, model
    assert all(told.values()), told


# --- what only goes out --------------------------------------------------------------------------------


def test_what_nobody_edits_goes_out_whole(app, campus):
    """Every row and column of it, in each kind of file, as other programs than ours read them."""
    for model in FROZEN:
        _hard_words(model, campus.X)
    with reading_as(app, campus.X):
        for model in FROZEN:
            rows, fields = list(model.select().order_by(model.id)), names.shown(model)
            page = listing.Listing(model, model.select(), {})
            files = {kind: _data(make(page)) for kind, make in export.KINDS.items()}
            lines = list(csv.reader(io.StringIO(files["csv"].decode("utf-8-sig"), newline="")))
            book = CalamineWorkbook.from_filelike(io.BytesIO(files["xlsx"])).get_sheet_by_index(0).to_python()
            told, first = json.loads(files["json"]), len(export.heading(model)) - len(fields)
            assert rows and len(rows) == len(lines) - 1 == len(book) - 1 == len(told), model
            names.load(rows, fields)
            for nth, row in enumerate([None, *rows]):
                for column, field in enumerate(fields):
                    where = (model, row and row.id, field.name)
                    text = _cell(row, field) if row else field.verbose_name
                    assert lines[nth][first + column] in (text, f"'{text}"), where
                    assert _same(book[nth][first + column], text), where
                    assert row is None or told[nth - 1][field.name] == _in_json(row, field), where


def _data(file: Any) -> bytes:
    file.direct_passthrough = False
    return bytes(file.get_data())


def _hard_words(model: type[Entity], person: models.Person) -> None:
    """Hard words in the free text of a row, and something private in what is masked."""
    if model is models.Event:  # never changed, and made by what is recorded alone
        events.record(person, "note", WORDS[1], by=person, details={"note": WORDS[2]})
        return
    fixed = {name for columns, _unique in model._meta.indexes for name in columns}
    texts = [field for field in model._meta.sorted_fields if isinstance(field, peewee.CharField | peewee.TextField)]
    texts = [field for field in texts if not (field.unique or field.choices or field.name in fixed)]
    told = {
        field.name: WORDS[nth % len(WORDS)][: getattr(field, "max_length", None) or 99]
        for nth, field in enumerate(texts)
    } | dict.fromkeys(model.private, "13587654321")
    row = model.select().first()
    if row is None:
        furnished.add_row(model, **told)
    elif told:
        model.update(told).where(model.id == row.id).execute()


def _cell(row: Entity, field: peewee.Field) -> str:
    """What a cell of a file is to say."""
    value = names.value_of(row, field)
    if value is None or value in ([], {}):
        return ""
    if field.name in field.model.private:
        return masks.mask(value)
    if isinstance(value, Entity):
        return names.title(value)
    if choices := dict(choices_of(field)):
        return choices.get(value, value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _same(cell: Any, text: str) -> bool:
    """Whether a spreadsheet says `text`: it has numbers, and one sign for a new line."""
    text = text.replace("\r\n", "\n")
    return cell in (text, f"'{text}") or (isinstance(cell, float) and cell == float(text))


def _in_json(row: Entity, field: peewee.Field) -> Any:
    value = names.value_of(row, field)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time | Decimal):
        return str(value)
    if value is not None and field.name in field.model.private:
        return masks.mask(value)
    return names.title(value) if isinstance(value, Entity) else value
