"""Importing the campus: files, dry run, all or nothing, and what becomes of ID cards (which is nothing)."""

import contextlib
import csv
import io
import os
import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

import commands
import demo
import models
from hall import (
    access,
    accounts,
    clock,
    events,
    roles,
    roster,
    roster_cells,
    roster_people,
    roster_tables,
    roster_uploads,
    site,
)
from hall.words import Refused
from models import Bed, Building, Campus, Event, Grant, Person, RepairItem, Room, RoutingRule

IMPORTABLE = [models.Department, Building, models.MaintenanceGroup, RepairItem, RoutingRule, Person, Room, Bed, Grant]
PEOPLE = "number,name,kind,id_card,department,phone,roles,bed\n"


def card(birthday: str = "20000315", order: str = "123", check: str = "X") -> str:
    """An ID card of a region that makes its check character come out as `check`."""
    for region in range(999000, 1000000):
        if roster_people.card_check(f"{region}{birthday}{order}") == check:
            return f"{region}{birthday}{order}{check}"
    raise AssertionError(check)


CARD = card()


def table(text: str) -> roster.Table:
    return roster.read_table("x.csv", text.encode())


def planned(kind: str, text: str) -> roster.Plan:
    return roster.plan(kind, table(text))


def load(kind: str, text: str) -> roster.Plan:
    return roster.apply(planned(kind, text), by=None)


def refusals(plan: roster.Plan) -> list[tuple[int, str, str]]:
    return [(refusal.row, refusal.column, refusal.reason) for refusal in plan.refused]


def counts() -> dict[str, int]:
    return {model.__name__: model.select().count() for model in models.ENTITIES}


def person(number: str) -> Person:
    return Person.get(Person.number == number)


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, book.add_format({"num_format": "yyyy-mm-dd"}))
            else:
                sheet.write(number, column, value)
    book.close()
    return file.getvalue()


@pytest.fixture
def empty_house(bare_house: Any) -> None:
    commands.bring_up_to_date()


# --- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_csv_is_read_however_it_was_saved(encoding: str, separator: str) -> None:
    lines = [["编号", "名称", "别名"], ["NQ1", "南区1号楼", "南1;南一"], ["", "", ""], ["NQ2", "南区“2”号楼, 新", ""]]
    file = io.StringIO()
    csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL).writerows(lines)
    found = roster.read_table("楼.csv", file.getvalue().encode(encoding))
    assert found.headers == lines[0]
    assert found.rows == [(2, lines[1]), (4, lines[3])]
    assert not found.problems


def test_numbers_of_a_spreadsheet_survive() -> None:
    rows = [["学号", "手机", "日期", "小数", "多"], [], [2025010001, 13900000001, date(2026, 9, 1), 0.5, True]]
    found = roster.read_table("x.xlsx", workbook(rows))
    assert found.rows == [(3, ["2025010001", "13900000001", "2026-09-01", "0.5", "1"])]


def test_what_our_own_export_marked_as_text_is_read_as_it_was() -> None:
    assert table("a,b,c\n'-1,'=1+1,'n Sync\n").rows == [(2, ["-1", "=1+1", "'n Sync"])]


def test_a_number_that_the_spreadsheet_has_rounded_is_refused(house: Any) -> None:
    plan = roster.plan(
        "people",
        roster.read_table(
            "x.xlsx", workbook([["学号", "姓名", "身份", "身份证号"], ["S1", "甲", "学生", int(CARD[:17]) * 10]])
        ),
    )
    [(row, column, reason)] = refusals(plan)
    assert (row, column) == (2, "id_card")
    assert "15 位" in reason


