"""Cards: nobody reads a number anywhere, its owner hears at once, and nobody else can make it theirs."""

import functools
import hashlib
from typing import Any

import pytest
from playhouse.pool import PooledPostgresqlDatabase

import models
from hall import access, lost_cards, lost_found, moderation, site
from hall.words import Refused
from models import Event, Person, PropertyMatch, PropertyNotice, SensitiveWord, Submission
from tests.board import decided
from tests.conftest import CAST, Campus
from tests.lost import ANSWER, claimed, kind_of, point, posted, registered, withdrawn
from tests.test_lost_flow import lane, now, photo, refuses
from tests.test_repair_race import at_once

BANK = "6222021234567890123"


def card(by: Person, number: str = CAST["B"], **more: Any) -> PropertyNotice:
    """A campus card that `by` has found, with the number of B."""
    usual = {"title": "捡到一张校园卡", "text": "在打印机旁", "item_kind": "campus_card", "question": "", "tags": ""}
    return posted(by, **{**usual, "hidden_detail": "", "card_number": number, **more})


def bank(by: Person, number: str = BANK, kind: str = "found", **more: Any) -> PropertyNotice:
    usual = {"title": "银行卡一张", "item_kind": "bank_card", "hidden_detail": "", "tags": ""}
    return card(by, number, kind=kind, **{**usual, **more})


def events_of(notice: PropertyNotice) -> list[str]:
    about = (Event.subject_type == "property_notice") & (Event.subject_id == notice.id)
    return [event.name for event in Event.select().where(about).order_by(Event.seq)]


# --- the number --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept_as"),
    [
        ("2026 0100-18", "2026010018"),
        ("２０２６０１００１８", "2026010018"),
        (" 11010519491231002x ", "11010519491231002X"),
        ("6222–0212—3456 7890", "6222021234567890"),
        ("t1307", "T1307"),
    ],
)
def test_a_number_is_compared_however_it_is_written(typed: str, kept_as: str) -> None:
    assert lost_cards.clean_number(typed) == kept_as


@pytest.mark.parametrize("typed", ["123", "1" * 31, "六二二二零二", "12345*", "1234;5678", "12345\x00", "😀😀😀😀"])
def test_what_is_no_number_is_refused(campus: Campus, typed: str) -> None:
    with pytest.raises(Refused) as caught:
        card(campus.A, typed)
    assert caught.value.field == "card_number"


