"""What a moderator should look at in a listing: goods to be careful with, and what somebody may have lost."""

from datetime import timedelta
from typing import Any

from hall import clock, doubts, likeness
from hall.banned import doubtful
from models import ItemKind, Listing, Photo, PropertyNotice, tuples

LIKELY = 0.3  # from this likeness on a listing may be the thing that somebody looks for
AS_IF_FOUND_AFTER = timedelta(hours=20)
COMPARED = 400  # of the open lost notices, those lost last
LONGEST = 200


def doubt(listing: Listing, content: dict[str, Any]) -> str:
    """Why a moderator must read `content` (the reviewed columns) of `listing`, in Chinese; "" if nothing is odd."""
    said = [doubts.GOODS % {"name": goods.name} for goods in doubtful(content)]
    said += [doubts.LOST % {"number": number} for number in lost_like(listing, content)]
    return doubts.BETWEEN.join(said)[:LONGEST]


def lost_like(listing: Listing, content: dict[str, Any], limit: int = 3) -> list[str]:
    """The numbers of open lost notices that `content` resembles, likeliest first. Three queries at most.

    Time and place say nothing here: a thing is sold when and where it suits the seller. So each is compared as if it
    were found within a day, wherever; tried on the made set of `bench/likeness.py` with 400 open notices, that points
    at the true one for a third of the things, and at a wrong one for 7 in 100 listings of the demo.
    """
    now = clock.now()
    lost = _lost(now - likeness.LATEST)
    photos = _likenesses([content.get("photos") or [], *[notice.photos for notice, _kind in lost]])
    others = [
        likeness.Notice(
            id=notice.id,
            kind=kind,
            title=notice.title,
            text=notice.text,
            campus="",
            building="",
            place="",
            at=now - AS_IF_FOUND_AFTER,
            tags=frozenset(notice.tags.split()),
            photo=_first(photos, notice.photos),
            is_lost=True,
        )
        for notice, kind in lost
    ]
    mine = likeness.Notice(
        id=0,
        kind=listing.category.name,
        title=content.get("title", ""),
        text=content.get("text", ""),
        campus="",
        building="",
        place="",
        at=now,
        tags=frozenset(),
        photo=_first(photos, content.get("photos") or []),
        is_lost=False,
    )
    numbers = {notice.id: notice.number for notice, _kind in lost}
    found = likeness.likeliest(mine, others, limit)
    return [numbers[each.notice.id] for each in found if each.score >= LIKELY]


def _lost(since: Any) -> list[tuple[PropertyNotice, str]]:
    """The open lost notices of things lost since then, latest first, each with the name of its kind."""
    query = PropertyNotice.select(PropertyNotice, ItemKind.name.alias("kind_name")).join(ItemKind)
    query = query.where(
        PropertyNotice.kind == "lost",
        PropertyNotice.is_live == True,  # noqa: E712
        PropertyNotice.moderation == "published",
        PropertyNotice.happened >= since,
    )
    rows = query.order_by(PropertyNotice.happened.desc()).limit(COMPARED)
    return [(row, row.item_kind.kind_name) for row in rows]


def _likenesses(names: list[list[str]]) -> dict[str, int]:
    """The likeness of the first photo of each, by its name, where the hall has computed one."""
    first = {photos[0] for photos in names if photos}
    if not first:
        return {}
    known = Photo.select(Photo.name, Photo.likeness).where(Photo.name.in_(first), Photo.likeness != "")
    return {name: int(bits, 16) for name, bits in tuples(known)}


def _first(known: dict[str, int], photos: list[str]) -> int | None:
    return known.get(photos[0]) if photos else None
