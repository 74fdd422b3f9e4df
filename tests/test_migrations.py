"""The migrations say what models.py says, on both databases, with all that a diff does not see."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import peewee
import pytest
from playhouse.schema_diff import diff_models

import migrations
import models
from config import Settings

Shape = dict[str, Any]


@pytest.fixture
def from_models(bare_house: Settings) -> Iterator[Shape]:
    """What the tables look like when models.py makes them itself."""
    models.database.create_tables(models.ENTITIES)
    shape = shape_of(models.database.obj)
    models.database.drop_tables(models.ENTITIES)
    return shape


def test_migrations_make_the_tables_of_the_models(bare_house: Settings, from_models: Shape) -> None:
    assert migrations.apply(models.database.obj)
    assert not str(diff_models(models.database.obj, models.ENTITIES))
    assert shape_of(models.database.obj) == from_models


def test_a_second_time_does_nothing(bare_house: Settings) -> None:
    migrations.apply(models.database.obj)
    assert migrations.apply(models.database.obj) == []
    assert migrations.pending(models.database.obj) == []


def test_four_at_once_migrate_once(bare_house: Settings) -> None:
    done: list[list[str]] = []

    def start() -> None:
        done.append(migrations.apply(models.database.obj))

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 4
    assert [names for names in done if names] == [max(done)]


def test_a_step_that_fails_leaves_nothing(
    bare_house: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "steps"
    folder.mkdir()
    (folder / "0001_half.py").write_text(
        "from peewee import CharField, Model\n\n\ndef up(migrator, db):\n    class Half(Model):\n"
        "        name = CharField()\n\n        class Meta:\n            database = db\n\n"
        "    db.create_tables([Half])\n    raise RuntimeError('the power went')\n"
    )
    monkeypatch.setattr(migrations, "FOLDER", folder)
    with pytest.raises(RuntimeError):
        migrations.apply(models.database.obj)
    assert "half" not in models.database.get_tables()
    assert migrations.pending(models.database.obj) == ["0001_half"]


def test_down_takes_everything_back(bare_house: Settings) -> None:
    migrations.apply(models.database.obj)
    runner = migrations.Runner(models.database.obj, str(migrations.FOLDER))
    for step in reversed(runner.migrations()):
        runner.down(step.name)
    assert set(models.database.get_tables()) == {"schema_migration"}


def test_a_new_step_names_what_is_left_to_do_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Meta:
        database = models.database
        legacy_table_names = False

    first = type("Lantern", (peewee.Model,), {"Meta": Meta, "lit": peewee.DateTimeField(), "old": peewee.CharField()})
    monkeypatch.setattr(migrations, "FOLDER", tmp_path)
    monkeypatch.setattr(models, "ENTITIES", [first])
    migrations.write_next("lanterns")
    hung = peewee.DateTimeField(default=models.utcnow)
    more = type("Lantern", (peewee.Model,), {"Meta": Meta, "lit": peewee.DateTimeField(), "hung": hung})
    new = type("Candle", (peewee.Model,), {"Meta": Meta, "made": peewee.DateTimeField(default=models.utcnow)})
    monkeypatch.setattr(models, "ENTITIES", [more, new])
    written = migrations.write_next("candles")
    assert written is not None
    left = re.findall(r"^# TODO: (\S+):", written.read_text("utf-8"), flags=re.MULTILINE)
    assert left == ["hung", "lantern.old"]


def test_checks_are_the_databases_own(house: Settings) -> None:
    book = models.PriceBookEntry
    with pytest.raises(peewee.IntegrityError):
        book.insert(code="P1", name="-", price_fen=-1).execute()


def shape_of(database: peewee.Database) -> Shape:
    """Tables with columns (type, null), keys (with on_delete), uniqueness, indexes and checks."""
    tables = [model._meta.table_name for model in models.ENTITIES]
    of = _sqlite_shape if isinstance(database, peewee.SqliteDatabase) else _postgresql_shape
    return {
        table: {
            **of(database, table),
            "indexes": sorted((tuple(index.columns), index.unique) for index in database.get_indexes(table)),
        }
        for table in tables
    }


def _sqlite_shape(database: peewee.Database, table: str) -> Shape:
    sql = database.execute_sql("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    columns = database.execute_sql(f'PRAGMA table_info("{table}")').fetchall()
    keys = database.execute_sql(f'PRAGMA foreign_key_list("{table}")').fetchall()
    return {
        "columns": sorted((name, kind, bool(required)) for _, name, kind, required, _, _ in columns),
        "keys": sorted((column, other, on_delete) for _, _, other, column, _, _, on_delete, _ in keys),
        "checks": sorted(re.findall(r"CHECK \((?:[^()]|\([^()]*\))*\)", sql)),
    }


def _postgresql_shape(database: peewee.Database, table: str) -> Shape:
    columns = database.execute_sql(
        "SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale, is_nullable"
        " FROM information_schema.columns WHERE table_name = %s",
        (table,),
    )
    constraints = database.execute_sql(
        "SELECT contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype <> 'n'",
        (f'"{table}"',),
    )
    return {"columns": sorted(columns.fetchall()), "constraints": sorted(constraints.fetchall())}
