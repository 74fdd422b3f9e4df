"""Who is told what, once: the worker that announces may die at any point and may run twice at once."""

import dataclasses
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

import models
from hall import clock, events, notify, notify_repairs, repairs
from models import Event, Grant, Notification, OrderFollower, Person, RepairOrder
from tests.conftest import CAST, Campus
from tests.story import PHONE, STARS, TEXT, Story, group


@pytest.fixture
def story(campus: Campus) -> Story:
    return Story(campus)


def announce() -> None:
    while notify.announce():
        pass


def told(verb: Callable[[], Any]) -> dict[str, str]:
    """Who of the cast hears what of `verb`, as {name: text}; everything before is told first."""
    announce()
    last = Event.select(models.Event.id).order_by(Event.id.desc()).get().id
    verb()
    announce()
    names = {number: name for name, number in CAST.items()}
    rows = Notification.select(Notification, Person).join(Person).where(Notification.event > last)
    return {names.get(row.person.number, row.person.number): row.text for row in rows}


def test_it_works(story: Story, campus: Campus) -> None:
    order = story.report()
    announce()
    message = notify.inbox(campus.lead)[0]
    assert message.text == f"新报修 {order.number}：水龙头漏水，南区学生公寓4号楼 304"
    assert message.link == f"/admin/queue/repair/{order.number}"
    assert notify.unread(campus.lead) == 1
    assert notify.inbox(campus.A) == []  # nobody is told what they did themselves
    notify.mark_read(campus.lead)
    assert notify.unread(campus.lead) == 0


STEPS: list[tuple[str, str, Callable[[Story, RepairOrder], Any], set[str]]] = [
    ("awaiting_review", "approve", lambda s, o: repairs.approve(o, by=s.who["reviewer"]), {"A", "lead"}),
    ("reported", "send_back", lambda s, o: repairs.send_back(o, by=s.who["lead"], reason="请补充"), {"A"}),
    ("reported", "decline", lambda s, o: repairs.decline(o, by=s.who["lead"], code="not_ours"), {"A"}),
    ("reported", "accept", lambda s, o: repairs.accept(o, by=s.who["W1"]), {"A"}),
    (
        "accepted",
        "dispatch",
        lambda s, o: repairs.dispatch(o, by=s.who["lead"], workers=[s.who["W1"], s.who["helper"]]),
        {"A", "W1", "helper"},
    ),
    ("dispatched", "refuse", lambda s, o: repairs.refuse(o, by=s.who["W1"], reason="排不开"), {"lead"}),
    ("dispatched", "start", lambda s, o: repairs.start(o, by=s.who["W1"]), {"A"}),
    ("repairing", "hold", lambda s, o: s.hold(o), {"A", "lead"}),
    ("repairing", "finish", lambda s, o: s.finish(o), {"A"}),
    ("finished", "rework", lambda s, o: repairs.rework(o, by=s.who["A"], reason="还在滴水"), {"W1", "helper", "lead"}),
    ("accepted", "urge", lambda s, o: repairs.urge(o, by=s.who["A"]), {"lead"}),
    ("dispatched", "urge", lambda s, o: repairs.urge(o, by=s.who["leader"]), {"lead", "W1", "helper"}),
    ("dispatched", "comment", lambda s, o: repairs.comment(o, by=s.who["A"], words="下午在"), {"W1", "helper", "lead"}),
    ("dispatched", "comment", lambda s, o: repairs.comment(o, by=s.who["W1"], words="马上到"), {"A", "helper", "lead"}),
    (
        "settled",
        "reject",
        lambda s, o: repairs.reject_settlement(o, by=s.who["finance"], reason="数量不对"),
        {"settler"},
    ),
    ("finished", "inspect", lambda s, o: repairs.inspect(o, by=s.who["A"]), set()),
    ("finished", "rate", lambda s, o: repairs.rate(o, by=s.who["A"], **STARS), set()),
    ("settled", "close", lambda s, o: repairs.close(o, by=s.who["finance"]), set()),
    (
        "reported",
        "transfer",
        lambda s, o: repairs.transfer(o, by=s.who["lead"], group=group("DG1"), reason="是电的问题"),
        {"A", "other_lead"},
    ),
    (
        "finished",
        "follow_up",
        lambda s, o: repairs.follow_up(o, by=s.who["caller"], method="phone", result="neutral"),
        {"lead"},
    ),
    (
        "finished",
        "follow_up",
        lambda s, o: repairs.follow_up(o, by=s.who["caller"], method="phone", result="dissatisfied", note="还在滴水"),
        {"A", "lead", "W1", "helper"},
    ),
]


