"""What the tests of lost and found share: notices on their way from post to hand-over, by the hands of the cast."""

from typing import Any

from hall import lost_found, moderation
from models import ItemKind, LostPropertyDesk, Person, PropertyNotice
from tests.board import decided
from tests.conftest import Campus

TITLE = "捡到一把黑色雨伞"
TEXT = "今天下午在图书馆三楼靠窗的座位捡到，伞柄缠了一圈胶带。"
QUESTION = "伞的内侧写了什么？"
DETAIL = "内侧有蓝色墨水写的“周”字"
ANSWER = "内侧写了一个周字"


def kind_of(code: str) -> ItemKind:
    return ItemKind.get(ItemKind.code == code)


def point() -> LostPropertyDesk:
    """The desk where found things are kept."""
    return LostPropertyDesk.get_or_create(name="图书馆一楼服务台", defaults={"spot": "进门左侧"})[0]


def posted(by: Person, **more: Any) -> PropertyNotice:
    """An umbrella that `by` has found, waiting for a moderator; `kind="lost"` for one that they have lost."""
    usual = {"kind": "found", "title": TITLE, "text": TEXT, "place": "三楼靠窗", "hidden_detail": DETAIL}
    usual |= {"question": QUESTION, "tags": "黑色 长柄"}
    given = {**usual, **more}
    given["item_kind"] = kind_of(given.get("item_kind", "umbrella"))
    return lost_found.post(by=by, **given)


def published(campus: Campus, by: Person | None = None, **more: Any) -> PropertyNotice:
    """A public notice, by A unless said otherwise, that is still looked for."""
    notice: PropertyNotice = decided(posted(by or campus.A, **more), "publish", campus.M)
    return notice


def kept(campus: Campus, by: Person | None = None, **more: Any) -> PropertyNotice:
    """A public thing at the desk, on shelf A3."""
    notice = published(campus, by, **more)
    return lost_found.hand_in(notice, by=campus.keeper_of_lost, point=point(), shelf="A3")


def registered(campus: Campus, **more: Any) -> PropertyNotice:
    """A thing that the desk wrote down itself, waiting for a moderator."""
    given = {"title": TITLE, "text": TEXT, "place": "三楼靠窗", "point": point(), "shelf": "A3", **more}
    given["item_kind"] = kind_of(given.get("item_kind", "umbrella"))
    return lost_found.register(by=campus.keeper_of_lost, **given)


def claimed(campus: Campus, notice: PropertyNotice | None = None, by: Person | None = None) -> PropertyNotice:
    """A thing that B claims."""
    return lost_found.claim(notice or published(campus), by=by or campus.B, answer=ANSWER, proof="九月在超市买的")


def judge_of(campus: Campus, notice: PropertyNotice) -> Person:
    """Who judges claims of `notice`: the desk while it is kept there, else who found it."""
    return campus.keeper_of_lost if lost_found.is_kept(notice) else notice.author


def accepted(campus: Campus, notice: PropertyNotice | None = None, by: Person | None = None) -> PropertyNotice:
    """A thing whose owner is known and has a code."""
    asked = claimed(campus, notice, by)
    return lost_found.accept_claim(asked, by=judge_of(campus, asked))


def returned(campus: Campus, notice: PropertyNotice | None = None, by: Person | None = None) -> PropertyNotice:
    """A thing that is back with its owner."""
    waits = accepted(campus, notice, by)
    assert waits.claimant is not None
    code = lost_found.code_of(waits, waits.claimant)
    return lost_found.hand_over(waits, by=judge_of(campus, waits), code=code)


def withdrawn(notice: PropertyNotice) -> PropertyNotice:
    """The notice after its author has taken it back."""
    moderation.withdraw(notice, by=notice.author)
    return PropertyNotice.get_by_id(notice.id)
