"""What everybody may know of somebody they would deal with: how often they did, how it was rated, what they let go."""

from dataclasses import dataclass
from typing import Any

from peewee import fn

from hall import clock
from hall.market_flow import days
from models import DealRating, Listing, Person, Reservation, tuples

COUNTED = 100  # "100+" says enough, and costs the same for a dealer as for a beginner

_SIDES = (Listing.author, Listing.reserved_for)


@dataclass(frozen=True)
class Standing:
    """`deals` done on either side, the mean `score` (1 to 5) of `answers` ratings, None where there is none,
    and `releases`: reservations that this person gave up. Each is counted up to COUNTED."""

    deals: int = 0
    score: float | None = None
    answers: int = 0
    releases: int = 0


def standing(person: Person) -> Standing:
    """What is known of `person` from the market. One bounded query."""
    # Each for itself: asked with OR, SQLite begins with all that was ever sold.
    sold = [Listing.select(Listing.id).where(own == person.id, Listing.status == "sold") for own in _SIDES]
    taken_back = Reservation.select(Reservation.id).join(Listing).where(Reservation.result == "seller")
    taken_back = taken_back.where(Listing.author == person.id, Listing.releases > 0)
    left = Reservation.select(Reservation.id).where(Reservation.buyer == person.id, Reservation.result == "buyer")
    parts: list[Any] = [*sold, taken_back, left]
    counts = [part.limit(COUNTED).select_from(fn.COUNT(1)) for part in parts]
    ratings = _ratings(person)
    known = ratings.select_from(fn.COUNT(1), fn.SUM(ratings.c.score), *counts)
    answers, total, offered, bought, taken, let_go = next(iter(tuples(known)))
    return Standing(
        deals=min(offered + bought, COUNTED),
        score=total / answers if answers else None,
        answers=answers,
        releases=min(taken + let_go, COUNTED),
    )


def _ratings(person: Person) -> Any:
    """The scores that `person` got and everybody may know of, the newest."""
    other = DealRating.alias()
    answered = other.select(other.id).where(other.listing == DealRating.listing, other.rater == person.id)
    old_enough = Listing.sold <= clock.now() - days("rating_days")
    query = DealRating.select(DealRating.score).join(Listing).where(DealRating.rated == person.id)
    return query.where(fn.EXISTS(answered) | old_enough).order_by(DealRating.id.desc()).limit(COUNTED)
