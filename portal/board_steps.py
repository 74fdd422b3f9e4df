"""One step on something of a board, and a report of it: the same view for whatever is moderated.

A board says in a `Face` which steps its people take, in which words, and where its pages are. The questions are found
in `forms` by the name of flow and step, as in the panel.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import CombinedMultiDict

import templating
from forms import StepForm, step_form
from forms.moderations import ReportForm
from hall import access, events, moderation
from hall.flow import Flow, Step
from hall.words import N_, Refused
from models import MODERATION_STATES, REASONS, Moderated, Person, Report, Submission
from portal.repairs import Page

# What every author may do to a text of theirs, what it is called, and what is said when it is done.
WORDS = {
    "resubmit": N_("修改后重新提交"),
    "appeal": N_("申诉"),
    "edit": N_("修改"),
    "withdraw": N_("我要撤回"),
}
SENT = {
    "edit": N_("已提交修改，审核后会通知您"),
    "resubmit": N_("已重新提交，审核后会通知您"),
    "appeal": N_("已申诉，由另一位审核员重新看，结果会通知您"),
    "withdraw": N_("已撤回"),
}
MEANS = {
    "edit": N_("审核员看到的是您最后一次提交的内容。"),
    "edit>published": N_("新的内容审核通过之前，大家看到的仍是现在的内容。"),
    "resubmit": N_("按上面的意见修改后重新提交，会再次审核。"),
    "appeal": N_("如果您认为驳回不对，请说明理由。"),
    "withdraw": N_("撤回后不再显示，撤回以后不能恢复。"),
}


@dataclass(frozen=True)
class Face:
    """How a board shows its rows and their steps.

    `show(row)` and `step(row, name)` are addresses, `mine()` is where somebody goes who does not see the row any more.
    `words` has the steps of `flow` that are taken here, in the order in which they are offered, with what they are
    called; `sent` what is said when one is done, `means` what is said before (`step>state of the flow` comes first).
    `pointless(row, step, person)` says why a step would be refused for more than its state, "" if it would not;
    `seen(row, person)` says whether the page is (still) theirs to see; `beside(row, step, person)` is what the template
    needs that is the board's own.
    """

    flow: Flow
    show: Callable[[Any], str]
    step: Callable[[Any, str], str]
    mine: Callable[[], str]
    words: Mapping[str, str]
    sent: Mapping[str, str] = field(default_factory=dict)
    means: Mapping[str, str] = field(default_factory=dict)
    pointless: Callable[[Any, Step, Person], str] = lambda row, step, person: ""
    seen: Callable[[Any, Person], bool] = lambda row, person: moderation.is_disclosed(row) or access.sees(person, row)
    beside: Callable[[Any, Step, Person], dict[str, Any]] = lambda row, step, person: {}
    template: str = "boards/step.html"

    @property
    def steps(self) -> dict[str, Step]:
        """Every step that is taken here, by name: the board's own before those of the moderation."""
        own = {name: self.flow.steps[name] for name in self.words}
        return own | {name: moderation.flow.steps[name] for name in WORDS}

    def called(self, step: Step) -> str:
        """What a step is called, as a msgid."""
        return {**WORDS, **self.words}[step.name]

    def why_not(self, row: Any, step: Step, person: Person, decided: Submission | None = None) -> str:
        """Why the hall would refuse a step that state and permission allow, as a msgid; "" if it would not."""
        if step.name == "appeal":
            decided = decided or moderation.latest_decision(row)
            if decided is not None and decided.cause == "appeal":
                return N_("已经申诉过一次了")
        if step.flow is moderation.flow and (instead := moderation.board_of(row).instead.get(step.name)):
            return instead
        return self.pointless(row, step, person)


def offers(
    face: Face, row: Moderated, person: Person | None, decided: Submission | None = None
) -> list[dict[str, Any]]:
    """What `person` may do to `row` now, as {step, words, link}, in the order in which a page offers it.

    `decided` is the latest decision on it, where a page with many rows knows it already.
    """
    if person is None:
        return []
    allowed = [step for step in face.steps.values() if step.allowed(row, person)]
    return [
        {"step": step, "words": face.called(step), "link": face.step(row, step.name)}
        for step in allowed
        if not face.why_not(row, step, person, decided)
    ]


