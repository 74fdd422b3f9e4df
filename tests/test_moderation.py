"""The moderation that everything public goes through: who decides, on which version, and what everybody may read.

A wrote, M and M2 are moderators, B is a stranger; the department of the canteens is `handler`.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hall import access, clock, events, moderation, settings, submissions, supervision
from hall.submissions import Wanted
from hall.words import Refused
from models import (
    MODERATION_STATES,
    Comment,
    Department,
    Event,
    Moderated,
    ModerationRule,
    Reply,
    Report,
    Submission,
    Thread,
)
from tests.board import (
    ANSWER,
    TEXT,
    TITLE,
    answered,
    commented,
    decided,
    drafted,
    forwarded,
    posted,
    published,
    submission_of,
)
from tests.conftest import CAST, Campus
from tests.standing import rows_in

NEW = {"title": TITLE, "text": TEXT + "昨天也是。"}


def now(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def refuses(call: Callable[[], Any]) -> Refused:
    """The refusal of `call`, which changes nothing."""
    before = everything()
    with pytest.raises(Refused) as caught:
        call()
    assert everything() == before
    return caught.value


def everything() -> dict[str, list[Any]]:
    return rows_in((Thread, Comment, Reply, Submission, Report, Event))


# --- states ------------------------------------------------------------------------------------------


def in_state(campus: Campus, state: str) -> Thread:
    """A's thread in a state of the moderation."""
    thread = posted(campus.A)
    if state == "pending":
        return thread
    if state == "needs_changes":
        return decided(thread, "send_back", campus.M, note="请写明时间")
    if state == "rejected":
        return decided(thread, "reject", campus.M, code="off_topic")
    if state == "private":
        return decided(thread, "keep_private", campus.M)
    if state == "withdrawn":
        return moderation.withdraw(thread, by=campus.A)
    thread = decided(thread, "publish", campus.M)
    return moderation.hide(thread, by=campus.M, code="untrue") if state == "hidden" else thread


AUTHOR_STEPS: dict[str, dict[str, Any]] = {
    "edit": {"content": NEW},
    "resubmit": {"content": NEW},
    "withdraw": {},
    "appeal": {"words": "内容属实，有照片为证"},
}
OTHER_STEPS: dict[str, dict[str, Any]] = {
    "report": {"code": "untrue"},
    "hide": {"code": "untrue"},
    "restore": {},
}


@pytest.mark.parametrize("state", [name for name, _label in MODERATION_STATES])
def test_every_step_in_every_state(campus: Campus, state: str) -> None:
    """What the table does not allow is refused and changes nothing (fault 8)."""
    for name, answers in {**AUTHOR_STEPS, **OTHER_STEPS}.items():
        by = campus.A if name in AUTHOR_STEPS else campus.B if name == "report" else campus.M
        thread = in_state(campus, state)
        step = moderation.flow.steps[name]
        if state in step.sources:
            done = moderation.flow.perform(thread, name, by=by, **answers)
            assert done.moderation in (step.targets or (state,)), name
        else:
            assert refuses(lambda: moderation.flow.perform(thread, name, by=by, **answers)).stale, name  # noqa: B023


@pytest.mark.parametrize("step", ["publish", "keep_private", "send_back", "reject", "hide", "restore", "keep", "undo"])
def test_only_moderators_decide(campus: Campus, step: str) -> None:
    thread = in_state(campus, "hidden" if step == "restore" else "published" if step in ("hide", "undo") else "pending")
    if step == "keep":
        thread = in_state(campus, "published")
        moderation.report(thread, by=campus.B, code="untrue")
    waiting = moderation.proposal(thread) or Submission.select().order_by(Submission.id.desc()).get()
    given: dict[str, Any] = {"submission": waiting.id, "version": waiting.version, "code": "untrue", "note": "说明"}
    kept = {
        "publish": ("submission", "version"),
        "keep": ("submission", "version"),
        "undo": ("submission",),
        "restore": ("note",),
        "hide": ("code", "note"),
    }
    answers = {name: given[name] for name in kept.get(step, tuple(given))}
    for who in set(CAST) - {"M", "M2"}:
        person = getattr(campus, who)
        refuses(lambda: moderation.flow.perform(thread, step, by=person, **answers))  # noqa: B023
    assert moderation.flow.perform(thread, step, by=campus.M, **answers)


