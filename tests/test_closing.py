"""Closing an account: facts stay, names go from every page, list, search and file; not while something is open."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from hall import accounts, clock, closing, contact, conversations, events, forgetting, supervision
from hall.words import Refused
from models import (
    ENTITIES,
    Delivery,
    Event,
    Grant,
    Listing,
    Notification,
    Person,
    PropertyNotice,
    RepairOrder,
    SignIn,
    Thread,
)
from tests import board, lost, postbox, stall
from tests.conftest import Campus
from tests.story import Story
from tests.visitor import PASSWORD, Visitor

SignedIn = Callable[..., Visitor]
NAME = "欧阳若汐"  # nobody of the campus is called so
PHONE_OF_B = "13911234567"
MAIL = "someone@example.edu.cn"


@pytest.fixture
def gone(campus: Campus) -> Person:
    """B, under a name of their own, after one thing of every kind that is over."""
    Person.update(name=NAME, phone=PHONE_OF_B).where(Person.id == campus.B.id).execute()
    story = Story(campus)
    story.who["B"] = campus.B
    story.order("closed", by=campus.B, phone=PHONE_OF_B)
    thread = board.published(campus, campus.B, shown_as="name")
    comment = supervision.comment(thread, by=campus.B, text="补充一下，周末也是这样。", shown_as="name")
    board.decided(comment, "publish", campus.M)
    Thread.update(status="done").where(Thread.id == thread.id).execute()
    notice = lost.published(campus, campus.B)
    notice.status = "returned"
    notice.save()
    listing = stall.reserved(campus, buyer=campus.B)
    talk = conversations.Conversation.get()
    conversations.say(talk, by=campus.B, text="下午三点可以吗？")
    stall.sold(campus, listing)
    contact.change(
        campus.B, by=campus.B, language="zh", by_mail=True, muted=[], quiet_from=None, quiet_until=None, digest_at=None
    )
    board.told(campus.A)
    assert not closing.obstacles(campus.B)
    return campus.B


def everywhere(visitor: Visitor, paths: list[str]) -> str:
    """Every one of the pages, and the links of each to more of the same, as one text."""
    said = []
    for path in paths:
        page = visitor.get(path, follow_redirects=True)
        assert page.status_code == 200, path
        said.append(page.text)
    return "\n".join(said)


def portal_pages() -> list[str]:
    thread, listing, notice = Thread.get(), Listing.get(), PropertyNotice.get()
    return [
        "/",
        "/supervision",
        f"/supervision/{thread.number}",
        "/lost-found?state=returned",
        f"/lost-found/{notice.number}",
        "/market",
        f"/market/{listing.number}",
        "/messages",
        "/messages/1",
        "/inbox",
        "/me",
        "/me/matters",
        f"/search?q={NAME}",
        "/supervision/feed.atom",
        "/supervision/log",
    ]


def panel_pages(gone: Person) -> list[str]:
    """Lists, rows, histories and files of every entity, the queues' pages and the look-ups."""
    order, thread, notice = RepairOrder.get(), Thread.get(), PropertyNotice.get()
    pages = [f"/admin/queue/repair/{order.number}", f"/admin/queue/supervision/{thread.number}"]
    pages += [f"/admin/queue/property_notice/{notice.number}", f"/admin/person/?search={NAME}"]
    for entity in ENTITIES:
        table = events.subject_type(entity)
        if entity is Event or any(key.rel_model is Person for key in entity._meta.refs):
            pages += [f"/admin/{table}/", f"/admin/{table}/export/csv/"]
        row = gone if entity is Person else entity.select().order_by(entity.id.desc()).first()
        if row is not None:
            pages += [f"/admin/{table}/details/?id={row.id}", f"/admin/{table}/history/?id={row.id}"]
    return pages


def fetched(visitor: Visitor, paths: list[str]) -> dict[str, str]:
    """What each page that this person may open says."""
    found = {}
    for path in paths:
        answer = visitor.get(path, follow_redirects=True)
        text = answer.text  # a file is sent while it is read
        if answer.status_code == 200:
            found[path] = text
    assert len(found) > len(paths) * 2 // 3
    return found


