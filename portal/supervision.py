"""The supervision board as everybody reads it, without signing in: list, thread, feed, the log of the moderation.

Who is signed in reads more of their own on the same pages. What people bring is in `portal/posting.py` and
`portal/authoring.py`, on the same blueprint.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

import pieces
import templating
from hall import clock, forgetting, moderation, public_log, site, threads
from hall.threads import Sought
from hall.words import N_
from models import THREAD_KINDS, Comment, Department, Event, Person, Reply, Submission, Thread

bp = Blueprint("supervision", __name__)

TOO_LONG = N_("最多 %(most)s 个字、%(words)s 个词，请写短一些再搜索")
# XML has no way to write these, not even escaped.
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FEED_LENGTH = 30


def me() -> Person | None:
    """Who is signed in; None for a visitor."""
    person: Person | None = current_user._get_current_object() if current_user.is_authenticated else None
    return person


# --- the list ----------------------------------------------------------------------------------------


@bp.get("/supervision")
def index() -> tuple[str, int]:
    """The disclosed threads, filtered, sorted and searched, a page by key."""
    found = threads.departments()
    sought, said, wrong = _sought(found)
    after = request.args.get("after", "")
    rows, following = ([], "") if wrong else threads.told_page(sought, after=after)
    rows_said, codes = tuple(row.said for row in rows), tuple(each.code for each in found)

    def values() -> dict[str, Any]:
        choices = {
            "kinds": THREAD_KINDS,
            "states": threads.STATES,
            "periods": threads.periods(),
            "sorts": threads.SORTS,
        }
        links = {"to": _links(sought, said), "feed": _feed_address(sought.kind, sought.department)}
        asked = {"sought": sought, "said": said, "wrong": wrong, "departments": found, "department_codes": codes}
        return {"rows": rows, "rows_said": rows_said, "following": following, **asked, **choices, **links}

    told = None if said else (rows_said, following, codes, sought, after != "")
    return pieces.page("supervision/index.html", told, values), 400 if wrong else 200


def _sought(known: list[Department]) -> tuple[Sought, str, str]:
    """What is asked for, the words as they were typed, and what is wrong with them; other answers mean nothing."""
    said = " ".join(request.args.get("q", "").split())
    words = tuple(dict.fromkeys(said.split()))
    limits = {"most": threads.LONGEST_SEARCH, "words": threads.MOST_WORDS}
    too_long = len(said) > limits["most"] or len(words) > limits["words"]
    sought = Sought(
        kind=_one_of(request.args.get("kind", ""), THREAD_KINDS),
        department=_department(request.args.get("department", ""), known),
        state=_one_of(request.args.get("state", ""), threads.STATES),
        period=_one_of(request.args.get("period", ""), threads.PERIODS),
        sort=_one_of(request.args.get("sort", ""), threads.SORTS) or "newest",
        words=words,
    )
    return sought, said[:200], _(TOO_LONG, **limits) if too_long else ""


def _one_of(said: str, choices: Iterable[tuple[str, str]]) -> str:
    return said if said and said in dict(choices) else ""


def _department(code: str, known: list[Department]) -> str:
    """The code of a department, which joins the `known` ones where nothing of it is public yet."""
    if code and code not in [each.code for each in known]:
        other = Department.get_or_none(Department.code == code[:20])
        if other is None:
            return ""
        known.append(other)
    return code


def _links(sought: Sought, said: str) -> Callable[..., str]:
    """Makes the address of this list with other answers."""
    asked = {name: getattr(sought, name) for name in ("kind", "department", "state", "period", "sort")} | {"q": said}

    def to(**changed: str) -> str:
        answers = {name: value for name, value in (asked | changed).items() if value and (name, value) != SORTED}
        return url_for("supervision.index", **answers)

    return to


SORTED = ("sort", "newest")


# --- a thread ----------------------------------------------------------------------------------------


@bp.get("/supervision/<number>")
def show(number: str) -> str:
    """One thread; who may not see it gets the same 404 as for a number that does not exist."""
    if me() is not None:
        return render_template("supervision/show.html", **shown(threads.find(me(), number) or abort(404)))
    found = threads.opened(number, after=_after()) or abort(404)
    return pieces.page("supervision/show.html", found.said(), lambda: shown_to_visitors(found))


def shown(thread: Thread) -> dict[str, Any]:
    """All that the page of a thread says to who reads it."""
    person = me()
    own = person is not None and thread.author_id == person.id
    under = threads.answers_to(thread, person), *threads.talk_under(thread, person, after=_after())
    return _shown(thread, *under, threads.history(thread, own=own))


def shown_to_visitors(found: threads.Opened) -> dict[str, Any]:
    """The same to visitors, of what has been read already."""
    thread = found.row.entity
    replies, comments, past = ([each.entity for each in rows] for rows in (found.replies, found.comments, found.past))
    return _shown(thread, replies, comments, found.following, forgetting.veil(past, thread))


def _shown(
    thread: Thread, answered: list[Reply], comments: list[Comment], following: int | None, past: list[Event]
) -> dict[str, Any]:
    person = me()
    own = person is not None and thread.author_id == person.id
    staff = threads.is_staff(person, thread)
    review = threads.reviews([thread])[thread.id] if own else (None, None)
    usual = moderation.usual_wait() if own and thread.moderation == "pending" else None
    title, text = threads.sentence(thread, past, person, review, usual)
    names = {reply.id: reply.department.name for reply in answered}
    return {
        "thread": thread,
        "own": own,
        "staff": staff,
        "public": thread.moderation == "published",
        "title": templating.said(title),
        "text": templating.said(text),
        "byline": threads.byline,
        "promise_of": threads.promise_of,
        "pictures": pictures,
        "replies": answered,
        "comments": comments,
        "following": following,
        "reviews": threads.reviews([row for row in comments if person is not None and row.author_id == person.id]),
        "story": [_told(entry) for entry in threads.story(thread, past, person, names)],
        "edit": _proposed(thread, review[0]),
        "refused": _refused(thread, *review),
        "main": threads.main_of(thread, person),
        "order": thread.order if own else None,
        "milestones": threads.milestones(thread.order) if thread.order_id else [],
        "kinds": THREAD_KINDS,
        "address": address("supervision.show", number=thread.number),
        "picture": _card_picture(thread),
        "feed": _feed_address(),
    }


def _after() -> int:
    """The follow-up that the address names, by its id; 0 for anything else (fault 36)."""
    typed = request.args.get("after", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


def _told(entry: Any) -> dict[str, Any]:
    return {**vars(entry), "text": templating.said(entry.text)}


def pictures(names: Iterable[str]) -> list[dict[str, str]]:
    """The addresses of photos, for `macros.photo_grid`."""
    return [{size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")} for name in names]


def _proposed(thread: Thread, waiting: Submission | None) -> dict[str, Any]:
    """The text that waits beside the public one; {} where nothing does."""
    shows = thread.moderation in ("published", "private")
    return dict(waiting.content) if waiting is not None and waiting.cause == "edit" and shows else {}


def _refused(thread: Thread, waiting: Submission | None, decided: Submission | None) -> Submission | None:
    """The decision against an edit, or a moderator's wish for one, while the text itself stays where it was."""
    against = decided is not None and decided.decision in ("send_back", "reject")
    return decided if against and waiting is None and thread.moderation in ("published", "private") else None


