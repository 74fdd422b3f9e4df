"""What was decided in public view: the log of the moderation without whom, what or where (`requirements.md` 6)."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from hall import clock
from hall.moderation import UNDO_SECONDS
from models import DECISIONS, MODERATED, REASONS, SUBMISSION_CAUSES, Submission, tuples

# The newest decisions of the month that are counted; older ones of a busy month are left out, and the page says so.
SAMPLE = 500


@dataclass(frozen=True)
class Line:
    """One decision, in labels: when, on what kind of thing, why it was looked at, what was decided for which reason."""

    at: datetime
    kind: str
    cause: str
    decision: str
    decision_label: str
    reason: str


def _decided() -> Any:
    """The decisions that can't be taken back any more, newest first, and of each no more than a line shows."""
    settled = clock.now() - timedelta(seconds=UNDO_SECONDS)
    columns = (Submission.id, Submission.decided, Submission.subject_type, Submission.cause, Submission.decision)
    query = Submission.select(*columns, Submission.reason)
    query = query.where(Submission.status == "decided", Submission.decided <= settled)
    return query.order_by(Submission.decided.desc(), Submission.id.desc())


def page(after: str = "", limit: int = 50) -> tuple[list[Line], str]:
    """One page of the log, newest first, and the key of the next ("" is the end)."""
    query = _decided()
    if key := _key(after):
        decided, row_id = key
        same = (Submission.decided == decided) & (Submission.id < row_id)
        query = query.where((Submission.decided < decided) | same)
    rows = list(query.limit(limit + 1))
    last = rows[limit - 1] if len(rows) > limit else None
    return [_line(row) for row in rows[:limit]], f"{last.decided.isoformat()}~{last.id}" if last else ""


def _line(row: Submission) -> Line:
    kinds = {model._meta.table_name: model.label for model in MODERATED}
    return Line(
        at=row.decided or row.submitted,
        kind=kinds.get(row.subject_type, ""),
        cause=dict(SUBMISSION_CAUSES).get(row.cause, ""),
        decision=row.decision,
        decision_label=dict(DECISIONS).get(row.decision, ""),
        reason=dict(REASONS).get(row.reason, ""),
    )


def _key(after: str) -> tuple[datetime, int] | None:
    said, _tilde, number = after[:50].partition("~")
    if not after.isascii() or not number.isdigit() or not 0 < int(number) < 2**31:
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=None), int(number)
    except ValueError:
        return None


def this_month() -> tuple[list[tuple[str, int]], bool]:
    """How often each decision was made this campus month, (label, count), and whether only SAMPLE were counted."""
    starts = clock.utc(datetime.combine(clock.today().replace(day=1), time()))
    newest = _decided().select(Submission.decision).where(Submission.decided >= starts).limit(SAMPLE)
    counted = Counter(decision for (decision,) in tuples(newest))
    return [(label, counted[name]) for name, label in DECISIONS if counted[name]], sum(counted.values()) == SAMPLE
