"""Reading a file into an entity: what its columns mean, what every row would do, and what is refused."""

import csv
import io
from contextlib import closing

import peewee
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

import models
from models import Building, CalendarPeriod, Department, Event, ImportRun, Person, RepairItem
from tests.filing import FIRST, checked, counted, run_at, upload, written, wrong_in


def test_a_file_is_tried_and_then_done(sign_in, campus):
    visitor = sign_in("X")
    old = Department.get()
    before = Event.select().count()
    text = FIRST + f"{old.code},{old.name},{old.name_en}\n{old.code}x,新部门,New\nF9,{'长' * 70},\n,没有编号,\n"
    path = checked(visitor, "department", text)
    page = visitor.get(path).text
    assert counted(path) == (1, 0, 1, 2) and "新部门" in page and "请填写这一项" in page
    # Nothing but that a file came stands anywhere.
    assert not Department.select().where(Department.name == "新部门").exists() and Event.select().count() == before + 1
    page = written(visitor, path)
    made = Department.get(Department.name == "新部门")
    assert made.name_en == "New" and "新增 1 行" in page
    event = Event.get(Event.subject_type == "department", Event.subject_id == made.id)
    assert event.label_text == "导入新建" and event.details["changes"]["code"] == [None, f"{old.code}x"]
    assert event.details["import"] == run_at(path).id and event.actor_id == campus.X.id
    # The same file once more changes nothing.
    assert counted(checked(visitor, "department", FIRST + f"{old.code}x,新部门,New\n")) == (0, 0, 1, 0)


def test_a_row_that_stands_is_changed_and_shown_first(sign_in):
    visitor, old = sign_in("X"), Department.get()
    path = checked(visitor, "department", f"名称,编号\n改过的名称,{old.code}\n")
    page = visitor.get(path).text
    assert counted(path) == (0, 1, 0, 0) and f"<del>{old.name}</del> → <ins>改过的名称</ins>" in page
    written(visitor, path)
    now = Department.get_by_id(old.id)
    assert (now.name, now.name_en) == ("改过的名称", old.name_en)
    event = Event.select().where(Event.subject_type == "department").order_by(Event.id.desc()).get()
    assert event.details["changes"] == {"name": [old.name, "改过的名称"]} and event.name == "edit"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_csv_in_any_writing(sign_in, encoding):
    visitor = sign_in("X")
    path = checked(visitor, "department", "编号\t名称\r\nD9\t水电，“暖通”\r\n".encode(encoding), "表.csv")
    written(visitor, path)
    assert Department.get(Department.code == "D9").name == "水电，“暖通”"


