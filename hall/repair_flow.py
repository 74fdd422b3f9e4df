"""The repair order's flow, and what several of its steps share."""

import re

import peewee

from hall.answers import text
from hall.flow import Flow
from hall.words import N_, Refused
from models import REPAIR_STATES, Building, MaintenanceGroup, Person, RepairItem, RepairOrder

flow = Flow("repair", "报修单", RepairOrder, REPAIR_STATES)

OPEN = ("awaiting_review", "reported", "returned", "accepted", "dispatched", "repairing", "on_hold", "finished")
UNFINISHED = tuple(state for state in OPEN if state != "finished")
DONE = ("finished", "inspected", "settled", "closed")
# Where the clock of the promise runs: not while a reviewer or the reporter has the order, nor on hold.
PROMISED = ("reported", "accepted", "dispatched", "repairing")

DESCRIPTION_MINIMUM = 6
DESCRIPTION_MAXIMUM = 1000
_EMPTY_PHRASES = re.compile(r"(请|尽快|帮忙|师傅|来|修理|维修|修|一下|坏了|坏|谢谢|急)")


def description(value: str) -> str:
    """A fault described so that a worker can prepare (`requirements.md` 24). Raises Refused(field="description").

    Politeness and `坏了` are not counted, and neither are repeated characters or punctuation.
    """
    clean = text(value, "description", most=DESCRIPTION_MAXIMUM)
    said = re.sub(r"[\W_]+", "", _EMPTY_PHRASES.sub("", clean))
    if len(said) < DESCRIPTION_MINIMUM or len(set(said)) < DESCRIPTION_MINIMUM - 2:
        raise Refused(
            N_("请再说具体一点：哪里、什么样子、从什么时候开始，例如“卫生间冷水龙头关不紧，一直滴水”"),
            field="description",
        )
    return clean


_WORKER = Person.alias()


def joined(query: peewee.ModelSelect) -> peewee.ModelSelect:
    """`query` over orders with building, item, group, reporter and worker in the same row: lists stay flat."""
    return (
        query.select_extend(Building, RepairItem, MaintenanceGroup, Person, _WORKER)
        .join_from(RepairOrder, Building)
        .join_from(RepairOrder, RepairItem)
        .join_from(RepairOrder, MaintenanceGroup)
        .join_from(RepairOrder, Person, on=(RepairOrder.reporter == Person.id), attr="reporter")
        .join_from(RepairOrder, _WORKER, peewee.JOIN.LEFT_OUTER, on=(RepairOrder.worker == _WORKER.id), attr="worker")
    )
