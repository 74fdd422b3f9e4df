"""A text as the moderator reads it: with its marks to be masked, and what is different from another version."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from flask_babel import gettext as _

from hall import question_reading
from hall.question_values import DECIDING, PREFIX
from hall.sensitive import KINDS, Mark, mask
from models import WORD_ACTIONS, Moderated
from templating import translated

Span = tuple[str, int, int]
SAME, GONE, NEW = "same", "gone", "new"
LONG = 6000  # characters of both versions, beyond which they are compared by sentence: comparing is quadratic
SHORTEST_SAME = 2  # what stays the same between two changes but is shorter is read as changed


@dataclass(frozen=True)
class Hit:
    """A mark of the page: `number` is its key, `span` what the form sends to have it masked."""

    number: int
    mark: Mark
    text: str

    @property
    def span(self) -> str:
        return f"{self.mark.column}:{self.mark.start}:{self.mark.end}"

    @property
    def label(self) -> str:
        return KINDS[self.mark.kind]

    @property
    def action(self) -> str:
        return dict(WORD_ACTIONS).get(self.mark.action, "")

    @property
    def is_word(self) -> bool:
        return self.mark.kind == "word"

    @property
    def masked(self) -> str:
        return mask(self.text, [(0, len(self.text))])


@dataclass(frozen=True)
class Part:
    """One reviewed column: its label and its text in pieces, each with the mark that lies on it or none."""

    column: str
    label: str
    pieces: list[tuple[str, Hit | None]]


def parts(model: type[Moderated], content: dict[str, Any], hits: Sequence[Hit]) -> list[Part]:
    """The reviewed columns of a text that say something, but for its photos."""
    found = []
    for column in model.reviewed:
        value = content.get(column)
        if column == "photos" or value in (None, "", [], {}):
            continue
        here = [hit for hit in hits if hit.mark.column == column]
        found.append(Part(column, label_of_column(model, column), list(_pieces(str(value), here))))
    for column, told in _added(model, content).items():
        if told is None:  # a question of which nothing is known any more
            found.append(Part(column, column, [(str(content[column]), None)]))
        elif not told.photos:
            here = [hit for hit in hits if hit.mark.column == column]
            chosen = told.question.kind in DECIDING
            said: list[tuple[str, Hit | None]] = [(_chosen(told), None)]
            found.append(Part(column, told.label, said if chosen else list(_pieces(told.value, here))))
    return found


def _added(model: type[Moderated], content: dict[str, Any]) -> dict[str, Any]:
    """The answers in a text to questions that an operator added, as `question_reading.Told`, by column; one query."""
    named = {name: value for name, value in content.items() if name.startswith(PREFIX) and value}
    if not named:
        return {}
    known = question_reading.labels(model, [name.removeprefix(PREFIX) for name in named])
    told = question_reading.shown({name.removeprefix(PREFIX): value for name, value in named.items()}, known.values())
    by_code = {each.question.code: each for each in told}
    return {name: by_code.get(name.removeprefix(PREFIX)) for name in named}


def _chosen(told: Any) -> str:
    return _("、").join(translated(each) for each in told.texts)


def answered_photos(content: dict[str, Any]) -> list[str]:
    """The names of the photos that answer added questions."""
    lists = [value for name, value in content.items() if name.startswith(PREFIX) and isinstance(value, list)]
    return [str(name) for names in lists for name in names]


def label_of_column(model: type[Moderated], column: str) -> str:
    field = model._meta.fields.get(column)
    return (field.verbose_name if field is not None else "") or column


def hits_of(content: dict[str, Any], marks: Iterable[Mark]) -> list[Hit]:
    """The marks of a text, numbered in the order in which they are read (that of the columns of `content`)."""
    order = {column: number for number, column in enumerate(content)}
    read = sorted(marks, key=lambda mark: (order.get(mark.column, 0), mark.start))
    return [Hit(number, mark, str(content[mark.column])[mark.start : mark.end]) for number, mark in enumerate(read, 1)]


def _pieces(text: str, hits: Sequence[Hit]) -> Iterable[tuple[str, Hit | None]]:
    place = 0
    for hit in hits:
        if hit.mark.start > place:
            yield text[place : hit.mark.start], None
        yield hit.text, hit
        place = hit.mark.end
    if place < len(text):
        yield text[place:], None


# --- what is different -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """How one column differs: runs of (same | gone | new, text); photos by name."""

    column: str
    label: str
    runs: list[tuple[str, str]]
    gone: list[str]
    new: list[str]


def changes(model: type[Moderated], before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The columns in which two versions of a text differ."""
    found = []
    for column in model.reviewed:
        old, new = before.get(column), after.get(column)
        if (old or "") == (new or "") or column not in after:
            continue
        label = label_of_column(model, column)
        if isinstance(old, list) or isinstance(new, list):
            was, now = _names(old), _names(new)
            gone, added = [name for name in was if name not in now], [name for name in now if name not in was]
            found.append(Change(column, label, [], gone, added))
        else:
            found.append(Change(column, label, difference(str(old or ""), str(new or "")), [], []))
    earlier, later = _added(model, before), _added(model, after)
    for column in dict.fromkeys([*earlier, *later]):
        if column in after and before.get(column) != after[column]:
            told = later.get(column) or earlier.get(column)
            texts = [_plain(all_of.get(column)) for all_of in (earlier, later)]
            found.append(Change(column, told.label if told else column, difference(*texts), [], []))
    return found


def _plain(told: Any) -> str:
    if told is None:
        return ""
    return _chosen(told) if told.question.kind in DECIDING else str(told.value)


def _names(value: Any) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def difference(before: str, after: str) -> list[tuple[str, str]]:
    """What became of a text, as runs of (same | gone | new, text): by character in Chinese, by word in others."""
    split = _sentences if len(before) + len(after) > LONG else _tokens
    old, new = split(before), split(after)
    runs: list[tuple[str, str]] = []
    for kind, i, j, k, n in _operations(old, new):
        if kind == "equal":
            runs.append((SAME, "".join(old[i:j])))
            continue
        runs += [(GONE, "".join(old[i:j]))] if j > i else []
        runs += [(NEW, "".join(new[k:n]))] if n > k else []
    return runs


def _tokens(text: str) -> list[str]:
    return re.findall(r"[A-Za-z0-9]+|\s+|.", text, re.DOTALL)


def _sentences(text: str) -> list[str]:
    return re.findall(r"[^。！？!?\n]+[。！？!?\n]*|[。！？!?\n]+", text)


def _operations(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    """The operations of difflib, where single characters that happen to be the same do not tear a change apart."""
    joined: list[tuple[str, int, int, int, int]] = []
    found = SequenceMatcher(None, old, new).get_opcodes()
    for number, (kind, i, j, k, n) in enumerate(found):
        inside = 0 < number < len(found) - 1
        if kind == "equal" and inside and len("".join(old[i:j])) < SHORTEST_SAME:
            kind = "replace"
        if joined and kind != "equal" and joined[-1][0] != "equal":
            _kind, i, _j, k, _n = joined.pop()
            kind = "replace"
        joined.append((kind, i, j, k, n))
    return joined
