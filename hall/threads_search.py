"""Threads that resemble a text: by the pairs of characters they share, rare pairs counting more."""

import math
import re
from typing import Any

from peewee import fn

from hall.moderation_flow import disclosed
from models import Thread, tuples

NEWEST = 600  # threads that are compared
COMPARED = 160  # characters of each text
MOST_PAIRS = 60  # of what is asked
ALIKE = 0.14

Known = list[tuple[int, str, str]]  # id, title and beginning of the text, letters and figures only


def similar(text: str, limit: int = 3, only_disclosed: bool = True, besides: Thread | None = None) -> list[Thread]:
    """The threads among the newest that are most like `text` (a title, perhaps with its text), best first.

    Two bounded queries. With `only_disclosed` off, for moderators: whatever its author has not taken back.
    """
    asked = _pairs(_plain(text[:COMPARED]))[:MOST_PAIRS]
    if not asked:
        return []
    rows: Any = disclosed(Thread) if only_disclosed else Thread.select().where(Thread.moderation != "withdrawn")
    if besides is not None:
        rows = rows.where(Thread.id != besides.id)
    newest = rows.select(Thread.id, Thread.title, fn.SUBSTR(Thread.text, 1, COMPARED))
    newest = newest.order_by(Thread.id.desc()).limit(NEWEST)
    best = _best(asked, [(row_id, _plain(title), _plain(body)) for row_id, title, body in tuples(newest)])[:limit]
    found = {thread.id: thread for thread in rows.where(Thread.id.in_(best))} if best else {}
    return [found[row_id] for row_id in best if row_id in found]


def _best(asked: list[str], known: Known) -> list[int]:
    """The ids of what is alike enough, best first: the share of the pairs of both titles that they have in common.

    A pair that many threads have says little; one that stands in the text instead of the title counts half.
    """
    weight = {}
    for pair in asked:
        often = sum(pair in title or pair in body for _id, title, body in known)
        weight[pair] = math.log((len(known) + 2) / (often + 1)) / math.log(len(known) + 2)
    own, scored = sum(weight.values()), []
    for row_id, title, body in known:
        in_title = [pair for pair in asked if pair in title]
        in_text = sum(weight[pair] for pair in asked if pair in body and pair not in in_title)
        shared = sum(weight[pair] for pair in in_title)
        whole = own + shared + max(len(title) - 1 - len(in_title), 0)
        score = (2 * shared + in_text) / whole if whole else 0
        if score >= ALIKE:
            scored.append((score, row_id))
    return [row_id for _score, row_id in sorted(scored, reverse=True)]


def _plain(text: str) -> str:
    """The letters and figures of `text`."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _pairs(plain: str) -> list[str]:
    """The overlapping pairs of its characters, each once."""
    return list(dict.fromkeys(plain[at : at + 2] for at in range(len(plain) - 1)))
