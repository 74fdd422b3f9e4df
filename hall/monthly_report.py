"""The report of a month for those who lead: the same tables as PDF and as XLSX, made by a click or by the timetable."""

import contextlib
import io
import json
import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import peewee

from hall import clock, events, overview, printing, site
from hall.channels.words import translate
from hall.overview_counting import Figures
from hall.words import N_, Refused
from models import (
    LANGUAGES,
    Application,
    Department,
    Edition,
    MonthlyFigure,
    MonthlyReport,
    Person,
    database,
    held,
    tuples,
)

KINDS = ("pdf", "xlsx")
SHOWN = 24
MONTHS = 12
HEADS = (
    N_("完工"),
    N_("用时中位数"),
    N_("九成不超过"),
    N_("按时"),
    N_("满意度"),
    N_("评价数"),
    N_("返修"),
    N_("费用（元）"),
)
PHASES = ("granted", "refused", "withdrawn")
_TEMPLATE = Path(__file__).with_name("monthly_report.typ")
_NAME = re.compile(r"\d{4}-\d\d-(?:zh|en)-[0-9a-f]{8}")


@dataclass(frozen=True)
class Table:
    """One table of a report; the first column names the row, the others are text, numbers or None."""

    title: str
    heads: list[str]
    rows: list[list[Any]]


def months() -> list[date]:
    """The months of which a report can be made: this one and the MONTHS before it, newest first."""
    found = [clock.today().replace(day=1)]
    while len(found) <= MONTHS:
        found.append(before(found[-1]))
    return found


def before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def made() -> list[MonthlyReport]:
    """The newest reports."""
    return list(MonthlyReport.select().order_by(MonthlyReport.month.desc(), MonthlyReport.language).limit(SHOWN))


def find(name: str) -> MonthlyReport | None:
    row: MonthlyReport | None = MonthlyReport.get_or_none(MonthlyReport.name == name) if _NAME.fullmatch(name) else None
    return row


def read(report: MonthlyReport, kind: str) -> bytes | None:
    """The file of a report, "pdf" or "xlsx"; None where it is gone."""
    file = _folder() / f"{report.name}.{kind}"
    return file.read_bytes() if file.is_file() else None


def make(month: date, language: str = "zh", *, by: Person | None) -> MonthlyReport:
    """Make the report of a month (its first day), in the place of one of the same month and language.

    Raises Refused for a month to come, and where the server has no Chinese font.
    """
    if month not in months() or language not in dict(LANGUAGES):
        raise Refused(N_("只能生成本月和之前 12 个月的月报"))
    tables = tables_of(month, language)
    name = f"{month:%Y-%m}-{language}-{secrets.token_hex(4)}"
    files = {"pdf": _pdf(month, language, tables), "xlsx": _xlsx(tables)}
    _folder().mkdir(parents=True, exist_ok=True)
    try:
        for kind, content in files.items():
            (_folder() / f"{name}.{kind}").write_bytes(content)
        with database.atomic():
            key = {"month": month, "language": language}
            MonthlyReport.insert(**key, name=name, made=clock.now(), person=by).on_conflict_ignore().execute()
            same = (MonthlyReport.month == month) & (MonthlyReport.language == language)
            report: MonthlyReport = held(MonthlyReport.select().where(same)).get()  # two at once take turns
            old, report.name, report.made, report.person = report.name, name, clock.now(), by
            report.save()
            events.record(report, "make", N_("生成月报"), by=by, details={"month": f"{month:%Y-%m}"})
    except BaseException:
        _remove(name)
        raise
    if old != name:
        _remove(old)
    return report


def _remove(name: str) -> None:
    for kind in KINDS:
        with contextlib.suppress(OSError):
            (_folder() / f"{name}.{kind}").unlink()


def make_last() -> None:
    """The report of the month that is over, once, also where one was made before its end; the timetable calls it."""
    following = clock.today().replace(day=1)
    over = clock.utc(datetime(following.year, following.month, 1))
    same = (MonthlyReport.month == before(following)) & (MonthlyReport.language == "zh")
    if not MonthlyReport.select().where(same, MonthlyReport.made >= over).exists():
        make(before(following), by=None)


def _folder() -> Path:
    if site.data_folder is None:
        raise RuntimeError("site.data_folder is not set; app.open_house does it")
    return site.data_folder / "reports"


# --- what stands in it -----------------------------------------------------------------------------------


def tables_of(month: date, language: str) -> list[Table]:
    """All tables of a month in `language`, those without a row left out."""
    following = (month + timedelta(days=31)).replace(day=1)
    found = overview.read(overview.Reach(whole=True), month, following)

    def say(text: str) -> str:
        return translate(text, language)

    heads = [say(head) for head in HEADS]
    came = say(N_("报修"))
    families = [say(family) for family in found.heat.families]
    tables = [
        Table(say(N_("报修概况")), ["", came, *heads], [[say(N_("全校")), found.came, *_cells(found.whole)]]),
        Table(
            say(N_("各维修组")),
            [say(N_("维修组")), came, *heads],
            [[say(name), fresh, *_cells(figures)] for name, fresh, figures in found.groups],
        ),
        Table(
            say(N_("每周走势")),
            [say(N_("从周一")), came, *heads],
            [[day.isoformat(), fresh, *_cells(figures)] for day, fresh, figures in found.weeks],
        ),
        Table(
            say(N_("哪里坏什么")),
            [say(N_("楼宇")), *families, say(N_("合计"))],
            [[say(name), *counts, sum(counts)] for name, counts in found.heat.rows],
        ),
        _answers(month, say),
        _boards(month, say),
        _applications(month, following, say),
    ]
    return [table for table in tables if table.rows]


