"""How somebody wants to be told: who may say it, and that an address belongs to who gave it."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any

import pytest

from hall import clock, contact, notify
from hall.channels import mail
from hall.words import Refused, TooOften
from models import ContactSettings, Delivery, Event, Person
from tests import postbox
from tests.conftest import Campus
from tests.postbox import Postbox, post, reader, tell

ADDRESS = "wang.a@mail.example"
PLAIN = {
    "language": "en",
    "by_mail": True,
    "muted": ["listing", "thread"],
    "quiet_from": time(22),
    "quiet_until": time(7),
    "digest_at": None,
}


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    with postbox.opened() as (made, port):
        postbox.use(port, monkeypatch)
        yield made


def give(person: Person, email: str = ADDRESS) -> ContactSettings:
    return contact.change_email(person, by=person, email=email)


def token_in(box: Postbox) -> str:
    """The token in the mail that came last."""
    found = re.search(r"http://127\.0\.0\.1:8000/me/email/(\S+)", box.taken[-1].get_body(("plain",)).get_content())
    assert found
    return found[1]


def test_it_works(campus: Campus, box: Postbox) -> None:
    assert contact.settings_of(campus.A).id is None
    give(campus.A, " wang.a@MAIL.example ")
    tell(campus.A)
    assert post() == 1  # the link, and nothing else
    assert box.taken[0]["Subject"] == "请确认您的邮箱"
    assert "List-Unsubscribe" not in box.taken[0]
    assert not contact.is_confirmed(contact.settings_of(campus.A))
    for _again in range(2):
        assert contact.confirm_email(token_in(box)) == campus.A
    assert contact.is_confirmed(contact.settings_of(campus.A))
    assert [event.name for event in Event.select().where(Event.actor == campus.A.id)] == [
        "change_email",
        "confirm_email",
    ]
    # For ever is too long for an address.
    assert not any("mail.example" in str(event.details) for event in Event.select().where(Event.actor == campus.A.id))
    tell(campus.A)
    assert post() == 1
    assert [row.template for row in contact.deliveries_of(campus.A)] == ["one", "confirm"]
    newest = contact.deliveries_of(campus.A, limit=1)[0]
    assert [row.template for row in contact.deliveries_of(campus.A, newest.id)] == ["confirm"]
    assert contact.deliveries_of(campus.B) == []


@pytest.mark.parametrize(
    "text",
    [
        "a", "a@b", "@mail.example", "a@mail.example\r\nBcc: v@mail.example", "a@mail.example,b@mail.example",
        "甲@mail.example", "a b@mail.example", "<a@mail.example>", "a@mail.example>", "a@[127.0.0.1]", "a@127.0.0.1",
        '"a\\"@b"@mail.example', f"{'a' * 65}@mail.example", f"a@{'b.' * 100}example", "a@-mail.example",
        "a..b@mail.example",
    ],
)  # fmt: skip
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(Refused) as caught:
        contact.clean_email(text)
    assert caught.value.field == "email"


def test_a_link_dies_with_its_day_its_address_and_its_account(campus: Campus, box: Postbox) -> None:
    give(campus.A)
    post()
    token = token_in(box)
    person, until, seal = token.split("-")
    give(campus.B)  # the same address: the seal is of A's link all the same
    forged = [
        f"{campus.B.id}-{until}-{seal}",
        f"{person}-{int(until) + 9}-{seal}",
        f"{person}-{until}-{'0' * 40}",
        f"{person}-{until}-{seal}\n",
        "", "甲", "1-9999999999-" + "é" * 40, "999999999-9999999999-" + "0" * 40,
    ]  # fmt: skip
    for wrong in forged:
        with pytest.raises(Refused):
            contact.confirm_email(wrong)
    with clock.at(clock.now() + timedelta(hours=24, seconds=1)), pytest.raises(Refused):
        contact.confirm_email(token)
    Person.update(is_closed=True).where(Person.id == campus.A.id).execute()
    with pytest.raises(Refused):
        contact.confirm_email(token)
    Person.update(is_closed=False).where(Person.id == campus.A.id).execute()
    give(campus.A, "other@mail.example")
    with pytest.raises(Refused):
        contact.confirm_email(token)
    assert not ContactSettings.get().confirmed
    assert not Event.select().where(Event.name == "confirm_email").exists()


def test_nobody_fills_a_strangers_mailbox(campus: Campus, box: Postbox) -> None:
    start = clock.now()
    with clock.at(start):
        for number in range(3):
            give(campus.A, f"victim{number}@mail.example")
            give(campus.A, f"victim{number}@mail.example")  # a second click sends no second link
        assert Delivery.select().count() == 3
        with pytest.raises(TooOften):
            give(campus.A, "victim@mail.example")
        assert contact.settings_of(campus.A).email == "victim2@mail.example"
        give(campus.B)  # in nobody else's way
    for hours in (2, 4):
        with clock.at(start + timedelta(hours=hours)):
            mail.send_due()
            if hours == 2:
                for number in range(3, 6):
                    give(campus.A, f"victim{number}@mail.example")
            else:
                with pytest.raises(TooOften):
                    give(campus.A, "victim@mail.example")


def test_a_new_address_is_told_nothing_before_it_is_confirmed(campus: Campus, box: Postbox) -> None:
    reader(campus.A, "old@mail.example")
    give(campus.A)
    tell(campus.A)
    post()
    assert box.tried == [ADDRESS]
    give(campus.A, "")
    assert (contact.settings_of(campus.A).email, contact.settings_of(campus.A).confirmed) == ("", None)


def test_without_mail_no_address_is_asked_for(campus: Campus) -> None:
    assert not contact.is_configured()
    with pytest.raises(Refused) as caught:
        give(campus.A)
    assert caught.value.field == "email"
    assert not ContactSettings.select().exists()


def test_one_says_how_to_be_told_for_oneself(campus: Campus) -> None:
    contact.change(campus.A, by=campus.A, **PLAIN)
    contact.change(campus.A, by=campus.A, **PLAIN)
    told = contact.settings_of(campus.A)
    assert (told.language, told.muted, told.quiet_from, told.quiet_until) == (
        "en",
        ["thread", "listing"],
        time(22),
        time(7),
    )
    assert Event.select().where(Event.name == "change_contact").count() == 1
    with pytest.raises(Refused):
        contact.change(campus.A, by=campus.X, **PLAIN)
    with pytest.raises(Refused):
        contact.change_email(campus.A, by=campus.X, email=ADDRESS)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"language": "fr"}, "language"),
        ({"muted": ["person"]}, "muted"),
        ({"quiet_from": None}, "quiet_from"),
        ({"quiet_until": None}, "quiet_until"),
        ({"quiet_until": time(22)}, "quiet_until"),
    ],
)
def test_what_cannot_be_wished(campus: Campus, answers: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as caught:
        contact.change(campus.A, by=campus.A, **{**PLAIN, **answers})
    assert caught.value.field == field
    assert not ContactSettings.select().exists()


def test_all_that_is_told_of_can_be_muted() -> None:
    assert contact.KINDS.keys() == notify.TELLING.keys()


def test_who_is_forgotten_leaves_no_address(campus: Campus, box: Postbox) -> None:
    reader(campus.A)
    reader(campus.B, "b@mail.example")
    tell(campus.A)
    post()
    tell(campus.A)
    notify_later = tell(campus.B)
    box.at_address = lambda address: "451 later"
    post()
    contact.forget(campus.A)
    rows = {(row.address, row.status) for row in Delivery.select().where(Delivery.person == campus.A.id)}
    assert rows == {("", "sent"), ("", "failed")}
    assert [row.email for row in ContactSettings.select()] == ["b@mail.example"]
    box.at_address = lambda address: postbox.OK
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert post() == 1
    assert notify_later.sent_by.count() == 1
