"""What the hall of the demo is set to: the calendar of the academic year, service hours, price book, the review."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from demo import texts
from hall import clock, desk_filters, events, roster, sensitive
from hall.submissions import Wanted
from hall.words import N_
from models import (
    DISPATCH_CENTRE,
    Building,
    Campus,
    Department,
    Entity,
    Grant,
    LostPropertyDesk,
    ModerationRule,
    Person,
    PriceBookEntry,
    ReasonTemplate,
    ReplyTemplate,
    SafePlace,
    ServiceHours,
    ServiceLink,
    SiteText,
)

# Season, weekdays (Monday is 1), and when the service opens and closes.
HOURS = [
    ("term", range(1, 6), time(7, 30), time(21, 30)),
    ("term", range(6, 8), time(8), time(18)),
    ("vacation", range(1, 6), time(8), time(17, 30)),
    ("vacation", range(6, 8), time(9), time(16)),
]
# A demo that shows a term needs some weeks behind it.
LEAST_DAYS = 45
# How soon a text is reviewed, in service minutes, and after how many published ones an author needs no review.
REVIEWED = {"thread": (240, None), "comment": (360, 5), "reply": (180, None)}
REVIEWED |= {"property_notice": (180, None), "listing": (240, None)}
FILTERS = {
    "投诉": Wanted(subject_type="thread", kind="complaint"),
    "有敏感词": Wanted(risk=2),
    "食堂": Wanted(department="HQ-YS"),
    "二手": Wanted(subject_type="listing"),
}
# Where what was found is kept; telephones are those of the house.
DESKS = [
    {
        "name": "大学生活动中心失物招领处",
        "name_en": "Lost property desk, Student Activity Centre",
        "building": "DHZX",
        "spot": "一层西侧 102",
        "spot_en": "ground floor, west side, 102",
        "hours": "每天 8:00–20:00",
        "hours_en": "every day 8:00–20:00",
        "phone": "6110",
    },
    {
        "name": "图书馆总服务台",
        "name_en": "Library, main desk",
        "building": "TSG",
        "spot": "一层大厅",
        "spot_en": "hall on the ground floor",
        "hours": "周一至周五 8:00–22:00，周末 9:00–21:00",
        "hours_en": "Monday to Friday 8:00–22:00, weekends 9:00–21:00",
        "phone": "6235",
    },
]
# Services of others on the website: name, in English, text, in English, link, icon, whether on the front page.
LINKS = [
    ("校园卡自助", "Campus card", "充值、挂失、查流水", "Top up, block, see what was paid",
     "https://card.example.edu.cn/", "credit-card-2-front", True),
    ("校车时刻", "Shuttle bus", "主校区与西校区之间，工作日 18 班", "Between the campuses, 18 rides on working days",
     "https://bus.example.edu.cn/", "bus-front", True),
    ("无人认领公示", "Unclaimed property", "到期物品处置前在这里公示", "Shown here before it is disposed of",
     "/lost-found/announced", "calendar-check", False),
]  # fmt: skip
ACCOUNT = {
    "wechat_name": ("师大微后勤", "Campus logistics on WeChat"),
    "wechat_link": ("https://weixin.qq.com/r/hall-demo", ""),
}
CAMPUSES = {"主校区": "Main Campus", "西校区": "West Campus"}
# Where to meet, beside what the hall knows from the start: name, campus, note; name and note in English too.
PLACES = [
    ("体育馆东门", "Gymnasium, east gate", "主校区", "适合试车、试球拍", "Room to try a bicycle or a racket"),
    (
        "大学生活动中心门口",
        "Student Activity Centre, entrance",
        "主校区",
        "有监控和值班",
        "Cameras and somebody on duty",
    ),
    ("西校区食堂门口", "West Campus Canteen, entrance", "西校区", "人多、有监控", "Busy and watched by cameras"),
]


def begins(now: datetime) -> datetime:
    """The morning of the first day of the term to live through: the latest one that began some weeks before `now`."""
    today = clock.local(now).date()
    starts = [date(year, month, 1) for year in (today.year - 1, today.year) for month in (3, 9)]
    first = max(day for day in starts if day <= today - timedelta(days=LEAST_DAYS))
    return clock.utc(datetime.combine(first, time(6)))


def write(begin: datetime, *, by: Person) -> None:
    """Fill in calendar, service hours, price book and the rules of the review, as an operator would."""
    year = clock.local(begin).year if clock.local(begin).month >= 9 else clock.local(begin).year - 1
    # The term to live through may end before today: the year after it has to be known too.
    periods = [*academic_year(year), *academic_year(year + 1)]
    table = roster.Table(
        ["name", "name_en", "kind", "starts", "ends", "building"],
        [(row, list(period)) for row, period in enumerate([*periods, _closure(begin)], start=2)],
    )
    roster.apply(roster.plan("calendar", table), by=by)
    for name, name_en in CAMPUSES.items():
        Campus.update(name_en=name_en).where(Campus.name == name).execute()
    for season, weekdays, opens, closes in HOURS:
        for weekday in weekdays:
            _create(ServiceHours, by, season=season, weekday=weekday, opens=opens, closes=closes)
    for row in texts.rows("prices"):
        price_fen = int(Decimal(row.pop("yuan")) * 100)
        _create(PriceBookEntry, by, price_fen=price_fen, **row)
    _write_review(by)
    _write_boards(by)
    _write_website(by)


def _write_boards(by: Person) -> None:
    """Where lost property is kept and who sits there, and where people meet to trade."""
    for desk in DESKS:
        _create(LostPropertyDesk, by, **{**desk, "building": Building.get(Building.code == desk["building"])})
    # The roster names one person for it, who must not dispose of what they proposed themselves.
    _create(Grant, by, person=Person.get(Person.number == "T1454"), role="lost_property_desk", scope="")
    last = SafePlace.select().count()
    for position, (name, name_en, campus, note, note_en) in enumerate(PLACES, start=last + 1):
        said = {"name": name, "name_en": name_en, "note": note, "note_en": note_en}
        _create(SafePlace, by, **said, campus=Campus.get(Campus.name == campus), position=position)


def _write_website(by: Person) -> None:
    """What stands on the front page beside the hall's own: services of others, the official account."""
    for position, (name, name_en, text, text_en, link, icon, is_on_front) in enumerate(LINKS, start=1):
        words = {"name": name, "name_en": name_en, "text": text, "text_en": text_en}
        _create(ServiceLink, by, **words, link=link, icon=icon, is_on_front=is_on_front, position=position)
    for code, (text, text_en) in ACCOUNT.items():
        SiteText.update(text=text, text_en=text_en).where(SiteText.code == code).execute()


