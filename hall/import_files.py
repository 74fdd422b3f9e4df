"""The files that operators hand in for any entity: a heading and rows of text, exactly as they stand there.

CSV and XLSX are opened as those of the campus are (hall/roster_tables.py), but nothing is cleaned: what an export
wrote comes back as it was, line breaks too. JSON is the list of objects that an export writes.
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from hall.roster_tables import EXACT, MOST_BYTES, MOST_COLUMNS, MOST_ROWS, read_lines
from hall.words import N_, Refused, is_odd, without_odd

# What a spreadsheet takes for a formula, with or without the mark of an export; a Chinese one reads full-width signs.
FORMULA = re.compile(r"'*\s*[=+\-@＝＋－＠\t\r\n]")
# The column of a file of wrong rows that says why; it is not read again.
WHY = N_("错误")


@dataclass(frozen=True)
class Line:
    """A row of a file: the number that a spreadsheet shows beside it, its cells, and a sentence if one was lost."""

    number: int
    cells: list[str]
    lost: str = ""


def read(name: str, data: bytes) -> tuple[list[str], list[Line]]:
    """The heading and the rows of the file called `name`. Raises Refused(field="file")."""
    if name.lower().endswith(".json"):
        lines: Iterable[list[Any]] = _objects(data)
    else:
        lines = read_lines(name, data)
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(text_of(cell) for cell in line))
    headers = [_heading(cell) for cell in next(numbered, (0, []))[1]]
    if any(is_odd(header) for header in headers):
        raise _unreadable(N_("表头里有保存不了的字符，请重新填写表头"))
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise _unreadable(N_("文件是空的"))
    if len(headers) > MOST_COLUMNS:
        raise _unreadable(N_("列太多了，最多 %(most)s 列"), most=MOST_COLUMNS)
    rows = [_line(number, cells, len(headers)) for number, cells in itertools.islice(numbered, MOST_ROWS + 1)]
    if len(rows) > MOST_ROWS:
        raise _unreadable(N_("一次最多导入 %(most)s 行，请分成几个文件"), most=MOST_ROWS)
    if not rows:
        raise _unreadable(N_("文件里只有表头，没有数据"))
    return headers, rows


def marked(text: str) -> str:
    """A cell of a CSV, with the mark that keeps a spreadsheet from running it; `text_of` takes that away again."""
    return f"'{text}" if FORMULA.match(text) else text


def text_of(cell: Any) -> str:
    """A cell as text: 2025010001.0 is `2025010001`, a day `2026-09-01`, a moment `2026-09-01T08:00:00`."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date | time):
        return cell.isoformat()
    text = str(cell)
    return text[1:] if text.startswith("'") and FORMULA.match(text, 1) else text


def _unreadable(message: str, **values: Any) -> Refused:
    return Refused(message, field="file", **values)


def _heading(cell: Any) -> str:
    return " ".join(unicodedata.normalize("NFKC", text_of(cell)).split())[:100]


def _line(number: int, cells: list[Any], width: int) -> Line:
    lost = ""
    if any(text_of(cell) for cell in cells[width:]):
        lost = N_("这一行比表头多出几格，请检查分隔符和引号")
    if any(isinstance(cell, float) and abs(cell) >= EXACT for cell in cells):
        lost = N_("有一格按数字保存，超过 15 位的部分已经丢失；请把这一列设为文本后重新填写")
    texts = [text_of(cell) for cell in cells[:width]]
    if any(map(is_odd, texts)):
        lost = N_("有一格含有保存不了的字符，请重新填写这一格")
        texts = [without_odd(text) for text in texts]
    return Line(number, texts + [""] * (width - len(texts)), lost)


def _objects(data: bytes) -> Iterator[list[Any]]:
    """A list of flat objects as lines, the heading first."""
    broken = _unreadable(N_("这个 JSON 文件看不懂，应当是一个由对象组成的列表"))
    if len(data) > MOST_BYTES:
        raise _unreadable(N_("文件超过 %(most)s MB，请分成几个文件导入"), most=MOST_BYTES >> 20)
    try:
        told = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise broken from error
    if not isinstance(told, list) or not all(isinstance(row, dict) for row in told):
        raise broken
    headers = list(dict.fromkeys(key for row in told for key in row))
    if len(headers) > MOST_COLUMNS:
        raise _unreadable(N_("列太多了，最多 %(most)s 列"), most=MOST_COLUMNS)
    yield headers
    for row in told:
        yield [_json_cell(row.get(header)) for header in headers]


def _json_cell(value: Any) -> Any:
    if value is None:
        return ""
    # The mark is the file's, not the text's: one that stands in the text is kept by another.
    if isinstance(value, str):
        return marked(value)
    return value if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)
