"""Every entity that may be edited goes out as a file and comes back: as it was, also after a change or a loss."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import peewee
import pytest

import models
from admin.fields import answerable
from admin.rules import choices_of
from hall import events, import_runs
from models import Entity
from tests.filing import checked, counted, run_at, written, wrong_in

EDITABLE = [model for model in models.ENTITIES if not model.frozen]
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
        return ""
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
    row.save()


@pytest.mark.parametrize("model", EDITABLE, ids=lambda model: model.__name__)
def test_what_goes_out_comes_back(sign_in, campus, model):
    visitor, table = sign_in("X"), events.subject_type(model)
    # Of some there is one for each thing of the hall, and no further one.
    things = model._meta.fields.get("subject_type")
    ids = [add(model, nth).id for nth in range(len(choices_of(things)) if things else FEW.get(model, len(WORDS)))]
    before = rows_of(model, ids)
    asked = f"?search={MARK}" if model.select().count() > MOST else ""
    files = {kind: visitor.get(f"/admin/{table}/export/{kind}/{asked}").data for kind in ("csv", "xlsx", "json")}
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
    for kind, data in files.items():
        model.delete().where(model.id.in_(ids)).execute()
        last = model.select(peewee.fn.MAX(model.id)).scalar() or 0
        path = checked(visitor, table, data, f"back.{kind}")
        assert counted(path)[0] == len(ids) and counted(path)[3] == 0, wrong_in(path)
        written(visitor, path)
        ids = [row.id for row in model.select(model.id).where(model.id > last).order_by(model.id)]
        assert rows_of(model, ids) == before, kind
    assert run_at(path).state == "done" and import_runs.counts(run_at(path))["failed"] == 0
