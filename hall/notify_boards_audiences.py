"""Who is concerned by an event of lost and found, of the market, or of a conversation about either.

Nobody is in an audience who may not see by then what the event is about.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from hall import events
from hall.lost_flow import is_kept
from hall.lost_matching import TELL
from hall.notify_decisions import Decision, author, persons, standing_before
from hall.saved_searches import searches_matching
from hall.talk_blocks import why_closed
from hall.talk_reading import Thing
from hall.telling import holders
from models import (
    Claim,
    Conversation,
    DealRating,
    Event,
    Favourite,
    Listing,
    Notification,
    Person,
    PropertyMatch,
    PropertyNotice,
)

# --- the market --------------------------------------------------------------------------------------


@dataclass
class Sale(Decision):
    """One event of a listing."""

    row: Listing

    @property
    def buyer_id(self) -> int | None:
        """For whom it is, or was, reserved."""
        buyer: int | None = self.event.details.get("buyer_id") or self.row.reserved_for_id
        return buyer

    @property
    def is_open(self) -> bool:
        """Whether everybody may read and have it."""
        return self.disclosed and bool(self.row.is_live)


def searchers(news: Sale) -> Iterable[Person]:
    """Those who have saved a search that a new listing fits."""
    if not news.is_open or not news.is_first:
        return []
    return [saved.person for saved in searches_matching(news.row)]


def _fans(news: Sale) -> Iterable[Person]:
    marked = Favourite.select(Favourite.person).where(Favourite.listing == news.row.id)
    return Person.select().where(Person.id.in_(marked))


def fans_of_a_bargain(news: Sale) -> Iterable[Person]:
    """Those who like it, where it has become cheaper and still costs that."""
    before, price = news.event.details["before_fen"], news.event.details["price_fen"]
    return _fans(news) if price < before and price == news.row.price_fen and news.is_open else []


def fans_who_missed_it(news: Sale) -> Iterable[Person]:
    return _fans(news) if news.disclosed else []


def buyer(news: Sale) -> Iterable[Person]:
    return persons(news.buyer_id)


def by_the_seller(news: Sale) -> bool:
    """Whether the seller keeps it for somebody, not a moderator who takes back in time that it was hidden."""
    return bool(news.event.actor_id == news.row.author_id)


def both_sides(news: Sale) -> Iterable[Person]:
    return persons(news.row.author_id, news.buyer_id)


def other_side(news: Sale) -> Iterable[Person]:
    """Of seller and buyer the one who did not do it."""
    return [person for person in both_sides(news) if person.id != news.event.actor_id]


def ended_by(*results: str) -> Callable[[Sale], bool]:
    """Whether a reservation ended by one of `results` (models.RESERVATION_RESULTS)."""
    return lambda news: news.event.details.get("result") in results


def both_rated(news: Sale) -> bool:
    rated: int = DealRating.select(DealRating.id).where(DealRating.listing == news.row.id).limit(2).count()
    return rated == 2


# --- lost and found ----------------------------------------------------------------------------------


@dataclass
class Find(Decision):
    """One event of a notice."""

    row: PropertyNotice

    @cached_property
    def claimant_id(self) -> int | None:
        """Whose claim the event is about."""
        claim = Claim.get_or_none(Claim.id == self.event.details.get("claim"))
        return claim.claimant_id if claim is not None else None

    @property
    def is_reviewed(self) -> bool:
        """Whether it has not been taken out of sight since."""
        return self.row.moderation in ("published", "private")


def card_owner(news: Find) -> Iterable[Person]:
    return persons(news.row.card_owner_id) if news.is_reviewed else []


def both_of_a_card(news: Find) -> bool:
    """Whether a lost notice has told whose card was found."""
    return bool(news.event.details.get("is_owner"))


def claimant(news: Find) -> Iterable[Person]:
    return persons(news.claimant_id)


def judges(news: Find) -> Iterable[Person]:
    """Who compares the answer and hands over: the desk where the thing lies there, else who found it."""
    return holders("property.judge") if is_kept(news.row) else author(news)


def finder(news: Find) -> Iterable[Person]:
    """Who found it, where not they but the desk has it."""
    return author(news) if is_kept(news.row) else []


def second_persons(news: Find) -> Iterable[Person]:
    """Who may check a disposal that somebody else has proposed."""
    return holders("property.dispose")


def likely_authors(news: Find) -> Iterable[Person]:
    """Who wrote the likeliest counterparts of what has just become public, as far as these are open."""
    if not news.disclosed or not news.row.is_live:
        return []
    last = standing_before(news.event, ["publish"])
    same = (Event.subject_type == news.event.subject_type) & (Event.subject_id == news.event.subject_id)
    matched = Event.select().where(same, Event.name == "match", Event.seq < news.event.seq)
    if last is not None:
        matched = matched.where(Event.seq > last.seq)
    return _authors_of([number for each in matched for number in each.details["told"]], news.row.author_id)


def _authors_of(numbers: list[str], but: int) -> Iterable[Person]:
    theirs = PropertyNotice.select(PropertyNotice.author).where(
        PropertyNotice.number.in_(numbers),
        PropertyNotice.is_live == True,  # noqa: E712
        PropertyNotice.author != but,
    )
    return Person.select().where(Person.id.in_(theirs)) if numbers else []


def likely_losers(news: Find) -> Iterable[Person]:
    """Who may have lost what is about to be disposed of."""
    likely = PropertyMatch.select(PropertyMatch.lost).where(
        PropertyMatch.found == news.row.id, PropertyMatch.score >= round(TELL * 1000)
    )
    theirs = PropertyNotice.select(PropertyNotice.author).where(
        PropertyNotice.id.in_(likely),
        PropertyNotice.is_live == True,  # noqa: E712
    )
    return Person.select().where(Person.id.in_(theirs)) if news.disclosed else []


def askers(news: Find) -> Iterable[Person]:
    """Those who have talked about it with its author."""
    about = (Conversation.subject_type == news.event.subject_type) & (Conversation.subject_id == news.row.id)
    return Person.select().where(Person.id.in_(Conversation.select(Conversation.starter).where(about)))


def is_lost(news: Find) -> bool:
    return bool(news.row.kind == "lost")


def is_found(news: Find) -> bool:
    return not is_lost(news)


def is_automatic(news: Find) -> bool:
    """Whether the system did it."""
    return news.event.actor_id is None


# --- conversations -----------------------------------------------------------------------------------


@dataclass
class Said:
    """One message of a conversation."""

    event: Event
    talk: Conversation
    thing: Thing


def listener(news: Said) -> Iterable[Person]:
    """The other one of the two, unless they have read it by now or still have to read what was told before.

    Nobody where the conversation was closed meanwhile.
    """
    is_owner = news.event.actor_id != news.talk.owner_id
    other_id, seen = (
        (news.talk.owner_id, news.talk.owner_read) if is_owner else (news.talk.starter_id, news.talk.starter_read)
    )
    if seen >= news.event.details["message"] or why_closed(news.talk):
        return []
    told = (
        Notification.select(Notification.id)
        .join(Event)
        .where(
            Notification.person == other_id,
            Notification.read.is_null(),
            Event.subject_type == events.subject_type(Conversation),
            Event.subject_id == news.talk.id,
        )
    )
    return [] if told.exists() else persons(other_id)
