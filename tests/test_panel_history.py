"""One row in the panel: its history with from where, going back to an earlier version, two editors, its sections."""

import re

import pytest
from flask import Flask

import models
from admin import sections
from admin.fields import answerable
from admin.lookups import levels, within
from hall import events
from models import (
    Bed,
    Building,
    CalendarPeriod,
    Campus,
    Event,
    MaintenanceGroup,
    Person,
    RepairItem,
    Room,
    SignIn,
)


def values(page, *names):
    """What the controls of a page say."""
    found = {}
    for name in names:
        control = re.search(rf'<(?:input|textarea)[^>]*name="{name}"[^>]*>', page.text)[0]
        text = re.search(r'value="([^"]*)"', control)
        found[name] = text[1] if text else ""
    return found


def test_an_earlier_version_is_put_back_as_an_edit(sign_in, campus):
    visitor = sign_in("X")
    said = {"code": "ZZ1", "name": "试验楼", "campus": "主校区", "kind": "教学楼", "floors": "6", "latitude": "31.25"}
    visitor.submit("/admin/building/new/", **said)
    row = Building.get(Building.code == "ZZ1")
    path = f"/admin/building/edit/?id={row.id}"
    visitor.submit(path, floors="7", campus="西校区", latitude="31.5")
    visitor.submit(path, name="改过的楼", floors="8")
    page = visitor.get(f"/admin/building/history/?id={row.id}")
    links = re.findall(r'href="([^"]*version=\d+)"', page.text)
    assert len(links) == 2  # what stands there now is no earlier version
    form = visitor.get(links[1].replace("&amp;", "&"))
    assert values(form, "floors", "name", "campus", "latitude") == {
        "floors": "6", "name": "试验楼", "campus": "主校区", "latitude": "31.25"
    }  # fmt: skip
    assert "现在是：8" in form.text and "现在是：西校区" in form.text
    assert Event.select().where(Event.subject_type == "building", Event.subject_id == row.id).count() == 3
    assert visitor.submit(f"{path}&version=1").status_code == 302
    now = Building.get_by_id(row.id)
    assert (now.floors, now.name, now.campus.name, now.latitude) == (6, "试验楼", "主校区", 31.25)
    last = events.timeline(row)[0]
    assert last.name == "put_back" and last.details["version"] == 1
    assert last.details["changes"]["campus"] == ["西校区", "主校区"]
    assert not events.broken_links(reversed(events.timeline(row)))
    assert "恢复到早先的版本" in visitor.get(f"/admin/building/history/?id={row.id}").text


def test_what_an_earlier_version_names_and_is_gone_is_asked_for(sign_in, campus):
    visitor = sign_in("X")
    gone = Campus.create(name="老校区")
    row = Building.create(code="ZZ1", name="试验楼", campus=gone, kind="教学楼")
    events.record(row, "note", "记一笔", by=campus.X)
    path = f"/admin/building/edit/?id={row.id}"
    visitor.submit(path, campus="主校区", floors="3")
    gone.delete_instance()
    page = visitor.get(f"{path}&version=1")
    assert page.status_code == 200 and "当时是“老校区”" in page.text
    assert visitor.submit(f"{path}&version=1").status_code == 302
    assert (Building.get_by_id(row.id).campus.name, Building.get_by_id(row.id).floors) == ("主校区", 0)
    assert visitor.get(f"{path}&version=99").status_code == 200  # no such event: the form as it is


def test_a_deleted_row_is_made_again(sign_in, campus):
    visitor = sign_in("X")
    visitor.submit("/admin/calendar_period/new/", name="校庆", kind="holiday", starts="2026-11-30", ends="2026-12-01")
    row = CalendarPeriod.get(CalendarPeriod.name == "校庆")
    visitor.post("/admin/calendar_period/action/", action="delete", rowid=row.id, confirmed="yes")
    event = Event.get(Event.name == "delete")
    page = visitor.get("/admin/trail/?act=clear")
    assert f"/admin/calendar_period/new/?from={event.id}" in page.text
    path = f"/admin/calendar_period/new/?from={event.id}"
    assert values(visitor.get(path), "name", "starts") == {"name": "校庆", "starts": "2026-11-30"}
    assert visitor.submit(path).status_code == 302
    again = CalendarPeriod.get(CalendarPeriod.name == "校庆")
    assert (again.kind, str(again.ends)) == ("holiday", "2026-12-01")
    assert visitor.get("/admin/building/new/?from=" + str(event.id)).status_code == 200  # of another entity: nothing


def test_what_is_private_is_not_put_back(sign_in, campus):
    visitor, person = sign_in("X"), campus.B
    Person.update(phone="13811112222").where(Person.id == person.id).execute()
    path = f"/admin/person/edit/?id={person.id}"
    visitor.submit(path, phone="13899998888", name="改名")
    visitor.submit(path, name="又改名")
    seq = events.timeline(person)[1].seq
    assert visitor.submit(f"{path}&version={seq - 1}").status_code == 302
    now = Person.get_by_id(person.id)
    assert (now.phone, now.name) == ("13899998888", person.name)
    assert "13811112222" not in visitor.get(f"{path}&version={seq - 1}").text


