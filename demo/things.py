"""What lost and found and the market of the demo live through: a thing from words/*.csv, and what is done with it.

`listings.csv` and `notices.csv` have the things, `deals.csv` and `finds.csv` what happens to them, in that order. How
a moment is written stands in `threads.py`; where none is written, chance decides. A moderator comes by himself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo import goods
from demo.board import Board, decide, gently
from demo.steps import Life, Over
from demo.texts import rows
from demo.threads import Moments, Turn
from hall import clock, conversations, moderation
from models import Moderated, Person

if TYPE_CHECKING:
    from demo.term import Term

SEED = 20_260_903
MOST_DAYS = 83
# How many hours pass before a turn for which no moment is written, and whether they are of service.
SPANS: dict[str, tuple[float, float, bool]] = {
    "send_back": (0.3, 4, True), "reject": (0.3, 4, True), "hide": (1, 8, True), "keep": (1, 8, True),
    "publish": (0.3, 3, True), "resubmit": (1, 20, False), "appeal": (2, 20, False), "edit": (2, 40, False),
    "withdraw": (5, 60, False), "report": (4, 60, False), "ask": (1, 30, False), "favourite": (0.5, 5, False),
    "price": (30, 110, False), "reserve": (0.3, 6, False), "release": (8, 40, False), "deal": (3, 40, False),
    "rate": (2, 50, False), "take_down": (10, 50, False), "put_back": (10, 50, False), "hand_in": (1, 9, True),
    "claim": (3, 60, False),
    "accept": (0.5, 6, True), "deny": (0.5, 6, True), "hand_over": (2, 30, False), "wrong_code": (1, 20, False),
    "renew_code": (0.1, 1, False), "give_up": (2, 20, False), "found_it": (10, 90, False), "dispose": (2, 12, True),
    "propose": (0.5, 9, True),
}  # fmt: skip
# What is done before, or in place of, a first publication.
UNPUBLISHED = ("send_back", "resubmit", "reject", "appeal", "withdraw", "publish", "register")


@dataclass
class Thing:
    """A listing or a notice to come: what its line says, what happens to it, and its row once it is there."""

    key: str
    at: datetime
    said: dict[str, str]
    turns: list[Turn] = field(default_factory=list)
    row: Any = None

    @property
    def fresh(self) -> Any:
        """The row as it is now."""
        return type(self.row).get_by_id(self.row.id)


Act = Callable[["Things", Thing, Turn], "Life | None"]


class Things(Board):
    """The board of one kind of things: all of them by name, and what can be done with them."""

    def __init__(self, term: "Term", seed: int, names: tuple[str, str, str], acts: dict[str, Act]) -> None:
        super().__init__(term, seed)
        # What is offered for thirty days would all be over in the lists of a longer term.
        self.moments = Moments(self.rng, max(term.begin, term.until - timedelta(days=MOST_DAYS)), term.until)
        things, turns, key = names
        self.acts = REVIEW | acts
        self.all = {thing.key: thing for thing in self._read(things, turns, key)}

    def _read(self, things: str, turns: str, key: str) -> Iterator[Thing]:
        done: dict[str, list[Turn]] = {}
        for row in rows(turns):
            done.setdefault(row.pop(key), []).append(Turn(**row))
        for row in rows(things):
            at, months = self.moments.at(row.pop("when")), row.pop("months", "").split()
            if not months or str(clock.local(at).month) in months:
                yield Thing(row["key"], at, row, done.get(row["key"], []))

    def begin(self, post: Callable[["Things", Thing], Any]) -> None:
        """Let all of it happen, each thing from its moment on; `post` brings it to the board."""
        for thing in self.all.values():
            self.term.add(thing.at, gently(_live(self, thing, post)))

    def who(self, thing: Thing, turn: Turn) -> Person:
        """Who takes a turn: its author where it names nobody."""
        return self.person(turn.who) if turn.who else thing.row.author


def _live(board: Things, thing: Thing, post: Callable[[Things, Thing], Any]) -> Life:
    thing.row = post(board, thing)
    for turn in thing.turns:
        if turn.step not in UNPUBLISHED:
            yield from _published(board, thing)
        if turn.step in SPANS:
            low, high, at_work = SPANS[turn.step]
            yield board.then(turn.when, low, high, at_work=at_work)
        if turn.step in board.acts:
            yield from board.acts[turn.step](board, thing, turn) or ()
    yield from _published(board, thing)


def _published(board: Things, thing: Thing) -> Life:
    if thing.fresh.moderation == "pending" and thing.said["stop"] != "pending":
        yield board.soon()
        judge(board, thing.fresh, "publish")
    if thing.fresh.moderation == "published" and (begins := board.acts.get("published")):
        begins(board, thing, Turn("published", "", "", "", ""))


def shown(thing: Thing) -> list[Any]:
    """Its photos, ready to be attached."""
    return [goods.photo(name) for name in thing.said["pictures"].split("|") if name]


# --- the review --------------------------------------------------------------------------------------


def judge(board: Board, row: Moderated, decision: str, **answers: Any) -> None:
    """Decide on what waits of `row`, by a moderator who may."""
    waiting = moderation.proposal(row)
    if waiting is None:
        raise Over
    free = [p for p in board.moderators if p.id not in (row.author_id, waiting.barred_id)]
    decide(board, row, decision, by=board.rng.choice(free), **answers)


def _judged(board: Things, thing: Thing, turn: Turn) -> None:
    coded = {"code": turn.more} if turn.step in ("send_back", "reject", "hide") else {}
    note = {"note": turn.words} if turn.step != "publish" else {}
    judge(board, thing.fresh, turn.step, **coded, **note)


def _content(row: Moderated, text: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.reviewed if name != "photos"} | {"text": text}


def _resubmitted(board: Things, thing: Thing, turn: Turn) -> None:
    row = thing.fresh
    moderation.resubmit(row, by=row.author, content=_content(row, turn.words))


def _edited(board: Things, thing: Thing, turn: Turn) -> None:
    row = thing.fresh
    moderation.edit(row, by=row.author, content=_content(row, turn.words))


def _appealed(board: Things, thing: Thing, turn: Turn) -> None:
    moderation.appeal(thing.fresh, by=thing.row.author, words=turn.words)


def _withdrawn(board: Things, thing: Thing, turn: Turn) -> None:
    moderation.withdraw(thing.fresh, by=thing.row.author)


def _reported(board: Things, thing: Thing, turn: Turn) -> None:
    moderation.report(thing.fresh, by=board.person(turn.who), code=turn.more, note=turn.words)


# --- talk --------------------------------------------------------------------------------------------


def _asked(board: Things, thing: Thing, turn: Turn) -> Life:
    """Somebody asks, and the two answer each other in turn; what was said long ago has been read."""
    asking, author = board.person(turn.who), thing.row.author
    lines = turn.words.split("|")
    talk = conversations.start(thing.fresh, by=asking, text=lines[0])
    for at, line in enumerate(lines[1:]):
        yield board.then("", 0.05, 0.6)
        speaker = asking if at % 2 else author
        conversations.say(talk, by=speaker, text=line)
        conversations.read(talk, by=speaker)
    if board.term.until - clock.now() > timedelta(hours=6):
        for person in (asking, author):
            conversations.read(talk, by=person)


REVIEW: dict[str, Act] = {
    "publish": _judged, "send_back": _judged, "reject": _judged, "hide": _judged, "keep": _judged,
    "resubmit": _resubmitted, "edit": _edited, "appeal": _appealed, "withdraw": _withdrawn, "report": _reported,
    "ask": _asked,
}  # fmt: skip
