"""Mine: everything I asked for, how I want to be told, where I am signed in, my data, and the way out."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, send_file, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required, logout_user
from markupsafe import Markup, escape
from werkzeug.wrappers import Response as AnyResponse

import shapes
from forms.accounts import PhoneForm
from forms.mine import CloseForm, EmailForm, TellingForm
from hall import access, accounts, clock, closing, contact, matters, my_data
from hall.matters import Matter
from hall.words import Refused
from models import DELIVERY_STATES, SENT_BY, Person
from templating import device_name, said, sentence, status_of, time_said, translated

bp = Blueprint("mine", __name__)

Page = str | AnyResponse | tuple[str, int]
PAGE = 20
# How a delivery stands, as a pill shows it.
SENT = {
    "waiting": ("info", "hourglass-split"),
    "sending": ("info", "send"),
    "sent": ("ok", "check2-circle"),
    "failed": ("bad", "x-octagon"),
}


def me() -> Person:
    person: Person = current_user._get_current_object()
    return person


@bp.after_app_request
def note_seen(response: Response) -> Response:
    """Keep that this browser was here; what it asked for is answered already."""
    if g.get("signed_in") and (person := me()).is_authenticated:
        accounts.note_seen(person)
    return response


@bp.get("/me/matters", endpoint="matters")
@login_required
def timeline() -> str:
    """Everything I asked for or brought, on all services, newest first, a page by key."""
    rows, following = matters.told_page(me(), request.args.get("after", ""), PAGE)
    shown = {"rows": rows, "rows_said": (me().id, *[row.said for row in rows]), "following": following}
    return render_template("mine/matters.html", **shown, first="after" not in request.args)


@bp.app_template_global()
def matter_rows(found: Iterable[Matter], dated: bool = False) -> Markup:
    """Matters in a list: how each stands, what it is, what happens next, and what the reader is to do.

    Drawn in Python because a page has twenty of them; `dated` says when each was begun.
    """
    rows = "\n".join([_row(matter, dated) for matter in found])
    return Markup(f'<ul class="rows matters">\n{rows}\n</ul>')


def _row(matter: Matter, dated: bool) -> str:
    title, line, link = escape(said(matter.title)), escape(said(matter.line)), escape(matter.link)
    about = [f"{shapes.icon_drawn(matter.icon)} {escape(translated(matter.label))}"]
    about += [f'<span class="num">{escape(matter.number)}</span>'] if matter.number else []
    about += [time_said(matter.moment)] if dated else []
    parts = [
        shapes.pill_drawn(translated(matter.word), matter.tone, matter.symbol),
        f'<a class="row-title" href="{link}">{title}</a>' if link else f'<span class="row-title">{title}</span>',
        f'<p class="row-meta">{line}</p>',
        f'<p class="row-meta">{" · ".join(about)}</p>',
    ]
    if matter.action:
        word, where = matter.action
        parts.append(f'<a class="btn-h small row-action" href="{escape(where)}">{escape(translated(word))}</a>')
    return "\n".join(('<li class="row-h">', *parts, "</li>"))


# --- how I am reached --------------------------------------------------------------------------------


@bp.route("/me/contact", methods=["GET", "POST"], endpoint="contact")
@login_required
def reach() -> Page:
    """My phone number, my address, and how I want to be told: three forms; `part` says which one was sent."""
    person, part = me(), request.form.get("part", "")
    settings, is_staff = contact.settings_of(person), access.may(person, "panel.enter")

    def sent(name: str) -> Any:
        return request.form if part == name else None

    forms = {
        "phone": PhoneForm(sent("phone"), phone=person.phone),
        "email": EmailForm(sent("email"), email=settings.email),
        "telling": TellingForm(sent("telling"), settings=settings, is_staff=is_staff),
    }
    status = 200 if request.method == "GET" else 400
    if request.method == "POST" and part in forms and forms[part].validate():
        try:
            flash(_keep(person, part, forms[part].answers()), "ok")
        except Refused as refused:
            forms[part].blame(refused)
            status = status_of(refused)
        else:
            return redirect(url_for("mine.contact"))
    shown = {"settings": settings, "forms": forms, "part": part, "can_mail": contact.is_configured()}
    return render_template("mine/contact.html", person=person, **shown), status


def _keep(person: Person, part: str, answers: dict[str, Any]) -> str:
    """Do what one of the forms asks; gives the sentence that says so."""
    if part == "phone":
        accounts.change_phone(person, by=person, **answers)
        return _("联系电话已保存")
    if part == "telling":
        contact.change(person, by=person, **answers)
        return _("通知方式已保存")
    settings = contact.change_email(person, by=person, **answers)
    if settings.email and not settings.confirmed:
        return _("确认邮件已发出，请到邮箱里打开链接")
    return _("邮箱已保存") if settings.email else _("邮箱已删除，不再发邮件")


@bp.route("/me/email/<token>", methods=["GET", "POST"])
def confirm(token: str) -> Page:
    """Where the link in a mail leads: a button, because a mail program may open links by itself."""
    if request.method == "GET":
        return render_template("mine/confirm.html", token=token, wrong="")
    try:
        contact.confirm_email(token)
    except Refused as refused:
        return render_template("mine/confirm.html", token=token, wrong=sentence(refused)), 400
    flash(_("邮箱已确认，以后有进展会发邮件给您"), "ok")
    return redirect(url_for("mine.contact") if current_user.is_authenticated else url_for("home.index"))


@bp.get("/me/sent")
@login_required
def sent() -> str:
    """What was sent to me outside the hall, when, and whether it arrived."""
    said = request.args.get("before", "")
    before = int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None
    rows = contact.deliveries_of(me(), before, PAGE + 1)
    shown = {"rows": rows[:PAGE], "more": len(rows) > PAGE, "is_later": before is not None}
    return render_template("mine/sent.html", **shown, states=DELIVERY_STATES, ways=SENT_BY, tones=SENT)


# --- where I am signed in ----------------------------------------------------------------------------


@bp.route("/me/devices", methods=["GET", "POST"])
@login_required
def devices() -> Page:
    """Where I am signed in; a POST ends the one that it names, or all others."""
    person = me()
    if request.method == "POST":
        chosen = request.form.get("device", "")
        if chosen == "others":
            accounts.end_other_sign_ins(person, by=person)
            flash(_("其他设备上的登录已全部退出"), "ok")
        elif chosen.isascii() and chosen.isdigit() and len(chosen) < 10:
            accounts.end_sign_in(person, int(chosen), by=person)
            flash(_("已在那台设备上退出"), "ok")
        return redirect(url_for("mine.devices"))
    rows = [(row, device_name(row.device), accounts.is_current(row, person)) for row in accounts.sign_ins(person)]
    rows.sort(key=lambda each: not each[2])
    return render_template("mine/devices.html", rows=rows)


# --- my data, and the way out ------------------------------------------------------------------------


@bp.route("/me/data", methods=["GET", "POST"])
@login_required
def data() -> Page:
    """What is in the file, and a button that makes it."""
    if request.method == "GET":
        return render_template("mine/data.html", wrong="")
    try:
        file = my_data.download(me(), by=me(), say=translated)
    except Refused as refused:
        return render_template("mine/data.html", wrong=sentence(refused)), status_of(refused)
    name = f"{_('我的数据')}-{clock.today():%Y%m%d}.zip"
    return send_file(file, mimetype="application/zip", as_attachment=True, download_name=name, max_age=0)


@bp.route("/me/close", methods=["GET", "POST"])
@login_required
def close() -> Page:
    """What happens when I close my account, what stands in the way, and my password before it is done."""
    person, form = me(), CloseForm(request.form or None)
    status = 200 if request.method == "GET" else 400
    if request.method == "POST" and form.validate():
        try:
            closing.close(person, by=person, **form.answers())
        except Refused as refused:
            form.blame(refused)
            status = status_of(refused)
        else:
            session.clear()
            logout_user()
            return redirect(url_for("mine.closed"))
    form.password.data = ""
    return render_template("mine/close.html", form=form, obstacles=closing.obstacles(person)), status


@bp.get("/me/closed")
def closed() -> str:
    """What one reads after that, signed in no more."""
    return render_template("mine/closed.html")
