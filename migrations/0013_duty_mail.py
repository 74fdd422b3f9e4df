"""A mail may go to an address of the hall itself, a duty phone, that belongs to nobody in particular."""

from contextlib import contextmanager

from peewee import SqliteDatabase


def up(migrator, db):
    with _items_kept(db):
        migrator.migrate(migrator.drop_not_null("delivery", "person_id"))


def down(migrator, db):
    db.execute_sql("DELETE FROM delivery WHERE person_id IS NULL")
    with _items_kept(db):
        migrator.migrate(migrator.add_not_null("delivery", "person_id"))


@contextmanager
def _items_kept(db):
    """SQLite makes the table anew, and what points at its rows would go with the old one."""
    if not isinstance(db, SqliteDatabase):
        yield
        return
    db.execute_sql("CREATE TEMP TABLE kept AS SELECT * FROM delivery_item")
    yield
    db.execute_sql("INSERT INTO delivery_item SELECT * FROM kept WHERE id NOT IN (SELECT id FROM delivery_item)")
    db.execute_sql("DROP TABLE kept")
