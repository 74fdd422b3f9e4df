"""Which columns a list shows: those of its address, else those that the person chose, else those of its declaration."""

from collections.abc import Iterable, Mapping

import peewee

from admin import names
from models import Entity, SavedView

ARG = "columns"
MOST = 12


def picked(model: type[Entity], text: str) -> list[peewee.Field]:
    """The columns that `text` names between commas, in its order; unknown ones are left out."""
    known = {field.name: field for field in names.shown(model)}
    return [known[name] for name in dict.fromkeys(text.split(",")) if name in known][:MOST]


def chosen(model: type[Entity], said: Mapping[str, str], views: Iterable[SavedView]) -> list[peewee.Field]:
    """The columns of the list at the address that says `said`, for the person whose views are among `views`."""
    return picked(model, said.get(ARG, "")) or remembered(model, views) or names.listed(model)


def remembered(model: type[Entity], views: Iterable[SavedView]) -> list[peewee.Field]:
    """The columns that the person chose for good; [] where none were."""
    own = next((view for view in views if view.name == ""), None)
    return picked(model, str(own.said.get(ARG, ""))) if own else []


def offered(model: type[Entity], now: list[peewee.Field]) -> list[peewee.Field]:
    """All columns that can be chosen: those that are shown `now` first, in their order."""
    shown = {field.name for field in now}  # a field compares as SQL, so `in` would find any
    return [*now, *(field for field in names.shown(model) if field.name not in shown)]


def text(fields: Iterable[peewee.Field]) -> str:
    """These columns as an address says them."""
    return ",".join(field.name for field in fields)
