"""The front page, 服务 and the frame of every page: what they say, to whom, and in which language."""

import gzip
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, time
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from hall import clock, front, repairs, site
from models import CalendarPeriod, MonthlyFigure, ServiceHours, ServiceLink, SiteText
from tests.board import answered
from tests.conftest import Campus
from tests.story import Story
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]
ENGLISH = {"Accept-Language": "en"}


def at(text: str) -> datetime:
    """A moment of the campus in naive UTC."""
    return clock.utc(datetime.fromisoformat(text))


def says(code: str, text: str, text_en: str = "") -> None:
    assert SiteText.update(text=text, text_en=text_en).where(SiteText.code == code).execute() == 1, code


# --- the ways in -----------------------------------------------------------------------------------------


def test_everything_is_one_click_away(client: Visitor, campus: Campus) -> None:
    """`requirements.md` 4: from the front page and from 服务 to a form."""
    home, services = client.get("/").text, client.get("/services").text
    for way in ("/repairs/new", "/repairs/quick", "/supervision/new", "/lost-found", "/market", "/services", "/guides"):
        assert f'href="{way}"' in home, way
    for way in ("/repairs/new", "/supervision/new", "/lost-found/new?kind=lost", "/lost-found/new?kind=found"):
        assert f'href="{way}"' in services, way
    for way in ("/market/new", "/notices", "/guides", "/open", "/supervision/log"):
        assert f'href="{way}"' in services, way
    seek = re.search(r'<form class="find".*?</form>', home, re.S)
    assert seek and 'method="get" action="/search"' in seek[0] and 'name="q"' in seek[0]
    # From anywhere else the frame leads there.
    page = client.get("/signin").text
    for way in ("/search", "/guides", "/notices", "/open"):
        assert f'href="{way}"' in page, way


def test_an_operator_adds_services(client: Visitor, campus: Campus) -> None:
    add = ServiceLink.create
    add(name="校车时刻", name_en="Shuttle bus", link="https://bus.example.edu.cn/", icon="bus-front", is_on_front=True)
    add(name="空教室", text="按楼查询", link="/at/NQ4", icon="no such icon", position=2)
    add(name="已停用", link="/gone", is_on_front=True, is_shown=False)
    for number, link in enumerate(
        ("javascript:alert(1)", "//elsewhere.example", "http://plain.example", "/\\elsewhere")
    ):
        add(name=f"坏链接{number}", link=link, is_on_front=True)
    home, services = client.get("/").text, client.get("/services").text
    assert "校车时刻" in home and "空教室" not in home
    assert 'href="https://bus.example.edu.cn/" rel="noopener external"' in home
    assert "校车时刻" in services and "空教室" in services and "按楼查询" in services
    for page in (home, services):
        assert "已停用" not in page and "坏链接" not in page and "javascript:" not in page
    english = client.get("/", headers=ENGLISH).text
    assert "Shuttle bus" in english and "校车时刻" not in english


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "//elsewhere.example", "http://a.example", "https://", "x", "/\t/x"]
)
def test_the_panel_takes_no_link_that_leads_astray(sign_in: SignIn, link: str) -> None:
    visitor = sign_in("X")
    answer = visitor.submit("/admin/service_link/new/", name="新服务", link=link)
    assert answer.status_code == 400 and "https:// 开头" in answer.text
    assert visitor.submit("/admin/service_link/new/", name="新服务", link="/guides").status_code == 302
    assert [row.link for row in ServiceLink.select()] == ["/guides"]


# --- what it says ------------------------------------------------------------------------------------------


@pytest.fixture
def hours(house: object) -> None:
    """Weekdays 07:30 to 21:30, Saturdays into the night, a holiday."""
    for weekday in range(1, 6):
        ServiceHours.create(season="term", weekday=weekday, opens=time(7, 30), closes=time(21, 30))
    ServiceHours.create(season="term", weekday=6, opens=time(20), closes=time(2))
    CalendarPeriod.create(name="国庆节", kind="holiday", starts=date(2026, 10, 1), ends=date(2026, 10, 7))


@pytest.mark.usefixtures("hours")
@pytest.mark.parametrize(
    ("now", "is_open", "changes"),
    [
        ("2026-09-14 10:00", True, "2026-09-14 21:30"),
        ("2026-09-14 07:30", True, "2026-09-14 21:30"),
        ("2026-09-14 21:30", False, "2026-09-15 07:30"),
        ("2026-09-14 23:00", False, "2026-09-15 07:30"),
        ("2026-09-12 23:00", True, "2026-09-13 02:00"),
        ("2026-09-13 01:00", True, "2026-09-13 02:00"),
        ("2026-09-13 10:00", False, "2026-09-14 07:30"),
        ("2026-09-30 22:00", False, "2026-10-08 07:30"),
    ],
)
def test_it_knows_when_somebody_is_there(now: str, is_open: bool, changes: str) -> None:
    with clock.at(at(now)):
        assert front.opening() == front.Opening(is_open, at(changes))


