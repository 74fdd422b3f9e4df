"""The public site, a blueprint a module."""

from portal import (
    account,
    applications,
    articles,
    authoring,
    crawlers,
    home,
    lost_posting,
    mine,
    offering,
    photos,
    questions,
    reporting,
    search,
    talk,
    transparency,
)

# `reporting.bp` is the blueprint of `portal.repairs`, with the forms of reporting on it; `authoring.bp` that of
# `portal.supervision`, with what people post and what becomes of it for its author;
# so are `lost_posting.bp` and `offering.bp` those of `portal.lost_found` and `portal.market`.
BLUEPRINTS = [
    home.bp,
    account.bp,
    reporting.bp,
    authoring.bp,
    photos.bp,
    lost_posting.bp,
    offering.bp,
    talk.bp,
    articles.bp,
    crawlers.bp,
    search.bp,
    transparency.bp,
    mine.bp,
    questions.bp,
    applications.bp,
]
