"""Who hears what of both boards: never what they may not see, never too early, never a secret or a name."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import accounts, clock, conversations, flow, lost_found, market, moderation, notify, notify_boards
from models import Event, Grant, Listing, Notification, Person, PropertyNotice, SensitiveWord, TrustLevel
from tests import lost, stall
from tests.board import decided, submission_of
from tests.conftest import Campus
from tests.lost import TITLE as UMBRELLA
from tests.stall import TITLE as BICYCLE
from tests.test_conversations import begun
from tests.test_notify_supervision import STANDS, announce, link_to, told

EDITED = {"title": BICYCLE, "text": "骑了两年，变速正常，后刹车刚换，送车锁和打气筒。"}
DECISIONS: list[tuple[str, dict[str, Any], str]] = [
    ("publish", {}, "已公开"),
    ("send_back", {"note": "请写清楚"}, "请按意见修改后再提交"),
    ("reject", {"code": "advert"}, "被驳回，请看原因，可以申诉一次"),
]
WAITING: dict[str, tuple[Callable[[Person], Any], str]] = {
    "listing": (lambda by: stall.offered(by), f"您的二手物品《{BICYCLE}》"),
    "notice": (lambda by: lost.posted(by), f"您的启事《{UMBRELLA}》"),
}


def listing() -> Listing:
    return Listing.select().order_by(Listing.id.desc()).get()


def notice() -> PropertyNotice:
    return PropertyNotice.select().order_by(PropertyNotice.id.desc()).get()


def test_it_works(campus: Campus) -> None:
    row = stall.offered(campus.A)
    assert told(lambda: decided(row, "publish", campus.M)) == {"A": f"您的二手物品《{BICYCLE}》已公开"}
    assert link_to(campus.A) == f"/market/{row.number}"
    found = lost.posted(campus.A)
    assert told(lambda: decided(found, "publish", campus.M)) == {"A": f"您的启事《{UMBRELLA}》已公开"}
    assert link_to(campus.A) == f"/lost-found/{found.number}"


# --- review ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("board", WAITING)
@pytest.mark.parametrize(("decision", "answers", "sentence"), DECISIONS)
def test_a_decision_is_told_when_it_stands(
    campus: Campus, board: str, decision: str, answers: dict[str, Any], sentence: str
) -> None:
    make, start = WAITING[board]
    row = make(campus.A)

    def change_of_mind() -> None:
        waiting = submission_of(row)
        moderation.undo(decided(row, decision, campus.M, **answers), by=campus.M, submission=waiting.id)

    assert told(change_of_mind) == {}
    verb = lambda: decided(row, decision, campus.M, **answers)  # noqa: E731
    assert told(verb, after=timedelta(seconds=moderation.UNDO_SECONDS - 1)) == {}
    assert told(lambda: None) == {}  # by then it was told
    assert [message.text for message in notify.inbox(campus.A)] == [start + sentence]


def test_a_notice_that_is_kept_private(campus: Campus) -> None:
    row = lost.posted(campus.A)
    heard = told(lambda: decided(row, "keep_private", campus.M))
    assert heard == {"A": f"您的启事《{UMBRELLA}》已审核，不公开，只有值守点和当事人看到"}


@pytest.mark.parametrize("board", WAITING)
def test_what_becomes_of_edits_and_appeals(campus: Campus, board: str) -> None:
    make, _start = WAITING[board]
    what = "二手物品" if board == "listing" else "启事"
    row = decided(make(campus.A), "publish", campus.M)
    edited = {"title": row.title, "text": "写得更清楚的一段描述，别的都没有变。"}
    moderation.edit(row, by=campus.A, content=edited)
    heard = told(lambda: decided(row, "send_back", campus.M, note="请说明"))
    assert heard == {"A": f"您对{what}《{row.title}》的修改未通过，仍显示原文"}
    moderation.edit(row, by=campus.A, content=edited)
    assert told(lambda: decided(row, "publish", campus.M)) == {"A": f"您对{what}《{row.title}》的修改已公开"}
    row = decided(make(campus.A), "reject", campus.M, code="untrue")
    heard = told(lambda: moderation.appeal(row, by=campus.A, words="这是真的，有照片"), after=timedelta())
    assert heard == {"M2": f"申诉待审：《{row.title}》"}
    assert link_to(campus.M2) == "/admin/desk/"
    heard = told(lambda: decided(row, "reject", campus.M2, code="untrue"))
    assert heard == {"A": f"您的{what}《{row.title}》申诉后仍被驳回，请看原因"}


@pytest.mark.parametrize("board", WAITING)
def test_alerts_and_reports_reach_moderators_and_the_result_who_reported(campus: Campus, board: str) -> None:
    SensitiveWord.create(word="火灾隐患", action="alert")
    make, _start = WAITING[board]
    posted = {"listing": stall.offered, "notice": lost.posted}[board]
    assert told(lambda: make(campus.A), after=timedelta()) == {}
    heard = told(lambda: posted(campus.A, text="这件东西是火灾隐患，请小心处理。"), after=timedelta())
    title = BICYCLE if board == "listing" else UMBRELLA
    assert heard == dict.fromkeys(("M", "M2"), f"警报词：《{title}》等待审核，请马上看")
    assert link_to(campus.M) == "/admin/desk/"
    row = decided(make(campus.A), "publish", campus.M)
    heard = told(lambda: moderation.report(row, by=campus.B, code="untrue"), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"有人举报《{title}》中的内容，请处理")
    assert told(lambda: decided(row, "keep", campus.M)) == {"B": "您的举报已处理：相关内容维持公开"}
    moderation.report(row, by=campus.W1, code="untrue")
    heard = told(lambda: decided(row, "hide", campus.M, code="untrue"))
    what = "二手物品" if board == "listing" else "启事"
    assert heard == {"A": f"您的{what}《{title}》已被屏蔽，请看原因", "W1": "您的举报已处理：相关内容已屏蔽，谢谢"}
    assert link_to(campus.W1) == ""  # there is nothing to see any more
    heard = told(lambda: moderation.restore(type(row).get_by_id(row.id), by=campus.M))
    assert heard == {"A": f"您的{what}《{title}》已恢复公开"}


# --- the market --------------------------------------------------------------------------------------


def test_a_saved_search_is_told_of_what_fits(campus: Campus) -> None:
    for who, wanted in (
        ("B", {"category": "bicycle", "most_fen": 40_000}),
        ("W1", {"category": "bicycle", "most_fen": 20_000}),
        ("W2", {"category": "books"}),
        ("A", {"category": "bicycle"}),
        ("kept", {"words": ["山地车"]}),
    ):
        market.save_search(by=getattr(campus, who), name="想买", wanted=wanted)
    row = stall.offered(campus.A)
    heard = told(lambda: decided(row, "publish", campus.M))
    news = f"您订阅的搜索有新物品：《{BICYCLE}》"
    assert heard == {"A": f"您的二手物品《{BICYCLE}》已公开", "B": news, "kept": news}
    assert link_to(campus.B) == f"/market/{row.number}"
    moderation.edit(listing(), by=campus.A, content=EDITED)
    assert set(told(lambda: decided(listing(), "publish", campus.M))) == {"A"}  # it is no news


def test_a_saved_search_hears_nothing_of_what_was_hidden_at_once(campus: Campus) -> None:
    market.save_search(by=campus.B, name="想买", wanted={"category": "bicycle"})
    row = stall.offered(campus.A)

    announce()
    decided(row, "publish", campus.M)
    moderation.hide(listing(), by=campus.M, code="illegal")
    announce()
    assert notify.inbox(campus.B) == []
    assert len(notify.inbox(campus.A)) == 2


def liked(row: Listing, *people: Person) -> Listing:
    for person in people:
        market.favourite(row, by=person)
    return listing()


def test_who_likes_it_hears_that_it_is_cheaper_or_gone(campus: Campus) -> None:
    row = liked(stall.published(campus), campus.B, campus.W1)
    assert told(lambda: market.change_price(row, by=campus.A, price_fen=36_000)) == {}  # dearer
    heard = told(lambda: market.change_price(row, by=campus.A, price_fen=29_950))
    assert heard == dict.fromkeys(("B", "W1"), f"您收藏的《{BICYCLE}》降到 299.50 元")
    assert link_to(campus.W1) == f"/market/{row.number}"
    reserved = stall.reserved(campus, listing())
    market.confirm(reserved, by=campus.A)
    heard = told(lambda: market.confirm(listing(), by=campus.B))
    assert heard == {"A": f"《{BICYCLE}》已成交，请在 14 天内评价对方", "W1": f"您收藏的《{BICYCLE}》已售出"}


def test_a_price_that_holds_no_more_is_not_told(campus: Campus) -> None:
    row = liked(stall.published(campus), campus.B)

    def down_and_up() -> None:
        market.change_price(row, by=campus.A, price_fen=20_000)
        market.change_price(listing(), by=campus.A, price_fen=33_000)

    assert told(down_and_up) == {}

    def down_and_hidden() -> None:
        market.change_price(listing(), by=campus.A, price_fen=10_000)
        moderation.hide(listing(), by=campus.M, code="illegal")

    assert set(told(down_and_hidden)) == {"A"}


def test_reserved_and_sold_and_rated(campus: Campus) -> None:
    row = stall.published(campus)
    stall.asked(row, campus.B)
    heard = told(lambda: market.reserve(row, by=campus.A, buyer=campus.B))
    until = f"{clock.local(listing().reserved_until):%Y-%m-%d %H:%M}"
    assert heard == {"B": f"卖家为您保留《{BICYCLE}》到 {until}，现在可以看到对方的电话"}
    assert link_to(campus.B) == f"/market/{row.number}"
    heard = told(lambda: market.confirm(listing(), by=campus.B))
    assert heard == {"A": f"对方确认《{BICYCLE}》已成交，请您也确认"}
    heard = told(lambda: market.confirm(listing(), by=campus.A))
    assert heard == {"B": f"《{BICYCLE}》已成交，请在 14 天内评价对方"}
    heard = told(lambda: market.rate(listing(), by=campus.A, score=5, text="很守时"))
    assert heard == {"B": f"对方评价了《{BICYCLE}》的交易，您评价以后可以看到"}
    heard = told(lambda: market.rate(listing(), by=campus.B, score=1, text="不好"))
    assert heard == {"A": f"《{BICYCLE}》的买卖双方都已评价，可以看了"}


def test_released_by_either_or_by_time(campus: Campus) -> None:
    row = stall.reserved(campus)
    assert told(lambda: market.release(row, by=campus.A)) == {"B": f"为您保留的《{BICYCLE}》已取消预订"}
    row = stall.reserved(campus, listing())
    assert told(lambda: market.release(row, by=campus.B)) == {"A": f"买家取消了《{BICYCLE}》的预订，重新在售"}
    stall.reserved(campus, listing())
    with clock.at(clock.now() + timedelta(hours=72, minutes=1)):
        heard = told(market.run_timers)
    assert heard == dict.fromkeys(("A", "B"), f"《{BICYCLE}》的预订已到期，重新在售")


def test_who_has_left_is_told_nothing_and_the_other_one_is(campus: Campus) -> None:
    stall.reserved(campus)
    Person.update(is_closed=True).where(Person.id == campus.A.id).execute()
    assert told(market.run_timers) == {"B": f"为您保留的《{BICYCLE}》已取消预订"}
    assert listing().status == "lapsed"


def test_a_reservation_that_ends_with_hiding(campus: Campus) -> None:
    """Nothing is told of it to the buyer where the moderator takes the decision back at once."""
    row = stall.reserved(campus)
    moderation.report(row, by=campus.W1, code="illegal")

    def by_mistake() -> None:
        waiting = submission_of(row)
        moderation.undo(decided(row, "hide", campus.M, code="illegal"), by=campus.M, submission=waiting.id)

    assert told(by_mistake) == {}
    assert listing().status == "reserved"
    heard = told(lambda: decided(listing(), "hide", campus.M, code="illegal"))
    assert heard["B"] == f"为您保留的《{row.number}》已取消预订"  # the title is not for them any more
    assert link_to(campus.B) == ""
    assert set(heard) == {"A", "B", "W1"}


def test_reminded_and_expired(campus: Campus) -> None:
    row = stall.published(campus)
    day = clock.local(row.expires).date().isoformat()
    with clock.at(row.expires - timedelta(days=2)):
        assert told(market.run_timers) == {"A": f"您的二手物品《{BICYCLE}》将在 {day} 到期，可以一键续期"}
        assert told(market.run_timers) == {}
    with clock.at(row.expires + timedelta(minutes=1)):
        assert told(market.run_timers) == {"A": f"您的二手物品《{BICYCLE}》已到期下架，可以一键续期"}


# --- lost and found ----------------------------------------------------------------------------------


def test_a_later_counterpart_is_told_to_the_other_author(campus: Campus) -> None:
    searched = lost.published(campus, campus.B, kind="lost", title="丢了一把黑色雨伞", hidden_detail="")
    found = lost.posted(campus.A)

    def change_of_mind() -> None:
        waiting = submission_of(found)
        moderation.undo(decided(found, "publish", campus.M), by=campus.M, submission=waiting.id)

    assert told(change_of_mind) == {}
    assert told(lambda: decided(found, "publish", campus.M)) == {
        "A": f"您的启事《{UMBRELLA}》已公开",
        "B": f"有人捡到《{UMBRELLA}》，可能是您丢的，请看一看",
    }
    assert link_to(campus.B) == f"/lost-found/{found.number}"
    also = lost.posted(campus.W1, kind="lost", title="丢了一把黑色雨伞", hidden_detail="")
    heard = told(lambda: decided(also, "publish", campus.M))
    assert heard == {
        "W1": "您的启事《丢了一把黑色雨伞》已公开",
        "A": "有人在找《丢了一把黑色雨伞》，可能就是您捡到的，请看一看",
    }
    moderation.edit(notice(), by=campus.W1, content={"title": "丢了一把黑色的雨伞"})
    assert set(told(lambda: decided(notice(), "publish", campus.M))) == {"W1"}  # A has heard of it
    assert searched.number


def test_a_counterpart_that_is_hidden_at_once_is_not_told(campus: Campus) -> None:
    lost.published(campus, campus.B, kind="lost", title="丢了一把黑色雨伞", hidden_detail="")
    found = lost.posted(campus.A)

    announce()
    decided(found, "publish", campus.M)
    moderation.hide(notice(), by=campus.M, code="privacy")
    announce()
    assert len(notify.inbox(campus.B)) == 1  # that their own was published
    assert len(notify.inbox(campus.A)) == 2


def card(campus: Campus, by: Person | None = None, **more: Any) -> PropertyNotice:
    """B's campus card, found by A: private."""
    given = {"item_kind": "campus_card", "card_number": campus.B.number, "title": "校园卡，照片上是男生", "text": ""}
    return lost.posted(by or campus.A, **{**given, "hidden_detail": "", "question": "", "tags": "", **more})


