"""Every row of the supervision table: taken by the right hand, refused to every other, in every other state.

A complains about the soup; handler answers for the canteens, other_handler for energy, M and M2 are moderators.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from hall import access, clock, events, moderation, photos, supervision
from hall.promise import Calendar
from hall.words import Refused
from models import (
    Assistance,
    CalendarPeriod,
    Comment,
    Department,
    Event,
    Grant,
    Person,
    Photo,
    Reply,
    Submission,
    Support,
    Thread,
    ThreadFollower,
)
from tests.board import ANSWER, answered, commented, decided, drafted, forwarded, posted, published, submission_of
from tests.conftest import CAST, Campus
from tests.standing import rows_in

MODERATORS = {"M", "M2"}
WRITTEN = (Thread, Event, Reply, Submission, Comment, Assistance, Photo, Support, ThreadFollower)


def canteens() -> Department:
    return Department.get(Department.code == "HQ-YS")


def energy() -> Department:
    return Department.get(Department.code == "HQ-NY")


def photo() -> photos.Prepared:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    return photos.prepare([("soup.png", file.getvalue())])[0]


def later(thread: Thread, days: int = 3) -> datetime:
    assert thread.due is not None
    return Calendar().working_days(thread.due, days)


def reply_of(thread: Thread) -> Reply:
    return Reply.select().where(Reply.thread == thread.id).order_by(Reply.id.desc()).get()


def now(thread: Thread) -> Thread:
    return Thread.get_by_id(thread.id)


@dataclass
class Row:
    """One row of flows.md: from, to, who of the cast (`system` too), a good answer, what is recorded.

    `refused` are answers that are not good enough, with the field that is blamed; `late` is how many days after the
    promise the step is tried.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: set[str]
    answers: Callable[[Campus, Thread], dict[str, Any]] = lambda campus, thread: {}
    recorded: dict[str, Any] = field(default_factory=dict)
    refused: list[tuple[Callable[[Campus, Thread], dict[str, Any]], str]] = field(default_factory=list)
    at: str = ""
    late: float = 0


def said(**answers: Any) -> Callable[[Campus, Thread], dict[str, Any]]:
    return lambda campus, thread: answers


