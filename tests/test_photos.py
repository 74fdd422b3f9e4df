"""Photos: what comes in is decoded and made anew, what goes out goes to those who see its order (faults 2, 16-21)."""

import io
import json
import re
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.exceptions import GenericError
from PIL import Image, ImageCms

from hall import clock, photos, repairs, settings, site
from hall.words import Refused
from models import Building, Photo, RepairItem, RepairOrder, database

SECRET = b"SECRET-OF-THE-CAMERA"
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# EXIF orientation and the colours that then stand left and right above, left and right below.
CORNERS = list(enumerate(["GBRB", "BGBR", "BRBG", "RBGB", "GRBB", "RGBB", "BBRG", "BBGR"], start=1))


def picture(
    size: tuple[int, int] = (80, 60), mode: str = "RGB", colour: object = "red", kind: str = "JPEG", **how
) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, colour).save(buffer, kind, **how)
    return buffer.getvalue()


def from_a_camera(kind: str, *, turned: int = 1) -> bytes:
    """400 × 300, its left half red, green in the corner above, its right half blue; with maker, place and XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = SECRET.decode(), turned
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 54.0, 26.5), 3: "E", 4: (116.0, 23.0, 29.5)})
    image = Image.new("RGB", (400, 300), "red")
    image.paste("blue", (200, 0, 400, 300))
    image.paste("lime", (0, 0, 200, 150))
    xmp = {} if kind == "PNG" else {"xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"}
    comment = {"comment": SECRET} if kind == "JPEG" else {}
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=92, exif=exif.tobytes(), **xmp, **comment)
    return buffer.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def opened(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    return image


def prepared(data: bytes = b"", name: str = "photo.jpg") -> photos.Prepared:
    return photos.prepare([(name, data or picture())])[0]


def is_about(pixel: tuple[int, ...], red: int, green: int, blue: int) -> bool:
    return all(abs(is_now - wanted) < 12 for is_now, wanted in zip(pixel, (red, green, blue), strict=True))


# --- what is kept of a photo ---------------------------------------------------------------------------


def test_a_photo_is_kept_in_four_sizes() -> None:
    photo = prepared(picture((3000, 2000)))
    assert {size: opened(jpeg).size for size, jpeg in photo.jpegs.items()} == {
        "large": (2048, 1365),
        "medium": (960, 640),
        "card": (560, 373),
        "thumb": (320, 213),
    }
    assert (photo.width, photo.height) == (2048, 1365)


def test_a_small_photo_is_not_blown_up() -> None:
    assert {opened(jpeg).size for jpeg in prepared(picture((90, 40))).jpegs.values()} == {(90, 40)}


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_that_the_camera_knows_is_kept(kind: str) -> None:
    sent = from_a_camera(kind)
    assert SECRET in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    for jpeg in prepared(sent).jpegs.values():
        image = opened(jpeg)
        assert not image.getexif()
        assert not set(image.info) - {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert not any(trace in jpeg for trace in (SECRET, b"Exif", b"http", b"ICC_PROFILE"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("turned", "corners"), CORNERS)
def test_a_photo_stands_as_the_camera_was_held(kind: str, turned: int, corners: str) -> None:
    for jpeg in prepared(from_a_camera(kind, turned=turned)).jpegs.values():
        image = opened(jpeg)
        right, bottom = image.width - 9, image.height - 9
        assert (image.width < image.height) == (turned > 4)
        for corner, spot in zip(corners, [(9, 9), (right, 9), (9, bottom), (right, bottom)], strict=True):
            assert is_about(image.getpixel(spot), *(254 * (corner == colour) for colour in "RGB"))


def test_a_photo_with_broken_exif_is_taken() -> None:
    whole = from_a_camera("JPEG", turned=6)
    maker_is_a_number = whole.replace(b"\x01\x0f\x00\x02", b"\x01\x0f\x00\x01", 1)
    assert maker_is_a_number != whole
    assert opened(prepared(maker_is_a_number).jpegs["large"]).size == (300, 400)
    png = picture((40, 30), kind="PNG")
    at = png.index(b"IDAT") - 4
    for exif in (b"MM", b"not exif at all"):
        assert opened(prepared(png[:at] + chunk(b"eXIf", exif) + png[at:]).jpegs["large"]).size == (40, 30)


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (picture(mode="RGBA", colour=(255, 0, 0, 0), kind="PNG"), (255, 255, 255)),
        (picture(mode="LA", colour=(0, 128), kind="PNG"), (127, 127, 127)),
        (picture(mode="P", colour=0, kind="PNG", transparency=0), (255, 255, 255)),
        (picture(mode="I;16", colour=30_000, kind="PNG"), (117, 117, 117)),
        (picture(mode="1", colour=1, kind="PNG"), (255, 255, 255)),
        (picture(mode="CMYK", colour=(0, 255, 255, 0)), (254, 0, 0)),
        (picture(mode="L", colour=90), (90, 90, 90)),
    ],
    ids=["transparent", "half grey", "transparent palette", "16 bit grey", "black and white", "CMYK", "grey"],
)
def test_every_kind_of_pixel_becomes_plain_colour_on_white(data: bytes, colour: tuple[int, int, int]) -> None:
    for jpeg in prepared(data).jpegs.values():
        assert opened(jpeg).mode == "RGB"
        assert is_about(opened(jpeg).getpixel((9, 9)), *colour)


def test_colours_of_another_profile_are_converted() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    red_is_blue = srgb.replace(b"rXYZ", b"????").replace(b"bXYZ", b"rXYZ").replace(b"????", b"bXYZ")
    assert is_about(opened(prepared(picture(icc_profile=red_is_blue)).jpegs["thumb"]).getpixel((9, 9)), 0, 0, 255)
    assert is_about(opened(prepared(picture(icc_profile=b"junk" * 99)).jpegs["thumb"]).getpixel((9, 9)), 254, 0, 0)


def test_a_script_behind_the_picture_is_gone() -> None:
    script = b"<script>alert(document.cookie)</script>"
    behind = prepared(picture() + script)
    within = prepared(picture(comment=script))
    assert not any(b"script" in jpeg for photo in (behind, within) for jpeg in photo.jpegs.values())


# --- what is refused -----------------------------------------------------------------------------------


def truncated() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((300, 200), 80).save(buffer, "JPEG")
    return buffer.getvalue()[:4000]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "不是照片"),
        (b"<!doctype html><script>alert(1)</script>", "不是照片"),
        (b"%PDF-1.7\n1 0 obj", "不是照片"),
        (picture(kind="TIFF"), "不是照片"),
        (picture(kind="GIF"), "不是照片"),
        (b"\xff\xd8\xff\xe0 not really", "打不开"),
        (truncated(), "不完整"),
        (b"", "空文件"),
        (picture() + b"\0" * photos.MAX_BYTES, "15 MB"),
        (picture(kind="PNG", save_all=True, append_images=[Image.new("RGB", (80, 60))]), "动图"),
        (picture(kind="WEBP", save_all=True, append_images=[Image.new("RGB", (80, 60))]), "动图"),
    ],
    ids=["svg", "html", "pdf", "tiff", "gif", "jpeg by name", "cut off", "empty", "too large", "apng", "moving webp"],
)
def test_what_is_not_a_photo_is_refused_by_its_number(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=f"第 2 .*{says}") as refused:
        photos.prepare([("good.jpg", picture()), ("photo.jpg", data)])
    assert refused.value.field == "photos"


def test_too_many_photos_are_refused_before_one_is_read() -> None:
    with pytest.raises(Refused, match="最多上传 6 张照片，您选了 7 张"):
        photos.prepare([(f"{number}.jpg", b"not even a photo") for number in range(7)])


def test_an_empty_file_field_is_no_photo() -> None:
    assert photos.prepare([("", io.BytesIO(b"")), ("", b"")]) == []


def test_a_stream_is_not_read_beyond_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0, "asks for all of an endless stream"
            self.given += size
            return b"\xff" * size

    stream = Endless()
    with pytest.raises(Refused, match="15 MB"):
        photos.prepare([("photo.jpg", stream)])
    assert stream.given <= photos.MAX_BYTES + 1


def flat_png(side: int, between: bytes = b"") -> bytes:
    """A black square of `side` pixels, which packs a thousandfold."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"\0" * (1 + side * 3)) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + between + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def bombs() -> Iterator[tuple[str, bytes]]:
    frames = [Image.new("P", (16, 16), number % 250) for number in range(1500)]
    gif = io.BytesIO()
    frames[0].save(gif, "GIF", save_all=True, append_images=frames[1:], duration=10)
    jpeg = picture()
    scans = picture((5000, 5000), progressive=True)
    scan = bytes.fromhex("ffda000c03010002000300000010")
    yield "90 megapixels", flat_png(9500)
    yield "1,500 frames", gif.getvalue()
    yield "a frame that lies about its size", picture((40, 40), kind="PNG").replace(b"\0\0\0\x28" * 2, b"\0\1\0\0" * 2)
    yield "a million segments", jpeg[:2] + b"\xff\xfe\0\3a" * 2_500_000 + jpeg[2:]
    yield "a million EXIF segments", jpeg[:2] + b"\xff\xe1\0\x0aExif\0\0ab" * 1_200_000 + jpeg[2:]
    yield "junk between segments", jpeg[:2] + b"\xff" * 14_000_000 + jpeg[2:]
    yield "four hundred scans", scans[:-2] + scan * 400 + b"\xff\xd9"
    yield "a million chunks", flat_png(10, chunk(b"abCd", b"") * 1_200_000)


