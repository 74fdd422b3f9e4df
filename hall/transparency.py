"""公开透明: what the hall says of itself in public, by month; aggregates only (`requirements.md` 6), never one case.

What counts, and why nothing is to be had by subtraction: `hall/transparency_counting.py`. Only what is kept in
`MonthlyFigure` is ever shown, and there is nothing in it that may not be shown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from peewee import EXCLUDED, Value

from hall import clock
from hall.freshness import Kept
from hall.transparency_counting import LEAST as LEAST
from hall.transparency_counting import count
from models import (
    SERVICES,
    Building,
    Department,
    Event,
    MaintenanceGroup,
    MonthlyFigure,
    RepairOrder,
    database,
    held,
    tuples,
)

# How many months the page knows; older ones are kept, and are in the files.
MONTHS = 60
_KEY = ("month", "service", "scope", "code")
_ORDER = [service for service, _label in SERVICES]
_NAMED: list[tuple[str, Any]] = [("building", Building), ("group", MaintenanceGroup), ("department", Department)]


def this_month() -> list[MonthlyFigure]:
    """The figures of the current campus month for the whole campus, one a service in the order of SERVICES.

    A service without enough cases is absent. `respond_minutes`, `finish_minutes` and `rating` are None where fewer than
    LEAST cases stand behind them; the counts are multiples of LEAST. See `kept_share` for the promises.
    """
    return _campus_in(month_of(clock.today()))


@Kept
def _campus_in(month: date) -> list[MonthlyFigure]:
    rows = MonthlyFigure.select().where(MonthlyFigure.month == month, MonthlyFigure.scope == "all")
    return sorted(rows, key=lambda figure: _ORDER.index(figure.service))


def kept_share(figure: MonthlyFigure) -> float | None:
    """The share (0 to 1) of promises that were kept, None where fewer than LEAST stand behind it."""
    return figure.kept / figure.promised if figure.promised >= LEAST else None


def month_of(day: date) -> date:
    """The first day of the month of `day`."""
    return day.replace(day=1)


def before(month: date, months: int = 1) -> date:
    """The first day of the month that is so many months before `month`."""
    years, rest = divmod(month.year * 12 + month.month - 1 - months, 12)
    return date(years, rest + 1, 1)


# --- reading ---------------------------------------------------------------------------------------


def history() -> list[MonthlyFigure]:
    """The figures of the whole campus of the last MONTHS months, newest month first, services in their order."""
    since = before(month_of(clock.today()), MONTHS)
    rows = MonthlyFigure.select().where(MonthlyFigure.month > since, MonthlyFigure.scope == "all")
    return sorted(rows, key=lambda figure: (-figure.month.toordinal(), _ORDER.index(figure.service)))


def parts(service: str, month: date | None = None, scope: str = "") -> list[MonthlyFigure]:
    """The figures of a service by building, group or department: of a month, or of all; most cases first."""
    figure = MonthlyFigure
    query = figure.select().where(figure.service == service)
    query = query.where(figure.scope == scope) if scope else query.where(figure.scope != "all")
    rows = query.where(figure.month == month) if month is not None else query
    return sorted(rows, key=lambda row: (-row.month.toordinal(), row.scope, -row.cases, -row.done, row.code))


def names() -> dict[tuple[str, str], str]:
    """The names of all buildings, groups and departments by (scope, code), in one query."""
    (scope, first), *others = _NAMED
    query: Any = first.select(Value(scope), first.code, first.name)
    for scope, model in others:
        query = query.union_all(model.select(Value(scope), model.code, model.name))
    return {(scope, code): name for scope, code, name in tuples(query)}


# --- counting --------------------------------------------------------------------------------------


def refresh(month: date | None = None) -> int:
    """Count a month anew (its first day), or the current one and the one before; returns how many figures there are.

    Repeating it changes nothing. Where two count at once, what was counted later stays.
    """
    if month is not None:
        return _refresh(month)
    current = month_of(clock.today())
    return _refresh(before(current)) + _refresh(current)


def refresh_all() -> int:
    """Count all months in which the hall has worked; returns how many figures there are."""
    events = Event.select(Event.at).order_by(Event.id).limit(1)
    orders = RepairOrder.select(RepairOrder.created).order_by(RepairOrder.created).limit(1)
    begun = [clock.local(moment).date() for query in (events, orders) for (moment,) in tuples(query)]
    month, current, figures = month_of(min([*begun, clock.today()])), month_of(clock.today()), 0
    while month <= current:
        figures += _refresh(month)
        month = before(month, -1)
    return figures


def _refresh(month: date) -> int:
    counted = clock.now()
    found = [{"month": month, "service": service, **row} for service in _ORDER for row in count(service, month)]
    _keep(month, found, counted)
    return len(found)


def _keep(month: date, found: Iterable[dict[str, Any]], counted: datetime) -> None:
    """Write the figures of a month that were counted at `counted`, unless later ones are there."""
    figure = MonthlyFigure
    with database.atomic():
        there = {row.id: row for row in held(figure.select().where(figure.month == month).order_by(figure.id))}
        if any(row.updated > counted for row in there.values()):
            return
        said = [name for name in figure._meta.sorted_field_names if name not in ("id", *_KEY)]
        keys = set()
        # Always in the same order, so that two who begin a month at once wait for each other instead of for ever.
        for row in sorted(found, key=lambda row: [row[name] for name in _KEY]):
            keys.add(tuple(row[name] for name in _KEY))
            target = [getattr(figure, name) for name in _KEY]
            update = {getattr(figure, name): getattr(EXCLUDED, name) for name in said}
            figure.insert(**row, updated=counted).on_conflict(conflict_target=target, update=update).execute()
        gone = [key for key, row in there.items() if tuple(getattr(row, name) for name in _KEY) not in keys]
        figure.delete().where(figure.id.in_(gone)).execute()
