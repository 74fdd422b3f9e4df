"""Forms that no browser of ours would send: with more than was asked, and without their token.

The numbers are those of the list of faults: 10, 14.
"""

import itertools
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

import models
from hall import events, repairs
from tests.addresses import address, entity_of, everything, rules, takes
from tests.conftest import Campus
from tests.portal import TEXT, item
from tests.steps import HANDS, Steps
from tests.visitor import PASSWORD, Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def steps(campus: Campus, sign_in: SignIn) -> Steps:
    return Steps(campus, sign_in)


def test_every_step_of_a_repair_is_here() -> None:
    assert set(HANDS) == {name for name, step in repairs.flow.steps.items() if step.sources} - {"mark_late"}


# --- more than was asked (10) ---------------------------------------------------------------------------


def test_a_step_takes_no_more_than_it_asks(steps: Steps, campus: Campus) -> None:
    """Every step once as it should be and once with a value for every column: the two orders are the same."""
    for name in HANDS:
        results = []
        for extra in ({}, poison(campus)):
            visitor, order, form = steps.ready(name)
            asked = {re.sub(r"-\d+-.*", "", field) for field in form.names}
            extra = {field: value for field, value in extra.items() if field not in asked}
            answer = visitor.client.post(form.action, data=form.values | extra)
            assert answer.status_code == 302, (name, answer.text[-2000:])
            results.append(shape(order))
        assert results[0] == results[1], name


def poison(campus: Campus) -> dict[str, str]:
    """A value for every column of an order, and for what a careless form might be called."""
    said = {
        "role": "administrator", "roles": "administrator", "state": "closed", "owner": str(campus.B.id), "by": "T1001",
        "approved": "1", "actor": "T1001", "is_public_area": "1", "group_code": "DG1", "target": "closed",
        "person": str(campus.X.id), "subject": "1", "automatic": "1", "operator_id": str(campus.X.id),
    }  # fmt: skip
    for column in models.RepairOrder._meta.sorted_fields:
        people = column.rel_model is models.Person if isinstance(column, models.ForeignKeyField) else False
        said[column.name] = said[column.column_name] = str(campus.B.id) if people else "7"
    return said | {"status": "closed", "version": "99", "payer": "person", "created": "2001-01-01T00:00"}


def shape(order: models.RepairOrder) -> dict[str, Any]:
    """An order as far as it does not say which one it is, nor when."""
    row = models.RepairOrder.get_by_id(order.id)
    said = {name: bool(value) if hasattr(value, "year") else value for name, value in row.__data__.items()}
    event = events.timeline(row)[0]
    said |= {"role": event.actor_role, "actor": event.actor_id, "keys": sorted(event.details)}
    return said | {"id": 0, "number": "", "main": bool(row.main_id)}


def test_reports_and_profiles_take_no_more_than_they_ask(sign_in: SignIn, campus: Campus) -> None:
    """The report of a reporter is proved in test_portal_reporting; here are the operator's, and people."""
    extra = poison(campus) | {"name": "别人", "number": "T1001", "kind": "staff", "is_closed": "1"}
    extra |= {"password_hash": "x", "initial_hash": "x", "department": "1", "bed": "1", "grants": "lead"}
    said = {"item": item(), "place": "南4 304", "description": TEXT, "phone": "13900000057", "caller": "李阿姨"}
    extras = {name: value for name, value in extra.items() if name not in (*said, "entry", "caller_number", "despite")}
    assert sign_in("operator").submit("/admin/phone/", having="caller", **said, **extras).status_code == 302
    order = models.RepairOrder.get()
    assert (order.status, order.operator_id, order.reporter_id) == ("reported", campus.operator.id, campus.operator.id)
    assert (order.version, order.channel, order.group.code, order.worker_id) == (1, "phone", "SN2", None)
    before, strangers = campus.A.__data__, campus.B.__data__
    visitor = sign_in("A")
    assert visitor.submit("/me/contact", having="phone", **extra | {"phone": "13911112222"}).status_code == 302
    assert campus.A.__data__ == before | {"phone": "13911112222"}
    changed = {"old": PASSWORD, "new": "Wasser-2026-hahn", "again": "Wasser-2026-hahn"}
    assert visitor.submit("/password", having="new", **extra | changed).status_code == 302
    kept = {"password_hash": "", "phone": ""}
    assert campus.A.__data__ | kept == before | kept
    assert campus.B.__data__ == strangers
    assert not models.Grant.select().where(models.Grant.person == campus.A.id)
    edit = f"/admin/person/edit/?id={campus.B.id}"
    assert sign_in("X").submit(edit, password_hash="x", role="administrator", id="1").status_code == 302
    assert campus.B.__data__ == strangers


# --- without the token (14) -----------------------------------------------------------------------------


@pytest.mark.one_database  # a token is asked for before every view
def test_no_post_without_the_token_of_its_session(
    app: Flask, client: Visitor, sign_in: SignIn, steps: Steps, campus: Campus
) -> None:
    order = steps.story.order("reported")
    visitor, foreign = sign_in("X"), sign_in("A").token()
    before, wrong = everything(), []
    said = {"id": "1", "rowid": "1", "action": "delete", "confirmed": "yes", "lang": "en", "phone": "13900000000"}
    tokens: list[dict[str, str]] = [{}, {"csrf_token": ""}, {"csrf_token": "wrong"}, {"csrf_token": foreign}]
    for rule in filter(lambda rule: takes(rule, "POST"), rules(app)):
        path = address(rule, order, step="accept")
        alike = entity_of(rule)[0] not in ("", "person")  # the same view again: once is enough
        for browser, token in [(visitor, {})] if alike else itertools.product((visitor, client), tokens):
            answer = browser.client.post(path, data=said | token)
            if answer.status_code != 400 or "页面已过期" not in answer.text:
                wrong.append(f"{path} {token}: {answer.status_code}")
        if not alike and visitor.client.post(path, json=said).status_code != 400:
            wrong.append(f"{path} as JSON")
    assert not wrong, "\n".join(wrong)
    assert everything() == before
    assert visitor.get("/me").status_code == 200  # nor was anybody signed out
