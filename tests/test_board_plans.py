"""The boards with 100,000 rows each: as many queries as with a hundred, and no table that grows is read whole.

Every statement that a page runs is caught and explained by its database. A plan can say SEARCH and still go through
half a table, so what each statement touches is measured too.
"""

import itertools
import json
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import peewee
import pytest
from flask import Flask

import app as house_app
import models
from config import Settings
from hall import keyset, market_reading, search
from models import Listing, PropertyNotice
from tests import crowd
from tests.conftest import ROOT, Backend, close_database
from tests.counting import statements
from tests.visitor import Visitor

# With -n one process fills these houses, not each of them.
pytestmark = pytest.mark.xdist_group("boards")
FEW, MANY = 100, 100_000
# Lists that the operator writes: a few dozen rows in any university, and cheaper to read whole.
SMALL = {
    "archived",
    "banned_goods",
    "building",
    "calendar_period",
    "campus",
    "department",
    "edition",
    "item_kind",
    "listing_category",
    "lost_property_desk",
    "service",
    "maintenance_group",
    "safe_place",
    "service_link",
    "trust_level",
}
# Nothing of these is in this database, and PostgreSQL knows it.
EMPTY = {"thread", "comment", "reply"}
# Read from its beginning for a word that every tenth row holds, up to a limit: `assert_bounded` sees how far.
LIMITED = {"search_text", *(f"search_text_{section}" for section in range(14))}
# What one statement may touch: a page that no index narrows looks at so many rows and at what they name.
MOST_ROWS = 4 * keyset.LOOKS
MOST_WALKED = 2 * MOST_ROWS  # by a search, for a word of which the first row stands far behind the beginning
MOST_STEPS = 200_000  # of SQLite's machine; to sort all live listings takes more than twice as many

# Statements about tables that this database has rows of.
FILLED = 'FROM "(listing|property_notice|favourite|reservation|deal_rating|price_change|claim|property_match)"'

MARKET = {
    "all": "",
    "category": "category=bicycle",
    "rare category": "category=other",
    "condition": "condition=parts",
    "place": "place={place}",
    "campus": "campus={campus}",
    "price": "least=10&most=30",
    "wide price": "least=0.01&most=99999",
    "negotiable": "negotiable=1",
    "word": "q=台灯",
    "rare word": f"q={crowd.RARE}",
    "five words": "q=台灯 黑色 送配件 九成新 古琴",
    "all at once": "category=other&condition=parts&campus={campus}&negotiable=1&most=20",
}
SORTS = ("newest", "cheap", "dear")
LOST = {
    "all": "",
    "found": "kind=found",
    "item kind": "kind=found&item_kind=other",
    "building": "building={building}",
    "rare building": "kind=found&building={rare_building}",
    "returned": "kind=found&state=returned",
    "week": "period=week",
    "quarter": "kind=found&period=quarter&item_kind=books",
    "word": "q=雨伞",
    "rare word": f"kind=found&q={crowd.RARE}",
    "all at once": "kind=found&item_kind=other&building={rare_building}&state=returned&q=雨伞 黑色",
}


@dataclass
class Houses:
    """The database of one backend with few rows and that with many; only read, so that each is made once a run."""

    few: Settings
    many: Settings
    names: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="session")
def made() -> dict[str, Houses]:
    """What was made of either backend so far."""
    return {}


@pytest.fixture
def houses(backend: Backend, made: dict[str, Houses]) -> Iterator[Houses]:
    if backend.name not in made:
        few, many = (backend.copy(Path(tempfile.mkdtemp(dir=os.environ[ROOT]))) for _size in (FEW, MANY))
        for settings, size in ((few, FEW), (many, MANY)):
            house_app.open_house(settings)
            _hurry()
            crowd.fill(size, size)
            names = _names()
            close_database()
        made[backend.name] = Houses(few, many, names)
    yield made[backend.name]
    close_database()


def _hurry() -> None:
    """Ask neither keys nor triggers about rows that are put in: what those of the panel keep, no page here asks."""
    run = models.database.execute_sql
    if not _on_sqlite():
        run("SET session_replication_role = replica")
        run("SET statement_timeout = 0")  # whatever else this machine does meanwhile
        return
    run("PRAGMA foreign_keys = OFF")
    for entity in models.ENTITIES:
        run(f'DROP TRIGGER IF EXISTS "row_text_{entity._meta.table_name}"')


def _names() -> dict[str, Any]:
    """What addresses name, and where the hundredth page of each order begins."""
    places, buildings = models.SafePlace, list(models.Building.select().order_by(models.Building.id))
    place = places.select().where(places.campus.is_null(False)).order_by(places.id).first()
    live = Listing.select().where(Listing.is_live == True)  # noqa: E712
    by_time, by_price = (Listing.published, Listing.id), (Listing.price_fen, Listing.id)
    keys = {
        "newest": _key(live.order_by(Listing.published.desc(), Listing.id.desc()), by_time),
        "cheap": _key(live.order_by(Listing.price_fen, Listing.id), by_price),
        "dear": _key(live.order_by(Listing.price_fen.desc(), Listing.id.desc()), by_price),
    }
    notices = PropertyNotice.select().order_by(PropertyNotice.published.desc(), PropertyNotice.id.desc())
    keys["lost"] = _key(notices, (PropertyNotice.published, PropertyNotice.id))
    return {
        "keys": keys,
        "place": place.id,
        "campus": place.campus_id,
        "building": buildings[0].code,
        "rare_building": buildings[-1].code,
    }


