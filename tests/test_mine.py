"""Mine in the browser's HTML: what waits, how I am told, where I am signed in, my data."""

import csv
import io
import json
import re
import threading
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from time import monotonic

import pytest

from hall import Mail, clock, contact, my_data, site, wording
from hall.words import TooOften
from models import Building, ContactSettings, Delivery, Person, RepairOrder, SignIn, database
from portal import account, mine
from tests import board, lost, stall
from tests.conftest import Campus
from tests.story import Story
from tests.test_matters import everything
from tests.visitor import Visitor

SignedIn = Callable[..., Visitor]
Asked = Callable[[], AbstractContextManager[list[str]]]
PAGES = ("/me", "/me/matters", "/me/contact", "/me/sent", "/me/devices", "/me/data", "/me/close", "/me/email/1-2-3")
ADDRESS = "someone@example.edu.cn"


@pytest.fixture
def mail(house: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "mail", Mail.at("smtp://localhost:2525", "hall@example.edu.cn"))


def test_pages_stand_in_few_queries(campus: Campus, sign_in: SignedIn, queries: Asked) -> None:
    everything(campus)
    visitor, counted = sign_in("B"), {}
    for _round in range(2):
        for path in PAGES:
            with queries() as asked:
                page = visitor.get(path)
            assert page.status_code == 200, path
            assert len(asked) <= 8, (path, asked)
            assert not any(said.split()[0] in ("INSERT", "UPDATE", "DELETE") for said in asked), path
            # The same few, whether there are seven matters or twice as many.
            assert counted.setdefault(path, len(asked)) >= len(asked) - 1
        everything(campus)
    page = visitor.get("/me").text
    assert "等您处理" in page and page.index("确认成交") < page.index("正在办的")


