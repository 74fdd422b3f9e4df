"""The checks that the answers of every step go through; they raise Refused with the field that is wrong."""

import unicodedata
from collections.abc import Iterable

from hall.words import N_, Refused
from models import Person

REASON_MAXIMUM = 300


def text(value: str, field: str, *, least: int = 0, most: int = REASON_MAXIMUM) -> str:
    """What somebody wrote, NFC and trimmed; at least `least`, at most `most` characters. Raises Refused."""
    clean = unicodedata.normalize("NFC", value or "").replace("\x00", "").strip()
    if len(clean) < max(least, 0) or (least and not clean):
        raise Refused(N_("请填写这一项，至少 %(least)s 个字"), field=field, least=least)
    if len(clean) > most:
        raise Refused(N_("太长了，最多 %(most)s 个字，现在是 %(now)s 个"), field=field, most=most, now=len(clean))
    return clean


def choice(value: str, choices: list[tuple[str, str]], field: str) -> str:
    """`value` if it is one of `choices`. Raises Refused."""
    if value not in dict(choices):
        raise Refused(N_("请从列出的选项中选择"), field=field)
    return value


def not_among(person: Person | None, others: Iterable[int | None], sentence: str) -> None:
    """Separation of duties: refuse `person` (never the system) who is one of `others` (ids)."""
    if person is not None and person.id in set(others):
        raise Refused(sentence)
