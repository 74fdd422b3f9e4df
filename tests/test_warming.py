"""What lies ready before the processes of the hall part, and that none of it can go stale or stop the start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import Bucket

import warming
from config import Settings
from hall import freshness

HOUSE = Path(__file__).parent.parent
TEMPLATES = ["base.html", "error.html", "macros.html"]


@pytest.fixture
def compiled(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which templates were compiled by this process, as their names come in."""
    names: list[str] = []
    compile_ = app.jinja_env.compile

    def noted(source: str, name: str, filename: str, *rest: object, **more: object) -> object:
        names.append(name)
        return compile_(source, name, filename, *rest, **more)

    monkeypatch.setattr(app.jinja_env, "compile", noted)
    monkeypatch.setattr(app.jinja_loader, "list_templates", lambda: TEMPLATES)  # all of them take three seconds
    return names


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "templates"


def start(app: Flask, folder: Path) -> None:
    """Read the templates as a process does that has read none."""
    assert app.jinja_env.cache is not None
    app.jinja_env.cache.clear()
    warming.compile_templates(app, folder)


def test_templates_are_compiled_once_for_all_starts(app: Flask, compiled: list[str], folder: Path) -> None:
    start(app, folder)
    assert len(list(folder.iterdir())) == len(TEMPLATES)
    assert compiled == [], "another process has compiled them"
    assert app.jinja_env.bytecode_cache is None, "what serves writes no files"
    start(app, folder)
    assert compiled == []
    app.jinja_env.get_template("base.html")
    assert compiled == []


def test_a_changed_house_compiles_anew(
    app: Flask, compiled: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(app, folder)
    before = {file.name for file in folder.iterdir()}
    monkeypatch.setattr(warming, "_made_by", lambda: "another")
    start(app, folder)
    after = {file.name for file in folder.iterdir()}
    assert len(after) == len(before)
    assert not before & after, "nothing old is left"


def test_a_broken_file_and_a_full_disk_stop_nothing(
    app: Flask, compiled: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(app, folder)
    for file in folder.iterdir():
        file.write_bytes(b"broken")
    start(app, folder)
    assert "base.html" in compiled

    def full(*_about: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Bucket, "write_bytecode", full)
    for file in folder.iterdir():
        file.unlink()
    start(app, folder)
    start(app, folder / "a" / "folder" / "that" / "is" / "missing")
    assert app.jinja_env.get_template("base.html")


def test_the_first_pages_leave_no_connection_open(app: Flask, house: Settings, compiled: list[str]) -> None:
    warming.warm_up(app, house.data)
    assert freshness._watch is None
    assert app.test_client().get("/").status_code == 200


def test_a_hall_on_sqlite_loads_no_driver_of_postgresql(tmp_path: Path) -> None:
    asked = "import sys, run; sys.exit(sys.modules.get('psycopg') is not None)"
    ours = {name: value for name, value in os.environ.items() if not name.startswith("HALL_")}
    for url, loads in (("", 0), (f"sqlite:///{tmp_path}/hall.db", 0), ("postgresql://hall@localhost/hall", 1)):
        given = ours | {"HALL_DATABASE": url}
        assert subprocess.run([sys.executable, "-c", asked], cwd=HOUSE, env=given).returncode == loads, url


# What was freed lies in pieces between what is in use; the fork asks for memory and says which megabytes are its own.
FORKED = """
import os, sys
import warming

warming.give_back()
kept = [[bytearray(700), bytearray(1_500)] for _each in range(20_000)]
for pair in kept:
    del pair[0]
warming.settle()
if os.fork() == 0:
    bytearray(600_000)
    own = next(line for line in open("/proc/self/smaps_rollup") if line.startswith("Private_Dirty"))
    os.write(1, own.split()[1].encode())
    os._exit(0)
os.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells which memory is one's own")
def test_a_fork_copies_little_of_what_was_freed() -> None:
    said = subprocess.run([sys.executable, "-c", FORKED], cwd=HOUSE, capture_output=True, check=True)
    assert int(said.stdout) < 6_000, "kB; all of it is 60,000"
