"""The bytes of a photo, for those who may see what it is of."""

from flask import Blueprint, Response, abort, request
from flask_login import current_user

from hall import photos
from models import Photo

bp = Blueprint("photos", __name__)


@bp.get("/photos/<name>/<any(thumb, card, medium, large):size>")
def show(name: str, size: str) -> Response:
    """One size as JPEG; 404 with one and the same page for strangers and for names that do not exist."""
    person = current_user if current_user.is_authenticated else None
    photo = Photo.get_or_none(Photo.name == name)
    if photo is None or not photos.may_see(person, photo):
        abort(404)
    try:
        response = Response(photos.read(photo, size), mimetype="image/jpeg")
    except FileNotFoundError:
        abort(404)
    # A browser may keep the bytes, which never change under a name, but asks each time whether they may be seen:
    # who sits at a shared computer next gets nothing out of its cache.
    response.cache_control.private = True
    response.cache_control.no_cache = True
    response.set_etag(f"{name}-{size}")
    return response.make_conditional(request)
