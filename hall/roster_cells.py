"""How a cell of an imported table is read: from text to a value, or Refused with what should stand there."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from hall import accounts
from hall.words import N_, Refused

_WIDTHS = {"h": 60, "小时": 60, "m": 1, "min": 1, "分钟": 1, "d": 1440, "天": 1440}
_DURATION = re.compile(rf"(\d{{1,6}}(?:\.\d{{1,6}})?)\s*({'|'.join(_WIDTHS)})", re.ASCII | re.IGNORECASE)
_YEAR = 525_600


def plain(text: str) -> str:
    return text


def code(text: str) -> str:
    """A code or number as the hall keeps it: NFKC, upper case; it stands in addresses and scopes."""
    plain_text = unicodedata.normalize("NFKC", text).upper()
    if not re.fullmatch(r"[\w-]+", plain_text):
        raise Refused(N_("只能用文字、数字、下划线和连字符"))
    return plain_text


def phone(text: str) -> str:
    return accounts.clean_phone(unicodedata.normalize("NFKC", text))


def other_names(text: str) -> str:
    parts = [part.strip() for part in re.split("[;；]", text)]
    return ";".join(dict.fromkeys(part for part in parts if part))


def flag(text: str) -> bool:
    """`1`, `是` and their like, or the opposite."""
    word = unicodedata.normalize("NFKC", text).lower()
    if word not in ("1", "是", "true", "yes", "y", "0", "否", "false", "no", "n"):
        raise Refused(N_("请填 1（是）或 0（否）"))
    return word in ("1", "是", "true", "yes", "y")


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        digits = unicodedata.normalize("NFKC", text)
        if not re.fullmatch(r"\d{1,6}", digits, re.ASCII) or not low <= int(digits) <= high:
            raise Refused(N_("请填 %(low)s 到 %(high)s 的整数"), low=low, high=high)
        return int(digits)

    return read


def choice(choices: list[tuple[str, str]]) -> Callable[[str], str]:
    """One of `choices`, by its key or by its label."""
    keys = {word: key for key, label in choices for word in (label, key)}

    def read(text: str) -> str:
        if text not in keys:
            raise Refused(N_("只能填：%(choices)s"), choices="、".join(label for _, label in choices))
        return keys[text]

    return read


def minutes(text: str) -> int:
    """`24h`, `0.5h`, `30m`, `2d` or `24小时` as whole minutes."""
    said = _DURATION.fullmatch(unicodedata.normalize("NFKC", text))
    if not said:
        raise Refused(N_("请写成 24h、0.5h 或 30m 这样的时长"))
    exact = Decimal(said[1]) * _WIDTHS[said[2].lower()]
    if exact != exact.to_integral_value() or not 1 <= exact <= _YEAR:
        raise Refused(N_("时长应是 1 分钟到 365 天之间的整分钟"))
    return int(exact)


def day(text: str) -> date:
    """`2026-09-01`, `2026/9/1` or `2026年9月1日`."""
    said = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text, re.ASCII)
    try:
        return date(*map(int, said.groups())) if said else date(0, 0, 0)
    except ValueError:
        raise Refused(N_("请写成 2026-09-01 这样的日期")) from None
