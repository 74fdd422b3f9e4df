"""Who may do what in the generated panel: rows by scope, private columns, and the page that tells of a role."""

import re
from typing import Any

import peewee
import pytest

from admin import names
from admin.fields import answerable
from hall import access, events, masks, role_story
from hall.scopes import VISIBLE
from models import (
    ENTITIES,
    Answer,
    Application,
    Department,
    Entity,
    Event,
    Grant,
    Person,
    Question,
    RepairOrder,
    ReplyTemplate,
)
from tests import furnished
from tests.doors import (
    ABOUT_ALL,
    EDIT,
    HANGS_ON_THE_ROW,
    OPERATIONS,
    READ,
    REFUSED,
    SCOPES,
    SHOW,
    answers,
    applications,
    asked,
    given,
    may,
    orders,
    requests_of,
)
from tests.panel import group_of, order, table


@pytest.mark.parametrize(("role", "make"), [("lead", orders), ("clerk", applications), ("clerk", answers)])
def test_rows_of_others_are_not_there(app, sign_in, campus, role, make):
    """A role with a scope reaches its own rows by every operation, and those of others by none."""
    given(campus.B, role)
    visitor = sign_in("B")
    token = visitor.token()
    own, other = make(campus)
    model = type(own)
    for row, reached in ((own, True), (other, False)):
        for operation, method, address, form in requests_of(app, model, row.id):
            if operation in ABOUT_ALL - {"index_view", "export"} or operation == "view_change":
                continue
            answer = asked(visitor, token, method, address, form)
            where = (operation, method, address, answer.status_code)
            if operation in ("index_view", "export"):
                assert "OWN" in answer.text and "OTHER" not in answer.text, where
                continue
            is_open = reached and may(role, model, operation)
            assert (answer.status_code != REFUSED) == is_open, where
    assert not Event.select().where(Event.subject_type == table(model), Event.subject_id == other.id).exists()


def test_a_role_with_a_scope_changes_what_belongs_to_it(app, sign_in, campus):
    """A handler writes the templates of the own department: those for all are to read, those of others not there."""
    canteens, energy = (Department.get(Department.code == code) for code in ("HQ-YS", "HQ-NY"))
    own, common, other = (
        ReplyTemplate.create(name=name, text="已处理", department=department)
        for name, department in (("食堂卫生", canteens), ("感谢建议", None), ("停电说明", energy))
    )
    visitor = sign_in("handler")
    token = visitor.token()
    listed = visitor.get("/admin/reply_template/").text
    assert [f'name="rowid" value="{row.id}"' in listed for row in (own, common, other)] == [True, False, False]
    assert "感谢建议" in listed and "停电说明" not in listed
    for row, reads, edits in ((own, True, True), (common, True, False), (other, False, False)):
        for operation, method, address, form in requests_of(app, ReplyTemplate, row.id):
            if operation in ABOUT_ALL | HANGS_ON_THE_ROW:
                continue
            answer = asked(visitor, token, method, address, form)
            reached = {READ: reads, EDIT: edits, SHOW: False}[OPERATIONS.get(operation, SHOW)]
            assert (answer.status_code != REFUSED) == reached, (row.name, operation, method, answer.status_code)
        page = visitor.get(f"/admin/reply_template/details/?id={row.id}").text
        assert ("/admin/reply_template/edit/" in page) == edits
    edit = f"/admin/reply_template/edit/?id={own.id}"
    for there in ("HQ-NY 能源与动力中心", ""):
        answer = visitor.submit(edit, department=there, **{"department-id": str(energy.id)} if there else {})
        assert answer.status_code == 400
    new = "/admin/reply_template/new/"
    answer = visitor.submit(new, having="once", name="新的", text="好")
    assert answer.status_code == 400 and "只能填写您授权范围内的" in answer.text
    assert visitor.submit(new, having="once", name="新的", text="好", department="HQ-NY").status_code == 400
    assert visitor.submit(new, having="once", name="新的", text="好", department="HQ-YS").status_code == 302
    made = ReplyTemplate.get(ReplyTemplate.name == "新的")
    assert made.department_id == canteens.id and visitor.get("/admin/department/").status_code == REFUSED
    made.delete_instance()
    assert visitor.submit(edit, text="已整改").status_code == 302
    assert ReplyTemplate.get_by_id(own.id).text == "已整改"
    assert (ReplyTemplate.get_by_id(own.id).department_id, ReplyTemplate.select().count()) == (canteens.id, 3)
    trail = Event.select().where(Event.subject_type == "reply_template").order_by(Event.id)
    assert [(event.name, event.actor_role) for event in trail] == [("create", "handler"), ("edit", "handler")]


