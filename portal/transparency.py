"""公开透明: the open figures by month, drawn and as tables, and the same as files."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from flask import Blueprint, Response, abort, render_template, request
from flask_babel import get_locale, pgettext
from flask_babel import gettext as _

import templating
from hall import clock, plots, transparency
from hall.transparency import LEAST, before, kept_share, month_of
from hall.words import N_
from models import FIGURE_SCOPES, MonthlyFigure

bp = Blueprint("transparency", __name__)

# What each figure is called, a service; what is missing there is not shown, or stands as the number of cases behind
# another. Columns of `MonthlyFigure`, but `share`.
Words = dict[str, str]
WORDS: dict[str, Words] = {
    "repair": {
        "cases": N_("报修"),
        "respond_minutes": N_("受理用时（中位数）"),
        "finish_minutes": N_("完工用时（中位数）"),
        "share": N_("按时完工"),
        "rating": N_("满意度"),
    },
    "supervision": {
        "cases": N_("公开的帖子"),
        "respond_minutes": N_("审核用时（中位数）"),
        "finish_minutes": N_("答复用时（中位数）"),
        "share": N_("按时答复"),
        "rating": N_("满意度"),
    },
    "lost_found": {
        "cases": N_("公开的启事"),
        "done": N_("物归原主"),
        "finish_minutes": N_("物归原主用时（中位数）"),
    },
    "market": {"cases": N_("上架的物品"), "done": N_("已成交"), "finish_minutes": N_("成交用时（中位数）")},
}
ICONS = {"repair": "tools", "supervision": "chat-square-text", "lost_found": "box2-heart", "market": "bag"}
# By what a service is told apart, in the order of the page.
PARTS = {"repair": ("building", "group"), "supervision": ("department",), "lost_found": ("building",)}
# Behind each figure stands so many cases.
BEHIND = {"respond_minutes": "responded", "finish_minutes": "done", "share": "promised", "rating": "marks"}
SHOWN_MONTHS = 12


@bp.get("/open")
def index() -> str:
    """The figures of a month: all services in short, and one of them with its last twelve months and its parts."""
    figures = transparency.history()
    service = _asked("service", list(WORDS)) or "repair"
    month = _month(figures)
    of_month = {figure.service: figure for figure in figures if figure.month == month}
    rows = transparency.parts(service, month) if of_month.get(service) else []
    names = transparency.names() if rows else {}
    months = sorted({figure.month for figure in figures} | {month}, reverse=True)
    return render_template(
        "transparency/index.html",
        month=month,
        months=months,
        earlier=next((each for each in months if each < month), None),
        later=next((each for each in reversed(months) if each > month), None),
        service=service,
        services=[
            (name, label, ICONS[name], of_month.get(name), WORDS[name]) for name, label in service_names().items()
        ],
        words=WORDS[service],
        figure=of_month.get(service),
        plots=_plots(service, month, [each for each in figures if each.service == service]),
        tables=[(scope, [row for row in rows if row.scope == scope]) for scope in PARTS.get(service, ())],
        names=names,
        scopes=dict(FIGURE_SCOPES),
        counted=max((each.updated for each in of_month.values()), default=None),
        is_running=month == month_of(clock.today()),
        least=LEAST,
        said=said,
        month_name=month_name,
    )


@bp.get("/open/<name>.csv")
def table(name: str) -> Response:
    """`figures.csv`: all services by month; `repair-group.csv`: the groups, of all months or of `?month=`."""
    service, _dash, scope = name.partition("-")
    if name == "figures":
        rows, names = transparency.history(), {}
    elif scope in PARTS.get(service, ()):
        month = _asked_month() if request.args.get("month") else None
        rows, names = transparency.parts(service, month, scope), transparency.names()
    else:
        abort(404)
    answer = Response(_csv(rows, names), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="hall-{name}.csv"'
    return answer


def _asked(name: str, known: Sequence[str]) -> str:
    """What was asked for by `name`, one of `known`; "" where nothing was. 404 for anything else."""
    said = request.args.get(name, "")
    if said and said not in known:
        abort(404)
    return said


def _asked_month() -> date:
    try:
        # Four and two digits and nothing else: strptime also takes 2026-1 and figures of other scripts.
        said = request.args.get("month", "")
        return datetime.strptime(said, "%Y-%m").date() if len(said) == 7 and said.isascii() else abort(404)
    except ValueError:
        abort(404)


def _month(figures: Sequence[MonthlyFigure]) -> date:
    """The month that was asked for, else the newest one with figures, else the current one."""
    if request.args.get("month"):
        return _asked_month()
    return max((figure.month for figure in figures), default=month_of(clock.today()))


# --- figures as people read them -------------------------------------------------------------------


def service_names() -> dict[str, str]:
    """What each service is called, in the reader's language and the order of the page."""
    return {
        "repair": pgettext("nav", "报修"),
        "supervision": _("服务监督"),
        "lost_found": _("失物招领"),
        "market": _("二手市场"),
    }


def month_name(month: date) -> str:
    """A month as people say it: 2026年11月, Nov 2026."""
    return str(format_skeleton("yMMM", month, locale=get_locale() or "zh_Hans_CN"))


def said(figure: MonthlyFigure | None, column: str) -> str:
    """A figure in the reader's language with its unit after a space, – where there are not enough cases."""
    value = _value(figure, column)
    if value is None:
        return "–"
    if column.endswith("_minutes"):
        return length(value)
    if column == "share":
        return f"{round(100 * value)}%"
    return f"{value:.1f}" if column == "rating" else _number(value)