def test_nobody_reads_the_name_any_more(campus: Campus, sign_in: SignedIn, gone: Person) -> None:
    readers = {who: sign_in(who) for who in ("A", "X")}
    pages = {"A": portal_pages(), "X": [*portal_pages(), *panel_pages(gone)]}
    before = {who: fetched(visitor, pages[who]) for who, visitor in readers.items()}
    named = {path for who in before for path, text in before[who].items() if NAME in text and "search" not in path}
    assert len(named) > 12, named  # or this test would look where nobody was ever named
    own = sign_in("B")
    assert own.submit("/me/close", password=PASSWORD, sure="y").location.endswith("/me/closed")
    for who, visitor in readers.items():
        for path, text in fetched(visitor, pages[who]).items():
            if NAME in path or "search" in path:
                text = text.replace(f'value="{NAME}"', "").replace(f"“{NAME}”", "")
            for said in (NAME, gone.number, PHONE_OF_B):
                assert said not in text.replace(f"q={NAME}", ""), f"{path} tells {who} of {said}"
    # The session is dead, the account opens nothing, and what was done still stands.
    assert own.get("/me").status_code == 302
    with pytest.raises(Refused):
        accounts.sign_in(gone.number, PASSWORD)
    assert RepairOrder.get().reporter_id == gone.id and RepairOrder.get().phone == ""
    assert not SignIn.select().where(SignIn.person == gone.id, SignIn.ended.is_null()).exists()
    for subject in {(row.subject_type, row.subject_id) for row in Event.select()}:
        chain = Event.select().where(Event.subject_type == subject[0], Event.subject_id == subject[1])
        assert not events.broken_links(chain.order_by(Event.seq))


def test_what_was_told_of_a_worker_names_them_no_more(
    campus: Campus, sign_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    Person.update(name=NAME).where(Person.id == campus.W1.id).execute()
    with postbox.opened() as (_box, port):
        postbox.use(port, monkeypatch)
        postbox.reader(campus.A)
        order = Story(campus).order("closed")
        postbox.post()
    assert any(NAME in row.subject for row in Delivery.select())
    assert any(NAME in row.text for row in Notification.select())
    Grant.delete().where(Grant.person == campus.W1.id).execute()
    visitor = sign_in("A")
    assert NAME in visitor.get(f"/repairs/{order.number}").text
    worker = campus.W1
    closing.close(worker, by=worker, password=PASSWORD)
    assert NAME not in everywhere(visitor, [f"/repairs/{order.number}", "/inbox", "/repairs"])
    assert forgetting.FORGOTTEN in visitor.get(f"/repairs/{order.number}").text
    assert not any(NAME in row.text for row in Notification.select())
    assert not any(NAME in row.subject for row in Delivery.select())
    assert NAME not in everywhere(sign_in("X"), [f"/admin/queue/repair/{order.number}", "/admin/notification/"])


def test_a_namesake_keeps_their_name(campus: Campus, gone: Person) -> None:
    """Where two are called the same, only who closed the account is unnamed."""
    Person.update(name=NAME).where(Person.id == campus.W2.id).execute()
    order = Story(campus).order("reported", by=campus.A)
    closing.close(gone, by=gone, password=PASSWORD)
    events.record(order, "note", "备注", by=campus.W2, details={"who": NAME})
    last = events.timeline(order)[0]
    assert (last.actor_name, last.details["who"]) == (NAME, NAME)
    assert events.timeline(RepairOrder.get(RepairOrder.reporter == gone.id))[-1].actor_name == forgetting.FORGOTTEN


def test_not_while_something_is_open(campus: Campus, sign_in: SignedIn) -> None:
    order = Story(campus).order("reported", by=campus.B)
    stall.published(campus, campus.B)
    visitor = sign_in("B")
    page = visitor.get("/me/close").text
    assert order.number in page and "二手市场" in page and 'name="password"' not in page
    answer = visitor.post("/me/close", password=PASSWORD, sure="y")
    assert answer.status_code == 409 and campus.B.forgotten is None
    staff = sign_in("lead")
    assert "工作角色" in staff.get("/me/close").text
    assert staff.post("/me/close", password=PASSWORD, sure="y").status_code == 409


def test_the_password_is_asked(campus: Campus, sign_in: SignedIn) -> None:
    visitor = sign_in("B")
    answer = visitor.submit("/me/close", password="not this one", sure="y")
    assert answer.status_code == 400 and "密码不对" in answer.text
    assert visitor.submit("/me/close", password=PASSWORD).status_code == 400  # not sure
    assert campus.B.forgotten is None
    with pytest.raises(Refused):
        closing.close(campus.B, by=campus.A, password=PASSWORD)
    me = campus.B
    closing.close(me, by=me, password=PASSWORD)
    with pytest.raises(Refused):
        closing.close(me, by=me, password=PASSWORD)
    assert Event.select().where(Event.name == forgetting.CLOSED).count() == 1


def test_a_room_is_free_and_the_roster_may_come_again(campus: Campus) -> None:
    me = campus.B
    number, bed = me.number, me.bed_id
    closing.close(me, by=me, password=PASSWORD)
    Person.create(number=number, name="新来的", kind="student", bed=bed, created=clock.now() + timedelta(days=1))
    assert Person.get(Person.number == number).id != me.id
