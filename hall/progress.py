"""How an order stands, for people: the eight-step bar, the sentence of the state, the story of its events.

Sentences are (msgid, values); the face translates them and writes moments as a person would say them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hall import access, clock, routing, settings
from hall.words import N_
from models import (
    DECLINE_REASONS,
    FOLLOW_UP_METHODS,
    FOLLOW_UP_RESULTS,
    HOLD_REASONS,
    PAYERS,
    Event,
    Person,
    Rating,
    RepairOrder,
    tuples,
)

Said = tuple[str, dict[str, Any]]

# The bar of `requirements.md` 16: label, the event that gives its time, and the states that stand at it.
BAR = [
    (N_("报修", "bar"), "report", ("awaiting_review", "reported", "returned")),
    (N_("受理", "bar"), "accept", ("accepted",)),
    (N_("派工", "bar"), "dispatch", ("dispatched",)),
    (N_("维修", "bar"), "start", ("repairing", "on_hold")),
    (N_("完工", "bar"), "finish", ("finished",)),
    (N_("验收", "bar"), "inspect", ("inspected",)),
    (N_("决算", "bar"), "settle", ("settled", "closed")),
    (N_("评价", "bar"), "rate", ()),
]
# What people waited for: the step, and the ones since which its time is counted.
TOOK = {"accept": ("report", "approve", "resubmit", "transfer"), "finish": ("start", "rework")}
# What only the staff reads; the reporter's story leaves it out.
INTERNAL = {"mark_late", "follow_up", "reject_settlement", "close", "show_private"}


@dataclass
class Entry:
    """One line of the story: what, in a sentence, when, by whom in which role, with photos and how long it took."""

    name: str
    label: str
    text: Said
    at: datetime
    who: str
    role: str
    photos: list[str] = field(default_factory=list)
    took: timedelta | None = None


def progress(order: RepairOrder, history: Sequence[Event]) -> list[dict[str, Any]]:
    """The eight steps as [{label, state: done|now|todo, at, who}]; `history` is newest first."""
    latest: dict[str, Event] = {}
    for past in history:
        latest.setdefault(past.name, past)
    here = next((index for index, (_, _, states) in enumerate(BAR) if order.status in states), -1)
    if here < 0:  # declined, withdrawn or merged: the bar stops where the order was
        here = max((index for index, (_, name, _) in enumerate(BAR[:4]) if name in latest), default=0)
    bar = []
    for index, (label, name, _) in enumerate(BAR):
        rated = name == "rate" and order.rated is not None
        state = "done" if index < here or rated or order.status == "closed" else "now" if index == here else "todo"
        if name == "rate" and not rated:
            state = "todo"
        event = latest.get(name) if state != "todo" else None
        bar.append(
            {
                "label": label,
                "state": state,
                "at": event.at if event else None,
                "who": event.actor_name if event else "",
            }
        )
    return bar


def sentence(order: RepairOrder, history: Sequence[Event] = ()) -> tuple[Said, Said]:
    """The title and the text that tell what the state means and what happens next (`requirements.md` 20)."""
    values = {
        "group": order.group.name,
        "worker": order.worker.name if order.worker else "",
        "respond": order.respond_due,
        "due": order.finish_due,
        "from": order.visit_from,
        "until": order.held_until,
        "hold": dict(HOLD_REASONS).get(order.hold_reason, ""),
        "reason": _last_reason(history),
        "main": order.main.number if order.main_id else "",
        "days": settings.value("repair.inspect_days"),
    }
    key = order.status
    if key == "dispatched" and order.visit_from:
        key = "visit"
    if key == "repairing" and order.reworks:
        key = "rework"
    if order.rated and f"{key}_rated" in SENTENCES:
        key = f"{key}_rated"
    title, text = SENTENCES[key]
    if order.status in LATE and is_late(order):
        text = LATE[order.status]
    return (title, values), (text, values)


def is_late(order: RepairOrder) -> bool:
    """Whether what the hall promised next, the answer or the end of the work, is past."""
    due = order.respond_due if order.status == "reported" else order.finish_due
    return due is not None and due < clock.now()


# What stands in place of the promise once it was not kept; the title still says how the order stands.
_LATE_FINISH = N_("原定 %(due)s 前完工，现在已经超时，很抱歉让您久等；您可以催办。")
LATE = {
    "reported": N_("原定 %(respond)s 前答复，现在已经超时，很抱歉让您久等；您可以催办。"),
    "accepted": _LATE_FINISH,
    "dispatched": _LATE_FINISH,
    "repairing": _LATE_FINISH,
}

SENTENCES = {
    "awaiting_review": (N_("正在等待审核"), N_("这个项目先由审核员确认，通过后会自动转给%(group)s。")),
    "reported": (
        N_("已收到，正在等%(group)s受理"),
        N_("承诺在 %(respond)s 前答复，暂时还没有安排师傅上门，请不要着急。"),
    ),
    "returned": (N_("需要您补充信息"), N_("请按退回的原因补充后重新提交：%(reason)s")),
    "accepted": (
        N_("%(group)s已受理，暂时还没有安排师傅上门"),
        N_("请不要着急，承诺在 %(due)s 前完工，安排好后会告诉您。"),
    ),
    "dispatched": (N_("已派给%(worker)s师傅"), N_("师傅会在 %(due)s 前完工，上门前会联系您。")),
    "visit": (N_("已派给%(worker)s师傅"), N_("预约 %(from)s 上门，承诺在 %(due)s 前完工。")),
    "repairing": (N_("师傅已到现场，正在维修"), N_("预计 %(due)s 前完工。需要进屋时会先敲门。")),
    "rework": (N_("正在返修"), N_("师傅会再来处理，预计 %(due)s 前完工。需要进屋时会先敲门。")),
    "on_hold": (N_("暂时挂起：%(hold)s"), N_("预计 %(until)s 恢复，挂起期间承诺时间停止计算。")),
    "finished": (N_("已完工，请验收并评价"), N_("没有修好可以要求返修；%(days)s 天内没有处理的，系统会自动验收。")),
    "finished_rated": (N_("已完工，谢谢您的评价"), N_("还请验收；%(days)s 天内没有处理的，系统会自动验收。")),
    "inspected": (N_("已验收，等待决算"), N_("您不用等决算，随时可以评价。")),
    "inspected_rated": (N_("已验收，等待决算"), N_("谢谢您的评价。决算由维修组和财务办理，您不用再做什么。")),
    "settled_rated": (N_("决算已完成"), N_("谢谢您的评价。财务复核后结单，您不用再做什么。")),
    "settled": (N_("决算已完成"), N_("财务复核后结单。您随时可以评价。")),
    "closed": (N_("已结单"), N_("感谢您的报修。同样的问题再出现，可以直接“再次报修”。")),
    "declined": (N_("不予受理"), N_("原因：%(reason)s")),
    "withdrawn": (N_("您已撤销这张报修单"), N_("问题还在的话，可以直接“再次报修”。")),
    "merged": (N_("已并入 %(main)s"), N_("同一个问题一起处理，请看主单的进度。")),
}


def _last_reason(history: Sequence[Event]) -> tuple[str, ...]:
    for event in history:
        if event.name in ("send_back", "decline"):
            return _reason(event.details)
    return ()


def _reason(details: dict[str, Any]) -> tuple[str, ...]:
    """The coded reason and what was written beside it, apart, because only a label can be translated."""
    coded = dict(DECLINE_REASONS).get(details.get("code", ""), "")
    return tuple(part for part in (coded, details.get("reason", ""), details.get("note", "")) if part)


# What an event says beside its label; values come from its details, prepared by `_values`.
TEXTS = {
    "report": N_("已自动转至%(group)s：%(why)s"),
    "send_back": N_("原因：%(reason)s"),
    "decline": N_("原因：%(reason)s"),
    "resubmit": N_("补充了信息"),
    "accept": N_("%(group)s已受理"),
    "transfer": N_("由%(from)s转给%(to)s：%(reason)s"),
    "dispatch": N_("派给%(workers)s师傅"),
    "refuse": N_("原因：%(reason)s"),
    "start": N_("%(worker)s师傅到场"),
    "hold": N_("%(hold)s，预计 %(until)s 恢复"),
    "finish": N_("%(work_done)s"),
    "rework": N_("原因：%(reason)s"),
    "settle": N_("合计 %(total)s 元，由%(payer)s承担"),
    "reject_settlement": N_("原因：%(reason)s"),
    "merge": N_("并入 %(main)s"),
    "follow_up": N_("%(method)s回访：%(result)s"),
    "comment": N_("%(text)s"),
    "mark_late": N_("承诺 %(due)s 前完工，尚未完工"),
}


def story(history: Sequence[Event], *, staff: bool) -> list[Entry]:
    """The events as people read them, in the order given; only staff sees the INTERNAL ones."""
    return [
        Entry(
            name=event.name,
            label=event.label_text,
            text=_told(event),
            at=event.at,
            who=event.actor_name or N_("系统"),
            role=access.role_label(event.actor_role) if event.actor_role else "",
            photos=event.details.get("photos", []),
            took=_took(event, history),
        )
        for event in history
        if staff or event.name not in INTERNAL
    ]


def _took(event: Event, history: Sequence[Event]) -> timedelta | None:
    since = [before.at for before in history if before.seq < event.seq and before.name in TOOK.get(event.name, ())]
    return event.at - max(since) if since else None


def _told(event: Event) -> Said:
    details = event.details
    if event.name == "inspect" and details.get("automatic"):
        return N_("到期没有答复，系统自动验收（不算评价）"), {}
    if event.name == "rate":
        if "added" in details:
            return N_("追评：%(added)s"), {"added": details["added"]}
        return N_("速度 %(speed)s 星，质量 %(quality)s 星，态度 %(manner)s 星 %(text)s"), details
    if event.name == "dispatch" and details.get("visit_from"):
        return N_("派给%(workers)s师傅，预约 %(visit_from)s"), _values(details)
    if event.name == "settle" and not details.get("lines"):
        return N_("没有费用"), {}
    if event.name in TEXTS and details:
        values = _values(details)
        try:
            TEXTS[event.name] % values
        except KeyError:  # made before the step recorded this: the label alone is told
            return "", {}
        return TEXTS[event.name], values
    note = details.get("note") or details.get("reason") or ""
    return ("%(note)s", {"note": note}) if note else ("", {})


def _values(details: dict[str, Any]) -> dict[str, Any]:
    values = dict(details)
    values["reason"] = _reason(details)
    values["workers"] = list(details.get("workers", []))
    values["why"] = routing.told(details.get("why", ""))
    values["hold"] = dict(HOLD_REASONS).get(details.get("code", ""), "")
    values["total"] = f"{details.get('total_fen', 0) / 100:,.2f}"
    values["payer"] = dict(PAYERS).get(details.get("payer", ""), "")
    values["method"] = dict(FOLLOW_UP_METHODS).get(details.get("method", ""), "")
    values["result"] = dict(FOLLOW_UP_RESULTS).get(details.get("result", ""), "")
    for key in ("until", "visit_from", "visit_until", "due"):
        if details.get(key):
            values[key] = datetime.fromisoformat(details[key])
    return values


def pictures(history: Sequence[Event], *steps: str) -> list[str]:
    """The names of the photos that came with `steps`, oldest first."""
    return [name for event in reversed(history) if event.name in steps for name in event.details.get("photos", [])]


def rating(history: Sequence[Event]) -> dict[str, Any]:
    """Stars (`speed`, `quality`, `manner`), words (`text`) and what was `added` to them later; {} if there is none."""
    told: dict[str, Any] = {}
    for event in reversed(history):
        if event.name == "rate":
            told |= event.details
    return told


def lowest_marks(orders: Iterable[RepairOrder]) -> dict[int, int]:
    """The lowest of the three marks (1-5) of each rated order, by its id, in one query."""
    ids = [order.id for order in orders]
    rated = Rating.select(Rating.order, Rating.speed, Rating.quality, Rating.manner).where(Rating.order.in_(ids))
    return {order_id: min(marks) for order_id, *marks in tuples(rated)} if ids else {}


def is_staff_for(person: Person, order: RepairOrder) -> bool:
    """Whether `person` reads the order as staff rather than as its reporter or follower."""
    return bool(access.role_for(person, "repair.read", order) not in ("", "reporter", "follower"))


def may_call(person: Person, order: RepairOrder) -> bool:
    """Whether the job of `person` needs the number of whoever reported `order`: who goes there, who sends people there,
    who wrote the report down for a caller, and who visits afterwards. Everybody else of the staff reads its mask."""
    if order.operator_id is not None and order.operator_id == person.id:
        return access.may(person, "repair.report_for")
    if order.finished is not None and access.may(person, "repair.follow_up", order):
        return True
    return access.may(person, "repair.dispatch", order) or access.may(person, "repair.start", order)
