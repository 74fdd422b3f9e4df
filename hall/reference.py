"""A mark that changes when reference data does: buildings, items, rules, words, all that clerks change seldom.

A row of `reference_change` comes with each transaction that writes to a table of it, and goes with a later one.
Triggers keep it, hence nothing that writes can forget it. What it says is asked by `hall/freshness.py`.
"""

import peewee

from models import ENTITIES, Entity, database

# Numbers by chance: whatever came and went, the sum is another one, also where what began first is committed last.
MARK = "SELECT SUM(token), COUNT(*) FROM reference_change"
_SQLITE_NEW = "DELETE FROM reference_change; INSERT INTO reference_change (token) VALUES (random());"
_POSTGRESQL = (
    "CREATE TABLE IF NOT EXISTS reference_change (token bigint NOT NULL, xact xid8 NOT NULL)",
    # Nobody waits for anybody: a row each, and of the old ones go those that no other transaction is taking away.
    """CREATE OR REPLACE FUNCTION hall_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM reference_change WHERE xact = pg_current_xact_id()) THEN
        DELETE FROM reference_change WHERE ctid IN (
          SELECT ctid FROM reference_change
          WHERE xact < pg_snapshot_xmin(pg_current_snapshot()) FOR UPDATE SKIP LOCKED);
        INSERT INTO reference_change VALUES ((random() * 9e15)::bigint, pg_current_xact_id());
      END IF;
      RETURN NULL;
    END $$""",
)


def tables() -> list[type[Entity]]:
    """The entities whose rows are reference data."""
    return [model for model in ENTITIES if model.reference]


def is_installed(opened: peewee.Database) -> bool:
    """Whether the database has the mark; none has it before the first `migrate`."""
    return bool(opened.table_exists("reference_change"))


def install() -> None:
    """Make the mark and its triggers as models.py asks for them. Safe to repeat: `migrate` calls it each time."""
    with database.atomic():
        if isinstance(database.obj, peewee.SqliteDatabase):
            _on_sqlite()
        else:
            _on_postgresql()


def _on_sqlite() -> None:
    database.execute_sql("CREATE TABLE IF NOT EXISTS reference_change (token integer NOT NULL)")
    for model in tables():
        table = model._meta.table_name
        for act in ("insert", "update", "delete"):
            database.execute_sql(
                f'CREATE TRIGGER IF NOT EXISTS "reference_{table}_{act}" AFTER {act.upper()} ON "{table}"'
                f" BEGIN {_SQLITE_NEW} END"
            )


def _on_postgresql() -> None:
    database.execute_sql("SELECT pg_advisory_xact_lock(hashtext('reference_change'))")
    for statement in _POSTGRESQL:
        database.execute_sql(statement)
    rows = database.execute_sql("SELECT tgname FROM pg_trigger WHERE starts_with(tgname, 'reference_')").fetchall()
    for model in tables():
        table = model._meta.table_name
        if (f"reference_{table}",) not in rows:
            database.execute_sql(
                f'CREATE TRIGGER "reference_{table}" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}"'
                " EXECUTE FUNCTION hall_reference_changed()"
            )