def test_matters_are_drawn_again_when_they_say_something_else_and_not_before(
    campus: Campus, sign_in: SignedIn, freeze: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    everything(campus)
    ours, theirs = sign_in("B"), sign_in("A")
    repair, begun = RepairOrder.get(), clock.now().replace(second=0)
    drawn: list[str] = []
    row = mine._row
    monkeypatch.setattr(mine, "_row", lambda matter, dated: drawn.append(matter.kind) or row(matter, dated))

    def page(**headers: str) -> tuple[str, int]:
        drawn.clear()
        listed = re.search("<ul class=.rows matters.*?</ul>", ours.get("/me/matters", headers=headers).text, re.DOTALL)
        assert listed
        return listed[0], len(drawn)

    freeze(begun)
    first, count = page()
    assert count == 7 and repair.number in first and "请验收" not in first
    board.posted(campus.A, title="别人的事")
    assert page() == (first, 0), "what others do is nothing new"
    assert repair.number not in theirs.get("/me/matters").text and len(drawn) > 0
    english, count = page(**{"Accept-Language": "en"})
    assert count == 7 and "报修单" in first and "报修单" not in english
    RepairOrder.update(status="finished").where(RepairOrder.id == repair.id).execute()
    said, _count = page()
    assert "请验收" in said and "验收并评价" in said
    wording.change("explain:repair:closed:title", text="全办完了", text_en="", by=campus.X)
    RepairOrder.update(status="closed").where(RepairOrder.id == repair.id).execute()
    assert "全办完了" in page()[0]
    RepairOrder.update(status="accepted").where(RepairOrder.id == repair.id).execute()
    assert "已受理" in page()[0] and "超时" not in page()[0]
    Building.update(name="改了名的楼").where(Building.id == repair.building_id).execute()
    assert "改了名的楼" in page()[0]
    assert page()[1] == 0
    freeze(begun + timedelta(minutes=1))
    assert page()[1] == 7, "what is said of the time is a minute old at most"


def test_what_does_not_fit_is_not_denied(campus: Campus, sign_in: SignedIn, monkeypatch: pytest.MonkeyPatch) -> None:
    everything(campus)
    monkeypatch.setattr(account, "MATTERS", 1)
    page = sign_in("B").get("/me").text
    assert "其余的在“全部事项”里" in page and "没有别的了" not in page


def test_how_i_want_to_be_told(campus: Campus, sign_in: SignedIn, mail: None) -> None:
    visitor = sign_in("B")
    told = {"part": "telling", "language": "en", "quiet_from": "22:30", "quiet_until": "07:00", "wanted": ["listing"]}
    assert visitor.submit("/me/contact", having="wanted", **told).status_code == 302
    settings = contact.settings_of(campus.B)
    assert (settings.language, settings.quiet_from, settings.quiet_until) == ("en", time(22, 30), time(7, 0))
    assert "listing" not in settings.muted and set(settings.muted) == set(contact.KINDS) - {"listing"}
    assert visitor.form("/me/contact", having="wanted").values["quiet_from"] == "22:30"
    # What is wrong is said beside the question, and what was chosen stays.
    wrong = visitor.submit("/me/contact", having="wanted", **told | {"quiet_until": ""})
    assert (
        wrong.status_code == 400 and 'id="quiet_until-error"' in wrong.text and 'value="22:30" selected' in wrong.text
    )
    # A digest is for who works here; nobody else sets one by hand.
    assert "digest_at" not in visitor.form("/me/contact", having="wanted").names
    visitor.submit("/me/contact", having="wanted", **told, digest_at="08:00")
    assert contact.settings_of(campus.B).digest_at is None
    sign_in("lead").submit("/me/contact", having="wanted", part="telling", digest_at="08:00")
    assert contact.settings_of(campus.lead).digest_at == time(8)


def test_an_address_counts_once_its_link_was_opened(campus: Campus, sign_in: SignedIn, mail: None) -> None:
    visitor = sign_in("B")
    assert visitor.submit("/me/contact", having="email", email="nonsense").status_code == 400
    assert visitor.submit("/me/contact", having="email", email=ADDRESS).status_code == 302
    settings = ContactSettings.get(ContactSettings.person == campus.B.id)
    assert settings.confirmed is None and ADDRESS in visitor.get("/me/sent").text
    link = f"/me/email/{contact.make_token(campus.B.id, ADDRESS, clock.now() + timedelta(hours=1))}"
    stranger = sign_in("A")  # the mail may be read in another browser
    assert stranger.get(link).status_code == 200
    assert ContactSettings.get_by_id(settings.id).confirmed is None  # a mail program may open links by itself
    assert stranger.submit(link).status_code == 302 and stranger.submit(link).status_code == 302
    assert ContactSettings.get_by_id(settings.id).confirmed is not None
    assert stranger.submit(f"{link}0").status_code == 400
    Delivery.update(status="failed", error="550").execute()
    assert "未送达" in visitor.get("/me/sent").text and ADDRESS not in stranger.get("/me/sent").text


def test_one_device_or_all_others_are_signed_out(campus: Campus, sign_in: SignedIn) -> None:
    here, lost_one, third = (sign_in("B") for _ in range(3))
    ids = [row.id for row in SignIn.select().where(SignIn.person == campus.B.id).order_by(SignIn.id)]
    strangers = sign_in("A")
    assert strangers.post("/me/devices", device=str(ids[1])).status_code == 302
    assert lost_one.get("/me").status_code == 200
    assert here.post("/me/devices", device=str(ids[1])).status_code == 302
    assert lost_one.get("/me").status_code == 302 and third.get("/me").status_code == 200
    assert here.post("/me/devices", device="others").status_code == 302
    assert third.get("/me").status_code == 302 and here.get("/me").status_code == 200
    assert strangers.get("/me").status_code == 200


def test_last_seen_is_kept_without_failing_a_read(
    campus: Campus, sign_in: SignedIn, freeze: Callable[..., None], house: object
) -> None:
    visitor = sign_in("B")
    row = SignIn.get(SignIn.person == campus.B.id)
    for later, kept in ((9, row.last_seen), (11, None)):
        freeze(row.created + timedelta(minutes=later))
        assert visitor.get("/services").status_code == 200
        assert SignIn.get_by_id(row.id).last_seen == (kept or clock.now())
    # While somebody writes, the page comes at once and the note is left out.
    freeze(row.created + timedelta(minutes=40))
    writing, done = threading.Event(), threading.Event()

    def write_for_long() -> None:
        with database.connection_context(), database.atomic():
            SignIn.update(device="x").where(SignIn.id == row.id).execute()
            writing.set()
            done.wait(20)

    other = threading.Thread(target=write_for_long)
    other.start()
    try:
        assert writing.wait(10)
        begun = monotonic()
        assert visitor.get("/services").status_code == 200
        assert monotonic() - begun < 3
    finally:
        done.set()
        other.join()
    assert SignIn.get_by_id(row.id).last_seen == row.created + timedelta(minutes=11)


def test_my_data_is_all_mine_and_only_mine(campus: Campus, sign_in: SignedIn) -> None:
    Person.update(phone="13911234567").where(Person.id == campus.B.id).execute()
    everything(campus)
    order = Story(campus).report(by=campus.B)
    stall.published(campus, campus.B, title="=1+1 的书")
    strange = board.posted(campus.A, title="甲的帖子谁也不给看", kind="question")
    lost.posted(campus.A, hidden_detail="甲的秘密特征")
    answer = sign_in("B").submit("/me/data")
    assert answer.status_code == 200 and answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    data = json.loads(archive.read("data.json"))
    assert data["profile"][0]["phone"] == "13911234567" and order.number in {row["number"] for row in data["repairs"]}
    assert {"threads", "comments", "notices", "claims", "listings", "reservations", "sign_ins"} <= {
        name for name, rows in data.items() if rows
    }
    whole = "".join(archive.read(name).decode(errors="ignore") for name in archive.namelist() if name[-3:] != "jpg")
    assert strange.title not in whole and "甲的秘密特征" not in whole and campus.A.name not in whole
    assert "password" not in whole and "token_hash" not in whole
    table = archive.read("tables/listings.csv").decode()
    assert table.startswith("\ufeff") and "'=1+1 的书" in {
        cell for row in csv.reader(io.StringIO(table)) for cell in row
    }
    assert archive.read("index.html").decode().count("<table>") >= 8
    photos = [name for name in archive.namelist() if name.startswith("photos/")]
    assert photos and archive.read(photos[0])[:2] == b"\xff\xd8"
    for _ in range(my_data.A_DAY - 1):
        my_data.download(campus.B, by=campus.B).close()
    with pytest.raises(TooOften):
        my_data.download(campus.B, by=campus.B)
