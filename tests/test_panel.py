"""The generated panel: who gets in, and which rows reach whom, by every way there is."""

import dataclasses
import re
from io import BytesIO
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from admin import names
from hall import access, floods
from models import ENTITIES, Bed, Grant, RepairOrder, Room
from tests.board import commented, decided, published
from tests.panel import group_of, order, some_id, table

ALL = {model.__name__ for model in ENTITIES}
REPAIR_DATA = {"RepairOrder", "MaintenanceGroup", "RepairItem", "RoutingRule", "PriceBookEntry", "Building", "Room"}
# The cast × what they read and edit in the generated panel.
READS = {
    "A": set(),
    "W1": set(),
    "lead": REPAIR_DATA,
    "settler": REPAIR_DATA,
    "finance": REPAIR_DATA | {"SettlementLine"},
    "X": ALL,
}
EDITS = {
    "A": set(),
    "W1": set(),
    "lead": set(),
    "settler": {"PriceBookEntry"},
    "finance": set(),
    "X": {model.__name__ for model in ENTITIES if not model.frozen},
}


def body(page: Any) -> str:
    """A page without what differs each time: the present moment and the token."""
    return re.sub(r'<time.*</time>|name="csrf_token" value="[^"]*"', "", page.text)


def test_visitor_is_sent_to_sign_in(client):
    for path in ("/admin/", "/admin/person/", "/admin/person/edit/?id=1", "/admin/person/export/csv/"):
        answer = client.get(path)
        assert answer.status_code == 302 and "/signin" in answer.location and "next=" in answer.location
    assert client.post("/admin/person/delete/", id="1").status_code == 302


@pytest.mark.parametrize("who", READS)
def test_every_entity_for_every_actor(backend, sign_in, campus, who):
    """Every endpoint of every entity answers exactly whom the table above names, others as if it were not there.

    Whoever is kept out of an entity is asked to knock at its list, without a query and so on one database: that all of
    its pages have the same door, and that it knows the roles, is proved in test_panel_doors. Of three entities (to
    change, only to read, with columns that are hidden) all pages are asked for.
    """
    order("BX1", group_of(campus.lead), campus.A)
    visitor = sign_in(who)
    nothing = visitor.get("/admin/nothing/")
    token = visitor.token()
    for model in ENTITIES:
        base, name, id = f"/admin/{table(model)}", model.__name__, some_id(model)
        there = model.select().where(model.id == id).exists()
        reads, edits = name in READS[who], name in EDITS[who]
        if not reads and name not in ("Building", "Event", "Person"):
            answer = visitor.get(f"{base}/") if backend.name == "sqlite" else nothing
            assert (answer.status_code, body(answer)) == (404, body(nothing)), (who, base)
            continue
        expected = {
            f"{base}/": reads,
            f"{base}/details/?id={id}": reads and there,
            f"{base}/history/?id={id}": reads and there,
            f"{base}/export/csv/": reads,
            f"{base}/export/xlsx/": reads,
            f"{base}/new/": edits,
            f"{base}/edit/?id={id}": edits and there,
        }
        for path, allowed in expected.items():
            answer = visitor.get(path)
            assert answer.status_code == (200 if allowed else 404), (who, path)
            if not reads:
                assert body(answer) == body(nothing)
        for key in names.keys(names.shown(model))[: None if reads else 1]:
            answer = visitor.get(f"{base}/ajax/lookup/?name={key.name}&query=")
            assert answer.status_code == (200 if reads else 404), (who, base, key.name)
            if reads and key.rel_model.__name__ not in READS[who] and key.rel_model is not RepairOrder:
                assert answer.json == []
        before = model.select().count()
        for path in (f"{base}/new/", f"{base}/edit/?id={id}", f"{base}/ajax/update/"):
            status = visitor.client.post(path, data={"csrf_token": token}).status_code
            assert status in ((400, 404) if edits else (404,)), (who, path)
        for path in (f"{base}/delete/", f"{base}/action/"):
            said = {"id": id, "rowid": id, "action": "delete", "confirmed": ""}
            status = visitor.client.post(path, data={"csrf_token": token, **said}).status_code
            assert status == (200 if edits and there else 404), (who, path)
        assert model.select().count() == before


def test_panel_itself(sign_in):
    assert sign_in("A").get("/admin/").status_code == 404
    page = sign_in("W1").get("/admin/")
    assert page.status_code == 200 and "/admin/person/" not in page.text
    page = sign_in("X").get("/admin/")
    assert all(f'href="/admin/{table(model)}/"' in page.text for model in ENTITIES)
    assert not re.search(r"[Hh]ome|Logout|Create|record", re.sub(r"<head>.*</head>|<[^>]+>", "", page.text, flags=re.S))


def test_a_grant_works_at_the_next_request(sign_in, campus):
    visitor = sign_in("B")
    assert visitor.get("/admin/building/").status_code == 404
    grant = Grant.create(person=campus.B, role="apartment_manager")
    assert visitor.get("/admin/building/").status_code == 200
    assert visitor.get("/admin/building/new/").status_code == 404
    assert visitor.get("/admin/bed/new/").status_code == 200
    grant.delete_instance()
    assert visitor.get("/admin/building/").status_code == 404


