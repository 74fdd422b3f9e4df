"""The front page, all services, and the two questions that a supervisor of processes asks."""

from datetime import timedelta
from typing import Any

import peewee
from flask import Blueprint, render_template
from flask_babel import gettext as _
from flask_login import current_user

import templating
from hall import access, figures, front, lost_reading, market_reading, progress, threads
from hall.repairs import joined
from hall.words import N_
from models import OPEN_STATES, RepairOrder, Reply, Thread, database

bp = Blueprint("home", __name__)

# One line a service: endpoint, icon, colour of its tile, title, what it does, what the link says.
SERVICES = [
    ("repairs.new", "tools", "", N_("我要报修"), N_("自动派到负责你这栋楼的维修组"), N_("马上报修")),
    ("repairs.quick", "lightning-charge", "accent", N_("快速报修"), N_("一屏填完，适合在手机上用"), N_("快速填写")),
    ("repairs.index", "clipboard-check", "info", N_("我的报修"), N_("进度、验收、评价都在这里"), N_("查看进度")),
    (
        "supervision.new",
        "chat-square-text",
        "warn",
        N_("服务监督"),
        N_("建议、表扬、咨询、投诉，公开答复"),
        N_("我要发帖"),
    ),
    (
        "lost_found.index",
        "box2-heart",
        "accent",
        N_("失物招领"),
        N_("丢了东西来找，捡到东西来登记"),
        N_("去找找"),
    ),
    ("market.index", "bag", "", N_("二手市场"), N_("校内面交，联系方式不外露"), N_("去逛逛")),
]

# What a visitor reads about the loop (the announcement's own order).
JOURNEY = [
    (N_("报修"), N_("登录后填写地点和故障，可以拍照。系统按项目和楼宇自动转给维修组。")),
    (N_("受理"), N_("表示报修已收到，暂时没有安排上门，请不要着急。")),
    (N_("派工与维修"), N_("师傅接到任务后上门，每一步都看得见。")),
    (N_("验收与评价"), N_("完工后请验收并评价，没有修好可以要求返修。")),
]
AT_MOST = 5
LATEST = 4
NOTICES, GOODS = 2, 4  # notices of either side, listings
WAITS_FOR_ME = ("finished", "returned")


@bp.get("/")
def index() -> str:
    """The front page, for visitors too."""
    return render_template(
        "home/index.html",
        services=SERVICES,
        orders=_mine() if current_user.is_authenticated else [],
        posts=_my_posts() if current_user.is_authenticated else [],
        latest=_latest(),
        journey=JOURNEY,
        notices=lost_reading.latest(NOTICES),
        goods=market_reading.newest(GOODS),
        month=figures.this_month(),
        facts=front.facts(),
    )


def _mine() -> list[tuple[RepairOrder, str]]:
    """The open orders of who is signed in with what happens next, those that wait for this person first."""
    query = access.visible(current_user, RepairOrder).where(
        RepairOrder.reporter == current_user.id, RepairOrder.status.in_(OPEN_STATES)
    )
    waits = RepairOrder.status.in_(WAITS_FOR_ME).desc()
    orders: Any = joined(query).order_by(waits, RepairOrder.id.desc()).limit(AT_MOST)
    return [(order, _next_line(order)) for order in orders]


def _my_posts() -> list[tuple[Thread, str]]:
    """The threads of who is signed in that are not over, with how they stand, those that wait for this person first."""
    mine = threads.unfinished(current_user, AT_MOST)
    return [(thread, templating.said(threads.sentence(thread, (), current_user)[0])) for thread in mine]


def _latest() -> list[tuple[Thread, Reply | None]]:
    """What the board has shown last: answers, and to visitors threads where nothing is answered yet."""
    answered = {reply.thread.id: (reply.thread, reply) for reply in reversed(threads.answers(limit=LATEST))}
    # Who is signed in has a list of their own in this place; one query is enough for both.
    newest = [] if answered or current_user.is_authenticated else threads.newest(limit=LATEST)
    return list(reversed(answered.values())) or [(thread, None) for thread in newest]


def _next_line(order: RepairOrder) -> str:
    (title, values), _text = progress.sentence(order)
    return _(title) % values


@bp.app_template_filter()
def roughly(length: timedelta) -> str:
    """A length of time as one figure for a headline, a space before its unit: 38 分钟, 4.8 小时, 1.1 天."""
    minutes = length.total_seconds() / 60
    if minutes < 60:
        return _("%(minutes)s 分钟", minutes=round(minutes))
    if minutes < 1440:
        return _("%(hours)s 小时", hours=f"{minutes / 60:.1f}")
    return _("%(days)s 天", days=f"{minutes / 1440:.1f}")


@bp.get("/services")
def services() -> str:
    return render_template("home/services.html", services=SERVICES)


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