def test_history_says_from_where_to_who_may_know(sign_in, campus):
    visitor = sign_in("X")
    row = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    SignIn.update(address="192.0.2.77", device="Mozilla/5.0 (Windows NT 10.0) Chrome/120").execute()
    visitor.submit(f"/admin/maintenance_group/edit/?id={row.id}", name="水暖二组甲")
    session = SignIn.select().order_by(SignIn.id.desc()).get()
    assert events.timeline(row)[0].sign_in_id == session.id
    path = f"/admin/maintenance_group/history/?id={row.id}"
    page = visitor.get(path).text
    assert "192.0.2.77" in page and "Chrome · Windows" in page
    lead = sign_in("lead").get(path)
    assert lead.status_code == 200 and "水暖二组甲" in lead.text and "192.0.2.77" not in lead.text
    assert "恢复到这个版本" not in lead.text


def test_both_versions_stand_beside_each_other_with_a_choice(sign_in, campus):
    first, second = sign_in("X"), sign_in("X")
    row = Building.create(code="ZZ1", name="试验楼", campus=Campus.get(), kind="教学楼", floors=5)
    path = f"/admin/building/edit/?id={row.id}"
    form = second.form(path, action="")
    first.submit(path, floors="6", kind="实验楼")
    typed = form.values | {"floors": "9", "name": "我的楼"}
    answer = second.client.post(path, data=typed)
    assert answer.status_code == 400 and "您填的" in answer.text
    # What both changed is proposed as typed, what only the other changed as it stands; mine alone is no question.
    proposed = dict(re.findall(r'name="keep_(\w+)" value="(\w+)" checked', answer.text))
    assert proposed == {"floors": "mine", "kind": "now"}
    assert Building.get_by_id(row.id).floors == 6
    seen = values(answer, "seen")["seen"]
    said = typed | {"seen": seen, "keep_kind": "now", "keep_floors": "mine"}
    assert second.client.post(path, data=said).status_code == 302
    now = Building.get_by_id(row.id)
    assert (now.floors, now.kind, now.name) == (9, "实验楼", "我的楼")
    assert events.timeline(row)[0].details["changes"] == {"floors": [6, 9], "name": ["试验楼", "我的楼"]}


def test_a_third_change_is_asked_about_again(sign_in, campus):
    first, second = sign_in("X"), sign_in("X")
    row = Building.create(code="ZZ1", name="试验楼", campus=Campus.get(), kind="教学楼", floors=5)
    path = f"/admin/building/edit/?id={row.id}"
    typed = second.form(path, action="").values | {"floors": "9"}
    first.submit(path, floors="6")
    seen = values(second.client.post(path, data=typed), "seen")["seen"]
    first.submit(path, floors="7")
    answer = second.client.post(path, data=typed | {"seen": seen, "keep_floors": "mine"})
    assert answer.status_code == 400 and Building.get_by_id(row.id).floors == 7


def test_a_conflict_tells_nothing_of_what_is_private(sign_in, campus):
    """Whatever somebody types where the mask stood, the page says the same: nobody tries out a phone on it."""
    visitor, row = sign_in("X"), campus.A
    Person.update(phone="13912340073").where(Person.id == row.id).execute()
    path = f"/admin/person/edit/?id={row.id}"
    form = visitor.form(path, action="").values
    Person.update(phone="13912349973", name="改过").where(Person.id == row.id).execute()
    told = []
    for phone in ("13912349973", "13912340073", "13912340173"):
        answer = visitor.client.post(path, data=form | {"phone": phone})
        assert answer.status_code == 400
        told.append(re.findall(r'name="keep_(\w+)" value="(\w+)"( checked)?', answer.text))
        assert answer.text.count("139****") >= 2
    assert told[0] == told[1] == told[2] and ("phone", "now", " checked") in told[0]


@pytest.mark.parametrize("form", ["history", "edit"])
def test_a_row_with_the_id_of_a_deleted_one_has_a_history_of_its_own(sign_in, campus, form):
    """SQLite gives out the id of the last row again."""
    visitor = sign_in("X")
    visitor.submit("/admin/campus/new/", name="老校区", name_en="Old")
    old = Campus.get(Campus.name == "老校区")
    visitor.post("/admin/campus/delete/", id=str(old.id), confirmed="1")
    assert not Campus.select().where(Campus.id == old.id).exists()
    row = Campus.create(id=old.id, name="新校区", name_en="New")
    path = f"/admin/campus/{form}/?id={row.id}"
    assert "Old" not in visitor.get(f"{path}&version=1").text and "老校区" not in visitor.get(path).text
    visitor.submit(f"/admin/campus/edit/?id={row.id}", name_en="Newer")
    page = visitor.get(path).text
    assert "老校区" not in page and "Newer" in page
    if form == "history":
        assert "删除" not in re.sub(r"(?s)<nav.*?</nav>", "", page.partition("<main")[2]).partition("<ol")[2]
    assert "老校区" in str(Event.select().where(Event.name == "delete", Event.subject_id == row.id).get().details)


