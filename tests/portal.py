"""What the tests of the portal share: a picture, orders made by the verbs, a report sent by the form."""

import io
from collections.abc import Callable
from typing import Any

from PIL import Image

from hall import places, repairs
from models import Building, Person, RepairItem, RepairOrder
from tests.conftest import Campus
from tests.visitor import Visitor

TEXT = "卫生间冷水龙头关不紧，一直滴水，已用盆接着"
PHONE = "13900000057"
R, S = "2026010057", "2024010019"  # both of BQ5-416
SignIn = Callable[..., Visitor]


def item(code: str = "S01") -> str:
    return str(RepairItem.get(RepairItem.code == code).id)


def picture(colour: str = "teal") -> tuple[io.BytesIO, str]:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    file.seek(0)
    return file, "leak.png"


def made(number: str = "") -> RepairOrder:
    """The order with `number`, else the one that was made last."""
    query = RepairOrder.select().where(RepairOrder.number == number) if number else RepairOrder.select()
    found: RepairOrder = query.order_by(RepairOrder.id.desc()).get()
    return found


def reported(by: Person, code: str = "S01", **more: Any) -> RepairOrder:
    """An order of `by` at home, made by the verb."""
    building, room = places.home_of(by) or (Building.get(Building.code == "NQ4"), "304")
    given = {"building": building, "room": room, "description_text": TEXT, "phone": PHONE, **more}
    order: RepairOrder = repairs.report(by=by, item=RepairItem.get(RepairItem.code == code), **given)
    return order


def finished(campus: Campus, order: RepairOrder) -> RepairOrder:
    order = repairs.accept(order, by=campus.lead)
    order = repairs.dispatch(order, by=campus.lead, workers=[campus.W1])
    order = repairs.start(order, by=campus.W1)
    done: RepairOrder = repairs.finish(order, by=campus.W1, work_done="更换阀芯，试水正常", labour_minutes=45)
    return done


def report(visitor: Visitor, path: str = "/repairs/new", **answers: Any) -> Any:
    return visitor.submit(path, having="description", **{"item": item(), "description": TEXT, **answers})
