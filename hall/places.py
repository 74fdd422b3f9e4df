"""Campus, building, room, bed; and finding a room from what people type."""

import itertools
import re
import unicodedata

from hall import access, archive, events
from hall.freshness import Lasting
from hall.words import N_, Refused
from models import Bed, Building, Campus, Person, Room, database, tuples

_SPACES = re.compile(r"[\s·,，、/\-—_]+")
_ROOM = re.compile(r"^(?:第)?([A-Za-z]?\d{2,4}[A-Za-z]?)(?:室|房间|房|教室|寝室|宿舍)?$")
_SPOKEN = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5", "六": "6", "七": "7", "八": "8", "九": "9"}


def find(text: str) -> tuple[Building, str] | None:
    """The building and room number that `text` means, by code, name and aliases; None if it means no building.

    `南3 502`, `南区学生公寓3号楼502`, `NQ3-502` and `南三502室` all give (NQ3, "502"). Of the names
    that fit, one that ends where a word ends wins, then the longest, so that `南1` does not swallow `南12`.
    The room is "" where only a building is named.
    """
    typed = normalise(text)
    # Where one word ends: `南1 205` is a room of 南1, though 南12 is a building too.
    words = _SPACES.split(unicodedata.normalize("NFKC", text).strip())
    ends = set(itertools.accumulate(map(len, words)))
    best: tuple[tuple[bool, bool, int], Building, str] | None = None
    for building, names in _names():
        for name in names:
            if not typed.startswith(name):
                continue
            rest = typed[len(name) :]
            # `南1` must not be read out of `南12号楼`, nor `1号楼` with rest `2`; a rest is a room or nothing.
            room = _ROOM.match(rest)
            if rest and not room:
                continue
            rank = (len(name) in ends, not rest.startswith("0"), len(name))
            if best is None or rank > best[0]:
                best = (rank, building, room.group(1).upper() if room else "")
    return (best[1], best[2]) if best else None


def normalise(text: str) -> str:
    """`text` as names are compared: NFKC, upper case, no spaces or dashes, spoken digits as figures."""
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()
    return re.sub(r"(?<=[南北西])([一二三四五六七八九])(?=[号栋楼]|\d|$)", lambda m: _SPOKEN[m.group(1)], plain)


@Lasting
def _names() -> list[tuple[Building, list[str]]]:
    return [
        (building, [normalise(n) for n in [building.code, building.name, building.name_en, *aliases(building)] if n])
        for building in buildings()
    ]


def aliases(building: Building) -> list[str]:
    """What people call a building, as a list."""
    return [part.strip() for part in re.split(r"[;；]", building.aliases) if part.strip()]


def room_number(text: str) -> str:
    """A typed room number as the hall keeps it: NFKC, upper case, without 室. Raises Refused(field="room")."""
    plain = _SPACES.sub("", unicodedata.normalize("NFKC", text)).upper()
    plain = re.sub(r"(室|房间|房|教室|寝室|宿舍)$", "", plain)
    if len(plain) > 20:
        raise Refused(N_("房间号太长了，例如 502；位置说明请写在“具体位置”"), field="room")
    return plain


def home_of(person: Person) -> tuple[Building, str] | None:
    """Where a resident lives, from the bed, in one query."""
    if person.bed_id is None:
        return None
    bed = (
        Bed.select(Bed, Room, Building, Campus)
        .join(Room)
        .join(Building)
        .join(Campus)
        .where(Bed.id == person.bed_id)
        .first()
    )
    return (bed.room.building, bed.room.number) if bed else None


@Lasting
def buildings() -> list[Building]:
    """All buildings in use with their campus, as lists and select boxes show them."""
    return list(
        archive.without(Building.select(Building, Campus)).join(Campus).order_by(Campus.id, Building.kind, Building.id)
    )


def building(code: str) -> Building | None:
    """The building in use with `code`, whatever its case."""
    return _by_code().get(code.strip().upper())


@Lasting
def _by_code() -> dict[str, Building]:
    return {each.code: each for each in buildings()}


def add_rooms(of: Building, *, by: Person, floors: tuple[int, int], first: int, last: int) -> int:
    """Make the rooms `first`..`last` of each floor that are missing (floor 5, room 2 is `502`); returns how many.

    Repeating it adds nothing. Raises Refused where the range makes no sense.
    """
    if not access.can_edit(by, Room):
        raise Refused(N_("您没有权限建立房间"))
    low, high = floors
    if not (1 <= low <= high <= 60 and 1 <= first <= last <= 99):
        raise Refused(N_("楼层应在 1 到 60 之间，房间序号应在 1 到 99 之间，起始不能大于结束"))
    wanted = {f"{floor}{index:02d}": floor for floor in range(low, high + 1) for index in range(first, last + 1)}
    with database.atomic():
        known = {row[0] for row in tuples(Room.select(Room.number).where(Room.building == of.id))}
        missing = [
            {"building": of, "number": number, "floor": floor}
            for number, floor in wanted.items()
            if number not in known
        ]
        if missing:
            Room.insert_many(missing).on_conflict_ignore().execute()
            made = {"floors": [low, high], "rooms": [first, last], "made": len(missing)}
            events.record(of, "add_rooms", N_("建立房间"), by=by, role=access.editing_role(by, Room), details=made)
    return len(missing)
