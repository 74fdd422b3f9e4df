"""The repair order's flow, and the checks that several of its steps share."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import peewee

from hall import clock
from hall.flow import Flow
from hall.words import N_, Refused
from models import REPAIR_STATES, Building, Counter, MaintenanceGroup, Person, RepairItem, RepairOrder

flow = Flow("repair", "报修单", RepairOrder, REPAIR_STATES)

OPEN = ("awaiting_review", "reported", "returned", "accepted", "dispatched", "repairing", "on_hold", "finished")
UNFINISHED = tuple(state for state in OPEN if state != "finished")
DONE = ("finished", "inspected", "settled", "closed")
# Where the clock of the promise runs: not while a reviewer or the reporter has the order, nor on hold.
PROMISED = ("reported", "accepted", "dispatched", "repairing")

DESCRIPTION_MINIMUM = 6
DESCRIPTION_MAXIMUM = 1000
REASON_MAXIMUM = 300
_EMPTY_PHRASES = re.compile(r"(请|尽快|帮忙|师傅|来|修理|维修|修|一下|坏了|坏|谢谢|急)")


def next_number(prefix: str) -> str:
    """The next number of today, for instance BX2611220037; must be called inside a transaction."""
    name = f"{prefix}{clock.today():%y%m%d}"
    counter = (
        Counter.insert(name=name, value=1)
        .on_conflict(conflict_target=[Counter.name], update={Counter.value: Counter.value + 1})
        .returning(Counter.value)
        .execute()
    )
    return f"{name}{_first(counter):04d}"


def _first(rows: Iterable[Any]) -> int:
    return next(iter(rows)).value


def text(value: str, field: str, *, least: int = 0, most: int = REASON_MAXIMUM) -> str:
    """What somebody wrote, NFC and trimmed; at least `least`, at most `most` characters. Raises Refused."""
    clean = unicodedata.normalize("NFC", value or "").replace("\x00", "").strip()
    if len(clean) < max(least, 0) or (least and not clean):
        raise Refused(N_("请填写这一项，至少 %(least)s 个字"), field=field, least=least)
    if len(clean) > most:
        raise Refused(N_("太长了，最多 %(most)s 个字，现在是 %(now)s 个"), field=field, most=most, now=len(clean))
    return clean


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


def choice(value: str, choices: list[tuple[str, str]], field: str) -> str:
    """`value` if it is one of `choices`. Raises Refused."""
    if value not in dict(choices):
        raise Refused(N_("请从列出的选项中选择"), field=field)
    return value


def not_among(person: Person | None, others: Iterable[int | None], sentence: str) -> None:
    """Separation of duties: refuse `person` (never the system) who is one of `others` (ids)."""
    if person is not None and person.id in set(others):
        raise Refused(sentence)


def joined(query: peewee.ModelSelect) -> peewee.ModelSelect:
    """`query` over orders with building, item, group, reporter and worker in the same row: lists stay flat."""
    worker = Person.alias()
    return (
        query.select_extend(Building, RepairItem, MaintenanceGroup, Person, worker)
        .join_from(RepairOrder, Building)
        .join_from(RepairOrder, RepairItem)
        .join_from(RepairOrder, MaintenanceGroup)
        .join_from(RepairOrder, Person, on=(RepairOrder.reporter == Person.id), attr="reporter")
        .join_from(RepairOrder, worker, peewee.JOIN.LEFT_OUTER, on=(RepairOrder.worker == worker.id), attr="worker")
    )
