"""The public site, a blueprint a module."""

from portal import account, authoring, home, photos, reporting

# `reporting.bp` is the blueprint of `portal.repairs`, with the forms of reporting on it; `authoring.bp` that of
# `portal.supervision`, with what people post and what becomes of it for its author.
BLUEPRINTS = [home.bp, account.bp, reporting.bp, authoring.bp, photos.bp]
