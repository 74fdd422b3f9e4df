"""Flow, Step, Refused: guard → claim → act → record, once for everything that moves through states."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import peewee

import models
from hall import access, events
from hall.words import N_, Refused, Worded

__all__ = ["FLOWS", "STAYS", "Flow", "Refused", "Step"]

STAYS = "="

FLOWS: dict[str, "Flow"] = {}


@dataclass(frozen=True)
class Step:
    """One row of a table in flows.md.

    `targets` is empty where the state stays (`=`); with several, the function sets `status` to one of
    them, or leaves it where `=` is among them. `asks` says that the step has a form, found by name in
    `forms`; `weight` is how a face shows it: primary, secondary or danger. A step that is not taken
    `by_hand` follows from another one, and no face offers it.
    """

    name: str
    label: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    need: str
    who: str
    recorded: str
    asks: bool
    weight: str
    act: Callable[..., Any]
    flow: "Flow" = field(repr=False)
    by_hand: bool = True

    @property
    def may_stay(self) -> bool:
        return not self.targets or STAYS in self.targets

    def allowed(self, subject: models.Entity, person: models.Person | None) -> bool:
        """Whether `person` would get past state and permission right now."""
        return self.flow.state(subject) in self.sources and access.may(person, self.need, subject)


class Flow:
    """The table of one workflow as data, and the only way to walk it.

    `model` has the state in `column`, and a `version`. Where it is a base of entities, each of them walks the flow.
    """

    def __init__(
        self, name: str, label: str, model: type[models.Entity], states: list[tuple[str, str]], column: str = "status"
    ) -> None:
        self.name, self.label, self.model, self.column = name, label, model, column
        self.states: dict[str, str] = {code: Worded(said, f"state:{name}:{code}") for code, said in states}
        self.steps: dict[str, Step] = {}
        FLOWS[name] = self

    def state(self, subject: models.Entity) -> str:
        """The state of `subject` in this flow."""
        state: str = getattr(subject, self.column)
        return state

    def state_name(self, subject: models.Entity) -> str:
        """What that state is called; a msgid, or a name that an operator gave it."""
        return self.states[self.state(subject)]

    def steps_of(self, subject: models.Entity) -> dict[str, Step]:
        """The steps of the table for `subject`, by name: the same for all but where each brings its own."""
        return self.steps

    def start(
        self,
        label: str,
        *,
        target: str | Iterable[str],
        need: str,
        who: str,
        recorded: str = "",
        model: type[models.Entity] | None = None,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the decorated `verb(*, by, **answers) -> (subject, details)` as the step that makes a subject.

        The verb that is returned does permission, function and event in one transaction, takes `once`
        like any step, and gives the new subject. `model` says what is made where many entities walk the flow.
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            targets = (target,) if isinstance(target, str) else tuple(target)
            name = function.__name__.strip("_")
            said = Worded(label, f"step:{self.name}:{name}")
            step = Step(name, said, (), targets, need, who, recorded, True, "primary", function, self)
            self.steps[name] = step

            @functools.wraps(function)
            def verb(*, by: models.Person | None, once: str | None = None, **answers: Any) -> Any:
                return self._begin(step, model or self.model, by=by, once=once, **answers)

            return verb

        return declare

    def _begin(
        self, step: Step, model: type[models.Entity], *, by: models.Person | None, once: str | None, **answers: Any
    ) -> Any:
        role = access.role_for(by, step.need)
        if not role:
            raise Refused(N_("您没有权限进行“%(step)s”"), step=step.label)
        try:
            with models.database.atomic():
                if once and (done := self._done_before(None, model, step, once, by)):
                    return done
                subject, details = step.act(by=by, **answers)
                self.record(subject, step, by, role, source="", details=details, once=once, is_whole=True)
                return subject
        except peewee.IntegrityError:
            if once and (done := self._done_before(None, model, step, once, by)):
                return done
            raise

    def step(
        self,
        label: str,
        *,
        sources: Iterable[str],
        target: str | Iterable[str] = (),
        need: str,
        who: str,
        recorded: str = "",
        asks: bool = True,
        weight: str = "secondary",
        by_hand: bool = True,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the decorated `verb(subject, *, by, **answers) -> details` as a step of this flow.

        What is returned is the verb that everybody calls: it does permission, claim, function, save
        and event in one transaction, and gives the subject back. It also takes `seen` (the version that
        was shown; refused if it has moved on) and `once` (the submission's token; a repeat does nothing).
        """

        def declare(function: Callable[..., Any]) -> Callable[..., Any]:
            targets = (target,) if isinstance(target, str) else tuple(target)
            name = function.__name__
            said = Worded(label, f"step:{self.name}:{name}")
            row = (name, said, tuple(sources), targets, need, who, recorded, asks, weight, function, self)
            step = self.steps[name] = Step(*row, by_hand)

            @functools.wraps(function)
            def verb(subject: Any, **answers: Any) -> Any:
                return self.perform(subject, step, **answers)

            return verb

        return declare

    def steps_for(self, subject: models.Entity, person: models.Person | None) -> list[Step]:
        """The steps that `person` may take on `subject` now, in the order of the table."""
        return [step for step in self.steps_of(subject).values() if step.by_hand and step.allowed(subject, person)]

    def perform(
        self,
        subject: Any,
        step: Step | str,
        *,
        by: models.Person | None,
        seen: int | None = None,
        once: str | None = None,
        **answers: Any,
    ) -> Any:
        """Take `step` on `subject` for `by` (None is the system) and return the subject as it is now.

        Raises Refused with a sentence for people; then nothing has changed. The state is judged by the
        database, in the very UPDATE that claims the row (`requirements.md` 7, 8).
        """
        step = self.steps_of(subject)[step] if isinstance(step, str) else step
        try:
            with models.database.atomic():
                if once and (done := self._done_before(subject, type(subject), step, once, by)):
                    return done
                fresh, role = self._claim(subject, step, by, seen)
                source = self.state(fresh)
                details = step.act(fresh, by=by, **answers) or {}
                if len(step.targets) == 1:
                    setattr(fresh, self.column, step.targets[0])
                elif self.state(fresh) not in step.targets and (self.state(fresh) != source or not step.may_stay):
                    raise ValueError(f"{self.name}.{step.name} must lead to one of {step.targets}")
                if fresh.is_dirty():
                    fresh.save()
                self.record(fresh, step, by, role, source=source, details=details, once=once)
                return fresh
        except (peewee.IntegrityError, Refused) as error:
            # Two copies of one form ran side by side: the first has done it, this one only reports it.
            too_late = not isinstance(error, Refused) or error.stale
            if once and too_late and (done := self._done_before(subject, type(subject), step, once, by)):
                return done
            raise

    def record(self, subject: Any, step: Step, by: models.Person | None, role: str, **said: Any) -> None:
        """Append the event of `step` to the subject's chain; `said` goes to `events.record`."""
        target = self.state(subject) if step.targets else ""
        events.record(subject, step.name, step.label, by=by, role=role, target=target, **said)

    @staticmethod
    def _done_before(subject: Any, model: type[models.Entity], step: Step, once: str, by: models.Person | None) -> Any:
        """What the form with this token has already made or moved; None where it is new."""
        event = events.with_token(once)
        if event is None:
            return None
        known = event.subject_type == events.subject_type(model) and event.name == step.name
        known = known and event.actor_id == (by.id if by else None)
        if not known or (subject is not None and event.subject_id != subject.id):
            raise Refused(N_("这个表单已经提交过，请刷新后再试"), stale=True)
        return model.get_by_id(event.subject_id)

    def _claim(self, subject: Any, step: Step, by: models.Person | None, seen: int | None) -> tuple[Any, str]:
        """Take the row for this transaction and return it with the role of `by`, or say who was faster."""
        model: Any = type(subject)
        claimable = (model.id == subject.id) & getattr(model, self.column).in_(step.sources)
        if seen is not None and step.targets:
            claimable &= model.version == seen
        # A step that leaves the state alone leaves the version too, so that nobody's open form goes stale by it.
        bump = model.version + (1 if step.targets else 0)
        claimed = model.update(version=bump).where(claimable).execute()
        fresh: Any = model.get_or_none(model.id == subject.id)
        role = access.role_for(by, step.need, fresh) if fresh else ""
        if not role:
            raise Refused(N_("您没有权限进行“%(step)s”"), step=step.label)
        if not claimed:
            sentence = N_("这张单子在您打开之后有了变化，请看最新进度再决定")
            state = self.state(fresh)
            if state not in step.sources:
                sentence = N_("现在是“%(state)s”，不能%(step)s；可能有人先处理了，请看最新进度")
            raise Refused(sentence, stale=True, state=self.state_name(fresh), step=step.label)
        return fresh, role
