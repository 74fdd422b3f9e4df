"""One form a step of the repair order, found by the step's name (`forms.step_form`)."""

from typing import Any

import wtforms
from wtforms import validators

from forms import StepForm
from forms.fields import (
    REQUIRED,
    building_choices,
    description_field,
    files,
    item_choices,
    item_field,
    item_of,
    moment_field,
    note_field,
    phone_field,
    photos_field,
    reason_field,
    to_utc,
)
from hall import photos, places, repairs
from hall.settlement import Line, fen, number
from hall.words import N_, Refused
from models import (
    DECLINE_REASONS,
    FOLLOW_UP_METHODS,
    FOLLOW_UP_RESULTS,
    HOLD_REASONS,
    LINE_KINDS,
    PAYERS,
    MaintenanceGroup,
    PriceBookEntry,
    RepairOrder,
)

STARS = [(stars, "★" * stars) for stars in range(5, 0, -1)]
EMPTY_LINES = 3


class ApproveForm(StepForm):
    note = note_field()


class SendBackForm(StepForm):
    reason = reason_field(N_("请报修人补充什么"))


class ResubmitForm(StepForm):
    item = item_field()
    building = wtforms.SelectField(N_("楼宇"), [REQUIRED], validate_choice=False)
    room = wtforms.StringField(N_("房间号"), [validators.Length(max=20)])
    spot = wtforms.StringField(N_("具体位置"), [validators.Length(max=60)])
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
            "photos": photos.prepare(files(self.photos.data)),
        }


class DeclineForm(StepForm):
    code = wtforms.RadioField(N_("原因"), [REQUIRED], choices=DECLINE_REASONS)
    note = note_field()


class WithdrawForm(StepForm):
    reason = note_field(N_("原因（可不填）"))


class TransferForm(StepForm):
    group = wtforms.SelectField(N_("转给"), [REQUIRED], validate_choice=False)
    reason = reason_field()

    def prepare(self) -> None:
        self.group.choices = [
            (group.code, group.name)
            for group in MaintenanceGroup.select().order_by(MaintenanceGroup.id)
            if group.id != self.subject.group_id
        ]

    def answers(self) -> dict[str, Any]:
        group = MaintenanceGroup.get_or_none(MaintenanceGroup.code == self.group.data)
        if group is None:
            raise Refused(N_("请选择维修组"), field="group")
        return {**super().answers(), "group": group}


class MergeForm(StepForm):
    main = wtforms.StringField(N_("主单单号"), [REQUIRED, validators.Length(max=20)],
                               description=N_("同一栋楼的另一张在办报修单，例如 BX2611220037"))

    def answers(self) -> dict[str, Any]:
        main = repairs.by_number(self.person, (self.main.data or "").strip().upper())
        if main is None:
            raise Refused(N_("没有找到这张单，请核对单号"), field="main")
        return {**super().answers(), "main": main}


class DispatchForm(StepForm):
    workers = wtforms.SelectMultipleField(
        N_("维修工"), [REQUIRED], validate_choice=False, description=N_("第一位负责，其他人协助"),
        option_widget=wtforms.widgets.CheckboxInput(), widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    visit_from = moment_field(N_("预约上门"))
    visit_until = moment_field(N_("至"))
    due = moment_field(N_("应完成时间"), description=N_("不填则按对报修人的承诺"))

    def prepare(self) -> None:
        self.workers.choices = [
            (worker.number, f"{worker.name}（{worker.number}）") for worker in repairs.workers_of(self.subject)
        ]

    def answers(self) -> dict[str, Any]:
        chosen = {worker.number: worker for worker in repairs.workers_of(self.subject)}
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
    code = wtforms.RadioField(N_("原因"), [REQUIRED], choices=HOLD_REASONS)
    until = moment_field(N_("预计恢复"), required=True, description=N_("承诺的时间到那时再继续计算"))
    note = note_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "until": to_utc(self.until.data)}


class FinishForm(StepForm):
    work_done = reason_field(N_("做了什么"), N_("例如：更换水龙头阀芯，试水正常"))
    labour_minutes = wtforms.IntegerField(
        N_("用时（分钟）"), [REQUIRED], render_kw={"inputmode": "numeric", "min": 1, "max": 10000}
    )
    materials = wtforms.TextAreaField(
        N_("用料"), [validators.Length(max=2000)], description=N_("一行一种，例如“阀芯 1 个”；没有就不填"),
        render_kw={"rows": 3},
    )
    photos = photos_field(N_("完工照片"))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "materials": self.materials.data or "",
                "photos": photos.prepare(files(self.photos.data))}