def test_hours_round_the_clock_never_change(house: object) -> None:
    for weekday in range(1, 8):
        ServiceHours.create(season="term", weekday=weekday, opens=time(0), closes=time(0))
    with clock.at(at("2026-09-14 10:00")):
        assert front.opening() == front.Opening(True, None)


@pytest.mark.usefixtures("hours")
def test_off_hours_it_says_when_work_goes_on(client: Visitor, freeze: Callable[[datetime], None]) -> None:
    freeze(at("2026-09-14 22:10"))
    page = client.get("/").text
    assert "现在是非服务时间，明天 07:30 开始办理；紧急报修昼夜受理" in page and "上班后按先后处理" in page
    freeze(at("2026-09-15 09:00"))
    page = client.get("/").text
    assert "现在是服务时间，到今天 21:30" in page and "上班后按先后处理" not in page


def test_the_operator_words_it(client: Visitor, campus: Campus) -> None:
    says("emergency", "先断电 <b>", "Cut the power first")
    says("hotline", "010 6110")
    says("footer", "为您服务")
    page = client.get("/").text
    assert "先断电 &lt;b&gt;" in page and 'href="tel:0106110"' in page
    assert "Cut the power first" in client.get("/", headers=ENGLISH).text
    assert "为您服务" in client.get("/supervision").text
    assert "始于师生需求" in client.get("/nowhere").text or "为您服务" in client.get("/nowhere").text


def test_the_code_of_the_account_stands_on_the_site(client: Visitor, campus: Campus) -> None:
    """`requirements.md` 9; without an account the code opens the hall itself."""
    plain = client.get("/qr.svg")
    assert plain.mimetype == "image/svg+xml" and plain.text == front.qr(site.url)
    assert "手机上打开" in client.get("/").text
    says("wechat_name", "师大微后勤")
    says("wechat_link", "https://weixin.qq.com/r/test")
    assert client.get("/qr.svg").text == front.qr("https://weixin.qq.com/r/test") != plain.text
    page = client.get("/").text
    assert "师大微后勤" in page and 'alt="微信公众号师大微后勤的二维码"' in page
    assert 'src="/qr.svg"' in client.get("/supervision").text


def test_what_was_promised_and_kept_by_service(client: Visitor, campus: Campus) -> None:
    assert "本月承诺兑现" not in client.get("/").text
    month = clock.today().replace(day=1)
    told = {"cases": 120, "responded": 95, "respond_minutes": 38, "done": 70, "finish_minutes": 290}
    MonthlyFigure.create(month=month, service="repair", **told, kept=63, promised=70, rating=4.62, marks=45)
    MonthlyFigure.create(month=month, service="market", cases=25, done=10)
    MonthlyFigure.create(month=month, service="repair", scope="building", code="NQ4", cases=40, respond_minutes=9_999)
    page = re.sub(r"<[^>]+>|\s", "", client.get("/").text.partition('class="card-h kept')[2].partition("</section>")[0])
    for words in (
        "120件",
        "90%在承诺时间内（70件）",
        "发布25件",
        "其中10件已经成交",
        "受理中位数（95件）38分钟",
        "完工中位数（70件）4.8小时",
        "满意度（45条评价）4.6/5",
    ):
        assert words in page, words
    assert (
        "90%在承诺时间内（70件）" in page and "发布25件" in page and "其中10件已经成交" in page and "6.9天" not in page
    )


def test_my_matters_stand_there_with_one_thing_to_do(sign_in: SignIn, client: Visitor, campus: Campus) -> None:
    order = Story(campus).order("finished")
    thread = answered(campus)
    mine = sign_in("A").get("/").text
    part = mine.partition("我正在办的")[2].partition("</section>")[0]
    for way in (
        f"/repairs/{order.number}",
        f"/repairs/{order.number}/inspect",
        f"/supervision/{thread.number}/satisfied",
    ):
        assert f'href="{way}"' in part, way
    assert part.count("row-action") == 2 and part.count('class="pill ') == 2 and 'href="/me/matters"' in part
    for other in (sign_in("B"), client):
        assert order.number not in other.get("/").text
    assert "现在没有在办的事" in sign_in("B").get("/").text
    repairs.inspect(order, by=campus.A)
    assert f"/repairs/{order.number}/inspect" not in sign_in("A").get("/").text