def _cells(figures: Figures) -> list[Any]:
    """In the order of HEADS; lengths in hours, money in yuan."""
    return [
        figures.count,
        _hours(figures.median),
        _hours(figures.p90),
        f"{100 * figures.kept / figures.promised:.0f}%" if figures.promised else None,
        round(figures.mark, 1) if figures.mark is not None else None,
        figures.marks,
        figures.reworked,
        Decimal(figures.cost) / 100 if figures.settled else None,
    ]


def _hours(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds / 3600:.1f} h"


def _answers(month: date, say: Any) -> Table:
    """The answers to threads, from the open figures of the month."""
    rows = MonthlyFigure.select().where(MonthlyFigure.month == month, MonthlyFigure.service == "supervision")
    names: dict[str, str] = dict(tuples(Department.select(Department.code, Department.name)))
    heads = [N_("部门"), N_("收到"), N_("已答复"), N_("用时中位数"), N_("按时"), N_("满意度"), N_("评价数")]
    return Table(
        say(N_("监督答复")),
        [say(head) for head in heads],
        [
            [
                say(names.get(row.code, N_("全校"))),
                row.cases,
                row.done,
                _hours(row.finish_minutes * 60) if row.finish_minutes is not None else None,
                f"{100 * row.kept / row.promised:.0f}%" if row.promised else None,
                row.rating,
                row.marks,
            ]
            for row in rows.order_by(MonthlyFigure.scope, MonthlyFigure.code)
        ],
    )


def _boards(month: date, say: Any) -> Table:
    boards = {"lost_found": N_("失物招领"), "market": N_("二手市场")}
    whole = (MonthlyFigure.month == month) & (MonthlyFigure.scope == "all") & MonthlyFigure.service.in_(list(boards))
    rows = MonthlyFigure.select().where(whole).order_by(MonthlyFigure.service)
    heads = [say(head) for head in ("", N_("发布"), N_("找回或成交"))]
    return Table(say(N_("失物与市场")), heads, [[say(boards[row.service]), row.cases, row.done] for row in rows])


def _applications(month: date, following: date, say: Any) -> Table:
    """What was applied for in the month, by service, and how it ended so far."""
    starts, ends = (clock.utc(datetime(day.year, day.month, day.day)) for day in (month, following))
    row, count = Application, peewee.fn.COUNT(Application.id)
    query = row.select(Edition.name, row.phase, count).join(Edition, on=(row.edition == Edition.id))
    query = query.where(row.created >= starts, row.created < ends).group_by(Edition.name, row.phase)
    counted: dict[str, dict[str, int]] = {}
    for name, phase, number in tuples(query):
        counted.setdefault(name, {})[phase] = number
    heads = [N_("服务"), N_("申请"), N_("已办结"), N_("未通过"), N_("已撤回")]
    rows = [
        [say(name), sum(phases.values()), *(phases.get(phase, 0) for phase in PHASES)]
        for name, phases in sorted(counted.items())
    ]
    return Table(say(N_("在线服务")), [say(head) for head in heads], rows)


# --- the files -------------------------------------------------------------------------------------------


def _pdf(month: date, language: str, tables: list[Table]) -> bytes:
    fonts, family = printing.fonts_here()

    def say(text: str) -> str:
        return translate(text, language)

    values = {
        "family": family,
        "language": language,
        "house": say(N_("后勤数字服务大厅")),
        "title": say(N_("后勤服务月报")),
        "month": f"{month:%Y-%m}",
        "made": say(N_("生成于")) + f" {clock.local(clock.now()):%Y-%m-%d %H:%M}",
        "note": say(N_("用时从报修算起，包括夜间和挂起；“九成不超过”是第 90 百分位；评价数是满意度背后的份数。")),
        "tables": [
            {"title": table.title, "heads": table.heads, "rows": [[_text(cell) for cell in row] for row in table.rows]}
            for table in tables
        ],
    }
    inputs = {"report": json.dumps(values, ensure_ascii=False)}
    import typst  # read when it is first needed

    return typst.compile(_TEMPLATE.read_bytes(), format="pdf", font_paths=fonts, sys_inputs=inputs)


def _text(cell: Any) -> str:
    if cell is None:
        return "—"
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else f"{cell:,}" if isinstance(cell, int | float) else str(cell)


def _xlsx(tables: list[Table]) -> bytes:
    """A sheet a table, numbers as numbers, nothing as a formula."""
    buffer = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    import xlsxwriter

    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **safe})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
    for table in tables:
        sheet = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", table.title)[:31])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, len(table.heads), 12)
        for column, head in enumerate(table.heads):
            sheet.write_string(0, column, head, bold)
        for number, row in enumerate(table.rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, int | float | Decimal):
                    sheet.write_number(number, column, float(cell))
                elif cell is not None:
                    sheet.write_string(number, column, str(cell))
    book.close()
    return buffer.getvalue()
