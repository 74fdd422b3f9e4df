"""The public site, a blueprint a module."""

from portal import account, home, photos, reporting

# `reporting.bp` is the blueprint of `portal.repairs`, with the forms of reporting on it.
BLUEPRINTS = [home.bp, account.bp, reporting.bp, photos.bp]
