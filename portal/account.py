"""Who is there: sign-in, password, what is mine, inbox, language."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required, login_user, logout_user
from werkzeug.wrappers import Response

from forms.accounts import PasswordForm, SignInForm
from hall import access, accounts, matters, notify, places, repairs
from hall.words import Refused
from models import PERSON_KINDS, Notification, Person, RepairOrder
from templating import status_of

bp = Blueprint("account", __name__)

LANGUAGES = [("zh", "中文"), ("en", "English")]
PAGE = 20
MATTERS = 8
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
def head_counts() -> tuple[bool, int, int]:
    """What the head of a page says to who is signed in: in_panel, unread_talk and unread in one go."""
    inbox, talks = _waiting()
    return in_panel(), talks, inbox


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


@bp.get("/me")
@login_required
def me() -> str:
    """What waits for me and what is going on, and the way to everything that is mine."""
    person = _me()
    found = matters.open_matters(person, MATTERS + 1)
    listed, is_all = found[:MATTERS], len(found) <= MATTERS
    waits, others = [each for each in listed if each.action], [each for each in listed if not each.action]
    shown = {"waits": waits, "others": others, "is_all": is_all, "kinds": PERSON_KINDS, "home": places.home_of(person)}
    return render_template("account/me.html", person=person, **shown)


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
        return render_template("account/language.html", choices=LANGUAGES, next=target), _status()
    response = make_response(redirect(target))
    response.set_cookie("lang", chosen, max_age=365 * 86_400, httponly=True, samesite="Lax", secure=request.is_secure)
    return response
