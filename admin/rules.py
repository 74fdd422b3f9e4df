"""What the declaration of an entity cannot say, as data: choices that the hall knows, checks before saving,
what else may be done to a row, and where a row has a page of its own.

This is the only place for such exceptions; an entity without one needs no line here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hall import access, accounts, events, flow, front
from hall.words import N_, Refused
from models import (
    ENTITIES,
    MODERATED,
    Article,
    Attachment,
    Conversation,
    Edition,
    Entity,
    Event,
    FrontTile,
    Grant,
    ModerationRule,
    Person,
    Photo,
    Report,
    RoutingRule,
    Rule,
    SensitiveWord,
    Service,
    ServiceLink,
    Setting,
    Submission,
    Wording,
)

Choices = list[tuple[Any, str]]
# What is wrong with each of some rows of one entity, in their order.
Check = Callable[[Sequence[Any]], list[Refused | None]]


def _roles() -> Choices:
    return [(name, role.label) for name, role in access.ROLES.items()]


def _acting_roles() -> Choices:
    known = [*access.ROLES, *access.RELATIONS, "system", "everybody", "self"]
    return [(name, access.role_label(name)) for name in known]


def _subjects() -> Choices:
    return [(events.subject_type(model), model.label) for model in ENTITIES]


def _boards() -> Choices:
    return [(events.subject_type(model), model.label) for model in MODERATED]


def _states() -> Choices:
    return [pair for each in flow.FLOWS.values() for pair in each.states.items()]


# Choices that models.py cannot name, because the hall decides them: {(entity, column): function}.
CHOICES: dict[tuple[type[Entity], str], Callable[[], Choices]] = {
    (Grant, "role"): _roles,
    (Event, "subject_type"): _subjects,
    (Photo, "subject_type"): _subjects,
    (ModerationRule, "subject_type"): _boards,
    (Submission, "subject_type"): _boards,
    (Report, "subject_type"): _boards,
    (Conversation, "subject_type"): _boards,
    (Event, "actor_role"): _acting_roles,
    (Event, "source"): _states,
    (Event, "target"): _states,
}


def _each(check: Callable[[Any], None]) -> Check:
    """A check of one row that raises Refused, and asks the database nothing, as one of several."""

    def told(row: Any) -> Refused | None:
        try:
            check(row)
        except Refused as refused:
            return refused
        return None

    return lambda rows: [told(row) for row in rows]


# Asked before rows are saved by hand, of all of them at once; Refused has `field` set where one answer is wrong.
CHECKS: dict[type[Entity], Check] = {
    Grant: accounts.wrong_grants,
    ServiceLink: _each(front.check_link),
}


@dataclass(frozen=True)
class RowAction:
    """Something that can be done to one row, after the panel has asked. `act(row, by=)` gives the sentence
    that is shown once (it may hold a secret, so it never goes through a cookie) or None."""

    name: str
    label: str
    ask: str
    need: str
    act: Callable[..., str | None]
    shows: str = "%(result)s"


ROW_ACTIONS: dict[type[Entity], list[RowAction]] = {
    Person: [
        RowAction(
            "reset_password",
            N_("重置密码"),
            N_("将生成一个三天内有效的一次性密码，此人现有的登录会全部结束。"),
            "grants.edit",
            accounts.reset_password,
            N_("新的一次性密码是 %(result)s，请当面告知本人，它只显示这一次。"),
        )
    ],
}


# Where the rows of a frozen entity are changed by hand: (endpoint, words of the button).
CHANGED_AT: dict[type[Entity], tuple[str, str]] = {
    Setting: ("settings.index", N_("改时限和次数")),
    Wording: ("wording_page.index", N_("改用语")),
    FrontTile: ("tiles.index", N_("改首页排列")),
    Rule: ("automation.index", N_("改自动规则")),
    RoutingRule: ("routing.rules", N_("修改规则")),
    Service: ("builder.index", N_("修改在线服务")),
    Edition: ("builder.index", N_("修改在线服务")),
    SensitiveWord: ("words.rows", N_("修改敏感词")),
    Article: ("writing.index", N_("写通知和指南")),
    Attachment: ("writing.index", N_("写通知和指南")),
}


def choices_of(field: Any) -> Choices:
    """The choices of a column: those of the hall, else those of its declaration; [] where it has none."""
    dynamic = CHOICES.get((field.model, field.name))
    return dynamic() if dynamic else list(field.choices or [])
