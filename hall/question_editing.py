"""How an operator changes what is asked: add, change, retire, restore, move, copy.

A question is never edited: changing one makes a new row that replaces it, so that old answers keep the words that they
were given to, and two people who change the same one find out.
"""

from collections.abc import Callable, Sequence
from typing import Any

import peewee

from hall import access, clock, events
from hall.answers import choice
from hall.numbers import count_up, tally
from hall.question_reading import CLOSED, of
from hall.question_shape import SAID, clean, clean_code, why_closed
from hall.question_values import DECIDING, options_of
from hall.words import N_, Refused
from models import ASKED_OF, Edition, Event, Person, Question, ServiceStep, database

NEED = "configure.edit"
MOST_ASKED = 30  # about one thing


def add(
    *, by: Person | None, asked_of: str, about: str = "", code: str = "", once: str | None = None, **said: Any
) -> Question:
    """Ask one question more, behind the others; without a `code` it gets one.

    `said` are columns of question_shape.SAID; `options` is [{value, label, label_en}]. Raises Refused with the
    field that is wrong.
    """

    def write() -> Question:
        asked = _begin(by, asked_of, about)
        number = tally("question")
        if len(asked) >= MOST_ASKED:
            raise Refused(N_("这里最多 %(most)s 个问题"), most=MOST_ASKED)
        columns = clean(asked_of, about, asked, said)
        last = max((each.position for each in asked if each.about == about), default=0)
        named = clean_code(code or f"n{number}", asked_of, about)
        return _made(
            by,
            "add",
            N_("添加问题"),
            {},
            once,
            code=named,
            position=last + 1,
            asked_of=asked_of,
            about=about,
            **columns,
        )

    return _once(once, by, write)


def change(question: Question, *, by: Person | None, once: str | None = None, **said: Any) -> Question:
    """Ask it in another way; `said` names the columns of SAID that are different. Gives the question that replaces it.

    Raises Refused(stale) where somebody else has changed or retired it meanwhile.
    """

    def write() -> Question:
        asked = _begin(by, question.asked_of, question.about)
        live = _claim(question)
        others = [each for each in asked if each.id != live.id]
        before = {name: getattr(live, name) for name in SAID}
        columns = clean(live.asked_of, live.about, others, before | said, own=live.code)
        difference = events.diff(before, columns)
        if not difference:
            raise Refused(N_("没有改动"))
        _hold_dependants(live, others, Question(**columns))
        events.record(live, "replaced", N_("换了问法"), by=by, role=_role(by))
        kept = {"code": live.code, "position": live.position, "asked_of": live.asked_of, "about": live.about}
        return _made(by, "change", N_("修改这个问题"), {"changes": difference}, once, replaces=live, **kept, **columns)

    return _once(once, by, write)


def retire(question: Question, *, by: Person | None) -> Question:
    """Ask it no more; what was answered stays to be read."""
    with database.atomic():
        asked = _begin(by, question.asked_of, question.about)
        live = _claim(question)
        _hold_dependants(live, [each for each in asked if each.id != live.id], None)
        events.record(live, "retire", N_("停用问题"), by=by, role=_role(by))
        return Question.get_by_id(live.id)


def restore(question: Question, *, by: Person | None) -> Question:
    """Ask again what was retired, behind the others. Raises Refused(stale) where it is asked already."""
    with database.atomic():
        asked = _begin(by, question.asked_of, question.about)
        if any(each.code == question.code for each in asked) or question.replaced_by.exists():
            raise Refused(N_("这个问题已经在用了"), stale=True)
        said = {name: getattr(question, name) for name in SAID}
        clean(question.asked_of, question.about, asked, said)
        last = max((each.position for each in asked if each.about == question.about), default=0)
        Question.update(retired=None, position=last + 1).where(Question.id == question.id).execute()
        events.record(question, "restore", N_("恢复问题"), by=by, role=_role(by))
        return Question.get_by_id(question.id)


def move(question: Question, *, by: Person | None, to: int) -> None:
    """Put it at place `to` (from 1) among the questions about the same; a repeat changes nothing."""
    with database.atomic():
        asked = _begin(by, question.asked_of, question.about)
        here = [each for each in asked if each.about == question.about]
        moved = next((each for each in here if each.id == question.id), None)
        if moved is None:
            raise Refused(N_("这个问题刚刚有人改过，请看现在的样子"), stale=True)
        order = [each for each in here if each is not moved]
        order.insert(max(to, 1) - 1, moved)
        if [each.id for each in order] == [each.id for each in here]:
            _move_on(question.asked_of, question.about, -1)  # what changes nothing makes nobody's page stale
            return
        for position, each in enumerate(order, 1):
            Question.update(position=position).where(Question.id == each.id).execute()
        events.record(moved, "move", N_("移动问题"), by=by, role=_role(by), details={"position": max(to, 1)})


