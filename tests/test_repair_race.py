"""Several people at once on one order: one is served, the others are told. Each thread has its own connection."""

import functools
import io
import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from playhouse.pool import PooledPostgresqlDatabase

import models
from hall import clock, events, photos, repairs
from hall.words import Refused
from models import Event, OrderFollower, Photo, Rating, RepairOrder, SettlementLine
from tests.conftest import Campus
from tests.story import LABOUR, STARS, Story, group

ROUNDS = 100


@pytest.fixture
def story(campus: Campus) -> Story:
    if isinstance(models.database.obj, PooledPostgresqlDatabase):
        models.database.obj._max_connections = 16  # as several web processes have together
    return Story(campus)


def at_once(*verbs: Callable[[], Any]) -> list[Any]:
    """Call all `verbs` at the same moment, each in a thread; gives what each returned or raised."""
    results: list[Any] = [None] * len(verbs)
    barrier = threading.Barrier(len(verbs))

    def run(place: int, verb: Callable[[], Any]) -> None:
        try:
            barrier.wait(10)
            results[place] = verb()
        except Exception as error:
            results[place] = error
        finally:
            models.database.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def in_turns(rounds: Sequence[Sequence[Callable[[], Any]]]) -> list[list[Any]]:
    """`at_once` for many rounds, with the same threads for all of them."""

    def turns(place: int) -> Callable[[], list[Any]]:
        def run() -> list[Any]:
            results = []
            for verbs in rounds:
                meet.wait(30)
                try:
                    results.append(verbs[place]())
                except Refused as refused:
                    results.append(refused)
            return results

        return run

    meet = threading.Barrier(len(rounds[0]))
    columns = at_once(*[turns(place) for place in range(len(rounds[0]))])
    for column in columns:
        assert isinstance(column, list), column
    return [list(row) for row in zip(*columns, strict=True)]


def check_one_each(rounds: list[list[Any]]) -> None:
    """In each round one was done and every other one was refused as too late."""
    for results in rounds:
        refused = [result for result in results if isinstance(result, Refused)]
        assert len(refused) == len(results) - 1, results
        assert all(result.stale for result in refused), refused


def check_chain(order: RepairOrder, length: int) -> None:
    chain = list(reversed(events.timeline(order)))
    assert [event.seq for event in chain] == list(range(1, length + 1))
    assert not events.broken_links(chain)


def test_two_people_take_the_same_step(story: Story) -> None:
    """Fault 7: a hundred times, and never both."""
    orders = [story.report() for _ in range(ROUNDS)]
    lead, worker = story.who["lead"], story.who["W1"]

    def accepted(order: RepairOrder, by: Any) -> Callable[[], Any]:
        return lambda: repairs.accept(order, by=by)

    check_one_each(in_turns([(accepted(order, lead), accepted(order, worker)) for order in orders]))
    assert Event.select().where(Event.name == "accept").count() == ROUNDS
    for order in orders:
        check_chain(order, 2)


def test_eight_people_take_eight_steps(story: Story) -> None:
    """Every step that leads away from `reported`, all at once, from pages that show the same version."""
    who = story.who

    def round_of(order: RepairOrder, main: RepairOrder) -> list[Callable[[], Any]]:
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("accept", "lead", {}),
            ("accept", "W1", {}),
            ("accept", "helper", {}),
            ("withdraw", "A", {}),
            ("decline", "lead", {"code": "not_ours"}),
            ("send_back", "reviewer", {"reason": "请补充"}),
            ("transfer", "lead", {"group": group("DG2"), "reason": "是电的问题"}),
            ("merge", "lead", {"main": main}),
        ]
        return [
            functools.partial(repairs.flow.perform, order, name, by=who[by], seen=order.version, **answers)
            for name, by, answers in steps
        ]

    rounds = [round_of(story.report(), story.report(who["B"])) for _ in range(20)]
    for results in in_turns(rounds):
        assert sum(isinstance(result, RepairOrder) for result in results) == 1, results
        assert sum(isinstance(result, Refused) for result in results) == 7, results
    assert Event.select().where(Event.subject_type == "repair_order", Event.name != "report").count() == 20


def test_two_decisions_about_finished_work(story: Story) -> None:
    order = story.order("finished")
    seen = order.version
    check_one_each(
        [
            at_once(
                lambda: repairs.inspect(order, by=story.who["A"], seen=seen),
                lambda: repairs.rework(order, by=story.who["A"], reason="还是在滴水", seen=seen),
                lambda: repairs.inspect(order, by=None, seen=seen),
            )
        ]
    )


def test_a_settlement_is_written_once(story: Story) -> None:
    for _ in range(10):
        order = story.order("inspected")
        check_one_each([at_once(*[lambda order=order: story.settle(order, LABOUR)] * 2)])
        assert SettlementLine.select().where(SettlementLine.order == order.id).count() == 1


