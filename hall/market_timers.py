"""What time does to a listing: it is reminded, expires, is released, and lapses with its seller's account."""

from collections.abc import Callable, Iterable
from typing import Any

from hall import clock
from hall.market_deal import release
from hall.market_flow import days, flow
from hall.words import N_, Refused
from models import Listing, Person

BATCH = 200


@flow.step(
    "到期",
    sources=["on_sale"],
    target="expired",
    need="market.expire",
    who="系统，到期",
    asks=False,
    by_hand=False,
)
def expire(listing: Listing, *, by: Person | None) -> None:
    """Take off what nobody has renewed."""
    if listing.expires is None or clock.now() < listing.expires:
        raise Refused(N_("还没有到期"))


@flow.step(
    "到期提醒",
    sources=["on_sale"],
    need="market.expire",
    who="系统，到期前几天，一次",
    recorded="到期日",
    asks=False,
    by_hand=False,
)
def remind(listing: Listing, *, by: Person | None) -> dict[str, Any]:
    """Tell the seller, once, that the 30 days are nearly over."""
    if listing.expires is None or clock.now() < listing.expires - days("reminder_days"):
        raise Refused(N_("还没有到期"))
    if listing.reminded is not None:
        raise Refused(N_("已经提醒过了"))
    listing.reminded = clock.now()
    return {"expires": listing.expires.isoformat()}


@flow.step(
    "失效",
    sources=["submitted", "on_sale", "taken_down", "expired"],
    target="lapsed",
    need="market.expire",
    who="系统；卖家的账号停用后",
    asks=False,
    by_hand=False,
)
def lapse(listing: Listing, *, by: Person | None) -> None:
    """End what somebody offers who has left the university."""
    if not listing.author.is_closed:
        raise Refused(N_("卖家的账号没有停用"))


def run_timers() -> int:
    """Do what is due; returns how many steps were taken. Two that run at once take each step once."""
    now = clock.now()
    gone = Person.select(Person.id).where(Person.is_closed == True)  # noqa: E712
    reserved, on_sale = Listing.status == "reserved", Listing.status == "on_sale"
    without_one = reserved & (Listing.author.in_(gone) | Listing.reserved_for.in_(gone))
    theirs = Listing.status.in_(flow.steps["lapse"].sources) & Listing.author.in_(gone)
    soon = on_sale & (Listing.moderation == "published") & Listing.reminded.is_null()
    soon &= (Listing.expires > now) & (Listing.expires <= now + days("reminder_days"))
    taken = _all(release, Listing.select().where(without_one).order_by(Listing.id))
    # In this order few people with few listings are looked at; by id it would be the whole table.
    taken += _all(lapse, Listing.select().where(theirs).order_by(Listing.author, Listing.id))
    taken += _all(release, _due(reserved & (Listing.reserved_until <= now), Listing.reserved_until))
    taken += _all(expire, _due(on_sale & (Listing.expires <= now), Listing.expires))
    return taken + _all(remind, _due(soon, Listing.expires))


def _due(condition: Any, by: Any) -> Any:
    return Listing.select().where(condition).order_by(by)


def _all(step: Callable[..., Any], rows: Any) -> int:
    due: Iterable[Listing] = list(rows.limit(BATCH))
    return sum(_if_still(step, listing) for listing in due)


def _if_still(step: Callable[..., Any], listing: Listing) -> bool:
    try:
        step(listing, by=None)
    except Refused:
        return False  # somebody was faster
    return True
