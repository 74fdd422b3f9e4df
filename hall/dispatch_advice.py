"""Who might best be sent to an order, with the reasons in words: what they have in hand, what they are good at, how far
it is, whether they know the room. A suggestion and nothing more; the lead decides, and reads why.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hall import clock
from hall.repair_work import workers_of
from hall.words import N_
from models import Assignment, Building, Campus, Person, RepairItem, RepairOrder, Skill, tuples

Reason = tuple[str, dict[str, Any]]
IN_HAND = ("dispatched", "repairing")
REMEMBERED = timedelta(days=180)
LOOKED_AT = 300  # orders, at most, for what somebody has done
# What each thing weighs, in orders in hand: one more of these is worth as much as an hour's head start.
SKILLED, EXPERIENCED, KNOWS_ROOM, NEAR, OTHER_CAMPUS = 1.0, 0.5, 1.5, 0.5, -2.0
SKILL_WORDS = {1: N_("会修%(item)s"), 2: N_("熟练：%(item)s"), 3: N_("专长：%(item)s")}
_EARTH = 6_371_000  # metres


@dataclass(frozen=True)
class Advice:
    """One worker: `score` in orders in hand (more is better), the reasons for and against, most telling first."""

    worker: Person
    score: float
    reasons: Sequence[Reason]


def suggest(order: RepairOrder) -> list[Advice]:
    """The workers of the order's group, whom the reasons speak for first; six queries, however many workers."""
    workers = workers_of(order)
    in_hand, been_here, done = _in_hand(order), _been_here(order), _done(order)
    skills = _skills(order, workers)
    ids = {order.building_id, *(building for buildings in in_hand.values() for building in buildings)}
    places = {row.id: row for row in Building.select(Building, Campus).join(Campus).where(Building.id.in_(ids))}
    advice = []
    for worker in workers:
        score, reasons = _for_skill(order, skills.get(worker.id), done[worker.id])
        if worker.id in been_here:
            score += KNOWS_ROOM
            when = f"{clock.local(been_here[worker.id]):%Y-%m-%d}"
            reasons.insert(0, (N_("上次去这间房：%(when)s"), {"when": when}))
        at = in_hand.get(worker.id, [])
        bonus, where = _distance(places[order.building_id], [places[building] for building in at])
        load: Reason = (N_("手上 %(count)s 单"), {"count": len(at)}) if at else (N_("手上没有单"), {})
        score += bonus - len(at)
        advice.append(Advice(worker, round(score, 2), [*reasons, *([where] if where else []), load]))
    return sorted(advice, key=lambda each: (-each.score, each.worker.number))


def _sent(order: RepairOrder, *columns: Any) -> Any:
    """The orders of the same group with who was sent, as a select of (worker, columns)."""
    query = RepairOrder.select(Assignment.worker, *columns).join(Assignment)
    return query.where(Assignment.active == True, RepairOrder.group == order.group_id)  # noqa: E712


def _in_hand(order: RepairOrder) -> dict[int, list[int]]:
    """{worker id: the buildings of what they have in hand}."""
    found: dict[int, list[int]] = {}
    for worker, building in tuples(_sent(order, RepairOrder.building).where(RepairOrder.status.in_(IN_HAND))):
        found.setdefault(worker, []).append(building)
    return found


def _been_here(order: RepairOrder) -> dict[int, datetime]:
    """{worker id: when they last finished something in the order's room}, within REMEMBERED."""
    if not order.room_number:
        return {}
    same = (RepairOrder.building == order.building_id) & (RepairOrder.room_number == order.room_number)
    rows = _sent(order, RepairOrder.finished).where(same, RepairOrder.finished > clock.now() - REMEMBERED)
    return dict(tuples(rows.order_by(RepairOrder.finished).limit(LOOKED_AT)))


def _done(order: RepairOrder) -> Counter[int]:
    """{worker id: how many of the last LOOKED_AT orders of the same item they finished}, within REMEMBERED."""
    rows = _sent(order).where(RepairOrder.item == order.item_id, RepairOrder.finished > clock.now() - REMEMBERED)
    return Counter(worker for (worker,) in tuples(rows.order_by(RepairOrder.id.desc()).limit(LOOKED_AT)))


def _skills(order: RepairOrder, workers: Sequence[Person]) -> dict[int, tuple[int, RepairItem]]:
    """{worker id: (level, item)} for the order's item or, where nobody entered that, its family."""
    about = [order.item_id, *([order.item.parent_id] if order.item.parent_id else [])]
    rows = Skill.select(Skill, RepairItem).join(RepairItem)
    rows = rows.where(Skill.item.in_(about), Skill.person.in_([worker.id for worker in workers]))
    found: dict[int, tuple[int, RepairItem]] = {}
    for row in sorted(rows, key=lambda row: (row.item_id == order.item_id, row.level)):
        found[row.person_id] = (row.level, row.item)
    return found


def _for_skill(order: RepairOrder, skill: tuple[int, RepairItem] | None, done: int) -> tuple[float, list[Reason]]:
    score, reasons = 0.0, list[Reason]()
    if skill:
        score += SKILLED * skill[0] / 2
        reasons.append((SKILL_WORDS[skill[0]], {"item": skill[1].name}))
    if done:
        score += EXPERIENCED * min(done, 6) / 3
        reasons.append((N_("半年内修过 %(count)s 次“%(item)s”"), {"count": done, "item": order.item.name}))
    return score, reasons


def _distance(there: Building, at: Sequence[Building]) -> tuple[float, Reason | None]:
    """What it is worth that somebody works near by, and how to say it; (0, None) where nobody knows where they are."""
    if not at:
        return 0.0, None
    if any(place.id == there.id for place in at):
        return 2 * NEAR, (N_("正在同一栋楼"), {})
    lengths = [length for place in at if (length := metres(there, place)) is not None]
    if lengths:
        nearest = min(lengths)
        worth = NEAR * (1 - min(nearest, 2000) / 1000)
        return worth, (N_("离手上的单约 %(metres)s 米"), {"metres": round(nearest, -1 if nearest < 1000 else -2)})
    if all(place.campus_id != there.campus_id for place in at):
        return OTHER_CAMPUS, (N_("现在在%(campus)s"), {"campus": at[0].campus.name})
    return NEAR, (N_("在同一校区"), {})


def metres(here: Building, there: Building) -> float | None:
    """The way through the air between two buildings in metres; None where one has no coordinates."""
    if here.latitude is None or here.longitude is None or there.latitude is None or there.longitude is None:
        return None
    north = math.radians(there.latitude - here.latitude)
    east = math.radians(there.longitude - here.longitude) * math.cos(math.radians(here.latitude))
    return _EARTH * math.hypot(north, east)
