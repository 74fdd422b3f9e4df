"""What visitors get is kept as it was rendered, and never shown once the database says something else."""

import gzip
from datetime import timedelta

import pytest

import pieces
import templating
from app import open_database
from hall import clock, freshness, moderation
from models import SiteText, Thread
from tests import board

PAGES = ["/", "/supervision", "/lost-found", "/market", "/notices", "/open", "/services"]


class Made(list):
    """Paths, of pages that were made."""

    def __init__(self, pages):
        self.pages = pages

    def anew(self):
        """Begin with nothing made and nothing kept."""
        self.clear()
        self.pages.shelf.clear()
        pieces.clear()


@pytest.fixture
def made(whole_app, monkeypatch):
    """The paths for which the application was asked and not what is kept."""
    pages = whole_app.extensions["rendered"]
    asked, application = Made(pages), pages.application
    asked.anew()

    def asking(environ, start):
        asked.append(environ["PATH_INFO"])
        return application(environ, start)

    monkeypatch.setattr(pages, "application", asking)
    return asked


def undisturbed(made, act):
    """What `act` gives when nobody writes meanwhile, and no minute ends: the other process of the run shares the
    PostgreSQL server."""
    for _attempt in range(200):
        mark, minute = freshness.look(), clock.now().minute
        made.anew()
        found = act()
        if (freshness.look(), clock.now().minute) == (mark, minute):
            return found
    pytest.fail("somebody wrote all the time")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_rendered_once(client, made, path):
    """The second visitor gets what was made for the first, whoever has it already gets 304, each language its own."""
    gzipped = {"Accept-Encoding": "gzip"}

    def three_ways():
        first, second, packed = client.get(path), client.get(path), client.get(path, headers=gzipped)
        return first, second, packed, client.get(path, headers={**gzipped, "If-None-Match": packed.headers["ETag"]})

    first, second, packed, again = undisturbed(made, three_ways)
    assert made.count(path) == 2, "once as it is, once packed"
    assert second.status_code == 200
    assert (second.data, second.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert gzip.decompress(packed.data) == first.data
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == packed.headers["ETag"]
    assert {"Cookie", "Accept-Language", "Accept-Encoding"} <= set(again.headers["Vary"].split(", "))
    english = client.get(path, headers={"Accept-Language": "en"})
    assert 'lang="en"' in english.text
    assert 'lang="zh-Hans-CN"' in second.text


def test_what_is_published_edited_or_hidden_shows_at_once(campus, client, made):
    """Through the verbs, whichever process called them; the second store is that of another worker."""
    path = "/supervision"
    assert board.TITLE not in client.get(path).text
    thread = board.published(campus)
    shown = client.get(path)
    assert board.TITLE in shown.text
    assert board.TITLE in client.get(f"/supervision/{thread.number}").text
    known = {"If-None-Match": shown.headers["ETag"]}
    assert undisturbed(made, lambda: client.get(path, headers=known)).status_code == 304
    Thread.update(title="汤已经热了").where(Thread.id == thread.id).execute()
    edited = client.get(path, headers=known)
    assert edited.status_code == 200
    assert "汤已经热了" in edited.text
    moderation.decide(Thread.get_by_id(thread.id), "hide", by=campus.M, code="untrue")
    assert "汤已经热了" not in client.get(path).text
    assert client.get(f"/supervision/{thread.number}").status_code == 404


def test_what_another_process_writes_shows_at_once(house, client, made):
    client.get("/")
    other = open_database(house)
    with other.connection_context(), SiteText.bind_ctx(other):
        SiteText.update(text="今天停水").where(SiteText.code == "footer").execute()
    assert "今天停水" in client.get("/").text
    other.close_all() if hasattr(other, "close_all") else other.close()


def test_a_reader_of_one_s_own_is_never_kept(client, sign_in, made):
    """Neither does one who has signed in read what visitors get, nor leave anything behind for them."""
    student = sign_in("A")
    made.clear()
    for _turn in range(2):
        page = student.get("/")
        assert "ETag" not in page.headers
        assert page.headers["Cache-Control"] == "no-store"
    assert made == ["/"] * 2
    assert client.get("/").data != page.data
    assert made == ["/"] * 3
    # A page with a form gives its reader a token in a cookie.
    assert "Set-Cookie" in client.get("/signin").headers
    made.clear()
    assert client.get("/").status_code == 200
    assert made == ["/"], "this visitor has a session now"


def test_errors_and_detours_are_not_kept(client, made):
    for path in ("/supervision/GF0000000000", "/repairs/new", "/static/hall.css", "/health/live", "/search?q=%00"):
        answers = {client.get(path).status_code for _turn in range(2)}
        assert made.count(path.partition("?")[0]) == 2, (path, answers)


def test_what_is_said_of_the_time_is_said_anew_each_minute(client, made, freeze):
    freeze(clock.now().replace(second=5))
    undisturbed(made, lambda: [client.get("/") for _turn in range(2)])
    assert len(made) == 1
    made.clear()
    freeze(clock.now() + timedelta(minutes=1))
    client.get("/")
    assert made == ["/"]


def test_a_process_keeps_only_so_much(client, made, whole_app, monkeypatch):
    monkeypatch.setattr(whole_app.extensions["rendered"].shelf, "most", 10_000)
    client.get("/")
    client.get("/services")
    client.get("/")
    assert made == ["/", "/services", "/"]


# --- pieces of pages ---------------------------------------------------------------------------------


def test_a_piece_is_made_once_for_all_pages(campus, client, made, monkeypatch):
    """The row of a thread is drawn once, whatever the address; what stands around it is each page's own."""
    thread, drawn, draw = board.published(campus), [], templating._time_said

    def counting(moment, *about):
        drawn.append(moment)
        return draw(moment, *about)

    def two_pages():
        drawn.clear()
        return client.get("/supervision?one=1"), client.get("/supervision?two=2")

    monkeypatch.setattr(templating, "_time_said", counting)
    first, second = undisturbed(made, two_pages)
    assert len(made) == 2
    assert drawn == [thread.published]
    assert f'href="/supervision/{thread.number}"' in second.text
    assert first.text.count("row-title") == second.text.count("row-title") == 1


def test_a_piece_is_never_for_one_reader(campus, client, sign_in):
    """Who has signed in gets the frame of their own, before and after a visitor was here; languages stay apart."""
    student = sign_in("A")
    for _turn in range(2):
        visitor = client.get("/supervision")
        assert 'href="/signin"' in visitor.text
        assert "csrf" not in visitor.text
        own = student.get("/supervision")
        assert 'href="/signin"' not in own.text
        assert "/signout" in own.text
        english = client.get("/supervision", headers={"Accept-Language": "en"})
        assert "Sign in" in english.text
        assert "登录" not in english.text
        assert "登录" in visitor.text


def test_a_piece_changes_with_the_database(campus, client):
    thread = board.published(campus)
    assert board.TITLE in client.get("/supervision?a=1").text
    Thread.update(title="汤已经热了").where(Thread.id == thread.id).execute()
    changed = client.get("/supervision?a=2").text
    assert "汤已经热了" in changed
    assert board.TITLE not in changed
