"""One cell in its place, and the same change to many rows: a preview of each, all of them or none."""

import re

import pytest

from hall import events
from models import Archived, Bed, Building, Event, Grant, MaintenanceGroup, RepairItem, Room
from tests.board import published
from tests.visitor import forms

LIST = "/admin/building/"


def buildings(count: int = 3) -> list[Building]:
    return list(Building.select().order_by(Building.id).limit(count))


def edits(row) -> list[Event]:
    return [event for event in events.timeline(row) if event.name == "edit"]


def preview(visitor, rows, **said):
    """The preview of a change to `rows`, and the form below it that would do it (None where there is none)."""
    answers = {"rowid": [row.id for row in rows], "step": "preview", **said}
    page = visitor.post(f"{LIST}bulk/", **answers)
    doing = [form for form in forms(page) if form.values.get("step") == "do"]
    return page, doing[0] if doing else None


def send(visitor, form):
    return visitor.client.post(form.action, data=form.values)


# --- one cell ----------------------------------------------------------------------------------------


def test_a_cell_is_changed_on_a_page_of_its_own(sign_in, campus):
    visitor, row = sign_in("X"), buildings()[0]
    assert "data-cell" not in visitor.get(LIST).text
    page = visitor.get(f"{LIST}?inline=1&sort=-name")
    there = re.search(rf'href="([^"]*/cell/\?id={row.id}&amp;name=floors[^"]*)"', visitor.get(f"{LIST}?inline=1").text)
    assert there and 'class="cell-edit"' in page.text
    path = there[1].replace("&amp;", "&")
    assert set(re.findall(r'name="(\w+)"', visitor.get(path).text)) >= {"floors", "seen"}
    assert 'name="code"' not in visitor.get(path).text, "nothing but this column is asked"
    answer = visitor.submit(path, floors="12", code="HACKED")
    assert answer.status_code == 302 and answer.location == f"{LIST}?inline=1"
    now = Building.get_by_id(row.id)
    assert (now.floors, now.code) == (12, row.code)
    assert [event.details["changes"] for event in edits(row)] == [{"floors": [row.floors, 12]}]
    wrong = visitor.submit(path, floors="many")
    assert wrong.status_code == 400 and 'value="many"' in wrong.text and len(edits(row)) == 1
    assert visitor.submit(path).status_code == 302 and len(edits(row)) == 1, "nothing changed, nothing recorded"


def test_a_cell_comes_back_as_a_piece_of_the_list(sign_in, campus):
    visitor, row = sign_in("X"), buildings()[0]
    path = f"{LIST}cell/?id={row.id}&name=campus"
    piece = visitor.get(f"{path}&part=1")
    assert "<html" not in piece.text and "<form" not in piece.text and "data-cell-form" in piece.text
    seen = re.search(r'name="seen" value="(\w+)"', piece.text)[1]
    wrong = visitor.post(path, part="1", seen=seen, campus="没有这个校区")
    assert wrong.status_code == 400 and "没有找到" in wrong.text and "<html" not in wrong.text
    done = visitor.post(path, part="1", seen=seen, campus=f"#{row.campus_id}")
    assert done.status_code == 200 and row.campus.name in done.text and 'class="cell-edit"' in done.text


def test_a_cell_that_somebody_changed_meanwhile_is_not_overwritten(sign_in, campus):
    visitor, row = sign_in("X"), buildings()[0]
    path = f"{LIST}cell/?id={row.id}&name=floors"
    form = visitor.form(path, having="seen")
    Building.update(floors=33, name_en="Elsewhere").where(Building.id == row.id).execute()
    form.values["floors"] = "44"
    told = visitor.client.post(path, data=form.values)
    assert told.status_code == 409 and "33" in told.text and 'value="44"' in told.text
    assert Building.get_by_id(row.id).floors == 33
    again = next(form for form in forms(told) if "seen" in form.names)
    assert visitor.client.post(path, data=again.values).status_code == 302
    assert Building.get_by_id(row.id).floors == 44
    # The same answer once more is no conflict with oneself, and no second event.
    assert visitor.client.post(path, data=again.values).status_code == 302 and len(edits(row)) == 1


