"""Which notices of the other side are likely about the same thing: reckoned at post and at publish, kept, and shown.

Only what everybody may read is compared (`likeness.Notice`): no hidden detail, no number, nothing kept private.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee

from hall import clock, events, likeness
from hall.likeness import EARLIEST, LATEST, Reason
from hall.words import N_
from models import LIVE_NOTICES, Building, Campus, Event, ItemKind, Person, Photo, PropertyMatch, PropertyNotice, tuples

COMPARED = 1_000  # the nearest in time
KEPT = 20
# From here on the author of the other notice is told. On the made set of bench/likeness.py 44 of 100 true pairs reach
# it, and 30 of strangers for every 100 notices: three tells in five are right.
TELL = 0.3
MOST_TOLD = 5
SAID_BY_FINDER = N_("捡到的人说就是这一件")


# The columns that are compared, and whom a match concerns: nothing that is hidden is even read.
_NAMES = ("id", "number", "kind", "title", "text", "item_kind", "building", "place", "happened", "tags", "photos")
_PUBLIC = [PropertyNotice._meta.fields[name] for name in (*_NAMES, "author", "card_hash")]


@dataclass(frozen=True)
class Match:
    """A notice of the other side with its kind and building, how likely it is the same thing (0 to 1), and why."""

    notice: PropertyNotice
    score: float
    reasons: list[Reason]


def matches(notice: PropertyNotice, person: Person | None, limit: int = 5) -> list[Match]:
    """The likeliest counterparts of `notice` that are still open, best first, as far as `person` may read them.

    Call it only for who may read `notice`. One query.
    """
    other = PropertyNotice.alias()
    mine, theirs, name = PropertyMatch.lost, PropertyMatch.found, "found"
    if notice.kind == "found":
        mine, theirs, name = PropertyMatch.found, PropertyMatch.lost, "lost"
    shown = other.moderation == "published"
    if person is not None and not person.is_closed:
        shown |= (other.moderation == "private") & (other.card_owner == person.id)
    query = PropertyMatch.select(PropertyMatch, other, ItemKind, Building)
    query = query.join(other, on=(theirs == other.id), attr=name).join(ItemKind, on=(other.item_kind == ItemKind.id))
    query = query.join_from(other, Building, peewee.JOIN.LEFT_OUTER)
    query = query.where(mine == notice.id, other.is_live == True, shown)  # noqa: E712
    rows = query.order_by(PropertyMatch.score.desc(), PropertyMatch.id).limit(limit)
    return [
        Match(getattr(row, name), row.score / 1000, [(said, values) for said, values in row.reasons]) for row in rows
    ]


def keep(one: PropertyNotice, other: PropertyNotice, score: float, reasons: Sequence[Reason]) -> None:
    """Write down that two notices of different sides are alike, in place of what was known of the two."""
    lost, found = (one, other) if one.kind == "lost" else (other, one)
    said = {"score": round(score * 1000), "reasons": [list(reason) for reason in reasons]}
    both = {"lost": lost.id, "found": found.id, "created": clock.now()}
    pair = [PropertyMatch.lost, PropertyMatch.found]
    PropertyMatch.insert(**both, **said).on_conflict(conflict_target=pair, update=said).execute()


def reckon(notice: PropertyNotice) -> list[tuple[PropertyNotice, float]]:
    """Compare `notice` with what is public on the other side, keep what is likely, and return it, best first.

    `notice` counts as it is in memory. What was kept before is forgotten, but not what is sure (a number, a finder's
    word). Three queries, and one for each that is kept.
    """
    others = {row.id: row for row in _nearest(notice)}
    compared = _as_compared([notice, *others.values()])
    found = likeness.likeliest(compared[0], compared[1:], limit=KEPT)
    own = PropertyMatch.lost if notice.kind == "lost" else PropertyMatch.found
    PropertyMatch.delete().where(own == notice.id, PropertyMatch.score < 1000).execute()
    sure = {row_id for pair in tuples(_sure(own == notice.id)) for row_id in pair}
    for each in found:
        if each.notice.id not in sure:
            keep(notice, others[each.notice.id], min(each.score, 0.999), each.reasons)
    return [(others[each.notice.id], each.score) for each in found]


def _sure(own: Any) -> Any:
    return PropertyMatch.select(PropertyMatch.lost, PropertyMatch.found).where(own, PropertyMatch.score == 1000)


def answer(found: PropertyNotice, lost: PropertyNotice) -> None:
    """Keep that who wrote `found` says it is what `lost` looks for."""
    keep(found, lost, 1.0, [(SAID_BY_FINDER, {})])


def tell(notice: PropertyNotice) -> None:
    """Reckon for a notice that has just become public, and record whose authors are to hear of it, inside its step.

    They hear of one notice once, however often it is reviewed; `details["told"]` has the numbers of their notices.
    """
    if notice.status not in LIVE_NOTICES:
        return
    likely = [other for other, score in reckon(notice) if score >= TELL]
    if notice.answered_id is not None:
        likely = [notice.answered, *(other for other in likely if other.id != notice.answered_id)]
    known = _told_before(notice)
    told = [each.number for each in likely if each.number not in known and each.author_id != notice.author_id]
    if told:
        details = {"told": told[:MOST_TOLD]}
        events.record(notice, "match", N_("发现可能的匹配"), by=None, role="system", details=details)


def _told_before(notice: PropertyNotice) -> set[str]:
    about = (Event.subject_type == events.subject_type(notice)) & (Event.subject_id == notice.id)
    past = tuples(Event.select(Event.details).where(about, Event.name == "match"))
    return {number for (details,) in past for number in details["told"]}


# --- what is compared --------------------------------------------------------------------------------


def _nearest(notice: PropertyNotice) -> list[PropertyNotice]:
    """What is public and open on the other side and may be the same thing by its time, at most COMPARED."""
    is_lost = notice.kind == "lost"
    earliest, latest = (EARLIEST, LATEST) if is_lost else (-LATEST, -EARLIEST)
    within = PropertyNotice.happened.between(notice.happened + earliest, notice.happened + latest)
    query = PropertyNotice.select(*_PUBLIC, ItemKind, Building, Campus).join(ItemKind)
    query = query.join_from(PropertyNotice, Building, peewee.JOIN.LEFT_OUTER)
    query = query.join_from(Building, Campus, peewee.JOIN.LEFT_OUTER)
    other_side = PropertyNotice.kind == ("found" if is_lost else "lost")
    public = (PropertyNotice.is_live == True) & (PropertyNotice.moderation == "published")  # noqa: E712
    others = PropertyNotice.author != notice.author_id
    order = PropertyNotice.happened if is_lost else PropertyNotice.happened.desc()
    found = query.where(other_side, public, within, others).order_by(order).limit(COMPARED)
    return [row for row in found if not _is_another_card(notice, row)]


def _is_another_card(one: PropertyNotice, other: PropertyNotice) -> bool:
    """Whether the numbers of two cards say that they are not the same, whatever else is alike."""
    return bool(one.card_hash and other.card_hash) and one.card_hash != other.card_hash


def _as_compared(rows: Sequence[PropertyNotice]) -> list[likeness.Notice]:
    """What is public of each row, with the first of its photos that has a likeness. One query for the photos."""
    photos = _likenesses(row for row in rows if row.photos)
    return [
        likeness.Notice(
            id=row.id,
            kind=row.item_kind.name,
            title=row.title,
            text=row.text,
            campus=row.building.campus.name if row.building is not None else "",
            building=row.building.code if row.building is not None else "",
            place=row.place,
            at=row.happened,
            tags=frozenset(row.tags.split()),
            photo=next((photos[name] for name in row.photos if name in photos), None),
            is_lost=row.kind == "lost",
        )
        for row in rows
    ]


def _likenesses(rows: Iterable[PropertyNotice]) -> dict[str, int]:
    ids = [row.id for row in rows]
    if not ids:
        return {}
    kind = events.subject_type(PropertyNotice)
    about = (Photo.subject_type == kind) & Photo.subject_id.in_(ids) & (Photo.likeness != "")
    return {name: int(bits, 16) for name, bits in tuples(Photo.select(Photo.name, Photo.likeness).where(about))}
