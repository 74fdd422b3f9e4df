"""docs/adding-an-entity.md, done to a copy of the house: its class, its commands, and then the panel over HTTP."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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
    from tests.visitor import Visitor

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
    assert visitor.submit(f"{base}/edit/?id={one.id}", state="broken").status_code == 302
    history = visitor.get(f"{base}/history/?id={one.id}").text
    assert "<del>完好</del>" in history and "<ins>损坏</ins>" in history and "新建" in history
    exported = visitor.get(f"{base}/export/csv/").data.decode("utf-8-sig").splitlines()
    assert exported[0] == "编号,放在哪栋楼,状况,购入日期,备注" and exported[1].startswith(
        f"U1,{building.name},损坏,2026-10-01,'=伞"
    )
    assert visitor.get(f"{base}/export/xlsx/").data.startswith(b"PK")
    held = visitor.post("/admin/building/action/", action="delete", rowid=building.id, confirmed="yes")
    assert held.status_code == 400 and "爱心雨伞" in held.text
    assert visitor.post(f"{base}/action/", action="delete", rowid=one.id, confirmed="yes").status_code == 302
    trail = (
        Event.select(Event.name).where(Event.subject_type == "umbrella", Event.subject_id == one.id).order_by(Event.seq)
    )
    assert [event.name for event in trail] == ["create", "edit", "delete"]
    for stranger in ("T1101", "2026010002"):
        assert Visitor(app.test_client()).sign_in(stranger).get(f"{base}/").status_code == 404
    walk_board(app)
    print("walked")


def walk_board(app: Flask) -> None:
    """What section 5 promises: nobody wrote a line for rides, and the desk knows them."""
    from hall import access, events, moderation
    from models import MODERATED, Person, database
    from tests.visitor import Visitor

    ride = next(model for model in MODERATED if model.__name__ == "Ride")
    author = Person.get(Person.number == "2026010002")
    with database.atomic():
        one = ride.create(author=author, text="周五下午四点去高铁站，还有两个位置，电话 13900000071")
        moderation.submit(one, by=author)
    moderator = Visitor(app.test_client()).sign_in("T1002")
    assert not moderation.disclosed(ride).exists()
    desk = moderator.get("/admin/desk/?what=ride").text
    assert "拼车" in desk and "周五下午四点去高铁站" in desk
    opened = moderator.post("/admin/desk/next").location.partition("?")[0]
    page = moderator.get(opened).text
    for word in ("拼车", "周五下午四点去高铁站", "13900000071", 'name="mask"'):
        assert word in page, word
    mask = re.search(r'name="mask"[^>]* value="(text:\d+:\d+)"', page)[1]
    answer = moderator.submit(opened, action=f"{opened}/decide", decide="publish", mask=mask)
    assert answer.status_code == 303, answer.text
    assert moderation.disclosed(ride).get().text == "周五下午四点去高铁站，还有两个位置，电话 ＊＊＊＊＊＊＊＊＊＊＊"
    moderation.edit(ride.get_by_id(one.id), by=author, content={"text": "周五下午五点去高铁站，还有一个位置"})
    assert "五点" not in moderation.disclosed(ride).get().text
    opened = moderator.post("/admin/desk/next").location.partition("?")[0]
    assert "<ins>" in moderator.get(opened).text
    assert moderator.submit(opened, action=f"{opened}/decide", decide="publish").status_code == 303
    assert "五点" in moderation.disclosed(ride).get().text
    trail = [event.name for event in events.timeline(one)]
    assert trail == ["publish", "edit", "publish"]
    assert access.may(author, "moderation.withdraw", ride.get_by_id(one.id))
    assert Visitor(app.test_client()).sign_in("T1001").get("/admin/ride/").status_code == 200


if __name__ == "__main__":
    walk()
