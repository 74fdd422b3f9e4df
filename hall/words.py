"""Sentences of the hall. Chinese is the msgid; a face translates when it shows one."""

import re


def N_(text: str, context: str = "") -> str:
    """Mark `text` for translation and return it as it is; with a `context` that `pgettext` is to look it up in."""
    return text


# NUL and lone surrogates: no database keeps them (fault 38).
_ODD = re.compile("[\0\ud800-\udfff]")


def is_odd(text: str) -> bool:
    """Whether `text` holds a character that nothing can keep."""
    return bool(_ODD.search(text))


def without_odd(text: str) -> str:
    """`text` with the replacement character where such a one stood."""
    return _ODD.sub("\ufffd", text)


class Refused(Exception):
    """A verb was not done, and nothing has changed. Faces show `message % values` in the reader's language.

    `field` names the answer that is wrong, if it is one; `stale` says that somebody was faster.
    """

    def __init__(self, message: str, *, field: str = "", stale: bool = False, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.message, self.field, self.stale, self.values = message, field, stale, values


class TooOften(Refused):
    """Refused for how often it was asked, not for what was said."""


class Worded(str):
    """A label with the code under which an operator may have worded it anew (hall/wording.py)."""

    code: str

    def __new__(cls, text: str, code: str) -> "Worded":
        label = super().__new__(cls, text)
        label.code = code
        return label
