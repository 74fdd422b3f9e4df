"""What visitors get is kept as it was rendered, and never shown once the database says something else."""

import gzip
import re
from datetime import timedelta

import pytest

import pieces
import templating
from app import open_database
from hall import clock, events, freshness, lost_reading, moderation, numbers, repairs
from models import Answer, Comment, Department, MaintenanceGroup, Person, RepairOrder, Reply, SiteText, Thread
from tests import asking, board, lost, portal, stall

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


# --- whole pages -------------------------------------------------------------------------------------


def read_twice(client, made, path):
    """The page of `path` as visitors get it now, which must be what it is where nothing at all is kept."""
    for _attempt in range(50):
        minute = clock.now().minute
        shown = client.get(path).text
        made.anew()
        anew = client.get(path).text
        if minute == clock.now().minute:
            assert shown == anew
            return shown
    return pytest.fail("each attempt took more than a minute")


def test_a_page_outlives_what_it_does_not_say(campus, client, sign_in, made, monkeypatch):
    """Somebody else's commit ends no list and no thread of which it changes nothing; a reader's own is never kept."""
    thread, _notice, _listing = board.answered(campus), lost.published(campus), stall.published(campus)
    student = sign_in("A")
    drawn, render = [], pieces.render_template

    def counting(template, **values):
        drawn.append(template)
        return render(template, **values)

    monkeypatch.setattr(pieces, "render_template", counting)
    for path in ("/supervision", f"/supervision/{thread.number}", "/lost-found?kind=lost", "/market"):

        def read_three_times(path=path):
            drawn.clear()
            for _turn in range(3):
                client.get(path)
                Person.update(phone=f"1390000{len(drawn):04}").where(Person.id == campus.kept.id).execute()
                assert "/signout" in student.get(path).text
            return len(drawn)

        for _attempt in range(20):
            minute = clock.now().minute
            made.anew()
            times = read_three_times()
            if minute == clock.now().minute:
                break
        own = 0 if path.startswith("/supervision/") else 3  # of a thread that is theirs a reader gets another page
        assert times == 1 + own, path


def test_a_thread_shows_each_change_of_what_it_says(campus, client, made):
    thread = board.answered(campus, board.forwarded(campus, shown_as="name"))
    other = board.published(campus, by=campus.B, title="另一个帖子")
    path = f"/supervision/{thread.number}"
    comment, reply = board.commented(campus, thread, by=campus.kept), Reply.get(Reply.thread == thread.id)
    board.decided(comment, "publish", campus.M)
    order = portal.reported(campus.kept)

    def changes(model, row, **values):
        return lambda: model.update(**values).where(model.id == row.id).execute()

    def answer():
        which = asking.asked(campus.X, "where", about="", asked_of="thread")
        Answer.create(question=which, subject_type="thread", subject_id=thread.id, value="二楼左手")

    before = read_twice(client, made, path)
    for change in (
        changes(Thread, thread, title="汤已经热了"),
        changes(Thread, thread, supports=3),
        changes(Person, campus.A, name="改名的人"),
        changes(Reply, reply, text="换了一台保温台"),
        changes(Reply, reply, promised="2031-05-06"),
        changes(Comment, comment, text="现在好多了"),
        changes(Comment, comment, moderation="hidden"),
        changes(Department, thread.department, name="新饮食中心"),
        changes(Thread, thread, main=other.id, status="merged"),
        changes(Thread, other, title="主帖换了题目"),
        changes(Thread, thread, main=None, status="answered", order=order.id),
        changes(RepairOrder, order, status="accepted"),
        lambda: events.record(order, "accept", "受理", by=campus.lead, source="submitted", target="accepted"),
        changes(Thread, thread, order=None),
        answer,
        lambda: Answer.update(value="三楼右手").execute(),
    ):
        change()
        after = read_twice(client, made, path)
        assert after != before, change
        before = after
    changes(Thread, thread, moderation="hidden")()
    assert client.get(path).status_code == 404


def test_a_list_shows_each_change_of_what_it_says(campus, client, made):
    thread, notice, listing = board.published(campus), lost.published(campus), stall.published(campus)

    def changes(row, **values):
        return lambda: type(row).update(**values).where(type(row).id == row.id).execute()

    for path, edits in {
        "/supervision": [
            changes(thread, title="汤已经热了"),
            changes(thread, forwarded=clock.now(), department=Department.get(Department.code == "HQ-YS").id),
            changes(thread, status="handling", due=clock.now() - timedelta(days=1)),
            changes(thread, moderation="hidden"),
        ],
        f"/lost-found?kind={notice.kind}": [
            changes(notice, title="一把黑伞"),
            changes(notice, status="verifying"),
            changes(notice.item_kind, name="雨具"),
            lambda: numbers.count_up(lost_reading.RETURNED),
            changes(notice, is_live=False),
        ],
        "/market": [
            changes(listing, price_fen=123400),
            changes(listing, is_negotiable=not listing.is_negotiable),
            changes(listing.place, name="新的地点"),
            changes(listing, favourites=7),
            changes(listing, is_live=False),
        ],
    }.items():
        before = read_twice(client, made, path)
        for change in edits:
            change()
            after = read_twice(client, made, path)
            assert after != before, path
            before = after


def test_an_order_shows_each_change_of_what_it_says_to_whoever_reads_it(campus, sign_in):
    """What is kept of its page for the reporter is not what staff reads, and neither outlives what it says."""
    order = repairs.accept(portal.reported(campus.A), by=campus.lead)
    order = repairs.dispatch(order, by=campus.lead, workers=[campus.W1])
    readers = {name: sign_in(name) for name in ("A", "lead", "finance")}

    def read():
        """What each of them gets, without the tokens of forms; it must be what it is where nothing is kept."""
        for _attempt in range(50):
            minute, found = clock.now().minute, []
            for clear in (lambda: None, pieces.clear):
                pages = {}
                for name, reader in readers.items():
                    clear()
                    pages[name] = re.sub(r'value="[^"]*"', "", reader.get(f"/repairs/{order.number}").text)
                found.append(pages)
            if minute == clock.now().minute:
                assert found[0] == found[1]
                return found[0]
        return pytest.fail("each attempt took more than a minute")

    def changes(model, row, **values):
        return lambda: model.update(**values).where(model.id == row.id).execute()

    def answer():
        which = asking.asked(campus.X, "where", about="")
        Answer.create(question=which, subject_type="repair_order", subject_id=order.id, value="二楼左手")

    before = read()
    assert len(set(before.values())) == 3
    assert f"tel:{order.phone}" in before["lead"]
    assert f"tel:{order.phone}" not in before["A"]
    for change in (
        changes(RepairOrder, order, description="龙头整个松了"),
        changes(Person, campus.W1, name="改名的师傅"),
        changes(MaintenanceGroup, order.group, phone="0571-12345"),
        lambda: events.record(order, "comment", "留言", by=campus.A, details={"text": "谢谢师傅"}),
        answer,
        lambda: Answer.update(value="三楼右手").execute(),
    ):
        change()
        after = read()
        assert after["A"] != before["A"]
        assert after["lead"] != before["lead"]
        before = after
