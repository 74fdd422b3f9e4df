"""What an operator says of a question that the hall is to ask; which fields there are follows from its kind."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED, at_most, lines
from hall import question_values as values
from hall.question_values import Bilingual
from hall.words import N_, Refused
from models import Question

# How the bounds are asked for, by kind: (label, help) of the least and of the most.
_BOUNDS = {
    "text": ((N_("最少字数"), ""), (N_("最多字数"), N_("不填是 200"))),
    "long_text": ((N_("最少字数"), ""), (N_("最多字数"), N_("不填是 1000"))),
    "number": ((N_("不小于"), ""), (N_("不大于"), "")),
    "choices": ((N_("至少选几项"), ""), (N_("最多选几项"), "")),
    "date": (
        (N_("最早"), N_("从今天起第几天：0 是今天，1 是明天，-7 是七天前；不填不限")),
        (N_("最晚"), N_("从今天起第几天；不填不限")),
    ),
    "photo": (None, (N_("最多几张"), N_("不填是 6"))),
}
WITH_OPTIONS = ("choice", "choices")
BETWEEN = "|"


class QuestionForm(Form):
    """A question of `kind`; `others` are those that it may hang on, `subject` is the question that is changed."""

    label_text = wtforms.StringField(
        N_("问题"),
        [REQUIRED, at_most(80)],
        description=N_("填写的人看到的话，例如“是单人间还是多人间”"),
        render_kw={"maxlength": 80, "autocomplete": "off"},
    )
    label_en = wtforms.StringField(
        N_("英文问题"), [at_most(120)], render_kw={"maxlength": 120, "autocomplete": "off", "lang": "en"}
    )
    options = wtforms.TextAreaField(
        N_("选项"),
        [REQUIRED],
        filters=[lines],
        description=N_("一行一个；要写英文就用竖线隔开，例如“单人间 | Single room”"),
        render_kw={"rows": 5},
    )
    unit = wtforms.StringField(N_("单位"), [at_most(10)], render_kw={"maxlength": 10, "autocomplete": "off"})
    least = wtforms.StringField(render_kw={"inputmode": "numeric", "maxlength": 16, "autocomplete": "off"})
    most = wtforms.StringField(render_kw={"inputmode": "numeric", "maxlength": 16, "autocomplete": "off"})
    required = wtforms.BooleanField(N_("必填"))
    hint = wtforms.StringField(
        N_("说明（可不填）"),
        [at_most(200)],
        description=N_("显示在问题下面，告诉大家怎么填"),
        render_kw={"maxlength": 200, "autocomplete": "off"},
    )
    hint_en = wtforms.StringField(
        N_("英文说明"), [at_most(300)], render_kw={"maxlength": 300, "autocomplete": "off", "lang": "en"}
    )
    when = wtforms.SelectMultipleField(
        N_("只在这些回答下才问（可不选）"),
        description=N_("勾选同一个问题的一个或几个回答；都不选就总是问"),
        validate_choice=False,
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        kind: str,
        others: Sequence[Question] = (),
        subject: Question | None = None,
        **kwargs: Any,
    ) -> None:
        self.kind, self.subject = kind, subject
        self.deciding = [each for each in others if each.kind in values.DECIDING]
        super().__init__(formdata, **(_shown(subject) if subject is not None else {}), **kwargs)
        self._fit()

    def _fit(self) -> None:
        """Leave only the fields that this kind has, in its words."""
        asked = _BOUNDS.get(self.kind, (None, None))
        for name, said in zip(("least", "most"), asked, strict=True):
            if said is None:
                del self._fields[name]
            else:
                self._fields[name].label.text, self._fields[name].description = said
        for name, is_asked in (
            ("options", self.kind in WITH_OPTIONS),
            ("unit", self.kind == "number"),
            ("when", bool(self.deciding)),
        ):
            if not is_asked:
                del self._fields[name]
        self.when.choices = [
            (f"{each.code}={value}", Bilingual(f"{each.label_text}：{label}", _english(each, label)))
            for each in self.deciding
            for value, label in values.options_of(each).items()
        ]

    def answers(self) -> dict[str, Any]:
        said = {name: answer or "" for name, answer in super().answers().items()}
        chosen = [each.partition("=") for each in said.pop("when", None) or []]
        if len({code for code, _equals, _value in chosen}) > 1:
            raise Refused(N_("只能勾选同一个问题的回答"), field="when")
        only_if = chosen[0][0] if chosen else ""
        if "options" in said:
            said["options"] = self._options(said["options"])
        return {
            **said,
            "required": bool(said["required"]),
            "kind": self.kind,
            "only_if": only_if,
            "only_if_in": [value for _code, _equals, value in chosen],
        }

    def _options(self, written: str) -> list[dict[str, str]]:
        """An option that was there keeps the value by which its answers are known."""
        before = {each["label"]: each["value"] for each in self.subject.options} if self.subject else {}
        options = []
        for line in written.splitlines():
            label, _bar, english = (part.strip() for part in line.replace("｜", BETWEEN).partition(BETWEEN))
            if label:
                options.append({"value": before.get(label, label[:40]), "label": label, "label_en": english})
        return options

    def blame(self, refused: Refused) -> None:
        """What is wrong with the condition is said where it is asked for."""
        if refused.field in ("only_if", "only_if_in"):
            refused.field = "when"
        super().blame(refused)


def _english(question: Question, label: Bilingual) -> str:
    return f"{question.label_en}: {label.english}" if question.label_en and label.english else ""


def _shown(question: Question) -> dict[str, Any]:
    """The fields as the question has them."""
    lines_of = [f"{each['label']} {BETWEEN} {each['label_en']}".rstrip(f" {BETWEEN}") for each in question.options]
    return {
        **{name: getattr(question, name) for name in ("label_text", "label_en", "unit", "required", "hint", "hint_en")},
        "options": "\n".join(lines_of),
        "least": _figure(question.least),
        "most": _figure(question.most),
        "when": [f"{question.only_if}={value}" for value in question.only_if_in] if question.only_if else [],
    }


def _figure(bound: Decimal | None) -> str:
    return "" if bound is None else values.plain(bound)
