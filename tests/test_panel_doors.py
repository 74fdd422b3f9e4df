"""Every entity × role × operation of the generated panel.

The door that Flask-Admin asks before each page (`Gate._handle_view`) is asked for all of them in this process, after
it was seen that no page of an entity answers without it. Over HTTP go all operations for a few roles and entities, and
the pages of a row for every role and entity that it reads.
"""

import re
from itertools import chain
from typing import Any

import pytest
from flask import g
from flask_login import AnonymousUserMixin
from werkzeug.exceptions import NotFound

from admin.entity import EntityView
from hall import access
from models import ENTITIES, Application, Building, Event, Grant, Person, ReasonTemplate, RepairOrder, Room
from tests.doors import (
    HANGS_ON_THE_ROW,
    OPERATIONS,
    REFUSED,
    SHOW,
    SHUT,
    asked,
    furnish_scopes,
    given,
    may,
    requests_of,
    views,
)
from tests.panel import table

HOLDERS = [*access.ROLES, "nobody"]
READERS = [
    (role, model)
    for role in access.ROLES
    for model in ENTITIES
    if role != "administrator" and may(role, model, "index_view")
]


class Asked(Exception):
    """The door was asked for this page of this view."""


def test_no_page_of_an_entity_answers_before_the_door_was_asked(app, monkeypatch):
    """Whatever address lies under an entity goes to a function that asks the door first, by the name in the table."""

    def stop(view: EntityView, endpoint: str, /, **_arguments: Any) -> None:
        raise Asked(view.model, endpoint)

    monkeypatch.setattr(EntityView, "_handle_view", stop)
    tables = {table(view.model): view.model for view in views(app)}
    assert set(tables.values()) == set(ENTITIES)
    seen = set()
    for rule in app.url_map.iter_rules():
        name, _dot, operation = rule.endpoint.rpartition(".")
        under = next((model for table, model in tables.items() if rule.rule.startswith(f"/admin/{table}/")), None)
        assert under is tables.get(name), rule
        if under is None:
            continue
        assert operation in OPERATIONS or operation in SHUT, "an operation without a line in the table"
        with app.test_request_context(rule.rule), pytest.raises(Asked) as stopped:
            app.view_functions[rule.endpoint](**dict.fromkeys(rule.arguments, "1"))
        assert stopped.value.args == (under, operation), rule
        seen.add(operation)
    assert seen == set(OPERATIONS) | SHUT


def test_the_door_for_every_entity_role_and_operation(app, campus):
    """It opens as the table says. What is private has a second door, at which `masks.show` is asked (below)."""
    wrong = []
    for role in HOLDERS:
        Grant.delete().where(Grant.person == campus.B).execute()
        if role != "nobody":
            given(campus.B, role)
        with app.test_request_context("/admin/"):
            g._login_user = campus.B
            for view in views(app):
                for operation, kind in OPERATIONS.items():
                    expected = may(role, view.model, "index_view" if kind == SHOW else operation)
                    if _opens(view, operation) != expected:
                        wrong.append((role, view.model.__name__, operation))
    assert not wrong
    with app.test_request_context("/admin/"):
        g._login_user = AnonymousUserMixin()
        for view in views(app):
            answers = [view._handle_view(operation) for operation in chain(OPERATIONS, SHUT)]
            assert {answer.status_code for answer in answers} == {302}, "a stranger is asked to sign in"


def _opens(view: EntityView, operation: str) -> bool:
    try:
        return view._handle_view(operation) is None
    except NotFound:
        return False


# --- over HTTP -----------------------------------------------------------------------------------------

# Nobody of the house, in the panel without anything, a row that others keep, and for the administrator one of each
# kind: with a shelf, with private columns, written by verbs alone, of the trail, the grants, without keys.
WHOLE: list[tuple[str, Any]] = [("nobody", Building), ("storekeeper", Building), ("apartment_manager", Room)]
WHOLE += [("operator", Application)]
WHOLE += [("administrator", model) for model in (Building, Person, RepairOrder, Event, Grant, ReasonTemplate)]


def test_every_operation_over_http(app, sign_in, campus):
    """Whoever may not is told nothing, as of an address that is none; who may gets an answer."""
    furnish_scopes(campus)
    visitor = sign_in("B")
    token = visitor.token()
    for role, model in WHOLE:
        _become(campus, role)
        nothing, row = _bare(visitor.get("/admin/nothing/")), model.select().first()
        for operation, method, address, form in requests_of(app, model, row.id):
            answer = asked(visitor, token, method, address, form)
            where = (role, operation, method, address, answer.status_code)
            assert answer.status_code < 500, where
            if not may(role, model, operation):
                assert answer.status_code == REFUSED and _bare(answer) == nothing, where
            elif operation not in HANGS_ON_THE_ROW or (operation == "ajax_lookup" and "name=&" not in address):
                assert answer.status_code != REFUSED, where


def test_a_row_of_everything_that_a_role_reads(app, sign_in, campus):
    """List, details, history, form and what is private, for each role and each entity of which it sees anything."""
    furnish_scopes(campus)
    visitor = sign_in("B")
    token = visitor.token()
    for role, model in READERS:
        person = _become(campus, role)
        row = access.editable(person, model).first() or access.visible(person, model).first()
        assert row, f"{role} sees no {model.__name__}"
        for operation, method, address, form in requests_of(app, model, row.id):
            if (operation, method) in ROW_PAGES:
                answer = asked(visitor, token, method, address, form)
                expected = 200 if may(role, model, operation) else REFUSED
                assert answer.status_code == expected, (role, operation, address, answer.status_code)


ROW_PAGES = {("index_view", "GET"), ("details_view", "GET"), ("history_view", "GET"), ("edit_view", "GET")}
ROW_PAGES |= {("show_view", "POST")}


def _become(campus: Any, role: str) -> Person:
    """B with this role and no other."""
    Grant.delete().where(Grant.person == campus.B).execute()
    if role != "nobody":
        given(campus.B, role)
    return campus.B


def _bare(page: Any) -> str:
    """A page without what differs each time: the present moment, the token, its own address."""
    return re.sub(r'<time.*?</time>|name="csrf_token" value="[^"]*"|value="/admin/[^"]*"', "", page.text)
