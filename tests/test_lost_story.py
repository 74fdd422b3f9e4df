"""Lost and found through HTTP: somebody finds an umbrella, a stranger claims it, its owner gets it back; a card finds
its owner without being shown; a wallet is kept at the desk until nobody wants it any more.

What may not be seen by whom is asked on the way; every address of it is asked in `test_boards_leaks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from hall import clock
from hall.lost_found import code_of
from hall.lost_reading import good_news
from models import Building, LostPropertyDesk, PropertyNotice
from tests.board import decided_by_form, told
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]

DETAIL = "伞柄内侧贴着一只小熊"
WRONG, RIGHT = "上面有我的名字甲壹", "伞柄里面有一张小熊贴纸乙贰"
PROOF = "去年生日朋友送的丙叁"


@dataclass
class Story:
    """A browser for each of the cast, and how they say what they do."""

    campus: Campus
    browsers: dict[str, Visitor]

    def posts(self, who: str, kind: str, item_kind: str, **answers: object) -> PropertyNotice:
        """Write a notice by the form; gives what was made."""
        form = self.browsers[who].form("/lost-found/new", having="item_kind")
        nq4 = str(Building.get(Building.code == "NQ4").code)
        said = {"kind": kind, "item_kind": item_kind, "building": nq4, **answers}
        sent = self.browsers[who].client.post(
            form.action, data={**form.values, **said}, content_type="multipart/form-data"
        )
        assert sent.status_code == 302, sent.text
        return self.now(sent.location.rpartition("/")[2])

    def now(self, notice: PropertyNotice | str) -> PropertyNotice:
        number = notice if isinstance(notice, str) else notice.number
        return PropertyNotice.get(PropertyNotice.number == number)

    def takes(self, who: str, notice: PropertyNotice, step: str, **answers: object) -> None:
        done = self.browsers[who].submit(f"/lost-found/{notice.number}/{step}", **answers)
        assert done.status_code == 302, done.text

    def desk(self, who: str, notice: PropertyNotice, step: str, **answers: object) -> None:
        done = self.browsers[who].submit(f"/admin/queue/property_notice/{notice.number}/{step}", **answers)
        assert done.status_code == 302, done.text

    def decide(self, decision: str, **answers: str) -> None:
        decided_by_form(self.browsers["M"], decision, **answers)

    def reads(self, who: str, notice: PropertyNotice) -> str:
        return self.browsers[who].get(f"/lost-found/{notice.number}").text

    def told(self, who: str) -> list[str]:
        return told(getattr(self.campus, who))


@pytest.fixture
def story(campus: Campus, client: Visitor, sign_in: SignIn) -> Story:
    people = ("A", "B", "kept", "M", "keeper_of_lost", "leader")
    return Story(campus, {"visitor": client, **{who: sign_in(who) for who in people}})


def test_an_umbrella_finds_its_owner(story: Story) -> None:
    # A has lost it; B finds it. Both wait for the moderator, and nobody else knows.
    yesterday = clock.local(clock.now() - timedelta(days=1))
    said = {
        "title": "丢了一把黑色小熊雨伞",
        "text": "黑色长柄雨伞，木头伞柄，在南区四号楼门口丢的。",
        "tags": "黑色 木柄",
    }
    lost = story.posts("A", "lost", "umbrella", **said, happened=f"{yesterday:%Y-%m-%dT%H:%M}")
    said = {"title": "捡到黑色木柄雨伞", "text": "在四号楼门口捡到黑色长柄雨伞，木头伞柄。", "tags": "黑色 木柄"}
    secret = {"question": "伞柄里面有什么？", "hidden_detail": DETAIL}
    found = story.posts("B", "found", "umbrella", **said, **secret, photos=picture())
    for who in ("visitor", "kept"):
        assert story.browsers[who].get(f"/lost-found/{found.number}").status_code == 404
        assert found.title not in story.browsers[who].get("/lost-found?kind=found").text
    story.decide("publish")
    story.decide("publish")
    assert (story.now(lost).status, story.now(found).status) == ("open", "open")

    # Each is shown the other's notice with the reasons, and told of it.
    assert found.title in story.reads("A", lost)
    assert lost.title in story.reads("B", found)
    assert f"有人捡到《{found.title}》，可能是您丢的，请看一看" in story.told("A")
    board = story.browsers["visitor"].get("/lost-found?kind=found").text
    assert found.title in board
    assert lost.title not in board
    for who in ("visitor", "A", "kept"):
        assert DETAIL not in story.reads(who, found)
        assert "伞柄里面有什么？" in story.reads(who, found)

    # Somebody else claims it three times; B compares, and then the door is closed.
    stranger = f"/lost-found/{found.number}/claim"
    for reason in ("颜色不对丁肆", "说的不是这把丁肆", "还是对不上丁肆"):
        story.takes("kept", found, "claim", answer=WRONG)
        assert WRONG in story.reads("B", found)
        assert DETAIL in story.reads("B", found)
        assert WRONG not in story.reads("A", found)
        story.takes("B", found, "deny_claim", reason=reason)
        assert reason in story.reads("kept", found)
        assert reason not in story.reads("A", found)
    refused = story.browsers["kept"].get(stranger)
    assert refused.status_code == 302
    sent = story.browsers["kept"].post(stranger, answer=WRONG)
    assert sent.status_code == 400
    assert "几次" in sent.text
    assert story.now(found).status == "open"

    # Its owner claims it and gets a code that only they see.
    story.takes("A", found, "claim", answer=RIGHT, proof=PROOF)
    assert story.told("B")[0] == f"有人认领《{found.title}》，请核验"
    story.takes("B", found, "accept_claim")
    page = story.reads("A", found)
    code = code_of(story.now(found), story.campus.A)
    assert len(code) == 6
    assert code in page.replace(" ", "").replace("</span><span>", "")
    for who in ("visitor", "B", "kept", "keeper_of_lost"):
        assert code not in story.reads(who, found)

    # A wrong code gives nothing away; the right one ends it, and it is good news.
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answer = story.browsers["B"].submit(f"/lost-found/{found.number}/hand_over", code=wrong)
    assert answer.status_code == 400
    assert "交接码不对，还可以试 4 次" in answer.text
    assert story.now(found).status == "to_hand_over"
    story.takes("B", found, "hand_over", code=code)
    assert story.now(found).status == "returned"
    assert found.title in story.browsers["visitor"].get("/lost-found?kind=found&state=returned").text
    assert good_news() == 1
    again = story.browsers["B"].post(f"/lost-found/{found.number}/hand_over", code=code)
    assert again.status_code in (400, 409)

    story.takes("A", lost, "found_it", how="同学捡到还给我了")
    assert story.now(lost).status == "returned"
    for who in ("A", "B"):
        assert not [text for text in story.told(who) if DETAIL in text or code in text or RIGHT in text]


def test_a_card_finds_its_owner_without_being_shown(story: Story) -> None:
    number = CAST["A"]
    found = story.posts("B", "found", "campus_card", title="捡到一张校园卡", place="二食堂门口", card_number=number)
    assert (found.moderation, found.status) == ("private", "open")
    assert number not in (found.title, found.text, found.card_hash)
    assert story.told("A") == [f"有人捡到了您的校园卡，请看 {found.number}"]
    for who in ("visitor", "kept"):
        assert story.browsers[who].get(f"/lost-found/{found.number}").status_code == 404
        assert found.title not in story.browsers[who].get("/lost-found?kind=found").text
    assert number not in story.reads("B", found).replace(story.browsers["B"].number, "")
    story.takes("A", found, "claim")
    story.takes("B", found, "accept_claim")
    story.takes("B", found, "hand_over", code=code_of(story.now(found), story.campus.A))
    assert story.now(found).status == "returned"


def test_a_wallet_that_nobody_wants(story: Story, freeze: Callable[..., None]) -> None:
    point = LostPropertyDesk.create(name="服务大厅值守点", spot="一楼")
    now = clock.now()
    said = {"item_kind": "wallet", "title": "棕色皮钱包", "place": "操场看台", "hidden_detail": "夹层里有一张合影"}
    keeper = story.browsers["keeper_of_lost"]
    form = keeper.form("/admin/lost-property/", having="shelf")
    sent = keeper.client.post(form.action, data={**form.values, **said, "point": str(point.id), "shelf": "A-3"})
    assert sent.status_code in (302, 303), sent.text
    wallet: PropertyNotice = PropertyNotice.select().order_by(PropertyNotice.id.desc()).get()
    assert wallet.status == "kept"
    assert wallet.tag
    story.decide("publish")
    assert story.now(wallet).status == "kept"

    # Somebody claims it at the desk, and is denied by the desk, not by a finder.
    story.takes("kept", wallet, "claim", answer="里面有两百块")
    assert "夹层里有一张合影" not in story.reads("kept", wallet)
    story.desk("keeper_of_lost", wallet, "deny_claim", reason="说得不对")
    assert story.now(wallet).status == "kept"

    # Its time is over: announced, then disposed of by two.
    early = keeper.submit(f"/admin/queue/property_notice/{wallet.number}/announce")
    assert early.status_code in (400, 409), early.status_code
    until = story.now(wallet).keep_until
    assert until is not None
    assert (until - now).days in (180, 179)
    freeze(until + timedelta(days=1))
    for who in ("keeper_of_lost", "leader"):
        story.browsers[who].sign_in(CAST[who])
    story.desk("keeper_of_lost", wallet, "announce")
    announced = story.browsers["visitor"].get("/lost-found/announced").text
    assert wallet.item_kind.name in announced
    assert story.now(wallet).dispose_from > clock.now() + timedelta(days=29)
    freeze(until + timedelta(days=40))
    for who in ("keeper_of_lost", "leader"):
        story.browsers[who].sign_in(CAST[who])
    story.desk("keeper_of_lost", wallet, "propose_disposal", method="donated", note="捐给爱心超市")
    alone = story.browsers["keeper_of_lost"].post(f"/admin/queue/property_notice/{wallet.number}/dispose")
    assert alone.status_code in (400, 403, 409)
    assert story.now(wallet).status == "kept"
    story.desk("leader", wallet, "dispose")
    ended = story.now(wallet)
    assert (ended.status, ended.disposal) == ("disposed", "donated")
    assert {ended.proposed_by_id, ended.disposed_by_id} == {story.campus.keeper_of_lost.id, story.campus.leader.id}
