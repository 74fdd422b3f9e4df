"""How the figures of leaders are counted, from the orders that came and that were finished in a span of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, median, quantiles
from typing import Any, NamedTuple

import peewee

from hall.repair_flow import DONE
from models import Rating, RepairOrder, SettlementLine, tuples

NOT_COUNTED = ("withdrawn", "merged")


class Case(NamedTuple):
    """One order as it is counted: `moment` is when it came or was finished; `seconds` how long it took."""

    id: int
    moment: datetime
    building: int
    item: int
    group: int
    worker: int | None = None
    seconds: float = 0
    kept: bool | None = None  # None: nothing was promised
    reworks: int = 0
    mark: float | None = None  # the mean of the three marks, 1 to 5
    cost: int | None = None  # fen; None: not settled yet


@dataclass(frozen=True)
class Figures:
    """What can be said of some finished orders; None where none of them says it."""

    count: int
    median: float | None
    p90: float | None
    promised: int
    kept: int
    marks: int
    mark: float | None
    reworked: int
    settled: int
    cost: int


def measure(done: Sequence[Case]) -> Figures:
    """The figures of finished orders; lengths in seconds, `reworked` are orders that came back, cost in fen."""
    lengths = sorted(case.seconds for case in done)
    promised = [case.kept for case in done if case.kept is not None]
    marks = [case.mark for case in done if case.mark is not None]
    costs = [case.cost for case in done if case.cost is not None]
    return Figures(
        count=len(done),
        median=median(lengths) if lengths else None,
        p90=quantiles(lengths, n=10, method="inclusive")[8] if len(lengths) > 1 else lengths[0] if lengths else None,
        promised=len(promised),
        kept=sum(promised),
        marks=len(marks),
        mark=fmean(marks) if marks else None,
        reworked=sum(case.reworks > 0 for case in done),
        settled=len(costs),
        cost=sum(costs),
    )


def cases_of(condition: Any, starts: datetime, ends: datetime) -> tuple[list[Case], list[Case]]:
    """What came and what was finished between two moments (naive UTC), of the orders that `condition` lets through.

    Three queries, each by an index over the span.
    """
    order = RepairOrder
    where = (order.id, order.building, order.item, order.group)
    came = order.select(*where, order.created).where(order.created >= starts, order.created < ends, condition)
    came = came.where(order.status.not_in(NOT_COUNTED))
    fresh = [Case(id, created, building, item, group) for id, building, item, group, created in tuples(came)]
    finished = (order.status.in_(DONE)) & (order.finished >= starts) & (order.finished < ends)
    costs = _costs(finished & condition)
    marks = (Rating.speed + Rating.quality + Rating.manner) / 3.0
    columns = (order.created, order.finished, order.finish_due, order.worker, order.reworks, order.settled, marks)
    rows = order.select(*where, *columns).join(Rating, peewee.JOIN.LEFT_OUTER).where(finished, condition)
    done = []
    for id, building, item, group, created, ended, due, worker, reworks, settled, mark in tuples(rows):
        took, kept = max((ended - created).total_seconds(), 0), None if due is None else ended <= due
        cost = costs.get(id, 0) if settled is not None else None
        marked = None if mark is None else float(mark)
        done.append(Case(id, ended, building, item, group, worker, took, kept, reworks, marked, cost))
    return fresh, done


def _costs(condition: Any) -> dict[int, int]:
    """{order id: fen} of the newest round of each settlement."""
    later = SettlementLine.alias()
    newest = later.select(peewee.fn.MAX(later.round)).where(later.order == SettlementLine.order)
    amount = peewee.fn.SUM(SettlementLine.amount_fen)
    rows = SettlementLine.select(SettlementLine.order, amount).join(RepairOrder)
    rows = rows.where(condition, RepairOrder.settled.is_null(False), SettlementLine.round == newest)
    return {id: int(total or 0) for id, total in tuples(rows.group_by(SettlementLine.order))}
