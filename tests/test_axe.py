"""Every page of portal and panel before axe, in both languages and both colour schemes, and on narrow screens.

The pages come from the routes and the flows (tests/screens.py), so a new one is walked without being named. It is done
on SQLite only: what the pages are made of is the same on both databases.

To open a page in a browser is dear, so each is opened in one language. The other language of it is looked at as it was
sent: where every element of it has been before axe in the same surroundings, no rule can find more, since none reads
the words; where one has not, that page is opened, too.
"""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from tests.conftest import Campus
from tests.furnished import furnish
from tests.screens import Screens
from tests.visitor import Visitor

pytestmark = pytest.mark.browser

AXE = Axe().axe_script
# Without `preload` axe does not ask for the style sheets again; only its rule about a locked orientation wants them.
OPTIONS = {"resultTypes": ["violations"], "reporter": "no-passes", "preload": False}
RULES = OPTIONS | {"rules": {"color-contrast": {"enabled": False}}}
CONTRAST = OPTIONS | {"runOnly": ["color-contrast"]}
# All rules but one look at the whole page; the contrast, which takes longest, at the elements that are new.
RUN = """async ([options, fresh]) => {
  const context = fresh ? window.fresh(fresh) : document;
  if (fresh && !context.length) return [];
  return (await axe.run(context, options)).violations.map(v => v.id + ": " + v.nodes.map(n => n.html).join(" "));
}"""
# Each element as axe sees it: with its attributes, whether it says anything, and what it stands in; and the headings:
# of the page as it is shown, and of each that is given as it was sent.
SHAPES = """(sent) => {
  const plain = each => each ? each.tagName + "." + (each.getAttribute("class") || "") : "";
  const shape = each => {
    const said = each.getAttributeNames().map(name => name + (each.getAttribute(name) ? "" : "=")).sort().join(" ");
    const one = each.parentElement, two = one?.parentElement, three = two?.parentElement;
    return [said, !each.textContent.trim(), each.getAttribute("role"), ...[each, one, two, three].map(plain)].join("|");
  };
  const shapes = page => {
    const ids = [...page.querySelectorAll("[id]")].map(each => each.id);
    const headings = [...page.querySelectorAll("h1, h2, h3, h4")].map(each => each.tagName);
    const order = headings.filter((each, at) => each !== headings[at - 1]).slice(0, 6).join(">");
    const twice = ids.length === new Set(ids).size ? [] : ["ids twice on " + location.href];
    return [...new Set([...page.querySelectorAll("*:not(svg *)")].map(shape)), order, ...twice];
  };
  window.fresh = shapes => {
    const wanted = new Set(shapes);
    return [...document.querySelectorAll("body *:not(svg *)")].filter(each => wanted.has(shape(each)));
  };
  return [document, ...sent.map(html => new DOMParser().parseFromString(html, "text/html"))].map(shapes);
}"""
WIDE = """wanted => {
  const width = document.documentElement.clientWidth;
  if (width !== wanted) return ["is " + width + " pixels wide and not " + wanted];
  if (document.documentElement.scrollWidth <= width) return [];
  const out = [...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1);
  return [width + " pixels wide, scrolls sideways: " + out.slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(" ")];
}"""
# Shows what was sent in another language in place of the page.
SHOW = """html => {
  const sent = new DOMParser().parseFromString(html, "text/html");
  document.documentElement.lang = sent.documentElement.lang;
  document.body.replaceWith(document.adoptNode(sent.body));
}"""
# Colours do not depend on the language: where a page is new to axe, its contrast is measured in the other scheme, too.
SCHEMES = ("dark", "light")


@pytest.fixture
def screens(app: Flask, campus: Campus, client: Visitor, sign_in: Callable[[str], Visitor]) -> Screens:
    return Screens(app, sign_in, client)


@pytest.mark.begins_after(made=furnish)
@pytest.mark.parametrize("part", ["portal", "panel", "entities"])
def test_axe_finds_nothing_and_nothing_sticks_out(browser_page: Any, screens: Screens, part: str) -> None:
    pages = screens.find(part)
    assert not screens.missing, "nobody can open these: tests/furnished.py has no row, or tests/addresses.py no value"
    assert len(pages) > 90
    browser_page.emulate_media(color_scheme=SCHEMES[0], reduced_motion="reduce")
    look = Look(browser_page)
    # English is longer, so that more of it sticks out.
    for language in ("en", "zh"):
        for screen in sorted(pages, key=lambda screen: screen.who):
            visitor = screens.visitors[screen.who]
            look.sign_in(visitor, language)
            look.at(screen.path, "" if language == "zh" else screen.html or visitor.get(screen.path).text)
        pages = [screen for screen in pages if screen.path in look.again]
    assert not look.wrong, "\n".join(look.wrong)


