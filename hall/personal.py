"""Personal data in a text: numbers to call, cards, addresses, where somebody sleeps.

Everything here looks at the folded text (`hall/folding.py`), so that full-width figures, circled figures and
invisible characters hide nothing; each pattern is bounded, so that no text takes longer than its length.
"""

import functools
import re
import string
from collections.abc import Iterable, Iterator
from datetime import date

import ahocorasick

from hall.folding import Folded, normalise
from hall.roster_people import card_check
from hall.word_matching import COLUMN, ROW
from hall.words import N_

KINDS = {
    "email": N_("邮箱"),
    "id_card": N_("身份证号"),
    "bank_card": N_("银行卡号"),
    "phone": N_("手机号"),
    "landline": N_("固定电话"),
    "chat": N_("微信或QQ号"),
    "room": N_("住址"),
    "plate": N_("车牌号"),
    "student_number": N_("学号或工号"),
}
MOST_CANDIDATES = 200

Found = tuple[int, int, str]  # start, end in the folded text, kind

_SPOKEN = str.maketrans("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺", "001234567891234567891")
_GAP = r"[-. _·*]{1,3}"
_PHONES = [
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)(?:\+?(?:00)?86[ -]?)?1[3-9]\d{9}(?!\d)",
        rf"(?<!\d)1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)",
        rf"(?<!\d)1[3-9](?:\d{_GAP}\d{{8}}|\d{{5}}{_GAP}\d{{4}}|\d{{3}}{_GAP}\d{{6}}|\d{{4}}{_GAP}\d{{5}})(?!{_GAP}\d|\d)",
        rf"(?<!\d)1{_GAP}[3-9](?:{_GAP}\d){{9}}(?!{_GAP}\d|\d)",
    )
]
_CARD = re.compile(r"(?<!\d)(?=(\d(?:[ -]?\d){16}[ -]?[\dx])(?!\d))")
_BANK = re.compile(r"(?<!\d)(?:[3-6]\d{15,18}|[3-6]\d{3}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)(?!\d)")
_LANDLINES = [
    re.compile(r"(?<![0-9a-z.])\(?0[1-9]\d{1,2}[) -]{0,2}[2-9]\d{2,3}[ -]?\d{4}(?:[ -]?转 ?\d{1,6}|-\d{1,5})?(?!\d)"),
    re.compile(r"(?:电话|座机|固话|tel|致电|拨打|联系)\D{0,4}(?!20\d\d[01]\d[0-3]\d)([2-9]\d{2,3}[ -]?\d{4})(?!\d)"),
]
_EMAIL = re.compile(r"(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_MESSENGER = r"(?:微信|薇信|v信|加 ?v|扣扣|(?<![a-z])(?:wx|vx|weixin|wechat|qq))"
_CHATS = [
    # After “号”, “id” or a colon any name will do; else it must have a figure or a line in it, as no word has.
    re.compile(
        rf"{_MESSENGER}(?:群?号码?[ :=是为]{{0,3}}|群?(?: ?id)? ?[:=是为] ?| id )"
        r"([a-z][-_a-z0-9]{5,19}|\d{5,12})(?![a-z0-9])"
    ),
    re.compile(rf"{_MESSENGER}群? {{0,2}}(\d{{5,12}}|[a-z](?=[a-z]*[-_\d])[-_a-z0-9]{{5,19}})(?![a-z0-9])"),
]
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][a-z][·. -]?"
    r"(?=[a-z0-9]{0,5}\d)[a-z0-9]{5,6}(?![a-z0-9])"
)
_TOKEN = re.compile(r"(?<![a-z0-9])[a-z]{0,4}\d{4,18}(?![a-z0-9])")
_STUDENT = re.compile(r"(?<![a-z0-9])(?:19[89]|20[0-4])\d{7}(?![a-z0-9])")
_SAID_NUMBER = re.compile(r"(?:学号|工号|student (?:id|no\.?|number))[^\da-z]{0,4}([a-z]{0,4}\d{4,18})(?![a-z0-9])")

_HOME = re.compile(r"公寓|宿舍|住宅|寝|家属|周转|apartment|dorm|residen", re.IGNORECASE)
_RUNS = ("一二三四五六七八九十", string.ascii_lowercase + string.digits)
# A room number: three or four figures that are not a sum, a year or how many of something.
_ROOM = (
    r"[a-z]?\d{3,4}[a-z]?(?![0-9a-z]| ?[元块人个名位米度年天次分点%平间张把台盏只条份多余套床])"
    r"(?:室|房间|房|寝室|寝|宿舍)?(?:[ -]?\d{1,2}号?床|-\d(?!\d))?"
)
_AFTER_NAME = re.compile(rf"[ _/#—-]{{0,2}}(?:号?[楼栋幢舍]|号)?[ _/#—的-]{{0,2}}第?{_ROOM}")
_ANY_HOME = [
    re.compile(r"[男女]?生?(?:寝室?|宿舍|公寓|舍)[ -]{0,2}第?[\d十]{1,3} ?(?:号楼?|[栋幢舍楼])[ 的-]{0,2}" + _ROOM),
    re.compile(r"(?<!\d)\d{1,2}(?:号楼|[栋幢])[ -]{0,2}\d{3,4}(?:寝室?|宿舍)"),
]