@pytest.mark.parametrize("role", access.ROLES)
def test_whoever_may_make_a_row_can_choose_what_it_needs(sign_in, campus, role):
    """Every key that a form of a role asks for has something to choose, and what a scope covers is among it."""
    given(campus.B, role)
    person, scope = campus.B, access.ROLES[role].scope
    visitor = sign_in("B")
    for model in ENTITIES:
        if not access.can_edit(person, model):
            continue
        for key in names.keys(getattr(model, name) for name in answerable(model)):
            if not key.rel_model.select().exists():
                furnished.add_row(key.rel_model)
            found = visitor.get(f"/admin/{table(model)}/ajax/lookup/?name={key.name}&query=").json
            assert found, (role, model.__name__, key.name)
            if key.name == scope:
                assert {key.rel_model.get_by_id(id).code for id, _title in found} == {SCOPES[scope]}


def test_answers_are_seen_with_what_they_are_about(campus):
    question = furnished.add_row(Question)
    mine, other = order("BX1", group_of(campus.W1), campus.A), order("BX2", group_of(campus.W2), campus.B)
    for row in (mine, other):
        Answer.create(question=question, subject_type="repair_order", subject_id=row.id, value=row.number)
    step = events.record(applications(campus)[0], "approve", "同意", by=campus.X)
    Answer.create(question=question, subject_type="event", subject_id=step.id, value="step")

    def seen(person: Person) -> set[str]:
        return {answer.value for answer in access.visible(person, Answer)}

    assert seen(campus.A) == {"BX1", "step"}
    assert seen(campus.B) == {"BX2"}
    assert seen(campus.lead) == {"BX1"}
    assert seen(campus.other_lead) == {"BX2"}
    assert seen(campus.X) == {"BX1", "BX2", "step"}
    assert seen(campus.handler) == set()


# --- columns -------------------------------------------------------------------------------------------

SECRET = {"phone": "13587654321", "email": "zhongwei.lin@example.edu", "address": "zhongwei.lin@example.edu"}
PRIVATE = [model for model in ENTITIES if model.private]


def with_secret(model: type[Entity], campus: Any) -> Entity:
    """A row of `model` with something in its private columns, and an event that tells of it."""
    made = {RepairOrder: lambda: order("BX1", group_of(campus.lead), campus.A), Person: lambda: campus.A}
    row = made.get(model, lambda: furnished.add_row(model))()
    told = {name: SECRET[name] for name in model.private}
    model.update(told).where(model.id == row.id).execute()
    changes = {name: ["", value] for name, value in told.items()}
    events.record(row, "edit", "修改", by=campus.X, details={"changes": changes, **told})
    return model.get_by_id(row.id)


def test_private_columns_are_shown_text_by_which_nothing_is_found():
    for model in PRIVATE:
        shown = {field.name: field for field in names.shown(model)}
        for name in model.private:
            assert shown[name].field_type in ("VARCHAR", "TEXT") and not shown[name].unique and not shown[name].choices
            assert name not in model.search


