"""Every page of portal and panel before axe, in both languages and both colour schemes, and on narrow screens.

The pages come from the routes and the flows (tests/screens.py), so a new one is walked without being named. It is done
on SQLite only: what the pages are made of is the same on both databases.
"""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from tests.conftest import Campus
from tests.furnished import furnish
from tests.screens import Screen, Screens
from tests.visitor import Visitor

pytestmark = pytest.mark.browser

AXE = Axe().axe_script
# Without `preload` axe does not ask for the style sheets again; only its rule about a locked orientation wants them.
OPTIONS = {"resultTypes": ["violations"], "reporter": "no-passes", "preload": False}
RUN = "async options => (await axe.run(options)).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' '))"
# Each element as axe sees it: with its attributes, whether it says anything, and what it stands in; and the headings.
SHAPES = """() => {
  const plain = each => each ? each.tagName + "." + (each.getAttribute("class") || "") : "";
  const shape = each => {
    const said = each.getAttributeNames().map(name => name + (each.getAttribute(name) ? "" : "=")).sort().join(" ");
    const one = each.parentElement, two = one?.parentElement, three = two?.parentElement;
    return [said, !each.textContent.trim(), each.getAttribute("role"), ...[each, one, two, three].map(plain)].join("|");
  };
  const ids = [...document.querySelectorAll("[id]")].map(each => each.id);
  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].map(each => each.tagName);
  const order = headings.filter((each, at) => each !== headings[at - 1]).slice(0, 6).join(">");
  const twice = ids.length === new Set(ids).size ? [] : ["ids twice on " + location.href];
  return [...new Set([...document.querySelectorAll("*:not(svg *)")].map(shape)), order, ...twice];
}"""
WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1);
  return ["scrolls sideways: " + out.slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(" ")];
}"""
# Colours do not depend on the language, nor words and structure on the scheme: two rounds see all of both.
SCHEMES = {"zh": "light", "en": "dark"}
# 640 pixels are a desktop at 200 %.
NARROW = {"zh": [320], "en": [640, 320]}


@pytest.fixture
def screens(app: Flask, campus: Campus, client: Visitor, sign_in: Callable[[str], Visitor]) -> Screens:
    furnish(campus)
    return Screens(app, sign_in, client)


@pytest.mark.parametrize("part", ["portal", "panel", "entities"])
def test_axe_finds_nothing_and_nothing_sticks_out(browser_page: Any, screens: Screens, part: str) -> None:
    pages = screens.find(part)
    assert not screens.missing, "nobody can open these: tests/furnished.py has no row, or tests/addresses.py no value"
    assert len(pages) > 90
    wrong, known = [], set[str]()
    for language, scheme in SCHEMES.items():
        browser_page.emulate_media(color_scheme=scheme)
        coloured = set[str]()
        for screen in pages:
            found = look(browser_page, screen, language, screens.visitors[screen.who], known, coloured)
            wrong += [f"{language} {screen.path} ({screen.who}) {each[:500]}" for each in found]
    assert not wrong, "\n".join(wrong)


def look(page: Any, screen: Screen, language: str, visitor: Visitor, known: set[str], coloured: set[str]) -> list[str]:
    """What is wrong with one page, as its reader sees it.

    Where every element has been before axe already, in the same surroundings, axe is not asked again: `known` are those
    that went through all of its rules, `coloured` those whose contrast was measured in this scheme.
    """
    kept = visitor.client.get_cookie("hall")
    cookies = {"lang": language} | ({"hall": kept.value} if kept else {})
    page.context.clear_cookies()
    where = {"domain": "127.0.0.1", "path": "/"}
    page.context.add_cookies([{"name": name, "value": value, **where} for name, value in cookies.items()])
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(screen.path)
    found: list[str] = []
    shapes = set(page.evaluate(SHAPES))
    if not shapes <= known & coloured:
        page.evaluate(AXE)
        found = page.evaluate(RUN, OPTIONS if not shapes <= known else OPTIONS | {"runOnly": ["color-contrast"]})
        if not found:
            known |= shapes
            coloured |= shapes
    for width in NARROW[language]:
        page.set_viewport_size({"width": width, "height": 700})
        found += [f"{width} pixels wide: {each}" for each in page.evaluate(WIDE)]
    return found