def test_xlsx_with_numbers_days_and_times(sign_in):
    visitor, file = sign_in("X"), io.BytesIO()
    word = dict(CalendarPeriod.kind.choices)["holiday"]
    with closing(xlsxwriter.Workbook(file)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "类别*", "starts", "结束（含）"])
        sheet.write_row(1, 0, [2026, word])
        sheet.write_number(1, 2, 46296, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string(1, 3, "2026年10月7日")
    form = visitor.form(upload(visitor, "calendar_period", file.getvalue(), "假期.xlsx").location, having="c0")
    assert [form.values[f"c{place}"] for place in range(3)] == ["name", "kind", "starts"]
    path = checked(visitor, "calendar_period", file.getvalue(), "假期.xlsx", c3="ends")
    assert counted(path) == (1, 0, 0, 0), wrong_in(path)
    written(visitor, path)
    period = CalendarPeriod.get(CalendarPeriod.name == "2026")
    assert (str(period.starts), str(period.ends), period.kind) == ("2026-10-01", "2026-10-07", "holiday")


def test_columns_are_guessed_from_what_people_call_them(sign_in):
    visitor = sign_in("X")
    path = upload(visitor, "room", "Floor,所在楼宇？,房间 号 *,备注\n3,NQ1,999,x\n").location
    form = visitor.form(path, having="c0")
    assert form.values["c0"] == "floor" and form.values["c1"] == "" and form.values["c3"] == ""
    twice = visitor.client.post(path, data={**form.values, "c1": "building", "c2": "building", "do": "columns"})
    assert twice.status_code == 400 and "一项只能对应一列" in twice.text
    assert (
        run_at(path).state == "mapping"
        and twice.text.count('value="building" selected') + twice.text.count('selected value="building"') == 2
    )
    none = visitor.client.post(path, data={**form.values, "c0": "", "c2": "", "do": "columns"})
    assert none.status_code == 400 and "请至少选一列" in none.text
    path = checked(visitor, "room", "楼宇,房间号,floor\nNQ1,999,3\n", c0="building", c1="number")
    written(visitor, path)
    assert models.Room.get(models.Room.number == "999").building.code == "NQ1"


def test_empty_cells_clear_or_keep(sign_in):
    visitor, item = sign_in("X"), RepairItem.get(RepairItem.parent.is_null(False))
    RepairItem.update(tip="先关总阀", needs_review=True).where(RepairItem.id == item.id).execute()
    text = f"code,tip,needs_review,name\n{item.code},,,{item.name}\n"
    assert counted(checked(visitor, "repair_item", text, blank="keep")) == (0, 0, 1, 0)
    path = checked(visitor, "repair_item", text, blank="clear")
    assert counted(path) == (0, 1, 0, 0)
    written(visitor, path)
    now = RepairItem.get_by_id(item.id)
    assert now.tip == "" and now.needs_review and now.name == item.name


def test_wrong_rows_come_back_as_a_file_to_mend(sign_in):
    visitor = sign_in("X")
    text = "编号,名称,英文名称,自己的备注\nD8,=2+3,ok,'@甲\nD9,,y,\nD8,又来,z,\n"
    path = checked(visitor, "department", text)
    assert counted(path) == (1, 0, 0, 2)
    answer = visitor.get(f"{path}/wrong.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0] == ["编号", "名称", "英文名称", "自己的备注", "错误"]
    assert rows[1][:2] == ["D9", ""] and "名称" in rows[1][4] and "第 2 行" in rows[2][4]
    book = CalamineWorkbook.from_filelike(io.BytesIO(visitor.get(f"{path}/wrong.xlsx").data))
    assert book.get_sheet_by_index(0).to_python()[1][:2] == ["D9", ""]
    written(visitor, path)
    assert Department.get(Department.code == "D8").name == "=2+3"
    mended = answer.data.decode("utf-8-sig").replace("D9,,", "D9,补上,").replace("D8,又来", "D7,又来")
    path = checked(visitor, "department", mended)
    assert counted(path) == (2, 0, 0, 0), wrong_in(path)
    assert len(list(csv.reader(io.StringIO(visitor.get(f"{path}/wrong.csv").data.decode("utf-8-sig"))))) == 1


def test_a_file_gets_nothing_in_that_the_form_refuses(sign_in, campus):
    visitor = sign_in("X")
    text = f"人员,角色,范围\n{campus.A.number},operator,SN1\n{campus.A.number},lead,没有\n{campus.A.number},nobody,\n"
    path = checked(visitor, "grant", text, c0="person", c1="role", c2="scope")
    assert counted(path) == (0, 0, 0, 3) and [row for row, _why in wrong_in(path)] == [2, 3, 4]
    assert "不分范围" in wrong_in(path)[0][1] and "没有编号为" in wrong_in(path)[1][1]
    gone = campus.B
    Person.update(forgotten=models.utcnow()).where(Person.id == gone.id).execute()
    path = checked(visitor, "person", f"number,name\n{gone.number},又来了\n")
    assert counted(path) == (0, 0, 0, 1) and "注销" in wrong_in(path)[0][1]
    code = RepairItem.get(RepairItem.parent.is_null()).code
    path = checked(visitor, "repair_item", f"code,parent\n{code},{code}\n")
    assert counted(path) == (0, 0, 0, 1) and "它自己" in wrong_in(path)[0][1]
    house, edit = Building.get(), f"/admin/building/edit/?id={Building.get().id}"
    for name, answer in (
        ("floors", "1e9"),
        ("floors", "abc"),
        ("floors", "9" * 40),
        ("name", "长" * 61),
        ("campus", "火星"),
        ("latitude", "nan"),
        ("latitude", "1e99999999"),
        ("floors", "1e99999999"),
    ):
        path = checked(visitor, "building", f"code,{name}\n{house.code},{answer}\n")
        assert counted(path) == (0, 0, 0, 1), answer
        assert visitor.submit(edit, **{name: answer}).status_code == 400


def test_what_changed_after_the_check_is_left_alone(sign_in):
    visitor = sign_in("X")
    one, two = Department.select().limit(2)
    text = f"code,name\n{one.code},甲\n{two.code},乙\nNEW1,丙\n"
    path = checked(visitor, "department", text)
    Department.update(name="别人改的").where(Department.id == one.id).execute()
    Department.create(code="NEW1", name="别人建的")
    page = written(visitor, path)
    assert [Department.get_by_id(row.id).name for row in (one, two)] == ["别人改的", "乙"]
    assert Department.get(Department.code == "NEW1").name == "别人建的" and page.count("检查之后有人改过") == 2
    assert visitor.get(f"{path}/wrong.csv").text.count("检查之后有人改过") == 2
    assert run_at(path).written == 1 and run_at(path).problems == 2


def test_rows_that_point_at_rows_of_the_same_file(sign_in):
    visitor = sign_in("X")
    text = "编号,上级,名称,priority\nZZ2,ZZ1 新家族,新项目,\nZZ3,ZZ2,孙项,\nZZ1,,新家族,\nZZ4,没有这个,x,\n"
    path = checked(visitor, "repair_item", text, c1="parent")
    assert counted(path) == (3, 0, 0, 1), wrong_in(path)
    written(visitor, path)
    assert run_at(path).problems == 1, wrong_in(path)
    assert RepairItem.get(RepairItem.code == "ZZ3").parent.parent.code == "ZZ1"


def test_what_is_private_is_neither_lost_nor_told(sign_in, campus):
    visitor, person = sign_in("X"), campus.A
    Person.update(phone="13912340073").where(Person.id == person.id).execute()
    data = visitor.get(f"/admin/person/export/csv/?search={person.number}").data
    assert b"13912340073" not in data and b"139****0073" in data
    assert counted(checked(visitor, "person", data)) == (0, 0, 1, 0)
    told = {}
    for phone in ("13912340073", "13912349973", "139****0099"):
        path = checked(visitor, "person", f"number,phone\n{person.number},{phone}\n")
        told[phone] = counted(path)
        assert phone not in visitor.get(path).text or "*" in phone
    assert told["13912340073"] == told["13912349973"] == (0, 1, 0, 0) and told["139****0099"] == (0, 0, 0, 1)
    path = checked(visitor, "person", f"number,phone\n{person.number},13900000001\n")
    written(visitor, path)
    assert Person.get_by_id(person.id).phone == "13900000001"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", "code,name\nZ1,好的\nZ2,坏\0的\n"),
        ("a.json", '[{"code": "Z1", "name": "好的"}, {"code": "Z2", "name": "坏\\ud800的"}]'),
        ("a.json", '[{"code": "Z1", "name": "好的"}, {"code": "Z2\\u0000", "name": "坏的"}]'),
    ],
)
def test_a_row_that_nothing_can_keep_is_wrong_alone(sign_in, name, data):
    visitor = sign_in("X")
    path = checked(visitor, "department", data, name)
    assert counted(path) == (1, 0, 0, 1) and "保存不了的字符" in wrong_in(path)[0][1]
    written(visitor, path)
    assert Department.get(Department.code == "Z1").name == "好的" and run_at(path).state == "done"
    assert "保存不了的字符" in visitor.get(f"{path}/wrong.csv").text


