"""Pages in bad weather: every link followed, scripts in every text, garbage in every address.

The numbers are those of the list of faults: 11, 12, 15, 36.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import peewee
import pytest
from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

import models
from hall import clock, floods, moderation, notify, photos, repairs, supervision
from hall.settlement import Line
from tests.addresses import SCRIPT, address, dangers, entity_of, everything, rules, takes, walk
from tests.board import answered, commented, decided, drafted, forwarded, posted, published
from tests.conftest import Campus
from tests.portal import picture
from tests.story import STARS, Story
from tests.test_layers import HOUSE
from tests.visitor import PASSWORD, Visitor

SignIn = Callable[..., Visitor]
SHORT = "\"'<b onx=1>"
STARTS = (
    "/", "/services", "/repairs", "/supervision", "/supervision/mine", "/me", "/inbox", "/admin/", "/admin/desk/",
    "/admin/queue/repair/?lane=all", "/admin/queue/supervision/?lane=all",
)  # fmt: skip


def orders_and_threads(campus: Campus) -> Story:
    """Orders of A in most states, with a photo, a follower and messages."""
    told = Story(campus)
    for state in ("reported", "returned", "dispatched", "on_hold", "settled", "merged"):
        told.order(state)
    order = told.order("finished")
    photos.attach(order, photos.prepare([("leak.png", picture()[0])]), by=campus.A)
    order = repairs.rate(repairs.inspect(order, by=campus.A), by=campus.A, **STARS, words="来得快")
    repairs.close(told.settle(order), by=campus.finance)
    thread = answered(campus)
    moderation.report(thread, by=campus.B, code="untrue")
    commented(campus, thread)
    posted(campus.A)
    notify.announce()
    return told


with_story = pytest.mark.begins_after(made=orders_and_threads)


@pytest.fixture
def story(begun: Story) -> Story:
    return begun


# --- following links (15) ------------------------------------------------------------------------------


@with_story
@pytest.mark.parametrize(("who", "least"), [("X", 150), ("A", 20), ("lead", 60), ("W1", 20), ("visitor", 8)])
def test_following_links_changes_nothing_and_leads_somewhere(
    client: Visitor, sign_in: SignIn, story: Story, who: str, least: int
) -> None:
    visitor, before, wrong, count = client if who == "visitor" else sign_in(who), everything(), [], 0
    for path, source, answer in walk(visitor, STARTS):
        count += 1
        if answer.status_code not in (200, 302, 308) and (source or answer.status_code != 404):
            wrong.append(f"{source} leads to {path}: {answer.status_code}")
        wrong += [f"{path} holds {danger}" for danger in dangers(answer)]
    assert not wrong, "\n".join(wrong)
    assert count > least
    assert everything() == before


DANGERS = [
    '<a href="&#106;avascript:x">', "<b onx=1>", "<b/onx=1>", "<p ONCLICK = 'x'>", "<p style=x>", "<script>1</script>",
    "<script src=//evil>", "<iframe>", "<BASE href=x>", "<img src=x onerror=p(1)>", "<a href=' javascript:1'>",
    '<a href="data:text/html,x">', '<form action="VBScript:1">', '<b a="1"onx=1>', "<b a=1\nonx\n=1>", '<img src="x">',
]  # fmt: skip


@pytest.mark.parametrize("page", DANGERS)
def test_every_danger_is_seen(page: str) -> None:
    """A page is taken apart only where it holds something odd: nothing else is dangerous."""
    assert dangers(TestResponse([page.encode()], "200 OK", Headers(), Request({}), content_type="text/html"))


# --- scripts that somebody wrote (11) -------------------------------------------------------------------


def scripts(campus: Campus) -> list[models.RepairOrder]:
    """Orders in which everybody has written a script wherever there is room for words."""
    told, text = Story(campus), f"{SCRIPT} 卫生间冷水龙头关不紧一直滴水"
    said = {"description_text": text, "spot": SCRIPT}
    repairs.report(
        by=campus.operator, caller=SCRIPT, channel="phone", building=models.Building.get(code="NQ4"), room="304",
        item=models.RepairItem.get(code="S01"), phone="13900000057", **said,
    )  # fmt: skip
    told.order("awaiting_review", **said)
    returned = repairs.send_back(told.order("reported", **said), by=campus.lead, reason=text)
    declined = repairs.decline(told.order("reported", **said), by=campus.lead, code="not_ours", note=text)
    held = told.order("repairing", **said)
    held = repairs.hold(held, by=campus.W1, code="materials", until=clock.now() + timedelta(days=2), note=text)
    done = told.order("repairing", **said)
    done = repairs.comment(done, by=campus.A, words=text)
    done = repairs.urge(done, by=campus.A, note=text)
    done = told.finish(done, work_done=text, materials="<b/onx=1> 1 个")
    done = repairs.rework(done, by=campus.A, reason=text)
    done = told.finish(done, work_done=text, materials="<b/onx=1> 1 个")
    photos.attach(done, photos.prepare([(f"{SCRIPT}.png", picture()[0])]), by=campus.A)
    done = repairs.inspect(done, by=campus.A, note=text)
    done = told.settle(done, Line("material", SCRIPT, Decimal(1), 100, "<b onx=1>"))
    done = repairs.reject_settlement(done, by=campus.finance, reason=text)
    done = told.settle(done, Line("material", SCRIPT, Decimal(1), 100, "<b onx=1>"))
    done = repairs.rate(done, by=campus.A, **STARS, words=text)
    done = repairs.rate(done, by=campus.A, words=text)
    done = repairs.follow_up(done, by=campus.caller, method="phone", result="neutral", note=text)
    _scripted_board(campus, text)
    notify.announce()
    floods.note_failure(SCRIPT, "192.0.2.7")
    return [returned, declined, held, done]


with_scripts = pytest.mark.begins_after(made=scripts)


@pytest.fixture
def scripted(begun: list[models.RepairOrder]) -> list[models.RepairOrder]:
    return begun


def _scripted_board(campus: Campus, text: str) -> None:
    """Scripts in a thread, what is said below it, and what staff says about it, in most states."""
    said = {"title": SCRIPT, "text": text}
    canteens = models.Department.get(code="HQ-YS")
    supervision.return_thread(forwarded(campus, **said), by=campus.handler, ground=text, suggested=None)
    thread = supervision.forward(published(campus, **said), by=campus.M, department=canteens, note=text)
    supervision.talk(thread, by=campus.handler, method="phone", summary=text)
    decided(drafted(campus, thread, text=text, measures=text), "send_back", campus.M, note=text)
    decided(drafted(campus, models.Thread.get_by_id(thread.id), text=text, measures=text), "publish", campus.M)
    decided(commented(campus, thread, text=text), "publish", campus.M)
    commented(campus, thread, text=text)
    moderation.report(thread, by=campus.B, code="untrue", note=text)
    thread = decided(posted(campus.A, **said), "reject", campus.M, code="untrue", note=text)
    moderation.appeal(thread, by=campus.A, words=text)
    edited = published(campus, **said)
    moderation.edit(edited, by=campus.A, content={"title": f"{SCRIPT}!", "text": text})
    posted(campus.B, **said)


# What the hall writes by itself, or by which rows are found here.
KEPT = "Bed.number Grant.role Grant.scope MaintenanceGroup.code RepairOrder.number Notification.link "
KEPT += "Photo Event Counter DailyRoot Thread.number Thread.phone Reply.promised Submission.subject_type "
KEPT += "Submission.kind Report.subject_type ModerationRule.subject_type Article.code Attachment "
KEPT += "ImportRun.subject_type "


def write_scripts_everywhere() -> None:
    """A script in every column of words of every row, as far as panel and imports let somebody write it."""
    kept = KEPT.split()
    for entity in models.ENTITIES:
        for column in entity._meta.sorted_fields:
            words = isinstance(column, peewee.CharField | peewee.TextField) and column.verbose_name
            named = f"{entity.__name__}.{column.name}" in kept or entity.__name__ in kept
            if not words or column.choices or named:
                continue
            room = getattr(column, "max_length", None) or 99
            script = SCRIPT if room > 30 else SHORT if room > 16 else "<b onx=1>"
            alike = peewee.Value(script).concat(entity.id.cast("text"))
            entity.update({column: alike if room > 16 else script}).execute()
    models.Bed.update(number="<b onx=1>").where(models.Bed.id == models.Bed.get().id).execute()


@with_scripts
@pytest.mark.one_database  # templates make text of it; on PostgreSQL these pages are opened by following links
@pytest.mark.parametrize("who", ["X", "A", "lead", "W1", "settler", "operator", "M", "handler"])
def test_what_people_write_is_text_on_every_page(sign_in: SignIn, scripted: list[models.RepairOrder], who: str) -> None:
    visitor = sign_in(who)
    write_scripts_everywhere()
    orders = [f"/repairs/{order.number}" for order in scripted]
    orders += [f"/admin/queue/repair/{order.number}" for order in scripted]
    orders += ["/admin/phone/caller?caller_number=2026010002&place=%E5%8D%974+304", "/admin/import/"]
    wrong, shown = [], 0
    for path, _source, answer in walk(visitor, (*orders, *STARTS)):
        wrong += [f"{path} holds {danger}" for danger in dangers(answer)]
        assert answer.status_code < 500, path
        shown += "&lt;img src=x" in answer.text if answer.mimetype == "text/html" else 0
    assert not wrong, "\n".join(wrong)
    assert shown > 3, shown


@with_scripts
def test_no_script_runs_in_a_browser(browser_page: Any, campus: Campus, scripted: list[models.RepairOrder]) -> None:
    """What pages make of words by script of ours (suggestions, what is reported already) is text as well."""
    page, done = browser_page, scripted[-1]
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    page.goto("/signin")
    page.fill("[name=number]", campus.X.number)
    page.fill("[name=password]", PASSWORD)
    page.click("main form .btn-h")
    write_scripts_everywhere()
    for path in (f"/repairs/{done.number}", f"/admin/queue/repair/{done.number}", "/repairs/new", "/admin/person/"):
        page.goto(path)
        assert page.locator("img[src=x], [onerror], [onx]").count() == 0, path
    page.goto("/admin/bed/new/")
    page.locator("#room").press_sequentially("<b")
    page.locator(".suggestions li").first.wait_for()
    assert page.locator("img[src=x], [onerror], [onx]").count() == 0


# --- scripts and garbage in addresses (12, 35, 36, 38) ----------------------------------------------------

# Who asks which page with which questions; every question that the faces read stands here.
ASKED = [
    ("A", "/repairs", "before open"),
    ("A", "/repairs/new", "again building room channel"),
    ("A", "/repairs/quick", "again building room channel"),
    ("A", "/repairs/similar", "place building room item"),
    ("visitor", "/questions/repair_item", "about"),
    ("visitor", "/questions/listing", "about"),
    ("X", "/admin/questions/repair_item/D01/", "back"),
    ("X", "/admin/file-imports/1", "hop"),
    ("X", "/admin/questions/repair_item/D01/add", "kind back"),
    ("A", "/inbox", "before"),
    ("A", "/me/matters", "after"),
    ("A", "/me/sent", "before"),
    ("A", "/password", "next"),
    ("visitor", "/signin", "next"),
    ("visitor", "/language", "next"),
    ("visitor", "/", "lang"),
    ("visitor", "/notices", "after"),
    ("X", "/admin/writing/", "kind after"),
    ("X", "/admin/writing/new", "kind"),
    ("visitor", "/open", "month service"),
    ("visitor", "/open/repair-building.csv", "month"),
    ("visitor", "/repairs/new", "again building room channel"),
    ("lead", "/admin/queue/repair/", "lane q after group building department"),
    ("lead", "/admin/queue/repair/{number}", "lane q after group"),
    ("operator", "/admin/phone/caller", "caller_number place"),
    ("visitor", "/supervision", "q kind department state period sort after"),
    ("visitor", "/supervision/{thread}", "after"),
    ("visitor", "/supervision/similar", "q"),
    ("visitor", "/supervision/feed.atom", "kind department"),
    ("visitor", "/supervision/log", "after"),
    ("A", "/supervision/mine", "show before"),
    ("A", "/supervision/new", "order kind"),
    ("visitor", "/lost-found", "kind item_kind building state period q after"),
    ("visitor", "/lost-found/announced", "after"),
    ("A", "/lost-found/new", "kind item_kind answers answered"),
    ("A", "/lost-found/mine", "show before after"),
    ("visitor", "/market", "q category condition place campus least most negotiable sort after"),
    ("A", "/market/new", "graduation"),
    ("A", "/market/mine", "show before"),
    ("A", "/market/favourites", "after"),
    ("A", "/messages", "after"),
    ("keeper_of_lost", "/admin/lost-property/tags", "number after"),
    ("keeper_of_lost", "/admin/lost-property/find", "number"),
    ("keeper_of_lost", "/admin/lost-property/overdue", "after"),
    ("M", "/admin/desk/", "what department risk cause after"),
    ("M", "/admin/desk/counts", "item"),
    ("X", "/admin/words/list", "q action before"),
    ("X", "/admin/words/new", "word"),
    ("X", "/admin/routing/", "campus kind family building item"),
    ("X", "/admin/routing/rule", "building item"),
    ("X", "/admin/doors/NQ4", "floor"),
    (
        "X",
        "/admin/repair_order/",
        "search sort before after flt_building flt_created_from",
    ),
    ("X", "/admin/building/", "columns inline archived flt_floors_least flt_latitude_empty flt_campus"),
    ("X", "/admin/bed/", "flt_room__building flt_room__building__campus columns"),
    ("X", "/admin/building/views/", "back"),
    ("X", "/admin/building/cell/", "id name part back"),
    ("X", "/admin/repair_order/details/", "id"),
    ("X", "/admin/repair_order/history/", "id before"),
    ("X", "/admin/building/edit/", "id version"),
    ("X", "/admin/building/new/", "from"),
    ("X", "/admin/overview/", "weeks week"),
    ("X", "/admin/automation/new", "flow"),
    ("X", "/admin/trail/", "who what act since until after"),
    ("X", "/admin/repair_order/ajax/lookup/", "name query level above within all"),
]
WEATHER = (
    "1" + "0" * 20, "#1", "词 " * 1500, "%_" * 100, "9999-12-31T23:59:59~1", "-" * 99, SCRIPT, "{{7*7}}\ud7ff\ufffe"
)  # fmt: skip


def test_every_question_that_a_face_reads_is_in_the_list() -> None:
    known = {name for _who, _path, names in ASKED for name in names.split()}
    asked = re.compile(r"(?:args\.get\(|args\[|_asked\(|values\.get\(|said\.get\()\"(\w+)\"")
    faces = [*HOUSE.glob("portal/*.py"), *HOUSE.glob("admin/*.py")]
    read = {name for face in faces if face.name != "fields.py" for name in asked.findall(face.read_text("utf-8"))}
    assert len(read) > 12
    assert read <= known


@with_story
def test_garbage_in_questions_is_no_error_of_ours(client: Visitor, sign_in: SignIn, story: Story, app: Flask) -> None:
    visitors: dict[str, Visitor] = {"visitor": client}
    number, thread = models.RepairOrder.select().first().number, models.Thread.select().first().number
    before, wrong = everything(), []
    for who, path, names in ASKED:
        visitor = visitors[who] = visitors.get(who) or sign_in(who)
        for name in names.split():
            for said in WEATHER:
                answer = visitor.get(path.format(number=number, thread=thread), query_string={name: said})
                told = f"{who} {path}?{name}={said[:30]!r}"
                if answer.status_code not in (200, 302, 400, 404):
                    wrong.append(f"{told}: {answer.status_code}")
                wrong += [f"{told} holds {danger}" for danger in dangers(answer)]
                if re.match(r"(\w+:)?/[/\\\\]", answer.headers.get("Location", "")):
                    wrong.append(f"{told} leads to {answer.location}")
    assert not wrong, "\n".join(wrong)
    assert everything() == before


@with_story
@pytest.mark.parametrize(
    "odd", [SCRIPT, "\ud7ff\ufffe", "文字", "../../../etc/passwd", "a\r\nSet-Cookie: x=1", "9" * 5000, "{{7*7}}", "a b"]
)
def test_garbage_in_paths_is_no_error_of_ours(sign_in: SignIn, story: Story, app: Flask, odd: str) -> None:
    visitor, order, wrong = sign_in("X"), models.RepairOrder.select().first(), []
    for rule in rules(app):
        for name in rule.arguments if takes(rule, "GET") and not entity_of(rule)[0] else ():
            path = address(rule, order, **{name: quote(odd, safe="")})
            answer = visitor.get(path)
            if answer.status_code not in (200, 302, 308, 400, 404) or "Set-Cookie: x" in str(answer.headers):
                wrong.append(f"{path[:80]}: {answer.status_code}")
            wrong += [f"{path[:80]} holds {danger}" for danger in dangers(answer)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "path", ["/%ED%A0%80", "/repairs/%FF%FE", "/?q=%ED%A0%80", "/repairs?before=%FF", "/at/%C0%AF"]
)
def test_bytes_that_are_no_text_are_no_error_of_ours(sign_in: SignIn, path: str) -> None:
    assert sign_in("A").get(path).status_code in (200, 302, 400, 404)
