"""Who is concerned by an event of the supervision board: the audiences that `notify_supervision` names.

Nobody is in an audience who may not see by then what the event is about.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from hall import moderation
from hall.notify_decisions import Decision, persons
from hall.supervision_flow import REVIEWED
from hall.telling import holders
from models import (
    Department,
    Person,
    RepairOrder,
    Reply,
    Submission,
    Thread,
    ThreadFollower,
)

LEADERS_FROM = 2  # the level of 督办 from which leaders hear of it


@dataclass
class News(Decision):
    """One event of the board: what it is about, and the thread that this stands in."""

    thread: Thread

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


def thread_author(news: News) -> Iterable[Person]:
    return persons(news.thread.author_id) if news.disclosed else []


def followers(news: News) -> Iterable[Person]:
    if not news.disclosed:
        return []
    followers = ThreadFollower.select(ThreadFollower.person).where(ThreadFollower.thread == news.thread.id)
    return Person.select().where(Person.id.in_(followers))


def handlers(news: News) -> Iterable[Person]:
    """The responsible department and those that assist, as long as the thread lies with them."""
    thread = news.thread
    if thread.forwarded is None or thread.moderation not in REVIEWED:
        return []
    places = [thread, *thread.assisting.select().join(Department).switch()]
    return {person.id: person for place in places for person in holders("supervision.handle", place)}.values()


def handler(news: News) -> Iterable[Person]:
    return persons(news.thread.handler_id)


def forwarders(news: News) -> Iterable[Person]:
    return holders("supervision.forward")


def leaders(news: News) -> Iterable[Person]:
    return holders("supervision.oversee") if news.thread.moderation in REVIEWED else []


def praised(news: News) -> Iterable[Person]:
    return persons(news.thread.praised_worker_id) if news.disclosed and news.is_first else []


def leads_of_the_praised(news: News) -> Iterable[Person]:
    group = news.thread.praised_group
    if group is None or not news.disclosed or not news.is_first:
        return []
    return holders("repair.lead", RepairOrder(group=group))


def for_a_reason(news: News) -> bool:
    return bool(news.event.details.get("reason"))


def drafter(news: News) -> Iterable[Person]:
    return persons(news.reply.author_id) if news.reply is not None else []


def reply_is_public(news: News) -> bool:
    return news.reply is not None and moderation.is_disclosed(news.reply)


def is_high(news: News) -> bool:
    return int(news.event.details.get("level", 0)) >= LEADERS_FROM
