"""The files that operators hand over, CSV or XLSX, as rows of clean text (`issue 2`, people and places).

CSV may be UTF-8 with or without BOM, UTF-16 with BOM, or GB18030 as Chinese Excel writes it, and
separated by comma, semicolon or tab. Nothing here knows what the columns mean.
"""

import csv
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from hall.words import N_, Refused

MOST_BYTES = 20 * 2**20
MOST_ROWS = 50_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 2_000
MOST_UNPACKED = 100 * 2**20
EXACT = 10**15  # spreadsheets keep fifteen digits of a number; what is longer has been rounded

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# Cells that hold something (`<c r="B7"><v>…`); styled empty ones end in `/>` and take no room.
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\sr\s*=\s*["']([A-Za-z]{1,4})(\d{1,8})["'][^>]*(?<!/)>""")

_BROKEN = (CalamineError, zipfile.BadZipFile, zlib.error, OSError, ValueError, RuntimeError, EOFError, KeyError)
_MARKED = {"'=", "'+", "'-", "'@"}


@dataclass(frozen=True)
class Refusal:
    """Why one cell cannot be imported. Faces show `message % values`; row 1 is the header line."""

    row: int
    column: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The Chinese sentence."""
        return str(self.refused)

    @property
    def refused(self) -> Refused:
        return Refused(self.message, **self.values)


@dataclass
class Table:
    """One sheet: `rows` pair the row number that the operator's program shows with the cells, all text.

    `problems` are cells that could not be read as they are. A sealed table (hall/roster.py) has columns
    of one kind only, under our names, and no ID card; it may be kept for a while.
    """

    headers: list[str]
    rows: list[tuple[int, list[str]]]
    problems: list[Refusal] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    sealed: bool = False

    def dumps(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def loads(cls, text: str) -> "Table":
        """The table that `dumps` wrote."""
        kept = json.loads(text)
        return cls(
            kept["headers"],
            [(row, cells) for row, cells in kept["rows"]],
            [Refusal(**problem) for problem in kept["problems"]],
            kept["ignored"],
            kept["sealed"],
        )


def read_table(name: str, data: bytes) -> Table:
    """The first sheet of the file called `name`. Raises Refused(field="file") with what is wrong and what helps."""
    return _table(read_lines(name, data))


def read_lines(name: str, data: bytes) -> Iterator[list[Any]]:
    """The lines of that sheet as they are, empty ones too, their cells text, numbers, days or times. Raises alike."""
    if len(data) > MOST_BYTES:
        raise _unreadable(N_("文件超过 %(most)s MB，请分成几个文件导入"), most=MOST_BYTES >> 20)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise _unreadable(N_("这是旧格式的 .xls 或加了密码的文件，请另存为 .xlsx 或 CSV"))
    if data.startswith(b"PK\x03\x04"):
        return _xlsx_lines(data)
    if name.lower().endswith((".xlsx", ".xlsm")):
        raise _unreadable(N_("这个文件不是 XLSX，请在表格软件里另存为 .xlsx 或 CSV"))
    return _csv_lines(data)


def _unreadable(message: str, **values: Any) -> Refused:
    return Refused(message, field="file", **values)


def _csv_lines(data: bytes) -> Iterator[list[Any]]:
    text = _decoded(data)
    first = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    separator = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise _unreadable(N_("第 %(row)s 行附近的引号不成对，或有一格过长"), row=reader.line_num) from error


def _decoded(data: bytes) -> str:
    encodings = ["utf-16"] if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeError:
            continue
    raise _unreadable(N_("看不懂这个文件的编码，请另存为 UTF-8 的 CSV 或 .xlsx"))


def _xlsx_lines(data: bytes) -> Iterator[list[Any]]:
    broken = _unreadable(N_("这个 XLSX 文件打不开，可能已损坏，请重新另存一次"))
    try:
        _refuse_sprawl(data)
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [sheet.name for sheet in book.sheets_metadata if "Visible" in str(sheet.visible)]
        if not sheets:
            raise broken
        yield from book.get_sheet_by_name(sheets[0]).to_python(skip_empty_area=False)
    except _BROKEN as error:
        raise broken from error


def _refuse_sprawl(data: bytes) -> None:
    """Look at the corners before calamine does: it takes memory for the whole rectangle at once.

    One stray blank in cell XFD1048576, in a file of 5 KB, asks for 549 GB and aborts the process.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED:
            raise _unreadable(N_("这个表格解开后太大了，请只保留要导入的数据，另存一次"))
        for member in archive.namelist():
            if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                for letters, digits in set(_FILLED_CELL.findall(archive.read(member))):
                    # CZ is the last of 104 columns: fewer letters first, then by alphabet.
                    if (len(letters), letters.upper()) > (2, b"CZ") or int(digits) > MOST_ROWS + 1_000:
                        raise _unreadable(
                            N_("单元格 %(cell)s 里有内容，离数据太远；请删掉数据以外的行和列再试"),
                            cell=(letters + digits).decode(),
                        )


def _table(lines: Iterable[list[Any]]) -> Table:
    numbered = ((number, line) for number, line in enumerate(lines, start=1) if any(_shown(cell) for cell in line))
    _, first = next(numbered, (0, []))
    headers = [unicodedata.normalize("NFKC", _shown(cell)) for cell in first]
    while headers and not headers[-1]:
        headers.pop()
    if not headers:
        raise _unreadable(N_("文件是空的"))
    if len(headers) > MOST_COLUMNS:
        raise _unreadable(N_("列太多了，最多 %(most)s 列"), most=MOST_COLUMNS)
    table = Table([_CONTROL.sub("", header) for header in headers], [])
    for number, line in numbered:
        if len(table.rows) == MOST_ROWS:
            raise _unreadable(N_("一次最多导入 %(most)s 行，请分成几个文件"), most=MOST_ROWS)
        table.rows.append((number, _cells(table, number, line)))
    if not table.rows:
        raise _unreadable(N_("文件里只有表头，没有数据"))
    return table


def _cells(table: Table, row: int, line: list[Any]) -> list[str]:
    width = len(table.headers)
    if any(_shown(cell) for cell in line[width:]):
        table.problems.append(Refusal(row, "", N_("这一行比表头多出几格，请检查分隔符和引号")))
    cells = []
    for header, cell in zip(table.headers, [*line, *[""] * (width - len(line))], strict=False):
        text, problem = _shown(cell), ""
        if isinstance(cell, float) and abs(cell) >= EXACT:
            text, problem = "", N_("这一格按数字保存，超过 15 位的部分已经丢失；请把这一列设为文本后重新填写")
        elif _CONTROL.search(text):
            text, problem = _CONTROL.sub(" ", text), N_("这一格里有换行或看不见的控制字符，请删掉")
        if len(text) > MOST_CHARACTERS:
            text, problem = text[:20] + "…", N_("这一格太长了")
        if problem:
            table.problems.append(Refusal(row, header, problem))
        cells.append(text)
    return cells


def _shown(cell: Any) -> str:
    """A cell as the operator sees it: 2025010001.0 is `2025010001`, a date is `2026-09-01`."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime) and cell.time() == time():
        cell = cell.date()
    if isinstance(cell, date | time):
        return cell.isoformat()
    text = _INVISIBLE.sub("", str(cell)).strip()
    # Our own exports mark with ' what a spreadsheet would take for a formula.
    return text[1:] if text[:2] in _MARKED else text
