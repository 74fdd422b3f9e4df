"""Looking for words on a board: what may be asked, and how rows are compared with it.

Every word must stand in one of the columns as it is written. No index knows that, so a search looks through a
bounded number of rows; the search of the whole hall will know one.
"""

from collections.abc import Sequence
from typing import Any

from hall.words import N_, Refused

# The newest rows that a search without pages of its own looks through.
SEARCHED = 5_000
LONGEST_SEARCH, MOST_WORDS = 50, 5
TOO_LONG = N_("最多 %(most)s 个字、%(words)s 个词，请写短一些再搜索")


def words_of(typed: str) -> tuple[str, ...]:
    """The words that somebody typed, each once. Raises Refused(field="q") where they are too many or too long."""
    said = " ".join(typed.split())
    words = tuple(dict.fromkeys(said.split()))
    if len(said) > LONGEST_SEARCH or len(words) > MOST_WORDS:
        raise Refused(TOO_LONG, field="q", most=LONGEST_SEARCH, words=MOST_WORDS)
    return words


def saying(words: Sequence[str], *columns: Any) -> list[Any]:
    """One condition a word: that it stands in one of `columns`."""
    conditions = []
    for word in words:
        said = columns[0].contains(word)
        for column in columns[1:]:
            said |= column.contains(word)
        conditions.append(said)
    return conditions


def holding(query: Any, order: Sequence[Any], words: Sequence[str], *columns: Any) -> Any:
    """`query` where the first SEARCHED of its rows, in this `order`, hold each of `words` in one of `columns`."""
    model = query.model
    recent = query.select(model.id).order_by(*order).limit(SEARCHED)
    return query.where(model.id.in_(recent), *saying(words, *columns))
