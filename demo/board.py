"""What every board of the demo shares: its people, its clock, and how a moderator decides."""

import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.steps import Life, Over
from demo.threads import Moments, Story, of_term
from hall import clock, moderation, sensitive
from hall.words import Refused
from models import Department, Grant, Moderated, Person, Thread

if TYPE_CHECKING:
    from demo.term import Term

SEED = 20_260_902


class Board:
    """What every life on it needs beside the term: a chance of its own, so that all others stay as they are; people."""

    def __init__(self, term: "Term", seed: int = SEED) -> None:
        self.term, self.rng = term, random.Random(seed)
        self.moments = Moments(self.rng, term.begin, term.until)
        self.departments = {row.code: row for row in Department.select()}
        self.moderators: list[Person] = []
        self.handlers: dict[str, Person] = {}
        self.keepers: list[Person] = []  # of lost property
        for grant in Grant.select(Grant, Person).join(Person).order_by(Grant.id):
            if grant.role == "moderator":
                self.moderators.append(grant.person)
            elif grant.role == "handler":
                self.handlers.setdefault(grant.scope, grant.person)
            elif grant.role == "lost_property_desk":
                self.keepers.append(grant.person)
        busy = {person.id for person in [*self.moderators, *self.handlers.values()]}
        self.readers = [p for p in [*term.cast.students, *term.cast.staff] if p.id not in busy]

    def person(self, number: str) -> Person:
        return self.term.cast.by_number[number]

    def moderator(self, row: Moderated, *, but: str = "") -> Person:
        """Who reviews `row`: nobody reviews what they wrote."""
        return self.rng.choice([p for p in self.moderators if p.id != row.author_id and p.number != but])

    def hours(self, low: float, high: float, *, at_work: bool = False) -> datetime:
        """A moment between `low` and `high` hours from now, of service or awake, well before the end."""
        calendar, rng, now = self.term.calendar, self.rng, clock.now()
        if at_work:
            moment = calendar.add(now, int(60 * rng.uniform(low, high)))
        else:
            moment = now + timedelta(hours=rng.uniform(low, high))
            hour = clock.local(moment).hour
            moment += timedelta(hours=(31 - hour) % 24) if not 7 <= hour < 23 else timedelta()
        return min(moment, now + (self.term.until - now) * rng.uniform(0.3, 0.6))

    def then(self, when: str, low: float, high: float, *, at_work: bool = False) -> datetime:
        """The moment that the words name, or else one between `low` and `high` hours from now; never in the past."""
        if not when:
            return self.hours(low, high, at_work=at_work)
        return max(self.moments.at(when), clock.now() + timedelta(minutes=1))

    def soon(self, when: str = "") -> datetime:
        """When a moderator comes to what was just handed in."""
        return self.then(when, 0.2, 2.5, at_work=True)


class ThreadBoard(Board):
    """The supervision board, with all that will be posted there."""

    def __init__(self, term: "Term") -> None:
        super().__init__(term)
        self.stories = {story.key: story for story in of_term(self.moments)}
        self.told_of: set[int] = set()  # orders that a thread is about already


def gently(life: Life) -> Life:
    """`life`, over where it comes to its end or somebody else was faster."""
    try:
        yield from life
    except Over:
        return
    except Refused as refused:
        if not refused.stale:
            raise


def known(story: Story) -> Thread:
    return Thread.get_by_id(story.thread.id)  # type: ignore[union-attr]


def stay(story: Story, state: str) -> None:
    if story.stop == state:
        raise Over


def decide(board: Board, row: Moderated, decision: str, *, by: Person | None = None, **answers: Any) -> Any:
    """Decide on what waits of `row`; what shows it covers personal data and the words that are masked."""
    waiting = moderation.proposal(row)
    if waiting is None:
        raise Over
    if decision in ("publish", "keep_private"):
        found = sensitive.marks(waiting.content)
        covered = [(m.column, m.start, m.end) for m in found if m.kind != "word" or m.action == "mask"]
        answers["masks"] = covered if decision == "publish" else []
    by = by or board.moderator(row)
    return moderation.decide(row, decision, by=by, submission=waiting.id, version=waiting.version, **answers)
