"""What must not be sold is refused by name; what needs care, or may be somebody's lost thing, is read first."""

from datetime import timedelta
from typing import Any

import pytest

from hall import banned, clock, market_doubt, moderation, submissions
from hall.words import Refused
from models import BannedGoods, ItemKind, Listing, ModerationRule, Photo, PropertyNotice, SensitiveWord, Submission
from tests.board import decided, posted, submission_of
from tests.conftest import Campus
from tests.stall import TEXT, TITLE, offered, published

# --- banned goods ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title",
    ["电子烟 全新", "电 子 烟", "電子煙 九成新", "电-子-烟", "电\u200b子\u200b烟", "宿舍用的热得快", "转让学生证一张"],
)
def test_banned_goods_are_refused_by_name(campus: Campus, title: str) -> None:
    with pytest.raises(Refused) as caught:
        offered(campus.A, title=title)
    assert caught.value.field == "title"
    assert not Listing.select().exists()


def test_the_seller_is_told_which_goods_and_why(campus: Campus) -> None:
    with pytest.raises(Refused) as caught:
        offered(campus.A, text="顺便出一盒烟弹，没拆封。")
    assert caught.value.field == "text"
    assert str(caught.value) == "“烟弹”属于禁售物品“烟草”，不能发布。烟草和电子烟不得在校园交易"


@pytest.mark.parametrize(
    "title", [TITLE, "香薰蜡烛", "小米台灯", "考研英语真题", "药学教材", "猫砂盆", "酒精湿巾", "抗菌毛巾"]
)
def test_ordinary_things_are_not(campus: Campus, title: str) -> None:
    listing = offered(campus.A, title=title)
    assert (submission_of(listing).doubt, submission_of(listing).risk) == ("", 0)


def test_a_change_is_looked_at_like_an_offer(campus: Campus) -> None:
    listing = published(campus)
    with pytest.raises(Refused) as caught:
        moderation.edit(listing, by=campus.A, content={"title": TITLE, "text": f"{TEXT}送两条香烟"})
    assert caught.value.field == "text"
    moderation.edit(listing, by=campus.A, content={"title": f"{TITLE}，送仓鼠", "text": TEXT})
    assert "活体动物" in submission_of(listing).doubt


def test_the_list_is_the_operators(campus: Campus) -> None:
    content = {"title": "二手滑板", "text": TEXT}
    banned.refuse_banned(content)
    BannedGoods.create(name="滑板", words="滑板； 平衡车\n长板", action="refuse", note="校园内禁行")
    for title in ("二手滑板", "平 衡 车", "长板一块"):
        with pytest.raises(Refused, match="滑板"):
            banned.refuse_banned({**content, "title": title})
    BannedGoods.update(action="hold").where(BannedGoods.name == "滑板").execute()
    banned.refuse_banned(content)
    assert [goods.name for goods in banned.doubtful(content)] == ["滑板"]
    # Where two rows of the list name one word, the graver one holds.
    BannedGoods.create(name="违禁滑板", words="滑板", action="refuse")
    with pytest.raises(Refused, match="违禁滑板"):
        banned.refuse_banned(content)
    BannedGoods.delete().execute()
    banned.refuse_banned({"title": "电子烟", "text": ""})


def test_an_empty_row_of_the_list_bans_nothing(campus: Campus) -> None:
    BannedGoods.create(name="空", words=" ；;,，\n", action="refuse")
    BannedGoods.create(name="点", words="。…;——", action="refuse")
    banned.refuse_banned({"title": TITLE, "text": f"{TEXT}。…——"})


def test_the_list_is_asked_once(campus: Campus, queries: Any) -> None:
    with queries() as asked:
        banned.refuse_banned({"title": TITLE, "text": TEXT})
    assert len(asked) == 1


# --- doubt -------------------------------------------------------------------------------------------


def test_doubtful_goods_wait_for_a_moderator_whoever_sells_them(campus: Campus) -> None:
    ModerationRule.create(subject_type="listing", minutes=240, trusted_after=1)
    published(campus)
    assert offered(campus.A).moderation == "published"  # trusted
    listing = offered(campus.A, title="转让仓鼠笼", text="送一只仓鼠，两岁，很亲人。")
    waiting = submission_of(listing)
    assert (listing.moderation, waiting.doubt, waiting.risk) == ("pending", "限制物品：活体动物", 2)
    assert not submissions.is_trusted(waiting)
    waiting.risk = 0
    assert not submissions.is_trusted(waiting)  # the doubt alone is enough