@pytest.mark.parametrize("step", AUTHOR_STEPS)
def test_only_the_author_changes_a_text(campus: Campus, step: str) -> None:
    state = {"resubmit": "needs_changes", "appeal": "rejected"}.get(step, "pending")
    thread = in_state(campus, state)
    for who in set(CAST) - {"A"}:
        person = getattr(campus, who)
        refuses(lambda: moderation.flow.perform(thread, step, by=person, **AUTHOR_STEPS[step]))  # noqa: B023


# --- what is decided ---------------------------------------------------------------------------------


def test_a_post_waits_then_everybody_reads_it(campus: Campus) -> None:
    thread = posted(campus.A)
    assert (thread.moderation, thread.status) == ("pending", "submitted")
    assert not moderation.disclosed(Thread).exists()
    thread = decided(thread, "publish", campus.M)
    assert (thread.moderation, thread.status) == ("published", "to_forward")
    assert [row.id for row in moderation.disclosed(Thread)] == [thread.id]
    event = events.timeline(thread)[0]
    assert (event.name, event.actor_role, event.source, event.target) == (
        "publish",
        "moderator",
        "pending",
        "published",
    )


def test_a_decision_is_on_the_version_that_was_shown(campus: Campus) -> None:
    thread = posted(campus.A)
    shown = submission_of(thread)
    moderation.edit(thread, by=campus.A, content={**NEW, "text": "换成了完全不同的一段话，谁也没有看过。"})
    stale = {"submission": shown.id, "version": shown.version}
    for decision, more in (
        ("publish", {}),
        ("keep_private", {}),
        ("send_back", {"note": "说明"}),
        ("reject", {"code": "abuse"}),
    ):
        refused = refuses(lambda: moderation.decide(thread, decision, by=campus.M, **stale, **more))  # noqa: B023
        assert refused.stale
        assert "作者刚刚改过" in refused.message
    assert decided(thread, "publish", campus.M).text.startswith("换成了")


def test_an_edit_waits_and_the_public_keeps_the_approved_text(campus: Campus) -> None:
    """Fault 5."""
    thread = published(campus)
    moderation.edit(thread, by=campus.A, content={**NEW, "title": "新的标题没有人看过"})
    assert (now(thread).title, now(thread).moderation) == (TITLE, "published")
    assert moderation.disclosed(Thread).get().title == TITLE
    waiting = submission_of(thread)
    assert (waiting.cause, waiting.content["title"]) == ("edit", "新的标题没有人看过")
    sent_back = decided(thread, "send_back", campus.M, note="标题请写清楚")
    assert (sent_back.moderation, sent_back.title) == ("published", TITLE)
    moderation.edit(thread, by=campus.A, content={**NEW, "title": "再改一次的标题"})
    assert decided(thread, "publish", campus.M).title == "再改一次的标题"
    assert moderation.disclosed(Thread).get().title == "再改一次的标题"


def test_nobody_decides_on_what_they_wrote(campus: Campus) -> None:
    thread = posted(campus.M)
    waiting = submission_of(thread)
    refuses(lambda: moderation.decide(thread, "publish", by=campus.M, submission=waiting.id, version=waiting.version))
    assert not submissions.waiting(campus.M).exists()
    assert decided(thread, "publish", campus.M2).moderation == "published"
    refuses(lambda: moderation.hide(now(thread), by=campus.M, code="untrue"))