def test_rows_of_another_group_stay_unreached(sign_in, campus, monkeypatch):
    """W1 may read orders in this test, but sees those of the own group only, whichever way (fault 3)."""
    worker = dataclasses.replace(access.ROLES["worker"], reads=frozenset({"RepairOrder", "Assignment"}))
    monkeypatch.setitem(access.ROLES, "worker", worker)
    own = order("BX-OWN", group_of(campus.W1), campus.A)
    other = order("BX-OTHER", group_of(campus.W2), campus.A)
    visitor = sign_in("W1")
    listed = visitor.get("/admin/repair_order/").text
    assert "BX-OWN" in listed and "BX-OTHER" not in listed
    assert "BX-OTHER" not in visitor.get(f"/admin/repair_order/?after={other.id + 1}&search=BX").text
    for page in ("details", "history"):
        assert visitor.get(f"/admin/repair_order/{page}/?id={own.id}").status_code == 200
        assert visitor.get(f"/admin/repair_order/{page}/?id={other.id}").status_code == 404
    assert visitor.get(f"/admin/repair_order/edit/?id={other.id}").status_code == 404
    for kind in ("csv", "xlsx"):
        data = visitor.get(f"/admin/repair_order/export/{kind}/").data
        text = (
            data.decode()
            if kind == "csv"
            else str(CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python())
        )
        assert "BX-OWN" in text and "BX-OTHER" not in text
    found = visitor.get("/admin/assignment/ajax/lookup/?name=order&query=BX").json
    assert [title for _id, title in found] == ["BX-OWN"]
    RepairOrder.update(main=other).where(RepairOrder.id == own.id).execute()
    assert "还没有" not in visitor.get("/admin/repair_order/").text
    assert "没有找到" in visitor.get("/admin/repair_order/?flt_main=BX-OTHER").text


def test_a_key_takes_only_rows_that_the_person_sees(sign_in, campus, monkeypatch):
    """In this test workers edit beds but read no rooms: they cannot move a bed, and keep where it stands."""
    worker = dataclasses.replace(access.ROLES["worker"], scope="", edits=frozenset({"Bed"}))
    monkeypatch.setitem(access.ROLES, "worker", worker)
    visitor, bed = sign_in("W1"), Bed.get()
    path = f"/admin/bed/edit/?id={bed.id}"
    other = Room.get(Room.id != bed.room_id)
    for said in (f"#{other.id}", f"{other.building.name} {other.number}"):
        answer = visitor.submit(path, room=said)
        assert answer.status_code == 400 and "没有找到" in answer.text
    assert visitor.submit(path, number="99").status_code == 302
    assert (Bed.get_by_id(bed.id).room_id, Bed.get_by_id(bed.id).number) == (bed.room_id, "99")


def test_every_shown_column_has_a_label_and_a_form_name():
    taken = {"meta", "data", "errors", "validate"}
    for model in ENTITIES:
        assert model.label and model.area, model
        fields = {field.name: field for field in model._meta.sorted_fields}
        assert not taken & set(fields), model
        for name in (*model.columns, *model.search):
            assert fields[name].verbose_name, (model, name)


def test_pages_keep_the_content_policy(sign_in, campus):
    visitor = sign_in("X")
    for path in (
        "",
        "person/",
        f"person/edit/?id={campus.A.id}",
        f"person/details/?id={campus.A.id}",
        "grant/new/",
        "event/",
    ):
        text = visitor.get(f"/admin/{path}").text
        assert not re.search(
            r"<script(?![^>]* src=)|\son\w+=|\sstyle=|javascript:|//cdn|https?://(?!www.w3.org)", text
        ), path


def test_completing_a_key_and_deleting_in_a_browser(browser_page, sign_in):
    """At phone width: a room is found as people say it, and nothing is deleted before the page has asked."""
    page = browser_page
    page.goto("/signin")
    page.fill("[name=number]", "T1001")
    page.fill("[name=password]", "hall-demo-2026")
    page.click("main form .btn-h")
    page.goto("/admin/bed/new/")
    page.locator("#room").press_sequentially("南3 319")
    page.locator(".suggestions li:first-child:has-text('319')").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.input_value("#room") == "南区学生公寓3号楼 319"
    page.fill("#number", "88")
    page.click("text=新建床位")
    page.locator("h1:has-text('319 88')").wait_for()
    page.goto("/admin/bed/?search=88")
    page.check("[data-all]")
    page.click("text=删除所选")
    page.locator("text=只留在变更历史里").wait_for()
    assert Bed.get_or_none(number="88")
    page.click("text=删除这 1 条")
    page.locator("text=已删除 1 条").wait_for()
    assert not Bed.get_or_none(number="88")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_administrators_see_who_guesses_passwords(sign_in, campus):
    for number in range(12):
        floods.note_failure(f"N{number}", "192.0.2.7")
    assert "192.0.2.7 试了 12 个账号" in sign_in("X").get("/admin/").text
    assert "192.0.2.7" not in sign_in("lead").get("/admin/").text


def test_a_rule_of_review_is_chosen_by_the_name_of_the_board(sign_in, campus):
    """What is moderated is a select box and not a word of the code; the operator's rule then holds."""
    x = sign_in("X")
    page = x.get("/admin/moderation_rule/new/").text
    assert '<option value="comment">跟帖</option>' in page
    assert '<option value="thread">监督帖</option>' in page
    answer = x.submit(
        "/admin/moderation_rule/new/", having="once", subject_type="comment", minutes="60", trusted_after="1"
    )
    assert answer.status_code == 302, answer.text
    thread = published(campus)
    assert decided(commented(campus, thread), "publish", campus.M).moderation == "published"
    assert commented(campus, thread, text="还是一样，今天也是凉的。").moderation == "published"
    assert "监督帖" in x.get("/admin/submission/").text
