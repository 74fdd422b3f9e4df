"""The moderators' desk for lost and found and the market, of which it knows nothing: only what the classes declare.

A offers and finds, B loses, M moderates.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from hall import moderation
from hall.words import N_
from models import Listing, PropertyNotice, Submission
from tests import lost, stall
from tests.board import submission_of
from tests.conftest import Campus
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def desk(sign_in: SignIn, campus: Campus) -> Visitor:
    return sign_in("M")


def at(row: Submission, step: str = "") -> str:
    return f"/admin/desk/{row.id}" + (f"/{step}" if step else "")


def doubted(campus: Campus, doubt: str) -> Submission:
    """A listing of A of which the hall has noticed something."""
    row = submission_of(stall.offered(campus.A))
    Submission.update(doubt=doubt, risk=2).where(Submission.id == row.id).execute()
    return Submission.get_by_id(row.id)


def opened(desk: Visitor, row: Submission) -> str:
    assert desk.post(at(row, "claim")).status_code == 303
    return desk.get(at(row)).text


def test_a_doubt_is_a_warning_that_leads_to_what_it_is_about(desk: Visitor, campus: Campus) -> None:
    shown = lost.published(campus, campus.B, kind="lost", question="", hidden_detail="")
    unseen = lost.posted(campus.B, kind="lost", title="另一把伞", question="", hidden_detail="")
    row = doubted(campus, f"可能是寻物启事{shown.number}要找的东西；也像 {unseen.number}，<b>请看</b>")
    assert "存疑" in desk.get("/admin/desk/").text
    page = opened(desk, row)
    warning = page[page.index("存疑，请核实后再公开") :].partition("</div></div>")[0]
    assert f'href="/lost-found/{shown.number}"' in warning and f'href="/lost-found/{unseen.number}"' not in warning
    assert (
        unseen.number in warning
        and "&lt;b&gt;" in warning
        and "敏感词</span>" not in page.partition("<main")[2].partition("标记")[0]
    )
    answer = desk.submit(at(row), action=at(row, "decide"), decide="publish")
    assert answer.status_code == 303 and Listing.get().moderation == "published"


def test_without_a_doubt_nothing_is_said(desk: Visitor, campus: Campus) -> None:
    assert "存疑" not in opened(desk, submission_of(stall.offered(campus.A)))


def test_what_is_in_doubt_is_not_published_with_others(desk: Visitor, campus: Campus) -> None:
    row, other = doubted(campus, "限制物品：活体动物"), submission_of(stall.offered(campus.B, title="一张书桌"))
    ids = {"id": [str(row.id), str(other.id)]}
    preview = desk.post("/admin/desk/bulk", decide="publish", **ids)
    assert "存疑的要逐件看" in preview.text and f'value="{row.id}:' not in preview.text
    shown = {
        "item": [f"{row.id}:{row.version}", f"{other.id}:{other.version}"],
        "sure": [str(row.id)],
        "once": "x" * 20,
    }
    done = desk.post("/admin/desk/bulk/do", decide="publish", **shown)
    assert "存疑的要逐件看" in done.text
    states = {each.id: each.status for each in Submission.select()}
    assert states == {row.id: "waiting", other.id: "decided"}
    sent_back = desk.post("/admin/desk/bulk", decide="send_back:unclear", id=str(row.id))
    assert f'value="{row.id}:' in sent_back.text


@pytest.mark.parametrize("board", [Listing, PropertyNotice])
def test_a_board_that_says_nothing_has_its_first_column_as_headline(
    desk: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch, board: Any
) -> None:
    row = stall.offered(campus.A) if board is Listing else lost.posted(campus.A)
    monkeypatch.delitem(moderation.BOARDS, board)
    page = opened(desk, submission_of(row))
    assert f'<h2 tabindex="-1" data-focus>{row.title}</h2>' in page
    assert f'class="desk-row-title">{row.title}<' in page


def test_beside_a_text_stands_what_its_author_answered(desk: Visitor, campus: Campus) -> None:
    listing = stall.offered(campus.A, price_fen=0, is_negotiable=True)
    facts = opened(desk, submission_of(listing)).partition('<dl class="facts small">')[2].partition("</dl>")[0]
    for word in ("类别", listing.category.name, "成色", "良好", "价格（元）", "0.00", "可议价", "交易地点"):
        assert word in facts, word
    for word in ("收藏", "取消预订次数", "提交时间", "编号", "审核", "毕业季"):
        assert word not in facts, word


def test_what_the_hall_keeps_of_a_row_is_no_fact_of_its_author(desk: Visitor, campus: Campus) -> None:
    listing = stall.published(campus)
    Listing.update(favourites=3, releases=2).where(Listing.id == listing.id).execute()
    moderation.report(listing, by=campus.B, code="advert")
    facts = opened(desk, submission_of(listing)).partition('<dl class="facts small">')[2].partition("</dl>")[0]
    assert "价格（元）" in facts and "320.00" in facts
    for word in ("收藏", "取消预订次数", "到期", "公开时间"):
        assert word not in facts, word


def test_of_a_notice_the_desk_reads_neither_hidden_detail_nor_card(desk: Visitor, campus: Campus) -> None:
    notice = lost.posted(campus.A)
    page = opened(desk, submission_of(notice))
    for word in (lost.TITLE, lost.TEXT, lost.QUESTION, "雨伞", "黑色 长柄", "丢失或捡到的时间"):
        assert word in page, word
    assert lost.DETAIL not in page
    card = lost.posted(
        campus.A, item_kind="bank_card", title="一张卡", card_number="6222021234567890", hidden_detail=""
    )
    row = submission_of(card)
    page = opened(desk, row) + desk.get(f"/admin/submission/details/?id={row.id}").text
    assert "6222021234567890" not in page and card.card_hash not in page


def test_kinds_and_boards_are_filters_of_their_own(desk: Visitor, campus: Campus) -> None:
    lost.posted(campus.A), stall.offered(campus.A)
    lost.posted(campus.B, kind="lost", title="丢了一串钥匙", question="", hidden_detail="")
    found = {
        what: [
            title
            for title in (lost.TITLE, "丢了一串钥匙", stall.TITLE)
            if title in desk.get(f"/admin/desk/?what={what}").text
        ]
        for what in ("property_notice", "property_notice:lost", "property_notice:found", "listing", "thread")
    }
    assert found == {
        "property_notice": [lost.TITLE, "丢了一串钥匙"],
        "property_notice:lost": ["丢了一串钥匙"],
        "property_notice:found": [lost.TITLE],
        "listing": [stall.TITLE],
        "thread": [],
    }


def test_what_is_public_is_a_click_away(desk: Visitor, campus: Campus) -> None:
    for row, page in ((stall.published(campus), "market"), (lost.published(campus), "lost-found")):
        moderation.report(row, by=campus.B, code="advert")
        assert f'href="/{page}/{row.number}"' in opened(desk, submission_of(row))
        kind = type(row)._meta.table_name
        assert f'href="/{page}/{row.number}"' in desk.get(f"/admin/desk/patrol/{kind}/{row.id}").text


def test_a_decision_that_a_board_does_not_know_is_not_offered(
    desk: Visitor, campus: Campus, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = dataclasses.replace(moderation.BOARDS[Listing], instead={"keep_private": N_("请公开或者退回")})
    monkeypatch.setitem(moderation.BOARDS, Listing, board)
    page = opened(desk, submission_of(stall.offered(campus.A)))
    assert 'value="publish"' in page and 'value="keep_private"' not in page


def test_a_word_that_hits_a_board_leads_to_its_page(desk: Visitor, campus: Campus) -> None:
    notice = lost.published(campus, text="伞柄缠了一圈荧光胶带，很好认。")
    asked_for = desk.form("/admin/words/new").values | {"words": "荧光胶带", "action": "hold"}
    page = desk.client.post("/admin/words/new", data=asked_for).text
    assert f'href="/lost-found/{notice.number}"' in page and "<mark>荧光胶带</mark>" in page
