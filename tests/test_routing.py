"""Routing: every cell of the campus against the rules as a person reads them, the matrix, and what an edit changes.

The oracle reads the tables of the operator with `csv` and knows only the six lines of their README.
"""

import csv
import html
import itertools
import random
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

import demo
from admin import routing_matrix
from hall import clock, repairs, routing
from hall.routing import fingerprint
from hall.words import Refused
from models import Building, Campus, Event, MaintenanceGroup, RepairItem, RepairOrder, RoutingRule
from tests.conftest import Campus as Cast
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
MATRIX, RULE = "/admin/routing/", "/admin/routing/rule"


def rows(name: str) -> list[dict[str, str]]:
    with open(demo.CAMPUS / f"{name}.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


BUILDINGS, RULES = rows("buildings"), rows("routing")
ITEMS = [item for item in rows("items") if item["parent"]]
NAMES = {row["code"]: row["name"] for name in ("buildings", "items", "groups") for row in rows(name)}


def oracle(
    building: dict[str, str], item: dict[str, str], rules: list[dict[str, str]] = RULES
) -> dict[str, str] | None:
    """The rule that decides a cell: asked place by place from the most to the least specific, item by item."""
    campus, kind, code = building["campus"], building["kind"], building["code"]
    for here in ({"building": code}, {"campus": campus, "kind": kind}, {"kind": kind}, {"campus": campus}, {}):
        for what in (item["code"], item["parent"], ""):
            for rule in rules:
                place = {name: rule[name] for name in ("campus", "kind", "building") if rule[name]}
                if place == here and rule["item"] == what:
                    return rule
    return None


def reads(rule: dict[str, str]) -> str:
    """The sentence that staff should read for a rule."""
    place = NAMES[rule["building"]] if rule["building"] else rule["campus"] + rule["kind"]
    return f"{place}的{NAMES[rule['item']] if rule['item'] else '所有项目'}由{NAMES[rule['group']]}负责"


class Cells(HTMLParser):
    """The matrix as {building: [(group code, title)]}, with each cell as often as it is wide."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, list[tuple[str, str]]] = {}
        self.row: list[tuple[str, str]] = []
        self.code, self.wide, self.title, self.inside = "", 1, "", False
        self.feed(page[page.index("<tbody>") :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "th":
            self.row, self.code = [], ""
        elif tag == "span" and given.get("class") == "muted" and not self.code:
            self.code = "?"
        elif tag == "td":
            self.wide, self.inside = int(given.get("colspan", 1)), True
        if self.inside and "title" in given:
            self.title = given["title"]

    def handle_data(self, data: str) -> None:
        if self.code == "?":
            self.code = data.strip()
            self.found[self.code] = self.row
        elif self.inside and data.strip():
            self.row += [(data.strip(), self.title)] * self.wide

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "td"


# --- every cell -------------------------------------------------------------------------------------


def test_every_building_and_item_gets_the_group_that_the_rules_say(house: Any) -> None:
    table = routing.Table()
    buildings = {building.code: building for building in Building.select()}
    items = {item.code: item for item in RepairItem.select()}
    checked = holes = 0
    for building in BUILDINGS:
        for item in ITEMS:
            decision, rule = table.decide(buildings[building["code"]], items[item["code"]]), oracle(building, item)
            said = (decision.group.code, decision.why)
            if rule is None:
                assert said == ("DD", "没有规则指定维修组，先由综合调度中心接收")
                holes += 1
            else:
                assert said == (rule["group"], reads(rule))
            checked += 1
    assert (checked, holes) == (len(BUILDINGS) * len(ITEMS), 132)
    assert checked > 1800


def test_any_rules_are_read_in_the_order_of_precedence(house: Any) -> None:
    """Rules that cross each other in every way, which those of the campus do not."""
    draw, rules = random.Random(2), []
    codes: dict[str, dict[str, Any]] = {
        "building": {row.code: row for row in Building.select()},
        "item": {row.code: row for row in RepairItem.select()},
        "group": {row.code: row for row in MaintenanceGroup.select()},
    }
    campuses = {campus.name: campus for campus in Campus.select()}
    RoutingRule.delete().execute()
    places = [
        {"building": "NQ7"},
        {"campus": "主校区", "kind": "学生公寓"},
        {"kind": "学生公寓"},
        {"kind": "教学楼"},
        {"campus": "主校区"},
        {},
    ]
    for place, item in itertools.product(places, ("S01", "D03", "S", "D", "K", "")):
        if draw.random() < 0.6:
            group = draw.choice(sorted(codes["group"]))
            rules.append({"campus": "", "kind": "", "building": "", **place, "item": item, "group": group})
    for rule in rules:
        keys = {name: codes[name].get(rule[name]) for name in codes}
        RoutingRule.create(campus=campuses.get(rule["campus"]), kind=rule["kind"], **keys)
    table = routing.Table()
    for building, item in itertools.product(BUILDINGS, ITEMS):
        expected = oracle(building, item, rules)
        found = table.decide(codes["building"][building["code"]], codes["item"][item["code"]])
        assert found.group.code == (expected["group"] if expected else "DD"), (building["code"], item["code"])


def test_an_order_keeps_why_it_went_there(campus: Cast) -> None:
    for code, item in (("NQ7", "W01"), ("LK2", "D01"), ("XG2", "K01"), ("JXA", "J01"), ("NQ1", "J01")):
        order = repairs.report(
            by=campus.A,
            building=Building.get(Building.code == code),
            room="101",
            item=RepairItem.get(RepairItem.code == item),
            description_text="从昨天晚上开始就不能用了",
            phone="13900000057",
        )
        building = next(row for row in BUILDINGS if row["code"] == code)
        rule = oracle(building, next(row for row in ITEMS if row["code"] == item))
        assert order.group.code == (rule["group"] if rule else "DD")
        assert order.routed_why == (reads(rule) if rule else "没有规则指定维修组，先由综合调度中心接收")


def test_the_matrix_shows_every_cell_with_its_reason(sign_in: SignIn) -> None:
    shown = Cells(sign_in("lead").get(MATRIX).text).found
    assert set(shown) == {building["code"] for building in BUILDINGS}
    # The matrix has its items by family, in the order of the table.
    families = list(dict.fromkeys(item["parent"] for item in ITEMS))
    items = [item for family in families for item in ITEMS if item["parent"] == family]
    for building in BUILDINGS:
        cells = shown[building["code"]]
        assert len(cells) == len(items), building["code"]
        for item, (code, title) in zip(items, cells, strict=True):
            rule = oracle(building, item)
            assert code == (rule["group"] if rule else "DD"), (building["code"], item["code"])
            names, _, why = title.partition("：")
            assert NAMES[item["code"]] in names.split("、")
            assert why == (reads(rule) if rule else "没有规则指定维修组，先由综合调度中心接收")


def test_the_matrix_can_be_narrowed(sign_in: SignIn) -> None:
    browser = sign_in("X")
    shown = Cells(browser.get(MATRIX + "?campus=西校区&kind=学生公寓&family=K").text).found
    wanted = {row["code"] for row in BUILDINGS if (row["campus"], row["kind"]) == ("西校区", "学生公寓")}
    assert set(shown) == wanted
    assert {len(cells) for cells in shown.values()} == {sum(item["parent"] == "K" for item in ITEMS)}
    assert "没有这样的楼宇" in browser.get(MATRIX + "?campus=月球").text


def test_the_try_out_answers_in_a_sentence(sign_in: SignIn) -> None:
    browser = sign_in("lead")
    page = browser.get(MATRIX + "?building=NQ7&item=W01").text
    assert "南区学生公寓7号楼 · 门锁损坏 → 木工家具组（MG）" in page
    assert "南区学生公寓7号楼的门锁损坏由木工家具组负责" in page
    assert "没有规则指定维修组" in browser.get(MATRIX + "?building=NQ1&item=J01").text
    assert "请选择一栋楼和一个项目" in browser.get(MATRIX + "?building=NQ1&item=nothing").text


def test_the_matrix_takes_the_same_queries_for_ten_times_the_rules(sign_in: SignIn, queries: Any) -> None:
    browser = sign_in("X")

    def asked(path: str) -> int:
        with queries() as said:
            assert browser.get(path).status_code == 200
        return len(said)

    paths = (MATRIX, "/admin/routing/rules", RULE, MATRIX + "?building=NQ7&item=W01")
    few = [asked(path) for path in paths]
    group = MaintenanceGroup.get(MaintenanceGroup.code == "SN1")
    items = list(RepairItem.select().where(RepairItem.parent.is_null(False)).limit(5))
    for building in Building.select():
        for item in items:
            if not RoutingRule.select().where(RoutingRule.building == building, RoutingRule.item == item).exists():
                RoutingRule.create(building=building, item=item, group=group)
    assert [asked(path) for path in paths] == few
    assert max(few) <= 10


# --- rules ------------------------------------------------------------------------------------------


def rule_about(**columns: str) -> RoutingRule:
    """The rule of the campus about exactly these codes."""
    wanted = {"campus": "", "kind": "", "building": "", "item": ""} | columns
    for rule in RoutingRule.select():
        said = {
            "campus": rule.campus.name if rule.campus_id else "",
            "kind": rule.kind,
            "building": rule.building.code if rule.building_id else "",
            "item": rule.item.code if rule.item_id else "",
        }
        if said == wanted:
            return rule
    raise LookupError(columns)


def groups_of_all() -> dict[tuple[str, str], str]:
    table, items = routing.Table(), list(RepairItem.select().where(RepairItem.parent.is_null(False)))
    return {(b.code, i.code): table.decide(b, i).group.code for b in Building.select() for i in items}


def state_of_all() -> tuple[Any, ...]:
    return (
        sorted(RoutingRule.select(RoutingRule.place_and_item, RoutingRule.group).tuples()),
        Event.select().count(),
        sorted(RepairOrder.select(RepairOrder.id, RepairOrder.group, RepairOrder.version).tuples()),
    )


def an_open_order(cast: Cast, building: str, item: str) -> RepairOrder:
    return repairs.report(
        by=cast.A,
        building=Building.get(Building.code == building),
        item=RepairItem.get(RepairItem.code == item),
        description_text="从昨天晚上开始就不能用了",
        phone="13900000057",
    )


def test_the_preview_counts_right_and_changes_nothing(campus: Cast, sign_in: SignIn) -> None:
    orders = [an_open_order(campus, "NQ1", "S01"), an_open_order(campus, "NQ1", "S01")]
    orders += [an_open_order(campus, "BQ1", "S03"), an_open_order(campus, "NQ1", "D01")]
    repairs.withdraw(an_open_order(campus, "NQ2", "S01"), by=campus.A)
    browser, rule = sign_in("X"), rule_about(campus="主校区", kind="学生公寓", item="S")
    before, groups = state_of_all(), groups_of_all()
    page = browser.submit(f"{RULE}/{rule.id}", group="XF").text
    assert state_of_all() == before
    assert "水暖二组 → 消防设施组" in page
    dormitories = [b for b in BUILDINGS if (b["campus"], b["kind"]) == ("主校区", "学生公寓")]
    cells = len(dormitories) * sum(item["parent"] == "S" for item in ITEMS)
    assert re.findall(r"(\d+) 格改派", page) == [str(cells)]
    assert "其中有 3 张在办报修单，仍留在水暖二组" in page
    assert "给排水（全部）" in page
    # What was shown is what is saved.
    confirmed = browser.client.post(f"{RULE}/{rule.id}", data=confirm(page))
    assert confirmed.location == f"/admin/routing/rules#rule-{rule.id}"
    changed = {cell for cell, group in groups_of_all().items() if groups[cell] != group}
    assert len(changed) == cells
    assert {code for code, _item in changed} == {building["code"] for building in dormitories}
    assert [RepairOrder.get_by_id(order.id).group.code for order in orders] == ["SN2", "SN2", "SN2", "DG2"]
    event = Event.select().where(Event.subject_type == "routing_rule").order_by(Event.id.desc()).first()
    assert (event.name, event.actor_id, event.subject_id) == ("edit", campus.X.id, rule.id)


def confirm(page: str) -> dict[str, str]:
    """What the button of a preview page sends."""
    sent = dict(re.findall(r'type="hidden" (?:id="\w+" )?name="(\w+)" (?:type="hidden" )?value="([^"]*)"', page))
    sent |= dict(re.findall(r'<input id="(\w+)" name="\w+" type="hidden" value="([^"]*)"', page))
    return {name: html.unescape(value) for name, value in sent.items()} | {"confirmed": "yes"}


def test_a_new_rule_fills_a_hole(sign_in: SignIn) -> None:
    browser = sign_in("X")
    page = browser.submit(f"{RULE}?building=NQ1&item=J01", group="JX")
    assert page.status_code == 200
    assert "综合调度中心 → 教学设备组" in page.text
    assert re.findall(r"(\d+) 格改派", page.text) == ["1"]
    assert "南区学生公寓1号楼的投影" in page.text
    assert browser.client.post(RULE, data=confirm(page.text)).status_code == 302
    assert "教学设备组（JX）" in browser.get(MATRIX + "?building=NQ1&item=J01").text


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"campus": "主校区", "item": "S", "group": "XF"}, "group", "已经有一条同样地点和项目的规则，派给水暖一组"),
        ({"building": "NQ7", "campus": "西校区", "group": "XF"}, "campus", "这栋楼不在所选校区"),
        ({"building": "NQ7", "kind": "食堂", "group": "XF"}, "kind", "这栋楼不属于所选类别"),
        ({"building": "NQ7"}, "group", "请填写这一项"),
        ({"building": "NQ7", "group": "nobody"}, "group", "请从列出的选项中选择"),
        ({"item": "Z99", "group": "XF"}, "item", "请从列出的选项中选择"),
    ],
)
def test_contradictions_are_refused_beside_the_field(
    sign_in: SignIn, typed: dict[str, str], field: str, sentence: str
) -> None:
    browser, before = sign_in("X"), state_of_all()
    for more in ({}, {"confirmed": "yes"}):
        answer = browser.submit(RULE, **typed, **more)
        assert answer.status_code == 400
        assert sentence in answer.text[answer.text.index(f'id="{field}-error"') :][:400]
        for name, value in typed.items():
            if value not in ("nobody", "Z99"):
                assert re.search(rf'<option value="{value}" selected', answer.text), name
    assert state_of_all() == before


def test_the_second_administrator_is_told_and_sees_both(campus: Cast, sign_in: SignIn) -> None:
    rule = rule_about(campus="主校区", item="S")
    mine, theirs = sign_in("X"), sign_in("X")
    form = mine.form(f"{RULE}/{rule.id}")
    preview = mine.client.post(form.action, data=form.values | {"group": "XF"}).text
    assert theirs.submit(f"{RULE}/{rule.id}", group="TJ", confirmed="yes").status_code == 302
    for sent in (form.values | {"group": "XF"}, confirm(preview)):
        answer = mine.client.post(f"{RULE}/{rule.id}", data=sent)
        assert answer.status_code == 409
        assert "主校区的给排水由土建防水组负责" in answer.text
        assert '<option value="XF" selected' in answer.text
    removing = {"csrf_token": mine.token(), "seen": form.values["seen"]}
    answer = mine.client.post(f"{RULE}/{rule.id}/remove", data=removing)
    assert answer.status_code == 409
    assert "请核对后再决定" in answer.text
    assert RoutingRule.get_by_id(rule.id).group.code == "TJ"


def test_taking_a_rule_away_is_shown_first(campus: Cast, sign_in: SignIn) -> None:
    an_open_order(campus, "NQ7", "W01")
    browser, rule, before = sign_in("X"), rule_about(building="NQ7", item="W01"), state_of_all()
    page = browser.get(f"{RULE}/{rule.id}/remove")
    assert state_of_all() == before
    assert "木工家具组 → 门窗五金组" in page.text
    assert re.findall(r"(\d+) 格改派", page.text) == ["1"]
    assert "其中有 1 张在办报修单" in page.text
    assert browser.submit(f"{RULE}/{rule.id}/remove").status_code == 302
    assert "门窗五金组（WJ）" in browser.get(MATRIX + "?building=NQ7&item=W01").text
    event = Event.select().where(Event.subject_type == "routing_rule").order_by(Event.id.desc()).first()
    assert (event.name, event.details["said"]) == ("delete", "南区学生公寓7号楼的门锁损坏由木工家具组负责")
    assert browser.get(f"{RULE}/{rule.id}/remove").status_code == 404


def test_rules_say_how_many_cells_they_decide(sign_in: SignIn) -> None:
    RoutingRule.create(kind="博物馆街", group=MaintenanceGroup.get())
    page = sign_in("lead").get("/admin/routing/rules").text
    for rule in RULES:
        decided = sum(oracle(building, item) is rule for building in BUILDINGS for item in ITEMS)
        row = re.search(rf">{reads(rule)}<.*?row-meta\">([^<]*)<", page, re.DOTALL)
        assert row, reads(rule)
        assert row[1] == f"决定 {decided} 格"
    assert "有 132 格没有规则" in page
    assert "现在没有一格由它决定" in page


def test_who_may_look_and_who_may_edit(client: Visitor, sign_in: SignIn) -> None:
    rule = RoutingRule.get()
    edits = (RULE, f"{RULE}/{rule.id}", f"{RULE}/{rule.id}/remove")
    assert client.get(MATRIX).status_code == 302
    for who, looks in (("A", 404), ("W1", 404), ("keeper", 404), ("lead", 200), ("operator", 200), ("X", 200)):
        browser = sign_in(who)
        assert browser.get(MATRIX).status_code == looks, who
        assert browser.get("/admin/routing/rules").status_code == looks, who
        for path in edits:
            assert browser.get(path).status_code == (200 if who == "X" else 404), (who, path)
            if who != "X":
                sent = {"group": "XF", "confirmed": "yes", "seen": fingerprint(rule)}
                assert browser.post(path, **sent).status_code == 404, (who, path)
    assert RoutingRule.get_by_id(rule.id).group_id == rule.group_id


def test_a_leader_of_a_group_may_not_save_a_rule_by_verb(campus: Cast) -> None:
    rule = RoutingRule.get()
    with pytest.raises(Refused, match="没有权限"):
        routing.save_rule(rule, by=campus.lead)
    with pytest.raises(Refused, match="没有权限"):
        routing.remove_rule(rule, by=campus.lead)


@pytest.mark.parametrize(
    "path", ["rule/0", "rule/-1", "rule/99999999999999999999", "rule/９９９", "rule/x", "rule/1/no"]
)
def test_odd_addresses_find_nothing(sign_in: SignIn, path: str) -> None:
    assert sign_in("X").get(f"/admin/routing/{path}").status_code == 404


def test_nobody_without_a_group_in_the_hall(bare_house: Any, campus_tables: None) -> None:
    building = Building.create(code="B", name="一号楼", kind="教学楼", campus=Campus.create(name="校区"))
    family = RepairItem.create(code="S", name="给排水")
    item = RepairItem.create(code="S01", name="水龙头漏水", parent=family)
    with pytest.raises(Refused, match="综合调度中心"):
        routing.team_for(building, item)


@pytest.fixture
def campus_tables(bare_house: Any) -> None:
    from models import ENTITIES, database

    database.create_tables(ENTITIES)


def test_a_wide_campus_is_decided_quickly(house: Any) -> None:
    table, buildings = routing.Table(), list(Building.select())
    started = clock.now()
    routing_matrix._decided(table, buildings)
    assert (clock.now() - started).total_seconds() < 1
