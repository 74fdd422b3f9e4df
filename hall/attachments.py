"""Files that hang on an article: which ones are let in, where their bytes lie, and who may fetch them.

The name that somebody gave says nothing about a file: its first bytes must be those of its ending. Pictures are
drawn anew like every photo; of the rest nothing is ever shown inside a page, browsers save it (`faults.md` 18).
"""

import logging
import re
import secrets
import unicodedata
import zipfile
from datetime import timedelta
from io import BytesIO
from typing import BinaryIO

import obstore
from obstore.exceptions import BaseError

import models
from hall import access, articles, clock, events, photos, site
from hall.words import N_, Refused
from models import Article, Attachment, Person, database, held

MAX_BYTES = 15 * 2**20
MOST = 10  # of one article
_OFFICE = "application/vnd.openxmlformats-officedocument."
# Ending → type; what is not here is not let in.
TYPES = {
    "pdf": "application/pdf",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "csv": "text/csv",
    "txt": "text/plain",
    "jpg": "image/jpeg",
}
_PICTURES = ("jpg", "jpeg", "png", "webp", "heic")
_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
_KEY = re.compile(r"files/[0-9a-f]{2}/([0-9a-f]{32})")
_LONGEST_NAME = 100
KINDS = N_("可以上传 PDF、Word（docx）、Excel（xlsx）、PPT（pptx）、CSV、TXT 和图片，每个不超过 15 MB")
_OLD = N_("旧版 Office 文件可能带宏，请另存为 docx、xlsx、pptx 或 PDF 再上传")
_UNLIKE = N_("文件内容和扩展名对不上，或者文件已损坏")
_FULL = N_("每篇最多 %(most)s 个附件，请先移除一些")
_AWAY = N_("附件暂时无法保存，请稍后再试")


def of(article: Article) -> list[Attachment]:
    """What hangs on an article, oldest first."""
    here = (Attachment.article == article.id) & Attachment.removed.is_null()
    return list(Attachment.select().where(here).order_by(Attachment.id))


def attach(
    article: Article, *, by: Person | None, file: tuple[str, BinaryIO | bytes], once: str | None = None
) -> Attachment:
    """Hang a file, (name, binary stream or bytes), on an article. Sent twice (`once`), it is one.

    Raises Refused(field="file") where it is of no kind that is let in, too large, or one too many.
    """
    role = articles.writer_role(by)
    filename, mime, content = prepare(*file)
    with database.atomic():
        held(Article.select(Article.id).where(Article.id == article.id)).first()
        if once and (before := _done_before(article, once)):
            return before
        if len(of(article)) >= MOST:
            raise Refused(_FULL, field="file", most=MOST)
        name = secrets.token_hex(16)
        try:
            obstore.put(site.photo_store, key(name), content)
        except (BaseError, OSError) as failure:
            logging.getLogger(__name__).exception("the store does not take attachments")
            raise Refused(_AWAY, field="file") from failure
        row = Attachment.create(
            name=name, article=article.id, filename=filename, mime=mime, size=len(content), created=clock.now()
        )
        told = {"name": name, "filename": filename, "size": len(content)}
        events.record(article, "attach", N_("添加附件"), by=by, role=role, details=told, once=once)
        return row


def detach(attachment: Attachment, *, by: Person | None) -> None:
    """Take a file off its article: nobody gets it any more. Taken off already, nothing happens. Raises Refused."""
    role = articles.writer_role(by)
    with database.atomic():
        gone = Attachment.update(removed=clock.now()).where(
            Attachment.id == attachment.id, Attachment.removed.is_null()
        )
        if gone.execute():
            told = {"name": attachment.name, "filename": attachment.filename}
            events.record(attachment.article, "detach", N_("移除附件"), by=by, role=role, details=told)


def may_see(person: Person | None, attachment: Attachment) -> bool:
    """Whether `person` (None is a visitor) may fetch it: everybody while its article is shown, always who writes."""
    if attachment.removed is not None:
        return False
    return articles.is_shown(attachment.article) or (person is not None and access.may(person, articles.NEED))


