"""Two people at one row: what the form showed when it was opened, and both versions side by side (fault 39)."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_admin.form import BaseForm
from flask_babel import gettext as _

from admin import names
from admin.fields import answerable
from hall import events, site
from models import Entity

HASHED = 10  # hex digits a column
BETWEEN = "-"
KEEP = "keep_"


class Changed(Exception):
    """Somebody saved the row after it was shown; `row` is what stands there now."""

    def __init__(self, row: Entity) -> None:
        self.row = row


@dataclass(frozen=True)
class Difference:
    """A column of which two versions are there; `choice` is which of them is proposed: "now" or "mine"."""

    name: str
    label: str
    now: str
    mine: str
    choice: str

    @property
    def arg(self) -> str:
        return KEEP + self.name


def fingerprint(row: Entity) -> str:
    """What the form of `row` showed, column by column, in a form that tells nobody what it was."""
    about = f"{events.subject_type(row)} {row.id}"
    said = (f"{about} {name} {row.__data__.get(name)}" for name in answerable(type(row)))
    return BETWEEN.join(hmac.new(site.secret, each.encode(), hashlib.sha256).hexdigest()[:HASHED] for each in said)


def changed_since(row: Entity, seen: str) -> set[str]:
    """The columns that are not any more what the form of `seen` showed."""
    columns, then = answerable(type(row)), seen.split(BETWEEN)
    if len(then) != len(columns):
        return set(columns)
    now = fingerprint(row).split(BETWEEN)
    return {name for name, old, new in zip(columns, then, now, strict=True) if old != new}


def differences(form: BaseForm, row: Entity, seen: str) -> list[Difference]:
    """The columns in which what was typed and what stands in `row` now are not the same, of those that somebody else
    changed meanwhile. What one did not touch oneself is proposed as it stands now.

    What is private is told whatever was typed, and always proposed alike: nobody finds out by trying what stands there.
    """
    names.load([row], names.shown(type(row)))
    theirs, found = changed_since(row, seen), []
    for name in answerable(type(row)):
        column = getattr(type(row), name)
        now, mine = names.value_of(row, column), form[name].data
        is_private = names.is_private(column)
        if name not in theirs or (now == mine and not is_private):
            continue
        texts = [names.plain(column, value) or _("（空）") for value in (now, mine)]
        untouched = is_private or _is_as_opened(row, name, mine, seen)
        found.append(Difference(name, column.verbose_name, *texts, choice="now" if untouched else "mine"))
    return found


def _is_as_opened(row: Entity, name: str, value: Any, seen: str) -> bool:
    """Whether `value` is what the form showed when it was opened."""
    columns, then = answerable(type(row)), seen.split(BETWEEN)
    if len(then) != len(columns):
        return False
    plain = value.id if isinstance(value, Entity) else value
    said = f"{events.subject_type(row)} {row.id} {name} {plain}"
    digest = hmac.new(site.secret, said.encode(), hashlib.sha256).hexdigest()[:HASHED]
    return then[columns.index(name)] == digest


def keep(form: BaseForm, row: Entity, said: Mapping[str, str]) -> None:
    """Answer those questions of `form` with what stands in `row` for which somebody chose that."""
    chosen = kept(said)
    names.load([row], [getattr(type(row), name) for name in chosen if name in form])
    for name in chosen:
        if name in form:
            form[name].data = names.value_of(row, getattr(type(row), name))


def kept(said: Mapping[str, str]) -> Iterable[str]:
    """The columns for which somebody chose what stands there now."""
    return [key.removeprefix(KEEP) for key, value in said.items() if key.startswith(KEEP) and value == "now"]
