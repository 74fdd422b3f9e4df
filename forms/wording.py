"""The question of one phrase: the operator's own words, in both languages."""

import hashlib
import json
from typing import Any

import wtforms

from forms import Form
from forms.fields import at_most, lines
from hall import wording
from hall.words import N_


class WordingForm(Form):
    """Both texts; `seen` is what was shown of them."""

    text = wtforms.TextAreaField(
        N_("文字"),
        [at_most(wording.LONGEST)],
        filters=[lines],
        description=N_("留空就用默认的文字"),
        render_kw={"rows": 2},
    )
    text_en = wtforms.TextAreaField(
        N_("英文文字"),
        [at_most(wording.LONGEST_EN)],
        filters=[lines],
        description=N_("留空就用默认的英文"),
        render_kw={"rows": 2},
    )
    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, phrase: wording.Phrase, **kwargs: Any) -> None:
        self._now = wording.kept(phrase.code)
        super().__init__(formdata, text=self._now[0], text_en=self._now[1], **kwargs)
        if not self.seen.data:
            self.see(self._now)

    def see(self, pair: tuple[str, str]) -> None:
        """Note that `pair` is what the person has seen."""
        self.seen.data = _mark(pair)

    def answers(self) -> dict[str, Any]:
        # Another mark than that of the row now: what was seen is no longer so.
        seen = self._now if self.seen.data == _mark(self._now) else ("\0", "\0")
        return {"text": self.text.data or "", "text_en": self.text_en.data or "", "seen": seen}


def _mark(pair: tuple[str, str]) -> str:
    return hashlib.sha256(json.dumps(pair).encode()).hexdigest()[:16]
