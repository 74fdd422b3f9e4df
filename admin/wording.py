"""The operator's own words for states, explanations, steps, messages and tiles, each beside its default.

An exception beside the generated panel: a phrase that nobody has worded anew has no row.
"""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _

from admin.gate import Gate, me
from forms.wording import WordingForm
from hall import wording
from hall.wording import Phrase
from hall.words import Refused
from templating import status_of

MOST = 100


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Words(name=lazy_gettext("用语"), endpoint="wording_page", url="/admin/wording-of", category="configure")
    view.menu_icon_value = "chat-square-quote"
    return [view]


class Words(Gate):
    need = wording.NEED

    def render(self, template: str, **page: Any) -> str:
        return super().render(template, parts=wording.PARTS, kinds=wording.KINDS, english=_english, **page)

    @expose("/")
    def index(self) -> str:
        """The phrases of one part of the hall (`?part=`), or those in which `?q=` stands."""
        asked, part = request.args.get("q", "").strip()[:40], request.args.get("part", "repair")
        if part not in wording.PARTS:
            abort(404)
        own, known = wording.changed(), wording.phrases().values()
        found = [each for each in known if (_has(each, own, asked) if asked else each.part == part)][:MOST]
        rows = {kind: [each for each in found if each.kind == kind] for kind in wording.KINDS}
        return self.render("admin/wording.html", rows=rows, part=part, asked=asked, own=own)

    @expose("/<code>", methods=("GET", "POST"))
    def edit(self, code: str) -> Any:
        """Word a phrase anew; it is shown as it will read before it is kept."""
        phrase = wording.phrases().get(code) or abort(404)
        form = WordingForm(request.form if request.method == "POST" else None, phrase=phrase)
        status, preview = 200, None
        if request.method == "POST":
            status = 400
            try:
                if form.validate():
                    pair = wording.check(code, form.text.data or "", form.text_en.data or "")
                    if "confirmed" in request.form:
                        wording.change(code, **form.answers(), by=me())
                        flash(_("已保存"), "ok")
                        return redirect(url_for(".edit", code=code))
                    default = (phrase.default, _english(phrase.default))
                    preview = [wording.example(phrase, own or usual) for own, usual in zip(pair, default, strict=True)]
                    status = 200
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale:
                    # Who has read what it says now may save over it.
                    form.see(wording.kept(code))
        page = {"phrase": phrase, "form": form, "preview": preview, "past": wording.history(code)}
        return self.render("admin/wording_edit.html", **page, now=wording.kept(code)), status


def _english(text: str) -> str:
    """The default in English, whatever the reader's language is."""
    with force_locale("en"):
        return str(_(text)) if text else ""


def _has(phrase: Phrase, own: dict[str, tuple[str, str]], asked: str) -> bool:
    said = (phrase.default, *own.get(phrase.code, ()), _english(phrase.default))
    return any(asked.casefold() in text.casefold() for text in said)
