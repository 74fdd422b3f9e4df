"""The questions of a rule "when … then …": one for every condition that its flow knows, all of them optional."""

from collections.abc import Callable, Iterator
from datetime import time
from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from forms.fields import CHOSEN, REQUIRED, at_most
from hall import access, rule_conditions, rules
from hall.rule_conditions import YES_NO, Condition, Field
from hall.words import N_, Refused
from models import RULE_ACTIONS, DutyContact, Person, Rule

ANY = ("", N_("不限"))
OPTIONAL = validators.Optional()
# Who can be told by role: those that work in the panel. A role with a scope is told of what lies in its scope.
TELLABLE = [(name, role.label) for name, role in access.ROLES.items() if "panel.enter" in role.may]


def between(least: int, most: int) -> Callable[[wtforms.Form, wtforms.Field], None]:
    """A validator of whole numbers from `least` to `most`."""

    def check(form: wtforms.Form, field: wtforms.Field) -> None:
        if field.data is not None and not least <= field.data <= most:
            refused = Refused(N_("请填写 %(least)s 到 %(most)s 之间的整数"), least=least, most=most)
            raise validators.ValidationError(refused) from refused

    return check


class RuleForm(Form):
    """A rule of one flow. `class_for(flow)` adds its steps and conditions, named `c_<field>`."""

    flow = ""
    name = wtforms.StringField(
        N_("名称"), [REQUIRED, at_most(60)], description=N_("例如 晚上的紧急报修"), render_kw={"maxlength": 60}
    )
    step = wtforms.SelectField(N_("什么时候"), validate_choice=True)
    does = wtforms.RadioField(N_("做什么"), [CHOSEN], choices=RULE_ACTIONS, default="tell")
    mark = wtforms.StringField(
        N_("标记"),
        [OPTIONAL, at_most(20)],
        description=N_("选“打标记”时填写，例如 重复报修"),
        render_kw={"maxlength": 20},
    )
    mark_en = wtforms.StringField(N_("标记的英文"), [OPTIONAL, at_most(40)], render_kw={"maxlength": 40})
    roles = wtforms.SelectMultipleField(
        N_("通知谁"), choices=TELLABLE, description=N_("有范围的角色只通知管这一件的人，例如这个维修组的组长")
    )
    duties = wtforms.SelectMultipleField(N_("值班联系人"), description=N_("在“值班联系人”里添加"))
    people = wtforms.StringField(
        N_("还通知"), [OPTIONAL, at_most(100)], description=N_("工号，几个人用空格分开"), render_kw={"maxlength": 100}
    )
    text = wtforms.StringField(
        N_("通知的话"),
        [OPTIONAL, at_most(120)],
        description=N_("单号会自动加在后面；不填就用规则的名称"),
        render_kw={"maxlength": 120},
    )
    text_en = wtforms.StringField(N_("通知的话（英文）"), [OPTIONAL, at_most(160)], render_kw={"maxlength": 160})
    mode = wtforms.RadioField(N_("状态"), [CHOSEN], choices=rules.MODES, default="on")
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, rule: Rule, **kwargs: Any) -> None:
        super().__init__(formdata, data=_shown(rule) if formdata is None else None, **kwargs)
        self.rule = rule
        steps = rules.steps_of(self.flow).values()
        self.step.choices = [("", N_("任何一步")), *((step.name, step.label) for step in steps)]
        self.duties.choices = [(str(row.id), row.name) for row in DutyContact.select().order_by(DutyContact.name)]
        if self.flow != "repair":
            self.does.choices = [pair for pair in RULE_ACTIONS if pair[0] != "urgent"]
        for each in rule_conditions.FIELDS[self.flow]:
            self._offer(each)
        if not self.seen.data:
            self.seen.data = str(rule.version)

    def _offer(self, each: Field) -> None:
        asked = self._fields.get(f"c_{each.name}")
        if asked is not None and each.kind == "choice":
            asked.choices = [ANY, *each.choices()] if each.many else each.choices()

    def asked(self) -> Iterator[tuple[Field, list[wtforms.Field]]]:
        """The conditions with the fields that ask for each, in their order."""
        for each in rule_conditions.FIELDS[self.flow]:
            names = (f"c_{each.name}", f"c_{each.name}_from", f"c_{each.name}_until", f"c_{each.name}_days")
            yield each, [self._fields[name] for name in names if name in self._fields]

    def conditions(self) -> list[Condition]:
        """What was asked for, as a rule keeps it. Raises Refused where half of a condition is missing."""
        return [found for each, fields in self.asked() if (found := _condition(each, fields))]

    def audience(self) -> list[str]:
        """Whom to tell, as a rule keeps it. Raises Refused(field="people") for a number that nobody has."""
        told = [f"role:{name}" for name in self.roles.data or []] + [f"duty:{key}" for key in self.duties.data or []]
        for number in (self.people.data or "").split():
            person = Person.get_or_none(Person.number == number)
            if person is None or not access.may(person, "panel.enter"):
                raise Refused(N_("“%(number)s”不是能进管理后台的人"), field="people", number=number)
            told.append(f"person:{person.id}")
        return told

    def draft(self) -> Rule:
        """The rule as it was filled in, not saved. Raises Refused."""
        params = {name: self._fields[name].data or "" for name in ("text", "text_en", "mark", "mark_en")}
        params |= {"audience": self.audience(), "dry": self.mode.data == "dry"}
        said = {"name": self.name.data, "step": self.step.data, "action": self.does.data, "params": params}
        row = Rule(flow=self.flow, conditions=self.conditions(), is_on=self.mode.data != "off", **said)
        row.id = self.rule.id
        return row


