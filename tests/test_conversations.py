"""Two people talk inside the hall: who may with whom, about what, how much; and that no number gets across."""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import models
from hall import accounts, bulk, clock, conversations, covering, events, lost_found, market, moderation, notify
from hall.words import Refused, TooOften
from models import (
    Conversation,
    Event,
    Listing,
    Message,
    Person,
    PropertyNotice,
    SensitiveWord,
    TrustLevel,
)
from tests import lost, stall
from tests.board import decided
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn
from tests.test_board_plans import assert_bounded, read_whole

HELLO = "还在吗？周六下午可以看车吗"


def begun(campus: Campus, thing: Any = None, by: Person | None = None, text: str = HELLO) -> Conversation:
    """B asks A about a bicycle that is on sale."""
    return conversations.start(thing or stall.published(campus), by=by or campus.B, text=text)


def texts(talk: Conversation, person: Person) -> list[str]:
    return [message.text for message in conversations.page(talk, person)[0]]


def now(talk: Conversation) -> Conversation:
    return Conversation.get_by_id(talk.id)


def test_it_works(campus: Campus) -> None:
    listing = stall.published(campus)
    talk = begun(campus, listing)
    assert (talk.owner, talk.starter) == (campus.A, campus.B)
    assert conversations.about(talk) == listing
    conversations.say(talk, by=campus.A, text="在的，两点以后都行")
    assert texts(talk, campus.B) == texts(talk, campus.A) == [HELLO, "在的，两点以后都行"]
    assert conversations.unread(campus.A) == conversations.unread(campus.B) == 1
    conversations.read(talk, by=campus.A)
    assert (conversations.unread(campus.A), conversations.unread(campus.B)) == (0, 1)


# --- who with whom -----------------------------------------------------------------------------------


def test_a_second_start_goes_on_where_one_was(campus: Campus) -> None:
    listing = stall.published(campus)
    first, again = begun(campus, listing), begun(campus, listing, text="还想问一下价格")
    assert first == again
    assert texts(first, campus.A) == [HELLO, "还想问一下价格"]
    other = begun(campus, listing, campus.W1)
    assert other != first
    assert texts(other, campus.A) == [HELLO]


def test_a_stranger_reads_and_says_nothing(campus: Campus) -> None:
    talk = begun(campus)
    for stranger in (campus.W1, campus.X, campus.M):
        assert conversations.of(stranger, talk.id) is None
        assert conversations.page(talk, stranger) == ([], None)
        assert conversations.mine(stranger) == ([], "")
        with pytest.raises(Refused):
            conversations.say(talk, by=stranger, text="我也想要")
        conversations.read(talk, by=stranger)
    assert Message.select().count() == 1
    assert conversations.unread(campus.A) == 1


def test_nobody_asks_themselves(campus: Campus) -> None:
    with pytest.raises(Refused, match="您自己发布"):
        conversations.start(stall.published(campus), by=campus.A, text=HELLO)


STARTS: list[tuple[str, Callable[[Campus], Any]]] = [
    ("waits", lambda campus: stall.offered(campus.A)),
    ("rejected", lambda campus: decided(stall.offered(campus.A), "reject", campus.M, code="advert")),
    ("hidden", lambda campus: moderation.hide(stall.published(campus), by=campus.M, code="privacy")),
    ("withdrawn", lambda campus: moderation.withdraw(stall.published(campus), by=campus.A)),
    ("down", lambda campus: market.take_down(stall.published(campus), by=campus.A)),
    ("sold", lambda campus: stall.sold(campus)),
    ("notice waits", lambda campus: lost.posted(campus.A)),
    ("returned", lambda campus: lost.returned(campus)),
    ("private card", lambda campus: card(campus)),
]


@pytest.mark.parametrize(("state", "make"), STARTS, ids=[state for state, _make in STARTS])
def test_nobody_asks_about_what_is_not_open_to_them(campus: Campus, state: str, make: Callable[[Campus], Any]) -> None:
    thing = make(campus)
    with pytest.raises(Refused):
        conversations.start(type(thing).get_by_id(thing.id), by=campus.W1, text=HELLO)
    assert not Conversation.select().where(Conversation.starter == campus.W1).exists()


