"""Numbers handed out one by one, by day, and what is only counted."""

from typing import Any

from hall import clock
from hall.sql_text import prepared
from models import Counter, database

_UP = (
    "INSERT INTO counter (name, value) VALUES ({}, 1)"
    " ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value"
)


def next_number(prefix: str) -> str:
    """The next number of today, for instance BX2611220037; must be called inside a transaction."""
    name = f"{prefix}{clock.today():%y%m%d}"
    return f"{name}{count_up(name):04d}"


def count_up(name: str) -> int:
    """Raise the counter called `name` by one and return it, inside the caller's transaction; another waits for that."""
    [(value,)] = database.execute_sql(_UP.format(database.param), (name,)).fetchall()
    return value


def tally(name: str) -> int:
    """How far the counter called `name` has come; 0 where nothing was counted yet."""
    return sum(value for (value,) in _tallied(name))


@prepared
def _tallied(name: Any) -> Any:
    return Counter.select(Counter.value).where(Counter.name == name).tuples()
