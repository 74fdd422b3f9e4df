"""A filled hall ready to be measured: its database, the addresses of the pages, people signed in, queries a page."""

import http.client
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

import peewee
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

import app as house_app
import commands
import demo
import models
from bench import desk, filling
from bench.servers import Server
from bench.stock import COMMON
from config import Settings
from hall import accounts, freshness, keyset, roster, transparency
from models import Building, Listing, Person, RepairItem, RepairOrder, Submission, Thread
from tests.visitor import PASSWORD, Visitor, forms

PAGE, DEEP = 20, 1_000
ADMINISTRATOR, MODERATOR = "T1001", "T1002"
FILLED = "filled"  # a file beside a hall that was filled to the end
FEW_WAIT, MANY_WAIT = 20, 10_000  # texts at the moderators' desk
REPORTERS = 64  # who report repairs at the same time
REPORT = "/repairs/new"
TEXT = "卫生间冷水龙头关不紧，一直滴水，已用盆接着，请师傅来看一下"


@dataclass(frozen=True)
class Page:
    """A page that is measured: `who` is signed in ("": a visitor); `is_anew` asks each time at another address.

    `waiting` texts wait at the moderators' desk meanwhile; a form is filled in and sent, by all who report.
    """

    name: str
    path: str
    who: str = ""
    is_anew: bool = True
    connections: int = 16
    is_form: bool = False
    waiting: int = FEW_WAIT


@dataclass
class House:
    """A hall with its pages, and how many queries each asks."""

    environ: dict[str, str]
    pages: list[Page]
    reporters: list[str]
    fields: dict[str, str]
    queries: dict[str, int]


