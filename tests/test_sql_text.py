"""SQL that is put together quickly, or once, is the SQL that peewee writes, and asks for what is asked now."""

import peewee

from hall import sql_text
from hall.sql_text import QuickContext, prepared, told
from models import ENTITIES, Building, Campus, Listing, Person, RepairOrder, SafePlace, Thread, database
from tests import board, stall


def both(query):
    """(SQL, values) as QuickContext and as peewee write them."""
    options = database.get_context_options()
    return QuickContext(**options).parse(query), peewee.Context(**options).parse(query)


def queries_of(model):
    """Columns of a table and of its alias, in conditions, orders, joins and subqueries, and in what is written."""
    key, other = model._meta.primary_key, model.alias()
    inner = other.select(other.id).where(other.id > key)
    return [
        model.select().where(key == 1, key.in_(inner)).order_by(key.desc()),
        model.select(model, other).join(other, on=(key == other.id)).where(other.id.is_null()),
        model.alias("named").select(),
        peewee.Select([model.select(key).alias("part")], [peewee.fn.COUNT(key)]),
        model.select(key).where(peewee.fn.EXISTS(inner)) | model.select(key),
        model.update({key: key + 1}).where(key == 2),
        model.delete().where(key << [1, 2]),
    ]


def test_columns_are_written_as_peewee_does(house):
    for model in ENTITIES:
        for query in queries_of(model):
            quick, plain = both(query)
            assert quick == plain
        quick, plain = both(model.insert({model._meta.primary_key: 7}))
        assert quick[0] == plain[0], "the values may hold the moment of now"


def test_a_prepared_query_asks_with_the_values_of_now(campus):
    """Other values, other rows in the table, nothing at first, and joined rows: as the query itself would give."""
    asked = []

    @prepared
    def _named(name, least, *, is_down):
        asked.append(is_down)
        query = Building.select(Building, Campus).join(Campus).where(Building.name == name, Building.id >= least)
        return query.order_by(Building.id.desc() if is_down else Building.id)

    known = Building.select().order_by(Building.id).first()
    assert _named("没有这栋楼", 0, is_down=False) == []
    for _turn in range(2):
        (found,) = _named(known.name, 0, is_down=False)
        assert (found.id, found.code, found.campus.name) == (known.id, known.code, known.campus.name)
        assert not found.dirty_fields
    Building.update(name="新的名字").where(Building.id == known.id).execute()
    assert _named(known.name, 0, is_down=False) == []
    assert [row.id for row in _named("新的名字", known.id, is_down=True)] == [known.id]
    assert _named("新的名字", known.id + 1, is_down=True) == []
    assert asked == [False, True], "put together once for each shape"


def test_a_prepared_query_keeps_no_rows(campus):
    """What one reader was given is not changed by the next question, nor kept."""

    @prepared
    def _numbered(number):
        return Person.select().where(Person.number == number)

    people = list(Person.select().limit(2))
    first = _numbered(people[0].number)
    first[0].name = "改了"
    assert _numbered(people[0].number)[0].name == people[0].name
    assert _numbered(people[1].number)[0].id == people[1].id
    assert first[0].id == people[0].id


def test_values_are_never_part_of_the_sql(campus):
    """A value out of an address stays a value, whatever it says."""
    thread = board.published(campus)
    told = []
    database.obj.query_hooks.append(lambda event: told.append(event.sql))
    try:
        assert not sql_text.prepared(lambda number: Thread.select().where(Thread.number == number))("' OR 1=1 --")
        assert RepairOrder.select().where(RepairOrder.number == "x").first() is None
    finally:
        database.obj.query_hooks.pop()
    assert thread.id
    assert not any("OR 1=1" in sql for sql in told)


def test_what_the_database_says_of_a_row_is_the_row(campus):
    """With its photos, which are JSON, and the rows joined to it; one query for all, none to read one of them."""
    for _listing in range(2):
        stall.published(campus)
    query = Listing.select(Listing, SafePlace).join(SafePlace).order_by(Listing.id)
    whole = list(query)
    rows = told(query)
    asked = []
    database.obj.query_hooks.append(asked.append)
    try:
        read = [row.entity for row in reversed(rows)][::-1]
        assert [row.place.name for row in read] == [row.place.name for row in whole]
    finally:
        database.obj.query_hooks.clear()
    assert asked == []
    assert [row.__data__ for row in read] == [row.__data__ for row in whole]
    assert all(row.photos for row in read)
    assert len({row.said for row in rows}) == 2
    assert [row.said for row in told(query)] == [row.said for row in rows]
    SafePlace.update(name_en="Elsewhere").where(SafePlace.id == whole[0].place_id).execute()
    assert not {row.said for row in told(query)} & {row.said for row in rows}, "it says what is joined to it too"
    assert told(query.where(Listing.id < 0)) == []
