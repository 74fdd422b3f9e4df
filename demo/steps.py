"""How a life takes a step: at its moment, by its person, and over where somebody else was faster."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo import pictures
from demo.scenes import Scene
from hall import clock, repairs
from hall.words import Refused
from models import Person, RepairOrder

if TYPE_CHECKING:
    from demo.term import Term

Life = Iterator[datetime]


class Over(Exception):
    """The order is where its scene wants it, has come to an end, or somebody else has moved it."""


def take(scene: Scene, step: str, *, by: Person | None, **answers: Any) -> RepairOrder:
    """Take a step of the flow, and remember the order as it is then. Raises Over where the life ends with it."""
    try:
        return seen(scene, repairs.flow.perform(known(scene), step, by=by, **answers))
    except Refused as refused:
        if refused.stale:
            raise Over from refused
        raise


def seen(scene: Scene, order: RepairOrder) -> RepairOrder:
    """Remember the order. Raises Over where it has come to where it stays."""
    scene.order = order
    if order.status in (scene.stop, "declined", "withdrawn", "merged"):
        raise Over
    return order


def known(scene: Scene) -> RepairOrder:
    """The order as it was after the last step of this life."""
    assert scene.order is not None
    return scene.order


def fresh(scene: Scene) -> RepairOrder:
    """The order as it is now, where somebody else may have taken a step."""
    return RepairOrder.get_by_id(known(scene).id)


def pause(term: "Term", scene: Scene, low: float, high: float, *, at_work: bool = True) -> datetime:
    """When the order goes on, between `low` and `high` hours from now: of service, or when people are awake."""
    if scene.stop:
        return term.towards_the_end()
    if scene.order is not None and scene.order.priority == "紧急":
        return clock.now() + timedelta(hours=term.rng.uniform(low, high) / 12)
    slow = 5 if "slow" in scene.fate else 1
    return term.work(low * slow, high * slow) if at_work else term.wake(low, high)


def photos(term: "Term", scene: Scene, *, broken: bool = True) -> list[Any]:
    return [pictures.photo(scene.fault.picture, broken)] if ("photo" if broken else "after_photo") in scene.fate else []