LIGHT_THE_FUSE = """
import json, pathlib, resource, sys, time
from hall import photos
from hall.words import Refused
photos.prepare([("warm.jpg", pathlib.Path(sys.argv[1], "harmless").read_bytes())])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
results = {}
for bomb in sorted(pathlib.Path(sys.argv[1]).glob("*.bomb")):
    data, began = bomb.read_bytes(), time.monotonic()
    try:
        photos.prepare([("photo.jpg", data)])
        results[bomb.stem] = "taken"
    except Refused:
        results[bomb.stem] = time.monotonic() - began
print(json.dumps([results, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024]))
"""


def test_bombs_are_refused_quickly_and_with_little_memory(tmp_path: Path) -> None:
    Path(tmp_path, "harmless").write_bytes(picture())
    names = []
    for name, data in bombs():
        assert len(data) < photos.MAX_BYTES, name
        Path(tmp_path, f"{name}.bomb").write_bytes(data)
        names.append(name)
    # In a process of its own, because the highest use of memory is all that a process can tell.
    done = subprocess.run(
        [sys.executable, "-c", LIGHT_THE_FUSE, str(tmp_path)],
        capture_output=True,
        check=False,
        timeout=60,
        text=True,
        cwd=Path(photos.__file__).parent.parent,
    )
    assert done.returncode == 0, done.stderr
    results, megabytes = json.loads(done.stdout)
    assert sorted(results) == sorted(names)
    assert not {name: took for name, took in results.items() if took == "taken" or took > 2}
    assert megabytes < 60


