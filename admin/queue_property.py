"""What the queue shows of something lost or found beside what it shows of everything: where it lies and until when,
who claims it and what they answered, what it may be the counterpart of, its story.

The hidden detail is for whoever judges claims, and for nobody else here; no page of the panel has the number of a card.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import peewee
from flask import url_for
from flask_babel import gettext as _

from admin.gate import me
from admin.queue_property_story import entry, is_told
from admin.queue_repair import Due
from admin.queue_supervision import pictures
from hall import access, clock, lost_found
from hall.flow import Step
from hall.lanes import Lane
from models import Building, Claim, Event, ItemKind, LostPropertyDesk, Person, PropertyNotice
from templating import day, duration, said

SOON = timedelta(days=7)
EARLIER_CLAIMS = 20


def joined(query: peewee.ModelSelect) -> peewee.ModelSelect:
    """`query` over notices with kind, building, desk and all people of the notice in the same row."""
    notice, outer = PropertyNotice, peewee.JOIN.LEFT_OUTER
    people = [notice.author, notice.claimant, notice.receiver, notice.card_owner, notice.proposed_by]
    named = [(key, Person.alias()) for key in people]
    query = query.select_extend(ItemKind, Building, LostPropertyDesk, *(there for _key, there in named))
    query = (
        query.join_from(notice, ItemKind).join_from(notice, Building, outer).join_from(notice, LostPropertyDesk, outer)
    )
    for key, there in named:
        query = query.join_from(notice, there, outer, on=(key == there.id), attr=key.name)
    return query


def due(notice: PropertyNotice) -> Due | None:
    """What becomes due next for something in custody; None where nothing waits for a clock."""
    if notice.status != "kept" or notice.keep_until is None:
        return None
    if notice.proposed_by_id is not None:
        return Due("warn", "people", _("等另一位复核处置"), notice.dispose_from or notice.keep_until)
    now = clock.now()
    if notice.dispose_from is not None:
        if notice.dispose_from > now:
            return Due("mute", "megaphone", _("公示到 %(when)s", when=day(notice.dispose_from)), notice.dispose_from)
        return Due("bad", "box-arrow-right", _("公示期满，可以处置"), notice.dispose_from)
    left = notice.keep_until - now
    if left < timedelta():
        text = _("过了保管期 %(length)s，待公示", length=duration(-left))
        return Due("bad", "exclamation-triangle-fill", text, notice.keep_until)
    tone = "warn" if left < SOON else "mute"
    return Due(tone, "clock", _("保管到 %(when)s", when=day(notice.keep_until)), notice.keep_until)


def beside(rows: Sequence[PropertyNotice], lane: Lane) -> dict[str, Any]:
    """By notice id, with one query: who waits since when for somebody to judge their answer."""
    claims: dict[int, Claim] = {}
    if rows and any(row.status in ("verifying", "to_hand_over") for row in rows):
        query = Claim.select(Claim, Person).join(Person, on=(Claim.claimant == Person.id), attr="claimant")
        query = query.where(Claim.notice.in_([row.id for row in rows]), Claim.status.in_(["waiting", "accepted"]))
        claims = {claim.notice_id: claim for claim in query}
    return {"claims": claims}


def is_staff(person: Person, notice: PropertyNotice) -> bool:
    """Whether `person` reads `notice` for their office, and not only as author, claimant or owner of the card."""
    return access.may(person, "property.see_all")


def elsewhere(person: Person, notice: PropertyNotice) -> str:
    """The page that everybody has, for somebody who is no staff of `notice`."""
    return "" if is_staff(person, notice) else url_for("lost_found.show", number=notice.number)


def pointless(notice: PropertyNotice, step: Step, page: dict[str, Any]) -> bool:
    """Whether the hall would refuse a step that state and permission allow: no button for it; nobody claims here."""
    return step.name == "claim" or bool(lost_found.pointless(notice, step.name, me()))


def page(notice: PropertyNotice, history: Sequence[Event], person: Person) -> dict[str, Any]:
    """All that the page of one notice shows beside the notice."""
    everything, judges = access.may(person, "moderation.decide"), lost_found.judges(notice, person)
    claim = lost_found.current_claim(notice)
    keeps = access.may(person, "property.keep")
    return {
        "entries": [entry(event) if is_told(event, everything) else None for event in history],
        "judges": judges,
        "keeps": keeps,
        "claim": claim,
        "claim_photos": pictures(claim.photos) if claim is not None and (keeps or judges) else [],
        "claims": _earlier_claims(notice, claim) if keeps or judges else [],
        "detail": lost_found.detail_for(notice, person) if keeps or judges else "",
        "photos": pictures(notice.photos),
        "matches": [(match, [said(reason) for reason in match.reasons]) for match in _matches(notice, person)],
    }


def _matches(notice: PropertyNotice, person: Person) -> list[Any]:
    return lost_found.matches(notice, person) if notice.is_live else []


def _earlier_claims(notice: PropertyNotice, current: Claim | None) -> list[Claim]:
    """The claims that were decided or given up, newest first, with who made and who judged them."""
    judge = Person.alias()
    query = Claim.select(Claim, Person, judge).join(Person, on=(Claim.claimant == Person.id), attr="claimant")
    taken = Claim.decided_by == judge.id
    query = query.join_from(Claim, judge, peewee.JOIN.LEFT_OUTER, on=taken, attr="decided_by")
    query = query.where(Claim.notice == notice.id, Claim.id != (current.id if current else 0))
    return list(query.order_by(Claim.id.desc()).limit(EARLIER_CLAIMS))