def test_an_appeal_goes_to_another_moderator_once(campus: Campus) -> None:
    thread = moderation.appeal(in_state(campus, "rejected"), by=campus.A, words="内容属实，有照片为证")
    assert thread.moderation == "pending"
    waiting = submission_of(thread)
    assert not submissions.waiting(campus.M).exists()
    refuses(lambda: moderation.decide(thread, "publish", by=campus.M, submission=waiting.id, version=waiting.version))
    refuses(lambda: submissions.claim(waiting.id, by=campus.M, take_over=True))
    thread = decided(thread, "reject", campus.M2, code="untrue")
    assert "已经申诉过" in refuses(lambda: moderation.appeal(thread, by=campus.A, words="再看一次吧")).message


def test_masks_cover_exactly_what_was_marked(campus: Campus) -> None:
    thread = posted(campus.A, text="请打我电话 13900000071，我住南区浴室旁边，谢谢。")
    thread = decided(thread, "publish", campus.M, masks=[("text", 6, 17), ("title", 0, 2)])
    assert thread.text == "请打我电话 ＊＊＊＊＊＊＊＊＊＊＊，我住南区浴室旁边，谢谢。"
    assert thread.title == "＊＊" + TITLE[2:]
    assert moderation.latest_decision(thread).content["text"].startswith("请打我电话 139")  # the log keeps what came in


def test_who_wished_to_stay_private_is_never_published(campus: Campus) -> None:
    thread = posted(campus.A, shown_as="private")
    waiting = submission_of(thread)
    refuses(lambda: moderation.decide(thread, "publish", by=campus.M, submission=waiting.id, version=waiting.version))
    thread = decided(thread, "keep_private", campus.M)
    assert (thread.moderation, thread.status) == ("private", "to_forward")
    assert not moderation.disclosed(Thread).exists()


def test_what_stands_under_a_hidden_thread_is_hidden(campus: Campus) -> None:
    thread = answered(campus)
    decided(commented(campus, thread), "publish", campus.M)
    assert moderation.disclosed(Comment).exists()
    assert moderation.disclosed(Reply).exists()
    moderation.hide(thread, by=campus.M, code="privacy", note="有人的姓名")
    for model in (Thread, Comment, Reply):
        assert not moderation.disclosed(model).exists()
    moderation.restore(now(thread), by=campus.M)
    assert moderation.disclosed(Reply).exists()


def test_passing_on_is_part_of_the_decision(campus: Campus) -> None:
    canteens = Department.get(Department.code == "HQ-YS")
    thread = decided(posted(campus.A), "publish", campus.M, forward_to=canteens)
    assert (thread.status, thread.department_id) == ("handling", canteens.id)
    assert [event.name for event in events.timeline(thread)][:2] == ["forward", "publish"]


# --- reports -----------------------------------------------------------------------------------------


def test_a_report_is_judged_and_its_result_kept(campus: Campus) -> None:
    thread = published(campus)
    moderation.report(thread, by=campus.B, code="untrue", note="没有这回事")
    moderation.report(thread, by=campus.kept, code="abuse")
    assert "已经举报过" in refuses(lambda: moderation.report(thread, by=campus.B, code="abuse")).message
    assert "您自己发的" in refuses(lambda: moderation.report(thread, by=campus.A, code="abuse")).message
    assert submission_of(thread).cause == "report"
    assert decided(thread, "keep", campus.M).moderation == "published"
    assert {row.result for row in Report.select()} == {"keep"}
    moderation.report(thread, by=campus.lead, code="untrue")
    assert decided(thread, "hide", campus.M, code="untrue").moderation == "hidden"
    assert sorted(row.result for row in Report.select()) == ["hide", "keep", "keep"]


def test_only_a_report_is_unfounded(campus: Campus) -> None:
    thread = published(campus)
    moderation.edit(thread, by=campus.A, content=NEW)
    waiting = submission_of(thread)
    refuses(lambda: moderation.keep(thread, by=campus.M, submission=waiting.id, version=waiting.version))


