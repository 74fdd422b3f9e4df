"""Which questions are put about what, and what was answered: read in one query, also for many rows.

Of a text that is reviewed, the answers are part of what a moderator reads (`content_of`, `write_back`): what everybody
sees was approved, as with its other words.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hall import question_values as values
from hall.freshness import Lasting
from hall.question_values import PREFIX, Bilingual
from models import (
    Answer,
    Application,
    Entity,
    Listing,
    Photo,
    PropertyNotice,
    Question,
    RepairItem,
    RepairOrder,
    Thread,
    tuples,
)

PURPOSE = "answer"  # of a photo that answers a question
# What is asked about by its own rows only: what holds for every edition would change those that are published.
CLOSED = ("edition", "service_step")
# The rows that answers hang on, and what they are asked as.
SUBJECTS: dict[type[Entity], str] = {
    RepairOrder: "repair_item",
    Thread: "thread",
    PropertyNotice: "property_notice",
    Listing: "listing",
    Application: "edition",
}


class Told(NamedTuple):
    """One answer as it is read: of photos the names, of everything else texts; `value` is what is kept."""

    question: Question
    texts: list[Bilingual]
    photos: list[str]
    value: str

    @property
    def label(self) -> Bilingual:
        return values.label_of(self.question)

    def text(self, language: str = "zh") -> str:
        """The answer in one line, in `language`; "" of photos."""
        return (", " if language == "en" else "、").join(each.into(language) for each in self.texts)


@Lasting
def of(asked_of: str, about: str = "") -> list[Question]:
    """The questions that are put about `about`: those about all of the kind first, then the family's, then its own.

    `about` is the code of a repair item or family, of a kind of thing, of a category, the kind of a thread, the id of
    an edition, or `<edition id>:<step>`. One query.
    """
    live = Question.select().where(Question.asked_of == asked_of, Question.retired.is_null())
    if asked_of in CLOSED:
        return list(live.where(Question.about == about).order_by(Question.position, Question.id))
    here = Question.about.in_(["", about])
    if asked_of == "repair_item" and about:
        child, family = RepairItem.alias(), RepairItem.alias()
        above = family.select(family.code).join(child, on=(child.parent == family.id)).where(child.code == about)
        here |= Question.about.in_(above)
    found = list(live.where(here))
    rank = {"": 0, about: 2}
    return sorted(found, key=lambda each: (rank.get(each.about, 1), each.position, each.id))


def is_asked(asked_of: str) -> bool:
    """Whether anything was ever asked of this kind of thing."""
    return asked_of in _kinds()


@Lasting
def _kinds() -> frozenset[str]:
    """Of which kinds of things anything was ever asked."""
    return frozenset(kind for (kind,) in tuples(Question.select(Question.asked_of).distinct()))


def offered(asked_of: str, about: str = "") -> list[Question]:
    """The same as `of`, for a form that is opened: without a query where nothing was ever asked."""
    return of(asked_of, about) if is_asked(asked_of) else []


def asked_about(subject: Any) -> tuple[str, str]:
    """What is asked of a row: (asked_of, about); ("", "") where nothing can be."""
    match subject:
        case RepairOrder():
            return "repair_item", subject.item.code
        case Thread():
            return "thread", subject.kind
        case PropertyNotice():
            return "property_notice", subject.item_kind.code
        case Listing():
            return "listing", subject.category.code
        case Application():
            return "edition", str(subject.edition_id)
    return "", ""


def for_subject(subject: Any) -> list[Question]:
    """The questions that are put about an existing row now."""
    asked_of, about = asked_about(subject)
    return of(asked_of, about) if asked_of else []


def answers_of(subject: Entity) -> list[Answer]:
    """What was answered about a row, with the questions, in their order."""
    about = (Answer.subject_type == subject._meta.table_name) & (Answer.subject_id == subject.id)
    query = Answer.select(Answer, Question).join(Question).where(about)
    return sorted(query, key=lambda each: (bool(each.question.about), each.question.position, each.id))


def answered(subject: Entity) -> list[Told]:
    """What was answered about a row, in the order and the words of the questions as they were then. One query."""
    return [told(each) for each in answers_of(subject)]


def shown_on(subject: Entity) -> list[Told]:
    """The same for a page that shows the row: without a query where nothing was ever asked of its kind."""
    return answered(subject) if is_asked(SUBJECTS.get(type(subject), "")) else []


def told(answer: Answer) -> Told:
    question, value = answer.question, answer.value
    return Told(question, values.texts_of(question, value), values.photos_of(question, value), value)


def shown(given: Mapping[str, Any], asked: Iterable[Question]) -> list[Told]:
    """The same of {code: what is kept}, for what is not written yet."""
    found = []
    for question in asked:
        value = given.get(question.code) or ""
        value = values.packed(value) if isinstance(value, list) else value
        if value:
            found.append(Told(question, values.texts_of(question, value), values.photos_of(question, value), value))
    return found


def given_before(subject: Entity) -> dict[str, str]:
    """{code: what is kept} of a row, to fill a form with."""
    return {each.question.code: each.value for each in answers_of(subject)}


# --- as part of a text that is reviewed ----------------------------------------------------------------


def content_of(row: Entity) -> dict[str, Any]:
    """The answers of a moderated row as its submission keeps them: {`q_<code>`: value}, photos as a list of names."""
    if type(row) not in SUBJECTS or not row.id:
        return {}
    return {PREFIX + each.question.code: _said(each.question, each.value) for each in answers_of(row)}


def _said(question: Question, value: str) -> Any:
    """Photos are a list, so that nobody looks for words in their names."""
    return values.photos_of(question, value) if question.kind == "photo" else value


def proposed(row: Entity, content: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that the author of `row` proposes in `content`, as its submission keeps them.

    Where nothing is asked or nothing said, what was said `before` holds; so do photos, always. Raises Refused.
    """
    if not any(name.startswith(PREFIX) for name in content):
        return {}
    asked = [each for each in for_subject(row) if each.kind != "photo"]
    given = {each.code: content.get(PREFIX + each.code) for each in asked}
    said = {PREFIX + code: value for code, value in values.checked(asked, given).items()}
    return {name: value for name, value in said.items() if value or name in before}


