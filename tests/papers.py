"""What the tests of notices share: a notice by the verb, and files as people hand them in."""

import io
import zipfile
from typing import Any

from hall import articles, attachments, clock
from models import Article, Attachment, Person

TEXT = "因检修供水管道，**明天**上午停水。\n\n- 请提前存水"


def notice(by: Person, **said: Any) -> Article:
    """A notice that is shown since an hour, or as `said`."""
    given = {"kind": "notice", "title": "停水通知", "text": TEXT, "publish": clock.days_ago(1 / 24), **said}
    return articles.write(by=by, **given)


def attached(article: Article, by: Person, name: str = "安排.pdf") -> Attachment:
    return attachments.attach(article, by=by, file=(name, pdf()))


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def office(folder: str = "word/", *more: str) -> bytes:
    """The least that counts as a document: its parts lie in `folder`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", f"{folder}document.xml", *more):
            archive.writestr(name, "<x/>")
    return file.getvalue()
