"""Who you are: sign-in, sessions, passwords, grants (`requirements.md` 10-15).

The initial password comes from the last six characters of the ID card and is guessable, so it is
kept as a keyed hash (20,000 people are imported in seconds, and the key is not in the database), it
opens nothing but the change of password, it is void after ten wrong tries in total, and it expires.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from hall import access, clock, events, site
from hall.floods import note_failure, refuse_flood
from hall.sign_ins import (
    end_other_sign_ins,
    end_sign_in,
    end_sign_ins,
    is_current,
    note_seen,
    open_session,
    person_for,
    sign_ins,
    sign_out,
)
from hall.words import N_, Refused
from models import Grant, Person, database, held, tuples

__all__ = [
    "INITIAL_TRIES",
    "PASSWORD_MINIMUM",
    "change_password",
    "change_phone",
    "check_password",
    "clean_phone",
    "create_administrator",
    "end_other_sign_ins",
    "end_sign_in",
    "end_sign_ins",
    "hasher",
    "initial_hash",
    "initial_password",
    "is_current",
    "note_seen",
    "open_session",
    "person_for",
    "reset_password",
    "set_demo_password",
    "sign_in",
    "sign_ins",
    "sign_out",
]

# OWASP's smaller argon2id profile: about 30 ms of a core, for two hundred sign-ins in a minute.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

INITIAL_TRIES = 10
PASSWORD_MINIMUM = 8

WRONG = N_("账号或密码不对，请检查后重试")


def initial_password(id_card: str) -> str:
    """The last six characters of an ID card; without the letter where it ends in one (`requirements.md` 12)."""
    return re.sub(r"[Xx]$", "", id_card.strip())[-6:]


def initial_hash(number: str, initial: str) -> str:
    """The keyed hash under which an initial password is kept, 64 hex digits."""
    return hmac.new(site.secret, f"initial:{number}:{initial}".encode(), hashlib.sha256).hexdigest()


def sign_in(
    number: str, password: str, *, address: str = "", device: str = "", remember: bool = False
) -> tuple[Person, str]:
    """Open a session and return the person with the token of the new session.

    Raises Refused with the same sentence and the same work whether the number exists or not.
    """
    number = number.strip().upper()[:40]
    refuse_flood(number, address)
    person = Person.get_or_none(Person.number == number)
    fits = _own_password_fits(person, password)
    with database.atomic():
        if person is not None and (fits or _initial_fits(person, password)):
            return person, open_session(person, address=address, device=device, remember=remember)
        note_failure(number, address)
    raise Refused(WRONG)


_NOBODY = hasher.hash("nobody has this password")


def _own_password_fits(person: Person | None, password: str) -> bool:
    """One argon2 check on every path, so that the time tells nothing of whether a number exists."""
    own = person.password_hash if person and person.password_hash else _NOBODY
    try:
        hasher.verify(own, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return person is not None and bool(person.password_hash) and not person.is_closed


def _initial_fits(person: Person, password: str, *, most: int = INITIAL_TRIES) -> bool:
    """Whether `password` is the initial one and may still be used, inside the caller's transaction.

    The try is counted before it is compared, so that a hundred tries at once are no more than ten in a row.
    """
    open_until = Person.initial_expires.is_null() | (Person.initial_expires > clock.now())
    counted = (
        Person.update(initial_failures=Person.initial_failures + 1)
        .where(Person.id == person.id, Person.password_hash == "", Person.initial_hash != "", open_until)
        .where(Person.is_closed == False, Person.initial_failures < most)  # noqa: E712
        .execute()
    )
    fits = hmac.compare_digest(initial_hash(person.number, password), person.initial_hash)
    if counted and fits:
        Person.update(initial_failures=Person.initial_failures - 1).where(Person.id == person.id).execute()
    return bool(counted) and fits


def change_password(person: Person, *, by: Person, old: str, new: str) -> None:
    """Set a password of one's own; every other session of the person ends. Raises Refused with `field` set."""
    if by.id != person.id:
        raise Refused(N_("只能修改自己的密码"))
    person = Person.get_by_id(person.id)
    check_password(person, old, field="old")
    _check_new_password(person, old, new)
    with database.atomic():
        _set_password(person, new)
        end_sign_ins(person, but=getattr(by, "signin", ""))
        events.record(person, "change_password", N_("修改密码"), by=by, role="self")


def check_password(person: Person, password: str, *, field: str) -> None:
    """Refuse a wrong password of who is signed in, naming `field`.

    Tries of strangers elsewhere do not count against them (fault 25).
    """
    here = f"#{person.number}"
    refuse_flood(person.number, here)
    fits = _own_password_fits(person, password)
    with database.atomic():
        # Ten tries in total from outside, and ten more for a session that proved the initial password once.
        if fits or _initial_fits(person, password, most=2 * INITIAL_TRIES):
            return
        note_failure(person.number, here)
    raise Refused(N_("原密码不对") if field == "old" else N_("密码不对"), field=field)