def class_for(flow: str) -> type[RuleForm]:
    """The form of a rule about `flow`, one of rule_conditions.FIELDS."""
    asked = {name: question for each in rule_conditions.FIELDS[flow] for name, question in _questions(each)}
    return type("RuleForm", (RuleForm,), {"flow": flow, **asked})


def _questions(each: Field) -> Iterator[tuple[str, Any]]:
    name = f"c_{each.name}"
    match each.kind:
        case "choice" if each.many:
            yield name, wtforms.SelectField(each.label, [OPTIONAL])
        case "choice":
            yield name, wtforms.SelectMultipleField(each.label)
        case "yes_no":
            yield name, wtforms.SelectField(each.label, [OPTIONAL], choices=[ANY, *YES_NO])
        case "words":
            help = N_("含有其中一个就算，用空格分开")
            yield name, wtforms.StringField(each.label, [OPTIONAL, at_most(60)], description=help)
        case "times":
            yield f"{name}_from", wtforms.TimeField(N_("从几点"), [OPTIONAL])
            yield (
                f"{name}_until",
                wtforms.TimeField(N_("到几点"), [OPTIONAL], description=N_("可以过半夜，例如 18:00 到 08:00")),
            )
        case "repeats":
            least = between(2, 50)
            days = between(1, 365)
            yield name, wtforms.IntegerField(N_("同一房间同一项目的第几张"), [OPTIONAL, least])
            yield f"{name}_days", wtforms.IntegerField(N_("多少天以内"), [OPTIONAL, days])
        case "number":
            label = N_("%(label)s不超过（%(unit)s）") if each.compare == "at_most" else N_("%(label)s至少（%(unit)s）")
            bounds = between(0, 1_000_000)
            question = wtforms.IntegerField((label, {"label": each.label, "unit": each.unit}), [OPTIONAL, bounds])
            yield name, question


def _condition(each: Field, fields: list[wtforms.Field]) -> Condition | None:
    values = [field.data for field in fields]
    if all(value in (None, "", []) for value in values):
        return None
    if each.kind in ("times", "repeats"):
        missing = next((field for field in fields if field.data in (None, "")), None)
        if missing is not None:
            raise Refused(N_("这两项要一起填写"), field=missing.name)
    match each.kind:
        case "times":
            if values[0] == values[1]:
                raise Refused(N_("开始和结束不能相同"), field=fields[1].name)
            return {"field": each.name, "is": "within", "value": [f"{value:%H:%M}" for value in values]}
        case "repeats":
            return {"field": each.name, "is": "at_least", "value": values[0], "days": values[1]}
        case "number":
            return {"field": each.name, "is": each.compare, "value": values[0]}
        case "yes_no":
            return {"field": each.name, "is": "is", "value": values[0]}
        case "words":
            return {"field": each.name, "is": "in", "value": values[0].split()}
    return {"field": each.name, "is": "in", "value": [values[0]] if each.many else values[0]}


def _shown(rule: Rule) -> dict[str, Any]:
    """The answers that a rule stands for."""
    told = [each.partition(":")[::2] for each in rule.params.get("audience", [])]
    ids = [int(what) for kind, what in told if kind == "person"]
    people = Person.select(Person.number).where(Person.id.in_(ids)) if ids else []
    answers: dict[str, Any] = {
        **{name: rule.params.get(name, "") for name in ("text", "text_en", "mark", "mark_en")},
        "name": rule.name, "step": rule.step, "does": rule.action or "tell", "mode": rules.mode_of(rule),
        "roles": [what for kind, what in told if kind == "role"],
        "duties": [what for kind, what in told if kind == "duty"],
        "people": " ".join(person.number for person in people),
    }  # fmt: skip
    known = rule_conditions.fields_of(rule.flow)
    for each in rule.conditions:
        if each["field"] in known:
            answers |= _answers(known[each["field"]], each)
    return answers


def _answers(asked: Field, said: Condition) -> dict[str, Any]:
    name, value = f"c_{asked.name}", said["value"]
    match asked.kind:
        case "times":
            begins, ends = (time.fromisoformat(each) for each in value)
            return {f"{name}_from": begins, f"{name}_until": ends}
        case "repeats":
            return {name: value, f"{name}_days": said["days"]}
        case "words":
            return {name: " ".join(value)}
        case "choice" if asked.many:
            return {name: value[0]}
    return {name: value}
