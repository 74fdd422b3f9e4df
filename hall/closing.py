"""Closing one's own account: the name goes, what was done stays.

An account cannot be closed while somebody counts on it: open matters, roles, work that is assigned, a report. The
trail keeps the name sealed inside, because its chain would break without; no page shows it (`hall/forgetting.py`).
"""

from dataclasses import dataclass
from typing import Any

import peewee
from peewee import fn

from hall import accounts, clock, contact, events, forgetting, matters
from hall.words import N_, Refused
from models import (
    OPEN_STATES,
    Application,
    Assignment,
    Block,
    Delivery,
    DeliveryItem,
    Event,
    Favourite,
    Grant,
    Listing,
    Notification,
    OrderFollower,
    Person,
    PropertyNotice,
    RepairOrder,
    SavedFilter,
    SavedSearch,
    SavedView,
    SignIn,
    SignInFailure,
    Submission,
    TalkReport,
    Thread,
    ThreadFollower,
    database,
    held,
    tuples,
)

MOST_SHOWN = 20


@dataclass(frozen=True)
class Obstacles:
    """Why an account cannot be closed yet: matters of its own, and sentences about what others count on it for."""

    matters: list[matters.Matter]
    sentences: list[str]

    def __bool__(self) -> bool:
        return bool(self.matters or self.sentences)


_ROLES = N_("您还有工作角色，请先请管理员收回：收回以后才能注销。")
_REPAIRS = N_("还有派给您、没有完工的报修单。")
_THREADS = N_("还有由您经办、没有答复的监督帖。")
_REPORTS = N_("还有关于您的对话的举报在处理，有结果以后才能注销。")


def obstacles(person: Person) -> Obstacles:
    """What stands in the way of closing the account of `person`. Two queries."""
    sent = Assignment.select(Assignment.id).join(RepairOrder).where(Assignment.worker == person.id)
    handled = Thread.select(Thread.id).where(Thread.handler == person.id)
    talks = (TalkReport.accused == person.id) | (TalkReport.person == person.id)
    asked = {
        _ROLES: Grant.select(Grant.id).where(Grant.person == person.id),
        _REPAIRS: sent.where(Assignment.active == True, RepairOrder.status.in_(OPEN_STATES)),  # noqa: E712
        _THREADS: handled.where(Thread.status.in_(["handling", "replying"])),
        _REPORTS: TalkReport.select(TalkReport.id).where(talks, TalkReport.status == "waiting"),
    }
    row = peewee.Select([], [fn.EXISTS(query) for query in asked.values()]).tuples().execute(database)[0]
    found = [sentence for sentence, is_so in zip(asked, row, strict=True) if is_so]
    return Obstacles(matters.under_way(person, MOST_SHOWN), found)


def close(person: Person, *, by: Person, password: str) -> None:
    """Close the own account for good. Raises Refused, with `field` for a wrong password; doing it twice is refused."""
    if by.id != person.id:
        raise Refused(N_("只能注销自己的账号"))
    if obstacles(person):
        raise Refused(N_("还有没办完的事，现在不能注销"), stale=True)
    accounts.check_password(person, password, field="password")
    with database.atomic():
        fresh = held(Person.select().where(Person.id == person.id, Person.forgotten.is_null())).first()
        if fresh is None or fresh.is_closed or obstacles(fresh):
            raise Refused(N_("还有没办完的事，现在不能注销"), stale=True)
        # Before the name goes: by this event the trail knows whom it is not to name any more.
        events.record(fresh, forgetting.CLOSED, N_("注销账号"), by=fresh, role="self")
        _forget_elsewhere(fresh)
        Person.update(
            number=f"gone-{fresh.id}",
            name=forgetting.FORGOTTEN,
            phone="",
            bed=None,
            is_closed=True,
            forgotten=clock.now(),
            password_hash="",
            initial_hash="",
            initial_expires=None,
        ).where(Person.id == fresh.id).execute()


def _forget_elsewhere(person: Person) -> None:
    """Take the name, numbers and addresses out of all rows that have a copy, and what is nobody's fact away."""
    accounts.end_sign_ins(person)
    # The trail keeps hashes over sessions; without its token none of them can be guessed (hall/events.py).
    gone = peewee.Value("gone-").concat(SignIn.id.cast("text"))
    SignIn.update(address="", device="", token_hash=gone).where(SignIn.person == person.id).execute()
    SignInFailure.delete().where(SignInFailure.number.in_([person.number, f"#{person.number}"])).execute()
    contact.forget(person)
    _out_of_messages(person)
    RepairOrder.update(phone="", caller="").where(RepairOrder.reporter == person.id).execute()
    Thread.update(phone="").where(Thread.author == person.id).execute()
    Application.update(phone="").where(Application.applicant == person.id).execute()
    PropertyNotice.update(card_hash="").where(PropertyNotice.author == person.id).execute()
    Submission.update(claimed_by=None, claimed_until=None).where(Submission.claimed_by == person.id).execute()
    marked = Favourite.select(Favourite.listing).where(Favourite.person == person.id)
    fewer = Listing.update(favourites=Listing.favourites - 1)
    fewer.where(Listing.id.in_(marked), Listing.favourites > 0).execute()
    mine: dict[Any, Any] = {table: table.person == person.id for table in (OrderFollower, ThreadFollower, Favourite)}
    mine |= {table: table.person == person.id for table in (SavedSearch, SavedFilter)}
    mine[SavedView] = (SavedView.person == person.id) & (SavedView.is_shared == False)  # noqa: E712
    mine[Block] = (Block.person == person.id) | (Block.blocked == person.id)
    for table, whose in mine.items():
        table.delete().where(whose).execute()


def _out_of_messages(person: Person) -> None:
    """Others were told by name who comes to repair: their messages, and what is kept of their mail, say it without."""
    orders = Assignment.select(Assignment.order).where(Assignment.worker == person.id)
    sent = Event.select(Event.id).where(Event.subject_type == events.subject_type(RepairOrder))
    sent = sent.where(Event.subject_id.in_(orders), Event.name == "dispatch")
    told = Notification.select(Notification.id).where(Notification.event.in_(sent))
    mailed = DeliveryItem.select(DeliveryItem.delivery).where(DeliveryItem.notification.in_(told))
    kept: list[tuple[Any, Any, Any]] = [(Delivery, Delivery.subject, mailed), (Notification, Notification.text, told)]
    for table, column, ids in kept:
        naming = table.select(table.id, column).where(table.id.in_(ids), column.contains(person.name))
        for row_id, text in tuples(naming):
            said = text.replace(person.name, forgetting.FORGOTTEN)[:200]
            table.update({column: said}).where(table.id == row_id).execute()
