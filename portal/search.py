"""The search of the whole hall, one page for everybody: what the reader may see, with the words marked."""

import functools
import re
from collections.abc import Callable
from html import escape
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

import pieces
import shapes
import templating
from forms.search import SearchForm
from hall import search
from hall.search_services import SERVICES
from portal.supervision import me

bp = Blueprint("search", __name__)

KINDS = dict(search.KINDS)
ICONS = {
    "repair": "tools",
    "guide": "journal-text",
    "notice": "megaphone",
    "supervision": "chat-square-text",
    "lost_found": "box2-heart",
    "market": "bag",
}


@bp.get("/search")
def index() -> tuple[str, int]:
    """What is found, the newest first, with how much of each kind there is; without words, what can be looked for."""
    form = SearchForm(MultiDict(request.args))
    fits = form.validate()
    said, kind, after = (form.q.data or "").strip(), form.chosen, form.after.data or ""
    english = templating.locale_tag() == "en"
    found = search.find(me(), said, kind, after, english=english) if fits else search.Page()
    shown = tuple([each.said for each in found.told])

    def values() -> dict[str, Any]:
        return {
            "form": form,
            "said": said[:200],
            "found": found,
            "kind": kind,
            "after": after,
            "kinds": KINDS,
            "icons": ICONS,
            "drawn": _rows,
            "shown": shown,
            "services": SERVICES,
            "to": _links(said, kind),
        }

    # The services that are called so are reference data.
    told = (said, kind, bool(after), shown, found.following, *found.facets) if fits and said else None
    page = pieces.page("search/index.html", told, values)
    return page, 200 if fits else 400


def _links(said: str, kind: str) -> Callable[..., str]:
    """Makes the address of the same search with other answers."""

    here = url_for("search.index")

    def to(**changed: str) -> str:
        asked = {"q": said, "kind": kind} | changed
        given = urlencode({name: value for name, value in asked.items() if value})
        return f"{here}?{given}" if given else here

    return to


# --- the rows, drawn in Python because a page has twenty of them ------------------------------------------


def _rows(hits: list[search.Hit]) -> Markup:
    @functools.cache
    def kind_of(kind: str) -> str:
        return f'<span class="kind">{shapes.icon_drawn(ICONS[kind])}<span>{_said(KINDS[kind])}</span></span>'

    @functools.cache
    def state_of(_kind: str, state: str) -> str:
        return _said(state)

    rows = []
    for hit in hits:
        about = [f'<span class="num">{escape(hit.number)}</span>'] if hit.number else []
        about += [state_of(hit.kind, hit.state)] if hit.state else []
        about.append(templating.time_said(hit.moment))
        excerpt = f'<p class="excerpt">{_marked(hit.extract)}</p>' if hit.extract else ""
        rows.append(
            f'<li class="row-h hit">{kind_of(hit.kind)}'
            f'<a class="row-title" href="{escape(hit.link)}">{_marked(hit.title)}</a>'
            f'{excerpt}<p class="row-meta">{" · ".join(about)}</p></li>'
        )
    return Markup("\n".join(rows))


def _said(sentence: str) -> str:
    return escape(templating.translated(sentence))


def _marked(parts: search.Parts) -> str:
    if _SIGNS.search("".join([text for text, _is_word in parts])):
        parts = [(escape(text), is_word) for text, is_word in parts]
    return "".join([f"<mark>{text}</mark>" if is_word else text for text, is_word in parts])


# What `escape` looks for, five times.
_SIGNS = re.compile("[&<>\"']")
