"""The lost property desk in the panel: registering, custody, claims, hand-over, paper, disposal by two.

`keeper_of_lost` sits at the desk, `leader` may confirm a disposal, M moderates, A finds things and B claims them.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from hall import bulk, clock, events, lost_found
from models import MODERATED, Claim, Event, ItemKind, LostPropertyDesk, Person, PropertyNotice
from tests.conftest import Campus
from tests.lost import (
    ANSWER,
    DETAIL,
    QUESTION,
    TITLE,
    accepted,
    claimed,
    kept,
    kind_of,
    point,
    posted,
    published,
    registered,
    returned,
)
from tests.visitor import Visitor, forms

SignIn = Callable[..., Visitor]
NEW = "/admin/lost-property/"
OUTSIDERS = ["A", "lead", "W1", "finance", "M", "leader", "X"]


@pytest.fixture
def desk(sign_in: SignIn, campus: Campus) -> Visitor:
    point()
    return sign_in("keeper_of_lost")


def paper(notice: PropertyNotice, what: str) -> str:
    return f"/admin/lost-property/{notice.number}/{what}"


def there(notice: PropertyNotice, step: str = "") -> str:
    return f"/admin/queue/property_notice/{notice.number}" + (f"/{step}" if step else "")


def fresh(notice: PropertyNotice) -> PropertyNotice:
    return PropertyNotice.get_by_id(notice.id)


def take_in(desk: Visitor, **more: Any) -> Any:
    usual = {"item_kind": "umbrella", "title": "浅蓝折叠伞", "hidden_detail": "伞骨断了一根", "place": "二食堂门口"}
    answers = {**usual, "point": str(point().id), "shelf": "C1", **more}
    return desk.submit(NEW, action=NEW, having="shelf", **answers)


def main_of(text: str) -> str:
    """A page without what stands around it, for instance the navigation."""
    return text.partition("<main")[2].partition("</main>")[0]


# --- taking in ---------------------------------------------------------------------------------------


def test_what_somebody_brings_gets_a_tag_at_once(desk: Visitor, campus: Campus) -> None:
    answer = take_in(desk, is_valuable="y")
    assert answer.status_code == 303
    notice = PropertyNotice.get()
    assert (notice.status, notice.moderation, notice.shelf, notice.is_valuable) == ("kept", "pending", "C1", True)
    assert notice.receiver == campus.keeper_of_lost and notice.keep_until - notice.kept_from == timedelta(days=90)
    done = desk.get(answer.location).text
    for word in (notice.tag, "C1", "正在等待审核", paper(notice, "receipt"), f"tags?number={notice.number}"):
        assert word in done, word
    assert [event.name for event in events.timeline(notice)] == ["register"]


def test_the_place_where_one_sits_is_asked_once(desk: Visitor, campus: Campus) -> None:
    second = LostPropertyDesk.create(name="南区值守点")
    assert desk.form(NEW, action=NEW, having="shelf").values["point"] == ""
    assert take_in(desk, point=str(second.id)).status_code == 303
    assert desk.form(NEW, action=NEW, having="shelf").values["point"] == str(second.id)


def test_the_form_sent_twice_takes_in_one(desk: Visitor, campus: Campus) -> None:
    values = desk.form(NEW, action=NEW, having="shelf").values
    values |= {"item_kind": "umbrella", "title": "伞", "hidden_detail": "断了", "place": "门口", "shelf": "A"}
    values |= {"title": "一把伞", "point": str(point().id)}
    answers = [desk.client.post(NEW, data=values) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303] * 3 and PropertyNotice.select().count() == 1
    assert len({answer.location for answer in answers}) == 1


def test_what_is_missing_is_said_and_what_was_typed_stays(desk: Visitor, campus: Campus) -> None:
    answer = take_in(desk, hidden_detail="", shelf="", place="", title="海豚钥匙扣")
    assert answer.status_code == 400 and PropertyNotice.select().count() == 0
    for word in ("请写一个只有失主知道的特征", "请填写这一项", "请选择楼宇", 'value="海豚钥匙扣"'):
        assert word in answer.text, word
    assert take_in(desk, point="999999").status_code == 400
    assert take_in(desk, item_kind="nothing").status_code == 400


def test_of_a_card_the_owner_is_told_and_no_page_has_the_number(desk: Visitor, campus: Campus, sign_in: SignIn) -> None:
    answer = take_in(desk, item_kind="campus_card", title="", hidden_detail="", card_number=f" {campus.B.number} ")
    assert answer.status_code == 303, answer.text
    notice = PropertyNotice.get()
    assert (notice.card_owner, notice.moderation, notice.status) == (campus.B, "private", "kept")
    assert "已经通知卡主" in desk.get(answer.location).text
    number = "6222 0212 3456 7890"
    other = take_in(desk, item_kind="bank_card", title="一张蓝色的卡", hidden_detail="", card_number=number)
    assert other.status_code == 303
    bank = PropertyNotice.get(PropertyNotice.item_kind == kind_of("bank_card"))
    readers = {"desk": desk, "X": sign_in("X"), "M": sign_in("M")}
    pages = [there(bank), other.location, paper(bank, "receipt"), f"/admin/lost-property/tags?number={bank.number}"]
    entity = "/admin/property_notice/"
    pages += [entity, f"{entity}details/?id={bank.id}", f"{entity}history/?id={bank.id}", f"{entity}export/csv/"]
    shown = [reader.get(path).text for reader in readers.values() for path in pages]
    shown += [readers["M"].get(path).text for path in ("/admin/desk/", "/admin/desk/1", "/admin/desk/2")]
    assert sum("一张蓝色的卡" in page or bank.number in page for page in shown) > 12
    for page in shown:
        assert "6222021234567890" not in page.replace(" ", "") and bank.card_hash not in page


def test_by_its_number_it_is_taken_in_and_by_its_tag_it_is_opened(desk: Visitor, campus: Campus) -> None:
    notice = posted(campus.A)
    found = desk.get(f"/admin/lost-property/find?number={notice.number.lower()}")
    assert found.status_code == 302 and found.location.endswith(there(notice, "hand_in"))
    answer = desk.submit(found.location, point=str(point().id), shelf="D4")
    assert answer.status_code == 302 and (fresh(notice).status, fresh(notice).shelf) == ("kept", "D4")
    again = desk.get(f"/admin/lost-property/find?number=%20{fresh(notice).tag}%20")
    assert again.location.endswith(there(notice))
    lost = published(campus, kind="lost", question="", hidden_detail="")
    assert desk.get(f"/admin/lost-property/find?number={lost.number}").location.endswith(there(lost))
    for wrong in ("LF0000000000", "", "%", "x" * 500, "１２"):
        answer = desk.get("/admin/lost-property/find", query_string={"number": wrong})
        assert answer.location.endswith(NEW)
        assert "没有找到这个编号" in desk.get(NEW).text


# --- claims ------------------------------------------------------------------------------------------


def test_the_desk_compares_the_answer_and_hands_over_by_the_code(desk: Visitor, campus: Campus) -> None:
    notice = claimed(campus, kept(campus))
    lane = desk.get("/admin/queue/property_notice/?lane=verify").text
    assert campus.B.name in lane and notice.title in lane and "核验通过" in lane
    for path in (there(notice), there(notice, "accept_claim"), there(notice, "deny_claim")):
        page = main_of(desk.get(path).text)
        assert ANSWER in page and DETAIL in page and QUESTION in page
    assert desk.submit(there(notice, "accept_claim"), note="请带学生证").status_code == 302
    code = lost_found.code_of(fresh(notice), campus.B)
    assert code and code not in desk.get(there(notice)).text
    wrong = desk.submit(there(notice, "hand_over"), code=str((int(code) + 1) % 10**6).zfill(6))
    assert wrong.status_code == 400 and "还可以试 4 次" in wrong.text and fresh(notice).status == "to_hand_over"
    assert desk.submit(there(notice, "hand_over"), code=f"{code[:3]} {code[3:]}").status_code == 302
    assert fresh(notice).status == "returned"
    receipt = main_of(desk.get(paper(notice, "receipt")).text)
    for word in ("失物领取凭据", campus.B.name, campus.B.number, campus.keeper_of_lost.name, notice.number, "签字"):
        assert word in receipt, word
    assert DETAIL not in receipt and ANSWER not in receipt and campus.B.phone not in receipt


def test_a_denied_claim_is_listed_with_its_reason(desk: Visitor, campus: Campus) -> None:
    notice = claimed(campus, kept(campus))
    assert desk.submit(there(notice, "deny_claim"), reason="").status_code == 400
    assert desk.submit(there(notice, "deny_claim"), reason="说不出里面的字").status_code == 302
    page = main_of(desk.get(there(notice)).text)
    assert fresh(notice).status == "kept" and "说不出里面的字" in page and "未通过" in page and ANSWER in page


def test_what_a_finder_keeps_the_desk_does_not_judge(desk: Visitor, campus: Campus) -> None:
    notice = claimed(campus)
    page = main_of(desk.get(there(notice)).text)
    assert there(notice, "accept_claim") not in page and there(notice, "deny_claim") not in page
    assert desk.submit(there(notice, "accept_claim")).status_code in (400, 403, 409)
    assert fresh(notice).status == "verifying"


def test_a_claimant_at_the_desk_neither_reads_the_detail_nor_judges(desk: Visitor, campus: Campus) -> None:
    notice = claimed(campus, kept(campus), by=campus.keeper_of_lost)
    page = main_of(desk.get(there(notice)).text)
    assert DETAIL not in page and there(notice, "accept_claim") not in page


@pytest.mark.parametrize("who", ["leader", "M", "X"])
def test_others_who_see_notices_read_no_detail_and_no_answer(sign_in: SignIn, campus: Campus, who: str) -> None:
    notice, visitor = claimed(campus, kept(campus)), sign_in(who)
    paths = [there(notice), "/admin/property_notice/", f"/admin/property_notice/details/?id={notice.id}"]
    paths += [f"/admin/property_notice/export/{kind}/" for kind in ("csv",)] + ["/admin/claim/export/csv/"]
    paths += ["/admin/claim/", f"/admin/claim/details/?id={Claim.get().id}"]
    paths += [f"/admin/property_notice/history/?id={notice.id}", f"/admin/desk/patrol/property_notice/{notice.id}"]
    read = [visitor.get(path).text for path in paths]
    assert notice.title in read[0]
    for page in read:
        assert DETAIL not in page and ANSWER not in page


# --- past its time -----------------------------------------------------------------------------------


def test_it_is_announced_and_disposed_of_by_two(
    sign_in: SignIn, desk: Visitor, campus: Campus, freeze: Callable[..., None]
) -> None:
    now = clock.now()
    freeze(now - timedelta(days=100))
    notice = kept(campus)
    freeze(now - timedelta(days=40))
    overdue = "/admin/lost-property/overdue"
    assert notice.tag in desk.get(f"{overdue}?lane=announce").text
    assert notice.tag not in desk.get(f"{overdue}?lane=announced").text
    assert "公示" in main_of(desk.get(there(notice)).text)
    assert desk.submit(there(notice), action=there(notice, "announce")).status_code == 302
    assert notice.tag in desk.get(f"{overdue}?lane=announced").text
    assert there(notice, "propose_disposal") not in desk.get(there(notice)).text
    freeze(now)
    assert notice.tag in desk.get(f"{overdue}?lane=dispose").text
    answer = desk.submit(there(notice, "propose_disposal"), method="donated", note="捐给青年志愿者协会")
    assert answer.status_code == 302, answer.text
    assert notice.tag in desk.get(f"{overdue}?lane=check").text and notice.tag in desk.get(overdue).text
    assert there(notice, "dispose") not in main_of(desk.get(there(notice)).text).replace("propose_disposal", "")
    assert desk.post(there(notice, "dispose"), seen=str(fresh(notice).version)).status_code >= 400
    assert fresh(notice).status == "kept"
    leader = sign_in("leader")
    assert notice.title in leader.get("/admin/queue/property_notice/?lane=dispose").text
    theirs, ours = (main_of(visitor.get(there(notice)).text) for visitor in (leader, desk))
    assert "捐给青年志愿者协会" in theirs and "/admin/lost-property/" not in theirs
    assert paper(notice, "receipt") in ours and f"tags?number={notice.number}" in ours
    assert leader.submit(there(notice), action=there(notice, "dispose")).status_code == 302
    assert fresh(notice).status == "disposed" and notice.tag not in desk.get(overdue).text
    record = main_of(desk.get(paper(notice, "receipt")).text)
    for word in ("物品处置记录", campus.keeper_of_lost.name, campus.leader.name, "捐赠", "捐给青年志愿者协会"):
        assert word in record, word


def test_what_is_past_its_time_comes_a_page_at_a_time(
    desk: Visitor, campus: Campus, queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("admin.lost_property.PAGE", 4)
    model = kept(campus)
    _copies(model, 9, keep_until=clock.now() - timedelta(days=3))
    seen, path = [], "/admin/lost-property/overdue?lane=announce"
    for _ in range(4):
        page = desk.get(path).text
        seen += re.findall(r"<span>(BG\w+)</span>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if following is None:
            break
        path = following[1].replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 9
    for odd in ("~", "x~1", "2026-01-01T00:00:00~99999999999", "０"):
        assert desk.get("/admin/lost-property/overdue", query_string={"after": odd, "lane": odd}).status_code == 200


# --- paper -------------------------------------------------------------------------------------------


def test_tags_are_those_of_today_or_those_that_are_named(
    desk: Visitor, campus: Campus, freeze: Callable[..., None]
) -> None:
    now = clock.now()
    freeze(now - timedelta(days=3))
    old = kept(campus)
    freeze(now)
    new = registered(campus)
    page = desk.get("/admin/lost-property/tags").text
    assert new.tag in page and old.tag not in page and "<svg" in main_of(page) and "A3" in page
    chosen = desk.get(f"/admin/lost-property/tags?number={old.number}").text
    assert old.tag in chosen and new.tag not in chosen
    assert desk.get("/admin/lost-property/tags?number=LF0").status_code == 404
    assert DETAIL not in page + chosen


def test_the_finder_gets_a_receipt_and_what_was_never_kept_has_none(desk: Visitor, campus: Campus) -> None:
    notice = kept(campus)
    receipt = main_of(desk.get(paper(notice, "receipt")).text)
    for word in ("拾物收条", notice.tag, campus.keeper_of_lost.name, TITLE):
        assert word in receipt, word
    assert campus.A.phone not in receipt and DETAIL not in receipt
    open_one = published(campus)
    for what in ("receipt", "done"):
        assert desk.get(paper(open_one, what)).status_code == 404
        assert desk.get(f"/admin/lost-property/LF000/{what}").status_code == 404
    home = returned(campus, open_one)
    assert campus.B.name in desk.get(paper(home, "receipt")).text


# --- who gets in, and what a page costs --------------------------------------------------------------


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_sits_at_the_desk(sign_in: SignIn, campus: Campus, who: str) -> None:
    notice, visitor = kept(campus), sign_in(who)
    paths = [NEW, "/admin/lost-property/tags", "/admin/lost-property/overdue", "/admin/lost-property/find?number=x"]
    for path in [*paths, paper(notice, "receipt"), paper(notice, "done")]:
        assert visitor.get(path).status_code == 404, path
    assert visitor.post(NEW, title="一把伞").status_code == 404
    for step in ("announce", "propose_disposal", "accept_claim", "hand_over", "hand_in"):
        assert visitor.post(there(notice, step), seen=str(notice.version), shelf="Z").status_code in (403, 404)
    assert fresh(notice).__data__ == notice.__data__ or fresh(notice).shelf == "A3"
    assert f'href="{NEW}"' not in visitor.get("/admin/").text


def test_a_claimant_is_sent_to_the_page_that_everybody_has(sign_in: SignIn, campus: Campus) -> None:
    notice = claimed(campus, kept(campus), by=campus.lead)
    answer = sign_in("lead").get(there(notice))
    assert answer.status_code == 302 and answer.location.endswith(f"/lost-found/{notice.number}")
    assert sign_in("lead").get(there(notice, "accept_claim")).status_code == 404


def test_reading_changes_nothing(desk: Visitor, campus: Campus) -> None:
    notice = accepted(campus, kept(campus))
    before = fresh(notice).__data__, Event.select().count(), Claim.get().__data__
    paths = [NEW, "/admin/lost-property/tags", "/admin/lost-property/overdue", paper(notice, "receipt")]
    for path in [*paths, paper(notice, "done"), there(notice), there(notice, "hand_over")]:
        assert desk.get(path).status_code == 200, path
    assert (fresh(notice).__data__, Event.select().count(), Claim.get().__data__) == before
    assert all("csrf_token" in form.names for form in forms(desk.get(NEW)) if form.method == "post")


def test_pages_cost_the_same_with_many_rows(desk: Visitor, campus: Campus, queries: Any) -> None:
    notice = claimed(campus, kept(campus))
    _copies(notice, 2, status="kept", keep_until=clock.now() - timedelta(days=1))
    paths = ["/admin/lost-property/overdue", "/admin/lost-property/tags", NEW, there(notice)]
    paths += [f"/admin/queue/property_notice/?lane={lane}" for lane in ("kept", "verify", "past", "all")]

    def cost(path: str) -> int:
        with queries() as asked:
            assert desk.get(path).status_code == 200
        return len(asked)

    few = {path: cost(path) for path in paths}
    _copies(notice, 40, status="kept", keep_until=clock.now() - timedelta(days=1))
    for path, queries_with_few in few.items():
        assert cost(path) <= queries_with_few <= 11, path


def _copies(model: PropertyNotice, how_many: int, **changed: Any) -> None:
    """Rows like `model`, made straight in the database."""
    start = PropertyNotice.select().count()
    base = {**fresh(model).__data__, "claimant": None, **changed}
    del base["id"]
    numbers = range(start, start + how_many)
    bulk.insert(PropertyNotice, [{**base, "number": f"LF{n:010d}", "tag": f"BG{n:010d}"} for n in numbers])


# --- the boards in the panel and on the moderators' desk ---------------------------------------------


def test_every_page_that_a_board_names_is_there(app: Flask, campus: Campus) -> None:
    routes = app.url_map.bind("127.0.0.1")
    for model in MODERATED:
        assert not model.page or routes.test(model.page.format_map(dict.fromkeys(model._meta.fields, "1")))
    assert sum(bool(model.page) for model in MODERATED) == 3


def test_the_desk_edits_its_places_and_nobody_deletes_a_kind_in_use(
    desk: Visitor, campus: Campus, sign_in: SignIn
) -> None:
    answer = desk.submit("/admin/lost_property_desk/new/", name="南区值守点", spot="一楼大厅", hours="8:00–20:00")
    assert answer.status_code == 302 and LostPropertyDesk.get(LostPropertyDesk.name == "南区值守点").spot == "一楼大厅"
    kept(campus)
    used = kind_of("umbrella")
    administrator = sign_in("X")
    held = administrator.post("/admin/item_kind/action/", action="delete", rowid=used.id, confirmed="yes")
    assert held.status_code == 400 and "失物招领" in held.text and ItemKind.get_by_id(used.id)
    assert desk.post("/admin/item_kind/action/", action="delete", rowid=used.id, confirmed="yes").status_code == 404
    assert Person.select().count() > 0
