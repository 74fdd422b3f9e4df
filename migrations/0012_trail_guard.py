"""The database itself refuses to change or delete what the trail says; and an event knows from which session it came.

What may still change in an event: whether it was announced, and that a person or session it points at is gone.
A later step that makes the table `event` anew (SQLite does for many changes) must call `up` of this guard again;
`doctor` says when it is missing.
"""

from peewee import CharField, ForeignKeyField, Model, SqliteDatabase

# Everything but `details`, which is compared as text.
SAYS = ("id", "subject_type", "subject_id", "seq", "name", "label_text", "actor_name", "actor_role", "at")
SAYS += ("source", "target", "once", "previous_hash", "hash")
MAY_GO = ("actor_id", "sign_in_id")
REFUSAL = "the trail is never changed"


def up(migrator, db):
    class SignIn(Model):
        token_hash = CharField(unique=True)

        class Meta:
            database = db
            table_name = "sign_in"

    key = ForeignKeyField(SignIn, field=SignIn.id, null=True, on_delete="SET NULL")
    migrator.migrate(migrator.add_column("event", "sign_in_id", key))
    for columns in (("at",), ("actor_id", "at"), ("subject_type", "at")):
        migrator.migrate(migrator.add_index("event", columns))
    for statement in _on_sqlite() if isinstance(db, SqliteDatabase) else _on_postgresql():
        db.execute_sql(statement)


def down(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for table in ("event", "daily_root"):
        for what in ("update", "delete") if sqlite else ("update", "delete", "truncate"):
            db.execute_sql(f"DROP TRIGGER {table}_no_{what}" + ("" if sqlite else f" ON {table}"))
    if not sqlite:
        db.execute_sql("DROP FUNCTION refuse_trail()")
    for columns in (("at",), ("actor_id", "at"), ("subject_type", "at"), ("sign_in_id",)):
        migrator.migrate(migrator.drop_index("event", f"event_{'_'.join(columns)}"))
    migrator.migrate(migrator.drop_column("event", "sign_in_id"))


def _changed(unlike):
    """The condition of an update that changes what an event says; `unlike` is how this database compares with NULL."""
    said = [f"NEW.{name} {unlike} OLD.{name}" for name in SAYS]
    said.append(f"CAST(NEW.details AS text) {unlike} CAST(OLD.details AS text)")
    gone = [f"(NEW.{name} {unlike} OLD.{name} AND NEW.{name} IS NOT NULL)" for name in MAY_GO]
    return " OR ".join([*said, *gone])


def _on_sqlite():
    for table, changed in (("event", f"WHEN {_changed('IS NOT')} "), ("daily_root", "")):
        for what, when in (("UPDATE", changed), ("DELETE", "")):
            yield (
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} {when}"
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def _on_postgresql():
    yield (
        "CREATE FUNCTION refuse_trail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table, changed in (("event", f"WHEN ({_changed('IS DISTINCT FROM')}) "), ("daily_root", "")):
        for what, each, when in (
            ("UPDATE", "ROW", changed),
            ("DELETE", "ROW", ""),
            ("TRUNCATE", "STATEMENT", ""),
        ):
            yield (
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} FOR EACH {each} {when}"
                "EXECUTE FUNCTION refuse_trail()"
            )
