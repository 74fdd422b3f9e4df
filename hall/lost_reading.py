"""Reading lost and found for pages: the public list by key, one notice, one's own, what is announced for disposal.

For the public every row comes from `moderation_flow.disclosed`. What a list reads leaves out every column that
nobody is to see there, the hidden detail and the number of a card before all.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import peewee

from hall import access, clock, numbers
from hall.board_search import holding
from hall.keyset import Pages, page_of
from hall.moderation_flow import disclosed
from hall.sql_text import Told, prepared, told
from hall.words import N_
from models import NOTICE_KINDS, Building, Claim, ItemKind, LostPropertyDesk, Person, PropertyNotice

PERIODS = [("week", N_("最近一周")), ("month", N_("最近一个月")), ("quarter", N_("最近三个月"))]
DAYS = {"week": 7, "month": 30, "quarter": 90}
RETURNED = "property_returned"  # the counter of what was given back
AT_MOST = 20
_OUTER = peewee.JOIN.LEFT_OUTER


@dataclass(frozen=True)
class Sought:
    """What somebody wants to see of the board; an empty answer wants everything.

    `item_kind` and `building` are codes, `period` one of PERIODS, `words` are already apart (board_search.words_of).
    `state` "" is what is still looked for, "returned" what was given back.
    """

    kind: str = "lost"
    item_kind: str = ""
    building: str = ""
    state: str = ""
    period: str = ""
    words: tuple[str, ...] = ()


def page(
    sought: Sought, *, after: str = "", limit: int = AT_MOST, read: Callable[[Any], list[Any]] = list
) -> tuple[list[Any], str]:
    """One page of the disclosed notices, newest first, with kind and building, and the key of the next ("": none).

    With filters a page may be short, or even empty, and still have a next one (`keyset.page_of`). Two queries.
    `read` is `list` for the entities, `sql_text.told` for what the database says of them.
    """
    query = disclosed(PropertyNotice).where(PropertyNotice.kind == sought.kind)
    query = query.where(PropertyNotice.is_live == (sought.state != "returned"))
    if begins := DAYS.get(sought.period):
        query = query.where(PropertyNotice.published >= clock.now() - timedelta(days=begins))
    notice = PropertyNotice
    few, narrowed = holding(notice, sought.words, notice.title, notice.text, notice.tags, notice.place)
    # Where words have left few rows, every other answer is asked of these.
    conditions = [*narrowed, *_narrowed(sought)]
    rows, picked = (query.where(*few, *conditions), []) if few else (query, conditions)
    return page_of(_for_cards(rows), notice.published, notice.id, after=after, limit=limit, narrowed=picked, read=read)


def told_page(sought: Sought, *, after: str = "", limit: int = AT_MOST) -> tuple[list[Told[PropertyNotice]], str]:
    """The same as the database says it; by SQL that stands ready where only the kind is asked for."""
    if sought == Sought(kind=sought.kind):
        return _pages.page(sought.kind, after=after, limit=limit)
    return page(sought, after=after, limit=limit, read=told)


def _live(kind: Any) -> Any:
    query = disclosed(PropertyNotice).where(PropertyNotice.kind == kind)
    return _for_cards(query.where(PropertyNotice.is_live == True))  # noqa: E712


_pages = Pages(_live, lambda: ((PropertyNotice.published, PropertyNotice.id), True))


def _narrowed(sought: Sought) -> list[Any]:
    """What no index knows of `sought`, but for the words."""
    notice, conditions = PropertyNotice, []
    if sought.item_kind:
        kinds = ItemKind.select(ItemKind.id).where(ItemKind.code == sought.item_kind)
        conditions.append(notice.item_kind == kinds)
    if sought.building:
        buildings = Building.select(Building.id).where(Building.code == sought.building)
        conditions.append(notice.building == buildings)
    if sought.state == "returned":
        # Not by its status, or PostgreSQL begins with all that ever came home.
        conditions.append(notice.returned.is_null(False))
    return conditions


def _for_cards(query: Any) -> Any:
    """What a card of the public list shows; joined outside, or a database might begin with the kinds."""
    # fmt: off
    columns: list[Any] = [
        PropertyNotice.id, PropertyNotice.number, PropertyNotice.kind, PropertyNotice.status, PropertyNotice.moderation,
        PropertyNotice.title, PropertyNotice.item_kind, PropertyNotice.building, PropertyNotice.place,
        PropertyNotice.happened, PropertyNotice.photos, PropertyNotice.published,
        ItemKind.id, ItemKind.code, ItemKind.name, Building.id, Building.name,
    ]
    # fmt: on
    query = query.select(*columns).join_from(PropertyNotice, ItemKind, _OUTER)
    return query.join_from(PropertyNotice, Building, _OUTER)


def _for_lists(query: Any) -> Any:
    """What a list of one's own shows."""
    # fmt: off
    columns: list[Any] = [
        PropertyNotice.id, PropertyNotice.number, PropertyNotice.kind, PropertyNotice.status, PropertyNotice.is_live,
        PropertyNotice.moderation, PropertyNotice.title, PropertyNotice.text, PropertyNotice.item_kind,
        PropertyNotice.building, PropertyNotice.place, PropertyNotice.happened, PropertyNotice.tags,
        PropertyNotice.photos, PropertyNotice.published, PropertyNotice.created, PropertyNotice.returned,
        PropertyNotice.author, PropertyNotice.version,
    ]
    # fmt: on
    query = query.select(*columns, ItemKind, Building).join_from(PropertyNotice, ItemKind, _OUTER)
    return query.join_from(PropertyNotice, Building, _OUTER)


