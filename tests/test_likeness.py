"""Matching lost and found: what is offered, why, and that nothing written can break or stall it."""

import io
import random
import time
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image, ImageDraw

from hall.likeness import WEIGHTS, Notice, likeliest
from hall.photo_likeness import photo_hash

NOON = datetime(2026, 11, 16, 4)
HOUR = timedelta(hours=1)


def notice(number: int, is_lost: bool, title: str, text: str = "", **more: Any) -> Notice:
    """A notice from the library at noon, unless `more` says otherwise."""
    usual = {
        "kind": "",
        "campus": "主校区",
        "building": "TSG",
        "place": "",
        "at": NOON,
        "tags": frozenset(),
        "photo": None,
    }
    return Notice(id=number, is_lost=is_lost, title=title, text=text, **{"photo": None} | usual | more)


LOST = notice(1, True, "寻黑色天堂雨伞", "在图书馆三楼丢了，伞柄缠了胶带", kind="雨伞", place="三楼自习区")
FOUND = notice(2, False, "捡到一把伞", "黑色的，把手上缠了胶带", kind="雨伞", building="JXA", at=NOON + 5 * HOUR)


@pytest.fixture
def board() -> list[Notice]:
    """The umbrella, found in the next building, among other things and another umbrella on the other campus."""
    return [
        notice(10, False, "捡到红色雨伞", "格子的", kind="雨伞", campus="西校区", building="XX1", at=NOON + 30 * HOUR),
        notice(11, False, "捡到水杯", "黑色保温杯", kind="水杯", at=NOON + HOUR),
        notice(12, False, "捡到校园卡", "在三楼自习区", kind="校园卡", place="三楼自习区", at=NOON + HOUR),
        FOUND,
        *(notice(20 + each, False, "捡到钥匙", "一串", kind="钥匙", at=NOON + each * HOUR) for each in range(20)),
    ]


def messages(offered: list[Any]) -> dict[str, dict[str, object]]:
    return dict(offered[0].reasons)


def test_it_is_first_though_found_in_the_next_building(board):
    offered = likeliest(LOST, board)
    assert offered[0].notice == FOUND
    assert 0 < offered[0].score <= 1
    assert [each.score for each in offered] == sorted([each.score for each in offered], reverse=True)


def test_both_find_each_other(board):
    others = [replace(each, id=each.id + 100, is_lost=True) for each in board if each is not FOUND]
    assert likeliest(FOUND, [*others, LOST])[0].notice == LOST
    assert likeliest(LOST, [FOUND])[0].score == likeliest(FOUND, [LOST])[0].score


def test_nothing_is_offered_that_was_found_a_week_before_it_was_lost(board):
    early = replace(FOUND, at=NOON - timedelta(days=7))
    assert not likeliest(LOST, [early])
    assert not likeliest(early, [LOST])
    assert likeliest(LOST, [replace(FOUND, at=NOON - 3 * HOUR)]), "owners know only roughly when they lost it"


def test_nothing_is_offered_of_the_same_side():
    assert not likeliest(LOST, [replace(LOST, id=3), replace(FOUND, is_lost=True)])


def test_nothing_is_offered_that_is_unlikely(board):
    assert not {11, 12} & {each.notice.id for each in likeliest(LOST, board)}
    assert not likeliest(notice(5, True, "吉他", "木吉他", kind="乐器"), board)


def test_no_more_than_were_asked_for():
    many = [replace(FOUND, id=each) for each in range(2, 12)]
    assert [each.notice.id for each in likeliest(LOST, many, limit=3)] == [2, 3, 4]
    assert len(likeliest(LOST, many)) == 5


def test_reasons_name_what_is_shared(board):
    said = messages(likeliest(LOST, board))
    assert said["同一类：%(kind)s"] == {"kind": "雨伞"}
    assert said["颜色相同：%(colour)s"] == {"colour": "黑色"}
    assert said["时间接近：相差 %(hours)d 小时"] == {"hours": 5}
    assert "胶带" in str(said["都提到“%(words)s”"]["words"])
    assert "同一校区" in said and "同一栋楼" not in said
    assert "同一栋楼" in messages(likeliest(LOST, [replace(FOUND, building="TSG")]))
    assert all(message % values for message, values in said.items())


def test_long_figures_are_not_repeated(board):
    one, two = replace(LOST, text="尾号 00112233"), replace(FOUND, text="尾号 00112233")
    assert "2233" not in str(likeliest(one, [two, *board])[0].reasons)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (("水杯", "找蓝色水壶", ""), ("保温杯", "捡到蓝色保温壶", "")),
        (("耳机", "寻 AirPods", ""), ("", "捡到苹果蓝牙耳机", "")),
        (("雨伞", "找深蓝雨伞", ""), ("生活用品", "拾到黑色折叠伞", "")),
        (("", "尋雨傘", ""), ("其他", "捡到雨伞", "")),
    ],
)
def test_other_words_for_the_same_thing(mine, theirs, board):
    one = notice(1, True, mine[1], mine[2], kind=mine[0])
    two = notice(99, False, theirs[1], theirs[2], kind=theirs[0], at=NOON + 2 * HOUR)
    keys = [each for each in board if each.kind == "钥匙"]
    assert likeliest(one, [*keys, two])[0].notice == two


