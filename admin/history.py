"""The history of one row, out of its events: who did what when, and what each change was before."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee
from flask_babel import gettext as _

from admin import names
from hall import access, events, forgetting
from hall.words import N_
from models import (
    DECLINE_REASONS,
    DISPOSALS,
    FOLLOW_UP_METHODS,
    FOLLOW_UP_RESULTS,
    HOLD_REASONS,
    REASONS,
    RESERVATION_RESULTS,
    Entity,
    Event,
)
from templating import duration, translated, when, yuan

PAGE = 30
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
# What the verbs of the hall keep beside columns: {key: (label, choices)}. A key that is not here shows its own name.
NOTES: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "note": (N_("说明"), []),
    "reason": (N_("原因"), REASONS),
    "code": (N_("原因"), HOLD_REASONS + DECLINE_REASONS + REASONS),
    "text": (N_("内容"), []),
    "why": (N_("派单依据"), []),
    "photos": (N_("照片"), []),
    "workers": (N_("维修工"), []),
    "due": (N_("承诺完工"), []),
    "arrival": (N_("到场时间"), []),
    "until": (N_("到什么时候"), []),
    "held_seconds": (N_("挂起时长"), []),
    "from": (N_("原维修组"), []),
    "to": (N_("新维修组"), []),
    "verdict": (N_("验收结论"), [("passed", N_("通过"))]),
    "automatic": (N_("系统自动"), []),
    "total_fen": (N_("合计（元）"), []),
    "lines": (N_("明细数"), []),
    "time": (N_("第几次"), []),
    "method": (N_("方式"), FOLLOW_UP_METHODS + DISPOSALS),
    "result": (N_("结果"), FOLLOW_UP_RESULTS + RESERVATION_RESULTS),
    "speed": (N_("速度"), []),
    "quality": (N_("质量"), []),
    "manner": (N_("态度"), []),
    "added": (N_("追评"), []),
    "new_order": (N_("新单"), []),
    "said": (N_("规则"), []),
    "changed": (N_("改动"), []),
    "masked": (N_("遮盖处数"), []),
    "how": (N_("怎么找回的"), []),
    "buyer": (N_("买家"), []),
    "before_fen": (N_("原价（分）"), []),
    "side": (N_("哪一方"), [("seller", N_("卖家")), ("buyer", N_("买家"))]),
}
# Keys by which the hall finds its own rows again, and which say nothing to people.
UNTOLD = frozenset(("submission", "claim", "message", "buyer_id", "desk", "days", "undone"))


@dataclass(frozen=True)
class Entry:
    """One event as the page shows it; `changes` are (label, before, after), `notes` (label, text)."""

    event: Event
    who: str
    changes: list[tuple[str, str, str]]
    notes: list[tuple[str, str]]


def entries(row: Entity, before: int = 0) -> tuple[list[Entry], int]:
    """The events of `row`, newest first, and the number to ask for older ones by (0: there are none)."""
    query = Event.select().where(Event.subject_type == events.subject_type(row), Event.subject_id == row.id)
    if before:
        query = query.where(Event.seq < before)
    found = list(query.order_by(Event.seq.desc()).limit(PAGE + 1))
    page = forgetting.veil(found[:PAGE], row)
    return [_entry(type(row), event) for event in page], page[-1].seq if len(found) > PAGE else 0


def _entry(model: type[Entity], event: Event) -> Entry:
    role = access.role_label(event.actor_role) if event.actor_role else ""
    who = " · ".join(part for part in (event.actor_name, _(role) if role else "") if part)
    details = event.details if isinstance(event.details, dict) else {}
    hidden = {field.name for field in model._meta.sorted_fields} - {field.name for field in names.shown(model)}
    changes = details.get("changes")
    changes = changes if isinstance(changes, dict) else {}
    return Entry(
        event,
        who,
        [
            (_label(model, name), _text(model, name, pair[0]), _text(model, name, pair[1]))
            for name, pair in changes.items()
            if name not in hidden and isinstance(pair, list) and len(pair) == 2
        ],
        [
            (_label(model, name), _text(model, name, value))
            for name, value in details.items()
            if name not in hidden | UNTOLD
            and name != "changes"
            and value not in (None, "", [], {})
            and value is not False
        ],
    )


def _field(model: type[Entity], name: str) -> Any:
    return next((field for field in names.shown(model) if field.name == name), None)


def _label(model: type[Entity], name: str) -> str:
    field = _field(model, name)
    return _(field.verbose_name if field else NOTES.get(name, (name, []))[0])


def _text(model: type[Entity], name: str, value: Any) -> str:
    """A value out of an event as people read it: keys are names there already, moments and money are not."""
    field = _field(model, name)
    if isinstance(field, peewee.DateTimeField) or (isinstance(value, str) and _MOMENT.match(value)):
        return _moment(value)
    if field and not isinstance(field, peewee.ForeignKeyField | peewee.JSONField):
        return translated(names.plain(field, value))
    if name in ("total_fen", "held_seconds", "photos"):
        return {"total_fen": yuan, "held_seconds": duration, "photos": _count}[name](value)
    if label := dict(NOTES.get(name, ("", []))[1]).get(str(value)):
        return _(label)
    return _spoken(value)


def _count(values: Any) -> str:
    return _("%(count)s 张", count=len(values or []))


def _moment(value: Any) -> str:
    try:
        return when(datetime.fromisoformat(value).replace(tzinfo=None))
    except (TypeError, ValueError):
        return "" if value is None else str(value)


def _spoken(value: Any) -> str:
    if isinstance(value, list):
        return _("、").join(_spoken(part) for part in value)
    if isinstance(value, dict):
        return " ".join(_spoken(part) for part in value.values())
    return "" if value is None else _("是") if value is True else translated(str(value))
