"""Reporting a repair in its three shapes: the whole form, the quick one, and an operator for a caller."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import wtforms

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
    phone_field,
    photos_field,
)
from forms.questions import Asks, item_questions
from hall import clock, photos, places
from hall.words import N_, Refused
from models import ENTRY_CHOICES, Building, Person, Question

DESPITE = N_("不是同一个问题，仍然提交")
# With the hour of the campus at which each is over.
HALF_DAYS = ((N_("上午"), 12), (N_("下午"), 18), (N_("晚上"), 22))


def visit_days() -> list[tuple[date, list[tuple[str, str]]]]:
    """The next four days with their half days as (value, label); the value of one that is over is empty."""
    now = clock.local(clock.now())
    days = [now.date() + timedelta(days=ahead) for ahead in range(4)]
    return [
        (
            day,
            [(f"{day:%m-%d} {half}" if day > now.date() or now.hour < over else "", half) for half, over in HALF_DAYS],
        )
        for day in days
    ]


def visit_choices() -> list[tuple[str, str]]:
    """The half days that a reporter may wish for."""
    return [(value, value) for _day, halves in visit_days() for value, _half in halves if value]


class _Reporting(Asks):
    """What every way of reporting asks; the shapes differ in how they ask for the place. `person` sits at the form."""

    chooses = True
    item = item_field()
    description = description_field()
    phone = phone_field()
    photos = photos_field()

    def __init__(self, formdata: Any = None, *, person: Person | None = None, **kwargs: Any) -> None:
        self.person = person
        super().__init__(formdata, **kwargs)
        self.item.choices = {"": [("", N_("请选择"))], **item_choices()}
        if "building" in self._fields:
            self.building.choices = {"": [("", N_("请选择"))], **building_choices()}
        if "wished_visits" in self._fields:
            self.wished_visits.choices = visit_choices()

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        return item_questions(typed)

    def whereabouts(self) -> tuple[Building, str]:
        """The building and the room as it was typed. Raises Refused."""
        return self._building(), self.room.data or ""

    def _building(self) -> Building:
        building = places.building(self.building.data or "")
        if building is None:
            raise Refused(N_("请选择楼宇"), field="building")
        return building

    def answers(self) -> dict[str, Any]:
        building, room = self.whereabouts()
        return {
            "once": self.once.data,
            "building": building,
            "room": room,
            "item": item_of(self.item.data),
            "description_text": self.description.data,
            "phone": self.phone.data,
            "photos": photos.prepare(files(self.photos.data), by=self.person),
            "given": self.given(),
        }


class ReportForm(_Reporting):
    """我要报修: the whole form."""

    item = item_field()
    building = wtforms.SelectField(N_("楼宇"), [CHOSEN], validate_choice=False)
    room = wtforms.StringField(
        N_("房间号"), [judged_by(places.room_number)], description=N_("公共区域可以不填"), render_kw={"maxlength": 20}
    )
    spot = wtforms.StringField(
        N_("具体位置"),
        [at_most(60)],
        description=N_("例如：卫生间、三楼东侧楼梯口"),
        render_kw={"maxlength": 60},
    )
    description = description_field()
    photos = photos_field()
    phone = phone_field()
    wished_visits = wtforms.SelectMultipleField(
        N_("希望上门的时间"),
        description=N_("可以多选；不选表示都可以"),
        validate_choice=False,
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    entry = wtforms.RadioField(N_("家里没人时能进屋吗"), choices=ENTRY_CHOICES, default="knock")
    despite = wtforms.BooleanField(DESPITE)
    channel = wtforms.HiddenField(default="web")

    def answers(self) -> dict[str, Any]:
        wished = set(self.wished_visits.data or [])
        return {
            **super().answers(),
            "spot": self.spot.data or "",
            "wished_visits": [value for value, _ in self.wished_visits.choices if value in wished],
            "entry": self.entry.data,
            "channel": "qr" if self.channel.data == "qr" else "web",
        }


class QuickForm(_Reporting):
    """快速报修: the same order from one short screen; the place is typed the way people say it."""

    place = wtforms.StringField(
        N_("地点"),
        [REQUIRED, at_most(60), judged_by(lambda typed: typed_place(typed))],
        description=N_("例如：南3 502"),
        render_kw={"maxlength": 60},
    )
    item = item_field()
    description = description_field()
    photos = photos_field()
    phone = phone_field()
    despite = wtforms.BooleanField(DESPITE)

    def whereabouts(self) -> tuple[Building, str]:
        return typed_place(self.place.data or "")

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "channel": "quick"}


def typed_place(typed: str) -> tuple[Building, str]:
    """The building and room that somebody typed. Raises Refused(field="place")."""
    found = places.find(typed)
    if found is None:
        raise Refused(N_("没有找到这个地点，请写楼名和房间号，例如“南3 502”或“公教A 301”"), field="place")
    return found


class PhoneForm(QuickForm):
    """电话报修: an operator writes for a caller (`requirements.md` 17)."""

    caller_number = wtforms.StringField(
        N_("来电人学号/工号"), [at_most(20)], description=N_("知道就填，报修单会出现在来电人的“我的报修”里")
    )
    caller = wtforms.StringField(N_("来电人姓名"), [at_most(40)])
    phone = phone_field("")
    place = QuickForm.place
    entry = wtforms.RadioField(N_("家里没人时能进屋吗"), choices=ENTRY_CHOICES, default="knock")

    def answers(self) -> dict[str, Any]:
        caller_number = (self.caller_number.data or "").strip().upper()
        reporter = Person.get_or_none(Person.number == caller_number) if caller_number else None
        if caller_number and (reporter is None or reporter.is_closed):
            raise Refused(N_("没有这个学号或工号，请核对，或只填姓名"), field="caller_number")
        caller = (self.caller.data or "").strip() or (reporter.name if reporter else "")
        if not caller:
            raise Refused(N_("请填写来电人的学号、工号或姓名"), field="caller")
        return {
            **super().answers(),
            "reporter": reporter,
            "caller": caller,
            "entry": self.entry.data,
            "channel": "phone",
        }
