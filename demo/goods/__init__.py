"""Pictures of things, drawn: what people of the demo sell, have lost and have found."""

import io
from functools import cache
from typing import Any

from demo.goods import home, outside, pockets, study
from demo.goods.easel import Sheet
from hall import photos

# What a colour is called in words/*.csv: the thing itself, its darker and its lighter parts.
COLOURS = {
    "red": ("#b8463c", "#7f2b26", "#edc2a8"), "orange": ("#dd8242", "#98501f", "#f7dfbf"),
    "yellow": ("#e0b84f", "#a27c1d", "#f8ecc4"), "green": ("#4f8f6b", "#2d5a42", "#cfe3cd"),
    "mint": ("#8ec5b2", "#4d8a78", "#e3f2ea"), "blue": ("#3f6fa6", "#264467", "#c7dcef"),
    "sky": ("#86b4d6", "#4a7a9e", "#e2eff7"), "purple": ("#8268a8", "#53407a", "#ddd2ec"),
    "pink": ("#dd9aa6", "#a9606e", "#f9e3e4"), "white": ("#e9e8e2", "#a8aaa6", "#fbfaf6"),
    "grey": ("#8b9499", "#565f64", "#d3d9db"), "black": ("#3a4046", "#1e2226", "#9aa4aa"),
    "brown": ("#8a5a38", "#5b3a22", "#dcb98f"), "cream": ("#e6d6b4", "#ab9566", "#fbf3df"),
}  # fmt: skip
MODULES = (study, home, outside, pockets)
# A card shows the square in the middle of a picture; these are wider, and taken from farther away.
FARTHER = {
    "bicycle": 0.78, "ticket": 0.78, "piano": 0.78, "keyboard": 0.78, "skateboard": 0.78, "hanfu": 0.78,
    "bed_table": 0.78, "usb_stick": 0.78, "laptop": 0.84, "guitar": 0.84, "tent": 0.84, "rackets": 0.84,
    "dumbbells": 0.84, "desk_lamp": 0.84, "coat": 0.84, "hoodie": 0.84, "skates": 0.84, "sneakers": 0.84,
}  # fmt: skip


@cache
def photo(name: str) -> photos.Prepared:
    """The picture that `name` asks for, ready to be attached; drawn and encoded once.

    A name is a thing, its colour and its ground, as `bicycle red street`, and how many per cent nearer than to see all
    of it: `bicycle red street 150`.
    """
    thing, colour, ground, *near = name.split()
    sheet = Sheet()
    drawing(thing)(sheet, *COLOURS[colour])
    image = sheet.on(ground, near=FARTHER.get(thing, 1) * (float(near[0]) / 100 if near else 1))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return photos.prepare([(f"{thing}.jpg", buffer.getvalue())])[0]


def drawing(thing: str) -> Any:
    """What draws this thing on a sheet, given its three colours."""
    return next(getattr(module, thing) for module in MODULES if hasattr(module, thing))
