"""The trail over everything: who did what to which row, when and from where, with each column before and after.

It is read by who reads events; nobody changes it (migrations/0012_trail_guard.py), and `doctor` proves it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import add
from typing import Any

import peewee
from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin import export, history, names
from admin.gate import Gate, is_inside, me
from admin.rules import choices_of
from forms.trail import ACTS, KNOWN, STEP, TrailForm
from hall import access, clock, events, forgetting, keyset
from hall.words import N_
from models import ENTITIES, Entity, Event, Person, tuples
from templating import translated

PAGE = 30
CHUNK = 1_000
BY_TABLE: dict[str, type[Entity]] = {events.subject_type(model): model for model in ENTITIES}
FIRST_YEAR, LAST_YEAR = 1900, 2999
HEADING = (N_("时间"), N_("经办人"), N_("角色"), N_("地址"), N_("设备"), N_("对象"), N_("对象编号"), N_("名称"))
HEADING += (N_("做了什么"), N_("改动"), N_("原状态"), N_("新状态"), N_("序号"), N_("前一哈希"), N_("哈希"))


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Trail(name=lazy_gettext("全部变更"), endpoint="trail", url="/admin/trail", category="trail")
    view.menu_icon_value = "clock-history"
    return [view]


@dataclass
class Asked:
    """What an address asks for: `query` goes by an index, `narrowed` picks from what that finds; `unknown` says that
    nobody, or several people, are meant by `who`."""

    query: Any
    narrowed: list[Any]
    unknown: bool = False


class Trail(Gate):
    def is_accessible(self) -> bool:
        return is_inside() and access.can_read(me(), Event)

    @expose("/")
    def index(self) -> str:
        """A page of it, newest first; each page looks at a bounded number of events."""
        form = TrailForm(request.args)
        form.validate()
        asked, after = _asked(form), request.args.get("after", "")
        order = (Event.at, Event.id)
        rows, following = keyset.page_of(asked.query, *order, after=after, limit=PAGE, narrowed=asked.narrowed)
        said = {name: request.args[name] for name in form._fields if request.args.get(name)}
        page = {"form": form, "asked": asked, "following": following, "said": said, "after": after}
        return self.render("admin/trail.html", rows=_told(rows), **page)

    @expose("/export/<kind>")
    def export(self, kind: str) -> ResponseReturnValue:
        """All of what the page would show, as a file."""
        form = TrailForm(request.args)
        form.validate()
        name = f"{_('全部变更')}-{clock.local(clock.now()):%Y%m%d-%H%M}.{kind}"
        lines = _lines(_asked(form))
        if kind == "csv":
            return export.csv_file(lines, name)
        return export.xlsx_file(lines, _("全部变更"), name) if kind == "xlsx" else abort(404)


def _asked(form: TrailForm) -> Asked:
    asked = Asked(Event.select(), [])
    who, what = (form.who.data or "").strip(), form.what.data
    people = _people(who)
    asked.unknown = bool(who) and len(people) != 1
    if who:
        asked.query = asked.query.where(Event.actor == people[0].id if len(people) == 1 else peewee.SQL("1 = 0"))
    if what in BY_TABLE:
        # One index at a time leads through the events in their order.
        of_kind = Event.subject_type == what
        if who:
            asked.narrowed.append(of_kind)
        else:
            asked.query = asked.query.where(of_kind)
    if form.act.data in ACTS:
        asked.narrowed.append(Event.name.in_(ACTS[form.act.data][1]))
    elif form.act.data == STEP:
        asked.narrowed.append(Event.name.not_in(KNOWN))
    if (since := _day(form.since)) is not None:
        asked.query = asked.query.where(Event.at >= since)
    if (until := _day(form.until)) is not None:
        asked.query = asked.query.where(Event.at < until + timedelta(days=1))
    return asked


def _people(text: str) -> list[Person]:
    if not text:
        return []
    found = names.candidates(access.visible(me(), Person), text.split(" ")[0], 2)
    return [person for person in found if person.number == text.split(" ")[0]] or found


def _day(field: Any) -> datetime | None:
    day: date | None = None if field.errors else field.data
    return clock.utc(datetime.combine(day, time())) if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _told(rows: list[Event]) -> list[dict[str, Any]]:
    """[{entry, label, title, link, again}] of events as the page shows them; three queries."""
    page, sessions, titles = forgetting.veil(rows), history.sessions_of(rows), _titles(rows)
    return [_line(event, sessions, titles) for event in page]


def _line(event: Event, sessions: dict[int, Any], titles: dict[tuple[str, int], str]) -> dict[str, Any]:
    model = BY_TABLE.get(event.subject_type)
    if model is None:  # a table of another time
        return {"entry": history.entry(Event, event), "label": event.subject_type, "title": "", "link": "", "again": ""}
    title = titles.get((event.subject_type, event.subject_id), "")
    readable = access.can_read(me(), model)
    again = event.name == "delete" and access.can_edit(me(), model)
    return {
        "entry": history.entry(model, event, sessions.get(event.sign_in_id)),
        "label": _(model.label),
        "title": translated(title) if readable else "",
        "link": url_for(f"{event.subject_type}.history_view", id=event.subject_id) if title and readable else "",
        "again": url_for(f"{event.subject_type}.create_view", **{"from": event.id}) if again else "",
    }


def _titles(rows: Iterable[Event]) -> dict[tuple[str, int], str]:
    """What the rows of these events are called for short, of those that there are still; one query for all tables."""
    ids: dict[str, set[int]] = {}
    for event in rows:
        if event.subject_type in BY_TABLE:
            ids.setdefault(event.subject_type, set()).add(event.subject_id)
    parts, exact = [], set()
    for table, wanted in ids.items():
        model = BY_TABLE[table]
        key = names.natural_key(model)
        texts = [column for column in key if isinstance(column, peewee.CharField) and not choices_of(column)]
        called = reduce(lambda left, right: left.concat(" ").concat(right), texts) if texts else peewee.Value("")
        named = model.select(peewee.Value(table).alias("kind"), model.id, called.alias("called"))
        exact.update({table} if len(texts) == len(key) else ())
        parts.append(named.where(model.id.in_(wanted)))
    found = tuples(reduce(add, parts)) if parts else []
    # Where the name alone does not tell the row from others (room 502 of which building?), its number stands beside it.
    return {(table, id): called if table in exact else f"{called} #{id}".strip() for table, id, called in found}


def _lines(asked: Asked) -> Iterator[list[Any]]:
    """The lines of the file, the heading first; read by key, so that memory stays flat."""
    yield [_(text) for text in HEADING]
    query = asked.query.where(*asked.narrowed) if asked.narrowed else asked.query
    after = ""
    while True:
        rows, after = keyset.page_of(query, Event.at, Event.id, after=after, limit=CHUNK)
        for line in _told(rows):
            yield _cells(line)
        if not after:
            return


def _cells(line: dict[str, Any]) -> list[Any]:
    entry = line["entry"]
    event: Event = entry.event
    address, _dot, device = entry.where.partition(" · ")
    changes = [f"{label}：{before or '∅'} → {now or '∅'}" for label, before, now in entry.changes]
    notes = [f"{label}：{text}" for label, text in entry.notes]
    return [
        f"{clock.local(event.at):%Y-%m-%d %H:%M:%S}",
        event.actor_name,
        _(access.role_label(event.actor_role)) if event.actor_role else "",
        address,
        device,
        line["label"],
        event.subject_id,
        line["title"],
        translated(event.label_text),
        "\n".join([*changes, *notes]),
        event.source,
        event.target,
        event.seq,
        event.previous_hash,
        event.hash,
    ]
