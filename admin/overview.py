"""看板: what leaders read of what they lead, drawn and as tables, and the reports of the months."""

import io
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import format_skeleton
from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

import templating
from admin.gate import Gate, me
from hall import clock, monthly_report, overview, plots
from hall.overview import Overview
from hall.overview_counting import Figures
from hall.words import N_, Refused
from models import APPLICATION_PHASES, REPAIR_STATES, THREAD_STATES

SPANS = [(4, N_("最近 4 周")), (12, N_("最近 12 周")), (26, N_("最近半年"))]
USUAL = 12
HEAT_STEPS = 5
LABELS = 6  # weeks that are named below a plot
MIMES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Board(name=lazy_gettext("看板"), endpoint="overview", url="/admin/overview", category="figures")
    view.menu_icon_value = "speedometer2"
    return [view]


class Board(Gate):
    need = "figures.read"

    @expose("/")
    def index(self) -> str:
        """What waits, what is late, who carries how much, and how the last weeks went."""
        scope = overview.reach(me()) or abort(404)
        weeks = next((weeks for weeks, _label in SPANS if str(weeks) == request.args.get("weeks")), USUAL)
        last = overview.monday(clock.today())
        since = last - timedelta(weeks=weeks - 1)
        found = overview.read(scope, since, last + timedelta(days=7), week=_week(since, last))
        return self.render(
            "admin/overview.html",
            found=found,
            scope=scope,
            spans=SPANS,
            weeks=weeks,
            week=_week(since, last),
            plots=_plots(found),
            states=dict(REPAIR_STATES),
            thread_states=dict(THREAD_STATES),
            phases=dict(APPLICATION_PHASES),
            reports=monthly_report.made() if scope.whole else [],
            months=monthly_report.months() if scope.whole else [],
            step_of=lambda count: -(-count * HEAT_STEPS // found.heat.most) if found.heat.most else 0,
        )

    @expose("/reports", methods=("POST",))
    def make(self) -> Any:
        """Make the report of a month, or make it anew."""
        _whole()
        try:
            month = date.fromisoformat(f"{request.form.get('month', '')[:7]}-01")
            report = monthly_report.make(month, "en" if templating.is_english() else "zh", by=me())
        except ValueError:
            flash(_("请选择月份"), "error")
        except Refused as refused:
            flash(templating.sentence(refused), "error")
        else:
            flash(_("%(month)s的月报已生成", month=templating.month(report.month)), "ok")
        return redirect(url_for(".index", _anchor="reports"))

    @expose("/reports/<name>.<kind>")
    def report(self, name: str, kind: str) -> Response:
        """A report as it was made."""
        _whole()
        known = monthly_report.find(name) if kind in MIMES else None
        content = monthly_report.read(known, kind) if known else None
        if known is None or content is None:
            abort(404)
        title = f"{_('后勤服务月报')}-{known.month:%Y-%m}.{kind}"
        return send_file(io.BytesIO(content), MIMES[kind], as_attachment=True, download_name=title)


def _whole() -> None:
    """Reports are of the whole hall: for who leads all of it."""
    scope = overview.reach(me())
    if scope is None or not scope.whole:
        abort(404)


def _week(since: date, last: date) -> date | None:
    """The Monday that the address names for the heat; None for all weeks."""
    try:
        day = overview.monday(date.fromisoformat(request.args.get("week", "")))
    except (ValueError, OverflowError):
        return None
    return day if since <= day <= last else None


def _plots(found: Overview) -> list[plots.Plot]:
    """The weeks as four plots: how many, how long, how much in time, how content."""

    def values(
        figure: Callable[[int, Figures], float | None], said: Callable[[float], str], behind: Any
    ) -> Sequence[Any]:
        marks = []
        every = -(-len(found.weeks) // LABELS)
        for place, (day, came, figures) in enumerate(reversed(found.weeks)):
            value, last = figure(came, figures), place == 0
            full = format_skeleton("MMMd", day, locale=get_locale())
            label = f"{day.month}/{day.day}" if place % every == 0 else ""
            text = said(value) if value is not None else ""
            marks.append(plots.Value(label, full, value, text, behind(figures), last and value is not None))
        return marks[::-1]

    def of(figures: Figures) -> str:
        return _("%(count)s 单", count=figures.count)

    def days(value: float) -> str:
        return templating.duration(value * 86_400)

    drawn = [
        ("bars", N_("每周报修"), values(lambda came, _f: came, lambda v: f"{v:g}", lambda _f: ""), None, 0),
        ("line", N_("完工用时中位数（天）"), values(lambda _c, f: f.median and f.median / 86_400, days, of), None, 0),
        (
            "line",
            N_("按时完工（%）"),
            values(lambda _c, f: 100 * f.kept / f.promised if f.promised else None, _percent, of),
            100,
            0,
        ),
        ("line", N_("满意度（1–5 分）"), values(lambda _c, f: f.mark, lambda v: f"{v:.1f}", _marks), 5, 1),
    ]
    about = _("从左到右是各周，下面的表里有同样的数字。")
    return [
        plots.draw(kind, _(title), about, marks, least=least, most=most) for kind, title, marks, most, least in drawn
    ]


def _percent(value: float) -> str:
    return f"{value:.0f}%"


def _marks(figures: Figures) -> str:
    return _("%(count)s 个评价", count=figures.marks)
