"""What is told of a listing, of a notice of lost and found, and of a conversation, and in which words.

No sentence names a person, and none says what only finder and owner know: no hidden detail, no answer, no number of
a card or to call, no code. A card that nobody but its owner is to know of is told by its kind.
"""

from datetime import datetime
from typing import Any

from hall import clock, settings
from hall.moderation_flow import flow as moderation
from hall.notify_boards_audiences import (
    Find,
    Said,
    Sale,
    askers,
    both_of_a_card,
    both_rated,
    both_sides,
    buyer,
    by_the_seller,
    card_owner,
    claimant,
    ended_by,
    fans_of_a_bargain,
    fans_who_missed_it,
    finder,
    is_automatic,
    is_found,
    is_lost,
    judges,
    likely_authors,
    likely_losers,
    listener,
    other_side,
    searchers,
    second_persons,
)
from hall.notify_decisions import (
    ALERTED,
    DECISIONS,
    HIDDEN,
    PATIENCE,
    PRIVATE,
    SHOWN,
    WAITING,
    Table,
    author,
    is_edit,
    is_first,
    is_masked,
    may_appeal,
    only,
    short,
)
from hall.talk_reading import about
from hall.telling import Telling
from hall.words import N_
from models import Conversation, Event, ItemKind, Listing, Person, PropertyNotice

LISTING: Table = {
    **WAITING,
    "offer": ALERTED,
    "publish": [
        (only(is_first, author), N_("您的二手物品《%(title)s》已公开")),
        (only(is_edit, author), N_("您对二手物品《%(title)s》的修改已公开")),
        (only(is_masked, author), N_("您的二手物品《%(title)s》有部分内容被遮盖")),
        SHOWN,
        (searchers, N_("您订阅的搜索有新物品：《%(title)s》")),
    ],
    "send_back": [(only(is_edit, author), N_("您对二手物品《%(title)s》的修改未通过，仍显示原文"))],
    "send_back>needs_changes": [(author, N_("您的二手物品《%(title)s》请按意见修改后再提交"))],
    "reject": [(only(is_edit, author), N_("您对二手物品《%(title)s》的修改未通过，仍显示原文"))],
    "reject>rejected": [
        (only(may_appeal, author), N_("您的二手物品《%(title)s》被驳回，请看原因，可以申诉一次")),
        (author, N_("您的二手物品《%(title)s》申诉后仍被驳回，请看原因")),
    ],
    "hide": [(author, N_("您的二手物品《%(title)s》已被屏蔽，请看原因")), HIDDEN],
    "restore": [(author, N_("您的二手物品《%(title)s》已恢复公开"))],
    "change_price": [(fans_of_a_bargain, N_("您收藏的《%(title)s》降到 %(price)s 元"))],
    "reserve": [(only(by_the_seller, buyer), N_("卖家为您保留《%(title)s》到 %(until)s，现在可以看到对方的电话"))],
    "release": [
        (only(ended_by("timed_out"), both_sides), N_("《%(title)s》的预订已到期，重新在售")),
        (only(ended_by("buyer"), author), N_("买家取消了《%(title)s》的预订，重新在售")),
        (only(ended_by("seller"), buyer), N_("为您保留的《%(title)s》已取消预订")),
    ],
    "confirm>reserved": [(other_side, N_("对方确认《%(title)s》已成交，请您也确认"))],
    "confirm>sold": [
        (both_sides, N_("《%(title)s》已成交，请在 %(days)s 天内评价对方")),
        (fans_who_missed_it, N_("您收藏的《%(title)s》已售出")),
    ],
    "rate": [
        (only(both_rated, other_side), N_("《%(title)s》的买卖双方都已评价，可以看了")),
        (other_side, N_("对方评价了《%(title)s》的交易，您评价以后可以看到")),
    ],
    "remind": [(author, N_("您的二手物品《%(title)s》将在 %(day)s 到期，可以一键续期"))],
    "expire": [(author, N_("您的二手物品《%(title)s》已到期下架，可以一键续期"))],
}

