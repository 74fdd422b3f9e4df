"""The whole of a complaint through HTTP: posted, sent back, mended, published, forwarded, returned, forwarded again,
extended, answered, the answer sent back, mended, published, rated 不满意, handled again, closed.

After every step each person is asked what they see: nothing that was not published is ever found by a visitor, at any
address, and the others find exactly what is theirs.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from hall import clock
from models import Submission, Thread
from tests.board import decided_by_form, told
from tests.conftest import Campus
from tests.portal import picture
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]

# Each stands for what was said where; a word that no page of the hall says by itself.
FIRST = "例汤甲壹总是凉的"
MENDED = "例汤乙贰总是凉的"
WHY_BACK = "请写明时间丙叁"
GROUND = "不归我们管丁肆"
LATER = "等新设备戊伍"
TALK = "和作者通了电话己陆"
DRAFT = "我们正在研究，请耐心等待庚柒。"
WHY_DRAFT = "请写出具体措施辛捌"
ANSWER = "加热管已更换，每天测温两次壬玖。"
MEASURE = "两小时测温一次癸拾"
AGAIN = "今天又是凉的子丑"
FINAL = "换了整台保温设备寅卯，请再来试试。"
STAFF = ("林静", "钱芳", "曾霞")  # the moderator and the two handlers


@dataclass
class Story:
    """The thread, a browser for each, and who may find which words by now."""

    campus: Campus
    browsers: dict[str, Visitor]
    number: str = ""
    photo: str = ""
    # What may be found where the trail is read, and need not.
    past: set[str] = field(default_factory=set)

    def everybody_finds(self, public: Iterable[str], **more: Iterable[str]) -> None:
        """Ask every person: on all their addresses they find these words and no other of the story."""
        words = {FIRST, MENDED, WHY_BACK, GROUND, LATER, TALK, DRAFT, WHY_DRAFT, ANSWER, MEASURE, AGAIN, FINAL}
        for who, browser in self.browsers.items():
            allowed = {*public, *more.get(who, ())}
            found = {}
            for path in self.addresses(who):
                answer = browser.get(path, buffered=True)
                assert answer.status_code in (200, 302, 404), f"{path} gives {answer.status_code} to {who}"
                text = re.sub(r"<(?:ins|del|mark|span|em)[^>]*>|</(?:ins|del|mark|span|em)>", "", answer.text)
                found[path] = {word for word in words if word in text}
                if who in ("visitor", "B"):
                    assert not [name for name in STAFF if name in text], f"{path} names staff to {who}"
            leaked = {path: sorted(told - allowed) for path, told in found.items() if told - allowed}
            assert not leaked, f"{who} reads {leaked}"
            missing = allowed - set().union(*found.values()) - self.past
            assert not missing, f"{who} does not find {missing}"
            self.photo_is_seen_by(who, browser)

    def photo_is_seen_by(self, who: str, browser: Visitor) -> None:
        """The photo goes with the thread: to its author and moderators at once, to others when it is public."""
        expected = 200 if who in ("A", "M", "M2") or self.thread.moderation == "published" else 404
        for size in ("thumb", "card", "medium", "large"):
            assert browser.get(f"/photos/{self.photo}/{size}", buffered=True).status_code == expected, who

    def addresses(self, who: str) -> list[str]:
        thread = f"/supervision/{self.number}"
        searches = [f"/supervision?q={word}" for word in ("例汤", "甲壹", "乙贰", "壬玖", "寅卯")]
        sorts = [f"/supervision?sort={sort}" for sort in ("newest", "supported", "waiting")]
        public = ["/", "/supervision", *searches, *sorts, "/supervision?kind=complaint", "/supervision/log"]
        public += ["/supervision/feed.atom", "/supervision/feed.atom?kind=complaint"]
        public += ["/supervision/feed.atom?department=HQ-YS", "/supervision/similar?q=二食堂例汤总是凉的"]
        if who == "visitor":
            return [*public, thread, f"{thread}/comment"]
        # A signed-in stranger asks everywhere; for the others these pages are the same.
        public = public if who == "B" else ["/supervision/log"]
        mine = [thread, f"{thread}/comment", "/inbox", "/supervision/mine", f"{thread}/edit", f"{thread}/resubmit"]
        desk = [f"/admin/desk/{row.id}" for row in Submission.select(Submission.id)] if who in ("M", "M2") else []
        queue = f"/admin/queue/supervision/{self.number}"
        return [*public, *mine, "/admin/desk/", "/admin/queue/supervision/?lane=all", queue, f"{queue}/reply", *desk]

    @property
    def thread(self) -> Thread:
        return Thread.get(Thread.number == self.number)

    def step(self, who: str, name: str, **answers: str) -> None:
        """Take a step of the department's queue by its form."""
        path = f"/admin/queue/supervision/{self.number}/{name}"
        answer = self.browsers[who].submit(path, **answers)
        assert answer.status_code == 302, answer.text

    def decide(self, decision: str, **answers: str) -> None:
        decided_by_form(self.browsers["M"], decision, **answers)

    def author(self, name: str, **answers: str) -> None:
        answer = self.browsers["A"].submit(f"/supervision/{self.number}/{name}", **answers)
        assert answer.status_code == 302, answer.text


