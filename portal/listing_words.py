"""How a listing stands, in the words of who reads its page: its seller, its buyer, anybody else."""

from datetime import timedelta
from typing import Any

from hall import clock
from hall.market_flow import days
from hall.review_story import REVIEW, review_values, stage
from hall.words import N_
from models import Listing, Person, Submission

Said = tuple[str, dict[str, Any]]

SHUT = (N_("这件物品没有公开"), N_("只有卖家和审核员能看到。"))
SELLER = {
    "on_sale": (N_("正在出售"), N_("%(expires)s 到期。有人来问时，对话在“消息”里。")),
    "expiring": (N_("快到期了"), N_("%(expires)s 到期，现在就可以续期。")),
    "reserved": (N_("已留给买家"), N_("留到 %(until)s。当面验货、付款之后，双方各点一次“确认成交”。")),
    "confirmed": (N_("您已确认成交"), N_("等对方也确认。到 %(until)s 对方还没有确认，预订会自动取消。")),
    "answered": (N_("对方已确认成交"), N_("您也确认以后就算成交。")),
    "sold": (N_("已成交"), N_("%(sold)s 双方都确认了。")),
    "taken_down": (N_("已下架"), N_("市场里看不到它了，随时可以重新上架。")),
    "expired": (N_("已过期"), N_("上架时间到了，续期后回到市场。")),
    "lapsed": (N_("已失效"), ""),
}
BUYER = SELLER | {
    "reserved": (N_("卖家给您留着"), N_("留到 %(until)s。约好时间当面验货，满意再付款，之后双方各点一次“确认成交”。"))
}
ANYBODY = {
    "reserved": (N_("已被预订"), N_("没有成交的话会重新上架，收藏以后有变化会通知您。")),
    "sold": (N_("已经卖出"), N_("看看下面类似的吧。")),
    "taken_down": (N_("卖家已下架"), N_("也许过几天会重新上架，先看看下面类似的吧。")),
    "expired": (N_("已过期"), N_("卖家还没有续期，先看看下面类似的吧。")),
    "lapsed": (N_("已失效"), N_("看看下面类似的吧。")),
}


def sentence(
    listing: Listing,
    person: Person | None,
    review: tuple[Submission | None, Submission | None] = (None, None),
    usual: timedelta | None = None,
) -> tuple[Said, Said]:
    """Title and text of how `listing` stands, each as (msgid, values); two empty ones where it is simply for sale.

    `review` is what waits and what was decided last, `usual` how long a review takes; both matter to its author.
    """
    own, buyer = (person is not None and each == person.id for each in (listing.author_id, listing.reserved_for_id))
    if listing.moderation != "published":
        words = REVIEW.get(stage(listing, *review, usual), SHUT) if own else SHUT
        return _pair(words, review_values(*review, usual))
    if not (own or buyer):
        return _pair(ANYBODY.get(listing.status, ("", "")), {})
    values = {"expires": listing.expires, "until": listing.reserved_until, "sold": listing.sold}
    return _pair((SELLER if own else BUYER).get(_variant(listing, own=own), ("", "")), values)


def _variant(listing: Listing, *, own: bool) -> str:
    if listing.status == "on_sale" and may_renew(listing):
        return "expiring"
    if listing.status == "reserved":
        mine, theirs = listing.seller_confirmed, listing.buyer_confirmed
        mine, theirs = (mine, theirs) if own else (theirs, mine)
        return "confirmed" if mine else "answered" if theirs else "reserved"
    return str(listing.status)


def may_renew(listing: Listing) -> bool:
    """Whether its time is over or nearly so."""
    soon = listing.expires is not None and clock.now() >= listing.expires - days("renewal_days")
    return listing.status == "expired" or (listing.status == "on_sale" and soon)


def _pair(words: tuple[str, str], values: dict[str, Any]) -> tuple[Said, Said]:
    title, text = words
    return (title, {}), (text, {name: value for name, value in values.items() if f"%({name})s" in text})
