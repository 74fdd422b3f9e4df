"""What leaders read: figures of what they lead and no more, the report of a month, and whom to send."""

import io
from datetime import date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook

from hall import clock, dispatch_advice, monthly_report, overview, site
from hall.overview_counting import Case, measure
from models import (
    Application,
    Assignment,
    Building,
    Edition,
    Event,
    Grant,
    MaintenanceGroup,
    MonthlyReport,
    Person,
    Rating,
    RepairItem,
    RepairOrder,
    SettlementLine,
    Skill,
)
from tests import applying
from tests.test_repair_race import at_once

NOON = datetime(2026, 11, 20, 4)
SPAN = date(2026, 11, 2), date(2026, 11, 30)


@pytest.fixture
def order(campus, freeze):
    """A maker of orders: of group SN1 unless told otherwise, finished `hours` after they came."""
    freeze(NOON)

    def make(hours=None, group="SN1", **more):
        created = more.pop("created", NOON - timedelta(days=6))
        ended = {} if hours is None else {"status": "closed", "finished": created + timedelta(hours=hours)}
        given = {
            "number": f"BX{RepairOrder.select().count():08}",
            "status": "reported",
            "created": created,
            "reporter": campus.A,
            "phone": "13900000057",
            "building": Building.get(Building.code == "NQ4"),
            "item": RepairItem.get(RepairItem.code == "S01"),
            "group": MaintenanceGroup.get(MaintenanceGroup.code == group),
            "description": "水龙头一直滴水",
        }
        return RepairOrder.create(**(given | ended | more))

    return make


def workers(group="SN1"):
    rows = Person.select().join(Grant).where(Grant.role == "worker", Grant.scope == group)
    return list(rows.order_by(Person.number))


def test_the_figures_of_some_orders():
    """Median and ninth decile by hand: of 1, 2 … 10 hours they are 5.5 and 9.1."""
    hours = [
        Case(n, NOON, 1, 1, 1, None, 3600.0 * n, n < 8, n == 3, 4.0 if n < 3 else None, 100 * n) for n in range(1, 11)
    ]
    figures = measure(hours)
    assert (figures.median, figures.p90) == (5.5 * 3600, pytest.approx(9.1 * 3600))
    assert (figures.promised, figures.kept, figures.marks, figures.mark) == (10, 7, 2, 4.0)
    assert (figures.reworked, figures.settled, figures.cost) == (1, 10, 5500)
    assert measure([]).median is None and measure(hours[:1]).p90 == 3600


def test_what_is_counted(order, campus):
    late = order(30, finish_due=NOON - timedelta(days=6) + timedelta(hours=2), settled=NOON, reworks=1)
    order(10, finish_due=NOON, worker=workers()[0])
    order(created=NOON - timedelta(days=40))
    order(status="withdrawn")
    waiting = order(status="accepted", finish_due=NOON - timedelta(hours=1))
    Rating.create(order=late, speed=5, quality=4, manner=3)
    for round, fen in ((1, 9900), (2, 1250), (2, 50)):
        SettlementLine.create(
            order=late, round=round, kind="labour", name="工时", quantity=1, price_fen=fen, amount_fen=fen
        )
    found = overview.read(overview.reach(campus.X), *SPAN)
    assert found.came == 3  # neither the withdrawn one nor the one of October
    assert (found.whole.count, found.whole.median) == (2, 20 * 3600)
    assert (found.whole.kept, found.whole.promised, found.whole.reworked) == (1, 2, 1)
    assert (found.whole.mark, found.whole.marks) == (4.0, 1)
    assert (found.whole.settled, found.whole.cost) == (1, 1300)  # the newest round alone
    assert [(row.code, row.late, row.total) for row in found.waiting] == [("SN1", 1, 2)]
    assert waiting.status in found.waiting[0].counts
    assert found.heat.rows == [("南区学生公寓4号楼", [3])] and found.heat.most == 3
    assert sum(came for _day, came, _figures in found.weeks) == 3
    assert [(load.worker, load.done.count) for load in found.loads] == [(workers()[0], 1)]


