"""How long the open figures take however much the hall has done: `python bench/transparency.py [orders] [postgresql://…]`.

Fills a hall with `orders` (100,000) of a year, every third rated, and prints the seconds for the month that has most,
for all months, and for a month while three others count it too; then the queries and milliseconds of the page.
"""

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import app as house_app
import commands
import demo
from config import Settings
from hall import bulk, clock, roster, transparency
from models import Building, MaintenanceGroup, Person, Rating, RepairItem, RepairOrder, database
from tests.visitor import Visitor

ROUNDS = 15
CHUNK = 5_000


def fill(count: int) -> None:
    """So many orders of the last year, spread evenly over it; nine of ten are done."""
    chance, now = random.Random(2026), clock.now()
    people = [row.id for row in Person.select(Person.id).where(Person.kind == "student").limit(2_000)]
    places, groups, items = (
        [row.id for row in model.select(model.id)] for model in (Building, MaintenanceGroup, RepairItem)
    )
    for start in range(0, count, CHUNK):
        rows = []
        for number in range(start, min(start + CHUNK, count)):
            created = now - timedelta(days=365) * ((count - number) / count)
            done = created + timedelta(minutes=chance.expovariate(1 / 1500))
            is_done = done < now and chance.random() < 0.9
            row = {"number": f"BX{number:010}", "status": chance.choice(("closed", "inspected")), "created": created}
            row |= {"reporter": chance.choice(people), "building": chance.choice(places), "item": chance.choice(items)}
            row |= {"group": chance.choice(groups), "phone": "13900000057", "description": "水龙头一直滴水"}
            row |= {"responded": created + timedelta(minutes=chance.expovariate(1 / 60)), "finished": done}
            row |= {"finish_due": created + timedelta(days=2)}
            rows.append(row if is_done else row | {"status": "reported", "finished": None, "responded": None})
        with database.atomic():
            bulk.insert(RepairOrder, rows)
            newest = RepairOrder.select(RepairOrder.id, RepairOrder.finished).order_by(RepairOrder.id.desc())
            rated = [row for row in newest.limit(len(rows)) if row.finished and row.id % 3 == 0]
            stars = {name: chance.randint(3, 5) for name in ("speed", "quality", "manner")}
            bulk.insert(Rating, [{"order": row.id, "created": row.finished, **stars} for row in rated])


def seconds(what: str, call: Callable[[], Any]) -> None:
    started = time.perf_counter()
    found = call()
    print(f"  {what:<44}{time.perf_counter() - started:8.2f} s   {found if isinstance(found, int) else ''}")


def together(month: Any) -> None:
    def count() -> None:
        with database.connection_context():
            transparency.refresh(month)

    workers = [threading.Thread(target=count) for _each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def page(visitor: Visitor, what: str, path: str) -> None:
    asked: list[str] = []
    hooks = database.obj.query_hooks
    hooks.append(lambda event: asked.append(event.sql))
    took = []
    for _number in range(ROUNDS + 1):
        asked.clear()
        started = time.perf_counter()
        answer = visitor.get(path)
        took.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, answer.status_code
    hooks.pop()
    print(f"  {what:<44}{statistics.median(took[1:]):8.1f} ms  {len(asked)} queries, {len(answer.data) // 1024} kB")


def main(count: int, address: str, folder: str) -> None:
    given = {"HALL_DATA": folder, "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    house = house_app.create_app(Settings.from_environ(given | ({"HALL_DATABASE": address} if address else {})))
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    fill(count)
    database.execute_sql("ANALYZE")
    print(f"{RepairOrder.select().count()} orders, {Rating.select().count()} ratings")
    month = transparency.before(transparency.month_of(clock.today()))
    seconds("last month", lambda: transparency.refresh(month))
    seconds("last month, four at once", lambda: together(month))
    seconds("what the job does every hour", transparency.refresh)
    seconds("all months (run.py figures)", transparency.refresh_all)
    visitor = Visitor(house.test_client())
    page(visitor, "the page", f"/open?month={month:%Y-%m}")
    page(visitor, "the groups of all months as a file", "/open/repair-group.csv")
    page(visitor, "the buildings of all months as a file", "/open/repair-building.csv")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "100000")[0]), (*sys.argv[1:], "", "")[1], folder)
