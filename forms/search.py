"""The one question of the search."""

import wtforms

from forms import Form
from hall.board_search import words_of
from hall.search import KINDS
from hall.words import N_, Refused


class SearchForm(Form):
    """What is looked for; an unknown `kind` and an odd `after` mean nothing. `words_of` judges the words."""

    q = wtforms.SearchField(N_("搜索"))
    kind = wtforms.StringField()
    after = wtforms.StringField()

    def validate_q(self, field: wtforms.Field) -> None:
        """Refuse more than a search looks for (faults.md 35)."""
        try:
            words_of(field.data or "")
        except Refused as refused:
            raise wtforms.validators.StopValidation(refused) from None

    @property
    def chosen(self) -> str:
        """The kind that is asked for, "" for all."""
        return self.kind.data if self.kind.data in dict(KINDS) else ""