def test_a_stale_row_does_not_open_what_has_closed(campus: Campus) -> None:
    listing = stall.published(campus)
    market.take_down(listing, by=campus.A)
    listing.is_live, listing.moderation = True, "published"  # as the page had it
    with pytest.raises(Refused):
        begun(campus, listing)


def card(campus: Campus, by: Person | None = None) -> PropertyNotice:
    """B's campus card, found by A."""
    given = {"item_kind": "campus_card", "card_number": campus.B.number, "hidden_detail": "", "title": "校园卡一张"}
    notice = lost.posted(by or campus.A, text="在二食堂捡到", question="", tags="", **given)
    assert notice.moderation == "private"
    return notice


def test_the_owner_of_a_card_talks_with_the_finder(campus: Campus) -> None:
    notice = card(campus)
    talk = begun(campus, notice)
    assert conversations.described(talk, notice, campus.A) == ("卡主", "一位同学")
    assert conversations.described(talk, notice, campus.B) == ("捡到的人", "一位同学")
    conversations.say(talk, by=campus.A, text="放在宿管那里可以吗")


def closed(person: Person) -> None:
    Person.update(is_closed=True).where(Person.id == person.id).execute()


@pytest.mark.parametrize("leaves", ["A", "B"])
def test_nobody_talks_with_who_has_left(campus: Campus, leaves: str) -> None:
    talk, listing = begun(campus), Listing.get()
    closed(getattr(campus, leaves))
    for person in (campus.A, campus.B):
        with pytest.raises(Refused):
            conversations.say(talk, by=person, text="在吗")
    with pytest.raises(Refused):
        conversations.start(listing, by=campus.B, text="在吗")
    assert Message.select().count() == 1


@pytest.mark.parametrize("step", ["hide", "withdraw"])
def test_talk_ends_with_what_it_is_about(campus: Campus, step: str) -> None:
    talk, listing = begun(campus), Listing.get()
    if step == "hide":
        moderation.hide(listing, by=campus.M, code="illegal")
    else:
        moderation.withdraw(listing, by=campus.A)
    for person in (campus.A, campus.B):
        with pytest.raises(Refused) as refused:
            conversations.say(talk, by=person, text="在吗")
        assert refused.value.stale
        assert texts(talk, person) == [HELLO]  # what was said stays to be read


@pytest.mark.parametrize("goes_on", ["take_down", "reserve", "sold"])
def test_talk_goes_on_while_it_is_public(campus: Campus, goes_on: str) -> None:
    talk, listing = begun(campus), Listing.get()
    if goes_on == "take_down":
        market.take_down(listing, by=campus.A)
    else:
        stall.reserved(campus, listing) if goes_on == "reserve" else stall.sold(campus, stall.reserved(campus, listing))
    conversations.say(talk, by=campus.B, text="谢谢")


def test_who_waits_for_the_hand_over_may_always_talk(campus: Campus) -> None:
    """The thing lies at the desk, and its notice is hidden: the claim stands."""
    notice = lost.accepted(campus, lost.kept(campus))
    talk, stranger = begun(campus, notice), begun(campus, notice, campus.W1)
    moderation.hide(notice, by=campus.M, code="privacy")
    assert PropertyNotice.get().status == "to_hand_over"
    conversations.say(talk, by=campus.B, text="我周五去取")
    conversations.say(talk, by=campus.A, text="好的")
    with pytest.raises(Refused):
        conversations.say(stranger, by=campus.W1, text="在吗")


def test_three_denials_end_the_questions_too(campus: Campus) -> None:
    notice = lost.published(campus)
    talk = begun(campus, notice)
    for _each in range(3):
        conversations.say(talk, by=campus.B, text="里面写了什么字")
        lost_found.deny_claim(lost.claimed(campus, PropertyNotice.get()), by=campus.A, reason="说得不对")
    with pytest.raises(Refused, match="多次未通过"):
        conversations.say(talk, by=campus.B, text="再给点提示")
    begun(campus, PropertyNotice.get(), campus.W1)  # others may go on asking


# --- what is seen of the other -----------------------------------------------------------------------


