"""The listing's flow, beside its moderation, and what several of its steps share."""

from datetime import datetime, timedelta
from typing import Any

from hall import access, clock, settings
from hall.flow import Flow
from hall.words import N_, Refused
from models import LISTING_STATES, Listing, Person, Reservation

flow = Flow("listing", "二手物品", Listing, LISTING_STATES)

TITLE_LEAST, TITLE_MOST = 2, 40
TEXT_LEAST, TEXT_MOST = 5, 1000
WORDS_MOST = 300
MOST_FEN = 10_000_000  # a hundred thousand yuan: what is dearer is not sold on a campus board


def days(name: str) -> timedelta:
    """How long a time of the market is now: `sale_days`; `reminder_days` and `renewal_days`, before the end of them;
    `rating_days`."""
    return timedelta(days=settings.value(f"market.{name}"))


def price(fen: Any, field: str = "price_fen") -> int:
    """A price in whole 分, from 0 (as a gift) to MOST_FEN. Raises Refused."""
    if type(fen) is not int or not 0 <= fen <= MOST_FEN:
        raise Refused(N_("请填写 0 到 %(most)s 元之间的价格，最多两位小数"), field=field, most=MOST_FEN // 100)
    return fen


def shown_only(listing: Listing) -> None:
    """Raise Refused where a listing waits for its first review, was taken back or taken out of sight."""
    if listing.moderation != "published":
        raise Refused(N_("这件物品现在没有公开，不能继续交易"), stale=True)


def put_on_sale(listing: Listing) -> None:
    """Give a listing its time on the market from now. `published` stays, by which lists are sorted."""
    listing.status, listing.reminded = "on_sale", None
    listing.expires = clock.now() + days("sale_days")


def end_reservation(listing: Listing, result: str) -> dict[str, Any]:
    """Free a reserved listing, with a result of RESERVATION_RESULTS; gives what the event of it keeps."""
    reservation, buyer = current_reservation(listing), listing.reserved_for
    if reservation is not None:
        reservation.result, reservation.ended = result, clock.now()
        reservation.save()
    listing.status = "on_sale"
    listing.reserved_for = listing.reserved_until = listing.seller_confirmed = listing.buyer_confirmed = None
    listing.releases += 1
    if listing.expires is not None:  # the time it was reserved is not to cost the seller the reminder
        listing.expires = max(listing.expires, clock.now() + days("reminder_days"))
    return {"result": result, **named(buyer)}


def named(buyer: Person | None) -> dict[str, Any]:
    """How an event keeps a buyer: the id for telling them, the name for staff. No page for others shows it."""
    return {"buyer": buyer.name, "buyer_id": buyer.id} if buyer is not None else {}


def current_reservation(listing: Listing) -> Reservation | None:
    """The reservation that holds now."""
    found: Reservation | None = (
        Reservation.select()
        .where(Reservation.listing == listing.id, Reservation.ended.is_null())
        .order_by(Reservation.id.desc())
        .first()
    )
    return found


def take_from_buyer(listing: Listing, by: Person | None, permission: str) -> None:
    """Where `listing` is reserved, release it within another step of `by`, so that the trail and the buyer know."""
    if listing.status == "reserved":
        details = end_reservation(listing, "seller")
        role = access.role_for(by, permission, listing)
        flow.record(listing, flow.steps["release"], by, role, source="reserved", details=details)


def rating_ends(listing: Listing) -> datetime | None:
    """Until when the two may rate each other (naive UTC); None where nothing was sold."""
    return listing.sold + days("rating_days") if listing.sold is not None else None
