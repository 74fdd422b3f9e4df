"""Which supervision threads the demo lives through: words/threads.csv with what is said and done in them.

A moment is written as `0.4` (that part of the term), `5d` (so many working days ago, in office hours) or `3h`
(so many hours ago); where nothing is written, chance decides.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from demo.texts import rows
from hall import clock
from hall.promise import Calendar
from models import Thread

ANSWERED = "answered"  # once there is an official reply


@dataclass(frozen=True)
class Turn:
    """Something that somebody does to a thread: `more` is its code, department, method or score."""

    step: str
    who: str
    when: str
    more: str
    words: str


@dataclass(frozen=True)
class Answer:
    """An official reply. `promised` is in days after it, or `@-3` for three days ago; `kept` in days after that.

    With `sent_back` a moderator does not let it through, and says this.
    """

    when: str
    promised: str
    kept: str
    sent_back: str
    text: str
    measures: str


@dataclass(frozen=True)
class Remark:
    """A follow-up. `when` may also be ANSWERED; `fate` is "", waiting, sent_back or reported."""

    author: str
    when: str
    fate: str
    words: str


@dataclass
class Story:
    """One thread to come. With `stop` it stays in that state today.

    `author` is a number, or "" where the reporter of the repair order writes; `order` is the item of that order, or
    what is wrong with it (board.py).
    """

    key: str
    at: datetime
    kind: str
    department: str
    author: str
    shown: str
    supports: int
    stop: str
    order: str
    picture: str
    title: str
    text: str
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    thread: Thread | None = None

    def turn(self, step: str) -> Turn | None:
        """The next time that `step` is taken in this thread, if it still is; each is given once."""
        waiting = self.turns.get(step)
        return waiting.pop(0) if waiting else None


class Moments:
    """When something happens that words/*.csv give a moment for."""

    def __init__(self, rng: random.Random, begin: datetime, until: datetime) -> None:
        self.rng, self.begin, self.until = rng, begin, until
        self.calendar = Calendar()

    def at(self, said: str) -> datetime:
        """The moment (naive UTC) that `said` means."""
        if said.endswith("h"):
            ago = float(said[:-1])
            moment = self.until - timedelta(hours=ago)
            asleep = (31 - clock.local(moment).hour) % 24 if ago > 12 else 0
            return moment + timedelta(hours=asleep if asleep <= 8 else 0)
        if said.endswith("d"):
            day = self._working_days_ago(int(said[:-1]))
            hour = time(self.rng.randrange(9, 15), self.rng.randrange(60), self.rng.randrange(60))
            return clock.utc(datetime.combine(day, hour))
        moment = clock.local(self.begin + (self.until - self.begin) * float(said))
        return clock.utc(moment.replace(tzinfo=None, hour=self.rng.randrange(8, 22), minute=self.rng.randrange(60)))

    def _working_days_ago(self, days: int) -> date:
        day = clock.local(self.until).date()
        while days:
            day -= timedelta(days=1)
            days -= self.calendar.is_working_day(day)
        return day


def of_term(moments: Moments) -> Iterator[Story]:
    """The threads of the term and of today; one that belongs to another season is left out."""
    turns: dict[str, list[Turn]] = {}
    answers: dict[str, list[Answer]] = {}
    remarks: dict[str, list[Remark]] = {}
    for row in rows("turns"):
        turns.setdefault(row.pop("thread"), []).append(Turn(**row))
    for row in rows("replies"):
        answers.setdefault(row.pop("thread"), []).append(Answer(**row))
    for row in rows("comments"):
        remarks.setdefault(row.pop("thread"), []).append(Remark(**row))
    for row in rows("threads"):
        at, months, key = moments.at(row.pop("when")), row.pop("months").split(), row["key"]
        if months and str(clock.local(at).month) not in months:
            continue
        story = Story(**{**row, "at": at, "supports": int(row["supports"])})  # type: ignore[arg-type]
        for turn in turns.get(key, []):
            story.turns.setdefault(turn.step, []).append(turn)
        story.answers, story.remarks = answers.get(key, []), remarks.get(key, [])
        yield story
