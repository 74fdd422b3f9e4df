"""The web application: settings, database, sign-in, languages, CSRF, faces and error pages come together here."""

import logging
from collections.abc import Callable
from datetime import timedelta
from itertools import chain
from typing import Any

import peewee
from flask import Flask, abort, current_app, g, redirect, render_template, request, url_for
from flask_babel import Babel
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from obstore.store import LocalStore
from playhouse.pool import PooledPostgresqlDatabase
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as AnyResponse

import admin
import asking
import commands
import models
import pieces
import portal
import rendered
import sending
import shapes
import sheets
import speaking
import templating
from asking import be_nobody, is_visitor, wants_json
from config import ConfigError, Settings
from hall import Mail, freshness, row_index, site
from hall import settings as limits
from hall.sql_text import QuickContext
from hall.turns import TurnTaking
from hall.words import N_, is_odd
from sending import IMPERSONAL
from speaking import LANGUAGES

__all__ = ["ConfigError", "Settings", "create_app", "open_house"]

THREADS = 4  # of one web process; each holds a connection while it answers
MEGABYTE = 1024 * 1024
# Where files are sent, and how much: six photos of 15 MB with their words, a table of 20 MB.
ROOM = dict.fromkeys(("repairs.new", "repairs.quick", "repairs.step", "queue.step"), 95 * MEGABYTE)
ROOM |= dict.fromkeys((f"supervision.{name}" for name in ("new", "step", "comment", "comment_step")), 95 * MEGABYTE)
BOARDS = ("lost_found.new", "lost_found.step", "lost_property.new", "market.new", "market.step")
ROOM |= dict.fromkeys((*BOARDS, "applications.new", "applications.step"), 95 * MEGABYTE)
ROOM |= {"imports.index": 25 * MEGABYTE, "writing.attach": 16 * MEGABYTE}
ROOM |= {f"{model._meta.table_name}.import_view": 25 * MEGABYTE for model in models.ENTITIES}

# What an account with its initial password may open.
BEFORE_PASSWORD = IMPERSONAL | {"account.password", "account.signout", "account.language", "home.qr"}

ERRORS = {
    400: (N_("这个请求我们看不懂"), N_("请返回上一页，刷新后再试一次。")),
    401: (N_("请先登录"), N_("登录后再试一次。")),
    403: (N_("您不能做这件事"), N_("您的账号没有这项权限。需要的话，请联系管理员。")),
    404: (N_("没有这个页面"), N_("它可能已被移走，也可能不对您开放。")),
    405: (N_("这个地址不能这样打开"), N_("请从页面上的按钮或链接进入。")),
    413: (N_("发送的内容太大了"), N_("请减少照片的数量或大小后再试。")),
    429: (N_("操作太频繁了"), N_("请稍等几分钟再试。")),
    500: (N_("系统出了点问题"), N_("您填写的内容没有保存，我们已记录这个错误，请稍后再试。")),
}
EXPIRED = (N_("页面已过期"), N_("为了安全，请返回上一页，刷新后重新提交。"))


class Hall(Flask):
    """Flask without coroutines: it looks whether a function is one some fifteen times a request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


class Identifier(IntegerConverter):
    """A number in a path that a database column can hold; any other number is no page at all."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max": 2**31 - 1, **options})


def open_house(settings: Settings) -> None:
    """Open database, secrets and photo store of an installation, once, before any verb is called."""
    settings.data.mkdir(parents=True, exist_ok=True)
    models.database.initialize(open_database(settings))
    site.secret = settings.secret_key()
    site.url = settings.url
    site.zone = settings.timezone
    site.data_folder = settings.data
    site.photo_store = LocalStore(prefix=settings.data / "photos", mkdir=True)
    site.demo = settings.demo
    site.mail = Mail.at(settings.smtp, settings.mail_from)


def close_house() -> None:
    """Give back every connection of this process, before it forks; the next that needs one opens its own."""
    freshness.close()
    opened = models.database.obj
    opened.close_all() if isinstance(opened, PooledPostgresqlDatabase) else opened.close()