def test_a_cell_goes_through_the_checks_of_the_form(sign_in, campus):
    visitor, (row, other) = sign_in("X"), buildings(2)
    taken = visitor.submit(f"{LIST}cell/?id={row.id}&name=code", code=other.code)
    assert taken.status_code == 400 and "已经有这样一条了" in taken.text
    grant = Grant.get(Grant.person == campus.lead)
    assert visitor.submit(f"/admin/grant/cell/?id={grant.id}&name=scope", scope="NOWHERE").status_code == 400
    assert Grant.get_by_id(grant.id).scope == grant.scope
    thread = published(campus)
    for path in (
        f"/admin/thread/cell/?id={thread.id}&name=title",  # changes by review alone
        f"/admin/repair_order/cell/?id={row.id}&name=status",  # changes by steps alone
        f"{LIST}cell/?id={row.id}&name=id",
        f"{LIST}cell/?id={row.id}&name=",
        f"{LIST}cell/?id=0&name=floors",
        f"{LIST}cell/?name=floors",
    ):
        assert visitor.get(path).status_code == 404, path
        assert visitor.post(path, title="x", status="closed", floors="1").status_code == 404, path


# --- many rows ---------------------------------------------------------------------------------------


def test_many_rows_are_changed_after_a_preview(sign_in, campus):
    visitor, rows = sign_in("X"), buildings(3)
    Building.update(floors=9).where(Building.id == rows[2].id).execute()
    asked = visitor.post(f"{LIST}bulk/", rowid=[row.id for row in rows], back="flt_floors_least=1")
    assert asked.status_code == 200 and "批量修改 3 条" in asked.text
    names = set(re.findall(r'name="change" value="(\w+)"', asked.text))
    assert {"campus", "floors", "kind"} <= names and not {"code", "name"} & names, "what tells rows apart stays"
    page, form = preview(visitor, rows, change=["floors"], floors="9", kind="不该改", back="flt_floors_least=1")
    assert "2 条会改变" in page.text and "另有 1 条本来就是这样" in page.text and "现在还什么都没有改变" in page.text
    assert [Building.get_by_id(row.id).floors for row in rows] == [rows[0].floors, rows[1].floors, 9]
    answer = send(visitor, form)
    assert answer.status_code == 302 and answer.location == f"{LIST}?flt_floors_least=1"
    assert [Building.get_by_id(row.id).floors for row in rows] == [9, 9, 9]
    assert [row.kind for row in buildings(3)] == [row.kind for row in rows], "only what was ticked"
    assert [len(edits(row)) for row in rows] == [1, 1, 0]
    # Sent twice it is done once.
    Building.update(floors=1).where(Building.id == rows[0].id).execute()
    assert send(visitor, form).status_code == 302 and Building.get_by_id(rows[0].id).floors == 1


def test_all_or_none_where_somebody_was_faster(sign_in, campus):
    visitor, rows = sign_in("X"), buildings(3)
    _page, form = preview(visitor, rows, change=["floors"], floors="21")
    Building.update(floors=55, name_en="X").where(Building.id == rows[2].id).execute()
    answer = send(visitor, form)
    assert answer.status_code == 409 and "一条也没有修改" in answer.text
    assert 21 not in {Building.get_by_id(row.id).floors for row in rows} and not any(map(edits, rows))
    again = next(form for form in forms(answer) if form.values.get("step") == "do")
    assert send(visitor, again).status_code == 302
    assert {Building.get_by_id(row.id).floors for row in rows} == {21}
    # What was changed of another column is no conflict; a row that is gone is one.
    _page, form = preview(visitor, rows, change=["floors"], floors="22")
    Building.update(name_en="Y").where(Building.id == rows[0].id).execute()
    assert send(visitor, form).status_code == 302
    form.values["mark"] = ["0:x"]
    form.values["once"] = "another"
    assert send(visitor, form).status_code == 302, "it is so already"


def test_rows_that_cannot_be_changed_hold_back_all(sign_in, campus):
    """Two beds of one room cannot get one number: both are named, and nothing is saved."""
    visitor, room = sign_in("X"), Room.get()
    beds = [Bed.create(room=room, number=str(70 + n)) for n in range(3)]
    free = Bed.get(Bed.room != room.id)
    said = {"rowid": [bed.id for bed in (*beds, free)], "change": "number", "number": "70", "step": "preview"}
    page = visitor.post("/admin/bed/bulk/", **said)
    assert page.status_code == 200 and page.text.count("bulk-problem") == 2 and "已经有这样一条了" in page.text
    assert "有 2 条不能这样改" in page.text and 'value="do"' not in page.text
    rest = next(form for form in forms(page) if form.values.get("step") == "preview")
    kept = visitor.client.post(rest.action, data=rest.values)
    assert "1 条会改变" in kept.text
    said["number"] = "99"
    twice = visitor.post("/admin/bed/bulk/", **said)
    assert "和所选的另一条重复" in twice.text and twice.text.count("bulk-problem") == 3
    assert visitor.post("/admin/bed/bulk/", **(said | {"step": "do"})).status_code == 409
    assert [Bed.get_by_id(bed.id).number for bed in beds] == ["70", "71", "72"]


