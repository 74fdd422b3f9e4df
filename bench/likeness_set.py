"""The made set of `bench/likeness.py`: what owners write and what finders write about the same thing, with noise.

Written before the scorer and without its tables. `made(pairs, others, days, seed)` is the same for the same seed.
"""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from hall.likeness import Notice

WORDS = Path(__file__).resolve().parent / "words"
START = datetime(2026, 9, 1)
MISREAD = dict(zip("伞杯卡钥耳机包书盒绿蓝黑银图印挂贴", "散怀咔匙尔几饱本合录兰墨艮圈应卦帖", strict=True))
DIGITS = str.maketrans("一二三四五六七八九", "123456789")
FLOORS = ("一楼", "二楼", "三楼", "四楼", "五楼", "")
OWNER_SPOTS = ("靠窗的位置", "教室后排", "自习区", "洗手间", "楼梯口", "大厅", "门口", "电梯", "打印机旁", "")
FINDER_SPOTS = (
    "窗边座位",
    "最后一排",
    "自习室桌上",
    "厕所洗手台",
    "楼道",
    "一进门那里",
    "门外",
    "电梯里",
    "打印店",
    "椅子下面",
    "",
)
OWNER_TITLES = (
    "寻{n}",
    "丢了{c}{n}",
    "求助！{n}不见了",
    "{b}{n}丢失",
    "急寻{c}{b}{n}",
    "找{n}",
    "在{p}丢了{n}",
    "有人看到{n}吗",
)
FINDER_TITLES = (
    "捡到{n}",
    "拾到{c}{n}",
    "{p}捡到{n}",
    "谁丢了{n}",
    "招领：{n}",
    "{n}失主看过来",
    "捡到{b}{n}",
    "捡到东西",
)
OWNER_TEXTS = (
    "{w}在{p}丢了{b}{n}，{c}，{d}。有看到的同学请联系我，必有重谢！",
    "{w}大概在{p}附近把{c}{n}弄丢了，{b}，{d}，对我很重要，谢谢大家",
    "今天发现{n}不见了，可能落在{p}了。特征：{c}，{d}",
    "{n}丢失，{b}{c}，{d}。{w}最后一次用是在{p}。",
    "求好心人！！{p}，{c}{b}{n}",
)
FINDER_TEXTS = (
    "{w}在{p}捡到{n}，{c}，{d}，请失主尽快来认领",
    "刚刚在{p}看到的，{b}{n}，{c}，已交给值班阿姨",
    "{p}捡到一个{n}。{d}。丢的同学说出特征来取",
    "{c}的{n}，{w}捡的，{b}，{d}。放在门卫了",
    "捡到的，{c}，细节请失主自己说",
    "如图",
)
WHENS = ("昨天下午", "今天早上", "中午", "晚上", "周三第二节课后", "下课的时候", "大概六点多", "")


