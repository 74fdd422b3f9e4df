"""What seller and buyer do with each other: reserve, release, confirm, rate; and who marks what they like."""

from datetime import timedelta
from typing import Any

from hall import clock, events, moderation, sensitive, settings, trust

# What is offered stands before what is dealt with in the table of steps, whoever is imported first.
from hall import market_offer as market_offer
from hall.answers import text
from hall.market_flow import (
    WORDS_MOST,
    current_reservation,
    end_reservation,
    flow,
    named,
    rating_ends,
    shown_only,
)
from hall.words import N_, Refused
from models import Conversation, DealRating, Favourite, Listing, Person, Reservation, database

MOST_FAVOURITES = 500
MOST_INTERESTED = 50


@flow.step(
    "预订",
    sources=["on_sale"],
    target="reserved",
    need="market.sell",
    who="卖家，给一位来咨询过的买家",
    recorded="买家、保留到何时；此后两人互相看到电话",
    weight="primary",
)
def reserve(listing: Listing, *, by: Person, buyer: Person) -> dict[str, Any]:
    """Keep it for one who has asked about it, for 72 hours; these two see each other's phone from now on."""
    shown_only(listing)
    if not isinstance(buyer, Person) or buyer.id == by.id or not _asked(listing, buyer):
        raise Refused(N_("请选择一位咨询过这件物品的人"), field="buyer")
    if Person.get_by_id(buyer.id).is_closed:
        raise Refused(N_("对方的账号已停用，不能预订"), field="buyer")
    until = clock.now() + timedelta(hours=settings.value("market.reserved_hours"))
    Reservation.create(listing=listing, buyer=buyer, created=clock.now(), until=until)
    listing.reserved_for, listing.reserved_until = buyer, until
    listing.seller_confirmed = listing.buyer_confirmed = None
    return {"until": until.isoformat(), **named(buyer)}


def _asked(listing: Listing, person: Person) -> bool:
    return bool(_talks(listing).where(Conversation.starter == person.id).exists())


def _talks(listing: Listing) -> Any:
    kind = events.subject_type(listing)
    return Conversation.select().where(Conversation.subject_type == kind, Conversation.subject_id == listing.id)


@flow.step(
    "取消预订",
    sources=["reserved"],
    target="on_sale",
    need="market.release",
    who="卖家或买家；到时由系统",
    recorded="谁取消的、理由；计入次数",
)
def release(listing: Listing, *, by: Person | None, reason: str = "") -> dict[str, Any]:
    """Free it for others; who did it is kept. The system does it when the time is up, or one of the two has left."""
    if by is not None:
        result = "seller" if by.id == listing.author_id else "buyer"
    elif listing.author.is_closed:
        result = "seller"
    elif listing.reserved_for is not None and listing.reserved_for.is_closed:
        result = "buyer"
    elif listing.reserved_until is not None and clock.now() >= listing.reserved_until:
        result = "timed_out"
    else:
        raise Refused(N_("预订还没有到期"))
    reason = text(reason, "reason")
    return {**end_reservation(listing, result), "reason": reason, "automatic": by is None}


@flow.step(
    "确认成交",
    sources=["reserved"],
    target=["sold", "="],
    need="market.deal",
    who="卖家和买家，各一次",
    recorded="两人都确认后成交",
    asks=False,
    weight="primary",
)
def confirm(listing: Listing, *, by: Person) -> dict[str, Any]:
    """Say that it changed hands; it is sold when both have said so."""
    shown_only(listing)
    side = "seller" if by.id == listing.author_id else "buyer"
    if getattr(listing, f"{side}_confirmed") is not None:
        raise Refused(N_("您已经确认过了，等对方确认"))
    setattr(listing, f"{side}_confirmed", clock.now())
    if listing.seller_confirmed is not None and listing.buyer_confirmed is not None:
        listing.status, listing.sold, listing.reserved_until = "sold", clock.now(), None
        reservation = current_reservation(listing)
        if reservation is not None:
            reservation.result, reservation.ended = "sold", clock.now()
            reservation.save()
    return {"side": side, **named(listing.reserved_for)}


# --- ratings -----------------------------------------------------------------------------------------