def test_wrong_answers_and_nothing_ticked_are_said(sign_in, campus):
    visitor, rows = sign_in("X"), buildings(2)
    page, form = preview(visitor, rows, change=["floors", "kind"], floors="viele", kind="宿舍")
    assert page.status_code == 400 and form is None and 'value="viele"' in page.text and 'value="宿舍"' in page.text
    page, form = preview(visitor, rows, floors="3")
    assert page.status_code == 400 and form is None and "请先勾选" in page.text
    for said in ({}, {"rowid": "0"}, {"rowid": "abc"}):
        assert visitor.post(f"{LIST}bulk/", **said).status_code == 302
    assert visitor.post(f"{LIST}bulk/", rowid=[rows[0].id, 10**6]).status_code == 404


def test_all_that_the_list_shows_not_only_this_page(sign_in, campus):
    visitor = sign_in("X")
    six = Building.select().where(Building.floors == 6).count()
    assert six > 20 and 'name="all"' in visitor.get(f"{LIST}?flt_floors_least=6&flt_floors_most=6").text
    assert 'name="all"' not in visitor.get(f"{LIST}?search=JXA").text
    back = "flt_floors_least=6&flt_floors_most=6"
    page = visitor.post(f"{LIST}bulk/", all="1", back=back, step="preview", change="floors", floors="8")
    assert f"{six} 条会改变" in page.text
    assert Building.select().where(Building.floors == 6).count() == six


def test_who_may_not_edit_changes_nothing(sign_in, campus):
    row = buildings(1)[0]
    for who in ("lead", "A"):
        visitor = sign_in(who)
        for path in (f"cell/?id={row.id}&name=floors", "bulk/", "shelf/"):
            said = {"rowid": row.id, "step": "do", "change": "floors", "floors": "77", "confirmed": "1"}
            assert visitor.post(f"{LIST}{path}", **said).status_code == 404
    assert Building.get_by_id(row.id).floors == row.floors and not Archived.select().exists()


# --- archiving ---------------------------------------------------------------------------------------


def test_several_are_put_away_and_brought_back(sign_in, campus):
    visitor = sign_in("X")
    groups = [MaintenanceGroup.get(MaintenanceGroup.code == code) for code in ("SN1", "SN2")]
    base, ids = "/admin/maintenance_group/", [group.id for group in groups]
    asked = visitor.post(f"{base}shelf/", rowid=ids)
    assert asked.status_code == 200 and "归档这 2 条" in asked.text and not Archived.select().exists()
    form = next(form for form in forms(asked) if "confirmed" in form.values)
    assert send(visitor, form).status_code == 302 and Archived.select().count() == 2
    assert send(visitor, form).status_code == 302 and Archived.select().count() == 2
    assert "SN1" not in visitor.get(base).text
    assert [event.name for event in events.timeline(groups[0])].count("archive") == 1
    back = visitor.post(f"{base}shelf/", rowid=ids, back_again="1", confirmed="1")
    assert back.status_code == 302 and not Archived.select().exists()
    # What nothing points at is deleted, not put away.
    assert visitor.post("/admin/grant/shelf/", rowid=Grant.get().id, confirmed="1").status_code == 404


@pytest.mark.parametrize("count", [2, 20])
def test_a_preview_asks_little(sign_in, campus, queries, count):
    visitor, rows = sign_in("X"), buildings(count)
    preview(visitor, rows, change=["floors"], floors="31")
    token = visitor.token()
    said = {"csrf_token": token, "rowid": [row.id for row in rows], "step": "preview"}
    with queries() as asked:
        visitor.client.post(f"{LIST}bulk/", data={**said, "change": ["floors", "kind"], "floors": "32", "kind": "楼"})
    assert len(asked) <= 10, asked


def rooms(count: int) -> list[Room]:
    building = Building.get(Building.code == "JXA")
    Room.insert_many([{"building": building, "number": f"T{n:03}", "floor": 1} for n in range(count)]).execute()
    return list(Room.select().where(Room.building == building).order_by(Room.id))


def grants(count: int) -> list[Grant]:
    return list(Grant.select().where(Grant.role.in_(["worker", "lead"])).order_by(Grant.id).limit(count))


def items(count: int) -> list[RepairItem]:
    return list(RepairItem.select().where(RepairItem.parent.is_null(False)).order_by(RepairItem.id).limit(count))