@pytest.mark.parametrize(("state", "step", "verb", "hear"), STEPS, ids=[f"{row[1]} in {row[0]}" for row in STEPS])
def test_who_hears_of_a_step(
    story: Story, state: str, step: str, verb: Callable[[Story, RepairOrder], Any], hear: set[str]
) -> None:
    order = story.order(state)
    heard = told(lambda: verb(story, order))
    assert set(heard) == hear
    assert all(order.number in text for text in heard.values())


def test_review_is_told_to_the_reviewer_and_not_to_the_group(story: Story) -> None:
    assert set(told(lambda: story.order("awaiting_review"))) == {"reviewer"}


def test_who_asked_for_more_hears_that_it_was_resubmitted(story: Story, campus: Campus) -> None:
    answers = {"by": campus.A, "description_text": TEXT, "phone": PHONE}
    order = story.order("returned")
    assert set(told(lambda: repairs.resubmit(order, **answers))) == {"lead"}
    reviewed = repairs.send_back(story.order("awaiting_review"), by=campus.reviewer, reason="请补充")
    assert set(told(lambda: repairs.resubmit(reviewed, **answers))) == {"reviewer"}


def test_followers_hear_what_the_reporter_hears(story: Story, campus: Campus) -> None:
    main, order = story.report(campus.B), story.report()
    assert set(told(lambda: repairs.merge(order, by=campus.lead, main=main))) == {"A"}
    heard = told(lambda: repairs.accept(main, by=campus.lead))
    assert set(heard) == {"A", "B"}
    assert {row.link for row in notify.inbox(campus.A, limit=1)} == {f"/repairs/{main.number}"}


def test_nobody_hears_twice_of_one_event(story: Story, campus: Campus) -> None:
    """A reporter who also follows, and leads the group: one message."""
    order = story.report()
    OrderFollower.create(order=order, person=campus.A)
    Grant.create(person=campus.A, role="lead", scope="SN2")
    heard = told(lambda: repairs.comment(order, by=campus.W1, words="马上到"))
    assert set(heard) == {"A", "lead"}
    assert Notification.select().where(Notification.person == campus.A.id).count() == 1


def test_closed_accounts_are_told_nothing(story: Story, campus: Campus) -> None:
    order = story.report()
    Person.update(is_closed=True).where(Person.id.in_([campus.A.id, campus.lead.id])).execute()
    assert told(lambda: repairs.accept(order, by=campus.W1)) == {}


@pytest.mark.parametrize("dies_after", [0, 1, 2])
def test_an_announcer_that_dies_half_way_tells_nobody_twice(
    story: Story, campus: Campus, monkeypatch: pytest.MonkeyPatch, dies_after: int
) -> None:
    """Fault 40: whatever was not committed is announced by the next one; what was, is not again."""
    order = story.order("accepted")
    repairs.dispatch(order, by=campus.lead, workers=[campus.W1, campus.helper])  # three people hear of it
    tell, count = notify._tell, 0

    def dying(*args: Any) -> int:
        nonlocal count
        count += 1
        if count > dies_after + 2:  # two messages come from the events before
            raise KeyboardInterrupt
        return tell(*args)

    monkeypatch.setattr(notify, "_tell", dying)
    with pytest.raises(KeyboardInterrupt):
        notify.announce()
    monkeypatch.setattr(notify, "_tell", tell)
    announce()
    announce()
    about = Notification.select(Notification, Event).join(Event).where(Event.name == "dispatch")
    assert sorted(row.person.number for row in about) == sorted(CAST[name] for name in ("A", "W1", "helper"))
    assert not Event.select().where(Event.announced.is_null()).exists()