def find(folded: Folded, buildings: str = "") -> list[Found]:
    """Personal data in `folded`, sorted and apart.

    `buildings` says kind, code, name and aliases of each with COLUMN between them, ROW between buildings.
    """
    spoken = folded.plain.translate(_SPOKEN)
    free = bytearray(b"\1" * len(spoken))
    kept = []
    for start, end, kind in _everything(folded, spoken, buildings):
        if all(free[start:end]):
            free[start:end] = bytes(end - start)
            kept.append((start, end, kind))
    return sorted(kept)


def _everything(folded: Folded, spoken: str, buildings: str) -> Iterator[Found]:
    """All that may be personal, what is surer first."""
    plain = folded.plain
    yield from _each(_EMAIL, plain, "email")
    yield from ((*match.span(1), "id_card") for match in _CARD.finditer(plain) if is_id_card(match[1]))
    yield from ((*match.span(), "bank_card") for match in _BANK.finditer(plain) if _is_bank_card(match[0]))
    for pattern in _PHONES:
        yield from _each(pattern, spoken, "phone")
    for pattern in _LANDLINES:
        yield from _each(pattern, plain, "landline")
    for pattern in _CHATS:
        yield from _each(pattern, plain, "chat")
    yield from _rooms(folded, spoken, buildings)
    yield from _each(_PLATE, plain, "plate")
    yield from _each(_SAID_NUMBER, plain, "student_number")
    yield from _each(_STUDENT, plain, "student_number")


def _each(pattern: re.Pattern[str], text: str, kind: str) -> Iterator[Found]:
    """What `pattern` finds; where it has a group, only that is personal."""
    return ((*match.span(pattern.groups), kind) for match in pattern.finditer(text))


def is_id_card(text: str) -> bool:
    """Whether 18 characters, perhaps with spaces or dashes, are an ID card with a birthday and the right check."""
    card = re.sub(r"[ -]", "", text).upper()
    try:
        born = date(int(card[6:10]), int(card[10:12]), int(card[12:14]))
    except ValueError:
        return False
    return born.year >= 1900 and card_check(card) == card[17]


def _is_bank_card(text: str) -> bool:
    """Luhn's check."""
    figures = [int(figure) for figure in text if figure.isdigit()][::-1]
    return sum(figures[::2]) % 10 == -sum(sum(divmod(2 * figure, 10)) for figure in figures[1::2]) % 10


def number_candidates(folded: Folded, found: Iterable[Found]) -> list[tuple[str, int, int]]:
    """What may be a student or staff number and is not `found` yet, as (number, start, end); only the hall knows."""
    taken = {start for first, end, _kind in found for start in range(first, end)}
    tokens = (match for match in _TOKEN.finditer(folded.plain) if match.end() - match.start() > 4)
    free = [(match[0].upper(), *match.span()) for match in tokens if match.start() not in taken]
    return free[:MOST_CANDIDATES]


# --- where somebody lives ----------------------------------------------------------------------------


def _rooms(folded: Folded, spoken: str, buildings: str) -> Iterator[Found]:
    """Rooms of buildings where people live; that a lecture room is broken may be read by everybody."""
    said = [(*match.span(), True) for pattern in _ANY_HOME for match in pattern.finditer(spoken)]
    for start, end, is_home in _named(folded, buildings):
        if room := _AFTER_NAME.match(spoken, end):
            said.append((start, room.end(), is_home))
    behind = 0
    # What begins first says it in full: 理科群1号楼 301 is no room of 1号楼.
    for start, end, is_home in sorted(said, key=lambda room: (room[0], -room[1])):
        if start >= behind:
            behind = end
            if is_home:
                yield start, end, "room"


def _named(folded: Folded, buildings: str) -> Iterator[tuple[int, int, bool]]:
    """Where a building is named in the folded text, under any of its names."""
    names = _names(buildings)
    if not len(names):
        return
    plain, points = folded.plain, folded.points
    for last, (length, is_home) in names.iter(folded.skeleton):
        start, end = points[last - length + 1], points[last] + 1
        # `1号楼` is not named in 11号楼, nor `一号楼` in 十一号楼, nor `nq1` in anq1.
        runs_on = start > 0 and any(plain[start - 1] in same and plain[start] in same for same in _RUNS)
        if not runs_on and end - start <= 2 * length:
            yield start, end, is_home


@functools.lru_cache(maxsize=4)
def _names(buildings: str) -> ahocorasick.Automaton:
    """All names of all buildings, figures also as they are spoken (南三 for 南3)."""
    automaton = ahocorasick.Automaton()
    for row in filter(None, buildings.split(ROW)):
        _kind, *names = re.split(f"[;；{COLUMN}]", row)
        for written in names:
            known, _where = normalise(written)
            for form in {known, re.sub(r"\d{1,2}", lambda figures: _spoken(int(figures[0])), known)}:
                if len(form) > 1:
                    automaton.add_word(form, (len(form), bool(_HOME.search(row))))
    automaton.make_automaton()
    return automaton


def _spoken(number: int) -> str:
    """A number below 100 as it is read: 12 → 十二."""
    tens, ones = divmod(number, 10)
    ten = "" if not tens else "十" if tens == 1 else "〇一二三四五六七八九"[tens] + "十"
    return ten + ("〇一二三四五六七八九"[ones] if ones or not tens else "")
