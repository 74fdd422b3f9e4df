"""The moderators' desk: one queue of everything that waits, the item with all that its decision needs, one key each.

GET only reads: an item is claimed, decided, let go and taken back by POST. The page works as plain forms; with
static/desk.js the same answers come as parts of it (`X-Desk: parts`), so that the next item needs no full reload.
"""

import json
import secrets
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_admin.helpers import get_current_view
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from admin import desk_about, desk_frame, desk_item
from admin.desk_bulk import Bulk
from admin.desk_frame import address, here, wanted_here
from admin.desk_item import Item
from admin.desk_patrol import Patrol
from admin.desk_reasons import OWN, WISHED, in_language, reason_of, reasons, writes_english
from admin.gate import Gate, me
from forms.desk import DecideForm, SaveFilterForm
from hall import access, desk_filters, moderation, submissions
from hall.words import N_, Refused
from models import Submission
from templating import sentence, status_of

NEED = "moderation.decide"


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    return [Desk(name=lazy_gettext("审核台"), endpoint="desk", url="/admin/desk")]


def waiting() -> list[dict[str, Any]]:
    """The desk's entry among what waits for whoever asks."""
    if not access.may(me(), NEED):
        return []
    active = isinstance(get_current_view(), Desk)
    return [
        {
            "label": _("审核台"),
            "url": url_for("desk.index"),
            "icon": "shield-check",
            "count": desk_frame.waiting_count(),
            "active": active,
        }
    ]


class Desk(Bulk, Patrol, Gate):
    need = NEED

    @expose("/")
    def index(self) -> Any:
        """What waits; nothing is opened yet."""
        return self._page(None)

    @expose("/<int:submission_id>")
    def item(self, submission_id: int) -> Any:
        """One thing with all that its decision needs. Who does not hold it reads who does, and may take it."""
        trail = desk_item.found(submission_id) or abort(404)
        return self._page(trail)

    @expose("/next", methods=("POST",))
    def start(self) -> Response:
        """Open the first that nobody holds."""
        return _to(submissions.next_for(me(), wanted_here()))

    @expose("/<int:submission_id>/claim", methods=("POST",))
    def claim(self, submission_id: int) -> Response:
        """Hold it for some minutes; with `take_over` also where somebody else does."""
        desk_item.found(submission_id) or abort(404)
        try:
            submissions.claim(submission_id, by=me(), take_over="take_over" in request.form)
            _let_go(request.form.get("holding", ""), but=submission_id)
        except Refused as refused:
            flash(sentence(refused), "warning")
        return redirect(here(submission_id), 303)

    @expose("/<int:submission_id>/skip", methods=("POST",))
    def skip(self, submission_id: int) -> Response:
        """Let it go undecided and open the next."""
        (left, *_earlier) = desk_item.found(submission_id) or abort(404)
        submissions.release(submission_id, by=me())
        return _to(submissions.next_for(me(), wanted_here(), after=left))

    @expose("/<int:submission_id>/decide", methods=("POST",))
    def decide(self, submission_id: int) -> Any:
        """Decide exactly the version that was shown, and open the next; where it changed, show what it became."""
        trail = desk_item.found(submission_id) or abort(404)
        submission, form = trail[0], DecideForm(request.form)
        try:
            if not form.validate():
                raise Refused(N_("页面上的内容不完整，请刷新后再决定"))
            row, answers = desk_item.row_of(submission), _answers(form, submission)
            given = {"submission": submission_id, "version": form.seen(), "once": form.once.data}
            moderation.decide(row, form.decision, by=me(), **given, **answers)
        except Refused as refused:
            return self._refused(submission_id, form, refused)
        department = answers.get("forward_to")
        headline = desk_about.headline(row, submission.content)
        desk_frame.remember(submission, form.decision, headline, department.name if department else "")
        return _to(submissions.next_for(me(), wanted_here(), after=submission))

    @expose("/<int:submission_id>/undo", methods=("POST",))
    def undo(self, submission_id: int) -> Response:
        """Take back the decision of a few seconds ago, and open the thing again."""
        trail = desk_item.found(submission_id) or abort(404)
        holding = request.form.get("holding", "")
        try:
            moderation.undo(desk_item.row_of(trail[0]), by=me(), submission=submission_id)
            submissions.claim(submission_id, by=me())
        except Refused as refused:
            flash(sentence(refused), "warning")
            return redirect(here(int(holding) if holding.isdecimal() and len(holding) < 10 else None), 303)
        finally:
            desk_frame.forget_done()
        _let_go(holding, but=submission_id)
        return redirect(here(submission_id), 303)

    @expose("/counts")
    def counts(self) -> dict[str, Any]:
        """How much waits under each filter, and what became of the item that is open (`item`)."""
        counted = desk_frame.count(desk_frame.wishes(desk_filters.saved(me()), wanted_here()))
        told: dict[str, Any] = {"counts": {key: desk_frame.capped(number) for key, number in counted.items()}}
        if submission_id := request.args.get("item", type=int):
            row = Submission.get_or_none(Submission.id == submission_id) if 0 < submission_id < 2**31 else None
            state, left = desk_item.state_of(row) if row else ("closed", 0)
            told["item"] = {"state": state, "left": left, "version": row.version if row else 0}
        return told

    @expose("/filters", methods=("POST",))
    def save_filter(self) -> Response:
        """Keep what is looked at under a name."""
        form = SaveFilterForm(request.form)
        try:
            desk_filters.save(form.name.data or "", wanted_here(), by=me())
        except Refused as refused:
            flash(sentence(refused), "warning")
        return redirect(here(None), 303)

    @expose("/filters/<int:filter_id>/forget", methods=("POST",))
    def forget_filter(self, filter_id: int) -> Response:
        desk_filters.forget(filter_id, by=me())
        return redirect(here(None), 303)

    # --- the page ------------------------------------------------------------------------------------

    def _refused(self, submission_id: int, form: DecideForm, refused: Refused) -> Any:
        """The item as it is now, with why nothing was decided and what changed since it was shown."""
        trail = desk_item.found(submission_id) or abort(404)
        moved = form.seen() != trail[0].version
        page = self._page(trail, refused, form=form, shown=form.seen_text() if moved else None)
        return page, status_of(refused)

    def _page(
        self,
        trail: list[Submission] | None,
        refused: Refused | None = None,
        form: DecideForm | None = None,
        shown: dict[str, Any] | None = None,
    ) -> str:
        frame = desk_frame.frame()
        item: Item | None = desk_item.load(trail, shown, frame.departments) if trail else None
        parts = request.headers.get("X-Desk") == "parts"
        return self.render(
            "admin/desk.html",
            shell="admin/desk_parts.html" if parts else "panel.html",
            frame=frame,
            item=item,
            form=form,
            refused=refused,
            done=desk_frame.done(),
            address=address,
            token=lambda: secrets.token_urlsafe(18),
            shown=json.dumps(item.content, ensure_ascii=False) if item else "",
            own=OWN,
            many=item.reasons if item else reasons(english=False),
            about=desk_item,
        )


