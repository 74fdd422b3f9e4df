"""Putting away instead of deleting: what hangs on a row is listed, nothing is lost, and it can be undone."""

import re
import threading

import peewee
import pytest

from admin import entity_acts
from admin.refusals import hanging
from forms.fields import item_choices
from hall import access, archive, events, places, routing
from hall.words import Refused
from models import (
    Archived,
    Bed,
    Building,
    Department,
    Event,
    Grant,
    MaintenanceGroup,
    Person,
    RepairItem,
    Room,
    RoutingRule,
    database,
)
from tests.panel import order


def test_what_was_put_away_is_offered_nowhere_and_comes_back(campus):
    item = RepairItem.get(RepairItem.code == "S01")
    building = Building.get(Building.code == "NQ4")
    for row in (item, building):
        archive.put_away(row, by=campus.X, title="名称")
        archive.put_away(row, by=campus.X)
        assert archive.is_away(row) and Archived.select().where(Archived.subject_id == row.id).count() == 1
    offered = [value for options in item_choices().values() for value, *_rest in options]
    assert str(item.id) not in offered and "NQ4" not in {each.code for each in places.buildings()}
    assert places.building("nq4") is None and places.find("南4 304") is None
    for row in (item, building):
        archive.bring_back(row, by=campus.X)
        archive.bring_back(row, by=campus.X)
        trail = list(reversed(events.timeline(row)))
        assert [event.name for event in trail][1:] == ["archive", "unarchive"] and not events.broken_links(trail)
    assert places.building("nq4") == building and not Archived.select().exists()


def test_a_group_that_was_put_away_gets_no_more_orders(campus):
    building, item = Building.get(Building.code == "NQ4"), RepairItem.get(RepairItem.code == "S01")
    before = routing.team_for(building, item)
    archive.put_away(before.group, by=campus.X)
    assert routing.team_for(building, item).group.id != before.group.id
    assert RoutingRule.select().where(RoutingRule.group == before.group).exists()
    with pytest.raises(Refused, match="调度中心"):
        archive.put_away(MaintenanceGroup.get(MaintenanceGroup.code == "DD"), by=campus.X)


def test_an_account_is_closed_with_it_and_opened_again_only_if_it_was_open(campus):
    archive.put_away(campus.B, by=campus.X)
    assert campus.B.is_closed
    archive.bring_back(campus.B, by=campus.X)
    assert not campus.B.is_closed
    Person.update(is_closed=True).where(Person.id == campus.B.id).execute()
    archive.put_away(campus.B, by=campus.X)
    archive.bring_back(campus.B, by=campus.X)
    assert campus.B.is_closed
    with pytest.raises(Refused, match="自己"):
        archive.put_away(campus.X, by=campus.X)


def test_two_administrators_who_put_each_other_away(campus):
    second = campus.M
    Grant.create(person=second, role="administrator")
    archive.put_away(second, by=campus.X)
    # Asked for before the other was through.
    with pytest.raises(Refused, match="至少要留一位"):
        archive.put_away(campus.X, by=second)
    assert not campus.X.is_closed and not archive.is_away(campus.X)


def test_strangers_put_nothing_away(campus, sign_in):
    building = Building.get(Building.code == "NQ4")
    for who in (campus.lead, campus.A):
        with pytest.raises(Refused):
            archive.put_away(building, by=who)
    visitor = sign_in("lead")
    for path in ("archive", "unarchive", "delete"):
        assert visitor.post(f"/admin/building/{path}/", id=building.id).status_code == 404
    assert not Archived.select().exists()


