"""The story of something lost or found for the desk: every step with its reason, by whom."""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from hall import access, clock
from hall.review_story import reason_of
from hall.words import N_
from models import DISPOSALS, Event
from templating import said

# Between author and moderators only.
REVIEWS = frozenset(("report", "keep", "appeal", "send_back", "reject", "undo"))
TEXTS = {
    "hand_in": (N_("保管牌 %(tag)s"), "%(point)s", N_("保管到 %(keep_until)s")),
    "register": (N_("保管牌 %(tag)s"), "%(point)s", N_("保管到 %(keep_until)s")),
    "announce": (N_("公示到 %(dispose_from)s"),),
    "propose_disposal": ("%(method)s", "%(note)s"),
    "dispose": ("%(method)s", "%(note)s", N_("由 %(proposed_by)s 提出")),
    "end_claim": ("%(reason)s",),
    "found_it": ("%(how)s",),
    "hide": (N_("原因：%(why)s"),),
    "restore": ("%(note)s",),
}


def is_told(event: Event, everything: bool) -> bool:
    """Whether somebody reads of `event`: moderators of `everything`, the desk of what matters to it."""
    return everything or event.name not in REVIEWS


def entry(event: Event) -> dict[str, Any]:
    """One line of the story."""
    role = access.role_label(event.actor_role) if event.actor_id is not None and event.actor_role else ""
    who = event.actor_name or _("系统")
    return {
        "label": event.label_text,
        "text": _text(event),
        "at": event.at,
        "who": " · ".join(part for part in (who, _(role) if role else "") if part),
        "photos": [],
    }


def _text(event: Event) -> str:
    values = _values(event.details)
    told = [said((part, values)) for part in TEXTS.get(event.name, ()) if _has(part, values)]
    return _("；").join(told)


def _values(details: dict[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {**details, "why": reason_of(details)}
    values["method"] = dict(DISPOSALS).get(details.get("method", ""), "")
    for name in ("dispose_from", "keep_until"):
        values[name] = clock.local(datetime.fromisoformat(details[name])).date() if details.get(name) else None
    return values


def _has(part: str, values: dict[str, Any]) -> bool:
    """Whether all that a part speaks of was said."""
    name = part[part.index("%(") + 2 : part.index(")s")]
    return bool(values.get(name))
