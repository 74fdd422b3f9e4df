"""Tests that forge the trail first take away what the database puts in the way (migrations/0012 and 0014)."""

import peewee

from hall import trail_check
from models import database


def unguard(*names: str) -> None:
    """Take the triggers of the trail away, all or those named, for the rest of a test's own database."""
    sqlite = isinstance(database.obj, peewee.SqliteDatabase)
    for name in names or sorted(trail_check.guards()):
        table, _, _ = name.partition("_no_")
        database.execute_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {table}"))
