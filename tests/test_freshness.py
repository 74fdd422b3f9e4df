"""What a process keeps is what the database says, whoever changed it."""

from app import open_database
from hall import freshness, settings
from models import Setting, database


def test_the_mark_stays_until_somebody_commits(house):
    mark = freshness.look()
    Setting.select().count()
    assert freshness.look() == mark
    other = open_database(house)
    with other.connection_context(), other.atomic():
        other.execute_sql("INSERT INTO counter (name, value) VALUES ('seen', 1)")
        assert freshness.look() == mark, "nothing is committed yet"
    changed = freshness.look()
    assert changed != mark
    with database.atomic():
        database.execute_sql("INSERT INTO counter (name, value) VALUES ('own', 1)")
    assert freshness.look() not in (mark, changed)


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
    usual = settings.value("photos.most")
    with database.atomic() as transaction:
        Setting.create(code="photos.most", value=usual - 1)
        settings.forget()
        assert settings.value("photos.most") == usual - 1
        transaction.rollback()
    assert settings.value("photos.most") == usual


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
