"""Two boards with as many rows as a test or a bench wants, put straight into the tables, spread as they would be.

Half of what was ever published is over: sold, expired, given back. A few kinds and places have most of the rows, a few
have hardly any; some words stand everywhere, one stands in the oldest rows alone.
"""

import importlib
import random
from datetime import timedelta
from typing import Any

import peewee

import models
from hall import bulk, clock, search_index
from models import (
    LIVE_LISTINGS,
    LIVE_NOTICES,
    Building,
    Campus,
    Counter,
    ItemKind,
    Listing,
    ListingCategory,
    Person,
    PropertyNotice,
    SafePlace,
)

RARE = "古琴"  # stands in the oldest rows
DAYS = 700
PEOPLE, COUNTERS = 10_000, 3_000
MADE = 5_000  # rows that are made one by one; more are copies of them
THINGS = ("自行车", "台灯", "高数教材", "机械键盘", "羽毛球拍", "小冰箱", "雨伞", "蓝牙耳机", "水杯", "双肩包", "吉他")
LOOKS = ("黑色", "白色", "九成新", "带盒子", "有划痕", "送配件", "买来没用过几次", "毕业出", "贴了贴纸", "深蓝色")
SPOTS = ("一楼大厅", "三楼自习区", "楼梯口", "操场看台", "食堂靠窗", "308 教室", "")
LISTED = {"on_sale": 57, "reserved": 3, "sold": 25, "expired": 9, "taken_down": 5, "lapsed": 1}
NOTICED = {"open": 52, "kept": 10, "verifying": 2, "to_hand_over": 1, "returned": 31, "disposed": 4}
WORN = {"new": 8, "like_new": 30, "good": 38, "used": 20, "parts": 4}

# What hangs on the rows, as far as lists and pages look there.
AROUND = (
    "INSERT INTO favourite (listing_id, person_id) SELECT id, author_id + 1 FROM listing WHERE id / 20 * 20 = id",
    "INSERT INTO reservation (listing_id, buyer_id, created, until, result)"
    " SELECT id, author_id + 1, published, expires, 'seller' FROM listing WHERE id / 20 * 20 = id",
    "INSERT INTO deal_rating (listing_id, rater_id, rated_id, score, text, created)"
    " SELECT id, reserved_for_id, author_id, 1 + id - id / 5 * 5, '', sold FROM listing"
    " WHERE status = 'sold' AND id / 5 * 5 = id",
    "INSERT INTO price_change (listing_id, before_fen, price_fen, at)"
    " SELECT id, price_fen + 100, price_fen, published FROM listing WHERE id / 20 * 20 = id",
    "INSERT INTO claim (notice_id, claimant_id, status, answer, proof, photos, reason, code_round, code_tries, created)"
    " SELECT id, author_id + 1, 'denied', '', '', '[]', '', 1, 0, published"
    " FROM property_notice WHERE id / 20 * 20 = id",
    "INSERT INTO property_match (lost_id, found_id, score, reasons, created)"
    " SELECT id, id - 1, 500, '[]', published FROM property_notice WHERE id / 20 * 20 = id",
)


