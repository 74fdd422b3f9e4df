"""A hall as long as a bench wants it, put straight into the database.

`fill` makes up to MADE rows of each kind one by one (bench/stock.py) and lets the database copy them, each copy a
stretch of time later: ids, keys, moments and numbers follow from those of the original, so that a copy asks nothing.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import peewee

import models
from bench.stock import COMMENTS, Stock
from hall import bulk, clock, row_index, search_index, segments
from models import (
    Comment,
    Counter,
    DailyRoot,
    Entity,
    Event,
    Listing,
    Person,
    PropertyNotice,
    RepairOrder,
    Reply,
    SearchEntry,
    Thread,
)
from tests import crowd

MADE = 2_500  # rows that are made one by one
DAYS = 700  # over which they are spread, the oldest first
RARE = "孔雀"  # stands in three rows of each kind
PREFIXES = {"repair_order": "BX", "thread": "JD", "listing": "ES", "property_notice": "SW"}
# What a copy has as its original has it, or the timetable would act on it while the bench runs.
STAYING = {"expires", "due", "answered", "finished"}
SEARCHED = (Thread, RepairOrder, Listing, PropertyNotice)
# (step, what the trail calls it, hours after the row) of each row of a kind.
STEPS: dict[type[Entity], tuple[tuple[str, str, int], ...]] = {
    RepairOrder: (("report", "报修", 0), ("accept", "受理", 2)),
    Thread: (("post", "发帖", -3), ("publish", "通过", 0)),
}
Say = Callable[[str], Any]


def rounded(count: int) -> int:
    """How many rows `fill` puts in where it is asked for `count`: copies are whole."""
    return count if count <= MADE else count // MADE * MADE


def fill(count: int, say: Say = lambda _said: None) -> None:
    """Put in so many threads with a reply and three follow-ups each, and orders, listings, notices and events as many.

    The database must have the campus and none of these. Says what it does by `say`; afterwards it is ANALYZEd.
    """
    count = rounded(count)
    with models.database.connection_context(), _Hurry():
        started = time.monotonic()
        made = min(count, MADE)
        stock = Stock(crowd.people(min(crowd.PEOPLE, 100 + count // 10)))
        with models.database.atomic():
            tables = _originals(stock, made, count)
        search_index.rebuild()
        tables.append(SearchEntry)
        say(f"{made:,} of each kind made in {time.monotonic() - started:.0f} s")
        _drop_indexes()
        _copy(tables, made, count)
        say(f"{count:,} of each kind after {time.monotonic() - started:.0f} s")
        _index()
        with models.database.atomic():
            for statement in crowd.AROUND:
                models.database.execute_sql(f"{statement} ON CONFLICT DO NOTHING")
            for model in SEARCHED:
                _make_rare(model)
            DailyRoot.create(day=clock.today() - timedelta(days=1), events=0, hash="0" * 64)
            known = Counter.select().count()
            bulk.insert(Counter, [{"name": f"XX{known + day:06}", "value": 9} for day in range(min(3_000, count))])
        segments.gather()
        models.database.execute_sql("ANALYZE")
        say(f"indexed after {time.monotonic() - started:.0f} s")


def fill_orders(count: int) -> None:
    """So many repair orders and nothing else, in place of those that are there."""
    count = rounded(count)
    with models.database.connection_context(), _Hurry():
        _drop_indexes(RepairOrder)
        made, stock = min(count, MADE), Stock([row.id for row in Person.select(Person.id)])
        with models.database.atomic():
            models.database.execute_sql("DELETE FROM repair_order")
            _insert(RepairOrder, [stock.order(place, moment) for place, moment in _moments(made, count)])
        _copy([RepairOrder], made, count)
        row_index.install()
        _make_rare(RepairOrder)
        models.database.execute_sql("ANALYZE")


class _Hurry:
    """Writing without waiting for the disk, and without a limit of time, on the connection of the filling alone."""

    def __enter__(self) -> None:
        if row_index.on_sqlite():
            for pragma in ("synchronous = OFF", "foreign_keys = OFF", "cache_size = -400000", "temp_store = 2"):
                models.database.execute_sql(f"PRAGMA {pragma}")
        else:
            for setting in ("statement_timeout = 0", "synchronous_commit = off", "maintenance_work_mem = '512MB'"):
                models.database.execute_sql(f"SET {setting}")

    def __exit__(self, *_error: Any) -> None:
        if row_index.on_sqlite():
            models.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            models.database.execute_sql("RESET ALL")


# --- the originals -----------------------------------------------------------------------------------


def _moments(made: int, count: int) -> list[tuple[int, datetime]]:
    """(number, moment) of each original, within the first stretch of time; the other stretches are the copies'."""
    now = clock.now().replace(microsecond=0)
    step = _stretch(made, count) / made
    return [(place, now - timedelta(days=DAYS) + timedelta(seconds=int(place * step))) for place in range(made)]


def _stretch(made: int, count: int) -> int:
    """The seconds by which one copy is later than the one before."""
    return DAYS * 86_400 * made // count


def _originals(stock: Stock, made: int, count: int) -> list[type[Entity]]:
    moments = _moments(made, count)
    makers = {RepairOrder: stock.order, Listing: stock.listing, PropertyNotice: stock.notice, Thread: stock.thread}
    rows = {model: [make(*each) for each in moments] for model, make in makers.items()}
    first = {model: _insert(model, rows[model]) for model in makers}
    threads = [row | {"id": first[Thread] + place} for place, row in enumerate(rows[Thread])]
    _insert(Reply, [stock.reply(row) | {"thread": row["id"]} for row in threads])
    said = [stock.comment(row, each) | {"thread": row["id"]} for row in threads for each in range(COMMENTS)]
    _insert(Comment, said)
    names = {row.id: row.name for row in Person.select(Person.id, Person.name)}
    events = [
        event
        for model in STEPS
        for place, row in enumerate(rows[model])
        for event in _events(model, first[model] + place, row, names)
    ]
    _insert(Event, sorted(events, key=lambda event: event["at"]))
    return [*makers, Reply, Comment, Event]


