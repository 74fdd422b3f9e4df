"""What time it is, and how the hall counts it: naive UTC inside, the campus's zone for people."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo

import models
from hall import site

_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """The moment that a verb acts at, naive UTC."""
    return _pretended.get() or models.utcnow()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let the verbs inside act at `moment` (naive UTC): the demo and the tests live through a term with it."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


def local(moment: datetime) -> datetime:
    """`moment` (naive UTC) in the campus's zone."""
    return moment.replace(tzinfo=UTC).astimezone(site.zone)


def utc(moment: datetime) -> datetime:
    """A naive time of the campus as naive UTC."""
    return moment.replace(tzinfo=site.zone).astimezone(UTC).replace(tzinfo=None)


def today() -> date:
    """The day of the campus."""
    return _day(now().replace(second=0, microsecond=0), site.zone)


@functools.lru_cache(maxsize=8)
def _day(minute: datetime, _zone: tzinfo) -> date:
    # A page asks some hundred times.
    return local(minute).date()


def days_ago(days: float) -> datetime:
    return now() - timedelta(days=days)
