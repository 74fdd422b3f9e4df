"""Likely counterparts: reckoned from what is public, shown to who may read them, told once to who waits for them."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from hall import clock, events, lost_found, lost_matching, moderation, photos
from models import Building, Event, Person, PropertyMatch, PropertyNotice
from tests.board import decided, submission_of
from tests.conftest import Campus
from tests.lost import posted, published, returned, withdrawn
from tests.test_lost_flow import now

LIBRARY = {"place": "三楼靠窗"}


def lost(by: Person, **more: Any) -> PropertyNotice:
    """The black umbrella of `by`, lost an hour before A found it."""
    usual = {"kind": "lost", "title": "寻黑色长柄雨伞", "text": "图书馆三楼靠窗丢的，伞柄缠了胶带", "hidden_detail": ""}
    return posted(by, **{**usual, "happened": clock.now() - timedelta(hours=1), **more})


def public(campus: Campus, row: PropertyNotice) -> PropertyNotice:
    decided(row, "publish", campus.M)
    return now(row)


def picture(seed: int) -> photos.Prepared:
    file = io.BytesIO()
    image = Image.effect_noise((8, 8), 90) if seed else Image.linear_gradient("L").rotate(90)
    image.resize((320, 320), Image.Resampling.NEAREST).convert("RGB").save(file, "PNG")
    return photos.prepare([("umbrella.png", file.getvalue())])[0]


def numbers(notice: PropertyNotice, by: Person | None, limit: int = 5) -> list[str]:
    return [match.notice.number for match in lost_found.matches(notice, by, limit)]


def told(notice: PropertyNotice) -> list[list[str]]:
    """Whom each event of a match names, oldest first."""
    return [event.details["told"] for event in reversed(events.timeline(notice)) if event.name == "match"]


def test_they_find_each_other(campus: Campus) -> None:
    found = published(campus)
    mine = lost(campus.B)
    (match,) = lost_found.matches(mine, campus.B)
    assert match.notice.number == found.number
    assert match.notice.item_kind.code == "umbrella"
    assert lost_found.TELL < match.score < 1
    said = [sentence for sentence, _values in match.reasons]
    assert "同一类：%(kind)s" in said
    assert "颜色相同：%(colour)s" in said
    assert dict(match.reasons)["同一类：%(kind)s"] == {"kind": "雨伞"}
    assert not numbers(found, campus.A)  # what waits for a moderator is nobody's to see
    public(campus, mine)
    assert numbers(found, None) == [mine.number]


def test_what_was_posted_first_is_found_as_well(campus: Campus) -> None:
    mine, found = lost(campus.B), posted(campus.A)
    assert not PropertyMatch.select().exists()
    public(campus, mine)
    assert not numbers(mine, campus.B)
    public(campus, found)
    assert numbers(mine, campus.B) == [found.number]
    assert numbers(found, campus.A) == [mine.number]


def test_who_waits_is_told_once_when_one_appears(campus: Campus) -> None:
    mine = public(campus, lost(campus.B))
    assert told(mine) == []
    found = posted(campus.A)
    assert told(found) == []  # not before it is public
    waiting = submission_of(found)
    decided(found, "publish", campus.M)
    assert told(found) == [[mine.number]]
    event = next(each for each in events.timeline(found) if each.name == "match")
    assert (event.actor, event.actor_role, event.target) == (None, "system", "")
    # Taken back and decided again, or changed and read again: they have heard of it.
    moderation.undo(now(found), by=campus.M, submission=waiting.id)
    decided(now(found), "publish", campus.M)
    moderation.edit(now(found), by=campus.A, content={"title": found.title, "text": "伞柄缠了一圈黑胶带"})
    decided(now(found), "publish", campus.M)
    assert told(found) == [[mine.number]]
    second = public(campus, lost(campus.kept))
    assert told(second) == [[found.number]]


def test_nobody_is_told_of_what_is_unlikely(campus: Campus) -> None:
    public(campus, lost(campus.B, title="寻一串钥匙", text="三把", item_kind="keys", tags=""))
    vague = {"title": "雨伞不见了", "text": "", "tags": "", "place": ""}
    mine = public(campus, lost(campus.kept, **vague, happened=clock.now() - timedelta(days=5)))
    found = published(campus)
    (match,) = lost_found.matches(found, None)
    assert match.notice.id == mine.id
    assert match.score < lost_found.TELL  # shown to who looks
    assert told(found) == []


@pytest.mark.parametrize("end", ["private", "hidden", "returned"])
def test_nobody_is_told_who_waits_no_more_or_out_of_sight(campus: Campus, end: str) -> None:
    mine = lost(campus.B)
    if end == "private":
        decided(mine, "keep_private", campus.M)
    elif end == "hidden":
        moderation.hide(public(campus, mine), by=campus.M, code="other")
    else:
        lost_found.found_it(public(campus, mine), by=campus.B)
    assert told(published(campus)) == []


def test_ones_own_notices_are_no_match(campus: Campus) -> None:
    mine = public(campus, lost(campus.A))
    assert not numbers(public(campus, posted(campus.A)), campus.A)
    assert not numbers(mine, campus.A)


def test_more_than_five_are_not_told_nor_shown(campus: Campus) -> None:
    others = [public(campus, lost(by)) for by in (campus.B, campus.kept, campus.fresh, campus.leader) for _ in range(2)]
    found = published(campus)
    assert [len(each) for each in told(found)] == [5]
    assert len(numbers(found, None)) == 5
    assert len(numbers(found, None, limit=20)) == len(others)
    scores = [match.score for match in lost_found.matches(found, None, 20)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("end", ["withdrawn", "hidden", "returned", "private"])
def test_what_is_over_or_out_of_sight_is_not_shown(campus: Campus, end: str) -> None:
    found = published(campus)
    mine = public(campus, lost(campus.B))
    assert numbers(mine, campus.B) == [found.number]
    if end == "withdrawn":
        withdrawn(found)
    elif end == "hidden":
        moderation.hide(found, by=campus.M, code="other")
    elif end == "returned":
        returned(campus, found)
    else:
        moderation.edit(found, by=campus.A, content={"title": found.title, "text": "请不要公开"})
        decided(now(found), "keep_private", campus.M)
    assert not numbers(mine, campus.B)
    assert not numbers(public(campus, lost(campus.kept)), campus.kept)


def test_a_finders_word_counts_before_any_likeness(campus: Campus) -> None:
    mine = public(campus, lost(campus.B, title="寻一串钥匙", text="三把", item_kind="keys", tags=""))
    found = posted(campus.A, answered=mine)
    assert numbers(found, campus.A) == [mine.number]
    public(campus, found)
    assert told(found) == [[mine.number]]
    (match,) = lost_found.matches(mine, campus.B)
    assert (match.score, match.reasons) == (1.0, [(lost_matching.SAID_BY_FINDER, {})])
    done = returned(campus, found)
    assert (done.status, now(mine).status) == ("returned", "returned")
    other = public(campus, lost(campus.B))
    found = published(campus, answered=other)
    assert lost_found.matches(other, campus.B)[0].reasons == [(lost_matching.SAID_BY_FINDER, {})]  # alike or not
    returned(campus, found, campus.kept)  # it was somebody else's after all
    assert now(other).status == "open"


@pytest.mark.parametrize("wrong", ["found", "own", "pending", "returned", "private", "hidden"])
def test_only_an_open_loss_of_another_is_answered(campus: Campus, wrong: str) -> None:
    if wrong == "found":
        mine = published(campus, campus.B)
    elif wrong == "returned":
        mine = lost_found.found_it(public(campus, lost(campus.B)), by=campus.B)
    else:
        mine = lost(campus.A if wrong == "own" else campus.B)
        if wrong == "private":
            mine = decided(mine, "keep_private", campus.M)
        elif wrong != "pending":
            mine = public(campus, mine)
        if wrong == "hidden":
            mine = moderation.hide(mine, by=campus.M, code="other")
    with pytest.raises(lost_found.Refused) as caught:
        posted(campus.A, answered=mine)
    assert caught.value.field == "answered"


def test_nothing_hidden_is_compared(campus: Campus) -> None:
    """Two notices that are alike only by what nobody may read are no match."""
    secret = {"hidden_detail": "银色小熊挂件，背面刻着字母"}
    bare = {"title": "一样东西", "text": "", "tags": "", "item_kind": "other", "place": "门口", "question": ""}
    found = public(campus, posted(campus.A, **{**bare, **secret}))
    mine = lost(campus.B, **{**bare, **secret, "happened": clock.now() - timedelta(days=20)})
    match = next(iter(lost_found.matches(mine, campus.B)), None)
    assert match is None or match.score < lost_found.TELL
    said = repr([row.reasons for row in PropertyMatch.select()])
    assert "小熊" not in said
    assert found.hidden_detail


def test_the_same_photo_is_recognised(campus: Campus) -> None:
    bare = {"title": "捡到的东西", "text": "", "tags": "", "item_kind": "other", "place": "门口", "question": ""}
    published(campus, campus.kept, **bare, photos=[picture(1)])
    found = published(campus, **bare, photos=[picture(1), picture(0)][1:])
    mine = lost(campus.B, **{**bare, "title": "丢了东西"}, photos=[picture(0)])
    best = lost_found.matches(mine, campus.B)[0]
    assert best.notice.number == found.number
    assert best.reasons[0][0] == "照片相像"


def test_an_edit_is_compared_anew(campus: Campus) -> None:
    mine = public(campus, lost(campus.B))
    found = published(campus, title="捡到一串钥匙", text="", item_kind="umbrella", tags="")
    before = next((match.score for match in lost_found.matches(found, None)), 0.0)
    content = {"title": "捡到黑色长柄雨伞", "text": "图书馆三楼靠窗，伞柄缠了胶带", "tags": "黑色 长柄"}
    moderation.edit(found, by=campus.A, content=content)
    public(campus, found)
    (match,) = lost_found.matches(found, None)
    assert match.notice.id == mine.id
    assert match.score > before
    assert PropertyMatch.select().count() == 1


def test_what_is_not_alike_any_more_is_forgotten(campus: Campus) -> None:
    mine = public(campus, lost(campus.B, item_kind="other"))
    found = published(campus, item_kind="other")
    assert numbers(mine, campus.B) == [found.number]
    moderation.edit(found, by=campus.A, content={"title": "捡到一串钥匙", "text": "三把", "tags": ""})
    public(campus, found)
    assert not numbers(mine, campus.B)


def test_only_what_may_be_the_same_by_time_is_read(campus: Campus, queries: Any) -> None:
    public(campus, lost(campus.B, happened=clock.now() - timedelta(days=61)))
    public(campus, lost(campus.kept, happened=clock.now()))
    found = posted(campus.A, happened=clock.now() - timedelta(days=1))
    assert not numbers(found, None)
    with queries() as asked:
        lost_matching.reckon(found)
    assert len(asked) <= 5


def test_showing_them_is_one_query(campus: Campus, queries: Any) -> None:
    building = Building.select().first()
    found = published(campus, building=building)
    for by in (campus.B, campus.kept, campus.fresh):
        public(campus, lost(by, building=building))
    with queries() as asked:
        shown = lost_found.matches(found, None)
        assert [match.notice.building.name for match in shown] == [building.name] * 3
        assert {match.notice.item_kind.name for match in shown} == {"雨伞"}
    assert len(asked) == 1


def test_the_reasons_say_nothing_that_is_not_public(campus: Campus) -> None:
    published(campus, text="伞柄缠了胶带，电话 13800138000 请联系")
    mine = lost(campus.B, text="伞柄缠了胶带，电话 13800138000 请联系")
    for match in lost_found.matches(mine, campus.B):
        assert "138001" not in repr(match.reasons)


def test_one_event_a_publication(campus: Campus) -> None:
    for by in (campus.B, campus.kept):
        public(campus, lost(by))
    found = published(campus)
    assert Event.select().where(Event.name == "match", Event.subject_id == found.id).count() == 1
