"""Signed-in browsers: a token in the cookie, a row here; what ended is dead at once (`requirements.md` 15)."""

import contextlib
import hashlib
import logging
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import peewee

from hall import clock, events, settings
from hall.sql_text import prepared
from hall.words import N_, Refused
from models import Person, SignIn, database

SEEN_EVERY = timedelta(minutes=10)


def open_session(person: Person, *, address: str, device: str, remember: bool) -> str:
    """Begin a session of `person`, inside the caller's transaction; gives the token that only the browser keeps."""
    token = secrets.token_urlsafe(32)
    days, hours = settings.value("account.remembered_days"), settings.value("account.session_hours")
    lasts = timedelta(days=days) if remember else timedelta(hours=hours)
    SignIn.create(
        token_hash=_token_hash(token),
        person=person,
        created=clock.now(),
        last_seen=clock.now(),
        expires=clock.now() + lasts,
        address=address,
        device=device[:200],
    )
    person.__dict__["signin"] = token
    return token


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def person_for(token: str) -> Person | None:
    """The person whose living session `token` names, in one query; None if it ended, expired or was closed."""
    row = next(iter(_living(_token_hash(token), clock.now())), None)
    if row is None:
        return None
    person: Person = row.person
    person.__dict__["signin"] = token
    person.__dict__["seen"] = (row.id, row.last_seen)
    person.__dict__["session"] = (row.id, events.origin_of(row))
    return person


@prepared
def _living(token_hash: Any, now: Any) -> Any:
    sessions = SignIn.select(SignIn, Person).join(Person)
    living = sessions.where(SignIn.token_hash == token_hash, SignIn.ended.is_null(), SignIn.expires > now)
    return living.where(Person.is_closed == False).limit(1)  # noqa: E712


def note_seen(person: Person) -> None:
    """Keep when the session of `person` was last used, to ten minutes; where that cannot be written at once, not."""
    sign_in_id, last = person.__dict__.get("seen", (0, clock.now()))
    if clock.now() - last < SEEN_EVERY:
        return
    person.__dict__["seen"] = (sign_in_id, clock.now())
    stale = (SignIn.id == sign_in_id) & (SignIn.last_seen == last)
    try:
        with _at_once():
            SignIn.update(last_seen=clock.now()).where(stale).execute()
    except peewee.DatabaseError:
        logging.getLogger(__name__).info("last_seen of session %s is not written now", sign_in_id)


@contextlib.contextmanager
def _at_once() -> Iterator[None]:
    """A transaction that fails rather than wait for another writer; a page is not to be late for a note."""
    on_sqlite = isinstance(database.obj, peewee.SqliteDatabase)
    usual = database.execute_sql("PRAGMA busy_timeout").fetchone()[0] if on_sqlite else 0
    try:
        if on_sqlite:
            database.execute_sql("PRAGMA busy_timeout = 0")
        with database.atomic():
            if not on_sqlite:
                database.execute_sql("SET LOCAL lock_timeout = '50ms'")
            yield
    finally:
        if on_sqlite:
            database.execute_sql(f"PRAGMA busy_timeout = {int(usual)}")


def sign_out(token: str) -> None:
    """End the session for good: a copy of its cookie is dead at the next request."""
    SignIn.update(ended=clock.now()).where(SignIn.token_hash == _token_hash(token), SignIn.ended.is_null()).execute()


def sign_ins(person: Person) -> list[SignIn]:
    """The living sessions of `person`, newest first."""
    living = SignIn.select().where(SignIn.person == person.id, SignIn.ended.is_null(), SignIn.expires > clock.now())
    return list(living.order_by(SignIn.id.desc()).limit(50))


def is_current(row: SignIn, person: Person) -> bool:
    """Whether `row` is the session by which `person` is asking."""
    return row.token_hash == _token_hash(person.signin)


def end_sign_in(person: Person, sign_in_id: int, *, by: Person) -> None:
    """End one of the own sessions, by its id. Somebody else's is not found."""
    if by.id != person.id:
        raise Refused(N_("只能结束自己的登录"))
    SignIn.update(ended=clock.now()).where(
        SignIn.id == sign_in_id, SignIn.person == person.id, SignIn.ended.is_null()
    ).execute()


def end_other_sign_ins(person: Person, *, by: Person) -> int:
    """End all own sessions but the one that asks; returns how many."""
    if by.id != person.id:
        raise Refused(N_("只能结束自己的登录"))
    with database.atomic():
        ended = end_sign_ins(person, but=getattr(by, "signin", ""))
        if ended:
            events.record(person, "end_other_sign_ins", N_("退出其他设备"), by=by, role="self")
    return ended


def end_sign_ins(person: Person, *, but: str = "") -> int:
    """End every living session of `person` but that of the token `but`, inside the caller's transaction."""
    living = (SignIn.person == person.id) & SignIn.ended.is_null() & (SignIn.token_hash != _token_hash(but))
    return int(SignIn.update(ended=clock.now()).where(living).execute())
