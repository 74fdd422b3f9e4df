"""The row that a cell means, found by its full name at once; what is written otherwise, the form looks up itself."""

import operator
from collections.abc import Iterable
from functools import reduce
from typing import Any

import peewee

from admin import names
from admin.gate import me
from hall import access, archive
from models import Entity

MOST_WORDS = 8


class Keys:
    """Rows by their names, each asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[type[Entity], str], Entity | None] = {}

    def row(self, model: type[Entity], text: str) -> Entity | None:
        """The row of `model` that the person sees and that is called exactly `text`: by its code, name or full name."""
        if (model, text) not in self._known:
            self._known[model, text] = self._find(model, text)
        return self._known[model, text]

    def _find(self, model: type[Entity], text: str) -> Entity | None:
        key = names.natural_key(model)
        if len(key) == 2 and isinstance(key[0], peewee.ForeignKeyField) and key[0].rel_model is not model:
            return self._part(model, key, text)
        columns = [field for field in names.shown(model) if field.unique and isinstance(field, peewee.CharField)]
        columns = [field for field in columns if field.name not in model.private]
        if not columns:
            return None
        words = text.split(" ")[:MOST_WORDS]
        begins = {text, *(" ".join(words[:count]) for count in range(1, len(words) + 1))}
        rows = _rows(model).where(reduce(operator.or_, [column.in_(begins) for column in columns])).limit(20)
        found = [row for row in rows if text in _names(row, columns)]
        return found[0] if len(found) == 1 else None

    def _part(self, model: type[Entity], key: list[Any], text: str) -> Entity | None:
        """A row that is called after what it is part of: 南区学生公寓1号楼 502."""
        words = text.split(" ")
        for count in range(len(words) - 1, max(len(words) - 4, 0), -1):
            whole = self.row(key[0].rel_model, " ".join(words[:count]))
            own = " ".join(words[count:])
            if whole and isinstance(key[1], peewee.CharField):
                row = _rows(model).where(key[0] == whole.id, key[1] == own).first()
                if row is not None:
                    row.__rel__[key[0].name] = whole
                    return row
        return None


def _rows(model: type[Entity]) -> Any:
    return archive.without(access.visible(me(), model))


def _names(row: Entity, columns: Iterable[peewee.Field]) -> set[str]:
    return {names.title(row), names.name(row), *(str(row.__data__.get(column.name)) for column in columns)}
