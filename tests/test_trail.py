"""The trail over everything: who may read it, what it finds, its files; that nobody changes it; and what proves it."""

import csv
import io
import re
from datetime import date, datetime, timedelta

import peewee
import pytest

from hall import accounts, clock, closing, events, site, trail_check
from models import Building, Campus, DailyRoot, Department, Event, Person, SignIn, database
from tests.story import Story
from tests.unguarded import unguard
from tests.visitor import PASSWORD


def texts(page):
    return page.text.split('<ol class="trail">')[-1]


def test_it_is_found_by_who_what_act_and_when(sign_in, campus, freeze):
    visitor = sign_in("X")
    Story(campus).report()
    visitor.submit("/admin/building/new/", code="ZZ1", name="试验楼", campus="主校区", kind="教学楼")
    visitor.submit(f"/admin/building/edit/?id={Building.get(Building.code == 'ZZ1').id}", floors="7")
    page = texts(visitor.get("/admin/trail/"))
    assert "新建" in page and "ZZ1" in page and "报修" in page and campus.A.name in page
    assert page.index("<ins>7</ins>") < page.index("新建"), "newest first"
    for said, there, not_there in (
        ("who=T1001", "ZZ1", campus.A.name),
        (f"who={campus.A.number}", campus.A.name, "ZZ1"),
        ("what=building", "ZZ1", campus.A.name),
        ("what=building&act=edit", "<ins>7</ins>", "新建"),
        ("act=step", campus.A.name, "ZZ1"),
        ("who=T1001&what=building&act=create", "新建", "<ins>7</ins>"),
        (f"since={clock.today()}", "ZZ1", "没有符合"),
        (f"until={clock.today() - timedelta(days=1)}", "没有", "ZZ1"),
        ("since=nonsense&act=nonsense&what=nonsense", "ZZ1", "没有符合"),
    ):
        answer = visitor.get(f"/admin/trail/?{said}")
        assert answer.status_code == 200 and there in answer.text, said
        assert not_there not in texts(answer), said
    assert "没有找到这个人" in visitor.get("/admin/trail/?who=没有的人").text


def test_only_who_reads_events_gets_in(client, sign_in, campus):
    for path in ("/admin/trail/", "/admin/trail/export/csv"):
        assert client.get(path).status_code == 302
        for who in ("A", "lead", "M", "finance"):
            assert sign_in(who).get(path).status_code == 404
    assert sign_in("X").get("/admin/trail/export/exe").status_code == 404


def test_every_page_is_reached_by_its_key_and_costs_the_same(sign_in, campus, queries):
    visitor = sign_in("X")
    Event.select().count()
    row = Department.create(code="ZZ", name="部门")
    for number in range(95):
        events.record(row, "edit", "修改", by=campus.X, details={"changes": {"name": ["a", f"第{number:03d}号"]}})
    with queries() as few:
        visitor.get("/admin/trail/?since=2999-01-01")
    seen, path, pages = [], "/admin/trail/?what=department&act=edit", 0
    while path:
        with queries() as asked:
            page = visitor.get(path)
        assert len(asked) <= len(few) + 4
        seen += [int(text[:3]) for text in texts(page).split("<ins>第")[1:]]
        link = page.text.split('rel="next" href="')[1:]
        path, pages = (link[0].split('"')[0].replace("&amp;", "&") if link else ""), pages + 1
    assert seen == list(range(94, -1, -1)) and pages == 4


def test_the_file_holds_what_the_page_would_show_and_no_formula(sign_in, campus):
    visitor = sign_in("X")
    name = "=cmd|' /C calc'!A0"
    row = Department.create(code="ZZ", name=name)
    events.record(row, "edit", "修改", by=campus.X, details={"changes": {"name": [name, "+1"]}})
    SignIn.update(address="192.0.2.9").execute()
    visitor.submit(f"/admin/department/edit/?id={row.id}", name="新名")
    text = visitor.get("/admin/trail/export/csv?what=department&act=edit").text
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert len(lines) == 3 and lines[1][1] == campus.X.name and lines[1][3] == "192.0.2.9"
    assert "→ 新名" in lines[1][9] and len(lines[1][14]) == 64
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in lines for cell in line)
    book = visitor.get("/admin/trail/export/xlsx?what=department")
    assert book.status_code == 200 and book.data[:2] == b"PK"