TABLE = {
    "forward": Row(
        ("to_forward",),
        ("handling",),
        MODERATORS,
        lambda *_: {"department": canteens(), "assisting": [energy(), canteens()], "note": "请核实保温台"},
        {"department": "饮食服务中心", "assisting": ["能源管理中心"], "note": "请核实保温台"},
        [(said(note="长" * 301), "note")],
    ),
    "return_thread": Row(
        ("handling",),
        ("to_forward",),
        {"handler"},
        lambda *_: {"ground": "保温台由能源管理中心负责", "suggested": energy()},
        {"ground": "保温台由能源管理中心负责", "from": "饮食服务中心", "suggested": "能源管理中心"},
        [
            (said(ground="不归"), "ground"),
            (said(ground="长" * 301), "ground"),
            (lambda *_: {"suggested": canteens()}, "suggested"),
        ],
    ),
    "extend": Row(
        ("handling",),
        ("handling",),
        {"handler"},
        lambda campus, thread: {"until": later(thread), "reason": "加热管要订货", "approver": campus.leader},
        {"reason": "加热管要订货", "approver": "杜磊"},
        [
            (lambda campus, thread: {"until": thread.due}, "until"),
            (lambda campus, thread: {"until": later(thread, 20) + timedelta(seconds=1)}, "until"),
            (said(reason="忙"), "reason"),
            (lambda campus, thread: {"approver": campus.handler}, "approver"),
            (lambda campus, thread: {"approver": campus.M}, "approver"),
        ],
    ),
    "assign": Row(
        ("handling",),
        (),
        {"handler"},
        lambda campus, thread: {"handler": colleague(campus), "note": "请你跟进"},
        {"handler": "冯娟", "note": "请你跟进"},
        [
            (lambda campus, thread: {"handler": campus.other_handler}, "handler"),
            (lambda campus, thread: {"handler": campus.A}, "handler"),
            (said(note="长" * 301), "note"),
        ],
    ),
    "talk": Row(
        ("handling", "replying", "answered"),
        (),
        {"handler"},
        lambda *_: {"method": "phone", "summary": "说明了更换时间，同学认可"},
        {"method": "phone", "summary": "说明了更换时间，同学认可"},
        [
            (said(method="pigeon"), "method"),
            (lambda *_: {"at": clock.now() + timedelta(minutes=5)}, "at"),
            (said(summary="好"), "summary"),
            (said(summary="长" * 501), "summary"),
        ],
    ),
    "reply": Row(
        ("handling",),
        ("replying",),
        {"handler"},
        lambda *_: {"text": ANSWER, "measures": "每天两次测温", "promised": clock.today(), "photos": [photo()]},
        {},
        [
            (said(text="已处理"), "text"),
            (said(text="长" * 2001), "text"),
            (said(measures="长" * 1001), "measures"),
            (lambda *_: {"promised": clock.today() - timedelta(days=1)}, "promised"),
        ],
    ),
    "keep_promise": Row(
        ("answered", "done"),
        (),
        {"handler"},
        lambda campus, thread: {"reply": reply_of(thread), "kept": clock.today()},
        {},
        [
            (lambda *_: {"kept": clock.today() + timedelta(days=1)}, "kept"),
            (lambda *_: {"kept": clock.today() - timedelta(days=1)}, "kept"),
        ],
    ),
    "answer": Row(
        ("replying",),
        ("answered",),
        MODERATORS | {"handler", "system"},
        lambda campus, thread: {"reply": reply_of(thread)},
    ),
    "reply_back": Row(
        ("replying",),
        ("handling",),
        MODERATORS | {"handler", "system"},
        lambda campus, thread: {"reply": reply_of(thread), "reason": "unclear", "note": "请写明日期"},
        {"reason": "unclear", "note": "请写明日期"},
    ),
    "await_reply": Row(
        ("answered", "handling"),
        ("replying",),
        MODERATORS | {"handler", "system"},
        lambda campus, thread: {"reply": reply_of(thread)},
    ),
    "satisfied": Row(
        ("answered",),
        ("done",),
        {"A", "system"},
        lambda *_: {"score": 3, "words": "汤热了，就是慢"},
        {"score": 3, "words": "汤热了，就是慢", "automatic": False},
        [(said(score=None), "score"), (said(score=2), "score"), (said(words="长" * 301), "words")],
    ),
    "reopen": Row(
        ("answered",),
        ("handling",),
        {"A"},
        lambda *_: {"reason": "今天去看还是凉的"},
        {"reason": "今天去看还是凉的"},
        [(said(reason="不行"), "reason"), (said(reason="长" * 301), "reason")],
    ),
    "urge": Row(
        ("handling",),
        (),
        {"leader", "system"},
        lambda *_: {"note": "请今天答复"},
        {"level": 1, "note": "请今天答复"},
        [(said(note="长" * 301), "note")],
        late=0.5,
    ),
    "merge": Row(
        ("to_forward", "handling", "replying", "answered", "done"),
        ("merged",),
        MODERATORS,
        lambda campus, thread: {"main": published(campus, campus.B)},
        {},
        [
            (lambda campus, thread: {"main": thread}, "main"),
            (lambda campus, thread: {"main": posted(campus.B)}, "main"),
        ],
        at="handling",
    ),
}  # fmt: skip
BY_HAND = [name for name in TABLE if name not in ("answer", "reply_back", "await_reply")]


def colleague(campus: Campus) -> Person:
    """A second handler of the canteens."""
    person = Person.get(Person.number == "T1237")
    Grant.get_or_create(person=person, role="handler", scope="HQ-YS", defaults={"granted": clock.now()})
    return Person.get_by_id(person.id)


