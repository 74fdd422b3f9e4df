"""The speed bench, run small to see that it works; nothing here is timed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
SMALL = ["--rows", "50", "--beside", "50", "--seconds", "0.3", "--rounds", "1"]
CASES = ["front", "search-rare", "report-16"]


def bench(*arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
    return subprocess.run(
        [sys.executable, "bench/speed.py", *arguments],
        cwd=HOUSE,
        env=environ | ({"PATH": path} if path is not None else {}),
        capture_output=True,
        text=True,
    )


@pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk on this machine; .ci/run installs one")
def test_it_works(tmp_path: Path) -> None:
    file = tmp_path / "table.md"
    ran = bench(*SMALL, "--only", ",".join(CASES), "--markdown", str(file))
    assert ran.returncode == 0, ran.stderr
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert [line[0] for line in lines if line and line[0] in CASES] == CASES
    assert "| hello | 1.000 | 1.000 |" in file.read_text(encoding="utf-8")
    assert all(f"| {case} |" in file.read_text(encoding="utf-8") for case in CASES)


def test_says_what_is_missing(tmp_path: Path) -> None:
    ran = bench(*SMALL, path=str(tmp_path))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "wrk is not on the path" in ran.stderr
