"""What an author does with a thread or a follow-up over HTTP: A wrote the thread, W1 the follow-up, B is a stranger."""

import contextlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from forms import moderations, supervision_author
from forms.supervision import CommentForm, PostForm
from hall import moderation, photos, supervision
from hall.words import Refused
from models import Comment, Event, Moderated, Photo, Submission, Thread
from tests.board import TEXT, TITLE, answered, commented, decided, drafted, forwarded, posted, published, submission_of
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn, picture
from tests.standing import rows_in
from tests.visitor import Visitor, forms

NEW = "最近两周晚上六点以后去二食堂，例汤都是凉的，请加一个保温桶。"
BELOW = "一食堂的汤就一直是热的，可以照着做。"


@pytest.fixture
def a(sign_in: SignIn) -> Visitor:
    return sign_in("A")


def fresh(row: Any) -> Any:
    return type(row).get_by_id(row.id)


def path_of(row: Moderated, step: str) -> str:
    return f"/supervision/{row.number if isinstance(row, Thread) else f'comment/{row.id}'}/{step}"


def written() -> dict[str, list[Any]]:
    return rows_in((Thread, Comment, Submission, Event, Photo))


# --- every step in and out of its state -----------------------------------------------------------------

SAID = {
    "edit": {"text": NEW},
    "resubmit": {"text": NEW},
    "appeal": {"words": "事情属实，可以去食堂看"},
    "withdraw": {},
    "satisfied": {"score": "5"},
    "reopen": {"reason": "汤还是凉的，没有人来看过"},
}
AT: dict[str, Callable[[Campus], Thread]] = {
    "pending": lambda campus: posted(campus.A),
    "needs_changes": lambda campus: decided(posted(campus.A), "send_back", campus.M, note="请写明哪个窗口"),
    "rejected": lambda campus: decided(posted(campus.A), "reject", campus.M, code="untrue"),
    "published": published,
    "private": lambda campus: decided(posted(campus.A), "keep_private", campus.M),
    "hidden": lambda campus: moderation.hide(published(campus), by=campus.M, code="abuse"),
    "withdrawn": lambda campus: moderation.withdraw(published(campus), by=campus.A),
    "handling": forwarded,
    "replying": lambda campus: drafted(campus, forwarded(campus)).thread,
    "answered": answered,
    "answered, hidden": lambda campus: moderation.hide(answered(campus), by=campus.M, code="abuse"),
    "done": lambda campus: supervision.satisfied(answered(campus), by=campus.A, score=5),
}
MAY = {
    "pending": {"edit", "withdraw"},
    "needs_changes": {"resubmit", "withdraw"},
    "rejected": {"appeal"},
    "published": {"edit", "withdraw"},
    "private": {"edit", "withdraw"},
    "hidden": set(),
    "withdrawn": set(),
    "handling": {"edit", "withdraw"},
    "replying": {"edit", "withdraw"},
    "answered": {"edit", "withdraw", "satisfied", "reopen"},
    "answered, hidden": set(),
    "done": {"edit", "withdraw"},
}


@pytest.mark.parametrize("state", AT)
def test_every_step_in_and_out_of_its_state(a: Visitor, campus: Campus, state: str) -> None:
    thread = AT[state](campus)
    page = a.get(f"/supervision/{thread.number}").text
    for step, said in SAID.items():
        path = path_of(thread, step)
        answer, before = a.get(path), written()
        if step in MAY[state]:
            assert answer.status_code == 200, (step, answer.status_code)
            assert f'href="{path}"' in page
            continue
        assert (answer.status_code, answer.location) == (302, f"/supervision/{thread.number}"), step
        assert f'href="{path}"' not in page
        assert "note-" in a.get(answer.location).text
        answer = a.post(path, **said, seen=str(fresh(thread).version), title=TITLE)
        assert answer.status_code == 409, step
        assert "error-summary" in answer.text
        assert written() == before
    for step in MAY[state]:
        thread = AT[state](campus)
        answer = a.submit(path_of(thread, step), having="once", **SAID[step])
        assert (answer.status_code, answer.location) == (302, f"/supervision/{thread.number}"), step
        about = (Event.subject_type == "thread") & (Event.subject_id == thread.id)
        latest = Event.select().where(about).order_by(Event.seq.desc()).get()
        assert (latest.name, latest.actor_id, latest.actor_role) == (step, campus.A.id, "author")


