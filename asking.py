"""Who asks, and in which language: the session of a browser and the token of its forms, the account, the words."""

import functools

from babel import Locale
from flask import Flask, Request, Response, abort, current_app, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect, generate_csrf
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response as AnyResponse

import rendered
from hall import accounts
from speaking import LANGUAGES, LOCALES

TONGUES = tuple(LANGUAGES)
REMEMBERED = "hall_remembered"  # the cookie that outlives the browser


class Sessions(SecureCookieSessionInterface):
    """Sessions as Flask keeps them, whose signer is made once, and which say nothing where nothing has changed."""

    _signers: dict[str | bytes | None, URLSafeTimedSerializer | None]

    def __init__(self) -> None:
        self._signers = {}

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """What signs cookies with the key of `app`."""
        if app.secret_key not in self._signers:
            self._signers[app.secret_key] = super().get_signing_serializer(app)
        return self._signers[app.secret_key]

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie says; for who brings none, no key is looked for."""
        is_kept = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if is_kept else SecureCookieSession()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Send the cookie with `response` where it has changed; that answers depend on it they mostly say already."""
        if session.modified or "Cookie" not in response.headers.get("Vary", ""):
            super().save_session(app, session, response)


class Protection(CSRFProtect):
    """Protects what can change something, and asks of nothing else whether it is exempt.

    Templates get the token of a session as it was signed when it was first needed: it has no time limit.
    """

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.context_processor(lambda: {"csrf_token": signed_token})
        app.jinja_env.globals["csrf_token"] = signed_token

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.method in current_app.config["WTF_CSRF_METHODS"]:
            super().protect(apply_exemptions)


def signed_token() -> str:
    """The token of the reader's session for a form; the session is given one where it has none."""
    token = session.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    return _signed(token, current_app.secret_key) if token else generate_csrf()


@functools.lru_cache(maxsize=1024)
def _signed(_token: str, _key: str) -> str:
    return generate_csrf()


def init_app(app: Flask) -> None:
    """Let `app` know who asks."""
    app.session_interface = Sessions()
    manager = LoginManager(app)
    manager.user_loader(accounts.person_for)

    @manager.unauthorized_handler
    def ask_who_you_are() -> AnyResponse:
        if wants_json():
            abort(401)
        return redirect(url_for("account.signin", next=request.full_path.rstrip("?")))


def is_visitor() -> bool:
    """Whether who asks has neither a session nor the cookie that outlives one: nobody is looked up for them."""
    if session or REMEMBERED in request.cookies:
        return False
    be_nobody()
    return True


def be_nobody() -> None:
    """Answer this request as if a visitor had asked."""
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def language() -> Locale:
    """The reader's language: as chosen, else as the browser asks, else Chinese."""
    if not request:
        return LOCALES["zh"]
    chosen = request.args.get("lang") or request.cookies.get("lang") or session.get("lang")
    if chosen not in LOCALES:
        chosen = rendered.best_language(request.environ.get("HTTP_ACCEPT_LANGUAGE", ""), TONGUES) or "zh"
    return LOCALES[chosen]


def wants_json() -> bool:
    """Whether a program asks rather than a person."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"
