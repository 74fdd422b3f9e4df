"""What goes on paper: the work order as PDF, QR codes, and the address that a room's door carries."""

import functools
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import segno

from hall import photos, site
from hall.words import N_, Refused
from hall.work_order import Paper, minute
from models import Photo, RepairOrder, Room

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
PURPOSES = {"before": N_("报修时"), "after": N_("完工后")}
_TEMPLATE = Path(__file__).with_name("work_order.typ")


def work_order_pdf(order: RepairOrder, language: str = "zh", *, may_call: bool = False) -> bytes:
    """The order on A4 in `language`, zh or en, with its photos and lines for three signatures.

    The phone of whoever reported stands there in clear only for who `may_call`, else masked.

    Raises Refused where the server has no Chinese font.
    """
    import typst  # read when it is first needed: few processes ever print

    fonts, family = fonts_here()
    paper, address = Paper(order, language, may_call=may_call), order_address(order)
    pictures = [(list(jpeg), _caption(paper, photo)) for photo, jpeg in _pictures(order)]
    # Handed over as values, not as source: whatever somebody typed cannot become a command of typst.
    # JPEGs go as lists of numbers, because typst has no base64 and its package takes files of text only.
    looks = {"family": family, "code": qr_svg(address), "address": address, "photos": pictures}
    values = {**looks, **paper.words()}
    inputs = {"order": json.dumps(values, ensure_ascii=False)}
    return typst.compile(_TEMPLATE.read_bytes(), format="pdf", font_paths=fonts, sys_inputs=inputs)


@functools.cache
def font_book() -> tuple[Any, str]:
    """The fonts of this machine and the Chinese one among them that paper is set in; "" where there is none."""
    import typst

    fonts = typst.Fonts(include_embedded_fonts=False)
    installed = set(fonts.families())
    return fonts, next((name for name in FONTS if name in installed), "")


def fonts_here() -> tuple[Any, str]:
    """The fonts of this machine and the Chinese one to set in. Raises Refused where there is none."""
    fonts, family = font_book()
    if not family:
        font_book.cache_clear()  # so that installing one helps without a restart
        raise Refused(
            N_("服务器上没有中文字体，暂时不能生成 PDF。请管理员安装后再试，例如 %(command)s"),
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


def _caption(paper: Paper, photo: Photo) -> str:
    return f"{paper.say(PURPOSES[photo.purpose])} {minute(photo.created)}"


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
