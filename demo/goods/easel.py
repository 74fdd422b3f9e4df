"""What pictures of things are drawn on: a sheet that gives them body, light and shadow, and the grounds they lie on."""

import math
import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

# A thing is drawn on 960 × 720 units, a quarter larger, and taken at half of that.
SCALE, TAKEN, GROUND = 1.25, (600, 450), (720, 540)
NEUTRAL = 128  # of the light that falls on a thing: less is shade, more is gloss
Point = tuple[float, float]


class Sheet:
    """One thing, drawn: its colours, and the light on it. All numbers are in 960 × 720 units."""

    def __init__(self) -> None:
        self.layer, self.light = Image.new("RGBA", (TAKEN[0] * 2, TAKEN[1] * 2)), Image.new("L", TAKEN, NEUTRAL)
        self._ink, self._tone = ImageDraw.Draw(self.layer), ImageDraw.Draw(self.light)

    def box(self, x0: float, y0: float, x1: float, y1: float, fill: str, round_: float = 0) -> None:
        self._ink.rounded_rectangle(_scaled(x0, y0, x1, y1), round_ * SCALE, fill)

    def oval(self, x0: float, y0: float, x1: float, y1: float, fill: str) -> None:
        self._ink.ellipse(_scaled(x0, y0, x1, y1), fill)

    def disc(self, x: float, y: float, r: float, fill: str) -> None:
        self.oval(x - r, y - r, x + r, y + r, fill)

    def ring(self, x: float, y: float, r: float, fill: str, width: float) -> None:
        self._ink.ellipse(_scaled(x - r, y - r, x + r, y + r), None, fill, round(width * SCALE))

    def poly(self, points: Sequence[Point], fill: str) -> None:
        self._ink.polygon([(x * SCALE, y * SCALE) for x, y in points], fill)

    def line(self, points: Sequence[Point], fill: str, width: float) -> None:
        """A line with round corners and ends."""
        spots = [(x * SCALE, y * SCALE) for x, y in points]
        self._ink.line(spots, fill, round(width * SCALE), joint="curve")
        r = width * SCALE / 2
        for x, y in (spots[0], spots[-1]):
            self._ink.ellipse((x - r, y - r, x + r, y + r), fill)

    def arc(
        self, x0: float, y0: float, x1: float, y1: float, begin: float, end: float, fill: str, width: float
    ) -> None:
        self._ink.arc(_scaled(x0, y0, x1, y1), begin, end, fill, round(width * SCALE))

    def pie(self, x0: float, y0: float, x1: float, y1: float, begin: float, end: float, fill: str) -> None:
        self._ink.pieslice(_scaled(x0, y0, x1, y1), begin, end, fill)

    def curve(self, points: Sequence[Point], fill: str, width: float) -> None:
        """A smooth line through `points`."""
        self.line(smooth(points), fill, width)

    def blob(self, points: Sequence[Point], fill: str) -> None:
        """A smooth closed shape through `points`."""
        self.poly(smooth([*points, points[0]]), fill)

    def text(self, x: float, y: float, words: str, fill: str, size: float) -> None:
        """Words around the point; Latin letters and figures only."""
        self._ink.text((x * SCALE, y * SCALE), words, fill, anchor="mm", font_size=size * SCALE)

    # --- light -----------------------------------------------------------------------------------

    def gloss(self, points: Sequence[Point], strength: int = 40) -> None:
        self._tone.polygon([(x * SCALE / 2, y * SCALE / 2) for x, y in points], NEUTRAL + strength)

    def shade(self, points: Sequence[Point], strength: int = 40) -> None:
        self._tone.polygon([(x * SCALE / 2, y * SCALE / 2) for x, y in points], NEUTRAL - strength)

    def tube(self, x0: float, y0: float, x1: float, y1: float, *, lying: bool = False, strength: float = 1) -> None:
        """Light on something round that stands (or is `lying`) in this box."""
        self._spread(_round(lying), (x0, y0, x1, y1), strength)

    def ball(self, x: float, y: float, r: float, strength: float = 1) -> None:
        """Light on a ball."""
        self._spread(_globe(), (x - r, y - r, x + r, y + r), strength)

    def slope(self, x0: float, y0: float, x1: float, y1: float, strength: float = 1) -> None:
        """Light that falls from above on something flat in this box."""
        self._spread(_fall(), (x0, y0, x1, y1), strength)

    def _spread(self, tone: Image.Image, box: tuple[float, float, float, float], strength: float) -> None:
        x0, y0, x1, y1 = (round(value * SCALE / 2) for value in box)
        if strength != 1:
            tone = tone.point(lambda value: NEUTRAL + (value - NEUTRAL) * strength)
        self.light.paste(tone.resize((max(1, x1 - x0), max(1, y1 - y0))), (x0, y0))

    # --- the photo -------------------------------------------------------------------------------

    def on(self, ground: str, *, near: float = 1) -> Image.Image:
        """The thing as a phone takes it on this ground, so many times nearer than to see all of it."""
        light = ImageChops.add(self.light.filter(ImageFilter.BoxBlur(5)), _from_the_left(), offset=-NEUTRAL)
        layer = self.layer.reduce(2)
        edges = layer.getchannel("A")
        lit = ImageChops.overlay(layer.convert("RGB"), Image.merge("RGB", (light, light, light)))
        if near != 1:
            lit, edges = _nearer(lit, near), _nearer(edges, near)
        picture = GROUNDS[ground]().copy()
        picture.paste("#1a1712", mask=ImageChops.lighter(_shadow(edges, 14, 12, 0.42), _shadow(edges, 4, 3, 0.35)))
        picture.paste(lit, mask=edges)
        return picture


