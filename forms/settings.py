"""The question of one figure of the hall."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED
from hall import setting_changes, settings


class SettingForm(Form):
    """A new value; `seen` is the value that was shown."""

    value = wtforms.IntegerField("", [REQUIRED])
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, code: str, **kwargs: Any) -> None:
        limit, now = setting_changes.limit_of(code), settings.value(code)
        super().__init__(formdata, value=now, **kwargs)
        self.value.label.text = limit.label
        self.value.description = limit.help
        self.value.render_kw = {"min": limit.least, "max": limit.most, "inputmode": "numeric"}
        if not self.seen.data:
            self.seen.data = str(now)

    def answers(self) -> dict[str, Any]:
        said = self.seen.data or ""
        return {"value": self.value.data, "seen": int(said) if said.isdecimal() and len(said) < 8 else None}