def test_the_owner_of_a_card_hears_at_once(campus: Campus) -> None:
    heard = told(lambda: card(campus), after=timedelta())
    assert heard == {"B": f"有人捡到了您的校园卡，请看 {notice().number}"}
    assert link_to(campus.B) == f"/lost-found/{notice().number}"


def test_the_owner_of_a_card_at_the_desk_hears_at_once(campus: Campus) -> None:
    given = {"item_kind": "campus_card", "card_number": campus.B.number, "title": "校园卡", "text": ""}
    heard = told(lambda: lost.registered(campus, **given), after=timedelta())
    assert heard == {"B": f"您的校园卡在失物招领值守点，请看 {notice().number}"}


def test_a_lost_card_that_was_found_before(campus: Campus) -> None:
    number = "62220212345678"
    found = card(campus, item_kind="bank_card", card_number=number, title="银行卡")
    assert found.card_owner is None
    missing = {"kind": "lost", "item_kind": "bank_card", "card_number": number, "title": "银行卡丢了"}
    heard = told(lambda: card(campus, campus.B, **missing), after=timedelta())
    assert heard == {
        "B": f"有人捡到了您的银行卡，请看 {found.number}",
        "A": f"您捡到的银行卡（{found.number}）找到卡主了，对方已收到通知",
    }
    assert link_to(campus.B) == f"/lost-found/{found.number}"