def thread_in(campus: Campus, state: str) -> Thread:
    """A's thread, as far as `state`, by the hands of the cast."""
    if state == "submitted":
        return posted(campus.A)
    if state == "to_forward":
        return published(campus)
    thread = forwarded(campus)
    if state == "handling":
        return thread
    if state == "merged":
        return supervision.merge(thread, by=campus.M, main=published(campus, campus.B))
    drafted(campus, thread, promised=clock.today())
    if state == "replying":
        return now(thread)
    decided(reply_of(thread), "publish", campus.M)
    if state == "answered":
        return now(thread)
    assert state == "done"
    return supervision.satisfied(now(thread), by=campus.A, score=5)


def person(name: str) -> Person | None:
    return None if name == "system" else Person.get(Person.number == CAST[name])


def hand_of(row: Row) -> str:
    return next((name for name in CAST if name in row.who), "system")


def tried(campus: Campus, name: str, freeze: Callable[[datetime], None]) -> Thread:
    """A thread on which the step called `name` can be taken now."""
    row = TABLE[name]
    thread = thread_in(campus, row.at or row.sources[0])
    if row.late:
        assert thread.due is not None
        freeze(thread.due + timedelta(days=row.late))
    if name == "await_reply":  # what it follows from: there is a reply
        assert Reply.select().exists()
    return thread


def last_event(thread: Thread) -> Event:
    return events.timeline(thread)[0]


def written() -> dict[str, list[Any]]:
    return rows_in(WRITTEN)


def refuses(thread: Thread, name: str, by: Person | None, answers: dict[str, Any]) -> Refused:
    """Take the step, which must be refused and change nothing; gives the refusal."""
    before = written()
    with pytest.raises(Refused) as caught:
        supervision.flow.perform(thread, name, by=by, **answers)
    assert written() == before
    assert str(caught.value)
    return caught.value


# --- the table, row by row ---------------------------------------------------------------------------


def test_the_table_is_the_one_of_the_code() -> None:
    steps = supervision.flow.steps
    assert set(TABLE) | {"post"} == set(steps)
    assert {name: (step.sources, step.targets) for name, step in steps.items() if name != "post"} == {
        name: (row.sources, row.targets) for name, row in TABLE.items()
    }
    assert steps["post"].targets == ("submitted",)
    assert [name for name, step in steps.items() if step.sources and step.by_hand] == [
        name for name in steps if name in BY_HAND
    ]


@pytest.mark.parametrize("name", TABLE)
def test_a_step_is_taken_and_recorded(campus: Campus, freeze: Callable[[datetime], None], name: str) -> None:
    row, thread = TABLE[name], tried(campus, name, freeze)
    by, before, answers = person(hand_of(row)), last_event(thread), row.answers(campus, thread)
    role = access.role_for(by, supervision.flow.steps[name].need, thread)
    moved = supervision.flow.perform(thread, name, by=by, seen=thread.version, once=f"token of {name}", **answers)
    expected = row.targets[0] if row.targets else thread.status
    stored = now(thread)
    assert (moved.status, stored.status) == (expected, expected)
    assert stored.version == thread.version + (1 if row.targets else 0)
    event = last_event(thread)
    assert (event.name, event.seq, event.once) == (name, before.seq + 1, f"token of {name}")
    assert (event.source, event.target) == (thread.status, expected if row.targets else "")
    assert (event.actor_id, event.actor_name) == ((by.id, by.name) if by else (None, ""))
    assert event.actor_role == role
    assert {key: event.details.get(key) for key in row.recorded} == row.recorded
    assert not events.broken_links(reversed(events.timeline(thread)))


@pytest.mark.parametrize("name", TABLE)
def test_everybody_else_is_refused(campus: Campus, freeze: Callable[[datetime], None], name: str) -> None:
    """The whole cast and the system, one after the other, on one thread."""
    row, thread, step = TABLE[name], tried(campus, name, freeze), supervision.flow.steps[name]
    answers = row.answers(campus, thread)
    answers.pop("photos", None)
    for other in [*sorted(CAST), "system"]:
        by = person(other)
        assert step.allowed(thread, by) == (other in row.who), f"{other} and {name}"
        if other not in row.who:
            assert not refuses(thread, name, by, answers).stale, f"{other} and {name}"
    closed = Person.get(Person.number == CAST[hand_of(row)])
    closed.is_closed = True
    refuses(thread, name, closed, answers)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if len(row.who) > 1])
