"""Which found thing may be the lost one, and the other way round, with the reasons that a reader is told.

Plain values in, plain values out: no database. A likeness is a sum of evidence (Fellegi and Sunter 1969): each
observation adds the logarithm of how much oftener it is made of a true pair than of two strangers.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hall.likeness_words import BROAD, colours, families, makes, pieces, plain
from hall.words import N_

Reason = tuple[str, dict[str, object]]  # a msgid and its values

EARLIEST = timedelta(hours=-12)  # owners know only roughly when they lost it
LATEST = timedelta(days=60)  # after that a thing is not looked for by likeness any more
THRESHOLD = 0.02  # lower finds a little more and offers nearly everybody five

# How much each observation speaks for the same thing, in natural logarithms of odds: a logistic regression on the
# tuning half of the made set (`python bench/likeness.py measure`), since kind and words are not independent. Set by
# hand: a photo, of which the set has few (two unlike ones come this near once in 10^8), and another kind, which only
# a photo outweighs.
WEIGHTS: dict[str, float] = {
    "same kind": 0.5, "near kind": 0.2, "kind unknown": -1.9, "other kind": -4.4,
    "same colour": 1.3, "other colour": -2.0,
    "same make": 1.5, "other make": -0.8,
    "same building": 1.8, "same campus": -0.7, "other campus": -3.0,
    "before": 0.0, "within hours": 1.7, "within a day": 1.3, "within two days": 0.7, "within days": -0.5,
    "within a week": -1.5, "later": -2.7,
    "same photo": 6.0,
    "words 0": -1.0, "words 1": -0.5, "words 2": 0.2, "words 3": 0.8, "words 4": 1.1,
    "place words 0": -0.4, "place words 1": 0.8, "place words 2": 0.9,
}  # fmt: skip
PRIOR = -2.3
# Found less than so many hours after the loss.
TIMES = {"before": 0, "within hours": 8, "within a day": 24, "within two days": 48}
TIMES |= {"within days": 96, "within a week": 168}
WORD_STEPS = (0.03, 0.10, 0.18, 0.30)  # share of the shorter notice's rarity that both say
PLACE_STEPS = (0.15, 0.45)
PHOTO_BITS = 10  # of 64; two unlike pictures differ in 32 ± 4


@dataclass(frozen=True)
class Notice:
    """A lost or a found thing as far as everybody may read it; hidden details and numbers do not belong here.

    `kind` and `campus` as chosen ("" if not), `building` a code ("" if in the open), `at` naive UTC, when it was
    lost or found, `photo` a `photo_hash` or None.
    """

    id: int
    kind: str
    title: str
    text: str
    campus: str
    building: str
    place: str
    at: datetime
    tags: frozenset[str]
    photo: int | None
    is_lost: bool


@dataclass(frozen=True)
class Likeness:
    """A notice of the other side, how likely it is the same thing (0 to 1), and why."""

    notice: Notice
    score: float
    reasons: list[Reason]


@dataclass(frozen=True)
class _Said:
    """What a notice says, taken apart once."""

    notice: Notice
    families: frozenset[str]
    colours: frozenset[str]
    makes: frozenset[str]
    words: frozenset[str]
    place: frozenset[str]
    text: str


def likeliest(one: Notice, others: Iterable[Notice], limit: int = 5) -> list[Likeness]:
    """The likeliest counterparts of `one` among `others`, best first, at most `limit` and none that is unlikely.

    Notices of the same side are passed over; so are things found half a day or more before they were lost, or
    60 days after. Choose `others` by time before calling: it costs some 60 µs for each that is compared.
    """
    mine = _said(one)
    theirs = [_said(other) for other in others if other.is_lost != one.is_lost and _in_time(one, other)]
    rarity = _rarity([mine, *theirs])
    found = []
    for other in theirs:
        if not _may_be(mine, other):
            continue
        score = _score(evidence(mine, other, rarity))
        if score >= THRESHOLD:
            found.append((score, other))
    found.sort(key=lambda pair: (-pair[0], pair[1].notice.id))
    return [Likeness(other.notice, round(score, 4), _reasons(mine, other, rarity)) for score, other in found[:limit]]


def evidence(one: _Said, other: _Said, rarity: dict[str, float]) -> list[str]:
    """The names of the WEIGHTS that hold for two notices."""
    seen = [_kind(one, other), _where(one.notice, other.notice), _when(one.notice, other.notice)]
    if one.colours and other.colours:
        seen.append("same colour" if one.colours & other.colours else "other colour")
    if one.makes and other.makes:
        seen.append("same make" if one.makes & other.makes else "other make")
    if _same_photo(one.notice, other.notice):
        seen.append("same photo")
    if one.words and other.words:
        seen.append(f"words {_step(_shared(one.words, other.words, rarity), WORD_STEPS)}")
    if one.place and other.place:
        seen.append(f"place words {_step(_shared(one.place, other.place, rarity), PLACE_STEPS)}")
    return seen


@functools.lru_cache(maxsize=2_048)  # a board is asked again and again about the same notices
def _said(notice: Notice) -> _Said:
    tags = " ".join(sorted(notice.tags))
    whole = f"{notice.title} {tags} {notice.text}"
    named = families(f"{notice.title} {tags}") or families(notice.text)
    chosen = frozenset() if notice.kind in BROAD else families(notice.kind) or frozenset([notice.kind])
    text = plain(whole)
    place = pieces(plain(notice.place))
    return _Said(notice, chosen | named, colours(whole), makes(whole), pieces(text), place, text)


def _may_be(one: _Said, other: _Said) -> bool:
    """A cup is no umbrella however near it lay, unless it is the same photo."""
    return _kind(one, other) != "other kind" or _same_photo(one.notice, other.notice)


def _in_time(one: Notice, other: Notice) -> bool:
    return EARLIEST <= _later(one, other) <= LATEST


def _later(one: Notice, other: Notice) -> timedelta:
    """How long after the loss the thing was found."""
    return other.at - one.at if one.is_lost else one.at - other.at


def _rarity(notices: Sequence[_Said]) -> dict[str, float]:
    """How much it says that two notices share a piece of text: the logarithm of how few do."""
    count = Counter(piece for said in notices for piece in said.words | said.place)
    return {piece: math.log(1 + len(notices) / (0.5 + held)) for piece, held in count.items()}


def _shared(one: frozenset[str], other: frozenset[str], rarity: dict[str, float]) -> float:
    both = sum([rarity[piece] for piece in one & other])
    return both / min(sum([rarity[piece] for piece in one]), sum([rarity[piece] for piece in other])) if both else 0.0


def _step(share: float, steps: tuple[float, ...]) -> int:
    return sum([share >= step for step in steps])


def _kind(one: _Said, other: _Said) -> str:
    if one.notice.kind == other.notice.kind and one.notice.kind not in BROAD:
        return "same kind"
    if not one.families or not other.families:
        return "kind unknown"
    return "near kind" if one.families & other.families else "other kind"


def _where(one: Notice, other: Notice) -> str:
    if one.building and one.building == other.building:
        return "same building"
    return "same campus" if one.campus == other.campus or not (one.campus and other.campus) else "other campus"


def _when(one: Notice, other: Notice) -> str:
    later = _later(one, other)
    return next((name for name, hours in TIMES.items() if later < timedelta(hours=hours)), "later")


def _same_photo(one: Notice, other: Notice) -> bool:
    if one.photo is None or other.photo is None:
        return False
    return (one.photo ^ other.photo).bit_count() <= PHOTO_BITS


def _score(seen: list[str]) -> float:
    return 1 / (1 + math.exp(-PRIOR - sum([WEIGHTS[name] for name in seen])))


def _reasons(mine: _Said, other: _Said, rarity: dict[str, float]) -> list[Reason]:
    """Why, strongest first, in words that both notices show already."""
    reasons: list[Reason] = []
    one, two = mine.notice, other.notice
    if _same_photo(one, two):
        reasons.append((N_("照片相像"), {}))
    kind = _kind(mine, other)
    if kind == "same kind":
        reasons.append((N_("同一类：%(kind)s"), {"kind": two.kind}))
    elif kind == "near kind":
        reasons.append((N_("类别相近"), {}))
    if one.building and one.building == two.building:
        reasons.append((N_("同一栋楼"), {}))
    elif one.campus and one.campus == two.campus:
        reasons.append((N_("同一校区"), {}))
    hours = round(abs(_later(one, two)) / timedelta(hours=1))
    if hours <= 24:
        reasons.append((N_("时间接近：相差 %(hours)d 小时"), {"hours": max(hours, 1)}))
    elif hours <= 168:
        reasons.append((N_("时间接近：相差 %(days)d 天"), {"days": round(hours / 24)}))
    if makes_shared := sorted(mine.makes & other.makes):
        reasons.append((N_("品牌或型号相同：%(make)s"), {"make": "、".join(makes_shared[:2])}))
    if colours_shared := sorted(mine.colours & other.colours):
        reasons.append((N_("颜色相同：%(colour)s"), {"colour": colours_shared[0]}))
    if words := _words(mine, other, rarity):
        reasons.append((N_("都提到“%(words)s”"), {"words": "、".join(words)}))
    return reasons


def _words(mine: _Said, other: _Said, rarity: dict[str, float]) -> list[str]:
    """Up to three runs of text that both have, rarest first; long figures are nobody's to repeat."""
    shared, runs, run = mine.words & other.words, [], ""
    for at in range(len(other.text)):
        piece = other.text[at : at + 2]
        if piece in shared and rarity[piece] > 2:
            run = run + piece[1] if run else piece
        elif run:
            runs.append(run)
            run = ""
    told = {run: sum([rarity[run[at : at + 2]] for at in range(len(run) - 1)]) for run in runs if len(run) <= 12}
    best = sorted(told, key=lambda run: (-told[run], run))
    return [run for run in best if not re.search(r"\d{4}", run)][:3]