def test_what_is_private_is_masked_and_who_left_has_no_name(sign_in, campus):
    visitor, person = sign_in("X"), campus.B
    Person.update(phone="13811112222").where(Person.id == person.id).execute()
    visitor.submit(f"/admin/person/edit/?id={person.id}", phone="13899998888")
    for path in ("/admin/trail/", "/admin/trail/export/csv"):
        page = visitor.get(path).text
        assert "138****8888" in page and "13899998888" not in page and "13811112222" not in page


# --- nobody changes it ---------------------------------------------------------------------------------


def written_again(model, *, ends="", **other):
    """An INSERT of the rows of `model` as they are, but for the columns of `other`; `ends` says what then."""
    names = [field.column_name for field in model._meta.sorted_fields]
    rows = f"SELECT {', '.join(other.get(name, name) for name in names)} FROM {model._meta.table_name} WHERE true"
    return f"INTO {model._meta.table_name} ({', '.join(names)}) {rows} {ends}"


FORGED = ["DELETE FROM event", "DELETE FROM daily_root", "DELETE FROM sign_in"]
for table, said in (
    ("event", "actor_name = '别人'"),
    ("event", "details = '{}'"),
    ("event", "at = '2020-01-01 00:00:00'"),
    ("event", "hash = '0'"),
    ("event", "seq = seq + 5"),
    ("event", "origin = NULL"),
    ("event", "actor_id = NULL"),
    ("event", "actor_id = (SELECT MIN(id) FROM person)"),
    ("event", "sign_in_id = NULL"),
    ("event", "sign_in_id = (SELECT MAX(id) FROM sign_in)"),
    ("daily_root", "hash = '0'"),
    ("sign_in", "address = '192.0.2.1'"),
    ("sign_in", "device = 'Tablet'"),
    ("sign_in", "created = '2020-01-01 00:00:00'"),
    ("sign_in", "id = id + 1000"),
    ("sign_in", "token_hash = '3'"),
    # As if the account had been closed, of which the trail says nothing.
    ("sign_in", "address = '', device = '', token_hash = 'gone-' || id"),
):
    FORGED.append(f"UPDATE {table} SET {said}")
for model, place, said, other in (
    (Event, "id", "name = 'forged'", {}),
    (Event, "once", "name = 'forged'", {"id": "id + 1000", "seq": "seq + 1000"}),
    (Event, "subject_type, subject_id, seq", "name = 'forged'", {"id": "id + 1000"}),
    (DailyRoot, "day", "hash = '0'", {"id": "id + 1000"}),
    (SignIn, "token_hash", "address = '192.0.2.1'", {"id": "id + 1000"}),
):
    FORGED.append("INSERT " + written_again(model, ends=f"ON CONFLICT ({place}) DO UPDATE SET {said}", **other))
REPLACED = [
    f"INSERT OR REPLACE {rows}"
    for rows in (
        written_again(Event, name="'forged'"),
        written_again(Event, name="'forged'", id="NULL", once="NULL"),
        written_again(Event, name="'forged'", id="NULL", seq="seq + 1000"),
        written_again(DailyRoot, hash="'0'"),
        written_again(DailyRoot, hash="'0'", id="NULL"),
        written_again(SignIn, address="'192.0.2.1'"),
        written_again(SignIn, address="'192.0.2.1'", id="NULL"),
    )
]
REPLACED += ["UPDATE OR REPLACE sign_in SET token_hash = '1' WHERE token_hash = '2'"]
TRUNCATED = ["TRUNCATE event CASCADE", "TRUNCATE daily_root", "TRUNCATE sign_in CASCADE", "TRUNCATE person CASCADE"]


