"""Where everything of somebody comes from: one source for each kind of matter, all with the same columns.

What a column of `hall.matter_rows.Row` holds beside what its name says, stands at each source.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import peewee
from peewee import fn

from hall import clock
from hall.market_flow import days
from models import (
    OPEN_STATES,
    Building,
    Claim,
    Comment,
    DealRating,
    Department,
    ItemKind,
    Listing,
    LostPropertyDesk,
    MaintenanceGroup,
    Person,
    PropertyNotice,
    RepairItem,
    RepairOrder,
    Reservation,
    Thread,
)

_OUTER = peewee.JOIN.LEFT_OUTER
_SEEN = ("published", "private")
_IN_REVIEW = ("pending", "needs_changes")
WAITS_ORDER = ("returned", "finished")


class Asked(NamedTuple):
    """Who asks, by id, and the days of the market (naive UTC): a deal sold before `sold_since` is rated no more, an
    offer that ends until `ends_until` or has ended after `ended_since` waits for being renewed."""

    person: Any
    sold_since: Any
    ends_until: Any
    ended_since: Any


def asked_by(person: Person) -> Asked:
    """What the sources need to know of `person` and of now."""
    now = clock.now()
    return Asked(person.id, now - days("rating_days"), now + days("renewal_days"), now - days("sale_days"))


@dataclass(frozen=True)
class Source:
    """Where rows of one kind come from: all of who asks, which of them are open, and which wait for them."""

    query: Any
    moment: Any
    id: Any
    is_open: Any
    waits: Any
    columns: dict[str, Any]


def one(condition: Any) -> Any:
    """The condition as a column, 1 or 0: what both databases can sort and join in a union."""
    return peewee.Case(None, [(condition, 1)], 0)


# --- repairs -----------------------------------------------------------------------------------------


def _orders(asked: Asked) -> Source:
    """title: item, place: building, form: room, unit: group, code: why it is on hold, ended: rated."""
    order, worker = RepairOrder, Person.alias()
    query = order.select().join_from(order, Building).join_from(order, RepairItem).join_from(order, MaintenanceGroup)
    query = query.join_from(order, worker, _OUTER, on=(order.worker == worker.id))
    return Source(
        query=query.where(order.reporter == asked.person),
        moment=order.created,
        id=order.id,
        is_open=order.status.in_(OPEN_STATES),
        waits=order.status.in_(WAITS_ORDER),
        columns={
            "number": order.number,
            "title": RepairItem.name,
            "form": order.room_number,
            "place": Building.name,
            "status": order.status,
            "unit": MaintenanceGroup.name,
            "worker": fn.COALESCE(worker.name, ""),
            "code": order.hold_reason,
            "respond": order.respond_due,
            "due": order.finish_due,
            "visit": order.visit_from,
            "until": order.held_until,
            "ended": order.rated,
            "flag": order.reworks,
        },
    )


# --- supervision -------------------------------------------------------------------------------------


def _threads(asked: Asked) -> Source:
    """form: under which name it is shown, unit: department, until: when it was forwarded, flag: level of 督办."""
    thread = Thread
    reviewed = thread.moderation.in_(_SEEN)
    waits = (thread.moderation == "needs_changes") | (reviewed & (thread.status == "answered"))
    return Source(
        query=thread.select().join(Department, _OUTER).where(thread.author == asked.person),
        moment=thread.created,
        id=thread.id,
        is_open=waits | (thread.moderation == "pending") | (reviewed & thread.status.not_in(["done", "merged"])),
        waits=waits,
        columns={
            "number": thread.number,
            "title": thread.title,
            "form": thread.shown_as,
            "status": thread.status,
            "moderation": thread.moderation,
            "unit": fn.COALESCE(Department.name, ""),
            "due": thread.due,
            "until": thread.forwarded,
            "flag": thread.supervised,
        },
    )


def _comments(asked: Asked) -> Source:
    """number and title: of the thread, "" where who asks may not read it any more."""
    comment, thread = Comment, Thread
    readable = (thread.moderation == "published") | (thread.author == asked.person)

    def seen(column: Any) -> Any:
        return peewee.Case(None, [(readable, column)], "")

    return Source(
        query=comment.select().join(thread).where(comment.author == asked.person),
        moment=comment.created,
        id=comment.id,
        is_open=comment.moderation.in_(_IN_REVIEW),
        waits=comment.moderation == "needs_changes",
        columns={"number": seen(thread.number), "title": seen(thread.title), "moderation": comment.moderation},
    )


# --- lost and found ----------------------------------------------------------------------------------


def _with_point(query: Any) -> Any:
    notice = PropertyNotice
    return query.join_from(notice, LostPropertyDesk, _OUTER, on=(notice.point == LostPropertyDesk.id)).join_from(
        notice, ItemKind, on=(notice.item_kind == ItemKind.id)
    )


def _of_notice() -> dict[str, Any]:
    """form: lost or found, place: kind of thing, unit: desk, code: how it was disposed of, respond: announced,
    due: kept until, visit: may be disposed of, until: kept since, flag: somebody's card."""
    notice = PropertyNotice
    return {
        "number": notice.number,
        "title": notice.title,
        "form": notice.kind,
        "place": ItemKind.name,
        "status": notice.status,
        "moderation": notice.moderation,
        "unit": fn.COALESCE(LostPropertyDesk.name, ""),
        "code": notice.disposal,
        "respond": notice.announced,
        "due": notice.keep_until,
        "visit": notice.dispose_from,
        "until": notice.kept_from,
        "ended": notice.returned,
        "flag": one(notice.card_owner.is_null(False)),
    }


