"""公开透明: the open figures are right, and nobody's own case can be seen in them or told from their differences."""

import random
import re
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from hall import clock, transparency, transparency_counting
from hall.transparency_counting import LEAST, Tally, in_lots
from models import (
    Building,
    Department,
    ItemKind,
    Listing,
    ListingCategory,
    MaintenanceGroup,
    MonthlyFigure,
    Person,
    PropertyNotice,
    Rating,
    RepairItem,
    RepairOrder,
    SafePlace,
    Thread,
    database,
)
from tests.conftest import Campus
from tests.visitor import Visitor

NOVEMBER = date(2026, 11, 1)
BEGINS = datetime(2026, 10, 31, 16)  # where November begins in Asia/Shanghai, as naive UTC
ENDS = datetime(2026, 11, 30, 16)
NOON = datetime(2026, 11, 20, 4)
COUNTS = ("cases", "responded", "done", "promised", "marks")


@pytest.fixture
def people(campus: Campus, freeze: Callable[[datetime], None]) -> list[Person]:
    freeze(NOON)
    return list(Person.select().where(Person.kind == "student").order_by(Person.number).limit(40))


def order(who: Person, created: datetime = NOON - timedelta(days=9), **more: Any) -> RepairOrder:
    given = {
        "number": f"BX{RepairOrder.select().count():08}",
        "status": "reported",
        "phone": "13900000057",
        "building": Building.get(Building.code == "NQ4"),
        "item": RepairItem.get(RepairItem.code == "S01"),
        "group": MaintenanceGroup.get(MaintenanceGroup.code == "SN2"),
        "description": "水龙头一直滴水",
        **more,
    }
    return RepairOrder.create(reporter=who, created=created, **given)


def finished(who: Person, minutes: int, mark: int = 0, status: str = "closed", **more: Any) -> RepairOrder:
    """An order that was promised within four hours and took so many minutes, with so many stars."""
    created = more.pop("created", NOON - timedelta(days=9))
    done = created + timedelta(minutes=minutes)
    times = {"responded": created + timedelta(minutes=minutes / 6), "finish_due": created + timedelta(hours=4)}
    made = order(who, created, status=status, finished=done, **{**times, **more})
    if mark:
        Rating.create(order=made, speed=mark, quality=mark, manner=mark, created=done)
    return made


def kept() -> dict[tuple[str, str, str], dict[str, Any]]:
    """What is kept of November, but when it was counted."""
    rows = MonthlyFigure.select().where(MonthlyFigure.month == NOVEMBER)
    plain = [row.__data__ | {"id": 0, "updated": 0} for row in rows]
    return {(row["service"], row["scope"], row["code"]): row for row in plain}


def test_a_lot_is_five_cases_of_five_people() -> None:
    def filled(people: str) -> int:
        entries = [(NOON + timedelta(hours=place), place, who, 0.0) for place, who in enumerate(people)]
        return len(in_lots(reversed(entries)))

    assert [filled(people) for people in ("abcd", "abcde", "abcdefghi", "abcdefghij")] == [0, 5, 5, 10]
    assert filled("aaaaaaaaaa") == 0  # ten cases of one person are that person's
    assert filled("aaaabcdefg") == 10 and filled("aaaabcdef") == 0
    assert filled("abcdeaaaaabcde") == 5


def test_no_two_figures_differ_by_fewer_than_five_people() -> None:
    chance, tally = random.Random(5), Tally()
    before: dict[Any, Any] = {}
    seen: list[tuple[str, int]] = []
    for number in range(400):
        unit, who = ("group", chance.choice("xxxxy")), chance.randrange(60)
        for each in (("all", ""), unit):
            for sample in (tally.came, tally.responded, tally.done, tally.promised, tally.marked):
                if sample is tally.came or chance.random() < 0.8:
                    sample[each].append((NOON + timedelta(minutes=number), number, who, float(chance.randint(0, 1))))
        seen.append((unit[1], who))
        now = {(row["scope"], row["code"]): row for row in tally.figures()}
        assert all(row[count] % LEAST == 0 for row in now.values() for count in COUNTS)
        assert all((row["rating"] is None) == (row["marks"] < LEAST) for row in now.values())
        assert all((row["finish_minutes"] is None) == (row["done"] < LEAST) for row in now.values())
        for unit, row in now.items():
            grown = row["cases"] - before.get(unit, {"cases": 0})["cases"]
            same = {name: row[name] for name in row if not name.startswith(("respon", "done", "fin", "prom", "kept"))}
            assert grown % LEAST == 0
            if not grown and row["marks"] == before[unit]["marks"]:
                assert same == {name: before[unit][name] for name in same}
        before = now
    assert before["all", ""]["cases"] > 300


