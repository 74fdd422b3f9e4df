"""The question of 决算: lines of labour, material and price book, and who pays."""

from typing import Any

import wtforms

from forms import Part, StepForm
from forms.fields import CHOSEN, at_most
from hall import archive
from hall.settlement import Line, fen, number
from hall.words import N_, Refused
from models import LINE_KINDS, PAYERS, PriceBookEntry, RepairOrder

EMPTY_LINES = 3


class LineForm(Part):
    """One line of a settlement; a line without a name is left out."""

    kind = wtforms.SelectField(N_("类别"), choices=LINE_KINDS, default="material")
    name = wtforms.StringField(N_("名称"), [at_most(60)])
    quantity = wtforms.StringField(N_("数量"), render_kw={"inputmode": "decimal"})
    unit = wtforms.StringField(N_("单位"), [at_most(10)])
    price = wtforms.StringField(N_("单价（元）"), render_kw={"inputmode": "decimal"})


class SettleForm(StepForm):
    lines = wtforms.FieldList(wtforms.FormField(LineForm), label=N_("明细"), max_entries=50)
    payer = wtforms.RadioField(N_("由谁承担"), [CHOSEN], choices=PAYERS, default="university")

    def prepare(self) -> None:
        if len(self.lines):
            return
        for line in self._suggested():
            self.lines.append_entry(line)
        for _ in range(EMPTY_LINES):
            self.lines.append_entry()

    def _suggested(self) -> list[dict[str, str]]:
        """What the worker wrote down, priced from the price book where it names the same thing."""
        order: RepairOrder = self.subject
        known = {entry.name: entry for entry in PriceBookEntry.select().limit(500)}
        hours = number(f"{order.labour_minutes / 60:.2f}", "lines")
        labour = known.get("维修人工")
        suggested = []
        if hours > 0:
            suggested.append(
                {"kind": "labour", "name": "维修人工", "quantity": str(hours), "unit": "小时", "price": _yuan(labour)}
            )
        for used in order.materials:
            entry = known.get(used["name"])
            suggested.append(
                {
                    "kind": "material",
                    "name": used["name"],
                    "quantity": used["quantity"],
                    "unit": used["unit"] or (entry.unit if entry else ""),
                    "price": _yuan(entry),
                }
            )
        return suggested

    @property
    def price_book(self) -> list[PriceBookEntry]:
        """The entries that the page offers for names and prices."""
        return list(archive.without(PriceBookEntry.select()).order_by(PriceBookEntry.code).limit(500))

    def answers(self) -> dict[str, Any]:
        known = {entry.name: entry for entry in PriceBookEntry.select().limit(500)}
        lines = []
        for row, entry in enumerate(self.lines, 1):
            name = (entry.form.name.data or "").strip()
            if not name:
                continue
            try:
                quantity, price = number(entry.form.quantity.data or "", "lines"), fen(entry.form.price.data or "")
            except Refused as refused:
                raise Refused(
                    N_("第 %(row)s 行：数量和单价请填写不超过两位小数的数字"), field="lines", row=row
                ) from refused
            lines.append(Line(entry.form.kind.data, name, quantity, price, entry.form.unit.data or "", known.get(name)))
        answers = super().answers()
        return {**answers, "lines": lines}


def _yuan(entry: PriceBookEntry | None) -> str:
    return f"{entry.price_fen / 100:.2f}" if entry else ""