@pytest.fixture
def done(campus):
    """What B did in a session; there is another session, in which nothing was done."""
    person = campus.B
    more = {"person": person, "expires": clock.now()}
    session = SignIn.create(token_hash="1", address="192.0.2.9", device="Phone", **more)
    SignIn.create(token_hash="2", **more)
    person.__dict__["session"] = (session.id, events.origin_of(session))
    events.seal(date(2026, 9, 1))
    return events.record(person, "note", "记一笔", by=person, details={"note": "一"}, once="once")


def trail_as_it_is():
    return [list(model.select().order_by(model.id).tuples()) for model in (Event, DailyRoot, SignIn)]


def test_the_database_itself_refuses(campus, house, done):
    before, let = trail_as_it_is(), []
    pragmas = ("recursive_triggers", "foreign_keys") if house.is_sqlite else ()
    for pragma in pragmas:
        assert database.execute_sql(f"PRAGMA {pragma}").fetchone() == (1,)
        database.execute_sql(f"PRAGMA {pragma} = 0")  # as it is wherever else the file is opened
    try:
        for act in [*FORGED, *(REPLACED if house.is_sqlite else TRUNCATED)]:
            try:
                with database.atomic():
                    database.execute_sql(act)
                    let.append(act)
            except peewee.IntegrityError as refused:
                of_session = re.match(r"(?!TRUNCATE)(?:[A-Z]+ )+sign_in", act)
                says = "a session that the trail names" if of_session else "the trail"
                let += [f"{act}: {refused}"] if f"{says} is never changed" not in str(refused) else []
    finally:
        for pragma in pragmas:
            database.execute_sql(f"PRAGMA {pragma} = 1")
    assert let == [] and trail_as_it_is() == before


def test_whoever_closes_their_account_takes_the_address_along_and_nobody_else_does(campus, done):
    accounts.set_demo_password([campus.B], PASSWORD)
    closing.close(campus.B, by=Person.get_by_id(campus.B.id), password=PASSWORD)
    gone = SignIn.get_by_id(done.sign_in_id)
    assert (gone.address, gone.device, gone.token_hash) == ("", "", f"gone-{gone.id}")
    assert Event.get_by_id(done.id).origin == done.origin != events.origin_of(gone)
    assert trail_check.wrong(whole=True) == []
    for said in ({"address": "192.0.2.1"}, {"token_hash": "1"}, {"person": campus.A}):
        with pytest.raises(peewee.IntegrityError, match="never changed"), database.atomic():
            SignIn.update(said).where(SignIn.id == gone.id).execute()


def test_announcing_goes_on_and_who_is_deleted_is_let_go(campus, done):
    """Deleted is only who never did anything in a session, as somebody whom an import brought by mistake."""
    with pytest.raises(peewee.IntegrityError, match="never changed"), database.atomic():
        campus.B.delete_instance()
    person = Person.create(number="T9", name="临时", kind="staff")
    SignIn.create(token_hash="x", person=person, expires=clock.now())
    event = events.record(campus.A, "note", "记一笔", by=person)
    Event.update(announced=clock.now()).where(Event.id == event.id).execute()
    Event.update(announced=None).where(Event.id == event.id).execute()
    person.delete_instance()
    assert Event.get_by_id(event.id).actor_id is None
    assert not events.broken_links(reversed(events.timeline(campus.A)))


# --- what proves it ------------------------------------------------------------------------------------


