"""The initials of the pinyin of Chinese, out of a table that is small enough for every process.

pypinyin takes 55 MB in each process that asks it anything. The search needs first letters only: a process that ends
again writes down what pypinyin knows of them, once an installation, and what is looked up here is what pypinyin says.
"""

import contextlib
import functools
import os
import re
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from hall import site

HAN = re.compile(r"[\u3400-\u9fff]+")
FIRST, LAST = 0x3400, 0x9FFF
NONE = "0"  # instead of a letter, for a character without pinyin
FILE = "initials"


class Table(NamedTuple):
    """`letters` of the characters from FIRST on, and the words that begin with each character.

    The words stand between spaces, those that are read otherwise than their characters with their letters: ` 重庆=cq `.
    """

    letters: str
    words: dict[str, str]
    longest: int


def initials(run: str) -> str:
    """One letter for each character of `run`, which is of HAN alone."""
    table, letters, at = _table(), "", 0
    while at < len(run):
        words = table.words.get(run[at], "")
        for end in range(min(len(run), at + table.longest), at + 1, -1):
            word = run[at:end]
            if f" {word} " in words:
                letters += _each(table, word)
            elif f" {word}=" in words:
                letters += words.partition(f" {word}=")[2][: len(word)]
            else:
                continue
            at = end
            break
        else:
            # As pypinyin does it: behind what only begins a word, no other word is looked for.
            end = len(run) if f" {run[at:]}" in words else at + 1
            letters += _each(table, run[at:end])
            at = end
    return letters


def _each(table: Table, characters: str) -> str:
    return "".join(table.letters[ord(character) - FIRST] for character in characters)


@functools.cache
def _table() -> Table:
    """The table as it lies in the data folder; made anew where there is none or pypinyin is another."""
    head, file = f"pypinyin {version('pypinyin')}", site.data_folder and site.data_folder / FILE
    said = ""
    if file is not None:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            said = file.read_text("utf-8")
    if not (said.startswith(f"{head}\n") and said.endswith("\n.\n")):
        command = [sys.executable, "-m", "hall.pinyin"]
        done = subprocess.run(command, cwd=Path(__file__).parent.parent, capture_output=True, check=True)
        said = f"{head}\n{done.stdout.decode()}.\n"
        if file is not None:
            _keep(said, file)
    letters, *lines = said.splitlines()[1:-1]
    longest = max(len(word.partition("=")[0]) for line in lines for word in line.split())
    return Table(letters, {line[1]: line for line in lines}, longest)


def _keep(said: str, file: Path) -> None:
    """Write the file as a whole, or not at all where nothing can be written; others may do the same just now."""
    with contextlib.suppress(OSError):
        handle, new = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(said)
        os.replace(new, file)


# --- in the process that ends again ------------------------------------------------------------------


def written() -> str:
    """What pypinyin knows, as lines: the letters, then all words that begin with the same character."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    @functools.cache
    def letter(syllable: str) -> str:
        first = to_normal(syllable)[:1]
        return first if first.isascii() and first.islower() else NONE

    known = {
        number: letter(PINYIN_DICT[number].split(",")[0]) for number in range(FIRST, LAST + 1) if number in PINYIN_DICT
    }
    lines: dict[str, list[str]] = {}
    for word, syllables in PHRASES_DICT.items():
        if HAN.fullmatch(word):
            said = "".join(letter(readings[0]) for readings in syllables)
            is_plain = said == "".join(known.get(ord(character), NONE) for character in word)
            lines.setdefault(word[0], []).append(word if is_plain else f"{word}={said}")
    letters = "".join(known.get(number, NONE) for number in range(FIRST, LAST + 1))
    return "\n".join([letters, *(f" {' '.join(words)} " for words in lines.values()), ""])


if __name__ == "__main__":
    sys.stdout.buffer.write(written().encode())
