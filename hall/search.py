"""Search over everything that a person may see: what is public, and of the rest what is theirs or their work.

The index (hall/search_index.py) says in which rows the words stand; the rows themselves are read through `disclosed`
and `visible`, so nobody is shown, or told the number of, what they may not open. The newest come first.
"""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from hall import access, markdown, search_index
from hall.board_search import words_of
from hall.folding import fold
from hall.search_index import INDEXED
from hall.search_query import PUBLIC, SECTIONS, Found, Match, kind_of, newest
from hall.search_rows import Brief, Row, look, moment_of, read
from hall.search_services import Service, matching
from hall.search_words import Phrase, extract, parts_of, phrase, spans
from hall.sql_text import Told
from hall.words import N_
from models import (
    LISTING_STATES,
    NOTICE_STATES,
    REPAIR_STATES,
    THREAD_STATES,
    Comment,
    Entity,
    Listing,
    Person,
    PropertyNotice,
    RepairOrder,
    Reply,
    Thread,
)

KINDS = [
    ("repair", N_("报修")),
    ("guide", N_("办事指南")),
    ("notice", N_("通知公告")),
    ("supervision", N_("服务监督")),
    ("lost_found", N_("失物招领")),
    ("market", N_("二手市场")),
]
LIMIT, COUNTED, MOST_GUIDES = 20, 50, 2
Parts = list[tuple[str, bool]]


class Hit(NamedTuple):
    """One thing that was found. `title` and `extract` are parts, each with whether it is one of the words."""

    kind: str
    title: Parts
    extract: Parts
    link: str
    moment: datetime
    state: str = ""  # of its own flow, a sentence to translate
    number: str = ""


@dataclass(frozen=True)
class Facet:
    """How much of one kind was found; `more` says that it is more than was counted."""

    kind: str
    label: str
    count: int
    more: bool


@dataclass(frozen=True)
class Page:
    """A page of hits and the `after` of the next one ("" is the end), facets, and services that are called so.

    `told` are the hits as the database says them; with the words that are marked in them, they are what is shown.
    """

    told: list[Told[Hit]] = field(default_factory=list)
    following: str = ""
    facets: list[Facet] = field(default_factory=list)
    services: list[tuple[Service, str, str]] = field(default_factory=list)

    @property
    def hits(self) -> list[Hit]:
        """The hits, cut and marked."""
        return [each.entity for each in self.told]


def find(
    person: Person | None, typed: str, kind: str = "", after: str = "", *, english: bool = False, limit: int = LIMIT
) -> Page:
    """What `person` (None: a visitor) finds by the words that were `typed`, of one of KINDS or of all ("").

    Raises Refused(field="q") where they are too many or too long. At most five queries on SQLite.
    """
    phrases = tuple(each for word in words_of(typed) if (each := phrase(word)) is not None)
    if not phrases:
        return Page()
    person = None if person is None or person.is_closed else person
    kind = kind if kind in dict(KINDS) else ""
    asked = _asked(person, Match(phrases))
    # One more than a page, of which several may be of one thread.
    most = 3 * limit + 1
    known = newest(asked, max(most, COUNTED + 1))
    behind = _key(after)
    asked_here = [each for each in asked if kind in ("", kind_of(each[0]))]
    found = known if behind is None else newest(asked_here, most, behind)
    found = [each for each in found if kind in ("", each.kind)][:most]
    counted = {name: [each for each in known if each.kind == name][: COUNTED + 1] for name, _label in KINDS}
    named = dict.fromkeys(itertools.chain(found, *counted.values()))
    # What is only counted is not read.
    few = len(named) <= limit
    rows = read(person, _by_model(named)) if few else {}
    seen: Mapping[tuple[str, int], Row | Brief] = rows if few else look(person, _by_model(named))
    chosen, following = _chosen(found, seen, limit)
    facets = _facets(counted, seen)
    guides = [] if kind or after else _guides(counted["guide"], seen, phrases, english)
    shown = [*guides, *(each for each in chosen if each not in guides)]
    rows = rows or read(person, _by_model(shown))
    told = [_told(each.kind, rows[_of(each)], phrases, english) for each in shown if _of(each) in rows]
    return Page(told, following, facets, [] if kind or after else matching(phrases, english))


def _asked(person: Person | None, match: Match) -> list[tuple[int, Match]]:
    """What is public in each section, and of the rest what somebody may see."""
    asked = [(SECTIONS[kind] + PUBLIC, match) for kind in SECTIONS if kind != "repair"]
    if person is not None:
        theirs = match.having(*dict.fromkeys(_reach(person)))
        asked += [(SECTIONS[kind], theirs) for kind in SECTIONS if kind not in ("notice", "guide")]
    return asked