def _key(query: Any, columns: Any) -> str:
    row = query.offset(99 * market_reading.AT_MOST - 1).first()
    return keyset.key_of([getattr(row, column.name) for column in columns]) if row else ""


# --- what was asked, and what it costs ---------------------------------------------------------------

Asked = list[tuple[str, Any]]


def asked_by(whole_app: Flask, settings: Settings, path: str) -> tuple[Asked, Any]:
    """Every statement behind a page, with its values, and the page."""
    house_app.open_house(settings)
    whole_app.config["HALL"] = settings
    visitor = Visitor(whole_app.test_client())
    visitor.get(path)  # what is read once a process is read now
    found: Asked = []

    with statements(whole_app, lambda sql, values: found.append((sql, values))):
        page = visitor.get(path)
    assert page.status_code == 200, (path, page.status_code)
    return found, page


def read_whole(sql: str, values: Any) -> set[str]:
    """The tables, but for the small ones, that this statement reads from end to end."""
    return (_whole_in_sqlite if _on_sqlite() else _whole_in_postgresql)(sql, values) - SMALL - EMPTY - LIMITED


def _on_sqlite() -> bool:
    return isinstance(models.database.obj, peewee.SqliteDatabase)


def _whole_in_sqlite(sql: str, values: Any) -> set[str]:
    plan = models.database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    tables = {alias: table for table, alias in re.findall(r'"(\w+)" AS "(\w+)"', sql)}
    # FTS5 calls it a scan when it follows the rows of a word (M) or looks one row up (=).
    kinds = r"SCAN (\w+)(?! VIRTUAL TABLE INDEX \d+:.*[M=])"
    scanned = {match[1] for *_ids, line in plan if (match := re.match(kinds, line))}
    # What is scanned by a name that no table has is what another part of the statement gave.
    return {tables.get(name, name) for name in scanned if name in tables or name in models.database.get_tables()}


def _whole_in_postgresql(sql: str, values: Any) -> set[str]:
    plan = models.database.execute_sql(f"EXPLAIN (FORMAT JSON) {sql}", values).fetchone()[0][0]["Plan"]
    return {node["Relation Name"] for node in _nodes(plan) if node["Node Type"] == "Seq Scan"}


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", []):
        yield from _nodes(below)


def assert_bounded(sql: str, values: Any) -> None:
    """That the statement touches no more than it may: rows on PostgreSQL, steps of its machine on SQLite."""
    if _on_sqlite():
        steps = steps_of(sql, values)
        assert steps <= MOST_STEPS, (steps, sql)
    else:
        plan = models.database.execute_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values).fetchone()[0][0]["Plan"]
        rows = sum(_touched(node) for node in _nodes(plan))
        most = MOST_WALKED if "FROM search_text" in sql else MOST_ROWS
        assert rows <= most, (rows, sql, values, json.dumps(plan))


def steps_of(sql: str, values: Any) -> int:
    connection: sqlite3.Connection = models.database.connection()
    count = itertools.count()
    connection.set_progress_handler(lambda: next(count) < 0, 1000)
    try:
        models.database.execute_sql(sql, values).fetchall()
    finally:
        connection.set_progress_handler(None, 0)
    return 1000 * next(count)


def _touched(node: dict[str, Any]) -> float:
    """The rows of a growing table that one node of an analysed plan has looked at."""
    # The index of words gives a list of ids, in which a common word has many; no row is read for these.
    if node.get("Relation Name", "") in SMALL or "_tokens" in node.get("Index Name", ""):
        return 0
    if "Scan" not in node["Node Type"]:
        return 0
    rows: float = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return rows * node["Actual Loops"]


def judge(whole_app: Flask, houses: Houses, path: str, about: str = "") -> Any:
    """Few and many rows ask alike, no plan (of statements `about` these tables) reads what grows; gives the page."""
    few, _page = asked_by(whole_app, houses.few, path)
    close_database()
    many, page = asked_by(whole_app, houses.many, path)
    # A word that many rows hold is looked for again where they are, and its rows are counted before a page is read.
    assert abs(len(few) - len(many)) <= 2 * ("q=" in path) and len(many) <= 10, (
        path,
        len(few),
        len(many),
        [sql for sql, _values in many],
    )
    for sql, values in many:
        assert sql.lstrip("(").startswith(("SELECT", "WITH few AS")), (path, sql)
        if not re.search(about, sql):
            continue
        assert not read_whole(sql, values), (path, read_whole(sql, values), sql)
        assert_bounded(sql, values)
    return page


