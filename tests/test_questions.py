"""Questions that an operator added: what may be answered, who is asked, what becomes of it when they change."""

import threading
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from hall import events, question_editing, questions
from hall import question_values as values
from hall.words import Refused
from models import Answer, Event, Photo, Question, database
from tests.asking import asked, item, kept, lamp, options
from tests.conftest import Campus
from tests.portal import reported
from tests.stall import picture
from tests.test_repair_race import at_once


def question(kind: str, **more: Any) -> Question:
    said = {"asked_of": "repair_item", "code": "it", "label_text": "问题", "options": options()}
    return Question(kind=kind, **{**said, **more})


GOOD = [
    ("text", "  阀芯\n坏了 ", {}, "阀芯 坏了"),
    ("long_text", "一\r\n二", {}, "一\n二"),
    ("number", "１２.５０", {}, "12.5"),
    ("number", "1,200", {}, "1200"),
    ("number", 3, {}, "3"),
    ("number", "-0", {}, "0"),
    ("number", "5", {"least": Decimal(5), "most": Decimal(5)}, "5"),
    ("choice", "desk", {}, "desk"),
    ("choices", ["corridor", "ceiling", "ceiling"], {}, '["ceiling", "corridor"]'),
    ("choices", [], {}, ""),
    ("date", "2026-11-22", {}, "2026-11-22"),
    ("date", date(2026, 2, 28), {}, "2026-02-28"),
    ("time", "14:30", {}, "14:30"),
    ("time", "14:30:59", {}, "14:30"),
    ("yes_no", "0", {}, "0"),
    ("yes_no", True, {}, "1"),
    ("text", "   ", {}, ""),
    ("number", None, {}, ""),
]
BAD = [
    ("text", "短", {"least": Decimal(2)}),
    ("text", "长" * 201, {}),
    ("text", "长" * 11, {"most": Decimal(10)}),
    ("number", "nan", {}),
    ("number", "1e9", {}),
    ("number", "inf", {}),
    ("number", "10000000000", {}),
    ("number", "4.99", {"least": Decimal(5)}),
    ("number", "6", {"most": Decimal(5)}),
    ("number", "1\x002", {}),
    ("choice", "none", {}),
    ("choice", ["desk"], {}),
    ("choices", ["desk", "none"], {}),
    ("choices", ["desk"], {"least": Decimal(2)}),
    ("choices", ["desk", "ceiling"], {"most": Decimal(1)}),
    ("choices", 7, {}),
    ("date", "2026-02-30", {}),
    ("date", "0001-01-01", {}),
    ("date", "明天", {}),
    ("time", "25:00", {}),
    ("yes_no", "2", {}),
]


@pytest.mark.parametrize(("kind", "given", "more", "wanted"), GOOD)
def test_an_answer_is_kept_as_one_text(kind: str, given: Any, more: dict[str, Any], wanted: str) -> None:
    assert values.canonical(question(kind, **more), given) == wanted


