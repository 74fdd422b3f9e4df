"""What the tests of added questions share: questions of X about lamps, complaints and things, by code."""

from typing import Any

from hall import questions
from models import Answer, Entity, Person, Question, RepairItem
from tests.conftest import Campus

LAMPS = [("ceiling", "房间顶灯", "Ceiling lamp"), ("desk", "书桌灯", "Desk lamp"), ("corridor", "走廊灯", "")]


def options(*of: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"value": value, "label": label, "label_en": english} for value, label, english in of or LAMPS]


def asked(by: Person, code: str, kind: str = "text", about: str = "D01", **more: Any) -> Question:
    """One question; about the lamp that is out, if nothing else is said."""
    said = {"asked_of": "repair_item", "label_text": f"问题 {code}", "options": options(), **more}
    return questions.add(by=by, code=code, kind=kind, about=about, **said)


def lamp(campus: Campus) -> Question:
    """Which lamp, and how many where there are many: what the demo asks."""
    which = asked(campus.X, "lamp", "choice", label_text="哪里的灯", label_en="Which lamp", required=True)
    hangs = {"only_if": "lamp", "only_if_in": ["ceiling", "corridor"]}
    asked(campus.X, "lamps", "number", label_text="几盏", least=1, most=50, unit="盏", required=True, **hangs)
    return which


def item(code: str = "D01") -> RepairItem:
    return RepairItem.get(RepairItem.code == code)


def kept(subject: Entity) -> dict[str, str]:
    """{code: what is kept} of a row."""
    here = (Answer.subject_type == subject._meta.table_name) & (Answer.subject_id == subject.id)
    return {each.question.code: each.value for each in Answer.select(Answer, Question).join(Question).where(here)}
