"""Words on things: what a rule has marked, shown to staff wherever the thing is shown."""

from collections.abc import Iterable
from typing import Any

from hall import access, clock, events
from hall.words import N_, Refused
from models import Entity, Mark, Person, Rule, database


def put(subject: Entity, text: str, text_en: str = "", *, rule: Rule | None = None) -> bool:
    """Mark `subject`, inside the caller's transaction; False where it has this mark already."""
    values = {"text": text, "text_en": text_en, "rule": rule, "created": clock.now()}
    about = {"subject_type": events.subject_type(subject), "subject_id": subject.id}
    known = Mark.select(Mark.id).where(
        Mark.subject_type == about["subject_type"], Mark.subject_id == subject.id, Mark.text == text
    )
    if known.exists():
        return False
    return bool(Mark.insert({**about, **values}).on_conflict_ignore().execute())


def of(rows: Iterable[Entity]) -> dict[int, list[Mark]]:
    """The marks of rows of one entity by their id, in one query."""
    subjects = list(rows)
    if not subjects:
        return {}
    found: dict[int, list[Mark]] = {}
    kind = events.subject_type(subjects[0])
    mine: Any = Mark.select().where(Mark.subject_type == kind, Mark.subject_id.in_([row.id for row in subjects]))
    for mark in mine.order_by(Mark.id):
        found.setdefault(mark.subject_id, []).append(mark)
    return found


def take_off(subject: Entity, mark_id: int, *, by: Person) -> None:
    """Take a mark off a thing that `by` may see. Gone already is as good. Raises Refused."""
    if not access.may(by, "panel.enter") or not access.sees(by, subject):
        raise Refused(N_("您没有权限取下标记"))
    mine = (Mark.id == mark_id) & (Mark.subject_type == events.subject_type(subject)) & (Mark.subject_id == subject.id)
    with database.atomic():
        mark = Mark.get_or_none(mine)
        if mark is not None and Mark.delete().where(mine).execute():
            role = access.role_for(by, "panel.enter")
            events.record(mark, "delete", N_("取下标记"), by=by, role=role, details={"note": mark.text})
