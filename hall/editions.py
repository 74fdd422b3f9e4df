"""Online services that an operator makes: a service, its draft, what is published and what is no longer offered.

A published edition is never changed: what is to be changed is a draft, a copy of what runs. Its parts are changed by
hall/edition_parts.py, it is checked by hall/edition_checks.py and walked by hall/edition_rehearsal.py.
"""

import re
from typing import Any

import peewee

from hall import archive, clock, events, questions
from hall.answers import text
from hall.edition_beginnings import BEGINNINGS
from hall.edition_changes import MOVED_ON, Details, changed, done_before, drop_questions, role_of, slot_of
from hall.edition_checks import problems_of
from hall.edition_plan import KINDS, about_step, named, plan_of
from hall.words import N_, Refused
from models import (
    Application,
    Edition,
    Person,
    Question,
    Service,
    ServiceRoute,
    ServiceState,
    ServiceStep,
    Team,
    database,
    held,
    tuples,
)

LONGEST_NAME = 20
DAYS, MOST_COUNTED = 30, 1000
RESERVED = {"new", "teams"}  # pages of the builder beside those of the services
_CODE = re.compile(r"[a-z][a-z0-9-]{1,28}[a-z0-9]")


# --- reading -----------------------------------------------------------------------------------------


def services() -> list[tuple[Service, Edition | None, Edition | None]]:
    """Every service with its running edition and its draft, in the order of the hall; two queries."""
    living = Edition.select().where(Edition.state.in_(["draft", "published"]))
    known = {(row.service_id, row.state): row for row in living}
    found = []
    for service in Service.select().order_by(Service.position, Service.id):
        found.append((service, known.get((service.id, "published")), known.get((service.id, "draft"))))
    return found


def find(code: str) -> Service | None:
    """The service with this code."""
    return Service.get_or_none(Service.code == code[:40])


def at_work(code: str) -> tuple[Edition | None, Edition | None]:
    """The running edition and the draft of the service with this code, with service and team; one query."""
    query = Edition.select(Edition, Service, Team).join(Service).switch(Edition).left_outer_join(Team)
    found = {
        row.state: row for row in query.where(Service.code == code[:40], Edition.state.in_(["draft", "published"]))
    }
    return found.get("published"), found.get("draft")


def versions(service: Service) -> list[Edition]:
    """All editions of a service, the newest first, with who published them."""
    query = Edition.select(Edition, Person).left_outer_join(Person, on=Edition.publisher == Person.id)
    return list(query.where(Edition.service == service.id).order_by(Edition.number.desc()))


def draft(service: Service) -> Edition | None:
    """The draft of a service, if somebody is at it."""
    return Edition.get_or_none(Edition.service == service.id, Edition.state == "draft")


def running(service: Service) -> Edition | None:
    """The edition that new applications get."""
    return Edition.get_or_none(Edition.service == service.id, Edition.state == "published")


def problems(edition: Edition) -> list[Any]:
    """What an edition lacks: hall.edition_checks.Problem, those that forbid publishing first."""
    return problems_of(plan_of(edition))


def figures(service: Service) -> dict[str, int]:
    """How much there is of a service, none counted past MOST_COUNTED: open, applicant (whose turn it is), late, and
    what came and what was granted in the last DAYS days. One query."""
    mine, since = Application.service == service.id, clock.days_ago(DAYS)
    waits = Application.phase.in_(["open", "applicant"])
    asked = {
        "open": mine & (Application.phase == "open"),
        "applicant": mine & (Application.phase == "applicant"),
        "late": mine & waits & (Application.due < clock.now()),
        "came": mine & (Application.created > since),
        "granted": mine & (Application.phase == "granted") & (Application.created > since),
    }
    columns = []
    for name, wanted in asked.items():
        some = Application.select(Application.id).where(wanted).limit(MOST_COUNTED)
        columns.append(peewee.Select([some], [peewee.fn.COUNT(peewee.SQL("1"))]).alias(name))
    row = peewee.Select([], columns).tuples().execute(database)[0]
    return dict(zip(asked, row, strict=True))


# --- making ------------------------------------------------------------------------------------------


