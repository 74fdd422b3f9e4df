"""How often the true counterpart of a lost or found thing is offered: `python bench/likeness.py [measure]`.

Prints recall at 1 and 5 of `likeliest` and of plain full-text search on 600 held-out pairs among 600 strangers on
each side, both ways, and the time a query takes. `measure` prints, from 600 other pairs, what WEIGHTS should be.
"""

import math
import random
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.likeness_set import made, spread
from hall import likeness
from hall.folding import normalise
from hall.likeness import Notice, likeliest

PAIRS, OTHERS, DAYS = 600, 600, 30
EVERY = 3  # one stranger in so many is enough to learn from
TUNING, HELD_OUT = 20261122, 4_711


def main() -> None:
    """The printed figures."""
    if "measure" in sys.argv:
        measure()
        report("tuning half", TUNING)
        return
    report("held-out half", HELD_OUT)
    for size in (1_200, 12_000):
        couples, _alone = made(size, 0, max(DAYS, size // 40), 7)
        timed(f"{size} notices, 40 a day", couples)
    timed("12000 notices, all in 30 days", made(12_000, 0, DAYS, 7)[0])


def report(name: str, seed: int) -> None:
    """Recall both ways."""
    couples, alone = made(PAIRS, OTHERS, DAYS, seed)
    lost = [one for one, _two in couples] + [each for each in alone if each.is_lost]
    found = [two for _one, two in couples] + [each for each in alone if not each.is_lost]
    print(f"{name}: {len(couples)} pairs, {len(found)} notices searched" + " " * 10 + "recall@1  recall@5")
    for way, asked, board in (("lost → found", couples, found), ("found → lost", [(b, a) for a, b in couples], lost)):
        plain = Plain(board)
        searched = [plain.search(one) for one, _two in asked]
        narrowed = [
            [each for each in plain.search(one, len(board)) if likeness._in_time(one, each)][:5] for one, _ in asked
        ]
        offered = [[each.notice for each in likeliest(one, board)] for one, _two in asked]
        for by, answers in (("full text", searched), ("  in time", narrowed), ("likeliest", offered)):
            ranks = [
                answer.index(two) if two in answer else 99 for answer, (_one, two) in zip(answers, asked, strict=True)
            ]
            print(f"  {way}  {by}   {shares(ranks)}   offered on average: {statistics.mean(map(len, answers)):.1f}")
    strangers = [len(likeliest(each, found)) for each in alone if each.is_lost]
    print(f"  lost things that nobody found: {statistics.mean(strangers):.1f} offered on average")


def shares(ranks: list[int]) -> str:
    return "  ".join(f"{sum(rank < most for rank in ranks) / len(ranks):8.1%}" for most in (1, 5))


class Plain:
    """Full-text search as a board would have it: any pair of characters, ranked by BM25 (k1 1.2, b 0.75)."""

    def __init__(self, board: list[Notice]) -> None:
        self.board = board
        self.held = [Counter(self.terms(each)) for each in board]
        self.length = [sum(held.values()) for held in self.held]
        self.mean = statistics.mean(self.length)
        self.posts: dict[str, list[int]] = {}
        for at, held in enumerate(self.held):
            for term in held:
                self.posts.setdefault(term, []).append(at)

    @staticmethod
    def terms(notice: Notice) -> list[str]:
        """Kind, title, text, place and tags, each in pairs of characters."""
        texts = (notice.kind, notice.title, notice.text, notice.place, *sorted(notice.tags))
        return [said[at : at + 2] for said in (normalise(text)[0] for text in texts) for at in range(len(said) - 1)]

    def search(self, one: Notice, limit: int = 5) -> list[Notice]:
        """The best of the board for the whole text of `one`."""
        score: Counter[int] = Counter()
        for term in set(self.terms(one)):
            posts = self.posts.get(term, [])
            rarity = math.log(1 + (len(self.board) - len(posts) + 0.5) / (len(posts) + 0.5))
            for at in posts:
                times = self.held[at][term]
                score[at] += rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * self.length[at] / self.mean))
        return [self.board[at] for at, _score in score.most_common(limit)]


def timed(name: str, couples: list[tuple[Notice, Notice]]) -> None:
    """Median and worst milliseconds of twelve queries."""
    board, spent = spread(couples, 10**6), []
    for one, _two in couples[:: len(couples) // 12][:12]:
        start = time.perf_counter()
        likeliest(one, board)
        spent.append((time.perf_counter() - start) * 1_000)
    print(f"  {name}: {statistics.median(spent):.0f} ms median, {max(spent):.0f} ms worst")


def measure() -> None:
    """What each observation is worth: a logistic regression on true pairs and strangers of the tuning half."""
    couples, alone = made(PAIRS, OTHERS, DAYS, TUNING)
    found = [two for _one, two in couples] + [each for each in alone if not each.is_lost]
    said = {each.id: likeness._said(each) for each in [*found, *(one for one, _two in couples)]}
    rarity = likeness._rarity(list(said.values()))
    seen: list[tuple[bool, int, list[str]]] = []  # is it a true pair, for how many does it stand, what is observed
    for at, (one, two) in enumerate(couples):
        for other in [two, *(each for each in found[at % EVERY :: EVERY] if each is not two)]:
            if likeness._in_time(one, other) and likeness._may_be(said[one.id], said[other.id]):
                names = likeness.evidence(said[one.id], said[other.id], rarity)
                seen.append((other is two, 1 if other is two else EVERY, names))
    weights, prior = fitted(seen)
    count = {
        side: Counter(name for true, _stands, names in seen if true is side for name in names) for side in (True, False)
    }
    pairs = sum(true for true, _stands, _names in seen)
    for name, now in likeness.WEIGHTS.items():
        held, stray = count[True][name] / pairs, count[False][name] / (len(seen) - pairs)
        print(f"{name:16} {held:6.3f} {stray:6.3f}   fitted {weights[name]:5.1f}   now {now:5.1f}")
    print(f"prior {prior:.1f}, now {likeness.PRIOR}; {pairs} pairs in time")


def fitted(seen: list[tuple[bool, int, list[str]]], rounds: int = 25) -> tuple[dict[str, float], float]:
    """Weights and prior that make what was seen likeliest, held near 0 (L2); by AdaGrad, a pass a round."""
    chance = random.Random(1)
    weights, grown = Counter[str](), Counter[str]()
    weights["prior"] = likeness.PRIOR
    seen = list(seen)
    for _ in range(rounds):
        chance.shuffle(seen)
        for true, stands, names in seen:
            total = sum([weights[name] for name in names], weights["prior"])
            error = stands * (true - 1 / (1 + math.exp(-max(-30.0, min(30.0, total)))))
            if abs(error) < 1e-3:
                continue
            for name in (*names, "prior"):
                slope = error - 0.001 * weights[name]
                grown[name] += slope * slope
                weights[name] += 0.15 * slope / (1 + math.sqrt(grown[name]))
    return weights, weights.pop("prior")


if __name__ == "__main__":
    main()
