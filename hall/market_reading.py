"""Reading the second-hand market for pages: the public list by key, one listing, what is like it, one's own.

For the public every row comes from `moderation_flow.disclosed`.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import peewee
from peewee import fn

from hall import access
from hall.board_search import holding
from hall.keyset import Pages, page_of
from hall.market_similar import similar
from hall.market_standing import Standing, standing
from hall.moderation_flow import disclosed
from hall.sql_text import Told, prepared, told
from hall.words import N_
from models import (
    Campus,
    Favourite,
    Listing,
    ListingCategory,
    Person,
    PriceChange,
    SafePlace,
)

__all__ = [
    "SORTS",
    "Sought",
    "Standing",
    "bought",
    "favourites",
    "find",
    "is_favourite",
    "mine",
    "narrowing",
    "newest",
    "page",
    "price_history",
    "similar",
    "standing",
    "told_page",
]

SORTS = [("newest", N_("最新发布")), ("cheap", N_("价格从低到高")), ("dear", N_("价格从高到低"))]
AT_MOST = 20
_OUTER = peewee.JOIN.LEFT_OUTER


@dataclass(frozen=True)
class Sought:
    """What somebody wants to see of the market; an empty answer wants everything.

    `category` is a code, `condition` one of CONDITIONS, `place` and `campus` are ids as text, prices in 分,
    `words` are already apart (board_search.words_of).
    """

    category: str = ""
    condition: str = ""
    place: str = ""
    campus: str = ""
    least_fen: int | None = None
    most_fen: int | None = None
    negotiable: bool = False
    graduation: bool = False
    sort: str = "newest"
    words: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The answers that were given, as JSON keeps them."""
        given = {name: value for name, value in asdict(self).items() if value != getattr(NOTHING, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """What `as_dict` kept; an answer that is not asked any more, or not of its kind, is left out."""
        known = {field.name for field in fields(cls)}
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
        }
        return cls(**{name: value for name, value in given.items() if name in known and _fits(name, value)})


NOTHING = Sought()
PRICES = ("least_fen", "most_fen")


def _fits(name: str, value: Any) -> bool:
    if name in PRICES:
        return type(value) is int
    if name == "words":
        return isinstance(value, tuple) and all(isinstance(word, str) for word in value)
    return type(value) is type(getattr(NOTHING, name))


def page(
    sought: Sought, *, after: str = "", limit: int = AT_MOST, read: Callable[[Any], list[Any]] = list
) -> tuple[list[Any], str]:
    """One page of the disclosed listings that can be had, with category and place, and the key of the next ("": none).

    With filters a page may be short, or even empty, and still have a next one (`keyset.page_of`). Two queries.
    `read` is `list` for the entities, `sql_text.told` for what the database says of them.
    """
    query = disclosed(Listing).where(Listing.is_live == True)  # noqa: E712
    few, narrowed = holding(Listing, sought.words, Listing.title, Listing.text)
    conditions = [*narrowed, *narrowing(sought)]
    if sought.sort == "newest":
        # As a sum, or SQLite goes by price, sorting all that the range holds, where it should go by time.
        conditions += _prices(sought, Listing.price_fen + 0)
    else:
        query = query.where(*_prices(sought, Listing.price_fen))
    columns, down = _order(sort=sought.sort)
    if few:  # where words have left few rows, every other answer is asked of these
        query, conditions = query.where(*few, *conditions), []
    query = _for_cards(query)
    return page_of(query, *columns, after=after, down=down, limit=limit, narrowed=conditions, read=read)


def told_page(sought: Sought, *, after: str = "", limit: int = AT_MOST) -> tuple[list[Told[Listing]], str]:
    """The same as the database says it; by SQL that stands ready where nothing else than an order is asked for."""
    if sought == Sought(sort=sought.sort):
        return _pages.page(after=after, limit=limit, sort=sought.sort)
    return page(sought, after=after, limit=limit, read=told)


def _order(*, sort: str) -> tuple[tuple[Any, ...], bool]:
    return (Listing.published if sort == "newest" else Listing.price_fen, Listing.id), sort != "cheap"


def _on_sale(**_shape: Any) -> Any:
    return _for_cards(disclosed(Listing).where(Listing.is_live == True))  # noqa: E712


_pages = Pages(_on_sale, _order)


def narrowing(sought: Sought) -> list[Any]:
    """The answers of `sought` but for price and words, as conditions that no index knows."""
    conditions = []
    if sought.category:
        of_code = ListingCategory.select(ListingCategory.id).where(ListingCategory.code == sought.category)
        conditions.append(Listing.category == of_code)
    if sought.condition:
        conditions.append(Listing.condition == sought.condition)
    if sought.place:
        conditions.append(Listing.place == _id(sought.place))
    if sought.campus:
        there = SafePlace.select(SafePlace.id).where(SafePlace.campus == _id(sought.campus))
        conditions.append(Listing.place.in_(there))
    if sought.negotiable:
        conditions.append(Listing.is_negotiable == True)  # noqa: E712
    if sought.graduation:
        conditions.append(Listing.is_graduation == True)  # noqa: E712
    return conditions


def _prices(sought: Sought, price: Any) -> list[Any]:
    conditions = []
    if sought.least_fen is not None:
        conditions.append(price >= sought.least_fen)
    if sought.most_fen is not None:
        conditions.append(price <= sought.most_fen)
    return conditions


def _id(said: str) -> int:
    """An id out of an address; 0, which is nobody's, for anything else."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _for_cards(query: Any) -> Any:
    """What a card of the public list shows; joined outside, or a database might begin with the places."""
    # fmt: off
    columns: list[Any] = [
        Listing.id, Listing.number, Listing.status, Listing.is_live, Listing.moderation, Listing.title,
        Listing.condition, Listing.price_fen, Listing.is_negotiable, Listing.place, Listing.photos, Listing.published,
        Listing.favourites, SafePlace.id, SafePlace.name,
    ]
    # fmt: on
    return query.select(*columns).join_from(Listing, SafePlace, _OUTER)


def _for_lists(query: Any) -> Any:
    """What a list of one's own shows."""
    # fmt: off
    columns: list[Any] = [
        Listing.id, Listing.number, Listing.status, Listing.is_live, Listing.moderation, Listing.title, Listing.text,
        Listing.category, Listing.condition, Listing.price_fen, Listing.is_negotiable, Listing.place,
        Listing.is_graduation, Listing.photos, Listing.published, Listing.created, Listing.expires,
        Listing.reserved_for, Listing.reserved_until, Listing.sold, Listing.favourites, Listing.author,
        Listing.version, Listing.seller_confirmed, Listing.buyer_confirmed,
    ]
    # fmt: on
    query = query.select(*columns, ListingCategory, SafePlace).join_from(Listing, ListingCategory, _OUTER)
    return query.join_from(Listing, SafePlace, _OUTER)


def newest(limit: int = 4) -> list[Listing]:
    """The disclosed listings that were published last and can be had, for the front page."""
    return _newest(limit)


@prepared
def _newest(limit: Any) -> Any:
    return _on_sale().order_by(Listing.published.desc(), Listing.id.desc()).limit(limit)


def find(person: Person | None, number: str) -> Listing | None:
    """The listing with `number` if it is public or `person` may see it, with the rows that its page shows."""
    wanted = number[:20].upper()
    found: Listing | None = next(iter(_public(wanted)), None)
    if found is not None or person is None:
        return found
    hidden: Listing | None = _whole(access.visible(person, Listing).where(Listing.number == wanted)).first()
    return hidden


@prepared
def _public(number: Any) -> Any:
    return _whole(disclosed(Listing).where(Listing.number == number)).limit(1)


_PEOPLE = Person.alias(), Person.alias()


def _whole(query: Any) -> Any:
    author, buyer = _PEOPLE
    query = query.select(Listing, author, buyer, ListingCategory, SafePlace, Campus)
    query = query.join_from(Listing, author, _OUTER, on=(Listing.author == author.id), attr="author")
    query = query.join_from(Listing, buyer, _OUTER, on=(Listing.reserved_for == buyer.id), attr="reserved_for")
    query = query.join_from(Listing, ListingCategory, _OUTER).join_from(Listing, SafePlace, _OUTER)
    return query.join_from(SafePlace, Campus, _OUTER)


def price_history(listing: Listing) -> list[PriceChange]:
    """How the price went, oldest change first."""
    changes = PriceChange.select().where(PriceChange.listing == listing.id).order_by(PriceChange.id.desc()).limit(20)
    return list(changes)[::-1]


# --- one's own ---------------------------------------------------------------------------------------


def favourites(person: Person, after: str = "", *, limit: int = AT_MOST) -> tuple[list[Listing], str]:
    """What `person` keeps an eye on and everybody may still see, sold or not, latest mark first; the next key."""
    shown = disclosed(Listing).select(Listing.id).where(Listing.id == Favourite.listing)
    query = Favourite.select(Favourite, Listing, ListingCategory, SafePlace).join(Listing)
    query = query.join_from(Listing, ListingCategory, _OUTER).join_from(Listing, SafePlace, _OUTER)
    query = query.where(Favourite.person == person.id, fn.EXISTS(shown))
    rows, following = page_of(query, Favourite.id, after=after, limit=limit)
    return [row.listing for row in rows], following


def is_favourite(person: Person | None, listing: Listing) -> bool:
    """Whether `person` keeps an eye on `listing`."""
    if person is None:
        return False
    marks = Favourite.select().where(Favourite.listing == listing.id, Favourite.person == person.id)
    return bool(marks.exists())


def mine(person: Person, before: int | None = None, *, limit: int = AT_MOST) -> tuple[list[Listing], int | None]:
    """What `person` offers or offered, in whatever state, newest first, and the next `before` (None: none)."""
    return _own(Listing.author == person.id, before, limit)


def bought(person: Person, before: int | None = None, *, limit: int = AT_MOST) -> tuple[list[Listing], int | None]:
    """What is reserved for `person` or was sold to them, newest first, and the next `before` (None: none)."""
    return _own(Listing.reserved_for == person.id, before, limit)


def _own(whose: Any, before: int | None, limit: int) -> tuple[list[Listing], int | None]:
    query = _for_lists(Listing.select()).where(whose)
    if before is not None:
        query = query.where(Listing.id < before)
    rows = list(query.order_by(Listing.id.desc()).limit(limit + 1))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
