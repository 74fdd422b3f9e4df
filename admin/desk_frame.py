"""What stands around an item of the desk: the filters with their counts, the page of the queue, what was just done."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from flask import g, request, session, url_for
from flask_babel import gettext as _

from admin.desk_item import MODELS
from admin.gate import me
from forms.desk import FilterForm, SaveFilterForm
from hall import archive, clock, desk_filters, freshness, submissions
from hall.moderation import UNDO_SECONDS
from hall.submissions import COUNT_CAP, Wanted
from models import DECISIONS, RISKS, SUBMISSION_CAUSES, Department, SavedFilter, Submission

PAGE = 20
KEPT = ("what", "department", "risk", "cause", "after")
DONE = "desk_done"  # in the session: what was decided last, for as long as it can be undone


@dataclass(frozen=True)
class Chip:
    """A filter that is one click away, with how much waits under it."""

    label: str
    key: str
    address: dict[str, Any]
    count: str
    active: bool
    saved: int = 0


@dataclass
class Frame:
    """The left of the desk: what waits, by whose filter."""

    form: FilterForm
    wanted: Wanted
    chips: list[Chip]
    rows: list[Submission]
    following: str
    departments: list[Department]
    saving: SaveFilterForm
    total: str
    narrowed: bool
    said: str  # the filter in words, where no chip says it

    @property
    def today(self) -> int:
        """How many whoever asks has decided since midnight; asked for an empty desk only."""
        midnight = clock.utc(datetime.combine(clock.today(), time()))
        mine = Submission.select(Submission.id).where(Submission.decided_by == me().id, Submission.decided >= midnight)
        return int(mine.limit(1000).count())

    @property
    def can_save(self) -> bool:
        return self.narrowed and not any(chip.saved and chip.active for chip in self.chips)


def address(**changes: Any) -> dict[str, Any]:
    """The filter and page that somebody looks at, for links; what is empty is left out."""
    kept = {name: request.args.get(name, "")[:100] for name in KEPT}
    return {name: value for name, value in {**kept, **changes}.items() if value}


def filters(departments: list[Department]) -> FilterForm:
    """The filter of the address."""
    form = FilterForm(request.args)
    form.what.choices = [("", _("全部")), *_kinds()]
    form.department.choices = [("", _("全部")), *((each.code, each.name) for each in departments)]
    form.risk.choices = [("", _("全部")), *((str(risk), _(label)) for risk, label in RISKS[1:])]
    form.cause.choices = [("", _("全部")), *((cause, _(label)) for cause, label in SUBMISSION_CAUSES[:-1])]
    return form


def _kinds() -> list[tuple[str, str]]:
    """Every entity that is moderated, and below it its kinds if it has some."""
    found = []
    for name, model in MODELS.items():
        own = model._meta.fields.get("kind")
        kinds = (own.choices or []) if own is not None else []
        found += [
            (name, _(model.label)),
            *((f"{name}:{kind}", f"{_(model.label)} · {_(label)}") for kind, label in kinds),
        ]
    return found


def wanted_here() -> Wanted:
    """The filter of the address, for what only needs to go on in it."""
    named = request.args.get("department")
    known = list(Department.select().where(Department.code == named[:20])) if named else []
    return filters(known).wanted()


def frame() -> Frame:
    """Everything around the item: five queries, however much waits."""
    departments = list(archive.without(Department.select()).order_by(Department.code))
    form = filters(departments)
    wanted, saved = form.wanted(), desk_filters.saved(me())
    after = request.args.get("after", "")
    rows, following = submissions.page(me(), wanted, after=after, limit=PAGE)
    counted = count(wishes(saved, wanted))
    chips = _chips(wanted, saved, counted)
    said = "" if any(chip.active for chip in chips) else _in_words(form)
    total = capped(counted["here"])
    return Frame(
        form, wanted, chips, rows, following, departments, SaveFilterForm(), total, bool(wanted.as_dict()), said
    )


def _in_words(form: FilterForm) -> str:
    """The answers of a filter, each as its choice is called."""
    known = [(field.data, dict(field.choices)) for field in form if field.data]
    return " · ".join(str(labels[value]) for value, labels in known if value in labels)


def wishes(saved: list[SavedFilter], here: Wanted) -> dict[str, Wanted]:
    """What is counted, by the key that the page knows it by; `here` is what is looked at."""
    kinds = {name: Wanted(subject_type=name) for name in MODELS}
    mine = {f"filter-{row.id}": desk_filters.wanted_of(row) for row in saved}
    return {"all": Wanted(), "here": here, **kinds, **mine}


_counts = freshness.Kept(submissions.counts)


def count(asked: dict[str, Wanted]) -> dict[str, int]:
    """How much waits under each, in one query; kept for the badge of the navigation."""
    found = dict(zip(asked, _counts(me(), tuple(asked.values())), strict=True))
    g.desk_waiting = found["all"]
    return found


def waiting_count() -> int:
    """How much waits for whoever asks; asked of the database once a request."""
    if "desk_waiting" not in g:
        count({"all": Wanted()})
    return g.desk_waiting


def capped(number: int) -> str:
    return f"{COUNT_CAP - 1}+" if number >= COUNT_CAP else str(number)


def _chips(wanted: Wanted, saved: list[SavedFilter], counted: dict[str, int]) -> list[Chip]:
    names = {f"filter-{row.id}": row for row in saved}
    labels = {"all": _("全部"), **{name: _(model.label) for name, model in MODELS.items()}}
    return [
        Chip(
            labels.get(key) or names[key].name,
            key,
            _address_of(each),
            capped(counted[key]),
            each == wanted,
            names[key].id if key in names else 0,
        )
        for key, each in wishes(saved, wanted).items()
        if key != "here"
    ]


def _address_of(wanted: Wanted) -> dict[str, Any]:
    said = wanted.as_dict()
    what = ":".join(part for part in (said.pop("subject_type", ""), said.pop("kind", "")) if part)
    return {**({"what": what} if what else {}), **said}


# --- what was just done ------------------------------------------------------------------------------


def remember(submission: Submission, decision: str, headline: str, extra: str = "") -> None:
    """Keep what was decided for the few seconds in which it can be undone."""
    until = clock.now() + timedelta(seconds=UNDO_SECONDS)
    session[DONE] = [submission.id, decision, headline[:40], extra[:40], until.isoformat()]


def forget_done() -> None:
    session.pop(DONE, None)


def done() -> dict[str, Any] | None:
    """What can still be undone: {"id", "text", "left" seconds}; None where nothing can."""
    try:
        submission_id, decision, headline, extra, until = session[DONE]
        left = (datetime.fromisoformat(until) - clock.now()).total_seconds()
    except (KeyError, TypeError, ValueError):
        return None
    if left <= 0:
        return None
    label = _(dict(DECISIONS).get(decision, decision))
    said = _("%(decision)s并转办%(department)s", decision=label, department=extra) if extra else label
    return {"id": submission_id, "decision": said, "headline": headline, "left": min(int(left) + 1, UNDO_SECONDS)}


def here(submission_id: int | None) -> str:
    """The address of an item in the filter of now, of the desk itself for None."""
    if submission_id is None:
        return url_for("desk.index", **address(after=""))
    return url_for("desk.item", submission_id=submission_id, **address())
