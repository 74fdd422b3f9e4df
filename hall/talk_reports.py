"""The flow of reports of conversations: one of the two reports, a moderator reads what was said and decides.

Nothing else lets a moderator read a conversation, and who is one of the two never judges it.
"""

from typing import Any

from hall import access, clock, talk_blocks
from hall.answers import choice, not_among, text
from hall.flow import Flow
from hall.lanes import LANES, Lane
from hall.numbers import next_number
from hall.talk_reading import said_in
from hall.words import N_, Refused
from models import REASONS, TALK_REPORT_STATES, Conversation, Message, Person, TalkReport

flow = Flow("talk_report", "对话举报", TalkReport, TALK_REPORT_STATES)

# Of the reasons those that a message can give.
CODES = ("abuse", "privacy", "untrue", "advert", "illegal", "other")
TALK_REASONS = [(code, label) for code, label in REASONS if code in CODES]
# Where what was said may be read: not any more where nothing was found in it.
READABLE = ("waiting", "upheld")
_WHO = "审核员，不能判自己参与的对话"


@flow.start(
    "举报对话", target="waiting", need="talk.report", who="对话的两人，各一次", recorded="原因", model=TalkReport
)
def report(*, by: Person, talk: Conversation, code: str, note: str = "") -> tuple[TalkReport, dict[str, Any]]:
    """Report what the other one said in `talk`, once; `code` is one of TALK_REASONS. Raises Refused."""
    accused = talk_blocks.other_of(talk, by)
    said = {"code": choice(code, TALK_REASONS, "code"), "note": text(note, "note")}
    if of(talk, by) is None:
        fresh = {**said, "number": next_number("JB"), "accused": accused, "created": clock.now()}
        made, is_new = TalkReport.get_or_create(conversation=talk.id, person=by.id, defaults=fresh)
        if is_new:
            return made, {"code": said["code"]}
    raise Refused(N_("您已经举报过，有结果会通知您"), stale=True)


@flow.step(
    "成立", sources=["waiting"], target="upheld", need="talk.judge", who=_WHO, recorded="审核意见", weight="danger"
)
def uphold(report: TalkReport, *, by: Person, finding: str = "") -> dict[str, Any]:
    """The report is right: the conversation is closed for good, and the other one is trusted least for a while."""
    details = _decided(report, by, finding)
    talk_blocks.hold(report.conversation)
    return details


@flow.step("不成立", sources=["waiting"], target="dismissed", need="talk.judge", who=_WHO, recorded="审核意见")
def dismiss(report: TalkReport, *, by: Person, finding: str = "") -> dict[str, Any]:
    """There is nothing in it: the two talk on, and nobody reads them any more."""
    return _decided(report, by, finding)


def _decided(report: TalkReport, by: Person, finding: str) -> dict[str, Any]:
    not_among(by, [report.person_id, report.accused_id], N_("这段对话里有您，请别的审核员处理"))
    report.finding = text(finding, "finding")
    report.decided_by, report.decided = by, clock.now()
    return {"finding": report.finding} if report.finding else {}


def of(talk: Conversation, person: Person) -> TalkReport | None:
    """What `person` has reported of `talk`, if anything."""
    found: TalkReport | None = TalkReport.get_or_none(conversation=talk.id, person=person.id)
    return found


def messages(
    report: TalkReport, person: Person, before: int | None = None, limit: int = 50
) -> tuple[list[Message], int | None]:
    """A page of what was said in the reported conversation, for a moderator, as `talk_reading.page` gives it.

    Nothing for anybody else, nor where the report was not right.
    """
    is_judge = access.may(person, "talk.judge") and person.id not in (report.person_id, report.accused_id)
    if report.status not in READABLE or not is_judge:
        return [], None
    return said_in(report.conversation, before, limit)


LANES["talk_report"] = [
    Lane("waiting", "待处理的对话", ("waiting",), "talk.judge", by="created"),
    Lane("decided", "已处理", ("upheld", "dismissed"), "talk.judge", counted=False),
]
