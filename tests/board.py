"""What the tests of the boards share: threads on their way from post to disclosed answer, by the hands of the cast."""

from datetime import timedelta
from typing import Any

from hall import clock, moderation, notify, supervision
from models import Comment, Department, Moderated, Person, Reply, Submission, Thread
from tests.conftest import Campus
from tests.visitor import Visitor

TITLE = "二食堂的汤总是凉的"
TEXT = "最近一周晚上六点以后去二食堂，例汤都是凉的，窗口说没有保温设备，希望能改进。"
ANSWER = "感谢您的意见，二食堂已经检查了保温台，更换了损坏的加热管。"


def posted(by: Person, **more: Any) -> Thread:
    """A complaint of `by` about the soup, waiting for a moderator."""
    return supervision.post(by=by, **{"kind": "complaint", "title": TITLE, "text": TEXT, **more})


def submission_of(row: Moderated) -> Submission:
    """What waits for review of `row`."""
    waiting = moderation.proposal(row)
    assert waiting is not None, "nothing waits"
    return waiting


def decided(row: Moderated, decision: str, by: Person, **answers: Any) -> Any:
    """`row` after this decision on exactly what waits."""
    waiting = submission_of(row)
    return moderation.decide(row, decision, by=by, submission=waiting.id, version=waiting.version, **answers)


def decided_by_form(moderator: Visitor, decision: str, **answers: str) -> None:
    """The moderator opens the first that waits and decides it, as the page has it."""
    opened = moderator.post("/admin/desk/next")
    assert opened.status_code == 303
    waiting = opened.location.partition("?")[0]
    answer = moderator.submit(waiting, action=f"{waiting}/decide", decide=decision, **answers)
    assert answer.status_code == 303, answer.text


def told(person: Person) -> list[str]:
    """What `person` was told by now, newest first; decisions too, that a moderator could still take back."""
    with clock.at(clock.now() + timedelta(minutes=1)):
        while notify.announce():
            pass
    return [row.text for row in notify.inbox(person)]


def published(campus: Campus, by: Person | None = None, **more: Any) -> Thread:
    """A public thread that waits to be forwarded."""
    thread: Thread = decided(posted(by or campus.A, **more), "publish", campus.M)
    return thread


def forwarded(campus: Campus, by: Person | None = None, code: str = "HQ-YS", **more: Any) -> Thread:
    """A public thread that its department is handling."""
    department = Department.get(Department.code == code)
    thread: Thread = supervision.forward(published(campus, by, **more), by=campus.M, department=department)
    return thread


def drafted(campus: Campus, thread: Thread, by: Person | None = None, **more: Any) -> Reply:
    """The reply that waits after the department has drafted it."""
    supervision.reply(thread, by=by or campus.handler, **{"text": ANSWER, "measures": "每天两次测温", **more})
    return Reply.select().where(Reply.thread == thread.id).order_by(Reply.id.desc()).get()


def answered(campus: Campus, thread: Thread | None = None, **more: Any) -> Thread:
    """A public thread with a public reply."""
    thread = thread or forwarded(campus)
    decided(drafted(campus, thread, **more), "publish", campus.M)
    return Thread.get_by_id(thread.id)


def commented(campus: Campus, thread: Thread, by: Person | None = None, **more: Any) -> Comment:
    """A follow-up that waits for a moderator."""
    return supervision.comment(thread, by=by or campus.B, **{"text": "三食堂也是这样，上周三开始的。", **more})
