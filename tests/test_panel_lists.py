"""The lists of the generated panel: search, filters, pages, garbage, export, and what they ask of the database."""

import dataclasses
import re
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from hall import access, events, saved_views
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
    RepairItem,
    RepairOrder,
)
from tests import furnished
from tests.panel import order, some_id, table


def test_filters_search_and_order(sign_in, campus):
    visitor = sign_in("X")

    def rows(address: str) -> list[str]:
        page = visitor.get(f"/admin/{address}")
        assert page.status_code == 200
        return re.findall(r'<a class="strong"[^>]*><span>([^<]*)</span>', page.text)

    assert rows("maintenance_group/?search=水暖") == ["SN1", "SN2"]
    assert rows("maintenance_group/?search=水暖 SN2") == ["SN2"]
    assert rows("maintenance_group/?search=%25") == [] and rows("maintenance_group/?search=_N1") == []
    assert set(rows("person/?flt_kind=worker")) <= {p.number for p in Person.select().where(Person.kind == "worker")}
    first = campus.A.department
    found = rows(f"person/?flt_department={first.name}&flt_kind=student")
    assert found and all(Person.get(number=number).department_id == first.id for number in found)
    assert rows(f"person/?flt_department=%23{first.id}&flt_kind=student") == found
    assert rows("person/?flt_is_closed=1") == []
    assert rows("person/?sort=-number") == sorted(rows("person/?sort=-number"), reverse=True)
    CalendarPeriod.create(name="国庆", kind="holiday", starts="2026-10-01", ends="2026-10-07")
    assert rows("calendar_period/?flt_starts_from=2026-10-01&flt_starts_until=2026-10-01") == ["国庆"]
    assert rows("calendar_period/?flt_starts_from=2026-10-02") == []


def test_every_row_is_on_exactly_one_page(sign_in, campus):
    visitor, seen = sign_in("X"), []
    everybody = {person.number for person in Person.select()}
    for sort in ("", "-number", "name", "-kind"):
        address, seen, pages = f"/admin/person/?sort={sort}", [], 0
        while address:
            page = visitor.get(address)
            seen += re.findall(r'<a class="strong"[^>]*><span>([^<]*)</span>', page.text)
            following = re.search(r'rel="next" href="([^"]*)"', page.text)
            last, address, pages = address, following and following[1].replace("&amp;", "&"), pages + 1
        assert len(seen) == len(everybody) and set(seen) == everybody, sort
        back = re.search(r'rel="prev" href="([^"]*)"', visitor.get(last).text)[1].replace("&amp;", "&")
        previous = re.findall(r'<a class="strong"[^>]*><span>([^<]*)</span>', visitor.get(back).text)
        assert previous == seen[(pages - 2) * 20 : (pages - 1) * 20], sort


def test_garbage_never_breaks_a_page(sign_in, campus):
    visitor = sign_in("X")
    order("BX1", MaintenanceGroup.get(), campus.A)
    garbage = [
        "0",
        "-1",
        str(10**20),
        "１２",
        "",
        "abc",
        "1e400",
        "nan",
        "\0",
        "\ud7ff\ufffe",
        "'\"><script>alert(1)</script>",
        "9" * 5000,
    ]
    for model in (RepairOrder, Person, Event, Grant):
        base = f"/admin/{table(model)}"
        asking = ["page", "after", "before", "sort", "desc", "search", "page_size", "flt0_1", "flt_"]
        page = visitor.get(f"{base}/").text
        asking += sorted(set(re.findall(r'name="(flt_\w+)"', page)))
        for value in garbage:
            for left_out in ("after", "before"):
                asked = {name: value for name in asking if name != left_out}
                answer = visitor.get(f"{base}/", query_string=asked)
                assert answer.status_code in (200, 400), (base, left_out, value)
                assert "<script>alert" not in answer.text
            for page in ("details", "edit", "history"):
                assert visitor.get(f"{base}/{page}/", query_string={"id": value}).status_code in (400, 404)
            assert visitor.get(f"{base}/ajax/lookup/", query_string={"name": "person", "query": value}).status_code in (
                200,
                400,
                404,
            )
            assert visitor.post(f"{base}/delete/", id=value).status_code in (302, 400, 404)
            assert visitor.post(f"{base}/action/", action=value, rowid=value).status_code in (302, 400, 404)
        for page in ("details", "edit", "history"):
            assert visitor.get(f"{base}/{page}/").status_code == 404
    assert visitor.get("/admin/person/export/pdf/").status_code == 404
    assert visitor.get("/admin/person/", query_string={"search": "词 " * 1500}).status_code == 200


