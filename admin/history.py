"""The history of one row, out of its events: who did what when and from where, and what each change was before."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee
from flask_babel import gettext as _

from admin import names
from admin.gate import me
from hall import access, events, forgetting, masks, row_versions
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
    SignIn,
)
from templating import device_name, duration, translated, when, yuan

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
    "version": (N_("恢复到第几步"), []),
    "seen": (N_("查看了"), []),
    "side": (N_("哪一方"), [("seller", N_("卖家")), ("buyer", N_("买家"))]),
}
# Keys by which the hall finds its own rows again, and which say nothing to people.
UNTOLD = frozenset(("submission", "claim", "message", "buyer_id", "desk", "days", "undone", "event", "reply"))


@dataclass(frozen=True)
class Entry:
    """One event as the page shows it; `changes` are (label, before, after), `notes` (label, text).

    `where` is the address and the device of the session in which it was done, "" where the reader is not to know.
    """

    event: Event
    who: str
    where: str
    changes: list[tuple[str, str, str]]
    notes: list[tuple[str, str]]


def entries(row: Entity, before: int = 0) -> tuple[list[Entry], int]:
    """The events of `row`, newest first, and the number to ask for older ones by (0: there are none)."""
    query = Event.select().where(events.of_row(row))
    if before:
        query = query.where(Event.seq < before)
    found = list(query.order_by(Event.seq.desc()).limit(PAGE + 1))
    page = forgetting.veil(found[:PAGE], row)
    return told(type(row), page), page[-1].seq if len(found) > PAGE else 0


def told(model: type[Entity], page: list[Event]) -> list[Entry]:
    """Events about rows of `model` as a page shows them; they went through `forgetting.veil`. One query more."""
    sessions = sessions_of(page)
    return [entry(model, event, sessions.get(event.sign_in_id)) for event in page]


def sessions_of(page: Iterable[Event]) -> dict[int, SignIn]:
    """The sessions in which these events were done, as far as the reader may know them: one's own, and everybody's for
    who reads sessions."""
    may_see = access.can_read(me(), SignIn)
    ids = {event.sign_in_id for event in page if event.sign_in_id and (may_see or event.actor_id == me().id)}
    return {row.id: row for row in SignIn.select().where(SignIn.id.in_(ids))} if ids else {}


def entry(model: type[Entity], event: Event, session: SignIn | None = None) -> Entry:
    """One event about a row of `model`, in words; what is private in it is masked."""
    role = access.role_label(event.actor_role) if event.actor_role else ""
    who = " · ".join(part for part in (event.actor_name, _(role) if role else "") if part)
    where = [session.address, device_name(session.device) if session.device else ""] if session else []
    details = masks.masked(event)
    hidden = {field.name for field in model._meta.sorted_fields} - {field.name for field in names.shown(model)}
    return Entry(
        event,
        who,
        " · ".join(part for part in where if part),
        [
            (_label(model, name), _text(model, name, old), _text(model, name, new))
            for name, (old, new) in row_versions.changes_of(details).items()
            if name not in hidden
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
