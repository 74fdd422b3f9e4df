"""What lies at the desk: taken in with tag and shelf, kept its time, announced, and disposed of by two people."""

from datetime import timedelta
from typing import Any

from hall import clock, moderation
from hall.answers import choice, text
from hall.lost_flow import flow, pointless
from hall.lost_post import hand_in_for_review, made, told
from hall.numbers import next_number
from hall.words import N_, Refused
from models import DISPOSALS, LostPropertyDesk, Person, PropertyNotice

SHELF_MOST, NOTE_MOST = 20, 200


@flow.step(
    "上交",
    sources=["submitted", "open"],
    target="kept",
    need="property.keep",
    who="值守点，从拾到的人手里",
    recorded="保管牌、货架、接收人、是否贵重、保管至",
    weight="primary",
)
def hand_in(
    notice: PropertyNotice, *, by: Person, point: LostPropertyDesk, shelf: str, is_valuable: bool = False
) -> dict[str, Any]:
    """Take a found thing in: it gets a tag, and is kept as long as its kind says."""
    if notice.kind != "found":
        raise Refused(N_("这是寻物启事"))
    return take_in(notice, by, point, shelf, is_valuable)


def take_in(
    notice: PropertyNotice, by: Person, point: LostPropertyDesk, shelf: str, is_valuable: bool
) -> dict[str, Any]:
    """Write custody into a found notice, inside the caller's transaction; gives what the event keeps."""
    if point is None:
        raise Refused(N_("请从列出的选项中选择"), field="point")
    kind, now = notice.item_kind, clock.now()
    notice.point, notice.receiver, notice.kept_from = point, by, now
    notice.shelf = text(shelf, "shelf", least=1, most=SHELF_MOST)
    notice.is_valuable = bool(is_valuable)
    notice.keep_until = now + timedelta(days=kind.valuable_days if notice.is_valuable else kind.keep_days)
    notice.tag = next_number("BG")
    return {"tag": notice.tag, "point": point.name, "keep_until": notice.keep_until.isoformat()}


@flow.start(
    "值守点登记",
    target="kept",
    need="property.keep",
    who="值守点",
    recorded="保管牌、货架、接收人，其余同发启事",
)
def _register(
    *, by: Person, point: LostPropertyDesk, shelf: str, is_valuable: bool = False, **answers: Any
) -> tuple[PropertyNotice, dict[str, Any]]:
    notice = made(by, "found", **answers)
    kept = take_in(notice, by, point, shelf, is_valuable)
    notice.status = "kept"
    hand_in_for_review(notice, by)
    return notice, {**told(notice), **kept}


def register(**answers: Any) -> PropertyNotice:
    """Write down at the desk what somebody brought in: a found notice that is `kept` from the start.

    Takes what `post` takes but `kind`, and `point`, `shelf`, `is_valuable`. It waits for a moderator all the same.
    """
    notice: PropertyNotice = moderation.let_through(_register(**answers))
    return notice


@flow.step(
    "公示",
    sources=["kept"],
    need="property.keep",
    who="值守点，过了保管期",
    recorded="何时起可以处置",
    asks=False,
)
def announce(notice: PropertyNotice, *, by: Person) -> dict[str, Any]:
    """Say in public that something is disposed of unless its owner comes; once, after its time."""
    _in_its_time(notice, "announce", by)
    notice.announced = clock.now()
    notice.dispose_from = notice.announced + timedelta(days=notice.item_kind.announce_days)
    return {"dispose_from": notice.dispose_from.isoformat()}


@flow.step(
    "提出处置",
    sources=["kept"],
    target="kept",
    need="property.keep",
    who="值守点，公示期满",
    recorded="方式、说明",
)
def propose_disposal(notice: PropertyNotice, *, by: Person, method: str, note: str = "") -> dict[str, Any]:
    """Say what should become of it; somebody else does it. Proposing again takes the place of the first."""
    _in_its_time(notice, "propose_disposal", by)
    notice.disposal = choice(method, DISPOSALS, "method")
    notice.disposal_note = text(note, "note", most=NOTE_MOST)
    notice.proposed_by = by
    return {"method": notice.disposal, "note": notice.disposal_note}


@flow.step(
    "处置",
    sources=["kept"],
    target="disposed",
    need="property.dispose",
    who="另一位值守人员或领导，不能是提出的人",
    recorded="方式、两人姓名",
    asks=False,
    weight="danger",
)
def dispose(notice: PropertyNotice, *, by: Person) -> dict[str, Any]:
    """Dispose of it as somebody else has proposed."""
    _in_its_time(notice, "dispose", by)
    notice.disposed_by = by
    first = notice.proposed_by
    proposer = first.name if first is not None else ""
    return {"method": notice.disposal, "note": notice.disposal_note, "proposed_by": proposer}


def _in_its_time(notice: PropertyNotice, step: str, by: Person) -> None:
    if sentence := pointless(notice, step, by):
        raise Refused(sentence)
