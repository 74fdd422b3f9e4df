"""Who reads a phone in clear at work: who goes there, sends there, wrote it down or visits; others read its mask."""

from collections.abc import Callable
from typing import Any

import pytest

from hall import masks, repairs
from models import Building, Event, Person, RepairItem, RepairOrder
from tests.board import forwarded, published
from tests.conftest import Campus
from tests.test_department_queue import page_of as thread_page
from tests.test_queue import order_in, page_of
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
PHONE, MASK = "13900000057", "139****0057"
DESK = "/admin/phone/"
# Who reads the number of an order of SN2 that W1 was sent to, by how far it is.
CALLS = {"accepted": {"lead"}, "repairing": {"lead", "W1"}, "finished": {"lead", "W1", "caller"}}
STAFF = ("lead", "W1", "helper", "settler", "finance", "leader", "reviewer", "operator", "caller", "X")


@pytest.mark.parametrize("state", CALLS)
def test_a_number_is_shown_where_the_job_needs_it(campus: Campus, sign_in: SignIn, state: str) -> None:
    order = order_in(campus, state)
    for who in STAFF:
        browser, calls = sign_in(who), who in CALLS[state]
        pages = [browser.get(path) for path in (page_of(order), f"/repairs/{order.number}")]
        for page in (page for page in pages if page.status_code == 200):
            assert (PHONE in page.text, MASK in page.text) == (calls, not calls), who
            assert ("tel:" + PHONE in page.text) == calls, who
        assert pages[0].status_code == 200, who


def test_who_may_see_more_asks_for_it_on_the_record(campus: Campus, sign_in: SignIn) -> None:
    order, browser = order_in(campus, "repairing"), sign_in("operator")
    shown = browser.submit(
        page_of(order), action=f"/admin/repair_order/show/?id={order.id}", having="column", column="phone"
    )
    assert PHONE in shown.text
    event = Event.get(Event.name == "show_private", Event.subject_id == order.id)
    assert (event.actor_id, event.actor_role) == (campus.operator.id, "operator")
    assert 'name="column"' not in sign_in("finance").get(page_of(order)).text


def test_who_wrote_a_report_down_reads_its_number_and_nobody_else_at_the_desk(campus: Campus, sign_in: SignIn) -> None:
    item = RepairItem.get(RepairItem.code == "S01")
    text = "卫生间冷水龙头关不紧，一直滴水"
    given = {"caller": "王老师", "phone": PHONE, "place": "公教A 301", "item": str(item.id), "description": text}
    browser = sign_in("operator")
    done = browser.submit(DESK, having="caller", **given).location
    order = RepairOrder.get()
    assert PHONE in browser.get(done).text and PHONE in browser.get(page_of(order)).text
    RepairOrder.update(operator=campus.A).where(RepairOrder.id == order.id).execute()
    for path in (done, page_of(order)):
        page = browser.get(path).text
        assert PHONE not in page and MASK in page, path


def test_the_desk_is_told_of_a_caller_no_more_than_the_mask(campus: Campus, sign_in: SignIn) -> None:
    Person.update(phone=PHONE).where(Person.id == campus.A.id).execute()
    browser = sign_in("operator")
    page = browser.get(f"{DESK}caller?caller_number={campus.number('A')}").text
    assert PHONE not in page and MASK in page
    assert campus.A.name in page and 'data-place="' in page
    form = browser.form(DESK, having="caller")
    looked = browser.client.post(DESK, data=form.values | {"caller_number": campus.number("A"), "look": "1"}).text
    assert PHONE not in looked and MASK in looked and f'value="{campus.A.name}"' in looked


def test_paper_carries_the_number_for_who_goes_there(
    campus: Campus, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hall import printing
    from hall.work_order import Paper

    def words(order: RepairOrder, language: str, **more: Any) -> bytes:
        return str(Paper(order, language, **more).words()["reported"]).encode()

    monkeypatch.setattr(printing, "work_order_pdf", words)
    order = order_in(campus, "repairing")
    for who, calls in (("W1", True), ("lead", True), ("A", True), ("finance", False), ("operator", False)):
        paper = sign_in(who).get(f"/repairs/{order.number}.pdf").text
        assert (PHONE in paper, MASK in paper) == (calls, not calls), who


def test_moderators_read_the_mask_of_an_author(campus: Campus, sign_in: SignIn) -> None:
    thread = forwarded(campus, phone=PHONE)
    handler, moderator = (sign_in(who).get(thread_page(thread)).text for who in ("handler", "M"))
    assert f"tel:{PHONE}" in handler
    assert PHONE not in moderator and masks.mask(PHONE) in moderator
    assert PHONE not in sign_in("leader").get(thread_page(thread)).text
    waiting = published(campus, phone=PHONE)
    assert PHONE not in sign_in("M").get(thread_page(waiting)).text


def test_a_task_keeps_its_number(campus: Campus, sign_in: SignIn) -> None:
    order = repairs.report(
        by=campus.A, building=Building.get(Building.code == "NQ4"), room="304", phone=PHONE,
        item=RepairItem.get(RepairItem.code == "S01"), description_text="卫生间冷水龙头关不紧，一直滴水",
    )  # fmt: skip
    repairs.dispatch(repairs.accept(order, by=campus.lead), by=campus.lead, workers=[campus.W1])
    assert f"tel:{PHONE}" in sign_in("W1").get("/admin/queue/repair/?lane=mine").text
