"""One form a step of a supervision thread, found by the step's name (`forms.step_form`)."""

from datetime import date, datetime
from typing import Any

import wtforms

from forms import StepForm
from forms.fields import (
    CHOSEN,
    REQUIRED,
    at_most,
    files,
    judged_by,
    lines,
    moment_field,
    note_field,
    photos_field,
    reason_field,
    to_utc,
)
from forms.supervision_author import ReopenForm as ReopenForm
from forms.supervision_author import SatisfiedForm as SatisfiedForm
from hall import archive, clock, moderation, photos, settings, supervision, supervision_queue, telling
from hall.promise import OFFICE_CLOSES, Calendar
from hall.supervision_flow import TEXT_MOST, body
from hall.supervision_work import LONGEST_EXTENSION, MEASURES_MOST
from hall.words import N_, Refused
from models import TALK_METHODS, Department, Person, Reply, ReplyTemplate, Thread

PLEASE = ("", N_("请选择"))
PROMISE_SHOWN = 30  # characters of the reply that promised it


def department_choices() -> dict[str, list[tuple[str, str]]]:
    """The departments for a select box, those first in which somebody would find the thread."""
    staffed = supervision_queue.staffed()
    named = [(each.code, each.name) for each in archive.without(Department.select()).order_by(Department.id)]
    groups = {
        "": [PLEASE],
        N_("有经办人"): [each for each in named if each[0] in staffed],
        N_("还没有经办人"): [each for each in named if each[0] not in staffed],
    }
    return {label: choices for label, choices in groups.items() if choices}


def department_of(code: str | None, field: str) -> Department:
    """The chosen department. Raises Refused where there is none."""
    found: Department | None = archive.without(Department.select()).where(Department.code == (code or "")).first()
    if found is None:
        raise Refused(N_("请选择部门"), field=field)
    return found


def department_field(label: str, required: bool = True, description: str = "") -> wtforms.SelectField:
    return wtforms.SelectField(label, [CHOSEN] if required else [], validate_choice=False, description=description)


class _Question(StepForm):
    """A step form that knows whether it is asked for the first time, and begins with what is known then."""

    def begin(self, **known: Any) -> None:
        if self.once.raw_data is None:
            for name, value in known.items():
                self._fields[name].data = value


class ForwardForm(_Question):
    department = department_field(N_("责任部门"))
    assisting = wtforms.SelectMultipleField(
        N_("协办部门"),
        validate_choice=False,
        description=N_("可以不选；协办部门能看到帖子、记录沟通，由责任部门答复"),
        option_widget=wtforms.widgets.CheckboxInput(),
        widget=wtforms.widgets.ListWidget(prefix_label=False),
    )
    note = note_field(N_("给部门的话（可不填）"))

    def prepare(self) -> None:
        thread: Thread = self.subject
        self.department.choices = department_choices()
        self.assisting.choices = [
            choice for choices in self.department.choices.values() for choice in choices if choice[0]
        ]
        self.begin(department=thread.department.code if thread.department is not None else "")

    def answers(self) -> dict[str, Any]:
        helping = [department_of(code, "assisting") for code in self.assisting.data or []]
        department = department_of(self.department.data, "department")
        return {**super().answers(), "department": department, "assisting": helping}


class ReturnThreadForm(_Question):
    ground = reason_field(N_("理由"), N_("为什么不归本部门，例如“食堂门口的路面由物业服务中心负责”"))
    suggested = department_field(N_("建议的部门"), required=False, description=N_("不确定可以不选，由审核员决定"))

    def prepare(self) -> None:
        own = self.subject.department_id and self.subject.department.code
        self.suggested.choices = {
            label: [choice for choice in choices if choice[0] != own] for label, choices in department_choices().items()
        }

    def answers(self) -> dict[str, Any]:
        suggested = department_of(self.suggested.data, "suggested") if self.suggested.data else None
        return {**super().answers(), "suggested": suggested}


class ExtendForm(_Question):
    until = wtforms.DateField(N_("新的答复日期"), [REQUIRED])
    reason = reason_field(N_("理由"), N_("作者会看到，请写清楚还需要做什么"))
    approver = wtforms.SelectField(N_("批准人"), [CHOSEN], validate_choice=False)

    def prepare(self) -> None:
        leaders = [each for each in telling.holders("supervision.approve") if each.id != self.person.id]
        self.approver.choices = [PLEASE, *((each.number, f"{each.name} {each.number}") for each in leaders)]
        due, calendar = self.subject.due or clock.now(), Calendar()
        terms = (1, LONGEST_EXTENSION, settings.value("supervision.answer_days"))
        first, last, usual = (_day(calendar.working_days(due, days)) for days in terms)
        self.until.render_kw = {"min": first.isoformat(), "max": last.isoformat()}
        self.begin(until=usual, approver=leaders[0].number if len(leaders) == 1 else "")

    def answers(self) -> dict[str, Any]:
        if not Calendar().is_working_day(self.until.data):
            raise Refused(N_("这一天不上班，请选择工作日"), field="until")
        approver = Person.get_or_none(Person.number == (self.approver.data or ""))
        if approver is None:
            raise Refused(N_("请选择能批准延期的领导"), field="approver")
        until = clock.utc(datetime.combine(self.until.data, OFFICE_CLOSES))
        return {**super().answers(), "until": until, "approver": approver}


