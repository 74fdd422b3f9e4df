"""Which orders the demo lives through: a term of chance, and the last days as every queue needs them."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from demo.cast import Cast
from demo.texts import SEASONS, Fault, faults, rows
from hall import clock
from models import Building, Person, RepairOrder

BY_CHANCE = 250
# How likely something happens to an order that chance made.
FATES = {
    "photo": 0.4, "send_back": 0.04, "decline": 0.035, "withdraw": 0.03, "transfer": 0.05, "second_hop": 0.012,
    "merge": 0.05, "refuse": 0.04, "hold": 0.12, "slow": 0.07, "urge": 0.07, "comment": 0.16, "reply": 0.1,
    "rework": 0.05, "rework_twice": 0.012, "silent": 0.3, "rate": 0.62, "add": 0.06, "reject": 0.07, "close": 0.65,
    "visit": 0.4, "after_photo": 0.5,
}  # fmt: skip


@dataclass
class Scene:
    """One order to come: when, who, what, where, and its fate. With `stop` it stays in that state today."""

    at: datetime
    fault: Fault
    reporter: Person
    building: Building
    room: str
    fate: set[str] = field(default_factory=set)
    channel: str = "web"
    stop: str = ""
    twin: "Scene | None" = None
    order: RepairOrder | None = None


def by_chance(rng: random.Random, cast: Cast, begin: datetime, until: datetime) -> list[Scene]:
    """The orders of the term, most of them at the hours and of the items of their season."""
    scenes: list[Scene] = []
    for moment in sorted(_moment(rng, begin, until) for _ in range(BY_CHANCE)):
        month = clock.local(moment).month
        season = 0 if 5 <= month <= 9 else 1 if month in (3, 4, 10) else 2
        item = rng.choices([*SEASONS], [weights[season] for weights in SEASONS.values()])[0]
        fate = {name for name, chance in FATES.items() if rng.random() < chance}
        scenes += _with_twin(rng, cast, _scene(rng, cast, moment, rng.choice(faults()[item]), fate))
    # Somebody must be dissatisfied long after the warranty, or no follow-up makes a new order.
    scenes[2].fate, scenes[6].fate = {"late_visit"}, {"late_visit", "rate"}
    return scenes


def _moment(rng: random.Random, begin: datetime, until: datetime) -> datetime:
    while True:
        day = clock.local(begin + (until - begin) * rng.random()).date()
        hour = rng.choices(range(7, 24), [4, 7, 8, 7, 6, 8, 7, 5, 5, 5, 6, 6, 8, 9, 9, 6, 2])[0]
        moment = clock.utc(datetime(day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60)))
        if begin < moment < until:
            return moment


def _scene(
    rng: random.Random, cast: Cast, moment: datetime, fault: Fault, fate: set[str], person: Person | None = None
) -> Scene:
    reporter, building, room = cast.place_of(fault, person)
    ways = {"own": (50, 32, 6, 12), "hall": (40, 36, 16, 8)}.get(fault.at, (38, 26, 30, 6))
    channel = rng.choices(["web", "quick", "qr", "phone"], ways)[0]
    return Scene(moment, fault, reporter, building, room, fate, channel)


def _with_twin(rng: random.Random, cast: Cast, scene: Scene) -> list[Scene]:
    """A fault that many people see is now and then reported twice; the second is merged into the first."""
    if "merge" not in scene.fate or scene.fault.at == "own":
        return [scene]
    others = [person for person in cast.students if person.id != scene.reporter.id]
    if scene.fault.at == "hall":
        others = [person for person in others if cast.homes[person.bed_id][0].id == scene.building.id]
    if not others:
        return [scene]
    later = scene.at + timedelta(minutes=rng.randint(6, 50))
    twin = Scene(later, scene.fault, rng.choice(others), scene.building, scene.room, {"photo"}, "quick", twin=scene)
    return [scene, twin]


def of_today(rng: random.Random, cast: Cast, until: datetime) -> list[Scene]:
    """The orders that wait for somebody now, each in its state, whatever the hour is (words/today.csv).

    The student whom `demo.accounts_text` names has something of everything.
    """
    scenes = []
    for row in rows("today"):
        fault = rng.choice([fault for fault in faults()[row["item"]] if fault.at == row["at"]])
        moment = until - timedelta(hours=float(row["hours"]))
        scene = _scene(rng, cast, moment, fault, set(row["fate"].split()), cast.by_number.get(row["who"]))
        scene.stop, scene.channel = row["stop"], "web" if row["who"] else scene.channel
        scenes.append(scene)
    return scenes
