"""Every row of the lost and found table: taken by the right hand, refused to every other, in every other state.

A finds an umbrella, B claims it; keeper_of_lost sits at the desk, leader confirms disposals, M and M2 are moderators.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from hall import access, clock, events, lanes, lost_found, moderation, numbers, photos
from hall.lost_flow import RETURNED
from hall.words import Refused
from models import Claim, Counter, Event, Grant, Person, Photo, PropertyMatch, PropertyNotice, Submission
from tests.board import decided, submission_of
from tests.conftest import CAST, Campus
from tests.lost import (
    ANSWER,
    DETAIL,
    accepted,
    claimed,
    judge_of,
    kept,
    kind_of,
    point,
    posted,
    published,
    registered,
    returned,
    withdrawn,
)
from tests.standing import rows_in

Freeze = Callable[[datetime], None]
WRITTEN = (PropertyNotice, Claim, Event, Photo, Submission, Counter, PropertyMatch)
SYSTEM = "system"


def photo() -> photos.Prepared:
    file = io.BytesIO()
    Image.linear_gradient("L").rotate(90).save(file, "PNG")
    return photos.prepare([("umbrella.png", file.getvalue())])[0]


def now(notice: PropertyNotice) -> PropertyNotice:
    return PropertyNotice.get_by_id(notice.id)


def claim_of(notice: PropertyNotice) -> Claim:
    return Claim.select().where(Claim.notice == notice.id).order_by(Claim.id.desc()).get()


def code_of(notice: PropertyNotice) -> str:
    """The code that its claimant sees now; something that fits none where nobody has one."""
    return lost_found.code_of(notice, notice.claimant) if notice.claimant_id else "000000"


def wrong_code(notice: PropertyNotice) -> str:
    return f"{(int(code_of(notice)) + 1) % 1_000_000:06d}"


@dataclass
class Row:
    """One row of the table: from, to, who of the cast, a good answer, what is recorded.

    `allowed` are those whom permission lets through, but whom the hall refuses for where the thing is; `make` gives a
    notice on which the step can be taken; `refused` are answers that are not good enough, with the field blamed.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: set[str]
    answers: Callable[[Campus, PropertyNotice], dict[str, Any]] = lambda campus, notice: {}
    recorded: dict[str, Any] = field(default_factory=dict)
    refused: list[tuple[Callable[[Campus, PropertyNotice], dict[str, Any]], str]] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    make: Callable[[Campus], PropertyNotice] | None = None


def said(**answers: Any) -> Callable[[Campus, PropertyNotice], dict[str, Any]]:
    return lambda campus, notice: answers


def past_its_time(campus: Campus) -> PropertyNotice:
    notice = kept(campus)
    PropertyNotice.update(keep_until=clock.now() - timedelta(seconds=1)).where(PropertyNotice.id == notice.id).execute()
    return now(notice)


def announced(campus: Campus) -> PropertyNotice:
    """Something whose announcement is over."""
    notice = lost_found.announce(past_its_time(campus), by=campus.keeper_of_lost)
    PropertyNotice.update(dispose_from=clock.now()).where(PropertyNotice.id == notice.id).execute()
    return now(notice)


def proposed(campus: Campus) -> PropertyNotice:
    return lost_found.propose_disposal(announced(campus), by=campus.keeper_of_lost, method="donated", note="给爱心屋")


EVERYBODY = set(CAST) - {"A"}
TABLE = {
    "hand_in": Row(
        ("submitted", "open"),
        ("kept",),
        {"keeper_of_lost"},
        lambda *_: {"point": point(), "shelf": "A3", "is_valuable": True},
        {"point": "图书馆一楼服务台"},
        [
            (said(shelf=""), "shelf"),
            (said(shelf="长" * 21), "shelf"),
            (said(point=None), "point"),
        ],
    ),
    "claim": Row(
        ("open", "kept"),
        ("verifying",),
        EVERYBODY,
        said(answer=ANSWER, proof="有购买记录"),
        {},
        [(said(answer=""), "answer"), (said(answer="长" * 301), "answer"), (said(proof="长" * 301), "proof")],
        allowed={"A"},
    ),
    "accept_claim": Row(
        ("verifying",),
        ("to_hand_over",),
        {"A"},
        said(note="周三下午在图书馆见"),
        {},
        [(said(note="长" * 301), "note")],
        allowed={"keeper_of_lost", SYSTEM},
    ),
    "deny_claim": Row(
        ("verifying",),
        ("open", "kept"),
        {"A"},
        said(reason="说的颜色不对"),
        {},
        [(said(reason="不"), "reason"), (said(reason="长" * 301), "reason")],
        allowed={"keeper_of_lost", SYSTEM},
    ),
    "give_up": Row(
        ("verifying", "to_hand_over"), ("open", "kept"), {"B"}, recorded={"automatic": False}, allowed={SYSTEM}
    ),
    "end_claim": Row(
        ("verifying", "to_hand_over"),
        ("open", "kept"),
        {"B", SYSTEM},
        said(reason="启事已经撤回"),
        {"reason": "启事已经撤回"},
    ),
    "hand_over": Row(
        ("to_hand_over",),
        ("returned",),
        {"A"},
        lambda campus, notice: {"code": code_of(notice)},
        {"desk": False},
        allowed={"keeper_of_lost"},
    ),
    "renew_code": Row(("to_hand_over",), (), {"B"}, allowed={SYSTEM}),
    "found_it": Row(
        ("open",),
        ("returned",),
        {"A"},
        said(how="在教室后排找到了"),
        {"how": "在教室后排找到了"},
        [(said(how="长" * 201), "how")],
        make=lambda campus: published(campus, kind="lost"),
    ),
    "announce": Row(("kept",), (), {"keeper_of_lost"}, make=past_its_time),
    "propose_disposal": Row(
        ("kept",),
        ("kept",),
        {"keeper_of_lost"},
        said(method="donated", note="给爱心屋"),
        {"method": "donated", "note": "给爱心屋"},
        [(said(method="sold"), "method"), (said(note="长" * 201), "note")],
        make=announced,
    ),
    "dispose": Row(
        ("kept",),
        ("disposed",),
        {"leader"},
        recorded={"method": "donated", "note": "给爱心屋"},
        allowed={"keeper_of_lost"},
        make=proposed,
    ),
    "match_card": Row(
        ("submitted", "open", "kept", "verifying", "to_hand_over"),
        ("open", "="),
        {SYSTEM},
        lambda campus, notice: {"lost": published(campus, campus.B, kind="lost")},
        {"is_owner": True},
        make=lambda campus: posted(campus.A),
    ),
}  # fmt: skip
BY_HAND = [name for name in TABLE if name not in ("end_claim", "match_card")]


