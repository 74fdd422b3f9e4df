"""Faults 22 to 28: who you are, what a guess costs, and when a session dies.

A has a password of her own, `fresh` still the initial one, X is the administrator, `lead` works in the panel.
"""

import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import models
from hall import accounts, clock, events, floods, settings
from hall.words import Refused
from models import Event, Grant, Person, RepairOrder, SignIn, SignInFailure
from tests.conftest import CAST, Campus
from tests.visitor import PASSWORD, Visitor

INITIAL = "079125"  # of `fresh`, from the ID card in people.csv
NEW = "a tap that drips"
SignedIn = Callable[..., Visitor]
FRESH, A = CAST["fresh"], CAST["A"]


def wrong(number: str, times: int = 1, *, address: str = "") -> None:
    """Guess `times` times, each from an address of its own unless one is given."""
    for count in range(times):
        with pytest.raises(Refused) as caught:
            accounts.sign_in(number, f"guess {count}", address=address or f"10.0.{count // 250}.{count % 250}")
        assert caught.value.message == accounts.WRONG


def opens(number: str, password: str) -> bool:
    """Whether the password is good, from an address where nobody has failed."""
    try:
        accounts.sign_in(number, password, address="192.0.2.1")
    except Refused as refused:
        if refused.message != accounts.WRONG:
            raise
        return False
    return True


def is_in(visitor: Visitor) -> bool:
    """Whether the hall still knows who this is."""
    answer = visitor.get("/me")
    return answer.status_code == 200 or answer.location == "/password"


def twin(app: Flask, visitor: Visitor) -> Visitor:
    """Another browser with a copy of this one's cookies."""
    other = Visitor(app.test_client(), visitor.number)
    for name in ("hall", "hall_remembered"):
        if cookie := visitor.client.get_cookie(name):
            other.client.set_cookie(name, cookie.value)
    return other


# --- the initial password ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "password"),
    [("99999920000315123X", "315123"), ("99999920000315123x", "315123"), ("999999200003151234", "151234")],
)
def test_it_is_the_end_of_the_id_card(card: str, password: str) -> None:
    assert accounts.initial_password(card) == password


def test_it_opens_once_the_rule_of_the_campus(campus: Campus) -> None:
    person, _ = accounts.sign_in(FRESH, INITIAL)
    assert person.must_change_password
    assert opens(FRESH.lower(), INITIAL)
    assert not opens(FRESH, "79125")
    assert INITIAL not in repr(campus.fresh.__data__)


def test_ten_wrong_tries_in_total_void_it(campus: Campus, freeze: Any) -> None:
    """Fault 23: from anywhere, over months, and a good try in between does not give new ones."""
    moment = clock.now()
    for day in range(9):
        freeze(moment + timedelta(days=day))
        wrong(FRESH)
    assert opens(FRESH, INITIAL)
    freeze(moment + timedelta(days=40))
    wrong(FRESH)
    assert not opens(FRESH, INITIAL)
    freeze(moment + timedelta(days=100))
    assert not opens(FRESH, INITIAL)
    fresh = accounts.reset_password(campus.fresh, by=campus.X)
    assert opens(FRESH, fresh)
    assert not opens(FRESH, INITIAL)