def test_claims_are_told_to_who_has_the_thing(campus: Campus) -> None:
    row = lost.published(campus)
    assert told(lambda: lost.claimed(campus, row)) == {"A": f"有人认领《{UMBRELLA}》，请核验"}
    assert link_to(campus.A) == f"/lost-found/{row.number}"
    heard = told(lambda: lost_found.deny_claim(notice(), by=campus.A, reason="颜色不对"))
    assert heard == {"B": f"您认领的《{UMBRELLA}》核验没有通过，请看理由"}
    assert link_to(campus.B) == f"/lost-found/{row.number}"
    lost.claimed(campus, notice())
    heard = told(lambda: lost_found.accept_claim(notice(), by=campus.A))
    assert heard == {"B": f"您认领的《{UMBRELLA}》核验通过，请看交接码，去领取吧"}
    heard = told(lambda: lost_found.give_up(notice(), by=campus.B))
    assert heard == {"A": f"认领人放弃了《{UMBRELLA}》，重新开放认领"}
    accepted = lost.accepted(campus, notice())
    code = lost_found.code_of(accepted, campus.B)
    heard = told(lambda: lost_found.hand_over(accepted, by=campus.A, code=code))
    assert heard == {"B": f"您认领的《{UMBRELLA}》已交接，祝您不再丢东西"}


