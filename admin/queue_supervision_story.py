"""The story of a supervision thread for those who work on it: every step with its ground, by whom, in full.

Only moderators read who reported something, and what was said about a text that never became public.
"""

from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from hall import access, clock
from hall.review_story import reason_of
from hall.words import N_
from models import SCORES, TALK_METHODS, Event, Thread
from templating import said

UNTOLD = {"report", "keep", "appeal"}
# Decisions about the author's text: why is between author and moderator.
REVIEWS = {"send_back", "reject", "keep_private"}
LABELS = {
    "publish": N_("审核通过"),
    "keep_private": N_("审核通过，不公开"),
    "edit": N_("作者提交修改"),
    "send_back": N_("修改被退回"),
    "reject": N_("修改未通过"),
    "answer": N_("答复公开"),
    "reply_back": N_("答复被退回"),
    "await_reply": N_("答复重新待审"),
}
TEXTS = {
    "forward": (N_("转给%(department)s，%(due)s前答复"), N_("协办：%(assisting)s"), "%(note)s"),
    "return_thread": (N_("%(from)s退回：%(ground)s"), N_("建议转给%(suggested)s")),
    "extend": (N_("延到 %(due)s，%(approver)s批准"), "%(reason)s"),
    "assign": (N_("交给%(handler)s"), "%(note)s"),
    "talk": (N_("%(method)s，%(at)s：%(summary)s"),),
    "reply_back": (N_("原因：%(why)s"),),
    "satisfied": ("%(score)s", "%(words)s"),
    "reopen": ("%(reason)s", N_("%(due)s前再次答复")),
    "urge": (N_("第 %(level)s 级督办"), "%(note)s"),
    "merge": (N_("并入 %(main)s"),),
    "keep_promise": (N_("承诺 %(promised)s完成，实际 %(kept)s完成"),),
    "hide": (N_("原因：%(why)s"),),
    "restore": ("%(note)s",),
}
REVIEWED_TEXTS = {"report": (N_("原因：%(why)s"),), "appeal": ("%(words)s",), "keep": ("%(note)s",)}
SILENT = N_("到期没有评价，系统办结")


def is_told(event: Event, everything: bool) -> bool:
    """Whether somebody reads of `event`: moderators of `everything`, a department of what matters to it."""
    return everything or event.name not in UNTOLD


def entry(event: Event, thread: Thread, author: str, everything: bool) -> dict[str, Any]:
    """One line of the story; `author` is how the reader knows who wrote the thread."""
    is_author = event.actor_id is not None and event.actor_id == thread.author_id
    who = author if is_author else event.actor_name or _("系统")
    role = access.role_label("author" if is_author else event.actor_role) if event.actor_id is not None else ""
    return {
        "label": LABELS.get(event.name, event.label_text) if _is_later(event) else event.label_text,
        "text": _text(event, everything),
        "at": event.at,
        "who": " · ".join(part for part in (who, _(role) if role else "") if part),
        "photos": [],
    }


def _is_later(event: Event) -> bool:
    """Whether a decision is about what was shown already, as the words of LABELS say of two of them."""
    return event.name not in ("send_back", "reject") or event.source in ("published", "private")


def _text(event: Event, everything: bool) -> str:
    details = event.details
    if event.name == "satisfied" and details.get("automatic"):
        return _(SILENT)
    parts = TEXTS.get(event.name, ())
    if everything:
        parts = parts or REVIEWED_TEXTS.get(event.name, (N_("原因：%(why)s"),) if event.name in REVIEWS else ())
    values = _values(details)
    told = [said((part, values)) for part in parts if _has(part, values)]
    return _("；").join(told)


def _values(details: dict[str, Any]) -> dict[str, Any]:
    values = {**details, "why": reason_of({**details, "reason": details.get("reason") or details.get("code", "")})}
    values["assisting"] = "、".join(details.get("assisting", []))
    values["method"] = dict(TALK_METHODS).get(details.get("method", ""), "")
    values["score"] = dict(SCORES).get(details.get("score") or 0, "")
    for name in ("due", "at"):
        values[name] = datetime.fromisoformat(details[name]) if details.get(name) else None
    for name in ("promised", "kept"):
        values[name] = date.fromisoformat(details[name]) if details.get(name) else None
    if values["due"] is not None:
        values["due"] = clock.local(values["due"]).date()
    return values


def _has(part: str, values: dict[str, Any]) -> bool:
    """Whether all that a part speaks of was said."""
    return all(values.get(name) for name in values if f"%({name})s" in part) and _known(part, values)


def _known(part: str, values: dict[str, Any]) -> bool:
    try:
        part % values
    except KeyError:  # made before the step recorded this
        return False
    return True
