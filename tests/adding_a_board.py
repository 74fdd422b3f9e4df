"""Section 5 of docs/adding-an-entity.md, asked of the app of the copy by tests/test_adding_an_entity.py."""

import re

from flask import Flask


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
