"""A list as a file: every row that the list would show, every labelled column, as CSV, XLSX or JSON.

Text stays text: a cell that a spreadsheet would take for a formula is marked as text in CSV and written
as a string in XLSX, and control characters are left out. What is written here is what an import reads
(admin/import_rows.py): keys by their full name, moments to the second.
"""

import csv
import json
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO
from urllib.parse import quote

import peewee
from flask import Response, send_file, stream_with_context
from flask_babel import gettext as _

from admin import names, question_columns
from admin.listing import Listing
from admin.rules import choices_of
from hall import clock
from hall.import_files import marked
from hall.words import N_
from models import Application, Entity

MOST_XLSX_ROWS = 1_048_575
MOST_XLSX_TEXT = 32_767
EXACT = 10**15  # a spreadsheet keeps fifteen digits of a number, and its writer sixteen
# The column that tells the rows of an entity apart whose own columns do not.
ROW_NUMBER = N_("记录号")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class _Line:
    """What csv.writer writes to, when the line is wanted back."""

    def write(self, text: str) -> str:
        return text


def unique_sets(model: type[Entity]) -> list[tuple[str, ...]]:
    """The sets of columns that tell every row of an entity from every other; the natural key first."""
    shown = {field.name for field in names.shown(model)} - set(model.private)
    alone = [(field.name,) for field in model._meta.sorted_fields if field.unique]
    together = [tuple(columns) for columns, unique in model._meta.indexes if unique]
    first = tuple(field.name for field in names.natural_key(model))
    found = [columns for columns in [*alone, *together] if set(columns) <= shown]
    return sorted(found, key=lambda columns: columns != first)


def is_numbered(model: type[Entity]) -> bool:
    """Whether a file of this entity needs the number of each row, because nothing else tells them apart."""
    return not unique_sets(model)


def heading(model: type[Entity]) -> list[str]:
    """The first line of a file of this entity, without what was asked by questions."""
    first = [_(ROW_NUMBER)] if is_numbered(model) else []
    return [*first, *(_(field.verbose_name) for field in names.shown(model))]


def cells(listing: Listing) -> Iterator[list[Any]]:
    """The rows of the file, the heading first: numbers as numbers, everything else as clean text."""
    model = listing.model
    fields, numbered, questions = names.shown(model), is_numbered(model), _questions(listing)
    coded = {field.name for field in fields if choices_of(field)}
    words: dict[Any, str] = {}
    yield [*heading(model), *(_clean(column.label) for column in questions)]
    for rows in listing.chunks():
        answers = question_columns.cells(model, questions, rows)
        for row in rows:
            line = [_cell(field, names.value_of(row, field), field.name in coded, words) for field in fields]
            yield [*([row.id] if numbered else []), *line, *map(_clean, answers.get(row.id, []))]


def _questions(listing: Listing) -> list[question_columns.Column]:
    """The further columns of a file: what was asked by questions, under names that no other column has."""
    model = listing.model
    taken = {"id", *heading(model), *(field.name for field in names.shown(model))}
    by = listing.active.get("flt_service", "") if model is Application else ""
    return question_columns.columns(model, question_columns.chosen(model, by) if by else (), taken)


def text_of(field: peewee.Field, value: Any) -> str:
    """A value as the text of a cell."""
    if isinstance(value, Entity):
        return names.title(value)
    if not names.is_masked(field) and not choices_of(field):
        if isinstance(value, datetime):
            return f"{clock.local(value):%Y-%m-%d %H:%M:%S}"
        if isinstance(value, time) and value.second:
            return f"{value:%H:%M:%S}"
    return _clean(names.plain(field, value))


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


def _cell(field: peewee.Field, value: Any, coded: bool, words: dict[Any, str]) -> Any:
    if coded or isinstance(value, bool | Entity):
        # The same few words in every row: translating each anew was half of the time.
        if (field.name, value) not in words:
            words[field.name, value] = text_of(field, value)
        return words[field.name, value]
    if isinstance(value, int | Decimal | float) and not names.is_masked(field):
        return value
    return text_of(field, value)


