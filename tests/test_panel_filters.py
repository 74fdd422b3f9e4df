"""The filters of the generated lists: by type, by words, by place, several choices at once; what they do not tell."""

import dataclasses
import re
from datetime import date, datetime

import pytest
from flask import g

from admin import filters, spans
from hall import access, clock, masks
from models import (
    Archived,
    Bed,
    Building,
    CalendarPeriod,
    Campus,
    Event,
    MaintenanceGroup,
    Notification,
    Person,
    RepairOrder,
    Room,
)
from tests.panel import group_of, order


def listed(visitor, address: str) -> list[str]:
    page = visitor.get(f"/admin/{address}")
    assert page.status_code == 200, page.status_code
    return re.findall(r'<a class="strong"[^>]*>(?:<span[^>]*>)?([^<]*)<', page.text)


def test_days_by_words(freeze):
    """A week begins on Monday, a month on its first, and the campus says which day it is."""
    freeze(datetime(2026, 3, 1, 17, 0))  # Monday, 2 March, one o'clock at night on the campus
    day = date(2026, 3, 2)
    expected = {
        "today": (day, date(2026, 3, 3)),
        "yesterday": (date(2026, 3, 1), day),
        "this_week": (day, date(2026, 3, 9)),
        "last_week": (date(2026, 2, 23), day),
        "this_month": (date(2026, 3, 1), date(2026, 4, 1)),
        "last_month": (date(2026, 2, 1), date(2026, 3, 1)),
        "last_7": (date(2026, 2, 24), date(2026, 3, 3)),
        "last_30": (date(2026, 2, 1), date(2026, 3, 3)),
        "next_7": (day, date(2026, 3, 9)),
        "past": (spans.EARLIEST, day),
    }
    assert {word: spans.span(word) for word in spans.WORDS} == expected
    with pytest.raises(ValueError, match="someday"):
        spans.span("someday")


def test_every_kind_of_filter_finds_its_rows(sign_in, campus, freeze):
    freeze(datetime(2026, 11, 18, 4, 0))  # a Wednesday, noon on the campus
    visitor, group = sign_in("X"), MaintenanceGroup.get()
    # Midnight on the campus is four in the afternoon before: the edges of today, of the week, and of last week.
    for number, moment in (
        ("BX1", datetime(2026, 11, 17, 16, 0)),
        ("BX2", datetime(2026, 11, 17, 15, 59)),
        ("BX3", datetime(2026, 11, 15, 16, 0)),
        ("BX4", datetime(2026, 11, 15, 15, 59)),
    ):
        order(number, group, campus.A, created=moment, finish_due=moment if number == "BX1" else None)
    RepairOrder.update(status="closed").where(RepairOrder.number == "BX2").execute()
    RepairOrder.update(status="declined", worker=campus.W1).where(RepairOrder.number == "BX3").execute()

    def orders(query: str) -> set[str]:
        return set(listed(visitor, f"repair_order/?{query}"))

    everything = {"BX1", "BX2", "BX3", "BX4"}
    assert orders("flt_created=today") == {"BX1"} and orders("flt_created=yesterday") == {"BX2"}
    assert orders("flt_created=this_week") == {"BX1", "BX2", "BX3"} and orders("flt_created=last_week") == {"BX4"}
    assert orders("flt_created=someday") == everything, "what means nothing counts as not said"
    assert orders("flt_status=closed&flt_status=declined") == {"BX2", "BX3"} == orders("flt_status=closed,declined")
    assert orders("flt_status=closed,nonsense") == {"BX2"} and orders("flt_status=nonsense") == everything
    assert orders("flt_worker_empty=*") == {"BX3"} and orders("flt_worker_empty=-") == everything - {"BX3"}
    assert orders("flt_finish_due=-") == everything - {"BX1"} and orders("flt_finish_due=*") == {"BX1"}
    assert orders("flt_urged=*") == everything, "no index knows it, and orders are many"
    assert orders(f"flt_reporter=%23{campus.A.id},%23{campus.B.id}") == everything
    assert orders(f"flt_reporter=%23{campus.B.id}") == set()
    many = Building.update(floors=30, latitude=31.5).where(Building.code == "NQ3").execute()
    assert many == 1 and listed(visitor, "building/?flt_floors_least=29.5&flt_floors_most=30") == ["NQ3"]
    assert listed(visitor, "building/?flt_floors_least=31") == []
    assert listed(visitor, "building/?flt_latitude_least=31.4&flt_latitude_most=31.6") == ["NQ3"]
    assert listed(visitor, "building/?flt_latitude_empty=*") == ["NQ3"]
    nameless = {row.code for row in Building.select().where(Building.aliases == "")}
    assert nameless and set(listed(visitor, "building/?flt_aliases_empty=-")) == nameless
    assert not nameless & set(listed(visitor, "building/?flt_aliases_empty=*"))
    assert listed(visitor, "building/?flt_floors_least=1e400") == listed(visitor, "building/")
    CalendarPeriod.create(name="国庆", kind="holiday", starts="2026-11-18", ends="2026-11-20")
    assert listed(visitor, "calendar_period/?flt_starts=today") == ["国庆"]
    assert listed(visitor, "calendar_period/?flt_ends=yesterday") == []