def _notices(asked: Asked) -> Source:
    notice = PropertyNotice
    at_hand = notice.kept_from.is_null() & notice.status.in_(["verifying", "to_hand_over"])
    seen = notice.moderation.in_(_SEEN)
    # What lies at the desk goes on without who brought it.
    goes_on = seen & (notice.is_live == True) & notice.kept_from.is_null()  # noqa: E712
    return Source(
        query=_with_point(notice.select()).where(notice.author == asked.person),
        moment=notice.created,
        id=notice.id,
        is_open=goes_on | notice.moderation.in_(_IN_REVIEW),
        waits=(notice.moderation == "needs_changes") | (at_hand & seen),
        columns=_of_notice(),
    )


def _cards(asked: Asked) -> Source:
    """A card that somebody found and that is known to be of who asks."""
    notice = PropertyNotice
    mine = (notice.card_owner == asked.person) & (notice.kind == "found") & notice.moderation.in_(_SEEN)
    waits = notice.status.in_(["open", "kept"])
    return Source(
        query=_with_point(notice.select()).where(mine, waits),
        moment=notice.created,
        id=notice.id,
        is_open=waits,
        waits=waits,
        columns=_of_notice(),
    )


def _claims(asked: Asked) -> Source:
    """As for notices, but status: of the claim."""
    notice, claim = PropertyNotice, Claim
    query = _with_point(claim.select().join(notice, on=(claim.notice == notice.id)))
    return Source(
        query=query.where(claim.claimant == asked.person),
        moment=claim.created,
        id=claim.id,
        is_open=claim.status.in_(["waiting", "accepted"]),
        waits=claim.status == "accepted",
        columns=_of_notice() | {"status": claim.status},
    )


# --- market ------------------------------------------------------------------------------------------


def _of_deal(asked: Asked, confirmed: Any) -> tuple[dict[str, Any], Any]:
    """due: its time on the market ends, until: reserved until, visit: confirmed by who asks, ended: sold,
    flag: they have rated it. And the condition that the deal waits for them."""
    listing, rating = Listing, DealRating
    rated = fn.EXISTS(rating.select(rating.id).where(rating.listing == listing.id, rating.rater == asked.person))
    fresh = listing.sold > asked.sold_since
    to_confirm = (listing.status == "reserved") & confirmed.is_null()
    to_rate = (listing.status == "sold") & fresh & ~rated
    columns = {
        "number": listing.number,
        "title": listing.title,
        "status": listing.status,
        "moderation": listing.moderation,
        "due": listing.expires,
        "until": listing.reserved_until,
        "visit": confirmed,
        "ended": listing.sold,
        "flag": one(rated),
    }
    return columns, (listing.moderation == "published") & (to_confirm | to_rate)


def _listings(asked: Asked) -> Source:
    listing = Listing
    columns, waits = _of_deal(asked, listing.seller_confirmed)
    soon = (listing.status == "on_sale") & (listing.expires <= asked.ends_until)
    late = (listing.status == "expired") & (listing.expires > asked.ended_since)
    waits |= (listing.moderation == "needs_changes") | ((listing.moderation == "published") & (soon | late))
    live = (listing.moderation == "published") & (listing.is_live == True)  # noqa: E712
    return Source(
        query=listing.select().where(listing.author == asked.person),
        moment=listing.created,
        id=listing.id,
        is_open=live | listing.moderation.in_(_IN_REVIEW),
        waits=waits,
        columns=columns,
    )


def _purchases(asked: Asked) -> Source:
    """What is kept for who asks or was sold to them; moment: when it was reserved."""
    listing, kept = Listing, Reservation
    columns, waits = _of_deal(asked, listing.buyer_confirmed)
    mine = (kept.buyer == asked.person) & (listing.reserved_for == asked.person) & kept.result.in_(["", "sold"])
    return Source(
        query=kept.select().join(listing).where(mine),
        moment=kept.created,
        id=kept.id,
        is_open=listing.status == "reserved",
        waits=waits,
        columns=columns,
    )


SOURCES: dict[str, Callable[[Asked], Source]] = {
    "repair": _orders,
    "thread": _threads,
    "comment": _comments,
    "notice": _notices,
    "card": _cards,
    "claim": _claims,
    "listing": _listings,
    "purchase": _purchases,
}
