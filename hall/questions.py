"""Questions that an operator adds to what the hall asks, without code: which there are, and what was answered.

Which are put is in `question_reading`, what an answer may be in `question_values`, how an operator changes them in
`question_editing`; who needs them imports them from here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from hall.photos import attach
from hall.question_editing import add as add
from hall.question_editing import change as change
from hall.question_editing import copy as copy
from hall.question_editing import move as move
from hall.question_editing import restore as restore
from hall.question_editing import retire as retire
from hall.question_reading import CLOSED as CLOSED
from hall.question_reading import PURPOSE as PURPOSE
from hall.question_reading import SUBJECTS as SUBJECTS
from hall.question_reading import Told as Told
from hall.question_reading import answered as answered
from hall.question_reading import answers_of as answers_of
from hall.question_reading import asked_about as asked_about
from hall.question_reading import for_subject as for_subject
from hall.question_reading import given_before as given_before
from hall.question_reading import of as of
from hall.question_reading import offered as offered
from hall.question_reading import put, told
from hall.question_reading import shown as shown
from hall.question_reading import shown_on as shown_on
from hall.question_shape import about_label as about_label
from hall.question_shape import is_open as is_open
from hall.question_values import PREFIX as PREFIX
from hall.question_values import checked, packed
from models import Entity, Person, Question


def keep(subject: Entity, asked: Sequence[Question], given: Mapping[str, Any], *, by: Person | None) -> list[Told]:
    """Check and write the answers to `asked` about `subject`, inside the caller's transaction; gives what is kept.

    `given` is {code: what was typed or sent}, of photos what `photos.prepare` gave. An answer that was there and is
    left out now is gone, photos are added to those that are there. Raises Refused with the field `q_<code>`.
    """
    if not asked:
        return []
    places = {_place(question) for question in asked}
    before = {each.question.code: each for each in answers_of(subject) if _place(each.question) in places}
    there = {each.question.code: told(each).photos for each in before.values()}
    values = checked(asked, given, there)
    for question in asked:
        value, old = values[question.code], before.get(question.code)
        if question.kind == "photo":
            added = attach(subject, value, by=by, purpose=PURPOSE) if value else []
            value = packed([*there.get(question.code, []), *(photo.name for photo in added)])
        if old is not None and (old.question_id, old.value) == (question.id, value):
            continue
        if old is not None:
            old.delete_instance()
        if value:
            put(subject, question, value)
    return answered(subject)


def _place(question: Question) -> tuple[str, str]:
    """Where a code means one question: an application answers to its form and to each of its steps."""
    return question.asked_of, question.about if question.asked_of == "service_step" else ""


def drop_others(subject: Entity, asked: Sequence[Question]) -> None:
    """Take back the answers to questions that are not put any more, because the row is about something else now."""
    kept = {question.code for question in asked}
    for old in answers_of(subject):
        if old.question.code not in kept:
            old.delete_instance()


def changes(before: Sequence[Told], after: Sequence[Told]) -> dict[str, list[str]]:
    """What is different, for an event: {question: [before, after]} as text; of photos how many."""

    def said(each: Told) -> str:
        return each.text() or str(len(each.photos))

    was, now = ({each.question.code: each for each in all_of} for all_of in (before, after))
    found = {}
    for code in dict.fromkeys([*was, *now]):
        old, new = (said(all_of[code]) if code in all_of else "" for all_of in (was, now))
        if old != new:
            found[(now.get(code) or was[code]).question.label_text] = [old, new]
    return found
