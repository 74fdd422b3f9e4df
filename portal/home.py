"""The front page, all services, the hall's QR code, and the two questions that a supervisor of processes asks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import peewee
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_login import current_user
from markupsafe import Markup, escape

import shapes
import templating
from hall import articles, front, front_tiles, lost_reading, market_reading, matters, site, threads, transparency
from hall.words import N_
from models import Edition, Entity, Reply, Thread, database

bp = Blueprint("home", __name__)


class Way(NamedTuple):
    """One way into the hall: endpoint, words, and what its address is asked with."""

    endpoint: str
    label: str
    asked: dict[str, str] = {}


class Service(NamedTuple):
    """A card: where it leads, icon and colour of its tile, title, what it does, what the link says, further ways."""

    endpoint: str
    icon: str
    tone: str
    title: str
    text: str
    action: str
    ways: Sequence[Way] = ()


def _words(code: str) -> tuple[str, str]:
    """Title and text of a tile, as whatever the operator calls it."""
    return front_tiles.TILES[code].title, front_tiles.TILES[code].text


TILES = [
    Service(
        "repairs.new", "tools", "", *_words("repairs.new"), N_("马上报修"),
        [Way("repairs.quick", N_("快速报修")), Way("repairs.index", N_("我的报修"))],
    ),
    Service(
        "supervision.new", "chat-square-text", "info",
        *_words("supervision.new"), N_("我要发帖"),
        [Way("supervision.index", N_("看公开的帖子")), Way("supervision.mine", N_("我的帖子"))],
    ),
    Service(
        "lost_found.index", "box2-heart", "warn",
        *_words("lost_found.index"), N_("去找找"),
        [
            Way("lost_found.new", N_("我丢了东西"), {"kind": "lost"}),
            Way("lost_found.new", N_("我捡到东西"), {"kind": "found"}),
        ],
    ),
    Service(
        "market.index", "bag", "accent", *_words("market.index"), N_("去逛逛"),
        [Way("market.new", N_("我要出售")), Way("market.rules", N_("哪些不能卖"))],
    ),
]  # fmt: skip
# What stands below the tiles of the front page, before what the operator adds.
SHORT_WAYS = [
    ("repairs.quick", "lightning-charge", front_tiles.TILES["repairs.quick"].title),
    ("repairs.index", "clipboard-check", front_tiles.TILES["repairs.index"].title),
]
READING = [
    Service("articles.notices", "megaphone", "warn", *_words("articles.notices"), N_("看通知")),
    Service("articles.guides", "signpost-split", "info", *_words("articles.guides"), N_("看指南")),
    Service("transparency.index", "bar-chart-line", "", *_words("transparency.index"), N_("看数据")),
    Service("supervision.log", "shield-check", "accent", *_words("supervision.log"), N_("看公示")),
]

# What a visitor reads about the loop (the announcement's own order).
JOURNEY = [
    (N_("报修"), N_("登录后填写地点和故障，可以拍照。系统按项目和楼宇自动转给维修组。")),
    (N_("受理"), N_("表示报修已收到，暂时没有安排上门，请不要着急。")),
    (N_("派工与维修"), N_("师傅接到任务后上门，每一步都看得见。")),
    (N_("验收与评价"), N_("完工后请验收并评价，没有修好可以要求返修。")),
]
AT_MOST = 6
LATEST = 4
NOTICES, GOODS, ARTICLES = 2, 4, 4  # notices of either side, listings, notices of the hall


@bp.get("/")
def index() -> str:
    """The front page, for visitors too; what all visitors read alike is asked for by the template, when it must be."""
    return render_template(
        "home/index.html",
        tiles=_arranged("main", TILES),
        short_ways=_arranged("short", SHORT_WAYS),
        links=front.links(),
        editions=_editions(),
        matters=_mine(),
        journey=JOURNEY,
        newest=newest,
        opening=front.opening(),
    )


def newest() -> dict[str, Any]:
    """What the front page shows of all services, for everybody alike."""
    known = front.facts()
    return {
        "facts": known,
        "latest": _latest(known.has_answers),
        "articles": articles.newest("notice", ARTICLES),
        "notices": lost_reading.latest(NOTICES),
        "goods": market_reading.newest(GOODS),
        "figures": transparency.this_month(),
    }


def _arranged(group: str, known: Sequence[Any]) -> list[Any]:
    """What the operator shows of a group, in the operator's order; each of `known` begins with its code."""
    by_code = {each[0]: each for each in known}
    return [by_code[code] for code in front_tiles.shown(group)]


