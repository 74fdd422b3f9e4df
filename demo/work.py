"""The first half of an order's life: reported, reviewed, received, sent round, worked on, finished."""

from datetime import timedelta
from typing import TYPE_CHECKING

from demo import pictures, questions, texts
from demo.scenes import Scene
from demo.steps import Life, fresh, known, pause, photos, seen, take
from hall import clock, repairs
from models import DISPATCH_CENTRE, RepairOrder

if TYPE_CHECKING:
    from demo.term import Term

# --- 报修, 审核 ------------------------------------------------------------------------------------


def report(term: "Term", scene: Scene) -> None:
    rng, fault, caller = term.rng, scene.fault, {}
    by = scene.reporter
    if scene.channel == "phone":
        by = term.cast.one["operator"]
        if rng.random() < 0.5:
            scene.reporter = rng.choice(term.cast.callers)
            caller = {"reporter": scene.reporter, "caller": scene.reporter.name}
        else:
            scene.reporter, caller = by, {"caller": rng.choice(texts.CALLERS)}
    day = clock.local(clock.now()) + timedelta(days=1)
    wished = [f"{day:%m-%d} {half}" for half in rng.sample(["上午", "下午", "晚上"], 2)] if rng.random() < 0.4 else []
    order = repairs.report(
        by=by,
        building=scene.building,
        room=scene.room,
        spot=fault.spot,
        item=term.cast.items[fault.item],
        description_text=fault.words,
        phone=scene.reporter.phone,
        wished_visits=wished if fault.at == "own" else [],
        entry=rng.choice(["knock", "knock", "enter", "escort"]) if fault.at == "own" else "knock",
        photos=photos(term, scene),
        channel=scene.channel,
        given=questions.said(fault.item, fault.words + fault.spot),
        **caller,
    )
    if fault.at == "hall":
        term.add(term.wake(0.3, 3), _followed(term, order))
    if "comment" in scene.fate:
        term.add(term.wake(0.5, 8), _asked(term, scene))
    if "urge" in scene.fate:
        term.add(term.wake(20, 50), _urged(scene))
    seen(scene, order)


def _followed(term: "Term", order: RepairOrder) -> Life:
    """A neighbour who sees that it has been reported follows it instead of reporting it again."""
    neighbours = [p for p in term.cast.students if term.cast.homes[p.bed_id][0].id == order.building_id]
    order = RepairOrder.get_by_id(order.id)
    for person in term.rng.sample(neighbours, min(len(neighbours), 2)):
        if order.is_open and person.id != order.reporter_id:
            repairs.follow(order, by=person)
    yield from ()


def _asked(term: "Term", scene: Scene) -> Life:
    order = fresh(scene)
    if order.is_open:
        repairs.comment(order, by=scene.reporter, words=term.rng.choice(texts.ASKS))
        yield term.wake(0.2, 3)
        order = fresh(scene)
        if "reply" in scene.fate and order.is_open:
            by = order.worker or term.cast.lead_of(order)
            repairs.comment(order, by=by, words=term.rng.choice(texts.REPLIES))


def _urged(scene: Scene) -> Life:
    order = fresh(scene)
    if order.status in repairs.UNFINISHED and order.status != "returned":
        repairs.urge(order, by=scene.reporter)
    yield from ()


def reviewed(term: "Term", scene: Scene) -> Life:
    order, rng = known(scene), term.rng
    reviewer = term.cast.one["reviewer"]
    if order.status == "awaiting_review":
        yield pause(term, scene, 2, 12)
        if "decline" in scene.fate:
            take(scene, "decline", by=reviewer, code="not_ours", note="今年的专项已经排满，请列入明年的修缮计划")
        take(scene, "approve", by=reviewer, note=rng.choice(["", "现场看过，同意", "请施工前和学院确认时间"]))
    if "send_back" in scene.fate:
        yield pause(term, scene, 0.3, 4)
        order = take(scene, "send_back", by=term.cast.lead_of(known(scene)), reason=rng.choice(texts.SEND_BACK))
        yield pause(term, scene, 1, 30, at_work=False)
        more = f"{order.description}。{rng.choice(texts.ADDED)}"
        shown = [pictures.photo(scene.fault.picture, True)]
        take(
            scene,
            "resubmit",
            by=scene.reporter,
            description_text=more,
            phone=order.phone,
            spot=order.spot,
            photos=shown,
        )


# --- 受理, 派工, 维修, 完工 ------------------------------------------------------------------------