def test_names_are_for_who_will_meet(campus: Campus) -> None:
    listing = stall.published(campus)
    talk, other = begun(campus, listing), begun(campus, listing, campus.W1)
    seen = lambda who, of: conversations.described(now(of), stall.now(listing), who)  # noqa: E731
    assert seen(campus.B, talk) == ("卖家", "一位同学")
    assert seen(campus.A, talk) == ("询问的人", "一位同学")
    assert seen(campus.A, other) == ("询问的人", "一位教职工")
    market.reserve(listing, by=campus.A, buyer=campus.B)
    assert seen(campus.B, talk) == ("卖家", campus.A.name)
    assert seen(campus.A, talk) == ("买家", campus.B.name)
    assert seen(campus.A, other) == ("询问的人", "一位教职工")
    assert seen(campus.W1, other) == ("卖家", "一位同学")
    market.release(stall.now(listing), by=campus.B)
    assert seen(campus.A, talk) == ("询问的人", "一位同学")


@pytest.mark.parametrize("at_the_desk", [False, True])
def test_names_at_the_hand_over(campus: Campus, at_the_desk: bool) -> None:
    """Where the desk hands it over, finder and owner do not meet."""
    notice = lost.kept(campus) if at_the_desk else lost.published(campus)
    talk = begun(campus, notice)
    assert conversations.described(talk, notice, campus.B) == ("捡到的人", "一位同学")
    notice = lost.accepted(campus, notice)
    name = "一位同学" if at_the_desk else campus.A.name
    assert conversations.described(talk, notice, campus.B) == ("捡到的人", name)


def test_the_desk_is_called_the_desk(campus: Campus) -> None:
    notice = decided(lost.registered(campus), "publish", campus.M)
    talk = begun(campus, notice)
    assert conversations.described(talk, notice, campus.B) == ("捡到的人", "失物招领值守点")


NUMBERS = [
    "13912345678",
    "139 1234 5678",
    "１３９１２３４５６７８",
    "一三九一二三四五六七八",
    "微信 bike_2026",
    "QQ：1234567",
    "a.b@example.com",
    "0411-84706000",
    "2026010018",
]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_covered_for_both(campus: Campus, number: str) -> None:
    talk = begun(campus, text=f"联系我 {number} 谢谢")
    conversations.say(talk, by=campus.A, text=f"我是 {number} 谢谢")
    for message in texts(talk, campus.A):
        assert "＊＊＊＊" in message
        assert number not in message
        assert message.startswith(("联系我", "我是"))
        assert message.endswith(" 谢谢")
    stored = [row.text for row in Message.select()]
    assert not any(number in text for text in stored)


def test_the_phone_of_one_of_the_two_is_covered_in_any_form(campus: Campus) -> None:
    listing = stall.published(campus)
    accounts.change_phone(campus.A, by=campus.A, phone="8470 6001")
    talk = begun(campus, listing)
    said = conversations.say(talk, by=campus.A, text="打8 4 7-0 6、0 0 1就行")
    assert not set("8470601") & set(said.text)
    assert said.text.endswith("就行")


def test_ordinary_words_are_left_alone(campus: Campus) -> None:
    said = "2026 年买的，26 寸，300 元，南3 门口 14:30 见，第 12 页"
    assert texts(begun(campus, text=said), campus.A) == [said]


def test_numbers_get_across_between_those_who_deal(campus: Campus) -> None:
    listing = stall.published(campus)
    talk, other = begun(campus, listing), begun(campus, listing, campus.W1)
    market.reserve(listing, by=campus.A, buyer=campus.B)
    assert conversations.say(talk, by=campus.A, text="打我 13912345678").text == "打我 13912345678"
    assert conversations.say(talk, by=campus.B, text="我的卡 4111111111111111").text == "我的卡 " + "＊" * 16
    assert "139" not in conversations.say(other, by=campus.A, text="打我 13912345678").text
    with clock.at(clock.now() + timedelta(hours=73)):  # before the timer has run
        assert "139" not in conversations.say(talk, by=campus.A, text="打我 13912345678").text


def test_numbers_never_get_across_about_lost_things(campus: Campus) -> None:
    talk = begun(campus, lost.accepted(campus))
    assert "139" not in conversations.say(talk, by=campus.A, text="打我 13912345678").text


