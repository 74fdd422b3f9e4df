"""Lists of the panel however long: pages by key in either direction, by a few rows or by a bounded walk; the search."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from admin import listing
from hall import access, bulk, clock, row_index
from models import ENTITIES, Building, MaintenanceGroup, RepairItem, RepairOrder, Room, SavedView, database
from tests.panel import table

WORDS = ("水龙头", "空调", "灯管", "wifi 信号", "门锁", "下水道", "QiuShui", "空 调", "100%", "b_c")


@pytest.fixture
def orders(campus):
    """Sixty orders of few states at few moments, so that many stand level in every order."""
    chance = random.Random(7)
    items, buildings = RepairItem.select().where(RepairItem.parent.is_null(False)), Building.select()
    rows = [
        {
            "number": f"BX26112{number:05d}",
            "status": chance.choice(["closed", "closed", "closed", "reported", "repairing"]),
            "created": clock.now() - timedelta(days=chance.randrange(12)),
            "reporter": campus.A.id,
            "phone": "13900000071",
            "building": chance.choice(buildings).id,
            "room_number": str(chance.randrange(101, 110)),
            "item": chance.choice(items).id,
            "group": MaintenanceGroup.select().first().id,
            "description": f"{chance.choice(WORDS)}{chance.choice(WORDS)}坏了",
        }
        for number in range(60)
    ]
    with database.atomic():
        bulk.insert(RepairOrder, rows)
    return list(RepairOrder.select())


@pytest.fixture(params=["few", "walk"])
def way(request, monkeypatch):
    """Both ways in which a page is found; the walk looks at five rows a page."""
    if request.param == "walk":
        monkeypatch.setattr(listing, "FEW", 0)
        monkeypatch.setattr(listing, "LOOKS", 5)
    monkeypatch.setattr(listing, "PAGE", 4)
    return request.param


def ask(person: Any, app: Any, **said: str) -> listing.Listing:
    with app.test_request_context("/"):
        return listing.Listing(RepairOrder, access.visible(person, RepairOrder), MultiDict(said)).read()


def walked(person: Any, app: Any, **said: str) -> list[list[int]]:
    """The ids of every page from the first to the last, also of pages that the walk left empty."""
    page, pages = ask(person, app, **said), []
    while True:
        pages.append([row.id for row in page.rows])
        if page.next is None:
            return pages
        page = ask(person, app, **said, after=str(page.next))


ASKED: list[tuple[dict[str, str], Any]] = [
    ({}, lambda row: True),
    ({"flt_status": "closed"}, lambda row: row.status == "closed"),
    ({"flt_status": "reported", "sort": "created"}, lambda row: row.status == "reported"),
    ({"search": "空调", "sort": "-status"}, lambda row: "空调" in row.description),
    ({"search": "空调 水龙头"}, lambda row: "空调" in row.description and "水龙头" in row.description),
    ({"search": "100%"}, lambda row: "100%" in row.description),
    ({"search": "B_C", "flt_status": "closed"}, lambda row: "b_c" in row.description and row.status == "closed"),
    ({"search": "qiushui", "sort": "status"}, lambda row: "QiuShui" in row.description),
    ({"search": "00042"}, lambda row: "00042" in row.number),
    ({"search": "孔雀"}, lambda row: False),
]


@pytest.mark.parametrize(("said", "meant"), ASKED, ids=lambda value: str(value) if isinstance(value, dict) else "")
def test_every_row_once_and_in_order(campus, orders, way, said, meant, whole_app):
    """All pages one behind the other are all rows that are meant; backwards they are the same."""
    person = campus.X
    name = said.get("sort", "-id").lstrip("-")
    newest_first = said.get("sort", "-id").startswith("-")
    wanted = sorted((row for row in orders if meant(row)), key=lambda row: (getattr(row, name), row.id))
    ids = [row.id for row in (reversed(wanted) if newest_first else wanted)]
    pages = walked(person, whole_app, **said)
    assert [id for page in pages for id in page] == ids
    assert all(len(page) <= listing.PAGE for page in pages)
    back: list[int] = []
    page = ask(person, whole_app, **said, before=str(ids[-1])) if ids else None
    while page:
        back = [row.id for row in page.rows] + back
        page = ask(person, whole_app, **said, before=str(page.previous)) if page.previous else None
    assert back == ids[:-1]


def test_days_come_in_their_own_order(campus, orders, way, whole_app):
    """Days of long ago are not sought from the newest row on."""
    person = campus.X
    day = (clock.today() - timedelta(days=9)).isoformat()
    said = {"flt_created_from": day, "flt_created_until": day}
    first = ask(person, whole_app, **said)
    meant = [row.id for row in orders if clock.local(row.created).date().isoformat() == day]
    assert first.sort == "-created" and len(meant) > 1
    assert [row.id for row in first.rows] == sorted(meant, reverse=True)[: listing.PAGE]


def test_a_look_is_bounded(campus, orders, whole_app, monkeypatch):
    """Where nothing is rare enough to be fetched by it, a page looks at LOOKS rows, says so and goes on behind them."""
    person = campus.X
    monkeypatch.setattr(listing, "FEW", 0)
    monkeypatch.setattr(listing, "LOOKS", 5)
    oldest = min(orders, key=lambda row: row.id)
    RepairOrder.update(description="孔雀图案").where(RepairOrder.id == oldest.id).execute()
    page = ask(person, whole_app, search="孔雀")
    assert page.rows == [] and page.is_short and page.next == orders[-5].id and page.count() is None
    pages = walked(person, whole_app, search="孔雀")
    assert pages[-1] == [oldest.id] and len(pages) == 12


# --- the index -----------------------------------------------------------------------------------------


def found(word: str) -> set[int]:
    """What the index names for a word, kept to the rows that really hold it."""
    ids = row_index.ids(RepairOrder, word, 1000)
    assert ids is not None
    return {row.id for row in RepairOrder.select().where(RepairOrder.id.in_(ids)) if word in row.description}


def test_the_index_follows_every_write(campus, orders):
    """Whatever writes, through a verb, in bulk or by plain SQL, the index has seen it."""
    first, second, *_rest = orders
    RepairOrder.update(description="孔雀图案的窗帘").where(RepairOrder.id == first.id).execute()
    database.execute_sql(f"UPDATE repair_order SET description = '门上有孔雀' WHERE id = {second.id}")
    assert found("孔雀") == {first.id, second.id}
    assert row_index.ids(RepairOrder, "孔雀", 1) is None  # more than were asked for
    second.description = "换了"
    second.save()
    assert found("孔雀") == {first.id}
    first.delete_instance()
    assert found("孔雀") == set() and row_index.holds(RepairOrder) == len(orders) - 1
    with database.atomic() as transaction:
        RepairOrder.update(description="孔雀").execute()
        transaction.rollback()
    assert found("孔雀") == set()


def test_the_index_never_leaves_out_a_row(orders):
    """Every piece of every text is found, whatever marks are in it."""
    chance = random.Random(3)
    for row in chance.sample(orders, 25):
        start = chance.randrange(len(row.description))
        word = row.description[start : start + chance.randrange(1, 7)].strip()
        if word and " " not in word:
            assert row.id in (row_index.ids(RepairOrder, word, 1000) or []), word
        assert row.id in (row_index.ids(RepairOrder, row.number.lower(), 1000) or [])


def test_installing_again_changes_nothing_and_mends_what_is_gone(orders, monkeypatch):
    assert row_index.install() == []
    drop = "DROP TRIGGER row_text_room" + ("" if row_index.on_sqlite() else " ON room")
    database.execute_sql(drop)
    late = Room.create(building=Building.select().first(), number="Z999")
    assert late.id not in (row_index.ids(Room, "z999", 10) or [])
    assert "room" in row_index.install()
    assert late.id in (row_index.ids(Room, "z999", 10) or [])
    monkeypatch.setattr(RepairOrder, "search", ("number", "caller"))
    assert "repair_order" in row_index.install()
    assert row_index.ids(RepairOrder, "空调", 100) == []


# --- the count -----------------------------------------------------------------------------------------


def test_no_list_counts_its_whole_table(sign_in, campus, queries, monkeypatch):
    """A list says 5+ where there are more than COUNT_CAP, and whatever it counts, it counts of so many rows at most;
    so do the saved views above it and what waits beside it."""
    monkeypatch.setattr(listing, "COUNT_CAP", 5)
    person, about = campus.X, {"person": campus.X.id, "name": "都看", "said": {}, "is_shared": False, "position": 1}
    bulk.insert(SavedView, [{**about, "subject_type": table(model)} for model in ENTITIES])
    visitor, capped = sign_in("X"), 0
    for model in ENTITIES:
        with queries() as asked:
            page = visitor.get(f"/admin/{table(model)}/").text
        rows = access.visible(person, model).count()
        assert f"共 {rows if rows <= 5 else '5+'} 条" in page, model
        capped += rows > 5
        assert any("COUNT(" in sql for sql in asked), model
        assert not [sql for sql in asked if _counts_without_end(sql)], model
    assert capped > 5


def _counts_without_end(sql: str) -> bool:
    """Whether a count in this statement goes over anything but a select that ends with a LIMIT."""
    for count in re.finditer(r"\bCOUNT\((1\) FROM \()?", sql, re.IGNORECASE):
        depth, end = bool(count[1]), count.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        if not re.search(r" LIMIT (\?|%s|\d+)\)$", sql[count.end() : end]):
            return True
    return False
