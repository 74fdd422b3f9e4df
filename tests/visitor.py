"""A person with a browser, as far as HTML goes: reads pages, fills in the forms that stand there, sends them."""

import functools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "hall-demo-2026"


@dataclass
class PageForm:
    """A form of a page with the values that it would send."""

    method: str
    action: str
    values: dict[str, Any] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


class _Forms(HTMLParser):
    """Collects forms with the values that a browser would send: hidden, typed, ticked, selected."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self.inside: PageForm | None = None
        self.select: str | None = None
        self.options: list[tuple[str, bool]] = []
        self.textarea: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "form":
            self.inside = PageForm(given.get("method", "get").lower(), given.get("action", ""))
            self.found.append(self.inside)
        if self.inside is None:
            return
        if name and tag in ("input", "select", "textarea", "button"):
            self.inside.names.add(name)
        if tag == "input" and name and kind not in ("submit", "file", "image", "button"):
            if kind not in ("checkbox", "radio") or "checked" in given:
                self._add(name, given.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select, self.options = name, []
            self.many = "multiple" in given
        elif tag == "option" and self.select:
            self.options.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea":
            self.textarea, self.area = [], name

    def handle_data(self, data: str) -> None:
        if self.textarea is not None:
            self.textarea.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self.select:
            chosen = [value for value, selected in self.options if selected]
            if not chosen and not self.many:
                chosen = [value for value, _ in self.options[:1]]
            for value in chosen:
                self._add(self.select, value)
            self.select = None
        elif tag == "textarea" and self.textarea is not None:
            # HTML drops the newline right after the tag.
            self._add(self.area, "".join(self.textarea).removeprefix("\r").removeprefix("\n"))
            self.textarea = None
        elif tag == "form":
            self.inside = None

    def _add(self, name: str, value: str) -> None:
        if self.inside is not None:
            before = self.inside.values.get(name)
            both = [*(before if isinstance(before, list) else [before]), value]
            self.inside.values[name] = value if before is None else both


def forms(page: TestResponse) -> list[PageForm]:
    """The forms of a page, in its order."""
    parser = _Forms()
    for form in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL):  # the rest of a page is most of it
        parser.feed(form)
    return parser.found


class Visitor:
    """One browser with its cookies. `signed_in` says as whom."""

    def __init__(self, client: FlaskClient, number: str = "") -> None:
        self.client, self.number = client, number
        self._token = ("", "")  # of which session, and the token

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def form(self, path: str, *, action: str = "", having: str = "") -> PageForm:
        """The POST form on the page at `path` that goes to `action` (else to the page) and has a field `having`."""
        page = self.get(path)
        assert page.status_code == 200, f"{path} gives {page.status_code} to {self.number or 'a visitor'}"
        wanted = urlsplit(urljoin(path, action)).path
        for found in forms(page):
            target = urlsplit(urljoin(path, found.action)).path
            if found.method == "post" and target == wanted and (not having or having in found.names):
                found.action = urljoin(path, found.action)
                return found
        raise AssertionError(f"{path} has no form to {wanted}" + (f" with {having}" if having else ""))

    def submit(self, path: str, *, action: str = "", having: str = "", **answers: Any) -> TestResponse:
        """Open the page at `path`, fill its form with `answers` (None leaves a field out) and send it."""
        form = self.form(path, action=action, having=having)
        values = {name: value for name, value in (form.values | answers).items() if value is not None}
        return self.client.post(form.action, data=values)

    def post(self, path: str, **answers: Any) -> TestResponse:
        """Send `answers` to `path` with a good CSRF token, whether any page offers that or not."""
        return self.client.post(path, data={"csrf_token": self.token(), **answers})

    def token(self) -> str:
        """A CSRF token of this browser's session; asked for once, since it is good as long as that."""
        if not self._session() or self._token[0] != self._session():
            offered = self._offered()
            self._token = (self._session(), offered)
        return self._token[1]

    def _offered(self) -> str:
        for path in ("/password", "/signin", "/"):
            for found in forms(self.get(path)):
                if "csrf_token" in found.values:
                    return str(found.values["csrf_token"])
        raise AssertionError("no page offers a CSRF token")

    def _session(self) -> str:
        """What tells the session in this browser's cookie from others; "" where none has begun."""
        app = self.client.application
        cookie, signer = self.client.get_cookie("hall"), SecureCookieSessionInterface().get_signing_serializer(app)
        held = signer.loads_unsafe(cookie.value)[1] if cookie and signer else None
        return (held or {}).get("csrf_token", "")

    def sign_in(self, number: str, password: str = PASSWORD) -> "Visitor":
        """Sign in by the form, as anybody does; a new browser by the one that the first was shown."""
        if self._session():
            answer = self.submit("/signin", number=number, password=password)
        else:
            cookie, form = _sign_in_form(self.client.application)
            self.client.set_cookie("hall", cookie)
            answer = self.client.post(form.action, data={**form.values, "number": number, "password": password})
        assert answer.status_code == 302, f"{number} could not sign in: {answer.status_code}"
        self.number = number
        return self


@functools.lru_cache(maxsize=4)  # a test may make an application of its own
def _sign_in_form(app: Flask) -> tuple[str, PageForm]:
    """The page to sign in on, opened by a browser that has no session yet: its cookie, and the form with its token.

    Both hang on the secret of the application alone, and whoever signs in leaves them behind (fault 27).
    """
    new = Visitor(app.test_client())
    form = new.form("/signin")
    cookie = new.client.get_cookie("hall")
    assert cookie, "no session begins where one signs in"
    return cookie.value, form
