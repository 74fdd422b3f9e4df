"""The market through HTTP: a bicycle is offered, asked about, reserved, let go when the time is up, reserved again,
sold and rated by both; and something that should not be there is reported and taken out of sight.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from hall import clock, market
from models import Conversation, DealRating, Listing, SafePlace
from tests.board import decided_by_form, told
from tests.conftest import CAST, Campus
from tests.portal import picture
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]

TITLE = "永久牌二六自行车"
TEXT = "骑了一年，刹车灵敏，送车锁和打气筒，毕业带不走。"


@dataclass
class Story:
    """A browser for each of the cast, and how they say what they do."""

    campus: Campus
    browsers: dict[str, Visitor]

    def offers(self, who: str, title: str = TITLE, **answers: object) -> Listing:
        form = self.browsers[who].form("/market/new", having="price_fen")
        said = {"title": title, "text": TEXT, "price_fen": "200", "category": "bicycle", "condition": "good"}
        said |= {"place": str(SafePlace.select().order_by(SafePlace.position).get().id), **answers}
        sent = self.browsers[who].client.post(
            form.action, data={**form.values, **said, "photos": picture()}, content_type="multipart/form-data"
        )
        assert sent.status_code == 302, sent.text
        return self.now(sent.location.rpartition("/")[2])

    def now(self, listing: Listing | str) -> Listing:
        number = listing if isinstance(listing, str) else listing.number
        return Listing.get(Listing.number == number)

    def takes(self, who: str, listing: Listing, step: str, **answers: object) -> None:
        done = self.browsers[who].submit(f"/market/{listing.number}/{step}", **answers)
        assert done.status_code == 302, done.text

    def decide(self, decision: str, **answers: str) -> None:
        decided_by_form(self.browsers["M"], decision, **answers)

    def reads(self, who: str, listing: Listing) -> str:
        return self.browsers[who].get(f"/market/{listing.number}").text

    def asks(self, who: str, listing: Listing, words: str) -> Conversation:
        sent = self.browsers[who].submit(f"/messages/about/listing/{listing.number}", text=words)
        assert sent.status_code in (302, 303), sent.text
        return Conversation.select().order_by(Conversation.id.desc()).get()

    def told(self, who: str) -> list[str]:
        return told(getattr(self.campus, who))


@pytest.fixture
def story(campus: Campus, client: Visitor, sign_in: SignIn) -> Story:
    people = ("A", "B", "kept", "M")
    return Story(campus, {"visitor": client, **{who: sign_in(who) for who in people}})


def test_a_bicycle_from_offer_to_rating(story: Story, freeze: Callable[..., None]) -> None:
    start = clock.now()
    freeze(start)
    # B waits for bicycles; A offers one, and hears from no moderator yet.
    saved = story.browsers["B"].post("/market/searches", category="bicycle", most="300")
    assert saved.status_code in (302, 303), saved.text
    bicycle = story.offers("A")
    assert story.browsers["visitor"].get(f"/market/{bicycle.number}").status_code == 404
    assert TITLE not in story.browsers["kept"].get("/market").text
    story.decide("publish")
    assert story.now(bicycle).status == "on_sale"
    assert story.told("B") == [f"您订阅的搜索有新物品：《{TITLE}》"]
    page = story.reads("visitor", bicycle)
    assert TITLE in page
    assert "200" in page
    for who in ("visitor", "B"):
        assert story.campus.A.phone not in story.reads(who, bicycle)
        assert story.campus.A.name not in story.reads(who, bicycle)

    # Favourite, and cheaper: B hears of it, and everybody reads both prices.
    marked = story.browsers["B"].post(f"/market/{bicycle.number}/favourite")
    assert marked.status_code in (302, 303)
    story.takes("A", bicycle, "change_price", price_fen="180")
    assert story.now(bicycle).price_fen == 18_000
    assert "200" in story.reads("visitor", bicycle)
    assert "180" in story.reads("visitor", bicycle)
    assert story.told("B")[0].startswith(f"您收藏的《{TITLE}》降到 180")

    # B asks; a number in the message is covered, and the seller reads no name.
    talk = story.asks("B", bicycle, "还在吗？我的电话是13912345678，今晚可以看车吗")
    heard = story.browsers["A"].get(f"/messages/{talk.id}").text
    assert "今晚可以看车吗" in heard
    assert "13912345678" not in heard
    assert story.campus.B.name not in heard
    assert story.browsers["kept"].get(f"/messages/{talk.id}").status_code == 404
    answered = story.browsers["A"].submit(f"/messages/{talk.id}", having="text", text="可以，七点在食堂门口")
    assert answered.status_code in (302, 303), answered.text
    assert "七点在食堂门口" in story.browsers["B"].get(f"/messages/{talk.id}").text

    # Reserved for B: these two see each other's phone, nobody else does.
    story.takes("A", bicycle, "reserve", buyer=str(talk.id))
    assert story.now(bicycle).status == "reserved"
    assert story.campus.B.phone in story.reads("A", bicycle)
    assert story.campus.A.phone in story.reads("B", bicycle)
    for who in ("visitor", "kept"):
        assert story.campus.A.phone not in story.reads(who, bicycle)
        assert story.campus.B.phone not in story.reads(who, bicycle)

    # Nobody came for 72 hours: it is free again, and both hear of it. Their sessions have ended meanwhile.
    before = {who: len(story.told(who)) for who in ("A", "B")}
    freeze(start + timedelta(hours=71))
    market.run_timers()
    assert story.now(bicycle).status == "reserved"
    freeze(start + timedelta(hours=73))
    market.run_timers()
    market.run_timers()
    free = story.now(bicycle)
    assert (free.status, free.releases, free.reserved_for_id) == ("on_sale", 1, None)
    for who in ("A", "B", "kept"):
        story.browsers[who].sign_in(CAST[who])
    assert story.campus.A.phone not in story.reads("B", bicycle)
    for who, heard in before.items():
        assert story.told(who)[: -heard or None] == [f"《{TITLE}》的预订已到期，重新在售"]

    # Reserved again; each confirms; sold, and no longer on the board.
    story.takes("A", bicycle, "reserve", buyer=str(talk.id))
    story.takes("A", bicycle, "confirm")
    assert story.now(bicycle).status == "reserved"
    story.takes("B", bicycle, "confirm")
    assert story.now(bicycle).status == "sold"
    assert TITLE not in story.browsers["visitor"].get("/market").text

    # Each rates unseen, until both have.
    rate = f"/market/{bicycle.number}/rate"
    assert story.browsers["kept"].get(rate).status_code == 404
    said = story.browsers["B"].submit(rate, score="5", text="车很好人也很好甲壹")
    assert said.status_code in (302, 303), said.text
    assert "甲壹" not in story.reads("A", bicycle)
    said = story.browsers["A"].submit(rate, score="4", text="守时乙贰")
    assert said.status_code in (302, 303), said.text
    assert "甲壹" in story.reads("A", bicycle)
    assert "乙贰" in story.reads("B", bicycle)
    assert DealRating.select().count() == 2
    for who in ("visitor", "kept"):
        assert "甲壹" not in story.reads(who, bicycle)


def test_what_should_not_be_there_is_reported(story: Story) -> None:
    listing = story.offers("A", title="全新名牌书包低价")
    story.decide("publish")
    path = f"/market/{listing.number}/report"
    sent = story.browsers["kept"].submit(path, code="advert", note="图片是网上的")
    assert sent.status_code == 302, sent.text
    again = story.browsers["kept"].get(path)
    assert again.status_code == 302
    story.decide("hide:advert")
    hidden = story.now(listing)
    assert hidden.moderation == "hidden"
    assert story.browsers["visitor"].get(f"/market/{listing.number}").status_code == 404
    assert listing.title not in story.browsers["kept"].get("/market").text
    assert story.told("kept") == ["您的举报已处理：相关内容已屏蔽，谢谢"]
    assert story.told("A")[0] == f"您的二手物品《{listing.title}》已被屏蔽，请看原因"
    assert not [text for text in story.told("A") if "网上的" in text]
