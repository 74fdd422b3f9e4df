"""The segments of SQLite's full-text indexes: each commit adds small ones, and they are merged when nobody waits.

By itself FTS5 merges while it writes (sqlite.org/fts5.html#the_automerge_configuration_option): that was half of the
pages of the file which reporting a repair wrote. What nobody merges for a while does no harm, as long as it is small:
FTS5 still makes one of sixteen of a level, whatever their size. Hence what was written all at once is gathered on a
level above all others, else somebody who reports later waits until it is merged with sixteen reports. PostgreSQL keeps
its indexes itself.
"""

import peewee

from models import database

TABLES = ("row_text", "search_text")
PAGES = 200  # merged in one transaction, some ten milliseconds
MOST = 50  # transactions a table in one go


def install() -> None:
    """Merge nothing while somebody waits. Safe to repeat."""
    if _on_sqlite():
        for table in TABLES:
            database.execute_sql(f"INSERT INTO {table} ({table}, rank) VALUES ('automerge', 0)")


def gather() -> None:
    """Make one segment of each index, above all that is written later: 2 s each for the texts of 100,000 orders.

    For whoever has filled an index while nobody waits. Safe to repeat.
    """
    if _on_sqlite():
        for table in TABLES:
            database.execute_sql(f"INSERT INTO {table} ({table}) VALUES ('optimize')")


def merge(most: int = MOST) -> int:
    """Merge what was written since, a little at a time; gives how many transactions there was work for.

    At most so many a table.
    """
    return sum(_merge(table, most) for table in TABLES) if _on_sqlite() else 0


def _merge(table: str, most: int) -> int:
    worked = 0
    while worked < most:
        before = _changes()
        database.execute_sql(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', {PAGES})")
        if _changes() - before < 2:  # as SQLite says that there was nothing to merge
            break
        worked += 1
    return worked


def _changes() -> int:
    return int(database.execute_sql("SELECT total_changes()").fetchone()[0])


def _on_sqlite() -> bool:
    return isinstance(database.obj, peewee.SqliteDatabase)
