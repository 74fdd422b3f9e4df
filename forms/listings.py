"""One form a step of a listing, found by the step's name (`forms.step_form`)."""

from typing import Any

import wtforms
from peewee import fn

from forms import StepForm
from forms.fields import CHOSEN, note_field
from forms.market import in_yuan, price, price_field
from hall import market
from hall.words import N_, Refused
from models import Conversation, Message


class ChangePriceForm(StepForm):
    price_fen = price_field(N_("新的价格（元）"), N_("填 0 表示免费送；改过的价格大家都看得到"))

    def prepare(self) -> None:
        if self.once.raw_data is None:
            self.price_fen.data = in_yuan(self.subject.price_fen)

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "price_fen": price(self.price_fen.data or "")}


class ReserveForm(StepForm):
    """Whom it is kept for: one of those who wrote, known by what they said last."""

    told = ("buyer",)

    buyer = wtforms.RadioField(N_("留给谁"), [CHOSEN], validate_choice=False)

    def prepare(self) -> None:
        self.talks: dict[str, Conversation] = {str(talk.id): talk for talk in market.interested(self.subject)}
        self.said = said_last(list(self.talks.values()))
        self.buyer.choices = [(key, "") for key in self.talks]
        if self.once.raw_data is None and len(self.talks) == 1:
            self.buyer.data = next(iter(self.talks))

    def answers(self) -> dict[str, Any]:
        talk = self.talks.get(self.buyer.data or "")
        if talk is None:
            raise Refused(N_("请选择一位和您对话过的人"), field="buyer")
        return {**super().answers(), "buyer": talk.starter}


def said_last(talks: list[Conversation]) -> dict[int, Message]:
    """What those who ask said last, by conversation; one query."""
    if not talks:
        return {}
    newest = Message.select(fn.MAX(Message.id)).join(Conversation)
    newest = newest.where(Message.conversation.in_([talk.id for talk in talks]), Message.author == Conversation.starter)
    rows = Message.select().where(Message.id.in_(newest.group_by(Message.conversation)))
    return {row.conversation_id: row for row in rows}


class ReleaseForm(StepForm):
    reason = note_field(N_("为什么取消（可不填，对方会看到）"))

    def answers(self) -> dict[str, Any]:
        return {**super().answers(), "reason": self.reason.data or ""}
