"""Numbers handed out one by one, by day."""

from collections.abc import Iterable
from typing import Any

from hall import clock
from models import Counter


def next_number(prefix: str) -> str:
    """The next number of today, for instance BX2611220037; must be called inside a transaction."""
    name = f"{prefix}{clock.today():%y%m%d}"
    counter = (
        Counter.insert(name=name, value=1)
        .on_conflict(conflict_target=[Counter.name], update={Counter.value: Counter.value + 1})
        .returning(Counter.value)
        .execute()
    )
    return f"{name}{_first(counter):04d}"


def _first(rows: Iterable[Any]) -> int:
    return next(iter(rows)).value
