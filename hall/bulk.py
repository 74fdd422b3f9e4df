"""Many rows at once. peewee builds the text of the statement anew for every row; here it is built once."""

from collections.abc import Sequence
from typing import Any

import peewee

from models import Entity, database

_as_peewee = peewee.ExceptionWrapper({"IntegrityError": peewee.IntegrityError, "DataError": peewee.DataError})


def insert(model: type[Entity], rows: Sequence[dict[str, Any]]) -> None:
    """Insert `rows` (field name → value) inside the caller's transaction.

    Several times as fast as `insert_many`: SQLite's one write lock is held for seconds only. Defaults are
    filled in, once for all rows; `save` is not called. Raises peewee.IntegrityError as any insert.
    """
    if not rows:
        return
    defaults = {field.name: None for field in model._meta.sorted_fields if field.null} | model._meta.get_default_dict()
    rows = [defaults | row for row in rows]
    fields = [model._meta.fields[name] for name in rows[0]]
    sql = _statement(model, fields, [field.db_value(rows[0][field.name]) for field in fields])
    values = ([_bound(field.db_value(row[field.name])) for field in fields] for row in rows)
    with _as_peewee:
        database.cursor().executemany(sql, values)


def insert_one(row: Entity) -> None:
    """Insert a new row as `save` does, inside the caller's transaction, and give it its id. For what each verb writes.

    Raises peewee.IntegrityError as any insert.
    """
    [(row.id,)] = _inserted(row, "RETURNING id").fetchall()


def insert_missing(row: Entity) -> bool:
    """Insert a new row as `insert_one` does, unless one with its key is there already; tells whether it was not."""
    return bool(_inserted(row, "ON CONFLICT DO NOTHING").rowcount)


def _inserted(row: Entity, ending: str) -> Any:
    fields = [field for field in row._meta.sorted_fields if row.__data__.get(field.name) is not None]
    values = [field.db_value(row.__data__[field.name]) for field in fields]
    sql = f"{_statement(type(row), fields, values)} {ending}"
    return database.execute_sql(sql, [_bound(value) for value in values])


def _statement(model: type[Entity], fields: Sequence[Any], values: Sequence[Any]) -> str:
    """The insert of a row with these fields, with a mark for each value."""
    # A JSON value is a function around its text on SQLite: json(?).
    marks = [
        f"{value.name}({database.param})" if isinstance(value, peewee.Function) else database.param for value in values
    ]
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    return f'INSERT INTO "{model._meta.table_name}" ({columns}) VALUES ({", ".join(marks)})'


def _bound(value: Any) -> Any:
    return (value.arguments or (None,))[0] if isinstance(value, peewee.Function) else value
