"""A's tap in dormitory NQ4: it goes to SN2, which `lead` leads and where W1 and helper work.

`Story` brings that order to any state, each step by the hand whose step it is, and says what it looks like.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hall import clock, places, repairs
from hall.settlement import Line
from hall.words import Refused
from models import (
    Assignment,
    Building,
    Event,
    MaintenanceGroup,
    OrderFollower,
    Person,
    Photo,
    Rating,
    RepairItem,
    RepairOrder,
    SettlementLine,
)
from tests.conftest import Campus
from tests.standing import rows_in

TEXT = "卫生间冷水龙头关不紧，一直滴水，已用盆接着"
PHONE = "13900000057"
OPEN = ("awaiting_review", "reported", "returned", "accepted", "dispatched", "repairing", "on_hold", "finished")
LABOUR = Line("labour", "维修人工", Decimal("0.75"), 6_000, "小时")
MATERIAL = Line("material", "陶瓷阀芯", Decimal("1"), 1_800, "个")
STARS = {"speed": 5, "quality": 4, "manner": 5}
WRITTEN = (RepairOrder, Event, Assignment, OrderFollower, SettlementLine, Rating, Photo)


def item(code: str = "S01") -> RepairItem:
    return RepairItem.get(RepairItem.code == code)


def group(code: str) -> MaintenanceGroup:
    return MaintenanceGroup.get(MaintenanceGroup.code == code)


def last_event(order: RepairOrder) -> Event:
    about = (Event.subject_type == "repair_order") & (Event.subject_id == order.id)
    return Event.select().where(about).order_by(Event.seq.desc()).get()


def written() -> dict[str, list[Any]]:
    """Everything that a step of a repair may write, to compare before and after a refusal."""
    return rows_in(WRITTEN)


def refuses(order: RepairOrder, name: str, by: Person | None, answers: dict[str, Any]) -> Refused:
    """Take the step, which must be refused and change nothing; gives the refusal."""
    before = written()
    with pytest.raises(Refused) as caught:
        repairs.flow.perform(order, name, by=by, **answers)
    assert written() == before
    assert str(caught.value)
    return caught.value


class Story:
    """Orders of A, made by the verbs."""

    def __init__(self, campus: Campus) -> None:
        names = ("A", "B", "W1", "helper", "lead", "reviewer", "settler", "finance", "keeper", "caller", "leader")
        self.who: dict[str, Person] = campus.people(*names)

    def report(self, by: Person | None = None, code: str = "S01", **more: Any) -> RepairOrder:
        """A new order of `by` (A) at home."""
        by = by or self.who["A"]
        building, room = places.home_of(by) or (Building.get(Building.code == "NQ4"), "304")
        given = {"building": building, "room": room, "description_text": TEXT, "phone": PHONE, **more}
        return repairs.report(by=by, item=item(code), **given)

    def order(self, state: str, *, workers: tuple[str, ...] = ("W1", "helper"), **more: Any) -> RepairOrder:
        """An order that stands in `state`; `more` goes to the report."""
        who = self.who
        if state == "awaiting_review":
            RepairItem.update(needs_review=True).where(RepairItem.code == "S01").execute()
            order = self.report(**more)
            RepairItem.update(needs_review=False).where(RepairItem.code == "S01").execute()
            return order
        order = self.report(**more)
        sent = [who[name] for name in workers]
        road: list[tuple[str, Callable[[], RepairOrder]]] = [
            ("accepted", lambda: repairs.accept(order, by=who["lead"])),
            ("dispatched", lambda: repairs.dispatch(order, by=who["lead"], workers=sent)),
            ("repairing", lambda: repairs.start(order, by=sent[0])),
            ("finished", lambda: self.finish(order, by=sent[0])),
            ("inspected", lambda: repairs.inspect(order, by=order.reporter)),
            ("settled", lambda: self.settle(order)),
            ("closed", lambda: repairs.close(order, by=who["finance"])),
        ]
        aside: dict[str, tuple[str, Callable[[], RepairOrder]]] = {
            "returned": ("reported", lambda: repairs.send_back(order, by=who["lead"], reason="请补充照片")),
            "declined": ("reported", lambda: repairs.decline(order, by=who["lead"], code="not_ours")),
            "withdrawn": ("reported", lambda: repairs.withdraw(order, by=order.reporter)),
            "merged": ("reported", lambda: repairs.merge(order, by=who["lead"], main=self.report(who["A"]))),
            "on_hold": ("repairing", lambda: self.hold(order)),
        }
        goal, last = aside.get(state, (state, None))
        for reached, step in road:
            if order.status == goal:
                break
            order = step()
            assert order.status == reached
        order = last() if last else order
        assert order.status == state
        return order

    def hold(self, order: RepairOrder, days: float = 2) -> RepairOrder:
        until = clock.now() + timedelta(days=days)
        return repairs.hold(order, by=self.who["W1"], code="materials", until=until)

    def finish(self, order: RepairOrder, *, by: Person | None = None, **answers: Any) -> RepairOrder:
        """Done with material, so that there is something to settle."""
        given = {"work_done": "更换阀芯，试水正常", "labour_minutes": 40, "materials": "陶瓷阀芯 1 个", **answers}
        return repairs.finish(order, by=by or self.who["W1"], **given)

    def settle(self, order: RepairOrder, *lines: Line, **answers: Any) -> RepairOrder:
        given = lines or (Line("material", "陶瓷阀芯", Decimal("1"), 1_800, "个"),)
        return repairs.settle(order, by=self.who["settler"], lines=given, **answers)
