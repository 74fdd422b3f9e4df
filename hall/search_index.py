"""Keeping the index of the search: what is found of a row by which words, and who may be shown that it is there.

`events.record` calls `keep` in the transaction that changed the row, so that the index says what the row says. It holds
tokens only, and whatever it gives is read from the tables again, as far as its reader may see it (hall/search.py):
a wrong entry could at worst hide something.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import peewee

from hall import bulk, markdown, segments
from hall.search_query import PUBLIC as PUBLIC_SECTIONS
from hall.search_query import SECTIONS, on_sqlite
from hall.search_words import BORDER, as_text, initials_of
from hall.sql_text import prepared
from models import (
    Article,
    Assignment,
    Assistance,
    Building,
    Comment,
    Department,
    Entity,
    Listing,
    MaintenanceGroup,
    OrderFollower,
    PropertyNotice,
    RepairItem,
    RepairOrder,
    Reply,
    SearchEntry,
    Thread,
    database,
    tuples,
)

PUBLIC = "ap"
CHUNK = 2_000
Progress = Callable[[int, int, str], object]


def own(person_id: int) -> str:
    """The token of what concerns somebody: they wrote it, claim it, follow it, are sent there."""
    return f"ao{person_id}"


def scoped(kind: str, code: str) -> str:
    """The token of a scope of roles: "group", "building" or "department" with its code."""
    return f"as{kind}{''.join(c for c in code.lower() if c.isascii() and c.isalnum())}"


def of_type(model: type[Entity]) -> str:
    """The token of every row of an entity."""
    return "at" + model._meta.table_name.replace("_", "")


def of_kind(kind: str) -> str:
    """The token of a facet of the search."""
    return "ak" + kind.replace("_", "")


def sections_of(model: type[Entity]) -> list[int]:
    """The sections of the index in which rows of an entity are, what is public and what is not."""
    kinds = {Thread: "supervision", Comment: "supervision", Reply: "supervision", PropertyNotice: "lost_found"}
    section = SECTIONS[(kinds | {Listing: "market", RepairOrder: "repair"})[model]]
    return [section + PUBLIC_SECTIONS, section]


@dataclass(frozen=True)
class Entry:
    """What is known of one row: its facet, the titles by which pinyin finds it, all its texts, and for whom it is."""

    kind: str
    titles: Sequence[str]
    texts: Sequence[str]
    readers: Iterable[str]

    def tokens(self, model: type[Entity]) -> str:
        """As the index keeps it."""
        initials = [token for title in self.titles for token in initials_of(title)]
        access = [of_type(model), of_kind(self.kind), *dict.fromkeys(self.readers)]
        return " ".join([as_text([*self.titles, *self.texts]), BORDER, *dict.fromkeys(initials), *access])


# --- what is known of each entity ----------------------------------------------------------------------


def _shown(row: Any, *others: Any) -> list[str]:
    """Everybody where the row was published, its author, and whomever it names."""
    readers = [PUBLIC] if row.moderation == "published" else []
    return [*readers, *(own(person) for person in (row.author_id, *others) if person)]


def _thread(row: Thread) -> Entry:
    readers = _shown(row)
    if row.status == "merged" and PUBLIC in readers:
        readers.remove(PUBLIC)  # its readers are sent to the main one
    return Entry("supervision", [row.title], [row.number, row.text], [*readers, *_departments(row)])


def _departments(thread: Thread) -> list[str]:
    """The departments that work on a thread, once it was forwarded."""
    if thread.forwarded is None:
        return []
    helping = Department.select(Department.code).join(Assistance).where(Assistance.thread == thread.id)
    codes = [row[0] for row in tuples(helping)]
    if thread.department is not None:
        codes.append(thread.department.code)
    return [scoped("department", code) for code in codes]


def _comment(row: Comment) -> Entry:
    return Entry("supervision", [], [row.text], [*_shown(row), *_departments(row.thread)])


def _reply(row: Reply) -> Entry:
    readers = [*_shown(row, row.thread.author_id), scoped("department", row.department.code)]
    return Entry("supervision", [], [row.text, row.measures], readers)


def _notice(row: PropertyNotice) -> Entry:
    readers = _shown(row, row.card_owner_id, row.claimant_id)
    if row.status == "verifying":
        readers += [own(claim.claimant_id) for claim in row.claims]
    return Entry("lost_found", [row.title], [row.number, row.text, row.tags, row.place], readers)


def _listing(row: Listing) -> Entry:
    return Entry("market", [row.title], [row.number, row.text], _shown(row, row.reserved_for_id))


def _article(row: Article) -> Entry:
    texts = [row.title_en, row.summary, row.summary_en, markdown.plain(row.text), markdown.plain(row.text_en)]
    return Entry(row.kind, [row.title], texts, [PUBLIC] if row.publish else [])


@prepared
def _at_work_on(order: Any) -> Any:
    sent = Assignment.select(Assignment.worker).where(Assignment.order == order)
    return sent.union_all(OrderFollower.select(OrderFollower.person).where(OrderFollower.order == order)).tuples()


def _order(row: RepairOrder) -> Entry:
    people = [row.reporter_id, *(person for (person,) in _at_work_on(row.id))]
    scopes = [scoped("group", row.group.code), scoped("building", row.building.code)]
    place = [row.building.name, row.building.name_en, row.building.aliases, row.room_number, row.spot]
    return Entry(
        "repair",
        [row.item.name, row.building.name],
        [row.number, row.item.name_en, " ".join(filter(None, place)), row.description],
        [*map(own, people), *scopes],
    )


INDEXED: dict[type[Entity], Callable[[Any], Entry]] = {
    Thread: _thread,
    Comment: _comment,
    Reply: _reply,
    PropertyNotice: _notice,
    Listing: _listing,
    Article: _article,
    RepairOrder: _order,
}


# --- one row -------------------------------------------------------------------------------------------


_is_paused = ContextVar("_is_paused", default=False)


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Keep nothing while much is written; who writes it makes the index anew at the end (`rebuild`)."""
    before = _is_paused.set(True)
    try:
        yield
    finally:
        _is_paused.reset(before)


