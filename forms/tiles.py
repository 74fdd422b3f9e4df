"""The question of the tiles: a place and a yes for each."""

from collections.abc import Iterator
from typing import Any

import wtforms

from forms import Form
from forms.fields import REQUIRED
from hall import front_tiles
from hall.words import N_, Refused

MOST = 99


class TilesForm(Form):
    """`place_<n>` and `shown_<n>` of the n-th tile; names with points would be no names of a form.

    `seen` is the fingerprint of what it was made from.
    """

    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        self.now = front_tiles.now()
        super().__init__(formdata, data=_answers(self.now) if formdata is None else None, **kwargs)
        if not self.seen.data:
            self.seen.data = front_tiles.fingerprint(self.now)

    def see(self) -> dict[str, str]:
        """Go on from what stands there now, and say of which fields that is not what was typed: {field: text}."""
        self.now = front_tiles.now()
        self.seen.data = front_tiles.fingerprint(self.now)
        differing = {name: said for name, said in _answers(self.now).items() if self._fields[name].data != said}
        return {name: {True: "✓", False: "—"}.get(said, str(said)) for name, said in differing.items()}

    def rows(self, group: str) -> Iterator[tuple[str, wtforms.Field, wtforms.Field]]:
        """The tiles of a group in their present order: code, place, whether shown."""
        numbers = {code: number for number, code in enumerate(front_tiles.TILES)}
        for code in self.now:
            if front_tiles.TILES[code].group == group:
                yield code, self._fields[f"place_{numbers[code]}"], self._fields[f"shown_{numbers[code]}"]

    def wanted(self) -> dict[str, tuple[int, bool]]:
        """What was asked for, by code. Raises Refused for a place out of bounds."""
        found = {}
        for number, code in enumerate(front_tiles.TILES):
            place = self._fields[f"place_{number}"].data
            if not 1 <= place <= MOST:
                sentence = N_("请填写 %(least)s 到 %(most)s 之间的整数")
                raise Refused(sentence, field=f"place_{number}", least=1, most=MOST)
            found[code] = (place, bool(self._fields[f"shown_{number}"].data))
        return found


def _answers(places: front_tiles.Places) -> dict[str, Any]:
    numbers = {code: number for number, code in enumerate(front_tiles.TILES)}
    answers: dict[str, Any] = {}
    for code, (place, is_shown) in places.items():
        answers |= {f"place_{numbers[code]}": place, f"shown_{numbers[code]}": is_shown}
    return answers


for _number, _tile in enumerate(front_tiles.TILES.values()):
    setattr(TilesForm, f"place_{_number}", wtforms.IntegerField(_tile.title, [REQUIRED]))
    setattr(TilesForm, f"shown_{_number}", wtforms.BooleanField(N_("显示")))
