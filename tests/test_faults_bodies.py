"""Bodies that nobody should send: files for words, broken, deep or endless ones, too many photos.

The numbers are those of the list of faults: 5, 21, 38.
"""

import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

import app as house_app
import forms
import models
from forms import editions, reporting, routing, words
from forms.applications import ApplyForm
from forms.articles import ArticleForm
from forms.automation import RuleForm, class_for
from forms.calendar import PeriodForm
from forms.mine import TellingForm
from forms.question_edits import QuestionForm
from forms.questions import Asks
from forms.settings import SettingForm
from forms.wording import WordingForm
from hall import clock, contact, flow, photos, places, settings, wording
from hall.edition_plan import plan_of
from hall.routing import Table
from hall.words import Refused
from tests import lost, stall
from tests.addresses import ENTITIES, address, entity_of, everything, rules, takes
from tests.applying import applied, made
from tests.board import commented, posted, published
from tests.conftest import Campus
from tests.portal import TEXT, item, picture
from tests.steps import HANDS, Steps
from tests.story import Story
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def steps(campus: Campus, sign_in: SignIn) -> Steps:
    return Steps(campus, sign_in)


# --- the wrong kinds of things (38) ----------------------------------------------------------------------

ASKING = [("A", "/repairs/new", "description"), ("A", "/repairs/quick", "description"), ("A", "/me/contact", "phone"),
          ("A", "/password", "new"), ("X", "/admin/doors/NQ4", "low"), ("X", "/admin/routing/rule", "group"),
          ("X", "/admin/import/", "kind"), ("operator", "/admin/phone/", "caller"),
          ("X", "/admin/building/new/", "code")]  # fmt: skip