def test_claims_of_what_the_desk_has_are_told_to_the_desk(campus: Campus) -> None:
    row = lost.published(campus)
    desk = campus.keeper_of_lost
    heard = told(lambda: lost_found.hand_in(row, by=desk, point=lost.point(), shelf="A3"))
    assert heard == {"A": f"您捡到的《{UMBRELLA}》已由值守点保管，谢谢您"}
    assert told(lambda: lost.claimed(campus, notice())) == {"keeper_of_lost": f"有人认领《{UMBRELLA}》，请核验"}
    assert link_to(desk) == f"/admin/queue/property_notice/{row.number}"
    accepted = lost_found.accept_claim(notice(), by=desk)
    code = lost_found.code_of(accepted, campus.B)
    assert told(lambda: lost_found.hand_over(accepted, by=desk, code=code)) == {
        "B": f"您认领的《{UMBRELLA}》已交接，祝您不再丢东西",
        "A": f"您捡到的《{UMBRELLA}》已经还给失主，谢谢您",
    }


def test_a_desk_that_claims_is_not_asked_to_judge(campus: Campus) -> None:
    Grant.create(person=campus.W1, role="lost_property_desk")
    row = lost.kept(campus)
    assert set(told(lambda: lost.claimed(campus, row, campus.W1))) == {"keeper_of_lost"}