def test_places_from_the_campus_down(sign_in, campus):
    """A bed is found by its building or campus; what is chosen above narrows what the look-up below finds."""
    visitor = sign_in("X")
    room = Bed.get().room
    here = [bed.id for bed in Bed.select().join(Room).where(Room.building == room.building)]
    ids = [int(id) for id in re.findall(r'name="rowid" value="(\d+)"', bed_page(visitor, room.building_id).text)]
    assert ids == sorted(here)[:20]
    other = Campus.create(name="临港校区")
    assert "没有找到" in visitor.get(f"/admin/bed/?flt_room__building__campus=%23{other.id}").text
    names = {title for _id, title in lookup(visitor, "room", under_building=f"#{room.building_id}")}
    assert names and all(name.startswith(room.building.name) for name in names)
    assert lookup(visitor, "room__building", under_campus=f"#{other.id}") == []
    assert len(lookup(visitor, "room__building", under_campus=f"#{room.building.campus_id}")) == 20
    for odd in ("1" + "0" * 20, "#", "#1,#2,x", "%_" * 100, "词 " * 300, "'\""):
        assert isinstance(lookup(visitor, "room", under_building=odd, under_building__campus=odd), list), odd
    for wrong in ("room__nothing", "nothing", "room__building__campus__department", "number"):
        assert visitor.get(f"/admin/bed/ajax/lookup/?name={wrong}&query=").status_code == 404


def bed_page(visitor, building: int):
    return visitor.get(f"/admin/bed/?flt_room__building=%23{building}")


def lookup(visitor, name: str, **under: str) -> list:
    return visitor.get("/admin/bed/ajax/lookup/", query_string={"name": name, "query": "", **under}).json


def test_chips_say_what_is_asked_and_take_it_away(sign_in, campus):
    visitor = sign_in("X")
    page = visitor.get(f"/admin/person/?flt_kind=worker,staff&flt_department=%23{campus.A.department_id}&sort=-number")
    chips = re.findall(r'<a class="chip" href="([^"]*)" title="去掉这个条件">([^<]*)<', page.text)
    said = {text: href.replace("&amp;", "&") for href, text in chips}
    assert f"部门：{campus.A.department.code} {campus.A.department.name}" in said
    kinds = next(href for text, href in said.items() if text.startswith("类别") or "教职工" in text)
    assert "flt_department" in kinds and "flt_kind" not in kinds and "sort=-number" in kinds
    assert page.text.count('name="flt_kind" value="worker" checked') == 1


def test_a_filter_opens_nothing(sign_in, campus, monkeypatch):
    """What lies above a key is looked at only as far as the person sees it."""
    worker = dataclasses.replace(access.ROLES["worker"], edits=frozenset({"Bed"}))
    monkeypatch.setitem(access.ROLES, "worker", worker)
    visitor, room = sign_in("W1"), Bed.get().room
    assert listed(visitor, "bed/")
    for asked in (f"flt_room__building=%23{room.building_id}", f"flt_room__building={room.building.name}"):
        assert listed(visitor, f"bed/?{asked}") == [], "rooms and buildings are not theirs to see"
    assert lookup(visitor, "room__building") == []


