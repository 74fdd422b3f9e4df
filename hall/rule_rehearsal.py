"""What a rule would have done in the last days, had it been there: judged on the trail, without doing any of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hall import clock, events, rule_conditions, rules
from hall.flow import FLOWS
from hall.rule_conditions import Happening
from models import Event, Rule

# Looks at so many of the newest events of its flow, and lists so many.
DAYS, LOOKED, LISTED = 30, 3_000, 200


@dataclass(frozen=True)
class Rehearsal:
    """What a rule would have done: the (event, subject) pairs, newest first; how many events were looked at since
    `since` (naive UTC), and whether that is all of DAYS."""

    found: list[tuple[Event, Any]]
    looked: int
    since: datetime
    is_whole: bool


def rehearse(rule: Rule) -> Rehearsal:
    """Judge the newest events by `rule`, which may be unsaved; writes nothing and tells nobody.

    Things are judged as they are now, moments as they were. At most LOOKED events and LISTED of what fits.
    """
    since = clock.days_ago(DAYS)
    kind = events.subject_type(FLOWS[rule.flow].model)
    query = Event.select().where(Event.subject_type == kind, Event.at >= since)
    rows = list(query.order_by(Event.at.desc(), Event.id.desc()).limit(LOOKED))
    steps = {row.id for row in rows if row.name == rule.step} if rule.step else rules.steps_among(rule.flow, rows)
    subjects = rules.subjects(rule.flow, {row.subject_id for row in rows if row.id in steps})
    found, calendars, looked = [], list[Any](), 0
    for event in rows:
        looked += 1
        if event.id not in steps or event.subject_id not in subjects:
            continue
        subject = subjects[event.subject_id]
        if rule_conditions.hold(rule.flow, rule.conditions, Happening(event, subject, calendars)):
            found.append((event, subject))
            if len(found) == LISTED:
                break
    whole = looked == len(rows) < LOOKED
    return Rehearsal(found, looked, since if whole else rows[looked - 1].at, whole)
