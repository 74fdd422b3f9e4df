"""How fast a generated list is however long its table: `python bench/panel.py [rows] [postgresql://…]`.

Fills the repair orders with a thousand rows and then with `rows` (1,000,000), asks the same pages of the panel of both
and prints the queries, the median milliseconds of each and how many times as long the long table takes.
"""

import random
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
from config import Settings
from hall import accounts, bulk, clock, roster, row_index
from models import Building, MaintenanceGroup, Person, RepairItem, RepairOrder
from tests.visitor import PASSWORD, Visitor

FEW, MADE, AT_ONCE, ROUNDS = 1_000, 5_000, 40_000, 9
DAYS = 700  # over which the orders are spread, the oldest first
RARE = "孔雀"  # stands in a few of the oldest rows
SPOTS = ("卫生间", "阳台", "走廊", "厨房", "三楼水房", "门口", "窗边", "床位上方")
FAULTS = ("水龙头关不紧", "灯管一直闪", "空调不制冷", "门锁打不开", "插座没有电", "下水道堵了", "纱窗破了", "墙面渗水")
SINCE = ("昨晚开始", "今天早上发现", "上周就这样了", "一直滴水", "声音很大", "已经断电", "用盆接着", "请尽快")
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


def fill(count: int) -> None:
    """So many orders, put straight into the table: MADE of them one by one, the others copies of these."""
    chance = random.Random(2026)
    people = [row.id for row in Person.select(Person.id)]
    buildings = [row.id for row in Building.select(Building.id)]
    groups = [row.id for row in MaintenanceGroup.select(MaintenanceGroup.id)]
    items = [row.id for row in RepairItem.select(RepairItem.id).where(RepairItem.parent.is_null(False))]
    weights = {"closed": 80, "reported": 5, "repairing": 5, "finished": 5, "merged": 0.02}
    states = chance.choices(list(weights), list(weights.values()), k=MADE)
    began, step = clock.now() - timedelta(days=DAYS), timedelta(days=DAYS) / count
    # The index of rows is made anew behind them, which is many times as fast as letting it grow.
    if not row_index.on_sqlite():
        models.database.execute_sql("DROP TRIGGER row_text_repair_order ON repair_order")
        models.database.execute_sql("DROP INDEX row_text_tokens")
    with models.database.atomic():
        models.database.execute_sql("DELETE FROM repair_order")
        made = min(count, MADE)
        bulk.insert(
            RepairOrder,
            [
                {
                    "number": f"BX{number:010d}",
                    "status": states[number],
                    "created": began + number * step,
                    "reporter": chance.choice(people),
                    "phone": "13900000001",
                    "building": chance.choice(buildings),
                    "room_number": str(chance.randrange(101, 640)),
                    "item": chance.choice(items),
                    "group": chance.choice(groups),
                    "worker": chance.choice([None, *people[:40]]),
                    "description": _description(chance) + (f"，{RARE}图案" if number < 3 else ""),
                }
                for number in range(made)
            ],
        )
        _multiply(made, count, step)
    row_index.install()
    models.database.execute_sql("ANALYZE")


def _description(chance: random.Random) -> str:
    return f"{chance.choice(SPOTS)}{chance.choice(FAULTS)}，{chance.choice(SINCE)}"


def _multiply(made: int, count: int, step: timedelta) -> None:
    columns = [field.column_name for field in RepairOrder._meta.sorted_fields if not field.primary_key]
    quoted = ", ".join(f'"{name}"' for name in columns)
    given = {"number": "'BX' || (1000000000 + {top} + id)", "description": f"replace(description, '{RARE}', '花草')"}
    while made < count:
        top = models.database.execute_sql("SELECT MAX(id) FROM repair_order").fetchone()[0]
        later = made * step.total_seconds()
        is_sqlite = models.database.obj.__class__.__name__.startswith("Sqlite")
        given["created"] = f"datetime(created, '+{later} seconds')" if is_sqlite else f"created + interval '{later} s'"
        said = ", ".join(given.get(name, f'"{name}"').format(top=top) for name in columns)
        more = min(made, count - made, AT_ONCE)
        models.database.execute_sql(
            f"INSERT INTO repair_order ({quoted}) SELECT {said} FROM repair_order ORDER BY id LIMIT {more}"
        )
        made += more


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
        fill(size)
        print(f"{size:,} orders put in, in {time.perf_counter() - started:.0f} s", flush=True)
        measured.append(measure(visitor))
    few, many = measured
    print(f"\n{'':<28}{'queries':>8}{f'{FEW:,}':>14}{f'{count:,}':>14}{'times':>8}")
    for name, (queries, took) in many.items():
        print(f"{name:<28}{queries:>8}{few[name][1]:>11.1f} ms{took:>11.1f} ms{took / few[name][1]:>8.2f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "1000000")[0]), (*sys.argv[1:], "", "")[1], folder)