def test_doctor_goes_on_where_it_was_and_comes_round(campus, freeze, monkeypatch):
    monkeypatch.setattr(trail_check, "AGAIN", 2)
    story = Story(campus)
    for day in (1, 2, 3, 4, 5):
        freeze(datetime(2026, 9, day, 4, 0))
        story.report()
        events.seal(date(2026, 9, day))
    freeze(datetime(2026, 9, 6, 4, 0))
    assert trail_check.wrong() == []
    state = (site.data_folder / "trail-checked.json").read_text("utf-8")
    assert trail_check.wrong() == []
    assert (site.data_folder / "trail-checked.json").read_text("utf-8") != state, "other days were looked at again"
    old = Event.select().where(Event.at < datetime(2026, 9, 2)).order_by(Event.id.desc()).get()
    with database.atomic() as transaction:
        unguard()
        Event.update(label_text="别的").where(Event.id == old.id).execute()
        found = [sentence for _run in range(3) for sentence in trail_check.wrong() if "hold" in sentence]
        assert any(f"{old.subject_type} {old.subject_id}" in sentence for sentence in found)
        assert any("hold" in sentence for sentence in trail_check.wrong(whole=True))
        transaction.rollback()
    assert trail_check.wrong() == []
    # New events are always looked at, and a chain that lost its end is known by the root of its day.
    newest = events.record(campus.A, "note", "记一笔", by=campus.A)
    unguard()
    assert any("does not guard" in sentence for sentence in trail_check.wrong())
    Event.update(name="forged").where(Event.id == newest.id).execute()
    assert any(f"person {campus.A.id} does not hold" in sentence for sentence in trail_check.wrong())
    Event.delete().where(Event.at > datetime(2026, 9, 5), Event.at < datetime(2026, 9, 6)).execute()
    assert any("2026-09-05 are not those" in sentence for sentence in trail_check.wrong())


def test_an_event_taken_out_of_the_middle_is_found(campus):
    row = Campus.get()
    made = [events.record(row, "note", "记", by=None) for _ in range(4)]
    assert trail_check.wrong(whole=True) == []
    unguard()
    Event.delete().where(Event.id == made[1].id).execute()
    assert f"the trail of campus {row.id} does not hold at {made[2].seq}" in trail_check.wrong(whole=True)


def test_from_where_is_part_of_the_proof(campus, done):
    assert trail_check.wrong(whole=True) == []
    other = SignIn.get(SignIn.token_hash == "2")
    blank = {"address": "", "device": "", "token_hash": f"gone-{done.sign_in_id}"}
    for model, said in (
        (SignIn, {"address": "192.0.2.1"}),
        (SignIn, {"device": "Tablet"}),
        (SignIn, {"person": campus.A}),
        (SignIn, blank),
        (Event, {"sign_in": other}),
        (Event, {"sign_in": None}),
        (Event, {"actor": campus.A}),
        (Event, {"origin": None}),
        (Event, {"origin": events.origin_of(other), "sign_in": other}),
    ):
        with database.atomic() as transaction:
            unguard()
            model.update(said).where(model.id == (done.id if model is Event else done.sign_in_id)).execute()
            found = [sentence for sentence in trail_check.wrong(whole=True) if sentence.endswith(f"hold at {done.seq}")]
            transaction.rollback()
        assert len(found) == 1 and f"person {campus.B.id}" in found[0], said


def test_events_from_before_there_was_an_origin_keep_their_hash():
    said = {"subject_type": "person", "subject_id": 1, "seq": 1, "name": "note", "label_text": "记一笔"}
    event = Event(**said, actor_name="乙", at=datetime(2026, 9, 1), details={"b": 1, "a": "一"}, previous_hash="0" * 64)
    assert events.digest(event) == "ae9510f159bf742540f277e61dd9cd899899e05b2694a6d1d07b37e7698f3fcb"


def test_doctor_misses_each_guard(campus, house):
    asked = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%@_no@_%%' ESCAPE '@'"
    asked = asked if house.is_sqlite else "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%%@_no@_%%' ESCAPE '@'"
    assert {name for (name,) in database.execute_sql(asked).fetchall()} == trail_check.guards()
    for name in trail_check.guards():
        table = name.partition("_no_")[0]
        acts = [lambda name=name: unguard(name)]
        if not house.is_sqlite:
            off = f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}"
            acts.append(lambda off=off: database.execute_sql(off))
        for act in acts:
            with database.atomic() as transaction:
                act()
                found = trail_check.wrong()
                transaction.rollback()
            assert len(found) == 1 and name in found[0]
    assert trail_check.wrong() == []