def test_nobody_else_takes_a_step(sign_in: SignIn, client: Visitor, campus: Campus) -> None:
    """A stranger, the moderator, the department that handles it, the administrator, and a visitor."""
    thread = answered(campus)
    below = decided(commented(campus, thread, by=campus.W1), "publish", campus.M)
    before = written()
    others = [sign_in(who) for who in ("B", "M", "handler", "other_handler", "leader", "X")]
    for row in (thread, below):
        for step, said in SAID.items():
            path = path_of(row, step)
            assert client.get(path).location == f"/signin?next={path}"
            assert client.post(path, **said).location == f"/signin?next={path}"
            for visitor in [*others, *([sign_in("A")] if row is below else [])]:
                assert visitor.get(path).status_code == 404, (visitor.number, path)
                assert visitor.post(path, **said).status_code == 404, (visitor.number, path)
    for step in ("publish", "hide", "report", "forward", "urge", "reply", "assign", "post", "nothing"):
        assert sign_in("A").get(path_of(thread, step)).status_code in (302, 404), step
        assert sign_in("A").get(path_of(below, step)).status_code == 404
    assert written() == before


def test_a_step_that_is_not_there_is_no_page(a: Visitor, campus: Campus) -> None:
    thread = published(campus)
    for step in ("publish", "hide", "forward", "urge", "reply", "assign", "nothing", "satisfied "):
        assert a.get(path_of(thread, step)).status_code == 404
        assert a.post(path_of(thread, step)).status_code == 404
    for path in ("/supervision/JD0000000000/edit", "/supervision/comment/999999/edit", "/supervision/comment/0/edit"):
        assert a.get(path).status_code == 404


def test_the_same_form_ten_times_is_one_step(a: Visitor, campus: Campus) -> None:
    for step, state in (("edit", "published"), ("resubmit", "needs_changes"), ("appeal", "rejected")):
        thread = AT[state](campus)
        form = a.form(path_of(thread, step), having="once")
        for _ in range(10):
            assert a.client.post(form.action, data=form.values | SAID[step]).status_code == 302
        about = (Event.subject_type == "thread") & (Event.subject_id == thread.id) & (Event.name == step)
        assert Event.select().where(about).count() == 1


# --- editing --------------------------------------------------------------------------------------------


