"""What is asked of who applies for a service, and at each step of an application: what its edition says."""

import functools
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import wtforms

from forms import StepForm
from forms.fields import CHOSEN, REQUIRED, at_most, building_choices, judged_by, note_field, phone_field
from forms.questions import Asks
from hall import places, questions
from hall.application_flow import FORM_QUESTIONS, STEP_QUESTIONS, EditionStep, about, plan_of
from hall.words import N_, Refused
from models import Edition, Person, Question, ServiceStep


class ApplyForm(Asks):
    """The form of an edition: how to reach somebody, where it is about if the edition asks that, and its questions."""

    building = wtforms.SelectField(N_("楼宇"), [CHOSEN], validate_choice=False)
    room = wtforms.StringField(
        N_("房间号"), [judged_by(places.room_number)], description=N_("没有房间号可以不填"), render_kw={"maxlength": 20}
    )
    phone = phone_field(N_("办理中有疑问会打这个电话"))

    def __init__(self, formdata: Any = None, *, edition: Edition, person: Person, **kwargs: Any) -> None:
        self.edition, self.person = edition, person
        super().__init__(formdata, **kwargs)
        if edition.asks_place:
            self.building.choices = {"": [("", N_("请选择"))], **building_choices()}
        else:
            del self.building, self.room
        if formdata is None:
            self._fill(person)

    def _fill(self, person: Person) -> None:
        self.phone.data = self.phone.data or person.phone
        home = places.home_of(person) if self.edition.asks_place else None
        if home is not None:
            self.building.data, self.room.data = home[0].code, home[1]

    def to_ask(self, typed: Mapping[str, str]) -> Sequence[Question]:
        return questions.of(FORM_QUESTIONS, str(self.edition.id))

    def answers(self) -> dict[str, Any]:
        """The answers of `applications.apply` but its edition."""
        answers = super().answers()
        if self.edition.asks_place:
            answers["building"] = places.building(answers["building"] or "")
            if answers["building"] is None:
                raise Refused(N_("请选择楼宇"), field="building")
            answers["room"] = answers["room"] or ""
        return answers


class EditionStepForm(Asks, StepForm):
    """The form of a step: the questions that the edition asks there, and a word that it may demand."""

    step = ""
    person: Person
    note = note_field(N_("说明（可不填）"))
    row: ServiceStep | None = None
    own: Collection[str] = ()
    mends: Sequence[Question] = ()
    kept_photos: Collection[str] = ()

    def to_ask(self, typed: Mapping[str, str]) -> Sequence[Question]:
        """The questions of the step; before them those of the form, where it is to be mended."""
        found = plan_of(self.subject.edition).steps.get(self.step)
        if not isinstance(found, EditionStep):
            return ()
        self.row = found.row
        asked = questions.of(STEP_QUESTIONS, about(found.row)) if found.has_questions else []
        self.own = {question.code for question in asked}
        form = questions.of(FORM_QUESTIONS, str(self.subject.edition_id)) if found.amends else []
        self.mends = [question for question in form if question.code not in self.own]
        return [*self.mends, *asked]

    def prepare(self) -> None:
        if self.mends:
            told = questions.answered(self.subject)
            known = {each.question.code: each for each in told if each.question.asked_of == FORM_QUESTIONS}
            self.kept_photos = {code for code, each in known.items() if each.photos}
            self.fill({code: each.value for code, each in known.items() if code not in self.own})
        if self.row and self.row.needs_note:
            self.note.label.text = N_("说明")
            self.note.validators = [REQUIRED, at_most(300)]
            self.note.flags.required = True

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        given = answers["given"]
        answers["given"] = {code: said for code, said in given.items() if code in self.own}
        if self.mends:
            answers["form"] = {code: said for code, said in given.items() if code not in self.own}
        return answers


@functools.lru_cache(maxsize=256)
def form_of(step: str) -> type[StepForm]:
    """The form of the step with this code, whatever the edition: it is read from the subject."""
    return type("_Form", (EditionStepForm,), {"step": step})
