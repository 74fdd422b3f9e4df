"""What the hall says, in somebody's language, where there is no request to ask for it."""

import contextlib
import functools
import io
import unicodedata
from datetime import datetime
from pathlib import Path

from babel.dates import format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from hall import clock, naming, notify, wording

CATALOGUES = Path(__file__).parents[2] / "translations"
MOMENTS = {"zh": ("zh_Hans_CN", "M月d日 HH:mm"), "en": ("en", "d MMM, HH:mm")}


def translate(text: str, language: str) -> str:
    """A sentence (msgid) or a name in `language`, zh or en; as it is where it has no translation."""
    said = _catalogue(language).gettext(text) if text else ""
    return naming.english_of(said) if said == text and language == "en" else said


def spoken(text: str, language: str) -> str:
    """The text of a notification in `language`, as one line."""
    message, values = notify.told(text)
    own = wording.said(wording.code_of(message), language)
    said = {key: translate(value, language) for key, value in values.items()}
    with contextlib.suppress(KeyError):  # worded when the sentence had other values
        return line((own or translate(message, language)) % said)
    return line(translate(message, language) % said)


def line(text: str) -> str:
    """`text` without line breaks and other characters that cannot be seen: fit for the head of a mail."""
    plain = "".join(" " if unicodedata.category(each) in ("Cc", "Cf", "Cs", "Zl", "Zp") else each for each in text)
    return " ".join(plain.split())


def moment(at: datetime, language: str) -> str:
    """A moment (naive UTC) in the time of the campus: 11月22日 14:05."""
    locale, pattern = MOMENTS[language]
    return format_datetime(clock.local(at), pattern, locale=locale)


@functools.cache
def _catalogue(language: str) -> NullTranslations:
    """The sentences in `language`; compiled here where nobody has run pybabel."""
    folder = CATALOGUES / language / "LC_MESSAGES"
    if (folder / "messages.mo").exists():
        with (folder / "messages.mo").open("rb") as compiled:
            return Translations(compiled)
    if not (folder / "messages.po").exists():
        return NullTranslations()
    with (folder / "messages.po").open("rb") as written:
        catalogue = read_po(written, locale=language)
    memory = io.BytesIO()
    write_mo(memory, catalogue)
    memory.seek(0)
    return Translations(memory)
