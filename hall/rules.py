"""Rules "when … then …": kept as data, followed by the worker after each event.

A rule acts once on an event, which `RuleHit` keeps. What a rule does is no step of a flow, so that it starts no
other rule: there are no loops.
"""

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import peewee

from hall import access, application_flow, clock, events, rule_actions, rule_conditions
from hall.answers import choice, text
from hall.flow import FLOWS, Step
from hall.rule_conditions import FIELDS, Field, Happening, Said
from hall.sql_text import prepared
from hall.words import N_, Refused
from models import RULE_ACTIONS, DutyContact, Event, Moderated, Person, Rule, RuleHit, database, held, tuples

log = logging.getLogger("hall.rules")
NEED = "configure.edit"
MOST_RULES, LOOKED = 100, 5_000
MODES = [("on", N_("启用")), ("dry", N_("试运行：只记录，不动手")), ("off", N_("停用"))]
# The keys along which conditions read, loaded in a query each.
KEYS = ("item", "item.parent", "building", "building.campus", "group", "department", "item_kind", "category", "service",
        "team")  # fmt: skip


# --- what there is -------------------------------------------------------------------------------------


def steps_of(flow: str) -> dict[str, Step]:
    """What can happen in a flow, by name: its steps, those of the review, and those that an operator made."""
    own = FLOWS[flow].steps
    if flow == application_flow.flow.name:
        return {**own, **application_flow.published_steps()}
    return {**FLOWS["moderation"].steps, **own} if issubclass(FLOWS[flow].model, Moderated) else dict(own)


def steps_among(flow: str, found: Iterable[Event]) -> set[int]:
    """The ids of those events of a flow that are steps of it; of a service, by the edition that each began with."""
    if flow == application_flow.flow.name:
        return application_flow.steps_among(found)
    names = steps_of(flow).keys()
    return {row.id for row in found if row.name in names}


def flows() -> list[tuple[str, str]]:
    """The flows that rules can be about, as choices."""
    return [(name, FLOWS[name].label) for name in FIELDS if name in FLOWS]


def mode_of(rule: Rule) -> str:
    """Which of MODES a rule is in."""
    return "off" if not rule.is_on else "dry" if rule.params.get("dry") else "on"


class Speaker:
    """Says rules as sentences: when, if, then. What they name is read once for all of them."""

    def __init__(self, rows: Iterable[Rule]) -> None:
        told = [each.partition(":")[::2] for row in rows for each in row.params.get("audience", [])]
        people = {int(what) for kind, what in told if kind == "person"}
        query = Person.select(Person.id, Person.name).where(Person.id.in_(people))
        self.names = {f"person:{key}": name for key, name in tuples(query)} if people else {}
        if any(kind == "duty" for kind, _what in told):
            self.names |= {
                f"duty:{key}": name for key, name in tuples(DutyContact.select(DutyContact.id, DutyContact.name))
            }
        self.labels: dict[tuple[str, str], dict[str, str]] = {}

    def __call__(self, rule: Rule) -> tuple[Said, list[Said], list[Said]]:
        step, flow = steps_of(rule.flow).get(rule.step), FLOWS[rule.flow].label
        when: Said = (N_("%(flow)s“%(step)s”之后"), {"flow": flow, "step": step.label if step else rule.step})
        if not rule.step:
            when = (N_("%(flow)s有任何进展"), {"flow": flow})
        known = rule_conditions.fields_of(rule.flow)
        asked = [(known[each["field"]], each) for each in rule.conditions if each["field"] in known]
        ifs = [field.said(each, self._labels(rule.flow, field)) for field, each in asked]
        return when, ifs, list(self._actions(rule))

    def _labels(self, flow: str, asked: Field) -> dict[str, str]:
        if asked.kind == "choice" and (flow, asked.name) not in self.labels:
            self.labels[flow, asked.name] = dict(asked.choices())
        return self.labels.get((flow, asked.name), {})

    def _actions(self, rule: Rule) -> Iterable[Said]:
        if rule.action == "mark":
            yield N_("打标记%(mark)s"), {"mark": _quoted(rule.params["mark"])}
        if rule.action == "urgent":
            yield N_("改为紧急"), {}
        if audience := rule.params.get("audience", []):
            said = _quoted(rule.params.get("text") or rule.name)
            yield N_("通知%(who)s：%(text)s"), {"who": [self._named(each) for each in audience], "text": said}

    def _named(self, each: str) -> str:
        return access.role_label(each[5:]) if each.startswith("role:") else self.names.get(each, "?")


