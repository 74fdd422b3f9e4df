"""The English names of what the hall keeps: places, departments, groups, items, kinds, and what is written beside them.

A column of reference data with a sister that ends in `_en` has its English there; other entities say theirs
themselves. `english_of` reads names also where they stand together, `主校区学生公寓` or `南区学生公寓3号楼 502`, as
long as nothing but figures and marks is between them.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import peewee

from hall import reference
from hall.freshness import Lasting
from models import Rule, tuples

_LONG = {"intro"}
# What stands in columns that are free words and is said alike everywhere: kinds of buildings, units of goods.
USUAL = {
    "教学楼": "teaching building",
    "实验楼": "laboratory building",
    "办公楼": "office building",
    "公共建筑": "public building",
    "食堂": "canteen",
    "学生公寓": "student residence",
    "教工住宅": "staff housing",
    "体育场馆": "sports venue",
    "室外": "outdoors",
    "个": "pc",
    "只": "pc",
    "件": "pc",
    "台": "unit",
    "套": "set",
    "副": "pair",
    "根": "pc",
    "支": "pc",
    "块": "pc",
    "卷": "roll",
    "次": "job",
    "米": "m",
    "平方米": "m²",
    "公斤": "kg",
    "小时": "h",
    "分钟": "min",
}
_HAN = re.compile(r"[\u3400-\u9fff]")
_MARKS = {"、": ", ", "，": ", ", "；": "; ", "：": ": ", "（": " (", "）": ")", "室": "", "号": ""}
_LONGEST = 1000


@dataclass(frozen=True)
class _Names:
    """English by Chinese, and what finds the names in a text."""

    english: dict[str, str]
    pattern: re.Pattern[str]


def english() -> dict[str, str]:
    """Chinese name → English name of everything that has one. At most two queries."""
    return _names().english


def english_of(text: str) -> str:
    """The English of a name, or of names that stand together; `text` as it is where something in it has none."""
    known = _names()
    if (exact := known.english.get(text)) is not None:
        return exact
    if len(text) > _LONGEST or not _HAN.search(text):
        return text
    parts = [part for part in known.pattern.split(text) if part]
    said = [known.english.get(part) or "".join(_MARKS.get(mark, mark) for mark in part) for part in parts]
    if any(_HAN.search(part) for part in said):
        return text
    return " ".join(reduce(_joined, said, "").split())


def _joined(before: str, part: str) -> str:
    """Two pieces with a blank between them where both are letters or figures."""
    return f"{before} {part}" if before[-1:].isalnum() and part[:1].isalnum() else before + part


@Lasting
def _names() -> _Names:
    names = USUAL | {name: said for name, said in tuples(_query()) if name != said} | _marks()
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    # Capturing, so that a split keeps the names; tried longest first, 学生公寓 never hides 西校区学生公寓1号楼.
    return _Names(names, re.compile(f"({'|'.join(map(re.escape, longest_first))})"))


def _marks() -> dict[str, str]:
    """What rules mark things with."""
    rules = tuples(Rule.select(Rule.params).where(Rule.action == "mark"))
    return {params["mark"]: params["mark_en"] for (params,) in rules if params.get("mark_en")}


def _query() -> peewee.ModelSelect:
    """One select of all pairs of columns, (name, English name)."""
    pairs: list[Any] = [
        entity.select(column, fields[f"{name}_en"]).where(column != "", fields[f"{name}_en"] != "")
        for entity in reference.tables()
        for fields in [entity._meta.fields]
        for name, column in fields.items()
        if f"{name}_en" in fields and name not in _LONG
    ]
    return reduce(add, pairs)