def test_a_stray_cell_far_away_is_named_instead_of_eating_the_memory() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "编号")
    sheet.write(60_000, 300, " ")
    book.close()
    with pytest.raises(Refused, match="KO60001"):
        roster.read_table("x.xlsx", file.getvalue())


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("x.csv", b"", "空的"),
        ("x.csv", b"\r\n ,\r\n", "空的"),
        ("x.csv", b"code,name\n", "没有数据"),
        ("x.csv", b'code,name\nA,"B\n', "引号"),
        ("x.csv", b"\xff\xff\xff\xff", "编码"),
        ("x.csv", b"code\n" + b"A\n" * 50_001, "50000"),
        ("x.csv", b"a," * 101 + b"a\n1\n", "100"),
        ("x.csv", b"x" * (20 * 2**20 + 1), "20 MB"),
        ("x.xlsx", b"code,name\nA,B\n", "不是 XLSX"),
        ("x.xlsx", b"PK\x03\x04 and nothing else", "损坏"),
        ("x.xls", b"\xd0\xcf\x11\xe0" * 9, ".xls"),
    ],
)
def test_an_unreadable_file_says_what_helps(name: str, data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        roster.read_table(name, data)
    assert refused.value.field == "file"


def test_bytes_at_random_are_read_or_refused() -> None:
    good = workbook([["编号", "名称"], *([f"A{n}", "甲"] for n in range(20))])
    for at in range(4, len(good), 97):
        for broken in (good[:at], good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :]):
            with contextlib.suppress(Refused):
                roster.read_table("x.xlsx", broken)


# --- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("24h", 1440),
        ("0.5h", 30),
        ("0.1h", 6),
        ("30m", 30),
        ("2d", 2880),
        ("24 小时", 1440),
        ("30分钟", 30),
        ("２４ｈ", 1440),
    ],
)
def test_durations_become_minutes(text: str, minutes: int) -> None:
    assert roster_cells.minutes(text) == minutes
    assert isinstance(roster_cells.minutes(text), int)


@pytest.mark.parametrize("text", ["24", "0h", "-1h", "0.001h", "0.03h", "1e3h", "nanh", "24h30m", "9999d", "h", "٢h"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        roster_cells.minutes(text)


@pytest.mark.parametrize(
    "wrong",
    ["99999920000315", CARD[:-1] + "1", CARD[:-1] + "Y", card("20000231"), card("29990101"), CARD + "1", "１２３"],
)
def test_a_wrong_id_card_is_refused_without_repeating_it(wrong: str) -> None:
    with pytest.raises(Refused) as refused:
        roster_people.initial("S1", wrong)
    assert wrong not in str(refused.value) + str(refused.value.values)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("worker@sn1; lead@SN1;lead@SN1", "lead@SN1;worker@SN1"),
        ("维修组长＠SN1；财务", "finance;lead@SN1"),
        ("-", "-"),
        ("无", "-"),
    ],
)
def test_roles_are_read_by_name_or_label(text: str, kept: str) -> None:
    assert roster_people.roles(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"), [("nq3-502-1", "NQ3-502-1"), ("HQ-1-0502室-2", "HQ-1-0502-2"), ("ＮＱ３-502-1", "NQ3-502-1")]
)
def test_beds_are_tidied(text: str, kept: str) -> None:
    assert roster_people.bed(text) == kept


def test_a_room_number_says_its_floor() -> None:
    assert [roster_people.floor_of(room) for room in ("304", "1005", "A301", "7", "")] == [3, 10, 3, 0, 0]


# --- the campus ------------------------------------------------------------------------------------


def test_the_campus_comes_in_wholly_and_again_changes_nothing(empty_house: None) -> None:
    rows = {file.stem: len(file.read_text("utf-8").splitlines()) - 1 for file in demo.CAMPUS.glob("*.csv")}
    told: list[tuple[int, int, str]] = []
    plans = roster.load_folder(demo.CAMPUS, progress=lambda *step: told.append(step))
    assert {plan.kind.name: len(plan.added) for plan in plans} == rows
    after = counts()
    assert [after[model.__name__] for model in IMPORTABLE[:6]] == [rows[kind] for kind in roster.FOLDER[:6]]
    assert (after["Campus"], after["Bed"], after["Event"]) == (2, 60, sum(rows.values()))
    assert told[-1] == (115, 115, "人员")
    again = roster.load_folder(demo.CAMPUS)
    assert {plan.kind.name: plan.unchanged for plan in again} == rows
    assert not any(plan.added or plan.changed for plan in again)
    assert counts() == after


