"""不再接收: either of two people closes their conversations for both, and lifts only what they have set themselves."""

import peewee

from hall import events, trust
from hall.words import N_, Refused
from models import Block, Conversation, Person, TalkReport, database, tuples

CLOSED = N_("这段对话已关闭，不能再发消息")
CLOSED_FOR_GOOD = N_("这段对话经审核已关闭，不能再发消息")


def blocking(one: int, other: int) -> set[int]:
    """Which of the two people (ids) receive nothing from the other."""
    theirs = (Block.person == one) & (Block.blocked == other)
    back = (Block.person == other) & (Block.blocked == one)
    return {row[0] for row in tuples(Block.select(Block.person).where(theirs | back))}


def is_closed_for_good(talk: Conversation) -> bool:
    """Whether a moderator found that a report of this conversation was right."""
    return TalkReport.select(TalkReport.id).where(_about(talk), TalkReport.status == "upheld").exists()


def _about(talk: Conversation) -> peewee.Expression:
    about: peewee.Expression = TalkReport.conversation == talk.id
    return about


def why_closed(talk: Conversation) -> str:
    """That the two may not talk, as a msgid that does not tell who of them wanted that; "" if nobody did."""
    if is_closed_for_good(talk):
        return CLOSED_FOR_GOOD
    return CLOSED if blocking(talk.owner_id, talk.starter_id) else ""


def block(talk: Conversation, *, by: Person) -> None:
    """Close what the two talk about, this and everything else, until `by` takes it back; a repeat does nothing.

    Raises Refused where `by` is not one of the two.
    """
    with database.atomic():
        them = other_of(talk, by)
        hold(talk)
        _block, is_new = Block.get_or_create(person=by.id, blocked=them)
        if is_new:
            _record(talk, "block", N_("不再接收"), by)


def unblock(talk: Conversation, *, by: Person) -> None:
    """Take back what `by` has closed; what the other one or a moderator has closed stays closed. As `block`."""
    with database.atomic():
        them = other_of(talk, by)
        hold(talk)
        if Block.delete().where(Block.person == by.id, Block.blocked == them).execute():
            _record(talk, "unblock", N_("恢复接收"), by)


def other_of(talk: Conversation, person: Person) -> int:
    """The id of the other one of the two. Raises Refused where `person` is neither."""
    two = {talk.owner_id, talk.starter_id}
    if person.is_closed or person.id not in two:
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("对话"))
    them: int = (two - {person.id}).pop()
    return them


def hold(talk: Conversation) -> None:
    """Let nobody of the two say anything until the caller's transaction ends: who speaks is held by it first."""
    for person in Person.select().where(Person.id.in_([talk.owner_id, talk.starter_id])).order_by(Person.id):
        trust.one_at_a_time(person)


def _record(talk: Conversation, name: str, label: str, by: Person) -> None:
    # The row is held: the events of a conversation are one chain.
    Conversation.update(latest=Conversation.latest).where(Conversation.id == talk.id).execute()
    events.record(talk, name, label, by=by, role="author" if talk.owner_id == by.id else "everybody")
