"""How the open figures of a month are counted, so that no figure tells of one person (`requirements.md` 6).

What counts, in the months of the campus:

* **repair**: orders reported in the month (`cases`) with the time until a group accepted them (`responded`), but those
  that were withdrawn or merged into another; orders finished in the month (`done`) with the whole time since they were
  reported, nights and holds included; of these, those finished by the time that was promised (`kept` of `promised`)
  and the ratings they got (mean of the three marks, 1 to 5). An order that came back for rework counts once, by its
  last finish; one that is late counts as not kept in the month in which it is finished at last.
* **supervision**: threads that everybody can read and that are no part of another: disclosed in the month (`cases`,
  the time of review is `responded`), answered in the month (`done`, `kept` of `promised`), their authors' scores.
* **lost_found**, **market**: notices and listings that everybody can read, published in the month (`cases`), and of
  these what went home or was sold since (`done`).

Every sample is taken in lots, oldest first: a lot is a multiple of LEAST cases of at least LEAST people, and what does
not fill one is left out until it does. So a sample of fewer than LEAST is never there, and because every count is a
multiple of LEAST, no two figures (a campus and its buildings, a group and its only building, a page of an hour ago and
the same page now) differ by one to four cases: there is nothing to be had by subtraction. Where a case leaves a sample
later (it came back for rework, it was hidden), the next one takes its place in the lot.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import fmean, median
from typing import Any

import peewee

from hall import clock
from hall.repair_flow import DONE
from models import (
    Building,
    Department,
    Listing,
    MaintenanceGroup,
    PropertyNotice,
    Rating,
    RepairOrder,
    Thread,
    tuples,
)

# Under so many cases, or people, a figure would tell about single people, and say little.
LEAST = 5
# Rows that are read at a time; between two such reads others may write.
CHUNK = 2_000
NOT_COUNTED = ("withdrawn", "merged")
ALL = ("all", "")

Unit = tuple[str, str]  # scope and code, for instance ("building", "SN3")
Person = Any  # whatever tells two people apart
Entry = tuple[datetime, int, Person, float]  # when, id of the row (so that the order is always the same), who, value


@dataclass
class Tally:
    """The samples of a month by unit, not yet in lots; lengths are seconds."""

    came: dict[Unit, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    responded: dict[Unit, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    done: dict[Unit, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    promised: dict[Unit, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    marked: dict[Unit, list[Entry]] = field(default_factory=lambda: defaultdict(list))

    def figures(self) -> Iterator[dict[str, Any]]:
        """What is kept of them: one dict a unit with the columns of `MonthlyFigure`, no figure under LEAST."""
        for scope, code in sorted({*self.came, *self.responded, *self.done, *self.promised, *self.marked}):
            came, responded, done, promised, marked = (
                in_lots(sample.get((scope, code), ()))
                for sample in (self.came, self.responded, self.done, self.promised, self.marked)
            )
            if came or responded or done:
                yield {
                    "scope": scope,
                    "code": code,
                    "cases": len(came),
                    "responded": len(responded),
                    "respond_minutes": _median_minutes(responded),
                    "done": len(done),
                    "finish_minutes": _median_minutes(done),
                    "promised": len(promised),
                    "kept": int(sum(value for *_rest, value in promised)),
                    "marks": len(marked),
                    "rating": round(fmean(value for *_rest, value in marked), 1) if marked else None,
                }


def in_lots(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, oldest first, as far as they fill lots: multiples of LEAST cases of at least LEAST people each."""
    ordered = sorted(entries, key=lambda entry: entry[:2])
    whole, people = 0, set()
    for place, (_moment, _id, person, _value) in enumerate(ordered, 1):
        people.add(person)
        if place % LEAST == 0 and len(people) >= LEAST:
            whole, people = place, set()
    return ordered[:whole]


def _median_minutes(entries: list[Entry]) -> int | None:
    return round(median(value for *_rest, value in entries) / 60) if entries else None


def borders(month: date) -> tuple[datetime, datetime]:
    """When a month of the campus (its first day) begins and ends, as naive UTC."""
    following = (month + timedelta(days=31)).replace(day=1)
    starts, ends = (clock.utc(datetime.combine(day, time())) for day in (month, following))
    return starts, ends


def count(service: str, month: date) -> list[dict[str, Any]]:
    """The figures of a service for a month of the campus, as `Tally.figures` gives them."""
    tally = Tally()
    COUNTERS[service](tally, *borders(month))
    return list(tally.figures())


def _chunks(query: Any, moment: Any, starts: datetime, ends: datetime) -> Iterator[tuple[Any, ...]]:
    """The rows of `query`, which begin with `moment` and id, of a span of time: CHUNK at a time, by an index."""
    key, last, last_id = moment.model.id, starts, 0
    while True:
        beyond = (moment >= last) & (moment < ends) & ((moment > last) | (key > last_id))
        rows = tuples(query.where(beyond).order_by(moment, key).limit(CHUNK))
        yield from rows
        if len(rows) < CHUNK:
            return
        last, last_id = rows[-1][:2]


def _codes(model: Any) -> dict[int, str]:
    return dict(tuples(model.select(model.id, model.code)))


