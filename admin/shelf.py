"""What was put away, in the lists: they show what is in use, unless the address asks for the archive."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import peewee
from flask import g
from flask_babel import gettext as _

from hall import archive
from hall.words import N_
from models import Archived, Entity

ARG = "archived"
CHOICES = [("only", N_("已归档")), ("all", N_("在用和已归档"))]


def has_shelf(model: type[Entity]) -> bool:
    """Whether rows of `model` are put away: those that people keep by hand and that others point at."""
    return not model.frozen and bool(model._meta.backrefs)


def within(query: peewee.ModelSelect, said: Mapping[str, str]) -> peewee.ModelSelect:
    """The rows of `query` that a list shows where the address says `said`: those in use, if it says nothing."""
    if said.get(ARG, "") in dict(CHOICES) or not has_shelf(query.model) or not _holds_any(query.model):
        return query
    return archive.without(query)


def know(model: type[Entity], any_away: bool) -> None:
    """Remember for this request whether any row of `model` was put away, where that is known already."""
    g.setdefault("shelves", {})[model._meta.table_name] = any_away


def _holds_any(model: type[Entity]) -> bool:
    """Whether anything at all was put away: a list of which nothing was is not narrowed, and so can be counted.

    Asked once a request: a page has a list for each saved view.
    """
    kind = model._meta.table_name
    if kind not in g.setdefault("shelves", {}):
        know(model, Archived.select(Archived.id).where(Archived.subject_type == kind).exists())
    known: bool = g.shelves[kind]
    return known


@dataclass(frozen=True)
class Shelf:
    """The control that shows what was put away; it stands among the filters (admin/filters.py)."""

    model: type[Entity]
    arg: ClassVar[str] = ARG
    kind: ClassVar[str] = "one"
    group: ClassVar[str] = ARG
    group_label: ClassVar[str] = N_("归档")
    is_listed: ClassVar[bool] = False
    choices: ClassVar[list[tuple[str, str]]] = CHOICES

    @property
    def label(self) -> str:
        return _("归档")

    def said(self, text: str) -> str:
        return _(dict(CHOICES).get(text, text))

    def condition(self, text: str) -> Any:
        if text not in dict(CHOICES):
            raise ValueError(text)
        if text == "all":
            return peewee.SQL("1 = 1")
        mine = Archived.subject_type == self.model._meta.table_name
        return self.model.id.in_(Archived.select(Archived.subject_id).where(mine))


def filters(model: type[Entity]) -> list[Shelf]:
    return [Shelf(model)] if has_shelf(model) else []
