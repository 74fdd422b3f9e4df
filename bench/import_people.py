"""How long it takes to import many people: `python bench/import_people.py [people] [postgresql://…]`.

Prints seconds for reading the file, the dry run, the import, a second import that changes nothing and one
that changes every row. Without an address it uses an SQLite file of its own, as durable as the hall's.
"""

import random
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import peewee

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import models
from hall import roster, site
from hall.roster_people import card_check

FOLDER = Path(__file__).resolve().parent.parent / "demo" / "campus"


def people(count: int, phones_from: int) -> bytes:
    """A CSV of `count` students; every second one has a bed, the building holds what is needed."""
    chance = random.Random(2026)
    lines = ["number,name,kind,id_card,department,phone,roles,bed"]
    for index in range(count):
        born = date(2004, 1, 1) + timedelta(days=chance.randrange(1_500))
        card = f"999999{born:%Y%m%d}{index % 1_000:03d}"
        room = f"NQ{index // 2 % 12 + 1}-{index // 24 % 6 + 1}{index // 144 % 99 + 1:02d}"
        bed = "" if index % 2 else f"{room}-{index // 14_256 + 7}"  # the campus itself has beds 1 to 6
        number, phone = f"30{index:08d}", phones_from + index
        lines.append(f"{number},学生{index},student,{card}{card_check(card)},WXY,{phone},,{bed}")
    return "\n".join(lines).encode()


def timed(what: str, call, *args, **kwargs):
    started = time.perf_counter()
    result = call(*args, **kwargs)
    print(f"{what:<34}{time.perf_counter() - started:7.2f} s")
    return result


def main(count: int, address: str, folder: str) -> None:
    site.secret = b"bench" * 8
    if address:
        from playhouse.db_url import connect

        database = connect(address, prefer_psycopg3=True)
    else:
        pragmas = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": "full"}
        database = peewee.SqliteDatabase(f"{folder}/hall.db", pragmas=pragmas, lock_type="IMMEDIATE")
    models.database.initialize(database)
    database.create_tables(models.ENTITIES)
    timed("the campus itself", roster.load_folder, FOLDER)
    table = timed(f"read {count} people", roster.read_table, "people.csv", people(count, 13_000_000_000))
    plan = timed("dry run", roster.plan, "people", table)
    assert not plan.refused, plan.refused[:3]
    done = timed("import (plans once more)", roster.apply, plan, by=None)
    print(f"{'':<34}{len(done.added):7d} added")
    again = timed("dry run, nothing changed", roster.plan, "people", table)
    assert again.unchanged == count
    table = roster.read_table("people.csv", people(count, 13_100_000_000))
    done = timed("dry run and import, all changed", lambda: roster.apply(roster.plan("people", table), by=None))
    print(f"{'':<34}{len(done.changed):7d} changed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(int((*sys.argv[1:], "20000")[0]), (*sys.argv[1:], "", "")[1], folder)
