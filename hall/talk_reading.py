"""Reading conversations for pages: one's own by key, the messages of one by key, and how many are unread."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from hall import access, keyset
from hall.lost_flow import is_kept
from hall.thread_page import role_of
from hall.words import N_
from models import Conversation, Listing, Message, Person, PropertyNotice, database

COUNT_CAP = 100
# How many of the newest conversations of somebody are looked through for what is unread.
LOOKED_AT = 200
SIDES = (Conversation.owner, Conversation.starter)
ORDER = (Conversation.latest, Conversation.id)
Thing = Listing | PropertyNotice


@dataclass(frozen=True)
class Row:
    """A conversation in a list: with what it is about, what was said last, and how much `person` has not read."""

    talk: Conversation
    thing: Thing
    last: Message | None
    unread: int


def of(person: Person, conversation_id: int) -> Conversation | None:
    """The conversation if `person` is one of the two, with both of them; else None."""
    found: Conversation | None = (
        _with_both(access.visible(person, Conversation)).where(Conversation.id == conversation_id).first()
    )
    return found


def _with_both(query: Any) -> Any:
    owner, starter = Person.alias(), Person.alias()
    query = query.select(Conversation, owner, starter)
    query = query.join_from(Conversation, owner, on=(Conversation.owner == owner.id), attr="owner")
    return query.join_from(Conversation, starter, on=(Conversation.starter == starter.id), attr="starter")


def page(
    talk: Conversation, person: Person, before: int | None = None, limit: int = 50
) -> tuple[list[Message], int | None]:
    """The newest `limit` messages older than the id `before`, oldest first, and the key of the page before them.

    Nothing for who is not one of the two.
    """
    return said_in(talk, before, limit) if person.id in (talk.owner_id, talk.starter_id) else ([], None)


def said_in(talk: Conversation, before: int | None, limit: int) -> tuple[list[Message], int | None]:
    """The same page of a conversation whoever asks: the caller knows that they may read it."""
    query = Message.select().where(Message.conversation == talk.id)
    if before is not None:
        query = query.where(Message.id < before)
    found = list(query.order_by(Message.id.desc()).limit(limit + 1))
    return found[:limit][::-1], found[limit - 1].id if len(found) > limit else None


def begun(thing: Thing, person: Person) -> Conversation | None:
    """The conversation that `person` has begun about `thing`, if there is one."""
    about_it = {"subject_type": thing._meta.table_name, "subject_id": thing.id}
    found: Conversation | None = Conversation.get_or_none(**about_it, starter=person.id)
    return found


# --- the two -----------------------------------------------------------------------------------------


def other(talk: Conversation, person: Person) -> Person:
    """The other one of the two."""
    found: Person = talk.starter if talk.owner_id == person.id else talk.owner
    return found


def is_between(thing: Thing, starter_id: int) -> bool:
    """Whether the thing is promised to the starter and waits to change hands."""
    if isinstance(thing, Listing):
        return bool(thing.status == "reserved" and thing.reserved_for_id == starter_id)
    return bool(thing.status == "to_hand_over" and thing.claimant_id == starter_id)


def described(talk: Conversation, thing: Thing, person: Person) -> tuple[str, str]:
    """Who the other one is to `person`: their part in it, and a name or as much of it as is said, both as msgids."""
    them = other(talk, person)
    is_owner = them.id == talk.owner_id
    if isinstance(thing, Listing):
        deals = thing.reserved_for_id == them.id
        part = N_("卖家") if is_owner else N_("买家") if deals else N_("询问的人")
    elif is_owner:
        part = N_("失主") if thing.kind == "lost" else N_("捡到的人")
        if thing.receiver_id == them.id:
            return part, N_("失物招领值守点")
    elif them.id == thing.card_owner_id:
        part = N_("卡主")
    else:
        part = N_("认领人") if thing.claimant_id == them.id else N_("询问的人")
    return part, _name(them) if _meet(talk, thing) else role_of(them)


def _name(person: Person) -> str:
    name: str = person.name
    return name


def _meet(talk: Conversation, thing: Thing) -> bool:
    """Whether the two hand it over to each other, so that they should know whom to look for."""
    return is_between(thing, talk.starter_id) and (isinstance(thing, Listing) or not is_kept(thing))


def knows(thing: Thing, person: Person) -> bool:
    """Whether `person` may see what is said of the thing on its page, and that page."""
    if thing.moderation == "published" or thing.author_id == person.id:
        return True
    if isinstance(thing, Listing):
        return bool(thing.reserved_for_id == person.id)
    return person.id in (thing.card_owner_id, thing.claimant_id)


# --- one's own ---------------------------------------------------------------------------------------


def mine(person: Person, after: str = "", limit: int = 20) -> tuple[list[Row], str]:
    """The conversations of `person`, what was said last first, and the key of the next page; flat in their number."""
    # One side after the other: each has its index, which no condition with OR would use.
    sides = [_with_both(Conversation.select()).where(column == person.id) for column in SIDES]
    pages = [keyset.page_of(side, *ORDER, after=after, limit=limit) for side in sides]
    found = sorted((talk for rows, _key in pages for talk in rows), key=_place, reverse=True)
    is_more = len(found) > limit or any(key for _rows, key in pages)
    shown = found[:limit]
    last, unread, things = _last(shown), _unread_in(shown, person), about(shown)
    rows = [
        Row(talk, things[talk.subject_type, talk.subject_id], last.get(talk.id), unread.get(talk.id, 0))
        for talk in shown
    ]
    return rows, keyset.key_of(_place(shown[-1])) if is_more else ""


def _place(talk: Conversation) -> list[Any]:
    return [talk.latest, talk.id]


def about(talks: Iterable[Conversation]) -> dict[tuple[str, int], Thing]:
    """What the conversations are about, as {(table, id): row}, one query a kind of thing."""
    talks, found = list(talks), {}
    for model in (Listing, PropertyNotice):
        kind: Any = model
        table = kind._meta.table_name
        if ids := {talk.subject_id for talk in talks if talk.subject_type == table}:
            found.update({(table, row.id): row for row in kind.select().where(kind.id.in_(ids))})
    return found


def _last(talks: Sequence[Conversation]) -> dict[int, Message]:
    if not talks:
        return {}
    newest = Message.select(fn.MAX(Message.id)).where(Message.conversation.in_([talk.id for talk in talks]))
    rows = Message.select().where(Message.id.in_(newest.group_by(Message.conversation)))
    return {row.conversation_id: row for row in rows}


# --- unread ------------------------------------------------------------------------------------------


def _unread_in(talks: Sequence[Conversation], person: Person) -> dict[int, int]:
    """How many messages each of the conversations has that `person` has not read, none counted past COUNT_CAP."""
    columns = [
        peewee.Select([_unread(talk, person).limit(COUNT_CAP)], [fn.COUNT(peewee.SQL("1"))]).alias(f"talk{number}")
        for number, talk in enumerate(talks)
    ]
    if not columns:
        return {}
    counted = peewee.Select([], columns).tuples().execute(database)[0]
    return {talk.id: counted[number] for number, talk in enumerate(talks)}


def _unread(talk: Conversation, person: Person) -> Any:
    seen = talk.owner_read if talk.owner_id == person.id else talk.starter_read
    said = Message.select(Message.id).where(Message.conversation == talk.id, Message.id > seen)
    return said.where(Message.author != person.id)


def unread_of(person: Any) -> Any:
    """The unread messages to `person` (the id, or a place for it), a select of at most COUNT_CAP ids.

    It looks at the newest conversations.
    """
    parts = []
    for whose, seen in ((Conversation.owner, "owner_read"), (Conversation.starter, "starter_read")):
        newest = Conversation.select(Conversation.id, getattr(Conversation, seen)).where(whose == person)
        newest = newest.order_by(Conversation.latest.desc(), Conversation.id.desc()).limit(LOOKED_AT).alias(seen)
        said = Message.select(Message.id).join(newest, on=(Message.conversation == newest.c.id))
        said = said.where(Message.id > newest.c[seen], Message.author != person)
        parts.append(said)
    return parts[0].union_all(parts[1]).limit(COUNT_CAP)


def unread(person: Person) -> int:
    """How many messages wait to be read by `person`, never counting past COUNT_CAP; one query."""
    counted: int = peewee.Select([unread_of(person.id)], [fn.COUNT(peewee.SQL("1"))]).tuples().execute(database)[0][0]
    return counted
