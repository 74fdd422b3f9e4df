"""How fast the hall is beside a bare page and beside what people would pick instead: `python bench/speed.py --help`.

Starts a hall as `make run` would, filled with `--rows` threads, orders, listings and notices, and the yardsticks of
bench/yardsticks.py; loads them in turn with wrk and prints the medians, CPU beside that of a bare "hello" first.
The figure that holds on a busy machine is that one; requests a second and times fall with whatever else runs.
"""

import argparse
import contextlib
import functools
import importlib.util
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench import cases, filling, halls, load, servers, tables

BESIDE = 100_000  # orders in the list of the stock Flask-Admin
FEW = 1_000  # rows of the hall that a long one is compared with
MEMORY = ("processes of", "first page after s", "PSS MB before the load", "PSS MB after it")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; gives the status for the shell."""
    asked = _parser().parse_args(argv)
    if missing := _missing():
        print(missing, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="hall-speed-") as folder:
        _measure(asked, Path(asked.keep or folder))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/speed.py", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each kind (100000)")
    parser.add_argument("--beside", type=int, default=BESIDE, help="orders in the stock Flask-Admin (100000)")
    parser.add_argument("--database", default="", help="a PostgreSQL in which databases may be made: postgresql://…")
    parser.add_argument("--only", default="*", help="names of cases with commas, * for any letters")
    parser.add_argument("--seconds", type=float, default=2, help="seconds of each load (2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds, of which the medians count (3)")
    parser.add_argument("--growth", action="store_true", help=f"compare a hall with {FEW:,} rows and one with --rows")
    parser.add_argument("--keep", default="", help="folder that keeps the filled databases for the next time")
    parser.add_argument("--markdown", default="", help="file for the tables in Markdown")
    return parser


def _missing() -> str:
    """What this machine lacks, as a sentence; "" where nothing does."""
    if not load.is_installed():
        return "wrk is not on the path: on Debian apt-get install wrk"
    if importlib.util.find_spec("gunicorn") is None:
        return "gunicorn is not installed: pip install -r requirements-dev.txt"
    return ""


def say(sentence: str) -> None:
    """Tell whoever waits what is being done."""
    print(sentence, file=sys.stderr, flush=True)


def _measure(asked: argparse.Namespace, folder: Path) -> None:
    sizes = [FEW, asked.rows] if asked.growth else [asked.rows]
    with contextlib.ExitStack() as stack:
        running: list[servers.Server] = []

        def start(server: servers.Server) -> servers.Server:
            stack.callback(server.stop)
            running.append(server)
            return server

        wanted = functools.partial(cases.is_wanted, only=asked.only)
        houses = []
        for size in sizes:
            say(f"a hall with {filling.rounded(size):,} rows of each kind")
            place = folder / f"hall-{size}"
            address = stack.enter_context(halls.database_of(asked.database, size, place, keep=bool(asked.keep)))
            houses.append(halls.furnish(size, place, address, wanted, say))
        say("what it stands beside")
        found = cases.beside(asked.only, folder, asked.beside, start)
        for size, house in zip(sizes, houses, strict=True):
            server = start(servers.hall(f"hall with {size:,}", house.environ))
            found += cases.of_hall(house, server, f" {size}" if asked.growth else "")
        before = [each.memory() for each in running]
        lines = _loaded(asked, found)
        memory = [
            [each.name, f"{each.started:.1f}", f"{least:.0f}", f"{each.memory():.0f}"]
            for each, least in zip(running, before, strict=True)
        ]
    _show(asked, lines, memory)


def _loaded(asked: argparse.Namespace, found: Sequence[cases.Case]) -> list[tables.Line]:
    """The cases in turn, so many rounds of each part; what changes the hall comes after what only reads."""
    counted: dict[str, list[load.Counted]] = {case.name: [] for case in found}
    for part in sorted({case.part for case in found}):
        now = [case for case in found if case.part == part]
        for case in now:
            if case.first is not None:
                case.first()
        for number in range(asked.rounds):
            say(f"round {number + 1} of {asked.rounds}, {len(now)} cases of {asked.seconds} s")
            for case in now:
                counted[case.name].append(case.run(asked.seconds))
    return [_line(case, counted[case.name]) for case in found]


def _line(case: cases.Case, counted: Sequence[load.Counted]) -> tables.Line:
    """The medians of a case."""
    rate, p50, p99, cpu = (
        statistics.median(getattr(each, name) for each in counted) for name in ("rate", "p50", "p99", "cpu")
    )
    return tables.Line(case.name, cpu, rate, p50, p99, case.size, case.queries, sum(each.wrong for each in counted))


def _show(asked: argparse.Namespace, lines: Sequence[tables.Line], memory: Sequence[Sequence[str]]) -> None:
    parts = [(tables.HEADS, tables.cells(lines)), (MEMORY, memory)]
    if asked.growth:
        parts.insert(1, (tables.GROWTH, tables.growth(lines, FEW, asked.rows)))
    print("\n\n".join(tables.plain(*part) for part in parts))
    if asked.markdown:
        Path(asked.markdown).write_text("\n\n".join(tables.markdown(*part) for part in parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