def test_a_number_beyond_all_bounds_is_no_end_of_an_import(sign_in):
    visitor, house = sign_in("X"), Building.get()
    Building.update(latitude=31.5).where(Building.id == house.id).execute()
    path = checked(visitor, "building", f"code,latitude,floors\n{house.code},1e99999999,\n{house.code}x,,-1e99999999\n")
    assert counted(path) == (0, 0, 0, 2) and run_at(path).state == "checked"


def test_what_only_the_database_refuses_is_a_wrong_row(sign_in, monkeypatch):
    from hall import by_hand

    visitor, save = sign_in("X"), by_hand.save

    def refusing(row, **more):
        if row.code == "Z2":
            raise peewee.DataError("invalid byte sequence")
        save(row, **more)

    monkeypatch.setattr(by_hand, "save", refusing)
    path = checked(visitor, "department", "code,name\nZ1,甲\nZ2,乙\n")
    assert counted(path) == (1, 0, 0, 1)


def test_a_file_that_cannot_be_kept_leaves_nothing_behind(sign_in, campus, monkeypatch):
    from hall import import_runs, import_store
    from models import Department as Model

    def broken(self, name, texts):
        list(texts)
        raise OSError("no room left")

    before = import_store.kept()
    monkeypatch.setattr(import_store.Store, "_write", broken)
    with pytest.raises(OSError, match="no room"):
        import_runs.start(Model, "a.csv", b"code,name\nZ1,x\n", by=campus.X)
    assert import_store.kept() == before


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.json", b'[{"co\\ud800de": "x"}]', "表头里有保存不了的字符"),
        ("a.csv", b"code,na\0me\nZ1,x\n", "表头里有保存不了的字符"),
        ("a.csv", b"", "文件是空的"),
        ("a.csv", "编号,名称\n".encode(), "只有表头"),
        ("a.xls", b"\xd0\xcf\x11\xe0....", "旧格式"),
        ("a.xlsx", b"PK\x03\x04 broken", "打不开"),
        ("a.json", b"[1, 2]", "JSON"),
        ("a.json", b"[" * 100_000, "JSON"),
        ("a.csv", b"\xff\x00\xff\xff\xfe", "编码"),
        ("a.csv", ("x," * 101 + "\n1\n").encode(), "列太多了"),
        ("a.csv", b"a\n" + b"1\n" * 50_001, "一次最多"),
    ],
)
def test_what_cannot_be_read_is_said(sign_in, name, data, said):
    answer = upload(sign_in("X"), "department", data, name)
    assert answer.status_code == 400 and said in answer.text and ImportRun.select().count() == 0
