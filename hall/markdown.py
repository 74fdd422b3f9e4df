"""Markdown of articles as safe HTML, and as plain words for a search or a summary.

HTML inside is text, links and pictures keep only addresses that do no harm, and what comes out is cleaned once more.
"""

import re
from collections.abc import Sequence

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Tables are the one thing beyond CommonMark that notices need; a line that the editor ended, ends.
_parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")
_TAGS = {"p", "br", "hr", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "code", "pre", "blockquote"}
_TAGS |= {"a", "img", "table", "thead", "tbody", "tr", "th", "td", "div", "section"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title", "loading"}, "ol": {"start"}, "div": {"tabindex"}}
_CLASSES = {"div": {"table-scroll"}, "section": {"step"}, "th": {"mid", "end"}, "td": {"mid", "end"}}
_SIDES = {"text-align:center": "mid", "text-align:right": "end"}
_SCHEMES = {"http", "https", "mailto", "tel"}


def html(text: str, *, steps: bool = False) -> str:
    """`text` as HTML whose headings begin with h2; with `steps` each h2 opens a section of its own.

    Pictures come from this site alone (the content policy would block others); links elsewhere tell no address of ours.
    """
    tokens = _parser.parse(text)
    _lower_headings(tokens)
    for token in _all(tokens):
        if token.type == "image" and is_ours(str(token.attrGet("src"))):
            token.attrSet("loading", "lazy")
        elif token.type == "image":
            token.type = "text"
        if token.type in ("th_open", "td_open") and (side := _SIDES.get(str(token.attrGet("style")))):
            token.attrs = {"class": side}
    said = _parser.renderer.render(tokens, _parser.options, {})
    said = said.replace("<table>", '<div class="table-scroll" tabindex="0"><table>').replace(
        "</table>", "</table></div>"
    )
    return _cleaned(_in_steps(said) if steps else said)


def plain(text: str) -> str:
    """The words of `text` without its marks, one space between them: what a search indexes."""
    words = [token.content for token in _all(_parser.parse(text)) if token.type in ("text", "code_inline", "image")]
    words += [token.content for token in _parser.parse(text) if token.type in ("fence", "code_block")]
    return " ".join(" ".join(words).split())


def _all(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        found += [token, *(token.children or ())]
    return found


def _lower_headings(tokens: Sequence[Token]) -> None:
    """The page has its h1: the highest heading of the text becomes h2, the others follow without a gap."""
    levels = sorted({token.tag for token in tokens if token.type == "heading_open"})
    lowered = {tag: f"h{min(rank, 6)}" for rank, tag in enumerate(levels, start=2)}
    for token in tokens:
        token.tag = lowered.get(token.tag, token.tag)


def _in_steps(said: str) -> str:
    first, *rest = re.split(r"(?=<h2>)", said)
    return first + "".join(f'<section class="step">{part}</section>' for part in rest)


def _cleaned(said: str) -> str:
    return nh3.clean(
        said,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        allowed_classes=_CLASSES,
        url_schemes=_SCHEMES,
        attribute_filter=_address,
        link_rel="noopener noreferrer",
    )


def _address(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value if is_ours(value) else None
    if tag == "a" and name == "href":
        return value if is_ours(value) or value.startswith("#") or value.partition(":")[0] in _SCHEMES else None
    return value


def is_ours(address: str) -> bool:
    """Whether an address is a path of this site."""
    return bool(re.match(r"/(?![/\\])[^\s\\]*$", address))
