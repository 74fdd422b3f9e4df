"""The second-hand market as everybody reads it: its front with filters, searches that tell of new things, the rules.

One's own things are in `portal/trades.py`, a listing and what becomes of it in `portal/offering.py`, on the same
blueprint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import peewee
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import pieces
import shapes
import templating
from forms.market import SearchForm, in_yuan
from hall import archive, board_search, market, market_reading
from hall.freshness import Lasting
from hall.market_reading import SORTS, Sought
from hall.saved_searches import NAME_MOST
from hall.words import N_, Refused
from models import CONDITIONS, BannedGoods, Campus, Listing, ListingCategory, SafePlace, SavedSearch, TrustLevel
from portal.supervision import me

bp = Blueprint("market", __name__)

USUAL = ("sort", "newest")
ANSWERS = frozenset(SearchForm().data)
TYPED = {"q": 200, "least": 20, "most": 20}  # how much of what was typed comes back


def read(number: str) -> Listing:
    """The listing if the reader may see it, else the same 404 as for a number that does not exist."""
    return market_reading.find(me(), number) or abort(404)


def page_of(listing: Listing) -> str:
    """The address of a listing."""
    return url_for("market.show", number=listing.number)


# --- what is sought ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shelves:
    """What listings are sorted into: categories and safe places with their campus, as the operator orders them."""

    categories: list[ListingCategory]
    places: list[SafePlace]

    @property
    def campuses(self) -> list[Campus]:
        """The campuses that have safe places of their own."""
        return list({place.campus_id: place.campus for place in self.places if place.campus_id}.values())


@Lasting
def shelves() -> Shelves:
    """The shelves as they are now; at most two queries."""
    places = archive.without(SafePlace.select(SafePlace, Campus)).join(Campus, peewee.JOIN.LEFT_OUTER)
    categories = archive.without(ListingCategory.select()).order_by(ListingCategory.position, ListingCategory.id)
    return Shelves(list(categories), list(places.order_by(SafePlace.position, SafePlace.id)))


def sought_in(form: SearchForm, known: Shelves, *, graduation: bool) -> Sought:
    """What the answers of `form` ask for; what is wrong with them is noted in its fields, and then not asked for."""
    form.validate()
    try:
        words = board_search.words_of(form.q.data or "")
    except Refused as refused:
        words, form.q.errors = (), [refused]
    return Sought(
        category=form.said("category", [each.code for each in known.categories]),
        condition=form.said("condition", dict(CONDITIONS)),
        place=form.said("place", [str(each.id) for each in known.places]),
        campus=form.said("campus", [str(each.id) for each in known.campuses]),
        least_fen=form.fen("least"),
        most_fen=form.fen("most"),
        negotiable=bool(form.negotiable.data),
        graduation=graduation,
        sort=form.said("sort", dict(SORTS)) or "newest",
        words=words,
    )


def asked_by(sought: Sought) -> dict[str, str]:
    """The same as the answers of an address, without those that are not given."""
    prices = {"least": sought.least_fen, "most": sought.most_fen}
    given = {name: in_yuan(fen) for name, fen in prices.items() if fen is not None}
    given |= {name: getattr(sought, name) for name in ("category", "condition", "place", "campus")}
    given |= {"negotiable": "1" if sought.negotiable else "", "q": " ".join(sought.words)}
    given |= {"sort": sought.sort if sought.sort != "newest" else ""}
    return {name: value for name, value in given.items() if value}


def place_of(sought: Sought) -> str:
    """The address of the list that shows what is sought."""
    return url_for("market.graduation" if sought.graduation else "market.index", **asked_by(sought))


def told(sought: Sought, known: Shelves) -> str:
    """What is sought, in words: 自行车、代步 · 良好 · ¥100–300 · “山地”."""
    parts = [_named(each) for each in known.categories if each.code == sought.category]
    parts += [f"“{' '.join(sought.words)}”"] if sought.words else []
    parts += [_(label) for value, label in CONDITIONS if value == sought.condition]
    parts += [_named(each) for each in known.campuses if str(each.id) == sought.campus]
    parts += [_named(each) for each in known.places if str(each.id) == sought.place]
    least, most = (None if fen is None else in_yuan(fen) for fen in (sought.least_fen, sought.most_fen))
    if least and most:
        parts.append(f"¥{least}–{most}")
    elif most:
        parts.append(_("¥%(price)s 以下", price=most))
    elif least:
        parts.append(_("¥%(price)s 以上", price=least))
    parts += [_("可议价")] if sought.negotiable else []
    parts += [_("毕业季")] if sought.graduation else []
    return " · ".join(parts) or _("全部")


def _named(row: Any) -> str:
    return templating.translated(row.name)


# --- the front ---------------------------------------------------------------------------------------


@bp.get("/market")
def index() -> tuple[str, int]:
    """What is for sale, filtered, sorted and searched, a page by key."""
    return _front(graduation=False)


@bp.get("/market/graduation")
def graduation() -> tuple[str, int]:
    """The same of what leavers cannot take with them."""
    return _front(graduation=True)


def _front(*, graduation: bool) -> tuple[str, int]:
    known = shelves()
    sought, typed, wrong = _asked(known, graduation)
    after = request.args.get("after", "")
    rows, following = ([], "") if wrong else market_reading.told_page(sought, after=after)
    rows_said = tuple(row.said for row in rows)

    def values() -> dict[str, Any]:
        wanted = {name: value for name, value in asked_by(sought).items() if name != "sort"}
        return {
            "rows": rows,
            "rows_said": rows_said,
            "following": following,
            "sought": sought,
            "said": typed["q"],
            "typed": typed,
            "wrong": wrong,
            "wanted": {} if wrong else wanted | ({"graduation": "1"} if graduation and wanted else {}),
            "narrowed": len(wanted.keys() - {"q", "category"}),
            "categories": known.categories,
            "places": known.places,
            "campuses": known.campuses,
            "conditions": CONDITIONS,
            "sorts": SORTS,
            "shape": shape,
            "here": url_for("market.graduation" if graduation else "market.index"),
            "to": _links(sought),
        }

    told = None if asked_by(sought) or any(typed.values()) else (rows_said, following, sought, after != "")
    return pieces.page("market/index.html", told, values), 400 if wrong else 200


def _asked(known: Shelves, graduation: bool) -> tuple[Sought, dict[str, str], dict[str, Any]]:
    """What the address asks for, what was typed into its fields, and what is wrong with them, both by name."""
    if ANSWERS.isdisjoint(request.args):  # most who come ask for nothing
        return Sought(graduation=graduation), dict.fromkeys(TYPED, ""), {}
    form = SearchForm(request.args)
    sought = sought_in(form, known, graduation=graduation)
    wrong = {name: errors[0] for name, errors in form.errors.items()}
    wrong |= {"q": form.q.errors[0]} if form.q.errors else {}
    return sought, {name: (form[name].data or "")[:most] for name, most in TYPED.items()}, wrong


def _links(sought: Sought) -> Callable[..., str]:
    """Makes the address of this list with other answers."""
    asked, endpoint = asked_by(sought), "market.graduation" if sought.graduation else "market.index"

    def to(**changed: str) -> str:
        answers = {name: value for name, value in (asked | changed).items() if value}
        return url_for(endpoint, **{name: value for name, value in answers.items() if (name, value) != USUAL})

    return to


def shape(name: str) -> str:
    """The icon that the operator named, or one that there is."""
    try:
        shapes.icon_drawn(name)
    except KeyError:
        return "tag"
    return name


# --- searches that tell of what is new ---------------------------------------------------------------


@bp.get("/market/searches")
@login_required
def searches() -> str:
    """The searches that tell me of what is new."""
    known = shelves()
    rows = [(each, Sought.from_dict(each.wanted)) for each in market.searches_of(current_user)]
    shown = [(each, told(sought, known), place_of(sought)) for each, sought in rows]
    return render_template("market/searches.html", rows=shown)


@bp.post("/market/searches")
@login_required
def save_search() -> Response:
    """Keep the search that the answers say, and go back to it."""
    known = shelves()
    form = SearchForm(request.form)
    sought = sought_in(form, known, graduation=request.form.get("graduation") == "1")
    try:
        if form.errors or form.q.errors:
            raise Refused(N_("请改一改上面的条件再试。"))
        market.save_search(by=me(), name=told(sought, known)[:NAME_MOST], wanted=sought.as_dict())
        flash(_("已订阅，有新的物品符合时会通知您"), "ok")
    except Refused as refused:
        flash(templating.sentence(refused), "error")
    return redirect(place_of(sought))


@bp.post("/market/searches/<int:search_id>/forget")
@login_required
def forget_search(search_id: int) -> Response:
    """Hear no more of it."""
    kept = SavedSearch.get_or_none(SavedSearch.id == search_id, SavedSearch.person == current_user.id) or abort(404)
    market.forget_search(kept.id, by=me())
    flash(_("已取消订阅"), "ok")
    return redirect(url_for("market.searches"))


# --- the rules ---------------------------------------------------------------------------------------


@bp.get("/market/rules")
def rules() -> str:
    """What may not be sold, where one meets safely, how many one may offer a day."""
    return render_template(
        "market/rules.html",
        banned=list(archive.without(BannedGoods.select()).order_by(BannedGoods.id)),
        places=shelves().places,
        levels=list(TrustLevel.select().order_by(TrustLevel.least_published)),
    )
