"""What questions can be added to, and how many are; what became of those that are asked no more."""

from dataclasses import dataclass, field

from peewee import fn

from hall.words import N_
from models import (
    THREAD_KINDS,
    Answer,
    ItemKind,
    ListingCategory,
    Question,
    RepairItem,
    tuples,
)

OPEN = ("repair_item", "thread", "property_notice", "listing")  # asked by services stands in the builder
MOST_COUNTED = 100
MOST_RETIRED = 50


@dataclass
class Place:
    """One thing that questions can be added to: its code ("" is every one), name, how many, and what it contains."""

    about: str
    name: str
    count: int = 0
    below: list["Place"] = field(default_factory=list)


def places() -> dict[str, list[Place]]:
    """{asked_of: places} of everything but services, each with its number of questions; four queries."""
    rows = Question.select(Question.asked_of, Question.about, fn.COUNT(Question.id)).where(Question.retired.is_null())
    counts = {(kind, about): count for kind, about, count in tuples(rows.group_by(Question.asked_of, Question.about))}
    found: dict[str, list[Place]] = {kind: [Place("", N_("全部"), counts.get((kind, ""), 0))] for kind in OPEN}

    def place(kind: str, code: str, name: str) -> Place:
        return Place(code, name, counts.get((kind, code), 0))

    families: dict[int, Place] = {}
    for item in RepairItem.select().order_by(RepairItem.parent.is_null(False), RepairItem.id):
        here = place("repair_item", item.code, item.name)
        if item.parent_id is None:
            families[item.id] = here
            found["repair_item"].append(here)
        elif item.parent_id in families:
            families[item.parent_id].below.append(here)
    found["thread"] += [place("thread", code, name) for code, name in THREAD_KINDS]
    for kind, model in (("property_notice", ItemKind), ("listing", ListingCategory)):
        named = model.select(model.code, model.name).order_by(model.position, model.id)
        found[kind] += [place(kind, code, name) for code, name in tuples(named)]
    return found


def answers_to(question: Question) -> int:
    """How many have answered it, never counting past MOST_COUNTED."""
    return int(Answer.select(Answer.id).where(Answer.question == question.id).limit(MOST_COUNTED).count())


def retired(asked_of: str, about: str) -> list[Question]:
    """What was asked there and is not any more, in the words of the end; newest first."""
    newer = Question.alias()
    replaced = newer.select(newer.id).where(newer.replaces == Question.id)
    query = Question.select().where(Question.asked_of == asked_of, Question.about == about)
    query = query.where(Question.retired.is_null(False), ~fn.EXISTS(replaced))
    return list(query.order_by(Question.retired.desc(), Question.id.desc()).limit(MOST_RETIRED))