NOTICE: Table = {
    **WAITING,
    "post": ALERTED,
    "post>open": [(card_owner, N_("有人捡到了您的%(kind)s，请看 %(number)s"))],
    "register": [*ALERTED, (card_owner, N_("您的%(kind)s在失物招领值守点，请看 %(number)s"))],
    "match_card": [
        (only(both_of_a_card, card_owner), N_("有人捡到了您的%(kind)s，请看 %(number)s")),
        (only(both_of_a_card, author), N_("您捡到的%(kind)s（%(number)s）找到卡主了，对方已收到通知")),
    ],
    "publish": [
        (only(is_first, author), N_("您的启事《%(title)s》已公开")),
        (only(is_edit, author), N_("您对启事《%(title)s》的修改已公开")),
        (only(is_masked, author), N_("您的启事《%(title)s》有部分内容被遮盖")),
        SHOWN,
        (only(is_found, likely_authors), N_("有人捡到《%(title)s》，可能是您丢的，请看一看")),
        (only(is_lost, likely_authors), N_("有人在找《%(title)s》，可能就是您捡到的，请看一看")),
    ],
    "keep_private": [(author, N_("您的启事《%(title)s》已审核，不公开，只有值守点和当事人看到")), PRIVATE],
    "send_back": [(only(is_edit, author), N_("您对启事《%(title)s》的修改未通过，仍显示原文"))],
    "send_back>needs_changes": [(author, N_("您的启事《%(title)s》请按意见修改后再提交"))],
    "reject": [(only(is_edit, author), N_("您对启事《%(title)s》的修改未通过，仍显示原文"))],
    "reject>rejected": [
        (only(may_appeal, author), N_("您的启事《%(title)s》被驳回，请看原因，可以申诉一次")),
        (author, N_("您的启事《%(title)s》申诉后仍被驳回，请看原因")),
    ],
    "hide": [(author, N_("您的启事《%(title)s》已被屏蔽，请看原因")), HIDDEN],
    "restore": [(author, N_("您的启事《%(title)s》已恢复公开"))],
    "hand_in": [(author, N_("您捡到的《%(title)s》已由值守点保管，谢谢您"))],
    "claim": [(judges, N_("有人认领《%(title)s》，请核验"))],
    "accept_claim": [(claimant, N_("您认领的《%(title)s》核验通过，请看交接码，去领取吧"))],
    "deny_claim": [(claimant, N_("您认领的《%(title)s》核验没有通过，请看理由"))],
    "give_up": [
        (only(is_automatic, claimant), N_("您对《%(title)s》的认领两周没有进展，已经结束")),
        (judges, N_("认领人放弃了《%(title)s》，重新开放认领")),
    ],
    "end_claim": [(claimant, N_("您认领的《%(title)s》已不再公开，认领到此结束"))],
    "hand_over": [
        (claimant, N_("您认领的《%(title)s》已交接，祝您不再丢东西")),
        (finder, N_("您捡到的《%(title)s》已经还给失主，谢谢您")),
    ],
    "found_it": [
        (only(is_automatic, author), N_("您要找的《%(title)s》已经领回，寻物启事结束")),
        (askers, N_("您问过的《%(title)s》，失主已经找回")),
    ],
    "announce": [
        (card_owner, N_("您的%(kind)s（%(number)s）保管期满，开始处置前公示，请尽快认领")),
        (likely_losers, N_("《%(title)s》保管期满，可能是您丢的，请尽快认领")),
        (author, N_("您捡到的《%(title)s》保管期满，开始处置前公示")),
    ],
    "propose_disposal": [(second_persons, N_("%(number)s 公示期满，请复核处置"))],
    "dispose": [(author, N_("您捡到的《%(title)s》没有人认领，已按规定处置"))],
}

TALK: Table = {"say": [(listener, N_("关于《%(title)s》有新消息"))]}


