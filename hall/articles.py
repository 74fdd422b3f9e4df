"""Notices 通知公告 and guides 办事指南: what everybody reads of them, and how editors write, change and take them down.

The public reads through `shown` alone: a draft, one that is to come and one that was taken down are not there.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee

from hall import access, clock, events
from hall.answers import choice, text
from hall.keyset import page_of
from hall.numbers import next_number
from hall.sql_text import prepared
from hall.words import N_, Refused
from models import ARTICLE_KINDS, Article, Department, Event, Person, database, held

NEED = "website.edit"
LONGEST = {"title": 80, "title_en": 160, "summary": 200, "summary_en": 400, "text": 50_000, "text_en": 80_000}
# A notice is pinned while it is among the newest; nobody has to remember to unpin it.
PINNED, PINNED_AMONG = 3, 200
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
STATES = {"draft": N_("草稿"), "planned": N_("定时发布"), "shown": N_("已发布"), "over": N_("已撤下")}


@dataclass(frozen=True)
class Wording:
    """An article as one reader reads it; `language` is that of the text, which may not be the one asked for."""

    title: str
    summary: str
    text: str
    language: str


# --- reading -----------------------------------------------------------------------------------------


def shown(moment: datetime | None = None) -> Any:
    """The condition for articles that everybody may read at `moment` (naive UTC; None is now)."""
    moment = moment or clock.now()
    return _published(moment) & _lasting(moment)


def _published(moment: datetime) -> Any:
    return Article.publish <= moment


def _lasting(moment: datetime) -> Any:
    return Article.until.is_null() | (Article.until > moment)


def is_shown(article: Article) -> bool:
    """Whether everybody may read `article` now."""
    return state_of(article) == "shown"


def state_of(article: Article) -> str:
    """Which of STATES an article is in now."""
    now = clock.now()
    if article.until is not None and article.until <= now:
        return "over"
    if article.publish is None:
        return "draft"
    return "shown" if article.publish <= now else "planned"


def worded(article: Article, language: str) -> Wording:
    """An article in `language` ("zh" or "en"); in Chinese where nobody has translated its title and text."""
    if language == "en" and article.title_en and article.text_en:
        return Wording(article.title_en, article.summary_en, article.text_en, "en")
    return Wording(article.title, article.summary, article.text, "zh")


def newest(kind: str, limit: int = 5) -> list[Article]:
    """The first shown articles: of notices the pinned, then the newest; guides in their own order."""
    if kind == "guide":
        return list(_of(kind).where(shown()).order_by(Article.position, Article.id).limit(limit))
    first = pinned()[:limit]
    known = {row.id for row in first}
    return (first + [row for row in _newest(kind, clock.now(), limit) if row.id not in known])[:limit]


@prepared
def _newest(kind: Any, now: Any, limit: Any) -> Any:
    return _of(kind).where(shown(now)).order_by(Article.publish.desc(), Article.id.desc()).limit(limit)


def pinned() -> list[Article]:
    """The notices that stand before all others, newest first."""
    return _pinned(clock.now())


@prepared
def _pinned(now: Any) -> Any:
    latest = _of("notice").where(_published(now)).order_by(Article.publish.desc(), Article.id.desc())
    among = latest.select(Article.id).limit(PINNED_AMONG)
    rows = _of("notice").where(Article.id.in_(among), Article.is_pinned, _lasting(now))
    return rows.order_by(Article.publish.desc(), Article.id.desc()).limit(PINNED)


def page(kind: str, after: str = "", limit: int = 20) -> tuple[list[Article], str]:
    """A page of the shown articles of a kind, newest first, and the key of the next page ("": none)."""
    now = clock.now()
    query = _of(kind).where(_published(now))
    return page_of(query, Article.publish, Article.id, after=after, limit=limit, narrowed=[_lasting(now)])


def find(kind: str, code: str) -> Article | None:
    """The shown article of this kind and code, else None."""
    return _of(kind).where(Article.code == code, shown()).first()


def written(kind: str, after: str = "", limit: int = 30) -> tuple[list[Article], str]:
    """A page of all articles of a kind for who writes them, the latest first, and the key of the next page."""
    return page_of(_of(kind), Article.id, after=after, limit=limit)


def _of(kind: str) -> Any:
    return Article.select(Article, Department).left_outer_join(Department).where(Article.kind == kind)


# --- writing -----------------------------------------------------------------------------------------


def write(*, by: Person | None, kind: str, code: str = "", once: str | None = None, **said: Any) -> Article:
    """Write a new article; without `publish` it is a draft. Sent twice (`once`), it is one.

    `said`: title, text and, if there are any, title_en, summary, summary_en, text_en, department, publish, until
    (naive UTC), is_pinned, position. Without `code` it gets a number. Raises Refused.
    """
    role = writer_role(by)
    values = {"kind": choice(kind, ARTICLE_KINDS, "kind"), "author": by, **_checked(said)}
    code = _clean_code(code)
    try:
        with database.atomic():
            if code and Article.select().where(Article.code == code).exists():
                raise Refused(N_("已经有一篇用了这个编号，请换一个"), field="code")
            code = code or next_number("GG" if kind == "notice" else "ZN")
            article = Article.create(code=code, created=clock.now(), updated=clock.now(), **values)
            changes = events.diff({}, _kept(article))
            events.record(article, "create", N_("新建"), by=by, role=role, details={"changes": changes}, once=once)
            return article
    except peewee.IntegrityError as error:
        if once and (before := _done_before(once, by)):
            return before
        raise Refused(N_("已经有一篇用了这个编号，请换一个"), field="code", stale=True) from error


def change(article: Article, *, by: Person | None, seen: int | None = None, **said: Any) -> Article:
    """Change what an article says, `said` as of `write`; what is not said stays. Nothing new is no change.

    Raises Refused, stale where somebody has saved another version since `seen` was shown.
    """
    role = writer_role(by)
    with database.atomic():
        row = _held(article)
        before = _kept(row)
        for name, value in _checked({**_said_by(row), **said}).items():
            setattr(row, name, value)
        changes = events.diff(before, _kept(row))
        if not changes:
            return row
        if seen is not None and seen != row.version:
            raise Refused(N_("另一位同事刚刚改了这一篇，请核对后再保存"), stale=True)
        row.version, row.updated = row.version + 1, clock.now()
        row.save()
        events.record(row, "edit", N_("修改"), by=by, role=role, details={"changes": changes})
        return row


def take_down(article: Article, *, by: Person | None, seen: int | None = None) -> Article:
    """Show an article no longer from now on. Raises Refused."""
    row = Article.get_by_id(article.id)
    if state_of(row) == "over":
        return row
    moment = this_minute()
    publish = row.publish if row.publish and row.publish < moment else None
    return change(row, by=by, seen=seen, publish=publish, until=moment)


def this_minute() -> datetime:
    """Now, as a form shows it: what an editor sets at once must not seem changed when it comes back in minutes."""
    return clock.now().replace(second=0, microsecond=0)


def writer_role(by: Person | None) -> str:
    """The role that an event keeps; the demo and the system write with nobody's. Raises Refused."""
    role = access.role_for(by, NEED) if by is not None else "system"
    if not role:
        raise Refused(N_("您没有权限编写通知和指南"))
    return role


