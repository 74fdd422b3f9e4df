"""Messages: one's conversations about listings and notices, one of them, the first message, closing and reporting."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.wrappers import Response

import templating
from forms.talk import ReadForm, ReportForm, SayForm, StartForm
from hall import conversations, lost_reading, market_reading, talk_blocks, talk_reports
from hall.conversations import Thing
from hall.sensitive import MASK
from hall.words import Refused
from models import Conversation, Listing, Person

bp = Blueprint("talk", __name__)

Page = str | Response | tuple[str, int]
FIND = {"listing": market_reading.find, "property_notice": lost_reading.find}
LATEST = 30


def me() -> Person:
    person: Person = current_user._get_current_object()
    return person


@bp.app_template_global()
def thing_address(thing: Thing) -> str:
    """The page of a listing or notice."""
    return url_for("market.show" if isinstance(thing, Listing) else "lost_found.show", number=thing.number)


@bp.get("/messages")
@login_required
def index() -> str:
    """One's conversations, what was said last first, a page by key."""
    rows, following = conversations.mine(me(), request.args.get("after", ""))
    shown = [(row, *conversations.described(row.talk, row.thing, me())) for row in rows]
    return render_template("talk/index.html", rows=shown, following=following, knows=conversations.knows)


@bp.route("/messages/<int:id>", methods=["GET", "POST"])
@login_required
def show(id: int) -> Page:
    """One conversation for the two whose it is; a POST says something."""
    talk = _of(id)
    thing = conversations.about(talk)
    form, status = SayForm(request.form or None), 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            said = conversations.say(talk, by=me(), **form.answers())
            _tell_of_covered(said.text)
            return redirect(url_for("talk.show", id=talk.id, _anchor=f"message-{said.id}"))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("talk/show.html", form=form, **_shown(talk, thing)), status


def _tell_of_covered(said: str) -> None:
    if MASK in said and MASK not in request.form.get("text", ""):
        flash(_("消息里的号码已经遮盖"), "info")


def _of(talk_id: int) -> Conversation:
    return conversations.of(me(), talk_id) or abort(404)


def _shown(talk: Conversation, thing: Thing) -> dict[str, Any]:
    before = request.args.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    said, earlier = conversations.page(talk, me(), before=key, limit=LATEST)
    part, name = conversations.described(talk, thing, me())
    seen = talk.owner_read if talk.owner_id == me().id else talk.starter_read
    return {
        "talk": talk,
        "thing": thing,
        "part": part,
        "name": name,
        "messages": said,
        "earlier": earlier,
        "is_latest": key is None,
        "fresh": [each.id for each in said if each.author_id != me().id and each.id > seen],
        "silent": conversations.why_silent(talk, thing),
        "knows": conversations.knows(thing, me()),
        "contact": conversations.dealing_with(talk, thing, me()),
        "is_blocking": me().id in talk_blocks.blocking(talk.owner_id, talk.starter_id),
        "reported": talk_reports.of(talk, me()),
    }


@bp.post("/messages/<int:id>/read")
@login_required
def read(id: int) -> Any:
    """Note that one has read what the page showed; a script hears how much is unread then."""
    talk = _of(id)
    conversations.read(talk, by=me(), seen=ReadForm(request.form).answers()["seen"])
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return {"unread": conversations.unread(me())}
    return redirect(url_for("talk.show", id=talk.id))


@bp.post("/messages/<int:id>/<any(block, unblock):verb>")
@login_required
def block(id: int, verb: str) -> Response:
    """Close what the two talk about, or take that back."""
    talk = _of(id)
    if verb == "block":
        talk_blocks.block(talk, by=me())
        flash(_("已不再接收对方的消息；您可以随时恢复"), "ok")
    else:
        talk_blocks.unblock(talk, by=me())
        flash(_("已恢复接收对方的消息"), "ok")
    return redirect(url_for("talk.show", id=talk.id, _anchor="latest"))


@bp.route("/messages/<int:id>/report", methods=["GET", "POST"])
@login_required
def report(id: int) -> Page:
    """Tell the moderators of a conversation, once; who has done so goes back to it."""
    talk = _of(id)
    if request.method == "GET" and talk_reports.of(talk, me()):
        return redirect(url_for("talk.show", id=talk.id, _anchor="latest"))
    form, status = ReportForm(request.form or None), 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            talk_reports.report(talk=talk, by=me(), **form.answers())
            flash(_("已收到举报，审核员会看这段对话，有结果会通知您"), "ok")
            return redirect(url_for("talk.show", id=talk.id, _anchor="latest"))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("talk/report.html", form=form, talk=talk), status


@bp.get("/messages/<int:id>/pulse")
@login_required
def pulse(id: int) -> dict[str, Any]:
    """What changes when something is said, for a page that follows the conversation."""
    talk = _of(id)
    return {"version": talk.latest.isoformat()}


@bp.route("/messages/about/<any(listing, property_notice):kind>/<number>", methods=["GET", "POST"])
@login_required
def start(kind: str, number: str) -> Page:
    """The first message about a thing; who has begun already goes on where they were."""
    thing = FIND[kind](me(), number) or abort(404)
    begun = conversations.begun(thing, me())
    if request.method == "GET" and begun is not None:
        return redirect(url_for("talk.show", id=begun.id))
    if request.method == "GET" and (why := conversations.why_no_start(thing, me())):
        flash(_(why), "info")
        return redirect(thing_address(thing))
    form, status = StartForm(request.form or None), 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            talk = conversations.start(thing, by=me(), **form.answers())
            flash(_("已发送，对方回复时会通知您"), "ok")
            _tell_of_covered(conversations.page(talk, me(), limit=1)[0][0].text)
            return redirect(url_for("talk.show", id=talk.id))
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("talk/start.html", form=form, thing=thing), status