def test_everybody_of_the_row_can_take_it(campus: Campus, freeze: Callable[[datetime], None], name: str) -> None:
    for hand in sorted(TABLE[name].who):
        thread = tried(campus, name, freeze)
        supervision.flow.perform(thread, name, by=person(hand), **TABLE[name].answers(campus, thread))
        assert last_event(thread).name == name


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, row in TABLE.items() for place in range(len(row.refused))]
)
def test_an_answer_that_is_missing_or_wrong_is_refused(
    campus: Campus, freeze: Callable[[datetime], None], name: str, place: int
) -> None:
    row, thread = TABLE[name], tried(campus, name, freeze)
    wrong, blamed = row.refused[place]
    answers = {**row.answers(campus, thread), **wrong(campus, thread)}
    answers.pop("photos", None)
    refused = refuses(thread, name, person(hand_of(row)), answers)
    assert (refused.field, refused.stale) == (blamed, False)


@pytest.mark.parametrize("state", supervision.flow.states)
def test_in_every_other_state_every_step_is_refused(campus: Campus, state: str) -> None:
    """Fault 8: all states by all steps that the table does not have."""
    thread = thread_in(campus, state)
    good = thread_in(campus, "answered")
    for name, row in TABLE.items():
        if state in row.sources:
            continue
        # The answers are good ones: it is the state that stands in the way.
        answers = row.answers(campus, good)
        answers.pop("photos", None)
        refused = refuses(thread, name, person(hand_of(row)), answers)
        assert supervision.flow.states[state] in str(refused) or "没有权限" in str(refused), f"{name} in {state}"


def test_a_page_that_is_out_of_date_is_told_so(campus: Campus) -> None:
    thread = forwarded(campus)
    supervision.talk(thread, by=campus.handler, method="phone", summary="沟通记录不让别人的页面过期")
    moved = supervision.extend(
        thread, by=campus.handler, until=later(thread), reason="要等订货", approver=campus.leader, seen=thread.version
    )
    assert refuses(thread, "reply", campus.handler, {"text": ANSWER, "seen": thread.version}).stale
    supervision.reply(thread, by=campus.handler, text=ANSWER, seen=moved.version)


# --- the rules of single steps -----------------------------------------------------------------------


def test_forwarding_starts_the_clock_and_returning_stops_it(campus: Campus, freeze: Callable[[datetime], None]) -> None:
    CalendarPeriod.create(name="校庆", kind="holiday", starts=date(2026, 11, 26), ends=date(2026, 11, 26))
    freeze(clock.utc(datetime(2026, 11, 20, 16, 30)))  # a Friday
    thread = forwarded(campus)
    assert thread.due == clock.utc(datetime(2026, 11, 30, 18))  # five working days on, one of them a holiday
    assert thread.return_until == clock.utc(datetime(2026, 11, 24, 18))
    supervision.assign(thread, by=campus.handler, handler=campus.handler)
    back = supervision.return_thread(thread, by=campus.handler, ground="归能源管理中心", suggested=energy())
    assert (back.department.code, back.due, back.return_until, back.forwarded, back.handler) == (
        "HQ-NY", None, None, None, None,
    )  # fmt: skip
    freeze(clock.utc(datetime(2026, 11, 23, 9)))
    again = supervision.forward(back, by=campus.M2, department=energy(), assisting=[canteens()])
    assert again.due == clock.utc(datetime(2026, 12, 1, 18))
    assert [row.department.code for row in again.assisting] == ["HQ-YS"]
    third = supervision.return_thread(again, by=campus.other_handler, ground="还是归饮食服务中心")
    assert third.department is None  # nobody knows better: not whoever gave it back
    last = supervision.forward(third, by=campus.M, department=canteens())
    assert last.assisting.count() == 0


def test_nothing_is_returned_after_two_working_days(campus: Campus, freeze: Callable[[datetime], None]) -> None:
    thread = forwarded(campus)
    assert thread.return_until is not None
    freeze(thread.return_until + timedelta(seconds=1))
    assert "退件期限" in str(refuses(thread, "return_thread", campus.handler, {"ground": "不归本部门管"}))
    freeze(thread.return_until)
    assert supervision.return_thread(thread, by=campus.handler, ground="不归本部门管").status == "to_forward"