def test_two_at_once_put_it_away_once(campus):
    building, by = Building.get(Building.code == "NQ4"), campus.X
    database.close()
    wrong = []

    def act():
        try:
            with database.connection_context():
                archive.put_away(building, by=by)
        except peewee.DatabaseError as error:
            wrong.append(error)

    threads = [threading.Thread(target=act) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.connect(reuse_if_open=True)
    assert not wrong and Archived.select().count() == 1
    assert Event.select().where(Event.name == "archive").count() == 1


def test_deleting_asks_says_what_hangs_on_it_and_can_be_undone(sign_in, campus):
    visitor, building = sign_in("X"), Building.get(Building.code == "NQ1")
    order("BX1", MaintenanceGroup.get(), campus.A, building=building)
    empty = Building.create(code="ZZ1", name="空楼", campus=building.campus, kind="教学楼")
    asked = visitor.post("/admin/building/action/", action="delete", rowid=[building.id, empty.id])
    assert asked.status_code == 200 and "报修单 1" in asked.text and "角色授权" in asked.text
    assert "删除 1 条，归档 1 条" in asked.text and Building.get_or_none(Building.code == "ZZ1")
    said = {"action": "delete", "rowid": [building.id, empty.id], "confirmed": "yes"}
    # Whoever was not told that it would be put away is asked again.
    assert visitor.post("/admin/building/action/", **said).status_code == 400
    assert not Archived.select().exists() and Building.get_or_none(Building.code == "ZZ1")
    assert visitor.post("/admin/building/action/", **said, away=[building.id]).status_code == 302
    assert not Building.get_or_none(Building.code == "ZZ1")
    page = visitor.get(f"/admin/building/details/?id={building.id}")
    assert "/unarchive/" in page.text and Room.select().where(Room.building == building).exists()
    visitor.submit(f"/admin/building/details/?id={building.id}", action="/admin/building/unarchive/")
    assert not archive.is_away(building)
    assert "/unarchive/" not in visitor.get(f"/admin/building/details/?id={building.id}").text


def test_what_was_put_away_cannot_be_looked_up_but_stays_where_it_was_used(sign_in, campus):
    visitor, room = sign_in("X"), Room.get_by_id(Bed.get_by_id(campus.A.bed_id).room_id)
    archive.put_away(room, by=campus.X)
    look = f"/admin/bed/ajax/lookup/?name=room&query={room.number}"
    assert room.id not in [id for id, _title in visitor.get(look).json]
    assert room.id in [id for id, _title in visitor.get(f"{look}&all=1").json]
    path = f"/admin/bed/edit/?id={campus.A.bed_id}"
    assert visitor.submit(path, number="9").status_code == 302
    assert Bed.get_by_id(campus.A.bed_id).room_id == room.id
    refused = visitor.submit("/admin/bed/new/", room=f"#{room.id}", number="77")
    assert refused.status_code == 400 and "没有找到" in refused.text


def test_a_row_that_reuses_a_number_is_not_put_away(sign_in, campus):
    visitor, row = sign_in("X"), Department.create(code="ZZ", name="空部门")
    archive.put_away(row, by=campus.X)
    visitor.post("/admin/department/action/", action="delete", rowid=row.id, confirmed="yes")
    assert not Department.get_or_none(Department.code == "ZZ") and not Archived.select().exists()


def test_everything_that_points_at_rows_is_found_in_one_query(campus, queries):
    grants = Grant.select().where(Grant.scope == "SN2").count()
    groups = list(MaintenanceGroup.select())
    with queries() as asked:
        found = hanging(groups)
    assert len(asked) == 1
    sn2 = next(group for group in groups if group.code == "SN2")
    assert {each.column.model: each.count for each in found[sn2.id]}[Grant] == grants
    items = list(RepairItem.select().where(RepairItem.parent.is_null()))
    families = hanging(items)
    for item in items:
        own = {each.column.name: each.count for each in families[item.id]}
        assert own["parent"] == RepairItem.select().where(RepairItem.parent == item).count()


def test_where_something_hangs_meanwhile_nothing_is_deleted(sign_in, campus):
    visitor, row = sign_in("X"), Department.create(code="ZZ", name="空部门")
    asked = visitor.post("/admin/department/delete/", id=row.id)
    assert re.search("没有别的记录用到它", asked.text)
    Person.update(department=row).where(Person.id == campus.B.id).execute()
    answer = visitor.post("/admin/department/action/", action="delete", rowid=row.id, confirmed="yes")
    assert answer.status_code == 400 and "刚刚有别的记录用到了它" in answer.text
    assert Department.get_or_none(Department.code == "ZZ") and access.sees(campus.X, row)


def test_what_comes_between_asking_and_deleting_is_seen(sign_in, campus, monkeypatch):
    """A grant that goes with its person must not go unseen, although no key would refuse it."""
    visitor, person = sign_in("X"), Person.create(number="T9", name="临时", kind="staff")
    real = entity_acts.hanging

    def first_nothing(rows):
        found = real(rows)
        if not Grant.select().where(Grant.person == person).exists():
            Grant.create(person=person, role="reviewer")
        return found

    monkeypatch.setattr(entity_acts, "hanging", first_nothing)
    answer = visitor.post("/admin/person/action/", action="delete", rowid=person.id, confirmed="yes")
    assert answer.status_code == 400 and "刚刚有别的记录用到了它" in answer.text
    assert Grant.select().where(Grant.person == person).exists()
