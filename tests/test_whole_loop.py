"""The whole loop over HTTP on the campus data, by seven people, each seeing what is theirs.

A student asks for an air conditioner to be moved: reviewed, received, sent, worked on, held, finished, inspected and
rated, settled, rejected, settled again, closed, and visited.
"""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from hall import clock, events, notify
from hall.settlement import totals_fen
from models import Event, Person, Photo, PriceBookEntry, RepairItem, RepairOrder, SettlementLine
from tests.visitor import Visitor

STUDENT, REVIEWER, LEAD, WORKER = "2026010002", "T1005", "T1107", "W2007"
SETTLER, FINANCE, CALLER = "T1302", "T1301", "T1309"
STRANGER = "2026010018"
TEXT = "空调要从靠门的墙移到窗边，旧支架还在，插座离得很近"
SignIn = Callable[..., Visitor]


def camera_photo(name: str = "IMG_2041.JPG") -> tuple[io.BytesIO, str]:
    """A JPEG with a place inside, as phones make them."""
    image = Image.effect_noise((800, 600), 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "HUAWEI", "Mate 60"
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 12.0, 30.0), 3: "E", 4: (108.0, 54.0, 10.0)})
    file = io.BytesIO()
    image.save(file, "JPEG", exif=exif)
    file.seek(0)
    return file, name


def without_moment(page: str) -> str:
    """A page without what tells the second in which it was made: the CSRF token and the time of the error."""
    return re.sub(r'name="csrf_token" value="[^"]*"|<time.*?</time>', "", page)


def people() -> dict[str, Person]:
    return {person.number: person for person in Person.select()}


class Loop:
    """One order and everybody's browsers."""

    def __init__(self, sign_in: SignIn) -> None:
        numbers = (STUDENT, REVIEWER, LEAD, WORKER, SETTLER, FINANCE, CALLER, STRANGER)
        self.browsers = {number: sign_in(number) for number in numbers}
        self.number = ""

    @property
    def order(self) -> RepairOrder:
        return RepairOrder.get(RepairOrder.number == self.number)

    def reads(self, who: str = STUDENT) -> str:
        """The reporter's page, or the panel's for everybody else."""
        path = f"/repairs/{self.number}" if who == STUDENT else f"/admin/queue/repair/{self.number}"
        answer = self.browsers[who].get(path)
        assert answer.status_code == 200, f"{who} gets {answer.status_code}"
        return answer.text

    def finds(self, who: str, lane: str) -> bool:
        """Whether the order stands in that lane of the panel."""
        answer = self.browsers[who].get(f"/admin/queue/repair/?lane={lane}")
        assert answer.status_code == 200, f"{who} has no lane {lane}"
        return f'id="{self.number}"' in answer.text

    def takes(self, who: str, step: str, **answers: Any) -> None:
        """Press the button of a step in the panel and answer its questions."""
        page = there = f"/admin/queue/repair/{self.number}"
        if answers:
            assert f"{there}/{step}" in self.reads(who), f"{who} has no button for {step}"
            page = f"{there}/{step}"
        answer = self.browsers[who].submit(page, action=f"{there}/{step}", **answers)
        assert answer.status_code == 302, re.findall(r'class="error"[^<]*(?:<[^>]+>)*([^<]+)', answer.text)

    def mine(self, step: str, **answers: Any) -> str:
        """The same for the reporter in the portal; gives where one is sent to."""
        there = f"/repairs/{self.number}/{step}"
        answer = self.browsers[STUDENT].submit(there, **answers)
        assert answer.status_code == 302, answer.text[:2000]
        return answer.location


@pytest.fixture
def loop(sign_in: SignIn) -> Loop:
    return Loop(sign_in)