def notice_in(campus: Campus, state: str) -> PropertyNotice:
    """A's found umbrella, as far as `state`, by the hands of the cast."""
    make: dict[str, Callable[[], PropertyNotice]] = {
        "submitted": lambda: posted(campus.A),
        "open": lambda: published(campus),
        "kept": lambda: kept(campus),
        "verifying": lambda: claimed(campus),
        "to_hand_over": lambda: accepted(campus),
        "returned": lambda: returned(campus),
        "disposed": lambda: lost_found.dispose(proposed(campus), by=campus.leader),
    }
    return make[state]()


def tried(campus: Campus, name: str) -> PropertyNotice:
    """A notice on which the step called `name` can be taken now."""
    row = TABLE[name]
    return now(row.make(campus) if row.make else notice_in(campus, row.sources[0]))


def person(name: str) -> Person | None:
    return None if name == SYSTEM else Person.get(Person.number == CAST[name])


def hand_of(row: Row) -> str:
    return next((name for name in CAST if name in row.who), SYSTEM)


def last_event(notice: PropertyNotice) -> Event:
    return events.timeline(notice)[0]


def written() -> dict[str, list[Any]]:
    return rows_in(WRITTEN)


def refuses(notice: PropertyNotice, name: str, by: Person | None, answers: dict[str, Any] | None = None) -> Refused:
    """Take the step, which must be refused and change nothing; gives the refusal."""
    before = written()
    with pytest.raises(Refused) as caught:
        lost_found.flow.perform(notice, name, by=by, **(answers or {}))
    assert written() == before
    assert str(caught.value)
    return caught.value


# --- the table, row by row ---------------------------------------------------------------------------


def test_the_table_is_the_one_of_the_code() -> None:
    steps = lost_found.flow.steps
    assert set(TABLE) | {"post", "register"} == set(steps)
    assert {name: (step.sources, step.targets) for name, step in steps.items() if step.sources} == {
        name: (row.sources, row.targets) for name, row in TABLE.items()
    }
    assert (steps["post"].targets, steps["register"].targets) == (("submitted", "open"), ("kept",))
    assert {name for name, step in steps.items() if step.sources and step.by_hand} == set(BY_HAND)


@pytest.mark.parametrize("name", TABLE)
def test_a_step_is_taken_and_recorded(campus: Campus, name: str) -> None:
    row, notice = TABLE[name], tried(campus, name)
    by, answers = person(hand_of(row)), row.answers(campus, notice)
    before = last_event(notice)
    role = access.role_for(by, lost_found.flow.steps[name].need, notice)
    moved = lost_found.flow.perform(notice, name, by=by, seen=notice.version, once=f"token of {name}", **answers)
    stored = now(notice)
    assert moved.status == stored.status
    assert stored.status in (row.targets or (notice.status,))
    assert stored.version == notice.version + (1 if row.targets else 0)
    assert stored.is_live == (stored.status in ("open", "kept", "verifying", "to_hand_over"))
    event = last_event(notice)
    assert (event.name, event.seq, event.once) == (name, before.seq + 1, f"token of {name}")
    assert (event.source, event.target) == (notice.status, stored.status if row.targets else "")
    assert (event.actor_id, event.actor_name, event.actor_role) == ((by.id, by.name) if by else (None, "")) + (role,)
    assert {key: event.details.get(key) for key in row.recorded} == row.recorded
    assert not events.broken_links(reversed(events.timeline(notice)))
    # Sent again, the same form does nothing more.
    before_again = written()
    again = lost_found.flow.perform(notice, name, by=by, seen=notice.version, once=f"token of {name}", **answers)
    assert again.id == notice.id
    assert written() == before_again


