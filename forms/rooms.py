"""The rooms that a building has on its floors."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED
from hall.words import N_


def _whole(label: str, most: int) -> wtforms.IntegerField:
    return wtforms.IntegerField(label, [REQUIRED], render_kw={"inputmode": "numeric", "min": 1, "max": most})


class RoomsForm(Form):
    """Rooms `first` to `last` on the floors from `low` to `high`; 5 楼 2 号 is room 502."""

    low = _whole(N_("从几楼"), 60)
    high = _whole(N_("到几楼"), 60)
    first = _whole(N_("每层从几号"), 99)
    last = _whole(N_("到几号"), 99)

    def answers(self) -> dict[str, Any]:
        return {"floors": (self.low.data, self.high.data), "first": self.first.data, "last": self.last.data}