def test_from_report_to_rating_and_beyond(loop: Loop, client: Visitor) -> None:
    PriceBookEntry.create(code="RG01", name="维修人工", kind="labour", unit="小时", price_fen=6_000)
    browsers = loop.browsers

    # The student reports, with a photo from a phone.
    answer = browsers[STUDENT].submit(
        "/repairs/new",
        having="description",
        item=str(RepairItem.get(RepairItem.code == "K04").id),
        description=TEXT,
        photos=camera_photo(),
    )
    assert answer.status_code == 302, answer.text[:3000]
    loop.number = answer.location.rpartition("/")[2].partition("?")[0]
    order = loop.order
    assert (order.status, order.group.code, order.place) == ("awaiting_review", "KT", "南区学生公寓4号楼 304")
    page = loop.reads()
    assert "正在等待审核" in page
    assert TEXT in page
    photo = Photo.get()
    assert f"/photos/{photo.name}/thumb" in page

    # Nobody else sees anything of it, and a stranger gets what a wrong number gets.
    for path in (f"/repairs/{loop.number}", f"/photos/{photo.name}/large", f"/repairs/{loop.number}.pdf"):
        refused = browsers[STRANGER].get(path)
        assert refused.status_code == 404
        unknown = browsers[STRANGER].get(path.replace(loop.number, "BX9").replace(photo.name, "x"))
        assert without_moment(refused.text) == without_moment(unknown.text)
        assert client.get(path).status_code in (302, 404)
    assert browsers[SETTLER].get(f"/photos/{photo.name}/large").status_code == 200

    # The reviewer approves; only then the group finds it.
    assert loop.finds(REVIEWER, "review")
    assert not loop.finds(LEAD, "accept")
    loop.takes(REVIEWER, "approve", note="支架可以用，同意")
    assert not loop.finds(REVIEWER, "review")

    # The lead receives it, and the student need not worry.
    assert loop.finds(LEAD, "accept")
    assert not loop.finds(WORKER, "mine")
    loop.takes(LEAD, "accept")
    page = loop.reads()
    assert "空调制冷组已受理，暂时还没有安排师傅上门" in page
    assert "请不要着急" in page
    visit = clock.local(clock.now()) + timedelta(days=1)
    assert loop.finds(LEAD, "dispatch")
    loop.takes(
        LEAD,
        "dispatch",
        workers=[WORKER],
        visit_from=f"{visit:%Y-%m-%dT09:00}",
        visit_until=f"{visit:%Y-%m-%dT11:00}",
    )
    assert "已派给刘勇师傅" in loop.reads()

    # The worker sees task and photo, goes there, waits for a part, goes on, and is done.
    task = browsers[WORKER].get("/admin/queue/repair/?lane=mine").text
    assert TEXT[:20] in task
    assert f"/photos/{photo.name}/thumb" in task
    assert "tel:13900000057" in task
    loop.takes(WORKER, "start")
    assert "师傅已到现场" in loop.reads()
    until = clock.local(clock.now()) + timedelta(days=2)
    due = loop.order.finish_due
    loop.takes(WORKER, "hold", code="materials", until=f"{until:%Y-%m-%dT10:00}", note="等铜管")
    assert "暂时挂起：待料" in loop.reads()
    assert loop.finds(LEAD, "held")
    loop.takes(WORKER, "resume")
    assert loop.order.finish_due >= due
    loop.takes(
        WORKER,
        "finish",
        work_done="移机完成，新打孔一个，试机制热正常",
        labour_minutes="90",
        materials="空调铜管 1.5 米\n减震垫 4 个",
        photos=camera_photo("DONE.JPG"),
    )
    assert not loop.finds(WORKER, "mine")

    # The student inspects, is asked for a rating at once, and rates.
    page = loop.reads()
    assert "已完工，请验收并评价" in page
    assert "新打孔一个" in page
    assert loop.mine("inspect") == f"/repairs/{loop.number}/rate"
    loop.mine("rate", speed="4", quality="5", manner="5", words="很仔细，还讲了怎么清洗")
    page = loop.reads()
    assert "已验收，等待决算" in page
    assert "很仔细" in page

    # The settler: what the worker wrote stands there already, priced where the price book knows it.
    assert loop.finds(SETTLER, "settle")
    there = f"/admin/queue/repair/{loop.number}/settle"
    form = browsers[SETTLER].form(there, having="payer")
    kept = {name: form.values[name] for name in form.values if name.startswith("lines-")}
    assert (kept["lines-0-name"], kept["lines-0-quantity"], kept["lines-0-price"]) == ("维修人工", "1.50", "60.00")
    assert (kept["lines-1-name"], kept["lines-1-quantity"], kept["lines-1-price"]) == ("空调铜管", "1.50", "")
    refused = browsers[SETTLER].submit(there, having="payer", payer="university")
    assert refused.status_code == 400
    assert "维修人工" in refused.text
    assert SettlementLine.select().count() == 0
    loop.takes(SETTLER, "settle", payer="university", **{"lines-1-price": "48.55", "lines-2-price": "6"})
    assert totals_fen([loop.order])[loop.order.id] == 9_000 + 7_283 + 2_400  # 1.5 × 48.55 is 72.825

    # Finance sends it back, the settler mends it, finance closes.
    assert loop.finds(FINANCE, "check")
    assert "186.83" in loop.reads(FINANCE)
    loop.takes(FINANCE, "reject_settlement", reason="减震垫按价目表是 5 元")
    assert loop.finds(SETTLER, "settle")
    assert "减震垫按价目表是 5 元" in loop.reads(SETTLER)
    loop.takes(SETTLER, "settle", payer="department", **{"lines-1-price": "48.55", "lines-2-price": "5"})
    assert totals_fen([loop.order])[loop.order.id] == 18_283
    loop.takes(FINANCE, "close")
    page = loop.reads()
    assert "已结单" in page
    assert "182.83" in page
    assert "减震垫按价目表" not in page  # between staff

    # The visitor asks whether it was good.
    assert loop.finds(CALLER, "visit")
    assert "很仔细" in loop.reads(CALLER)
    loop.takes(CALLER, "follow_up", method="phone", result="satisfied", note="报修人说很好")
    assert not loop.finds(CALLER, "visit")

    check_the_trail(loop)
    check_what_was_told(loop)


