"""The questions of a notice or a guide, and of the files that hang on it."""

from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED, at_most, lines, moment_field, to_utc
from hall import archive, attachments, clock
from hall.articles import LONGEST
from hall.words import N_
from models import Article, Department

_DRAFT = N_("留空是草稿；写一个将来的时间，到时自动发布")
_MARKDOWN = N_("用 Markdown 写，写法见页面下方；随时可以预览")


def _line(label: str, name: str, description: str = "", must: bool = False) -> wtforms.StringField:
    most = LONGEST[name]
    checks = [*([REQUIRED] if must else []), at_most(most)]
    return wtforms.StringField(label, checks, description=description, render_kw={"maxlength": most})


def _body(label: str, name: str, description: str = "", must: bool = False) -> wtforms.TextAreaField:
    checks = [*([REQUIRED] if must else []), at_most(LONGEST[name])]
    shape = {"rows": 16 if must else 8, "maxlength": LONGEST[name], "spellcheck": "false"}
    return wtforms.TextAreaField(label, checks, filters=[lines], description=description, render_kw=shape)


class ArticleForm(Form):
    """What an article says. `seen` is the version that was shown; a notice has no place in an order, a guide no pin."""

    title = _line(N_("标题"), "title", must=True)
    summary = _line(N_("摘要"), "summary", N_("一两句话，列表和搜索结果里显示"))
    text = _body(N_("正文"), "text", _MARKDOWN, must=True)
    title_en = _line(N_("英文标题"), "title_en", N_("英文可以不写；写了标题就要写正文"))
    summary_en = _line(N_("英文摘要"), "summary_en")
    text_en = _body(N_("英文正文"), "text_en")
    department = wtforms.SelectField(N_("发布部门"), validate_choice=False)
    publish = moment_field(N_("发布时间"), description=_DRAFT)
    until = moment_field(N_("撤下时间"), description=N_("留空一直显示"))
    is_pinned = wtforms.BooleanField(N_("置顶"))
    position = wtforms.IntegerField(
        N_("顺序"), [wtforms.validators.Optional()], default=1, description=N_("小的排在前面")
    )
    code = wtforms.StringField(
        N_("网址里的编号"),
        [at_most(40)],
        description=N_("小写字母、数字和短横线；留空自动编号，之后不能改"),
        render_kw={"maxlength": 40, "autocapitalize": "none"},
    )
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, kind: str, article: Article | None = None, **kwargs: Any) -> None:
        told = _told(article) if article else {}
        super().__init__(formdata, data=told | kwargs.pop("data", {}), **kwargs)
        departments = archive.without(Department.select(Department.code, Department.name)).order_by(Department.id)
        self.department.choices = [("", "—"), *((row.code, row.name) for row in departments)]
        del self["position" if kind == "notice" else "is_pinned"]
        if article:
            del self["code"]
        if not self.seen.data:
            self.seen.data = str(article.version) if article else ""

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        return {**said, "publish": to_utc(said["publish"]), "until": to_utc(said["until"])}

    def shown_version(self) -> int | None:
        """The version that the page showed; 0, which no article has, for anything else."""
        said = str(self.seen.data)
        return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0


def _told(article: Article) -> dict[str, Any]:
    """An article as its form shows it: moments in the campus's time, to the minute."""
    said = {name: getattr(article, name) for name in (*LONGEST, "is_pinned", "position")}
    for name in ("publish", "until"):
        moment = getattr(article, name)
        said[name] = clock.local(moment).replace(tzinfo=None) if moment else None
    return {**said, "department": article.department.code if article.department else ""}


class AttachForm(Form):
    file = wtforms.FileField(
        N_("附件"),
        description=attachments.KINDS,
        render_kw={"accept": ",".join(f".{ending}" for ending in (*attachments.TYPES, "jpeg", "png", "webp", "heic"))},
    )

    def answers(self) -> dict[str, Any]:
        chosen = self.file.data
        name = getattr(chosen, "filename", "") or ""
        return {"once": self.once.data, "file": (name, chosen.stream if name else b"")}
