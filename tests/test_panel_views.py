"""Saved and shared views of the generated lists, their live counts, and the columns that somebody chose."""

import re

import pytest

from admin import columns, views
from demo import views as demo_views
from hall import clock, events, saved_views
from hall.words import Refused
from models import Archived, Building, Event, MaintenanceGroup, Person, RepairOrder, SavedView
from tests.panel import order

LIST = "/admin/building/"
SIX_FLOORS = "flt_floors_least=6&flt_floors_most=6"


def heads(page) -> list[str]:
    """The heads of the columns of a list."""
    row = re.search(r"<thead>(.*?)</thead>", page.text, flags=re.S)[1]
    return [re.sub(r"<[^>]+>|&nbsp;|\s", "", head) for head in re.findall(r"<th .*?</th>", row, flags=re.S)]


def tabs(page) -> dict[str, str]:
    """The views above a list: {name: count}."""
    nav = re.search(r'<nav class="views".*?</nav>', page.text, flags=re.S)[0]
    found = re.findall(r"([^<>]+)<span class=\"chip-count\">([^<]*)</span>", nav)
    return {name.strip(): count for name, count in found}


def keep(visitor, name: str, back: str, **more: str):
    return visitor.post(f"{LIST}views/", name=name, back=back, **more)


def test_a_view_is_saved_counted_opened_and_sent_on(sign_in, campus):
    visitor = sign_in("X")
    six = Building.select().where(Building.floors == 6).count()
    assert keep(visitor, "六层楼", f"{SIX_FLOORS}&sort=-name&columns=name,floors&after=7&nonsense=1").status_code == 302
    view = SavedView.get(SavedView.name == "六层楼")
    kept = {"flt_floors_least": "6", "flt_floors_most": "6", "sort": "-name", "columns": "name,floors"}
    assert view.said == kept and (view.subject_type, view.person_id) == ("building", campus.X.id)
    page = visitor.get(LIST)
    assert tabs(page) == {"六层楼": str(six)}
    opened = re.search(r'class="chip" href="([^"]*flt_floors[^"]*)"', page.text)[1].replace("&amp;", "&")
    shown = visitor.get(opened)
    assert heads(shown) == ["名称", "楼层数"] and 'aria-current="page">六层楼' in shown.text
    # A colleague opens the same address: it says everything by itself.
    Building.update(floors=6).where(Building.code == "JXA").execute()
    assert "公共教学楼A座" in sign_in("lead").get(f"{opened}&search=JXA").text
    assert tabs(visitor.get(LIST)) == {"六层楼": str(six + 1)}
    assert keep(visitor, "六层楼", "flt_floors_least=5").status_code == 302
    assert SavedView.get().said["flt_floors_least"] == "5" and SavedView.select().count() == 1
    trail = [event.name for event in Event.select().where(Event.subject_type == "saved_view").order_by(Event.seq)]
    assert trail == ["create", "edit"]


def test_a_wrong_name_is_said_and_what_was_typed_kept(sign_in):
    visitor = sign_in("X")
    for name, text in (("", "至少 1 个字"), ("长" * 21, "最多 20 个字")):
        answer = keep(visitor, name, SIX_FLOORS)
        assert answer.status_code == 400 and text in answer.text and 'href="#name"' in answer.text
        assert f'value="{name}"' in answer.text and 'value="flt_floors_least=6' in answer.text.replace("&amp;", "&")
    assert not SavedView.select().exists()


