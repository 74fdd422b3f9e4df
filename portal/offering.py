"""What people bring to the market and what becomes of it: offer, page of a listing, steps, rating, report."""

from datetime import datetime, time
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import templating
from forms.listings import said_last
from forms.market import OfferForm, RateForm
from hall import clock, market, market_reading, moderation, threads, trust
from hall.flow import Step
from hall.market_flow import rating_ends
from hall.market_offer import CHANGEABLE
from hall.words import N_, Refused
from models import Listing, Person, Submission
from portal.board_steps import Face, offers, report, take
from portal.listing_words import may_renew, sentence
from portal.market import page_of, read, shape
from portal.repairs import Page
from portal.supervision import address, in_hours, me, pictures
from portal.trades import bp
from portal.typed import ask_who_you_are, forget, typed

# --- what may be done with a listing -----------------------------------------------------------------


def _pointless(listing: Listing, step: Step, person: Person) -> str:
    if step.name == "edit" and listing.status not in CHANGEABLE:
        return N_("预订和成交以后不能修改描述")
    if step.flow is not market.flow:
        return ""
    if listing.moderation != "published":
        return N_("这件物品现在没有公开，不能继续交易")
    if step.name == "renew" and not may_renew(listing):
        return N_("快到期时才能续期")
    if step.name == "confirm" and _confirmed(listing, person):
        return N_("您已经确认过了，等对方确认")
    if step.name == "reserve" and not _talks(listing):
        return N_("还没有人来问，不能预订；有人来问以后才能留给他")
    return ""


def _confirmed(listing: Listing, person: Person) -> bool:
    said = listing.seller_confirmed if listing.author_id == person.id else listing.buyer_confirmed
    return said is not None


def _talks(listing: Listing) -> list[Any]:
    """The conversations about a listing for its seller; asked once a row."""
    if "talks" not in listing.__dict__:
        listing.__dict__["talks"] = market.interested(listing)
    found: list[Any] = listing.__dict__["talks"]
    return found


LISTING = Face(
    flow=market.flow,
    show=page_of,
    step=lambda listing, name: url_for("market.step", number=listing.number, step=name),
    mine=lambda: url_for("market.mine"),
    words={
        "confirm": N_("确认成交"),
        "renew": N_("续期"),
        "put_back": N_("重新上架"),
        "reserve": N_("留给买家"),
        "change_price": N_("改价"),
        "release": N_("取消预订"),
        "take_down": N_("下架"),
    },
    sent={
        "confirm": N_("已确认"),
        "renew": N_("已续期"),
        "put_back": N_("已重新上架"),
        "reserve": N_("已预订，对方会收到通知"),
        "change_price": N_("价格已更新，收藏的人会收到降价通知"),
        "release": N_("已取消预订，重新上架"),
        "take_down": N_("已下架"),
    },
    means={
        "confirm": N_("当面验过货、付过款再确认。双方都确认后算成交，然后可以互相评价。"),
        "renew": N_("从现在起重新计算上架时间，收藏和对话都还在。"),
        "put_back": N_("重新回到市场，从现在起重新计算上架时间。"),
        "reserve": N_("先留给对方，这期间别人不能预订，你们两个人能看到对方的姓名和电话。到时没有成交会自动取消。"),
        "change_price": N_("改价不用再审核。"),
        "release": N_("取消后物品重新上架，对方不再能看到您的电话。取消过几次会显示在信誉里。"),
        "take_down": N_("下架后不再出现在市场里，随时可以重新上架。"),
        "withdraw": N_("撤回后不再显示，也不能恢复。只是暂时不卖，可以选“下架”。"),
    },
    pointless=_pointless,
    template="market/step.html",
)