def create(
    *, by: Person | None, name: str, beginning: str = "approval", code: str = "", once: str | None = None
) -> Service:
    """A new service with a draft that begins with one of BEGINNINGS ("" is an empty one). Raises Refused.

    Without `code`, by which the service has its address, the pinyin of the name is taken.
    """
    role = role_of(by)
    name = text(name, "name", least=2, most=LONGEST_NAME)
    if beginning and beginning not in BEGINNINGS:
        raise Refused(N_("请从列出的选项中选择"), field="beginning")
    try:
        with database.atomic():
            if once and (made := done_before(Service, once, by)):
                return made
            position = (Service.select(peewee.fn.MAX(Service.position)).scalar() or 0) + 1
            service = Service.create(code=_code_for(code, name), position=position, created=clock.now())
            said = {"changes": events.diff({}, {"code": service.code, "name": name}), "beginning": beginning}
            events.record(service, "create", N_("新建"), by=by, role=role, details=said, once=once)
            edition = Edition.create(service=service, name=name, slot=slot_of(service, "draft"), created=clock.now())
            if beginning:
                _begin(edition, beginning)
            events.record(edition, "create", N_("新建"), by=by, role=role, details={"beginning": beginning})
            return service
    except peewee.IntegrityError as error:
        if once and (made := done_before(Service, once, by)):
            return made
        raise Refused(N_("已经有一个服务用了这个编号，请换一个"), field="code", stale=True) from error


def _begin(edition: Edition, beginning: str) -> None:
    for position, row in enumerate(BEGINNINGS[beginning].states, 1):
        phase, holder, _label = KINDS[row["kind"]]
        said = {name: value for name, value in row.items() if name != "kind"}
        ServiceState.create(edition=edition, position=position, phase=phase, holder=holder, **said)
    for position, row in enumerate(BEGINNINGS[beginning].steps, 1):
        ServiceStep.create(edition=edition, position=position, **row)


def _code_for(said: str, name: str) -> str:
    """The code that was said, checked, or one made of the name that is still free."""
    wanted = said.strip().lower()
    if wanted:
        if not _CODE.fullmatch(wanted):
            raise Refused(N_("编号用 3 到 30 个小写字母、数字和短横线，以字母开头"), field="code")
        if wanted in RESERVED or Service.select().where(Service.code == wanted).exists():
            raise Refused(N_("已经有一个服务用了这个编号，请换一个"), field="code")
        return wanted
    # Read when it is first needed: most processes never make a service.
    from pypinyin import lazy_pinyin

    letters = re.sub(r"[^a-z0-9]+", "-", "-".join(lazy_pinyin(name.lower()))).strip("-")
    begun = letters[:26].strip("-") if _CODE.fullmatch(letters[:26].strip("-")) else "service"
    taken = {row[0] for row in tuples(Service.select(Service.code).where(Service.code.startswith(begun)))}
    return next(each for each in (begun, *(f"{begun}-{n}" for n in range(2, 999))) if each not in taken | RESERVED)


def draft_of(service: Service, *, by: Person | None) -> Edition:
    """The draft of a service: the one there is, else a copy of what runs or ran last, with its questions."""
    role = role_of(by)
    try:
        with database.atomic():
            if found := draft(service):
                return found
            newest = versions(service)
            source = next((row for row in newest if row.state == "published"), newest[0])
            return _copied(source, newest[0].number + 1, by, role)
    except peewee.IntegrityError:
        # Somebody has begun one at the same moment: there is never more than one.
        if found := draft(service):
            return found
        raise


def _copied(source: Edition, number: int, by: Person | None, role: str) -> Edition:
    own = {"id", "number", "state", "slot", "version", "created", "published", "publisher"}
    said = {name: value for name, value in source.__data__.items() if name not in own}
    edition = Edition.create(**said, number=number, slot=slot_of(source.service, "draft"), created=clock.now())
    for model in (ServiceState, ServiceStep, ServiceRoute):
        for row in model.select().where(model.edition == source.id).order_by(model.id):
            model.create(**{k: v for k, v in row.__data__.items() if k not in ("id", "edition")}, edition=edition)
    questions.copy("edition", str(source.id), str(edition.id), by=by)
    events.record(edition, "create", N_("新建"), by=by, role=role, details={"copied": source.number})
    return edition


# --- publishing --------------------------------------------------------------------------------------


