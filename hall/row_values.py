"""What a cell of a file means, as the form of the entity wants it typed: a label as its value, a day in any writing.

What cannot be read is handed on as it stands, so that the form itself says what is wrong.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import peewee

from hall import clock
from hall.roster_cells import flag
from hall.words import N_, Refused

_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:：](\d{1,2})(?:[:：](\d{1,2})(?:\.\d+)?)?", re.ASCII)


def as_typed(field: peewee.Field, text: str, labels: Mapping[str, str]) -> str:
    """What somebody would type into the form of `field` to say `text`. Raises Refused.

    `labels` are the choices of the column, {what people read: value}, empty where it has none.
    """
    if labels:
        return _choice(text.strip(), labels)
    for kind in type(field).__mro__:
        if kind in _READERS:
            return _READERS[kind](unicodedata.normalize("NFKC", text).strip())
    return text


def is_same(field: peewee.Field, text: str, shown: str) -> bool:
    """Whether a cell says what an export of the row would say there."""
    text, shown = _lines(text), _lines(shown)
    if text == shown or not (text and shown):
        return text == shown
    if isinstance(field, peewee.IntegerField | peewee.DecimalField | peewee.FloatField):
        try:
            # A spreadsheet keeps fifteen to sixteen digits of a number.
            return abs(Decimal(text) - Decimal(shown)) <= abs(Decimal(shown)) * Decimal("1e-14")
        except ArithmeticError:  # 1e99999999 overflows
            return False
    if isinstance(field, peewee.DateTimeField | peewee.DateField | peewee.TimeField):
        return as_typed(field, text, {}) == as_typed(field, shown, {})
    return False


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _choice(text: str, labels: Mapping[str, str]) -> str:
    if text and text not in labels:
        told = list(dict.fromkeys(label for label, value in labels.items() if label and label != value))
        raise Refused(N_("只能填：%(choices)s"), choices="、".join(told or labels))
    return labels.get(text, "")


def _yes_or_no(text: str) -> str:
    """`y` or nothing, which is how a form sends a tick."""
    return "y" if text and flag(text) else ""


def _day(text: str) -> str:
    said = _DAY.match(text)
    rest = text[said.end() :].strip(" T") if said else text
    if not said or rest.strip("0:"):
        return text
    try:
        return date(*map(int, said.groups())).isoformat()
    except ValueError:
        return text


def _time(text: str) -> str:
    said = _TIME.fullmatch(text)
    if not said:
        return text
    return f"{int(said[1]):02}:{said[2]:0>2}" + (f":{said[3]:0>2}" if said[3] and int(said[3]) else "")


def _moment(text: str) -> str:
    """A time of the campus to the second; one that names its zone, as JSON does, is turned into it."""
    if re.search(r"(Z|[+-]\d\d:\d\d)$", text):
        try:
            exact = datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            return text
        return f"{clock.local(exact):%Y-%m-%dT%H:%M:%S}"
    said = _DAY.match(text)
    if not said:
        return text
    day, rest = _day(said[0]), text[said.end() :].strip(" T")
    hour = _time(rest) if rest else "00:00"
    return f"{day}T{hour}" if _TIME.fullmatch(hour) else text


def _whole(text: str) -> str:
    """A whole number without what people put between its digits: 1,200 and 12.0 are meant."""
    plain = text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text
    return re.sub(r"\.0+$", "", plain)


def _number(text: str) -> str:
    return text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text


_READERS: dict[type[peewee.Field], Callable[[str], str]] = {
    peewee.BooleanField: _yes_or_no,
    peewee.DateTimeField: _moment,
    peewee.DateField: _day,
    peewee.TimeField: _time,
    peewee.DecimalField: _number,
    peewee.FloatField: _number,
    peewee.IntegerField: _whole,
}


def choices_by_label(choices: list[tuple[Any, str]], translate: Callable[[str], str]) -> dict[str, str]:
    """{what may be written: value} of a column's choices: the value itself, its label, and that in this language."""
    found: dict[str, str] = {}
    for value, label in choices:
        for word in (label, translate(label) if label else "", str(value)):
            found.setdefault(word, str(value))
    return found