def _editions() -> list[Edition]:
    """What the operator has made that the reader can ask for."""
    return front.editions(current_user._get_current_object() if current_user.is_authenticated else None)


def _mine() -> list[matters.Matter]:
    """What who is signed in is waiting for, on all services, what waits for them first."""
    if not current_user.is_authenticated:
        return []
    return matters.open_matters(current_user._get_current_object(), AT_MOST)


def _latest(has_answers: bool) -> list[tuple[Thread, Reply | None]]:
    """What the board has shown last: answers, and to visitors threads where nothing is answered yet."""
    if has_answers:
        answered = {reply.thread.id: (reply.thread, reply) for reply in reversed(threads.answers(limit=LATEST))}
        return list(reversed(answered.values()))
    # Who is signed in has a list of their own in this place.
    newest = [] if current_user.is_authenticated else threads.newest(limit=LATEST)
    return [(thread, None) for thread in newest]


@bp.get("/services")
def services() -> str:
    """All that the hall does, each one click from its form."""
    return render_template(
        "home/services.html",
        tiles=_arranged("main", TILES),
        reading=_arranged("reading", READING),
        links=front.links(),
        editions=_editions(),
        opening=front.opening(),
        facts=front.facts(),
    )


@bp.get("/qr.svg")
def qr() -> Response:
    """The code of the official account, of this site where there is none."""
    account = front.texts().get("wechat_link")
    response = Response(front.qr(account.text if account and account.text else site.url), mimetype="image/svg+xml")
    response.cache_control.private, response.cache_control.max_age = True, 300
    return response


@bp.app_template_global()
def site_text(code: str) -> str:
    """A sentence of the operator's in the reader's language, "" where there is none."""
    row = front.texts().get(code)
    return worded(row, "text") if row else ""


@bp.app_template_filter()
def worded(row: Entity, name: str) -> str:
    """A column of `row` in the reader's language, where that has been written: `name` in English is `name_en`."""
    english = getattr(row, f"{name}_en", "") if templating.locale_tag() == "en" else ""
    return english or getattr(row, name)


@bp.app_template_global()
def addresses(*, canonical: bool) -> Markup:
    """This page in either language for whoever searches the web, as links for its head.

    With `canonical` also its one public address, without what was asked but for the language.
    """
    chinese = escape(site.url + request.path)
    english = f"{chinese}?lang=en"
    own = english if request.args.get("lang") == "en" else chinese
    found = f'<link rel="canonical" href="{own}">' if canonical else ""
    found += f'<link rel="alternate" hreflang="zh-Hans" href="{chinese}">'
    return Markup(f'{found}<link rel="alternate" hreflang="en" href="{english}">')


@bp.app_template_filter()
def roughly(minutes: float) -> str:
    """A length of time as one figure for a headline, a space before its unit: 38 分钟, 4.8 小时, 1.1 天."""
    if minutes < 60:
        return _("%(minutes)s 分钟", minutes=round(minutes))
    if minutes < 1440:
        return _("%(hours)s 小时", hours=f"{minutes / 60:.1f}")
    return _("%(days)s 天", days=f"{minutes / 1440:.1f}")


@bp.app_template_global()
def has_icon(name: str) -> bool:
    """Whether there is a Bootstrap icon of this name; operators type them."""
    return shapes.is_icon(name)


@bp.get("/health/live")
def live() -> dict[str, str]:
    """Whether the process answers; asks no database, so that a broken one does not get it killed."""
    return {"status": "alive"}


@bp.get("/health/ready")
def ready() -> tuple[dict[str, str], int]:
    """Whether it can serve: the database answers."""
    try:
        database.execute_sql("SELECT 1")
    except peewee.PeeweeException:
        return {"status": "no database"}, 503
    return {"status": "ready"}, 200