def received(term: "Term", scene: Scene) -> Life:
    rng, cast = term.rng, term.cast
    yield pause(term, scene, 0.2, 6)
    order = known(scene)
    lead = cast.lead_of(order)
    if scene.twin is not None and scene.twin.order is not None:
        main = fresh(scene.twin)
        if main.is_open and main.group_id == order.group_id:
            take(scene, "merge", by=lead, main=main)
    if "withdraw" in scene.fate:
        take(scene, "withdraw", by=scene.reporter, reason=rng.choice(texts.WITHDRAWS))
    if "decline" in scene.fate:
        code, note = rng.choice(texts.DECLINES)
        take(scene, "decline", by=lead, code=code, note=note)
    yield from _sent_round(term, scene)
    order = known(scene)
    accepting = [cast.lead_of(order), *cast.workers[cast.code_of(order)]]
    take(scene, "accept", by=accepting[0] if rng.random() < 0.8 else rng.choice(accepting))
    yield pause(term, scene, 0.1, 4)


def _sent_round(term: "Term", scene: Scene) -> Life:
    """To the right group, where chance or a hole in the rules sent the order to the wrong one."""
    cast, family = term.cast, scene.fault.item[0]
    if ("transfer" in scene.fate or "second_hop" in scene.fate) and family in texts.TRANSFERS:
        code, reason = texts.TRANSFERS[family]
        if code != cast.code_of(known(scene)):
            _transfer(term, scene, code, reason)
            yield pause(term, scene, 0.3, 4)
            if "second_hop" in scene.fate:
                _transfer(term, scene, "MG", "到场看过，也不是我们组的范围")
                yield pause(term, scene, 0.3, 4)
    if cast.code_of(known(scene)) == DISPATCH_CENTRE:
        _transfer(term, scene, texts.FROM_CENTRE.get(family, "WJ"), "综合调度中心核实后派给专业组")
        yield pause(term, scene, 0.2, 3)


def _transfer(term: "Term", scene: Scene, code: str, reason: str) -> None:
    lead = term.cast.lead_of(known(scene))
    take(scene, "transfer", by=lead, group=term.cast.groups[code], reason=reason)


def mended(term: "Term", scene: Scene) -> Life:
    yield from _dispatched(term, scene)
    yield from worked(term, scene)


def _dispatched(term: "Term", scene: Scene) -> Life:
    rng, cast, order = term.rng, term.cast, known(scene)
    lead, arrival = cast.lead_of(order), pause(term, scene, 0.5, 12)
    slot = arrival - timedelta(minutes=arrival.minute % 30, seconds=arrival.second, microseconds=arrival.microsecond)
    window = {"visit_from": slot, "visit_until": slot + timedelta(hours=2)} if slot > clock.now() else {}
    order = take(
        scene,
        "dispatch",
        by=lead,
        workers=cast.workers_for(order, first=bool(scene.stop)),
        **(window if rng.random() < 0.7 else {}),
    )
    if "refuse" in scene.fate:
        yield pause(term, scene, 0.1, 1)
        take(scene, "refuse", by=order.worker, reason=rng.choice(texts.REFUSALS))
        yield pause(term, scene, 0.2, 2)
        take(scene, "dispatch", by=lead, workers=cast.workers_for(order, first=bool(scene.stop)))
        arrival = pause(term, scene, 0.5, 12)
    yield arrival


def worked(term: "Term", scene: Scene) -> Life:
    rng, order = term.rng, known(scene)
    if order.status == "dispatched":
        take(scene, "start", by=order.worker)
    if "hold" in scene.fate:
        yield pause(term, scene, 0.2, 1)
        code, note = rng.choice(texts.HOLDS)
        back = term.work(12, 60)
        take(scene, "hold", by=order.worker, code=code, until=back, note=note)
        yield back if not scene.stop else term.towards_the_end()
        take(scene, "resume", by=order.worker)
    yield pause(term, scene, 0.3, 2)
    # What waits for its settlement or has one must have cost something.
    works = texts.works()[scene.fault.item]
    costly = scene.stop in ("inspected", "settled", "closed")
    work = rng.choice([w for w in works if w.materials or w.minutes > 30] or works if costly else works)
    minutes = max(10, round(work.minutes * rng.uniform(0.7, 1.5) / 5) * 5)
    shown = photos(term, scene, broken=False)
    take(
        scene,
        "finish",
        by=order.worker,
        work_done=work.done,
        labour_minutes=minutes,
        materials=work.materials,
        photos=shown,
    )
