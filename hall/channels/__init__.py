"""The ways by which the hall reaches people outside of it, beside the inbox that everybody has.

The request records an event, `notify.announce` writes notifications, `pass_on` decides once for each of them which
mail carries it and when, and `mail.send_due` hands that over. Each step takes from the database what the one
before has committed: whoever dies on the way, the next one goes on.
"""

from collections import defaultdict
from collections.abc import Iterable

from hall import clock, contact
from hall.channels import times, words
from hall.words import N_
from models import (
    URGENT,
    ContactSettings,
    Delivery,
    DeliveryItem,
    Event,
    Notification,
    Person,
    RepairOrder,
    database,
    held,
    tuples,
)

BATCH = 500
MOST_BATCHES = 20
DIGEST = N_("后勤服务大厅每日汇总")


def pass_on() -> int:
    """Decide for each notification that is new whether a mail carries it; returns how many mails that made."""
    written = 0
    for _batch in range(MOST_BATCHES):
        if not Notification.select().where(Notification.passed_on.is_null()).exists():
            break
        written += _pass_on_some()
    return written


def _pass_on_some() -> int:
    with database.atomic():
        new = Notification.select().where(Notification.passed_on.is_null()).order_by(Notification.id).limit(BATCH)
        # Whoever reads the inbox marks rows too, in another order: who waited here would wait for ever.
        batch = list(new.for_update(skip_locked=True) if database.for_update else new)
        passed = Notification.id.in_([each.id for each in batch])
        Notification.update(passed_on=clock.now()).where(passed).execute()
        readers = _readers({each.person_id for each in batch}) if contact.is_configured() else {}
        wanted = [each for each in batch if each.person_id in readers]
        return _write(wanted, readers) if wanted else 0


def _readers(people: Iterable[int]) -> dict[int, ContactSettings]:
    """Who of `people` (ids) wants mail, with how; held, so that one digest is not begun twice."""
    rows = held(
        ContactSettings.select(ContactSettings)
        .where(ContactSettings.person.in_(list(people)), ContactSettings.by_mail == True)  # noqa: E712
        .where(ContactSettings.confirmed.is_null(False), ContactSettings.email != "")
        .order_by(ContactSettings.id)
    )
    found = {row.person_id: row for row in rows}
    open_ = Person.select(Person.id).where(Person.id.in_(list(found)), Person.is_closed == False)  # noqa: E712
    return {person_id: found[person_id] for (person_id,) in tuples(open_)}


def _write(batch: list[Notification], readers: dict[int, ContactSettings]) -> int:
    kinds, urgent = _subjects(batch)
    written, digests = 0, dict[int, Delivery | None]()
    for each in batch:
        settings = readers[each.person_id]
        if kinds[each.event_id] in settings.muted:
            continue
        # The digest is of one's work; what becomes of one's own matters is told one by one.
        if settings.digest_at is not None and _is_work(each) and each.event_id not in urgent:
            if settings.person_id not in digests:
                digests[settings.person_id] = _begun_digest(settings)
            if not (delivery := digests[settings.person_id]):
                due = times.next_digest(settings, settings.digest_at, clock.now())
                subject = words.translate(DIGEST, settings.language)
                delivery = digests[settings.person_id] = contact.post(settings, "digest", subject=subject, due=due)
                written += 1
        else:
            delivery = _one(each, settings, is_urgent=each.event_id in urgent)
            written += 1
        DeliveryItem.create(delivery=delivery, notification=each, channel="mail")
    return written


def _one(notification: Notification, settings: ContactSettings, *, is_urgent: bool) -> Delivery:
    subject = words.line(words.spoken(notification.text, settings.language))
    # Quiet hours are minded where mail is sent, for a second try as for the first.
    return contact.post(settings, "urgent" if is_urgent else "one", subject=subject)


def _begun_digest(settings: ContactSettings) -> Delivery | None:
    """The digest that waits for its hour; held, so that its mail is not written before this has been added."""
    waits = Delivery.select().where(Delivery.person == settings.person_id, Delivery.template == "digest")
    waits = waits.where(Delivery.status == "waiting", Delivery.tries == 0, Delivery.due > clock.now())
    found: Delivery | None = held(waits.order_by(Delivery.id.desc()).limit(1)).first()
    return found


def _subjects(batch: list[Notification]) -> tuple[dict[int, str], set[int]]:
    """The kind of subject of each event of `batch`, and the events that staff must not hear of tomorrow.

    That is what happens to an urgent order: it is not kept for the morning, nor for the digest.
    """
    columns = Event.select(Event.id, Event.subject_type, Event.subject_id)
    rows = tuples(columns.where(Event.id.in_([each.event_id for each in batch])))
    kinds = {event_id: kind for event_id, kind, _subject in rows}
    staff = {each.event_id for each in batch if _is_work(each)}
    orders: dict[int, list[int]] = defaultdict(list)
    for event_id, kind, subject_id in rows:
        if kind == "repair_order" and event_id in staff:
            orders[subject_id].append(event_id)
    urgent = RepairOrder.select(RepairOrder.id).where(RepairOrder.id.in_(list(orders)), RepairOrder.priority == URGENT)
    # Who made a rule wants it heard at once.
    by_rule = {event_id for event_id, kind, _subject in rows if kind == "rule_hit"}
    return kinds, by_rule | {event_id for (order_id,) in tuples(urgent) for event_id in orders[order_id]}


def _is_work(notification: Notification) -> bool:
    """Whether a message sends its reader to the panel."""
    return notification.link.startswith("/admin/")