def _sale(event: Event) -> Sale:
    listing: Listing = Listing.get_by_id(event.subject_id)
    return Sale(event, listing)


def _find(event: Event) -> Find:
    query = PropertyNotice.select(PropertyNotice, ItemKind).join(ItemKind)
    notice: PropertyNotice = query.where(PropertyNotice.id == event.subject_id).get()
    return Find(event, notice)


def _said(event: Event) -> Said:
    talk: Conversation = Conversation.get_by_id(event.subject_id)
    return Said(event, talk, about([talk])[talk.subject_type, talk.subject_id])


# --- the words ---------------------------------------------------------------------------------------

# Of these hear the author and the moderators alone, who may read the title whatever becomes of it.
_OF_THE_REVIEW = {*moderation.steps, "offer", "post", "register"}


def _title(row: Any, kind: str = "", *, is_inside: bool = False) -> str:
    """What a thing is called before those who may read it: its title, its kind if it is private, else its number."""
    title: str = row.number
    if is_inside or row.moderation == "published":
        title = row.title
    elif row.moderation == "private":
        title = kind
    return short(title)


def _sale_values(news: Sale) -> dict[str, str]:
    said = news.event.details
    return {
        "title": _title(news.row, is_inside=news.event.name in _OF_THE_REVIEW),
        "number": news.row.number,
        "price": _yuan(said.get("price_fen", 0)),
        "until": _moment(said.get("until"), "%Y-%m-%d %H:%M"),
        "day": _moment(said.get("expires"), "%Y-%m-%d"),
        "days": str(settings.value("market.rating_days")),
    }


def _find_values(news: Find) -> dict[str, str]:
    kind: str = news.row.item_kind.name
    title = _title(news.row, kind, is_inside=news.event.name in _OF_THE_REVIEW)
    return {"title": title, "number": news.row.number, "kind": kind}


def talk_values(news: Said) -> dict[str, str]:
    is_notice = isinstance(news.thing, PropertyNotice)
    return {"title": _title(news.thing, news.thing.item_kind.name if is_notice else "")}


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}".removesuffix(".00")


def _moment(said: str | None, form: str) -> str:
    return f"{clock.local(datetime.fromisoformat(said)):{form}}" if said else ""


# --- where one is sent -------------------------------------------------------------------------------

_AT_THE_DESK = {"offer", "edit", "resubmit", "appeal", "report"}
_IN_THE_QUEUE = {"claim", "give_up", "propose_disposal"}


def _sale_link(news: Sale, person: Person) -> str:
    if news.event.name in _AT_THE_DESK:
        return "/admin/desk/"
    mine = person.id in (news.row.author_id, news.row.reserved_for_id)
    return f"/market/{news.row.number}" if mine or news.disclosed else ""


def _find_link(news: Find, person: Person) -> str:
    mine = person.id in (news.row.author_id, news.row.card_owner_id, news.claimant_id)
    if news.event.name in _AT_THE_DESK or (news.event.name in ("post", "register") and not mine):
        return "/admin/desk/"
    if news.event.name in _IN_THE_QUEUE and not mine:
        return f"/admin/queue/property_notice/{news.row.number}"
    return f"/lost-found/{news.row.number}" if mine or news.disclosed else ""


def _talk_link(news: Said, person: Person) -> str:
    return f"/messages/{news.talk.id}"


def _hidden_by_mistake(event: Event, later: Event) -> bool:
    """What hiding a thing took from somebody, they have again where the moderator takes that back."""
    return later.name == "undo" and later.details.get("undone") == "hide"


LISTINGS = Telling(LISTING, _sale, _sale_values, _sale_link, {**DECISIONS, "release": _hidden_by_mistake}, PATIENCE)
NOTICES = Telling(NOTICE, _find, _find_values, _find_link, {**DECISIONS, "end_claim": _hidden_by_mistake}, PATIENCE)
TALKS = Telling(TALK, _said, talk_values, _talk_link)
