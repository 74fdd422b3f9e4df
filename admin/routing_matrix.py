"""Which group serves which place and item: the matrix, a try-out, the rules, and what an edit would change.

An exception beside the generated panel: a rule is only understood by the cells that it decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.gate import Gate, is_inside, me
from forms.routing import RuleForm
from hall import access, places, routing
from hall.routing import Change, Decision, Table, fingerprint
from hall.words import N_, Refused
from models import Building, MaintenanceGroup, RepairItem, RoutingRule
from templating import translated

OPEN_TO_READERS = ("matrix", "rules")


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Routing(name=lazy_gettext("派单矩阵"), endpoint="routing", url="/admin/routing", category="settings")
    view.menu_icon_value = "diagram-3"
    return [view]


class Routing(Gate):
    """Whoever reads the rules may look; only who edits routing may change them, and sees first what it does."""

    def is_accessible(self) -> bool:
        return is_inside() and access.can_read(me(), RoutingRule)

    def allows(self, endpoint: str) -> bool:
        return endpoint in OPEN_TO_READERS or access.may(me(), "routing.edit")

    @expose("/")
    def matrix(self) -> str:
        """The group of each building and item, the holes, and the rule that decides; `?building=&item=` tries one."""
        table, buildings = Table(), places.buildings()
        shown = [building for building in buildings if _wanted(building)]
        families = _families(table)
        chosen = [each for each in families if each[0].code == request.args.get("family")] or families
        return self.render(
            "admin/routing.html",
            table=table,
            buildings=buildings,
            families=families,
            chosen=chosen,
            rows=_rows(table, shown, chosen),
            tried=_tried(table, buildings),
        )

    @expose("/rules")
    def rules(self) -> str:
        """All rules as sentences, with how many cells each decides."""
        table, buildings = Table(), places.buildings()
        by_id = {building.id: building for building in buildings}
        cells = _decided(table, buildings)
        rules = [(rule, table.reason(rule, by_id.get(rule.building_id)), cells.get(rule.id, 0)) for rule in table.rules]
        rules.sort(key=lambda row: (row[0].campus_id or 0, row[0].kind, row[0].building_id or 0, row[0].item_id or 0))
        return self.render("admin/routing_rules.html", rules=rules, holes=cells.get(None, 0))

    @expose("/rule", methods=("GET", "POST"))
    @expose("/rule/<int:rule_id>", methods=("GET", "POST"))
    def rule(self, rule_id: int | None = None) -> Any:
        """Ask for a rule, show which cells and open orders it would change, and save it when that is confirmed."""
        table, buildings = Table(), places.buildings()
        rule = _begun(table, buildings) if rule_id is None else _rule(table, rule_id)
        form = RuleForm(request.form if request.method == "POST" else None, rule=rule, table=table, buildings=buildings)
        page = {"form": form, "rule": rule, "table": table, "changes": None}
        if request.method == "GET":
            return self.render("admin/routing_rule.html", **page)
        status = 400
        if form.validate():
            try:
                draft = RoutingRule(id=rule.id, **form.answers())
                _refuse_stale(form, table, rule, buildings)
                if "confirmed" in request.form:
                    routing.save_rule(draft, by=me(), seen=form.seen.data if draft.id else None)
                    flash(_("规则已保存：%(said)s", said=_said(table, draft)), "ok")
                    return redirect(url_for(".rules", _anchor=f"rule-{draft.id}"))
                routing.check_rule(draft)
                page |= {"changes": _grouped(table, routing.preview(draft, table=table)), "said": _said(table, draft)}
                return self.render("admin/routing_preview.html", **page)
            except Refused as refused:
                form.blame(refused)
                status = 409 if refused.stale else 400
        return self.render("admin/routing_rule.html", **page), status

    @expose("/rule/<int:rule_id>/remove", methods=("GET", "POST"))
    def remove(self, rule_id: int) -> Any:
        """Show what would change without the rule, and take it away when that is confirmed."""
        rule = RoutingRule.get_or_none(RoutingRule.id == rule_id) or abort(404)
        refusal = ""
        if request.method == "POST":
            try:
                routing.remove_rule(rule, by=me(), seen=request.form.get("seen", ""))
                flash(_("规则已删除"), "ok")
                return redirect(url_for(".rules"))
            except Refused as refused:
                refusal = refused.message
        table = Table()
        page = {"said": _said(table, rule), "changes": _grouped(table, routing.preview(rule, remove=True, table=table))}
        shown = self.render("admin/routing_remove.html", **page, seen=fingerprint(rule), refusal=refusal)
        return shown, 409 if refusal else 200


# --- the matrix ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """Neighbouring items of one family that one rule decides: how many, whose, and why."""

    span: int
    decision: Decision
    items: str
    edge: bool
    style: str  # hole, named (a rule about this very building or item) or nothing


def _wanted(building: Building) -> bool:
    campus, kind = request.args.get("campus", ""), request.args.get("kind", "")
    return campus in ("", building.campus.name) and kind in ("", building.kind)


def _families(table: Table) -> list[tuple[RepairItem, list[RepairItem]]]:
    """The families of items with their leaves, without those that have none."""
    leaves: dict[int, list[RepairItem]] = {}
    for item in table.items.values():
        if item.parent_id:
            leaves.setdefault(item.parent_id, []).append(item)
    return [(table.items[family], items) for family, items in leaves.items()]


def _rows(
    table: Table, buildings: list[Building], families: list[tuple[RepairItem, list[RepairItem]]]
) -> list[tuple[str, list[tuple[Building, list[Cell]]]]]:
    """The rows of the matrix by campus and kind: [(label, [(building, cells)])]."""
    placed = groupby(buildings, key=lambda building: f"{building.campus.name} · {building.kind}")
    return [
        (label, [(b, [cell for _family, items in families for cell in _cells(table, b, items)]) for b in group])
        for label, group in placed
    ]


def _cells(table: Table, building: Building, items: list[RepairItem]) -> Iterable[Cell]:
    decided = [(item, table.decide(building, item)) for item in items]
    edge = True
    for _rule, run in groupby(decided, key=lambda pair: pair[1].rule and pair[1].rule.id):
        same = list(run)
        names = "、".join(item.name for item, _decision in same)
        yield Cell(len(same), same[0][1], names, edge, _style(table, same[0][1].rule))
        edge = False


def _style(table: Table, rule: RoutingRule | None) -> str:
    if rule is None:
        return "hole"
    return "named" if rule.building_id or (rule.item_id and table.items[rule.item_id].parent_id) else ""


def _tried(table: Table, buildings: list[Building]) -> dict[str, Any] | None:
    """What the try-out asks and its answer; None where nothing was asked."""
    code, item_code = request.args.get("building", ""), request.args.get("item", "")
    building = next((each for each in buildings if each.code == code), None)
    item = next((each for each in table.items.values() if each.code == item_code and each.parent_id), None)
    if not (building and item):
        return {"incomplete": True} if code or item_code else None
    return {"building": building, "item": item, "decision": table.decide(building, item)}


def _decided(table: Table, buildings: list[Building]) -> dict[int | None, int]:
    """How many cells each rule decides, by its id; None counts the holes."""
    counts: dict[int | None, int] = {}
    items = [item for item in table.items.values() if item.parent_id]
    for building in buildings:
        for item in items:
            rule = table.decide(building, item).rule
            counts[rule and rule.id] = counts.get(rule and rule.id, 0) + 1
    return counts


# --- one rule --------------------------------------------------------------------------------------


def _rule(table: Table, rule_id: int) -> RoutingRule:
    return next((rule for rule in table.rules if rule.id == rule_id), None) or abort(404)


def _begun(table: Table, buildings: list[Building]) -> RoutingRule:
    """A new rule, about the cell that somebody came from."""
    building = next((each for each in buildings if each.code == request.args.get("building")), None)
    item = next((each for each in table.items.values() if each.code == request.args.get("item")), None)
    return RoutingRule(building=building, item=item)


def _refuse_stale(form: RuleForm, table: Table, rule: RoutingRule, buildings: list[Building]) -> None:
    if rule.id is None or form.seen.data == fingerprint(rule):
        return
    # Who has read what it says now may save over it.
    form.seen.data = fingerprint(rule)
    by_id = {building.id: building for building in buildings}
    said = table.reason(rule, by_id.get(rule.building_id))
    raise Refused(N_("另一位管理员刚刚把这条规则改成了“%(said)s”，请核对后再保存"), stale=True, said=said)


def _said(table: Table, rule: RoutingRule) -> str:
    return table.reason(rule, rule.building if rule.building_id else None)


@dataclass(frozen=True)
class Changes:
    """What an edit changes from one group to another: how many cells and open orders, and where.

    `places` are (buildings, items, open orders): buildings that change alike stand together, and a family whose
    items all change is named as one.
    """

    before: MaintenanceGroup
    after: MaintenanceGroup
    cells: int
    orders: int
    places: list[tuple[list[str], str, int]]


def _grouped(table: Table, changes: list[Change]) -> list[Changes]:
    """Changes by the two groups, as a person checks them."""
    found: dict[tuple[int, int], list[Change]] = {}
    for change in changes:
        found.setdefault((change.before.id, change.after.id), []).append(change)
    return [
        Changes(same[0].before, same[0].after, len(same), _orders(same), _places(table, same))
        for same in found.values()
    ]


def _orders(changes: Iterable[Change]) -> int:
    return sum(change.open_orders for change in changes)


def _places(table: Table, changes: list[Change]) -> list[tuple[list[str], str, int]]:
    alike: dict[tuple[str, int], list[str]] = {}
    for _id, here in groupby(changes, key=lambda change: change.building.id):
        same = list(here)
        said = _items_said(table, {change.item.id for change in same})
        # Open orders are told with their building, so that somebody can look them up.
        alike.setdefault((said, _orders(same)), []).append(translated(same[0].building.name))
    return [(buildings, said, orders) for (said, orders), buildings in alike.items()]


def _items_said(table: Table, changed: set[int]) -> str:
    parts = []
    for family, items in _families(table):
        names = [translated(item.name) for item in items if item.id in changed]
        parts += [_("%(family)s（全部）", family=translated(family.name))] if len(names) == len(items) else names
    return _("、").join(parts)