def test_the_hash_is_keyed_by_the_installation_and_the_kind(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = [kind_of(code) for code in ("bank_card", "id_card", "campus_card")]
    hashes = {lost_cards.card_hash(kind, BANK) for kind in kinds}
    assert len(hashes) == 3
    assert hashlib.sha256(BANK.encode()).hexdigest() not in hashes
    monkeypatch.setattr(site, "secret", b"another installation")
    assert lost_cards.card_hash(kinds[0], BANK) not in hashes
    assert lost_cards.card_hash(kinds[0], "") == ""


def test_a_number_stands_nowhere(campus: Campus) -> None:
    """In no column of any row that a card leaves behind, nor any part of it that says much."""
    for notice in (card(campus.A), bank(campus.A), bank(campus.B, kind="lost")):
        said = repr(notice.__data__)
        about = (Event.subject_type == "property_notice") & (Event.subject_id == notice.id)
        said += repr([event.__data__ for event in Event.select().where(about)])
        said += repr([row.__data__ for row in Submission.select().where(Submission.subject_id == notice.id)])
        said += repr([row.__data__ for row in PropertyMatch.select()])
        for number in (CAST["B"], BANK):
            assert number not in said
            assert number[-6:] not in said.replace(str(notice.card_hash), "")


@pytest.mark.parametrize("column", ["title", "text", "place", "question"])
@pytest.mark.parametrize(
    "written", [BANK, "6222 0212 3456 7890 123", "６２２２０２１２３４５６７８９０１２３", f"卡号{BANK}的卡"]
)
def test_a_number_is_not_written_into_the_words(campus: Campus, column: str, written: str) -> None:
    with pytest.raises(Refused) as caught:
        bank(campus.A, **{column: written})
    assert caught.value.field == column


def test_nor_as_a_tag(campus: Campus) -> None:
    with pytest.raises(Refused) as caught:
        card(campus.A, "2099010018", tags="2099010018")
    assert caught.value.field == "tags"


def test_nor_is_it_by_an_edit(campus: Campus) -> None:
    notice = decided(bank(campus.A), "publish", campus.M)
    with pytest.raises(Refused) as caught:
        moderation.edit(notice, by=campus.A, content={"title": notice.title, "text": f"尾号全号 {BANK}"})
    assert caught.value.field == "text"
    assert moderation.edit(notice, by=campus.A, content={"title": notice.title, "text": "在 2026 年 11 月 23 日捡到"})


def test_no_card_has_a_photo(campus: Campus) -> None:
    with pytest.raises(Refused) as caught:
        bank(campus.A, photos=[photo()])
    assert caught.value.field == "photos"
    notice = decided(bank(campus.A), "publish", campus.M)
    with pytest.raises(Refused) as caught:
        moderation.edit(notice, by=campus.A, content={"title": "银行卡"}, photos=[photo()])
    assert caught.value.field == "photos"


def test_a_number_without_a_card_is_not_kept(campus: Campus) -> None:
    assert posted(campus.A, card_number=BANK).card_hash == ""


# --- its owner ---------------------------------------------------------------------------------------


def test_a_found_campus_card_goes_to_its_owner_and_to_nobody_else(campus: Campus) -> None:
    notice = card(campus.A)
    assert (notice.card_owner_id, notice.moderation, notice.status) == (campus.B.id, "private", "open")
    assert moderation.proposal(notice) is None
    event = Event.get(Event.subject_type == "property_notice", Event.subject_id == notice.id)
    assert (event.name, event.target) == ("post", "open")  # by which its owner is told
    assert CAST["B"] not in str(event.details)
    assert not moderation.is_disclosed(notice)
    seen = {name for name in CAST if access.sees(Person.get(Person.number == CAST[name]), notice)}
    assert seen == {"A", "B", "M", "M2", "X", "leader", "keeper_of_lost"}
    assert not lost_found.why_no_claim(notice, campus.B)
    assert lost_found.why_no_claim(notice, campus.A)
    refuses(notice, "claim", campus.A, {"answer": ANSWER})
    refuses(notice, "claim", campus.kept, {"answer": ANSWER})
    claim = lost_found.claim(notice, by=campus.B)  # whose number is on it need not describe it
    waits = lost_found.accept_claim(claim, by=campus.A)
    assert lost_found.hand_over(waits, by=campus.A, code=lost_found.code_of(waits, campus.B)).status == "returned"


def test_at_the_desk_too(campus: Campus) -> None:
    kind = {"item_kind": "campus_card", "title": "校园卡", "card_number": CAST["B"]}
    notice = registered(campus, **kind)
    assert (notice.status, notice.moderation, notice.card_owner_id) == ("kept", "private", campus.B.id)
    assert notice.id in [row.id for row in lane("kept", campus.keeper_of_lost)]
    waits = lost_found.accept_claim(lost_found.claim(notice, by=campus.B), by=campus.keeper_of_lost)
    code = lost_found.code_of(waits, campus.B)
    assert lost_found.hand_over(waits, by=campus.keeper_of_lost, code=code).status == "returned"


def test_a_card_of_nobody_known_is_reviewed_like_any_other(campus: Campus) -> None:
    for notice in (card(campus.A, "20990100189"), card(campus.A, ""), bank(campus.A)):
        assert (notice.card_owner, notice.moderation, notice.status) == (None, "pending", "submitted")
    Person.update(is_closed=True).where(Person.number == CAST["B"]).execute()
    assert card(campus.A).card_owner is None
    assert "后四位" in lost_found.question_of(card(campus.A, "20990100189"))


def test_ones_own_card_is_not_found(campus: Campus) -> None:
    with pytest.raises(Refused) as caught:
        card(campus.B)
    assert caught.value.field == "card_number"


def test_what_would_be_said_to_the_owner_is_read_before_if_it_is_odd(campus: Campus) -> None:
    SensitiveWord.create(word="刷单返利", action="hold")
    SensitiveWord.create(word="裸聊", action="refuse")
    notice = card(campus.A, text="加我刷单返利再还你")
    assert (notice.moderation, notice.card_owner_id) == ("pending", campus.B.id)
    with pytest.raises(Refused):
        decided(notice, "publish", campus.M)  # its owner is known: it need not be public
    assert "match_card" not in events_of(notice)
    assert decided(notice, "keep_private", campus.M).status == "open"
    assert events_of(notice) == ["post", "match_card", "keep_private"]  # by which its owner hears
    with pytest.raises(Refused) as caught:
        card(campus.A, text="裸聊")
    assert caught.value.field == "text"


def test_an_edit_does_not_publish_a_private_card(campus: Campus) -> None:
    notice = card(campus.A)
    moderation.edit(notice, by=campus.A, content={"title": notice.title, "text": "在打印机旁边捡到，已放好"})
    with pytest.raises(Refused, match="不公开"):
        decided(now(notice), "publish", campus.M)
    decided(now(notice), "keep_private", campus.M)
    assert (now(notice).text, now(notice).moderation) == ("在打印机旁边捡到，已放好", "private")


def test_a_lost_bank_card_is_found_later(campus: Campus) -> None:
    lost = decided(bank(campus.B, kind="lost"), "publish", campus.M)
    assert lost.card_hash
    found = bank(campus.A, "6222 0212 3456 7890 123")
    assert (found.card_owner_id, found.moderation, found.status) == (campus.B.id, "private", "open")
    (match,) = lost_found.matches(lost, campus.B)
    assert (match.notice.id, match.score) == (found.id, 1.0)
    assert match.reasons == [(lost_cards.SAME_NUMBER, {})]
    assert not lost_found.matches(lost, campus.kept)  # what is private is nobody else's to see
    assert not lost_found.matches(lost, None)
    assert [each.notice.id for each in lost_found.matches(found, campus.A)] == [lost.id]


def test_even_before_a_moderator_has_read_of_the_loss(campus: Campus) -> None:
    bank(campus.B, kind="lost")
    assert bank(campus.A).card_owner_id == campus.B.id


@pytest.mark.parametrize("drop", ["withdrawn", "rejected", "returned"])
def test_no_loss_that_is_over_owns_a_card(campus: Campus, drop: str) -> None:
    lost = bank(campus.B, kind="lost")
    if drop == "withdrawn":
        withdrawn(lost)
    elif drop == "rejected":
        decided(lost, "reject", campus.M, code="untrue")
    else:
        lost_found.found_it(decided(lost, "publish", campus.M), by=campus.B, how="找到了")
    assert bank(campus.A).card_owner is None


def test_a_loss_that_is_posted_later_makes_the_card_its_owners(campus: Campus) -> None:
    """Public stays public, what waits for a moderator need not, and both are told by an event on the found card."""
    public, waiting = decided(bank(campus.A), "publish", campus.M), bank(campus.A)
    other = bank(campus.A, "6222021234567890999")
    lost = bank(campus.B, kind="lost")
    assert (now(public).card_owner_id, now(public).moderation) == (campus.B.id, "published")
    assert (now(waiting).card_owner_id, now(waiting).moderation, now(waiting).status) == (
        campus.B.id, "private", "open",
    )  # fmt: skip
    assert moderation.proposal(waiting) is None
    assert now(other).card_owner is None
    for found in (public, waiting):
        event = Event.select().where(Event.subject_id == found.id).order_by(Event.id.desc()).get()
        assert (event.name, event.actor, event.actor_role) == ("match_card", None, "system")
        assert event.details == {"lost": lost.number, "is_owner": True}
    assert {each.notice.id for each in lost_found.matches(lost, campus.B)} == {public.id, waiting.id}
    assert not lost_found.why_no_claim(now(waiting), campus.B)


def test_who_says_it_second_does_not_take_it_over(campus: Campus) -> None:
    found = decided(bank(campus.A), "publish", campus.M)
    bank(campus.B, kind="lost")
    bank(campus.kept, kind="lost")
    assert now(found).card_owner_id == campus.B.id
    told = [event.details["is_owner"] for event in Event.select().where(Event.name == "match_card").order_by(Event.id)]
    assert told == [True, False]


def test_a_finder_does_not_lose_the_card_to_get_it(campus: Campus) -> None:
    found = decided(bank(campus.A), "publish", campus.M)
    lost = bank(campus.A, kind="lost")
    assert now(found).card_owner is None
    assert not lost_found.matches(lost, campus.A)
    assert bank(campus.A).card_owner is None


def test_nobody_looks_for_the_campus_card_of_another(campus: Campus) -> None:
    with pytest.raises(Refused) as caught:
        card(campus.kept, CAST["B"], kind="lost")
    assert caught.value.field == "card_number"
    lost = card(campus.B, "", kind="lost")
    assert lost.card_hash == lost_cards.card_hash(kind_of("campus_card"), CAST["B"])
    card(campus.A)
    assert len(lost_found.matches(lost, campus.B)) == 1


def test_a_public_campus_card_with_an_owner_is_claimed_by_them_alone(campus: Campus) -> None:
    notice = decided(card(campus.A, ""), "publish", campus.M)
    assert not lost_found.why_no_claim(notice, campus.kept)
    PropertyNotice.update(card_owner=campus.B).where(PropertyNotice.id == notice.id).execute()
    assert lost_found.why_no_claim(now(notice), campus.kept)
    refuses(now(notice), "claim", campus.kept, {"answer": ANSWER})
    assert claimed(campus, now(notice)).status == "verifying"


def test_a_card_that_came_home_ends_the_search_for_it(campus: Campus) -> None:
    lost = decided(bank(campus.B, kind="lost"), "publish", campus.M)
    other = decided(bank(campus.B, "6222021234567890999", kind="lost"), "publish", campus.M)
    found = bank(campus.A)
    waits = lost_found.accept_claim(lost_found.claim(found, by=campus.B), by=campus.A)
    lost_found.hand_over(waits, by=campus.A, code=lost_found.code_of(waits, campus.B))
    assert (now(lost).status, now(lost).is_live, now(other).status) == ("returned", False, "open")
    assert events_of(lost)[-1] == "found_it"
    assert now(lost).version == lost.version + 1


def test_the_same_card_form_twice_tells_once(campus: Campus) -> None:
    found = decided(bank(campus.A), "publish", campus.M)
    for _ in range(2):
        bank(campus.B, kind="lost", once="one form")
    assert events_of(found).count("match_card") == 1


def test_an_account_card_is_kept_like_any_other(campus: Campus) -> None:
    notice = lost_found.hand_in(card(campus.A), by=campus.keeper_of_lost, point=point(), shelf="K1")
    assert (notice.status, notice.moderation) == ("kept", "private")
    assert not lost_found.why_no_claim(notice, campus.B)
    with pytest.raises(Refused):
        moderation.withdraw(notice, by=campus.A)


def test_finders_and_losers_of_one_card_do_not_miss_each_other(campus: Campus) -> None:
    """Four and four, all at once, five times: whoever comes second sees who came first."""
    if isinstance(models.database.obj, PooledPostgresqlDatabase):
        models.database.obj._max_connections = 16  # as several web processes have together
    people = list(Person.select().where(Person.kind == "student").limit(40))
    for turn in range(5):
        eight, number = people[turn * 8 : turn * 8 + 8], f"62220212345678901{turn:02}"
        jobs = [
            functools.partial(bank, by, number, kind="found" if place % 2 else "lost") for place, by in enumerate(eight)
        ]
        notices = at_once(*jobs)
        assert all(isinstance(each, PropertyNotice) for each in notices), notices
        owners = {now(each).card_owner_id for each in notices if each.kind == "found"}
        assert owners <= {by.id for by in eight[::2]}
        assert PropertyMatch.select().where(PropertyMatch.lost.in_([each.id for each in notices])).count() == 16