# --- the frame -----------------------------------------------------------------------------------------------


def test_every_public_page_says_what_and_where_it_is_once(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    number = answered(campus).number
    for path in ("/", "/services", "/supervision", f"/supervision/{number}", "/repairs/quick", "/market", "/guides"):
        page = client.get(f"{path}?x=1", headers={"X-Forwarded-Host": "evil.example"}).text
        assert page.count('<meta name="description"') == 1, path
        assert re.findall(r'rel="canonical" href="([^"]+)"', page) == [f"{site.url}{path}"], path
        known = re.findall(r'rel="alternate" hreflang="([^"]+)" href="([^"]+)"', page)
        assert known == [("zh-Hans", f"{site.url}{path}"), ("en", f"{site.url}{path}?lang=en")], path
    for personal in (sign_in("A").get("/").text, client.get("/nowhere").text):
        assert 'rel="canonical"' not in personal
    english = client.get("/services?lang=en").text
    assert '<html lang="en">' in english and f'rel="canonical" href="{site.url}/services?lang=en"' in english
    assert '<html lang="zh-Hans-CN">' in client.get("/services?lang=xx").text


def test_the_frame_asks_the_database_only_for_what_is_kept(
    client: Visitor, campus: Campus, queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    with queries() as asked:
        client.get("/signin")
    assert not asked


@pytest.mark.parametrize("who", ["", "A"])
def test_text_is_sent_packed(client: Visitor, sign_in: Any, campus: Campus, who: str) -> None:
    takes = {"Accept-Encoding": "gzip, br"}
    browser = sign_in(who) if who else client
    plain, lengths = browser.get("/services"), set()
    for _ in range(8):
        packed = browser.get("/services", headers=takes)
        assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers["Vary"]
        # Behind it stands a token, which may be another one.
        assert gzip.decompress(packed.data).split(b"csrf_token")[0] == plain.data.split(b"csrf_token")[0]
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
        lengths.add(len(packed.data))
    # Where there is a secret in it, the length would tell; what visitors get is the same for everybody.
    assert len(lengths) > 1 if who else len(lengths) == 1
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in browser.get("/health/live", headers=takes).headers
    assert "Content-Encoding" not in browser.get("/services", headers={"Accept-Encoding": "gzip;q=0"}).headers


def test_a_page_waits_for_one_style_sheet(client: Visitor, campus: Campus) -> None:
    """It holds what the page names, the sheet of the whole site first, and is kept for a year under its content."""
    static = Path(client.client.application.static_folder or "")
    for path in ("/", "/supervision", "/lost-found", "/market", "/notices", "/signin", "/nowhere"):
        page = client.get(path).text
        (address,) = map(unescape, re.findall(r'<link rel="stylesheet" href="([^"]+)"', page))
        assert "<style" not in page and re.findall(r"<script(?![^>]* (?:defer|type=))", page) == []
        plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
        assert plain.data.startswith((static / "hall.css").read_bytes())
        assert gzip.decompress(packed.data) == plain.data and len(packed.data) < 20_000
        assert all("immutable" in answer.headers["Cache-Control"] for answer in (plain, packed))
        assert client.get(address, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304
        if path == "/market":
            assert (static / "market.css").read_bytes() in plain.data
            assert "immutable" not in client.get(address.partition("?")[0]).headers["Cache-Control"]


def test_no_other_files_are_style_sheets(client: Visitor, campus: Campus) -> None:
    for names in (
        "hall-none",
        "hall-hall",
        "..-hall",
        "hall-",
        "-".join(["hall"] * 9),
        "HALL",
        "hall.js",
        "hall-" + "a" * 999,
    ):
        assert client.get(f"/styles/{names}.css").status_code == 404, names


def test_a_static_file_is_packed_once_and_kept_under_its_version(client: Visitor, campus: Campus) -> None:
    address = unescape(re.findall(r'src="(/static/hall\.js\?v=[^"]+)"', client.get("/").text)[0])
    plain, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == plain.data
    assert packed.headers["ETag"].startswith("W/") and not plain.headers["ETag"].startswith("W/")
    for answer in (plain, packed):
        assert "immutable" in answer.headers["Cache-Control"] and "max-age=31536000" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/static/hall.js?v=old").headers["Cache-Control"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    part = client.get(address, headers={"Accept-Encoding": "gzip", "Range": "bytes=0-9"})
    assert part.status_code == 206 and part.data == plain.data[:10] and "Content-Encoding" not in part.headers
    assert client.get("/static/none.css", headers={"Accept-Encoding": "gzip"}).status_code == 404
