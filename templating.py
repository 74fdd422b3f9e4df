"""What templates can say: filters for time, money and numbers, and the globals of every page."""

import contextlib
import functools
import re
from collections.abc import Iterable, MutableMapping
from datetime import date, datetime, timedelta
from typing import Any

from babel import Locale, dates
from flask import Flask
from flask.templating import Environment
from flask_login import current_user
from markupsafe import Markup, escape

import speaking
from hall import articles, clock, doubts, markdown, naming, questions, routing, settings, site
from hall import wording as operators_words
from hall.question_values import Bilingual
from hall.words import N_, Refused, TooOften
from speaking import gettext as _

MINUTE, HOUR, DAY = 60, 3600, 86_400
IN_FULL = "%Y-%m-%d %H:%M:%S"
# What a user agent says, and what a person calls it; the first that fits.
DEVICES = {"MicroMessenger": N_("微信"), "iPhone": "iPhone", "iPad": "iPad", "HarmonyOS": "HarmonyOS"}
DEVICES |= {"Android": "Android", "Windows": "Windows", "Mac OS": "Mac", "Linux": "Linux"}
BROWSERS = {"Edg/": "Edge", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}


class Templates(Environment):
    """Jinja as Flask sets it up, where imported macros cost nothing: a page imports some ten files of them."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: those of all, where it has none of its own; Jinja compares chains name by name."""
        return super().make_globals(d) if d else self.globals


def init_app(app: Flask) -> None:
    """Give the templates of `app` the filters and globals of the house."""
    app.jinja_env.filters.update(
        when=when,
        full_time=full_time,
        day=day,
        yuan=yuan,
        duration=duration,
        phone_masked=phone_masked,
        t=translated,
        place=place,
        month=month,
        weekday=weekday,
        why=why,
        window=window,
        number=number,
        markdown=marked_up,
        wording=wording,
    )
    app.jinja_env.globals.update(site=site, now=clock.now, label_of=label_of, sentence=sentence, locale_tag=locale_tag)
    app.jinja_env.globals.update(
        current_user=current_user,  # else only pages know it, and no macro
        time_said=time_said,
        said=said,
        limit=settings.value,
        answers_about=questions.shown_on,
    )


def time_said(moment: datetime | None) -> Markup:
    """A moment (naive UTC) as <time>, as people say it; nothing for None."""
    return _time_said(moment, clock.today(), speaking.language(), site.zone) if moment else Markup()


@functools.lru_cache(maxsize=4096)
def _time_said(moment: datetime, *about: Any) -> Markup:
    machine, words = moment.isoformat(timespec="seconds"), escape(_when(moment, *about))
    return Markup(f'<time class="num" datetime="{machine}Z" title="{full_time(moment)}">{words}</time>')


def translated(text: Any) -> str:
    """Words that come from code or data (label, help, error, Refused, the name of a place) in the reader's language.

    A tuple is a sentence with its values (`said`). A template still escapes it, while `_` gives safe HTML there.
    """
    if type(text) is not str:
        if isinstance(text, Refused):
            return sentence(text)
        if isinstance(text, tuple):
            return said(text)
        if isinstance(text, Bilingual) and text.english and is_english():
            return text.english
        if own := _own(getattr(text, "code", "")):
            return own
    tongue, words = speaking.language(), str(text or "")
    told = speaking.in_language(tongue, words) if words else ""
    if told != words or tongue != "en":
        return told
    named = naming.english_of(words)
    return _retold(words) if named == words else named


def _own(code: str) -> str:
    """The operator's own words for a phrase in the reader's language; "" where there are none."""
    return operators_words.said(code, speaking.language()) if code else ""


def _retold(words: str) -> str:
    """The English of what the hall has put together and kept in Chinese: why an order went where, what is doubtful."""
    if parts := doubts.told(words):
        return "; ".join(map(said, parts))
    sentence, values = routing.told(words)
    return said((sentence, values)) if values.keys() - {"why"} else words


def place(row: Any) -> str:
    """Building and room of an order, or whatever has a building and a room number, in the reader's language."""
    return f"{translated(row.building.name)} {row.room_number}".rstrip()


def why(text: str) -> str:
    """Why an order lies with its group (`RepairOrder.routed_why`), in the reader's language."""
    return said(routing.told(text))


def is_english() -> bool:
    """Whether the reader's language is English."""
    return speaking.language() == "en"


def marked_up(text: str, steps: bool = False) -> Markup:
    """Markdown as safe HTML; with `steps` each heading opens a section of its own."""
    return Markup(markdown.html(text, steps=steps))


def wording(article: Any) -> articles.Wording:
    """Title, summary and text of an article in the reader's language, as far as somebody has translated it."""
    return articles.worded(article, speaking.language())


def locale_tag() -> str:
    """The reader's language for `<html lang>`: zh-Hans-CN or en."""
    return speaking.TAGS[speaking.language()]


def when(moment: datetime | None) -> str:
    """A moment (naive UTC) as people say it: 今天 14:05, 昨天 09:14, 11月20日 10:00; with the year if it is another."""
    return _when(moment, clock.today(), speaking.language(), site.zone) if moment is not None else ""


@functools.lru_cache(maxsize=4096)
def _when(moment: datetime, today: date, *_tongue_and_zone: Any) -> str:
    local = clock.local(moment)
    time = f"{local:%H:%M}"
    match (local.date() - today).days:
        case 0:
            return _("今天 %(time)s", time=time)
        case -1:
            return _("昨天 %(time)s", time=time)
        case 1:
            return _("明天 %(time)s", time=time)
    return f"{day(local.date())} {time}"