class Look:
    """Looks at one page after the other. Where every element has been before axe already, axe is not asked again."""

    def __init__(self, page: Any) -> None:
        self.page, self.who = page, ("", "")
        self.screen = page.context.new_cdp_session(page)
        self.wrong: list[str] = []
        self.known, self.sent = set[str](), set[str]()  # as shown, and as they were sent
        self.again: set[str] = set()

    def sign_in(self, visitor: Visitor, language: str) -> None:
        if self.who == (visitor.number, language):
            return
        self.who = visitor.number, language
        kept = visitor.client.get_cookie("hall")
        cookies = {"lang": language} | ({"hall": kept.value} if kept else {})
        self.page.context.clear_cookies()
        where = {"domain": "127.0.0.1", "path": "/"}
        self.page.context.add_cookies([{"name": name, "value": value, **where} for name, value in cookies.items()])

    def at(self, path: str, other: str) -> None:
        """Note what is wrong with the page, and with the `other` that was sent for it in another language."""
        # 640 pixels are a desktop at 200 %.
        self.resize(640, 700)
        here = self.page.goto(path).text()
        shown, sent, *others = map(set, self.page.evaluate(SHAPES, [here, other] if other else [here]))
        wide = self.page.evaluate(WIDE, 640)
        found = [] if shown <= self.known else self.ask_axe(shown - self.known)
        if not found:
            self.known |= shown
            self.sent |= sent
        if others and not others[0] <= self.sent:
            self.again.add(path)
        self.resize(320, 700)
        found += wide + self.page.evaluate(WIDE, 320)
        if other:
            self.page.evaluate(SHOW, other)
            found += [f"in the other language {each}" for each in self.page.evaluate(WIDE, 320)]
        self.wrong += [f"{self.who} {path} {each[:500]}" for each in found]

    def resize(self, width: int, height: int) -> None:
        # What Playwright does for that changes the window as well, which takes longer than to lay the page out.
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.screen.send("Emulation.setDeviceMetricsOverride", size)

    def ask_axe(self, new: set[str]) -> list[str]:
        self.resize(1280, 900)
        self.screen.send("Runtime.evaluate", {"expression": AXE})
        found: list[str] = self.page.evaluate(RUN, [RULES, None])
        for scheme in reversed(SCHEMES):
            self.page.emulate_media(color_scheme=scheme)
            found += self.page.evaluate(RUN, [CONTRAST, sorted(new)])
        return found


# --- the measure itself ----------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><title>Hall</title><style>
  :root { color-scheme: light dark; } body { color: #000; background: #fff; } pre { margin: 0; }
  @media (prefers-color-scheme: dark) { body { color: #fff; background: #000; } .dim { color: #222; } }
  @media (prefers-color-scheme: light) { .pale { color: #eee; } }
</style></head><body><main><h1>Hall</h1>%s</main></body></html>"""
LONG = f"<pre>{'字' * 60}</pre>"
# What stands on the page, what stands there in the other language, and what is found.
FAULTS = {
    "nothing": ("<p>Words</p>", "<p>文字</p>", []),
    "no label": ("<p>Words</p><input>", "<p>文字</p>", ["label: "]),
    "light": ("<p class='pale'>Words</p>", "<p>文字</p>", ["color-contrast: "]),
    "dark": ("<p class='dim'>Words</p>", "<p>文字</p>", ["color-contrast: "]),
    "wide": (LONG, "<p>文字</p>", ["640 pixels wide", "320 pixels wide"]),
    "wide in the other": ("<pre>a</pre>", LONG, ["in the other language 320 pixels wide"]),
    "no label in the other": ("<p>Words</p>", "<p>文字</p><input>", ["label: "]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found(browser_page: Any, fault: str) -> None:
    body, other, wanted = FAULTS[fault]
    bodies = [PAGE % "<p>Words</p>", PAGE % body, PAGE % other]
    browser_page.route("**/looked-at", lambda route: route.fulfill(body=bodies.pop(0), content_type="text/html"))
    browser_page.emulate_media(color_scheme=SCHEMES[0], reduced_motion="reduce")
    look = Look(browser_page)
    look.at("/looked-at", bodies[0])  # a good page was there before
    look.at("/looked-at", bodies[1])
    if look.again:
        look.at("/looked-at", "")
    assert len(look.wrong) == len(wanted), look.wrong
    assert all(each in found for each, found in zip(wanted, look.wrong, strict=True)), look.wrong
