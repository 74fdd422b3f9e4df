"""The history of the tables: apply it once, say what is missing, write the next step from the models."""

import contextlib
import fcntl
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import peewee
from playhouse.migrations import Runner, template
from playhouse.schema_diff import SchemaDiff, diff_models

import models

FOLDER = Path(__file__).parent
# Who applies says what was done.
logging.getLogger("peewee.migrations").setLevel(logging.WARNING)
# Any number that nobody else on the server locks with.
LOCK = 20_260_901
# What the generator says of a default that is a function.
_BY_HAND = re.compile(r"^# TODO: (\w+): default <function .*\n", flags=re.MULTILINE)


def apply(database: peewee.Database) -> list[str]:
    """Bring `database` up to date and return the names of the steps that were taken.

    Two processes that start at once wait for each other. A step that fails leaves nothing behind.
    """
    with database.connection_context() if database.is_closed() else contextlib.nullcontext(), _alone(database):
        return Runner(database, str(FOLDER)).up()


def pending(database: peewee.Database) -> list[str]:
    """The names of the steps that `database` has not taken."""
    return [step.name for step in Runner(database, str(FOLDER)).status() if not step.applied]


@contextlib.contextmanager
def _alone(database: peewee.Database) -> Iterator[None]:
    if isinstance(database, peewee.SqliteDatabase):
        with Path(f"{database.database}.migrating").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    else:
        database.execute_sql("SELECT pg_advisory_lock(%s)", (LOCK,))
        try:
            yield
        finally:
            database.execute_sql("SELECT pg_advisory_unlock(%s)", (LOCK,))


def write_first() -> Path:
    """Write 0001 anew from the models. Only before the first release: later steps would not fit."""
    for old in FOLDER.glob("0*.py"):
        old.unlink()
    return _write("first", SchemaDiff(peewee.sort_models(models.ENTITIES), [], [], [], []))


def write_next(name: str) -> Path | None:
    """Write the step that leads from the newest one to the models, or None where they say the same.

    Changed types, nulls, checks and renames are not seen (stack.md): write those by hand into the file.
    """
    scratch = peewee.SqliteDatabase(":memory:")
    Runner(scratch, str(FOLDER)).up()
    diff = diff_models(scratch, models.ENTITIES)
    return _write(name, diff) if diff else None


def _write(name: str, diff: SchemaDiff) -> Path:
    body = template(diff)
    for model in diff.create_tables:
        body = _with_checks(body, model)
    # A default that is a function is for Python alone; only a column added to full rows needs a value.
    added = {field.name for field in diff.add_columns}
    body = _BY_HAND.sub(lambda found: found[0] if found[1] in added else "", body)
    used = sorted(word for word in peewee.__all__ if re.search(rf"\b{word}\b", body) and hasattr(peewee, word))
    body = re.sub(r"^# Generated.*\n", "", body)
    body = body.replace("from peewee import *", f"from peewee import {', '.join(used)}")
    return Path(Runner(peewee.SqliteDatabase(None), str(FOLDER)).create(name, body=body))


def _with_checks(body: str, model: type[peewee.Model]) -> str:
    """Add the CHECKs of the fields of `model`, which the generator leaves out."""
    start = body.index(f"    class {model.__name__}(Model):")
    end = body.index("        class Meta:", start)
    table = body[start:end]
    for field in model._meta.sorted_fields:
        if field.constraints:
            checks = ", ".join(f"SQL({check.sql!r})" for check in field.constraints)
            line = re.search(rf"^        {field.name} = \w+\((.*)\)$", table, flags=re.MULTILINE)
            comma = ", " if line[1] else ""
            table = f"{table[: line.end(1)]}{comma}constraints=[{checks}]{table[line.end(1) :]}"
    return body[:start] + table + body[end:]
