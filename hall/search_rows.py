"""What the search shows of a row: read from its own table, as everybody or as its reader may see it."""

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import peewee
from peewee import SQL, fn

from hall import access, articles, clock
from hall.moderation_flow import disclosed
from hall.search_query import on_sqlite
from models import (
    Article,
    Building,
    Comment,
    Entity,
    Listing,
    Person,
    PropertyNotice,
    RepairItem,
    RepairOrder,
    Reply,
    Thread,
    database,
)

NOTHING = SQL("''")


class Row(NamedTuple):
    """One row as it may be shown: `number` stands in its address, the `_en` are empty where nobody wrote them.

    It is as the database says it, so that `moment` is text on SQLite (`moment_of`).
    """

    table: str
    id: int
    number: str
    title: str
    title_en: str
    place: str
    place_en: str
    text: str
    text_en: str
    state: str
    moment: datetime | str


class Brief(NamedTuple):
    """As much of a row as it takes to count it."""

    table: str
    id: int
    number: str
    title: str
    title_en: str


Key = tuple[str, int]
Wanted = Mapping[type[Entity], Sequence[int]]
Selects = Callable[[Person | None, Any, Sequence[str]], list[Any]]


def read(person: Person | None, wanted: Wanted) -> dict[Key, Row]:
    """The wanted rows that `person` (None: a visitor) may see, {(table, id): row}. One query."""
    found: dict[Key, Row] = {}
    for values in _asked(person, wanted, Row._fields):
        found.setdefault((values[0], values[1]), Row._make(values))
    return found


def moment_of(row: Row) -> datetime:
    """When it was published, or made where it is not public (naive UTC)."""
    return datetime.fromisoformat(row.moment) if isinstance(row.moment, str) else row.moment


def look(person: Person | None, wanted: Wanted) -> dict[Key, Brief]:
    """The same in brief: which of the wanted rows `person` may see. One query."""
    return {(values[0], values[1]): Brief._make(values) for values in _asked(person, wanted, Brief._fields)}


