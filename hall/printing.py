"""What goes on paper: the work order as PDF, QR codes, and the address that a room's door carries."""

import functools
import io
import json
import unicodedata
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import segno
import typst

from hall import clock, photos, settlement, site
from hall.words import N_, Refused
from models import (
    CHANNELS,
    ENTRY_CHOICES,
    LINE_KINDS,
    PAYERS,
    REPAIR_STATES,
    Assignment,
    Person,
    Photo,
    RepairOrder,
    Room,
)

HOUSE = "后勤数字服务大厅"
MOST_PHOTOS = 4
# The first that is installed is used; Debian's fonts-noto-cjk brings the first.
FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
    "WenQuanYi Micro Hei",
    "Noto Serif CJK SC",
)
PURPOSES = {"before": "报修时", "after": "完工后"}
_TEMPLATE = Path(__file__).with_name("work_order.typ")


def work_order_pdf(order: RepairOrder) -> bytes:
    """The order on A4, in Chinese, with its photos and lines for three signatures.

    Raises Refused where the server has no Chinese font.
    """
    fonts, family = _fonts()
    pictures = [(list(jpeg), _caption(photo)) for photo, jpeg in _pictures(order)]
    # Handed over as values, not as source: whatever somebody typed cannot become a command of typst.
    # JPEGs go as lists of numbers, because typst has no base64 and its package takes files of text only.
    values = {"family": family, "code": qr_svg(order_address(order)), "photos": pictures, **_words(order)}
    inputs = {"order": json.dumps(values, ensure_ascii=False)}
    return typst.compile(_TEMPLATE.read_bytes(), format="pdf", font_paths=fonts, sys_inputs=inputs)


@functools.cache
def font_book() -> tuple[typst.Fonts, str]:
    """The fonts of this machine and the Chinese one among them that paper is set in; "" where there is none."""
    fonts = typst.Fonts(include_embedded_fonts=False)
    installed = set(fonts.families())
    return fonts, next((name for name in FONTS if name in installed), "")


def _fonts() -> tuple[typst.Fonts, str]:
    fonts, family = font_book()
    if not family:
        font_book.cache_clear()  # so that installing one helps without a restart
        raise Refused(
            N_("服务器上没有中文字体，暂时不能生成工单。请管理员安装后再试，例如 %(command)s"),
            command="apt-get install fonts-noto-cjk",
        )
    return fonts, family


def _pictures(order: RepairOrder) -> list[tuple[Photo, bytes]]:
    """Up to four photos with their JPEGs: two from the report and two from the end, or what there is."""
    grouped = photos.by_purpose(order)
    before, after = grouped.get("before", []), grouped.get("after", [])
    shown_after = after[: max(2, MOST_PHOTOS - len(before))]
    chosen = before[: MOST_PHOTOS - len(shown_after)] + shown_after
    found = []
    for photo in chosen:
        try:
            found.append((photo, photos.read(photo, "medium")))
        except FileNotFoundError:
            continue  # the paper is still worth having
    return found


def _caption(photo: Photo) -> str:
    return f"{PURPOSES[photo.purpose]} {_minute(photo.created)}"


def _words(order: RepairOrder) -> dict[str, Any]:
    """Everything that the paper says, as text; facts are (label, value, whether it takes the whole row)."""
    lines = settlement.lines_of(order)
    return {
        "house": HOUSE,
        "number": order.number,
        "address": order_address(order),
        "printed": _minute(clock.now()),
        "status": dict(REPAIR_STATES)[order.status],
        "priority": order.priority,
        "urgent": order.item.is_urgent or order.priority == "紧急",
        "reported": _reported(order),
        "description": _paragraphs(order.description),
        "dispatched": _dispatched(order),
        "work_done": _paragraphs(order.work_done),
        "worked": _worked(order),
        "lines": [
            (
                dict(LINE_KINDS)[line.kind],
                _literal(line.name),
                _literal(line.unit),
                _amount(line.quantity),
                _yuan(line.price_fen),
                _yuan(line.amount_fen),
            )
            for line in lines
        ],
        "total": _yuan(sum(line.amount_fen for line in lines)),
        "payer": dict(PAYERS).get(order.payer, ""),
        "free": bool(order.settled) and not lines,
        "signatures": [
            ("维修工", _name(order.worker, order.finished), _day(order.finished)),
            ("验收人", _name(order.inspector, order.inspected), _day(order.inspected)),
            ("决算人", _name(order.settler, order.settled), _day(order.settled)),
        ],
    }