def full_time(moment: datetime | None) -> str:
    """A moment (naive UTC) in full: 2026-11-22 14:05:09, for titles and print."""
    return f"{clock.local(moment):{IN_FULL}}" if moment else ""


def day(value: date | datetime | None) -> str:
    """A day of the campus: 11月20日 or 20 Nov, with the year if it is another. A datetime counts as naive UTC."""
    if value is None:
        return ""
    local = clock.local(value).date() if isinstance(value, datetime) else value
    return _day(local, _("M月d日") if local.year == clock.today().year else _("y年M月d日"), speaking.locale())


@functools.lru_cache(maxsize=1024)
def _day(value: date, pattern: str, locale: Locale) -> str:
    return dates.format_date(value, pattern, locale)


def month(value: date) -> str:
    """A month with its year: 2026年11月, Nov 2026."""
    return dates.format_date(value, _("y年M月"), speaking.locale())


def weekday(value: date) -> str:
    """A day of the week, in short: 周一, Mon."""
    return dates.format_date(value, "EEE", speaking.locale())


def window(value: str) -> str:
    """A half day that a reporter wished for, `11-24 上午`: 11月24日 上午, 24 Nov morning. Other words as they are."""
    found = re.fullmatch(r"(\d{2})-(\d{2}) (\S+)", value)
    try:
        # Any leap year: the wish does not name one.
        that = date(2024, int(found[1]), int(found[2])) if found else None
    except ValueError:
        that = None
    return (
        f"{dates.format_date(that, _('M月d日'), speaking.locale())} {translated(found[3])}" if found and that else value
    )


def number(value: float | None) -> str:
    """A figure with its thousands set apart: 12,345."""
    return "" if value is None else f"{value:,}"


def yuan(fen: int | None) -> str:
    """Money in 分 as 元 with two decimals: 1250 → 12.50."""
    if fen is None:
        return ""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02}"


def duration(length: timedelta | float | None) -> str:
    """A length of time (timedelta or seconds) in its two largest units: 24 分钟, 3 小时 5 分, 2 天 4 小时."""
    if length is None:
        return ""
    seconds = int(length.total_seconds() if isinstance(length, timedelta) else length)
    sign, seconds = ("-" if seconds < 0 else ""), abs(seconds)
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
    if days:
        text = _("%(days)s 天 %(hours)s 小时", days=days, hours=hours) if hours else _("%(days)s 天", days=days)
    elif hours and minutes:
        text = _("%(hours)s 小时 %(minutes)s 分", hours=hours, minutes=minutes)
    elif hours:
        text = _("%(hours)s 小时", hours=hours)
    else:
        text = _("%(minutes)s 分钟", minutes=minutes) if minutes else _("不到 1 分钟")
    return sign + text


def phone_masked(phone: str | None) -> str:
    """A number with its middle hidden: 13900000073 → 139****0073."""
    phone = phone or ""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) > 7 else "*" * len(phone)


def label_of(choices: Iterable[tuple[Any, str]], value: Any) -> str:
    """What people read for `value` of `choices`, [(value, label)]; the value itself where it has no label."""
    if own := _own(operators_words.state_code(choices, value)):
        return own
    return next((translated(label) for known, label in choices if known == value), "" if value is None else str(value))


def sentence(refused: Refused) -> str:
    """The sentence of a refusal in the reader's language; labels inside it are translated too."""
    values = {key: translated(value) if isinstance(value, str) else value for key, value in refused.values.items()}
    return _(refused.message) % values if values else _(refused.message)


def status_of(refused: Refused) -> int:
    """The HTTP status of a page that shows a refusal: 409 where somebody was faster, 429 for too often, else 400."""
    return 409 if refused.stale else 429 if isinstance(refused, TooOften) else 400


def said(pair: tuple[str, dict[str, Any]]) -> str:
    """A sentence of the hall, (msgid, values), in the reader's language, its moments and days as people say them."""
    message, values = pair
    if not message:
        return ""
    spoken = _Spoken(values)
    if own := _own(operators_words.code_of(message)):
        with contextlib.suppress(KeyError):  # worded when the sentence had other values
            return own % spoken
    return _(message) % spoken


class _Spoken(dict[str, Any]):
    """The values of a sentence as people say them; of the ten that an order has, a sentence says two."""

    def __getitem__(self, name: str) -> Any:
        return _spoken(super().__getitem__(name))


def _spoken(value: Any) -> Any:
    if type(value) is str:
        return translated(value)
    if isinstance(value, tuple):
        if len(value) == 2 and isinstance(value[1], dict):
            return said(value)  # a sentence inside a sentence
        return _("；").join(translated(part) for part in value)
    if isinstance(value, list):
        return _("、").join(translated(part) for part in value)
    if isinstance(value, datetime):
        return when(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, timedelta):
        return duration(value)
    return translated(value) if isinstance(value, str) else value


def device_name(user_agent: str) -> str:
    """What a person calls the device: Chrome · Android."""
    device = next((_(name) for mark, name in DEVICES.items() if mark in user_agent), "")
    browser = next((name for mark, name in BROWSERS.items() if mark in user_agent), "")
    return " · ".join(part for part in (browser, device) if part) or _("其他设备")
