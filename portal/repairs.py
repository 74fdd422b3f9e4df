"""My orders and what becomes of them: list, page, steps, live pulse, following, the printed work order.

Reporting is in `portal/reporting.py`, on the same blueprint.
"""

import functools
import re
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required
from peewee import fn
from werkzeug.datastructures import CombinedMultiDict
from werkzeug.wrappers import Response as AnyResponse

import pieces
import templating
from forms import StepForm, new_token, step_form
from hall import access, events, forgetting, printing, progress, question_reading, repairs
from hall.flow import Step
from hall.repair_closing import urged_lately
from hall.words import N_, Refused
from models import CHANNELS, ENTRY_CHOICES, OPEN_STATES, PAYERS, Event, OrderFollower, Person, RepairOrder

bp = Blueprint("repairs", __name__)
Page = str | AnyResponse | tuple[str, int]

AT_MOST = 20
# What a reporter may ever do to an order is done here; everything else belongs to the panel.
STEPS = {
    name: step
    for name, step in repairs.flow.steps.items()
    if step.sources and step.need in access.RELATIONS["reporter"].may
}
# What is offered first; the two first become buttons, the others a menu.
RANK = ("resubmit", "inspect", "rework", "rate", "urge", "comment", "withdraw")
DO = {
    "resubmit": N_("补充后重新提交"),
    "inspect": N_("验收并评价"),
    "rework": N_("要求返修"),
    "rate": N_("评价"),
    "urge": N_("催办"),
    "comment": N_("留言"),
    "withdraw": N_("撤销报修"),
}
SENT = {
    "resubmit": N_("已重新提交，会继续处理"),
    "inspect": N_("已验收，谢谢"),
    "rework": N_("已通知原维修组返修"),
    "rate": N_("谢谢您的评价"),
    "urge": N_("已催办，维修组会收到提醒"),
    "comment": N_("留言已发送"),
    "withdraw": N_("已撤销"),
}
FAMILY_ICONS = {
    "给排水": "droplet", "供电照明": "lightbulb", "暖气": "thermometer-half", "空调": "snow", "门窗五金": "door-open",
    "家具": "lamp", "土建": "bricks", "电梯": "buildings", "网络弱电": "wifi", "教学设备": "mortarboard",
    "消防": "fire",
}  # fmt: skip
# A follower reads how far it is, not what people wrote to each other or when somebody is at home.
PRIVATE = {"comment", "resubmit", "rate", "withdraw"}


def me() -> Person:
    """Who is signed in."""
    person: Person = current_user._get_current_object()
    return person


@bp.get("/repairs")
@login_required
def index() -> str:
    """What I reported and what I follow: open ones first, newest first, a page by key."""
    still_open = RepairOrder.status.in_(OPEN_STATES)
    followed = OrderFollower.select(OrderFollower.order).where(OrderFollower.person == me().id)
    mine = (RepairOrder.reporter == me().id) | RepairOrder.id.in_(followed)
    query = repairs.joined(access.visible(me(), RepairOrder).where(mine))
    if before := key(request.args.get("before")):
        rest = ~still_open & (RepairOrder.id < before)
        query = query.where(still_open & (RepairOrder.id < before) | ~still_open if "open" in request.args else rest)
    rows = list(query.order_by(still_open.desc(), RepairOrder.id.desc()).limit(AT_MOST + 1))
    merged = {row.main_id for row in rows if row.main_id}
    mains = {main.id: main for main in RepairOrder.select().where(RepairOrder.id.in_(merged))} if merged else {}
    for row in rows:
        row.main = mains.get(row.main_id)
    return render_template(
        "repairs/index.html",
        orders=rows[:AT_MOST],
        more=len(rows) > AT_MOST,
        title_of=lambda row: progress.sentence(row)[0],
    )


def key(typed: str | None) -> int | None:
    """A row's id out of an address; None for anything else (fault 36)."""
    return int(typed) if typed and typed.isascii() and typed.isdigit() and len(typed) < 10 else None