@pytest.mark.parametrize(
    ("table", "made", "key"),
    [("room", rooms, "building"), ("grant", grants, "person"), ("repair_item", items, "parent")],
)
def test_a_preview_of_a_key_asks_as_much_for_many(sign_in, campus, queries, table, made, key):
    visitor, rows = sign_in("X"), made(40)
    RepairItem.create(code="ZZ", name="新家族")
    to = {"building": "NQ4", "person": campus.A.number, "parent": "ZZ"}[key]
    said = {"csrf_token": visitor.token(), "step": "preview", "change": [key], key: to}
    counts = []
    for some in (rows[:5], rows[:40]):
        with queries() as asked:
            page = visitor.client.post(f"/admin/{table}/bulk/", data=said | {"rowid": [row.id for row in some]})
        assert page.status_code == 200 and to in page.text
        counts.append(len(asked))
    assert len(rows) >= 30 and counts[0] == counts[1] <= 14, asked


def test_a_preview_says_of_each_row_what_its_own_form_would(sign_in, campus):
    """A loop, a room that is there already: found for many at once, told of those alone."""
    visitor, home = sign_in("X"), Building.get(Building.code == "NQ4")
    first, second, third = rooms(3)
    Room.create(building=home, number=second.number, floor=1)
    said = {"csrf_token": visitor.token(), "step": "preview", "rowid": [first.id, second.id, third.id]}
    page = visitor.client.post("/admin/room/bulk/", data=said | {"change": ["building"], "building": "NQ4"}).text
    assert page.count("已经有这样一条了") == 1 and f"{home.name} {second.number}" in page
    family = RepairItem.get(RepairItem.parent.is_null())
    child, other = (RepairItem.create(code=f"ZZ{n}", name=f"项{n}", parent=family) for n in (1, 2))
    said["rowid"] = [family.id, other.id]
    page = visitor.client.post("/admin/repair_item/bulk/", data=said | {"change": ["parent"], "parent": "ZZ1"}).text
    assert page.count("不能选它自己，也不能选它下面的") == 1 and child.name in page


@pytest.mark.parametrize("action", ["delete", "archive"])
def test_asking_before_many_go_asks_the_database_little(sign_in, campus, queries, action):
    visitor = sign_in("X")
    rows = list(Building.select().order_by(Building.code != "NQ4", Building.id).limit(20))  # rooms hang on the first
    said, counts = {"csrf_token": visitor.token(), "action": action}, []
    for some in (rows[:2], rows):
        with queries() as asked:
            page = visitor.client.post(f"{LIST}action/", data=said | {"rowid": [row.id for row in some]})
        assert page.status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 10, asked
    gone = visitor.client.post(f"{LIST}action/", data=said | {"rowid": [rows[0].id, 999_999]})
    assert gone.status_code == 404


def test_in_a_browser_a_cell_is_changed_where_it_stands(browser_page, sign_in):
    """At phone width: change a cell, be told what is wrong with it, give it up, choose columns, filter by place."""
    page = browser_page
    page.goto("/signin")
    page.fill("[name=number]", "T1001")
    page.fill("[name=password]", "hall-demo-2026")
    page.click("main form .btn-h")
    page.goto(f"{LIST}?inline=1")
    cell = page.locator("tbody tr").first.locator("td").nth(4)
    cell.locator("[data-cell]").click()
    cell.locator("[name=floors]").fill("17")
    page.keyboard.press("Enter")
    cell.locator("text=17").wait_for()
    assert Building.select().where(Building.floors == 17).count() == 1 and page.url.endswith("?inline=1")
    cell.locator("[data-cell]").click()
    cell.locator("[name=floors]").fill("18")
    page.keyboard.press("Escape")
    cell.locator("text=17").wait_for()
    page.click("main summary:has-text('显示的列')")
    page.locator("[name=column][value=name]").uncheck()
    page.locator("li:has([value=floors]) [data-move=up]").click()
    page.click("text=显示这些列")
    page.locator("th:has-text('楼层数')").wait_for()
    assert (
        page.locator("th").count() == 5
        and "楼层数" in page.locator("th").nth(1).inner_text() + page.locator("th").nth(2).inner_text()
    )
    page.goto("/admin/bed/")
    page.click("main summary:has-text('筛选')")
    page.fill("[name=flt_room__building]", "南3")
    page.locator(".suggestions li:has-text('NQ3')").click()
    page.locator("[name=flt_room]").focus()
    page.locator(".suggestions li:has-text('3号楼 1')").first.wait_for()
    assert all(text.startswith("南区学生公寓3号楼") for text in page.locator(".suggestions li").all_inner_texts())
    page.keyboard.press("Escape")
    page.click("text=应用筛选")
    page.locator(".asked .chip").wait_for()
    assert "flt_room__building=%23" in page.url and page.evaluate("document.documentElement.scrollWidth <= innerWidth")
