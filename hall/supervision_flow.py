"""The supervision thread's flow, beside its moderation, and what several of its steps share."""

from datetime import datetime

from hall import clock
from hall.answers import not_among, text
from hall.flow import Flow
from hall.promise import Calendar
from hall.words import N_, Refused
from models import THREAD_STATES, Person, Thread

flow = Flow("supervision", "监督帖", Thread, THREAD_STATES)

MOST_EXTENSIONS = 2
MOST_REOPENED = 2
TITLE_LEAST, TITLE_MOST = 4, 60
TEXT_LEAST, TEXT_MOST = 10, 2000
COMMENT_MOST = 500

# What was reviewed and not taken out of sight since: only this is worked on.
REVIEWED = ("published", "private")


def in_working_days(days: int) -> datetime:
    """The close of office on that working day from now."""
    return Calendar().working_days(clock.now(), days)


def reviewed_only(thread: Thread) -> None:
    """Raise Refused where a thread is waiting for review, or was taken out of sight."""
    if thread.moderation not in REVIEWED:
        raise Refused(N_("这个帖子现在没有公开，不能继续办理"), stale=True)


def by_a_colleague(thread: Thread, by: Person) -> None:
    """Separation of duties: raise Refused where somebody would handle what they wrote themselves."""
    not_among(by, [thread.author_id], N_("自己发的帖子，请由同事办理"))


def title(value: str) -> str:
    return text(value, "title", least=TITLE_LEAST, most=TITLE_MOST)


def body(value: str, field: str = "text") -> str:
    return text(value, field, least=TEXT_LEAST, most=TEXT_MOST)
