"""The questions that the operator of the demo has added, about lamps and about complaints, and what people answer."""

import re
from datetime import timedelta
from typing import Any

from hall import clock, questions
from hall.question_values import NO, YES
from models import Person

LAMPS = "D01"
OPTIONS = [
    ("ceiling", "房间顶灯", "Ceiling lamp of a room"),
    ("desk", "书桌或台面灯", "Desk lamp"),
    ("bathroom", "卫生间灯", "Bathroom lamp"),
    ("corridor", "走廊、楼梯灯", "Corridor or stairs"),
    ("class", "教室、会议室灯", "Classroom or meeting room"),
    ("other", "其他", "Another"),
]
# By which words in a report one knows the lamp; the first that fits.
_WORDS = {"桌|台面": "desk", "卫生间": "bathroom", "楼梯|走廊": "corridor", "教室|黑板|会议室": "class"}
_WORDS |= {"主灯|寝室": "ceiling"}
_FIGURES = {"两": 2, "三": 3, "四": 4, "五": 5, "八": 8}


def ask(by: Person) -> None:
    """Add them, as the operator does in the panel."""
    options = [{"value": value, "label": label, "label_en": english} for value, label, english in OPTIONS]
    lamp: dict[str, Any] = {"by": by, "asked_of": "repair_item", "about": LAMPS}
    told: dict[str, Any] = {"by": by, "asked_of": "thread", "about": "complaint"}
    questions.add(
        **lamp,
        code="lamp",
        kind="choice",
        label_text="哪里的灯",
        label_en="Which lamp",
        options=options,
        required=True,
    )
    questions.add(
        **lamp,
        code="lamps",
        kind="number",
        label_text="有几盏不亮",
        label_en="How many are out",
        least=1,
        most=50,
        only_if="lamp",
        only_if_in=["corridor", "class"],
    )
    questions.add(
        **told,
        code="spoken",
        kind="yes_no",
        label_text="和现场的工作人员说过吗",
        label_en="Have you told the staff there",
    )
    questions.add(
        **told,
        code="spoken_on",
        kind="date",
        label_text="哪天说的",
        label_en="On which day",
        most=0,
        only_if="spoken",
        only_if_in=[YES],
    )


def said(item: str, words: str) -> dict[str, Any]:
    """What somebody answers who reports `item` (its code) in these `words`."""
    if item != LAMPS:
        return {}
    lamp = next((value for pattern, value in _WORDS.items() if re.search(pattern, words)), "other")
    figure = next((number for figure, number in _FIGURES.items() if re.search(f"{figure}[盏根个]", words)), None)
    return {"lamp": lamp, "lamps": figure}


def told(kind: str, words: str) -> dict[str, Any]:
    """What somebody answers who brings a thread of `kind` in these `words`."""
    if kind != "complaint":
        return {}
    spoken = bool(re.search("说过|问过|反映|窗口说|告诉", words))
    return {"spoken": YES if spoken else NO, "spoken_on": clock.today() - timedelta(days=1) if spoken else None}
