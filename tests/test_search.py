"""The search: everything that its reader may see and nothing else, at once, however it is written."""

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import access, articles, clock, moderation, repairs, search, search_index, search_query, search_words
from hall.moderation_flow import disclosed
from hall.words import Refused
from models import Article, Comment, Listing, Person, PropertyNotice, RepairOrder, Reply, SearchEntry, Thread
from tests import board, lost, stall
from tests.conftest import Campus
from tests.story import Story
from tests.visitor import Visitor

WORD = "暖气片"
READERS = (None, "A", "B", "kept", "W1", "W2", "lead", "keeper", "handler", "other_handler", "M", "leader", "X")


def links(person: Person | None, typed: str, **more: Any) -> list[str]:
    """The addresses of what `person` finds, over all pages, without the parts that they point at."""
    found, after = [], ""
    for _page in range(50):
        page = search.find(person, typed, after=after, **more)
        found += [hit.link.partition("#")[0] for hit in page.hits]
        if not page.following:
            return found
        after = page.following
    raise AssertionError("no end")


def titles(person: Person | None, typed: str, **more: Any) -> list[str]:
    return ["".join(text for text, _hit in hit.title) for hit in search.find(person, typed, **more).hits]


def expected(person: Person | None, word: str) -> set[str]:
    """The same by reading every table through the hall's own scopes, row by row."""
    found = set()
    for model, text in (
        (Thread, lambda row: row.title + row.text),
        (PropertyNotice, lambda row: row.title + row.text + row.tags + row.place),
        (Listing, lambda row: row.title + row.text),
    ):
        rows: set[Any] = {*disclosed(model), *access.visible(person, model)}
        found |= {model.page.format(number=row.number) for row in rows if word in text(row)}
    threads = {*disclosed(Thread), *access.visible(person, Thread)}
    for below in (Comment, Reply):
        for row in {*disclosed(below), *access.visible(person, below)}:
            if row.thread in threads and word in row.text:
                found.add(f"/supervision/{row.thread.number}")
    found |= {f"/{row.kind}s/{row.code}" for row in Article.select().where(articles.shown()) if word in row.text}
    orders = access.visible(person, RepairOrder)
    return found | {f"/repairs/{order.number}" for order in orders if word in order.description}


def assert_all_find_what_is_theirs(campus: Campus) -> dict[str | None, set[str]]:
    """Everybody finds what they may see, and facets count no more; gives what each has found."""
    found = {}
    for name in READERS:
        person = getattr(campus, name) if name else None
        found[name] = set(links(person, WORD))
        assert found[name] == expected(person, WORD), name
        counted = sum(facet.count for facet in search.find(person, WORD).facets)
        assert counted == len(found[name]), (name, counted)
    return found


def test_everybody_finds_what_they_may_see_after_every_step(campus: Campus, freeze: Callable[[Any], None]) -> None:
    text = f"教室的{WORD}一直漏水，已经两天没有人来。"
    story = Story(campus)
    order = story.report(campus.A, description_text=text)
    waiting = board.posted(campus.A, text=text)
    thread = board.forwarded(campus, campus.A, text=text)
    comment = board.commented(campus, thread, text=text)
    board.commented(campus, thread, campus.A, text=text)
    draft = board.drafted(campus, thread, text=text)
    notice = lost.posted(campus.B, text=text)
    card = lost.posted(campus.B, text=text, item_kind="campus_card", card_number=campus.number("A"), hidden_detail="")
    listing = stall.offered(campus.B, text=text)
    article = articles.write(by=campus.X, kind="notice", code="heat", title="供暖", text=text, publish=None)
    before = assert_all_find_what_is_theirs(campus)
    assert before[None] == {f"/supervision/{thread.number}"}
    assert f"/repairs/{order.number}" in before["A"] & before["lead"]
    assert len(before["A"]) == 4 and card.number in str(before["A"]), "the order, two threads, the card"

    for row in (waiting, comment, draft, notice, listing):
        board.decided(row, "publish", campus.M)
        assert_all_find_what_is_theirs(campus)
    soon = clock.now() + timedelta(minutes=5)
    articles.change(article, by=campus.X, publish=soon)
    after = assert_all_find_what_is_theirs(campus)
    assert len(after[None]) == 4 and "/notices/heat" not in after[None], "its time has not come"
    freeze(soon + timedelta(minutes=1))
    assert "/notices/heat" in assert_all_find_what_is_theirs(campus)[None]
    articles.take_down(Article.get_by_id(article.id), by=campus.X)
    assert "/notices/heat" not in assert_all_find_what_is_theirs(campus)[None]

    repairs.accept(order, by=story.who["lead"])
    repairs.dispatch(order, by=story.who["lead"], workers=[story.who["W1"]])
    assert f"/repairs/{order.number}" in assert_all_find_what_is_theirs(campus)["W1"]
    moderation.edit(Listing.get_by_id(listing.id), by=campus.B, content={"title": "改了", "text": "换成别的说法了吧"})
    assert_all_find_what_is_theirs(campus)
    board.decided(Listing.get_by_id(listing.id), "publish", campus.M)
    assert f"/market/{listing.number}" not in assert_all_find_what_is_theirs(campus)["B"]
    moderation.withdraw(PropertyNotice.get_by_id(notice.id), by=campus.B)
    moderation.hide(Thread.get_by_id(thread.id), by=campus.M, code="other", note="有人举报")
    last = assert_all_find_what_is_theirs(campus)
    assert last[None] == {f"/supervision/{waiting.number}"}


