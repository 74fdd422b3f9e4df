"""What the public of the demo does with a thread that it may read: support, follow, follow up, report."""

from datetime import datetime

from demo.board import Board, decide, gently, known
from demo.steps import Life, Over
from demo.threads import ANSWERED, Remark, Story, Turn
from hall import moderation, supervision
from models import Person


def begin(board: Board, story: Story) -> None:
    """Let what people do with a thread happen, from the moment on at which it is published."""
    author = known(story).author_id
    others = [person for person in board.readers if person.id != author]
    crowd = board.rng.sample(others, story.supports)
    half = (len(crowd) + 1) // 2
    lives = [
        (board.hours(0.2, 8), _supported(story, crowd[:half])),
        (board.hours(9, 60), _supported(story, crowd[half:])),
    ]
    lives += remarks(board, story, answered=False)
    if turn := story.turn("edit"):
        lives.append((board.then(turn.when, 1, 20), _edited(story, turn)))
    if turn := story.turn("urge"):
        lives.append((board.then(turn.when, 1, 20), _urged(board, story, turn)))
    for moment, life in lives:
        board.term.add(moment, gently(life))


def remarks(board: Board, story: Story, *, answered: bool) -> list[tuple[datetime, Life]]:
    """The follow-ups that come once the thread is published, or `answered`, each with when it is written."""
    now = [remark for remark in story.remarks if (remark.when == ANSWERED) == answered]
    return [(board.then("" if answered else remark.when, 1, 24), _remarked(board, story, remark)) for remark in now]


def _supported(story: Story, crowd: list[Person]) -> Life:
    thread = known(story)
    for person in crowd:
        thread = supervision.support(thread, by=person)
    for person in crowd[: len(crowd) // 6]:
        supervision.follow(thread, by=person)
    yield from ()


def _remarked(board: Board, story: Story, remark: Remark) -> Life:
    by = board.person(remark.author)
    written = supervision.comment(known(story), by=by, text=remark.words)
    if remark.fate == "waiting":
        return
    if moderation.proposal(written) is not None:  # whom the operator trusts needs no review
        yield board.soon()
        if remark.fate == "sent_back":
            decide(board, written, "send_back", code="abuse", note="请说说遇到了什么问题，不要评价人")
            return
        written = decide(board, written, "publish")
    if remark.fate == "reported":
        for hours, number in (("3.4h", "2025010050"), ("2.8h", "2023010027")):
            yield board.then(hours, 1, 2)
            note = "没有根据就说别人讹钱，请处理" if hours == "3.4h" else ""
            written = moderation.report(written, by=board.person(number), code="abuse", note=note)


def _edited(story: Story, turn: Turn) -> Life:
    thread = known(story)
    moderation.edit(thread, by=thread.author, content={"title": thread.title, "text": turn.words})
    yield from ()


def _urged(board: Board, story: Story, turn: Turn) -> Life:
    supervision.flow.perform(known(story), "urge", by=board.person(turn.who), note=turn.words)
    yield from ()


def reported(board: Board, story: Story) -> Life:
    """What readers report, and what a moderator makes of it. Raises Over where the thread stays hidden."""
    while turn := story.turn("report"):
        yield board.then(turn.when, 2, 12)
        moderation.report(known(story), by=board.person(turn.who), code=turn.more, note=turn.words)
    if turn := story.turn("keep"):
        yield board.soon()
        decide(board, known(story), "keep", note=turn.words)
    if turn := story.turn("hide"):
        yield board.soon()
        thread = decide(board, known(story), "hide", code=turn.more, note=turn.words)
        turn = story.turn("restore")
        if turn is None:
            raise Over
        yield board.soon()
        moderation.flow.perform(thread, "restore", by=board.moderator(thread), note=turn.words)
