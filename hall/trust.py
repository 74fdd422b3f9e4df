"""How much somebody may bring to the boards in a day, by what the hall knows of them (models.TrustLevel)."""

from datetime import datetime, time, timedelta
from typing import Any

from peewee import fn

import models
from hall import clock, settings
from hall.words import N_, TooOften
from models import Entity, Person, Submission, TalkReport, TrustLevel, tuples

# Something of theirs was taken out of sight so lately that they begin anew.


def level_of(person: Person) -> TrustLevel:
    """The level of `person`: the highest of which they have enough published, the lowest after something was hidden
    or they were reported for what they said in a conversation, and rightly.

    What counts is how many different things of theirs moderators have let through; edits do not. Three small queries.
    """
    levels = list(TrustLevel.select().order_by(TrustLevel.least_published))
    if not levels:  # the operator has deleted them all: what a column says by itself then holds
        return TrustLevel(name="", least_published=0)
    if len(levels) == 1 or _was_hidden(person):
        return levels[0]
    published, upheld = _counted(person, levels[-1].least_published)
    known = 0 if upheld else published
    return [level for level in levels if level.least_published <= known or level is levels[0]][-1]


def _counted(person: Person, most: int) -> tuple[int, int]:
    """How much of theirs was published, at most `most`, and whether what they said to somebody was reported rightly."""
    shown = Submission.select(Submission.id).where(
        Submission.author == person.id,
        Submission.status == "decided",
        Submission.decision == "publish",
        Submission.cause.in_(["first", "appeal"]),
    )
    upheld = TalkReport.select(TalkReport.id).where(
        TalkReport.accused == person.id,
        TalkReport.status == "upheld",
        TalkReport.decided >= clock.now() - timedelta(days=settings.value("talk.hidden_days")),
    )
    counts = [part.select_from(fn.COUNT(1)) for part in (shown.limit(most), upheld.limit(1))]
    published, reported = next(iter(tuples(Person.select(*counts).where(Person.id == person.id))), (0, 0))
    return published, reported


def _was_hidden(person: Person) -> bool:
    """Whether something of theirs was hidden lately, on a report or on patrol, and not restored since."""
    decided = Submission.select(Submission.subject_type, Submission.subject_id, Submission.decision).where(
        Submission.author == person.id,
        Submission.status == "decided",
        Submission.decision.in_(["hide", "restore"]),
        Submission.decided >= clock.now() - timedelta(days=settings.value("talk.hidden_days")),
    )
    last = {(kind, row_id): decision for kind, row_id, decision in tuples(decided.order_by(Submission.decided))}
    return "hide" in last.values()


def hold_to_limit(model: type[Entity], by: Person, most: int) -> None:
    """Raise TooOften where `by` has made `most` rows of `model` today; call it in the transaction that makes one more.

    Two forms of one person sent at once are counted one after the other.
    """
    table: Any = model
    who = table.author if "author" in table._meta.fields else table.starter
    one_at_a_time(by)
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    sent = table.select(table.id).where(who == by.id, table.created >= midnight)
    if sent.limit(most).count() >= most:
        raise TooOften(N_("您今天最多可以发 %(most)s 件，请明天再来"), most=most)


def one_at_a_time(by: Person) -> None:
    """Let what `by` does in two transactions at once be counted one after the other; SQLite does that by itself."""
    if models.database.for_update and models.database.in_transaction():
        # A plain FOR UPDATE would lock against rows that others have just written about this person.
        Person.select(Person.id).where(Person.id == by.id).for_update("FOR NO KEY UPDATE").execute()  # type: ignore[arg-type]