@pytest.mark.parametrize("name", TABLE)
def test_everybody_else_is_refused(campus: Campus, name: str) -> None:
    """The whole cast and the system, one after the other, on one notice."""
    row, notice, step = TABLE[name], tried(campus, name), lost_found.flow.steps[name]
    answers = row.answers(campus, notice)
    for other in [*sorted(CAST), SYSTEM]:
        by = person(other)
        assert step.allowed(notice, by) == (other in row.who | row.allowed), f"{other} and {name}"
        if other not in row.who:
            refuses(notice, name, by, answers)
    closed = person(hand_of(row)) or campus.leader
    closed.is_closed = True
    refuses(notice, name, closed, answers)


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row.allowed - {SYSTEM}])
def test_a_page_need_not_offer_what_would_be_refused(campus: Campus, name: str) -> None:
    row, notice = TABLE[name], tried(campus, name)
    for other in sorted(row.who | row.allowed - {SYSTEM}):
        by = person(other)
        assert by is not None
        offered = lost_found.why_no_claim(notice, by) if name == "claim" else lost_found.pointless(notice, name, by)
        assert bool(offered) == (other not in row.who), other


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, row in TABLE.items() for place in range(len(row.refused))]
)
def test_an_answer_that_is_missing_or_wrong_is_refused(campus: Campus, name: str, place: int) -> None:
    row, notice = TABLE[name], tried(campus, name)
    wrong, blamed = row.refused[place]
    answers = {**row.answers(campus, notice), **wrong(campus, notice)}
    refused = refuses(notice, name, person(hand_of(row)), answers)
    assert (refused.field, refused.stale) == (blamed, False)


@pytest.mark.parametrize("state", lost_found.flow.states)
def test_in_every_other_state_every_step_is_refused(campus: Campus, state: str) -> None:
    """Fault 8: all states by all steps that the table does not have."""
    notice = notice_in(campus, state)
    for name, row in TABLE.items():
        if state in row.sources:
            continue
        # The answers are good ones: it is the state that stands in the way.
        answers = {"lost": notice} if name == "match_card" else row.answers(campus, notice)
        refused = refuses(notice, name, person(hand_of(row)), answers)
        assert lost_found.flow.states[state] in str(refused) or "没有权限" in str(refused), f"{name} in {state}"


def test_a_page_that_is_out_of_date_is_told_so(campus: Campus) -> None:
    notice = published(campus)
    lost_found.claim(notice, by=campus.B, answer=ANSWER)
    lost_found.give_up(notice, by=campus.B)
    assert refuses(notice, "claim", campus.kept, {"answer": ANSWER, "seen": notice.version}).stale
    assert lost_found.claim(notice, by=campus.kept, answer=ANSWER, seen=now(notice).version).status == "verifying"


# --- writing a notice --------------------------------------------------------------------------------


def test_a_notice_waits_for_a_moderator(campus: Campus) -> None:
    notice = posted(campus.A, photos=[photo()], tags="黑色，长柄 黑色", text=" 伞柄缠了胶带 ")
    assert (notice.status, notice.moderation, notice.is_live) == ("submitted", "pending", False)
    assert notice.number.startswith("LF")
    assert (notice.tags, notice.text) == ("黑色 长柄", "伞柄缠了胶带")
    assert submission_of(notice).content == {
        "title": notice.title, "text": "伞柄缠了胶带", "place": "三楼靠窗", "tags": "黑色 长柄",
        "question": notice.question, "photos": notice.photos,
    }  # fmt: skip
    assert not moderation.is_disclosed(notice)
    decided(notice, "publish", campus.M)
    assert (now(notice).status, now(notice).is_live) == ("open", True)


def test_a_photo_is_known_by_its_likeness(campus: Campus) -> None:
    notice = posted(campus.A, photos=[photo()])
    known = Photo.get(Photo.name == notice.photos[0])
    assert len(known.likeness) == 16
    assert int(known.likeness, 16) > 0
    photos.attach(campus.A, [photo()], by=campus.A)
    assert Photo.select().order_by(Photo.id.desc()).get().likeness == ""


@pytest.mark.parametrize(
    ("answers", "blamed"),
    [
        ({"kind": "stolen"}, "kind"),
        ({"title": "伞"}, "title"),
        ({"title": "长" * 41}, "title"),
        ({"text": "长" * 1001}, "text"),
        ({"place": "", "building": None}, "place"),
        ({"place": "长" * 61}, "place"),
        ({"tags": "一 二 三 四 五 六"}, "tags"),
        ({"tags": "这个标签有十一个字那么长"}, "tags"),
        ({"question": "长" * 101}, "question"),
        ({"hidden_detail": "长" * 301}, "hidden_detail"),
        ({"happened": timedelta(minutes=1)}, "happened"),
        ({"happened": -timedelta(days=366)}, "happened"),
        ({"text": f"捡到的伞，{DETAIL}"}, "text"),
        ({"title": f"伞 {DETAIL[:4]} {DETAIL[4:]}", "hidden_detail": DETAIL}, "title"),
    ],
)
def test_a_notice_that_says_too_little_or_too_much_is_refused(
    campus: Campus, answers: dict[str, Any], blamed: str
) -> None:
    if "happened" in answers:
        answers = {"happened": clock.now() + answers["happened"]}
    before = written()
    with pytest.raises(Refused) as caught:
        posted(campus.A, **answers)
    assert caught.value.field == blamed
    assert written() == before