@pytest.mark.parametrize(("kind", "given", "more"), BAD)
def test_a_wrong_answer_is_refused_beside_its_field(kind: str, given: Any, more: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        values.canonical(question(kind, **more), given)
    assert refused.value.field == "q_it"


def test_a_day_is_bound_from_today(freeze: Any, house: Any) -> None:
    freeze(datetime(2026, 11, 22, 2))
    ahead = question("date", least=Decimal(1), most=Decimal(7))
    assert values.canonical(ahead, "2026-11-23") == "2026-11-23"
    for day in ("2026-11-22", "2026-11-30"):
        with pytest.raises(Refused):
            values.canonical(ahead, day)


def test_what_is_asked_of_all_of_the_family_and_of_the_item(campus: Campus) -> None:
    for code, about in (("own", "D01"), ("family", "D"), ("every", ""), ("other", "D02")):
        asked(campus.X, code, about=about)
    assert [each.code for each in questions.of("repair_item", "D01")] == ["every", "family", "own"]
    assert [each.code for each in questions.of("repair_item", "")] == ["every"]
    assert [each.code for each in questions.of("repair_item", "K01")] == ["every"]


@pytest.mark.parametrize("value", ["[其他]", "[", "[1", "[" * 100_000])
def test_a_choice_that_begins_with_a_bracket_is_an_answer(value: str) -> None:
    above = question("choice", code="above", options=options((value, value, "")))
    hangs = question("text", code="hangs", only_if="above", only_if_in=[value], required=True)
    assert values.checked([above, hangs], {"above": value, "hangs": "说明"}) == {"above": value, "hangs": "说明"}
    with pytest.raises(Refused):
        values.checked([above, hangs], {"above": value})


def test_answers_are_kept_read_and_changed(campus: Campus) -> None:
    lamp(campus)
    order = reported(campus.A, "D01", given={"lamp": "corridor", "lamps": "3"})
    told = questions.answered(order)
    assert [(each.label, each.text(), each.text("en")) for each in told] == [
        ("哪里的灯", "走廊灯", "走廊灯"),
        ("几盏", "3 盏", "3 盏"),
    ]
    with database.atomic():
        questions.keep(order, questions.for_subject(order), {"lamp": "desk", "lamps": "4"}, by=campus.A)
    # How many hangs on the kind of lamp: what is not put is not kept, though it was sent.
    assert kept(order) == {"lamp": "desk"}


@pytest.mark.parametrize("given", [None, {}, {"lamp": "ceiling"}, {"lamp": "none"}, {"lamp": "ceiling", "lamps": "0"}])
def test_an_order_without_its_answers_is_not_made(campus: Campus, given: Any) -> None:
    lamp(campus)
    with pytest.raises(Refused) as refused:
        reported(campus.A, "D01", given=given)
    assert refused.value.field in ("q_lamp", "q_lamps")
    assert not Event.select().where(Event.name == "report").exists()


def test_a_change_makes_a_new_question_and_old_answers_keep_their_words(campus: Campus) -> None:
    which = lamp(campus)
    order = reported(campus.A, "D01", given={"lamp": "ceiling", "lamps": "2"})
    new = questions.change(which, by=campus.X, label_text="哪一盏灯", options=options()[:1] + options()[2:])
    assert (new.code, new.replaces_id, new.position) == ("lamp", which.id, which.position)
    assert [each.label_text for each in questions.of("repair_item", "D01")] == ["哪一盏灯", "几盏"]
    assert [each.label for each in questions.answered(order)] == ["哪里的灯", "几盏"]
    assert reported(campus.B, "D01", given={"lamp": "ceiling", "lamps": "1"})
    last = events.timeline(new)[0]
    assert (last.name, last.details["changes"]["label_text"]) == ("change", ["哪里的灯", "哪一盏灯"])
    with pytest.raises(Refused) as refused:
        questions.change(which, by=campus.X, label_text="别的问法")
    assert refused.value.stale


def test_two_who_change_the_same_question_at_once(campus: Campus) -> None:
    which, said = lamp(campus), []

    def change(words: str) -> None:
        try:
            questions.change(Question.get_by_id(which.id), by=campus.X, label_text=words)
        except Refused as refused:
            said.append(refused.stale)
        finally:
            database.close()

    threads = [threading.Thread(target=change, args=(f"第{number}种问法",)) for number in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert said == [True] * 5
    assert len(questions.of("repair_item", "D01")) == 2


def test_there_is_room_for_the_last_question_once(campus: Campus) -> None:
    for number in range(question_editing.MOST_ASKED - 1):
        asked(campus.X, f"n{number}x")
    by = campus.X
    done = at_once(*[lambda n=n: asked(by, f"last{n}") for n in range(6)])
    assert sorted(type(each).__name__ for each in done) == ["Question", *["Refused"] * 5], done


def test_what_another_question_hangs_on_stays(campus: Campus) -> None:
    which = lamp(campus)
    with pytest.raises(Refused, match="几盏"):
        questions.retire(which, by=campus.X)
    with pytest.raises(Refused, match="几盏"):
        questions.change(which, by=campus.X, options=options()[:2])
    lamps = next(each for each in questions.of("repair_item", "D01") if each.code == "lamps")
    questions.retire(lamps, by=campus.X)
    questions.retire(which, by=campus.X)
    assert questions.of("repair_item", "D01") == []
    questions.restore(Question.get_by_id(which.id), by=campus.X)
    assert [each.code for each in questions.of("repair_item", "D01")] == ["lamp"]
    with pytest.raises(Refused):
        questions.restore(Question.get_by_id(which.id), by=campus.X)


def test_a_retired_question_keeps_its_answers(campus: Campus) -> None:
    only = asked(campus.X, "model")
    order = reported(campus.A, "D01", given={"model": "LED 18W"})
    questions.retire(only, by=campus.X)
    assert [each.text() for each in questions.answered(order)] == ["LED 18W"]


def test_moving(campus: Campus) -> None:
    rows = [asked(campus.X, code) for code in ("a1", "b1", "c1")]
    questions.move(rows[2], by=campus.X, to=1)
    assert [each.code for each in questions.of("repair_item", "D01")] == ["c1", "a1", "b1"]
    questions.move(Question.get_by_id(rows[2].id), by=campus.X, to=1)
    assert [event.name for event in events.timeline(rows[2])] == ["move", "add"]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"label_text": ""}, "label_text"),
    ({"kind": "colour"}, "kind"),
    ({"kind": "choice", "options": []}, "options"),
    ({"kind": "choice", "options": [{"label": "一"}, {"label": "一"}]}, "options"),
    ({"kind": "number", "least": "9", "most": "1"}, "most"),
    ({"kind": "number", "least": "nan"}, "least"),
    ({"kind": "text", "most": "999"}, "most"),
    ({"only_if": "nothing", "only_if_in": ["1"]}, "only_if"),
    ({"only_if": "lamp", "only_if_in": ["none"]}, "only_if_in"),
    ({"only_if": "lamps", "only_if_in": ["1"]}, "only_if"),
    ({"code": "lamp"}, "code"),
    ({"code": "Q; DROP"}, "code"),
    ({"asked_of": "property_notice", "about": "", "kind": "photo"}, "kind"),
]


