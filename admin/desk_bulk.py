"""Many at once: first what would happen to each and why some would be left out, then exactly that."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import peewee
from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _

from admin import desk_about, desk_frame, desk_item, desk_text
from admin.desk_reasons import Reason, reason_of, reasons, writes_english
from admin.desk_text import Hit
from admin.gate import me
from forms.desk import BulkForm, Span
from hall import moderation, sensitive, submissions
from hall.moderation import board_of
from hall.words import N_, Refused
from models import DECISIONS, Department, Person, Submission
from templating import sentence

DOUBTED = N_("存疑的要逐件看")
WORDS_FOUND = 2  # the risk from which a text is not published with others unless somebody says so


@dataclass(frozen=True)
class Line:
    """One of the chosen, with what would become of it: `problem` says why it can't, `asks` that it must be ticked."""

    submission: Submission
    row: Any
    headline: str
    excerpt: str
    hits: list[Hit]
    department: Department | None
    problem: str
    asks: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one: `said` is a sentence, `done` whether it was decided."""

    submission_id: int
    headline: str
    said: str
    done: bool


class Bulk:
    """The part of the desk that decides many."""

    render: Any

    @expose("/bulk", methods=("POST",))
    def bulk(self) -> Any:
        """What is chosen, what would become of each; nothing happens yet."""
        form = BulkForm(request.form)
        try:
            chosen, decision = form.ids(), form.decision
            lines, reason = _lines(chosen, decision), _reason(form, english=False)
        except Refused as refused:
            return _back(refused)
        page = {"form": form, "lines": lines, "decision": decision, "reason": reason}
        page |= {"about": desk_item, "missing": len(chosen) - len(lines)}
        return self.render("admin/desk_bulk.html", **page, address=desk_frame.address)

    @expose("/bulk/do", methods=("POST",))
    def bulk_do(self) -> Any:
        """Decide each as it was shown. The same form sent again decides nothing twice and says the same."""
        form = BulkForm(request.form)
        try:
            shown, decision = form.items(), form.decision
            _reason(form, english=False)
        except Refused as refused:
            return _back(refused)
        rows = _chosen(list(shown))
        outcomes = [_decided(form, row, subject, shown[row.id], decision) for row, subject in rows]
        page = {"outcomes": outcomes, "decision": decision, "address": desk_frame.address}
        return self.render("admin/desk_bulk_done.html", **page)


def _back(refused: Refused) -> Any:
    flash(sentence(refused), "warning")
    return redirect(desk_frame.here(None), 303)


def _reason(form: BulkForm, *, english: bool) -> Reason | None:
    """The reason that goes with the decision; None where it needs none. Raises Refused."""
    if form.decision == "publish":
        return None
    found = reason_of(reasons(english), form.decision, form.key)
    if found is None:
        raise Refused(N_("请选择理由"))
    return found


def _chosen(ids: Iterable[int]) -> list[tuple[Submission, Any]]:
    """Those of the chosen that are the moderator's business, oldest promise first, with what they are about."""
    holder = Person.alias()
    query = Submission.select(Submission, Person, holder).where(Submission.id.in_(list(ids)))
    query = query.join_from(Submission, Person, on=(Submission.author == Person.id), attr="author")
    held = Submission.claimed_by == holder.id
    query = query.join_from(Submission, holder, peewee.JOIN.LEFT_OUTER, on=held, attr="claimed_by")
    rows = [
        row
        for row in query.order_by(Submission.due, Submission.id)
        if me().id not in (row.author_id, row.barred_id) and row.subject_type in desk_item.MODELS
    ]
    about = submissions.subjects(rows)
    return [(row, about[row.id]) for row in rows if row.id in about]


def _lines(ids: list[int], decision: str) -> list[Line]:
    rows = _chosen(ids)
    hits = _hits(row for row, _subject in rows)
    departments = {row.id: row for row in Department.select()} if decision == "publish" else {}
    found = []
    for row, subject in rows:
        problem = _problem(row, subject, decision)
        wished = departments.get(row.department_id) if board_of(subject).pass_on else None
        headline = desk_about.headline(subject, row.content)
        text = desk_about.ordered(subject, row.content).values()
        written = " ".join(value for value in text if isinstance(value, str))
        excerpt = written.removeprefix(headline).strip()[:160]
        asks = not problem and decision == "publish" and row.risk >= WORDS_FOUND
        found.append(Line(row, subject, headline, excerpt, hits[row.id], wished, problem, asks))
    return found


def _problem(row: Submission, subject: Any, decision: str) -> str:
    """Why one of the chosen can't be decided with the others; "" where it can."""
    if row.status != "waiting":
        return N_("这一件已经有了决定")
    if submissions.is_held(row, me()):
        return N_("另一位审核员正在看这一件")
    if row.cause in ("report", "appeal"):
        return N_("举报和申诉要逐件看")
    if decision == "publish" and getattr(subject, "shown_as", "") == "private":
        return N_("作者希望不公开，请逐件办理")
    if decision == "publish" and row.doubt:
        return DOUBTED
    return ""


def _hits(rows: Iterable[Submission]) -> dict[int, list[Hit]]:
    """The marks of many texts, looked for in one go; by the submission's id."""
    by_id = {row.id: row for row in rows}
    together = {
        f"{row.id} {column}": value
        for row in by_id.values()
        for column, value in row.content.items()
        if isinstance(value, str)
    }
    found: dict[int, list[sensitive.Mark]] = {row_id: [] for row_id in by_id}
    for mark in sensitive.marks(together):
        row_id, _space, column = mark.column.partition(" ")
        found[int(row_id)].append(sensitive.Mark(column, mark.start, mark.end, mark.kind, mark.word, mark.action))
    return {row_id: desk_text.hits_of(by_id[row_id].content, marks) for row_id, marks in found.items()}


def _decided(form: BulkForm, row: Submission, subject: Any, version: int, decision: str) -> Outcome:
    """Decide one of many, or say why not."""
    headline = desk_about.headline(subject, row.content)
    answers: dict[str, Any] = {}
    try:
        if decision == "publish":
            if row.risk >= WORDS_FOUND and not form.has("sure", row.id) and row.status == "waiting":
                raise Refused(N_("命中敏感词，没有勾选，未处理"))
            if row.doubt and row.status == "waiting":
                raise Refused(DOUBTED)
            department = row.department if form.has("forward", row.id) else None
            answers = {"masks": _covered(form, row), "forward_to": department}
        else:
            reason = _reason(form, english=writes_english(row.content))
            answers = {"code": reason.code, "note": reason.note} if reason else {}
        if row.cause in ("report", "appeal"):
            raise Refused(N_("举报和申诉要逐件看"))
        once = f"{(form.once.data or '')[:40]}.{row.id}"
        moderation.decide(subject, decision, by=me(), submission=row.id, version=version, once=once, **answers)
    except Refused as refused:
        return Outcome(row.id, headline, sentence(refused), False)
    return Outcome(row.id, headline, _(dict(DECISIONS)[decision]), True)


def _covered(form: BulkForm, row: Submission) -> list[Span]:
    """What is masked of a text that is published with others: everything found, or what a word's action masks."""
    screening = sensitive.screen(row.content)
    if form.has("cover", row.id):
        return [(mark.column, mark.start, mark.end) for mark in screening.hits]
    return screening.masks
