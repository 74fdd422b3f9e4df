"""The question of one period of the campus calendar."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import CHOSEN, REQUIRED, at_most
from hall import calendar_changes, places
from hall.words import N_
from models import CALENDAR_KINDS, Building, CalendarPeriod


class PeriodForm(Form):
    """A period; `seen` is the fingerprint of the row as it was shown."""

    name = wtforms.StringField(
        N_("名称"), [REQUIRED, at_most(60)], description=N_("例如 元旦放假"), render_kw={"maxlength": 60}
    )
    name_en = wtforms.StringField(N_("英文名称"), [at_most(80)], render_kw={"maxlength": 80})
    kind = wtforms.RadioField(N_("类别"), [CHOSEN], choices=CALENDAR_KINDS, default="holiday")
    starts = wtforms.DateField(N_("开始日期"), [REQUIRED])
    ends = wtforms.DateField(N_("结束日期（含）"), [REQUIRED])
    building = wtforms.SelectField(N_("楼宇"), description=N_("只有“楼宇关闭”需要填"))
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, period: CalendarPeriod, **kwargs: Any) -> None:
        self.period = period
        self._buildings = {building.code: building for building in places.buildings()}
        said = {"building": period.building.code} if period.building else {}
        super().__init__(formdata, obj=period if period.id else None, data=said, **kwargs)
        self.building.choices = [("", N_("不限")), *((code, row.name) for code, row in self._buildings.items())]
        if not self.seen.data and period.id:
            self.seen.data = calendar_changes.fingerprint(period)

    def draft(self) -> CalendarPeriod:
        """The period as it was filled in, not saved."""
        building: Building | None = self._buildings.get(self.building.data or "")
        said = {name: self._fields[name].data for name in ("name", "kind", "starts", "ends")}
        row = CalendarPeriod(name_en=self.name_en.data or "", building=building, **said)
        row.id = self.period.id
        return row
