"""Who hears of what happened to a kind of subject, as data: what `hall/notify.py` reads for every event."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, TypeVar

from hall import access
from hall.sql_text import prepared
from models import Entity, Event, Grant, Person

T = TypeVar("T")


@dataclass(frozen=True)
class Telling(Generic[T]):
    """What is told of one kind of subject; T is what `load` gives and audiences, values and links are made from.

    `table` has (audience, sentence) pairs for a step, for `step>state` where it matters where the step led, or for `*`:
    whatever step it does not name; somebody in several audiences hears the first. `load` gives what they need to know
    of an event's subject. `values` fills the sentences; `link` is where a person is sent. Steps in `waits` are told
    only `patience` after they happened, and never if something later has taken them back, which
    `waits[step](event, later)` says.
    """

    table: dict[str, list[tuple[Callable[[T], Iterable[Person]], str]]]
    load: Callable[[Event], T]
    values: Callable[[T], dict[str, str]]
    link: Callable[[T, Person], str]
    waits: Mapping[str, Callable[[Event, Event], bool]] = field(default_factory=dict)
    patience: timedelta = timedelta()

    def of_step(self, name: str) -> list[tuple[Callable[[T], Iterable[Person]], str]]:
        """The pairs for a step, wherever it led."""
        return self.table.get(name, self.table.get("*", []))


def holders(permission: str, subject: Entity | None = None) -> list[Person]:
    """The people to whom a grant gives `permission`, on `subject` if one is given; for telling them."""
    roles = tuple(name for name, role in access.ROLES.items() if permission in role.may)
    people = {}
    for row in _granted.told(roles=roles):
        role, scope, person = row.said[:3]
        if person not in people and access.covers(str(role), str(scope), subject):
            people[person] = row.entity.person
    return list(people.values())


@prepared
def _granted(*, roles: tuple[str, ...]) -> Any:
    grants = Grant.select(Grant.role, Grant.scope, Person).join(Person)
    return grants.where(Grant.role.in_(roles), Person.is_closed == False)  # noqa: E712
