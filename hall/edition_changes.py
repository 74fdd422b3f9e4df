"""What every change of a service goes through: who may, the claim of the draft, the event, a form sent twice."""

from collections.abc import Callable
from typing import Any

import peewee

from hall import access, events
from hall.words import N_, Refused
from models import Edition, Event, Person, Question, Service, database

NEED = "configure.edit"
MOVED_ON = N_("这一版在您打开之后有了变化，请看最新的再改")
Details = dict[str, Any]


def changed(
    edition: Edition,
    act: Callable[[Edition, str], Details],
    *,
    by: Person | None,
    seen: int | None,
    name: str,
    label: str,
    once: str | None = None,
) -> Edition:
    """Claim a draft, let `act(row, role)` change it and say what it changed, and record that; all or nothing.

    Raises Refused, stale where it is no draft any more or somebody has changed it since `seen` was shown.
    A form that was sent twice (`once`) is done once. Nothing new is no change.
    """
    role = role_of(by)
    try:
        with database.atomic():
            if once and (done := done_before(Edition, once, by)):
                return done
            claimable = (Edition.id == edition.id) & (Edition.state == "draft")
            if seen is not None:
                claimable &= Edition.version == seen
            if not Edition.update(version=Edition.version + 1).where(claimable).execute():
                raise Refused(MOVED_ON, stale=True)
            row = Edition.get_by_id(edition.id)
            if details := act(row, role):
                row.save()
                events.record(row, name, label, by=by, role=role, details=details, once=once)
            else:
                row.version -= 1
                row.save()
            return row
    except (peewee.IntegrityError, Refused) as error:
        too_late = not isinstance(error, Refused) or error.stale
        if once and too_late and (done := done_before(Edition, once, by)):
            return done
        raise


def role_of(by: Person | None) -> str:
    """The role that an event keeps; None is the system. Raises Refused for whoever may not make services."""
    role = access.role_for(by, NEED) if by is not None else "system"
    if not role:
        raise Refused(N_("您没有权限配置在线服务"))
    return role


def done_before(model: type[Any], once: str, by: Person | None) -> Any:
    """What the form with this token has made or changed already; None where it is new."""
    kind = events.subject_type(model)
    event = Event.get_or_none(Event.once == once, Event.subject_type == kind, Event.actor == by)
    return model.get_or_none(model.id == event.subject_id) if event else None


def drop_questions(whose: Any) -> None:
    """Delete the questions of a draft that `whose` names, with their older wordings; nobody has answered them."""
    Question.update(replaces=None).where(whose).execute()
    Question.delete().where(whose).execute()


def slot_of(service: Service, state: str) -> str:
    """What the database allows once: one draft and one running edition of a service."""
    return f"{service.id}:{state}"
