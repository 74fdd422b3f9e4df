"""Who is concerned by a moderator's decision on whatever is moderated, and by what waits for one.

Nobody is in an audience who may not see by then what the event is about.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from hall import moderation
from hall.telling import holders
from hall.words import N_
from models import Event, Moderated, Person, Report, Submission

ALERT = 3
ANSWERS = ("publish", "keep_private", "keep", "hide")  # the decisions that answer reports
# A decision is told when it can't be taken back any more, and whoever did so in the last moment has got through.
PATIENCE = timedelta(seconds=moderation.UNDO_SECONDS + 2)


@dataclass
class Decision:
    """One event on something moderated: what it is about, and what of that everybody may read."""

    event: Event
    row: Moderated

    @cached_property
    def disclosed(self) -> bool:
        """Whether everybody may read it."""
        return moderation.is_disclosed(self.row)

    @cached_property
    def waiting(self) -> Submission | None:
        """What waits for a moderator by this event, if it still does."""
        return moderation.proposal(self.row)

    @property
    def is_first(self) -> bool:
        """Whether a decision is about something that the public could not read before."""
        return self.event.source != "published"


# What is told of one kind of thing has audiences of its own, which know more of an event than this.
Audience = Callable[[Any], Iterable[Person]]


def only(condition: Callable[[Any], bool], audience: Audience) -> Audience:
    return lambda news: audience(news) if condition(news) else []


def persons(*ids: int | None) -> Iterable[Person]:
    return Person.select().where(Person.id.in_([each for each in ids if each is not None]))


def author(news: Decision) -> Iterable[Person]:
    return persons(news.row.author_id)


def moderators(news: Decision) -> Iterable[Person]:
    """Who may decide what waits: neither its author nor the one whose decision it is against."""
    if news.waiting is None:
        return []
    barred = {news.waiting.author_id, news.waiting.barred_id}
    return [person for person in holders("moderation.decide") if person.id not in barred]


def reporters(news: Decision) -> Iterable[Person]:
    """Those whose report this decision answers, that is all since the one before."""
    about = (Report.subject_type == news.event.subject_type) & (Report.subject_id == news.event.subject_id)
    about &= Report.result == news.event.name
    if (before := standing_before(news.event)) is not None:
        about &= Report.created > before.at
    return Person.select().where(Person.id.in_(Report.select(Report.person).where(about)))


def standing_before(event: Event, names: Iterable[str] = ANSWERS) -> Event | None:
    """The last decision of `names` on the same thing before `event` that was not taken back."""
    same = (Event.subject_type == event.subject_type) & (Event.subject_id == event.subject_id)
    earlier: Any = Event.select().where(same, Event.seq < event.seq, Event.name.in_([*names, "undo"]))
    undone = set()
    for each in earlier.order_by(Event.seq.desc()):
        if each.name == "undo":
            undone.add(each.details.get("submission"))
        elif each.details.get("submission") not in undone:
            return each
    return None


def is_alert(news: Decision) -> bool:
    return news.waiting is not None and news.waiting.risk == ALERT


def is_first(news: Decision) -> bool:
    return news.is_first


def is_edit(news: Decision) -> bool:
    """Whether a decision is about a change that the author proposed to what was approved before."""
    decided = Submission.get_or_none(Submission.id == news.event.details.get("submission"))
    return decided is not None and decided.cause == "edit"


def is_masked(news: Decision) -> bool:
    return bool(news.event.details.get("masked"))


def may_appeal(news: Decision) -> bool:
    about = (Submission.subject_type == news.event.subject_type) & (Submission.subject_id == news.event.subject_id)
    return not Submission.select().where(about, Submission.cause == "appeal").exists()


def undone(event: Event, later: Event) -> bool:
    """Whether `later` takes the decision of `event` back."""
    return later.name == "undo" and later.details.get("submission") == event.details.get("submission")


DECISIONS = dict.fromkeys(("publish", "keep_private", "send_back", "reject", "keep", "hide"), undone)


# --- what is told of every board in the same words -----------------------------------------------------

Said = list[tuple[Audience, str]]
Table = dict[str, Said]

TITLE_SHOWN = 20

ALERTED: Said = [(only(is_alert, moderators), N_("警报词：《%(title)s》等待审核，请马上看"))]
SHOWN = (reporters, N_("您的举报已处理：相关内容经审核后公开"))
PRIVATE = (reporters, N_("您的举报已处理：相关内容已不再公开，谢谢"))
HIDDEN = (reporters, N_("您的举报已处理：相关内容已屏蔽，谢谢"))
# What becomes of a text before a moderator decides, and of a report that was unfounded.
WAITING: Table = {
    "edit": ALERTED,
    "resubmit": ALERTED,
    "appeal": [*ALERTED, (moderators, N_("申诉待审：《%(title)s》"))],
    "report": [(moderators, N_("有人举报《%(title)s》中的内容，请处理"))],
    "keep": [(reporters, N_("您的举报已处理：相关内容维持公开"))],
}


def short(title: str) -> str:
    """A title as it stands in a message, at most TITLE_SHOWN characters and a mark that there are more."""
    return title if len(title) <= TITLE_SHOWN else f"{title[:TITLE_SHOWN]}…"
