"""Photos of any subject: decoded, re-encoded in four sizes, kept in a store, shown only with their subject.

What a camera or a stranger sends is never stored. `prepare` decodes it outside of any transaction;
`attach` writes our own JPEGs and their rows inside the caller's (`faults.md` 17-21).
"""

import functools
import io
import logging
import re
import secrets
import struct
import threading
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, BinaryIO

import obstore
from obstore.exceptions import BaseError
from PIL import ExifTags, Image, ImageCms, UnidentifiedImageError
from PIL.Image import Transpose as T

import models
from hall import clock, events, settings, site
from hall.photo_likeness import photo_hash
from hall.photo_parts import is_intricate
from hall.photo_readers import may_see as may_see
from hall.words import N_, Refused, TooOften
from models import Entity, Listing, Person, Photo, PropertyNotice

SIZES = {"thumb": 320, "card": 560, "medium": 960, "large": 2048}  # longest side, pixels
QUALITY = {"thumb": 78, "card": 76, "medium": 82, "large": 85}
# Photos of before there was a size are shown in the next larger one.
_INSTEAD = {"card": "medium"}
MAX_BYTES = 15 * 2**20
MAX_PIXELS = 25_000_000
# Nobody photographs a leaking tap in GIF: a format that is not read cannot be a bomb.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
# Photos of these are compared with each other (hall/lost_matching.py).
_COMPARED = (PropertyNotice, Listing)
# What turns a picture upright, by EXIF orientation.
_TURNS: dict[Any, T] = {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE}
_TURNS |= {6: T.ROTATE_270, 7: T.TRANSVERSE, 8: T.ROTATE_90}
_SRGB = ImageCms.createProfile("sRGB")
_BROKEN = N_("第 %(number)d 张照片打不开或不完整，请重新选择或再拍一张")
_NO_PHOTO = N_("第 %(number)d 个文件不是照片，请上传 JPEG、PNG、WebP 或 HEIC 格式的图片")
_TOO_MANY_PIXELS = N_("第 %(number)d 张照片像素太多（最多 2500 万），请用手机的普通分辨率再拍一张")
_KEY = re.compile(r"[0-9a-f]{2}/([0-9a-f]{32})\.(?:" + "|".join(SIZES) + r")\.jpg")
# The worst photo that is let in takes 400 MB for a second: one at a time in a process, the others wait.
_decoding = threading.Lock()


class TooManyToday(TooOften):
    """The person has sent as many photos as a day allows."""


@dataclass(frozen=True)
class Prepared:
    """One photo as the hall keeps it: width and height of the large JPEG, and the bytes of each size."""

    width: int
    height: int
    jpegs: dict[str, bytes]


def prepare(files: Iterable[tuple[str, BinaryIO | bytes]], *, by: Person | None = None) -> list[Prepared]:
    """Decode (file name, binary stream or bytes) pairs; one without a name is an empty field and passed over.

    Slow (up to a second a photo): call it before the transaction begins. The name is used for nothing
    else. Raises Refused(field="photos") that says which photo is wrong and why; with `by` also when
    the day's limit would be passed, before anything is decoded.
    """
    chosen = [content for name, content in files if name]
    most = settings.value("photos.most")
    if len(chosen) > most:
        raise _refused(N_("一次最多上传 %(most)d 张照片，您选了 %(count)d 张"), most=most, count=len(chosen))
    _hold_to_limit(by, len(chosen))
    return [_prepare(content, number) for number, content in enumerate(chosen, start=1)]


def _prepare(content: BinaryIO | bytes, number: int) -> Prepared:
    data = content if isinstance(content, bytes) else content.read(MAX_BYTES + 1)
    if not data:
        raise _refused(N_("第 %(number)d 张照片是空文件，请重新选择"), number=number)
    if len(data) > MAX_BYTES:
        raise _refused(N_("第 %(number)d 张照片超过 15 MB，请换一张小一些的"), number=number)
    if is_intricate(data):
        raise _refused(_BROKEN, number=number)
    try:
        with _decoding, _opened(data) as image:
            _check(image, number)
            return _encode(_upright(_decode(image, number)))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refused(_TOO_MANY_PIXELS, number=number) from None
    except UnidentifiedImageError:
        raise _refused(_NO_PHOTO, number=number) from None
    except Refused:
        raise
    except Exception as broken:  # a hostile file makes decoders raise nearly anything
        raise _refused(_BROKEN, number=number) from broken


def _opened(data: bytes) -> Image.Image:
    _know_heif()
    return Image.open(io.BytesIO(data), formats=FORMATS)


