"""The words of the reader's language, found fast: a page asks for some two hundred.

flask-babel looks for application, context, domain and locale anew behind every word. What it finds is the same for a
whole request, so here it is found by one look at the context, and words that stand in templates are made safe once.
"""

import functools
from typing import Any

from babel import Locale
from babel.support import NullTranslations
from flask import Flask, g, has_app_context
from flask_babel import force_locale, get_locale, get_translations
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
TAGS = {"zh": "zh-Hans-CN", "en": "en"}  # of <html lang>
LOCALES = {language: Locale.parse(name) for language, name in LANGUAGES.items()}
_books: dict[str, NullTranslations] = {}


def init_app(app: Flask) -> None:
    """Let the templates of `app` find their words here."""
    app.jinja_env.globals.update(_=in_template, gettext=in_template, pgettext=in_template_about)


def locale() -> Locale:
    """The reader's locale, for dates and numbers; Chinese where nobody asks."""
    try:
        known = g._get_current_object().__dict__.get("_flask_babel")
    except RuntimeError:
        return LOCALES["zh"]
    return getattr(known, "babel_locale", None) or get_locale() or LOCALES["zh"]


def language() -> str:
    """The reader's language: zh or en."""
    try:
        # What `locale` finds, by a shorter way: a page asks some hundred times.
        tongue: str = g._get_current_object()._flask_babel.babel_locale.language
    except (AttributeError, RuntimeError):
        tongue = locale().language
    return tongue


def gettext(text: str, **values: Any) -> str:
    """`text` in the reader's language, with its values."""
    said = in_language(language(), text)
    return said % values if values else said


def in_language(tongue: str, text: str) -> str:
    """`text` in a language, zh or en."""
    return _book(tongue).gettext(text)


@pass_eval_context
def in_template(context: EvalContext, text: str, **values: Any) -> str:
    """The same in a template: safe HTML, where the values are escaped, in a page; as it is in a mail."""
    if not context.autoescape:
        return gettext(text) % values
    said = _safe(language(), text)
    return said % values if values or "%" in said else said


@pass_eval_context
def in_template_about(context: EvalContext, about: str, text: str, **values: Any) -> str:
    """`in_template` for words that mean different things in different places (gettext's msgctxt)."""
    said = _safe_about(language(), about, text)
    return said % values if context.autoescape else str(said) % values


@functools.lru_cache(maxsize=1024)
def _safe_about(tongue: str, about: str, text: str) -> Markup:
    return Markup(_book(tongue).pgettext(about, text))


@functools.lru_cache(maxsize=8192)
def _safe(tongue: str, text: str) -> Markup:
    return Markup(_book(tongue).gettext(text))


def _book(tongue: str) -> NullTranslations:
    found = _books.get(tongue)
    if found is None:
        if not has_app_context():
            return NullTranslations()
        with force_locale(LANGUAGES[tongue]):
            found = _books[tongue] = get_translations()
    return found