def test_a_month_counted_by_hand(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transparency_counting, "CHUNK", 2)
    edge = {"created": BEGINS, "status": "finished"}
    finished(people[0], 60, 5, **edge)  # on the first second of the month
    finished(people[1], 120, 4, status="inspected", building=Building.get(Building.code == "NQ1"))
    finished(people[2], 180, 3, status="settled", building=Building.get(Building.code == "NQ1"))
    finished(people[3], 240, 2)  # just within its promise
    finished(people[4], 600, 1, reworks=1)
    # None of these counts in November, though each would fill a lot.
    for who in people[10:15]:
        finished(who, 60, 1, created=BEGINS - timedelta(minutes=60, seconds=1))
        order(who, ENDS)
        order(who, status="withdrawn", responded=NOON)
        order(who, status="merged", responded=NOON)
    # Reported in October and finished in November, after the other five: it waits for four more.
    finished(people[9], 28 * 1440, created=BEGINS - timedelta(hours=1))
    with clock.at(ENDS + timedelta(days=3)):
        assert transparency.refresh(NOVEMBER) == 2  # the campus and the group; neither building has five
    all_of_them = {
        "month": NOVEMBER,
        "service": "repair",
        "cases": 5,
        "responded": 5,
        "respond_minutes": 30,
        "done": 5,
        "finish_minutes": 180,
        "promised": 5,
        "kept": 4,
        "marks": 5,
        "rating": 3.0,
        "id": 0,
        "updated": 0,
    }
    assert kept() == {
        ("repair", "all", ""): all_of_them | {"scope": "all", "code": ""},
        ("repair", "group", "SN2"): all_of_them | {"scope": "group", "code": "SN2"},
    }


def test_the_first_five_by_time_and_what_comes_back_for_rework(people: list[Person]) -> None:
    made = [finished(who, 60 * place) for place, who in enumerate(people[:9], 1)]
    transparency.refresh(NOVEMBER)
    row = kept()["repair", "all", ""]
    assert (row["cases"], row["done"], row["finish_minutes"], row["kept"]) == (5, 5, 180, 4)
    assert row["marks"] == 0 and row["rating"] is None
    # The fastest was not good: it is done when it is done again, and counts once.
    RepairOrder.update(status="repairing", finished=None, reworks=1).where(RepairOrder.id == made[0].id).execute()
    transparency.refresh(NOVEMBER)
    assert kept()["repair", "all", ""]["finish_minutes"] == 240
    again = made[0].created + timedelta(hours=3, minutes=30)
    RepairOrder.update(status="finished", finished=again).where(RepairOrder.id == made[0].id).execute()
    transparency.refresh(NOVEMBER)
    assert kept()["repair", "all", ""]["finish_minutes"] == 210


def test_counting_again_changes_nothing_and_takes_away_what_is_no_more(people: list[Person]) -> None:
    made = [finished(who, 60, 5) for who in people[:5]]
    assert transparency.refresh() == 3
    before = list(MonthlyFigure.select().order_by(MonthlyFigure.id).tuples())
    assert transparency.refresh() == transparency.refresh_all() == 3
    assert list(MonthlyFigure.select().order_by(MonthlyFigure.id).tuples()) == before
    assert [(row.service, row.cases) for row in transparency.this_month()] == [("repair", 5)]
    RepairOrder.update(status="withdrawn").where(RepairOrder.id == made[0].id).execute()
    with clock.at(NOON - timedelta(hours=1)):
        transparency.refresh(NOVEMBER)  # who began to count earlier knows less
    assert len(kept()) == 3
    transparency.refresh(NOVEMBER)
    assert not kept() and not transparency.this_month()


def test_whoever_enters_calls_is_not_the_caller(people: list[Person], campus: Campus) -> None:
    for name in ("王五", "赵六", "钱七", "孙八"):
        order(campus.operator, caller=name)
    order(campus.operator)
    transparency.refresh(NOVEMBER)
    assert kept()["repair", "all", ""]["cases"] == 5


