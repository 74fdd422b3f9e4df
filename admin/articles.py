"""Where notices and guides are written: the list with drafts, the form with its preview, the files that hang on them.

An exception beside the generated panel: a text is only understood as readers will see it.
"""

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.datastructures import CombinedMultiDict

from admin.gate import Gate, me
from forms.articles import ArticleForm, AttachForm
from hall import articles, attachments
from hall.articles import Wording
from hall.words import Refused
from models import ARTICLE_KINDS, Article, Attachment
from templating import status_of

TONES = {
    "draft": ("mute", "pencil"),
    "planned": ("info", "clock"),
    "shown": ("ok", "check-circle"),
    "over": ("mute", "archive"),
}


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Writing(name=lazy_gettext("写通知和指南"), endpoint="writing", url="/admin/writing", category="website")
    view.menu_icon_value = "pencil-square"
    return [view]


class Writing(Gate):
    need = articles.NEED

    def render(self, template: str, **page: Any) -> str:
        known = {"kinds": ARTICLE_KINDS, "states": articles.STATES, "tones": TONES, "state_of": articles.state_of}
        return super().render(template, **known, **page)

    @expose("/")
    def index(self) -> str:
        """Everything of a kind, also what the public does not see, the latest first."""
        kind = _kind(request.args.get("kind", ""))
        rows, following = articles.written(kind, request.args.get("after", ""))
        return self.render("admin/articles.html", kind=kind, rows=rows, following=following)

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Write an article of `?kind=`."""
        kind = _kind(request.args.get("kind", ""))
        form, status = ArticleForm(request.form if request.method == "POST" else None, kind=kind), 200
        if request.method == "POST" and not _only_looks():
            status = 400
            if form.validate():
                try:
                    article = articles.write(by=me(), kind=kind, **_said(form))
                    return self._saved(article)
                except Refused as refused:
                    form.blame(refused)
                    status = status_of(refused)
        page = {"form": form, "article": None, "files": [], "beside": {}, "preview": _preview(form)}
        return self.render("admin/article.html", kind=kind, **page), status

    @expose("/<int:article_id>", methods=("GET", "POST"))
    def edit(self, article_id: int) -> Any:
        """Change an article; whoever is second to save is told so and sees both."""
        article = _article(article_id)
        form = ArticleForm(request.form if request.method == "POST" else None, kind=article.kind, article=article)
        beside: dict[str, Any] = {}
        status = 200
        if request.method == "POST" and not _only_looks():
            status = 400
            if form.validate():
                try:
                    said = _said(form)
                    del said["once"]
                    return self._saved(articles.change(article, by=me(), seen=form.shown_version(), **said))
                except Refused as refused:
                    form.blame(refused)
                    status = status_of(refused)
                    article = _article(article_id)
                    if refused.stale:
                        # Who has read what stands there now may save over it.
                        beside = _differing(form, article)
                        form.seen.data = str(article.version)
        return self._show(article, form, status, beside=beside)

    def _show(self, article: Article, form: ArticleForm, status: int = 200, **more: Any) -> Any:
        page = {"beside": {}, "attaching": AttachForm(), **more, "files": attachments.of(article)}
        preview = _preview(form)
        return self.render(
            "admin/article.html", kind=article.kind, article=article, form=form, preview=preview, **page
        ), status

    def _saved(self, article: Article) -> Any:
        told = {
            "draft": _("已保存为草稿，大家还看不到"),
            "planned": _("已保存，到时自动发布"),
            "shown": _("已保存，大家现在就能看到"),
            "over": _("已保存，它现在是撤下的"),
        }
        flash(told[articles.state_of(article)], "ok")
        return redirect(url_for(".edit", article_id=article.id))

    @expose("/<int:article_id>/down", methods=("GET", "POST"))
    def down(self, article_id: int) -> Any:
        """Ask, and show an article no longer."""
        article, refusal = _article(article_id), None
        if request.method == "POST":
            try:
                articles.take_down(article, by=me())
                flash(_("已撤下，大家看不到它了"), "ok")
                return redirect(url_for(".edit", article_id=article.id))
            except Refused as refused:
                refusal = refused
        page = {"article": article, "file": None, "refusal": refusal}
        return self.render("admin/article_ask.html", **page), status_of(refusal) if refusal else 200

    @expose("/<int:article_id>/files", methods=("GET", "POST"))
    def attach(self, article_id: int) -> Any:
        """Hang a file on an article."""
        article = _article(article_id)
        if request.method == "GET":
            return redirect(url_for(".edit", article_id=article.id, _anchor="files"))
        form = AttachForm(CombinedMultiDict([request.form, request.files]))
        status = 400
        if form.validate():
            try:
                attachments.attach(article, by=me(), **form.answers())
                flash(_("附件已添加"), "ok")
                return redirect(url_for(".edit", article_id=article.id, _anchor="files"))
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
        return self._show(article, ArticleForm(kind=article.kind, article=article), status, attaching=form)

    @expose("/<int:article_id>/files/<file_name>/remove", methods=("GET", "POST"))
    def detach(self, article_id: int, file_name: str) -> Any:
        """Ask, and take a file off an article."""
        article = _article(article_id)
        here = (Attachment.article == article.id) & (Attachment.name == file_name[:40])
        file = Attachment.select().where(here).first() or abort(404)
        if request.method == "POST":
            attachments.detach(file, by=me())
            flash(_("附件已移除"), "ok")
            return redirect(url_for(".edit", article_id=article.id, _anchor="files"))
        return self.render("admin/article_ask.html", article=article, file=file, refusal=None)


def _kind(said: str) -> str:
    return said if said in dict(ARTICLE_KINDS) else ARTICLE_KINDS[0][0]


def _article(article_id: int) -> Article:
    return Article.select().where(Article.id == article_id).first() or abort(404)


def _only_looks() -> bool:
    return request.form.get("do") == "preview"


def _said(form: ArticleForm) -> dict[str, Any]:
    """The answers; the button that publishes at once says when."""
    said = form.answers()
    if request.form.get("do") == "publish":
        said["publish"], said["until"] = articles.this_minute(), None
    return said


def _preview(form: ArticleForm) -> list[Wording]:
    """What was typed as readers will see it, in each language; [] where nobody asked for it."""
    if not _only_looks():
        return []
    typed = [(form.title, form.summary, form.text, "zh"), (form.title_en, form.summary_en, form.text_en, "en")]
    found = [Wording(*(field.data or "" for field in fields), language) for *fields, language in typed]
    return [said for said in found if said.title or said.text] or found[:1]


def _differing(form: ArticleForm, article: Article) -> dict[str, str]:
    """What stands in the article now where it is not what was typed: {field: text}."""
    now = ArticleForm(kind=article.kind, article=article)
    asked = [name for name in now._fields if name not in ("once", "seen")]
    return {
        name: str(now[name].data if now[name].data is not None else "")
        for name in asked
        if now[name].data != form[name].data
    }
