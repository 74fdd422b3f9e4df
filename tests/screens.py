"""Every page of the hall as (address, who opens it), from the routes and the flows: a new one is found by itself."""

import io
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.routing import Rule

import models
from admin.fields import answerable
from hall.flow import FLOWS
from hall.lanes import LANES
from models import Application, Conversation, Listing, PropertyNotice, RepairOrder, Submission, TalkReport, Thread
from tests.addresses import ENTITIES, address, entity_of, key_of, rules, takes
from tests.conftest import CAST
from tests.filing import checked, written
from tests.visitor import Visitor

# Files, data for scripts, and addresses that only lead on: nothing that one reads.
NO_PAGES = {
    "static", "styles", "bootstrap.static", "photos.show", "home.live", "home.ready", "repairs.door", "repairs.pulse",
    "talk.pulse", "desk.counts", "queue.home", "phone.caller", "repairs.similar", "supervision.similar",
    "lost_property.find", "articles.file", "writing.attach", "questions_asked.piece",
    "builder.begin", "builder.move", "builder.leave", "marks.index", "overview.report",
    "file_imports.index", "file_imports.wrong", "trail.export",
}  # fmt: skip
# What is shown differently by question.
ASKED = [
    "/signin?next=/me", "/repairs?open=1", "/supervision?q=例汤", "/supervision?q=没有这样的词", "/no/such/page",
    "/supervision?kind=complaint&sort=supported", "/supervision/mine?show=followed", "/lost-found?kind=lost",
    "/lost-found?q=没有这样的词", "/lost-found/new?kind=lost", "/lost-found/mine?show=claimed",
    "/market?category=books&sort=cheapest", "/market?q=没有这样的词", "/market/mine?show=bought",
    "/search?q=食堂", "/search?q=没有这样的词",
]  # fmt: skip
# What two people said to each other: nobody opens it from a list.
SECRET = ("conversation", "talk_report")
SUBJECTS: dict[str, tuple[type[models.Entity], ...]] = {
    "repair": (RepairOrder,),
    "supervision": (Thread,),
    "property_notice": (PropertyNotice,),
    "listing": (Listing,),
    "talk_report": (TalkReport,),
    "moderation": (Thread, PropertyNotice, Listing),
    "application": (Application,),
}
PORTAL = {RepairOrder: "/repairs", Thread: "/supervision", PropertyNotice: "/lost-found", Listing: "/market"}
PORTAL[Application] = "/applications"
WORKERS = ("lead", "W1", "handler", "M", "keeper_of_lost", "settler", "finance", "operator", "caller", "leader", "X")
READERS = ("A", "B", "kept", "keeper", "M", "X")


@dataclass(frozen=True)
class Screen:
    """One page: who opens it ("visitor" for nobody), where, which part of the hall it belongs to, and what was sent."""

    who: str
    path: str
    part: str
    html: str = field(default="", repr=False)


