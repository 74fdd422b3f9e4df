"""One form a step of something lost or found, found by the step's name (`forms.step_form`)."""

import unicodedata
from typing import Any

import wtforms

from forms import StepForm
from forms.fields import CHOSEN, REQUIRED, at_most, files, is_key, lines, note_field, photos_field, reason_field
from hall import archive, photos
from hall.lost_claims import ANSWER_MOST, PROOF_MOST, question_of
from hall.lost_custody import NOTE_MOST, SHELF_MOST
from hall.lost_flow import QUESTION
from hall.lost_handover import HOW_MOST
from hall.words import N_, Refused
from models import DISPOSALS, LostPropertyDesk


class ClaimForm(StepForm):
    """这是我的. What is answered, only who judges it will read."""

    answer = wtforms.TextAreaField(
        QUESTION,
        [REQUIRED, at_most(ANSWER_MOST)],
        filters=[lines],
        description=N_("只有捡到的人和值守点看得到您的回答"),
        render_kw={"rows": 3, "maxlength": ANSWER_MOST},
    )
    proof = wtforms.TextAreaField(
        N_("其他证明（可不填）"),
        [at_most(PROOF_MOST)],
        filters=[lines],
        description=N_("例如：大概什么时候、在哪里丢的，有没有购买记录"),
        render_kw={"rows": 2, "maxlength": PROOF_MOST},
    )
    photos = photos_field(N_("照片（可不传）"))

    def prepare(self) -> None:
        self.answer.label.text = question_of(self.subject)
        if self.subject.card_owner_id == self.person.id:
            # Whose number is on it need not describe it.
            self.answer.label.text = N_("想说的话（可不填）")
            self.answer.validators, self.answer.flags.required = [at_most(ANSWER_MOST)], False

    def answers(self) -> dict[str, Any]:
        shown = photos.prepare(files(self.photos.data), by=self.person)
        return {
            **super().answers(),
            "answer": self.answer.data or "",
            "proof": self.proof.data or "",
            "photos": shown,
        }


class AcceptClaimForm(StepForm):
    note = note_field(N_("给认领人的话（可不填）"))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "note": self.note.data or ""}


class DenyClaimForm(StepForm):
    reason = reason_field(N_("哪里对不上"), N_("认领人会看到；请不要写出正确的答案"))


class HandOverForm(StepForm):
    code = wtforms.StringField(
        N_("认领人的交接码"),
        [REQUIRED],
        filters=[lambda typed: figures(typed)],
        description=N_("请认领人打开这一页，出示六位数字；输错五次会作废，由认领人换一个"),
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": 12, "size": 8},
    )


def figures(typed: str | None) -> str:
    """A code as people type it, with spaces or full-width figures, as the hall knows it."""
    return "".join(unicodedata.normalize("NFKC", typed or "").split())


class FoundItForm(StepForm):
    how = wtforms.TextAreaField(
        N_("怎么找回来的（可不填）"),
        [at_most(HOW_MOST)],
        filters=[lines],
        description=N_("例如：同学在图书馆捡到还给我了；不会公开"),
        render_kw={"rows": 2, "maxlength": HOW_MOST},
    )

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "how": self.how.data or ""}


class CustodyForm(StepForm):
    """Where something is kept from now on, asked of the desk."""

    point = wtforms.SelectField(N_("值守点"), [CHOSEN], validate_choice=False)
    shelf = wtforms.StringField(
        N_("货架"), [REQUIRED, at_most(SHELF_MOST)], description=N_("例如 A-3"), render_kw={"maxlength": SHELF_MOST}
    )
    is_valuable = wtforms.BooleanField(N_("贵重物品"), description=N_("保管的时间更长"))

    def prepare(self) -> None:
        fill_points(self.point)

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "point": point_of(self.point.data), "is_valuable": bool(self.is_valuable.data)}


class HandInForm(CustodyForm):
    pass


def fill_points(field: wtforms.SelectField) -> None:
    """The lost property desks as choices; where there is one, it is chosen."""
    points = [
        (str(each.id), each.name) for each in archive.without(LostPropertyDesk.select()).order_by(LostPropertyDesk.id)
    ]
    field.choices = points if len(points) == 1 else [("", N_("请选择")), *points]


def point_of(chosen: str | None) -> LostPropertyDesk:
    """The chosen desk. Raises Refused(field="point") where there is none."""
    point: LostPropertyDesk | None = None
    if is_key(chosen):
        point = archive.without(LostPropertyDesk.select()).where(LostPropertyDesk.id == int(chosen or 0)).first()
    if point is None:
        raise Refused(N_("请选择值守点"), field="point")
    return point


class ProposeDisposalForm(StepForm):
    method = wtforms.RadioField(N_("怎么处置"), [CHOSEN], choices=DISPOSALS)
    note = reason_field(N_("说明"), N_("例如：捐给哪里、由谁销毁；另一位同事复核后才处置"), most=NOTE_MOST)