def _answers(form: DecideForm, submission: Submission) -> dict[str, Any]:
    """What the verb of a decision takes. Raises Refused."""
    decision, content = form.decision, submission.content
    # A text that moved on is refused for that, not for marks that lie elsewhere now.
    masks = form.masks(content) if form.seen() == submission.version else []
    if decision == "publish":
        return {"masks": masks, "forward_to": form.department()}
    if decision == "keep":
        return {}
    english = writes_english(content)
    if decision == "keep_private":
        code, note = _why_private(submission, english)
        return {"masks": masks, "forward_to": form.department(), "code": code, "note": note}
    if form.key == OWN:
        code, note = form.own_words()
        return {"code": code, "note": note}
    reason = reason_of(reasons(english), decision, form.key)
    if reason is None:
        raise Refused(N_("请选择理由"))
    return {"code": reason.code, "note": reason.note}


def _why_private(submission: Submission, english: bool) -> tuple[str, str]:
    """Code and words for who asks why only they and the department read it."""
    ready = reasons(english).get("keep_private")
    if getattr(desk_item.row_of(submission), "shown_as", "") == "private":
        return "other", in_language(WISHED, english)
    if ready:
        return ready[0].code, ready[0].note
    return ("privacy" if submission.risk == 1 else "other"), ""


def _to(submission: Submission | None) -> Response:
    return redirect(here(submission.id if submission else None), 303)


def _let_go(held: str, *, but: int) -> None:
    """Release the item that was open before, so that a colleague need not wait for it."""
    if held.isdecimal() and len(held) < 10 and int(held) != but:
        submissions.release(int(held), by=me())
