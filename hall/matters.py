"""Everything that somebody asked for or brought, on all services, as one list (`requirements.md` 14).

`page` is the whole timeline by key, `open_matters` what is not over, what waits for the reader first; a query each.
"""

import functools
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

from hall import notice_story, progress, threads
from hall.keyset import BETWEEN, LONGEST_KEY
from hall.market_flow import rating_ends
from hall.matter_rows import KINDS, Row, Values, newest, open_rows, row_of
from hall.matter_states import state_of
from hall.progress import Said
from hall.review_story import REVIEW
from hall.sql_text import Told
from hall.words import N_
from models import (
    Department,
    Listing,
    LostPropertyDesk,
    Person,
    PropertyNotice,
    Thread,
)

__all__ = ["LABELS", "Matter", "open_matters", "page", "told_page", "under_way"]

# What each kind is called in front of its title, and its icon.
LABELS = {
    "repair": (N_("报修单"), "tools"),
    "thread": (N_("服务监督"), "megaphone"),
    "comment": (N_("跟帖"), "chat-left-text"),
    "notice": (N_("失物招领"), "box2-heart"),
    "card": (N_("失物招领"), "person-vcard"),
    "claim": (N_("认领"), "hand-index-thumb"),
    "listing": (N_("二手市场"), "bag"),
    "purchase": (N_("买东西"), "bag-heart"),
    "application": (N_("服务申请"), "file-earmark-text"),
}


class Matter(NamedTuple):
    """One thing of somebody's. `title`, `line` are (msgid, values) for `said`; `word` and `label` are msgids.

    `action` is what the reader is asked to do, (msgid, path), None where nothing waits for them; `link` is "" where
    the page of it is not theirs to read any more. `moment` (naive UTC) is when it was begun.
    """

    kind: str
    label: str
    icon: str
    number: str
    title: Said
    word: str
    tone: str
    symbol: str
    line: Said
    link: str
    action: tuple[str, str] | None
    moment: datetime


def page(person: Person, after: str = "", limit: int = 20) -> tuple[list[Matter], str]:
    """Everything of `person`, newest first, behind the key `after`, and the key of the next page ("": none)."""
    rows, following = told_page(person, after, limit)
    return [row.entity for row in rows], following


def told_page(person: Person, after: str = "", limit: int = 20) -> tuple[list[Told[Matter]], str]:
    """The same as the database says it."""
    found = newest(person, _key(after), limit + 1)
    following = ""
    if len(found) > limit:
        last = row_of(found[limit - 1])
        following = BETWEEN.join((last.moment.isoformat(), last.kind, str(last.id)))
    return [Told(values, functools.partial(_read, values, person)) for values in found[:limit]], following


def _read(values: Values, person: Person) -> Matter:
    return _matter(row_of(values), person)


def _key(after: str) -> tuple[datetime, str, int] | None:
    """Where a page begins, out of an address; the first page for anything else (fault 36)."""
    said, _, rest = after.partition(BETWEEN)
    kind, _, last = rest.partition(BETWEEN)
    whole = last.isascii() and last.isdigit() and len(last) < 10
    if len(after) > LONGEST_KEY or kind not in KINDS or not whole:
        return None
    try:
        return datetime.fromisoformat(said).replace(tzinfo=None), kind, int(last)
    except ValueError:
        return None


def open_matters(person: Person, limit: int) -> list[Matter]:
    """What is not over, what waits for `person` (it has an `action`) first, then the newest."""
    return [_matter(row, person) for row in open_rows(person, limit)]


def under_way(person: Person, limit: int) -> list[Matter]:
    """What others still count on `person` for; neither a deal to be rated nor an offer that has run out."""
    rows = open_rows(person, limit, waiting_too=False)
    return [_matter(row, person) for row in rows if row.kind != "card"]


def _matter(row: Row, person: Person) -> Matter:
    label, icon = LABELS[row.kind]
    word, tone, symbol = state_of(row)
    return Matter(
        kind=row.kind,
        label=label,
        icon=icon,
        number=row.number,
        title=_title(row),
        word=word,
        tone=tone,
        symbol=symbol,
        line=_LINES[row.kind](row, person),
        link=_link(row),
        action=_action(row) if row.waits else None,
        moment=row.moment,
    )


def _title(row: Row) -> Said:
    if row.kind == "repair":
        said = "%(item)s · %(building)s %(room)s" if row.form else "%(item)s · %(building)s"
        return said, {"item": row.title, "building": row.place, "room": row.form}
    if row.kind == "comment":
        return (N_("跟帖：%(title)s"), {"title": row.title}) if row.title else (N_("这个帖子没有公开"), {})
    return "%(title)s", {"title": row.title}


# --- where it is, and what to do ---------------------------------------------------------------------

_BOARDS = {"thread": "supervision", "listing": "market", "purchase": "market", "application": "applications"}


def _link(row: Row) -> str:
    if row.kind == "comment":
        public = row.moderation in ("published", "private")
        return f"/supervision/{row.number}{f'#comment-{row.id}' if public else ''}" if row.number else ""
    return f"/repairs/{row.number}" if row.kind == "repair" else f"/{_BOARDS.get(row.kind, 'lost-found')}/{row.number}"