def test_what_was_asked_for_again_is_never_returned(campus: Campus) -> None:
    again = supervision.reopen(answered(campus), by=campus.A, reason="还是凉的，没有变化")
    assert "重办" in str(refuses(again, "return_thread", campus.handler, {"ground": "不归本部门管"}))


def test_more_time_is_asked_for_before_it_is_due_and_twice(campus: Campus, freeze: Callable[[datetime], None]) -> None:
    thread = forwarded(campus)
    asked = {"reason": "加热管要订货", "approver": campus.leader}
    assert thread.due is not None
    freeze(thread.due + timedelta(seconds=1))
    assert "逾期" in str(refuses(thread, "extend", campus.handler, {**asked, "until": later(thread)}))
    freeze(thread.due)
    for _ in range(2):
        thread = supervision.extend(thread, by=campus.handler, until=later(thread), **asked)
    assert thread.extensions == 2
    assert "最多延期 2 次" in str(refuses(thread, "extend", campus.handler, {**asked, "until": later(thread)}))


def test_nobody_approves_their_own_extension(campus: Campus) -> None:
    Grant.create(person=campus.handler, role="leader", scope="", granted=clock.now())
    thread = forwarded(campus)
    answers = {"reason": "加热管要订货", "approver": campus.handler, "until": later(thread)}
    assert refuses(thread, "extend", campus.handler, answers).field == "approver"


def test_an_assisting_department_talks_and_does_nothing_else(campus: Campus) -> None:
    thread = supervision.forward(published(campus), by=campus.M, department=canteens(), assisting=[energy()])
    helper = campus.other_handler
    assert [step.name for step in supervision.flow.steps_for(thread, helper)] == ["talk"]
    supervision.talk(thread, by=helper, method="visit", summary="一起看了保温台的线路")
    assert last_event(thread).actor_role == "assisting"
    for name in set(BY_HAND) - {"talk", "keep_promise", "satisfied", "reopen", "forward"}:
        refuses(thread, name, helper, {})


def test_a_thread_is_asked_for_again_twice(campus: Campus) -> None:
    thread = answered(campus)
    for count in (1, 2):
        thread = supervision.reopen(thread, by=campus.A, reason=f"第 {count} 次去看还是凉的")
        assert (thread.reopened, thread.supervised, thread.answered) == (count, 1, None)
        assert thread.due == Calendar().working_days(clock.now(), 3)
        thread = answered(campus, thread)
    assert "最多要求重办 2 次" in str(refuses(thread, "reopen", campus.A, {"reason": "还是不满意，还是凉的"}))
    assert supervision.satisfied(thread, by=campus.A, score=1).score == 1


def test_pressing_waits_for_the_promise_and_goes_up_to_three(
    campus: Campus, freeze: Callable[[datetime], None]
) -> None:
    thread = forwarded(campus)
    assert thread.due is not None
    freeze(thread.due)
    assert "还没有到" in str(refuses(thread, "urge", campus.leader, {}))
    freeze(thread.due + timedelta(seconds=1))
    supervision.urge(thread, by=None, most=1)
    refuses(thread, "urge", None, {"most": 1})  # a second timetable
    for level in (2, 3, 3):
        assert supervision.urge(thread, by=campus.leader).supervised == level
    refuses(thread, "urge", None, {})


def test_the_timetable_presses_by_level_and_closes_after_a_week(
    campus: Campus, freeze: Callable[[datetime], None]
) -> None:
    freeze(clock.utc(datetime(2026, 11, 16, 9)))  # a Monday
    late, silent = forwarded(campus), answered(campus)
    assert late.due == clock.utc(datetime(2026, 11, 23, 18))
    for moment, level, steps in (
        (datetime(2026, 11, 23, 17), 0, 1),  # the silent one is closed
        (datetime(2026, 11, 23, 19), 1, 1),
        (datetime(2026, 11, 25, 17), 1, 0),
        (datetime(2026, 11, 25, 19), 2, 1),
        (datetime(2026, 11, 27, 19), 3, 1),
        (datetime(2026, 12, 30, 19), 3, 0),
    ):
        freeze(clock.utc(moment))
        assert (supervision.run_timers(), now(late).supervised) == (steps, level), moment
    closed = now(silent)
    assert (closed.status, closed.score, last_event(closed).details["automatic"]) == ("done", None, True)
    refuses(closed, "satisfied", campus.A, {"score": 5})


