"""Every page of portal and panel before axe, in both languages and both colour schemes, and on narrow screens.

The pages come from the routes and the flows (tests/screens.py), so a new one is walked without being named. It is done
on SQLite only: what the pages are made of is the same on both databases.

To open a page in a browser is dear, so each is opened in one language. The other language of it is looked at as it was
sent: where every element of it has been before axe in the same surroundings, no rule can find more, since none reads
the words; where one has not, that page is opened, too.

To move a whole browser from page to page is dearer, and to paint what nobody sees. So what was sent is written into a
frame of one page of the hall: it is laid out, and its scripts run at its address and under the content policy, as in a
window of its own. The frame says how wide it is and which scheme is preferred; it is hidden: nothing is painted.
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

# Without `preload` axe does not ask for the style sheets again; only its rule about a locked orientation wants them.
OPTIONS = {"resultTypes": ["violations"], "reporter": "no-passes", "preload": False}
RULES = OPTIONS | {"rules": {"color-contrast": {"enabled": False}}}
CONTRAST = OPTIONS | {"runOnly": ["color-contrast"]}
# In every frame, compiled once, and run in those that ask for it.
AXE = f"window.loadAxe = () => {{ {Axe().axe_script} }};"
LOOKING = """([rules, contrast]) => {
  const known = new Set(), sent = new Set();  // as shown, and as they were sent

  const opened = async (path, html) => {
    const frame = document.createElement("iframe");
    frame.style.cssText = "border: 0; visibility: hidden; color-scheme: dark";
    document.body.append(frame);
    size(frame, 640, 700);  // a desktop at 200 %
    const page = frame.contentDocument, inside = page.defaultView;
    page.open();
    inside.history.replaceState(null, "", path);
    let late;
    const loaded = new Promise((done, fail) => {
      inside.addEventListener("load", done);
      late = setTimeout(() => fail(new Error(path + " does not end to load")), 30000);
    });
    page.write(html);
    page.close();
    await loaded;
    clearTimeout(late);
    return frame;
  };
  const size = (frame, width, height) => Object.assign(frame.style, { width: width + "px", height: height + "px" });
  const parsed = html => new DOMParser().parseFromString(html, "text/html");

  // Each element as axe sees it: with its attributes, whether it says anything, and what it stands in; the headings;
  // and, as what no other page has, an id that stands there twice.
  const plain = each => each.tagName + "." + (each.getAttribute("class") || "");
  const shapesOf = (page, path) => {
    const shapes = new Map(), ids = new Set(), headings = [];
    const walk = (each, around) => {
      const name = each.tagName, given = each.getAttributeNames();
      const said = given.map(name => name + (each.getAttribute(name) ? "" : "=")).sort().join(" ");
      const chain = [plain(each), ...around.slice(0, 3)];
      if (/^H[1-4]$/.test(name) && name !== headings.at(-1)) headings.push(name);
      if (each.id && ids.size === ids.add(each.id).size) shapes.set("id twice on " + path + ": " + each.id, []);
      let says = name === "svg" && !!each.textContent.trim();
      for (const child of name === "svg" ? [] : each.childNodes) {
        if (child.nodeType === Node.ELEMENT_NODE) says = walk(child, chain) || says;
        else says ||= child.nodeType === Node.TEXT_NODE && !!child.data.trim();
      }
      const shape = [said, !says, each.getAttribute("role"), ...chain].join("|");
      if (shapes.has(shape)) shapes.get(shape).push(each);
      else shapes.set(shape, [each]);
      return says;
    };
    walk(page.documentElement, []);
    return shapes.set(headings.slice(0, 6).join(">"), []);
  };

  const wide = (frame, width) => {
    size(frame, width, 700);
    const page = frame.contentDocument, html = page.documentElement;
    if (html.clientWidth !== width) return ["is " + html.clientWidth + " pixels wide and not " + width];
    if (html.scrollWidth <= width) return [];
    const out = [...page.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > width + 1);
    return [width + " pixels wide, scrolls sideways: " + out.slice(0, 3).map(e => e.outerHTML.slice(0, 160)).join(" ")];
  };

  // All rules but one look at the whole page; the contrast, which takes longest, at what is new and says something: of
  // those that stand alike in what is painted alike, as the rows of a list do, at the first. In either scheme.
  const askAxe = async (frame, fresh) => {
    const page = frame.contentDocument, inside = page.defaultView, found = [];
    const run = async (context, options) => {
      if (Array.isArray(context) && !context.length) return;  // nothing that is new says anything
      const { violations } = await inside.axe.run(context, options);
      found.push(...violations.map(each => each.id + ": " + each.nodes.map(node => node.html).join(" ")));
    };
    size(frame, 1280, 900);
    inside.loadAxe();
    await run(page, rules);
    const elements = [...new Set(fresh.flatMap(each => [each, ...each.querySelectorAll("*:not(svg *)")]))].filter(says);
    for (const scheme of ["light", "dark"]) {
      frame.style.colorScheme = scheme;
      const isPreferred = inside.matchMedia("(prefers-color-scheme: " + scheme + ")").matches;
      if (isPreferred) await run(unlike(elements, inside), contrast);
      else found.push("is not " + scheme);
    }
    return found;
  };
  const says = each => each.matches("input, select, textarea") || [...each.childNodes].some(isText);
  const isText = node => node.nodeType === Node.TEXT_NODE && node.data.trim();
  const unlike = (elements, inside) => {
    const looks = new Map(), numbers = new Map(), first = new Map();
    const look = each => {
      if (!each) return "";
      if (!looks.has(each)) {
        const style = inside.getComputedStyle(each), painted = PAINTED.map(name => style[name]);
        const key = [look(each.parentElement), plain(each), ...each.getAttributeNames(), ...painted].join("|");
        if (!numbers.has(key)) numbers.set(key, numbers.size);
        looks.set(each, numbers.get(key));
      }
      return looks.get(each);
    };
    elements.forEach(each => first.has(look(each)) || first.set(look(each), each));
    return [...first.values()];
  };
  const PAINTED = ["color", "backgroundColor", "backgroundImage", "opacity", "fontSize", "fontWeight", "textShadow",
    "filter", "mixBlendMode", "position"];

  // What is wrong with a page, and whether the other language of it has to be opened, too.
  window.look = async ([path, html, other]) => {
    const frame = await opened(path, html), page = frame.contentDocument;
    const shapes = shapesOf(page, path);
    const tooWide = wide(frame, 640);
    const fresh = [...shapes.keys()].filter(each => !known.has(each));
    const found = fresh.length ? await askAxe(frame, fresh.flatMap(each => shapes.get(each))) : [];
    if (!found.length) {
      fresh.forEach(each => known.add(each));
      [...shapesOf(parsed(html), path).keys()].forEach(each => sent.add(each));
    }
    found.push(...tooWide, ...wide(frame, 320));
    let again = false;
    if (other) {
      const told = parsed(other);
      again = ![...shapesOf(told, path).keys()].every(each => sent.has(each));
      page.documentElement.lang = told.documentElement.lang;
      page.body.replaceWith(page.adoptNode(told.body));
      found.push(...wide(frame, 320).map(each => "in the other language " + each));
    }
    frame.remove();
    return [found.map(each => path + " " + each.slice(0, 500)), again];
  };
}"""
LOOK = """async pages => {
  const found = [];
  for (const each of pages) found.push(await window.look(each));
  return found;
}"""
AT_ONCE = 10


@pytest.fixture
def screens(app: Flask, campus: Campus, client: Visitor, sign_in: Callable[[str], Visitor]) -> Screens:
    return Screens(app, sign_in, client)


@pytest.mark.begins_after(made=furnish)
@pytest.mark.parametrize("part", ["portal", "panel", "entities"])
def test_axe_finds_nothing_and_nothing_sticks_out(browser_page: Any, screens: Screens, part: str) -> None:
    pages = screens.find(part)
    assert not screens.missing, "nobody can open these: tests/furnished.py has no row, or tests/addresses.py no value"
    assert len(pages) > 90
    look = Look(browser_page)
    # English is longer, so that more of it sticks out.
    for language, other in (("en", "zh"), ("zh", "")):
        for who in sorted({screen.who for screen in pages}):
            visitor, paths = screens.visitors[who], [screen.path for screen in pages if screen.who == who]
            look.sign_in(visitor, language)
            for at in range(0, len(paths), AT_ONCE):
                some = paths[at : at + AT_ONCE]
                look.at([(path, sent(visitor, path, language), other and sent(visitor, path, other)) for path in some])
        pages = [screen for screen in pages if screen.path in look.again]
    assert not look.wrong, "\n".join(look.wrong)


def sent(visitor: Visitor, path: str, language: str) -> str:
    visitor.client.set_cookie("lang", language)
    answer = visitor.get(path, follow_redirects=True)
    assert answer.status_code in (200, 404), path
    return answer.text


class Look:
    """Looks at one page after the other. Where every element has been before axe already, axe is not asked again."""

    def __init__(self, page: Any) -> None:
        self.page, self.who = page, ""
        self.wrong: list[str] = []
        self.again: set[str] = set()
        page.emulate_media(color_scheme="null", reduced_motion="reduce")
        page.add_init_script(AXE)
        page.goto("/signin")
        page.evaluate("document.documentElement.innerHTML = '<meta name=color-scheme content=\"light dark\">'")
        page.evaluate(LOOKING, [RULES, CONTRAST])

    def sign_in(self, visitor: Visitor, language: str) -> None:
        """Let what the pages ask for be asked by this visitor."""
        self.who = visitor.number
        kept = visitor.client.get_cookie("hall")
        cookies = {"lang": language} | ({"hall": kept.value} if kept else {})
        self.page.context.clear_cookies()
        where = {"domain": "127.0.0.1", "path": "/"}
        self.page.context.add_cookies([{"name": name, "value": value, **where} for name, value in cookies.items()])

    def at(self, pages: list[tuple[str, str, str]]) -> None:
        """Note what is wrong with pages: (address, what was sent, what was sent in another language or "") of each."""
        for (path, *_), (wrong, again) in zip(pages, self.page.evaluate(LOOK, pages), strict=True):
            self.wrong += [f"{self.who} {each}" for each in wrong]
            self.again |= {path} if again else set()


# --- the measure itself ----------------------------------------------------------------------------------

PAGE = """<!doctype html><html lang="en"><head><title>Hall</title><link rel="stylesheet" href="/looked-at.css">
<script src="/looked-at.js" defer></script></head><body><main><h1>Hall</h1>%s</main></body></html>"""
STYLE = """
  :root { color-scheme: light dark; } body { color: #000; background: #fff; } pre { margin: 0; }
  @media (prefers-color-scheme: dark) { body { color: #fff; background: #000; } .dim { color: #222; } }
  @media (prefers-color-scheme: light) { .pale, li:nth-child(3) { color: #eee; } section { background: #111; } }
"""
SCRIPT = """
  document.querySelectorAll("[data-long]").forEach(each => (each.textContent = "字".repeat(60)));
  document.querySelectorAll("[data-field]").forEach(each => each.append(document.createElement("input")));
  if (location.search === "?field") document.querySelector("main").append(document.createElement("input"));
  if (document.querySelector("[data-wrong]")) throw new Error("nothing works");
"""
LONG = f"<pre>{'字' * 60}</pre>"
DEEP = "<div><div><div><div><p>Words</p></div></div></div></div>"
# What stands on the page, what stands there in the other language, and what is found.
FAULTS = {
    "nothing": ("<p>Words</p>", "<p>文字</p>", []),
    "no label": ("<p>Words</p><input>", "<p>文字</p>", ["label: "]),
    "light": ("<p class='pale'>Words</p>", "<p>文字</p>", ["color-contrast: "]),
    "dark": ("<p class='dim'>Words</p>", "<p>文字</p>", ["color-contrast: "]),
    "a row": ("<ul><li>Words</li><li>Words</li><li>Words</li></ul>", "<p>文字</p>", ["color-contrast: "]),
    "far within": (f"{DEEP}<section>{DEEP}</section>", "<p>文字</p>", ["color-contrast: "]),
    "wide": (LONG, "<p>文字</p>", ["640 pixels wide", "320 pixels wide"]),
    "wide in the other": ("<pre>a</pre>", LONG, ["in the other language 320 pixels wide"]),
    "no label in the other": ("<p>Words</p>", "<p>文字</p><input>", ["label: "]),
    "wide by a script": ("<pre data-long></pre>", "<p>文字</p>", ["640 pixels wide", "320 pixels wide"]),
    "no label by a script": ("<p data-field>Words</p>", "<p>文字</p>", ["label: "]),
}
# What the browser complains about.
COMPLAINTS = {
    "a script": ("<p data-wrong>Words</p>", "page script error: nothing works"),
    "the policy": ("<p>Words</p><script>document.title = ''</script>", "Content Security Policy"),
    "a request": ("<img alt='' src='https://example.org/pixel.png'>", "page asks elsewhere"),
}


@pytest.fixture
def look(browser_page: Any) -> "Look":
    given = {"css": ("text/css", STYLE), "js": ("text/javascript; charset=utf-8", SCRIPT)}

    def answer(route: Any) -> None:
        kind, text = given[route.request.url.rpartition(".")[2]]
        route.fulfill(body=text, content_type=kind)

    browser_page.route("**/looked-at.*", answer)
    return Look(browser_page)


def found(look: "Look", body: str, other: str = "", path: str = "/looked-at") -> list[str]:
    """What is found on a page after a good one."""
    look.at([("/looked-at", PAGE % "<p>Words</p>", PAGE % "<p>文字</p>")])
    assert not look.wrong
    look.at([(path, PAGE % body, PAGE % other if other else "")])
    if look.again:
        look.at([(path, PAGE % other, "")])
    return look.wrong


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_found(look: "Look", fault: str) -> None:
    body, other, wanted = FAULTS[fault]
    wrong = found(look, body, other)
    assert len(wrong) == len(wanted), wrong
    assert all(each in told for each, told in zip(wanted, wrong, strict=True)), wrong


def test_an_id_that_stands_twice_is_new(look: "Look") -> None:
    body = "<p id='%s'></p><p id='one'>Words</p><input aria-labelledby='one'>"
    assert found(look, body % "two") == []
    assert "label: " in found(look, body % "one")[0]


def test_scripts_know_the_address(look: "Look") -> None:
    assert found(look, "<p>Words</p>", path="/looked-at?other") == []
    assert "label: " in found(look, "<p>Words</p>", path="/looked-at?field")[0]


@pytest.mark.parametrize("fault", COMPLAINTS)
def test_every_complaint_is_heard(look: "Look", browser_page: Any, fault: str) -> None:
    body, wanted = COMPLAINTS[fault]
    found(look, body)
    assert any(wanted in each for each in browser_page.complaints), browser_page.complaints
    browser_page.complaints.clear()
