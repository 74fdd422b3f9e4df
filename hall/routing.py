"""Which maintenance group serves which place and item, and why (`requirements.md` 19).

The most specific place wins (building, then campus with kind, then kind, then campus, then any);
among equals the most specific item (the item, then its parent, then any). No rule: the dispatch centre.
"""

import copy
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

import peewee

from hall import access, archive, events
from hall.freshness import Lasting
from hall.words import N_, Refused
from models import (
    DISPATCH_CENTRE,
    Building,
    Campus,
    MaintenanceGroup,
    Person,
    RepairItem,
    RepairOrder,
    RoutingRule,
    database,
    held,
    tuples,
)

ANYWHERE, BY_CAMPUS, BY_KIND, BY_CAMPUS_AND_KIND, BY_BUILDING = range(5)
# Why an order lies with its group; what is kept with it is made of one of these.
BY_RULE = N_("%(place)s的%(item)s由%(group)s负责")
BY_TRANSFER = N_("由%(group)s转来：%(reason)s")
BY_FOLLOW_UP = N_("回访 %(number)s 后由原维修组负责")
_SAID = {
    BY_RULE: re.compile("(?P<place>.+?)的(?P<item>.+)由(?P<group>.+)负责"),
    BY_TRANSFER: re.compile("由(?P<group>.+?)转来：(?P<reason>.*)", re.DOTALL),
    BY_FOLLOW_UP: re.compile("回访 (?P<number>[A-Z0-9-]+) 后由原维修组负责"),
}


@dataclass(frozen=True)
class Decision:
    """The group of one cell, the rule that decided (None is a hole) and the sentence that says so."""

    group: MaintenanceGroup
    rule: RoutingRule | None
    why: str


class Table:
    """All rules, read once, to decide as many cells as one likes: a matrix takes the queries of one cell."""

    def __init__(self, rules: Iterable[RoutingRule] | None = None) -> None:
        self.groups = {group.id: group for group in MaintenanceGroup.select()}
        self.away = archive.away_among(MaintenanceGroup, self.groups)
        self.campuses = {campus.id: campus for campus in Campus.select()}
        self.items = {item.id: item for item in RepairItem.select()}
        self.rules = list(RoutingRule.select() if rules is None else rules)
        self.centre = next((g for g in self.groups.values() if g.code == DISPATCH_CENTRE), None)

    def with_rules(self, rules: Iterable[RoutingRule]) -> "Table":
        """The same campus under other rules, without reading it again."""
        other = copy.copy(self)
        other.rules = list(rules)
        return other

    def decide(self, building: Building, item: RepairItem) -> Decision:
        """The group for `item` in `building`. Raises Refused where the hall has no group at all."""
        best = max(
            (rule for rule in self.rules if rule.group_id not in self.away and _fits(rule, building, item)),
            key=lambda rule: (_place_rank(rule), _item_rank(rule, item)),
            default=None,
        )
        if best is not None:
            return Decision(self.groups[best.group_id], best, self.reason(best, building))
        if self.centre is None:
            raise Refused(N_("还没有设置综合调度中心（编号 DD），请联系管理员"))
        return Decision(self.centre, None, N_("没有规则指定维修组，先由综合调度中心接收"))

    def reason(self, rule: RoutingRule, building: Building | None = None) -> str:
        """What a rule says, as staff read it: 主校区学生公寓的给排水由水暖二组负责."""
        own = building or rule.building
        place = own.name if rule.building_id and own else ""
        if not place:
            place = (self.campuses[rule.campus_id].name if rule.campus_id else "") + rule.kind or N_("所有地点")
        item = self.items[rule.item_id].name if rule.item_id else N_("所有项目")
        return BY_RULE % {"place": place, "item": item, "group": self.groups[rule.group_id].name}


_table = Lasting(Table)


def told(why: str) -> tuple[str, dict[str, str]]:
    """The sentence that a kept reason was made of and its values, for a face to say it in its reader's language."""
    for sentence, pattern in _SAID.items():
        if found := pattern.fullmatch(why):
            return sentence, found.groupdict()
    return ("%(why)s", {"why": why}) if why else ("", {})


def _fits(rule: RoutingRule, building: Building, item: RepairItem) -> bool:
    return (
        rule.campus_id in (None, building.campus_id)
        and rule.kind in ("", building.kind)
        and rule.building_id in (None, building.id)
        and rule.item_id in (None, item.id, item.parent_id)
    )


def _place_rank(rule: RoutingRule) -> int:
    if rule.building_id:
        return BY_BUILDING
    if rule.campus_id and rule.kind:
        return BY_CAMPUS_AND_KIND
    if rule.kind:
        return BY_KIND
    return BY_CAMPUS if rule.campus_id else ANYWHERE


def _item_rank(rule: RoutingRule, item: RepairItem) -> int:
    return 2 if rule.item_id == item.id else 1 if rule.item_id else 0


