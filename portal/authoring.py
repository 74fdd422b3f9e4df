"""What an author does with a thread or a follow-up once it is there, and the list of what they wrote and follow."""

from collections.abc import Sequence
from typing import Any

import peewee
from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from werkzeug.datastructures import CombinedMultiDict

import templating
from forms import StepForm, step_form
from hall import access, moderation, supervision, threads
from hall.flow import Step
from hall.supervision_flow import MOST_REOPENED, REOPENED_DAYS, REVIEWED
from hall.words import N_, Refused
from models import MODERATION_STATES, REASONS, THREAD_KINDS, Comment, Moderated, Submission, Thread, ThreadFollower
from portal.posting import read
from portal.repairs import Page, key
from portal.supervision import bp, me

AT_MOST = 20
# What an author may ever do to a text of theirs; what is offered first stands first.
RANK = ("resubmit", "satisfied", "reopen", "appeal", "edit", "withdraw")
STEPS = {name: (moderation.flow.steps | supervision.flow.steps)[name] for name in RANK}
DO = {
    "edit": N_("修改"),
    "resubmit": N_("修改后重新提交"),
    "appeal": N_("申诉"),
    "withdraw": N_("我要撤回"),
    "satisfied": N_("评价并办结"),
    "reopen": N_("不满意，要求重办"),
}
SENT = {
    "edit": N_("已提交修改，审核后会通知您"),
    "resubmit": N_("已重新提交，审核后会通知您"),
    "appeal": N_("已申诉，由另一位审核员重新看，结果会通知您"),
    "withdraw": N_("已撤回"),
    "satisfied": N_("谢谢您的评价，已办结"),
    "reopen": N_("已要求重办，有进展会通知您"),
}
# What a step means, said before it is taken; `>` names a state of the moderation, `Comment` what is below a thread.
MEANS = {
    "edit": N_("审核员看到的是您最后一次提交的内容。"),
    "edit>published": N_("新的内容审核通过之前，大家看到的仍是现在的内容。"),
    "resubmit": N_("按上面的意见修改后重新提交，会再次审核。"),
    "appeal": N_("如果您认为驳回不对，请说明理由。"),
    "withdraw": N_("撤回后，帖子和它下面的跟帖、回复都不再显示，部门也不再办理。撤回以后不能恢复。"),
    "withdraw Comment": N_("撤回后，这条跟帖不再显示。撤回以后不能恢复。"),
    "satisfied": N_("评价后这件事办结。满意度会公开显示，您写的话只有工作人员看到。"),
}


# --- what one may do ---------------------------------------------------------------------------------


@bp.app_template_global()
def own_steps(row: Moderated, decided: Submission | None = None) -> list[dict[str, Any]]:
    """What the reader, if they are its author, may do to a thread or a follow-up now: {step, words, link}.

    `decided` is the latest decision on it, where a page with many rows knows it already.
    """
    person = me()
    if person is None or row.author_id != person.id:
        return []
    steps = [step for step in _steps_of(row).values() if step.allowed(row, person)]
    return [
        {"step": step, "words": DO[step.name], "link": _link(row, step.name)}
        for step in steps
        if not _pointless(step, row, decided)
    ]


def _steps_of(row: Moderated) -> dict[str, Step]:
    return {name: step for name, step in STEPS.items() if step.flow is moderation.flow or isinstance(row, Thread)}


def _link(row: Moderated, step: str) -> str:
    if isinstance(row, Thread):
        return url_for("supervision.step", number=row.number, step=step)
    return url_for("supervision.comment_step", row_id=row.id, step=step)


def _pointless(step: Step, row: Any, decided: Submission | None = None) -> str:
    """Why the hall would refuse a step, and no button leads to it; "" if it would not."""
    if step.name == "appeal":
        decided = decided or moderation.latest_decision(row)
        if decided is not None and decided.cause == "appeal":
            return N_("已经申诉过一次了")
    if step.name == "reopen" and row.reopened >= MOST_REOPENED:
        return N_("已经要求重办过两次，不能再要求；仍不满意可以评价“不满意”办结")
    if step.flow is supervision.flow and row.moderation not in REVIEWED:
        return N_("这个帖子现在没有公开，不能继续办理")
    return ""


# --- one step ----------------------------------------------------------------------------------------


