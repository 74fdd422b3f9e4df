"""What a role may see and do, for people to read: derived from the rules that hold, so that it cannot say otherwise."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hall import access, masks
from hall.flow import FLOWS
from hall.roles import Role
from hall.scopes import EVERY, NONE, VISIBLE
from hall.words import N_
from models import ENTITIES, Entity, Grant, Person, tuples

# What is not the step of a flow: {permission: words}.
WORDS = {
    "application.answer": N_("补充自己的申请、撤回申请"),
    "application.decide": N_("办理在线服务的申请"),
    "application.read": N_("查看在线服务的申请"),
    "application.remind": N_("提醒超时的申请"),
    "application.see_all": N_("查看所有办理组的申请"),
    "configure.edit": N_("配置问题、在线服务、规则、参数和用语"),
    "doors.print": N_("打印门牌二维码"),
    "figures.read": N_("看数据看板和月报"),
    "grants.edit": N_("授权和重置密码"),
    "market.see_all": N_("查看所有二手商品"),
    "panel.enter": N_("进入管理后台"),
    "private.show": N_("显示隐去的电话、邮箱等，每次都会记录"),
    "property.read": N_("查看失物招领"),
    "property.see_all": N_("查看所有失物招领和认领"),
    "repair.keep": N_("管理楼宇，验收公共区域的维修"),
    "repair.lead": N_("带一个维修组"),
    "repair.oversee": N_("监督报修的办理"),
    "repair.read": N_("查看报修单"),
    "repair.report_for": N_("替来电的人报修"),
    "repair.see_all": N_("查看所有报修单"),
    "repair.tasks": N_("看自己的任务"),
    "roster.import": N_("导入人员、楼宇和房间"),
    "routing.edit": N_("修改派单规则"),
    "supervision.approve": N_("批准延期"),
    "supervision.oversee": N_("监督各部门的答复"),
    "supervision.read": N_("查看监督帖"),
    "supervision.see_all": N_("查看所有监督帖"),
    "views.share": N_("共享列表视图"),
    "website.edit": N_("编辑网站"),
    "words.edit": N_("维护敏感词"),
}
ALL, PART, SCOPED, OWN, NOTHING = (
    N_("全部"),
    N_("一部分，看记录的状态和归属"),
    N_("授权范围内的，以及与自己有关的"),
    N_("只有与自己有关的"),
    N_("没有"),
)
# Some code of a scope, which no row has.
SOME = "-"


@dataclass(frozen=True)
class Right:
    """What a role may do with one entity in the panel: which `rows`, whether it `edits` them by hand, the labels of
    the columns that are `masked`, and whether it may `show` those."""

    model: type[Entity]
    rows: str
    edits: bool
    masked: list[str]
    shows: bool


def known() -> dict[str, Role]:
    """Every role there is by its name: those that are granted, then those that follow from a row."""
    return {**access.ROLES, "everybody": access.EVERYBODY, **access.RELATIONS, "system": access.SYSTEM}


def holder(role: str) -> Person:
    """Somebody who is nobody and holds this role alone."""
    person = Person(id=0, number="", name="", kind="staff", is_closed=False)
    granted = access.ROLES.get(role)
    person.__dict__["_grants"] = [(role, SOME if granted.scope else "")] if granted else []
    return person


def rights(role: str) -> list[Right]:
    """The entities that the panel shows to a role, in the order of models.py."""
    person = holder(role)
    return [
        Right(
            model,
            rows_of(role, model),
            access.can_edit(person, model),
            [model._meta.fields[name].verbose_name for name in model.private],
            masks.SHOW in known()[role].may,
        )
        for model in ENTITIES
        if access.can_read(person, model)
    ]


def rows_of(role: str, model: type[Entity]) -> str:
    """Which rows of an entity that it reads a role sees, as a msgid."""
    if model not in VISIBLE:
        return ALL
    condition, usual = VISIBLE[model](holder(role)), VISIBLE[model](holder("everybody"))
    if condition is EVERY:
        return ALL
    if condition is NONE:
        return NOTHING
    if _sql(model, condition) == _sql(model, usual):
        return OWN
    return SCOPED if role in access.ROLES and access.ROLES[role].scope else PART


def _sql(model: type[Entity], condition: Any) -> Any:
    return model.select(model.id).where(condition).sql()


def steps(role: str) -> list[tuple[str, list[str]]]:
    """(flow, labels of its steps) that a role may take by hand."""
    may = known()[role].may
    told = []
    for flow in FLOWS.values():
        labels = [step.label for step in flow.steps.values() if step.need in may and (step.by_hand or role == "system")]
        if labels:
            told.append((flow.label, list(dict.fromkeys(labels))))
    return told


def taken_by_steps() -> set[str]:
    """The permissions that steps of flows ask for, whose labels say what they are."""
    return {step.need for flow in FLOWS.values() for step in flow.steps.values()}


def beside(role: str) -> list[str]:
    """What else a role may do, in words; a permission that is no step and has none stands by its name."""
    taken = taken_by_steps()
    return [WORDS.get(each, each) for each in sorted(known()[role].may) if each not in taken]


def granted(most: int) -> Counter[str]:
    """How many grants there are of each role, out of the first `most` of all."""
    return Counter(row[0] for row in tuples(Grant.select(Grant.role).order_by(Grant.id).limit(most)))
