"""Everything that is needed to decide one thing, read in a few queries whatever it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import peewee
from flask import abort

from admin import desk_about, desk_text
from admin.desk_about import Author, Like
from admin.desk_reasons import Reason, reasons, writes_english
from admin.desk_text import Change, Hit, Part
from admin.gate import me
from hall import clock, events, sensitive, submissions
from hall.moderation import board_of, current
from models import (
    MODERATED,
    Department,
    Moderated,
    Person,
    Report,
    Submission,
)
from templating import translated

MODELS: dict[str, type[Moderated]] = {events.subject_type(model): model for model in MODERATED}
EARLIER = 20


@dataclass
class Item:
    """One thing on the desk. `state`: "mine", "free", "other" (somebody holds it) or "closed"."""

    submission: Submission
    row: Any
    state: str
    left: int  # seconds that the lock still holds
    content: dict[str, Any]
    hits: list[Hit]
    parts: list[Part]
    photos: list[str]
    changed: list[Change]
    changed_from: str  # "published", "sent_back" or "": what `changed` compares with
    earlier: list[Submission]
    author: Author
    alike: list[Like]
    above: Any
    siblings: list[Any]
    reports: list[Report]
    facts: list[tuple[str, str]]
    offers: list[str]
    reasons: dict[str, list[Reason]]
    departments: list[Department]
    chosen: str  # the code of the department that is preselected
    address: str
    doubt: list[tuple[str, str]]  # what the hall noticed, in pieces: (text, address or "")
    meanwhile: list[Change] = field(default_factory=list)

    @property
    def model(self) -> type[Moderated]:
        return type(self.row)

    @property
    def headline(self) -> str:
        return desk_about.headline(self.row, self.content)

    @property
    def preset(self) -> list[str]:
        """The marks that are masked unless somebody says otherwise: words whose action that is."""
        return [hit.span for hit in self.hits if hit.mark.action == "mask"]

    @property
    def primary(self) -> str:
        """The decision that is nearest at hand."""
        return next((name for name in ("keep", "publish", "keep_private") if name in self.offers), "")

    @property
    def can_forward(self) -> bool:
        return bool(self.departments)


def found(submission_id: int) -> list[Submission] | None:
    """This submission, unless it is no business of the moderator who asks, and those of the same thing before it."""
    this, author, holder, judge = Submission.alias(), Person.alias(), Person.alias(), Person.alias()
    same = (this.subject_type == Submission.subject_type) & (this.subject_id == Submission.subject_id)
    outer = peewee.JOIN.LEFT_OUTER
    query = (
        Submission.select(Submission, author, holder, judge, Department)
        .join(this, on=same)
        .join_from(Submission, author, on=(Submission.author == author.id), attr="author")
        .join_from(Submission, holder, outer, on=(Submission.claimed_by == holder.id), attr="claimed_by")
        .join_from(Submission, judge, outer, on=(Submission.decided_by == judge.id), attr="decided_by")
        .join_from(Submission, Department, outer)
        .where(this.id == submission_id, Submission.id <= this.id)
    )
    rows = list(query.order_by(Submission.id.desc()).limit(EARLIER))
    mine = rows and me().id in (rows[0].author_id, rows[0].barred_id)
    return rows if rows and not mine and rows[0].subject_type in MODELS else None


def load(trail: list[Submission], shown: dict[str, Any] | None = None, departments: Iterable[Department] = ()) -> Item:
    """The page of `trail[0]`; `shown` is the text that the moderator had before them when it changed meanwhile."""
    submission, *earlier = trail
    row = row_of(submission)
    content = desk_about.ordered(row, submission.content)
    hits = desk_text.hits_of(content, marks_of(content))
    before, changed_from = _compared(submission, row, earlier)
    state, left = state_of(submission)
    author, alike = desk_about.around(submission, row)
    forward = _may_forward(submission, row)
    return Item(
        submission=submission,
        row=row,
        state=state,
        left=left,
        content=content,
        hits=hits,
        parts=desk_text.parts(type(row), content, hits),
        photos=[str(name) for name in content.get("photos") or []] + desk_text.answered_photos(content),
        changed=desk_text.changes(type(row), before, content) if changed_from else [],
        changed_from=changed_from,
        earlier=[each for each in earlier if each.status == "decided"],
        author=author,
        alike=alike,
        above=getattr(row, row.above) if row.above else None,
        siblings=desk_about.siblings(row),
        reports=desk_about.reports(submission),
        facts=desk_about.facts(row),
        offers=offers(submission, row, hits),
        reasons=reasons(writes_english(content)),
        departments=list(departments) if forward else [],
        chosen=row.department.code if forward and row.department is not None else "",
        address=desk_about.public_address(row),
        doubt=desk_about.named_in(translated(submission.doubt)),
        meanwhile=desk_text.changes(type(row), shown, content) if shown else [],
    )


def marks_of(content: dict[str, Any]) -> list[sensitive.Mark]:
    return sensitive.marks(content)


def row_of(submission: Submission) -> Any:
    """What a submission is about, with everything that its keys point at, in one query."""
    model: Any = MODELS[submission.subject_type]
    return desk_about.with_keys(model).where(model.id == submission.subject_id).first() or abort(404)


def state_of(submission: Submission) -> tuple[str, int]:
    """Who holds it, as a word, and for how many seconds."""
    if submission.status != "waiting":
        return "closed", 0
    until: datetime | None = submission.claimed_until
    left = int((until - clock.now()).total_seconds()) if until and submission.claimed_by_id else 0
    if left <= 0:
        return "free", 0
    return ("mine" if submission.claimed_by_id == me().id else "other"), left


def offers(submission: Submission, row: Any, hits: list[Hit]) -> list[str]:
    """The decisions that make sense for what waits."""
    if submission.status != "waiting":
        return []
    if submission.cause == "report":
        return ["keep", *(["publish"] if hits else []), "hide"]
    public = [] if getattr(row, "shown_as", "") == "private" else ["publish"]
    unknown = board_of(row).instead
    return [name for name in (*public, "keep_private", "send_back", "reject") if name not in unknown]


def _may_forward(submission: Submission, row: Any) -> bool:
    """Whether a decision may also give the row to a department: its board knows how, and nobody has done it."""
    waits = submission.status == "waiting" and submission.cause != "report"
    return waits and board_of(row).pass_on is not None and getattr(row, "forwarded", None) is None


def _compared(submission: Submission, row: Any, earlier: list[Submission]) -> tuple[dict[str, Any], str]:
    """The version that a moderator compares this one with."""
    if submission.status != "waiting":
        return submission.previous, "published" if submission.cause == "edit" else ""
    if submission.cause == "edit":
        return current(row), "published"
    last = next((each for each in earlier if each.status == "decided"), None)
    if last is not None and last.decision == "send_back" and submission.cause == "first":
        return last.content, "sent_back"
    return {}, ""


def headline_of(submission: Submission) -> str:
    """What a submission is called in the queue."""
    return desk_about.headline(MODELS[submission.subject_type], submission.content)


def headline_of_row(row: Any) -> str:
    return desk_about.headline(row, current(row))


def parts_of(row: Any) -> list[Part]:
    """The text of a row beside the item, without marks."""
    return desk_text.parts(type(row), current(row), [])


def waited(submission: Submission) -> timedelta:
    return clock.now() - submission.submitted


def late_by(submission: Submission) -> timedelta:
    """How long the promise is past; negative while it holds."""
    return clock.now() - submission.due


def is_held(submission: Submission) -> bool:
    return submissions.is_held(submission, me())
