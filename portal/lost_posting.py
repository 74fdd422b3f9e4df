"""What people bring to lost and found: a notice, and every step on one that they take themselves.

Reading is in `portal/lost_found.py` and `portal/lost_own.py`, on the same blueprint.
"""

from typing import Any

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

import templating
from forms.lost_found import NoticeForm, sought
from hall import lost_found, moderation
from hall.flow import Step
from hall.words import N_, Refused
from models import NOTICE_KINDS, Person, PropertyNotice
from portal import board_steps
from portal.board_steps import Face
from portal.lost_found import read
from portal.lost_own import bp
from portal.repairs import Page
from portal.supervision import in_hours, me
from portal.typed import ask_who_you_are, forget, typed

# What must not lie in a cookie, though it was typed before the sign-in.
UNTOLD = ("once", "photos", "card_number")


# --- a notice ----------------------------------------------------------------------------------------


@bp.route("/lost-found/new", methods=["GET", "POST"])
def new() -> Page:
    """Lost or found, in one form, open before the sign-in."""
    person = me()
    if request.method == "POST" and person is None:
        names = [name for name in NoticeForm()._fields if name not in UNTOLD]
        return ask_who_you_are(NoticeForm, url_for("lost_found.index"), names=names)
    answered = sought(person, request.values.get("answered", "") or request.args.get("answers", ""))
    form = NoticeForm(typed(NoticeForm), person=person, **_known(answered))
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            notice = lost_found.post(by=person, **form.answers())
            return _sent(notice)
        except Refused as refused:
            form.blame(refused)
            status = templating.status_of(refused)
    return render_template("lost_found/new.html", form=form, answered=answered, **_about()), status


def _known(answered: PropertyNotice | None) -> dict[str, Any]:
    """Answers that nobody needs to be asked for."""
    if request.method == "POST":
        return {}
    if answered is not None:
        return {"kind": "found", "item_kind": answered.item_kind.code, "answered": answered.number}
    kind, thing = request.args.get("kind", ""), request.args.get("item_kind", "")
    return {"item_kind": thing[:20]} | ({"kind": kind} if kind in dict(NOTICE_KINDS) else {})


def _about() -> dict[str, Any]:
    """What the page says beside the questions, and what became of the answers."""
    return {
        "kept": g.get("kept", False),
        "photos_lost": any(file.filename for file in request.files.getlist("photos")),
        "usual": in_hours(moderation.usual_wait()),
    }


def _sent(notice: PropertyNotice) -> Response:
    if notice.card_owner_id is not None and notice.kind == "found":
        said = _("谢谢您！卡主已经收到通知，这张卡不会公开")
    elif notice.moderation == "published":
        said = _("已公开")
    else:
        said = _("已提交，审核后会通知您")
    flash(said, "ok")
    return forget(redirect(url_for("lost_found.show", number=notice.number)), url_for("lost_found.index"))


# --- steps -------------------------------------------------------------------------------------------


def _pointless(notice: PropertyNotice, step: Step, person: Person) -> str:
    if step.name == "claim":
        return lost_found.why_no_claim(notice, person)
    if step.name == "edit" and notice.status in ("returned", "disposed"):
        return N_("已经结束的启事不能再改")
    return lost_found.pointless(notice, step.name, person)


def _beside(notice: PropertyNotice, step: Step, person: Person) -> dict[str, Any]:
    """What one must see while one answers: the claim that is judged, and what it is compared with."""
    judging = step.name in ("accept_claim", "deny_claim", "hand_over")
    return {
        "claim": lost_found.current_claim(notice) if judging and lost_found.judges(notice, person) else None,
        "detail": lost_found.detail_for(notice, person) if judging else "",
        "question": lost_found.question_of(notice),
    }


FACE = Face(
    flow=lost_found.flow,
    show=lambda notice: url_for("lost_found.show", number=notice.number),
    step=lambda notice, name: url_for("lost_found.step", number=notice.number, step=name),
    mine=lambda: url_for("lost_found.mine"),
    words={
        "accept_claim": N_("核验通过"),
        "hand_over": N_("完成交接"),
        "claim": N_("这是我的"),
        "found_it": N_("我找回来了"),
        "renew_code": N_("换一个交接码"),
        "deny_claim": N_("对不上"),
        "give_up": N_("放弃认领"),
    },
    sent={
        "accept_claim": N_("已通过，对方会收到交接码，见面时请对方出示"),
        "hand_over": N_("交接完成，谢谢您让它回家"),
        "claim": N_("已提交，核对以后会通知您"),
        "found_it": N_("太好了，恭喜您找回来了"),
        "renew_code": N_("已换了新的交接码"),
        "deny_claim": N_("已告诉对方没有通过，启事重新开放认领"),
        "give_up": N_("已放弃认领"),
    },
    means={
        "accept_claim": N_(
            "确认对方就是失主。通过以后，对方会看到一个六位交接码；见面时请对方出示，您输入以后就完成了。"
        ),
        "deny_claim": N_("对方会看到您写的理由。同一个人几次没有通过，就不能再认领这件物品。"),
        "hand_over": N_("见到失主、东西交到对方手里以后，再输入对方出示的交接码。"),
        "claim": N_("捡到的人会把您的回答和没有公开的特征对一对。请只认领自己的东西。"),
        "found_it": N_("启事会移到“好消息”，大家会为您高兴。"),
        "give_up": N_("这件物品会重新开放认领。"),
        "renew_code": N_("旧的交接码作废。"),
        "withdraw": N_("撤回后，这条启事不再显示，也不再为它寻找。撤回以后不能恢复。"),
    },
    pointless=_pointless,
    beside=_beside,
    template="lost_found/step.html",
)


@bp.app_template_global()
def notice_steps(notice: PropertyNotice) -> list[dict[str, Any]]:
    """What the reader may do to a notice now: {step, words, link}."""
    return board_steps.offers(FACE, notice, me())


@bp.route("/lost-found/<number>/<step>", methods=["GET", "POST"], endpoint="step")
@login_required
def take(number: str, step: str) -> Page:
    """Ask what a step on a notice needs, and take it."""
    return board_steps.take(FACE, lambda: read(number), step)


@bp.route("/lost-found/<number>/report", methods=["GET", "POST"])
@login_required
def report(number: str) -> Page:
    """举报 of a public notice."""
    public = moderation.disclosed(PropertyNotice).where(PropertyNotice.number == number[:20].upper())
    return board_steps.report(FACE, public.first() or abort(404))