# --- the pages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", SORTS)
def test_the_market(houses: Houses, whole_app: Flask, sort: str) -> None:
    for after in ("", houses.names["keys"][sort]):
        for name, answers in MARKET.items():
            path = f"/market?sort={sort}&after={after}&{answers.format(**houses.names)}"
            assert judge(whole_app, houses, path), name


def test_the_graduation_page(houses: Houses, whole_app: Flask) -> None:
    judge(whole_app, houses, "/market/graduation")
    judge(whole_app, houses, f"/market/graduation?sort=cheap&q={crowd.RARE}")


def test_lost_and_found(houses: Houses, whole_app: Flask) -> None:
    for after in ("", houses.names["keys"]["lost"]):
        for name, answers in LOST.items():
            path = f"/lost-found?after={after}&{answers.format(**houses.names)}"
            assert judge(whole_app, houses, path), name
    judge(whole_app, houses, "/lost-found/announced")


def test_the_front_page(houses: Houses, whole_app: Flask) -> None:
    # Of the rest of the front page there is nothing in this database.
    page = judge(whole_app, houses, "/", about='FROM "(listing|property_notice|calendar_period|counter)"')
    for prefix in ("market", "lost-found"):
        number = re.search(rf'href="/{prefix}/(X[0-9-]+)"', page.text)
        assert number, f"the front page shows nothing of {prefix}"


def test_one_listing_and_one_notice(houses: Houses, whole_app: Flask) -> None:
    page = asked_by(whole_app, houses.many, "/")[1]
    shown = re.findall(r'href="(/(?:market|lost-found)/X[0-9-]+)"', page.text)
    assert len({address.split("/")[1] for address in shown}) == 2
    for path in shown:
        asked, _page = asked_by(whole_app, houses.many, path)
        assert len(asked) <= 10, path
        for sql, values in asked:
            if re.search(FILLED, sql):
                assert not read_whole(sql, values), (path, read_whole(sql, values), sql)
                assert_bounded(sql, values)


def test_the_hundredth_page_is_the_hundredth(houses: Houses) -> None:
    """The key that the other tests begin behind is the one that a reader has after ninety-nine pages."""
    house_app.open_house(houses.many)
    for sort in SORTS:
        key = ""
        for _page in range(99):
            rows, key = market_reading.page(market_reading.Sought(sort=sort), after=key)
            assert len(rows) == market_reading.AT_MOST
        assert key == houses.names["keys"][sort]


def test_a_rare_word_in_the_oldest_rows_is_on_the_first_page(houses: Houses) -> None:
    house_app.open_house(houses.many)
    live = Listing.select(Listing.id).where(Listing.is_live == True, Listing.title.contains(crowd.RARE))  # noqa: E712
    wanted = [row.id for row in live.order_by(Listing.published.desc(), Listing.id.desc())]
    rows, key = market_reading.page(market_reading.Sought(words=(crowd.RARE,)))
    assert [row.id for row in rows] == wanted[:20] and (len(wanted) > 20) == bool(key)
    page = search.find(None, crowd.RARE, "market")
    assert len(page.hits) == 20 and all((crowd.RARE, True) in hit.title for hit in page.hits)


def test_the_index_of_the_search_is_the_one_that_the_hall_keeps(houses: Houses) -> None:
    """These rows are put into it by a short cut; what stands there is what the view says of each entry."""
    house_app.open_house(houses.many)
    if _on_sqlite():
        models.database.execute_sql("INSERT INTO search_text (search_text, rank) VALUES ('integrity-check', 1)")
        return
    said = "SELECT id, section, tokens FROM search_said WHERE MOD(id, 97) = 0"
    kept = "SELECT rowid, section, tokens FROM search_text WHERE MOD(rowid, 97) = 0"
    count = "SELECT COUNT(*) FROM"
    assert models.database.execute_sql(f"{count} ({said}) AS said").fetchone()[0] > 1000
    for one, other in ((said, kept), (kept, said)):
        assert models.database.execute_sql(f"{count} ({one} EXCEPT ALL {other}) AS more").fetchone() == (0,)


SEARCHES = ("台灯", "台", "古琴", "黑色 台灯", "黑色古琴台灯", "td", "hs", "x000000001", "没有的词", "黑色 没有的词")


def test_the_search(houses: Houses, whole_app: Flask) -> None:
    for words in SEARCHES:
        for more in ("", "&kind=market", "&after=9000"):
            assert judge(whole_app, houses, f"/search?q={words}{more}"), words


def test_the_tests_see_what_reads_a_table_whole(houses: Houses) -> None:
    """The measure itself: a search without a bound, a filter that sorts all that is live."""
    house_app.open_house(houses.many)
    query = Listing.select().where(Listing.title.contains(crowd.RARE))
    assert read_whole(*query.sql()) == {"listing"}
    live = Listing.select().where(Listing.moderation == "published", Listing.is_live == True)  # noqa: E712
    with pytest.raises(AssertionError):
        assert_bounded(*live.order_by(Listing.favourites.desc()).limit(20).sql())