def test_who_lost_something_need_not_know_where(campus: Campus) -> None:
    notice = posted(campus.A, kind="lost", place="", question="有什么特征？")
    assert (notice.place, notice.question) == ("", "")  # nobody is asked about a lost thing


def test_as_many_notices_a_day_as_trust_allows(campus: Campus) -> None:
    for _ in range(5):
        posted(campus.A)
    with pytest.raises(Refused, match="今天最多"):
        posted(campus.A)
    registered(campus)  # the desk writes down whatever is brought


def test_the_same_form_sent_twice_is_one_notice(campus: Campus) -> None:
    first, second = (posted(campus.A, once="one form") for _ in range(2))
    assert first.id == second.id
    first, second = (registered(campus, once="another") for _ in range(2))
    assert first.id == second.id
    assert PropertyNotice.select().count() == 2


def test_no_stranger_registers_at_the_desk(campus: Campus) -> None:
    for name in sorted(set(CAST) - {"keeper_of_lost"}):
        by = person(name)
        with pytest.raises(Refused):
            lost_found.register(
                by=by, title="一把伞", item_kind=kind_of("umbrella"), place="门口", point=point(), shelf="A1"
            )
    assert not PropertyNotice.select().exists()


def test_what_the_desk_writes_down_is_kept_and_reviewed(campus: Campus) -> None:
    notice = registered(campus, is_valuable=True)
    assert (notice.kind, notice.status, notice.moderation) == ("found", "kept", "pending")
    assert (notice.receiver_id, notice.shelf, notice.tag[:2]) == (campus.keeper_of_lost.id, "A3", "BG")
    decided(notice, "publish", campus.M)
    assert now(notice).status == "kept"
    back = returned(campus, now(notice))
    assert (back.status, last_event(back).details["desk"]) == ("returned", True)


def test_an_ended_notice_is_not_changed_any_more(campus: Campus) -> None:
    notice = returned(campus)
    with pytest.raises(Refused, match="已经结束"):
        moderation.edit(notice, by=campus.A, content={"text": "还有一把"})


def test_an_edit_does_not_give_the_hidden_detail_away(campus: Campus) -> None:
    notice = published(campus)
    with pytest.raises(Refused) as caught:
        moderation.edit(notice, by=campus.A, content={"title": notice.title, "text": f"伞上 {DETAIL}"})
    assert caught.value.field == "text"


def test_a_card_under_another_kind_is_looked_at(campus: Campus) -> None:
    assert not submission_of(posted(campus.A)).doubt
    doubted = submission_of(posted(campus.A, title="捡到身份证一张", item_kind="other"))
    assert "号码" in doubted.doubt
    assert doubted.risk == 2


# --- claims ------------------------------------------------------------------------------------------


def test_one_claim_at_a_time_and_the_next_may_follow(campus: Campus) -> None:
    notice = claimed(campus)
    assert refuses(notice, "claim", campus.kept, {"answer": ANSWER}).stale
    assert lost_found.why_no_claim(notice, campus.kept) != lost_found.why_no_claim(notice, campus.B)
    denied = lost_found.deny_claim(notice, by=campus.A, reason="颜色说错了")
    assert (denied.status, denied.claimant_id) == ("open", None)
    assert claim_of(denied).reason == "颜色说错了"
    assert claimed(campus, denied, campus.kept).claimant_id == campus.kept.id


def test_three_denials_close_the_door(campus: Campus) -> None:
    notice = published(campus)
    for _ in range(3):
        assert not lost_found.why_no_claim(notice, campus.B)
        notice = lost_found.deny_claim(claimed(campus, notice), by=campus.A, reason="说错了")
    assert "几次" in lost_found.why_no_claim(notice, campus.B)
    refuses(notice, "claim", campus.B, {"answer": ANSWER})
    assert claimed(campus, notice, campus.kept).status == "verifying"
    assert claimed(campus, published(campus)).status == "verifying"  # of another thing they may


def test_giving_up_is_no_denial(campus: Campus) -> None:
    notice = published(campus)
    for _ in range(4):
        notice = lost_found.give_up(claimed(campus, notice), by=campus.B)
    assert not lost_found.why_no_claim(notice, campus.B)


def test_nobody_claims_ten_things_a_day(campus: Campus) -> None:
    notice = published(campus)
    for _ in range(10):
        notice = lost_found.give_up(claimed(campus, notice), by=campus.B)
    assert "太多" in str(refuses(notice, "claim", campus.B, {"answer": ANSWER}))


