"""What somebody writes by hand in the panel. What the public may read begins its review there, like any other."""

from typing import Any

from hall import access, accounts, clock, events
from hall.moderation_author import submit
from hall.moderation_flow import board_of
from hall.words import N_, Refused
from models import Archived, Entity, Grant, Moderated, Person, Submission


def save(row: Entity, *, by: Person, is_new: bool) -> None:
    """Save a row as somebody filled it in, inside the caller's transaction.

    A moderated one is theirs and waits for a moderator; later its text changes only by review. Raises Refused.
    """
    if not access.can_edit(by, type(row), row):
        raise Refused(N_("只能填写您授权范围内的"), field=_scope_of(by, row))
    if isinstance(row, Person) and row.forgotten is not None:
        raise Refused(N_("这个账号已由本人注销，不能再修改"))
    if isinstance(row, Moderated):
        _clean(row) if is_new else _keep(row)
        row.author = by if is_new else row.author
    row.save(force_insert=is_new)
    if isinstance(row, Grant | Person) and not is_new:
        accounts.keep_an_administrator()
    if isinstance(row, Moderated) and is_new:
        submit(row, by=by)


def _scope_of(by: Person, row: Entity) -> str:
    """The column of `row` that would have to be what a grant of `by` names."""
    kinds = (access.ROLES[role].scope for role, _scope in access.grants(by))
    return next((kind for kind in kinds if kind in row._meta.fields), "")


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
    """Delete a row, inside the caller's transaction; what of it waits for a moderator is taken back. Raises Refused."""
    if isinstance(row, Moderated):
        back = {"status": "taken_back", "slot": None, "claimed_by": None, "claimed_until": None, "decided": clock.now()}
        slot = f"{events.subject_type(row)}:{row.id}"
        Submission.update(**back).where(Submission.slot == slot).execute()
    # The next row may get this one's number.
    Archived.delete().where(Archived.subject_type == events.subject_type(row), Archived.subject_id == row.id).execute()
    row.delete_instance()
    if isinstance(row, Grant | Person):
        accounts.keep_an_administrator()