def test_a_doubt_goes_with_what_raised_it(campus: Campus) -> None:
    listing = offered(campus.A, title="转让仓鼠笼")
    assert submission_of(listing).doubt
    moderation.edit(listing, by=campus.A, content={"title": TITLE, "text": TEXT})
    waiting = submission_of(listing)
    assert (waiting.doubt, waiting.risk, waiting.version) == ("", 0, 2)


def test_the_graver_risk_stays(campus: Campus) -> None:
    SensitiveWord.create(word="出事", action="alert", category="safety")
    waiting = submission_of(offered(campus.A, title="转让仓鼠笼", text="再不转让就要出事了，便宜。"))
    assert (waiting.risk, bool(waiting.doubt)) == (3, True)


def test_other_boards_doubt_nothing(campus: Campus) -> None:
    assert submission_of(posted(campus.A, title="宿舍楼里有人卖仓鼠")).doubt == ""


# --- somebody's lost thing ---------------------------------------------------------------------------


def lost(campus: Campus, title: str, text: str = "", item: str = "earphones", **more: Any) -> PropertyNotice:
    """A public lost notice of B, as the board has it."""
    row: dict[str, Any] = {
        "kind": "lost",
        "status": "open",
        "moderation": "published",
        "author": campus.B,
        "number": f"LF{PropertyNotice.select().count():04d}",
        "title": title,
        "text": text,
        "item_kind": ItemKind.get(ItemKind.code == item),
        "happened": clock.now() - timedelta(days=20),
        **more,
    }
    return PropertyNotice.create(**row)


AIRPODS = {"title": "白色 AirPods 耳机", "text": "苹果 AirPods Pro 二代，白色，充电仓有划痕，左耳声音小。"}


def test_what_somebody_looks_for_is_read_first(campus: Campus) -> None:
    notice = lost(campus, "丢失白色 AirPods 耳机", "苹果 AirPods Pro，白色充电仓上有一道划痕")
    lost(campus, "丢失一把黑色雨伞", "天堂牌，长柄", item="umbrella")
    waiting = submission_of(offered(campus.A, category="electronics", **AIRPODS))
    assert waiting.doubt == f"可能是寻物启事 {notice.number} 要找的东西"
    assert waiting.risk == 2
    assert submission_of(offered(campus.A)).doubt == ""  # a bicycle is no earphone


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "found"},
        {"status": "returned"},
        {"status": "submitted", "moderation": "pending"},
        {"moderation": "hidden"},
        {"happened": clock.now() - timedelta(days=70)},
    ],
    ids=lambda more: next(iter(more)),
)
def test_only_open_lost_notices_count(campus: Campus, more: dict[str, Any]) -> None:
    lost(campus, "丢失白色 AirPods 耳机", "苹果 AirPods Pro，白色充电仓上有一道划痕", **more)
    assert submission_of(offered(campus.A, category="electronics", **AIRPODS)).doubt == ""


def test_the_same_photo_is_enough(campus: Campus) -> None:
    notice = lost(campus, "丢了东西", "很重要", item="other", photos=["f" * 32])
    photo = {"subject_type": "property_notice", "subject_id": notice.id, "width": 1, "height": 1, "size": 1}
    Photo.create(name="f" * 32, likeness="f0f0f0f0f0f0f0f0", **photo)
    listing = offered(campus.A, title="好东西便宜卖", text="几乎没有用过，自提。", category="other")
    Photo.update(likeness="f0f0f0f0f0f0f0f1").where(Photo.name == listing.photos[0]).execute()
    content = submission_of(listing).content
    assert market_doubt.lost_like(listing, content) == [notice.number]
    Photo.update(likeness="0f0f0f0f0f0f0f0f").where(Photo.name == listing.photos[0]).execute()
    assert market_doubt.lost_like(listing, content) == []


def test_looking_for_it_asks_twice_however_many_are_lost(campus: Campus, queries: Any) -> None:
    listing = offered(campus.A, category="electronics", **AIRPODS)
    for number in range(5):
        lost(campus, f"丢失白色 AirPods 耳机 {number}")
    content = submission_of(listing).content
    with queries() as asked:
        assert len(market_doubt.lost_like(listing, content)) == 3
    assert len([sql for sql in asked if "listing_category" not in sql]) == 2
    assert len(market_doubt.doubt(listing, {**content, "text": "仓鼠" * 60})) <= 200


def test_a_report_tells_of_the_doubt_too(campus: Campus) -> None:
    listing = published(campus, category="electronics", **AIRPODS)
    notice = lost(campus, "丢失白色 AirPods 耳机", "苹果 AirPods Pro，白色充电仓上有一道划痕")
    moderation.report(listing, by=campus.fresh, code="illegal")
    assert notice.number in submission_of(listing).doubt
    decided(listing, "keep", campus.M)
    assert Submission.select().where(Submission.doubt != "").count() == 1
