"""Every face asks and judges an added question alike: what is wrong is said beside it, and nothing is written."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import pytest

from hall import moderation, photos, questions, repairs
from hall.words import Refused
from models import (
    Answer,
    Application,
    Edition,
    Entity,
    Event,
    Listing,
    PropertyNotice,
    Question,
    RepairOrder,
    Submission,
    Thread,
)
from tests import lost, stall
from tests.applying import GIVEN, PHONE, applied, made, walked
from tests.asking import asked, item, kept
from tests.board import TEXT, TITLE, decided, posted, submission_of
from tests.conftest import Campus
from tests.portal import picture, report, reported
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
COLOURS = [{"value": "red", "label": "红色", "label_en": "Red"}, {"value": "blue", "label": "蓝色", "label_en": "Blue"}]
RIGHT = {"why": "旧了", "many": "3", "colour": "blue"}
BEFORE = {**RIGHT, "why": "坏了"}
SEEN = {"q__seen": "why many colour deep"}


class Face(NamedTuple):
    """One way in: `send(**typed)` gives the answer of the page, `said()` what is kept of the answers."""

    send: Callable[..., Any]
    said: Callable[[], dict[str, Any]]


def ask(campus: Campus, asked_of: str, about: str) -> None:
    """Something required, something with bounds, something to choose from, and what hangs on the choice."""
    here: Any = {"asked_of": asked_of, "about": about}
    asked(campus.X, "why", required=True, label_text="为什么", **here)
    asked(campus.X, "many", "number", least=1, most=5, label_text="几个", **here)
    asked(campus.X, "colour", "choice", options=COLOURS, label_text="颜色", **here)
    hangs = {"only_if": "colour", "only_if_in": ["red"], "required": True}
    asked(campus.X, "deep", "number", most=9, label_text="多红", **hangs, **here)


def last(model: type[Entity]) -> dict[str, Any]:
    row = model.select().order_by(model.id.desc()).first()
    return kept(row) if row is not None else {}


def waiting(row: Any) -> dict[str, Any]:
    """What the author of a text proposes."""
    content = submission_of(row).content
    return {name.removeprefix("q_"): said for name, said in content.items() if name.startswith("q_")}


def _repair(path: str, campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "repair_item", "D01")
    a = sign_in("A")
    return Face(lambda **typed: report(a, path, item=str(item().id), **typed), partial(last, RepairOrder))


def _phone(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "repair_item", "D01")
    desk = sign_in("operator")
    told = {"caller": "王师傅", "phone": PHONE, "place": "南4 304", "description": TEXT, "item": str(item().id)}
    return Face(partial(desk.submit, "/admin/phone/", having="caller", **told), partial(last, RepairOrder))


def _resubmitted(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "repair_item", "D01")
    order = reported(campus.A, "D01", given=BEFORE)
    repairs.send_back(order, by=campus.reviewer, reason="哪一盏")
    a = sign_in("A")
    return Face(partial(a.submit, f"/repairs/{order.number}/resubmit", having="description"), partial(kept, order))


def _thread(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "thread", "complaint")
    a, said = sign_in("A"), {"kind": "complaint", "title": TITLE, "text": TEXT}
    return Face(partial(a.submit, "/supervision/new", having="title", **said), partial(last, Thread))


def _edited(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "thread", "complaint")
    thread = decided(posted(campus.A, given=BEFORE), "publish", campus.M)
    a = sign_in("A")

    def said() -> dict[str, Any]:
        return waiting(thread) if moderation.proposal(thread) is not None else kept(thread)

    return Face(partial(a.submit, f"/supervision/{thread.number}/edit", having="q_why"), said)


def _thread_again(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "thread", "complaint")
    thread = decided(posted(campus.A, given=BEFORE), "send_back", campus.M, note="请写清楚")
    a = sign_in("A")
    return Face(partial(a.submit, f"/supervision/{thread.number}/resubmit", having="q_why"), partial(kept, thread))


def _notice(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "property_notice", "umbrella")
    a, said = sign_in("A"), {"kind": "found", "item_kind": "umbrella", "title": lost.TITLE, "text": lost.TEXT}
    said |= {"place": "三楼靠窗", "hidden_detail": lost.DETAIL}
    return Face(partial(a.submit, "/lost-found/new", having="title", **said), partial(last, PropertyNotice))


def _registered(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "property_notice", "umbrella")
    point, desk = str(lost.point().id), sign_in("keeper_of_lost")
    said = {"item_kind": "umbrella", "title": lost.TITLE, "hidden_detail": lost.DETAIL, "place": "门口"}
    said |= {"point": point, "shelf": "C1"}
    return Face(partial(desk.submit, "/admin/lost-property/", having="shelf", **said), partial(last, PropertyNotice))


def _listing(campus: Campus, sign_in: SignIn) -> Face:
    ask(campus, "listing", "bicycle")
    said = {"title": stall.TITLE, "text": stall.TEXT, "price_fen": "320", "category": "bicycle", "condition": "good"}
    said |= {"place": str(stall.place().id)}
    a = sign_in("A")

    def send(**typed: Any) -> Any:
        return a.submit("/market/new", having="price_fen", photos=[picture()], **said, **typed)

    return Face(send, partial(last, Listing))


def _application(campus: Campus, sign_in: SignIn) -> Face:
    _service(campus)
    a = sign_in("A")
    return Face(partial(a.submit, "/services/vehicle/new", phone=PHONE), partial(last, Application))


def _service(campus: Campus) -> None:
    """A service that asks these questions instead of its own."""
    edition = made(campus)
    Question.delete().where(Question.about == str(edition.id)).execute()
    _put_on("edition", str(edition.id))


def _step(campus: Campus, sign_in: SignIn) -> Face:
    edition = made(campus)
    _put_on("service_step", f"{edition.id}:hand_out")
    row, clerk = walked(campus, edition, "issuing"), sign_in("finance")

    def said() -> dict[str, Any]:
        return {code: value for code, value in kept(row).items() if code not in GIVEN}

    return Face(partial(clerk.submit, f"/admin/queue/application/{row.number}/hand_out"), said)


def _put_on(asked_of: str, about: str) -> None:
    """The same questions about a published edition, to which nobody can add any."""
    here: Any = {"asked_of": asked_of, "about": about}
    Question.create(code="why", kind="text", label_text="为什么", required=True, position=1, **here)
    Question.create(code="many", kind="number", label_text="几个", least=1, most=5, position=2, **here)
    Question.create(code="colour", kind="choice", label_text="颜色", options=COLOURS, position=3, **here)
    hangs = {"only_if": "colour", "only_if_in": ["red"], "required": True}
    Question.create(code="deep", kind="number", label_text="多红", most=9, position=4, **hangs, **here)


FACES: dict[str, Callable[[Campus, SignIn], Face]] = {
    "repair new": partial(_repair, "/repairs/new"),
    "repair quick": partial(_repair, "/repairs/quick"),
    "phone desk": _phone,
    "repair resubmit": _resubmitted,
    "thread new": _thread,
    "thread edit": _edited,
    "thread resubmit": _thread_again,
    "notice": _notice,
    "lost property desk": _registered,
    "listing": _listing,
    "application": _application,
    "service step": _step,
}


def written() -> tuple[int, ...]:
    """How much there is of whatever a face writes."""
    subjects = (RepairOrder, Thread, PropertyNotice, Listing, Application)
    return tuple(model.select().count() for model in (Answer, Event, Submission, *subjects))


@pytest.mark.parametrize("face", FACES)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_written(sign_in: SignIn, campus: Campus, face: str) -> None:
    send, said = FACES[face](campus, sign_in)
    before, count = said(), written()

    def wrong(**typed: str) -> set[str]:
        answer = send(**SEEN, **{f"q_{code}": value for code, value in typed.items()})
        assert answer.status_code == 400, typed
        assert (said(), written()) == (before, count), typed
        return {code for code in ("why", "many", "colour", "deep") if f'id="q_{code}-error"' in answer.text}

    # Missing, beyond its bounds, none of the options; what is hidden by the choice is nobody's fault.
    assert wrong(why="", many="9", colour="green", deep="99") == {"why", "many", "colour"}
    assert wrong(why="旧了", many="0", colour="blue", deep="99") == {"many"}
    # What the choice puts is asked for as everything else.
    assert wrong(why="旧了", many="3", colour="red", deep="") == {"deep"}
    assert wrong(why="旧了", many="3", colour="red", deep="99") == {"deep"}
    answer = send(**SEEN, q_why="旧了", q_many="３", q_colour="blue", q_deep="99")
    assert answer.status_code in (302, 303)
    assert {code: value for code, value in said().items() if value} == RIGHT


# Whoever has no form (the API, a job) asks the verb, which judges for itself.
VERBS: dict[str, Callable[[Campus, dict[str, Any]], Any]] = {
    "repair_item D01": lambda campus, given: reported(campus.A, "D01", given=given),
    "thread complaint": lambda campus, given: posted(campus.A, given=given),
    "property_notice umbrella": lambda campus, given: lost.posted(campus.A, given=given),
    "listing bicycle": lambda campus, given: stall.offered(campus.A, given=given),
    "edition": lambda campus, given: applied(campus.A, Edition.get(), given=given),
}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_judges_for_itself(campus: Campus, verb: str) -> None:
    asked_of, _blank, about = verb.partition(" ")
    if asked_of == "edition":
        _service(campus)
    else:
        ask(campus, asked_of, about)
    count = written()
    for given, field in (
        ({"many": "3"}, "q_why"),
        ({**RIGHT, "many": "9"}, "q_many"),
        ({**RIGHT, "colour": "green"}, "q_colour"),
        ({**RIGHT, "colour": "red"}, "q_deep"),
    ):
        with pytest.raises(Refused) as refused:
            VERBS[verb](campus, given)
        assert refused.value.field == field
        assert written() == count
    assert kept(VERBS[verb](campus, {**RIGHT, "deep": "99"})) == RIGHT


def test_a_photo_that_is_there_is_not_asked_for_again(sign_in: SignIn, campus: Campus) -> None:
    asked(campus.X, "plate", "photo", required=True, most=2)
    shot = photos.prepare([("plate.png", picture()[0].getvalue())])
    order = reported(campus.A, "D01", given={"plate": shot})
    repairs.send_back(order, by=campus.reviewer, reason="请写清楚")
    a, path = sign_in("A"), f"/repairs/{order.number}/resubmit"
    assert a.submit(path, having="description").status_code == 302
    assert len(questions.answered(order)[0].photos) == 1
    # Of an item that asks for another photo, that one is missing.
    asked(campus.X, "leak", "photo", about="S01", required=True)
    order = RepairOrder.get_by_id(order.id)
    repairs.send_back(order, by=campus.reviewer, reason="是水管吧")
    answer = a.submit(path, having="description", item=str(item("S01").id), q__seen="leak")
    assert answer.status_code == 400 and 'id="q_leak-error"' in answer.text