def test_only_what_everybody_can_read_counts_on_the_boards(people: list[Person]) -> None:
    shown = {"moderation": "published", "published": NOON - timedelta(days=2), "created": NOON - timedelta(days=3)}
    canteens = Department.get(Department.code == "HQ-YS")

    def thread(who: Person, number: int, **more: Any) -> Thread:
        told = {"number": f"JD{number}", "title": "汤凉", "text": "汤凉", "kind": "complaint", "department": canteens}
        done = {"status": "done", "answered": NOON, "done": NOON, "score": 5, "due": NOON, "forwarded": NOON}
        return Thread.create(author=who, **{**shown, **told, **done, **more})

    def notice(who: Person, number: int, **more: Any) -> PropertyNotice:
        told = {"number": f"LF{number}", "title": "黑伞", "kind": "lost" if number % 2 else "found"}
        done = {"status": "returned", "returned": NOON, "building": Building.get(Building.code == "NQ4")}
        return PropertyNotice.create(author=who, item_kind=ItemKind.get(), **{**shown, **told, **done, **more})

    def listing(who: Person, number: int, **more: Any) -> Listing:
        told = {"number": f"ES{number}", "title": "台灯", "text": "", "condition": "good", "price_fen": 100}
        about = {"category": ListingCategory.get(), "place": SafePlace.get(), "status": "sold", "sold": NOON}
        return Listing.create(author=who, **{**shown, **told, **about, **more})

    for make in (thread, notice, listing):
        made = [make(who, number) for number, who in enumerate(people[:4])]
        for number, hidden in enumerate(("pending", "private", "hidden", "withdrawn", "rejected"), 10):
            make(people[number], number, moderation=hidden)
        if make is thread:
            make(people[20], 20, status="merged", main=made[0])
    transparency.refresh(NOVEMBER)
    assert not kept()  # four of each is too few
    for make in (thread, notice, listing):
        make(people[4], 4)
    transparency.refresh(NOVEMBER)
    found = kept()
    assert sorted(found) == [
        ("lost_found", "all", ""),
        ("lost_found", "building", "NQ4"),
        ("market", "all", ""),
        ("supervision", "all", ""),
        ("supervision", "department", "HQ-YS"),
    ]
    assert {(row["cases"], row["done"]) for row in found.values()} == {(5, 5)}
    soup = found["supervision", "department", "HQ-YS"]
    days = (soup["respond_minutes"], soup["finish_minutes"], soup["kept"], soup["rating"])
    assert days == (1440, 3 * 1440, 5, 5.0)
    assert found["market", "all", ""]["finish_minutes"] == 2 * 1440


def test_two_that_count_at_once(people: list[Person]) -> None:
    for place, who in enumerate(people[:30]):
        finished(who, 60 + place, 5)
    wrong: list[BaseException] = []
    together = threading.Barrier(4)

    def count() -> None:
        try:
            with database.connection_context():
                together.wait()
                for _turn in range(5):
                    transparency.refresh(NOVEMBER)
        except BaseException as error:
            wrong.append(error)

    workers = [threading.Thread(target=count) for _each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
    assert [(key, row["cases"]) for key, row in sorted(kept().items())] == [
        (("repair", "all", ""), 30),
        (("repair", "building", "NQ4"), 30),
        (("repair", "group", "SN2"), 30),
    ]


def test_the_page_for_everybody(
    people: list[Person], client: Visitor, queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for place, who in enumerate(people[:26]):
        finished(who, 60 + place, 1 + place % 5)
    finished(people[30], 60, 1, building=Building.get(Building.code == "NQ1"))  # the only one of its building
    transparency.refresh()
    client.get("/open")
    with queries() as asked:
        page = client.get("/open")
    assert page.status_code == 200 and len(asked) <= 5
    assert "2026年11月" in page.text and "1.2 小时" in page.text and "25 条评价" in page.text
    four, one = (Building.get(Building.code == code).name for code in ("NQ4", "NQ1"))
    assert four in page.text and one not in page.text
    drawn = re.findall(r"<svg class=\"plot\".*?</svg>", page.text, re.DOTALL)
    assert len(drawn) == 4 and all("<title" in plot and "<desc" in plot for plot in drawn)
    assert not re.search(r"\sstyle=|<script(?! src=)", page.text)
    parts = page.text.partition("<thead>")[2]
    assert all(said in drawn[place] and said in parts for place, said in enumerate(("25", "1.2 小时", "100%", "2.8")))
    assert "还没有满 5 件" in client.get("/open?service=market").text
    assert client.get("/open?month=2024-02").status_code == 200
    for nonsense in ("month=2026-13", "month=0", "month=２０２６-11", "month=2026-1", "service=people", "month=a"):
        assert client.get(f"/open?{nonsense}").status_code == 404
    for name in ("people", "repair-department", "market-building", "repair-", "-"):
        assert client.get(f"/open/{name}.csv").status_code == 404


def test_the_files_hold_the_same_and_no_formula(people: list[Person], client: Visitor) -> None:
    Building.update(name="=1+1").where(Building.code == "NQ4").execute()
    for place, who in enumerate(people[:7]):
        finished(who, 60 * (place + 1), 5)
    transparency.refresh()
    answer = client.get("/open/repair-building.csv?month=2026-11")
    assert answer.mimetype == "text/csv" and answer.data.startswith(b"\xef\xbb\xbf")
    heading, row = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
    assert heading.startswith("月份,服务,编号,名称,件数,")
    assert row == "2026-11,报修,NQ4,'=1+1,5,5,30,5,180,5,80,5,5.0"
    assert len(client.get("/open/repair-building.csv?month=2026-10").text.splitlines()) == 1
    assert client.get("/open/figures.csv").text.splitlines()[1] == "2026-11,报修,5,5,30,5,180,5,80,5,5.0"