def test_what_is_imported_is_what_the_file_says(house: Any) -> None:
    leak = RepairItem.get(RepairItem.code == "S04")
    assert (leak.parent.code, leak.priority, leak.respond_minutes, leak.finish_minutes) == ("S", "紧急", 30, 1440)
    assert leak.warranty_days == 30
    assert Building.get(Building.code == "NQ3").aliases == "南3;南3号楼;3号楼"
    resident = person("2026010002")
    assert (resident.bed.number, resident.bed.room.number, resident.bed.room.floor) == ("6", "304", 3)
    assert resident.bed.room.building.code == "NQ4"
    assert sorted(map(str, person("T1305").grants)) == ["keeper@NQ1", "keeper@NQ2"]
    for rule in RoutingRule.select():
        kept = rule.place_and_item
        rule.save()
        assert rule.place_and_item == kept  # what save would have written


def test_every_row_has_its_event_in_an_unbroken_chain(house: Any) -> None:
    load("people", "number,name,kind,phone\nT1004,赵红梅,staff,13911112222\n")
    subject = person("T1004")
    trail = events.timeline(subject)
    assert [event.label_text for event in trail] == ["导入修改", "导入新建"]
    assert trail[0].details == {"changes": {"name": ["赵红", "赵红梅"], "phone": ["13900000004", "13911112222"]}}
    events.record(subject, "edit", "修改", by=None)
    assert not events.broken_links(reversed(events.timeline(subject)))
    assert not Event.select().where(Event.name == "import", Event.announced.is_null()).exists()


def test_a_dry_run_changes_nothing(empty_house: None) -> None:
    empty = counts()
    plans = roster.load_folder(demo.CAMPUS, dry_run=True)
    assert sum(len(plan.added) for plan in plans) == 265
    assert counts() == empty
    load("departments", "code,name\nHQ,后勤\n")
    before = counts()
    plan = planned("departments", "code,name\nHQ,后勤集团\nCW,财务处\n")
    assert plan.changes(plan.changed[0]) == [("名称", "后勤", "后勤集团")]
    assert plan.title(plan.changed[0]) == "HQ 后勤"
    assert [draft.values["code"] for draft in plan.added] == ["CW"]
    assert counts() == before


