"""The whole loop in Chromium at phone width, with photos as cameras make them: a student, a group lead, a worker."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from hall import clock, photos
from models import Photo, Rating, RepairOrder
from tests.conftest import CAST
from tests.visitor import PASSWORD
from tests.watching import watch

pytestmark = pytest.mark.browser

INITIAL, NEW = "079125", "drip drop drip"
TEXT = "卫生间洗手池的冷水龙头关不紧，一直滴水，已经两天了"
SOON = 15_000  # how long a page may take to follow, in milliseconds: it asks every five seconds


def gps_exif() -> Image.Exif:
    """What a phone writes beside the picture: who made it, turned how, and where on earth."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "HUAWEI", "Mate 60", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 12.0, 30.25), 3: "E", 4: (108.0, 54.0, 10.5), 29: "2026:11:22"})
    return exif


def scene(size: tuple[int, int]) -> Image.Image:
    """A picture that compresses like a photo: a tap on tiles, with the noise of a sensor."""
    image = Image.effect_noise(size, 40).convert("RGB")
    draw = ImageDraw.Draw(image)
    width, height = size
    for x in range(0, width, width // 8):
        draw.line((x, 0, x, height), "#b9c2c6", 9)
    draw.rounded_rectangle((width // 3, height // 4, width // 2, height // 2), 60, "#7b8a90")
    return image


@pytest.fixture
def camera(tmp_path: Path) -> dict[str, Path]:
    """Files of a camera: 12 megapixels, one that is sent as it is, and one HEIC. All know where they were taken."""
    files = {name: tmp_path / name for name in ("IMG_2041.JPG", "IMG_2042.JPG", "IMG_2043.HEIC")}
    scene((4000, 3000)).save(files["IMG_2041.JPG"], "JPEG", quality=92, exif=gps_exif())
    scene((1200, 900)).save(files["IMG_2042.JPG"], "JPEG", quality=85, exif=gps_exif())
    scene((1600, 1200)).save(files["IMG_2043.HEIC"], "HEIF", quality=80, exif=gps_exif().tobytes())
    assert files["IMG_2041.JPG"].stat().st_size > 1_500_000
    for file in files.values():
        assert Image.open(file).getexif().get_ifd(0x8825), file
    return files


@pytest.fixture
def phone(browser_page: Any, live_server: str) -> Any:
    """`phone()` is one more phone with nobody signed in. Whatever a browser complains about fails the test."""
    complaints: list[str] = browser_page.complaints
    contexts = []

    def strictly(page: Any, name: str) -> Any:
        # What a page no longer waits for because the next one was opened has not failed.
        page.on(
            "requestfailed", lambda asked: None if "ABORTED" in str(asked.failure) else complaints.append(asked.url)
        )
        page.on(
            "response", lambda got: complaints.append(f"{name} {got.status} {got.url}") if got.status >= 400 else None
        )
        page.set_default_timeout(SOON)
        return watch(page, live_server, complaints, name)

    def make(name: str) -> Any:
        context = browser_page.context.browser.new_context(
            base_url=live_server, locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
        )
        contexts.append(context)
        return strictly(context.new_page(), name)

    yield make
    for context in contexts:
        context.close()
    assert not complaints, complaints


def sign_in(page: Any, number: str, password: str) -> None:
    page.goto("/signin")
    page.get_by_label("学号或工号").fill(number)
    page.get_by_label(re.compile("^密码")).fill(password)
    page.get_by_role("button", name="登录").tap()
    page.wait_for_url(lambda address: "/signin" not in address)


def sees(page: Any, text: str) -> None:
    """Wait until the page shows `text`, by itself."""
    page.get_by_text(text).first.wait_for()


def check_width(page: Any) -> None:
    """Nothing sticks out to the right of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url


def test_a_tap_leaks_and_is_repaired(phone: Callable[[str], Any], camera: dict[str, Path]) -> None:
    student, lead, worker = phone("student"), phone("lead"), phone("worker")

    # The first sign-in: nothing works before the password is one's own, then on to where one was going.
    student.goto("/repairs/new")
    sign_in(student, CAST["fresh"], INITIAL)
    student.wait_for_url(re.compile("/password"))
    sees(student, "修改初始密码")
    student.goto("/repairs")
    assert "/password" in student.url
    check_width(student)
    student.get_by_label("原密码").fill(INITIAL)
    student.get_by_label(re.compile("^新密码")).fill(NEW)
    student.get_by_label("再输一遍新密码").fill(NEW)
    student.get_by_role("button", name="保存新密码").tap()
    sees(student, "密码已修改")

    # The report: what is known is filled in, the item is two taps, three photos from the camera.
    student.goto("/repairs/new")
    assert student.get_by_label("房间号").input_value() == "104"
    assert student.get_by_label("联系电话").input_value() == "13900000060"
    student.get_by_role("button", name="给排水").tap()
    student.get_by_role("button", name="水龙头漏水").tap()
    sees(student, "请说明冷水还是热水")
    student.get_by_label("故障描述").fill(TEXT)
    student.get_by_label(re.compile("^照片")).set_input_files([str(file) for file in camera.values()])
    student.locator(".previews canvas").nth(1).wait_for()
    sees(student, "IMG_2043.HEIC")
    check_width(student)
    student.get_by_role("button", name="提交报修").tap()
    student.wait_for_url(re.compile(r"/repairs/BX\d+"))
    order = RepairOrder.get()
    sees(student, "已收到，正在等水暖二组受理")
    check_width(student)
    assert Photo.select().count() == 3
    check_served_photos(student)

    # The lead receives it on a phone; the student's page says so by itself.
    sign_in(lead, CAST["lead"], PASSWORD)
    lead.goto("/admin/queue/repair/?lane=accept")
    sees(lead, "水龙头漏水")
    check_width(lead)
    lead.locator(f"#{order.number}").get_by_role("button", name="受理").tap()
    sees(lead, "已完成")
    before = student.url
    sees(student, "水暖二组已受理，暂时还没有安排师傅上门")
    assert student.url == before
    lead.goto(f"/admin/queue/repair/{order.number}/dispatch")
    lead.get_by_text("赵超 W2002").tap()
    lead.get_by_role("button", name="确认派工").tap()
    sees(lead, "已完成")
    sees(student, "已派给赵超师傅")

    # The worker, one hand on the tap: the task, a call, the photos, started, held, resumed, finished.
    sign_in(worker, CAST["W1"], PASSWORD)
    worker.goto("/admin/queue/repair/?lane=mine")
    task = worker.locator(f"#{order.number}")
    assert task.locator("img").count() == 3
    assert task.get_by_role("link", name="13900000060").get_attribute("href") == "tel:13900000060"
    check_width(worker)
    button = task.get_by_role("button", name="开工")
    assert button.bounding_box()["height"] >= 44
    button.tap()
    sees(student, "师傅已到现场，正在维修")
    worker.goto(f"/admin/queue/repair/{order.number}/hold")
    worker.get_by_text("待料").tap()
    tomorrow = clock.local(clock.now()) + timedelta(days=1)
    worker.get_by_label("预计恢复").fill(f"{tomorrow:%Y-%m-%dT10:00}")
    check_width(worker)
    worker.get_by_role("button", name="确认挂起").tap()
    sees(student, "暂时挂起：待料")
    worker.goto(f"/admin/queue/repair/{order.number}")
    worker.get_by_role("button", name="恢复").tap()
    sees(student, "师傅已到现场，正在维修")
    worker.goto(f"/admin/queue/repair/{order.number}/finish")
    worker.get_by_label("做了什么").fill("更换陶瓷阀芯，试水五分钟不再滴漏")
    worker.get_by_label("用时（分钟）").fill("25")
    worker.get_by_label("完工照片").set_input_files(str(camera["IMG_2042.JPG"]))
    check_width(worker)
    worker.get_by_role("button", name="确认完工").tap()
    sees(worker, "已完成")

    # The student inspects and rates, with the thumb.
    sees(student, "已完工，请验收并评价")
    assert student.url == before
    sees(student, "更换陶瓷阀芯，试水五分钟不再滴漏")
    check_width(student)
    student.get_by_role("link", name="验收并评价").tap()
    student.get_by_role("button", name="验收通过").tap()
    student.wait_for_url(re.compile("/rate$"))
    for question, stars in (("速度", 4), ("质量", 5), ("态度", 5)):
        student.get_by_role("group", name=question).get_by_role("radio", name=f"{stars} 星").check()
    student.get_by_label("想说的话").fill("师傅很仔细，谢谢")
    check_width(student)
    student.get_by_role("button", name="提交评价").tap()
    student.wait_for_url(before)
    sees(student, "师傅很仔细，谢谢")
    check_width(student)
    rating = Rating.get()
    assert (rating.speed, rating.quality, rating.manner) == (4, 5, 5)
    assert RepairOrder.get().status == "inspected"
    assert Photo.select().count() == 4
    check_served_photos(student)


def check_served_photos(page: Any) -> None:
    """Every size of every photo, as the page gets it: a JPEG without EXIF, without a place, standing upright."""
    for photo in Photo.select():
        for size in photos.SIZES:
            answer = page.request.get(f"/photos/{photo.name}/{size}")
            assert answer.status == 200
            body = answer.body()
            assert b"Exif" not in body
            assert b"HUAWEI" not in body
            image = Image.open(io.BytesIO(body))
            assert (image.format, len(image.getexif())) == ("JPEG", 0)
            assert image.height > image.width  # EXIF said that the camera was turned
            assert max(image.size) <= photos.SIZES[size]
