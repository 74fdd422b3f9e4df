"""The small facts of the front page, which everybody opens: whom to call, what came home, which season it is."""

from dataclasses import dataclass

import peewee

from hall import clock
from hall.lost_reading import RETURNED
from models import DISPATCH_CENTRE, CalendarPeriod, Counter, MaintenanceGroup, database


@dataclass(frozen=True)
class Facts:
    """Name and phone of the dispatch centre ("" where there is none), how many things came home, and whether today
    is in a graduation season of the calendar."""

    centre: str
    phone: str
    home_again: int
    is_graduation: bool


def facts() -> Facts:
    """The facts of now, in one query."""
    group, period, today = MaintenanceGroup, CalendarPeriod, clock.today()
    centre = group.code == DISPATCH_CENTRE
    seasons = period.select(period.id).where(period.kind == "graduation")
    columns = (
        group.select(group.name).where(centre),
        group.select(group.phone).where(centre),
        Counter.select(Counter.value).where(Counter.name == RETURNED),
        peewee.fn.EXISTS(seasons.where(period.starts <= today, period.ends >= today)),
    )
    name, phone, home_again, is_graduation = next(iter(peewee.Select(columns=columns).bind(database).tuples()))
    return Facts(name or "", phone or "", home_again or 0, bool(is_graduation))
