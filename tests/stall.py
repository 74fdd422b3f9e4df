"""What the tests of the market share: A's bicycle on its way from offer to deal, B asks about it, M moderates."""

import functools
import io
from typing import Any

from PIL import Image

from hall import clock, events, market, photos
from hall.photos import Prepared
from models import Conversation, Listing, ListingCategory, Person, SafePlace
from tests.board import decided
from tests.conftest import Campus

TITLE = "捷安特山地车 26 寸"
TEXT = "骑了两年，变速正常，后刹车刚换，毕业带不走，送一把车锁。"
PRICE = 32_000


@functools.cache
def picture(colour: str = "teal") -> Prepared:
    """A photo of one colour, prepared once."""
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return photos.prepare([("bicycle.png", file.getvalue())])[0]


def category(code: str = "bicycle") -> ListingCategory:
    return ListingCategory.get(ListingCategory.code == code)


def place() -> SafePlace:
    return SafePlace.select().order_by(SafePlace.position).get()


def answers(**more: Any) -> dict[str, Any]:
    """What an offer takes, but for `by`; `category` may be given as a code."""
    kind = more.pop("category", "bicycle")
    return {
        "title": TITLE,
        "text": TEXT,
        "category": category(kind) if isinstance(kind, str) else kind,
        "condition": "good",
        "price_fen": PRICE,
        "place": place(),
        "photos": [picture()],
        **more,
    }


def offered(by: Person, **more: Any) -> Listing:
    """Something of `by` that waits for a moderator."""
    return market.offer(by=by, **answers(**more))


def published(campus: Campus, by: Person | None = None, **more: Any) -> Listing:
    """Something of `by` (A) on sale."""
    listing: Listing = decided(offered(by or campus.A, **more), "publish", campus.M)
    return listing


def asked(listing: Listing, by: Person) -> Conversation:
    """A conversation of `by` with the seller, without a word in it; nothing is done where there is one."""
    about = {"subject_type": events.subject_type(listing), "subject_id": listing.id, "starter": by}
    begun = {"owner": listing.author_id, "created": clock.now(), "latest": clock.now()}
    return Conversation.get_or_create(**about, defaults=begun)[0]


def reserved(campus: Campus, listing: Listing | None = None, buyer: Person | None = None, **more: Any) -> Listing:
    """A published listing of A that is kept for `buyer` (B), who has asked about it."""
    listing, buyer = listing or published(campus, **more), buyer or campus.B
    asked(listing, buyer)
    done: Listing = market.reserve(listing, by=listing.author, buyer=buyer)
    return done


def sold(campus: Campus, listing: Listing | None = None, **more: Any) -> Listing:
    """A listing that both have confirmed."""
    listing = listing or reserved(campus, **more)
    assert listing.reserved_for is not None
    market.confirm(listing, by=listing.author)
    done: Listing = market.confirm(listing, by=listing.reserved_for)
    return done


def now(listing: Listing) -> Listing:
    """The row as it is in the database."""
    return Listing.get_by_id(listing.id)
