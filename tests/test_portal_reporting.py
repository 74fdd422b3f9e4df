"""Reporting a repair in the portal, over HTTP: A reports, B is a stranger."""

import io
import re

import pytest

from hall import photos, repairs
from models import Building, Event, Photo, RepairOrder
from tests.conftest import Campus
from tests.portal import TEXT, SignIn, item, made, picture, report, reported
from tests.visitor import Visitor, forms


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


def test_it_works(a: Visitor, campus: Campus) -> None:
    answer = report(a, spot="卫生间", entry="escort")
    order = made()
    assert answer.status_code == 302
    assert answer.location == f"/repairs/{order.number}"
    assert (order.reporter_id, order.place, order.phone) == (campus.A.id, "南区学生公寓4号楼 304", campus.A.phone)
    assert (order.spot, order.entry, order.channel, order.status) == ("卫生间", "escort", "web", "reported")
    page = a.get(answer.location).text
    assert "已提交" in page
    assert "水暖二组" in page
    assert "暂时还没有安排师傅上门，请不要着急" in page
    assert order.number in a.get("/repairs").text


def test_quick_report_knows_the_place(a: Visitor) -> None:
    assert a.form("/repairs/quick", having="place").values["place"] == "南区学生公寓4号楼 304"
    report(a, "/repairs/quick", place="南3 502")
    assert (made().building.code, made().room_number, made().channel) == ("NQ3", "502", "quick")


def test_place_of_the_last_order_where_there_is_no_bed(sign_in: SignIn, campus: Campus) -> None:
    reported(campus.M, building=Building.get(Building.code == "TSG"), room="201")
    values = sign_in("M").form("/repairs/new", having="description").values
    assert (values["building"], values["room"]) == ("TSG", "201")


def test_the_code_on_a_door_fills_in_the_place(a: Visitor) -> None:
    answer = a.get("/at/NQ3/502")
    form = a.form(answer.location, having="description")
    assert (form.values["building"], form.values["room"], form.values["channel"]) == ("NQ3", "502", "qr")
    report(a, answer.location)
    assert (made().building.code, made().room_number, made().channel) == ("NQ3", "502", "qr")


def test_a_door_that_is_not_known_leads_to_the_form(client: Visitor) -> None:
    answer = client.get("/at/NQ99/1", follow_redirects=True)
    assert answer.status_code == 200
    assert "没有找到这个二维码上的地点" in answer.text


def test_the_same_form_ten_times_is_one_order(a: Visitor) -> None:
    form = a.form("/repairs/new", having="description")
    answers = [
        a.client.post("/repairs/new", data={**form.values, "item": item(), "description": TEXT, "photos": [picture()]})
        for _ in range(10)
    ]
    assert {answer.location for answer in answers} == {f"/repairs/{made().number}"}
    assert RepairOrder.select().count() == Event.select().where(Event.name == "report").count() == 1
    assert Photo.select().count() == 1


BAD = {
    "too short": {"description": "水龙头坏了，请尽快修一下"},
    "empty": {"description": ""},
    "too long": {"description": "滴水不止" * 300},
    "no phone": {"phone": ""},
    "phone": {"phone": "12"},
    "no item": {"item": ""},
    "item of nothing": {"item": "999999"},
    "item in words": {"item": "abc"},
    "item in wide digits": {"item": "１２"},
    "item too large": {"item": "1" + "0" * 20},
    "no building": {"building": ""},
    "building of nothing": {"building": "ZZ9"},
    "room": {"room": "5" * 30},
    "spot": {"spot": "角" * 80},
    "entry": {"entry": "window"},
    "no image": {"photos": [(io.BytesIO(b"<svg onload=alert(1)>"), "a.jpg")]},
    "half an image": {"photos": [(io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"x" * 50), "a.png")]},
    "token": {"once": "x" * 65},
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_kept_and_saves_nothing(a: Visitor, kind: str) -> None:
    wrong = {"description": TEXT, "spot": "洗手池下面", **BAD[kind]}
    answer = report(
        a, **{**wrong, "photos": [(io.BytesIO(f.getvalue()), n) for f, n in wrong.get("photos", [])] or None}
    )
    assert answer.status_code == 400
    assert "error-summary" in answer.text
    kept = next(form for form in forms(answer) if "description" in form.names).values
    for name in ("description", "spot"):
        assert kept[name] == wrong[name]
    assert RepairOrder.select().count() == Photo.select().count() == 0
    assert Event.select().where(Event.name == "report").count() == 0


def test_everything_wrong_is_told_at_once_and_photos_are_asked_for_again(a: Visitor) -> None:
    answer = report(a, description="坏了", phone="12", photos=[picture()])
    assert "请再说具体一点" in answer.text
    assert "请填写能联系到您的电话号码" in answer.text
    assert "照片需要重新选择" in answer.text


def test_a_family_is_no_item_and_seven_photos_are_too_many(a: Visitor) -> None:
    assert "请选择具体的报修项目" in report(a, item=item("S")).text
    assert "最多上传 6 张" in report(a, photos=[picture() for _ in range(7)]).text
    assert RepairOrder.select().count() == 0


def test_extra_fields_are_ignored(a: Visitor, campus: Campus) -> None:
    report(a, status="closed", priority="紧急", reporter=str(campus.B.id), group="1", channel="phone", caller="别人")
    order = made()
    assert (order.status, order.priority, order.reporter_id) == ("reported", "普通", campus.A.id)
    assert (order.group.code, order.channel, order.caller, order.operator_id) == ("SN2", "web", "", None)


def test_photos_are_attached_and_not_shown_to_strangers(a: Visitor, sign_in: SignIn, client: Visitor) -> None:
    report(a, photos=[picture(), picture("red")])
    order, names = made(), [row.name for row in photos.for_subject(made())]
    assert len(names) == 2
    assert all(name in a.get(f"/repairs/{order.number}").text for name in names)
    path = f"/photos/{names[0]}/thumb"
    assert a.get(path).mimetype == "image/jpeg"
    assert (sign_in("B").get(path).status_code, client.get(path).status_code) == (404, 404)


def test_an_urgent_item_says_so_before_it_is_sent(a: Visitor) -> None:
    answer = report(a, item=item("S04"), phone="12")
    box = re.search(r'<div class="note note-bad"[^>]*data-alarm-for="item"([^>]*)>(.*?)</div></div>', answer.text, re.S)
    assert box and "hidden" not in box[1]
    assert "13800000001" in box[2]
    assert "请先关闭入户阀门" in answer.text


def test_again_fills_in_an_own_order_only(a: Visitor, sign_in: SignIn, campus: Campus) -> None:
    old = repairs.withdraw(reported(campus.A, spot="阳台"), by=campus.A)
    path = f"/repairs/new?again={old.number}"
    assert path in a.get(f"/repairs/{old.number}").text
    form = a.form(path, having="description")
    assert (form.values["description"], form.values["spot"], form.values["item"]) == (TEXT, "阳台", item())
    report(a, path)
    assert made().origin_id == old.id
    b = sign_in("B")
    assert b.form(path, having="description").values["description"] == ""
    report(b, path)
    assert made().origin_id is None
