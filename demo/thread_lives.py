"""The life of one supervision thread, from post to rating, as plausible people lead it (words/threads.csv)."""

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from demo import crowd, pictures, questions
from demo.board import Board, ThreadBoard, decide, gently, known, stay
from demo.steps import Life, Over
from demo.threads import Answer, Story
from hall import clock, moderation, supervision
from hall.repairs import DONE
from models import RepairOrder, Reply, Thread

if TYPE_CHECKING:
    from demo.term import Term

OLD_ENOUGH = timedelta(days=2)  # an order about whose waiting somebody complains


def prepare(term: "Term") -> None:
    """Let everything happen on the board of `term` that will happen there."""
    board = ThreadBoard(term)
    for story in board.stories.values():
        term.add(story.at, gently(_live(board, story)))


def _live(board: ThreadBoard, story: Story) -> Life:
    _posted(board, story)
    yield from _reviewed(board, story)
    yield from _forwarded(board, story)
    yield from _handled(board, story)
    for answer in story.answers:
        yield from _answered(board, story, answer)
    yield from _judged(board, story)


# --- post and review ---------------------------------------------------------------------------------


def _posted(board: ThreadBoard, story: Story) -> None:
    order = _order(board, story) if story.order else None
    if story.order and order is None:
        raise Over  # nothing like it happened this term
    by = board.person(story.author) if story.author else order.reporter  # type: ignore[union-attr]
    for field in ("title", "text"):
        setattr(story, field, _filled(getattr(story, field), order))
    wish = board.departments[story.department] if board.rng.random() < 0.8 else None
    shown = [pictures.photo(story.picture, True)] if story.picture else []
    said = {"title": story.title, "text": story.text, "shown_as": story.shown}
    given = questions.told(story.kind, story.text)
    beside = {"department": wish, "order": order, "photos": shown, "given": given}
    story.thread = supervision.post(by=by, kind=story.kind, **beside, **said)


def _filled(words: str, order: RepairOrder | None) -> str:
    """`words` with what they say of the order in its places."""
    if order is None:
        return words
    day = clock.local(order.finished) if order.finished else None
    said = {
        "{item}": order.item.name,
        "{worker}": f"{order.worker.name[0]}师傅" if order.worker else "师傅",
        "{group}": order.group.name,
        "{finished}": f"{day.month}月{day.day}日" if day else "",
    }
    for name, value in said.items():
        words = words.replace(name, value)
    return words


def _order(board: ThreadBoard, story: Story) -> RepairOrder | None:
    """The newest order that fits the thread; the oldest where the complaint is that it waits."""
    wrong = {
        "reworked": RepairOrder.reworks > 0,
        "urged": RepairOrder.urged.is_null(False) & RepairOrder.responded.is_null(False),
        "open": RepairOrder.status.in_(["accepted", "dispatched", "repairing", "on_hold"])
        & (RepairOrder.created < clock.now() - OLD_ENOUGH),
    }
    item = board.term.cast.items.get(story.order)
    query = RepairOrder.select().where(RepairOrder.item == item.id if item else wrong[story.order])
    if story.kind == "praise":
        query = query.where(RepairOrder.status.in_(DONE), RepairOrder.worker.is_null(False))
    newest = story.order != "open"
    readers = {person.id for person in board.readers}
    for order in query.order_by(RepairOrder.id.desc() if newest else RepairOrder.id):
        at_home = not item or (order.building.kind == "学生公寓" and order.room_number)
        fits = order.reporter.number == story.author if story.author else order.reporter_id in readers and at_home
        if fits and order.id not in board.told_of:
            board.told_of.add(order.id)
            return order
    return None


def _reviewed(board: ThreadBoard, story: Story) -> Life:
    thread = known(story)
    while turn := story.turn("send_back"):
        yield board.soon(turn.when)
        thread = decide(board, thread, "send_back", code=turn.more, note=turn.words)
        stay(story, "needs_changes")
        if back := story.turn("withdraw"):
            yield board.then(back.when, 2, 30)
            moderation.withdraw(thread, by=thread.author)
            raise Over
        if better := story.turn("resubmit"):
            yield board.then(better.when, 1, 20)
            content = {"title": story.title, "text": better.words}
            thread = moderation.resubmit(thread, by=thread.author, content=content)
    if turn := story.turn("reject"):
        yield board.soon(turn.when)
        by = board.person(turn.who) if turn.who else None
        thread = decide(board, thread, "reject", by=by, code=turn.more, note=turn.words)
        if appeal := story.turn("appeal"):
            yield board.then(appeal.when, 2, 20)
            moderation.appeal(thread, by=thread.author, words=appeal.words)
        raise Over
    stay(story, "pending")
    yield board.soon()
    if turn := story.turn("keep_private"):
        decide(board, thread, "keep_private", code=turn.more, note=turn.words)
        return
    if turn := story.turn("undo"):  # the wrong key, taken back at once
        by = board.moderator(thread)
        waiting = moderation.proposal(thread)
        thread = decide(board, thread, turn.more, by=by, code="other", note=turn.words)
        yield clock.now() + timedelta(seconds=4)
        thread = moderation.undo(thread, by=by, submission=waiting.id)  # type: ignore[union-attr]
        yield clock.now() + timedelta(seconds=20)
        decide(board, thread, "publish", by=by)
    else:
        decide(board, thread, "publish")
    crowd.begin(board, story)