@dataclass(frozen=True)
class Thing:
    """What was lost, as only the generator knows it."""

    row: dict[str, str]
    form: int  # which of the names: 篮球 is never found as 足球
    brand: str
    colour: str
    details: tuple[str, ...]


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a word list beside this file."""
    with (WORDS / f"lost_{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


THINGS, PLACES = rows("things"), rows("places")
COLOURS = {row["owner"]: row["finder"].split("|") for row in rows("colours")}
BY_CODE = {row["code"]: row for row in PLACES if row["code"]}


def made(pairs: int, others: int, days: int, seed: int) -> tuple[list[tuple[Notice, Notice]], list[Notice]]:
    """`pairs` of (lost, found) within `days`, and `others` on each side that have no counterpart."""
    chance = random.Random(seed)
    numbers = iter(range(1, 10**9))
    couples = []
    for _ in range(pairs):
        thing, place, at, floor = _thing(chance), chance.choice(PLACES), _moment(chance, days), chance.choice(FLOORS)
        lost = _lost(chance, next(numbers), thing, place, floor, at)
        couples.append((lost, _found(chance, next(numbers), thing, place, floor, at, lost.photo)))
    alone = []
    for number in range(2 * others):
        thing, place, at, floor = _thing(chance), chance.choice(PLACES), _moment(chance, days), chance.choice(FLOORS)
        if number % 2:
            alone.append(_lost(chance, next(numbers), thing, place, floor, at))
        else:
            alone.append(_found(chance, next(numbers), thing, place, floor, at, None))
    return couples, alone


def _moment(chance: random.Random, days: int) -> datetime:
    return START + timedelta(days=chance.randrange(days), hours=chance.triangular(0, 15, 9))


def _thing(chance: random.Random) -> Thing:
    row = chance.choices(THINGS, [int(row["weight"]) for row in THINGS])[0]
    details = chance.sample(row["details"].split("|"), chance.choice((0, 1, 1, 2)))
    form = chance.randrange(len(row["owner"].split("|")))
    brand = chance.choice(row["brands"].split("|"))
    brand = brand if "/" in brand else f"{brand}/{brand}"
    return Thing(row, form, brand, chance.choice(row["colours"].split("|")), tuple(details))


def _lost(chance: random.Random, number: int, thing: Thing, place: dict[str, str], floor: str, at: datetime) -> Notice:
    told = at + timedelta(hours=chance.choice((0, 0, 0, 1, -2, 4, 10, -12)))  # owners often know only about when
    name = thing.row["owner"].split("|")[thing.form]
    colour = f"{thing.colour}色" if thing.colour and chance.random() < 0.7 else ""
    brand = thing.brand.split("/")[chance.random() < 0.3] if chance.random() < 0.65 else ""
    details = [detail.split("~")[0] for detail in thing.details if chance.random() < 0.8]
    known = place if chance.random() < 0.8 else {**place, "code": ""}  # "somewhere on the way"
    where = chance.choice(place["owner"].split("|")) + (floor if chance.random() < 0.5 else "")
    words = {"n": name, "c": colour, "b": brand, "p": where, "d": "，".join(details), "w": chance.choice(WHENS)}
    photo = chance.getrandbits(64) if chance.random() < 0.3 else None
    spot = chance.choice(OWNER_SPOTS)
    return _written(chance, number, True, thing, known, f"{where}{spot}", told, photo, words, OWNER_TITLES, OWNER_TEXTS)


def _found(
    chance: random.Random,
    number: int,
    thing: Thing,
    lost_in: dict[str, str],
    floor: str,
    at: datetime,
    photo: int | None,
) -> Notice:
    luck = chance.random()
    place = lost_in
    if luck > 0.62:
        place = BY_CODE[chance.choice(lost_in["near"].split("|"))]
    if luck > 0.8:  # carried off, or lost elsewhere than the owner believes
        place = chance.choice([each for each in PLACES if each["campus"] == lost_in["campus"]])
    if luck > 0.97:
        place = chance.choice(PLACES)
    wait = 20 if chance.random() < 0.75 else 120  # most things are found the same day or the next, some much later
    later = at + timedelta(hours=min(chance.expovariate(1 / wait), 24 * 40))
    names = thing.row["finder"].split("|")
    own = thing.row["owner"].split("|")[thing.form]
    by_form = thing.row["kind"] in ("书", "校服外套", "球类", "饰品", "帽子")
    name = names[min(thing.form, len(names) - 1)] if by_form else chance.choice([*names, own])
    colour = ""
    if thing.colour and chance.random() < 0.65:
        seen = COLOURS.get(thing.colour, [thing.colour])
        colour = chance.choice(seen) if chance.random() < 0.5 else seen[0]
    brand = thing.brand.split("/")[chance.random() < 0.5] if chance.random() < 0.4 else ""
    details = [chance.choice(detail.split("~")[-2:]) if chance.random() < 0.3 else detail.split("~")[1]
               for detail in thing.details if chance.random() < 0.5]  # fmt: skip
    where = chance.choice(place["finder"].split("|"))
    where += (floor.translate(DIGITS) if chance.random() < 0.5 else floor) if chance.random() < 0.4 else ""
    words = {"n": name, "c": colour, "b": brand, "p": where, "d": "，".join(details), "w": chance.choice(WHENS)}
    known = place if chance.random() < 0.8 else {**place, "code": ""}
    if (
        photo is not None and chance.random() < 0.15
    ):  # the same product picture, otherwise two pictures have nothing in common
        for bit in chance.sample(range(64), chance.randrange(9)):
            photo ^= 1 << bit
    else:
        photo = chance.getrandbits(64)
    photo = photo if chance.random() < 0.6 else None
    spot = chance.choice(FINDER_SPOTS)
    return _written(
        chance, number, False, thing, known, f"{where}{spot}", later, photo, words, FINDER_TITLES, FINDER_TEXTS
    )


def _written(
    chance: random.Random, number: int, is_lost: bool, thing: Thing, place: dict[str, str], where: str, at: datetime,
    photo: int | None, words: dict[str, str], titles: tuple[str, ...], texts: tuple[str, ...],
) -> Notice:  # fmt: skip
    kind, luck = thing.row["kind"], chance.random()
    if luck < 0.15:
        kind = chance.choice(thing.row["taken_for"].split("|"))
    elif luck < 0.27:
        kind = chance.choice(("其他", ""))
    given = [words[key] for key in "nbc" if words[key]]
    tags = frozenset(chance.sample(given, chance.randrange(len(given)))) if chance.random() < 0.3 else frozenset()
    title = _slip(chance, chance.choice(titles).format(**words))
    text = _slip(chance, chance.choice(texts).format(**words))
    where = where if chance.random() < 0.7 else ""
    return Notice(number, kind, title, text, place["campus"], place["code"], where, at, tags, photo, is_lost)


def _slip(chance: random.Random, text: str) -> str:
    """Two texts in ten have a slip: a wrong character, a lost one, two in the wrong order; capitals are anybody's."""
    slips: list[Callable[[int], str]] = [
        lambda at: text[:at] + text[at + 1 :],
        lambda at: text[:at] + text[at : at + 2][::-1] + text[at + 2 :],
        lambda at: text[:at] + MISREAD.get(text[at], "的") + text[at + 1 :],
    ]
    if text and chance.random() < 0.2:
        text = chance.choice(slips)(chance.randrange(len(text)))
    return text.lower() if chance.random() < 0.2 else text


def spread(couples: list[tuple[Notice, Notice]], first: int) -> list[Notice]:
    """The found ones of `couples` under numbers from `first` on, to fill a board for timing."""
    return [replace(found, id=first + place) for place, (_lost_one, found) in enumerate(couples)]
