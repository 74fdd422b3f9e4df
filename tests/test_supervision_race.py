"""Several people at once on one thread: one is served, the others are told; and nobody publishes what nobody read."""

import functools
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playhouse.pool import PooledPostgresqlDatabase

import models
from hall import clock, events, moderation, supervision
from hall.words import Refused
from models import Event, Person, Reply, Submission, Thread
from tests.board import ANSWER, TITLE, answered, drafted, forwarded, posted, published, submission_of
from tests.conftest import Campus
from tests.limits import limit
from tests.test_repair_race import at_once, check_one_each, in_turns
from tests.test_supervision_flow import canteens, energy, later, now, reply_of

ROUNDS = 100
SAVES = 50


@pytest.fixture
def board(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> Campus:
    """The cast on a board that takes as many threads as a test needs."""
    if isinstance(models.database.obj, PooledPostgresqlDatabase):
        models.database.obj._max_connections = 16  # as several web processes have together
    limit(monkeypatch, "supervision.posts_a_day", 1000)
    return campus


def check_chain(thread: Thread) -> None:
    chain = list(reversed(events.timeline(thread)))
    assert [event.seq for event in chain] == list(range(1, len(chain) + 1))
    assert not events.broken_links(chain)


def test_two_moderators_forward_the_same_thread(board: Campus) -> None:
    """Fault 7: a hundred times, and never both."""
    threads = [published(board) for _ in range(ROUNDS)]
    one, two, here, there = board.M, board.M2, canteens(), energy()

    def forward(thread: Thread, by: Person, department: Any) -> Callable[[], Any]:
        return lambda: supervision.forward(thread, by=by, department=department)

    check_one_each(in_turns([(forward(thread, one, here), forward(thread, two, there)) for thread in threads]))
    assert Event.select().where(Event.name == "forward").count() == ROUNDS
    for thread in threads:
        told = events.timeline(thread)[0]
        assert now(thread).department.name == told.details["department"]
        check_chain(thread)


def test_two_moderators_decide_on_the_same_text(board: Campus) -> None:
    """Fault 7, in the moderation: a hundred times, and never both."""
    threads = [posted(board.A) for _ in range(ROUNDS)]
    one, two = board.M, board.M2

    def decide(thread: Thread, decision: str, by: Person, **answers: Any) -> Callable[[], Any]:
        waiting = submission_of(thread)
        shown = {"submission": waiting.id, "version": waiting.version}
        return functools.partial(moderation.decide, thread, decision, by=by, **shown, **answers)

    rounds = [(decide(row, "publish", one), decide(row, "reject", two, code="abuse")) for row in threads]
    check_one_each(in_turns(rounds))
    for thread in threads:
        closed = Submission.get(Submission.subject_id == thread.id)
        assert now(thread).moderation == {"publish": "published", "reject": "rejected"}[closed.decision]
        check_chain(thread)


def test_eight_steps_away_from_one_page(board: Campus) -> None:
    """Every step that moves a thread that is being handled, all at once, from pages that show the same version."""

    def round_of(thread: Thread, main: Thread) -> list[Callable[[], Any]]:
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("reply", "handler", {"text": ANSWER}),
            ("reply", "handler", {"text": ANSWER, "measures": "每天两次测温"}),
            ("return_thread", "handler", {"ground": "归能源管理中心", "suggested": energy()}),
            ("extend", "handler", {"until": later(thread), "reason": "要等订货", "approver": board.leader}),
            ("extend", "handler", {"until": later(thread, 5), "reason": "要等订货", "approver": board.leader}),
            ("merge", "M", {"main": main}),
            ("merge", "M2", {"main": main}),
            ("return_thread", "handler", {"ground": "不归本部门管"}),
        ]
        return [
            functools.partial(
                supervision.flow.perform, thread, name, by=getattr(board, by), seen=thread.version, **said
            )
            for name, by, said in steps
        ]

    threads = [forwarded(board) for _ in range(15)]
    rounds = [round_of(thread, published(board, board.B)) for thread in threads]
    for results in in_turns(rounds):
        # Who has given it back is refused for that, not for being late.
        assert sum(isinstance(result, Thread) for result in results) == 1, results
        assert sum(isinstance(result, Refused) for result in results) == len(results) - 1, results
    for thread in threads:
        assert events.timeline(thread)[1].name == "forward"
        assert Reply.select().where(Reply.thread == thread.id).count() == (now(thread).status == "replying")
        check_chain(thread)


