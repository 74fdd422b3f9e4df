"""What is told of a reported conversation: to moderators, to who reported it, and to the other one, who never hears
that it was reported, nor by whom.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from hall.notify_boards import talk_values
from hall.notify_boards_audiences import Said
from hall.notify_decisions import persons
from hall.talk_reading import about
from hall.telling import Telling, holders
from hall.words import N_
from models import Conversation, Event, Person, TalkReport


@dataclass
class Reported(Said):
    """One event of a report, with the conversation and what it is about."""

    report: TalkReport


def judges(news: Reported) -> Iterable[Person]:
    """The moderators who are not one of the two."""
    two = (news.report.person_id, news.report.accused_id)
    return [person for person in holders("talk.judge") if person.id not in two]


def reporter(news: Reported) -> Iterable[Person]:
    return persons(news.report.person_id)


def accused(news: Reported) -> Iterable[Person]:
    return persons(news.report.accused_id)


def _load(event: Event) -> Reported:
    report: TalkReport = (
        TalkReport.select(TalkReport, Conversation).join(Conversation).where(TalkReport.id == event.subject_id).get()
    )
    talk = report.conversation
    return Reported(event, talk, about([talk])[talk.subject_type, talk.subject_id], report)


def _values(news: Reported) -> dict[str, str]:
    return {**talk_values(news), "number": news.report.number}


def _link(news: Reported, person: Person) -> str:
    if person.id in (news.report.person_id, news.report.accused_id):
        return f"/messages/{news.talk.id}"
    return f"/admin/queue/talk_report/{news.report.number}"


TELLING = Telling(
    {
        "report": [(judges, N_("有人举报一段对话（%(number)s），请处理"))],
        "uphold": [
            (reporter, N_("您举报的对话（关于《%(title)s》）已处理：举报成立，对话已关闭，谢谢")),
            (accused, N_("关于《%(title)s》的对话经审核已关闭")),
        ],
        "dismiss": [(reporter, N_("您举报的对话（关于《%(title)s》）已处理：举报不成立，对话不受影响"))],
    },
    _load,
    _values,
    _link,
)
