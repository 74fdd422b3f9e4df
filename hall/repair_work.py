"""From dispatched to inspected: the worker's steps, the group lead's, and whether the work is good."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hall import access, clock, settings
from hall.answers import choice, not_among, text
from hall.photos import Prepared, attach
from hall.repair_flow import flow
from hall.repair_group import resume_clock
from hall.settlement import parse_materials
from hall.words import N_, Refused
from models import HOLD_REASONS, Assignment, Grant, Person, RepairOrder

# A small job by the university's own people without material is not settled (`requirements.md`, open questions).
MOST_WORKERS = 6


def workers_of(order: RepairOrder) -> list[Person]:
    """The workers of the order's group, who can be sent, by name."""
    rows = (
        Person.select()
        .join(Grant)
        .where(
            Grant.role == "worker",
            Grant.scope == order.group.code,
            Person.is_closed == False,  # noqa: E712
        )
    )
    return list(rows.order_by(Person.number))


@flow.step(
    "派工",
    sources=["accepted"],
    target="dispatched",
    need="repair.dispatch",
    who="维修组长",
    recorded="维修工、应完成时间、上门时段",
    weight="primary",
)
def dispatch(
    order: RepairOrder,
    *,
    by: Person,
    workers: Sequence[Person],
    due: datetime | None = None,
    visit_from: datetime | None = None,
    visit_until: datetime | None = None,
) -> dict[str, Any]:
    """Send workers of the order's group, the first responsible. Times are naive UTC."""
    known = {worker.id for worker in workers_of(order)}
    chosen = list({worker.id: worker for worker in workers}.values())
    if not chosen or len(chosen) > MOST_WORKERS or any(worker.id not in known for worker in chosen):
        raise Refused(N_("请选择本组的维修工"), field="workers")
    if (visit_from and visit_until and visit_until <= visit_from) or (visit_until and not visit_from):
        raise Refused(N_("上门结束时间应晚于开始时间"), field="visit_until")
    if visit_from and visit_from < clock.now() - timedelta(minutes=10):
        raise Refused(N_("上门时间已经过去，请选择以后的时间"), field="visit_from")
    if due and due < clock.now():
        raise Refused(N_("应完成时间已经过去，请选择以后的时间"), field="due")
    Assignment.update(active=False).where(Assignment.order == order.id).execute()
    for worker in chosen:
        row, made = Assignment.get_or_create(order=order, worker=worker)
        if not made:
            Assignment.update(active=True).where(Assignment.id == row.id).execute()
    order.worker, order.hops = chosen[0], 0
    order.visit_from, order.visit_until = visit_from, visit_until
    return {
        "workers": [worker.name for worker in chosen],
        "due": _text(due or order.finish_due),
        "visit_from": _text(visit_from),
        "visit_until": _text(visit_until),
    }


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


@flow.step("拒单", sources=["dispatched"], target="accepted", need="repair.refuse", who="被派维修工", recorded="原因")
def refuse(order: RepairOrder, *, by: Person, reason: str) -> dict[str, Any]:
    Assignment.update(active=False).where(Assignment.order == order.id).execute()
    order.worker = order.visit_from = order.visit_until = None
    return {"reason": text(reason, "reason", least=2)}


@flow.step(
    "开工",
    sources=["dispatched"],
    target="repairing",
    need="repair.start",
    who="被派维修工",
    recorded="到场时间",
    asks=False,
    weight="primary",
)
def start(order: RepairOrder, *, by: Person) -> dict[str, Any]:
    return {"arrival": _text(clock.now()), "worker": by.name}


@flow.step(
    "挂起",
    sources=["dispatched", "repairing"],
    target="on_hold",
    need="repair.hold",
    who="维修工、维修组长",
    recorded="待料、未遇、外委或待批价，预计到何时；承诺停表",
)
def hold(order: RepairOrder, *, by: Person, code: str, until: datetime, note: str = "") -> dict[str, Any]:
    """Stop the clock of the promise until the work goes on. `until` is naive UTC."""
    if not clock.now() < until < clock.now() + timedelta(days=180):
        raise Refused(N_("请填写半年以内、以后的预计恢复时间"), field="until")
    order.hold_reason = choice(code, HOLD_REASONS, "code")
    order.held_at, order.held_until = clock.now(), until
    return {"code": code, "until": _text(until), "note": text(note, "note")}


@flow.step(
    "恢复",
    sources=["on_hold"],
    target="repairing",
    need="repair.resume",
    who="维修工、维修组长",
    recorded="挂起了多久",
    asks=False,
    weight="primary",
)
def resume(order: RepairOrder, *, by: Person) -> dict[str, Any]:
    return {"held_seconds": int(resume_clock(order).total_seconds())}


@flow.step(
    "完工",
    sources=["repairing"],
    target="finished",
    need="repair.finish",
    who="被派维修工",
    recorded="做了什么、用料、工时、完工照片",
    weight="primary",
)
def finish(
    order: RepairOrder,
    *,
    by: Person,
    work_done: str,
    labour_minutes: int,
    materials: str = "",
    photos: Sequence[Prepared] = (),
) -> dict[str, Any]:
    """`materials` is one a line (`阀芯 2 个`); `labour_minutes` between 1 and 10,000."""
    if not 1 <= labour_minutes <= 10_000:
        raise Refused(N_("工时应在 1 到 10000 分钟之间"), field="labour_minutes")
    used = parse_materials(materials)
    order.work_done = text(work_done, "work_done", least=2, most=500)
    order.labour_minutes += labour_minutes
    order.materials = [*order.materials, *used]
    order.nothing_spent = not order.materials and order.labour_minutes <= settings.value("repair.free_labour_minutes")
    order.finished = clock.now()
    attached = attach(order, photos, by=by, purpose="after")
    return {
        "work_done": order.work_done,
        "labour_minutes": labour_minutes,
        "materials": used,
        "photos": [photo.name for photo in attached],
    }


@flow.step(
    "验收通过",
    sources=["finished"],
    target="inspected",
    need="repair.inspect",
    who="报修人或楼宇管理员；到期由系统；不能是维修工",
    recorded="结论、验收人",
    weight="primary",
)
def inspect(order: RepairOrder, *, by: Person | None, note: str = "") -> dict[str, Any]:
    not_among(by, access.assigned_ids(order), N_("维修工不能验收自己的维修"))
    order.inspector, order.inspected = by, clock.now()
    return {"verdict": "passed", "automatic": by is None, "note": text(note, "note")}


@flow.step(
    "返修",
    sources=["finished"],
    target="repairing",
    need="repair.rework",
    who="报修人或楼宇管理员；不能是维修工",
    recorded="原因、照片；第二次告知组长的上级",
)
def rework(order: RepairOrder, *, by: Person, reason: str, photos: Sequence[Prepared] = ()) -> dict[str, Any]:
    not_among(by, access.assigned_ids(order), N_("维修工不能验收自己的维修"))
    reason = text(reason, "reason", least=4)
    begin_rework(order)
    attached = attach(order, photos, by=by, purpose="rework")
    return {"reason": reason, "time": order.reworks, "photos": [photo.name for photo in attached]}


def begin_rework(order: RepairOrder) -> None:
    """Back to work by the same group; the promise of the first time stays what it was."""
    order.reworks += 1
    order.finished = order.inspected = order.inspector = order.settled = order.settler = order.closed = None
