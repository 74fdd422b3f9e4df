"""The questions by which an operator makes an online service."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import wtforms
from wtforms import validators

from forms import Form
from forms.fields import CHOSEN, REQUIRED, at_most, building_choices, lines
from hall import places
from hall.edition_beginnings import BEGINNINGS, ICONS
from hall.edition_parts import LONGEST
from hall.edition_plan import KINDS, Plan, is_end, kind_of, named
from hall.question_values import DECIDING, options_of
from hall.words import N_, Refused
from models import (
    AUDIENCES,
    Department,
    Edition,
    Question,
    Service,
    ServiceState,
    ServiceStep,
    Team,
)

MINUTES = 60
EMPTY = ("", N_("请选择"))
ANY = ("", N_("不限"))


def _line(label: str, name: str, description: str = "", must: bool = False) -> wtforms.StringField:
    most = LONGEST[name]
    checks = [*([REQUIRED] if must else []), at_most(most)]
    return wtforms.StringField(label, checks, description=description, render_kw={"maxlength": most})


def _long(label: str, name: str, description: str = "", rows: int = 2) -> wtforms.TextAreaField:
    most = LONGEST[name]
    shape = {"rows": rows, "maxlength": most}
    return wtforms.TextAreaField(label, [at_most(most)], filters=[lines], description=description, render_kw=shape)


class SeenForm(Form):
    """A question about a draft; `seen` is the version of it that was shown."""

    seen = wtforms.HiddenField()

    def __init__(self, formdata: Any = None, *, version: int, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        if not self.seen.data:
            self.seen.data = str(version)

    def answers(self) -> dict[str, Any]:
        said = str(self.seen.data)
        known = said.isascii() and said.isdigit() and len(said) < 10
        return {**super().answers(), "seen": int(said) if known else 0}


class ServiceForm(Form):
    """A new service: its name and the way that it begins from."""

    name = _line(N_("服务叫什么"), "name", N_("大家在首页上看到的名字，例如 会议室预约"), must=True)
    beginning = wtforms.RadioField(
        N_("办理要走哪几步"),
        [validators.InputRequired(N_("请选择"))],
        choices=[*((name, row.label) for name, row in BEGINNINGS.items()), ("empty", N_("从空白开始"))],
        default="approval",
    )
    code = wtforms.StringField(
        N_("网址里的编号"),
        [at_most(30)],
        description=N_("可以不填，会自动用名称的拼音；以后不能改"),
        render_kw={"maxlength": 30, "autocapitalize": "none"},
    )

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        return {**said, "beginning": "" if said["beginning"] == "empty" else said["beginning"]}


class SwitchForm(SeenForm):
    """What can be changed of a service at any time: whether and where it is offered."""

    is_open = wtforms.BooleanField(N_("接受新的申请"))
    is_on_front = wtforms.BooleanField(N_("放在首页"))
    position = wtforms.IntegerField(N_("排第几"), [REQUIRED], description=N_("小的排在前面"))

    def __init__(self, formdata: Any = None, *, service: Service, **kwargs: Any) -> None:
        super().__init__(formdata, version=service.version, obj=service, **kwargs)


class AboutForm(SeenForm):
    """What a draft says of itself, and for whom it is."""

    name = _line(N_("名称"), "name", must=True)
    text = _line(N_("一句话说明"), "text", N_("显示在名称下面，例如 预约校内会议室，最快当天答复"))
    icon = wtforms.RadioField(N_("图标"), [CHOSEN], choices=ICONS)
    audience = wtforms.SelectMultipleField(N_("谁可以办"), description=N_("都不选，就是人人都可以"), choices=AUDIENCES)
    departments = wtforms.SelectMultipleField(N_("只限这些部门"), description=N_("都不选，就是不限部门"))
    asks_place = wtforms.BooleanField(N_("要申请人填楼宇和房间"))
    intro = _long(N_("办理须知"), "intro", N_("要准备什么、多久办好、怎么领取；用 Markdown 写"), rows=8)
    name_en = _line(N_("英文名称"), "name_en")
    text_en = _line(N_("英文的一句话说明"), "text_en")
    intro_en = _long(N_("英文办理须知"), "intro_en", rows=6)

    def __init__(self, formdata: Any = None, *, edition: Edition, **kwargs: Any) -> None:
        super().__init__(formdata, version=edition.version, obj=edition, **kwargs)
        rows = Department.select(Department.code, Department.name).order_by(Department.id)
        self.departments.choices = [(row.code, row.name) for row in rows]


class TeamForm(SeenForm):
    """Who gets what no route is about."""

    team = wtforms.SelectField(
        N_("一般由谁办理"), description=N_("没有更具体的分派时，申请都到这里"), validate_choice=False
    )

    def __init__(self, formdata: Any = None, *, edition: Edition, teams: Sequence[Team], **kwargs: Any) -> None:
        super().__init__(formdata, version=edition.version, **kwargs)
        self._teams = {team.code: team for team in teams}
        self.team.choices = _choices(teams)
        if formdata is None:
            self.team.data = next((team.code for team in teams if team.id == edition.team_id), "")

    def answers(self) -> dict[str, Any]:
        said = super().answers()
        return {"seen": said["seen"], "team": _team(self._teams, said["team"])}


class StateForm(SeenForm):
    """A state: what it is called, whose turn it is, for how long, and what the applicant reads."""

    name = _line(N_("状态叫什么"), "name", N_("申请人看到的，例如 待审批、办理中、已办结"), must=True)
    kind = wtforms.RadioField(
        N_("这时轮到谁"), [CHOSEN], choices=[(kind, label) for kind, (_phase, _holder, label) in KINDS.items()]
    )
    team = wtforms.SelectField(
        N_("指定的办理组"), description=N_("只在上面选“指定的一个办理组”时要选"), validate_choice=False
    )
    hours = wtforms.DecimalField(
        N_("几个小时之内"),
        [validators.Optional()],
        places=None,
        description=N_("按服务时间算，8 小时约一个工作日；留空就不限时"),
        render_kw={"inputmode": "decimal", "step": "0.5", "min": "0"},
    )
    explain = _long(N_("给申请人的说明"), "explain", N_("显示在申请的状态下面，例如 正在为您办理，请等通知"))
    name_en = _line(N_("英文名称"), "name_en")
    explain_en = _long(N_("给申请人的英文说明"), "explain_en")

    def __init__(
        self,
        formdata: Any = None,
        *,
        edition: Edition,
        teams: Sequence[Team],
        state: ServiceState | None = None,
        **kwargs: Any,
    ) -> None:
        told = _told_of_state(state) if state else {"kind": "route"}
        super().__init__(formdata, version=edition.version, data=told, **kwargs)
        self._teams = {team.code: team for team in teams}
        self.team.choices = _choices(teams)

    def answers(self) -> dict[str, Any]:
        """As edition_parts.put_state takes them. Raises Refused for an unknown team."""
        said = super().answers()
        hours = said.pop("hours")
        if hours is not None and not 0 < hours < 10_000:
            raise Refused(N_("时限要大于 0，最长一年"), field="hours")
        minutes = round(hours * MINUTES) if hours is not None else None
        return {**said, "team": _team(self._teams, said["team"]), "due_minutes": minutes}


def _told_of_state(state: ServiceState) -> dict[str, Any]:
    names = ("name", "name_en", "explain", "explain_en")
    hours = Decimal(state.due_minutes) / MINUTES if state.due_minutes else None
    if hours is not None and hours != round(hours, 2):
        hours = round(hours, 2)
    return {
        **{name: getattr(state, name) for name in names},
        "kind": kind_of(state),
        "team": state.team.code if state.team else "",
        "hours": hours,
    }


class DraftStepForm(SeenForm):
    """A step: what its button says, where it is offered and to whom, where it leads, and who is told what."""

    name = _line(N_("这一步叫什么"), "name", N_("按钮上的字，例如 通过、退回补充"), must=True)
    sources = wtforms.SelectMultipleField(N_("在哪些状态可以做"), [CHOSEN])
    taker = wtforms.RadioField(
        N_("谁来做"), [CHOSEN], choices=[("holder", N_("办理组")), ("applicant", N_("申请人本人"))]
    )
    target = wtforms.SelectField(N_("之后变成什么状态"), [CHOSEN], validate_choice=False)
    needs_note = wtforms.BooleanField(N_("必须写说明，例如退回的原因"))
    tells_applicant = wtforms.BooleanField(N_("通知申请人"))
    message = _line(N_("给申请人的话"), "message", N_("跟通知一起发，例如 请带身份证到 101 室领取；可以不写"))
    tells_team = wtforms.BooleanField(N_("通知接手的办理组"))
    weight = wtforms.RadioField(N_("按钮的样子"), [CHOSEN], choices=ServiceStep.weight.choices)
    name_en = _line(N_("英文名称"), "name_en")
    message_en = _line(N_("给申请人的英文的话"), "message_en")

    def __init__(
        self, formdata: Any = None, *, plan: Plan, step: ServiceStep | None = None, source: str = "", **kwargs: Any
    ) -> None:
        shown = step or ServiceStep(sources=[source], taker="holder", tells_applicant=True)
        super().__init__(formdata, version=plan.edition.version, obj=shown, **kwargs)
        self.sources.choices = [(state.code, named(state)) for state in plan.states if not is_end(state)]
        self.target.choices = [EMPTY, *((state.code, named(state)) for state in plan.states)]


class RouteForm(SeenForm):
    """A route: what must hold, and the team that gets it then."""

    building = wtforms.SelectField(N_("楼宇是"), validate_choice=False)
    department = wtforms.SelectField(N_("申请人的部门是"), validate_choice=False)
    answer = wtforms.SelectField(
        N_("回答是"), description=N_("申请表里单选、多选和是否的问题可以用来分派"), validate_choice=False
    )
    team = wtforms.SelectField(N_("交给"), [CHOSEN], validate_choice=False)

    def __init__(
        self,
        formdata: Any = None,
        *,
        edition: Edition,
        asked: Sequence[Question],
        teams: Sequence[Team],
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, version=edition.version, **kwargs)
        self._teams = {team.code: team for team in teams}
        self._departments = {row.code: row for row in Department.select().order_by(Department.id)}
        self.building.choices = {"": [ANY], **building_choices()}
        self.department.choices = [ANY, *((code, row.name) for code, row in self._departments.items())]
        self.answer.choices = {"": [ANY], **answer_choices(asked)}
        self.team.choices = _choices(teams)

    def answers(self) -> dict[str, Any]:
        """As edition_routes.put_route takes them. Raises Refused for what is not among the choices."""
        said = super().answers()
        question, _colon, value = (said.pop("answer") or "").partition(":")
        known = {key for options in self.answer.choices.values() for key, *_label in options}
        if question and f"{question}:{value}" not in known:
            raise Refused(N_("请从列出的选项中选择"), field="answer")
        building, department = said["building"] or "", said["department"] or ""
        found = places.building(building) if building else None
        if (building and found is None) or (department and department not in self._departments):
            raise Refused(N_("请从列出的选项中选择"), field="department" if found or not building else "building")
        return {
            **said,
            "building": found,
            "department": self._departments.get(department),
            "team": _team(self._teams, said["team"]),
            "question": question,
            "value": value,
        }


def answer_choices(asked: Sequence[Question]) -> dict[str, list[tuple[str, str]]]:
    """What can be answered to the questions of the form that have choices, for a select box: by question."""
    found: dict[str, list[tuple[str, str]]] = {}
    for question in asked:
        if question.kind in DECIDING:
            options = options_of(question).items()
            found[named(question)] = [(f"{question.code}:{value}", label) for value, label in options]
    return found


def _choices(teams: Sequence[Team]) -> list[tuple[str, str]]:
    return [EMPTY, *((team.code, named(team)) for team in teams)]


def _team(teams: dict[str, Team], code: str | None) -> Team | None:
    if code and code not in teams:
        raise Refused(N_("请从列出的选项中选择"), field="team")
    return teams.get(code or "")