def _value(figure: MonthlyFigure | None, column: str) -> Any:
    if figure is None:
        return None
    value = kept_share(figure) if column == "share" else getattr(figure, column)
    return value if value or column not in ("cases", "done") else None


def _number(value: float) -> str:
    return str(format_decimal(value, locale=get_locale() or "zh_Hans_CN"))


def length(minutes: float) -> str:
    """A length of time as one figure: 38 分钟, 4.8 小时, 1.1 天."""
    if minutes < 60:
        return _("%(minutes)s 分钟", minutes=round(minutes))
    if minutes < 1440:
        return _("%(hours)s 小时", hours=f"{minutes / 60:.1f}")
    return _("%(days)s 天", days=f"{minutes / 1440:.1f}")


# --- twelve months ---------------------------------------------------------------------------------


def _plots(service: str, month: date, figures: Iterable[MonthlyFigure]) -> list[plots.Plot]:
    """How a service went in the twelve months up to `month`; [] where nothing is known of them."""
    by_month = {figure.month: figure for figure in figures}
    months = [before(month, back) for back in range(SHOWN_MONTHS - 1, -1, -1)]
    if not any(each in by_month for each in months):
        return []
    return [
        _plot(column, word, months, by_month, month)
        for column, word in WORDS[service].items()
        if column in ("cases", "finish_minutes", "share", "rating")
    ]


def _plot(column: str, word: str, months: list[date], by_month: dict[date, Any], chosen: date) -> plots.Plot:
    scale, unit, most, least = _scale(column, [_value(by_month.get(month), column) for month in months])
    values = [
        plots.Value(
            label=str(month.month),
            month=month_name(month),
            figure=None if (value := _value(by_month.get(month), column)) is None else value * scale,
            said=said(by_month.get(month), column),
            behind=cases_behind(by_month.get(month), column),
            is_chosen=month == chosen,
        )
        for month in months
    ]
    title = _("%(what)s（%(unit)s）", what=templating.translated(word), unit=unit)
    known = [value for value in values if value.figure is not None]
    about = _("还没有足够的件数")
    if known:
        first, last = known[0], known[-1]
        spoken = {"first": first.month, "begun": first.said, "last": last.month, "ended": last.said}
        about = _("从%(first)s的 %(begun)s 到%(last)s的 %(ended)s；每个月的数在图下的表里。", **spoken)
    return plots.draw("bars" if column == "cases" else "line", title, about, values, least=least, most=most)


def _scale(column: str, values: Iterable[float | None]) -> tuple[float, str, float | None, float]:
    """By what a column is multiplied for its plot, the unit then, and where the scale ends and begins."""
    highest = max((value for value in values if value is not None), default=0)
    if column == "share":
        return 100, "%", 100, 0
    if column == "rating":
        return 1, _("1 到 5 分"), 5, 1
    if not column.endswith("_minutes"):
        return 1, _("件"), None, 0
    if highest >= 2 * 1440:
        return 1 / 1440, _("天"), None, 0
    return (1 / 60, _("小时"), None, 0) if highest >= 120 else (1, _("分钟"), None, 0)


@bp.app_template_global()
def cases_behind(figure: MonthlyFigure | None, column: str) -> str:
    """How many cases stand behind a figure: 1,430 件; "" for what is itself a count."""
    count = getattr(figure, BEHIND[column]) if figure is not None and column in BEHIND else 0
    if column == "rating":
        return _("%(n)s 条评价", n=_number(count)) if count else ""
    return _("%(n)s 件", n=_number(count)) if count else ""


# --- as a file -------------------------------------------------------------------------------------

# A count of none stays empty: it says as little as a sample that is too small.
COLUMNS: list[tuple[str, Callable[[MonthlyFigure], Any]]] = [
    (N_("件数"), lambda figure: figure.cases or None),
    (N_("首次处理件数"), lambda figure: figure.responded or None),
    (N_("首次处理中位数（分钟）"), lambda figure: figure.respond_minutes),
    (N_("完成件数"), lambda figure: figure.done or None),
    (N_("完成中位数（分钟）"), lambda figure: figure.finish_minutes),
    (N_("有承诺的件数"), lambda figure: figure.promised or None),
    (N_("守时率（%）"), lambda figure: None if (share := kept_share(figure)) is None else round(100 * share)),
    (N_("评价数"), lambda figure: figure.marks or None),
    (N_("满意度"), lambda figure: figure.rating),
]


def _csv(rows: Iterable[MonthlyFigure], names: dict[tuple[str, str], str]) -> str:
    """The figures with a heading, and the mark at the beginning by which spreadsheets know UTF-8."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    place = [_("编号"), _("名称")] if names else []
    writer.writerow([_("月份"), _("服务"), *place, *(templating.translated(label) for label, _column in COLUMNS)])
    called = service_names()
    for row in rows:
        named = [_text(row.code), _text(_named(row, names))] if names else []
        known = ("" if (value := column(row)) is None else value for _label, column in COLUMNS)
        writer.writerow([f"{row.month:%Y-%m}", called[row.service], *named, *known])
    return out.getvalue()


def _named(row: MonthlyFigure, names: dict[tuple[str, str], str]) -> str:
    return templating.translated(names.get((row.scope, row.code), row.code))


def _text(said: str) -> str:
    """`said` so that no spreadsheet takes it for a formula (fault 16)."""
    return f"'{said}" if said.lstrip().startswith(("=", "+", "-", "@")) or said.startswith(("\t", "\r")) else said
