"""What somebody looks for in the trail over everything."""

import wtforms
from wtforms import validators

from forms import Form
from hall.words import N_
from models import ENTITIES

# Kinds of acts, with the names of the events that are of that kind; "step" is every other one.
ACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "create": (N_("新建"), ("create", "add_rooms")),
    "edit": (N_("修改"), ("edit", "put_back")),
    "clear": (N_("删除和归档"), ("delete", "archive", "unarchive")),
    "import": (N_("导入"), ("import",)),
    "see": (N_("查看和下载个人信息"), ("show_private", "download_data")),
}
STEP = "step"
KNOWN = frozenset(name for _label, names in ACTS.values() for name in names)


class TrailForm(Form):
    """Asked by GET: nothing here can be wrong, what means nothing counts as not said."""

    who = wtforms.StringField(N_("经办人"), [validators.Optional(), validators.Length(max=60)])
    what = wtforms.SelectField(N_("对象"), [validators.Optional()], validate_choice=False)
    act = wtforms.SelectField(N_("做了什么"), [validators.Optional()], validate_choice=False)
    since = wtforms.DateField(N_("从"), [validators.Optional()])
    until = wtforms.DateField(N_("到"), [validators.Optional()])

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = [("", N_("全部")), *((model._meta.table_name, model.label) for model in ENTITIES)]
        acts = [(name, label) for name, (label, _names) in ACTS.items()]
        self.act.choices = [("", N_("全部")), *acts, (STEP, N_("办理步骤"))]