def _events(model: type[Entity], row_id: int, row: dict[str, Any], names: dict[int, str]) -> list[dict[str, Any]]:
    """What happened to a row, with made-up hashes."""
    actor, made = row.get("reporter") or row["author"], []
    for seq, (name, label, hours) in enumerate(STEPS[model], 1):
        at = (row.get("published") or row["created"]) + timedelta(hours=hours)
        event = {"subject_type": model._meta.table_name, "subject_id": row_id, "seq": seq, "name": name}
        event |= {"label_text": label, "actor": actor, "actor_name": names[actor], "actor_role": "author"}
        event |= {"at": at, "announced": at, "previous_hash": "0" * 64}
        made.append(event | {"hash": hashlib.sha256(f"{name}{row_id}".encode()).hexdigest()})
    return made


def _insert(model: type[Entity], rows: Sequence[dict[str, Any]]) -> int:
    """Insert `rows`; gives the id of the first, the others follow it."""
    bulk.insert(model, rows)
    first, last = _ends(model, len(rows))
    assert last - first == len(rows) - 1, f"the ids of {model.__name__} have gaps"
    return first


def _ends(model: Any, count: int) -> tuple[int, int]:
    newest = [row.id for row in model.select(model.id).order_by(model.id.desc()).limit(count)]
    return newest[-1], newest[0]


# --- the copies --------------------------------------------------------------------------------------


def _copy(tables: Sequence[type[Entity]], made: int, count: int) -> None:
    """Copy the newest originals of each table as often as it takes."""
    many = {Comment: COMMENTS * made, Event: sum(len(steps) for steps in STEPS.values()) * made}
    many[SearchEntry] = (len(SEARCHED) + 1 + COMMENTS) * made
    spans = {model: many.get(model, made) for model in tables}
    ends = {model: _ends(model, span) for model, span in spans.items()}
    # The indexes stay: what keeps the trail whole looks into them for every event.
    for copy in range(1, count // made):
        with models.database.atomic():
            for model in tables:
                fields = model._meta.sorted_fields
                said = [_column(field, model, spans, copy, _stretch(made, count)) for field in fields]
                # Of guides there are no copies.
                copied = "subject_type <> 'article'" if model is SearchEntry else "true"
                names = ", ".join(f'"{field.column_name}"' for field in fields)
                models.database.execute_sql(
                    f'INSERT INTO "{model._meta.table_name}" ({names}) SELECT {", ".join(said)}'
                    f' FROM "{model._meta.table_name}" WHERE id BETWEEN {ends[model][0]} AND {ends[model][1]}'
                    f" AND {copied} ORDER BY id"
                )
    if not row_index.on_sqlite():
        for table in (model._meta.table_name for model in tables):
            models.database.execute_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM \"{table}\"))"
            )


def _column(field: Any, model: Any, spans: dict[Any, int], copy: int, stretch: int) -> str:
    """What a column of a copy says, in SQL."""
    name, quoted = field.column_name, f'"{field.column_name}"'
    if field.primary_key:
        return f"id + {copy * spans[model]}"
    if isinstance(field, peewee.ForeignKeyField) and field.rel_model in spans:
        return f"{quoted} + {copy * spans[field.rel_model]}"
    if name == "number" and model._meta.table_name in PREFIXES:
        return f"'{PREFIXES[model._meta.table_name]}' || (1000000000 + id + {copy * spans[model]})"
    if name == "subject_id":
        usual, comments = copy * spans[Thread], copy * spans[Comment]
        return f"subject_id + CASE subject_type WHEN 'comment' THEN {comments} ELSE {usual} END"
    if isinstance(field, peewee.DateTimeField) and name not in STAYING:
        later = copy * stretch
        on_sqlite = row_index.on_sqlite()
        return f"datetime({quoted}, '+{later} seconds')" if on_sqlite else f"{quoted} + interval '{later} seconds'"
    return quoted


# --- what finds them ---------------------------------------------------------------------------------


def _drop_indexes(*only: type[Entity]) -> None:
    """Take away what PostgreSQL makes anew many times as fast as it lets it grow; SQLite does not care."""
    if row_index.on_sqlite():
        return
    for model in only or SEARCHED:
        table = model._meta.table_name
        models.database.execute_sql(f'DROP TRIGGER IF EXISTS row_text_{table} ON "{table}"')
    models.database.execute_sql("DROP INDEX IF EXISTS row_text_tokens")


def _index() -> None:
    row_index.install()
    models.database.execute_sql("SET statement_timeout = 0") if not row_index.on_sqlite() else None
    with models.database.atomic():
        crowd.fill_index()


def _make_rare(model: Any) -> None:
    """Let the rare word stand in three rows, old, middle and new."""
    first, last = (model.select(end(model.id)).scalar() for end in (peewee.fn.MIN, peewee.fn.MAX))
    for share in (0.1, 0.5, 0.9):
        row = model.select().where(model.id >= int(first + (last - first) * share)).order_by(model.id).first()
        if model is RepairOrder:
            row.description = f"门口墙面渗水，{RARE}图案"
        else:
            row.text += f"墙上还有{RARE}图案。"
        row.save()
        search_index.keep(row)