def test_refused_words_refuse_and_masked_words_are_masked(campus: Campus) -> None:
    SensitiveWord.create(word="坏词", action="refuse")
    SensitiveWord.create(word="笨蛋", action="mask")
    talk = begun(campus)
    with pytest.raises(Refused) as refused:
        conversations.say(talk, by=campus.A, text="这个坏 词")
    assert refused.value.field == "text"
    assert conversations.say(talk, by=campus.A, text="你这个笨蛋").text == "你这个＊＊"
    assert Message.select().count() == 2


def test_a_number_below_a_graver_word_is_covered(campus: Campus) -> None:
    SensitiveWord.create(word="bike", action="hold")
    assert covering.covered("微信 bike_2026", numbers=True) == "微信 " + "＊" * 9


@pytest.mark.parametrize("text", ["", "   ", "\u200b \x00", "长" * 1001])
def test_what_is_no_message(campus: Campus, text: str) -> None:
    with pytest.raises(Refused) as refused:
        begun(campus, text=text)
    assert refused.value.field == "text"
    assert not Conversation.select().exists()


# --- once, limits ------------------------------------------------------------------------------------


def test_what_is_sent_twice_is_said_once(campus: Campus) -> None:
    listing = stall.published(campus)
    first = conversations.start(listing, by=campus.B, text=HELLO, once="one")
    assert conversations.start(listing, by=campus.B, text=HELLO, once="one") == first
    said = conversations.say(first, by=campus.A, text="在", once="two")
    assert conversations.say(first, by=campus.A, text="在", once="two") == said
    assert Message.select().count() == 2
    with pytest.raises(Refused):
        conversations.say(first, by=campus.B, text="在", once="two")
    assert Event.select().where(Event.subject_type == "conversation", Event.name == "say").count() == 2


def test_ten_at_once_are_one_and_two_at_once_are_two(campus: Campus) -> None:
    """The same form ten times; then both talk at once: the chain of events holds."""
    listing, done = stall.published(campus), []

    def at_once(*acts: Callable[[], Any]) -> None:
        def run(act: Callable[[], Any]) -> None:
            try:
                done.append(act())
            finally:
                models.database.close()

        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    a, b = campus.A, campus.B
    at_once(*[lambda: conversations.start(listing, by=b, text=HELLO, once="one")] * 10)
    assert len(done) == 10
    assert (Conversation.select().count(), Message.select().count()) == (1, 1)
    talk = Conversation.get()
    at_once(*[lambda p=p, n=n: conversations.say(talk, by=p, text=f"第 {n} 句") for n in range(6) for p in (a, b)])
    assert Message.select().count() == 13
    chain = Event.select().where(Event.subject_type == "conversation").order_by(Event.seq)
    assert [event.seq for event in chain] == list(range(1, 14))
    assert not events.broken_links(chain)


def test_an_event_says_nothing_of_what_was_said(campus: Campus) -> None:
    talk = begun(campus, text="暗号在这里")
    event = Event.get(Event.subject_type == "conversation")
    assert event.details == {"message": Message.get().id}
    assert event.name == "say"
    assert talk.latest == Message.get().created


def test_new_conversations_a_day_follow_trust(campus: Campus) -> None:
    TrustLevel.update(talks_a_day=2).execute()
    first, second, third = (stall.published(campus, title=f"第 {n} 辆自行车") for n in range(3))
    begun(campus, first)
    begun(campus, second)
    begun(campus, first)  # goes on
    with pytest.raises(TooOften):
        begun(campus, third)
    with clock.at(clock.now() + timedelta(days=1)):
        begun(campus, third)


def test_messages_a_day(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "talk.messages_a_day", 3)
    talk = begun(campus)
    for _each in range(2):
        conversations.say(talk, by=campus.B, text="在吗")
    with pytest.raises(TooOften):
        conversations.say(talk, by=campus.B, text="在吗")
    conversations.say(talk, by=campus.A, text="在")


# --- unread ------------------------------------------------------------------------------------------


