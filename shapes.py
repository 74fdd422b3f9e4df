"""What stands on a page a hundred times, drawn in Python: icons, pills, and the addresses of pages."""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask_bootstrap
from flask import Flask, has_request_context, request
from markupsafe import Markup, escape
from werkzeug.routing import Rule

# Bootstrap Icons as the package brings them; a page carries the few shapes that it shows.
ADDRESSES = 4096  # that are kept; of some 100 bytes each
ICONS = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"


def init_app(app: Flask) -> None:
    """Give the templates of `app` what macros.html passes on as `icon` and `pill`, and a quick `url_for`."""
    app.jinja_env.globals.update(icon_drawn=icon_drawn, pill_drawn=pill_drawn, url_for=_remembering(app))


@functools.lru_cache(maxsize=1024)
def icon_drawn(name: str, label: str = "") -> Markup:
    """A Bootstrap icon as <svg>; with a `label` it is read out. Raises KeyError for an unknown name."""
    about = Markup(' role="img" aria-label="{}"').format(label) if label else Markup(' aria-hidden="true"')
    return Markup('<svg class="bi" viewBox="0 0 16 16"{}>{}</svg>').format(about, Markup(_icon_shapes()[name]))


def pill_drawn(label: str, tone: str = "mute", symbol: str = "") -> Markup:
    """A word in a coloured field, with an icon before it."""
    return _pill(escape(label), tone, symbol)


@functools.lru_cache(maxsize=1024)
def _pill(label: Markup, tone: str, symbol: str) -> Markup:
    icon = icon_drawn(symbol) if symbol else ""
    return Markup('<span class="pill pill-{}">{}{}</span>').format(tone, icon, label)


def is_icon(name: str) -> bool:
    """Whether there is a Bootstrap icon of this name."""
    return name in _icon_shapes()


@functools.cache
def _icon_shapes() -> dict[str, str]:
    symbols = re.finditer(r'<symbol\b[^>]*\bid="([^"]+)"[^>]*>(.*?)</symbol>', ICONS.read_text("utf-8"), re.DOTALL)
    return {symbol[1]: " ".join(symbol[2].split()) for symbol in symbols}


def _remembering(app: Flask) -> Callable[..., str]:
    """Flask's `url_for`, which makes each address of a page or of a static file only once."""
    known: dict[tuple[Any, ...], str] = {}

    def address(endpoint: str, **values: Any) -> str:
        plain = all(type(value) in (str, int) and name[0] != "_" for name, value in values.items())
        if endpoint[0] == "." or not plain or not has_request_context():
            return app.url_for(endpoint, **values)
        key = request.script_root, endpoint, *values.items()
        found = known.get(key)
        if found is None:
            if len(known) >= ADDRESSES:
                known.clear()
            found = known[key] = app.url_for(endpoint, **values)
        return found

    return address


class Address(Rule):
    """An address that learns how it is written when it first is: for 1,900 of them that took 0.5 s."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _learn_unknown if append_unknown else _learn


def _learn(rule: Address, /, **values: Any) -> tuple[str, str]:
    rule._build = super(Address, rule)._compile_builder(False).__get__(rule)
    return rule._build(**values)


def _learn_unknown(rule: Address, /, **values: Any) -> tuple[str, str]:
    rule._build_unknown = super(Address, rule)._compile_builder(True).__get__(rule)
    return rule._build_unknown(**values)
