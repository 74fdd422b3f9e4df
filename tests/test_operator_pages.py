"""docs/operator tells an operator what the panel does: every page has its picture, its words and its addresses."""

import functools
import re
from pathlib import Path

import pytest
from PIL import Image

from docs import operator_pictures
from hall.edition_beginnings import BEGINNINGS
from hall.front_tiles import GROUPS
from hall.rules import MODES
from hall.settings import LIMITS
from hall.wording import KINDS, PARTS
from models import ASKED_OF, CALENDAR_KINDS, QUESTION_KINDS, RULE_ACTIONS
from tests.conftest import CAST, Campus
from tests.furnished import furnish
from tests.visitor import Visitor

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "operator"
INDEX = FOLDER / "README.md"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page != INDEX)
LARGEST = 90_000
BOLD, QUOTED, CHINESE = re.compile(r"\*\*([^*\n]+)\*\*"), re.compile(r"「([^」]+)」"), re.compile("[一-鿿]")
ADDRESS = re.compile(r"`(/admin/[\w/-]*)`")


@functools.cache
def sources() -> str:
    """All that can word something on the screen."""
    files = [ROOT / "models.py"]
    for folder, pattern in (("templates", "*.html"), ("forms", "*.py"), ("admin", "*.py"), ("hall", "*.py")):
        files += sorted((ROOT / folder).rglob(pattern))
    return "\n".join(file.read_text("utf-8") for file in files)


def said(page: str) -> str:
    return (FOLDER / f"{page}.md").read_text("utf-8")


def test_every_page_stands_in_the_index_and_the_index_in_the_readme() -> None:
    rows = re.findall(r"^\| \[[^]]+\]\(([\w-]+\.md)\) \|", INDEX.read_text("utf-8"), re.MULTILINE)
    assert sorted(rows) == [page.name for page in PAGES]
    told = (ROOT / "README.md").read_text("utf-8")
    for page in [INDEX, *PAGES]:
        assert f"](docs/operator/{page.name})" in told, f"README.md does not name {page.name}"
    for page in [INDEX, *PAGES]:
        for name in re.findall(r"\]\(([\w-]+\.md)\)", page.read_text("utf-8")):
            assert (FOLDER / name).is_file(), f"{page.name} leads to {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_it_has_its_picture_and_is_short(page: Path) -> None:
    text = page.read_text("utf-8")
    assert re.findall(r"!\[[^]]+\]\(([^)]+)\)", text) == [f"{page.stem}.webp"]
    picture = page.with_suffix(".webp")
    assert picture.stat().st_size <= LARGEST
    with Image.open(picture) as image:
        assert image.width <= operator_pictures.SCREEN["width"] * operator_pictures.SCALE
    assert len(text.splitlines()) <= 65
    for heading in ("## What happens to what exists", "## What it refuses", "## Who may"):
        assert heading.partition(" ")[2] in text or page.stem in FREE, heading


# Pages that say so under headings of their own.
FREE = ("lists", "history", "permissions", "import-export", "leaders", "limits")


def test_every_picture_has_a_page() -> None:
    assert {picture.stem for picture in FOLDER.glob("*.webp")} == {page.stem for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_its_words_are_those_on_the_screen(page: Path) -> None:
    """In `**…**` and 「…」, where N stands for a number that the page fills in."""
    text = page.read_text("utf-8")
    for words in filter(CHINESE.search, BOLD.findall(text)):
        assert re.search(rf"[\"'“]{re.escape(words)}[\"'”]", sources()), f"{words} stands on no page"
    for words in QUOTED.findall(text):
        pattern = r"%\(\w+\)s".join(map(re.escape, words.split("N")))
        assert re.search(rf"[\"']{pattern}[\"']", sources()), f"{words} stands on no page"


@pytest.mark.begins_after(made=furnish)
def test_every_address_is_a_page_of_the_panel(campus: Campus, client: Visitor) -> None:
    client.sign_in(CAST["X"])
    addresses = {address for page in [INDEX, *PAGES] for address in ADDRESS.findall(page.read_text("utf-8"))}
    assert len(addresses) > 15
    for address in sorted(addresses):
        assert client.get(address, follow_redirects=True).status_code == 200, address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_script_draws_it(page: Path, campus: Campus) -> None:
    assert page.stem in operator_pictures.scenes()


def test_every_limit_is_explained() -> None:
    rows = {}
    for code, _what, default, bounds, _holds in re.findall(
        r"^\| `([\w.]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", said("limits"), re.MULTILINE
    ):
        rows[code] = (int(default.split()[0]), bounds.strip())
    assert rows == {code: (limit.default, f"{limit.least}–{limit.most}") for code, limit in LIMITS.items()}


def test_every_kind_that_can_be_chosen_is_explained() -> None:
    for page, choices in (
        ("questions", [label for _kind, label in QUESTION_KINDS]),
        ("rules", [label for _action, label in RULE_ACTIONS] + [label for _mode, label in MODES]),
        ("calendar", [label for _kind, label in CALENDAR_KINDS]),
        ("words", [*KINDS.values(), *PARTS.values()]),
        ("tiles", list(GROUPS.values())),
        ("services", [each.label for each in BEGINNINGS.values()]),
    ):
        for label in choices:
            assert f"**{label}**" in said(page), f"{label} is not in {page}.md"
    # What questions can be added to is told as a list; another one makes this fail until the page is read again.
    assert [kind for kind, _label in ASKED_OF] == [
        "repair_item",
        "thread",
        "property_notice",
        "listing",
        "edition",
        "service_step",
    ]
