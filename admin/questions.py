"""Questions that an operator adds to repair items, threads, kinds of things, categories and applications.

An exception beside the generated panel: a question is written for what it is asked about, is seen there as people will
see it, and is never edited once it was asked (hall/question_editing.py).
"""

from collections.abc import Iterable
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from admin.filters import row_id
from admin.gate import Gate, me
from forms.question_edits import QuestionForm
from forms.questions import Asks
from hall import question_editing, question_places, questions
from hall.question_shape import about_label, why_closed
from hall.words import N_, Refused
from models import ASKED_OF, QUESTION_KINDS, Question
from templating import sentence, status_of

EVERY = "-"  # in an address, for what is asked about everything of a kind
KIND_ICONS = {
    "text": "input-cursor-text",
    "long_text": "text-paragraph",
    "number": "123",
    "choice": "ui-radios",
    "choices": "ui-checks",
    "date": "calendar3",
    "time": "clock",
    "yes_no": "toggle-on",
    "photo": "camera",
}
DONE = {
    "retire": N_("以后不再问，回答过的内容都还在"),
    "restore": N_("已恢复，排在最后"),
    "up": N_("已移动"),
    "down": N_("已移动"),
}


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Questions(name=lazy_gettext("附加问题"), endpoint="questions", url="/admin/questions", category="configure")
    view.menu_icon_value = "patch-question"
    return [view]


class Questions(Gate):
    need = question_editing.NEED

    def render(self, template: str, **page: Any) -> str:
        return super().render(template, kinds=QUESTION_KINDS, icons=KIND_ICONS, back=_back(), here=_here, **page)

    @expose("/")
    def index(self) -> str:
        """What questions can be added to, and how many there are."""
        return self.render("admin/questions.html", places=question_places.places(), asked_of=ASKED_OF)

    @expose("/<asked_of>/<about>/")
    def of(self, asked_of: str, about: str) -> str:
        """The questions about one thing: its own to change, those of the family and of everything to be read."""
        return self.render("admin/questions_of.html", **_place(asked_of, about))

    @expose("/<asked_of>/<about>/add", methods=("GET", "POST"))
    def add(self, asked_of: str, about: str) -> Any:
        """First the kind, then the question."""
        place = _place(asked_of, about)
        if place["closed"]:
            return redirect(_here(place))
        kind = request.args.get("kind", "")
        if kind not in dict(QUESTION_KINDS):
            return self.render("admin/questions_kind.html", **place)
        typed = request.form if request.method == "POST" else None
        form = QuestionForm(typed, kind=kind, others=place["asked"])
        return self._write(
            place, form, lambda said: questions.add(by=me(), asked_of=asked_of, about=place["code"], **said)
        )

    @expose("/<int:question_id>/change", methods=("GET", "POST"))
    def change(self, question_id: int) -> Any:
        """Ask it in another way."""
        question = _question(question_id)
        place = _place(question.asked_of, question.about or EVERY)
        if request.method == "GET" and (question.retired or place["closed"]):
            flash(_("这个问题刚刚有人改过，请看现在的样子"), "warning")
            return redirect(_here(place))
        others = [each for each in place["asked"] if each.code != question.code]
        typed = request.form if request.method == "POST" else None
        form = QuestionForm(typed, kind=question.kind, others=others, subject=question)
        return self._write(place, form, lambda said: questions.change(question, by=me(), **said), question)

    def _write(self, place: dict[str, Any], form: QuestionForm, write: Any, question: Question | None = None) -> Any:
        status = 200 if request.method == "GET" else 400
        now = None
        if request.method == "POST" and form.validate():
            try:
                write(form.answers())
                flash(_("已保存，从现在起就这样问"), "ok")
                return redirect(_here(place))
            except Refused as refused:
                form.blame(refused)
                status = status_of(refused)
                if refused.stale and question is not None:
                    now = next((each for each in place["asked"] if each.code == question.code), None)
        page = {**place, "form": form, "question": question, "now": now}
        return self.render("admin/questions_edit.html", **page), status

    @expose("/<int:question_id>/retire", methods=("GET", "POST"))
    def retire(self, question_id: int) -> Any:
        """Ask it no more, after saying what stays."""
        question = _question(question_id)
        place = _place(question.asked_of, question.about or EVERY)
        if request.method == "POST":
            return self._done(place, "retire", lambda: questions.retire(question, by=me()))
        used = question_places.answers_to(question)
        return self.render("admin/questions_retire.html", **place, question=question, used=used)

    @expose("/<int:question_id>/restore", methods=("POST",))
    def restore(self, question_id: int) -> Any:
        """Ask again what was retired."""
        question = _question(question_id)
        place = _place(question.asked_of, question.about or EVERY)
        return self._done(place, "restore", lambda: questions.restore(question, by=me()))

    @expose("/<int:question_id>/<any(up, down):way>", methods=("POST",))
    def move(self, question_id: int, way: str) -> Any:
        """One place up or down."""
        question = _question(question_id)
        place = _place(question.asked_of, question.about or EVERY)
        order = [each.id for each in place["own"]]
        at = order.index(question.id) + 1 if question.id in order else 0
        return self._done(place, way, lambda: questions.move(question, by=me(), to=at + (1 if way == "down" else -1)))

    def _done(self, place: dict[str, Any], name: str, act: Any) -> Response:
        try:
            act()
            flash(_(DONE[name]), "ok")
        except Refused as refused:
            flash(sentence(refused), "error")
        return redirect(_here(place))


def _question(question_id: int) -> Question:
    found: Question | None = Question.get_or_none(Question.id == row_id(str(question_id)))
    return found or abort(404)


def _place(asked_of: str, about: str) -> dict[str, Any]:
    """What is asked where: the questions of the place itself, those it takes over, those that are retired."""
    code = "" if about == EVERY else about[:40]
    name = about_label(asked_of, code) if asked_of in dict(ASKED_OF) else ""
    if not name:
        abort(404)
    asked = questions.of(asked_of, code)
    own = [each for each in asked if each.about == code]
    return {
        "asked_of": asked_of,
        "about": about,
        "code": code,
        "name": name,
        "kind_of": dict(ASKED_OF)[asked_of],
        "asked": asked,
        "own": own,
        "taken_over": [each for each in asked if each.about != code],
        "retired": question_places.retired(asked_of, code),
        "closed": why_closed(asked_of, code),
        "preview": Asks(asked=asked),
        "said": lambda question: _said(question, asked),
    }


def _said(question: Question, asked: Iterable[Question]) -> dict[str, Any] | None:
    """On which answers a question hangs, in words."""
    return Asks(asked=list(asked)).above(question) if question.only_if else None


def _back() -> str:
    """Where the page was opened from: a path of the panel, else nothing."""
    path = request.args.get("back", "")
    plain = path.startswith("/admin/") and path.isprintable() and "\\" not in path and "//" not in path
    return path[:300] if plain else ""


def _here(place: dict[str, Any], endpoint: str = ".of", **more: Any) -> str:
    """An address of this room that keeps the way back."""
    about = {} if "question_id" in more else {"asked_of": place["asked_of"], "about": place["about"]}
    return url_for(endpoint, **about, **more, back=_back() or None)
