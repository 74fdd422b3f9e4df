"""The questions about a team 办理组: its name, and who is in it."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED, at_most
from hall.words import N_


class NewTeamForm(Form):
    """A new team; who is in it comes after."""

    name = wtforms.StringField(
        N_("办理组叫什么"), [REQUIRED, at_most(40)], description=N_("例如 会议室管理组"), render_kw={"maxlength": 40}
    )
    phone = wtforms.StringField(N_("电话（可不填）"), [at_most(20)], render_kw={"maxlength": 20, "inputmode": "tel"})

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        return {**said, "phone": said["phone"] or ""}


class MemberForm(Form):
    """Somebody who joins a team."""

    number = wtforms.StringField(
        N_("学号或工号"), [REQUIRED, at_most(20)], render_kw={"maxlength": 20, "autocapitalize": "characters"}
    )
