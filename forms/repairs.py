"""One form a step of the repair order, found by the step's name (`forms.step_form`)."""

from collections.abc import Collection, Mapping
from typing import Any

import wtforms

from forms import StepForm
from forms.fields import (
    CHOSEN,
    REQUIRED,
    at_most,
    building_choices,
    description_field,
    files,
    item_choices,
    item_field,
    item_of,
    judged_by,
    lines,
    moment_field,
    note_field,
    phone_field,
    photos_field,
    reason_field,
    to_utc,
)
from forms.questions import Asks, item_questions
from forms.settlement import SettleForm as SettleForm
from hall import archive, dispatch_advice, photos, places, questions, repairs
from hall.words import N_, Refused
from models import (
    DECLINE_REASONS,
    FOLLOW_UP_METHODS,
    FOLLOW_UP_RESULTS,
    HOLD_REASONS,
    MaintenanceGroup,
    Question,
    RepairOrder,
)

STARS = [(stars, "★" * stars) for stars in range(5, 0, -1)]


class ApproveForm(StepForm):
    note = note_field()


class SendBackForm(StepForm):
    reason = reason_field(N_("请报修人补充什么"))


class ResubmitForm(Asks, StepForm):
    chooses = True
    kept_photos: Collection[str] = ()
    item = item_field()
    building = wtforms.SelectField(N_("楼宇"), [CHOSEN], validate_choice=False)
    room = wtforms.StringField(N_("房间号"), [judged_by(places.room_number)], render_kw={"maxlength": 20})
    spot = wtforms.StringField(N_("具体位置"), [at_most(60)])
    description = description_field()
    photos = photos_field(N_("补充照片"))
    phone = phone_field()

    def prepare(self) -> None:
        order: RepairOrder = self.subject
        self.item.choices, self.building.choices = item_choices(), building_choices()
        shown = {
            "item": str(order.item_id),
            "building": order.building.code,
            "room": order.room_number,
            "spot": order.spot,
            "description": order.description,
            "phone": order.phone,
        }
        for name, value in shown.items():
            if self._fields[name].raw_data is None:
                self._fields[name].data = value
        given = questions.given_before(order)
        self.kept_photos = {each.code for each in self.asked if each.kind == "photo" and each.code in given}
        self.fill(given)

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        return item_questions({"item": str(self.subject.item_id), **typed})

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        answers["description_text"] = answers.pop("description")
        building = places.building(self.building.data or "")
        if building is None:
            raise Refused(N_("请选择楼宇"), field="building")
        return {
            **answers,
            "item": item_of(self.item.data),
            "building": building,
            "photos": photos.prepare(files(self.photos.data), by=self.person),
        }


class DeclineForm(StepForm):
    code = wtforms.RadioField(N_("原因"), [CHOSEN], choices=DECLINE_REASONS)
    note = note_field()


class WithdrawForm(StepForm):
    reason = note_field(N_("原因（可不填）"))


class TransferForm(StepForm):
    group = wtforms.SelectField(N_("转给"), [CHOSEN], validate_choice=False)
    reason = reason_field()

    def prepare(self) -> None:
        others = archive.without(MaintenanceGroup.select()).where(MaintenanceGroup.id != self.subject.group_id)
        named = [(group.code, group.name) for group in others.order_by(MaintenanceGroup.id)]
        self.group.choices = [("", N_("请选择")), *named]

    def answers(self) -> dict[str, Any]:
        of_code = archive.without(MaintenanceGroup.select()).where(MaintenanceGroup.code == self.group.data)
        group = of_code.first()
        if group is None:
            raise Refused(N_("请选择维修组"), field="group")
        return {**super().answers(), "group": group}


class MergeForm(StepForm):
    main = wtforms.StringField(
        N_("主单单号"), [REQUIRED, at_most(20)], description=N_("同一栋楼的另一张在办报修单，例如 BX2611220037")
    )

    def answers(self) -> dict[str, Any]:
        main = repairs.by_number(self.person, (self.main.data or "").strip().upper())
        if main is None:
            raise Refused(N_("没有找到这张单，请核对单号"), field="main")
        return {**super().answers(), "main": main}