def _quoted(said: str) -> str:
    """Words of an operator in quotes, so that no sentence of the hall is mistaken for them and translated."""
    return f"“{said}”"


# --- verbs ---------------------------------------------------------------------------------------------


def checked(rule: Rule) -> Rule:
    """`rule` if it says something that can be done. Raises Refused with the field that is wrong."""
    rule.name = text(rule.name, "name", least=2, most=60)
    choice(rule.flow, flows(), "flow")
    if rule.step and rule.step not in steps_of(rule.flow):
        raise Refused(N_("请从列出的选项中选择"), field="step")
    choice(rule.action, RULE_ACTIONS, "does")
    params = dict(rule.params)
    params["text"] = text(params.get("text", ""), "text", most=120)
    params["text_en"] = text(params.get("text_en", ""), "text_en", most=160)
    if rule.action == "tell" and not params.get("audience"):
        raise Refused(N_("请选择通知谁"), field="roles")
    if rule.action == "mark":
        params["mark"] = text(params.get("mark", ""), "mark", least=2, most=20)
        params["mark_en"] = text(params.get("mark_en", ""), "mark_en", most=40)
    if rule.action == "urgent" and rule.flow != "repair":
        raise Refused(N_("只有报修单可以改为紧急"), field="does")
    known = rule_conditions.fields_of(rule.flow)
    if any(each["field"] not in known for each in rule.conditions):
        raise Refused(N_("请从列出的选项中选择"))
    if not rule.step and not rule.conditions:
        raise Refused(N_("请至少选一个步骤或填一个条件，否则每一步都会触发"), field="step")
    rule.params = params
    return rule


def save(rule: Rule, *, by: Person, seen: int | None = None) -> Rule:
    """Keep a new or changed rule (a changed one is a fresh object with its id), with its event.

    Raises Refused where `by` may not, where it says nothing that can be done, or (stale) the row was changed since
    `seen`, its version.
    """
    role = _role(by)
    checked(rule)
    try:
        with database.atomic():
            before: dict[str, Any] = {}
            if rule.id:
                row = _held(rule.id)
                if seen is not None and row.version != seen:
                    sentence = N_("另一位同事刚刚改了这条规则，请核对后再保存")
                    raise Refused(sentence, stale=True, version=row.version)
                before, rule.version, rule.created = dict(row.__data__), row.version + 1, row.created
            else:
                if Rule.select(Rule.id).limit(MOST_RULES).count() >= MOST_RULES:
                    raise Refused(N_("最多 %(most)s 条规则，请先删去一些"), most=MOST_RULES)
                rule.created = clock.now()
            new = not rule.id
            rule.save(force_insert=new, only=None if new else [f for f in Rule._meta.sorted_fields if f.name != "id"])
            details = {"changes": events.diff(before, rule.__data__)}
            name, label = ("create", N_("新建规则")) if new else ("edit", N_("修改规则"))
            events.record(rule, name, label, by=by, role=role, details=details)
    except peewee.IntegrityError as error:
        raise Refused(N_("已经有一条规则叫这个名字"), field="name") from error
    return rule


def switch(rule_id: int, mode: str, *, by: Person) -> Rule:
    """Set a rule to one of MODES; the same again changes nothing. Raises Refused."""
    role, mode = _role(by), choice(mode, MODES, "mode")
    with database.atomic():
        rule = _held(rule_id)
        before = mode_of(rule)
        if before != mode:
            rule.is_on, rule.params = mode != "off", {**rule.params, "dry": mode == "dry"}
            rule.version += 1
            rule.save()
            details = {"changes": {"mode": [before, mode]}}
            events.record(rule, "edit", N_("修改规则"), by=by, role=role, details=details)
    return rule


def remove(rule_id: int, *, by: Person) -> None:
    """Delete a rule with its record of hits; marks and messages stay. Raises Refused."""
    role = _role(by)
    with database.atomic():
        rule = _held(rule_id)
        details = {"changes": events.diff({}, rule.__data__)}
        events.record(rule, "delete", N_("删除规则"), by=by, role=role, details=details)
        rule.delete_instance()