def _repairs(tally: Tally, starts: datetime, ends: datetime) -> None:
    order, buildings, groups = RepairOrder, _codes(Building), _codes(MaintenanceGroup)

    def units(building: int, group: int) -> list[Unit]:
        return [ALL, ("building", buildings.get(building, "")), ("group", groups.get(group, ""))]

    about = (order.reporter, order.caller, order.building, order.group)
    query = order.select(order.created, order.id, *about, order.responded).where(order.status.not_in(NOT_COUNTED))
    for created, key, reporter, caller, building, group, responded in _chunks(query, order.created, starts, ends):
        # Who phones is another person than the operator, who stands as the reporter of what they enter.
        who = (reporter, caller)
        for unit in units(building, group):
            tally.came[unit].append((created, key, who, 0))
            if responded is not None:
                tally.responded[unit].append((responded, key, who, _seconds(created, responded)))
    marks = (Rating.speed + Rating.quality + Rating.manner) / 3.0
    query = order.select(order.finished, order.id, *about, order.created, order.finish_due, Rating.created, marks)
    query = query.join(Rating, peewee.JOIN.LEFT_OUTER)
    seen: set[int] = set()
    # In the order in which an order goes through them, so that none that moves on meanwhile is missed.
    for status in DONE:
        for row in _chunks(query.where(order.status == status), order.finished, starts, ends):
            finished, key, reporter, caller, building, group, created, due, rated, mark = row
            if key in seen:
                continue
            seen.add(key)
            who = (reporter, caller)
            for unit in units(building, group):
                tally.done[unit].append((finished, key, who, _seconds(created, finished)))
                if due is not None:
                    tally.promised[unit].append((finished, key, who, finished <= due))
                if rated is not None:
                    tally.marked[unit].append((rated, key, who, float(mark)))


def _threads(tally: Tally, starts: datetime, ends: datetime) -> None:
    thread, departments = Thread, _codes(Department)

    def units(department: int | None, forwarded: datetime | None) -> list[Unit]:
        known = department is not None and forwarded is not None
        return [ALL, *([("department", departments.get(department or 0, ""))] if known else [])]

    shown = (thread.moderation == "published") & thread.main.is_null()
    about = (thread.author, thread.created, thread.department, thread.forwarded)
    query = thread.select(thread.published, thread.id, *about).where(shown)
    for published, key, author, created, department, forwarded in _chunks(query, thread.published, starts, ends):
        for unit in units(department, forwarded):
            tally.came[unit].append((published, key, author, 0))
            tally.responded[unit].append((published, key, author, _seconds(created, published)))
    query = thread.select(thread.answered, thread.id, *about, thread.due, thread.done, thread.score).where(shown)
    seen: set[int] = set()
    for status in ("answered", "done"):
        for row in _chunks(query.where(thread.status == status), thread.answered, starts, ends):
            answered, key, author, created, department, forwarded, due, done, score = row
            if key in seen:
                continue
            seen.add(key)
            for unit in units(department, forwarded):
                tally.done[unit].append((answered, key, author, _seconds(created, answered)))
                if due is not None:
                    tally.promised[unit].append((answered, key, author, answered <= due))
                if score is not None:
                    tally.marked[unit].append((done or answered, key, author, score))


def _notices(tally: Tally, starts: datetime, ends: datetime) -> None:
    notice, buildings = PropertyNotice, _codes(Building)
    columns = (notice.author, notice.receiver, notice.building, notice.status, notice.returned)
    query = notice.select(notice.published, notice.id, *columns).where(notice.moderation == "published")
    seen: set[int] = set()
    for kind in ("lost", "found"):
        for is_live in (True, False):
            some = query.where(notice.kind == kind, notice.is_live == is_live)
            for row in _chunks(some, notice.published, starts, ends):
                published, key, author, receiver, building, status, returned = row
                units = [ALL, *([("building", buildings.get(building, ""))] if building is not None else [])]
                # What is handed in at the desk stands under the name of who sits there.
                who = -key if author == receiver else author
                if key not in seen:
                    _ended(tally, units, (published, key, who), returned if status == "returned" else None)
                seen.add(key)


def _listings(tally: Tally, starts: datetime, ends: datetime) -> None:
    listing, seen = Listing, set()
    query = listing.select(listing.published, listing.id, listing.author, listing.status, listing.sold)
    for is_live in (True, False):
        some = query.where(listing.moderation == "published", listing.is_live == is_live)
        for published, key, author, status, sold in _chunks(some, listing.published, starts, ends):
            if key not in seen:
                _ended(tally, [ALL], (published, key, author), sold if status == "sold" else None)
            seen.add(key)


def _ended(tally: Tally, units: list[Unit], row: tuple[datetime, int, int], ended: datetime | None) -> None:
    """Something of a board, and when it came to its end."""
    published, key, author = row
    for unit in units:
        tally.came[unit].append((published, key, author, 0))
        if ended is not None:
            tally.done[unit].append((ended, key, author, _seconds(published, ended)))


def _seconds(starts: datetime, ends: datetime) -> float:
    return max((ends - starts).total_seconds(), 0)


COUNTERS: dict[str, Callable[[Tally, datetime, datetime], None]] = {
    "repair": _repairs,
    "supervision": _threads,
    "lost_found": _notices,
    "market": _listings,
}
