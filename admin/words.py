"""Sensitive words: try a text, see what a new word would hit before it is saved, keep the list.

An exception beside the generated panel: a word is only understood by what it hits.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from admin.desk_about import public_address
from admin.gate import Gate, me
from admin.listing import row_id
from forms.words import TryForm, WordForm, WordsForm
from hall import access, sensitive, word_list
from hall.sensitive import Mark
from hall.words import N_, Refused
from models import WORD_ACTIONS, SensitiveWord

PAGE = 50
MOST_EXCERPTS = 20
MOST_SENTENCES = 10  # about the lines of one list
# What becomes of a text by the gravest mark in it.
OUTCOMES = {
    "refuse": ("bad", N_("不能提交，作者会看到是哪个词")),
    "alert": ("bad", N_("送审，并立即提醒审核员")),
    "hold": ("warn", N_("送审：必须由人审核")),
    "mask": ("warn", N_("送审，公开时以＊代替")),
    "": ("info", N_("没有敏感词，但有个人信息，会给审核员标出来")),
}
HARMLESS = ("ok", N_("什么也没有命中，按平常的规则审核"))


def views() -> list[Gate]:
    """What admin.init_app adds to the panel."""
    view = Words(name=lazy_gettext("敏感词试用"), endpoint="words", url="/admin/words", category="settings")
    view.menu_icon_value = "shield-exclamation"
    return [view]


class Words(Gate):
    need = word_list.NEED

    def render(self, template: str, **page: Any) -> str:
        return super().render(template, actions=WORD_ACTIONS, kinds=sensitive.KINDS, **page)

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Try a text; it is posted because it may be long, and nothing is kept of it."""
        form = TryForm(request.form if request.method == "POST" else None)
        tried, status = None, 200
        if request.method == "POST":
            tried, status = (_tried(form.text.data), 200) if form.validate() else (None, 400)
        return self.render("admin/words.html", form=form, tried=tried), status

    @expose("/list")
    def rows(self) -> str:
        """The list, newest first, by key; `?q=` looks for a part of a word, `?action=` for one kind."""
        query, asked = access.visible(me(), SensitiveWord), request.args.get("q", "").strip()[:40]
        action, before = request.args.get("action", ""), row_id(request.args.get("before"))
        if asked:
            query = query.where(SensitiveWord.word.contains(asked))
        if action in dict(WORD_ACTIONS):
            query = query.where(SensitiveWord.action == action)
        if before:
            query = query.where(SensitiveWord.id < before)
        found = list(query.order_by(SensitiveWord.id.desc()).limit(PAGE + 1))
        following = found[PAGE - 1].id if len(found) > PAGE else None
        page = {"rows": found[:PAGE], "following": following, "asked": asked, "action": action}
        return self.render("admin/words_rows.html", **page)

    @expose("/new", methods=("GET", "POST"))
    def new(self) -> Any:
        """Ask for words, show what they would hit, and save them when that is confirmed."""
        if request.method == "GET":
            begun = request.args.get("word", "")[: word_list.LONGEST_WORD]
            return self.render("admin/words_new.html", form=WordsForm(words=begun))
        form, status = WordsForm(request.form), 400
        if form.validate():
            answers = form.answers()
            try:
                if "confirmed" in request.form:
                    saved, left_out = sensitive.save_words(answers.pop("words"), **answers, by=me())
                else:
                    saved, left_out = word_list.judged(answers["words"])
                if saved and "confirmed" in request.form:
                    flash(_("加入了 %(n)s 个敏感词", n=len(saved)), "ok")
                    return redirect(url_for(".rows"))
                if saved:
                    page = {
                        "form": form,
                        "words": saved,
                        "left_out": left_out,
                        "hidden": (form.words, form.action, form.note),
                    }
                    return self.render("admin/words_preview.html", **page, **_effect(saved), back=url_for(".new"))
                for _line, refused in left_out[:MOST_SENTENCES]:
                    form.blame(refused)
            except Refused as refused:
                form.blame(refused)
                status = 409 if refused.stale else 400
        return self.render("admin/words_new.html", form=form), status

    @expose("/<int:word_id>", methods=("GET", "POST"))
    def edit(self, word_id: int) -> Any:
        """Change a word; where it would match more than before, what it would hit is shown first."""
        row = self._row(word_id)
        form = WordForm(request.form if request.method == "POST" else None, row=row)
        changed, status = None, 200
        if request.method == "POST":
            status = 400
        if request.method == "POST" and form.validate():
            try:
                answers = form.answers()
                if "confirmed" not in request.form and _matches_more(row, answers):
                    words = [word_list.Known(apart_from=row.id).judge(answers["word"])]
                    page = {
                        "words": words,
                        "left_out": [],
                        "hidden": (form.word, form.action, form.is_active, form.note, form.seen),
                    }
                    back = url_for(".edit", word_id=row.id)
                    return self.render("admin/words_preview.html", form=form, **page, **_effect(words), back=back)
                sensitive.change_word(row.id, **answers, by=me())
                flash(_("已保存"), "ok")
                return redirect(url_for(".rows"))
            except Refused as refused:
                form.blame(refused)
                if refused.stale:
                    # Who has read what it says now may save over it.
                    changed, status = self._row(word_id), 409
                    form.seen.data = word_list.fingerprint(changed)
        return self.render("admin/words_edit.html", form=form, row=row, changed=changed), status

    @expose("/<int:word_id>/remove", methods=("GET", "POST"))
    def remove(self, word_id: int) -> Any:
        """Ask, and take a word off the list."""
        row, refusal = self._row(word_id), None
        if request.method == "POST":
            try:
                sensitive.remove_word(row.id, by=me(), seen=request.form.get("seen", ""))
                flash(_("已删除"), "ok")
                return redirect(url_for(".rows"))
            except Refused as refused:
                row, refusal = self._row(word_id), refused
        page = {"row": row, "refusal": refusal, "seen": word_list.fingerprint(row)}
        return self.render("admin/words_remove.html", **page), 409 if refusal else 200

    def _row(self, word_id: int) -> SensitiveWord:
        return access.visible(me(), SensitiveWord).where(SensitiveWord.id == word_id).first() or abort(404)