@pytest.mark.parametrize("model", PRIVATE, ids=lambda model: model.__name__)
def test_a_private_column_leaks_by_no_page(app, sign_in, campus, model):
    """Not even an administrator reads it, by any page, file or look-up, but for the one that says so."""
    before = Event.select(peewee.fn.MAX(Event.id)).scalar()
    row = with_secret(model, campus)
    visitor = sign_in("X")
    base, parts = f"/admin/{table(model)}", [SECRET[name] for name in model.private]
    everything = ",".join(field.name for field in names.shown(model))
    paths = [f"{base}/?columns={everything}", f"{base}/export/xlsx/", f"{base}/export/json/", "/admin/event/"]
    paths += ["/admin/trail/", "/admin/trail/export/csv", "/admin/trail/export/xlsx"]
    paths += [f"/admin/event/details/?id={event.id}" for event in Event.select().where(Event.id > before)]
    paths += ["/admin/event/export/csv/", f"/admin/event/ajax/lookup/?name=actor&query={parts[0]}"]
    pages = [address for _operation, method, address, _form in requests_of(app, model, row.id) if method == "GET"]
    for path in [*paths, *pages]:
        page = visitor.get(path)
        assert not any(part in _text(page) for part in parts), path
    assert masks.mask(parts[0]) in visitor.get(f"{base}/details/?id={row.id}").text


def _text(page: Any) -> str:
    if page.data[:2] != b"PK":
        return page.text
    from io import BytesIO

    from python_calamine import CalamineWorkbook

    return str(CalamineWorkbook.from_filelike(BytesIO(page.data)).get_sheet_by_index(0).to_python())


@pytest.mark.parametrize("model", PRIVATE, ids=lambda model: model.__name__)
def test_nothing_tells_what_a_private_column_holds(sign_in, campus, model, monkeypatch):
    """Whatever is asked about it — filter, order, search, in the list and in its files — the answer is the same, even
    if the entity had declared the column for search and for order."""
    row = with_secret(model, campus)
    monkeypatch.setattr(model, "search", (*model.search, *model.private))
    for name in model.private:
        monkeypatch.setattr(model._meta.fields[name], "index", True)
    visitor, base = sign_in("X"), f"/admin/{table(model)}"

    def rows(said: str) -> Any:
        page = visitor.get(f"{base}/export/csv/?{said}")
        assert page.status_code == 200
        return page.text.split("\r\n")

    for name in model.private:
        value, every = SECRET[name], rows("")
        for tail in ("", "_empty", "_from", "_least", "_when"):
            for said in (value, value[:4], "-", "*"):
                assert rows(f"flt_{name}{tail}={said}") == every
        assert f"sort={name}" not in visitor.get(f"{base}/?columns={name}").text
        for sign in ("", "-"):
            assert "aria-sort" not in visitor.get(f"{base}/?columns={name}&sort={sign}{name}").text
        for part in (value, value[3:9]):
            assert len(rows(f"search={part}")) == 2, part  # the head and an end
            assert visitor.get(f"{base}/?search={part}").text.count(f"details/?id={row.id}") == 0
    for key in [key for each in ENTITIES for key in names.keys(names.shown(each)) if key.rel_model is model][:3]:
        found = visitor.get(f"/admin/{table(key.model)}/ajax/lookup/?name={key.name}&query={value[3:9]}").json
        assert found == []


@pytest.mark.parametrize("role", ["operator", "lead", "reviewer", "settler", "administrator", "other"])
def test_who_shows_a_phone_is_on_the_record(sign_in, campus, role):
    own = order("BX1", group_of(campus.lead), campus.A, phone=SECRET["phone"])
    given(campus.B, "lead" if role == "other" else role)
    if role == "other":  # a lead of another group, who is sent there
        RepairOrder.update(group=group_of(campus.W2)).where(RepairOrder.id == own.id).execute()
        Grant.create(person=campus.B, role="settler")
    visitor, path = sign_in("B"), f"/admin/repair_order/details/?id={own.id}"
    page = visitor.get(path)
    assert page.status_code == 200 and SECRET["phone"] not in page.text and "135****4321" in page.text
    expected = role in ("operator", "lead", "administrator")
    assert ("/admin/repair_order/show/" in page.text) == expected
    show = f"/admin/repair_order/show/?id={own.id}"
    answer = visitor.post(show, column="phone")
    seen = Event.select().where(Event.subject_id == own.id, Event.name == "show_private")
    assert [event.actor_id for event in seen] == ([campus.B.id] if expected else [])
    if not expected:
        assert answer.status_code == REFUSED and SECRET["phone"] not in answer.text
        return
    assert answer.status_code == 200 and SECRET["phone"] in answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    assert seen.get().actor_role == role and SECRET["phone"] not in str(seen.get().details)
    assert SECRET["phone"] not in visitor.get(path).text
    assert "查看隐去的内容" in visitor.get(f"/admin/repair_order/history/?id={own.id}").text
    for column in ("", "description", "password_hash", "id"):
        assert visitor.post(show, column=column).status_code == REFUSED
    assert "查看隐去的内容" not in sign_in("A").get("/repairs/BX1").text
    assert seen.count() == 1


