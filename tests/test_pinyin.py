"""The initials that the hall looks up are those that pypinyin reads."""

import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

from hall import pinyin, site

HOUSE = Path(__file__).parent.parent
READ = [chr(number) for number in range(pinyin.FIRST, pinyin.LAST + 1) if number in PINYIN_DICT]
WORDS = [word for word in PHRASES_DICT if pinyin.HAN.fullmatch(word)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a hall that has looked up nothing yet."""
    before, site.data_folder = site.data_folder, tmp_path
    pinyin._table.cache_clear()
    yield tmp_path
    site.data_folder = before
    pinyin._table.cache_clear()


def read(run: str) -> str:
    letters = "".join(lazy_pinyin(run, style=Style.FIRST_LETTER))
    return re.sub(r"[^a-z]", pinyin.NONE, letters)


def test_it_works() -> None:
    assert pinyin.initials("宿舍楼") == "ssl"
    assert pinyin.initials("重庆很重要") == "cqhzy"  # 重 is read in two ways


def test_every_character_is_read_as_by_pypinyin() -> None:
    assert len(READ) > 20_000
    assert [each for each in READ if pinyin.initials(each) != read(each)] == []
    assert pinyin.initials("㐂䷀㐂") == "000", "what nobody can read is no mistake"


def test_every_word_is_read_as_by_pypinyin() -> None:
    assert len(WORDS) > 40_000
    assert [word for word in WORDS if pinyin.initials(word) != read(word)] == []


def test_words_that_touch_are_told_apart_as_by_pypinyin() -> None:
    chance = random.Random(7)
    for _time in range(20_000):
        pieces = [chance.choice(WORDS) for _piece in range(chance.randint(1, 4))]
        run = "".join(piece[chance.randrange(len(piece)) :] for piece in pieces)
        assert pinyin.initials(run) == read(run), run


def test_the_table_is_made_once_and_again_for_another_pypinyin(folder: Path) -> None:
    assert pinyin.initials("重庆") == "cq"
    file = folder / pinyin.FILE
    whole = file.read_text("utf-8")
    for broken in (whole[: len(whole) // 2], whole.replace("pypinyin ", "pypinyin 0."), "\udcff"):
        file.write_text(broken, "utf-8", "surrogateescape")
        pinyin._table.cache_clear()
        assert pinyin.initials("重庆") == "cq"
        assert file.read_text("utf-8") == whole
    file.write_text(whole.replace("重庆=cq", "重庆=xx"), "utf-8")
    pinyin._table.cache_clear()
    assert pinyin.initials("重庆") == "xx", "the file is read where it fits"


def test_without_a_place_for_the_table_it_is_made_for_this_process(folder: Path) -> None:
    for place in (None, folder / "missing"):
        site.data_folder = place
        pinyin._table.cache_clear()
        assert pinyin.initials("重庆") == "cq"


def test_who_looks_up_loads_no_pypinyin() -> None:
    asked = "import sys; from hall import pinyin; pinyin.initials('重庆'); sys.exit('pypinyin' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], cwd=HOUSE).returncode == 0