def _action(row: Row) -> tuple[str, str]:
    here = _link(row)
    if row.kind == "comment":
        return N_("去修改"), f"/supervision/comment/{row.id}/resubmit"
    if row.kind != "claim" and row.moderation == "needs_changes":
        return N_("去修改"), f"{here}/resubmit"
    if row.kind == "application":
        return N_("去处理"), here
    said, step = _STEPS[row.kind].get(row.status, (N_("查看"), ""))
    return said, f"{here}/{step}" if step else here


_DEAL = {"reserved": (N_("确认成交"), "confirm"), "sold": (N_("去评价"), "rate")}
_STEPS: dict[str, dict[str, tuple[str, str]]] = {
    "repair": {"returned": (N_("补充后重新提交"), "resubmit"), "finished": (N_("验收并评价"), "inspect")},
    "thread": {"answered": (N_("去评价"), "satisfied")},
    "notice": {"verifying": (N_("核对认领"), ""), "to_hand_over": (N_("完成交接"), "")},
    "card": {"open": (N_("去认领"), "claim"), "kept": (N_("去认领"), "claim")},
    "claim": {"accepted": (N_("去取回"), "")},
    "listing": _DEAL | {"on_sale": (N_("续期"), "renew"), "expired": (N_("续期"), "renew")},
    "purchase": _DEAL,
}


# --- how it stands, in a sentence --------------------------------------------------------------------


def _order_line(row: Row, person: Person) -> Said:
    # An order of the database would be built with its 48 columns, for each row of a page.
    order: Any = SimpleNamespace(
        status=row.status,
        group=SimpleNamespace(name=row.unit),
        worker=SimpleNamespace(name=row.worker) if row.worker else None,
        hold_reason=row.code,
        respond_due=row.respond,
        finish_due=row.due,
        visit_from=row.visit,
        held_until=row.until,
        rated=row.ended,
        reworks=row.flag,
        main_id=None,
    )
    return progress.sentence(order)[0]


def _thread_line(row: Row, person: Person) -> Said:
    thread = Thread(
        author=person.id,
        status=row.status,
        moderation=row.moderation,
        shown_as=row.form,
        department=Department(name=row.unit) if row.unit else None,
        forwarded=row.until,
        due=row.due,
        supervised=row.flag,
    )
    return threads.sentence(thread, (), person)[0]


def _comment_line(row: Row, person: Person) -> Said:
    if row.moderation == "published":
        return N_("已公开"), {}
    return (REVIEW[row.moderation][0], {}) if row.moderation in REVIEW else (N_("这个帖子没有公开"), {})


def _notice_line(row: Row, person: Person) -> Said:
    notice = PropertyNotice(
        author=person.id if row.kind == "notice" else None,
        card_owner=(person.id if row.kind == "card" else -1) if row.flag else None,
        kind=row.form,
        status=row.status,
        moderation=row.moderation,
        point=LostPropertyDesk(name=row.unit) if row.unit else None,
        announced=row.respond,
        keep_until=row.due,
        dispose_from=row.visit,
        kept_from=row.until,
        returned=row.ended,
        disposal=row.code,
    )
    return notice_story.sentence(notice, person)[0]


_CLAIM_LINES = {
    "waiting": N_("正在核对您的回答"),
    "accepted": N_("核对上了，请去取回"),
    "denied": N_("没有对上"),
    "given_up": N_("您放弃了这次认领"),
    "done": N_("已经回到您手里"),
}


def _claim_line(row: Row, person: Person) -> Said:
    return _CLAIM_LINES[row.status], {}


_SALE_LINES = {
    "submitted": N_("正在等待审核"),
    "on_sale": N_("%(expires)s 到期"),
    "reserved": N_("已留给买家，到 %(until)s"),
    "confirmed": N_("您已确认成交，等对方确认"),
    "sold": N_("已成交"),
    "rate": N_("已成交，%(until)s 前可以评价对方"),
    "taken_down": N_("已下架，随时可以重新上架"),
    "expired": N_("已过期，续期后回到市场"),
    "lapsed": N_("已失效"),
}


def _deal_line(row: Row, person: Person) -> Said:
    if row.moderation != "published":
        return (REVIEW[row.moderation][0] if row.moderation in REVIEW else N_("这件物品没有公开")), {}
    key, values = row.status, {"expires": row.due, "until": row.until}
    if key == "reserved" and row.visit is not None:
        key = "confirmed"
    elif key == "reserved" and row.kind == "purchase":
        return N_("卖家给您留着，到 %(until)s"), {"until": row.until}
    elif key == "sold" and row.waits:
        key, values = "rate", {"until": rating_ends(Listing(sold=row.ended))}
    said = _SALE_LINES[key]
    return said, {name: value for name, value in values.items() if f"%({name})s" in said}


def _application_line(row: Row, person: Person) -> Said:
    if row.code == "applicant":
        return (N_("请在 %(due)s 前处理"), {"due": row.due}) if row.due else (N_("等您处理"), {})
    if row.code != "open":
        return (N_("已经办好") if row.code == "granted" else N_("已经结束")), {}
    if row.due and row.unit:
        return N_("%(unit)s正在办理，最晚 %(due)s"), {"unit": row.unit, "due": row.due}
    return (N_("%(unit)s正在办理"), {"unit": row.unit}) if row.unit else (N_("正在办理"), {})


_LINES: dict[str, Any] = {
    "repair": _order_line,
    "thread": _thread_line,
    "comment": _comment_line,
    "notice": _notice_line,
    "card": _notice_line,
    "claim": _claim_line,
    "listing": _deal_line,
    "purchase": _deal_line,
    "application": _application_line,
}