class InspectForm(StepForm):
    note = note_field(N_("想说的话（可不填）"))


class ReworkForm(StepForm):
    reason = reason_field(N_("哪里没有修好"))
    photos = photos_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "photos": photos.prepare(files(self.photos.data))}


class LineForm(wtforms.Form):
    """One line of a settlement; a line without a name is left out."""

    kind = wtforms.SelectField(N_("类别"), choices=LINE_KINDS, default="material")
    name = wtforms.StringField(N_("名称"), [validators.Length(max=60)])
    quantity = wtforms.StringField(N_("数量"), render_kw={"inputmode": "decimal"})
    unit = wtforms.StringField(N_("单位"), [validators.Length(max=10)])
    price = wtforms.StringField(N_("单价（元）"), render_kw={"inputmode": "decimal"})


class SettleForm(StepForm):
    lines = wtforms.FieldList(wtforms.FormField(LineForm), label=N_("明细"), max_entries=50)
    payer = wtforms.RadioField(N_("由谁承担"), [REQUIRED], choices=PAYERS, default="university")

    def prepare(self) -> None:
        if len(self.lines):
            return
        for line in self._suggested():
            self.lines.append_entry(line)
        for _ in range(EMPTY_LINES):
            self.lines.append_entry()

    def _suggested(self) -> list[dict[str, str]]:
        """What the worker wrote down, priced from the price book where it names the same thing."""
        order: RepairOrder = self.subject
        known = {entry.name: entry for entry in PriceBookEntry.select().limit(500)}
        hours = number(f"{order.labour_minutes / 60:.2f}", "lines")
        labour = known.get("维修人工")
        suggested = []
        if hours > 0:
            suggested.append({"kind": "labour", "name": "维修人工", "quantity": str(hours), "unit": "小时",
                              "price": _yuan(labour)})
        for used in order.materials:
            entry = known.get(used["name"])
            suggested.append({"kind": "material", "name": used["name"], "quantity": used["quantity"],
                              "unit": used["unit"] or (entry.unit if entry else ""), "price": _yuan(entry)})
        return suggested

    @property
    def price_book(self) -> list[PriceBookEntry]:
        """The entries that the page offers for names and prices."""
        return list(PriceBookEntry.select().order_by(PriceBookEntry.code).limit(500))

    def answers(self) -> dict[str, Any]:
        known = {entry.name: entry for entry in PriceBookEntry.select().limit(500)}
        lines = []
        for row, entry in enumerate(self.lines, 1):
            name = (entry.form.name.data or "").strip()
            if not name:
                continue
            try:
                quantity, price = number(entry.form.quantity.data or "", "lines"), fen(entry.form.price.data or "")
            except Refused as refused:
                raise Refused(N_("第 %(row)s 行：数量和单价请填写不超过两位小数的数字"), field="lines", row=row) from refused
            lines.append(Line(entry.form.kind.data, name, quantity, price, entry.form.unit.data or "", known.get(name)))
        answers = super().answers()
        return {**answers, "lines": lines}


def _yuan(entry: PriceBookEntry | None) -> str:
    return f"{entry.price_fen / 100:.2f}" if entry else ""


class RejectSettlementForm(StepForm):
    reason = reason_field()


class RateForm(StepForm):
    speed = wtforms.RadioField(N_("速度"), [REQUIRED], choices=STARS, coerce=int)
    quality = wtforms.RadioField(N_("质量"), [REQUIRED], choices=STARS, coerce=int)
    manner = wtforms.RadioField(N_("态度"), [REQUIRED], choices=STARS, coerce=int)
    words = wtforms.TextAreaField(N_("想说的话（可不填）"), [validators.Length(max=500)],
                                  render_kw={"rows": 3, "maxlength": 500})

    def prepare(self) -> None:
        if self.subject.rated is not None:
            for name in ("speed", "quality", "manner"):
                del self._fields[name]
            self.words.label.text = N_("追评")


class FollowUpForm(StepForm):
    method = wtforms.RadioField(N_("方式"), [REQUIRED], choices=FOLLOW_UP_METHODS, default="phone")
    result = wtforms.RadioField(
        N_("结果"), [REQUIRED], choices=FOLLOW_UP_RESULTS,
        description=N_("不满意：质保期内自动返修，过了质保期自动开一张关联的新单"),
    )
    note = note_field()


class CommentForm(StepForm):
    words = reason_field(N_("留言"))
    photos = photos_field()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "photos": photos.prepare(files(self.photos.data))}