@functools.cache
def _know_heif() -> None:
    """Let Pillow read what iPhones send; its decoders take 4 MB, so only a process that reads photos has them."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)


def _check(image: Image.Image, number: int) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise _refused(_TOO_MANY_PIXELS, number=number)
    # Phones put a second picture into JPEG and HEIC; only in PNG and WebP does it move.
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):
        raise _refused(N_("第 %(number)d 张是动图，请换一张静态的照片"), number=number)


def _decode(image: Image.Image, number: int) -> Image.Image:
    """Read the pixels, at half size or less where a JPEG allows it, and shrink them to the large size."""
    longest, largest = max(image.size), SIZES["large"]
    if longest > largest:
        image.draft("RGB", (image.width * largest // longest, image.height * largest // longest))
    image.load()
    _check(image, number)
    if image.has_transparency_data and image.mode != "RGBA":
        image = image.convert("RGBA")
    elif image.mode.startswith("I"):  # 16 bits of grey; convert alone would cut off all but the darkest
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGB")
    image.thumbnail((largest, largest), Image.Resampling.LANCZOS)
    return image


def _upright(image: Image.Image) -> Image.Image:
    """Turn the picture as its camera was held, in sRGB, on white, and with nothing beside its pixels."""
    image = _turned(image)
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    clean = Image.new("RGB", image.size, "white")
    clean.paste(_srgb(image), mask=alpha)
    return clean


def _turned(image: Image.Image) -> Image.Image:
    # ImageOps.exif_transpose would do, but it writes the EXIF anew and stumbles over what cameras write there.
    try:
        turn = _TURNS.get(image.getexif().get(ExifTags.Base.Orientation))
    except (struct.error, ArithmeticError, LookupError, OSError, SyntaxError, TypeError, ValueError):
        turn = None
    return image if turn is None else image.transpose(turn)


def _srgb(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if image.mode == "RGBA":
        image = image.convert("RGB")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile of another colour space, or none at all: show the plain numbers
    return image.convert("RGB")


def _encode(image: Image.Image) -> Prepared:
    width, height = image.size
    jpegs = {}
    for size in sorted(SIZES, key=SIZES.__getitem__, reverse=True):
        image.thumbnail((SIZES[size], SIZES[size]), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=QUALITY[size], optimize=True, progressive=size != "thumb")
        jpegs[size] = buffer.getvalue()
    return Prepared(width, height, jpegs)


def attach(subject: Entity, prepared: Iterable[Prepared], *, by: Person | None, purpose: str = "before") -> list[Photo]:
    """Store prepared photos of `subject`, inside the caller's transaction; `purpose` is "before", "after" …

    The bytes are there before the row is: if the transaction rolls back they have no row, and `sweep`
    deletes them. Raises TooManyToday, or Refused where the store does not answer.
    """
    prepared = list(prepared)
    _hold_to_limit(by, len(prepared))
    return [_attach(subject, photo, by, purpose) for photo in prepared]


def _attach(subject: Entity, photo: Prepared, by: Person | None, purpose: str) -> Photo:
    name = secrets.token_hex(16)
    try:
        for size, jpeg in photo.jpegs.items():
            obstore.put(site.photo_store, key(name, size), jpeg)
    except (BaseError, OSError) as failure:
        logging.getLogger(__name__).exception("the photo store does not take photos")
        raise _refused(N_("照片暂时无法保存，请稍后再试，或者先不带照片提交")) from failure
    return Photo.create(
        name=name,
        subject_type=events.subject_type(subject),
        subject_id=subject.id,
        purpose=purpose,
        owner=by,
        width=photo.width,
        height=photo.height,
        size=sum(map(len, photo.jpegs.values())),
        likeness=_likeness(photo) if isinstance(subject, _COMPARED) else "",
        created=clock.now(),
    )


def _likeness(photo: Prepared) -> str:
    with Image.open(io.BytesIO(photo.jpegs["thumb"])) as image:
        return f"{photo_hash(image):016x}"


def _hold_to_limit(by: Person | None, count: int) -> None:
    """Raise TooManyToday if `count` photos more are too many for one person on one day of the campus."""
    if by is None or not count:
        return
    if models.database.for_update and models.database.in_transaction():
        # Two forms of one person sent at once are counted one after the other; SQLite does that by itself.
        # A plain FOR UPDATE would lock against the rows that both have just written about this person.
        Person.select(Person.id).where(Person.id == by.id).for_update("FOR NO KEY UPDATE").execute()  # type: ignore[arg-type]
    midnight = clock.utc(datetime.combine(clock.today(), time()))
    sent = Photo.select().where(Photo.owner == by.id, Photo.created >= midnight).count()
    most = settings.value("photos.a_day")
    if sent + count > most:
        raise TooManyToday(
            N_("每人每天最多上传 %(most)d 张照片，您今天已上传 %(sent)d 张，请明天再传"),
            field="photos",
            most=most,
            sent=sent,
        )


def for_subject(subject: Entity) -> list[Photo]:
    """All photos of a subject, oldest first."""
    about = (Photo.subject_type == events.subject_type(subject)) & (Photo.subject_id == subject.id)
    return list(Photo.select().where(about).order_by(Photo.id))


def by_purpose(subject: Entity) -> dict[str, list[Photo]]:
    """The photos of a subject as {purpose: photos, oldest first}, with one query."""
    found: dict[str, list[Photo]] = {}
    for photo in for_subject(subject):
        found.setdefault(photo.purpose, []).append(photo)
    return found


def read(photo: Photo, size: str) -> bytes:
    """The JPEG of one size of SIZES. Raises FileNotFoundError if the store has none."""
    try:
        return bytes(obstore.get(site.photo_store, key(photo.name, size)).bytes())
    except FileNotFoundError:
        if size not in _INSTEAD:
            raise
        return read(photo, _INSTEAD[size])


def key(name: str, size: str) -> str:
    """Where the store keeps a size of the photo called `name`."""
    return f"{name[:2]}/{name}.{size}.jpg"


def sweep(older_than: timedelta = timedelta(days=1)) -> int:
    """Delete what rolled-back transactions left in the store; gives the number of objects.

    `older_than` must outlast the slowest transaction. Whatever else lies in the store is not touched.
    """
    deleted, before = 0, models.utcnow() - older_than
    for found in obstore.list(site.photo_store, chunk_size=900):
        old = {
            item["path"]: match[1]
            for item in found
            if (match := _KEY.fullmatch(item["path"])) and item["last_modified"].replace(tzinfo=None) <= before
        }
        kept = {photo.name for photo in Photo.select(Photo.name).where(Photo.name.in_(set(old.values())))}
        orphans = [path for path, name in old.items() if name not in kept]
        if orphans:
            obstore.delete(site.photo_store, orphans)
        deleted += len(orphans)
    return deleted


def _refused(sentence: str, **values: Any) -> Refused:
    return Refused(sentence, field="photos", **values)