def test_an_event_that_cannot_be_told_takes_nothing_from_those_before_it(
    story: Story, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [story.report().number for _ in range(3)]
    tell = notify._tell

    def failing(person: Person, event: Event, text: str, link: str) -> int:
        if numbers[1] in text:
            raise ValueError(text)
        return tell(person, event, text, link)

    monkeypatch.setattr(notify, "_tell", failing)
    for _ in range(2):
        with pytest.raises(ValueError, match=numbers[1]):
            notify.announce()
        assert [numbers[0] in row.text for row in Notification.select()] == [True]
    monkeypatch.setattr(notify, "_tell", tell)
    assert notify.announce() == 2


def test_two_announcers_at_once_tell_everybody_once(story: Story, campus: Campus) -> None:
    for _ in range(10):
        story.order("dispatched")
    barrier, failed = threading.Barrier(4), []

    def run() -> None:
        try:
            barrier.wait(10)
            announce()
        except Exception as error:
            failed.append(error)
        finally:
            models.database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    rows = [(row.person_id, row.event_id) for row in Notification.select()]
    # report: lead; accept: A; dispatch: A, W1 and helper; of ten orders
    assert (len(rows), len(set(rows))) == (50, 50)


def test_who_comes_later_is_not_told_of_what_was_announced(story: Story, campus: Campus) -> None:
    """An announcer that was slow finds the event taken, whoever would hear of it by now."""
    story.report()
    event = Event.select().where(Event.name == "report").get()
    announce()
    Grant.create(person=campus.other_lead, role="lead", scope="SN2")
    assert notify._announce(event) == 0
    assert notify.inbox(campus.other_lead) == []


def test_what_is_announced_is_marked_even_where_nobody_hears(story: Story) -> None:
    story.order("closed")
    announce()
    assert not Event.select().where(Event.announced.is_null()).exists()


def test_the_inbox_goes_on_by_key(story: Story, campus: Campus) -> None:
    for _ in range(5):
        story.report()
    announce()
    first = notify.inbox(campus.lead, limit=2)
    rest = notify.inbox(campus.lead, before=first[-1].id, limit=9)
    assert [row.id for row in first + rest] == sorted((row.id for row in Notification.select()), reverse=True)
    assert notify.unread(campus.lead, cap=3) == 3


def test_a_message_is_as_old_as_its_announcement(story: Story, campus: Campus) -> None:
    story.report()
    moment = clock.now().replace(microsecond=0)
    with clock.at(moment):
        announce()
        notify.mark_read(campus.lead)
    message = notify.inbox(campus.lead)[0]
    assert (message.created, message.read) == (moment, moment)


# --- steps that may be taken back ---------------------------------------------------------------------


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Being accepted and sent back may be taken back for ten seconds."""

    def undone(event: Event, later: Event) -> bool:
        return later.name == "undo" and later.details["undone"] == event.name

    waits = {"waits": {"accept": undone, "send_back": undone}, "patience": timedelta(seconds=10)}
    monkeypatch.setitem(notify.TELLING, "repair_order", dataclasses.replace(notify_repairs.TELLING, **waits))


def undo(order: RepairOrder, step: str, by: Person) -> None:
    events.record(order, "undo", "撤回", by=by, details={"undone": step})


def heard_at(seconds: float, person: Person, start: datetime) -> list[str]:
    """What `person` has been told, newest first, after an announcer ran at `start` + `seconds`."""
    with clock.at(start + timedelta(seconds=seconds)):
        announce()
    return [message.text for message in notify.inbox(person)]


@pytest.fixture
def accepted(story: Story, campus: Campus, patient: None) -> tuple[RepairOrder, datetime]:
    start = clock.now()
    with clock.at(start):
        order = story.report()
        repairs.accept(order, by=campus.lead)
    return order, start


def test_what_may_be_taken_back_is_told_when_it_stands(campus: Campus, accepted: tuple[RepairOrder, datetime]) -> None:
    order, start = accepted
    assert heard_at(0, campus.A, start) == heard_at(9.9, campus.A, start) == []
    assert [row.name for row in Event.select().where(Event.announced.is_null())] == ["accept"]
    assert heard_at(10, campus.A, start) == [f"{order.number} 已由{order.group.name}受理"]
    assert len(heard_at(99, campus.A, start)) == 1


def test_what_was_taken_back_is_never_told(campus: Campus, accepted: tuple[RepairOrder, datetime]) -> None:
    order, start = accepted
    with clock.at(start + timedelta(seconds=9)):
        undo(order, "accept", campus.lead)
    assert heard_at(99, campus.A, start) == []
    assert not Event.select().where(Event.announced.is_null()).exists()


def test_only_the_step_that_was_taken_back_is_not_told(campus: Campus, accepted: tuple[RepairOrder, datetime]) -> None:
    """Accepted, then sent back, which is undone; the announcer was away all the time."""
    order, start = accepted
    events.record(order, "send_back", "退回", by=campus.lead)
    undo(order, "send_back", campus.lead)
    events.record(order, "comment", "留言", by=campus.lead)
    assert heard_at(99, campus.A, start) == [f"{order.number} 有新留言", f"{order.number} 已由{order.group.name}受理"]


def test_a_step_that_is_taken_again_is_told_once(campus: Campus, accepted: tuple[RepairOrder, datetime]) -> None:
    order, start = accepted
    undo(order, "accept", campus.lead)
    events.record(order, "accept", "受理", by=campus.lead)
    assert heard_at(99, campus.A, start) == [f"{order.number} 已由{order.group.name}受理"]


def test_an_undo_of_another_subject_takes_nothing_back(
    story: Story, campus: Campus, accepted: tuple[RepairOrder, datetime]
) -> None:
    start = accepted[1]
    other = repairs.accept(story.report(), by=campus.lead)
    undo(other, "accept", campus.lead)
    assert len(heard_at(99, campus.A, start)) == 1


def test_waiting_ones_are_in_nobodys_way(
    story: Story, campus: Campus, patient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "BATCH", 3)
    start = clock.now()
    with clock.at(start):
        for _ in range(4):
            repairs.accept(story.report(), by=campus.lead)
        announce()
        last = story.report()
    with clock.at(start + timedelta(seconds=5)):
        assert notify.announce() == 1
    assert notify.inbox(campus.lead)[0].text.startswith(f"新报修 {last.number}")
    with clock.at(start + timedelta(seconds=10)):
        assert (notify.announce(), notify.announce(), notify.announce()) == (3, 1, 0)


# --- what a message was made of -----------------------------------------------------------------------

SENTENCES = [
    (kind, sentence)
    for kind, telling in notify.TELLING.items()
    for said in telling.table.values()
    for _, sentence in said
]


@pytest.mark.parametrize(("kind", "sentence"), sorted(set(SENTENCES)))
@pytest.mark.parametrize("words", ["普通的话", "BX1 有新留言", "%(number)s", "x》已公开", "甲\n乙"])
def test_a_message_is_taken_apart_again(kind: str, sentence: str, words: str) -> None:
    """Whatever people write into it, so that a face can say it in the language of the reader."""
    names = re.findall(r"%\((\w+)\)s", sentence)
    values = {name: "JD2611220001" if name == "number" else words for name in names}
    assert notify.told(sentence % values) == (sentence, values)


def test_a_message_of_another_time_stays_as_it_is() -> None:
    assert notify.told("一句没有人再说的话") == ("%(text)s", {"text": "一句没有人再说的话"})
