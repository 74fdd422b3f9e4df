"""What people bring to the supervision board: threads, follow-ups, support; and who hears of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from hall import access, clock, moderation, questions, settings
from hall.accounts import clean_phone
from hall.answers import choice, text
from hall.moderation import Board
from hall.numbers import next_number
from hall.photos import Prepared, attach
from hall.supervision_flow import COMMENT_MOST, body, flow, title
from hall.words import N_, Refused, TooOften
from models import (
    SHOWN_AS,
    THREAD_KINDS,
    Comment,
    Department,
    MaintenanceGroup,
    Person,
    RepairOrder,
    Support,
    Thread,
    ThreadFollower,
    database,
)


@flow.start(
    "发帖",
    target="submitted",
    need="supervision.post",
    who="师生",
    recorded="类别、标题、正文、照片、署名、相关报修单、表扬的人或班组",
)
def _post(
    *,
    by: Person,
    kind: str,
    title: str,
    text: str,
    shown_as: str = "role",
    department: Department | None = None,
    order: RepairOrder | None = None,
    praised_worker: Person | None = None,
    praised_group: MaintenanceGroup | None = None,
    phone: str = "",
    photos: Sequence[Prepared] = (),
    given: Mapping[str, Any] | None = None,
) -> tuple[Thread, dict[str, Any]]:
    _hold_to_limit(Thread, by, settings.value("supervision.posts_a_day"))
    if order is not None and order.reporter_id != by.id:
        raise Refused(N_("只能关联您自己的报修单"), field="order")
    praised = kind == "praise"
    worker = praised_worker or (order.worker if order is not None else None)
    group = praised_group or (order.group if order is not None else None)
    words = clean_thread({"title": title, "text": text}, None)
    thread = Thread.create(
        number=next_number("JD"),
        kind=choice(kind, THREAD_KINDS, "kind"),
        shown_as=choice(shown_as, SHOWN_AS, "shown_as"),
        author=by,
        created=clock.now(),
        phone=clean_phone(phone) if phone else "",
        department=department,
        order=order,
        praised_worker=worker if praised else None,
        praised_group=group if praised else None,
        **words,
    )
    thread.photos = [photo.name for photo in attach(thread, photos, by=by)]
    questions.keep(thread, questions.for_subject(thread), given or {}, by=by)
    thread.save()
    moderation.submit(thread, by=by)
    return thread, {"kind": kind, "photos": thread.photos, "order": order.number if order is not None else ""}


def post(**answers: Any) -> Thread:
    """Bring a thread to the board; it waits for a moderator (`requirements.md` 25, 26).

    Takes `by`, `kind`, `title`, `text`, `shown_as`, `department` (a wish), `order` (one's own), `praised_worker`,
    `praised_group`, `phone`, `photos` from `photos.prepare`, `given` (hall/questions.py) and `once`. Raises Refused
    with the field that is wrong.
    """
    thread: Thread = moderation.let_through(_post(**answers))
    return thread


def clean_thread(content: dict[str, Any], thread: Thread | None) -> dict[str, Any]:
    """Title and text as they may be. Raises Refused."""
    return {"title": title(content.get("title", "")), "text": body(content.get("text", ""))}


def _hold_to_limit(model: Any, by: Person, most: int) -> None:
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    sent = model.select(model.id).where(model.author == by.id, model.created >= midnight)
    if sent.limit(most).count() >= most:
        raise TooOften(N_("今天发得太多了，请明天再来；急事请打电话"))


# --- follow-ups --------------------------------------------------------------------------------------


def comment(
    thread: Thread,
    *,
    by: Person,
    text: str,
    shown_as: str = "role",
    photos: Sequence[Prepared] = (),
    once: str | None = None,
) -> Comment:
    """Write below a thread: everybody where it is public, its author always. It waits for a moderator."""
    written: Comment = moderation.let_through(
        _comment(by=by, once=once, thread=thread, text=text, shown_as=shown_as, photos=photos)
    )
    return written


@moderation.flow.start(
    "跟帖",
    target="pending",
    need="supervision.comment",
    who="师生；公开的帖子，或自己的",
    recorded="内容、照片、署名",
    model=Comment,
)
def _comment(
    *, by: Person, thread: Thread, text: str, shown_as: str, photos: Sequence[Prepared]
) -> tuple[Comment, dict[str, Any]]:
    open_to_all = moderation.is_disclosed(thread) and thread.status != "merged"
    if not open_to_all and not (thread.author_id == by.id and thread.moderation == "private"):
        raise Refused(N_("这个帖子现在不能跟帖"), stale=True)
    _hold_to_limit(Comment, by, settings.value("supervision.comments_a_day"))
    words = clean_comment({"text": text}, None)
    written = Comment.create(
        thread=thread, author=by, created=clock.now(), shown_as=choice(shown_as, SHOWN_AS[:2], "shown_as"), **words
    )
    written.photos = [photo.name for photo in attach(written, photos, by=by)]
    written.save()
    moderation.submit(written, by=by)
    return written, {"thread": thread.number, "photos": written.photos}


def clean_comment(content: dict[str, Any], written: Comment | None) -> dict[str, Any]:
    """The text of a follow-up as it may be. Raises Refused."""
    return {"text": text(content.get("text", ""), "text", least=2, most=COMMENT_MOST)}


moderation.BOARDS[Comment] = Board(clean=clean_comment, headline=lambda content: content.get("text", "")[:60])


# --- support and following ---------------------------------------------------------------------------


def support(thread: Thread, *, by: Person) -> Thread:
    """Say that one stands behind a public thread, once a person; repeating it changes nothing."""
    _only_public(thread)
    if thread.author_id == by.id:
        raise Refused(N_("自己的帖子不用支持"))
    with database.atomic():
        _support, is_new = Support.get_or_create(thread=thread, person=by)
        if is_new:
            Thread.update(supports=Thread.supports + 1).where(Thread.id == thread.id).execute()
    return Thread.get_by_id(thread.id)


def unsupport(thread: Thread, *, by: Person) -> Thread:
    """Take one's support back; repeating it changes nothing."""
    with database.atomic():
        if Support.delete().where(Support.thread == thread.id, Support.person == by.id).execute():
            Thread.update(supports=Thread.supports - 1).where(Thread.id == thread.id).execute()
    return Thread.get_by_id(thread.id)


def follow(thread: Thread, *, by: Person) -> None:
    """Hear of whatever becomes of a public thread; repeating it changes nothing."""
    _only_public(thread)
    with database.atomic():
        ThreadFollower.get_or_create(thread=thread, person=by)


def unfollow(thread: Thread, *, by: Person) -> None:
    """Hear no more of it."""
    ThreadFollower.delete().where(ThreadFollower.thread == thread.id, ThreadFollower.person == by.id).execute()


def _only_public(thread: Thread) -> None:
    if not moderation.is_disclosed(thread):
        raise Refused(N_("这个帖子现在没有公开"), stale=True)


def by_number(person: Person | None, number: str) -> Thread | None:
    """The thread with `number` if it is public or `person` may see it."""
    wanted = Thread.number == number[:20].upper()
    found: Thread | None = moderation.disclosed(Thread).where(wanted).first()
    return found or access.visible(person, Thread).where(wanted).first()