def _write_review(by: Person) -> None:
    """How the boards are reviewed and answered: words, reasons, rules, templates, and who answers for the repairs."""
    departments = {row.code: row for row in Department.select()}
    # The roster names no handler for the repair centre; whoever leads the dispatch centre answers for it.
    dispatcher = Grant.get(Grant.role == "lead", Grant.scope == DISPATCH_CENTRE).person
    _create(Grant, by, person=dispatcher, role="handler", scope="HQ-WX")
    for row in texts.rows("sensitive"):
        sensitive.save_word(**row, by=by)
    for position, row in enumerate(texts.rows("reasons"), start=1):
        _create(ReasonTemplate, by, position=position, **row)
    for row in texts.rows("templates"):
        row["measures"] = row["measures"].replace("|", "\n")
        _create(ReplyTemplate, by, **{**row, "department": departments.get(row["department"])})
    for kind, (minutes, enough) in REVIEWED.items():
        _create(ModerationRule, by, subject_type=kind, minutes=minutes, trusted_after=enough)
    moderator = Grant.select().where(Grant.role == "moderator").order_by(Grant.id).first().person
    for name, wanted in FILTERS.items():
        desk_filters.save(name, wanted, by=moderator)


def academic_year(year: int) -> list[tuple[str, str, str, str, str, str]]:
    """The rows of the calendar for the academic year that begins in September of `year`."""
    after = year + 1
    spring = date(after, 3, 1)
    saturday = date(year, 10, 8) + timedelta(days=(5 - date(year, 10, 8).weekday()) % 7)
    sunday = date(year, 9, 24) - timedelta(days=(date(year, 9, 24).weekday() - 6) % 7)
    return [
        (f"{year}–{after} 学年第一学期", f"First term {year}–{after}", "term", f"{year}-09-01", f"{after}-01-15", ""),
        (
            f"{after} 年寒假",
            f"Winter vacation {after}",
            "vacation",
            f"{after}-01-16",
            f"{spring - timedelta(days=1)}",
            "",
        ),
        (f"{year}–{after} 学年第二学期", f"Second term {year}–{after}", "term", f"{after}-03-01", f"{after}-07-10", ""),
        (f"{after} 年暑假", f"Summer vacation {after}", "vacation", f"{after}-07-11", f"{after}-08-31", ""),
        (f"{year} 年国庆节", f"National Day {year}", "holiday", f"{year}-10-01", f"{year}-10-07", ""),
        (
            f"{year} 年国庆节前调休",
            f"Working Sunday before National Day {year}",
            "workday",
            sunday.isoformat(),
            sunday.isoformat(),
            "",
        ),
        (
            f"{year} 年国庆节后调休",
            f"Working Saturday after National Day {year}",
            "workday",
            saturday.isoformat(),
            saturday.isoformat(),
            "",
        ),
        (f"{after} 年元旦", f"New Year {after}", "holiday", f"{after}-01-01", f"{after}-01-03", ""),
        (f"{after} 年劳动节", f"Labour Day {after}", "holiday", f"{after}-05-01", f"{after}-05-05", ""),
    ]


def _closure(begin: datetime) -> tuple[str, str, str, str, str, str]:
    first = clock.local(begin).date() + timedelta(days=40)
    words = ("体育馆更换木地板", "New wooden floor in the gymnasium")
    return *words, "closure", first.isoformat(), (first + timedelta(days=4)).isoformat(), "TYG"


def _create(model: type[Entity], by: Person, **values: object) -> None:
    row = model.create(**values)
    changes = events.diff({}, {name: value for name, value in row.__data__.items() if name != "id"})
    events.record(row, "create", N_("新建"), by=by, role="administrator", details={"changes": changes})
