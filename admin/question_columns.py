"""The questions that an operator added, as filters and columns of the generated lists and files.

All wordings of one question are one filter and one column, under the newest of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, ClassVar

import peewee
from flask_babel import gettext as _

from hall import question_reading
from hall import question_values as values
from models import Answer, Application, Edition, Entity, Question, tuples
from templating import translated

MOST_FILTERS, MOST_COLUMNS = 20, 60
# How an answer is asked for, by the kind of its question; text is found by no index.
_KINDS = {
    "choice": ("choice",),
    "choices": ("choice",),
    "yes_no": ("choice",),
    "number": ("least", "most"),
    "date": ("from", "until"),
}
_FARTHEST = 10**12


@dataclass
class Column:
    """One question in all its wordings: their ids, the newest of them, and whether it is put still."""

    newest: Question
    ids: list[int] = field(default_factory=list)
    options: dict[str, values.Bilingual] = field(default_factory=dict)
    is_live: bool = False

    @property
    def label(self) -> str:
        return translated(values.label_of(self.newest))


@dataclass(frozen=True)
class Answered:
    """One control above a list (admin/filters.py says what such a thing has)."""

    model: type[Entity]
    column: Column
    kind: str
    is_listed: ClassVar[bool] = False
    # Rows are picked by it in the order of the list; no list is fetched by it.
    is_indexed: ClassVar[bool] = False
    via: ClassVar[tuple[str, ...]] = ("answers",)

    @property
    def arg(self) -> str:
        return f"flt_{values.PREFIX}{self.column.newest.code}_{self.column.ids[0]}" + (
            "" if self.kind == "choice" else f"_{self.kind}"
        )

    @property
    def group(self) -> str:
        return f"{values.PREFIX}{self.column.ids[0]}"

    @property
    def group_label(self) -> values.Bilingual:
        return values.label_of(self.column.newest)

    @property
    def label(self) -> str:
        ends = {"least": _("最小"), "most": _("最大"), "from": _("从"), "until": _("到")}
        return f"{self.column.label} · {ends[self.kind]}" if self.kind in ends else self.column.label

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(self.column.options.items()) if self.kind == "choice" else []

    def said(self, text: str) -> str:
        known = self.column.options
        return _("、").join(translated(known[part]) if part in known else part for part in text.split(","))

    def condition(self, text: str) -> Any:
        """The WHERE for what was said. Raises ValueError where it means nothing."""
        here = (Answer.subject_type == self.model._meta.table_name) & (Answer.subject_id == self.model.id)
        found = here & Answer.question.in_(self.column.ids) & self._about(text)
        return peewee.fn.EXISTS(Answer.select(peewee.SQL("1")).where(found))

    def _about(self, text: str) -> Any:
        if self.kind == "choice":
            wanted = [part for part in dict.fromkeys(text.split(",")) if part in self.column.options]
            if not wanted:
                raise ValueError(text)
            if self.column.newest.kind == "choices":
                some = [Answer.value.contains(values.packed([part])[1:-1]) for part in wanted]
                return reduce(or_, some)
            return Answer.value.in_(wanted)
        figure = date.fromisoformat(text).toordinal() if self.kind in ("from", "until") else float(text)
        if not abs(figure) < _FARTHEST:  # nor what is no number at all
            raise ValueError(text)
        return Answer.number >= figure if self.kind in ("least", "from") else Answer.number <= figure


def columns(model: type[Entity]) -> list[Column]:
    """What was ever asked of rows of `model`, oldest first; one query, of applications two."""
    if model not in question_reading.SUBJECTS:
        return []
    kinds = ["edition", "service_step"] if model is Application else [question_reading.SUBJECTS[model]]
    services = dict(tuples(Edition.select(Edition.id, Edition.service))) if model is Application else {}
    found: dict[Any, Column] = {}
    for question in Question.select().where(Question.asked_of.in_(kinds)).order_by(Question.id):
        edition = question.about.partition(":")[0]
        key = (services.get(int(edition)) if services and edition.isdigit() else None, question.code)
        column = found.setdefault(key, Column(question))
        column.newest = question
        column.ids.append(question.id)
        if question.kind in values.DECIDING:
            column.options |= values.options_of(question)
        column.is_live = column.is_live or question.retired is None
    return list(found.values())


def filters(model: type[Entity]) -> list[Any]:
    """The filters by answers above the list of `model`, after those of its own columns."""
    live = [column for column in columns(model) if column.is_live]
    found = [Answered(model, column, kind) for column in live for kind in _KINDS.get(column.newest.kind, ())]
    return found[:MOST_FILTERS]


def headings(model: type[Entity]) -> list[str]:
    """The further columns of an export of `model`."""
    return [column.label for column in columns(model)[:MOST_COLUMNS]]


def cells(model: type[Entity], rows: Iterable[Entity]) -> dict[int, list[str]]:
    """{row id: texts} for those columns, photos as how many there are; one query for the answers of all `rows`."""
    shown = columns(model)[:MOST_COLUMNS]
    if not shown:
        return {}
    places = {question_id: place for place, column in enumerate(shown) for question_id in column.ids}
    ids = [row.id for row in rows]
    found = {row_id: [""] * len(shown) for row_id in ids}
    here = (Answer.subject_type == model._meta.table_name) & Answer.subject_id.in_(ids)
    for answer in Answer.select(Answer, Question).join(Question).where(here):
        if answer.question_id in places:
            told = question_reading.told(answer)
            text = _("、").join(translated(each) for each in told.texts) or str(len(told.photos))
            found[answer.subject_id][places[answer.question_id]] = text
    return found
