"""No way around the guard of 0012: on SQLite a row that replaces another one fires no trigger of deleting, and what
told from where something was done, the session, had no guard at all.

From here on an event carries `origin`, a hash over its session, within its own hash (hall/events.py). A session to
which an event points stays as it began. Closing the account takes out what it says of a person, and only that does:
where the trail has the event of the closing.
A step that makes `event`, `daily_root` or `sign_in` anew must put these triggers back; `doctor` says when one is
missing.
"""

from peewee import CharField, SqliteDatabase

SAYS = ("id", "subject_type", "subject_id", "seq", "name", "label_text", "actor_name", "actor_role", "at")
SAYS += ("source", "target", "once", "previous_hash", "hash")
TRAIL = "the trail is never changed"
SESSION = "a session that the trail names is never changed"
# What must not be there when a row comes: SQLite may put the new one in its place.
PLACES = {
    "event": ("id = NEW.id", "subject_type = NEW.subject_type AND subject_id = NEW.subject_id AND seq = NEW.seq"),
    "daily_root": ("id = NEW.id", "day = NEW.day"),
    "sign_in": ("id = NEW.id", "token_hash = NEW.token_hash"),
}
PLACES["event"] += ("once = NEW.once",)
BEGAN = ("token_hash", "person_id", "created", "address", "device")
NAMED = "EXISTS (SELECT 1 FROM event WHERE sign_in_id = OLD.id)"
# As hall/closing.py writes it.
TOKENLESS = "'gone-' || OLD.id"
FORGOTTEN = (
    "NEW.person_id = OLD.person_id AND NEW.created = OLD.created AND NEW.address = '' AND NEW.device = ''"
    f" AND NEW.token_hash = {TOKENLESS}"
    " AND EXISTS (SELECT 1 FROM event"
    " WHERE subject_type = 'person' AND subject_id = OLD.person_id AND name = 'close_account')"
)


def up(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    # May be null: else SQLite would make the table anew, without its triggers.
    migrator.migrate(migrator.add_column("event", "origin", CharField(max_length=64, null=True)))
    db.execute_sql("DROP TRIGGER event_no_update" + ("" if sqlite else " ON event"))
    changed = _changed(sqlite, (*SAYS, "origin", "sign_in_id"), actor_goes="OLD.sign_in_id IS NULL")
    db.execute_sql(_event_no_update(sqlite, changed))
    for statement in _on_sqlite() if sqlite else _on_postgresql():
        db.execute_sql(statement)


def down(migrator, db):
    sqlite = isinstance(db, SqliteDatabase)
    for what in ("update", "delete"):
        db.execute_sql(f"DROP TRIGGER sign_in_no_{what}" + ("" if sqlite else " ON sign_in"))
    for table in PLACES if sqlite else ():
        db.execute_sql(f"DROP TRIGGER {table}_no_replace")
    db.execute_sql("DROP TRIGGER event_no_update" + ("" if sqlite else " ON event"))
    if not sqlite:
        db.execute_sql("DROP FUNCTION keep_session()")
    migrator.migrate(migrator.drop_column("event", "origin"))
    gone = f"NEW.sign_in_id {_unlike(sqlite)} OLD.sign_in_id AND NEW.sign_in_id IS NOT NULL"
    db.execute_sql(_event_no_update(sqlite, f"{_changed(sqlite, SAYS, actor_goes='TRUE')} OR ({gone})"))


def _unlike(sqlite):
    return "IS NOT" if sqlite else "IS DISTINCT FROM"


def _changed(sqlite, columns, *, actor_goes):
    """The condition of an update that changes one of `columns`, the details, or the actor otherwise than allowed."""
    unlike = _unlike(sqlite)
    said = [f"NEW.{name} {unlike} OLD.{name}" for name in columns]
    said.append(f"CAST(NEW.details AS text) {unlike} CAST(OLD.details AS text)")
    said.append(f"(NEW.actor_id {unlike} OLD.actor_id AND NOT (NEW.actor_id IS NULL AND {actor_goes}))")
    return " OR ".join(said)


def _event_no_update(sqlite, changed):
    act = f"BEGIN SELECT RAISE(ABORT, '{TRAIL}'); END" if sqlite else "EXECUTE FUNCTION refuse_trail()"
    each = "" if sqlite else "FOR EACH ROW "
    return f"CREATE TRIGGER event_no_update BEFORE UPDATE ON event {each}WHEN ({changed}) {act}"


def _other(sqlite):
    """The condition that a session is another than it began. Its id and token stay even where no event points at it:
    by those it could take the place of one."""
    moved = f"NEW.id <> OLD.id OR (NEW.token_hash <> OLD.token_hash AND NEW.token_hash <> {TOKENLESS})"
    began = " OR ".join(f"NEW.{name} {_unlike(sqlite)} OLD.{name}" for name in BEGAN)
    return f"{moved} OR (({began}) AND {NAMED} AND NOT ({FORGOTTEN}))"


def _on_sqlite():
    for table, places in PLACES.items():
        refusal = SESSION if table == "sign_in" else TRAIL
        held = f" AND EXISTS (SELECT 1 FROM event WHERE sign_in_id = {table}.id)" if table == "sign_in" else ""
        taken = " OR ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {place}{held})" for place in places)
        yield (
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {taken} "
            f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        )
    for what, when in (("update", _other(sqlite=True)), ("delete", NAMED)):
        yield (
            f"CREATE TRIGGER sign_in_no_{what} BEFORE {what.upper()} ON sign_in WHEN {when} "
            f"BEGIN SELECT RAISE(ABORT, '{SESSION}'); END"
        )


def _on_postgresql():
    # A condition of a trigger cannot look into tables there; a function can.
    yield (
        "CREATE FUNCTION keep_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF NOT {NAMED} THEN RETURN OLD; END IF; "
        f"ELSIF NOT ({_other(sqlite=False)}) THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{SESSION}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for what in ("update", "delete"):
        yield (
            f"CREATE TRIGGER sign_in_no_{what} BEFORE {what.upper()} ON sign_in "
            "FOR EACH ROW EXECUTE FUNCTION keep_session()"
        )
