"""docs/adding-an-entity.md, done to a copy of the house: its class, its commands, and then the panel over HTTP."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

HOUSE = Path(__file__).parent.parent
PAGE = (HOUSE / "docs" / "adding-an-entity.md").read_text()
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "data", "__pycache__", ".*_cache", "node_modules")


def blocks(language: str) -> list[str]:
    """The code of the page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def run(command: list[str], house: Path, settings: Mapping[str, str]) -> str:
    # Modules of this run must not stand in for those of the copy.
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("HALL_", "PYTEST", "PYTHONPATH"))
    }
    done = subprocess.run(command, cwd=house, env=environ | settings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copied_house(tmp_path):
    """A copy of the house, with the environment of this run in the place of its own."""
    copy = tmp_path / "house"
    shutil.copytree(HOUSE, copy, ignore=NOT_COPIED)
    environment = copy / ".venv"
    environment.mkdir()
    for stamp in ("run.stamp", "test.stamp"):
        (environment / stamp).touch()
    for part in Path(sys.prefix).iterdir():
        if not (environment / part.name).exists():
            (environment / part.name).symlink_to(part)
    return copy


def test_the_page_is_true(house, copied_house):
    models = copied_house / "models.py"
    before, ending = models.read_text().split("\n\nENTITIES", 1)
    models.write_text("\n\n".join([before, *blocks("python"), f"ENTITIES{ending}"]))
    settings = {
        "HALL_DATA": str(house.data),
        "HALL_DATABASE": house.database,
        "HALL_SECRET": house.secret,
        "HALL_LOG": "warning",
    }
    first, second = blocks("sh")[0].splitlines()
    old = {file.name for file in (copied_house / "migrations").glob("0*.py")}
    run(first.split(), copied_house, settings)
    new = {file.name for file in (copied_house / "migrations").glob("0*.py")} - old
    assert len(new) == 1 and "umbrella" in new.pop()
    assert second == "make run"  # which begins with this, and then would serve for ever:
    run([sys.executable, "run.py", "migrate"], copied_house, settings)
    assert "walked" in run([sys.executable, "-m", "tests.test_adding_an_entity"], copied_house, settings)


def walk() -> None:
    """What section 3 of the page promises, asked of the app of the copy by the administrator and by others."""
    import run as entry
    from models import ENTITIES, Building, Event
    from tests.adding_a_board import walk_board
    from tests.filing import checked, counted, written
    from tests.visitor import Visitor, forms

    app = entry.make_app(queue=False)
    visitor = Visitor(app.test_client()).sign_in("T1001")
    base = "/admin/umbrella"
    assert f'href="{base}/"' in visitor.get("/admin/").text
    building, other = Building.select().limit(2)

    new = visitor.get(f"{base}/new/").text
    for word in ("编号", "放在哪栋楼", "状况", "完好", "购入日期", "例如 伞柄松动", 'type="date"'):
        assert word in new, word
    assert "secret" not in new
    wrong = visitor.submit(f"{base}/new/", number="", building="没有这栋楼", bought="昨天")
    assert wrong.status_code == 400 and "请填写这一项" in wrong.text and "没有找到" in wrong.text
    for number, state, day in (("U1", "good", "2026-10-01"), ("U2", "broken", "2026-11-01")):
        answers = {"number": number, "building": building.name, "state": state, "bought": day, "note": f"=伞{number}"}
        assert visitor.submit(f"{base}/new/", **answers).status_code == 302
    umbrella = next(model for model in ENTITIES if model.__name__ == "Umbrella")
    one = umbrella.get(umbrella.number == "U1")
    assert "已经有这样一条了" in visitor.submit(f"{base}/new/", number="U1", building="#1", bought="2026-10-01").text

    def listed(query: str) -> list[str]:
        return re.findall(r'<a class="strong"[^>]*><span>([^<]*)</span>', visitor.get(f"{base}/?{query}").text)

    assert (
        listed("") == ["U1", "U2"] and listed("sort=-number") == ["U2", "U1"] and listed("sort=-bought") == ["U2", "U1"]
    )
    assert listed("search=伞U2") == ["U2"] and listed("search=没有") == []
    assert listed("flt_state=broken") == ["U2"] and listed("flt_bought_until=2026-10-15") == ["U1"]
    assert listed(f"flt_building={building.name}") == ["U1", "U2"] and listed(f"flt_building=%23{other.id}") == []
    assert [title for _id, title in visitor.get(f"{base}/ajax/lookup/?name=building&query={building.code}").json] == [
        f"{building.code} {building.name}"
    ]
    assert listed("flt_state=good&flt_state=broken") == ["U1", "U2"] and listed("flt_bought=next_7") == []
    assert listed("flt_building__campus=%23999") == [] and listed("flt_note_empty=-") == []
    assert visitor.submit(f"{base}/views/", name="坏的", back="flt_state=broken").status_code == 302
    assert re.search(r"坏的<span class=\"chip-count\">1<", visitor.get(f"{base}/").text)
    visitor.post(f"{base}/columns/", column=["state", "number"])
    heads = visitor.get(f"{base}/").text.partition("<thead>")[2].partition("</thead>")[0]
    assert "购入日期" not in heads and heads.index("状况") < heads.index("编号")
    visitor.post(f"{base}/columns/", usual="1")
    assert visitor.submit(f"{base}/cell/?id={one.id}&name=note", note="伞柄松动").status_code == 302
    rows = {"rowid": [one.id, one.id + 1], "step": "preview", "change": "note", "note": "=伞一起检查过"}
    preview = visitor.post(f"{base}/bulk/", **rows)
    done = next(form for form in forms(preview) if form.values.get("step") == "do")
    assert "2 条会改变" in preview.text and visitor.client.post(done.action, data=done.values).status_code == 302
    assert {row.note for row in umbrella.select()} == {"=伞一起检查过"}
    assert visitor.submit(f"{base}/edit/?id={one.id}", state="broken").status_code == 302
    history = visitor.get(f"{base}/history/?id={one.id}").text
    assert "<del>完好</del>" in history and "<ins>损坏</ins>" in history and "新建" in history
    exported = visitor.get(f"{base}/export/csv/").data.decode("utf-8-sig").splitlines()
    assert exported[0] == "编号,放在哪栋楼,放在哪间房,状况,购入日期,保管人电话,备注" and exported[1].startswith(
        f"U1,{building.code} {building.name},,损坏,2026-10-01,,'=伞"
    )
    mended = [exported[0], exported[1].replace("损坏", "good"), *exported[2:], f"U3,{building.code},,,昨天,,"]
    file = checked(visitor, "umbrella", "\n".join(mended))
    assert counted(file) == (0, 1, 1, 1) and "修改 1 行" in written(visitor, file)
    assert "U3" in (wrong := visitor.get(f"{file}/wrong.csv").text) and "错误" in wrong and "U1" not in wrong
    assert umbrella.get(umbrella.number == "U1").state == "good"
    held = visitor.post("/admin/building/action/", action="delete", rowid=building.id, confirmed="yes")
    assert held.status_code == 400 and "爱心雨伞" in held.text
    assert visitor.post(f"{base}/action/", action="delete", rowid=one.id, confirmed="yes").status_code == 302
    trail = (
        Event.select(Event.name).where(Event.subject_type == "umbrella", Event.subject_id == one.id).order_by(Event.seq)
    )
    assert [event.name for event in trail] == ["create", "edit", "edit", "edit", "edit", "delete"]
    for stranger in ("T1101", "2026010002"):
        assert Visitor(app.test_client()).sign_in(stranger).get(f"{base}/").status_code == 404
    walk_row(app, visitor, umbrella)
    walk_files(visitor, umbrella)
    walk_others(app, visitor, umbrella)
    walk_board(app)
    print("walked")


def walk_row(app: Flask, visitor: Any, umbrella: type) -> None:
    """One row: chosen level by level, masked, changed by two people, put back, held by what it hangs on, made again."""
    from hall import events
    from models import Building, Event, Room
    from tests.visitor import Visitor

    base, room = "/admin/umbrella", Room.select().join(Building).where(Building.code == "NQ1").get()
    look, nq1 = f"{base}/ajax/lookup/?name=room&level=", room.building
    assert nq1.id in [id for id, *_names in visitor.get(f"{look}1&above={nq1.campus_id}").json]
    assert room.id in [id for id, *_names in visitor.get(f"{look}2&above={nq1.id}").json]
    answers = {"number": "U7", "building": "NQ1", "room": f"#{room.id}", "bought": "2026-10-01", "note": "一号"}
    answers["phone"] = "13587654321"
    elsewhere = visitor.submit(f"{base}/new/", **answers | {"building": "NQ2"})
    assert elsewhere.status_code == 400 and 'id="room-error"' in elsewhere.text
    assert visitor.submit(f"{base}/new/", **answers).status_code == 302
    row = umbrella.get(umbrella.number == "U7")
    edit, details = f"{base}/edit/?id={row.id}", f"{base}/details/?id={row.id}"
    for page in (details, edit, f"{base}/?columns=number,phone", f"{base}/history/?id={row.id}", f"{base}/export/csv/"):
        assert "135****4321" in (told := visitor.get(page).text) and "13587654321" not in told, page
    assert "U7" not in visitor.get(f"{base}/export/csv/?search=13587654321").text
    assert "13587654321" in visitor.post(f"{base}/show/?id={row.id}", column="phone").text
    assert "13587654321" not in visitor.get(details).text and events.timeline(row)[0].name == "show_private"

    second = Visitor(app.test_client()).sign_in("T1001")
    mine = second.form(edit)
    assert visitor.submit(edit, note="二号").status_code == 302
    both = second.client.post(edit, data=mine.values | {"note": "三号"})
    assert both.status_code == 400 and "您填的" in both.text and "二号" in both.text and "三号" in both.text
    assert visitor.submit(f"{edit}&version=1").status_code == 302
    back = umbrella.get_by_id(row.id)
    assert (back.note, back.phone, back.room) == ("一号", "13587654321", room)
    assert events.timeline(row)[0].name == "put_back"

    where = {"id": nq1.id, "confirmed": "yes"}
    assert "爱心雨伞" in visitor.post("/admin/building/archive/", id=nq1.id).text
    assert visitor.post("/admin/building/archive/", **where).status_code == 302
    assert visitor.submit(f"{base}/new/", **answers | {"number": "U8"}).status_code == 400, "its building was put away"
    assert visitor.post("/admin/building/unarchive/", **where).status_code == 302
    visitor.post(f"{base}/delete/", id=row.id, confirmed="yes")
    gone = Event.get((Event.subject_type == "umbrella") & (Event.name == "delete") & (Event.subject_id == row.id))
    assert f"{base}/new/?from={gone.id}" in visitor.get("/admin/trail/?what=umbrella&act=clear").text
    assert visitor.submit(f"{base}/new/?from={gone.id}").status_code == 302
    assert umbrella.get(umbrella.number == "U7").room == room


def walk_files(visitor: Any, umbrella: type) -> None:
    """JSON, and a spreadsheet that goes out and comes back with a row changed."""
    import io

    import xlsxwriter
    from python_calamine import CalamineWorkbook

    from tests.filing import checked, written

    base = "/admin/umbrella/export"
    told = {row["number"]: row for row in visitor.get(f"{base}/json/").json}
    assert told["U7"]["state"] == "good" and told["U7"]["bought"] == "2026-10-01" and "secret" not in told["U7"]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(visitor.get(f"{base}/xlsx/").data)).get_sheet_by_index(0)
    head, *lines = sheet.to_python()
    line = next(line for line in lines if line[0] == "U7")
    assert line[head.index("状况")] == "完好" and line[head.index("备注")] == "一号"
    with xlsxwriter.Workbook(file := io.BytesIO()) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, head)
        page.write_row(1, 0, ["损坏" if cell == "完好" else cell for cell in line])
    assert "修改 1 行" in written(visitor, checked(visitor, "umbrella", file.getvalue(), "umbrellas.xlsx"))
    assert umbrella.get(umbrella.number == "U7").state == "broken"