@bp.route("/market/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take_step(number: str, step: str) -> Page:
    """Ask seller or buyer what a step needs, and take it."""
    return take(LISTING, lambda: read(number), step)


@bp.app_template_global()
def listing_steps(listing: Listing, decided: Submission | None = None) -> list[dict[str, Any]]:
    """What the reader may do to a listing now: {step, words, link}."""
    return offers(LISTING, listing, me(), decided)


# --- a listing ---------------------------------------------------------------------------------------


@bp.get("/market/<number>")
def show(number: str) -> str:
    """One listing; who may not see it gets the same 404 as for a number that does not exist."""
    return render_template("market/show.html", **_shown(read(number)))


def _shown(listing: Listing) -> dict[str, Any]:
    person = me()
    own, buyer = (person is not None and each == person.id for each in (listing.author_id, listing.reserved_for_id))
    public = listing.moderation == "published"
    waiting, decided = threads.reviews([listing])[listing.id] if own else (None, None)
    usual = moderation.usual_wait() if own and listing.moderation == "pending" else None
    title, text = sentence(listing, person, (waiting, decided), usual)
    steps = offers(LISTING, listing, person, decided) if own or buyer else []
    talks = _talks(listing) if own and public and listing.is_live else []
    return {
        "listing": listing,
        "own": own,
        "buyer": buyer,
        "public": public,
        "title": templating.said(title),
        "text": templating.said(text),
        "byline": threads.role_of(listing.author),
        "steps": steps,
        "talks": talks,
        "said_last": said_last(talks),
        "edit": dict(waiting.content) if waiting is not None and waiting.cause == "edit" and public else {},
        "history": market_reading.price_history(listing) if public else [],
        "standing": None if own else market_reading.standing(listing.author),
        "marked": not own and market_reading.is_favourite(person, listing),
        "similar": market_reading.similar(listing) if public and not own else [],
        "contact": market.contact(listing, person) if person is not None and (own or buyer) else None,
        "rating": _rating(listing, person) if person is not None and (own or buyer) else {},
        "pictures": pictures,
        "shape": shape,
        "address": address("market.show", number=listing.number),
        "picture": _card_picture(listing),
    }


def _card_picture(listing: Listing) -> str:
    if listing.photos:
        return address("photos.show", name=listing.photos[0], size="large")
    return address("static", filename="share.png")


def _rating(listing: Listing, person: Person) -> dict[str, Any]:
    """What the two said of each other after the deal, as far as `person` may know; {} before it."""
    ends = rating_ends(listing)
    if listing.status != "sold" or ends is None:
        return {}
    mine, theirs = market.ratings_of(listing, person)
    return {"mine": mine, "theirs": theirs, "ends": ends, "open": mine is None and clock.now() < ends}


# --- an offer ----------------------------------------------------------------------------------------


@bp.route("/market/new", methods=["GET", "POST"])
def new() -> Page:
    """我要转让, open before the sign-in."""
    person = me()
    if request.method == "POST" and person is None:
        return _ask()
    known = {"is_graduation": request.args.get("graduation") == "1"} if request.method == "GET" else {}
    form = OfferForm(typed(OfferForm), person=person, **known)
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            listing = market.offer(by=person, **form.answers())
            said = _("已上架") if listing.moderation == "published" else _("已提交，审核后会通知您")
            flash(said, "ok")
            return forget(redirect(page_of(listing)), url_for("market.index"))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    page = render_template(
        "market/new.html",
        form=form,
        kept=g.get("kept", False),
        photos_lost=any(file.filename for file in request.files.getlist("photos")),
        limit=_limit(person),
        usual=in_hours(moderation.usual_wait()),
        shape=shape,
    )
    return page, status


def _ask() -> Response:
    names = [name for name in OfferForm()._fields if name not in ("once", "photos")]
    return ask_who_you_are(OfferForm, url_for("market.index"), names=names)


def _limit(person: Person | None) -> dict[str, int]:
    """How many things `person` may offer a day and how many of them they have not yet today; {} for a visitor."""
    if person is None:
        return {}
    most = trust.level_of(person).listings_a_day
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    sent = Listing.select(Listing.id).where(Listing.author == person.id, Listing.created >= midnight)
    return {"most": most, "left": max(most - sent.limit(most).count(), 0)}


# --- rating, report ----------------------------------------------------------------------------------


@bp.route("/market/<number>/rate", methods=["GET", "POST"])
@login_required
def rate(number: str) -> Page:
    """One word of the two about each other after a deal."""
    listing, person = read(number), current_user._get_current_object()
    if person.id not in (listing.author_id, listing.reserved_for_id) or not (given := _rating(listing, person)):
        abort(404)
    if request.method == "GET" and not given["open"]:
        flash(_("您已经评价过了") if given["mine"] else _("评价的时间已经过了"))
        return redirect(page_of(listing))
    form, status = RateForm(request.form or None), 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            market.rate(listing, by=person, **form.answers())
            flash(_("谢谢您的评价"), "ok")
            return redirect(page_of(listing))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("market/rate.html", form=form, listing=listing, ends=given["ends"]), status


@bp.route("/market/<number>/report", methods=["GET", "POST"], endpoint="report")
@login_required
def report_listing(number: str) -> Page:
    """举报 of a public listing."""
    shown = moderation.disclosed(Listing).where(Listing.number == number[:20].upper())
    return report(LISTING, shown.first() or abort(404))