def test_a_file_is_no_word_and_a_word_is_no_file(client: Visitor, sign_in: SignIn, steps: Steps) -> None:
    asked = [(steps.visitor(who), steps.visitor(who).form(path, having=having)) for who, path, having in ASKING]
    asked.append((client, client.form("/signin", having="password")))
    asked += [(visitor, form) for visitor, _order, form in map(steps.ready, HANDS)]
    wrong = []
    for visitor, form in asked:
        for turned in (form.names, {"once"}, {"seen"}, {"photos", "file"}):
            data: dict[str, Any] = {**form.values, "seen": "0", "csrf_token": form.values["csrf_token"]}
            for name in turned & form.names - {"csrf_token"}:
                data[name] = "words" if name in ("photos", "file") else (io.BytesIO(b"bytes"), "words.txt")
            answer = visitor.client.post(form.action, data=data, content_type="multipart/form-data")
            if answer.status_code >= 500:
                wrong.append(f"{form.action} {sorted(turned)}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
ODD_BODIES = [
    ("application/json", b"[" * 100_000),
    ("application/json", b'{"a": "\\ud800", "a": NaN}'),
    (FORM, b"&".join(b"workers=%d" % number for number in range(10_000))),
    (FORM, b"&".join(b"lines-%d-name=x" % number for number in range(10**9, 10**9 + 5_000))),
    (FORM, b"words=%ED%A0%80%FF&%FF=1&seen=9" + b"9" * 5_000 + b"&words" + b"[a]" * 50_000 + b"=1"),
    (PARTS, b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\n\xff\r\n--x'),
    (PARTS, b"--x\r\nbroken"),
    ("multipart/form-data", b"no boundary"),
    ("image/svg+xml", b"<svg onload='p()'/>"),
]


def test_odd_bodies_are_no_error_of_ours(app: Flask, sign_in: SignIn, steps: Steps) -> None:
    order, visitor = steps.story.order("finished"), sign_in("X")
    posts = [rule for rule in rules(app) if takes(rule, "POST") and rule.endpoint != "account.signout"]
    asked = [(visitor, address(rule, order)) for rule in posts if entity_of(rule)[0] in ("", "building")]
    asked += [(steps.ready(name)[0], steps.ready(name)[2].action) for name in ("dispatch", "settle", "comment")]
    wrong = []
    for browser, path in asked:
        token = {"X-CSRFToken": browser.token()}
        for kind, body in ODD_BODIES:
            answer = browser.client.post(path, data=body, content_type=kind, headers=token)
            if answer.status_code >= 500:
                wrong.append(f"{path} {kind} {body[:20]!r}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def every_form(story: Story) -> Iterator[tuple[type[forms.Form], Callable[[Any], forms.Form]]]:
    """Every class of form with how to fill it in from what was sent."""
    table, buildings = Table(), places.buildings()
    order, thread = story.order("finished"), posted(story.who["A"])
    # An edit asks for whatever its entity has reviewed, a reply for the templates of its department.
    thread.department = models.Department.get()
    subjects = {
        "supervision|moderation": thread,
        "property": lost.posted(story.who["B"]),
        "listing": stall.offered(story.who["A"]),
        "application": applied(story.who["A"], edition := made(Campus())),
    }

    def subclasses(kind: type[forms.Form]) -> Iterator[type[forms.Form]]:
        for sub in kind.__subclasses__():
            yield from subclasses(sub)
            if not sub.__name__.startswith("_") and sub.__module__.startswith("forms"):
                yield sub

    for kind in subclasses(forms.Form):
        if issubclass(kind, forms.StepForm):
            named = (name for name in subjects if re.search(name, kind.__module__))
            subject = subjects.get(next(named, ""), order)
            yield kind, lambda said, kind=kind, on=subject: kind(said, subject=on, person=story.who["A"])
        elif kind is ApplyForm:
            yield kind, lambda said: ApplyForm(said, edition=edition, person=story.who["A"])
        elif kind is routing.RuleForm:
            yield kind, lambda said: routing.RuleForm(said, rule=models.RoutingRule(), table=table, buildings=buildings)
        elif kind is WordingForm:
            yield kind, lambda said: WordingForm(said, phrase=wording.phrases()["step:repair:accept"])
        elif kind is PeriodForm:
            yield kind, lambda said: PeriodForm(said, period=models.CalendarPeriod())
        elif kind is SettingForm:
            yield kind, lambda said: SettingForm(said, code="market.sale_days")
        elif issubclass(kind, RuleForm):
            rule = models.Rule(flow="repair", conditions=[], params={})
            yield kind, lambda said, rule=rule: class_for("repair")(said, rule=rule)
        elif kind is words.WordForm:
            yield kind, lambda said: words.WordForm(said, row=models.SensitiveWord())
        elif kind is TellingForm:
            yield kind, lambda said: TellingForm(said, settings=contact.settings_of(story.who["A"]), is_staff=True)
        elif kind is ArticleForm:
            yield kind, lambda said: ArticleForm(said, kind="guide")
        elif kind is Asks:
            yield kind, lambda said: Asks(said, asked=[_question(name) for name, _label in models.QUESTION_KINDS])
        elif kind is QuestionForm:
            for of_kind, _label in models.QUESTION_KINDS:
                yield kind, lambda said, of_kind=of_kind: QuestionForm(said, kind=of_kind, others=[_question("yes_no")])
        elif issubclass(kind, editions.SeenForm):
            yield kind, lambda said, kind=kind: kind(said, **_in_a_draft(kind, edition))
        else:
            yield kind, lambda said, kind=kind: kind(said)


def _in_a_draft(kind: type[forms.Form], edition: models.Edition) -> dict[str, Any]:
    """What a form of the builder needs to know."""
    teams, plan = list(models.Team.select()), plan_of(edition)
    return {
        editions.SwitchForm: {"service": edition.service},
        editions.AboutForm: {"edition": edition},
        editions.TeamForm: {"edition": edition, "teams": teams},
        editions.StateForm: {"edition": edition, "teams": teams},
        editions.DraftStepForm: {"plan": plan},
        editions.RouteForm: {"edition": edition, "asked": plan.questions[""], "teams": teams},
    }.get(kind, {"version": 1})


def _question(kind: str) -> models.Question:
    options = [{"value": "a", "label": "甲", "label_en": ""}, {"value": "b", "label": "乙", "label_en": ""}]
    return models.Question(code=f"of_{kind}", kind=kind, label_text="问题", options=options, required=True)


def test_whatever_is_wrong_is_said_in_the_words_of_the_hall(steps: Steps) -> None:
    for table in flow.FLOWS.values():
        for step in table.steps.values():
            forms.step_form(table.name, step.name)
    told: dict[str, str] = {}
    kinds = set()
    for kind, make in every_form(steps.story):
        kinds.add(kind)
        asked = make(None)
        names = [name for name in asked._fields if name not in ("lines", "photos", "file")]
        names += [f"lines-0-{name}" for name in ("kind", "name", "quantity", "unit", "price")] * ("lines" in asked)
        for said in ("", " ", "x" * 5_000, "9" * 5_000, "-1", "abc", "１２", "2026-13-45T99:99"):
            form = make(MultiDict((name, said) for name in names))
            if form.validate():
                try:
                    form.answers()
                except Refused as refused:
                    form.blame(refused)
            told |= dict.fromkeys(sentences([form.errors, form.form_errors]), kind.__name__)
    assert {reporting.ReportForm, reporting.QuickForm, reporting.PhoneForm, routing.RuleForm} < kinds
    assert len(kinds) > 25
    assert len(told) > 15
    assert not {text: kind for text, kind in told.items() if re.search("[A-Za-z]{2,} [A-Za-z]{2,}", text)}


def sentences(errors: Any) -> Iterator[str]:
    if isinstance(errors, dict):
        errors = list(errors.values())
    if isinstance(errors, list | tuple):
        for error in errors:
            yield from sentences(error)
    else:
        yield str(errors)


def test_the_panel_too_says_it_in_chinese(sign_in: SignIn) -> None:
    visitor, told = sign_in("X"), set()
    for entity in models.ENTITIES:
        if entity.frozen:
            continue
        form = visitor.form(f"/admin/{entity._meta.table_name}/new/", having="once")
        for said in ("", "x" * 30_000, "abc", "1e99"):
            kept = {"csrf_token": form.values["csrf_token"], "once": said[:9]}
            answer = visitor.client.post(form.action, data=dict.fromkeys(form.names, said) | kept)
            assert answer.status_code in (302, 400), (entity, said)
            told |= set(re.findall(r'class="error"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', answer.text, re.DOTALL))
    assert len(told) > 5
    assert not [text for text in told if re.search("[A-Za-z]{2,} [A-Za-z]{2,}", text)]


# --- too much (5, 21) ------------------------------------------------------------------------------------


@pytest.mark.one_database  # how much may be sent is asked before it is read
def test_there_is_room_for_files_where_files_are_asked_for_and_nowhere_else(
    app: Flask, sign_in: SignIn, steps: Steps
) -> None:
    order, asking, seen = steps.story.order("finished"), set(), set()
    commented(Campus(), published(Campus()), by=steps.story.who["A"])
    lost.posted(steps.story.who["A"])
    stall.offered(steps.story.who["A"])
    edition = made(Campus())
    for asked_of, about in (("edition", str(edition.id)), ("service_step", f"{edition.id}:withdraw")):
        models.Question.create(asked_of=asked_of, about=about, code="seen", label_text="照片", kind="photo")
    applied(steps.story.who["A"], edition)
    visitors = [sign_in(who) for who in ("X", "A", "operator", "keeper_of_lost")]
    for rule in rules(app):
        entity = ENTITIES.get(entity_of(rule)[0])
        if entity and entity.frozen:
            continue
        if takes(rule, "POST") and takes(rule, "GET") and entity_of(rule)[1] not in seen:
            seen.add(entity_of(rule)[1] or rule.rule)
            pages = [visitor.get(address(rule, order)).text for visitor in visitors]
            asking |= {rule.endpoint for page in pages if 'type="file"' in page}
    # The page of an article shows the form of its files, which is sent to an address of its own; of the pages that
    # every entity has, one stands for all.
    asking = {"writing.attach" if page == "writing.edit" else page for page in asking}
    assert {each.split(".", 1)[-1] if "import_view" in each else each for each in asking} == {
        each.split(".", 1)[-1] if "import_view" in each else each for each in house_app.ROOM
    }
    assert house_app.ROOM["repairs.step"] > settings.LIMITS["photos.most"].most * photos.MAX_BYTES
    visitor, token = visitors[1], {"csrf_token": visitors[1].token()}
    comment = f"/repairs/{order.number}/comment"
    for path, most in (("/repairs/new", 95), (comment, 95), ("/admin/import/", 25), ("/me/contact", 1)):
        for size, fits in ((most * house_app.MEGABYTE, True), (most * house_app.MEGABYTE + 1, False)):
            said = {"CONTENT_LENGTH": str(size)}
            kind = "multipart/form-data; boundary=x"
            status = visitor.client.post(path, data=b"--x--", content_type=kind, environ_overrides=said).status_code
            assert (status != 413) == fits, (path, size, status)
    six = [(io.BytesIO(b"x" * 6 * house_app.MEGABYTE), f"{number}.jpg") for number in range(6)]
    answer = visitor.client.post(comment, data={**token, "words": "六张照片", "photos": six})
    assert answer.status_code == 400
    assert "第 1 个文件不是照片" in answer.text
    words = {**token, "words": "x" * 2 * house_app.MEGABYTE}
    for kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        assert visitor.client.post(comment, data=words, content_type=kind).status_code == 413


def test_too_many_photos_are_told_before_one_is_read(
    sign_in: SignIn, steps: Steps, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, finished, returned = (steps.story.order(state) for state in ("repairing", "finished", "returned"))
    for person in (campus.A, campus.W1):
        for number in range(settings.value("photos.a_day")):
            models.Photo.create(name=f"{person.id}-{number}", subject_type="repair_order", subject_id=order.id,
                                owner=person, width=1, height=1, size=1, created=clock.now())  # fmt: skip
    monkeypatch.setattr(photos, "_prepare", lambda *_: pytest.fail("a photo was read"))
    before = everything()
    sent = [
        ("A", f"/repairs/{order.number}/comment", {"words": "看这张照片"}),
        ("A", "/repairs/new", {"item": item(), "description": TEXT}),
        ("A", "/repairs/quick", {"item": item(), "description": TEXT}),
        ("W1", f"/admin/queue/repair/{order.number}/finish", {"work_done": "更换阀芯", "labour_minutes": "40"}),
        ("A", f"/repairs/{finished.number}/rework", {"reason": "还是在滴水"}),
        ("A", f"/repairs/{returned.number}/resubmit", {"description": TEXT}),
    ]
    for who, path, said in sent:
        answer = steps.visitor(who).submit(path, having="photos", **said, photos=[picture()])
        assert answer.status_code == 429, (path, answer.status_code)
        assert "每人每天最多上传 60 张照片" in answer.text
        assert next(iter(said.values())) in answer.text  # what was typed is kept
    assert everything() == before