def test_only_who_may_share_shares_and_everybody_sees(sign_in, campus):
    x, lead = sign_in("X"), sign_in("lead")
    assert "共享给" not in lead.get(f"{LIST}views/").text
    refused = keep(lead, "给大家", SIX_FLOORS, is_shared="1")
    assert refused.status_code == 400 and "您没有权限进行" in refused.text and not SavedView.select().exists()
    keep(x, "大家的", SIX_FLOORS, is_shared="1")
    keep(x, "我的", SIX_FLOORS)
    keep(lead, "组长的", SIX_FLOORS)
    assert set(tabs(lead.get(LIST))) == {"大家的", "组长的"} and set(tabs(x.get(LIST))) == {"大家的", "我的"}
    shared, own, others = (SavedView.get(SavedView.name == name) for name in ("大家的", "我的", "组长的"))
    change = f"{LIST}views/change/"
    # Of others' views one changes none, and sees none that is not shared.
    for view, said in ((own, {"forget": "1"}), (own, {"name": "抢来的", "position": "1"})):
        assert lead.post(change, id=view.id, **said).status_code == 404
    assert lead.post(change, id=shared.id, forget="1").status_code == 400
    assert lead.post(change, id=shared.id, name="抢来的", position="1").status_code == 400
    assert lead.post(change, id=others.id, name="组长的", position="1", is_shared="1").status_code == 400
    assert {view.name for view in SavedView.select()} == {"大家的", "我的", "组长的"}
    assert x.post(change, id=others.id, forget="1").status_code == 404, "nobody looks into what is not shared"
    assert x.post(change, id=own.id, name="新名字", position="9", is_shared="1").status_code == 302
    own = SavedView.get_by_id(own.id)
    assert (own.name, own.position, own.is_shared) == ("新名字", 9, True)
    assert x.post(change, id=own.id, name="大家的", position="1").status_code == 400, "two of one name"
    assert x.post(change, id=own.id, name="新名字", position="0").status_code == 400
    assert x.post(change, id=shared.id, forget="1").status_code == 302
    assert x.post(change, id=shared.id, forget="1").status_code == 404
    # A view of another list is not there.
    assert lead.post("/admin/room/views/change/", id=others.id, forget="1").status_code == 404


def test_views_of_an_entity_that_one_does_not_read(sign_in, campus):
    visitor = sign_in("lead")
    for path in ("views/", "columns/", "views/change/"):
        assert visitor.post(f"/admin/person/{path}", name="x", column="name", id="1").status_code == 404
    with pytest.raises(Refused):
        saved_views.keep(by=campus.lead, model=Person, name="x", said={})
    with pytest.raises(Refused):
        saved_views.remember_columns(["name"], by=campus.lead, model=Person)
    assert not SavedView.select().exists()


def test_a_view_counts_and_shows_only_what_its_reader_sees(sign_in, campus):
    """The lead of one group opens what the administrator shares: the rows are those of the reader."""
    ours = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    others = MaintenanceGroup.get(MaintenanceGroup.code == "DG1")
    for number, group in (("BX1", ours), ("BX2", others), ("BX3", others)):
        order(number, group, campus.A)
    x, lead = sign_in("X"), sign_in("lead")
    x.post("/admin/repair_order/views/", name="新报修", back="flt_status=reported", is_shared="1")
    assert tabs(x.get("/admin/repair_order/")) == {"新报修": "3"}
    assert tabs(lead.get("/admin/repair_order/")) == {"新报修": "1"}


def test_counts_are_bounded_and_one_query(sign_in, campus, queries, monkeypatch):
    visitor = sign_in("X")
    monkeypatch.setattr(views, "COUNTED", 9)
    monkeypatch.setattr(views, "LOOKS", 30)
    for name, back in (("房间多", "flt_number=*"), ("一层", "flt_floor_most=1"), ("没有", "flt_floor_least=99")):
        assert visitor.post("/admin/room/views/", name=name, back=back).status_code == 302
    keep(visitor, "博物馆", "search=BWG")
    with queries() as asked:
        page = visitor.get("/admin/room/")
    assert tabs(page)["没有"] == "0+", "no more than LOOKS rows are looked at, and the page says so"
    assert tabs(page)["房间多"] == "9+"
    alone = len(asked)
    SavedView.delete().where(SavedView.name != "没有").execute()
    with queries() as asked:
        visitor.get("/admin/room/")
    assert len(asked) == alone <= 8
    group = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    for number in range(25):
        order(f"BX{number:03}", group, campus.A)
    for name in ("新的", "全部"):
        visitor.post("/admin/repair_order/views/", name=name, back="flt_status=reported&flt_created=today")
    with queries() as filtered:
        visitor.get(f"/admin/repair_order/?flt_status=reported&flt_group=%23{group.id}")
    assert len(filtered) <= 9, filtered
    counting = next(sql for sql in asked if sql.startswith("SELECT (SELECT COUNT") and '"room"' in sql)
    assert counting.count("LIMIT") >= 3, "what is looked at is bounded, not only what is found"


