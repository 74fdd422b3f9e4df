"""What was not published is nowhere: by no address, list, search, feed or photo (faults 2, 5, 6).

Every text that strangers must not read holds a word of its own. B is a stranger with an account, `other_handler`
works for a department that has nothing to do with it; A wrote it all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from hall import clock, moderation, photos, supervision, threads
from hall.supervision_flow import in_working_days
from models import Comment, Department, Moderated, Person, Photo, Reply, Thread
from tests.addresses import rules, takes
from tests.board import answered, commented, decided, drafted, forwarded, posted, published
from tests.conftest import Campus
from tests.limits import limit
from tests.portal import SignIn, picture
from tests.visitor import Visitor

READERS = ("visitor", "B", "other_handler")
PHONE = "13912340057"
SIGN = "暗号"  # every secret begins with it
STATES = ("pending", "needs_changes", "rejected", "appealed", "hidden", "withdrawn", "private")


def shot() -> list[photos.Prepared]:
    return photos.prepare([("a.png", picture()[0])])


@dataclass
class Secrets:
    """Words that nobody may find, what nobody may fetch, and where one would look for them."""

    campus: Campus
    words: list[str] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    below: list[Moderated] = field(default_factory=list)
    open: list[Thread] = field(default_factory=list)

    def word(self) -> str:
        """A word that stands nowhere else."""
        self.words.append(f"{SIGN}{chr(0x4E00 + 97 * (len(self.words) + 1))}{chr(0x6E00 + 31 * len(self.words))}")
        return self.words[-1]

    def said(self, more: str = "") -> dict[str, Any]:
        word = self.word()
        return {"text": f"{word}，这些话写得足够长，谁也不该读到{more}", "photos": shot()}

    def hide(self, row: Moderated, state: str) -> None:
        """Lead a fresh text to a state in which strangers do not read it."""
        campus = self.campus
        if state in ("needs_changes", "rejected", "appealed"):
            step = "send_back" if state == "needs_changes" else "reject"
            row = decided(row, step, campus.M, code="privacy", note=self.word())
        if state == "appealed":
            moderation.appeal(row, by=campus.A, words=f"{self.word()}，请再看一次")
        if state in ("hidden", "withdrawn"):
            row = decided(row, "publish", campus.M)
        if state == "hidden":
            moderation.hide(row, by=campus.M, code="privacy", note=self.word())
        if state == "withdrawn":
            moderation.withdraw(row, by=row.author)
        if state == "private":
            decided(row, "keep_private", campus.M, note=self.word())

    def public(self, by: str = "A") -> Thread:
        self.open.append(forwarded(self.campus, getattr(self.campus, by)))
        return self.open[-1]


def all_secrets(campus: Campus) -> Secrets:
    kept = Secrets(campus)
    with pytest.MonkeyPatch.context() as patched:
        limit(patched, "supervision.posts_a_day", 100)
        for state in STATES:
            thread = posted(campus.A, title=f"{kept.word()}的标题", phone=PHONE, **kept.said())
            kept.threads.append(thread)
            kept.hide(thread, state)
            below = commented(campus, kept.public(), campus.A, **kept.said())
            kept.below.append(below)
            kept.hide(below, state)
        for more in (_below_what_is_hidden, _edits, _inside, _replies):
            more(kept)
    return kept


@pytest.fixture
def secrets(begun: Secrets) -> Secrets:
    return begun


def _replies(kept: Secrets) -> None:
    for state in ("pending", "needs_changes", "rejected", "hidden", "private"):
        reply = drafted(kept.campus, kept.public(), measures=f"{kept.word()}的措施", **kept.said())
        kept.below.append(reply)
        kept.hide(reply, state)


def _below_what_is_hidden(kept: Secrets) -> None:
    """What was published under a thread goes with it."""
    for state in ("hidden", "withdrawn"):
        thread = forwarded(kept.campus, title=f"{kept.word()}的标题", **kept.said())
        reply = decided(drafted(kept.campus, thread, **kept.said()), "publish", kept.campus.M)
        comment = decided(commented(kept.campus, thread, kept.campus.A, **kept.said()), "publish", kept.campus.M)
        kept.threads.append(thread)
        kept.below += [reply, comment]
        if state == "hidden":
            moderation.hide(thread, by=kept.campus.M, code="other", note=kept.word())
        else:
            moderation.withdraw(Thread.get_by_id(thread.id), by=thread.author)


def _edits(kept: Secrets) -> None:
    """A proposed text, and one that was refused, beside what is public."""
    for step in ("", "send_back", "reject"):
        thread = answered(kept.campus, kept.public())
        comment = decided(commented(kept.campus, thread, kept.campus.A), "publish", kept.campus.M)
        reply = Reply.get(Reply.thread == thread.id)
        for row in (thread, comment, reply):
            said = kept.said()
            content = {"text": said["text"]} | ({"title": f"{kept.word()}的标题"} if row is thread else {})
            row = moderation.edit(row, by=row.author, content=content, photos=said["photos"])
            if step:
                decided(row, step, kept.campus.M, code="privacy", note=kept.word())


def _inside(kept: Secrets) -> None:
    """What staff writes about a public thread, and what its author tells the department alone."""
    campus, thread = kept.campus, published(kept.campus, phone=PHONE)
    kept.open.append(thread)
    canteens, energy = (Department.get(Department.code == code) for code in ("HQ-YS", "HQ-NY"))
    thread = supervision.forward(thread, by=campus.M, department=energy, note=kept.word())
    ground = f"{kept.word()}不归我们"
    thread = supervision.return_thread(thread, by=campus.other_handler, ground=ground, suggested=canteens)
    kept.open.append(published(campus))
    supervision.forward(kept.open[-1], by=campus.M, department=energy)
    supervision.return_thread(kept.open[-1], by=campus.other_handler, ground="不归我们", suggested=canteens)
    thread = supervision.forward(thread, by=campus.M, department=canteens)
    supervision.talk(thread, by=campus.handler, method="phone", summary=f"{kept.word()}，电话里说的")
    supervision.assign(thread, by=campus.handler, handler=campus.handler, note=kept.word())
    later = in_working_days(8)
    said = {"reason": f"{kept.word()}还没有到货", "approver": campus.leader}
    thread = supervision.extend(thread, by=campus.handler, until=later, **said)
    with clock.at(later + timedelta(days=1)):
        thread = supervision.urge(thread, by=campus.leader, note=kept.word())
    thread = answered(campus, thread)
    thread = supervision.reopen(thread, by=campus.A, reason=f"{kept.word()}还是凉的")
    thread = answered(campus, thread)
    supervision.satisfied(thread, by=campus.A, score=5, words=kept.word())
    moderation.report(thread, by=campus.lead, code="untrue", note=kept.word())
    kept.words += [PHONE, PHONE[-4:], thread.author.name, campus.handler.name, campus.M.name]


with_secrets = pytest.mark.begins_after(made=all_secrets)


# --- where one would look ------------------------------------------------------------------------------


def addresses(app: Flask, kept: Secrets) -> Iterator[str]:
    """Every public address, with every filter, and everything below the number of each thread."""
    yield from ("/", "/services", "/supervision/log", "/supervision/mine", "/inbox")
    for name, choices in {"sort": threads.SORTS, "state": threads.STATES, "period": threads.PERIODS}.items():
        yield from (f"/supervision?{name}={choice}" for choice, _label in choices)
    for name, answers in {"kind": ("complaint", "praise"), "department": ("HQ-YS", "HQ-NY")}.items():
        for answer in answers:
            yield f"/supervision?{name}={answer}"
            yield f"/supervision/feed.atom?{name}={answer}"
    yield "/supervision/feed.atom"
    yield from (f"/supervision?q={SIGN}&sort={sort}" for sort, _label in threads.SORTS)
    for thread in kept.threads:
        yield f"/supervision/similar?q={thread.title}"
    for thread in [*kept.threads, *kept.open]:
        yield from below(app, thread)


def below(app: Flask, thread: Thread) -> Iterator[str]:
    """Every address of the board that names a thread, or a row below it."""
    models: dict[str, Any] = {"comment": Comment, "reply": Reply}
    rows = {kind: model.get_or_none(model.thread == thread.id) for kind, model in models.items()}
    for rule in rules(app):
        if rule.endpoint.startswith("supervision.") and takes(rule, "GET") and rule.arguments:
            for kind, row in rows.items():
                values = {"number": thread.number, "step": "withdraw", "kind": kind, "row_id": row.id if row else 1}
                path = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found, values=values: str(values[found[1]]), rule.rule)
                yield path
    yield f"/supervision/{thread.number.lower()}"


def readers(client: Visitor, sign_in: SignIn) -> dict[str, Visitor]:
    return {who: client if who == "visitor" else sign_in(who) for who in READERS}


def comparable(page: Any) -> tuple[int, str]:
    """Status and text of a page without what differs from one second to the next."""
    return page.status_code, re.sub(r'name="csrf_token" value="[^"]+"|<time .*?</time>', "", page.text)


# --- nothing is there ----------------------------------------------------------------------------------


@with_secrets
def test_what_was_not_published_stands_nowhere(
    app: Flask, client: Visitor, sign_in: SignIn, campus: Campus, secrets: Secrets
) -> None:
    wrong, asked = [], list(dict.fromkeys(addresses(app, secrets)))
    assert len(asked) > 200
    for who, visitor in readers(client, sign_in).items():
        for path in asked:
            answer = visitor.get(path)
            assert answer.status_code < 500, path
            # Four figures stand by chance in names of photos and in tokens.
            said = re.sub(r'/photos/[0-9a-f]{32}|name="csrf_token" value="[^"]*"', "", answer.text)
            wrong += [f"{who} reads {word} at {path}" for word in secrets.words if word in said]
    assert not wrong, "\n".join(wrong)


@with_secrets
def test_a_thread_that_is_not_public_is_a_number_that_does_not_exist(
    app: Flask, client: Visitor, sign_in: SignIn, secrets: Secrets
) -> None:
    wrong = []
    for who, visitor in readers(client, sign_in).items():
        nobody = comparable(visitor.get("/supervision/JD2601010001"))
        assert nobody[0] == 404
        for thread in secrets.threads:
            for path in (f"/supervision/{thread.number}", f"/supervision/{thread.number.lower()}"):
                if comparable(visitor.get(path)) != nobody:
                    wrong.append(f"{who} {path} is not like nothing")
            for path in dict.fromkeys(below(app, thread)):
                status = visitor.get(path).status_code
                if status != 404 and (status != 302 or who != "visitor"):
                    wrong.append(f"{who} {path}: {status}")
    assert not wrong, "\n".join(wrong)


@with_secrets
def test_a_photo_is_seen_only_with_the_published_text_that_names_it(
    client: Visitor, sign_in: SignIn, secrets: Secrets
) -> None:
    shown = {name for thread in moderation.disclosed(Thread) for name in thread.photos}
    hidden = [photo.name for photo in Photo.select() if photo.name not in shown]
    assert len(hidden) > 25
    for who, visitor in readers(client, sign_in).items():
        seen = [
            f"{who} {name} {size}"
            for name in hidden
            for size in photos.SIZES
            if visitor.get(f"/photos/{name}/{size}").status_code != 404
        ]
        assert not seen, "\n".join(seen)
    mine, moderator = sign_in("A"), sign_in("M")
    for photo in Photo.select().where(Photo.name.in_(hidden)):
        assert moderator.get(f"/photos/{photo.name}/thumb").status_code == 200
        if photo.owner_id == Person.get(Person.number == mine.number).id:
            assert mine.get(f"/photos/{photo.name}/thumb").status_code == 200


# --- and then it is ------------------------------------------------------------------------------------


def test_what_was_published_stands_everywhere(client: Visitor, campus: Campus) -> None:
    """The other half: that the walk above would find something if there were something."""
    thread = posted(campus.A, title="暗号公开的标题", text="暗号公开的正文，写得足够长一些", photos=shot())
    decided(thread, "publish", campus.M)
    listed = ["/", "/supervision", "/supervision?q=暗号公开的正文", "/supervision?period=week"]
    listed += ["/supervision?sort=waiting", "/supervision/feed.atom", "/supervision/similar?q=暗号公开的"]
    for path in (*listed, f"/supervision/{thread.number}"):
        page = client.get(path)
        assert "暗号公开的标题" in page.text, path
        assert thread.author.name not in page.text
    for size in photos.SIZES:
        answer = client.get(f"/photos/{Thread.get_by_id(thread.id).photos[0]}/{size}")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    canteens = Department.get(Department.code == "HQ-YS")
    thread = supervision.forward(Thread.get_by_id(thread.id), by=campus.M, department=canteens)
    reply = decided(drafted(campus, thread, text="暗号答复的正文，写得足够长", photos=shot()), "publish", campus.M)
    comment = decided(commented(campus, thread, text="暗号跟帖的话", photos=shot()), "publish", campus.M)
    page = client.get(f"/supervision/{thread.number}").text
    assert "暗号答复" in page and "暗号跟帖" in page
    assert "暗号答复" in client.get("/supervision/feed.atom?department=HQ-YS").text
    assert "暗号答复" in client.get("/").text
    for row in (reply, comment):
        assert row.photos[0] in page
        assert client.get(f"/photos/{row.photos[0]}/thumb").status_code == 200


def test_after_an_edit_the_public_keeps_the_approved_text(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    """Fault 5, with the photos that come and go."""
    thread = published(campus, title="暗号旧的标题", text="暗号旧的正文，写得足够长一些", photos=shot() + shot())
    first, second = thread.photos
    content = {"title": "暗号新的标题", "text": "暗号新的正文，写得足够长一些"}
    edited = moderation.edit(thread, by=campus.A, content=content, kept=[second], photos=shot())
    third = next(photo.name for photo in Photo.select().order_by(Photo.id.desc()))
    asked = ("/", "/supervision", f"/supervision/{thread.number}", "/supervision/feed.atom", "/supervision?q=暗号")
    for path in asked:
        page = client.get(path).text
        assert "暗号旧的" in page and "暗号新的" not in page, path
    assert "没有符合条件的帖子" in client.get("/supervision?q=新的正文").text
    assert fetched(client, first, second, third) == [200, 200, 404]
    mine = sign_in("A").get(f"/supervision/{thread.number}").text
    assert "暗号旧的正文" in mine and "暗号新的正文" in mine and third in mine
    decided(edited, "publish", campus.M)
    for path in asked:
        page = client.get(path).text
        assert "暗号新的" in page and "暗号旧的" not in page, path
    assert fetched(client, first, second, third) == [404, 200, 200]
    assert fetched(sign_in("A"), first) == [200]


def fetched(visitor: Visitor, *names: str) -> list[int]:
    return [visitor.get(f"/photos/{name}/medium").status_code for name in names]


def test_each_sees_the_photos_of_what_is_theirs_to_judge_or_to_handle(sign_in: SignIn, campus: Campus) -> None:
    thread = posted(campus.A, shown_as="private", photos=shot())
    name = thread.photos[0]
    who = {each: sign_in(each) for each in ("A", "M", "handler", "other_handler", "leader", "X", "B")}
    assert {each for each in who if fetched(who[each], name) == [200]} == {"A", "M", "X"}
    canteens = Department.get(Department.code == "HQ-YS")
    decided(thread, "keep_private", campus.M, forward_to=canteens)
    assert {each for each in who if fetched(who[each], name) == [200]} == {"A", "M", "X", "handler", "leader"}
    same = {"title": thread.title, "text": thread.text}
    edited = moderation.edit(Thread.get_by_id(thread.id), by=campus.A, content=same, kept=[], photos=shot())
    proposed = moderation.proposal(edited).content["photos"][0]
    assert {each for each in who if fetched(who[each], proposed) == [200]} == {"A", "M"}


def test_a_comment_kept_private_is_for_its_writer_and_the_staff(sign_in: SignIn, campus: Campus) -> None:
    """The author of the thread above it is neither."""
    thread = forwarded(campus)
    comment = decided(commented(campus, thread, text="暗号留给部门", photos=shot()), "keep_private", campus.M)
    reads = {}
    for who in ("A", "B", "handler"):
        visitor = sign_in(who)
        reads[who] = "暗号留给部门" in visitor.get(f"/supervision/{thread.number}").text
        assert fetched(visitor, comment.photos[0]) == [200 if who != "A" else 404]
    assert (reads["A"], reads["B"]) == (False, True)
