"""The table of a bench: every figure beside that of the bare "hello", CPU first; as text and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass

HELLO = "hello"


@dataclass(frozen=True)
class Line:
    """What one case came to: CPU and times in milliseconds a request, requests a second, bytes of the body as sent."""

    name: str
    cpu: float
    rate: float
    p50: float
    p99: float
    size: int
    queries: int | None
    wrong: int


HEADS = (
    "case", "by CPU", "by rate", "CPU ms", "requests/s", "p50 ms", "p99 ms", "bytes", "queries", "errors",
    "p50 ÷", "p99 ÷", "bytes ÷",
)  # fmt: skip


def cells(lines: Sequence[Line]) -> list[list[str]]:
    """The lines as text: "by CPU" and "by rate" are hello's part of what it takes, 1.00 is as fast as hello."""
    hello = next(line for line in lines if line.name == HELLO)
    return [
        [
            line.name,
            f"{_share(hello.cpu, line.cpu):.3f}",
            f"{_share(line.rate, hello.rate):.3f}",
            f"{line.cpu:.2f}",
            f"{line.rate:,.0f}",
            f"{line.p50:.1f}",
            f"{line.p99:.1f}",
            f"{line.size:,}" if line.size else "",
            "" if line.queries is None else str(line.queries),
            str(line.wrong) if line.wrong else "",
            f"{_share(line.p50, hello.p50):.1f}",
            f"{_share(line.p99, hello.p99):.1f}",
            f"{_share(line.size, hello.size):,.0f}" if line.size else "",
        ]
        for line in lines
    ]


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def plain(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for the screen, its figures to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(row: Sequence[str]) -> str:
        figures = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        return "  ".join([row[0].ljust(widths[0]), *figures])

    return "\n".join(map(line, [heads, *rows]))


def markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same table in Markdown."""
    rule = ["---", *("---:" for _head in heads[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, rule, *rows])


GROWTH = ("case", "CPU ms of few", "CPU ms of many", "times")


def growth(lines: Sequence[Line], few: int, many: int) -> list[list[str]]:
    """How many times as much CPU a request takes with `many` rows as with `few`; lines are named "<case> <rows>"."""
    known = {line.name: line for line in lines}
    names = [line.name.rpartition(" ")[0] for line in lines if line.name.endswith(f" {few}")]
    both = [(name, known[f"{name} {few}"].cpu, known[f"{name} {many}"].cpu) for name in names]
    return [[name, f"{one:.2f}", f"{other:.2f}", f"{_share(other, one):.2f}"] for name, one, other in both]