def test_columns_are_chosen_and_remembered(sign_in, campus):
    visitor, other = sign_in("X"), sign_in("lead")
    usual = heads(visitor.get(LIST))
    answer = visitor.post(
        f"{LIST}columns/", column=["floors", "code", "password", "floors"], back=f"{SIX_FLOORS}&after=3"
    )
    assert answer.status_code == 302 and "flt_floors_least=6" in answer.location and "columns" not in answer.location
    ticks = re.findall(r'name="column" value="(\w+)"( checked)?', visitor.get(LIST).text)
    assert [name for name, ticked in ticks if ticked] == ["floors", "code"] and {"campus", "aliases"} < {*dict(ticks)}
    assert heads(visitor.get(LIST)) == ["楼层数", "编号"] and heads(other.get(LIST)) == usual
    assert heads(visitor.get(f"{LIST}?columns=name,campus")) == ["名称", "校区"]
    assert heads(visitor.get(f"{LIST}?columns=version,secret")) == ["楼层数", "编号"]
    turned = visitor.get(f"{LIST}?columns=name,campus&sort=-name")
    assert "columns=name,campus" in re.search(r'rel="next" href="([^"]*)"', turned.text)[1]
    assert "列表" not in tabs(visitor.get(LIST))
    visitor.post(f"{LIST}columns/", usual="1", column="code")
    assert heads(visitor.get(LIST)) == usual and not SavedView.select().exists()
    many = [field.name for field in columns.offered(Person, [])]
    visitor.post("/admin/person/columns/", column=many)
    assert len(heads(visitor.get("/admin/person/"))) == min(columns.MOST, len(many))


def test_columns_without_a_label_are_never_shown(sign_in, campus):
    page = sign_in("X").get("/admin/person/?columns=password_hash,name")
    assert heads(page) == ["姓名"] and "argon2" not in page.text


def test_a_list_says_the_same_when_it_comes_back(sign_in, campus):
    """Where a form came from is an address like any other: what it does not know is left out."""
    visitor = sign_in("X")
    Archived.create(subject_type="building", subject_id=1, title="", person=campus.X)
    for back in ("x" * 9000, "&&&=", "flt_floors_least=6&after=3#//evil.example", "http://evil.example/?a=b", "%ff%00"):
        answer = visitor.post(f"{LIST}columns/", column="code", back=back)
        assert answer.status_code == 302 and answer.location.startswith(LIST), back
    assert answer.location == LIST


def test_no_address_of_a_list_is_too_long_or_loses_a_condition(sign_in, campus):
    """The sieve of a list sends every control that it has, filled in or not; the conditions at the end count too."""
    visitor = sign_in("X")
    blank = "&".join(f"flt_nothing_of_that_name_{number}=" for number in range(225))
    answer = keep(visitor, "长地址", f"{blank}&{SIX_FLOORS}")
    assert answer.status_code == 302 and SavedView.get().said["flt_floors_least"] == "6"
    assert answer.location == f"{LIST}?{SIX_FLOORS}"
    six = Building.select().where(Building.floors == 6).count()
    asked = visitor.post(f"{LIST}bulk/", all="1", back=f"{blank}&{SIX_FLOORS}")
    assert asked.status_code == 200 and f"批量修改 {six} 条" in asked.text
    for back in ("&" * 40_000, "x=" + "y" * 40_000 + f"&{SIX_FLOORS}", "a=&" * 2_000 + SIX_FLOORS):
        for path in ("bulk/", "shelf/", "views/"):
            assert visitor.post(f"{LIST}{path}", all="1", name="x", back=back).status_code == 400, path
    assert visitor.post(f"{LIST}columns/", back="&" * 200).status_code == 302


def test_the_views_of_the_demo_say_what_the_lists_understand(sign_in, campus):
    demo_views.write(by=campus.X)
    demo_views.write(by=campus.X)
    order("BX1", MaintenanceGroup.get(MaintenanceGroup.code == "SN2"), campus.A, finish_due=clock.now())
    RepairOrder.update(status="accepted").execute()
    visitor = sign_in("lead")
    for model, name, said in demo_views.VIEWS:
        page = visitor.get(f"/admin/{events.subject_type(model)}/", query_string=said)
        assert name in tabs(page) and f"{name}<span" in page.text.partition('aria-current="page">')[2]
        chips = page.text.count('title="去掉这个条件"')
        assert chips == len([arg for arg in said if arg.startswith("flt_")]), name
        if (shown := said.get("columns")) and "<thead>" in page.text:
            assert len(heads(page)) == len(shown.split(",")), name