@bp.get("/repairs/<number>")
@login_required
def show(number: str) -> str:
    """One order: where it stands, what happened, what was asked, what one may do now."""
    found = repairs.told_by_number(me(), number.upper()) or abort(404)
    order = found.entity
    past = events.told_timeline(order)
    reader = _reader(order)
    answers = question_reading.shown_on(order) if reader["whole"] else []
    history = functools.cache(lambda: forgetting.veil([each.entity for each in past], order))
    said = (found.said, tuple(each.said for each in past), forgetting.mark(), *reader.values())
    said += tuple((each.question.id, each.value) for each in answers)
    content = pieces.part("repairs/_order.html", said, lambda: {**_shown(order, history(), reader), "told": answers})
    rating = progress.rating(history()) if order.rated else {}
    again = not order.is_open and order.reporter_id == me().id
    return render_template(
        "repairs/show.html", order=order, content=content, again=again, **_buttons(order, rating, again)
    )


def _order(number: str) -> RepairOrder:
    """The order if the person may see it, else the same 404 as for a number that does not exist."""
    return repairs.by_number(me(), number.upper()) or abort(404)


def _reader(order: RepairOrder) -> dict[str, bool]:
    """What the reader is to an order: whose it is, staff, who reads the `whole` of it, who needs the number."""
    person = me()
    own, staff = order.reporter_id == person.id, progress.is_staff_for(person, order)
    return {"own": own, "staff": staff, "whole": staff or own, "may_call": staff and progress.may_call(person, order)}


def _shown(order: RepairOrder, history: list[Event], reader: dict[str, bool]) -> dict[str, Any]:
    title, text = progress.sentence(order, history)
    staff, whole = reader["staff"], reader["whole"]
    return {
        **reader,
        "order": order,
        "bar": progress.progress(order, history),
        "title": templating.said(title),
        "text": templating.said(text),
        "story": [_told(entry, whole) for entry in progress.story(history, staff=staff) if _may_read(entry, whole)],
        "version": _version(order.version, history[0].seq if history else 0),
        "before": _pictures(progress.pictures(history, "report", "resubmit")),
        "after": _pictures(progress.pictures(history, "finish")),
        "rating": progress.rating(history),
        "settled": next((event.details for event in history if event.name == "settle"), {}) if order.settled else {},
        "wishes": [templating.window(chosen) for chosen in order.wished_visits],
        "labels": {"entry": ENTRY_CHOICES, "channel": CHANNELS, "payer": PAYERS},
    }


def _may_read(entry: progress.Entry, whole: bool) -> bool:
    return whole or entry.name not in PRIVATE


def _told(entry: progress.Entry, whole: bool) -> dict[str, Any]:
    """One line of the story for the page. Photos of before and after have a place of their own there."""
    elsewhere = not whole or entry.name in ("report", "resubmit", "finish")
    photos = [] if elsewhere else _pictures(entry.photos)
    return {**vars(entry), "text": templating.said(entry.text), "who": _(entry.who), "photos": photos}


