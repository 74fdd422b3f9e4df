"""An English reader meets no Chinese but what people wrote: every page of portal and panel is read in English."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import peewee
import pytest
from flask import Flask
from werkzeug.test import TestResponse

import models
from config import Settings
from hall import naming, notify, places, printing, routing
from models import Building, Event, Notification, RepairOrder, Submission
from templating import number, translated, window, yuan
from tests.conftest import CAST, Backend, Campus, _opened
from tests.furnished import furnish
from tests.screens import Screens
from tests.story import Story
from tests.test_printing import Paper, needs_font
from tests.unguarded import unguard
from tests.visitor import Visitor
from translations import catalogue

CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+")
# What the hall itself puts together and keeps; a page has to say it in English.
MADE = {Notification.text, RepairOrder.routed_why, RepairOrder.wished_visits, Submission.doubt, Event.label_text}
MADE |= {Building.kind, models.RoutingRule.kind, models.PriceBookEntry.unit, models.SettlementLine.unit}
KNOWN = catalogue.english()
# What tests/screens.py hands in to be imported, the name of the other language, and what masks a word.
WRITTEN = ("新生", "周国", "名单", "无号", "中文", "＊")

# What the search page shows that one can search for.
EXAMPLES = ["空调", "雨伞", "宿舍楼"]


class Reader(Visitor):
    """Somebody who reads English, and notes the Chinese on every page."""

    found: dict[str, None]

    def get(self, path: str, **options: Any) -> TestResponse:
        self.client.set_cookie("lang", "en")
        answer = super().get(path, **options)
        if answer.mimetype in ("text/html", "application/json", "application/atom+xml"):
            asked = CHINESE.findall(unquote(path)) + (EXAMPLES if path.startswith("/search") else [])
            self.found |= dict.fromkeys(f"{each} at {path} ({self.number})" for each in chinese_in(answer.text, asked))
        return answer


def chinese_in(page: str, asked: list[str]) -> set[str]:
    """The Chinese of a page with what stands before it, but for what was `asked` for and what stands in fields."""
    page = re.sub(r"<textarea.*?</textarea>|<script.*?</script>", "", page, flags=re.DOTALL)
    page = re.sub(r'(<(?:input|button|option)\b[^>]*?) value="[^"]*"', r"\1", page)
    page = re.sub(r' data-unit="[^"]*"', "", page)  # what the settler's field is to hold, as the price book has it
    # What is Chinese on purpose says so, for those who listen: the words that an operator can change.
    page = re.sub(r'<(\w+)[^<>]* lang="zh-Hans"[^<>]*>.*?</\1>', "", page, flags=re.DOTALL)
    page = re.sub("|".join(map(re.escape, [*WRITTEN, *asked])), "", page)
    return {f"{found[0]} after {page[: found.start()][-40:]!r}" for found in CHINESE.finditer(page)}


@pytest.fixture
def house(sqlite: Backend, tmp_path: Path) -> Iterator[Settings]:
    """What a page says does not hang on the database: one is enough."""
    yield from _opened(sqlite, sqlite.copy(tmp_path))


def test_no_page_says_chinese_but_what_people_wrote(app: Flask, campus: Campus) -> None:
    for place in models.Campus.select():
        models.Campus.update(name_en=f"Campus {place.id}").where(models.Campus.id == place.id).execute()
    furnish(campus)
    unguard()
    write_latin()
    found: dict[str, None] = {}

    def reader(who: str) -> Reader:
        visitor = Reader(app.test_client(), who)
        visitor.found = found
        return visitor.sign_in(CAST[who]) if who else visitor  # type: ignore[return-value]

    screens = Screens(app, reader, reader(""))
    pages = [screen for part in ("portal", "panel", "entities") for screen in screens.find(part)]
    assert len(pages) > 300
    assert not found, "\n".join(sorted(found))


def write_latin() -> None:
    """Let everybody have written in Latin letters: what is Chinese after that comes from the hall."""
    for entity in models.ENTITIES:
        for column in entity._meta.sorted_fields:
            words = isinstance(column, peewee.CharField | peewee.TextField | peewee.JSONField)
            if words and not column.choices and column not in MADE:
                _rewrite(entity, column)
    Notification.delete().execute()
    Event.update(announced=None).execute()
    while notify.announce():
        pass


def _rewrite(entity: type[models.Entity], column: peewee.Field) -> None:
    # The panel lists articles by what they are called, the website reads them in the language of the reader.
    english = entity._meta.fields.get(f"{column.name}_en") if entity is not models.Article else None
    for row in list(entity.select()):
        before = row.__data__[column.name]
        if before is not None and not (english and row.__data__[english.name]):
            after = latin(before, row.id)
            if isinstance(after, str):
                after = after[: getattr(column, "max_length", None)]
            if after != before:
                entity.update({column: after}).where(entity.id == row.id).execute()


def latin(value: Any, row: int) -> Any:
    """`value` without the Chinese that neither the catalogue nor the names of the hall have in English."""
    if isinstance(value, dict):
        return {key: latin(each, row) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [latin(each, row) for each in value]
    if not isinstance(value, str) or KNOWN.get(value) or routing.told(value)[1].keys() - {"why"}:
        return value
    return value if not CHINESE.search(naming.english_of(value)) else CHINESE.sub(f"text{row}", value)


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("南区学生公寓3号楼", "South Residence 3"),
        ("南区学生公寓3号楼 502", "South Residence 3 502"),
        ("水暖一组、水暖二组", "Plumbing and Heating Team 1, Plumbing and Heating Team 2"),
        ("学生公寓 · 图书馆", "student residence · Library"),
        ("图书馆（TSG）", "Library (TSG)"),
        ("请说明冷水还是热水、漏水大小", "Please say whether it is hot or cold water, and how much leaks"),
        ("图书馆的灯坏了", "图书馆的灯坏了"),  # somebody's sentence stays as it is
        ("Library", "Library"),
    ],
)
def test_names_are_read_in_english(house: Settings, chinese: str, english: str) -> None:
    assert naming.english_of(chinese) == english


def test_a_name_that_is_mended_is_read_at_once(house: Settings) -> None:
    assert naming.english_of("图书馆") == "Library"
    Building.update(name_en="Old Library").where(Building.name == "图书馆").execute()
    models.Department.update(name_en="Old Library").where(models.Department.name == "图书馆").execute()
    assert naming.english_of("图书馆") == "Old Library"


@pytest.mark.parametrize(
    ("typed", "code", "room"),
    [
        ("南1 205", "NQ1", "205"),
        ("南1205", "NQ1", "205"),
        ("南12 05", "NQ12", "05"),
        ("South Residence 1 205", "NQ1", "205"),
        ("south residence 12-205", "NQ12", "205"),
        ("library", "TSG", ""),
    ],
)
def test_a_place_is_found_by_either_name(house: Settings, typed: str, code: str, room: str) -> None:
    building, found = places.find(typed) or pytest.fail(f"{typed} means no building")
    assert (building.code, found) == (code, room)


def test_words_money_and_days_in_both_languages(app: Flask, house: Settings) -> None:
    with app.test_request_context("/?lang=en"):
        assert translated(routing.BY_FOLLOW_UP % {"number": "BX1"}) == "Same group as BX1, after the follow-up"
        odd = "限制物品：活体动物；可能是寻物启事 LF1 要找的东西"
        assert translated(odd) == "Restricted goods: Live animals; May be what lost notice LF1 looks for"
        assert (window("11-05 上午"), window("随时")) == ("5 Nov AM", "随时")
        assert (yuan(123456789), number(12345)) == ("1,234,567.89", "12,345")
    with app.test_request_context("/?lang=zh"):
        assert (window("11-05 上午"), translated("图书馆")) == ("11月5日 上午", "图书馆")


@needs_font
def test_the_work_order_is_printed_in_the_readers_language(campus: Campus) -> None:
    order = RepairOrder.get_by_id(Story(campus).order("settled").id)
    paper = Paper(printing.work_order_pdf(order, "en"))
    for word in ("Workorder", "Leakingtap", "SouthResidence", "Signature", "Page1of1"):
        assert word in re.sub(r"\s", "", paper.text)
    assert "签字" not in paper.text