def test_a_report_is_never_sent_back_or_rejected(campus: Campus) -> None:
    thread = published(campus)
    moderation.report(thread, by=campus.B, code="privacy")
    waiting = submission_of(thread)
    shown = {"submission": waiting.id, "version": waiting.version}
    refuses(lambda: moderation.send_back(thread, by=campus.M, note="请修改一下", **shown))
    refuses(lambda: moderation.reject(thread, by=campus.M, code="untrue", **shown))
    assert decided(thread, "keep_private", campus.M).moderation == "private"
    assert Report.get().result == "keep_private"


def test_a_reply_is_drafted_anew_and_not_handed_in_again(campus: Campus) -> None:
    thread = forwarded(campus)
    for decision, step, answers in (
        ("send_back", "resubmit", {"content": {"text": ANSWER + "本周完成。"}}),
        ("reject", "appeal", {"words": "请再看一次"}),
    ):
        reply = decided(drafted(campus, now(thread)), decision, campus.M, code="unclear", note="请写清楚")
        refused = refuses(lambda: moderation.flow.perform(reply, step, by=campus.handler, **answers))  # noqa: B023
        assert "重新拟一份" in refused.message


# --- taking a decision back --------------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["publish", "keep_private", "send_back", "reject"])
def test_a_decision_can_be_taken_back_for_some_seconds(campus: Campus, decision: str) -> None:
    more = {"send_back": {"note": "说明"}, "reject": {"code": "abuse"}}.get(decision, {})
    thread = posted(campus.A)
    waiting = submission_of(thread)
    thread = decided(thread, decision, campus.M, **more)
    refuses(lambda: moderation.undo(thread, by=campus.M2, submission=waiting.id))
    with clock.at(clock.now() + timedelta(seconds=moderation.UNDO_SECONDS + 5)):
        refuses(lambda: moderation.undo(thread, by=campus.M, submission=waiting.id))
    thread = moderation.undo(thread, by=campus.M, submission=waiting.id)
    assert (thread.moderation, thread.status, thread.published) == ("pending", "submitted", None)
    assert not moderation.disclosed(Thread).exists()
    again = submission_of(thread)
    assert (again.id, again.decision, again.decided_by_id) == (waiting.id, "", None)
    assert decided(thread, "publish", campus.M).moderation == "published"


def test_taking_back_an_edit_brings_the_old_text_back(campus: Campus) -> None:
    thread = published(campus)
    moderation.edit(thread, by=campus.A, content=NEW)
    waiting = submission_of(thread)
    assert decided(thread, "publish", campus.M).text == NEW["text"]
    thread = moderation.undo(now(thread), by=campus.M, submission=waiting.id)
    assert (thread.text, thread.moderation, thread.status) == (TEXT, "published", "to_forward")
    assert submission_of(thread).content["text"] == NEW["text"]


def test_taking_back_a_reply_takes_the_thread_back(campus: Campus) -> None:
    thread = forwarded(campus)
    reply = drafted(campus, thread)
    waiting = submission_of(reply)
    decided(reply, "publish", campus.M)
    assert now(thread).status == "answered"
    moderation.undo(now(reply), by=campus.M, submission=waiting.id)
    assert (now(thread).status, now(thread).answered) == ("replying", None)
    decided(now(reply), "publish", campus.M)
    supervision.satisfied(now(thread), by=campus.A, score=5)
    refuses(lambda: moderation.undo(now(reply), by=campus.M, submission=waiting.id))


