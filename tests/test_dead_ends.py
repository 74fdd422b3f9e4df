"""What nobody should send, sent all the same: odd characters, odd numbers, odd hosts, too much, too early.

Numbers are those of the list of faults: 32, 33, 34, 36, 38.
"""

import csv
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

import app as house_app
import demo
import models
from config import Settings
from hall import accounts
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
ODD_NUMBERS = ["0", "-1", "1" + "0" * 20, "１２", "abc", "1.5", "2147483648", " ", "%F0%9F%98%80", "a" * 500]
ODD_NAMES = ["id", "page", "before", "after", "sort", "search", "item", "building", "room", "lane", "q", "next"]


def pages(app: Flask) -> Iterator[Rule]:
    """Every page that can be opened; of the panel's entities, which share their code, only two."""
    shared = {model._meta.table_name for model in models.ENTITIES} - {"person", "repair_order"}
    for rule in app.url_map.iter_rules():
        name = rule.endpoint.partition(".")[0]
        if "GET" in (rule.methods or ()) and not rule.endpoint.endswith("static") and name not in shared:
            yield rule


def address(rule: Rule, odd: str) -> str:
    return re.sub(r"<[^>]+>", odd, rule.rule)


# --- odd characters and numbers (36, 38) -----------------------------------------------------------


@pytest.mark.parametrize("odd", ODD_NUMBERS)
def test_odd_arguments_are_no_error_of_ours(app: Flask, sign_in: SignIn, odd: str) -> None:
    visitor = sign_in("X")
    for rule in pages(app):
        if not rule.arguments and odd != ODD_NUMBERS[0]:
            continue  # nothing odd stands in it: once is enough
        answer = visitor.get(address(rule, odd))
        assert answer.status_code in (200, 302, 308, 400, 404), address(rule, odd)


@pytest.mark.parametrize("odd", ["-1", "1" + "0" * 20, "１２", "", "abc"])
def test_odd_queries_are_no_error_of_ours(app: Flask, sign_in: SignIn, odd: str) -> None:
    visitor = sign_in("X")
    query = "&".join(f"{name}={odd}" for name in ODD_NAMES)
    for rule in pages(app):
        if not rule.arguments:
            answer = visitor.get(f"{rule.rule}?{query}")
            assert answer.status_code in (200, 302, 400, 404), rule.rule


