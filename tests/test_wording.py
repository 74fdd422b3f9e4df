"""The operator's own words: what is said instead of the default, where, in both languages, and what cannot be said."""

from collections.abc import Callable
from typing import Any

import pytest

from hall import events, notify, progress, repairs, wording
from hall.channels import words as mail_words
from hall.flow import FLOWS
from hall.words import Refused
from models import Event, Notification, Wording
from tests.conftest import Campus
from tests.story import Story
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
ACCEPTED = "state:repair:accepted"


def say(campus: Campus, code: str, text: str, text_en: str = "") -> Wording:
    return wording.change(code, text=text, text_en=text_en, by=campus.X)


def test_every_state_step_sentence_and_tile_has_a_code_of_its_own() -> None:
    known = wording.phrases()
    assert all(each.kind in wording.KINDS and each.part in wording.PARTS and each.default for each in known.values())
    for flow, states in wording.STATES.items():
        assert {f"state:{flow}:{code}" for code, _label in states} <= known.keys()
        assert {step.label.code for step in FLOWS[flow].steps.values()} <= known.keys()  # type: ignore[attr-defined]
    for telling in notify.TELLING.values():
        for audiences in telling.table.values():
            assert all(wording.code_of(sentence) in known for _audience, sentence in audiences)
    assert len({each.default for each in known.values() if each.kind == "message"}) == len(
        [each for each in known.values() if each.kind == "message"]
    )


def test_a_state_is_called_as_the_operator_says_wherever_it_stands(campus: Campus, sign_in: SignIn) -> None:
    order = Story(campus).order("accepted")
    say(campus, ACCEPTED, "已排上队", "In the queue")
    places = [("A", "/repairs"), ("A", f"/repairs/{order.number}"), ("lead", "/admin/repair_order/")]
    for who, path in places:
        page = sign_in(who).get(path).text
        assert "已排上队" in page, path
        assert "In the queue" in sign_in(who).get(f"{path}?lang=en").text, path
    wording.change(ACCEPTED, text="", text_en="", by=campus.X)
    assert "已排上队" not in sign_in("A").get("/repairs").text


def test_what_is_worded_in_one_language_only_keeps_its_default_in_the_other(campus: Campus, sign_in: SignIn) -> None:
    Story(campus).order("accepted")
    say(campus, ACCEPTED, "已排上队")
    page = sign_in("A").get("/repairs?lang=en").text
    assert "已排上队" not in page and "Accepted" in page


def test_the_sentence_of_a_state_keeps_its_values(campus: Campus, sign_in: SignIn) -> None:
    order = Story(campus).order("accepted")
    say(campus, "explain:repair:accepted:title", "%(group)s看到了", "%(group)s has seen it")
    assert f"{order.group.name}看到了" in sign_in("A").get(f"/repairs/{order.number}").text
    assert "has seen it" in sign_in("A").get(f"/repairs/{order.number}?lang=en").text


def test_a_button_says_what_the_operator_calls_the_step_and_the_trail_keeps_the_default(
    campus: Campus, sign_in: SignIn
) -> None:
    order = Story(campus).order("reported")
    say(campus, "step:repair:accept", "接下这张单")
    assert "接下这张单" in sign_in("lead").get(f"/admin/queue/repair/{order.number}").text
    repairs.accept(order, by=campus.lead)
    labels = {row.label_text for row in Event.select().where(Event.subject_type == "repair_order")}
    assert "接下这张单" not in labels


def test_a_message_reads_anew_in_inbox_and_mail(campus: Campus, sign_in: SignIn) -> None:
    order = Story(campus).order("accepted")
    notify.announce()
    code = wording.code_of("%(number)s 已由%(group)s受理")
    say(campus, code, "%(number)s 有人接了", "%(number)s: somebody has it")
    inbox = sign_in("A").get("/inbox").text
    assert f"{order.number} 有人接了" in inbox
    assert f"{order.number}: somebody has it" in sign_in("A").get("/inbox?lang=en").text
    row = Notification.get(Notification.text == f"{order.number} 已由{order.group.name}受理")  # kept as it was made
    assert mail_words.spoken(row.text, "en") == f"{order.number}: somebody has it"
    assert mail_words.spoken(row.text, "zh") == f"{order.number} 有人接了"


@pytest.mark.parametrize(
    ("code", "text", "field"),
    [
        (ACCEPTED, "x" * 21, "text"),
        (ACCEPTED, "%(number)s", "text"),
        ("explain:repair:accepted:title", "%(password)s", "text"),
        ("explain:repair:accepted:title", "100% 完成", "text"),
        ("explain:repair:accepted:title", "%(group)d", "text"),
        ("no:such:code", "好", ""),
    ],
)
def test_what_could_not_be_said_is_refused(campus: Campus, code: str, text: str, field: str) -> None:
    with pytest.raises(Refused) as refused:
        say(campus, code, text)
    assert refused.value.field == field
    assert not Wording.select().exists()


def test_words_that_no_longer_fit_their_sentence_give_way_to_the_default(campus: Campus, sign_in: SignIn) -> None:
    order = Story(campus).order("accepted")
    Wording.create(code="explain:repair:accepted:title", text="%(gone)s")
    title, _text = progress.sentence(order)
    assert title[0] % title[1] in sign_in("A").get(f"/repairs/{order.number}").text


def test_only_the_operator_words_and_the_second_is_told(campus: Campus) -> None:
    for stranger in (campus.A, campus.lead, campus.M):
        with pytest.raises(Refused):
            wording.change(ACCEPTED, text="好", text_en="", by=stranger)
    row = say(campus, ACCEPTED, "一", "one")
    with pytest.raises(Refused) as stale:
        wording.change(ACCEPTED, text="二", text_en="", by=campus.X, seen=("", ""))
    assert stale.value.stale
    assert events.timeline(row)[0].details["changes"] == {"text": ["", "一"], "text_en": ["", "one"]}


def test_nothing_that_is_written_runs(campus: Campus, sign_in: SignIn) -> None:
    order = Story(campus).order("accepted")
    say(campus, ACCEPTED, "<b>x</b>")
    say(campus, "explain:repair:accepted:title", "<script>1</script>")
    page = sign_in("A").get(f"/repairs/{order.number}").text
    assert "<b>x</b>" not in page and "<script>1" not in page


def test_the_page_shows_an_example_first_and_saves_then(campus: Campus, sign_in: SignIn) -> None:
    admin, path = sign_in("X"), "/admin/wording-of/explain:repair:accepted:title"
    assert "已受理" in admin.get("/admin/wording-of/").text
    assert "用语" in admin.get("/admin/wording-of/?q=accepted").text
    shown = admin.submit(path, text="%(group)s看到了", text_en="")
    assert "水电维修组看到了" in shown.text and not wording.changed()
    admin.submit(path, text="%(group)s看到了", text_en="", confirmed="yes")
    assert wording.changed() == {"explain:repair:accepted:title": ("%(group)s看到了", "")}
    wrong = admin.submit(path, text="%(nothing)s", text_en="")
    assert wrong.status_code == 400 and "%(nothing)s" in wrong.text
    assert admin.get("/admin/wording-of/no:such").status_code == 404
    assert admin.get("/admin/wording-of/?part=nothing").status_code == 404
    assert sign_in("lead").get("/admin/wording-of/").status_code == 404


def test_a_page_asks_the_database_nothing_for_words(campus: Campus, client: Visitor, queries: Any) -> None:
    client.get("/")
    with queries() as asked:
        client.get("/")
    assert not [sql for sql in asked if "wording" in sql or "front_tile" in sql or '"setting"' in sql]
