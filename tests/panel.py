"""What the tests of the panel share: an order without a story, names and ids."""

from typing import Any

from hall import access, events
from models import Building, MaintenanceGroup, Person, RepairItem, RepairOrder


def order(number: str, group: MaintenanceGroup, reporter: Person, **more: Any) -> RepairOrder:
    values = {
        "status": "reported",
        "phone": "13900000000",
        "building": Building.get(),
        "item": RepairItem.get(RepairItem.parent.is_null(False)),
        "description": "水龙头一直滴水，关不紧",
    }
    return RepairOrder.create(number=number, group=group, reporter=reporter, **(values | more))


def group_of(worker: Person) -> MaintenanceGroup:
    return MaintenanceGroup.get(code=access.grants(worker)[0][1])


def table(model: Any) -> str:
    return events.subject_type(model)


def some_id(model: Any) -> int:
    row = model.select(model.id).first()
    return row.id if row else 1
