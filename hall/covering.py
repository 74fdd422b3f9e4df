"""What two people write to each other, without the numbers by which they could reach each other elsewhere."""

import re
from collections.abc import Iterable

from hall import personal, sensitive
from hall.folding import fold
from hall.words import N_, Refused
from models import Person

# Nobody needs these of the other; a number to call is for those between whom something is about to pass.
ALWAYS = {"id_card", "bank_card", "student_number"}
CONTACTS = {"phone", "landline", "chat", "email"}
SHORTEST_NUMBER = 5


def covered(text: str, *, numbers: bool, of: Iterable[Person] = ()) -> str:
    """`text` with ＊ over cards and masked words; with `numbers` over every number to call too, and those `of` people.

    Raises Refused where a word forbids it.
    """
    screening = sensitive.screen({"text": text})
    if screening.refused:
        raise Refused(N_("这里有不能发送的词“%(word)s”，请修改后再发"), field="text", word=screening.refused.word)
    kinds = ALWAYS | CONTACTS if numbers else ALWAYS
    folded = fold(text)
    # Not only the marks of the screening, where a graver word hides the number below it.
    spans = [folded.span(start, end) for start, end, kind in personal.find(folded) if kind in kinds]
    spans += [(mark.start, mark.end) for mark in screening.hits if mark.kind in kinds]
    spans += [(start, end) for _column, start, end in screening.masks]
    for known in {figures for person in of if len(figures := re.sub(r"\D", "", person.phone)) >= SHORTEST_NUMBER}:
        for found in re.finditer(known, folded.skeleton):
            first, last = folded.points[found.start()], folded.points[found.end() - 1]
            spans.append(folded.span(first, last + 1))
    return sensitive.mask(text, spans)
