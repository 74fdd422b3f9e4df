"""What people bring to the supervision board: a post, a follow-up, support, a report of what should not be there.

What becomes of it for its author is in `portal/authoring.py`, on the same blueprint.
"""

from collections.abc import Sequence
from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from peewee import fn
from werkzeug.wrappers import Response

import templating
from forms.supervision import CommentForm, PostForm, own_order
from hall import moderation, supervision, threads
from hall.words import N_, Refused
from models import (
    THREAD_KINDS,
    Comment,
    Moderated,
    Person,
    RepairOrder,
    Reply,
    Support,
    Thread,
    ThreadFollower,
    tuples,
)
from portal.board_steps import ask_report
from portal.repairs import Page
from portal.supervision import bp, in_hours, me
from portal.typed import ask_who_you_are, forget, typed

LONGEST_QUERY = 200
STANDS = {
    "support": (supervision.support, N_("已支持")),
    "unsupport": (supervision.unsupport, N_("已取消支持")),
    "follow": (supervision.follow, N_("已关注，有进展会通知您")),
    "unfollow": (supervision.unfollow, N_("已取消关注")),
}


def read(number: str) -> Thread:
    """The thread if the reader may see it, else the same 404 as for a number that does not exist."""
    return threads.find(me(), number) or abort(404)


def page_of(thread: Thread, anchor: str | None = None) -> Response:
    """To the page of a thread."""
    return redirect(_address(thread, anchor))


def _address(thread: Thread, anchor: str | None = None) -> str:
    return url_for("supervision.show", number=thread.number, _anchor=anchor)


# --- a post ------------------------------------------------------------------------------------------


@bp.route("/supervision/new", methods=["GET", "POST"])
def new() -> Page:
    """我要发帖, open before the sign-in, with everything filled in that is known."""
    person = me()
    if request.method == "POST" and person is None:
        return _ask(PostForm)
    named = own_order(person, request.args.get("order", ""))
    form = PostForm(typed(PostForm), person=person, named=named, **_known(person, named))
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            thread = supervision.post(by=person, **form.answers())
            return _sent(thread, page_of(thread))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    alike = _alike(form.title.data or "")
    return render_template("supervision/new.html", form=form, alike=alike, named=named, **_about(form)), status


def _ask(shape: type[PostForm] | type[CommentForm], about: str = "") -> Response:
    names = [name for name in shape()._fields if name not in ("once", "photos")]
    return ask_who_you_are(shape, url_for("supervision.index"), names=names, about=about)


def _known(person: Person | None, named: RepairOrder | None) -> dict[str, Any]:
    """Answers that nobody needs to be asked for."""
    if request.method == "POST":
        return {}
    kind = request.args.get("kind", "")
    known = {"kind": kind} if kind in dict(THREAD_KINDS) else {}
    return known | {"phone": person.phone if person else "", "order": named.number if named else ""}


def _about(form: PostForm | CommentForm) -> dict[str, Any]:
    """What the page says beside the questions: how the writer would be shown, and what became of the answers."""
    return {
        "kept": g.get("kept", False),
        "photos_lost": any(file.filename for file in request.files.getlist("photos")),
        "role": own_role(),
        "kinds": THREAD_KINDS,
        "usual": in_hours(moderation.usual_wait()),
    }


@bp.app_template_global()
def own_role() -> str:
    """How the reader is shown without their name; "" for a visitor."""
    person = me()
    return threads.byline(Thread(author=person, shown_as="role")) if person is not None else ""


def _sent(row: Moderated, answer: Response) -> Response:
    flash(_("已公开") if row.moderation == "published" else _("已提交，审核后会通知您"), "ok")
    return forget(answer, url_for("supervision.index"))


@bp.get("/supervision/similar")
def similar() -> str:
    """The public threads that are most like `q`, as a piece of the form's page."""
    return render_template("supervision/_similar.html", alike=_alike(request.args.get("q", "")))


