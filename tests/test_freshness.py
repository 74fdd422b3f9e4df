"""What a process keeps is what the database says, whoever changed it."""

from app import open_database
from hall import freshness, setting_changes, settings
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
