"""What an edition of a service still lacks before it can be published, as sentences for who makes it."""

from dataclasses import dataclass, field
from typing import Any

from hall.edition_plan import Plan, is_end, named
from hall.words import N_
from models import AUDIENCES, Edition, Grant, Person, ServiceState, Team, tuples


@dataclass(frozen=True)
class Problem:
    """A sentence about one part (about, flow, routes, form); one that does not block is only advice."""

    part: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    blocks: bool = True

    @property
    def said(self) -> tuple[str, dict[str, Any]]:
        return self.sentence, self.values


def problems_of(plan: Plan, people: list[tuple[str, str]] | None = None) -> list[Problem]:
    """All that is wrong with an edition, what forbids publishing first; two queries.

    `people` are the `members` of its teams, where they are known already.
    """
    people = members(plan.teams) if people is None else people
    found = [*_about(plan), *_ways(plan), *_states(plan), *_steps(plan), *_routes(plan), *_teams(plan, people)]
    return sorted(found, key=lambda problem: not problem.blocks)


def _about(plan: Plan) -> list[Problem]:
    edition, found = plan.edition, []
    if not edition.text:
        found.append(Problem("about", N_("还没有写一句话说明：首页和服务列表上会显示它")))
    if not edition.intro:
        found.append(Problem("about", N_("没有写办理须知，申请人不知道要准备什么"), blocks=False))
    if not edition.name_en:
        found.append(Problem("about", N_("没有英文名称，英文页面会显示中文"), blocks=False))
    same = Edition.select(Edition.id).where(
        Edition.name == edition.name, Edition.state == "published", Edition.service != edition.service_id
    )
    if same.exists():
        found.append(Problem("about", N_("另一个正在用的服务也叫“%(name)s”"), {"name": named(edition)}, blocks=False))
    if edition.audience and set(edition.audience) - set(dict(AUDIENCES)):
        found.append(Problem("about", N_("“谁可以办”里有不认识的身份")))
    return found


def _ways(plan: Plan) -> list[Problem]:
    """Whether there is a way from the beginning to an end, and from everywhere."""
    if plan.start is None:
        return [Problem("flow", N_("还没有状态：至少要有一个开始和一个结束"))]
    found = []
    if plan.start.phase != "open":
        found.append(Problem("flow", N_("第一个状态“%(state)s”要由办理组处理，申请提交后先到这里"), _of(plan.start)))
    reached = plan.reached()
    for state in plan.states:
        if state.code not in reached:
            found.append(Problem("flow", N_("没有一步通向“%(state)s”，申请永远到不了那里"), _of(state)))
    if not any(state.phase == "granted" and state.code in reached for state in plan.states):
        found.append(Problem("flow", N_("还没有“办成了”的结束：要有一步通向它")))
    leads = _lead_to_end(plan)
    for state in plan.states:
        stuck = state.code in reached and not is_end(state) and state.code not in leads
        if stuck and plan.steps_from(state.code):
            found.append(Problem("flow", N_("从“%(state)s”开始无论怎么走都走不到结束"), _of(state)))
    return found


def _lead_to_end(plan: Plan) -> set[str]:
    """The codes of the states from which some way leads to an end."""
    leads = {state.code for state in plan.states if is_end(state)}
    while True:
        more = {source for step in plan.steps if step.target in leads for source in step.sources} - leads
        if not more:
            return leads
        leads |= more


def _states(plan: Plan) -> list[Problem]:
    found = []
    for state in plan.states:
        steps = plan.steps_from(state.code)
        waits_for = "applicant" if state.phase == "applicant" else "holder"
        if is_end(state):
            if steps:
                found.append(Problem("flow", N_("“%(state)s”已经是结束，不能再有步骤"), _of(state)))
        elif not steps:
            found.append(Problem("flow", N_("“%(state)s”没有下一步，申请会停在那里"), _of(state)))
        elif not any(step.taker == waits_for for step in steps):
            who = N_("“%(state)s”在等申请人，却没有一步由申请人来做")
            found.append(Problem("flow", who if waits_for == "applicant" else _NOBODY, _of(state)))
        if state.holder in ("route", "team") and not state.due_minutes:
            found.append(Problem("flow", N_("“%(state)s”没有办理时限，不会提醒超时"), _of(state), blocks=False))
    return found


_NOBODY = N_("“%(state)s”由办理组处理，却没有一步由办理组来做")


def _steps(plan: Plan) -> list[Problem]:
    found, known = [], {state.code for state in plan.states}
    for step in plan.steps:
        said = {"step": named(step)}
        if step.target not in known or not step.sources or set(step.sources) - known:
            found.append(Problem("flow", N_("步骤“%(step)s”的状态已经不在了，请重新选择"), said))
        same = [each for each in plan.steps if each is not step and each.name == step.name]
        if any(set(each.sources) & set(step.sources) for each in same if each.position < step.position):
            found.append(Problem("flow", N_("同一个状态里有两步都叫“%(step)s”，看的人分不清"), said))
        if step.message and not step.tells_applicant:
            found.append(Problem("flow", N_("步骤“%(step)s”写了给申请人的话，却不通知申请人"), said, blocks=False))
    return found


def _routes(plan: Plan) -> list[Problem]:
    found = []
    asked = {question.code: question for question in plan.questions.get("", [])}
    for route in plan.routes:
        question = asked.get(route.question)
        if route.building_id and not plan.edition.asks_place:
            found.append(Problem("routes", N_("按楼宇分派，但申请表没有要填楼宇"), blocks=False))
        if route.question and question is None:
            found.append(Problem("routes", N_("有一条分派看的问题已经不在申请表里了，请删除它")))
        elif question and question.options and route.value not in {option["value"] for option in question.options}:
            said = {"question": named(question), "value": route.value}
            found.append(Problem("routes", N_("问题“%(question)s”没有“%(value)s”这个选项"), said))
    if not plan.edition.team_id and any(state.holder == "route" for state in plan.states):
        found.append(Problem("routes", N_("还没有选默认的办理组：没有更具体的分派时由它办理")))
    return found


def _teams(plan: Plan, people: list[tuple[str, str]]) -> list[Problem]:
    """Teams in which nobody is, who could decide."""
    manned = {code for code, _name in people}
    return [
        Problem("routes", N_("办理组“%(team)s”里还没有人，申请会没有人处理"), {"team": named(team)})
        for team in plan.teams
        if team.code not in manned
    ]


def members(teams: list[Team]) -> list[tuple[str, str]]:
    """Who decides in these teams: [(code of the team, name)], in one query."""
    # A grant without a scope is for every team.
    mine = (Grant.role == "clerk") & Grant.scope.in_(["", *(team.code for team in teams)])
    rows = Grant.select(Grant.scope, Person.name).join(Person).where(mine, ~Person.is_closed).order_by(Grant.id)
    return [(team.code, name) for scope, name in tuples(rows) for team in teams if scope in ("", team.code)]


def _of(state: ServiceState) -> dict[str, Any]:
    return {"state": named(state)}