def address(endpoint: str, **values: Any) -> str:
    """A whole address of the hall, from the settings and not from what the browser says (fault 32)."""
    return site.url.rstrip("/") + url_for(endpoint, **values)


def _card_picture(thread: Thread) -> str:
    if thread.photos:
        return address("photos.show", name=thread.photos[0], size="large")
    return address("static", filename="share.png")


# --- the feed ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """One entry of the feed: a thread that became public, or a reply to one."""

    thread: Thread
    reply: Reply | None
    at: datetime
    updated: datetime

    @property
    def id(self) -> str:
        anchor = f"#reply-{self.reply.id}" if self.reply is not None else ""
        return address("supervision.show", number=self.thread.number) + anchor


@bp.get("/supervision/feed.atom")
def feed() -> Response:
    """The newest threads and replies as Atom, of one kind or department where the address says so."""
    kind, code = request.args.get("kind", ""), request.args.get("department", "")
    department = Department.get_or_none(Department.code == code[:20]) if code else None
    if (kind and kind not in dict(THREAD_KINDS)) or (code and department is None):
        abort(404)
    items = _items(kind, code)
    text = render_template(
        "supervision/feed.atom",
        items=items,
        kind=dict(THREAD_KINDS).get(kind, ""),
        department=department,
        updated=max((item.updated for item in items), default=clock.now()),
        here=address("supervision.feed", **_given(kind=kind, department=code)),
        there=address("supervision.index", **_given(kind=kind, department=code)),
        byline=threads.byline,
        kinds=THREAD_KINDS,
    )
    response = make_response(NOT_IN_XML.sub("", text))
    response.mimetype = "application/atom+xml"
    response.add_etag()
    return response.make_conditional(request)


def _items(kind: str, department: str) -> list[Item]:
    posts = threads.newest(kind, department, FEED_LENGTH)
    replies = threads.answers(kind, department, FEED_LENGTH)
    touched = threads.touched(posts) | threads.touched(replies)
    items = [Item(row, None, *_when(row, touched)) for row in posts]
    items += [Item(row.thread, row, *_when(row, touched)) for row in replies]
    return sorted(items, key=lambda item: item.at, reverse=True)[:FEED_LENGTH]


def _when(row: Any, touched: dict[tuple[str, int], datetime]) -> tuple[datetime, datetime]:
    return row.published, max(row.published, touched.get((row._meta.table_name, row.id), row.published))


def _given(**values: str) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}


def _feed_address(kind: str = "", department: str = "") -> str:
    return url_for("supervision.feed", **_given(kind=kind, department=department))


# --- the log -----------------------------------------------------------------------------------------


@bp.get("/supervision/log")
def log() -> str:
    """How the moderation works and what it decided, without a word of what it decided on."""
    lines, following = public_log.page(request.args.get("after", ""))
    counted, is_sample = public_log.this_month()
    return render_template(
        "supervision/log.html",
        lines=lines,
        following=following,
        counted=counted,
        is_sample=is_sample,
        sample=public_log.SAMPLE,
        usual=in_hours(moderation.usual_wait()),
    )


def in_hours(length: timedelta | None) -> timedelta | None:
    """A length of time as people compare it: whole hours."""
    return timedelta(hours=max(1, -(-length // timedelta(hours=1)))) if length is not None else None