class AssignForm(_Question):
    handler = wtforms.SelectField(N_("交给"), [CHOSEN], validate_choice=False)
    note = note_field(N_("说明（可不填）"))

    def prepare(self) -> None:
        colleagues = telling.holders("supervision.handle", self.subject)
        others = [each for each in colleagues if each.id != self.subject.handler_id]
        self.handler.choices = [PLEASE, *((each.number, f"{each.name} {each.number}") for each in others)]
        self.begin(handler=others[0].number if len(others) == 1 else "")

    def answers(self) -> dict[str, Any]:
        handler = Person.get_or_none(Person.number == (self.handler.data or ""))
        if handler is None:
            raise Refused(N_("请选择本部门的经办人"), field="handler")
        return {**super().answers(), "handler": handler}


class TalkForm(_Question):
    method = wtforms.RadioField(N_("方式"), [CHOSEN], choices=TALK_METHODS, default="phone")
    at = moment_field(N_("时间"), required=True)
    summary = reason_field(N_("谈了什么"), N_("作者和办理的部门会看到，不公开"), most=500)

    def prepare(self) -> None:
        self.begin(at=clock.local(clock.now()))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "at": to_utc(self.at.data)}


class ReplyForm(_Question):
    """`template` is no answer but a way to begin, by script or by asking again; `sent_back` is what is to be mended."""

    told = ("template",)

    template = wtforms.SelectField(N_("套用模板"), validate_choice=False)
    text = wtforms.TextAreaField(
        N_("答复"),
        [REQUIRED, judged_by(body)],
        filters=[lines],
        description=N_("审核员看过后以部门的名义公开；请直接回答作者的问题"),
        render_kw={"rows": 8, "maxlength": TEXT_MOST},
    )
    measures = wtforms.TextAreaField(
        N_("措施（可不填）"),
        [at_most(MEASURES_MOST)],
        filters=[lines],
        description=N_("已经做了什么、还要做什么"),
        render_kw={"rows": 4, "maxlength": MEASURES_MOST},
    )
    promised = wtforms.DateField(
        N_("承诺完成日期（可不填）"),
        [wtforms.validators.Optional()],
        description=N_("公开显示；过了这一天没有完成会标为“承诺逾期”"),
    )
    kept = wtforms.SelectMultipleField(N_("上次的照片"), validate_choice=False)
    photos = photos_field()

    def prepare(self) -> None:
        thread: Thread = self.subject
        own = ReplyTemplate.department.is_null() | (ReplyTemplate.department == thread.department_id)
        self.templates = list(archive.without(ReplyTemplate.select()).where(own).order_by(ReplyTemplate.name))
        self.template.choices = [PLEASE, *((str(each.id), each.name) for each in self.templates)]
        self.promised.render_kw = {"min": clock.today().isoformat()}
        self.sent_back = supervision.last_sent_back(thread)
        self.reason = moderation.latest_decision(self.sent_back) if self.sent_back is not None else None
        template = next((each for each in self.templates if str(each.id) == self.template.data), None)
        if template is not None:
            self.begin(text=template.text, measures=template.measures)
        elif self.sent_back is not None:
            before: Reply = self.sent_back
            promised = date.fromisoformat(before.promised) if before.promised else None
            self.begin(text=before.text, measures=before.measures, promised=promised)
        self.kept.choices = [(name, name) for name in (self.sent_back.photos if self.sent_back is not None else [])]
        self.begin(kept=[name for name, _label in self.kept.choices])

    def answers(self) -> dict[str, Any]:
        answers = super().answers()
        del answers["template"]
        return {**answers, "photos": photos.prepare(files(self.photos.data), by=self.person)}


class UrgeForm(_Question):
    note = note_field(N_("给部门的话（可不填）"))


class MergeForm(_Question):
    told = ("main",)

    main = wtforms.StringField(
        N_("主帖编号"), [REQUIRED, at_most(20)], description=N_("说同一件事的另一个帖子，例如 JD2611220007")
    )

    def answers(self) -> dict[str, Any]:
        main = supervision.by_number(self.person, (self.main.data or "").strip().upper())
        if main is None:
            raise Refused(N_("没有找到这个帖子，请核对编号"), field="main")
        return {**super().answers(), "main": main}


class KeepPromiseForm(_Question):
    reply = wtforms.RadioField(N_("哪一项承诺"), [CHOSEN], validate_choice=False)
    kept = wtforms.DateField(N_("实际完成日期"), [REQUIRED], description=N_("公开显示"))

    def prepare(self) -> None:
        self.open = {str(each.id): each for each in supervision.open_promises(self.subject)}
        self.reply.choices = [
            (key, f"{each.promised} · {each.text[:PROMISE_SHOWN]}") for key, each in self.open.items()
        ]
        self.kept.render_kw = {"max": clock.today().isoformat()}
        self.begin(kept=clock.today(), reply=next(iter(self.open), None))

    def answers(self) -> dict[str, Any]:
        if self.reply.data not in self.open:
            raise Refused(N_("请选择一项还没有完成的承诺"), field="reply")
        return {**super().answers(), "reply": self.open[self.reply.data]}


def _day(moment: datetime) -> date:
    return clock.local(moment).date()