def test_the_mark_of_an_open_form_tells_nothing_of_what_is_private(sign_in, campus):
    """It is keyed: without the secret of the house nobody can try out phone numbers on it."""
    from admin.conflicts import fingerprint
    from hall import site

    Person.update(phone="13811112222").where(Person.id == campus.B.id).execute()
    before, site.secret = site.secret, b"another"
    other = fingerprint(campus.B)
    site.secret = before
    assert set(fingerprint(campus.B).split("-")).isdisjoint(other.split("-"))


def test_every_column_stands_in_one_section(app: Flask):
    for model in models.ENTITIES:
        columns = [getattr(model, name) for name in answerable(model)]
        found = sections.sections(model, columns)
        assert sorted(column.name for each in found for column in each.columns) == sorted(answerable(model))
        assert all(each.label for each in found) or len(found) == 1
    item = {each.label: [column.name for column in each.columns] for each in sections.sections(
        RepairItem, [getattr(RepairItem, name) for name in answerable(RepairItem)])}  # fmt: skip
    assert "tip_en" in item["说明"] and "name_en" in item["基本信息"]


def test_an_entity_may_name_its_sections(monkeypatch):
    monkeypatch.setattr(Building, "groups", (("地图", ("latitude", "longitude")),))
    found = sections.sections(Building, [getattr(Building, name) for name in answerable(Building)])
    assert [column.name for column in found[0].columns] == ["latitude", "longitude"] and found[0].label == "地图"


def test_places_are_chosen_level_by_level(sign_in, campus):
    assert [model.__name__ for model in levels(Bed)] == ["Campus", "Building", "Room", "Bed"]
    visitor, bed = sign_in("X"), Bed.get_by_id(campus.A.bed_id)
    room = Room.get_by_id(bed.room_id)
    look = "/admin/person/ajax/lookup/?name=bed&level="
    ids = [id for id, *_names in visitor.get(look + "0").json]
    assert ids == [row.id for row in Campus.select()]
    chosen = Building.get_by_id(room.building_id)
    for level, above, row in ((1, chosen.campus_id, chosen), (2, chosen.id, room), (3, room.id, bed)):
        assert row.id in [id for id, *_names in visitor.get(f"{look}{level}&above={above}").json]
    assert visitor.get(look + "3&above=99999").json == [] and visitor.get(look + "7").json == []


def test_a_key_beside_what_it_is_part_of_is_narrowed_and_checked(house):
    import peewee

    from admin.refusals import refuse_wrong
    from hall.words import Refused

    class Locker(peewee.Model):
        label, area, private, columns, search = "储物柜", "places", (), (), ()
        building = peewee.ForeignKeyField(Building, verbose_name="楼宇", backref="lockers_here")
        room = peewee.ForeignKeyField(Room, verbose_name="房间", backref="lockers_here")

        class Meta:
            database = models.database
            table_name = "locker"

    try:
        assert within(Locker, Locker.room) == "building" and within(Locker, Locker.building) == ""
        room = Room.select().join(Building).where(Building.code == "NQ3").get()
        refuse_wrong(Locker(building=room.building_id, room=room), ["room"])
        with pytest.raises(Refused) as refused:
            refuse_wrong(Locker(building=Building.get(Building.code == "NQ4"), room=room), ["room"])
        assert refused.value.field == "room"
    finally:
        for parent in (Building, Room):
            key = next(key for key in parent._meta.backrefs if key.model is Locker)
            del parent._meta.backrefs[key]
            parent._meta.model_backrefs.pop(Locker, None)


def test_a_bed_is_chosen_level_by_level_in_a_browser(browser_page, campus):
    page, person = browser_page, campus.W1
    free = Bed.create(room=Room.select().join(Building).where(Building.code == "NQ3").get(), number="99")
    page.goto("/signin")
    page.fill("[name=number]", "T1001")
    page.fill("[name=password]", "hall-demo-2026")
    page.click("main form .btn-h")
    page.goto(f"/admin/person/edit/?id={person.id}")
    page.click("text=逐级选择")
    for level, label in enumerate((free.room.building.campus.name, free.room.building.name, free.room.number, "99")):
        chosen = page.locator(".levels select").nth(level)
        chosen.locator(f"option:text-is('{label}')").wait_for(state="attached")
        chosen.select_option(label=label)
    assert page.input_value("#bed").endswith(f"{free.room.number} 99")
    page.click("text=保存修改")
    page.locator("text=已保存").wait_for()
    assert Person.get_by_id(person.id).bed_id == free.id
