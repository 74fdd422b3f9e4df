"""The trail: chained per subject, sealed per day, and nobody takes something out unseen."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import peewee
import pytest

import models
from hall import clock, events, repairs
from models import DailyRoot, Event, RepairOrder
from tests.conftest import Campus
from tests.story import Story
from tests.unguarded import unguard


@pytest.fixture
def order(campus: Campus) -> RepairOrder:
    return Story(campus).order("closed")


def chain(order: RepairOrder) -> list[Event]:
    return list(reversed(events.timeline(order)))


def taken_back(verb: Callable[[], Any]) -> None:
    """Call `verb` in a transaction that fails after it."""
    with models.database.atomic() as transaction:
        verb()
        transaction.rollback()


def test_every_event_carries_the_hash_before(order: RepairOrder) -> None:
    trail = chain(order)
    assert [event.name for event in trail] == [
        "report", "accept", "dispatch", "start", "finish", "inspect", "settle", "close"
    ]  # fmt: skip
    assert [event.seq for event in trail] == list(range(1, 9))
    assert [event.previous_hash for event in trail] == [events.GENESIS, *[event.hash for event in trail[:-1]]]
    assert events.broken_links(trail) == []


def test_chains_of_subjects_do_not_touch(order: RepairOrder, campus: Campus) -> None:
    other = Story(campus).report()
    assert [event.seq for event in chain(other)] == [1]
    assert events.broken_links(chain(other)) == []


@pytest.mark.parametrize(
    "forged",
    [
        {"name": "decline"},
        {"label_text": "撤销"},
        {"actor_name": "别人"},
        {"actor_role": "administrator"},
        {"source": "returned"},
        {"target": "declined"},
        {"at": datetime(2026, 1, 1)},
        {"details": {"group": "别的组"}},
        {"hash": "0" * 64},
        {"previous_hash": "1" * 64},
    ],
)
def test_a_changed_event_is_found(order: RepairOrder, forged: dict[str, Any]) -> None:
    trail = chain(order)
    unguard()
    Event.update(forged).where(Event.id == trail[1].id).execute()
    assert trail[1].id in [event.id for event in events.broken_links(chain(order))]


def test_an_event_taken_out_or_put_in_is_found(order: RepairOrder) -> None:
    trail = chain(order)
    unguard()
    Event.delete().where(Event.id == trail[3].id).execute()
    assert [event.id for event in events.broken_links(chain(order))] == [trail[4].id]
    Event.update(seq=4, previous_hash=trail[2].hash).where(Event.id == trail[4].id).execute()
    assert events.broken_links(chain(order))


def test_the_hash_can_be_computed_again_after_any_words(campus: Campus) -> None:
    """What a database gives back must hash as what was written, whatever people type."""
    order = Story(campus).report()
    for words in ('引号" 和 \\ 反斜杠', "é 和 é", "🔧 表情 \t 制表", "％ %s %(x)s", "𠮷野家" * 20, "零宽\u200b字"):
        repairs.comment(order, by=campus.A, words=words)
    with clock.at(datetime(2026, 11, 22, 0, 0, 0)):
        repairs.comment(order, by=campus.A, words="整秒")
    assert events.broken_links(chain(order)) == []


def test_many_at_once_are_chained_as_well(campus: Campus) -> None:
    told = [(person.id, {"changes": {"phone": ["", "1"]}}) for person in (campus.A, campus.B)]
    for _ in range(2):
        with models.database.atomic():
            events.record_many(models.Person, told, "import", "导入修改", by=None, role="system")
    for person in (campus.A, campus.B):
        trail = list(reversed(events.timeline(person)))
        assert [event.name for event in trail][-2:] == ["import", "import"]
        assert all(event.announced for event in trail)
        assert events.broken_links(trail) == []


def test_an_event_is_part_of_its_transaction(campus: Campus) -> None:
    order = Story(campus).report()
    taken_back(lambda: repairs.accept(order, by=campus.lead))
    assert [event.name for event in chain(order)] == ["report"]
    assert RepairOrder.get_by_id(order.id).status == "reported"


def test_two_events_never_have_one_place(campus: Campus) -> None:
    order = Story(campus).report()
    first = chain(order)[0]
    with pytest.raises(peewee.IntegrityError), models.database.atomic():
        Event.insert({**first.__data__, "id": None}).execute()


def test_listeners_hear_of_what_was_committed_and_of_nothing_else(campus: Campus) -> None:
    heard: list[int] = []
    order = Story(campus).report()
    events.listeners.append(lambda: heard.append(Event.select().count()))
    try:
        before = Event.select().count()
        with models.database.atomic():
            repairs.comment(order, by=campus.A, words="还在滴水")
            assert heard == []
        assert heard == [before + 1]
        taken_back(lambda: repairs.comment(order, by=campus.A, words="还在滴水"))
        assert heard == [before + 1]
    finally:
        events.listeners.pop()


def test_a_day_is_sealed_once_and_shows_what_was_taken_out(campus: Campus) -> None:
    story, day = Story(campus), date(2026, 9, 14)
    for moment in ("13 23:59:59", "14 00:00", "14 07:00", "14 12:00", "14 23:59:59", "15 00:00"):
        with clock.at(clock.utc(datetime.fromisoformat(f"2026-09-{moment}"))):
            story.report()
    root = events.seal(day)
    assert root.events == 4  # the day of the campus, not of UTC
    assert events.seal(day).id == root.id
    unguard()
    Event.delete().where(Event.at == clock.utc(datetime(2026, 9, 14, 12))).execute()
    DailyRoot.delete().execute()
    assert events.seal(day).hash != root.hash


def test_the_seal_of_an_empty_day(house: Any) -> None:
    assert events.seal(date(2020, 1, 1)).events == 0


def test_a_difference_is_told_in_words(campus: Campus) -> None:
    before = {"name": "甲", "due": date(2026, 9, 1), "same": [1, 2], "left": "x"}
    after = {"name": "乙", "due": date(2026, 9, 2), "same": [1, 2], "added": True}
    said = events.diff(before, after)
    assert said == {"name": ["甲", "乙"], "due": ["2026-09-01", "2026-09-02"], "added": [None, True]}
    assert json.dumps(said)


def test_the_timeline_is_newest_first(order: RepairOrder) -> None:
    trail = events.timeline(order)
    assert [event.seq for event in trail] == list(range(8, 0, -1))
    assert trail[0].at - trail[-1].at < timedelta(minutes=1)