class DispatchForm(StepForm):
    workers = wtforms.SelectMultipleField(
        N_("维修工"),
        [CHOSEN],
        validate_choice=False,
        description=N_("可以选多位：排在前面的负责，其他人协助"),
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    visit_from = moment_field(N_("预约上门"))
    visit_until = moment_field(N_("至"))
    due = moment_field(N_("应完成时间"), description=N_("不填则按对报修人的承诺"))

    def prepare(self) -> None:
        self.advice = dispatch_advice.suggest(self.subject)
        workers = [each.worker for each in self.advice]
        self.workers.choices = [(worker.number, f"{worker.name} {worker.number}") for worker in workers]
        if len(self.workers.choices) == 1 and self.once.raw_data is None:
            self.workers.data = [self.workers.choices[0][0]]

    def answers(self) -> dict[str, Any]:
        chosen = {each.worker.number: each.worker for each in self.advice}
        unknown = [number for number in self.workers.data if number not in chosen]
        if unknown:
            raise Refused(N_("请选择本组的维修工"), field="workers")
        return {
            **super().answers(),
            "workers": [chosen[number] for number in self.workers.data],
            "visit_from": to_utc(self.visit_from.data),
            "visit_until": to_utc(self.visit_until.data),
            "due": to_utc(self.due.data),
        }


class RefuseForm(StepForm):
    reason = reason_field()


class HoldForm(StepForm):
    code = wtforms.RadioField(N_("原因"), [CHOSEN], choices=HOLD_REASONS)
    until = moment_field(N_("预计恢复"), required=True, description=N_("挂起期间承诺的时间停止计算"))
    note = note_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "until": to_utc(self.until.data)}


class FinishForm(StepForm):
    work_done = reason_field(N_("做了什么"), N_("例如：更换水龙头阀芯，试水正常"), most=500)
    labour_minutes = wtforms.IntegerField(
        N_("用时（分钟）"), [REQUIRED], render_kw={"inputmode": "numeric", "min": 1, "max": 10000}
    )
    materials = wtforms.TextAreaField(
        N_("用料"),
        [at_most(2000)],
        description=N_("一行一种，例如“阀芯 1 个”；没有就不填"),
        render_kw={"rows": 3},
    )
    photos = photos_field(N_("完工照片"))

    def answers(self) -> dict[str, Any]:
        return {
            **super().answers(),
            "materials": self.materials.data or "",
            "photos": photos.prepare(files(self.photos.data), by=self.person),
        }


class InspectForm(StepForm):
    note = note_field(N_("想说的话（可不填）"))


class ReworkForm(StepForm):
    reason = reason_field(N_("哪里没有修好"))
    photos = photos_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "photos": photos.prepare(files(self.photos.data), by=self.person)}


class RejectSettlementForm(StepForm):
    reason = reason_field()


class RateForm(StepForm):
    speed = wtforms.RadioField(N_("速度"), [CHOSEN], choices=STARS, coerce=int)
    quality = wtforms.RadioField(N_("质量"), [CHOSEN], choices=STARS, coerce=int)
    manner = wtforms.RadioField(N_("态度"), [CHOSEN], choices=STARS, coerce=int)
    words = wtforms.TextAreaField(
        N_("想说的话（可不填）"), [at_most(500)], filters=[lines], render_kw={"rows": 3, "maxlength": 500}
    )

    def prepare(self) -> None:
        if self.subject.rated is not None:
            for name in ("speed", "quality", "manner"):
                del self._fields[name]
            self.words.label.text = N_("追评")


class FollowUpForm(StepForm):
    method = wtforms.RadioField(N_("方式"), [CHOSEN], choices=FOLLOW_UP_METHODS, default="phone")
    result = wtforms.RadioField(
        N_("结果"),
        [CHOSEN],
        choices=FOLLOW_UP_RESULTS,
        description=N_("不满意：质保期内自动返修，过了质保期自动开一张关联的新单"),
    )
    note = note_field()


class CommentForm(StepForm):
    words = reason_field(N_("留言"), N_("维修组和师傅会看到"), most=500)
    photos = photos_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "photos": photos.prepare(files(self.photos.data), by=self.person)}
