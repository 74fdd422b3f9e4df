"""Texts and questions as the index of the search knows them: tokens of letters and figures, the same on both databases.

Chinese is kept as overlapping pairs of characters, 宿舍楼 as 宿舍, 舍楼 and a last 楼, so that a word of two characters
is one token and a longer one is tokens that follow each other; Latin words and numbers are kept whole and found by
their beginning. A token says by its first letter what it is: `w` a word or number, `x` Chinese, `i` the initials of
pinyin, `a` who may see the row or what it is (hall/search_index.py), `b` a border that no word crosses.
All are ASCII, so no database has an opinion of its own on where they begin.
"""

import functools
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hall import pinyin
from hall.folding import Folded, fold

BORDER = "b"
LONGEST_WORD, MOST_INITIALS = 32, 8  # characters of a token
_RUNS = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")
# Wi-Fi is looked for as wifi too.
_TIED = re.compile(r"[a-z0-9]+(?:[-'][a-z0-9]+)+")
_INITIALS = re.compile(r"[a-z]{2,20}")


@dataclass(frozen=True)
class Phrase:
    """One word that somebody looks for.

    Its `tokens` follow each other; the last may be the beginning of one. `initials` is what it would be as pinyin
    ("" for what is none). `pattern` finds it in a folded text.
    """

    word: str
    tokens: tuple[str, ...]
    is_open: bool
    initials: str
    pattern: re.Pattern[str]


def tokens_of(text: str) -> list[str]:
    """The tokens of a text in their order."""
    plain = fold(text).plain
    found = [token for run in _RUNS.findall(plain) for token in _run(run, ends=True)]
    tied = {re.sub(r"[-']", "", word) for word in _TIED.findall(plain)}
    return [*found, *(token for word in sorted(tied) for token in (BORDER, _latin(word)))]


def _run(run: str, *, ends: bool) -> list[str]:
    if run.isascii():
        return [_latin(run)]
    codes = [f"{ord(character):05x}" for character in run]
    pairs = [f"x{first}{second}" for first, second in itertools.pairwise(codes)]
    return [*pairs, f"x{codes[-1]}"] if ends or not pairs else pairs


def _latin(word: str) -> str:
    return "w" + word[:LONGEST_WORD]


def phrase(word: str) -> Phrase | None:
    """A word that somebody typed as the index is asked for it; None where it has neither letters nor figures."""
    plain = fold(word).plain
    runs = _RUNS.findall(plain)
    if not runs:
        return None
    tokens = [token for run in runs[:-1] for token in _run(run, ends=True)] + _run(runs[-1], ends=False)
    # The word goes on behind what was typed, unless a sign follows, as in C++; a pair of characters is whole.
    goes_on = plain.endswith(runs[-1]) and len(runs[-1]) <= LONGEST_WORD
    is_open = (goes_on and runs[-1].isascii()) or len(runs[-1]) > LONGEST_WORD or _is_single(runs[-1])
    initials = plain[:MOST_INITIALS] if _INITIALS.fullmatch(plain) else ""
    return Phrase(word, tuple(tokens), is_open, initials, _pattern(runs))


def _is_single(run: str) -> bool:
    return len(run) == 1 and not run.isascii()


def _pattern(runs: list[str]) -> re.Pattern[str]:
    parts = ["[-']?".join(run) if run.isascii() else run for run in runs]
    before = "(?<![a-z0-9])" if runs[0].isascii() else ""
    return re.compile(before + r"[\W_]*".join(parts))


# --- pinyin ------------------------------------------------------------------------------------------


def initials_of(title: str) -> list[str]:
    """Tokens by which a title is found by the initials of its pinyin, from any character on: 宿舍楼 by ssl and sl."""
    found: dict[str, None] = {}
    for run in pinyin.HAN.findall(fold(title).plain):
        letters = _letters(run)
        found |= dict.fromkeys("i" + letters[at : at + MOST_INITIALS] for at in range(len(letters) - 1))
    return list(found)


@functools.lru_cache(maxsize=4096)
def _letters(run: str) -> str:
    return pinyin.initials(run)


# --- where a text says it ------------------------------------------------------------------------------


def spans(folded: Folded, phrases: Iterable[Phrase], *, by_initials: bool = False) -> list[tuple[int, int]]:
    """Where in a text the words stand, in order and joined where they touch; `by_initials` by their pinyin too."""
    found: list[tuple[int, int]] = []
    for each in phrases:
        found += [folded.span(*match.span()) for match in each.pattern.finditer(folded.plain) if match[0]]
        if by_initials and each.initials:
            found += [folded.span(start, end) for start, end in _by_initials(folded.plain, each.initials)]
    if len(found) < 2:
        return found
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _by_initials(plain: str, initials: str) -> Iterable[tuple[int, int]]:
    for run in pinyin.HAN.finditer(plain):
        at = _letters(run[0]).find(initials)
        if at >= 0:
            yield run.start() + at, run.start() + at + len(initials)


def parts_of(text: str, marks: Iterable[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A text cut into parts, each with whether it is one of the words."""
    parts: list[tuple[str, bool]] = []
    last = 0
    for start, end in marks:
        parts += [(text[last:start], False), (text[start:end], True)]
        last = end
    return [part for part in [*parts, (text[last:], False)] if part[0]]


def extract(text: str, phrases: Iterable[Phrase], most: int = 90) -> list[tuple[str, bool]]:
    """The part of a text around the first of the words, at most so many characters, cut into parts."""
    clean = " ".join(text.split())
    marks = spans(fold(clean), phrases)
    first = marks[0][0] if marks else 0
    start = 0 if first < most * 2 // 3 else first - most // 3
    end = min(len(clean), start + most)
    inside = [(max(left, start) - start, min(right, end) - start) for left, right in marks if start <= left < end]
    parts = parts_of(clean[start:end], inside)
    before, after = [("…", False)] * (start > 0), [("…", False)] * (end < len(clean))
    return [*before, *parts, *after]


def as_text(pieces: Iterable[Any]) -> str:
    """The tokens of several texts, with a border between each two, as a row of the index keeps them."""
    return f" {BORDER} ".join(" ".join(tokens_of(str(piece))) for piece in pieces if piece)