def test_a_hundred_tries_at_once_are_ten(campus: Campus) -> None:
    barrier, answers = threading.Barrier(4), []

    def guess(place: int) -> None:
        barrier.wait(10)
        for count in range(6):
            try:
                accounts.sign_in(FRESH, f"{place} {count}", address=f"10.{place}.{count}.1")
            except Refused as refused:
                answers.append(refused.message)
        models.database.close()

    threads = [threading.Thread(target=guess, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [accounts.WRONG] * 24
    assert campus.fresh.initial_failures == accounts.INITIAL_TRIES
    assert not opens(FRESH, INITIAL)


def test_it_expires(campus: Campus, freeze: Any) -> None:
    expires = campus.fresh.initial_expires
    assert expires is not None
    freeze(expires - timedelta(minutes=1))
    assert opens(FRESH, INITIAL)
    freeze(expires + timedelta(seconds=1))
    assert not opens(FRESH, INITIAL)


def test_it_is_no_password_any_more_once_there_is_another(campus: Campus) -> None:
    person, _ = accounts.sign_in(FRESH, INITIAL)
    accounts.change_password(person, by=person, old=INITIAL, new=NEW)
    assert opens(FRESH, NEW)
    assert not opens(FRESH, INITIAL)


@pytest.mark.one_database  # the door is before every view
def test_it_opens_nothing_but_the_change_of_password(app: Flask, sign_in: SignedIn, campus: Campus) -> None:
    """Fault 26: every address of the hall, by every method that it takes."""
    visitor = sign_in("fresh", INITIAL)
    token = visitor.token()
    before = (RepairOrder.select().count(), Event.select().count(), Grant.select().count())
    adapter = app.url_map.bind("127.0.0.1:8000")
    open_to_all = {"static", "styles", "bootstrap.static", "admin.static", "home.live", "home.ready", "home.qr"}
    own = {"account.password", "account.signout", "account.language"}
    tried = 0
    for rule in app.url_map.iter_rules():
        if rule.endpoint in open_to_all | own:
            continue
        values = {name: _sample(rule._converters[name]) for name in rule.arguments}
        path = adapter.build(rule.endpoint, values, method=sorted(rule.methods or {"GET"})[0])
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            if method == "GET":
                answer = visitor.get(path)
            else:
                answer = visitor.client.open(path, method=method, data={"csrf_token": token})
            assert (answer.status_code, answer.location) == (302, "/password"), f"{method} {path}"
            tried += 1
        assert visitor.get(path, headers={"Accept": "application/json"}).status_code == 403, path
    assert tried > 40
    assert before == (RepairOrder.select().count(), Event.select().count(), Grant.select().count())
    assert visitor.get("/password").status_code == 200
    assert visitor.submit("/password", action="/signout").location == "/"
    assert not is_in(visitor)


def _sample(converter: Any) -> Any:
    """A value that the converter of an address takes."""
    if getattr(converter, "num_convert", None):
        return 1
    options = converter.regex.strip("(?:)").split("|")
    return options[0] if len(options) > 1 else "JXA"


def test_first_the_change_then_where_one_was_going(sign_in: SignedIn, client: Visitor) -> None:
    answer = client.submit("/signin?next=/repairs/new", number=FRESH, password=INITIAL)
    assert answer.location.startswith("/password?next=")
    answer = client.submit(answer.location, old=INITIAL, new=NEW, again=NEW)
    assert answer.location == "/repairs/new"
    assert client.get("/repairs/new").status_code == 200


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (INITIAL, "short"),
        (INITIAL, INITIAL),
        (INITIAL, FRESH),
        (INITIAL, f"{FRESH}!"),
        (INITIAL, "aaaaaaaaaa"),
        (INITIAL, "x" * 201),
        ("000000", NEW),
        ("", NEW),
    ],
)
def test_a_bad_change_changes_nothing(campus: Campus, old: str, new: str) -> None:
    person, _ = accounts.sign_in(FRESH, INITIAL)
    with pytest.raises(Refused) as caught:
        accounts.change_password(person, by=person, old=old, new=new)
    assert caught.value.field == ("new" if old == INITIAL else "old")
    assert campus.fresh.must_change_password


def test_nobody_changes_another_ones(campus: Campus) -> None:
    for verb in (
        lambda: accounts.change_password(campus.A, by=campus.X, old=PASSWORD, new=NEW),
        lambda: accounts.change_phone(campus.A, by=campus.X, phone="13900000000"),
        lambda: accounts.reset_password(campus.A, by=campus.lead),
        lambda: accounts.end_sign_in(campus.A, 1, by=campus.B),
    ):
        with pytest.raises(Refused):
            verb()
    assert opens(A, PASSWORD)


# --- guessing ----------------------------------------------------------------------------------------