def take(face: Face, load: Callable[[], Any], name: str) -> Page:
    """Ask what a step needs, and take it; `load` gives the row that the reader sees, or aborts.

    The view must be for people who are signed in. A refusal keeps what was typed.
    """
    row, person = load(), _me()
    step = face.steps.get(name) or abort(404)
    if not access.may(person, step.need, row):
        abort(404)
    if request.method == "GET" and (late := _too_late(face, row, step, person)):
        flash(late)
        return redirect(_page_of(face, row))
    status = 200 if request.method == "GET" else 400
    typed = CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None
    form = step_form(step.flow.name, step.name)(typed, subject=row, person=person)
    if request.method == "POST" and form.validate():
        try:
            done = step.flow.perform(row, step, by=person, **form.answers())
            flash(_({**SENT, **face.sent}.get(name) or N_("已完成")), "ok")
            return redirect(_page_of(face, done))
        except Refused as refused:
            form.blame(refused)
            row, status = load(), templating.status_of(refused)
            # Who reads how it stands now beside the question may send it again.
            form.seen.data = str(row.version)
    return render_template(face.template, **_shown(face, row, step, form)), status


def _me() -> Person:
    person: Person = current_user._get_current_object()
    return person


def _too_late(face: Face, row: Any, step: Step, person: Person) -> str:
    state = step.flow.state(row)
    if state not in step.sources:
        return str(_("现在是“%(state)s”，不能再%(step)s", state=_(step.flow.states[state]), step=_(step.label)))
    why = face.why_not(row, step, person)
    return str(_(why)) if why else ""


def _page_of(face: Face, row: Any) -> str:
    """Where to go from a step: the page of the row if it is still the reader's to see."""
    return face.show(row) if face.seen(row, _me()) else face.mine()


def _shown(face: Face, row: Any, step: Step, form: StepForm) -> dict[str, Any]:
    means, state = {**MEANS, **face.means}, step.flow.state(row)
    of_texts = step.flow is moderation.flow
    return {
        **face.beside(row, step, _me()),
        "row": row,
        "step": step,
        "form": form,
        "words": face.called(step),
        "means": means.get(f"{step.name}>{state}") or means.get(step.name, ""),
        "possible": state in step.sources,
        "back": _page_of(face, row),
        "decided": moderation.latest_decision(row) if of_texts else None,
        "reasons": REASONS,
        "states": MODERATION_STATES,
        "photos_lost": any(file.filename for file in request.files.getlist("photos")),
    }


def report(face: Face, row: Moderated) -> Page:
    """举报 of a public row of a board. The view must be for people who are signed in."""
    return ask_report(row, face.show(row), getattr(row, "title", ""))


def ask_report(row: Moderated, back: str, heading: str = "") -> Page:
    """Ask why a public row should not be there, once a person; `back` is the page on which it stands."""
    person = _me()
    if request.method == "GET" and (said := said_before(row, person)):
        flash(_(said))
        return redirect(back)
    status = 400 if request.method == "POST" else 200
    form = ReportForm(request.form or None, subject=row, person=person)
    if request.method == "POST" and form.validate():
        try:
            moderation.report(row, by=person, **form.answers())
            flash(_("已收到，审核员看过后会通知您结果"), "ok")
            return redirect(back)
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("boards/report.html", form=form, row=row, heading=heading, back=back), status


def said_before(row: Moderated, person: Person) -> str:
    """Why `person` does not report `row`, as a msgid: it is theirs, or they have, and with what result; else ""."""
    if row.author_id == person.id:
        return N_("这是您自己发的，可以直接修改或撤回")
    about = (Report.subject_type == events.subject_type(row)) & (Report.subject_id == row.id)
    before = Report.get_or_none(about, Report.person == person.id)
    if before is None:
        return ""
    if before.result == "keep":
        return N_("您举报过，审核员看过后决定维持公开")
    return N_("您的举报已经处理，谢谢") if before.result else N_("您已经举报过，有结果会通知您")