def publish(edition: Edition, *, by: Person | None, seen: int | None = None, once: str | None = None) -> Edition:
    """Let new applications begin with this draft; those that began with another edition keep it.

    Raises Refused where something is missing, and stale where the draft has moved on since `seen` was shown.
    """

    def act(row: Edition, role: str) -> Details:
        plan = plan_of(row)
        missing = [each for each in problems_of(plan) if each.blocks]
        if missing:
            raise Refused(N_("还有 %(n)s 处没有做好，不能发布"), n=len(missing))
        away = archive.away_among(Team, [team.id for team in plan.teams])
        if put_away := [team for team in plan.teams if team.id in away]:
            raise Refused(N_("办理组“%(team)s”已归档，请换一个"), team=named(put_away[0]))
        before = running(_held(row.service))
        if before:
            Edition.update(state="retired", slot=None).where(Edition.id == before.id).execute()
            events.record(before, "retire", N_("停用版本"), by=by, role=role, details={"by": row.number})
        row.state, row.slot = "published", slot_of(row.service, "published")
        row.published, row.publisher = clock.now(), by
        details = {"number": row.number, "before": before.number if before else None}
        events.record(row.service, "publish", N_("发布版本"), by=by, role=role, details=details)
        return details

    return changed(edition, act, by=by, seen=seen, once=once, name="publish", label=N_("发布版本"))


def retire(service: Service, *, by: Person | None) -> Service:
    """Offer a service no longer: its running edition is retired, what was applied for goes on. Raises Refused."""
    role = role_of(by)
    with database.atomic():
        row = running(_held(service))
        if row is None:
            return service
        done = Edition.update(state="retired", slot=None).where(Edition.id == row.id, Edition.state == "published")
        if done.execute():
            events.record(row, "retire", N_("停用版本"), by=by, role=role)
            events.record(service, "retire", N_("停用版本"), by=by, role=role, details={"number": row.number})
        return service


def _held(service: Service) -> Service:
    """The service, whose trail nobody else writes on until the transaction ends."""
    held(Service.select(Service.id).where(Service.id == service.id)).execute()
    return service


def switch(service: Service, *, by: Person | None, seen: int | None = None, **said: Any) -> Service:
    """Change whether a service takes applications (is_open), stands on the front page and where (position)."""
    role = role_of(by)
    names = ("is_open", "is_on_front", "position")
    position = said.get("position", service.position)
    if not isinstance(position, int) or not 1 <= position <= 999:
        raise Refused(N_("请填写 1 到 999 之间的整数"), field="position")
    with database.atomic():
        same = (Service.id == service.id) & (Service.version == seen if seen is not None else True)
        if not Service.update(version=Service.version + 1).where(same).execute():
            raise Refused(N_("另一位同事刚刚改过，请核对后再保存"), stale=True)
        row = Service.get_by_id(service.id)
        before = {name: getattr(row, name) for name in names}
        for name in names:
            setattr(row, name, said.get(name, before[name]))
        changes = events.diff(before, {name: getattr(row, name) for name in names})
        if changes:
            row.save()
            events.record(row, "edit", N_("修改"), by=by, role=role, details={"changes": changes})
        return row


def discard(edition: Edition, *, by: Person | None) -> Service | None:
    """Throw a draft away; with it the service, if it never had another edition. Gives the service that is left."""
    role = role_of(by)
    with database.atomic():
        claimed = Edition.update(version=Edition.version + 1).where(Edition.id == edition.id, Edition.state == "draft")
        if not claimed.execute():
            raise Refused(MOVED_ON, stale=True)
        service = _held(edition.service)
        steps = [row[0] for row in tuples(ServiceStep.select(ServiceStep.code).where(ServiceStep.edition == edition))]
        there = Question.about.in_([about_step(edition.id, code) for code in steps])
        whose = ((Question.asked_of == "edition") & (Question.about == str(edition.id))) | (
            (Question.asked_of == "service_step") & there
        )
        # The next draft may get this one's number.
        drop_questions(whose)
        edition.delete_instance()
        is_only = not Edition.select().where(Edition.service == service.id).exists()
        events.record(service, "discard", N_("放弃草稿"), by=by, role=role, details={"number": edition.number})
        if is_only and not Application.select().where(Application.service == service.id).exists():
            service.delete_instance()
            return None
        return service
