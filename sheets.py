"""The style sheets that a page names, sent as one: a browser draws nothing before it has them all."""

import functools
import gzip
import hashlib
import re
from pathlib import Path

from flask import Flask, Response, abort, current_app, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

LINK = re.compile(r'<link rel="stylesheet" href="[^"]*/static/([a-z_]+)\.css[^"]*">')
BETWEEN = "-"
MOST = 8  # sheets of one page
YEAR = 31_536_000


def init_app(app: Flask) -> None:
    """Let the templates of `app` say `one_sheet`, and send what it links."""
    app.jinja_env.globals["one_sheet"] = one_sheet
    app.add_url_rule("/styles/<names>.css", "styles", send, methods=["GET"])


def one_sheet(first: str, head: str) -> Markup:
    """`head` (HTML) with one link for the sheet `first` and all that it links itself, in their order."""
    return _in_one(request.script_root, first, head)


@functools.lru_cache(maxsize=64)
def _in_one(_root: str, first: str, head: str) -> Markup:
    names = tuple(dict.fromkeys([first, *LINK.findall(head)]))
    if len(names) == 1:
        address = url_for("static", filename=f"{names[0]}.css")
    else:
        address = url_for("styles", names=BETWEEN.join(names), v=_joined(_folder(), names)[0])
    return Markup('<link rel="stylesheet" href="{}">{}').format(address, Markup(LINK.sub("", head)))


def send(names: str) -> AnyResponse:
    """The sheets of these names as one file, kept for a year under its version; 404 where one of them is none."""
    asked = tuple(names.split(BETWEEN))
    files = [_folder() / f"{name}.css" for name in asked]
    if len(asked) > MOST or len(set(asked)) < len(asked) or not all(map(_is_sheet, files)):
        abort(404)
    version, packed = _joined(_folder(), asked)
    response = Response(packed, mimetype="text/css")
    response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        response.set_data(gzip.decompress(packed))
        del response.headers["Content-Encoding"]
    if request.args.get("v") == version:
        response.cache_control.public = response.cache_control.immutable = True
        response.cache_control.max_age = YEAR
    else:
        response.cache_control.no_cache = True
    response.set_etag(version, weak=True)
    return response.make_conditional(request)


def _folder() -> Path:
    return Path(current_app.static_folder or "")


def _is_sheet(file: Path) -> bool:
    return re.fullmatch(r"[a-z_]{1,40}\.css", file.name) is not None and file.is_file()


@functools.lru_cache(maxsize=64)
def _joined(folder: Path, names: tuple[str, ...]) -> tuple[str, bytes]:
    """Version and content, packed, of these sheets; made once a process."""
    whole = b"\n".join((folder / f"{name}.css").read_bytes() for name in names)
    return hashlib.blake2b(whole, digest_size=6).hexdigest(), gzip.compress(whole, 9, mtime=0)
