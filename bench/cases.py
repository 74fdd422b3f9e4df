"""The lines of the speed bench: what is loaded at which server, and how; built for the servers that run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path

from bench import halls, load, servers, tables, yardsticks

WARM = 12  # requests before the first load, so that no worker compiles its templates in it
Start = Callable[[servers.Server], servers.Server]


@dataclass(frozen=True)
class Case:
    """One line of the table: how it is loaded for so many seconds, and what is known of it without a load."""

    name: str
    run: Callable[[float], load.Counted]
    size: int = 0
    queries: int | None = None
    part: int = 0  # what changes the hall comes later
    first: Callable[[], None] | None = None  # is done once before the first load


def is_wanted(name: str, only: str) -> bool:
    """Whether `only`, names with commas and * for any letters, says `name`; the yardstick itself is always wanted."""
    return name == tables.HELLO or any(fnmatch(name, each.strip()) for each in only.split(","))


def beside(only: str, folder: Path, orders: int, start: Start) -> list[Case]:
    """What a hall stands beside: bare pages, and a stock Flask-Admin with so many orders."""
    found, file = [], folder / "rows.db"
    given = {"BENCH_DATABASE": str(file)}
    bare: list[tuple[str, Callable[..., servers.Server], str, Mapping[str, str]]] = [
        ("hello", servers.gunicorn, "hello", {}),
        ("hello-granian", servers.granian, "hello", {}),
        ("rows", servers.gunicorn, "rows", given),
        ("rows-granian", servers.granian, "rows", given),
    ]
    for name, serve, app, environ in bare:
        if is_wanted(name, only):
            if environ and not file.exists():
                yardsticks.fill_rows(file)
            found.append(_plain(name, start(serve(name, f"bench.yardsticks:{app}", environ)), "/"))
    lists = {name: path for name, path in yardsticks.lists(orders).items() if is_wanted(name, only)}
    if lists:
        stock = folder / f"stock-{orders}"
        yardsticks.fill_apart(stock, orders)
        given = {"BENCH_DATABASE": str(stock / "hall.db")}
        server = start(servers.gunicorn("stock Flask-Admin", "bench.yardsticks:admin", given, yardsticks.LIST))
        found += [_plain(name, server, path) for name, path in lists.items()]
    return found


def _plain(name: str, server: servers.Server, path: str) -> Case:
    def run(seconds: float) -> load.Counted:
        return load.load(server, path, seconds)

    return Case(name, run, size=_size(halls.Reader(server), path))


def _size(reader: halls.Reader, path: str) -> int:
    """The bytes of the page as it is sent; afterwards every worker has made it at least once."""
    for number in range(WARM):
        status, sent = reader.ask("GET", path.replace("anew=0", f"anew={number}"), headers=load.VISITOR)
        assert status == 200, f"{path} gives {status}: {reader.server.complaints()}"
    return len(sent)


def of_hall(house: halls.House, server: servers.Server, ending: str = "") -> list[Case]:
    """The pages of a hall that runs; who is to be signed in signs in now.

    With an `ending` behind their names these are the pages that are compared with those of another hall.
    """
    wanted = house.pages
    if ending:
        wanted = [page for page in wanted if not page.is_form and page.waiting == halls.FEW_WAIT]
    readers = {"": halls.Reader(server)}
    readers |= {who: halls.Reader(server).sign_in(who) for who in {page.who for page in wanted if page.who}}
    people: list[tuple[str, str]] = []
    if any(page.is_form for page in wanted):
        for number in house.reporters:
            reader = halls.Reader(server).sign_in(number)
            token = reader.token(halls.REPORT)  # which may come with another cookie
            people.append((reader.cookie, token))
    return [_case(page, server, readers[page.who], house, people, page.name + ending) for page in wanted]


def _case(
    page: halls.Page,
    server: servers.Server,
    reader: halls.Reader,
    house: halls.House,
    people: Sequence[tuple[str, str]],
    name: str,
) -> Case:
    def run(seconds: float) -> load.Counted:
        script = load.anew(page.path) if page.is_anew else ""
        if page.is_form:
            script = load.sent(page.path, house.fields, people)
        return load.load(server, page.path, seconds, script=script, cookie=reader.cookie, connections=page.connections)

    if page.is_form:
        return Case(name, run, part=2)
    # What a page does not know it must not mind, or it could not be asked for anew.
    size = _size(reader, f"{page.path}{'&' if '?' in page.path else '?'}anew=0")
    case = Case(name, run, size=size, queries=house.queries[page.name])
    if page.waiting == halls.FEW_WAIT:
        return case
    return replace(case, part=1, first=lambda: halls.let_wait(house, page.waiting))
