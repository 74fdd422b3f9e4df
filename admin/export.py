"""A list as a file: every row that the list would show, every labelled column, as CSV or XLSX.

Text stays text: a cell that a spreadsheet would take for a formula is marked as text in CSV and written
as a string in XLSX, and control characters are left out.
"""

import csv
import re
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter
from flask import Response, send_file, stream_with_context
from flask_babel import gettext as _

from admin import names
from admin.listing import Listing
from admin.rules import choices_of
from hall import clock
from models import Entity

MOST_XLSX_ROWS = 1_048_575
# Full-width signs count too: a Chinese spreadsheet reads them as formulas.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠\t\r\n]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Line:
    """What csv.writer writes to, when the line is wanted back."""

    def write(self, text: str) -> str:
        return text


def cells(listing: Listing) -> Iterator[list[Any]]:
    """The rows of the file, the heading first: numbers as numbers, everything else as clean text."""
    fields = names.shown(listing.model)
    coded = {field.name for field in fields if choices_of(field)}
    words: dict[Any, str] = {}
    yield [_(field.verbose_name) for field in fields]
    for rows in listing.chunks():
        for row in rows:
            yield [_cell(field, names.value_of(row, field), field.name in coded, words) for field in fields]


def _cell(field: Any, value: Any, coded: bool, words: dict[Any, str]) -> Any:
    if coded or isinstance(value, bool | Entity):
        # The same few words in every row: translating each anew was half of the time.
        if (field.name, value) not in words:
            words[field.name, value] = _CONTROL.sub("", names.plain(field, value))
        return words[field.name, value]
    return value if isinstance(value, int | Decimal | float) else _CONTROL.sub("", names.plain(field, value))


def as_csv(listing: Listing) -> Response:
    """A CSV that Excel opens as UTF-8, sent while it is read: memory stays flat however long the table is."""
    writer = csv.writer(_Line())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        for line in cells(listing):
            yield writer.writerow([quoted(value) for value in line])

    response = Response(stream_with_context(lines()), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=file_name(listing, "csv"))
    return response


def quoted(value: Any) -> Any:
    """A cell of a CSV, marked as text if a spreadsheet would take it for a formula."""
    return "'" + value if isinstance(value, str) and _FORMULA.match(value) else value


def as_xlsx(listing: Listing) -> Response:
    """An XLSX, written row by row to a file that is gone when it was sent."""
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(file, {**options, "strings_to_numbers": False})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", _(listing.model.label))[:31])
    bold = book.add_format({"bold": True})
    for number, line in enumerate(cells(listing)):
        if number > MOST_XLSX_ROWS:
            break
        for column, value in enumerate(line):
            write = sheet.write_string if isinstance(value, str) else sheet.write_number
            write(number, column, value, bold if number == 0 else None)
    book.close()
    file.seek(0)
    return send_file(
        file,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=file_name(listing, "xlsx"),
    )


def file_name(listing: Listing, kind: str) -> str:
    return f"{_(listing.model.label)}-{clock.local(clock.now()):%Y%m%d-%H%M}.{kind}"


KINDS = {"csv": as_csv, "xlsx": as_xlsx}
