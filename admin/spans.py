"""Days by words, as people say them above a list: today, this week, the last 30 days; all in days of the campus."""

from collections.abc import Callable
from datetime import date, timedelta

from hall import clock
from hall.words import N_

DAY = timedelta(days=1)

# What an address says → how people say it.
WORDS = {
    "today": N_("今天"),
    "yesterday": N_("昨天"),
    "this_week": N_("本周"),
    "last_week": N_("上周"),
    "this_month": N_("本月"),
    "last_month": N_("上月"),
    "last_7": N_("最近 7 天"),
    "last_30": N_("最近 30 天"),
    "next_7": N_("未来 7 天"),
    "past": N_("今天以前"),
}
EARLIEST = date(1900, 1, 1)


def span(word: str) -> tuple[date, date]:
    """The first day that a word of WORDS means and the day after its last; raises ValueError for any other.

    A week begins on Monday; 最近 7 天 are today and the six before, 未来 7 天 today and the six to come.
    """
    if word not in _SPANS:
        raise ValueError(word)
    return _SPANS[word](clock.today())


def _month(day: date) -> date:
    return day.replace(day=1)


def _next_month(day: date) -> date:
    return _month(_month(day) + timedelta(days=32))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_SPANS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda day: (day, day + DAY),
    "yesterday": lambda day: (day - DAY, day),
    "this_week": lambda day: (_monday(day), _monday(day) + 7 * DAY),
    "last_week": lambda day: (_monday(day) - 7 * DAY, _monday(day)),
    "this_month": lambda day: (_month(day), _next_month(day)),
    "last_month": lambda day: (_month(_month(day) - DAY), _month(day)),
    "last_7": lambda day: (day - 6 * DAY, day + DAY),
    "last_30": lambda day: (day - 29 * DAY, day + DAY),
    "next_7": lambda day: (day, day + 7 * DAY),
    "past": lambda day: (EARLIEST, day),
}