def furnish(rows: int, folder: Path, database: str, is_wanted: Callable[[str], bool], say: filling.Say) -> House:
    """A hall with so many rows and the wanted pages, as it was kept in `folder`, else filled now.

    `database` is an address of PostgreSQL, "" for SQLite in the folder.
    """
    is_filled = (folder / FILLED).exists()
    if not is_filled:
        shutil.rmtree(folder, ignore_errors=True)  # what a filling that was broken off has left
    environ = {"HALL_DATA": str(folder), "HALL_SECRET": "b" * 32, "HALL_LOG": "error"}
    environ |= {"HALL_DATABASE": database} if database else {}
    app = house_app.create_app(Settings.from_environ(environ))
    app.config["TESTING"] = True
    with models.database.connection_context():
        commands.bring_up_to_date()
        if not is_filled:
            roster.load_folder(demo.CAMPUS)
            filling.fill(rows, say)
            transparency.refresh()
            (folder / FILLED).touch()
        _let_wait(FEW_WAIT)
        reporters = _with_accounts(min(REPORTERS, 4 + rows // 10))
        pages = [page for page in _pages(reporters[0]) if is_wanted(page.name)]
        house = House(environ, pages, [person.number for person in reporters], _answers(), {})
    house.queries = {page.name: _queries(app, page) for page in pages if not page.is_form}
    freshness.close()
    models.database.close()
    return house


def let_wait(house: House, count: int) -> None:
    """Let so many texts wait at the moderators' desk of a hall that runs."""
    house_app.open_house(Settings.from_environ(house.environ))
    with models.database.connection_context():
        _let_wait(count)
        models.database.execute_sql("ANALYZE")
    models.database.close()


def _let_wait(count: int) -> None:
    waiting = Submission.select(Submission.id).where(Submission.status == "waiting")
    if more := count - waiting.count():
        kept = waiting.order_by(Submission.id).limit(count)
        Submission.delete().where(Submission.status == "waiting", Submission.id.not_in(kept)).execute()
        desk.fill(max(more, 0))


@contextmanager
def database_of(server: str, rows: int, folder: Path, *, keep: bool) -> Iterator[str]:
    """The address of the database in a PostgreSQL for the hall in `folder`; "" where `server` is none."""
    if not server:
        yield ""
        return
    maker, name = peewee.PostgresqlDatabase(server, prefer_psycopg3=True), f"hall_speed_{rows}"
    if not (folder / FILLED).exists():
        maker.execute_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        maker.execute_sql(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    finally:
        if not keep:
            maker.execute_sql(f"DROP DATABASE {name} WITH (FORCE)")
        maker.close()


def _with_accounts(count: int) -> list[Person]:
    """So many students that can sign in, those with the newest orders first; so can administrator and moderator."""
    newest = RepairOrder.select(RepairOrder.reporter).order_by(RepairOrder.id.desc()).limit(10 * count)
    ids = list(dict.fromkeys(order.reporter_id for order in newest))
    found = list(Person.select().where(Person.id.in_(ids), Person.kind == "student").limit(count))
    others = Person.select().where(Person.id.not_in(ids), Person.kind == "student").limit(count - len(found))
    found += list(others) if len(found) < count else []
    accounts.set_demo_password(
        [*found, *Person.select().where(Person.number.in_([ADMINISTRATOR, MODERATOR]))], PASSWORD
    )
    return found


def _answers() -> dict[str, str]:
    """What is typed into the form of a report; `load.sent` puts in each person's token and one of the form's own."""
    building, item = Building.get(Building.code == "NQ4"), RepairItem.get(RepairItem.code == "S01")
    given = {"csrf_token": "CSRF", "once": "ONCE"}
    given |= {"building": building.code, "room": "304", "item": str(item.id), "description": TEXT}
    return {**given, "phone": "13900000057", "spot": "卫生间", "entry": "knock", "channel": "web", "despite": "y"}


def _pages(person: Person) -> Iterator[Page]:
    shown = Thread.select().where(Thread.moderation == "published").order_by(Thread.published.desc())
    thread = list(shown.limit(PAGE))[-1]
    public = {"front": "/", "threads": "/supervision", "thread": f"/supervision/{thread.number}"}
    public |= {"lost-found": "/lost-found", "market": "/market"}
    for name, path in public.items():
        yield Page(f"{name}-kept", path, is_anew=False)
    for name, path in public.items():
        yield Page(name, path)
    boards: list[tuple[str, Any, Any]] = [
        ("threads", Thread, Thread.status != "merged"),
        ("market", Listing, Listing.is_live == True),  # noqa: E712
    ]
    for name, model, condition in boards:
        rows = model.select().where(model.moderation == "published", condition)
        yield Page(f"{name}-1000", public[name] + _page_at(model, rows, DEEP))
        yield Page(f"{name}-last", public[name] + _page_at(model, rows, 10**9))
    yield Page("search-common", f"/search?q={quote(COMMON)}")
    yield Page("search-rare", f"/search?q={quote(filling.RARE)}")
    order = RepairOrder.select().where(RepairOrder.reporter == person.id).order_by(RepairOrder.id.desc()).first()
    yield Page("mine", "/me/matters", who=person.number)
    if order is not None:
        yield Page("order", f"/repairs/{order.number}", who=person.number)
    panel = "/admin/repair_order/"
    lowest = list(RepairOrder.select(RepairOrder.id).order_by(RepairOrder.id).limit(PAGE + 1))[-1]
    yield Page("admin", panel, who=ADMINISTRATOR)
    yield Page("admin-filtered", f"{panel}?flt_status=closed", who=ADMINISTRATOR)
    yield Page("admin-last", f"{panel}?after={lowest.id}", who=ADMINISTRATOR)
    yield Page("desk-20", "/admin/desk/", who=MODERATOR)
    yield Page("desk-10000", "/admin/desk/", who=MODERATOR, waiting=MANY_WAIT)
    yield Page("report-16", REPORT, is_form=True)
    yield Page("report-64", REPORT, is_form=True, connections=64)


def _page_at(model: Any, rows: Any, number: int) -> str:
    """The question by which a list of `rows`, the newest first, shows its page `number`, or its last."""
    number = min(number, -(-rows.count() // PAGE))
    if number < 2:
        return ""
    columns = (model.published, model.id)
    last = rows.order_by(*(column.desc() for column in columns)).offset(PAGE * (number - 1) - 1).first()
    return "?" + urlencode({"after": keyset.key_of([last.published, last.id])})


def _queries(app: Any, page: Page) -> int:
    """How many queries the page asks where nothing of it is kept, and everything that is asked once is known."""
    visitor = Visitor(app.test_client())
    if page.who:
        visitor.sign_in(page.who)
    asked: list[str] = []
    with mock.patch.object(app.extensions["rendered"], "_key", return_value=None):
        for _time in range(2):
            asked.clear()
            with _noted(asked):
                answer = visitor.get(page.path)
            assert answer.status_code == 200, f"{page.path} gives {answer.status_code}"
    return len(asked)


@contextmanager
def _noted(asked: list[str]) -> Iterator[None]:
    def note(event: Any) -> None:
        asked.append(event.sql)

    models.database.obj.query_hooks.append(note)
    try:
        yield
    finally:
        models.database.obj.query_hooks.remove(note)


# --- a reader over HTTP ------------------------------------------------------------------------------


class Reader:
    """A browser of the bench, which speaks to a server over HTTP and keeps its cookie."""

    def __init__(self, server: Server) -> None:
        self.server, self.cookie = server, ""

    def ask(
        self,
        method: str,
        path: str,
        answers: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """The status and the body as it was sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        given = {"Cookie": self.cookie} if self.cookie else {}
        body = None
        if answers is not None:
            body, given["Content-Type"] = urlencode(answers), "application/x-www-form-urlencoded"
        connection.request(method, path, body, given | dict(headers or {}))
        answer = connection.getresponse()
        sent = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            if line.startswith("hall="):
                self.cookie = line.partition(";")[0]
        connection.close()
        return answer.status, sent

    def token(self, path: str) -> str:
        """The CSRF token of the page at `path`."""
        _status, sent = self.ask("GET", path)
        page = TestResponse([sent], "200 OK", Headers({"Content-Type": "text/html"}), Request({}))
        return str(next(form.values["csrf_token"] for form in forms(page) if "csrf_token" in form.values))

    def sign_in(self, number: str) -> "Reader":
        """Sign in by the form."""
        answers = {"number": number, "password": PASSWORD, "csrf_token": self.token("/signin")}
        status, _sent = self.ask("POST", "/signin", answers)
        assert status == 302, f"{number} could not sign in: {status}"
        return self