def open_database(settings: Settings) -> peewee.Database:
    """The database that the settings name; it connects when the first query asks for it."""
    opened = _database_of(settings)
    opened.context_class = QuickContext
    return opened


def _database_of(settings: Settings) -> peewee.Database:
    if settings.is_sqlite:
        opened = TurnTaking(
            settings.database_file,
            # FULL: an acknowledged report must survive a power cut. IMMEDIATE: two writers wait instead of failing.
            pragmas={
                "journal_mode": "wal",
                "foreign_keys": 1,
                "synchronous": "full",
                "recursive_triggers": 1,
                # Pages, 16 MB: each commit changes many of the same, which the file gets less often than every 1,000.
                "wal_autocheckpoint": 4_000,
                # In memory, else a trigger that may have to be taken back costs a file that is made and removed again.
                "temp_store": 2,
            },
            lock_type="IMMEDIATE",
            timeout=15,  # seconds; an import of 20,000 people writes for four
            cached_statements=64,  # of each thread; 20 KB each
        )
        return row_index.prepared(opened)
    return PooledPostgresqlDatabase(
        settings.database.replace("postgres://", "postgresql://", 1),
        prefer_psycopg3=True,
        max_connections=THREADS + 2,
        timeout=5,
        # Behind a dead network every one of these would otherwise wait for ever (faults.md).
        connect_timeout=3,
        tcp_user_timeout=5000,
        options="-c statement_timeout=30000",
    )


def create_app(settings: Settings) -> Flask:
    """The whole web application of one installation."""
    logging.basicConfig(level=settings.log.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    open_house(settings)
    app = Hall(__name__)
    app.jinja_environment = templating.Templates
    # All templates are kept: to know which was asked for last, Jinja would go through their names each time.
    app.jinja_options = {**app.jinja_options, "cache_size": -1}
    app.config.update(
        SECRET_KEY=site.secret,
        HALL=settings,
        TRUSTED_HOSTS=settings.hosts,
        SESSION_COOKIE_NAME="hall",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_REFRESH_EACH_REQUEST=False,
        # The session is a row of its own (models.SignIn); a changed user agent says nothing.
        SESSION_PROTECTION=None,
        REMEMBER_COOKIE_NAME=asking.REMEMBERED,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.https,
        REMEMBER_COOKIE_DURATION=timedelta(days=limits.LIMITS["account.remembered_days"].most),
        MAX_CONTENT_LENGTH=MEGABYTE,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        MAX_FORM_PARTS=500,
        WTF_CSRF_TIME_LIMIT=None,
        BOOTSTRAP_SERVE_LOCAL=True,
        BABEL_DEFAULT_LOCALE=LANGUAGES["zh"],
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=1),
    )
    app.json.ensure_ascii = False
    app.url_map.converters["int"] = Identifier
    app.url_rule_class = shapes.Address
    Babel(app, locale_selector=asking.language)
    Bootstrap5(app)
    asking.init_app(app)
    # The order is the order of the checks: from where, what was sent, which page, who asks.
    app.before_request(believe_proxies)
    app.before_request(make_room)
    app.before_request(refuse_odd_characters)
    asking.Protection(app)
    app.before_request(connect)
    app.before_request(insist_on_own_password)
    app.after_request(let_in)  # registered first and so called last, when the answer is packed
    app.teardown_appcontext(disconnect)
    sending.init_app(app)
    rendered.init_app(app, LANGUAGES)
    speaking.init_app(app)
    shapes.init_app(app)
    sheets.init_app(app)
    pieces.init_app(app)
    templating.init_app(app)
    for blueprint in portal.BLUEPRINTS:
        app.register_blueprint(blueprint)
    admin.init_app(app)
    for command in commands.COMMANDS:
        app.cli.add_command(command)
    app.register_error_handler(Exception, show_error)
    return app


