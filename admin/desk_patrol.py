"""On patrol 巡查: something public that a moderator sees and hides, or what was hidden and is shown again."""

from typing import Any

import peewee
from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _

from admin import desk_about, desk_item, desk_text
from admin.gate import me
from forms.desk import PatrolForm
from hall import events, moderation
from hall.moderation import current
from hall.words import Refused
from models import DECISIONS, Person, Submission
from templating import status_of

SHOWN = 20


class Patrol:
    """The part of the desk that judges what is public already."""

    render: Any

    @expose("/patrol/<subject_type>/<int:row_id>", methods=("GET", "POST"))
    def patrol(self, subject_type: str, row_id: int) -> Any:
        """What it says, what was decided of it so far, and the two steps that can be taken."""
        model: Any = desk_item.MODELS.get(subject_type) or abort(404)
        row = desk_about.with_keys(model).where(model.id == row_id).first() or abort(404)
        form, status = PatrolForm(request.form if request.method == "POST" else None), 200
        if request.method == "POST":
            try:
                decision = form.decision
                moderation.decide(row, decision, by=me(), **form.answers())
                flash(_("已%(decision)s", decision=_(dict(DECISIONS)[decision])), "ok")
                return redirect(url_for("desk.patrol", subject_type=subject_type, row_id=row_id), 303)
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                row = desk_about.with_keys(model).where(model.id == row_id).get()
        form.seen.data = str(row.version)
        content = current(row)
        hits = desk_text.hits_of(content, desk_item.marks_of(content))
        page = {"headline": desk_about.headline(row, content), "parts": desk_text.parts(model, content, hits)}
        page |= {
            "photos": [*(content.get("photos") or []), *desk_text.answered_photos(content)],
            "earlier": _earlier(row),
            "form": form,
            "row": row,
        }
        page |= {"address": desk_about.public_address(row), "waiting": moderation.proposal(row), "about": desk_item}
        return self.render("admin/desk_patrol.html", **page, own=row.author_id == me().id), status


def _earlier(row: Any) -> list[Submission]:
    """The decisions on a row, newest first, with who took them."""
    about = (Submission.subject_type == events.subject_type(row)) & (Submission.subject_id == row.id)
    judge = Person.alias()
    query = Submission.select(Submission, judge).where(about, Submission.status == "decided")
    taken = Submission.decided_by == judge.id
    query = query.join_from(Submission, judge, peewee.JOIN.LEFT_OUTER, on=taken, attr="decided_by")
    return list(query.order_by(Submission.id.desc()).limit(SHOWN))
