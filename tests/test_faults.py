"""What strangers, proxies, shared computers and broken databases do to the hall.

The numbers are those of the list of faults: 13, 33, 34. Others are in test_faults_routes (4), test_faults_forms
(10, 14), test_faults_pages (11, 12, 15, 35, 36), test_faults_bodies (21, 38), test_accounts (22-28), test_photos
(17-20), test_dead_ends (32, 34, 36, 38).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import peewee
import pytest
from flask import Flask

import app as house_app
import models
from config import Settings
from hall import accounts, floods, photos
from tests.addresses import HOST, address, entity_of, rules, takes
from tests.conftest import Backend, Campus
from tests.portal import picture
from tests.story import Story
from tests.visitor import PASSWORD, Visitor

SignIn = Callable[..., Visitor]


# --- sent elsewhere (13) ---------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example",
    "/\n/evil.example", "/\r/evil.example", " //evil.example", "https://evil.example", "https:evil.example",
    "https:/evil.example", "HTTPS://evil.example/repairs", "javascript:alert(1)", "data:text/html,x", "evil.example",
    "//evil.example/%2f..", "/%5cevil.example/../\\evil.example", f"http://{HOST}@evil.example", "/\u2028/evil.example",
    f"//{HOST}:x@evil.example", f"http://{HOST}.evil.example", "\u3000//evil.example", "/\x1b/evil.example",
]  # fmt: skip


def lands(page: str, location: str) -> str:
    """The host on which a browser lands: it drops tabs and line ends and takes \\ for /."""
    clean = location.strip(" \t\r\n\f").replace("\t", "").replace("\r", "").replace("\n", "").replace("\\", "/")
    parts = urlsplit(urljoin(f"http://{HOST}{page}", clean))
    return f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere(app: Flask, sign_in: SignIn, campus: Campus, target: str) -> None:
    """By an address, and by the form on it, which may be changed too."""
    asked, home = f"?next={quote(target)}", f"http://{HOST}"
    visitor = Visitor(app.test_client())
    for said in ({}, {"next": target}):
        answer = Visitor(app.test_client()).submit(f"/signin{asked}", number=campus.A.number, password=PASSWORD, **said)
        assert (answer.status_code, lands("/signin", answer.location)) == (302, home)
        answer = visitor.submit(f"/language{asked}", having="lang", lang="en", **said)
        assert (answer.status_code, lands("/language", answer.location)) == (302, home)
    inside = sign_in("A")
    assert lands("/signin", inside.get(f"/signin{asked}").location) == home
    answer = inside.submit(f"/password{asked}", next=target, old=PASSWORD, new="Wasser-26-hahn", again="Wasser-26-hahn")
    assert (answer.status_code, lands("/password", answer.location)) == (302, home)


def test_the_forced_change_sends_nobody_elsewhere(client: Visitor, campus: Campus) -> None:
    number = campus.fresh.number
    first = accounts.reset_password(campus.fresh, by=campus.X)
    answer = client.submit(f"/signin?next={quote('//evil.example')}", number=number, password=first)
    assert answer.location.startswith("/password")
    assert "evil" not in answer.location
    change = {"old": first, "new": "Wasser-26-hahn", "again": "Wasser-26-hahn"}
    answer = client.submit("/password?next=//evil.example", next="/\\evil.example", **change)
    assert (answer.status_code, lands("/password", answer.location)) == (302, f"http://{HOST}")


# --- who asks, and how often (34) ------------------------------------------------------------------------


def test_another_address_in_a_header_is_no_other_visitor(app: Flask, house: Settings, campus: Campus) -> None:
    """A limit is not reset by X-Forwarded-For, unless a proxy of ours says so."""

    def wrong(number: int) -> int:
        headers = {"X-Forwarded-For": f"10.1.{number}.1", "X-Real-IP": f"10.2.{number}.1", "Forwarded": "for=10.3.0.1"}
        visitor = Visitor(app.test_client())
        token = visitor.token()
        said = {"number": f"N{number}", "password": "wrong", "csrf_token": token}
        return visitor.client.post("/signin", data=said, headers=headers).status_code

    tries = [wrong(number) for number in range(floods.TRIES_PER_ADDRESS + 2)]
    assert tries == [400] * floods.TRIES_PER_ADDRESS + [429] * 2
    assert {row.address for row in models.SignInFailure.select()} == {"127.0.0.1"}
    app.config["HALL"] = Settings.from_environ({"HALL_DATA": str(house.data), "HALL_TRUSTED_PROXIES": "127.0.0.1"})
    assert [wrong(number) for number in range(100, 102)] == [400] * 2
    assert {row.address for row in models.SignInFailure.select()} == {"127.0.0.1", "10.1.100.1", "10.1.101.1"}


# --- caches and shared computers (33) --------------------------------------------------------------------


@pytest.mark.one_database  # these headers are put on every answer alike
def test_what_is_private_stays_out_of_every_cache(app: Flask, client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    order = Story(campus).order("finished")
    photos.attach(order, photos.prepare([("leak.png", picture()[0])]), by=campus.A)
    visitors = {"A": sign_in("A"), "X": sign_in("X")}
    for rule in rules(app):
        if not takes(rule, "GET") or rule.endpoint in house_app.IMPERSONAL or entity_of(rule)[0] not in ("", "person"):
            continue
        path = address(rule, order)
        for who, visitor in visitors.items():
            answer = visitor.get(path, buffered=True)
            # A photo is asked for anew each time; the QR code is the same for everybody.
            kept = {"photos.show": "no-cache, private", "home.qr": "max-age=300, private"}
            wanted = kept.get(rule.endpoint, "no-store")
            said = ", ".join(sorted(answer.headers["Cache-Control"].split(", ")))
            assert said == wanted, (who, path)
            assert {"Cookie", "Accept-Language"} <= set(answer.vary), (who, path)
        public = Visitor(app.test_client()).get(path, buffered=True)
        assert {"Cookie", "Accept-Language"} <= set(public.vary), path
        cached = "no-store" not in public.headers.get("Cache-Control", "")
        assert not cached or "Set-Cookie" not in public.headers, path
    # A page with a form holds the token of this visitor's session, whether it sets a cookie or has one.
    for _time in range(2):
        assert client.get("/signin").headers["Cache-Control"] == "no-store"


def test_a_cache_between_gives_nobody_the_page_of_another(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    """A cache that keeps what it may, and knows no cookies, gives strangers nothing of A."""
    Story(campus).order("reported")
    kept: dict[str, str] = {}

    def through_the_cache(visitor: Visitor, path: str) -> str:
        if path not in kept:
            answer = visitor.get(path)
            said = answer.headers.get("Cache-Control", "")
            if answer.status_code == 200 and "no-store" not in said and "private" not in said:
                kept[path] = answer.text
            return answer.text
        return kept[path]

    for path in ("/", "/services", "/repairs", "/me", "/repairs/new"):
        own = through_the_cache(sign_in("A"), path)
        assert campus.A.name in own or "BX26" in own or path not in ("/repairs", "/me")
        for stranger in (sign_in("B"), client):
            page = through_the_cache(stranger, path)
            assert campus.A.name not in page
            assert "BX26" not in page


def test_the_next_at_a_shared_computer_sees_no_photo(sign_in: SignIn, campus: Campus) -> None:
    order = Story(campus).order("reported")
    (photo,) = photos.attach(order, photos.prepare([("leak.png", picture()[0])]), by=campus.A)
    visitor, path = sign_in("A"), f"/photos/{photo.name}/large"
    first = visitor.get(path)
    assert {"private", "no-cache"} == set(first.headers["Cache-Control"].split(", "))
    again = {"If-None-Match": first.headers["ETag"]}
    answer = visitor.get(path, headers=again)
    assert (answer.status_code, answer.data) == (304, b"")
    assert {"private", "no-cache"} == set(answer.headers["Cache-Control"].split(", "))
    visitor.submit("/me", action="/signout")
    answer = visitor.get(path, headers=again)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


# --- broken and busy databases ---------------------------------------------------------------------------


@pytest.fixture
def no_database(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise peewee.OperationalError("the inside of the house: could not connect to db.internal")

    def take_away() -> None:
        for name in ("execute", "execute_sql", "connect"):
            monkeypatch.setattr(models.database.obj, name, refuse)

    return take_away


@pytest.mark.parametrize(
    "path", ["/", "/services", "/repairs", "/repairs/new", "/me", "/admin/", "/admin/queue/repair/"]
)
def test_without_a_database_there_is_a_page_that_says_so(
    client: Visitor, sign_in: SignIn, no_database: Callable[[], None], path: str
) -> None:
    visitors = [sign_in("A"), sign_in("X"), client]
    no_database()
    for visitor in visitors:
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "系统出了点问题" in answer.text
        assert "/static/hall.css" in answer.text  # the page of the house, not the last resort
        assert "inside of the house" not in answer.text
        assert "no-store" in answer.headers["Cache-Control"]
        told = visitor.get(path, headers={"Accept": "application/json"})
        assert (told.status_code, told.json["code"]) == (503, 503)
    answer = visitors[0].client.post("/signin", data={"number": "T1001", "password": "x"})
    assert answer.status_code in (400, 503)


def test_liveness_holds_while_the_database_is_away(client: Visitor, no_database: Callable[[], None]) -> None:
    no_database()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.get("/static/hall.css").status_code == 200


def test_a_surprise_keeps_who_is_signed_in_out_of_its_page(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = sign_in("A")
    monkeypatch.setitem(app.view_functions, "home.services", lambda: 1 / 0)
    answer = visitor.get("/services")
    assert answer.status_code == 500
    assert "/static/hall.css" in answer.text
    assert visitor.get("/me").status_code == 200  # and is signed in all the same


def test_a_writer_waits_for_an_import(house: Settings, backend: Backend) -> None:
    """20,000 people are written in one transaction of about four seconds; SQLite has one writer."""
    if backend.name == "sqlite":
        assert models.database.execute_sql("PRAGMA busy_timeout").fetchone() == (15_000,)
    else:
        assert models.database.execute_sql("SHOW statement_timeout").fetchone() == ("30s",)
