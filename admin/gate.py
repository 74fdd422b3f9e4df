"""The one door of the panel: who may come in at all, and into which room.

Flask-Admin calls `_handle_view` before every endpoint of a view, so what is asked here holds for list,
details, edit, actions, export and look-ups alike. Every view of the panel stands on `Gate`.
"""

import contextlib
from collections.abc import Hashable, Iterator
from typing import Any

from flask import abort, current_app, g
from flask.typing import ResponseReturnValue
from flask_admin import BaseView
from flask_login import current_user

from hall import access
from models import Person


def me() -> Person:
    """The person who is signed in, as the verbs of the hall want one (`by=me()`)."""
    return (g and g.get("looked_at_as")) or current_user._get_current_object()


@contextlib.contextmanager
def looking_as(person: Person) -> Iterator[None]:
    """See the doors of the panel as `person` would; for telling what opens, never for going through."""
    g.looked_at_as = person
    try:
        yield
    finally:
        del g.looked_at_as


def is_inside() -> bool:
    """Whether whoever asks is signed in and may enter the panel."""
    return bool(current_user and current_user.is_authenticated and access.may(me(), "panel.enter"))


def held_roles() -> Hashable:
    """The roles of whoever asks, whatever they are scoped to: two who have the same find the same rooms open."""
    return me().is_closed, frozenset(access.ROLES[role] for role, _scope in access.grants(me()))


def rights() -> Hashable:
    """The roles with their scopes: two who have the same may change the same rows by hand."""
    return me().is_closed, frozenset((access.ROLES[role], scope) for role, scope in access.grants(me()))


class Gate(BaseView):
    """A room of the panel. `need` is a further permission that its visitors must hold.

    `category` names the area of the side navigation (admin.AREAS) and `menu_icon_value` its icon.
    """

    need = ""

    def is_accessible(self) -> bool:
        return is_inside() and (not self.need or access.may(me(), self.need))

    def allows(self, endpoint: str) -> bool:
        """Whether the person, who may see this room, may use this endpoint of it."""
        return True

    # Positional only: a route with an argument called `name` would collide with Flask-Admin's own.
    def _handle_view(self, endpoint: str, /, **arguments: Any) -> ResponseReturnValue | None:
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        if not self.is_accessible() or not self.allows(endpoint):
            abort(404)
        return None

    # Flask-Admin runs a view again with other arguments after any TypeError, and so hides the error.
    def _run_view(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        return fn(self, *args, **kwargs)
