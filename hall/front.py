"""What the front page and the frame of every page say of the hall itself: words, service links, who is there when."""

import functools
import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import peewee
import segno

from hall import applications, archive, clock
from hall.freshness import Lasting
from hall.lost_reading import RETURNED
from hall.moderation_flow import disclosed
from hall.promise import Calendar
from hall.sql_text import prepared
from hall.words import N_, Refused
from models import (
    DISPATCH_CENTRE,
    CalendarPeriod,
    Counter,
    Edition,
    MaintenanceGroup,
    Person,
    Reply,
    ServiceLink,
    SiteText,
    database,
)


@dataclass(frozen=True)
class Facts:
    """Name and phone of the dispatch centre ("" where there is none), how many things came home, whether today
    is in a graduation season of the calendar, and whether the board has an answer to show."""

    centre: str
    phone: str
    home_again: int
    is_graduation: bool
    has_answers: bool


@dataclass(frozen=True)
class Opening:
    """Whether the service works now, and when (naive UTC) that changes; None where the calendar sees no change."""

    is_open: bool
    changes: datetime | None


def facts() -> Facts:
    """The facts of now, in one query."""
    ((name, phone, home_again, *yes),) = _facts(clock.today())
    return Facts(name or "", phone or "", home_again or 0, *map(bool, yes))


@prepared
def _facts(today: Any) -> Any:
    group, period = MaintenanceGroup, CalendarPeriod
    centre = group.code == DISPATCH_CENTRE
    seasons = period.select(period.id).where(period.kind == "graduation")
    columns = (
        group.select(group.name).where(centre),
        group.select(group.phone).where(centre),
        Counter.select(Counter.value).where(Counter.name == RETURNED),
        peewee.fn.EXISTS(seasons.where(period.starts <= today, period.ends >= today)),
        peewee.fn.EXISTS(disclosed(Reply).select(Reply.id)),
    )
    return peewee.Select(columns=columns).bind(database).tuples()


def opening() -> Opening:
    """Whether ordinary work is done now by the calendar of the campus."""
    is_open, changes = Calendar().opening(clock.now())
    return Opening(is_open, changes)


@Lasting
def texts() -> dict[str, SiteText]:
    """The operator's sentences by code, for the frame of every page."""
    return {row.code: row for row in SiteText.select()}


@Lasting
def links() -> list[ServiceLink]:
    """The services that the operator has added and shows, in their order."""
    shown = archive.without(ServiceLink.select()).where(ServiceLink.is_shown == True)  # noqa: E712
    return [row for row in shown.order_by(ServiceLink.position, ServiceLink.id) if is_address(row.link)]


def editions(person: Person | None) -> list[Edition]:
    """The services that the operator has made and that `person` can ask for now."""
    return [row for row in _open_editions() if person is None or applications.fits(row, person)]


@Lasting
def _open_editions() -> list[Edition]:
    return applications.open_editions(None)


def is_address(link: str) -> bool:
    """Whether a link leads to a path of this site or to an address that begins with https://, and runs no script."""
    if not link.isprintable() or "\\" in link or " " in link:
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    inside = link.startswith("/") and not link.startswith("//")
    return inside or (parts.scheme == "https" and bool(parts.hostname))


def check_link(row: ServiceLink) -> None:
    """Raise Refused where the link of `row` is none."""
    if not is_address(row.link):
        raise Refused(N_("请写本站的路径（以 / 开头），或 https:// 开头的完整地址"), field="link")


@functools.lru_cache(maxsize=8)
def qr(text: str) -> str:
    """A QR code of `text` as an SVG file, black on white with its quiet edge, without a size of its own."""
    buffer = io.BytesIO()
    segno.make_qr(text, error="m").save(buffer, kind="svg", xmldecl=False, omitsize=True, light="#fff", border=3)
    return buffer.getvalue().decode()
