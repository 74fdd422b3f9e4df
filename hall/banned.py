"""What must not be sold (models.BannedGoods), found in what a seller writes as readers would read it.

Words are matched like sensitive words (`hall/word_matching.py`): full-width, spaced and traditional forms are the word.
"""

from collections.abc import Iterable
from typing import Any

from hall import archive, word_matching
from hall.folding import fold, normalise
from hall.word_matching import COLUMN, ROW, WEIGHT
from hall.words import N_, Refused
from models import BannedGoods

_BETWEEN = str.maketrans(dict.fromkeys("；,，、\n\r\t", ";"))

Found = tuple[str, str, BannedGoods]  # column, the word of the list, the goods it stands for


def refuse_banned(content: dict[str, Any]) -> None:
    """Raise Refused, beside its column, where the texts of `content` offer what nobody may sell here."""
    for column, word, goods in _found(content):
        if goods.action == "refuse":
            sentence = N_("“%(word)s”属于禁售物品“%(goods)s”，不能发布。%(note)s")
            raise Refused(sentence, field=column, word=word, goods=goods.name, note=goods.note)


def doubtful(content: dict[str, Any]) -> list[BannedGoods]:
    """The goods in `content` that a moderator must look at before anybody else does, each once."""
    held = {goods.id: goods for _column, _word, goods in _found(content) if goods.action == "hold"}
    return list(held.values())


def _found(content: dict[str, Any]) -> Iterable[Found]:
    """What the list knows of in the columns of `content` that are text; one small query."""
    meant: dict[str, tuple[str, BannedGoods]] = {}
    for goods in archive.without(BannedGoods.select()).order_by(BannedGoods.id):
        for word in _words(goods):
            skeleton, _where = normalise(word)
            known = meant.get(skeleton)
            if skeleton and (known is None or WEIGHT[goods.action] > WEIGHT[known[1].action]):
                meant[skeleton] = word, goods
    said = ROW.join(f"{goods.action}{COLUMN}{word}" for word, goods in meant.values())
    for column, text in content.items():
        if isinstance(text, str) and text:
            for _start, _end, word, _action in word_matching.find(fold(text), said):
                yield column, word, meant[normalise(word)[0]][1]


def _words(goods: BannedGoods) -> list[str]:
    """The words of one row of the list, however they are set apart."""
    return [word.strip() for word in goods.words.translate(_BETWEEN).split(";") if word.strip()]
