"""Looking for words on a board: what may be asked, and which rows of its table hold it.

The index of the whole hall (hall/search_index.py) knows where a word stands, so a rare one is found in the oldest row
as soon as in the newest. It is asked for ids only: who may see a row is up to the board's own query.
"""

from collections.abc import Sequence
from typing import Any

import peewee

from hall import search_index
from hall.search_query import FEW, Match, on_sqlite, subjects
from hall.search_words import Phrase, phrase
from hall.words import N_, Refused
from models import Entity, SearchEntry

LONGEST_SEARCH, MOST_WORDS = 50, 5
TOO_LONG = N_("最多 %(most)s 个字、%(words)s 个词，请写短一些再搜索")


def words_of(typed: str) -> tuple[str, ...]:
    """The words that somebody typed, each once. Raises Refused(field="q") where they are too many or too long."""
    said = " ".join(typed.split())
    words = tuple(dict.fromkeys(said.split()))
    if len(said) > LONGEST_SEARCH or len(words) > MOST_WORDS:
        raise Refused(TOO_LONG, field="q", most=LONGEST_SEARCH, words=MOST_WORDS)
    return words


def holding(model: type[Entity], words: Sequence[str], *columns: Any) -> tuple[list[Any], list[Any]]:
    """Conditions for the rows of `model` that hold each of `words`: those that leave few rows, and those that do not.

    The first go into the query, the others are what `keyset.page_of` calls `narrowed`. Signs are in no index: a word
    with signs must stand in one of `columns` as it is written. One query where there are words, else none.
    """
    asked = [phrase(word) for word in words]
    known = tuple(each for each in asked if each is not None)
    signs = [_said(word, columns) for word, each in zip(words, asked, strict=True) if each is None or _has_signs(word)]
    if not known:
        return [], signs
    match = Match(tuple(Phrase(p.word, p.tokens, p.is_open, "", p.pattern) for p in known))
    match = match.having(search_index.of_type(model))
    table: Any = model
    ids = subjects([(section, match) for section in search_index.sections_of(model)], FEW + 1)
    if len(ids) <= FEW:
        return [table.id.in_(ids), *signs], []
    return [], [*(_in_entry(table, each) for each in known), *signs]


def _has_signs(word: str) -> bool:
    return any(not character.isalnum() for character in word)


def _said(word: str, columns: Sequence[Any]) -> Any:
    said = columns[0].contains(word)
    for column in columns[1:]:
        said |= column.contains(word)
    return said


def _in_entry(table: Any, each: Phrase) -> Any:
    """That the entry of a row holds a phrase, asked of one row after the other.

    Not by EXISTS: PostgreSQL would read all entries first.
    """
    entry = SearchEntry.select(peewee.Value(" ").concat(SearchEntry.tokens)).where(
        SearchEntry.subject_type == table._meta.table_name, SearchEntry.subject_id == table.id
    )
    found = peewee.fn.INSTR if on_sqlite() else peewee.fn.STRPOS
    # Who may see a row is said behind its words, so one always follows.
    return found(entry, f" {' '.join(each.tokens)}{'' if each.is_open else ' '}") > 0
