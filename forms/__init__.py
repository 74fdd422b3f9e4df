"""The shape of every answer, the same for website, panel and API.

A form says which answers a verb takes and turns what was typed into them (`answers`). What only the
hall can judge is judged by the verb; `Refused` comes back beside the field it names (`blame`).
"""

import importlib
import secrets
from typing import Any, ClassVar

import wtforms
from wtforms import validators

from hall.words import N_, Refused
from models import Person

__all__ = ["Form", "Part", "StepForm", "new_token", "step_form"]

_SENTENCES = {
    "This field is required.": N_("请填写这一项"),
    "Not a valid choice.": N_("请从列出的选项中选择"),
    "Not a valid integer value.": N_("请填写整数"),
    "Not a valid decimal value.": N_("请填写数字"),
    "Invalid Choice: could not coerce.": N_("请从列出的选项中选择"),
    "Not a valid datetime value.": N_("请填写日期和时间"),
    "Not a valid date value.": N_("请填写日期"),
    "Not a valid time value.": N_("请填写时间，例如 18:00"),
}


class _Sentences:
    """WTForms' own messages, in the words of the hall; a face translates them like every msgid."""

    def gettext(self, string: str) -> str:
        return _SENTENCES.get(string, string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        if "character" in singular:
            return N_("长度不合适，请看提示")
        if "choice" in singular:
            return N_("请从列出的选项中选择")
        return singular if n == 1 else plural


class _Said(dict[str, list[Any]]):
    """Answers by name, as WTForms asks for them."""

    def getlist(self, name: str) -> list[Any]:
        return self.get(name, [])


class Part(wtforms.Form):
    """One of several equal parts of a question, for instance a line; its messages are the hall's."""

    class Meta:
        def get_translations(self, form: Any) -> _Sentences:
            return _Sentences()

        def wrap_formdata(self, form: wtforms.Form, formdata: Any) -> Any:
            """A file where words are asked for is not said, nor are words where a file is (fault 38)."""
            if formdata is None:
                return None
            for_files = {field.name for field in form._fields.values() if isinstance(field, wtforms.FileField)}
            kept = {
                name: [said for said in formdata.getlist(name) if isinstance(said, str) != (name in for_files)]
                for name in formdata
            }
            return _Said({name: said for name, said in kept.items() if said})


def new_token() -> str:
    """What makes a second submission of the same page do nothing."""
    return secrets.token_urlsafe(18)


class Form(Part):
    """A question. `once` is the token that makes a second submission of the same page do nothing."""

    once = wtforms.HiddenField(validators=[validators.Length(max=64)])

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not self.once.data:
            self.once.data = new_token()

    def answers(self) -> dict[str, Any]:
        """The keyword arguments of the verb, without `by`. Raises Refused where a value cannot be read."""
        return {name: field.data for name, field in self._fields.items() if name not in ("seen", "photos")}

    def blame(self, refused: Refused) -> None:
        """Put the sentence of a refused verb beside its field, or at the top where it names none."""
        field = self._fields.get(refused.field)
        if field is None:
            self.form_errors.append(refused)
        else:
            field.errors = [*field.errors, refused]


class StepForm(Form):
    """The question of one step on one subject; `seen` is the version that was shown.

    `told` names the answers that an address may give beforehand.
    """

    told: ClassVar[tuple[str, ...]] = ()
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, subject: Any, person: Person, **kwargs: Any) -> None:
        self.subject, self.person = subject, person
        super().__init__(formdata, **kwargs)
        if not self.seen.data:
            self.seen.data = str(subject.version)
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and defaults from the subject."""

    def answers(self) -> dict[str, Any]:
        shown = str(self.seen.data)
        known = shown.isascii() and shown.isdigit() and len(shown) < 10
        return {**super().answers(), "seen": int(shown) if known else None}


class PlainForm(StepForm):
    """The form of a step that asks nothing."""


def step_form(flow: str, step: str) -> type[StepForm]:
    """The form class of a step, found by name: `repair`, `send_back` → `forms.repairs.SendBackForm`.

    Where an operator makes the steps, the module makes their forms in `form_of`.
    """
    module = importlib.import_module(f"forms.{flow}s")
    if made := getattr(module, "form_of", None):
        built: type[StepForm] = made(step)
        return built
    name = "".join(part.capitalize() for part in step.split("_")) + "Form"
    found: type[StepForm] = getattr(module, name, PlainForm)
    return found
