"""Pieces of pages that are the same for everybody: `{% shared thread.id %}…{% endshared %}` in a template; and pages.

What a piece says is kept like a whole page (`rendered.py`): in one language, until the database changes or the minute
is over. Its keys say on what else it depends; None among them means that this time it is for one reader, and not kept.
`{% lasting … %}` is kept until reference data changes: its keys must hold all else that it says of the database.
Nothing of the reader may stand in a piece that is: no name, no form with a token, no link that only some may see.
So are whole pages for visitors (`page`) and parts of pages for who may read the same of the same rows (`part`).
"""

from collections import defaultdict
from collections.abc import Callable, Hashable
from typing import Any

from flask import Flask, current_app, g, has_request_context, render_template, request, session
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from markupsafe import Markup

import speaking
from hall import freshness

MOST = 1024 * 1024  # characters, most of them of two bytes, that one process keeps of each tag
# Whole pages by their template, so that many searches do not push out the lists.
PAGES: dict[str, freshness.Shelf[str]] = defaultdict(lambda: freshness.Shelf(MOST // 2))
Known = tuple[dict[str, dict[Hashable, str]], str]


class Shared(Extension):
    """The tags."""

    tags = {"shared", "lasting"}
    shelves = {"shared": freshness.Shelf[str](MOST), "lasting": freshness.Shelf[str](MOST)}
    marks = {"shared": freshness.seen, "lasting": freshness.seen_reference}

    def parse(self, parser: Parser) -> nodes.Node:
        tag, line = parser.stream.current.value, next(parser.stream).lineno
        keys = []
        while parser.stream.current.type != "block_end":
            keys.append(parser.parse_expression())
            if not parser.stream.skip_if("comma"):
                break
        body = parser.parse_statements((f"name:end{tag}",), drop_needle=True)
        place = nodes.Const((tag, parser.name, line))
        call = self.call_method("piece", [place, nodes.List(keys)])
        return nodes.CallBlock(call, [], [], body).set_lineno(line)

    def piece(self, place: tuple[str, str, int], keys: list[Any], caller: Callable[[], str]) -> str:
        """The piece at `place` (tag, template and line) for these keys."""
        if any(key is None for key in keys) or not has_request_context():
            return caller()
        known, where = self._of_request()
        pieces = known.get(place[0])
        if pieces is None:
            return caller()
        key = (*place, speaking.language(), where, *keys)
        said = pieces.get(key)
        if said is None:
            said = pieces[key] = caller()
            self.shelves[place[0]].grown(len(said))
        return said

    def _of_request(self) -> "Known":
        """What is kept by tag for the request that is being answered, and where the hall is; asked once for each."""
        found: Known | None = g.get("pieces")
        if found is None:
            is_asked = request.method == "GET"
            kept = {tag: shelf.made(self.marks[tag]()) for tag, shelf in self.shelves.items()} if is_asked else {}
            found = g.pieces = kept, request.script_root
        return found


def page(template: str, said: Hashable | None, values: Callable[[], dict[str, Any]]) -> str:
    """A whole page for a visitor, whose `template` with its `values` says no more of the database than `said` does.

    It is as it was made before for the same, until reference data changes; where `said` is None it is made anew.
    """
    if said is None or session or g.get("signed_in"):
        return render_template(template, **values())
    shelf = PAGES[template]
    pages = shelf.made(freshness.seen_reference())
    key = speaking.language(), request.script_root, request.path, request.args.get("lang"), said
    found = pages.get(key)
    if found is None:
        found = render_template(template, **values())
        if not session:  # a token for a form would be its reader's own
            pages[key] = found
            shelf.grown(len(found))
    return found


def part(template: str, said: Hashable, values: Callable[[], dict[str, Any]]) -> Markup:
    """Part of a page, whose `template` with its `values` says no more of the database than `said` does, nor of who
    reads it: as it was drawn before for the same, until reference data changes."""
    shared: Shared = current_app.jinja_env.extensions["pieces.Shared"]  # type: ignore[assignment]
    return Markup(shared.piece(("lasting", template, 0), [said], lambda: render_template(template, **values())))


def clear() -> None:
    """Make every piece anew."""
    for shelf in (*PAGES.values(), *Shared.shelves.values()):
        shelf.clear()


def init_app(app: Flask) -> None:
    """Let the templates of `app` share pieces."""
    app.jinja_env.add_extension(Shared)
