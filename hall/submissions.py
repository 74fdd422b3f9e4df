"""What waits for a moderator: one queue over everything that is moderated, with claims, filters and counts.

A `Submission` is one text as it was handed in. While it waits it is the desk's row; once decided it is the
internal log. `moderation` decides; here is who may look at what, and that no two people hold the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

import peewee

from hall import access, clock, events, sensitive
from hall.moderation_flow import board_of
from hall.promise import Calendar
from hall.words import N_, Refused
from models import MODERATED, Department, Moderated, ModerationRule, Person, Submission, tuples

CLAIM_MINUTES = 5
COUNT_CAP = 100
REVIEW_MINUTES = 240  # of service time, where no ModerationRule says otherwise
DOUBTFUL, ALERT = 2, 3


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of what waits; an empty answer wants everything. `risk` is the least."""

    subject_type: str = ""
    kind: str = ""
    department: str = ""
    risk: int = 0
    cause: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The answers that are not empty."""
        return {name: value for name, value in asdict(self).items() if value}


def hand_in(
    row: Moderated, content: dict[str, Any], *, cause: str, barred: int | None = None, note: str = ""
) -> Submission:
    """Let `content` (the reviewed columns) of `row` wait for a moderator, inside the caller's transaction.

    What waits already is replaced by it and counts as a new version. What its board doubts is noted and raises the
    risk. Raises Refused where a word forbids it.
    """
    screening = sensitive.screen(content)
    if screening.refused and cause != "report":
        sentence = N_("这里有不能发布的词“%(word)s”，请修改后再提交")
        raise Refused(sentence, field=screening.refused.column, word=screening.refused.word)
    doubt = board_of(row).doubt(row, content)
    risk = max(screening.risk, DOUBTFUL if doubt else 0)
    kind, now = events.subject_type(row), clock.now()
    slot = f"{kind}:{row.id}"
    waiting = Submission.get_or_none(Submission.slot == slot)
    if waiting is not None:
        version = Submission.version + 1
        changed = {"content": content, "risk": risk, "doubt": doubt, "version": version, "submitted": now}
        Submission.update(**changed).where(Submission.id == waiting.id).execute()
        return Submission.get_by_id(waiting.id)
    return Submission.create(
        subject_type=kind,
        subject_id=row.id,
        slot=slot,
        cause=cause,
        kind=getattr(row, "kind", ""),
        content=content,
        risk=risk,
        doubt=doubt,
        author=row.author_id,
        department=_department_of(row),
        barred=barred,
        note=note,
        submitted=now,
        due=now if risk == ALERT else Calendar().add(now, rule_of(kind).minutes),
    )


def _department_of(row: Moderated) -> int | None:
    above = getattr(row, row.above) if row.above else None
    own: int | None = getattr(row, "department_id", None)
    return own or (_department_of(above) if above is not None else None)


def rule_of(kind: str) -> ModerationRule:
    """How this kind of thing is reviewed; what holds everywhere where nobody wrote a rule."""
    rule = ModerationRule.get_or_none(ModerationRule.subject_type == kind)
    return rule or ModerationRule(subject_type=kind, minutes=REVIEW_MINUTES, trusted_after=None)


def is_trusted(submission: Submission) -> bool:
    """Whether the operator lets this author's harmless texts of this kind be shown without review."""
    enough = rule_of(submission.subject_type).trusted_after
    if enough is None or submission.risk or submission.doubt or submission.cause != "first":
        return False
    shown = Submission.select(Submission.id).where(
        Submission.author == submission.author_id,
        Submission.status == "decided",
        Submission.decision == "publish",
        Submission.decided_by.is_null(False),
    )
    return bool(shown.limit(enough).count() >= enough)


# --- the queue ---------------------------------------------------------------------------------------


def waiting(person: Person, wanted: Wanted | None = None) -> Any:
    """What waits that `person` may decide, as a select: never their own, nor an appeal against themselves."""
    query = Submission.select().where(Submission.status == "waiting")
    if not access.may(person, "moderation.decide"):
        return query.where(False)
    query = query.where(Submission.author != person.id, _not(Submission.barred, person.id))
    for condition in _conditions(wanted or Wanted()):
        query = query.where(condition)
    return query


def _not(column: Any, value: int) -> Any:
    return column.is_null() | (column != value)


def _conditions(wanted: Wanted) -> Iterable[Any]:
    for name in ("subject_type", "kind", "cause"):
        if value := getattr(wanted, name):
            yield getattr(Submission, name) == value
    if wanted.department:
        named = Department.select(Department.id).where(Department.code == wanted.department)
        yield Submission.department.in_(named)
    if wanted.risk:
        yield Submission.risk >= wanted.risk


def page(person: Person, wanted: Wanted, *, after: str = "", limit: int = 20) -> tuple[list[Submission], str]:
    """The rows of one page, oldest promise first, with author, department and claimer; and the key of the next page."""
    author, holder = Person.alias(), Person.alias()
    query = waiting(person, wanted).select(Submission, author, holder, Department)
    query = query.join_from(Submission, author, on=(Submission.author == author.id), attr="author")
    query = query.join_from(
        Submission, holder, peewee.JOIN.LEFT_OUTER, on=(Submission.claimed_by == holder.id), attr="claimed_by"
    )
    query = query.join_from(Submission, Department, peewee.JOIN.LEFT_OUTER)
    if key := _key(after):
        query = query.where(_behind(*key))
    found = list(query.order_by(Submission.due, Submission.id).limit(limit + 1))
    return found[:limit], key_of(found[limit - 1]) if len(found) > limit else ""