def test_what_waits_in_the_services(campus, sign_in):
    """By service and by whose turn it is, also where a later edition has another name; for who leads the whole."""
    edition = applying.made(campus)
    first, _second, third = (applying.applied(person, edition) for person in (campus.A, campus.B, campus.kept))
    applying.taken(first, "ask", campus.settler, note="缺照片")
    renamed = Edition.create(**{**edition.__data__, "id": None, "number": 2, "slot": None, "name": "进校通行证"})
    Application.update(edition=renamed, due=clock.now() - timedelta(days=1)).where(Application.id == third.id).execute()
    (row,) = overview.waiting_applications()
    assert (row.code, row.counts, row.late) == ("vehicle", {"open": 2, "applicant": 1}, 1)
    assert "现在等着的申请" in sign_in("X").get("/admin/overview/").text
    assert "现在等着的申请" not in sign_in("T1101").get("/admin/overview/").text


def test_who_leads_what(order, campus, sign_in):
    """A lead reads of the group, a department of its threads, a student and a moderator of nothing."""
    order(group="DG1", status="accepted")
    order(status="accepted")
    lead = Person.get(Person.number == "T1101")
    scope = overview.reach(lead)
    assert not scope.whole and [row.code for row in overview.waiting_orders(scope)] == ["SN1"]
    page = sign_in("T1101").get("/admin/overview/").text
    assert "水暖一组" in page and "电工一组" not in page and "等着答复的帖子" not in page and "生成月报" not in page
    whole = sign_in("T1001").get("/admin/overview/").text
    assert "水暖一组" in whole and "电工一组" in whole and "等着答复的帖子" in whole and "生成月报" in whole
    for stranger in ("2026010002", "T1002"):
        assert sign_in(stranger).get("/admin/overview/").status_code == 404
    assert overview.reach(campus.A) is None


def test_the_page_asks_no_more_for_more(order, sign_in, queries):
    leader, asked = sign_in("T1001"), []
    for _round in range(2):
        for hours in range(12):
            order(hours, building=Building.select().order_by(Building.id).offset(hours)[0], worker=workers()[0])
        leader.get("/admin/overview/")
        with queries() as found:
            assert leader.get("/admin/overview/?weeks=4&week=2026-11-16").status_code == 200
        asked.append(len(found))
    assert asked[0] == asked[1] <= 22


def test_the_report_of_a_month(order, campus, sign_in):
    """By one click, as PDF and XLSX, with the figures of the page; made again it takes the place of the first."""
    order(10, settled=NOON)
    leader = sign_in("T1001")
    assert leader.submit("/admin/overview/", action="/admin/overview/reports", month="2026-11").status_code == 302
    assert "已生成" in leader.get("/admin/overview/").text
    report = MonthlyReport.get()
    book = CalamineWorkbook.from_filelike(io.BytesIO(leader.get(f"/admin/overview/reports/{report.name}.xlsx").data))
    assert book.get_sheet_by_name("报修概况").to_python()[1][:4] == ["全校", 1, 1, "10.0 h"]
    assert leader.get(f"/admin/overview/reports/{report.name}.pdf").data.startswith(b"%PDF")
    monthly_report.make(date(2026, 11, 1), by=campus.X)
    again = MonthlyReport.get()
    assert again.id == report.id and again.name != report.name
    assert leader.get(f"/admin/overview/reports/{report.name}.pdf").status_code == 404
    assert len(list((site.data_folder / "reports").iterdir())) == 2
    assert Event.select().where(Event.subject_type == "monthly_report", Event.name == "make").count() == 2
    for name in ("../secret", "2026-11-zh-00000000", again.name + "x"):
        assert leader.get(f"/admin/overview/reports/{name}.pdf").status_code == 404
    assert sign_in("T1101").get(f"/admin/overview/reports/{again.name}.pdf").status_code == 404


