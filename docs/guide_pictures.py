"""Draws the pictures of the guides anew: `python -m docs.guide_pictures`.

Our own pages on a phone, in both languages, from a demo hall that is loaded for it (HALL_DATA names one that is there).
Needs a Chromium. Each picture is 390 × 640 CSS pixels, as static/articles.css expects.
"""

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from werkzeug.serving import make_server

import app as house_app
import commands
import demo
from config import Settings
from hall import moderation_flow, site
from models import Person, RepairOrder, Reply, Thread, database
from tests.conftest import CHROMIUM_OPTIONS, find_chromium

FOLDER = Path(__file__).parent.parent / "static" / "guides"
SIZE = {"width": 390, "height": 640}
SCALE, QUALITY, LARGEST = 1.5, 72, 60_000  # of the screen, of WebP, bytes
LANGUAGES = {"zh": "zh-CN", "en": "en-GB"}


def scenes() -> Iterator[tuple[str, Person | None, str, str]]:
    """(name, who looks, address, what to scroll to) of each picture."""
    student = Person.get(Person.number == "2026010002")
    yield "repair-1", None, "/signin", ""
    yield "repair-2", None, "/services", ""
    yield "repair-3", student, "/repairs/new", ""
    for name, state in (("repair-4", "dispatched"), ("repair-5", "finished")):
        order = RepairOrder.select().where(RepairOrder.status == state, RepairOrder.reporter.is_null(False))
        found = next(row for row in order.order_by(RepairOrder.id.desc()) if row.reporter.kind == "student")
        yield name, found.reporter, f"/repairs/{found.number}", ""
    yield "supervision-1", None, "/supervision", ""
    yield "supervision-2", student, "/supervision/new", ""
    waiting = Thread.select().where(Thread.moderation == "pending").order_by(Thread.id.desc()).first()
    yield "supervision-3", waiting.author, "/supervision/mine", ""
    answered = moderation_flow.disclosed(Reply).select(Reply.thread)
    shown = moderation_flow.disclosed(Thread).where(Thread.id.in_(answered), Thread.status == "answered")
    thread = shown.order_by(Thread.id.desc()).first()
    yield "supervision-4", None, f"/supervision/{thread.number}", "[id^=reply-]"


@contextlib.contextmanager
def hall() -> Iterator[str]:
    """A hall on a port of its own; gives its address."""
    with tempfile.TemporaryDirectory() as folder:
        given = {"HALL_DATA": folder, "HALL_SECRET": "p" * 32, **os.environ, "HALL_LOG": "error"}
        settings = Settings.from_environ(given)
        made = house_app.create_app(settings)
        commands.bring_up_to_date()
        database.connect(reuse_if_open=True)
        if demo.is_empty():
            demo.load()
        server = make_server("127.0.0.1", 0, made, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.url, site.demo = f"http://127.0.0.1:{server.server_port}", False
        yield site.url
        server.shutdown()
        database.close()


def draw(browser: Any, address: str) -> Iterator[tuple[Path, int]]:
    """Write every picture; gives each file with its size in bytes."""
    states: dict[tuple[str, int], Any] = {}
    for name, person, path, there in scenes():
        for language, locale in LANGUAGES.items():
            known = states.get((language, person.id)) if person else None
            context = browser.new_context(
                base_url=address, locale=locale, viewport=SIZE, device_scale_factor=SCALE, storage_state=known
            )
            page = context.new_page()
            if person and not known:
                page.goto("/signin")
                page.fill("[name=number]", person.number)
                page.fill("[name=password]", demo.PASSWORD)
                page.click("main form .btn-h")
                states[language, person.id] = context.storage_state()
            page.goto(path)
            if there:
                page.locator(there).first.evaluate("place => (place.closest('.card-h') || place).scrollIntoView()")
            yield _kept(page.screenshot(), FOLDER / f"{language}-{name}.webp")
            context.close()


def _kept(png: bytes, file: Path) -> tuple[Path, int]:
    image = Image.open(BytesIO(png)).convert("RGB")
    for quality in range(QUALITY, 20, -8):
        image.save(file, "WEBP", quality=quality, method=6)
        if file.stat().st_size <= LARGEST:
            break
    return file, file.stat().st_size


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with hall() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_OPTIONS)
        for file, size in draw(browser, address):
            print(f"{file.name}  {size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
