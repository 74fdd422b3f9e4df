"""Draws the pictures of the operator's pages anew: `python -m docs.operator_pictures [page …]`, or `make pictures`.

Each is what an administrator sees on a desktop, 1280 CSS pixels wide, of the page that docs/operator/<page>.md tells
about: the panel without its frame. What a fresh demo does not have yet is made first, as an operator would.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

import demo
from docs.guide_pictures import hall
from hall import clock, editions
from models import Building, Person, Service
from tests.conftest import CHROMIUM_OPTIONS, find_chromium

FOLDER = Path(__file__).parent / "operator"
SCREEN = {"width": 1280, "height": 900}
TALLEST, MARGIN = 860, 10  # of a picture, around what it shows: CSS pixels
SCALE, QUALITY, LARGEST = 1.25, 80, 90_000  # of the screen, of WebP, bytes
ADMINISTRATOR = "T1001"
SERVICE = "meeting-room"
ROWS = """编号,名称,校区,类别,别名
{code},{name},{campus},{kind},老楼
XX01,新学生公寓,{campus},学生公寓,
,没有编号的楼,{campus},学生公寓,
"""

BOX = """selector => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return {left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY};
}"""


@dataclass(frozen=True)
class Scene:
    """A page: where it is, what is done there first, and from where to where (CSS selectors) the picture goes."""

    path: str
    act: Callable[[Any], object] = lambda page: None
    starts: str = ""
    ends: str = ""


def _press(name: str) -> Callable[[Any], object]:
    """Press the first button of the main part with this name."""
    return lambda page: _pressed(page, name)


def _pressed(page: Any, name: str) -> None:
    page.locator("main").get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state("networkidle")


def _typed(selector: str, text: str, button: str) -> Callable[[Any], object]:
    def act(page: Any) -> None:
        page.fill(selector, text)
        _pressed(page, button)

    return act


def _import(page: Any) -> None:
    """Bring a file of three rows: one changes, one is new, one is wrong."""
    row = Building.select().order_by(Building.id).first()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "buildings.csv")
        said = {"code": row.code, "name": row.name, "campus": row.campus.name, "kind": row.kind}
        file.write_text(ROWS.format(**said), "utf-8")
        page.set_input_files("[type=file]", file)
        _pressed(page, "下一步")
    _pressed(page, "检查每一行")
    page.wait_for_selector("text=还没有写入任何数据")


def _renamed(page: Any) -> None:
    """Change a building twice, so that there is something to put back."""
    edit = page.url
    for aliases in ("老楼", "老楼;红楼"):
        page.goto(edit)
        page.fill("[name=aliases]", aliases)
        _pressed(page, "保存修改")
    page.goto(edit.replace("/edit/", "/history/"))


def _worded(page: Any) -> None:
    page.fill("[name=text]", "催一催")
    page.fill("[name=text_en]", "Remind them")
    _pressed(page, "看看会怎样")


def _period(page: Any) -> None:
    """Two days off from tomorrow on, only looked at."""
    page.fill("[name=name]", "运动会")
    page.check("[name=kind][value=holiday]")
    page.fill("[name=starts]", f"{clock.today() + timedelta(days=1)}")
    page.fill("[name=ends]", f"{clock.today() + timedelta(days=2)}")
    _pressed(page, "看看会怎样")


def scenes() -> dict[str, Scene]:
    """The scene of each page, by its name."""
    building = Building.select().order_by(Building.id).first()
    return {
        "lists": Scene("/admin/building/?flt_floors_least=6&columns=code,name,campus,floors&inline=1"),
        "import-export": Scene("/admin/building/import/", _import),
        "history": Scene(f"/admin/building/edit/?id={building.id}", _renamed),
        "permissions": Scene("/admin/roles/lead"),
        "questions": Scene("/admin/questions/repair_item/D01/"),
        "services": Scene(f"/admin/builder/{SERVICE}/draft", starts="#flow", ends="#who"),
        "calendar": Scene("/admin/hours/new", _period, ends="main .rows li:nth-child(3)"),
        "limits": Scene("/admin/settings/market.reserved_hours", _typed("[name=value]", "48", "看看会怎样")),
        "words": Scene("/admin/wording-of/step:repair:urge", _worded, "main form.card-h"),
        "tiles": Scene("/admin/tiles/", _press("看看会怎样")),
        "rules": Scene("/admin/automation/"),
        "leaders": Scene("/admin/overview/"),
    }


def prepare() -> None:
    """Make what a fresh demo does not have, a draft of a service; the same again changes nothing."""
    editions.draft_of(Service.get(Service.code == SERVICE), by=Person.get(Person.number == ADMINISTRATOR))


def draw(browser: Any, address: str, wanted: list[str]) -> Iterator[tuple[Path, int]]:
    """Write the pictures of `wanted` (all, if it is empty); gives each file with its size in bytes."""
    context = browser.new_context(base_url=address, locale="zh-CN", viewport=SCREEN, device_scale_factor=SCALE)
    page = context.new_page()
    page.goto("/signin")
    page.fill("[name=number]", ADMINISTRATOR)
    page.fill("[name=password]", demo.PASSWORD)
    page.click("main form .btn-h")
    for name, scene in scenes().items():
        if wanted and name not in wanted:
            continue
        page.goto(scene.path, wait_until="networkidle")
        scene.act(page)
        page.wait_for_load_state("networkidle")
        yield _kept(page.screenshot(full_page=True, clip=_place(page, scene)), FOLDER / f"{name}.webp")
    context.close()


def _place(page: Any, scene: Scene) -> dict[str, float]:
    """The content of the page from where the scene starts to where it ends, no taller than TALLEST."""
    main = _box(page, "main")
    top = _box(page, scene.starts or "main h1, main nav, main header")["top"] - MARGIN
    bottom = min(_box(page, scene.ends)["bottom"] + MARGIN if scene.ends else main["bottom"], top + TALLEST)
    return {"x": main["left"], "y": top, "width": main["right"] - main["left"], "height": bottom - top}


def _box(page: Any, selector: str) -> dict[str, float]:
    """Where the first element of a selector is in the document."""
    found: dict[str, float] = page.evaluate(BOX, selector)
    return found


def _kept(png: bytes, file: Path) -> tuple[Path, int]:
    image = Image.open(BytesIO(png)).convert("RGB")
    # What is empty on the right and below goes.
    ground = Image.new("RGB", image.size, image.getpixel((image.width - 1, image.height - 1)))
    _left, _top, right, bottom = ImageChops.difference(image, ground).getbbox() or (0, 0, *image.size)
    image = image.crop((0, 0, min(right + 20, image.width), min(bottom + 20, image.height)))
    for quality in range(QUALITY, 20, -8):
        image.save(file, "WEBP", quality=quality, method=6)
        if file.stat().st_size <= LARGEST:
            break
    return file, file.stat().st_size


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with hall() as address, sync_playwright() as playwright:
        prepare()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_OPTIONS)
        for file, size in draw(browser, address, sys.argv[1:]):
            print(f"{file.name}  {size / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