def test_a_claim_that_goes_on_for_too_long(campus: Campus) -> None:
    lost.claimed(campus)
    with clock.at(clock.now() + timedelta(days=15)):
        heard = told(lost_found.run_timers)
    assert heard == {
        "B": f"您对《{UMBRELLA}》的认领两周没有进展，已经结束",
        "A": f"认领人放弃了《{UMBRELLA}》，重新开放认领",
    }


def test_a_claim_ends_with_its_notice(campus: Campus) -> None:
    row = lost.claimed(campus)
    moderation.report(row, by=campus.W1, code="privacy")

    def by_mistake() -> None:
        waiting = submission_of(row)
        moderation.undo(decided(row, "hide", campus.M, code="privacy"), by=campus.M, submission=waiting.id)

    assert told(by_mistake) == {}
    heard = told(lambda: decided(notice(), "hide", campus.M, code="privacy"))
    assert heard["B"] == f"您认领的《{row.number}》已不再公开，认领到此结束"
    assert set(heard) == {"A", "B", "W1"}


def test_what_its_author_found_again(campus: Campus) -> None:
    row = lost.published(campus, kind="lost", title="丢了一串钥匙", hidden_detail="")
    begun(campus, row, text="我在二食堂看到一串")
    heard = told(lambda: lost_found.found_it(row, by=campus.A, how="在书包里"))
    assert heard == {"B": "您问过的《丢了一串钥匙》，失主已经找回"}