def test_merging_takes_everybody_along(campus: Campus) -> None:
    thread, main = published(campus), published(campus, campus.B)
    for board in (thread, main):
        supervision.support(board, by=campus.fresh)
    supervision.support(thread, by=campus.kept)
    supervision.support(thread, by=campus.B)  # the author of the main thread
    supervision.follow(thread, by=campus.caller)
    merged = supervision.merge(thread, by=campus.M, main=main)
    assert (merged.status, merged.main.number) == ("merged", main.number)
    assert {row.person_id for row in main.followers} == {campus.A.id, campus.caller.id}
    assert (now(main).supports, main.supporters.count()) == (2, 2)
    for other in (merged, posted(campus.fresh)):
        assert refuses(published(campus), "merge", campus.M, {"main": other}).field == "main"


def test_a_private_thread_is_not_merged_into_a_public_one(campus: Campus) -> None:
    private = decided(posted(campus.A, shown_as="private"), "keep_private", campus.M)
    assert refuses(private, "merge", campus.M, {"main": published(campus, campus.B)}).field == "main"
    other = decided(posted(campus.B, shown_as="private"), "keep_private", campus.M)
    assert supervision.merge(private, by=campus.M, main=other).status == "merged"


def test_what_was_taken_out_of_sight_is_not_worked_on(campus: Campus) -> None:
    hidden = moderation.hide(forwarded(campus), by=campus.M, code="privacy")
    asked = {"until": later(hidden), "reason": "要等订货", "approver": campus.leader}
    assert refuses(hidden, "reply", campus.handler, {"text": ANSWER}).stale
    assert refuses(hidden, "extend", campus.handler, asked).stale
    waiting = published(campus)
    moderation.withdraw(waiting, by=campus.A)
    assert refuses(now(waiting), "forward", campus.M, {"department": canteens()}).stale


# --- replies and their review ------------------------------------------------------------------------


def test_a_reply_is_nobodys_before_its_review(campus: Campus) -> None:
    thread = forwarded(campus)
    reply = drafted(campus, thread, photos=[photo()])
    assert (now(thread).status, reply.moderation, reply.published) == ("replying", "pending", None)
    assert not moderation.is_disclosed(reply)
    sent = Photo.get(Photo.name == reply.photos[0])
    for name in ("A", "B", "leader", "other_handler", "lead", "X"):
        assert not access.sees(person(name), reply), name
        assert not photos.may_see(person(name), sent), name
    for name in ("handler", "M"):
        assert access.sees(person(name), reply), name
    waiting = submission_of(reply)
    Grant.create(person=campus.handler, role="moderator", scope="", granted=clock.now())
    with pytest.raises(Refused):
        moderation.publish(reply, by=campus.handler, submission=waiting.id, version=waiting.version)
    decided(reply, "publish", campus.M)
    assert moderation.is_disclosed(Reply.get_by_id(reply.id))
    assert (now(thread).status, now(thread).answered is not None) == ("answered", True)


@pytest.mark.parametrize(
    ("decision", "answers"),
    [("send_back", {"code": "unclear", "note": "请写明哪一天"}), ("reject", {"code": "off_topic", "note": "答非所问"})],
)
def test_a_reply_that_is_sent_back_is_drafted_anew(campus: Campus, decision: str, answers: dict[str, str]) -> None:
    thread = forwarded(campus)
    reply = drafted(campus, thread)
    decided(reply, decision, campus.M, **answers)
    back = now(thread)
    assert (back.status, back.due) == ("handling", thread.due)
    event = last_event(back)
    assert (event.name, event.details["reason"], event.details["note"]) == ("reply_back", *answers.values())
    last = supervision.last_sent_back(back)
    assert last is not None
    assert last.id == reply.id
    second = drafted(campus, back, text="11 月 23 日已更换二食堂的加热管，欢迎监督。")
    assert supervision.last_sent_back(now(thread)) is None
    decided(second, "publish", campus.M2)
    assert now(thread).status == "answered"
    assert [row.id for row in moderation.disclosed(Reply)] == [second.id]


