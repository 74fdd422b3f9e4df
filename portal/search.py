"""The search of the whole hall, one page for everybody: what the reader may see, with the words marked."""

from collections.abc import Callable
from html import escape

from flask import Blueprint, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

import templating
from forms.search import SearchForm
from hall import search
from hall.search_services import SERVICES
from portal.supervision import me

bp = Blueprint("search", __name__)

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
    page = render_template(
        "search/index.html",
        form=form,
        said=said[:200],
        found=found,
        kind=kind,
        after=after,
        kinds=dict(search.KINDS),
        icons=ICONS,
        marked=marked,
        services=SERVICES,
        to=_links(said, kind),
    )
    return page, 200 if fits else 400


def marked(parts: search.Parts) -> Markup:
    """A text with the words in it marked."""
    return Markup("".join([f"<mark>{escape(text)}</mark>" if is_word else escape(text) for text, is_word in parts]))


def _links(said: str, kind: str) -> Callable[..., str]:
    """Makes the address of the same search with other answers."""

    def to(**changed: str) -> str:
        asked = {"q": said, "kind": kind} | changed
        return url_for("search.index", **{name: value for name, value in asked.items() if value})

    return to