def _pictures(names: list[str]) -> list[dict[str, str]]:
    return [{size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")} for name in names]


def _actions(order: RepairOrder, rating: dict[str, Any]) -> list[dict[str, Any]]:
    """What the person may do now, the most important first: step, words, and for a step that asks nothing its token."""
    person = me()
    allowed = [step for step in STEPS.values() if step.allowed(order, person)]
    allowed = [step for step in allowed if not _pointless(step, order, rating)]
    allowed.sort(key=lambda step: RANK.index(step.name) if step.name in RANK else len(RANK))
    return [{"step": step, "words": _words(step, order), "once": "" if step.asks else new_token()} for step in allowed]


def _buttons(order: RepairOrder, rating: dict[str, Any], again: bool) -> dict[str, Any]:
    """What becomes a button and what a menu; `last`: what is over and rated can only be reported again.

    Before that, rating comes first.
    """
    actions = _actions(order, rating)
    safe = [action for action in actions if action["step"].weight != "danger"]
    buttons = safe[: 1 if again else 2]
    more = [action for action in actions if action not in buttons]
    return {"buttons": buttons, "more": more, "last": again and (not actions or order.rated)}


def _pointless(step: Step, order: RepairOrder, rating: dict[str, Any]) -> bool:
    """What the hall would refuse, or what would wait for the person who asks: no button for it."""
    if step.name == "urge":
        asked = urged_lately(order)
        return order.status == "returned" or (asked and order.reporter_id == me().id)
    return step.name == "rate" and "added" in rating


def _words(step: Step, order: RepairOrder) -> str:
    if step.name == "rate" and order.rated:
        return N_("追评")
    if step.name == "inspect" and (order.rated or order.reporter_id != me().id):
        return step.label
    return DO.get(step.name, step.label)


def _form(step: Step, order: RepairOrder, typed: Any = None) -> StepForm:
    return step_form("repair", step.name)(typed, subject=order, person=me())


@bp.route("/repairs/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take(number: str, step: str) -> Page:
    """Ask what a step needs and take it; a refusal shows the newest progress beside what was typed."""
    order, taken = _order(number), STEPS.get(step) or abort(404)
    if not access.may(me(), taken.need, order):
        abort(404)
    if request.method == "GET" and order.status not in taken.sources:
        flash(_("现在是“%(state)s”，不能再%(step)s", state=_(repairs.flow.states[order.status]), step=_(taken.label)))
        return redirect(url_for(".show", number=order.number))
    status = 200 if request.method == "GET" else 400
    form = _form(taken, order, CombinedMultiDict([request.form, request.files]) if request.method == "POST" else None)
    if request.method == "POST" and form.validate():
        try:
            done = repairs.flow.perform(order, taken, by=me(), **form.answers())
            return _after(taken, done)
        except Refused as refused:
            form.blame(refused)
            order, status = _order(number), templating.status_of(refused)
            # Who reads the newest progress beside the question may send it again.
            form.seen.data = str(order.version)
    words = _words(taken, order)
    shown = _shown(order, events.timeline(order), _reader(order))
    shown |= {"step": taken, "form": form, "words": words, "icons": FAMILY_ICONS}
    return render_template("repairs/step.html", **shown), status


def _after(taken: Step, order: RepairOrder) -> AnyResponse:
    flash(_(SENT.get(taken.name, N_("已完成"))), "ok")
    if taken.name == "inspect" and not order.rated and order.reporter_id == me().id:
        return redirect(url_for(".step", number=order.number, step="rate"))
    return redirect(url_for(".show", number=order.number))


@bp.get("/repairs/<number>/pulse")
@login_required
def pulse(number: str) -> dict[str, Any]:
    """What changes when the order does, for a page that follows it."""
    latest = Event.select(fn.MAX(Event.seq)).where(
        Event.subject_type == events.subject_type(RepairOrder), Event.subject_id == RepairOrder.id
    )
    seen = access.visible(me(), RepairOrder).where(RepairOrder.number == number.upper()[:20])
    row = seen.select(RepairOrder.version, latest).tuples().first() or abort(404)
    return {"version": _version(row[0], row[1] or 0), "events": row[1] or 0}


def _version(version: int, latest: int) -> str:
    return f"{version}.{latest}"


@bp.post("/repairs/<number>/follow")
@login_required
def follow(number: str) -> AnyResponse:
    """Follow an order of one's own place instead of reporting it again."""
    # Who does not follow yet does not see it yet: the verb judges, and a stranger learns nothing from its answer.
    order = RepairOrder.get_or_none(RepairOrder.number == number.upper()[:20]) or abort(404)
    if order.reporter_id != me().id:
        try:
            repairs.follow(order, by=me())
        except Refused as refused:
            if not access.sees(me(), order):
                abort(404)
            flash(templating.sentence(refused), "error")
            return redirect(url_for(".show", number=order.number))
        flash(_("已关注，有进展会通知您"), "ok")
    return redirect(url_for(".show", number=order.number))


@bp.get("/repairs/<number>.pdf")
@login_required
def document(number: str) -> AnyResponse:
    """The work order to print, for its reporter and the staff."""
    order = _order(number)
    is_own = order.reporter_id == me().id
    if not is_own and not progress.is_staff_for(me(), order):
        abort(404)
    calls = is_own or progress.may_call(me(), order)
    try:
        pdf = printing.work_order_pdf(order, "en" if templating.is_english() else "zh", may_call=calls)
    except Refused as refused:
        flash(templating.sentence(refused), "error")
        return redirect(url_for(".show", number=order.number))
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{re.sub(r"[^A-Z0-9]", "", order.number)}.pdf"'
    return answer
