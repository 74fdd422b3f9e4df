"""What stands in the tables, to see afterwards that nothing was changed."""

from collections.abc import Iterable
from typing import Any

import peewee

import models


def rows_in(tables: Iterable[type[models.Entity]]) -> dict[str, list[Any]]:
    """All rows of `tables` by the names of these, in an order of their own, only to be compared: as tuples or texts.

    The database is asked in its own words, since to put SQL together from models, and on PostgreSQL to make values of
    all columns, is most of a refusal.
    """
    names = {table.__name__: table._meta.table_name for table in tables}
    run = models.database.execute_sql
    if isinstance(models.database.obj, peewee.SqliteDatabase):
        return {name: run(f'SELECT * FROM "{table}" ORDER BY 1').fetchall() for name, table in names.items()}
    found: dict[str, list[Any]] = {name: [] for name in names}
    each = (f"SELECT '{name}', it::text FROM \"{table}\" AS it" for name, table in names.items())
    for name, row in sorted(run(" UNION ALL ".join(each)).fetchall()):
        found[name].append(row)
    return found