def _behind(due: datetime, row_id: int) -> Any:
    return (Submission.due > due) | ((Submission.due == due) & (Submission.id > row_id))


def key_of(row: Submission) -> str:
    """The place of `row` in the queue, for an address."""
    return f"{row.due.isoformat()}~{row.id}"


def _key(after: str) -> tuple[datetime, int] | None:
    moment, _tilde, number = after.partition("~")
    try:
        due, row_id = datetime.fromisoformat(moment).replace(tzinfo=None), int(number)
    except ValueError:
        return None
    return (due, row_id) if number.isascii() and 0 < row_id < 2**31 else None


def counts(person: Person, wishes: Sequence[Wanted]) -> list[int]:
    """How much waits under each filter, never counting past COUNT_CAP, all in one query.

    Of what narrows there may be little among much that waits, which is gone through once for all filters.
    """
    if not wishes:
        return []
    narrow = [wanted for wanted in dict.fromkeys(wishes) if wanted.as_dict()]
    whole = waiting(person).select(Submission.id).limit(COUNT_CAP)
    columns = [peewee.Select([whole], [peewee.fn.COUNT(peewee.SQL("1"))])]
    each = [
        peewee.fn.COUNT(peewee.Case(None, [(reduce(and_, _conditions(wanted)), 1)])).alias(f"filter{number}")
        for number, wanted in enumerate(narrow)
    ]
    gone_through = [waiting(person).select(*each).alias("gone_through")] if each else []
    columns += [gone_through[0].c[f"filter{number}"] for number in range(len(each))]
    row = peewee.Select(gone_through, columns).tuples().execute(Submission._meta.database)[0]
    found = dict(zip([Wanted(), *narrow], row, strict=True))
    return [min(found[wanted], COUNT_CAP) for wanted in wishes]


def subjects(rows: Iterable[Submission]) -> dict[int, Moderated]:
    """What each submission is about, by the submission's id: one query a kind of thing."""
    rows, found = list(rows), {}
    for model in MODERATED:
        kind: Any = model
        about = {row.subject_id for row in rows if row.subject_type == events.subject_type(model)}
        if about:
            found.update(
                {(events.subject_type(model), each.id): each for each in kind.select().where(kind.id.in_(about))}
            )
    return {
        row.id: found[row.subject_type, row.subject_id] for row in rows if (row.subject_type, row.subject_id) in found
    }


# --- claims ------------------------------------------------------------------------------------------


def is_held(row: Submission, by: Person) -> bool:
    """Whether somebody else is reading `row` right now."""
    other = row.claimed_by_id not in (None, by.id)
    return other and row.claimed_until is not None and row.claimed_until > clock.now()


def free_for(by: Person) -> Any:
    """The condition under which `by` may take a row: nobody holds it, or not any more."""
    return (
        Submission.claimed_by.is_null() | (Submission.claimed_by == by.id) | (Submission.claimed_until <= clock.now())
    )


def claim(submission_id: int, *, by: Person, take_over: bool = False) -> Submission:
    """Hold a waiting submission for CLAIM_MINUTES. Raises Refused(stale) where it is decided or somebody holds it.

    With `take_over` it is taken from whoever holds it, and the trail of the submission says so.
    """
    mine = waiting(by).where(Submission.id == submission_id)
    with Submission._meta.database.atomic():
        until = clock.now() + timedelta(minutes=CLAIM_MINUTES)
        before = mine.first()
        free = Submission.id == submission_id if take_over else (Submission.id == submission_id) & free_for(by)
        taken = Submission.update(claimed_by=by, claimed_until=until).where(free, Submission.status == "waiting")
        if before is None or not taken.execute():
            raise Refused(_why_not(submission_id, by), stale=True)
        if take_over and is_held(before, by):
            details = {"from": before.claimed_by.name}
            events.record(before, "take_over", N_("接手审核"), by=by, role="moderator", details=details)
    return Submission.get_by_id(submission_id)


def _why_not(submission_id: int, by: Person) -> str:
    row = Submission.get_or_none(Submission.id == submission_id)
    if row is None or row.status != "waiting":
        return N_("这一件已经有了决定，请看下一件")
    if by.id in (row.author_id, row.barred_id):
        return N_("自己写的和针对自己决定的申诉，由另一位审核员处理")
    return N_("另一位审核员正在看这一件，请看下一件，或者接手")


def release(submission_id: int, *, by: Person) -> None:
    """Let go of what `by` holds; nothing happens where it is not theirs."""
    mine = (Submission.id == submission_id) & (Submission.claimed_by == by.id)
    Submission.update(claimed_by=None, claimed_until=None).where(mine).execute()


def next_for(person: Person, wanted: Wanted, *, after: Submission | None = None) -> Submission | None:
    """Claim the first free submission behind `after` (else from the front) and return it; None where all is done."""
    while True:
        free = waiting(person, wanted).where(free_for(person))
        ahead = free.where(_behind(after.due, after.id)) if after else free
        first = ahead.order_by(Submission.due, Submission.id).first()
        if first is None and after is not None:
            first = free.where(Submission.id != after.id).order_by(Submission.due, Submission.id).first()
        if first is None:
            return None
        try:
            return claim(first.id, by=person)
        except Refused:
            continue  # somebody was faster: the next one then


def usual_wait() -> timedelta | None:
    """How long a first review took in the middle of the last fifty; None under five."""
    recent = Submission.select(Submission.submitted, Submission.decided).where(
        Submission.status == "decided", Submission.decided_by.is_null(False), Submission.cause == "first"
    )
    took = sorted(done - sent for sent, done in tuples(recent.order_by(Submission.decided.desc()).limit(50)))
    return took[len(took) // 2] if len(took) >= 5 else None
