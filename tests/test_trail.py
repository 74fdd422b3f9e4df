"""The trail over everything: who may read it, what it finds, its files; that nobody changes it; and what proves it."""

import csv
import io
from datetime import date, datetime, timedelta

import peewee
import pytest

from hall import clock, events, site, trail_check
from models import Building, Campus, DailyRoot, Department, Event, Person, SignIn, database
from tests.story import Story
from tests.unguarded import unguard


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


@pytest.mark.parametrize(
    "act",
    [
        lambda: Event.delete().execute(),
        lambda: Event.update(actor_name="别人").execute(),
        lambda: Event.update(details={"changes": {}}).execute(),
        lambda: Event.update(at=datetime(2020, 1, 1)).execute(),
        lambda: Event.update(hash="0" * 64).execute(),
        lambda: Event.update(seq=Event.seq + 5).execute(),
        lambda: Event.update(sign_in=SignIn.select().first()).execute(),
        lambda: Event.update(actor=Person.select().first()).execute(),
        lambda: DailyRoot.delete().execute(),
        lambda: DailyRoot.update(hash="0" * 64).execute(),
    ],
)
def test_the_database_itself_refuses(sign_in, campus, act):
    sign_in("A")
    events.record(campus.A, "note", "记一笔", by=campus.A, details={"note": "一"})
    DailyRoot.create(day=date(2026, 9, 1), events=0, hash="1" * 64)
    before = list(Event.select().tuples()), list(DailyRoot.select().tuples())
    with pytest.raises(peewee.IntegrityError, match="never changed"), database.atomic():
        act()
    assert (list(Event.select().tuples()), list(DailyRoot.select().tuples())) == before


def test_announcing_goes_on_and_who_is_deleted_is_let_go(campus):
    person = Person.create(number="T9", name="临时", kind="staff")
    session = SignIn.create(token_hash="x", person=person, expires=clock.now())
    person.__dict__["seen"] = (session.id, clock.now())
    event = events.record(campus.A, "note", "记一笔", by=person)
    assert event.sign_in_id == session.id
    Event.update(announced=clock.now()).where(Event.id == event.id).execute()
    Event.update(announced=None).where(Event.id == event.id).execute()
    person.delete_instance()
    assert (Event.get_by_id(event.id).actor_id, Event.get_by_id(event.id).sign_in_id) == (None, None)
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
