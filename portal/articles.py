"""Notices and guides as everybody reads them, the files that hang on them, and the feed of notices."""

import re
from io import BytesIO
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, send_file, url_for
from flask_login import current_user

from hall import articles, attachments, clock, site
from models import Article, Attachment, Person

bp = Blueprint("articles", __name__)

FEED_LENGTH = 30
MOST_GUIDES = 100
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Nothing that somebody handed in runs, whatever a browser takes it for.
SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def me() -> Person | None:
    person: Person | None = current_user._get_current_object() if current_user.is_authenticated else None
    return person


def address(endpoint: str, **values: Any) -> str:
    """An address that holds outside of this site, on the host of the settings (fault 32)."""
    return site.url + url_for(endpoint, **values)


@bp.get("/notices")
def notices() -> str:
    """What is shown, newest first, a page by key; the pinned before all others."""
    after = request.args.get("after", "")
    rows, following = articles.page("notice", after)
    pinned = [] if after else articles.pinned()
    rest = [row for row in rows if row.id not in {first.id for first in pinned}]
    return render_template("articles/notices.html", pinned=pinned, rows=rest, following=following, is_first=not after)


@bp.get("/notices/<code>")
def notice(code: str) -> str:
    return _show("notice", code)


@bp.get("/guides")
def guides() -> str:
    return render_template("articles/guides.html", rows=articles.newest("guide", MOST_GUIDES))


@bp.get("/guides/<code>")
def guide(code: str) -> str:
    return _show("guide", code)


def _show(kind: str, code: str) -> str:
    article: Article = articles.find(kind, code) or abort(404)
    others = [row for row in articles.newest(kind, 5) if row.id != article.id][:4]
    here = address(f"articles.{kind}", code=article.code)
    files = attachments.of(article)
    return render_template("articles/show.html", article=article, files=files, others=others, here=here)


@bp.get("/files/<name>/<filename>")
def file(name: str, filename: str) -> Response:
    """The bytes of an attachment: pictures may stand in a page, all else is for saving.

    404 with one and the same page for what is not shown, for strangers and for names that do not exist.
    """
    found = Attachment.select(Attachment, Article).join(Article).where(Attachment.name == name).first()
    if found is None or found.filename != filename or not attachments.may_see(me(), found):
        abort(404)
    try:
        content = BytesIO(attachments.read(found))
    except FileNotFoundError:
        abort(404)
    saved = not attachments.is_picture(found)
    response = send_file(content, mimetype=found.mime, as_attachment=saved, download_name=found.filename)
    response.headers["Content-Security-Policy"] = SANDBOX
    # As with photos: a browser may keep the bytes but asks each time whether they may still be seen.
    response.cache_control.clear()
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.set_etag(name)
    return response.make_conditional(request)


@bp.get("/notices/feed.atom")
def feed() -> Response:
    """The newest notices as Atom, with their whole text."""
    rows, _following = articles.page("notice", limit=FEED_LENGTH)
    text = render_template(
        "articles/feed.atom",
        rows=rows,
        updated=max((changed(row) for row in rows), default=clock.now()),
        changed=changed,
        there=address("articles.notices"),
        here=address("articles.feed"),
        to=lambda row: address("articles.notice", code=row.code),
    )
    response = make_response(NOT_IN_XML.sub("", text))
    response.mimetype = "application/atom+xml"
    response.add_etag()
    return response.make_conditional(request)


def changed(article: Article) -> Any:
    """When readers last saw something new in it: written long before it is published, it is as new as that."""
    return max(article.publish, article.updated)
