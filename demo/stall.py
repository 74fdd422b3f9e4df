"""The second-hand market of the demo: what is offered, asked about, reserved, sold and rated (words/listings.csv)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from demo.board import gently
from demo.steps import Life, Over
from demo.texts import rows
from demo.things import SEED, Act, Thing, Things, shown
from demo.threads import Turn
from hall import clock, market, settings
from hall.market_reading import Sought
from models import Listing, ListingCategory, Person, SafePlace

if TYPE_CHECKING:
    from demo.term import Term

FEN = 100


def prepare(term: "Term") -> None:
    """Let everything happen on the market of `term` that will happen there."""
    board = Things(term, SEED, ("listings", "deals", "listing"), ACTS)
    board.begin(_offered)
    for row in rows("searches"):
        term.add(board.moments.at(row["when"]), gently(_searched(board.person(row["person"]), row)))


def _offered(board: Things, thing: Thing) -> Listing:
    said, more = thing.said, thing.said["more"].split()
    return market.offer(
        by=board.person(said["seller"]),
        title=said["title"],
        text=said["text"],
        category=ListingCategory.get(ListingCategory.code == said["category"]),
        condition=said["condition"],
        price_fen=int(said["price"]) * FEN,
        place=SafePlace.get(SafePlace.name == said["place"]),
        is_negotiable="negotiable" in more,
        is_graduation="graduation" in more,
        photos=shown(thing),
    )


def _liked(board: Things, thing: Thing, turn: Turn) -> None:
    """From its publication on people mark it, as many as its line says."""
    hearts = int(thing.said.pop("hearts", 0))
    others = [person for person in board.readers if person.id != thing.row.author_id]
    crowd = board.rng.sample(others, hearts)
    half = (hearts + 1) // 2
    for some, low, high in ((crowd[:half], 0.2, 8), (crowd[half:], 9, 70)):
        if some:
            board.term.add(board.hours(low, high), gently(_marked(thing, some)))


def _marked(thing: Thing, crowd: list[Person]) -> Life:
    for person in crowd:
        market.favourite(thing.row, by=person)
    yield from ()


def _favoured(board: Things, thing: Thing, turn: Turn) -> None:
    market.favourite(thing.fresh, by=board.person(turn.who))


def _priced(board: Things, thing: Thing, turn: Turn) -> None:
    market.change_price(thing.fresh, by=thing.row.author, price_fen=int(turn.more) * FEN)


def _reserved(board: Things, thing: Thing, turn: Turn) -> None:
    market.reserve(thing.fresh, by=thing.row.author, buyer=board.person(turn.who))


def _released(board: Things, thing: Thing, turn: Turn) -> None:
    if thing.fresh.status != "reserved":
        raise Over  # the time for it was up before
    market.release(thing.fresh, by=board.who(thing, turn), reason=turn.words)


def _timed_out(board: Things, thing: Thing, turn: Turn) -> Life:
    """Nobody comes for it; the timetable releases it."""
    yield clock.now() + timedelta(hours=settings.value("market.reserved_hours") + 30)


def _confirmed(board: Things, thing: Thing, turn: Turn) -> None:
    market.confirm(thing.fresh, by=board.who(thing, turn))


def _sold(board: Things, thing: Thing, turn: Turn) -> Life:
    """It changes hands: one says so, and then the other."""
    listing = thing.fresh
    both = [listing.author, listing.reserved_for]
    board.rng.shuffle(both)
    market.confirm(listing, by=both[0])
    yield board.then("", 0.05, 5)
    market.confirm(thing.fresh, by=both[1])


def _rated(board: Things, thing: Thing, turn: Turn) -> None:
    market.rate(thing.fresh, by=board.who(thing, turn), score=int(turn.more), text=turn.words)


def _taken_down(board: Things, thing: Thing, turn: Turn) -> None:
    market.take_down(thing.fresh, by=thing.row.author)


def _put_back(board: Things, thing: Thing, turn: Turn) -> None:
    market.put_back(thing.fresh, by=thing.row.author)


def _renewed(board: Things, thing: Thing, turn: Turn) -> Life:
    """The seller presses the button that the reminder brings."""
    expires: datetime = thing.fresh.expires
    yield expires - timedelta(days=1, hours=board.rng.randrange(36))
    market.renew(thing.fresh, by=thing.row.author)


def _searched(person: Person, row: dict[str, str]) -> Life:
    most = int(row["most"]) * FEN if row["most"] else None
    wanted = Sought(
        category=row["category"], most_fen=most, negotiable=bool(row["negotiable"]), words=tuple(row["words"].split())
    )
    market.save_search(by=person, name=row["name"], wanted=wanted.as_dict())
    yield from ()


ACTS: dict[str, Act] = {
    "published": _liked, "favourite": _favoured, "price": _priced, "reserve": _reserved, "release": _released,
    "timeout": _timed_out, "confirm": _confirmed, "deal": _sold, "rate": _rated, "take_down": _taken_down,
    "put_back": _put_back, "renew": _renewed,
}  # fmt: skip
