"""What people bring to the supervision board: a post, a follow-up, a report of what should not be there."""

from collections.abc import Mapping
from typing import Any

import wtforms
from wtforms import validators

from forms import Form, StepForm
from forms.fields import CHOSEN, REQUIRED, files, judged_by, lines, note_field, photos_field
from forms.questions import Asks
from hall import access, accounts, clock, photos, questions, repairs, supervision_flow, supervision_post
from hall.words import N_, Refused
from models import (
    REASONS,
    SHOWN_AS,
    THREAD_KINDS,
    Department,
    MaintenanceGroup,
    Person,
    Question,
    RepairOrder,
    Thread,
)

RECENT_ORDERS = 20
SAY = N_("什么时候、在哪里、发生了什么、希望怎么解决。请不要写别人的姓名、电话、学号")


class PostForm(Asks):
    """我要发帖. `person` sits at the form, None before the sign-in; `named` is the order that the address names."""

    chooses = True

    kind = wtforms.RadioField(N_("类别"), [CHOSEN], choices=THREAD_KINDS)
    order = wtforms.SelectField(N_("相关的报修单"), validate_choice=False)
    praised_group = wtforms.SelectField(
        N_("表扬哪个班组"), validate_choice=False, description=N_("没有相关的报修单时可以选")
    )
    title = wtforms.StringField(
        N_("标题"),
        [REQUIRED, judged_by(supervision_flow.title)],
        description=N_("一句话说清是什么事，例如“二食堂晚上的汤是凉的”"),
        render_kw={"maxlength": supervision_flow.TITLE_MOST, "autocomplete": "off"},
    )
    text = wtforms.TextAreaField(
        N_("正文"),
        [REQUIRED, judged_by(supervision_flow.body)],
        filters=[lines],
        description=SAY,
        render_kw={"rows": 6, "maxlength": supervision_flow.TEXT_MOST},
    )
    photos = photos_field()
    department = wtforms.SelectField(
        N_("希望哪个部门回复"), validate_choice=False, description=N_("不知道就不选，审核员会转给负责的部门")
    )
    shown_as = wtforms.RadioField(N_("大家看到的署名"), [CHOSEN], choices=SHOWN_AS, default="role")
    phone = wtforms.StringField(
        N_("联系电话（可不填）"),
        [validators.Optional(), judged_by(accounts.clean_phone)],
        description=N_("办理部门可能打这个电话了解情况，不会公开"),
        render_kw={"inputmode": "tel", "autocomplete": "tel", "maxlength": 20},
    )

    def __init__(
        self, formdata: Any = None, *, person: Person | None = None, named: RepairOrder | None = None, **kwargs: Any
    ) -> None:
        self.person = person
        super().__init__(formdata, **kwargs)
        self.order.choices = [("", N_("不关联报修单")), *_orders(person, named)]
        self.praised_group.choices = [("", N_("不指定")), *_named(MaintenanceGroup)]
        self.department.choices = [("", N_("不知道，请审核员判断")), *_named(Department)]

    def to_ask(self, typed: Mapping[str, str]) -> list[Question]:
        return questions.offered("thread", typed.get("kind", "")[:40])

    def answers(self) -> dict[str, Any]:
        return {
            **super().answers(),
            "order": self._order(),
            "praised_group": _chosen(MaintenanceGroup, self.praised_group),
            "department": _chosen(Department, self.department),
            "photos": photos.prepare(files(self.photos.data), by=self.person),
        }

    def _order(self) -> RepairOrder | None:
        if not self.order.data:
            return None
        order = own_order(self.person, self.order.data)
        if order is None:
            raise Refused(N_("只能关联您自己的报修单"), field="order")
        return order


def own_order(person: Person | None, number: str) -> RepairOrder | None:
    """The order with `number` if `person` has reported it."""
    order = repairs.by_number(person, number.upper()) if person is not None else None
    return order if order is not None and person is not None and order.reporter_id == person.id else None


def _orders(person: Person | None, named: RepairOrder | None) -> list[tuple[str, str]]:
    if person is None:
        return []
    mine = access.visible(person, RepairOrder).where(RepairOrder.reporter == person.id)
    newest = repairs.joined(mine).order_by(RepairOrder.created.desc(), RepairOrder.id.desc())
    recent: list[Any] = list(newest.limit(RECENT_ORDERS))
    if named is not None and named.id not in {order.id for order in recent}:
        recent.insert(0, named)
    return [(order.number, _said(order)) for order in recent]


def _said(order: RepairOrder) -> str:
    return f"{clock.local(order.created):%m-%d} {order.item.name} · {order.place}（{order.number}）"


def _named(model: Any) -> list[tuple[str, str]]:
    return [(row.code, row.name) for row in model.select(model.code, model.name).order_by(model.id)]


def _chosen(model: Any, field: wtforms.Field) -> Any:
    if not field.data:
        return None
    row = model.get_or_none(model.code == field.data[:20])
    if row is None:
        raise Refused(N_("请从列出的选项中选择"), field=field.name)
    return row


class CommentForm(Form):
    """跟帖 below `thread`. `person` sits at the form, None before the sign-in.

    The author of the thread is shown below it as above it, and is not asked.
    """

    text = wtforms.TextAreaField(
        N_("内容"),
        [REQUIRED, judged_by(lambda typed: supervision_post.clean_comment({"text": typed}, None))],
        filters=[lines],
        description=N_("您遇到的情况、补充的事实或建议。请不要写别人的姓名、电话、学号"),
        render_kw={"rows": 3, "maxlength": supervision_flow.COMMENT_MOST},
    )
    photos = photos_field()
    shown_as = wtforms.RadioField(N_("大家看到的署名"), [CHOSEN], choices=SHOWN_AS[:2], default="role")

    def __init__(
        self, formdata: Any = None, *, person: Person | None = None, thread: Thread | None = None, **kwargs: Any
    ) -> None:
        self.person, self.wish = person, ""
        super().__init__(formdata, **kwargs)
        if person is not None and thread is not None and thread.author_id == person.id:
            self.wish = "name" if thread.shown_as == "name" else "role"
            del self.shown_as

    def answers(self) -> dict[str, Any]:
        answers = {**super().answers(), "photos": photos.prepare(files(self.photos.data), by=self.person)}
        return answers | ({"shown_as": self.wish} if self.wish else {})


class ReportForm(StepForm):
    """举报 of anything public."""

    code = wtforms.RadioField(N_("有什么问题"), [CHOSEN], choices=REASONS)
    note = note_field(N_("说明（可不填）"))