def _role(by: Person) -> str:
    role = access.role_for(by, NEED)
    if not role:
        raise Refused(N_("您没有权限修改自动规则"))
    return role


def _held(rule_id: int) -> Rule:
    row: Rule | None = held(Rule.select().where(Rule.id == rule_id)).first()
    if row is None:
        raise Refused(N_("另一位同事刚刚删除了这条规则"), stale=True)
    return row


# --- following them ------------------------------------------------------------------------------------


def active() -> list[Rule]:
    """The rules that are on, also those that only note what they would do."""
    return _active()


@prepared
def _active() -> Any:
    return Rule.select().where(Rule.is_on == True).order_by(Rule.id)  # noqa: E712


def follow(event: Event, rules: Iterable[Rule]) -> int:
    """Let `rules` act on an event, each once and on its own, inside the caller's transaction; how many did.

    A rule that fails is logged, and the others go on. What came before a rule was made does not concern it.
    """
    subject, acted = None, 0
    is_step: dict[str, bool] = {}
    for rule in rules:
        if not _is_about(rule, event) or event.at < rule.created:
            continue
        if not rule.step:  # any of them
            if rule.flow not in is_step:
                is_step[rule.flow] = bool(steps_among(rule.flow, [event]))
            if not is_step[rule.flow]:
                continue
        try:
            with database.atomic():
                subject = subject or subjects(rule.flow, [event.subject_id])[event.subject_id]
                if rule_conditions.hold(rule.flow, rule.conditions, Happening(event, subject)):
                    acted += _hit(rule, event, subject)
        except Exception:
            log.exception("rule %s failed on event %s", rule.id, event.id)
    return acted


def _is_about(rule: Rule, event: Event) -> bool:
    flow = FLOWS.get(rule.flow)
    if flow is None or event.subject_type != events.subject_type(flow.model):
        return False
    return not rule.step or event.name == rule.step


def _hit(rule: Rule, event: Event, subject: Any) -> bool:
    about = {"subject_type": event.subject_type, "subject_id": event.subject_id, "at": clock.now()}
    if RuleHit.select(RuleHit.id).where(RuleHit.rule == rule.id, RuleHit.event == event.id).exists():
        return False
    hit = RuleHit.create(rule=rule, event=event, **about)
    done = "试运行" if rule.params.get("dry") else rule_actions.act(rule, hit, subject)
    RuleHit.update(said=done).where(RuleHit.id == hit.id).execute()
    return True


def subjects(flow: str, ids: Iterable[int]) -> dict[int, Any]:
    """The rows of a flow by id with what conditions ask of them, in as many queries as there are keys."""
    model: Any = FLOWS[flow].model
    wanted = sorted(ids)
    rows: dict[int, Any] = {}
    for begin in range(0, len(wanted), 500):
        rows |= {row.id: row for row in model.select().where(model.id.in_(wanted[begin : begin + 500]))}
    for path in KEYS:
        above, _dot, name = path.rpartition(".")
        owners = [row if not above else getattr(row, above, None) for row in rows.values()]
        _load([row for row in owners if row is not None], name)
    return rows


def _load(rows: list[Any], name: str) -> None:
    if not rows or name not in rows[0]._meta.fields:
        return
    model = rows[0]._meta.fields[name].rel_model
    ids = {row.__data__[name] for row in rows} - {None}
    known = {row.id: row for row in model.select().where(model.id.in_(ids))}
    for row in rows:
        if row.__data__[name] is not None:
            row.__rel__[name] = known[row.__data__[name]]


def hits(rule: Rule, most: int = 20) -> list[RuleHit]:
    """The latest of what a rule did, newest first."""
    return list(RuleHit.select().where(RuleHit.rule == rule.id).order_by(RuleHit.id.desc()).limit(most))


def hit_counts() -> dict[int, tuple[int, datetime]]:
    """How often each rule did something in the last thirty days, and when last; of the newest LOOKED hits."""
    newest = RuleHit.select(peewee.fn.MAX(RuleHit.id) - LOOKED)
    recent = RuleHit.select(RuleHit.rule, peewee.fn.COUNT(RuleHit.id), peewee.fn.MAX(RuleHit.at))
    recent = recent.where(RuleHit.id > newest, RuleHit.at >= clock.days_ago(30)).group_by(RuleHit.rule)
    return {rule: (count, last) for rule, count, last in tuples(recent)}