def test_a_lost_thing_is_not_claimed_nor_handed_in(campus: Campus) -> None:
    notice = published(campus, kind="lost")
    assert lost_found.why_no_claim(notice, campus.B)
    refuses(notice, "claim", campus.B, {"answer": ANSWER})
    refuses(notice, "hand_in", campus.keeper_of_lost, {"point": point(), "shelf": "A3"})
    refuses(published(campus), "found_it", campus.A)


def test_nothing_is_claimed_that_is_not_public(campus: Campus) -> None:
    private = decided(posted(campus.A), "keep_private", campus.M)
    hidden = moderation.hide(published(campus), by=campus.M, code="privacy")
    unread = lost_found.hand_in(posted(campus.A), by=campus.keeper_of_lost, point=point(), shelf="A1")
    for notice in (private, hidden, unread):
        refuses(notice, "claim", campus.B, {"answer": ANSWER})
        assert lost_found.why_no_claim(notice, None)
    assert not lost_found.why_no_claim(published(campus), None)


def test_the_desk_judges_what_it_keeps_and_the_finder_does_not(campus: Campus) -> None:
    notice = claimed(campus, kept(campus))
    for name, answers in (("accept_claim", {}), ("deny_claim", {"reason": "不像"})):
        assert "值守点" in str(refuses(notice, name, campus.A, answers))
        assert lost_found.pointless(notice, name, campus.A)
        assert not lost_found.pointless(notice, name, campus.keeper_of_lost)
    waits = lost_found.accept_claim(notice, by=campus.keeper_of_lost)
    refuses(waits, "hand_over", campus.A, {"code": code_of(waits)})
    assert claim_of(waits).code_tries == 0  # who may not hand over does not use up tries either
    back = lost_found.hand_over(waits, by=campus.keeper_of_lost, code=code_of(waits))
    assert (back.status, claim_of(back).status) == ("returned", "done")


def test_what_is_denied_at_the_desk_stays_there(campus: Campus) -> None:
    notice = claimed(campus, kept(campus))
    assert lost_found.deny_claim(notice, by=campus.keeper_of_lost, reason="不像").status == "kept"
    assert lost_found.give_up(claimed(campus, now(notice)), by=campus.B).status == "kept"


def test_nobody_judges_their_own_claim(campus: Campus) -> None:
    keeper = campus.keeper_of_lost
    notice = claimed(campus, kept(campus), keeper)
    assert "自己认领" in str(refuses(notice, "accept_claim", keeper))
    assert not lost_found.judges(notice, keeper)
    assert not lost_found.detail_for(notice, keeper)
    second = campus.caller
    Grant.create(person=second, role="lost_property_desk", scope="", granted=clock.now())
    assert lost_found.accept_claim(notice, by=second).status == "to_hand_over"


def test_the_timetable_gives_up_after_two_weeks(campus: Campus, freeze: Freeze) -> None:
    began = clock.now()
    waiting, waits, desk = claimed(campus), accepted(campus), accepted(campus, kept(campus))
    freeze(began + timedelta(days=13, hours=23))
    assert lost_found.run_timers() == 0
    lost_found.accept_claim(waiting, by=campus.A)  # this one goes on
    for notice in (waiting, waits, desk):
        assert refuses(notice, "give_up", None).stale
    freeze(began + timedelta(days=14, hours=1))
    assert refuses(waiting, "give_up", None).stale  # its judgement is younger than the claim
    assert lost_found.run_timers() == 2
    assert [now(each).status for each in (waiting, waits, desk)] == ["to_hand_over", "open", "kept"]
    event = last_event(waits)
    assert (event.name, event.actor_role, event.details["automatic"]) == ("give_up", "system", True)
    assert claim_of(waits).status == "given_up"
    assert lost_found.run_timers() == 0


# --- the code ----------------------------------------------------------------------------------------


def test_only_the_claimant_sees_the_code(campus: Campus) -> None:
    notice = accepted(campus)
    code = lost_found.code_of(notice, campus.B)
    assert len(code) == 6
    assert code.isdigit()
    assert not any(lost_found.code_of(notice, person(name)) for name in set(CAST) - {"B"})
    assert not lost_found.code_of(notice, None)
    assert not lost_found.code_of(claimed(campus), campus.B)
    other = accepted(campus)
    assert lost_found.code_of(other, campus.B) != code
    refuses_wrongly = wrong_code(other)
    assert refuses_wrongly != lost_found.code_of(other, campus.B)
    assert not lost_found.code_of(returned(campus), campus.B)


