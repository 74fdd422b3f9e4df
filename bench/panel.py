"""How fast a generated list is however long its table: `python bench/panel.py [rows] [postgresql://…]`.

Fills the repair orders with a thousand rows and then with `rows` (1,000,000), asks the same pages of the panel of both
and prints the queries, the median milliseconds of each and how many times as long the long table takes.
"""

import re
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import app as house_app
import commands
import demo
import models
from bench.filling import RARE, fill_orders
from config import Settings
from hall import accounts, clock, roster
from models import Person, RepairOrder
from tests.visitor import PASSWORD, Visitor

FEW, ROUNDS = 1_000, 9
# What a clerk does with a list; {…} is filled in from the table.
PAGES = {
    "first page": "",
    "the next page": "after={newest}",
    "a deep page": "after={middle}",
    "sorted by time": "sort=created",
    "sorted, a deep page": "sort=-created&after={middle}",
    "sorted by state": "sort=status",
    "a state": "flt_status=closed",
    "a rare state": "flt_status=merged",
    "a building": "flt_building=%23{building}",
    "state and building": "flt_status=closed&flt_building=%23{building}",
    "a month": "flt_created_from={month}-01&flt_created_until={month}-28",
    "a word": "search=空调",
    "a rare word": "search=" + RARE,
    "a number": "search={number}",
    "a word in a building": "search=空调&flt_building=%23{building}",
    "two words, none has both": "search=空调+" + RARE,
}


def measure(visitor: Visitor) -> dict[str, tuple[int, float]]:
    """{page: (queries, median milliseconds)}, each page asked ROUNDS times."""
    newest = RepairOrder.select().order_by(RepairOrder.id.desc()).offset(19).get()
    lowest = RepairOrder.select(RepairOrder.id).order_by(RepairOrder.id).first().id
    middle = RepairOrder.get_by_id((lowest + newest.id) // 2)
    known = {
        "newest": newest.id,
        "middle": middle.id,
        "building": middle.building_id,
        "number": middle.number,
        "month": f"{clock.now() - timedelta(days=200):%Y-%m}",
    }
    found = {}
    for name, asked in PAGES.items():
        path = f"/admin/repair_order/?{asked.format(**known)}"
        page = visitor.get(path)
        assert page.status_code == 200, (path, page.status_code)
        found[name] = _timed(visitor, path)
    return found


def _timed(visitor: Visitor, path: str) -> tuple[int, float]:
    asked: list[str] = []
    took = []
    models.database.obj.query_hooks.append(lambda event: asked.append(event.sql))
    for _round in range(ROUNDS):
        asked.clear()
        started = time.perf_counter()
        visitor.get(path)
        took.append(1000 * (time.perf_counter() - started))
    models.database.obj.query_hooks.pop()
    return len([sql for sql in asked if re.match(r"\s*(SELECT|WITH)", sql)]), statistics.median(took)


def main(count: int, address: str, folder: str) -> None:
    given = {"HALL_DATA": folder, "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    settings = Settings.from_environ(given | ({"HALL_DATABASE": address} if address else {}))
    house = house_app.create_app(settings)
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    accounts.set_demo_password([Person.get(Person.number == "T1001")], PASSWORD)
    visitor = Visitor(house.test_client()).sign_in("T1001")
    measured = []
    for size in (FEW, count):
        started = time.perf_counter()
        fill_orders(size)
        print(f"{size:,} orders put in, in {time.perf_counter() - started:.0f} s", flush=True)
        measured.append(measure(visitor))
    few, many = measured
    print(f"\n{'':<28}{'queries':>8}{f'{FEW:,}':>14}{f'{count:,}':>14}{'times':>8}")
    for name, (queries, took) in many.items():
        print(f"{name:<28}{queries:>8}{few[name][1]:>11.1f} ms{took:>11.1f} ms{took / few[name][1]:>8.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "1000000")[0]), (*sys.argv[1:], "", "")[1], folder)
