"""The questions that an operator added, as fields of whatever form asks them: `q_<code>`, made when the form is.

A form stands on `Asks` and is given `asked`, or says in `to_ask` what follows from its own answers. The page shows them
by `questions.fields(form)` of templates/questions.html; `answers()` has them as `given`, {code: value}.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import wtforms
from wtforms import validators, widgets

from forms import Form
from forms.fields import files, is_key, lines
from hall import photos, questions
from hall import question_values as values
from hall.question_reading import is_asked
from hall.question_values import PREFIX, Bilingual
from hall.words import N_, Refused
from models import Question, RepairItem

# Which questions the page has shown: codes, apart by blanks. Somebody without scripts chooses first and is asked then.
SEEN = "q__seen"
MORE = N_("还有几个问题，请回答后再提交")
MOST_BUTTONS = 7  # options; more of them are a select box


class Asks(Form):
    """A form that also asks what an operator added. `person`, where the form has one, sends the photos."""

    # Whether which questions are put follows from another field of the form: then some may not have been shown yet.
    chooses: ClassVar[bool] = False
    asked: Sequence[Question] = ()
    person: Any = None  # a Person, where there is one

    def __init__(self, formdata: Any = None, *, asked: Sequence[Question] | None = None, **kwargs: Any) -> None:
        if asked is not None:
            self.asked = asked
        self.unseen = False
        super().__init__(formdata, **kwargs)

    def to_ask(self, typed: Mapping[str, str]) -> Sequence[Question]:
        """The questions to put, where the fields of the form are `typed` so far, as text."""
        return self.asked

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **kwargs: Any) -> None:
        self.asked = list(self.to_ask(_said(formdata, {**(data or {}), **kwargs})))
        for question in self.asked:
            name = PREFIX + question.code
            bound = self.meta.bind_field(self, _unbound(question), {"name": name, "prefix": "", "translations": None})
            bound.flags.required = question.required and not question.only_if
            self._fields[name] = bound
        if formdata and self.chooses:
            shown = " ".join(said for said in formdata.getlist(SEEN) if isinstance(said, str)).split()
            self.unseen = not {question.code for question in self.asked} <= set(shown)
        super().process(formdata, obj, data, **kwargs)

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if not self.unseen:
            return is_valid
        for question in self.asked:  # nobody has left out what was not asked yet
            self._fields[PREFIX + question.code].errors = []
        self.form_errors.append(MORE)
        return False

    def typed_answers(self) -> dict[str, Any]:
        """What was typed, by code, as far as it is no photo."""
        return {each.code: self._fields[PREFIX + each.code].data for each in self.asked if each.kind != "photo"}

    def given(self) -> dict[str, Any]:
        """What was answered, by code; photos are decoded. Raises Refused."""
        given = self.typed_answers()
        for question in self.asked:
            if question.kind == "photo" and values.is_put(question, self.asked, given):
                try:
                    sent = files(self._fields[PREFIX + question.code].data)
                    given[question.code] = photos.prepare(sent, by=self.person)
                except Refused as refused:
                    raise values.at(question, refused) from refused
        return given

    def answers(self) -> dict[str, Any]:
        own = {name: answer for name, answer in super().answers().items() if not name.startswith(PREFIX)}
        return {**own, "given": self.given()}

    def above(self, question: Question) -> dict[str, Any] | None:
        """The question that this one hangs on, and by which answers: {label, said}."""
        found = next((each for each in self.asked if each.code == question.only_if), None)
        if found is None:
            return None
        options = values.options_of(found)
        return {"label": values.label_of(found), "said": [options[v] for v in question.only_if_in if v in options]}

    def fill(self, given: Mapping[str, str]) -> None:
        """Show {code: what is kept} where nothing was typed."""
        for question in self.asked:
            field = self._fields[PREFIX + question.code]
            if field.raw_data is None and question.code in given and question.kind != "photo":
                kept = given[question.code]
                field.data = values.chosen(kept) if question.kind == "choices" else kept


def _said(formdata: Any, known: Mapping[str, Any]) -> dict[str, str]:
    """The first text for each name: as it was typed, else as it is filled in."""
    if not formdata:
        return {name: str(said) for name, said in known.items() if said is not None}
    found = {name: [said for said in formdata.getlist(name) if isinstance(said, str)] for name in formdata}
    return {name: said[0] for name, said in found.items() if said}


def item_questions(typed: Mapping[str, str]) -> list[Question]:
    """What is asked about the repair item whose id is typed as `item`; before that, what is asked about every one."""
    if not is_asked("repair_item"):
        return []
    key = typed.get("item", "")
    row = RepairItem.select(RepairItem.code).where(RepairItem.id == int(key)).first() if is_key(key) else None
    return questions.of("repair_item", row.code if row is not None else "")


# --- one field -----------------------------------------------------------------------------------------


def _unbound(question: Question) -> Any:
    """The field of a question, not yet part of a form."""
    asked: dict[str, Any] = {
        "label": values.label_of(question),
        "description": values.hint_of(question),
        "validators": [_if_put(question), _checked(question)],
    }
    return _FIELDS[question.kind](question, asked)


def _if_put(question: Question) -> Any:
    """Nothing is wrong with what is not asked."""

    def check(form: Any, field: wtforms.Field) -> None:
        if not values.is_put(question, form.asked, form.typed_answers()):
            raise validators.StopValidation()

    return check


def _checked(question: Question) -> Any:
    """What the hall would refuse is told beside the field, with everything else that is wrong."""

    def check(form: Any, field: wtforms.Field) -> None:
        photo = question.kind == "photo"
        try:
            said = files(field.data) if photo else values.canonical(question, field.data)
        except Refused as refused:
            raise validators.ValidationError(refused) from refused
        if question.required and not said and not (photo and question.code in getattr(form, "kept_photos", ())):
            raise validators.ValidationError(values.missing(question))

    return check


def _text(question: Question, asked: dict[str, Any]) -> Any:
    most = int(question.most or values.TEXT_MOST)
    return wtforms.StringField(**asked, render_kw={"maxlength": most, "autocomplete": "off"})


def _long_text(question: Question, asked: dict[str, Any]) -> Any:
    most = int(question.most or values.LONG_USUAL)
    return wtforms.TextAreaField(**asked, filters=[lines], render_kw={"rows": 3, "maxlength": most})


def _number(question: Question, asked: dict[str, Any]) -> Any:
    if question.unit:
        label = asked["label"]
        english = f"{label.english or label} ({question.unit})"
        asked["label"] = Bilingual(f"{label}（{question.unit}）", english)
    return wtforms.StringField(**asked, render_kw={"inputmode": "decimal", "maxlength": 20, "autocomplete": "off"})


def _choice(question: Question, asked: dict[str, Any]) -> Any:
    options = list(values.options_of(question).items())
    if len(options) > MOST_BUTTONS:
        return wtforms.SelectField(**asked, choices=[("", N_("请选择")), *options], validate_choice=False)
    return wtforms.RadioField(**asked, choices=options, validate_choice=False)


def _choices(question: Question, asked: dict[str, Any]) -> Any:
    return wtforms.SelectMultipleField(
        **asked,
        choices=list(values.options_of(question).items()),
        validate_choice=False,
        option_widget=widgets.CheckboxInput(),
        widget=widgets.ListWidget(prefix_label=False),
    )


def _date(question: Question, asked: dict[str, Any]) -> Any:
    bounds = zip(("min", "max"), values.bounds(question), strict=True)
    return wtforms.StringField(
        **asked, widget=widgets.DateInput(), render_kw={name: day.isoformat() for name, day in bounds if day}
    )


def _time(question: Question, asked: dict[str, Any]) -> Any:
    return wtforms.StringField(**asked, widget=widgets.TimeInput())


def _photo(question: Question, asked: dict[str, Any]) -> Any:
    most = values.photos_most(question)
    return wtforms.MultipleFileField(**asked, render_kw={"accept": "image/*", "data-photos": str(most)})


_FIELDS = {
    "text": _text,
    "long_text": _long_text,
    "number": _number,
    "choice": _choice,
    "choices": _choices,
    "date": _date,
    "time": _time,
    "yes_no": _choice,
    "photo": _photo,
}
