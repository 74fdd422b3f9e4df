"""The rooms of the house: who may import whom (docs/architecture.md), and how large a room gets."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import models

HOUSE = Path(__file__).parent.parent

# room → rooms of ours that it may import
MAY_IMPORT = {
    "run": {"app", "jobs", "drivers", "warming"},
    "drivers": set(),
    "warming": {"hall"},
    "app": {
        "portal",
        "admin",
        "api",
        "wechat",
        "commands",
        "jobs",
        "config",
        "asking",
        "templating",
        "sending",
        "rendered",
        "speaking",
        "shapes",
        "pieces",
        "sheets",
        "models",
        "hall",
    },
    "asking": {"rendered", "speaking", "hall"},
    "sending": {"rendered"},
    "rendered": {"hall"},
    "portal": {"portal", "forms", "hall", "models", "templating", "shapes", "speaking", "pieces"},
    "admin": {"admin", "forms", "hall", "models", "templating", "shapes", "speaking"},
    "templating": {"hall", "speaking"},
    "speaking": set(),
    "shapes": set(),
    "pieces": {"speaking", "hall"},
    "sheets": set(),
    "forms": {"forms", "hall", "models"},
    "jobs": {"hall", "models"},
    "commands": {"hall", "models", "migrations", "demo", "config"},
    "demo": {"demo", "hall", "models"},
    "migrations": {"models"},
    "hall": {"hall", "models"},
    "models": set(),
    "config": set(),
}
WEB = {
    "flask",
    "flask_admin",
    "flask_babel",
    "flask_login",
    "flask_wtf",
    "flask_bootstrap",
    "werkzeug",
    "jinja2",
    "click",
}
# room → packages of others that it must not know
MUST_NOT_KNOW = {
    "hall": WEB | {"wtforms", "huey", "granian"},
    "forms": WEB | {"huey", "granian"},
    "jobs": WEB | {"wtforms"},
    "demo": WEB | {"wtforms"},
}
WRITES = {"create", "insert", "insert_many", "update", "delete", "replace", "get_or_create", "bulk_create"}
# No face writes: generic editing calls hall/by_hand.py.
MAY_WRITE: set[str] = set()
FORBIDDEN_NAMES = {"utils", "util", "services", "service", "helpers", "common", "misc"}
LONGEST = 300


def sources() -> list[Path]:
    """Every module of the house but tests and benches."""
    found = [*HOUSE.glob("*.py")]
    for room in sorted(MAY_IMPORT):
        found += (HOUSE / room).rglob("*.py")
    return found


def room_of(file: Path) -> str:
    return file.relative_to(HOUSE).parts[0].removesuffix(".py")


def name_of(file: Path) -> str:
    return str(file.relative_to(HOUSE))


def imported(tree: ast.Module) -> Iterator[str]:
    """The first part of the name of everything that is imported anywhere in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their room in full"
            yield (node.module or "").partition(".")[0]


SOURCES = sources()


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_imports_stay_in_their_layer(file: Path) -> None:
    room = room_of(file)
    assert room in MAY_IMPORT, f"{room} is no room of the house; say in MAY_IMPORT what it may import"
    names = set(imported(ast.parse(file.read_text("utf-8"))))
    assert names & (MAY_IMPORT.keys() | {"tests", "bench"}) <= MAY_IMPORT[room]
    assert not names & MUST_NOT_KNOW.get(room, set())
    if room == "models":
        assert names - sys.stdlib_module_names <= {"peewee"}
    if room == "config":
        assert names <= sys.stdlib_module_names


@pytest.mark.parametrize("file", [file for file in SOURCES if room_of(file) in ("portal", "admin", "app")], ids=name_of)
def test_faces_write_nothing(file: Path) -> None:
    entities = {entity.__name__ for entity in models.ENTITIES}
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            writes = (on in entities and node.func.attr in WRITES) or node.func.attr == "delete_instance"
            assert not writes or name_of(file) in MAY_WRITE, f"line {node.lineno} writes; call a verb of the hall"


@pytest.mark.parametrize("file", SOURCES, ids=name_of)
def test_rooms_stay_small_and_well_named(file: Path) -> None:
    assert file.stem not in FORBIDDEN_NAMES
    if room_of(file) not in ("models", "migrations"):
        assert len(file.read_text("utf-8").splitlines()) <= LONGEST


def test_the_table_would_find_a_breach() -> None:
    tree = ast.parse("def view():\n    from portal import home\n    import flask.json\n")
    assert set(imported(tree)) == {"portal", "flask"}
    assert "portal" not in MAY_IMPORT["admin"]
    assert "admin" not in MAY_IMPORT["portal"]
