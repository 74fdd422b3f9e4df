"""How fast the search is however much there is: `python bench/search.py [rows] [postgresql://…]`.

Prints, for `rows` (100,000) listings and as many notices, how long the index takes to be made, and for words that stand
everywhere, somewhere and nowhere the queries and the median and worst milliseconds of the first page, for a visitor
and for an administrator, and of the search of the market.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import app as house_app
import commands
import demo
import models
from config import Settings
from hall import market_reading, roster, search, search_index
from models import Person
from tests import crowd

ROUNDS = 15
WORDS = ("黑", "黑色", "台灯", "黑色 台灯", crowd.RARE, "hstd", "td", "没有的词", "x000000001")


def timed(what: str, call: Callable[[], Any]) -> None:
    asked: list[str] = []
    hooks = models.database.obj.query_hooks
    hooks.append(lambda event: asked.append(event.sql))
    took = []
    for _round in range(ROUNDS + 1):
        asked.clear()
        started = time.perf_counter()
        call()
        took.append(1000 * (time.perf_counter() - started))
    hooks.pop()
    print(f"  {what:<40}{len(asked):4d} queries{statistics.median(took[1:]):8.1f} ms{max(took[1:]):8.1f} worst")


def main(count: int, address: str, folder: str) -> None:
    given = {"HALL_DATA": folder, "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    house_app.open_house(Settings.from_environ(given | ({"HALL_DATABASE": address} if address else {})))
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    crowd.fill(count, count)
    administrator = Person.get(Person.number == "T1001")
    for words in WORDS:
        timed(f"visitor: {words}", lambda words=words: search.find(None, words))
        timed(f"administrator: {words}", lambda words=words: search.find(administrator, words))
        sought = market_reading.Sought(words=tuple(words.split()))
        timed(f"market: {words}", lambda sought=sought: market_reading.page(sought))
    started = time.perf_counter()
    rows = search_index.rebuild()
    print(f"  {rows:,} entries made anew in {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "100000")[0]), (*sys.argv[1:], "", "")[1], folder)
