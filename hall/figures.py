"""What the hall says of itself in public: aggregates only (`requirements.md` 6), never one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import fmean, median
from typing import Any

from peewee import Value

from hall import clock
from models import Rating, RepairOrder, tuples

# The newest rows of the month that are looked at: enough for a median, at 5 ms for the page that everybody opens.
SAMPLE = 300
# Under so many cases a figure would tell about single people, and say little.
LEAST = 5
_NAMES = ("created", "responded", "finished", "finish_due", "marks")


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
    """How orders and ratings of this campus month went, from one bounded query."""
    starts = clock.utc(datetime.combine(clock.today().replace(day=1), time()))
    orders, marks = _since(starts)
    took = [finished - created for created, _, finished, _ in orders if finished]
    in_time = [finished <= due for _, _, finished, due in orders if finished and due]
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


def _since(starts: datetime) -> tuple[list[Any], list[float]]:
    """(created, responded, finished, promised) of the newest orders since `starts`, and the mean marks of ratings."""
    said = (RepairOrder.responded, RepairOrder.finished, RepairOrder.finish_due, Value(0))
    orders = _five(RepairOrder, *said).where(RepairOrder.created >= starts).order_by(RepairOrder.created.desc())
    orders = orders.limit(SAMPLE)
    # By id and not by `created`, which has no index: the newest rows are read, the older of them dropped.
    marks = Rating.speed + Rating.quality + Rating.manner
    ratings = _five(Rating, *[Rating.created] * 3, marks).order_by(Rating.id.desc()).limit(SAMPLE)
    # SQLite has no limit inside a union but around a select of its own.
    both = [part.select_from(*(part.c[name] for name in _NAMES)) for part in (orders, ratings)]
    rows = [(*map(RepairOrder.created.python_value, row[:4]), row[4]) for row in tuples(both[0].union_all(both[1]))]
    return [row[:4] for row in rows if not row[4]], [row[4] / 3 for row in rows if row[4] and row[0] >= starts]


def _five(model: Any, *columns: Any) -> Any:
    named = [column.alias(name) for column, name in zip((model.created, *columns), _NAMES, strict=True)]
    return model.select(*named)


def _median(lengths: Sequence[timedelta]) -> timedelta | None:
    if len(lengths) < LEAST:
        return None
    return timedelta(seconds=median(length.total_seconds() for length in lengths))