def test_exported_formulas_are_text(sign_in):
    visitor = sign_in("X")
    evil = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1+1", " =2"]
    for number, name in enumerate(evil):
        Department.create(code=f"F{number}", name=name)
    Department.create(code="F8", name="a\x01b\u200bc")
    answer = visitor.get("/admin/department/export/csv/")
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.data.startswith(b"\xef\xbb\xbf")
    lines = {
        line.split(",")[0]: line.split(",")[1] for line in answer.data.decode("utf-8-sig").splitlines() if "," in line
    }
    assert [lines[f"F{number}"] for number in range(len(evil))] == ["'" + name for name in evil]
    assert lines["F8"] == "ab\u200bc" and lines["编号"] == "名称"
    book = CalamineWorkbook.from_filelike(BytesIO(visitor.get("/admin/department/export/xlsx/").data))
    cells = dict(row[:2] for row in book.get_sheet_by_index(0).to_python())
    assert [cells[f"F{number}"] for number in range(len(evil))] == evil
    assert "F3" not in visitor.get("/admin/department/export/csv/?search=F1").text


@pytest.mark.parametrize(
    "path", ["repair_order/", "grant/", "bed/", "routing_rule/", "event/", "repair_order/export/csv/"]
)
def test_queries_stay_flat(sign_in, campus, queries, path):
    """As many queries for 20 rows as for 2, and at most 8."""
    visitor = sign_in("X")
    groups, people = list(MaintenanceGroup.select()), list(Person.select().limit(40))
    items = list(RepairItem.select().where(RepairItem.parent.is_null(False)))
    buildings = list(Building.select())
    counts = []
    for rows in (range(2), range(2, 22)):
        for n in rows:
            order(
                f"BX{n:03}",
                groups[n % len(groups)],
                people[n],
                worker=people[-1 - n],
                operator=people[n + 1],
                building=buildings[n % len(buildings)],
                item=items[n % len(items)],
            )
            events.record(people[n], "note", "记一笔", by=people[n])
        with queries() as asked:
            assert visitor.get(f"/admin/{path}").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8, asked


@pytest.mark.begins_after(made=furnished.furnish)
def test_no_list_asks_much(sign_in, campus, queries):
    """Every entity has rows here, and a view whose rows are counted above the list."""
    visitor, asking = sign_in("X"), {}
    for model in ENTITIES:
        saved_views.keep(by=campus.X, model=model, name="有甲的", said={"search": "甲"}, is_shared=False)
        visitor.get(f"/admin/{table(model)}/")
        with queries() as asked:
            assert visitor.get(f"/admin/{table(model)}/").status_code == 200
        asking[table(model)] = len(asked)
    assert {name: count for name, count in asking.items() if count > 8} == {}


@pytest.mark.parametrize(
    "path", ["repair_order/details/", "grant/edit/", "bed/edit/", "person/details/", "person/history/", ""]
)
def test_pages_of_one_row_ask_little(sign_in, campus, queries, path):
    made = order(
        "BX1", MaintenanceGroup.get(), campus.A, worker=campus.W1, operator=campus.operator, inspector=campus.keeper
    )
    visitor = sign_in("X")
    id = {"repair_order": made.id, "person": campus.A.id}.get(path.split("/")[0]) or some_id(
        Grant if path.startswith("grant") else Bed
    )
    with queries() as asked:
        assert visitor.get(f"/admin/{path}?id={id}").status_code == 200
    assert len(asked) <= 10, asked


def test_what_lists_share_is_for_those_with_the_same_rights(sign_in, campus):
    """X changes buildings, and B only reads them: neither gets the rows and the rooms that were drawn for the other."""
    Grant.create(person=campus.B, role="apartment_manager")
    readers = {"X": sign_in("X"), "B": sign_in("B")}
    for who in ("X", "B", "X", "B"):
        page = readers[who].get("/admin/building/").text
        assert ('name="rowid"' in page) == ('href="/admin/setting/"' in page) == (who == "X"), who
        assert Building.get().name in page


def test_a_list_says_what_stands_there_now(sign_in, campus):
    made = order("BX1", MaintenanceGroup.get(), campus.A)
    visitor = sign_in("X")
    assert made.item.name in visitor.get("/admin/repair_order/").text
    RepairItem.update(name="新近改名的项目").where(RepairItem.id == made.item_id).execute()
    assert "新近改名的项目" in visitor.get("/admin/repair_order/").text
    RepairOrder.update(number="BX9").where(RepairOrder.id == made.id).execute()
    page = visitor.get("/admin/repair_order/").text
    assert "BX9" in page and "BX1<" not in page


def test_a_filter_names_a_row_to_who_may_see_it_only(sign_in, campus, monkeypatch):
    """X reads who is meant by a key in an address; W1, who may read orders in this test but no people, does not."""
    worker = dataclasses.replace(access.ROLES["worker"], reads=frozenset({"RepairOrder"}))
    monkeypatch.setitem(access.ROLES, "worker", worker)
    path = f"/admin/repair_order/?flt_reporter=%23{campus.A.id}"
    readers = {"X": sign_in("X"), "W1": sign_in("W1")}
    for who, is_told in (("X", True), ("W1", False), ("X", True)):
        assert (f"{campus.A.number} {campus.A.name}" in readers[who].get(path).text) == is_told, who