def test_custody_is_announced_and_ended(campus: Campus) -> None:
    lost.published(campus, campus.B, kind="lost", title="丢了一把黑色雨伞", hidden_detail="")
    row = lost.kept(campus)
    desk = campus.keeper_of_lost
    with clock.at(row.keep_until + timedelta(days=1)):
        heard = told(lambda: lost_found.announce(notice(), by=desk))
        assert heard == {
            "A": f"您捡到的《{UMBRELLA}》保管期满，开始处置前公示",
            "B": f"《{UMBRELLA}》保管期满，可能是您丢的，请尽快认领",
        }
    with clock.at(notice().dispose_from + timedelta(days=1)):
        heard = told(lambda: lost_found.propose_disposal(notice(), by=desk, method="donated", note="给爱心驿站"))
        assert heard == {"leader": f"{row.number} 公示期满，请复核处置"}
        assert link_to(campus.leader) == f"/admin/queue/property_notice/{row.number}"
        heard = told(lambda: lost_found.dispose(notice(), by=campus.leader))
        assert heard == {"A": f"您捡到的《{UMBRELLA}》没有人认领，已按规定处置"}


# --- conversations -----------------------------------------------------------------------------------


def test_one_message_of_the_hall_a_conversation_until_it_is_read(campus: Campus) -> None:
    row = stall.published(campus)
    announce()
    heard = told(lambda: begun(campus, row), after=timedelta())
    talk = conversations.mine(campus.A)[0][0].talk
    assert heard == {"A": f"关于《{BICYCLE}》有新消息"}
    assert link_to(campus.A) == f"/messages/{talk.id}"
    assert told(lambda: conversations.say(talk, by=campus.B, text="还在吗"), after=timedelta()) == {}
    assert set(told(lambda: begun(campus, row, campus.W1), after=timedelta())) == {"A"}  # another conversation
    assert set(told(lambda: conversations.say(talk, by=campus.A, text="在"), after=timedelta())) == {"B"}
    conversations.read(talk, by=campus.A)
    assert set(told(lambda: conversations.say(talk, by=campus.B, text="好"), after=timedelta())) == {"A"}

    def said_and_read() -> None:
        conversations.read(talk, by=campus.B)
        conversations.say(talk, by=campus.A, text="明天见")
        conversations.read(talk, by=campus.B)

    assert told(said_and_read) == {}


def test_a_message_about_a_private_card_does_not_say_its_title(campus: Campus) -> None:
    row = card(campus)
    assert told(lambda: begun(campus, row)) == {"A": "关于《校园卡》有新消息"}
    assert told(lambda: lost.claimed(campus, row)) == {"A": "有人认领《校园卡》，请核验"}


# --- all sentences -----------------------------------------------------------------------------------

SECRETS = ("靠窗第三排", "暗号在伞柄里", "我的回答是周", "小票在这里", "13912340057", "62220212345678")


