"""What the search shows of a row: read from its own table, as everybody or as its reader may see it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import peewee
from peewee import SQL, fn

from hall import access, articles
from hall.moderation_flow import disclosed
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
)

NOTHING = SQL("''")


class Row(NamedTuple):
    """One row as it may be shown: `number` stands in its address, the `_en` are empty where nobody wrote them."""

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
    moment: datetime


def read(person: Person | None, wanted: Mapping[type[Entity], Iterable[int]]) -> dict[tuple[str, int], Row]:
    """The wanted rows that `person` (None: a visitor) may see, {(table, id): row}. One query."""
    asked = [select for model, ids in wanted.items() if ids for select in _SELECTS[model](person, list(ids))]
    if not asked:
        return {}
    query = asked[0]
    for more in asked[1:]:
        query = query.union_all(more)
    found: dict[tuple[str, int], Row] = {}
    for values in query.tuples():
        row = Row(*values)
        if isinstance(row.moment, str):  # a union knows no types on SQLite
            row = row._replace(moment=datetime.fromisoformat(row.moment))
        found.setdefault((row.table, row.id), row)
    return found


def _columns(model: Any, **given: Any) -> list[Any]:
    known = {"number": NOTHING, "title": NOTHING, "text": NOTHING, "state": NOTHING, "moment": model.created, **given}
    return [SQL(f"'{model._meta.table_name}'"), model.id, *(known.get(name, NOTHING) for name in Row._fields[2:])]


def _as_reader(person: Person | None, model: Any) -> list[Any]:
    """The selects of `model` for everybody, and for who is signed in."""
    return [disclosed(model)] if person is None else [disclosed(model), access.visible(person, model)]


def _threads(person: Person | None, ids: list[int]) -> list[Any]:
    columns = _columns(Thread, number=Thread.number, title=Thread.title, text=Thread.text, state=Thread.status)
    columns[-1] = fn.COALESCE(Thread.published, Thread.created)
    return [rows.select(*columns).where(Thread.id.in_(ids)) for rows in _as_reader(person, Thread)]


def _under_thread(model: Any) -> Callable[[Person | None, list[int]], list[Any]]:
    def selects(person: Person | None, ids: list[int]) -> list[Any]:
        said = model.text.concat(" ").concat(model.measures) if model is Reply else model.text
        columns = _columns(model, number=Thread.number, title=Thread.title, text=said)
        columns[-1] = fn.COALESCE(model.published, model.created)
        # By its thread, not by all threads that are disclosed; and who may not see the thread sees nothing under it.
        shown = disclosed(Thread).join(model, on=(model.thread == Thread.id)).where(model.moderation == "published")
        asked = [shown.select(*columns).where(model.id.in_(ids))]
        if person is not None:
            for threads in _as_reader(person, Thread):
                own = access.visible(person, model).join(Thread).where(model.id.in_(ids))
                asked.append(own.select(*columns).where(Thread.id.in_(_above(model, threads, ids))))
        return asked

    return selects


def _above(model: Any, threads: Any, ids: list[int]) -> Any:
    """The threads of the rows `ids` among `threads`."""
    return threads.select(Thread.id).where(Thread.id.in_(model.select(model.thread).where(model.id.in_(ids))))


def _notices(person: Person | None, ids: list[int]) -> list[Any]:
    notice = PropertyNotice
    text = notice.text.concat(" ").concat(notice.tags).concat(" ").concat(notice.place)
    columns = _columns(notice, number=notice.number, title=notice.title, text=text, state=notice.status)
    columns[-1] = fn.COALESCE(notice.published, notice.created)
    return [rows.select(*columns).where(notice.id.in_(ids)) for rows in _as_reader(person, notice)]


def _listings(person: Person | None, ids: list[int]) -> list[Any]:
    columns = _columns(Listing, number=Listing.number, title=Listing.title, text=Listing.text, state=Listing.status)
    columns[-1] = fn.COALESCE(Listing.published, Listing.created)
    return [rows.select(*columns).where(Listing.id.in_(ids)) for rows in _as_reader(person, Listing)]


def _articles(person: Person | None, ids: list[int]) -> list[Any]:
    article = Article
    text = article.summary.concat("\n\n").concat(article.text)
    text_en = article.summary_en.concat("\n\n").concat(article.text_en)
    named = {"title": article.title, "title_en": article.title_en, "text": text, "text_en": text_en}
    columns = _columns(article, number=article.code, state=article.kind, moment=article.publish, **named)
    return [article.select(*columns).where(article.id.in_(ids), articles.shown())]


def _orders(person: Person | None, ids: list[int]) -> list[Any]:
    if person is None:
        return []
    order, room = RepairOrder, SQL("' '").concat(RepairOrder.room_number)
    columns = _columns(
        order,
        number=order.number,
        title=RepairItem.name,
        title_en=RepairItem.name_en,
        place=Building.name.concat(room),
        place_en=peewee.Case(None, [(Building.name_en == "", Building.name)], Building.name_en).concat(room),
        text=order.description,
        state=order.status,
    )
    rows = access.visible(person, order).select(*columns).join(RepairItem).switch(order).join(Building)
    return [rows.where(order.id.in_(ids))]


_SELECTS: dict[type[Entity], Callable[[Person | None, list[int]], list[Any]]] = {
    Thread: _threads,
    Comment: _under_thread(Comment),
    Reply: _under_thread(Reply),
    PropertyNotice: _notices,
    Listing: _listings,
    Article: _articles,
    RepairOrder: _orders,
}
