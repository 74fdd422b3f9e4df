"""What can be imported: the kinds of tables as data, and what a row must agree with.

Rows are compared and shown by natural keys (codes and names); ids come in only when they are written.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hall.roster_cells import choice, code, day, flag, minutes, other_names, phone, plain, whole
from hall.roster_tables import Refusal
from hall.words import N_
from models import (
    CALENDAR_KINDS,
    PRIORITIES,
    Building,
    CalendarPeriod,
    Campus,
    Department,
    Entity,
    MaintenanceGroup,
    RepairItem,
    RoutingRule,
    tuples,
)


@dataclass(frozen=True)
class Column:
    """One column. `field` is the model's ("" where a kind writes it itself); `refers` is found by its natural key.

    A required cell must be filled. Any other empty cell clears what is stored, or leaves it alone (`keeps`);
    a column that is not in the file leaves everything alone.
    """

    name: str
    label: str
    field: str = ""
    read: Callable[[str], Any] = plain
    required: bool = False
    keeps: bool = False
    refers: type[Entity] | None = None
    creates: bool = False
    secret: bool = False
    also: tuple[str, ...] = ()


@dataclass
class Draft:
    """One row of the file: `values` by column name, and what the row with `id` says now; id 0 is a new one."""

    row: int
    values: dict[str, Any]
    id: int = 0
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> dict[str, tuple[Any, Any]]:
        """Column name → (before, after); a new row has changed from nothing."""
        return {
            name: (self.before.get(name), value)
            for name, value in self.values.items()
            if not self.id or self.before.get(name) != value
        }

    @property
    def final(self) -> dict[str, Any]:
        """What the row will say."""
        return self.before | self.values


Known = dict[tuple[Any, ...], dict[str, Any]]
Ids = dict[type[Entity], dict[str, int]]


@dataclass(frozen=True)
class Kind:
    """A table that can be imported. `key` names the columns by which a row is recognised.

    `examine` finds what single cells cannot show; `prepare` makes rows that are referred to and missing;
    `extra` gives columns of a new row that the file does not have; `extend` adds to what is known;
    `finish` writes what is not a column of the model.
    """

    name: str
    label: str
    model: type[Entity]
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    twice: str = N_("和第 %(row)s 行重复")
    examine: Callable[[list[Draft], Known, Ids], Iterable[Refusal]] = lambda drafts, known, ids: ()
    prepare: Callable[[list[Draft]], None] = lambda drafts: None
    extra: Callable[[dict[str, Any], Draft], dict[str, Any]] = lambda row, draft: {}
    extend: Callable[[Known], None] = lambda known: None
    finish: Callable[[list[Draft]], None] = lambda drafts: None

    def key_of(self, values: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name) for name in self.key)

    def blank_key(self) -> dict[str, Any]:
        """The key of a row that says nothing: columns that are not in the file."""
        return {c.name: None if c.refers else "" for c in self.columns if c.name in self.key}

    def shown(self, name: str, value: Any) -> str:
        """The value of a column as people read it: `是`, `0.5h`, `学生`."""
        column = next(c for c in self.columns if c.name == name)
        if value is None or isinstance(value, bool):
            return {None: "", True: "是", False: "否"}[value]
        if column.read is minutes:
            return f"{value}m" if value % 6 else f"{value / 60:g}h"
        choices = self.model._meta.fields[column.field].choices if column.field else None
        return str(dict(choices or ()).get(value, value))

    def column(self, name: str) -> Column | None:
        """The column called `name` in a file, in English or Chinese, or None."""
        plain_name = name.strip().lower()
        return next((c for c in self.columns if plain_name in (c.name, c.label.lower(), *c.also)), None)


def _examine_buildings(drafts: list[Draft], known: Known, ids: Ids) -> Iterator[Refusal]:
    owners = {values["name"]: key[0] for key, values in known.items()}
    for draft in drafts:
        owner = owners.setdefault(draft.values["name"], draft.values["code"])
        if owner != draft.values["code"]:
            yield Refusal(draft.row, "name", N_("这是 %(code)s 的名称，楼宇不能重名"), {"code": owner})


def _create_campuses(drafts: list[Draft]) -> None:
    names = {draft.values["campus"] for draft in drafts if draft.values.get("campus")}
    for name in sorted(names - {campus.name for campus in Campus.select()}):
        Campus.create(name=name)


def _examine_items(drafts: list[Draft], known: Known, ids: Ids) -> Iterator[Refusal]:
    parents = {key[0]: values["parent"] for key, values in known.items()}
    parents |= {draft.values["code"]: draft.values["parent"] for draft in drafts if "parent" in draft.values}
    with_children = set(parents.values())
    for draft in drafts:
        code, parent = draft.values["code"], draft.values.get("parent")
        if parent and parent == code:
            yield Refusal(draft.row, "parent", N_("项目不能是自己的大类"))
        elif parent and parents.get(parent):
            yield Refusal(draft.row, "parent", N_("“%(code)s”本身有大类，项目只分两级"), {"code": parent})
        elif parent and code in with_children:
            yield Refusal(draft.row, "parent", N_("这个项目下面还有项目，不能再归到别的大类"))
        final = {"respond_within": 1440, "finish_within": 4320} | draft.final
        if final["respond_within"] > final["finish_within"]:
            yield Refusal(draft.row, "finish_within", N_("完工时限不能短于答复时限"))


def _examine_rules(drafts: list[Draft], known: Known, ids: Ids) -> Iterator[Refusal]:
    rows = Building.select(Building.code, Building.kind, Campus.name).join(Campus)
    places = {code: (kind, campus) for code, kind, campus in tuples(rows)}
    kinds = {kind for kind, _ in places.values()}
    for draft in drafts:
        campus, kind, building = (draft.values[name] for name in ("campus", "kind", "building"))
        if kind and kind not in kinds:
            yield Refusal(draft.row, "kind", N_("没有“%(kind)s”这一类楼宇"), {"kind": kind})
        elif building and kind not in ("", places[building][0]):
            yield Refusal(draft.row, "kind", N_("这栋楼不属于所选类别"))
        elif building and campus not in (None, places[building][1]):
            yield Refusal(draft.row, "campus", N_("这栋楼不在所选校区"))


def _rule_subject(row: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """The column that RoutingRule.save fills; rows written many at a time do not pass through it."""
    parts = (row["campus"] or "", row["kind"], row["building"] or "", row["item"] or "")
    return {"place_and_item": "|".join(map(str, parts))}


def _examine_periods(drafts: list[Draft], known: Known, ids: Ids) -> Iterator[Refusal]:
    for draft in drafts:
        if draft.values["ends"] < draft.values["starts"]:
            yield Refusal(draft.row, "ends", N_("结束不能早于开始"))
        if (draft.values["kind"] == "closure") != bool(draft.values.get("building")):
            yield Refusal(draft.row, "building", N_("“楼宇关闭”要填楼宇，其他类别不要填"))


_CODE = Column("code", "编号", "code", code, required=True, also=("代码", "编码"))
_NAME = Column("name", "名称", "name", required=True)
_NAME_EN = Column("name_en", "英文名称", "name_en", also=("英文名",))

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("departments", N_("部门"), Department, ("code",), (_CODE, _NAME, _NAME_EN)),
        Kind(
            "buildings",
            N_("楼宇"),
            Building,
            ("code",),
            (
                _CODE,
                Column("campus", "校区", "campus", required=True, refers=Campus, creates=True),
                _NAME,
                _NAME_EN,
                Column("kind", "类别", "kind", required=True, also=("类型",)),
                Column("floors", "楼层数", "floors", whole(0, 200), keeps=True, also=("层数",)),
                Column("aliases", "别名", "aliases", other_names),
            ),
            examine=_examine_buildings,
            prepare=_create_campuses,
        ),
        Kind(
            "groups",
            N_("维修组"),
            MaintenanceGroup,
            ("code",),
            (
                _CODE,
                _NAME,
                _NAME_EN,
                Column("campus", "校区", "campus", refers=Campus),
                Column("phone", "电话", "phone", phone, also=("联系电话",)),
            ),
        ),
        Kind(
            "items",
            N_("报修项目"),
            RepairItem,
            ("code",),
            (
                _CODE,
                Column("parent", "大类", "parent", code, refers=RepairItem),
                _NAME,
                _NAME_EN,
                Column("priority", "紧急程度", "priority", choice(PRIORITIES), keeps=True),
                Column("respond_within", "答复时限", "respond_minutes", minutes, keeps=True),
                Column("finish_within", "完工时限", "finish_minutes", minutes, keeps=True),
                Column("needs_review", "受理前审核", "needs_review", flag, keeps=True, also=("审核",)),
                Column("warranty_days", "质保天数", "warranty_days", whole(0, 3650), keeps=True),
                Column("tip", "填报提示", "tip", also=("提示",)),
                Column("tip_en", "英文填报提示", "tip_en"),
                Column("emergency", "紧急提示", "emergency"),
                Column("emergency_en", "英文紧急提示", "emergency_en"),
            ),
            examine=_examine_items,
        ),
        Kind(
            "routing",
            N_("派单规则"),
            RoutingRule,
            ("campus", "kind", "building", "item"),
            (
                Column("campus", "校区", "campus", refers=Campus),
                Column("kind", "楼宇类别", "kind", also=("类别",)),
                Column("building", "楼宇", "building", code, refers=Building),
                Column("item", "项目", "item", code, refers=RepairItem, also=("报修项目",)),
                Column("group", "维修组", "group", code, required=True, refers=MaintenanceGroup),
            ),
            twice=N_("和第 %(row)s 行的地点和项目完全相同，两条规则互相矛盾"),
            examine=_examine_rules,
            extra=_rule_subject,
        ),
        Kind(
            "calendar",
            N_("校历"),
            CalendarPeriod,
            ("name", "kind", "building"),
            (
                _NAME,
                _NAME_EN,
                Column("kind", "类别", "kind", choice(CALENDAR_KINDS), required=True),
                Column("starts", "开始日期", "starts", day, required=True),
                Column("ends", "结束日期", "ends", day, required=True, also=("结束日期(含)",)),
                Column("building", "楼宇", "building", code, refers=Building),
            ),
            examine=_examine_periods,
        ),
    )
}
