"""The question of a routing rule: which place, which item, which group."""

from collections.abc import Sequence
from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED
from hall import routing
from hall.routing import fingerprint
from hall.words import N_, Refused
from models import Building, RepairItem, RoutingRule

ANY = ("", N_("任意"))


class RuleForm(Form):
    """A rule as it is entered; `seen` is the fingerprint of the rule as it was shown.

    `table` and `buildings` are what the page has read already; choices are named by their natural keys.
    """

    campus = wtforms.SelectField(N_("校区"))
    kind = wtforms.SelectField(N_("楼宇类别"))
    building = wtforms.SelectField(N_("楼宇"), description=N_("只为一栋楼定规则时才选，此时校区和类别可以不选"))
    item = wtforms.SelectField(N_("项目"), description=N_("可以选整个大类，也可以只选一个项目"))
    group = wtforms.SelectField(N_("派给维修组"), [REQUIRED])
    seen = wtforms.HiddenField()

    def __init__(
        self,
        formdata: Any = None,
        *,
        rule: RoutingRule,
        table: routing.Table,
        buildings: Sequence[Building],
        **kwargs: Any,
    ) -> None:
        self._campuses = {campus.name: campus for campus in table.campuses.values()}
        own = rule.building
        if own is not None and own.id not in {building.id for building in buildings}:
            buildings = [*buildings, own]  # put away since: saving the rule must not widen it
        self._buildings = {building.code: building for building in buildings}
        self._items = {item.code: item for item in table.items.values()}
        self._groups, self._away = {group.code: group for group in table.groups.values()}, table.away
        super().__init__(formdata, **kwargs)
        self.campus.choices = [ANY, *((name, name) for name in self._campuses)]
        self.kind.choices = [ANY, *((kind, kind) for kind in sorted({building.kind for building in buildings}))]
        self.building.choices = {"": [ANY], **_by_place(buildings)}
        self.item.choices = {"": [ANY], **_by_family(table.items.values())}
        groups = [
            (code, f"{group.name}（{code}）") for code, group in self._groups.items() if group.id not in self._away
        ]
        self.group.choices = [("", N_("请选择")), *groups]
        if formdata is None:
            self._show(rule, table)
        if not self.seen.data:
            self.seen.data = fingerprint(rule)

    def _show(self, rule: RoutingRule, table: routing.Table) -> None:
        places = {building.id: code for code, building in self._buildings.items()}
        self.campus.data = table.campuses[rule.campus_id].name if rule.campus_id else ""
        self.kind.data = rule.kind
        self.building.data = places.get(rule.building_id, "")
        self.item.data = table.items[rule.item_id].code if rule.item_id else ""
        self.group.data = table.groups[rule.group_id].code if rule.group_id else ""

    def answers(self) -> dict[str, Any]:
        """The columns of the rule. Raises Refused where no group is named."""
        group = self._groups.get(self.group.data)
        if group is None:
            raise Refused(N_("请选择维修组"), field="group")
        return {
            "campus": self._campuses.get(self.campus.data),
            "kind": self.kind.data or "",
            "building": self._buildings.get(self.building.data),
            "item": self._items.get(self.item.data),
            "group": group,
        }


def _by_place(buildings: Sequence[Building]) -> dict[str, list[tuple[str, str]]]:
    grouped: dict[str, list[tuple[str, str]]] = {}
    for building in buildings:
        grouped.setdefault(f"{building.campus.name} {building.kind}", []).append((building.code, building.name))
    return grouped


def _by_family(items: Any) -> dict[str, list[tuple[str, Any]]]:
    leaves: dict[int, list[RepairItem]] = {}
    for item in items:
        leaves.setdefault(item.parent_id or 0, []).append(item)
    return {
        family.name: [
            (family.code, (N_("%(family)s（整个大类）"), {"family": family.name})),
            *((item.code, item.name) for item in leaves.get(family.id, [])),
        ]
        for family in leaves.get(0, [])
    }
