"""What a process keeps is what the database says, whoever changed it."""

import contextlib
import gc
import re
from unittest import mock

import pytest

import pieces
from app import open_database
from hall import freshness, reference, row_index, setting_changes, settings
from models import Campus, Setting, database
from tests import board, lost, portal, stall
from tests.test_matters import everything


def test_the_mark_stays_until_somebody_commits(house):
    """Some attempts are disturbed: the other process of the run shares the PostgreSQL server."""
    other, stayed = open_database(house), False
    for attempt in range(200):
        mark = freshness.look()
        Setting.select().count()
        with other.connection_context(), other.atomic():
            other.execute_sql(f"INSERT INTO counter (name, value) VALUES ('seen{attempt}', 1)")
            stayed = freshness.look() == mark
        changed = freshness.look()
        assert changed != mark
        with database.atomic():
            database.execute_sql(f"INSERT INTO counter (name, value) VALUES ('own{attempt}', 1)")
        assert freshness.look() not in (mark, changed)
        if stayed:
            break
    assert stayed, "while nothing is committed"


def test_what_another_process_changes_is_seen(house, client):
    """A figure and a word, changed behind this process: its next request goes by them."""
    assert client.get("/").status_code == 200
    usual = settings.value("photos.most")
    other = open_database(house)
    with other.connection_context(), Setting.bind_ctx(other):
        Setting.create(code="photos.most", value=3)
    client.get("/")
    assert usual != 3
    assert settings.value("photos.most") == 3


def test_what_is_undone_is_not_kept(house):
    """A verb that fails half-way leaves nothing of it behind in the process."""
    known = freshness.Kept(lambda: Setting.select().count())
    with database.atomic() as transaction:
        Setting.create(code="photos.most", value=2)
        assert known() == 1
        transaction.rollback()
    assert known() == 0


def test_a_database_that_is_away(house, client, caplog, monkeypatch):
    """Nothing is believed while nobody can say whether it still holds; afterwards all is as before."""
    monkeypatch.setattr(freshness, "REST", 0)
    mark = freshness.look()
    freshness.close()
    path, database.obj.database = database.obj.database, "/nowhere/at/all"
    try:
        assert freshness.look() != freshness.look()
    finally:
        database.obj.database = path
    assert "does not say" in caplog.text
    assert freshness.look() not in (mark, None)
    assert freshness.look() == freshness.look()


def test_a_request_sees_what_it_has_done_itself(campus):
    """A request goes by the mark it began with, until a verb of its own has committed."""
    freshness.begin()
    try:
        usual = settings.value("photos.most")
        setting_changes.change("photos.most", value=usual - 1, by=campus.X)
        assert settings.value("photos.most") == usual - 1
    finally:
        freshness.end()


def test_who_adds_to_a_list_adds_to_their_own(house):
    known = freshness.Kept(lambda: [1, 2])
    freshness.begin()
    try:
        for _time in range(2):
            known().append(3)
            assert known() == [1, 2]
    finally:
        freshness.end()


def test_answers_to_many_questions_are_not_all_kept(house, monkeypatch):
    monkeypatch.setattr(freshness, "MOST", 3)
    asked = []
    known = freshness.Kept(lambda day: asked.append(day) or day)
    freshness.begin()
    try:
        assert [known(day) for day in (1, 2, 3, 3, 4, 1)] == [1, 2, 3, 3, 4, 1]
        assert asked == [1, 2, 3, 4, 1], "what came before is asked again"
    finally:
        freshness.end()


def test_what_is_asked_with_something_is_kept_for_each(house):
    asked = []
    known = freshness.Kept(lambda day: asked.append(day) or len(asked))
    freshness.begin()
    try:
        assert [known(1), known(2), known(1)] == [1, 2, 1]
    finally:
        freshness.end()


# --- reference data ----------------------------------------------------------------------------------


def test_what_is_read_of_reference_data_outlives_other_commits(house):
    """Until a row of it comes, changes or goes, whoever did that."""
    asked = []
    known = freshness.Lasting(lambda: asked.append(1) or Campus.select().count())
    other = open_database(house)

    def written(statement):
        before = len(asked)
        with other.connection_context():
            other.execute_sql(statement)
        return known(), len(asked) - before

    usual = known()
    assert written("INSERT INTO counter (name, value) VALUES ('seen', 1)") == (usual, 0)
    assert written("INSERT INTO campus (name, name_en) VALUES ('东校区', '')") == (usual + 1, 1)
    assert written("UPDATE campus SET name_en = 'East' WHERE name = '东校区'") == (usual + 1, 1)
    assert written("UPDATE counter SET value = 2") == (usual + 1, 0)
    assert written("DELETE FROM campus WHERE name = '东校区'") == (usual, 1)