class Screens:
    """Looks for pages through HTTP, as each of the cast until one gets in."""

    def __init__(self, app: Flask, sign_in: Callable[[str], Visitor], client: Visitor) -> None:
        self.app, self.sign_in = app, sign_in
        self.visitors: dict[str, Visitor] = {"visitor": client}
        self.missing: list[str] = []

    def opened(self, paths: Iterable[str], cast: Iterable[str]) -> Screen | None:
        """The first page that somebody gets; None where nobody gets any."""
        for path in paths:
            for who in cast:
                if who not in self.visitors:
                    self.visitors[who] = self.sign_in(who)
                answer = self.visitors[who].get(path, buffered=True)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    return Screen(who, path, _part(path), answer.text)
        return None

    def find(self, part: str) -> list[Screen]:
        """The pages of a part: "portal", "panel" or "entities" (the lists and forms that the panel makes itself).

        What is nobody's page although its address takes GET is in `missing` afterwards.
        """
        found: list[Screen] = []
        for rule in rules(self.app):
            elsewhere = "step" in rule.arguments or rule.endpoint == "imports.show"
            if _part(rule.rule) != part or not takes(rule, "GET") or _is_no_page(rule) or elsewhere:
                continue
            screens = [self.opened(paths, cast_for(rule.rule)) for paths in self._addresses(rule)]
            self.missing += [] if any(screens) else [rule.rule]
            found += [screen for screen in screens if screen]
        found += [*self._steps(part), *(self._lanes() if part == "panel" else ())]
        found += [Screen("A", path, part) for path in ASKED if part == "portal"]
        found += [Screen("X", path, part) for path in (self._import(), *self._files())] if part == "panel" else []
        return list({screen.path: screen for screen in found}.values())

    def _addresses(self, rule: Rule) -> Iterator[list[str]]:
        """Groups of addresses of a rule, of which the first that opens will do: one group for each state of a row."""
        order, needs = RepairOrder.select().where(RepairOrder.status == "reported").get(), rule.arguments
        flows = LANES if "flow" in needs else [""]
        for flow in flows:
            given = {"flow": flow} if flow else {}
            for name, rows in _rows(rule.rule, flow).items() if needs & {"number", "id", "submission_id"} else ():
                groups: dict[str, list[str]] = {}
                for row in rows:
                    key = str(
                        [getattr(row, column, "") for column in ("status", "moderation", "subject_type", "state")]
                    )
                    said = {name: row.number if name == "number" else row.id} if name in needs else {}
                    groups.setdefault(key, []).append(address(rule, order, **given, **said))
                # Where it is shown, each state has its own look; else the first that there is will do.
                shown = rule.endpoint.endswith((".show", ".item"))
                yield from groups.values() if shown else [[path for group in groups.values() for path in group]]
            if entity := entity_of(rule)[0]:
                asked = answerable(ENTITIES[entity]) if rule.rule.endswith("/cell/") else [key_of(entity)]
                rows = list(ENTITIES[entity].select().limit(20))
                yield [f"{rule.rule}?name={name}&id={row.id}" for name in asked for row in rows]
            elif not needs & {"number", "id", "submission_id"}:
                yield [address(rule, order, **given)]

    def _steps(self, part: str) -> Iterator[Screen]:
        """The form of every step that asks something, in the portal or in the panel."""
        cast = READERS if part == "portal" else WORKERS if part == "panel" else ()
        people = {who: models.Person.get(models.Person.number == CAST[who]) for who in cast}
        for flow in FLOWS.values():
            for entity in SUBJECTS[flow.name]:
                base = f"/admin/queue/{flow.name}" if part == "panel" else PORTAL.get(entity)
                # Where an operator made the steps, each row knows its own.
                table = {name: step for row in entity.select() for name, step in flow.steps_of(row).items()}
                for step in [step for step in table.values() if base and step.asks and step.by_hand]:
                    rows = [row for row in entity.select() if flow.state(row) in step.sources]
                    who_may = ((who, row) for row in rows for who in cast if step.allowed(row, people[who]))
                    tried = (self.opened([f"{base}/{row.number}/{step.name}"], [who]) for who, row in who_may)
                    yield from itertools.islice(filter(None, tried), 1)

    def _import(self) -> str:
        """The address of an import that waits to be confirmed, with a new row, a changed one and a wrong one."""
        file = io.BytesIO("学号,姓名,身份\n2027010001,新生,学生\nT1001,周国,教职工\n,无号,学生\n".encode())
        visitor = self.visitors.setdefault("X", self.sign_in("X"))
        answer = visitor.submit("/admin/import/", having="kind", kind="people", file=(file, "名单.csv"))
        assert answer.status_code == 302, answer.text
        return str(answer.location)

    def _files(self) -> Iterator[str]:
        """The addresses of files that are read into an entity: one that was checked, and one that was read."""
        visitor = self.visitors.setdefault("X", self.sign_in("X"))
        told = "Name,Phone\n%s,13900000001\n,13900000002\n"
        for name in ("Night desk", "Day desk"):
            path = checked(visitor, "duty_contact", told % name)
            if name == "Day desk":
                written(visitor, path)
            yield path

    def _lanes(self) -> Iterator[Screen]:
        """Every lane of every queue, by somebody who works in it."""
        for flow, lanes in LANES.items():
            for lane in lanes:
                screen = self.opened([f"/admin/queue/{flow}/?lane={lane.name}"], WORKERS)
                yield from [screen] if screen else []


def _rows(path: str, flow: str) -> dict[str, list[models.Entity]]:
    """The rows that an address is about, by the name under which it names them."""
    if flow:
        return {"number": list(SUBJECTS[flow][0].select())}
    if path.startswith("/admin/desk"):
        return {"submission_id": list(Submission.select())}
    if path.startswith("/messages"):
        about = [Listing] if "<number>" in path else [Conversation]
        return {"number" if "<number>" in path else "id": list(about[0].select())}
    if path.startswith("/admin/builder"):
        return {"number": list(models.Edition.select().where(models.Edition.number == 1))}
    found = next((entity for entity, base in PORTAL.items() if path.startswith(base)), RepairOrder)
    found = PropertyNotice if path.startswith("/admin/lost-property") else found
    return {"number": list(found.select())}


def _part(path: str) -> str:
    if not path.startswith("/admin"):
        return "portal"
    return "entities" if entity_of(Rule(path.partition("?")[0]))[0] else "panel"


def _is_no_page(rule: Rule) -> bool:
    entity, rest = entity_of(rule)
    if not entity:
        return rule.endpoint in NO_PAGES or bool(re.search(r"\.\w+$", rule.rule))
    closed = (ENTITIES[entity].frozen and rest in ("/new/", "/edit/", "/cell/", "/import/")) or (
        entity in SECRET and rest != "/"
    )
    return closed or rest in ("/export/<export_type>/", "/ajax/lookup/")


def cast_for(rule: str) -> tuple[str, ...]:
    """Who may be able to open a page, those first who can do most there."""
    if _part(rule) == "entities":
        return ("X",)
    return (
        (*WORKERS, *READERS)
        if rule.startswith("/admin")
        else ("visitor", *READERS)
        if "signin" in rule
        else (*READERS, "visitor")
    )
