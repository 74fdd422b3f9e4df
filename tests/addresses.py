"""What the tests of faults share: addresses about A's order, a walk along links, and what a page must never hold."""

import functools
import re
from collections import deque
from collections.abc import Iterable, Iterator
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import models
from hall import events
from tests.standing import rows_in
from tests.visitor import Visitor

ENTITIES = {events.subject_type(entity): entity for entity in models.ENTITIES}
HOST = "127.0.0.1:8000"
# Breaks out of an attribute and out of text, without a character that an address would change.
SCRIPT = "\"'><img src=x onerror=p(1)>"


def rules(app: Flask) -> Iterator[Rule]:
    yield from sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def takes(rule: Rule, method: str) -> bool:
    return method in (rule.methods or ())


def entity_of(rule: Rule) -> tuple[str, str]:
    """The table and the rest of the address where a rule is about an entity of the panel, else ("", "")."""
    found = re.fullmatch(r"/admin/(\w+)(/.*)", rule.rule)
    return (found[1], found[2]) if found and found[1] in ENTITIES else ("", "")


def key_of(entity: str) -> str:
    """The name of a key of this entity that somebody may look up; "" where it has none."""
    return next((key.name for key in ENTITIES[entity]._meta.refs if key.verbose_name), "")


def address(rule: Rule, order: models.RepairOrder, **other: Any) -> str:
    """The address of a rule about `order`, or about a row that there is; `other` values go first."""
    values = {"export_type": "csv"} | other
    if not rule.arguments <= set(values):  # most addresses ask for nothing, and to look for rows takes a while
        values = _values(rule, order) | values
    path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found: str(values[found[1]]), rule.rule)
    entity, _rest = entity_of(rule)
    return f"{path}?id={_first(ENTITIES[entity])}&name={key_of(entity)}" if entity else path


def _values(rule: Rule, order: models.RepairOrder) -> dict[str, Any]:
    """What may stand in an address: the first row there is, of the kind that the address is about."""
    photo, route = models.Photo.select().first(), models.RoutingRule.get()
    values = {
        "number": order.number,
        "step": "comment",
        "flow": "repair",
        "code": order.building.code,
        "room": order.room_number,
        "name": photo.name if photo else "0" * 32,
        "size": "thumb",
        "rule_id": route.id,
        "token": "A" * 32,
        "kind": "people",
        "run_id": _first(models.ImportRun),
        "filename": "hall.css" if rule.endpoint == "static" else "css/bootstrap.min.css",
        "names": "hall-market",
        "submission_id": _first(models.Submission),
        "word_id": _first(models.SensitiveWord),
        "filter_id": _first(models.SavedFilter),
        "subject_type": "thread",
        "row_id": _first(models.Thread),
        "verb": "follow",
        "question_id": _live_question(),
        "asked_of": "repair_item",
        "about": "D01",
        "way": "up",
        "role": "lead",
    }
    if rule.rule.startswith("/supervision"):
        thread = models.Thread.select().first()
        row = {"kind": "comment", "row_id": _first(models.Comment), "step": "edit"}
        values |= {"number": thread.number if thread else "JD0", **row}
    if rule.rule.startswith(("/lost-found", "/admin/lost-property")):
        notice = models.PropertyNotice.select().first()
        values |= {"number": notice.number if notice else "LF0", "step": "edit"}
    if rule.rule.startswith(("/market", "/messages")):
        listing = models.Listing.select().first()
        values |= {"number": listing.number if listing else "ES0", "step": "edit", "verb": "favourite"}
        values |= {"verb": "block"} if rule.rule.startswith("/messages") else {}
        values |= {"kind": "listing", "id": _first(models.Conversation), "search_id": _first(models.SavedSearch)}
    if rule.rule.startswith(("/notices", "/guides", "/files", "/admin/writing")):
        kind = "guide" if rule.rule.startswith("/guides") else "notice"
        article = models.Article.select().where(models.Article.kind == kind).order_by(models.Article.id).first()
        file = models.Attachment.select().first()
        values |= {"code": article.code if article else "GG0", "article_id": article.id if article else 1}
        values |= {"name": file.name if file else "0" * 32, "filename": file.filename if file else "a.pdf"}
        values |= {"file_name": values["name"]}
    if rule.rule.startswith(("/services/", "/applications")):
        service, made = models.Service.select().first(), models.Application.select().first()
        values |= {"code": service.code if service else "none", "number": made.number if made else "SQ0"}
        values |= {"step": "withdraw"}
    if re.match("/admin/(settings|wording-of|automation|hours|marks)/", rule.rule):
        values["code"] = "repair.inspect_days" if "settings" in rule.rule else "state:repair:accepted"
        values |= {"rule_id": _first(models.Rule), "period_id": _first(models.CalendarPeriod), "mark_id": 1}
    if rule.rule.startswith("/admin/builder"):
        values |= _in_a_draft(rule)
    if rule.rule.startswith("/admin/file-imports"):
        values |= {"kind": "csv"}
    if rule.rule.startswith("/admin/trail"):
        values |= {"kind": "csv"}
    if rule.rule.startswith("/open"):
        values |= {"name": "figures"}
    return values


