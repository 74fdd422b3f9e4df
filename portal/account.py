"""Who is there: sign-in, password, profile, devices, inbox, language."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from forms.accounts import PasswordForm, PhoneForm, SignInForm
from hall import access, accounts, notify, places, repairs
from hall.words import N_, Refused
from models import PERSON_KINDS, Notification, Person, RepairOrder
from templating import status_of

bp = Blueprint("account", __name__)

LANGUAGES = [("zh", "中文"), ("en", "English")]
# What a user agent says, and what a person calls it; the first that fits.
DEVICES = {
    "MicroMessenger": N_("微信"),
    "iPhone": "iPhone",
    "iPad": "iPad",
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
}
DEVICES |= {"Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux"}
BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
PAGE = 20
Page = str | Response | tuple[str, int]


@bp.app_template_global()
def unread() -> int:
    """How many notifications wait for who is signed in."""
    return _waiting()[0]


@bp.app_template_global()
def unread_talk() -> int:
    """How many messages of conversations wait for who is signed in."""
    return _waiting()[1]


def _waiting() -> tuple[int, int]:
    """Both, asked once a page, by the pages that show them."""
    person = _me()
    if "_waiting" not in person.__dict__:
        person.__dict__["_waiting"] = notify.waiting(person)
    waiting: tuple[int, int] = person.__dict__["_waiting"]
    return waiting


@bp.app_template_global()
def in_panel() -> bool:
    """Whether who is signed in works in the panel."""
    return access.may(_me(), "panel.enter")


def _me() -> Person:
    person: Person = current_user._get_current_object()
    return person


@bp.route("/signin", methods=["GET", "POST"])
def signin() -> Page:
    """Sign in by student or staff number and go on to where one was going."""
    target = own_path(request.values.get("next", ""))
    if current_user.is_authenticated and request.method == "GET":
        return redirect(target)
    form, status = SignInForm(request.form or None), _status()
    if request.method == "POST" and form.validate():
        try:
            person, _token = accounts.sign_in(
                form.number.data or "",
                form.password.data or "",
                address=request.remote_addr or "",
                device=request.user_agent.string,
                remember=form.remember.data,
            )
        except Refused as refused:
            form.blame(refused)
            status = status_of(refused)
        else:
            # Nothing that was in the browser's session before may live on in the new one (fault 27).
            session.clear()
            login_user(person, remember=form.remember.data)
            return redirect(url_for("account.password", next=target) if person.must_change_password else target)
    return render_template("account/signin.html", form=form, next=target), status


def own_path(target: str) -> str:
    """`target` if it is a path of this site, else the front page (fault 13)."""
    is_own = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if is_own else url_for("home.index")


def _status() -> int:
    """A page that shows a form again after a POST says that the answers were not taken."""
    return 400 if request.method == "POST" else 200


@bp.post("/signout")
def signout() -> Response:
    """End this session for good."""
    if current_user.is_authenticated:
        accounts.sign_out(current_user.signin)
    session.clear()
    logout_user()
    return redirect(url_for("home.index"))


@bp.route("/password", methods=["GET", "POST"])
@login_required
def password() -> Page:
    """Change the password; with an initial one this is the only page there is (`requirements.md` 13)."""
    target = own_path(request.values.get("next", ""))
    form, status = PasswordForm(request.form or None), _status()
    forced = current_user.must_change_password
    if request.method == "POST" and form.validate():
        try:
            accounts.change_password(_me(), by=_me(), **form.answers())
        except Refused as refused:
            form.blame(refused)
            status = status_of(refused)
        else:
            flash(_("密码已修改，其他设备上的登录已全部退出"), "ok")
            return redirect(target)
    return render_template("account/password.html", form=form, next=target, forced=forced), status


@bp.route("/me", methods=["GET", "POST"])
@login_required
def me() -> Page:
    """The profile; a POST sets the phone number, or ends the sign-in that it names."""
    person, form = _me(), PhoneForm(request.form if "phone" in request.form else None, phone=current_user.phone)
    try:
        if request.method == "POST" and "device" in request.form:
            return _end_device(person, request.form["device"])
        if request.method == "POST" and form.validate():
            accounts.change_phone(person, by=person, **form.answers())
            flash(_("联系电话已保存"), "ok")
            return redirect(url_for("account.me"))
    except Refused as refused:
        form.blame(refused)
    devices = [(row, device_name(row.device), accounts.is_current(row, person)) for row in accounts.sign_ins(person)]
    answer = render_template(
        "account/me.html", person=person, kinds=PERSON_KINDS, form=form, devices=devices, home=places.home_of(person)
    )
    return answer, _status()


def _end_device(person: Person, chosen: str) -> Response:
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 10):
        abort(400)
    accounts.end_sign_in(person, int(chosen), by=person)
    flash(_("已在那台设备上退出"), "ok")
    return redirect(url_for("account.me"))


def device_name(user_agent: str) -> str:
    """What a person calls the device: Chrome · Android."""
    device = next((_(name) for mark, name in DEVICES.items() if mark in user_agent), "")
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    return " · ".join(part for part in (browser, device) if part) or _("其他设备")


@bp.route("/inbox", methods=["GET", "POST"])
@login_required
def inbox() -> Page:
    """Messages, newest first, a page by key; a POST marks them as read."""
    if request.method == "POST":
        notify.mark_read(_me())
        return redirect(url_for("account.inbox"))
    before = request.args.get("before", "")
    key = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else None
    messages = notify.inbox(_me(), before=key, limit=PAGE + 1)
    about = _about(messages[:PAGE])
    shown = {"messages": messages[:PAGE], "more": len(messages) > PAGE, "about": about, "told": notify.told}
    return render_template("account/inbox.html", **shown)


def _about(messages: Sequence[Notification]) -> dict[str, str]:
    """What and where the orders are that the messages name only by number, {number: words}, with one query."""
    numbers = [message.link.rpartition("/")[2] for message in messages]
    orders = repairs.joined(access.visible(_me(), RepairOrder).where(RepairOrder.number.in_(numbers)))
    return {order.number: f"{order.item.name} · {order.place}" for order in orders}


@bp.route("/language", methods=["GET", "POST"])
def language() -> Any:
    """Choose the language; a GET asks, a POST keeps the answer in a cookie that says nothing else."""
    target = own_path(request.values.get("next", ""))
    chosen = request.form.get("lang", "")
    if request.method == "GET" or chosen not in dict(LANGUAGES):
        return render_template("account/language.html", languages=LANGUAGES, next=target), _status()
    response = make_response(redirect(target))
    response.set_cookie("lang", chosen, max_age=365 * 86_400, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
