"""Search over everything that a person may see: what is public, and of the rest what is theirs or their work.

The index (hall/search_index.py) says in which rows the words stand; the rows themselves are read through `disclosed`
and `visible`, so nobody is shown, or told the number of, what they may not open. The newest come first.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from hall import access, markdown, search_index
from hall.board_search import words_of
from hall.folding import fold
from hall.search_index import INDEXED
from hall.search_query import Match, newest, some_of_each
from hall.search_rows import Row, read
from hall.search_services import Service, matching
from hall.search_words import Phrase, extract, parts_of, phrase, spans
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


@dataclass(frozen=True)
class Hit:
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
    """A page of hits and the `after` of the next one ("" is the end), facets, and services that are called so."""

    hits: list[Hit] = field(default_factory=list)
    following: str = ""
    facets: list[Facet] = field(default_factory=list)
    services: list[tuple[Service, str, str]] = field(default_factory=list)


def find(
    person: Person | None, typed: str, kind: str = "", after: str = "", *, english: bool = False, limit: int = LIMIT
) -> Page:
    """What `person` (None: a visitor) finds by the words that were `typed`, of one of KINDS or of all ("").

    Raises Refused(field="q") where they are too many or too long. At most four queries.
    """
    phrases = tuple(known for word in words_of(typed) if (known := phrase(word)) is not None)
    if not phrases:
        return Page()
    person = None if person is None or person.is_closed else person
    match = Match(phrases, (tuple(_reach(person)),))
    asked = match.having(search_index.of_kind(kind)) if kind in dict(KINDS) else match
    # One more than a page, of which several may be of one thread.
    found = newest(asked, 3 * limit + 1, _key(after))
    each = [match.having(search_index.of_kind(name)) for name, _label in KINDS]
    counted = some_of_each(each, COUNTED + 1)
    named = [(table, row_id) for _entry, _kind, table, row_id in found]
    named += [(table, row_id) for _kind, table, row_id in counted]
    rows = read(person, _by_model(named))
    hits, following = _hits(found, rows, phrases, english, limit)
    if kind or after:
        return Page(hits, following, _facets(counted, rows))
    guides = _guides(counted, rows, phrases, english)
    others = [hit for hit in hits if hit.link not in {guide.link for guide in guides}]
    return Page([*guides, *others], following, _facets(counted, rows), matching(phrases, english))


def _guides(
    counted: list[tuple[str, str, int]], rows: dict[tuple[str, int], Row], phrases: tuple[Phrase, ...], english: bool
) -> list[Hit]:
    """The guides that have the words in their titles: however old, they come first."""
    found = [rows[table, row_id] for kind, table, row_id in counted if kind == "guide" and (table, row_id) in rows]
    hits = [_hit("guide", row, phrases, english) for row in found]
    return [hit for hit in hits if any(marked for _text, marked in hit.title)][:MOST_GUIDES]


def _reach(person: Person | None) -> Iterable[str]:
    """Tokens of which every row that `person` may see has one; rows of others may have one too."""
    yield search_index.PUBLIC
    if person is None:
        return
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


def _by_model(found: Iterable[tuple[str, int]]) -> dict[type[Entity], list[int]]:
    by_name = {model._meta.table_name: model for model in INDEXED}
    wanted: dict[type[Entity], dict[int, None]] = {}
    for table, row_id in found:
        if table in by_name:
            wanted.setdefault(by_name[table], {})[row_id] = None
    return {model: list(ids) for model, ids in wanted.items()}


def _hits(
    found: list[tuple[int, str, str, int]],
    rows: dict[tuple[str, int], Row],
    phrases: tuple[Phrase, ...],
    english: bool,
    limit: int,
) -> tuple[list[Hit], str]:
    """At most `limit` hits, one a thread, and the key behind the last row that was looked at ("" is the end)."""
    hits: dict[str, Hit] = {}
    last = 0
    for entry, kind, table, row_id in found:
        row = rows.get((table, row_id))
        page = _page(kind, row.number) if row is not None else ""
        if len(hits) == limit and page not in hits and row is not None:
            return list(hits.values()), str(last)
        last = entry
        if row is not None and page not in hits:
            hits[page] = _hit(kind, row, phrases, english)
    return list(hits.values()), str(last) if len(found) > 3 * limit else ""


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
_STATES = {"repair": REPAIR_STATES, "supervision": THREAD_STATES, "lost_found": NOTICE_STATES, "market": LISTING_STATES}


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
        row.moment,
        dict(_STATES.get(kind, ())).get(row.state, ""),
        row.number if kind in _STATES else "",
    )


def _facets(counted: list[tuple[str, str, int]], rows: dict[tuple[str, int], Row]) -> list[Facet]:
    """How many things of each kind were found that their reader may see, a thread and what is under it as one."""
    facets = []
    for kind, label in KINDS:
        found = [(table, row_id) for name, table, row_id in counted if name == kind]
        things = {rows[key].number for key in found if key in rows}
        if things:
            facets.append(Facet(kind, label, min(len(things), COUNTED), len(found) > COUNTED))
    return facets