def test_an_edit_while_it_waits_replaces_what_waits(a: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    form = a.form(path_of(thread, "edit"), having="text")
    assert (form.values["title"], form.values["text"]) == (TITLE, TEXT)
    a.submit(path_of(thread, "edit"), having="text", text=NEW)
    waiting = submission_of(thread)
    assert (waiting.content["text"], waiting.content["title"], waiting.version, waiting.cause) == (
        NEW,
        TITLE,
        2,
        "first",
    )
    assert fresh(thread).text == NEW
    assert Submission.select().count() == 1


def test_an_edit_of_what_is_public_waits_and_the_public_keeps_the_old(
    a: Visitor, client: Visitor, campus: Campus
) -> None:
    thread = published(campus)
    page = f"/supervision/{thread.number}"
    assert "大家看到的仍是现在的内容" in a.get(path_of(thread, "edit")).text
    a.submit(path_of(thread, "edit"), having="text", text=NEW)
    assert "已提交修改" in a.get(page).text
    assert NEW not in client.get(page).text
    assert TEXT in client.get(page).text
    # Whoever edits again goes on from what waits.
    assert a.form(path_of(thread, "edit"), having="text").values["text"] == NEW
    decided(thread, "publish", campus.M)
    assert NEW in client.get(page).text


def test_an_edit_that_came_back_is_taken_up_again_with_its_reason(a: Visitor, campus: Campus) -> None:
    thread = published(campus)
    a.submit(path_of(thread, "edit"), having="text", text=NEW)
    decided(thread, "send_back", campus.M, code="privacy", note="请去掉窗口师傅的名字")
    page = a.get(path_of(thread, "edit")).text
    assert "泄露个人信息" in page
    assert "请去掉窗口师傅的名字" in page
    assert a.form(path_of(thread, "edit"), having="text").values["text"] == NEW
    assert fresh(thread).text == TEXT


def test_photos_stay_go_and_come(a: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    path = path_of(thread, "edit")
    a.submit(path, having="text", photos=[picture(), picture("red")])
    first, second = fresh(thread).photos
    form = a.form(path, having="text")
    assert form.values["kept"] == [first, second]
    assert f"/photos/{first}/thumb" in a.get(path).text
    assert a.submit(path, having="text", kept=second, photos=[picture("blue")]).status_code == 302
    kept, added = fresh(thread).photos
    assert kept == second
    assert added not in (first, second)
    assert submission_of(thread).content["photos"] == [kept, added]
    assert a.submit(path, having="text", kept=None).status_code == 302
    assert fresh(thread).photos == []
    answer = a.submit(path, having="text", kept=[first, "0" * 32], photos=[picture() for _ in range(7)])
    assert answer.status_code == 400
    assert "照片需要重新选择" in answer.text


def test_nobody_takes_up_the_photo_of_another(a: Visitor, campus: Campus) -> None:
    mine, theirs = posted(campus.A), posted(campus.B)
    moderation.edit(theirs, by=campus.B, content={"title": TITLE, "text": NEW}, photos=[_prepared()])
    name = fresh(theirs).photos[0]
    a.submit(path_of(mine, "edit"), having="text", text=NEW, kept=[name])
    assert fresh(mine).photos == []


def _prepared() -> Any:
    return photos.prepare([("a.png", picture()[0])])[0]


@pytest.mark.parametrize(
    "wrong",
    [{"title": ""}, {"title": "汤" * 61}, {"text": "短"}, {"text": "汤凉" * 1001}, {"text": TEXT, "title": TITLE}],
)
def test_a_bad_edit_is_kept_and_changes_nothing(a: Visitor, campus: Campus, wrong: dict[str, str]) -> None:
    thread = posted(campus.A)
    before = written()
    said = {"title": TITLE, "text": NEW, **wrong}
    answer = a.submit(path_of(thread, "edit"), having="text", **said)
    assert answer.status_code == 400
    assert "error-summary" in answer.text
    kept = next(form for form in forms(answer) if "text" in form.names).values
    assert {name: kept[name] for name in said} == said
    assert written() == before


def test_an_edit_takes_no_more_than_it_asks(a: Visitor, campus: Campus) -> None:
    thread = published(campus)
    a.submit(
        path_of(thread, "edit"), having="text", text=NEW, moderation="published", status="done",
        author=str(campus.B.id), shown_as="name", supports="9", cause="first", content="{}",
    )  # fmt: skip
    row = fresh(thread)
    assert (row.moderation, row.status, row.author_id, row.shown_as) == ("published", "to_forward", campus.A.id, "role")
    assert submission_of(thread).content.keys() == {"title", "text", "photos"}
    assert submission_of(thread).cause == "edit"


def test_whatever_is_wrong_is_said_in_the_words_of_the_hall(campus: Campus) -> None:
    thread = answered(campus)
    below = commented(campus, thread)
    steps = [(supervision_author.SatisfiedForm, thread), (supervision_author.ReopenForm, thread)]
    steps += [(getattr(moderations, f"{name}Form"), row) for name in MENDED for row in (thread, below)]
    made = [lambda said, form=form, row=row: form(said, subject=row, person=campus.A) for form, row in steps]
    made += [lambda said, form=form: form(said, person=campus.A) for form in (PostForm, CommentForm)]
    told = set()
    for make in made:
        for said in ("", " ", "x" * 6_000, "-1", "１２", "2026-13-45T99:99"):
            form = make(MultiDict((name, said) for name in make(None)._fields if name != "photos"))
            if form.validate():
                with contextlib.suppress(Refused):
                    form.answers()
            told |= {str(error) for field in form for error in field.errors}
    assert len(told) > 8
    assert not [text for text in told if re.search("[A-Za-z]{2,}", text)]


MENDED = ("Edit", "Resubmit", "Appeal", "Withdraw", "Report")


def test_who_saves_after_the_moderator_decided_is_told_and_keeps_the_text(a: Visitor, campus: Campus) -> None:
    thread = posted(campus.A)
    form = a.form(path_of(thread, "edit"), having="text")
    decided(thread, "publish", campus.M)
    answer = a.client.post(form.action, data=form.values | {"text": NEW})
    assert answer.status_code == 409
    assert "在您打开之后有了变化" in answer.text
    kept = next(form for form in forms(answer) if "text" in form.names)
    assert kept.values["text"] == NEW
    assert "大家看到的仍是现在的内容" in answer.text
    assert fresh(thread).text == TEXT
    assert a.client.post(form.action, data=kept.values).status_code == 302
    assert (fresh(thread).text, submission_of(thread).content["text"]) == (TEXT, NEW)


# --- what came back -------------------------------------------------------------------------------------


def test_what_was_sent_back_is_mended(a: Visitor, campus: Campus) -> None:
    thread = decided(posted(campus.A), "send_back", campus.M, code="unclear", note="请写明是哪个窗口")
    page = a.get(path_of(thread, "resubmit")).text
    assert "说得不够清楚" in page
    assert "请写明是哪个窗口" in page
    a.submit(path_of(thread, "resubmit"), having="text", text=NEW)
    assert (fresh(thread).moderation, submission_of(thread).content["text"]) == ("pending", NEW)


def test_an_appeal_once_and_to_another_moderator(a: Visitor, campus: Campus) -> None:
    thread = decided(posted(campus.A), "reject", campus.M, code="untrue", note="食堂说没有这回事")
    path = path_of(thread, "appeal")
    assert "食堂说没有这回事" in a.get(path).text
    assert a.submit(path, having="words", words="是真").status_code == 400
    assert a.submit(path, having="words", words="我有照片，是真的").status_code == 302
    waiting = submission_of(thread)
    assert (waiting.cause, waiting.barred_id, waiting.note) == ("appeal", campus.M.id, "我有照片，是真的")
    thread = decided(thread, "reject", campus.M2, code="untrue")
    page = a.get(f"/supervision/{thread.number}").text
    assert f'href="{path}"' not in page
    assert "已经申诉过一次了" in a.get(path, follow_redirects=True).text
    answer = a.post(path, words="再看一次吧，求求了", seen=str(thread.version))
    assert answer.status_code == 400
    assert fresh(thread).moderation == "rejected"


def test_withdrawing_is_asked_for_first(a: Visitor, client: Visitor, campus: Campus) -> None:
    thread = published(campus)
    before = written()
    assert "撤回以后不能恢复" in a.get(path_of(thread, "withdraw")).text
    assert written() == before
    a.submit(path_of(thread, "withdraw"), having="once")
    assert fresh(thread).moderation == "withdrawn"
    assert client.get(f"/supervision/{thread.number}").status_code == 404
    assert "已撤回" in a.get(f"/supervision/{thread.number}").text


# --- the end --------------------------------------------------------------------------------------------


def test_the_author_rates_the_answer(a: Visitor, campus: Campus) -> None:
    thread = answered(campus)
    path = path_of(thread, "satisfied")
    assert "更换了损坏的加热管" in a.get(path).text
    for wrong in ({}, {"score": "4"}, {"score": "x"}, {"score": "5", "words": "长" * 301}):
        answer = a.submit(path, having="score", **{"words": "谢谢食堂", **wrong})
        assert answer.status_code == 400
        assert wrong.get("words", "谢谢食堂") in answer.text
    assert fresh(thread).status == "answered"
    a.submit(path, having="score", score="1", words="还不够热")
    assert (fresh(thread).status, fresh(thread).score) == ("done", 1)


def test_it_is_handled_again_at_most_twice(a: Visitor, campus: Campus) -> None:
    thread = answered(campus)
    path = path_of(thread, "reopen")
    for now in (1, 2):
        assert f"这是第 {now} 次" in a.get(path).text
        a.submit(path, having="reason", reason="汤还是凉的，没有人来看过")
        assert (fresh(thread).status, fresh(thread).reopened) == ("handling", now)
        answered(campus, fresh(thread))
    assert f'href="{path}"' not in a.get(f"/supervision/{thread.number}").text
    assert "已经要求重办过两次" in a.get(path, follow_redirects=True).text
    answer = a.post(path, reason="汤还是凉的，没有人来看过")
    assert answer.status_code == 400
    assert fresh(thread).status == "answered"


# --- follow-ups -----------------------------------------------------------------------------------------


def test_the_steps_of_a_follow_up(sign_in: SignIn, client: Visitor, campus: Campus) -> None:
    thread, w1 = published(campus), sign_in("W1")
    page, written_ = f"/supervision/{thread.number}", commented(campus, published(campus), by=campus.W1)
    written_ = commented(campus, thread, by=campus.W1)
    here = f"{page}#comment-{written_.id}"
    answer = w1.submit(path_of(written_, "edit"), having="text", text=BELOW)
    assert answer.location == here
    decided(written_, "send_back", campus.M, code="unclear", note="哪个食堂？")
    assert "哪个食堂？" in w1.get(path_of(written_, "resubmit")).text
    assert w1.get(path_of(written_, "satisfied")).status_code == 404
    assert w1.get(path_of(written_, "edit")).location == here
    assert w1.submit(path_of(written_, "resubmit"), having="text", text=BELOW + "东门那个。").location == here
    decided(written_, "reject", campus.M, code="off_topic")
    assert w1.submit(path_of(written_, "appeal"), having="words", words="说的就是食堂的事").location == here
    decided(written_, "publish", campus.M2)
    assert BELOW in client.get(page).text
    assert w1.submit(path_of(written_, "withdraw"), having="once").location == page
    assert BELOW not in client.get(page).text


def test_below_a_thread_that_is_gone_one_comes_back_to_the_list(sign_in: SignIn, campus: Campus) -> None:
    thread, w1 = published(campus), sign_in("W1")
    below = commented(campus, thread, by=campus.W1)
    moderation.hide(thread, by=campus.M, code="privacy")
    answer = w1.submit(path_of(below, "edit"), having="text", text=BELOW)
    assert answer.location == "/supervision/mine?show=comments"
    page = w1.get(answer.location).text
    assert BELOW in page
    assert "帖子已不公开" in page
    assert TITLE not in page


# --- mine -----------------------------------------------------------------------------------------------


def test_mine_shows_what_waits_for_me_first_and_nothing_of_others(
    a: Visitor, sign_in: SignIn, client: Visitor, campus: Campus
) -> None:
    assert client.get("/supervision/mine").location == "/signin?next=/supervision/mine"
    assert "还没有发过帖" in a.get("/supervision/mine").text
    back = decided(posted(campus.A, title="退回来的帖子"), "send_back", campus.M, note="请写明")
    posted(campus.A, title="还在等的帖子")
    posted(campus.B, title="别人的帖子在等")
    decided(posted(campus.B, title="别人的帖子退回来了"), "send_back", campus.M, note="请写明")
    followed = published(campus, campus.B, title="别人的公开帖子")
    hidden = published(campus, campus.B, title="后来屏蔽的帖子")
    for thread in (followed, hidden):
        supervision.follow(thread, by=campus.A)
    below = decided(commented(campus, followed, by=campus.A), "send_back", campus.M, note="请写明")
    moderation.hide(hidden, by=campus.M, code="abuse")
    page = a.get("/supervision/mine").text
    assert page.index("等您处理") < page.index("退回来的帖子") < page.index("还在等的帖子")
    assert page.count("退回来的帖子") == 1
    assert path_of(back, "resubmit") in page
    assert path_of(below, "resubmit") in page
    assert "别人的帖子" not in page
    page = a.get("/supervision/mine?show=followed").text
    assert "别人的公开帖子" in page
    assert "后来屏蔽的帖子" not in page
    assert "别人的公开帖子" not in sign_in("W1").get("/supervision/mine?show=followed").text
    assert a.get("/supervision/mine?show=nothing").status_code == 200


def test_mine_pages_by_key(a: Visitor, campus: Campus, queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "supervision.posts_a_day", 99)
    titles = [posted(campus.A, title=f"第{n:02}个帖子的标题").title for n in range(25)]
    with queries() as asked:
        page = a.get("/supervision/mine")
    assert len(asked) <= 10
    assert [title for title in titles if title in page.text] == titles[5:]
    link = page.text.partition("/supervision/mine?show=threads&amp;before=")[2].partition('"')[0]
    older = a.get(f"/supervision/mine?show=threads&before={link}").text
    assert [title for title in titles if title in older] == titles[:5]
    for odd in ("0", "-1", "abc", "１２", "9" * 20, ""):
        assert a.get(f"/supervision/mine?before={odd}").status_code == 200


def test_mine_asks_the_same_for_many_rows(a: Visitor, campus: Campus, queries: Any, monkeypatch: Any) -> None:
    limit(monkeypatch, "supervision.posts_a_day", 99)
    thread, counts = published(campus, campus.B), []
    for _ in range(2):
        for _ in range(4):
            decided(posted(campus.A), "reject", campus.M, code="untrue")
            decided(posted(campus.A), "send_back", campus.M, note="请写明")
            decided(commented(campus, thread, by=campus.A), "reject", campus.M, code="abuse")
            decided(commented(campus, thread, by=campus.A), "send_back", campus.M, note="请写明")
        for show in ("threads", "comments"):
            with queries() as asked:
                assert "申诉" in a.get(f"/supervision/mine?show={show}").text
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 10


def test_steps_ask_little(a: Visitor, campus: Campus, queries: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, "supervision.posts_a_day", 99)
    for state, steps in MAY.items():
        thread = AT[state](campus)
        for step in steps:
            with queries() as asked:
                assert a.get(path_of(thread, step)).status_code == 200
            assert len(asked) <= 10, (step, asked)