def copy(asked_of: str, about: str, to_about: str, *, by: Person | None = None) -> list[Question]:
    """Ask about `to_about` all that is asked about `about`, by the same codes, inside the caller's transaction.

    Of `edition`, the questions of its steps go along. For a draft that begins as a copy.
    """
    pairs = [(asked_of, about, to_about)]
    if asked_of == "edition":
        steps = ServiceStep.select(ServiceStep.code).where(ServiceStep.edition == int(about))
        pairs += [("service_step", f"{about}:{step.code}", f"{to_about}:{step.code}") for step in steps]
    froms = [source for _kind, source, _target in pairs]
    targets = {source: target for _kind, source, target in pairs}
    live = Question.select().where(
        Question.asked_of.in_({kind for kind, _source, _target in pairs}),
        Question.about.in_(froms),
        Question.retired.is_null(),
    )
    return [
        _made(by, "add", N_("添加问题"), {"copied": each.id}, None, asked_of=each.asked_of, about=targets[each.about],
              code=each.code, position=each.position, **{name: getattr(each, name) for name in SAID})
        for each in live.order_by(Question.position, Question.id)
    ]  # fmt: skip


def _begin(by: Person | None, asked_of: str, about: str) -> list[Question]:
    """What is asked there now, for who may change it; nobody else changes questions until the transaction ends."""
    if by is not None and not access.may(by, NEED):
        raise Refused(N_("您没有权限修改附加问题"))
    choice(asked_of, ASKED_OF, "asked_of")
    count_up("question")
    _move_on(asked_of, about)
    if why := why_closed(asked_of, about):
        raise Refused(why)
    return of(asked_of, about)


def _move_on(asked_of: str, about: str, versions: int = 1) -> None:
    """Claim the draft that is asked for, if it is one, as every change of it does: who has an older page finds out."""
    number = about.partition(":")[0]
    if asked_of in CLOSED and number.isascii() and number.isdigit() and len(number) < 10:
        draft = (Edition.id == int(number)) & (Edition.state == "draft")
        Edition.update(version=Edition.version + versions).where(draft).execute()


def _role(by: Person | None) -> str:
    return access.role_for(by, NEED) if by is not None else "system"


def _claim(question: Question) -> Question:
    """Retire the row, or say that somebody was faster."""
    live = (Question.id == question.id) & Question.retired.is_null()
    if not Question.update(retired=clock.now()).where(live).execute():
        raise Refused(N_("这个问题刚刚有人改过，请看现在的样子"), stale=True)
    return Question.get_by_id(question.id)


def _hold_dependants(live: Question, others: Sequence[Question], after: Question | None) -> None:
    """Refuse to take away what another question hangs on."""
    for each in others if live.asked_of in CLOSED else _elsewhere(live):
        if each.only_if != live.code:
            continue
        if after is None or after.kind not in DECIDING or not set(each.only_if_in) <= set(options_of(after)):
            raise Refused(N_("“%(other)s”要看它的回答，请先改那一个"), other=each.label_text)


def _elsewhere(live: Question) -> list[Question]:
    """What is asked of more special things may hang on what is asked of all of them."""
    hanging = (Question.asked_of == live.asked_of) & (Question.only_if == live.code) & Question.retired.is_null()
    return list(Question.select().where(hanging))


def _made(
    by: Person | None, name: str, label: str, details: dict[str, Any], once: str | None, **columns: Any
) -> Question:
    made = Question.create(created=clock.now(), **columns)
    events.record(made, name, label, by=by, role=_role(by), details=details, once=once)
    return made


def _once(once: str | None, by: Person | None, write: Callable[[], Question]) -> Question:
    """What `write` makes in one transaction; a form that was sent twice gives what it has made before."""
    try:
        with database.atomic():
            return _before(once, by) or write()
    except (peewee.IntegrityError, Refused):
        if (done := _before(once, by)) is not None:
            return done
        raise


def _before(once: str | None, by: Person | None) -> Question | None:
    event = Event.get_or_none(Event.once == once) if once else None
    mine = event is not None and event.subject_type == "question" and event.actor_id == (by.id if by else None)
    return Question.get_or_none(Question.id == event.subject_id) if event is not None and mine else None