@bp.route("/supervision/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take(number: str, step: str) -> Page:
    """Ask the author of a thread what a step needs, and take it."""
    return _take(lambda: read(number), step)


@bp.route("/supervision/comment/<int:row_id>/<step>", methods=["GET", "POST"], endpoint="comment_step")
@login_required
def take_below(row_id: int, step: str) -> Page:
    """The same for a follow-up."""
    return _take(lambda: access.visible(me(), Comment).where(Comment.id == row_id).first() or abort(404), step)


def _take(load: Any, name: str) -> Page:
    row = load()
    step = _steps_of(row).get(name) or abort(404)
    if not access.may(me(), step.need, row):
        abort(404)
    state = step.flow.state(row)
    if request.method == "GET" and (state not in step.sources or _pointless(step, row)):
        late = _("现在是“%(state)s”，不能再%(step)s", state=_(step.flow.states[state]), step=_(step.label))
        flash(late if state not in step.sources else _(_pointless(step, row)))
        return redirect(_page_of(row))
    status = 200 if request.method == "GET" else 400
    form = _form(row, step, CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            done = step.flow.perform(row, step, by=me(), **form.answers())
            flash(_(SENT[name]), "ok")
            return redirect(_page_of(done))
        except Refused as refused:
            form.blame(refused)
            row, status = load(), templating.status_of(refused)
            # Who reads how it stands now beside the question may send it again.
            form.seen.data = str(row.version)
    return render_template("supervision/step.html", **_shown(row, step, form)), status


def _form(row: Moderated, step: Step, typed: Any) -> StepForm:
    return step_form(step.flow.name, step.name)(typed, subject=row, person=current_user)


def _page_of(row: Any) -> str:
    """Where to go from a step: the page of the thread if it is still the reader's to see."""
    thread = row if isinstance(row, Thread) else row.thread
    if thread is row or moderation.is_disclosed(thread) or access.sees(me(), thread):
        anchor = None if thread is row or row.moderation == "withdrawn" else f"comment-{row.id}"
        return url_for("supervision.show", number=thread.number, _anchor=anchor)
    return url_for("supervision.mine", show="comments")


def _shown(row: Any, step: Step, form: StepForm) -> dict[str, Any]:
    kind = type(row).__name__
    variants = (f"{step.name}>{row.moderation}", f"{step.name} {kind}", step.name)
    return {
        "row": row,
        "thread": row if kind == "Thread" else None,
        "step": step,
        "form": form,
        "words": DO[step.name],
        "means": next((MEANS[variant] for variant in variants if variant in MEANS), ""),
        "possible": step.flow.state(row) in step.sources,
        "back": _page_of(row),
        "decided": moderation.latest_decision(row) if step.flow is moderation.flow else None,
        "reasons": REASONS,
        "states": MODERATION_STATES,
        "photos_lost": any(file.filename for file in request.files.getlist("photos")),
        "answers": threads.answers_to(row, me())[-1:] if step.flow is supervision.flow else [],
        "again": (MOST_REOPENED, getattr(row, "reopened", 0) + 1, REOPENED_DAYS),
    }


# --- mine --------------------------------------------------------------------------------------------

SHOWS = {"threads": N_("我发的"), "followed": N_("关注的"), "comments": N_("我的跟帖")}
UNFINISHED = ("pending", "needs_changes", "rejected")


@bp.get("/supervision/mine")
@login_required
def mine() -> str:
    """What waits for me, then what I posted, what I follow, or my follow-ups that are not public; newest first."""
    show = request.args.get("show", "threads")
    show = show if show in SHOWS else "threads"
    rows = _listed(show, key(request.args.get("before")))
    waits = [] if "before" in request.args else _waiting()
    more = rows[AT_MOST - 1].id if len(rows) > AT_MOST else None
    rows = [row for row in rows[:AT_MOST] if row not in waits]
    decided = {}
    for model in (Thread, Comment):
        alike = [row for row in [*waits, *rows] if isinstance(row, model)]
        decided |= {row: said[1] for row, said in zip(alike, threads.reviews(alike).values(), strict=True)}
    shown = {"decided": decided, "show": show, "shows": SHOWS, "rows": rows, "more": more, "waits": waits}
    return render_template("supervision/mine.html", **shown, states=MODERATION_STATES, kinds=THREAD_KINDS)


def _waiting() -> list[Any]:
    """My threads and follow-ups that go on only if I do something."""
    answered = (Thread.status == "answered") & Thread.moderation.in_(REVIEWED)
    own = Thread.select().where(Thread.author == current_user.id)
    own = own.where((Thread.moderation == "needs_changes") | answered)
    below = _below(Comment.moderation == "needs_changes")
    return [*own.order_by(Thread.id.desc()).limit(AT_MOST), *below.limit(AT_MOST)]


def _below(condition: Any) -> Any:
    query = Comment.select(Comment, Thread).join(Thread).where(Comment.author == current_user.id, condition)
    return query.order_by(Comment.id.desc())


def _listed(show: str, before: int | None) -> Sequence[Any]:
    if show == "comments":
        query = _below(Comment.moderation.in_(UNFINISHED))
    elif show == "followed":
        followed = ThreadFollower.select(ThreadFollower.thread).where(ThreadFollower.person == current_user.id)
        query = moderation.disclosed(Thread).where(Thread.id.in_(followed)).order_by(Thread.id.desc())
    else:
        query = Thread.select().where(Thread.author == current_user.id).order_by(Thread.id.desc())
    column: peewee.Field = Comment.id if show == "comments" else Thread.id
    return list((query.where(column < before) if before else query).limit(AT_MOST + 1))
