"""What somebody writes by hand in the panel. What the public may read begins its review there, like any other."""

from typing import Any

from hall import clock, events
from hall.moderation_author import submit
from hall.moderation_flow import board_of
from hall.words import N_, Refused
from models import Entity, Moderated, Person, Submission


def save(row: Entity, *, by: Person, is_new: bool) -> None:
    """Save a row as somebody filled it in, inside the caller's transaction.

    A moderated one is theirs and waits for a moderator; later its text changes only by review. Raises Refused.
    """
    if isinstance(row, Person) and row.forgotten is not None:
        raise Refused(N_("这个账号已由本人注销，不能再修改"))
    if isinstance(row, Moderated):
        _clean(row) if is_new else _keep(row)
        row.author = by if is_new else row.author
    row.save(force_insert=is_new)
    if isinstance(row, Moderated) and is_new:
        submit(row, by=by)


def _clean(row: Moderated) -> None:
    said: dict[str, Any] = {name: getattr(row, name) for name in row.reviewed if name != "photos"}
    for name, value in board_of(row).clean(said, row).items():
        setattr(row, name, value)


def _keep(row: Moderated) -> None:
    changed = {field.name for field in row.dirty_fields}
    for name in row.reviewed:
        if name in changed:
            raise Refused(N_("这一项要由作者修改，重新审核后公开"), field=name)


def delete(row: Entity) -> None:
    """Delete a row, inside the caller's transaction; what of it waits for a moderator is taken back."""
    if isinstance(row, Moderated):
        back = {"status": "taken_back", "slot": None, "claimed_by": None, "claimed_until": None, "decided": clock.now()}
        slot = f"{events.subject_type(row)}:{row.id}"
        Submission.update(**back).where(Submission.slot == slot).execute()
    row.delete_instance()