def _of(found: Found) -> tuple[str, int]:
    return found.table, found.row_id


def _guides(
    counted: list[Found], seen: Mapping[tuple[str, int], Row | Brief], phrases: tuple[Phrase, ...], english: bool
) -> list[Found]:
    """The guides that have the words in their titles: however old, they come first."""
    titled = []
    for each in reversed(counted):
        if (row := seen.get(_of(each))) is not None:
            title = row.title_en if english and row.title_en else row.title
            if spans(fold(title), phrases, by_initials=True):
                titled.append(each)
    return titled[:MOST_GUIDES]


def _reach(person: Person) -> Iterable[str]:
    """Tokens of which every row that `person` may see has one, unless it is public; rows of others may have one too."""
    yield search_index.own(person.id)
    for permissions, models in _WHOLE:
        if any(access.role_for(person, permission) for permission in permissions):
            yield from map(search_index.of_type, models)
    for role, scope in access.grants(person):
        known = access.ROLES[role]
        if scope and known.scope and {"repair.read", "supervision.handle"} & known.may:
            yield search_index.scoped(known.scope, scope)


_WHOLE: list[tuple[tuple[str, ...], tuple[type[Entity], ...]]] = [
    (("repair.see_all",), (RepairOrder,)),
    (("supervision.see_all", "supervision.oversee", "moderation.decide"), (Thread, Comment, Reply)),
    (("property.see_all",), (PropertyNotice,)),
    (("market.see_all",), (Listing,)),
]


def _key(after: str) -> int | None:
    return int(after) if after.isascii() and after.isdigit() and 0 < len(after) < 10 else None


def _by_model(found: Iterable[Found]) -> dict[type[Entity], list[int]]:
    by_name = {model._meta.table_name: model for model in INDEXED}
    wanted: dict[type[Entity], list[int]] = {}
    for each in found:
        if each.table in by_name:
            wanted.setdefault(by_name[each.table], []).append(each.row_id)
    return wanted


def _chosen(found: list[Found], seen: Mapping[tuple[str, int], Row | Brief], limit: int) -> tuple[list[Found], str]:
    """At most `limit` of what was found, one a thread, and the key behind the last that was looked at ("": the end)."""
    chosen: dict[tuple[str, str], Found] = {}
    last = 0
    for each in found:
        row = seen.get(_of(each))
        page = (each.kind, row.number) if row is not None else None
        if page is not None and page not in chosen and len(chosen) == limit:
            return list(chosen.values()), str(last)
        last = each.entry
        if page is not None:
            chosen.setdefault(page, each)
    return list(chosen.values()), str(last) if len(found) > 3 * limit else ""


def _page(kind: str, number: str) -> str:
    return f"{_PAGES[kind]}/{number}"


_PAGES = {
    "repair": "/repairs",
    "guide": "/guides",
    "notice": "/notices",
    "supervision": Thread.page.rpartition("/")[0],
    "lost_found": PropertyNotice.page.rpartition("/")[0],
    "market": Listing.page.rpartition("/")[0],
}
_STATES = {
    "repair": dict(REPAIR_STATES),
    "supervision": dict(THREAD_STATES),
    "lost_found": dict(NOTICE_STATES),
    "market": dict(LISTING_STATES),
}


def _told(kind: str, row: Row, phrases: tuple[Phrase, ...], english: bool) -> Told[Hit]:
    return Told((kind, row), functools.partial(_hit, kind, row, phrases, english))


def _hit(kind: str, row: Row, phrases: tuple[Phrase, ...], english: bool) -> Hit:
    title = row.title_en if english and row.title_en else row.title
    place = row.place_en if english and row.place_en else row.place
    text = row.text_en if english and row.text_en.strip() else row.text
    if kind in ("guide", "notice"):
        text = markdown.plain(text)
    folded = fold(f"{title} · {place.strip()}" if place.strip() else title)
    marks = spans(folded, phrases, by_initials=True)
    part = f"#{row.table}-{row.id}" if row.table in ("comment", "reply") else ""
    return Hit(
        kind,
        parts_of(folded.text, marks),
        extract(text, phrases, 180 if english else 90),
        _page(kind, row.number) + part,
        moment_of(row),
        _STATES[kind].get(row.state, "") if kind in _STATES else "",
        row.number if kind in _STATES else "",
    )


def _facets(counted: Mapping[str, list[Found]], seen: Mapping[tuple[str, int], Row | Brief]) -> list[Facet]:
    """How many things of each kind were found that their reader may see, a thread and what is under it as one."""
    facets = []
    for kind, label in KINDS:
        things = {seen[_of(each)].number for each in counted[kind] if _of(each) in seen}
        if things:
            facets.append(Facet(kind, label, min(len(things), COUNTED), len(counted[kind]) > COUNTED))
    return facets