def test_only_what_was_shown_counts_as_read(campus: Campus) -> None:
    talk = begun(campus)
    shown = Message.get().id
    conversations.say(talk, by=campus.B, text="还有一件事")
    conversations.read(talk, by=campus.A, seen=shown)
    assert conversations.unread(campus.A) == 1
    conversations.say(talk, by=campus.A, text="好", seen=2**31 - 1)
    assert conversations.unread(campus.A) == 0
    assert now(talk).owner_read == max(message.id for message in Message.select())
    conversations.read(talk, by=campus.A, seen=shown)
    assert conversations.unread(campus.A) == 0  # it never becomes unread again


def test_answering_without_having_seen_leaves_it_unread(campus: Campus) -> None:
    talk = begun(campus)
    conversations.say(talk, by=campus.A, text="在")
    assert conversations.unread(campus.A) == 1


def test_unread_is_counted_over_both_sides_and_capped(campus: Campus) -> None:
    mine, theirs = begun(campus), begun(campus, stall.published(campus, campus.B), campus.A)
    rows = [{"conversation": talk, "author": campus.B, "text": "在吗"} for talk in (mine, theirs) for _n in range(70)]
    Message.insert_many(rows).execute()
    assert conversations.unread(campus.A) == 100
    assert [row.unread for row in conversations.mine(campus.A)[0]] == [70, 71]
    assert notify.waiting(campus.A) == (0, 100)
    conversations.read(mine, by=campus.A)
    assert conversations.unread(campus.A) == 70


def test_reading_reads_the_notice_of_it(campus: Campus) -> None:
    talk, other = begun(campus), begun(campus, stall.published(campus, title="一辆别的车"))
    while notify.announce():
        pass
    about = {message.link for message in notify.inbox(campus.A) if not message.read}
    assert {f"/messages/{talk.id}", f"/messages/{other.id}"} <= about
    conversations.read(talk, by=campus.B)
    conversations.read(talk, by=campus.A)
    left = {message.link for message in notify.inbox(campus.A) if not message.read}
    assert f"/messages/{talk.id}" not in left
    assert f"/messages/{other.id}" in left


# --- lists -------------------------------------------------------------------------------------------


