"""A test on PostgreSQL begins with the rows of its template, whatever the one before it has done to the database."""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from tests import connections
from tests.conftest import Backend, name_in
from tests.databases import MOST_TESTS, Databases

MADE = """
    CREATE TABLE note (id serial PRIMARY KEY, said text);
    CREATE TABLE tag (id serial PRIMARY KEY, note_id integer NOT NULL REFERENCES note ON DELETE CASCADE);
    CREATE TABLE mark (number integer);
    INSERT INTO note (said) VALUES ('one'), ('two'), ('three');
    INSERT INTO mark VALUES (7);
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
    CREATE TRIGGER note_is_for_ever BEFORE DELETE ON note FOR EACH ROW WHEN (OLD.id > 3) EXECUTE FUNCTION refuse()
"""
# What a test does, and whether its database serves the next one, too.
ACTS = {
    "nothing": ("SELECT 1", True),
    "new rows": ("INSERT INTO note (said) VALUES ('four'); INSERT INTO tag (note_id) VALUES (1)", True),
    "new rows, changed": ("INSERT INTO note (said) VALUES ('four'); UPDATE note SET said = '4' WHERE id > 3", True),
    "new rows of which one is gone": (
        "INSERT INTO tag (note_id) VALUES (1), (2); DELETE FROM tag WHERE note_id = 1",
        True,
    ),
    "rolled back": ("BEGIN; INSERT INTO note (said) VALUES ('four'); ROLLBACK", True),
    "a number alone": ("SELECT nextval('tag_id_seq'), nextval('note_id_seq')", True),
    "the only row": ("UPDATE mark SET number = 8", True),
    "the only row twice": ("UPDATE mark SET number = 8; INSERT INTO mark VALUES (9)", True),
    "a row changed": ("UPDATE note SET said = '2' WHERE id = 2", False),
    "a row changed to what it was": ("UPDATE note SET said = said WHERE id = 2", False),
    "a row deleted": ("DELETE FROM note WHERE id = 3", False),
    "a row deleted, another made": ("DELETE FROM note WHERE id = 3; INSERT INTO note VALUES (3, 'three')", False),
    "all rows gone at once": ("TRUNCATE note CASCADE", False),
    "a table": ("CREATE TABLE other (id integer)", False),
    "an index": ("CREATE INDEX note_said ON note (said)", False),
    "a trigger gone": ("DROP TRIGGER note_is_for_ever ON note", False),
    "figures for the planner": ("ANALYZE note", False),
}


@pytest.fixture
def databases(postgresql: Backend, tmp_path: Any) -> Iterator[Databases]:
    settings = postgresql.empty(tmp_path)
    name = name_in(settings.database)
    made = Databases(lambda other: settings.database.replace(name, other), f"{name}_put_back")
    yield made
    made.close()
    postgresql.drop(settings)


@pytest.fixture
def template(databases: Databases, run: Callable[[str, str], None]) -> str:
    name = databases.create()
    run(name, MADE)
    return name


@pytest.fixture
def run(postgresql: Backend, databases: Databases) -> Callable[[str, str], None]:
    def done(name: str, statements: str) -> None:
        with psycopg.connect(databases.address(name), autocommit=True) as connection:
            connection.execute(statements)

    return done


def content(databases: Databases, name: str) -> list[Any]:
    """All rows in the order in which they lie there, and what the sequences give next."""
    with psycopg.connect(databases.address(name)) as connection:
        rows = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("note", "tag", "mark")]
        return [*rows, connection.execute("SELECT nextval('note_id_seq'), nextval('tag_id_seq')").fetchall()]


@pytest.mark.parametrize("act", ACTS)
def test_the_next_test_finds_the_template(databases: Databases, template: str, run: Any, act: str) -> None:
    statements, is_put_back = ACTS[act]
    # Twice, because what is counted goes on.
    names = []
    for _ in range(3):
        name = databases.take(template)
        assert content(databases, name) == [[(1, "one"), (2, "two"), (3, "three")], [], [(7,)], [(4, 1)]]
        run(name, statements)
        databases.give_back(name)
        names.append(name)
    assert len(set(names)) == (1 if is_put_back else 3)


