"""The questions that an operator added, as filters of the generated lists.

Where a list is narrowed to one service, item or kind, it has a filter for all that is asked there; else for what was
asked last. What an address names is a filter whatever else there is. Rows are picked by answers in the order of the
list, each by one look into the index on answers, and no more than a list looks at (admin/listing.py).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, ClassVar

import peewee
from flask_babel import gettext as _

from admin.question_columns import Column, chosen, edition_of, kinds_of, live_codes, merged, told_apart
from hall import freshness
from hall import question_values as values
from models import Answer, Application, Entity, Question
from templating import locale_tag, translated

MOST = 20  # filters of a list that is not narrowed
# How an answer is asked for, by the kind of its question.
_KINDS = {
    "choice": ("choice",),
    "choices": ("choice",),
    "yes_no": ("choice",),
    "number": ("least", "most"),
    "date": ("from", "until"),
    "text": ("text",),
    "long_text": ("text",),
    "time": ("text",),
}
_FARTHEST = 10**12
_ARG = re.compile(rf"flt_{values.PREFIX}(?P<code>[a-z][a-z0-9_]*)_\d+(_(least|most|from|until|text))?")


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
    def group_label(self) -> str:
        return self.column.label

    @property
    def label(self) -> str:
        ends = {"least": _("最小"), "most": _("最大"), "from": _("从"), "until": _("到")}
        return f"{self.column.label} · {ends[self.kind]}" if self.kind in ends else self.column.label

    @property
    def choices(self) -> list[tuple[str, str]]:
        return list(self.column.options.items()) if self.kind == "choice" else []

    def said(self, text: str) -> str:
        if self.kind == "text":
            return text
        known = self.column.options
        return _("、").join(translated(known[part]) if part in known else part for part in text.split(","))

    def condition(self, text: str) -> Any:
        """The WHERE for what was said. Raises ValueError where it means nothing."""
        here = (Answer.subject_type == self.model._meta.table_name) & (Answer.subject_id == self.model.id)
        found = here & Answer.question.in_(self.column.ids) & self._about(text)
        # The offset keeps PostgreSQL from reading all answers to the question first, which are as many as rows.
        return peewee.fn.EXISTS(Answer.select(peewee.SQL("1")).where(found).limit(1).offset(0))

    def _about(self, text: str) -> Any:
        if self.kind == "text":
            return Answer.value.contains(text)
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


def filters(model: type[Entity], said: Iterable[str], by: str, *, is_shown: bool) -> list[Answered]:
    """The filters by answers of a list of `model` whose address names `said`, and says `by` of what CHOOSES has; of a
    list that is only counted (not `is_shown`) those that `said` names.

    At most three queries; none where nothing can be asked, or nothing is said and shown.
    """
    named = {arg: found["code"] for arg in said if (found := _ARG.fullmatch(arg))}
    if not kinds_of(model) or not (named or is_shown):
        return []
    narrowed = tuple(chosen(model, by)) if is_shown and by else None
    found = [
        Answered(model, column, kind)
        for column in _columns(model, frozenset(named.values()), narrowed, is_shown, locale_tag())
        for kind in _KINDS.get(column.newest.kind, ())
    ]
    if not is_shown:
        return [flt for flt in found if flt.arg in named]
    if narrowed is None:
        theirs = found[:MOST]
    else:
        theirs = [flt for flt in found if model is not Application or flt.column.service in narrowed]
    # What stands together stays together: an end of a span is no filter without the other.
    kept = {flt.group for flt in theirs} | {flt.group for flt in found if flt.arg in named}
    return [flt for flt in found if flt.group in kept]


@freshness.Kept
def _columns(
    model: type[Entity], codes: frozenset[str], narrowed: tuple[Any, ...] | None, is_shown: bool, _tongue: str
) -> list[Column]:
    """The questions with these codes and, for a list that is shown, those that are put; told apart in one language."""
    wanted = Question.code.in_(sorted(codes))
    if is_shown:
        wanted |= Question.code.in_(live_codes(model, narrowed, MOST))
    rows = Question.select().where(Question.asked_of.in_(kinds_of(model)), wanted).order_by(Question.id)
    found = merged(model, rows)
    order = _in_forms if narrowed is not None else _newest_first
    return told_apart(model, sorted(found, key=order))


def _newest_first(column: Column) -> Any:
    return -column.newest.id


def _in_forms(column: Column) -> Any:
    """The newest edition first, then as in its form."""
    asked = column.newest
    return -edition_of(asked), asked.about, asked.position, asked.id
