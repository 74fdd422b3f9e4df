"""What somebody sells and buys on the market, what of it waits for them, and what they keep an eye on."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import templating
from hall import clock, market, market_reading
from hall.words import N_, Refused
from models import DealRating, Listing, tuples
from portal.listing_words import may_renew
from portal.market import bp, page_of, read
from portal.repairs import key
from portal.supervision import me

SHOWS = {"selling": N_("我转让的"), "bought": N_("我买到的")}
MOST_WAITING = 20
FAVOURS = {
    "favourite": (market.favourite, N_("已收藏，降价或卖出会通知您")),
    "unfavourite": (market.unfavourite, N_("已取消收藏")),
}

Waiting = tuple[Listing, str, str, str]


@bp.get("/market/mine")
@login_required
def mine() -> str:
    """What waits for me, then what I sell or what I bought, newest first."""
    show = request.args.get("show", "selling")
    show = show if show in SHOWS else "selling"
    before = key(request.args.get("before"))
    listed = market_reading.mine if show == "selling" else market_reading.bought
    rows, more = listed(current_user, before)
    waits = [] if before else waiting()
    urgent = {each[0].id for each in waits}
    rows = [row for row in rows if row.id not in urgent]
    return render_template("market/mine.html", rows=rows, more=more, show=show, shows=SHOWS, waits=waits)


def waiting() -> list[Waiting]:
    """My deals and listings that go on only if I do something: (listing, address, what to do, why)."""
    person: Any = current_user
    selling, _more = market_reading.mine(person, limit=MOST_WAITING)
    buying, _more = market_reading.bought(person, limit=MOST_WAITING)
    deals = [row for row in [*selling, *buying] if row.status == "sold"]
    rated = _rated(deals)
    found = [_waits(row, row.id in rated) for row in sorted([*selling, *buying], key=_newest)]
    return [each for each in found if each is not None]


def _newest(listing: Listing) -> int:
    return -int(listing.id)


def _rated(deals: list[Listing]) -> set[int]:
    """The ids of the deals that I have rated."""
    if not deals:
        return set()
    said = DealRating.select(DealRating.listing).where(DealRating.rater == current_user.id)
    return {row[0] for row in tuples(said.where(DealRating.listing.in_([row.id for row in deals])))}


def _waits(listing: Listing, is_rated: bool) -> Waiting | None:
    own = listing.author_id == current_user.id

    def step(name: str) -> str:
        return url_for("market.step", number=listing.number, step=name)

    if own and listing.moderation == "needs_changes":
        return listing, step("resubmit"), N_("去修改"), _("审核员请您修改")
    if listing.moderation != "published":
        return None
    confirmed = listing.seller_confirmed if own else listing.buyer_confirmed
    if listing.status == "reserved" and confirmed is None:
        until = templating.when(listing.reserved_until)
        return listing, step("confirm"), N_("确认成交"), _("留到 %(until)s，见面成交后请确认", until=until)
    ends = market.rating_ends(listing)
    if listing.status == "sold" and ends is not None and clock.now() < ends and not is_rated:
        rate = url_for("market.rate", number=listing.number)
        return listing, rate, N_("去评价"), _("%(until)s 前可以评价", until=templating.when(ends))
    if own and may_renew(listing) and _is_recent(listing):
        late = listing.status == "expired"
        said = _("已过期") if late else _("%(until)s 到期", until=templating.when(listing.expires))
        return listing, step("renew"), N_("续期"), said
    return None


def _is_recent(listing: Listing) -> bool:
    """Who has not renewed something for a month does not want to be asked any more."""
    return listing.expires is not None and clock.now() < listing.expires + market.days("sale_days")


@bp.get("/market/favourites")
@login_required
def favourites() -> str:
    """What I keep an eye on, sold or not."""
    rows, following = market_reading.favourites(current_user, request.args.get("after", ""))
    return render_template("market/favourites.html", rows=rows, following=following)


@bp.post("/market/<number>/<any(favourite, unfavourite):verb>")
def favour(number: str, verb: str) -> Response:
    """Keep an eye on a listing, or no longer; a repeat changes nothing."""
    listing, person, (act, said) = read(number), me(), FAVOURS[verb]
    if person is None:
        flash(_("请先登录"), "info")
        return redirect(url_for("account.signin", next=page_of(listing)))
    try:
        act(listing, by=person)
        flash(_(said), "ok")
    except Refused as refused:
        flash(templating.sentence(refused), "error")
    return redirect(page_of(listing))
