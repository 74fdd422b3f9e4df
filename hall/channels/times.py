"""When mail may come: quiet hours and the hour of the digest, in the time of the campus."""

from datetime import datetime, time, timedelta

from hall import clock
from models import ContactSettings


def after_quiet(settings: ContactSettings, moment: datetime) -> datetime:
    """`moment` (naive UTC), or the end of the quiet hours it lies in, which may go over midnight."""
    start, end = settings.quiet_from, settings.quiet_until
    if start is None or end is None or start == end:
        return moment
    local = clock.local(moment)
    at, over_midnight = local.time(), start > end
    if not (at >= start or at < end if over_midnight else start <= at < end):
        return moment
    day = local.date() + timedelta(days=1 if over_midnight and at >= start else 0)
    return clock.utc(datetime.combine(day, end))


def next_digest(settings: ContactSettings, at: time, moment: datetime) -> datetime:
    """When the digest of the hour `at` comes that is next after `moment` (naive UTC); quiet hours put it off."""
    local = clock.local(moment)
    day = local.date() + timedelta(days=0 if local.time() < at else 1)
    return after_quiet(settings, clock.utc(datetime.combine(day, at)))