def read(attachment: Attachment) -> bytes:
    """The bytes. Raises FileNotFoundError if the store has none."""
    return bytes(obstore.get(site.photo_store, key(attachment.name)).bytes())


def is_picture(attachment: Attachment) -> bool:
    """Whether it is one of our own JPEGs, which a page may show."""
    return attachment.mime == TYPES["jpg"]


def key(name: str) -> str:
    """Where the store keeps the file called `name`."""
    return f"files/{name[:2]}/{name}"


def sweep(older_than: timedelta = timedelta(days=1)) -> int:
    """Delete the bytes that rolled-back transactions left behind; gives how many files."""
    deleted, before = 0, models.utcnow() - older_than
    for found in obstore.list(site.photo_store, prefix="files/", chunk_size=900):
        old = {
            item["path"]: match[1]
            for item in found
            if (match := _KEY.fullmatch(item["path"])) and item["last_modified"].replace(tzinfo=None) <= before
        }
        kept = {row.name for row in Attachment.select(Attachment.name).where(Attachment.name.in_(set(old.values())))}
        orphans = [path for path, name in old.items() if name not in kept]
        if orphans:
            obstore.delete(site.photo_store, orphans)
        deleted += len(orphans)
    return deleted


def _done_before(article: Article, once: str) -> Attachment | None:
    event = models.Event.get_or_none(models.Event.once == once, models.Event.subject_id == article.id)
    return Attachment.get_or_none(Attachment.name == event.details.get("name")) if event else None


# --- what is let in ----------------------------------------------------------------------------------


def prepare(name: str, content: BinaryIO | bytes) -> tuple[str, str, bytes]:
    """A file as the hall keeps it: (file name, type, bytes). Raises Refused(field="file")."""
    data = content if isinstance(content, bytes) else content.read(MAX_BYTES + 1)
    if not name or not data:
        raise Refused(N_("请选择一个文件，空文件不能上传"), field="file")
    if len(data) > MAX_BYTES:
        raise Refused(N_("文件超过 15 MB，请压缩或拆开后再上传"), field="file")
    stem, ending = clean_name(name)
    if ending in ("doc", "xls", "ppt", "docm", "xlsm", "pptm"):
        raise Refused(_OLD, field="file")
    if ending in _PICTURES:
        return f"{stem}.jpg", TYPES["jpg"], _drawn_anew(name, data)
    if ending not in TYPES:
        raise Refused(KINDS, field="file")
    if not _fits(ending, data):
        raise Refused(_UNLIKE, field="file")
    return f"{stem}.{ending}", TYPES[ending], data


def clean_name(name: str) -> tuple[str, str]:
    """(stem, ending) of a file name without folders and without what no file should be called (fault 20)."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(mark for mark in plain if unicodedata.category(mark)[0] != "C" and mark not in '<>:"|?*%#&;')
    stem, _dot, ending = " ".join(kept.split()).rpartition(".")
    stem = stem.strip(". ")[: _LONGEST_NAME - 6].strip(". ")
    return stem or "file", ending.lower()


def _drawn_anew(name: str, data: bytes) -> bytes:
    try:
        return photos.prepare([(name, data)])[0].jpegs["large"]
    except Refused as refused:
        refused.field = "file"
        raise


def _fits(ending: str, data: bytes) -> bool:
    if ending == "pdf":
        return data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]
    if ending in _FOLDERS:
        return _is_office(data, _FOLDERS[ending])
    return b"\0" not in data and any(_decodes(data, code) for code in ("utf-8", "gb18030"))


def _is_office(data: bytes, folder: str) -> bool:
    """Whether this is a document of the kind whose parts lie in `folder`, without macros."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False
    parts = any(name.startswith(folder) for name in names)
    return parts and "[Content_Types].xml" in names and not any("vbaproject" in name.lower() for name in names)


def _decodes(data: bytes, code: str) -> bool:
    try:
        data.decode(code)
    except UnicodeDecodeError:
        return False
    return True
