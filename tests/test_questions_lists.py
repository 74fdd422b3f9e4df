"""What was answered, in lists and files: every column, whose name is its own, and filters that a list can afford."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import g
from python_calamine import CalamineWorkbook
from werkzeug.datastructures import MultiDict

from admin import export, listing
from hall import access, clock, events, question_reading, questions
from models import (
    Answer,
    Application,
    Building,
    Edition,
    Entity,
    Listing,
    MaintenanceGroup,
    PropertyNotice,
    Question,
    RepairItem,
    RepairOrder,
    Service,
    ServiceStep,
    Thread,
    database,
)
from tests import lost, stall
from tests.applying import applied, made
from tests.asking import asked, lamp
from tests.board import posted
from tests.conftest import Campus
from tests.portal import reported
from tests.test_board_plans import _nodes, _on_sqlite, _touched
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
MANY = 62  # more than a file once held
# A row of each kind, and what an address says to see only what is asked as it is.
ROWS: dict[type[Entity], Callable[[Campus], Any]] = {
    RepairOrder: lambda campus: reported(campus.A, "D01"),
    Thread: lambda campus: posted(campus.A),
    PropertyNotice: lambda campus: lost.posted(campus.A),
    Listing: lambda campus: stall.offered(campus.A),
    Application: lambda campus: applied(campus.A, made(campus)),
}
NARROWED: dict[type[Entity], Callable[[Any], dict[str, str]]] = {
    RepairOrder: lambda row: {"flt_item": f"#{row.item_id}"},
    Thread: lambda row: {"flt_kind": row.kind},
    PropertyNotice: lambda row: {"flt_item_kind": f"#{row.item_kind_id}"},
    Listing: lambda row: {"flt_category": f"#{row.category_id}"},
    Application: lambda row: {"flt_service": f"#{row.service_id}"},
}


def table(visitor: Visitor, model: type[Entity], kind: str, **said: str) -> tuple[list[str], list[list[str]]]:
    """The heading and the rows of a file; of JSON what stands in its objects."""
    data = visitor.get(f"/admin/{events.subject_type(model)}/export/{kind}/", query_string=said).data
    if kind == "json":
        rows = json.loads(data)
        return list(rows[0]), [list(row.values()) for row in rows]
    if kind == "csv":
        heading, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
        return heading, rows
    heading, *rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    return heading, rows


def cells(found: tuple[list[str], list[list[str]]], number: str) -> dict[str, str]:
    """{heading: text} of the row with this number."""
    heading, rows = found
    assert len(set(heading)) == len(heading)
    return dict(zip(heading, next(row for row in rows if number in row), strict=True))


def listed(app: Any, campus: Campus, model: type[Entity], **said: str) -> list[str]:
    """The names of the filters by answers above this list."""
    with app.test_request_context("/"):
        g._login_user = campus.X
        page = listing.Listing(model, access.visible(campus.X, model), MultiDict(said), is_shown=True)
    return [flt.arg for flt in page.filters if flt.arg.startswith("flt_q_")]


@pytest.mark.parametrize("model", ROWS, ids=lambda model: model.__name__)
def test_files_hold_every_answer_and_lists_ask_for_what_is_put(
    sign_in: SignIn, campus: Campus, app: Any, queries: Any, model: type[Entity]
) -> None:
    row = ROWS[model](campus)
    kind, about = question_reading.asked_about(row)
    said: dict[str, Any] = {"asked_of": kind, "about": about, "kind": "text"}
    first = Question.create(**said, code="first", label_text="最早的问题", position=9)
    past = Question.create(**said, code="past", label_text="早先的问题", retired=clock.now())
    Question.create(**said, code="unheard", label_text="没人答过的问题", retired=clock.now())
    for nth in range(MANY):
        Question.create(**said, code=f"more{nth}", label_text=f"问题{nth}", position=10 + nth)
    last = Question.create(**said, code="last", label_text="最新的问题", position=99)
    with database.atomic():
        for question, value in ((first, "第一"), (past, "从前"), (last, "100%_好")):
            question_reading.put(row, question, value)
    x = sign_in("X")
    for form in export.KINDS:
        told = cells(table(x, model, form), row.number)
        assert (told["最早的问题"], told["早先的问题"], told["最新的问题"]) == ("第一", "从前", "100%_好"), form
        assert f"问题{MANY - 1}" in told and "没人答过的问题" not in told

    # Newest first; where the list is of one kind, all that is asked of it.
    args = {question.id: f"flt_q_{question.code}_{question.id}_text" for question in (first, past, last)}
    usual, narrowed = listed(app, campus, model), listed(app, campus, model, **NARROWED[model](row))
    assert usual[0] == args[last.id] and len(usual) == 20 and args[first.id] not in usual
    assert {args[first.id], args[last.id]} <= set(narrowed) and len(narrowed) >= MANY + 2
    path = f"/admin/{events.subject_type(model)}/"
    # What an address names is asked, shown or not, retired or not.
    for question, text, finds in (
        (first, "一", True), (past, "从", True), (last, "%_", True), (last, "0_好", False), (first, "从", False),
    ):  # fmt: skip
        with queries() as made_by:
            page = x.get(path, query_string={args[question.id]: text})
        assert (f">{row.number}<" in page.text) == finds, (question.code, text)
        assert len(made_by) <= 8, made_by


def test_two_services_that_ask_alike_have_a_column_each(sign_in: SignIn, campus: Campus) -> None:
    """And two places of one service; nor does a question take the place of a column of the row."""
    first, second = made(campus), made(campus, "visit", name="访客通行证", name_en="Visitor pass")
    at_step = {"asked_of": "service_step", "about": f"{first.id}:agree", "kind": "text"}
    Question.create(**at_step, code="plate", label_text="车牌号码", label_en="Plate")
    clash = {"asked_of": "edition", "about": str(first.id), "kind": "text", "code": "clash"}
    Question.create(**clash, label_text="number", label_en="number")
    rows = [applied(campus.A, edition, given={"plate": f"京A0000{nth}"}) for nth, edition in enumerate((first, second))]
    with database.atomic():
        step = question_reading.of("service_step", f"{first.id}:agree")
        questions.keep(rows[0], step, {"plate": "京B99999"}, by=campus.settler)
        question_reading.put(rows[0], Question.get(Question.code == "clash"), "占位")
    x = sign_in("X")
    for form in export.KINDS:
        found = table(x, Application, form)
        mine, other = (cells(found, row.number) for row in rows)
        assert mine["车牌号码（车辆通行证）"] == "京A00000" and mine["车牌号码（车辆通行证 · 通过）"] == "京B99999"
        assert (mine["车牌号码（访客通行证）"], other["车牌号码（访客通行证）"]) == ("", "京A00001"), form
        assert (mine["number（车辆通行证）"], mine.get("number", rows[0].number)) == ("占位", rows[0].number)
        alone = cells(table(x, Application, form, flt_service=f"#{second.service_id}"), rows[1].number)
        assert alone["车牌号码"] == "京A00001" and "number（车辆通行证）" not in alone
    heading = x.get("/admin/application/export/csv/", headers={"Accept-Language": "en"}).text.splitlines()[0]
    assert "Plate (Visitor pass)" in heading


def test_questions_of_a_draft_and_of_an_edition_that_is_over(sign_in: SignIn, campus: Campus, app: Any) -> None:
    """What was answered by an older edition stays in files; what a draft asks is nobody's column yet."""
    first = made(campus)
    row = applied(campus.A, first)
    Edition.update(state="retired", slot=None).execute()
    for number, state in ((2, "published"), (3, "draft")):
        edition = Edition.create(service=first.service, number=number, state=state, name="车辆通行证", slot=state)
        Question.create(asked_of="edition", about=str(edition.id), code=state, label_text=state, kind="text")
    told = cells(table(sign_in("X"), Application, "json"), row.number)
    assert told["车牌号码"] == "京A12345" and "published" in told and "draft" not in told
    codes = [arg.split("_")[2] for arg in listed(app, campus, Application)]
    assert codes == ["published"]
    narrowed = listed(app, campus, Application, flt_service=f"#{first.service_id}")
    assert [arg.split("_")[2] for arg in narrowed] == ["published", "plate", "gate"]
    assert listed(app, campus, Application, flt_service="vehicle") == narrowed
    assert (Service.select().count(), ServiceStep.select().count()) == (1, 6)