def call_public(table: str, row: Any) -> None:
    """Let the index say that everybody may see a row."""
    entry = SearchEntry.get(SearchEntry.subject_type == table, SearchEntry.subject_id == row.id)
    search_index._forget(entry)
    wrong = f"{entry.tokens} {search_index.PUBLIC}"
    kept = {"kind": entry.kind, "subject_type": table, "subject_id": row.id, "tokens": wrong}
    search_index._write(SearchEntry(**kept))


def test_a_wrong_index_shows_nothing_of_strangers(campus: Campus) -> None:
    """Whatever the index says, rows are read through the scopes; and an edit that waits is in no index."""
    thread = board.posted(campus.A, title=f"{WORD}的事")
    notice = lost.published(campus)
    moderation.edit(notice, by=campus.A, content={"title": f"改成{WORD}", "text": "说的是别的东西"})
    assert titles(campus.A, WORD) == [f"{WORD}的事"]
    call_public("thread", thread)
    for person in (None, campus.B, campus.handler):
        page = search.find(person, WORD)
        assert (page.hits, page.facets) == ([], [])


WAYS = {
    "宿舍": True,  # two characters
    "宿": True,
    "宿舍楼": True,
    "舍楼": True,
    "楼宿": False,
    "宿楼": False,  # both characters, not side by side
    "ssl": True,  # initials of 宿舍楼
    "nsssl": True,
    "sl": True,
    "sls": False,
    "wifi": True,
    "WI-FI": True,
    "wi": True,
    "wif": True,
    "ifi": False,  # a word is found by its beginning
    "ＷＩＦＩ６": True,
    "wifi6": True,
    "wifi7": False,
    "宿舍樓": True,  # traditional
    "路由器": True,
    "路由器 宿舍": True,
    "路由器 食堂": False,
    "３号": True,
    "3号楼": False,
    "C++": True,
    "C--": False,
    "c": True,
    "慢": True,
    "☃": False,
    "x05bbf": False,  # the tokens themselves are no words
    "ap": False,
    "athread": False,
}


def test_a_word_is_found_however_it_is_written(campus: Campus) -> None:
    board.published(campus, title="南三宿舍楼的 Wi-Fi 太慢", text="3 号路由器换了 wifi6 也没有用，C++ 作业交不上。")
    lost.published(campus)
    found = {word: bool([title for title in titles(None, word) if "南三" in title]) for word in WAYS}
    assert found == {**WAYS, "C--": True}, "signs are in no index, so C-- is C"


def test_hits_are_marked_and_counted(client: Visitor, campus: Campus, queries: Callable[[], Any]) -> None:
    thread = board.answered(campus, text=f"{'汤凉了，' * 40}{WORD}也<b>不热</b>，{'汤凉了，' * 40}")
    board.decided(board.commented(campus, thread, text=f"我们{WORD}也不热"), "publish", campus.M)
    stall.published(campus, title=f"全新{WORD}一组")
    articles.write(
        by=campus.X, kind="guide", code="heat", title="供暖指南", text=f"**{WORD}** 不热时", publish=clock.now()
    )
    with queries() as asked:
        page = client.get(f"/search?q={WORD}")
    assert page.status_code == 200 and len(asked) <= 7, asked
    assert page.text.count(f"<mark>{WORD}</mark>") == 3
    assert "汤凉了" not in page.text, "of a thread and what is under it the newest is shown"
    stall.published(campus, title="别的", text=f"{'汤凉了，' * 40}{WORD}也<b>不热</b>，{'汤凉了，' * 40}")
    page = client.get(f"/search?q={WORD}")
    assert "&lt;b&gt;不热" in page.text and "汤凉了，" * 20 not in page.text
    assert [(facet.kind, facet.count) for facet in search.find(None, WORD).facets] == [
        ("guide", 1),
        ("supervision", 1),
        ("market", 2),
    ]
    assert 'href="/guides/heat"' in page.text
    only = client.get(f"/search?q={WORD}&kind=market")
    assert only.text.count("<mark>") == 2 and "/guides/heat" not in only.text
    english = client.get("/search?q=repair", headers={"Accept-Language": "en"})
    assert 'href="/repairs/new"' in english.text
    assert [service.link for service, *_said in search.find(None, "wybx").services] == ["/repairs/new"]


