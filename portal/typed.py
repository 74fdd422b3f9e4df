"""What a visitor has typed into a form travels through the sign-in and comes back (`requirements.md` 10).

It lies in a cookie of its own, because a sign-in begins a new session; each area of the portal has its own.
"""

import json
from collections.abc import Iterable
from typing import Any

from flask import current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.wrappers import Response

from forms import Form
from hall.question_values import PREFIX

COOKIE = "hall_typed"
SECONDS = 30 * 60
MOST = 3800  # browsers keep 4096 bytes of a cookie, name and attributes included
LONGEST = 2000  # characters of one answer
MANY = 12  # answers to one question
MOST_ADDED = 40  # answers to questions that an operator added


class _Tight:
    """JSON in two bytes a Chinese character: a letter of 2000 characters fits once it is compressed."""

    def dumps(self, values: Any, **_options: Any) -> bytes:
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("gb18030")

    def loads(self, packed: bytes) -> Any:
        return json.loads(packed.decode("gb18030"))


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=COOKIE, serializer=_Tight())


def typed(shape: type[Form], about: str = "") -> Any:
    """What was typed into the form: just now, or by the same browser before it signed in (then `g.kept` is true).

    `about` tells forms of one shape apart, for instance by the number of what they are about.
    """
    g.kept = False
    if request.method == "POST":
        return CombinedMultiDict([request.form, request.files])
    if not current_user.is_authenticated or COOKIE not in request.cookies:
        return None
    try:
        kept = _signer().loads(request.cookies[COOKIE], max_age=SECONDS)
    except (BadData, ValueError):
        return None
    g.kept = kept["shape"] == _name(shape, about)
    return MultiDict(kept["values"]) if g.kept else None


def _name(shape: type[Form], about: str) -> str:
    return f"{shape.__name__} {about}".rstrip()


def ask_who_you_are(shape: type[Form], area: str, *, names: Iterable[str], about: str = "") -> Response:
    """To the sign-in and back to this page, with the words that were typed as answers to `names`.

    `area` is the path below which they come back.
    """
    added = [name for name in request.form if name.startswith(PREFIX)][:MOST_ADDED]
    values = {name: [text[:LONGEST] for text in request.form.getlist(name)[:MANY]] for name in [*names, *added]}
    while len(packed := _signer().dumps({"shape": _name(shape, about), "values": values}).decode()) > MOST:
        longest = max(values, key=lambda name: sum(map(len, values[name])))
        values[longest] = [text[: len(text) * 9 // 10] for text in values[longest]]
    flash(_("请先登录，刚才填写的内容会为您保留"), "info")
    answer = redirect(url_for("account.signin", next=request.full_path.rstrip("?")))
    answer.set_cookie(
        COOKIE, packed, max_age=SECONDS, path=area, httponly=True, samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return answer


def forget(answer: Response, area: str) -> Response:
    """`answer`, telling the browser that what was typed has arrived."""
    answer.delete_cookie(COOKIE, path=area)
    return answer