# --- the department ----------------------------------------------------------------------------------


def _forwarded(board: ThreadBoard, story: Story) -> Life:
    yield from crowd.reported(board, story)
    if "return" not in story.turns:
        stay(story, "to_forward")
    thread, department = known(story), board.departments[story.department]
    by = board.moderator(thread)
    if turn := story.turn("merge"):
        yield board.soon()
        supervision.flow.perform(thread, "merge", by=by, main=known(board.stories[turn.more]))
        raise Over
    turn = story.turn("assist")
    assisting = [board.departments[code] for code in turn.more.split()] if turn else []
    note = turn.words if turn else ""
    yield clock.now() + timedelta(minutes=board.rng.randint(1, 20))
    thread = supervision.forward(known(story), by=by, department=department, assisting=assisting, note=note)
    if turn := story.turn("return"):
        yield board.then(turn.when, 1, 10, at_work=True)
        better, handler = board.departments[turn.more], board.handlers[story.department]
        supervision.return_thread(thread, by=handler, ground=turn.words, suggested=better)
        stay(story, "to_forward")
        yield board.soon()
        story.department = turn.more
        supervision.forward(known(story), by=board.moderator(thread), department=better)


def _handled(board: Board, story: Story) -> Life:
    handler = board.handlers[story.department]
    if board.rng.random() < 0.5:
        yield board.hours(0.3, 3, at_work=True)
        supervision.assign(known(story), by=handler, handler=handler)
    if turn := story.turn("talk"):
        yield board.then(turn.when, 2, 9, at_work=True)
        supervision.talk(known(story), by=handler, method=turn.more, summary=turn.words)
    if turn := story.turn("extend"):
        yield board.then(turn.when, 4, 14, at_work=True)
        thread, leader = known(story), board.term.cast.one["leader"]
        until = _until(board, thread, turn.more)
        supervision.extend(thread, by=handler, until=until, reason=turn.words, approver=leader)


def _until(board: Board, thread: Thread, more: str) -> datetime:
    """The new promise: so many working days later, or the close of office today."""
    if more != "today":
        due: Any = thread.due
        return board.term.calendar.working_days(due, int(more))
    day = clock.local(board.term.until).date()
    closes = clock.utc(datetime.combine(day, time(18)))
    return closes if closes > board.term.until + timedelta(minutes=30) else closes + timedelta(days=1)


def _answered(board: Board, story: Story, answer: Answer) -> Life:
    handler = board.handlers[story.department]
    yield board.then(answer.when, 6, 34, at_work=True)
    promised = _promised(board, answer.promised)
    measures = answer.measures.replace("|", "\n")
    thread = supervision.reply(known(story), by=handler, text=answer.text, measures=measures, promised=promised)
    stay(story, "replying")
    yield board.soon()
    reply = Reply.select().where(Reply.thread == thread.id).order_by(Reply.id.desc()).get()
    if answer.sent_back:
        decide(board, reply, "send_back", code="unclear", note=answer.sent_back)
        return
    by, waiting = board.moderator(reply), moderation.proposal(reply)
    reply = decide(board, reply, "publish", by=by)
    if story.turn("undo_reply"):
        yield clock.now() + timedelta(seconds=5)
        reply = moderation.undo(reply, by=by, submission=waiting.id)  # type: ignore[union-attr]
        yield clock.now() + timedelta(minutes=2)
        decide(board, reply, "publish", by=by)
    for moment, life in crowd.remarks(board, story, answered=True):
        board.term.add(moment, gently(life))
    if promised and answer.kept != "no":
        kept = promised + timedelta(days=int(answer.kept or -board.rng.randrange(3)))
        board.term.add(_office(kept), gently(_kept(board, story, reply, kept)))
    if turn := story.turn("reopen"):
        yield board.then(turn.when, 20, 60)
        thread = known(story)
        supervision.reopen(thread, by=thread.author, reason=turn.words)


def _promised(board: Board, said: str) -> date | None:
    if said.startswith("@"):
        return clock.local(board.term.until).date() + timedelta(days=int(said[1:]))
    return clock.today() + timedelta(days=int(said)) if said else None


def _office(day: date) -> datetime:
    return clock.utc(datetime.combine(day, time(17)))


def _kept(board: Board, story: Story, reply: Reply, kept: date) -> Life:
    handler = board.handlers[story.department]
    supervision.flow.perform(known(story), "keep_promise", by=handler, reply=reply, kept=kept)
    yield from ()


def _judged(board: Board, story: Story) -> Life:
    if turn := story.turn("rate"):
        yield board.then(turn.when, 3, 90)
        thread = known(story)
        supervision.satisfied(thread, by=thread.author, score=int(turn.more), words=turn.words)
