"""Putting a row away instead of deleting it: it stays readable where it was used, and is offered nowhere any more.

Who chooses among rows asks `without(query)`; who shows rows that were used already does not.
"""

from collections.abc import Iterable
from typing import Any

import peewee

from hall import access, accounts, events
from hall.words import N_, Refused
from models import DISPATCH_CENTRE, Archived, Entity, Event, MaintenanceGroup, Person, database, held, tuples


def put_away(row: Entity, *, by: Person, title: str = "") -> None:
    """Archive `row`; `title` is what its history calls it. Repeating it changes nothing. Raises Refused."""
    _refuse_stranger(row, by)
    if isinstance(row, MaintenanceGroup) and row.code == DISPATCH_CENTRE:
        raise Refused(N_("综合调度中心要接没有人管的单，不能归档"))
    if row == by:
        raise Refused(N_("不能归档自己的账号"))
    with database.atomic():
        now = _held(row)
        if is_away(row):
            return
        Archived.create(**_about(row), title=(title or str(row))[:200], person=by)
        changes = _close(now, True)
        if isinstance(row, Person):
            accounts.keep_an_administrator()  # two of them may be putting each other away
        _record(row, "archive", N_("归档"), by, changes)


def bring_back(row: Entity, *, by: Person) -> None:
    """Take `row` out of the archive; an account that was closed with it is open again. Raises Refused."""
    _refuse_stranger(row, by)
    with database.atomic():
        now = _held(row)
        if Archived.delete().where(*_is(row)).execute():
            _record(row, "unarchive", N_("取消归档"), by, _close(now, False) if _closed_with(row) else {})


def is_away(row: Entity) -> bool:
    """Whether `row` was put away."""
    return Archived.select(Archived.id).where(*_is(row)).exists()


def when_away(row: Entity) -> Archived | None:
    """Who put `row` away and when; None where it is in use."""
    found: Archived | None = Archived.select().where(*_is(row)).first()
    return found


def away_among(model: type[Entity], ids: Iterable[int]) -> set[int]:
    """Those of `ids` that were put away, in one query."""
    wanted = Archived.subject_id.in_(list(ids))
    of_kind = Archived.subject_type == events.subject_type(model)
    return {row[0] for row in tuples(Archived.select(Archived.subject_id).where(of_kind, wanted))}


def living(model: Any) -> Any:
    """The condition that a row of `model` (an entity or an alias of one) was not put away."""
    return ~peewee.fn.EXISTS(_rows_of(model))


def away(model: Any) -> Any:
    """The condition that a row of `model` was put away."""
    return peewee.fn.EXISTS(_rows_of(model))


def without(query: Any) -> Any:
    """The select `query` without what was put away of the entity that it selects from."""
    return query.where(living(query.model))


def _rows_of(model: Any) -> Any:
    table = model._meta.table_name if hasattr(model, "_meta") else model.model._meta.table_name
    about = (Archived.subject_type == table) & (Archived.subject_id == model.id)
    return Archived.select(peewee.SQL("1")).where(about)


def _is(row: Entity) -> tuple[Any, Any]:
    return Archived.subject_type == events.subject_type(row), Archived.subject_id == row.id


def _about(row: Entity) -> dict[str, Any]:
    return {"subject_type": events.subject_type(row), "subject_id": row.id}


def _refuse_stranger(row: Entity, by: Person) -> None:
    if not access.can_edit(by, type(row), row) or not access.sees(by, row):
        raise Refused(N_("您没有权限修改这条记录"))


def _held(row: Entity) -> Entity:
    """`row` as it is now, kept from everybody else until the transaction ends, so that two at once record one event."""
    model = type(row)
    now: Entity | None = held(model.select().where(model.id == row.id)).first()
    if now is None:
        raise Refused(N_("这条记录已经不在了"), stale=True)
    return now


def _close(row: Entity, closed: bool) -> dict[str, list[bool]]:
    """Close an account that is put away, or open it again; gives what changed for the history."""
    if getattr(row, "is_closed", closed) == closed or getattr(row, "forgotten", None):
        return {}
    setattr(row, "is_closed", closed)  # noqa: B010 - not every entity has it
    row.save()
    return {"is_closed": [not closed, closed]}


def _closed_with(row: Entity) -> bool:
    """Whether the account was closed by being put away, and not before."""
    of_row = (Event.subject_type == events.subject_type(row)) & (Event.subject_id == row.id)
    last = Event.select(Event.details).where(of_row, Event.name == "archive").order_by(Event.seq.desc()).first()
    return bool(last and last.details.get("changes"))


def _record(row: Entity, name: str, label: str, by: Person, changes: dict[str, list[bool]]) -> None:
    details = {"changes": changes} if changes else {}
    events.record(row, name, label, by=by, role=access.editing_role(by, type(row), row), details=details)
