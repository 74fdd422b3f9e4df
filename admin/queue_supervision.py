"""What the queue shows of a supervision thread beside what it shows of everything: the text as the department may
read it, its promise, the whole story with grounds and reviews, talks, replies, and what resembles it.

The department knows the author as everybody does, by the name only where the author wanted it shown.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from admin.gate import me
from admin.queue_repair import Due
from admin.queue_supervision_story import entry, is_told
from hall import access, clock, events, masks, supervision, telling, threads
from hall.flow import Step
from hall.lanes import Lane
from hall.supervision_flow import MOST_EXTENSIONS, MOST_REOPENED, REVIEWED
from models import SCORES, Comment, Event, Person, Thread
from templating import duration, said, when

SOON = timedelta(days=1)
FORWARDED_WITHIN = timedelta(hours=4)  # `requirements.md` 27: 第一时间
MOST_COMMENTS = 50
joined = supervision.joined


def due(thread: Thread) -> Due | None:
    """What the hall owes next for `thread`; None where nothing waits for a clock."""
    now = clock.now()
    if thread.status == "to_forward":
        since = thread.published or thread.created
        waited = now - since
        tone = "mute" if waited < FORWARDED_WITHIN else "warn" if waited < SOON else "bad"
        return Due(tone, "clock" if tone == "mute" else "alarm", _("已等 %(length)s", length=duration(waited)), since)
    if thread.status == "handling" and thread.due is not None:
        left = thread.due - now
        if left < timedelta():
            text = _("已逾期 %(length)s", length=duration(-left))
            return Due("bad", "exclamation-triangle-fill", text, thread.due)
        tone, symbol = ("warn", "alarm") if left < SOON else ("mute", "clock")
        return Due(tone, symbol, _("%(when)s前答复", when=f"{when(thread.due)} "), thread.due)
    return None


def may_return(thread: Thread) -> bool:
    """Whether a department may still give a thread back that it handles."""
    window = thread.return_until is None or clock.now() <= thread.return_until
    return thread.status == "handling" and window and not thread.reopened


def by(thread: Thread, person: Person) -> str:
    """Who wrote it, as `person` may know: moderators by name, whoever handles it as the author wanted to be shown."""
    shown = _(threads.byline(thread))
    if access.may(person, "supervision.see_all") and thread.shown_as != "name":
        return _("%(name)s（署名“%(shown)s”）", name=thread.author.name, shown=shown)
    return shown


def beside(rows: Sequence[Thread], lane: Lane) -> dict[str, Any]:
    """By thread id, with one query: the oldest promise of a lane of promises, why a thread was given back."""
    promises: dict[int, date] = {}
    returned: dict[int, dict[str, Any]] = {}
    if lane.name == "forward" and rows:
        about = Event.subject_id.in_([row.id for row in rows]), Event.subject_type == events.subject_type(Thread)
        for event in Event.select().where(*about, Event.name == "return_thread").order_by(Event.seq):
            returned[event.subject_id] = event.details
    if lane.name == "promised" and rows:
        for reply in supervision.open_promises(*rows):
            promises.setdefault(reply.thread_id, date.fromisoformat(reply.promised))
    return {"promises": promises, "returned": returned, "by": lambda thread: by(thread, me()), "may_return": may_return}


def elsewhere(person: Person, thread: Thread) -> str:
    """The page that everybody has, for somebody who is only the author of `thread`."""
    return "" if threads.is_staff(person, thread) else url_for("supervision.show", number=thread.number)


def pointless(thread: Thread, step: Step, page: dict[str, Any]) -> bool:
    """Whether the hall would refuse a step that state and permission allow: no button for it."""
    late = thread.due is not None and thread.due < clock.now()
    if thread.moderation not in REVIEWED and step.name != "merge":
        return True
    return {
        "return_thread": not may_return(thread),
        "extend": late or thread.due is None or thread.extensions >= MOST_EXTENSIONS,
        "assign": not page["colleagues"],
        "reopen": thread.reopened >= MOST_REOPENED,
        "urge": not late,
        "keep_promise": not any(is_open(each) for each in page["replies"]),
    }.get(step.name, False)


def is_open(reply: dict[str, Any]) -> bool:
    """Whether a reply of a page promises something of which nobody has said that it was kept."""
    return bool(reply["promise"]) and reply["row"].kept is None and reply["row"].moderation in REVIEWED


def page(thread: Thread, history: Sequence[Event], person: Person) -> dict[str, Any]:
    """All that the page of one thread shows beside the thread."""
    everything, author = access.may(person, "moderation.decide"), by(thread, person)
    title, text = threads.sentence(thread, history, thread.author)
    handles = access.may(person, "supervision.handle", thread)
    return {
        "title": said(title) if thread.moderation in REVIEWED else "",
        "text": said(text),
        "deadline": _deadline(thread, handles),
        "returned": _returned(thread, history),
        "by": author,
        "phone": thread.phone if may_call(person, thread) else "",
        "masked": masks.mask(thread.phone) if access.may(person, "supervision.see_all") else "",
        "scores": SCORES,
        "praised": _praised(thread),
        "entries": [
            entry(event, thread, author, everything) if is_told(event, everything) else None for event in history
        ],
        "replies": _replies(thread, person),
        "comments": _comments(thread, person),
        "assisting": access.helpers(thread) if thread.forwarded else [],
        "photos": pictures(thread.photos),
        "order": _order(thread, person),
        # Asked for where it is shown: beside a thread that one forwards or handles, and for merging.
        "similar": lambda: threads.similar(f"{thread.title}\n{thread.text}", besides=thread),
        "is_ours": thread.status == "to_forward" or (thread.status == "handling" and handles),
        "main": threads.main_of(thread, person),
        "colleagues": _colleagues(thread, person),
    }


def pictures(names: Sequence[str]) -> list[dict[str, str]]:
    return [{size: url_for("photos.show", name=name, size=size) for size in ("thumb", "large")} for name in names]


def may_call(person: Person, thread: Thread) -> bool:
    """Whether `person` works on `thread`, and so may ring up an author who gave a number; moderators read its mask."""
    return access.may(person, "supervision.talk", thread)


def _praised(thread: Thread) -> str:
    names = (thread.praised_worker and thread.praised_worker.name, thread.praised_group and thread.praised_group.name)
    return " · ".join(name for name in names if name)


def _returned(thread: Thread, history: Sequence[Event]) -> dict[str, Any]:
    """Who gave a thread back that waits to be forwarded, and why."""
    if thread.status != "to_forward":
        return {}
    return next((event.details for event in history if event.name == "return_thread"), {})


def _deadline(thread: Thread, handles: bool) -> list[tuple[str, str]]:
    """How long there still is, as [(tone, sentence)]."""
    if thread.status != "handling" or thread.due is None:
        return []
    left, told = thread.due - clock.now(), []
    if left < timedelta():
        sentence = _("原定 %(when)s前答复，已逾期 %(length)s", when=f"{when(thread.due)} ", length=duration(-left))
        told.append(("bad", sentence))
    else:
        sentence = _("承诺 %(when)s前答复，还有 %(length)s", when=f"{when(thread.due)} ", length=duration(left))
        told.append(("warn" if left < SOON else "info", sentence))
    if handles and may_return(thread) and thread.return_until is not None:
        rest = duration(thread.return_until - clock.now())
        until = f"{when(thread.return_until)} "
        told.append(("info", _("不归本部门的，%(when)s前可以退件，还有 %(length)s", when=until, length=rest)))
    return told


def _replies(thread: Thread, person: Person) -> list[dict[str, Any]]:
    """The official replies that `person` may read, newest first, each with what its review said."""
    return [
        {
            "row": row,
            "decided": getattr(row, "decided", None),
            "promise": threads.promise_of(row),
            "photos": pictures(row.photos),
        }
        for row in supervision.reviewed_replies(person, thread)
    ]


def _comments(thread: Thread, person: Person) -> list[dict[str, Any]]:
    """What others and the author wrote below, as far as it was reviewed, oldest first."""
    query = access.visible(person, Comment).where(Comment.thread == thread.id, Comment.moderation.in_(REVIEWED))
    query = query.select(Comment, Person).join_from(Comment, Person).order_by(Comment.id).limit(MOST_COMMENTS)
    return [{"row": row, "by": _(threads.byline(row, thread)), "photos": pictures(row.photos)} for row in query]


def _order(thread: Thread, person: Person) -> dict[str, str]:
    """The repair that a thread is about: its number, and its address if `person` may see it."""
    if not thread.order_id:
        return {}
    number = thread.order.number
    seen = access.may(person, "repair.read") and access.sees(person, thread.order)
    return {"number": number, "link": url_for("queue.show", flow="repair", number=number) if seen else ""}


def _colleagues(thread: Thread, person: Person) -> bool:
    """Whether there is somebody else in the department to pass `thread` to."""
    if thread.status != "handling" or not access.may(person, "supervision.handle", thread):
        return False
    return any(each.id != thread.handler_id for each in telling.holders("supervision.handle", thread))
