"""The operator's own words: states, what they mean, steps, messages and tiles, each with its default and its place.

A phrase that nobody has worded anew is said as the code says it and translated as ever. Whoever shows words asks
`said(code, language)`; sentences are found by what they say (`code_of`), labels carry their code (`words.Worded`).
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hall import access, clock, events, front_tiles, notify, progress
from hall.answers import text as checked
from hall.flow import FLOWS
from hall.freshness import Lasting
from hall.words import N_, Refused
from models import (
    LISTING_STATES,
    MODERATION_STATES,
    NOTICE_STATES,
    REPAIR_STATES,
    TALK_REPORT_STATES,
    THREAD_STATES,
    Event,
    Person,
    Wording,
    database,
    held,
    tuples,
)

NEED = "configure.edit"
LONGEST, LONGEST_EN = 300, 500
KINDS = {
    "state": N_("状态"),
    "explain": N_("状态的说明"),
    "step": N_("步骤和按钮"),
    "message": N_("通知"),
    "tile": N_("首页入口"),
}
PARTS = {
    "repair": N_("报修", "nav"),
    "supervision": N_("服务监督"),
    "property_notice": N_("失物招领"),
    "listing": N_("二手市场"),
    "moderation": N_("审核"),
    "talk": N_("消息"),
    "application": N_("在线服务"),
    "front": N_("首页"),
}
# The choices of columns that are states of a flow: a page that shows one by its list finds the code by the list.
STATES: dict[str, list[tuple[str, str]]] = {
    "repair": REPAIR_STATES,
    "supervision": THREAD_STATES,
    "property_notice": NOTICE_STATES,
    "listing": LISTING_STATES,
    "moderation": MODERATION_STATES,
    "talk_report": TALK_REPORT_STATES,
}
_LISTS = {id(states): flow for flow, states in STATES.items()}
_PART_OF = {
    "repair_order": "repair", "thread": "supervision", "comment": "supervision", "reply": "supervision",
    "talk_report": "talk", "conversation": "talk",
}  # fmt: skip
_VALUE = re.compile(r"%\((\w+)\)s")
# What stands for the values of a sentence where it is shown as an example.
EXAMPLES = {
    "number": "BX2611220037", "group": "水电维修组", "worker": "王军", "item": "水龙头漏水", "title": "图书馆晚上太吵",
    "place": "南区学生公寓4号楼 304", "day": "2026-11-27", "until": "2026-11-25 18:00", "due": "明天 18:00",
    "respond": "今天 18:00", "from": "明天 09:00", "days": "7", "price": "120", "main": "BX2611220001", "level": "2",
    "reason": "地点不清楚", "hold": "待料", "department": "后勤与基建处", "kind": "手机",
}  # fmt: skip

_kept: tuple[Any, float, dict[str, tuple[str, str]]] = (None, 0.0, {})


@dataclass(frozen=True)
class Phrase:
    """One phrase: its code, its default (a msgid), the key of KINDS and of PARTS, and where it is said, as a label."""

    code: str
    default: str
    kind: str
    part: str
    where: str

    @property
    def values(self) -> list[str]:
        """The names of the values that it may hold, `%(number)s` in the sentence."""
        return list(dict.fromkeys(_VALUE.findall(self.default)))


@functools.cache
def phrases() -> dict[str, Phrase]:
    """Every phrase by its code, in the order of the flows."""
    return {phrase.code: phrase for phrase in _all()}


def _all() -> Iterator[Phrase]:
    for flow, states in STATES.items():
        part = _PART_OF.get(flow, flow)
        for state, label in states:
            yield Phrase(f"state:{flow}:{state}", label, "state", part, state)
        for step in FLOWS[flow].steps.values() if flow in FLOWS else ():
            yield Phrase(f"step:{flow}:{step.name}", str(step.label), "step", part, step.name)
    for key, sentences in progress.SENTENCES.items():
        for what, sentence in zip(("title", "text"), sentences, strict=True):
            yield Phrase(f"explain:repair:{key}:{what}", sentence, "explain", "repair", key)
    for key, sentence in progress.LATE.items():
        yield Phrase(f"explain:repair:{key}:late", sentence, "explain", "repair", key)
    yield from _messages()
    for code, tile in front_tiles.TILES.items():
        yield Phrase(f"tile:{code}", str(tile.title), "tile", "front", code)
        if tile.text:
            yield Phrase(f"tile:{code}:text", str(tile.text), "tile", "front", code)


def _messages() -> Iterator[Phrase]:
    """Each sentence once, under the first step that says it."""
    seen: set[str] = set()
    for kind, telling in notify.TELLING.items():
        for step, audiences in telling.table.items():
            for number, (_audience, sentence) in enumerate(audiences):
                if sentence not in seen:
                    seen.add(sentence)
                    code = f"message:{kind}:{step}:{number}"
                    yield Phrase(code, sentence, "message", _PART_OF.get(kind, kind), step.partition(">")[0])


# --- reading -------------------------------------------------------------------------------------------


def said(code: str, language: str) -> str:
    """The operator's words for a phrase in a language (zh, en); "" where there are none."""
    found = _changed().get(code, ("", ""))
    return found[1] if language == "en" else found[0]


