"""Files of notices: which ones are let in, how they are sent, and what becomes of them."""

import io
from collections.abc import Callable
from typing import Any

import obstore
import pytest

from hall import articles, attachments, clock, photos, site
from hall.words import Refused
from models import Attachment, Event
from tests import papers
from tests.conftest import Campus
from tests.portal import picture
from tests.visitor import Visitor

SignIn = Callable[..., Visitor]


def send(browser: Visitor, article: Any, name: str, content: bytes, **more: str) -> Any:
    path = f"/admin/writing/{article.id}"
    form = browser.form(path, action=f"{path}/files")
    return browser.client.post(form.action, data=form.values | more | {"file": (io.BytesIO(content), name)})


def test_a_file_hangs_on_a_notice_and_comes_off(client: Visitor, sign_in: SignIn, campus: Campus) -> None:
    article, browser = papers.notice(campus.X), sign_in("X")
    once = browser.form(f"/admin/writing/{article.id}", action=f"/admin/writing/{article.id}/files").values["once"]
    for _twice in range(2):
        assert send(browser, article, "../../班车 时刻.pdf", papers.pdf(), once=once).status_code == 302
    file = Attachment.get()
    assert (file.filename, file.mime, file.size) == ("班车 时刻.pdf", "application/pdf", len(papers.pdf()))
    link = client.get(f"/notices/{article.code}").text.partition('href="/files/')[2].partition('"')[0]
    answer = client.get(f"/files/{link}")
    assert answer.data == papers.pdf() and answer.mimetype == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.cache_control.private and answer.cache_control.no_cache
    assert client.get(f"/files/{link}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"/files/{file.name}/other.html").status_code == 404
    for _twice in range(2):
        assert browser.submit(f"/admin/writing/{article.id}/files/{file.name}/remove").status_code == 302
    assert client.get(f"/files/{link}").status_code == browser.get(f"/files/{link}").status_code == 404
    told = Event.select(Event.name).where(Event.subject_type == "article").order_by(Event.id)
    assert [event.name for event in told] == ["create", "attach", "detach"]


def test_a_picture_is_drawn_anew_and_may_stand_in_the_text(client: Visitor, campus: Campus) -> None:
    article = papers.notice(campus.X)
    sent = picture()[0].getvalue() + b"<script>p(1)</script>"
    file = attachments.attach(article, by=campus.X, file=("海报.PNG", sent))
    address = f"/files/{file.name}/{file.filename}"
    answer = client.get(address)
    assert (file.filename, answer.mimetype) == ("海报.jpg", "image/jpeg")
    assert b"script" not in answer.data and answer.data.startswith(b"\xff\xd8")
    assert answer.headers["Content-Disposition"].startswith("inline")
    articles.change(article, by=campus.X, text=f"![海报]({answer.request.path})")
    shown = client.get(f"/notices/{article.code}").text.partition('<img src="/files/')[2].partition('"')[0]
    assert client.get(f"/files/{shown}").data == answer.data


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.html", b"<script>p(1)</script>", "可以上传"),
        ("a.svg", b"<svg onload='p(1)'/>", "可以上传"),
        ("a.pdf.exe", b"MZ", "可以上传"),
        ("a.pdf", b"<html>%PDF-", "对不上"),
        ("a.jpg", b"<html>", "不是照片"),
        ("a.docx", papers.office("xl/"), "对不上"),
        ("a.docx", papers.office("word/", "word/vbaProject.bin"), "对不上"),
        ("a.docm", papers.office(), "旧版 Office"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "旧版 Office"),
        ("a.txt", b"a\0b", "对不上"),
        ("a.csv", b"\xff\xff\xff", "对不上"),
        ("a.pdf", b"", "空文件"),
        ("a.pdf", b"%PDF-" + b"0" * attachments.MAX_BYTES, "15 MB"),
    ],
)
def test_what_is_no_such_file_is_refused(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        attachments.prepare(name, content)
    assert refused.value.field == "file" and sentence in str(refused.value)


def test_the_page_says_what_is_wrong(sign_in: SignIn, campus: Campus) -> None:
    article, browser = papers.notice(campus.X), sign_in("X")
    page = send(browser, article, "a.html", b"<p>")
    assert page.status_code == 400 and page.text.count("可以上传 PDF") >= 2
    assert send(browser, article, "a.pdf", b"0" * (17 * 2**20)).status_code == 413
    for number in range(attachments.MOST):
        papers.attached(article, campus.X, f"{number}.pdf")
    assert "最多 10 个附件" in send(browser, article, "a.pdf", papers.pdf()).text
    assert Attachment.select().count() == attachments.MOST


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("..\\..\\windows\\a.pdf", ("a", "pdf")),
        ("/etc/passwd", ("file", "passwd")),
        ("a\r\nSet-Cookie: x.pdf", ("aSet-Cookie x", "pdf")),
        ("\u202efdp.exe", ("fdp", "exe")),
        ("长" * 300 + ".pdf", ("长" * 94, "pdf")),
        ('"<b>".pdf', ("b", "pdf")),
        (".pdf", ("file", "pdf")),
    ],
)
def test_names_are_ours(given: str, kept: tuple[str, str]) -> None:
    assert attachments.clean_name(given) == kept


def test_what_a_rollback_left_is_swept(campus: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    article = papers.notice(campus.X)
    file = papers.attached(article, campus.X)
    orphan = attachments.key("0" * 32)
    obstore.put(site.photo_store, orphan, b"x")
    assert attachments.sweep() == photos.sweep() == 0
    later = clock.days_ago(-2)
    monkeypatch.setattr("models.utcnow", lambda: later)
    assert photos.sweep() == 0 and attachments.sweep() == 1
    assert attachments.read(file) == papers.pdf()
