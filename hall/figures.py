"""What the hall says of itself in public: aggregates only (`requirements.md` 6), never one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import fmean, median
from typing import Any

from hall import clock
from models import Rating, RepairOrder

# The newest rows of the month that are looked at: enough for a median, at 5 ms for the page that everybody opens.
SAMPLE = 300
# Under so many cases a figure would tell about single people, and say little.
LEAST = 5


@dataclass(frozen=True)
class Month:
    """The promises of a month; each figure is None under LEAST cases.

    `capped` says that only the newest SAMPLE orders were looked at, `ratings_capped` the same of the ratings.
    """

    respond: timedelta | None
    finish: timedelta | None
    finished: int
    kept: float | None  # share of the finished that kept their promised time, 0 to 1
    rating: float | None  # mean of the three marks, 1 to 5
    ratings: int
    capped: bool
    ratings_capped: bool

    @property
    def is_empty(self) -> bool:
        return self.respond is None and self.finish is None and self.rating is None


def this_month() -> Month:
    """How orders and ratings of this campus month went, from two bounded queries."""
    starts = clock.utc(datetime.combine(clock.today().replace(day=1), time()))
    orders = _orders_since(starts)
    took = [finished - created for created, _, finished, _ in orders if finished]
    in_time = [finished <= due for _, _, finished, due in orders if finished and due]
    marks = _marks_since(starts)
    return Month(
        respond=_median([responded - created for created, responded, _, _ in orders if responded]),
        finish=_median(took),
        finished=len(took),
        kept=fmean(in_time) if len(in_time) >= LEAST else None,
        rating=fmean(marks) if len(marks) >= LEAST else None,
        ratings=len(marks),
        capped=len(orders) == SAMPLE,
        ratings_capped=len(marks) == SAMPLE,
    )


def _orders_since(starts: datetime) -> list[Any]:
    """(created, responded, finished, promised) of the newest orders since `starts`."""
    columns = (RepairOrder.created, RepairOrder.responded, RepairOrder.finished, RepairOrder.finish_due)
    query = RepairOrder.select(*columns).where(RepairOrder.created >= starts)
    return list(query.order_by(RepairOrder.created.desc()).limit(SAMPLE).tuples())


def _marks_since(starts: datetime) -> list[float]:
    """The mean mark of each of the newest ratings since `starts`."""
    # By id and not by `created`, which has no index: the newest rows are read, the older of them dropped.
    columns = (Rating.created, Rating.speed, Rating.quality, Rating.manner)
    newest: Any = Rating.select(*columns).order_by(Rating.id.desc()).limit(SAMPLE).tuples()
    return [(speed + quality + manner) / 3 for created, speed, quality, manner in newest if created >= starts]


def _median(lengths: Sequence[timedelta]) -> timedelta | None:
    if len(lengths) < LEAST:
        return None
    return timedelta(seconds=median(length.total_seconds() for length in lengths))