def test_a_refusal_tells_nothing(client: Visitor, campus: Campus) -> None:
    """Fault 22: the same page whether a number exists, has its first password, another one, or is closed."""
    Person.update(is_closed=True).where(Person.id == campus.B.id).execute()
    pages = set()
    for number in (A, FRESH, campus.B.number, "2029999999", "nobody", "Ａ" * 40):
        answer = client.submit("/signin", number=number, password="not this one")
        assert "账号或密码不对" in answer.text
        once = client.form("/signin").values
        shown = answer.text.replace(number, "NUMBER")
        for name in ("csrf_token", "once"):
            shown = shown.replace(str(once.get(name, "?")), "TOKEN")
        shown = "\n".join(line for line in shown.splitlines() if "csrf_token" not in line and "once" not in line)
        pages.add((answer.status_code, shown))
    assert len(pages) == 1


def test_a_refusal_costs_the_same(campus: Campus, queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault 22, counted instead of timed: one look at one slow hash, and as many queries but for one."""
    Person.update(is_closed=True).where(Person.id == campus.B.id).execute()
    checked: list[str] = []
    verify = type(accounts.hasher).verify
    monkeypatch.setattr(
        type(accounts.hasher),
        "verify",
        lambda self, known, offered: checked.append(known) or verify(self, known, offered),
    )
    costs = []
    for number in (A, FRESH, campus.B.number, "2029999999", "x" * 300):
        checked.clear()
        with queries() as asked, pytest.raises(Refused):
            accounts.sign_in(number, "not this one", address=f"10.1.1.{len(costs)}")
        assert len(checked) == 1
        costs.append(len(asked))
    assert max(costs) - min(costs) <= 1, costs


def test_one_address_is_slowed_and_nobody_else(campus: Campus, freeze: Any) -> None:
    moment = clock.now()
    freeze(moment)
    wrong(A, 8, address="10.0.0.9")
    with pytest.raises(Refused) as caught:
        accounts.sign_in(A, PASSWORD, address="10.0.0.9")
    assert caught.value.message == floods.SLOW_DOWN
    accounts.sign_in(A, PASSWORD, address="10.0.0.10")
    accounts.sign_in(campus.B.number, PASSWORD, address="10.0.0.9")
    freeze(moment + timedelta(minutes=16))
    accounts.sign_in(A, PASSWORD, address="10.0.0.9")


def test_a_guess_against_each_account_is_slowed_and_reported(campus: Campus) -> None:
    """Fault 24."""
    numbers = [person.number for person in Person.select().where(Person.kind == "student")]
    numbers += [f"209901{count:04d}" for count in range(500 - len(numbers))]
    answers = []
    for number in numbers:
        with pytest.raises(Refused) as caught:
            accounts.sign_in(number, "123456", address="10.6.6.6")
        answers.append(caught.value.message)
    assert answers[:30] == [accounts.WRONG] * 30
    assert answers[30:] == [floods.SLOW_DOWN] * 470
    assert floods.report_spraying() == [("10.6.6.6", 30)]
    assert SignInFailure.select().count() == 30


def test_a_flood_never_ends_a_living_session(sign_in: SignedIn, campus: Campus) -> None:
    """Fault 25, for a password of one's own and for the initial one."""
    living, first_day = sign_in("A"), sign_in("fresh", INITIAL)
    wrong(A, 60)
    wrong(FRESH, 60)
    assert is_in(living)
    assert opens(A, PASSWORD)
    assert not opens(FRESH, INITIAL)  # void for everybody who comes new, but not for who is in already
    answer = first_day.submit("/password", old=INITIAL, new=NEW, again=NEW)
    assert answer.status_code == 302
    assert opens(FRESH, NEW)
    wrong(FRESH, 60)
    assert opens(FRESH, NEW)


def test_a_stolen_session_is_no_way_to_guess(campus: Campus, freeze: Any) -> None:
    moment = clock.now()
    person, _ = accounts.sign_in(FRESH, INITIAL)
    sentences = set()
    for count in range(40):
        freeze(moment + timedelta(hours=count))
        with pytest.raises(Refused) as caught:
            accounts.change_password(person, by=person, old=f"{count:06d}", new=NEW)
        sentences.add(caught.value.field)
    assert sentences == {"old"}
    with pytest.raises(Refused):
        accounts.change_password(person, by=person, old=INITIAL, new=NEW)
    mine, _ = accounts.sign_in(A, PASSWORD)
    for count in range(9):
        with pytest.raises(Refused) as caught:
            accounts.change_password(mine, by=mine, old=f"{count:06d}", new=NEW)
    assert caught.value.message == floods.SLOW_DOWN


def test_old_failures_are_forgotten(campus: Campus, freeze: Any) -> None:
    wrong(A, 3)
    assert floods.forget_failures() == 0
    freeze(clock.now() + timedelta(days=31))
    assert floods.forget_failures() == 3


# --- sessions ----------------------------------------------------------------------------------------


def test_a_cookie_from_before_is_worth_nothing_after(app: Flask, client: Visitor) -> None:
    """Fault 27."""
    client.get("/signin")
    before = client.client.get_cookie("hall")
    assert before is not None
    other, token = twin(app, client), client.token()
    client.sign_in(A)
    after = client.client.get_cookie("hall")
    assert after is not None
    assert after.value != before.value
    assert is_in(client)
    assert not is_in(other)
    assert SignIn.select().count() == 1
    assert client.client.post("/signout", data={"csrf_token": token}).status_code == 400
    assert is_in(client)


def test_each_sign_in_is_a_session_of_its_own(app: Flask, sign_in: SignedIn, campus: Campus) -> None:
    one, two = sign_in("A"), sign_in("A")
    assert SignIn.select().where(SignIn.person == campus.A.id).count() == 2
    one.submit("/me", action="/signout")
    assert not is_in(one)
    assert is_in(two)


def test_the_token_itself_is_nowhere_in_the_database(campus: Campus) -> None:
    _, token = accounts.sign_in(A, PASSWORD)
    assert token not in repr(list(SignIn.select().dicts()))
    assert accounts.person_for(token).id == campus.A.id
    assert accounts.person_for("x" * 43) is None


@pytest.mark.parametrize("how", ["sign_out", "reset", "closed", "expired"])
def test_a_dead_session_is_dead_with_every_copy_of_its_cookies(
    app: Flask, client: Visitor, campus: Campus, freeze: Any, how: str
) -> None:
    """Fault 28: session and remember-me cookies, at the very next request."""
    client.submit("/signin", number=A, password=PASSWORD, remember="y")
    copy, remembered = twin(app, client), twin(app, client)
    remembered.client.delete_cookie("hall")
    assert is_in(copy)
    assert is_in(twin(app, remembered))  # by remember-me alone
    if how == "sign_out":
        client.submit("/me", action="/signout")
    elif how == "reset":
        accounts.reset_password(campus.A, by=campus.X)
    elif how == "closed":
        Person.update(is_closed=True).where(Person.id == campus.A.id).execute()
    else:
        freeze(clock.now() + timedelta(days=settings.value("account.remembered_days"), seconds=1))
    for visitor in (client, copy, remembered):
        answer = visitor.get("/me")
        assert answer.status_code == 302
        assert answer.location.startswith("/signin")


def test_a_session_without_remember_me_ends_with_the_day(campus: Campus, freeze: Any) -> None:
    _, token = accounts.sign_in(A, PASSWORD)
    freeze(clock.now() + timedelta(hours=settings.value("account.session_hours"), minutes=-1))
    assert accounts.person_for(token)
    freeze(clock.now() + timedelta(minutes=2))
    assert accounts.person_for(token) is None


def test_a_new_password_ends_every_other_session(app: Flask, sign_in: SignedIn) -> None:
    here, elsewhere = sign_in("A"), sign_in("A")
    copy = twin(app, elsewhere)
    answer = here.submit("/password", old=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    assert not is_in(copy)
    assert opens(A, NEW)
    assert not opens(A, PASSWORD)


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(sign_in: SignedIn, campus: Campus) -> None:
    visitor = sign_in("lead")
    assert visitor.get("/admin/queue/repair/").status_code == 200
    Grant.delete().where(Grant.person == campus.lead.id).execute()
    assert visitor.get("/admin/queue/repair/").status_code in (403, 404)
    assert is_in(visitor)
    Grant.create(person=campus.lead, role="lead", scope="SN2")
    assert visitor.get("/admin/queue/repair/").status_code == 200


def test_one_ends_the_session_of_a_lost_phone(sign_in: SignedIn, campus: Campus) -> None:
    here, phone = sign_in("A"), sign_in("A")
    lost = SignIn.select().order_by(SignIn.id.desc()).get()
    mine = accounts.sign_in(campus.B.number, PASSWORD)[0]
    accounts.end_sign_in(mine, lost.id, by=mine)  # of somebody else: nothing is found
    assert is_in(phone)
    me = accounts.sign_in(A, PASSWORD)[0]
    accounts.end_sign_in(me, lost.id, by=me)
    assert is_in(here)
    assert not is_in(phone)


# --- the trail, and accounts made by hand ------------------------------------------------------------


def test_what_happens_to_an_account_is_recorded_without_secrets(campus: Campus) -> None:
    me, _ = accounts.sign_in(A, PASSWORD)
    accounts.change_password(me, by=me, old=PASSWORD, new=NEW)
    accounts.change_phone(me, by=me, phone="139 0000 1234")
    fresh = accounts.reset_password(campus.A, by=campus.X)
    trail = events.timeline(campus.A)
    assert [(event.name, event.actor_id) for event in trail][:3] == [
        ("reset_password", campus.X.id),
        ("change_phone", me.id),
        ("change_password", me.id),
    ]
    said = repr([event.details for event in trail])
    assert not [secret for secret in (PASSWORD, NEW, fresh) if secret in said]
    assert campus.A.phone == "13900001234"


@pytest.mark.parametrize("phone", ["", "abc", "12", "１３９００００００５７", "139000000571390000005713900000057", "+"])
def test_a_phone_number_that_is_none(campus: Campus, phone: str) -> None:
    with pytest.raises(Refused) as caught:
        accounts.change_phone(campus.A, by=campus.A, phone=phone)
    assert caught.value.field == "phone"


def test_the_first_administrator(house: Any) -> None:
    with pytest.raises(Refused):
        accounts.create_administrator("T9999", "新管理员", "short")
    person = accounts.create_administrator(" t9999 ", "新管理员", NEW)
    assert (person.number, opens("T9999", NEW)) == ("T9999", True)
    assert Grant.get(Grant.person == person.id).role == "administrator"


@pytest.mark.parametrize(
    ("role", "scope", "blamed"),
    [
        ("king", "", "role"),
        ("lead", "", "scope"),
        ("lead", "XX", "scope"),
        ("lead", "HQ-YS", "scope"),
        ("finance", "SN1", "scope"),
    ],
)
def test_a_grant_of_nothing_is_refused(campus: Campus, role: str, scope: str, blamed: str) -> None:
    grants = [Grant(person=campus.A, role=role, scope=scope), Grant(person=campus.A, role="lead", scope="SN1")]
    refused, right = accounts.wrong_grants(grants)
    assert refused is not None and refused.field == blamed
    assert right is None


def test_without_the_demo_there_is_no_known_password(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts.site, "demo", False)
    with pytest.raises(Refused):
        accounts.set_demo_password([campus.fresh], PASSWORD)
    assert campus.fresh.must_change_password


def test_the_token_of_a_form_is_its_session_s_own(campus: Campus, sign_in: SignedIn) -> None:
    """It is signed once and the same on each page of a session; nobody else's form is taken with it."""
    one, other = sign_in("A"), sign_in("B")
    tokens = [re.findall(r'name="csrf_token" value="([^"]+)"', each.get("/me").text)[0] for each in (one, one, other)]
    assert tokens[0] == tokens[1] != tokens[2]
    refused = other.client.post("/signout", data={"csrf_token": tokens[0]})
    assert refused.status_code == 400
    assert "/signout" in other.get("/me").text
    assert one.client.post("/signout", data={"csrf_token": tokens[0]}).status_code == 302
    assert one.get("/me").status_code == 302
