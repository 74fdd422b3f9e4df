"""Who hears what of the supervision board: never what they may not see, never too early, never who somebody is."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from hall import clock, flow, moderation, notify, notify_supervision, supervision
from models import (
    Comment,
    Department,
    Event,
    Grant,
    MaintenanceGroup,
    Notification,
    Person,
    SensitiveWord,
    Thread,
    ThreadFollower,
)
from tests import board
from tests.board import ANSWER, TEXT, TITLE
from tests.conftest import CAST, Campus

NAMES = {number: name for name, number in CAST.items()}
EDITED = {"title": TITLE, "text": TEXT + "今天也是。"}
STANDS = timedelta(seconds=30)


def announce(after: timedelta = STANDS) -> None:
    """Announce all that stands `after` this moment."""
    with clock.at(clock.now() + after):
        while notify.announce():
            pass


def told(verb: Callable[[], Any], after: timedelta = STANDS) -> dict[str, str]:
    """Who of the cast hears what of `verb`, as {name: text}; everything before is told first."""
    announce()
    assert not Event.select().where(Event.announced.is_null()).exists()
    last = Notification.select(Notification.id).order_by(Notification.id.desc()).first()
    verb()
    announce(after)
    rows = Notification.select(Notification, Person).join(Person).where(Notification.id > (last.id if last else 0))
    found = [(NAMES.get(row.person.number, row.person.number), row.text) for row in rows.order_by(Notification.id)]
    assert len(found) == len(dict(found)), f"somebody is told twice: {found}"
    return dict(found)


def link_to(person: Person) -> str:
    """Where the last message sends `person`."""
    return notify.inbox(person, limit=1)[0].link


def department(code: str) -> Department:
    return Department.get(Department.code == code)


def follow(thread: Thread, person: Person) -> None:
    supervision.follow(thread, by=person)


# --- review of a thread ------------------------------------------------------------------------------


def test_it_works(campus: Campus) -> None:
    thread = board.posted(campus.A)
    assert told(lambda: board.decided(thread, "publish", campus.M)) == {"A": f"您的帖子《{TITLE}》已公开"}
    assert link_to(campus.A) == f"/supervision/{thread.number}"


DECISIONS = [
    ("publish", {}, "您的帖子《%s》已公开"),
    ("keep_private", {}, "您的帖子《%s》已审核，仅您和部门可见"),
    ("send_back", {"note": "请说明窗口"}, "您的帖子《%s》请按意见修改后再提交"),
    ("reject", {"code": "advert"}, "您的帖子《%s》被驳回，请看原因，可以申诉一次"),
]


@pytest.mark.parametrize(("decision", "answers", "sentence"), DECISIONS)
def test_a_decision_is_told_when_it_stands(
    campus: Campus, decision: str, answers: dict[str, Any], sentence: str
) -> None:
    thread = board.posted(campus.A)
    verb = lambda: board.decided(thread, decision, campus.M, **answers)  # noqa: E731
    assert told(verb, after=timedelta(seconds=moderation.UNDO_SECONDS - 1)) == {}
    assert told(lambda: None) == {}  # by then it was told
    assert [row.text for row in notify.inbox(campus.A)] == [sentence % TITLE]


@pytest.mark.parametrize(("decision", "answers", "sentence"), DECISIONS)
def test_a_decision_that_was_taken_back_is_not_told(
    campus: Campus, decision: str, answers: dict[str, Any], sentence: str
) -> None:
    thread = board.posted(campus.A)

    def change_of_mind() -> None:
        waiting = board.submission_of(thread)
        done = board.decided(thread, decision, campus.M, **answers)
        moderation.undo(done, by=campus.M, submission=waiting.id)

    assert told(change_of_mind) == {}
    assert told(lambda: board.decided(thread, decision, campus.M, **answers)) == {"A": sentence % TITLE}


def test_an_edit_that_was_taken_back_leaves_the_first_publication_told(campus: Campus) -> None:
    """The announcer was away for all of it."""
    thread = board.published(campus)
    moderation.edit(thread, by=campus.A, content=EDITED)
    waiting = board.submission_of(thread)
    moderation.undo(board.decided(thread, "publish", campus.M), by=campus.M, submission=waiting.id)
    announce()
    assert [row.text for row in notify.inbox(campus.A)] == [f"您的帖子《{TITLE}》已公开"]


@pytest.mark.parametrize(
    ("decision", "answers", "sentence"),
    [
        ("publish", {}, "您对帖子《%s》的修改已公开"),
        ("send_back", {"note": "请说明窗口"}, "您对帖子《%s》的修改未通过，仍显示原文"),
        ("reject", {"code": "advert"}, "您对帖子《%s》的修改未通过，仍显示原文"),
    ],
)
def test_what_becomes_of_an_edit(campus: Campus, decision: str, answers: dict[str, Any], sentence: str) -> None:
    thread = board.published(campus, praised_worker=campus.W1, kind="praise")
    follow(thread, campus.B)
    assert told(lambda: moderation.edit(thread, by=campus.A, content=EDITED)) == {}
    assert told(lambda: board.decided(thread, decision, campus.M, **answers)) == {"A": sentence % TITLE}


def test_an_appeal_is_told_to_another_moderator(campus: Campus) -> None:
    thread = board.decided(board.posted(campus.A), "reject", campus.M, code="untrue")
    assert told(lambda: moderation.appeal(thread, by=campus.A, words="这是真的，有照片")) == {
        "M2": f"申诉待审：《{TITLE}》"
    }
    assert link_to(campus.M2) == "/admin/desk/"
    heard = told(lambda: board.decided(thread, "reject", campus.M2, code="untrue"))
    assert heard == {"A": f"您的帖子《{TITLE}》申诉后仍被驳回，请看原因"}


def test_moderators_hear_of_an_alert_at_once_and_of_nothing_else_that_waits(campus: Campus) -> None:
    SensitiveWord.create(word="火灾隐患", action="alert")
    assert told(lambda: board.posted(campus.A), after=timedelta()) == {}
    heard = told(lambda: board.posted(campus.A, text=TEXT + "还有火灾隐患"), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"警报词：《{TITLE}》等待审核，请马上看")
    thread = board.published(campus)
    heard = told(lambda: board.commented(campus, thread, text="那里有火灾隐患"), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"警报词：《{TITLE}》等待审核，请马上看")
    thread = board.forwarded(campus)
    heard = told(lambda: board.drafted(campus, thread, text=ANSWER + "火灾隐患"), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"警报词：《{TITLE}》的官方回复等待审核，请马上看")


def test_an_alert_that_was_decided_meanwhile_is_not_told(campus: Campus) -> None:
    SensitiveWord.create(word="火灾隐患", action="alert")

    def at_once() -> None:
        board.decided(board.posted(campus.A, text=TEXT + "还有火灾隐患"), "publish", campus.M)

    assert set(told(at_once)) == {"A"}


def test_a_moderator_does_not_hear_of_their_own_alert(campus: Campus) -> None:
    SensitiveWord.create(word="火灾隐患", action="alert")
    thread = board.posted(campus.M, text=TEXT + "还有火灾隐患")
    Event.update(announced=None, actor=None).where(Event.subject_id == thread.id).execute()  # whoever the actor was
    assert set(told_of_the_rest()) == {"M2"}


def told_of_the_rest() -> dict[str, str]:
    announce(timedelta())
    rows = Notification.select(Notification, Person).join(Person)
    return {NAMES[row.person.number]: row.text for row in rows}


def test_hidden_and_restored(campus: Campus) -> None:
    thread = board.published(campus)
    follow(thread, campus.B)
    assert told(lambda: moderation.hide(thread, by=campus.M, code="privacy")) == {
        "A": f"您的帖子《{TITLE}》已被屏蔽，请看原因"
    }
    assert told(lambda: moderation.restore(thread, by=campus.M)) == {"A": f"您的帖子《{TITLE}》已恢复公开"}


# --- reports -----------------------------------------------------------------------------------------


def reported(thread: Thread, *people: Person) -> None:
    for person in people:
        moderation.report(thread, by=person, code="untrue", note="不是这样的")


def test_moderators_hear_of_a_report_and_who_reported_hears_the_result(campus: Campus) -> None:
    thread = board.published(campus)
    heard = told(lambda: reported(thread, campus.B), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"有人举报《{TITLE}》中的内容，请处理")
    assert told(lambda: board.decided(thread, "keep", campus.M)) == {"B": "您的举报已处理：相关内容维持公开"}
    assert link_to(campus.B) == f"/supervision/{thread.number}"


def test_a_report_after_the_answer_is_not_answered_by_it(campus: Campus) -> None:
    thread = board.published(campus)
    reported(thread, campus.B)

    def answered_and_reported_again() -> None:
        board.decided(thread, "keep", campus.M)
        reported(thread, campus.W1)

    assert set(told(answered_and_reported_again)) == {"B", "M", "M2"}


def test_a_report_that_is_answered_at_once_is_no_news_for_moderators(campus: Campus) -> None:
    thread = board.published(campus)

    def reported_and_answered() -> None:
        reported(thread, campus.B)
        board.decided(thread, "keep", campus.M)

    assert set(told(reported_and_answered)) == {"B"}


def test_only_who_reported_since_the_last_answer_hears_the_next(campus: Campus) -> None:
    thread = board.published(campus)
    reported(thread, campus.B)
    board.decided(thread, "keep", campus.M)
    reported(thread, campus.W1, campus.kept)
    heard = told(lambda: board.decided(thread, "keep", campus.M2))
    assert heard == dict.fromkeys(("W1", "kept"), "您的举报已处理：相关内容维持公开")


def test_an_answer_to_reports_that_was_taken_back_is_told_once(campus: Campus) -> None:
    thread = board.published(campus)
    reported(thread, campus.B)

    def change_of_mind() -> None:
        waiting = board.submission_of(thread)
        moderation.undo(board.decided(thread, "keep", campus.M), by=campus.M, submission=waiting.id)
        board.decided(thread, "hide", campus.M, code="untrue")

    heard = told(change_of_mind)
    assert heard == {"A": f"您的帖子《{TITLE}》已被屏蔽，请看原因", "B": "您的举报已处理：相关内容已屏蔽，谢谢"}
    assert link_to(campus.B) == ""  # there is nothing to see any more


def test_a_report_that_is_answered_by_an_edit_or_a_mask(campus: Campus) -> None:
    """The author hears of what became of the text, and nothing where nothing did."""
    thread, shown = board.published(campus), {"B": "您的举报已处理：相关内容经审核后公开"}
    reported(thread, campus.B)
    moderation.edit(thread, by=campus.A, content=EDITED)
    heard = told(lambda: board.decided(thread, "publish", campus.M))
    assert heard == {"A": f"您对帖子《{TITLE}》的修改已公开", **shown}
    thread = board.published(campus)
    reported(thread, campus.B)
    assert told(lambda: board.decided(thread, "publish", campus.M)) == shown
    thread = board.published(campus)
    reported(thread, campus.B)
    heard = told(lambda: board.decided(thread, "publish", campus.M, masks=[("text", 0, 4)]))
    assert heard == {"A": f"您的帖子《{TITLE}》有部分内容被遮盖", **shown}


def test_a_report_of_a_comment(campus: Campus) -> None:
    thread = board.published(campus)
    written = board.decided(board.commented(campus, thread), "publish", campus.M)
    reported(written, campus.kept)
    heard = told(lambda: board.decided(written, "hide", campus.M, code="abuse"))
    assert heard == {"B": f"您在《{TITLE}》的跟帖已被屏蔽，请看原因", "kept": "您的举报已处理：相关内容已屏蔽，谢谢"}
    assert link_to(campus.kept) == f"/supervision/{thread.number}"


# --- follow-ups --------------------------------------------------------------------------------------


def test_a_published_comment_is_told_to_author_and_followers(campus: Campus) -> None:
    thread = board.published(campus)
    follow(thread, campus.B)
    follow(thread, campus.kept)
    written = board.commented(campus, thread, campus.B)
    assert told(lambda: board.decided(written, "publish", campus.M)) == {
        "B": f"您在《{TITLE}》的跟帖已公开",
        "A": f"您的帖子《{TITLE}》有新跟帖",
        "kept": f"您关注的《{TITLE}》有新跟帖",
    }
    moderation.edit(Comment.get(), by=campus.B, content={"text": "三食堂也是这样，上周四开始的。"})
    assert told(lambda: board.decided(written, "publish", campus.M)) == {"B": f"您对《{TITLE}》跟帖的修改已公开"}


@pytest.mark.parametrize("decision", ["hide", "withdraw"])
def test_followers_hear_nothing_of_what_is_not_public_any_more(campus: Campus, decision: str) -> None:
    """The thread goes out of sight while a follow-up and an answer are on their way."""
    thread = board.forwarded(campus)
    follow(thread, campus.kept)
    written, draft = board.commented(campus, thread, campus.B), board.drafted(campus, thread)
    thread = Thread.get_by_id(thread.id)
    if decision == "hide":
        moderation.hide(thread, by=campus.M, code="privacy")
    else:
        moderation.withdraw(thread, by=campus.A)

    def publish() -> None:
        board.decided(written, "publish", campus.M)
        board.decided(draft, "publish", campus.M)

    heard = told(publish)
    assert "kept" not in heard
    assert heard["B"] == f"您在《{thread.number}》的跟帖已公开"  # the title is not for them any more
    assert link_to(campus.B) == ""
    assert link_to(campus.A) == f"/supervision/{thread.number}"


def test_what_is_hidden_before_it_was_told_is_not_told_to_followers(campus: Campus) -> None:
    thread = board.published(campus)
    follow(thread, campus.kept)
    done = board.decided(board.commented(campus, thread, campus.B), "publish", campus.M)
    moderation.hide(done, by=campus.M2, code="abuse")
    announce()
    assert notify.inbox(campus.kept) == []
    assert [row.text for row in notify.inbox(campus.A)] == [f"您的帖子《{TITLE}》已公开"]


# --- on its way through the department ---------------------------------------------------------------


def test_forwarding_is_told_to_the_departments(campus: Campus) -> None:
    thread = board.published(campus)
    both = {"department": department("HQ-YS"), "assisting": [department("HQ-NY")]}
    heard = told(lambda: supervision.forward(thread, by=campus.M, **both))
    day = clock.local(Thread.get().due).date().isoformat()
    assert heard == dict.fromkeys(("handler", "other_handler"), f"转来 {thread.number}：《{TITLE}》，请在 {day} 前答复")
    assert link_to(campus.handler) == f"/admin/queue/supervision/{thread.number}"


def test_forwarding_by_a_decision_that_was_taken_back_is_not_told(campus: Campus) -> None:
    thread = board.posted(campus.A)

    def change_of_mind() -> None:
        waiting = board.submission_of(thread)
        board.decided(thread, "publish", campus.M, forward_to=department("HQ-YS"))
        moderation.undo(Thread.get(), by=campus.M, submission=waiting.id)

    assert told(change_of_mind) == {}
    heard = told(lambda: board.decided(thread, "publish", campus.M, forward_to=department("HQ-NY")))
    assert set(heard) == {"A", "other_handler"}


def test_only_the_forwarding_that_stands_is_told(campus: Campus) -> None:
    thread = board.posted(campus.A)

    def change_of_mind() -> None:
        waiting = board.submission_of(thread)
        board.decided(thread, "publish", campus.M, forward_to=department("HQ-YS"))
        moderation.undo(Thread.get(), by=campus.M, submission=waiting.id)
        board.decided(thread, "publish", campus.M, forward_to=department("HQ-YS"))

    assert set(told(change_of_mind)) == {"A", "handler"}


def test_the_department_that_gave_it_back_is_not_told_that_it_came(campus: Campus) -> None:
    thread = board.published(campus)

    def forwarded_and_returned() -> None:
        done = supervision.forward(thread, by=campus.M, department=department("HQ-YS"))
        supervision.return_thread(done, by=campus.handler, ground="不归我们管")
        Grant.create(person=campus.W2, role="handler", scope="HQ-YS")

    assert set(told(forwarded_and_returned)) == {"M", "M2"}


def test_the_department_hears_nothing_of_a_thread_that_is_out_of_sight(campus: Campus) -> None:
    thread = board.published(campus)

    def forward_and_hide() -> None:
        done = supervision.forward(thread, by=campus.M, department=department("HQ-YS"))
        moderation.hide(done, by=campus.M, code="privacy")

    assert set(told(forward_and_hide)) == {"A"}


def test_returned(campus: Campus) -> None:
    thread = board.forwarded(campus)
    heard = told(lambda: supervision.return_thread(thread, by=campus.handler, ground="不归我们管"))
    assert heard == dict.fromkeys(("M", "M2"), f"{thread.number} 被部门退件，请重新转办")
    assert link_to(campus.M) == f"/admin/queue/supervision/{thread.number}"


def test_extended(campus: Campus) -> None:
    thread = board.forwarded(campus)
    until = datetime.combine(thread.due + timedelta(days=5), time(22, 30))  # already the next day on the campus
    answers = {"until": until, "reason": "要等配件到货", "approver": campus.leader}
    heard = told(lambda: supervision.extend(thread, by=campus.handler, **answers))
    assert heard == {"A": f"您的帖子《{TITLE}》延期到 {clock.local(until).date().isoformat()} 答复"}


def test_assigned_and_talked(campus: Campus) -> None:
    thread = board.forwarded(campus)
    Grant.create(person=campus.W2, role="handler", scope="HQ-YS")
    heard = told(lambda: supervision.assign(thread, by=campus.handler, handler=campus.W2))
    assert heard == {"W2": f"{thread.number} 交给您办理：《{TITLE}》"}
    heard = told(lambda: supervision.talk(thread, by=campus.handler, method="phone", summary="电话里说明了情况"))
    assert heard == {"A": f"您的帖子《{TITLE}》有新的沟通记录"}


# --- the official reply ------------------------------------------------------------------------------


def test_a_reply_waits_for_moderators_and_is_answered(campus: Campus) -> None:
    thread = board.forwarded(campus)
    follow(thread, campus.kept)
    heard = told(lambda: board.drafted(campus, thread), after=timedelta())
    assert heard == dict.fromkeys(("M", "M2"), f"官方回复待审：《{TITLE}》")
    assert link_to(campus.M) == "/admin/desk/"
    draft = thread.replies.get()
    assert told(lambda: board.decided(draft, "publish", campus.M)) == {
        "A": f"您的帖子《{TITLE}》有了官方回复，请评价",
        "kept": f"您关注的《{TITLE}》有了官方回复",
    }


def test_a_reply_for_the_author_alone_is_not_told_to_followers(campus: Campus) -> None:
    thread = board.forwarded(campus)
    follow(thread, campus.kept)
    draft = board.drafted(campus, thread)
    assert set(told(lambda: board.decided(draft, "keep_private", campus.M))) == {"A"}


def test_a_publication_of_a_reply_that_was_taken_back_is_not_told(campus: Campus) -> None:
    thread = board.forwarded(campus)
    draft = board.drafted(campus, thread)

    def change_of_mind() -> None:
        waiting = board.submission_of(draft)
        done = board.decided(draft, "publish", campus.M)
        moderation.undo(done, by=campus.M, submission=waiting.id)
        board.decided(draft, "send_back", campus.M, note="请写明日期")

    assert told(change_of_mind) == {"handler": f"《{TITLE}》的回复被退回，请看原因"}
    assert link_to(campus.handler) == f"/admin/queue/supervision/{thread.number}"


@pytest.mark.parametrize(
    ("decision", "answers"), [("send_back", {"note": "请写明日期"}), ("reject", {"code": "unclear"})]
)
def test_a_reply_that_is_sent_back_is_told_to_drafter_and_department(
    campus: Campus, decision: str, answers: dict[str, Any]
) -> None:
    thread = board.forwarded(campus)
    Grant.create(person=campus.W2, role="handler", scope="HQ-YS")
    draft = board.drafted(campus, thread)
    heard = told(lambda: board.decided(draft, decision, campus.M, **answers))
    assert heard == dict.fromkeys(("handler", "W2"), f"《{TITLE}》的回复被退回，请看原因")


def test_the_next_reply_takes_nothing_back_of_the_one_before(campus: Campus) -> None:
    thread = board.forwarded(campus)
    first = board.drafted(campus, thread)

    def sent_back_then_nearly_published() -> None:
        board.decided(first, "send_back", campus.M, note="请写明日期")
        second = board.drafted(campus, Thread.get(), text=ANSWER + "已于周三完成。")
        waiting = board.submission_of(second)
        moderation.undo(board.decided(second, "publish", campus.M), by=campus.M, submission=waiting.id)

    assert told(sent_back_then_nearly_published)["handler"] == f"《{TITLE}》的回复被退回，请看原因"


def test_the_drafter_hears_of_their_edit(campus: Campus) -> None:
    thread = board.answered(campus)
    reply = thread.replies.get()
    moderation.edit(reply, by=campus.handler, content={"text": ANSWER + "已于周三完成。", "measures": ""})
    heard = told(lambda: board.decided(reply, "publish", campus.M))
    assert heard == {"handler": f"《{TITLE}》回复的修改已公开"}
    assert link_to(campus.handler) == f"/admin/queue/supervision/{thread.number}"


def test_a_drafter_who_takes_a_reply_back_tells_the_colleagues(campus: Campus) -> None:
    thread = board.forwarded(campus)
    Grant.create(person=campus.W2, role="handler", scope="HQ-YS")
    draft = board.drafted(campus, thread)
    heard = told(lambda: moderation.withdraw(draft, by=campus.handler))
    assert heard == {"W2": f"《{TITLE}》的回复已收回，请继续办理"}


def test_satisfied_and_not(campus: Campus) -> None:
    thread = board.answered(campus)
    heard = told(lambda: supervision.reopen(thread, by=campus.A, reason="汤还是凉的"))
    assert heard == {"handler": f"{thread.number} 作者不满意，要求重办，请看理由"}
    thread = board.answered(campus, Thread.get())
    heard = told(lambda: supervision.satisfied(thread, by=campus.A, score=5))
    assert heard == {"handler": f"{thread.number} 已办结：《{TITLE}》"}


def test_overdue(campus: Campus) -> None:
    thread = board.forwarded(campus)
    late = thread.due + timedelta(days=1)
    heard = {}
    for level in (1, 2):
        with clock.at(late):
            heard[level] = told(lambda: supervision.urge(thread, by=None))
    assert heard[1] == {"handler": f"{thread.number} 逾期未答复，第 1 级督办"}
    assert heard[2] == dict.fromkeys(("handler", "leader"), f"{thread.number} 逾期未答复，第 2 级督办")


def test_nobody_is_pressed_about_what_went_out_of_sight(campus: Campus) -> None:
    thread = board.forwarded(campus)
    with clock.at(thread.due + timedelta(days=1)):
        supervision.urge(thread, by=None)

        def urged_and_hidden() -> None:
            supervision.urge(thread, by=None)
            moderation.hide(Thread.get(), by=campus.M, code="privacy")

        assert set(told(urged_and_hidden)) == {"A"}


def test_merged(campus: Campus) -> None:
    main, thread = board.published(campus), board.published(campus, campus.B)
    follow(thread, campus.kept)
    assert told(lambda: supervision.merge(thread, by=campus.M, main=main)) == {
        "B": f"您的帖子《{TITLE}》已并入同一件事的主帖",
        "kept": f"您关注的《{TITLE}》已并入同一件事的主帖",
    }


# --- praise ------------------------------------------------------------------------------------------


def test_praise_reaches_the_worker_and_the_lead(campus: Campus) -> None:
    group = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    answers = {"kind": "praise", "praised_worker": campus.W1, "praised_group": group}
    thread = board.posted(campus.A, **answers)
    assert told(lambda: board.decided(thread, "publish", campus.M)) == {
        "A": f"您的帖子《{TITLE}》已公开",
        "W1": f"您收到表扬：《{TITLE}》",
        "lead": f"班组收到表扬：《{TITLE}》",
    }
    assert link_to(campus.W1) == f"/supervision/{thread.number}"
    private = board.posted(campus.A, **answers)
    assert set(told(lambda: board.decided(private, "keep_private", campus.M))) == {"A"}


def test_praise_that_is_hidden_at_once_reaches_nobody(campus: Campus) -> None:
    group = MaintenanceGroup.get(MaintenanceGroup.code == "SN2")
    thread = board.published(campus, kind="praise", praised_worker=campus.W1, praised_group=group)
    moderation.hide(thread, by=campus.M, code="untrue")
    announce()
    assert notify.inbox(campus.W1) == notify.inbox(campus.lead) == []


# --- all sentences -----------------------------------------------------------------------------------


@pytest.mark.parametrize("telling", ["THREADS", "COMMENTS", "REPLIES"])
def test_no_sentence_is_long(telling: str) -> None:
    values = {"number": "JD2611220001", "title": "汤" * 20 + "…", "day": "2026-11-27", "level": "3"}
    table = getattr(notify_supervision, telling).table
    assert all(len(sentence % values) <= 60 for said in table.values() for _, sentence in said)


def test_every_row_is_a_step() -> None:
    steps = {**flow.FLOWS["moderation"].steps, **flow.FLOWS["supervision"].steps}
    for telling in (notify_supervision.THREADS, notify_supervision.COMMENTS, notify_supervision.REPLIES):
        assert {step.partition(">")[0] for step in telling.table} | set(telling.waits) <= set(steps)


def test_a_long_title_is_cut(campus: Campus) -> None:
    title = "二食堂的汤总是凉的而且窗口的工作人员说没有办法解决这件事情"
    thread = board.posted(campus.A, title=title)
    assert told(lambda: board.decided(thread, "publish", campus.M)) == {"A": f"您的帖子《{title[:20]}…》已公开"}


def test_an_event_costs_the_same_however_many_follow(campus: Campus, queries: Any) -> None:
    asked = []
    for followers in (2, 20):
        thread = board.published(campus)
        people = Person.select().where(Person.kind == "student").offset(40).limit(followers)
        ThreadFollower.insert_many([{"thread": thread.id, "person": person.id} for person in people]).execute()
        board.decided(board.commented(campus, thread, campus.B), "publish", campus.M)
        event = Event.select().where(Event.name == "publish").order_by(Event.id.desc()).get()
        with queries() as sql:
            assert notify._announce(event) == followers + 2
        asked.append([text for text in sql if text.startswith("SELECT")])
    assert len(asked[0]) == len(asked[1]) <= 12