def fill(listings: int, notices: int) -> None:
    """So many published listings and notices, in bursts within the same second; then ANALYZE."""
    chance = random.Random(2026)
    authors = people(min(PEOPLE, 100 + (listings + notices) // 10))
    campus = Campus.select().order_by(Campus.id).first()
    _known.clear()
    SafePlace.update(campus=campus).where(SafePlace.id.in_(_ids(SafePlace)[::2])).execute()
    for model, make, count in ((Listing, listing, listings), (PropertyNotice, notice, notices)):
        with models.database.atomic():
            first = model.select().count()
            made = [make(chance, authors, each) for each in _moments(chance, min(count, MADE))]
            bulk.insert(model, [{**row, "number": f"X{first + place:09}"} for place, row in enumerate(made)])
    search_index.rebuild()
    for model, count in ((Listing, listings), (PropertyNotice, notices)):
        with models.database.atomic():
            _copy(model, count // MADE)
    _copy_entries()
    with models.database.atomic():
        known = Counter.select().count()
        bulk.insert(Counter, [{"name": f"XX{known + day:06}", "value": 9} for day in range(min(COUNTERS, listings))])
        for statement in AROUND:
            models.database.execute_sql(f"{statement} ON CONFLICT DO NOTHING")
    models.database.execute_sql("ANALYZE")


def people(count: int) -> list[int]:
    """The ids of students, at least so many."""
    known = Person.select().count()
    rows = [{"number": f"X{place:08}", "name": "某同学", "kind": "student"} for place in range(known, count)]
    bulk.insert(Person, rows)
    return [row.id for row in Person.select(Person.id).where(Person.kind == "student").order_by(Person.id)][1:-1]


def _moments(chance: random.Random, count: int) -> list[tuple[int, Any]]:
    now, seconds = clock.now().replace(microsecond=0), DAYS * 86_400
    ago = sorted((int(seconds * chance.random() ** 2) // 40 * 40 for _ in range(count)), reverse=True)
    return [(place, now - timedelta(seconds=each)) for place, each in enumerate(ago)]


def _copy(model: Any, times: int) -> None:
    """Every row so many times, each copy published a little earlier: the database does that fastest itself."""
    fields = [field.column_name for field in model._meta.sorted_fields if field.column_name != "id"]
    shown = {name: f'"{name}"' for name in fields}
    earlier = "published - copy * interval '40 seconds'"
    if isinstance(models.database.obj, peewee.SqliteDatabase):
        earlier = "datetime(published, (-40 * copy) || ' seconds')"
    shown |= {"number": "number || '-' || copy", "published": earlier}
    models.database.execute_sql(
        f"WITH RECURSIVE copies(copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < {times - 1})"
        f' INSERT INTO "{model._meta.table_name}" ({", ".join(f"{name}" for name in fields)})'
        f' SELECT {", ".join(shown.values())} FROM copies, "{model._meta.table_name}" WHERE {times} > 1'
    )


def _copy_entries() -> None:
    """What the index says of a row it says of its copies; to make it anew for each of them would take minutes."""
    # CROSS JOIN keeps SQLite to this order: from each copy to its original to what is said of it.
    copies = [
        f"SELECT e.kind, e.subject_type, c.id, e.tokens, c.published FROM {table} c"
        f" CROSS JOIN {table} o CROSS JOIN search_entry e WHERE o.number = SUBSTR(c.number, 1, 10) AND c.id <> o.id"
        f" AND e.subject_type = '{table}' AND e.subject_id = o.id"
        for table in ("listing", "property_notice")
    ]
    statements = [
        "INSERT INTO search_entry (kind, subject_type, subject_id, tokens)"
        f" SELECT kind, subject_type, id, tokens FROM ({' UNION ALL '.join(copies)}) AS copied"
        " WHERE true ORDER BY published ON CONFLICT DO NOTHING"
    ]
    with models.database.atomic():
        if not isinstance(models.database.obj, peewee.SqliteDatabase):
            counted = "ANALYZE listing, property_notice, search_entry"
            statements = ["SET LOCAL statement_timeout = 0", counted, *statements]
        for statement in statements:
            models.database.execute_sql(statement)
        fill_index()


def fill_index() -> None:
    """Make of the entries what the search asks; to keep the index word by word is slow for this many rows."""
    run = models.database.execute_sql
    if isinstance(models.database.obj, peewee.SqliteDatabase):
        run("INSERT INTO search_text (search_text) VALUES ('rebuild')")
        return
    run("SET LOCAL maintenance_work_mem = '256MB'")
    run("DROP INDEX search_text_tokens")
    # What the entries of all copies say alike is taken apart once; to each come the stretches in which it lies.
    stretches = importlib.import_module("migrations.0015_search_sections").STRETCHES
    run(
        "WITH said AS MATERIALIZED (SELECT tokens, to_tsvector('simple', tokens) AS apart"
        " FROM (SELECT DISTINCT tokens FROM search_entry) AS each)"
        f" INSERT INTO search_text SELECT id, section, said.apart || to_tsvector('simple', {stretches})"
        " FROM search_entry AS entry JOIN search_said USING (id) JOIN said ON said.tokens = entry.tokens"
        " ON CONFLICT DO NOTHING"
    )
    run("CREATE INDEX search_text_tokens ON search_text USING gin (tokens) WITH (fastupdate = off)")


def _said(chance: random.Random, place: int) -> dict[str, Any]:
    thing, look = chance.choice(THINGS), chance.choice(LOOKS)
    rare = RARE if place < 3 else ""
    text = "，".join(chance.choices(LOOKS, k=chance.randint(2, 9)))
    return {"title": f"{look}{rare}{thing}{place % 97}", "text": f"{thing}，{text}。"}


def _some(chance: random.Random, of: dict[str, int]) -> str:
    return chance.choices(list(of), list(of.values()))[0]


def _one(chance: random.Random, ids: list[int]) -> int:
    """The first are taken often, the last hardly ever."""
    return ids[int(len(ids) * chance.random() ** 3)]


def _ids(model: Any) -> list[int]:
    if model not in _known:
        _known[model] = [row.id for row in model.select(model.id).order_by(model.id)]
    return _known[model]


_known: dict[Any, list[int]] = {}


def listing(chance: random.Random, authors: list[int], at: tuple[int, Any]) -> dict[str, Any]:
    """A published listing of one of `authors`, but for its number; `at` is its place in the row and its moment."""
    place, moment = at
    status = _some(chance, LISTED)
    return {
        **_said(chance, place),
        "author": chance.choice(authors),
        "moderation": "published",
        "status": status,
        "is_live": status in LIVE_LISTINGS,
        "created": moment - timedelta(hours=3),
        "published": moment,
        "expires": moment + timedelta(days=30),
        "reserved_for": chance.choice(authors) if status in ("sold", "reserved") else None,
        "sold": moment + timedelta(days=9) if status == "sold" else None,
        "category": _one(chance, _ids(ListingCategory)),
        "place": _one(chance, _ids(SafePlace)),
        "condition": _some(chance, WORN),
        "price_fen": round(10 ** chance.gauss(3.7, 0.6)) * 10,
        "is_negotiable": chance.random() < 0.4,
        "is_graduation": moment.month == 6 and chance.random() < 0.5,
    }


def notice(chance: random.Random, authors: list[int], at: tuple[int, Any]) -> dict[str, Any]:
    """A published notice, in the same way."""
    place, moment = at
    kind, status = chance.choice(["lost", "found", "found"]), _some(chance, NOTICED)
    if kind == "lost" and status not in ("open", "returned"):
        status = "open"
    return {
        **_said(chance, place),
        "kind": kind,
        "author": chance.choice(authors),
        "moderation": "published",
        "status": status,
        "is_live": status in LIVE_NOTICES,
        "created": moment - timedelta(hours=2),
        "published": moment,
        "happened": moment - timedelta(hours=chance.randint(3, 40)),
        "item_kind": _one(chance, _ids(ItemKind)),
        "building": _one(chance, _ids(Building)) if chance.random() < 0.7 else None,
        "place": chance.choice(SPOTS),
        "tags": " ".join(chance.sample(LOOKS, 2)),
        "keep_until": moment + timedelta(days=90) if status in ("kept", "disposed") else None,
        "announced": moment + timedelta(days=91) if status == "kept" and place % 7 == 0 else None,
        "returned": moment + timedelta(days=3) if status == "returned" else None,
    }
