"""What an operator may say of a question, and what questions can be added to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from hall.answers import choice, text
from hall.question_reading import CLOSED
from hall.question_values import DECIDING, LONG_MOST, PHOTOS_MOST, TEXT_MOST, options_of
from hall.words import N_, Refused
from models import QUESTION_KINDS, THREAD_KINDS, Edition, ItemKind, ListingCategory, Question, RepairItem, ServiceStep

MOST_OPTIONS = 40
DAYS_MOST = 36_500
# What an operator says of a question; everything else the hall keeps.
SAID = (
    "label_text", "label_en", "hint", "hint_en", "kind", "options", "required", "least", "most", "unit", "only_if",
    "only_if_in",
)  # fmt: skip
_CODED: dict[str, Any] = {"repair_item": RepairItem, "property_notice": ItemKind, "listing": ListingCategory}
_CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
# The least and the most that a bound may be, by kind; a day is counted from today.
_BOUNDS = {
    "text": (0, TEXT_MOST),
    "long_text": (0, LONG_MOST),
    "number": (-(10**9), 10**9),
    "choices": (0, MOST_OPTIONS),
    "date": (-DAYS_MOST, DAYS_MOST),
    "photo": (1, PHOTOS_MOST),
}


def clean(
    asked_of: str, about: str, asked: Sequence[Question], said: Mapping[str, Any], own: str = ""
) -> dict[str, Any]:
    """The columns of SAID as they may be, where `asked` is put there already. Raises Refused with the field.

    `own` is the code of the question that is changed.
    """
    kind = choice(str(said.get("kind") or ""), QUESTION_KINDS, "kind")
    columns: dict[str, Any] = {
        "kind": kind,
        "label_text": text(said.get("label_text") or "", "label_text", least=2, most=80),
        "label_en": text(said.get("label_en") or "", "label_en", most=120),
        "hint": text(said.get("hint") or "", "hint", most=200),
        "hint_en": text(said.get("hint_en") or "", "hint_en", most=300),
        "required": bool(said.get("required")),
        "unit": text(said.get("unit") or "", "unit", most=10) if kind == "number" else "",
        "options": _options(said.get("options") or []) if kind in ("choice", "choices") else [],
    }
    if kind == "photo" and asked_of == "property_notice" and not _takes_photos(about):
        raise Refused(N_("证件和卡片不放照片，请把照片问题加在具体的物品类别上"), field="kind")
    least, most = (_bound(kind, said.get(name), name) for name in ("least", "most"))
    if least is not None and most is not None and least > most:
        raise Refused(N_("最小不能大于最大"), field="most")
    only_if, values = _condition(str(said.get("only_if") or ""), said.get("only_if_in") or [], asked, own)
    return {**columns, "least": least, "most": most, "only_if": only_if, "only_if_in": values}


def _takes_photos(about: str) -> bool:
    kind = ItemKind.get_or_none(ItemKind.code == about) if about else None
    return kind is not None and not kind.is_card


def _options(said: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    options: list[dict[str, str]] = []
    for each in said:
        label = text(str(each.get("label") or ""), "options", least=1, most=60)
        value = text(str(each.get("value") or "") or label[:40], "options", least=1, most=40).replace(",", "，")
        english = text(str(each.get("label_en") or ""), "options", most=80)
        options.append({"value": value, "label": label, "label_en": english})
    if len(options) < 2:
        raise Refused(N_("请至少写两个选项，一行一个"), field="options")
    if len(options) > MOST_OPTIONS:
        raise Refused(N_("最多 %(most)s 个选项"), field="options", most=MOST_OPTIONS)
    for name in ("value", "label"):
        if len({each[name] for each in options}) < len(options):
            raise Refused(N_("有两个选项是一样的"), field="options")
    return options


def _bound(kind: str, said: Any, field: str) -> Decimal | None:
    if kind not in _BOUNDS or said is None or str(said).strip() == "":
        return None
    try:
        value = Decimal(str(said).strip())
    except InvalidOperation:
        raise Refused(N_("请填写数字"), field=field) from None
    lowest, highest = _BOUNDS[kind]
    if not value.is_finite() or not lowest <= value <= highest:
        raise Refused(N_("请填写 %(least)s 到 %(most)s 之间的数"), field=field, least=lowest, most=highest)
    if kind != "number" and value != value.to_integral_value():
        raise Refused(N_("请填写整数"), field=field)
    if value != round(value, 2):
        raise Refused(N_("最多两位小数"), field=field)
    return value


def _condition(only_if: str, said: Iterable[Any], asked: Sequence[Question], own: str) -> tuple[str, list[str]]:
    if not only_if:
        return "", []
    by_code = {each.code: each for each in asked}
    above, passed = by_code.get(only_if), {own}
    if above is None or above.kind not in DECIDING:
        raise Refused(N_("请选择一个单选、多选或是否的问题"), field="only_if")
    values = [value for value in options_of(above) if value in set(map(str, said))]
    if not values:
        raise Refused(N_("请选择那个问题的回答"), field="only_if_in")
    while above is not None:
        if above.code in passed:
            raise Refused(N_("两个问题不能互相等着对方"), field="only_if")
        passed.add(above.code)
        above = by_code.get(above.only_if)
    return only_if, values


def clean_code(code: str, asked_of: str, about: str) -> str:
    """A code that nothing else asked of the same was ever known by. Raises Refused."""
    if not _CODE.fullmatch(code):
        raise Refused(N_("编号用小写字母、数字和下划线，字母开头"), field="code")
    taken = (Question.asked_of == asked_of) & (Question.code == code)
    if asked_of in CLOSED:
        taken &= Question.about == about
    if Question.select(Question.id).where(taken).exists():
        raise Refused(N_("这个编号已经用过了"), field="code")
    return code


# --- what questions can be added to ----------------------------------------------------------------------


def is_open(asked_of: str, about: str) -> bool:
    """Whether the questions about this may be changed: it exists, and is no edition that runs or ran."""
    return not why_closed(asked_of, about)


def why_closed(asked_of: str, about: str) -> str:
    """Why the questions about this cannot be changed, as a msgid; "" where they can."""
    if not about_label(asked_of, about):
        return N_("没有找到要加问题的对象")
    if asked_of in CLOSED and _edition(about.partition(":")[0]).state != "draft":  # type: ignore[union-attr]
        return N_("已发布的版本不能改，请改草稿")
    return ""


def about_label(asked_of: str, about: str) -> str:
    """What `about` is called; "" where there is no such thing."""
    if asked_of in CLOSED:
        number, _colon, code = about.partition(":")
        edition = _edition(number)
        if edition is None or asked_of == "edition":
            return edition.name or N_("未命名的服务") if edition is not None and not code else ""
        step = ServiceStep.get_or_none(ServiceStep.edition == edition, ServiceStep.code == code)
        return step.name if step is not None else ""
    if not about:
        return N_("全部")
    if asked_of == "thread":
        return dict(THREAD_KINDS).get(about, "")
    model = _CODED.get(asked_of)
    row = model.get_or_none(model.code == about[:40]) if model is not None else None
    return row.name if row is not None else ""


def _edition(number: str) -> Edition | None:
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    found: Edition | None = Edition.get_or_none(Edition.id == int(number)) if is_number else None
    return found
