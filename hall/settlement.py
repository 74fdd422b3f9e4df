"""The lines of a 决算 and their exact totals: quantities are decimals of two places, money is whole 分."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from peewee import fn

from hall.words import N_, Refused
from models import LINE_KINDS, PriceBookEntry, RepairOrder, SettlementLine, tuples

MOST_LINES = 50
MOST_FEN = 100_000_000  # a million yuan: no repair of a tap costs more, a slipped key does
_CENT = Decimal("0.01")
_USED = re.compile(r"(?P<name>.+?)(?:\s+(?P<amount>[-+]?\d[\d.]*)\s*(?P<unit>\D*))?")


@dataclass(frozen=True)
class Line:
    """One line as it is entered: `quantity` with two places, `price_fen` for one unit."""

    kind: str
    name: str
    quantity: Decimal
    price_fen: int
    unit: str = ""
    entry: PriceBookEntry | None = None

    @property
    def amount_fen(self) -> int:
        return int((self.quantity * self.price_fen).quantize(Decimal(1), ROUND_HALF_UP))


def number(text: str | Decimal, field: str) -> Decimal:
    """A typed number as a Decimal of at most two places. Refuses `nan`, `1e400` and the like."""
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation as error:
        raise Refused(N_("请填写数字，例如 1.5"), field=field) from error
    if not value.is_finite() or abs(value) >= Decimal(10) ** 8 or value != value.quantize(_CENT):
        raise Refused(N_("请填写不超过两位小数的数字，例如 1.5"), field=field)
    return value.quantize(_CENT)


def fen(text: str | Decimal, field: str = "price") -> int:
    """A typed price in yuan as whole 分. Raises Refused."""
    value = number(text, field)
    if value < 0:
        raise Refused(N_("金额不能小于 0"), field=field)
    return int(value * 100)


def check(lines: Iterable[Line]) -> list[Line]:
    """The lines as they may be kept. Raises Refused(field="lines") where one makes no sense."""
    checked = list(lines)
    if len(checked) > MOST_LINES:
        raise Refused(N_("一张决算最多 %(most)s 行"), field="lines", most=MOST_LINES)
    for position, line in enumerate(checked, 1):
        if line.kind not in dict(LINE_KINDS) or not line.name.strip() or len(line.name) > 60:
            raise Refused(N_("第 %(row)s 行请填写类别和 60 字以内的名称"), field="lines", row=position)
        if line.quantity <= 0 or line.price_fen < 0:
            raise Refused(N_("第 %(row)s 行的数量应大于 0，单价不能小于 0"), field="lines", row=position)
        if line.amount_fen > MOST_FEN:
            raise Refused(N_("第 %(row)s 行的金额过大，请检查数量和单价"), field="lines", row=position)
    return checked


def write(order: RepairOrder, lines: Iterable[Line]) -> int:
    """Append a new round of lines to the order's ledger, inside the caller's transaction; returns the total in 分."""
    checked = check(lines)
    last = current_round(order)
    if last and not checked:
        # Without a line of its own this round would be taken for the one before it.
        checked = [Line("labour", N_("本次无费用"), Decimal(1), 0)]
    for line in checked:
        SettlementLine.create(
            order=order,
            round=last + 1,
            kind=line.kind,
            entry=line.entry,
            name=line.name.strip(),
            unit=line.unit,
            quantity=line.quantity,
            price_fen=line.price_fen,
            amount_fen=line.amount_fen,
        )
    return sum(line.amount_fen for line in checked)


def current_round(order: RepairOrder) -> int:
    """The number of the latest round of lines; 0 where there is none."""
    newest = SettlementLine.select(SettlementLine.round).where(SettlementLine.order == order.id)
    row = newest.order_by(SettlementLine.id.desc()).tuples().first()
    return row[0] if row else 0


def lines_of(order: RepairOrder) -> list[SettlementLine]:
    """The lines that stand now: those of the latest round."""
    lines = SettlementLine.select().where(SettlementLine.order == order.id).order_by(SettlementLine.id)
    every = list(lines)
    return [line for line in every if line.round == every[-1].round]


def totals_fen(orders: Iterable[RepairOrder]) -> dict[int, int]:
    """What each order costs, in 分, by its id, in one query: the sum of the lines of its latest round."""
    totals = {order.id: 0 for order in orders}
    sums = SettlementLine.select(SettlementLine.order, fn.SUM(SettlementLine.amount_fen))
    rounds = sums.where(SettlementLine.order.in_(list(totals))).group_by(SettlementLine.order, SettlementLine.round)
    for order_id, fen in tuples(rounds.order_by(SettlementLine.round)) if totals else []:
        totals[order_id] = int(fen)
    return totals


def parse_materials(text: str) -> list[dict[str, str]]:
    """What a worker used, one a line (`阀芯 2 个`), as [{name, quantity, unit}]; quantity is a decimal in text.

    A line without an amount is one. Raises Refused(field="materials").
    """
    used = []
    for row in unicodedata.normalize("NFKC", text).splitlines():
        if not row.strip():
            continue
        # The amount stands last, so that a size may stand in the name: `阀芯 DN15 2个`.
        found = _USED.fullmatch(row.strip())
        name, amount, unit = found.group("name", "amount", "unit") if found else (row.strip(), "", "")
        quantity = number(amount or "1", "materials")
        if quantity <= 0:
            raise Refused(N_("用料数量应大于 0"), field="materials")
        used.append({"name": name[:60], "quantity": str(quantity), "unit": (unit or "").strip()[:10]})
    if len(used) > MOST_LINES:
        raise Refused(N_("用料最多 %(most)s 行"), field="materials", most=MOST_LINES)
    return used