def walk_others(app: Flask, visitor: Any, umbrella: type) -> None:
    """A role with a scope, what is said of it, a shared view, the trail, and what a list asks of the database."""
    from dataclasses import replace

    from hall.roles import ROLES
    from models import Building, database
    from tests.visitor import Visitor

    base, mine = "/admin/umbrella", umbrella.get(umbrella.number == "U7")
    named = {"reads": ROLES["keeper"].reads | {"Umbrella"}, "edits": frozenset(["Umbrella"])}
    ROLES["keeper"] = replace(ROLES["keeper"], **named)
    nq3 = Building.get(Building.code == "NQ3")
    other = umbrella.create(number="U9", building=nq3, bought="2026-10-01")
    keeper = Visitor(app.test_client()).sign_in("T1305")  # of NQ1 and NQ2
    for row, edits in ((mine, 200), (other, 404)):
        assert keeper.get(f"{base}/details/?id={row.id}").status_code == 200
        assert keeper.get(f"{base}/edit/?id={row.id}").status_code == edits
    assert keeper.submit(f"{base}/edit/?id={mine.id}", state="good").status_code == 302
    assert keeper.submit(f"{base}/edit/?id={mine.id}", building="NQ3", room="").status_code == 400
    told = {role: visitor.get(f"/admin/roles/{role}").text.partition("<main")[2] for role in ("keeper", "editor")}
    assert "爱心雨伞" in told["keeper"] and "保管人电话" in told["keeper"] and "爱心雨伞" not in told["editor"]
    assert visitor.submit(f"{base}/views/", name="好的", is_shared="1", back="flt_state=good").status_code == 302
    assert re.search(r"好的<span class=\"chip-count\">\d+<", keeper.get(f"{base}/").text)
    assert "U7" in visitor.get("/admin/trail/?what=umbrella&act=edit").text
    asked: list[Any] = []
    database.obj.query_hooks.append(asked.append)
    assert visitor.get(f"{base}/").status_code == 200
    database.obj.query_hooks.remove(asked.append)
    assert len(asked) <= 8, [event.sql for event in asked]


if __name__ == "__main__":
    walk()
