"""Every step of a repair as the form that its person sends over HTTP."""

from collections.abc import Callable
from datetime import timedelta

from hall import clock, repairs
from models import RepairOrder
from tests.conftest import Campus
from tests.story import Story
from tests.test_repair_flow import TABLE
from tests.visitor import PageForm, Visitor

SignIn = Callable[..., Visitor]
# Who takes a step over HTTP, and what they say where the form does not say it already.
HANDS: dict[str, tuple[str, dict[str, str]]] = {
    "approve": ("reviewer", {}),
    "send_back": ("lead", {"reason": "请补充照片"}),
    "resubmit": ("A", {}),
    "accept": ("lead", {}),
    "decline": ("lead", {"code": "not_ours"}),
    "withdraw": ("A", {}),
    "transfer": ("lead", {"group": "DG1", "reason": "是电的问题"}),
    "merge": ("lead", {"main": "?"}),
    "dispatch": ("lead", {"workers": "W2002"}),
    "refuse": ("W1", {"reason": "今天休息"}),
    "start": ("W1", {}),
    "hold": ("W1", {"code": "materials", "until": "?"}),
    "resume": ("W1", {}),
    "finish": ("W1", {"work_done": "更换阀芯，试水正常", "labour_minutes": "40"}),
    "inspect": ("A", {}),
    "rework": ("A", {"reason": "还是在滴水"}),
    "settle": ("settler", {"lines-0-quantity": "0.75", "lines-0-price": "60", "lines-1-price": "18"}),
    "reject_settlement": ("finance", {"reason": "数量不对"}),
    "close": ("finance", {}),
    "rate": ("A", {"speed": "5", "quality": "4", "manner": "5"}),
    "follow_up": ("caller", {"method": "phone", "result": "neutral", "note": "等得有点久"}),
    "urge": ("A", {}),
    "comment": ("A", {"words": "下午四点以后有人"}),
}


class Steps:
    """Every step of a repair as the form that its person sends."""

    def __init__(self, campus: Campus, sign_in: SignIn) -> None:
        self.story, self.sign_in, self.visitors = Story(campus), sign_in, dict[str, Visitor]()

    def visitor(self, who: str) -> Visitor:
        self.visitors[who] = self.visitors.get(who) or self.sign_in(who)
        return self.visitors[who]

    def ready(self, name: str) -> tuple[Visitor, RepairOrder, PageForm]:
        """Somebody who may take the step, an order on which it can be taken, and the form, filled in."""
        who, said = HANDS[name]
        order = self.story.order(TABLE[name].at or TABLE[name].sources[0])
        path = f"/repairs/{order.number}" if who == "A" else f"/admin/queue/repair/{order.number}"
        asks = repairs.flow.steps[name].asks
        form = self.visitor(who).form(f"{path}/{name}" if asks else path, action=f"{path}/{name}", having="once")
        form.values |= said
        if name == "merge":
            form.values["main"] = self.story.report(self.story.who["B"], building=order.building, room="101").number
        if name == "hold":
            form.values["until"] = f"{clock.local(clock.now() + timedelta(days=2)):%Y-%m-%dT%H:%M}"
        return self.visitor(who), order, form
