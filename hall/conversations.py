"""Two people talk about a listing or a notice inside the hall: neither sees who the other is, nor a number of theirs.

Who asks is the starter; the owner is who put the thing there. They may talk while the thing is shown, or while it
lies between just these two. Reading conversations for pages is in `talk_reading`.
"""

from typing import Any

import peewee

from hall import answers, clock, events, settings, talk_blocks, trust
from hall.covering import covered
from hall.folding import fold
from hall.market_deal import contact
from hall.talk_reading import Row, Thing, begun, described, is_between, knows, mine, of, other, page, unread
from hall.words import N_, Refused, TooOften
from models import Claim, Conversation, Entity, Event, Listing, Message, Notification, Person, PropertyNotice, database

__all__ = [
    "LONGEST",
    "Row",
    "Thing",
    "about",
    "begun",
    "clean",
    "dealing_with",
    "described",
    "is_between",
    "knows",
    "mine",
    "of",
    "other",
    "page",
    "read",
    "say",
    "start",
    "unread",
    "why_no_start",
    "why_silent",
]

LONGEST = 1000
THINGS: dict[str, type[Listing] | type[PropertyNotice]] = {
    events.subject_type(model): model for model in (Listing, PropertyNotice)
}


def clean(typed: str) -> str:
    """A message as it may be, with something in it that can be seen. Raises Refused."""
    said = answers.text(typed, "text", least=1, most=LONGEST)
    return said if fold(said).plain.strip() else answers.text("", "text", least=1)


# --- who may talk ------------------------------------------------------------------------------------


def about(talk: Conversation) -> Thing:
    """What is talked about, as it is now."""
    model: Any = THINGS[talk.subject_type]
    found: Thing = model.get_by_id(talk.subject_id)
    return found


def dealing_with(talk: Conversation, thing: Thing, person: Person) -> Person | None:
    """The other one, where a listing is reserved between just these two: `person` may see their phone."""
    them = contact(thing, person) if isinstance(thing, Listing) else None
    return them if them is not None and them.id == other(talk, person).id else None


def why_silent(talk: Conversation, thing: Thing) -> str:
    """Why the two may not talk (any more), as a msgid; "" if they may. It never says which of them closed it."""
    if why := talk_blocks.why_closed(talk):
        return why
    if talk.owner.is_closed or talk.starter.is_closed:
        return N_("对方的账号已停用，不能再对话")
    return _why_not(thing, talk.starter_id)


def why_no_start(thing: Thing, person: Person) -> str:
    """Why `person` may not begin to talk about `thing`, as a msgid; "" if they may."""
    if thing.author_id == person.id:
        return N_("这是您自己发布的；有人来问时，对话会出现在“消息”里")
    if thing.author.is_closed:
        return N_("对方的账号已停用，不能再对话")
    if not thing.is_live:
        return N_("这件物品已经结束，不能再开始对话")
    if talk_blocks.blocking(thing.author_id, person.id):
        return N_("现在不能和对方对话")
    return _why_not(thing, person.id)


def _why_not(thing: Thing, starter_id: int) -> str:
    if isinstance(thing, PropertyNotice):
        if is_between(thing, starter_id):
            return ""
        if thing.moderation == "private" and thing.is_live and starter_id in (thing.card_owner_id, thing.claimant_id):
            return ""
        denied = Claim.select(Claim.id).where(Claim.notice == thing.id, Claim.claimant == starter_id)
        most = settings.value("lost_found.denials")
        if denied.where(Claim.status == "denied").limit(most).count() == most:
            return N_("认领多次未通过，不能再询问这件物品")
    return "" if thing.moderation == "published" else N_("这件物品已不再公开，对话到此为止")


# --- talking -----------------------------------------------------------------------------------------


def start(subject: Thing, *, by: Person, text: str, once: str | None = None) -> Conversation:
    """Begin to talk with the author of a listing or notice, and return the conversation; it is one a person and thing.

    `once` is the token of the form: sent twice, it is said once. Raises Refused, TooOften at the limit of the day.
    """
    message = _once(by, once, lambda: _start(subject, by, text, once))
    return of(by, message.conversation_id) or message.conversation


