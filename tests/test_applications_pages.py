"""The pages of a service that an operator made: for who reads of it, who asks for it, and who decides."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import applications, clock, matters, search_services
from hall.search_words import phrase
from models import Application, Edition, Event, Question, Service, ServiceState
from tests.applying import GIVEN, PHONE, applied, fresh, made, taken, walked
from tests.conftest import Campus
from tests.portal import picture
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
NEW = "/services/vehicle/new"
TYPED = {"q_plate": "京A12345", "q_gate": "south", "phone": PHONE}


@pytest.fixture
def edition(campus: Campus) -> Edition:
    return made(campus)


def test_a_service_is_found_read_asked_for_and_decided(client: Visitor, sign_in: SignIn, edition: Edition) -> None:
    for page in ("/", "/services", "/search?q=通行证"):
        assert 'href="/services/vehicle"' in client.get(page).text, page
    about = client.get("/services/vehicle").text
    assert "车辆通行证" in about and "<strong>行驶证</strong>" in about and NEW in about
    answer = client.get(NEW)
    assert (answer.status_code, answer.location) == (302, f"/signin?next={NEW}")
    student, clerk, other = sign_in("A"), sign_in("settler"), sign_in("finance")
    answer = student.submit(NEW, **TYPED)
    row = Application.get()
    assert (answer.status_code, answer.location) == (302, f"/applications/{row.number}")
    shown = student.get(answer.location).text
    assert "京A12345" in shown and "南门" in shown and "正在由保卫处车证办办理" in shown and "139****0000" in shown
    queue = "/admin/queue/application"
    assert row.number in clerk.get(f"{queue}/").text and row.number not in other.get(f"{queue}/").text
    assert "没有更具体的路由" in clerk.get(f"{queue}/{row.number}").text
    assert clerk.submit(f"{queue}/{row.number}", action=f"{queue}/{row.number}/agree").status_code == 302
    assert fresh(row).status == "issuing"
    assert clerk.get(f"{queue}/{row.number}").status_code == 404  # it has passed to another team
    item = other.get(f"{queue}/{row.number}").text
    assert "京A12345" in item and PHONE in item and "没有更具体的路由" not in item
    assert other.submit(f"{queue}/{row.number}", action=f"{queue}/{row.number}/hand_out").status_code == 302
    assert "已领取" in student.get(f"/applications/{row.number}").text


def test_what_is_missing_is_said_and_what_was_typed_stays(sign_in: SignIn, edition: Edition) -> None:
    student = sign_in("A")
    answer = student.submit(NEW, **TYPED | {"q_plate": "", "phone": "12"})
    assert answer.status_code == 400
    assert 'href="#q_plate"' in answer.text and 'href="#phone"' in answer.text
    assert re.search(r'value="south"[^>]*checked|checked[^>]*value="south"', answer.text)
    assert not Application.select().exists()


def test_ten_copies_of_one_form_make_one(sign_in: SignIn, edition: Edition) -> None:
    student = sign_in("A")
    form = student.form(NEW)
    answers = [student.client.post(NEW, data=form.values | TYPED) for _time in range(3)]
    assert {answer.location for answer in answers} == {f"/applications/{Application.get().number}"}
    assert Application.select().count() == Event.select().where(Event.name == "apply").count() == 1


def without_token(answer: Any) -> str:
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", answer.text)


def test_strangers_find_nothing(
    client: Visitor, sign_in: SignIn, campus: Campus, edition: Edition, freeze: Callable[..., None]
) -> None:
    freeze(clock.now())  # an error page says when it was
    row = walked(campus, edition, "back")
    missing = "/applications/SQ0"
    for who in ("B", "W1", "finance", "lead"):
        visitor = sign_in(who)
        for rest in ("", "/resend", "/withdraw", "/agree"):
            answer = visitor.get(f"/applications/{row.number}{rest}")
            assert answer.status_code == 404 and without_token(answer) == without_token(visitor.get(missing + rest))
            assert visitor.post(f"/applications/{row.number}{rest or '/resend'}").status_code == 404
        assert visitor.get(f"/admin/queue/application/{row.number}").status_code == 404
    assert client.get(f"/applications/{row.number}").location.startswith("/signin")
    own = sign_in("A")
    assert own.get(f"/applications/{row.number}/agree").status_code == 404  # a step of the desk
    assert own.post(f"/applications/{row.number}/agree").status_code == 404
    desk = walked(campus, edition, "checking")
    assert sign_in("settler").get(f"/applications/{desk.number}/agree").status_code == 404  # the desk has its own page
    assert own.get(f"/admin/queue/application/{row.number}").status_code in (404, 302)
    assert fresh(row).status == "back"


def test_whom_it_is_not_for_is_told(sign_in: SignIn, campus: Campus) -> None:
    made(campus, audience=["staff"], departments=[])
    student = sign_in("A")
    assert "这项服务只对教职工开放" in student.get("/services/vehicle").text
    assert "/services/vehicle" not in student.get("/services").text
    answer = student.get(NEW)
    assert (answer.status_code, answer.location) == (302, "/services/vehicle")
    assert student.post(NEW, **TYPED).status_code == 302 and not Application.select().exists()
    Edition.update(audience=[]).execute()
    Service.update(is_open=False).execute()
    assert "暂时不接受新的申请" in student.get("/services/vehicle").text and NEW not in student.get("/services").text
    Edition.update(state="retired", slot=None).execute()
    assert student.get("/services/vehicle").status_code == student.get(NEW).status_code == 404


def test_an_applicant_answers_and_withdraws(sign_in: SignIn, campus: Campus, edition: Edition) -> None:
    row, student = walked(campus, edition, "back"), sign_in("A")
    here = f"/applications/{row.number}"
    page = student.get(here).text
    assert "等您处理" in page and "请写清楚车牌" in page and "请按说明补充" in page
    [waiting] = matters.open_matters(campus.A, 5)
    assert (waiting.word, waiting.action) == ("待补充", ("去处理", here)) and here in student.get("/").text
    form = student.form(f"{here}/resend")
    assert (form.values["q_plate"], form.values["q_gate"]) == ("京A12345", "south")  # what was answered stands there
    assert student.submit(f"{here}/resend", q_plate="京B99999", q_gate="west").status_code == 302
    assert (fresh(row).status, fresh(row).team.code) == ("checking", "KW")  # and what is mended routes it anew
    # PostgreSQL keeps the keys of JSON in an order of its own.
    told = student.get(here).text
    assert "改了：车牌号码、走哪个门" in told or "改了：走哪个门、车牌号码" in told
    item = sign_in("finance").get(f"/admin/queue/application/{row.number}").text
    assert "车牌号码从“京A12345”改为“京B99999”" in item and "走哪个门从“南门”改为“西门”" in item
    assert student.submit(f"{here}/withdraw").status_code == 302
    assert (fresh(row).phase, fresh(row).ended is not None) == ("withdrawn", True)
    assert student.get(f"{here}/withdraw").location == here  # what is over says so
    assert not matters.open_matters(campus.A, 5)


def test_who_is_slower_reads_what_happened(sign_in: SignIn, campus: Campus, edition: Edition) -> None:
    row, clerk = walked(campus, edition, "checking"), sign_in("settler")
    there = f"/admin/queue/application/{row.number}/deny"
    form = clerk.form(there)
    taken(row, "ask", campus.settler, note="请写清楚")
    answer = clerk.client.post(there, data=form.values | {"note": "不是本校的车"})
    assert answer.status_code == 409 and "现在是“待补充”，不能不通过" in answer.text and "不是本校的车" in answer.text
    assert fresh(row).status == "back"


def test_a_step_may_ask_and_a_photo_is_seen_by_who_sees_the_application(
    sign_in: SignIn, campus: Campus, edition: Edition
) -> None:
    asked = {"asked_of": "service_step", "about": f"{edition.id}:hand_out"}
    Question.create(**asked, code="pass", label_text="通行证编号", kind="text", required=True, position=1)
    Question.create(**asked, code="seen", label_text="领取签字", kind="photo", position=2)
    row, clerk = walked(campus, edition, "issuing"), sign_in("finance")
    there = f"/admin/queue/application/{row.number}/hand_out"
    answer = clerk.submit(there)
    assert answer.status_code == 400 and 'href="#q_pass"' in answer.text
    answer = clerk.submit(there, q_pass="T-007", q_seen=[picture()])
    assert answer.status_code == 302 and fresh(row).status == "issued"
    student = sign_in("A")
    page = student.get(f"/applications/{row.number}").text
    assert "T-007" in page and "通行证编号" in page
    [photo] = set(re.findall(r"/photos/\w+/thumb", page))
    assert student.get(photo).status_code == clerk.get(photo).status_code == 200
    assert sign_in("B").get(photo).status_code == 404


def test_english_readers_read_the_operators_english(sign_in: SignIn, campus: Campus, edition: Edition) -> None:
    row, student = walked(campus, edition, "back"), sign_in("A")
    english = {"headers": {"Accept-Language": "en"}}
    page = student.get(f"/applications/{row.number}", **english).text
    assert "Vehicle pass" in page and "More needed" in page and "Please add what is asked" in page
    assert ">Plate<" in page and ">South<" in page and "Send again" in page
    about = student.get("/services/vehicle", **english).text
    assert "Vehicle pass" in about and "Being checked" in about


def test_the_pages_cost_the_same_for_many(sign_in: SignIn, campus: Campus, edition: Edition, queries: Any) -> None:
    clerk, counts = sign_in("settler"), []
    other = made(campus, "another")
    row = walked(campus, edition, "checking")
    for _round in range(2):
        said = []
        for path in ("/admin/queue/application/", "/admin/queue/application/?lane=all"):
            clerk.get(path)
            with queries() as asked:
                assert clerk.get(path).status_code == 200
            said.append(len(asked))
        counts.append(said)
        for nth in range(8):
            walked(campus, (edition, other)[nth % 2], "checking")
    assert counts[0] == counts[1] and max(counts[0]) <= 12
    student = sign_in("A")
    student.get("/")
    for path in (f"/applications/{row.number}", "/services/vehicle", NEW):
        with queries() as asked:
            student.get(path)
        assert len(asked) <= 12, (path, asked)


def test_a_page_of_the_queue_ends_with_what_has_no_promise(
    sign_in: SignIn, campus: Campus, edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.queue_lane.PAGE", 2)
    ServiceState.update(due_minutes=None).where(ServiceState.code == "checking").execute()
    undated = [applied(campus.A, edition) for _time in range(3)]
    ServiceState.update(due_minutes=60).where(ServiceState.code == "checking").execute()
    dated = [applied(campus.A, Edition.get_by_id(edition.id)) for _time in range(3)]
    clerk, found, path = sign_in("settler"), [], "/admin/queue/application/?lane=decide"
    while path:
        page = clerk.get(path).text
        found += re.findall(r'id="(SQ\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert found == [row.number for row in (*dated, *undated)]


def test_the_search_of_services_knows_them_by_both_names(campus: Campus, edition: Edition) -> None:
    for typed, english, name in (("通行证", False, "车辆通行证"), ("vehicle pass", True, "Vehicle pass")):
        found = search_services.matching(tuple(filter(None, map(phrase, typed.split()))), english)
        assert [(each.link, said) for each, said, _text in found] == [("/services/vehicle", name)]


def test_what_an_application_promises_is_kept_on_its_page(sign_in: SignIn, campus: Campus, edition: Edition) -> None:
    row = walked(campus, edition, "checking")
    Application.update(due=clock.now() - timedelta(hours=1)).where(Application.id == row.id).execute()
    applications.run_timers()
    assert "系统已提醒" in sign_in("A").get(f"/applications/{row.number}").text
    assert "已超时" in sign_in("settler").get(f"/admin/queue/application/{row.number}").text
    assert GIVEN["plate"] in sign_in("X").get(f"/admin/queue/application/{row.number}").text
