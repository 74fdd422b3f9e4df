"""Figures, tiles and the calendar: their bounds, who changes them, what a change would do, and what follows from it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

import models
from hall import (
    calendar_changes,
    clock,
    events,
    front_tiles,
    market,
    repairs,
    setting_changes,
    settings,
)
from hall.words import Refused
from models import CalendarPeriod, FrontTile, RepairOrder, Setting
from tests.board import posted
from tests.conftest import Campus
from tests.story import Story
from tests.visitor import Visitor, forms

SignIn = Callable[..., Visitor]


def test_every_figure_has_words_and_a_default_within_its_bounds() -> None:
    for code, limit in settings.LIMITS.items():
        assert settings.area_of(code) in settings.AREAS
        assert limit.least <= limit.default <= limit.most, code
        assert limit.label and limit.help and limit.unit and limit.touches


def test_a_change_works_at_once_is_kept_and_can_be_taken_back(campus: Campus) -> None:
    assert settings.value("market.sale_days") == 30
    row = setting_changes.change("market.sale_days", value=10, by=campus.X, seen=30)
    assert settings.value("market.sale_days") == 10
    assert market.days("sale_days") == timedelta(days=10)
    assert events.timeline(row)[0].details["changes"] == {"value": [30, 10]}
    setting_changes.change("market.sale_days", value=10, by=campus.X)  # the same again is nothing new
    setting_changes.change("market.sale_days", value=None, by=campus.X, seen=10)
    assert (settings.value("market.sale_days"), Setting.get().value) == (30, None)
    changes = [event.details["changes"]["value"] for event in setting_changes.history("market.sale_days")]
    assert changes == [[10, 30], [30, 10]]


@pytest.mark.parametrize("value", [0, 181, -5, True, "7", 1.5])
def test_what_is_out_of_bounds_is_refused(campus: Campus, value: Any) -> None:
    with pytest.raises(Refused) as refused:
        setting_changes.change("market.sale_days", value=value, by=campus.X)
    assert refused.value.field == "value"
    assert not Setting.select().exists()


def test_only_the_operator_changes_figures_and_the_second_is_told(campus: Campus) -> None:
    for stranger in (campus.A, campus.lead, campus.M, campus.finance):
        with pytest.raises(Refused):
            setting_changes.change("market.sale_days", value=10, by=stranger)
    setting_changes.change("market.sale_days", value=10, by=campus.X, seen=30)
    with pytest.raises(Refused) as late:
        setting_changes.change("market.sale_days", value=20, by=campus.X, seen=30)
    assert late.value.stale
    assert settings.value("market.sale_days") == 10


def test_a_transaction_that_ends_badly_changes_nothing(campus: Campus) -> None:
    with models.database.atomic() as transaction:
        setting_changes.change("market.sale_days", value=10, by=campus.X)
        transaction.rollback()
    assert settings.value("market.sale_days") == 30


def test_a_day_of_posts_is_as_long_as_the_operator_says(campus: Campus) -> None:
    setting_changes.change("supervision.posts_a_day", value=1, by=campus.X)
    posted(campus.A)
    with pytest.raises(Refused):
        posted(campus.A)


def test_the_system_accepts_after_the_days_that_the_page_promises(campus: Campus, freeze: Any, sign_in: SignIn) -> None:
    order = Story(campus).order("finished")
    setting_changes.change("repair.inspect_days", value=3, by=campus.X)
    assert "3 天内没有处理的，系统会自动验收" in sign_in("A").get(f"/repairs/{order.number}").text
    freeze(clock.now() + timedelta(days=4))
    said = [(sentence % values) for sentence, values in setting_changes.effect("repair.inspect_days", 2)]
    assert len(said) == 1  # it is due already by the days of now: a change moves nothing
    repairs.run_timers()
    assert RepairOrder.get_by_id(order.id).status == "inspected"


def test_an_effect_counts_what_falls_due_at_once(campus: Campus, freeze: Any) -> None:
    Story(campus).order("finished")
    freeze(clock.now() + timedelta(days=5))
    counted = dict(setting_changes.effect("repair.inspect_days", 4)[1:])
    assert [values["n"] for values in counted.values()] == [1]
    assert setting_changes.effect("repair.inspect_days", 6)[1:] == []
    for code, limit in settings.LIMITS.items():
        assert setting_changes.effect(code, limit.least)


def test_a_session_lasts_as_the_operator_says(campus: Campus, freeze: Any, sign_in: SignIn) -> None:
    setting_changes.change("account.session_hours", value=1, by=campus.X)
    visitor = sign_in("A")
    assert visitor.get("/me").status_code == 200
    freeze(clock.now() + timedelta(minutes=61))
    assert visitor.get("/me").status_code == 302


def test_the_page_shows_first_and_saves_then(campus: Campus, sign_in: SignIn) -> None:
    admin = sign_in("X")
    page = admin.get("/admin/settings/")
    assert "自动验收" in page.text and page.status_code == 200
    shown = admin.submit("/admin/settings/repair.inspect_days", value="3")
    assert "从 7 改为 3" in shown.text and "现在还什么都没有改变" in shown.text
    assert settings.value("repair.inspect_days") == 7
    admin.submit("/admin/settings/repair.inspect_days", value="3", confirmed="yes")
    assert settings.value("repair.inspect_days") == 3
    wrong = admin.submit("/admin/settings/repair.inspect_days", value="99")
    assert wrong.status_code == 400 and "1 到 60 之间的整数" in wrong.text and 'value="99"' in wrong.text
    again = admin.submit("/admin/settings/repair.inspect_days", reset="yes").text
    assert "从 3 改为 7" in again and 'value="7"' in again  # what 保存 sends
    admin.submit("/admin/settings/repair.inspect_days", value="7", confirmed="yes")
    assert settings.is_default("repair.inspect_days")
    assert admin.get("/admin/settings/no.such").status_code == 404
    assert sign_in("lead").get("/admin/settings/").status_code == 404


# --- tiles ---------------------------------------------------------------------------------------------


def test_tiles_stand_where_the_operator_puts_them(campus: Campus, client: Visitor, sign_in: SignIn) -> None:
    def order() -> list[int]:
        page = client.get("/").text.partition('class="services')[2].partition("</ul>")[0]
        return [page.find(f'href="{path}"') for path in ("/market", "/repairs/new", "/supervision/new")]

    places = order()
    assert -1 not in places and places[0] > places[1]
    wanted = {"market.index": (1, True), "repairs.new": (2, True), "supervision.new": (3, False)}
    assert front_tiles.arrange(wanted, by=campus.X) == 3
    places = order()
    assert places[0] < places[1] and places[2] == -1
    assert front_tiles.arrange(wanted, by=campus.X) == 0
    row = FrontTile.get(FrontTile.code == "supervision.new")
    assert events.timeline(row)[0].details["changes"]["is_shown"] == [True, False]
    with pytest.raises(Refused):
        front_tiles.arrange({"market.index": (5, True)}, by=campus.lead)
    with pytest.raises(Refused):
        front_tiles.arrange(dict.fromkeys(front_tiles.TILES, (1, False)), by=campus.X)
    admin = sign_in("X")
    assert "首页会这样排列" in admin.submit("/admin/tiles/", place_0="9").text
    assert front_tiles.arranged()["repairs.new"] == (2, True)
    admin.submit("/admin/tiles/", place_0="9", confirmed="yes")
    assert front_tiles.arranged()["repairs.new"] == (9, True)


def test_two_who_arrange_the_tiles_hear_of_each_other(campus: Campus, sign_in: SignIn) -> None:
    """Also where this process still shows what it read before another one changed it."""
    front_tiles.arranged()
    FrontTile.create(code="repairs.new", position=7)
    admin = sign_in("X")
    form = admin.form("/admin/tiles/")
    assert form.values["place_0"] == "7"
    front_tiles.arrange({"market.index": (1, True)}, by=campus.X)
    mine = form.values | {"place_1": "8", "confirmed": "yes"}
    late = admin.post("/admin/tiles/", **mine)
    assert late.status_code == 409 and "另一位同事刚刚改过" in late.text
    assert 'value="8"' in late.text and late.text.count("现在保存的是") == 2
    assert front_tiles.now()["market.index"] == (1, True) and front_tiles.now()["supervision.new"] == (2, True)
    seen = next(each for each in forms(late) if "seen" in each.values).values["seen"]
    assert admin.post("/admin/tiles/", **mine | {"seen": seen}).status_code == 302
    assert front_tiles.now()["supervision.new"] == (8, True)


def test_the_last_big_tile_stays_whoever_hid_the_others(campus: Campus) -> None:
    *others, last = [code for code, tile in front_tiles.TILES.items() if tile.group == "main"]
    front_tiles.arrange(dict.fromkeys(others, (1, False)), by=campus.X)
    with pytest.raises(Refused, match="至少要留一个"):
        front_tiles.arrange({last: (1, False)}, by=campus.X)


# --- the calendar --------------------------------------------------------------------------------------


def test_a_holiday_shows_what_it_does_before_it_is_kept(campus: Campus, freeze: Any, sign_in: SignIn) -> None:
    freeze(datetime(2026, 11, 24, 2))
    waiting = Story(campus).report()
    due = waiting.finish_due
    assert due is not None
    days = {"starts": f"{clock.local(due):%Y-%m-%d}", "ends": f"{clock.local(due):%Y-%m-%d}"}
    admin = sign_in("X")
    said = {"name": "校庆放假", "kind": "holiday", "building": "", **days}
    before = CalendarPeriod.select().count()
    page = admin.submit("/admin/hours/new", **said)
    assert waiting.number in page.text and "有变化" in page.text and "休息" in page.text
    assert CalendarPeriod.select().count() == before
    admin.submit("/admin/hours/new", **said, confirmed="yes")
    row = CalendarPeriod.get(CalendarPeriod.name == "校庆放假")
    assert events.timeline(row)[0].name == "create"
    assert RepairOrder.get_by_id(waiting.id).finish_due == due  # what was promised stays
    assert "校庆放假" in admin.get(f"/admin/hours/?month={days['starts'][:7]}").text
    gone = admin.submit(f"/admin/hours/{row.id}", remove="yes")
    assert "去掉以后" in gone.text and CalendarPeriod.get_or_none(CalendarPeriod.id == row.id)
    admin.submit(f"/admin/hours/{row.id}", remove="yes", confirmed="yes")
    assert CalendarPeriod.get_or_none(CalendarPeriod.id == row.id) is None


def test_a_closure_moves_only_what_lies_in_its_building(campus: Campus) -> None:
    story = Story(campus)
    here = story.report()
    story.report(building=models.Building.get(models.Building.id != here.building_id), room="101")
    when = clock.local(here.finish_due).date()  # type: ignore[arg-type]
    closure = CalendarPeriod(name="停用", kind="closure", starts=when, ends=when, building=here.building)
    found, looked = calendar_changes.moved(calendar_changes.Draft(closure))
    assert [each.order.id for each in found] == [here.id]
    assert (looked, found[0].after > found[0].before) == (2, True)


def test_the_promises_are_looked_at_in_a_flat_number_of_queries(campus: Campus, queries: Any) -> None:
    asked, today = [], clock.today()
    holiday = CalendarPeriod(name="放假", kind="holiday", starts=today, ends=today + timedelta(days=9))
    for code in ("S01", "S02", "S03"):
        Story(campus).report(code=code)
        with queries() as sql:
            calendar_changes.moved(calendar_changes.Draft(holiday))
        asked.append(len(sql))
    assert asked[0] == asked[-1] <= 4


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"ends": date(2026, 11, 1)}, "ends"),
        ({"ends": date(2029, 1, 1)}, "ends"),
        ({"starts": date(1, 1, 1)}, "starts"),
        ({"ends": date(9999, 12, 31)}, "ends"),
        ({"starts": date(2199, 12, 1), "ends": date(2200, 1, 1)}, "ends"),
        ({"kind": "closure"}, "building"),
        ({"kind": "nothing"}, "kind"),
        ({"name": ""}, "name"),
    ],
)
def test_a_period_that_means_nothing_is_refused(campus: Campus, said: dict[str, Any], field: str) -> None:
    given = {"name": "放假", "kind": "holiday", "starts": date(2026, 12, 1), "ends": date(2026, 12, 2)} | said
    with pytest.raises(Refused) as refused:
        calendar_changes.save(CalendarPeriod(**given), by=campus.X)
    assert refused.value.field == field


def test_a_year_that_no_calendar_reaches_is_said_beside_the_field(campus: Campus, sign_in: SignIn) -> None:
    admin = sign_in("X")
    for day in ("0001-01-01", "9999-12-31"):
        page = admin.submit("/admin/hours/new", name="放假", kind="holiday", building="", starts=day, ends=day)
        assert page.status_code == 400 and "年份要在 2000 到 2199 之间" in page.text
    assert admin.get("/admin/hours/?month=2000-01").status_code == 200
    # Written where nobody looks at the year.
    row = CalendarPeriod.create(name="很久以后", kind="holiday", starts=date(9999, 12, 1), ends=date(9999, 12, 2))
    assert "去掉以后" in admin.submit(f"/admin/hours/{row.id}", remove="yes").text


def test_the_same_form_twice_adds_one_period(campus: Campus, sign_in: SignIn) -> None:
    admin, days = sign_in("X"), {"starts": "2026-12-01", "ends": "2026-12-02"}
    sent = admin.form("/admin/hours/new").values | {"name": "校庆放假", "kind": "holiday", **days, "confirmed": "yes"}
    assert [admin.post("/admin/hours/new", **sent).status_code for _ in range(3)] == [302] * 3
    row = CalendarPeriod.get(CalendarPeriod.name == "校庆放假")
    assert events.timeline(row)[0].once == sent["once"]
    # Taken out since then: who sends the old page hears of that, and may add it anew.
    calendar_changes.remove(row.id, by=campus.X)
    late = admin.post("/admin/hours/new", **sent)
    assert late.status_code == 409 and "刚刚删除了这一段" in late.text
    once = next(each for each in forms(late) if "seen" in each.names).values["once"]
    assert admin.post("/admin/hours/new", **sent | {"once": once}).status_code == 302


def test_two_who_change_one_period_hear_of_each_other(campus: Campus) -> None:
    row = CalendarPeriod.create(name="元旦", kind="holiday", starts=date(2027, 1, 1), ends=date(2027, 1, 3))
    seen = calendar_changes.fingerprint(row)
    changed = CalendarPeriod(**{**row.__data__, "name": "改过的名字"})
    calendar_changes.save(changed, by=campus.X, seen=seen)
    for act in (
        lambda: calendar_changes.save(CalendarPeriod(**{**row.__data__, "name": "我的"}), by=campus.X, seen=seen),
        lambda: calendar_changes.remove(row.id, by=campus.X, seen=seen),
    ):
        with pytest.raises(Refused) as stale:
            act()
        assert stale.value.stale
    assert CalendarPeriod.get_by_id(row.id).name == "改过的名字"
    with pytest.raises(Refused):
        calendar_changes.remove(row.id, by=campus.lead)