def test_what_was_forwarded_comes_back_with_the_decision(campus: Campus) -> None:
    canteens = Department.get(Department.code == "HQ-YS")
    thread = posted(campus.A)
    waiting = submission_of(thread)
    thread = decided(thread, "publish", campus.M, forward_to=canteens)
    assert access.sees(campus.handler, thread)
    thread = moderation.undo(thread, by=campus.M, submission=waiting.id)
    assert (thread.status, thread.forwarded, thread.due) == ("submitted", None, None)
    assert not access.sees(campus.handler, thread)
    thread = decided(thread, "publish", campus.M, forward_to=canteens)
    waiting = moderation.latest_decision(thread)
    supervision.talk(thread, by=campus.handler, method="phone", summary="已联系作者了解情况")
    assert "已经有人接着处理" in refuses(lambda: moderation.undo(thread, by=campus.M, submission=waiting.id)).message


# --- claims ------------------------------------------------------------------------------------------


def test_one_holds_it_and_another_may_take_it_over(campus: Campus) -> None:
    first, second = posted(campus.A), posted(campus.B)
    one = submissions.next_for(campus.M, Wanted())
    other = submissions.next_for(campus.M2, Wanted())
    assert one is not None
    assert other is not None
    assert (one.subject_id, other.subject_id) == (first.id, second.id)
    refused = refuses(lambda: submissions.claim(one.id, by=campus.M2))
    assert refused.stale
    refuses(lambda: moderation.decide(first, "publish", by=campus.M2, submission=one.id, version=one.version))
    submissions.claim(one.id, by=campus.M2, take_over=True)
    assert events.timeline(one)[0].name == "take_over"
    refuses(lambda: moderation.decide(first, "publish", by=campus.M, submission=one.id, version=one.version))
    with clock.at(clock.now() + timedelta(minutes=submissions.CLAIM_MINUTES, seconds=1)):
        assert moderation.decide(first, "publish", by=campus.M, submission=one.id, version=one.version)


