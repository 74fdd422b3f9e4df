"""Why something is not shown as it is: the operator's templates, then the coded reasons, in the author's language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from hall import archive
from hall.words import N_
from models import REASONS, ReasonTemplate

MOST = 9  # one key each
OWN = "own"  # the moderator's own words
WITH_REASON = ("send_back", "reject", "hide")

# What an author is asked to mend, where the operator has written no template for the reason.
ASKS = {
    "abuse": N_("请去掉辱骂和针对个人的话，只说事情本身。"),
    "privacy": N_("请去掉电话、学号、房间号等个人信息。"),
    "untrue": N_("请核实内容，只写您知道确实发生过的事。"),
    "advert": N_("请去掉广告和与事情无关的联系方式。"),
    "illegal": N_("请去掉违反法律或校规的内容。"),
    "off_topic": N_("请写与这个版块有关的内容。"),
    "duplicate": N_("已有相同的内容，请写明有什么不同。"),
    "unclear": N_("请写清楚时间、地点和经过。"),
}
WISHED = N_("按您的意愿不公开，部门照样办理。")


@dataclass(frozen=True)
class Reason:
    """One line of the list: `label` as the moderator reads it, `note` as the author will, in the author's language."""

    key: str
    code: str
    label: str
    note: str


def reasons(english: bool) -> dict[str, list[Reason]]:
    """The reasons of every decision that needs one, for an author who writes English or Chinese; one query."""
    templates: dict[str, list[ReasonTemplate]] = {decision: [] for decision in WITH_REASON}
    for row in archive.without(ReasonTemplate.select()).order_by(ReasonTemplate.position, ReasonTemplate.id):
        templates.setdefault(row.decision, []).append(row)
    return {
        decision: [*map(_ready(english), rows), *_coded(decision, {row.code for row in rows}, english)][:MOST]
        for decision, rows in templates.items()
    }


def _ready(english: bool) -> Any:
    reader_english = str(get_locale()) == "en"

    def made(row: ReasonTemplate) -> Reason:
        in_english = row.text_en or row.text
        label, note = (in_english if reader_english else row.text), (in_english if english else row.text)
        return Reason(f"t{row.id}", row.code, label, note)

    return made


def _coded(decision: str, said: set[str], english: bool) -> Iterable[Reason]:
    """The reasons of the code that no template gives. Who sends back asks for something; else the code says it."""
    if decision not in WITH_REASON:
        return
    for code, label in REASONS:
        if code == "other" or code in said:
            continue
        note = ""
        if decision == "send_back":
            note = in_language(ASKS[code], english)
        yield Reason(code, code, _(label), note)


def in_language(sentence: str, english: bool) -> str:
    """A sentence of the hall in the language of an author, whatever the moderator reads."""
    with force_locale("en" if english else "zh_Hans_CN"):
        return _(sentence)


def reason_of(known: dict[str, list[Reason]], decision: str, key: str) -> Reason | None:
    """The reason of a decision by its key."""
    return next((reason for reason in known.get(decision, []) if reason.key == key), None)


def writes_english(content: dict[str, Any]) -> bool:
    """Whether an author writes in English: letters and no Chinese in the whole of a text."""
    written = " ".join(value for value in content.values() if isinstance(value, str))
    return bool(re.search(r"[A-Za-z]{2}", written)) and not re.search(r"[\u3400-\u9fff]", written)
