"""What a work order on paper says, in the language of who prints it: work_order.typ sets it, printing.py prints it.

Chinese people and what they wrote stay as they are; labels, names of places and items, days and units are translated.
"""

import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date

from hall import clock, masks, questions, routing, settlement
from hall.channels.words import translate
from hall.words import N_
from models import CHANNELS, ENTRY_CHOICES, LINE_KINDS, PAYERS, REPAIR_STATES, URGENT, Assignment, Person, RepairOrder

HOUSE = N_("后勤数字服务大厅")
# What stands around the words of the order: the names by which work_order.typ asks for them.
FRAME = {
    "title": N_("维修工单"),
    "printed_on": N_("打印于"),
    "page": N_("第 %(n)s 页，共 %(all)s 页"),
    "code_of": N_("工单地址的二维码"),
    "scan": N_("扫码看进度"),
    "report": N_("报修内容"),
    "fault": N_("故障描述"),
    "promise": N_("派工与承诺"),
    "record": N_("维修记录"),
    "work_by_hand": N_("维修内容（现场填写）"),
    "used_by_hand": N_("用料与工时（现场填写）"),
    "material": N_("材料名称"),
    "unit": N_("单位"),
    "quantity": N_("数量"),
    "stay": N_("到场至离开（时间）"),
    "costs": N_("费用明细"),
    "kind": N_("类别"),
    "name": N_("名称"),
    "price": N_("单价（元）"),
    "amount": N_("金额（元）"),
    "payer": N_("付款方"),
    "total": N_("合计"),
    "free": N_("本单没有费用。"),
    "photos": N_("照片"),
    "sign": N_("签字"),
    "date": N_("　　　年　　月　　日"),
}
_ENGLISH_DAY = "d MMM"

Fact = tuple[str, str, bool]


