"""What search engines read: which pages are for them, and where they are."""

from flask import Blueprint, Response, make_response, render_template, url_for

from hall import articles, moderation_flow, site
from models import Thread
from portal.articles import MOST_GUIDES, address, changed

bp = Blueprint("crawlers", __name__)

PAGES = ("home.index", "home.services", "articles.notices", "articles.guides", "supervision.index", "market.index")
PAGES += ("lost_found.index", "repairs.new", "supervision.log", "market.rules")
# What is somebody's own or changes with every look; a page that nobody may see says so by itself.
CLOSED = ("/admin", "/inbox", "/me", "/password", "/signin", "/language", "/search", "/photos/", "/repairs/similar")
MOST_NOTICES, MOST_THREADS = 1000, 2000


@bp.get("/robots.txt")
def robots() -> Response:
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in CLOSED),
        "",
        f"Sitemap: {site.url}{url_for('.sitemap')}",
    ]
    return _plain("\n".join(lines) + "\n", "text/plain")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """The pages that everybody may read: of notices and threads the newest."""
    rows = articles.newest("guide", MOST_GUIDES) + articles.page("notice", limit=MOST_NOTICES)[0]
    pages = [(address(endpoint), None) for endpoint in PAGES]
    pages += [(address(f"articles.{row.kind}", code=row.code), changed(row)) for row in rows]
    threads = moderation_flow.disclosed(Thread).select(Thread.number).order_by(Thread.id.desc()).limit(MOST_THREADS)
    pages += [(address("supervision.show", number=row.number), None) for row in threads]
    return _plain(render_template("articles/sitemap.xml", pages=pages), "application/xml")


def _plain(text: str, mimetype: str) -> Response:
    response = make_response(text)
    response.mimetype = mimetype
    response.cache_control.max_age = 3600
    response.add_etag()
    return response
