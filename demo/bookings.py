"""Three services that an operator of the demo has made in the panel, and what people applied for.

They are made by the verbs that the builder calls: 会议室预约, 车辆通行证 and 开具住宿证明.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from hall import applications, clock, edition_parts, edition_routes, editions, places, questions, teams
from hall.edition_plan import plan_of
from models import Application, Building, Edition, Person, Team

if TYPE_CHECKING:
    from demo.term import Term

Life = Iterator[datetime]
OPERATOR = "T1001"
MADE_DAYS = 26
TEAMS = {
    "会议服务组": ("Meeting services", "6021", ("T1002", "T1003")),
    "图书馆办公室": ("Library office", "6102", ("T1454",)),
    "校园交通组": ("Campus traffic", "6110", ("T1307",)),
    "公寓服务中心": ("Residence office", "6031", ("T1306", "T1305")),
}
ROOMS = [("第一会议室", "Meeting room 1"), ("第二会议室", "Meeting room 2"), ("图书馆报告厅", "Library lecture hall")]
PARTS = [("上午", "Morning"), ("下午", "Afternoon"), ("晚上", "Evening")]
OWNERS = [("本人", "My own"), ("家属", "A family member's"), ("单位", "The department's")]
TERMS = [("一学期", "One term"), ("一学年", "One year")]
USES = [("户籍", "Household register"), ("签证", "Visa"), ("实习", "Internship"), ("其他", "Something else")]
LANGUAGES = [("中文", "Chinese"), ("英文", "English")]
MEETING = """## 谁可以预约

教职工。学生活动请由指导老师预约。

## 怎么预约

1. 至少提前一天提交申请
2. 审批通过后，凭工作证到会议服务组取钥匙
3. 用完请关好空调和门窗
"""
MEETING_EN = """## Who can book

Staff. For student events the supervising teacher books.

## How

1. Apply at least a day ahead
2. Once approved, fetch the key with your staff card
3. Please switch off the air conditioning and close the windows
"""
PERMIT = """## 要准备什么

行驶证照片。单位车辆请在说明里写明单位。

## 多久办好

两个工作日内审批；通过后到东门岗亭领取。
"""
PROOF = """## 要准备什么

写清用途和份数即可，不用交材料。

## 怎么领取