def as_csv(listing: Listing) -> Response:
    """A CSV that Excel opens as UTF-8, sent while it is read: memory stays flat however long the table is."""
    return csv_file(cells(listing), file_name(listing, "csv"))


def csv_file(lines: Iterator[list[Any]], name: str) -> Response:
    """These lines as such a CSV, sent while they are made."""
    writer = csv.writer(_Line())

    def texts() -> Iterator[str]:
        yield "\ufeff"
        for line in lines:
            yield writer.writerow([quoted(value) for value in line])

    return _sent(texts(), "text/csv", name)


def _sent(texts: Iterator[str], mimetype: str, name: str) -> Response:
    response = Response(stream_with_context(texts), mimetype=mimetype)
    # A header is Latin: what else stands in a name goes beside it, percent-encoded.
    names_of = {"filename": name.encode("ascii", "ignore").decode(), "filename*": f"UTF-8''{quote(name, safe='')}"}
    response.headers.set("Content-Disposition", "attachment", **names_of)
    return response


def quoted(value: Any) -> Any:
    """A cell of a CSV, marked as text if a spreadsheet would take it for a formula."""
    return marked(value) if isinstance(value, str) else value


def as_xlsx(listing: Listing) -> Response:
    """An XLSX, written row by row to a file that is gone when it was sent."""
    return xlsx_file(cells(listing), _(listing.model.label), file_name(listing, "xlsx"))


def xlsx_file(lines: Iterator[list[Any]], title: str, name: str) -> Response:
    """These lines as the one sheet `title` of such an XLSX."""
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    import xlsxwriter  # read when it is first needed

    book = xlsxwriter.Workbook(file, {**options, "strings_to_numbers": False})
    sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31])
    bold = book.add_format({"bold": True})
    for number, line in enumerate(lines):
        if number > MOST_XLSX_ROWS:
            break
        for column, value in enumerate(line):
            _write(sheet, number, column, value, bold if number == 0 else None)
    book.close()
    file.seek(0)
    return send_file(
        file,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        as_attachment=True,
        download_name=name,
    )


def _write(sheet: Any, row: int, column: int, value: Any, form: Any) -> None:
    if isinstance(value, str) or abs(value) >= EXACT or float(f"{value:.16G}") != value:
        text = str(value).replace("\r\n", "\n").replace("\r", "\n")
        # A mark that stands in the text needs one more, since an import takes one away; a formula is text anyway.
        text = marked(text) if text.startswith("'") else text
        sheet.write_string(row, column, text if len(text) <= MOST_XLSX_TEXT else text[: MOST_XLSX_TEXT - 1] + "…", form)
    else:
        sheet.write_number(row, column, value, form)


def as_json(listing: Listing) -> Response:
    """A list of objects, {column: value}, sent while it is read: moments are UTC, choices as they are kept."""
    fields = names.shown(listing.model)
    questions = _questions(listing)
    headings = [column.label for column in questions]

    def texts() -> Iterator[str]:
        between = "[\n"
        for rows in listing.chunks():
            answers = question_columns.cells(listing.model, questions, rows)
            for row in rows:
                told = {field.name: _json_value(field, names.value_of(row, field)) for field in fields}
                asked = dict(zip(headings, answers.get(row.id, []), strict=False))
                yield between + json.dumps({"id": row.id, **told, **asked}, ensure_ascii=False)
                between = ",\n"
        yield "\n]\n" if between == ",\n" else "[]\n"

    return _sent(texts(), "application/json", file_name(listing, "json"))


def _json_value(field: peewee.Field, value: Any) -> Any:
    if isinstance(value, Entity) or (names.is_masked(field) and value is not None):
        return text_of(field, value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date | time) else str(value) if isinstance(value, Decimal) else value


def file_name(listing: Listing, kind: str) -> str:
    return f"{_(listing.model.label)}-{clock.local(clock.now()):%Y%m%d-%H%M}.{kind}"


KINDS = {"csv": as_csv, "xlsx": as_xlsx, "json": as_json}