def _in_a_draft(rule: Rule) -> dict[str, Any]:
    """What stands in a draft of the builder; the first edition of its service has the number 1."""
    draft = models.Edition.get_or_none(models.Edition.state == "draft")
    states = draft.states.order_by(models.ServiceState.position) if draft else []
    state = next(iter(states), None)
    step, route = (next(iter(rows), None) for rows in ((draft.steps, draft.routes) if draft else ((), ())))
    team = models.Team.select().first()
    code = team.code if "/teams/" in rule.rule and team else draft.service.code if draft else "none"
    said = {"code": code, "number": 1, "grant_id": 0, "what": "states", "route_id": route.id if route else 1}
    codes = {"state_code": state, "row_code": state, "step_code": step}
    return said | {name: row.code if row else "none" for name, row in codes.items()}


def _first(entity: type[models.Entity]) -> int:
    return entity.select(entity.id).scalar() or 1


def _live_question() -> int:
    """A question about a repair item that is put still: one of a service that runs is nobody's to change."""
    live = models.Question.select().where(models.Question.retired.is_null(), models.Question.asked_of == "repair_item")
    row = live.first()
    return row.id if row else 1


def everything() -> dict[str, list[Any]]:
    """All that the hall holds, but for who is signed in."""
    return rows_in(entity for entity in models.ENTITIES if entity is not models.SignIn)


class _Page(HTMLParser):
    """Collects where one can go, and what would run a script."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.dangers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.dangers += [f"<{tag} {name}>" for name in given if name.startswith("on") or name == "style"]
        places = [given[name] for name in ("href", "src", "action", "formaction") if name in given]
        self.dangers += [place for place in places if re.match(r"\s*(javascript|data|vbscript):", place, re.I)]
        if tag == "script" and not given.get("src", "").startswith("/static/"):
            self.dangers.append(f"<script {given}>")
        if tag in ("iframe", "object", "embed", "base") or "img src=x" in f"{tag} src={given.get('src')}":
            self.dangers.append(f"<{tag}>")
        if tag in ("a", "link", "img", "script"):
            self.links += [given[name] for name in ("href", "src") if name in given]
        if tag == "form" and given.get("method", "get").lower() == "get":
            self.links.append(given.get("action", ""))


# Without any of these there is no danger; to take a page apart as a browser does is slow. Of small letters, and what
# each begins with as it stands, so that Python looks for the letters first.
_ODD = [
    re.compile(odd)
    for odd in (
        r"""on(?<=[\s"'/]on)[^\s=>"'/]*\s*=""",
        r"""style(?<=[\s"'/]style)\s*=""",
        r"""<script(?! src="/static/)""",
        r"""<(?:iframe|object|embed|base)\b""",
        r"""src\s*=\s*["']?x""",
    )
]
_ODD_PLACE = re.compile("(?:javascript|data|vbscript):")
# In these the letters and the colon of such a place may hide; quotes stand as the other two on every page.
_HIDDEN = re.compile(r"&(?:#(?!3[49];)|colon|fjlig)")


def _is_odd(text: str) -> bool:
    small = text.lower()
    places = unescape(small) if _HIDDEN.search(small) else small
    return any(odd.search(small) for odd in _ODD) or bool(_ODD_PLACE.search(places))


def dangers(answer: TestResponse) -> list[str]:
    """What a page holds that would run a script of a stranger; [] for what is no page."""
    if answer.mimetype != "text/html" or not _is_odd(answer.text):
        return []
    return [danger for tag in _tags(answer.text) for danger in _read(tag).dangers]


# A tag to its end outside of quotes, as a browser reads it.
_TAG = re.compile(r"""<[a-z](?:[^>"']++|"[^"]*"|'[^']*')*+>""", re.I)


def _tags(text: str) -> Iterable[str]:
    """The different tags of a page; the page as a whole where one of them has no end."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return [text] if re.search("<[a-zA-Z]", _TAG.sub("", text)) else dict.fromkeys(_TAG.findall(text))


@functools.lru_cache(maxsize=20_000)
def _read(tag: str) -> _Page:
    """What there is in a tag; each is read once, since most of a page stands on the others, too."""
    page = _Page()
    page.feed(tag)
    return page


def walk(visitor: Visitor, starts: Iterable[str], *, most: int = 300) -> Iterator[tuple[str, str, TestResponse]]:
    """Follow every link from `starts` by GET, breadth first; gives (address, where its link stood, answer).

    Of links that differ in ids, numbers or what is said to the same questions, only the first is followed.
    """
    waiting = deque((start, "") for start in starts)
    seen: set[str] = set()
    kinds: set[Any] = set()
    while waiting and len(seen) < most:
        path, source = waiting.popleft()
        kind = _kind(path)
        if path in seen or (source and kind in kinds):
            continue
        seen.add(path)
        kinds.add(kind)
        answer = visitor.get(path)
        yield path, source, answer
        if answer.status_code in (301, 302, 308):
            waiting.append((_here(path, answer.location) or "/", path))
        elif answer.mimetype == "text/html":
            waiting.extend(
                (there, path) for tag in _tags(answer.text) for link in _read(tag).links if (there := _here(path, link))
            )


def _here(path: str, link: str) -> str:
    """The path and query of a link on the page at `path`; "" where it leads elsewhere or to a file for all rows."""
    there = urlsplit(urljoin(f"http://{HOST}{path}", link))
    if there.scheme != "http" or there.netloc not in (HOST, "localhost") or "/export/" in there.path:
        return ""
    return there.path + (f"?{there.query}" if there.query else "")


def _kind(path: str) -> tuple[str, tuple[str, ...]]:
    parts = urlsplit(path)
    alike = re.sub(r"(BX|JD|LF|BG|ES|SQ)\d+|\b[0-9a-f]{32}\b|(?<=/)\d+|(?<=doors/)[^/]+|(?<=at/)[^/]+", "*", parts.path)
    return alike, tuple(sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)}))
