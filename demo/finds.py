"""Lost and found of the demo: notices, what is kept at the desks, claims and how they end (words/notices.csv)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo.steps import Life, Over
from demo.things import SEED, Act, Thing, Things, shown
from demo.threads import Turn
from hall import clock, lost_found, moderation
from hall.words import Refused
from models import Building, ItemKind, LostPropertyDesk, Person, PropertyNotice

if TYPE_CHECKING:
    from demo.term import Term


def prepare(term: "Term") -> None:
    """Let everything happen in lost and found of `term` that will happen there."""
    Things(term, SEED + 1, ("notices", "finds", "notice"), ACTS).begin(_posted)


def _posted(board: Things, thing: Thing) -> PropertyNotice:
    said = thing.said
    written: dict[str, Any] = {
        "by": board.person(said["author"]),
        "title": said["title"],
        "text": said["text"],
        "item_kind": ItemKind.get(ItemKind.code == said["item"]),
        "building": Building.get(Building.code == said["building"]),
        "place": said["place"],
        "happened": _awake(clock.now() - timedelta(hours=float(said["before"]))),
        "tags": said["tags"],
        "question": said["question"],
        "hidden_detail": said["hidden"],
        "card_number": said["card"],
        "photos": shown(thing),
    }
    if thing.turns and thing.turns[0].step == "register":
        return lost_found.register(**written, **_custody(thing.turns[0]))
    return lost_found.post(**written, kind=said["kind"], answered=_answered(board, said["answers"]))


def _awake(moment: datetime) -> datetime:
    """`moment`, or the afternoon before: nobody loses an umbrella at three in the morning."""
    return moment - timedelta(hours=10) if not 7 <= clock.local(moment).hour < 23 else moment


def _answered(board: Things, key: str) -> PropertyNotice | None:
    """The lost notice that a finder answers, where it is public and still open."""
    lost = board.all.get(key)
    if lost is None or lost.row is None or not moderation.is_disclosed(lost.row) or lost.fresh.status != "open":
        return None
    answered: PropertyNotice = lost.fresh
    return answered


# --- the desk ----------------------------------------------------------------------------------------


def _custody(turn: Turn) -> dict[str, Any]:
    building, shelf, *more = turn.more.split()
    point = LostPropertyDesk.select().join(Building).where(Building.code == building).get()
    return {"point": point, "shelf": shelf, "is_valuable": "valuable" in more}


def _keeper(board: Things, notice: PropertyNotice) -> Person:
    """Who sits at the desk where it lies: the library has its own."""
    return _keeper_at(board, notice.point)


def _keeper_at(board: Things, point: Any) -> Person:
    return board.keepers[1 if point.building.code == "TSG" else 0]


def _has_it(board: Things, notice: PropertyNotice) -> Person:
    """Who judges claims and hands it over."""
    return _keeper(board, notice) if lost_found.is_kept(notice) else notice.author


def _handed_in(board: Things, thing: Thing, turn: Turn) -> None:
    kept = _custody(turn)
    lost_found.hand_in(thing.fresh, by=_keeper_at(board, kept["point"]), **kept)


def _announced(board: Things, thing: Thing, turn: Turn) -> Life:
    yield _at_work(board, thing.fresh.keep_until)
    notice = thing.fresh
    lost_found.announce(notice, by=_keeper(board, notice))


def _proposed(board: Things, thing: Thing, turn: Turn) -> Life:
    """Somebody says what should become of it, once its announcement is over."""
    ready = thing.fresh.dispose_from
    if ready is None:
        raise Over
    if ready > clock.now():
        yield _at_work(board, ready)
    notice = thing.fresh
    lost_found.propose_disposal(notice, by=_keeper(board, notice), method=turn.more, note=turn.words)


def _disposed(board: Things, thing: Thing, turn: Turn) -> None:
    lost_found.dispose(thing.fresh, by=board.person(turn.who))


def _at_work(board: Things, moment: datetime) -> datetime:
    return board.term.calendar.add(moment, board.rng.randrange(30, 400))


# --- claims ------------------------------------------------------------------------------------------


def _claimed(board: Things, thing: Thing, turn: Turn) -> None:
    answer, _bar, proof = turn.words.partition("|")
    lost_found.claim(thing.fresh, by=board.person(turn.who), answer=answer, proof=proof)


def _accepted(board: Things, thing: Thing, turn: Turn) -> None:
    notice = thing.fresh
    lost_found.accept_claim(notice, by=_has_it(board, notice), note=turn.words)


def _denied(board: Things, thing: Thing, turn: Turn) -> None:
    notice = thing.fresh
    lost_found.deny_claim(notice, by=_has_it(board, notice), reason=turn.words)


def _handed_over(board: Things, thing: Thing, turn: Turn) -> None:
    notice = thing.fresh
    code = lost_found.code_of(notice, notice.claimant)
    lost_found.hand_over(notice, by=_has_it(board, notice), code=code)


def _wrong(board: Things, thing: Thing, turn: Turn) -> None:
    """The claimant mixes two figures up."""
    notice = thing.fresh
    code = lost_found.code_of(notice, notice.claimant)
    try:
        lost_found.hand_over(notice, by=_has_it(board, notice), code=f"{(int(code) + 9) % 1_000_000:06d}")
    except Refused:
        return
    raise AssertionError("a wrong code was taken")


def _renewed(board: Things, thing: Thing, turn: Turn) -> None:
    lost_found.renew_code(thing.fresh, by=thing.fresh.claimant)


def _given_up(board: Things, thing: Thing, turn: Turn) -> None:
    lost_found.give_up(thing.fresh, by=thing.fresh.claimant)


def _found(board: Things, thing: Thing, turn: Turn) -> None:
    lost_found.found_it(thing.fresh, by=thing.row.author, how=turn.words)


ACTS: dict[str, Act] = {
    "hand_in": _handed_in, "announce": _announced, "propose": _proposed, "dispose": _disposed, "claim": _claimed,
    "accept": _accepted, "deny": _denied, "hand_over": _handed_over, "wrong_code": _wrong, "renew_code": _renewed,
    "give_up": _given_up, "found_it": _found,
}  # fmt: skip
