"""The questions of the list of sensitive words."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import CHOSEN, REQUIRED, at_most, lines
from hall import word_list
from hall.words import N_
from models import WORD_ACTIONS, SensitiveWord

LONGEST_TEXT = 5_000  # characters of a try-out, as long as anything that is posted
ACTION_HELP = N_("送审：必须由人审核；遮盖：公开时以＊代替；拒绝：不能提交；警报：送审，并立即提醒审核员")
FORMS_HELP = N_("全角、空格、零宽字符和繁体写法会一并匹配")


def action_field() -> wtforms.RadioField:
    return wtforms.RadioField(N_("处理"), [CHOSEN], choices=WORD_ACTIONS, default="hold", description=ACTION_HELP)


def note_field() -> wtforms.StringField:
    most = word_list.LONGEST_NOTE
    return wtforms.StringField(N_("备注"), [at_most(most)], render_kw={"maxlength": most})


class TryForm(Form):
    text = wtforms.TextAreaField(
        N_("试一段文字"),
        [REQUIRED, at_most(LONGEST_TEXT)],
        filters=[lines],
        description=N_("只是试一试，什么都不会保存"),
        render_kw={"rows": 5, "maxlength": LONGEST_TEXT},
    )


class WordsForm(Form):
    """One word or a whole list."""

    words = wtforms.TextAreaField(
        N_("词"),
        [REQUIRED],
        filters=[lines],
        description=N_("一行一个，可以粘贴整张词表；全角、空格、零宽字符和繁体写法会一并匹配"),
        render_kw={"rows": 6},
    )
    action = action_field()
    note = note_field()

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        del said["once"]
        return {**said, "words": said["words"].splitlines()}


class WordForm(Form):
    """What a word of the list says; `seen` is the fingerprint of the row as it was shown."""

    word = wtforms.StringField(
        N_("词"),
        [REQUIRED, at_most(word_list.LONGEST_WORD)],
        description=FORMS_HELP,
        render_kw={"maxlength": word_list.LONGEST_WORD},
    )
    action = action_field()
    is_active = wtforms.BooleanField(N_("启用"), description=N_("停用的词留在词表里，但不再匹配"))
    note = note_field()
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, row: SensitiveWord, **kwargs: Any) -> None:
        super().__init__(formdata, obj=row, **kwargs)
        if not self.seen.data:
            self.seen.data = word_list.fingerprint(row)

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        del said["once"]
        return {**said, "seen": self.seen.data}
