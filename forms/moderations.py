"""The steps of an author under moderation, for whatever is moderated: the questions are its own columns."""

from collections.abc import Mapping
from typing import Any

import peewee
import wtforms

from forms import StepForm
from forms.fields import REQUIRED, at_most, files, lines, photos_field, reason_field
from forms.questions import Asks
from forms.supervision import ReportForm as ReportForm
from hall import moderation, photos, questions
from hall.moderation_flow import LONGEST_TEXT
from hall.question_values import PREFIX
from hall.words import N_
from models import Moderated, Question


class _MendingForm(Asks, StepForm):
    """The texts of the author as they stand, one field a reviewed column, and which photos stay."""

    kept = wtforms.SelectMultipleField(
        N_("已有的照片"),
        description=N_("不想要的，请取消勾选“保留”"),
        validate_choice=False,
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    photos = photos_field(N_("添加照片"))

    def process(self, formdata: Any = None, *args: Any, **kwargs: Any) -> None:
        asked = {name: self._asked(name, field) for name, field in _questions(self.subject).items()}
        self._fields: dict[str, Any] = {**asked, **self._fields}
        super().process(formdata, *args, **kwargs)

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        """Photos that answer a question stay as they are."""
        return [each for each in questions.for_subject(self.subject) if each.kind != "photo"]

    def _asked(self, name: str, field: Any) -> wtforms.Field:
        return self.meta.bind_field(self, field, {"name": name, "prefix": "", "translations": self._translations()})

    def _translations(self) -> Any:
        return self.meta.get_translations(self)

    def prepare(self) -> None:
        content = draft(self.subject)
        known = content.get("photos", [])
        self.kept.choices = [(name, N_("保留")) for name in known]
        for name, field in self._fields.items():
            if self.once.raw_data is None and name in content and name != "photos" and not name.startswith(PREFIX):
                field.data = content[name]
        said = {name.removeprefix(PREFIX): each for name, each in content.items() if name.startswith(PREFIX)}
        self.fill(said)
        if self.once.raw_data is None:
            self.kept.data = list(known)

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        return {
            "once": answers["once"],
            "seen": answers["seen"],
            "content": {
                **{name: answers[name] or "" for name in _questions(self.subject)},
                **{PREFIX + code: said for code, said in answers["given"].items()},
            },
            "kept": answers["kept"] or [],
            "photos": photos.prepare(files(self.photos.data), by=self.person),
        }


def _questions(subject: Any) -> dict[str, Any]:
    """An unbound field for each reviewed column of a row that is text, by its name."""
    return {
        name: _question(subject._meta.fields[name])
        for name in getattr(subject, "reviewed", ())
        if isinstance(subject._meta.fields[name], peewee.CharField | peewee.TextField)
    }


def _question(column: Any) -> Any:
    most = getattr(column, "max_length", None) or LONGEST_TEXT
    checks = [at_most(most)]
    if column.default is None and not column.null:
        checks.insert(0, REQUIRED)
    if isinstance(column, peewee.CharField):
        return wtforms.StringField(column.verbose_name, checks, render_kw={"maxlength": most})
    return wtforms.TextAreaField(column.verbose_name, checks, filters=[lines], render_kw={"rows": 6})


def draft(row: Moderated) -> dict[str, Any]:
    """What the author of `row` wrote last: what waits, what came back unpublished, else the row's own text."""
    waiting = moderation.proposal(row)
    if waiting is not None:
        return dict(waiting.content)
    own, last = moderation.current(row), moderation.latest_decision(row)
    if last is not None and last.cause == "edit" and last.decision in ("send_back", "reject"):
        # The photos of an edit that came back are not taken up again: what stays is what is shown.
        return {**last.content, "photos": own.get("photos", [])}
    return own


class EditForm(_MendingForm):
    pass


class ResubmitForm(_MendingForm):
    pass


class AppealForm(StepForm):
    words = reason_field(N_("为什么应当公开"), N_("会由另一位审核员重新看一遍；只能申诉一次"))


class WithdrawForm(StepForm):
    """Nothing is asked; the page says what it means."""
