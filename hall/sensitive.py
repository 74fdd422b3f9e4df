"""Sensitive words and personal data in what people write, found before a moderator reads it.

A text is screened as it is read, not as it is typed (`hall/folding.py`): full-width, invisible, spaced and
traditional forms of a word are that word (faults.md 37). Ordinary text must not be held: a word is not put
together across the end of a sentence, and a Latin word ends where words end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import peewee

from hall import personal, word_matching
from hall.folding import Folded, fold
from hall.folding import normalise as normalise
from hall.word_list import change_word as change_word
from hall.word_list import effect as effect
from hall.word_list import remove_word as remove_word
from hall.word_list import save_word as save_word
from hall.word_list import save_words as save_words
from hall.word_matching import COLUMN, ROW, WEIGHT
from hall.words import N_
from models import Building, Person, SensitiveWord, database, tuples

WORD = "word"
KINDS = {WORD: N_("敏感词"), **personal.KINDS}
MASK = "＊"
# The risk of a text by the action of a mark in it (models.RISKS); personal data has none.
_RISK = {"": 1, "mask": 2, "hold": 2, "alert": 3, "refuse": 2}


@dataclass(frozen=True, order=True)
class Mark:
    """A part of a column that a moderator should look at: `content[column][start:end]`.

    `kind` is one of KINDS; of a sensitive word, `word` is what the list says and `action` one of WORD_ACTIONS.
    """

    column: str
    start: int
    end: int
    kind: str
    word: str = ""
    action: str = ""


@dataclass(frozen=True)
class Screening:
    """What is found in a text: the marks, the risk (models.RISKS), the word that forbids it, and what is masked."""

    hits: list[Mark]
    risk: int
    refused: Mark | None
    masks: list[tuple[str, int, int]]


def screen(content: dict[str, Any]) -> Screening:
    """Look through the columns of `content` that are text; two small queries at most, however long it is."""
    folded = {column: fold(text) for column, text in content.items() if isinstance(text, str) and text}
    words, buildings = _tables()
    found = [
        Mark(column, start, end, WORD, word, action)
        for column, text in folded.items()
        for start, end, word, action in word_matching.find(text, words)
    ]
    found += _personal_in(folded, buildings)
    found.sort(key=lambda mark: (-WEIGHT[mark.action], mark.start - mark.end))
    return Screening(
        hits=_apart(found),
        risk=max((_RISK[mark.action] for mark in found), default=0),
        refused=min((mark for mark in found if mark.action == "refuse"), default=None),
        masks=sorted({(mark.column, mark.start, mark.end) for mark in found if mark.action == "mask"}),
    )


def marks(content: dict[str, Any]) -> list[Mark]:
    """The marks of the columns of `content` that are text, sorted; no two overlap, the graver one stays."""
    return screen(content).hits


def mask(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """`text` with ＊ for every character of `spans` [(start, end)]; it stays as long as it was."""
    characters = list(text)
    for start, end in spans:
        covered = range(*slice(max(start, 0), max(end, 0)).indices(len(characters)))
        characters[covered.start : covered.stop] = MASK * len(covered)
    return "".join(characters)


def masked(content: dict[str, Any], masks: Iterable[Iterable[Any]]) -> dict[str, Any]:
    """`content` with `masks` [(column, start, end)] covered; what names no text column is passed over."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for column, start, end in masks:
        spans.setdefault(column, []).append((start, end))
    return {
        column: mask(value, spans[column]) if isinstance(value, str) and column in spans else value
        for column, value in content.items()
    }


def _apart(found: Iterable[Mark]) -> list[Mark]:
    """Those of `found`, gravest first, that overlap none before them; sorted by place."""
    taken: dict[str, set[int]] = {}
    kept = []
    for mark in found:
        here = taken.setdefault(mark.column, set())
        if here.isdisjoint(range(mark.start, mark.end)):
            here.update(range(mark.start, mark.end))
            kept.append(mark)
    return sorted(kept)


# --- the tables ------------------------------------------------------------------------------------


def _tables() -> tuple[str, str]:
    """The active words and the buildings, each as one text.

    The text itself is the key under which automata are kept, so that nothing is ever searched by an old list,
    whichever process or hand has changed it, and nothing is built anew while it is the same.
    """
    words = SensitiveWord.select(_joined(SensitiveWord.action, SensitiveWord.word))
    words = words.where(SensitiveWord.is_active == True)  # noqa: E712
    buildings = Building.select(_joined(Building.kind, Building.code, Building.name, Building.aliases))
    both = peewee.Select([], [words.alias("words"), buildings.alias("buildings")])
    said, places = both.tuples().execute(database)[0]
    return said or "", places or ""


def _joined(first: peewee.Field, *others: peewee.Field) -> Any:
    cells: Any = first
    for other in others:
        cells = cells.concat(COLUMN).concat(other)
    whole = peewee.fn.GROUP_CONCAT if isinstance(database.obj, peewee.SqliteDatabase) else peewee.fn.STRING_AGG
    return whole(cells, ROW)


def _personal_in(folded: dict[str, Folded], buildings: str) -> list[Mark]:
    """Personal data of all columns; whether a number is somebody's is asked once for all of them."""
    found = [(column, text, personal.find(text, buildings)) for column, text in folded.items()]
    candidates = [(column, text, personal.number_candidates(text, here)) for column, text, here in found]
    known = _numbers_of_people({number for _column, _text, here in candidates for number, *_span in here})
    marks = [Mark(column, *text.span(start, end), kind) for column, text, here in found for start, end, kind in here]
    return marks + [
        Mark(column, *text.span(start, end), "student_number")
        for column, text, here in candidates
        for number, start, end in here
        if number in known
    ]


def _numbers_of_people(candidates: set[str]) -> set[str]:
    if not candidates:
        return set()
    return {number for (number,) in tuples(Person.select(Person.number).where(Person.number.in_(sorted(candidates))))}