@pytest.mark.parametrize(("said", "field"), WRONG)
def test_a_question_that_makes_no_sense_is_refused(campus: Campus, said: dict[str, Any], field: str) -> None:
    lamp(campus)
    with pytest.raises(Refused) as refused:
        asked(campus.X, **{"code": "new", **said})
    assert refused.value.field == field


def test_only_who_configures_may_ask(campus: Campus) -> None:
    which = lamp(campus)
    for act in (
        lambda: asked(campus.M, "mine"),
        lambda: questions.change(which, by=campus.lead, label_text="别的问法"),
        lambda: questions.retire(which, by=campus.A),
        lambda: questions.move(which, by=campus.A, to=2),
    ):
        with pytest.raises(Refused, match="权限"):
            act()
    with pytest.raises(Refused, match="没有找到"):
        asked(campus.X, "lost", about="ZZ99")


def test_the_same_form_twice_is_one_question(campus: Campus) -> None:
    first = questions.add(
        by=campus.X, asked_of="thread", about="complaint", kind="text", label_text="哪个窗口", once="token"
    )
    again = questions.add(
        by=campus.X, asked_of="thread", about="complaint", kind="text", label_text="哪个窗口", once="token"
    )
    assert first.id == again.id
    assert Question.select().count() == 1


def test_photos_are_added_and_counted(campus: Campus) -> None:
    asked(campus.X, "plate", "photo", most=2, required=True)
    with pytest.raises(Refused, match="照片"):
        reported(campus.A, "D01", given={})
    order = reported(campus.A, "D01", given={"plate": [picture()]})
    here = questions.for_subject(order)
    with database.atomic():
        questions.keep(order, here, {}, by=campus.A)  # what is there already answers
        told = questions.keep(order, here, {"plate": [picture("red")]}, by=campus.A)
    assert len(told[0].photos) == 2 == Photo.select().where(Photo.purpose == "answer").count()
    with pytest.raises(Refused, match="最多"), database.atomic():
        questions.keep(order, here, {"plate": [picture()]}, by=campus.A)


def test_answers_cost_one_query_however_many(campus: Campus, queries: Any) -> None:
    for number in range(9):
        asked(campus.X, f"n{number}x")
    order = reported(campus.A, "D01", given={f"n{number}x": "说明" for number in range(9)})
    with queries() as asked_of:
        assert len(questions.answered(order)) == 9
    assert len(asked_of) == 1
    with queries() as asked_of:
        assert len(questions.of("repair_item", "D01")) == 9
    assert asked_of == [], "what is asked is reference data"


def test_answers_of_a_service_step_are_its_own(campus: Campus) -> None:
    assert questions.of("service_step", "") == []
    assert not questions.is_open("edition", "999")
    assert not questions.is_open("service_step", "1:none")
    assert item().code == "D01"
    assert Answer.select().count() == 0