def test_two_opinions_about_an_answer(board: Campus) -> None:
    author = board.A
    for _ in range(10):
        thread = answered(board, forwarded(board))
        results = at_once(
            lambda thread=thread: supervision.satisfied(thread, by=author, score=5),
            lambda thread=thread: supervision.reopen(thread, by=author, reason="还是凉的，没有变化"),
            lambda thread=thread: supervision.satisfied(thread, by=None),
        )
        check_one_each([results])


def test_the_same_reply_ten_times_is_one(board: Campus) -> None:
    """Fault 9."""
    thread, handler = forwarded(board), board.handler
    results = at_once(
        *[lambda: supervision.reply(thread, by=handler, text=ANSWER, once="one page", seen=thread.version)] * 10
    )
    assert {getattr(result, "status", result) for result in results} == {"replying"}
    assert Reply.select().count() == Submission.select().where(Submission.subject_type == "reply").count() == 1
    check_chain(thread)


def test_the_same_post_ten_times_is_one(board: Campus) -> None:
    author = board.A
    results = at_once(*[lambda: posted(author, once="one page")] * 10)
    assert {getattr(result, "number", result) for result in results} == {Thread.get().number}
    assert (Thread.select().count(), Submission.select().count()) == (1, 1)


def test_a_promise_is_kept_once(board: Campus) -> None:
    for _ in range(10):
        thread, handler = answered(board, forwarded(board), promised=clock.today()), board.handler
        reply = reply_of(thread)
        check_one_each(
            [
                at_once(
                    *[functools.partial(supervision.keep_promise, thread, by=handler, reply=reply, kept=clock.today())]
                    * 4
                )
            ]
        )


def test_support_counts_each_person_once(board: Campus) -> None:
    thread, people = published(board), [board.B, board.fresh, board.kept, board.lead]
    at_once(*[functools.partial(supervision.support, thread, by=person) for person in people * 3])
    assert now(thread).supports == thread.supporters.count() == 4
    at_once(*[functools.partial(supervision.unsupport, thread, by=person) for person in people * 3])
    assert now(thread).supports == thread.supporters.count() == 0


def test_two_threads_are_never_merged_into_each_other(board: Campus) -> None:
    moderator = board.M
    for _ in range(20):
        one, two = published(board), published(board, board.B)
        results = at_once(
            lambda one=one, two=two: supervision.merge(one, by=moderator, main=two),
            lambda one=one, two=two: supervision.merge(two, by=moderator, main=one),
        )
        assert all(isinstance(result, Thread | Refused) for result in results), results
        assert [now(one).status, now(two).status].count("merged") <= 1


def test_two_timetables_take_each_step_once(board: Campus) -> None:
    late = [forwarded(board) for _ in range(5)]
    silent = [answered(board, forwarded(board)) for _ in range(5)]
    moment = clock.now() + timedelta(days=8)
    Thread.update(due=moment - timedelta(hours=1)).where(Thread.status == "handling").execute()

    def timers() -> int:
        with clock.at(moment):
            return supervision.run_timers()

    assert sum(at_once(*[timers] * 4)) == 10
    assert {(now(row).supervised, now(row).status) for row in late} == {(1, "handling")}
    assert {now(row).status for row in silent} == {"done"}
    for thread in (*late, *silent):
        check_chain(thread)


