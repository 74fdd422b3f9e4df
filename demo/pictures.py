"""Photos of the demo, drawn: each fault has a picture of how it was, and one of how it was mended."""

import io
from collections.abc import Callable
from functools import cache

from PIL import Image, ImageChops, ImageDraw

from hall import photos

WIDTH, HEIGHT = 960, 720
TAKEN = (720, 540)  # made smaller than drawn, so that edges are as soft as a lens makes them
Draw = ImageDraw.ImageDraw
STEEL, DARK, WATER, WOOD, WHITE = "#b9c2c6", "#4a5357", "#7fb0cf", "#a9794a", "#f4f4f1"


@cache
def photo(name: str, broken: bool) -> photos.Prepared:
    """The picture called `name`, ready to be attached; drawn and encoded once."""
    ground, draw_it = PICTURES[name]
    image = Image.new("RGB", (WIDTH, HEIGHT), ground)
    draw_it(ImageDraw.Draw(image), broken)
    grain, light = _camera()
    image = Image.blend(image.resize(TAKEN, Image.Resampling.BOX), grain, 0.06)
    image = ImageChops.multiply(image, light)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return photos.prepare([(f"{name}.jpg", buffer.getvalue())])[0]


@cache
def _camera() -> tuple[Image.Image, Image.Image]:
    """The grain and the darker edges of a phone's camera, so that nobody takes the drawing for an icon."""
    grain = Image.effect_noise(TAKEN, 26).convert("RGB")
    light = Image.radial_gradient("L").resize(TAKEN).point(lambda value: 255 - value // 3)
    return grain, light.convert("RGB")


def _tiles(draw: Draw, size: int = 160, line: str = "#cfd6d4") -> None:
    for x in range(0, WIDTH, size):
        draw.line((x, 0, x, HEIGHT), line, 5)
    for y in range(0, HEIGHT, size):
        draw.line((0, y, WIDTH, y), line, 5)


def _drops(draw: Draw, x: int, y: int, count: int, slant: int = 0) -> None:
    for number in range(count):
        left, top = x + slant * number, y + 58 * number
        draw.polygon([(left, top), (left - 13, top + 30), (left + 13, top + 30)], WATER)
        draw.ellipse((left - 13, top + 18, left + 13, top + 44), WATER)


def _crack(draw: Draw, points: list[tuple[int, int]], colour: str = DARK) -> None:
    draw.line(points, colour, 5, joint="curve")
    for x, y in points[1:-1]:
        draw.line((x, y, x + 70, y - 40), colour, 3)


def _tap(draw: Draw, broken: bool) -> None:
    _tiles(draw)
    draw.ellipse((160, 480, 800, 860), WHITE, "#c8cfcf", 6)
    draw.rounded_rectangle((450, 150, 520, 430), 24, STEEL, DARK, 4)
    draw.rounded_rectangle((300, 170, 520, 230), 26, STEEL, DARK, 4)
    draw.rounded_rectangle((290, 200, 350, 300), 20, STEEL, DARK, 4)
    draw.rounded_rectangle((430, 90, 640, 140), 22, STEEL, DARK, 4)
    if broken:
        _drops(draw, 320, 320, 4)
        draw.ellipse((240, 560, 420, 610), WATER)


def _drain(draw: Draw, broken: bool) -> None:
    _tiles(draw, 210, "#a9b1ae")
    if broken:
        draw.ellipse((60, 120, 900, 690), "#8fa3a0")
        draw.ellipse((150, 190, 830, 620), "#7d938f")
    draw.ellipse((360, 280, 600, 520), STEEL, DARK, 6)
    for offset in range(-80, 81, 40):
        draw.line((480 + offset, 320, 480 + offset, 480), DARK, 12)


def _pipe(draw: Draw, broken: bool) -> None:
    draw.rectangle((0, 240, WIDTH, 330), "#d7dcd8", DARK, 4)
    draw.rectangle((420, 215, 540, 355), STEEL, DARK, 5)
    draw.rectangle((760, 330, 840, HEIGHT), "#d7dcd8", DARK, 4)
    if broken:
        for end in ((140, 20), (250, 0), (330, 120), (180, 520), (300, 640), (620, 700)):
            draw.line((480, 290, *end), WATER, 12)
        draw.ellipse((80, 600, 700, 760), WATER)


def _shower(draw: Draw, broken: bool) -> None:
    _tiles(draw)
    draw.arc((300, -120, 720, 420), 20, 160, STEEL, 22)
    draw.rounded_rectangle((560, 180, 640, 520), 26, STEEL, DARK, 4)
    draw.ellipse((470, 90, 730, 250), WHITE, DARK, 6)
    for x in range(510, 700, 36):
        draw.ellipse((x, 150, x + 12, 162), DARK)
    if broken:
        for end in ((300, 420), (250, 520), (360, 620)):
            draw.line((570, 380, *end), WATER, 10)


def _lamp(draw: Draw, broken: bool) -> None:
    draw.polygon([(0, 0), (WIDTH, 0), (760, 330), (200, 330)], "#39403f" if broken else "#f1f1ea")
    draw.rectangle((0, 330, WIDTH, HEIGHT), "#2b3231" if broken else "#dfe3da")
    draw.rounded_rectangle((240, 130, 720, 190), 20, "#5c6664" if broken else "#fffde8", DARK, 4)
    if broken:
        draw.rounded_rectangle((250, 140, 330, 180), 12, "#8b6d4a")


def _socket(draw: Draw, broken: bool) -> None:
    draw.rounded_rectangle((300, 180, 660, 540), 26, WHITE, "#b9bfbd", 6)
    for x, y in ((400, 300), (540, 300), (440, 440), (480, 400), (520, 440)):
        draw.rounded_rectangle((x, y, x + 16, y + 56), 6, DARK)
    if broken:
        draw.ellipse((380, 260, 580, 420), "#7b6a55")
        draw.ellipse((420, 290, 540, 390), "#3d352c")


def _fan(draw: Draw, broken: bool) -> None:
    draw.line((480, 0, 480 + (70 if broken else 0), 300), DARK, 18)
    centre = (480 + (70 if broken else 0), 330)
    for x, y in ((90, 300), (860, 240), (620, 640)):
        draw.line((*centre, x, y), "#cfd3c9", 70)
    draw.ellipse((centre[0] - 70, centre[1] - 70, centre[0] + 70, centre[1] + 70), "#e8e8e0", DARK, 6)


def _streetlamp(draw: Draw, broken: bool) -> None:
    draw.rectangle((0, 560, WIDTH, HEIGHT), "#20261f")
    for x, on in ((200, True), (480, not broken), (760, not broken)):
        draw.line((x, 150, x, 600), "#6b7478", 14)
        if on:
            draw.polygon([(x, 150), (x - 130, 600), (x + 130, 600)], "#5a5a38")
        draw.ellipse((x - 46, 110, x + 46, 180), "#ffe9a8" if on else "#3a3f42", "#6b7478", 4)


def _radiator(draw: Draw, broken: bool) -> None:
    for x in range(180, 780, 90):
        draw.rounded_rectangle((x, 180, x + 70, 600), 30, WHITE, "#b6bdbb", 5)
    draw.rectangle((120, 540, 200, 580), STEEL, DARK, 4)
    if broken:
        _drops(draw, 150, 580, 2)
        draw.ellipse((60, 660, 420, 740), WATER)


def _ac(draw: Draw, broken: bool) -> None:
    draw.rounded_rectangle((140, 150, 820, 390), 34, WHITE, "#b9c0be", 6)
    draw.rounded_rectangle((180, 320, 780, 365), 14, "#9aa4a2")
    draw.text((690, 200), "E3" if broken else "24", "#c0392b" if broken else "#2e7d5b", font_size=56)
    if broken:
        for x in (260, 470, 640):
            _drops(draw, x, 400, 3)


def _lock(draw: Draw, broken: bool) -> None:
    draw.rectangle((120, 0, 640, HEIGHT), WOOD, "#7c5832", 8)
    draw.rounded_rectangle((470, 240, 570, 560), 18, STEEL, DARK, 5)
    if broken:
        draw.ellipse((495, 290, 545, 340), DARK)
        draw.rounded_rectangle((650, 600, 840, 640), 16, STEEL, DARK, 4)
    else:
        draw.rounded_rectangle((360, 300, 540, 340), 16, STEEL, DARK, 4)
    draw.ellipse((500, 450, 540, 490), DARK)


def _window(draw: Draw, broken: bool) -> None:
    draw.rectangle((140, 90, 820, 640), "#bfd8e4", WHITE, 26)
    left = 430 if broken else 480
    draw.rectangle((left, 90, left + 24, 640), WHITE, "#b9c0be", 3)
    if broken:
        draw.polygon([(560, 560), (640, 500), (720, 590), (620, 630)], "#39403f")


def _glass(draw: Draw, broken: bool) -> None:
    draw.rectangle((120, 70, 840, 660), "#cfe3ea", "#8c9a9a", 22)
    if broken:
        for end in ((160, 110), (800, 120), (790, 610), (170, 600), (480, 90), (130, 340)):
            _crack(draw, [(470, 330), ((470 + end[0]) // 2 + 26, (330 + end[1]) // 2), end], "#5f7378")


def _chair(draw: Draw, broken: bool) -> None:
    draw.rounded_rectangle((300, 110, 380, 420), 14, WOOD, "#6d4c2a", 4)
    draw.rounded_rectangle((300, 380, 660, 440), 16, WOOD, "#6d4c2a", 4)
    draw.line((325, 430, 300, 680), "#6d4c2a", 26)
    draw.line((635, 430, 655 if not broken else 640, 680 if not broken else 520), "#6d4c2a", 26)
    if broken:
        draw.line((700, 660, 820, 600), "#6d4c2a", 26)


def _bed(draw: Draw, broken: bool) -> None:
    draw.rectangle((60, 120, 900, 180), STEEL, DARK, 5)
    draw.rectangle((60, 560, 900, 620), STEEL, DARK, 5)
    for number, x in enumerate(range(110, 860, 110)):
        if broken and number == 3:
            draw.polygon([(x, 180), (x + 70, 180), (x + 90, 380), (x + 10, 340)], WOOD)
            draw.polygon([(x, 560), (x + 70, 560), (x + 40, 430), (x - 20, 400)], WOOD)
        else:
            draw.rectangle((x, 180, x + 70, 560), WOOD, "#7c5832", 3)


def _wall(draw: Draw, broken: bool) -> None:
    draw.rectangle((0, 600, WIDTH, HEIGHT), "#c9bda7")
    draw.rectangle((0, 580, WIDTH, 604), "#8d8271")
    if broken:
        for box, colour in (
            ((180, 60, 660, 420), "#d6cbb2"),
            ((260, 110, 560, 360), "#bfb18f"),
            ((330, 150, 470, 300), "#8f8468"),
        ):
            draw.ellipse(box, colour)


def _tile(draw: Draw, broken: bool) -> None:
    _tiles(draw, 240, "#9aa19e")
    if broken:
        draw.polygon([(240, 240), (480, 260), (480, 480), (250, 470)], "#b7aa94", DARK)
        _crack(draw, [(240, 300), (340, 360), (400, 340), (480, 440)])


def _lift(draw: Draw, broken: bool) -> None:
    gap = 60 if broken else 4
    draw.rectangle((140, 90, 820, HEIGHT), "#6d777a")
    draw.rectangle((180, 130, 480 - gap, HEIGHT), STEEL, DARK, 4)
    draw.rectangle((480 + gap, 130, 780, HEIGHT), STEEL, DARK, 4)
    draw.rectangle((400, 20, 560, 76), "#16211f")
    draw.text((430, 22), "E5" if broken else "3", "#ff5a3c", font_size=48)


def _port(draw: Draw, broken: bool) -> None:
    draw.rounded_rectangle((330, 210, 630, 510), 22, WHITE, "#b9bfbd", 6)
    draw.rectangle((420, 300, 540, 420), DARK)
    draw.ellipse((560, 240, 590, 270), "#6b7478" if broken else "#36c275")
    if broken:
        draw.line((480, 640, 400, 560, 250, 700), "#2f5fa8", 20, joint="curve")
    else:
        draw.line((480, 400, 480, HEIGHT), "#2f5fa8", 26)


def _projector(draw: Draw, broken: bool) -> None:
    draw.rectangle((90, 70, 870, 520), "#e7a9bd" if broken else WHITE, "#5c6664", 14)
    for number, width in enumerate((520, 640, 430, 580)):
        draw.rectangle((160, 150 + 80 * number, 160 + width, 176 + 80 * number), "#b0607d" if broken else "#5c7f9c")
    draw.rectangle((0, 600, WIDTH, HEIGHT), "#7a6a55")


def _extinguisher(draw: Draw, broken: bool) -> None:
    draw.rounded_rectangle((380, 220, 580, 680), 60, "#b3261e", "#7c1a14", 5)
    draw.rectangle((440, 140, 520, 230), DARK)
    draw.ellipse((540, 150, 640, 250), WHITE, DARK, 5)
    draw.line((590, 200, 560 if broken else 590, 225 if broken else 165), "#b3261e" if broken else "#19713c", 8)


# The colour of what stands behind, and how it is drawn.
PICTURES: dict[str, tuple[str, Callable[[Draw, bool], None]]] = {
    "tap": ("#e6ebe9", _tap), "drain": ("#c7cecb", _drain), "pipe": ("#e4dfd3", _pipe), "shower": ("#e6ebe9", _shower),
    "lamp": ("#dfe3da", _lamp), "socket": ("#e9e4d8", _socket), "fan": ("#f0f0ea", _fan),
    "streetlamp": ("#151c2b", _streetlamp), "radiator": ("#e4dccb", _radiator), "ac": ("#dfe5e3", _ac),
    "lock": ("#d9d3c5", _lock), "window": ("#e5e0d3", _window), "glass": ("#d9d3c5", _glass),
    "chair": ("#d8d2c4", _chair), "bed": ("#cfc9bb", _bed), "wall": ("#ece7da", _wall), "tile": ("#ccd0ca", _tile),
    "lift": ("#d4d0c6", _lift), "port": ("#e9e4d8", _port), "projector": ("#b9b4a6", _projector),
    "extinguisher": ("#dcd6c8", _extinguisher),
}  # fmt: skip