def test_nearer_is_likelier():
    def score(**change: Any) -> float:
        return likeliest(LOST, [replace(FOUND, **change)])[0].score

    assert score(building="TSG") > score() > score(campus="西校区")
    assert score() > score(at=NOON + 60 * HOUR) > score(at=NOON + 20 * 24 * HOUR)


def test_photos_alike_speak_loudest(board):
    seen = random.Random(5).getrandbits(64)
    key = next(each for each in board if each.kind == "钥匙")
    board[board.index(key)] = found = replace(key, photo=seen ^ 0b101, title="捡到东西", text="", kind="")
    offered = likeliest(notice(1, True, "寻物", "", photo=seen), board)
    assert offered[0].notice == found
    assert offered[0].reasons[0][0] == "照片相像"
    unlike = likeliest(notice(1, True, "寻物", "", photo=seen ^ (2**40 - 1)), board)
    assert "照片相像" not in str(unlike)


@pytest.mark.parametrize("text", ["", "伞", "a", " ", "\0", "%(kind)s", "%", "😀", "\ud800", "．。"])
def test_next_to_nothing_is_no_error(text):
    one = notice(1, True, text, text, kind=text, campus="", building="", place=text, tags=frozenset({text}))
    for other in (replace(one, id=2, is_lost=False), replace(FOUND, title="", text="")):
        for each in likeliest(one, [other]) + likeliest(other, [one]):
            assert all(message % values for message, values in each.reasons)
    assert likeliest(one, []) == []


@pytest.mark.parametrize(
    "text", ["伞" * 5_000, "a" * 5_000, "ab-" * 1_700, "\u0301" * 5_000, "ﷺ" * 5_000, "1 " * 2_500]
)
def test_five_thousand_characters_are_quick(text):
    one = notice(1, True, text, text, kind=text, place=text, tags=frozenset({text}))
    others = [replace(one, id=each, text=text + str(each), is_lost=False) for each in range(2, 52)]
    start = time.perf_counter()
    likeliest(one, others)
    assert time.perf_counter() - start < 2


def test_what_is_seen_has_a_weight():
    chance = random.Random(3)
    for _ in range(300):
        pair = [
            notice(
                side, bool(side), chance.choice(("黑伞", "红色 nike 包", "杯", "")), chance.choice(("", "小米", "蓝")),
                kind=chance.choice(("雨伞", "", "水杯", "吉他")), campus=chance.choice(("主校区", "", "西校区")),
                building=chance.choice(("TSG", "", "JXA")), place=chance.choice(("", "三楼", "3楼门口")),
                at=NOON + chance.randrange(-10, 900) * HOUR,
            )
            for side in (0, 1)
        ]  # fmt: skip
        likeliest(*pair[:1], pair[1:])  # a name without a weight is a KeyError
    assert all(abs(weight) < 10 for weight in WEIGHTS.values())


def drawn(seed: int) -> Image.Image:
    """A picture of a dozen shapes."""
    chance, image = random.Random(seed), Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        left, top = chance.randrange(560), chance.randrange(400)
        colour = tuple(chance.randrange(256) for _ in range(3))
        draw.ellipse((left, top, left + chance.randrange(60, 300), top + chance.randrange(60, 300)), fill=colour)
    return image


def encoded(image: Image.Image, **how: Any) -> Image.Image:
    kept = io.BytesIO()
    image.save(kept, **how)
    kept.seek(0)
    return Image.open(kept)


def far(one: int, two: int) -> int:
    return (one ^ two).bit_count()


@pytest.mark.parametrize("seed", range(5))
def test_a_photo_stays_itself(seed):
    image = drawn(seed)
    own = photo_hash(image)
    assert 0 <= own < 2**64
    assert far(own, photo_hash(encoded(image, format="JPEG", quality=60))) <= 3
    assert far(own, photo_hash(encoded(image.resize((320, 240)), format="JPEG", quality=80))) <= 4
    assert far(own, photo_hash(encoded(image, format="WEBP", quality=70))) <= 3
    assert far(own, photo_hash(drawn(seed + 50))) > 12


def test_a_photo_is_upright():
    image, exif = drawn(1), Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    turned = encoded(image.transpose(Image.Transpose.ROTATE_90), format="JPEG", quality=90, exif=exif)
    assert far(photo_hash(turned), photo_hash(image)) <= 4


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I", "LA"])
def test_any_kind_of_picture(mode):
    image = Image.new(mode, (1, 1))
    assert photo_hash(image) == photo_hash(image.resize((30, 20)))
