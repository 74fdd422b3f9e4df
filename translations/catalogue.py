"""The English catalogue beside the sentences of the code. `python -m translations.catalogue` brings it up to them.

It takes in what is new (without a guess at its English), drops what is gone, and names what is still to write
in `translations/en/LC_MESSAGES/messages.po`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from translations.extract import is_chinese

HOUSE = Path(__file__).parent.parent
ENGLISH = Path(__file__).parent / "en/LC_MESSAGES/messages.po"
# A second argument of N_ is the context for pgettext.
KEYWORDS = DEFAULT_KEYWORDS | parse_keywords(["N_:1,1t", "N_:1,2c,2t", "lazy_gettext"])
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[a-z%]")


def sentences() -> Catalog:
    """Every sentence of the code and the templates as it is now, without translations."""
    with (HOUSE / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = Catalog()
    for place, _, message, comments, context in extract_from_dir(HOUSE, methods, options, KEYWORDS):
        found.add(message, locations=[(place, 1)], auto_comments=comments, context=context)
    return found


def english() -> Catalog:
    """The English catalogue as it is written."""
    with ENGLISH.open("rb") as file:
        return read_po(file, locale="en")


def faults(wanted: Catalog, written: Catalog) -> Iterator[str]:
    """What is wrong with `written` as the English of `wanted`, a line each."""
    for message in filter(_is_sentence, wanted):
        if fault := _fault(message, written.get(message.id, message.context)):
            yield f"{fault}: {message.id}"
    for message in filter(_is_sentence, written):
        if wanted.get(message.id, message.context) is None:
            yield f"not said any more: {message.id}"
    yield from (f"obsolete: {message.id}" for message in written.obsolete.values())


def _is_sentence(message: Message) -> bool:
    return bool(message.id)  # the header of a catalogue is its message without an id


def _fault(message: Message, known: Message | None) -> str:
    if known is None or not known.string:
        return "no English"
    if known.fuzzy:
        return "only a guess (fuzzy)"
    if sorted(PLACEHOLDER.findall(known.string)) != sorted(PLACEHOLDER.findall(message.id)):
        return "other placeholders"
    return "Chinese in the English" if is_chinese(known.string) else ""


def main() -> int:
    """Bring the catalogue up to the code and name what is missing; returns how many sentences are."""
    wanted, written = sentences(), english()
    written.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    with ENGLISH.open("wb") as file:
        write_po(file, written, width=0, ignore_obsolete=True, include_lineno=False, sort_by_file=True)
    found = list(faults(wanted, english()))
    print(*found, f"{len(found)} to write in {ENGLISH.relative_to(HOUSE)}", sep="\n")
    return len(found)


if __name__ == "__main__":
    sys.exit(min(main(), 1))
