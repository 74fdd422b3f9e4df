"""Whether a text holds a word of the list, whatever stands between its characters.

What is ordinary must not be held: a word is not put together across the end of a sentence, and one in Latin
letters or figures begins and ends where words do, so that `usb` is no `sb`.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import ahocorasick

from hall.folding import Folded, normalise

# What a select puts between the columns and rows of a small table that it gives as one text.
COLUMN, ROW = "\x1f", "\x1e"
# The graver action holds where two words are alike or overlap.
WEIGHT = {"": 0, "mask": 1, "hold": 2, "alert": 3, "refuse": 4}
NOTHING, SPACE, FILLER, STOP = range(4)  # what stands between two characters of the skeleton
_STOPS = frozenset('\n。，,！!？?；;：:、…“”"‘’「」『』《》〈〉')


def find(folded: Folded, said: str) -> Iterator[tuple[int, int, str, str]]:
    """The words of a list in a text, as (start, end, word, action); they may overlap.

    `said` is the list: action and word of each with COLUMN between them, ROW between rows.
    """
    automaton = _automaton(said)
    if not len(automaton) or not folded.skeleton:
        return
    between = _Between(folded)
    for last, word in automaton.iter(folded.skeleton):
        first = last - word.length + 1
        if between.is_one_word(first, last, word):
            start, end = folded.span(folded.points[first], folded.points[last] + 1)
            yield start, end, word.word, word.action


@dataclass(frozen=True)
class _Word:
    word: str
    action: str
    length: int  # of its skeleton
    is_latin: bool  # written with spaces between words, so that it ends where words end
    is_figures: bool


@functools.lru_cache(maxsize=4)
def _automaton(said: str) -> ahocorasick.Automaton:
    """The words of the list, by skeleton; of two that are alike the graver action holds."""
    automaton = ahocorasick.Automaton()
    for row in filter(None, said.split(ROW)):
        action, _column, word = row.partition(COLUMN)
        skeleton, _where = normalise(word)
        known = automaton.get(skeleton, None) if skeleton else None
        if skeleton and action in WEIGHT and (known is None or WEIGHT[action] > WEIGHT[known.action]):
            latin = all(_ends_words(character) for character in skeleton)
            automaton.add_word(skeleton, _Word(word, action, len(skeleton), latin, skeleton.isdigit()))
    automaton.make_automaton()
    return automaton


class _Between:
    """What stands before each character of a skeleton, and whether characters with that between them are a word."""

    def __init__(self, folded: Folded) -> None:
        self.skeleton = folded.skeleton
        edges = zip([-1, *folded.points], [*folded.points, len(folded.plain)], strict=True)
        self.before = [_gap(folded.plain[left + 1 : right]) for left, right in edges]
        # How many gaps of each kind stand up to here, so that a long word is judged as fast as a short one.
        self.counts = [[0, *accumulate(gap == kind for gap in self.before)] for kind in range(4)]

    def is_one_word(self, first: int, last: int, word: _Word) -> bool:
        """Whether `skeleton[first : last + 1]` may be read as `word`."""
        gaps = last - first
        nothing, space, _filler, stop = (count[last + 1] - count[first + 1] for count in self.counts)
        spread = gaps > 0 and nothing == 0  # s p r e a d, with something between any two
        if nothing == gaps:
            joined = True
        elif word.is_figures:
            joined = spread and space == gaps and gaps >= 3
        elif spread and (gaps >= 2 or stop == 0):
            joined = True
        elif word.is_latin:
            joined = space == stop == 0
        else:
            joined = stop == 0 or (spread and self._alone(first, last))
        return joined and not self._runs_on(first, -1, spread) and not self._runs_on(last, 1, spread)

    def _alone(self, first: int, last: int) -> bool:
        """Whether nothing is joined to either end."""
        ends = last + 1 == len(self.skeleton) or self.before[last + 1] != NOTHING
        return ends and (first == 0 or self.before[first] != NOTHING)

    def _runs_on(self, end: int, step: int, spread: bool) -> bool:
        """Whether a Latin word goes on beyond `end`: `usb` and `u s b` are not `sb`."""
        beyond, further = end + step, end + 2 * step
        if not 0 <= beyond < len(self.skeleton) or not _ends_words(self.skeleton[end]):
            return False
        if not _ends_words(self.skeleton[beyond]):
            return False
        if self._gap(end, beyond) == NOTHING:
            return True
        # A letter that stands alone belongs to the letters beside it that stand alone.
        alone = not 0 <= further < len(self.skeleton) or self._gap(beyond, further) != NOTHING
        return spread and alone and self._gap(end, beyond) != STOP

    def _gap(self, one: int, other: int) -> int:
        return self.before[max(one, other)]


def _gap(between: str) -> int:
    if not between:
        return NOTHING
    if not _STOPS.isdisjoint(between) or "——" in between or between.count(".") > 1 or between.endswith(". "):
        return STOP
    return SPACE if between.isspace() else FILLER


def _ends_words(character: str) -> bool:
    """Whether a character is of a script that puts spaces between words: no Chinese, no kana."""
    return character.isdigit() or character.islower()