def test_who_drafted_takes_a_reply_back_before_its_review(campus: Campus) -> None:
    thread = forwarded(campus)
    reply = drafted(campus, thread)
    moderation.withdraw(reply, by=campus.handler)
    assert (now(thread).status, Reply.get_by_id(reply.id).moderation) == ("handling", "withdrawn")
    assert moderation.proposal(reply) is None


def test_a_published_reply_is_changed_without_moving_the_thread(campus: Campus) -> None:
    thread = answered(campus)
    reply = reply_of(thread)
    moderation.edit(reply, by=campus.handler, content={"text": f"{ANSWER}补充：周末也测温。"})
    assert (now(thread).status, Reply.get_by_id(reply.id).text) == ("answered", ANSWER)
    decided(Reply.get_by_id(reply.id), "send_back", campus.M, code="unclear", note="不清楚")
    assert (now(thread).status, Reply.get_by_id(reply.id).text) == ("answered", ANSWER)


def test_a_decision_on_a_reply_is_taken_back_with_the_thread(campus: Campus) -> None:
    thread = forwarded(campus)
    for decision, answers in (("publish", {}), ("send_back", {"code": "unclear", "note": "不清楚"})):
        reply = drafted(campus, now(thread)) if now(thread).status == "handling" else reply_of(thread)
        waiting = submission_of(reply)
        decided(reply, decision, campus.M, **answers)
        moderation.undo(Reply.get_by_id(reply.id), by=campus.M, submission=waiting.id)
        assert (now(thread).status, now(thread).answered) == ("replying", None)
        assert not moderation.is_disclosed(Reply.get_by_id(reply.id))
    decided(reply_of(thread), "publish", campus.M2)
    assert now(thread).status == "answered"


def test_a_private_thread_is_answered_in_private(campus: Campus) -> None:
    private = decided(posted(campus.A, shown_as="private"), "keep_private", campus.M)
    thread = supervision.forward(private, by=campus.M, department=canteens())
    decided(drafted(campus, thread), "publish", campus.M)
    assert now(thread).status == "answered"
    assert not moderation.is_disclosed(reply_of(thread))
    with pytest.raises(Refused):
        commented(campus, now(thread))


# --- promises ----------------------------------------------------------------------------------------


def test_a_promise_is_kept_once(campus: Campus) -> None:
    thread = answered(campus, promised=clock.today() + timedelta(days=3))
    reply = reply_of(thread)
    assert [row.id for row in supervision.open_promises(thread)] == [reply.id]
    supervision.keep_promise(thread, by=campus.handler, reply=reply, kept=clock.today())
    assert Reply.get_by_id(reply.id).kept == clock.today()
    assert last_event(thread).details == {
        "reply": reply.id, "promised": reply.promised, "kept": clock.today().isoformat(),
    }  # fmt: skip
    assert not supervision.open_promises(thread)
    assert refuses(thread, "keep_promise", campus.handler, {"reply": reply, "kept": clock.today()}).stale


def test_no_promise_of_another_thread_or_of_a_draft_is_kept(campus: Campus) -> None:
    thread, other = answered(campus), answered(campus, promised=clock.today())
    for reply in (reply_of(thread), reply_of(other)):  # the first promised nothing
        refused = refuses(thread, "keep_promise", campus.handler, {"reply": reply, "kept": clock.today()})
        assert refused.field == "reply"
    again = supervision.reopen(thread, by=campus.A, reason="还是凉的，没有变化")
    draft = drafted(campus, again, promised=clock.today())
    Thread.update(status="answered").where(Thread.id == again.id).execute()
    refuses(now(again), "keep_promise", campus.handler, {"reply": draft, "kept": clock.today()})
