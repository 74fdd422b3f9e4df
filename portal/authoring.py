"""What an author does with a thread or a follow-up once it is there, and the list of what they wrote and follow."""

from collections.abc import Sequence
from typing import Any

import peewee
from flask import abort, render_template, request, url_for
from flask_login import current_user, login_required

from hall import access, moderation, settings, supervision, threads
from hall.flow import Step
from hall.supervision_flow import MOST_REOPENED, REVIEWED
from hall.words import N_
from models import MODERATION_STATES, THREAD_KINDS, Comment, Moderated, Person, Submission, Thread, ThreadFollower
from portal.board_steps import Face, offers, take
from portal.posting import read
from portal.repairs import Page, key
from portal.supervision import bp, me

AT_MOST = 20


# --- what one may do ---------------------------------------------------------------------------------


def _pointless(row: Any, step: Step, person: Person) -> str:
    if step.name == "reopen" and row.reopened >= MOST_REOPENED:
        return N_("已经要求重办过两次，不能再要求；仍不满意可以评价“不满意”办结")
    if step.flow is supervision.flow and row.moderation not in REVIEWED:
        return N_("这个帖子现在没有公开，不能继续办理")
    return ""


def _beside(row: Any, step: Step, person: Person) -> dict[str, Any]:
    thread = row if isinstance(row, Thread) else None
    return {
        "thread": thread,
        "answers": threads.answers_to(row, person)[-1:] if step.flow is supervision.flow else [],
        "again": (MOST_REOPENED, getattr(row, "reopened", 0) + 1, settings.value("supervision.reopened_days")),
    }


def _seen_below(row: Comment, person: Person) -> bool:
    return moderation.is_disclosed(row.thread) or access.sees(person, row.thread)


THREAD = Face(
    flow=supervision.flow,
    show=lambda thread: url_for("supervision.show", number=thread.number),
    step=lambda thread, name: url_for("supervision.step", number=thread.number, step=name),
    mine=lambda: url_for("supervision.mine", show="comments"),
    words={"satisfied": N_("评价并办结"), "reopen": N_("不满意，要求重办")},
    sent={"satisfied": N_("谢谢您的评价，已办结"), "reopen": N_("已要求重办，有进展会通知您")},
    means={
        "withdraw": N_("撤回后，帖子和它下面的跟帖、回复都不再显示，部门也不再办理。撤回以后不能恢复。"),
        "satisfied": N_("评价后这件事办结。满意度会公开显示，您写的话只有工作人员看到。"),
    },
    pointless=_pointless,
    beside=_beside,
    seen=lambda thread, person: True,
    template="supervision/step.html",
)
COMMENT = Face(
    flow=supervision.flow,
    show=lambda row: url_for(
        "supervision.show",
        number=row.thread.number,
        _anchor=None if row.moderation == "withdrawn" else f"comment-{row.id}",
    ),
    step=lambda row, name: url_for("supervision.comment_step", row_id=row.id, step=name),
    mine=THREAD.mine,
    words={},
    means={"withdraw": N_("撤回后，这条跟帖不再显示。撤回以后不能恢复。")},
    beside=_beside,
    seen=_seen_below,
    template="supervision/step.html",
)


@bp.app_template_global()
def own_steps(row: Moderated, decided: Submission | None = None) -> list[dict[str, Any]]:
    """What the reader, if they are its author, may do to a thread or a follow-up now: {step, words, link}.

    `decided` is the latest decision on it, where a page with many rows knows it already.
    """
    person = me()
    is_author = person is not None and row.author_id == person.id
    return offers(THREAD if isinstance(row, Thread) else COMMENT, row, person, decided) if is_author else []


# --- one step ----------------------------------------------------------------------------------------


@bp.route("/supervision/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take_own(number: str, step: str) -> Page:
    """Ask the author of a thread what a step needs, and take it."""
    return take(THREAD, lambda: read(number), step)


@bp.route("/supervision/comment/<int:row_id>/<step>", methods=["GET", "POST"], endpoint="comment_step")
@login_required
def take_below(row_id: int, step: str) -> Page:
    """The same for a follow-up."""
    return take(COMMENT, lambda: access.visible(me(), Comment).where(Comment.id == row_id).first() or abort(404), step)


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