def test_no_sentence_says_a_secret(campus: Campus) -> None:
    """A whole life on both boards; nobody is told an answer, a number, a code, what was said, or a name."""
    TrustLevel.update(listings_a_day=100, notices_a_day=100).execute()
    for person in (campus.A, campus.B):
        accounts.change_phone(person, by=person, phone=SECRETS[4])
    card(campus, item_kind="bank_card", card_number=SECRETS[5], title="银行卡")
    card(campus, campus.B, kind="lost", item_kind="bank_card", card_number=SECRETS[5], title="我的银行卡")
    card(campus)
    hidden = {"hidden_detail": SECRETS[1], "question": "伞柄里有什么"}
    lost.published(campus, campus.B, kind="lost", title="丢了一把黑色雨伞", text="丢在三楼", hidden_detail=SECRETS[1])
    for at_the_desk in (False, True):
        row = (lost.kept if at_the_desk else lost.published)(campus, **hidden)
        judge = lost.judge_of(campus, row)
        talk = begun(campus, row, text=SECRETS[0])
        lost_found.claim(row, by=campus.B, answer=SECRETS[2], proof=SECRETS[3])
        lost_found.deny_claim(notice(), by=judge, reason=SECRETS[0])
        lost_found.claim(notice(), by=campus.B, answer=SECRETS[2])
        lost_found.accept_claim(notice(), by=judge, note=SECRETS[0])
        code = lost_found.code_of(notice(), campus.B)
        lost_found.hand_over(notice(), by=judge, code=code)
        announce()
        assert code not in "".join(said_to_all())
        conversations.say(talk, by=campus.A, text=SECRETS[0])
    sale = stall.reserved(campus)
    conversations.say(begun(campus, sale, text=SECRETS[0]), by=campus.A, text=SECRETS[4])
    market.release(listing(), by=campus.B, reason=SECRETS[0])
    stall.sold(campus, stall.reserved(campus, listing()))
    market.rate(listing(), by=campus.A, score=2, text=SECRETS[0])
    announce(STANDS)
    everything = said_to_all()
    assert len(everything) > 25
    names = {getattr(campus, who).name for who in ("A", "B", "M", "keeper_of_lost")}
    for text in everything:
        assert not any(secret in text for secret in {*SECRETS, *names, campus.A.number, campus.B.number}), text


def said_to_all() -> list[str]:
    return [message.text for message in Notification.select()]


@pytest.mark.parametrize("telling", ["LISTINGS", "NOTICES", "TALKS"])
def test_no_sentence_is_long(telling: str) -> None:
    values = {"number": "LF2611220001", "title": "伞" * 20 + "…", "day": "2026-11-27", "until": "2026-11-27 12:30"}
    values |= {"price": "100,000.00", "kind": "耳机、数码配件", "days": "14"}
    table = getattr(notify_boards, telling).table
    assert all(len(sentence % values) <= 70 for said in table.values() for _, sentence in said)


def test_every_row_is_a_step() -> None:
    review = flow.FLOWS["moderation"].steps
    for name, telling in (("listing", notify_boards.LISTINGS), ("property_notice", notify_boards.NOTICES)):
        steps = {**review, **flow.FLOWS[name].steps}
        assert {step.partition(">")[0] for step in telling.table} | set(telling.waits) <= set(steps)


def test_every_sentence_is_found_again_in_what_was_told() -> None:
    """So that it can be said in the reader's language."""
    values = {"number": "LF2611220001", "title": "一把伞", "day": "2026-11-27", "until": "2026-11-27 12:30"}
    values |= {"price": "299.50", "kind": "校园卡", "days": "14"}
    for telling in (notify_boards.LISTINGS, notify_boards.NOTICES, notify_boards.TALKS):
        for said in telling.table.values():
            for _audience, sentence in said:
                found, read = notify.told(sentence % values)
                assert found == sentence
                assert read.items() <= values.items()


def test_a_long_title_is_cut(campus: Campus) -> None:
    row = stall.offered(campus.A, title="自行车" * 10)
    cut = ("自行车" * 10)[:20] + "…"
    assert told(lambda: decided(row, "publish", campus.M)) == {"A": f"您的二手物品《{cut}》已公开"}


def test_an_event_costs_the_same_however_many_listen(campus: Campus, queries: Any) -> None:
    asked = []
    for many in (2, 20):
        row = stall.published(campus)
        people = list(Person.select().where(Person.kind == "student").offset(40).limit(many))
        for person in people:
            market.favourite(row, by=person)
        market.change_price(row, by=campus.A, price_fen=10_000)
        event = Event.select().where(Event.name == "change_price").order_by(Event.id.desc()).get()
        with queries() as sql:
            assert notify._announce(event) == many
        asked.append([text for text in sql if text.startswith("SELECT")])
    assert len(asked[0]) == len(asked[1]) <= 8