def wrong(notice: PropertyNotice, by: Person, code: str | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        lost_found.flow.perform(notice, "hand_over", by=by, code=code or wrong_code(notice))
    assert now(notice).status == "to_hand_over"
    assert caught.value.field == "code"
    return caught.value


def test_five_wrong_codes_void_it_until_it_is_renewed(campus: Campus) -> None:
    notice = accepted(campus)
    right, bad = code_of(notice), wrong_code(notice)
    for tries in range(1, 5):
        assert f"还可以试 {5 - tries} 次" in str(wrong(notice, campus.A, bad))
        assert claim_of(notice).code_tries == tries  # kept although the step was refused
        assert not lost_found.is_void(notice)
    assert "作废" in str(wrong(notice, campus.A, bad))
    assert lost_found.is_void(notice)
    assert not lost_found.code_of(notice, campus.B)
    assert "作废" in str(wrong(notice, campus.A, right))  # the right one too
    assert "作废" in str(wrong(notice, campus.A, bad))
    assert claim_of(notice).code_tries == 5
    renewed = lost_found.renew_code(notice, by=campus.B)
    assert code_of(renewed) not in ("", right)
    assert "还可以试 4 次" in str(wrong(notice, campus.A, right))
    assert lost_found.hand_over(notice, by=campus.A, code=code_of(renewed)).status == "returned"


@pytest.mark.parametrize("said", ["{0[0]} {0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "full"])
def test_a_code_may_be_said_as_people_say_it(campus: Campus, said: str) -> None:
    notice = accepted(campus)
    right = code_of(notice)
    typed = "".join(chr(ord(figure) + 0xFEE0) for figure in right) if said == "full" else said.format(right)
    assert lost_found.hand_over(notice, by=campus.A, code=typed).status == "returned"
    assert claim_of(notice).code_tries == 0


@pytest.mark.parametrize("code", ["", "１", "abc", "😀" * 6, "0" * 1000, "\x00"])
def test_what_is_no_code_is_a_wrong_one(campus: Campus, code: str) -> None:
    notice = accepted(campus)
    with pytest.raises(Refused):
        lost_found.hand_over(notice, by=campus.A, code=code)
    assert claim_of(notice).code_tries == 1


def test_strangers_use_up_no_tries(campus: Campus) -> None:
    notice = accepted(campus)
    for name in ("B", "M", "X", "kept", "leader", "keeper_of_lost"):
        refuses(notice, "hand_over", person(name), {"code": "000000"})
    refuses(notice, "hand_over", None, {"code": "000000"})
    assert claim_of(notice).code_tries == 0


def test_what_came_home_is_counted_and_told_once(campus: Campus) -> None:
    assert numbers.tally(RETURNED) == 0
    returned(campus)
    returned(campus, kept(campus))
    lost = lost_found.found_it(published(campus, kind="lost"), by=campus.A, how="在书包里")
    assert numbers.tally(RETURNED) == 3
    assert lost.returned is not None
    assert not lost.ended  # nobody has read those words before the public would
    refuses(lost, "found_it", campus.A)
    assert numbers.tally(RETURNED) == 3


# --- custody -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_valuable", "days"), [(False, 30), (True, 90)])
def test_a_thing_is_kept_as_long_as_its_kind_says(campus: Campus, is_valuable: bool, days: int) -> None:
    notice = lost_found.hand_in(
        posted(campus.A), by=campus.keeper_of_lost, point=point(), shelf="B2", is_valuable=is_valuable
    )
    assert notice.keep_until - notice.kept_from == timedelta(days=days)
    assert (notice.receiver.name, notice.point.name, notice.shelf) == (
        campus.keeper_of_lost.name, "图书馆一楼服务台", "B2",
    )  # fmt: skip
    other = kept(campus)
    assert (notice.tag[-4:], other.tag[-4:]) == ("0001", "0002")


def test_what_waits_for_a_moderator_is_taken_in_and_published_later(campus: Campus) -> None:
    notice = lost_found.hand_in(posted(campus.A), by=campus.keeper_of_lost, point=point(), shelf="A1")
    assert (notice.status, notice.moderation) == ("kept", "pending")
    waiting = submission_of(notice)
    decided(notice, "publish", campus.M)
    assert now(notice).status == "kept"
    moderation.undo(now(notice), by=campus.M, submission=waiting.id)
    assert (now(notice).status, now(notice).moderation) == ("kept", "pending")


def test_disposal_takes_its_time_and_two_people(campus: Campus, freeze: Freeze) -> None:
    notice, keeper = kept(campus), campus.keeper_of_lost
    assert "保管期限" in str(refuses(notice, "announce", keeper))
    freeze(notice.keep_until)
    refuses(notice, "announce", keeper)
    freeze(notice.keep_until + timedelta(seconds=1))
    told = lost_found.announce(notice, by=keeper)
    assert told.dispose_from - told.announced == timedelta(days=30)
    assert "已经公示" in str(refuses(notice, "announce", keeper))
    refuses(notice, "propose_disposal", keeper, {"method": "donated"})
    refuses(notice, "dispose", campus.leader)
    freeze(told.dispose_from - timedelta(seconds=1))
    refuses(notice, "propose_disposal", keeper, {"method": "donated"})
    freeze(told.dispose_from)
    lost_found.propose_disposal(notice, by=keeper, method="donated")
    assert "另一个人" in str(refuses(notice, "dispose", keeper))
    # What was proposed anew since somebody looked is not confirmed unseen.
    shown = now(notice)
    lost_found.propose_disposal(notice, by=keeper, method="destroyed", note="已经损坏")
    assert refuses(shown, "dispose", campus.leader, {"seen": shown.version}).stale
    gone = lost_found.dispose(notice, by=campus.leader)
    assert (gone.status, gone.is_live, gone.disposal) == ("disposed", False, "destroyed")
    assert (gone.proposed_by_id, gone.disposed_by_id) == (keeper.id, campus.leader.id)
    assert last_event(gone).details == {"method": "destroyed", "note": "已经损坏", "proposed_by": keeper.name}


def test_a_second_person_of_the_desk_confirms_too(campus: Campus) -> None:
    notice = proposed(campus)
    Grant.create(person=campus.caller, role="lost_property_desk", scope="", granted=clock.now())
    assert lost_found.dispose(notice, by=campus.caller).disposed_by_id == campus.caller.id


def test_the_owner_may_still_come_while_it_is_announced(campus: Campus) -> None:
    notice = claimed(campus, proposed(campus))
    refuses(notice, "dispose", campus.leader)
    back = lost_found.deny_claim(notice, by=campus.keeper_of_lost, reason="不像")
    assert back.announced is not None
    assert lost_found.dispose(back, by=campus.leader).status == "disposed"


# --- review, withdrawal, and what is out of sight ------------------------------------------------------


def test_a_review_that_is_taken_back_takes_the_state_back(campus: Campus) -> None:
    for decision in ("publish", "keep_private"):
        notice = posted(campus.A)
        waiting = submission_of(notice)
        decided(notice, decision, campus.M)
        assert now(notice).status == "open"
        moderation.undo(now(notice), by=campus.M, submission=waiting.id)
        assert (now(notice).status, now(notice).moderation) == ("submitted", "pending")


def test_an_approved_edit_leaves_the_state_alone(campus: Campus) -> None:
    notice = claimed(campus)
    moderation.edit(notice, by=campus.A, content={"title": notice.title, "text": "伞柄有胶带"})
    decided(now(notice), "publish", campus.M)
    assert (now(notice).status, now(notice).text) == ("verifying", "伞柄有胶带")


@pytest.mark.parametrize("make", [claimed, accepted])
def test_who_takes_a_notice_back_ends_the_claim(campus: Campus, make: Callable[[Campus], PropertyNotice]) -> None:
    notice = withdrawn(make(campus))
    assert (notice.status, notice.claimant_id, claim_of(notice).status) == ("open", None, "given_up")
    assert claim_of(notice).reason == "启事已经撤回"
    assert [event.name for event in events.timeline(notice)[:2]] == ["withdraw", "end_claim"]
    assert access.sees(campus.B, notice)  # and reads what became of it
    refuses(notice, "claim", campus.B, {"answer": ANSWER})


def test_what_lies_at_the_desk_is_not_taken_back(campus: Campus) -> None:
    for notice in (kept(campus), claimed(campus, kept(campus)), accepted(campus, kept(campus))):
        before = now(notice)
        with pytest.raises(Refused, match="值守点"):
            moderation.withdraw(notice, by=campus.A)
        assert now(notice).moderation == "published"
        assert now(notice).status == before.status
        assert lost_found.pointless(notice, "withdraw", campus.A)
    assert withdrawn(returned(campus, kept(campus))).moderation == "withdrawn"


def hidden(notice: PropertyNotice, campus: Campus) -> PropertyNotice:
    return moderation.hide(notice, by=campus.M, code="untrue", note="像是骗人")


def test_what_is_hidden_ends_the_claim_of_what_a_finder_has(campus: Campus) -> None:
    notice = hidden(accepted(campus), campus)
    assert (now(notice).status, now(notice).claimant_id) == ("open", None)
    assert claim_of(notice).status == "given_up"
    assert not lost_found.code_of(now(notice), campus.B)
    shown = moderation.restore(notice, by=campus.M)
    assert claimed(campus, shown).status == "verifying"


@pytest.mark.parametrize("make", [claimed, accepted])
def test_a_claim_goes_on_where_hiding_is_taken_back(campus: Campus, make: Callable[[Campus], PropertyNotice]) -> None:
    notice = make(campus)
    before = now(notice).status
    moderation.report(notice, by=campus.kept, code="untrue")
    waiting = submission_of(notice)
    moderation.hide(notice, by=campus.M, code="untrue", submission=waiting.id, version=waiting.version)
    assert now(notice).status == "open"
    moderation.undo(now(notice), by=campus.M, submission=waiting.id)
    assert (now(notice).status, now(notice).claimant_id) == (before, campus.B.id)
    assert now(notice).moderation == "published"
    assert claim_of(notice).status == ("waiting" if before == "verifying" else "accepted")


def test_a_claim_of_before_does_not_come_back_with_it(campus: Campus) -> None:
    notice = lost_found.give_up(claimed(campus), by=campus.B)
    moderation.report(notice, by=campus.kept, code="untrue")
    waiting = submission_of(notice)
    moderation.hide(notice, by=campus.M, code="untrue", submission=waiting.id, version=waiting.version)
    moderation.undo(now(notice), by=campus.M, submission=waiting.id)
    assert (now(notice).status, claim_of(notice).status) == ("open", "given_up")


def test_what_is_hidden_at_the_desk_stays_with_the_desk(campus: Campus) -> None:
    notice = hidden(claimed(campus, kept(campus)), campus)
    assert (now(notice).status, claim_of(notice).status) == ("verifying", "waiting")
    assert notice.id in [row.id for row in lane("verify", campus.keeper_of_lost)]
    waits = lost_found.accept_claim(now(notice), by=campus.keeper_of_lost)
    assert lost_found.hand_over(waits, by=campus.keeper_of_lost, code=code_of(waits)).status == "returned"


def test_a_lost_thing_out_of_sight_is_not_found(campus: Campus) -> None:
    notice = hidden(published(campus, kind="lost"), campus)
    assert refuses(notice, "found_it", campus.A, {"how": "找到了"}).stale


# --- lanes, and who reads what -------------------------------------------------------------------------


def lane(name: str, by: Person) -> list[PropertyNotice]:
    found = next(each for each in lanes.lanes_for("property_notice", by) if each.name == name)
    return list(lanes.waiting(PropertyNotice, found, by).order_by(PropertyNotice.id))


def test_the_desk_finds_its_work_in_lanes(campus: Campus) -> None:
    keeper, leader = campus.keeper_of_lost, campus.leader
    finder = claimed(campus)
    at_desk = {
        "verify": claimed(campus, kept(campus)),
        "hand_over": accepted(campus, kept(campus)),
        "past": past_its_time(campus),
        "open": published(campus, campus.kept),
    }
    published(campus, campus.kept, kind="lost")
    for name, notice in at_desk.items():
        rows = lane(name, keeper)
        assert notice.id in [row.id for row in rows], name
        assert finder.id not in [row.id for row in rows], name
        assert all(row.kind == "found" for row in rows)
    assert [row.id for row in lane("past", keeper)] == [row.id for row in lane("kept", keeper)]
    waits = announced(campus)
    assert waits.id in [row.id for row in lane("announced", keeper)]
    lost_found.propose_disposal(waits, by=keeper, method="donated")
    assert not lane("announced", keeper)
    assert not lane("dispose", keeper)  # one's own proposal is for another
    assert [row.id for row in lane("dispose", leader)] == [waits.id]
    assert lanes.counts(PropertyNotice, lanes.lanes_for("property_notice", keeper), keeper)["verify"] == 1


def test_each_lane_offers_the_step_it_waits_for() -> None:
    for each in lanes.LANES["property_notice"]:
        steps = [step for step in lost_found.flow.steps.values() if step.need == each.need]
        if each.counted and each.name != "kept":
            offered = [step for step in steps if step.name == each.does or (step.weight == "primary" and not each.does)]
            assert offered, each.name
            assert set(each.states) <= set(offered[0].sources)


@pytest.mark.parametrize("name", ["A", "B", "M", "X", "W1", "handler", "reviewer", "finance", "fresh"])
def test_nobody_else_works_in_the_lanes(campus: Campus, name: str) -> None:
    by = person(name)
    assert by is not None
    assert [each.name for each in lanes.lanes_for("property_notice", by)] == (["all"] if name == "X" else [])


def test_the_hidden_detail_is_for_three(campus: Campus) -> None:
    notice = claimed(campus)
    readers = {name for name in CAST if lost_found.detail_for(notice, person(name))}
    assert readers == {"A", "M", "M2", "keeper_of_lost"}
    assert not lost_found.detail_for(notice, None)


def test_no_event_says_what_is_secret(campus: Campus) -> None:
    """A timeline is read by many: neither the detail nor an answer, a reason, a code or a number stands in it."""
    waits = accepted(campus, lost_found.deny_claim(claimed(campus), by=campus.A, reason="答非所问甲"))
    code = code_of(waits)
    returned_to = lost_found.hand_over(waits, by=campus.A, code=code)
    at_desk = returned(campus, kept(campus))
    card = posted(campus.A, item_kind="bank_card", card_number="6222 0212 3456 7890", title="捡到银行卡", question="")
    said = "".join(
        f"{event.details}{event.label_text}"
        for notice in (returned_to, at_desk, card)
        for event in events.timeline(notice)
    )
    for secret in (DETAIL, ANSWER, "九月在超市买的", "答非所问甲", code, "6222 0212", "62220212", card.card_hash):
        assert secret
        assert secret not in said, secret
    assert DETAIL not in str([row.content for row in Submission.select()])


def test_only_those_who_judge_read_a_claim(campus: Campus) -> None:
    notice = claimed(campus)
    readers = {name for name in CAST if (by := person(name)) and lost_found.claims_of(notice, by)}
    assert readers == {"A", "B", "M", "M2", "X", "leader", "keeper_of_lost"}
    with_photo = lost_found.claim(published(campus), by=campus.B, answer=ANSWER, photos=[photo()])
    shown = Photo.get(Photo.name == claim_of(with_photo).photos[0])
    assert {name for name in CAST if photos.may_see(person(name), shown)} == readers
    assert not photos.may_see(None, shown)
    assert judge_of(campus, with_photo).id == campus.A.id