@Lasting
def team_for(building: Building, item: RepairItem) -> Decision:
    """Where an order goes by itself, and why."""
    return _table().decide(building, item)


def check_rule(rule: RoutingRule) -> None:
    """Refuse a rule about nothing that exists together, or about what another rule says already."""
    building = rule.building
    if building is not None:
        if rule.campus_id and rule.campus_id != building.campus_id:
            raise Refused(N_("这栋楼不在所选校区"), field="campus")
        if rule.kind and rule.kind != building.kind:
            raise Refused(N_("这栋楼不属于所选类别"), field="kind")
    same = (
        RoutingRule.select(RoutingRule, MaintenanceGroup)
        .join(MaintenanceGroup)
        .where(
            _same(RoutingRule.campus, rule.campus_id),
            RoutingRule.kind == rule.kind,
            _same(RoutingRule.building, rule.building_id),
            _same(RoutingRule.item, rule.item_id),
        )
    )
    other = same.where(RoutingRule.id != rule.id).first() if rule.id else same.first()
    if other:
        raise Refused(
            N_("已经有一条同样地点和项目的规则，派给%(group)s；请改那一条"), field="group", group=other.group.name
        )


def _same(column: peewee.Field, value: int | None) -> peewee.Expression:
    return column.is_null() if value is None else column == value


@dataclass(frozen=True)
class Change:
    """One cell that an edit would change, with the open orders that stand there today."""

    building: Building
    item: RepairItem
    before: MaintenanceGroup
    after: MaintenanceGroup
    open_orders: int


def preview(rule: RoutingRule, *, remove: bool = False, table: Table | None = None) -> list[Change]:
    """What saving (or removing) `rule` would change, cell by cell. Open orders stay where they are.

    `table` is the table of today where the caller has read it already.
    """
    before = table or Table()
    others = [known for known in before.rules if known.id != rule.id]
    after = before.with_rules(others if remove else [*others, rule])
    counts = _open_orders()
    changes = []
    items = [item for item in before.items.values() if item.parent_id]
    for building in Building.select(Building, Campus).join(Campus).order_by(Building.id):
        for item in items:
            old, new = before.decide(building, item).group, after.decide(building, item).group
            if old.id != new.id:
                changes.append(Change(building, item, old, new, counts.get((building.id, item.id), 0)))
    return changes


def _open_orders() -> dict[tuple[int, int], int]:
    open_states = ("awaiting_review", "reported", "accepted", "dispatched", "repairing", "on_hold")
    counted = RepairOrder.select(RepairOrder.building, RepairOrder.item, peewee.fn.COUNT(RepairOrder.id))
    counted = counted.where(RepairOrder.status.in_(open_states)).group_by(RepairOrder.building, RepairOrder.item)
    return {(building, item): count for building, item, count in tuples(counted)}


def fingerprint(rule: RoutingRule) -> str:
    """What a rule says, as a short text that changes with it: the version of a row that has no version."""
    said = (rule.campus_id, rule.kind, rule.building_id, rule.item_id, rule.group_id)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def save_rule(rule: RoutingRule, *, by: Person, seen: str | None = None) -> RoutingRule:
    """Save a new or changed rule with its event.

    Raises Refused where it contradicts another, or where it no longer says what was shown (`seen`, a fingerprint).
    """
    _need_editor(by)
    try:
        with database.atomic():
            check_rule(rule)
            before = _as_shown(rule.id, seen) if rule.id else None
            rule.save()
            changed = events.diff(before.__data__ if before else {}, rule.__data__)
            name, label = ("edit", N_("修改规则")) if before else ("create", N_("新建规则"))
            events.record(rule, name, label, by=by, role="administrator", details={"changes": changed})
    except peewee.IntegrityError as error:
        raise Refused(N_("另一位管理员刚刚保存了同样地点和项目的规则"), field="group", stale=True) from error
    return rule


def remove_rule(rule: RoutingRule, *, by: Person, seen: str | None = None) -> None:
    """Take a rule away; its event says what it said. Raises Refused where it is not what was shown any more."""
    _need_editor(by)
    with database.atomic():
        rule = _as_shown(rule.id, seen)
        events.record(
            rule,
            "delete",
            N_("删除规则"),
            by=by,
            role="administrator",
            details={"changes": events.diff({}, rule.__data__), "said": Table().reason(rule)},
        )
        rule.delete_instance()


def _as_shown(rule_id: int, seen: str | None) -> RoutingRule:
    rule: RoutingRule | None = held(RoutingRule.select().where(RoutingRule.id == rule_id)).first()
    if rule is None:
        raise Refused(N_("另一位管理员刚刚删除了这条规则"), stale=True)
    if seen is not None and fingerprint(rule) != seen:
        raise Refused(N_("另一位管理员刚刚改了这条规则，请核对后再决定"), stale=True)
    return rule


def _need_editor(by: Person) -> None:
    if not access.may(by, "routing.edit"):
        raise Refused(N_("您没有权限修改派单规则"))
