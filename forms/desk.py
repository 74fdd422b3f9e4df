"""The questions of the moderators' desk: what to look at, what to decide of one thing or of many, what to hide."""

import json
from collections.abc import Sequence
from typing import Any

import wtforms
from wtforms import validators

from forms import Form, Part
from forms.fields import is_key, lines
from hall import archive, desk_filters
from hall.submissions import Wanted
from hall.words import N_, Refused
from models import REASONS, Department

Span = tuple[str, int, int]
DECIDED_HERE = ("publish", "keep_private", "send_back", "reject", "keep", "hide")
BULK = ("publish", "send_back", "reject")
MOST_MASKS, MOST_AT_ONCE = 200, 100
REASON_MOST = 300
GONE = N_("页面上的内容不完整，请刷新后再决定")


def _words(label: str = N_("自己写理由")) -> wtforms.TextAreaField:
    return wtforms.TextAreaField(label, filters=[lines], render_kw={"rows": 2, "maxlength": REASON_MOST})


def _reason(*, optional: bool = False) -> wtforms.SelectField:
    choices = [*([("", N_("全部"))] if optional else []), *REASONS]
    return wtforms.SelectField(N_("原因"), choices=choices, default="other", validate_choice=False)


def _several() -> wtforms.SelectMultipleField:
    return wtforms.SelectMultipleField(choices=[], validate_choice=False)


class FilterForm(Part):
    """What to look at, from the address; an answer that is none asks for everything."""

    what = wtforms.SelectField(N_("类别"), validate_choice=False)
    department = wtforms.SelectField(N_("部门"), validate_choice=False)
    risk = wtforms.SelectField(N_("风险"), validate_choice=False)
    cause = wtforms.SelectField(N_("缘由"), validate_choice=False)

    def wanted(self) -> Wanted:
        """The answers, as far as they are among the choices."""
        said = {name: self._known(name) for name in ("what", "department", "risk", "cause")}
        subject_type, _colon, kind = said["what"].partition(":")
        risk = int(said["risk"] or 0)
        return Wanted(subject_type, kind, department=said["department"], risk=risk, cause=said["cause"])

    def _known(self, name: str) -> str:
        field = self[name]
        return next((str(choice.value) for choice in field.iter_choices() if choice.value == field.data), "")


class SaveFilterForm(Form):
    """The name under which to keep what is looked at."""

    name = wtforms.StringField(N_("筛选的名称"), render_kw={"maxlength": desk_filters.LONGEST_NAME})


class DecideForm(Form):
    """One decision on exactly what was shown.

    `decide` is a decision, for those that need a reason with its key: `publish`, `send_back:unclear`, `reject:own`.
    """

    decide = wtforms.StringField()
    version = wtforms.HiddenField()
    shown = wtforms.HiddenField()
    mask = _several()
    forward_to = wtforms.StringField(N_("转办"))
    holding = wtforms.HiddenField()
    code_send_back, note_send_back = _reason(), _words()
    code_reject, note_reject = _reason(), _words()
    code_hide, note_hide = _reason(), _words()

    @property
    def decision(self) -> str:
        """The decision. Raises Refused where it is none of the desk."""
        name = (self.decide.data or "").partition(":")[0]
        if name not in DECIDED_HERE:
            raise Refused(N_("请选择一个决定"))
        return name

    @property
    def asked(self) -> str:
        """What was pressed, whether it is a decision or not."""
        return (self.decide.data or "").partition(":")[0]

    @property
    def key(self) -> str:
        """The key of the reason, "" where none was named."""
        return (self.decide.data or "").partition(":")[2]

    def seen(self) -> int:
        """The version that was shown; 0, which never was, where the page does not say."""
        return int(self.version.data) if is_key(self.version.data) else 0

    def seen_text(self) -> dict[str, Any] | None:
        """The text that was shown, to be compared with what it became; None where the page does not say."""
        try:
            content = json.loads(self.shown.data or "")
        except (ValueError, RecursionError):
            return None
        if not isinstance(content, dict):
            return None
        return {str(name): value for name, value in content.items() if isinstance(value, str | list)}

    def own_words(self) -> tuple[str, str]:
        """Code and words of the moderator's own reason."""
        name = self.decision
        if name not in ("send_back", "reject", "hide"):
            return "other", ""
        code, note = self[f"code_{name}"].data, (self[f"note_{name}"].data or "").strip()
        if len(note) < 2:
            raise Refused(N_("请写下理由，作者会看到"), field=f"note_{name}")
        return code or "other", note

    def masks(self, content: dict[str, Any]) -> list[Span]:
        """What is to be covered of `content`. Raises Refused for what is no part of its text."""
        return spans(self.mask.data or [], content)

    def department(self) -> Department | None:
        """Whom to forward it to; None for nobody. Raises Refused."""
        code = (self.forward_to.data or "").strip()
        if not code:
            return None
        found: Department | None = archive.without(Department.select()).where(Department.code == code[:20]).first()
        if found is None:
            raise Refused(N_("请从列出的选项中选择"), field="forward_to")
        return found