@pytest.mark.parametrize("path", ["/%00", "/repairs/%00", "/?q=%00", "/?%00=q", "/signin?next=%00"])
def test_nul_is_refused_in_addresses(client: Visitor, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("answers", [{"number": "T1\0001"}, {"number": "T1001", "pass\0word": "x"}])
def test_nul_is_refused_in_forms(client: Visitor, answers: dict[str, str]) -> None:
    assert client.post("/signin", **answers).status_code == 400


def test_a_lone_surrogate_is_odd() -> None:
    assert house_app.is_odd("\ud800")
    assert house_app.is_odd("a\0b")
    assert not house_app.is_odd("水龙头😀")


def test_a_number_that_no_column_holds_is_not_our_error(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def view() -> str:
        return str(models.Person.get_or_none(models.Person.id == 10**30))

    monkeypatch.setitem(app.view_functions, "home.services", view)
    assert app.test_client().get("/services").status_code in (200, 400)


# --- too much (38) ---------------------------------------------------------------------------------


def test_too_large_a_body_is_refused(client: Visitor) -> None:
    token = client.token()
    huge = {"csrf_token": token, "number": "1" * (2 * house_app.MEGABYTE)}
    assert client.client.post("/signin", data=huge).status_code == 413
    too_long = {"CONTENT_LENGTH": str(31 * house_app.MEGABYTE)}
    assert client.client.post("/signin", data=b"x", environ_overrides=too_long).status_code == 413


def test_too_many_parts_are_refused(client: Visitor) -> None:
    parts: dict[str, Any] = {f"n{number}": "1" for number in range(600)}
    answer = client.client.post("/signin", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


# --- hosts, proxies, headers (32, 33, 34) ----------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "evil.example:80", ""]
)
def test_a_forged_host_is_refused(client: Visitor, host: str) -> None:
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


def test_a_forged_forwarded_host_changes_nothing(client: Visitor) -> None:
    plain = client.get("/signin").text
    forged = client.get("/signin", headers={"X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"})
    assert forged.status_code == 200
    assert "evil.example" not in forged.text
    assert len(forged.text) == len(plain)


@pytest.mark.parametrize(
    ("peer", "told", "seen"),
    [
        ("203.0.113.9", "1.1.1.1", "203.0.113.9"),  # whoever is no proxy of ours is not believed
        ("10.0.0.5", "1.1.1.1", "1.1.1.1"),
        ("10.0.0.5", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # what the visitor wrote in front is not believed
        ("10.0.0.5", "6.6.6.6, 1.1.1.1, 10.0.0.6", "1.1.1.1"),
        ("10.0.0.5", "nonsense", "10.0.0.5"),
        ("10.0.0.5", "", "10.0.0.5"),
    ],
)
def test_only_our_proxies_are_believed(app: Flask, house: Settings, peer: str, told: str, seen: str) -> None:
    trusted = Settings.from_environ({"HALL_DATA": str(house.data), "HALL_TRUSTED_PROXIES": "10.0.0.0/24"})
    app.config["HALL"] = trusted
    assert address_of_visitor(app, peer, told) == seen
    app.config["HALL"] = house
    assert address_of_visitor(app, peer, told) == peer


def address_of_visitor(app: Flask, peer: str, told: str) -> str:
    with app.test_request_context(
        "/", headers={"X-Forwarded-For": told}, environ_base={"REMOTE_ADDR": peer}
    ) as context:
        house_app.believe_proxies()
        return context.request.remote_addr or ""


def test_every_answer_carries_the_headers(client: Visitor) -> None:
    for path in ("/", "/signin", "/nowhere", "/health/live", "/static/hall.css"):
        headers = client.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'; "), path
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=(self)" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers


def test_reading_sets_no_cookie_and_private_pages_stay_out_of_caches(client: Visitor, sign_in: SignIn) -> None:
    for path in ("/", "/services", "/health/live"):
        public = client.get(path)
        assert public.status_code == 200
        assert "Set-Cookie" not in public.headers, path
    for path in ("/", "/services", "/me", "/repairs", "/nowhere"):
        assert sign_in("A").get(path).headers["Cache-Control"] == "no-store", path
    cookie = client.get("/signin").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_liveness_asks_no_database(client: Visitor, queries: Any) -> None:
    with queries() as asked:
        assert client.get("/health/live").status_code == 200
    assert not asked
    with queries() as asked:
        assert client.get("/health/ready").status_code == 200
    assert asked


def initial_password_of(number: str) -> str:
    with (demo.CAMPUS / "people.csv").open(encoding="utf-8-sig") as file:
        card = next(row["id_card"] for row in csv.DictReader(file) if row["number"] == number)
    return accounts.initial_password(card)


# --- error pages -----------------------------------------------------------------------------------


def test_error_pages_speak_to_people(client: Visitor, app: Flask) -> None:
    assert "没有这个页面" in client.get("/nowhere").text
    assert client.client.delete("/signin").status_code == 405
    expired = client.client.post("/signin", data={"number": "T1001"})
    assert expired.status_code == 400
    assert "页面已过期" in expired.text
    told = client.get("/nowhere", headers={"Accept": "application/json"})
    assert told.json == {"code": 404, "title": "没有这个页面", "text": "它可能已被移走，也可能不对您开放。"}


def test_a_surprise_is_logged_and_not_shown(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise RuntimeError("the inside of the house")

    monkeypatch.setitem(app.view_functions, "home.services", broken)
    answer = app.test_client().get("/services")
    assert answer.status_code == 500
    assert "the inside of the house" not in answer.text
    assert "the inside of the house" in caplog.text
