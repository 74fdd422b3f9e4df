"""Columns that the panel shows masked: an entity names them in `private`, whoever needs one asks for it, on the record.

In lists, details, history, files and look-ups nobody reads such a column in clear, and nobody can search, sort or
filter by it, since the rows that are found would tell. Who holds `private.show` by a role that reads the row may see
one value at a time, which leaves an event. The queues show whom to call to those who are sent there.
"""

from collections.abc import Mapping
from typing import Any

from hall import events
from hall.permissions import covers as reaches
from hall.permissions import grants
from hall.roles import ROLES
from hall.words import N_, Refused
from models import ENTITIES, Entity, Event, Person, database

STARS = "****"
SHOW = "private.show"
# What is private somewhere; of a table that is no more, nobody knows what was.
_ANYWHERE = frozenset(name for model in ENTITIES for name in model.private)
_BY_TABLE = {events.subject_type(model): model for model in ENTITIES}


def covers(model: type[Entity], name: str, person: Person | None) -> bool:
    """Whether the column `name` is masked for `person`; None is the system, which sees everything."""
    return person is not None and name in model.private


def mask(text: str) -> str:
    """What is left of a phone, an address or a number: 139****0073, l****@example.edu, ****."""
    text = text or ""
    name, at, host = text.rpartition("@")
    if at:
        return f"{name[:1]}{STARS}@{host}"
    if len(text) >= 11:
        return f"{text[:3]}{STARS}{text[-4:]}"
    return f"{text[:1]}{STARS}{text[-2:]}" if len(text) >= 7 else STARS if text else ""


def typed(text: str, present: str) -> str:
    """What somebody means who wrote `text` where the mask of `present` stood: the mask itself changes nothing.

    Raises Refused for another mask.
    """
    now = mask(present)
    if text == now:
        return present
    if STARS in text:
        raise Refused(N_("请填写完整；现在是“%(now)s”，照样写就不改"), now=now) if now else Refused(N_("请填写完整"))
    return text


def masked(event: Event) -> dict[str, Any]:
    """The details of an event with what is private in the entity that it is about masked; the event stays as it is."""
    model = _BY_TABLE.get(event.subject_type)
    details = event.details if isinstance(event.details, dict) else {}
    names = model.private if model else _ANYWHERE
    if not names:
        return details
    told = {key: _hidden(value) if key in names else value for key, value in details.items()}
    if isinstance(changes := details.get("changes"), Mapping):
        told["changes"] = {key: _hidden(pair) if key in names else pair for key, pair in changes.items()}
    return told


def _hidden(value: Any) -> Any:
    if isinstance(value, list):
        return [_hidden(part) for part in value]
    return mask(value) if isinstance(value, str) else STARS if value else value


def may_show(person: Person | None, row: Entity) -> str:
    """The role by which `person`, who sees `row`, may see what is private in it; "" where there is none."""
    if person is None or person.is_closed:
        return ""
    named = {"*", type(row).__name__}
    for role, scope in grants(person):
        reads = named & (ROLES[role].reads | ROLES[role].edits)
        if reads and SHOW in ROLES[role].may and reaches(role, scope, row):
            return role
    return ""


def show(row: Entity, name: str, *, by: Person) -> str:
    """The private column `name` of `row` in clear; that `by` looked at it is recorded. Raises Refused."""
    role = may_show(by, row)
    if not role or not covers(type(row), name, by):
        raise Refused(N_("您没有权限查看这一项"))
    field = type(row)._meta.fields[name]
    with database.atomic():
        events.record(row, "show_private", N_("查看隐去的内容"), by=by, role=role, details={"seen": field.verbose_name})
    return str(row.__data__.get(name) or "")