def spans(said: Sequence[str], content: dict[str, Any]) -> list[Span]:
    """`column:start:end` of each as a span of `content`. Raises Refused for what is no part of its text."""
    if len(said) > MOST_MASKS:
        raise Refused(GONE)
    found = []
    for mask in said:
        column, start, end = [*str(mask).split(":"), "", ""][:3]
        text = content.get(column)
        if not isinstance(text, str) or not is_key(start) or not is_key(end):
            raise Refused(GONE)
        if not int(start) < int(end) <= len(text):
            raise Refused(GONE)
        found.append((column, int(start), int(end)))
    return found


class BulkForm(Form):
    """Many at once: first what, then, with what was shown of each (`item` = id:version), do it.

    `sure` has the ids that are published although something was found in them, `cover` those of which everything
    found is masked, `forward` those that also go to the department that their author chose.
    """

    id = _several()
    item = _several()
    sure = _several()
    cover = _several()
    forward = _several()
    decide = wtforms.StringField(validators=[validators.Length(max=60)])

    @property
    def decision(self) -> str:
        """The decision. Raises Refused where it is none that can be taken of many."""
        name = (self.decide.data or "").partition(":")[0]
        if name not in BULK:
            raise Refused(N_("请选择要做的决定"))
        return name

    @property
    def key(self) -> str:
        return (self.decide.data or "").partition(":")[2]

    def ids(self) -> list[int]:
        """The chosen submissions, each once. Raises Refused where there are none."""
        chosen = list(dict.fromkeys(int(value) for value in self.id.data or [] if is_key(value)))
        if not chosen:
            raise Refused(N_("请先勾选要一起处理的"))
        return chosen[:MOST_AT_ONCE]

    def items(self) -> dict[int, int]:
        """{id: version} of what was shown before it is done."""
        pairs = [str(value).partition(":") for value in self.item.data or []]
        shown = {int(key): int(version) for key, _colon, version in pairs if is_key(key) and is_key(version)}
        if not shown:
            raise Refused(N_("请先勾选要一起处理的"))
        return dict(list(shown.items())[:MOST_AT_ONCE])

    def has(self, name: str, submission_id: int) -> bool:
        """Whether the box `name` of this submission is ticked."""
        return str(submission_id) in (self[name].data or [])


class PatrolForm(Form):
    """Hide something public for a reason, or show it again."""

    decide = wtforms.StringField()
    seen = wtforms.HiddenField()
    code = wtforms.SelectField(N_("原因"), choices=[("", N_("请选择")), *REASONS], validate_choice=False)
    note = _words(N_("说明"))

    @property
    def decision(self) -> str:
        """The step, `hide` or `restore`. Raises Refused for anything else."""
        if self.decide.data not in ("hide", "restore"):
            raise Refused(N_("请选择一个决定"))
        return str(self.decide.data)

    def answers(self) -> dict[str, Any]:
        note, once = self.note.data or "", self.once.data
        seen = int(self.seen.data) if is_key(self.seen.data) else 0
        if self.decision == "restore":
            return {"note": note, "once": once, "seen": seen}
        return {"code": self.code.data or "", "note": note, "once": once, "seen": seen}
