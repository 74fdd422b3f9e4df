"""What a visitor typed, and what is reported already: R and S share a room; A, B live elsewhere."""

import pytest
from flask import Flask

from hall import photos, repairs
from models import Building, OrderFollower, Person, RepairOrder
from tests.conftest import Campus
from tests.portal import PHONE, TEXT, R, S, SignIn, finished, item, made, picture, report, reported
from tests.visitor import PASSWORD, Visitor, forms

# --- who has not signed in ---------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "place"), [("/repairs/new", "building"), ("/repairs/quick", "place")])
def test_what_a_visitor_typed_survives_the_sign_in(client: Visitor, campus: Campus, path: str, place: str) -> None:
    typed = {
        "description": TEXT + "\n从昨晚开始",
        "phone": "13912345678",
        place: "NQ3" if place == "building" else "南3 502",
    }
    answer = report(
        client, path, **typed, **({"room": "502", "wished_visits": ["01-01 晚上"]} if place == "building" else {})
    )
    assert RepairOrder.select().count() == 0
    assert answer.location == f"/signin?next={path}"
    assert "刚才填写的内容会为您保留" in client.get(answer.location).text
    back = client.submit(answer.location, number=campus.number("A"), password=PASSWORD)
    assert back.location == path
    assert "已为您保留刚才填写的内容" in client.get(path).text
    kept = client.form(path, having="description").values
    assert {name: kept[name].replace("\r\n", "\n") for name in typed} == typed
    assert client.submit(path, having="description").status_code == 302
    assert (made().building.code, made().room_number, made().phone) == ("NQ3", "502", "13912345678")
    assert made().reporter_id == campus.A.id
    assert client.form(path, having="description").values["description"] == ""


def test_what_is_kept_fits_a_cookie_and_cannot_be_forged(client: Visitor, campus: Campus, app: Flask) -> None:
    every = "".join(chr(0x4E00 + 17 * n % 20_000) for n in range(1_000))
    answer = report(client, description=every, phone=every[::-1], spot=every[::3] * 3, room="5" * 9_000)
    cookie = next(set_ for set_ in answer.headers.getlist("Set-Cookie") if set_.startswith("hall_typed="))
    assert len(cookie) < 4096
    assert "HttpOnly" in cookie
    client.sign_in(campus.number("A"))
    assert client.form("/repairs/new", having="description").values["description"][:300] == every[:300]
    client.client.set_cookie("hall_typed", "forged.AAAA.BBBB", path="/repairs")
    assert client.form("/repairs/new", having="description").values["description"] == ""


# --- reported already --------------------------------------------------------------------------------


def similar(visitor: Visitor, building: str, room: str) -> str:
    return visitor.get("/repairs/similar", query_string={"building": building, "room": room, "item": item()}).text


def test_similar_orders_are_shown_before_a_second_report(sign_in: SignIn) -> None:
    order = reported(Person.get(Person.number == R))
    roommate = sign_in(S)
    answer = report(roommate, item=item("S03"))
    assert answer.status_code == 409
    assert RepairOrder.select().count() == 1
    assert f"/repairs/{order.number}/follow" in answer.text
    kept = next(form for form in forms(answer) if "description" in form.names).values
    assert kept["description"] == TEXT
    again = roommate.client.post("/repairs/new", data={**kept, "despite": "y"})
    assert again.status_code == 302
    assert RepairOrder.select().count() == 2


def test_a_stranger_learns_of_a_room_no_number_and_a_visitor_nothing(
    sign_in: SignIn, client: Visitor, campus: Campus
) -> None:
    order = reported(Person.get(Person.number == R))
    shown = similar(sign_in("A"), "BQ5", "416")
    assert "水龙头漏水" in shown
    assert "前已有人报修" in shown
    for secret in (order.number, TEXT, PHONE, order.reporter.name):
        assert secret not in shown
    assert order.number in similar(sign_in(S), "BQ5", "416")
    assert not similar(client, "BQ5", "416").strip()
    assert not similar(sign_in("A"), "ZZ", "４" * 50).strip()


def test_following_is_for_those_who_live_there_and_for_public_areas(sign_in: SignIn, campus: Campus) -> None:
    order = reported(Person.get(Person.number == R), spot="五楼五号床")
    assert sign_in("A").post(f"/repairs/{order.number}/follow").status_code == 404
    assert OrderFollower.select().count() == 0
    roommate = sign_in(S)
    for _ in range(2):
        assert roommate.post(f"/repairs/{order.number}/follow").location == f"/repairs/{order.number}"
    assert OrderFollower.select().count() == 1
    page = roommate.get(f"/repairs/{order.number}").text
    assert "暂时还没有安排师傅上门" in page
    for secret in (TEXT, PHONE[-4:], "五楼五号床", "留言"):
        assert secret not in page
    hall = reported(campus.A, building=Building.get(Building.code == "TSG"), room="")
    assert sign_in("B").post(f"/repairs/{hall.number}/follow").status_code == 302


def test_a_follower_can_do_nothing_and_reads_no_talk(sign_in: SignIn, campus: Campus) -> None:
    owner, roommate = Person.get(Person.number == R), sign_in(S)
    order = reported(owner, photos=photos.prepare([("a.png", picture()[0])]))
    repairs.follow(order, by=Person.get(Person.number == S))
    repairs.comment(order, by=owner, words="我五点以后才在宿舍")
    order = finished(campus, order)
    repairs.rework(order, by=owner, reason="还在漏水", photos=photos.prepare([("b.png", picture()[0])]))
    page = roommate.get(f"/repairs/{order.number}").text
    assert "要求返修" in page or "还在漏水" in page
    assert "五点以后" not in page
    assert not any(photo.name in page for photo in photos.for_subject(order))
    for step in ("withdraw", "comment", "urge"):
        assert roommate.get(f"/repairs/{order.number}/{step}").status_code == 404
        assert roommate.post(f"/repairs/{order.number}/{step}", words="好的", reason="不要了").status_code == 404
    assert roommate.get(f"/repairs/{order.number}.pdf").status_code == 404
    assert made(order.number).status == "repairing"
