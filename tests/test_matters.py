"""Everything of somebody on one timeline: all services, by key, in one query, what waits first."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import peewee
from flask import Flask

from hall import clock, market, matters, moderation, repairs, supervision
from hall.matters import Matter
from models import Building, Comment, Event, Listing, Person, RepairOrder, database
from tests import board, lost, stall
from tests.conftest import Campus
from tests.counting import statements
from tests.story import PHONE, TEXT, item

Asked = Callable[[], AbstractContextManager[list[str]]]


def ordered(by: Person) -> RepairOrder:
    """A tap of `by` that drips."""
    building = Building.get(Building.code == "NQ4")
    order: RepairOrder = repairs.report(
        by=by, building=building, room="301", item=item(), description_text=TEXT, phone=PHONE
    )
    return order


def everything(campus: Campus) -> list[str]:
    """One thing of every kind for B, ten minutes apart; gives the kinds from the newest to the oldest."""
    clock_now = clock.now() - timedelta(hours=3)
    thread, notice, listing = board.published(campus), lost.published(campus), stall.published(campus)
    steps: list[Callable[[], object]] = [
        lambda: ordered(campus.B),
        lambda: board.posted(campus.B, kind="question"),
        lambda: supervision.comment(thread, by=campus.B, text="我也遇到过好几次，周末尤其明显。"),
        lambda: lost.published(campus, campus.B, kind="lost"),
        lambda: lost.claimed(campus, notice),
        lambda: stall.published(campus, campus.B),
        lambda: stall.reserved(campus, listing),
    ]
    for number, step in enumerate(steps):
        with clock.at(clock_now + timedelta(minutes=10 * number)):
            step()
    return ["purchase", "listing", "claim", "notice", "comment", "thread", "repair"]


def walked(person: Person, limit: int) -> list[Matter]:
    """The timeline of `person`, page by page."""
    after, found = "", []
    while True:
        rows, after = matters.page(person, after, limit)
        found += rows
        if not after:
            return found


def test_one_timeline_over_all_services(campus: Campus, queries: Asked) -> None:
    expected = everything(campus)
    person = campus.B
    with queries() as asked:
        whole, following = matters.page(person)
    assert [matter.kind for matter in whole] == expected and not following
    assert len(asked) == 1
    assert all(isinstance(matter.moment, datetime) for matter in whole)
    for limit in (1, 2, 3):
        assert walked(person, limit) == whole
    # Whose it is not sees nothing of it; A has only what B is the other side of.
    assert {matter.kind for matter in matters.page(campus.A)[0]} == {"thread", "notice", "listing"}
    assert not matters.page(campus.W1)[0]
    assert matters.page(person, "2026-11-22T10:00:00~nothing~1")[0] == whole  # an address that nobody gave out
    assert walked(person, 2)[0].link == f"/market/{whole[0].number}"


def test_same_moment_is_no_gap(campus: Campus) -> None:
    moment = clock.now()
    with clock.at(moment):
        for _ in range(3):
            ordered(campus.B)
            board.posted(campus.B, title=f"第 {_} 个问题", kind="question")
    kinds = [(matter.kind, matter.number) for matter in walked(campus.B, 2)]
    assert len(kinds) == len(set(kinds)) == 6


def test_of_many_orders_the_newest_are_read_and_the_others_not_sorted(campus: Campus, whole_app: Flask) -> None:
    first = RepairOrder.get_by_id(ordered(campus.B).id)
    values = {name: value for name, value in first.__data__.items() if name != "id"}
    whose = [campus.B.id, *[campus.A.id] * 19]
    older = [
        {"number": f"X{n}", "created": first.created - timedelta(hours=n + 1), "reporter": whose[n % len(whose)]}
        for n in range(2_000)
    ]
    for some in peewee.chunked(older, 500):
        RepairOrder.insert_many([values | changed for changed in some]).execute()
    on_sqlite = isinstance(database.obj, peewee.SqliteDatabase)
    if not on_sqlite:
        database.execute_sql("ANALYZE repair_order")
        database.execute_sql("SET random_page_cost = 1.1")  # a disk that needs not seek
    asked: list[tuple[str, Any]] = []
    with statements(whole_app, lambda sql, given: asked.append((sql, given))):
        rows, _following = matters.page(campus.B)
    assert [row.number for row in rows[:2]] == [first.number, "X0"]
    sql, given = next(each for each in asked if "UNION ALL" in each[0])
    explain = "EXPLAIN QUERY PLAN" if on_sqlite else "EXPLAIN"
    plan = " ".join(str(line) for line in database.execute_sql(f"{explain} {sql}", given).fetchall())
    assert "repairorder_reporter_id_created_id" in plan


def test_what_waits_comes_first(campus: Campus, queries: Asked) -> None:
    everything(campus)
    person = campus.B
    with queries() as asked:
        found = matters.open_matters(person, 6)
    assert len(asked) == 1 and len(found) == 6
    assert [matter.kind for matter in found if matter.action] == ["purchase"]
    assert found[0].action == ("确认成交", f"/market/{found[0].number}/confirm")
    # The order is done, and is B's to look at.
    repair = RepairOrder.get()
    RepairOrder.update(status="finished").where(RepairOrder.id == repair.id).execute()
    found = matters.open_matters(person, 6)
    assert [matter.kind for matter in found if matter.action] == ["purchase", "repair"]
    RepairOrder.update(status="closed").where(RepairOrder.id == repair.id).execute()
    assert "repair" not in {matter.kind for matter in matters.open_matters(person, 20)}
    # A deal that is done is to be rated, but nobody counts on it.
    listing = Listing.get(Listing.number == found[0].number)
    market.confirm(listing, by=campus.A)
    market.confirm(stall.now(listing), by=person)
    assert matters.open_matters(person, 1)[0].action == ("去评价", f"/market/{listing.number}/rate")
    assert "purchase" not in {matter.kind for matter in matters.under_way(person, 20)}


def test_a_hidden_thread_is_not_told_to_who_commented(campus: Campus) -> None:
    thread = board.published(campus)
    supervision.comment(thread, by=campus.B, text="我也遇到过好几次，周末尤其明显。")
    said = matters.page(campus.B)[0][0]
    assert said.title[1]["title"] == board.TITLE and said.link == f"/supervision/{thread.number}"
    moderation.withdraw(thread, by=campus.A)
    said = matters.page(campus.B)[0][0]
    assert board.TITLE not in str(said) and not said.link
    assert Comment.select().count() == 1 and Event.select().count() > 3