def test_hits_are_marked_again_when_they_or_the_words_are_others_and_not_before(
    client: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing, thread = stall.published(campus, title=f"全新{WORD}一组"), board.published(campus, title=f"{WORD}不热")
    hit, made, asked = search._hit, [], itertools.count()
    monkeypatch.setattr(search, "_hit", lambda kind, *about: made.append(kind) or hit(kind, *about))

    def page(words: str = WORD, **headers: str) -> tuple[str, list[str]]:
        made.clear()
        answer = client.get(f"/search?q={words}&asked={next(asked)}", headers=headers)
        found = re.search('<ul class="rows">.*?</ul>', answer.text, re.DOTALL)
        return found[0] if found else "", sorted(made)

    first, count = page()
    assert count == ["market", "supervision"] and first.count(f"<mark>{WORD}</mark>") == 2
    board.posted(campus.B, title="别人的事")
    assert page() == (first, []), "what is no hit changes no hit"
    other, count = page(WORD[:2])
    assert len(count) == 2 and f"<mark>{WORD[:2]}</mark>" in other
    english, count = page(**{"Accept-Language": "en"})
    assert len(count) == 2 and "Second-hand" in english
    Listing.update(title=f"半新{WORD}一组").where(Listing.id == listing.id).execute()
    assert "半新" in page()[0] and "全新" not in page()[0]
    Thread.update(status="answered").where(Thread.id == thread.id).execute()
    assert "已回复" not in first and "已回复" in page()[0]
    moderation.withdraw(thread, by=campus.A)
    assert thread.number not in page()[0]
    only = f"/search?q={WORD}&kind=market&asked="
    assert "失物招领 <span" not in client.get(f"{only}1").text
    lost.published(campus, title=f"{WORD}阀门")
    assert "失物招领 <span" in client.get(f"{only}2").text, "what is found beside the hits is counted anew"


def test_pages_follow_each_other(campus: Campus) -> None:
    made = [lost.published(campus, title=f"第{number}把长柄伞") for number in range(7)]
    wanted = [f"/lost-found/{row.number}" for row in reversed(made)]
    assert links(None, "长柄伞", limit=2) == links(None, "长柄伞", limit=3) == links(None, "长柄伞") == wanted
    for odd in ("-1", "9" * 30, "１２", "abc", "0"):
        assert search.find(None, "长柄伞", after=odd).hits is not None
    assert search.find(None, "长柄伞", kind="no such").hits


@pytest.mark.parametrize("long", [0, search_query.LONG])
@pytest.mark.parametrize(("few", "highest"), [(1000, None), (1000, 10**7), (3, 10**7), (3, None)])
def test_a_word_is_found_in_order_however_common_it_is(
    campus: Campus, monkeypatch: pytest.MonkeyPatch, few: int, highest: int | None, long: int
) -> None:
    """PostgreSQL looks among the newest, sorts the few, and goes through the rest by key, whatever is cheap."""
    monkeypatch.setattr(search_query, "FEW", few)
    monkeypatch.setattr(search_query, "LONG", long)
    if highest is not None:
        monkeypatch.setattr(search_query, "_highest", lambda: highest)
    things = [lost.published(campus, title="一把长柄伞"), stall.published(campus, title="长柄伞架")]
    things += [lost.published(campus, title="又一把长柄伞") for _each in range(5)]
    wanted = [row.page.format(number=row.number) for row in reversed(things)]
    assert links(None, "长柄伞", limit=1) == links(campus.B, "长柄伞", limit=2) == wanted
    assert [(facet.kind, facet.count) for facet in search.find(None, "长柄伞").facets] == [
        ("lost_found", 6),
        ("market", 1),
    ]


def test_what_stands_nowhere_near_is_not_sought_a_little_farther(
    campus: Campus, monkeypatch: pytest.MonkeyPatch, queries: Callable[[], Any]
) -> None:
    """Among a million rows PostgreSQL looks farther for what it found near, and at once at all of what is rare."""
    monkeypatch.setattr(search_query, "LONG", 0)
    for number in range(3):
        stall.published(campus, title=f"长柄伞架{number}")
    asked = [(10, search_query.Match((search_words.phrase("长柄伞"),)))]
    took = {}
    for highest, limit in itertools.product((2**11, 3 * 2**11, 10**7), (3, 4)):
        monkeypatch.setattr(search_query, "_highest", lambda highest=highest: highest)
        with queries() as said:
            assert len(search_query.newest(asked, limit)) == 3
        took[highest, limit] = len(said)
    # Near, where as many are found as were asked for; near, farther, all; near, all.
    wanted = [1, 3, 2, 2, 2, 2] if not search_query.on_sqlite() else [1] * 6
    assert list(took.values()) == wanted


def test_of_each_section_the_newest_are_found_however_many_others_hold(campus: Campus) -> None:
    """SQLite looks through sections that lie side by side as one, and again where one has filled what was asked."""
    for number in range(3):
        lost.published(campus, title=f"长柄伞{number}")
        stall.published(campus, title=f"长柄伞架{number}")
    stall.published(campus, title="再一个长柄伞架")
    lost.posted(campus.B, title="我的长柄伞")  # waits for its review: B's own, and no more
    said = search_query.Match((search_words.phrase("长柄伞"),))
    own = said.having(search_index.own(campus.B.id))
    asked = [*((section, said) for section in range(9, 14)), *((section, own) for section in (1, 2, 3))]
    each = {section: search_query.newest([(section, match)], 100) for section, match in asked}
    assert [len(found) for found in each.values()] == [0, 4, 3, 0, 0, 0, 0, 1]
    for limit in range(1, 10):
        wanted = sorted((row for found in each.values() for row in found[:limit]), reverse=True)
        assert search_query.newest(asked, limit) == wanted, limit


def test_what_is_only_counted_is_what_one_may_see(campus: Campus) -> None:
    """More than a page is counted in brief, and then too a row of which the index is wrong is counted for nobody."""
    for number in range(4):
        stall.published(campus, title=f"{WORD}{number}")
    hidden = stall.offered(campus.B, title=f"{WORD}藏")
    call_public("listing", hidden)
    page = search.find(None, WORD, limit=2)
    assert [(facet.kind, facet.count) for facet in page.facets] == [("market", 4)]
    assert page.following and all("藏" not in title for title in titles(None, WORD, limit=2))


@pytest.mark.parametrize("typed", ["汤" * 5000, "词 " * 1500, "%_" * 2500, "一 二 三 四 五 六"])
def test_a_search_too_long_is_refused_in_words(client: Visitor, campus: Campus, typed: str) -> None:
    """Fault 35."""
    with pytest.raises(Refused):
        search.find(None, typed)
    answer = client.get("/search", query_string={"q": typed})
    assert answer.status_code == 400 and "最多 50 个字" in answer.text


def test_odd_questions_are_no_error(client: Visitor, campus: Campus) -> None:
    """Faults 12 and 36: quotes and words of the index's own language are words like others."""
    board.published(campus, title="<script>alert(1)</script> OR 1")
    for said in (
        '"',
        "'",
        "a* OR b",
        "NEAR(a b)",
        "-a",
        "(",
        "a & !b",
        ":*",
        "\\",
        "%_",
        "<script>",
        "𠮷野家",
        "\u200b",
    ):
        answer = client.get("/search", query_string={"q": said, "kind": "x", "after": "-1"})
        assert answer.status_code == 200, said
        assert "<script>alert" not in answer.text


def test_made_anew_it_is_the_same(campus: Campus) -> None:
    guides = search_index.rebuild()
    Story(campus).order("dispatched")
    board.answered(campus)
    lost.claimed(campus)
    stall.reserved(campus)
    # What was just made, nobody has read again.
    Story(campus).report()
    thread = board.answered(campus)
    board.posted(campus.B)
    board.commented(campus, thread)
    lost.posted(campus.A)
    stall.offered(campus.A, title="九成新台灯")
    kept = {(row.subject_type, row.subject_id): sorted(row.tokens.split()) for row in SearchEntry.select()}
    assert len(kept) == 12 + guides
    SearchEntry.update(kind="market").execute()
    assert search_index.rebuild() == 12 + guides
    again = {(row.subject_type, row.subject_id): sorted(row.tokens.split()) for row in SearchEntry.select()}
    assert again == kept
    assert titles(campus.A, "山地车") == [stall.TITLE]