def code_of(sentence: str) -> str:
    """The code of a sentence of KINDS explain or message; "" for any other words."""
    return _sentences().get(sentence, "")


def state_code(choices: Any, value: Any) -> str:
    """The code of a state where `choices` is the very list of a flow's states; "" for other choices."""
    flow = _LISTS.get(id(choices))
    return f"state:{flow}:{value}" if flow else ""


@functools.cache
def _sentences() -> dict[str, str]:
    found: dict[str, str] = {}
    for phrase in phrases().values():
        if phrase.kind in ("explain", "message"):
            found.setdefault(phrase.default, phrase.code)
    return found


def example(phrase: Phrase, text: str) -> str:
    """`text` of a phrase with examples in the place of its values."""
    return _VALUE.sub(lambda found: EXAMPLES.get(found[1], "…"), text)


def changed() -> dict[str, tuple[str, str]]:
    """What was worded anew, {code: (text, text_en)}."""
    return {code: pair for code, pair in _changed().items() if any(pair)}


def _changed() -> dict[str, tuple[str, str]]:
    return _read() if database.obj is not None else {}


@Lasting
def _read() -> dict[str, tuple[str, str]]:
    rows = tuples(Wording.select(Wording.code, Wording.text, Wording.text_en))
    return {code: (text, text_en) for code, text, text_en in rows}


# --- changing ------------------------------------------------------------------------------------------


def check(code: str, text: str, text_en: str) -> tuple[str, str]:
    """Both texts as they can be kept. Raises Refused with the field that is wrong."""
    phrase = phrases().get(code)
    if phrase is None:
        raise Refused(N_("没有这条用语"))
    most = 20 if phrase.kind in ("state", "step") else 60 if phrase.kind == "tile" else LONGEST
    pair = (
        checked(text, "text", most=most),
        checked(text_en, "text_en", most=2 * most if most < LONGEST else LONGEST_EN),
    )
    for field, words in zip(("text", "text_en"), pair, strict=True):
        unknown = set(_VALUE.findall(words)) - set(phrase.values)
        if unknown:
            raise Refused(N_("这里不能用 %(name)s"), field=field, name="、".join(f"%({name})s" for name in unknown))
        if "%" in _VALUE.sub("", words):
            raise Refused(N_("百分号只能用在 %(example)s 这样的地方"), field=field, example="%(number)s")
    return pair


def change(code: str, *, text: str, text_en: str, by: Person, seen: tuple[str, str] | None = None) -> Wording:
    """Word a phrase anew; an empty text goes back to the default. `seen` is what was shown of both texts.

    Raises Refused where `by` may not, where the words cannot be said, or (stale) somebody was faster.
    """
    role = access.role_for(by, NEED)
    if not role:
        raise Refused(N_("您没有权限修改用语"))
    pair = check(code, text, text_en)
    with database.atomic():
        Wording.insert(code=code, changed=clock.now()).on_conflict_ignore().execute()
        row: Wording = held(Wording.select().where(Wording.code == code)).get()
        before = (row.text, row.text_en)
        if seen is not None and seen != before:
            raise Refused(N_("另一位同事刚刚改了这条用语，请核对后再保存"), stale=True)
        if before != pair:
            (row.text, row.text_en), row.changed = pair, clock.now()
            row.save()
            names = ("text", "text_en")
            details = {
                "changes": events.diff(dict(zip(names, before, strict=True)), dict(zip(names, pair, strict=True)))
            }
            events.record(row, "edit", N_("修改用语"), by=by, role=role, details=details)
    return row


def kept(code: str) -> tuple[str, str]:
    """Both texts as the database has them now."""
    row = Wording.get_or_none(Wording.code == code)
    return (row.text, row.text_en) if row else ("", "")


def history(code: str, most: int = 20) -> list[Event]:
    """The latest changes of a phrase, newest first."""
    row = Wording.get_or_none(Wording.code == code)
    return events.timeline(row)[:most] if row else []
