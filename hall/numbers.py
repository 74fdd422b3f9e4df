"""Numbers handed out one by one, by day, and what is only counted."""

from collections.abc import Iterable
from typing import Any

from hall import clock
from models import Counter


def next_number(prefix: str) -> str:
    """The next number of today, for instance BX2611220037; must be called inside a transaction."""
    name = f"{prefix}{clock.today():%y%m%d}"
    return f"{name}{count_up(name):04d}"


def count_up(name: str) -> int:
    """Raise the counter called `name` by one and return it, inside the caller's transaction; another waits for that."""
    counter = (
        Counter.insert(name=name, value=1)
        .on_conflict(conflict_target=[Counter.name], update={Counter.value: Counter.value + 1})
        .returning(Counter.value)
        .execute()
    )
    return _first(counter)


def tally(name: str) -> int:
    """How far the counter called `name` has come; 0 where nothing was counted yet."""
    return Counter.select(Counter.value).where(Counter.name == name).scalar() or 0


def _first(rows: Iterable[Any]) -> int:
    return next(iter(rows)).value
