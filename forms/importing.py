"""What is asked when a file is read into an entity: the file, and what its columns mean."""

from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from hall.words import N_

FILES = ".csv,.tsv,.txt,.xlsx,.json"


class FileForm(Form):
    file = wtforms.FileField(
        N_("文件"),
        description=N_("CSV（UTF-8 或 GBK）、Excel（.xlsx）或 JSON，第一行是表头，最多 20 MB、5 万行"),
        render_kw={"accept": FILES},
    )

    def validate_file(self, field: wtforms.Field) -> None:
        if not getattr(field.data, "filename", ""):
            raise validators.ValidationError(N_("请选择要导入的文件"))

    def answers(self) -> dict[str, Any]:
        return {"name": self.file.data.filename, "data": self.file.data.read(), "once": self.once.data or None}


class ColumnsForm(Form):
    """One question for each column of the file, `c0` …: which column of the entity it is."""

    blank = wtforms.RadioField(
        N_("空着的格子"),
        choices=[("clear", N_("清空")), ("keep", N_("不改动"))],
        default="clear",
    )
    width = 0

    def columns(self) -> list[wtforms.Field]:
        """The questions about the columns, in the order of the file."""
        return [self[f"c{place}"] for place in range(self.width)]

    def validate(self, extra_validators: Any = None) -> bool:
        fine = super().validate(extra_validators)
        taken: dict[str, wtforms.Field] = {}
        for field in self.columns():
            if field.data and taken.setdefault(field.data, field) is not field:
                field.errors = [*field.errors, N_("另一列已经选了它，一项只能对应一列")]
                fine = False
        if not taken:
            self.form_errors.append(N_("请至少选一列"))
        return fine and bool(taken)

    def answers(self) -> dict[str, Any]:
        chosen = {place: field.data for place, field in enumerate(self.columns()) if field.data}
        return {"columns": chosen, "keep_blank": self.blank.data == "keep"}


def columns_form(headers: list[str], offered: list[tuple[str, str]]) -> type[ColumnsForm]:
    """The form for a file with these headings; `offered` are the columns of the entity, (name, label)."""
    choices = [("", N_("不导入")), *offered]
    fields = {
        f"c{place}": wtforms.SelectField(heading or f"{place + 1}", choices=choices, default="")
        for place, heading in enumerate(headers)
    }
    return type("ColumnsOfFile", (ColumnsForm,), {**fields, "width": len(headers)})
