"""How fast the boards are however much is on them: `python bench/boards.py [rows] [postgresql://…]`.

Prints, for a hundred published listings and notices and for `rows` (100,000) of each, the queries and the median
milliseconds of the reading behind a page: the first, the hundredth, filters, usual and rare, searches, sorts; and of
the pages themselves.
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
from hall import lost_reading, market_reading, roster
from models import Listing, PropertyNotice
from tests import crowd
from tests.visitor import Visitor

ROUNDS = 15
FEW = 100
MARKET: dict[str, dict[str, Any]] = {
    "newest": {},
    "cheapest": {"sort": "cheap"},
    "a category": {"category": "bicycle"},
    "a rare category": {"category": "other"},
    "a price": {"least_fen": 1_000, "most_fen": 3_000},
    "a word": {"words": ("台灯",)},
    "a rare word": {"words": (crowd.RARE,)},
    "a rare combination": {"category": "other", "condition": "parts", "negotiable": True, "most_fen": 2_000},
}
LOST: dict[str, dict[str, Any]] = {
    "lost": {},
    "found": {"kind": "found"},
    "a kind": {"kind": "found", "item_kind": "books"},
    "a building": {"kind": "found", "building": "SW"},
    "returned": {"kind": "found", "state": "returned"},
    "a word": {"kind": "found", "words": ("雨伞",)},
    "a rare word": {"kind": "found", "words": (crowd.RARE,)},
}


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
    print(f"  {what:<44}{len(asked):4d} queries{statistics.median(took[1:]):8.1f} ms")


def hundredth(page: Callable[..., tuple[list[Any], str]], sought: Any) -> str:
    """The key behind ninety-nine pages, or behind as many as there are."""
    key = ""
    for _page in range(99):
        _rows, following = page(sought, after=key)
        if not following:
            break
        key = following
    return key


def measure(visitor: Visitor) -> None:
    print(f"{Listing.select().count():,} listings, {PropertyNotice.select().count():,} notices")
    for board, module, all_sought in (("market", market_reading, MARKET), ("lost and found", lost_reading, LOST)):
        for name, given in all_sought.items():
            sought = module.Sought(**given)
            timed(f"{board}: {name}", lambda module=module, sought=sought: module.page(sought))
            key = hundredth(module.page, sought)
            timed("  its hundredth page", lambda module=module, sought=sought, key=key: module.page(sought, after=key))
    listing = market_reading.newest(1)[0]
    timed("similar listings", lambda: market_reading.similar(listing))
    timed("what is known of a seller", lambda: market_reading.standing(listing.author))
    for path in ("/", "/market", "/market?category=other&condition=parts", "/lost-found", f"/market/{listing.number}"):
        timed(f"GET {path}", lambda path=path: visitor.get(path))


def main(count: int, address: str, folder: str) -> None:
    given = {"HALL_DATA": folder, "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    settings = Settings.from_environ(given | ({"HALL_DATABASE": address} if address else {}))
    house = house_app.create_app(settings)
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    visitor = Visitor(house.test_client())
    for size in (FEW, count):
        crowd.fill(size, size)
        measure(visitor)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "100000")[0]), (*sys.argv[1:], "", "")[1], folder)