@pytest.mark.parametrize("model", reference.tables(), ids=lambda model: model._meta.table_name)
def test_each_table_of_reference_data_tells(house, model):
    """Its triggers stand, on both databases."""
    mark = freshness.seen_reference()
    model.delete().where(model.id < 0).execute()
    if row_index.on_sqlite():  # there it is told row by row
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ? AND name LIKE 'reference_%'"
        assert len(database.execute_sql(triggers, (model._meta.table_name,)).fetchall()) == 3
    else:
        assert freshness.seen_reference() != mark


def test_who_began_first_and_ends_last_is_seen_too(house):
    """Two change reference data side by side; SQLite lets them do it one after the other."""
    first, second = open_database(house), open_database(house)
    marks = {freshness.seen_reference()}
    statement = "INSERT INTO campus (name, name_en) VALUES ('{}', '')"
    with first.connection_context(), second.connection_context():
        with contextlib.ExitStack() as stack:
            stack.enter_context(first.atomic())
            first.execute_sql(statement.format("河口校区"))
            if not row_index.on_sqlite():
                second.execute_sql(statement.format("滨江校区"))
                marks.add(freshness.seen_reference())
                second.execute_sql(statement.format("湖东校区"))
                marks.add(freshness.seen_reference())
        marks.add(freshness.seen_reference())
        assert len(marks) == (2 if row_index.on_sqlite() else 4)
        second.execute_sql(statement.format("山前校区"))
        kept = database.execute_sql("SELECT COUNT(*) FROM reference_change").fetchone()[0]
    assert kept <= 4, "what is over does not pile up"
    assert freshness.seen_reference() not in marks


def test_a_transaction_reads_reference_data_as_it_has_changed_it(campus):
    """And what it takes back was never kept for anybody."""
    usual = settings.value("photos.most")
    with database.atomic() as transaction:
        Setting.create(code="photos.most", value=usual - 1)
        assert settings.value("photos.most") == usual - 1
        transaction.rollback()
    assert settings.value("photos.most") == usual


def test_what_is_said_to_read_reference_data_reads_nothing_else(campus, client, sign_in):
    """Every function and every piece of a page that says so, asked by the pages that need it."""
    entities = {model._meta.table_name for model in reference.tables()} | {"reference_change"}
    reading, asked, called = [], {}, set()
    lasting = freshness.Lasting.__call__

    def watched(each, *about, **more):
        reading.append(each.__wrapped__.__qualname__)
        called.add(each)
        each._known = (None, {})
        try:
            return lasting(each, *about, **more)
        finally:
            reading.pop()

    draw = pieces.Shared.piece

    def drawn(self, place, keys, caller):
        def noting():
            reading.append(place)
            try:
                return caller()
            finally:
                reading.pop()

        return draw(self, place, keys, noting if place[0] == "lasting" and None not in keys else caller)

    whole = pieces.page

    def page(template, said, values):
        """What a whole page asks while it is drawn; the rows that it is of were read before."""

        def noting():
            reading.append(template)
            return values()

        try:
            return whole(template, said, values if said is None else noting)
        finally:
            if template in reading:
                reading.remove(template)

    def note(event):
        if reading:
            tables = set(re.findall(r'(?:FROM|JOIN) "?(\w+)"?', event.sql))
            asked.setdefault(reading[-1], set()).update(tables)

    thread, _notice, _listing = board.answered(campus), lost.published(campus), stall.published(campus)
    known = {each for each in gc.get_objects() if isinstance(each, freshness.Lasting)}
    known = {each for each in known if "test" not in each.__wrapped__.__module__}
    database.obj.query_hooks.append(note)
    try:
        with (
            mock.patch.object(freshness.Lasting, "__call__", watched),
            mock.patch.object(pieces.Shared, "piece", drawn),
            mock.patch.object(pieces, "page", page),
        ):
            pieces.clear()
            for path in (
                "/",
                "/supervision?period=term",
                "/lost-found",
                "/market",
                f"/supervision/{thread.number}",
                "/search?q=维修",
                "/lost-found/new",
            ):
                client.get(path, headers={"Accept-Language": "en"})
            visitor = sign_in(portal.R)
            portal.report(visitor)
            portal.report(visitor, "/repairs/quick", place="南3 502")
            everything(campus)
            sign_in("B").get("/me/matters", headers={"Accept-Language": "en"})
    finally:
        database.obj.query_hooks.remove(note)
    assert known - called == set(), "let this test ask for them too"
    assert {name: tables - entities for name, tables in asked.items() if tables - entities} == {}