def _done_before(once: str, by: Person | None) -> Article | None:
    made = Event.select(Event.subject_id).where(
        Event.once == once, Event.subject_type == events.subject_type(Article), Event.actor == by
    )
    return Article.select().where(Article.id.in_(made)).first()


def _held(article: Article) -> Article:
    row: Article | None = held(Article.select().where(Article.id == article.id)).first()
    if row is None:
        raise Refused(N_("这一篇已经不在了"), stale=True)
    return row


def _said_by(row: Article) -> dict[str, Any]:
    names = (*LONGEST, "department", "publish", "until", "is_pinned", "position")
    return {name: getattr(row, name) for name in names}


def _kept(row: Article) -> dict[str, Any]:
    """A row as its history keeps it."""
    values = {name: value for name, value in _said_by(row).items() if name != "department"}
    return {"code": row.code, "kind": row.kind, **values, "department": row.department.name if row.department else None}


def _checked(said: dict[str, Any]) -> dict[str, Any]:
    """What an article is to say, as its columns hold it. Raises Refused with the field that is wrong."""
    least = {"title": 2, "text": 2}
    values: dict[str, Any] = {
        name: text(said.get(name) or "", name, least=least.get(name, 0), most=most) for name, most in LONGEST.items()
    }
    if bool(values["title_en"]) != bool(values["text_en"]):
        missing = "text_en" if values["title_en"] else "title_en"
        raise Refused(N_("英文标题和英文正文要么都写，要么都不写"), field=missing)
    publish, until = said.get("publish"), said.get("until")
    if publish and until and until <= publish:
        raise Refused(N_("撤下时间要在发布时间之后"), field="until")
    department = said.get("department")
    if isinstance(department, str):
        found = Department.get_or_none(Department.code == department) if department else None
        if department and found is None:
            raise Refused(N_("请从列出的选项中选择"), field="department")
        department = found
    position = said.get("position") or 1
    if not 1 <= position <= 999:
        raise Refused(N_("请填写 1 到 999 之间的整数"), field="position")
    pin = bool(said.get("is_pinned"))
    return {
        **values,
        "department": department,
        "publish": publish,
        "until": until,
        "is_pinned": pin,
        "position": position,
    }


def _clean_code(code: str) -> str:
    code = code.strip().lower()
    if code and not _CODE.fullmatch(code):
        raise Refused(N_("编号用 3 到 40 个小写字母、数字和短横线"), field="code")
    return code
