"""What an answer to an operator's question may be: checked, kept as one text, and read again as people say it.

Every face hands over what was typed or sent (text, numbers, lists, days); what is kept is the same text from all.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zlib import crc32

from hall import answers, clock
from hall.words import N_, Refused
from models import Question

PREFIX = "q_"
TEXT_MOST, LONG_MOST, LONG_USUAL = 200, 2000, 1000  # characters
PHOTOS_MOST = 6
FIGURE_MOST = Decimal(10) ** 9
YES, NO = "1", "0"
YES_NO = [(YES, N_("是")), (NO, N_("否"))]
# Kinds that another question can hang on, because their answers are few.
DECIDING = ("choice", "choices", "yes_no")
_FIGURE = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?")
_WRONG_CHOICE = N_("请从列出的选项中选择")


class Bilingual(str):
    """Words that an operator wrote, with their English ("" where nobody wrote any); a face shows one of the two."""

    english: str

    def __new__(cls, chinese: str, english: str = "") -> "Bilingual":
        made = super().__new__(cls, chinese)
        made.english = english
        return made

    def into(self, language: str) -> str:
        """The words in `language`, zh or en."""
        return self.english if language == "en" and self.english else str(self)


def label_of(question: Question) -> Bilingual:
    return Bilingual(question.label_text, question.label_en)


def hint_of(question: Question) -> Bilingual:
    return Bilingual(question.hint, question.hint_en)


def options_of(question: Question) -> dict[str, Bilingual]:
    """What can be chosen, by the value that is kept."""
    if question.kind == "yes_no":
        return {value: Bilingual(label, "Yes" if value == YES else "No") for value, label in YES_NO}
    return {each["value"]: Bilingual(each["label"], each.get("label_en", "")) for each in question.options}


# --- what was answered → what is kept ------------------------------------------------------------------


def canonical(question: Question, given: Any) -> str:
    """What is kept of an answer, "" for none; whether it is required is not asked here. Not for photos.

    Raises Refused with the field `q_<code>`.
    """
    if given is None or (isinstance(given, str) and not given.strip()) or given in ([], ()):
        return ""
    try:
        return _READERS[question.kind](question, given)
    except Refused as refused:
        raise at(question, refused) from refused


def at(question: Question, refused: Refused) -> Refused:
    """The same refusal, beside the field of `question`."""
    values: dict[str, Any] = refused.values
    return Refused(refused.message, field=PREFIX + question.code, stale=refused.stale, **values)


def _text(question: Question, given: Any) -> str:
    long = question.kind == "long_text"
    most = int(question.most or (LONG_USUAL if long else TEXT_MOST))
    written = str(given).encode("utf-8", "ignore").decode()
    written = written.replace("\r\n", "\n") if long else " ".join(written.split())
    return answers.text(written, "", least=int(question.least or 0), most=most)


def _number(question: Question, given: Any) -> str:
    written = unicodedata.normalize("NFKC", str(given)).replace(",", "").replace(" ", "")
    try:
        value = Decimal(written) if _FIGURE.fullmatch(written) else None
    except InvalidOperation:
        value = None
    if value is None or abs(value) > FIGURE_MOST:
        raise Refused(N_("请填写数字"))
    if question.least is not None and value < question.least:
        raise Refused(N_("不能小于 %(least)s"), least=plain(question.least))
    if question.most is not None and value > question.most:
        raise Refused(N_("不能大于 %(most)s"), most=plain(question.most))
    return plain(value)


def plain(value: Decimal) -> str:
    """A figure without what says nothing: 3.50 → 3.5, 100 → 100."""
    said = f"{value:f}"
    said = said.rstrip("0").rstrip(".") if "." in said else said
    return "0" if said in ("-0", "+0", "") else said


def _choice(question: Question, given: Any) -> str:
    if isinstance(given, bool):
        given = YES if given else NO
    if not isinstance(given, str) or given not in options_of(question):
        raise Refused(_WRONG_CHOICE)
    return given


def _choices(question: Question, given: Any) -> str:
    chosen = [given] if isinstance(given, str) else given
    options = options_of(question)
    if not isinstance(chosen, Sequence) or any(not isinstance(each, str) or each not in options for each in chosen):
        raise Refused(_WRONG_CHOICE)
    kept = [value for value in options if value in chosen]
    if question.least is not None and len(kept) < question.least:
        raise Refused(N_("请至少选 %(least)s 项"), least=int(question.least))
    if question.most is not None and len(kept) > question.most:
        raise Refused(N_("最多选 %(most)s 项"), most=int(question.most))
    return packed(kept)


def packed(several: Sequence[str]) -> str:
    """Several values as they are kept; "" for none."""
    return json.dumps(list(several), ensure_ascii=False) if several else ""


def _date(question: Question, given: Any) -> str:
    """A day; the bounds of its question are days from today."""
    try:
        day = given if isinstance(given, date) else date.fromisoformat(str(given).strip())
    except ValueError:
        raise Refused(N_("请填写日期")) from None
    if not 1900 <= day.year <= 2999:
        raise Refused(N_("请填写日期"))
    first, last = bounds(question)
    if first and day < first:
        raise Refused(N_("最早 %(day)s"), day=first.isoformat())
    if last and day > last:
        raise Refused(N_("最晚 %(day)s"), day=last.isoformat())
    return day.isoformat()


def bounds(question: Question) -> tuple[date | None, date | None]:
    """The first and the last day that may be answered to a question for a day; None where there is no bound."""
    today = clock.today()
    first, last = (
        None if days is None else today + timedelta(days=int(days)) for days in (question.least, question.most)
    )
    return first, last


def _time(question: Question, given: Any) -> str:
    try:
        moment = given if isinstance(given, time) else time.fromisoformat(str(given).strip())
    except ValueError:
        raise Refused(N_("请填写时间，例如 14:30")) from None
    return f"{moment:%H:%M}"


_READERS: dict[str, Callable[[Question, Any], str]] = {
    "text": _text,
    "long_text": _text,
    "number": _number,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "time": _time,
    "yes_no": _choice,
}


def checked(
    asked: Iterable[Question], given: Mapping[str, Any], kept: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """{code: what is kept} for every question that is put, "" where it was left out; of photos what was given.

    What hangs on another answer and is not put counts as left out. `kept` are names of photos that are there already.
    Raises Refused with the field of the first answer that is wrong or missing.
    """
    asked = list(asked)
    values: dict[str, Any] = {}
    for question in asked:
        answer = given.get(question.code)
        if question.kind == "photo":
            values[question.code] = list(answer or []) if isinstance(answer, list | tuple) else []
        else:
            values[question.code] = answer
    for question in asked:
        if not is_put(question, asked, values):
            values[question.code] = [] if question.kind == "photo" else ""
        elif question.kind == "photo":
            _photos(question, values[question.code], (kept or {}).get(question.code) or [])
        else:
            values[question.code] = canonical(question, values[question.code])
            if question.required and not values[question.code]:
                raise Refused(missing(question), field=PREFIX + question.code)
    return values


def _photos(question: Question, added: Sequence[Any], there: Sequence[Any]) -> None:
    field, most = PREFIX + question.code, photos_most(question)
    if question.required and not added and not there:
        raise Refused(missing(question), field=field)
    if len(added) + len(there) > most:
        raise Refused(N_("最多 %(most)s 张照片"), field=field, most=most)


def photos_most(question: Question) -> int:
    """How many photos may be answered."""
    return min(int(question.most or PHOTOS_MOST), PHOTOS_MOST)


def missing(question: Question) -> str:
    """What is said where a required answer is not there."""
    if question.kind == "photo":
        return N_("请至少放一张照片")
    return N_("请选择") if question.kind in DECIDING else N_("请填写这一项")


def is_put(question: Question, asked: Sequence[Question], values: Mapping[str, Any]) -> bool:
    """Whether `question` is to be answered, given what was answered to the one that it hangs on."""
    by_code = {each.code: each for each in asked}
    passed = {question.code}
    while question.only_if:
        above = by_code.get(question.only_if)
        if above is None or above.code in passed:
            return True
        if not set(chosen(values.get(above.code))) & set(question.only_if_in):
            return False
        passed.add(above.code)
        question = above
    return True


def chosen(value: Any) -> list[str]:
    """The values of an answer to a question that decides, as typed or as kept."""
    if isinstance(value, bool):
        return [YES if value else NO]
    if isinstance(value, str) and value.startswith("["):
        return _listed(value, [value])
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)] if value else []


def _listed(value: str, otherwise: Sequence[str] = ()) -> list[str]:
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    return [str(each) for each in found] if isinstance(found, list) else list(otherwise)


# --- what is kept → what is read -----------------------------------------------------------------------


def texts_of(question: Question, value: str) -> list[Bilingual]:
    """A kept answer as people read it, several where several were chosen; what cannot be read is as it is."""
    if question.kind in DECIDING:
        options = options_of(question)
        values = _listed(value) if question.kind == "choices" else [value]
        return [options.get(each, Bilingual(each)) for each in values]
    if question.kind == "photo":
        return []
    return [Bilingual(f"{value} {question.unit}" if question.kind == "number" and question.unit else value)]


def photos_of(question: Question, value: str) -> list[str]:
    """The names of the photos of a kept answer."""
    return _listed(value) if question.kind == "photo" else []


def number_of(question: Question, value: str) -> float | None:
    """What an index finds an answer by: the number, the ordinal of a day, a checksum of what was chosen."""
    try:
        if question.kind == "number":
            return float(value)
        if question.kind == "date":
            return float(date.fromisoformat(value).toordinal())
    except ValueError:  # a moderator has covered it
        return None
    return mark_of(value) if question.kind in ("choice", "yes_no") else None


def mark_of(value: str) -> float:
    """The checksum by which an index finds what was chosen; the value itself is compared as well."""
    return float(crc32(value.encode()))