def latest(limit: int = 3) -> list[PropertyNotice]:
    """So many of what was found and of what was lost last, the newest first, in one query."""
    return _latest(limit)


@prepared
def _latest(limit: Any) -> Any:
    sides = []
    for kind, _label in NOTICE_KINDS:
        ids = disclosed(PropertyNotice).select(PropertyNotice.id).where(PropertyNotice.kind == kind)
        ids = ids.where(PropertyNotice.is_live == True)  # noqa: E712
        ids = ids.order_by(PropertyNotice.published.desc(), PropertyNotice.id.desc()).limit(limit)
        # SQLite has no limit inside a union but around a select of its own.
        sides.append(ids.select_from(ids.c.id))
    query = _for_cards(disclosed(PropertyNotice).where(PropertyNotice.id.in_(sides[0].union_all(sides[1]))))
    return query.order_by(PropertyNotice.published.desc(), PropertyNotice.id.desc())


def good_news() -> int:
    """How many things have come home."""
    return numbers.tally(RETURNED)


def find(person: Person | None, number: str) -> PropertyNotice | None:
    """The notice with `number` if it is public or `person` may see it, whole, with the rows that its page shows.

    It has all columns, because verbs work on it: a page must ask `lost_found.detail_for` for the hidden detail.
    """
    wanted = number[:20].upper()
    found: PropertyNotice | None = next(iter(_public(wanted)), None)
    if found is not None or person is None:
        return found
    hidden: PropertyNotice | None = _whole(
        access.visible(person, PropertyNotice).where(PropertyNotice.number == wanted)
    ).first()
    return hidden


@prepared
def _public(number: Any) -> Any:
    return _whole(disclosed(PropertyNotice).where(PropertyNotice.number == number)).limit(1)


_PEOPLE = Person.alias(), Person.alias(), Person.alias()


def _whole(query: Any) -> Any:
    notice, author, claimant, receiver = PropertyNotice, *_PEOPLE
    query = query.select(notice, author, claimant, receiver, ItemKind, Building, LostPropertyDesk)
    query = query.join_from(notice, author, _OUTER, on=(notice.author == author.id), attr="author")
    query = query.join_from(notice, claimant, _OUTER, on=(notice.claimant == claimant.id), attr="claimant")
    query = query.join_from(notice, receiver, _OUTER, on=(notice.receiver == receiver.id), attr="receiver")
    query = query.join_from(notice, ItemKind, _OUTER).join_from(notice, Building, _OUTER)
    return query.join_from(notice, LostPropertyDesk, _OUTER)


# --- one's own ---------------------------------------------------------------------------------------


def mine(person: Person, before: int | None = None, *, limit: int = AT_MOST) -> tuple[list[PropertyNotice], int | None]:
    """What `person` wrote, in whatever state, newest first, and the `before` of the next page (None: none)."""
    query = _for_lists(PropertyNotice.select()).where(PropertyNotice.author == person.id)
    if before is not None:
        query = query.where(PropertyNotice.id < before)
    rows = list(query.order_by(PropertyNotice.id.desc()).limit(limit + 1))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def claimed_by(person: Person, *, limit: int = AT_MOST) -> list[Claim]:
    """The newest claims of `person`, each with its notice, which has kind and building."""
    query = Claim.select(Claim, PropertyNotice, ItemKind, Building).join(PropertyNotice)
    query = query.join_from(PropertyNotice, ItemKind, _OUTER).join_from(PropertyNotice, Building, _OUTER)
    return list(query.where(Claim.claimant == person.id).order_by(Claim.id.desc()).limit(limit))


def cards_of(person: Person, *, limit: int = 5) -> list[PropertyNotice]:
    """The found cards that are known to be `person`'s and were not given back yet."""
    query = _for_lists(PropertyNotice.select()).where(PropertyNotice.card_owner == person.id)
    query = query.where(PropertyNotice.kind == "found", PropertyNotice.is_live == True)  # noqa: E712
    query = query.where(PropertyNotice.moderation.in_(["published", "private"]))
    return list(query.order_by(PropertyNotice.id.desc()).limit(limit))


# --- what is announced -------------------------------------------------------------------------------


def awaiting_disposal(after: str = "", *, limit: int = AT_MOST) -> tuple[list[PropertyNotice], str]:
    """What was kept past its time and is announced, first what has waited longest, and the key of the next page.

    Everybody reads this: of a row there are only its kind, the desk that keeps it, since when, and the days that count;
    a private card is among them, so neither number nor title.
    """
    notice = PropertyNotice
    # fmt: off
    columns = (
        notice.id, notice.status, notice.item_kind, notice.point, notice.kept_from, notice.keep_until,
        notice.announced, notice.dispose_from, notice.is_valuable,
    )
    # fmt: on
    query = notice.select(*columns, ItemKind, LostPropertyDesk)
    query = query.join_from(notice, ItemKind, _OUTER).join_from(notice, LostPropertyDesk, _OUTER)
    query = query.where(notice.status == "kept", notice.keep_until <= clock.now(), notice.announced.is_null(False))
    return page_of(query, notice.keep_until, notice.id, after=after, down=False, limit=limit)