def _scaled(x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
    return x0 * SCALE, y0 * SCALE, x1 * SCALE, y1 * SCALE


def _nearer(image: Image.Image, near: float) -> Image.Image:
    width, height = image.size
    if near < 1:
        smaller = Image.new(image.mode, image.size)
        across, down = round(width * near), round(height * near)
        smaller.paste(image.resize((across, down)), ((width - across) // 2, (height - down) * 2 // 3))
        return smaller
    across, down = round(width * (1 - 1 / near) / 2), round(height * (1 - 1 / near) / 2)
    return image.resize(image.size, Image.Resampling.BILINEAR, (across, down, width - across, height - down))


def _shadow(edges: Image.Image, reach: int, offset: int, depth: float) -> Image.Image:
    """Where a thing with these edges keeps the light away: soft, and down to the right."""
    small = edges.reduce(4)
    for _twice in range(2):
        small = small.filter(ImageFilter.BoxBlur(reach / 4))
    soft = small.point(lambda value: value * depth).resize(edges.size, Image.Resampling.BILINEAR)
    fallen = Image.new("L", edges.size)
    fallen.paste(soft, (offset, round(offset * 1.3)))
    return fallen


def smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through `points`."""
    spots = [points[0], *points, points[-1]]
    if points[0] == points[-1] and len(points) > 2:
        spots = [points[-2], *points, points[1]]
    found: list[Point] = []
    for at in range(1, len(spots) - 2):
        before, one, two, after = spots[at - 1 : at + 3]
        for step in range(steps):
            t = step / steps
            found.append(
                (_along(before[0], one[0], two[0], after[0], t), _along(before[1], one[1], two[1], after[1], t))
            )
    return [*found, points[-1]]


def _along(before: float, one: float, two: float, after: float, t: float) -> float:
    return 0.5 * (
        2 * one
        + (two - before) * t
        + (2 * before - 5 * one + 4 * two - after) * t**2
        + (3 * one - before - 3 * two + after) * t**3
    )


# --- light, made once --------------------------------------------------------------------------------


@cache
def _round(lying: bool) -> Image.Image:
    across = Image.new("L", (64, 1))
    across.putdata([round(NEUTRAL + 62 * math.sin(math.pi * (at / 63) ** 0.7) - 46) for at in range(64)])
    return across.transpose(Image.Transpose.ROTATE_270) if lying else across


@cache
def _globe() -> Image.Image:
    side, spots = 48, []
    for at in range(side * side):
        x, y = at % side / side * 2 - 1, at // side / side * 2 - 1
        away = math.hypot(x + 0.35, y + 0.4)
        spots.append(round(NEUTRAL + 66 - 78 * away) if x * x + y * y <= 1 else NEUTRAL)
    globe = Image.new("L", (side, side))
    globe.putdata([max(30, min(226, spot)) for spot in spots])
    return globe


@cache
def _fall() -> Image.Image:
    fall = Image.new("L", (1, 32))
    fall.putdata([NEUTRAL + 34 - 68 * at // 31 for at in range(32)])
    return fall


@cache
def _from_the_left() -> Image.Image:
    light = Image.new("L", (9, 9))
    light.putdata([NEUTRAL + 30 - 3 * (at % 9) - 3 * (at // 9) for at in range(81)])
    return light.resize(TAKEN, Image.Resampling.BICUBIC)


# --- grounds -----------------------------------------------------------------------------------------


def _ground(paint: Callable[[ImageDraw.ImageDraw, random.Random], None], colour: str) -> Callable[[], Image.Image]:
    @cache
    def painted() -> Image.Image:
        image = Image.new("RGB", GROUND, colour)
        paint(ImageDraw.Draw(image), random.Random(colour))
        falling = Image.linear_gradient("L").resize(GROUND).point(lambda value: 158 - value // 9)
        lit = ImageChops.overlay(image.filter(ImageFilter.BoxBlur(0.7)), falling.convert("RGB"))
        grain = Image.effect_noise(GROUND, 30).convert("RGB")
        corners = Image.radial_gradient("L").resize(GROUND).point(lambda value: 255 - value // 9)
        return ImageChops.multiply(Image.blend(lit, grain, 0.05), corners.convert("RGB")).resize(TAKEN)

    return painted


def _wood(line: str) -> Callable[[ImageDraw.ImageDraw, random.Random], None]:
    def paint(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
        for y in range(0, GROUND[1], 5):
            bend = chance.uniform(-9, 9)
            points = smooth([(x, y + bend * math.sin(x / 210 + y / 70)) for x in range(-20, 760, 60)], 3)
            draw.line(points, line, chance.choice((1, 1, 1, 2)))
        for y in (0, 178, 362):
            draw.line((0, y, GROUND[0], y), "#6b5138", 3)

    return paint


def _tiles(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for x in range(-60, 800, 210):
        draw.line((x, 0, x - 46, GROUND[1]), "#b4b3ab", 4)
    for y in (66, 238, 440):
        draw.line((0, y, GROUND[0], y), "#b4b3ab", 4)


def _cloth(stripe: str, width: int) -> Callable[[ImageDraw.ImageDraw, random.Random], None]:
    def paint(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
        for x in range(-200, 900, width * 3):
            draw.line(smooth([(x, 0), (x + 24, 180), (x + 8, 360), (x + 40, 540)], 6), stripe, width)

    return paint


def _specks(colours: str, count: int, most: int) -> Callable[[ImageDraw.ImageDraw, random.Random], None]:
    def paint(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
        for _ in range(count):
            x, y, r = chance.randrange(GROUND[0]), chance.randrange(GROUND[1]), chance.uniform(0.5, most)
            draw.ellipse((x - r, y - r, x + r, y + r / 2), chance.choice(colours.split()))

    return paint


def _grass(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    for _ in range(2600):
        x, y = chance.randrange(GROUND[0]), chance.randrange(GROUND[1])
        blade = chance.choice(("#6f9350", "#86a862", "#587b3f", "#9bb978"))
        draw.line((x, y, x + chance.randint(-5, 5), y - chance.randint(6, 16)), blade, 2)


def _room(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((0, 400, *GROUND), "#c3a27c")
    for x in range(-300, 1100, 90):
        draw.line((x, 540, 360 + (x - 360) * 0.6, 400), "#a9886282", 2)
    draw.rectangle((0, 388, GROUND[0], 402), "#efebe2")


def _street(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    draw.rectangle((0, 0, GROUND[0], 210), "#aebfae")
    for x in range(-40, 800, 34):
        r = chance.randint(40, 70)
        draw.ellipse((x - r, 120 - r, x + r, 150 + r), chance.choice(("#8aa584", "#7c9a79", "#98b08e")))
    draw.rectangle((0, 205, GROUND[0], 226), "#d4d1c8")
    draw.rectangle((0, 226, *GROUND), "#b1aea6")
    _specks("#a3a098 #bfbcb4 #98958d", 900, 2)(draw, chance)


Paint: Any = Callable[[], Image.Image]
GROUNDS: dict[str, Paint] = {
    "desk": _ground(_wood("#b98f5f"), "#c79d6d"),
    "oak": _ground(_wood("#dcc5a0"), "#e6d2b0"),
    "walnut": _ground(_wood("#70503a"), "#7d5b43"),
    "white": _ground(_specks("#e9e7e1 #f2f0ea", 300, 3), "#eeece6"),
    "tiles": _ground(_tiles, "#d7d6cf"),
    "sheet": _ground(_cloth("#c9d6df", 26), "#dbe5eb"),
    "pink": _ground(_cloth("#ecd3cf", 18), "#f3e2de"),
    "green": _ground(_cloth("#c3d3c2", 34), "#d5e1d2"),
    "mat": _ground(_specks("#3d4a54 #46545f #35414a", 900, 3), "#3f4c56"),
    "concrete": _ground(_specks("#b3b0a8 #c6c3bc #a6a39b", 1400, 3), "#bbb8b0"),
    "grass": _ground(_grass, "#7c9e5b"),
    "room": _ground(_room, "#e4e1d6"),
    "street": _ground(_street, "#b1aea6"),
}
