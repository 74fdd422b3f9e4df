"""The generated table of the panel, for the tests of permissions: every page of an entity, and who may ask for it."""

import re
from typing import Any

from admin import names
from admin.entity import EntityView
from hall import access
from models import (
    ENTITIES,
    Answer,
    Application,
    Department,
    Entity,
    Grant,
    Person,
    Question,
    RepairOrder,
    ReplyTemplate,
    Team,
)
from tests import furnished
from tests.panel import group_of, order, table

# What a page of the generated view does; one without a line here fails tests/test_panel_doors.py.
READ, EDIT, SHOW = "read", "edit", "show"
OPERATIONS = {
    "index_view": READ,
    "details_view": READ,
    "history_view": READ,
    "export": READ,
    "ajax_lookup": READ,
    "columns_view": READ,
    "views_view": READ,
    "view_change": READ,
    "show_view": SHOW,
    "create_view": EDIT,
    "import_view": EDIT,
    "edit_view": EDIT,
    "cell_view": EDIT,
    "bulk_view": EDIT,
    "shelf_view": EDIT,
    "delete_view": EDIT,
    "archive_view": EDIT,
    "unarchive_view": EDIT,
    "action_view": EDIT,
}
# What Flask-Admin brings along and the panel leaves shut, even behind the door.
SHUT = {"ajax_update"}
SCOPES = {"group": "SN2", "department": "HQ-YS", "building": "NQ1", "team": "cards"}
# What is about no row.
ABOUT_ALL = {"index_view", "export", "create_view", "import_view", "ajax_lookup", "columns_view", "views_view"}
# What is not there for every row or column, though the role may.
HANGS_ON_THE_ROW = {"ajax_lookup", "view_change", "cell_view", "archive_view", "unarchive_view", "shelf_view"}
# Never a good answer to who may not.
REFUSED = 404


def views(app: Any) -> list[EntityView]:
    """The generated views of `app`."""
    return [view for view in app.extensions["admin"][0]._views if isinstance(view, EntityView)]


def requests_of(app: Any, model: type[Entity], id: int) -> list[tuple[str, str, str, dict[str, str]]]:
    """(operation, method, address, form) of every operation on an entity: everything that its view offers."""
    given = {"export_type": "csv", "view_id": "1", "run_id": "1", "name": "x", "seq": "1"}
    key = next(iter(names.keys(names.shown(model))), None)
    found = []
    for rule in app.url_map.iter_rules():
        blueprint, _dot, operation = rule.endpoint.rpartition(".")
        if blueprint != table(model) or operation == "static":
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda name: given[name[1]], rule.rule)
        asked = {"name": key.name if key else "", "query": "", "id": str(id), "version": "1"}
        address = path + "?" + "&".join(f"{name}={value}" for name, value in asked.items())
        form = {"id": str(id), "rowid": str(id), "action": "delete", "column": (model.private or ("",))[0]}
        found += [(operation, method, address, form) for method in sorted(rule.methods & {"GET", "POST"})]
    return found


def asked(visitor: Any, token: str, method: str, address: str, form: dict[str, str]) -> Any:
    """The answer to one of these requests."""
    data = {"csrf_token": token, **form} if method == "POST" else None
    return visitor.client.open(address, method=method, data=data)


def may(role: str, model: type[Entity], operation: str) -> bool:
    """What hall/roles.py says, read a second time."""
    held = access.ROLES.get(role)
    if held is None or operation in SHUT:
        return False
    named = {"*", model.__name__}
    reads = bool(named & (held.reads | held.edits))
    edits = "grants.edit" in held.may if model is Grant else bool(named & held.edits) and not model.frozen
    kind = OPERATIONS[operation]
    return reads and {READ: True, EDIT: edits, SHOW: bool(model.private) and "private.show" in held.may}[kind]


def given(person: Person, role: str) -> None:
    """Let `person` have this role; one with a scope within what SCOPES names."""
    if scope := access.ROLES[role].scope:
        Team.get_or_create(code="cards", defaults={"name": "一卡通中心"})
    Grant.create(person=person, role=role, scope=SCOPES.get(scope, ""))


# --- rows within those scopes and without ----------------------------------------------------------------


def applications(campus: Any) -> tuple[Application, Application]:
    """Two applications of A, held by two teams."""
    first = furnished.add_row(Application)
    cards = Team.get_or_create(code="cards", defaults={"name": "一卡通中心"})[0]
    halls = Team.create(code="halls", name="会议中心")
    Application.update(team=cards, applicant=campus.A, number="SQ-OWN").where(Application.id == first.id).execute()
    values = dict(first.__data__) | {"team": halls.id, "applicant": campus.A.id, "number": "SQ-OTHER"}
    del values["id"]
    return Application.get_by_id(first.id), Application.create(**values)


def answers(campus: Any) -> tuple[Answer, Answer]:
    question = furnished.add_row(Question)
    first, second = (
        Answer.create(question=question, subject_type="application", subject_id=row.id, value=f"ANSWER-{row.number}")
        for row in applications(campus)
    )
    return first, second


def orders(campus: Any) -> tuple[RepairOrder, RepairOrder]:
    return order("BX-OWN", group_of(campus.lead), campus.A), order("BX-OTHER", group_of(campus.W2), campus.A)


def furnish_scopes(campus: Any) -> None:
    """A row of every entity, with one within the scope of whoever has SCOPES."""
    answers(campus)
    orders(campus)
    ReplyTemplate.create(name="食堂卫生", text="已处理", department=Department.get(code=SCOPES["department"]))
    for model in ENTITIES:
        if not model.select().exists():
            furnished.add_row(model)