def is_answer(row: Entity, photo: Photo) -> bool:
    """Whether a photo of `row` is the answer to a question, and part of what was reviewed."""
    return photo.purpose == PURPOSE and any(photo.name in each.photos for each in answered(row))


def write_back(row: Entity, content: Mapping[str, Any]) -> None:
    """Make the answers of a row those of a reviewed text; what it does not name stays."""
    wanted = {name.removeprefix(PREFIX): said for name, said in content.items() if name.startswith(PREFIX)}
    if not wanted:
        return
    before = {each.question.code: each for each in answers_of(row)}
    live = {each.code: each for each in for_subject(row)} if wanted.keys() - before.keys() else {}
    for code, said in wanted.items():
        old = before.get(code)
        value = said if isinstance(said, str) else values.packed(said or [])
        if old is None and code in live and value:
            put(row, live[code], value)
        elif old is not None and not value:
            old.delete_instance()
        elif old is not None and old.value != value:
            old.value, old.number = value, values.number_of(old.question, value)
            old.save()


def put(subject: Entity, question: Question, value: str) -> None:
    """Write one answer down that was none before, inside the caller's transaction."""
    Answer.create(
        question=question,
        subject_type=subject._meta.table_name,
        subject_id=subject.id,
        value=value,
        number=values.number_of(question, value),
    )


def labels(model: type[Entity], codes: Iterable[str]) -> dict[str, Question]:
    """The newest wording of each code that is asked of rows of `model`; one query."""
    wanted = list(codes)
    if not wanted or model not in SUBJECTS:
        return {}
    named = Question.select().where(Question.asked_of == SUBJECTS[model], Question.code.in_(wanted))
    return {each.code: each for each in named.order_by(Question.id)}