def _asked(person: Person | None, wanted: Wanted, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    models = tuple(model for model, ids in wanted.items() if ids)
    if person is not None:
        asked = [select for model in models for select in _SELECTS[model](person, _bound(wanted[model]), fields)]
        sql, values = _united(asked).sql() if asked else ("", [])
    else:
        known = {_IDS[model]: _bound(wanted[model]) for model in models} | {_NOW: clock.now()}
        sql, marks = _of_visitors(models, tuple(fields), on_sqlite())
        values = [known.get(mark, mark) for mark in marks]
    return list(database.execute_sql(sql, values).fetchall()) if sql else []


@functools.cache
def _of_visitors(models: tuple[type[Entity], ...], fields: tuple[str, ...], _sqlite: bool) -> tuple[str, list[Any]]:
    """The query of everybody with marks for its values: peewee takes longer to put it together than to ask it."""
    asked = [select for model in models for select in _SELECTS[model](None, _IDS[model], fields)]
    return _united(asked).sql() if asked else ("", [])


def _united(asked: Sequence[Any]) -> Any:
    return functools.reduce(lambda query, more: query.union_all(more), asked)


def _bound(ids: Sequence[int]) -> Any:
    return json.dumps(ids) if on_sqlite() else list(ids)


def _among(field: Any, ids: Any) -> Any:
    """That `field` is one of the ids that a single value holds, so that the query is the same for any number."""
    if on_sqlite():
        return field.in_(SQL("(SELECT value FROM json_each(?))", [ids]))
    return field == SQL("ANY(%s)", [ids])


def _columns(model: Any, fields: Sequence[str], **given: Any) -> list[Any]:
    named = {"table": SQL(f"'{model._meta.table_name}'"), "id": model.id, **given}
    return [named.get(name, NOTHING) for name in fields]


def _as_reader(person: Person | None, model: Any) -> list[Any]:
    """The selects of `model` for everybody, and for who is signed in."""
    return [disclosed(model)] if person is None else [disclosed(model), access.visible(person, model)]


def _threads(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
    named = {"number": Thread.number, "title": Thread.title, "text": Thread.text, "state": Thread.status}
    columns = _columns(Thread, fields, **named, moment=fn.COALESCE(Thread.published, Thread.created))
    return [rows.select(*columns).where(_among(Thread.id, ids)) for rows in _as_reader(person, Thread)]


def _under_thread(model: Any) -> Selects:
    def selects(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
        named: dict[str, Any] = {"number": Thread.number, "title": Thread.title}
        named["text"] = model.text.concat(" ").concat(model.measures) if model is Reply else model.text
        columns = _columns(model, fields, **named, moment=fn.COALESCE(model.published, model.created))
        # By its thread, not by all threads that are disclosed; and who may not see the thread sees nothing under it.
        shown = disclosed(Thread).join(model, on=(model.thread == Thread.id)).where(model.moderation == "published")
        asked = [shown.select(*columns).where(_among(model.id, ids))]
        if person is not None:
            for threads in _as_reader(person, Thread):
                own = access.visible(person, model).join(Thread).where(_among(model.id, ids))
                asked.append(own.select(*columns).where(Thread.id.in_(_above(model, threads, ids))))
        return asked

    return selects


def _above(model: Any, threads: Any, ids: Any) -> Any:
    """The threads of the rows `ids` among `threads`."""
    return threads.select(Thread.id).where(Thread.id.in_(model.select(model.thread).where(_among(model.id, ids))))


def _notices(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
    notice = PropertyNotice
    text = notice.text.concat(" ").concat(notice.tags).concat(" ").concat(notice.place)
    named = {"number": notice.number, "title": notice.title, "text": text, "state": notice.status}
    columns = _columns(notice, fields, **named, moment=fn.COALESCE(notice.published, notice.created))
    return [rows.select(*columns).where(_among(notice.id, ids)) for rows in _as_reader(person, notice)]


def _listings(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
    named = {"number": Listing.number, "title": Listing.title, "text": Listing.text, "state": Listing.status}
    columns = _columns(Listing, fields, **named, moment=fn.COALESCE(Listing.published, Listing.created))
    return [rows.select(*columns).where(_among(Listing.id, ids)) for rows in _as_reader(person, Listing)]


def _articles(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
    article = Article
    named: dict[str, Any] = {
        "number": article.code,
        "title": article.title,
        "title_en": article.title_en,
        "state": article.kind,
    }
    named["text"] = article.summary.concat("\n\n").concat(article.text)
    named["text_en"] = article.summary_en.concat("\n\n").concat(article.text_en)
    columns = _columns(article, fields, **named, moment=article.publish)
    return [article.select(*columns).where(_among(article.id, ids), articles.shown(_NOW if person is None else None))]


def _orders(person: Person | None, ids: Any, fields: Sequence[str]) -> list[Any]:
    if person is None:
        return []
    order, room = RepairOrder, SQL("' '").concat(RepairOrder.room_number)
    columns = _columns(
        order,
        fields,
        number=order.number,
        title=RepairItem.name,
        title_en=RepairItem.name_en,
        place=Building.name.concat(room),
        place_en=peewee.Case(None, [(Building.name_en == "", Building.name)], Building.name_en).concat(room),
        text=order.description,
        state=order.status,
        moment=order.created,
    )
    rows = access.visible(person, order).select(*columns).join(RepairItem).switch(order).join(Building)
    return [rows.where(_among(order.id, ids))]


_SELECTS: dict[type[Entity], Selects] = {
    Thread: _threads,
    Comment: _under_thread(Comment),
    Reply: _under_thread(Reply),
    PropertyNotice: _notices,
    Listing: _listings,
    Article: _articles,
    RepairOrder: _orders,
}
# What stands in a query of everybody for the ids that it is asked with, and for the moment.
_IDS = {model: f"ids of {model.__name__}" for model in _SELECTS}
_NOW = datetime.min
