"""Everything that the hall keeps of one person, to take away: a ZIP with a page to read, tables, JSON and own photos.

Of other people there is nothing in it but what the person reads on the pages anyway.
"""

import csv
import html
import io
import json
import logging
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import IO, Any

import peewee
from obstore.exceptions import BaseError

from hall import clock, events, photos
from hall.my_data_tables import TABLES, Table
from hall.words import N_, TooOften
from models import Event, Person, Photo, database

A_DAY = 10
Say = Callable[[str], str]


def download(person: Person, *, by: Person, say: Say = str) -> IO[bytes]:
    """The ZIP as an open file at its beginning, with the words of `say`. Raises TooOften for more than A_DAY."""
    _hold_to_limit(by)
    with database.atomic():
        events.record(person, "download_data", N_("下载个人数据"), by=by, role="self")
    # Closed by who sends it; a person's photos may be more than memory should hold.
    file = tempfile.TemporaryFile()  # noqa: SIM115
    tables = {each: _rows(each, person) for each in TABLES}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        everything = {each.name: _as_json(rows) for each, rows in tables.items()}
        archive.writestr("data.json", json.dumps(everything, ensure_ascii=False, indent=2))
        for each, rows in tables.items():
            if rows:
                archive.writestr(f"tables/{each.name}.csv", "\ufeff" + _as_csv(each, rows, say))
        names = _photos(person, archive)
        archive.writestr("index.html", _page(person, tables, names, say))
    file.seek(0)
    return file


def _hold_to_limit(by: Person) -> None:
    since = clock.now() - timedelta(days=1)
    mine = (Event.subject_type == "person") & (Event.subject_id == by.id) & (Event.name == "download_data")
    if Event.select(Event.id).where(mine, Event.at > since).limit(A_DAY).count() >= A_DAY:
        raise TooOften(N_("今天下载得太多了，请明天再试"))


# --- rows --------------------------------------------------------------------------------------------


def _rows(table: Table, person: Person) -> list[dict[str, Any]]:
    """The rows as {column: value}: keys by the name of what they point at, choices by their label.

    One query, and one more for each column that is a key.
    """
    model: Any = table.model
    rows = list(model.select().where(table.of(person)).order_by(model.id))
    fields = [model._meta.fields[name] for name in table.columns]
    named = {field.name: _named(field, rows) for field in fields}
    return [{field.name: _value(row, field, named[field.name]) for field in fields} for row in rows]


def _named(field: Any, rows: list[Any]) -> dict[int, str]:
    if not isinstance(field, peewee.ForeignKeyField):
        return {}
    ids = {row.__data__[field.name] for row in rows} - {None}
    found = field.rel_model.select().where(field.rel_model.id.in_(ids)) if ids else []
    return {row.id: str(row) for row in found}


def _value(row: Any, field: Any, named: dict[int, str]) -> Any:
    value = row.__data__.get(field.name)
    if isinstance(field, peewee.ForeignKeyField):
        return named.get(value, "") if value is not None else ""
    label = dict(field.choices).get(value) if field.choices else None
    return label if label is not None else value


def _plain(value: Any, say: Say) -> str:
    """A value as text; moments in the campus's time."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say(N_("是")) if value else say(N_("否"))
    if isinstance(value, datetime):
        return f"{clock.local(value):%Y-%m-%d %H:%M}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return str(value)


def _as_json(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return f"{value.isoformat()}Z"
        return value.isoformat() if isinstance(value, date | time) else value

    return [{name: plain(value) for name, value in row.items()} for row in rows]


def _as_csv(table: Table, rows: list[dict[str, Any]], say: Say) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([say(label) for label in table.labels()])
    for row in rows:
        # A spreadsheet takes what begins like this for a formula.
        writer.writerow([f"'{said}" if said[:1] in "=+-@\t\r＝＋－＠" and said else said for said in _texts(row, say)])
    return file.getvalue()


def _texts(row: dict[str, Any], say: Say) -> list[str]:
    return [_plain(value, say) for value in row.values()]


# --- photos, and the page ----------------------------------------------------------------------------


def _photos(person: Person, archive: zipfile.ZipFile) -> list[str]:
    """Put what `person` sent in as pictures into the archive; gives the names of the files."""
    names = []
    for photo in Photo.select().where(Photo.owner == person.id).order_by(Photo.id):
        try:
            content = photos.read(photo, "large")
        except (BaseError, OSError):
            logging.getLogger(__name__).warning("photo %s is not in the store", photo.name)
            continue
        names.append(f"photos/{photo.id}.jpg")
        archive.writestr(zipfile.ZipInfo(names[-1], (1980, 1, 1, 0, 0, 0)), content)
    return names


_STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-width:1100px;margin:2rem auto;padding:0 1rem;color:#1d2b26}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}.wide{overflow-x:auto}"
    "td,th{border:1px solid #d5ddd8;padding:.35rem .6rem;text-align:left;vertical-align:top;white-space:pre-wrap}"
    "img{max-width:220px;margin:.25rem;border-radius:8px}"
)


def _page(person: Person, tables: dict[Table, list[dict[str, Any]]], pictures: list[str], say: Say) -> str:
    title = html.escape(say(N_("我在服务大厅的数据")))
    made = html.escape(f"{person.name} · {person.number} · {clock.local(clock.now()):%Y-%m-%d %H:%M}")
    parts = [_part(each, rows, say) for each, rows in tables.items() if rows]
    shown = "".join(f'<a href="{name}"><img src="{name}" alt="{name}" loading="lazy"></a>' for name in pictures)
    if shown:
        parts.append(f"<h2>{html.escape(say(N_('我的照片')))}</h2>{shown}")
    return (
        f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1><p>{made}</p>{''.join(parts)}\n"
    )


def _part(table: Table, rows: list[dict[str, Any]], say: Say) -> str:
    head = "".join(f"<th>{html.escape(say(label))}</th>" for label in table.labels())
    return (
        f"<h2>{html.escape(say(table.title))}</h2><div class='wide'><table><tr>{head}</tr>"
        f"{''.join(_line(_texts(row, say)) for row in rows)}</table></div>"
    )


def _line(texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<td>{html.escape(text)}</td>' for text in texts)}</tr>"