def say(talk: Conversation, *, by: Person, text: str, seen: int | None = None, once: str | None = None) -> Message:
    """Say something to the other one; `seen` is the last message that was shown to `by`, who has read it by that.

    Raises Refused where the two may not talk any more, where a word forbids it, and TooOften at the limit of the day.
    """

    def said() -> Message:
        trust.one_at_a_time(by)
        fresh = of(by, talk.id)
        if fresh is None:
            raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("发消息"))
        thing = about(fresh)
        if why := why_silent(fresh, thing):
            raise Refused(why, stale=True)
        message = _say(fresh, thing, by, text, once)
        if seen is not None:
            _mark(fresh, by, seen)
        return message

    return _once(by, once, said)


def _start(subject: Thing, by: Person, text: str, once: str | None) -> Message:
    # Whoever closes the conversation holds both of the two: nothing is said after that.
    trust.one_at_a_time(by)
    thing: Any = type(subject).get_by_id(subject.id)
    if by.is_closed:
        raise Refused(N_("您没有权限进行“%(step)s”"), step=N_("发消息"))
    if why := why_no_start(thing, by):
        raise Refused(why, stale=True)
    key = {"subject_type": events.subject_type(thing), "subject_id": thing.id, "starter": by}
    talk = Conversation.get_or_none(**key)
    if talk is None:
        most = trust.level_of(by).talks_a_day
        _hold_to_limit(Conversation, by, most, N_("今天新开的对话太多了，请明天再来"))
        fresh = {"owner": thing.author, "created": clock.now(), "latest": clock.now()}
        talk, _is_new = Conversation.get_or_create(**key, defaults=fresh)
    elif why := talk_blocks.why_closed(talk):
        raise Refused(why, stale=True)
    return _say(talk, thing, by, text, once)


def _hold_to_limit(model: type[Entity], by: Person, most: int, sentence: str) -> None:
    try:
        trust.hold_to_limit(model, by, most)
    except TooOften as often:
        raise TooOften(sentence) from often


def _say(talk: Conversation, thing: Thing, by: Person, text: str, once: str | None) -> Message:
    _hold_to_limit(Message, by, settings.value("talk.messages_a_day"), N_("今天发的消息太多了，请明天再来"))
    # First of all the row is held: the events of a conversation are one chain.
    now = clock.now()
    Conversation.update(latest=now).where(Conversation.id == talk.id).execute()
    are_dealing = dealing_with(talk, thing, by) is not None
    shown = covered(clean(text), numbers=not are_dealing, of=() if are_dealing else (talk.owner, talk.starter))
    message = Message.create(conversation=talk, author=by, text=shown, created=now)
    role = "author" if talk.owner_id == by.id else "everybody"
    events.record(talk, "say", N_("发消息"), by=by, role=role, details={"message": message.id}, once=once)
    return message


def _once(by: Person, once: str | None, act: Any) -> Message:
    """What `act` does in one transaction, or what the same form did before."""
    try:
        with database.atomic():
            done = _said_before(by, once)
            return done if done is not None else act()
    except peewee.IntegrityError:
        if (done := _said_before(by, once)) is not None:
            return done
        raise


def _said_before(by: Person, once: str | None) -> Message | None:
    event = Event.get_or_none(Event.once == once) if once else None
    if event is None:
        return None
    if event.subject_type != events.subject_type(Conversation) or event.actor_id != by.id:
        raise Refused(N_("这个表单已经提交过，请刷新后再试"), stale=True)
    message: Message = Message.get_by_id(event.details["message"])
    return message


# --- having read it ------------------------------------------------------------------------------------


def read(talk: Conversation, *, by: Person, seen: int | None = None) -> None:
    """Note that `by` has read it up to the message `seen`, or all of it; so is the notice that something was said."""
    with database.atomic():
        _mark(talk, by, seen)


def _mark(talk: Conversation, by: Person, seen: int | None) -> None:
    latest = Message.select(peewee.fn.MAX(Message.id)).where(Message.conversation == talk.id)
    upto = min(latest.scalar() or 0, seen if seen is not None else 2**31)
    for person, column in ((talk.owner_id, Conversation.owner_read), (talk.starter_id, Conversation.starter_read)):
        if person == by.id:
            mine = (Conversation.id == talk.id) & (column < upto)
            Conversation.update({column: upto}).where(mine).execute()
    told = Event.select(Event.id).where(
        Event.subject_type == events.subject_type(Conversation), Event.subject_id == talk.id
    )
    unread = (Notification.person == by.id) & Notification.read.is_null() & Notification.event.in_(told)
    Notification.update(read=clock.now()).where(unread).execute()