def believe_proxies() -> None:
    """Take address and scheme from X-Forwarded-*, but only as far as proxies of ours wrote them (fault 34)."""
    settings: Settings = current_app.config["HALL"]
    if settings.trusts(request.remote_addr):
        request.scheme = request.environ.get("HTTP_X_FORWARDED_PROTO", request.scheme)
        request.remote_addr = settings.visitor(request.remote_addr, request.environ.get("HTTP_X_FORWARDED_FOR", ""))


def make_room() -> None:
    """Let in as much as the page asks for, where files are sent; everything else is words (MAX_CONTENT_LENGTH)."""
    if request.method != "GET" and request.mimetype == "multipart/form-data":
        request.max_content_length = ROOM.get(request.endpoint or "", MEGABYTE)


def refuse_odd_characters() -> None:
    """400 for NUL and lone surrogates wherever they come from: no database keeps them (fault 38)."""
    texts = [request.path, *chain.from_iterable(request.args.items(multi=True))]
    if request.method not in ("GET", "HEAD"):
        texts += chain.from_iterable(request.form.items(multi=True))
        texts += chain.from_iterable((name, file.filename or "") for name, file in request.files.items(multi=True))
    if is_odd("".join(texts)):
        abort(400)


def connect() -> None:
    """Take a connection for this request, an SQLite thread keeps the one it has; believe nothing older than now."""
    if request.endpoint not in IMPERSONAL:
        if isinstance(models.database.obj, TurnTaking):  # PostgreSQL answers from afar, and others go on meanwhile
            models.database.obj.enter()
        models.database.connect(reuse_if_open=True)
        freshness.begin(request.environ.get(rendered.SEEN))


def let_in(answer: Any = None) -> Any:
    """Let the next request of this process in; the answer is sent afterwards, which may take long."""
    if isinstance(models.database.obj, TurnTaking):
        models.database.obj.leave()
    return answer


def disconnect(error: BaseException | None) -> None:
    """Give a pooled connection back."""
    let_in()
    freshness.end()
    if isinstance(models.database.obj, PooledPostgresqlDatabase) and not models.database.is_closed():
        models.database.close()


def insist_on_own_password() -> AnyResponse | None:
    """An account with its initial password can do nothing but change it (`requirements.md` 13)."""
    if request.endpoint in IMPERSONAL:
        return None
    if is_visitor():
        g.signed_in = False
        return None
    person = current_user._get_current_object()
    g.signed_in = person.is_authenticated
    if request.endpoint in BEFORE_PASSWORD or not g.signed_in or not person.must_change_password:
        return None
    if wants_json():
        abort(403)
    return redirect(url_for("account.password"))


def show_error(error: Exception) -> Any:
    """One page for every error, in the reader's language; a surprise is logged and never shown."""
    if isinstance(error, HTTPException) and (error.code or 500) < 400:
        return error
    code = (error.code or 500) if isinstance(error, HTTPException) else 500
    if isinstance(error, peewee.DataError | OverflowError):
        # A number or text that no column holds has slipped through a form.
        current_app.logger.warning("%s %s: no column holds this: %s", request.method, request.path, error)
        code = 400
    elif code >= 500:
        current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
        code = 503 if isinstance(error, peewee.OperationalError | peewee.InterfaceError) else code
        # Whoever asked is not looked up for this page: the database may be what is broken.
        be_nobody()
    title, text = EXPIRED if isinstance(error, CSRFError) else ERRORS.get(code, ERRORS[500 if code > 500 else 400])
    if wants_json():
        return {"code": code, "title": _(title), "text": _(text)}, code
    if isinstance(error, SecurityError):
        return _plain_page(title, text), code  # no links can be made for a host that is not ours
    try:
        return render_template("error.html", code=code, title=_(title), text=_(text)), code
    except Exception:
        current_app.logger.exception("the error page itself fails")
        return _plain_page(title, text), code


def _plain_page(title: str, text: str) -> str:
    return f'<!doctype html><html lang="zh"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{text}</p>'
