"""The generated panel writes: forms, conflicts, deletion, and that each leaves its event."""

import re
from typing import Any

from hall import clock, events
from models import (
    ENTITIES,
    Bed,
    Building,
    CalendarPeriod,
    Department,
    Event,
    Grant,
    MaintenanceGroup,
    Person,
    PriceBookEntry,
    RepairItem,
    Room,
)
from tests.panel import order, some_id, table


def changed(page: Any, name: str) -> str:
    """The value that a page's form has in a hidden or text input."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page.text
    )
    assert found, name
    return found[1]


def test_create_edit_delete_with_its_history(sign_in, campus):
    visitor = sign_in("X")
    answer = visitor.submit(
        "/admin/building/new/", code="ZZ1", name="试验楼", campus="主校区", kind="教学楼", floors="6"
    )
    assert answer.status_code == 302
    building = Building.get(Building.code == "ZZ1")
    assert (building.campus.name, building.floors, building.aliases) == ("主校区", 6, "")
    path = f"/admin/building/edit/?id={building.id}"
    assert visitor.submit(path, floors="7", campus="西校区").status_code == 302
    assert visitor.submit(path).status_code == 302  # nothing changed, nothing recorded
    page = visitor.get(f"/admin/building/history/?id={building.id}").text
    assert "<del>6</del>" in page and "<ins>7</ins>" in page and "<ins>西校区</ins>" in page and "系统管理员" in page
    asked = visitor.submit(f"/admin/building/details/?id={building.id}", action="/admin/building/delete/")
    assert asked.status_code == 200 and "试验楼" in asked.text and Building.get_or_none(code="ZZ1")
    answer = visitor.post("/admin/building/action/", action="delete", rowid=building.id, confirmed="yes")
    assert answer.status_code == 302 and not Building.get_or_none(code="ZZ1")
    trail = list(
        Event.select().where(Event.subject_type == "building", Event.subject_id == building.id).order_by(Event.seq)
    )
    assert [event.name for event in trail] == ["create", "edit", "delete"] and not events.broken_links(trail)
    assert trail[1].details == {"changes": {"campus": ["主校区", "西校区"], "floors": [6, 7]}}
    assert {event.actor_id for event in trail} == {campus.X.id} and {event.actor_role for event in trail} == {
        "administrator"
    }


def test_same_form_twice_makes_one_row(sign_in):
    visitor = sign_in("X")
    form = visitor.form("/admin/calendar_period/new/", action="")
    said = form.values | {"name": "校庆", "kind": "holiday", "starts": "2026-12-01", "ends": "2026-12-01"}
    answers = [visitor.client.post("/admin/calendar_period/new/", data=said) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location} and answers[0].status_code == 302
    assert CalendarPeriod.select().where(CalendarPeriod.name == "校庆").count() == 1


def test_second_of_two_editors_is_told_and_sees_both(sign_in, campus):
    first, second = sign_in("X"), sign_in("X")
    group = MaintenanceGroup.get(code="SN1")
    path = f"/admin/maintenance_group/edit/?id={group.id}"
    form = second.form(path, action="")
    assert first.submit(path, phone="13811112222").status_code == 302
    answer = second.client.post(path, data=form.values | {"phone": "13833334444"})
    assert answer.status_code == 400
    assert "有人改过" in answer.text and "13811112222" in answer.text and 'value="13833334444"' in answer.text
    assert MaintenanceGroup.get_by_id(group.id).phone == "13811112222"
    again = form.values | {"phone": "13833334444", "seen": changed(answer, "seen")}
    assert second.client.post(path, data=again).status_code == 302
    assert MaintenanceGroup.get_by_id(group.id).phone == "13833334444"


def test_a_secret_change_does_not_disturb_an_open_form(sign_in, campus):
    visitor, person = sign_in("X"), campus.B
    path = f"/admin/person/edit/?id={person.id}"
    form = visitor.form(path, action="")
    Person.update(password_hash="x" * 20).where(Person.id == person.id).execute()
    assert visitor.client.post(path, data=form.values | {"phone": "13900000099"}).status_code == 302
    assert Person.get_by_id(person.id).password_hash == "x" * 20
    event = Event.select().where(Event.subject_type == "person", Event.name == "edit").get()
    assert list(event.details["changes"]) == ["phone"]


def test_refused_delete_says_what_hangs_on_it(sign_in, campus):
    visitor = sign_in("X")
    building = Building.get(code="NQ1")
    order("BX1", MaintenanceGroup.get(), campus.A, building=building)
    answer = visitor.post("/admin/building/action/", action="delete", rowid=building.id, confirmed="yes")
    assert answer.status_code == 400 and re.search(r"房间 \d+", answer.text) and "报修单 1" in answer.text
    # A key that would cascade or be emptied holds a row as well: grants and beds are not lost by the way.
    answer = visitor.post("/admin/person/action/", action="delete", rowid=campus.lead.id, confirmed="yes")
    assert answer.status_code == 400 and "角色授权 1" in answer.text and "归档" in answer.text
    assert Building.get_by_id(building.id) and Grant.select().where(Grant.person == campus.lead.id).exists()
    bed = Bed.get_by_id(campus.A.bed_id)
    assert visitor.post("/admin/bed/delete/", id=bed.id).status_code == 200
    assert visitor.post("/admin/bed/action/", action="delete", rowid=bed.id, confirmed="1").status_code == 400


def test_bulk_delete_asks_and_is_all_or_nothing(sign_in):
    visitor = sign_in("X")
    free = [Department.create(code=f"Z{n}", name=f"空部门{n}") for n in range(3)]
    used = Department.get_by_id(Person.get(Person.department.is_null(False)).department_id)
    said = {"action": "delete", "rowid": [str(row.id) for row in [*free, used]]}
    asked = visitor.post("/admin/department/action/", **said)
    assert asked.status_code == 200 and "空部门2" in asked.text and Department.get_or_none(code="Z0")
    assert visitor.post("/admin/department/action/", **said, confirmed="yes").status_code == 400
    assert Department.get_or_none(code="Z0")
    said["rowid"].pop()
    assert visitor.post("/admin/department/action/", **said, confirmed="yes").status_code == 302
    assert not Department.get_or_none(code="Z0")
    assert Event.select().where(Event.subject_type == "department", Event.name == "delete").count() == 3


def test_the_trail_cannot_be_changed(sign_in, campus):
    events.record(campus.A, "note", "记一笔", by=campus.X)
    visitor, event = sign_in("X"), Event.select().get()
    for path in ("new/", f"edit/?id={event.id}"):
        assert visitor.get(f"/admin/event/{path}").status_code == 404
        assert visitor.post(f"/admin/event/{path}").status_code == 404
    for path in ("delete/", "action/"):
        assert visitor.get(f"/admin/event/{path}").status_code == 405
        assert (
            visitor.post(
                f"/admin/event/{path}", id=event.id, rowid=event.id, action="delete", confirmed="1"
            ).status_code
            == 404
        )
    assert "rowid" not in visitor.get("/admin/event/").text


def test_wrong_answers_are_kept_and_explained(sign_in):
    visitor = sign_in("X")
    wrong = {
        "code": ("JXA", "已经有这样一条了：JXA"),
        "name": ("楼" * 61, "60"),
        "campus": ("月球校区", "没有找到“月球校区”"),
        "floors": (str(10**20), "之间的整数"),
    }
    good = {"code": "ZZ9", "name": "新楼", "campus": "主校区", "kind": "教学楼", "floors": "3"}
    for name, (said, sentence) in wrong.items():
        answer = visitor.submit("/admin/building/new/", **(good | {name: said}))
        assert answer.status_code == 400 and sentence in answer.text and said in answer.text, name
    answer = visitor.submit("/admin/building/new/", code="", name="  ", campus="", kind="")
    assert answer.status_code == 400 and answer.text.count("请填写这一项") == 8  # beside each and at the top
    answer = visitor.submit(
        "/admin/price_book_entry/new/", code="P1", name="x", kind="labour", unit="个", price_fen="-1"
    )
    assert answer.status_code == 400 and "0 到" in answer.text
    assert not Building.get_or_none(code="ZZ9") and not PriceBookEntry.select().exists()


def test_what_was_not_touched_stays(sign_in, campus):
    """Saving a form as it was opened changes nothing, for every row that can be edited."""
    visitor = sign_in("X")
    CalendarPeriod.create(name="寒假", kind="vacation", starts=clock.today(), ends=clock.today())
    before = Event.select().count()
    for model in ENTITIES:
        if not model.frozen and model.select().exists():
            answer = visitor.submit(f"/admin/{table(model)}/edit/?id={some_id(model)}")
            assert answer.status_code == 302, (model, answer.text)
    assert Event.select().count() == before


def test_keys_are_found_by_what_people_type(sign_in):
    visitor = sign_in("X")
    titles = [title for _id, title in visitor.get("/admin/bed/ajax/lookup/?name=room&query=南3 319").json]
    assert titles and all("319" in title and "3号楼" in title for title in titles)
    room = Room.select().join(Building).where(Building.code == "NQ3").get()
    assert visitor.submit("/admin/bed/new/", room=f"南区学生公寓3号楼 {room.number}", number="77").status_code == 302
    assert Bed.get(number="77").room_id == room.id
    answer = visitor.submit("/admin/bed/new/", room=room.number, number="78")
    assert answer.status_code == 400 or Room.select().where(Room.number == room.number).count() == 1
    assert len(visitor.get("/admin/grant/ajax/lookup/?name=person&query=").json) <= 20
    for address in (
        "/admin/bed/ajax/lookup/",
        "/admin/bed/ajax/lookup/?name=number",
        "/admin/person/ajax/lookup/?name=password_hash",
    ):
        assert visitor.get(address).status_code == 404
    assert visitor.get("/admin/bed/ajax/lookup/?name=room&limit=99999&offset=x").status_code == 200


def test_grants_are_checked(sign_in, campus):
    visitor = sign_in("X")
    person = campus.B.number
    assert "维修组长" in visitor.get("/admin/grant/new/").text
    for said, sentence in (
        ({"role": "lead", "scope": "NOWHERE"}, "没有编号为"),
        ({"role": "lead", "scope": ""}, "需要填写范围"),
        ({"role": "administrator", "scope": "SN1"}, "不分范围"),
        ({"role": "god", "scope": ""}, ""),
    ):
        answer = visitor.submit("/admin/grant/new/", person=person, **said)
        assert answer.status_code == 400 and sentence in answer.text, said
    assert visitor.submit("/admin/grant/new/", person=person, role="lead", scope="SN1").status_code == 302
    answer = visitor.submit("/admin/grant/new/", person=person, role="lead", scope="SN1")
    assert answer.status_code == 400 and "已经有这样一条了" in answer.text
    item = RepairItem.get(RepairItem.parent.is_null())
    assert "不能选它自己" in visitor.submit(f"/admin/repair_item/edit/?id={item.id}", parent=f"#{item.id}").text


def test_hidden_columns_are_nowhere(sign_in, campus):
    visitor = sign_in("X")
    Person.update(password_hash="SECRET1", initial_hash="SECRET2").where(Person.id == campus.B.id).execute()
    events.record(campus.B, "x", "旧事件", by=None, details={"changes": {"password_hash": ["SECRET1", "SECRET2"]}})
    number = campus.B.number
    for path in (
        f"?search={number}",
        f"details/?id={campus.B.id}",
        f"edit/?id={campus.B.id}",
        f"history/?id={campus.B.id}",
        "export/csv/",
    ):
        text = visitor.get(f"/admin/person/{path}").text
        assert "SECRET" not in text and "password_hash" not in text and "initial_" not in text
    visitor.submit(f"/admin/person/edit/?id={campus.B.id}", password_hash="MINE", initial_failures="0", name="新名字")
    assert (Person.get_by_id(campus.B.id).password_hash, Person.get_by_id(campus.B.id).name) == ("SECRET1", "新名字")


def test_a_hidden_column_with_a_label_is_nowhere_too(sign_in, campus, monkeypatch):
    monkeypatch.setattr(Person, "hidden", (*Person.hidden, "phone"))
    visitor, person = sign_in("X"), campus.B
    Person.update(phone="13812345678").where(Person.id == person.id).execute()
    visitor.submit(f"/admin/person/edit/?id={person.id}", name="新名字")
    for path in (f"?search={person.number}", f"details/?id={person.id}", f"history/?id={person.id}", "export/csv/"):
        assert "13812345678" not in visitor.get(f"/admin/person/{path}").text
    changes = Event.select().where(Event.subject_type == "person", Event.name == "edit").get().details["changes"]
    assert changes == {"name": [person.name, "新名字"]}


def test_reset_password_asks_first_and_shows_it_once(sign_in, campus):
    visitor = sign_in("X")
    said = {"action": "reset_password", "rowid": campus.A.id}
    asked = visitor.post("/admin/person/action/", **said)
    assert asked.status_code == 200 and campus.A.password_hash
    done = visitor.post("/admin/person/action/", **said, confirmed="yes")
    one_time = re.search(r"\d{8}(?= *，|，)", done.text)[0]
    assert done.headers["Cache-Control"] == "no-store" and not campus.A.password_hash
    assert sign_in("A", one_time).get("/").status_code == 302
    assert one_time not in visitor.get(f"/admin/person/history/?id={campus.A.id}").text


def test_no_post_without_a_token(sign_in):
    visitor = sign_in("X")
    for path in ("person/new/", "person/edit/?id=1", "person/delete/", "person/action/", "person/ajax/update/"):
        for token in ({}, {"csrf_token": "wrong"}):
            assert visitor.client.post(f"/admin/{path}", data={"id": 1, "rowid": 1, **token}).status_code == 400, path


def test_somebody_is_left_to_administer(sign_in, campus):
    """Nobody can take the last administrator away by hand: not the grant, not its role, not the account."""
    visitor, grant = sign_in("X"), Grant.get(Grant.role == "administrator")
    gone = visitor.post("/admin/grant/action/", action="delete", rowid=grant.id, confirmed="1")
    turned = visitor.submit(f"/admin/grant/edit/?id={grant.id}", role="operator")
    closed = visitor.submit(f"/admin/person/edit/?id={campus.X.id}", is_closed="y")
    for answer in (gone, turned, closed):
        assert answer.status_code == 400 and "至少要留一位" in answer.text
    assert Grant.get_by_id(grant.id).role == "administrator" and not campus.X.is_closed
    Grant.create(person=campus.M, role="administrator")
    assert visitor.post("/admin/grant/action/", action="delete", rowid=grant.id, confirmed="1").status_code == 302