# --- publishing while the author saves ---------------------------------------------------------------


def text_of(number: int) -> str:
    return f"第 {number} 稿：二食堂的例汤晚上六点以后都是凉的，希望改进。"


class Readers:
    """Looks at what everybody may read, again and again, while others write."""

    def __init__(self, thread: Thread) -> None:
        self.thread, self.seen, self.over = thread, set[str](), threading.Event()

    def look(self) -> None:
        while not self.over.is_set():
            row = moderation.disclosed(Thread).where(Thread.id == self.thread.id).first()
            if row is not None:
                self.seen.add(row.text)


@pytest.mark.parametrize("first", [True, False])
def test_nobody_publishes_what_nobody_read(board: Campus, first: bool) -> None:
    """The author saves 50 times, while a moderator publishes what is shown, and readers look.

    Once before the first publication, and once with edits of what is public.
    """
    thread = posted(board.A, text=text_of(0)) if first else published(board, text=text_of(0))
    author, moderator, readers = board.A, board.M, Readers(thread)
    read = set[str]() if first else {text_of(0)}
    refused: list[Refused] = []

    def save() -> int:
        saved = 0
        for number in range(1, SAVES + 1):
            moderation.edit(thread, by=author, content={"title": TITLE, "text": text_of(number)})
            saved += 1
        readers.over.set()
        return saved

    def publish() -> int:
        done = 0
        while not readers.over.is_set() or moderation.proposal(thread) is not None:
            shown = moderation.proposal(thread)
            if shown is None:
                continue
            read.add(shown.content["text"])
            try:
                moderation.publish(thread, by=moderator, submission=shown.id, version=shown.version)
                done += 1
                assert now(thread).text in read
            except Refused as refusal:
                refused.append(refusal)
        return done

    results = at_once(save, publish, readers.look)
    assert results[0] == SAVES, results
    assert isinstance(results[1], int), results
    assert results[1] >= 1
    assert readers.seen <= read, readers.seen - read
    assert all(refusal.stale for refusal in refused), refused
    assert now(thread).text == text_of(SAVES)
    for closed in Submission.select().where(Submission.decision == "publish"):
        assert closed.content["text"] in read
    check_chain(thread)


def test_a_decision_in_the_middle_of_a_save_is_refused(board: Campus) -> None:
    """The same without chance: what was shown is version 1, and the author has saved since."""
    for first in (True, False):
        thread = posted(board.A, text=text_of(0)) if first else published(board, text=text_of(0))
        if not first:
            moderation.edit(thread, by=board.A, content={"title": TITLE, "text": text_of(1)})
        shown = submission_of(thread)
        moderation.edit(thread, by=board.A, content={"title": TITLE, "text": text_of(2)})
        for decision, answers in (
            ("publish", {}), ("keep_private", {}), ("reject", {"code": "abuse"}), ("send_back", {"note": "不清楚"}),
        ):  # fmt: skip
            with pytest.raises(Refused) as caught:
                moderation.decide(
                    now(thread), decision, by=board.M, submission=shown.id, version=shown.version, **answers
                )
            assert caught.value.stale
            assert "作者刚刚改过" in str(caught.value)
        public = moderation.disclosed(Thread).where(Thread.id == thread.id).first()
        assert public is None if first else public.text == text_of(0)


def test_a_reply_that_changed_since_it_was_read_is_not_published(board: Campus) -> None:
    thread = forwarded(board)
    reply, shown = drafted(board, thread), submission_of(reply_of(thread))
    moderation.edit(
        reply, by=board.handler, content={"text": f"{ANSWER}没有人读过这一句。", "measures": "", "promised": ""}
    )
    with pytest.raises(Refused) as caught:
        moderation.publish(reply, by=board.M, submission=shown.id, version=shown.version)
    assert caught.value.stale
    assert (now(thread).status, list(moderation.disclosed(Reply))) == ("replying", [])
