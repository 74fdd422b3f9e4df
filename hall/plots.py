"""Plots that are drawn on the server: where the marks of twelve months stand, for `templates/plots.html`.

Lengths are units of the drawing, which is WIDTH by HEIGHT; the page scales it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 400, 176
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 22, 150
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Value:
    """A month: what stands under its mark, its full name, the figure (None: too few cases), how it is said."""

    label: str
    month: str
    figure: float | None
    said: str
    behind: str = ""  # how many cases stand behind it
    is_chosen: bool = False


@dataclass(frozen=True)
class Mark:
    value: Value
    x: float  # its middle
    left: float
    width: float
    y: float
    height: float


@dataclass(frozen=True)
class Plot:
    """`ticks` are (y, label); `lines` are the points of unbroken runs; `marks` are in the order of time."""

    kind: str  # "bars" or "line"
    title: str
    about: str
    values: Sequence[Value]
    marks: list[Mark]
    ticks: list[tuple[float, str]]
    lines: list[str]
    slots: list[tuple[float, Value]]

    @property
    def chosen(self) -> Mark | None:
        return next((mark for mark in self.marks if mark.value.is_chosen), None)

    @property
    def said_at(self) -> float:
        """How high what the chosen mark says stands: above it, or below a line that comes down to it."""
        place = next(place for place, mark in enumerate(self.marks) if mark.value.is_chosen)
        mark, earlier = self.marks[place], self.marks[place - 1] if place else self.marks[place]
        comes_down = self.kind == "line" and earlier.y < mark.y - 4 and mark.y < BOTTOM - 24
        return mark.y + 21 if comes_down else mark.y - 9


def draw(
    kind: str, title: str, about: str, values: Sequence[Value], *, least: float = 0, most: float | None = None
) -> Plot:
    """The plot of `values`, oldest first, on a scale from `least` to `most` or to a round figure above the highest."""
    known = [value.figure for value in values if value.figure is not None]
    steps = ticks(least, most if most is not None else max([*known, least + 1]))
    top = steps[-1]
    slot = (WIDTH - LEFT - RIGHT) / max(len(values), 1)

    def y(figure: float) -> float:
        share = (min(max(figure, least), top) - least) / (top - least)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    slots = [(round(LEFT + slot * (place + 0.5), 1), value) for place, value in enumerate(values)]
    marks: list[Mark] = []
    lines: list[str] = []
    run: list[str] = []
    for x, value in slots:
        if value.figure is None:
            lines, run = [*lines, " ".join(run)], []
            continue
        high, wide = y(value.figure), slot * 0.62
        marks.append(Mark(value, x, round(x - wide / 2, 1), round(wide, 1), high, round(BOTTOM - high, 1)))
        run.append(f"{x},{high}")
    lines = [*lines, " ".join(run)]
    return Plot(
        kind=kind,
        title=title,
        about=about,
        values=values,
        marks=marks,
        ticks=[(y(step), f"{step:g}") for step in steps],
        lines=[line for line in lines if " " in line],
        slots=slots,
    )


def ticks(least: float, most: float) -> list[float]:
    """Three to six round figures from `least` to at least `most`."""
    rough = max(most - least, 1e-9) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in _STEPS if power * each >= rough * 0.999)
    return [round(least + step * place, 6) for place in range(math.ceil((most - least) / step - 1e-9) + 1)]
