"""Teams 办理组: who decides on applications. A team is a name; who is in it has the role `clerk` on it."""

import re

import peewee

from hall import access, events, pinyin
from hall.answers import text
from hall.edition_changes import done_before, role_of
from hall.words import N_, Refused
from models import Grant, Person, Team, database, held, tuples

NEED_FOR_PEOPLE = "grants.edit"
ROLE = "clerk"


def add(*, by: Person | None, name: str, phone: str = "", once: str | None = None) -> Team:
    """A new team; its code is made of the initials of its name. Raises Refused."""
    role = role_of(by)
    name = text(name, "name", least=2, most=40)
    phone = text(phone, "phone", most=20)
    try:
        with database.atomic():
            if once and (made := done_before(Team, once, by)):
                return made
            if Team.select().where(Team.name == name).exists():
                raise Refused(N_("已经有一个办理组叫这个名字"), field="name")
            team = Team.create(code=_code(name), name=name, phone=phone)
            changes = events.diff({}, {"code": team.code, "name": name, "phone": phone})
            events.record(team, "create", N_("新建"), by=by, role=role, details={"changes": changes}, once=once)
            return team
    except peewee.IntegrityError as error:
        if once and (made := done_before(Team, once, by)):
            return made
        raise Refused(N_("刚刚有人建了一个名字相近的办理组，请核对后再保存"), field="name", stale=True) from error


def members(team: Team) -> list[Grant]:
    """The grants of who is in a team, with their people."""
    query = Grant.select(Grant, Person).join(Person)
    return list(query.where(Grant.role == ROLE, Grant.scope == team.code).order_by(Grant.id))


def join(team: Team, *, by: Person | None, number: str) -> Grant:
    """Let the person with this number decide for a team; who is in it already stays. Raises Refused."""
    role = _may_grant(by)
    person = Person.get_or_none(Person.number == number.strip().upper()[:20])
    if person is None:
        raise Refused(N_("没有这个学号或工号"), field="number")
    if person.is_closed:
        raise Refused(N_("这个账号已经停用"), field="number")
    with database.atomic():
        grant, is_new = Grant.get_or_create(person=person, role=ROLE, scope=team.code)
        if is_new:
            changes = events.diff({}, {"person": person.number, "role": ROLE, "scope": team.code})
            events.record(grant, "create", N_("新建"), by=by, role=role, details={"changes": changes})
        return grant


def leave(team: Team, grant_id: int, *, by: Person | None) -> None:
    """Let somebody decide for a team no longer; done already is done."""
    role = _may_grant(by)
    with database.atomic():
        mine = (Grant.id == grant_id) & (Grant.role == ROLE) & (Grant.scope == team.code)
        grant = held(Grant.select().where(mine)).first()
        if grant is not None:
            changes = events.diff({"person": grant.person.number, "role": ROLE, "scope": team.code}, {"person": None})
            events.record(grant, "delete", N_("删除"), by=by, role=role, details={"changes": changes})
            grant.delete_instance()


def _may_grant(by: Person | None) -> str:
    role = access.role_for(by, NEED_FOR_PEOPLE) if by is not None else "system"
    if not role:
        raise Refused(N_("您没有权限修改角色授权"))
    return role


def _code(name: str) -> str:
    """Initials of the pinyin that no team has yet: 会议室管理组 is HYSGLZ."""
    said = pinyin.HAN.sub(lambda run: pinyin.initials(run[0]).replace(pinyin.NONE, ""), name)
    letters = re.sub(r"[^A-Z0-9]", "", said.upper())[:16] or "Z"
    taken = {row[0] for row in tuples(Team.select(Team.code).where(Team.code.startswith(letters)))}
    return next(each for each in (letters, *(f"{letters}{n}" for n in range(2, 999))) if each not in taken)