# --- photos of an order --------------------------------------------------------------------------------


@pytest.fixture
def order(campus) -> RepairOrder:
    return report(campus.A)


def report(person, *pictures: photos.Prepared) -> RepairOrder:
    return repairs.report(
        by=person,
        building=Building.get(Building.code == "NQ1"),
        room="101",
        item=RepairItem.get(RepairItem.code == "S01"),
        description_text="卫生间冷水龙头关不紧，一直滴水，从昨晚开始",
        phone="13900000073",
        photos=pictures,
    )


def stored() -> list[str]:
    return sorted(item["path"] for found in obstore.list(site.photo_store) for item in found)


def attach(order: RepairOrder, person, count: int = 1, purpose: str = "before") -> list[Photo]:
    with database.atomic():
        return photos.attach(order, [prepared()] * count, by=person, purpose=purpose)


def test_photos_come_with_the_report_and_are_found_by_purpose(campus, queries) -> None:
    order = report(campus.A, prepared(), prepared())
    (after,) = attach(order, campus.W1, purpose="after")
    with queries() as asked:
        found = photos.by_purpose(order)
    assert len(asked) == 1
    assert {purpose: len(some) for purpose, some in found.items()} == {"before": 2, "after": 1}
    assert found["after"] == [after]
    assert photos.for_subject(order) == found["before"] + found["after"]
    assert after.owner == campus.W1
    assert after.size == sum(len(photos.read(after, size)) for size in photos.SIZES)
    assert opened(photos.read(after, "large")).size == (after.width, after.height)