def _reported(order: RepairOrder) -> list[tuple[str, str, bool]]:
    caller = f"{order.caller}（来电，{order.operator.name}代报）" if order.operator else ""
    item = f"{order.item.parent.name} / {order.item.name}" if order.item.parent_id else order.item.name
    return _rows(
        ("地点", order.place, False),
        ("具体位置", order.spot, False),
        ("报修项目", item, False),
        ("报修时间", f"{_minute(order.created)}（{dict(CHANNELS)[order.channel]}）", False),
        ("报修人", caller if order.caller else order.reporter.name, False),
        ("联系电话", order.phone, False),
        ("希望上门", "、".join(map(_visit, order.wished_visits)) or "都可以", False),
        ("进屋", dict(ENTRY_CHOICES)[order.entry], False),
    )


def _dispatched(order: RepairOrder) -> list[tuple[str, str, bool]]:
    sent = (
        Person.select(Person.name)
        .join(Assignment)
        .where(
            Assignment.order == order.id,
            Assignment.active == True,  # noqa: E712
        )
    )
    names = [worker.name for worker in sent.order_by(Assignment.id)]
    until = f" 至 {clock.local(order.visit_until):%H:%M}" if order.visit_until else ""
    return _rows(
        ("维修组", order.group.name, False),
        ("维修工", "、".join(names) or "尚未派工", False),
        ("承诺答复", _minute(order.respond_due), False),
        ("承诺完工", _minute(order.finish_due), False),
        ("预约上门", f"{_minute(order.visit_from)}{until}" if order.visit_from else "", True),
        ("派单依据", order.routed_why, True),
    )


def _worked(order: RepairOrder) -> list[tuple[str, str, bool]]:
    used = [f"{line['name']} {_amount(Decimal(line['quantity']))} {line['unit']}".strip() for line in order.materials]
    hours, minutes = divmod(order.labour_minutes, 60)
    return _rows(
        ("完工时间", _minute(order.finished), False),
        ("工时", f"{hours} 小时 {minutes} 分钟" if hours else f"{minutes} 分钟", False),
        ("用料", "、".join(used) or "没有用料", True),
    )


def _rows(*facts: tuple[str, str, bool]) -> list[tuple[str, str, bool]]:
    """Facts without those that have nothing to say; a half row left alone becomes a whole one."""
    said = [(label, _literal(value), wide) for label, value, wide in facts if value]
    half = [index for index, (_, _, wide) in enumerate(said) if not wide]
    if len(half) % 2:
        label, value, _ = said[half[-1]]
        said[half[-1]] = (label, value, True)
    return said


def _name(person: Person | None, done: datetime | None) -> str:
    return person.name if person else "系统" if done else ""


def _visit(window: str) -> str:
    month_day, _, half = window.partition(" ")
    month, dash, day = month_day.partition("-")
    return f"{int(month)}月{int(day)}日{half}" if dash and (month + day).isdecimal() else window


def _paragraphs(text: str) -> list[str]:
    return [_literal(line) for line in text.splitlines() if line.strip()]


def _literal(text: str) -> str:
    """Text without characters that no paper shows."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _minute(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


def _day(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d}" if moment else ""


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02}"


def qr_svg(text: str, scale: int = 4) -> str:
    """A QR code of `text` as an SVG element of `scale` pixels a module, quiet zone included.

    It carries neither style nor script, so it may stand in a page under the content policy; `.qr` sizes it.
    """
    code, buffer = segno.make_qr(text, error="m"), io.BytesIO()
    code.save(
        buffer, kind="svg", scale=scale, unit="px", xmldecl=False, nl=False, svgclass="qr", lineclass=None, light="#fff"
    )
    return buffer.getvalue().decode()


def order_address(order: RepairOrder) -> str:
    """The public address of an order, for paper and messages."""
    return f"{site.url}/repairs/{order.number}"


def door_address(room: Room) -> str:
    """The public address that the QR code on a room's door opens: the report form with its place filled in."""
    return f"{site.url}/at/{quote(room.building.code, safe='')}/{quote(room.number, safe='')}"
