"""What two people say to each other about a listing or a notice, and what one of them reports."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import CHOSEN, REQUIRED, is_key, judged_by, lines, note_field
from hall import conversations
from hall.talk_reports import TALK_REASONS
from hall.words import N_


def _words(label: str, description: str = "", rows: int = 2) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(
        label,
        [REQUIRED, judged_by(conversations.clean)],
        filters=[lines],
        description=description,
        render_kw={"rows": rows, "maxlength": conversations.LONGEST},
    )


class StartForm(Form):
    """The first message about a thing."""

    text = _words(N_("您想问什么"), N_("对方会在“消息”里看到，不会看到您的姓名和电话"), 4)


class SayForm(Form):
    """One more message; `seen` is the last message that was shown above it."""

    text = _words(N_("写消息"))
    seen = wtforms.HiddenField()

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "seen": int(self.seen.data) if is_key(self.seen.data) else None}


class ReadForm(SayForm):
    """What somebody has read: nothing is said."""

    text = None


class ReportForm(Form):
    """举报 of a conversation."""

    code = wtforms.RadioField(N_("有什么问题"), [CHOSEN], choices=TALK_REASONS)
    note = note_field(N_("说明（可不填）"))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "note": self.note.data or ""}