def test_a_rating_is_given_once(story: Story) -> None:
    for _ in range(10):
        order = story.order("finished")
        results = at_once(*[lambda order=order: repairs.rate(order, by=story.who["A"], **STARS)] * 2)
        assert sorted(isinstance(result, Refused) for result in results) == [False, True], results
        assert Rating.select().where(Rating.order == order.id).count() == 1


def test_an_urge_counts_once(story: Story) -> None:
    order = story.order("accepted")
    results = at_once(*[lambda: repairs.urge(order, by=story.who["A"])] * 4)
    assert sorted(isinstance(result, Refused) for result in results) == [False, True, True, True], results


def test_two_orders_are_never_merged_into_each_other(story: Story) -> None:
    lead = story.who["lead"]
    for _ in range(20):
        one, two = story.report(), story.report(story.who["B"])
        results = at_once(
            lambda one=one, two=two: repairs.merge(one, by=lead, main=two),
            lambda one=one, two=two: repairs.merge(two, by=lead, main=one),
        )
        assert all(isinstance(result, RepairOrder | Refused) for result in results), results
        merged = [order for order in (one, two) if RepairOrder.get_by_id(order.id).status == "merged"]
        assert len(merged) <= 1


def test_the_same_form_ten_times_makes_one_order(story: Story) -> None:
    """Fault 9, with photos."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    prepared = photos.prepare([("tap.png", file.getvalue())])
    results = at_once(*[lambda: story.report(photos=prepared, once="one page")] * 10)
    assert {getattr(result, "number", result) for result in results} == {RepairOrder.get().number}
    assert (RepairOrder.select().count(), Photo.select().count()) == (1, 1)
    assert Event.select().where(Event.subject_type == "repair_order").count() == 1


def test_the_same_step_ten_times_is_taken_once(story: Story) -> None:
    order = story.order("accepted")
    results = at_once(*[lambda: repairs.comment(order, by=story.who["A"], words="下午在", once="one page")] * 10)
    assert {getattr(result, "id", result) for result in results} == {order.id}
    assert Event.select().where(Event.name == "comment").count() == 1
    again = at_once(*[lambda: repairs.withdraw(order, by=story.who["A"], once="other page", seen=order.version)] * 10)
    assert {getattr(result, "status", result) for result in again} == {"withdrawn"}
    check_chain(order, 4)


def test_a_form_that_was_sent_serves_nobody_else(story: Story) -> None:
    order, other = story.order("accepted"), story.order("accepted")
    repairs.comment(order, by=story.who["A"], words="下午在", once="page")
    for verb in (
        lambda: repairs.comment(other, by=story.who["A"], words="下午在", once="page"),
        lambda: repairs.comment(order, by=story.who["W1"], words="下午在", once="page"),
        lambda: repairs.withdraw(order, by=story.who["A"], once="page"),
        lambda: story.report(once="page"),
    ):
        with pytest.raises(Refused) as caught:
            verb()
        assert caught.value.stale
    assert Event.select().where(Event.name == "comment").count() == 1


def test_numbers_are_unique_and_without_holes(story: Story) -> None:
    results = in_turns([[lambda: story.report() for _ in range(8)] for _ in range(5)])
    numbers = sorted(order.number for order in itertools.chain(*results))
    prefix = f"BX{clock.today():%y%m%d}"
    assert numbers == [f"{prefix}{count:04d}" for count in range(1, 41)]


def test_two_timetables_take_each_step_once(story: Story) -> None:
    late = [story.order("accepted") for _ in range(5)]
    silent = [story.order("finished") for _ in range(5)]
    free = []
    for _ in range(5):
        order = story.finish(story.order("repairing"), materials="", labour_minutes=10)
        free.append(repairs.inspect(order, by=story.who["A"]))
    old = [story.order("settled") for _ in range(5)]
    RepairOrder.update(finished=clock.now() - timedelta(days=8)).where(RepairOrder.status == "settled").execute()
    RepairOrder.update(finish_due=clock.now()).where(RepairOrder.status == "accepted").execute()
    moment = clock.now() + timedelta(days=7, hours=12)

    def timers() -> int:
        with clock.at(moment):
            return repairs.run_timers()

    results = at_once(*[timers] * 4)
    assert sum(results) == 20, results
    by_name = Event.select().where(Event.actor.is_null(), Event.at == moment)
    assert (
        sorted(event.name for event in by_name) == ["close"] * 5 + ["inspect"] * 5 + ["mark_late"] * 5 + ["settle"] * 5
    )
    for order in [*late, *silent, *free, *old]:
        assert not events.broken_links(reversed(events.timeline(order)))


def test_a_follower_is_kept_once(story: Story, campus: Campus) -> None:
    order = story.report(room="")
    at_once(*[lambda: repairs.follow(order, by=campus.B)] * 5)
    assert OrderFollower.select().count() == 1
