"""What authors do with a text under moderation: hand it in, mend it, take it back, appeal; and what readers report."""

from collections.abc import Sequence
from typing import Any

from hall import clock, events, question_reading, settings, submissions
from hall.answers import choice, text
from hall.events import diff
from hall.moderation_flow import board_of, current, flow, write
from hall.photos import Prepared, attach
from hall.words import N_, Refused
from models import REASONS, Moderated, Person, Report, Submission


def submit(row: Moderated, *, by: Person) -> Submission:
    """Let a new row wait for its first review, inside the transaction of the verb that made it."""
    return submissions.hand_in(row, current(row), cause="first")


def _known(row: Moderated, step: str) -> None:
    if sentence := board_of(row).instead.get(step):
        raise Refused(sentence)


@flow.step(
    "修改",
    sources=["pending", "published", "private"],
    target=["pending", "published", "private"],
    need="moderation.edit",
    who="作者",
    recorded="前后两个版本；已公开的，新版本审核通过之前仍显示原文",
)
def edit(
    row: Moderated,
    *,
    by: Person,
    content: dict[str, Any],
    photos: Sequence[Prepared] = (),
    kept: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Change a text that waits or is shown; the public keeps reading the old one until the new one is approved.

    `content` gives reviewed columns without photos and answers to added questions as `q_<code>`, `kept` the names of
    the photos that stay (None: all).
    """
    waiting = Submission.get_or_none(Submission.slot == f"{events.subject_type(row)}:{row.id}")
    before = waiting.content if waiting is not None else current(row)
    after = _written(row, before, content, photos, kept, by)
    if waiting is not None and waiting.cause == "report":
        # The report is about what was public; the edit waits in its place and is judged with it.
        Submission.update(cause="edit").where(Submission.id == waiting.id).execute()
    submissions.hand_in(row, after, cause="first" if row.moderation == "pending" else "edit")
    if row.moderation == "pending":
        write(row, after)
    return {"changed": diff(before, after)}


def _written(
    row: Moderated,
    before: dict[str, Any],
    content: dict[str, Any],
    photos: Sequence[Prepared],
    kept: Sequence[str] | None,
    by: Person,
) -> dict[str, Any]:
    """`before` with the checked answers and photos of the author in it. Raises Refused where nothing changed."""
    known = [name for name in before.get("photos", []) if kept is None or name in kept]
    least, some = board_of(row).photos(row)
    most = settings.value("photos.most") if some is None else some
    if len(known) + len(photos) > most:
        raise Refused(N_("最多 %(most)s 张照片"), field="photos", most=most)
    if len(known) + len(photos) < least:
        raise Refused(N_("请至少放一张照片"), field="photos")
    allowed = {name: value for name, value in content.items() if name in row.reviewed and name != "photos"}
    said = question_reading.proposed(row, content, before)
    after = {**before, **board_of(row).clean(allowed, row), **said, "photos": known}
    if after == before and not photos:
        raise Refused(N_("内容没有改动"))
    added = attach(row, photos, by=by)
    return {**after, "photos": [*known, *(photo.name for photo in added)]}


@flow.step(
    "修改重提",
    sources=["needs_changes"],
    target="pending",
    need="moderation.edit",
    who="作者",
    recorded="改了什么",
    weight="primary",
)
def resubmit(
    row: Moderated,
    *,
    by: Person,
    content: dict[str, Any],
    photos: Sequence[Prepared] = (),
    kept: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Hand in again what a moderator sent back."""
    _known(row, "resubmit")
    before = current(row)
    after = _written(row, before, content, photos, kept, by)
    write(row, after)
    submissions.hand_in(row, after, cause="first")
    return {"changed": diff(before, after)}


@flow.step(
    "撤回",
    sources=["pending", "needs_changes", "published", "private"],
    target="withdrawn",
    need="moderation.withdraw",
    who="作者",
    asks=False,
    weight="danger",
)
def withdraw(row: Moderated, *, by: Person) -> dict[str, Any]:
    """Take a text back; nobody but its author and the moderators reads it any more."""
    back = {"status": "taken_back", "slot": None, "claimed_by": None, "claimed_until": None, "decided": clock.now()}
    Submission.update(**back).where(Submission.slot == f"{events.subject_type(row)}:{row.id}").execute()
    hook = board_of(row).after.get("withdraw")
    if hook:
        hook(row, by=by, submission=None)
    return {}


@flow.step(
    "申诉",
    sources=["rejected"],
    target="pending",
    need="moderation.appeal",
    who="作者，一次；由另一位审核员处理",
    recorded="申诉的话",
)
def appeal(row: Moderated, *, by: Person, words: str) -> dict[str, Any]:
    """Ask another moderator to read it again; once."""
    _known(row, "appeal")
    about = (Submission.subject_type == events.subject_type(row)) & (Submission.subject_id == row.id)
    earlier = Submission.select().where(about).order_by(Submission.id.desc())
    if any(each.cause == "appeal" for each in earlier):
        raise Refused(N_("已经申诉过一次了"))
    words = text(words, "words", least=5)
    judge = next((each.decided_by_id for each in earlier if each.decision == "reject"), None)
    submissions.hand_in(row, current(row), cause="appeal", barred=judge, note=words)
    return {"words": words}


@flow.step("举报", sources=["published"], need="moderation.report", who="任何登录的人", recorded="原因")
def report(row: Moderated, *, by: Person, code: str, note: str = "") -> dict[str, Any]:
    """Say that something public should not be, once a person; who reported hears what a moderator made of it."""
    if row.author_id == by.id:
        raise Refused(N_("这是您自己发的，可以直接修改或撤回"))
    kind = events.subject_type(row)
    said = {"code": choice(code, REASONS, "code"), "note": text(note, "note")}
    _report, is_new = Report.get_or_create(
        subject_type=kind, subject_id=row.id, person=by, defaults={**said, "created": clock.now()}
    )
    if not is_new:
        raise Refused(N_("您已经举报过，有结果会通知您"))
    if Submission.get_or_none(Submission.slot == f"{kind}:{row.id}") is None:
        submissions.hand_in(row, current(row), cause="report")
    return {"code": said["code"]}
