"""Draws the contact sheet anew: `python -m docs.pictures`, or `make pictures` with the pictures of the guides.

Eight pages of a demo hall, each on desktop and phone, light and dark, side by side in docs/contact-sheet.webp.
Needs a Chromium. Takes about a minute; HALL_DATA names a demo that is loaded already.
"""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

import demo
from docs.guide_pictures import hall
from hall import moderation_flow
from models import Grant, Person, RepairOrder, Reply, Thread
from tests.conftest import CHROMIUM_OPTIONS, find_chromium

SHEET = Path(__file__).parent / "contact-sheet.webp"
DESKTOP, PHONE = {"width": 1280, "height": 864}, {"width": 390, "height": 864}
LOOKS = [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]
LARGEST, SCALE = 800_000, 1.3  # bytes; pixels of the sheet for each of LAYOUT
LAYOUT = """
body { margin: 0; padding: 40px; width: 1750px; font: 20px/1.5 system-ui, "Noto Sans CJK SC", sans-serif; background: #e9efec; color: #14211f; }
h2 { margin: 34px 0 12px; font-size: 24px; } h2:first-child { margin-top: 0; } h2 small { font-weight: 400; color: #4b5c58; }
div { display: flex; justify-content: space-between; } img { height: 432px; border-radius: 10px; box-shadow: 0 2px 14px rgb(20 33 31 / .16); }
"""  # noqa: E501


def scenes() -> Iterator[tuple[str, Person | None, str]]:
    """(what it is, who looks, address) of each page."""
    student = Person.get(Person.number == "2026010002")
    finished = RepairOrder.select().where(RepairOrder.status == "finished", RepairOrder.reporter.is_null(False))
    order = next(row for row in finished.order_by(RepairOrder.id.desc()) if row.reporter.kind == "student")
    answered = moderation_flow.disclosed(Reply).select(Reply.thread)
    thread = moderation_flow.disclosed(Thread).where(Thread.id.in_(answered)).order_by(Thread.id.desc()).first()
    moderator = Grant.select().where(Grant.role == "moderator").order_by(Grant.id).first().person
    yield "首页 · Front page", order.reporter, "/"
    yield "报修 · Report a repair", student, "/repairs/new"
    yield "一张报修单 · An order", order.reporter, f"/repairs/{order.number}"
    yield "服务监督 · A thread and its answer", None, f"/supervision/{thread.number}"
    yield "二手市场 · Second-hand market", None, "/market"
    yield "公开数据 · Open figures", None, "/open"
    yield "审核台 · Moderators' desk", moderator, "/admin/desk/"
    yield "报修队列 · The queue of repairs", Person.get(Person.number == "T1001"), "/admin/queue/repair/?lane=all"


def drawn(browser: Any, address: str) -> Iterator[tuple[str, list[bytes]]]:
    """Each page with its four pictures, in the order of LOOKS."""
    states: dict[int, Any] = {}
    for name, person, path in scenes():
        pictures = []
        for size, scheme in LOOKS:
            known = states.get(person.id) if person else None
            context = browser.new_context(
                base_url=address, locale="zh-CN", viewport=size, color_scheme=scheme, storage_state=known
            )
            page = context.new_page()
            if person and not known:
                page.goto("/signin")
                page.fill("[name=number]", person.number)
                page.fill("[name=password]", demo.PASSWORD)
                page.click("main form .btn-h")
                states[person.id] = context.storage_state()
            page.goto(path, wait_until="networkidle")
            pictures.append(page.screenshot())
            context.close()
        yield name, pictures


def sheet(browser: Any, rows: Iterator[tuple[str, list[bytes]]]) -> Image.Image:
    """All pictures on one page, below the names of what they show."""
    parts = [f"<!doctype html><meta charset=utf-8><style>{LAYOUT}</style>"]
    for name, pictures in rows:
        images = "".join(f"<img src='data:image/png;base64,{base64.b64encode(each).decode()}'>" for each in pictures)
        parts.append(f"<h2>{name}</h2><div>{images}</div>")
    page = browser.new_page(viewport={"width": 1830, "height": 600}, device_scale_factor=SCALE)
    page.set_content("".join(parts), wait_until="load")
    return Image.open(BytesIO(page.screenshot(full_page=True))).convert("RGB")


def main() -> None:
    from playwright.sync_api import sync_playwright

    with hall() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_OPTIONS)
        image = sheet(browser, drawn(browser, address))
        browser.close()
    for quality in range(86, 30, -6):
        image.save(SHEET, "WEBP", quality=quality, method=6)
        if SHEET.stat().st_size <= LARGEST:
            break
    print(f"{SHEET.name}  {image.width} × {image.height}  {SHEET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
