"""Who may look at a photo: who sees what it is of, and of a text that is reviewed, who sees the text that names it."""

from hall import access, events, moderation_flow, question_reading
from models import ENTITIES, Moderated, Person, Photo


def may_see(person: Person | None, photo: Photo) -> bool:
    """Whether `person` (None is a stranger) sees what the photo is of; nobody sees more of it than that."""
    model = {events.subject_type(entity): entity for entity in ENTITIES}.get(photo.subject_type)
    subject = model.get_or_none(model.id == photo.subject_id) if model else None
    if isinstance(subject, Moderated):
        return _may_see_beside_text(person, photo, subject)
    return subject is not None and access.sees(person, subject)


def _may_see_beside_text(person: Person | None, photo: Photo, row: Moderated) -> bool:
    """A photo is shown with the text that names it: one of a proposed or dropped text to author and moderators only."""
    if person is not None and access.may(person, "moderation.decide"):
        return True
    if photo.name in row.photos or question_reading.is_answer(row, photo):
        return moderation_flow.is_disclosed(row) or access.sees(person, row)
    return person is not None and row.author_id == person.id and not person.is_closed