def keep(row: Entity, *, is_whole: bool = False) -> None:
    """Let the index say what `row` says now, inside the caller's transaction; `is_whole`: as the database has it."""
    model: Any = type(row)
    if model not in INDEXED or _is_paused.get():  # other entities are not searched
        return
    # What was handed over may know a part of its columns only, or more than was saved.
    fresh = row if is_whole else next(iter(_fresh(row.id, model=model)), None)
    if fresh is None:
        return
    entry, of = INDEXED[model](fresh), model._meta.table_name
    said = entry.tokens(model)
    known = next(iter(_known(of, row.id)), None)
    if known is not None and known.tokens == said:
        return
    if known is not None:
        _forget(known)
    kept: dict[str, Any] = {"kind": entry.kind, "subject_type": of, "subject_id": row.id, "tokens": said}
    # What has just become public is new to everybody.
    if known is not None and (_is_public(known.tokens) or not _is_public(said)):
        kept["id"] = known.id
    _write(SearchEntry(**kept))


@prepared
def _fresh(row_id: Any, *, model: Any) -> Any:
    return _with_named(model).where(model.id == row_id)


@prepared
def _known(kind: Any, row_id: Any) -> Any:
    return SearchEntry.select().where(SearchEntry.subject_type == kind, SearchEntry.subject_id == row_id)


def _is_public(tokens: str) -> bool:
    return f" {PUBLIC} " in f"{tokens} "


def _forget(entry: SearchEntry) -> None:
    if on_sqlite():
        said = "SELECT 'delete', place, tokens FROM search_said WHERE id = ?"
        database.execute_sql(f"INSERT INTO search_text (search_text, rowid, tokens) {said}", (entry.id,))
    entry.delete_instance()


def _write(entry: SearchEntry) -> None:
    bulk.insert_one(entry)
    said = "INSERT INTO search_text (rowid, tokens) SELECT place, tokens FROM search_said WHERE id = ?"
    said = said if on_sqlite() else "INSERT INTO search_text SELECT * FROM search_said WHERE id = %s"
    database.execute_sql(said, (entry.id,))


# --- all rows ------------------------------------------------------------------------------------------


def rebuild(progress: Progress | None = None) -> int:
    """Make the index anew in one transaction, oldest first, telling `progress(done, total, what)`; gives how many."""
    with database.atomic():
        order = sorted(_moments())
        if on_sqlite():
            database.execute_sql("INSERT INTO search_text (search_text) VALUES ('delete-all')")
        SearchEntry.delete().execute()
        models_by_name = {model._meta.table_name: model for model in INDEXED}
        for begin in range(0, len(order), CHUNK):
            chunk = order[begin : begin + CHUNK]
            bulk.insert(SearchEntry, list(_rows_of(chunk, models_by_name)))
            if not on_sqlite():  # a part at a time, no statement may take long
                last = SearchEntry.select(peewee.fn.MAX(SearchEntry.id)).scalar()
                said = "SELECT * FROM search_said WHERE id > %s AND id <= %s"
                database.execute_sql(f"INSERT INTO search_text {said}", (last - len(chunk), last))
            if progress is not None:
                progress(begin + len(chunk), len(order), "search")
        if on_sqlite():
            database.execute_sql("INSERT INTO search_text (search_text) VALUES ('rebuild')")
            segments.gather()
        return len(order)


def _moments() -> Iterable[tuple[Any, str, int]]:
    """(when it became public or was made, table, id) of every row that is searched."""
    for model in INDEXED:
        kind: Any = model
        moment = kind.publish if model is Article else getattr(kind, "published", kind.created)
        made = peewee.fn.COALESCE(moment, kind.created)
        rows = kind.select(kind.created, made.alias("made"), kind.id)
        yield from ((shown or created, model._meta.table_name, row_id) for created, shown, row_id in tuples(rows))


def _rows_of(chunk: list[tuple[Any, str, int]], by_name: dict[str, type[Entity]]) -> Iterable[dict[str, Any]]:
    found: dict[tuple[str, int], Any] = {}
    for name in {name for _moment, name, _id in chunk}:
        model: Any = by_name[name]
        ids = [row_id for _moment, each, row_id in chunk if each == name]
        found |= {(name, row.id): row for row in _with_named(model).where(model.id.in_(ids))}
    for _moment, name, row_id in chunk:
        entry = INDEXED[by_name[name]](found[name, row_id])
        said = entry.tokens(by_name[name])
        yield {"kind": entry.kind, "subject_type": name, "subject_id": row_id, "tokens": said}


def _with_named(model: Any) -> Any:
    """The rows of an entity with those that their entries name."""
    outer = peewee.JOIN.LEFT_OUTER
    if model is RepairOrder:
        query = model.select(model, Building, RepairItem, MaintenanceGroup).join(Building)
        return query.join_from(model, RepairItem).join_from(model, MaintenanceGroup)
    if model is Thread:
        return model.select(model, Department).join(Department, outer)
    if model is Reply:
        return model.select(model, Thread, Department).join(Thread).join_from(Reply, Department)
    if model is Comment:
        return model.select(model, Thread, Department).join(Thread).join(Department, outer)
    return model.select()