def test_a_saved_view_by_an_answer_counts_and_asks_little(sign_in: SignIn, campus: Campus, queries: Any) -> None:
    which = lamp(campus)
    for place in ("ceiling", "desk"):
        reported(campus.A, "D01", given={"lamp": place, "lamps": "2"})
    x, path = sign_in("X"), "/admin/repair_order/"
    for place in ("ceiling", "desk"):
        back = f"flt_q_lamp_{which.id}={place}"
        assert x.post(f"{path}views/", name=place, back=back).status_code == 302
    with queries() as made_by:
        page = x.get(path).text
    assert page.count('<span class="chip-count">1</span>') == 2
    assert len(made_by) <= 8, made_by


def test_an_answer_is_sought_only_in_the_rows_that_a_page_looks_at(
    campus: Campus, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spot = asked(campus.X, "spot", label_text="哪里", about="")
    given = {"status": "closed", "reporter": campus.A.id, "phone": "1", "building": Building.get().id}
    given |= {"item": RepairItem.get(RepairItem.parent.is_null(False)).id, "group": MaintenanceGroup.get().id}
    with database.atomic():
        RepairOrder.insert_many([{**given, "number": f"BX{n:05}", "description": "灯"} for n in range(400)]).execute()
        ids = [row.id for row in RepairOrder.select().order_by(RepairOrder.id)]
        some = [{"question": spot.id, "subject_type": "repair_order", "subject_id": id, "value": "二楼"} for id in ids]
        Answer.insert_many(some).execute()
        Answer.update(value="三楼").where(Answer.subject_id == ids[-3]).execute()
    database.execute_sql("ANALYZE")
    monkeypatch.setattr(listing, "LOOKS", 5)
    statements: list[Any] = []
    with app.test_request_context("/"):
        g._login_user = campus.X
        said = MultiDict({f"flt_q_spot_{spot.id}_text": "三楼"})
        hooks = database.obj.query_hooks
        hooks.append(lambda event: statements.append((event.sql, event.params)))
        page = listing.Listing(RepairOrder, access.visible(campus.X, RepairOrder), said, is_shown=True).read()
        hooks.pop()
    assert [row.id for row in page.rows] == [ids[-3]] and page.is_short and page.next == ids[-5]
    [(sql, values)] = [each for each in statements if '"answer"' in each[0]]
    if _on_sqlite():
        plan = " ".join(line[-1] for line in database.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall())
        assert "SCAN" not in plan and "(subject_type=? AND subject_id=? AND question_id=?)" in plan, plan
    else:
        plan = database.execute_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", values).fetchone()[0][0]["Plan"]
        looked = [_touched(node) for node in _nodes(plan) if node.get("Relation Name") == "answer"]
        assert looked and sum(looked) <= 10, plan