def _check_new_password(person: Person, old: str, new: str) -> None:
    if len(new) < PASSWORD_MINIMUM:
        raise Refused(N_("新密码至少 %(least)s 位"), field="new", least=PASSWORD_MINIMUM)
    if len(new) > 200:
        raise Refused(N_("新密码太长了，最多 200 位"), field="new")
    if new == old or (
        person.initial_hash and hmac.compare_digest(initial_hash(person.number, new), person.initial_hash)
    ):
        raise Refused(N_("新密码不能和原密码或初始密码相同"), field="new")
    if person.number.lower() in new.lower() or len(set(new)) < 4:
        raise Refused(N_("新密码太容易猜到，请不要用学号、工号或重复的字符"), field="new")


def _set_password(person: Person, password: str) -> None:
    Person.update(password_hash=hasher.hash(password), initial_failures=0).where(Person.id == person.id).execute()


def set_demo_password(people: list[Person], password: str) -> None:
    """Give `people` the one printed password of the demo; refused on a hall that is not a demo."""
    if not site.demo:
        raise Refused(N_("只有演示环境可以这样做"))
    shared = hasher.hash(password)
    Person.update(password_hash=shared).where(Person.id.in_([person.id for person in people])).execute()


def reset_password(person: Person, *, by: Person) -> str:
    """Give `person` a new one-time initial password, end all sessions, and return it to be handed over."""
    if not access.may(by, "grants.edit"):
        raise Refused(N_("您没有权限重置密码"))
    fresh = f"{secrets.randbelow(10**8):08d}"
    with database.atomic():
        Person.update(
            password_hash="",
            initial_hash=initial_hash(person.number, fresh),
            initial_failures=0,
            initial_expires=clock.now() + timedelta(days=3),
        ).where(Person.id == person.id).execute()
        end_sign_ins(person)
        events.record(person, "reset_password", N_("重置密码"), by=by, role=access.role_for(by, "grants.edit"))
    return fresh


def change_phone(person: Person, *, by: Person, phone: str) -> None:
    """Set the own contact number that forms are filled with."""
    if by.id != person.id:
        raise Refused(N_("只能修改自己的联系电话"))
    phone = clean_phone(phone)
    with database.atomic():
        if Person.update(phone=phone).where(Person.id == person.id, Person.phone != phone).execute():
            events.record(person, "change_phone", N_("修改联系电话"), by=by, role="self")


def clean_phone(text: str) -> str:
    """A phone number as digits (with + and - kept inside). Raises Refused(field="phone")."""
    phone = re.sub(r"[\s()（）]", "", text)
    if not re.fullmatch(r"\+?\d[\d-]{4,18}\d", phone, re.ASCII):
        raise Refused(N_("请填写能联系到您的电话号码，例如 13900000000"), field="phone")
    return phone


def create_administrator(number: str, name: str, password: str) -> Person:
    """The first administrator of a hall without a demo, from the command line."""
    number = number.strip().upper()
    with database.atomic():
        person, _ = Person.get_or_create(number=number, defaults={"name": name, "kind": "staff"})
        _check_new_password(person, "", password)
        _set_password(person, password)
        Grant.get_or_create(person=person, role="administrator", scope="", defaults={"granted": clock.now()})
        events.record(person, "create_administrator", N_("建立管理员"), by=None, role="system")
    return person


def keep_an_administrator() -> None:
    """Raise Refused where nobody could administer the hall any more; within the transaction that takes one away."""
    held(Grant.select(Grant.id).where(Grant.role == "administrator")).execute()
    open_ones = (Grant.role == "administrator") & (Person.is_closed == False)  # noqa: E712
    if not Person.select().join(Grant).where(open_ones).exists():
        raise Refused(N_("这样就没有系统管理员了，至少要留一位"))


def wrong_grants(grants: Sequence[Grant]) -> list[Refused | None]:
    """What is wrong with each grant: a role that does not exist, or a scope that names nothing. One query for each kind
    of scope."""
    asked: dict[str, set[str]] = {}
    for grant in grants:
        if (role := access.ROLES.get(grant.role)) and role.scope:
            asked.setdefault(role.scope, set()).add(grant.scope)
    known = set()
    for kind, codes in asked.items():
        model: Any = access.SCOPES[kind]
        known |= {(kind, code) for (code,) in tuples(model.select(model.code).where(model.code.in_(codes)))}
    return [_wrong_grant(grant, known) for grant in grants]


def _wrong_grant(grant: Grant, known: set[tuple[str, str]]) -> Refused | None:
    role = access.ROLES.get(grant.role)
    if role is None:
        return Refused(N_("没有这个角色"), field="role")
    if grant.scope and not role.scope:
        return Refused(N_("“%(role)s”不分范围，请把范围留空"), field="scope", role=role.label)
    if role.scope and not grant.scope:
        return Refused(N_("“%(role)s”需要填写范围，例如维修组、部门或楼宇的编号"), field="scope", role=role.label)
    if role.scope and (role.scope, grant.scope) not in known:
        return Refused(N_("没有编号为“%(scope)s”的范围"), field="scope", scope=grant.scope)
    return None