@pytest.mark.parametrize(
    "name", ["../../../escaped.jpg", "/tmp/escaped.jpg", "a\0.jpg", "x" * 300, "..\\..\\escaped.jpg"]
)
def test_the_name_of_a_file_names_nothing(house, campus, order, name: str) -> None:
    def elsewhere() -> dict[Path, bytes]:
        kept = Path(house.data, "photos")
        return {
            file: file.read_bytes()
            for file in house.data.parent.rglob("*")
            if file.is_file() and kept not in file.parents and not file.name.startswith("hall.db")
        }

    before = elsewhere()
    with database.atomic():
        (photo,) = photos.attach(order, [prepared(name=name)], by=campus.A)
    assert elsewhere() == before
    assert stored() == sorted(f"{photo.name[:2]}/{photo.name}.{size}.jpg" for size in photos.SIZES)
    assert len(photo.name) == 32
    assert int(photo.name, 16)


def test_a_person_sends_sixty_photos_a_day(campus, order, freeze: Callable[[datetime], None]) -> None:
    freeze(clock.utc(datetime(2026, 11, 22, 23, 30)))
    for _ in range(10):
        attach(order, campus.A, 6)
    for attempt in (lambda: attach(order, campus.A), lambda: photos.prepare([("a.jpg", picture())], by=campus.A)):
        with pytest.raises(photos.TooManyToday, match="每人每天最多上传 60 张照片，您今天已上传 60 张") as refused:
            attempt()
        assert refused.value.field == "photos"
    assert len(stored()) == 60 * len(photos.SIZES)
    attach(order, campus.B)
    freeze(clock.utc(datetime(2026, 11, 23, 0, 5)))
    attach(order, campus.A)


def test_the_limit_holds_for_forms_sent_at_once(campus, order) -> None:
    for _ in range(8):
        attach(order, campus.A, 6)
    person, ready, photo = campus.A, threading.Barrier(6), prepared()

    def send() -> None:
        ready.wait()
        with suppress(photos.TooManyToday), database.atomic():
            photos.attach(order, [photo] * 6, by=person)
        database.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Photo.select().count() == settings.value("photos.a_day")


def test_a_refused_step_leaves_no_row_and_the_sweep_takes_its_bytes(campus, order) -> None:
    (kept,) = attach(order, campus.A)
    with suppress(ZeroDivisionError), database.atomic():
        photos.attach(order, [prepared()], by=campus.A)
        raise ZeroDivisionError
    others = ["backup/hall.db", f"ab/{'c' * 32}.large.png", "notes.txt"]
    for path in others:
        obstore.put(site.photo_store, path, b"not a photo of the hall")
    assert Photo.select().count() == 1
    assert len(stored()) == 2 * len(photos.SIZES) + len(others)
    assert photos.sweep() == 0, "a transaction may still be on its way"
    assert photos.sweep(timedelta(0)) == len(photos.SIZES)
    assert photos.sweep(timedelta(0)) == 0
    assert stored() == sorted([photos.key(kept.name, size) for size in photos.SIZES] + others)