@pytest.fixture
def story(campus: Campus, client: Visitor, sign_in: SignIn) -> Story:
    people = ("A", "B", "M", "handler", "other_handler", "leader")
    return Story(campus, {"visitor": client, **{who: sign_in(who) for who in people}})


def test_a_complaint_from_post_to_closed(story: Story) -> None:
    # Posted: it waits, and only its author and the moderators know of it.
    photo = picture()
    form = story.browsers["A"].form("/supervision/new", having="title")
    said = {"kind": "complaint", "title": f"二食堂{FIRST}", "text": f"最近一周晚上六点以后，{FIRST}，没有保温。"}
    posted = story.browsers["A"].client.post(
        form.action, data={**form.values, **said, "photos": photo}, content_type="multipart/form-data"
    )
    assert posted.status_code == 302, posted.text
    story.number = posted.location.rpartition("/")[2]
    story.photo = story.thread.photos[0]
    assert "待审核" in story.browsers["A"].get(f"/supervision/{story.number}").text
    story.everybody_finds([], A=[FIRST], M=[FIRST])

    # Sent back with a reason, mended by its author.
    story.decide("send_back:own", note_send_back=WHY_BACK)
    story.everybody_finds([], A=[FIRST, WHY_BACK], M=[FIRST, WHY_BACK])
    text = f"十一月十六日起每天晚上六点以后，{MENDED}，没有保温。"
    story.author("resubmit", title=f"二食堂{MENDED}", text=text)
    story.past |= {FIRST, WHY_BACK}
    story.everybody_finds([], A=[FIRST, MENDED, WHY_BACK], M=[FIRST, MENDED, WHY_BACK])

    # Published: everybody reads the mended text and never the first.
    story.decide("publish", forward_to="")
    log = {"A": [FIRST, WHY_BACK], "M": [FIRST, WHY_BACK]}
    story.everybody_finds([MENDED], **log)

    # Forwarded to the wrong department, returned, forwarded again; grounds stay inside.
    story.step("M", "forward", department="HQ-NY")
    story.everybody_finds([MENDED], **log)
    story.step("other_handler", "return_thread", ground=GROUND, suggested="HQ-YS")
    log["M"] += [GROUND]
    log["leader"] = [GROUND]
    story.everybody_finds([MENDED], **log)
    story.step("M", "forward", department="HQ-YS")
    log["handler"] = [GROUND]
    story.everybody_finds([MENDED], **log)

    # Extended, talked about: the author reads both, the public reads that there is a new date.
    until = clock.local(story.thread.due + timedelta(days=3))
    story.step("handler", "extend", until=f"{until:%Y-%m-%d}", reason=LATER, approver=story.campus.number("leader"))
    for who in ("A", "M", "leader", "handler"):
        log[who] += [LATER]
    story.step("handler", "talk", method="phone", summary=TALK)
    for who in ("A", "M", "leader", "handler"):
        log[who] += [TALK]
    story.everybody_finds([MENDED], **log)

    # Answered, the answer sent back, mended, published.
    story.step("handler", "reply", text=DRAFT)
    for who in ("M", "handler"):
        log[who] += [DRAFT]
    story.everybody_finds([MENDED], **log)
    story.decide("send_back:own", note_send_back=WHY_DRAFT)
    for who in ("M", "leader", "handler"):
        log[who] += [WHY_DRAFT]
    story.everybody_finds([MENDED], **log)
    story.step("handler", "reply", text=ANSWER, measures=MEASURE)
    for who in ("M", "handler"):
        log[who] += [ANSWER, MEASURE]
    story.everybody_finds([MENDED], **log)
    story.decide("publish")
    story.everybody_finds([MENDED, ANSWER, MEASURE], **log)

    # 不满意: handled again, answered, closed with a score.
    story.author("reopen", reason=AGAIN)
    for who in ("A", "M", "leader", "handler"):
        log[who] += [AGAIN]
    story.everybody_finds([MENDED, ANSWER, MEASURE], **log)
    story.step("handler", "reply", text=FINAL)
    log["M"] += [FINAL]
    log["handler"] += [FINAL]
    story.everybody_finds([MENDED, ANSWER, MEASURE], **log)
    story.decide("publish")
    story.author("satisfied", score="5")
    assert story.thread.status == "done"
    story.everybody_finds([MENDED, ANSWER, MEASURE, FINAL], **log)

    # Each was told, and nobody of what they may not read.
    heard = {who: told(getattr(story.campus, who)) for who in ("A", "B", "handler")}
    assert heard["B"] == []
    assert any("官方回复" in text for text in heard["A"])
    assert heard["handler"]
    story.everybody_finds([MENDED, ANSWER, MEASURE, FINAL], **log)
