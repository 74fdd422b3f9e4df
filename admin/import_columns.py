"""What the columns of a file mean: guessed from what people call them, and in which order its rows can be taken."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

import peewee
from flask_babel import force_locale
from flask_babel import gettext as _

from admin import names
from admin.export import ROW_NUMBER, is_numbered, unique_sets
from admin.fields import answerable, must_be_answered
from hall.import_files import Line
from models import Entity

ROW = "id"


def offered(model: type[Entity]) -> list[tuple[str, str]]:
    """The columns that a file can fill, as (name, label): those of the form, and the row's number where it counts."""
    numbered = [(ROW, ROW_NUMBER)] if is_numbered(model) else []
    return [*numbered, *((name, model._meta.fields[name].verbose_name) for name in answerable(model))]


def guess(model: type[Entity], headers: Iterable[str]) -> list[str]:
    """For each heading the name of the column that it means, "" where none is meant; none twice."""
    known: dict[str, str] = {}
    for name, label in offered(model):
        with force_locale("en"):
            english = _(label)
        for word in (name, label, english):
            known.setdefault(_plain(word), name)
    found: list[str] = []
    for header in headers:
        name = known.get(_plain(header), "")
        found.append("" if name in found else name)
    return found


def _plain(word: str) -> str:
    """A heading without what people add to it: spaces, stars, units in brackets."""
    word = re.sub(r"\(.*?\)|（.*?）", "", unicodedata.normalize("NFKC", word).casefold())
    return re.sub(r"[\s_*:\-]", "", word)


def key_of(model: type[Entity], columns: Iterable[str]) -> tuple[str, ...]:
    """The columns by which a row of the file is found again in the entity; () where nothing does."""
    given = set(columns)
    return next((key for key in unique_sets(model) if set(key) <= given), ())


def missing(model: type[Entity], columns: Iterable[str]) -> list[peewee.Field]:
    """The columns that a new row needs and that the file does not have."""
    given = set(columns)
    fields = [model._meta.fields[name] for name in answerable(model)]
    return [field for field in fields if must_be_answered(field) and field.name not in given]


def said_twice(model: type[Entity], columns: Mapping[int, str], lines: list[Line]) -> dict[int, int]:
    """{row: the earlier row of the file that is about the same}."""
    places = {name: place for place, name in columns.items()}
    key = key_of(model, places) or ((ROW,) if ROW in places else ())
    first: dict[tuple[str, ...], int] = {}
    twice = {}
    for row, line in enumerate(lines):
        said = tuple(line.cells[places[name]].strip() for name in key)
        if any(said) and first.setdefault(said, row) != row:
            twice[row] = first[said]
    return twice


def in_order(model: type[Entity], columns: Mapping[int, str], lines: list[Line]) -> list[int]:
    """The rows in an order in which those come first that others of the file point at: a family before its items."""
    above = [
        place for place, name in columns.items() if getattr(model._meta.fields.get(name), "rel_model", None) is model
    ]
    rows = range(len(lines))
    if not above:
        return list(rows)
    called = {title: row for row in reversed(rows) for title in titles(model, columns, lines[row])}
    order: dict[int, None] = {}
    for row in rows:
        chain: list[int] = []
        at: int | None = row
        # Up to what stands at the top; a circle ends where it began, and its rows are refused when they are tried.
        while at is not None and at not in order and at not in chain:
            chain.append(at)
            at = next((called[text] for place in above if (text := lines[at].cells[place].strip()) in called), None)
        order.update(dict.fromkeys(reversed(chain)))
    return list(order)


def titles(model: type[Entity], columns: Mapping[int, str], line: Line) -> set[str]:
    """By which names other rows of the file may mean this one."""
    texts = {
        name: line.cells[place].strip()
        for place, name in columns.items()
        if isinstance(model._meta.fields.get(name), peewee.CharField | peewee.TextField)
    }
    empty = {field.name: "" for field in names.shown(model) if isinstance(field, peewee.CharField | peewee.TextField)}
    row = model(**empty | texts)
    key = names.natural_key(model)
    if names.keys(key):
        return set()
    said = {names.title(row), names.name(row)}
    if len(key) == 1:
        said.add(texts.get(key[0].name, ""))
    return said - {""}
