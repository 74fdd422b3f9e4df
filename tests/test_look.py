"""The look: nothing inline, every pair of colours can be read."""

import re
from pathlib import Path

import pytest

import shapes

HOUSE = Path(__file__).parent.parent
TEMPLATES = sorted((HOUSE / "templates").rglob("*.html"))
CSS = (HOUSE / "static/hall.css").read_text()
PAIRS = [
    ("ink", "ground"),
    ("ink-2", "ground"),
    ("ink-3", "ground"),
    ("ink-3", "sunk"),
    ("ink-2", "paper"),
    ("brand", "ground"),
    ("brand", "brand-soft"),
    ("brand-deep", "brand-soft"),
    ("on-brand", "brand"),
    ("accent", "paper"),
    ("accent", "ground"),
    ("accent", "accent-soft"),
    ("ok", "ok-soft"),
    ("info", "info-soft"),
    ("warn", "warn-soft"),
    ("bad", "bad-soft"),
    ("bad", "paper"),
    ("on-hero", "hero"),
    ("on-hero-2", "hero"),
    ("on-side", "side"),
    ("on-side-2", "side"),
]


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_nothing_inline(template):
    assert not re.search(r'\sstyle=|\son[a-z]+="|<script(?![^>]*\ssrc=)|<style', template.read_text())


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_icons_exist(template):
    assert set(re.findall(r'\bicon\("([^"]+)"', template.read_text())) <= set(shapes._icon_shapes())


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_read(scheme):
    blocks = re.findall(r":root \{(.*?)\n {0,2}\}", CSS, re.S)
    tokens = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", blocks[scheme]))
    low = [pair for pair in PAIRS if contrast(tokens[pair[0]], tokens[pair[1]]) < 4.5]
    assert not low


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(d * 2 for d in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
