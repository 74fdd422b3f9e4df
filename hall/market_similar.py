"""Listings that somebody who looks at one may want as well: its category, like words, about its price."""

from typing import Any

import peewee

from hall.keyset import page_of
from hall.likeness_words import pieces, plain
from hall.moderation_flow import disclosed
from models import Listing, ListingCategory, SafePlace

_OUTER = peewee.JOIN.LEFT_OUTER
COMPARED = 60  # the newest of the category


def similar(listing: Listing, limit: int = 6) -> list[Listing]:
    """The disclosed listings on sale that are most like `listing`, best first, with category and place.

    Two bounded queries: the newest of its category are compared here.
    """
    # fmt: off
    columns: list[Any] = [
        Listing.id, Listing.number, Listing.status, Listing.moderation, Listing.is_live, Listing.title,
        Listing.category, Listing.condition, Listing.price_fen, Listing.is_negotiable, Listing.place,
        Listing.is_graduation, Listing.photos, Listing.published, Listing.author,
    ]
    # fmt: on
    query = disclosed(Listing).select(*columns, ListingCategory, SafePlace).where(Listing.is_live == True)  # noqa: E712
    query = query.join_from(Listing, ListingCategory, _OUTER).join_from(Listing, SafePlace, _OUTER)
    same = [Listing.category == listing.category_id, Listing.status == "on_sale", Listing.id != listing.id]
    rows, _following = page_of(query, Listing.published, Listing.id, limit=COMPARED, narrowed=same)
    asked = pieces(plain(listing.title))
    scored = sorted(((_likeness(listing, asked, row), -place) for place, row in enumerate(rows)), reverse=True)
    return [rows[-place] for _score, place in scored[:limit]]


def _likeness(listing: Listing, asked: frozenset[str], row: Listing) -> float:
    """How much of both titles is the same (0 to 1, counted twice), how near the prices are (0 to 1), and the place."""
    other = pieces(plain(row.title))
    words = 2 * len(asked & other) / (len(asked) + len(other)) if asked or other else 0.0
    low, high = sorted((listing.price_fen, row.price_fen))
    return 2 * words + (low + 100) / (high + 100) + 0.2 * (row.place_id == listing.place_id)
