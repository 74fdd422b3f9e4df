"""The questions that an operator added, as columns of the generated files; as filters see admin/question_filters.py.

All wordings of one question are one column, under the newest of them. A file has a column for whatever is asked now,
and for whatever was asked and answered once.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import peewee
from flask import g
from flask_babel import gettext as _

from admin import names
from hall import question_reading
from hall import question_values as values
from hall.question_values import Bilingual
from models import (
    THREAD_KINDS,
    Answer,
    Application,
    Edition,
    Entity,
    ItemKind,
    Listing,
    ListingCategory,
    PropertyNotice,
    Question,
    RepairItem,
    RepairOrder,
    ServiceStep,
    Thread,
    tuples,
)
from templating import translated

# By which of its columns a row says what is asked of it.
CHOOSES: dict[type[Entity], str] = {
    RepairOrder: "item",
    Thread: "kind",
    PropertyNotice: "item_kind",
    Listing: "category",
    Application: "service",
}
MOST_CHOSEN = 50
_ID = re.compile("[0-9]{1,9}")
_NAMED: dict[str, Any] = {"repair_item": RepairItem, "property_notice": ItemKind, "listing": ListingCategory}


@dataclass
class Column:
    """One question in all its wordings: their ids, the newest of them, and of which service it is (0 for none).

    `place` tells it from others of the same name, "" where there are none.
    """

    newest: Question
    service: int = 0
    ids: list[int] = field(default_factory=list)
    options: dict[str, Bilingual] = field(default_factory=dict)
    place: str = ""

    @property
    def label(self) -> str:
        said = translated(values.label_of(self.newest))
        return _("%(label)s（%(place)s）", label=said, place=self.place) if self.place else said


def kinds_of(model: type[Entity]) -> list[str]:
    """As what the questions of rows of `model` are asked; [] where none can be."""
    if model is Application:
        return ["edition", "service_step"]
    return [question_reading.SUBJECTS[model]] if model in question_reading.SUBJECTS else []


class Known(NamedTuple):
    """What an edition is to a question: the id of its service, its state and its name."""

    service: int
    state: str
    name: str
    name_en: str


def editions(model: type[Entity]) -> Mapping[int, Known]:
    """Every edition by its id, where rows of `model` are asked by their edition.

    Found out once a request: a page has a list for each saved view.
    """
    if model is not Application:
        return {}
    if "editions_asked" not in g:
        some = Edition.select(Edition.id, Edition.service, Edition.state, Edition.name, Edition.name_en)
        g.editions_asked = {row[0]: Known(*row[1:]) for row in tuples(some)}
    known: Mapping[int, Known] = g.editions_asked
    return known


def edition_of(question: Question) -> int:
    """The edition that a question of a service belongs to; 0 where there is none."""
    number = question.about.partition(":")[0]
    return int(number) if question.asked_of in question_reading.CLOSED and number.isdigit() else 0


def merged(model: type[Entity], rows: Iterable[Question]) -> list[Column]:
    """The columns of these questions, which come by their ids; of a service form and steps have codes of their own."""
    known, found = editions(model), dict[Any, Column]()
    for question in rows:
        edition = known.get(edition_of(question))
        service = edition.service if edition is not None else 0
        key = (service, question.about.partition(":")[2] if service else "", question.code)
        column = found.setdefault(key, Column(question, service))
        column.newest = question
        column.ids.append(question.id)
        if question.kind in values.DECIDING:
            column.options |= values.options_of(question)
    return list(found.values())


def columns(model: type[Entity], services: Collection[int] = (), taken: Iterable[str] = ()) -> list[Column]:
    """What a file of rows of `model` has a column for, oldest first; of applications of some `services` only theirs.

    No two have the same label, nor one that is `taken`. One query, of applications two, where names are alike one more.
    """
    if not (kinds := kinds_of(model)):
        return []
    was_answered = peewee.fn.EXISTS(Answer.select(Answer.id).where(Answer.question == Question.id))
    known, used = editions(model), set[int]()
    rows = list(
        Question.select(Question, was_answered.alias("used")).where(Question.asked_of.in_(kinds)).order_by(Question.id)
    )
    for row in rows:
        edition = known.get(edition_of(row))
        is_asked = row.retired is None and (model is not Application or getattr(edition, "state", "") == "published")
        if row.used or is_asked:
            used.add(row.id)
    found = [column for column in merged(model, rows) if used & set(column.ids)]
    found = [column for column in found if not services or column.service in services]
    return told_apart(model, found, taken)


def told_apart(model: type[Entity], found: list[Column], taken: Iterable[str] = ()) -> list[Column]:
    """The same columns, with where each is asked beside a label that says not enough; and a number if still alike."""
    held, counted = set(taken), Counter(column.label for column in found)
    alike = [column for column in found if counted[column.label] > 1 or column.label in held]
    for column, place in zip(alike, _places(model, alike), strict=True):
        column.place = place
    seen = Counter(held)
    for column in found:
        place, nth = column.place, 1
        while column.label in seen:
            nth += 1
            column.place = f"{place} {nth}".strip()
        seen[column.label] += 1
    return found


def _places(model: type[Entity], some: Sequence[Column]) -> list[str]:
    """Where each of these is asked, as people call it: the service with its step, the item, the kind."""
    if not some:
        return []
    if model is Application:
        all_editions, steps, named = editions(model), _steps(some), list[str]()
        for column in some:
            edition = all_editions.get(edition_of(column.newest))
            parts = [Bilingual(edition.name, edition.name_en)] if edition is not None else []
            parts += steps.get(column.newest.about, [])
            named.append(" · ".join(translated(part) for part in parts))
        return named
    abouts = {column.newest.about for column in some}
    known: dict[str, str] = dict(THREAD_KINDS)
    if there := _NAMED.get(some[0].newest.asked_of):
        known = dict(tuples(there.select(there.code, there.name).where(there.code.in_(abouts))))
    return [translated(known.get(each.newest.about, "")) or each.newest.about or _("全部") for each in some]


def _steps(some: Iterable[Column]) -> dict[str, list[Bilingual]]:
    """{about: [name]} of the steps at which these are asked."""
    abouts = {column.newest.about: edition_of(column.newest) for column in some if ":" in column.newest.about}
    rows = ServiceStep.select().where(ServiceStep.edition.in_(list(abouts.values()))) if abouts else []
    return {f"{row.edition_id}:{row.code}": [Bilingual(row.name, row.name_en)] for row in rows}


def cells(model: type[Entity], shown: Sequence[Column], rows: Iterable[Entity]) -> dict[int, list[str]]:
    """{row id: texts} for those columns, photos as how many there are; one query for the answers of all `rows`."""
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


def chosen(model: type[Entity], by: str) -> list[Any]:
    """To what a list is narrowed by what its address says of CHOOSES: the ids of services, the codes of kinds, of items
    with those of their families. At most MOST_CHOSEN rows."""
    key = model._meta.fields[CHOOSES[model]]
    if not isinstance(key, peewee.ForeignKeyField):
        return by.split(",")
    there = key.rel_model
    ids = [int(part) for part in by.replace("#", "").split(",") if _ID.fullmatch(part)]
    if not by.startswith("#"):
        ids = [row[0] for row in tuples(there.select(there.id).where(names.matching(there, by)).limit(MOST_CHOSEN))]
    if model is Application:
        return ids
    meant = there.id.in_(ids)
    if there is RepairItem:
        child = RepairItem.alias()
        meant |= there.id.in_(child.select(child.parent).where(child.id.in_(ids)))
    return [row[0] for row in tuples(there.select(there.code).where(meant).limit(MOST_CHOSEN))]


def live_codes(model: type[Entity], narrowed: Sequence[Any] | None, most: int) -> Any:
    """A select of the codes that are asked of rows of `model`: all of what a list is `narrowed` to (see `chosen`), or
    the newest `most`."""
    newest = Question.alias()
    query = newest.select(newest.code).where(newest.asked_of.in_(kinds_of(model)), newest.retired.is_null())
    if model is Application:
        theirs = Edition.service.in_(list(narrowed or [])) & (Edition.state != "draft")
        there = Edition.select(Edition.id).where(theirs if narrowed is not None else Edition.state == "published")
        step = ServiceStep.edition.cast("text").concat(":").concat(ServiceStep.code)
        query = query.where(
            newest.about.in_(there.select(Edition.id.cast("text")))
            | newest.about.in_(ServiceStep.select(step).where(ServiceStep.edition.in_(there)))
        )
    elif narrowed is not None:
        query = query.where(newest.about.in_(["", *map(str, narrowed)]))
    return query if narrowed is not None else query.order_by(newest.id.desc()).limit(most)