def test_the_report_makes_itself_once(order, freeze):
    freeze(datetime(2026, 11, 30, 21))  # the first of December on the campus
    for _night in range(2):
        monthly_report.make_last()
    assert [(row.month, row.language) for row in MonthlyReport.select()] == [(date(2026, 11, 1), "zh")]
    assert Event.select().where(Event.subject_type == "monthly_report").count() == 1


def test_a_report_from_within_its_month_is_not_the_last(order, campus, freeze):
    freeze(datetime(2026, 11, 30, 15, 59))  # a minute before December on the campus
    early = monthly_report.make(date(2026, 11, 1), by=campus.X)
    freeze(datetime(2026, 11, 30, 21))
    monthly_report.make_last()
    last = MonthlyReport.get()
    assert (last.id, last.person) == (early.id, None) and last.name != early.name
    freeze(datetime(2026, 12, 1, 21))
    monthly_report.make_last()
    assert MonthlyReport.get().name == last.name


def test_several_reports_of_a_month_at_once(campus, monkeypatch):
    monkeypatch.setattr("typst.compile", lambda *_said, **_more: b"%PDF")
    by = campus.X
    for month in monthly_report.months()[:6]:
        done = at_once(*[lambda month=month: monthly_report.make(month, by=by)] * 3)
        assert not [each for each in done if isinstance(each, Exception)], done
    files = {file.name for file in (site.data_folder / "reports").iterdir()}
    assert files == {f"{row.name}.{kind}" for row in MonthlyReport.select() for kind in monthly_report.KINDS}


def test_a_report_that_fails_leaves_no_files(order, campus, monkeypatch):
    def fails(*_said, **_more):
        raise OSError("full")

    monkeypatch.setattr("hall.events.record", fails)
    with pytest.raises(OSError, match="full"):
        monthly_report.make(date(2026, 11, 1), by=campus.X)
    assert not list((site.data_folder / "reports").iterdir()) and not MonthlyReport.select().exists()


def test_whom_to_send_and_why(order, campus, sign_in):
    """The one who was in that room comes first; each reason is said; the lead may choose another."""
    first, second = workers()[:2]
    asked = order(status="accepted", room_number="502")
    names = [each.worker.number for each in dispatch_advice.suggest(asked)]
    assert names[:2] == [first.number, second.number]  # nothing speaks for either
    been = order(5, room_number="502", created=NOON - timedelta(days=30))
    busy = order(status="dispatched", building=Building.get(Building.code == "NQ3"))
    Assignment.create(order=been, worker=second)
    Assignment.create(order=busy, worker=first)
    Skill.create(person=first, item=asked.item.parent, level=1)
    best, other = dispatch_advice.suggest(asked)[:2]
    assert (best.worker, other.worker) == (second, first) and best.score > other.score
    day = f"{clock.local(been.finished):%Y-%m-%d}"
    assert ("上次去这间房：%(when)s", {"when": day}) in best.reasons
    assert ("会修%(item)s", {"item": "给排水"}) in other.reasons and ("在同一校区", {}) in other.reasons
    page = sign_in("T1101").get(f"/admin/queue/repair/{asked.number}/dispatch").text
    assert page.index(second.name) < page.index(first.name) and f"上次去这间房：{day}" in page and "手上 1 单" in page
    busy.building = asked.building
    busy.save()
    assert ("正在同一栋楼", {}) in next(each for each in dispatch_advice.suggest(asked) if each.worker == first).reasons


def test_the_way_between_two_buildings():
    here, there = Building(latitude=30.0, longitude=120.0), Building(latitude=30.0, longitude=120.01)
    assert dispatch_advice.metres(here, there) == pytest.approx(963, abs=2)
    assert dispatch_advice.metres(here, Building(latitude=30.0)) is None