def check_the_trail(loop: Loop) -> None:
    order, number_of = loop.order, {person.id: person.number for person in Person.select()}
    trail = list(reversed(events.timeline(order)))
    assert events.broken_links(trail) == []
    assert [(event.name, number_of[event.actor_id]) for event in trail] == [
        ("report", STUDENT),
        ("approve", REVIEWER),
        ("accept", LEAD),
        ("dispatch", LEAD),
        ("start", WORKER),
        ("hold", WORKER),
        ("resume", WORKER),
        ("finish", WORKER),
        ("inspect", STUDENT),
        ("rate", STUDENT),
        ("settle", SETTLER),
        ("reject_settlement", FINANCE),
        ("settle", SETTLER),
        ("close", FINANCE),
        ("follow_up", CALLER),
    ]
    assert len({event.actor_id for event in trail}) == 7
    assert all(event.actor_role for event in trail)
    assert (order.status, order.payer) == ("closed", "department")
    assert order.followed_up is not None


def check_what_was_told(loop: Loop) -> None:
    while notify.announce():
        pass
    everybody = people()
    told = {number: [row.text for row in notify.inbox(everybody[number])] for number in loop.browsers}
    number = loop.number
    assert told[STUDENT] == [
        f"{number} 已完工，请验收并评价",
        f"{number} 暂时挂起",
        f"{number} 师傅已到场",
        f"{number} 已派给刘勇师傅",
        f"{number} 已由空调制冷组受理",
        f"{number} 已通过审核，转给空调制冷组",
    ]
    assert told[WORKER] == [f"新任务 {number}：加装或移机，南区学生公寓4号楼 304"]
    assert [text[:3] for text in told[REVIEWER]] == ["待审核"]
    assert any("驳回" in text for text in told[SETTLER])
    assert told[STRANGER] == []
    inbox = loop.browsers[STUDENT].get("/inbox").text
    assert f"{number} 已完工" in inbox


def test_somebody_was_faster_and_nothing_is_done_twice(loop: Loop) -> None:
    """Two pages that stand open while the order moves on, and a form that is sent again."""
    lead, student = loop.browsers[LEAD], loop.browsers[STUDENT]
    answer = student.submit(
        "/repairs/new",
        having="description",
        item=str(RepairItem.get(RepairItem.code == "K01").id),
        description="空调开制热一直吹冷风，滤网已经洗过",
    )
    loop.number = answer.location.rpartition("/")[2].partition("?")[0]
    there = f"/admin/queue/repair/{loop.number}"
    form = lead.form(there, action=f"{there}/accept")
    leaving = student.form(f"/repairs/{loop.number}/withdraw", having="reason")
    assert lead.client.post(form.action, data=form.values).status_code == 302
    assert lead.client.post(form.action, data=form.values).status_code == 302  # the same page again: done already
    answer = student.client.post(leaving.action, data={**leaving.values, "reason": "舍友已经报过，打扰了"})
    assert answer.status_code == 409
    assert "舍友已经报过，打扰了" in answer.text
    assert "变化" in answer.text
    assert loop.order.status == "accepted"
    assert Event.select().where(Event.name == "accept").count() == 1
    # What was shown is the newest: sent again, it goes through.
    loop.mine("withdraw", reason="舍友已经报过，打扰了")
    assert loop.order.status == "withdrawn"
