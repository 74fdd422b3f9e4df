"""How fast the moderators' desk is however much waits: `python bench/desk.py [waiting] [postgresql://…]`.

Prints, for twenty waiting texts and for `waiting` (10,000), the queries and the median milliseconds of the list, of its
last page, of a narrow filter, of the counts, of an item, and of a decision until the next item is there.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import app as house_app
import commands
import demo
import models
from config import Settings
from hall import accounts, bulk, clock, roster
from models import Department, Person, Submission, Thread
from tests.visitor import PASSWORD, Visitor

ROUNDS = 15
MODERATOR = "T1002"
HALVES = (
    ("二食堂的汤总是凉的", "南区浴室热水时有时无", "图书馆三楼没有插座", "北区路灯不亮", "快递柜取件太慢"),
    (
        "已经一个星期了",
        "晚上尤其明显",
        "请尽快处理",
        "希望说明原因",
        "问过值班的人没有结果",
    ),
)


def fill(count: int) -> None:
    """So many threads of many authors that wait, one a minute."""
    chance, start = random.Random(2026), Thread.select().count()
    authors = [row.id for row in Person.select(Person.id).where(Person.kind == "student").limit(500)]
    departments = [None, *(row.id for row in Department.select(Department.id))]
    kinds, now = [kind for kind, _label in models.THREAD_KINDS], clock.now()
    rows, waits = [], []
    for number in range(start, start + count):
        title, rest = (chance.choice(half) for half in HALVES)
        said = {"title": f"{title}{number}", "text": f"{title}，{rest}。" * chance.randint(2, 12)}
        about = {
            "kind": chance.choice(kinds),
            "author": chance.choice(authors),
            "department": chance.choice(departments),
        }
        rows.append({**about, **said, "number": f"JDX{number:09}"})
        waits.append({**about, "content": {**said, "photos": []}, "risk": int(chance.random() < 0.01) * 3})
    with models.database.atomic():
        bulk.insert(Thread, rows)
        ids = [row.id for row in Thread.select(Thread.id).order_by(Thread.id.desc()).limit(count)][::-1]
        moments = [now - timedelta(minutes=count - place) for place in range(count)]
        for row_id, wait, moment in zip(ids, waits, moments, strict=True):
            wait |= {"subject_type": "thread", "subject_id": row_id, "slot": f"thread:{row_id}"}
            wait |= {"submitted": moment, "due": moment + timedelta(hours=4)}
        bulk.insert(Submission, waits)


def timed(what: str, call: Callable[[int], Any]) -> None:
    asked: list[str] = []
    hooks = models.database.obj.query_hooks
    hooks.append(lambda event: asked.append(event.sql))
    took = []
    for number in range(ROUNDS + 1):
        asked.clear()
        started = time.perf_counter()
        answer = call(number)
        took.append(1000 * (time.perf_counter() - started))
        assert answer.status_code == 200, answer.status_code
    hooks.pop()
    print(f"  {what:<40}{len(asked):4d} queries{statistics.median(took[1:]):8.1f} ms")


def measure(desk: Visitor) -> None:
    waiting = Submission.select().where(Submission.status == "waiting")
    print(f"{waiting.count()} waiting")
    last = waiting.order_by(Submission.due.desc()).offset(19).first()
    token, parts = desk.token(), {"X-Desk": "parts"}
    desk.post("/admin/desk/next")
    row = Submission.get(Submission.claimed_by.is_null(False))
    timed("the list", lambda _n: desk.get("/admin/desk/"))
    timed("its last page", lambda _n: desk.get(f"/admin/desk/?after={last.due.isoformat()}~{last.id}"))
    timed("one department's alerts", lambda _n: desk.get("/admin/desk/?department=HQ-NY&risk=3"))
    timed("the counts", lambda _n: desk.get(f"/admin/desk/counts?item={row.id}"))
    timed("an item with everything around it", lambda _n: desk.get(f"/admin/desk/{row.id}"))

    def decide(_number: int) -> Any:
        held = Submission.get(Submission.claimed_by.is_null(False), Submission.status == "waiting")
        said = {"csrf_token": token, "decide": "publish", "version": held.version, "forward_to": "HQ-NY"}
        path = f"/admin/desk/{held.id}/decide"
        return desk.client.post(path, data=said, headers=parts, follow_redirects=True)

    timed("a decision until the next is there", decide)


def main(count: int, address: str, folder: str) -> None:
    given = {"HALL_DATA": folder, "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    settings = Settings.from_environ(given | ({"HALL_DATABASE": address} if address else {}))
    house = house_app.create_app(settings)
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    accounts.set_demo_password([Person.get(Person.number == MODERATOR)], PASSWORD)
    desk = Visitor(house.test_client()).sign_in(MODERATOR)
    for size in (20 + ROUNDS, count):
        fill(size - Submission.select().where(Submission.status == "waiting").count())
        models.database.execute_sql("ANALYZE")
        measure(desk)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "10000")[0]), (*sys.argv[1:], "", "")[1], folder)
