"""What the hall finds odd about a text that waits for review: kept in Chinese, told in the language of who reads it."""

import re

from hall.words import N_

GOODS = N_("限制物品：%(name)s")
LOST = N_("可能是寻物启事 %(number)s 要找的东西")
CARD = N_("标题像是证件或卡片，类别却是“%(kind)s”：请看照片和描述里有没有号码")
BETWEEN = "；"
_SAID = {
    GOODS: re.compile("限制物品：(?P<name>.+)"),
    LOST: re.compile("可能是寻物启事 (?P<number>[A-Z0-9-]+) 要找的东西"),
    CARD: re.compile("标题像是证件或卡片，类别却是“(?P<kind>.+)”：请看照片和描述里有没有号码"),
}


def told(doubt: str) -> list[tuple[str, dict[str, str]]]:
    """The sentences that a kept doubt was made of, each with its values; [] where somebody else wrote it."""
    parts = [
        (sentence, found.groupdict())
        for each in doubt.split(BETWEEN)
        for sentence, pattern in _SAID.items()
        if (found := pattern.fullmatch(each))
    ]
    return parts if len(parts) == doubt.count(BETWEEN) + 1 else []