def test_a_store_that_does_not_answer_is_told_in_a_sentence(campus, order, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise GenericError("no space left on device")

    monkeypatch.setattr(obstore, "put", fail)
    with pytest.raises(Refused, match="暂时无法保存") as refused:
        attach(order, campus.A)
    assert refused.value.field == "photos"
    assert not Photo.select().exists()


# --- who sees a photo ----------------------------------------------------------------------------------


def without_token(page: str) -> str:
    """A page without the CSRF token, which tells the time."""
    return re.sub(r'(name="csrf_token" value)="[^"]*"', r"\1", page)


def test_owner_and_group_get_every_size(campus, order, sign_in) -> None:
    (photo,) = attach(order, campus.A)
    for who in ("A", "lead", "operator"):
        visitor = sign_in(who)
        for size in photos.SIZES:
            answer = visitor.get(f"/photos/{photo.name}/{size}")
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.data == photos.read(photo, size)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            caching = answer.headers["Cache-Control"]
            assert "public" not in caching
            assert "private" in caching or "no-store" in caching


def test_strangers_get_what_a_missing_photo_gives(campus, order, sign_in, client, freeze) -> None:
    freeze(clock.now())  # the page of the error tells when it was
    (photo,) = attach(order, campus.A)
    for visitor in (client, sign_in("B"), sign_in("W2"), sign_in("other_lead")):
        missing = visitor.get(f"/photos/{'0' * 32}/thumb")
        assert missing.status_code == 404
        for size in photos.SIZES:
            answer = visitor.get(f"/photos/{photo.name}/{size}")
            assert (answer.status_code, without_token(answer.text)) == (404, without_token(missing.text))
            assert "ETag" not in answer.headers


def test_a_photo_that_the_browser_has_is_not_sent_again_but_asked_for(campus, order, sign_in) -> None:
    (photo,) = attach(order, campus.A)
    address = f"/photos/{photo.name}/thumb"
    tag = sign_in("A").get(address).headers["ETag"]
    assert sign_in("A").get(address, headers={"If-None-Match": tag}).status_code == 304
    assert sign_in("B").get(address, headers={"If-None-Match": tag}).status_code == 404


@pytest.mark.parametrize("path", ["original", "Thumb", "thumb.jpg", "0", "../large", "%2e%2e%2flarge", ""])
def test_there_are_four_sizes_and_no_other(campus, order, sign_in, path: str) -> None:
    (photo,) = attach(order, campus.A)
    assert sign_in("A").get(f"/photos/{photo.name}/{path}").status_code in (404, 308)
    assert sign_in("A").get("/photos/..%2f..%2fsecret/large").status_code == 404


def test_a_photo_of_something_that_is_gone_is_seen_by_nobody(campus, order, sign_in) -> None:
    (photo,) = attach(order, campus.A)
    for kind, number in (("no_such_entity", order.id), ("repair_order", order.id + 999)):
        Photo.update(subject_type=kind, subject_id=number).execute()
        lost = Photo.get_by_id(photo.id)
        assert not photos.may_see(campus.X, lost)
        assert sign_in("X").get(f"/photos/{photo.name}/large").status_code == 404
    assert not photos.may_see(None, photo)


def test_a_photo_of_before_there_were_cards_is_shown_at_the_next_size(campus, order, sign_in) -> None:
    (photo,) = attach(order, campus.A)
    address = f"/photos/{photo.name}/card"
    assert sign_in("A").get(address).data == photos.read(photo, "card")
    obstore.delete(site.photo_store, [photos.key(photo.name, "card")])
    assert photos.read(photo, "card") == photos.read(photo, "medium")
    answer = sign_in("A").get(address)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "image/jpeg", photos.read(photo, "medium"))
    assert sign_in("B").get(address).status_code == 404
    obstore.delete(site.photo_store, [photos.key(photo.name, "medium")])
    with pytest.raises(FileNotFoundError):
        photos.read(photo, "card")
    assert sign_in("A").get(address).status_code == 404


def test_cards_and_what_is_larger_come_in_passes() -> None:
    jpegs = prepared(picture((1200, 900))).jpegs
    in_passes = {size for size, jpeg in jpegs.items() if "progressive" in opened(jpeg).info}
    assert in_passes == {"card", "medium", "large"}


def test_a_photo_whose_bytes_are_lost_is_no_error(campus, order, sign_in) -> None:
    (photo,) = attach(order, campus.A)
    obstore.delete(site.photo_store, [photos.key(photo.name, "large")])
    assert sign_in("A").get(f"/photos/{photo.name}/large").status_code == 404
    assert sign_in("A").get(f"/photos/{photo.name}/thumb").status_code == 200
