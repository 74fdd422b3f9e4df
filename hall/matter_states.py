"""How a matter stands as a pill shows it: a word, a tone and an icon that say the same (`hall/matters.py`)."""

from hall.matter_rows import Row
from hall.question_values import Bilingual
from hall.words import N_
from models import CLAIM_STATES, LISTING_STATES, MODERATION_STATES, NOTICE_STATES, REPAIR_STATES, THREAD_STATES

State = tuple[str, str, str]

_REVIEW = {
    "pending": ("warn", "hourglass-split"),
    "published": ("ok", "eye"),
    "private": ("info", "lock"),
    "needs_changes": ("warn", "arrow-return-left"),
    "rejected": ("bad", "x-octagon"),
    "hidden": ("bad", "eye-slash"),
    "withdrawn": ("mute", "arrow-counterclockwise"),
}
_ORDER = {
    "awaiting_review": ("warn", "hourglass-split"),
    "reported": ("info", "inbox"),
    "returned": ("warn", "arrow-return-left"),
    "accepted": ("info", "check2"),
    "dispatched": ("info", "person-walking"),
    "repairing": ("info", "tools"),
    "on_hold": ("warn", "pause-circle"),
    "finished": ("ok", "clipboard-check"),
    "inspected": ("ok", "check2-circle"),
    "settled": ("ok", "cash-coin"),
    "closed": ("mute", "check-all"),
    "declined": ("bad", "x-octagon"),
    "withdrawn": ("mute", "arrow-counterclockwise"),
    "merged": ("mute", "union"),
}
_THREAD = {
    "submitted": ("warn", "hourglass-split"),
    "to_forward": ("info", "inbox"),
    "handling": ("info", "gear"),
    "replying": ("info", "pencil-square"),
    "answered": ("ok", "chat-square-text"),
    "done": ("mute", "check-all"),
    "merged": ("mute", "union"),
}
_NOTICE = {
    "submitted": ("warn", "hourglass-split"),
    "kept": ("info", "archive"),
    "verifying": ("warn", "hourglass-split"),
    "to_hand_over": ("ok", "person-check"),
    "returned": ("ok", "house-heart"),
    "disposed": ("mute", "recycle"),
}
_CLAIM = {
    "waiting": ("warn", "hourglass-split"),
    "accepted": ("ok", "person-check"),
    "denied": ("bad", "x-octagon"),
    "given_up": ("mute", "arrow-counterclockwise"),
    "done": ("ok", "house-heart"),
}
_LISTING = {
    "submitted": ("warn", "hourglass-split"),
    "on_sale": ("ok", "bag-check"),
    "reserved": ("info", "bookmark-check"),
    "sold": ("mute", "check-all"),
    "taken_down": ("mute", "box-arrow-down"),
    "expired": ("warn", "clock-history"),
    "lapsed": ("mute", "slash-circle"),
}
# By the phase: what a state is called stands in its edition.
_APPLICATION = {
    "open": ("info", "hourglass-split"),
    "applicant": ("warn", "person-exclamation"),
    "granted": ("ok", "check2-circle"),
    "refused": ("bad", "x-octagon"),
    "withdrawn": ("mute", "arrow-counterclockwise"),
}
_STATES = {
    "thread": (_THREAD, dict(THREAD_STATES)),
    "notice": (_NOTICE, dict(NOTICE_STATES)),
    "card": (_NOTICE, dict(NOTICE_STATES)),
    "listing": (_LISTING, dict(LISTING_STATES)),
    "purchase": (_LISTING, dict(LISTING_STATES)),
}
_REPAIR_WORDS = dict(REPAIR_STATES)


def state_of(row: Row) -> State:
    """The word (a msgid), the tone of the pill and its icon: the review until that is over, then how it stands."""
    if row.kind == "repair":
        word = N_("请验收") if row.status == "finished" else _REPAIR_WORDS[row.status]
        return word, *_ORDER[row.status]
    if row.kind == "claim":
        return dict(CLAIM_STATES)[row.status], *_CLAIM[row.status]
    if row.kind == "application":
        return Bilingual(row.status, row.worker), *_APPLICATION[row.code]
    shown = row.moderation == "published" or (row.moderation == "private" and row.kind not in ("listing", "purchase"))
    if row.kind == "comment" or not shown:
        return dict(MODERATION_STATES)[row.moderation], *_REVIEW[row.moderation]
    if row.kind in ("notice", "card") and row.status == "open":
        lost, found = (N_("寻找中"), "warn", "search"), (N_("等失主"), "info", "box2-heart")
        return lost if row.form == "lost" else found
    if row.kind == "notice" and row.form == "lost" and row.status == "returned":
        return N_("已找回"), "ok", "house-heart"
    tones, states = _STATES[row.kind]
    return states[row.status], *tones[row.status]