def test_one_sees_all_of_ones_own_by_key(campus: Campus, queries: Any) -> None:
    """As owner and as starter, the last talked about first, none twice, none left out, and each page costs the same."""
    stamp = clock.now()
    for n in range(12):
        with clock.at(stamp + timedelta(minutes=n // 2)):  # two at a time at one moment
            owner, starter = (campus.A, campus.B) if n % 3 else (campus.B, campus.A)
            begun(campus, stall.published(campus, owner, title=f"第 {n} 件东西"), starter)
            TrustLevel.update(listings_a_day=100).execute()
    seen, after, costs, me = [], "", [], campus.A
    while True:
        with queries() as asked:
            rows, after = conversations.mine(me, after, limit=5)
        costs.append(len(asked))
        seen += [row.talk for row in rows]
        assert all(row.last and row.last.text == HELLO for row in rows)
        if not after:
            break
    assert len(costs) == 3
    assert max(costs) <= 6
    keys = [(talk.latest, talk.id) for talk in seen]
    assert keys == sorted(keys, reverse=True)
    assert len(set(seen)) == 12
    assert conversations.mine(campus.A, "nonsense~")[0] == conversations.mine(campus.A)[0]


def test_a_list_of_one_side_goes_on(campus: Campus) -> None:
    for n in range(3):
        begun(campus, stall.published(campus, title=f"第 {n} 件东西"), campus.W1)
    rows, after = conversations.mine(campus.W1, limit=2)
    assert len(rows) == 2
    rows, after = conversations.mine(campus.W1, after, limit=2)
    assert (len(rows), after) == (1, "")


def test_messages_by_key(campus: Campus) -> None:
    talk = begun(campus)
    for n in range(9):
        conversations.say(talk, by=campus.A, text=f"第 {n} 句")
    newest, key = conversations.page(talk, campus.B, limit=4)
    assert [message.text for message in newest] == [f"第 {n} 句" for n in range(5, 9)]
    earlier, key = conversations.page(talk, campus.B, before=key, limit=4)
    assert [message.text for message in earlier] == [f"第 {n} 句" for n in range(1, 5)]
    first, key = conversations.page(talk, campus.B, before=key, limit=4)
    assert [message.text for message in first] == [HELLO, "第 0 句"]
    assert key is None


# --- pages -------------------------------------------------------------------------------------------


def test_the_two_talk_over_http(campus: Campus, sign_in: SignIn) -> None:
    listing = stall.published(campus)
    a, b = sign_in("A"), sign_in("B")
    sent = b.submit(f"/messages/about/listing/{listing.number}", having="text", text=HELLO)
    assert sent.status_code == 302
    path = sent.location.partition("#")[0]
    assert b.get(f"/messages/about/listing/{listing.number}").location == path  # it goes on there
    assert "99+" not in a.get("/messages").text
    page = a.get("/messages")
    assert HELLO in page.text
    assert listing.title in page.text
    assert campus.B.name not in page.text
    assert HELLO in a.get(path).text
    assert conversations.unread(campus.A) == 1  # looking writes nothing
    assert a.submit(path, action=f"{path}/read").status_code == 302
    assert conversations.unread(campus.A) == 0
    answer = a.submit(path, having="text", text="在的，打 13912345678")
    assert answer.status_code == 302
    shown = b.get(path).text
    assert "在的，打 ＊" in shown
    assert "13912345678" not in shown
    assert campus.A.name not in shown


def bare(page: Any) -> str:
    """A page without what differs from one moment to the next."""
    return re.sub(r'name="csrf_token" value="[^"]*"|<time.*?</time>', "", page.text)


def test_no_stranger_opens_a_conversation(campus: Campus, sign_in: SignIn, client: Any) -> None:
    talk = begun(campus)
    missing = f"/messages/{talk.id + 1000}"
    for who in ("W1", "X", "M"):
        visitor = sign_in(who)
        for path in (f"/messages/{talk.id}", f"/messages/{talk.id}/pulse"):
            there, nowhere = visitor.get(path), visitor.get(missing + path.removeprefix(f"/messages/{talk.id}"))
            assert there.status_code == 404
            assert bare(there) == bare(nowhere)
        for path in (f"/messages/{talk.id}", f"/messages/{talk.id}/read"):
            assert visitor.post(path, text="我也要", seen="1").status_code == 404
        assert HELLO not in visitor.get("/messages").text
    assert client.get(f"/messages/{talk.id}").status_code == 302
    assert Message.select().count() == 1


def test_a_script_in_a_message_is_text(campus: Campus, sign_in: SignIn) -> None:
    talk = begun(campus, text="<script>alert(1)</script>")
    for path in ("/messages", f"/messages/{talk.id}"):
        page = sign_in("A").get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


def test_what_was_refused_is_kept_in_the_form(campus: Campus, sign_in: SignIn) -> None:
    SensitiveWord.create(word="坏词", action="refuse")
    listing = stall.published(campus)
    answer = sign_in("B").submit(f"/messages/about/listing/{listing.number}", having="text", text="这个坏词")
    assert answer.status_code == 400
    assert "这个坏词</textarea>" in answer.text
    assert "不能发送的词" in answer.text
    talk = begun(campus, listing)
    answer = sign_in("A").submit(f"/messages/{talk.id}", having="text", text="")
    assert answer.status_code == 400
    moderation.hide(listing, by=campus.M, code="privacy")
    page = sign_in("A").get(f"/messages/{talk.id}").text
    assert "不再公开" in page
    assert 'name="text"' not in page
    assert sign_in("A").post(f"/messages/{talk.id}", text="在吗").status_code == 409


@pytest.mark.parametrize("kind", ["listing", "property_notice"])
def test_who_may_not_see_a_thing_cannot_ask_about_it(campus: Campus, sign_in: SignIn, kind: str) -> None:
    thing = stall.offered(campus.A) if kind == "listing" else card(campus)
    visitor = sign_in("W1")
    there, nowhere = (visitor.get(f"/messages/about/{kind}/{number}") for number in (thing.number, "XX000"))
    assert there.status_code == 404
    assert bare(there) == bare(nowhere)
    assert visitor.post(f"/messages/about/{kind}/{thing.number}", text=HELLO).status_code == 404
    assert sign_in("A").get(f"/messages/about/{kind}/{thing.number}").status_code == 302  # one's own
    assert visitor.get(f"/messages/about/person/{thing.number}").status_code == 404


def test_the_phone_shows_to_the_two_of_a_reserved_listing(campus: Campus, sign_in: SignIn) -> None:
    for person, phone in ((campus.A, "13900000001"), (campus.B, "13900000002")):
        accounts.change_phone(person, by=person, phone=phone)
    listing = stall.published(campus)
    talk, other = begun(campus, listing), begun(campus, listing, campus.W1)
    paths = [("A", talk), ("B", talk), ("A", other), ("W1", other)]
    pages = lambda: [sign_in(who).get(f"/messages/{each.id}").text for who, each in paths]  # noqa: E731
    assert not any("139000" in page for page in pages())
    market.reserve(listing, by=campus.A, buyer=campus.B)
    of_a, of_b, of_a_to_w1, of_w1 = pages()
    assert "13900000002" in of_a
    assert "13900000001" in of_b
    assert "139000" not in of_w1
    assert "139000" not in of_a_to_w1


def test_pages_cost_the_same_however_much_is_said(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    TrustLevel.update(listings_a_day=100, talks_a_day=100).execute()
    a, talks, costs = sign_in("A"), [], []
    for n in (2, 12):
        talks += [begun(campus, stall.published(campus, title=f"第 {n}-{k} 件")) for k in range(n)]
        talks.append(begun(campus, lost.published(campus)))
        for _each in range(n):
            conversations.say(talks[0], by=campus.B, text="在吗")
        paths = ("/messages", f"/messages/{talks[0].id}", f"/messages/{talks[0].id}/pulse", "/inbox")
        for path in paths:
            with queries() as asked:
                assert a.get(path).status_code == 200
            costs.append(len(asked))
    assert costs[:4] == costs[4:]
    assert max(costs) <= 10, costs


def test_the_head_of_each_page_counts_what_is_unread(campus: Campus, sign_in: SignIn) -> None:
    begun(campus, text="第一句")
    page = sign_in("A").get("/services").text
    assert page.count('href="/messages" data-messages') == 1
    assert page.count('<span class="badge-n">1</span>') == 1


def crowd(campus: Campus, listing: Listing, others: int = 20_000) -> None:
    """A hall full of talk: everybody asks A about one listing, and each other about much else, with three messages."""
    people = [row.id for row in Person.select(Person.id).where(Person.id != campus.A.id).order_by(Person.id)]
    before, many, kind = clock.now() - timedelta(days=1), len(people), events.subject_type(listing)
    talks = [(listing.id, campus.A.id, each, before + timedelta(seconds=n)) for n, each in enumerate(people)]
    talks += [(10_000 + n, people[n % many], people[(n + 1) % many], before) for n in range(others)]
    names = ("subject_id", "owner", "starter", "latest")
    usual = {"subject_type": kind, "created": before}
    with models.database.atomic():
        bulk.insert(Conversation, [{**usual, **dict(zip(names, talk, strict=True))} for talk in talks])
        models.database.execute_sql(
            "INSERT INTO message (conversation_id, author_id, text, created) SELECT id, starter_id, 'x', latest"
            " FROM conversation, (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) AS thrice"
        )
    models.database.execute_sql("ANALYZE")


def test_no_page_reads_all_that_was_ever_said(campus: Campus, sign_in: SignIn) -> None:
    crowd(campus, stall.published(campus))
    newest = Conversation.select().where(Conversation.owner == campus.A).order_by(Conversation.latest.desc()).get()
    a, asked = sign_in("A"), []
    hooks = models.database.obj.query_hooks
    hooks.append(lambda event: asked.append((event.sql, event.params)))
    for path in ("/messages", f"/messages/{newest.id}", f"/messages/{newest.id}/pulse", "/services"):
        assert a.get(path).status_code == 200
    hooks.pop()
    about = [(sql, values) for sql, values in asked if re.search(r'"(message|conversation)"', sql)]
    assert len(about) >= 8
    for sql, values in about:
        assert not read_whole(sql, values) & {"message", "conversation"}, sql
        assert_bounded(sql, values)
    assert conversations.unread(campus.A) == 100
