"""The moderation flow, what the public may read of it, and what a board adds to it."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import peewee

from hall import answers, question_reading
from hall.flow import Flow
from models import MODERATION_STATES, Department, Entity, Moderated, Person

flow = Flow("moderation", "审核", Moderated, MODERATION_STATES, column="moderation")

LONGEST_TEXT = 5000


def _checked(content: dict[str, Any], row: Moderated) -> dict[str, Any]:
    """The answers of an author as the columns allow them: what is text is trimmed, what is required is there."""
    return {name: _fit(row._meta.fields[name], value) for name, value in content.items()}


def _fit(column: peewee.Field, value: Any) -> Any:
    if not isinstance(column, peewee.CharField | peewee.TextField):
        return value
    required = column.default is None and not column.null
    return answers.text(value or "", column.name, least=int(required), most=getattr(column, "max_length", LONGEST_TEXT))


@dataclass(frozen=True)
class Board:
    """What a moderated entity adds to the flow; without one the defaults hold.

    `clean(content, row)` checks the answers of an author and raises Refused; `after[step](row, by=, submission=, …)`
    runs in the transaction of a step (`undo` is also told the `source` it goes back to); `headline(content)` names a
    text in a list; `pass_on(row, department, by)` gives a reviewed row to a department and returns it; `instead` has a
    sentence for each step that this entity does not know. `doubt(row, content)` says in Chinese what the
    hall noticed in a text that a moderator should look at ("" if nothing), and keeps it from being shown unread;
    `photos(row)` gives the least and the most photos of a row (None: as many as a form takes).
    """

    clean: Callable[[dict[str, Any], Any], dict[str, Any]] = _checked
    after: dict[str, Callable[..., None]] = field(default_factory=dict)
    pass_on: Callable[[Any, Department, Person], Any] | None = None
    instead: dict[str, str] = field(default_factory=dict)
    headline: Callable[[dict[str, Any]], str] = lambda content: str(next(iter(content.values()), ""))[:60]
    doubt: Callable[[Any, dict[str, Any]], str] = lambda row, content: ""
    photos: Callable[[Any], tuple[int, int | None]] = lambda row: (0, None)


BOARDS: dict[type[Moderated], Board] = {}


def board_of(row: Moderated | type[Moderated]) -> Board:
    """What the entity of `row` adds."""
    model = row if isinstance(row, type) else type(row)
    return BOARDS.get(model, Board())


def current(row: Moderated) -> dict[str, Any]:
    """The reviewed columns of a row and its answers to added questions, as a submission keeps them: as JSON."""
    return {name: plain(getattr(row, name)) for name in row.reviewed} | question_reading.content_of(row)


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def write(row: Moderated, content: dict[str, Any]) -> None:
    """Put a reviewed text into its row."""
    for name in row.reviewed:
        if name in content:
            setattr(row, name, content[name])
    question_reading.write_back(row, content)


def disclosed(model: type[Moderated]) -> Any:
    """The rows of `model` that everybody may read, as a select: the only way to rows for the public."""
    kind: Any = model
    return kind.select().where(kind.moderation == "published", *_under_something_public(model, model))


def _under_something_public(model: type[Moderated], rows: Any) -> Iterator[Any]:
    """That what stands above `rows` is disclosed too; asked for each row, because there are many more of the others."""
    if model.above:
        above = model._meta.fields[model.above].rel_model
        holder = above.alias()
        its_own = (holder.id == getattr(rows, model.above), holder.moderation == "published")
        yield peewee.fn.EXISTS(holder.select(holder.id).where(*its_own, *_under_something_public(above, holder)))


def is_disclosed(row: Entity) -> bool:
    """Whether everybody may read `row`."""
    if not isinstance(row, Moderated):
        return False
    model: Any = type(row)
    return bool(disclosed(model).where(model.id == row.id).exists())
