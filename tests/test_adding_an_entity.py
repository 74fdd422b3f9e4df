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
    assert exported[0] == "编号,放在哪栋楼,状况,购入日期,备注" and exported[1].startswith(
        f"U1,{building.code} {building.name},损坏,2026-10-01,'=伞"
    )
    assert visitor.get(f"{base}/export/xlsx/").data.startswith(b"PK")
    mended = [exported[0], exported[1].replace("损坏", "good"), *exported[2:], f"U3,{building.code},,昨天,"]
    file = checked(visitor, "umbrella", "\n".join(mended))
    assert counted(file) == (0, 1, 1, 1) and "修改 1 行" in written(visitor, file)
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
    walk_board(app)
    print("walked")


def walk_board(app: Flask) -> None:
    """What section 5 promises: nobody wrote a line for rides, and desk and panel know them."""
    from hall import access, clock, events, moderation
    from models import MODERATED, Person, Submission, database
    from tests.visitor import Visitor

    ride = next(model for model in MODERATED if model.__name__ == "Ride")
    author, reader = (Person.get(Person.number == number) for number in ("2026010002", "2026010018"))
    said = {"kind": "offer", "leaves": clock.now(), "price_fen": 2550, "seats_left": 2}
    with database.atomic():
        one = ride.create(author=author, text="周五下午四点去高铁站，还有两个位置，电话 13900000071", **said)
        moderation.submit(one, by=author)
    moderator = Visitor(app.test_client()).sign_in("T1002")
    assert not moderation.disclosed(ride).exists()
    for wanted, is_there in (("ride", True), ("ride:offer", True), ("ride:seek", False), ("thread", False)):
        assert ("周五下午四点去高铁站" in moderator.get(f"/admin/desk/?what={wanted}").text) == is_there, wanted
    assert 'data-count="ride">1<' in moderator.get("/admin/desk/").text
    opened = moderator.post("/admin/desk/next").location.partition("?")[0]
    page = moderator.get(opened).text
    # What the author answered stands beside the text: when and for how much, but no count and nothing of the hall.
    for word in ("有车", "周五下午四点去高铁站", "13900000071", 'name="mask"', "出发时间", "每人分摊（元）", "25.50"):
        assert word in page, word
    assert "空位" not in page and "提交时间" not in page and "公开页面" not in page
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
    moderation.report(ride.get_by_id(one.id), by=reader, code="advert", note="是拉客的")
    opened = moderator.post("/admin/desk/next").location.partition("?")[0]
    assert "是拉客的" in moderator.get(opened).text
    assert moderator.submit(opened, action=f"{opened}/decide", decide="hide:advert").status_code == 303
    assert not moderation.disclosed(ride).exists()
    patrol = f"/admin/desk/patrol/ride/{one.id}"
    assert moderator.submit(patrol, decide="restore").status_code == 303 and moderation.disclosed(ride).exists()
    trail = [event.name for event in events.timeline(one)]
    assert trail == ["restore", "hide", "report", "publish", "edit", "publish"]
    assert access.may(author, "moderation.withdraw", ride.get_by_id(one.id))
    walk_board_in_the_panel(app, ride, one.id)
    for stranger in ("T1002", "T1101", "2026010002"):
        assert Visitor(app.test_client()).sign_in(stranger).get("/admin/ride/").status_code == 404
    left = Submission.select().where(Submission.subject_type == "ride", Submission.status == "waiting")
    assert not left.exists()


def walk_board_in_the_panel(app: Flask, ride: type, seen: int) -> None:
    """A board in the generated panel: what is written there waits for a moderator too."""
    from hall import events, moderation
    from tests.visitor import Visitor

    base, visitor = "/admin/ride", Visitor(app.test_client()).sign_in("T1001")
    moderator = Visitor(app.test_client()).sign_in("T1002")
    assert f'href="{base}/"' in visitor.get("/admin/").text and "失物与市场" in visitor.get("/admin/").text
    assert 'value="ride"' in visitor.get("/admin/moderation_rule/new/").text
    new = visitor.get(f"{base}/new/").text
    asked = set(re.findall(r'name="(\w+)"', new))
    assert {"kind", "text", "leaves", "price_fen", "seats_left"} <= asked
    assert not asked & {"moderation", "version", "author", "photos", "created", "published"}
    answers = {"kind": "seek", "leaves": "2026-11-27T16:00", "price_fen": 0}
    empty = visitor.submit(f"{base}/new/", text=" ", **answers)
    assert empty.status_code == 400 and "请填写这一项" in empty.text
    assert visitor.submit(f"{base}/new/", text="周五晚上从高铁站回校，两个人", **answers).status_code == 302
    mine = ride.get(ride.text == "周五晚上从高铁站回校，两个人")
    assert (mine.author.number, mine.moderation) == ("T1001", "pending")
    opened = moderator.post("/admin/desk/next").location.partition("?")[0]
    assert "从高铁站回校" in moderator.get(opened).text and "0.00" in moderator.get(opened).text
    edited = f"{base}/edit/?id={mine.id}"
    assert visitor.submit(edited, seats_left=3).status_code == 302
    refused = visitor.submit(edited, text="别的话")
    assert refused.status_code == 400 and "重新审核" in refused.text and moderation.proposal(mine) is not None
    found = visitor.get(f"{base}/?search=回校&flt_kind=seek").text
    assert "从高铁站回校" in found and "去高铁站" not in found
    assert visitor.submit(f"{base}/cell/?id={mine.id}&name=seats_left", seats_left=3).status_code == 302
    assert visitor.get(f"{base}/cell/?id={mine.id}&name=text").status_code == 404, "its text changes by review alone"
    history = visitor.get(f"{base}/history/?id={mine.id}").text
    assert "新建" in history and "<ins>3</ins>" in history
    assert "屏蔽" in visitor.get(f"{base}/history/?id={seen}").text
    exported = visitor.get(f"{base}/export/csv/").data.decode("utf-8-sig")
    assert "类别" in exported.splitlines()[0] and "从高铁站回校" in exported and "去高铁站" in exported
    assert visitor.get(f"{base}/export/xlsx/").data.startswith(b"PK")
    gone = visitor.post(f"{base}/action/", action="delete", rowid=mine.id, confirmed="yes")
    assert gone.status_code == 302 and not ride.select().where(ride.id == mine.id).exists()
    # What waited is taken back, and its page is gone like any other that is not there.
    assert moderation.proposal(mine) is None and moderator.get(opened).status_code == 404
    assert [event.name for event in events.timeline(mine)] == ["delete", "edit", "create"]


if __name__ == "__main__":
    walk()
