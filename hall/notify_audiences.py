"""Who is concerned by an event of the supervision board: the audiences that `notify_supervision` names.

Nobody is in an audience who may not see by then what the event is about.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from hall import moderation
from hall.supervision_flow import REVIEWED
from hall.telling import holders
from models import (
    Department,
    Event,
    Moderated,
    Person,
    RepairOrder,
    Reply,
    Report,
    Submission,
    Thread,
    ThreadFollower,
)

ALERT = 3
ANSWERS = ("publish", "keep_private", "keep", "hide")  # the decisions that answer reports
LEADERS_FROM = 2  # the level of 督办 from which leaders hear of it


@dataclass
class News:
    """One event of the board: what it is about, and the thread that this stands in."""

    event: Event
    row: Moderated
    thread: Thread

    @cached_property
    def disclosed(self) -> bool:
        """Whether everybody may read it."""
        return moderation.is_disclosed(self.row)

    @cached_property
    def thread_disclosed(self) -> bool:
        """Whether everybody may read the thread."""
        return moderation.is_disclosed(self.thread)

    @cached_property
    def reply(self) -> Reply | None:
        """The official reply that an event of a thread is about."""
        found: Reply | None = Reply.get_or_none(Reply.id == self.event.details.get("reply"))
        return found

    @cached_property
    def waiting(self) -> Submission | None:
        """What waits for a moderator by this event, if it still does."""
        return moderation.proposal(self.reply if self.event.name == "reply" and self.reply else self.row)

    @property
    def is_first(self) -> bool:
        """Whether a decision is about something that the public could not read before."""
        return self.event.source != "published"


Audience = Callable[[News], Iterable[Person]]


def only(condition: Callable[[News], bool], audience: Audience) -> Audience:
    return lambda news: audience(news) if condition(news) else []


def _persons(*ids: int | None) -> Iterable[Person]:
    return Person.select().where(Person.id.in_([each for each in ids if each is not None]))


def author(news: News) -> Iterable[Person]:
    return _persons(news.row.author_id)


def thread_author(news: News) -> Iterable[Person]:
    return _persons(news.thread.author_id) if news.disclosed else []


def followers(news: News) -> Iterable[Person]:
    if not news.disclosed:
        return []
    followers = ThreadFollower.select(ThreadFollower.person).where(ThreadFollower.thread == news.thread.id)
    return Person.select().where(Person.id.in_(followers))


def moderators(news: News) -> Iterable[Person]:
    """Who may decide what waits: neither its author nor the one whose decision it is against."""
    if news.waiting is None:
        return []
    barred = {news.waiting.author_id, news.waiting.barred_id}
    return [person for person in holders("moderation.decide") if person.id not in barred]


def handlers(news: News) -> Iterable[Person]:
    """The responsible department and those that assist, as long as the thread lies with them."""
    thread = news.thread
    if thread.forwarded is None or thread.moderation not in REVIEWED:
        return []
    places = [thread, *thread.assisting.select().join(Department).switch()]
    return {person.id: person for place in places for person in holders("supervision.handle", place)}.values()


def handler(news: News) -> Iterable[Person]:
    return _persons(news.thread.handler_id)


def forwarders(news: News) -> Iterable[Person]:
    return holders("supervision.forward")


def leaders(news: News) -> Iterable[Person]:
    return holders("supervision.oversee") if news.thread.moderation in REVIEWED else []


def reporters(news: News) -> Iterable[Person]:
    """Those whose report this decision answers, that is all since the one before."""
    about = (Report.subject_type == news.event.subject_type) & (Report.subject_id == news.event.subject_id)
    about &= Report.result == news.event.name
    if (since := _answered_before(news.event)) is not None:
        about &= Report.created > since
    return Person.select().where(Person.id.in_(Report.select(Report.person).where(about)))


def _answered_before(event: Event) -> datetime | None:
    same = (Event.subject_type == event.subject_type) & (Event.subject_id == event.subject_id)
    earlier = Event.select().where(same, Event.seq < event.seq, Event.name.in_([*ANSWERS, "undo"]))
    undone = set()
    for each in earlier.order_by(Event.seq.desc()):
        if each.name == "undo":
            undone.add(each.details.get("submission"))
        elif each.details.get("submission") not in undone:
            return each.at
    return None


def praised(news: News) -> Iterable[Person]:
    return _persons(news.thread.praised_worker_id) if news.disclosed and news.is_first else []


def leads_of_the_praised(news: News) -> Iterable[Person]:
    group = news.thread.praised_group
    if group is None or not news.disclosed or not news.is_first:
        return []
    return holders("repair.lead", RepairOrder(group=group))


def is_alert(news: News) -> bool:
    return news.waiting is not None and news.waiting.risk == ALERT


def is_first(news: News) -> bool:
    return news.is_first


def is_edit(news: News) -> bool:
    """Whether a decision is about a change that the author proposed to what was approved before."""
    decided = Submission.get_or_none(Submission.id == news.event.details.get("submission"))
    return decided is not None and decided.cause == "edit"


def is_masked(news: News) -> bool:
    return bool(news.event.details.get("masked"))


def may_appeal(news: News) -> bool:
    about = (Submission.subject_type == news.event.subject_type) & (Submission.subject_id == news.event.subject_id)
    return not Submission.select().where(about, Submission.cause == "appeal").exists()


def for_a_reason(news: News) -> bool:
    return bool(news.event.details.get("reason"))


def drafter(news: News) -> Iterable[Person]:
    return _persons(news.reply.author_id) if news.reply is not None else []


def reply_is_public(news: News) -> bool:
    return news.reply is not None and moderation.is_disclosed(news.reply)


def is_high(news: News) -> bool:
    return int(news.event.details.get("level", 0)) >= LEADERS_FROM