def test_a_masked_field_is_changed_without_being_read(sign_in, campus):
    """Whoever leaves the mask keeps the phone, whoever writes over it changes it, and half a mask is refused."""
    person = campus.A
    Person.update(phone=SECRET["phone"]).where(Person.id == person.id).execute()
    visitor, path = sign_in("X"), f"/admin/person/edit/?id={person.id}"
    assert visitor.submit(path, name="改名").status_code == 302
    assert (campus.A.phone, campus.A.name) == (SECRET["phone"], "改名")
    answer = visitor.submit(path, phone="139****1111")
    assert answer.status_code == 400 and "135****4321" in answer.text and SECRET["phone"] not in answer.text
    assert visitor.submit(path, phone="13900000001").status_code == 302
    assert campus.A.phone == "13900000001"
    assert visitor.submit(path, phone="").status_code == 302
    assert campus.A.phone == ""
    history = visitor.get(f"/admin/person/history/?id={person.id}").text
    assert "135****4321" in history and SECRET["phone"] not in history


def test_what_an_event_of_another_time_tells_is_masked_too():
    told = masks.masked(Event(subject_type="visitor_card", details={"phone": "13587654321", "note": "13587654321"}))
    assert told == {"phone": "135****4321", "note": "13587654321"}
    assert masks.masked(Event(subject_type="department", details={"phone": "88206110"})) == {"phone": "88206110"}


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("13587654321", "135****4321"),
        ("+8613587654321", "+86****4321"),
        ("88206110", "8****10"),
        ("8820", "****"),
        ("", ""),
        ("li@example.edu", "l****@example.edu"),
    ],
)
def test_a_mask_leaves_too_little_to_guess(text, seen):
    assert masks.mask(text) == masks.mask(seen) == seen


# --- the page of a role --------------------------------------------------------------------------------


def test_the_page_of_a_role_tells_what_holds(sign_in, campus):
    """What is said about each role is what the rules give: its entities and no others, its rows, its masks."""
    visitor = sign_in("X")
    assert all(f'href="/admin/roles/{role}"' in visitor.get("/admin/roles/").text for role in role_story.known())
    for role in role_story.known():
        page = visitor.get(f"/admin/roles/{role}")
        assert page.status_code == 200, role
        linked = set(re.findall(r'class="strong" href="/admin/(\w+)/"', page.text))
        assert linked == {table(model) for model in ENTITIES if role in access.ROLES and may(role, model, "index_view")}
    assert visitor.get("/admin/roles/nothing").status_code == REFUSED
    assert sign_in("M").get("/admin/roles/").status_code == REFUSED

    def told(role: str) -> str:
        return visitor.get(f"/admin/roles/{role}").text.partition("<main")[2]

    lead = told("lead")
    assert "授权范围内的，以及与自己有关的" in lead and "派工" in lead and "可以显示，会记录" in lead
    assert "门牌二维码" not in lead and "门牌二维码" in told("operator")
    assert "不能显示" in told("settler")
    assert campus.lead.name in lead


def test_every_permission_is_said_in_words(house):
    taken = role_story.taken_by_steps()
    for name, role in role_story.known().items():
        for permission in role.may:
            assert permission in taken or permission in role_story.WORDS, (name, permission)
    assert set(role_story.WORDS) <= {each for role in role_story.known().values() for each in role.may}
    for model in VISIBLE:
        assert role_story.rows_of("nobody-has-this", model) in (role_story.OWN, role_story.NOTHING)
    assert role_story.rows_of("administrator", Application) == role_story.ALL
    assert role_story.rows_of("clerk", Application) == role_story.SCOPED
    assert role_story.rows_of("settler", RepairOrder) == role_story.ALL