def _alike(text: str) -> list[Thread]:
    """Threads that resemble `text`, each with what the reader is to it already."""
    found = threads.similar(text[:LONGEST_QUERY])
    parts_in(found)
    return found


# --- support and following ---------------------------------------------------------------------------


@bp.post("/supervision/<number>/<any(support, unsupport, follow, unfollow):verb>")
def stand(number: str, verb: str) -> Response:
    """Say that one stands behind a thread or wants to hear of it, or take that back; a repeat changes nothing."""
    thread, person, (act, said) = read(number), me(), STANDS[verb]
    if person is None:
        flash(_("请先登录"), "info")
        return redirect(url_for("account.signin", next=url_for(".show", number=thread.number)))
    try:
        act(thread, by=person)
        flash(_(said), "ok")
    except Refused as refused:
        flash(templating.sentence(refused), "error")
    return page_of(thread)


def parts_in(found: Sequence[Thread]) -> None:
    """Note at each thread what the reader is to it: author, supporter, follower, and whether they may write below."""
    person, said = me(), {}
    if person is not None and found:
        mine = [
            fn.EXISTS(model.select(model.id).where(model.thread == Thread.id, model.person == person.id))
            for model in (Support, ThreadFollower)
        ]
        asked = Thread.select(Thread.id, *mine).where(Thread.id.in_([thread.id for thread in found]))
        said = {row[0]: row[1:] for row in tuples(asked)}
    for thread in found:
        author = person is not None and thread.author_id == person.id
        thread.__dict__["part"] = {
            "author": author,
            "supports": bool(said and said[thread.id][0]),
            "follows": bool(said and said[thread.id][1]),
            "may_comment": _is_open(thread) or (author and thread.moderation == "private"),
        }


@bp.app_template_global()
def part_in(thread: Thread) -> dict[str, bool]:
    """What the reader is to one thread; asked once a page."""
    if "part" not in thread.__dict__:
        parts_in([thread])
    part: dict[str, bool] = thread.__dict__["part"]
    return part


def _is_open(thread: Thread) -> bool:
    return thread.moderation == "published" and thread.status != "merged"


# --- a follow-up -------------------------------------------------------------------------------------


@bp.route("/supervision/<number>/comment", methods=["GET", "POST"])
def comment(number: str) -> Page:
    """跟帖, below a public thread or one's own."""
    thread, person = read(number), me()
    if request.method == "POST" and person is None:
        return _ask(CommentForm, thread.number)
    if request.method == "GET" and not part_in(thread)["may_comment"]:
        flash(_("这个帖子现在不能跟帖"))
        return page_of(thread)
    form = CommentForm(typed(CommentForm, thread.number), person=person, thread=thread)
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            written = supervision.comment(thread, by=person, **form.answers())
            return _sent(written, page_of(thread, f"comment-{written.id}"))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("supervision/comment.html", form=form, thread=thread, **_about(form)), status


@bp.app_template_global()
def comment_form(thread: Thread) -> CommentForm:
    """The empty form of a follow-up, for the page of the thread."""
    return CommentForm(person=me(), thread=thread)


# --- a report of what should not be there ------------------------------------------------------------


@bp.route("/supervision/<number>/report", methods=["GET", "POST"])
@login_required
def report(number: str) -> Page:
    """举报 of a public thread."""
    thread = moderation.disclosed(Thread).where(Thread.number == number[:20].upper()).first() or abort(404)
    return ask_report(thread, _address(thread), thread.title)


@bp.route("/supervision/<number>/report/<any(comment, reply):kind>/<int:row_id>", methods=["GET", "POST"])
@login_required
def report_below(number: str, kind: str, row_id: int) -> Page:
    """举报 of something public below a thread."""
    model: Any = {"comment": Comment, "reply": Reply}[kind]
    row = moderation.disclosed(model).where(model.id == row_id).first()
    if row is None or row.thread.number != number.upper():
        abort(404)
    return ask_report(row, _address(row.thread))