def _matches_more(row: SensitiveWord, answers: dict[str, Any]) -> bool:
    switched_on = answers["is_active"] and not row.is_active
    return answers["is_active"] and (switched_on or answers["word"].strip() != row.word)


# --- the try-out -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """A text with what is found in it: its parts with their marks, what becomes of it, and how it is compared."""

    parts: list[tuple[str, Mark | None]]
    tone: str
    outcome: str
    hits: list[tuple[str, Mark]]
    masked: str
    normalised: str


def _tried(text: str) -> Tried:
    screening = sensitive.screen({"text": text})
    actions = {mark.action for mark in screening.hits}
    tone, outcome = next((OUTCOMES[action] for action in OUTCOMES if action in actions), HARMLESS)
    return Tried(
        parts=list(_parts(text, screening.hits)),
        tone=tone,
        outcome=outcome,
        hits=[(text[mark.start : mark.end], mark) for mark in screening.hits],
        masked=sensitive.masked({"text": text}, screening.masks)["text"] if screening.masks else "",
        normalised=sensitive.normalise(text)[0],
    )


def _parts(text: str, hits: Iterable[Mark]) -> Iterator[tuple[str, Mark | None]]:
    """`text` cut at its marks."""
    done = 0
    for mark in hits:
        yield text[done : mark.start], None
        yield text[mark.start : mark.end], mark
        done = mark.end
    yield text[done:], None


# --- the effect of new words -----------------------------------------------------------------------


def _effect(words: list[str]) -> dict[str, Any]:
    """What a page says of published things that `words` would hit: how many, and where some of them stand."""
    found = word_list.affected(words)
    most = word_list.MOST_AFFECTED
    shown = found[:MOST_EXCERPTS]
    _load_above(each.row for each in shown)
    return {
        "count": f"{most}+" if len(found) > most else str(len(found)),
        "affected": [(each, *_where(each.row)) for each in shown],
        "looked": word_list.MOST_ROWS,
        "around": word_list.AROUND,
    }


def _load_above(rows: Iterable[Any]) -> None:
    """Fetch what `rows` stand under: one query for each kind of thing."""
    under: dict[Any, list[tuple[Any, str]]] = {}
    for row in rows:
        if row.above:
            under.setdefault(row._meta.fields[row.above].rel_model, []).append((row, row.above))
    for model, keyed in under.items():
        found = model.select().where(model.id.in_({row.__data__[key] for row, key in keyed}))
        known = {row.id: row for row in found}
        for row, key in keyed:
            row.__rel__[key] = known[row.__data__[key]]


def _where(row: Any) -> tuple[str, str]:
    """The number by which people know the thing, and the public page on which it stands; "" for either."""
    top = getattr(row, row.above) if row.above else row
    return getattr(top, "number", ""), public_address(row)
