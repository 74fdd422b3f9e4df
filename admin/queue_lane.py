"""One lane of a queue: its page by key, the boxes above it, the step that it waits for, all read from the address."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee
from flask import request

from admin import names
from admin.gate import me
from admin.listing import row_id
from hall import access
from hall.flow import Flow, Step
from hall.lanes import Lane

PAGE = 20


def address(**changes: Any) -> dict[str, Any]:
    """The lane, search and page that somebody came from, for links; what is empty is left out."""
    kept = {name: request.args.get(name, "")[:100] for name in ("lane", "q", *access.SCOPES, "after")}
    return {name: value for name, value in {**kept, **changes}.items() if value}


@dataclass(frozen=True)
class Sieve:
    """One select box above a lane: rows of an entity by which grants are scoped, and the chosen code."""

    name: str
    label: str
    rows: list[Any]
    chosen: str


def sieves(model: Any, lane: Lane) -> list[Sieve]:
    """A box for each key that scopes a grant and in which the person sees more than one."""
    found = []
    for name, entity in access.SCOPES.items():
        own = _own_codes(lane.need, name)
        if name in model._meta.fields and (own is None or len(own) > 1):
            rows: list[Any] = [row for row in entity.select().order_by(entity.id) if own is None or row.code in own]
            label = model._meta.fields[name].verbose_name
            found.append(Sieve(name, label, rows, request.args.get(name, "")))
    return found


def _own_codes(need: str, kind: str) -> set[str] | None:
    """The codes to which the person's grants narrow a lane; None where they do not narrow it in this kind."""
    held = [(access.ROLES[role].scope, code) for role, code in access.grants(me()) if need in access.ROLES[role].may]
    return {code for _kind, code in held} if all(known == kind for known, _code in held) else None


def page_of(query: Any, lane: Lane, chosen: list[Sieve]) -> tuple[list[Any], str]:
    """The rows of one page of `query` and the key by which to ask for the next.

    What waits stands by what the hall owes (`promise`, if the entity has one) or by the moment that the lane names,
    a lane without a count newest first.
    """
    model = query.model
    for sieve in chosen:
        if sieve.chosen:
            query = query.where(getattr(model, sieve.name).in_([row for row in sieve.rows if row.code == sieve.chosen]))
    if typed := request.args.get("q", "")[:100]:
        query = query.where(names.matching(model, typed))
    due = model._meta.fields.get(lane.by or model.promise) if lane.counted else None
    moment, key = _after()
    if due is None:
        query = query.where(model.id < key) if key else query
        query = query.order_by(model.id.desc())
    else:
        query = query.where(_behind(due, model, moment, key, lane.undated))
        query = query.order_by(*(due.is_null(), due, model.id) if lane.undated else (due, model.id))
    found = list(query.limit(PAGE + 1))
    rows = found[:PAGE]
    names.load(rows, names.listed(model))
    return rows, _key_of(rows[-1], due) if len(found) > PAGE else ""


def _behind(due: Any, model: Any, moment: datetime | None, key: int, undated: bool) -> Any:
    """What stands behind a row by (`due`, id); rows without a moment come last."""
    if moment is None:
        return due.is_null() & (model.id > key) if undated and key else peewee.SQL("1 = 1")
    later = (due > moment) | ((due == moment) & (model.id > key))
    return later | due.is_null() if undated else later


def _key_of(row: Any, due: Any) -> str:
    moment = getattr(row, due.name) if due is not None else None
    return f"{moment.isoformat() if moment else ''}~{row.id}"


def _after() -> tuple[datetime | None, int]:
    """The key in the address as (promise, id); (None, 0), the first page, for whatever is not one."""
    moment, _tilde, key = request.args.get("after", "").partition("~")
    try:
        return datetime.fromisoformat(moment).replace(tzinfo=None) if moment else None, row_id(key)
    except ValueError:
        return None, 0


def step_of(table: Flow, lane: Lane, subject: Any) -> Step | None:
    """The step that a lane waits for: a row offers no other, so that asking for it costs no query."""
    if lane.among:
        return None  # not by a grant: what is allowed depends on the row
    fits = (
        step for step in table.steps_of(subject).values() if step.need == lane.need and subject.status in step.sources
    )
    return next((step for step in fits if step.name == lane.does or (step.weight == "primary" and not lane.does)), None)
