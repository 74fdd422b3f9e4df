"""What the queue shows of a reported conversation: who reported whom for what, and what the two said to each other."""

from collections.abc import Sequence
from typing import Any

import peewee
from flask import request

from admin.listing import row_id
from hall import talk_reports
from hall.talk_reading import about
from models import Conversation, Event, Person, TalkReport


def joined(query: peewee.ModelSelect) -> peewee.ModelSelect:
    """`query` over reports with the conversation and all people of the report in the same row."""
    people = [(key, Person.alias()) for key in (TalkReport.person, TalkReport.accused, TalkReport.decided_by)]
    query = query.select_extend(Conversation, *(there for _key, there in people)).join_from(TalkReport, Conversation)
    for key, there in people:
        query = query.join_from(TalkReport, there, peewee.JOIN.LEFT_OUTER, on=(key == there.id), attr=key.name)
    return query


def page(report: TalkReport, history: Sequence[Event], person: Person) -> dict[str, Any]:
    """What the page of a report shows beside it: the thing that they talk about and the messages, a page by key."""
    talk = report.conversation
    messages, earlier = talk_reports.messages(report, person, before=row_id(request.args.get("before", "")) or None)
    return {
        "thing": about([talk])[talk.subject_type, talk.subject_id],
        "messages": messages,
        "earlier": earlier,
        "is_readable": report.status in talk_reports.READABLE,
    }
