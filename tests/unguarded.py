"""Tests that forge the trail first take away what the database puts in the way (migrations/0012_trail_guard)."""

import peewee

from models import database


def unguard() -> None:
    """Take the triggers of the trail away, for the rest of a test's own database."""
    sqlite = isinstance(database.obj, peewee.SqliteDatabase)
    for table in ("event", "daily_root"):
        for what in ("update", "delete"):
            database.execute_sql(f"DROP TRIGGER {table}_no_{what}" + ("" if sqlite else f" ON {table}"))
