"""The jobs of the portal by keyboard alone: Tab, Enter, space and arrows; where the focus is can always be seen."""

import re
from typing import Any

import pytest

from models import Claim, RepairOrder, Thread
from tests import lost
from tests.conftest import CAST, Campus
from tests.visitor import PASSWORD

pytestmark = pytest.mark.browser

# What has the focus: whether it fits, whether a ring is drawn (on itself, on what stands for it), what lies over it.
FOCUS = """selector => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const beside = at.parentElement.querySelector("label"), own = at.labels && at.labels[0];
  const rings = [at, at.closest("label"), at.parentElement, own, beside].filter(Boolean);
  const drawn = style => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const seen = rings.some(each => drawn(getComputedStyle(each)) || drawn(getComputedStyle(each, "::after")));
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2);
  const bar = over && over.closest(".bottom-nav, .action-bar, header.top");
  return {
    there: at.matches(selector), html: at.outerHTML.slice(0, 120), ring: seen || at === document.body,
    covered: Boolean(bar) && !bar.contains(at),
    outside: at !== document.body && (box.bottom < 1 || box.top > innerHeight - 1),
  };
}"""


@pytest.fixture
def keys(browser_page: Any) -> Any:
    """A page on a desktop at 200 % zoom, 640 pixels wide, on which A has signed in by keyboard."""
    browser_page.set_viewport_size({"width": 640, "height": 450})
    browser_page.goto("/signin")
    write(browser_page, "[name=number]", CAST["A"])
    write(browser_page, "[name=password]", PASSWORD)
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url(re.compile(r":\d+/$"))
    return browser_page


def reach(page: Any, selector: str, most: int = 90) -> None:
    """Press Tab until the focus is on what `selector` names; on the way it is never lost from sight."""
    for _step in range(most):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS, selector)
        assert focus["ring"], f"no ring on {page.url}: {focus['html']}"
        assert not focus["covered"] and not focus["outside"], f"out of sight on {page.url}: {focus}"
        if focus["there"]:
            return
    raise AssertionError(f"Tab does not lead to {selector} on {page.url}")


def write(page: Any, selector: str, text: str) -> None:
    reach(page, selector)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def press(page: Any, selector: str, key: str = "Enter") -> None:
    reach(page, selector)
    page.keyboard.press(key)


def test_the_first_tab_offers_to_skip_to_the_text(keys: Any) -> None:
    keys.goto("/supervision")
    reach(keys, "a.skip", most=1)
    assert keys.locator("a.skip").bounding_box()["y"] >= 0
    keys.keyboard.press("Enter")
    keys.wait_for_url(re.compile("#main$"))
    assert keys.evaluate("document.activeElement.id") == "main"
    reach(keys, "main a, main button, main input", most=1)


def test_every_job_is_done_by_keyboard(keys: Any, campus: Campus) -> None:
    # A report: family and item are tiles, home and telephone are known.
    keys.goto("/repairs/new")
    press(keys, ".pick button[aria-pressed]")
    keys.locator(".items button:focus").wait_for()
    keys.keyboard.press("Enter")
    keys.locator(".picked button:focus").wait_for()
    write(keys, "[name=description]", "drips all night")
    press(keys, "form.report .form-end .btn-h")
    keys.wait_for_url(re.compile(r"/repairs/BX\d+$"))
    assert RepairOrder.get().description == "drips all night"

    # A thread: the summary of what is wrong leads to the question, and nothing typed is lost on the way.
    keys.goto("/supervision/new")
    keys.locator("form.writing").evaluate("form => { form.noValidate = true }")
    write(keys, "[name=title]", "the soup is cold")
    press(keys, "form.writing .form-end .btn-h")
    keys.locator(".error-summary").wait_for()
    press(keys, ".error-summary a[href='#text']")
    keys.wait_for_url(re.compile("#text$"))
    assert keys.evaluate("document.activeElement.id") == "text"
    assert keys.locator("[name=title]").input_value() == "the soup is cold"

    # The kind is chosen with the arrows.
    keys.goto("/supervision/new")
    press(keys, "[name=kind]", "Space")
    keys.keyboard.press("ArrowRight")
    write(keys, "[name=title]", "the soup is cold")
    write(keys, "[name=text]", "every evening after six it is cold")
    press(keys, "form.writing .form-end .btn-h")
    keys.wait_for_url(re.compile(r"/supervision/JD\d+$"))
    assert Thread.get().kind == "praise"

    # A claim, from the list to the answer.
    found = lost.published(campus, campus.kept)
    keys.goto("/lost-found?kind=found")
    press(keys, f"a[href='/lost-found/{found.number}']")
    keys.wait_for_url(re.compile(found.number))
    write(keys, "#claim [name=answer]", "my name is in it")
    press(keys, "#claim .form-end .btn-h")
    keys.get_by_text("已提交，核对以后会通知您").wait_for()
    assert Claim.get().claimant == campus.A