@flow.step(
    "评价",
    sources=["sold"],
    need="market.deal",
    who="卖家和买家，成交后一段时间内，各一次",
    recorded="谁评价过；分数和话不进记录，双方都评价或到期之前对方看不到",
    by_hand=False,  # it is offered where the two see what they may still say, not among the seller's steps
)
def rate(listing: Listing, *, by: Person, score: int, text: str = "") -> dict[str, Any]:
    """Say how it went with the other one: `score` from 1 to 5, `text` for the two of them only."""
    until = rating_ends(listing)
    if until is None or clock.now() >= until:
        raise Refused(N_("成交后 %(days)s 天内可以评价，现在已经过了"), days=settings.value("market.rating_days"))
    if type(score) is not int or not 1 <= score <= 5:
        raise Refused(N_("请选择一到五颗星"), field="score")
    words = _fit(text)
    other = listing.reserved_for_id if by.id == listing.author_id else listing.author_id
    said = {"rated": other, "score": score, "text": words, "created": clock.now()}
    _rating, is_new = DealRating.get_or_create(listing=listing, rater=by, defaults=said)
    if not is_new:
        raise Refused(N_("您已经评价过了"))
    return {}


def _fit(words: str) -> str:
    refused = sensitive.screen({"text": words}).refused
    if refused:
        raise Refused(N_("这里有不能发布的词“%(word)s”，请修改后再提交"), field="text", word=refused.word)
    return text(words, "text", most=WORDS_MOST)


def ratings_of(listing: Listing, person: Person) -> tuple[DealRating | None, DealRating | None]:
    """What `person` said of the deal, and what the other one said: None until both have, or the 14 days are over."""
    if person.id not in (listing.author_id, listing.reserved_for_id):
        return None, None
    said = {rating.rater_id: rating for rating in DealRating.select().where(DealRating.listing == listing.id)}
    mine = said.pop(person.id, None)
    theirs = next(iter(said.values()), None)
    until = rating_ends(listing)
    open_now = mine is not None or (until is not None and clock.now() >= until)
    return mine, theirs if open_now else None


# --- who sees whom -----------------------------------------------------------------------------------


def contact(listing: Listing, person: Person | None) -> Person | None:
    """The other one of the two between whom a listing is reserved, whose phone `person` may see; None else."""
    if person is None or person.is_closed or listing.status != "reserved" or listing.moderation != "published":
        return None
    if listing.reserved_until is None or clock.now() >= listing.reserved_until:
        return None
    sides = {listing.author_id: listing.reserved_for, listing.reserved_for_id: listing.author}
    other: Person | None = sides.get(person.id)
    return other


def interested(listing: Listing) -> list[Conversation]:
    """The talks about a listing of those for whom it may be reserved, latest first, each with its starter."""
    query = _talks(listing).select(Conversation, Person).join(Person, on=(Conversation.starter == Person.id))
    query = query.where(Person.is_closed == False)  # noqa: E712
    return list(query.order_by(Conversation.latest.desc(), Conversation.id.desc()).limit(MOST_INTERESTED))


# --- favourites --------------------------------------------------------------------------------------


def favourite(listing: Listing, *, by: Person) -> Listing:
    """Keep an eye on what is for sale; repeating it changes nothing."""
    if by.is_closed or not moderation.is_disclosed(listing) or not Listing.get_by_id(listing.id).is_live:
        raise Refused(N_("这件物品现在不能收藏"), stale=True)
    if listing.author_id == by.id:
        raise Refused(N_("自己的物品不用收藏"))
    with database.atomic():
        trust.one_at_a_time(by)
        marks = Favourite.select().where(Favourite.person == by.id, Favourite.listing != listing.id)
        if marks.limit(MOST_FAVOURITES).count() >= MOST_FAVOURITES:
            raise Refused(N_("最多收藏 %(most)s 件，请先取消一些"), most=MOST_FAVOURITES)
        _mark, is_new = Favourite.get_or_create(listing=listing, person=by)
        if is_new:
            Listing.update(favourites=Listing.favourites + 1).where(Listing.id == listing.id).execute()
    return Listing.get_by_id(listing.id)


def unfavourite(listing: Listing, *, by: Person) -> Listing:
    """Keep an eye on it no more; repeating it changes nothing."""
    with database.atomic():
        if Favourite.delete().where(Favourite.listing == listing.id, Favourite.person == by.id).execute():
            Listing.update(favourites=Listing.favourites - 1).where(Listing.id == listing.id).execute()
    return Listing.get_by_id(listing.id)