def test_one_bad_row_anywhere_and_nothing_is_imported(empty_house: None, tmp_path: Path) -> None:
    empty = counts()
    for file in demo.CAMPUS.glob("*.csv"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"), "utf-8")
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as people:
        people.write("S9,新生,student,,没有这个系,,,\n")
    with pytest.raises(roster.Rejected, match="第 117 行“部门”：没有“没有这个系”") as rejected:
        roster.load_folder(tmp_path)
    assert refusals(rejected.value.plan)[0][:2] == (117, "department")
    assert counts() == empty
    assert len(roster.load_folder(tmp_path, dry_run=True)) == 6
    assert counts() == empty


def test_a_folder_without_files_is_refused(empty_house: None, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"people\.csv"):
        roster.load_folder(tmp_path)


# --- columns ---------------------------------------------------------------------------------------


def test_headers_may_be_chinese_in_any_order(house: Any) -> None:
    plan = planned("people", "联系电话,姓名,工号,人员类别,备注,\n13912345678,周建国,t1001,教职工,新来的,\n")
    assert plan.changes(plan.changed[0]) == [("联系电话", "13900000001", "13912345678")]
    assert any("备注" in message % values for message, values in plan.hints)


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("people", "number,nmae,kind\nA,B,staff\n", "“nmae”是不是“姓名”"),
        ("people", "code,name\nHQ,后勤\n", "不像“人员”.*学号/工号（number）"),
        ("people", "number,学号,name,kind\nA,B,C,staff\n", "出现了两次"),
    ],
)
def test_missing_and_doubled_columns_are_told(house: Any, kind: str, text: str, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        planned(kind, text)
    assert refused.value.field == "file"


def test_missing_columns_and_empty_cells_leave_things_alone(house: Any) -> None:
    assert planned("people", "number,name,kind\n2026010002,王军,student\n").unchanged == 1
    plan = planned("people", PEOPLE + "T1101,高峰,staff,,,,,\n2026010002,王军,student,,JYXY,,,\n")
    assert [plan.changes(draft) for draft in plan.changed] == [[("部门", "HQ-WX", "")], [("床位", "NQ4-304-6", "")]]


# --- what rows must agree with ---------------------------------------------------------------------

WRONG = [
    ("departments", "code,name\nA,甲\nA,乙\n", 3, "code", "第 2 行重复"),
    ("departments", "code,name\n,甲\n", 2, "code", "不能为空"),
    ("departments", "code,name\nA/B,甲\n", 2, "code", "只能用"),
    ("departments", f"code,name\nA,{'长' * 61}\n", 2, "name", "60"),
    ("departments", 'code,name\nA,"甲\n乙"\n', 2, "name", "换行"),
    ("departments", "code,name\nA,甲\x00\n", 2, "name", "控制字符"),
    ("departments", "code,name\nA,甲,乙\n", 2, "", "多出"),
    ("buildings", "code,campus,name,kind\nZZ,主校区,图书馆,公共建筑\n", 2, "name", "TSG"),
    ("buildings", "code,campus,name,kind,floors\nZZ,主校区,新楼,公共建筑,两\n", 2, "floors", "0 到 200"),
    ("groups", "code,name,campus\nZZ,新组,东校区\n", 2, "campus", "没有“东校区”"),
    ("items", "code,parent,name\nZ1,Z,新\n", 2, "parent", "没有“Z”"),
    ("items", "code,parent,name\nZ1,S01,新\n", 2, "parent", "两级"),
    ("items", "code,parent,name\nS,D,给排水\n", 2, "parent", "下面还有"),
    ("items", "code,parent,name\nZ,Z,新\n", 2, "parent", "自己"),
    ("items", "code,parent,name,finish_within\nS01,S,水龙头漏水,2h\n", 2, "finish_within", "短于"),
    ("items", "code,name,priority\nZ,新,很急\n", 2, "priority", "普通、加急、紧急"),
    ("routing", "campus,item,group\n主校区,S,SN1\n主校区,S,SN2\n", 3, "item", "第 2 行.*矛盾"),
    ("routing", "building,item,group\nNQ1,S99,SN1\n", 2, "item", "没有“S99”"),
    ("routing", "kind,group\n教学楼群,SN1\n", 2, "kind", "没有“教学楼群”"),
    ("routing", "campus,building,group\n西校区,NQ1,SN1\n", 2, "campus", "不在所选校区"),
    ("routing", "kind,building,group\n食堂,NQ1,SN1\n", 2, "kind", "不属于"),
    ("routing", "campus,item,group\n主校区,S,\n", 2, "group", "不能为空"),
    ("calendar", "name,kind,starts,ends\n寒假,vacation,2027-02-01,2027-01-01\n", 2, "ends", "早于"),
    ("calendar", "name,kind,starts,ends\n寒假,vacation,2027-02-30,2027-03-01\n", 2, "starts", "2026-09-01"),
    ("calendar", "name,kind,starts,ends\n大修,closure,2027-01-01,2027-02-01\n", 2, "building", "要填楼宇"),
    ("people", PEOPLE + "S1,甲,老师,,,,,\n", 2, "kind", "学生、教职工、维修工"),
    ("people", PEOPLE + "S1,甲,staff,,,12,,\n", 2, "phone", "电话"),
    ("people", PEOPLE + "S1,甲,staff,,,,king,\n", 2, "roles", "没有“king”"),
    ("people", PEOPLE + "S1,甲,staff,,,,lead,\n", 2, "roles", "要写明范围"),
    ("people", PEOPLE + "S1,甲,staff,,,,finance@CW,\n", 2, "roles", "不分范围"),
    ("people", PEOPLE + "S1,甲,staff,,,,lead@NQ1,\n", 2, "roles", "NQ1 不存在"),
    ("people", PEOPLE + "S1,甲,student,,,,,NQ3\n", 2, "bed", "楼宇-房间-床号"),
    ("people", PEOPLE + "S1,甲,student,,,,,ZZ9-101-1\n", 2, "bed", "ZZ9"),
    ("people", PEOPLE + "S1,甲,student,,,,,NQ3-901-1\n", 2, "bed", "只有 6 层"),
    ("people", PEOPLE + "S1,甲,student,,,,,NQ4-304-6\n", 2, "bed", "王军（2026010002）"),
    ("people", PEOPLE + "S1,甲,student,,,,,NQ1-101-1\nS2,乙,student,,,,,NQ1-101-1\n", 3, "bed", "甲（S1）"),
    ("people", PEOPLE + f"S1,{CARD},student,,,,,\n", 2, "name", "像是身份证号"),
    ("people", PEOPLE + "T1001,周建国,staff,,HQ,,-,\n", 2, "roles", "没有系统管理员"),
]


def test_rows_that_cannot_be_are_refused_with_row_column_and_reason(house: Any) -> None:
    for kind, text, row, column, says in WRONG:
        plan = planned(kind, text)
        found = refusals(plan)
        assert [(row, column)] == [refusal[:2] for refusal in found], (text, found)
        assert re.search(says, found[0][2]), (text, found)
        with pytest.raises(roster.Rejected):
            roster.apply(plan, by=None)
    assert counts()["Event"] == 265


def test_all_that_is_wrong_is_told_at_once(house: Any) -> None:
    plan = planned("people", PEOPLE + "S1,,teacher,123,没有,x,king,y\nS2,乙,staff,,,,,\n")
    assert [refusal[:2] for refusal in refusals(plan)] == [
        (2, column) for column in ("id_card", "name", "kind", "phone", "roles", "bed", "department")
    ]
    assert [draft.values["number"] for draft in plan.added] == ["S2"]


# --- routing and places ----------------------------------------------------------------------------


def test_a_rule_is_changed_and_not_doubled(house: Any) -> None:
    done = load("routing", "campus,kind,building,item,group\n主校区,,,S,SN2\n,,NQ8,,SN1\n")
    assert [done.title(draft) for draft in done.changed] == ["主校区 S"]
    assert (len(done.added), RoutingRule.select().count()) == (1, 23)
    assert load("routing", "building,group\nNQ8,SN1\n").unchanged == 1


def test_an_item_may_come_before_its_parent(house: Any) -> None:
    load("items", "code,parent,name\nZ01,Z,新项目\nZ,,新大类\n")
    assert RepairItem.get(RepairItem.code == "Z01").parent.code == "Z"
    load("items", "code,parent,name\nZ01,D,新项目\n")
    assert RepairItem.get(RepairItem.code == "Z01").parent.code == "D"


def test_a_new_campus_is_announced(house: Any) -> None:
    plan = planned("buildings", "code,campus,name,kind\nDX1,东校区,东1号楼,教学楼\n")
    assert [message % values for message, values in plan.hints] == ["将新建校区 1 个：东校区"]
    roster.apply(plan, by=None)
    assert Building.get(Building.code == "DX1").campus.name == "东校区"
    assert Campus.select().count() == 3


def test_the_calendar_can_be_imported(house: Any) -> None:
    text = "名称,类别,开始日期,结束日期,楼宇\n寒假,寒暑假,2027/1/18,2027年2月21日,\n"
    text += "大修,楼宇关闭,2027-01-20,2027-02-01,NQ1\n"
    assert len(load("calendar", text).added) == 2
    assert load("calendar", text).unchanged == 2
    assert models.CalendarPeriod.get(models.CalendarPeriod.name == "寒假").ends == date(2027, 2, 21)


# --- people ----------------------------------------------------------------------------------------


def grants(number: str) -> list[str]:
    return sorted(map(str, person(number).grants))


def test_filled_roles_are_set_exactly(house: Any) -> None:
    load("people", PEOPLE + "T1005,孙立,staff,,HQ-WX,,reviewer;维修组长@SN1,\n")
    assert grants("T1005") == ["lead@SN1", "reviewer"]
    load("people", PEOPLE + "T1005,孙立,staff,,HQ-WX,,,\n")
    assert grants("T1005") == ["lead@SN1", "reviewer"]
    load("people", PEOPLE + "T1005,孙立,staff,,HQ-WX,,-,\n")
    assert grants("T1005") == []


def test_the_last_administrator_may_hand_over(house: Any) -> None:
    load("people", PEOPLE + "T1001,周建国,staff,,HQ,,-,\nT1002,林静,staff,,HQ-BG,,administrator,\n")
    assert (grants("T1001"), grants("T1002")) == ([], ["administrator"])


def test_two_residents_swap_their_beds(house: Any) -> None:
    text = PEOPLE + "2026010002,王军,student,,JYXY,,,NQ4-104-3\n2023010005,黄杰,student,,WXY,,,NQ4-304-6\n"
    assert len(load("people", text).changed) == 2
    assert person("2026010002").bed.room.number == "104"
    assert person("2023010005").bed.room.number == "304"
    assert Bed.select().count() == 60


def test_the_initial_password_follows_from_the_card(house: Any) -> None:
    assert CARD.endswith("000315123X")
    digits = card(order="123", check="4")
    cards = {"s1": CARD, "S2": CARD.lower(), "S3": digits, "S4": ""}
    load("people", PEOPLE + "".join(f"{number},甲,student,{id_card},,,,\n" for number, id_card in cards.items()))
    for number, password in (("S1", "315123"), ("S2", "315123"), ("S3", "151234")):
        newcomer, _ = accounts.sign_in(number, password)
        assert newcomer.must_change_password
    with pytest.raises(Refused):
        accounts.sign_in("S1", "15123X")
    with pytest.raises(Refused):
        accounts.sign_in("S4", "")
    assert person("S1").initial_expires > clock.now() + timedelta(days=30)
    assert person("S4").initial_expires is None


def test_an_import_never_touches_a_password(house: Any) -> None:
    before = {p.number: (p.password_hash, p.initial_hash, p.initial_expires) for p in Person.select()}
    assert before["T1001"][0]
    assert before["2023010005"][1]
    text = f"T1001,周建军,staff,{CARD},HQ,,,\n2023010005,黄小杰,student,{CARD},WXY,,,NQ4-104-3\n"
    assert len(load("people", PEOPLE + text).changed) == 2
    assert {p.number: (p.password_hash, p.initial_hash, p.initial_expires) for p in Person.select()} == before


def test_no_id_card_is_left_anywhere(house: Any, campus: Any) -> None:
    given = {row["id_card"] for row in csv.DictReader((demo.CAMPUS / "people.csv").open(encoding="utf-8"))}
    wrong = CARD[:-1] + "0"
    plan = planned("people", PEOPLE + f"S1,甲,student,{CARD},,,,\nS2,{CARD},student,{wrong},{CARD},,,\n")
    token = roster_uploads.keep(plan, "people.csv", by=campus.X)
    left = [plan.table.dumps(), repr(plan), str(roster.Rejected(plan))]
    left += [file.read_text("utf-8") for file in (site.data_folder / "imports").iterdir()]
    done = load("people", PEOPLE + f"S1,甲,student,{CARD},,,,\n")
    assert [label for label, _, _ in done.changes(done.added[0])] == ["学号/工号", "姓名", "身份"]
    for model in models.ENTITIES:
        left += [repr(row) for row in models.tuples(model.select())]
    text = "\n".join(left)
    assert "S1" in text
    assert [number for number in {CARD, wrong, *given} if number in text] == []
    assert person("S1").initial_hash not in " ".join(str(event.details) for event in Event.select())
    assert refusals(roster.plan("people", roster_uploads.find(token, by=campus.X).table)) == refusals(plan)


# --- who may, and what has changed meanwhile -------------------------------------------------------


def test_only_an_importer_imports(campus: Any) -> None:
    plan = planned("departments", "code,name\nZZ,新部门\n")
    for who in (campus.A, campus.lead, campus.operator):
        with pytest.raises(Refused, match="没有权限"):
            roster.apply(plan, by=who)
    done = roster.apply(plan, by=campus.X)
    event = Event.get(Event.subject_type == "department", Event.subject_id == done.added[0].id)
    assert (event.actor_name, event.actor_role) == ("周建国", "administrator")


def test_an_importer_who_grants_nothing_cannot_import_roles(campus: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = roles.Role("导入员", may=frozenset({"panel.enter", "roster.import"}))
    monkeypatch.setitem(access.ROLES, "operator", clerk)
    roster.apply(planned("people", PEOPLE + "S1,甲,staff,,,,,\n"), by=campus.operator)
    with pytest.raises(Refused, match="授予角色"):
        roster.apply(planned("people", PEOPLE + "S1,甲,staff,,,,administrator,\n"), by=campus.operator)
    assert grants("S1") == []


def test_what_was_not_shown_is_not_done(campus: Any) -> None:
    plan = planned("departments", "code,name\nHQ,新名\nZZ,新部门\n")
    load("departments", "code,name\nHQ,别的名\n")
    before = counts()
    with pytest.raises(Refused) as refused:
        roster.apply(plan, by=campus.X)
    assert refused.value.stale
    assert counts() == before


# --- the panel -------------------------------------------------------------------------------------

HOME = "/admin/import/"


def send(visitor: Any, kind: str, text: str | bytes, name: str = "名单.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    return visitor.submit(HOME, having="kind", kind=kind, file=(io.BytesIO(data), name))


def body(answer: Any) -> str:
    """A page without the token and the time that are others every time."""
    return re.sub(r'name="csrf_token" value="[^"]*"|<time.*?</time>', "", answer.text)


def page_of(answer: Any) -> str:
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def test_an_administrator_imports_what_the_dry_run_showed(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    file = workbook(
        [["学号", "姓名", "身份", "电话"], [2027010001, "新生", "学生", 13911110000], ["T1001", "周国", "教职工", ""]]
    )
    page = page_of(send(admin, "people", file, "新生.xlsx"))
    shown = admin.get(page)
    for text in ("新增 1", "修改 1", "2027010001", "13911110000", "周建国", "周国", "新生.xlsx"):
        assert text in shown.text
    assert not Person.get_or_none(Person.number == "2027010001")
    done = admin.submit(page, having="seen")
    assert done.headers["Location"] == HOME
    assert "新增 1 行，修改 1 行" in admin.get(HOME).text
    assert person("2027010001").phone == "13911110000"
    assert admin.get(page).status_code == 404
    assert not list((site.data_folder / "imports").iterdir())


def test_a_file_with_errors_offers_no_import(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    page = page_of(send(admin, "people", PEOPLE + "S1,=1+1,staff,,,,lead@ZZ,\nS2,乙,staff,,,,,\n"))
    shown = admin.get(page).text
    assert "“维修组长”的范围 ZZ 不存在" in shown
    assert "确认导入" not in shown
    seen = re.search(r'name="seen" value="(\w+)"', shown)[1]
    assert admin.post(page, seen=seen).status_code == 409
    assert not Person.get_or_none(Person.number == "S2")
    answer = admin.get(page.rstrip("/") + "/refused.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    [heading, line] = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert heading[0] == "行号"
    assert (line[0], line[2], "ZZ 不存在" in line[-1]) == ("2", "'=1+1", True)


def test_a_dry_run_that_is_out_of_date_is_shown_again(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    page = page_of(send(admin, "departments", "code,name\nZZ,新部门\n"))
    form = admin.form(page, having="seen")
    load("departments", "code,name\nZZ,别的部门\n")
    answer = admin.client.post(page, data=form.values)
    assert answer.status_code == 409
    assert "数据有了变化" in answer.text
    assert "别的部门" in answer.text
    assert models.Department.get(models.Department.code == "ZZ").name == "别的部门"
    assert admin.submit(page, having="seen").status_code == 302
    assert models.Department.get(models.Department.code == "ZZ").name == "新部门"


def test_strangers_find_no_import(sign_in: Callable[..., Any], client: Any) -> None:
    admin = sign_in("X")
    page = page_of(send(admin, "departments", "code,name\nZZ,新部门\n"))
    seen = admin.form(page, having="seen").values["seen"]
    addresses = [HOME, page, f"{page}/refused.csv", f"{HOME}template/people.csv"]
    load("people", PEOPLE + "T1002,林静,staff,,HQ-BG,,moderator;administrator,\n")
    for who in ("A", "W1", "lead", "operator"):
        stranger = sign_in(who)
        missing = body(stranger.get("/admin/no-such-page"))
        assert [stranger.get(path).status_code for path in addresses] == [404] * 4
        assert body(stranger.get(page)) == missing
        assert [stranger.post(path, seen=seen).status_code for path in (HOME, page)] == [404] * 2
    other_admin = sign_in("M")
    assert other_admin.get(HOME).status_code == 200
    assert other_admin.get(page).status_code == 404
    assert other_admin.post(page, seen=seen).status_code == 404
    assert [client.get(path).status_code for path in addresses] == [302] * 4
    assert not models.Department.get_or_none(models.Department.code == "ZZ")
    assert admin.get(page).status_code == 200


def test_a_kept_file_is_gone_after_a_day_or_when_dropped(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    page = page_of(send(admin, "departments", "code,name\nZZ,新部门\n"))
    [file] = (site.data_folder / "imports").iterdir()
    assert file.stat().st_mode & 0o77 == 0
    os.utime(file, (time.time() - 90_000,) * 2)
    assert admin.get(page).status_code == 404
    page = page_of(send(admin, "departments", "code,name\nZZ,新部门\n"))
    assert not file.exists()
    assert admin.submit(page, having="seen", discard="1").status_code == 302
    assert not list((site.data_folder / "imports").iterdir())
    for _ in range(12):
        send(admin, "departments", "code,name\nZZ,新部门\n")
    assert len(list((site.data_folder / "imports").iterdir())) == roster_uploads.MOST


@pytest.mark.parametrize("token", ["..%2f..%2fhall", "x" * 32, "%00", "x" * 300])
def test_odd_tokens_are_not_found(sign_in: Callable[..., Any], token: str) -> None:
    assert sign_in("X").get(HOME + token).status_code in (400, 404)


def test_a_bad_upload_says_so_beside_the_field(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    for kind, data, says in (
        ("routing", b"code,name\nA,B\n", "不像“派单规则”"),
        ("routing", b"", "空的"),
        ("routing", b"\x00\x01\x02", "没有数据"),
    ):
        answer = send(admin, kind, data)
        assert answer.status_code == 400
        assert says in answer.text
        assert re.search(r'value="routing" checked', answer.text)
    nothing = admin.submit(HOME, having="kind", kind="people")
    assert (nothing.status_code, "请选择要导入的文件" in nothing.text) == (400, True)
    assert admin.submit(HOME, having="kind", kind="sessions", file=(io.BytesIO(b"a\n1\n"), "x.csv")).status_code == 400
    assert not (site.data_folder / "imports").exists()


def test_the_empty_tables_are_understood_again(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    for kind in roster.FOLDER:
        heading = admin.get(f"{HOME}template/{kind}.csv").data + b"1\n"
        columns = roster_tables.read_table("x.csv", heading).headers
        assert [roster.KINDS[kind].column(header) for header in columns] == list(roster.KINDS[kind].columns)
    assert admin.get(f"{HOME}template/person.csv").status_code == 404


def test_what_is_typed_into_cells_is_text_in_the_page(sign_in: Callable[..., Any]) -> None:
    admin = sign_in("X")
    page = page_of(send(admin, "departments", "code,name\nZZ,<script>alert(1)</script>\n", "<b>.csv"))
    shown = admin.get(page).text
    assert "<script>alert" not in shown
    assert "<b>" not in shown
    assert "&lt;script&gt;" in shown


def test_a_dry_run_takes_the_same_queries_for_many_rows(sign_in: Callable[..., Any], queries: Any) -> None:
    admin = sign_in("X")
    asked = []
    for many in (2, 40):
        rows = "".join(f"N{n},新{n},student,,WXY,1391000{n:04d},worker@SN1,NQ1-101-{n}\n" for n in range(many))
        page = page_of(send(admin, "people", PEOPLE + "T1001,周国,staff,,HQ,,administrator,\n" + rows))
        with queries() as made:
            assert f"新增 {many}" in admin.get(page).text
        asked.append(len(made))
    assert asked[0] == asked[1] <= 10, made
