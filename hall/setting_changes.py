"""Changing a figure of the hall: what it would do, before it is done; the change with its event; its history."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import peewee

from hall import access, clock, events, settings
from hall.settings import LIMITS, Limit
from hall.words import N_, Refused
from models import (
    Claim,
    Comment,
    Event,
    Listing,
    Message,
    Person,
    Photo,
    RepairOrder,
    Setting,
    Thread,
    database,
    held,
)

NEED = "configure.edit"
CAP = 100  # nothing is counted further
LOOKED = 5_000

Said = tuple[str, dict[str, Any]]


def limit_of(code: str) -> Limit:
    """The figure of this code. Raises Refused where there is none."""
    if code not in LIMITS:
        raise Refused(N_("没有这个参数"))
    return LIMITS[code]


def check(code: str, value: int | None) -> int:
    """`value`, or the default for None. Raises Refused(field="value") where it is out of bounds."""
    limit = limit_of(code)
    wanted = limit.default if value is None else value
    if type(wanted) is not int or not limit.least <= wanted <= limit.most:
        raise Refused(N_("请填写 %(least)s 到 %(most)s 之间的整数"), field="value", least=limit.least, most=limit.most)
    return wanted


def change(code: str, *, value: int | None, by: Person, seen: int | None = None) -> Setting:
    """Set a figure; None goes back to the default. `seen` is the value that was shown.

    Raises Refused where `by` may not, the value is out of bounds, or (stale) somebody was faster.
    """
    wanted = check(code, value)
    role = access.role_for(by, NEED)
    if not role:
        raise Refused(N_("您没有权限修改参数"))
    with database.atomic():
        Setting.insert(code=code, value=None, changed=clock.now()).on_conflict_ignore().execute()
        row: Setting = held(Setting.select().where(Setting.code == code)).get()
        before = LIMITS[code].default if row.value is None else row.value
        if seen is not None and seen != before:
            sentence = N_("另一位同事刚刚改成了 %(now)s，请核对后再保存")
            raise Refused(sentence, field="value", stale=True, now=before)
        kept = None if wanted == LIMITS[code].default else wanted
        if before != wanted or row.value != kept:
            row.value, row.changed = kept, clock.now()
            row.save()
            details = {"changes": events.diff({"value": before}, {"value": wanted})}
            events.record(row, "edit", N_("修改参数"), by=by, role=role, details=details)
    return row


def history(code: str, most: int = 20) -> list[Event]:
    """The latest changes of a figure, newest first."""
    row = Setting.get_or_none(Setting.code == code)
    return events.timeline(row)[:most] if row else []


# --- what a change would do ----------------------------------------------------------------------------


def effect(code: str, value: int) -> list[Said]:
    """What would follow if the figure became `value`, as (msgid, values); one query at most."""
    limit, now = limit_of(code), settings.value(code)
    said: list[Said] = [(limit.touches, {})]
    if code in _COUNTED:
        sentence, rows = _COUNTED[code]
        found = rows(value, now)
        n = found.limit(CAP).count() if found is not None else 0
        if n:
            said.append((sentence, {"n": f"{CAP}+" if n == CAP else n, "value": value}))
    return said


def _ago(days: int) -> Any:
    return clock.now() - timedelta(days=days)


def _falling_due(column: Any, condition: Any) -> Callable[[int, int], Any]:
    """The rows that a shorter time makes due at once: older than the new days, but not yet than the old ones."""
    return lambda new, old: (
        column.model.select(column.model.id).where(condition, column < _ago(new), column >= _ago(old))
        if new < old
        else None
    )


def _busy(column: Any, moment: Any) -> Callable[[int, int], Any]:
    """Who made so many rows since this time yesterday."""
    key: Any = column.model.id
    # Only the newest are looked at: a table that grows is never read through.
    newest = column.model.select(peewee.fn.MAX(key) - LOOKED)
    recent = column.model.select(column).where(key > newest, moment > _ago(1))
    return lambda new, old: recent.group_by(column).having(peewee.fn.COUNT(key) >= new)


_BUSY = N_("过去 24 小时里有 %(n)s 人达到了 %(value)s。")
_KEPT = N_("现在有 %(n)s 件已经定下时间，不会改变。")
_DUE = N_("现在有 %(n)s 件已满 %(value)s 天，会马上处理。")

_COUNTED: dict[str, tuple[str, Callable[[int, int], Any]]] = {
    "repair.inspect_days": (_DUE, _falling_due(RepairOrder.finished, RepairOrder.status == "finished")),
    "repair.rating_days": (_DUE, _falling_due(RepairOrder.finished, RepairOrder.status == "settled")),
    "supervision.rating_days": (_DUE, _falling_due(Thread.answered, Thread.status == "answered")),
    "supervision.answer_days": (_KEPT, lambda new, old: Thread.select(Thread.id).where(Thread.status == "handling")),
    "lost_found.idle_days": (
        _DUE,
        _falling_due(Claim.created, Claim.status.in_(["waiting", "accepted"])),
    ),
    "market.sale_days": (_KEPT, lambda new, old: Listing.select(Listing.id).where(Listing.status == "on_sale")),
    "market.reserved_hours": (_KEPT, lambda new, old: Listing.select(Listing.id).where(Listing.status == "reserved")),
    "supervision.posts_a_day": (_BUSY, _busy(Thread.author, Thread.created)),
    "supervision.comments_a_day": (_BUSY, _busy(Comment.author, Comment.created)),
    "talk.messages_a_day": (_BUSY, _busy(Message.author, Message.created)),
    "photos.a_day": (_BUSY, _busy(Photo.owner, Photo.created)),
}