def test_the_queue_is_by_promise_and_by_what_one_wants(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(clock.now() - timedelta(hours=2)):
        praise = posted(campus.B, kind="praise", department=Department.get(Department.code == "HQ-NY"))
    complaint = posted(campus.A)
    comment = commented(campus, published(campus, campus.B))

    def shown(**wanted: Any) -> list[tuple[str, int]]:
        rows, _more = submissions.page(campus.M, Wanted(**wanted))
        return [(row.subject_type, row.subject_id) for row in rows]

    assert shown() == [("thread", praise.id), ("thread", complaint.id), ("comment", comment.id)]
    assert shown(subject_type="comment") == [("comment", comment.id)]
    assert shown(kind="praise") == shown(department="HQ-NY") == [("thread", praise.id)]
    wishes = [Wanted(), Wanted(kind="praise"), Wanted(risk=3), Wanted(department="HQ-NY", subject_type="thread")]
    assert submissions.counts(campus.M, wishes) == [3, 1, 0, 1]
    monkeypatch.setattr(submissions, "COUNT_CAP", 1)
    assert submissions.counts(campus.M, [Wanted(subject_type="thread"), Wanted(), Wanted(risk=3)]) == [1, 1, 0]
    rows, following = submissions.page(campus.M, Wanted(), limit=2)
    rest, end = submissions.page(campus.M, Wanted(), after=following, limit=2)
    assert [row.subject_id for row in rows + rest] == [praise.id, complaint.id, comment.id]
    assert end == ""
    assert submissions.subjects(rows + rest)[rest[0].id] == comment


# --- trust -------------------------------------------------------------------------------------------


def test_whose_posts_were_published_often_may_skip_review(campus: Campus) -> None:
    thread = published(campus)
    ModerationRule.create(subject_type="comment", trusted_after=2)
    for _ in range(2):
        assert decided(commented(campus, thread), "publish", campus.M).moderation == "published"
    trusted = commented(campus, thread)
    assert trusted.moderation == "published"
    assert [event.name for event in events.timeline(trusted)] == ["publish", "comment"]
    assert events.timeline(trusted)[0].actor_role == "system"
    assert commented(campus, thread, text="打我电话 13900000071 一起去看看").moderation == "pending"
    assert commented(campus, thread, by=campus.kept).moderation == "pending"
    assert posted(campus.B).moderation == "pending"  # the rule is about follow-ups


def test_the_same_form_twice_makes_one_thread_and_one_comment(campus: Campus) -> None:
    threads = [posted(campus.A, once="same-form") for _ in range(3)]
    assert len({thread.id for thread in threads}) == Thread.select().count() == 1
    thread = decided(threads[0], "publish", campus.M)
    comments = [commented(campus, thread, once="same-comment") for _ in range(3)]
    assert len({comment.id for comment in comments}) == Comment.select().count() == 1
    assert Submission.select().count() == 2


def test_a_department_sees_what_was_forwarded_to_it_and_nothing_else(campus: Campus) -> None:
    wished = posted(campus.A, department=Department.get(Department.code == "HQ-YS"))
    assert not access.sees(campus.handler, wished)
    wished = decided(wished, "publish", campus.M)
    assert not access.sees(campus.handler, wished)  # a wish of its author forwards nothing
    theirs = forwarded(campus, campus.B)
    assert access.sees(campus.handler, theirs)
    assert not access.sees(campus.other_handler, theirs)
    theirs = moderation.withdraw(theirs, by=campus.B)
    assert not access.sees(campus.handler, theirs)


def test_nobody_handles_what_they_wrote_themselves(campus: Campus) -> None:
    thread = published(campus, campus.handler)
    canteens = Department.get(Department.code == "HQ-YS")
    thread = supervision.forward(thread, by=campus.M, department=canteens)
    day = clock.now() + timedelta(days=9)
    for call in (
        lambda: supervision.reply(thread, by=campus.handler, text=ANSWER),
        lambda: supervision.return_thread(thread, by=campus.handler, ground="不归我们管"),
        lambda: supervision.extend(thread, by=campus.handler, until=day, reason="等材料", approver=campus.leader),
    ):
        assert "请由同事办理" in refuses(call).message
    own = published(campus, campus.M2)
    refuses(lambda: supervision.forward(own, by=campus.M2, department=canteens))


def test_overdue_is_pressed_for_by_level(campus: Campus) -> None:
    thread = forwarded(campus)
    assert thread.due is not None
    levels = []
    for days in range(14):  # whatever day of the week the answer was due
        with clock.at(thread.due + timedelta(days=days, minutes=1)):
            supervision.run_timers()
            supervision.run_timers()
        levels.append(now(thread).supervised)
    assert levels[0] == 1
    assert levels[-1] == 3
    assert levels == sorted(levels)
    assert 2 in levels


def test_what_nobody_rates_is_closed_after_a_week(campus: Campus) -> None:
    thread = answered(campus)
    with clock.at(clock.now() + timedelta(days=settings.value("supervision.rating_days"), minutes=1)):
        supervision.run_timers()
    thread = now(thread)
    assert (thread.status, thread.score) == ("done", None)
    assert events.timeline(thread)[0].details["automatic"] is True


def test_every_moderated_entity_walks_the_flow() -> None:
    assert {model.__name__ for model in Moderated.__subclasses__()} >= {"Thread", "Comment", "Reply"}
    for model in Moderated.__subclasses__():
        assert set(model.reviewed) <= set(model._meta.fields)


def test_a_sent_back_reply_gives_the_thread_back(campus: Campus) -> None:
    thread = forwarded(campus)
    reply = decided(drafted(campus, thread), "send_back", campus.M, note="请写明完成日期")
    assert (reply.moderation, now(thread).status) == ("needs_changes", "handling")
    assert events.timeline(thread)[0].details["note"] == "请写明完成日期"
    decided(drafted(campus, now(thread), text=ANSWER + "本周五前完成。"), "publish", campus.M)
    assert now(thread).status == "answered"
    assert [row.text for row in moderation.disclosed(Reply)] == [ANSWER + "本周五前完成。"]
