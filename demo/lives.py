"""The life of one order, from report to rating, as plausible people lead it. Each verb is called at its moment."""

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from demo import texts
from demo.scenes import Scene
from demo.steps import Life, Over, fresh, known, pause, photos, take
from demo.work import mended, received, report, reviewed, worked
from hall import clock, repairs
from hall.settlement import Line
from models import PriceBookEntry, RepairOrder

if TYPE_CHECKING:
    from demo.term import Term


def live(term: "Term", scene: Scene) -> Life:
    """One order from its report on; ends early where its scene or its fate says so."""
    try:
        report(term, scene)
        yield from reviewed(term, scene)
        yield from received(term, scene)
        yield from mended(term, scene)
        yield from _judged(term, scene)
        yield from _settled(term, scene)
    except Over:
        return


def _judged(term: "Term", scene: Scene) -> Life:
    rng, order = term.rng, known(scene)
    if "rate" in scene.fate:
        term.add(term.wake(0.3, 70) if not scene.stop else term.towards_the_end(), _rated(term, scene))
    for fate in ("rework", "rework_twice"):
        if fate in scene.fate or ("rework_twice" in scene.fate and fate == "rework"):
            yield pause(term, scene, 3, 40, at_work=False)
            take(scene, "rework", by=scene.reporter, reason=rng.choice(texts.REWORKS), photos=photos(term, scene))
            yield pause(term, scene, 2, 12)
            yield from worked(term, scene)
    if "visit" in scene.fate:
        term.add(term.work(6, 60), _visited(term, scene))
    if "late_visit" in scene.fate:
        term.add(clock.now() + timedelta(days=34), _visited(term, scene, "dissatisfied"))
    if "silent" in scene.fate and not scene.stop:
        yield clock.now() + timedelta(days=7, hours=8)
        return
    yield pause(term, scene, 0.5, 60, at_work=False)
    keeper = term.cast.keepers.get(scene.building.code) if order.is_public_area else None
    take(scene, "inspect", by=keeper if keeper and rng.random() < 0.6 else scene.reporter)


def _rated(term: "Term", scene: Scene) -> Life:
    rng, order = term.rng, fresh(scene)
    if order.status not in repairs.DONE:
        return
    mood = rng.choices([5, 4, 3, 2, 1], [58, 25, 9, 5, 3])[0] - (order.reworks > 0)
    stars = [min(5, max(1, mood + rng.choice([0, 0, 0, 1, -1]))) for _ in range(3)]
    words = rng.choice(texts.PRAISE[max(1, min(5, round(sum(stars) / 3)))])
    repairs.rate(order, by=scene.reporter, speed=stars[0], quality=stars[1], manner=stars[2], words=words)
    if "add" in scene.fate:
        yield term.wake(40, 200)
        order = fresh(scene)
        if order.status in repairs.DONE:
            repairs.rate(order, by=scene.reporter, words=rng.choice(texts.PRAISE_ADDED))


def _visited(term: "Term", scene: Scene, result: str = "") -> Life:
    order, rng = fresh(scene), term.rng
    if order.status not in repairs.DONE:
        return
    result = result or rng.choices(["satisfied", "neutral", "dissatisfied"], [80, 15, 5])[0]
    method = rng.choice(["phone", "phone", "visit", "online"])
    note = rng.choice(texts.VISITS[result])
    order = repairs.follow_up(order, by=term.cast.one["visitor_of_ratings"], method=method, result=result, note=note)
    if result == "dissatisfied":
        yield term.work(1, 8)
        yield from _again(term, scene, order)


def _again(term: "Term", scene: Scene, order: RepairOrder) -> Life:
    """What a dissatisfied reporter brings about: the same order once more, or the new one made from it."""
    fresh = order if order.status == "repairing" else RepairOrder.get(RepairOrder.origin == order.id)
    later = Scene(clock.now(), scene.fault, scene.reporter, scene.building, scene.room, {"rate"}, order=fresh)
    later.fate -= {"rate"} if order.rated else set()
    try:
        if fresh.status == "repairing":
            yield from worked(term, later)
        else:
            yield from received(term, later)
            yield from mended(term, later)
        yield from _judged(term, later)
        yield from _settled(term, later)
    except Over:
        return


def _settled(term: "Term", scene: Scene) -> Life:
    cast, order = term.cast, known(scene)
    if order.nothing_spent:
        yield clock.now() + timedelta(hours=8)
    else:
        yield pause(term, scene, 3, 25)
        _settle(term, scene)
    if "reject" in scene.fate:
        yield pause(term, scene, 2, 20)
        take(scene, "reject_settlement", by=cast.one["finance"], reason=term.rng.choice(texts.REJECTS))
        yield pause(term, scene, 2, 15)
        _settle(term, scene)
    if "close" in scene.fate:
        yield pause(term, scene, 2, 40)
        take(scene, "close", by=cast.one["finance"])


def _settle(term: "Term", scene: Scene) -> None:
    order = known(scene)
    book = {entry.name: entry for entry in PriceBookEntry.select()}
    hours = (Decimal(order.labour_minutes) / 60).quantize(Decimal("0.01"))
    lines = [_line("labour", "维修人工", hours, "小时", book)]
    lines += [
        _line("material", used["name"], Decimal(used["quantity"]), used["unit"], book) for used in order.materials
    ]
    payers = ["university"] * 6 + (["responsible", "personal"] if scene.fault.at == "own" else ["department"] * 3)
    take(scene, "settle", by=term.cast.one["settler"], lines=lines, payer=term.rng.choice(payers))


def _line(kind: str, name: str, quantity: Decimal, unit: str, book: dict[str, PriceBookEntry]) -> Line:
    entry = book.get(name)
    return Line(kind, name, quantity, entry.price_fen if entry else 2_600, unit, entry)
