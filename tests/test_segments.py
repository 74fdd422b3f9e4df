"""The full-text indexes of SQLite take in little with each commit, are merged when nobody waits, and say the same."""

import jobs
from hall import repairs, row_index, search, search_index, segments
from models import Event, RepairOrder, database
from tests.conftest import Campus
from tests.portal import reported

FORMS = 7


def parts() -> list[int]:
    """How many segments each index is made of."""
    counted = (f"SELECT COUNT(DISTINCT segid) FROM {table}_idx" for table in segments.TABLES)
    return [database.execute_sql(sql).fetchone()[0] for sql in counted]


def setting(table: str) -> int | None:
    """From how many segments on an index merges while it is written to; 0: never, None: it has none."""
    if not row_index.on_sqlite():
        return None
    row = database.execute_sql(f"SELECT v FROM {table}_config WHERE k = 'automerge'").fetchone()
    return int(row[0]) if row else 4


def found(campus: Campus) -> tuple[list[str], set[int]]:
    """What the search of everybody and that of the panel find of the reports."""
    hits = [hit.link for hit in search.find(campus.A, "孔雀").hits]
    return hits, set(row_index.ids(RepairOrder, "孔雀", 100) or [])


def test_they_are_merged_when_nobody_waits(campus: Campus) -> None:
    segments.gather()
    before = parts() if row_index.on_sqlite() else []
    orders = []
    for number in range(FORMS):
        orders.append(reported(campus.A, description_text=f"墙上有孔雀，第{number}只"))
    links = [f"/repairs/{order.number}" for order in reversed(orders)]
    assert found(campus) == (links, {order.id for order in orders})
    taken_in = parts() if row_index.on_sqlite() else []
    # Nothing is merged before, or who reports would wait for it (seven are too few for what FTS5 does by itself).
    assert all(now >= then + FORMS for now, then in zip(taken_in, before, strict=True))
    assert {setting(table) for table in segments.TABLES} == ({0} if row_index.on_sqlite() else {None})
    job = next(function for function, _when, why in jobs.TIMETABLE if "full-text" in why)
    job()
    if row_index.on_sqlite():
        assert all(now < then for now, then in zip(parts(), taken_in, strict=True))
    assert segments.merge() == 0
    assert found(campus) == (links, {order.id for order in orders})
    repairs.withdraw(orders[0], by=campus.A)
    assert found(campus) == (links, {order.id for order in orders})


def test_what_was_written_at_once_is_one_segment(campus: Campus) -> None:
    orders = [reported(campus.A, description_text=f"墙上有孔雀，第{number}只") for number in range(FORMS)]
    before = parts() if row_index.on_sqlite() else [2, 2]
    for write in (segments.gather, search_index.rebuild):
        write()
        assert not row_index.on_sqlite() or parts() == [1, 1]
    assert all(count > 1 for count in before)
    assert found(campus) == ([f"/repairs/{order.number}" for order in reversed(orders)], {order.id for order in orders})
    later = reported(campus.A, description_text="墙上有孔雀，又一只")
    if row_index.on_sqlite():
        assert all(count > 1 for count in parts())
    assert found(campus)[1] == {later.id, *(order.id for order in orders)}


def test_more_than_can_be_merged_at_once_is_merged_later(campus: Campus) -> None:
    for number in range(FORMS):
        reported(campus.A, description_text=f"墙上有孔雀，第{number}只")
    if row_index.on_sqlite():
        assert segments.merge(most=1) >= 1
    while segments.merge(most=1):
        pass
    assert segments.merge() == 0 and len(found(campus)[0]) == FORMS


def test_nobody_looks_for_a_form_by_its_token(campus: Campus) -> None:
    order = reported(campus.A, once="孔雀" * 9)
    event = Event.get(Event.subject_type == "repair_order", Event.subject_id == order.id)
    assert event.once == "孔雀" * 9
    assert row_index.ids(Event, "孔雀", 10) == []
    assert event.id in (row_index.ids(Event, "report", 10_000) or [])
