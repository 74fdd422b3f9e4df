"""The clock of the demo: orders, threads and things live side by side, and each verb is called at its own moment."""

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from demo import bookings, finds, scenes, stall, thread_lives
from demo.cast import Cast
from demo.lives import live
from hall import applications, clock, events, lost_found, market, notify, repairs, supervision
from hall.promise import Calendar
from hall.words import Refused
from models import Notification, Person

SEED = 20_260_901
Life = Iterator[datetime]


class Term:
    """What every life needs: chance, the cast, the calendar and the other lives.

    A life is a generator that calls verbs and yields the moment at which it goes on.
    """

    def __init__(self, begin: datetime, until: datetime) -> None:
        self.begin, self.until = begin, until
        self.rng = random.Random(SEED)
        self.cast = Cast(self.rng)
        self.calendar = Calendar()
        self.refused: list[Refused] = []
        self._waiting: list[tuple[datetime, int, Life]] = []
        self._count = itertools.count()

    def add(self, moment: datetime, life: Life) -> None:
        """Let `life` begin at `moment`."""
        heapq.heappush(self._waiting, (moment, next(self._count), life))

    def run(self, until: datetime) -> None:
        """Live until then; who waits for something later is left as they are."""
        while self._waiting and self._waiting[0][0] <= until:
            moment, _, life = heapq.heappop(self._waiting)
            with clock.at(moment):
                try:
                    goes_on = next(life, None)
                except Refused as refused:  # as in life: who is refused lets it be
                    self.refused.append(refused)
                    continue
            if goes_on:
                self.add(goes_on, life)

    def work(self, low: float, high: float) -> datetime:
        """A moment after between `low` and `high` hours of service."""
        return self.calendar.add(clock.now(), int(60 * self.rng.uniform(low, high)))

    def wake(self, low: float, high: float) -> datetime:
        """A moment between `low` and `high` hours from now at which people are awake."""
        moment = clock.now() + timedelta(hours=self.rng.uniform(low, high))
        hour = clock.local(moment).hour
        return moment if 7 <= hour < 23 else moment + timedelta(hours=(31 - hour) % 24 + self.rng.uniform(0, 2))

    def towards_the_end(self) -> datetime:
        """Part of the way to the end: with this, a life of today gets where it has to be in any hour."""
        moment = clock.now() + (self.until - clock.now()) * self.rng.uniform(0.2, 0.45)
        asleep = timedelta(hours=max(0, 7 - clock.local(moment).hour), minutes=self.rng.randrange(60))
        return moment + asleep if asleep.seconds >= 3600 and moment + asleep < self.until - asleep / 2 else moment


def prepare(begin: datetime, until: datetime) -> Term:
    """A term from `begin` to `until` (naive UTC) with everything that will happen in it."""
    term = Term(begin, until)
    every = [
        *scenes.by_chance(term.rng, term.cast, begin, until - timedelta(hours=6)),
        *scenes.of_today(term.rng, term.cast, until),
    ]
    for scene in every:
        term.add(scene.at, live(term, scene))
    for board in (thread_lives, stall, finds, bookings):
        board.prepare(term)
    term.add(begin, _timetable(until))
    term.add(until - timedelta(hours=6), _everybody_reads())
    return term


def live_through(begin: datetime, until: datetime, progress: Callable[[int, int, str], object] | None = None) -> Term:
    """Call the verbs of a whole term from `begin` to `until` (naive UTC), and return it."""
    term = prepare(begin, until)
    for percent in range(1, 101):
        term.run(begin + (until - begin) * (percent / 100))
        if progress:
            progress(percent, 100, "报修单、监督帖和两个集市")
    day = clock.local(begin).date() - timedelta(days=3)
    while day < clock.local(until).date():
        events.seal(day)
        day += timedelta(days=1)
    return term


def _timetable(until: datetime) -> Life:
    """What jobs.py does; less often than there, until it matters how many minutes a message is old."""
    for turn in itertools.count():
        if clock.now() >= until:
            break
        repairs.run_timers()
        applications.run_timers()
        if turn % 4 == 0:  # their promises end with a day
            supervision.run_timers()
            lost_found.run_timers()
            market.run_timers()
        while notify.announce():
            pass
        recent = until - clock.now() < timedelta(days=2)
        yield min(until, clock.now() + timedelta(minutes=15 if recent else 360))
    while notify.announce():
        pass


def _everybody_reads() -> Life:
    for person in Person.select().where(Person.id.in_(Notification.select(Notification.person))):
        notify.mark_read(person)
    yield from ()
