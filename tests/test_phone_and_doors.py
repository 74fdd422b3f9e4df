"""The operator's desk for callers, and the QR codes of a building's doors."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from hall import masks, site
from models import Building, Event, Person, RepairItem, RepairOrder, Room
from tests.conftest import Campus
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
DESK = "/admin/phone/"
TEXT = "卫生间冷水龙头关不紧，一直滴水"


def item(code: str = "S01") -> str:
    return str(RepairItem.get(RepairItem.code == code).id)


def call(browser: Visitor, **answers: Any) -> Any:
    given = {"caller": "王老师", "phone": "010 6220 1234", "place": "公教A 301", "item": item(), "description": TEXT}
    return browser.submit(DESK, **given | answers)


# --- the phone --------------------------------------------------------------------------------------


def test_a_call_becomes_an_order_with_caller_operator_and_channel(campus: Campus, sign_in: SignIn) -> None:
    browser = sign_in("operator")
    answer = call(browser)
    order = RepairOrder.get()
    assert answer.location == f"/admin/phone/done/{order.number}"
    assert (order.caller, order.operator_id, order.channel) == ("王老师", campus.operator.id, "phone")
    assert (order.building.code, order.room_number, order.phone) == ("JXA", "301", "01062201234")
    page = browser.get(answer.location).text
    assert f"{order.number[:2]} {order.number[2:8]} {order.number[8:]}" in page
    assert "由水暖一组接单" in page
    assert "主校区的给排水由水暖一组负责" in page


def test_a_caller_with_a_number_finds_the_order_among_their_own(campus: Campus, sign_in: SignIn) -> None:
    call(sign_in("operator"), caller_number=campus.number("A").lower(), caller="")
    order = RepairOrder.get()
    assert (order.reporter_id, order.operator_id, order.caller) == (campus.A.id, campus.operator.id, campus.A.name)
    assert order.number in sign_in("A").get("/repairs").text


def test_looking_a_caller_up_fills_in_and_writes_nothing(campus: Campus, sign_in: SignIn) -> None:
    browser, before = sign_in("operator"), Event.select().count()
    form = browser.form(DESK)
    sent = form.values | {"caller_number": campus.number("A"), "look": "1", "description": "正在说"}
    page = browser.client.post(DESK, data=sent)
    assert page.status_code == 200
    for value in (campus.A.name, masks.mask(campus.A.phone), "北区学生公寓4号楼 304", "正在说"):
        assert value in page.text or value.replace("北区", "南区") in page.text, value
    assert not RepairOrder.select().exists()
    assert Event.select().count() == before
    # What has been typed already is not written over.
    page = browser.client.post(DESK, data=sent | {"place": "公教A 301", "phone": "62201234"})
    assert 'value="公教A 301"' in page.text
    assert 'value="62201234"' in page.text


def test_what_is_reported_there_already_is_told(campus: Campus, sign_in: SignIn) -> None:
    browser = sign_in("operator")
    call(browser, place="南4 304")
    order = RepairOrder.get()
    by_place = browser.get(f"{DESK}caller?place=南4 304")
    by_caller = browser.get(f"{DESK}caller?caller_number={campus.number('A')}")
    for page in (by_place, by_caller):
        assert "已经有人报修" in page.text
        assert order.number in page.text
        assert "<html" not in page.text
    assert masks.mask(campus.A.phone) in by_caller.text and campus.A.phone not in by_caller.text
    assert "没有这个学号或工号" in browser.get(f"{DESK}caller?caller_number=nobody").text
    assert "已经有人报修" not in browser.get(f"{DESK}caller?place=南4 305").text


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"caller_number": "20990101"}, "没有这个学号或工号，请核对，或只填姓名"),
        ({"caller": ""}, "请填写来电人的学号、工号或姓名"),
        ({"place": "月球 1"}, "没有找到这个地点"),
        ({"phone": "打不通"}, "请填写能联系到您的电话号码"),
        ({"description": "坏了"}, "请再说具体一点"),
        ({"item": ""}, "请选择报修项目"),
        ({"item": "99999999999999999999"}, "请选择报修项目"),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_is_kept(
    campus: Campus, sign_in: SignIn, answers: dict[str, str], sentence: str
) -> None:
    answer = call(sign_in("operator"), **answers)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert answers.get("phone", "010 6220 1234") in answer.text
    assert answers.get("description", TEXT) in answer.text
    assert not RepairOrder.select().exists()


def test_the_same_call_sent_twice_is_one_order(campus: Campus, sign_in: SignIn) -> None:
    browser = sign_in("operator")
    form = browser.form(DESK)
    typed = {"caller": "王老师", "phone": "62201234", "place": "公教A", "item": item(), "description": TEXT}
    sent = form.values | typed
    answers = [browser.client.post(DESK, data=sent) for _ in range(3)]
    assert {answer.location for answer in answers} == {f"/admin/phone/done/{RepairOrder.get().number}"}
    assert RepairOrder.select().count() == 1


def test_only_operators_sit_at_the_phone(campus: Campus, client: Visitor, sign_in: SignIn) -> None:
    assert client.get(DESK).status_code == 302
    for who in ("A", "lead", "W1", "keeper", "X"):
        browser = sign_in(who)
        assert browser.get(DESK).status_code == 404, who
        assert browser.get(f"{DESK}caller?caller_number={campus.number('A')}").status_code == 404, who
        assert browser.post(DESK, caller="某人", place="公教A", item=item(), description=TEXT).status_code == 404, who
    assert not RepairOrder.select().exists()


def test_the_desk_takes_few_queries(campus: Campus, sign_in: SignIn, queries: Any) -> None:
    browser = sign_in("operator")
    for path in (DESK, f"{DESK}caller?caller_number={campus.number('A')}&place=南4 304"):
        with queries() as asked:
            assert browser.get(path).status_code == 200
        assert len(asked) <= 10, path


# --- the doors --------------------------------------------------------------------------------------


def codes(page: Any) -> list[str]:
    return re.findall(r'<div class="door"><svg.*?</svg><strong>([^<]+)</strong>', page.text, re.DOTALL)


def test_the_sheet_has_a_code_for_each_room(sign_in: SignIn) -> None:
    building = Building.get(Building.code == "NQ4")
    wanted = [row.number for row in building.rooms.order_by(Room.floor, Room.number)]
    browser = sign_in("operator")
    page = browser.get("/admin/doors/NQ4")
    assert codes(page) == wanted
    assert wanted
    assert f"<small>{building.name}</small>" in page.text
    assert "坏了？扫一扫报修" in page.text
    for floor in {row.floor for row in building.rooms}:
        shown = codes(browser.get(f"/admin/doors/NQ4?floor={floor}"))
        assert shown == [row.number for row in building.rooms.where(Room.floor == floor).order_by(Room.number)]


def test_a_code_says_the_address_of_its_door(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    from hall import printing

    said: list[str] = []
    monkeypatch.setattr(printing, "qr_svg", lambda text: said.append(text) or "<svg></svg>")
    sign_in("operator").get("/admin/doors/NQ4?floor=3")
    rooms = Room.select().join(Building).where(Building.code == "NQ4", Room.floor == 3).order_by(Room.number)
    assert said == [f"{site.url}/at/NQ4/{room.number}" for room in rooms]


def test_rooms_are_made_for_floors_and_a_range_and_only_once(sign_in: SignIn) -> None:
    browser, building = sign_in("X"), Building.get(Building.code == "JXA")
    for expected in ("新建了 12 个房间", "这些房间都已经有了"):
        answer = browser.submit("/admin/doors/JXA", low="1", high="3", first="1", last="4")
        assert answer.status_code == 302
        assert expected in browser.get(answer.location).text
    assert {room.number for room in building.rooms} == {f"{f}{n:02d}" for f in range(1, 4) for n in range(1, 5)}
    assert codes(browser.get("/admin/doors/JXA?floor=2")) == ["201", "202", "203", "204"]


@pytest.mark.parametrize(
    ("low", "high", "first", "last", "sentence"),
    [
        ("3", "1", "1", "4", "起始不能大于结束"),
        ("1", "61", "1", "4", "楼层应在 1 到 60 之间"),
        ("0", "1", "1", "4", "楼层应在 1 到 60 之间"),
        ("1", "1", "1", "100", "房间序号应在 1 到 99 之间"),
        ("一", "2", "1", "4", "请填写整数"),
        ("", "2", "1", "4", "请填写这一项"),
        ("1" * 30, "2", "1", "4", "楼层应在 1 到 60 之间"),
    ],
)
def test_odd_ranges_are_refused(sign_in: SignIn, low: str, high: str, first: str, last: str, sentence: str) -> None:
    answer = sign_in("X").submit("/admin/doors/JXA", low=low, high=high, first=first, last=last)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert f'value="{last}"' in answer.text
    assert not Building.get(Building.code == "JXA").rooms.exists()


def test_a_building_with_many_rooms_shows_one_floor(campus: Campus, sign_in: SignIn) -> None:
    building = Building.get(Building.code == "JXA")
    rooms = [{"building": building, "number": f"{f}{n:02d}", "floor": f} for f in range(1, 6) for n in range(1, 71)]
    Room.insert_many(rooms).execute()
    page = sign_in("operator").get("/admin/doors/JXA")
    assert len(codes(page)) == 70
    assert "打印这 70 张" in page.text


def test_who_prints_and_who_makes_rooms(client: Visitor, sign_in: SignIn) -> None:
    assert client.get("/admin/doors/").status_code == 302
    for who, prints in (("A", 404), ("lead", 404), ("W1", 404), ("operator", 200), ("X", 200)):
        browser = sign_in(who)
        for path in ("/admin/doors/", "/admin/doors/NQ4"):
            assert browser.get(path).status_code == prints, (who, path)
    browser = sign_in("operator")
    assert "登记房间" not in browser.get("/admin/doors/NQ4").text
    answer = browser.post("/admin/doors/JXA", low="1", high="1", first="1", last="1")
    assert answer.status_code == 404
    assert not Building.get(Building.code == "JXA").rooms.exists()


def test_pages_of_doors_take_the_same_queries_for_more_rooms(sign_in: SignIn, queries: Any) -> None:
    browser, building = sign_in("X"), Building.get(Building.code == "JXA")

    def asked() -> list[int]:
        counted = []
        for path in ("/admin/doors/", "/admin/doors/JXA"):
            with queries() as said:
                assert browser.get(path).status_code == 200
            counted.append(len(said))
        return counted

    Room.insert_many([{"building": building, "number": f"10{n}", "floor": 1} for n in range(2)]).execute()
    few = asked()
    Room.insert_many([{"building": building, "number": f"2{n:02d}", "floor": 2} for n in range(18)]).execute()
    assert asked() == few
    assert max(few) <= 10


@pytest.mark.parametrize(
    "path", ["nothing", "-1", "１２", "NQ4?floor=-1", "NQ4?floor=99999999999999999999", "NQ4?floor=x", "N" * 500]
)
def test_odd_addresses_are_answered(sign_in: SignIn, path: str) -> None:
    assert sign_in("operator").get(f"/admin/doors/{path}").status_code in (200, 404)


def test_a_closed_callers_number_is_not_looked_up(campus: Campus, sign_in: SignIn) -> None:
    Person.update(is_closed=True).where(Person.number == campus.number("A")).execute()
    page = sign_in("operator").get(f"{DESK}caller?caller_number={campus.number('A')}").text
    assert campus.A.phone not in page