开好后会通知您领取的地点，请带学生证。
"""


def prepare(term: "Term") -> None:
    """Let the operator make the services in this term, and people apply for them."""
    term.add(max(term.begin, term.until - timedelta(days=MADE_DAYS)), _make(term))


def _make(term: "Term") -> Life:
    by = Person.get(Person.number == OPERATOR)
    groups = {name: _team(name, by) for name in TEAMS}
    running = {edition.service.code: edition for edition in (make(groups, by) for make in (_rooms, _cars, _proofs))}
    today = clock.local(term.until).date()
    for days, hour, code, number, given, steps in APPLIED:
        moment = clock.utc(datetime.combine(today - timedelta(days=days), time(hour, 7 * len(number) % 60)))
        # What is of this very morning has happened before now, whatever the hour.
        term.add(min(moment, term.until - timedelta(minutes=20)), _live(running[code], number, given, steps))
    yield from ()


def _team(name: str, by: Person) -> Team:
    english, phone, members = TEAMS[name]
    team = teams.add(by=by, name=name, phone=phone)
    Team.update(name_en=english).where(Team.id == team.id).execute()
    for number in members:
        teams.join(team, by=by, number=number)
    return team


# --- the services ------------------------------------------------------------------------------------


def _rooms(groups: dict[str, Team], by: Person) -> Edition:
    draft = _begun("会议室预约", "meeting-room", "approval", by)
    said: dict[str, Any] = {"name_en": "Meeting rooms", "text": "预约校内会议室和报告厅", "icon": "calendar-check"}
    said |= {"text_en": "Book meeting rooms and the lecture hall", "intro": MEETING, "intro_en": MEETING_EN}
    draft = edition_parts.about(draft, by=by, audience=["staff"], team=groups["会议服务组"], **said)
    room = _ask(draft, by, "哪个会议室", "Which room", "choice", options=_options(ROOMS))
    _ask(draft, by, "哪一天", "Which day", "date", least=1, most=60)
    _ask(draft, by, "什么时候", "What time", "choice", options=_options(PARTS))
    _ask(draft, by, "多少人", "How many people", "number", least=2, most=300, unit="人")
    _ask(draft, by, "会议名称", "What for", "text")
    _ask(draft, by, "要用投影仪吗", "Do you need the projector", "yes_no", required=False)
    hall = groups["图书馆办公室"]
    draft = edition_routes.put_route(draft, by=by, team=hall, question=room.code, value=ROOMS[2][0])
    return editions.publish(draft, by=by)


def _cars(groups: dict[str, Team], by: Person) -> Edition:
    """After the approval the applicant fetches the permit, and says so."""
    draft = _begun("车辆通行证", "vehicle-permit", "approval", by)
    said: dict[str, Any] = {"name_en": "Vehicle permit", "text": "办理机动车进校园的通行证", "icon": "car-front"}
    said |= {"text_en": "A permit to drive onto the campus", "intro": PERMIT, "audience": ["staff", "worker"]}
    draft = edition_parts.about(draft, by=by, team=groups["校园交通组"], **said)
    draft = edition_parts.put_state(
        draft, by=by, name="待领取", name_en="Ready to fetch", kind="applicant",
        explain="通行证已办好，请到东门岗亭领取。", explain_en="Your permit is ready at the east gate.",
    )  # fmt: skip
    fetch = plan_of(draft).states[-1]
    for _ in range(3):
        draft = edition_parts.move(draft, type(fetch), fetch.code, by=by, up=True)
    draft = edition_parts.put_step(
        draft, by=by, code="approve", name="通过", name_en="Approve", sources=["submitted"], target=fetch.code,
        taker="holder", weight="primary", tells_applicant=True, message="请带行驶证到东门岗亭领取，每天 8:00–18:00。",
        message_en="Please fetch it at the east gate with your vehicle licence, 8:00–18:00 every day.",
    )  # fmt: skip
    draft = edition_parts.put_step(
        draft, by=by, name="我已领取", name_en="I have it", sources=[fetch.code], target="done", taker="applicant",
        weight="primary", tells_applicant=False,
    )  # fmt: skip
    _ask(draft, by, "车牌号", "Number plate", "text", least=7, most=8)
    owner = _ask(draft, by, "谁的车", "Whose car", "choice", options=_options(OWNERS))
    _ask(draft, by, "哪个单位", "Which department", "text", only_if=owner.code, only_if_in=[OWNERS[2][0]])
    _ask(draft, by, "用多久", "For how long", "choice", options=_options(TERMS))
    _ask(draft, by, "行驶证照片", "Photo of the licence", "photo", required=False, most=2)
    return editions.publish(draft, by=by)


def _proofs(groups: dict[str, Team], by: Person) -> Edition:
    """Where it can be fetched is asked of who completes it."""
    draft = _begun("开具住宿证明", "residence-proof", "handling", by)
    said: dict[str, Any] = {"name_en": "Proof of residence", "text": "证明您住在学生公寓", "icon": "file-earmark-check"}
    said |= {"text_en": "A paper that says you live on campus", "intro": PROOF, "audience": ["student"]}
    draft = edition_parts.about(draft, by=by, team=groups["公寓服务中心"], asks_place=True, **said)
    use = _ask(draft, by, "用来做什么", "What is it for", "choice", options=_options(USES))
    _ask(draft, by, "请说明用途", "Please say what for", "text", only_if=use.code, only_if_in=[USES[3][0]])
    _ask(draft, by, "要几份", "How many copies", "number", least=1, most=5, unit="份")
    _ask(draft, by, "用什么语言", "In which language", "choices", options=_options(LANGUAGES), least=1)
    about = f"{draft.id}:finish"
    where: dict[str, Any] = {
        "label_text": "在哪里领取",
        "label_en": "Where to fetch it",
        "kind": "text",
        "required": True,
    }
    questions.add(by=by, asked_of="service_step", about=about, code="fetch", **where)
    return editions.publish(draft, by=by)


def _begun(name: str, code: str, beginning: str, by: Person) -> Edition:
    return editions.draft_of(editions.create(by=by, name=name, code=code, beginning=beginning), by=by)


def _ask(draft: Edition, by: Person, label: str, english: str, kind: str, **more: Any) -> Any:
    said = {"label_text": label, "label_en": english, "kind": kind, "required": True, **more}
    return questions.add(by=by, asked_of="edition", about=str(draft.id), **said)


def _options(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": label, "label": label, "label_en": english} for label, english in pairs]


# --- what people applied for -------------------------------------------------------------------------

# Days ago, hour, service, who, the answers in their order (a number of days for a day to come), and what follows:
# (hours later, step, who takes it ("" is the applicant), note).
Steps = list[tuple[float, str, str, str]]
APPLIED: list[tuple[int, int, str, str, list[Any], Steps]] = [
    (24, 9, "meeting-room", "T1236", ["第一会议室", 3, "下午", "25", "食堂价格听证会", "1"],
     [(3, "approve", "T1002", "")]),
    (20, 10, "residence-proof", "2025010001", ["签证", None, "2", ["中文", "英文"]],
     [(2, "accept", "T1306", ""), (20, "finish", "T1306", "")]),
    (18, 14, "vehicle-permit", "T1240", ["京A88888", "本人", None, "一学年"],
     [(5, "approve", "T1307", ""), (48, "t1", "", "")]),
    (13, 9, "meeting-room", "T1450", ["图书馆报告厅", 6, "晚上", "180", "新生读书报告会", "1"],
     [(6, "approve", "T1454", "请提前半小时到，有人协助调试音响。")]),
    (11, 16, "vehicle-permit", "W2005", ["京B12345", "家属", None, "一学期"],
     [(4, "refuse", "T1307", "家属车辆请走访客预约，不办长期通行证。")]),
    (9, 11, "residence-proof", "2026010002", ["其他", "参加志愿者选拔", "1", ["中文"]],
     [(3, "ask", "T1306", "请写明是哪个单位的选拔。"), (5, "resubmit", "", "是市图书馆的志愿者选拔。"),
      (4, "accept", "T1306", ""), (6, "finish", "T1306", "")]),
    (6, 9, "meeting-room", "T1237", ["第二会议室", 2, "上午", "12", "公寓楼长例会", "0"], [(1, "withdraw", "", "")]),
    (3, 15, "vehicle-permit", "T1451", ["京C66666", "单位", "物理学院", "一学年"], [(6, "approve", "T1307", "")]),
    (2, 10, "residence-proof", "2024010010", ["实习", None, "1", ["中文"]], [(5, "accept", "T1306", "")]),
    (1, 9, "meeting-room", "T1452", ["第一会议室", 4, "上午", "40", "实验室安全培训", "1"], []),
    (1, 11, "residence-proof", "2026010018", ["户籍", None, "1", ["中文"]],
     [(2, "ask", "T1305", "请核对房间号，登记的是 326 室。")]),
    (0, 8, "meeting-room", "T1238", ["图书馆报告厅", 9, "下午", "150", "物业服务开放日", "1"], []),
    (0, 9, "residence-proof", "2026010013", ["签证", None, "2", ["英文"]], []),
]  # fmt: skip


def _live(edition: Edition, number: str, given: list[Any], steps: Steps) -> Life:
    """One application from its form as far as it comes."""
    person = Person.get(Person.number == number)
    asked = questions.of("edition", str(edition.id))
    answers = {question.code: _answer(question.kind, said) for question, said in zip(asked, given, strict=False)}
    building, room = _home(person) if edition.asks_place else (None, "")
    application = applications.apply(
        by=person, edition=edition, phone=person.phone, building=building, room=room, given=answers
    )
    for hours, step, who, note in steps:
        yield clock.now() + timedelta(hours=hours)
        taker = Person.get(Person.number == who) if who else person
        told = {"fetch": "公寓服务中心 102 室，每天 8:00–20:00"} if step == "finish" else {}
        row = Application.get_by_id(application.id)
        applications.flow.perform(row, step, by=taker, note=note, given=told)


def _answer(kind: str, said: Any) -> Any:
    return (clock.today() + timedelta(days=said)).isoformat() if kind == "date" else said


def _home(person: Person) -> tuple[Building, str]:
    found = places.home_of(person)
    return found if found else (places.buildings()[0], "")
