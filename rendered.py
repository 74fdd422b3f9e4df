"""Pages that are the same for every visitor, kept as they were rendered, for as long as the database says the same.

A visitor is whoever brings no cookie of ours but the language. `sending` marks the answers that may be kept; whether
the database has changed since is asked for every request (`hall/freshness.py`), so that what was published, hidden or
edited shows at the very next one, in every process and on every node.
"""

import functools
import hashlib
import re
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from hall import freshness

MARK = "hall.shared"  # in the environment of a request whose answer may be kept
SEEN = "hall.seen"  # and there the mark of the database under which it may
MOST = 4 * 1024 * 1024  # bytes that one process keeps
BESIDE = 3_000  # bytes that a page takes beside its body
OURS = "hall"  # begins the name of every cookie that makes a reader more than a visitor
# What no database is asked for.
ASIDE = ("/static/", "/styles/", "/bootstrap/", "/health/")
LANGUAGE = re.compile(r"(?:^|;\s*)lang=(\w+)")
SAID_ONCE = {"content-length", "content-type", "content-encoding"}  # not said again to whoever has the page

Environ = dict[str, Any]
Start = Callable[..., Any]


class Page(NamedTuple):
    """An answer: status line, headers, body, and its ETag with the quotes."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    etag: str


class Rendered:
    """A WSGI application before another one, which is asked only for what is not kept."""

    def __init__(self, application: Callable[[Environ, Start], Iterable[bytes]], languages: Iterable[str]) -> None:
        self.application = application
        self.languages = tuple(languages)
        self.shelf: freshness.Shelf[Page] = freshness.Shelf(MOST)

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        key = self._key(environ)
        if key is None:
            return self.application(environ, start)
        mark = freshness.look()
        pages = self.shelf.made(mark)
        page = pages.get(key)
        if page is None:
            environ[SEEN] = mark
            made = self._ask(environ, start)
            if not isinstance(made, Page):
                return made
            page = pages[key] = made
            self.shelf.grown(len(page.body) + BESIDE)
        if page.etag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start("304 NOT MODIFIED", [each for each in page.headers if each[0].lower() not in SAID_ONCE])
            return []
        start(page.status, list(page.headers))
        return [page.body]

    def _key(self, environ: Environ) -> Hashable:
        """What an answer depends on beside the database; None where it is for one reader only."""
        cookies = environ.get("HTTP_COOKIE", "")
        if environ["REQUEST_METHOD"] != "GET" or OURS in cookies or "HTTP_RANGE" in environ:
            return None
        if environ["PATH_INFO"].startswith(ASIDE):
            return None
        found = LANGUAGE.search(cookies)
        return (
            environ.get("HTTP_HOST"),
            environ["wsgi.url_scheme"],
            environ.get("HTTP_X_FORWARDED_PROTO"),
            environ.get("SCRIPT_NAME"),
            environ["PATH_INFO"],
            environ.get("QUERY_STRING"),
            environ.get("HTTP_ACCEPT"),
            takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")),
            found[1] if found else None,
            best_language(environ.get("HTTP_ACCEPT_LANGUAGE", ""), self.languages),
        )

    def _ask(self, environ: Environ, start: Start) -> Page | Iterable[bytes]:
        """The page that the application makes, or an answer that has begun already because it is not to be kept."""
        said: list[Any] = []

        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if MARK not in environ or rest or any(name == "Set-Cookie" for name, _value in headers):
                return start(status, headers, *rest)
            said[:] = status, headers
            return lambda _written: None

        answer = self.application(environ, begin)
        if not said:
            return answer
        try:
            body = b"".join(answer)
        finally:
            if close := getattr(answer, "close", None):
                close()
        status, headers = said
        etag = dict(headers).get("ETag")
        if etag is None:
            etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
            headers = [*headers, ("ETag", etag)]
        return Page(status, [*headers, ("Cache-Control", "no-cache")], body, etag)


@functools.lru_cache(maxsize=256)
def best_language(accepted: str, languages: tuple[str, ...]) -> str | None:
    """The language among `languages` that a browser would rather have."""
    return parse_accept_header(accepted, LanguageAccept).best_match(languages)


@functools.lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether a browser that accepts these encodings takes gzip."""
    return bool(parse_accept_header(accepted)["gzip"])


def init_app(app: Flask, languages: Iterable[str]) -> None:
    """Put the kept pages before `app`."""
    app.extensions["rendered"] = Rendered(app.wsgi_app, languages)
    app.wsgi_app = app.extensions["rendered"]  # type: ignore[method-assign]