class Paper:
    """The words of one order in `language`, zh or en; the phone in clear only for who `may_call`."""

    def __init__(self, order: RepairOrder, language: str, *, may_call: bool = False) -> None:
        self.order, self.language, self.may_call = order, language, may_call

    def say(self, text: str, **values: Any) -> str:
        """A sentence or a name in the language of the paper."""
        said = translate(text, self.language)
        return said % values if values else said

    def words(self) -> dict[str, Any]:
        """Everything that the paper says, as text; facts are (label, value, whether it takes the whole row)."""
        order, say = self.order, self.say
        lines = settlement.lines_of(order)
        return {
            "language": self.language,
            "frame": {name: say(text) for name, text in FRAME.items()},
            "house": say(HOUSE),
            "number": order.number,
            "printed": minute(clock.now()),
            "status": say(dict(REPAIR_STATES)[order.status]),
            "priority": say(order.priority),
            "urgent": order.item.is_urgent or order.priority == URGENT,
            "reported": self._reported(),
            "description": paragraphs(order.description),
            "dispatched": self._dispatched(),
            "work_done": paragraphs(order.work_done),
            "worked": self._worked(),
            "lines": [
                (
                    say(dict(LINE_KINDS)[line.kind]),
                    literal(say(line.name)),
                    literal(say(line.unit)),
                    _amount(line.quantity),
                    _yuan(line.price_fen),
                    _yuan(line.amount_fen),
                )
                for line in lines
            ],
            "total": _yuan(sum(line.amount_fen for line in lines)),
            "payer": say(dict(PAYERS).get(order.payer, "")),
            "free": bool(order.settled) and not lines,
            "signatures": [
                (say(N_("维修工")), self._name(order.worker, order.finished), _day(order.finished)),
                (say(N_("验收人")), self._name(order.inspector, order.inspected), _day(order.inspected)),
                (say(N_("决算人")), self._name(order.settler, order.settled), _day(order.settled)),
            ],
        }

    def _reported(self) -> list[Fact]:
        order, say = self.order, self.say
        who, operator = order.reporter.name, order.operator.name if order.operator else ""
        if order.caller:
            who = say(N_("%(caller)s（来电，%(operator)s代报）"), caller=order.caller, operator=operator)
        family = f"{say(order.item.parent.name)} / " if order.item.parent_id else ""
        channel = say(dict(CHANNELS)[order.channel])
        return self._rows(
            (N_("地点"), f"{say(order.building.name)} {order.room_number}".rstrip(), False),
            (N_("具体位置"), order.spot, False),
            (N_("报修项目"), family + say(order.item.name), False),
            (N_("报修时间"), say(N_("%(when)s（%(channel)s）"), when=minute(order.created), channel=channel), False),
            (N_("报修人"), who, False),
            (N_("联系电话"), order.phone if self.may_call else masks.mask(order.phone), False),
            (N_("希望上门"), self._list(map(self._wish, order.wished_visits)) or say(N_("都可以")), False),
            (N_("进屋"), say(dict(ENTRY_CHOICES)[order.entry]), False),
            *((told.label.into(self.language), told.text(self.language), True) for told in questions.answered(order)),
        )

    def _dispatched(self) -> list[Fact]:
        order, say = self.order, self.say
        sent = Person.select(Person.name).join(Assignment).where(Assignment.order == order.id, Assignment.active)
        names = [worker.name for worker in sent.order_by(Assignment.id)]
        visit = minute(order.visit_from)
        if order.visit_from and order.visit_until:
            until = f"{clock.local(order.visit_until):%H:%M}"
            visit = say(N_("%(from)s 至 %(until)s"), **{"from": visit, "until": until})
        why, values = routing.told(order.routed_why)
        return self._rows(
            (N_("维修组"), say(order.group.name), False),
            (N_("维修工"), self._list(names) or say(N_("尚未派工")), False),
            (N_("承诺答复"), minute(order.respond_due), False),
            (N_("承诺完工"), minute(order.finish_due), False),
            (N_("预约上门"), visit, True),
            (N_("派单依据"), say(why, **{name: say(value) for name, value in values.items()}), True),
        )

    def _worked(self) -> list[Fact]:
        order, say = self.order, self.say
        used = [
            f"{say(line['name'])} {_amount(Decimal(line['quantity']))} {say(line['unit'])}".strip()
            for line in order.materials
        ]
        hours, minutes = divmod(order.labour_minutes, 60)
        took = say(N_("%(minutes)s 分钟"), minutes=minutes)
        if hours:
            took = say(N_("%(hours)s 小时 %(minutes)s 分钟"), hours=hours, minutes=minutes)
        return self._rows(
            (N_("完工时间"), minute(order.finished), False),
            (N_("工时"), took, False),
            (N_("用料"), self._list(used) or say(N_("没有用料")), True),
        )

    def _rows(self, *facts: Fact) -> list[Fact]:
        """Facts without those that have nothing to say; a half row left alone becomes a whole one."""
        said = [(self.say(label), literal(value), wide) for label, value, wide in facts if value]
        half = [index for index, (_, _, wide) in enumerate(said) if not wide]
        if len(half) % 2:
            label, value, _ = said[half[-1]]
            said[half[-1]] = (label, value, True)
        return said

    def _list(self, parts: Any) -> str:
        return self.say(N_("、")).join(parts)

    def _name(self, person: Person | None, done: datetime | None) -> str:
        return person.name if person else self.say(N_("系统")) if done else ""

    def _wish(self, window: str) -> str:
        month_day, _, half = window.partition(" ")
        month, dash, day = month_day.partition("-")
        if not dash or not (month + day).isdecimal():
            return window
        if self.language == "en":
            # Any leap year: the wish does not name one.
            return f"{format_date(date(2024, int(month), int(day)), _ENGLISH_DAY, 'en')} {self.say(half)}"
        return f"{int(month)}月{int(day)}日{half}"


def minute(moment: datetime | None) -> str:
    """A moment (naive UTC) as paper has it: 2026-11-22 14:05."""
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else ""


def paragraphs(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [literal(line) for line in text.splitlines() if line.strip()]


def literal(text: str) -> str:
    """Text without characters that no paper shows."""
    return "".join(char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))


def _day(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d}" if moment else ""


def _amount(quantity: Decimal) -> str:
    return f"{quantity.normalize():f}"


def _yuan(fen: int) -> str:
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02}"
