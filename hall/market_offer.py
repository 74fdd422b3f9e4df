"""What a seller does with a listing: offer it, change its price, take it down and put it back, renew it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from hall import access, clock, moderation, questions, settings, trust
from hall.answers import choice, text
from hall.banned import refuse_banned
from hall.market_doubt import doubt
from hall.market_flow import (
    TEXT_LEAST,
    TEXT_MOST,
    TITLE_LEAST,
    TITLE_MOST,
    days,
    flow,
    named,
    price,
    put_on_sale,
    shown_only,
    take_from_buyer,
)
from hall.moderation import Board
from hall.numbers import next_number
from hall.photos import Prepared, attach
from hall.words import N_, Refused, TooOften
from models import CONDITIONS, Listing, ListingCategory, Person, PriceChange, Reservation, SafePlace

# States in which the author may still change what is said of a thing: not while a buyer counts on it, nor after.
CHANGEABLE = ("submitted", "on_sale", "taken_down", "expired")


@flow.start(
    "发布二手",
    target="submitted",
    need="market.offer",
    who="师生；每天几件按信任等级",
    recorded="标题、描述、类别、成色、价格、交易地点、照片",
)
def _offer(
    *,
    by: Person,
    title: str,
    text: str,
    category: ListingCategory,
    condition: str,
    price_fen: int,
    place: SafePlace,
    is_negotiable: bool = False,
    is_graduation: bool = False,
    photos: Sequence[Prepared] = (),
    given: Mapping[str, Any] | None = None,
) -> tuple[Listing, dict[str, Any]]:
    trust.hold_to_limit(Listing, by, trust.level_of(by).listings_a_day)
    words = clean_listing({"title": title, "text": text}, None)
    if not photos:
        raise Refused(N_("请至少放一张照片"), field="photos")
    listing = Listing.create(
        number=next_number("ES"),
        author=by,
        created=clock.now(),
        category=_known(category, ListingCategory, "category"),
        condition=choice(condition, CONDITIONS, "condition"),
        price_fen=price(price_fen),
        place=_known(place, SafePlace, "place"),
        is_negotiable=bool(is_negotiable),
        is_graduation=bool(is_graduation),
        **words,
    )
    listing.photos = [photo.name for photo in attach(listing, photos, by=by)]
    questions.keep(listing, questions.for_subject(listing), given or {}, by=by)
    listing.save()
    moderation.submit(listing, by=by)
    return listing, {"category": category.code, "price_fen": listing.price_fen, "photos": listing.photos}


def offer(**answers: Any) -> Listing:
    """Bring something to the market; it waits for a moderator (`requirements.md` 31).

    Takes `by`, `title`, `text`, `category`, `condition` (of CONDITIONS), `price_fen` (whole 分), `place`,
    `is_negotiable`, `is_graduation`, `photos` from `photos.prepare` (at least one), `given` (hall/questions.py) and
    `once`. Raises Refused with the field that is wrong, TooOften where the day's limit is reached.
    """
    listing: Listing = moderation.let_through(_offer(**answers))
    return listing


def clean_listing(content: dict[str, Any], listing: Listing | None) -> dict[str, Any]:
    """Title and text as they may be. Raises Refused, also where nothing is changed any more."""
    if listing is not None and listing.status not in CHANGEABLE:
        raise Refused(N_("现在是“%(state)s”，不能修改描述"), stale=True, state=flow.states[listing.status])
    words = {
        "title": text(content.get("title", ""), "title", least=TITLE_LEAST, most=TITLE_MOST),
        "text": text(content.get("text", ""), "text", least=TEXT_LEAST, most=TEXT_MOST),
    }
    refuse_banned(words)
    return words


def _known(row: Any, model: Any, field: str) -> Any:
    if not isinstance(row, model):
        raise Refused(N_("请从列出的选项中选择"), field=field)
    return row


@flow.step(
    "改价",
    sources=["on_sale"],
    need="market.sell",
    who="卖家",
    recorded="原价、新价",
)
def change_price(listing: Listing, *, by: Person, price_fen: int) -> dict[str, Any]:
    """Ask another price (whole 分); the old ones stay to be seen."""
    shown_only(listing)
    before, after = listing.price_fen, price(price_fen)
    if after == before:
        raise Refused(N_("价格没有变化"), field="price_fen")
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    today = PriceChange.select().where(PriceChange.listing == listing.id, PriceChange.at >= midnight)
    most = settings.value("market.prices_a_day")
    if today.limit(most).count() >= most:
        raise TooOften(N_("一天最多改 %(most)s 次价格，请明天再改"), field="price_fen", most=most)
    PriceChange.create(listing=listing, before_fen=before, price_fen=after, at=clock.now())
    listing.price_fen = after
    return {"before_fen": before, "price_fen": after}


@flow.step("下架", sources=["on_sale"], target="taken_down", need="market.sell", who="卖家", asks=False)
def take_down(listing: Listing, *, by: Person) -> None:
    """Sell it no more, for now."""


@flow.step(
    "重新上架",
    sources=["taken_down"],
    target="on_sale",
    need="market.sell",
    who="卖家",
    recorded="到期日",
    asks=False,
    weight="primary",
)
def put_back(listing: Listing, *, by: Person) -> dict[str, Any]:
    """Sell it again, for another 30 days."""
    return _again(listing)


@flow.step(
    "续期",
    sources=["expired", "on_sale"],
    target="on_sale",
    need="market.sell",
    who="卖家；到期后，或到期前几天内",
    recorded="到期日",
    asks=False,
    weight="primary",
)
def renew(listing: Listing, *, by: Person) -> dict[str, Any]:
    """Sell it for 30 more days from now; it keeps its place in the lists."""
    early = listing.expires is not None and clock.now() < listing.expires - days("renewal_days")
    if listing.status == "on_sale" and early:
        raise Refused(N_("到期前 %(days)s 天内才能续期"), days=days("renewal_days").days)
    return _again(listing)


def _again(listing: Listing) -> dict[str, Any]:
    shown_only(listing)
    put_on_sale(listing)
    assert listing.expires is not None
    return {"expires": listing.expires.isoformat(), "days": days("sale_days").days}


# --- what follows from the moderation of a listing ---------------------------------------------------


def _published(listing: Listing, *, by: Person | None, submission: Any) -> None:
    if listing.status == "submitted":  # an approved edit leaves it where it is, reserved for instance
        put_on_sale(listing)


NOT_PRIVATE = N_("二手物品没有“不公开”，请通过、退回修改或驳回")


def _not_private(listing: Listing, *, by: Person, submission: Any) -> None:
    raise Refused(NOT_PRIVATE)


def _hidden(listing: Listing, *, by: Person, submission: Any) -> None:
    take_from_buyer(listing, by, "moderation.decide")


def _withdrawn(listing: Listing, *, by: Person, submission: Any) -> None:
    take_from_buyer(listing, by, "market.deal")
    if listing.status != "sold":  # nothing leads back from there, so that no step is offered any more
        listing.status = "lapsed"


def _undone(listing: Listing, *, by: Person, submission: Any, source: str) -> None:
    if source == "pending" and listing.status == "on_sale":
        listing.status, listing.expires = "submitted", None
    if submission.decision == "hide" and listing.status == "on_sale":
        _reserve_again(listing, by, submission.decided)


def _reserve_again(listing: Listing, by: Person, hidden: datetime) -> None:
    """What a moderator hid by mistake is kept for its buyer as before."""
    last = Reservation.select().where(Reservation.listing == listing.id).order_by(Reservation.id.desc()).first()
    freed = last is not None and last.ended is not None and last.ended >= hidden and last.result == "seller"
    if not freed or last.until <= clock.now() or last.buyer.is_closed:
        return
    last.ended, last.result = None, ""
    last.save()
    listing.status, listing.reserved_for, listing.reserved_until = "reserved", last.buyer, last.until
    listing.releases -= 1
    role = access.role_for(by, "moderation.decide", listing)
    kept = {"until": last.until.isoformat(), **named(last.buyer)}
    flow.record(listing, flow.steps["reserve"], by, role, source="on_sale", details=kept)


moderation.BOARDS[Listing] = Board(
    clean=clean_listing,
    headline=lambda content: content.get("title", ""),
    doubt=doubt,
    photos=lambda listing: (1, None),
    instead={"keep_private": NOT_PRIVATE},
    after={
        "publish": _published,
        "keep_private": _not_private,
        "hide": _hidden,
        "withdraw": _withdrawn,
        "undo": _undone,
    },
)