def test_what_was_put_away_is_shown_when_asked_for(sign_in, campus):
    visitor = sign_in("X")
    gone = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    before = listed(visitor, "maintenance_group/")
    Archived.create(subject_type="maintenance_group", subject_id=gone.id, title="SN2", person=campus.X)
    assert listed(visitor, "maintenance_group/") == [code for code in before if code != "SN2"]
    assert listed(visitor, "maintenance_group/?archived=only") == ["SN2"]
    assert listed(visitor, "maintenance_group/?archived=all") == before
    assert "SN2" not in visitor.get("/admin/maintenance_group/export/csv/").data.decode("utf-8-sig")


def test_what_was_put_away_is_looked_up_for_filters_alone(sign_in, campus):
    visitor, gone = sign_in("X"), Building.get(Building.code == "NQ3")
    Archived.create(subject_type="building", subject_id=gone.id, title="NQ3", person=campus.X)
    path = "/admin/room/ajax/lookup/?name=building&query=NQ3"
    assert visitor.get(path).json == [] and len(visitor.get(f"{path}&all=1").json) == 1
    assert "name=building&amp;all=1" in visitor.get("/admin/room/").text


def test_what_is_masked_is_no_filter_no_cell_and_not_changed_in_bulk(sign_in, campus, monkeypatch):
    visitor, person = sign_in("X"), campus.A
    Person.update(phone="13912345678").where(Person.id == person.id).execute()
    cell, bulk = f"/admin/person/cell/?id={person.id}&name=phone", "/admin/person/bulk/"
    monkeypatch.setattr(masks, "covers", lambda model, name, who: False)
    assert "flt_phone" not in visitor.get("/admin/person/").text and visitor.get(cell).status_code == 200
    monkeypatch.setattr(masks, "covers", lambda model, name, who: name in model.private)
    every = visitor.get("/admin/person/?flt_phone_empty=*")
    assert every.status_code == 200 and 'class="cluster asked"' not in every.text
    assert visitor.get(cell).status_code == 404 and visitor.post(cell, phone="1").status_code == 404
    assert 'value="phone"' not in visitor.post(bulk, rowid=[person.id]).text
    said = {"rowid": [person.id], "step": "do", "change": ["phone"], "phone": "1"}
    assert visitor.post(bulk, **said).status_code == 400 and campus.A.phone == "13912345678"
    assert "13912345678" not in visitor.get(f"/admin/person/?columns=number,phone&search={person.number}").text


def test_only_what_an_index_finds_is_asked_of_what_grows(app, campus):
    """The tables that the hall itself fills are not gone through for a day, a number or a word."""
    with app.test_request_context("/"):
        g._login_user = campus.X
        for model in (RepairOrder, Event, Notification):
            ranged = [flt for flt in filters.filters_for(model, {}) if flt.kind not in ("choice", "key", "one")]
            assert ranged and all(flt.is_indexed for flt in ranged), model
        assert not next(flt for flt in filters.filters_for(Building, {}) if flt.arg == "flt_floors_least").is_indexed


def test_the_words_follow_the_clock_of_the_campus(freeze):
    freeze(datetime(2026, 12, 31, 15, 59))
    assert spans.span("this_month") == (date(2026, 12, 1), date(2027, 1, 1))
    freeze(datetime(2026, 12, 31, 16, 0))
    assert spans.span("this_month") == (date(2027, 1, 1), date(2027, 2, 1)) and clock.today() == date(2027, 1, 1)


def test_rows_of_another_group_are_not_found_by_any_filter(sign_in, campus, monkeypatch):
    worker = dataclasses.replace(access.ROLES["worker"], reads=frozenset({"RepairOrder"}))
    monkeypatch.setitem(access.ROLES, "worker", worker)
    order("BX-OWN", group_of(campus.W1), campus.A)
    order("BX-OTHER", group_of(campus.W2), campus.A)
    visitor = sign_in("W1")
    for asked in (
        "flt_created=today",
        "flt_status=reported,closed",
        "flt_worker_empty=-",
        "flt_created_from=2020-01-01",
    ):
        assert listed(visitor, f"repair_order/?{asked}") == ["BX-OWN"], asked