def test_who_is_still_connected_is_sent_away(databases: Databases, template: str) -> None:
    name = databases.take(template)
    with psycopg.connect(databases.address(name)) as left:
        left.execute("INSERT INTO note (said) VALUES ('never committed')")
        databases.give_back(name)
        assert databases.take(template) == name
        with pytest.raises(psycopg.OperationalError):
            left.execute("SELECT 1")


def test_two_at_once_are_two(databases: Databases, template: str) -> None:
    first, second = databases.take(template), databases.take(template)
    assert first != second
    databases.give_back(first)
    databases.give_back(second)
    assert databases.take(template) == first
    assert databases.take(template) not in (first, second)


def test_what_was_put_back_can_be_a_template(databases: Databases, template: str, run: Any) -> None:
    databases.give_back(databases.take(template))
    lived_in = databases.take(template)
    run(lived_in, "UPDATE note SET said = '2' WHERE id = 2")
    copy = databases.take(lived_in)
    assert content(databases, copy)[0] == [(1, "one"), (3, "three"), (2, "2")]
    databases.give_back(copy)
    assert databases.take(lived_in) == copy
    assert databases.take(template) != lived_in


def test_it_does_not_serve_for_ever(databases: Databases, template: str) -> None:
    names = []
    for _ in range(MOST_TESTS + 1):
        names.append(databases.take(template))
        databases.give_back(names[-1])
    assert names == [names[0]] * MOST_TESTS + [names[-1]] and names[-1] != names[0]


# --- connections that are kept ---------------------------------------------------------------------------

STATE = (
    "SET statement_timeout = 7; PREPARE told AS SELECT 1; CREATE TEMP TABLE aside (id integer);"
    " SELECT pg_advisory_lock(7); LISTEN news"
)
LEFT = """
    SELECT current_setting('statement_timeout'), (SELECT COUNT(*) FROM pg_prepared_statements),
    to_regclass('aside'), (SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
    (SELECT COUNT(*) FROM pg_listening_channels())
"""


@pytest.fixture
def address(databases: Databases, template: str) -> str:
    connections.leave(template)  # by which it was filled
    return databases.address(template)


def test_what_was_closed_serves_again_as_if_new(address: str) -> None:
    first = connections.connect(address, autocommit=True)
    pid, new = first.info.backend_pid, first.execute(LEFT).fetchone()
    first.execute(STATE)
    assert first.execute(LEFT).fetchone() != new
    first.close()
    assert first.closed
    with pytest.raises(psycopg.OperationalError):
        first.execute("SELECT 1")
    with connections.connect(address, autocommit=True) as second:
        assert (second.info.backend_pid, second.autocommit) == (pid, True)
        assert second.execute(LEFT).fetchone() == new


def test_who_asks_for_something_else_gets_another(address: str) -> None:
    connections.connect(address).close()
    with connections.connect(address, options="-c statement_timeout=7") as other:
        assert other.execute("SHOW statement_timeout").fetchone() == ("7ms",)
    with connections.connect(address) as again:
        assert again.execute("SHOW statement_timeout").fetchone() == ("0",) and not again.autocommit


def test_what_is_within_a_transaction_is_not_kept(databases: Databases, template: str, address: str) -> None:
    left = connections.connect(address)
    left.execute("INSERT INTO note (said) VALUES ('never committed')")
    left.close()
    assert left.info.status != psycopg.pq.ConnStatus.OK and not connections.pids(template)
    assert content(databases, template)[0] == [(1, "one"), (2, "two"), (3, "three")]


def test_what_the_server_has_ended_is_made_anew(databases: Databases, template: str, address: str) -> None:
    connections.connect(address).close()
    (pid,) = connections.pids(template)
    with psycopg.connect(databases.address("postgres")) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with connections.connect(address) as anew:
        assert anew.info.backend_pid != pid


def test_few_are_kept_and_none_of_what_is_dropped(databases: Databases, template: str, address: str) -> None:
    opened = [connections.connect(address) for _nth in range(connections.ALIKE + 2)]
    for each in opened:
        each.close()
    assert len(connections.pids(template)) == connections.ALIKE
    databases.drop(template)
    assert not connections.pids(template)


def test_what_is_kept_stays_when_others_are_sent_away(databases: Databases, template: str, run: Any) -> None:
    name = databases.take(template)
    run(name, "SELECT 1")
    kept = connections.pids(name)
    databases.give_back(name)
    assert databases.take(template) == name
    run(name, "SELECT 1")
    assert kept and connections.pids(name) == kept
