"""How answers are sent: the headers that each one carries, what caches may keep, and gzip for what is text."""

import functools
import gzip
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request, session
from isal import isal_zlib

import rendered

# Pages that are the same for everybody: no session is read for them, and liveness asks no database.
IMPERSONAL = {"static", "bootstrap.static", "admin.static", "home.live", "home.ready", "styles"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
YEAR = 31_536_000
STRICT = f"max-age={YEAR}"  # a browser that has seen the hall over HTTPS asks it in no other way
TEXT = {"text/html", "text/css", "text/javascript", "application/json", "application/atom+xml", "image/svg+xml"}
LEAST = 1_000  # bytes; below, packing saves nothing
QUICKLY = 2  # of isal: one step up takes twice the time for 2 % less
NAMED, NAME_ENDS = 0x08, b"\0"  # of the head of a gzip file


def init_app(app: Flask) -> None:
    """Let every answer of `app` go out like this, and static addresses change with their files."""
    always = HEADERS | ({"Strict-Transport-Security": STRICT} if app.config["SESSION_COOKIE_SECURE"] else {})
    app.wsgi_app = headed(app.wsgi_app, always)  # type: ignore[method-assign]
    app.after_request(pack)
    app.after_request(say_who_may_keep)
    app.url_defaults(name_version)


def headed(application: Callable[..., Iterable[bytes]], always: Mapping[str, str]) -> Callable[..., Iterable[bytes]]:
    """A WSGI application whose every answer carries the headers `always`, but where it says one of them itself."""
    known = [(name.lower(), (name, value)) for name, value in always.items()]

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        def begin(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            said = {name.lower() for name, _value in headers}
            return start(status, [*headers, *(header for name, header in known if name not in said)], *rest)

        return application(environ, begin)

    return answer


def say_who_may_keep(response: Response) -> Response:
    """What an answer depends on, and that nothing personal stays in a cache."""
    if request.endpoint in IMPERSONAL and response.status_code < 400:
        return response
    _vary(response, "Accept-Language", "Cookie")
    personal = g.get("signed_in") or session or request.method == "POST"
    has_said = "Cache-Control" in response.headers
    if not personal and not has_said and _is_page(response):
        request.environ[rendered.MARK] = True
    # A view may say that the browser keeps what it sends but asks each time (photos).
    is_kept = has_said and response.cache_control.private
    if response.status_code >= 400 or (personal and not is_kept):
        response.headers["Cache-Control"] = "no-store"
    return response


def _vary(response: Response, *names: str) -> None:
    """That an answer depends on what is said under these names."""
    said = response.headers.get("Vary", "")
    response.headers["Vary"] = ", ".join([*([said] if said else []), *(name for name in names if name not in said)])


def _is_page(response: Response) -> bool:
    """Whether an answer to a visitor is a whole page."""
    whole = response.status_code == 200 and not response.is_streamed and response.mimetype in TEXT
    return whole and request.method == "GET"


def pack(response: Response) -> Response:
    """Send text gzipped to whoever takes that; a static file is packed once, and kept for a year under its version."""
    file = None
    if request.endpoint == "static" and response.status_code in (200, 304):
        file = Path(current_app.static_folder or "") / (request.view_args or {})["filename"]
        if request.args.get("v") == version(file):
            response.cache_control.max_age, response.cache_control.immutable, response.expires = YEAR, True, None
    if response.mimetype not in TEXT or response.status_code in (206, 304) or "Content-Encoding" in response.headers:
        return response
    _vary(response, "Accept-Encoding")
    if request.method == "HEAD" or not rendered.takes_gzip(request.headers.get("Accept-Encoding", "")):
        return response
    if file:
        _replace(response, _packed(file, version(file)))
    elif not response.is_streamed and len(content := response.get_data()) >= LEAST:
        # What every visitor gets holds no secret.
        _replace(response, _gzip(content, hide_length=rendered.MARK not in request.environ))
    return response


def _replace(response: Response, packed: bytes) -> None:
    response.direct_passthrough = False
    response.set_data(packed)
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("Accept-Ranges", None)
    if "ETag" in response.headers:
        response.set_etag(str(response.get_etag()[0]), weak=True)


def _gzip(content: bytes, *, hide_length: bool) -> bytes:
    """`content` packed. With a name of random length, where its length must not tell what is in it (BREACH)."""
    name = secrets.token_hex(secrets.randbelow(50) + 1).encode() + NAME_ENDS if hide_length else b""
    head = b"\x1f\x8b\x08" + bytes([NAMED if name else 0]) + b"\0" * 5 + b"\xff" + name
    packer = isal_zlib.compressobj(QUICKLY, isal_zlib.DEFLATED, -isal_zlib.MAX_WBITS)
    tail = isal_zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return bytes(head + packer.compress(content) + packer.flush() + tail)


@functools.lru_cache(maxsize=256)
def _packed(file: Path, _version: str | None) -> bytes:
    return gzip.compress(file.read_bytes(), 9, mtime=0)


def name_version(endpoint: str, values: dict[str, Any]) -> None:
    """Let the address of a static file change with the file, so that browsers may keep it."""
    if endpoint == "static" and "filename" in values:
        values.setdefault("v", version(Path(current_app.static_folder or "") / values["filename"]))


@functools.lru_cache(maxsize=256)
def version(file: Path) -> str | None:
    """What changes when a static file does, None where there is none; looked up once a process."""
    return f"{int(file.stat().st_mtime):x}" if file.is_file() else None
