"""What is asked about an import: which table it is, and the file."""

from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from forms.fields import REQUIRED
from hall import roster
from hall.words import N_

FILES = ".csv,.tsv,.txt,.xlsx"


class UploadForm(Form):
    kind = wtforms.RadioField(
        N_("导入什么"), [REQUIRED], choices=[(name, roster.KINDS[name].label) for name in roster.FOLDER]
    )
    file = wtforms.FileField(
        N_("文件"),
        description=N_("CSV（UTF-8 或 GBK）或 Excel（.xlsx），第一行是表头，最多 20 MB、5 万行"),
        render_kw={"accept": FILES},
    )

    def validate_file(self, field: wtforms.Field) -> None:
        if not getattr(field.data, "filename", ""):
            raise validators.ValidationError(N_("请选择要导入的文件"))

    def answers(self) -> dict[str, Any]:
        return {"kind": self.kind.data, "name": self.file.data.filename, "data": self.file.data.read()}
